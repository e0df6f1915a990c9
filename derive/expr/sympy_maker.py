"""What SymPy's expressions are put together with: as text that SymPy reads, or as its objects, by the same code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from derive.expr.nodes import Expr, Symbol
from derive.expr.shapes import ONE, Dimension, Shape, rows_and_columns

T = TypeVar("T")


class Maker(Protocol[T]):
    """Puts SymPy's expressions together."""

    level: int
    """How deep what binds a place holder may be nested below the node that is being made.

    SymPy replaces place holders without regard to what is bound further inside, so each level has names of its own.
    """

    def holder(self, letter: str) -> T:
        """Return a place holder of this level."""

    def number(self, value: int) -> T:
        """Return an integer."""

    def size(self, name: str) -> T:
        """Return the symbol that a size is."""

    def symbol(self, symbol: Symbol) -> T:
        """Return the symbol of a number."""

    def matrix_symbol(self, symbol: Symbol, rows: T, columns: T) -> T:
        """Return the symbol of a matrix."""

    def call(self, name: str, *arguments: T) -> T:
        """Return what SymPy calls so, of these arguments."""

    def function(self, name: str, arguments: Sequence[T]) -> T:
        """Return a function of the function table."""

    def apply(self, function: Symbol, arguments: Sequence[T]) -> T:
        """Return a number that a declared function makes of vectors or matrices."""

    def add(self, terms: Sequence[T], signs: Sequence[int]) -> T:
        """Return a sum with signs."""

    def multiply(self, factors: Sequence[T]) -> T:
        """Return a product."""

    def divide(self, a: T, b: T) -> T:
        """Return a quotient."""

    def power(self, base: T, exponent: T) -> T:
        """Return a power."""

    def root(self, parts: Sequence[T], degree: Expr | None) -> T:
        """Return a root; the parts are the radicand, and the degree where there is one."""

    def relation(self, operands: Sequence[T], operators: Sequence[str]) -> T:
        """Return a chain of comparisons."""

    def piecewise(self, values: Sequence[T], conditions: Sequence[T | None]) -> T:
        """Return cases; the condition None always holds."""

    def grid(self, name: str, rows: Sequence[Sequence[T]]) -> T:
        """Return a `Matrix` of cells or a `BlockMatrix` of blocks."""

    def entry(self, of: T, row: T, column: T) -> T:
        """Return an entry; SymPy counts from 0."""

    def row_of(self, of: T, row: T) -> T:
        """Return a row as a column."""

    def each(self, of: T, value: Callable[[T], T]) -> T:
        """Return the matrix of the values at the entries of another."""

    def table(self, rows: T, columns: T, value: Callable[[T, T], T]) -> T:
        """Return the matrix of values in terms of the row and column, which count from 0."""

    def over(self, name: str, body: T, index: T, lower: T, upper: T) -> T:
        """Return a `Sum` or `Product` over an index, its bounds included."""


def size(make: Maker[T], of: Dimension) -> T:
    """Return a size: an integer, a symbol, or a sum of products of these."""
    if of.constant is not None:
        return make.number(of.constant)
    terms = []
    for monomial, coefficient in reversed(of.terms):
        number = [make.number(abs(coefficient))] if abs(coefficient) != 1 or not monomial else []
        factors = [*number, *map(make.size, monomial)]
        terms.append(factors[0] if len(factors) == 1 else make.multiply(factors))
    signs = [1 if coefficient > 0 else -1 for _, coefficient in reversed(of.terms)]
    return terms[0] if signs == [1] else make.add(terms, signs)


def sizes(make: Maker[T], of: Shape) -> tuple[T, T]:
    """Return the numbers of rows and columns of what has a shape."""
    rows, columns = rows_and_columns(of)
    return size(make, rows), size(make, columns)


def from_zero(make: Maker[T], count: T) -> T:
    """Return a number that counts from 1 as one that counts from 0."""
    return make.add([count, make.number(1)], [1, -1])


def alone(make: Maker[T], of: T, plain: bool) -> T:
    """Return the number that a matrix of one row and one column holds."""
    return make.call("Trace", of) if plain else make.entry(of, make.number(0), make.number(0))


def total(make: Maker[T], of: T, shape: Shape) -> T:
    """Return the sum of the entries of what has a shape, by way of rows and columns that have more than one."""
    rows, columns = rows_and_columns(shape)
    zero = make.number(0)
    counts = [(make.holder(letter), count) for letter, count in (("k", rows), ("l", columns)) if count != ONE]
    row = counts[0][0] if rows != ONE else zero
    entry = make.entry(of, row, counts[-1][0] if columns != ONE else zero)
    for index, count in counts:
        entry = make.over("Sum", entry, index, zero, size(make, count - ONE))
    return entry
