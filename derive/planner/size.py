"""How long a formula is in print, without printing it: what decides whether substituting back would grow too long."""

from __future__ import annotations

from derive.expr.build import has_name
from derive.expr.entries import numbers
from derive.expr.functions import FUNCTIONS
from derive.expr.interning import current_table
from derive.expr.nodes import (
    Apply,
    At,
    Call,
    Cases,
    Constant,
    Decimal,
    Derivative,
    Entries,
    Expr,
    Integer,
    Matrix,
    Power,
    Product,
    Quotient,
    Root,
    Sum,
    Symbol,
)
from derive.expr.walks import fold


def printed_length(e: Expr) -> int:
    """Return about how many characters of LaTeX a formula takes; shared parts count each time they are printed."""
    known: dict[Expr, int] = current_table().memo("printed length")
    return fold(e, _length, known)


def _length(e: Expr, parts: tuple[int, ...]) -> int:
    total = sum(parts)
    match e:
        case Integer(value):
            return max(1, value.bit_length() * 3 // 10)
        case Decimal(text):
            return len(text)
        case Constant():
            return 3
        case Symbol(name, accents, subscript, mark):
            subscripted = len(subscript) + 1 if subscript else 0
            return len(name) + (1 if len(name) > 1 else 0) + 6 * len(accents) + subscripted + len(mark)
        case Sum(terms):
            return total + 3 * len(terms)
        case Product(factors):
            brackets = sum(2 for f in factors if isinstance(f, Sum))
            return total + brackets + len(factors) - 1
        case Quotient():
            return total + 9
        case Power(base):
            return total + 2 + (2 if isinstance(base, Sum | Product | Quotient | Call) else 0)
        case Root():
            return total + 7
        case Call(function):
            return total + (len(FUNCTIONS[function].latex) + 2 if has_name(e) else 12)
        case Apply() | Derivative():
            return total + 20
        case Entries(_, rows, columns):
            return 30 + (total + 4) * len(numbers(rows)) * len(numbers(columns))
        case Matrix() | Cases():
            return total + 30 + 4 * len(parts)
        case At():
            return total + 30
        case _:
            return total + 8
