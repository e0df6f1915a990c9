r"""Local derivatives of functions that act entry by entry, made from the rows for numbers.

A row for numbers is asked at stand-ins for the arguments; what it answers is then read entry by entry: products become
`\odot`, fractions `\oslash`, powers `^{\odot n}`, the cases 0 and 1 an indicator.
"""

from __future__ import annotations

from derive.errors import NoRuleError
from derive.expr.build import is_integer, negative, power, signed, times
from derive.expr.build_arrays import hadamard, multiply, ones
from derive.expr.nodes import (
    Call,
    Cases,
    Expr,
    Indicator,
    Integer,
    Operation,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    Symbol,
)
from derive.expr.nodes import Sum as Added
from derive.expr.shapes import Dimension
from derive.expr.walks import children, fold, with_children

_STAND_INS = ("a", "b", "c", "d")


def stand_ins(parts: tuple[Expr, ...]) -> tuple[tuple[Expr, ...], dict[Expr, Expr]]:
    """Return a number for each part that has a shape, and which number stands for what."""
    meanings: dict[Expr, Expr] = {}
    out: list[Expr] = []
    for part, name in zip(parts, _STAND_INS, strict=False):
        symbol = Symbol(name, mark="entry", kind="index")  # no symbol that an author can write
        meanings[symbol] = part
        out.append(symbol if part.shape else part)
    if len(out) < len(parts):
        raise NoRuleError("no rule differentiates a function of so many vectors")
    return tuple(out), meanings


def entry_by_entry(e: Expr, meanings: dict[Expr, Expr]) -> Expr:
    """Return a formula of numbers with vectors put in for some of its symbols, worked entry by entry."""

    def combine(node: Expr, parts: tuple[Expr, ...]) -> Expr:
        if node in meanings:
            return meanings[node]
        if parts == children(node):
            return node
        return _combined(node, parts)

    return fold(e, combine)


def _combined(node: Expr, parts: tuple[Expr, ...]) -> Expr:
    match node:
        case Product():
            return hadamard(parts)
        case Quotient():
            return divide(parts[0], parts[1])
        case Power(base):
            return raised(parts[0], parts[1], named=isinstance(base, Call))
        case Cases(values, conditions):
            return _chosen(parts[: len(values)], conditions, parts[len(values) :])
        case Added(_, signs):
            size = next(p.shape[-1] for p in parts if p.shape)
            return Added(tuple(p if p.shape else multiply([p, ones(size)]) for p in parts), signs)
        case Call(function, _, "^" | "|"):
            return Call(function, parts, "(")
        case Call() | Root() | Relation():
            return with_children(node, parts)
    raise NoRuleError(f"no rule works {type(node).__name__.lower()} entry by entry")


def divide(a: Expr, b: Expr) -> Expr:
    r"""Return the quotient entry by entry; a number is divided as `\mathbf{1} \oslash b`, with the number in front."""
    if not b.shape:
        return Quotient(a, b) if a.shape or not is_integer(b, 1) else a
    sign, top = signed(a)
    numbers = list(top.factors) if isinstance(top, Product) else [top]
    shaped = [f for f in numbers if f.shape]
    front = [f for f in numbers if not f.shape and not is_integer(f, 1)]
    above = shaped[0] if shaped else ones(_size(b))
    bottom_sign, bottom = signed(b)
    below = [f for f in bottom.factors if not f.shape] if isinstance(bottom, Product) else []
    rest = next(f for f in bottom.factors if f.shape) if isinstance(bottom, Product) else bottom
    front = [Quotient(times(front) if front else Integer(1), times(below))] if below else front
    whole = times([*front, Operation("divide", (above, rest))])
    return whole if sign * bottom_sign > 0 else negative(whole)


def raised(base: Expr, exponent: Expr, *, named: bool = False) -> Expr:
    r"""Return the power of each entry: `\tanh^2(v)` at the name of a function, else `v^{\odot 2}`."""
    if not base.shape and not exponent.shape:
        return Power(base, exponent)
    if is_integer(exponent, 1):
        return base
    if named and isinstance(base, Call) and isinstance(exponent, Integer):
        return power(base, exponent)
    return Operation("power", (base, exponent))


def _chosen(values: tuple[Expr, ...], conditions: tuple[Expr | None, ...], put_in: tuple[Expr, ...]) -> Expr:
    """Return cases as a sum over indicators; a case that is 0 is left out. The last of two may be what remains."""
    it = iter(put_in)
    terms = []
    for value, condition in zip(values, conditions, strict=True):
        where = None if condition is None else next(it)
        if is_integer(value, 0):
            continue
        if where is None:
            raise NoRuleError("no rule differentiates these cases entry by entry")
        one = Indicator(where, "[")
        terms.append(one if is_integer(value, 1) else hadamard([value, one]))
    return _sum(terms) if terms else Integer(0)


def _sum(terms: list[Expr]) -> Expr:
    return terms[0] if len(terms) == 1 else Added(tuple(terms), (1,) * len(terms))


def _size(e: Expr) -> Dimension:
    return e.shape[-1]
