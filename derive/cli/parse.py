"""`derive parse`: show how a formula is read."""

from __future__ import annotations

import json
from typing import Any

import click

from derive.cli.common import (
    FormulaCommand,
    formula_argument,
    limits_option,
    reading_options,
    reporting,
    write,
)
from derive.engine.limited import limited
from derive.errors import visible
from derive.limits import Limits

_FORMATS = ("latex", "sympy", "tree", "python", "json", "text")


@click.command("parse", cls=FormulaCommand)
@formula_argument
@click.option("--let", multiple=True, help=r"A declaration, f: \mathbb{R} \to \mathbb{R}, or a definition, u = x^2.")
@click.option("--wrt", multiple=True, help="Variable, as in solve; not needed here.")
@reading_options
@click.option("--reader", type=click.Choice(["derive", "latex2sympy2"]), default="derive", show_default=True)
@click.option("--oracle", is_flag=True, help="Let latex2sympy2 read too, and tell whether it reads the same.")
@click.option("--format", "format_", type=click.Choice(_FORMATS), default="latex", show_default=True)
@click.option("-o", "--output", metavar="FILE", help="Write to a file.")
@limits_option
def command(latex: str, format_: str, output: str | None, limits: Limits, **asked: Any) -> None:
    """Read LATEX and print it back: as LaTeX, as SymPy, as a tree with shapes, or as a NumPy function."""
    from derive.pipeline import show_reading

    with reporting(format_ == "json"), limited(limits):
        reading = show_reading(latex, limits=limits, **asked)
    text = json.dumps(reading, ensure_ascii=False, indent=1) if format_ == "json" else str(reading[format_] or "")
    for note in reading["notes"]:
        click.echo(f"note: {visible(note['says'] or note['kind'])}", err=True)
    if "oracle" in reading:
        says = reading["oracle"]["words"] or "latex2sympy2 has no verdict"
        why = f": {reading['oracle']['why']}" if reading["oracle"]["why"] else ""
        click.echo(visible(f"oracle: {says}{why}"), err=True)
    write(text.rstrip("\n") + "\n", output)
