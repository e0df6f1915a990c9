"""A run of `derive weave`: documents read, their formulas worked out together, and the documents written back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from derive.engine.files import output_folder, write_if_changed
from derive.engine.solver import Solver
from derive.engine.work import Result, Wanted, Work, digest, program
from derive.errors import DeriveError, ProblemFileError
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


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one document: the names of files that were written, or would be, and what is wrong."""

    path: Path
    woven: Woven
    written: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def weave_files(paths: Sequence[Path], options: Options, solver: Solver) -> Iterator[Done]:
    """Weave documents, and yield what came of each.

    Raises:
        ProblemFileError: A document, or its configuration, cannot be read, or is none that can be woven.
        OutputError: A file cannot be written; what was there is still there.
    """
    _check_targets(paths, options)
    drafts = [_drafted(path, options) for path in paths]
    work = [_work(r, options) for d in drafts for r in d.requests]
    results = solver.results(work, len(work))
    for path, drafted in zip(paths, drafts, strict=True):
        pairs = [(r, next(results)) for r in drafted.requests]
        warnings = tuple(w for _, result in pairs for w in result.warnings)
        woven = drafted.finish([_outcome(request, result, options) for request, result in pairs])
        yield _written(path, drafted, woven, warnings, options)


def files_read(paths: Sequence[Path], options: Options) -> list[Path]:
    """Return the files that weaving documents reads, also those that it looks for in vain; without templates."""
    found: list[Path] = []
    for path in paths:
        found.append(path)
        with suppress(DeriveError):  # what is wrong with it is told when it is woven
            _drafted(path, options, found.append)
    return list(dict.fromkeys(found))


def _drafted(path: Path, options: Options, note: Note = unnoted) -> Draft:
    if path.suffix.lower() not in FORMATS:
        raise ProblemFileError(f"{path} is no document that can be woven", hint="there are " + ", ".join(FORMATS))
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
    return draft(_text(path, options.size), path, folder_of(path, config.root, note), how)


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
    return path.resolve() if options.out is None else options.out / options.names.get(path, Path(path.name))


def _check_targets(paths: Sequence[Path], options: Options) -> None:
    """See that no two documents have the same place."""
    taken: dict[Path, Path] = {}
    for path in paths:
        other = taken.setdefault(_target(path, options), path)
        if other != path:
            hint = "weave their folder as a whole, or one after the other"
            raise ProblemFileError(f"{other} and {path} would be woven into the same file", hint=hint)


def _beside(target: Path) -> dict[str, str]:
    """Return the texts in the folder beside a document, by names relative to it."""
    folder = target.parent / folder_beside(target)
    found: dict[str, str] = {}
    for file in sorted(folder.glob("*.tex")) if folder.is_dir() and not folder.is_symlink() else ():
        if file.is_file() and not file.is_symlink():
            found[f"{folder.name}/{file.name}"] = file.read_bytes().decode("utf-8", "replace")
    return found


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
    target = _target(path, options)
    texts = {str(target.parent / name): text for name, text in woven.side_files.items()}
    if options.out is not None or woven.text != drafted.document:
        texts[str(target)] = woven.text
    if options.check:
        stale = [name for name, text in texts.items() if not _holds(Path(name), text)]
        stale += [str(target.parent / name) for name in woven.removed]
        return Done(path, woven, stale=tuple(stale), warnings=warnings)
    if texts:
        output_folder(target.parent)
    written = tuple(name for name, text in texts.items() if write_if_changed(Path(name), text.encode("utf-8")))
    for name in woven.removed:
        (target.parent / name).unlink(missing_ok=True)
    return Done(path, woven, written, warnings=warnings)


def _holds(path: Path, text: str) -> bool:
    try:
        return path.read_bytes() == text.encode("utf-8")
    except OSError:
        return False


__all__ = ["Done", "Options", "files_read", "weave_files"]
