r"""Numbers of formulas: what becomes of a `\tag` or a `\label` in a fence, whose formula the page shows no more.

The solution restates the problem. Where that line has a number, it stands in a display, and the number with it, as far
as the tools of the flavor know such a thing. What is lost is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from derive.weave.said import brace_pairs
from derive.writer.flavors import FLAVORS
from derive.writer.records import View

_TOKEN = re.compile(
    r"%[^\n]*|\\(?:begin\s*\{(?P<begin>\w+)\*?\}(?:\{\d+\})?|end\s*\{(?P<end>\w+)\*?\})|"
    r"(?P<row>\\\\\*?(?:\[[\d.]+[a-z]{2}\])?)|"
    r"\\(?P<kind>tag|label)\*?\s*(?=\{)|\\(?:[A-Za-z]+|.)|(?P<brace>[{}])|(?P<relation>=)",
    re.DOTALL,
)
_ROWS = frozenset("equation align alignat flalign gather multline eqnarray split aligned alignedat gathered".split())
"""The environments whose rows are lines of the author; those of a matrix are parts of one."""
_BLANK = re.compile(r"[\s&{}]")
_PLAIN = re.compile(r"[\w:.-]+")
_END = "\ue000"
"""Stands where a display has its number, until it is written there."""


@dataclass(frozen=True, slots=True)
class Number:
    r"""A `\tag` or a `\label`, the `kind`, as it was typed at an offset of a formula, and what it says."""

    kind: str
    text: str
    value: str
    at: int


@dataclass(slots=True)
class _Line:
    """A line of a formula: what is left of its relation, None where it has none, and its numbers."""

    head: str | None = None
    numbers: list[Number] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Numbered:
    r"""What the display of a line is to have: `inside` of its mathematics, and `behind` its marks.

    A display with a `\label` alone has to be an `equation`. `head` is what the line begins with; None if there is no
    other line.
    """

    numbers: tuple[Number, ...]
    head: str | None = None
    inside: str = ""
    behind: str = ""
    equation: bool = False

    def is_in(self, solution: str, flavor: str) -> bool:
        """Tell whether a solution has all of this."""
        inside = FLAVORS[flavor].spell_display(self.inside) if flavor in FLAVORS else self.inside
        return inside in solution and self.behind in solution


class Lost(NamedTuple):
    """A number that is left out, and why."""

    number: Number
    why: str


class Page(NamedTuple):
    """What else stands on the page of a formula; None where that is not known. `labels` are those that are taken."""

    text: str | None
    labels: set[str]

    def refers(self, label: str) -> bool:
        """Tell whether something refers to a label."""
        return re.search(rf"\\[A-Za-z]*ref\*?\s*\{{{re.escape(label)}\}}", self.text or "") is not None

    def take(self, label: str) -> bool:
        """Take a label; tell whether it was free."""
        free = label not in self.labels and f"\\label{{{label}}}" not in (self.text or "")
        self.labels.add(label)
        return free


# What there is --------------------------------------------------------------------------------------------------------


def lines_of(formula: str) -> list[_Line]:
    """Return the lines of a formula; a row without a relation, or with nothing before it, continues the one before."""
    lines, pairs = [_Line()], brace_pairs(formula)
    depth = at = start = 0
    while found := _TOKEN.search(formula, at):
        at = found.end()
        name = found["begin"] or found["end"]
        if name in _ROWS:
            start = at
        elif name or found["brace"]:
            depth += 1 if found["begin"] or found["brace"] == "{" else -1
        elif found["kind"]:
            stop = pairs.get(at, at)
            number = Number(found["kind"], formula[found.start() : stop], formula[at + 1 : stop - 1], found.start())
            lines[-1].numbers += [number] if stop > at else []
            at = start = stop
        elif depth == 0 and found["relation"] and lines[-1].head is None:
            lines[-1].head = _squeezed(formula[start : found.start()])
        elif depth == 0 and found["row"]:
            start = at
            lines.append(_Line())
    return _joined(lines)


def _squeezed(text: str) -> str:
    return _BLANK.sub("", text)


def _joined(rows: Sequence[_Line]) -> list[_Line]:
    lines: list[_Line] = []
    for row in rows:
        if lines and not row.head:
            lines[-1].numbers += row.numbers
        else:
            lines.append(row)
    return lines


# What is kept ---------------------------------------------------------------------------------------------------------


def numbers_kept(formula: str, flavor: str, page: Page) -> tuple[tuple[Numbered, ...], list[Lost]]:
    """Return the numbers of the lines of a formula that a flavor of Markdown, or `rst`, can have, and the others."""
    lines = lines_of(formula)
    kept: list[Numbered] = []
    lost: list[Lost] = []
    for line in lines:
        able: dict[str, Number] = {}
        has_tag = any(number.kind == "tag" for number in line.numbers)
        for number in line.numbers:
            against = _against(number, flavor, has_tag, page)
            if number.kind in able:
                against = "a display has one number"
            if against:
                lost.append(Lost(number, against))
            elif number.kind == "tag" or _is_wanted(number.value, flavor, page):
                able[number.kind] = number
        if able:
            head = None if len(lines) == 1 else line.head or ""
            kept.append(_written(able, head, flavor))
    return tuple(kept), lost


def _against(number: Number, flavor: str, has_tag: bool, page: Page) -> str:
    """Tell why a flavor cannot have a number; empty if it can."""
    if number.kind == "tag":
        return "Sphinx numbers equations itself, those that have a label" if flavor in _BY_SPHINX else ""
    label = number.value
    if not page.take(label):
        return "the page has this label already"
    if flavor == "gfm":
        return "GitHub and GitLab know no labels in formulas"
    if flavor in _BY_SPHINX and not _PLAIN.fullmatch(label):
        return "a label has letters, digits and : . _ - only"
    if flavor in _BY_PANDOC and not has_tag and not FLAVORS[flavor].numbers(label):
        return r"it has no number without a \tag"
    if flavor not in (*_BY_SPHINX, *_BY_PANDOC) and page.text is None:
        return "KaTeX knows no labels, and may be what shows it"
    return ""


_BY_SPHINX = ("myst", "rst")
_BY_PANDOC = ("pandoc", "quarto")


def _is_wanted(label: str, flavor: str, page: Page) -> bool:
    """Tell whether a label is to be kept. KaTeX, which many tools use, knows none: there something must refer to it."""
    return flavor in (*_BY_SPHINX, *_BY_PANDOC) or page.refers(label)


def _written(able: dict[str, Number], head: str | None, flavor: str) -> Numbered:
    tag, label = able.get("tag"), able.get("label")
    numbers = tuple(able.values())
    if label and flavor in _BY_SPHINX:
        return Numbered(numbers, head, behind=f" ({label.value})" if flavor == "myst" else f":label: {label.value}")
    if label and flavor in _BY_PANDOC and not tag:
        return Numbered(numbers, head, behind=f" {{#{label.value}}}")
    inside = (tag.text if tag else "") + (label.text if label else "")
    return Numbered(numbers, head, inside, equation=tag is None)


# Where it is written --------------------------------------------------------------------------------------------------


def restated(numbers: Sequence[Numbered], function: str) -> Numbered | None:
    """Return what the line of a function has that a solution is about."""
    name = _squeezed(function.partition("=")[0])
    return next((n for n in numbers if n.head is None or n.head == name), None)


def with_end(view: View) -> View:
    """Return the records of a solution with the problem as a display, the end of which `with_number` finds."""
    *rows, last = view.problem.rows
    rows.append(replace(last, rhs=last.rhs + _END))
    return replace(view, problem=replace(view.problem, wide=True, rows=tuple(rows)))


def with_number(solution: str, number: Numbered, flavor: str) -> str:
    """Return a solution with its number; without, where its template does not restate the problem as a display."""
    before, _, after = solution.partition(_END)
    after = after.replace(_END, "")
    opens, closes = (".. math::\n", "") if flavor == "rst" else FLAVORS[flavor].display
    text, opener, begins = before.rpartition(f"\n{opens}")
    if not opener:
        return before + after
    if flavor == "rst":
        return f"{text}{opener}   {number.behind}\n{begins}{after}"
    ends, closer, rest = after.partition(closes)
    return text + opener + _numbered(begins + ends, number, flavor) + closer + number.behind + rest


def _numbered(formula: str, number: Numbered, flavor: str) -> str:
    """Return what stands between the marks of a display, with its number."""
    if not number.inside:
        return formula
    spell, inner = FLAVORS[flavor].spell_display, formula.strip()
    beside = formula[: formula.index(inner)]  # the end of a line, or a space
    if not number.equation:
        return f"{beside}{inner} {spell(number.inside)}{beside}"
    return beside.join(["", spell(r"\begin{equation}" + number.inside), inner, spell(r"\end{equation}"), ""])


def told(lost: Sequence[Lost]) -> str:
    """Return what a warning says."""
    reasons = dict.fromkeys(why for _, why in lost)
    texts = {why: [number.text for number, other in lost if other == why] for why in reasons}
    return "; ".join(f"{', '.join(t)} {'is' if len(t) == 1 else 'are'} left out: {why}" for why, t in texts.items())


def not_in(solution: str, numbers: Sequence[Numbered], flavor: str) -> Iterator[Lost]:
    """Yield the numbers of lines that a solution does not restate."""
    for n in numbers:
        if not n.is_in(solution, flavor):
            yield from (Lost(number, "the solution does not restate its line") for number in n.numbers)
