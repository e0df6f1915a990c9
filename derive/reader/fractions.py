r"""Fractions and roots: `a / b`, `\frac`, `\over`, `\choose`, `\sqrt`."""

from __future__ import annotations

from derive.errors import ShapeError
from derive.expr.nodes import Call, Expr, Quotient, Root
from derive.reader.cursor import Parse
from derive.reader.derivatives import Derivatives
from derive.reader.tokens import Token


class Fractions(Derivatives):
    """The rules for what stands above and below a line, and below the sign of a root."""

    def over(self, e: Expr, start: Token) -> Parse:
        r"""Read what stands behind `\over` or `\choose`, which take all of their group."""
        choose = self.tokens[self.i].text == "choose"
        self.i += 1
        under = yield self.formula()
        if choose:
            return self.located(Call("binomial", (e, under), "binom"), start)
        return self.located(self.divided(e, under, start, "frac"), start)

    def divided(self, over: Expr, under: Expr, start: Token, style: str) -> Expr:
        """Return a fraction, or the shape error that points at it."""
        try:
            return Quotient(over, under, style)
        except ShapeError:
            hint = r"write \oslash to divide entry by entry, or A^{-1}"
            raise ShapeError("only numbers divide", self.span(start), hint, self.source) from None

    def divisor(self) -> Parse:
        """Read what a slash divides by: a number alone, letters together."""
        token = self.tokens[self.i]
        first = yield from self.factor()
        factors = [first]
        while token.kind == "sym" and self.tokens[self.i].kind == "sym" and not self.is_call():
            factors.append((yield from self.factor()))
        following = self.tokens[self.i]
        if len(factors) > 1 or self.starts_factor(following):
            self.note("slash", token, following.start)
        return self.product(factors, [""] * (len(factors) - 1), token)

    def fraction(self, token: Token) -> Parse:
        r"""Read `\frac`: a quotient, or a derivative."""
        ahead = self.derivative_ahead()
        if ahead is not None:
            return (yield from self.derivative(ahead))
        if token.text == "d":
            raise self.unsupported(r"\diff", token, r"write \frac{d}{dx}")
        self.i += 1
        over = yield from self.argument("a numerator")
        under = yield from self.argument("a denominator")
        return self.located(self.divided(over, under, token, "frac"), token)

    def root(self, token: Token) -> Parse:
        r"""Read `\sqrt{x}`, `\sqrt[3]{x}`, `\sqrt x`."""
        self.i += 1
        degree = None
        opener = self.tokens[self.i]
        if opener.kind == "open" and opener.text == "[":
            end = self.pairs[self.i]
            self.i += 1
            degree = yield self.formula()
            self.close(end)
        if token.text == "bare" and self.tokens[self.i].kind == "open":
            radicand = yield from self.bracket(self.tokens[self.i])
        else:
            radicand = yield from self.argument("a radicand")
        self.note_entries(radicand, token)
        return self.located(Root(radicand, degree), token)
