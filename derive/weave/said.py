"""Options as a document gives them: name and text, and where each stands. The words of a fence are read here."""

from __future__ import annotations

import re
from dataclasses import dataclass

from derive.errors import ProblemFileError, Span, visible
from derive.weave.text import Text, offset


class DocumentError(ProblemFileError):
    """Something in a document, or in its configuration, that its author can mend.

    `code` is that of the error in the formula, where there is one.
    """

    code = "D604"

    def __init__(
        self, message: str, span: Span | None = None, hint: str = "", source: str = "", file: str = ""
    ) -> None:
        source = source.replace("\r\n", " \n").replace("\r", "\n")  # as long as it was, so that the span stays right
        super().__init__(message, span, hint, source, file)

    @classmethod
    def like(cls, code: str, message: str, span: Span, hint: str, source: str, file: str) -> DocumentError:
        """Return an error with a code of its own."""
        error = cls(message, span, hint, source, file)
        error.code = code
        return error


class DocumentWarning(DocumentError):  # noqa: N818  (it is told, never raised)
    """What a document lacks though its author wrote it."""

    def _head(self) -> str:
        return f"{visible(self.file)}{self._place()}: warning"


@dataclass(frozen=True, slots=True)
class Place:
    """The document, or file, that errors point into."""

    text: str
    name: str

    def error(self, at: int, message: str, hint: str = "", length: int = 1) -> DocumentError:
        """Return an error at an offset."""
        return DocumentError(message, Span(at, at + length), hint, self.text, self.name)


@dataclass(frozen=True, slots=True)
class Said:
    """One option that was given, the offset of its name, and where its value stands. A flag alone has an empty value.

    Where it stands is an offset, or the value as a text of the document, without the white space around it.
    """

    name: str
    value: str
    at: int
    value_at: int | Text

    @property
    def starts_at(self) -> int:
        """The offset of the value."""
        return offset(self.value_at)


_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_EQUALS = re.compile(r"\s*=\s*")
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_BARE = {False: re.compile(r"\S+"), True: re.compile(r"[^\s,]+")}
_BETWEEN = re.compile(r"[\s,]*")


def said_in_words(text: Text, place: Place, *, commas: bool = False) -> list[Said]:
    r"""Read options written one after the other: `wrt=x detail=brief let='\mathbf{x} \in \mathbb{R}^n' oracle`.

    A value with blanks in it stands in quotes, or in braces. A backslash is a backslash. With `commas`, as in the
    brackets of LaTeX, a comma ends a value; without, only one that has a blank behind it.

    Raises:
        DocumentError: This is no list of options.
    """
    found: list[Said] = []
    source, at = text.text, _after(_BETWEEN, text.text, 0)
    while at < len(source):
        name = _NAME.match(source, at)
        if name is None:
            raise place.error(text.at(at), "an option is wanted here", _EXAMPLE)
        equals = _EQUALS.match(source, name.end())
        if equals is None:
            stop = name.end()
            value = text.part(stop, stop)
        else:
            stop, value = _value(text, equals.end(), commas, place)
        found.append(Said(name[0], value.text, text.at(name.start()), value.stripped()))
        at = _after(_BETWEEN, source, stop)
        if at == stop < len(source):
            raise place.error(text.at(at), "a blank is missing between two options", _EXAMPLE)
    return found


_EXAMPLE = "options are written as in  wrt=x detail=brief let='a > 0'"


def _value(text: Text, at: int, commas: bool, place: Place) -> tuple[int, Text]:
    """Read a value; return where the next option may start, and what it is."""
    source = text.text
    sign = source[at : at + 1]
    if sign in ("'", '"'):
        quoted = _QUOTED.match(source, at)
        if quoted is None:
            raise place.error(text.at(at), f"{sign} is never closed", "a value ends with the quote that it begins with")
        return quoted.end(), text.part(at + 1, quoted.end() - 1)
    if sign == "{":
        stop = closing(source, at)
        if stop is None:
            raise place.error(text.at(at), "{ is never closed")
        if source[stop : stop + 1] in ("", ",", " ", "\t", "\n"):
            return stop, text.part(at + 1, stop - 1)
    bare = _BARE[commas].match(source, at)
    if bare is None:
        return at, text.part(at, at)
    return bare.end(), text.part(at, at + len(bare[0] if commas else bare[0].rstrip(",")))


_FARTHEST = 10_000


def closing(source: str, start: int, within: int = _FARTHEST) -> int | None:
    """Return the offset behind the brace that closes the one at `start`; None if none does, or it is not within."""
    depth = 0
    for found in _BRACE.finditer(source, start, start + within):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if not depth and found[0] == "}":
            return found.end()
    return None


def brace_pairs(source: str, within: int = _FARTHEST) -> dict[int, int]:
    """Return, for each brace that another closes within so many characters, the offset behind that one."""
    pairs, open_ones = dict[int, int](), list[int]()
    for found in _BRACE.finditer(source):
        if found[0] == "{":
            open_ones.append(found.start())
        elif found[0] == "}" and open_ones:
            start = open_ones.pop()
            if found.end() - start <= within:
                pairs[start] = found.end()
    return pairs


_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)


def _after(pattern: re.Pattern[str], source: str, at: int) -> int:
    found = pattern.match(source, at)
    return found.end() if found else at
