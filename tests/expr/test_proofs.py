"""SymPy proves lines that hold, and none that does not."""

from dataclasses import replace

import pytest

import derive
from derive.derivation import every_step
from derive.expr.build import add, times
from derive.expr.interning import interning
from derive.expr.nodes import Integer, Symbol
from derive.expr.proofs import prove


def statuses(derivation):
    return [line.evidence.status for step in every_step(derivation.steps) for line in step.lines]


@pytest.mark.parametrize(
    ("latex", "asked"),
    [
        (r"\ln(\sin(x^3)^2)", {}),
        (r"x^2\sin(x^3)", {}),
        (r"x^x", {}),
        (r"\sqrt{x} \ln(x^2)", {}),
        (r"f(x^2)", {"wrt": "x", "let": r"f: \mathbb{R} \to \mathbb{R}"}),
        (r"y = \sin u, u = x^2 + v, v = x^3", {}),
        (r"\ln(\sin(x^2))", {"at": "x = 1"}),
        (r"\sin(x^2)", {"order": 3}),
        (r"x^2 y^3", {"wrt": ["x", "y"], "task": "hessian"}),
    ],
)
def test_lines_that_hold_are_proved(latex, asked):
    solution = derive.solve(latex, verify="symbolic", **asked)
    assert set(statuses(solution)) == {"proved"}
    assert solution.checked


def tampered(solution, change):
    """Return the derivation with the right-hand side of every line changed, the evidence being left as it was."""
    steps = tuple(
        replace(step, lines=tuple(replace(line, rhs=change(line.rhs)) for line in step.lines))
        for step in solution.steps
    )
    return replace(solution, steps=steps)


@pytest.mark.parametrize("latex", [r"\ln(\sin(x^3)^2)", r"x^2\sin(x^3)", r"y = \sin u, u = x^2 + v, v = x^3"])
@pytest.mark.parametrize(
    "change",
    [lambda e: add([e, Symbol("x")]), lambda e: add([e, Integer(1)]), lambda e: times([Integer(2), e])],
)
def test_lines_that_do_not_hold_are_not_proved(latex, change):
    solution = derive.solve(latex)
    with interning(solution.problem.table):
        assert set(statuses(prove(solution, 5))) == {"proved"}
        assert set(statuses(prove(tampered(solution, change), 5))) == {"checked"}


def test_without_time_nothing_is_proved():
    solution = derive.solve(r"\ln(\sin(x^3)^2)")
    with interning(solution.problem.table):
        assert set(statuses(prove(solution, 0))) == {"checked"}


def test_what_is_too_large_stays_checked():
    solution = derive.solve("+".join(rf"\sin(x^{{{n}}})" for n in range(2, 60)))
    with interning(solution.problem.table):
        assert "checked" in statuses(prove(solution, 5))
