"""A row of the rule table: how one kind of node is differentiated by its parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from derive.expr.build import add, is_integer, negative, times
from derive.expr.build_arrays import zero
from derive.expr.nodes import Expr, Sum

Partial = Callable[[Expr, int], Expr]
"""Of a node and the index of one of its parts (in the order of `walks.children`): the partial by that part."""
Combine = Callable[[Expr, tuple[Expr | None, ...]], Expr]
"""Of a node and the derivatives of its parts (None where a part is constant): the textbook form of the whole."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: what it is called on the page, its partials, where it does not hold, an example."""

    name: str
    title: str
    statement: str
    partial: Partial
    example: str
    combine: Combine | None = None
    condition: Callable[[Expr], tuple[Expr, ...]] = lambda _: ()

    def whole(self, e: Expr, derivatives: tuple[Expr | None, ...]) -> Expr:
        """Return the derivative of a node from those of its parts."""
        if self.combine is not None:
            return self.combine(e, derivatives)
        return add(_scaled(self.partial(e, i), d) for i, d in enumerate(derivatives) if d is not None)


def or_zero(derivatives: tuple[Expr | None, ...]) -> tuple[Expr, ...]:
    """Return derivatives of one shape, those of constants being zero."""
    known = next((d for d in derivatives if d is not None), None)
    nothing = zero(known.shape if known is not None else ())
    return tuple(nothing if d is None else d for d in derivatives)


def _scaled(partial: Expr, derivative: Expr) -> Expr:
    if is_integer(derivative, 1):
        return partial
    if is_integer(partial, 1):
        return derivative
    if isinstance(partial, Sum) and len(partial.terms) == 1:
        return negative(times([partial.terms[0], derivative]))
    return times([partial, derivative])
