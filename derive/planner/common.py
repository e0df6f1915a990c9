"""What the terms of a sum have in common, and the sum without it."""

from __future__ import annotations

from fractions import Fraction
from math import gcd

from derive.expr.build import Rational, add, as_number, exact, negative
from derive.expr.nodes import (
    Constant,
    Expr,
    Sum,
    Symbol,
)
from derive.expr.walks import plain
from derive.planner.algebra import (
    NUMBER,
    Exponent,
    Factor,
    Term,
    cancel,
    collect,
    merge_alike,
    minus,
    opened,
    term_of,
    write,
)


def worth_taking_out(f: Factor) -> bool:
    """Tell whether a common factor is more than a number or a power of a symbol."""
    return not isinstance(f.base, Symbol | Constant) or not isinstance(f.exponent, NUMBER)


def common_factors(e: Expr, *, numbers: bool) -> Term:
    """Return what all terms of a sum have as a factor."""
    assert isinstance(e, Sum)
    terms = [term_of(t) for t in e.terms]
    for t in terms:
        merge_alike(t)
    first, *others = terms
    shared: list[Factor] = []
    for f in first.factors:
        exponents = [f.exponent]
        for other in others:
            match = next((g for g in other.factors if plain(g.base) is plain(f.base)), None)
            exponents.append(0 if match is None else match.exponent)
        lowest = _lowest(exponents)
        if lowest is not None:
            shared.append(Factor(f.base, lowest, f.style, f.rooted))
    coefficient = _common_number([t.coefficient for t in terms]) if numbers else 1
    return Term(coefficient, shared)


def _lowest(exponents: list[Exponent]) -> Exponent | None:
    r"""Return the lowest of the exponents of one base, or None where they share nothing.

    Symbolic ones may differ by a number; the highest is taken then: x^n(\frac{a}{x} + b).
    """
    numbers = [x for x in exponents if isinstance(x, NUMBER)]
    if len(numbers) == len(exponents):
        lowest = min(numbers)
        return lowest if lowest > 0 else None
    if numbers:
        return None
    first = exponents[0]
    assert not isinstance(first, NUMBER)
    gaps = [_gap(first, x) for x in exponents if not isinstance(x, NUMBER)]
    if any(gap is None for gap in gaps):
        return None
    return max(zip(gaps, exponents, strict=True), key=lambda pair: pair[0] or 0)[1]


def _gap(a: Expr, b: Expr) -> Rational | None:
    """Return b - a, if that is a number."""
    return 0 if a is b else as_number(collect([*opened(b), *opened(negative(a))]))


def _common_number(coefficients: list[Rational]) -> Rational:
    if any(c.denominator != 1 for c in coefficients):
        return 1
    return gcd(*(c.numerator for c in coefficients)) or 1


def divided(e: Expr, by: Term) -> Expr:
    """Return a sum divided by a term that all its terms hold as a factor."""
    assert isinstance(e, Sum)
    out = []
    for t, s in zip(e.terms, e.signs, strict=True):
        term = term_of(t)
        merge_alike(term)
        term.coefficient = exact(Fraction(term.coefficient * s) / by.coefficient)
        inverse = [Factor(f.base, minus(f.exponent)) for f in by.factors]
        term.factors.extend(inverse)
        cancel(term)
        _drop_symbolic_ones(term)
        out.append(write(term))
    return add(out)


def _drop_symbolic_ones(term: Term) -> None:
    """x^n times x^{-n}, which the merge leaves as x^0."""
    for f in list(term.factors):
        inverse = next((g for g in term.factors if g is not f and _are_inverse(f, g)), None)
        if inverse is not None and f in term.factors:
            term.factors = [g for g in term.factors if g is not f and g is not inverse]


def _are_inverse(f: Factor, g: Factor) -> bool:
    """Tell whether two factors have one base, and opposite exponents that are no numbers."""
    if isinstance(f.exponent, NUMBER) or isinstance(g.exponent, NUMBER):
        return False
    return plain(f.base) is plain(g.base) and plain(negative(g.exponent)) is plain(f.exponent)
