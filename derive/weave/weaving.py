"""One page: a document, its blocks, what is asked of the engine, and the document with what came of it.

    woven = weave(text, path, solve, files)

or, to let the engine work on several documents at once, `draft` each, solve the `requests` of all, and `finish` each.
Nothing here reads or writes a file; `files` says what a document may name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from derive.errors import Span
from derive.weave.edits import Edit, edited
from derive.weave.latex import latex_items
from derive.weave.latex_page import Beside, LatexPage, as_tex_finds, is_removable, root_of, with_formula
from derive.weave.macros import macros_in
from derive.weave.markdown import markdown_items
from derive.weave.markdown_page import MarkdownPage, anchored
from derive.weave.markers import Markers, digest_of_result
from derive.weave.model import Block, Failure, Item, Outcome, Request, Solve, Woven
from derive.weave.options import Files, Values, combined, read_options
from derive.weave.said import DocumentError, Place, Said
from derive.weave.text import offset
from derive.weave.work import Around, Job, Jobs

FORMATS = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".mdown": "markdown",
    ".mkd": "markdown",
    ".mdx": "markdown",
    ".qmd": "markdown",
    ".rmd": "markdown",
    ".tex": "latex",
    ".ltx": "latex",
    ".latex": "latex",
}
"""The documents that can be woven, by the ends of their names."""

_FLAVORS = {".qmd": "quarto", ".rmd": "pandoc"}
_CHANGED = "to have it made anew, delete what was changed; to keep it, delete its markers"


@dataclass(frozen=True, slots=True)
class How:
    """How a document is woven.

    Attributes:
        config: Options of the folder (`config.read_config`).
        flags: Options that go before all others: those of the command line.
        markers: Whether solutions stand between markers, so that they can be made anew in place.
        again: Make all solutions anew, also those that are up to date or were changed by hand.
        stamp: What else solutions depend on: the version of the program, a hash of the user's templates.
        beside: The files in the folder beside a LaTeX document, texts by names relative to the document.
            Their lines end with a line feed alone.
    """

    config: Values = field(default_factory=dict)
    flags: Values = field(default_factory=dict)
    markers: bool = True
    again: bool = False
    stamp: str = ""
    beside: Mapping[str, str] = field(default_factory=dict)


def weave(document: str, path: Path, solve: Solve, files: Files, how: How | None = None) -> Woven:
    """Return a document with the solutions of its blocks.

    Args:
        document: Its text.
        path: Its name, which also tells its format.
        solve: What works formulas out.
        files: The files that it may name.
        how: Options, and what is there already.
    """
    drafted = draft(document, path, files, how)
    return drafted.finish(solve(drafted.requests))


def draft(document: str, path: Path, files: Files, how: How | None = None) -> Draft:
    """Return a document of which it is known what has to be worked out."""
    return Draft(document, path, files, how or How())


class Draft:
    """A document whose blocks are found. `requests` are those formulas that have no solution that is up to date."""

    def __init__(self, document: str, path: Path, files: Files, how: How) -> None:
        self.document, self.path, self.files, self.how = document, path, files, how
        self.place = Place(document, str(path))
        self.format = FORMATS.get(path.suffix.lower(), "markdown")
        self.markers = Markers("{/*", "*/}") if path.suffix.lower() == ".mdx" else Markers()
        self.errors: list[DocumentError] = []
        self.jobs: list[Job] = []
        self.beside = Beside(path, how.beside)
        self.refused = False
        try:
            self.jobs = self._jobs()
            self._refuse_twins()
            self._refuse_same_labels()
            for job in self.jobs:
                self._look_for_earlier(job)
        except DocumentError as error:
            self.refused, self.errors, self.jobs = True, [error], []
        self._todo = [job for job in self.jobs if job.request and not job.current and job.fault is None]

    @property
    def requests(self) -> tuple[Request, ...]:
        """What has to be worked out, in the order of the document."""
        return tuple(job.request for job in self._todo if job.request)

    def _items(self) -> tuple[list[Item], list[Said]]:
        if "derive" not in self.document:
            return [], []
        if self.format == "latex":
            return latex_items(self.document, self.place), []
        return markdown_items(self.document, self.place, self.markers)

    def _jobs(self) -> list[Job]:
        items, front = self._items()
        if not items:
            return []
        front_values = read_options(front, self.place, self.files)
        flavor = _FLAVORS.get(self.path.suffix.lower(), "dollar")
        macros = self._macros() if self.format == "latex" else []
        below = combined(self.how.config, front_values)
        page = _without(items, self.document)
        around = Around(below, self.how.flags, self.format, flavor, self.how.stamp, macros, page)
        maker = Jobs(self.place, self.files, around)
        maker.places |= {s.value: s.value_at for s in front}
        jobs: list[Job] = []
        for job in maker.of(items):
            if isinstance(job, Job):
                jobs.append(job)
            else:
                self.errors.append(job)
        return jobs

    def _macros(self) -> list[tuple[int, str, str]]:
        """Return the macros of a LaTeX document, and those of the document that it is a part of."""
        found = [(m.stop, m.name, m.text) for m in macros_in(self.document)]
        root = root_of(self.document)
        if root:
            try:
                text = self.files.text(self.files.find(root))
            except ValueError:
                return found  # what is missing then is told where it is used
            found = [(0, m.name, m.text) for m in macros_in(text)] + found
        return found

    def _refuse_twins(self) -> None:
        """Refuse environments with the same text but other declarations: TeX could not tell their solutions apart."""
        seen: dict[tuple[str, str], str] = {}
        for job in self.jobs:
            if job.block.form != "environment" or not job.made_from:
                continue
            if seen.setdefault(as_tex_finds(job.block), job.made_from) != job.made_from and self.how.markers:
                says = "this formula stands above too, where other declarations hold"
                job.fault = self.place.error(job.block.start, says, "give it a label: \\begin{derive}[label=...]")

    def _refuse_same_labels(self) -> None:
        """Refuse what would give a LaTeX document two numbers of one name, of which TeX prints the last."""
        seen: set[str] = set()
        for job in self.jobs if self.format == "latex" else ():
            label = job.request.label if job.request else ""
            if label and (label in seen or f"\\label{{{label}}}" in job.block.formula.text):
                says, hint = f"the label {label} is given twice", "a solution needs one that its formula does not have"
                job.fault = job.fault or self.place.error(job.block.start, says, hint)
            seen.add(label)

    def _look_for_earlier(self, job: Job) -> None:
        """Take over the solution from an earlier time, if it is up to date; see whether it was changed by hand."""
        earlier = job.block.earlier
        if job.skip or job.fault or self.how.again:
            return
        if self.format == "latex":
            self._look_beside(job)
        elif earlier and earlier.text.strip(" \t\r\n>"):
            if digest_of_result(earlier.text) != earlier.made:
                job.fault = self.place.error(
                    earlier.start, "this solution was changed by hand: it is left as it is", _CHANGED
                )
            elif (
                earlier.made_from == job.made_from
                and self.how.markers
                and (job.block.form == "kept") is not job.follows
            ):
                job.current, job.text = True, earlier.text

    def _look_beside(self, job: Job) -> None:
        """Look for the solution in the files beside the document."""
        same = self.beside.by_source.get(job.made_from)
        named = self.beside.by_name.get(self.beside.named(job.block))
        for file in (same, named):
            if file and file.edited:
                says = f"{file.name}, the solution, was changed by hand: it is left as it is"
                job.fault = self.place.error(job.block.start, says, "delete the file to have it made anew")
                return
        if same:
            job.current, job.text = True, same.text.removesuffix("\n")

    def finish(self, outcomes: Sequence[Outcome]) -> Woven:
        """Return the document with what came of its requests, given in their order."""
        for job, outcome in zip(self._todo, outcomes, strict=True):
            if isinstance(outcome, Failure):
                job.fault = located(job, outcome, self.place)
            else:
                job.text = self._solution(job, outcome)
        faults = [job.fault for job in self.jobs if job.fault]
        made = sum(job.text is not None for job in self.jobs)
        text, files = self._page() if self.jobs else (self.document, {})
        beside = self.how.beside
        removed = tuple(name for name in beside if name not in files and is_removable(beside[name]))
        changed = tuple(name for name in files if files[name] != beside.get(name))
        stale = bool(changed or removed) or text != self.document
        errors = sorted([*self.errors, *faults], key=lambda error: error.span.start if error.span else 0)
        warnings = tuple(warning for job in self.jobs if (warning := job.warning(self.place)))
        return Woven(text, files, removed, tuple(errors), warnings, self.refused, stale, made, changed)

    def _solution(self, job: Job, text: str) -> str | None:
        assert job.request is not None
        if "derive:begin" in text or "derive:end" in text:
            job.fault = self.place.error(
                job.block.start, "the solution has a marker of derive in it", "mend the template"
            )
            return None
        text = text.strip("\n")
        if self.format == "latex":
            return with_formula(job, text)
        return anchored(text, job.request.label, str(job.request.shown.get("flavor", "")))

    def _page(self) -> tuple[str, dict[str, str]]:
        """Return the document with its solutions, and the files beside it."""
        if self.format == "latex":
            latex = LatexPage(self.document, self.path, self.how.markers)
            return latex.woven(self.jobs, self.beside, again=self.how.again)
        page = MarkdownPage(self.document, self.markers if self.how.markers else None)
        return edited(self.document, [edit for job in self.jobs if (edit := page.edit(job))]), {}


def _without(items: Sequence[Item], document: str) -> str:
    """Return a document without its solutions, and without those formulas of which it shows nothing else."""
    edits: list[Edit] = []
    for block in items:
        if isinstance(block, Block) and block.form not in ("display", "kept"):
            edits.append(Edit(block.start, block.stop, ""))
        if isinstance(block, Block) and block.earlier:
            edits.append(Edit(block.earlier.start, block.earlier.stop, ""))
    return edited(document, edits)


def located(job: Job, failure: Failure, place: Place) -> DocumentError:
    """Return an error that points into the document, where that can be told."""
    formula = job.block.formula
    where = formula if failure.source == formula.text else job.places.get(failure.source)
    span = Span(job.block.start, job.block.start + 1)
    if where is not None:
        first = min(failure.start or 0, len(failure.source))
        marked = failure.source[first : failure.stop or first].split("\n", 1)[0]
        span = Span(offset(where, first), offset(where, first + len(marked)))
    return DocumentError.like(failure.code, failure.message, span, failure.hint, place.text, place.name)


__all__ = ["FORMATS", "Draft", "How", "draft", "located", "weave"]
