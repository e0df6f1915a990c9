"""The second evaluator: one point, many digits (mpmath), derivatives by differences.

It shares neither functions nor the way to differentiate with the float64 evaluator. mpmath is imported here only, when
the first line needs it: `arithmetic` is the one documented place.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any, assert_never

from derive.checker.elementary import GROWING, PERIODIC, PRECISE, Real, UndecidedError
from derive.checker.floats import Smooth
from derive.checker.frames import Frame
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


@cache
def arithmetic() -> Any:
    """Return a context of mpmath of our own, so that nobody else's precision is touched."""
    import mpmath  # the documented place of this import: most problems never need it

    return mpmath.mp.clone()


@dataclass(frozen=True, slots=True)
class Rows:
    """A matrix of reals."""

    rows: tuple[tuple[Real, ...], ...]

    def each(self, change: Callable[[Real], Real]) -> Rows:
        """Return the matrix with every cell changed."""
        return Rows(tuple(tuple(change(c) for c in row) for row in self.rows))

    def __add__(self, other: Rows) -> Rows:
        pairs = zip(self.rows, other.rows, strict=True)
        return Rows(tuple(tuple(a + b for a, b in zip(r, s, strict=True)) for r, s in pairs))

    def __sub__(self, other: Rows) -> Rows:
        return self + -other

    def __neg__(self) -> Rows:
        return self.each(lambda c: -c)

    def __mul__(self, factor: Real) -> Rows:
        return self.each(lambda c: c * factor)


def cells(value: Real) -> list[Real]:
    """Return the numbers that a value is made of."""
    return [c for row in value.rows for c in row] if isinstance(value, Rows) else [value]


class PreciseFrame(Frame[Real]):
    """Values at one point with so many decimal digits."""

    def __init__(
        self,
        world: World,
        fixed: Mapping[Symbol, Real],
        digits: int,
        parent: PreciseFrame | None = None,
        shifts: Mapping[Symbol, Real] | None = None,
        through: bool = True,
    ) -> None:
        super().__init__(world, fixed, parent, shifts, through)
        if digits > _MAX_DIGITS:
            raise UndecidedError(f"more than {_MAX_DIGITS} digits would be needed")
        self.digits = digits
        self.lost: Real = None
        """The largest term of the sums that cancelled so far that too few digits were left."""
        self._spare: int = digits - _ENOUGH if parent is None else parent._spare
        self.m = arithmetic()
        self._shifted: dict[tuple[Any, ...], PreciseFrame] = {}

    def value(self, root: Expr) -> Real:
        """Return the value of an expression, worked out with the digits of this frame."""
        with self.m.workdps(self.digits):
            return super().value(root)

    def at(self, values: Mapping[Symbol, Real]) -> PreciseFrame:
        """Return the frame in which some symbols have other values."""
        return PreciseFrame(self.world, values, self.digits, self)

    def add(self, value: Real, shift: Real) -> Real:
        """Return a symbol's value plus what is small."""
        if isinstance(value, Rows):
            raise UnsupportedError("a derivative by a matrix cannot be checked")
        return value + shift

    def differentiated(self, of: Expr, wrt: tuple[Symbol, ...], through: bool) -> Real:
        """Return the derivative by differences; the digits that cancel are added beforehand.

        They are taken twice, about different centres and with different steps. Where the two do not agree, the
        function has a kink or an infinite slope, and no derivative.
        """
        if len(wrt) > _MAX_ORDER:
            raise UnsupportedError(f"a derivative of order {len(wrt)} cannot be checked")
        target, orders = self.definition(of, wrt, through), Counter(wrt)
        digits = self.digits * (len(wrt) + 1) + 10
        with self.m.workdps(digits):
            steps = {s: self._step(s) for s in orders}
            first, largest = self._difference(target, orders, steps, through, digits, _CENTRED)
            second, _ = self._difference(target, orders, steps, through, digits, _ASIDE)
            floor = (1 + largest) * self.m.mpf(10) ** (-4 * self.digits // 5)  # of what cannot be told from zero
            gaps = zip(cells(first), cells(second), strict=True)
            exists = all(abs(a - b) <= _AGREE * max(abs(a), abs(b)) + floor for a, b in gaps)
            smallest = min(map(abs, cells(first)))
            if not exists or smallest <= floor:
                smallest = largest * 0  # perhaps the steps were not small enough, or it is zero: more digits will tell
            self._note(smallest, largest)
            if exists:
                return first
            return first.each(lambda _: self.m.nan) if isinstance(first, Rows) else self.m.nan

    def _step(self, symbol: Symbol) -> Real:
        """Return a step that is small beside the symbol's value, and that its digits can hold."""
        size = max(map(abs, cells(self.value(symbol))))
        return self.m.mpf(10) ** -self.digits * (size if size > 0 else 1)

    def _difference(
        self,
        target: Expr,
        orders: Mapping[Symbol, int],
        steps: Mapping[Symbol, Real],
        through: bool,
        digits: int,
        stencil: tuple[int, int],
    ) -> tuple[Real, Real]:
        """Return a difference quotient, and the size that the largest of its terms would give it.

        The stencil is a centre and a width, in percent of the steps.
        """
        m = self.m
        centre, width = (m.mpf(percent) / 100 for percent in stencil)
        total: Real = None
        largest = width * 0
        for moves in product(*(range(order + 1) for order in orders.values())):
            weight, shifts = 1, {}
            for (symbol, order), k in zip(orders.items(), moves, strict=True):
                weight *= (-1) ** k * math.comb(order, k)
                shifts[symbol] = (centre + (m.mpf(order) / 2 - k) * width) * steps[symbol]
            key = (tuple(orders.items()), moves, through, stencil)
            term = self._frame(key, shifts, through, digits).value(target) * m.mpf(weight)
            largest = max([largest, *map(abs, cells(term))])
            total = term if total is None else total + term
        divisor, scale = m.mpf(1), m.mpf(1)
        for symbol, order in orders.items():
            divisor *= (width * steps[symbol]) ** order
            scale *= (steps[symbol] * m.mpf(10) ** self.digits) ** order
        return total * (1 / divisor), largest / scale

    def _frame(self, key: tuple[Any, ...], shifts: Mapping[Symbol, Real], through: bool, digits: int) -> PreciseFrame:
        if key not in self._shifted:
            self._shifted[key] = PreciseFrame(self.world, {}, digits, self, shifts, through)
        return self._shifted[key]

    def declared(self, function: Symbol, order: int, argument: Real) -> Real:
        """Return the same smooth function as in float64, differentiated so many times."""
        m, f = self.m, Smooth.of(function)
        p, q, r = f.polynomial(order)
        angle = f.c * argument + f.d + order * m.pi / 2
        return p + q * argument + r * argument**2 + f.b * m.mpf(f.c) ** order * m.sin(angle)

    def combine(self, e: Expr, parts: tuple[Real, ...]) -> Real:
        """Return the value of a node from those of its parts; nan where it has none."""
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
                return self._product(parts)
            case Quotient():
                top, bottom = parts[0], parts[1] if parts[1] != 0 else m.nan
                return top.each(lambda c: c / bottom) if isinstance(top, Rows) else top / bottom
            case Power(_, exponent):
                return self._power(parts[0], parts[1], exponent)
            case Root(_, degree):
                return self._root(degree, parts)
            case Call(name):
                return self._call(name, parts)
            case Relation(_, operators):
                return self._relation(operators, parts)
            case Logic(operator):
                settled = m.mpf(operator == "or")
                return settled if settled in parts else m.nan if any(map(m.isnan, parts)) else 1 - settled
            case Cases(values, conditions):
                return self._cases(conditions, parts[: len(values)], parts[len(values) :])
            case Indicator():
                return parts[0]
            case Matrix(rows):
                it = iter(parts)
                return Rows(tuple(tuple(next(it) for _ in row) for row in rows))
            case Transpose():
                return Rows(tuple(zip(*parts[0].rows, strict=True))) if isinstance(parts[0], Rows) else parts[0]
            case MatMul() | Operation() | Entry() | SumOver() | Filled():
                raise UnsupportedError("vectors, matrices and sums over an index have no value here yet")
            case Symbol() | Derivative() | At() | Apply():
                raise AssertionError("the frame looks after these")
        assert_never(e)

    def _sum(self, parts: tuple[Real, ...], signs: tuple[int, ...]) -> Real:
        total = parts[0] if signs[0] > 0 else -parts[0]
        for part, sign in zip(parts[1:], signs[1:], strict=True):
            total = total + part if sign > 0 else total - part
        if len(parts) > 1 and not isinstance(total, Rows):
            self._note(abs(total), max(map(abs, parts)))
        return total

    def _note(self, size: Real, largest: Real) -> None:
        """Note, here and in the frames that this one serves, that a sum of such terms cancelled."""
        if not largest or size > self.m.ldexp(largest, -int(self._spare * math.log2(10))):
            return
        frame: PreciseFrame | None = self
        while frame is not None:
            frame.lost = largest if frame.lost is None else max(frame.lost, largest)
            frame = frame.parent

    def _product(self, parts: tuple[Real, ...]) -> Real:
        matrix = next((p for p in parts if isinstance(p, Rows)), None)
        out = self.m.mpf(1)
        for part in parts:
            if not isinstance(part, Rows):
                out *= part
        return out if matrix is None else matrix * out

    def _bounded(self, logarithm: Real) -> None:
        if self.m.isfinite(logarithm) and abs(logarithm) > _MAX_EXPONENT:
            raise UndecidedError("a power is too large to be worked out")

    def _power(self, u: Real, a: Real, exponent: Expr) -> Real:
        m = self.m
        if m.isnan(u) or m.isnan(a) or (u == 0 and a <= 0):
            return m.nan
        if u == 0:
            return u
        exact = self.world.exact(exponent)
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

    def _call(self, name: str, parts: tuple[Real, ...]) -> Real:
        m = self.m
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
        return values[0].each(lambda _: self.m.nan) if isinstance(values[0], Rows) else self.m.nan


_COMPARE: dict[str, Callable[[Real], bool]] = {
    "<": lambda d: d < 0,
    "<=": lambda d: d <= 0,
    ">": lambda d: d > 0,
    ">=": lambda d: d >= 0,
    "=": lambda d: d == 0,
    "!=": lambda d: d != 0,
}
