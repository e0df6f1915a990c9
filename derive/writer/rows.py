"""Lines -> rows of a display: what is folded, what shares a row, where a row is broken, what stands beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from derive.derivation import Line, Reason, Scope, Step
from derive.expr.interning import current_table
from derive.expr.nodes import Cases, Derivative, Entries, Expr, Matrix, Quotient, Root, Symbol
from derive.expr.walks import fold
from derive.expr.width import width
from derive.rules.vocabulary import word
from derive.writer.height import in_display
from derive.writer.layout import broken
from derive.writer.records import ReasonView, Row
from derive.writer.shapes import below_factors, beside

Show = Callable[[Expr, Scope], str]
"""Prints an expression in a scope: as LaTeX, or as terminal text."""


@dataclass(frozen=True, slots=True)
class Page:
    """How a view is made: the printer, how much is shown, how wide a row may be in ems."""

    show: Show
    detail: str = "normal"
    width: float = 38.0
    paper: bool = False
    shapes: str = ""
    """Whether shapes are told: as `text`, or as `boxes`."""
    latex: bool = True
    lang: str = "en"
    words: Mapping[str, str] = field(default_factory=dict)
    """What the language of the page calls the reasons, by their names; else they have their English titles."""

    def reason(self, name: str, *, about: bool = False) -> str:
        """Return the words of a reason; where formulas that it is `about` follow, they may be others: "cancel …"."""
        return (about and self.words.get(f"{name} …")) or self.words.get(name) or word(name).title


def rows_of(step: Step, page: Page) -> tuple[Row, ...]:
    """Return the rows of a step."""
    return tuple(row for chain in _chains(step.lines) for row in _rows(chain, step, page))


def _chains(lines: Iterable[Line]) -> list[list[Line]]:
    """Group the lines that continue each other."""
    chains: list[list[Line]] = []
    for line in lines:
        if chains and line.lhs is chains[-1][-1].rhs and not isinstance(line.lhs, Symbol):
            chains[-1].append(line)
        else:
            chains.append([line])
    return chains


def _rows(chain: list[Line], step: Step, page: Page) -> list[Row]:
    kept = chain if page.detail == "full" else _without_minor(chain)
    packed = step.kind in ("combine", "evaluate") and page.detail != "full"
    rows: list[Row] = []
    left = width(chain[0].lhs)
    lhs, used = page.show(chain[0].lhs, step.scope), left
    for line in kept:
        reasons = _reasons(line.reasons, step.kind, step.scope, page)
        if page.shapes and step.kind in ("define", "differentiate"):
            reasons = (ReasonView("", (beside(line, page.latex),)), *reasons)
        needed = width(line.rhs) + 1.0
        if (
            rows
            and packed
            and not reasons
            and not rows[-1].reasons
            and used + needed <= page.width
            and not rows[-1].joint
        ):
            joined = f"{rows[-1].rhs} = {page.show(line.rhs, step.scope)}"
            rows[-1] = replace(
                rows[-1],
                rhs=joined,
                gap=max(rows[-1].gap, _gap(line.rhs)),
                width=used + needed,
                height=max(rows[-1].height, in_display(line.rhs)),
            )
            used += needed
            continue
        told = _with_shapes(line, step, page)
        if told:
            wide, high = left + 1.6 * width(line.rhs), in_display(line.rhs) + _BELOW[page.shapes]
            rows.append(Row(lhs, line.relation, told, reasons, gap="14pt", width=wide, height=high))
            lhs, used = "", page.width
            continue
        room = page.width - left - 1.5 - sum(r.width + 1.5 for r in reasons)
        placed = [replace(r, width=left + r.width) for r in broken_row(lhs, line, reasons, room, step.scope, page)]
        rows.extend(_with_reasons_below(placed, left, page))
        lhs, used = "", left + needed
    return rows


_BELOW = {"text": 1.2, "boxes": 3.7}
"""What shapes below factors add to the height of a row."""
_WORDS = 1.5
"""The height of a row of words."""
_SLACK = 12.0
"""How much wider than the page a row with its reasons may be estimated: sums and fractions are estimated as wide."""


def _with_reasons_below(rows: list[Row], left: float, page: Page) -> list[Row]:
    """Give the reasons a row of their own where the row that they stand beside leaves no room for them."""
    last = rows[-1]
    if not last.reasons or last.width + sum(r.width + 1.5 for r in last.reasons) <= page.width + _SLACK:
        return rows
    below = Row("", "", "", last.reasons, gap=last.gap, width=left, height=_WORDS)
    return [*rows[:-1], replace(last, reasons=()), below]


def _with_shapes(line: Line, step: Step, page: Page) -> str:
    """The chain rule with the shapes of its factors, where these are wanted."""
    chained = any(r.name in ("chain rule", "total derivative") for r in line.reasons)
    if not (page.shapes and chained):
        return ""
    return below_factors(line.rhs, page.shapes, lambda e: page.show(e, step.scope), page.latex)


def broken_row(
    lhs: str, line: Line, reasons: tuple[ReasonView, ...], room: float, scope: Scope, page: Page
) -> list[Row]:
    """Return the rows of a line, more than one where its right-hand side needs more room; the last says why."""
    pieces = broken(line.rhs, room, inside=True)
    gap = max(_gap(line.rhs), _gap(line.lhs) if lhs else "")
    last = len(pieces) - 1
    size = "bigg" if gap else "big"
    bracket = (rf"\{size}l(", rf"\{size}r)") if page.latex else ("(", ")")
    return [
        Row(
            lhs="" if i else lhs,
            relation="" if i else line.relation,
            rhs=piece.text(lambda e: page.show(e, scope), bracket),
            reasons=reasons if i == last else (),
            joint=piece.joint,
            gap=gap,
            width=piece.width,
            height=max(in_display(piece.part), in_display(line.lhs) if lhs and not i else 0.0),
        )
        for i, piece in enumerate(pieces)
    ]


def _gap(e: Expr) -> str:
    """The space below a row: rows of fractions would touch."""
    return "8pt" if is_tall(e) else "6pt" if _has_bar(e) else ""


def _has_bar(e: Expr) -> bool:
    known: dict[Expr, bool] = current_table().memo("bar")
    return fold(e, lambda node, parts: isinstance(node, Quotient | Derivative | Root) or any(parts), known)


def is_tall(e: Expr) -> bool:
    """Tell whether a formula holds a matrix or cases."""
    known: dict[Expr, bool] = current_table().memo("tall")
    return fold(e, lambda node, parts: isinstance(node, Matrix | Entries | Cases) or any(parts), known)


def _without_minor(chain: list[Line]) -> list[Line]:
    """Fold small moves into the next rewrite that matters; those at the end into the one before, if there is one."""
    groups: list[list[Line]] = []
    waiting: list[Line] = []
    for line in chain:
        if line.minor:
            waiting.append(line)
        else:
            groups.append([*waiting, line])
            waiting = []
    if waiting and groups and _is_rewrite(groups[-1][-1]):
        groups[-1].extend(waiting)
    elif waiting:
        groups.append(waiting)
    return [_folded(group) for group in groups]


def _is_rewrite(line: Line) -> bool:
    return any(word(r.name).rewrite for r in line.reasons)


def _folded(group: list[Line]) -> Line:
    if len(group) == 1:
        return group[0]
    reasons = dict.fromkeys(r for line in group for r in line.reasons if not line.minor)
    given = dict.fromkeys(g for line in group for g in line.given)
    minor_reasons = dict.fromkeys(r for line in group for r in line.reasons)
    kept = tuple(reasons) or tuple(minor_reasons)
    return replace(group[-1], lhs=group[0].lhs, reasons=kept, given=tuple(given))


def _is_worded(reason: Reason, kind: str, page: Page) -> bool:
    """Every rewrite is named when all detail is wanted; of numbers only that their values are known."""
    found = word(reason.name)
    if kind == "evaluate" and found.rewrite:
        return reason.name == "values"
    return found.shown or (found.rewrite and page.detail == "full")


def _reasons(reasons: tuple[Reason, ...], kind: str, scope: Scope, page: Page) -> tuple[ReasonView, ...]:
    """The words beside a line. Beside other rules, linearity goes without saying."""
    shown = [r for r in reasons if _is_worded(r, kind, page)]
    telling = [r for r in shown if r.name not in ("sum", "negation", "constant multiple", "constant divisor")]
    if page.detail != "full":  # beside other rules linearity goes without saying; alone, one word is enough
        shown = telling or shown[-1:]
    named: dict[tuple[str, tuple[str, ...]], str] = {}
    for r in shown:
        about = tuple(page.show(e, scope) for e in r.about[:2])
        named.setdefault((page.reason(r.name, about=bool(about)), about), r.name)
    return tuple(ReasonView(words, about, name) for (words, about), name in named.items())
