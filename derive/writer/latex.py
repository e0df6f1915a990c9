r"""From an expression to its LaTeX, in commands that amsmath, KaTeX and MathJax all set.

What is printed reads back as the same object. Whether a part needs brackets is decided by its node: each part carries
how strongly it binds and how it ends. The reader's rules that matter here:

* A bare argument (`\sin 2x`) runs on over letters, and ends at a function, a bracket, a dot, a sign or a slash.
* A slash takes what was multiplied so far, and one factor after it.
* Digits after digits would be one number; `f(`, `\sigma(` and a word before a bracket would be a call.
"""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import assert_never

from derive.derivation import Notation, Scope
from derive.expr.build_arrays import is_gradient, is_row
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
from derive.expr.spelling import spell
from derive.expr.walks import fold
from derive.writer.latex_arrays import ArrayPrinter
from derive.writer.pieces import (
    ATOM,
    FACTOR,
    LOGIC,
    PRODUCT,
    REACH,
    RELATION,
    RUN,
    SUM,
    Piece,
    at_least,
    enclose,
    gap,
    glue,
    joined_rows,
    script,
)

OPERATORS = {"<": "<", "<=": r"\le", ">": ">", ">=": r"\ge", "=": "=", "!=": r"\ne"}
CONSTANTS = {"pi": r"\pi", "e": "e", "infinity": r"\infty"}
DELIMITED = {"|": r"\lvert", r"\lfloor": r"\lfloor", r"\lceil": r"\lceil"}


def latex(e: Expr, notation: Notation, scope: Scope | None = None, *, in_line: bool = False) -> str:
    r"""Return the LaTeX of an expression, spelled as the notation has it; the scope tells a d from a partial.

    `in_line`: it is a side of a line, and the other one tells the size of a vector, `-\mathbf{1}`.
    """
    scope = Scope() if scope is None else scope
    known: dict[Expr, Piece]
    _, known = scope.printed.setdefault(("latex", id(notation)), (notation, {}))
    piece = known.get(e)
    piece = fold(e, _Printer(notation, scope).piece, known) if piece is None else piece
    return piece.text if in_line and (len(e.shape) == 1 or is_row(e.shape)) else piece.settled.text


def _starts_with_digit(e: Expr) -> bool:
    while True:
        match e:
            case Integer() | Decimal():
                return True
            case Product(factors):
                e = factors[0]
            case Quotient(numerator, _, "slash"):
                e = numerator
            case Power(base, _, "") | Transpose(base):
                e = base
            case Call(_, arguments, "!"):
                e = arguments[0]
            case _:
                return False


def _named_call(e: Expr) -> Call | None:
    r"""Return the call that is written with its function's name first, such as `\sin x` or `\sin^2 x`."""
    if isinstance(e, Power) and e.style == "name":
        e = e.base
    return e if isinstance(e, Call) and e.style in ("", "(", "[", r"\{") else None


def _ends_before_shape(e: Expr) -> bool:
    r"""Tell whether a bare argument is a number with letters, which ends before a vector: `\sin t \mathbf{v}`."""
    call = _named_call(e)
    if call is None or any(a.shape for a in call.arguments):
        return False
    argument = call.arguments[0]
    head = argument.factors[0] if isinstance(argument, Product) else argument
    return not isinstance(head, Integer | Decimal | Quotient | Call | Root | Apply | SumOver | Operation)


def _is_named_call(e: Expr) -> bool:
    call = _named_call(e)
    return call is not None and not FUNCTIONS[call.function].needs_bracket and call.function != "polygamma"


def _is_number(e: Expr) -> bool:
    return isinstance(e, Integer | Decimal)


def _is_plain(e: Expr) -> bool:
    if isinstance(e, Entry):
        return e.style in ("", "lower", "bold") and isinstance(e.of, Symbol)
    return isinstance(e, Symbol) and not e.mark


def _runs_on(e: Expr) -> bool:
    r"""Tell whether a bare argument may be written as it is: `\sin 2x`, `\ln\ln x`; else it goes in brackets."""
    if isinstance(e, Product):
        head, rest = e.factors[0], e.factors[1:]
        if any(x.shape for x in rest) and not (head.shape or _is_number(head)):
            return False
        lettered = all(_is_plain(x.base) if isinstance(x, Power) else _is_lettered(x) for x in rest)
        return not any(e.dots) and lettered and _opens_run(head)
    if isinstance(e, MatMul):
        return not any(e.dots) and all(isinstance(f, Symbol) and _is_plain(f) for f in e.factors)
    if isinstance(e, Operation):
        return OPERATIONS[e.name].fenced or e.style == "|" or (e.style in ("", "(", "[", r"\{") and _is_named(e))
    if isinstance(e, Call):
        return e.style not in ("!", "binom")
    return _opens_run(e) or isinstance(e, Root | Apply | SumOver)


def _is_named(e: Operation) -> bool:
    """Tell whether an operation is written as its name before its operand."""
    return not OPERATIONS[e.name].infix and e.name != "power"


def _is_lettered(e: Expr) -> bool:
    return isinstance(e, Symbol | Constant) or (isinstance(e, Entry) and _is_plain(e))


def _opens_run(e: Expr) -> bool:
    if isinstance(e, Power):
        return e.style == "" and (_is_number(e.base) or _is_plain(e.base))
    return _is_lettered(e) or isinstance(e, Integer | Decimal) or (isinstance(e, Quotient) and e.style == "frac")


def _starts_with_d(e: Expr) -> bool:
    r"""Tell whether a numerator or denominator would be taken for that of a derivative, as in `\frac{dy}{dx}`."""
    head = e.factors[0] if isinstance(e, Product) else e
    head = head.base if isinstance(head, Power) and head.style == "" else head
    return isinstance(head, Symbol) and head.name == "d" and not (head.accents or head.subscript or head.mark)


class _Printer(ArrayPrinter):
    """Turns one node with its printed parts into a piece."""

    def __init__(self, notation: Notation, scope: Scope) -> None:
        super().__init__(notation)
        self.scope = scope
        declared = notation.declared and Symbol("d") in notation.declared  # dx is a product then
        upright = notation.upright_d or declared
        self.d = r"\mathrm{d}" if upright else "d"

    def piece(self, e: Expr, parts: tuple[Piece, ...]) -> Piece:
        """Return the printed node; where sizes are left out, also with them."""
        if not any(p.sized for p in parts):
            return self.built(e, parts)
        parts = self.settled(e, parts)
        piece = self.built(e, parts)
        if any(p.sized for p in parts):
            piece = piece._replace(sized=self.built(e, tuple(p.settled for p in parts)).text)
        return piece

    def built(self, e: Expr, parts: tuple[Piece, ...]) -> Piece:
        match e:
            case Integer(value):
                return Piece(str(value))
            case Decimal(text):
                return Piece(text)
            case Constant():
                return self.constant(e)
            case Symbol():
                return self.symbol(e)
            case Sum(_, signs):
                return self.sum(signs, parts)
            case Product():
                return self.product(e, parts)
            case Quotient():
                return self.quotient(e, parts)
            case Power():
                return self.power(e, parts)
            case Root():
                return self.root(parts)
            case Call():
                return self.call(e, parts)
            case Apply():
                return self.apply(e, parts)
            case Relation() | Logic():
                return self.condition(e, parts)
            case Cases() | Indicator():
                return self.choice(e, parts)
            case Matrix():
                return self.matrix(e, parts)
            case Transpose(Derivative(Symbol() as of, (Symbol() as x,), True)) if self.scope.columns and is_gradient(e):
                return Piece(rf"\nabla_{{{self.symbol(x).text}}} {self.symbol(of).text}", FACTOR)
            case Entries():
                return self.entries(e)
            case Transpose():
                return self.transpose(e, parts[0])
            case MatMul():
                return self.matmul(e, parts)
            case Operation():
                return self.operation(e, parts)
            case Entry():
                return self.entry(e, parts)
            case SumOver():
                return self.sum_over(e, parts)
            case Filled():
                return self.filled(e)
            case Derivative():
                return self.derivative(e, parts)
            case At(_, names):
                return self.at(len(names), parts)
        assert_never(e)

    def constant(self, e: Constant) -> Piece:
        declared = e.name == "e" and Symbol("e") in self.notation.declared
        if e.name == "pi" and Symbol("pi") in self.notation.declared:
            return Piece(r"\mathrm{pi}")
        return Piece(r"\mathrm{e}" if declared else CONSTANTS[e.name], word=e.name != "e")

    def symbol(self, e: Symbol) -> Piece:
        text = self.notation.spellings.get(e) or spell(e)
        last = text.rpartition("\\")
        return Piece(text, FACTOR if e.mark else ATOM, word=bool(last[1]) and last[2].isalpha())

    def sum(self, signs: tuple[int, ...], parts: tuple[Piece, ...]) -> Piece:
        texts = [at_least(p, PRODUCT).text for p in parts]
        out = ["-" if signs[0] < 0 else "", texts[0]]
        for sign, text in zip(signs[1:], texts[1:], strict=True):
            out += [" - " if sign < 0 else " + ", text]
        return Piece("".join(out), SUM, any(p.tall for p in parts))

    def product(self, e: Product, parts: tuple[Piece, ...]) -> Piece:
        pieces = [self.factor(e.factors, i, p) for i, p in enumerate(parts)]
        first, dots = e.factors[0], e.dots
        if isinstance(first, Quotient) and first.style == "slash" and dots and dots[0]:
            pieces[0] = parts[0]  # a/b \cdot c is (a/b) \cdot c
        beside = [i for i, dot in enumerate(dots) if not dot]
        for i in beside:
            plain = pieces[i + 1] is parts[i + 1] and _starts_with_digit(e.factors[i + 1])
            if plain and not (self.parts_digits(e.factors[i], pieces[i]) and i + 1 in beside):  # x2y, but x(2)
                pieces[i + 1] = enclose(parts[i + 1])
        for i in reversed(beside):
            left, right = e.factors[i : i + 2]
            misread = self.like_function(left, pieces[i + 1])
            apart = _is_named_call(right) or (right.shape and _ends_before_shape(left))
            if misread or (pieces[i].bare and (pieces[i + 1].opens or not apart)):
                pieces[i] = enclose(parts[i])
        pieces[:-1] = [enclose(p) if p.open else p for p in pieces[:-1]]
        out, tail = [pieces[0].text], pieces[0].text
        ruled = [_has_bar(f) for f in e.factors]  # two fraction bars side by side would look like one
        for (before, piece), dot, bars in zip(pairwise(pieces), dots, pairwise(ruled), strict=True):
            blank = r"\," if all(bars) else " " if before.word and piece.text[0].isalpha() else gap(tail, piece.text)
            out += [f" {dot} " if dot else blank, piece.text]
            tail = (tail + "".join(out[-2:]))[-REACH:]
        last, inner = pieces[-1], zip(e.factors, pieces, strict=True)
        return Piece(
            "".join(out),
            PRODUCT if any(dots) or any(isinstance(f, MatMul) and p.binds == PRODUCT for f, p in inner) else RUN,
            any(p.tall for p in parts),
            last.bare,
            last.word,
            opens=pieces[0].opens,
            open=last.open,
        )

    def parts_digits(self, left: Expr, piece: Piece) -> bool:
        """Tell whether a number may follow directly: after a plain letter or a closing bracket."""
        return piece.text[-1] in ")]" or (isinstance(left, Symbol) and not left.subscript and not left.mark)

    def quotient(self, e: Quotient, parts: tuple[Piece, ...]) -> Piece:
        over, under = parts
        if e.style == "slash":
            over, under = enclose(over) if over.open else at_least(over, PRODUCT), at_least(under, FACTOR)
            return Piece(f"{over.text}/{under.text}", PRODUCT, over.tall or under.tall, under.bare, opens=over.opens)
        if _starts_with_d(e.numerator) and _starts_with_d(e.denominator) and isinstance(e.denominator, Product):
            under = under if Symbol("d") in self.notation.declared else enclose(under)
        return Piece(rf"\frac{{{over.text}}}{{{under.text}}}", FACTOR, tall=True)

    def power(self, e: Power, parts: tuple[Piece, ...]) -> Piece:
        base, exponent = parts
        if e.style == "name" and isinstance(e.base, Call):
            raised = script("^", "(-1)" if exponent.text == "-1" else exponent.text)  # \sin^{-1} is the inverse
            based = e.base.function == "log"  # \log_2^2 x
            name = base.text[: base.name] if based else self.function_name(e.base, powered=True)
            return base._replace(text=name + raised + base.text[base.name :], binds=FACTOR, name=0)
        base = enclose(base) if e.base == Constant("e") else at_least(base, ATOM)
        return Piece(base.text + script("^", exponent.text), FACTOR, base.tall or exponent.tall, opens=base.opens)

    def root(self, parts: tuple[Piece, ...]) -> Piece:
        degree = ""
        if len(parts) > 1:
            text = parts[1].text
            degree = f"[{{{text}}}]" if "[" in text else f"[{text}]"
        return Piece(rf"\sqrt{degree}{{{parts[0].text}}}", ATOM, parts[0].tall)

    def function_name(self, e: Call, powered: bool = False) -> str:
        r"""Return how the function of a call is spelled; with its power behind it, never as `\sin^{-1}`."""
        row, spelled = FUNCTIONS[e.function], self.notation.spellings.get(e.function)
        if e.function == "log":
            base = e.arguments[1]
            return r"\log_{(10)}" if base == Integer(10) else r"\log"
        if e.function == "polygamma":
            return r"\psi"
        if spelled == r"\log" and e.function != ("ln" if self.notation.log_base == "e" else "log10"):
            spelled = None
        if spelled is None:
            spelled = row.latex if e.function != "log10" or self.notation.log_base == "10" else r"\log_{10}"
        letter = spelled[1:]
        taken = (letter, (), "") in self.notation.named or Symbol(letter) in self.notation.declared
        if row.delimiter or (row.needs_bracket and taken):
            return rf"\operatorname{{{row.name}}}"
        return row.latex if powered and "^" in spelled else spelled

    def call(self, e: Call, parts: tuple[Piece, ...]) -> Piece:
        if e.style == "^":
            base = self.constant(Constant("e")).text
            return Piece(base + script("^", parts[0].text), FACTOR, parts[0].tall)
        if e.style == "binom":
            return Piece(rf"\binom{{{parts[0].text}}}{{{parts[1].text}}}", ATOM, tall=True)
        if e.style in DELIMITED:
            return enclose(parts[0], DELIMITED[e.style])
        if e.style == "!":
            operand = at_least(parts[0], ATOM)
            return Piece(operand.text + "!", FACTOR, operand.tall, opens=operand.opens)
        name = self.function_name(e)
        if e.function == "log" and not name.endswith("}"):
            name += script("_", parts[1].text)
            parts = parts[:1]
        elif e.function == "log":
            parts = parts[:1]
        elif e.function == "polygamma":
            name += f"^{{({parts[0].text})}}"
            parts = parts[1:]
        if e.style == "" and not FUNCTIONS[e.function].needs_bracket and len(parts) == 1:
            argument = self.bare_argument(e.arguments[0], parts[0])
            return Piece(name + argument, FACTOR, parts[0].tall, bare=True, name=len(name), open=parts[0].open)
        inner = Piece(", ".join(at_least(p, SUM).text for p in parts), SUM, any(p.tall for p in parts))
        return Piece(name + enclose(inner, e.style or "(").text, ATOM, inner.tall, name=len(name))

    def bare_argument(self, e: Expr, piece: Piece) -> str:
        if not _runs_on(e):
            return f"{{{enclose(piece).text}}}"
        if isinstance(e, SumOver):
            return piece.text
        return f" {piece.text}" if piece.text[0].isalnum() or piece.text[0] == "." else piece.text

    def apply(self, e: Apply, parts: tuple[Piece, ...]) -> Piece:
        name = self.symbol(e.function).text
        mark = "'" * e.order if e.order <= 3 else f"^{{({e.order})}}"
        inner = Piece(", ".join(at_least(p, SUM).text for p in parts), SUM, any(p.tall for p in parts))
        return Piece(name + mark + enclose(inner).text, ATOM, inner.tall, name=len(name))

    def condition(self, e: Relation | Logic, parts: tuple[Piece, ...]) -> Piece:
        tall = any(p.tall for p in parts)
        if isinstance(e, Logic):
            joint = rf" \text{{ {self.word(e.operator)} }} "
            return Piece(joint.join(at_least(p, RELATION).text for p in parts), LOGIC, tall)
        texts = [at_least(p, SUM).text for p in parts]
        out = [texts[0]]
        for operator, text in zip(e.operators, texts[1:], strict=True):
            out += [f" {OPERATORS[operator]} ", text]
        return Piece("".join(out), RELATION, tall)

    def choice(self, e: Cases | Indicator, parts: tuple[Piece, ...]) -> Piece:
        if isinstance(e, Indicator) and e.style == "delta":
            return self.delta(e.condition, parts[0].text)
        if isinstance(e, Indicator) and e.style == "[":
            return enclose(parts[0], "[")._replace(binds=FACTOR)
        if isinstance(e, Indicator):
            return Piece(r"\mathbf{1}" + enclose(parts[0], r"\{").text, FACTOR, parts[0].tall)
        conditions = iter(parts[len(e.values) :])
        if_, otherwise = self.word("if"), self.word("otherwise")
        rows = [
            f"{at_least(value, SUM).text} & "
            + (rf"\text{{{otherwise}}}" if condition is None else rf"\text{{{if_} }} {next(conditions).text}")
            for value, condition in zip(parts, e.conditions, strict=False)
        ]
        return Piece(rf"\begin{{cases}} {joined_rows(rows, parts)} \end{{cases}}", SUM, tall=True)

    def word(self, english: str) -> str:
        """Return a word of prose in the language of the page."""
        return self.notation.spellings.get(english, english)

    def derivative(self, e: Derivative, parts: tuple[Piece, ...]) -> Piece:
        mark, held = self.scope.mark(e)
        d, order = self.d if mark == "d" else r"\partial", len(e.wrt)
        texts = dict(zip(e.wrt, parts[1:], strict=True))
        under = []
        for symbol, group in groupby(reversed(e.wrt)):
            times = len(list(group))
            name = texts[symbol].text
            raised = f"{{{name}}}" if isinstance(symbol, Symbol) and symbol.mark else name
            under.append(glue(d, raised + script("^", str(times)) if times > 1 else name))
        below = r"\,".join(under)
        head = d + script("^", str(order)) if order > 1 else d
        if isinstance(e.of, Symbol | Entry) or (isinstance(e.of, Apply) and e.of.several):
            over = glue(head, parts[0].text) if order == 1 else head + (" " if d != "d" else "") + parts[0].text
            text = rf"\frac{{{over}}}{{{below}}}"
        else:
            text = rf"\frac{{{head}}}{{{below}}}{enclose(parts[0], '[').text}"
        if not held:
            return Piece(text, FACTOR, tall=True)
        names = ", ".join(self.symbol(s).text for s in held if isinstance(s, Symbol))
        return Piece(rf"\left({text}\right)" + script("_", names), FACTOR, tall=True, opens=True)

    def at(self, count: int, parts: tuple[Piece, ...]) -> Piece:
        names, values = parts[1 : 1 + count], parts[1 + count :]
        point = ", ".join(f"{n.text} = {at_least(v, SUM).text}" for n, v in zip(names, values, strict=True))
        return Piece(rf"\left. {parts[0].text} \right|_{{{point}}}", FACTOR, tall=True)


def _has_bar(e: Expr) -> bool:
    """Tell whether an expression is printed as a fraction."""
    return isinstance(e, Derivative) or (isinstance(e, Quotient) and e.style == "frac")
