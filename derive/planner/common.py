"""What the terms of a sum have in common, and the sum without it."""

from __future__ import annotations

from fractions import Fraction
from math import gcd

from derive.expr.build import Rational, add, exact, negative
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
    merge_alike,
    term_of,
    write,
)


def worth_taking_out(f: Factor) -> bool:
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
    numbers = [x for x in exponents if isinstance(x, NUMBER)]
    if len(numbers) == len(exponents):
        lowest = min(numbers)
        return lowest if lowest > 0 else None
    return exponents[0] if not numbers and all(x is exponents[0] for x in exponents) else None


def _common_number(coefficients: list[Rational]) -> Rational:
    if any(c.denominator != 1 for c in coefficients):
        return 1
    return gcd(*(c.numerator for c in coefficients)) or 1


def divided(e: Expr, by: Term) -> Expr:
    assert isinstance(e, Sum)
    out = []
    for t, s in zip(e.terms, e.signs, strict=True):
        term = term_of(t)
        merge_alike(term)
        term.coefficient = exact(Fraction(term.coefficient * s) / by.coefficient)
        inverse = [
            Factor(f.base, -f.exponent if isinstance(f.exponent, NUMBER) else negative(f.exponent)) for f in by.factors
        ]
        term.factors.extend(inverse)
        cancel(term)
        _drop_symbolic_ones(term)
        out.append(write(term))
    return add(out)


def _drop_symbolic_ones(term: Term) -> None:
    """x^n times x^{-n}, which the merge leaves as x^0."""
    merged = Term(term.coefficient, term.factors, term.decimal)
    from_symbolic = [f for f in merged.factors if not isinstance(f.exponent, NUMBER)]
    for f in from_symbolic:
        inverse = next((g for g in term.factors if g is not f and plain(g.base) is plain(f.base)
                        and not isinstance(g.exponent, NUMBER)
                        and plain(negative(g.exponent)) is plain(f.exponent)), None)  # fmt: skip
        if inverse is not None and f in term.factors:
            term.factors = [g for g in term.factors if g is not f and g is not inverse]
