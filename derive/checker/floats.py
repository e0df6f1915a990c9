"""The evaluator in float64: all points of a node together, derivatives by Taylor series."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from heapq import heappop, heappush
from typing import TypeAlias, assert_never

from derive.checker.columns import Column, each
from derive.checker.frames import Frame
from derive.checker.series import (
    Number,
    Series,
    base,
    call,
    chosen,
    composed,
    constant,
    integer_power,
    real_power,
    real_root,
    seed,
)
from derive.checker.world import World
from derive.errors import UnsupportedError
from derive.expr.nodes import (
    Apply,
    At,
    Call,
    Cases,
    Constant,
    Decimal,
    Derivative,
    Entry,
    Expr,
    Filled,
    Indicator,
    Integer,
    Logic,
    MatMul,
    Matrix,
    Operation,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    Sum,
    SumOver,
    Symbol,
    Transpose,
)
from derive.expr.walks import variables

_ORDER = 24
_DEGREE = 2**50
_FORWARD = 8
"""So many derivatives of one definition are taken one by one, each through its own series."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A matrix of numbers; a column vector has one cell a row."""

    rows: tuple[tuple[Number, ...], ...]

    def each(self, change: Callable[[Number], Number]) -> Grid:
        """Return the matrix with every cell changed."""
        return Grid(tuple(tuple(change(c) for c in row) for row in self.rows))

    def cells(self) -> list[Number]:
        """Return the cells, row by row."""
        return [c for row in self.rows for c in row]

    def __add__(self, other: Value) -> Grid:
        if not isinstance(other, Grid):
            raise UnsupportedError("a matrix plus a number cannot be checked")
        return Grid(
            tuple(tuple(a + b for a, b in zip(r, s, strict=True)) for r, s in zip(self.rows, other.rows, strict=True))
        )

    def __neg__(self) -> Grid:
        return self.each(lambda c: -c)

    def __sub__(self, other: Value) -> Grid:
        return self + -other

    def transposed(self) -> Grid:
        """Return rows as columns."""
        return Grid(tuple(zip(*self.rows, strict=True)))


Value: TypeAlias = Number | Grid


def cells(value: Value) -> list[Number]:
    """Return the numbers that a value is made of."""
    return value.cells() if isinstance(value, Grid) else [value]


@dataclass(frozen=True, slots=True)
class Smooth:
    """Some smooth function, a + b sin(c x + d) + e x^2, for a function that is declared and no more."""

    a: float
    b: float
    c: float
    d: float
    e: float

    @staticmethod
    def of(function: Symbol) -> Smooth:
        """Return the function that stands for a declared one: the same in every run."""
        text = repr((function.name, function.accents, function.subscript, function.mark))
        rng = random.Random(int.from_bytes(sha256(text.encode()).digest(), "big"))
        return Smooth(*(rng.uniform(0.3, 1.3) for _ in range(5)))

    def polynomial(self, order: int) -> tuple[float, float, float]:
        """Return the coefficients of 1, x and x^2 in the part that is no sine, differentiated."""
        return {0: (self.a, 0.0, self.e), 1: (0.0, 2.0 * self.e, 0.0), 2: (2.0 * self.e, 0.0, 0.0)}.get(
            order, (0.0, 0.0, 0.0)
        )


class FloatFrame(Frame[Value]):
    """Values at all points as columns of floats, or as series over them."""

    def __init__(
        self,
        world: World,
        fixed: Mapping[Symbol, Value],
        width: int,
        parent: FloatFrame | None = None,
        shifts: Mapping[Symbol, Value] | None = None,
        through: bool = True,
        level: int = 0,
    ) -> None:
        super().__init__(world, fixed, parent, shifts, through)
        self.width, self.level = width, level
        self._asked: Counter[Symbol] = Counter()
        self._sweeps: dict[Symbol, dict[Symbol, Value]] = {}
        self._shifted: dict[tuple[tuple[Symbol, ...], bool], FloatFrame] = {}

    def at(self, values: Mapping[Symbol, Value]) -> FloatFrame:
        """Return the frame in which some symbols have other values."""
        return FloatFrame(self.world, values, self.width, self, level=self.level)

    def add(self, value: Value, shift: Value) -> Value:
        """Return a symbol's value plus what is small."""
        if isinstance(value, Grid) or isinstance(shift, Grid):
            raise UnsupportedError("a derivative by a matrix cannot be checked")
        return value + shift

    def differentiated(self, of: Expr, wrt: tuple[Symbol, ...], through: bool) -> Value:
        """Return the derivative by Taylor series: one level for each of the different variables."""
        if through and len(wrt) == 1 and isinstance(of, Symbol) and self._often(of):
            return self._swept(of).get(wrt[0], self._constant(0.0))
        orders = Counter(wrt)
        if len(wrt) > _ORDER:
            raise UnsupportedError(f"a derivative of order {len(wrt)} cannot be checked")
        key = (wrt, through)
        frame = self._shifted.get(key)
        if frame is None:
            shifts: dict[Symbol, Value] = {}
            zero = Column([0.0] * self.width)
            for level, (symbol, order) in enumerate(orders.items(), start=self.level + 1):
                shifts[symbol] = seed(zero, level, order)
            frame = FloatFrame(self.world, {}, self.width, self, shifts, through, self.level + len(orders))
            self._shifted[key] = frame
        levels = {s: n.level for s, n in frame.shifts.items() if isinstance(n, Series)}
        wanted = sorted(((levels[s], order) for s, order in orders.items()), reverse=True)
        value = frame.value(self.definition(of, wrt, through))
        return value.each(lambda c: _taken(c, wanted)) if isinstance(value, Grid) else _taken(value, wanted)

    def _often(self, of: Symbol) -> bool:
        """Tell whether a definition has been differentiated by so many symbols that all at once are cheaper."""
        self._asked[of] += 1
        return self._asked[of] > _FORWARD and of in self.world.rank and self.world.plain and self.parent is None

    def _swept(self, of: Symbol) -> dict[Symbol, Value]:
        """Return the derivatives of a definition by everything below it: one sweep from the top down."""
        if of in self._sweeps:
            return self._sweeps[of]
        rank, bindings = self.world.rank, self.world.bindings
        out: dict[Symbol, Number] = {of: self._constant(1.0)}
        heap = [-rank[of]]
        at_rank = {rank[s]: s for s in rank}
        while heap:
            symbol = at_rank[-heappop(heap)]
            for argument in variables(bindings[symbol]):
                if argument not in out and argument in rank:
                    heappush(heap, -rank[argument])
                slope = _number(self.differentiated(symbol, (argument,), through=False))
                term = out[symbol] * slope
                out[argument] = out[argument] + term if argument in out else term
        self._sweeps[of] = dict(out)
        return self._sweeps[of]

    def declared(self, function: Symbol, order: int, argument: Value) -> Value:
        """Return a smooth function of the argument, differentiated so many times."""
        if isinstance(argument, Grid):
            raise UnsupportedError("a function of a matrix cannot be checked")
        return _smooth(Smooth.of(function), order, argument)

    def _constant(self, value: float) -> Column:
        return Column([value] * self.width)

    def combine(self, e: Expr, parts: tuple[Value, ...]) -> Value:
        """Return the value of a node from those of its parts."""
        match e:
            case Product():
                return _product(parts)
            case Sum(_, signs):
                return _sum(parts, signs)
            case Integer(n):
                return self._constant(float(n) if n.bit_length() < 1000 else math.nan)
            case Quotient():
                top, bottom = parts[0], _number(parts[1])
                return top.each(lambda c: c / bottom) if isinstance(top, Grid) else top / bottom
            case Power(_, exponent):
                return self._power(exponent, _number(parts[0]), _number(parts[1]))
            case Call(name):
                return call(name, *map(_number, parts))
            case Decimal(text):
                return self._constant(float(text))
            case Constant(name):
                return self._constant({"pi": math.pi, "e": math.e}.get(name, math.nan))
            case Root(_, degree):
                return _rooted(degree, [_number(p) for p in parts])
            case Relation(_, operators):
                return _relation(operators, [base(_number(p)) for p in parts])
            case Logic(operator):
                return _joined(operator, [base(_number(p)) for p in parts])
            case Cases(values, conditions):
                return self._cases(parts[: len(values)], conditions, parts[len(values) :])
            case Indicator():
                return parts[0]
            case Matrix(rows):
                it = iter(parts)
                return Grid(tuple(tuple(_number(next(it)) for _ in row) for row in rows))
            case Transpose():
                return parts[0].transposed() if isinstance(parts[0], Grid) else parts[0]
            case MatMul() | Operation() | Entry() | SumOver() | Filled():
                raise UnsupportedError("vectors, matrices and sums over an index have no value here yet")
            case Symbol() | Derivative() | At() | Apply():
                raise AssertionError("the frame looks after these")
        assert_never(e)

    def _power(self, exponent: Expr, u: Number, a: Number) -> Number:
        exact = self.world.exact(exponent)
        if exact is not None and exact.denominator == 1:
            return integer_power(u, int(exact))
        return real_power(u, a)

    def _cases(
        self, values: tuple[Value, ...], conditions: tuple[Expr | None, ...], truths: tuple[Value, ...]
    ) -> Value:
        it = iter(truths)
        columns = [self._constant(1.0) if c is None else base(_number(next(it))) for c in conditions]
        which = [_first(row) for row in zip(*(c.values for c in columns), strict=True)]
        if not isinstance(values[0], Grid):
            return chosen(which, [_number(v) for v in values])
        grids = [v.cells() for v in values if isinstance(v, Grid)]
        flat = iter([chosen(which, options) for options in zip(*grids, strict=True)])
        return values[0].each(lambda _: next(flat))


def _first(truths: tuple[float, ...]) -> int:
    """Return the first case that holds; -1 where none does, or where one before it has no truth."""
    for i, truth in enumerate(truths):
        if truth != 0.0:
            return i if truth == 1.0 else -1
    return -1


def _number(value: Value) -> Number:
    if isinstance(value, Grid):
        raise UnsupportedError("a function of a matrix cannot be checked")
    return value


def _sum(parts: tuple[Value, ...], signs: tuple[int, ...]) -> Value:
    out = parts[0] if signs[0] > 0 else -parts[0]
    for part, sign in zip(parts[1:], signs[1:], strict=True):
        out = out + part if sign > 0 else out - part  # type: ignore[operator]  # all numbers, or all grids
    return out


def _product(parts: tuple[Value, ...]) -> Value:
    grid = next((p for p in parts if isinstance(p, Grid)), None)
    numbers = [p for p in parts if not isinstance(p, Grid)]
    if not numbers:
        assert grid is not None
        return grid
    out = numbers[0]
    for factor in numbers[1:]:
        out = out * factor
    return out if grid is None else grid.each(lambda c: c * out)


def _rooted(degree: Expr | None, parts: list[Number]) -> Number:
    if degree is None:
        return call("sqrt", parts[0])
    if isinstance(degree, Integer):
        usable = 0 < degree.value < _DEGREE
        return real_root(parts[0], degree.value) if usable else constant(math.nan, parts[0])
    return real_power(parts[0], constant(1.0, parts[1]) / parts[1])


_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


def _relation(operators: tuple[str, ...], operands: list[Column]) -> Column:
    """Return 1 where the relations hold, 0 where not, nan where an operand has no value."""
    tests = [_COMPARE[o] for o in operators]
    return each(
        lambda *v: float(all(t(a, b) for t, a, b in zip(tests, v, v[1:], strict=False))),
        *operands,
    )


def _joined(operator: str, truths: list[Column]) -> Column:
    """Return a condition made of others. One that settles it does so even where another has no truth."""
    settled = float(operator == "or")
    rows = zip(*(t.values for t in truths), strict=True)
    return Column(
        [settled if settled in row else math.nan if any(v != v for v in row) else 1.0 - settled for row in rows]
    )


def _taken(value: Number, wanted: list[tuple[int, int]]) -> Number:
    for level, order in wanted:
        value = value.taken(order) if isinstance(value, Series) and value.level == level else base(value) * 0.0
    return value


def _smooth(function: Smooth, order: int, u: Number) -> Number:
    if isinstance(u, Series):
        return composed(u, lambda v: _smooth(function, order, v), lambda v: _smooth(function, order + 1, v))
    p, q, r = function.polynomial(order)
    factor, phase = function.b * function.c**order, function.d + order * math.pi / 2
    return u.map(lambda x: p + q * x + r * x * x + factor * math.sin(function.c * x + phase))
