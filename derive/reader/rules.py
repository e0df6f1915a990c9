"""The rules of the grammar that its modules need from one another."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from derive.expr.nodes import Expr, Logic, Relation, Symbol
from derive.expr.spelling import FUNCTION_LETTERS
from derive.reader.cursor import Parse
from derive.reader.names import Name, Names
from derive.reader.tokens import Token


class Rules(Names):
    """A cursor that knows the rules by name; `grammar.Grammar` has them all."""

    @abstractmethod
    def logic(self) -> Parse:
        """Read conditions joined by and, or; a formula is the simplest case."""

    @abstractmethod
    def formula(self) -> Parse:
        """Read a sum."""

    @abstractmethod
    def term(self) -> Parse:
        """Read a product."""

    @abstractmethod
    def leaf(self) -> Expr | None:
        """Read a number or letter that stands by itself."""

    @abstractmethod
    def factor(self) -> Parse:
        """Read a factor with its scripts."""

    @abstractmethod
    def postfix(self, e: Expr, start: Token) -> Parse:
        """Read what stands behind a factor."""

    @abstractmethod
    def argument(self, what: str) -> Parse:
        """Read a group in braces, or what TeX takes without them."""

    @abstractmethod
    def starts_factor(self, token: Token) -> bool:
        """Tell whether a factor starts at a token."""

    @abstractmethod
    def product(self, factors: list[Expr], signs: list[str], start: Token) -> Expr:
        """Return the product of factors with the signs between them."""

    @abstractmethod
    def filled(self, name: Name) -> Parse:
        """Read ones, zeros or an identity with its size, or an indicator."""

    @abstractmethod
    def note_entries(self, e: Expr, token: Token) -> None:
        """Note that a function of a matrix is taken entry by entry."""

    @abstractmethod
    def bracket(self, token: Token) -> Parse:
        """Read a bracket of any kind."""

    @abstractmethod
    def norm(self, token: Token) -> Parse:
        """Read a norm."""

    @abstractmethod
    def angles(self, token: Token) -> Parse:
        """Read an inner product in angle brackets."""

    @abstractmethod
    def barred(self, inside: Expr, token: Token) -> Expr:
        """Return what bars around a formula mean."""

    @abstractmethod
    def bracketed(self) -> Parse:
        """Read a list of formulas in the brackets at hand; return them as a tuple."""

    @abstractmethod
    def divided(self, over: Expr, under: Expr, start: Token, style: str) -> Expr:
        """Return a fraction."""

    def inside(self, end: int, rule: Callable[[], Parse]) -> Parse:
        """Read what stands between brackets, up to the closing one at `end` or to what the rule leaves to others.

        Nothing outside of the brackets but notation and scope decides how that is read.
        """
        e = self.leaf() if end == self.i + 1 else None
        if e is not None:
            return e
        if self.log is not None or self.bound:
            return (yield rule())
        text = self.source[self.tokens[self.i].start : self.tokens[end].start]
        if text in self.known:
            self.i = end
            return self.known[text]
        unsized = self.unsized
        e = yield rule()
        if self.i == end and self.unsized == unsized and not isinstance(e, Relation | Logic):
            self.known[text] = e
        return e

    def close(self, end: int) -> None:
        """Step over the closing token at `end`, where a group has to be read up to."""
        if self.i != end:
            raise self.unexpected("an operator")
        self.i += 1

    def bracketed_atom(self, brace: int) -> bool:
        """Tell whether a group holds one letter or number in round brackets: the mark of a derivative or a sample."""
        inner = self.tokens[brace + 1]
        return inner.kind == "open" and inner.text == "(" and self.pairs[brace] == brace + 4

    def function_letter(self, token: Token) -> str:
        r"""Return the function that a letter such as `\sigma` stands for before a bracket, or ""."""
        name = FUNCTION_LETTERS.get(token.text, "")
        return "" if name and self.is_declared(token.text) else name

    def is_declared(self, letter: str) -> bool:
        """Tell whether a plain letter was declared, whatever its shape."""
        if self.notation.shaped and (letter, (), "", "", False) in self.notation.shaped:
            return True
        return bool(self.notation.declared) and Symbol(letter) in self.notation.declared

    def declared_function(self) -> Symbol | None:
        """Return the declared function whose name is at hand, without stepping over it."""
        if not self.notation.named:
            return None
        start = self.i
        letter, accents, subscript, _, _ = self.raw_name().key
        self.i = start
        return self.notation.named.get((letter, accents, subscript))

    def is_call(self) -> bool:
        """Tell whether the letter at hand is the name of a function."""
        if self.tokens[self.i + 1].kind == "open" and self.function_letter(self.tokens[self.i]):
            return True
        return self.declared_function() is not None
