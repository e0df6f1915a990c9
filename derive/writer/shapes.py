"""Shapes on the page: beside what is defined and differentiated, and below the factors of a chain rule."""

from __future__ import annotations

from collections.abc import Callable

from derive.derivation import Line
from derive.expr.nodes import Derivative, Expr, MatMul, Product, Sum, SumOver, Symbol
from derive.expr.shapes import ONE, Dimension, Shape, rows_and_columns

_KNOWN_SIZE, _OPEN_SIZE, _LARGEST = 0.45, 1.7, 2.6
"""In ems: the side of a box for each entry where the size is a number, where it is open, and at most."""


def beside(line: Line, latex: bool) -> str:
    r"""Return the shape of what a line defines, `n`, or of the derivative that it gives, `m \times n`."""
    if isinstance(line.lhs, Derivative):
        return _sizes(line.lhs.shape, latex)
    return str(line.lhs.shape[0]) if len(line.lhs.shape) == 1 else _sizes(line.lhs.shape, latex, short=True)


def _sizes(shape: Shape, latex: bool, *, short: bool = False) -> str:
    if short and not shape:
        return "1"
    m, n = rows_and_columns(shape)
    return rf"{m} \times {n}" if latex else f"{m}×{n}"


def factors_of(e: Expr) -> tuple[Expr, ...]:
    """Return the named derivatives that a chain rule multiplies, in order; none where it is something else."""
    match e:
        case Derivative():
            return (e,)
        case Product(factors) | MatMul(factors):
            inside = [factors_of(f) for f in factors]
            return tuple(f for part in inside for f in part) if all(inside) else ()
    return ()


def below_factors(e: Expr, how: str, show: Callable[[Expr], str], latex: bool) -> str:
    """Return a chain rule with the shape of each factor below it, as text or as a box; empty for anything else."""
    if isinstance(e, Sum) and all(sign > 0 for sign in e.signs):
        terms = [below_factors(t, how, show, latex) or _below(factors_of(t), how, show, latex) for t in e.terms]
        return " + ".join(terms) if all(terms) else ""
    if isinstance(e, SumOver):
        inner = below_factors(e.body, how, show, latex)
        head = show(SumOver(e.operator, e.index, e.lower, e.upper, Symbol("x"), e.style))
        return head.rstrip().removesuffix("x") + inner if inner else ""
    factors = factors_of(e)
    return _below(factors, how, show, latex) if len(factors) > 1 else ""


def _below(factors: tuple[Expr, ...], how: str, show: Callable[[Expr], str], latex: bool) -> str:
    if not latex:
        return " ".join(f"{show(f)} ({_sizes(f.shape, latex)})" for f in factors)
    return r"\,".join(rf"\underset{{{_sign(f.shape, how)}}}{{{show(f)}}}" for f in factors)


def _sign(shape: Shape, how: str) -> str:
    sizes = _sizes(shape, latex=True)
    if how == "text":
        return sizes
    height, width = (f"{_side(size):.2f}em" for size in rows_and_columns(shape))
    return rf"\underset{{{sizes}}}{{\boxed{{\rule{{0pt}}{{{height}}}\rule{{{width}}}{{0pt}}}}}}"


def _side(size: Dimension) -> float:
    if size == ONE:
        return _KNOWN_SIZE
    return _OPEN_SIZE if size.constant is None else min(_KNOWN_SIZE * size.constant, _LARGEST)


__all__ = ["below_factors", "beside"]
