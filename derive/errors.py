"""The errors of `derive`, and how they point into the source."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of code points `[start, stop)` of one source text."""

    start: int
    stop: int


def visible(text: str) -> str:
    """Return `text` with control and format characters spelled `U+XXXX`, so that no terminal obeys them."""
    return "".join(f"U+{ord(c):04X}" if unicodedata.category(c) in _UNSAFE else c for c in text)


def counted(number: int, thing: str) -> str:
    """Return how many there are of something: `1 file`, `2 files`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_EXCERPT = 78


class DeriveError(Exception):
    """Something that the user can mend. Subclasses fix the stable `code`.

    `span` points into `source`; both may be absent (a wrong option has no place in a formula).
    """

    code = "D000"

    def __init__(self, message: str, span: Span | None = None, hint: str = "", source: str = "") -> None:
        super().__init__(message)
        if span is not None and span.stop <= span.start:  # a place, such as the end of the text
            span = Span(span.start, span.start + 1)
        self.message, self.span, self.hint, self.source = message, span, hint, source

    @property
    def line(self) -> int | None:
        """Line of the fault, counted from 1."""
        return None if self.span is None else self.source.count("\n", 0, self.span.start) + 1

    @property
    def column(self) -> int | None:
        """Column of the fault in code points, counted from 1."""
        return None if self.span is None else self.span.start - (self.source.rfind("\n", 0, self.span.start) + 1) + 1

    def report(self) -> str:
        """Return the message with its code, the source line, a caret and the remedy."""
        parts = [f"{self._head()}: {visible(self.message)[:500]}"]
        if self.span is not None:
            parts += self._excerpt(self.span)
        if self.hint:
            parts.append("  " + visible(self.hint))
        return "\n".join(parts)

    def _head(self) -> str:
        return f"error[{self.code}]{self._place()}"

    def _place(self) -> str:
        return "" if self.span is None else f":{self.line}:{self.column}"

    def _excerpt(self, span: Span) -> list[str]:
        start = self.source.rfind("\n", 0, span.start) + 1
        end = self.source.find("\n", start)
        end = len(self.source) if end < 0 else end
        left = max(start, span.start - _EXCERPT // 2)
        right = min(end, left + _EXCERPT)
        before = visible(self.source[left : span.start])
        marked = visible(self.source[span.start : min(span.stop, right)])
        after = visible(self.source[min(span.stop, right) : right])
        return ["  " + before + marked + after, "  " + " " * len(before) + "^" * max(1, len(marked))]


class ReadError(DeriveError):
    """The text is not a formula that can be read."""

    code = "D101"


class UndefinedError(ReadError):
    """A constant part of the formula has no value, such as 1/0."""

    code = "D102"


class TaskError(DeriveError):
    """What is asked for is missing, or contradicts itself."""

    code = "D110"


class ShapeError(DeriveError):
    """Shapes do not fit."""

    code = "D201"


class UnsupportedError(DeriveError):
    """Understood, but outside what the program can do now."""

    code = "D301"


class NoRuleError(DeriveError):
    """No row of the rule tables differentiates this."""

    code = "D302"


class MethodError(DeriveError):
    """The chosen method does not apply to this problem."""

    code = "D303"


class CheckError(DeriveError):
    """A line did not pass its check: a fault of the program, never printed as a solution."""

    code = "D401"


class LimitError(DeriveError):
    """A limit was reached; the message names the option that raises it."""

    code = "D501"


class ProblemFileError(DeriveError):
    """A problem file is not as it should be. `file` is its name, where it is known."""

    code = "D601"

    def __init__(
        self, message: str, span: Span | None = None, hint: str = "", source: str = "", file: str = ""
    ) -> None:
        super().__init__(message, span, hint, source)
        self.file = file

    def _head(self) -> str:
        return f"{visible(self.file)}{self._place()}: error[{self.code}]" if self.file else super()._head()


class ProblemSetError(ProblemFileError):
    """All that is wrong with one file, in the order of the file; the place and the message are those of the first."""

    SHOWN = 20
    """So many errors are printed; of the others, how many there are."""

    def __init__(self, errors: Sequence[ProblemFileError]) -> None:
        first = errors[0]
        super().__init__(first.message, first.span, first.hint, first.source, first.file)
        self.errors = tuple(errors)

    def report(self) -> str:
        """Return the reports of the errors."""
        reports = [ProblemFileError.report(error) for error in self.errors[: self.SHOWN]]
        more = len(self.errors) - self.SHOWN
        return "\n".join([*reports, *([f"and {more} more"] if more > 0 else [])])


class OutputError(DeriveError):
    """A result cannot be written, or what writes it is not installed."""

    code = "D602"


class FolderError(OutputError):
    """Nothing can be written to an output folder, or somebody else writes to it: nothing was begun."""
