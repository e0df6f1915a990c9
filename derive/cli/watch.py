"""`derive watch`: build and weave again whenever a file changes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import click

from derive.cli.build import command as build
from derive.cli.weave import asked_for, documents
from derive.cli.weave import command as weave
from derive.errors import visible
from derive.problems import manifest
from derive.problems.reading import LINES, TREES
from derive.problems.session import bookkeeping
from derive.weave.session import files_read
from derive.writer.looks import template_files

_PAUSE = 0.5
"""Seconds between two looks at the files, where the system does not tell of changes."""

Times = dict[Path, tuple[int, int]]


@click.command("watch", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="FILES... [OPTIONS]")
@click.option("--once", is_flag=True, hidden=True, help="End after the first change.")
def command(arguments: tuple[str, ...], once: bool) -> None:
    """Build sets and weave documents, and do so again whenever something changes that they are made from.

    That is one of FILES, a document in a folder, or a file that one of them, or an option, names: notation, macros,
    templates, configuration. Problem sets are built, all other files are woven. The options are those of build, or of
    weave.
    """
    first = next((i for i, a in enumerate(arguments) if a.startswith("-")), len(arguments))
    paths, options = [Path(a) for a in arguments[:first]], list(arguments[first:])
    sets = [p for p in paths if p.suffix.lower() in (*TREES, LINES)]
    if not paths or (sets and len(sets) < len(paths)):
        raise click.UsageError("name problem sets, or documents and folders of documents")
    name, called, read = ("build", build, _read_by_sets) if sets else ("weave", weave, _read_by_documents)
    given = called.make_context(name, [*map(str, paths), *options]).params
    for _ in _changes(paths, given, partial(read, paths, given)):
        command = [sys.executable, "-m", "derive", name, *map(str, paths), *options]
        code = subprocess.run(command, check=False).returncode
        click.echo(visible(f"{'done' if not code else f'exit code {code}'}; waiting for changes"), err=True)
        if once:
            return


def _read_by_sets(sets: Sequence[Path], given: Mapping[str, Any]) -> list[Path]:
    """Return the files that the last build of sets has read."""
    records = manifest.load(bookkeeping(given["output"], given["shard"]))
    return [Path(file) for path in sets if path.stem in records for file in records[path.stem].files]


def _read_by_documents(paths: Sequence[Path], given: Mapping[str, Any]) -> list[Path]:
    """Return the files that weaving documents reads."""
    found: list[Path] = []
    with suppress(click.UsageError):  # a file that an option names is not there; weaving tells of it
        whole = documents(paths, given["output"])
        found += files_read(list(whole), asked_for(whole, given, found.append))
    return found


def _changes(paths: Sequence[Path], given: Mapping[str, Any], read: Callable[[], list[Path]]) -> Iterator[None]:
    """Yield at once, and then whenever a file is another one than before, of those in folders and those that are read.

    What is written in place counts as a change too, and so does a file that is read from now on: the second time there
    is nothing to do, and no edit is missed.
    """
    before: Times | None = None
    named = read()
    while True:
        looks = [file for folder in given["templates"] for file in template_files(folder)]
        now = _times([*documents(paths, given["output"]), *named, *looks])
        if now != before:
            before = now
            yield
            named = read()
        else:
            _wait([*paths, *now])


def _wait(files: Iterable[Path]) -> None:
    """Wait until something may have changed: told by the system where `watchfiles` is installed."""
    folders = {file.parent for file in files if file.parent.is_dir()}
    try:
        from watchfiles import watch  # an extra: without it, one looks every now and then
    except ImportError:
        folders = set()
    if not folders:
        time.sleep(_PAUSE)
        return
    next(watch(*folders, rust_timeout=1000, yield_on_timeout=True, raise_interrupt=False, recursive=False))


def _times(files: Iterable[Path]) -> Times:
    found: Times = {}
    for file in files:
        with suppress(OSError):
            stat = file.stat()
            found[file] = (stat.st_mtime_ns, stat.st_size)
    return found
