r"""Vectors and matrices whose entries are not all written: dots stand for those between the second and the last."""

from __future__ import annotations

from collections.abc import Sequence

from derive.expr.dimensions import as_dimension
from derive.expr.entries import Pattern
from derive.expr.nodes import Entries, Expr, Integer, Matrix, Symbol, column_index, row_index
from derive.reader.cursor import Parse
from derive.reader.rules import Rules
from derive.reader.tokens import Token

OMITTED = "omitted terms"
"""What `commands` says that dots mean."""

Row = Sequence[Expr | None]
r"""The cells of a row; None where dots stand."""


class Dotted(Rules):
    """The rules for dots among entries."""

    def cell(self) -> Parse:
        """Read a formula, or dots: None."""
        token = self.tokens[self.i]
        if token.kind == "unsupported" and token.text == OMITTED:
            self.i += 1
            return None
        return (yield self.formula())

    def listed(self) -> Parse:
        """Read a list of formulas with commas, as a list of cells."""
        cells = [(yield from self.cell())]
        while self.tokens[self.i].kind == ",":
            self.i += 1
            cells.append((yield from self.cell()))
        return cells

    def tuple_of(self, cells: Row, token: Token) -> Expr:
        """Return the column that a list in brackets is."""
        return self.matrix_of([(cell,) for cell in cells], "(,)", token)

    def matrix_of(self, rows: Sequence[Row], style: str, token: Token) -> Expr:
        """Return the matrix, row or tuple of cells, some of which may be dots."""
        whole = tuple(tuple(cell for cell in row if cell is not None) for row in rows)
        dotted = any(None in row for row in rows)
        return self.by_pattern(rows, style, token) if dotted else Matrix(whole, style)

    def by_pattern(self, rows: Sequence[Row], style: str, token: Token) -> Expr:
        """Return the matrix of rows some cells of which are dots.

        Raises:
            ReadError: The cells are no instances of one expression, or nothing tells how many there are.
            UnsupportedError: Dots stand elsewhere than before the last row or column.
        """
        kept = [row for row in rows if any(cell is not None for cell in row)]
        down, across = _axis([row[0] for row in rows], row_index()), _axis(rows[0], column_index())
        dots = {tuple(cell is None for cell in row) for row in kept}
        if down is None or across is None or len(dots) > 1:
            raise self.unsupported("dots elsewhere than before the last row or column", token)
        general = [across.of(tuple(cell for cell in row if cell is not None)) for row in kept]
        body = down.of(tuple(e for e in general if e is not None)) if None not in general else None
        if body is None:
            raise self.error("these entries do not follow one pattern", token, r"write x_1, x_2, \ldots, x_n")
        sizes = [None if axis.last is None else as_dimension(axis.last) for axis in (down, across)]
        if sizes[0] is None or sizes[1] is None:
            raise self.error("nothing tells how many entries there are", token, r"write x_1, x_2, \ldots, x_n")
        return self.located(Entries(body, sizes[0], sizes[1], style), token)


def _axis(line: Row, index: Symbol) -> Pattern | None:
    """Return the pattern that a row or column follows, None where its dots do not stand before the last entry."""
    if None not in line:
        return Pattern(index, Integer(len(line)))
    dots = [k for k, cell in enumerate(line) if cell is None]
    return Pattern(index) if dots == [len(line) - 2] and len(line) > 2 else None
