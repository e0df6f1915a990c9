"""Where a formula changes its face: kinks, jumps, edges of domains. Points are sought on both sides of each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from math import prod

from derive.checker.world import World
from derive.errors import UnsupportedError
from derive.expr.nodes import Call, Entry, Expr, Integer, Operation, Power, Relation, Root, SumOver, Symbol
from derive.expr.walks import postorder

Margin = Callable[..., float]


@dataclass(frozen=True, slots=True)
class Seam:
    """Parts of a formula, and a margin of their values that changes its sign on the seam.

    On a kink the formula has no derivative, so points keep away from it. Beyond the edge of a domain (`kink` False)
    it has no value. Of a part with a shape the seam is about one cell; each cell has a seam of its own, and so has each
    value of an index that the parts depend on.
    """

    parts: tuple[Expr, ...]
    margin: Margin
    kink: bool
    cells: tuple[int, ...] = ()
    """Which cell of each part, in row-major order; () stands for the first of all."""
    at: tuple[tuple[Symbol, int], ...] = ()
    """The values of indices."""

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
    """Return the symbols that are free and the seams of formulas, in order of appearance."""
    free: list[Symbol] = []
    seamed: list[Expr] = []
    for e in postorder(*roots):
        if isinstance(e, Symbol):
            if e not in world.rank and e.kind in ("variable", "family"):
                free.append(e)
        elif isinstance(e, _SEAMED):
            seamed.append(e)
        elif isinstance(e, SumOver | Entry):
            world.note(e)
    found: dict[tuple[object, ...], Seam] = {}
    for e in seamed:
        for seam in _of(world, e):
            for one in _each(world, seam):
                places = tuple(zip(one.parts, one.cells, strict=True)) if one.cells else one.parts
                key = places[0] if len(places) > 2 else frozenset(places)
                found.setdefault((one.margin, one.kink, key, one.at), one)
    return free, list(found.values())


_SEAMED = (Call, Power, Root, Relation, Operation)


def _each(world: World, seam: Seam) -> list[Seam]:
    """Return the seams of all cells, for all values of the indices."""
    try:
        instances = world.instances(*seam.parts)
    except UnsupportedError:
        return []  # what cannot be evaluated has no points either
    shape = next((part.shape for part in seam.parts if part.shape), ())
    if seam.cells or not shape:
        choices = [seam.cells]
    else:
        choices = [tuple(k if part.shape else 0 for part in seam.parts) for k in range(prod(world.sizes(shape)))]
    if choices == [()] and instances == [{}]:
        return [seam]
    return [replace(seam, cells=places, at=tuple(at.items())) for places in choices for at in instances]


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


def _lead_size(first: float, *others: float) -> float:
    return abs(first) - max(map(abs, others))


def _of_operation(world: World, e: Operation) -> list[Seam]:
    of = e.operands[0]
    if e.name in ("norm 1", "norm p"):
        return [Seam((of,), _itself, kink=True)]
    if e.name == "norm inf":
        count = prod(world.sizes(of.shape))
        turns = [(k, *(j for j in range(count) if j != k)) for k in range(count)]
        return [Seam((of,) * count, _lead_size, kink=True, cells=turn) for turn in turns if count > 1]
    if e.name == "power" and not _is_whole(world, e.operands[1]):
        return [Seam((of,), _itself, kink=False)]
    return []


def _is_whole(world: World, exponent: Expr) -> bool:
    exact = world.exact(exponent)
    return exact is not None and exact.denominator == 1


def _of(world: World, e: Expr) -> list[Seam]:
    match e:
        case Operation():
            return _of_operation(world, e)
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
            return [] if _is_whole(world, exponent) else [Seam((base,), _itself, kink=False)]
        case Relation(operands):
            return [_between(a, b) for a, b in pairwise(operands)]
    return []
