"""Vectors, matrices and longer tensors of numbers, whatever the arithmetic of these is.

Both evaluators compute with them: a cell is a column of floats or a Taylor series in one, a number of many digits in
the other. Numbers without a shape stand for themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any, TypeAlias, final

from derive.errors import UnsupportedError

Cell: TypeAlias = Any
"""A `Number` of the float64 evaluator, or an `mpf`, which comes without types."""
Sizes: TypeAlias = tuple[int, ...]


@final
class Array:
    """Cells in row-major order; the shape has at least one size."""

    __slots__ = ("cells", "shape")

    def __init__(self, shape: Sizes, cells: tuple[Cell, ...]) -> None:
        self.shape, self.cells = shape, cells

    def __repr__(self) -> str:
        return f"Array({self.shape}, {self.cells})"


Value: TypeAlias = Any
"""A cell or an `Array` of cells."""


def cells(value: Value) -> tuple[Cell, ...]:
    """Return the numbers that a value is made of."""
    return value.cells if type(value) is Array else (value,)


def sizes_of(value: Value) -> Sizes:
    """Return the shape of a value: () of a number."""
    return value.shape if type(value) is Array else ()


def shaped(shape: Sizes, cells: Sequence[Cell]) -> Value:
    """Return the value of a shape that is made of these cells."""
    return Array(shape, tuple(cells)) if shape else cells[0]


def each(change: Callable[[Cell], Cell], value: Value) -> Value:
    """Return a value with every cell changed."""
    return Array(value.shape, tuple([change(c) for c in value.cells])) if type(value) is Array else change(value)


def entrywise(function: Callable[[tuple[Cell, ...]], Cell], values: Sequence[Value]) -> Value:
    """Return a function of corresponding cells; a number goes with every cell."""
    shape = next((v.shape for v in values if type(v) is Array), ())
    count = prod(shape)
    columns = [v.cells if type(v) is Array else (v,) * count for v in values]
    return shaped(shape, [function(row) for row in zip(*columns, strict=True)])


def moved(value: Value, by: Mapping[int, Cell]) -> Value:
    """Return a value with something added to some of its cells, which are counted in row-major order."""
    if type(value) is not Array:
        return value + by[0]
    return Array(value.shape, tuple([c + by[k] if k in by else c for k, c in enumerate(value.cells)]))


def rows(value: Value) -> list[Sequence[Cell]]:
    """Return the rows of a number, vector or matrix; those of a vector have one cell."""
    if type(value) is not Array:
        return [(value,)]
    if len(value.shape) > 2:
        raise UnsupportedError(f"a product of arrays with {len(value.shape)} indices cannot be checked")
    width = value.shape[1] if len(value.shape) == 2 else 1
    return [value.cells[k : k + width] for k in range(0, len(value.cells), width)]


def from_rows(of: Sequence[Sequence[Cell]]) -> Value:
    """Return rows as a matrix: one column is a vector, one cell a number."""
    height, width = len(of), len(of[0])
    shape = (height, width) if width > 1 else (height,) if height > 1 else ()
    return shaped(shape, [c for row in of for c in row])


def transposed(value: Value) -> Value:
    """Return the transpose; of a vector it is a row, of a row a vector."""
    if type(value) is not Array:
        return value
    if len(value.shape) == 1:
        return Array((1, *value.shape), value.cells)
    if value.shape[0] == 1:
        return Array(value.shape[1:], value.cells)
    flat = transposed_order(value.shape)
    return Array(value.shape[::-1], tuple([value.cells[k] for k in flat]))


def transposed_order(shape: Sizes) -> Sequence[int]:
    """Return the places of a matrix's cells, column by column; those of a vector as they are."""
    if len(shape) < 2:
        return range(prod(shape))
    return [i * shape[1] + j for j, i in product(range(shape[1]), range(shape[0]))]


def derivative_shape(of: Sizes, by: Iterable[Sizes]) -> Sizes:
    """Return the shape of a derivative by arrays of these shapes, in numerator layout."""
    for shape in by:
        if of:
            of = (*of, *shape)
        elif shape:
            of = (1, *shape) if len(shape) == 1 else shape[1:] if shape[0] == 1 else shape[::-1]
    return of


def span(shape: Sizes, indices: Sequence[int]) -> tuple[Sequence[int], Sizes]:
    """Return the places of what an entry takes, and its shape; indices count from 1, a row has one.

    Raises:
        UnsupportedError: An index is beyond the size that is tried.
    """
    sizes = shape[1:] if len(shape) == 2 and shape[0] == 1 and len(indices) == 1 else shape
    rest = sizes[len(indices) :]
    place = 0
    for index, size in zip(indices, sizes, strict=False):
        if not 1 <= index <= size:
            raise UnsupportedError(f"the index {index} is beyond the {size} entries that are tried")
        place = place * size + index - 1
    length = prod(rest)
    return range(place * length, (place + 1) * length), rest
