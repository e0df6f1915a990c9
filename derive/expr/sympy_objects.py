"""How SymPy's objects are put together. This module imports SymPy; the bridge is what imports it.

Matrices whose cells are known are worked with as such; where symbols for matrices come in, nothing is worked out.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, Final, TypeAlias

import sympy

from derive.errors import UnsupportedError
from derive.expr.functions import FUNCTIONS
from derive.expr.nodes import Expr, Integer, Symbol

Sym: TypeAlias = Any
"""A SymPy object; SymPy comes without types."""

RELATIONS: Final[dict[str, Sym]] = {
    "<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge, "=": sympy.Eq, "!=": sympy.Ne,
}  # fmt: skip
COMPOSED: Final[dict[str, Callable[..., Sym]]] = {
    "log10": lambda x: sympy.log(x, 10),
    "arccot": lambda x: sympy.pi / 2 - sympy.atan(x),
    "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
    "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
    "relu": lambda x: sympy.Max(0, x),
    "elu": lambda x: sympy.Piecewise((x, x > 0), (sympy.exp(x) - 1, True)),
}
"""Functions that SymPy has no name for. (Its `acot` jumps at 0, where ours does not.)"""
TO: Final[dict[str, Callable[..., Sym]]] = {
    name: COMPOSED.get(name) or getattr(sympy, row.sympy.partition("(")[0]) for name, row in FUNCTIONS.items()
}


class Objects:
    """Puts SymPy's objects together: the `Maker` of objects."""

    def __init__(self, names: Mapping[Symbol, str], sizes: Mapping[str, str], real: bool) -> None:
        self.names, self.sizes = names, sizes
        self.assumed = {"real": True} if real else {}
        self.level = 0

    def holder(self, letter: str) -> Sym:
        """Return a place holder of this level."""
        return sympy.Symbol(f"_{letter}{self.level}" if self.level > 1 else f"_{letter}")

    def number(self, value: int) -> Sym:
        """Return an integer."""
        return sympy.Integer(value)

    def size(self, name: str) -> Sym:
        """Return the symbol that a size is."""
        return sympy.Symbol(self.sizes[name], **self.assumed)

    def symbol(self, symbol: Symbol) -> Sym:
        """Return the symbol of a number."""
        return sympy.Symbol(self.names[symbol], **self.assumed)

    def matrix_symbol(self, symbol: Symbol, rows: Sym, columns: Sym) -> Sym:
        """Return the symbol of a matrix."""
        return sympy.MatrixSymbol(self.names[symbol], rows, columns)

    def call(self, name: str, *arguments: Sym) -> Sym:
        """Return what SymPy calls so, of these arguments."""
        if name == "Transpose":
            return arguments[0].T
        return getattr(sympy, name)(*arguments)

    def function(self, name: str, arguments: Sequence[Sym]) -> Sym:
        """Return a function of the function table."""
        return TO[name](*arguments)

    def apply(self, function: Symbol, arguments: Sequence[Sym]) -> Sym:
        """Return a declared function of its arguments."""
        return function_of_arrays(self.names[function])(*arguments)

    def add(self, terms: Sequence[Sym], signs: Sequence[int]) -> Sym:
        """Return a sum with signs."""
        signed = [term if sign > 0 else -term for term, sign in zip(terms, signs, strict=True)]
        return reduce(operator.add, signed) if _matrices(signed) else sympy.Add(*signed)

    def multiply(self, factors: Sequence[Sym]) -> Sym:
        """Return a product."""
        return reduce(operator.mul, factors) if _matrices(factors) else sympy.Mul(*factors)

    def divide(self, a: Sym, b: Sym) -> Sym:
        """Return a quotient."""
        return a / b

    def power(self, base: Sym, exponent: Sym) -> Sym:
        """Return a power."""
        return base**exponent if base.is_Matrix else sympy.Pow(base, exponent)

    def root(self, parts: Sequence[Sym], degree: Expr | None) -> Sym:
        """Return a root; an odd one has its real value below 0.

        `sympy.real_root` would ask whether a plain symbol is real.
        """
        if isinstance(degree, Integer) and degree.value % 2:
            return sympy.sign(parts[0]) * sympy.Abs(parts[0]) ** (1 / parts[1])
        return sympy.root(*parts) if len(parts) > 1 else sympy.sqrt(parts[0])

    def relation(self, operands: Sequence[Sym], operators: Sequence[str]) -> Sym:
        """Return a chain of comparisons.

        Raises:
            UnsupportedError: SymPy finds a side that is not real, such as arcsin 2.
        """
        pairs = zip(operands, operators, operands[1:], strict=False)
        try:
            return sympy.And(*(RELATIONS[o](a, b) for a, o, b in pairs))
        except TypeError:
            raise UnsupportedError("SymPy does not compare what is not real") from None

    def piecewise(self, values: Sequence[Sym], conditions: Sequence[Sym | None]) -> Sym:
        """Return cases; the condition None always holds."""
        tests = [sympy.true if c is None else c for c in conditions]
        return sympy.Piecewise(*zip(values, tests, strict=True))

    def grid(self, name: str, rows: Sequence[Sequence[Sym]]) -> Sym:
        """Return a `Matrix` of cells or a `BlockMatrix` of blocks."""
        if name == "BlockMatrix" and all(isinstance(cell, sympy.MatrixBase) for row in rows for cell in row):
            return sympy.Matrix(rows)
        return getattr(sympy, name)([list(row) for row in rows])

    def entry(self, of: Sym, row: Sym, column: Sym) -> Sym:
        """Return an entry; SymPy counts from 0."""
        return of[row, column]

    def row_of(self, of: Sym, row: Sym) -> Sym:
        """Return a row as a column."""
        return of[row, :].T

    def each(self, of: Sym, value: Callable[[Sym], Sym]) -> Sym:
        """Return the matrix of the values at the entries of another."""
        if isinstance(of, sympy.MatrixBase):
            return of.applyfunc(value)
        holder = self.holder("z")
        return of.applyfunc(sympy.Lambda(holder, value(holder)))

    def table(self, rows: Sym, columns: Sym, value: Callable[[Sym, Sym], Sym]) -> Sym:
        """Return the matrix of values in terms of the row and column, which count from 0."""
        row, column = self.holder("r"), self.holder("c")
        return sympy.FunctionMatrix(rows, columns, sympy.Lambda((row, column), value(row, column)))

    def over(self, name: str, body: Sym, index: Sym, lower: Sym, upper: Sym) -> Sym:
        """Return a `Sum` or `Product` over an index, its bounds included."""
        return getattr(sympy, name)(body, (index, lower, upper))


def function_of_arrays(name: str) -> Sym:
    """Return an undefined function of vectors or matrices whose values are numbers; SymPy has to be told that."""
    return sympy.Function(name, commutative=True)


def _matrices(parts: Sequence[Sym]) -> bool:
    return any(part.is_Matrix for part in parts)
