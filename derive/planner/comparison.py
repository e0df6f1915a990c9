"""Method `all`: the same problem by each method that applies, and a step that compares the answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from derive.derivation import Derivation, Line, Problem, Reason, Step, every_step
from derive.errors import DeriveError, MethodError, NoRuleError, UnsupportedError
from derive.expr.closing import closed
from derive.expr.nodes import Derivative, Expr, Symbol
from derive.expr.walks import postorder, same
from derive.planner.stage import Options

Plan = Callable[[Problem, Options, set[Symbol]], Derivation]


def plan_by_all(problem: Problem, options: Options, methods: tuple[str, ...], plan: Plan) -> Derivation:
    """Return one derivation with a step for each method, whose substeps are its work, and one that compares them.

    Raises:
        DeriveError: No method applies; what the first one says.
    """
    found: dict[str, Derivation] = {}
    fault: DeriveError | None = None
    taken: set[Symbol] = set()
    for method in methods:
        try:
            derivation = plan(problem, replace(options, method=method), taken)
        except (MethodError, NoRuleError, UnsupportedError) as error:
            fault = fault or error
            continue
        if all(_lines(derivation) != _lines(other) for other in found.values()):
            found[method] = derivation
            roots = {e.of for a in derivation.answers for e in postorder(a.lhs) if isinstance(e, Derivative)}
            named = {s for step in every_step(derivation.steps) for s in step.scope.values if s.shape}
            taken |= named - roots
    if not found:
        raise fault or MethodError("no method applies")
    first, *others = found.values()
    if not others:
        return first
    steps = [
        Step("method", (), d.steps[-1].scope, substeps=d.steps, about=(Symbol(method),)) for method, d in found.items()
    ]
    steps.append(_compared(first, others))
    notation = replace(
        first.problem.notation,
        spellings={s: t for d in found.values() for s, t in d.problem.notation.spellings.items()},
    )
    return replace(first, problem=replace(first.problem, notation=notation), method="all", steps=tuple(steps))


def _lines(derivation: Derivation) -> list[tuple[Expr, Expr]]:
    return [(line.lhs, line.rhs) for step in every_step(derivation.steps) for line in step.lines]


def _compared(first: Derivation, others: list[Derivation]) -> Step:
    """Return the step that equates the answers of all methods; the checker decides whether they agree."""
    lines: list[Line] = []
    for k, answer in enumerate(first.answers):
        value = closed(answer.value, dict(answer.scope.values.items()))
        lines.append(Line(answer.lhs, value, (Reason("compare"),), answer.conditions))
        for other in others:
            second = other.answers[k]
            its = closed(second.value, dict(second.scope.values.items()))
            if not any(same(its, line.rhs) for line in lines):
                lines.append(Line(lines[-1].rhs, its, (Reason("compare"),), (*answer.conditions, *second.conditions)))
    return Step("compare", tuple(lines), first.answers[0].scope)
