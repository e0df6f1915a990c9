"""Rewrites of cases and of their conditions: numbers before the brace, conditions told as a reader says them."""

from __future__ import annotations

from functools import partial

from derive.expr.build import add, negative, rational, signed
from derive.expr.build_arrays import is_zero, multiply
from derive.expr.nodes import Call, Cases, Expr, Product, Relation, Sum, SumOver
from derive.expr.walks import children, plain, rewrite, with_children
from derive.planner.algebra import opened, term_of, write
from derive.planner.rewrite_products import Trace, is_author


def number_out_of_cases(e: Expr, _: Trace) -> Expr:
    """Take a number that all cases but those of 0 share out of cases that have a shape."""
    if not isinstance(e, Cases):
        return e
    values = [v for v in e.values if not is_zero(v)]
    numbers = [term_of(v).coefficient if not isinstance(v, Sum) or len(v.terms) == 1 else 1 for v in values]
    if not values or len(set(numbers)) > 1 or numbers[0] == 1:
        return e
    inverse = [v if is_zero(v) else _without_number(v) for v in e.values]
    return multiply([rational(numbers[0]), Cases(tuple(inverse), e.conditions)])


def _without_number(e: Expr) -> Expr:
    term = term_of(e)
    term.coefficient = 1
    return write(term)


def turn_round(e: Expr, _: Trace) -> Expr:
    """Take a minus into a difference that a sum over samples holds: -(a - b) v = (b - a) v."""
    sign, inner = signed(e)
    turned = _turned(inner) if sign < 0 else None
    return e if turned is None else turned


def _turned(e: Expr) -> Expr | None:
    """Return -e where that takes no more signs: a difference is turned round; zeros stay."""
    match e:
        case Sum((a, b), (1, -1)) if not is_author(e):
            return add([*opened(b), negative(a)])
        case Product(factors):
            for i, factor in enumerate(factors):
                turned = _turned(factor)
                if turned is not None:
                    return with_children(e, (*factors[:i], turned, *factors[i + 1 :]))
        case SumOver(_, _, _, _, body):
            turned = _turned(body)
            return None if turned is None else with_children(e, (*children(e)[:-1], turned))
        case Cases(values, conditions):
            several = [v if is_zero(v) else _turned(v) for v in values]
            kept = tuple(v for v in several if v is not None)
            return Cases(kept, conditions) if len(kept) == len(values) and not all(map(is_zero, values)) else None
    return None


def known_case(e: Expr, _: Trace) -> Expr:
    r"""Put in the branch of a maximum that the condition of its case tells: where z > 0, max(0, z) is z."""
    if not isinstance(e, Cases):
        return e
    values = []
    for value, condition in zip(e.values, e.conditions, strict=True):
        values.append(value if condition is None else rewrite(value, partial(_branch, condition)))
    changed = tuple(values)
    return e if changed == e.values else Cases(changed, e.conditions)


def _branch(condition: Expr, e: Expr) -> Expr:
    if not isinstance(condition, Relation) or len(condition.operands) != 2:
        return e
    if not (isinstance(e, Call) and e.function in ("max", "min") and len(e.arguments) == 2):
        return e
    (a, b), (operator,) = condition.operands, condition.operators
    if {plain(a), plain(b)} != set(map(plain, e.arguments)):
        return e
    larger = a if operator in (">", ">=") else b if operator in ("<", "<=") else None
    if larger is None:
        return e
    return larger if e.function == "max" else (b if larger is a else a)
