"""Method `direct`: what needs no intermediate is differentiated by the rules, in one step."""

from __future__ import annotations

from dataclasses import replace

from derive.derivation import Line, Reason, Step
from derive.expr.nodes import Expr, Name
from derive.expr.walks import mentioned
from derive.planner.local import differentiate, with_named_derivatives
from derive.planner.stage import Chain, Result, Stage, Work, expand, usable


def work_directly(stage: Stage, limit: int) -> Work:
    """Differentiate the definition of the stage's function by each variable."""
    work = Work("direct")
    lines: list[Line] = []
    for variable in stage.variables:
        chain = _chain(stage, variable)
        lines.extend(chain.lines)
        closed = not mentioned(chain.value, stage.scope.values)
        work.results[variable] = Result(chain.value, usable(chain.conditions, stage.scope, limit), closed)
    work.steps.append(Step("direct", tuple(lines), stage.scope, about=stage.variables))
    return work


def _chain(stage: Stage, variable: Name) -> Chain:
    value = _value(stage)
    local = differentiate(value, variable)
    chain = stage.chain(stage.head(variable), (*stage.given, *local.conditions))
    named = with_named_derivatives(value, variable)
    if named is not None:
        expression, reasons = named
        chain.equals(expression, *reasons)
        shown = {r.name for r in reasons}
        chain.equals(local.value, *[r for r in local.reasons if r.name not in shown] or [Reason("put in")])
        chain.tidy()
        return chain
    chain.equals(local.value, *local.reasons)
    chain.tidy()
    if all(line.minor for line in chain.lines[1:]):  # 3 \cdot 2x = 6x is not worth two lines
        chain.lines[0] = replace(chain.lines[0], minor=len(chain.lines) > 1)
    return chain


def _value(stage: Stage) -> Expr:
    """Return the function without the names that only parts have on which no variable of the stage has an influence."""
    hidden = {d.symbol: d.value for d in stage.scope.definitions if not d.given and d.symbol not in stage.named}
    hidden.pop(stage.root, None)
    return expand(stage.value, hidden)
