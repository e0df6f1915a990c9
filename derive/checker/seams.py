"""Where a formula changes its face: kinks, jumps, edges of domains. Points are sought on both sides of each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import assert_never

from derive.checker.world import World
from derive.expr.nodes import Call, Expr, Integer, Power, Relation, Root, Symbol
from derive.expr.walks import postorder

Margin = Callable[..., float]


@dataclass(frozen=True, slots=True)
class Seam:
    """Parts of a formula, and a margin of their values that changes its sign on the seam.

    On a kink the formula has no derivative, so points keep away from it. Beyond the edge of a domain (`kink` False)
    it has no value.
    """

    parts: tuple[Expr, ...]
    margin: Margin
    kink: bool

    def margins(self, columns: list[list[float]]) -> list[float]:
        """Return the margin at each point, nan where it has none."""
        return [math.nan if any(v != v for v in row) else self.margin(*row) for row in zip(*columns, strict=True)]


def _itself(x: float) -> float:
    return x


def _fraction(x: float) -> float:
    return x - round(x) if abs(x) < 2**52 else 1.0


KINKS: dict[str, Margin] = {
    "abs": _itself, "sign": _itself, "relu": _itself, "elu": _itself, "floor": _fraction, "ceil": _fraction,
}  # fmt: skip


def _below_one(x: float) -> float:
    return 1.0 - x


def _above_minus_one(x: float) -> float:
    return 1.0 + x


def _outside_one(x: float) -> float:
    return abs(x) - 1.0


EDGES: dict[str, tuple[Margin, ...]] = {
    "ln": (_itself,), "log10": (_itself,), "log": (lambda x, b: x, lambda x, b: b),
    "arcsin": (_below_one, _above_minus_one), "arccos": (_below_one, _above_minus_one),
    "artanh": (_below_one, _above_minus_one), "arcosh": (lambda x: x - 1.0,), "arsech": (_itself, _below_one),
    "arcsec": (_outside_one,), "arccsc": (_outside_one,), "arcoth": (_outside_one,),
}  # fmt: skip


def survey(world: World, roots: Iterable[Expr]) -> tuple[list[Symbol], list[Seam]]:
    """Return the free scalar symbols and the seams of formulas, in order of appearance."""
    free: list[Symbol] = []
    found: dict[tuple[object, ...], Seam] = {}
    for e in postorder(*roots):
        if isinstance(e, Symbol):
            if e not in world.rank and e.kind == "variable" and not e.shape:
                free.append(e)
        elif isinstance(e, _SEAMED):
            for seam in _of(world, e):
                found.setdefault(
                    (seam.margin, seam.kink, seam.parts[0] if len(seam.parts) > 2 else frozenset(seam.parts)), seam
                )
    return free, list(found.values())


_SEAMED = (Call, Power, Root, Relation)


def _difference(a: float, b: float) -> float:
    return a - b


def _lead(first: float, *others: float) -> float:
    return first - max(others)


def _lag(first: float, *others: float) -> float:
    return min(others) - first


def _between(a: Expr, b: Expr) -> Seam:
    """Return where two things are equal. Against 0 it is the seam that an absolute value has."""
    for one, other in ((a, b), (b, a)):
        if isinstance(other, Integer) and other.value == 0:
            return Seam((one,), _itself, kink=True)
    return Seam((a, b), _difference, kink=True)


def _of(world: World, e: Call | Power | Root | Relation) -> list[Seam]:
    match e:
        case Call("max" | "min", (a, b)):
            return [_between(a, b)]
        case Call("max" | "min" as name, arguments):
            margin = _lead if name == "max" else _lag
            turns = [arguments[i : i + 1] + arguments[:i] + arguments[i + 1 :] for i in range(len(arguments))]
            return [Seam(turn, margin, kink=True) for turn in turns if len(turn) > 1]
        case Call(name, arguments) if name in KINKS:
            return [Seam(arguments, KINKS[name], kink=True)]
        case Call(name, arguments):
            return [Seam(arguments, margin, kink=False) for margin in EDGES.get(name, ())]
        case Root(radicand, degree):
            odd = isinstance(degree, Integer) and degree.value % 2 == 1
            return [Seam((radicand,), _itself, kink=odd)]
        case Power(base, exponent):
            exact = world.exact(exponent)
            fixed = exact is not None and exact.denominator == 1
            return [] if fixed else [Seam((base,), _itself, kink=False)]
        case Relation(operands):
            return [_between(a, b) for a, b in pairwise(operands)]
    assert_never(e)
