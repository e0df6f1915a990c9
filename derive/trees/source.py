"""The text of a file, the nodes that it consists of, and what was found wrong with it.

Each node knows where it stands, as offsets in code points. All values are text, as they were typed. Nodes are named
tuples, which are made in half the time of a frozen dataclass: a file has a hundred thousand of them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import NamedTuple, TypeAlias

from derive.errors import ProblemFileError, ProblemSetError, Span, visible

SIZE = 5 * 2**20
"""The largest file that is read, in bytes."""

DEPTH = 50
"""How deep lists and mappings may be nested."""

VALUES = 500_000
"""How many names, values, lists and mappings a file may have, or a line of JSON; it bounds the memory that is used."""

MOST = 1_000
"""After so many errors in a file no more are looked for."""

_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""Characters that no editor shows. Some of them end a line in YAML, but in no other format."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in its file; both are counted from 1, columns in code points.

    `lines` is whether each line of the text there is one of the file, `columns` whether it stands there as it is used,
    each line from the same column on.
    """

    line: int
    column: int
    lines: bool = False
    columns: bool = False

    def at(self, line: int | None, column: int | None) -> Place:
        """Return where a place in the text stands, as far as that can be told; both are counted from 1."""
        down, right = (line or 1) - 1 if self.lines else 0, (column or 1) - 1 if self.columns else 0
        return Place(self.line + down, self.column + right)


class Text(NamedTuple):
    """A text, and how it was quoted: by `'`, by `"`, as a block after `|` or `>`, or not at all."""

    value: str
    start: int
    stop: int
    quote: str = ""


class Items(NamedTuple):
    """A list."""

    items: tuple[Node, ...]
    start: int
    stop: int


class Pairs(NamedTuple):
    """A mapping, in the order of the file."""

    pairs: tuple[tuple[Text, Node], ...]
    start: int
    stop: int


Node: TypeAlias = Text | Items | Pairs


class Source:
    """The text of a file. Errors are collected, so that a user sees all of them at once.

    `suffix` is how the name of a file ends that is written so: `.yaml`.
    """

    def __init__(self, text: str, name: str = "", suffix: str = "") -> None:
        self.text, self.name = text, name
        self.suffix = suffix or PurePath(name).suffix.lower()
        self.faults: dict[int, ProblemFileError] = {}
        self._lines = [0, *[found.end() for found in re.finditer("\n", text)]]

    def place(self, offset: int) -> Place:
        """Return the line and the column of an offset."""
        line = bisect_right(self._lines, offset)
        return Place(line, offset - self._lines[line - 1] + 1)

    def error(self, at: Node | Span, message: str, hint: str = "") -> ProblemFileError:
        """Return an error that points at a node: raised where no more can be read."""
        return ProblemFileError(visible(message), Span(at.start, at.stop), hint, self.text, self.name)

    def fault(self, at: Node | Span, message: str, hint: str = "") -> None:
        """Note an error. At one place the first one counts: what comes later there mostly follows from it.

        Raises:
            ProblemSetError: There are too many already.
        """
        self.note(self.error(at, message, hint))

    def too_many(self, at: Node | Span) -> ProblemFileError:
        """Return the error for a file with more than `VALUES` values."""
        return self.error(at, f"the file has more than {VALUES} values", "divide it into several files")

    def note(self, fault: ProblemFileError) -> None:
        """Note an error that was raised."""
        self.faults.setdefault(fault.span.start if fault.span else 0, fault)
        if len(self.faults) >= MOST:
            raise self.failure()

    def pairs(self, pairs: list[tuple[Text, Node]], start: int, stop: int) -> Pairs:
        """Return a mapping; a name that stands in it twice is an error, and counts once."""
        first: dict[str, tuple[Text, Node]] = {}
        for pair in pairs:
            key = pair[0]
            if first.setdefault(key.value, pair) is not pair:
                line = self.place(first[key.value][0].start).line
                self.fault(
                    key, f"{key.value[:40]} stands here a second time, after line {line}", "leave one of them out"
                )
        return Pairs(tuple(first.values()), start, stop)

    def failure(self) -> ProblemSetError:
        """Return all the errors as one, in the order of the file."""
        return ProblemSetError([self.faults[start] for start in sorted(self.faults)])


def read_source(path: Path, size: int = SIZE, suffix: str = "") -> Source:
    """Read a file, of which no more than `size` bytes are ever read and one. `suffix`: what it is, if not by its name.

    Raises:
        ProblemFileError: It cannot be read, is too large, or is not text in UTF-8.
    """
    try:
        with path.open("rb") as file:
            data = file.read(size + 1)
    except (OSError, ValueError) as fault:  # ValueError: a name that holds a zero
        why = getattr(fault, "strerror", None) or str(fault)
        raise ProblemFileError(f"the file cannot be read: {why}", file=str(path)) from None
    if len(data) > size:
        hint = "divide it into several files, or raise the limit: --limit file-mib=100"
        raise ProblemFileError(f"the file has over {_amount(size)}", hint=hint, file=str(path))
    return Source(_decoded(data, str(path)), str(path), suffix)


def text_source(text: str, name: str = "") -> Source:
    """Return a text as if it had been read from a file.

    Raises:
        ProblemFileError: It holds what is no text in UTF-8, or characters that no editor shows.
    """
    return Source(_decoded(text.encode("utf-8", "surrogatepass"), name), name)


def _decoded(data: bytes, name: str) -> str:
    """Return the text that bytes are, its lines ended by newlines alone."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as fault:
        before = _with_newlines(data[: fault.start].decode("utf-8"))
        whole = Source(_with_newlines(data.decode("utf-8", "replace")), name)
        hint = "it looks like UTF-16; save" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "save"
        raise whole.error(Span(len(before), len(before) + 1), "this is no UTF-8", f"{hint} the file as UTF-8") from None
    source = Source(_with_newlines(text), name)
    for found in _REFUSED.finditer(source.text):
        hint = "delete it, or type the LaTeX anew: another program took a backslash for the start of such a character"
        source.fault(Span(*found.span()), f"the character {visible(found[0])} stands here, which no editor shows", hint)
    if source.faults:
        raise source.failure()
    return source.text


def _with_newlines(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _amount(size: int) -> str:
    return f"{size / 2**20:g} MiB" if size % 2**18 == 0 else f"{size} bytes"
