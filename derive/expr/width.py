"""How wide a formula is when it is set, in ems of its font: an estimate, by kind of node."""

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
from derive.expr.walks import children, fold

_SCRIPT = 0.72
_LETTER = 0.55
_DIGIT = 0.5
_BRACKETS = 0.8


def width(e: Expr) -> float:
    """Return about how wide a formula is when it is set, in ems of its font."""
    known: dict[Expr, float] = current_table().memo("width")
    return fold(e, _width, known)


def _width(e: Expr, parts: tuple[float, ...]) -> float:
    total = sum(parts)
    match e:
        case Integer(value):
            return _DIGIT * len(str(value)) if value.bit_length() < 4096 else 99.0
        case Decimal(text):
            return _DIGIT * len(text)
        case Constant():
            return _LETTER
        case Symbol(name, accents, subscript, mark):
            letters = 1 if len(name) == 1 or not name.isalpha() or (name[0].islower() and len(name) > 2) else len(name)
            return _LETTER * letters + 0.4 * len(subscript.strip("\\")) + 0.25 * len(mark) + 0 * len(accents)
        case Sum(terms):
            return total + 1.2 * (len(terms) - 1) + _inner_brackets(e) + (0.8 if e.signs[0] < 0 else 0)
        case Product(_, dots):
            return total + 0.7 * sum(bool(d) for d in dots) + 0.17 * len(dots) + _inner_brackets(e)
        case Quotient(_, _, "slash"):
            return total + 0.5 + _inner_brackets(e)
        case Quotient():
            return max(parts) + 0.4
        case Power():
            return parts[0] + _SCRIPT * parts[1] + _inner_brackets(e)
        case Root():
            return total + 0.9
        case Call(function):
            return total + (0.5 * _name_length(FUNCTIONS[function].latex) + _BRACKETS if has_name(e) else _BRACKETS)
        case Apply() | Indicator() | Transpose() | Operation() | SumOver():
            return total + 1.5
        case MatMul() | Filled():
            return total + 0.6
        case Entry(_, indices):
            return parts[0] + _SCRIPT * (total - parts[0]) + 0.2 * len(indices)
        case Relation(operands) | Logic(_, operands):
            return total + 1.5 * len(operands)
        case Cases(values):
            return max(parts[: len(values)]) + max((*parts[len(values) :], 4.0)) + 4.0
        case Matrix(rows):
            n = len(rows[0])
            return sum(max(parts[i::n]) + 1.0 for i in range(n)) + 0.6
        case Entries(_, rows, columns, style):
            across = numbers(rows if style == "(,)" else columns)
            return sum(1.5 if number is None else total + 1.0 for number in across) + 0.6
        case Derivative(of, wrt):
            inline = isinstance(of, Symbol)
            return max(parts[0], sum(parts[1:])) + 0.9 if inline else parts[0] + 2.6 + 0.6 * len(wrt)
        case At():
            return parts[0] + _SCRIPT * sum(parts[1:]) + 1.5


def _name_length(latex: str) -> int:
    return len(latex.replace(r"\operatorname", "").strip("\\{}"))


def _inner_brackets(e: Expr) -> float:
    return _BRACKETS * sum(isinstance(part, Sum) for part in children(e))
