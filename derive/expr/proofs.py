"""Proofs of lines by SymPy, beside their numeric checks. This module imports SymPy, so it is imported lazily.

Both sides of a line are written in the independent variables alone, named derivatives being taken by SymPy, and the
line is proved when SymPy simplifies their difference to 0. What it cannot do, or not in time, stays checked.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import sympy

from derive.derivation import Derivation, Line, Problem, Step
from derive.errors import LimitError
from derive.expr.closing import closed, postorder_through
from derive.expr.deadline import OutOfTimeError, time_limit
from derive.expr.names import names as name_symbols
from derive.expr.nodes import At, Derivative, Expr, Integer, Name, Relation, Symbol
from derive.expr.sizes import heavy
from derive.expr.sympy_bridge import to_sympy
from derive.expr.walks import children, postorder, substitute, symbols, tree_size

_NODES: Final = 400
"""Lines whose sides have more nodes, written out, are not tried: SymPy has no limits of its own."""

_LINE_SECONDS: Final = 2.0
_PLACED: Final = (At, Derivative)

Bindings = Mapping[Expr, Expr]


def prove(derivation: Derivation, seconds: float) -> Derivation:
    """Return the derivation with the evidence `proved` on the lines that SymPy proves.

    Args:
        derivation: A checked derivation.
        seconds: What all proofs together may take.
    """
    end = time.monotonic() + seconds
    stated = _stated(derivation.problem)
    return replace(derivation, steps=tuple(_proved_step(step, stated, end) for step in derivation.steps))


def _stated(problem: Problem) -> dict[Expr, Expr]:
    """Return what the problem itself defines, its name among them."""
    out: dict[Expr, Expr] = {d.symbol: d.value for d in problem.definitions}
    if problem.name is not None and problem.name is not problem.formula:
        out[problem.name] = problem.formula
    return out


def _proved_step(step: Step, stated: dict[Expr, Expr], end: float) -> Step:
    values: Bindings = stated | {d.symbol: d.value for d in step.scope.definitions}
    lines = tuple(_proved_line(line, values, end) for line in step.lines)
    return replace(step, lines=lines, substeps=tuple(_proved_step(s, stated, end) for s in step.substeps))


def _proved_line(line: Line, values: Bindings, end: float) -> Line:
    left = min(_LINE_SECONDS, end - time.monotonic())
    if line.evidence is None or line.evidence.status != "checked" or line.relation != "=" or left <= 0:
        return line
    try:
        with time_limit(left):
            proved = _holds(line, values)
    except LimitError:
        raise
    except OutOfTimeError:
        return line
    except Exception:  # SymPy raises what comes: NotImplementedError, RecursionError, TypeError, ...
        return line
    return replace(line, evidence=replace(line.evidence, status="proved")) if proved else line


def _holds(line: Line, values: Bindings) -> bool:
    """Tell whether SymPy finds both sides equal."""
    sides = (line.lhs, line.rhs)
    met = list(postorder_through(values, *sides))
    inside = [e for e in met if isinstance(e, Derivative)]
    bound = [values[e] for e in (*met, *(s for d in inside for s in symbols(d))) if e in values]
    if any(isinstance(e, _PLACED) for e in postorder(*bound)) or any(map(heavy, (*sides, *bound))):
        return False
    if sum(tree_size(closed(e, values)) for e in (*sides, *(d.of for d in inside))) > _NODES:
        return False
    side = _Side(values, name_symbols(symbols(*sides, *values, *values.values())))
    left, right = (_cells(side.value(e)) for e in sides)
    positive = {side.symbol(s): sympy.Symbol(side.names[s], positive=True) for s in _positive(line)}
    return len(left) == len(right) and all(
        _is_zero((a - b).xreplace(positive)) for a, b in zip(left, right, strict=True)
    )


class _Side:
    """What the expressions of a line are in SymPy, written in the independent variables alone."""

    def __init__(self, values: Bindings, names: Mapping[Symbol, str]) -> None:
        self.values, self.names = values, names

    def symbol(self, symbol: Symbol) -> Any:
        """Return SymPy's symbol of the same name."""
        return sympy.Symbol(self.names[symbol], real=True)

    def value(self, e: Expr) -> Any:
        """Return the value of an expression: in place of each derivative, and value at a point, what SymPy finds."""
        parts = _outermost(e)
        holes = [Symbol("held", (), str(k)) for k in range(len(parts))]
        names = {**self.names, **name_symbols(holes, self.names.values())}
        found = {sympy.Symbol(names[s], real=True): self._placed(part) for s, part in zip(holes, parts, strict=True)}
        plain = closed(substitute(e, dict(zip(parts, holes, strict=True))), self.values)
        return to_sympy(plain, names, real=True).xreplace(found)

    def _placed(self, e: At | Derivative) -> Any:
        if isinstance(e, At):
            inner = self._free_of(e.variables).value(e.of)
            at = {self.symbol(s): self.value(v) for s, v in zip(e.variables, e.values, strict=True)}
            return inner.subs(at, simultaneous=True)
        direct = not e.through and isinstance(e.of, Symbol) and e.of not in e.wrt
        of = self.values.get(e.of, e.of) if direct else e.of
        inner = (self._free_of(e.wrt) if e.through else _Side({}, self.names)).value(of)
        for s in (s for s in e.wrt if isinstance(s, Symbol)):
            inner = inner.diff(self.symbol(s))
        bound = [s for s in self.names if s in self.values and inner.has(self.symbol(s))]
        return inner.subs({self.symbol(s): self.value(s) for s in bound}, simultaneous=True)

    def _free_of(self, symbols: tuple[Name, ...]) -> _Side:
        """Return the same with some definitions left out: their symbols are variables."""
        return _Side({s: e for s, e in self.values.items() if s not in symbols}, self.names)


def _outermost(root: Expr) -> list[At | Derivative]:
    """Return the named derivatives and values at a point that are not inside others."""
    out: dict[At | Derivative, None] = {}
    stack = [root]
    seen: set[Expr] = set()
    while stack:
        e = stack.pop()
        if e in seen:
            continue
        seen.add(e)
        if isinstance(e, At | Derivative):
            out[e] = None
        else:
            stack.extend(children(e))
    return list(out)


def _positive(line: Line) -> list[Symbol]:
    """Return the symbols that the line takes to be positive."""
    return [
        c.operands[0]
        for c in line.given
        if isinstance(c, Relation)
        and c.operators == (">",)
        and isinstance(c.operands[0], Symbol)
        and c.operands[1] is Integer(0)
    ]


def _cells(value: Any) -> list[Any]:
    return list(value) if isinstance(value, sympy.MatrixBase) else [value]


def _is_zero(difference: Any) -> bool:
    return bool(difference == 0 or sympy.simplify(difference) == 0)
