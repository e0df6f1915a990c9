"""What a log of TeX complains of, with the line of the source and the problem that the line belongs to."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from derive.errors import visible

Kind: TypeAlias = Literal["error", "overfull", "missing-character", "undefined-reference"]

TOLERATED = 1.0
"""Points by which a box may be too large: nobody sees less."""

_LONGEST, _EXCERPT, _MOST = 400, 60, 200
"""Characters of a message, characters of the source in it, and faults of one log."""


@dataclass(frozen=True, slots=True)
class TexFault:
    """A complaint of TeX. `line` counts from 1 in the source, or in the file that `message` begins with.

    `about` is the problem whose comment, `% problem: ID`, is the last one at or before the line of the source.
    """

    kind: Kind
    message: str
    line: int | None = None
    about: str = ""


_PLACE = r'"?(?P<file>(?:[A-Za-z]:)?[^:"]+\.\w+)"?:(?P<line>\d{1,9}): +'
_WARNING = r"(?:LaTeX|Package \S+) Warning: "
_ROWS: tuple[tuple[Kind, str], ...] = (
    ("missing-character", _PLACE + r"Missing character: (?P<what>.+)"),
    ("missing-character", r"Missing character: (?P<what>.+)"),
    ("error", _PLACE + r"(?!==> )(?P<what>.+)"),
    ("error", r"! ?(?! ?==> )(?P<what>\S.+)"),
    ("error", r"(?P<what>No pages of output)\."),
    (
        "overfull",
        r"Overfull \\[hv]box \((?P<size>\d+(?:\.\d+)?)pt (?P<what>too \w+)\)(?:.* at lines? (?P<line>\d{1,9}))?",
    ),
    (
        "undefined-reference",
        _WARNING + r"(?P<what>(?:Hyper r|R)eference .+ undefined|Citation .+ undefined)(?:.* line (?P<line>\d{1,9}))?",
    ),
    ("undefined-reference", _WARNING + r"(?P<what>Label\(s\) may have changed.*|File .+ has changed.*)"),
)
_TABLE = tuple((kind, re.compile(pattern)) for kind, pattern in _ROWS)
"""What the lines of a log are compared with, in this order. `what` is the message; lines count from 1."""

_PROBLEM = re.compile(r"[ \t]*%[ \t]*problem:[ \t]*(\S+)")
_BRACKET = re.compile(r"""\((?:"([^"]+)"|((?:\.{0,2}/|[A-Za-z]:)[^\s()\[\]{}<>"]+))?|\)""")
_SHOWN = re.compile(r"(?:l\.(?P<line>\d{1,9})|<[\w ]+>|\\.*?->) ?(?P<text>.*)")
_BRACE = re.compile(r"\\.|%.*|[{}]")
_PACKAGE = re.compile(r"File [`'].+\.(?:sty|cls)' not found")
_PACKAGES = "On Debian and Ubuntu: apt-get install texlive-latex-recommended texlive-latex-extra texlive-pictures"


def faults(log: str, source: str, name: str) -> tuple[TexFault, ...]:
    """Return what a log complains of, in its order. Of errors only the first counts: TeX stops there.

    Boxes that are less than a point too large are left out.

    Args:
        log: The log, whose lines TeX must not have broken (`max_print_line`).
        source: The text of the file that was compiled.
        name: How the log calls that file.
    """
    marks = _marks(source)
    found: dict[TexFault, None] = {}  # in order, each once
    files: list[str] = []  # those that are being read, by the brackets of the log; "" is a bracket that opens no file
    dump = failed = False
    lines = log.splitlines()
    for number, line in enumerate(lines):
        if dump:  # the content of a box, up to an empty line, may hold any bracket
            dump = bool(line)
            continue
        kind, said = _said(line)
        if kind is None:
            _follow(line, files)
            continue
        dump = kind == "overfull"
        if (dump and float(said["size"]) < TOLERATED) or (kind == "error" and failed) or len(found) >= _MOST:
            continue
        if kind == "error":
            failed = True
            said = _with_context(said, lines[max(number - 2, 0) : number], lines[number + 1 : number + 12])
            if said["what"].startswith(("Emergency stop", "File ended")) and "line" not in said:
                said |= _open_brace(source, marks)
        file = said.get("file") or next((file for file in reversed(files) if file), name)
        found[_fault(kind, said, "" if file == name else file, marks)] = None
    return tuple(found)


def _said(line: str) -> tuple[Kind | None, dict[str, str]]:
    for kind, pattern in _TABLE:
        if match := pattern.match(line):
            return kind, {name: text for name, text in match.groupdict().items() if text}
    return None, {}


def _follow(line: str, files: list[str]) -> None:
    for bracket in _BRACKET.finditer(line):
        if bracket[0] != ")":
            files.append(bracket[1] or bracket[2] or "")
        elif files:
            files.pop()


def _with_context(said: dict[str, str], before: Sequence[str], after: Sequence[str]) -> dict[str, str]:
    """Add to an error what the lines around it tell: the text where it was found, and the line of the source."""
    shown = [match for line in after if (match := _SHOWN.match(line))]
    place = next((match for match in shown if match["line"]), None)
    if said["what"].startswith("Emergency stop"):
        text = r"The file ends too early: a brace is open, or \end{document} is missing"
    elif _PACKAGE.search(said["what"]):
        text = _PACKAGES
    elif before[:1] == ["Runaway argument?"]:
        text = f"In this: {before[1].strip()[:_EXCERPT]}"
    else:
        last = shown[0] if shown and said["what"].startswith("Undefined control") else place
        text = f"At the end of: {last['text'].strip()[-_EXCERPT:]}" if last and last["text"].strip() else ""
    line = {"line": place["line"]} if place else {}
    return line | said | {"what": f"{said['what']} {text}".rstrip()}


def _open_brace(source: str, marks: Sequence[tuple[int, str]]) -> dict[str, str]:
    """Return the line of the brace that TeX still had open at the end: the first that its problem does not close."""
    begins = {line for line, _ in marks}
    opened: list[int] = []
    for number, line in enumerate(source.split("\n"), 1):
        if number in begins and opened:
            break
        for token in _BRACE.findall(line):
            if token == "{":
                opened.append(number)
            elif token == "}" and opened:
                opened.pop()
    return {"line": str(opened[-1])} if opened else {}


def _marks(source: str) -> list[tuple[int, str]]:
    """Return the lines where problems begin, with their ids."""
    lines = enumerate(source.split("\n"), 1)
    return [(number, mark[1]) for number, line in lines if (mark := _PROBLEM.match(line))]


def _fault(kind: Kind, said: dict[str, str], file: str, marks: Sequence[tuple[int, str]]) -> TexFault:
    """Make a fault in a line of a file; "" is the source, where the marks are."""
    text = f"{float(said['size']):.1f} pt {said['what']}" if kind == "overfull" else said["what"]
    line = int(said["line"]) if "line" in said else None
    if file and line is not None:
        text = f"{file.removeprefix('./')}: {text}"
    before = bisect_right(marks, line, key=lambda mark: mark[0]) if line is not None and not file else 0
    return TexFault(kind, visible(text)[:_LONGEST], line, marks[before - 1][1] if before else "")
