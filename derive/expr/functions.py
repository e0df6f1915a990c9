"""The function table: one row per elementary function.

The reader takes the spellings from a row, the writer its LaTeX and its NumPy and SymPy source, the numeric evaluation
its callables, the planner its title, the sampler its branches. The local derivative is a row of `rules/elementary.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Real = Callable[..., float]
"""A real function of floats. It raises `ValueError` or `ZeroDivisionError` outside its domain."""


@dataclass(frozen=True, slots=True)
class Function:
    r"""A row of the table.

    `latex` is how it is printed unless the author spelled it otherwise. `words` are the further spellings that are
    read: commands with their backslash, and bare words (`sin`), which also stand for `\operatorname`, `\text` and
    `\mathrm` of the word. `numpy` and `sympy` are templates over `{0}`, `{1}`; with `variadic`, `{all}` lists the
    arguments. `domain` and `branches` are LaTeX-free source for the manual: where it is defined, where it has kinks.
    """

    name: str
    title: str
    latex: str
    words: tuple[str, ...]
    real: Real
    mpmath: Callable[..., Any]
    numpy: str
    sympy: str
    domain: str = "all x"
    arity: int = 1
    variadic: bool = False
    delimiter: str = ""
    """The one style of a function with a notation of its own (`|`, `binom`); "" for a named function."""
    needs_bracket: bool = False
    """Read as this function only before a bracket: `\\sigma(x)`, `\\Gamma(x)`; a symbol otherwise."""
    steps: bool = False
    """Constant between jumps: its derivative is 0 wherever it has one."""


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _sign(x: float) -> float:
    return float((x > 0) - (x < 0))


def _arccot(x: float) -> float:
    return math.pi / 2 - math.atan(x)


def _digamma(x: float) -> float:
    return _polygamma(0, x)


def _polygamma(order: float, x: float) -> float:
    """Recurrence up to x >= 12, then the asymptotic series (Abramowitz & Stegun 6.4.6, 6.4.11)."""
    m = int(order)
    if x <= 0:
        if x == int(x):
            raise ValueError("pole")
        raise OverflowError("left to mpmath")
    total = 0.0
    factor = (-1) ** (m + 1) * math.factorial(m)
    while x < 12 + m:
        total += factor / x ** (m + 1)
        x += 1
    if m == 0:
        total += math.log(x) - 0.5 / x
    else:
        total -= (-1) ** m * (math.factorial(m - 1) / x**m + math.factorial(m) / (2 * x ** (m + 1)))
    for k, bernoulli in enumerate((1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6), start=1):
        total -= (-1) ** m * bernoulli * math.gamma(2 * k + m) / math.gamma(2 * k + 1) / x ** (2 * k + m)
    return total


def _binomial(n: float, k: float) -> float:
    """With a small whole k the polynomial n (n - 1) ... (n - k + 1) / k!, else by gamma functions."""
    if 0 <= k <= 1000 and k == int(k):
        return math.prod(((n - j) / (j + 1) for j in range(int(k))), start=1.0)
    a, b, c = n + 1, k + 1, n - k + 1
    if any(x <= 0 and x == int(x) for x in (b, c)) and not (a <= 0 and a == int(a)):
        return 0.0
    if a > 150 and min(b, c) > 0:
        return math.exp(math.lgamma(a) - math.lgamma(b) - math.lgamma(c))
    return math.gamma(a) / (math.gamma(b) * math.gamma(c))


def _has_binomial(n: Any, k: Any) -> bool:
    return bool(n >= 0 or n != int(n) or (k >= 0 and k == int(k)))


def _real(m: Any, inside: bool, function: Callable[[Any], Any], x: Any) -> Any:
    """Stay on the real branch: mpmath would answer with a complex number."""
    return function(x) if inside else m.nan


_f = Function
_ROWS: tuple[Function, ...] = (
    _f("exp", "exponential", r"\exp", ("exp",), math.exp, lambda m, x: m.exp(x), "np.exp({0})", "exp({0})"),
    _f("ln", "logarithm", r"\ln", ("ln",), math.log, lambda m, x: _real(m, x > 0, m.log, x), "np.log({0})",
       "log({0})", "x > 0"),
    _f("log10", "logarithm to base 10", r"\log", (), math.log10, lambda m, x: _real(m, x > 0, m.log10, x),
       "np.log10({0})", "log({0}, 10)", "x > 0"),
    _f("log", "logarithm to a base", r"\log", (), lambda x, b: math.log(x) / math.log(b),
       lambda m, x, b: _real(m, x > 0 and b > 0, lambda y: m.log(y) / m.log(b), x), "(np.log({0})/np.log({1}))",
       "log({0}, {1})", "x > 0, base b > 0, b != 1", arity=2),
    _f("sin", "sine", r"\sin", ("sin",), math.sin, lambda m, x: m.sin(x), "np.sin({0})", "sin({0})"),
    _f("cos", "cosine", r"\cos", ("cos",), math.cos, lambda m, x: m.cos(x), "np.cos({0})", "cos({0})"),
    _f("tan", "tangent", r"\tan", ("tan", "tg", r"\tg"), math.tan, lambda m, x: m.tan(x), "np.tan({0})",
       "tan({0})", "cos x != 0"),
    _f("cot", "cotangent", r"\cot", ("cot", "ctg", r"\ctg", "cotan"), lambda x: 1 / math.tan(x),
       lambda m, x: m.cot(x), "(1/np.tan({0}))", "cot({0})", "sin x != 0"),
    _f("sec", "secant", r"\sec", ("sec",), lambda x: 1 / math.cos(x), lambda m, x: m.sec(x), "(1/np.cos({0}))",
       "sec({0})", "cos x != 0"),
    _f("csc", "cosecant", r"\csc", ("csc", "cosec", r"\cosec"), lambda x: 1 / math.sin(x), lambda m, x: m.csc(x),
       "(1/np.sin({0}))", "csc({0})", "sin x != 0"),
    _f("arcsin", "arcsine", r"\arcsin", ("arcsin", "asin"), math.asin,
       lambda m, x: _real(m, abs(x) <= 1, m.asin, x), "np.arcsin({0})", "asin({0})", "|x| <= 1"),
    _f("arccos", "arccosine", r"\arccos", ("arccos", "acos"), math.acos,
       lambda m, x: _real(m, abs(x) <= 1, m.acos, x), "np.arccos({0})", "acos({0})", "|x| <= 1"),
    _f("arctan", "arctangent", r"\arctan", ("arctan", "atan", "arctg", r"\arctg"), math.atan,
       lambda m, x: m.atan(x), "np.arctan({0})", "atan({0})"),
    _f("arccot", "arccotangent", r"\operatorname{arccot}", ("arccot", "acot", "arcctg"), _arccot,
       lambda m, x: m.pi / 2 - m.atan(x), "(np.pi/2 - np.arctan({0}))", "(pi/2 - atan({0}))"),
    _f("arcsec", "arcsecant", r"\operatorname{arcsec}", ("arcsec", "asec"), lambda x: math.acos(1 / x),
       lambda m, x: _real(m, abs(x) >= 1, m.asec, x), "np.arccos(1/({0}))", "asec({0})", "|x| >= 1"),
    _f("arccsc", "arccosecant", r"\operatorname{arccsc}", ("arccsc", "acsc", "arccosec"),
       lambda x: math.asin(1 / x), lambda m, x: _real(m, abs(x) >= 1, m.acsc, x), "np.arcsin(1/({0}))",
       "acsc({0})", "|x| >= 1"),
    _f("sinh", "hyperbolic sine", r"\sinh", ("sinh", "sh", r"\sh"), math.sinh, lambda m, x: m.sinh(x),
       "np.sinh({0})", "sinh({0})"),
    _f("cosh", "hyperbolic cosine", r"\cosh", ("cosh", "ch", r"\ch"), math.cosh, lambda m, x: m.cosh(x),
       "np.cosh({0})", "cosh({0})"),
    _f("tanh", "hyperbolic tangent", r"\tanh", ("tanh", "th"), math.tanh, lambda m, x: m.tanh(x),
       "np.tanh({0})", "tanh({0})"),
    _f("coth", "hyperbolic cotangent", r"\coth", ("coth", "cth"), lambda x: 1 / math.tanh(x),
       lambda m, x: m.coth(x), "(1/np.tanh({0}))", "coth({0})", "x != 0"),
    _f("sech", "hyperbolic secant", r"\operatorname{sech}", ("sech",), lambda x: 1 / math.cosh(x),
       lambda m, x: m.sech(x), "(1/np.cosh({0}))", "sech({0})"),
    _f("csch", "hyperbolic cosecant", r"\operatorname{csch}", ("csch", "cosech"), lambda x: 1 / math.sinh(x),
       lambda m, x: m.csch(x), "(1/np.sinh({0}))", "csch({0})", "x != 0"),
    _f("arsinh", "inverse hyperbolic sine", r"\operatorname{arsinh}", ("arsinh", "arcsinh", "asinh"), math.asinh,
       lambda m, x: m.asinh(x), "np.arcsinh({0})", "asinh({0})"),
    _f("arcosh", "inverse hyperbolic cosine", r"\operatorname{arcosh}", ("arcosh", "arccosh", "acosh"),
       math.acosh, lambda m, x: _real(m, x >= 1, m.acosh, x), "np.arccosh({0})", "acosh({0})", "x >= 1"),
    _f("artanh", "inverse hyperbolic tangent", r"\operatorname{artanh}", ("artanh", "arctanh", "atanh"),
       math.atanh, lambda m, x: _real(m, abs(x) < 1, m.atanh, x), "np.arctanh({0})", "atanh({0})", "|x| < 1"),
    _f("arcoth", "inverse hyperbolic cotangent", r"\operatorname{arcoth}", ("arcoth", "arccoth", "acoth"),
       lambda x: math.atanh(1 / x), lambda m, x: _real(m, abs(x) > 1, m.acoth, x), "np.arctanh(1/({0}))",
       "acoth({0})", "|x| > 1"),
    _f("arsech", "inverse hyperbolic secant", r"\operatorname{arsech}", ("arsech", "arcsech", "asech"),
       lambda x: math.acosh(1 / x), lambda m, x: _real(m, 0 < x <= 1, m.asech, x), "np.arccosh(1/({0}))",
       "asech({0})", "0 < x <= 1"),
    _f("arcsch", "inverse hyperbolic cosecant", r"\operatorname{arcsch}", ("arcsch", "arccsch", "acsch"),
       lambda x: math.asinh(1 / x), lambda m, x: _real(m, x != 0, m.acsch, x), "np.arcsinh(1/({0}))",
       "acsch({0})", "x != 0"),
    _f("abs", "absolute value", r"\lvert", ("abs",), abs, lambda m, x: abs(x), "np.abs({0})", "Abs({0})",
       delimiter="|"),
    _f("max", "maximum", r"\max", ("max",), lambda *a: max(a), lambda m, *a: max(a),
       "np.maximum.reduce(np.broadcast_arrays({all}))", "Max({all})", arity=2, variadic=True),
    _f("min", "minimum", r"\min", ("min",), lambda *a: min(a), lambda m, *a: min(a),
       "np.minimum.reduce(np.broadcast_arrays({all}))", "Min({all})", arity=2, variadic=True),
    _f("sign", "sign", r"\operatorname{sign}", ("sign", "sgn", r"\sgn", "signum"), _sign, lambda m, x: m.sign(x),
       "np.sign({0})", "sign({0})", steps=True),
    _f("floor", "floor", r"\lfloor", ("floor",), lambda x: float(math.floor(x)), lambda m, x: m.floor(x),
       "np.floor({0})", "floor({0})", delimiter=r"\lfloor", steps=True),
    _f("ceil", "ceiling", r"\lceil", ("ceil",), lambda x: float(math.ceil(x)), lambda m, x: m.ceil(x),
       "np.ceil({0})", "ceiling({0})", delimiter=r"\lceil", steps=True),
    _f("erf", "error function", r"\operatorname{erf}", ("erf",), math.erf, lambda m, x: m.erf(x),
       "math.erf({0})", "erf({0})"),
    _f("gamma", "gamma function", r"\Gamma", (r"\Gamma", "gamma", "Gamma"), math.gamma, lambda m, x: m.gamma(x),
       "math.gamma({0})", "gamma({0})", "x is not 0, -1, -2, ...", needs_bracket=True),
    _f("digamma", "digamma function", r"\psi", (r"\psi", "digamma"), _digamma, lambda m, x: m.digamma(x),
       "float(mpmath.digamma({0}))", "digamma({0})", "x is not 0, -1, -2, ...", needs_bracket=True),
    _f("polygamma", "polygamma function", r"\psi", (), _polygamma, lambda m, n, x: m.polygamma(int(n), x),
       "float(mpmath.polygamma({0}, {1}))", "polygamma({0}, {1})", "x is not 0, -1, -2, ...", arity=2),
    _f("factorial", "factorial", "!", ("factorial",), lambda x: math.gamma(x + 1), lambda m, x: m.factorial(x),
       "math.gamma({0} + 1)", "factorial({0})", "x is not -1, -2, ...", delimiter="!"),
    _f("binomial", "binomial coefficient", r"\binom", ("binom", "binomial"), _binomial,
       lambda m, n, k: _real(m, _has_binomial(n, k), lambda x: m.binomial(x, k), n),
       "float(mpmath.binomial({0}, {1}))", "binomial({0}, {1})", "n is not -1, -2, ..., but for k = 0, 1, 2, ...",
       arity=2, delimiter="binom"),
    _f("sigmoid", "logistic function", r"\sigma", (r"\sigma", "sigmoid", "logistic", "expit"), _sigmoid,
       lambda m, x: 1 / (1 + m.exp(-x)), "(1/(1 + np.exp(-({0}))))", "(1/(1 + exp(-({0}))))", needs_bracket=True),
    _f("softplus", "softplus", r"\operatorname{softplus}", ("softplus",),
       lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))), lambda m, x: m.log(1 + m.exp(x)),
       "np.logaddexp(0, {0})", "log(1 + exp({0}))"),
    _f("relu", "rectifier", r"\operatorname{ReLU}", ("ReLU", "relu", "RELU"), lambda x: max(x, 0.0),
       lambda m, x: max(x, m.mpf(0)), "np.maximum(0, {0})", "Max(0, {0})"),
    _f("elu", "exponential linear unit", r"\operatorname{ELU}", ("ELU", "elu"),
       lambda x: x if x > 0 else math.expm1(x), lambda m, x: x if x > 0 else m.exp(x) - 1,
       "np.where(({0}) > 0, {0}, np.expm1(np.minimum({0}, 0)))",
       "Piecewise(({0}, ({0}) > 0), (exp({0}) - 1, True))"),
)  # fmt: skip

FUNCTIONS: dict[str, Function] = {row.name: row for row in _ROWS}

SPELLINGS: dict[str, str] = {word: row.name for row in FUNCTIONS.values() for word in (row.latex, *row.words)}
SPELLINGS |= {r"\log": "ln", "log": "ln", r"\exp": "exp"}
for _name in (r"\lvert", r"\lfloor", r"\lceil", "!", r"\binom"):
    del SPELLINGS[_name]

INVERSES: dict[str, str] = {
    "sin": "arcsin", "cos": "arccos", "tan": "arctan", "cot": "arccot", "sec": "arcsec", "csc": "arccsc",
    "sinh": "arsinh", "cosh": "arcosh", "tanh": "artanh", "coth": "arcoth", "sech": "arsech", "csch": "arcsch",
}  # fmt: skip
r"""What `\sin^{-1}` and its kin mean."""
