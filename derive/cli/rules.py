"""`derive rules`: the tables of rules, functions, rewrites and methods, each example solved and checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from derive.cli.common import reporting, write

if TYPE_CHECKING:
    from derive.catalogue import Entry


@click.command("rules")
@click.option("--rules", "table", flag_value="rules", default=True, help="The derivative rules (default).")
@click.option("--functions", "table", flag_value="functions", help="The elementary functions.")
@click.option("--rewrites", "table", flag_value="rewrites", help="The rewrites that tidy a result.")
@click.option("--methods", "table", flag_value="methods", help="The ways of working.")
@click.option(
    "--format", "format_", type=click.Choice(["text", "markdown", "latex", "json"]), default="text", show_default=True
)
@click.option("-o", "--output", metavar="FILE", help="Write to a file.")
def command(table: str, format_: str, output: str | None) -> None:
    """Print a table. Every example in it has just been worked and checked."""
    from derive.catalogue import TABLES

    with reporting(format_ == "json"):
        text = _WRITERS[format_](list(TABLES[table]()))
    write(text, output)


def _text(entries: Sequence[Entry]) -> str:
    cells = [(e.name, e.extra or e.says, e.example, e.result) for e in entries]
    widths = [min(40, max(len(row[i]) for row in cells)) for i in range(3)]
    lines = [
        "  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[3]]).rstrip() for row in cells
    ]
    return "\n".join(lines) + "\n"


def _markdown(entries: Sequence[Entry]) -> str:
    rows = ["| name | | example | derivative or result |", "|---|---|---|---|"]
    for e in entries:
        says = f"${e.says}$" if "\\" in e.says else e.says
        words = f"`{e.extra}`, {says}" if e.extra else says
        rows.append(f"| {e.name} | {words} | ${e.example}$ | ${e.result}$ |".replace("|u|", r"\lvert u \rvert"))
    return "\n".join(rows) + "\n"


def _latex(entries: Sequence[Entry]) -> str:
    rows = [f"{e.name} & $\\displaystyle {e.example}$ & $\\displaystyle {e.result}$ \\\\[6pt]" for e in entries]
    return "\n".join([r"\begin{tabular}{lll}", *rows, r"\end{tabular}", ""])


def _json(entries: Sequence[Entry]) -> str:
    return json.dumps([asdict(e) for e in entries], ensure_ascii=False, indent=1) + "\n"


_WRITERS: dict[str, Callable[[Sequence[Entry]], str]] = {
    "text": _text,
    "markdown": _markdown,
    "latex": _latex,
    "json": _json,
}
