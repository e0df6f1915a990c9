"""The words of a language: `words.j2`, which the looks import, stands for `words/en.j2`, `words/de.j2`, ..."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import jinja2
from jinja2 import nodes

from derive.writer.languages import BASE, is_shadowed, languages
from derive.writer.templates import template_folder


class WordsLoader(jinja2.BaseLoader):
    """Gives `words.j2` of a language.

    The file of a user stands on ours, or on the English one where we have none: what it does not define, and what ours
    calls in the meantime, is one module with it.
    """

    def __init__(self, lang: str, folders: Sequence[Path]) -> None:
        self.ours = jinja2.FileSystemLoader(template_folder())
        self.theirs = jinja2.FileSystemLoader(list(folders))
        self.name = f"words/{lang}.j2"
        self.base = self.name if lang in languages() else f"words/{BASE}.j2"
        self.shadowed = is_shadowed(lang, folders)

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        """Return the source of the words, the file that it is from, and what tells whether that is still so."""
        if template != "words.j2":
            raise jinja2.TemplateNotFound(template)
        below = self.ours.get_source(environment, self.base)
        if not self.shadowed:
            return below
        text, file, fresh = self.theirs.get_source(environment, self.name)
        environment.compile(text, self.name)  # alone, so that an unfinished macro is told where it is
        rest = without(below[0], _defined(environment.parse(text, self.name)))
        return f"{text}\n{rest}", file, lambda: fresh() and below[2]()


def _defined(file: nodes.Template) -> Iterator[str]:
    for node in file.body:
        if isinstance(node, nodes.Macro):
            yield node.name
        elif isinstance(node, nodes.Assign | nodes.AssignBlock) and isinstance(node.target, nodes.Name):
            yield node.target.name


def without(source: str, names: Iterator[str]) -> str:
    """Return the source of one of our files without the macros and the words of these names."""
    for name in names:
        macro, word = rf"<%- macro {name}\(.*?<%- endmacro -%>", rf"<% set {name} = .*? %>"
        source = re.sub(f"^(?:{macro}|{word})", "", source, flags=re.DOTALL | re.MULTILINE)
    return source
