"""`derive pandoc-filter`, which pandoc calls as `derive-pandoc`: solutions in the tree of a document."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from derive.cli.common import reporting, write
from derive.cli.running import terminating
from derive.errors import ProblemFileError
from derive.weave.library import Weaver
from derive.weave.pandoc import filtered, read_by_pandoc


@click.command("pandoc-filter")
@click.argument("format", required=False)
def command(format: str | None) -> None:
    """Put solutions into a document of pandoc, given as JSON on standard input: pandoc --filter derive-pandoc.

    Code blocks of the class derive are replaced; FORMAT, which pandoc gives, makes no difference. An error ends it with
    exit code 1, unless the metadata of the document has `derive: {keep-going: true}`.
    """
    with reporting(as_json=False), terminating(), Weaver(flavor="pandoc") as weaver:
        tree = _tree(sys.stdin.buffer.read())
        errors, keep_going = filtered(tree, weaver, Path.cwd(), read_by_pandoc)
    for error in errors:
        click.echo(error.report(), err=True)
    if errors and not keep_going:
        raise click.exceptions.Exit(1)
    write(json.dumps(tree, ensure_ascii=False), None)


def _tree(data: bytes) -> Any:
    try:
        tree = json.loads(data)
        if isinstance(tree["meta"], dict) and isinstance(tree["blocks"], list):
            return tree
    except (ValueError, KeyError, TypeError):
        pass
    raise ProblemFileError("this is no document of pandoc", hint="pandoc --filter derive-pandoc page.md")
