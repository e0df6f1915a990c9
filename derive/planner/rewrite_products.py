"""Rewrites of products, fractions and powers: what tidying does to a single term."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd

from derive.derivation import Condition
from derive.expr.build import (
    Rational,
    add,
    as_number,
    differs,
    dotted,
    exact,
    is_integer,
    negative,
    rational,
    signed,
    times,
)
from derive.expr.build_arrays import is_zero, zero
from derive.expr.interning import current_table
from derive.expr.nodes import (
    Call,
    Cases,
    Constant,
    Expr,
    Integer,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    Sum,
    Symbol,
)
from derive.expr.walks import plain
from derive.expr.width import width
from derive.planner.algebra import (
    Factor,
    Term,
    cancel,
    merge_alike,
    opened,
    term_of,
    write,
)
from derive.planner.common import common_factors, divided

_LARGEST = 9_999
"""Powers of numbers up to this are worked out, whatever their exponent."""


@dataclass(slots=True)
class Trace:
    """What a rewrite wants said: the expressions it is about, and the conditions it needs."""

    about: dict[Expr, None] = field(default_factory=dict)
    conditions: dict[Condition, None] = field(default_factory=dict)


def is_author(e: Expr) -> bool:
    """Tell whether an expression is part of what the author wrote: that is not rewritten."""
    return e in current_table().memo("author")


def distribute(e: Expr, _: Trace) -> Expr:
    """Take the minus in front of a whole result into its terms: -(a + b) = -a - b."""
    sign, inner = signed(e)
    return add(opened(e)) if sign < 0 and isinstance(inner, Sum) and not is_author(inner) else e


def clear(e: Expr, _: Trace) -> Expr:
    """Drop zeros from sums, ones from products and quotients; a product with 0 is 0."""
    match e:
        case Sum(terms, signs):
            kept = [negative(t) if s < 0 else t for t, s in zip(terms, signs, strict=True) if not is_zero(t)]
            return unless_same(e, add(kept) if kept else zero(e.shape))
        case Product(factors):
            if any(is_integer(f, 0) for f in factors):
                return zero(e.shape)
            kept = [f for f in factors if not is_integer(f, 1)]
            return e if len(kept) == len(factors) else times(kept)
        case Quotient(a, Integer(1)):
            return a
        case Quotient(Integer(0) as top, b) if as_number(b) != 0:
            return top
        case Power(base, exponent) if is_integer(exponent, 1):
            return base
        case _:
            return e


_PRODUCTS = (Product, Quotient, Power)


def is_product(e: Expr) -> bool:
    """Tell whether an expression is a product, fraction or power, perhaps with a minus in front."""
    if isinstance(e, Sum):
        return len(e.terms) == 1 and not isinstance(e.terms[0], Sum)
    return isinstance(e, _PRODUCTS)


def arrange(e: Expr, _: Trace) -> Expr:
    """Write a product with its sign in front, its number next, and one fraction bar; a sum takes its terms' signs."""
    if isinstance(e, Sum) and len(e.terms) > 1:
        return add(opened(e)) if any(signed(t)[0] < 0 for t in e.terms) else e
    if not is_product(e):
        return e
    return unless_same(e, write(term_of(e)))


def alike(e: Expr, _: Trace) -> Expr:
    """Collect factors of one base."""
    if not is_product(e):
        return e
    term = term_of(e)
    return write(term) if merge_alike(term) else e


def cancel_factors(e: Expr, trace: Trace) -> Expr:
    """Cancel what stands above and below the bar, with the condition that this needs."""
    if not is_product(e):
        return e
    term = term_of(e)
    _share_factors(term)
    gone = cancel(term)
    if not gone:
        return e
    for base in gone:
        trace.about.setdefault(base)
        if not isinstance(base, Constant) and not _never_zero(base):
            trace.conditions.setdefault(differs(base, Integer(0)))
    return write(term)


def content(e: Expr, _: Trace) -> Expr:
    r"""Take numbers and a common minus out of the sums of a fraction: `\frac{-4x - 4}{16x^2} = -\frac{x + 1}{4x^2}`."""
    if not isinstance(e, Quotient):
        return e
    term = term_of(e)
    for i, f in enumerate(term.factors):
        number = _content(f.base) if f.exponent in (1, -1) and not is_author(f.base) else 1
        other = term.coefficient.denominator if f.exponent == 1 else term.coefficient.numerator
        if number < 0 or gcd(number, other) > 1:
            term.factors[i] = f._replace(base=divided(f.base, Term(number, [])))
            term.coefficient = exact(Fraction(term.coefficient) * Fraction(number) ** int(f.exponent == 1 or -1))
            return write(term)
    return e


def _content(e: Expr) -> int:
    """The greatest number that divides all terms of a sum, negative if all are; 1 for anything else."""
    if not isinstance(e, Sum) or len(e.terms) < 2:
        return 1
    numbers = [term_of(t).coefficient * s for t, s in zip(e.terms, e.signs, strict=True)]
    if any(n.denominator != 1 for n in numbers):
        return 1
    return gcd(*(n.numerator for n in numbers)) * (-1 if all(n < 0 for n in numbers) else 1)


def exponentials(e: Expr, _: Trace) -> Expr:
    """Cancel exponentials of opposite arguments: e^u e^{-u} = 1."""
    if not isinstance(e, Product | Quotient):
        return e
    term = term_of(e)
    powers = {plain(u): f for f in term.factors if (u := _exponent_of_e(f)) is not None}
    for argument, f in powers.items():
        other = powers.get(plain(negative(argument)))
        if other is not None and other in term.factors and f in term.factors:
            term.factors = [g for g in term.factors if g is not f and g is not other]
            return write(term)
    return e


def _exponent_of_e(f: Factor) -> Expr | None:
    return f.base.arguments[0] if isinstance(f.base, Call) and f.base.function == "exp" and f.exponent == 1 else None


def _never_zero(e: Expr) -> bool:
    return isinstance(e, Call) and e.function in ("exp", "cosh", "sech", "sigmoid", "softplus")


def absolute_value(e: Expr, _: Trace) -> Expr:
    r"""Write x^2 as |x|^2 where |x| stands beside it, so that they merge: `\frac{x^3}{|x|} = x|x|`."""
    if not is_product(e):
        return e
    term = term_of(e)
    merge_alike(term)
    calls = [f.base for f in term.factors if isinstance(f.base, Call) and f.base.function == "abs"]
    inside = {plain(call.arguments[0]): call for call in calls}
    factors: list[Factor] = []
    for f in term.factors:
        call = inside.get(plain(f.base))
        pairs = f.exponent // 2 * 2 if isinstance(f.exponent, int) and f.exponent > 1 else 0
        if call is None or not pairs:
            factors.append(f)
            continue
        factors.append(Factor(call, pairs))
        if f.exponent != pairs:
            factors.append(f._replace(exponent=f.number - pairs))
    if factors == term.factors:
        return e
    term.factors = factors
    cancel(term)
    return write(term)


def _share_factors(term: Term) -> None:
    """Take out of a sum above the bar the factors that all its terms share with what stands below."""
    below = {plain(f.base) for f in term.factors if f.below}
    if not below:
        return
    for i, factor in enumerate(list(term.factors)):
        if factor.exponent != 1 or not isinstance(factor.base, Sum) or len(factor.base.terms) < 2:
            continue
        wanted = [f for f in common_factors(factor.base, numbers=False).factors if plain(f.base) in below]
        if wanted:
            term.factors[i] = factor._replace(base=divided(factor.base, Term(1, wanted)))
            term.factors.extend(wanted)


_EXACT: dict[tuple[str, Rational], Rational] = {
    ("exp", 0): 1, ("ln", 1): 0, ("sin", 0): 0,
    ("cos", 0): 1, ("tan", 0): 0, ("sec", 0): 1,
    ("arcsin", 0): 0, ("arctan", 0): 0, ("sinh", 0): 0,
    ("cosh", 0): 1, ("tanh", 0): 0, ("sech", 0): 1,
    ("arsinh", 0): 0, ("artanh", 0): 0, ("erf", 0): 0,
    ("sigmoid", 0): Fraction(1, 2),
}  # fmt: skip


def known_values(e: Expr, _: Trace) -> Expr:
    """Put in values that everybody knows: ln e = 1, e^0 = 1, the root of 4."""
    match e:
        case Call("ln", (Constant("e"),)):
            return Integer(1)
        case Call(function, (argument,)):
            number = as_number(argument)
            known = None if number is None else _EXACT.get((function, number))
            if known is None and function == "abs" and number is not None:
                known = number if number >= 0 else -number
            return e if known is None else rational(known)
        case Call("max" | "min" as name, arguments):
            numbers = [as_number(a) for a in arguments]
            told = [n for n in numbers if n is not None]
            return rational((max if name == "max" else min)(told)) if len(told) == len(numbers) else e
        case Cases(values, conditions):
            return _taken(e, values, conditions)
        case Root(radicand, None):
            return _square_root(e, as_number(radicand))
        case Power(base, exponent):
            return _number_power(e, as_number(base), as_number(exponent))
        case _:
            return e


_HOLDS: dict[str, Callable[[Rational, Rational], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip


def _taken(e: Expr, values: tuple[Expr, ...], conditions: tuple[Expr | None, ...]) -> Expr:
    """Return the case that is taken, where the conditions compare numbers."""
    for value, condition in zip(values, conditions, strict=True):
        if condition is None:
            return value
        sides = [as_number(side) for side in condition.operands] if isinstance(condition, Relation) else [None]
        known = [side for side in sides if side is not None]
        if len(known) < len(sides) or not isinstance(condition, Relation):
            return e
        if all(_HOLDS[o](a, b) for o, a, b in zip(condition.operators, known, known[1:], strict=False)):
            return value
    return e


def _square_root(e: Expr, number: Rational | None) -> Expr:
    if number is None or number < 0:
        return e
    top, bottom = _exact_root(number.numerator), _exact_root(number.denominator)
    return e if top is None or bottom is None else rational(Fraction(top, bottom))


def _exact_root(n: int) -> int | None:
    if n.bit_length() > 128:
        return None
    k = round(n**0.5)
    return k if k * k == n else None


def _number_power(e: Expr, base: Rational | None, exponent: Rational | None) -> Expr:
    if base is None or exponent is None or exponent.denominator != 1 or base == 0 or not -20 <= exponent <= 20:
        return e
    if not -4 <= exponent <= 4 and abs(Fraction(base)) ** int(exponent) > _LARGEST:
        return e
    return rational(exact(Fraction(base) ** exponent.numerator))


def unless_same(before: Expr, after: Expr) -> Expr:
    """Return what there was, if it differs in style at most."""
    return before if after is before or plain(after) is plain(before) else after


WIDEST = 32.0
"""In ems: a fraction that is wider fills a printed line, and cannot be broken."""


def split_wide(e: Expr, _: Trace) -> Expr:
    r"""Write a fraction that is wider than a line as a product, which can be broken: `\frac{x}{D} \cdot a \cdot b`."""
    sign, inner = signed(e)
    if not isinstance(inner, Quotient) or width(inner) <= WIDEST:
        return e
    above = list(inner.numerator.factors) if isinstance(inner.numerator, Product) else [inner.numerator]
    below = list(inner.denominator.factors) if isinstance(inner.denominator, Product) else [inner.denominator]
    small = [f for f in above if as_number(f) is not None or isinstance(f, Symbol | Constant)]
    large = [f for f in above if f not in small]
    one = Integer(1)
    if width(inner.denominator) <= WIDEST:
        fractions = [Quotient(times(small) if small else one, inner.denominator)]
    else:
        fractions = [Quotient(times(small) if small and i == 0 else one, f) for i, f in enumerate(below)]
    product = dotted([*fractions, *large])
    return product if sign > 0 else negative(product)
