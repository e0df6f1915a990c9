"""A solution -> frames of slides: what stands on one together, by how high it is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from derive.writer.records import AnswerView, Row, StepView, View

_ROOM = 20.0
"""How high all that stands on a frame may be, in ems."""
_LINE, _AROUND = 1.5, 1.6
"""How high a line of text is with the space above it, and the space above and below a display."""
_ANSWER = 2.3
"""What the box and the evidence add to an answer."""
_ACROSS = 36.0
"""How wide answers that share a line may be together."""


class Item(NamedTuple):
    """What appears at once: a `step`, or those of its rows that there is room for, the `graph`, or the `answer`.

    A step that is `continued` began on the frame before.
    """

    kind: str
    step: StepView | None = None
    rows: Sequence[Row] = ()
    continued: bool = False


def frames(view: View, solved: bool = True, graph: int = -1) -> list[list[Item]]:
    """Return what stands on each frame: the answer, and the steps before it if the frames show how it was `solved`.

    The `graph` stands before the step at this place, behind the last one if there is none, nowhere if it is negative.
    """
    made: list[list[Item]] = []
    used = 0.0
    for item, height in _items(view, solved, graph):
        opens = item.step is not None and item.step.kind == "method"
        if not made or opens or used + height > _ROOM:
            made.append([])
            used = 0.0
        made[-1].append(item)
        used += height
    return made


def _items(view: View, solved: bool, graph: int) -> Iterator[tuple[Item, float]]:
    """Yield what appears, each with its height."""
    if solved:
        for place, step in enumerate(view.steps):
            if place == graph:
                yield Item("graph"), _ROOM
            yield from _step(step)
        if graph == len(view.steps):
            yield Item("graph"), _ROOM
    told = 2 * bool(view.conventions) + (solved and bool(view.notes))
    yield Item("answer"), _ANSWER + _answers(view.answers) + told * _LINE


def _answers(answers: Sequence[AnswerView]) -> float:
    """How high answers are: the wide ones are displays below the word, the others share lines."""
    wide = sum(_height(a.rows) + _AROUND for a in answers if a.wide)
    rows = [row for a in answers if not a.wide for row in a.rows]
    lines = math.ceil(sum(row.width + 5.0 for row in rows) / _ACROSS)
    return wide + lines * max((row.height for row in rows), default=0.0)


def _step(step: StepView) -> Iterator[tuple[Item, float]]:
    """Yield a step, in pieces if it is too high for a frame; each begins with a left-hand side."""
    if not step.rows:
        yield Item("step", step), _LINE
    around = _LINE * (2 if _has_long_title(step) else 1) + _AROUND
    lhs = ""
    for number, rows in enumerate(_parted(step.rows, _ROOM - around)):
        if rows[0].relation and not rows[0].lhs:
            rows[0] = replace(rows[0], lhs=lhs)
        lhs = next((row.lhs for row in reversed(rows) if row.lhs), lhs)
        yield Item("step", step, rows, number > 0), around + _height(rows)


def _has_long_title(step: StepView) -> bool:
    """Tell whether the words of a step need two lines."""
    if step.kind == "combine":
        return "ordered" in step.facts or ("several paths" in step.facts and len(step.about) > 1)
    return step.kind == "differentiate" and "held" in step.facts


def _parted(rows: Sequence[Row], room: float) -> list[list[Row]]:
    """Part rows into about equal pieces for which there is room."""
    whole = _height(rows)
    even = whole / max(1, math.ceil(whole / room))
    pieces: list[list[Row]] = []
    for unit in _units(rows, room):
        if pieces and _height([*pieces[-1], *unit]) <= room and _height(pieces[-1]) + _height(unit) / 2 <= even:
            pieces[-1] += unit
        else:
            pieces.append(unit)
    return pieces


def _units(rows: Sequence[Row], room: float) -> Iterator[list[Row]]:
    """Yield the rows that stay together: those of a broken line, if there is room for all of them."""
    lines: list[list[Row]] = []
    for row in rows:
        if not lines or row.relation:
            lines.append([])
        lines[-1].append(row)
    for line in lines:
        yield from [line] if _height(line) <= room else [[row] for row in line]


def _height(rows: Sequence[Row]) -> float:
    """How high a display is: a gap stands between two rows, so that the last one counts for nothing."""
    gaps = [float(row.gap.removesuffix("pt") or 0) / 10 for row in rows]
    return sum(row.height for row in rows) + sum(gaps[:-1])
