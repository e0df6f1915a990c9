"""Shapes: tuples of dimensions, each an integer polynomial of names in normal form.

`()` is a scalar, `(n,)` a column vector, `(1, n)` a row, `(m, n)` a matrix.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeAlias

from derive.errors import ShapeError

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
        monomial, coefficient = ((), value) if isinstance(value, int) else ((value,), 1)
        return Dimension(((monomial, coefficient),) if coefficient else ())

    @staticmethod
    def _collect(terms: list[tuple[Monomial, int]]) -> Dimension:
        total: Counter[Monomial] = Counter()
        for monomial, coefficient in terms:
            total[monomial] += coefficient
        return Dimension(tuple(sorted((m, c) for m, c in total.items() if c)))

    def __add__(self, other: Dimension) -> Dimension:
        return self._collect([*self.terms, *other.terms])

    def __sub__(self, other: Dimension) -> Dimension:
        return self._collect([*self.terms, *((m, -c) for m, c in other.terms)])

    def __mul__(self, other: Dimension) -> Dimension:
        return self._collect([(tuple(sorted(a + b)), c * d) for a, c in self.terms for b, d in other.terms])

    @property
    def constant(self) -> int | None:
        """The size as a number, or None while it depends on a name."""
        if not self.terms:
            return 0
        return self.terms[0][1] if len(self.terms) == 1 and not self.terms[0][0] else None

    @property
    def name(self) -> str | None:
        """The name that the size is, or None where it is a number or has several parts."""
        match self.terms:
            case (((name,), 1),):
                return name
        return None

    @property
    def names(self) -> tuple[str, ...]:
        """The names that the size depends on."""
        return tuple(dict.fromkeys(name for monomial, _ in self.terms for name in monomial))

    def replaced(self, values: dict[str, Dimension]) -> Dimension:
        """Return the size with names replaced by sizes."""
        total = Dimension(())
        for monomial, coefficient in self.terms:
            part = Dimension.of(coefficient)
            for name in monomial:
                part = part * values.get(name, Dimension.of(name))
            total = total + part
        return total

    def __str__(self) -> str:
        words = []
        for monomial, c in reversed(self.terms):
            number = "" if abs(c) == 1 and monomial else str(abs(c))
            words.append(("- " if c < 0 else "+ ") + number + _joined(monomial))
        text = " ".join(words) or "0"
        return text[2:] if text.startswith("+ ") else text.replace("- ", "-", 1) if text.startswith("- ") else text


def _joined(monomial: Monomial) -> str:
    """Return the names of a product side by side, with a blank where a command would swallow the next letter."""
    text = ""
    for base, times in Counter(monomial).items():
        name = base if times == 1 else f"{base}^{times}"
        text += (" " if "\\" in text and text[-1].isalpha() and name[0].isalpha() else "") + name
    return text


Shape: TypeAlias = tuple[Dimension, ...]

SCALAR: Shape = ()
ONE = Dimension.of(1)


def shape(*sizes: int | str | Dimension) -> Shape:
    """Return a shape from numbers and names: `shape("m", 3)`."""
    return tuple(Dimension.of(size) for size in sizes)


def show_shape(of: Shape) -> str:
    """Return a shape as people write it: `(m, n)`, `(n,)`, `()`."""
    return "(" + ", ".join(map(str, of)) + ("," if len(of) == 1 else "") + ")"


# Sizes that a text leaves open ----------------------------------------------------------------------------------------


class Sizes:
    """The sizes that a text leaves open, and what is found out about them where things have to fit.

    A name that was opened may stand for any size; `resolved` gives what it turned out to be.
    """

    def __init__(self) -> None:
        self.open: dict[str, None] = {}
        self.found: dict[str, Dimension] = {}

    def new(self, name: str) -> Dimension:
        """Open a size."""
        self.open[name] = None
        return Dimension.of(name)

    def resolved(self, size: Dimension) -> Dimension:
        """Return a size in terms of what is known and what is still open."""
        while any(name in self.found for name in size.names):
            size = size.replaced(self.found)
        return size

    def fit(self, a: Dimension, b: Dimension) -> bool:
        """Make two sizes equal if that can be done by finding one that is open."""
        difference = self.resolved(a) - self.resolved(b)
        if not difference.terms:
            return True
        linear = {m[0]: c for m, c in difference.terms if len(m) == 1 and m[0] in self.open}
        for name in reversed(linear):
            coefficient = linear[name]
            rest = difference - Dimension((((name,), coefficient),))
            if abs(coefficient) == 1 and name not in rest.names:
                self.found[name] = rest * Dimension.of(-coefficient)
                return True
        return False


_sizes: ContextVar[Sizes | None] = ContextVar("derive_sizes", default=None)


@contextmanager
def finding(sizes: Sizes) -> Iterator[Sizes]:
    """Find out the sizes that are open while the block builds expressions."""
    token = _sizes.set(sizes)
    try:
        yield sizes
    finally:
        _sizes.reset(token)


def fit(a: Dimension, b: Dimension) -> bool:
    """Tell whether two sizes are the same, or can be made so while sizes are being found."""
    if a == b:
        return True
    sizes = _sizes.get()
    return sizes is not None and sizes.fit(a, b)


def fit_shapes(a: Shape, b: Shape) -> bool:
    """Tell whether two shapes are the same, or can be made so while sizes are being found."""
    return a == b or (len(a) == len(b) and all(map(fit, a, b)))


# Shapes of what is combined -------------------------------------------------------------------------------------------


def common(what: str, *shapes: Shape) -> Shape:
    """Return the shape of entry-by-entry work; scalars go with every entry.

    Raises:
        ShapeError: Two operands have entries that do not correspond.
    """
    found = SCALAR
    for s in shapes:
        if s and not found:
            found = s
        elif s and not fit_shapes(found, s):
            raise ShapeError(f"{what}: shapes {show_shape(found)} and {show_shape(s)} do not fit")
    return found


def product(a: Shape, b: Shape) -> Shape:
    """Return the shape of a matrix product; a row times a column is a scalar, a column times a row a matrix.

    Raises:
        ShapeError: The inner sizes differ, or two columns are multiplied.
    """
    if not 1 <= len(a) <= 2 >= len(b) >= 1:
        raise ShapeError(f"no product of shapes {show_shape(a)} and {show_shape(b)}")
    m, inner = (a[0], ONE) if len(a) == 1 else a
    outer, n = (b[0], ONE) if len(b) == 1 else b
    if not (inner == outer or (ONE not in (inner, outer) and fit(inner, outer))):
        raise ShapeError(f"shapes {show_shape(a)} and {show_shape(b)} do not fit", hint=_remedy(a, b))
    return matrix_shape(m, n)


def _remedy(a: Shape, b: Shape) -> str:
    if len(a) == len(b) == 1:
        return r"transpose one of them, \mathbf{w}^\top \mathbf{x}, or write \odot for the product entry by entry"
    return "declare their shapes, or transpose one of them"


def matrix_shape(m: Dimension, n: Dimension) -> Shape:
    """Return the shape of m rows and n columns: one column is a vector, one number a scalar."""
    if n == ONE:
        return SCALAR if m == ONE else (m,)
    return (m, n)


def rows_and_columns(of: Shape) -> tuple[Dimension, Dimension]:
    """Return how many rows and columns a scalar, vector or matrix takes up where it stands in a larger matrix."""
    if len(of) == 2:
        return of[0], of[1]
    return (of[0], ONE) if of else (ONE, ONE)


def transposed(of: Shape) -> Shape:
    """Return the shape of a transpose: of a vector it is a row, of a row a vector.

    Raises:
        ShapeError: There are more than two indices.
    """
    match of:
        case ():
            return SCALAR
        case (n,):
            return (ONE, n)
        case (m, n):
            return (n,) if m == ONE else (n, m)
    raise ShapeError(f"no transpose of shape {show_shape(of)}")


def square(what: str, of: Shape) -> Dimension:
    """Return how many rows and columns a square matrix has.

    Raises:
        ShapeError: It is no square matrix.
    """
    if len(of) != 2 or not fit(of[0], of[1]):
        raise ShapeError(f"{what} needs a square matrix; the shape is {show_shape(of)}")
    return of[0]
