"""A JSON file, or the lines of one, as a tree of nodes: numbers and truth values are the text that was typed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from derive.errors import ProblemFileError, Span
from derive.trees.source import DEPTH, VALUES, Items, Node, Pairs, Source, Text

_TOKEN = re.compile(r"""[ \t\n]*(?:("(?:[^"\\\n]++|\\.)*+")|([{}\[\],:])|([^\s,:{}\[\]"]+)|)""")
"""Blanks and what stands behind them: 1 a text in quotes, 2 a sign, 3 a number or word, or none of these."""

_STRING, _SIGN, _WORD = 1, 2, 3
_PLAIN = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null")

_DECODER = json.JSONDecoder(strict=False)
_DOUBLED = r"in JSON a backslash is doubled: write \\frac for the command \frac"


def json_tree(source: Source) -> Node | None:
    """Return the tree of a JSON file, or None if there is nothing in it. What is refused is noted in `source`.

    Raises:
        ProblemFileError: It is no JSON, or lists are nested too deep.
    """
    return _Reader(source, 0, len(source.text)).whole()


def json_lines(source: Source) -> Iterator[Node]:
    """Yield the tree of each line that is not blank. A line that is no JSON is noted in `source` and left out."""
    start = 0
    while start < len(source.text):
        stop = source.text.find("\n", start)
        stop = len(source.text) if stop < 0 else stop
        try:
            node = _Reader(source, start, stop).whole()
        except ProblemFileError as fault:
            source.note(fault)
        else:
            if node is not None:
                yield node
        start = stop + 1


class _Reader:
    """Reads one value, which fills a part of a text, with one token of foresight."""

    def __init__(self, source: Source, start: int, stop: int) -> None:
        self.source, self.text, self.stop = source, source.text, stop
        self.depth = self.count = 0
        self.kind: int | None = None
        self.start = self.end = start
        self._go_on()

    def _go_on(self) -> None:
        """Go to the next token; `kind` is None at the end of the text, and where there is no token."""
        found = _TOKEN.match(self.text, self.end, self.stop)
        if found is not None:
            self.kind = found.lastindex
            self.end = found.end()
            self.start = found.start(self.kind) if self.kind else self.end

    def _at(self, sign: str) -> bool:
        return self.kind == _SIGN and self.text[self.start] == sign

    def whole(self) -> Node | None:
        """Return the value, behind which nothing else may stand, or None if there is nothing."""
        if self.kind is None and self.start == self.stop:
            return None
        node = self._value()
        if self.kind is not None or self.start != self.stop:
            raise self._error("something stands behind the end")
        return node

    def _value(self) -> Node:
        self.count += 1
        if self.count > VALUES:
            raise self.source.too_many(Span(self.start, self.end))
        if self.kind == _STRING:
            return self._string()
        if self._at("{") or self._at("["):
            self.depth += 1
            if self.depth > DEPTH:
                raise self._error(f"nesting too deep: over {DEPTH} levels")
            node: Node = self._mapping() if self._at("{") else self._list()
            self.depth -= 1
            return node
        word = self.text[self.start : self.end]
        if not _PLAIN.fullmatch(word):
            raise self._error("a value is wanted here", 'a text stands in "double quotes", and ends on the same line')
        start, stop = self.start, self.end
        self._go_on()
        return Text(word, start, stop)

    def _string(self) -> Text:
        start, stop = self.start, self.end
        value = self.text[start + 1 : stop - 1]
        if "\\" in value:
            try:
                value = str(_DECODER.raw_decode(self.text, start)[0])
            except ValueError as fault:
                at = getattr(fault, "pos", start)
                at -= self.text[at] != "\\"  # some of these errors point behind the backslash
                self.source.fault(Span(at, at + 2), "this is no JSON: there is no such escape", _DOUBLED)
        self._go_on()
        return Text(value, start, stop, '"')

    def _list(self) -> Items:
        start = self.start
        self._go_on()
        items: list[Node] = []
        if not self._at("]"):
            items.append(self._value())
            while self._comma("]"):
                items.append(self._value())
        stop = self.end
        self._go_on()
        return Items(tuple(items), start, stop)

    def _mapping(self) -> Pairs:
        start = self.start
        self._go_on()
        pairs: list[tuple[Text, Node]] = []
        if not self._at("}"):
            pairs.append(self._pair())
            while self._comma("}"):
                pairs.append(self._pair())
        stop = self.end
        self._go_on()
        return self.source.pairs(pairs, start, stop)

    def _pair(self) -> tuple[Text, Node]:
        if self.kind != _STRING:
            raise self._error(
                'a name in "double quotes" is wanted here', "names too are quoted, and the last pair has no comma"
            )
        key = self._string()
        if not self._at(":"):
            raise self._error("a colon is wanted here")
        self._go_on()
        return key, self._value()

    def _comma(self, end: str) -> bool:
        """Go behind a comma, if there is one, or stay at the end of the list."""
        if self._at(","):
            self._go_on()
            return True
        if not self._at(end):
            raise self._error(f"a comma or {end} is wanted here")
        return False

    def _error(self, message: str, hint: str = "") -> ProblemFileError:
        at = self.start if self.start < self.stop else len(self.text[: self.stop].rstrip())
        return self.source.error(Span(at, at + 1), f"this is no JSON: {message}", hint)
