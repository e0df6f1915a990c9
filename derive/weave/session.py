"""A run of `derive weave`: documents read, their formulas worked out together, and the documents written back."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from derive.engine.files import lock, output_folder, write_if_changed
from derive.engine.solver import Solver
from derive.engine.work import Result, Wanted, Work, digest, program
from derive.errors import DeriveError, FolderError, OutputError, ProblemFileError
from derive.limits import DEFAULT_LIMITS, Limits
from derive.options import as_in_files
from derive.weave.config import Note, folder_of, read_config, unnoted
from derive.weave.latex_page import folder_beside
from derive.weave.model import Failure, Outcome, Request, Solve, Woven
from derive.weave.numbers import restated, with_end, with_number
from derive.weave.weaving import FORMATS, Draft, How, draft
from derive.weave.work import flavor_of
from derive.writer.looks import templates_hash
from derive.writer.render import render

_VIEWED = ("detail", "shapes", "width", "graph", "lang")
"""The options of `derive.render` on which the view records depend."""


@dataclass(frozen=True, slots=True)
class Options:
    """What holds for all documents of a run.

    Attributes:
        flags: Options that go before what documents say.
        out: The folder for the woven documents, which then have no markers; None weaves them in place.
        names: What woven documents are called in `out`, where that is not the name of the file alone.
        check: Write nothing, and tell what is stale.
        again: Make all solutions anew.
        templates: Folders that shadow the templates.
        oracle: Let SymPy and latex2sympy2 have a look too.
        limits: What one formula may cost.
        size: The largest document, in bytes.
        wait: Seconds to wait for another run that writes to `out`.
    """

    flags: Mapping[str, Any] = field(default_factory=dict)
    out: Path | None = None
    names: Mapping[Path, Path] = field(default_factory=dict)
    check: bool = False
    again: bool = False
    templates: tuple[Path, ...] = ()
    oracle: bool = False
    limits: Limits = DEFAULT_LIMITS
    size: int = 5 * 2**20
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one document: the names of files that were written or removed, or would be, and what is wrong.

    `fault` is why the document could not be read, or not all of it be written.
    """

    path: Path
    woven: Woven
    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    fault: DeriveError | None = None

    @property
    def errors(self) -> tuple[DeriveError, ...]:
        """All that is wrong."""
        return (*self.woven.errors, *([self.fault] if self.fault else []))


class ChangedError(OutputError):
    """A document, or a file beside it, is another one than when it was read: it is left as it is."""


def weave_files(paths: Sequence[Path], options: Options, solver: Solver) -> Iterator[Done]:
    """Weave documents, and yield what came of each; once more those that somebody changed in the meantime.

    Raises:
        ProblemFileError: Two documents would be written to one place, or one to that of a document.
        FolderError: Nothing can be written to the folder for the woven documents.
    """
    _check_targets(paths, options)
    with _locked(options):
        changed: list[Path] = []
        for done in _each(paths, options, solver):
            if isinstance(done.fault, ChangedError):
                changed.append(done.path)
            else:
                yield done
        yield from _each(changed, options, solver)


@contextmanager
def _locked(options: Options) -> Iterator[None]:
    """Keep other runs from writing to the output folder. In place, each file is looked at before it is written."""
    with ExitStack() as stack:
        if options.out is not None and not options.check:
            try:
                stack.enter_context(lock(output_folder(options.out), options.wait))
            except OutputError as fault:
                raise FolderError(fault.message, hint=fault.hint) from None
        yield


def _each(paths: Sequence[Path], options: Options, solver: Solver) -> Iterator[Done]:
    drafts = [_drafted_or_fault(path, options) for path in paths]
    work = [_work(r, options) for d in drafts if isinstance(d, Draft) for r in d.requests]
    results = solver.results(work, len(work))
    for path, drafted in zip(paths, drafts, strict=True):
        if isinstance(drafted, DeriveError):
            yield Done(path, Woven("", refused=True), fault=drafted)
            continue
        pairs = [(r, next(results)) for r in drafted.requests]
        warnings = tuple(w for _, result in pairs for w in result.warnings)
        woven = drafted.finish([_outcome(request, result, options) for request, result in pairs])
        yield _written(path, drafted, woven, warnings, options)


def files_read(paths: Sequence[Path], options: Options) -> list[Path]:
    """Return the files that weaving documents reads, also those that it looks for in vain; without templates."""
    found: list[Path] = []
    for path in paths:
        found.append(path)
        with suppress(DeriveError, OSError):  # what is wrong with it is told when it is woven
            _drafted(path, options, found.append)
    return list(dict.fromkeys(found))


def _drafted_or_fault(path: Path, options: Options) -> Draft | DeriveError:
    try:
        return _drafted(path, options)
    except DeriveError as fault:
        return fault
    except OSError as fault:
        return ProblemFileError(f"{fault.filename or path} cannot be read: {fault.strerror}")


def _drafted(path: Path, options: Options, note: Note = unnoted) -> Draft:
    if path.suffix.lower() not in FORMATS:
        raise ProblemFileError(f"{path} is no document that can be woven", hint="there are " + ", ".join(FORMATS))
    text = _text(path, options.size)
    config = read_config(path, note)
    target = _target(path, options)
    beside = _beside(target)
    for name in beside:
        note(target.parent / name)
    how = How(
        config=config.values,
        flags=dict(options.flags),
        markers=options.out is None,
        again=options.again,
        stamp=stamp(options),
        beside=beside,
    )
    return draft(text, path, folder_of(path, config.root, note), how)


def stamp(options: Options) -> str:
    """Return a hash of what all solutions depend on, beside their blocks."""
    return digest(program(), templates_hash(options.templates), options.oracle)[:16]


def _text(path: Path, size: int) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(size + 1)
        if len(data) > size:
            raise ProblemFileError(f"{path} has over {size / 2**20:g} MiB", hint="raise it with --limit file-mib=100")
        return data.decode("utf-8")
    except OSError as fault:
        raise ProblemFileError(f"{path} cannot be read: {fault.strerror}") from None
    except UnicodeDecodeError:
        raise ProblemFileError(f"{path} is no UTF-8", hint="save it as UTF-8") from None


def _target(path: Path, options: Options) -> Path:
    """Return where the woven document goes."""
    return _real(path) if options.out is None else options.out / options.names.get(path, Path(path.name))


def _real(path: Path) -> Path:
    """Return what links lead to; unlike `Path.resolve`, also of links that lead in a circle."""
    return Path(os.path.realpath(path))


def _check_targets(paths: Sequence[Path], options: Options) -> None:
    """See that no two documents have the same place, nor the same folder beside them, and none that of a source."""
    sources = {_real(path) for path in paths} if options.out is not None else set()
    taken: dict[Path, Path] = {}
    for path in paths:
        target = _target(path, options)
        if _real(target) in sources:
            hint = "choose another folder with -o, or leave -o out: solutions are then put into the document"
            raise ProblemFileError(f"{path} would be woven into {target}, which is a document itself", hint=hint)
        places = [target]
        if FORMATS.get(path.suffix.lower()) == "latex":
            places.append(target.parent / folder_beside(target))
        for place in places:
            other = taken.setdefault(place, path)
            if other != path:
                what = "woven into the same file" if place == target else f"woven into the same folder {place.name}"
                hint = "weave their folder as a whole, or one after the other" if place == target else "rename one"
                raise ProblemFileError(f"{other} and {path} would be {what}", hint=hint)


def _beside(target: Path) -> dict[str, str]:
    """Return the texts in the folder beside a document, by names relative to it."""
    folder = target.parent / folder_beside(target)
    found = {f"{folder.name}/{file.name}": _there(file) for file in sorted(folder.glob("*.tex"))}
    return {name: text for name, text in found.items() if text is not None}


def _there(file: Path) -> str | None:
    """Return the text of a file whose lines end with a line feed, however Git made them; None if there is none."""
    if file.is_symlink() or not file.is_file():
        return None
    return _plain(file.read_bytes().decode("utf-8", "replace"))


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")


# The engine -----------------------------------------------------------------------------------------------------------


def _work(request: Request, options: Options) -> Work:
    shown: dict[str, Any] = {name: value for name, value in request.shown.items() if name in _VIEWED}
    found: dict[str, Any] = dict(request.options)
    if options.oracle:
        found["oracle"] = True
    folders = tuple(str(folder) for folder in options.templates)
    wanted = Wanted(request.format, templates=folders, **shown)
    return Work(request.latex, found, (wanted,), options.limits)


def _outcome(request: Request, result: Result, options: Options) -> Outcome:
    fault = result.fault
    if fault is not None:
        hint = as_in_files(fault.hint, "=")
        return Failure(fault.code, fault.message, hint, fault.source, fault.start, fault.stop)
    view, graph = result.view(0)
    try:
        flavor = str(request.shown.get("flavor", "dollar"))
        number = restated(request.numbers, view.problem.function)
        view = with_end(view) if number else view
        text = render(view, request.format, flavor, options.templates, graph, request.label)
        return with_number(text, number, flavor_of(request)) if number else text
    except DeriveError as error:
        return Failure(error.code, error.message, error.hint)


def solve_with(solver: Solver, options: Options) -> Solve:
    """Return what works requests out."""

    def solve(requests: Sequence[Request]) -> list[Outcome]:
        results = solver.results((_work(r, options) for r in requests), len(requests))
        return [_outcome(r, result, options) for r, result in zip(requests, results, strict=True)]

    return solve


# Writing --------------------------------------------------------------------------------------------------------------


def _written(path: Path, drafted: Draft, woven: Woven, warnings: tuple[str, ...], options: Options) -> Done:
    """Write a document and what stands beside it: first that, so that the document never names what is not there."""
    if woven.refused:
        return Done(path, woven, warnings=warnings)
    target, in_place = _target(path, options), options.out is None
    before = {target.parent / name: text for name, text in drafted.how.beside.items()}
    texts = {target.parent / name: woven.side_files[name] for name in woven.changed}
    removed = [target.parent / name for name in woven.removed]
    if in_place:
        before[target] = _plain(drafted.document)
    if woven.text != drafted.document if in_place else not _holds(target, woven.text):
        texts[target] = woven.text
    if options.check:
        return Done(path, woven, stale=tuple(map(str, [*texts, *removed])), warnings=warnings)
    written: list[str] = []
    gone: list[str] = []
    fault: OutputError | None = None
    try:
        for file, text in texts.items():
            if in_place or file != target:
                _see_that_it_is(file, before.get(file))
            output_folder(file.parent)
            write_if_changed(file, text.encode("utf-8"), authored=in_place and file == target)
            written.append(str(file))
        for file in removed:
            _see_that_it_is(file, before[file])
            file.unlink()
            gone.append(str(file))
    except OutputError as error:
        fault = error
    except OSError as error:
        fault = OutputError(f"cannot write {error.filename}: {error.strerror}")
    return Done(path, woven, tuple(written), tuple(gone), warnings=warnings, fault=fault)


def _see_that_it_is(file: Path, text: str | None) -> None:
    """See that nobody changed a file since it was read, which takes as long as the formulas do.

    Raises:
        ChangedError: Somebody did.
    """
    if _there(file) != text:
        raise ChangedError(f"{file} changed while it was woven: it is left as it is", hint="weave again")


def _holds(path: Path, text: str) -> bool:
    try:
        return path.read_bytes() == text.encode("utf-8")
    except OSError:
        return False


__all__ = ["Done", "Options", "files_read", "weave_files"]
