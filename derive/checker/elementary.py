"""The functions of the function table with many digits. They are handed a context of mpmath and import nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from derive.errors import UnsupportedError

Real: TypeAlias = Any
"""An `mpf` of the context; mpmath has no types of its own to speak of."""


class UndecidedError(UnsupportedError):
    """The number is too large, or too costly, to be worked out."""


GROWING = frozenset({"exp", "sinh", "cosh", "tanh", "coth", "sech", "csch", "sigmoid", "softplus", "elu", "erf",
                      "gamma", "factorial", "digamma"})  # fmt: skip
PERIODIC = frozenset({"sin", "cos", "tan", "cot", "sec", "csc"})
_LARGEST_ARGUMENT = 2**40
"""Beyond this the digits of a binomial coefficient cancel."""


def _within(inside: Callable[[Real], bool], name: str) -> Callable[..., Real]:
    """Stay on the real branch: mpmath would answer with a complex number."""
    return lambda m, x: getattr(m, name)(x) if inside(x) else m.nan


def _plain(name: str) -> Callable[..., Real]:
    return lambda m, x: getattr(m, name)(x)


def _pole(m: Any, x: Real) -> bool:
    return bool(x <= 0 and m.isint(x))


def _polygamma(m: Any, n: Real, x: Real) -> Real:
    if not m.isint(n) or n < 0 or _pole(m, x):
        return m.nan
    if n > 200:
        raise UndecidedError("a polygamma function of so high an order is not worked out")
    return m.psi(int(n), x)


def _binomial(m: Any, n: Real, k: Real) -> Real:
    """By gamma functions; with n a negative and k a whole number it is (-1)^k times the one of k - n - 1 over k."""
    if max(abs(n), abs(k)) > _LARGEST_ARGUMENT:
        raise UndecidedError("a binomial coefficient of so large numbers is not worked out")
    if not _pole(m, n + 1):
        return m.gamma(n + 1) * m.rgamma(k + 1) * m.rgamma(n - k + 1)
    if not m.isint(k) or k < 0:
        return m.nan
    return (-1) ** int(k) * m.gamma(k - n) * m.rgamma(k + 1) * m.rgamma(-n)


PRECISE: dict[str, Callable[..., Real]] = {
    "exp": _plain("exp"),
    "sqrt": _within(lambda x: x >= 0, "sqrt"),
    "ln": _within(lambda x: x > 0, "ln"),
    "log10": _within(lambda x: x > 0, "log10"),
    "log": lambda m, x, b: m.ln(x) / m.ln(b) if x > 0 and b > 0 and b != 1 else m.nan,
    **{name: _plain(name) for name in ("sin", "cos", "tan", "cot", "sec", "csc")},
    **{name: _plain(name) for name in ("sinh", "cosh", "tanh", "coth", "sech", "csch")},
    "arcsin": _within(lambda x: abs(x) <= 1, "asin"),
    "arccos": _within(lambda x: abs(x) <= 1, "acos"),
    "arctan": _plain("atan"),
    "arccot": lambda m, x: m.pi / 2 - m.atan(x),
    "arcsec": _within(lambda x: abs(x) >= 1, "asec"),
    "arccsc": _within(lambda x: abs(x) >= 1, "acsc"),
    "arsinh": _plain("asinh"),
    "arcosh": _within(lambda x: x >= 1, "acosh"),
    "artanh": _within(lambda x: abs(x) < 1, "atanh"),
    "arcoth": _within(lambda x: abs(x) > 1, "acoth"),
    "arsech": _within(lambda x: 0 < x <= 1, "asech"),
    "arcsch": _within(lambda x: x != 0, "acsch"),
    "abs": lambda m, x: abs(x),
    "max": lambda m, *a: max(a),
    "min": lambda m, *a: min(a),
    "sign": lambda m, x: m.mpf((x > 0) - (x < 0)),
    "floor": _plain("floor"),
    "ceil": _plain("ceil"),
    "erf": _plain("erf"),
    "gamma": lambda m, x: m.nan if _pole(m, x) else m.gamma(x),
    "digamma": lambda m, x: m.nan if _pole(m, x) else m.digamma(x),
    "polygamma": _polygamma,
    "binomial": _binomial,
    "factorial": lambda m, x: m.nan if _pole(m, x + 1) else m.factorial(x),
    "sigmoid": lambda m, x: 1 / (1 + m.exp(-x)),
    "softplus": lambda m, x: m.log1p(m.exp(x)),
    "relu": lambda m, x: max(x, m.mpf(0)),
    "elu": lambda m, x: x if x > 0 else m.expm1(x),
}
"""The functions of the function table with many digits; nan outside the domain."""
