r"""What an author wrote: paragraphs of text, with mathematics between `$..$`, `$$..$$`, `\(..\)` or `\[..\]`.

All else is text, and means nothing in any output: `*`, `#`, `<b>`, `\emph{..}` are printed as they are. A dollar sign
is `\$`; it may also stand alone, and as in pandoc a sign opens mathematics only before something, and closes it only
behind something and not before a digit: `$5 and $6` are prices.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Final, Literal, NamedTuple, NoReturn, TypeAlias

from derive.errors import ReadError, Span
from derive.writer.mathematics import mathematics

_BREAK: Final = re.compile(r"(?:\r\n?|\n)[^\S\r\n]*(?:\r\n?|\n)\s*")
_BLANKS: Final = re.compile(r"[^\S\u00a0\u202f]+")
_SIGN: Final = re.compile(r"\\.|\$", re.DOTALL)
_STRAY: Final = re.compile(r"\\[()\[\]]|\\(?:begin|end)(?=\s*\{)")
_CONTROLS: Final = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


class Segment(NamedTuple):
    """A piece of a paragraph: text as it was typed but for white space, or the LaTeX of a formula."""

    kind: Literal["text", "inline", "display"]
    text: str


Paragraph: TypeAlias = tuple[Segment, ...]
_BLANK: Final = Segment("text", " ")


@dataclass(frozen=True, slots=True, repr=False)
class Line:
    """Prose in one line: it has no paragraphs and no displays."""

    segments: Paragraph

    def __str__(self) -> NoReturn:
        raise TypeError("text of the author is printed by itself, so that it is escaped: << text >>")

    def __repr__(self) -> str:
        return "<a line of the author>"

    def __bool__(self) -> bool:
        return bool(self.segments)

    @property
    def plain(self) -> str:
        """The text alone, with formulas as LaTeX: for those who escape it by themselves."""
        return "".join(segment.text for segment in self.segments)


@dataclass(frozen=True, slots=True, repr=False)
class Prose:
    """Text of the author. It cannot be made a string by accident: each output escapes it by itself.

    Raises:
        ReadError: A formula is not closed, or is not one that every output can set.
        LimitError: A formula is too long.
    """

    source: str
    paragraphs: tuple[Paragraph, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "paragraphs", tuple(_paragraphs(self.source)))

    def __str__(self) -> NoReturn:
        raise TypeError("text of the author is printed by itself, so that it is escaped: << text >>")

    def __repr__(self) -> str:
        return "<text of the author>"  # a list of these is printed so, which would escape nothing

    def __bool__(self) -> bool:
        return bool(self.paragraphs)

    @property
    def line(self) -> Line:
        """The text in one line, as a title is printed."""
        spaced = list(chain.from_iterable((_BLANK, *paragraph) for paragraph in self.paragraphs))
        return Line(tuple(Segment("inline", s.text) if s.kind == "display" else s for s in spaced[1:]))


def check_prose(text: str) -> None:
    """Check that a text can be printed in every output.

    Raises:
        ReadError: A formula is not closed, or is not one that every output can set; the error points at the place.
        LimitError: A formula is too long.
    """
    Prose(text)


def _paragraphs(source: str) -> Iterator[Paragraph]:
    control = _CONTROLS.search(source)
    if control is not None:
        raise ReadError(f"a control character, U+{ord(control[0]):04X}", Span(*control.span()), "", source)
    start = 0
    for stop, after in [*(found.span() for found in _BREAK.finditer(source)), (len(source), len(source))]:
        paragraph = tuple(trimmed(_segments(source, start, stop)))
        if paragraph:
            yield paragraph
        start = after


def trimmed(segments: Iterable[Segment]) -> Iterator[Segment]:
    """Yield the segments without blanks at their ends, nor empty ones; formulas are kept apart."""
    found = [segment for segment in segments if segment.text]
    for k, (kind, text) in enumerate(found):
        text = text.lstrip() if k == 0 else text
        text = text.rstrip() if k == len(found) - 1 else text
        if k and "text" not in (kind, found[k - 1].kind):
            yield _BLANK
        if text:
            yield Segment(kind, text)


def _segments(source: str, start: int, stop: int) -> Iterator[Segment]:
    signs = {found.start(): found.group() for found in _SIGN.finditer(source, start, stop)}
    dollars = [place for place, sign in signs.items() if sign == "$"]
    closers = {
        "$": dollars,
        "$$": [place for place in dollars if signs.get(place + 1) == "$"],
        r"\(": [place for place, sign in signs.items() if sign == r"\)"],
        r"\[": [place for place, sign in signs.items() if sign == r"\]"],
    }
    at = start
    for place in signs:
        opener = "$$" if source.startswith("$$", place) else signs[place]
        if place < at or opener not in closers:
            continue
        inner = place + len(opener)
        behind = bisect_left(closers[opener], inner)
        closer = closers[opener][behind] if behind < len(closers[opener]) else stop
        if opener == "$" and not _is_closed(source[place : min(closer + 2, stop)], closer - place):
            continue
        if closer == stop:
            hint = r"a dollar sign is written \$" if opener == "$$" else "mathematics ends within its paragraph"
            raise ReadError(f"{opener} is not closed", Span(place, inner), hint, source)
        yield _text(source, at, place)
        yield Segment("display" if opener in ("$$", r"\[") else "inline", mathematics(source, inner, closer))
        at = closer + len(opener)
    yield _text(source, at, stop)


def _is_closed(text: str, closer: int) -> bool:
    """Tell whether a dollar sign at the start is closed by the next one: neither beside a blank, nor a digit behind."""
    return closer < len(text) and not (text[1].isspace() or text[closer - 1].isspace() or text[closer + 1 :].isdigit())


def _text(source: str, start: int, stop: int) -> Segment:
    stray = _STRAY.search(source, start, stop)
    if stray is not None:
        message = f"{stray[0]} opens or closes no mathematics here"
        raise ReadError(message, Span(*stray.span()), "mathematics stands between dollar signs", source)
    text = unicodedata.normalize("NFC", source[start:stop].replace(r"\$", "$"))
    return Segment("text", _BLANKS.sub(" ", text))
