"""All rows, of numbers and of vectors, and which of them a node takes."""

from __future__ import annotations

from derive.errors import NoRuleError
from derive.expr.nodes import Expr, Integer, Operation, Power, Symbol
from derive.expr.walks import children
from derive.rules import scalar, vector
from derive.rules.row import Rule

RULES: dict[str, Rule] = {**scalar.RULES, **vector.RULES}


def parts_of(e: Expr) -> tuple[Expr, ...]:
    """Return the parts that the row of a node is about: its children; the square of a norm is one with the norm."""
    match e:
        case Power(Operation("norm", (v,)), Integer(2)):
            return (v,)
    return children(e)


def rule_for(e: Expr, varying: tuple[bool, ...]) -> Rule:
    """Return the row for a node of which these parts vary.

    Raises:
        NoRuleError: if no row covers it; never a silent zero.
    """
    if not e.shape and not any(part.shape for part in parts_of(e)):
        name = scalar.row_name(e, varying) or vector.row_name(e, varying)
    else:
        name = vector.row_name(e, varying)
    if name is None or name not in RULES:
        named = getattr(e, "name", None) or getattr(e, "function", None) or type(e).__name__.lower()
        what = named.name if isinstance(named, Symbol) else named
        raise NoRuleError(f"no rule differentiates {name or what}")
    return RULES[name]


def partial_of(e: Expr, i: int) -> Expr:
    """Return the partial of a node by its part `i`, the other parts held."""
    return rule_for(e, tuple(i == j for j in range(len(children(e))))).partial(e, i)


__all__ = ["RULES", "Rule", "partial_of", "rule_for"]
