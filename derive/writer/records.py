"""The view records: everything that a template sees of a solution, as plain data that can be stored as JSON.

This module imports nothing that computes, so what was stored is rendered without it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

Point: TypeAlias = tuple[float, float]
Stroke: TypeAlias = tuple[Point, ...]
"""A start, and three points for each cubic curve that continues it."""


class Size(NamedTuple):
    """The size of a box, in ems."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class ReasonView:
    """A reason: its words, the formulas it is about, and the name of the rule or move in the vocabulary."""

    words: str
    about: tuple[str, ...]
    name: str = ""

    @property
    def width(self) -> float:
        """The width on the page with the comma behind it, roughly, in ems."""
        return 0.42 * len(self.words) + 3 * len(self.about) + 0.7


@dataclass(frozen=True, slots=True)
class Row:
    """A row of an aligned display: `lhs relation rhs`, and at the right why. `lhs` is empty where a chain goes on.

    A row with a `joint` continues the right-hand side of the row before; `gap` is the space that is wanted below.
    Its width and height are rough, in ems.
    """

    lhs: str
    relation: str
    rhs: str
    reasons: tuple[ReasonView, ...] = ()
    joint: str = ""
    gap: str = ""
    width: float = 0.0
    height: float = 0.0


@dataclass(frozen=True, slots=True)
class StepView:
    """A step: its number, kind and what it is about, the facts that its title needs, its rows."""

    number: int
    kind: str
    about: tuple[str, ...]
    rows: tuple[Row, ...]
    root: str
    facts: frozenset[str]
    beside: bool
    """Whether reasons stand right beside their rows, because a column of them would be pushed away, or off the page."""


class Convention(NamedTuple):
    """Points at which the answer has a value although there may be no derivative: the `side` whose value that is."""

    where: str
    side: str
    some: tuple[str, ...]
    """The indices that the points may have any value of."""


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer: the rows that state it (more than one when it is broken), and where it holds.

    `conventions` are where it has a value although there may be no derivative. A `general` one holds derivatives that
    are only named.
    """

    rows: tuple[Row, ...]
    conditions: tuple[str, ...]
    each: tuple[str, ...]
    """The indices for all of whose values the conditions are meant."""
    conventions: tuple[Convention, ...]
    closed: bool
    wide: bool
    general: bool


@dataclass(frozen=True, slots=True)
class ProblemView:
    """What was asked: the function as an equation, its definitions, the task in its parts."""

    kind: str
    function: str
    formula: str
    definitions: tuple[str, ...]
    variables: tuple[str, ...]
    derivatives: tuple[str, ...]
    order: int
    at: tuple[str, ...]
    partial: bool
    layout: str
    turned: bool
    shapes: tuple[str, ...]
    wide: bool
    tall: bool
    rows: tuple[Row, ...] = ()
    """The equation, broken where it is too wide for a row."""


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """What the checks found over all lines, and whether other systems agree: None where they do not say."""

    lines: int
    points: int
    error: str
    digits: int
    proved: int
    unchecked: int
    reads_same: bool | None
    sympy_agrees: bool | None
    functions: bool
    """Whether functions are declared only, so that the checks made some up."""


@dataclass(frozen=True, slots=True)
class NoteView:
    """Something that was decided for the author."""

    kind: str
    about: str


@dataclass(frozen=True, slots=True)
class View:
    """Everything that a template sees."""

    problem: ProblemView
    steps: tuple[StepView, ...]
    answers: tuple[AnswerView, ...]
    conventions: tuple[Convention, ...]
    notes: tuple[NoteView, ...]
    evidence: EvidenceView
    method: str
    detail: str
    lang: str = "en"
    """The language of the reasons, in which the rest is to be said too."""

    @property
    def graph_place(self) -> int:
        """The place among the steps before which the graph goes: where its derivatives are put together, else the end.

        Of several methods it is the first that names something.
        """
        ends = [i for i, s in enumerate(self.steps) if s.kind in ("method", "compare")] or [0]
        parts = [range(a, b) for a, b in pairwise((*ends, len(self.steps)))]
        drawn = next((p for p in parts if any(self.steps[i].kind == "define" for i in p)), parts[0])
        return next((i for i in drawn if self.steps[i].kind == "combine"), drawn.stop)


_NO_ROOM = Size(0.0, 0.0)
_SIGNS = {"=": (" = ", " = "), ",": (r",\ ", ", "), "": (" ", " ")}


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula in LaTeX and as text, and the room that the larger of both takes, in ems."""

    latex: str = ""
    text: str = ""
    size: Size = _NO_ROOM

    def then(self, sign: str, other: Formula) -> Formula:
        """Return this formula, a sign, and another formula, in one row."""
        if not self.text:
            return other
        if not other.text:
            return self
        in_latex, in_text = _SIGNS[sign]
        size = Size(self.size.width + 1.6 + other.size.width, max(self.size.height, other.size.height))
        return Formula(self.latex + in_latex + other.latex, self.text + in_text + other.text, size)


@dataclass(frozen=True, slots=True)
class Node:
    """A value: `kind` is `variable` (asked for), `constant`, `intermediate` or `function`; (x, y) is its centre.

    `rows` is the name with its definition, broken where it is long. `caption` is its shape, unless all are numbers,
    and what its index counts through if it has one.
    """

    key: str
    kind: str
    name: Formula
    rows: tuple[Formula, ...]
    caption: Formula
    position: Point
    size: Size


@dataclass(frozen=True, slots=True)
class Edge:
    """From an argument to what is defined by it; `strong` on a way from a variable of the task, and only then labelled.

    `derivative` is the local derivative as it is named, `label` with its value if that is short; `position` is the
    centre of the label. `strokes` are the parts of the line, as in `graph_layout`.
    """

    source: Node
    target: Node
    strong: bool
    derivative: Formula
    label: Formula
    position: Point
    strokes: tuple[Stroke, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """The graph of a working: inputs first, each node after what it depends on. `upward`: else from left to right."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    size: Size
    upward: bool


# As JSON --------------------------------------------------------------------------------------------------------------

_RECORDS: dict[str, type[Any]] = {
    cls.__name__: cls
    for cls in (
        View, ProblemView, StepView, Row, ReasonView, AnswerView, Convention, EvidenceView, NoteView,
        Graph, Node, Edge, Formula, Size,
    )
}  # fmt: skip
"""The records, by the names that they are stored under."""


def encode(value: object) -> Any:
    """Return a record as lists, numbers and text: `["Row", lhs, relation, ...]`; `decode` is the way back."""
    if is_dataclass(value) and not isinstance(value, type):
        return [type(value).__name__, *(encode(getattr(value, f.name)) for f in fields(value))]
    if isinstance(value, frozenset):
        return ["frozenset", *sorted(value)]
    if isinstance(value, tuple):
        name = type(value).__name__ if type(value).__name__ in _RECORDS else "tuple"
        return [name, *map(encode, value)]
    return value


def decode(stored: Any) -> Any:
    """Return the record that `encode` stored."""
    if not isinstance(stored, list):
        return stored
    name, *values = stored
    parts: Iterable[Any] = map(decode, values)
    if name == "tuple":
        return tuple(parts)
    return frozenset(parts) if name == "frozenset" else _RECORDS[name](*parts)
