"""`derive merge`: one build from its shards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from derive.cli.running import finish, reporting_options
from derive.engine.progress import Meter
from derive.problems.merge import merge
from derive.problems.session import How


@click.command("merge")
@click.argument("folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-o", "--output", default="out", show_default=True, type=click.Path(path_type=Path), help="The folder.")
@reporting_options
def command(folders: tuple[Path, ...], output: Path, **options: Any) -> None:
    """Put the shards in FOLDERS together: the outputs are those of one build.

    Without FOLDERS, the shards are in the output folder. derive build --shard K/N makes them.
    """
    how = How(workers=options["workers"] or 0, wait=options["wait"], progress=Meter(options["quiet"]))
    finish(merge(output, folders, how), output, options)
