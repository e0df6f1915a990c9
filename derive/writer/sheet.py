"""The records that a template of a sheet sees: a whole document, and the problems in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from derive.errors import UnsupportedError
from derive.writer.prose import Prose
from derive.writer.records import Graph, View


@dataclass(frozen=True, slots=True)
class Profile:
    """For whom a sheet is, by name, and what it shows besides the statements."""

    name: str
    hints: bool = False
    answers: bool = False
    solutions: bool = False
    notes: bool = False


PROFILES = {
    p.name: p
    for p in (
        Profile("student"),
        Profile("hints", hints=True),
        Profile("answers", answers=True),
        Profile("key", hints=True, answers=True, solutions=True, notes=True),
    )
}


@dataclass(frozen=True, slots=True)
class ExerciseView:
    """A problem (`number` is 1, 2, ...) or a part of one (a, b, ...).

    `view` is the worked solution, and `graph` its graph where one is wanted; both are None where the author wrote the
    solution. All text of the author is `Prose`, which an output escapes by itself when it is printed.
    """

    id: str
    number: str
    title: Prose
    statement: Prose
    solution: Prose
    points: str
    hints: tuple[Prose, ...]
    notes: Prose
    tags: tuple[Prose, ...]
    difficulty: Prose
    view: View | None
    graph: Graph | None
    parts: tuple[ExerciseView, ...]

    @property
    def own_points(self) -> str:
        """The points for the problem alone: none where its parts have some, of which `points` is the sum."""
        return "" if any(part.points for part in self.parts) else self.points

    def every_part(self) -> Iterator[ExerciseView]:
        """Yield the problem and its parts."""
        yield self
        for part in self.parts:
            yield from part.every_part()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document: its head, its problems, for whom it is (`profile`), and which version it is (A, B, or empty)."""

    name: str
    title: Prose
    course: Prose
    author: Prose
    date: Prose
    instructions: Prose
    version: str
    points: str
    lang: str
    profile: Profile
    problems: tuple[ExerciseView, ...]

    @property
    def has_graphs(self) -> bool:
        """Whether any problem has a graph of its working."""
        return any(part.graph for problem in self.problems for part in problem.every_part())


def halves(points: str) -> str:
    r"""Return points as the exam class counts them: `2\half`.

    Raises:
        UnsupportedError: They are no multiple of a half.
    """
    whole, _, rest = points.partition(".")
    if rest.strip("0") not in ("", "5"):
        hint = "the looks article, handout and page print any points"
        raise UnsupportedError(f"{points} points: the exam class counts whole and half ones", hint=hint)
    return (whole.lstrip("0") if rest.strip("0") else whole) + (r"\half" if rest.strip("0") else "")
