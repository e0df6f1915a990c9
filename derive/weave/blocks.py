"""The block structure of Markdown, as far as it decides what is a fence, a comment or a display, and what is not.

One pass over the lines, by the rules of CommonMark for containers (quotes, list items), fences, HTML and paragraphs.
Beside CommonMark, what stands indented below an admonition, a tab, a footnote or a definition is in it, and so is what
stands in a fenced directive of MyST that holds prose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from derive.weave.patterns import (
    ADMONITION,
    CLOSERS,
    COMMENTS,
    DISPLAY,
    DIV,
    FENCE,
    HTML,
    MARKER,
    NOTE,
    QUOTE,
    SINGLE,
    TRAIL,
    UNDERLINE,
)
from derive.weave.text import Line, lines_of

_DEPTH = 50
"""More containers around one line are not told apart, so that no line costs more than its length."""


@dataclass(slots=True)
class _Container:
    """A quote, a list item, whose content is `width` columns in, or a directive that ends with a `fence`."""

    width: int = 0
    fence: str = ""
    bare: bool = False
    """Whether nothing has come in a list item yet."""

    @property
    def is_quote(self) -> bool:
        return not self.width and not self.fence


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part of a document that holds no further ones.

    `kind` is `fence`, `comment`, `display`, `text` or `blank`. It reaches from `start` to `stop`, and is in the lines
    `first` to `last`. `pieces` are the lines of its content, as offsets; `info` is that of a fence. A line that is put
    in its place begins with `prefix`, but for the first.
    """

    kind: str
    first: int
    last: int
    start: int
    stop: int
    prefix: str = ""
    pieces: tuple[tuple[int, int], ...] = ()
    info: tuple[int, int] = (0, 0)
    closed: bool = True


@dataclass(frozen=True, slots=True)
class _At:
    """Where the content of a line begins: the line, its text with tabs expanded, the column, what stands before."""

    line: int
    text: str
    column: int
    prefix: str

    @property
    def indent(self) -> int:
        return len(self.text) - self.column - len(self.text[self.column :].lstrip(" "))

    @property
    def rest(self) -> str:
        return self.text[self.column :].strip(" ")


class Blocks:
    """The leaves of a document, one after the other. `line` is where the next one begins; it may be set further on."""

    def __init__(self, document: str, *, mdx: bool = False) -> None:
        self.document = document
        self.lines: list[Line] = lines_of(document)
        self.line = 0
        self.wants_display = False
        """Whether mathematics that begins here is to be taken as one leaf."""
        self._comment = COMMENTS[mdx]
        self._html = HTML[mdx]
        self._around: list[_Container] = []
        self._paragraph = False

    def leaves(self) -> Iterator[Leaf]:
        """Yield the leaves."""
        while self.line < len(self.lines):
            leaf = self._leaf()
            self.line = max(self.line, leaf.last + 1)
            yield leaf
            while leaf.kind == "blank" and self.line < len(self.lines) and self._is_empty(self.line):
                self.line += 1

    def go_to(self, line: int) -> None:
        """Pass over what stands before a line."""
        self.line = max(self.line, line)
        self._paragraph = False

    def _is_empty(self, number: int) -> bool:
        return self.lines[number].start == self.lines[number].stop

    def _leaf(self) -> Leaf:
        at, matched = self._matched(self.line)
        if not at.rest:
            self._around = self._around[:matched]
            self._paragraph = False
            return self._one_line("blank", at)
        if matched and self._ends_directive(at, matched):
            self._around = self._around[: matched - 1]
            self._paragraph = False
            return self._one_line("text", at)
        interrupts = self._paragraph and matched == len(self._around)
        opened, starts = list[_Container](), ""
        if not at.rest[0].isalpha():  # nothing but prose begins with a letter
            at, opened = self._opened(at, _DEPTH - matched, interrupts)
            starts = "" if at.indent > 3 else self._start(at, self._paragraph and not opened)
        if self._paragraph and not opened and not starts:  # it goes on, though its container may not be marked
            self._paragraph = not (interrupts and UNDERLINE.match(at.text, at.column))
            return self._one_line("text", at)
        self._around = [*self._around[:matched], *opened]
        self._paragraph = starts == "" and at.indent <= 3 and bool(at.rest)
        return self._begun(at, starts)

    def _begun(self, at: _At, starts: str) -> Leaf:
        """Return the leaf that begins at a place."""
        if starts == "fence":
            return self._fence(at)
        if starts == "html":
            return self._html_block(at)
        if self.wants_display and self._paragraph and (found := DISPLAY.match(at.text, at.column)):
            return self._display(at, found)
        return self._one_line("text", at)

    def _start(self, at: _At, in_paragraph: bool) -> str:
        """Tell what begins at a place: a `fence`, `html`, a `single` line, or "" for prose."""
        if not at.rest:
            return "single"
        if FENCE.match(at.text, at.column):
            return "fence"
        if any(h.start.match(at.text, at.column) for h in self._html if not (in_paragraph and h.is_tag)):
            return "html"
        return "single" if SINGLE.match(at.text, at.column) else ""

    def _matched(self, number: int) -> tuple[_At, int]:
        """Return where the content of a line begins, and how many of the containers it is in."""
        line = self.lines[number]
        text = self.document[line.start : line.stop]
        if "\t" in text:
            text = text.expandtabs(4)
        column, prefix = 0, ""
        solid = len(text) - len(text.lstrip(" "))
        for count, container in enumerate(self._around):
            if container.is_quote:
                quote = QUOTE.match(text, column)
                if quote is None:
                    return _At(number, text, column, prefix), count
                column, prefix = quote.end(), prefix + quote[0]
                solid = len(text) - len(text[column:].lstrip(" "))
            elif container.width:
                if (solid < len(text) and solid - column < container.width) or (solid >= len(text) and container.bare):
                    return _At(number, text, column, prefix), count
                container.bare = False
                column, prefix = min(column + container.width, solid), prefix + " " * container.width
        return _At(number, text, column, prefix), len(self._around)

    def _opened(self, at: _At, most: int, interrupts: bool) -> tuple[_At, list[_Container]]:
        """Return the containers that begin on a line, and where their content begins."""
        opened: list[_Container] = []
        text, column, prefix = at.text, at.column, at.prefix
        while len(opened) < most:
            here = _At(at.line, text, column, prefix)
            if here.indent > 3:
                break
            if quote := QUOTE.match(text, column):
                opened.append(_Container())
                column, prefix = quote.end(), prefix + quote[0]
            elif ADMONITION.match(text, column):
                opened.append(_Container(width=here.indent + 4))
                column = len(text)
            elif note := NOTE.match(text, column):
                opened.append(_Container(width=4))
                column, prefix = note.end(), prefix + " " * 4
            elif (item := self._item(here, interrupts and not opened)) is not None:
                opened.append(item)
                column, prefix = min(column + item.width, len(text)), prefix + " " * item.width
            elif directive := DIV.match(text, column):
                opened.append(_Container(fence=directive["fence"]))
                column = len(text)
            else:
                break
        return _At(at.line, text, column, prefix), opened

    def _item(self, at: _At, interrupts: bool) -> _Container | None:
        """Return the list item that begins at a place. Few kinds of it interrupt a paragraph."""
        marker = MARKER.match(at.text, at.column)
        if marker is None or SINGLE.match(at.text, at.column):
            return None
        behind = at.text[marker.end() :]
        space = len(behind) - len(behind.lstrip(" "))
        bare = space == len(behind)
        if interrupts and (bare or (marker["number"] or "1") not in ("1", "01")):
            return None
        width = marker.end() - at.column
        return _Container(width=width + (space if 1 <= space <= 4 and not bare else 1), bare=bare)

    def _ends_directive(self, at: _At, matched: int) -> bool:
        fence = self._around[matched - 1].fence
        return bool(fence) and at.indent <= 3 and at.rest.startswith(fence) and not at.rest.strip(fence[0])

    def _one_line(self, kind: str, at: _At) -> Leaf:
        return Leaf(kind, at.line, at.line, self._offset(at, at.column), self.lines[at.line].stop)

    def _offset(self, at: _At, column: int) -> int:
        """Return the offset in the document of a column of a line."""
        line = self.lines[at.line]
        if len(at.text) == line.stop - line.start:
            return line.start + column
        offset, seen = line.start, 0
        while seen < column and offset < line.stop:
            seen += 4 - seen % 4 if self.document[offset] == "\t" else 1
            offset += 1
        return offset

    def _inside(self, number: int) -> _At | None:
        """Return where the content of a further line of a leaf begins, or None if it is not in its containers."""
        if number >= len(self.lines):
            return None
        at, matched = self._matched(number)
        return at if matched == len(self._around) else None

    def _fence(self, at: _At) -> Leaf:
        found = FENCE.match(at.text, at.column)
        assert found is not None
        fence, start = found["fence"], self._offset(at, found.start("fence"))
        info = (start + len(fence), self.lines[at.line].stop)
        prefix = at.prefix + " " * at.indent
        pieces: list[tuple[int, int]] = []
        number, last, closed = at.line + 1, at.line, False
        while not closed and (row := self._inside(number)) is not None:
            closed = row.indent <= 3 and row.rest.startswith(fence) and not row.rest.strip(fence[0])
            if not closed:
                column = row.column + min(at.indent, row.indent)
                pieces.append((self._offset(row, column), self.lines[number].stop))
            last, number = number, number + 1
        return Leaf("fence", at.line, last, start, self.lines[last].stop, prefix, tuple(pieces), info, closed)

    def _html_block(self, at: _At) -> Leaf:
        kind = next(h for h in self._html if h.start.match(at.text, at.column))
        start = self._offset(at, at.column + at.indent)
        pieces = [(start, self.lines[at.line].stop)]
        row: _At | None = at
        number, closed = at.line, False
        while row is not None and not closed:
            closed = kind.is_closed(row.rest)
            number += 1
            row = None if closed else self._inside(number)
            if row is not None and not closed:
                pieces.append((self._offset(row, row.column + min(at.indent, row.indent)), self.lines[number].stop))
        last = number - 1
        what = "comment" if kind.start is self._comment else "text"
        return Leaf(
            what, at.line, last, start, self.lines[last].stop, at.prefix + " " * at.indent, tuple(pieces), closed=closed
        )

    def _display(self, at: _At, found: re.Match[str]) -> Leaf:
        r"""Return the display that begins at a place, `$$`, `\[` or an environment."""
        opener = found["opener"]
        closer = CLOSERS.get(opener) or f"\\end{{{found['name']}}}"
        outer = opener in CLOSERS
        begins = found.end("opener") if outer else found.start("opener")
        start = self._offset(at, found.start("opener"))
        prefix = at.prefix + " " * at.indent
        pieces: list[tuple[int, int]] = []
        row, look = at, found.end("opener")
        while True:
            stop = row.text.find(closer, look)
            end = self.lines[row.line].stop
            if stop >= 0:
                behind = self._offset(row, stop + len(closer))
                pieces.append((self._offset(row, begins), self._offset(row, stop) if outer else behind))
                closed = TRAIL.fullmatch(self.document, behind, end) is not None
                return Leaf("display", at.line, row.line, start, end, prefix, tuple(pieces), closed=closed)
            pieces.append((self._offset(row, begins), end))
            further = self._inside(row.line + 1)
            if further is None or not further.rest:
                return Leaf("display", at.line, row.line, start, end, prefix, tuple(pieces), closed=False)
            row, begins, look = further, further.column, further.column
