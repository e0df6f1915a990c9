"""Truncated Taylor arithmetic over the reals.

A `Series` is a polynomial in one small quantity, cut off after a fixed order. Its coefficients are columns of floats
or series in another quantity, so mixed partial derivatives nest. Each quantity has a level; a number of a lower level
is a constant to a series of a higher one.

A function F of a series u is F(u_0) plus the integral of F'(u) du, F' being a row of `SLOPES`: that is the recurrence
k f_k = sum over j of j u_j h_(k-j), with h = F'(u) known to one order less.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import zip_longest
from typing import TypeAlias, final

from derive.checker.columns import FLOAT, Column, dotted, each, pick, polygamma, power, root, summed


@final
class Series:
    """A Taylor polynomial. Coefficients that are left out at the end are zero."""

    __slots__ = ("coefficients", "level", "order")

    def __init__(self, level: int, order: int, coefficients: list[Number]) -> None:
        self.level, self.order, self.coefficients = level, order, coefficients

    def __repr__(self) -> str:
        return f"Series({self.level}, {self.order}, {self.coefficients})"

    def _like(self, coefficients: list[Number]) -> Series:
        return Series(self.level, self.order, coefficients)

    def __add__(self, other: Number) -> Series:
        if not isinstance(other, Series) or other.level < self.level:
            return self._like([self.coefficients[0] + other, *self.coefficients[1:]])
        if other.level > self.level:
            return other + self
        pairs = zip_longest(self.coefficients, other.coefficients)
        return self._like([b if a is None else a if b is None else a + b for a, b in pairs])

    def __radd__(self, other: Number) -> Series:
        return self + other

    def __neg__(self) -> Series:
        return self._like([-c for c in self.coefficients])

    def __sub__(self, other: Number) -> Series:
        return self + -other

    def __rsub__(self, other: Number) -> Series:
        return -self + other

    def __mul__(self, other: Number | float) -> Series:
        if isinstance(other, Series) and other.level >= self.level:
            return self._convolved(other) if other.level == self.level else other * self
        return self._like([c * other for c in self.coefficients])

    def __rmul__(self, other: Number) -> Series:
        return self * other

    def _convolved(self, other: Series) -> Series:
        a, b = self.coefficients, other.coefficients
        length = min(self.order + 1, len(a) + len(b) - 1)
        return self._like([_dot(a, b, k) for k in range(length)])

    def __truediv__(self, other: Number) -> Series:
        if isinstance(other, Series) and other.level > self.level:
            return self * other.reciprocal()
        if isinstance(other, Series) and other.level == self.level:
            return self * other.reciprocal()
        return self._like([c / other for c in self.coefficients])

    def __rtruediv__(self, other: Number) -> Series:
        return self.reciprocal() * other

    def reciprocal(self) -> Series:
        """Return 1/self, by w_k = -w_0 sum over j of u_j w_(k-j)."""
        u = self.coefficients
        first = constant(1.0, u[0]) / u[0]
        out = [first]
        for k in range(1, self.order + 1):
            terms = [u[j] * out[k - j] for j in range(1, min(k, len(u) - 1) + 1)]
            out.append(-(first * _total(terms)) if terms else first * 0.0)
        return self._like(out)

    def shortened(self) -> Number:
        """Return the series to one order less: a plain number when only the value is left."""
        if self.order == 1:
            return self.coefficients[0]
        return Series(self.level, self.order - 1, self.coefficients[: self.order])

    def taken(self, order: int) -> Number:
        """Return the derivative of this order. It has no value where the function has none."""
        undefined = base(self) * 0.0
        if order >= len(self.coefficients):
            return undefined
        return self.coefficients[order] * float(math.factorial(order)) + undefined


Number: TypeAlias = Column | Series


def _level(of: Number | float) -> int:
    return of.level if isinstance(of, Series) else 0


def _dot(a: list[Number], b: list[Number], k: int) -> Number:
    return _total([a[j] * b[k - j] for j in range(max(0, k - len(b) + 1), min(k, len(a) - 1) + 1)])


def _total(terms: list[Number]) -> Number:
    out = terms[0]
    for term in terms[1:]:
        out = out + term
    return out


def total(terms: Sequence[Number]) -> Number:
    """Return a sum of at least one term, all terms at once."""
    level = max(map(_level, terms))
    if level == 0:
        return summed([base(t).values for t in terms])
    series = [t for t in terms if isinstance(t, Series) and t.level == level]
    constants: list[Number] = [t for t in terms if _level(t) < level]
    length = max(len(s.coefficients) for s in series)
    columns = [[s.coefficients[k] for s in series if k < len(s.coefficients)] for k in range(length)]
    return series[0]._like([total([*columns[0], *constants]), *map(total, columns[1:])])


def dot(a: Sequence[Number], b: Sequence[Number]) -> Number:
    """Return the sum of the products of at least one pair."""
    first, second = [x for x in a if type(x) is Column], [y for y in b if type(y) is Column]
    if len(first) == len(a) and len(second) == len(b):
        return dotted(first, second)
    return total([x * y for x, y in zip(a, b, strict=True)])


def base(of: Number) -> Column:
    """Return the value itself, without what is small."""
    while isinstance(of, Series):
        of = of.coefficients[0]
    return of


def constant(value: float, like: Number) -> Column:
    """Return a constant at as many points as another number has."""
    return base(like).filled(value)


def seed(value: Number, level: int, order: int) -> Series:
    """Return the value plus the small quantity of this level."""
    return Series(level, order, [value, constant(1.0, value)])


def repeated(of: Number, times: int) -> Number:
    """Return a number at all points, and at all of them again, so many times."""
    if isinstance(of, Series):
        return Series(of.level, of.order, [repeated(c, times) for c in of.coefficients])
    return Column(of.values * times)


def split(of: Number, count: int) -> list[Number]:
    """Return the blocks, of equally many points, that a number is made of."""
    if isinstance(of, Series):
        columns = [split(c, count) for c in of.coefficients]
        return [Series(of.level, of.order, list(block)) for block in zip(*columns, strict=True)]
    width = len(of.values) // count
    return [Column(of.values[k * width : (k + 1) * width]) for k in range(count)]


def chosen(which: Sequence[int], options: Sequence[Number]) -> Number:
    """Return at each point the option that is chosen; nan where the choice is -1."""
    level = max(map(_level, options))
    if level == 0:
        return pick(which, [base(o) for o in options])
    top = next(o for o in options if isinstance(o, Series) and o.level == level)
    length = max(len(o.coefficients) for o in options if isinstance(o, Series) and o.level == level)
    columns = [[_coefficient(o, level, k) for o in options] for k in range(length)]
    return Series(level, top.order, [chosen(which, options_k) for options_k in columns])


def _coefficient(of: Number, level: int, k: int) -> Number:
    if isinstance(of, Series) and of.level == level:
        return of.coefficients[k] if k < len(of.coefficients) else constant(0.0, of)
    return of if k == 0 else constant(0.0, of)


def _moves(of: Number) -> list[bool]:
    """Tell at which points a number depends on a small quantity."""
    width = len(base(of).values)
    out = [False] * width
    waiting: list[tuple[Number, bool]] = [(of, False)]
    while waiting:
        number, small = waiting.pop()
        if isinstance(number, Series):
            waiting += [(c, small or k > 0) for k, c in enumerate(number.coefficients)]
        elif small:
            out = [o or v != 0.0 for o, v in zip(out, number.values, strict=True)]
    return out


def maximum(a: Number, b: Number) -> Number:
    """Return the larger. Where both are equal and do not stay so, it has no derivative and the series is nan."""
    x, y = base(a).values, base(b).values
    which = [0 if v >= w else 1 if v < w else -1 for v, w in zip(x, y, strict=True)]
    if not (type(a) is Column and type(b) is Column) and any(v == w for v, w in zip(x, y, strict=True)):
        parting = _moves(a - b)
        which = [-1 if x[i] == y[i] and parting[i] else w for i, w in enumerate(which)]
    return chosen(which, [a, b])


def _largest(*options: Number) -> Number:
    out = options[0]
    for option in options[1:]:
        out = maximum(out, option)
    return out


def _step(name: str, on_jump: Callable[[float], bool]) -> Callable[[Number], Number]:
    """Return a function that is constant between jumps, and has no derivative on them."""

    def apply(u: Number) -> Number:
        value = base(u).map(FLOAT[name])
        if type(u) is Column:
            return value
        jumps = [on_jump(v) and m for v, m in zip(base(u).values, _moves(u), strict=True)]
        return chosen([-1 if j else 0 for j in jumps], [value])

    return apply


def _elu(u: Number) -> Number:
    which = [0 if v > 0.0 else 1 if v <= 0.0 else -1 for v in base(u).values]
    below = chosen([-1 if w == 0 else 0 for w in which], [u])  # exp of a large number must not spoil the other side
    return chosen(which, [u, call("exp", below) - constant(1.0, u)])


def _polygamma(order: Number, x: Number) -> Number:
    """The order is a constant: the derivative by it is not ours to know."""
    if isinstance(x, Series):
        return composed(x, lambda u: _polygamma(order, u), lambda u: _polygamma(order + constant(1.0, u), u))
    if isinstance(order, Series):
        return x * math.nan
    return each(polygamma, order, x)


_FACTORS = 64
"""A binomial coefficient is written out as so many factors."""


def _binomial(n: Number, k: Number) -> Number:
    """A polynomial in n where k is one small whole number; else three gamma functions, two of them in reciprocal."""
    one = constant(1.0, n)
    count = k.values[0] if type(k) is Column else -1.0
    if type(k) is Column and 0.0 <= count <= _FACTORS and count % 1.0 == 0.0 and len(set(k.values)) == 1:
        out: Number = one
        for j in range(int(count)):
            out = out * (n - constant(float(j), n)) * (1.0 / (j + 1))
        return out
    return call("gamma", n + one) * call("over gamma", k + one) * call("over gamma", n - k + one)


CHOICES: dict[str, Callable[..., Number]] = {
    "abs": lambda u: maximum(u, -u),
    "max": _largest,
    "min": lambda *options: -_largest(*(-o for o in options)),
    "relu": lambda u: maximum(u, constant(0.0, u)),
    "elu": _elu,
    "sign": _step("sign", lambda v: v == 0.0),
    "floor": _step("floor", lambda v: v == math.floor(v) if v == v else False),
    "ceil": _step("ceil", lambda v: v == math.floor(v) if v == v else False),
    "log": lambda x, b: call("ln", x) / call("ln", b),
    "polygamma": _polygamma,
    "binomial": _binomial,
}
"""Functions that are made of others, of several arguments, or of cases."""


def call(name: str, *arguments: Number) -> Number:
    """Return a function of the function table, of numbers of any level."""
    if name in CHOICES:
        return CHOICES[name](*arguments)
    (u,) = arguments
    if type(u) is Column:
        return u.map(FLOAT[name])
    return composed(u, lambda v: call(name, v), SLOPES[name])


def composed(u: Number, value: Callable[[Number], Number], slope: Callable[[Number], Number]) -> Number:
    """Return a function of a series, from its value and its derivative."""
    if type(u) is Column:
        return value(u)
    assert isinstance(u, Series)
    h = slope(u.shortened())
    h_coefficients = h.coefficients if isinstance(h, Series) and h.level == u.level else [h]
    out = [value(u.coefficients[0])]
    weighted = [c * float(j) for j, c in enumerate(u.coefficients)]
    for k in range(1, u.order + 1):
        span = range(max(1, k - len(h_coefficients) + 1), min(k, len(u.coefficients) - 1) + 1)
        terms = [weighted[j] * h_coefficients[k - j] for j in span]
        out.append(_total(terms) * (1.0 / k) if terms else constant(0.0, u))
    return Series(u.level, u.order, out)


def integer_power(u: Number, n: int) -> Number:
    """Return u^n by repeated squaring, which does not need u to differ from 0 where n is positive."""
    if n == 0:
        return u / u
    if type(u) is Column:
        return u.map(partial(_raised, n))
    if n < 0:
        return constant(1.0, u) / integer_power(u, -n)
    out: Number | None = None
    square: Number = u
    while True:
        if n & 1:
            out = square if out is None else out * square
        n >>= 1
        if not n:
            return square if out is None else out
        square = square * square


def _raised(n: int, base: float) -> float:
    if abs(n) >= 2**53:
        raise OverflowError("left to higher precision")
    return math.pow(base, n)


def real_power(u: Number, a: Number) -> Number:
    """Return u^a by w_k = sum over j of (a j - (k - j)) u_j w_(k-j) / (k u_0); by exp(a ln u) where a varies."""
    if type(u) is Column and type(a) is Column:
        return each(power, u, a)
    if _level(a) >= _level(u):
        return call("exp", a * call("ln", u))
    assert isinstance(u, Series)
    return _powered(u, a, real_power(u.coefficients[0], a))


def real_root(u: Number, degree: int) -> Number:
    """Return the root of a literal degree; it is real below 0 where the degree is odd."""
    if type(u) is Column:
        return each(lambda v: root(v, float(degree)), u)
    assert isinstance(u, Series)
    return _powered(u, constant(1.0 / degree, u), real_root(u.coefficients[0], degree))


def _powered(u: Series, a: Number, first: Number) -> Series:
    c = u.coefficients
    out = [first]
    inverse = constant(1.0, c[0]) / c[0]
    for k in range(1, u.order + 1):
        terms = [
            c[j] * out[k - j] * (a * float(j) - constant(float(k - j), a)) for j in range(1, min(k, len(c) - 1) + 1)
        ]
        out.append(_total(terms) * inverse * (1.0 / k) if terms else first * 0.0)
    return u._like(out)


def _square(u: Number) -> Number:
    return u * u


def _one(u: Number) -> Column:
    return constant(1.0, u)


def _over_root(u: Number, inside: Number) -> Number:
    """1 / (|u| sqrt(inside))."""
    return _one(u) / (call("abs", u) * call("sqrt", inside))


SLOPES: dict[str, Callable[[Number], Number]] = {
    "exp": lambda u: call("exp", u),
    "ln": lambda u: _one(u) / u,
    "log10": lambda u: constant(1.0 / math.log(10.0), u) / u,
    "sqrt": lambda u: constant(0.5, u) / call("sqrt", u),
    "sin": lambda u: call("cos", u),
    "cos": lambda u: -call("sin", u),
    "tan": lambda u: _square(call("sec", u)),
    "cot": lambda u: -_square(call("csc", u)),
    "sec": lambda u: call("sec", u) * call("tan", u),
    "csc": lambda u: -(call("csc", u) * call("cot", u)),
    "arcsin": lambda u: _one(u) / call("sqrt", _one(u) - _square(u)),
    "arccos": lambda u: -(_one(u) / call("sqrt", _one(u) - _square(u))),
    "arctan": lambda u: _one(u) / (_square(u) + _one(u)),
    "arccot": lambda u: -(_one(u) / (_square(u) + _one(u))),
    "arcsec": lambda u: _over_root(u, _square(u) - _one(u)),
    "arccsc": lambda u: -_over_root(u, _square(u) - _one(u)),
    "sinh": lambda u: call("cosh", u),
    "cosh": lambda u: call("sinh", u),
    "tanh": lambda u: _square(call("sech", u)),
    "coth": lambda u: -_square(call("csch", u)),
    "sech": lambda u: -(call("sech", u) * call("tanh", u)),
    "csch": lambda u: -(call("csch", u) * call("coth", u)),
    "arsinh": lambda u: _one(u) / call("sqrt", _square(u) + _one(u)),
    "arcosh": lambda u: _one(u) / call("sqrt", _square(u) - _one(u)),
    "artanh": lambda u: _one(u) / (_one(u) - _square(u)),
    "arcoth": lambda u: _one(u) / (_one(u) - _square(u)),
    "arsech": lambda u: -_over_root(u, _one(u) - _square(u)),
    "arcsch": lambda u: -_over_root(u, _square(u) + _one(u)),
    "erf": lambda u: call("exp", -_square(u)) * (2.0 / math.sqrt(math.pi)),
    "gamma": lambda u: call("gamma", u) * call("digamma", u),
    "over gamma": lambda u: -(call("over gamma", u) * call("digamma", u)),
    "digamma": lambda u: _polygamma(_one(u), u),
    "factorial": lambda u: call("factorial", u) * call("digamma", u + _one(u)),
    "sigmoid": lambda u: call("sigmoid", u) * call("sigmoid", -u),
    "softplus": lambda u: call("sigmoid", u),
}
"""The derivative of each function of one argument, as a function of that argument."""
