r"""Mathematics inside of prose: what is accepted, so that each output can set it and none is made to do anything else.

What is known stands in `commands`; what else there is, such as `\input`, is refused.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from difflib import get_close_matches
from typing import Final, NamedTuple

from derive.errors import LimitError, ReadError, Span
from derive.writer.commands import (
    ARGUMENTS,
    BESIDE,
    DELIMITERS,
    ENVIRONMENTS,
    INSTEAD,
    KNOWN,
    MEANT,
    SAME,
    SIGNS,
    SYMBOLS,
    TEXTS,
)
from derive.writer.mathml import complaint

_LONGEST: Final = 4_000
_DEEPEST: Final = 40
_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-*/=<>()[]|.,;:!?'~^_")
_ESCAPED: Final = frozenset(r"{}%&#_$|,:;!> ")
_TOKEN: Final = re.compile(r"\\operatorname\*|\\[A-Za-z]+|\\.|\s+|\^\^|.", re.DOTALL)
_NAME: Final = re.compile(r"\s*\{\s*([A-Za-z]+\*?)\s*\}")
_COLUMNS: Final = re.compile(r"\s*\{[\sclr|]{1,100}\}")
_SIMPLE: Final = re.compile(r"\s*\{[A-Za-z0-9+*,. -]+\}")
_TEXT: Final = re.compile(r"\s*\{((?:[^{}\\$&#%_^~`\"]|\\[{}$&#%_ ,])*)\}")
_APART: Final = re.compile("[" + re.escape("".join(SIGNS) + "<>|") + "]")
_SIGN: Final = re.compile(r"\s*(\\[A-Za-z]+|\\.|.)", re.DOTALL)
_GAP: Final = re.compile(r"\*?(\[\d{1,2}pt\])?")
_UNSAFE: Final = {
    "%": "a comment in mathematics", "$": "a dollar sign in mathematics", "&": "an & outside of an environment",
    "#": "a # in mathematics", "^^": "a double superscript",
}  # fmt: skip


def mathematics(source: str, start: int, stop: int) -> str:
    """Return a formula that stands in a text, in the spelling that all outputs know.

    Raises:
        ReadError: It has what is no mathematics, or is not well formed; the error points at the place.
        LimitError: It is too long.
    """
    return _Formula(source, start, stop).checked()


class _Open(NamedTuple):
    """What has to be closed, where it was opened, and how many arguments are wanted behind it."""

    what: str
    place: int
    wanted: int = 0


class _Formula:
    """A formula while it is read: what was written of it, and what is still open."""

    def __init__(self, source: str, start: int, stop: int) -> None:
        self.source, self.start, self.stop = source, start, stop
        self.at = start
        self.pieces: list[str] = []
        self.places: list[tuple[int, int]] = []
        """For each piece, where it begins in the result, and what it is from."""
        self.open: list[_Open] = []
        self.wanted = 0
        """How many arguments are to follow."""

    def checked(self) -> str:
        """Return the formula in the spelling that all outputs know."""
        whole = Span(self.start, self.stop)
        if self.stop - self.start > _LONGEST:
            raise LimitError(f"a formula of more than {_LONGEST} characters", whole, "part it in two", self.source)
        length = 0
        while self.at < self.stop:
            before = self.at
            piece = self._piece()
            self.pieces.append(piece)
            self.places.append((length, before))
            length += len(piece)
        if self.open:
            what, place, _ = self.open[-1]
            raise self.error(f"{what} is not closed in this formula", place, place + len(what))
        self._no_argument_is("the end of the formula", self.stop - 1)
        latex = "".join(self.pieces)
        if not latex.strip():
            raise ReadError("an empty formula", whole, r"a dollar sign is written \$", self.source)
        self._set(latex)
        return latex.strip()

    def error(self, message: str, start: int, stop: int, hint: str = "") -> ReadError:
        """Return an error that points at a part of the formula."""
        return ReadError(message, Span(start, min(stop, self.stop)), hint, self.source)

    def _set(self, latex: str) -> None:
        """Have it set once, so that it is known that it can be."""
        fault = complaint(latex)
        if fault is not None:
            k = bisect_right(self.places, (fault.place, self.stop)) - 1
            place = min(self.places[max(k, 0)][1], self.stop - 1)
            raise self.error(fault.message, place, place + 1)

    def _piece(self) -> str:
        """Read on by one token, and return what is written for it."""
        token = _TOKEN.match(self.source, self.at, self.stop)
        assert token is not None  # it matches any character
        word, start = token.group(), self.at
        self.at = token.end()
        if word.isspace():
            return " "
        if word in "{}[]":
            return self._bracket(word, start)
        if (word == "&" and self._in_environment()) or word == "\\\\":
            return self._cell_end(word, start)
        if word[0] == "\\" and len(word) > 1:
            return self._command(word[1:], start)
        if word in "^_":
            self._no_argument_is(word, start)
            self.wanted = 1
            return word
        if word in _PLAIN:
            if word in "'~":
                self._no_argument_is(word, start)
            self.wanted -= self.wanted > 0
            return word
        if word in SIGNS:
            return self._argument(SIGNS[word]) + " "
        hint = rf"\{word} prints one" if word in "%$&#" else ""
        raise self.error(_UNSAFE.get(word, f"{_called(word)} in mathematics"), start, self.at, hint)

    def _argument(self, latex: str) -> str:
        """Return what may be an argument, in braces if it is one."""
        if not self.wanted:
            return latex
        self.wanted -= 1
        return f"{{{latex}}}"

    def _no_argument_is(self, word: str, start: int) -> None:
        if self.wanted:
            raise self.error(f"{word} where an argument is wanted", start, self.at, "put braces around the argument")

    def _command(self, typed: str, start: int) -> str:
        name = SAME.get(typed, typed)
        if name in MEANT:
            return self._argument(MEANT[name])
        if name in SYMBOLS or name in _ESCAPED:
            return self._argument("\\" + name) if name != "not" else r"\not"
        if name in TEXTS:
            return self._argument(self._text(name, start))
        if name in ARGUMENTS:
            return self._with_arguments(name, start)
        if name in ("begin", "end"):
            return self._environment(name, start)
        if name in BESIDE:
            return self._fence(name, start)
        close = get_close_matches(name, sorted(KNOWN), 1, 0.8)
        hint = rf"did you mean \{close[0]}?" if close else "mathematics is written without commands of one's own"
        raise self.error(rf"\{name} is no mathematics that is known here", start, self.at, hint)

    def _with_arguments(self, name: str, start: int) -> str:
        simple = _SIMPLE.match(self.source, self.at, self.stop) if self.wanted and ARGUMENTS[name] == 1 else None
        if simple is not None:  # x_\mathrm{max}
            self.at = simple.end()
            return self._argument(rf"\{name}{simple.group().lstrip()}")
        self._no_argument_is("\\" + name, start)
        self.wanted = ARGUMENTS[name]
        if self.source[self.at : self.stop].lstrip()[:1] == "[" and name in ("sqrt", "xrightarrow", "xleftarrow"):
            self.at = self.source.index("[", self.at) + 1
            self._opened("[", start)
            return rf"\{name}["
        return "\\" + name

    def _bracket(self, word: str, start: int) -> str:
        if word == "{":
            self.wanted -= self.wanted > 0
            self._opened(word, start)
        elif word == "}":
            self.wanted = self._closed("{", word, start)
        elif word == "]" and self.open and self.open[-1].what == "[":
            self.wanted = self.open.pop().wanted
        else:
            self.wanted -= self.wanted > 0
        return word

    def _opened(self, what: str, start: int) -> None:
        if len(self.open) == _DEEPEST:
            raise self.error(f"a formula that is nested more than {_DEEPEST} deep", start, self.at)
        self.open.append(_Open(what, start, self.wanted))
        self.wanted = 0

    def _closed(self, opener: str, word: str, start: int) -> int:
        if not self.open or self.open[-1].what != opener:
            raise self.error(f"{word} without {opener} before it", start, self.at)
        self._no_argument_is(word, start)
        return self.open.pop().wanted

    def _fence(self, name: str, start: int) -> str:
        self._no_argument_is("\\" + name, start)
        if name == "left":
            self._opened(r"\left", start)
        elif name == "right":
            self._closed(r"\left", r"\right", start)
        elif name == "middle" and not (self.open and self.open[-1].what == r"\left"):
            raise self.error(r"\middle without \left before it", start, self.at)
        if name in ("limits", "nolimits"):
            return "\\" + name
        sign = _SIGN.match(self.source, self.at, self.stop)
        if sign is None or sign[1] not in DELIMITERS:
            raise self.error(rf"\{name} without a bracket behind it", start, self.at)
        self.at = sign.end()
        return rf"\{name}{DELIMITERS[sign[1]]}"

    def _environment(self, name: str, start: int) -> str:
        r"""Read what follows `\begin` or `\end`."""
        found = _NAME.match(self.source, self.at, self.stop)
        typed = found[1] if found else ""
        environment = INSTEAD.get(typed, typed)
        if found is None or environment not in ENVIRONMENTS:
            hint = "there are " + ", ".join(sorted(ENVIRONMENTS))
            raise self.error(f"no environment that is known here: {typed or name}", start, self.at, hint)
        self.at = found.end()
        opener = rf"\begin{{{typed}}}"
        if name == "end":
            self._closed(opener, rf"\end{{{typed}}}", start)
            return rf"\end{{{environment}}}"
        self._no_argument_is(opener, start)
        self._opened(opener, start)
        if environment != "array":
            return rf"\begin{{{environment}}}"
        columns = _COLUMNS.match(self.source, self.at, self.stop)
        if columns is None:
            raise self.error("an array needs its columns", start, self.at, r"as in \begin{array}{cc}")
        self.at = columns.end()
        return r"\begin{array}" + "".join(columns.group().split())

    def _in_environment(self) -> bool:
        return bool(self.open) and self.open[-1].what.startswith(r"\begin")

    def _cell_end(self, word: str, start: int) -> str:
        self._no_argument_is(word, start)
        if word == "&":
            return word
        if not self._in_environment():
            raise self.error("a line end outside of an environment", start, self.at, "put aligned around the lines")
        gap = _GAP.match(self.source, self.at, self.stop)
        assert gap is not None  # it matches nothing too
        self.at = gap.end()
        behind = self.source[self.at : self.stop].lstrip()[:1]
        return "\\\\" + (gap[1] or ("{}" if behind in ("[", "*") else ""))

    def _text(self, name: str, start: int) -> str:
        """Read the words in a formula; a sign among them that needs mathematics is set outside of them."""
        found = _TEXT.match(self.source, self.at, self.stop)
        if found is None:
            hint = "mathematics stands outside of it"
            raise self.error(rf"\{name} takes plain words in braces", start, self.at, hint)
        self.at = found.end()
        words = " ".join(found[1].split())
        words = " " * found[1][:1].isspace() + words + " " * (found[1][-1:].isspace() and bool(words))
        parts = [rf"\{name}{{{part}}}" for part in _APART.split(words)]
        signs = [f" {SIGNS.get(c, c)} " for c in _APART.findall(words)]
        whole = parts[0] + "".join(sign + part for sign, part in zip(signs, parts[1:], strict=True))
        return f"{{{whole}}}" if signs else whole


def _called(c: str) -> str:
    return "the character " + c if c.isprintable() else f"the character U+{ord(c):04X}"
