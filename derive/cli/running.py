"""What the commands share that build: how a build is told of, and how it ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import click

from derive.cli.common import write
from derive.engine.depfile import depfile
from derive.engine.files import write_if_changed
from derive.engine.messages import annotation, messages_of
from derive.errors import DeriveError, FolderError, ProblemFileError, UnsupportedError, visible
from derive.problems import report
from derive.problems.session import Outcome
from derive.writer.looks import template_files

STALE = 3
"""The exit code of `--check` where an output is not as it would be built."""


def reporting_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that all commands have that build."""
    says = "Text on standard error; json, or annotations for github, on standard output."
    for option in (
        click.option("-q", "--quiet", is_flag=True, help="No progress, no summary."),
        click.option(
            "--report", type=click.Choice(["text", "json", "github"]), default="text", show_default=True, help=says
        ),
        click.option(
            "--wait",
            type=click.FloatRange(0),
            default=60.0,
            show_default=True,
            help="Seconds to wait for another build into the folder.",
        ),
        click.option("-j", "workers", type=click.IntRange(1, 1024), help="Worker processes. Default: one a processor."),
    ):
        command = option(command)
    return command


def finish(outcomes: Iterable[Outcome], out: Path, options: dict[str, Any], templates: Sequence[Path] = ()) -> None:
    """Let a build run, tell of each set when it is done, and exit with the code of the whole."""
    done: list[Outcome] = []
    ended_by: DeriveError | None = None
    try:
        with terminating():
            for outcome in outcomes:
                done.append(outcome)
                _tell(outcome, out, options)
        if options.get("depfile") is not None and not options["check"] and all(o.refused is None for o in done):
            write_if_changed(options["depfile"], os.fsencode(_dependencies(done, out, templates)))
    except DeriveError as fault:
        ended_by = fault
        click.echo(fault.report(), err=True)
    last = [] if ended_by is None else messages_of(ended_by, "")
    if options["report"] == "json":
        write(report.as_json(done, last), None)
    if options["report"] == "github":
        write("".join(f"{annotation(m)}\n" for m in last), None)
    raise click.exceptions.Exit(_code(done, ended_by))


def _tell(outcome: Outcome, out: Path, options: dict[str, Any]) -> None:
    if options["report"] == "github":
        write("".join(f"{line}\n" for line in report.as_annotations(outcome, out)), None)
    for message in report.as_text(outcome):
        click.echo(message, err=True)
    if not options["quiet"] and outcome.refused is None:
        click.echo(visible(report.summary(outcome, out)), err=True)


def _dependencies(outcomes: Sequence[Outcome], out: Path, templates: Sequence[Path]) -> str:
    made = [out / name for o in outcomes for name in o.record.made]
    used = [Path(file) for o in outcomes for file in (str(o.file), *o.record.files)]
    return depfile(made, [*used, *(f for folder in templates for f in template_files(folder))])


def _code(outcomes: Sequence[Outcome], ended_by: DeriveError | None) -> int:
    """2 where a file could not be read, else 1 where a problem failed, else 3 where something is stale.

    What ended the run before anything was done is a wrong call, 2, if it is no accident.
    """
    if ended_by is not None:
        wrong_call = not outcomes and isinstance(ended_by, FolderError | UnsupportedError | ProblemFileError)
        return 2 if wrong_call else 1
    if any(o.refused is not None for o in outcomes):
        return 2
    if any(m.kind == "error" for o in outcomes for m in o.record.messages):
        return 1
    return STALE if any(o.stale for o in outcomes) else 0


@contextmanager
def terminating() -> Iterator[None]:
    """Let the signal that ends a process end it in order, as Ctrl-C does: children are ended too."""

    def end(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
