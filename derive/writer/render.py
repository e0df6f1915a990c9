"""View records -> a document, through the Jinja templates of a look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from derive.errors import DeriveError
from derive.writer.mathml import mathml
from derive.writer.records import (
    AnswerView,
    EvidenceView,
    Graph,
    NoteView,
    ProblemView,
    ReasonView,
    Row,
    StepView,
    View,
)
from derive.writer.templates import template_folder


@dataclass(frozen=True, slots=True)
class Flavor:
    """How a Markdown dialect marks mathematics, and a Mermaid figure: what opens and closes it."""

    inline: tuple[str, str]
    display: tuple[str, str]
    mermaid: tuple[str, str] = ("```mermaid", "```")


_DOLLAR = Flavor(("$", "$"), ("$$", "$$"))
FLAVORS: dict[str, Flavor] = {
    "dollar": _DOLLAR,
    "gfm": Flavor(("$`", "`$"), ("```math", "```")),
    "kramdown": Flavor(("$$", "$$"), ("$$", "$$")),
    "mkdocs": _DOLLAR,
    "myst": replace(_DOLLAR, mermaid=("```{mermaid}", "```")),
    "quarto": replace(_DOLLAR, mermaid=("```{mermaid}", "```")),
    "pandoc": _DOLLAR,
    "hugo": _DOLLAR,
    "brackets": Flavor((r"\(", r"\)"), (r"\[", r"\]")),
}

LOOKS: dict[str, str] = {
    "markdown": "markdown/solution.md.j2",
    "latex": "latex/solution.tex.j2",
    "tex": "tex/solution.tex.j2",
    "text": "text/solution.txt.j2",
    "html": "html/solution.html.j2",
}
"""The template of each format that is made from one."""

PICTURES: dict[str, str] = {name: f"graph/graph.{name}.j2" for name in ("tikz", "mermaid", "svg")}
"""The template of each format that is a picture of the working alone."""


_PLAIN = frozenset(
    {View, ProblemView, StepView, Row, ReasonView, AnswerView, EvidenceView, NoteView, Flavor, LoopContext}
)
"""What templates read nearly all of their fields from. Its public fields give nothing away."""


class _Sandbox(ImmutableSandboxedEnvironment):
    """The immutable sandbox, with a short way to the fields of plain data."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return what `obj.attribute` means in a template."""
        if type(obj) in _PLAIN and attribute[0] != "_" and hasattr(obj, attribute):
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)


@cache
def _environment(folders: tuple[Path, ...]) -> jinja2.Environment:
    """The environment, once a process. A user's folder comes first and shadows ours file by file."""
    environment = _Sandbox(
        loader=jinja2.FileSystemLoader([*folders, template_folder()]),
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["mathml"] = mathml
    environment.filters["entities"] = _entities
    return environment


def _entities(text: str) -> str:
    """Spell out what Mermaid would take for its own, in a label in quotes."""
    return "".join(c if c.isalnum() or not c.isascii() or c in " ()=+-/,.'" else f"#{ord(c)};" for c in text)


def render(
    view: View, format: str, flavor: str = "dollar", folders: Sequence[Path] = (), graph: Graph | None = None
) -> str:
    """Return the document, with the graph of the working if one is given.

    Raises:
        DeriveError: A template of the user is at fault.
    """
    return _filled(LOOKS[format], folders, view=view, f=FLAVORS[flavor], graph=graph)


def render_picture(graph: Graph, format: str, folders: Sequence[Path] = ()) -> str:
    """Return the graph alone, in one of the formats of `PICTURES`.

    Raises:
        DeriveError: A template of the user is at fault.
    """
    return _filled(PICTURES[format], folders, graph=graph)


def _filled(template: str, folders: Sequence[Path], **values: object) -> str:
    try:
        text = _environment(tuple(folders)).get_template(template).render(values)
    except jinja2.TemplateError as fault:
        where = f" ({fault.name}:{fault.lineno})" if isinstance(fault, jinja2.TemplateSyntaxError) else ""
        raise DeriveError(f"template: {fault.message or type(fault).__name__}{where}") from fault
    return _without_blank_runs(text)


def note_words(kind: str, about: str) -> str:
    """Return what a note says, in words."""
    module: Any = _environment(()).get_template("words.j2").module
    return str(module.note(NoteView(kind, about), str)).strip()


def _without_blank_runs(text: str) -> str:
    """At most one blank line in a row, none at the ends: templates need not count their line ends."""
    lines: list[str] = []
    for line in text.split("\n"):
        stripped = line.rstrip()
        if stripped or (lines and lines[-1]):
            lines.append(stripped)
    return "\n".join(lines).strip("\n") + "\n"
