"""The rows of structure: sums, products, fractions, powers, roots, cases, and functions that were only declared."""

from __future__ import annotations

from typing import Final

from derive.expr.build import (
    add,
    as_number,
    differs,
    exponent,
    is_integer,
    negative,
    one_over,
    power,
    rational,
    square,
    times,
)
from derive.expr.build_arrays import an_entry
from derive.expr.nodes import (
    Apply,
    Call,
    Cases,
    Expr,
    Integer,
    Logic,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    Sum,
)
from derive.expr.walks import children
from derive.rules.row import Rule, or_zero


def _sign(e: Expr, i: int) -> Expr:
    assert isinstance(e, Sum)
    return Integer(1) if e.signs[i] > 0 else negative(Integer(1))


def _sum(e: Expr, ds: tuple[Expr | None, ...]) -> Expr:
    assert isinstance(e, Sum)
    return add(negative(d) if s < 0 else d for d, s in zip(ds, e.signs, strict=True) if d is not None)


def _others(e: Expr, i: int) -> Expr:
    assert isinstance(e, Product)
    return times(e.factors[:i] + e.factors[i + 1 :])


def _product(e: Expr, ds: tuple[Expr | None, ...]) -> Expr:
    assert isinstance(e, Product)
    return add(_in_place(e.factors, i, d) for i, d in enumerate(ds) if d is not None)


def _in_place(factors: tuple[Expr, ...], i: int, derivative: Expr) -> Expr:
    """The product with one factor replaced by its derivative; a factor 1 is not written, a minus goes in front."""
    others = [*factors[:i], *factors[i + 1 :]]
    if is_integer(derivative, 1):
        return times(others)
    if isinstance(derivative, Sum) and len(derivative.terms) == 1:
        return negative(_in_place(factors, i, derivative.terms[0]))
    return times([*factors[:i], derivative, *factors[i + 1 :]])


def _quotient_partial(e: Expr, i: int) -> Expr:
    assert isinstance(e, Quotient)
    if i == 0:
        return one_over(e.denominator)
    return negative(Quotient(e.numerator, square(e.denominator)))


def _over_constant(e: Expr, ds: tuple[Expr | None, ...]) -> Expr:
    assert isinstance(e, Quotient)
    assert ds[0] is not None
    return Quotient(ds[0], e.denominator)


def _reciprocal(e: Expr, ds: tuple[Expr | None, ...]) -> Expr:
    assert isinstance(e, Quotient)
    assert ds[1] is not None
    top = ds[1] if is_integer(e.numerator, 1) else _in_place((e.numerator, ds[1]), 1, ds[1])
    return negative(Quotient(top, square(e.denominator)))


def _quotient(e: Expr, ds: tuple[Expr | None, ...]) -> Expr:
    assert isinstance(e, Quotient)
    a, b = e.numerator, e.denominator
    assert ds[0] is not None
    assert ds[1] is not None
    top = add([_in_place((a, b), 0, ds[0]), negative(_in_place((a, b), 1, ds[1]))])
    return Quotient(top, square(b))


def _power_by_base(e: Expr, _: int) -> Expr:
    assert isinstance(e, Power)
    n = as_number(e.exponent)
    if n is None:
        return times([e.exponent, power(e.base, add([e.exponent, negative(Integer(1))]))])
    if n == 2:
        return times([Integer(2), e.base])
    if n == 0:
        return Integer(0)
    decimal = "." in getattr(e.exponent, "text", "")
    lowered = Power(e.base, exponent(n - 1, decimal), e.style if n - 1 > 1 else "")
    size = -n if n < 0 else n
    partial = lowered if size == 1 else times([rational(size, decimal), lowered])
    return negative(partial) if n < 0 else partial


def _power_by_exponent(e: Expr, _: int) -> Expr:
    assert isinstance(e, Power)
    return times([e, Call("ln", (e.base,))])


def _root_by_radicand(e: Expr, i: int) -> Expr:
    assert isinstance(e, Root)
    u, n = e.radicand, e.degree
    if i == 1:
        assert n is not None
        return negative(Quotient(times([e, Call("ln", (u,))]), square(n)))
    if n is None or is_integer(n, 2):
        return one_over(times([Integer(2), e]))
    if isinstance(n, Integer) and n.value > 2:
        return one_over(times([n, Root(power(u, Integer(n.value - 1)), n)]))
    return Quotient(e, times([n, u]))


def _of_cases(e: Expr, ds: tuple[Expr | None, ...]) -> Expr:
    assert isinstance(e, Cases)
    k = len(e.values)
    return Cases(or_zero(ds)[:k], e.conditions) if any(d is not None for d in ds[:k]) else or_zero(ds)[0]


def _case_partial(e: Expr, i: int) -> Expr:
    assert isinstance(e, Cases)
    return Cases(tuple(Integer(int(i == j)) for j in range(len(e.values))), e.conditions)


def seams(e: Expr) -> tuple[Expr, ...]:
    """Where the conditions of cases or of an indicator change: their two sides are equal."""
    waiting = [c for c in (e.conditions if isinstance(e, Cases) else children(e)) if c is not None]
    found: dict[Expr, None] = {}
    while waiting:
        condition = waiting.pop(0)
        if isinstance(condition, Logic):
            waiting.extend(condition.operands)
        elif isinstance(condition, Relation):
            for a, b in zip(condition.operands, condition.operands[1:], strict=False):
                found.setdefault(differs(an_entry(a), an_entry(b)))
    return tuple(found)


def _root_not_zero(e: Expr) -> tuple[Expr, ...]:
    assert isinstance(e, Root)
    return (differs(e.radicand, Integer(0)),)


def _fraction_not_zero(e: Expr) -> tuple[Expr, ...]:
    """A power between 0 and 1 has no derivative at 0."""
    assert isinstance(e, Power)
    n = as_number(e.exponent)
    return (differs(e.base, Integer(0)),) if n is not None and 0 < n < 1 else ()


def _applied(e: Expr, _: int) -> Expr:
    assert isinstance(e, Apply)
    return Apply(e.function, e.arguments, e.order + 1)


STRUCTURE: Final = (
    Rule("sum", "sum rule", r"(u + v)' = u' + v'", _sign, r"x^2 + \sin(x)", _sum),
    Rule("negation", "constant multiple", r"(-u)' = -u'", _sign, r"-\sin(x)", _sum),
    Rule("constant multiple", "constant multiple", r"(cu)' = cu'", _others, r"3\sin(x)", _product),
    Rule("product", "product rule", r"(uv)' = u'v + uv'", _others, r"x^2\sin(x)", _product),
    Rule("constant divisor", "constant multiple", r"(\frac{u}{c})' = \frac{u'}{c}", _quotient_partial,
         r"\frac{\sin(x)}{5}", _over_constant),
    Rule("reciprocal", "reciprocal rule", r"(\frac{c}{v})' = -\frac{cv'}{v^2}", _quotient_partial,
         r"\frac{1}{x^2 + 1}", _reciprocal),
    Rule("quotient", "quotient rule", r"(\frac{u}{v})' = \frac{u'v - uv'}{v^2}", _quotient_partial,
         r"\frac{\sin(x)}{x^2 + 1}", _quotient),
    Rule("power", "power rule", r"(u^n)' = nu^{n - 1}", _power_by_base, "x^5",
         condition=_fraction_not_zero),
    Rule("exponential", "exponential rule", r"(a^u)' = a^u\ln a", _power_by_exponent, "2^x"),
    Rule("general power", "power and exponential rules", r"(u^v)' = vu^{v - 1}u' + u^v\ln(u)v'",
         lambda e, i: _power_by_base(e, i) if i == 0 else _power_by_exponent(e, i), "x^x"),
    Rule("root", "root", r"(\sqrt u)' = \frac{1}{2\sqrt u}, (\sqrt[n]{u})' = \frac{1}{n\sqrt[n]{u^{n - 1}}}",
         _root_by_radicand, r"\sqrt[3]{x}", condition=_root_not_zero),
    Rule("cases", "case by case", r"each case is differentiated; not at the seams", _case_partial,
         r"\begin{cases} x^2 & \text{if } x > 1 \\ x & \text{otherwise} \end{cases}", _of_cases, seams),
    Rule("indicator", "indicator", r"0 but at the jump", lambda e, i: Integer(0), r"\mathbf{1}\{x > 0\}",
         lambda e, ds: or_zero(ds)[0], seams),
    Rule("declared function", "declared function", r"(f(u))' = f'(u)", _applied, "f(x)"),
)  # fmt: skip
