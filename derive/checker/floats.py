"""The evaluator in float64: all points of a node together, derivatives by Taylor series."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from heapq import heappop, heappush
from math import prod
from typing import assert_never

from derive.checker.arrays import Array, Value, cells, derivative_shape, each, shaped, sizes_of, transposed_order
from derive.checker.columns import Column
from derive.checker.columns import each as column_of
from derive.checker.frames import Frame, Shift, Target
from derive.checker.series import (
    Number,
    Series,
    base,
    call,
    chosen,
    composed,
    constant,
    dot,
    integer_power,
    real_power,
    real_root,
    repeated,
    seed,
    split,
    total,
)
from derive.checker.smooth import Smooth
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
    Entries,
    Entry,
    Expr,
    Filled,
    Indicator,
    Integer,
    Logic,
    MatMul,
    Matrix,
    Name,
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
_BLOCKS = 4_096
_FORWARD = 8
"""So many derivatives of one definition are taken one by one, each through its own series."""


class FloatFrame(Frame):
    """Values at all points as columns of floats, or as series over them.

    A derivative by a vector is taken by all its entries at once: the points are repeated, once for each entry, and each
    of these blocks shifts an entry of its own.
    """

    def __init__(
        self,
        world: World,
        fixed: Mapping[Symbol, Value],
        width: int,
        parent: FloatFrame | None = None,
        shifts: Mapping[Symbol, Shift] | None = None,
        through: bool = True,
        level: int = 0,
    ) -> None:
        super().__init__(world, fixed, parent, shifts, through)
        self.width, self.level = width, level
        self._blocks = 1 if parent is None else width // max(1, parent.width)
        self._asked: Counter[Expr] = Counter()
        self._sweeps: dict[Symbol, dict[Symbol, Value]] = {}

    @property
    def digits(self) -> int:
        """How many decimal digits it works with."""
        return 16

    def at(self, values: Mapping[Symbol, Value]) -> FloatFrame:
        """Return the frame in which some symbols have other values."""
        return FloatFrame(self.world, values, self.width, self, level=self.level)

    def inherited(self, value: Value) -> Value:
        """Return a value of the parent, repeated once for each block."""
        return value if self._blocks == 1 else each(lambda c: repeated(c, self._blocks), value)

    def differentiated(self, of: Expr, wrt: tuple[Name, ...], through: bool) -> Value:
        """Return the derivative by Taylor series: one level for each of the different variables."""
        if through and len(wrt) == 1 and isinstance(of, Symbol) and self._often(of) and isinstance(wrt[0], Symbol):
            return self._swept(of).get(wrt[0], self.constant(0.0))
        if len(wrt) > _ORDER:
            raise UnsupportedError(f"a derivative of order {len(wrt)} cannot be checked")
        targets = [self.target(name) for name in wrt]
        numbers = Counter((t.symbol, t.places[0]) for t in targets if not t.shape)
        arrays = [t for t in targets if t.shape]
        frame = self._shifted(targets, through)
        levels = enumerate([*numbers.values(), *(1 for _ in arrays)], start=self.level + 1)
        wanted = list(levels)[::-1]
        value = frame.value(self.definition(of, wrt, through))
        found = [_taken(c, wanted) for c in cells(value)]
        if not arrays:
            return shaped(sizes_of(value), found)
        blocks = [self._in_order(split(c, frame.width // self.width), value, arrays) for c in found]
        shape = derivative_shape(sizes_of(value), [t.shape for t in arrays])
        return shaped(shape, [c for block in blocks for c in block])

    def _in_order(self, blocks: list[Number], of: Value, arrays: list[Target]) -> list[Number]:
        """Return the derivatives by the entries of a matrix in numerator layout: of a number, column by column."""
        first = arrays[0]
        if type(of) is Array or len(first.shape) != 2:
            return blocks
        stride = len(blocks) // len(first.places)
        return [blocks[k * stride + j] for k in transposed_order(first.shape) for j in range(stride)]

    def _shifted(self, targets: list[Target], through: bool) -> FloatFrame:
        """Return the frame in which what is differentiated by is shifted."""
        key = (*((t.symbol, t.places, t.shape) for t in targets), through)
        if key not in self.shifted:
            shared = self.shared(t.symbol for t in targets)
            if shared is None or self.index is None:
                self.shifted[key] = self._new_shifted(targets, through)
            else:
                outer, k = shared
                self.shifted[key] = outer._shifted(targets, through).indexed(self.index, k)
        frame: FloatFrame = self.shifted[key]
        return frame

    def _new_shifted(self, targets: list[Target], through: bool) -> FloatFrame:
        numbers = Counter((t.symbol, t.places[0]) for t in targets if not t.shape)
        arrays = [t for t in targets if t.shape]
        count = prod(len(t.places) for t in arrays)
        if count > _BLOCKS:
            raise UnsupportedError(f"a derivative with more than {_BLOCKS} entries cannot be checked")
        zero = Column([0.0] * self.width * count)
        level = self.level
        moves: dict[Symbol, dict[int, Number]] = {}
        for (symbol, place), order in numbers.items():
            level += 1
            moves.setdefault(symbol, {})[place] = seed(zero, level, order)
        stride = count
        for target in arrays:
            level += 1
            stride //= len(target.places)
            own = moves.setdefault(target.symbol, {})
            for k, place in enumerate(target.places):
                here = [float(b // stride % len(target.places) == k) for b in range(count) for _ in range(self.width)]
                small = Series(level, 1, [zero, Column(here)])
                own[place] = own[place] + small if place in own else small
        shifts = {symbol: Shift(by, self.instance(symbol)) for symbol, by in moves.items()}
        return FloatFrame(self.world, {}, self.width * count, self, shifts, through, level)

    def _often(self, of: Symbol) -> bool:
        """Tell whether a definition has been differentiated by so many symbols that all at once are cheaper."""
        self._asked[of] += 1
        return self._asked[of] > _FORWARD and of in self.world.rank and self.world.plain and self.parent is None

    def _swept(self, of: Symbol) -> dict[Symbol, Value]:
        """Return the derivatives of a definition by everything below it: one sweep from the top down."""
        if of in self._sweeps:
            return self._sweeps[of]
        rank, bindings = self.world.rank, self.world.bindings
        out: dict[Symbol, Number] = {of: self.constant(1.0)}
        heap = [-rank[of]]
        at_rank = {rank[s]: s for s in rank}
        while heap:
            symbol = at_rank[-heappop(heap)]
            for argument in variables(bindings[symbol]):
                if argument not in out and argument in rank:
                    heappush(heap, -rank[argument])
                slope = self.differentiated(symbol, (argument,), through=False)
                term = out[symbol] * slope
                out[argument] = out[argument] + term if argument in out else term
        self._sweeps[of] = dict(out)
        return self._sweeps[of]

    # Cells

    def declared(self, function: Symbol, component: tuple[int, ...], order: int, argument: Number) -> Number:
        """Return a smooth function of the argument, differentiated so many times."""
        return _smooth(Smooth.of(function, *component), order, argument)

    def whole(self, value: Number) -> int:
        """Return the whole number that an index or a bound is."""
        numbers = set(base(value).values)
        first = numbers.pop()
        if numbers or first % 1.0 != 0.0:  # nan and infinity are no whole numbers either
            raise UnsupportedError("an index or a bound that is not known as a whole number cannot be checked")
        return int(first)

    def constant(self, value: float) -> Column:
        """Return a constant at all points."""
        return Column([value] * self.width)

    def total(self, terms: Sequence[Number]) -> Number:
        """Return a sum of at least one term."""
        return total(terms)

    def dot(self, a: Sequence[Number], b: Sequence[Number]) -> Number:
        """Return the sum of the products of at least one pair."""
        return dot(a, b)

    def quotient(self, a: Number, b: Number) -> Number:
        """Return a quotient."""
        return a / b

    def power(self, base: Number, exponent: Number, written: Expr | None) -> Number:
        """Return a power: by multiplication where its exponent is written as a whole number."""
        exact = None if written is None else self.world.exact(written)
        if exact is not None and exact.denominator == 1:
            return integer_power(base, int(exact))
        return real_power(base, exponent)

    def call(self, name: str, *arguments: Number) -> Number:
        """Return a function of the function table."""
        return call(name, *arguments)

    def combine(self, e: Expr, parts: tuple[Number, ...]) -> Number:
        """Return the value of a node of numbers from those of its parts."""
        match e:
            case Product():
                return _product(parts)
            case Sum(_, signs):
                return _sum(parts, signs)
            case Integer(n):
                return self.constant(float(n) if n.bit_length() < 1000 else math.nan)
            case Quotient():
                return parts[0] / parts[1]
            case Power(_, exponent):
                return self.power(parts[0], parts[1], exponent)
            case Call(name):
                return call(name, *parts)
            case Decimal(text):
                return self.constant(float(text))
            case Constant(name):
                return self.constant({"pi": math.pi, "e": math.e}.get(name, math.nan))
            case Root(_, degree):
                return _rooted(degree, parts)
            case Relation(_, operators):
                return _relation(operators, [base(p) for p in parts])
            case Logic(operator):
                return _joined(operator, [base(p) for p in parts])
            case Cases(values, conditions):
                return self._cases(parts[: len(values)], conditions, parts[len(values) :])
            case Indicator():
                return parts[0]
            case Matrix() | Transpose() | MatMul() | Operation() | Entry() | Entries() | SumOver() | Filled():
                raise AssertionError("the frame looks after what has a shape")
            case Symbol() | Derivative() | At() | Apply():
                raise AssertionError("the frame looks after these")
        assert_never(e)

    def _cases(
        self, values: tuple[Number, ...], conditions: tuple[Expr | None, ...], truths: tuple[Number, ...]
    ) -> Number:
        it = iter(truths)
        columns = [self.constant(1.0) if c is None else base(next(it)) for c in conditions]
        return chosen([_first(row) for row in zip(*(c.values for c in columns), strict=True)], values)


def _first(truths: tuple[float, ...]) -> int:
    """Return the first case that holds; -1 where none does, or where one before it has no truth."""
    for i, truth in enumerate(truths):
        if truth != 0.0:
            return i if truth == 1.0 else -1
    return -1


def _sum(parts: tuple[Number, ...], signs: tuple[int, ...]) -> Number:
    out = parts[0] if signs[0] > 0 else -parts[0]
    for part, sign in zip(parts[1:], signs[1:], strict=True):
        out = out + part if sign > 0 else out - part
    return out


def _product(parts: tuple[Number, ...]) -> Number:
    out = parts[0]
    for factor in parts[1:]:
        out = out * factor
    return out


def _rooted(degree: Expr | None, parts: tuple[Number, ...]) -> Number:
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
    return column_of(
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
