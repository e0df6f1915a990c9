"""The markers around a solution in Markdown, as they are written and as they are found again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from derive.weave.escapes import NOTHING, escaped
from derive.weave.model import Earlier
from derive.weave.said import Place
from derive.weave.text import Line

_EDGE = re.compile(r"[ \t>]*")
_DIGITS = 12


def digest(text: str) -> str:
    """Return a short hash of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def digest_of_result(text: str) -> str:
    """Return a short hash of a solution, whatever it is indented by and however its lines end."""
    lines = (_EDGE.sub("", line, count=1).rstrip() for line in re.split(r"\r\n|\r|\n", text))
    return digest("\n".join(line for line in lines if line))


@dataclass(frozen=True, slots=True)
class Markers:
    """How comments are written: in Markdown, or in MDX."""

    open: str = "<!--"
    close: str = "-->"

    def directive(self, comment: str) -> re.Match[str] | None:
        """Return what a comment says to us: `word` is `begin`, `end`, or empty before options; `rest` follows."""
        return re.match(
            rf"{re.escape(self.open)}\s*derive:(?P<word>begin\b|end\b|(?=\s|{re.escape(self.close)}))(?P<rest>.*)",
            comment,
            re.DOTALL,
        )

    def around(
        self, text: str, made_from: str, head: str | None = None, body: str = "", *, nested: bool = False
    ) -> list[str]:
        """Return the lines of a solution with its markers; with a `head`, the fence is kept in the first of them.

        Python-Markdown ends a comment at an empty line where that is `nested` in a list or a quote.
        """
        if head is None:
            begin = [f"{self.open} derive:begin {self.close}"]
        else:
            first = f"{self.open} derive:begin {escaped(head)}".rstrip()
            empty = NOTHING if nested else ""
            begin = [first, *(escaped(line) if line.strip() else empty for line in body.split("\n")), self.close]
        end = f"{self.open} derive:end {made_from} {digest_of_result(text)} {self.close}"
        return [*begin, "", *text.split("\n"), "", end]

    def earlier(
        self, document: str, lines: Sequence[Line], start: int, number: int, place: Place
    ) -> tuple[Earlier, int]:
        """Return the solution of which the first marker starts at an offset, and the number of its last line.

        Args:
            document: The document.
            lines: Its lines.
            start: Where the first marker starts.
            number: The line behind the first marker.
            place: For errors.

        Raises:
            DocumentError: The last marker is missing, or was changed.
        """
        marker = re.compile(rf"[ \t>]*{re.escape(self.open)}\s*derive:(begin|end)\b(.*)")
        ending = re.compile(rf"\s*([0-9a-f]{{{_DIGITS}}})\s+([0-9a-f]{{{_DIGITS}}})\s*{re.escape(self.close)}\s*")
        for last in range(number, len(lines)):
            found = marker.match(document, lines[last].start, lines[last].stop)
            if found is None:
                continue
            if found[1] == "begin":
                break
            hashes = ending.fullmatch(found[2])
            if hashes is None:
                raise place.error(found.start(1), "this marker is not as it was written", _REMEDY)
            text = document[lines[number].start : lines[last].start] if number < last else ""
            return Earlier(start, lines[last].stop, text, hashes[1], hashes[2]), last
        raise place.error(start, "the marker derive:end of this solution is missing", _REMEDY)


_REMEDY = "take the markers back from the version before, or delete the solution with both of them"
