"""From an expression to one line of text for a terminal: x², √(1 + x), ∂u₂/∂x."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple, assert_never

from derive.derivation import Notation, Scope
from derive.errors import UnsupportedError
from derive.expr.functions import FUNCTIONS
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
from derive.expr.walks import fold

_LOGIC, _RELATION, _SUM, _QUOTIENT, _PRODUCT, _FACTOR, _POWER, _ATOM = range(8)

_GREEK: Final = dict(
    zip(
        "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho"
        " varrho sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi"
        " Psi Omega ell hbar infty infinity".split(),
        "αβγδϵεζηθϑικλμνξπϖρϱσςτυϕφχψωΓΔΘΛΞΠΣΥΦΨΩℓℏ∞∞",
        strict=True,
    )
)
_RAISED: Final = dict(zip("0123456789+-nixykmT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱˣʸᵏᵐᵀ", strict=True))
_LOWERED: Final = dict(zip("0123456789+-aeijkmnprtuvx", "₀₁₂₃₄₅₆₇₈₉₊₋ₐₑᵢⱼₖₘₙₚᵣₜᵤᵥₓ", strict=True))
_ACCENTS: Final = {
    "hat": "\u0302", "widehat": "\u0302", "bar": "\u0304", "overline": "\u0305", "dot": "\u0307", "ddot": "\u0308",
    "tilde": "\u0303", "widetilde": "\u0303", "vec": "\u20d7", "check": "\u030c", "breve": "\u0306",
    "acute": "\u0301", "grave": "\u0300", "mathring": "\u030a", "underline": "\u0332", "dddot": "\u20db",
}  # fmt: skip
_MARKS: Final = {"'": "′", r"\dagger": "†", r"\ast": "*", r"\star": "⋆", r"\prime": "′", r"\top": "ᵀ"}
_RELATIONS: Final = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "=": "=", "!=": "≠"}
_DOTS: Final = {"": "", r"\cdot": " · ", r"\times": " × "}
_ROOTS: Final = {"2": "√", "3": "∛", "4": "∜"}
_DELIMITERS: Final = {"|": ("|", "|"), r"\lfloor": ("⌊", "⌋"), r"\lceil": ("⌈", "⌉")}
_WRAPPED: Final = re.compile(r"\\(?:operatorname|mathrm|mathit|mathbf|text|mathcal|mathscr|mathfrak)\{([^{}]*)\}")
_COMMAND: Final = re.compile(r"\\([A-Za-z]+)")


class _Piece(NamedTuple):
    text: str
    binds: int = _ATOM

    def at_least(self, binds: int) -> str:
        return self.text if self.binds >= binds else f"({self.text})"


def text(e: Expr, notation: Notation, scope: Scope | None = None) -> str:
    """Return an expression as one line for people; the scope tells a d from a partial, as in LaTeX."""
    scope = Scope() if scope is None else scope

    def combine(node: Expr, parts: tuple[_Piece, ...]) -> _Piece:
        return _piece(node, parts, notation, scope)

    return fold(e, combine).text


def _piece(e: Expr, parts: tuple[_Piece, ...], notation: Notation, scope: Scope) -> _Piece:
    match e:
        case Integer(value):
            return _Piece(str(value))
        case Decimal(digits):
            return _Piece(digits)
        case Constant(name):
            return _Piece(_GREEK.get(name, name))
        case Symbol():
            return _Piece(_symbol(e))
        case Sum(_, signs):
            return _Piece(_sum(parts, signs), _SUM)
        case Product(_, dots):
            return _Piece(_product(parts, dots), _PRODUCT)
        case Quotient():
            return _Piece(f"{parts[0].at_least(_PRODUCT)}/{parts[1].at_least(_POWER)}", _QUOTIENT)
        case Power(base, _, style):
            if style == "name" and isinstance(base, Call):
                name, bracket, rest = parts[0].text.partition("(")
                return _Piece(f"{name}{_raised(parts[1])}{bracket}{rest}", _POWER)
            return _Piece(parts[0].at_least(_ATOM) + _raised(parts[1]), _POWER)
        case Root():
            return _root(parts)
        case Call(function, _, style):
            return _call(function, parts, style, notation)
        case Apply(function, _, order):
            return _Piece(f"{_symbol(function)}{_primes(order)}({_listed(parts)})")
        case Relation(_, operators):
            sides = [p.at_least(_SUM) for p in parts]
            links = [f" {_RELATIONS[o]} {side}" for o, side in zip(operators, sides[1:], strict=True)]
            return _Piece(sides[0] + "".join(links), _RELATION)
        case Logic(operator):
            return _Piece(f" {operator} ".join(p.at_least(_RELATION) for p in parts), _LOGIC)
        case Cases(_, conditions):
            return _Piece(_cases(parts, conditions))
        case Indicator():
            return _Piece(f"1{{{parts[0].text}}}")
        case Matrix(rows):
            width = len(rows[0])
            return _Piece("[" + "; ".join(_listed(parts[i : i + width]) for i in range(0, len(parts), width)) + "]")
        case Transpose():
            return _Piece(parts[0].at_least(_ATOM) + "ᵀ", _POWER)
        case MatMul() | Operation() | Entry() | SumOver() | Filled():
            raise UnsupportedError("vectors, matrices and sums over an index have no value here yet")
        case Derivative():
            return _derivative(e, parts[0], scope)
        case At(_, variables):
            values = parts[1 + len(variables) :]
            point = ", ".join(f"{_symbol(v)} = {w.text}" for v, w in zip(variables, values, strict=True))
            return _Piece(f"{parts[0].at_least(_FACTOR)}|({point})", _FACTOR)
    assert_never(e)


def _listed(parts: Sequence[_Piece]) -> str:
    return ", ".join(p.text for p in parts)


def _sum(parts: tuple[_Piece, ...], signs: tuple[int, ...]) -> str:
    out = ""
    for part, sign in zip(parts, signs, strict=True):
        operator = " - " if sign < 0 else " + "
        out += (operator if out else operator.strip(" +")) + part.at_least(_QUOTIENT)
    return out


def _product(parts: tuple[_Piece, ...], dots: tuple[str, ...]) -> str:
    """Join factors; words are kept apart, letters and numbers stand side by side."""
    texts = [p.at_least(_FACTOR) for p in parts]
    out = texts[0]
    for dot, left, right in zip(dots, texts, texts[1:], strict=False):
        apart = _is_wordy(left) or _is_wordy(right) or "/" in left + right or right[0].isdigit()
        out += (_DOTS[dot] or (" " if apart else "")) + right
    return out


def _is_wordy(factor: str) -> bool:
    return re.match(r"[A-Za-z]{2,}", factor) is not None


def _raised(exponent: _Piece) -> str:
    if exponent.text and all(c in _RAISED for c in exponent.text):
        return "".join(_RAISED[c] for c in exponent.text)
    return "^" + exponent.at_least(_ATOM)


def _lowered(subscript: str) -> str:
    """Digits and single letters have signs of their own; longer words are easier to read as they are."""
    plain = _plain(subscript)
    if plain and all(c in _LOWERED for c in plain) and (len(plain) == 1 or plain.isdigit()):
        return "".join(_LOWERED[c] for c in plain)
    return "_" + (plain if plain.isalnum() else f"({plain})")


def _plain(latex: str) -> str:
    """Return simple LaTeX without its commands: Greek letters as such, other names as words."""
    bare = _WRAPPED.sub(r"\1", latex).replace("^{-1}", "⁻¹")
    return _COMMAND.sub(lambda m: _GREEK.get(m[1], m[1]), bare).replace("{", "").replace("}", "").strip("\\ ")


def _symbol(symbol: Symbol) -> str:
    name = _GREEK.get(symbol.name) or _plain("\\" + symbol.name if "{" in symbol.name else symbol.name)
    for accent in symbol.accents:
        name = name[0] + _ACCENTS.get(accent, "") + name[1:]
    subscript = _lowered(symbol.subscript) if symbol.subscript else ""
    mark = symbol.mark
    for latex, sign in _MARKS.items():
        mark = mark.replace(latex, sign)
    return name + subscript + mark


def _root(parts: tuple[_Piece, ...]) -> _Piece:
    degree = parts[1].text if len(parts) > 1 else "2"
    if degree not in _ROOTS and not all(c in _RAISED for c in degree):
        return _Piece(f"{parts[0].at_least(_ATOM)}^(1/{parts[1].at_least(_POWER)})", _POWER)
    sign = _ROOTS.get(degree) or "".join(_RAISED[c] for c in degree) + "√"
    inside = parts[0].text
    return _Piece(sign + (inside if parts[0].binds == _ATOM and len(inside) == 1 else f"({inside})"), _POWER)


def _call(function: str, parts: tuple[_Piece, ...], style: str, notation: Notation) -> _Piece:
    if style in _DELIMITERS:
        left, right = _DELIMITERS[style]
        return _Piece(f"{left}{parts[0].text}{right}")
    if style == "!":
        return _Piece(parts[0].at_least(_ATOM) + "!", _POWER)
    if style == "^":
        return _Piece("e" + _raised(parts[0]), _POWER)
    name = _plain(notation.spellings.get(function, FUNCTIONS[function].latex))
    match function:
        case "log":
            return _Piece(f"{name}{_lowered(parts[1].text)}({parts[0].text})")
        case "polygamma":
            return _Piece(f"{name}_{parts[0].at_least(_ATOM)}({parts[1].text})")
    return _Piece(f"{name}({_listed(parts)})")


def _primes(order: int) -> str:
    return "′" * order if order < 4 else "⁽" + "".join(_RAISED[c] for c in str(order)) + "⁾"


def _cases(parts: tuple[_Piece, ...], conditions: tuple[Expr | None, ...]) -> str:
    rest = iter(parts[len(conditions) :])
    lines = [
        f"{value.text} otherwise" if condition is None else f"{value.text} if {next(rest).text}"
        for value, condition in zip(parts, conditions, strict=False)
    ]
    return "{" + "; ".join(lines) + "}"


def _derivative(e: Derivative, of: _Piece, scope: Scope) -> _Piece:
    mark, held = scope.mark(e)
    sign = "d" if mark == "d" else "∂"
    order = _raised(_Piece(str(len(e.wrt)))) if len(e.wrt) > 1 else ""
    if len(set(e.wrt)) == 1:
        below = f"{sign}{_symbol(e.wrt[0])}{order}"
    else:
        below = "".join(f"{sign}{_symbol(s)}" for s in reversed(e.wrt))
    if not isinstance(e.of, Symbol):
        return _Piece(f"{sign}{order}/{below}[{of.text}]", _FACTOR)
    fraction = f"{sign}{order}{of.text}/{below}"
    if not held:
        return _Piece(fraction, _FACTOR)
    return _Piece(f"({fraction})_({', '.join(map(_symbol, held))})", _FACTOR)
