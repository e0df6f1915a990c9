r"""The shapes of what nobody declared: a bold letter, `\mathbf{1}`, `I`, a family such as y_i.

Their sizes follow from what they are combined with, which is only known when all has been read. So a text that needs
them is read twice: once to find the sizes, with each of them open, and once more with what was found.
"""

from __future__ import annotations

from itertools import chain, count
from typing import NamedTuple, TypeAlias

from derive.errors import ReadError, Span
from derive.expr.shapes import Dimension, Shape, Sizes

What: TypeAlias = tuple[object, ...]
"""Something whose shape is to be found: a name, or a place."""


class Place(NamedTuple):
    r"""Where a text has `\mathbf{1}`, `I` and such (`filled`), or a unit vector (`unit`)."""

    kind: str
    source: str
    start: int
    stop: int


Letter: TypeAlias = tuple[str, tuple[str, ...]]
"""A letter with the accents that it has, but for arrows."""

DOTS = (("i", "imath"), ("j", "jmath"))
"""The first two unit vectors, with and without their dots."""

LETTERS = ("n", "m", "k", "p", "q", "r", "s", "d", "h")
"""Names for sizes, in the order in which they are given."""


class UnsettledError(Exception):
    """A shape is needed that has to be found first. Never leaves the reader."""


class Shaping:
    """The shapes that were found, or are being found while `sizes` is there."""

    def __init__(self, settled: dict[What, Shape] | None = None, sizes: Sizes | None = None) -> None:
        self.settled = settled or {}
        self.names = {name for shape in self.settled.values() for size in shape for name in size.names}
        """The names of the sizes that were found."""
        self.sizes = sizes
        self.opened: dict[What, Shape] = {}
        self.taken: set[str] = set()
        """The letters that mean something, so that no size is called by them."""
        self.space = 0
        r"""How many unit vectors there are, such as \hat\imath, \hat\jmath, \hat k; 0 where there are none."""
        self.vectors: set[Letter] = set()
        """The letters, with their accents, of vectors that stand bold and without a subscript: x_i is their entry."""
        self.arrays = False
        """Whether a text holds vectors or matrices, so that a plain I is the identity."""

    def shape(self, what: What, rank: int, square: bool = False) -> Shape:
        """Return the shape of something, opening a size for each index if it has not been met.

        Raises:
            UnsettledError: It is not known, and sizes are not being found.
        """
        known = self.settled.get(what) or self.opened.get(what)
        if known is not None:
            return known
        if self.sizes is None:
            raise UnsettledError
        fresh = [self.sizes.new(f"?{len(self.sizes.open)}") for _ in range(1 if square else rank)]
        self.opened[what] = tuple(fresh * 2 if square else fresh)
        return self.opened[what]

    def found(self) -> dict[What, Shape]:
        """Return the shapes that were found; a size that nothing tells gets a letter that is not taken.

        Raises:
            ReadError: A unit vector has such a size, which nothing in its spelling could tell either.
        """
        assert self.sizes is not None
        resolved = {what: tuple(map(self.sizes.resolved, shape)) for what, shape in self.opened.items()}
        units = {place: shape for place, shape in resolved.items() if isinstance(place, Place) and place.kind == "unit"}
        told = {n for what, shape in resolved.items() if what not in units for d in shape for n in d.names}
        for place, (size,) in units.items():
            if any(n.startswith("?") and n not in told for n in size.names):
                raise _sizeless(place)
        used = self.taken | {n for shape in resolved.values() for d in shape for n in d.names}
        free = chain((c for c in LETTERS if c not in used), (f"n_{k}" for k in count(1)))
        names: dict[str, Dimension] = {}
        for shape in resolved.values():
            for name in (n for d in shape for n in d.names if n.startswith("?")):
                if name not in names:
                    names[name] = Dimension.of(next(free))
        return {what: tuple(d.replaced(names) for d in shape) for what, shape in resolved.items()}


def are_units(vectors: set[Letter], accents: tuple[str, ...]) -> bool:
    """Tell whether there are a bold i and a bold j with these accents, which then are unit vectors."""
    return all(any((letter, accents) in vectors for letter in pair) for pair in DOTS)


def let(declaration: str) -> str:
    """Return the option that declares something, quoted as a shell understands it."""
    quote = '"' if "'" in declaration else "'"
    return f"--let {quote}{declaration}{quote}"


def _sizeless(unit: Place) -> ReadError:
    """Return the refusal of a unit vector whose size nothing tells."""
    typed = unit.source[unit.start : unit.stop]
    hint = "for a vector of its own: " + let(rf"{typed} \in \mathbb{{R}}^n")
    return ReadError(f"nothing tells the size of {typed}", Span(unit.start, unit.stop), hint, unit.source)
