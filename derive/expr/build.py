"""Building expressions as a person writes them: signs in front, dots only where needed. Nothing is folded or sorted."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from derive.expr.functions import FUNCTIONS
from derive.expr.nodes import (
    Apply,
    Call,
    Cases,
    Constant,
    Decimal,
    Derivative,
    Entry,
    Expr,
    Filled,
    Indicator,
    Integer,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    Sum,
    Symbol,
)


def integer(value: int) -> Expr:
    """Return an integer of either sign."""
    return Integer(value) if value >= 0 else Sum((Integer(-value),), (-1,))


Rational = int | Fraction
"""An exact number: an int where it is whole, for speed."""


def exact(value: Rational) -> Rational:
    """Return a whole fraction as an int."""
    return value.numerator if value.denominator == 1 else value


def rational(value: Rational, decimal: bool = False) -> Expr:
    r"""Return a number: an integer, `\frac{p}{q}`, or a decimal when that is wanted and short."""
    if value < 0:
        return negative(rational(-value, decimal))
    if value.denominator == 1:
        return Integer(value.numerator)
    if decimal:
        text = _decimal_text(value)
        if text is not None:
            return Decimal(text)
    return Quotient(Integer(value.numerator), Integer(value.denominator))


def exponent(value: Rational, decimal: bool = False) -> Expr:
    """Return a number as it is written in an exponent: fractions with a slash, x^{3/2}."""
    sign, number = signed(rational(value, decimal))
    if isinstance(number, Quotient):
        number = Quotient(number.numerator, number.denominator, "slash")
    return number if sign > 0 else negative(number)


def _decimal_text(value: Rational, places: int = 12) -> str | None:
    """Return the finite decimal expansion, or None where there is none of reasonable length."""
    scaled = value * 10**places
    if scaled.denominator != 1:
        return None
    whole, rest = divmod(scaled.numerator, 10**places)
    return f"{whole}.{rest:0{places}d}".rstrip("0")


def as_number(e: Expr) -> Rational | None:
    """Return the value of a literal: an integer, a decimal, a fraction of these, or their negation; else None."""
    sign = 1
    while isinstance(e, Sum):
        if len(e.terms) > 1:
            return None
        sign, e = sign * e.signs[0], e.terms[0]
    if isinstance(e, Integer):
        return sign * e.value
    if not isinstance(e, _NUMERIC):
        return None
    if isinstance(e, Decimal):
        return exact(sign * Fraction(e.text))
    if isinstance(e, Quotient) and isinstance(e.numerator, _LITERAL) and isinstance(e.denominator, _LITERAL):
        top, bottom = as_number(e.numerator), as_number(e.denominator)
        return exact(Fraction(sign * top) / bottom) if top is not None and bottom else None
    return None


_LITERAL = (Integer, Decimal)
_NUMERIC = (Decimal, Quotient)


def is_integer(e: Expr, value: int) -> bool:
    """Tell whether an expression is this integer."""
    return isinstance(e, Integer) and e.value == value if value >= 0 else as_number(e) == value


def negative(e: Expr) -> Expr:
    """Return -e; a minus in front goes away instead of doubling."""
    if isinstance(e, Sum) and len(e.terms) == 1:
        return e.terms[0] if e.signs[0] < 0 else Sum(e.terms, (-1,))
    return Sum((e,), (-1,))


def signed(e: Expr) -> tuple[int, Expr]:
    """Return the sign in front of an expression and what follows it."""
    if isinstance(e, Sum) and len(e.terms) == 1:
        return e.signs[0], e.terms[0]
    return 1, e


def add(terms: Iterable[Expr]) -> Expr:
    """Return the sum of the terms, their leading signs becoming its signs. No terms give 0."""
    pairs = [signed(term) for term in terms]
    if not pairs:
        return Integer(0)
    if len(pairs) == 1:
        sign, term = pairs[0]
        return term if sign > 0 else negative(term)
    return Sum(tuple(term for _, term in pairs), tuple(sign for sign, _ in pairs))


def times(factors: Iterable[Expr]) -> Expr:
    """Return the product, nested products flattened, with a dot where juxtaposition could be misread."""
    flat: list[Expr] = []
    dots: list[str] = []
    for factor in factors:
        parts, inner = (factor.factors, factor.dots) if isinstance(factor, Product) else ((factor,), ())
        if flat:
            dots.append(r"\cdot" if needs_dot(flat[-1], parts[0]) else "")
        flat.extend(parts)
        dots.extend(inner)
    if not flat:
        return Integer(1)
    return flat[0] if len(flat) == 1 else Product(tuple(flat), tuple(dots))


def dotted(factors: Iterable[Expr], *, ones: bool = False) -> Expr:
    r"""Return the product of values just put in, a dot between any two: `\frac{1}{u_3} \cdot 2u_2 \cdot \cos(u_1)`.

    A factor 1 is not written, unless `ones`; a factor 0 makes the product 0; a minus of the first stands in front.
    """
    kept = [f for f in factors if ones or not is_integer(f, 1)]
    if any(is_integer(f, 0) for f in kept):
        return Integer(0)
    if len(kept) < 2:
        return kept[0] if kept else Integer(1)
    sign, first = signed(kept[0])
    kept[0] = first
    kept[:-1] = [_with_brackets(f) for f in kept[:-1]]
    flat: list[Expr] = []
    dots: list[str] = []
    for factor in kept:
        parts, inner = (factor.factors, factor.dots) if isinstance(factor, Product) else ((factor,), ())
        if flat:
            dots.append("" if _is_bracket(parts[0]) and not isinstance(flat[-1], Symbol | Apply) else r"\cdot")
        flat.extend(parts)
        dots.extend(inner)
    product = Product(tuple(flat), tuple(dots))
    return product if sign > 0 else negative(product)


def _with_brackets(e: Expr) -> Expr:
    r"""Give a bare call its brackets: `\cos u \cdot 2v` could be read as the cosine of a product."""
    if isinstance(e, Product) and e.factors[-1] is not (last := _with_brackets(e.factors[-1])):
        return Product((*e.factors[:-1], last), e.dots)
    return bracketed(e)


def bracketed(e: Expr) -> Expr:
    """Return a bare call with brackets, anything else as it is."""
    return Call(e.function, e.arguments, "(") if isinstance(e, Call) and is_bare(e) else e


def is_bare(call: Call) -> bool:
    r"""Tell whether a call is printed as a name and its argument without brackets: `\sin x`."""
    return call.style == "" and has_name(call)


def _is_bracket(e: Expr) -> bool:
    """Tell whether a factor is printed in brackets and begins without a sign: then no dot is needed before it."""
    return isinstance(e, Sum) and len(e.terms) > 1 and e.signs[0] > 0


def power(base: Expr, exponent: Expr) -> Expr:
    r"""Return base^exponent; a power of a named call is written at its name: `\sin^2(x)`."""
    if is_integer(exponent, 1):
        return base
    at_name = isinstance(base, Call) and has_name(base) and isinstance(exponent, Integer)
    return Power(base, exponent, "name" if at_name else "")


def has_name(call: Call) -> bool:
    """Tell whether a call is printed as a name before its argument."""
    row = FUNCTIONS[call.function]
    return not (row.delimiter or row.needs_bracket or call.function == "polygamma" or call.style == "^")


def needs_dot(left: Expr, right: Expr) -> bool:
    """Tell whether two factors set side by side would be ugly or misread."""
    apart = any(_is_wide(e) or _is_operator(e) for e in (left, right))
    twice = isinstance(right, Power) and right.base is left and isinstance(left, Symbol)
    return apart or twice or _begins_with_digit(right) or _opens_with_minus(right) or _runs_on(left, right)


def _begins_with_digit(e: Expr) -> bool:
    while True:
        match e:
            case Integer() | Decimal():
                return True
            case Quotient(Integer() | Decimal(), Integer() | Decimal()):
                return True
            case Quotient(numerator, _, "slash"):
                e = numerator
            case Product(factors):
                e = factors[0]
            case Power(base):
                e = base
            case Call(_, arguments, "!"):
                e = arguments[0]
            case _:
                return False


def _opens_with_minus(e: Expr) -> bool:
    return isinstance(e, Sum) and len(e.terms) == 1


def _is_wide(e: Expr) -> bool:
    return isinstance(e, Cases) or (isinstance(e, Indicator) and e.style != "delta")


def _is_operator(e: Expr) -> bool:
    """A derivative written as an operator before its bracket."""
    return isinstance(e, Derivative) and not isinstance(e.of, Symbol | Entry)


def _runs_on(left: Expr, right: Expr) -> bool:
    """A call without brackets would swallow what follows, unless that is a named function."""
    if isinstance(left, Quotient):
        return left.style == "slash" or (isinstance(right, Quotient) and not isinstance(right.numerator, Derivative))
    base = left.base if isinstance(left, Power) and left.style == "name" else left
    if not (isinstance(base, Call) and base.style == ""):
        return False
    target = right.base if isinstance(right, Power) and right.style == "name" else right
    return not (isinstance(target, Call) and has_name(target))


def differs(a: Expr, b: Expr) -> Relation:
    """Return the condition a != b."""
    return Relation((a, b), ("!=",))


def is_constant_number(e: Expr) -> bool:
    """Tell whether an expression is a literal number or a named constant."""
    return isinstance(e, Constant) or as_number(e) is not None


def is_atom(e: Expr) -> bool:
    """Tell whether nobody would give an expression a further name: a symbol or its entry, a number, a constant."""
    if isinstance(e, Entry):
        return isinstance(e.of, Symbol)
    return isinstance(e, Symbol | Constant | Filled) or as_number(e) is not None


def apply_to(function: str, argument: Expr, like: Expr | None = None) -> Expr:
    """Return the call of a function, bracketed as another call is."""
    style = like.style if isinstance(like, Call) and has_name(like) else "("
    return Call(function, (argument,), style)


def square(e: Expr) -> Expr:
    """Return e^2."""
    return power(e, Integer(2))


def root(e: Expr) -> Expr:
    """Return the square root."""
    return Root(e)


def one_over(e: Expr) -> Expr:
    """Return 1/e as a fraction."""
    return Quotient(Integer(1), e)


__all__ = [
    "Apply", "add", "apply_to", "as_number", "bracketed", "differs", "dotted", "exponent", "has_name", "integer",
    "is_atom", "is_bare", "is_constant_number", "is_integer", "needs_dot", "negative", "one_over", "power", "rational",
    "root", "signed", "square", "times",
]  # fmt: skip
