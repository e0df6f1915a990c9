"""An extension for Python-Markdown, and so for Pelican: the blocks of derive in a text become solutions.

markdown.markdown(text, extensions=["derive", "pymdownx.arithmatex"])
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

from derive.options import Value
from derive.weave.site import options_of, shared

if TYPE_CHECKING:
    from markdown import Markdown

_log = logging.getLogger("derive")

_BEFORE_ALL = 35
"""Also before white space is changed and metadata taken away, so that lines are those of the file."""


class DeriveExtension(Extension):
    """Weaves a text before anything else is done with it. An error is logged as a warning, or raised if `strict`."""

    def __init__(self, **kwargs: Any) -> None:
        self.config = {
            "options": [{}, "Options of derive, by name."],
            "lang": ["", "The language of the words: en, de."],
            "file": ["<text>", "The name of the page in errors; its folder tells which configuration holds."],
            "strict": [False, "Raise the first error, instead of a warning for each."],
        }
        super().__init__(**kwargs)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  (the name is Python-Markdown's)
        """Register what weaves."""
        path = Path(self.getConfig("file"))
        given = {"flavor": "mkdocs", "lang": self.getConfig("lang") or None, **self.getConfig("options")}
        weaving = _Weaving(md, path, options_of(given, path), bool(self.getConfig("strict")))
        md.preprocessors.register(weaving, "derive", _BEFORE_ALL)


class _Weaving(Preprocessor):
    def __init__(self, md: Markdown, path: Path, defaults: dict[str, Value], strict: bool) -> None:
        super().__init__(md)
        self.path, self.defaults, self.strict = path, defaults, strict

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines of the text with its solutions."""
        text = "\n".join(lines)
        if "derive" not in text:
            return lines
        woven = shared().weave(text, self.path, defaults=self.defaults)
        if woven.errors and self.strict:
            raise woven.errors[0]
        for told in (*woven.errors, *woven.warnings):
            _log.warning(told.report())
        return woven.text.split("\n")


def makeExtension(**kwargs: Any) -> DeriveExtension:  # noqa: N802  (the name is Python-Markdown's)
    """Return the extension."""
    return DeriveExtension(**kwargs)
