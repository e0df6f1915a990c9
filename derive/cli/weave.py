"""`derive weave`: the solutions of the formulas in documents."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import click

from derive.cli.common import set_limits_option, write
from derive.cli.running import STALE, reporting_options, terminating
from derive.engine import messages
from derive.engine.cache import Cache, user_cache
from derive.engine.messages import Message, annotation, messages_of
from derive.engine.progress import Meter
from derive.engine.run import local, processors
from derive.engine.solver import Solver
from derive.errors import DeriveError, FolderError, ProblemFileError, counted, visible
from derive.options import OPTIONS, table
from derive.weave.config import Folder, Note, unnoted
from derive.weave.options import with_files
from derive.weave.session import Done, Options, weave_files
from derive.weave.site import nearby
from derive.weave.weaving import FORMATS


def _flags(_: click.Context, __: click.Parameter, values: Sequence[str]) -> dict[str, Any]:
    """Return the values of options that are given as NAME=VALUE."""
    known = table(OPTIONS)
    texts: dict[str, list[str]] = {}
    for value in values:
        name, sign, text = value.partition("=")
        name = name.strip().replace("_", "-")
        if name not in known:
            raise click.BadParameter(f"no option {name!r}; there are " + ", ".join(known))
        texts.setdefault(name, []).append(text if sign else "")
    try:
        return {name: known[name].value(given) for name, given in texts.items()}
    except DeriveError as fault:
        raise click.BadParameter(fault.message) from None


_HIDDEN = re.compile(r"(?:^|/)\.|\.derive/")


def _in_folder(folder: Path, out: Path | None) -> list[Path]:
    """Return the documents in a folder and below it, but not in hidden folders, nor solutions beside a document.

    What is in an output folder below it was woven already.
    """
    files = (f for f in sorted(folder.rglob("*")) if f.suffix.lower() in FORMATS and f.is_file())
    found = [f for f in files if not _HIDDEN.search(f.relative_to(folder).as_posix())]
    if out is None or folder.resolve() not in out.resolve().parents:
        return found
    return [f for f in found if not f.resolve().is_relative_to(out.resolve())]


def documents(paths: Sequence[Path], out: Path | None) -> dict[Path, Path]:
    """Return the documents that are meant, and what each is called elsewhere: files as they are, folders as a whole."""
    found: dict[Path, Path] = {}
    for path in paths:
        if os.path.isdir(path):  # unlike `is_dir`, at peace with names that no file can have
            found |= {file: file.relative_to(path) for file in _in_folder(path, out)}
        else:
            found[path] = Path(path.name)
    return found


@click.command("weave")
@click.argument("docs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder for the woven documents. Without it, solutions are put into the documents, between markers.",
)
@click.option(
    "--set", "flags", multiple=True, metavar="NAME=VALUE", callback=_flags, help="An option for all blocks: flavor=gfm."
)
@click.option("--check", is_flag=True, help="Write nothing; exit 3 if a document is not as it would be woven.")
@click.option("--again", is_flag=True, help="Make all solutions anew, also those that were changed by hand.")
@click.option(
    "--oracle/--no-oracle", default=False, show_default=True, help="latex2sympy2 and SymPy as second opinion."
)
@click.option(
    "--templates",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder that shadows the templates file by file.",
)
@click.option("--no-cache", is_flag=True, help="Do not remember results in the user's folder for caches.")
@reporting_options
@set_limits_option
def command(docs: tuple[Path, ...], **options: Any) -> None:
    """Put the solutions of the derive blocks in DOCS (Markdown, LaTeX, or folders of both) into them.

    A block is a fence ```derive, a comment <!-- derive: wrt=x --> before a display, or the environment derive.
    """
    raise click.exceptions.Exit(weave(documents(docs, options["output"]), options))


def asked_for(paths: Mapping[Path, Path], o: Mapping[str, Any], note: Note = unnoted) -> Options:
    """Return what the options of the command ask for.

    Raises:
        click.UsageError: A file that one of them names cannot be read.
    """
    return Options(
        flags=_with_files(o["flags"], note),
        out=o["output"],
        names=paths,
        check=o["check"],
        again=o["again"],
        templates=o["templates"],
        oracle=o["oracle"],
        limits=o["limits"].each,
        size=int(o["limits"].file_mib * 2**20),
        wait=o["wait"],
    )


def _with_files(flags: Mapping[str, Any], note: Note) -> dict[str, Any]:
    """Return the values of options, files in place of their names, which are seen from the current folder."""
    here = Path.cwd()
    files, known = Folder(here, Path(here.anchor), note), table(OPTIONS)
    try:
        return {name: with_files(known[name], value, files) for name, value in flags.items()}
    except ValueError as fault:
        raise click.UsageError(f"--set: {fault}") from None


def weave(paths: Mapping[Path, Path], o: dict[str, Any]) -> int:
    """Weave documents, tell of each, and return the exit code."""
    asked = asked_for(paths, o)
    done: list[Done] = []
    told: set[str] = set()
    ended: DeriveError | None = None
    try:
        with terminating(), ExitStack() as stack:
            for one in weave_files(list(paths), asked, _solver(o, stack)):
                done.append(one)
                _tell(one, o, told)
    except DeriveError as fault:
        click.echo(fault.report(), err=True)
        ended = fault
    if o["report"] == "json":
        write(_as_json(done), None)
    if ended:
        return 2 if isinstance(ended, ProblemFileError | FolderError) else 1
    if not o["quiet"]:
        click.echo(_summary(done), err=True)
    if any(one.woven.refused for one in done):
        return 2
    if any(one.errors for one in done):
        return 1
    return STALE if any(one.stale for one in done) else 0


def _solver(o: dict[str, Any], stack: ExitStack) -> Solver:
    workers = o["workers"] or processors()
    results = stack.enter_context(Cache(None if o["no_cache"] else user_cache()))
    return Solver(
        results, cache(lambda: stack.enter_context(local(workers))), ahead=4 * workers, progress=Meter(o["quiet"])
    )


def _tell(one: Done, o: dict[str, Any], told: set[str]) -> None:
    """Tell what came of a document, but no error twice: one in a configuration is that of many documents."""
    if o["report"] == "github":
        lines = [*map(annotation, _told(one)), *map(messages.stale, _names(one.stale))]
        write("".join(f"{line}\n" for line in lines), None)
    for report in (error.report() for error in (*one.errors, *one.woven.warnings)):
        if report not in told:
            click.echo(report, err=True)
            told.add(report)
    for text in one.warnings:
        click.echo(f"{one.path}: warning: {visible(text)}", err=True)
    for name in _names(one.stale):
        click.echo(f"stale: {visible(name)}", err=True)


def _names(paths: Sequence[str]) -> list[str]:
    return [str(nearby(Path(path))) for path in paths]


def _told(one: Done) -> list[Message]:
    errors, warnings = (
        [m for error in several for m in messages_of(error, _file(error, one))]
        for several in (one.errors, one.woven.warnings)
    )
    return [*errors, *(replace(m, kind="warning") for m in warnings)]


def _file(error: DeriveError, one: Done) -> str:
    """Return the file that is at fault: the document, or a configuration."""
    file = error.file if isinstance(error, ProblemFileError) else ""
    return str(nearby(Path(file))) if file else str(one.path)


def _as_json(done: Sequence[Done]) -> str:
    documents = [
        {
            "file": str(one.path),
            "solutions": one.woven.blocks,
            "written": _names(one.written),
            "removed": _names(one.removed),
            "stale": _names(one.stale),
            "messages": [messages.as_json(m) for m in _told(one)],
        }
        for one in done
    ]
    return json.dumps({"documents": documents}, ensure_ascii=False, indent=1) + "\n"


def _summary(done: Sequence[Done]) -> str:
    blocks = sum(one.woven.blocks for one in done)
    written = sum(len(one.written) for one in done)
    removed = sum(len(one.removed) for one in done)
    failed = sum(len(one.errors) for one in done)
    parts = [counted(len(done), "document"), counted(blocks, "solution")]
    parts += [f"{failed} failed"] if failed else []
    parts += [f"{counted(written, 'file')} written"] if written else []
    parts += [f"{counted(removed, 'file')} removed"] if removed else []
    stale = sum(len(one.stale) for one in done)
    parts += [f"{counted(stale, 'file')} stale"] if stale else []
    parts += [] if written or removed or failed or stale else ["nothing to do"]
    return ", ".join(parts)
