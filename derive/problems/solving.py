"""Exercises -> work for the engine, and its results -> what templates see of an exercise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

from derive.engine.work import Fault, Result, Wanted, Work
from derive.problems.model import Exercise, total
from derive.problems.outputs import JSON
from derive.problems.request import Request
from derive.writer.prose import Prose
from derive.writer.sheet import ExerciseView

_SHOWN = ("detail", "shapes", "width", "graph")
"""The options of an exercise that say how its solution is shown; the others say how it is found."""


def tasks(exercise: Exercise) -> Iterator[Exercise]:
    """Yield what has to be solved of an exercise: itself, its parts, or both."""
    return (e for e in (exercise, *exercise.parts) if e.latex)


def work(exercise: Exercise, formats: Sequence[str], lang: str, request: Request) -> list[Work]:
    """Return the work that an exercise makes, in the order of `tasks`, with a wanted view for each format."""
    return [_work(e, exercise, formats, lang, request) for e in tasks(exercise)]


def _work(e: Exercise, whole: Exercise, formats: Sequence[str], lang: str, request: Request) -> Work:
    shown: dict[str, Any] = {name: value for name, value in e.options.items() if name in _SHOWN}
    found: dict[str, Any] = {name: value for name, value in e.options.items() if name not in _SHOWN}
    if e.uses:
        found["let"] = (*found.get("let", ()), *_given(e, whole))
    if request.oracle:
        found["oracle"] = True
    shown |= {"lang": lang, "templates": tuple(map(str, request.templates))}
    wanted = tuple(Wanted("record") if f == JSON else Wanted(f, **shown) for f in formats)
    return Work(e.latex, found, wanted, request.limits)


def _given(e: Exercise, whole: Exercise) -> list[str]:
    """Return the equations of the parts that a part uses, and of those that these use."""
    wanted = set(e.uses)
    found: list[str] = []
    for part in reversed(whole.parts):  # a part uses earlier ones
        if part.id in wanted:
            wanted.update(part.uses)
            found.append(part.latex)
    return found[::-1]


@dataclass(frozen=True, slots=True)
class Solved:
    """A problem with the results of its tasks, in the order of `tasks`; each holds a view for each of `formats`."""

    exercise: Exercise
    number: int
    formats: tuple[str, ...]
    results: tuple[Result, ...]

    @property
    def faults(self) -> list[tuple[Exercise, Fault]]:
        """What could not be solved, and why."""
        pairs = zip(tasks(self.exercise), self.results, strict=True)
        return [(e, result.fault) for e, result in pairs if result.fault is not None]

    @property
    def warnings(self) -> list[tuple[Exercise, str]]:
        """What the oracle objects to."""
        pairs = zip(tasks(self.exercise), self.results, strict=True)
        return [(e, text) for e, result in pairs for text in result.warnings]

    @property
    def error(self) -> float:
        """The largest relative error that a line of the solutions was checked with."""
        return max((r.error for r in self.results), default=0.0)

    def view(self, form: str) -> ExerciseView:
        """Return what a template sees of the problem in a format."""
        found = self._found()
        letters = (
            ascii_lowercase[i] if i < len(ascii_lowercase) else str(i + 1) for i in range(len(self.exercise.parts))
        )
        parts = tuple(
            self._view(e, letter, found, form, ()) for e, letter in zip(self.exercise.parts, letters, strict=True)
        )
        return self._view(self.exercise, str(self.number), found, form, parts)

    def record(self) -> dict[str, Any]:
        """Return the problem and its solutions as data."""
        return self._record(self.exercise, self._found()) | {"number": self.number}

    def _found(self) -> Mapping[int, Result]:
        return {id(e): result for e, result in zip(tasks(self.exercise), self.results, strict=True)}

    def _view(
        self, e: Exercise, number: str, found: Mapping[int, Result], form: str, parts: tuple[ExerciseView, ...]
    ) -> ExerciseView:
        result = found.get(id(e))
        view, graph = result.view(self.formats.index(form)) if result is not None else (None, None)
        return ExerciseView(
            id=e.id,
            number=number,
            title=Prose(e.title),
            statement=Prose(e.statement),
            solution=Prose(e.solution),
            points=total([e]),
            hints=tuple(map(Prose, e.hints)),
            notes=Prose(e.notes),
            tags=tuple(map(Prose, e.tags)),
            difficulty=Prose(e.difficulty),
            view=view,
            graph=graph,
            parts=parts,
        )

    def _record(self, e: Exercise, found: Mapping[int, Result]) -> dict[str, Any]:
        result = found.get(id(e))
        return {
            "id": e.id,
            "title": e.title,
            "statement": e.statement,
            "points": e.points,
            "tags": list(e.tags),
            "difficulty": e.difficulty,
            "hints": list(e.hints),
            "notes": e.notes,
            "solution": e.solution,
            "derivation": result.shown[self.formats.index(JSON)] if result is not None else None,
            "parts": [self._record(part, found) for part in e.parts],
        }
