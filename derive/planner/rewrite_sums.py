"""Rewrites of sums and of cases: like terms, common factors, expansion, common denominators."""

from __future__ import annotations

from fractions import Fraction
from math import lcm

from derive.expr.build import Rational, add, exact, is_integer, negative, signed, times
from derive.expr.build_arrays import is_row
from derive.expr.interning import current_table
from derive.expr.nodes import Cases, Decimal, Expr, Integer, Power, Product, Quotient, Sum, Symbol
from derive.expr.walks import children, plain, postorder, tree_size
from derive.planner.algebra import (
    NUMBER,
    Exponent,
    Factor,
    Term,
    cancel,
    collect,
    collect_terms,
    merge_alike,
    opened,
    term_of,
    write,
)
from derive.planner.common import common_factors, divided, worth_taking_out
from derive.planner.rewrite_products import Trace, clear, is_product


def together(e: Expr, _: Trace) -> Expr:
    """Bring the fractions of a sum to a common denominator when the result is shorter."""
    if not isinstance(e, Sum) or len(e.terms) < 2 or not any(map(_has_bar, e.terms)) or e.shape:
        return e
    found = _over_common_denominator(e)
    if found is None:
        return e
    result = write(found)
    return result if _weight(result) < _weight(e) else e


def _over_common_denominator(e: Sum) -> Term | None:
    """Return a sum of fractions as one fraction, or None where no denominator holds a variable."""
    terms = [term_of(t) for t in opened(e)]
    lowest: dict[Expr, Factor] = {}
    for term in terms:
        merge_alike(term)
        for f in term.factors:
            met = lowest.get(plain(f.base))
            if f.below and (met is None or f.number < met.number):
                lowest[plain(f.base)] = f
    if not lowest:
        return None
    number = lcm(*(term.coefficient.denominator for term in terms))
    below = Term(Fraction(1, number), list(lowest.values()))
    top = simpler(add(_over(term, below) for term in terms))
    return Term(exact(below.coefficient), [Factor(top, 1), *below.factors])


def _is_matrix(e: Expr) -> bool:
    r"""Tell whether an expression is a matrix and no row: of \frac{1}{s}I - A nobody makes one fraction."""
    return len(e.shape) == 2 and not is_row(e.shape)


def nested_fractions(e: Expr, _: Trace) -> Expr:
    r"""Clear the fractions inside a bracket of a fraction: `\frac{1}{1 + \frac{1}{x}} = \frac{x}{x + 1}`."""
    if not isinstance(e, Quotient | Product):
        return e
    term = term_of(e)
    changed = False
    for f in list(term.factors):
        inner = f.base
        if _is_matrix(inner) or not (
            isinstance(inner, Sum) and isinstance(f.exponent, int) and any(map(_has_bar, inner.terms))
        ):
            continue
        cleared = _over_common_denominator(inner)
        if cleared is None:
            continue
        changed = True
        term.factors.remove(f)
        term.factors.extend(g._replace(exponent=g.number * f.exponent) for g in cleared.factors)
        term.coefficient = exact(term.coefficient * Fraction(cleared.coefficient) ** f.exponent)
    if not changed:
        return e
    cancel(term)
    result = write(term)
    return result if _weight(result) <= _weight(e) else e


def lead_with_plus(e: Expr, _: Trace) -> Expr:
    """Put a positive term first in a sum that begins with a minus: -a + b = b - a. Polynomials keep their degrees."""
    if not isinstance(e, Sum) or len(e.terms) < 2 or e.signs[0] > 0 or 1 not in e.signs:
        return e
    if len(e.terms) > 2 and _is_polynomial(e):
        return e
    at = e.signs.index(1)
    order = [at, *(i for i in range(len(e.terms)) if i != at)]
    return Sum(tuple(e.terms[i] for i in order), tuple(e.signs[i] for i in order))


def _has_bar(e: Expr) -> bool:
    """Tell whether a term is a fraction, or a product with one."""
    if isinstance(e, Product):
        return any(map(_has_bar, e.factors))
    if isinstance(e, Power):
        return isinstance(e.exponent, Sum)
    return isinstance(e, Quotient) or (isinstance(e, Sum) and len(e.terms) == 1 and _has_bar(e.terms[0]))


def _over(term: Term, below: Term) -> Expr:
    """The numerator of a term once it is written over a common denominator."""
    raised = [Factor(f.base, -f.number, f.style, f.rooted) for f in below.factors]
    whole = Term(exact(term.coefficient / Fraction(below.coefficient)), [*term.factors, *raised], term.decimal)
    cancel(whole)
    return write(whole)


def simpler(e: Expr) -> Expr:
    """Return a sum with its like terms collected, its common factors taken out, or multiplied out."""
    for change in (clear, collect_like, factor_out, expand):
        e = change(e, Trace())
    return e


def collect_like(e: Expr, trace: Trace) -> Expr:
    """Collect like terms; sums inside a sum are opened where that brings like terms together."""
    if not isinstance(e, Sum) or len(e.terms) < 2:
        return e
    terms = [negative(t) if s < 0 else t for t, s in zip(e.terms, e.signs, strict=True)]
    flat = [part for t in terms for part in opened(t)]
    for candidate in (terms, flat):
        collected = collect(candidate)
        before = len(candidate)
        after = len(collected.terms) if isinstance(collected, Sum) else 1
        if after < before or is_integer(collected, 0):
            return collected
    return e


def expand(e: Expr, _: Trace) -> Expr:
    """Multiply out a sum of products when the result is shorter."""
    if not isinstance(e, Sum) or len(e.terms) < 2 or not any(map(_has_bracket, e.terms)):
        return e
    parts: list[Term] = []
    for t, s in zip(e.terms, e.signs, strict=True):
        more = _multiplied_out(negative(t) if s < 0 else t)
        if more is None or len(parts) + len(more) > _MOST_TERMS:
            return e
        parts.extend(more)
    expanded = collect_terms((t, None) for t in parts)
    if _weight(expanded) < _weight(e):
        return _by_degree(expanded)
    shorter = _is_polynomial(e) and _weight(expanded) < _weight(e) + _brackets(e)
    return _by_degree(expanded) if shorter else e


def _is_polynomial(e: Expr) -> bool:
    return all(isinstance(n, Sum | Product | Power | Integer | Decimal | Symbol) for n in postorder(e))


def _brackets(e: Expr) -> int:
    """The weight of the brackets that printing needs, at two signs a pair."""
    kinds = (Sum, Product, Power)
    nested = [part for n in postorder(e) if isinstance(n, kinds) for part in children(n) if isinstance(part, Sum)]
    return 2 * len(nested)


def _by_degree(e: Expr) -> Expr:
    """Order a polynomial by falling degree, unless its degrees already rise or fall."""
    if not isinstance(e, Sum) or not _is_polynomial(e):
        return e
    parts = opened(e)
    degrees = [_degree(part) for part in parts]
    if degrees in (sorted(degrees), sorted(degrees, reverse=True)):
        return e
    return add(part for _, part in sorted(zip(degrees, parts, strict=True), key=lambda pair: -pair[0]))


def _degree(e: Expr) -> Rational:
    return sum(f.exponent for f in term_of(e).factors if isinstance(f.exponent, NUMBER))


def _has_bracket(e: Expr) -> bool:
    """Tell whether a sum stands as a factor in a product, or above its bar."""
    match e:
        case Sum(terms):
            return len(terms) > 1 or _has_bracket(terms[0])
        case Product(factors):
            return any(map(_has_bracket, factors))
        case Quotient(numerator):
            return _has_bracket(numerator)
        case Power(base):
            return isinstance(base, Sum)
        case _:
            return False


_MOST_TERMS = 64


def _multiplied_out(e: Expr) -> list[Term] | None:
    """Return the terms of a product of sums, or None when they are too many."""
    term = term_of(e)
    brackets = [f for f in term.factors if isinstance(f.base, Sum) and _small_power(f.exponent)]
    if not brackets:
        return [term]
    out = [Term(term.coefficient, [f for f in term.factors if f not in brackets], term.decimal)]
    for bracket in brackets:
        assert isinstance(bracket.exponent, NUMBER)
        for _ in range(int(bracket.exponent)):
            inner = [term_of(t) for t in opened(bracket.base)]
            if len(out) * len(inner) > _MOST_TERMS:
                return None
            out = [_joined(a, b) for a in out for b in inner]
    return out


def _small_power(exponent: Exponent) -> bool:
    return isinstance(exponent, NUMBER) and exponent in (1, 2, 3)


def _joined(a: Term, b: Term) -> Term:
    joined = Term(exact(a.coefficient * b.coefficient), [*a.factors, *b.factors], a.decimal or b.decimal)
    merge_alike(joined)
    return joined


def factor_out(e: Expr, trace: Trace) -> Expr:
    """Take a common factor out of a sum when it is more than a number or a symbol, and the result is shorter."""
    if not isinstance(e, Sum) or len(e.terms) < 2:
        return e
    shared = common_factors(e, numbers=True)
    if not any(worth_taking_out(f) for f in shared.factors):
        return e
    if all(signed(t)[0] < 0 for t in opened(e)):
        shared.coefficient = -shared.coefficient
    rest = clear(divided(e, shared), Trace())
    shorter = expand(collect_like(rest, Trace()), Trace())  # what later rewrites will make of it
    front = write(shared)
    sign, front = signed(front)
    symbolic = any(not isinstance(f.exponent, NUMBER) for f in shared.factors)
    if _weight(times([front, shorter])) >= _weight(e) + (3 if symbolic else 0):
        return e
    result = times([front, rest]) if sign > 0 else negative(times([front, rest]))
    trace.about.setdefault(front)
    return result


def _weight(e: Expr) -> int:
    """How long an expression looks: nodes, a fraction bar counting as much as a pair of brackets."""
    known: dict[Expr, int] = current_table().memo("weight")
    if e not in known:
        known[e] = tree_size(e) + sum([isinstance(n, Quotient | Power) for n in postorder(e)])
    return known[e]


def into_cases(e: Expr, _: Trace) -> Expr:
    """Multiply a factor into each case."""
    if not is_product(e) or not any(isinstance(part, Cases) for part in postorder(e)):
        return e
    term = term_of(e)
    places = [f for f in term.factors if isinstance(f.base, Cases) and f.exponent == 1]
    if len(places) != 1:
        return e
    at = term.factors.index(places[0])
    cases = places[0].base
    assert isinstance(cases, Cases)
    values = []
    for value in cases.values:
        factors = [*term.factors[:at], Factor(value, 1), *term.factors[at + 1 :]]
        product = write(Term(term.coefficient, factors, term.decimal))
        values.append(clear(write(term_of(product)), Trace()))
    return Cases(tuple(values), cases.conditions)


def merge_cases(e: Expr, _: Trace) -> Expr:
    """Add cases that distinguish the same conditions case by case."""
    if not isinstance(e, Sum):
        return e
    groups: dict[tuple[Expr | None, ...], list[tuple[int, Cases]]] = {}
    for term, sign in zip(e.terms, e.signs, strict=True):
        if isinstance(term, Cases):
            groups.setdefault(term.conditions, []).append((sign, term))
    if not any(len(group) > 1 for group in groups.values()):
        return e
    merged = []
    for conditions, group in groups.items():
        columns = zip(*(cases.values for _, cases in group), strict=True)
        values = [
            add(v if s > 0 else negative(v) for v, (s, _) in zip(column, group, strict=True)) for column in columns
        ]
        merged.append(Cases(tuple(simpler(v) for v in values), conditions))
    rest = [t if s > 0 else negative(t) for t, s in zip(e.terms, e.signs, strict=True) if not isinstance(t, Cases)]
    return add([*rest, *merged])
