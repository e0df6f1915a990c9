r"""Sizes as formulas and formulas as sizes: the n of `\mathbb{R}^n` and the n of `\frac1n` are one thing."""

from __future__ import annotations

from derive.expr.build import add, negative, times
from derive.expr.nodes import Expr, Integer, Product, Sum, Symbol
from derive.expr.shapes import ONE, Dimension
from derive.expr.spelling import spell
from derive.expr.walks import fold


def as_dimension(e: Expr) -> Dimension | None:
    """Return the size that a formula is, or None where it is not made of sizes and whole numbers."""
    return fold(e, _dimension)


def _dimension(e: Expr, parts: tuple[Dimension | None, ...]) -> Dimension | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    match e:
        case Integer(value):
            return Dimension.of(value)
        case Symbol(kind="dimension"):
            return Dimension.of(spell(e))
        case Product():
            total = ONE
            for part in known:
                total = total * part
            return total
        case Sum(_, signs):
            return sum((part * Dimension.of(s) for part, s in zip(known, signs, strict=True)), Dimension.of(0))
    return None


def size_symbol(name: str) -> Symbol:
    r"""Return the symbol of a size from its name, which is its LaTeX: `n`, `N_0`, `\ell`."""
    letter, _, subscript = name.partition("_")
    if subscript.startswith("{"):
        subscript = subscript[1:-1]
    return Symbol(letter.removeprefix("\\"), (), subscript, kind="dimension")


def as_formula(size: Dimension) -> Expr:
    """Return the formula of a size."""
    terms: list[Expr] = []
    for monomial, coefficient in reversed(size.terms):
        number: list[Expr] = [Integer(abs(coefficient))] if abs(coefficient) != 1 or not monomial else []
        term = times([*number, *map(size_symbol, monomial)])
        terms.append(term if coefficient > 0 else negative(term))
    return add(terms)
