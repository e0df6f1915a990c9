"""The derivative of one definition by one of its arguments, the others held: the rules, applied from the leaves up."""

from __future__ import annotations

from dataclasses import dataclass

from derive.derivation import Condition, Reason
from derive.expr.build import signed
from derive.expr.nodes import Derivative, Expr, Integer, Logic, Product, Quotient, Relation, Sum, Symbol
from derive.expr.walks import children, depends, postorder
from derive.rules.scalar import rule_for


@dataclass(frozen=True, slots=True)
class Local:
    """A derivative as the rules give it, not yet tidied; the rules, outermost first; where it does not hold."""

    value: Expr
    reasons: tuple[Reason, ...]
    conditions: tuple[Condition, ...]


def differentiate(e: Expr, by: Symbol) -> Local:
    """Return the derivative of a formula by a symbol, every other symbol held.

    Raises:
        NoRuleError: if a part that depends on the symbol has no rule.
    """
    derivatives: dict[Expr, Expr | None] = {}
    rules: dict[str, None] = {}
    conditions: dict[Condition, None] = {}
    for node in postorder(e):
        parts = children(node)
        ds = tuple(derivatives[part] for part in parts)
        if node is by:
            derivatives[node] = Integer(1)
        elif all(d is None for d in ds):
            derivatives[node] = None
        elif isinstance(node, Relation | Logic):
            derivatives[node] = Integer(0)  # constant but for jumps, which the row of the whole speaks of
        else:
            rule = rule_for(node, tuple(d is not None for d in ds))
            derivatives[node] = rule.whole(node, ds)
            rules.setdefault(rule.name)
            conditions.update(dict.fromkeys(rule.condition(node)))
    value = derivatives[e]
    names = list(reversed(rules)) if value is not None else ["constant"]
    if value is not None and e is by:
        names = ["identity"]
    return Local(Integer(0) if value is None else value, tuple(map(Reason, names)), tuple(conditions))


def with_named_derivatives(e: Expr, by: Symbol) -> tuple[Expr, tuple[Reason, ...]] | None:
    r"""Return the derivative with the structural rules applied and the rest still named: `\frac{d}{dx}[u] v + ...`.

    None where that line would say nothing: for a single function or power, and for sums of such.
    """
    e_sign, inner = signed(e)
    if isinstance(inner, Sum) and len(inner.terms) > 1 and e_sign > 0:
        spread = [_spread(t, by) for t in inner.terms]
        if not any(reason for _, reason in spread):
            return None
        rule = rule_for(inner, tuple(depends(t, by) for t in inner.terms))
        reasons = dict.fromkeys([Reason(rule.name), *(r for _, rs in spread for r in rs)])
        return rule.whole(inner, tuple(v for v, _ in spread)), tuple(reasons)
    value, reasons_of = _spread(e, by)
    return (value, reasons_of) if reasons_of and value is not None else None


def _spread(e: Expr, by: Symbol) -> tuple[Expr | None, tuple[Reason, ...]]:
    sign, inner = signed(e)
    parts = children(inner)
    varying = tuple(depends(part, by) for part in parts)
    if not depends(e, by):
        return None, ()
    if isinstance(inner, Product | Quotient) and sum(varying) > 1:
        rule = rule_for(inner, varying)
        ds = tuple(_named(part, by) if moves else None for part, moves in zip(parts, varying, strict=True))
        value = rule.whole(inner, ds)
        return (value if sign > 0 else Sum((value,), (-1,))), (Reason(rule.name),)
    return _named(e, by), ()


def _named(e: Expr, by: Symbol) -> Expr:
    return Integer(1) if e is by else Derivative(e, (by,))
