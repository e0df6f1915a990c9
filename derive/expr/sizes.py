"""How large the exact numbers in a formula would grow if they were worked out, estimated without working them out."""

from __future__ import annotations

import math
from fractions import Fraction

from derive.expr.build import as_number
from derive.expr.nodes import Call, Constant, Decimal, Expr, Integer, Power, Product, Quotient, Root, Sum, Symbol
from derive.expr.walks import children, postorder
from derive.limits import DEFAULT_LIMITS

_GROWING = frozenset({"factorial", "gamma", "digamma", "polygamma", "binomial"})
"""Functions that an algebra system works out exactly at integers, by products or sums that long."""
_KEEPING = frozenset({"abs", "max", "min", "relu", "floor", "ceil"})
"""Functions whose value at a number is a number of that size."""
_ARGUMENT = 500
_HUGE = 1e300


def heavy(root: Expr, bits: int = DEFAULT_LIMITS.power_bits) -> frozenset[Expr]:
    """Return the powers and calls that would become exact numbers, or coefficients, of more than `bits` bits."""
    found = set()
    size: dict[Expr, float] = {}
    varying: set[Expr] = set()
    for e in postorder(root):
        if isinstance(e, Symbol) or any(part in varying for part in children(e)):
            varying.add(e)
        sum_of_unlike = isinstance(e, Sum) and len(e.terms) > 1 and e in varying
        estimate = 0.0 if sum_of_unlike else _bits(e, size)
        if estimate > bits and isinstance(e, (Power, Call)):
            found.add(e)
            estimate = 0.0
        size[e] = min(estimate, _HUGE)
    return frozenset(found)


def _bits(e: Expr, size: dict[Expr, float]) -> float:
    """Return the bits of a number, or of the coefficient of what is no number; the parts are known."""
    match e:
        case Integer(value):
            return float(value.bit_length())
        case Decimal(text):
            return 3.4 * len(text)
        case Symbol() | Constant():
            return 0.0
        case Sum() | Product() | Quotient():
            return sum(size[part] for part in children(e))
        case Power(base, exponent):
            return size[base] * _magnitude(exponent, size)
        case Root(radicand):
            return size[radicand]
        case Call(function) if function in _KEEPING:
            return sum(size[part] for part in children(e))
        case Call(function, arguments) if function in _GROWING:
            worst = max(_magnitude(a, size) if size[a] else 0.0 for a in arguments)
            return _HUGE if worst > _ARGUMENT else worst * math.log2(worst + 2)
        case _:
            return 0.0


def _magnitude(e: Expr, size: dict[Expr, float]) -> float:
    """Return a bound on a number: its value if it is a literal, else what its bits allow; 1 for what is no number."""
    value = as_number(e)
    if value is not None:
        return float(min(abs(Fraction(value)), Fraction(10) ** 300))
    return _HUGE if size[e] > 990 else 2.0 ** size[e]
