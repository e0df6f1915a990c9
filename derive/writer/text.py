"""From an expression to one line of text for a terminal: x², √(1 + x), ∂u₂/∂x."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias, assert_never

from derive.derivation import Notation, Scope
from derive.expr.build_arrays import is_gradient
from derive.expr.entries import shown
from derive.expr.functions import FUNCTIONS
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
from derive.expr.operations import OPERATIONS
from derive.expr.walks import fold
from derive.writer.characters import (
    DOTS,
    GREEK,
    OVER,
    RAISED,
    RELATIONS,
    ROOTS,
    SIGNS,
    bold,
    is_apart,
    lowered,
    plain,
    runs_together,
    symbol_text,
)

_LOGIC, _RELATION, _SUM, _QUOTIENT, _PRODUCT, _FACTOR, _POWER, _ATOM = range(8)

_DELIMITERS: Final = {"|": ("|", "|"), r"\lfloor": ("⌊", "⌋"), r"\lceil": ("⌈", "⌉")}
_FILLED: Final = {"ones": "1", "zeros": "0", "identity": "I", "unit": "e"}
_ASSOCIATIVE: Final = frozenset({"hadamard", "kronecker"})


_Linear: TypeAlias = MatMul | Operation | Entry | SumOver | Filled


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

    return fold(e, combine).text + (_size(e) if isinstance(e, Filled) else "")


def _piece(e: Expr, parts: tuple[_Piece, ...], notation: Notation, scope: Scope) -> _Piece:
    match e:
        case Integer(value):
            return _Piece(str(value))
        case Decimal(digits):
            return _Piece(digits)
        case Constant(name):
            return _Piece(GREEK.get(name, name))
        case Symbol():
            return _Piece(_letter(e, notation))
        case Sum(_, signs):
            return _Piece(_sum(parts, signs), _SUM)
        case Product():
            return _product(e, parts)
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
            return _Piece(f"{symbol_text(function)}{_primes(order)}({_listed(parts)})")
        case Relation(_, operators):
            sides = [p.at_least(_SUM) for p in parts]
            links = [f" {RELATIONS[o]} {side}" for o, side in zip(operators, sides[1:], strict=True)]
            return _Piece(sides[0] + "".join(links), _RELATION)
        case Logic(operator):
            joint = f" {_word(operator, notation)} "
            return _Piece(joint.join(p.at_least(_RELATION) for p in parts), _LOGIC)
        case Cases(_, conditions):
            return _Piece(_cases(parts, conditions, notation))
        case Indicator(_, "delta"):
            below = parts[0].text.split(" = ")
            return _Piece("δ" + lowered(("" if all(len(i) == 1 for i in below) else ", ").join(below)))
        case Indicator(_, style):
            return _Piece(f"[{parts[0].text}]" if style == "[" else f"1{{{parts[0].text}}}")
        case Matrix(rows):
            width = len(rows[0])
            return _Piece("[" + "; ".join(_listed(parts[i : i + width]) for i in range(0, len(parts), width)) + "]")
        case Entries():
            lines = [["…" if c is None else text(c, notation, scope) for c in row] for row in shown(e)]
            return _Piece("[" + "; ".join("…" if set(line) == {"…"} else ", ".join(line) for line in lines) + "]")
        case Transpose(Derivative(of, (x,), True)) if scope.columns and is_gradient(e):
            return _Piece(f"∇_{_symbol(x)} {_symbol(of)}", _FACTOR)
        case Transpose():
            return _Piece(parts[0].at_least(_ATOM) + "ᵀ", _POWER)
        case MatMul() | Operation() | Entry() | SumOver() | Filled():
            return _linear(e, parts, notation)
        case Derivative():
            return _derivative(e, parts, scope)
        case At(_, variables):
            values = parts[1 + len(variables) :]
            point = ", ".join(f"{symbol_text(v)} = {w.text}" for v, w in zip(variables, values, strict=True))
            return _Piece(f"{parts[0].at_least(_FACTOR)}|({point})", _FACTOR)
    assert_never(e)


def _letter(e: Symbol, notation: Notation) -> str:
    """Return a symbol; a vector is bold where a number has its letter too."""
    plain_letter = symbol_text(e)
    if len(e.shape) < (2 if e.kind == "family" else 1):
        return plain_letter
    others = (s for s in notation.spellings if isinstance(s, Symbol) and not s.shape)
    return bold(plain_letter) if any(symbol_text(s) == plain_letter for s in others) else plain_letter


def _symbol(e: Expr) -> str:
    return symbol_text(e) if isinstance(e, Symbol) else ""


def _linear(e: _Linear, parts: tuple[_Piece, ...], notation: Notation) -> _Piece:
    """What vectors, matrices and families are made into."""
    match e:
        case MatMul(_, dots):
            return _Piece(_side_by_side([p.at_least(_FACTOR) for p in parts], dots, letters_apart=True), _PRODUCT)
        case Operation():
            return _operation(e, parts, notation)
        case Entry():
            return _entry(e, parts)
        case SumOver():
            return _sum_over(e, parts)
        case Filled(kind, _, index):
            return _Piece(_FILLED[kind] + (lowered(str(index)) if kind == "unit" else ""))
    assert_never(e)


def _listed(parts: Sequence[_Piece]) -> str:
    return ", ".join(p.text for p in parts)


def _sum(parts: tuple[_Piece, ...], signs: tuple[int, ...]) -> str:
    out = ""
    for part, sign in zip(parts, signs, strict=True):
        operator = " - " if sign < 0 else " + "
        out += (operator if out else operator.strip(" +")) + part.at_least(_QUOTIENT)
    return out


def _product(e: Product, parts: tuple[_Piece, ...]) -> _Piece:
    """A product of matrices, or a sum over an index, needs no brackets where nothing is behind it: 2A x."""
    texts = [p.at_least(_FACTOR) for p in parts]
    runs_on = isinstance(e.factors[-1], MatMul | SumOver) and not any(isinstance(f, MatMul) for f in e.factors[:-1])
    if runs_on:
        texts[-1] = parts[-1].text
    return _Piece(_side_by_side(texts, e.dots), parts[-1].binds if runs_on else _PRODUCT)


def _side_by_side(texts: list[str], dots: tuple[str, ...], *, letters_apart: bool = False) -> str:
    """Join factors; words are kept apart, letters and numbers stand side by side unless letters are matrices."""
    out = texts[0]
    for dot, left, right in zip(dots, texts, texts[1:], strict=False):
        apart = is_apart(left, right) or (letters_apart and runs_together(left, right))
        out += (DOTS[dot] or (" " if apart else "")) + right
    return out


def _raised(exponent: _Piece) -> str:
    if exponent.text and all(c in RAISED for c in exponent.text):
        return "".join(RAISED[c] for c in exponent.text)
    return "^" + exponent.at_least(_ATOM)


def _root(parts: tuple[_Piece, ...]) -> _Piece:
    degree = parts[1].text if len(parts) > 1 else "2"
    if degree not in ROOTS and not all(c in RAISED for c in degree):
        return _Piece(f"{parts[0].at_least(_ATOM)}^(1/{parts[1].at_least(_POWER)})", _POWER)
    sign = ROOTS.get(degree) or "".join(RAISED[c] for c in degree) + "√"
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
    row = FUNCTIONS[function]
    name = plain(notation.spellings.get(function, function if row.delimiter else row.latex))
    match function:
        case "log":
            return _Piece(f"{name}{lowered(parts[1].text)}({parts[0].text})")
        case "polygamma":
            return _Piece(f"{name}_{parts[0].at_least(_ATOM)}({parts[1].text})")
    return _Piece(f"{name}({_listed(parts)})")


def _operation(e: Operation, parts: tuple[_Piece, ...], notation: Notation) -> _Piece:
    row = OPERATIONS[e.name]
    if row.infix:
        return _infix(e, parts)
    if row.fenced:
        fence = "|" if e.name == "length" else "‖"
        below = "" if e.style == "plain" else parts[1].text if len(parts) > 1 else row.subscript
        return _Piece(fence + parts[0].text + fence + (lowered(below) if below else ""))
    if e.name == "power":
        return _Piece(f"{parts[0].at_least(_ATOM)}^({_sign(e)}{parts[1].at_least(_ATOM)})", _POWER)
    if e.style == "|":
        return _Piece(f"|{parts[0].text}|")
    if e.style == "^":
        return _Piece("e" + _raised(parts[0]), _POWER)
    name = plain(notation.spellings.get(e.name, row.latex)) + (lowered(row.subscript) if row.subscript else "")
    return _Piece(f"{name}({_listed(parts)})")


def _infix(e: Operation, parts: tuple[_Piece, ...]) -> _Piece:
    """An operation between its operands; of several in a row the brackets are left out where they mean nothing."""
    if e.style == r"\langle":
        return _Piece(f"⟨{_listed(parts)}⟩")
    first = e.operands[0]
    again = e.name in _ASSOCIATIVE and isinstance(first, Operation) and (first.name, first.style) == (e.name, e.style)
    left = parts[0].text if again else parts[0].at_least(_FACTOR)
    return _Piece(f"{left} {_sign(e)} {parts[1].at_least(_FACTOR)}", _PRODUCT)


def _sign(e: Operation) -> str:
    sign = e.style or OPERATIONS[e.name].latex
    return SIGNS.get(sign) or plain(sign)


def _entry(e: Entry, parts: tuple[_Piece, ...]) -> _Piece:
    whole, indices = parts[0], [p.text for p in parts[1:]]
    short = all(len(i) == 1 for i in indices)
    below = ("" if short else ", ").join(indices)
    if isinstance(e.of, Apply):  # f_1(x)
        letter = symbol_text(e.of.function)
        return _Piece(letter + lowered(below) + whole.text.removeprefix(letter))
    if not (isinstance(e.of, Symbol) and not e.of.subscript and not e.of.mark):
        name = f"({whole.text})"
    else:
        name = whole.text[0].lower() + whole.text[1:] if e.style == "lower" else whole.text
    if e.style == "^":
        return _Piece(f"{name}^({below})", _POWER)
    return _Piece(name + lowered(below))


def _sum_over(e: SumOver, parts: tuple[_Piece, ...]) -> _Piece:
    """A sum or product over an index; what is divided in it or by it has brackets."""
    bounds = iter(parts)
    lower, upper = (None if bound is None else next(bounds) for bound in (e.lower, e.upper))
    index = symbol_text(e.index)
    if e.style == "full" and lower is not None:
        index += f"={lower.text}"
    below = index if len(index) == 1 else f"({index})"
    above = "" if upper is None or e.style == "index" else "^" + upper.at_least(_ATOM)
    body = parts[-1].text if isinstance(e.body, SumOver) else parts[-1].at_least(_PRODUCT)
    return _Piece(f"{OVER[e.operator]}_{below}{above} {body}", _QUOTIENT)


def _size(e: Filled) -> str:
    """Return the size of what stands alone, which nothing else tells; a unit vector has its number there."""
    if e.kind == "unit":
        return ""
    sizes = [plain(str(size)) for size in (e.shape[:1] if e.kind == "identity" else e.shape)]
    return lowered(sizes[0]) if len(sizes) == 1 else f"_({'×'.join(sizes)})"


def _primes(order: int) -> str:
    return "′" * order if order < 4 else "⁽" + "".join(RAISED[c] for c in str(order)) + "⁾"


def _word(english: str, notation: Notation) -> str:
    """Return a word of prose in the language of the page."""
    return notation.spellings.get(english, english)


def _cases(parts: tuple[_Piece, ...], conditions: tuple[Expr | None, ...], notation: Notation) -> str:
    rest = iter(parts[len(conditions) :])
    if_, otherwise = _word("if", notation), _word("otherwise", notation)
    lines = [
        f"{value.text} {otherwise}" if condition is None else f"{value.text} {if_} {next(rest).text}"
        for value, condition in zip(parts, conditions, strict=False)
    ]
    return "{" + "; ".join(lines) + "}"


def _derivative(e: Derivative, parts: tuple[_Piece, ...], scope: Scope) -> _Piece:
    mark, held = scope.mark(e)
    of, names = parts[0], [p.text for p in parts[1:]]
    sign = "d" if mark == "d" else "∂"
    order = _raised(_Piece(str(len(e.wrt)))) if len(e.wrt) > 1 else ""
    each = "".join(f"{sign}{name}" for name in reversed(names))
    below = f"{sign}{names[0]}{order}" if len(set(e.wrt)) == 1 else each
    if not isinstance(e.of, Symbol | Entry):
        return _Piece(f"{sign}{order}/{below}[{of.text}]", _FACTOR)
    fraction = f"{sign}{order}{of.text}/{below}"
    if not held:
        return _Piece(fraction, _FACTOR)
    return _Piece(f"({fraction})_({', '.join(symbol_text(s) for s in held if isinstance(s, Symbol))})", _FACTOR)
