"""`derive solve`: work out a derivative and print the checked solution."""

from __future__ import annotations

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
from derive.options import FLAVORS, METHODS

_FORMATS = ("markdown", "rst", "latex", "tex", "html", "text", "tikz", "mermaid", "svg", "json", "python")
_SHOWN = ("flavor", "detail", "width", "graph", "shapes", "lang")


@click.command("solve", cls=FormulaCommand)
@formula_argument
@click.option(
    "--wrt", multiple=True, help="Variable; several times for several answers; 'x y' for one after the other."
)
@click.option("--let", multiple=True, help=r"A declaration, f: \mathbb{R} \to \mathbb{R}, or a definition, u = x^2.")
@click.option("--define", multiple=True, help="Name a part of the formula: z = wx + b.")
@click.option("--names", default="", help="Letters of the intermediates: u, or u,v,w.")
@click.option("--name", multiple=True, help="Write the answers in a term that has a name: r = Ax - b.")
@click.option("--step", default="", metavar="RATE", help=r"Add a step of gradient descent with this rate: \eta.")
@click.option("--task", type=click.Choice(["derivative", "gradient", "jacobian", "hessian"]), help="What to find.")
@click.option("--order", type=click.IntRange(1, 20), help="Order of the derivative.")
@click.option("--at", multiple=True, help="A point: x = 2. Prints the values there.")
@click.option("--layout", type=click.Choice(["numerator", "denominator"]), default="numerator", show_default=True)
@click.option("--method", type=click.Choice(METHODS), default="auto", show_default=True, help="Way of working.")
@click.option("--grain", type=click.Choice(["natural", "operator"]), help="How finely the formula is split.")
@click.option(
    "--factors",
    type=click.Choice(["backward", "forward"]),
    default="backward",
    show_default=True,
    help="Order of the factors of the chain rule: from y to x, or from x to y.",
)
@click.option("--detail", type=click.Choice(["answer", "brief", "normal", "full"]), default="normal", show_default=True)
@click.option(
    "--simplify",
    type=click.Choice(["none", "tidy", "full"]),
    default="tidy",
    show_default=True,
    help="full: the answer goes through SymPy.",
)
@click.option(
    "--verify",
    type=click.Choice(["numeric", "symbolic"]),
    default="numeric",
    show_default=True,
    help="symbolic: SymPy proves what it can as well.",
)
@click.option("--oracle", is_flag=True, help="Let latex2sympy2 read and SymPy differentiate too, and compare.")
@click.option("--reader", type=click.Choice(["derive", "latex2sympy2"]), default="derive", show_default=True)
@reading_options
@click.option("--allow-unchecked", is_flag=True, help="Print lines that could not be checked, with a mark.")
@click.option("--format", "format_", type=click.Choice(_FORMATS), default="markdown", show_default=True)
@click.option("--flavor", type=click.Choice(FLAVORS), default="dollar", show_default=True, help="Dialect of Markdown.")
@click.option("--shapes", type=click.Choice(["text", "boxes"]), help="Tell the shapes of vectors.")
@click.option("--graph", is_flag=True, help="Show the graph of the working in the page; tikz, mermaid, svg: it alone.")
@click.option("--width", type=click.FloatRange(10, 500), help="Break rows at this width, in ems.")
@click.option("--lang", default="en", show_default=True, help="Language of the words: en, de, or one in --templates.")
@click.option(
    "--templates",
    multiple=True,
    type=click.Path(exists=True, file_okay=False),
    help="A folder that shadows the templates file by file.",
)
@click.option("-o", "--output", metavar="FILE", help="Write to a file.")
@limits_option
def command(
    latex: str, format_: str, output: str | None, limits: Limits, templates: tuple[str, ...], **options: Any
) -> None:
    r"""Work out a derivative and print the checked solution.

    LATEX is a formula, or - for standard input: derive solve 'y = \sin(x^2)' --wrt x
    """
    from pathlib import Path

    from derive.pipeline import render, solve
    from derive.writer.languages import language

    shown = {name: options.pop(name) for name in _SHOWN}
    options["names"] = tuple(n.strip() for n in options["names"].split(",") if n.strip())
    options["grain"] = options["grain"] or ""
    shown["shapes"] = shown["shapes"] or ""
    if any(not value.strip() for value in options["wrt"]):
        raise click.UsageError("--wrt is empty")
    if shown["graph"] and format_ in ("json", "python"):
        raise click.UsageError(f"--graph: the format {format_} has no pictures")
    folders = [Path(t) for t in templates]
    with reporting(format_ == "json"), limited(limits):
        language(shown["lang"], folders)
        solution = solve(latex, limits=limits, **options)
        text = render(solution, format_, **shown, templates=folders)
    if solution.oracle and False in (solution.oracle["reads_same"], solution.oracle["sympy_agrees"]):
        click.echo(f"warning: {visible(str(solution.oracle['why']))}", err=True)
    write(text, output)


__all__ = ["command"]
