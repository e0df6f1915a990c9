"""A matrix by its general entry: which entries are shown, and the general entry of those that are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from derive.expr.build import is_integer
from derive.expr.dimensions import as_formula
from derive.expr.nodes import (
    Call,
    Entries,
    Expr,
    Filled,
    Integer,
    Matrix,
    Power,
    Product,
    Symbol,
    column_index,
    row_index,
)
from derive.expr.shapes import ONE, Dimension, fit_shapes
from derive.expr.walks import children, fold, with_children

_WRITTEN_OUT = 3
"""So many rows or columns are written out, without dots."""

Shown: TypeAlias = "Expr | None"
"""The number of a row or column, or a cell; None where dots stand."""


def entries(body: Expr, rows: Dimension, columns: Dimension = ONE, style: str = "bmatrix") -> Expr:
    """Return the matrix with a general entry: all of its entries where these are few."""
    e = Entries(body, rows, columns, style)
    cells = shown(e)
    if any(cell is None for row in cells for cell in row):
        return e
    return Matrix(tuple(tuple(cell for cell in row if cell is not None) for row in cells), style)


def placed(e: Expr, at: Mapping[Symbol, Expr]) -> Expr:
    """Return a general entry at some place; what is differentiated, and by what, is placed too.

    A matrix by its general entry that stands inside has indices of its own.
    """

    def combine(node: Expr, parts: tuple[Expr, ...]) -> Expr:
        if isinstance(node, Symbol):
            return at.get(node, node)
        return node if isinstance(node, Entries) or parts == children(node) else _rebuilt(node, parts)

    return fold(e, combine)


def numbers(size: Dimension) -> tuple[Shown, ...]:
    """Return the numbers of the rows that are shown of so many: 1, 2, dots, m."""
    count = size.constant
    if count is not None and count <= _WRITTEN_OUT:
        return tuple(map(Integer, range(1, count + 1)))
    return (Integer(1), Integer(2), None, as_formula(size))


def shown(e: Entries) -> tuple[tuple[Shown, ...], ...]:
    """Return the cells that are shown, row by row."""
    i, j = row_index(), column_index()
    return tuple(
        tuple(None if r is None or c is None else placed(e.body, {i: r, j: c}) for c in numbers(e.columns))
        for r in numbers(e.rows)
    )


def flipped(e: Entries) -> Entries:
    """Return the transpose of a matrix of numbers."""
    i, j = row_index(), column_index()
    return Entries(placed(e.body, {i: j, j: i}), e.columns, e.rows, e.style)


class Pattern:
    """What instances of one expression have in common: an index in place of 1, 2, ..., `last` where they differ.

    `last` is found in the instances where it is not known.
    """

    def __init__(self, index: Symbol, last: Expr | None = None) -> None:
        self.index, self.last = index, last

    def of(self, instances: tuple[Expr, ...]) -> Expr | None:
        """Return the expression whose first, second, ... and last instances these are, None where there is none."""
        found: dict[tuple[Expr, ...], Expr] = {}
        stack = [instances]
        while stack:
            at = stack.pop()
            if at in found:
                continue
            leaf = at[0] if all(_same_leaf(at[0], e) for e in at) else self.index if self._counts(at) else None
            if leaf is not None:
                found[at] = leaf
                continue
            below = list(map(children, at))
            if not below[0] or not all(_are_alike(at[0], e) for e in at):
                return None
            parts = list(zip(*below, strict=True))
            missing = [p for p in parts if p not in found]
            if missing:
                stack += [at, *missing]
            else:
                found[at] = _rebuilt(at[0], tuple(found[p] for p in parts))
        return found[instances]

    def _counts(self, at: tuple[Expr, ...]) -> bool:
        """Tell whether these are 1, 2, ... and the last number."""
        if not all(is_integer(e, k) for k, e in enumerate(at[:-1], start=1)) or self.last not in (None, at[-1]):
            return False
        self.last = at[-1]
        return True


def _same_leaf(a: Expr, b: Expr) -> bool:
    """Tell whether two nodes are one; while a text is read, zeros of two sizes that are still open become one."""
    known = isinstance(a, Filled) and isinstance(b, Filled) and (a.kind, a.index) == (b.kind, b.index)
    return a is b or (known and fit_shapes(a.shape, b.shape))


def _are_alike(a: Expr, b: Expr) -> bool:
    """Tell whether two nodes differ in their parts only, and these may hold the index."""
    parts = children(a)
    alike = type(a) is type(b) and len(parts) == len(children(b)) and not isinstance(a, Entries)
    return alike and _rebuilt(b, parts) is a


def _rebuilt(e: Expr, parts: tuple[Expr, ...]) -> Expr:
    """Return the node with other parts, written as it is: a general entry is written like each of its instances."""
    match e:
        case Product(_, dots):
            return Product(parts, dots)
        case Power(_, _, style):
            return Power(parts[0], parts[1], style)
        case Call(function, _, style):
            return Call(function, parts, style)
    return with_children(e, parts)
