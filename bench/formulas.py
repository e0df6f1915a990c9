"""What is measured: random formulas, seeded, and three families that grow."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

SUM, PRODUCT, POWER, ATOM = range(4)


@dataclass(frozen=True, slots=True)
class Operation:
    """How an operation is printed and worked out.

    `needs` tells, for each operand, how strongly it must bind to stand without brackets. `value` works with `math` for
    floats and with `sympy` for expressions.
    """

    latex: str
    strength: int
    needs: tuple[int, ...]
    value: Callable[..., Any]


OPERATIONS = (
    Operation("{0} + {1}", SUM, (SUM, SUM), lambda m, u, v: u + v),
    Operation("{0} - {1}", SUM, (SUM, PRODUCT), lambda m, u, v: u - v),
    Operation(r"{0} \cdot {1}", PRODUCT, (PRODUCT, PRODUCT), lambda m, u, v: u * v),
    Operation(r"\frac{{{0}}}{{1 + {1}^{{2}}}}", PRODUCT, (SUM, ATOM), lambda m, u, v: u / (1 + v**2)),
    Operation("{0}^{{2}}", POWER, (ATOM,), lambda m, u: u**2),
    Operation("{0}^{{3}}", POWER, (ATOM,), lambda m, u: u**3),
    Operation("e^{{{0}}}", POWER, (SUM,), lambda m, u: m.exp(u)),
    Operation(r"\sin({0})", ATOM, (SUM,), lambda m, u: m.sin(u)),
    Operation(r"\cos({0})", ATOM, (SUM,), lambda m, u: m.cos(u)),
    Operation(r"\ln(1 + {0}^{{2}})", ATOM, (ATOM,), lambda m, u: m.log(1 + u**2)),
    Operation(r"\sqrt{{1 + {0}^{{2}}}}", ATOM, (ATOM,), lambda m, u: m.sqrt(1 + u**2)),
)


@dataclass(frozen=True, slots=True)
class Formula:
    """An operation on formulas, or a leaf: a number or a name."""

    head: Operation | int | str
    operands: tuple[Formula, ...] = ()

    @property
    def size(self) -> int:
        """The number of nodes."""
        return 1 + sum(operand.size for operand in self.operands)

    def latex(self, needed: int = SUM) -> str:
        """Return the LaTeX, in brackets if it binds more weakly than what is needed."""
        if not isinstance(self.head, Operation):
            return str(self.head)
        operands = zip(self.operands, self.head.needs, strict=True)
        text = self.head.latex.format(*(operand.latex(need) for operand, need in operands))
        return text if self.head.strength >= needed else f"({text})"

    def value(self, module: Any, names: dict[str, Any]) -> Any:
        """Return the value with the functions of a module: `math`, or `sympy` for an expression."""
        if isinstance(self.head, Operation):
            return self.head.value(module, *(operand.value(module, names) for operand in self.operands))
        return names[self.head] if isinstance(self.head, str) else self.head


def draw(rng: random.Random, depth: int) -> Formula:
    """Draw a formula in x and a, no deeper than `depth`."""
    if depth == 0 or rng.random() < 0.12:
        return Formula(rng.choice(["x", "x", "x", "a", rng.randint(2, 9)]))
    operation = rng.choice(OPERATIONS)
    return Formula(operation, tuple(draw(rng, depth - 1) for _ in operation.needs))


def formulas(count: int, seed: int = 20260711) -> list[Formula]:
    """Return formulas that depend on x and stay moderate near x = 0.6: depth 2 to 5, no two alike."""
    rng = random.Random(seed)
    found: dict[str, Formula] = {}
    while len(found) < count:
        formula = draw(rng, rng.randint(2, 5))
        if formula.size >= 3 and "x" in formula.latex() and moderate(formula):
            found[formula.latex()] = formula
    return list(found.values())


def moderate(formula: Formula) -> bool:
    """Tell whether the values round x = 0.6 are neither huge nor all alike."""
    try:
        here, there = (formula.value(math, {"x": x, "a": 1.2}) for x in (0.6, 0.7))
    except OverflowError:
        return False
    return max(abs(here), abs(there)) < 1e6 and abs(here - there) > 1e-9


@dataclass(frozen=True, slots=True)
class Problem:
    """The arguments of `derive.solve`."""

    latex: str
    wrt: tuple[str, ...]
    let: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Characters of the input."""
        return len(self.latex) + sum(map(len, self.let)) + sum(map(len, self.wrt))


def nested_sines(n: int) -> Problem:
    """sin(sin(... sin(x))), n deep."""
    return Problem("y = " + r"\sin(" * n + "x" + ")" * n, ("x",))


def repeated_use(n: int) -> Problem:
    """u_{k+1} = u_k + u_k^2: substituting everything doubles the formula n times."""
    steps = tuple(f"u_{{{k + 1}}} = u_{{{k}}} + u_{{{k}}}^2" for k in range(1, n))
    return Problem(f"y = u_{{{n}}}", ("x",), ("u_{1} = x + x^2", *steps))


def product(n: int) -> Problem:
    """The product x_1 ... x_n by each of its factors; the answers alone have n^2 - n factors."""
    names = tuple(f"x_{{{k}}}" for k in range(1, n + 1))
    return Problem("y = " + " ".join(names), names)


FAMILIES: dict[str, tuple[Callable[[int], Problem], tuple[int, ...]]] = {
    "nested sines": (nested_sines, (10, 25, 50, 100, 200, 400, 800)),
    "u + u^2": (repeated_use, (10, 20, 40, 80, 160)),
    "product": (product, (5, 10, 20, 40, 80)),
}
