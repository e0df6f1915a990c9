"""What a problem-set file says, as plain data: all text is as its author typed it, and knows no output format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from derive.trees.source import Place

Options: TypeAlias = Mapping[str, str | int | float | bool | tuple[str, ...]]
"""Options of `derive.solve` and `derive.render`, by their names in the library: `wrt`, `log_base`, `detail`, ..."""


@dataclass(frozen=True, slots=True)
class Range:
    """The values that a parameter may have, as the LaTeX that is put in for it, and those that it must not have.

    An excluded value may also be the name of another parameter: then both never have the same value.
    """

    values: tuple[str, ...]
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exercise:
    """A problem of a set, or a part of one. `latex` is empty where the author wrote the solution, if there is any.

    `statement`, `solution`, `hints` and `notes` are prose: paragraphs, with mathematics between dollar signs. `uses`
    are the ids of earlier parts whose equations are definitions in this one. `options` hold the defaults of the set
    too. `variants` is how many problems, with parameters drawn for each, a sheet gets of this one. Only a whole problem
    has `tags`, `difficulty`, `params` and `variants`, and only a part has `uses`.
    """

    id: str
    place: Place
    title: str = ""
    statement: str = ""
    latex: str = ""
    latex_place: Place | None = None
    solution: str = ""
    points: str = ""
    hints: tuple[str, ...] = ()
    notes: str = ""
    options: Options = field(default_factory=dict)
    parts: tuple[Exercise, ...] = ()
    uses: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    difficulty: str = ""
    params: Mapping[str, Range] = field(default_factory=dict)
    variants: int = 1


@dataclass(frozen=True, slots=True)
class ProblemSet:
    """A file of problems. `draw` is how many problems with a tag a sheet gets, by tag; `seed` decides all drawing."""

    problems: tuple[Exercise, ...]
    title: str = ""
    course: str = ""
    author: str = ""
    date: str = ""
    lang: str = "en"
    instructions: str = ""
    seed: str = ""
    draw: Mapping[str, int] = field(default_factory=dict)
    shuffle: bool = False


def total(exercises: Sequence[Exercise]) -> str:
    """Return the points of all problems together; where the parts have points, they count, not the problem's own."""
    points = [p.points for e in exercises for p in (e.parts if any(part.points for part in e.parts) else (e,))]
    whole = sum((Decimal(p) for p in points if p), Decimal(0))
    return f"{whole.normalize():f}" if whole else ""
