"""The derivative of one definition by one of its arguments, the others held: the rules, applied from the leaves up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from derive.derivation import Condition, Reason
from derive.errors import UnsupportedError
from derive.expr.build import differs, signed
from derive.expr.build_arrays import an_entry, diagonal, identity, is_row, transpose, zero
from derive.expr.nodes import (
    Derivative,
    Expr,
    Integer,
    Logic,
    Name,
    Operation,
    Product,
    Quotient,
    Relation,
    Sum,
    SumOver,
    Symbol,
    Transpose,
)
from derive.expr.walks import children, depends, preorder
from derive.rules.table import parts_of, rule_for


@dataclass(frozen=True, slots=True)
class Local:
    """A derivative as the rules give it, not yet tidied; the rules, from the outside in; where it does not hold."""

    value: Expr
    reasons: tuple[Reason, ...]
    conditions: tuple[Condition, ...]


def differentiate(e: Expr, by: Name, index: Symbol | None = None) -> Local:
    """Return the derivative of a formula by a symbol, every other symbol held; by a vector, in numerator layout.

    With an `index` the symbol is one of many, v_i: of a sum over that index only the i-th term depends on it.

    Raises:
        NoRuleError: if a part that depends on the symbol has no rule.
    """
    derivatives: dict[Expr, Expr | None] = {}
    rules: dict[Expr, str] = {}
    conditions: dict[Condition, None] = {}
    for node in _postorder(e):
        ds = tuple(derivatives[part] for part in _parts(node))
        if node is by:
            derivatives[node] = _unit(by)
        elif all(d is None for d in ds) and not (isinstance(node, Relation | Logic) and depends(node, by)):
            derivatives[node] = None
        elif isinstance(node, SumOver) and node.index is index and node.operator == "sum":
            derivatives[node] = derivatives[node.body]
            rules[node] = "one term"
        elif isinstance(node, Transpose):
            derivatives[node] = _of_transpose(node, ds[0])
        elif isinstance(node, Operation) and node.name == "diag" and not by.shape and len(node.shape) == 2:
            derivatives[node] = None if ds[0] is None else diagonal(ds[0])
        elif isinstance(node, Relation | Logic):  # 0 but for jumps, which the row of the whole tells
            derivatives[node] = zero(Derivative(node, (by,)).shape)
            if node is e and isinstance(node, Relation):
                conditions.update((differs(an_entry(a), an_entry(b)), None) for a, b in pairwise(node.operands))
        else:
            rule = rule_for(node, tuple(d is not None for d in ds))
            derivatives[node] = rule.whole(node, ds)
            rules[node] = rule.name
            conditions.update(dict.fromkeys(rule.condition(node)))
    value = derivatives[e]
    if value is not None and is_row(e.shape):
        value = _as_row(value, by)
    nothing = zero(Derivative(e, (by,)).shape) if value is None else value
    used = dict.fromkeys(rules[node] for node in preorder(e) if node in rules)
    names = list(used) if value is not None else ["constant"]
    if len(names) > 1 and nothing.shape:
        names = [name for name in names if name not in _PLAIN] or names[:1]
    if value is not None and e is by:
        names = ["identity matrix" if by.shape else "identity"]
    if isinstance(e, Relation):
        names = ["jumps"]
    return Local(nothing, tuple(map(Reason, names)), tuple(conditions))


_PLAIN = frozenset(("vector sum", "sum", "multiple", "constant multiple"))
"""Rules that go without saying beside another one, where vectors are differentiated."""


def _parts(e: Expr) -> tuple[Expr, ...]:
    """Return the parts that have a derivative: what a condition compares needs none."""
    return () if isinstance(e, Relation | Logic) else parts_of(e)


def _postorder(root: Expr) -> Iterator[Expr]:
    """Yield the nodes that have a derivative of their own, parts before wholes."""
    done: set[Expr] = set()
    stack = [root]
    while stack:
        e = stack[-1]
        missing = [part for part in _parts(e) if part not in done]
        if e in done or not missing:
            stack.pop()
            if e not in done:
                done.add(e)
                yield e
        else:
            stack.extend(reversed(missing))


def _of_transpose(e: Transpose, d: Expr | None) -> Expr | None:
    """The derivative of a row stands for that of its column; by a number, that of a matrix is transposed."""
    both_matrices = len(e.of.shape) == 2 == len(e.shape) and not is_row(e.of.shape) and not is_row(e.shape)
    return transpose(d) if both_matrices and d is not None else d


def _as_row(column: Expr, by: Name) -> Expr:
    if by.shape:
        raise UnsupportedError("a row is not differentiated by a vector", hint="differentiate its transpose")
    return transpose(column)


def with_named_derivatives(e: Expr, by: Name) -> tuple[Expr, tuple[Reason, ...]] | None:
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


def _spread(e: Expr, by: Name) -> tuple[Expr | None, tuple[Reason, ...]]:
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


def _named(e: Expr, by: Name) -> Expr:
    return _unit(by) if e is by else Derivative(e, (by,))


def _unit(by: Name) -> Expr:
    """The derivative of a variable by itself."""
    return identity(by.shape[-1]) if by.shape else Integer(1)
