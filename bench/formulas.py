"""What is measured: random formulas, seeded, textbook formulas, and families that grow."""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any, TypeAlias

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
    method: str = "auto"
    notation: str = "standard"

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


def sines_of_a_vector(n: int) -> Problem:
    """sin(sin(... sin(x))), n deep, element by element."""
    return Problem(r"\sin(" * n + r"\mathbf{x}" + ")" * n, (r"\mathbf{x}",), (r"\mathbf{x} \in \mathbb{R}^n",))


def layers(by: str, n: int) -> Problem:
    """A chain of n layers, each a tanh of w times what comes in, element by element, plus b."""
    text = r"\tanh(\mathbf{w} \odot " * n + r"\mathbf{x}" + r" + \mathbf{b})" * n
    return Problem(text, (rf"\mathbf{{{by}}}",), (r"\mathbf{w}, \mathbf{x}, \mathbf{b} \in \mathbb{R}^n",))


Family: TypeAlias = tuple[Callable[[int], Problem], tuple[int, ...]]
"""What has a member for each size, and the sizes that are measured."""

FAMILIES: dict[str, Family] = {
    "nested sines": (nested_sines, (10, 25, 50, 100, 200, 400, 800)),
    "u + u^2": (repeated_use, (10, 20, 40, 80, 160)),
    "product": (product, (5, 10, 20, 40, 80)),
}
LAYERS: dict[str, Family] = {
    "sines of a vector": (sines_of_a_vector, (10, 25, 50, 100)),
    "layers, by the input": (partial(layers, "x"), (10, 25, 50, 100)),
    "layers, by the weights": (partial(layers, "w"), (10, 25, 50, 100)),
}

LOSS = r"C = \frac{1}{N} \sum_{i=1}^{N} (y_i - \max(0, \mathbf{w} \cdot \mathbf{x}_i + b))^2"
ELEMENTS = r"\begin{bmatrix} \ln(x^2) \\ \sin(3x) \end{bmatrix}"
OF_ONE, OF_TWO = r"\mathbf{x} \in \mathbb{R}^n", r"\mathbf{w}, \mathbf{x} \in \mathbb{R}^n"
FUNCTION = r"\mathbf{f}: \mathbb{R}^n \to \mathbb{R}^n"
W, X = r"\mathbf{w}", r"\mathbf{x}"
TEN: dict[str, Problem] = {
    "dot product": Problem(r"\mathbf{w} \cdot \mathbf{x}", (W,), (OF_TWO,)),
    "sum": Problem(r"\operatorname{sum}(\mathbf{x})", (X,), (OF_ONE,)),
    "sum of functions": Problem(r"\operatorname{sum}(\mathbf{f}(\mathbf{x}))", (X,), (OF_ONE, FUNCTION)),
    "addition": Problem(r"\mathbf{w} + \mathbf{x}", (W,), (OF_TWO,)),
    "multiplication": Problem(r"\mathbf{w} \otimes \mathbf{x}", (W,), (OF_TWO,), notation="paper"),
    "expansion": Problem(r"\mathbf{x} + z", (X, "z"), (OF_ONE,)),
    "vector chain": Problem(ELEMENTS, ("x",), method="vector-chain"),
    "neuron": Problem(r"\max(0, \mathbf{w} \cdot \mathbf{x} + b)", (W, "b"), (OF_TWO,)),
    "loss by weights": Problem(LOSS, (W,), (r"\mathbf{w} \in \mathbb{R}^n",)),
    "loss by bias": Problem(LOSS, ("b",), (r"\mathbf{w} \in \mathbb{R}^n",)),
}
"""Ten problems of "The Matrix Calculus You Need For Deep Learning"."""

# Texts that are only read

POINT = {"x": 0.7, "a": 1.3, "b": -0.4, "c": 2.1, "mu": 0.3, "sigma": 1.7}

TEXTBOOK: dict[str, Callable[[Any], float]] = {
    r"3x^4 - 2x^2 + 5x - 7": lambda v: 3 * v.x**4 - 2 * v.x**2 + 5 * v.x - 7,
    r"(2x + 1)^5": lambda v: (2 * v.x + 1) ** 5,
    r"\sqrt{x^2 + 4}": lambda v: math.sqrt(v.x**2 + 4),
    r"\frac{x^2 + 1}{x - 3}": lambda v: (v.x**2 + 1) / (v.x - 3),
    r"x^2 \sin(x)": lambda v: v.x**2 * math.sin(v.x),
    r"\sin(x^2)": lambda v: math.sin(v.x**2),
    r"\cos^2 x": lambda v: math.cos(v.x) ** 2,
    r"\tan(3x)": lambda v: math.tan(3 * v.x),
    r"e^{-x^2}": lambda v: math.exp(-(v.x**2)),
    r"x e^{2x}": lambda v: v.x * math.exp(2 * v.x),
    r"\ln(x^2 + 1)": lambda v: math.log(v.x**2 + 1),
    r"\frac{\ln(x)}{x}": lambda v: math.log(v.x) / v.x,
    r"\arctan(\sqrt{x})": lambda v: math.atan(math.sqrt(v.x)),
    r"x^x": lambda v: v.x**v.x,
    r"\frac{1}{1 + e^{-x}}": lambda v: 1 / (1 + math.exp(-v.x)),
    r"\sqrt[3]{x^2 + x}": lambda v: (v.x**2 + v.x) ** (1 / 3),
    r"\sin(\cos(\tan(x)))": lambda v: math.sin(math.cos(math.tan(v.x))),
    r"a x^2 + b x + c": lambda v: v.a * v.x**2 + v.b * v.x + v.c,
    r"\left( \frac{x - 1}{x + 1} \right)^{3}": lambda v: ((v.x - 1) / (v.x + 1)) ** 3,
    r"\frac{1}{\sigma \sqrt{2 \pi}} e^{-\frac{(x - \mu)^2}{2 \sigma^2}}": lambda v: (
        math.exp(-((v.x - v.mu) ** 2) / (2 * v.sigma**2)) / (v.sigma * math.sqrt(2 * math.pi))
    ),
}
"""Formulas as a calculus textbook has them, with what each is worth: a text read wrongly is not read."""


def worth(latex: str) -> float:
    """Return the value of a textbook formula at POINT."""
    return TEXTBOOK[latex](SimpleNamespace(**POINT))


def matrix_of_numbers(rows: int) -> str:
    """Ten numbers in each row."""
    cells = " & ".join(str(k * k + 1) for k in range(10))
    return r"\begin{bmatrix}" + r" \\ ".join([cells] * rows) + r"\end{bmatrix}"


def definitions(n: int) -> str:
    """Return a text of n definitions, each in terms of the one before."""
    return ", ".join(["u_{1} = x", *(f"u_{{{k}}} = u_{{{k - 1}}}^2 + 1" for k in range(2, n + 1))])


def nested(opener: str, closer: str) -> Callable[[int], str]:
    """Return the family of x in n brackets of a kind."""
    return lambda n: opener * n + "x" + closer * n


def repeated(term: str, between: str = " + ") -> Callable[[int], str]:
    """Return the family of n terms, in which `#` is the number of the term."""
    return lambda n: between.join(term.replace("#", str(k)) for k in range(1, n + 1))


def of_length(family: Callable[[int], str], characters: int) -> str:
    """Return the longest member of a family that has no more than so many characters."""
    return family(bisect_right(range(1, characters), characters, key=lambda n: len(family(n))))


TEXTS: dict[str, Callable[[int], str]] = {
    "polynomial, one term": repeated("x^2"),
    "polynomial, all terms differ": repeated("# x^{#}"),
    "sum of sines": repeated(r"\sin(# x)"),
    "product of letters": repeated("a b x y z", " "),
    "product of letters with subscripts": repeated("x_{#}", " "),
    "nested fractions": nested(r"\frac{1}{1 + ", "}"),
    "nested brackets": nested("3 x^2 (1 + ", ")"),
    "nested sines": nested(r"\sin(3 x + ", ")"),
    "matrix of numbers": matrix_of_numbers,
    "definitions": definitions,
}
DEEP: dict[str, Callable[[int], str]] = {
    "brackets": nested("2(1 + ", ")"),
    "fractions": nested(r"\frac{1}{1 + ", "}"),
    "roots": nested(r"\sqrt{1 + ", "}"),
    "sines": nested(r"\sin(", ")"),
    "exponents": nested("e^{", "}"),
}
DECLARED = (r"A, B \in \mathbb{R}^{n \times n}", r"\mathbf{x}, \mathbf{b} \in \mathbb{R}^n")
VECTORS: dict[str, Callable[[int], str]] = {
    "quadratic forms": repeated(r"\mathbf{x}^\top A \mathbf{x} + \mathbf{b}^\top \mathbf{x}"),
    "quadratic forms, all differ": repeated(r"# \mathbf{x}^\top A \mathbf{x}"),
    "squared norms": repeated(r"\|A \mathbf{x} - \mathbf{b}\|^2"),
    "traces": repeated(r"\operatorname{tr}(A^\top B)"),
    "product of matrices": lambda n: r"\mathbf{x}^\top " + "A B " * n + r"\mathbf{x}",
    "nested products": nested(r"\mathbf{b}^\top \mathbf{x} (1 + ", ")"),
}
"""Texts in the names of DECLARED."""
