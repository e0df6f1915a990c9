"""An expression as text that `sympy.sympify` reads back as the same formula. SymPy itself is not needed for that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, assert_never

from derive.errors import UnsupportedError
from derive.expr.closing import without_points
from derive.expr.functions import FUNCTIONS
from derive.expr.names import names as name_symbols
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
from derive.expr.sizes import heavy
from derive.expr.walks import fold, symbols

_SUM, _PRODUCT, _POWER, _ATOM = range(4)

_LENGTH: Final = 100_000
"""Characters of the text. It is written out in full: what is shared is repeated."""
_LEVEL: Final = {"(": 1, "[": 1, ")": -1, "]": -1}
_BRACKETS: Final = 95
"""Nested brackets; Python's own parser, which SymPy uses, refuses deeper ones."""
_CHAIN: Final = 800
"""Operands of one sum or product, for the same reason."""
_CONSTANTS: Final = {"pi": "pi", "e": "E", "infinity": "oo"}
_LOGIC: Final = {"and": "And", "or": "Or"}
_RELATIONS: Final = {"<": "Lt", "<=": "Le", ">": "Gt", ">=": "Ge", "=": "Eq", "!=": "Ne"}


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    strength: int = _ATOM

    def at_least(self, strength: int) -> str:
        return self.text if self.strength >= strength else f"({self.text})"


def sympy_text(e: Expr, names: Mapping[Symbol, str]) -> str:
    """Return SymPy source of an expression.

    The names are those of `expr.names`, which SymPy reads as symbols; what is missing there is named by the same rule.
    Integers are divided exactly by SymPy, so 1/2 stays a fraction.

    Raises:
        UnsupportedError: the text would be too long or too deep to be read back; the message says which.
    """
    e = without_points(e, {})
    large = heavy(e)
    spelled = {**name_symbols([s for s in symbols(e) if s not in names], names.values()), **names}

    def combine(node: Expr, parts: tuple[_Piece, ...]) -> _Piece:
        piece = _kept(node, parts) if node in large else _piece(node, parts, spelled)
        if len(piece.text) > _LENGTH:
            raise UnsupportedError(f"written out, the formula has more than {_LENGTH} characters")
        if len(parts) > _CHAIN:
            raise UnsupportedError(f"SymPy's parser cannot read a sum or product of more than {_CHAIN} parts")
        return piece

    text = fold(e, combine).text
    if max(accumulate(_LEVEL.get(c, 0) for c in text)) > _BRACKETS:
        raise UnsupportedError(f"SymPy's parser cannot read a formula with more than {_BRACKETS} brackets nested")
    return text


def _piece(e: Expr, parts: tuple[_Piece, ...], names: Mapping[Symbol, str]) -> _Piece:
    texts = [p.text for p in parts]
    match e:
        case Integer(value):
            return _Piece(str(value))
        case Decimal(text):
            return _Piece(text)
        case Constant(name):
            return _Piece(_CONSTANTS[name])
        case Symbol():
            return _Piece(names[e])
        case Sum(_, signs):
            return _Piece(_sum(parts, signs), _SUM)
        case Product():
            factors = [p.at_least(_POWER if i else _PRODUCT) for i, p in enumerate(parts)]
            return _Piece("*".join(factors), _PRODUCT)
        case Quotient():
            return _Piece(f"{parts[0].at_least(_PRODUCT)}/{parts[1].at_least(_POWER)}", _PRODUCT)
        case Power(base):
            if base is Constant("e"):
                return _Piece(f"exp({parts[1].text})")
            return _Piece(f"{parts[0].at_least(_ATOM)}**{parts[1].at_least(_ATOM)}", _POWER)
        case Root(_, degree):
            return _root(parts, degree)
        case Call(function):
            template = FUNCTIONS[function].sympy
            return _Piece(template.format(*texts, all=", ".join(texts)))
        case Apply(function, (argument,), order):
            return _Piece(_applied(names[function], argument, parts[0].text, order))
        case Apply():
            raise UnsupportedError("a declared function has one argument")
        case Relation(_, operators):
            sides = zip(texts, operators, texts[1:], strict=False)
            pairs = [f"{_RELATIONS[o]}({a}, {b})" for a, o, b in sides]
            return _Piece(pairs[0] if len(pairs) == 1 else f"And({', '.join(pairs)})")
        case Logic(operator):
            return _Piece(f"{_LOGIC[operator]}({', '.join(texts)})")
        case Cases(_, conditions):
            return _Piece(_cases(texts, conditions))
        case Indicator():
            return _Piece(f"Piecewise((1, {parts[0].text}), (0, True))")
        case Matrix(rows):
            return _Piece(_matrix(texts, len(rows[0])))
        case Transpose(of):
            return _Piece(f"Transpose({parts[0].text})") if of.shape else parts[0]
        case MatMul() | Operation() | Entry() | SumOver() | Filled():
            raise UnsupportedError("vectors, matrices and sums over an index have no value here yet")
        case Derivative(of, wrt):
            return _Piece(_derivative(of, parts[0].text, [names[s] for s in wrt]))
        case At():
            raise AssertionError("points were put in before")
    assert_never(e)


def _kept(e: Expr, parts: tuple[_Piece, ...]) -> _Piece:
    """Write a number that SymPy must not work out, such as 9^{9^{9^9}}."""
    function = FUNCTIONS[e.function].sympy.partition("(")[0] if isinstance(e, Call) else "Pow"
    text = f"UnevaluatedExpr({function}({', '.join(p.text for p in parts)}, evaluate=False))"
    return _Piece(text)


def _sum(parts: tuple[_Piece, ...], signs: tuple[int, ...]) -> str:
    text = ""
    for part, sign in zip(parts, signs, strict=True):
        operator = " - " if sign < 0 else " + "
        text += (operator if text else operator.strip(" +")) + part.at_least(_PRODUCT)
    return text


def _root(parts: tuple[_Piece, ...], degree: Expr | None) -> _Piece:
    radicand = parts[0].text
    if degree is None:
        return _Piece(f"sqrt({radicand})")
    if isinstance(degree, Integer) and degree.value % 2:
        return _Piece(f"sign({radicand})*Abs({radicand})**(1/{degree.value})", _PRODUCT)  # real below 0 as well
    return _Piece(f"root({radicand}, {parts[1].text})")


def _applied(function: str, argument: Expr, text: str, order: int) -> str:
    """Write f(x) as such; f'(x) as a derivative; f'(g) as the derivative by a place holder, taken at g."""
    if not order:
        return f"{function}({text})"
    if isinstance(argument, Symbol):
        return f"Derivative({function}({text}), ({text}, {order}))"
    return f"Subs(Derivative({function}(_t), (_t, {order})), _t, {text})"


def _cases(texts: list[str], conditions: tuple[Expr | None, ...]) -> str:
    """Pair values with conditions, the texts being the values and then the conditions that are not None."""
    rest = iter(texts[len(conditions) :])
    pairs = [f"({v}, {'True' if c is None else next(rest)})" for v, c in zip(texts, conditions, strict=False)]
    return f"Piecewise({', '.join(pairs)})"


def _matrix(texts: list[str], width: int) -> str:
    rows = [", ".join(texts[i : i + width]) for i in range(0, len(texts), width)]
    return "Matrix([" + ", ".join(f"[{row}]" for row in rows) + "])"


def _derivative(of: Expr, text: str, wrt: list[str]) -> str:
    """Write a named derivative; a symbol is a function of what it is differentiated by."""
    inner = f"{text}({', '.join(dict.fromkeys(wrt))})" if isinstance(of, Symbol) else text
    return f"Derivative({inner}, {', '.join(wrt)})"
