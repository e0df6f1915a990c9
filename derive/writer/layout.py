"""Where a row that is too wide is broken: at its outermost sum or product."""

from __future__ import annotations

from dataclasses import dataclass

from derive.expr.build import negative
from derive.expr.nodes import Expr, Product, Sum
from derive.expr.width import width

_SMALL = 3.0
"""In ems: behind a factor up to this width no product is broken, for little would be won."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a broken right-hand side: what joins it to the part before (an operator in LaTeX), and the part."""

    joint: str
    part: Expr


def broken(e: Expr, room: float) -> list[Piece]:
    """Break a formula into pieces that fit, at its outermost operators; a piece that cannot be broken stays whole."""
    if width(e) <= room:
        return [Piece("", e)]
    if isinstance(e, Sum) and len(e.terms) == 1 and isinstance(e.terms[0], Product):
        first, *rest = broken(e.terms[0], room)
        return [Piece("", negative(first.part)), *rest]
    if isinstance(e, Sum) and len(e.terms) > 1:
        return _broken_sum(e, room)
    if isinstance(e, Product) and width(e.factors[0]) > _SMALL:
        return _broken_product(e, room)
    return [Piece("", e)]


def _broken_sum(e: Sum, room: float) -> list[Piece]:
    pieces: list[Piece] = []
    start = 0
    while start < len(e.terms):
        stop, used = start + 1, width(e.terms[start])
        while stop < len(e.terms) and used + 1.2 + width(e.terms[stop]) <= room:
            used += 1.2 + width(e.terms[stop])
            stop += 1
        terms, signs = e.terms[start:stop], e.signs[start:stop]
        joint = "" if not pieces else ("+" if signs[0] > 0 else "-")
        part = terms[0] if len(terms) == 1 else Sum(terms, (1, *signs[1:]))
        if not pieces and signs[0] < 0:
            part = Sum(terms, signs)
        pieces.append(Piece(joint, part))
        start = stop
    return pieces


def _broken_product(e: Product, room: float) -> list[Piece]:
    pieces: list[Piece] = []
    start = 0
    while start < len(e.factors):
        stop, used = start + 1, width(e.factors[start])
        while stop < len(e.factors) and used + 0.4 + width(e.factors[stop]) <= room:
            used += 0.4 + width(e.factors[stop])
            stop += 1
        part = Product(e.factors[start:stop], e.dots[start : stop - 1])  # a lone sum keeps its brackets
        pieces.append(Piece("" if not pieces else r"\cdot", part))
        start = stop
    return pieces
