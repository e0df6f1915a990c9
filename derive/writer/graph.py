"""Derivation -> the graph of its working: what depends on what, on each edge the local derivative, and where it goes.

Coordinates are in ems, y downwards, so that all pictures of a graph agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from derive.derivation import Derivation, Scope, Step
from derive.errors import LimitError
from derive.expr.dimensions import as_formula
from derive.expr.nodes import Derivative, Entry, Expr, SumOver, Symbol
from derive.expr.shapes import ONE, Dimension
from derive.expr.walks import postorder, symbols
from derive.expr.width import width
from derive.writer.graph_layout import Layout, Link, layout
from derive.writer.height import in_line
from derive.writer.latex import latex
from derive.writer.layout import broken
from derive.writer.records import Edge, Formula, Graph, Node, Size
from derive.writer.text import text

LARGEST = 60
"""The most nodes that a picture is drawn for."""

_ROW = 18.0
"""How wide a definition may be, in ems, before it is broken."""
_VALUE = 13.0
"""How wide a derivative may be that stands on its edge; a wider one is named only."""
_CHARACTER = 0.54
"""About how wide a character is in a picture that is not set by TeX, in ems."""


def graph(derivation: Derivation) -> Graph:
    """Return the graph of how the function was worked out, up to its first derivative.

    Raises:
        LimitError: It has more than `LARGEST` nodes.
    """
    return _Maker(derivation).graph()


class _Maker:
    """What is known of a derivation, node by node."""

    def __init__(self, derivation: Derivation) -> None:
        self.notation = derivation.problem.notation
        stage = _first_stage(derivation.steps)
        self.scope = stage[-1].scope if stage else Scope()
        self.definitions = self.scope.definitions
        self.asked = set(_values(*derivation.problem.task.variables))
        self.locals = dict(_local_derivatives(stage))
        used = [_values(d.value) for d in self.definitions]
        named = {d.symbol for d in self.definitions}
        inputs = dict.fromkeys(s for values in used for s in values if s not in named)
        self.values = {d.symbol: d.value for d in self.definitions}
        self.order: list[Symbol] = [*inputs, *self.values]
        if len(self.order) > LARGEST:
            raise LimitError(f"the graph has {len(self.order)} nodes; a picture shows at most {LARGEST}")
        self.edges = [(a, d.symbol) for d, values in zip(self.definitions, used, strict=True) for a in values]
        self.moving = set(self.asked)
        for a, b in self.edges:
            if a in self.moving:
                self.moving.add(b)
        self.shaped = any(s.shape for s in self.order if s.kind != "family")

    def graph(self) -> Graph:
        parts = {s: self._parts(s) for s in self.order}
        sizes = [_stacked([*rows, caption] if caption.text else rows) for rows, caption in parts.values()]
        number = {s: i for i, s in enumerate(self.order)}
        named = [self._edge(a, b) for a, b in self.edges]
        links = [
            Link(number[a], number[b], _padded(label.size, 0.5, 0.8) if label.text else None)
            for (a, b), (_, label) in zip(self.edges, named, strict=True)
        ]
        found = layout(sizes, links)
        nodes = {s: self._node(s, parts[s], number[s], sizes[number[s]], found) for s in self.order}
        edges = tuple(
            Edge(nodes[a], nodes[b], a in self.moving, derivative, label, position or (0.0, 0.0), strokes)
            for (a, b), (derivative, label), position, strokes in zip(
                self.edges, named, found.labels, found.lines, strict=True
            )
        )
        return Graph(tuple(nodes.values()), edges, found.size, found.upward)

    def _node(self, s: Symbol, parts: _Parts, number: int, size: Size, found: Layout) -> Node:
        rows, caption = parts
        return Node(f"n{number + 1}", self._kind(s), self._name(s), rows, caption, found.boxes[number], size)

    def _kind(self, s: Symbol) -> str:
        if s not in self.values:
            return "variable" if s in self.asked else "constant"
        return "intermediate" if any(a is s for a, _ in self.edges) else "function"

    def _parts(self, s: Symbol) -> _Parts:
        return self._rows(s), self._shape(s).then(",", self._range(self._index(s)))

    def _rows(self, s: Symbol) -> tuple[Formula, ...]:
        name = self._name(s)
        if s not in self.values:
            return (name,)
        pieces = broken(self.values[s], _ROW)
        if len(pieces) > 4 or any(width(piece.part) > 2 * _ROW for piece in pieces):
            return (name.then("=", Formula(r"\dots", "…", Size(1.0, 1.0))),)
        first, *rest = pieces
        signs = [Formula(p.joint, "·" if p.joint == r"\cdot" else p.joint, Size(0.8, 1.0)) for p in rest]
        rows = [sign.then("", self._shown(piece.part)) for sign, piece in zip(signs, rest, strict=True)]
        return (name.then("=", self._shown(first.part)), *rows)

    def _name(self, s: Symbol) -> Formula:
        """The name; of indexed data, of its member."""
        member = s if s.kind != "family" else next(self._members(s), s)
        return self._shown(member)

    def _members(self, family: Symbol) -> Iterator[Entry]:
        for d in self.definitions:
            yield from (e for e in postorder(d.value) if isinstance(e, Entry) and e.of is family)

    def _index(self, s: Symbol) -> Expr | None:
        """The index of an indexed definition, or of data."""
        if s.kind != "family":
            return self.scope.indices.get(s)
        return next((member.indices[0] for member in self._members(s)), None)

    def _range(self, index: Expr | None) -> Formula:
        """What an index counts through, if a sum says so."""
        sums = (e for d in self.definitions for e in postorder(d.value) if isinstance(e, SumOver) and e.index is index)
        for lower, upper in ((e.lower, e.upper) for e in sums):
            if index and lower and upper:
                name, low, high = map(self._shown, (index, lower, upper))
                size = Size(name.size.width + low.size.width + high.size.width + 3.0, 1.2)
                latex_ = rf"{name.latex} = {low.latex}, \dots, {high.latex}"
                return Formula(latex_, f"{name.text} = {low.text}, …, {high.text}", size)
        return Formula()

    def _shape(self, s: Symbol) -> Formula:
        if not self.shaped:
            return Formula()
        sizes = [self._dimension(n) for n in (s.shape[1:] if s.kind == "family" else s.shape) or (ONE,)]
        total = Size(sum(f.size.width + 0.8 for f in sizes), 1.2)
        return Formula(r" \times ".join(f.latex for f in sizes), " × ".join(f.text for f in sizes), total)

    def _dimension(self, size: Dimension) -> Formula:
        return self._shown(as_formula(size))

    def _edge(self, a: Symbol, b: Symbol) -> tuple[Formula, Formula]:
        """The local derivative, and the label of an edge; a weak edge has none."""
        if a not in self.moving:
            return Formula(), Formula()
        lhs, value = self.locals.get((b, a), (self.scope.direct(b, a), None))
        derivative = self._shown(lhs)
        if value is None or width(value) > _VALUE:
            return derivative, derivative
        return derivative, derivative.then("=", self._shown(value))

    def _shown(self, e: Expr) -> Formula:
        plain = text(e, self.notation, self.scope)
        size = Size(max(width(e), _CHARACTER * len(plain)), in_line(e))
        return Formula(latex(e, self.notation, self.scope), plain, size)


_Parts = tuple[tuple[Formula, ...], Formula]
"""The rows of a node, and its caption."""


def _first_stage(steps: tuple[Step, ...]) -> list[Step]:
    """The steps before a derivative is itself named and differentiated, or something is made of the answers.

    Of several methods it is the first that names something.
    """
    methods = [step.substeps for step in steps if step.kind == "method"]
    if methods:
        return _first_stage(next((m for m in methods if any(s.kind == "define" for s in m)), methods[0]))
    return list(takewhile(lambda s: not (s.kind in _LATER or (s.kind == "define" and s.about)), steps))


_LATER = frozenset(("name", "update", "method", "compare"))


def _local_derivatives(steps: Iterable[Step]) -> Iterator[tuple[tuple[Expr, Symbol], tuple[Derivative, Expr]]]:
    """Yield, by what is differentiated and by what, each derivative of a definition and its value at the end."""
    for step in steps:
        if step.kind not in ("differentiate", "direct"):
            continue
        goes_on = {line.lhs: line.rhs for line in step.lines if not isinstance(line.lhs, Derivative)}
        for line in step.lines:
            if isinstance(line.lhs, Derivative):
                value = line.rhs
                while value in goes_on:
                    value = goes_on.pop(value)
                yield from (((line.lhs.of, s), (line.lhs, value)) for s in _values(*line.lhs.wrt))


def _values(*roots: Expr) -> tuple[Symbol, ...]:
    """The symbols that stand for values, or for data."""
    return tuple(s for s in symbols(*roots) if s.kind in ("variable", "family"))


def _stacked(rows: Sequence[Formula]) -> Size:
    inner = Size(max(f.size.width for f in rows), sum(f.size.height + 0.3 for f in rows))
    return _padded(inner, 1.2, 0.7)


def _padded(size: Size, width: float, height: float) -> Size:
    return Size(size.width + width, size.height + height)


__all__ = ["Edge", "Formula", "Graph", "Node", "graph"]
