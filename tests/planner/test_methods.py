"""Random problems of vectors by the methods that are asked for: each is refused, or right by differences in NumPy."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

import derive
from derive.errors import CheckError, MethodError, NoRuleError, UnsupportedError
from tests.test_vector_problems import SIZES, agrees
from tests.vector_problems import VectorProblem, vector_problems

REFUSALS = (MethodError, NoRuleError, UnsupportedError)


def with_sizes(problem: VectorProblem) -> VectorProblem:
    """Return a problem whose sizes are small numbers."""

    def sized(match: re.Match[str]) -> str:
        return str(SIZES[match[0]])

    let = tuple(re.sub(r"\b[mn]\b", sized, d).replace("3+1", "4") for d in problem.let)
    latex = re.sub(r"(?<=\^)n\b|(?<=\{)n(?=\})", sized, problem.latex)
    return replace(problem, latex=latex, let=let)


@pytest.mark.parametrize("method", ["direct", "vector-chain", "components", "explicit"])
@settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(problem=vector_problems(depth=2))
def test_a_method_is_right_or_refused_in_words(method: str, problem: VectorProblem) -> None:
    if method == "explicit":
        problem = with_sizes(problem)
    try:
        solution = derive.solve(problem.latex, let=problem.let, wrt=problem.wrt, layout=problem.layout, method=method)
    except REFUSALS:
        return
    except CheckError as error:
        if "no point of the domain found" not in error.message:  # as of max(x, x), which has no derivative anywhere
            raise
        return
    assert solution.checked
    assert agrees(json.loads(derive.render(solution, "json")))
