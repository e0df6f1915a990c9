"""What tests of worked solutions ask for: lines and answers as text, values of expressions by NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from derive.derivation import every_step
from derive.expr.interning import interning
from derive.expr.nodes import Expr
from derive.expr.walks import symbols
from derive.pipeline import Solution
from derive.writer.python import python_source
from derive.writer.python_names import array_parameters
from derive.writer.text import text


def lines(solution: Solution, *kinds: str) -> list[str]:
    """Return the lines of the steps of some kinds, also of substeps, as text."""
    notation = solution.problem.notation
    with interning(solution.problem.table):
        return [
            f"{text(line.lhs, notation, step.scope)} = {text(line.rhs, notation, step.scope)}"
            for step in every_step(solution.steps)
            if step.kind in kinds
            for line in step.lines
        ]


def answers(solution: Solution) -> list[str]:
    """Return the values of the answers, as text."""
    with interning(solution.problem.table):
        return [text(a.value, solution.problem.notation, a.scope) for a in solution.answers]


def evaluated(e: Expr, values: Mapping[str, Any]) -> np.ndarray:
    """Return the value of an expression by the NumPy source that is written for it; `values` are by name."""
    space: dict[str, Any] = {}
    known = symbols(e)
    exec(compile(python_source("f", e, known, {}), "<generated>", "exec"), space)
    with np.errstate(all="ignore"):
        return np.asarray(space["f"](*(values[s.name] for s in array_parameters(known, e))), dtype=float)
