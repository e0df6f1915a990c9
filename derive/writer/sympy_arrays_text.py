"""Pieces of SymPy source, and how they are put together.

Place holders (`_r`, `_k`) begin with a `_`, as no name of a symbol does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from derive.expr.functions import FUNCTIONS
from derive.expr.nodes import Expr, Integer, Symbol

SUM, PRODUCT, POWER, ATOM = range(4)
_RELATIONS: Final = {"<": "Lt", "<=": "Le", ">": "Gt", ">=": "Ge", "=": "Eq", "!=": "Ne"}


@dataclass(frozen=True, slots=True)
class Piece:
    """Source of a part, and how strongly it binds."""

    text: str
    strength: int = ATOM

    def at_least(self, strength: int) -> str:
        """Return the source, in brackets where it binds less than its place asks for."""
        return self.text if self.strength >= strength else f"({self.text})"


class Texts:
    """Puts pieces of source together: the `Maker` of text."""

    def __init__(self, names: Mapping[Symbol, str], sizes: Mapping[str, str]) -> None:
        self.names, self.sizes = names, sizes
        self.level = 0

    def holder(self, letter: str) -> Piece:
        """Return a place holder of this level."""
        return Piece(f"_{letter}{self.level}" if self.level > 1 else f"_{letter}")

    def number(self, value: int) -> Piece:
        """Return an integer."""
        return Piece(str(value), ATOM if value >= 0 else SUM)

    def size(self, name: str) -> Piece:
        """Return the symbol that a size is."""
        return Piece(self.sizes[name])

    def symbol(self, symbol: Symbol) -> Piece:
        """Return the symbol of a number."""
        return Piece(self.names[symbol])

    def matrix_symbol(self, symbol: Symbol, rows: Piece, columns: Piece) -> Piece:
        """Return the symbol of a matrix."""
        return Piece(f"MatrixSymbol('{self.names[symbol]}', {rows.text}, {columns.text})")

    def call(self, name: str, *arguments: Piece) -> Piece:
        """Return what SymPy calls so, of these arguments."""
        return Piece(f"{name}({', '.join(a.text for a in arguments)})")

    def function(self, name: str, arguments: Sequence[Piece]) -> Piece:
        """Return a function of the function table."""
        texts = [a.text for a in arguments]
        return Piece(FUNCTIONS[name].sympy.format(*texts, all=", ".join(texts)))

    def apply(self, function: Symbol, arguments: Sequence[Piece]) -> Piece:
        """Return a declared function of its arguments; that its values are numbers is said."""
        return self.call(f"Function('{self.names[function]}', commutative=True)", *arguments)

    def add(self, terms: Sequence[Piece], signs: Sequence[int]) -> Piece:
        """Return a sum with signs."""
        text = ""
        for term, sign in zip(terms, signs, strict=True):
            operator = " - " if sign < 0 else " + "
            text += (operator if text else operator.strip(" +")) + term.at_least(PRODUCT)
        return Piece(text, SUM)

    def multiply(self, factors: Sequence[Piece]) -> Piece:
        """Return a product."""
        texts = [f.at_least(POWER if i else PRODUCT) for i, f in enumerate(factors)]
        return Piece("*".join(texts), PRODUCT)

    def divide(self, a: Piece, b: Piece) -> Piece:
        """Return a quotient."""
        return Piece(f"{a.at_least(PRODUCT)}/{b.at_least(POWER)}", PRODUCT)

    def power(self, base: Piece, exponent: Piece) -> Piece:
        """Return a power."""
        return Piece(f"{base.at_least(ATOM)}**{exponent.at_least(ATOM)}", POWER)

    def root(self, parts: Sequence[Piece], degree: Expr | None) -> Piece:
        """Return a root; an odd one has its real value below 0 as well."""
        radicand = parts[0].text
        if degree is None:
            return Piece(f"sqrt({radicand})")
        if isinstance(degree, Integer) and degree.value % 2:
            return Piece(f"sign({radicand})*Abs({radicand})**(1/{degree.value})", PRODUCT)
        return Piece(f"root({radicand}, {parts[1].text})")

    def relation(self, operands: Sequence[Piece], operators: Sequence[str]) -> Piece:
        """Return a chain of comparisons."""
        sides = zip(operands, operators, operands[1:], strict=False)
        pairs = [self.call(_RELATIONS[o], a, b) for a, o, b in sides]
        return pairs[0] if len(pairs) == 1 else self.call("And", *pairs)

    def piecewise(self, values: Sequence[Piece], conditions: Sequence[Piece | None]) -> Piece:
        """Return cases; the condition None always holds."""
        pairs = [f"({v.text}, {'True' if c is None else c.text})" for v, c in zip(values, conditions, strict=True)]
        return Piece(f"Piecewise({', '.join(pairs)})")

    def grid(self, name: str, rows: Sequence[Sequence[Piece]]) -> Piece:
        """Return a `Matrix` of cells or a `BlockMatrix` of blocks."""
        lines = (f"[{', '.join(cell.text for cell in row)}]" for row in rows)
        return Piece(f"{name}([{', '.join(lines)}])")

    def entry(self, of: Piece, row: Piece, column: Piece) -> Piece:
        """Return an entry; SymPy counts from 0."""
        return Piece(f"{of.at_least(ATOM)}[{row.text}, {column.text}]")

    def row_of(self, of: Piece, row: Piece) -> Piece:
        """Return a row as a column."""
        return Piece(f"Transpose({of.at_least(ATOM)}[{row.text}, :])")

    def each(self, of: Piece, value: Callable[[Piece], Piece]) -> Piece:
        """Return the matrix of the values at the entries of another."""
        holder = self.holder("z")
        text = value(holder).text
        head = text.removesuffix(f"({holder.text})")
        function = head if head != text and head.isidentifier() else f"Lambda({holder.text}, {text})"
        return Piece(f"{of.at_least(ATOM)}.applyfunc({function})")

    def table(self, rows: Piece, columns: Piece, value: Callable[[Piece, Piece], Piece]) -> Piece:
        """Return the matrix of values in terms of the row and column, which count from 0."""
        row, column = self.holder("r"), self.holder("c")
        inside = f"Lambda(({row.text}, {column.text}), {value(row, column).text})"
        return Piece(f"FunctionMatrix({rows.text}, {columns.text}, {inside})")

    def over(self, name: str, body: Piece, index: Piece, lower: Piece, upper: Piece) -> Piece:
        """Return a `Sum` or `Product` over an index, its bounds included."""
        return Piece(f"{name}({body.text}, ({index.text}, {lower.text}, {upper.text}))")
