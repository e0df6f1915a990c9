"""The user's TeX macros are expanded before the text is read, and each character knows where it comes from."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import NamedTuple

from derive.errors import LimitError, ReadError, Span
from derive.limits import Limits


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro: `name` with its backslash (or `~`), and a body in which `#1` to `#9` stand for its arguments.

    With a `default` the first argument is optional. With a `starred` body a star may follow the name. What is `final`
    stands for a command of TeX itself, whatever that command's name is redefined to later.
    """

    name: str
    parameters: int
    default: str | None
    body: str
    starred: str | None = None
    final: bool = False


@dataclass(frozen=True, slots=True)
class Expansion:
    """A text with its macros expanded, and where each part of it comes from.

    `origins` holds, for each code point of `text` and for its end, the index in `source` that it comes from: its own
    place for what was typed there, the start of the outermost call for what a macro wrote. `calls` holds where each
    such call ends.
    """

    text: str
    source: str
    origins: Sequence[int]
    calls: Mapping[int, int] = field(default_factory=dict)

    def span(self, span: Span) -> Span:
        """Return a span of `text` as one of `source`, never empty; the end of one is the end of the other."""
        start, size = span.start, len(self.text)
        if start >= size:
            return Span(len(self.source), len(self.source) + 1)
        places = self.origins[start : min(max(span.stop, start + 1), size)]
        return Span(min(places), max(self.calls.get(i, i + 1) for i in places))


def expand(text: str, macros: Mapping[str, Macro], limits: Limits) -> Expansion:
    """Return a text with its macros expanded, as TeX does it.

    Raises:
        ReadError: A macro lacks an argument.
        LimitError: More calls, or more text, than `limits` allows.
    """
    every = {**_BUILT_IN, **macros}
    if not every.keys().isdisjoint(_NAME.findall(text)):
        expander = _Expander(text, every, limits)
        expander.run()
        if expander.count:
            origins = (*expander.origins, len(text))
            return Expansion("".join(expander.pieces), text, origins, expander.calls)
    return Expansion(text, text, range(len(text) + 1))


_BUILT_IN = {
    r"\ensuremath": Macro(r"\ensuremath", 1, None, "#1"),
    r"\xspace": Macro(r"\xspace", 0, None, ""),
}
"""Commands about the text around a formula, which mean nothing within one."""
_LETTERS = frozenset(string.ascii_letters)
_TOKEN = re.compile(
    r"(?P<comment>%[^\n]*)|(?P<parameter>#[1-9])|(?P<command>\\(?:[A-Za-z]+|.)?|~)|(?P<text>[^\\%#~]+|#)", re.DOTALL
)
_NAME = re.compile(r"\\(?:[A-Za-z]+|.)|~", re.DOTALL)
_SINGLE = re.compile(r"\\(?:[A-Za-z]+|.)?|.", re.DOTALL)
_PARAMETER = re.compile("#([1-9])")
BLANKS = re.compile(r"(?:\s+|%[^\n]*)*")
_BRACKETS = re.compile(r"%[^\n]*|\\.|[{}\[\]]", re.DOTALL)


def partners(text: str) -> dict[int, int]:
    """Return where the `}` of each `{` stands, and for each `[` the first `]` that is no deeper in braces."""
    pairs: dict[int, int] = {}
    braces: list[int] = []
    brackets: list[list[int]] = [[]]
    for found in _BRACKETS.finditer(text):
        at, sign = found.start(), found.group()
        if sign == "{":
            braces.append(at)
            brackets.append([])
        elif sign == "}" and braces:
            pairs[braces.pop()] = at
            brackets.pop()
        elif sign == "[":
            brackets[-1].append(at)
        elif sign == "]":
            pairs.update(zip(brackets[-1], repeat(at)))
            brackets[-1].clear()
    return pairs


def stripped(text: str, pairs: Mapping[int, int], start: int, stop: int) -> tuple[int, int]:
    """Return where the content of square brackets stands, without braces around all of it."""
    return (start + 1, stop - 1) if pairs.get(start) == stop - 1 and text[start] == "{" else (start, stop)


class _Code(NamedTuple):
    """A text from which tokens are taken: the source, or the body of a macro."""

    text: str
    partners: dict[int, int]


class _Argument(NamedTuple):
    """A part of a text, with what its own `#1` stands for; `origin` is the call that wrote it, -1 for the source."""

    code: _Code
    start: int
    stop: int
    arguments: tuple[_Argument, ...]
    origin: int


class _Frame:
    """A part that is being read, and how far it has been."""

    __slots__ = ("arguments", "at", "code", "origin", "stop")

    def __init__(self, part: _Argument) -> None:
        self.code, self.at, self.stop, self.arguments, self.origin = part


_PATIENCE = 10
"""What may be read for one character that may be written: names of macros, comments, arguments that are dropped."""


class _Expander:
    """The parts that are being read, innermost last, and what has been written.

    An argument is never copied: it is a part of the text it was typed in, with the arguments that hold there.
    """

    def __init__(self, source: str, macros: Mapping[str, Macro], limits: Limits) -> None:
        self.source, self.macros, self.limits = source, macros, limits
        self.frames = [_Frame(_Argument(_Code(source, partners(source)), 0, len(source), (), -1))]
        self.codes: dict[str, _Code] = {}
        self.pieces: list[str] = []
        self.origins: list[int] = []
        self.calls: dict[int, int] = {}
        self.count = self.done = 0
        self.after_word = False

    def run(self) -> None:
        """Write all that there is to read."""
        frames, scan, macros = self.frames, _TOKEN.match, self.macros
        while frames:
            frame = frames[-1]
            start = frame.at
            found = scan(frame.code.text, start, frame.stop)
            if found is None:
                frames.pop()
                continue
            kind, text = found.lastgroup, found.group()
            self.move(frame, found.end())
            if kind == "comment" or (kind == "parameter" and self.enter(frame, int(text[1:]))):
                continue
            macro = macros.get(text) if kind == "command" else None
            if macro is not None:
                self.call(macro, frame, start)
            else:
                self.write(text, start if frame.origin < 0 else frame.origin, frame.origin >= 0)

    def move(self, frame: _Frame, stop: int) -> None:
        """Read on. What is read without being written counts as well: it takes time."""
        self.done += stop - frame.at
        frame.at = stop
        allowed = self.limits.characters
        if self.done > _PATIENCE * allowed:
            raise self.too_long(f"the macros need more than {_PATIENCE * allowed} characters to be read", frame.origin)

    def enter(self, frame: _Frame, number: int) -> bool:
        """Go into the argument that `#1` stands for; outside of a body it stands for nothing."""
        if number > len(frame.arguments):
            return False
        self.frames.append(_Frame(frame.arguments[number - 1]))
        return True

    def write(self, text: str, place: int, fixed: bool) -> None:
        r"""Write what comes from `place`, or stands for the call there. To TeX `\mathbf` and `x` stay two tokens."""
        if self.after_word and text[0] in _LETTERS:
            self.pieces.append(" ")
            self.origins.append(self.origins[-1])
        self.pieces.append(text)
        self.origins.extend(repeat(place, len(text)) if fixed else range(place, place + len(text)))
        self.after_word = text[0] == "\\" and text[-1] in _LETTERS
        allowed = self.limits.characters
        if len(self.origins) > allowed:
            raise self.too_long(f"expanded, the text has more than {allowed} characters", place if fixed else -1)

    def too_long(self, message: str, origin: int) -> LimitError:
        """Return the error of a text over the limit, which blames the call at `origin`, or the last one."""
        start = max(self.calls) if origin < 0 and self.calls else max(origin, 0)
        return self.over(message, start, "characters", 2 * self.limits.characters)

    def over(self, message: str, start: int, limit: str, more: int) -> LimitError:
        stop = self.calls.get(start, start + 1)
        found = _SINGLE.match(self.source, start)
        name = found.group() if found else ""
        hint = f"{name} may call itself; if not, raise the limit with --limit {limit}={more}"
        return LimitError(message, Span(start, stop), hint, self.source)

    def call(self, macro: Macro, frame: _Frame, start: int) -> None:
        """Read the arguments of a macro whose name has been read, and go into its body."""
        origin = frame.origin if frame.origin >= 0 else start
        if frame.origin < 0:
            self.calls[origin] = max(frame.at, self.calls.get(origin, 0))
        self.count += 1
        if self.count > self.limits.expansions:
            allowed = self.limits.expansions
            raise self.over(f"more than {allowed} calls of macros, at {macro.name}", origin, "expansions", 10 * allowed)
        if macro.final:
            self.write(macro.body, origin, True)
            return
        starred = macro.starred is not None and self.peek() == "*"
        if starred:
            self.move(self.frames[-1], self.frames[-1].at + 1)
        arguments: list[_Argument] = []
        if macro.default is not None:
            asked = None if starred else self.option()
            arguments.append(asked or _whole(self.code(macro.default), (), origin))
        while len(arguments) < macro.parameters:
            arguments.append(self.argument(macro, origin))
        if self.frames and self.frames[-1].origin < 0:
            self.calls[origin] = max(self.calls[origin], self.frames[-1].at)
        body = macro.starred if starred and macro.starred is not None else macro.body
        self.frames.append(_Frame(_whole(self.code(body), tuple(arguments), origin)))

    def code(self, text: str) -> _Code:
        if text not in self.codes:
            self.codes[text] = _Code(text, partners(text))
        return self.codes[text]

    def peek(self) -> str:
        """Pass over blanks and return the character that comes next, which the last frame is at; "" at the end."""
        while self.frames:
            frame = self.frames[-1]
            blanks = BLANKS.match(frame.code.text, frame.at, frame.stop)
            self.move(frame, blanks.end() if blanks else frame.at)
            if frame.at >= frame.stop:
                self.frames.pop()
                continue
            found = _PARAMETER.match(frame.code.text, frame.at, frame.stop)
            if found is not None and self.enter(frame, int(found[1])):
                self.move(frame, found.end())
                continue
            return frame.code.text[frame.at]
        return ""

    def option(self) -> _Argument | None:
        """Read an argument in square brackets, if there is one."""
        if self.peek() != "[":
            return None
        frame = self.frames[-1]
        stop = frame.code.partners.get(frame.at, frame.stop)
        if stop >= frame.stop:
            raise self.error("[ is never closed", frame)
        start, frame.at = frame.at + 1, stop + 1
        return self.part(frame, *stripped(frame.code.text, frame.code.partners, start, stop))

    def argument(self, macro: Macro, origin: int) -> _Argument:
        """Read one token, or what stands in one pair of braces."""
        sign = self.peek()
        if sign in ("", "}"):
            span = Span(origin, self.calls[origin])
            raise ReadError(f"{macro.name} lacks its argument", span, _usage(macro), self.source)
        frame = self.frames[-1]
        if sign == "{":
            stop = frame.code.partners.get(frame.at)
            if stop is None:
                raise self.error("{ is never closed", frame)
            start, frame.at = frame.at + 1, stop + 1
            return self.part(frame, start, stop)
        found = _SINGLE.match(frame.code.text, frame.at, frame.stop)
        stop = found.end() if found else frame.at + 1
        part = _Argument(frame.code, frame.at, stop, frame.arguments, frame.origin)
        self.move(frame, stop)
        return part

    def part(self, frame: _Frame, start: int, stop: int) -> _Argument:
        """Return what stood between brackets; `{#1}` is what `#1` is, not a way to it."""
        found = _PARAMETER.fullmatch(frame.code.text, start, stop)
        if found is not None and int(found[1]) <= len(frame.arguments):
            return frame.arguments[int(found[1]) - 1]
        return _Argument(frame.code, start, stop, frame.arguments, frame.origin)

    def error(self, message: str, frame: _Frame) -> ReadError:
        place = frame.at if frame.origin < 0 else frame.origin
        return ReadError(message, Span(place, self.calls.get(place, place + 1)), "", self.source)


def _whole(code: _Code, arguments: tuple[_Argument, ...], origin: int) -> _Argument:
    return _Argument(code, 0, len(code.text), arguments, origin)


def _usage(macro: Macro) -> str:
    return f"write {macro.name}" + "{..}" * (macro.parameters - (macro.default is not None))
