"""Shapes: tuples of dimensions, each an integer polynomial of names in normal form.

`()` is a scalar, `(n,)` a column vector, `(1, n)` a row, `(m, n)` a matrix.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TypeAlias

Monomial: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dimension:
    """A size such as 3, `n`, `n + 1` or `m p`: sorted pairs of a monomial and its integer coefficient."""

    terms: tuple[tuple[Monomial, int], ...]

    @staticmethod
    def of(value: int | str | Dimension) -> Dimension:
        """Return the dimension that a number or a name stands for."""
        if isinstance(value, Dimension):
            return value
        return Dimension._collect([((), value)] if isinstance(value, int) else [((value,), 1)])

    @staticmethod
    def _collect(terms: list[tuple[Monomial, int]]) -> Dimension:
        total: Counter[Monomial] = Counter()
        for monomial, coefficient in terms:
            total[monomial] += coefficient
        return Dimension(tuple(sorted((m, c) for m, c in total.items() if c)))

    def __add__(self, other: Dimension) -> Dimension:
        return self._collect([*self.terms, *other.terms])

    def __mul__(self, other: Dimension) -> Dimension:
        return self._collect([(tuple(sorted(a + b)), c * d) for a, c in self.terms for b, d in other.terms])

    @property
    def constant(self) -> int | None:
        """The size as a number, or None while it depends on a name."""
        if not self.terms:
            return 0
        return self.terms[0][1] if len(self.terms) == 1 and not self.terms[0][0] else None

    def __str__(self) -> str:
        words = ["".join(([str(c)] if c != 1 or not m else []) + list(m)) for m, c in reversed(self.terms)]
        return " + ".join(words).replace("+ -", "- ") or "0"


Shape: TypeAlias = tuple[Dimension, ...]

SCALAR: Shape = ()


def shape(*sizes: int | str | Dimension) -> Shape:
    """Return a shape from numbers and names: `shape("m", 3)`."""
    return tuple(Dimension.of(size) for size in sizes)


def show_shape(of: Shape) -> str:
    """Return a shape as people write it: `(m, n)`, `(n,)`, `()`."""
    return "(" + ", ".join(map(str, of)) + ("," if len(of) == 1 else "") + ")"
