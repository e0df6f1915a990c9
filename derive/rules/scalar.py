"""Derivatives of scalars: one row for each way a node can depend on a variable.

A row holds the *local* derivative only: the partial by one of the node's parts, the others held. The chain rule is
the planner's. A row is chosen by the kind of node and by which of its parts vary, so no two rows apply to one case and
their order means nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from derive.errors import NoRuleError
from derive.expr.nodes import Apply, Call, Cases, Expr, Indicator, Power, Product, Quotient, Root, Sum
from derive.expr.walks import children
from derive.rules.elementary import ELEMENTARY
from derive.rules.row import Rule
from derive.rules.structure import STRUCTURE

RULES: dict[str, Rule] = {row.name: row for row in (*STRUCTURE, *ELEMENTARY)}

_QUOTIENTS: Final[Mapping[tuple[bool, ...], str]] = {(True, False): "constant divisor", (False, True): "reciprocal"}
_POWERS: Final[Mapping[tuple[bool, ...], str]] = {(True, False): "power", (False, True): "exponential"}
"""Rows by which of the two parts vary."""


def rule_for(e: Expr, varying: tuple[bool, ...]) -> Rule:
    """Return the row for a node of which these parts vary.

    Raises:
        NoRuleError: if no row covers it; never a silent zero.
    """
    name = row_name(e, varying)
    if name is None or name not in RULES:
        raise NoRuleError(f"no rule differentiates {name or type(e).__name__.lower()}")
    return RULES[name]


def row_name(e: Expr, varying: tuple[bool, ...]) -> str | None:
    """Return the name of the row for a node of numbers; None where there is none."""
    match e:
        case Sum():
            return "sum" if len(e.terms) > 1 else "negation"
        case Product():
            return "constant multiple" if sum(varying) == 1 else "product"
        case Quotient():
            return _QUOTIENTS.get(varying, "quotient")
        case Power():
            return _POWERS.get(varying, "general power")
        case Root():
            return "root"
        case Call(function):
            return function
        case Apply() if not e.several:
            return "declared function"
        case Cases():
            return "cases"
        case Indicator():
            return "indicator"
        case _:
            return None


def partial_of(e: Expr, i: int) -> Expr:
    """Return the partial of a node by its part `i`, the other parts held."""
    return rule_for(e, tuple(i == j for j in range(len(children(e))))).partial(e, i)


__all__ = ["RULES", "Rule", "partial_of", "rule_for"]
