"""Where a row that is too wide is broken: at its outermost sum or product, or inside of a bracket that fills it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from derive.expr.build import negative
from derive.expr.nodes import Expr, Product, Sum
from derive.expr.width import width

_SMALL = 3.0
"""In ems: behind a factor up to this width no product is broken, for little would be won."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a broken right-hand side: what joins it to the part before (an operator in LaTeX), and the part.

    `opens` are the brackets that open before the part and are closed in a later one. Each is told by a formula that
    ends in such a bracket, and by the sum that stands in it there. `closes` is how many close behind the part.
    """

    joint: str
    part: Expr
    opens: tuple[tuple[Expr, Expr], ...] = ()
    closes: int = 0

    @property
    def width(self) -> float:
        """About how wide it is when it is set, in ems."""
        return width(self.part) + sum(width(head) - width(inner) for head, inner in self.opens)

    def text(self, show: Callable[[Expr], str], bracket: tuple[str, str]) -> str:
        """Return what is printed behind the joint."""
        opened = [_before(show(head), show(inner)) + bracket[0] for head, inner in self.opens]
        return "".join(opened) + show(self.part) + self.closes * bracket[1]


def _before(text: str, inner: str) -> str:
    """Return what stands before a bracket at the end of a text."""
    return text.rpartition(inner)[0].removesuffix("(").removesuffix(r"\left")


def broken(e: Expr, room: float, inside: bool = False) -> list[Piece]:
    """Break a formula into pieces that fit, at its outermost operators; a piece that cannot be broken stays whole.

    `inside`: break also the sum in a bracket at the end of a product, where it is wider than a row.
    """
    if width(e) <= room:
        return [Piece("", e)]
    if isinstance(e, Sum) and len(e.terms) == 1:
        return _broken_negative(e, room, inside)
    if isinstance(e, Sum):
        return _broken_sum(e, room, inside)
    if isinstance(e, Product) and inside and _fills_a_row(e, room):
        return _broken_inside(e, room)
    if isinstance(e, Product) and width(e.factors[0]) > _SMALL:
        return _broken_product(e, room, inside)
    return [Piece("", e)]


def _broken_negative(e: Sum, room: float, inside: bool) -> list[Piece]:
    term = e.terms[0]
    first, *rest = broken(_in_brackets(term), room, inside)
    if not rest:
        return [Piece("", e)]
    if not first.opens:
        return [replace(first, part=negative(first.part)), *rest]
    (head, inner), *others = first.opens
    return [replace(first, opens=((negative(head), inner), *others)), *rest]


def _in_brackets(term: Expr) -> Expr:
    """Return what is printed as a term of a sum is: a sum keeps its brackets as a product of one factor."""
    return Product((term,), ()) if isinstance(term, Sum) else term


def _broken_sum(e: Sum, room: float, inside: bool, taken: float = 0.0) -> list[Piece]:
    """Break a sum; in the first row some of the room is taken."""
    pieces: list[Piece] = []
    start = 0
    while start < len(e.terms):
        stop, used = start + 1, width(e.terms[start]) + (0.0 if pieces else taken)
        while stop < len(e.terms) and used + 1.2 + width(e.terms[stop]) <= room:
            used += 1.2 + width(e.terms[stop])
            stop += 1
        terms, signs = e.terms[start:stop], e.signs[start:stop]
        joint = "" if not pieces else ("+" if signs[0] > 0 else "-")
        part = (_in_brackets(terms[0]) if joint else terms[0]) if len(terms) == 1 else Sum(terms, (1, *signs[1:]))
        if not pieces and signs[0] < 0:
            part = Sum(terms, signs)
        left = room - (0.0 if pieces else taken)
        first, *rest = broken(part, left, inside) if inside and len(terms) == 1 else [Piece("", part)]
        pieces += [replace(first, joint=joint), *rest]
        start = stop
    return pieces


def _broken_product(e: Product, room: float, inside: bool) -> list[Piece]:
    pieces: list[Piece] = []
    start = 0
    while start < len(e.factors):
        stop, used = start + 1, width(e.factors[start])
        while stop < len(e.factors) and used + 0.4 + width(e.factors[stop]) <= room:
            used += 0.4 + width(e.factors[stop])
            stop += 1
        part = Product(e.factors[start:stop], e.dots[start : stop - 1])  # a lone sum keeps its brackets
        first, *rest = broken(part, room, inside) if inside and start else [Piece("", part)]
        pieces += [replace(first, joint=r"\cdot" if pieces else ""), *rest]
        start = stop
    return pieces


def _fills_a_row(e: Product, room: float) -> bool:
    """Tell whether a product ends in a bracket that is wider than a row, and begins with little else."""
    last, before = e.factors[-1], width(e) - width(e.factors[-1])
    return isinstance(last, Sum) and len(last.terms) > 1 and width(last) > room - 2 and before < room / 2


def _broken_inside(e: Product, room: float) -> list[Piece]:
    last = e.factors[-1]
    assert isinstance(last, Sum)
    first, *rest = _broken_sum(last, room - 1, True, width(e) - width(last))
    if not rest:
        return [Piece("", e)]
    inner = Sum(last.terms[:2], last.signs[:2])
    head = Product((*e.factors[:-1], inner), e.dots)
    opening = replace(first, opens=((head, inner), *first.opens))
    return [opening, *rest[:-1], replace(rest[-1], closes=rest[-1].closes + 1)]
