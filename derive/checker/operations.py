"""What the nodes of vectors and matrices mean, once for both evaluators.

A row of the table of operations is worked out from sums, products and quotients of cells and from functions of them,
which the evaluator supplies as an `Arithmetic`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import combinations
from math import prod
from typing import Protocol

from derive.checker.arrays import (
    Array,
    Cell,
    Sizes,
    Value,
    cells,
    each,
    entrywise,
    from_rows,
    rows,
    shaped,
    transposed,
)
from derive.errors import UnsupportedError
from derive.expr.nodes import Expr, Operation
from derive.expr.operations import OPERATIONS

_LARGEST = 6
"""Determinants and inverses are expanded, so that no pivot is chosen; larger matrices would take too long."""
_HALVED = 10
"""So often a matrix is halved before its exponential is summed, and the result squared."""
_SQUARED = 14
"""So often a matrix is squared to let its largest eigenvalue stand out."""
_MOST = 64


class Arithmetic(Protocol):
    """What an evaluator knows of cells, beside +, - and *."""

    @property
    def digits(self) -> int:
        """How many decimal digits it works with."""

    def constant(self, value: float) -> Cell:
        """Return a number as a cell."""

    def total(self, terms: Sequence[Cell]) -> Cell:
        """Return a sum of at least one term."""

    def dot(self, a: Sequence[Cell], b: Sequence[Cell]) -> Cell:
        """Return the sum of the products of at least one pair."""

    def quotient(self, a: Cell, b: Cell) -> Cell:
        """Return a quotient: undefined where the divisor is 0."""

    def power(self, base: Cell, exponent: Cell, written: Expr | None) -> Cell:
        """Return a power; `written` is its exponent as it stands in the formula, if it does."""

    def call(self, name: str, *arguments: Cell) -> Cell:
        """Return a function of the function table."""


# Products -------------------------------------------------------------------------------------------------------------


def matmul(m: Arithmetic, a: Value, b: Value) -> Value:
    """Return the product of two matrices, rows or columns."""
    columns = list(zip(*rows(b), strict=True))
    return from_rows([[m.dot(row, column) for column in columns] for row in rows(a)])


def matrix_power(m: Arithmetic, base: Value, exponent: int) -> Value:
    """Return a whole power of a square matrix."""
    if abs(exponent) > _MOST:
        raise UnsupportedError(f"a power of a matrix beyond {_MOST} cannot be checked")
    if exponent == 0:
        return identity(m, base.shape[0])
    factor = inverse(m, base) if exponent < 0 else base
    return reduce(lambda a, b: matmul(m, a, b), [factor] * abs(exponent))


def identity(m: Arithmetic, size: int) -> Value:
    """Return an identity matrix."""
    zero, one = m.constant(0.0), m.constant(1.0)
    return from_rows([[one if i == j else zero for j in range(size)] for i in range(size)])


def _minors(m: Arithmetic, of: Sequence[Sequence[Cell]]) -> dict[tuple[int, ...], Cell]:
    """Return the determinants of the first rows, by the columns that are taken of them; as many as there are rows."""
    found: dict[tuple[int, ...], Cell] = {(j,): cell for j, cell in enumerate(of[0])}
    for i, row in enumerate(of[1:], start=1):
        found = {
            columns: m.dot(
                [row[j] if (i + k) % 2 == 0 else -row[j] for k, j in enumerate(columns)],
                [found[columns[:k] + columns[k + 1 :]] for k in range(len(columns))],
            )
            for columns in combinations(range(len(row)), i + 1)
        }
    return found


def _square(value: Value) -> list[Sequence[Cell]]:
    of = rows(value)
    if len(of) > _LARGEST:
        raise UnsupportedError(f"the determinant of a matrix of {len(of)} rows cannot be checked")
    return of


def determinant(m: Arithmetic, value: Value) -> Cell:
    """Return the determinant of a square matrix."""
    of = _square(value)
    return _minors(m, of)[tuple(range(len(of)))]


def inverse(m: Arithmetic, value: Value) -> Value:
    """Return the inverse: the transposed cofactors over the determinant."""
    of = _square(value)
    size = len(of)
    if size == 1:
        return from_rows([[m.quotient(m.constant(1.0), of[0][0])]])
    everything = tuple(range(size))
    cofactors = []
    for i in everything:
        minors = _minors(m, [*of[:i], *of[i + 1 :]])
        without = [minors[everything[:j] + everything[j + 1 :]] for j in everything]
        cofactors.append([minor if (i + j) % 2 == 0 else -minor for j, minor in enumerate(without)])
    whole = m.dot(of[0], cofactors[0])
    return from_rows([[m.quotient(cofactors[j][i], whole) for j in everything] for i in everything])


def _kronecker(m: Arithmetic, a: Value, b: Value) -> Value:
    return from_rows([[x * y for x in top for y in below] for top in rows(a) for below in rows(b)])


def _cross(m: Arithmetic, a: Value, b: Value) -> Value:
    x, y = a.cells, b.cells
    pairs = ((1, 2), (2, 0), (0, 1))
    return Array(a.shape, tuple([m.total([x[i] * y[j], -(x[j] * y[i])]) for i, j in pairs]))


# What is left of a vector or matrix -----------------------------------------------------------------------------------


def _sum(m: Arithmetic, of: Value) -> Cell:
    return m.total(of.cells)


def _mean(m: Arithmetic, of: Value) -> Cell:
    return m.quotient(m.total(of.cells), m.constant(float(len(of.cells))))


def _diagonal(m: Arithmetic, of: Value) -> Value:
    size = of.shape[0]
    if len(of.shape) == 2:
        return shaped((size,), of.cells[:: size + 1])
    zero = m.constant(0.0)
    return from_rows([[of.cells[i] if i == j else zero for j in range(size)] for i in range(size)])


def _trace(m: Arithmetic, of: Value) -> Cell:
    return m.total(of.cells[:: of.shape[0] + 1])


def _vectorised(m: Arithmetic, of: Value) -> Value:
    stacked = cells(transposed(of))
    return shaped((len(stacked),) if len(stacked) > 1 else (), stacked)


def _absolute(m: Arithmetic, of: Value) -> list[Cell]:
    return [m.call("abs", c) for c in of.cells]


def _euclidean(m: Arithmetic, of: Value) -> Cell:
    return m.call("sqrt", m.dot(of.cells, of.cells))


def _softmax(m: Arithmetic, of: Value) -> Value:
    return shaped(of.shape, _shares(m, of.cells))


def _shares(m: Arithmetic, of: Sequence[Cell]) -> list[Cell]:
    grown = [m.call("exp", c) for c in of]
    whole = m.total(grown)
    return [m.quotient(c, whole) for c in grown]


def _softmax_rows(m: Arithmetic, of: Value) -> Value:
    return shaped(of.shape, [c for row in rows(of) for c in _shares(m, row)])


def _logsumexp(m: Arithmetic, of: Value) -> Cell:
    return m.call("ln", m.total([m.call("exp", c) for c in of.cells]))


def _gram(m: Arithmetic, of: Value) -> Value:
    """Return the smaller of X^T X and X X^T: the squares of the singular values are its eigenvalues."""
    turned = transposed(of)
    return matmul(m, turned, of) if len(rows(of)) >= len(rows(turned)) else matmul(m, of, turned)


def _spectral(m: Arithmetic, of: Value) -> Cell:
    """Return the largest singular value. Squared again and again, its eigenvector outgrows the others."""
    gram = _gram(m, of)
    if type(gram) is not Array:
        return m.call("sqrt", gram)
    grown = gram
    for _ in range(_SQUARED):
        grown = _over(m, grown, _trace(m, grown))
        grown = matmul(m, grown, grown)
    return m.call("sqrt", m.quotient(_trace(m, matmul(m, gram, grown)), _trace(m, grown)))


def _exponential(m: Arithmetic, of: Value) -> Value:
    """Return the matrix exponential: its series at a small part of the matrix, and that result squared."""
    part = each(lambda c: c * m.constant(2.0**-_HALVED), of)
    power = out = identity(m, of.shape[0])
    for k in range(1, _HALVED + m.digits // 2):
        power = _over(m, matmul(m, power, part), m.constant(float(k)))
        out = entrywise(lambda pair: pair[0] + pair[1], [out, power])
    for _ in range(_HALVED):
        out = matmul(m, out, out)
    return out


def _over(m: Arithmetic, of: Value, divisor: Cell) -> Value:
    return each(lambda c: m.quotient(c, divisor), of)


def _generic(m: Arithmetic, a: Value, b: Value) -> Value:
    """Return some smooth operation, no more symmetric in its operands than it has to be."""
    return entrywise(lambda p: p[0] * p[1] * p[1] + m.call("sin", p[0] + p[1] + p[1]), [a, b])


_OPERATIONS: dict[str, Callable[..., Value]] = {
    "inner": lambda m, a, b: m.dot(a.cells, b.cells),
    "cross": _cross,
    "hadamard": lambda m, a, b: entrywise(lambda p: p[0] * p[1], [a, b]),
    "divide": lambda m, a, b: entrywise(lambda p: m.quotient(*p), [a, b]),
    "generic": _generic,
    "kronecker": _kronecker,
    "trace": _trace,
    "det": determinant,
    "diag": _diagonal,
    "vec": _vectorised,
    "sum": _sum,
    "mean": _mean,
    "softmax": _softmax,
    "softmax rows": _softmax_rows,
    "logsumexp": _logsumexp,
    "length": lambda m, of: m.constant(float(len(of.cells))),
    "norm": _euclidean,
    "norm 1": lambda m, of: m.total(_absolute(m, of)),
    "norm inf": lambda m, of: m.call("max", *_absolute(m, of)),
    "frobenius": _euclidean,
    "spectral": _spectral,
    "expm": _exponential,
}
"""What an operation is of the values of its operands. The two that take an exponent are in `operation`."""


def operation(m: Arithmetic, e: Operation, parts: Sequence[Value]) -> Value:
    """Return the value of an operation of the table.

    Raises:
        UnsupportedError: It cannot be worked out.
    """
    if e.name == "power":
        return entrywise(lambda p: m.power(p[0], p[1], e.operands[1]), parts)
    if e.name == "norm p":
        of, p = parts
        powers = m.total([m.power(c, p, e.operands[1]) for c in _absolute(m, of)])
        return m.power(powers, m.quotient(m.constant(1.0), p), None)
    if e.name not in _OPERATIONS:
        raise UnsupportedError(f"the {OPERATIONS[e.name].title} cannot be checked")
    return _OPERATIONS[e.name](m, *parts)


# Matrices that are written out ----------------------------------------------------------------------------------------


def assembled(parts: Sequence[Value], width: int) -> Value:
    """Return the matrix that is made of cells, or of blocks, so many in a row."""
    out: list[list[Cell]] = []
    for k in range(0, len(parts), width):
        out += [[c for row in line for c in row] for line in zip(*map(rows, parts[k : k + width]), strict=True)]
    return from_rows(out)


def filled(m: Arithmetic, kind: str, shape: Sizes, index: int) -> Value:
    """Return what is known but for its size: ones, zeros, an identity, or the unit vector with this index."""
    if kind == "identity":
        return identity(m, shape[0]) if shape else m.constant(1.0)
    count = prod(shape)
    if kind == "unit":
        zero, one = m.constant(0.0), m.constant(1.0)
        return shaped(shape, [one if k == index - 1 else zero for k in range(count)])
    return shaped(shape, [m.constant(1.0 if kind == "ones" else 0.0)] * count)


def product(parts: Sequence[Value]) -> Value:
    """Return the product of numbers and at most one array."""
    numbers = [p for p in parts if type(p) is not Array]
    if not numbers:
        return parts[0]
    out = reduce(lambda a, b: a * b, numbers)
    if len(numbers) == len(parts):
        return out
    array = next(p for p in parts if type(p) is Array)
    return each(lambda c: c * out, array)
