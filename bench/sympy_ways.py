"""What a user would take from SymPy for a derivative in vectors: three ways, told right or wrong by numbers.

The bare answer, with no steps and nothing checked. Where SymPy takes several spellings of a problem, the one that gets
furthest stands here; the problems have the names that they have in `formulas.TEN`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from itertools import product
from math import isclose
from types import SimpleNamespace
from typing import Any, ClassVar, TypeAlias

import sympy
from sympy.core.cache import clear_cache

Formulas: TypeAlias = Mapping[str, Callable[[Any], Any]]

SYMBOLIC = sympy.symbols("n N", integer=True, positive=True)
SMALL = (3, 4)
"""How many numbers a vector has, and how many samples there are, where it is not left open."""
SHAPES = {"w": ("n", ""), "x": ("n", ""), "y": ("N", ""), "X": ("N", "n")}
"""The letters of vectors and matrices; row i of X is the sample x_i."""
NUMBERS = ("b", "z", "t")
"""The letters of numbers; t is the x of a problem that has no vector of that letter."""
S, J, K = sympy.symbols("s j k", integer=True)
CUT_OFF = sympy.Lambda(sympy.Symbol("u"), sympy.Max(0, sympy.Symbol("u")))
STEP, TOLERANCE = 1e-6, 1e-6


def loss_in_matrices(v: Any) -> Any:
    """The loss of a neuron, for the samples as a matrix."""
    errors = v.y - (v.X * v.w + v.b * v.ones(v.N, 1)).applyfunc(CUT_OFF)
    return errors.T * errors / v.N


def loss_in_indices(v: Any) -> Any:
    """The loss of a neuron, as a sum of sums."""
    neuron = sympy.Max(0, sympy.Sum(v.w[S] * v.X[J, S], (S, 1, v.n)) + v.b)
    return sympy.Sum((v.y[J] - neuron) ** 2, (J, 1, v.N)) / v.N


IN_MATRICES: Formulas = {
    "dot product": lambda v: v.w.T * v.x,
    "sum": lambda v: v.ones(v.n, 1).T * v.x,
    "sum of functions": lambda v: v.ones(v.n, 1).T * v.x.applyfunc(v.f),
    "addition": lambda v: v.w + v.x,
    "multiplication": lambda v: sympy.hadamard_product(v.w, v.x),
    "expansion": lambda v: v.x + v.z * v.ones(v.n, 1),
    "vector chain": lambda v: sympy.ImmutableMatrix([sympy.log(v.t**2), sympy.sin(3 * v.t)]),
    "neuron": lambda v: (v.w.T * v.x + v.b * v.ones(1, 1)).applyfunc(CUT_OFF),
    "loss by weights": loss_in_matrices,
    "loss by bias": loss_in_matrices,
}
IN_INDICES: Formulas = {
    "dot product": lambda v: sympy.Sum(v.w[S] * v.x[S], (S, 1, v.n)),
    "sum": lambda v: sympy.Sum(v.x[S], (S, 1, v.n)),
    "sum of functions": lambda v: sympy.Sum(v.f(v.x[S]), (S, 1, v.n)),
    "addition": lambda v: v.w[J] + v.x[J],
    "multiplication": lambda v: v.w[J] * v.x[J],
    "expansion": lambda v: v.x[J] + v.z,
    "neuron": lambda v: sympy.Max(0, sympy.Sum(v.w[S] * v.x[S], (S, 1, v.n)) + v.b),
    "loss by weights": loss_in_indices,
    "loss by bias": loss_in_indices,
}
"""Sums run over s, samples and the elements of a result over j; the derivative is by element k."""


class Way:
    """A way to have a derivative from SymPy; `v` holds what its formulas are made of."""

    formulas: ClassVar[Formulas] = IN_MATRICES
    ones: ClassVar[Callable[[Any, Any], Any]] = sympy.OneMatrix

    def __init__(self, sizes: tuple[Any, Any] = SYMBOLIC, f: Any = None) -> None:
        self.size = {"": 1, "n": sizes[0], "N": sizes[1]}
        self.v = SimpleNamespace(n=sizes[0], N=sizes[1], f=f or sympy.Function("f"), ones=type(self).ones)
        for letter, (down, across) in SHAPES.items():
            setattr(self.v, letter, self.array(letter, self.size[down], self.size[across]))
        for letter in NUMBERS:
            setattr(self.v, letter, sympy.Symbol(letter, real=True))

    def array(self, letter: str, rows: Any, columns: Any) -> Any:
        """Return what stands for a vector or matrix."""
        return sympy.MatrixSymbol(letter, rows, columns)

    def derivative(self, name: str, by: str) -> Any:
        """Return the derivative of a problem by a letter."""
        return self.formulas[name](self.v).diff(getattr(self.v, by))

    def answer(self, name: str, by: tuple[str, ...]) -> str:
        """Return the answers in LaTeX, with nothing in SymPy's cache."""
        clear_cache()
        return "\n".join(sympy.latex(self.derivative(name, letter)) for letter in by)

    def entry(self, letter: str, row: int, column: int) -> Any:
        """Return an entry of a vector or matrix, counted from 0."""
        return getattr(self.v, letter)[row, column]

    def point(self) -> dict[Any, float]:
        """Return the numbers that everything is worked out for."""
        rng = random.Random(7)
        numbers = {getattr(self.v, letter): rng.uniform(0.2, 1.5) for letter in NUMBERS}
        for letter, (down, across) in SHAPES.items():
            for row, column in product(range(self.size[down]), range(self.size[across])):
                numbers[self.entry(letter, row, column)] = rng.uniform(-2, 2)
        return numbers

    def values(self, name: str, by: str) -> list[float]:
        """Return the entries of a derivative in numbers."""
        derivative, point = self.derivative(name, by), self.point()
        entries = sympy.flatten(derivative.as_explicit().tolist())
        return [float(e.subs(point).doit()) for e in entries]


class Matrices(Way):
    """Symbols for matrices, of any size: `MatrixSymbol`."""


class Components(Way):
    """Three numbers for a vector, four samples: each entry is a symbol of its own."""

    ones = sympy.ones

    def __init__(self, sizes: tuple[Any, Any] = SMALL, f: Any = None) -> None:
        super().__init__(sizes, f)

    def array(self, letter: str, rows: Any, columns: Any) -> Any:
        """Return a matrix of symbols."""
        return sympy.Matrix(rows, columns, lambda i, j: sympy.Symbol(f"{letter}_{i + 1}{j + 1}", real=True))

    def derivative(self, name: str, by: str) -> Any:
        """Return the Jacobian."""
        variables = getattr(self.v, by)
        formula = sympy.ImmutableMatrix(self.formulas[name](self.v))
        return formula.jacobian(variables) if by in SHAPES else formula.diff(variables)

    def differences(self, name: str, by: str) -> list[float]:
        """Return the entries of the derivative by central differences, for SymPy differentiates none of it."""
        point = self.point()
        variables = list(getattr(self.v, by)) if by in SHAPES else [getattr(self.v, by)]
        found = []
        for entry, variable in product(sympy.Matrix(self.formulas[name](self.v)), variables):
            above, below = (float(entry.subs(point | {variable: point[variable] + h})) for h in (STEP, -STEP))
            found.append((above - below) / (2 * STEP))
        return found


class Indices(Way):
    """The general entry, of any size: `IndexedBase` and sums, which leave a Kronecker delta to the reader."""

    formulas = IN_INDICES

    def array(self, letter: str, rows: Any, columns: Any) -> Any:
        """Return what takes an index."""
        return sympy.IndexedBase(letter)

    def derivative(self, name: str, by: str) -> Any:
        """Return the derivative by entry k of a vector, or by a number."""
        return self.formulas[name](self.v).diff(getattr(self.v, by)[K] if by in SHAPES else getattr(self.v, by))

    def entry(self, letter: str, row: int, column: int) -> Any:
        """Return an entry of a vector or matrix, counted from 0."""
        array = getattr(self.v, letter)
        return array[row + 1, column + 1] if SHAPES[letter][1] else array[row + 1]

    def values(self, name: str, by: str) -> list[float]:
        """Return the entries of a derivative in numbers: for each value of j, where it is there, and of k."""
        derivative, point = self.derivative(name, by), self.point()
        rows = range(1, self.v.n + 1) if J in self.formulas[name](self.v).free_symbols else (0,)
        columns = range(1, self.v.n + 1) if by in SHAPES else (0,)
        return [float(derivative.subs({J: j, K: k}).doit().subs(point)) for j, k in product(rows, columns)]


WAYS: dict[str, type[Way]] = {"matrices": Matrices, "indices": Indices, "components": Components}


def check(way: str, name: str, by: tuple[str, ...]) -> None:
    """Refuse a way that gives a wrong answer to a problem, or none that can be worked out; f is a sine here."""
    if name not in WAYS[way].formulas:
        raise NotImplementedError("there is nothing to index")
    WAYS[way]().answer(name, by)
    for letter in by:
        found = WAYS[way](SMALL, sympy.sin).values(name, letter)
        wanted = Components(SMALL, sympy.sin).differences(name, letter)
        if len(found) != len(wanted) or not all(map(close, found, wanted)):
            raise ValueError(f"by {letter}: {found} instead of {wanted}")


def close(found: float, wanted: float) -> bool:
    """Tell whether a number is what differences say."""
    return isclose(found, wanted, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
