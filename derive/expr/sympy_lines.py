"""Lines of working in SymPy: what is differentiated by t somewhere in a line is a function of t everywhere in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from derive.expr.nodes import Derivative, Expr, Symbol
from derive.expr.walks import postorder, symbols

T = TypeVar("T")


def dependents(root: Expr) -> dict[Symbol, tuple[Symbol, ...]]:
    r"""Return the numbers that a formula differentiates, each with what it is a function of, arguments first.

    Where an expression is differentiated by what does not occur in it, as in \frac{d}{dt}(mv), its letters depend on
    that. What an argument depends on is no argument beside it: with \frac{\partial z}{\partial x} \frac{dx}{dt}, z is a
    function of x alone, also in \frac{dz}{dt}. Where symbols depend on one another, as in \frac{dy}{dx} = 1 /
    \frac{dx}{dy}, none is taken as a function.
    """
    found: dict[Symbol, dict[Symbol, None]] = {}
    for e in postorder(root):
        if isinstance(e, Derivative) and isinstance(e.of, Symbol) and not (e.of.shape or any(s.shape for s in e.wrt)):
            found.setdefault(e.of, {}).update(dict.fromkeys(symbols(*e.wrt)))
    for e in postorder(root):
        if isinstance(e, Derivative) and not isinstance(e.of, Symbol):
            _implied(e, found)
    ordered = _arguments_first(found)
    if ordered is None:
        return {}
    below: dict[Symbol, set[Symbol]] = {}
    for symbol in ordered:
        below[symbol] = set(found[symbol]).union(*(below.get(a, ()) for a in found[symbol]))
    return {
        symbol: tuple(a for a in found[symbol] if not any(a in below.get(b, ()) for b in found[symbol]))
        for symbol in ordered
    }


def _implied(e: Derivative, found: dict[Symbol, dict[Symbol, None]]) -> None:
    """Make the letters of a derivative of an expression depend on its variable, where nothing else in it does."""
    reached = dict.fromkeys(symbols(e.of))
    waiting = list(reached)
    while waiting:
        fresh = [a for a in found.get(waiting.pop(), ()) if a not in reached]
        reached |= dict.fromkeys(fresh)
        waiting.extend(fresh)
    if any(s.shape for s in (*reached, *e.wrt)) or any(s in reached for s in e.wrt):
        return
    for s in reached:
        if s not in found and s.kind == "variable":
            found[s] = dict.fromkeys(symbols(*e.wrt))


def _arguments_first(uses: dict[Symbol, dict[Symbol, None]]) -> list[Symbol] | None:
    """Return symbols in an order in which what each uses stands before it; None where they use one another."""
    done: dict[Symbol, None] = {}
    waiting = list(reversed(uses))
    open_ones: set[Symbol] = set()
    while waiting:
        symbol = waiting[-1]
        rest = [a for a in uses[symbol] if a in uses and a not in done]
        if symbol in done or not rest:
            done[symbol] = None
            open_ones.discard(waiting.pop())
        elif symbol in open_ones:
            return None
        else:
            open_ones.add(symbol)
            waiting.extend(rest)
    return list(done)


def applied(root: Expr, symbol: Callable[[Symbol], T], call: Callable[[Symbol, Iterable[T]], T]) -> dict[Symbol, T]:
    """Return what the numbers that a formula differentiates are made into: each called with its arguments."""
    made: dict[Symbol, T] = {}
    for e, arguments in dependents(root).items():
        made[e] = call(e, [made[a] if a in made else symbol(a) for a in arguments])
    return made
