"""How large the sizes are that have a name, and through which numbers an index runs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import chain, count, product

from derive.checker.arrays import Sizes
from derive.errors import UnsupportedError
from derive.expr.dimensions import as_dimension
from derive.expr.nodes import Entries, Entry, Expr, Filled, Integer, SumOver, Symbol, bound_by
from derive.expr.shapes import Dimension, Shape
from derive.expr.spelling import spell
from derive.expr.walks import children, postorder

_PREFERRED = (3, 4, 2)
"""Small sizes that are told apart, for the names in order of appearance; then 5, 6, 7, ..."""
_INSTANCES = 64
_NONE: frozenset[Symbol] = frozenset()


class Extents:
    """Sizes of the names that shapes are made of, and ranges and dependences of indices.

    All of it is found in the nodes that were noted; a name that turns up later gets the next size.
    """

    def __init__(self, bindings: Mapping[Symbol, Expr], nodes: Iterable[Expr]) -> None:
        self.bindings = bindings
        self._named: dict[str, int] = {}
        self._shapes: dict[Shape, Sizes] = {}
        self._bounds: dict[Symbol, tuple[Expr, Expr]] = {}
        self._runs: dict[Symbol, set[Dimension]] = {}
        self._indices: dict[Expr, frozenset[Symbol]] = {}
        least: dict[str, int] = {}
        for e in nodes:
            self._least(e, least)
            self.note(e)
        for index, (_, upper) in self._bounds.items():
            for size in self._runs.get(index, ()):
                if isinstance(upper, Integer) and size.name is not None:
                    least[size.name] = max(least[size.name], upper.value)
        for name, low in least.items():
            self._choose(name, low)

    @staticmethod
    def _least(e: Expr, least: dict[str, int]) -> None:
        """Note how large the sizes of a node have to be: no index beyond them, and none of them 1."""
        if isinstance(e, Symbol) and e.kind == "dimension":
            least.setdefault(spell(e), 2)
        for size in e.shape:
            offset = next((c for monomial, c in size.terms if not monomial), 0)
            for name in size.names:
                least[name] = max(least.get(name, 2), 2 - offset)
        if isinstance(e, Entry):
            for size, index in zip(e.sizes, e.indices, strict=False):
                if isinstance(index, Integer) and size.name is not None:
                    least[size.name] = max(least.get(size.name, 2), index.value)
        elif isinstance(e, Filled) and e.shape and e.shape[-1].name is not None:
            least[e.shape[-1].name] = max(least[e.shape[-1].name], e.index)

    def _choose(self, name: str, low: int = 2) -> int:
        taken = self._named.values()
        self._named[name] = next(k for k in chain(_PREFERRED, count(5)) if k >= low and k not in taken)
        return self._named[name]

    def size(self, name: str) -> int:
        """Return the size that a name stands for."""
        return self._named[name] if name in self._named else self._choose(name)

    def sizes(self, of: Shape) -> Sizes:
        """Return a shape in numbers."""
        if not of:
            return ()
        if of not in self._shapes:
            self._shapes[of] = tuple(map(self._number, of))
        return self._shapes[of]

    def _number(self, of: Dimension) -> int:
        total = 0
        for monomial, coefficient in of.terms:
            for name in monomial:
                coefficient *= self.size(name)
            total += coefficient
        if total < 1:
            raise UnsupportedError(f"the size {of} is {total} for the sizes that are tried")
        return total

    # Indices

    def note(self, e: Expr) -> None:
        """Note from a node how far the indices in it run."""
        if isinstance(e, SumOver):
            if e.lower is not None and e.upper is not None:
                self._bounds.setdefault(e.index, (e.lower, e.upper))
        elif isinstance(e, Entry):
            for size, index in zip(e.sizes, e.indices, strict=False):
                if isinstance(index, Symbol) and index.kind == "index":
                    self._runs.setdefault(index, set()).add(size)

    def range(self, index: Symbol) -> range:
        """Return the numbers that an index runs through: those of its sum, else of what it counts."""
        lower, upper = (as_dimension(bound) for bound in self._bounds.get(index, (index, index)))
        if lower is not None and upper is not None:
            return range(self._signed(lower), self._signed(upper) + 1)
        if index in self._runs:
            return range(1, min(map(self._number, self._runs[index])) + 1)
        raise UnsupportedError(f"how far the index {index.name} runs is not known")

    def _run(self, index: Symbol, roots: tuple[Expr, ...]) -> list[int]:
        """Return the values of an index in some expressions: its letter may be that of a longer sum elsewhere."""
        entries = (e for e in postorder(*roots) if isinstance(e, Entry))
        sizes = {size for e in entries for size, i in zip(e.sizes, e.indices, strict=False) if i is index}
        least = min(map(self._number, sizes), default=math.inf)
        return [k for k in self.range(index) if k <= least]

    def _signed(self, of: Dimension) -> int:
        shifted = of + Dimension.of(_INSTANCES)  # a bound may be 0
        return self._number(shifted) - _INSTANCES

    def indices(self, root: Expr) -> frozenset[Symbol]:
        """Return the indices that the value of an expression depends on, through definitions too."""
        known = self._indices
        stack = [root]
        while stack:
            e = stack[-1]
            if e in known:
                stack.pop()
                continue
            parts = (self.bindings[e],) if isinstance(e, Symbol) and e in self.bindings else children(e)
            missing = [p for p in parts if p not in known]
            if missing:
                stack += missing
                continue
            stack.pop()
            found = _NONE.union(*(known[p] for p in parts))
            if isinstance(e, Symbol) and e.kind == "index":
                found = frozenset((e,))
            elif found and isinstance(e, SumOver | Entries):
                found = found.difference(bound_by(e))
            known[e] = found
        return known[root]

    def instances(self, *roots: Expr) -> list[dict[Symbol, int]]:
        """Return all values of the free indices of expressions.

        Raises:
            UnsupportedError: How far an index runs is not known, or there are too many.
        """
        if not (self._bounds or self._runs):
            return [{}]
        free = sorted(_NONE.union(*map(self.indices, roots)), key=spell)
        ranges = [self._run(index, roots) for index in free]
        out = [dict(zip(free, values, strict=True)) for values in product(*ranges)]
        if len(out) > _INSTANCES:
            raise UnsupportedError(f"a line with more than {_INSTANCES} values of its indices cannot be checked")
        return out
