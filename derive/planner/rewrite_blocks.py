r"""Rewrites of products of matrices that are written out, in numbers or in blocks."""

from __future__ import annotations

from collections.abc import Iterable

from derive.expr.build import add, times
from derive.expr.build_arrays import is_zero, multiply, total, transpose
from derive.expr.nodes import Expr, Matrix, Transpose
from derive.expr.shapes import ONE, Dimension
from derive.expr.walks import children
from derive.planner.rewrite_arrays import neighbours
from derive.planner.rewrite_products import Trace


def literal_products(e: Expr, _: Trace) -> Expr:
    """Multiply two matrices of numbers that are written out."""

    def change(a: Expr, b: Expr) -> Expr | None:
        if not (isinstance(a, Matrix) and isinstance(b, Matrix)) or any(c.shape for c in children(a) + children(b)):
            return None
        columns = list(zip(*b.rows, strict=True))
        rows = [[total(times([x, y]) for x, y in zip(r, c, strict=True)) for c in columns] for r in a.rows]
        return rows[0][0] if len(rows) == len(rows[0]) == 1 else Matrix(tuple(map(tuple, rows)), a.style)

    return neighbours(e, change)


def block_products(e: Expr, _: Trace) -> Expr:
    r"""Multiply what is written in blocks, block by block: [A, B] [x; y] = Ax + By."""

    def change(a: Expr, b: Expr) -> Expr | None:
        left, right = _blocks(a), _blocks(b)
        widths = [_extent(c, 1) for c in left[0]] if left else []
        if not widths or not right or widths != [_extent(row[0], 0) for row in right]:
            return None
        columns = list(zip(*right, strict=True))
        rows = [[_sum_of_products(r, c) for c in columns] for r in left]
        return rows[0][0] if len(rows) == len(rows[0]) == 1 else Matrix(tuple(map(tuple, rows)))

    return neighbours(e, change)


def _blocks(e: Expr) -> tuple[tuple[Expr, ...], ...]:
    """Return the blocks of a matrix that has some, none of what has none."""
    if isinstance(e, Transpose):
        return tuple(tuple(map(transpose, column)) for column in zip(*_blocks(e.of), strict=True))
    return e.rows if isinstance(e, Matrix) and any(cell.shape for cell in children(e)) else ()


def _extent(e: Expr, axis: int) -> Dimension:
    return e.shape[axis] if axis < len(e.shape) else ONE


def _sum_of_products(row: Iterable[Expr], column: Iterable[Expr]) -> Expr:
    parts = [multiply([a, b]) for a, b in zip(row, column, strict=True)]
    return add([p for p in parts if not is_zero(p)] or parts[:1])
