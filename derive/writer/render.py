"""View records -> a document, through the Jinja templates of a look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from derive.errors import DeriveError
from derive.writer.languages import BASE, is_shadowed, languages
from derive.writer.records import Graph, NoteView, View
from derive.writer.sandbox import environment, filled, template_error

LOOKS: dict[str, str] = {
    "markdown": "markdown/solution.md.j2",
    "rst": "rst/solution.rst.j2",
    "latex": "latex/solution.tex.j2",
    "tex": "tex/solution.tex.j2",
    "text": "text/solution.txt.j2",
    "html": "html/solution.html.j2",
}
"""The template of each format that is made from one."""

PICTURES: dict[str, str] = {name: f"graph/graph.{name}.j2" for name in ("tikz", "mermaid", "svg")}
"""The template of each format that is a picture of the working alone."""


def render(
    view: View,
    format: str,
    flavor: str = "dollar",
    folders: Sequence[Path] = (),
    graph: Graph | None = None,
    label: str = "",
) -> str:
    """Return the document, with the graph of the working if one is given.

    With a label, LaTeX and Markdown have what a document can refer to: the answers, and the steps by their numbers.

    Raises:
        DeriveError: A template of the user is at fault.
    """
    return filled(LOOKS[format], folders, view.lang, flavor, view=view, graph=graph, label=label)


def render_picture(graph: Graph, format: str, folders: Sequence[Path] = (), lang: str = "en") -> str:
    """Return the graph alone, in one of the formats of `PICTURES`.

    Raises:
        DeriveError: A template of the user is at fault.
    """
    return filled(PICTURES[format], folders, lang, graph=graph)


def words(lang: str = "en", folders: Sequence[Path] = ()) -> Any:
    """Return the words of a language: a module with the macros and tables of its file.

    Raises:
        DeriveError: There is no such language, or a user's file is at fault.
    """
    try:
        return environment(tuple(folders), lang).get_template("words.j2").module
    except jinja2.TemplateError as fault:
        raise template_error(fault, "words.j2") from fault


def table_of_words(table: str, lang: str, folders: Sequence[Path] = ()) -> Mapping[str, str]:
    """Return a table of a language: `reasons` or `in_formulas`; what it leaves out is said in English.

    The table of a user goes before ours, word by word.

    Raises:
        DeriveError: There is no such language, or a user's file is at fault.
    """
    if lang == BASE and not folders:  # which has none: rules and printers have these words themselves
        return {}
    under = is_shadowed(lang, folders) and lang in languages()
    said: dict[str, str] = {}
    for module in (words(lang), words(lang, folders)) if under else (words(lang, folders),):
        found = getattr(module, table, {})
        if not isinstance(found, dict):
            raise DeriveError(f"template: {table} in the words of the language {lang} is no table")
        said |= {str(name): str(word) for name, word in found.items()}
    return said


def note_words(kind: str, about: str) -> str:
    """Return what a note says, in English words."""
    return str(words().note(NoteView(kind, about), str)).strip()
