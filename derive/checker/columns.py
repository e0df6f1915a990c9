"""Real numbers at all points at once, in float64.

A `Column` holds one number for each point. It holds finite numbers and nan: nan stands for every number that float64
does not give, be it undefined, too large, or lost in a cancellation. Which of these it is, higher precision decides.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from typing import final

NAN = math.nan


@final
class Column:
    """One float for each point, with the arithmetic of reals."""

    __slots__ = ("values",)

    def __init__(self, values: list[float]) -> None:
        self.values = values

    def __repr__(self) -> str:
        return f"Column({self.values})"

    def __add__(self, other: Column) -> Column:
        if type(other) is not Column:
            return NotImplemented
        return _kept([a + b for a, b in zip(self.values, other.values, strict=True)], self.values)

    def __sub__(self, other: Column) -> Column:
        if type(other) is not Column:
            return NotImplemented
        return _kept([a - b for a, b in zip(self.values, other.values, strict=True)], self.values)

    def __mul__(self, other: Column | float) -> Column:
        if type(other) is Column:
            return _finite([a * b for a, b in zip(self.values, other.values, strict=True)])
        if type(other) is float:
            return _finite([a * other for a in self.values])
        return NotImplemented

    def __truediv__(self, other: Column) -> Column:
        if type(other) is not Column:
            return NotImplemented
        return (
            each(_divide, self, other)
            if 0.0 in other.values
            else _finite([a / b for a, b in zip(self.values, other.values, strict=True)])
        )

    def __neg__(self) -> Column:
        return Column([-a for a in self.values])

    def filled(self, value: float) -> Column:
        """Return a column of the same length that holds one number."""
        return Column([value] * len(self.values))

    def map(self, function: Callable[[float], float]) -> Column:
        """Return the values of a function of floats; nan where it raises."""
        try:
            return _finite([function(a) for a in self.values])
        except (ValueError, OverflowError, ZeroDivisionError):
            return Column([_guarded(function, a) for a in self.values])


def each(function: Callable[..., float], *columns: Column) -> Column:
    """Return the values of a function of several floats; nan where it raises or an argument is nan."""
    rows = zip(*(c.values for c in columns), strict=True)
    return Column([_guarded(function, *row) for row in rows])


def pick(which: Sequence[int], options: Sequence[Column]) -> Column:
    """Return at each point the number of the chosen option; nan where the choice is -1."""
    return Column([NAN if w < 0 else options[w].values[i] for i, w in enumerate(which)])


def _finite(values: list[float]) -> Column:
    total = sum(values)
    if total - total != 0.0:  # one comparison finds any inf or nan; a sum that overflows costs a second look only
        values = [v if v - v == 0.0 else NAN for v in values]
    return Column(values)


_CANCELLED = 1e-6
"""With 16 digits, what is smaller than its terms by this has 10 digits left: the tolerance of a check."""


def _kept(sums: list[float], terms: list[float]) -> Column:
    """Return sums; nan where they cancelled. A sum that is exactly zero stays."""
    lost = [abs(s) < _CANCELLED * abs(t) for s, t in zip(sums, terms, strict=True)]
    if True in lost:
        sums = [NAN if gone and s != 0.0 else s for s, gone in zip(sums, lost, strict=True)]
    return _finite(sums)


def summed(terms: Sequence[list[float]]) -> Column:
    """Return the sum of rows of floats; nan where it cancelled. What is exactly zero stays.

    The additions are made one by one: from Python 3.12 on `sum` rounds otherwise, and pages would tell other errors.
    """
    sums = reduce(lambda a, b: list(map(add, a, b)), terms)
    sizes = [max(max(at), -min(at)) for at in zip(*terms, strict=True)]
    return _kept(sums, sizes)


def dotted(a: Sequence[Column], b: Sequence[Column]) -> Column:
    """Return the sum of the products of pairs."""
    return summed([[v * w for v, w in zip(x.values, y.values, strict=True)] for x, y in zip(a, b, strict=True)])


def _guarded(function: Callable[..., float], *arguments: float) -> float:
    if any(a != a for a in arguments):
        return NAN
    try:
        value = function(*arguments)
    except (ValueError, OverflowError, ZeroDivisionError):
        return NAN
    return value if value - value == 0.0 else NAN


def _divide(a: float, b: float) -> float:
    return a / b


def power(base: float, exponent: float) -> float:
    """Return a real power. Zero to the zero, and a fraction of a negative number, have none."""
    if base == 0.0 and exponent == 0.0:
        raise ValueError("0^0")
    return math.pow(base, exponent)


def root(radicand: float, degree: float) -> float:
    """Return a real root; below zero for odd degrees only."""
    if radicand >= 0.0:
        return math.sqrt(radicand) if degree == 2.0 else math.pow(radicand, 1.0 / degree)
    if degree % 2.0 == 1.0:
        return -math.pow(-radicand, 1.0 / degree)
    raise ValueError("an even root of a negative number")


def _sign(x: float) -> float:
    return float((x > 0) - (x < 0)) if x == x else x  # the sign of what is undefined is undefined


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0.0 else math.exp(x) / (1.0 + math.exp(x))


def _log10(x: float) -> float:
    return math.log10(x)


_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def polygamma(order: float, x: float) -> float:
    """Return the polygamma function right of 0: recurrence, then its asymptotic series (Abramowitz & Stegun 6.4.11)."""
    m = int(order)
    if m != order or m < 0 or x <= 0.0:
        raise ValueError("left to higher precision")
    sign, total = (-1.0) ** (m + 1), 0.0
    while x < 15.0 + m:
        total += sign * math.factorial(m) / x ** (m + 1)
        x += 1.0
    if m == 0:
        total += math.log(x) - 0.5 / x
    else:
        total += sign * math.factorial(m - 1) / x**m * (1.0 + 0.5 * m / x)
    for k, bernoulli in enumerate(_BERNOULLI, start=1):
        total += sign * bernoulli * math.gamma(2 * k + m) / math.gamma(2 * k + 1) / x ** (2 * k + m)
    return total


def _over_gamma(x: float) -> float:
    return 0.0 if x <= 0.0 and x == math.floor(x) else 1.0 / math.gamma(x)


FLOAT: dict[str, Callable[..., float]] = {
    "exp": math.exp,
    "ln": math.log,
    "log10": _log10,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "cot": lambda x: 1.0 / math.tan(x),
    "sec": lambda x: 1.0 / math.cos(x),
    "csc": lambda x: 1.0 / math.sin(x),
    "arcsin": math.asin,
    "arccos": math.acos,
    "arctan": math.atan,
    "arccot": lambda x: math.atan2(1.0, x),
    "arcsec": lambda x: math.acos(1.0 / x),
    "arccsc": lambda x: math.asin(1.0 / x),
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "coth": lambda x: 1.0 / math.tanh(x),
    "sech": lambda x: 1.0 / math.cosh(x),
    "csch": lambda x: 1.0 / math.sinh(x),
    "arsinh": math.asinh,
    "arcosh": math.acosh,
    "artanh": math.atanh,
    "arcoth": lambda x: math.atanh(1.0 / x),
    "arsech": lambda x: math.acosh(1.0 / x),
    "arcsch": lambda x: math.asinh(1.0 / x),
    "sign": _sign,
    "floor": lambda x: float(math.floor(x)),
    "ceil": lambda x: float(math.ceil(x)),
    "erf": math.erf,
    "gamma": math.gamma,
    "digamma": lambda x: polygamma(0.0, x),
    "factorial": lambda x: math.gamma(x + 1.0),
    "sigmoid": _sigmoid,
    "softplus": lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))),
    "sqrt": math.sqrt,
    "over gamma": _over_gamma,
}
"""Functions of one float. Those that are made of choices (absolute value, maximum, ...) are in `series.CHOICES`."""
