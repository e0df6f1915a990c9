"""Terms: a rational coefficient times powers, in the order in which they were met. What tidying computes with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from derive.expr.build import (
    Rational,
    add,
    as_number,
    exact,
    integer,
    is_integer,
    negative,
    power,
    rational,
    signed,
    times,
)
from derive.expr.build import exponent as written_exponent
from derive.expr.build_arrays import zero
from derive.expr.interning import current_table
from derive.expr.nodes import (
    Call,
    Cases,
    Constant,
    Decimal,
    Derivative,
    Entry,
    Expr,
    Integer,
    Power,
    Product,
    Quotient,
    Root,
    Sum,
    SumOver,
    Symbol,
)
from derive.expr.shapes import ONE
from derive.expr.walks import plain, variables
from derive.limits import DEFAULT_LIMITS

NUMBER = (int, Fraction)
Exponent = Rational | Expr


class Factor(NamedTuple):
    """One base with its exponent. `rooted` remembers that the author wrote a square root."""

    base: Expr
    exponent: Exponent
    style: str = ""
    rooted: bool = False
    decimal: bool = False

    @property
    def below(self) -> bool:
        """Whether the factor stands in the denominator."""
        return isinstance(self.exponent, NUMBER) and self.exponent < 0

    @property
    def number(self) -> Rational:
        """The exponent, where it has to be a number."""
        assert isinstance(self.exponent, NUMBER)
        return self.exponent


@dataclass(slots=True)
class Term:
    """A coefficient and factors; `decimal` when a decimal literal took part in the coefficient."""

    coefficient: Rational
    factors: list[Factor]
    decimal: bool = False


def term_of(e: Expr) -> Term:
    """Split an expression into its coefficient and its factors, each as met: like factors are not merged yet."""
    known: dict[Expr, Term] = current_table().memo("term")
    term = known.get(e)
    if term is None:
        term = known[e] = _split(e)
    return Term(term.coefficient, term.factors.copy(), term.decimal)


def _split(e: Expr) -> Term:
    term = Term(1, [])
    stack: list[tuple[Expr, Rational, str]] = [(e, 1, "")]
    while stack:
        e, k, style = stack.pop()
        number = as_number(e)
        if number is not None and _take_number(term, number, k, e):
            continue
        match e:
            case Product(factors) if k.denominator == 1:
                stack.extend((factor, k, "") for factor in reversed(factors))
            case Quotient(a, b) if k.denominator == 1:
                stack.append((b, -k, ""))
                stack.append((a, k, ""))
            case Sum(terms, (-1,)) if k.denominator == 1:
                term.coefficient *= (-1) ** (k.numerator % 2)
                stack.append((terms[0], k, style))
            case Power(base, exponent, style) if not base.shape:
                _take_power(term, stack, e, base, exponent, style, k)
            case Root(radicand, None):
                term.factors.append(Factor(radicand, exact(Fraction(k) / 2), "", rooted=True))
            case Root(radicand, Integer(n)) if k.denominator == 1 and k % n == 0:
                stack.append((radicand, exact(Fraction(k) / n), ""))
            case Call("abs", (inner,)) if k.denominator == 1 and k % 2 == 0:
                stack.append((inner, k, ""))
            case _:
                term.factors.append(Factor(e, k, style))
    return term


def _take_number(term: Term, number: Rational, k: Rational, e: Expr) -> bool:
    """Multiply a literal into the coefficient, unless that would divide by 0 or be too large to write out."""
    if k.denominator != 1 or (number == 0 and k < 0):
        return False
    size = max(number.numerator.bit_length(), number.denominator.bit_length()) * abs(k.numerator)
    if size > DEFAULT_LIMITS.power_bits:
        return False
    term.coefficient = exact(term.coefficient * (number if k == 1 else Fraction(number) ** k.numerator))
    term.decimal |= isinstance(signed(e)[1], Decimal)
    return True


def _take_power(
    term: Term,
    stack: list[tuple[Expr, Rational, str]],
    e: Expr,
    base: Expr,
    exponent: Expr,
    style: str,
    k: Rational,
) -> None:
    q = as_number(exponent)
    if q is not None and q.denominator == 1 and abs(q.numerator) <= DEFAULT_LIMITS.power_bits and k.denominator == 1:
        number = as_number(base)
        if number is None or -1 <= number <= 1 or -4 <= q <= 4:
            stack.append((base, k * q, style))  # (ab)^2 = a^2 b^2 holds for integer exponents
            return
    if q is not None and k.denominator == 1 and as_number(base) is None:
        term.factors.append(Factor(base, exact(k * q), style, decimal=isinstance(signed(exponent)[1], Decimal)))
    elif q is None and k.denominator == 1 and abs(k) == 1:
        term.factors.append(Factor(base, exponent if k == 1 else negative(exponent), style))
    else:
        term.factors.append(Factor(e, k))


# Merging --------------------------------------------------------------------------------------------------------------


def merge_alike(term: Term) -> bool:
    """Collect factors of one base that stand on one side of the fraction bar. Tell whether there were any."""
    return _merge(term, lambda a, b: _below(a) == _below(b))


def cancel(term: Term) -> list[Expr]:
    """Cancel factors that stand above and below the bar. Return the bases that were cancelled."""
    bases = [f.base for f in term.factors if f.below]
    above = {plain(f.base) for f in term.factors if not f.below}
    found = [b for b in dict.fromkeys(bases) if plain(b) in above]
    if found:
        _merge(term, lambda a, b: True)
    return found


def minus(exponent: Exponent) -> Exponent:
    """Return the opposite exponent."""
    return -exponent if isinstance(exponent, NUMBER) else negative(exponent)


def _below(exponent: Exponent) -> bool:
    return isinstance(exponent, NUMBER) and exponent < 0


def _merge(term: Term, alike: Callable[[Exponent, Exponent], bool]) -> bool:
    if len({plain(factor.base) for factor in term.factors}) == len(term.factors):
        return False
    merged: list[Factor] = []
    places: dict[Expr, list[int]] = {}
    for factor in term.factors:
        met = places.setdefault(plain(factor.base), [])
        at = next((i for i in met if alike(merged[i].exponent, factor.exponent)), None)
        if at is None:
            met.append(len(merged))
            merged.append(factor)
        else:
            first = merged[at]
            exponent = _sum(first.exponent, factor.exponent)
            rooted, decimal = first.rooted or factor.rooted, first.decimal or factor.decimal
            merged[at] = Factor(first.base, exponent, first.style or factor.style, rooted, decimal)
    if len(merged) == len(term.factors):
        return False
    term.factors = [f for f in merged if f.exponent != 0]
    return True


def _sum(a: Exponent, b: Exponent) -> Exponent:
    if isinstance(a, NUMBER) and isinstance(b, NUMBER):
        return exact(a + b)
    total = collect([*opened(_expression(a)), *opened(_expression(b))])
    number = as_number(total)
    return total if number is None else number


def _expression(exponent: Exponent) -> Expr:
    return rational(exponent) if isinstance(exponent, NUMBER) else exponent


# Writing out ----------------------------------------------------------------------------------------------------------

_RANKS: tuple[tuple[type | tuple[type, ...], int], ...] = (
    (Constant, 1),
    ((Symbol, Entry), 2),
    (Root, 4),
    (Call, 6),
    (Sum, 6),
    (Cases, 8),
)


def _rank(factor: Factor) -> int:
    """Where a factor stands: numbers, constants, symbols, |x|, roots, exponentials, functions and brackets, cases."""
    base = factor.base
    if isinstance(base, Call) and base.function in ("exp", "abs"):
        return 5 if base.function == "exp" else 3
    if factor.rooted and isinstance(factor.exponent, NUMBER) and factor.exponent.denominator == 2:
        return 4
    number = base.base if isinstance(base, Power) else base
    if as_number(number) is not None and not variables(base):
        return 0
    if not isinstance(factor.exponent, NUMBER) and not isinstance(base, Symbol | Entry):
        return 6
    if base.shape:
        return 9
    if isinstance(base, Symbol) and base.kind == "dimension":
        return 1
    return next((rank for kinds, rank in _RANKS if isinstance(base, kinds)), 6)


def write(term: Term) -> Expr:
    r"""Return the term as a textbook prints it: numbers first, one fraction, `\frac{3}{8}x^2` over a mere number."""
    if term.coefficient == 0:
        return zero(next((f.base.shape for f in term.factors if f.base.shape), ()))
    factors = sorted(term.factors, key=_rank)
    above = [f for f in factors if not f.below]
    below = [f for f in factors if f.below]
    sign = -1 if term.coefficient < 0 else 1
    e = _fraction(sign * term.coefficient, above, below, term.decimal)
    return e if sign > 0 else negative(e)


def _fraction(size: Rational, above: list[Factor], below: list[Factor], decimal: bool) -> Expr:
    number = rational(size, decimal)
    if below and any(_stays_whole(f, below) for f in above):  # \frac{1}{s} A, \frac{2}{N} \sum_i x_i
        beside = [f for f in above if f.base.shape or _stays_whole(f, below)]
        return times([_bar(size, [f for f in above if f not in beside], below, decimal), *(f.base for f in beside)])
    if isinstance(number, Quotient) or below:
        if not any(variables(f.base) for f in below):  # a constant in front: \frac{3}{8}x^2, \frac{2}{\sqrt\pi}e^x
            constants = [f for f in above if isinstance(f.base, Constant) and f.exponent == 1]
            rest = [f for f in above if f not in constants]
            head = _bar(size, constants, below, decimal)
            return head if not rest else times([head, *map(_written, rest)])
        return _bar(size, above, below, decimal)
    return _row(number, above)


def _stays_whole(factor: Factor, below: list[Factor]) -> bool:
    """Tell whether a factor is not set above a fraction bar: a matrix, a named derivative of or by a vector.

    Over letters, as in a mean, a sum is not either.
    """
    e = factor.base
    if isinstance(e, SumOver):
        return factor.exponent == 1 and all(isinstance(f.base, Symbol) for f in below)
    return bool(e.shape) and (isinstance(e, Derivative) or (len(e.shape) == 2 and e.shape[0] != ONE))


def _bar(size: Rational, above: list[Factor], below: list[Factor], decimal: bool) -> Expr:
    if decimal and isinstance(rational(size, True), Decimal):
        top, bottom = rational(size, True), integer(1)
    else:
        top, bottom = integer(size.numerator), integer(size.denominator)
    flipped = [f._replace(exponent=minus(f.exponent)) for f in below]
    return Quotient(_row(top, above), _row(bottom, flipped))


def _row(number: Expr, factors: list[Factor]) -> Expr:
    written = [_written(f) for f in factors]
    if written and is_integer(number, 1):
        return times(written)
    return times([number, *written])


def _written(factor: Factor) -> Expr:
    base, exponent = factor.base, factor.exponent
    if not isinstance(exponent, NUMBER):
        return Power(base, exponent, factor.style)
    if exponent == 1:
        return base
    if factor.rooted and exponent == Fraction(1, 2):
        return Root(base)
    if exponent.denominator == 1 and factor.style == "":
        return power(base, integer(exponent.numerator))
    return Power(base, written_exponent(exponent, factor.decimal), factor.style if exponent > 1 else "")


def opened(e: Expr) -> list[Expr]:
    """Return the terms of a sum, signs included; anything else is its own only term."""
    sign, inner = signed(e)
    if not isinstance(inner, Sum):
        return [e]
    parts = [negative(t) if s < 0 else t for t, s in zip(inner.terms, inner.signs, strict=True)]
    return parts if sign > 0 else [negative(p) for p in parts]


# Sums -----------------------------------------------------------------------------------------------------------------


def key_of(term: Term) -> frozenset[tuple[Expr, Exponent]]:
    """Return what makes two terms alike: their bases and exponents."""
    return frozenset((plain(f.base), f.exponent) for f in term.factors)


def collect(terms: Iterable[Expr]) -> Expr:
    """Return the sum with like terms collected, each at the place of the first of its kind."""
    return collect_terms((term_of(e), e) for e in terms)


def collect_terms(terms: Iterable[tuple[Term, Expr | None]]) -> Expr:
    """Collect terms that are split already; one that stays alone is written as it came, if that is given."""
    as_given: dict[frozenset[tuple[Expr, Exponent]], Expr | None] = {}
    totals: dict[frozenset[tuple[Expr, Exponent]], Term] = {}
    for term, e in terms:
        merge_alike(term)
        key = key_of(term)
        if key in totals:
            totals[key].coefficient += term.coefficient
            totals[key].decimal |= term.decimal
            as_given[key] = None
        else:
            totals[key] = term
            as_given[key] = e
    return add([as_given[k] or write(t) for k, t in totals.items() if t.coefficient != 0])
