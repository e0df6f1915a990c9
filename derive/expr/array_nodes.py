"""The nodes of vectors and matrices; `nodes` has the others, and their union."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from derive.errors import ShapeError
from derive.expr.interning import Node, node
from derive.expr.operations import OPERATIONS
from derive.expr.shapes import (
    ONE,
    SCALAR,
    Dimension,
    Shape,
    fit,
    matrix_shape,
    product,
    rows_and_columns,
    show_shape,
    transposed,
)

if TYPE_CHECKING:
    from derive.expr.nodes import Expr, Symbol


def refuse_shapes(owner: str, *operands: Node) -> None:
    """Check that operands are numbers."""
    for operand in operands:
        if operand.shape:
            raise ShapeError(f"{owner} needs scalars; one operand has shape {show_shape(operand.shape)}")


@node
class Matrix(Node):
    """Rows of cells, which may be vectors and matrices themselves. One column is a vector, of shape (m,), else (m, n).

    `style` is the environment (`bmatrix`, `pmatrix`), `[,]` for a row with commas, `(,)` for a tuple (a column).
    """

    rows: tuple[tuple[Expr, ...], ...]
    style: str = "bmatrix"
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        width = len(self.rows[0])
        for row in self.rows:
            if len(row) != width:
                raise ShapeError(f"a row has {len(row)} cells, the first has {width}")
        if not any(cell.shape for row in self.rows for cell in row):
            self._set_shape(matrix_shape(Dimension.of(len(self.rows)), Dimension.of(width)))
            return
        blocks = [[rows_and_columns(cell.shape) for cell in row] for row in self.rows]
        heights = [row[0][0] for row in blocks]
        widths = [columns for _, columns in blocks[0]]
        for line, height in zip(blocks, heights, strict=True):
            if not all(fit(h, height) and fit(w, columns) for (h, w), columns in zip(line, widths, strict=True)):
                raise ShapeError("the blocks of this matrix do not fit together")
        nothing = Dimension.of(0)
        self._set_shape(matrix_shape(sum(heights, nothing), sum(widths, nothing)))


@node
class Transpose(Node):
    """The transpose; of a vector it is a row, of a row a vector."""

    of: Expr
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        self._set_shape(transposed(self.of.shape))


@node
class MatMul(Node):
    r"""A flat product of matrices, rows and columns, worked from the left. `dots[i]` is "", `\cdot` or `\times`.

    What would be a number on the way is a product of its own: x^T y A x is a `Product` of two of these.
    """

    factors: tuple[Expr, ...]
    dots: tuple[str, ...]
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        so_far = self.factors[0].shape
        for factor in self.factors[1:]:
            if not (so_far and factor.shape):
                raise ShapeError("a number in a product of matrices")
            so_far = product(so_far, factor.shape)
        self._set_shape(so_far)


@node
class Operation(Node):
    r"""An operation of the table of operations, by the name of its row.

    `style` tells what LaTeX has two ways for. Of an infix operation it is its sign where that is not the usual one, or
    `\langle` for `\langle a, b \rangle`; of a named one the opening bracket, or "" without (`\det X`); of a fenced one
    whether its subscript is left out (`plain`); of a determinant `|` for bars; of a matrix exponential `^`.
    """

    name: str
    operands: tuple[Expr, ...]
    style: str = ""
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        self._set_shape(OPERATIONS[self.name].shape(*(operand.shape for operand in self.operands)))


@node
class Entry(Node):
    r"""An entry of a vector, matrix or family, or a row of a matrix as a column; indices count from 1.

    `style` tells how it is written: "" with the plain letter (`x_i`, `X_{ij}`; a vector of a family as its author
    wrote it, `\mathbf{x}_i`), `lower` with the small letter of a matrix (`x_{ij}`, and its row `\mathbf{x}_i`), `bold`
    with the letter as the whole is written, `(` or `[` with the whole in brackets: `(Ax)_i`; `^` for an index above,
    `x^{(i)}`.
    """

    of: Expr
    indices: tuple[Expr, ...]
    style: str = ""
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        refuse_shapes("an index", *self.indices)
        shape, count = self.sizes, len(self.indices)
        if not 1 <= count <= len(shape):
            raise ShapeError(f"{count} ind{'ex' if count == 1 else 'ices'} for shape {show_shape(self.of.shape)}")
        self._set_shape(shape[count:])

    @property
    def sizes(self) -> Shape:
        """What the indices count through: of a row, its entries."""
        shape = self.of.shape
        return shape[1:] if len(shape) == 2 and shape[0] == ONE and len(self.indices) == 1 else shape


@node
class SumOver(Node):
    r"""A sum or product over an index: `operator` is `sum` or `prod`, the bounds are inclusive.

    `style` tells what the author wrote: `full` (`\sum_{i=1}^n`), `upper` (`\sum_i^n`), `index` (`\sum_i`).
    Without bounds it goes over data: `\sum_{\mathbf{x}}`.
    """

    operator: str
    index: Symbol
    lower: Expr | None
    upper: Expr | None
    body: Expr
    style: str = "full"
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        refuse_shapes("a bound", *(bound for bound in (self.lower, self.upper) if bound is not None))
        self._set_shape(self.body.shape)


@node
class Entries(Node):
    r"""A vector or matrix by its general entry: printed with dots between its second and its last row and column.

    `body` is the entry, which may be a row, column or matrix itself, where the indices `row_index()` and
    `column_index()` are; they have no meaning outside. An axis of size 1 has no index. `style` is that of a `Matrix`.
    """

    body: Expr
    rows: Dimension
    columns: Dimension = ONE
    style: str = "bmatrix"
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        height, width = rows_and_columns(self.body.shape)
        self._set_shape(matrix_shape(self.rows * height, self.columns * width))


@node
class Filled(Node):
    r"""A vector or matrix that is known but for its size: `ones`, `zeros`, `identity`, or `unit` (e_k, `index` k)."""

    kind: str
    shape: Shape
    index: int = 0
