"""Pieces of a document that know where they stood in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import NamedTuple

from derive.weave.escapes import SPELLED, meaning

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


@dataclass(frozen=True)
class Text:
    r"""A text taken out of a document, its lines ended by `\n`.

    `starts` holds, for each line, the offset in the document of its first character. What stood in a comment was
    spelled so that it could not end it: `respelled` holds, behind each such spelling, the index of the next character
    and its offset in the document.
    """

    text: str
    starts: tuple[int, ...]
    respelled: tuple[tuple[int, int], ...] = ()

    @cached_property
    def _lines(self) -> list[int]:
        """The index of the first character of each line."""
        return [0, *(found.end() for found in re.finditer("\n", self.text))]

    @cached_property
    def _known(self) -> list[tuple[int, int]]:
        """The indices whose offsets are known: from each on, text and document go on alike up to the next."""
        return sorted([*zip(self._lines, self.starts, strict=True), *self.respelled])

    def at(self, index: int) -> int:
        """Return the offset in the document of a character of the text, or of its end."""
        known, start = self._known[_up_to(index, self._known) - 1]
        return start + index - known

    def part(self, start: int, stop: int) -> Text:
        """Return a part of the text."""
        first, last = bisect_right(self._lines, start), bisect_right(self._lines, stop)
        starts = (self.at(start), *self.starts[first:last])
        behind = self.respelled[_up_to(start, self.respelled) : _up_to(stop, self.respelled)]
        return Text(self.text[start:stop], starts, tuple((index - start, offset) for index, offset in behind))

    def stripped(self) -> Text:
        """Return the text without the white space around it."""
        start = len(self.text) - len(self.text.lstrip())
        return self.part(start, max(start, len(self.text.rstrip())))

    def plain(self) -> Text:
        """Return what a text that stood in a comment means."""
        parts, behind = list[str](), list[tuple[int, int]]()
        at = index = 0
        for found in SPELLED.finditer(self.text):
            parts += [self.text[at : found.start()], meaning(found)]
            index += len(parts[-2]) + len(parts[-1])
            at = found.end()
            behind.append((index, self.at(at)))
        return Text("".join(parts) + self.text[at:], self.starts, tuple(behind))


def _up_to(index: int, known: Sequence[tuple[int, int]]) -> int:
    return bisect_right(known, index, key=itemgetter(0))


def offset(where: int | Text, index: int = 0) -> int:
    """Return the offset in the document of a character of what begins there, or is that text."""
    return where.at(index) if isinstance(where, Text) else where + index


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
