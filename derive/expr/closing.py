"""Formulas with what they are written in put in: definitions, named derivatives, points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from derive.expr.nodes import At, Derivative, Expr
from derive.expr.walks import children, postorder, substitute, with_children

Values = Mapping[Expr, Expr]
"""What defined symbols and named derivatives stand for, each perhaps in terms of others (without a circle)."""


def parts_through(e: Expr, values: Values) -> tuple[Expr, ...]:
    """Return what the value of a node is made of: of a key of `values`, its value; of a named derivative, nothing."""
    value = values.get(e)
    if value is not None:
        return (value,)
    return () if isinstance(e, Derivative) else children(e)


def postorder_through(values: Values, *roots: Expr) -> Iterator[Expr]:
    """Yield each distinct node once, parts before wholes, and the values of bound nodes before those nodes."""
    done: set[Expr] = set()
    stack: list[tuple[Expr, bool]] = [(root, False) for root in reversed(roots)]
    while stack:
        e, expanded = stack.pop()
        if e in done:
            continue
        parts = () if expanded else parts_through(e, values)
        if parts:
            stack.append((e, True))
            stack.extend((part, False) for part in reversed(parts) if part not in done)
        else:
            done.add(e)
            yield e


def closed(root: Expr, values: Values) -> Expr:
    """Return the root with everything bound replaced by its value, through and through, and points put in."""
    results: dict[Expr, Expr] = {}
    for e in postorder_through(values, root):
        if e in values:
            results[e] = results[values[e]]
        elif isinstance(e, Derivative):
            results[e] = e
        elif isinstance(e, At):
            point: dict[Expr, Expr] = {v: results[w] for v, w in zip(e.variables, e.values, strict=True)}
            results[e] = substitute(results[e.of], point)
        else:
            parts = children(e)
            new = tuple(results[part] for part in parts)
            results[e] = e if new == parts else with_children(e, new)
    return results[root]


def without_points(root: Expr, values: Values) -> Expr:
    """Return the root with each value at a point (`At`) worked in; the rest stays in terms of what is bound."""
    if not any(isinstance(e, At) for e in postorder_through(values, root)):
        return root
    results: dict[Expr, Expr] = {}
    for e in postorder(root):
        if isinstance(e, At):
            results[e] = closed(e, values)
        elif isinstance(e, Derivative):
            results[e] = e
        else:
            parts = children(e)
            new = tuple(results[part] for part in parts)
            results[e] = e if new == parts else with_children(e, new)
    return results[root]
