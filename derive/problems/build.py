"""Sets -> sheets: what is missing is worked out, what is there already is left as it is.

A solution is kept under the hash of all that it depends on, and each file knows the hash of what it was made from.
Nothing here computes: formulas go to the engine, and templates get the records that come back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from derive.engine.limited import in_time
from derive.engine.messages import Message
from derive.engine.solver import Solver
from derive.engine.work import Fault, digest, fault_of, program
from derive.errors import UnsupportedError
from derive.options import as_in_files
from derive.problems.instances import instances, names_of_variants
from derive.problems.manifest import Record
from derive.problems.model import Exercise, ProblemSet, total
from derive.problems.outbox import Outbox
from derive.problems.outputs import JSON, Output, outputs, refuse_clashes
from derive.problems.pdf import add_pdfs
from derive.problems.request import Request, Shard
from derive.problems.solving import Solved, tasks, work
from derive.trees.source import Place
from derive.writer.looks import templates_hash
from derive.writer.prose import Prose
from derive.writer.sheet import PROFILES, ExerciseView, Sheet
from derive.writer.sheets import faulty, render_problem, render_sheet


@dataclass(frozen=True, slots=True)
class _Version:
    """One version of a set: its problems, what is to be made of them, and the hash of what each file is made from."""

    name: str
    exercises: tuple[Exercise, ...]
    documents: tuple[Output, ...]
    alone: Mapping[int, Sequence[Output]]
    """The files that hold one problem, by its number from 0."""
    sources: Mapping[str, str]
    points: str
    """Of all problems together."""


@dataclass(slots=True)
class Build:
    """The build of one set.

    Attributes:
        name: What the set is called: its file without the ending.
        file: Its file, for messages.
        problems: What it says.
        request: What is to be made.
        before: The record of an earlier build.
        outbox: Where the files go.
        solver: What works formulas out.
        shard: Work out only a part of the problems, and write no documents.
    """

    name: str
    file: Path
    problems: ProblemSet
    request: Request
    before: Record
    outbox: Outbox
    solver: Solver
    shard: Shard | None = None
    unfinished: bool = False
    """Whether something may come out otherwise the next time, although nothing has changed: a time that was up, TeX."""
    _lacking: set[str] = field(default_factory=set)
    """The outputs that cannot show all their problems."""
    _evidence: dict[str, float] = field(default_factory=dict)
    _messages: dict[Message, None] = field(default_factory=dict)

    def run(self) -> Record:
        """Build all versions, and return the record of it.

        Raises:
            DeriveError: A look is not there, a template is at fault, or a file cannot be written.
            ProblemFileError: The set cannot be built as it is; nothing was written.
        """
        versions = list(self._versions())
        whole = [o for _, _, made in versions for o in made]
        refuse_clashes(whole, self.outbox.taken)
        for name, exercises, made in versions:
            self._build(self._planned(name, exercises, made))
        documents = [o.name for o in whole if o.problem is None and o.format == "latex"]
        if self.request.pdf and self.shard is None:
            there = [name for name in documents if name in self.outbox.made]
            told = add_pdfs(there, self.outbox, self.before)
            self.unfinished |= any(m.kind == "error" for m in told)
            self._messages.update(dict.fromkeys(told))
        known = {**self.before.evidence, **self._evidence}
        failed = {m.problem for m in self._messages if m.kind == "error"}
        solvable = {e.id: any(tasks(e)) for _, exercises, _ in versions for e in exercises}
        drawn_or_not = {name for e in self.problems.problems for name in names_of_variants(e)}
        return Record(
            made=self.outbox.finish(drawn_or_not),
            problems=len(solvable),
            evidence={i: known[i] for i in sorted(solvable.keys() - failed) if solvable[i] and i in known},
            messages=tuple(self._messages),
        )

    def _versions(self) -> Iterator[tuple[str, tuple[Exercise, ...], list[Output]]]:
        """Yield the name of each version, its problems, and the files that are to be made of them."""
        for number, name in enumerate(self.request.versions or ("",)):
            exercises = instances(self.problems, number, draw=self.request.draw, seed=self.request.seed)
            yield name, exercises, outputs(self.name, name, exercises, self.request)

    @property
    def lang(self) -> str:
        """The language of the outputs."""
        return self.request.lang or self.problems.lang

    def _planned(self, name: str, exercises: tuple[Exercise, ...], made: Sequence[Output]) -> _Version:
        """Return the version with those files that are not as they should be."""
        head = asdict(replace(self.problems, problems=()))
        points = total(exercises)
        how = (self.request.flavor, self.lang, templates_hash(self.request.templates), points)
        shared = digest(head, how, program())
        hashes = [self._hash(e) for e in exercises]
        documents: list[Output] = []
        alone: dict[int, list[Output]] = {}
        sources: dict[str, str] = {}
        for o in filter(self._is_ours, made):
            held = hashes if o.problem is None else hashes[o.problem]
            sources[o.name] = digest(shared, asdict(o), held)
            if not self.outbox.is_current(o.name, sources[o.name]):
                (documents if o.problem is None else alone.setdefault(o.problem, [])).append(o)
        return _Version(name, exercises, tuple(documents), alone, sources, points)

    def _hash(self, e: Exercise) -> str:
        """Return a hash of a problem and of all that its solutions depend on."""
        return digest(asdict(_without_places(e)), [w.keys() for w in work(e, ("markdown",), self.lang, self.request)])

    def _is_ours(self, output: Output) -> bool:
        """Tell whether this build, or this shard of it, makes an output."""
        return self.shard is None or (output.problem is not None and self._is_part(output.problem))

    def _is_part(self, problem: int) -> bool:
        """Tell whether this build, or this shard of it, works out the problem with a number."""
        return self.shard is None or problem % self.shard.of == self.shard.part - 1

    def _build(self, version: _Version) -> None:
        """Write each file that holds one problem as soon as that is solved, then the documents."""
        whole: list[Solved] = []
        passing = False
        for i, solved in self._solved(version):
            self._tell(solved)
            faults = solved.faults
            passing |= not all(fault.lasting for _, fault in faults)
            for o in version.alone.get(i, ()):
                if faults:
                    self.outbox.keep(o.name)
                else:
                    self._write(o, version, [solved])
            if version.documents and not faults:
                whole.append(solved)
        self.unfinished |= passing
        for o in version.documents:
            self._write(o, version, whole, unfinished=passing)

    def _solved(self, version: _Version) -> Iterator[tuple[int, Solved]]:
        """Yield the problems that files need, solved; also those that failed before, so that their errors are told.

        A shard works its part out for the documents too, although it writes none.
        """
        failed = {m.problem for m in self.before.messages}
        documents: Sequence[Output] = version.documents
        if self.shard is not None:
            made = outputs(self.name, version.name, version.exercises, self.request)
            documents = [o for o in made if o.problem is None]
        shared = {o.format for o in documents}
        needed: list[tuple[int, tuple[str, ...]]] = []
        for i, e in enumerate(version.exercises):
            formats = {o.format for o in version.alone.get(i, ())} | (shared if self._is_part(i) else set())
            if formats or e.id in failed:
                needed.append((i, tuple(sorted(formats or {"markdown"}))))
        total = sum(len(list(tasks(version.exercises[i]))) for i, _ in needed)
        every = (w for i, wanted in needed for w in work(version.exercises[i], wanted, self.lang, self.request))
        results = self.solver.results(every, total)
        for i, wanted in needed:
            e = version.exercises[i]
            yield i, Solved(e, i + 1, wanted, tuple(next(results) for _ in tasks(e)))
        next(results, None)  # what it has to do at its end

    # Writing ----------------------------------------------------------------------------------------------------------

    def _write(self, o: Output, version: _Version, solved: Sequence[Solved], unfinished: bool = False) -> None:
        """Write a file. One that lacks a problem which may be solved the next time is not final: `unfinished`."""
        text = self._as_json(version, solved) if o.look == JSON else self._rendered(o, version, solved)
        problem = version.exercises[o.problem].id if o.problem is not None else ""
        source = "" if unfinished or o.name in self._lacking else version.sources[o.name]
        if text:
            self.outbox.put(o.name, text.encode("utf-8"), source, problem)

    def _rendered(self, o: Output, version: _Version, solved: Sequence[Solved]) -> str:
        """Return what an output holds; problems that it cannot show are told, and left out. Empty if none is left.

        What lacks one is no final output: it is made again the next time, so that the problem is told again.
        """
        sheet = self._sheet(o, version, tuple(s.view(o.format) for s in solved))
        how: dict[str, Any] = {"flavor": self.request.flavor, "folders": self.request.templates}
        try:
            seconds = self.request.limits.seconds * max(1, len(solved))
            with in_time(seconds, f"no document of the look {o.look}", busy=True):  # a template may loop
                if o.problem is None:
                    return render_sheet(sheet, o.look, o.format, **how)
                return render_problem(sheet, sheet.problems[0], o.look, o.format, **how)
        except UnsupportedError as fault:
            bad = {solved[0].exercise.id: fault} if o.problem is not None else faulty(sheet, o.look, o.format, **how)
            if not bad:
                raise
            self._lacking.add(o.name)
            for s in solved:
                if s.exercise.id in bad:
                    self._add("error", s.exercise, s.exercise, fault_of(bad[s.exercise.id]))
            rest = [s for s in solved if s.exercise.id not in bad]
            return self._rendered(o, version, rest) if rest else ""

    def _sheet(self, o: Output, version: _Version, views: tuple[ExerciseView, ...]) -> Sheet:
        head = self.problems
        return Sheet(
            name=self.name,
            title=Prose(head.title),
            course=Prose(head.course),
            author=Prose(head.author),
            date=Prose(head.date),
            instructions=Prose(head.instructions),
            version=version.name,
            points=version.points,
            lang=self.lang,
            profile=PROFILES[o.profile],
            problems=views,
        )

    def _as_json(self, version: _Version, solved: Sequence[Solved]) -> str:
        head = {name: getattr(self.problems, name) for name in ("title", "course", "author", "date", "instructions")}
        body = {"schema": "derive-set/1", **head, "version": version.name, "problems": [s.record() for s in solved]}
        return json.dumps(body, ensure_ascii=False, indent=1) + "\n"

    # Telling ----------------------------------------------------------------------------------------------------------

    def _tell(self, solved: Solved) -> None:
        """Keep what is to be told about a problem."""
        for e, fault in solved.faults:
            self._add("error", solved.exercise, e, fault)
        for e, text in solved.warnings:
            self._add("warning", solved.exercise, e, Fault("W401", text, report=f"warning: {text}"))
        if solved.results and not solved.faults:
            self._evidence[solved.exercise.id] = max(solved.error, self._evidence.get(solved.exercise.id, 0.0))

    def _add(self, kind: str, problem: Exercise, e: Exercise, fault: Fault) -> None:
        place = e.latex_place or e.place
        if fault.source:  # an option of the problem, if not its formula
            place = place.at(fault.line, fault.column) if fault.source == e.latex else e.place
        name = problem.id if e is problem else f"{problem.id} ({e.id})"
        report = f"{self.file}:{place.line}:{place.column}: problem {name}: {as_in_files(fault.report, ': ')}"
        message = Message(kind, problem.id, str(self.file), place.line, place.column, fault.code, fault.message, report)
        self._messages[message] = None


_NOWHERE = Place(0, 0)


def _without_places(e: Exercise) -> Exercise:
    """Return an exercise without what changes when a line is added above it."""
    return replace(e, place=_NOWHERE, latex_place=None, parts=tuple(map(_without_places, e.parts)))
