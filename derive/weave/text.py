"""Pieces of a document that know where they stood in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from derive.weave.escapes import escaped, unescaped

_NEWLINE = re.compile(r"\r\n|\r|\n")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


class Line(NamedTuple):
    """A line of a document: where it starts, where its text stops, where the next line starts."""

    start: int
    stop: int
    end: int


def lines_of(document: str) -> list[Line]:
    """Return the lines of a document; only carriage returns and line feeds end one, as in CommonMark and TeX.

    A byte order mark belongs to none.
    """
    lines, start = list[Line](), int(document.startswith("\ufeff"))
    for found in _NEWLINE.finditer(document):
        stop, end = found.span()
        lines.append(Line(start, stop, end))
        start = end
    return [*lines, Line(start, len(document), len(document))] if start < len(document) else lines


@dataclass(frozen=True, slots=True)
class Text:
    r"""A text taken out of a document, its lines ended by `\n`.

    `starts` holds, for each line, the offset in the document of its first character. A text that stood in a comment is
    `in_comment`: in the document it was spelled so that it could not end the comment.
    """

    text: str
    starts: tuple[int, ...]
    in_comment: bool = False

    def at(self, index: int) -> int:
        """Return the offset in the document of a character of the text, or of its end."""
        number = self.text.count("\n", 0, index)
        line = self.text[self.text.rfind("\n", 0, index) + 1 : index]
        return self.starts[number] + len(escaped(line) if self.in_comment else line)

    def part(self, start: int, stop: int) -> Text:
        """Return a part of the text."""
        text = self.text[start:stop]
        first = self.text.count("\n", 0, start)
        starts = (self.at(start), *self.starts[first + 1 : first + 1 + text.count("\n")])
        return Text(text, starts, self.in_comment)

    def stripped(self) -> Text:
        """Return the text without the white space around it."""
        start = len(self.text) - len(self.text.lstrip())
        return self.part(start, max(start, len(self.text.rstrip())))

    def plain(self) -> Text:
        """Return what a text that stood in a comment means."""
        return Text(unescaped(self.text), self.starts, in_comment=True)


def joined(document: str, pieces: Iterable[tuple[int, int]]) -> Text:
    """Return lines, or parts of lines, of a document as one text."""
    found = list(pieces) or [(0, 0)]
    return Text("\n".join(document[start:stop] for start, stop in found), tuple(start for start, _ in found))


def taken(document: str, start: int, stop: int) -> Text:
    """Return a part of a document as a text."""
    pieces = []
    for line in _LINE.finditer(document, start, stop):
        pieces.append((line.start(), line.start() + len(line[0].rstrip("\r\n"))))
    if len(pieces) > 1 and document[start:stop][-1:] not in ("\r", "\n"):
        pieces.pop()  # the empty line behind the last one
    return joined(document, pieces)
