"""Method `vector-chain` for a column of functions: two Jacobians, written out and multiplied."""

from __future__ import annotations

import json
from typing import Any

import pytest

import derive
from derive.errors import MethodError
from derive.pipeline import Solution
from tests.test_vector_problems import agrees
from tests.worked import answers, lines


def column(*cells: str) -> str:
    return r"\begin{bmatrix} " + r" \\ ".join(cells) + r" \end{bmatrix}"


def solved(*cells: str, **asked: Any) -> Solution:
    return derive.solve(column(*cells), **{"wrt": "x", "method": "vector-chain", **asked})


COLUMNS = (
    (r"\ln(x^2)", r"\sin(3x)"),
    (r"\ln(1 + x^2)", r"\sin(3x)", r"(x^2 + 1)^3"),
    (r"\lvert 3x \rvert", r"\max(0, 2x)"),
    (r"\sin(x^2)", r"\cos(x^2)"),
    (r"2\tanh(x^2)", r"\sqrt{1 + x^2}"),
    (r"\sin(gx)", r"\cos(ghx)"),
    (r"(a x + b)^2", r"e^{-x^2}", r"\sigma(x - a)"),
)


@pytest.mark.parametrize("cells", COLUMNS, ids=map(str, COLUMNS))
def test_a_column_has_the_derivative_that_differences_say(cells: tuple[str, ...]) -> None:
    solution = solved(*cells)
    assert solution.method == "vector-chain"
    assert solution.checked
    assert agrees(json.loads(derive.render(solution, "json"))) > 3


def test_the_jacobians_are_written_out_and_multiplied() -> None:
    solution = solved(r"\ln(x^2)", r"\sin(3x)", notation="paper")
    assert lines(solution, "define") == ["g = [x²; 3x]", "f = [ln(g₁); sin(g₂)]"]
    assert lines(solution, "differentiate") == ["∂f/∂g = [1/g₁, 0; 0, cos(g₂)]", "dg/dx = [2x; 3]"]
    first, second, *rest = lines(solution, "combine")
    assert (first, second) == ("df/dx = ∂f/∂g dg/dx", "∂f/∂g dg/dx = [1/g₁, 0; 0, cos(g₂)] [2x; 3]")
    assert rest[-1].endswith(" = [2x/g₁; 3 cos(g₂)]")
    assert answers(solution) == ["[2/x; 3 cos(3x)]"]


def test_each_variable_has_its_answer() -> None:
    solution = solved(r"\ln(x^2 + y)", r"\sin(xy)", wrt=("x", "y"))
    assert lines(solution, "differentiate")[1:] == ["∂g/∂x = [2x; y]", "∂g/∂y = [1; x]"]
    assert answers(solution) == ["[2x/(x² + y); y cos(xy)]", "[1/(x² + y); x cos(xy)]"]


@pytest.mark.parametrize(
    ("cells", "name"),
    [((r"\sin(x^2)", r"\cos(3x)"), "g"), ((r"\sin(gx)", r"\cos(3x)"), "h"), ((r"\sin(gx)", r"\cos(hx)"), "u")],
)
def test_the_vector_of_arguments_has_a_letter_that_is_free(cells: tuple[str, ...], name: str) -> None:
    assert lines(solved(*cells), "define")[0].startswith(f"{name} = ")


def test_a_name_of_the_author_is_kept() -> None:
    solution = derive.solve(r"\mathbf{q} = " + column(r"\ln(x^2)", r"\sin(3x)"), wrt="x", method="vector-chain")
    assert lines(solution, "define")[1] == "q = [ln(g₁); sin(g₂)]"


def test_where_a_function_has_no_derivative_is_told() -> None:
    solution = solved(r"\lvert 3x \rvert", r"\sin(x^2)")
    assert "x ≠ 0" in derive.render(solution, "text")
    (step,) = [s for s in solution.steps if s.kind == "differentiate"]
    assert len(step.lines[0].given) == 1


@pytest.mark.parametrize(
    "cells",
    [
        ("x^2", "x + x^2"),
        (r"\sin(x)", r"\cos(x^2)"),
        (r"\sin(x^2)", "3"),
        (r"x\sin(x)", r"\sin(x^2)"),
        (r"(x^2 + 1)\sin(x^2)", r"\sin(x^2)"),
    ],
    ids=str,
)
def test_each_function_needs_one_argument_that_varies(cells: tuple[str, ...]) -> None:
    with pytest.raises(MethodError, match="one argument that can be named") as raised:
        solved(*cells)
    assert raised.value.hint == "leave --method out"
