"""An expression as text that `sympy.sympify` reads back as the same formula. SymPy itself is not needed for that."""

from __future__ import annotations

from collections.abc import Mapping
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
from derive.expr.sizes import heavy
from derive.expr.sympy_arrays import Arrays, bound_indices, is_array, size_names
from derive.expr.sympy_lines import applied
from derive.expr.walks import fold, symbols
from derive.writer.sympy_arrays_text import Piece, Texts

_LENGTH: Final = 100_000
"""Characters of the text. It is written out in full: what is shared is repeated."""
_LEVEL: Final = {"(": 1, "[": 1, ")": -1, "]": -1}
_BRACKETS: Final = 95
"""Nested brackets; Python's own parser, which SymPy uses, refuses deeper ones."""
_CHAIN: Final = 800
"""Operands of one sum or product, for the same reason."""
_CONSTANTS: Final = {"pi": "pi", "e": "E", "infinity": "oo"}
_LOGIC: Final = {"and": "And", "or": "Or"}


def sympy_text(e: Expr, names: Mapping[Symbol, str]) -> str:
    """Return SymPy source of an expression.

    The names are those of `expr.names`, which SymPy reads as symbols; what is missing there is named by the same rule.
    Integers are divided exactly by SymPy, so 1/2 stays a fraction.

    Raises:
        UnsupportedError: the text would be too long or too deep to be read back; the message says which.
    """
    e = without_points(e, {})
    large = heavy(e)
    met = [s for s in (*symbols(e), *bound_indices(e)) if s not in names]
    spelled = {**name_symbols(met, names.values()), **names}
    make = Texts(spelled, size_names(e, spelled))
    arrays = Arrays(make, e)
    functions = applied(e, make.symbol, lambda of, by: _short(make.call(make.names[of], *by)))

    def combine(node: Expr, parts: tuple[Piece, ...]) -> Piece:
        if isinstance(node, Symbol) and node in functions:
            piece = functions[node]
        elif is_array(node):
            piece = arrays.made(node, parts)
        elif isinstance(node, Derivative) and node.of in functions:
            piece = make.call("Derivative", *parts)
        else:
            piece = _kept(node, parts) if node in large else _piece(node, parts, make)
        _short(piece)
        if len(parts) > _CHAIN:
            raise UnsupportedError(f"SymPy's parser cannot read a sum or product of more than {_CHAIN} parts")
        return piece

    text = fold(e, combine).text
    if max(accumulate(_LEVEL.get(c, 0) for c in text)) > _BRACKETS:
        raise UnsupportedError(f"SymPy's parser cannot read a formula with more than {_BRACKETS} brackets nested")
    return text


def _short(piece: Piece) -> Piece:
    """Return a piece that is not too long to be written out."""
    if len(piece.text) > _LENGTH:
        raise UnsupportedError(f"written out, the formula has more than {_LENGTH} characters")
    return piece


def _piece(e: Expr, parts: tuple[Piece, ...], make: Texts) -> Piece:
    """Write a node that has to do with numbers only, or an explicit matrix of numbers."""
    texts = [p.text for p in parts]
    match e:
        case Integer(value):
            return make.number(value)
        case Decimal(text):
            return Piece(text)
        case Constant(name):
            return Piece(_CONSTANTS[name])
        case Symbol():
            return make.symbol(e)
        case Sum(_, signs):
            return make.add(parts, signs)
        case Product():
            return make.multiply(parts)
        case Quotient():
            return make.divide(*parts)
        case Power(base):
            return make.call("exp", parts[1]) if base is Constant("e") else make.power(*parts)
        case Root(_, degree):
            return make.root(parts, degree)
        case Call(function):
            return make.function(function, parts)
        case Apply(function, (argument,), order):
            return Piece(_applied(make.names[function], argument, parts[0].text, order))
        case Apply():
            raise UnsupportedError("a declared function has one argument")
        case Relation(_, operators):
            return make.relation(parts, operators)
        case Logic(operator):
            return make.call(_LOGIC[operator], *parts)
        case Cases(values, conditions):
            rest = iter(parts[len(values) :])
            return make.piecewise(parts[: len(values)], [None if c is None else next(rest) for c in conditions])
        case Indicator():
            return make.piecewise([make.number(1), make.number(0)], [parts[0], None])
        case Matrix(rows):
            width = len(rows[0])
            return make.grid("Matrix", [parts[i : i + width] for i in range(0, len(parts), width)])
        case Transpose():
            return parts[0]
        case Derivative(of):
            return Piece(_derivative(of, texts[0], texts[1:]))
        case MatMul() | Operation() | Entry() | Entries() | SumOver() | Filled():
            raise AssertionError("vectors and matrices are made elsewhere")
        case At():
            raise AssertionError("points were put in before")
    assert_never(e)


def _kept(e: Expr, parts: tuple[Piece, ...]) -> Piece:
    """Write a number that SymPy must not work out, such as 9^{9^{9^9}}."""
    function = FUNCTIONS[e.function].sympy.partition("(")[0] if isinstance(e, Call) else "Pow"
    text = f"UnevaluatedExpr({function}({', '.join(p.text for p in parts)}, evaluate=False))"
    return Piece(text)


def _applied(function: str, argument: Expr, text: str, order: int) -> str:
    """Write f(x) as such; f'(x) as a derivative; f'(g) as the derivative by a place holder, taken at g."""
    if not order:
        return f"{function}({text})"
    if isinstance(argument, Symbol):
        return f"Derivative({function}({text}), ({text}, {order}))"
    return f"Subs(Derivative({function}(_t), (_t, {order})), _t, {text})"


def _derivative(of: Expr, text: str, wrt: list[str]) -> str:
    """Write a named derivative; a symbol is a function of what it is differentiated by."""
    inner = f"{text}({', '.join(dict.fromkeys(wrt))})" if isinstance(of, Symbol) else text
    return f"Derivative({inner}, {', '.join(wrt)})"
