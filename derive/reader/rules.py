"""The rules of the grammar that its modules need from one another."""

from __future__ import annotations

from abc import abstractmethod

from derive.expr.nodes import Expr, Symbol
from derive.reader.cursor import Cursor, Parse
from derive.reader.tokens import Token


class Rules(Cursor):
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

    def close(self, end: int) -> None:
        """Step over the closing token at `end`, where a group has to be read up to."""
        if self.i != end:
            raise self.unexpected("an operator")
        self.i += 1

    def declared(self, symbol: Symbol) -> bool:
        """Tell whether a symbol was declared a scalar."""
        return symbol in self.notation.scalars

    def function_letter(self, token: Token) -> str:
        r"""Return the function that a letter such as `\sigma` stands for before a bracket, or ""."""
        raise NotImplementedError
