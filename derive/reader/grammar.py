r"""The grammar of formulas: sums of products of factors, with their scripts.

The rules that are not the same everywhere, and that the printer follows:

* A slash divides what was multiplied before it in the same term by what follows: a number alone (`1/2x` is half x),
  or letters as long as they follow one another (`a/bc` is a/(bc)). A note tells where that had to be decided.
* A bare argument runs on over letters (`\sin 2\pi x y`) and ends before a function, a bracket, a dot, a sign, a slash.
* A script without braces is one digit or letter, as in TeX.
"""

from __future__ import annotations

from derive.errors import ShapeError, Span
from derive.expr.build import is_bare
from derive.expr.nodes import (
    Call,
    Constant,
    Decimal,
    Derivative,
    Entry,
    Expr,
    Integer,
    Logic,
    Power,
    Relation,
    Sum,
    Symbol,
)
from derive.reader.arrays import Arrays
from derive.reader.calls import Calls
from derive.reader.commands import DEFINITE
from derive.reader.cursor import Parse
from derive.reader.filled import KINDS, Known
from derive.reader.fractions import Fractions
from derive.reader.groups import Groups
from derive.reader.products import DECLARE, Products
from derive.reader.sums import Sums
from derive.reader.tokens import Token

STARTS = frozenset(
    "num sym const func frac sqrt open { begin accent bold brace group partial diff norm word unsupported set op big"
    " binom nabla".split()
)
"""The kinds of token that a factor starts with; a bar does where it does not close."""

POSTFIX = frozenset(("^", "!", "'", "_", "bar"))
CLINGING = POSTFIX | {"open"}


class Grammar(Calls, Groups, Fractions, Products, Arrays, Sums, Known):
    """The whole grammar: the rules of this module, and those of the modules it is put together from."""

    def logic(self) -> Parse:
        """Read conditions joined by and, or; a formula is the simplest case."""
        first = yield from self.formula()
        if self.tokens[self.i].kind not in ("rel", "and", "or"):
            return first
        operands = [(yield from self.conjunction(first))]
        while self.tokens[self.i].kind == "or":
            self.i += 1
            operands.append((yield from self.conjunction((yield from self.formula()))))
        return operands[0] if len(operands) == 1 else Logic("or", tuple(operands))

    def conjunction(self, first: Expr) -> Parse:
        """Read conditions joined by and, behind their first formula."""
        operands = [(yield from self.relation(first))]
        while self.tokens[self.i].kind == "and":
            self.i += 1
            operands.append((yield from self.relation((yield from self.formula()))))
        return operands[0] if len(operands) == 1 else Logic("and", tuple(operands))

    def relation(self, first: Expr) -> Parse:
        """Read a chain of relations, behind its first formula."""
        if self.tokens[self.i].kind != "rel":
            return first
        operands, operators = [first], []
        while self.tokens[self.i].kind == "rel":
            if self.tokens[self.i].text in DEFINITE:
                raise self.unsupported("a definite matrix in a formula")
            operators.append(self.tokens[self.i].text)
            self.i += 1
            operands.append((yield from self.formula()))
        return Relation(tuple(operands), tuple(operators))

    def formula(self) -> Parse:
        """Read a sum."""
        terms: list[Expr] = []
        signs: list[int] = []
        sign = 1
        start = token = self.tokens[self.i]
        if token.kind == "sign":
            self.i += 1
            sign = -1 if token.text == "-" else 1
        while True:
            second = self.tokens[self.i]  # a + -b
            if terms and second.kind == "sign":
                self.i += 1
            term = yield from self.term()
            if terms and second.kind == "sign" and second.text == "-":
                term = Sum((term,), (-1,))
            terms.append(term)
            signs.append(sign)
            token = self.tokens[self.i]
            if token.kind != "sign":
                break
            self.i += 1
            sign = -1 if token.text == "-" else 1
        e = terms[0] if len(terms) == 1 and sign > 0 else self.summed_up(terms, signs, start)
        return (yield from self.over(e, start)) if token.kind == "over" else e

    def summed_up(self, terms: list[Expr], signs: list[int], start: Token) -> Expr:
        """Return a sum; a number that is added to each entry of a vector is noted."""
        try:
            e = Sum(tuple(terms), tuple(signs))
        except ShapeError as error:
            span = Span(start.start, max(self.tokens[self.i - 1].stop, start.stop))
            raise ShapeError(error.message, span, error.hint or DECLARE, self.source) from None
        if e.shape and not all(term.shape for term in terms):
            for term in terms:
                if not term.shape:
                    self.ask_shape(term)
            self.note("expansion", start, self.tokens[self.i - 1].stop)
        return e

    def term(self) -> Parse:
        """Read a product, with the divisions in it."""
        start = self.tokens[self.i]
        self.look_at(start)
        factors = [self.leaf() or (yield from self.factor())]
        dots: list[str] = []
        while True:
            token = self.tokens[self.i]
            kind = token.kind
            if (kind in STARTS or kind == "bar") and self.bars != kind:
                self.look_at(token)
                self.check_numbers(factors[-1], token)
                factors.append(self.leaf() or (yield from self.factor()))
                dots.append("")
            elif kind in ("dot", "*", "infix"):
                self.i += 1
                self.look_at(self.tokens[self.i])
                factors.append(self.leaf() or (yield from self.factor()))
                dots.append(token.text if kind != "*" else r"\cdot")
            elif kind == "slash":
                if _ends_bare(factors[-1]):
                    self.note("slash-call", start, self.tokens[self.i - 1].stop)
                self.i += 1
                under = yield from self.divisor()
                over = self.product(factors, dots, start)
                factors, dots = [self.located(self.divided(over, under, start, "slash"), start)], []
            else:
                break
        return self.product(factors, dots, start)

    def check_numbers(self, before: Expr, token: Token) -> None:
        """Refuse a number behind a letter or number, which TeX sets as one; note a mixed number, read as a product."""
        if token.kind == "num":
            self.refuse_script(token)
        if not isinstance(before, Integer | Decimal):
            return
        if token.kind == "num" and self.tokens[self.i - 1].kind == "num":
            raise self.error(
                "two numbers side by side", token, r"write \cdot between them, or one number without blanks"
            )
        inner = self.tokens[self.i + 1 : self.i + 7]
        if token.kind == "frac" and "num" in (inner[0].kind, inner[0].kind == "{" and inner[1].kind):
            behind = self.i + 2 if inner[0].kind == "num" else self.group_end(self.group_end(self.i + 1))
            self.note("mixed", self.tokens[self.i - 1], self.tokens[behind - 1].stop)

    def leaf(self) -> Expr | None:
        """Read a number or a letter, perhaps to the power of a number, where nothing else clings to it.

        Most factors are such; so they are spared the cost of rules. What is not one is left to the rules.
        """
        tokens, start = self.tokens, self.i
        token, behind = tokens[start], tokens[start + 1].kind
        e: Expr
        if token.kind == "num":
            self.i += 1
            e = self.number(token)
        elif token.kind != "sym" or self.notation.named:
            return None
        elif behind == "_":
            e = self.name_or_entry()
        elif token.text != "I" and (behind not in CLINGING or self.integer_power(start + 1)):
            self.i += 1
            e = self.plain(token)
        else:
            return None
        exponent = self.integer_power(self.i)
        if exponent is not None and not e.shape:
            self.i = self.group_end(self.i + 1)
            return self.located(Power(e, Integer(int(exponent.text))), token)
        if tokens[self.i].kind in CLINGING:
            self.i = start
            return None
        return e

    def integer_power(self, i: int) -> Token | None:
        """Return the integer that stands as a superscript at a place, where it is all that clings there."""
        tokens = self.tokens
        if tokens[i].kind != "^":
            return None
        braced = tokens[i + 1].kind == "{" and self.pairs[i + 1] == i + 3
        exponent, behind = (tokens[i + 2], tokens[i + 4]) if braced else (tokens[i + 1], tokens[i + 2])
        plain = exponent.kind == "num" and exponent.text.isdigit()
        if not braced and exponent.text == "1" and behind.kind == "slash":  # x^1/2
            return None
        return exponent if plain and behind.kind not in CLINGING and behind.kind != "num" else None

    def factor(self) -> Parse:
        """Read a factor with its scripts."""
        token = self.tokens[self.i]
        kind = token.kind
        e: Expr
        if kind == "num" and not (token.text in "01" and self.tokens[self.i + 1].kind == "_"):
            self.i += 1
            e = self.number(token)
        elif kind == "num":  # 0_{m \times n}
            e = yield from self.filled(self.raw_name())
        elif kind == "sym" or kind == "const":
            e = yield from self.letter(token)
        elif kind == "func":
            e = yield from self.call(token)
        elif kind == "frac":
            e = yield from self.fraction(token)
        elif kind == "nabla" and self.scope.independents:
            e = self.gradient()
        else:
            e = yield from self.compound(token)
        if self.tokens[self.i].kind in POSTFIX:
            e = yield from self.postfix(e, token)
        return e

    def number(self, token: Token) -> Expr:
        """Return the literal of a number token."""
        following = self.tokens[self.i]
        if following.kind == "const" and following.text == "e" and following.start == token.stop:
            exponent = self.tokens[self.i + 1]
            signed = exponent.kind == "sign" and exponent.start == following.stop
            digits = self.tokens[self.i + 2] if signed else exponent
            if digits.kind == "num" and digits.start == (exponent.stop if signed else following.stop):
                hint = r"write 2 \cdot 10^{3}; for the constant e, put blanks"
                raise self.error("a number with an exponent", token, hint)
        return Integer(int(token.text)) if "." not in token.text else Decimal(token.text)

    def letter(self, token: Token) -> Parse:
        """Read a symbol, a constant, or a call of a declared function."""
        following = self.tokens[self.i + 1].kind
        if token.kind == "const" and not (following in ("_", "'") and token.text != "infinity"):
            self.i += 1
            return self.constant(token)
        if (
            following not in ("_", "'", "^", "open")
            and not self.notation.named
            and token.kind == "sym"
            and token.text != "I"
        ):
            self.i += 1
            return self.plain(token)
        return (yield from self.named(token))

    def constant(self, token: Token) -> Expr:
        """Return a constant, or the symbol that was declared in its place."""
        upright = self.source.startswith(r"\mathrm", token.start)
        if not upright and self.is_declared(token.text):
            return self.plain(token)
        return Constant(token.text)

    def compound(self, token: Token) -> Parse:
        """Read a factor that is none of the most frequent."""
        match token.kind:
            case "sqrt":
                return (yield from self.root(token))
            case "op":
                return (yield from self.operation_call(token))
            case "big":
                return (yield from self.big(token))
            case "binom":
                self.i += 1
                over = yield from self.argument("the upper number")
                under = yield from self.argument("the lower number")
                return self.located(Call("binomial", (over, under), "binom"), token)
            case "open" | "bar" | "norm":
                return (yield from self.bracket(token))
            case "{":
                return (yield from self.braced(token))
            case "group":
                self.i += 1
                return (yield from self.braced(self.tokens[self.i]))
            case "brace":
                return (yield from self.labelled())
            case "begin":
                return (yield from self.environment(token))
            case "accent" | "bold":
                return (yield from self.marked(token))
            case "partial" | "diff":
                raise self.unsupported("a differential by itself", token)
            case _:
                raise self.unexpected()

    def postfix(self, e: Expr, start: Token) -> Parse:
        """Read what stands behind a factor: powers, factorials, a point, what is held."""
        while True:
            token = self.tokens[self.i]
            following = self.tokens[self.i + 1].kind if token.kind != "end" else ""
            if token.kind == "^":
                e = self.located((yield from self.raised(e, start, token)), start)
                if self.tokens[self.i].kind == "^":
                    raise self.error("a second superscript", hint="put brackets where one belongs to the other")
            elif token.kind == "!":
                if following == "!":
                    raise self.unsupported("the double factorial", token)
                self.i += 1
                e = self.located(Call("factorial", (e,), "!"), start)
            elif token.kind == "bar" and following == "_" and not self.bars:
                self.i += 1
                e = yield from self.point(e)
            elif token.kind == "_" and isinstance(e, Derivative) and start.kind == "open":
                self.subscript()
                self.note("held", token, self.tokens[self.i - 1].stop)
                e = Derivative(e.of, e.wrt, False)
            elif token.kind == "_" and e.shape and start.kind == "open":
                e = self.entry_of(e, start)
            elif token.kind in ("_", "'"):
                what = "a subscript" if token.kind == "_" else "a prime"
                raise self.error(f"{what} belongs to a letter", token)
            else:
                return e

    def entry_of(self, e: Expr, start: Token) -> Expr:
        """Read the subscript behind something in brackets: `(Ax)_i`, `[A]_{ij}`."""
        token = self.tokens[self.i]
        self.subscript()
        indices = self.indices(self.inner, len(e.shape))
        if indices is None:
            raise self.error("this is no index", token)
        try:
            return self.located(Entry(e, indices, start.text if start.text == "[" else "("), start)
        except ShapeError as error:
            raise ShapeError(error.message, self.span(token), error.hint, self.source) from None

    def raised(self, base: Expr, start: Token, caret: Token) -> Parse:
        """Read the superscript at hand: a power, a transpose."""
        following = self.tokens[self.i + 1]
        array = yield from self.raised_array(base)
        if array is not None:
            return array
        if following.kind == "'":
            raise self.error("a prime behind ^", caret)
        if following.kind == "{" and (self.bracketed_atom(self.i + 1) or self.is_label_like(base)):
            raise self.unsupported("a superscript in brackets", following, "a power is written without brackets")
        self.i += 1
        exponent = yield from self.argument("a superscript")
        self.skip_subscript()
        if following.kind == "num" and following.text == "1" and self.tokens[self.i].kind == "slash" and self.log:
            raise self.error("the exponent ends before the slash", following, "write x^{1/2}, or x/2")
        if base is Constant("e") and start.kind == "const":
            return self.raised_e(exponent, caret)
        try:
            return Power(base, exponent)
        except ShapeError as error:
            raise ShapeError(error.message, self.span(start), error.hint, self.source) from None

    def is_label_like(self, base: Expr) -> bool:
        r"""Tell whether a superscript may be a label: `a^{[l-1]}`, `\theta^{(t+1)}`; not `x^{(1/2)}`, `2^{(n+1)}`."""
        brace = self.i + 1
        inner = self.tokens[brace + 1]
        if inner.kind != "open" or inner.text not in ("(", "[") or self.pairs[brace + 1] != self.pairs[brace] - 1:
            return False
        letters = any(t.kind == "sym" for t in self.tokens[brace + 2 : self.pairs[brace] - 1])
        return isinstance(base, Symbol) and self.log is not None and (letters or inner.text == "[")

    def argument(self, what: str) -> Parse:
        r"""Read a group in braces, or what TeX takes without them: one digit, one letter, one `\frac` or `\sqrt`."""
        token = self.tokens[self.i]
        match token.kind:
            case "{":
                return (yield from self.braces())
            case "num":
                if what == "a superscript":
                    self.note_digit(token)
                elif what == "a radicand" and len(token.text) > 1:
                    raise self.error("TeX takes the first digit only", token, rf"write \sqrt{{{token.text}}}")
                return Integer(int(self.first_digit()))
            case "bold" if token.text in KINDS:
                raise self.error(f"{what} needs braces here", token)
            case "sym" | "bold":
                self.i += 1
                return self.plain(token)
            case "const":
                self.i += 1
                return self.constant(token)
            case "frac":
                return (yield self.fraction(token))
            case "sqrt":
                return (yield self.root(token))
            case "accent":
                return self.name_or_entry()
            case "sign" | "open" | "func":
                raise self.error(f"{what} of more than one sign needs braces", token)
            case _:
                raise self.unexpected(what)

    def note_entries(self, e: Expr, token: Token) -> None:
        """Note that a function of a matrix is taken entry by entry."""
        if len(e.shape) == 2:
            self.note("entries", token)

    def starts_factor(self, token: Token) -> bool:
        """Tell whether a factor starts at a token."""
        return token.kind in STARTS


def _ends_bare(e: Expr) -> bool:
    r"""Tell whether a factor ends with the argument of a function that has no brackets: `\sin^2 x`."""
    call = e.base if isinstance(e, Power) and e.style == "name" else e
    return isinstance(call, Call) and is_bare(call)
