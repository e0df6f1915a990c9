"""The second evaluator: one point, many digits (mpmath), derivatives by differences.

It shares neither functions nor the way to differentiate with the float64 evaluator. mpmath is imported here only, when
the first line needs it: `arithmetic` is the one documented place.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import product
from typing import Any, TypeAlias, assert_never

from derive.checker.arrays import Value, cells, derivative_shape, each, entrywise, shaped, sizes_of, transposed_order
from derive.checker.elementary import GROWING, PERIODIC, PRECISE, Real, UndecidedError
from derive.checker.frames import Frame, Shift
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

_MAX_DIGITS = 6_000
_MAX_EXPONENT = 1 << 62
"""Numbers beyond two to this are left undecided: towers of powers would never end."""
_MAX_ANGLE = 2_000
"""A sine of a number of more bits than this would need as many digits."""
_MAX_ORDER = 60
_CENTRED, _ASIDE = (0, 100), (31, 39)
_AGREE = 1e-9
_ENOUGH = 30
"""Digits that have to be left of a sum whose terms cancel."""

Orders: TypeAlias = Mapping[tuple[Symbol, int], int]
"""How often each cell of a symbol is differentiated by."""


@cache
def arithmetic() -> Any:
    """Return a context of mpmath of our own, so that nobody else's precision is touched."""
    import mpmath  # the documented place of this import: most problems never need it

    return mpmath.mp.clone()


class PreciseFrame(Frame):
    """Values at one point with so many decimal digits."""

    def __init__(
        self,
        world: World,
        fixed: Mapping[Symbol, Value],
        digits: int,
        parent: PreciseFrame | None = None,
        shifts: Mapping[Symbol, Shift] | None = None,
        through: bool = True,
    ) -> None:
        super().__init__(world, fixed, parent, shifts, through)
        if digits > _MAX_DIGITS:
            raise UndecidedError(f"more than {_MAX_DIGITS} digits would be needed")
        self._digits = digits
        self.lost: Real = None
        """The largest term of the sums that cancelled so far that too few digits were left."""
        self._spare: int = digits - _ENOUGH if parent is None else parent._spare
        self.m = arithmetic()

    @property
    def digits(self) -> int:
        """How many decimal digits it works with."""
        return self._digits

    def value(self, root: Expr) -> Value:
        """Return the value of an expression, worked out with the digits of this frame."""
        with self.m.workdps(self.digits):
            return super().value(root)

    def at(self, values: Mapping[Symbol, Value]) -> PreciseFrame:
        """Return the frame in which some symbols have other values."""
        return PreciseFrame(self.world, values, self.digits, self)

    def differentiated(self, of: Expr, wrt: tuple[Name, ...], through: bool) -> Value:
        """Return the derivative by differences, by one entry after the other."""
        if len(wrt) > _MAX_ORDER:
            raise UnsupportedError(f"a derivative of order {len(wrt)} cannot be checked")
        targets = [self.target(name) for name in wrt]
        target = self.definition(of, wrt, through)
        if not any(t.shape for t in targets):
            return self._derivative(target, Counter((t.symbol, t.places[0]) for t in targets), through)
        ways = [[(t.symbol, place) for place in t.places] for t in targets]
        first = next(k for k, t in enumerate(targets) if t.shape)
        if not of.shape and len(targets[first].shape) == 2:
            ways[first] = [ways[first][k] for k in transposed_order(targets[first].shape)]
        found = [self._derivative(target, Counter(way), through) for way in product(*ways)]
        shape = derivative_shape(sizes_of(found[0]), [t.shape for t in targets])
        return shaped(shape, [c for row in zip(*map(cells, found), strict=True) for c in row])

    def _derivative(self, target: Expr, orders: Orders, through: bool) -> Value:
        """Return a derivative by numbers; the digits that cancel are added beforehand.

        The differences are taken twice, about different centres and with different steps. Where the two do not agree,
        the function has a kink or an infinite slope, and no derivative.
        """
        order = sum(orders.values())
        digits = self.digits * (order + 1) + 10
        with self.m.workdps(digits):
            steps = {c: self._step(*c) for c in orders}
            first, largest = self._difference(target, orders, steps, through, digits, _CENTRED)
            second, _ = self._difference(target, orders, steps, through, digits, _ASIDE)
            floor = (1 + largest) * self.m.mpf(10) ** (-4 * self.digits // 5)  # of what cannot be told from zero
            gaps = zip(cells(first), cells(second), strict=True)
            exists = all(abs(a - b) <= _AGREE * max(abs(a), abs(b)) + floor for a, b in gaps)
            smallest = min(map(abs, cells(first)))
            if not exists or smallest <= floor:
                smallest = largest * 0  # perhaps the steps were not small enough, or it is zero: more digits will tell
            self._note(smallest, largest)
            return first if exists else each(lambda _: self.m.nan, first)

    def _step(self, symbol: Symbol, place: int) -> Real:
        """Return a step that is small beside the value of a cell, and that its digits can hold."""
        size = abs(cells(self.value(symbol))[place])
        return self.m.mpf(10) ** -self.digits * (size if size > 0 else 1)

    def _difference(
        self,
        target: Expr,
        orders: Orders,
        steps: Mapping[tuple[Symbol, int], Real],
        through: bool,
        digits: int,
        stencil: tuple[int, int],
    ) -> tuple[Value, Real]:
        """Return a difference quotient, and the size that the largest of its terms would give it.

        The stencil is a centre and a width, in percent of the steps.
        """
        m = self.m
        centre, width = (m.mpf(percent) / 100 for percent in stencil)
        total: Value = None
        largest = width * 0
        for moves in product(*(range(order + 1) for order in orders.values())):
            weight, shifts = 1, {}
            for (coordinate, order), k in zip(orders.items(), moves, strict=True):
                weight *= (-1) ** k * math.comb(order, k)
                shifts[coordinate] = (centre + (m.mpf(order) / 2 - k) * width) * steps[coordinate]
            key = (tuple(orders.items()), moves, through, stencil)
            value = self._frame(key, shifts, through, digits).value(target)
            term = each(m.mpf(weight).__mul__, value)
            largest = max([largest, *map(abs, cells(term))])
            total = term if total is None else entrywise(lambda pair: pair[0] + pair[1], [total, term])
        divisor, scale = m.mpf(1), m.mpf(1)
        for coordinate, order in orders.items():
            divisor *= (width * steps[coordinate]) ** order
            scale *= (steps[coordinate] * m.mpf(10) ** self.digits) ** order
        return each(lambda c: c * (1 / divisor), total), largest / scale

    def _frame(
        self, key: tuple[Any, ...], by: Mapping[tuple[Symbol, int], Real], through: bool, digits: int
    ) -> PreciseFrame:
        shared = self.shared(symbol for symbol, _ in by)
        if key not in self.shifted and shared is not None and self.index is not None:
            outer, k = shared
            self.shifted[key] = outer._frame(key, by, through, digits).indexed(self.index, k)
        if key not in self.shifted:
            moves: dict[Symbol, dict[int, Real]] = {}
            for (symbol, place), small in by.items():
                moves.setdefault(symbol, {})[place] = small
            shifts = {symbol: Shift(own, self.instance(symbol)) for symbol, own in moves.items()}
            self.shifted[key] = PreciseFrame(self.world, {}, digits, self, shifts, through)
        frame: PreciseFrame = self.shifted[key]
        return frame

    # Cells

    def declared(self, function: Symbol, component: tuple[int, ...], order: int, argument: Real) -> Real:
        """Return the same smooth function as in float64, differentiated so many times."""
        m, f = self.m, Smooth.of(function, *component)
        p, q, r = f.polynomial(order)
        angle = f.c * argument + f.d + order * m.pi / 2
        return p + q * argument + r * argument**2 + f.b * m.mpf(f.c) ** order * m.sin(angle)

    def whole(self, value: Real) -> int:
        """Return the whole number that an index or a bound is."""
        if not self.m.isint(value):
            raise UnsupportedError("an index or a bound that is not known as a whole number cannot be checked")
        return int(value)

    def constant(self, value: float) -> Real:
        """Return a number."""
        return self.m.mpf(value)

    def total(self, terms: Sequence[Real]) -> Real:
        """Return a sum of at least one term."""
        return self._sum(tuple(terms), (1,) * len(terms))

    def quotient(self, a: Real, b: Real) -> Real:
        """Return a quotient: undefined where the divisor is 0."""
        return a / (b if b != 0 else self.m.nan)

    def combine(self, e: Expr, parts: tuple[Real, ...]) -> Real:
        """Return the value of a node of numbers from those of its parts; nan where it has none."""
        m = self.m
        match e:
            case Integer(n):
                return m.mpf(n)
            case Decimal(text):
                return m.mpf(text)
            case Constant(name):
                return +m.pi if name == "pi" else +m.e if name == "e" else m.nan
            case Sum(_, signs):
                return self._sum(parts, signs)
            case Product():
                return math.prod(parts, start=m.mpf(1))
            case Quotient():
                return self.quotient(*parts)
            case Power(_, exponent):
                return self.power(parts[0], parts[1], exponent)
            case Root(_, degree):
                return self._root(degree, parts)
            case Call(name):
                return self.call(name, *parts)
            case Relation(_, operators):
                return self._relation(operators, parts)
            case Logic(operator):
                settled = m.mpf(operator == "or")
                return settled if settled in parts else m.nan if any(map(m.isnan, parts)) else 1 - settled
            case Cases(values, conditions):
                return self._cases(conditions, parts[: len(values)], parts[len(values) :])
            case Indicator():
                return parts[0]
            case Matrix() | Transpose() | MatMul() | Operation() | Entry() | Entries() | SumOver() | Filled():
                raise AssertionError("the frame looks after what has a shape")
            case Symbol() | Derivative() | At() | Apply():
                raise AssertionError("the frame looks after these")
        assert_never(e)

    def _sum(self, parts: tuple[Real, ...], signs: tuple[int, ...]) -> Real:
        total = parts[0] if signs[0] > 0 else -parts[0]
        for part, sign in zip(parts[1:], signs[1:], strict=True):
            total = total + part if sign > 0 else total - part
        if len(parts) > 1:
            self._note(abs(total), max(map(abs, parts)))
        return total

    def _note(self, size: Real, largest: Real) -> None:
        """Note, here and in the frames that this one serves, that a sum of such terms cancelled."""
        if not largest or size > self.m.ldexp(largest, -int(self._spare * math.log2(10))):
            return
        frame: PreciseFrame | None = self
        while frame is not None:
            frame.lost = largest if frame.lost is None else max(frame.lost, largest)
            frame = frame.parent if frame.outer is None else frame.outer

    def _bounded(self, logarithm: Real) -> None:
        if self.m.isfinite(logarithm) and abs(logarithm) > _MAX_EXPONENT:
            raise UndecidedError("a power is too large to be worked out")

    def power(self, base: Real, exponent: Real, written: Expr | None) -> Real:
        """Return a power of reals; nan where it has none."""
        m, u, a = self.m, base, exponent
        if m.isnan(u) or m.isnan(a) or (u == 0 and a <= 0):
            return m.nan
        if u == 0:
            return u
        exact = None if written is None else self.world.exact(written)
        if exact is not None and exact.denominator == 1:
            a = m.mpf(int(exact))
        self._bounded(a * m.log(abs(u)))
        if u > 0:
            return m.exp(a * m.log(u)) if not m.isint(a) or abs(a) > 2**40 else u ** int(a)
        if not m.isint(a):
            return m.nan
        if m.mag(a) > _MAX_ANGLE:
            raise UndecidedError("an exponent is too large to be worked out")
        size = m.exp(a * m.log(-u)) if abs(a) > 2**40 else (-u) ** int(a)
        return size if a % 2 == 0 else -size

    def _root(self, degree: Expr | None, parts: tuple[Real, ...]) -> Real:
        m, u = self.m, parts[0]
        n = m.mpf(2) if degree is None else parts[1]
        if m.isnan(u) or m.isnan(n) or n == 0:
            return m.nan
        if u < 0:
            odd = isinstance(degree, Integer) and degree.value % 2 == 1
            return -m.root(-u, int(n)) if odd else m.nan
        if u == 0:
            return u if n > 0 else m.nan
        return m.root(u, int(n)) if m.isint(n) and 0 < n < 1000 else m.exp(m.log(u) / n)

    def call(self, name: str, *arguments: Real) -> Real:
        """Return a function of the function table; nan outside of its domain."""
        m, parts = self.m, arguments
        if any(m.isnan(p) for p in parts):
            return m.nan
        if name in GROWING:
            self._bounded(parts[0])
        if name in PERIODIC and m.mag(parts[0]) > _MAX_ANGLE:
            raise UndecidedError("an angle is too large to be worked out")
        try:
            value = PRECISE[name](m, *parts)
        except (ValueError, ZeroDivisionError, OverflowError, m.NoConvergence):
            return m.nan
        return value if m.isfinite(value) and not isinstance(value, m.mpc) else m.nan

    def _relation(self, operators: tuple[str, ...], parts: tuple[Real, ...]) -> Real:
        m = self.m
        if any(m.isnan(p) for p in parts):
            return m.nan
        pairs = zip(operators, parts, parts[1:], strict=False)
        return m.mpf(int(all(_COMPARE[o](a - b) for o, a, b in pairs)))

    def _cases(self, conditions: tuple[Expr | None, ...], values: tuple[Real, ...], truths: tuple[Real, ...]) -> Real:
        it = iter(truths)
        for condition, value in zip(conditions, values, strict=True):
            truth = 1 if condition is None else next(it)
            if self.m.isnan(truth):
                break
            if truth:
                return value
        return self.m.nan


_COMPARE: dict[str, Callable[[Real], bool]] = {
    "<": lambda d: d < 0,
    "<=": lambda d: d <= 0,
    ">": lambda d: d > 0,
    ">=": lambda d: d >= 0,
    "=": lambda d: d == 0,
    "!=": lambda d: d != 0,
}
