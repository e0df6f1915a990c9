"""The numbers that a point gives: one for each free number, several for what has a shape.

A symmetric matrix is given by its upper triangle; a positive definite one is I + L L^T / 10 for the triangle L that its
numbers fill. So points can be moved along each coordinate, and never leave what was declared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations_with_replacement
from math import prod
from typing import TypeAlias

from derive.checker.arrays import Cell, Value, from_rows, shaped
from derive.checker.world import World, symbol_name
from derive.expr.nodes import Symbol

Coordinate: TypeAlias = "Symbol | tuple[Symbol, int]"
"""A number, or a cell of what has a shape."""
Point: TypeAlias = dict[Coordinate, float]

_SYMMETRIC = "S"
_DEFINITE = {"S_{+": 0.1, "S_{-": -0.1}
"""The share of L L^T in a definite matrix, by how the name of its set begins."""


def coordinates(world: World, symbol: Symbol) -> list[Coordinate]:
    """Return what a point has to give for a symbol that is free."""
    if not symbol.shape:
        return [symbol]
    shape = world.sizes(symbol.shape)
    if world.restricted(symbol).startswith(_SYMMETRIC):
        return [(symbol, i * shape[0] + j) for i, j in combinations_with_replacement(range(shape[0]), 2)]
    return [(symbol, k) for k in range(prod(shape))]


def assembled(world: World, given: Iterable[tuple[Coordinate, Cell]], one: Cell) -> dict[Symbol, Value]:
    """Return the values of symbols from those of their coordinates; `one` is 1 in the arithmetic of these."""
    out: dict[Symbol, Value] = {}
    found: dict[Symbol, list[Cell]] = {}
    for coordinate, cell in given:
        if isinstance(coordinate, Symbol):
            out[coordinate] = cell
        else:
            found.setdefault(coordinate[0], []).append(cell)
    for symbol, own in found.items():
        shape, kept = world.sizes(symbol.shape), world.restricted(symbol)
        if not kept.startswith(_SYMMETRIC):
            out[symbol] = shaped(shape, own)
            continue
        pairs = combinations_with_replacement(range(shape[0]), 2)
        triangle = dict(zip(pairs, own, strict=True))
        whole = [[(min(i, j), max(i, j)) for j in range(shape[0])] for i in range(shape[0])]
        share = _DEFINITE.get(kept[:4])
        out[symbol] = from_rows(
            [[_product(triangle, i, j, one, share) if share else triangle[i, j] for i, j in row] for row in whole]
        )
    return out


def _product(triangle: Mapping[tuple[int, int], Cell], i: int, j: int, one: Cell, share: float) -> Cell:
    """Return a cell of I + L L^T / 10, or of its opposite, i <= j; the columns of the triangle are the rows of L."""
    total = triangle[0, i] * triangle[0, j]
    for k in range(1, i + 1):
        total = total + triangle[k, i] * triangle[k, j]
    return (total + one * 10.0 if i == j else total) * share


def place(world: World, coordinate: Coordinate) -> str:
    """Return a coordinate as an error message names it: x, x[2], A[1, 2]."""
    if isinstance(coordinate, Symbol):
        return symbol_name(coordinate)
    symbol, flat = coordinate
    indices: list[int] = []
    for size in reversed(world.sizes(symbol.shape)):
        flat, k = divmod(flat, size)
        indices.insert(0, k + 1)
    return f"{symbol_name(symbol)}[{', '.join(map(str, indices))}]"
