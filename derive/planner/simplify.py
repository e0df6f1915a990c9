"""`--simplify full`: the answers go through SymPy; each is a step of its own, checked like any line."""

from __future__ import annotations

from dataclasses import replace

from derive.derivation import Answer, Derivation, Line, Reason, Step
from derive.expr.walks import same


def simplified(derivation: Derivation, seconds: float) -> Derivation:
    """Return the derivation with a further step for each answer that SymPy can write more simply."""
    from derive.expr.sympy_bridge import simplified as by_sympy  # SymPy enters here, for those who ask for it

    steps = list(derivation.steps)
    answers: list[Answer] = []
    for answer in derivation.answers:
        value = by_sympy(answer.value, seconds) if answer.closed else answer.value
        if same(value, answer.value):
            answers.append(answer)
            continue
        line = Line(answer.lhs, value, (Reason("simplify"),), answer.conditions)
        steps.append(Step("simplify", (line,), answer.scope))
        answers.append(replace(answer, value=value))
    return replace(derivation, steps=tuple(steps), answers=tuple(answers))
