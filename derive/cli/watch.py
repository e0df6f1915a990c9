"""`derive watch`: build and weave again whenever a file changes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import click

from derive.cli.weave import documents
from derive.errors import visible
from derive.problems.reading import LINES, TREES

_PAUSE = 0.5
"""Seconds between two looks at the files, where the system does not tell of changes."""

Times = dict[Path, tuple[int, int]]


@click.command("watch", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="FILES... [OPTIONS]")
@click.option("--once", is_flag=True, hidden=True, help="End after the first change.")
def command(arguments: tuple[str, ...], once: bool) -> None:
    """Build sets and weave documents, and do so again whenever one of FILES changes, or a file in a folder.

    Problem sets are built, all other files are woven. The options are those of build, or of weave.
    """
    first = next((i for i, a in enumerate(arguments) if a.startswith("-")), len(arguments))
    paths, options = [Path(a) for a in arguments[:first]], list(arguments[first:])
    sets = [p for p in paths if p.suffix.lower() in (*TREES, LINES)]
    others = [p for p in paths if p not in sets]
    if not paths or (sets and others):
        raise click.UsageError("name problem sets, or documents and folders of documents")
    name = "build" if sets else "weave"
    watched = [*paths, *_templates(options)]
    for _ in _changes(watched):
        command = [sys.executable, "-m", "derive", name, *map(str, paths), *options]
        code = subprocess.run(command, check=False).returncode
        click.echo(visible(f"{'done' if not code else f'exit code {code}'}; waiting for changes"), err=True)
        if once:
            return


def _templates(options: Sequence[str]) -> list[Path]:
    """Return the folders of templates that options name."""
    after = [b for a, b in pairwise(options) if a == "--templates"]
    return [Path(p) for p in (*after, *(o.split("=", 1)[1] for o in options if o.startswith("--templates=")))]


def _changes(paths: Sequence[Path]) -> Iterator[None]:
    """Yield at once, and then whenever a file is another one than before.

    What is written in place counts as a change too: the second time there is nothing to do, and no edit is missed.
    """
    before: Times | None = None
    while True:
        now = _times(paths)
        if now != before:
            before = now
            yield
        else:
            _wait(paths)


def _wait(paths: Sequence[Path]) -> None:
    """Wait until something may have changed: told by the system where `watchfiles` is installed."""
    try:
        from watchfiles import watch  # an extra: without it, one looks every now and then
    except ImportError:
        time.sleep(_PAUSE)
        return
    folders = {p if p.is_dir() else p.parent for p in paths}
    next(watch(*folders, rust_timeout=1000, yield_on_timeout=True, raise_interrupt=False))


def _times(paths: Iterable[Path]) -> Times:
    found: Times = {}
    for path in paths:
        files = documents([path]) if path.is_dir() else [path]
        inside = sorted(path.rglob("*.j2")) if path.is_dir() else []
        for file in (*files, *inside):
            try:
                stat = file.stat()
            except OSError:
                continue
            found[file] = (stat.st_mtime_ns, stat.st_size)
    return found
