"""Markdown: solutions take the places of their fences, or follow their formulas, between markers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from derive.weave.edits import Edit, line_start, newline_of
from derive.weave.heads import whole_head
from derive.weave.markers import Markers
from derive.weave.work import Job
from derive.writer.flavors import FLAVORS

_EDGE = " \t>"
_TICKS = re.compile(r"`{3,}")
_BESIDE = re.compile(r"(?:\r\n|\r|\n)([^\r\n]*)")
_PROSE = re.compile(r"[\w*(“\"']")


@dataclass(frozen=True, slots=True)
class MarkdownPage:
    """A document, and how solutions are put into it; `markers` are None where they are written without."""

    document: str
    markers: Markers | None

    def edit(self, job: Job) -> Edit | None:
        """Return what changes in the document for a block."""
        if job.text is None or (job.current and self.markers and self.is_in_place(job)):
            return None
        earlier = job.block.earlier
        if earlier and self.markers:
            same = self.made(replace(job, made_from=earlier.made_from))
            if same.text == self.document[same.start : same.stop]:
                return None  # only what it was made from is another: its options, or the version of the program
        return self.made(job)

    def made(self, job: Job) -> Edit:
        """Return the edit that puts a solution into the document."""
        block, earlier = job.block, job.block.earlier
        if not job.follows or block.form == "kept":
            stop = earlier.stop if earlier else block.stop
            return self.apart(block.start, stop, self.instead(job), block.prefix)
        if earlier:
            return self.apart(earlier.start, earlier.stop, self.solution(job), block.prefix)
        return self.behind(block.stop, self.solution(job), block.prefix)

    def is_in_place(self, job: Job) -> bool:
        """Tell whether the solution in the document stands where it should."""
        return job.block.earlier is not None and (job.block.form == "kept") is not job.follows

    def solution(self, job: Job) -> list[str]:
        """Return the lines of a solution behind its formula."""
        assert job.text is not None
        return self.markers.around(job.text, job.made_from) if self.markers else job.text.split("\n")

    def instead(self, job: Job) -> list[str]:
        """Return the lines that a fence becomes."""
        assert job.text is not None
        if job.follows:
            return [*_fence(job.block.head, job.block.body), "", *self.solution(job)]
        if self.markers is None:
            return job.text.split("\n")
        block = job.block
        return self.markers.around(job.text, job.made_from, block.head, block.body, nested=bool(block.prefix))

    def apart(self, start: int, stop: int, lines: Sequence[str], prefix: str) -> Edit:
        """Return the edit that puts lines in a place, with empty ones around where something else is next to them."""
        newline = newline_of(self.document, start)
        text = _joined(lines, prefix, newline) + (newline + prefix.rstrip() if self.precedes_text(stop) else "")
        if not self.follows_text(start):
            return Edit(start, stop, text)
        line = line_start(self.document, start)
        return Edit(line, stop, prefix.rstrip() + newline + self.document[line:start] + text)

    def behind(self, stop: int, lines: Sequence[str], prefix: str) -> Edit:
        """Return the edit that puts lines behind a place, after an empty one."""
        newline = newline_of(self.document, stop)
        text = newline + prefix.rstrip() + newline + prefix + _joined(lines, prefix, newline)
        return Edit(stop, stop, text + (newline + prefix.rstrip() if self.precedes_text(stop) else ""))

    def follows_text(self, start: int) -> bool:
        """Tell whether the line before a place, where another begins, has text in it."""
        line = line_start(self.document, start)
        if line == 0 or self.document[line:start].strip(_EDGE):
            return False
        stop = line - 2 if self.document.endswith("\r\n", 0, line) else line - 1
        return bool(self.document[line_start(self.document, stop) : stop].strip(_EDGE))

    def precedes_text(self, stop: int) -> bool:
        """Tell whether the line behind a place, where another ends, has text in it."""
        below = _BESIDE.match(self.document, stop)
        return below is not None and bool(below[1].strip(_EDGE))


def _joined(lines: Sequence[str], prefix: str, newline: str) -> str:
    """Return lines as they stand in their container; the first one has its prefix already."""
    first, *others = lines
    return newline.join([first, *(prefix + line if line else prefix.rstrip() for line in others)])


def _fence(head: str, body: str) -> list[str]:
    """Return a fence of ours."""
    ticks = "`" * max([3, *(len(found) + 1 for found in _TICKS.findall(body))])
    return [ticks + whole_head(head), *body.split("\n"), ticks]


def anchored(text: str, label: str, flavor: str) -> str:
    """Return a solution that can be referred to by a label, unless its answer is an equation of that name."""
    if not label or f"$$ {{#{label}}}" in text:
        return text
    anchor = FLAVORS[flavor or "dollar"].place(label)
    return anchor + text if anchor.endswith("\n") or _PROSE.match(text) else f"{anchor}\n\n{text}"
