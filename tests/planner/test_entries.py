"""Method `explicit` for vectors: what is written out has the same values, and the derivatives of differences."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest

import derive
from derive.errors import MethodError
from derive.expr.interning import interning
from derive.expr.nodes import Entry, Filled, MatMul, Operation, SumOver, Transpose
from derive.expr.walks import postorder
from derive.pipeline import Solution
from derive.planner.spelled_out import spelled_out
from tests.test_vector_problems import agrees
from tests.worked import answers, evaluated, lines

X = r"\mathbf{x}"
LET = r"\mathbf{x}, \mathbf{w} \in \mathbb{R}^3", r"A \in \mathbb{R}^{3 \times 3}", r"B \in \mathbb{R}^{2 \times 3}"
VECTORS = (
    r"A\mathbf{x}",
    r"B\mathbf{x}",
    r"B(\mathbf{x} - \mathbf{w})",
    r"\mathbf{x} \odot \mathbf{w}",
    r"\mathbf{x} \oslash (3 + \sin(\mathbf{w}))",
    r"\mathbf{x}^{\odot 3}",
    r"\mathbf{x} \times \mathbf{w}",
    r"\operatorname{softmax}(\mathbf{x})",
    r"\max(0, A\mathbf{x})",
    r"A^\top\mathbf{x} + t\mathbf{w}",
    r"\mathbf{x}\mathbf{w}^\top\mathbf{x}",
    r"\operatorname{diag}(\mathbf{x})\mathbf{w}",
    r"\mathbf{x} - \operatorname{mean}(\mathbf{x})",
    r"\mathbf{x} + 2",
    r"\max(\mathbf{x}, \mathbf{0})",
    r"x_1\mathbf{1} + x_2\mathbf{w}",
    r"\begin{bmatrix} x_1 x_2 \\ \mathbf{w} \cdot \mathbf{x} \end{bmatrix}",
    r"\begin{cases} \mathbf{x} & \text{if } t > 0 \\ \mathbf{w} & \text{otherwise} \end{cases}",
)
NUMBERS = (
    r"\mathbf{x}^\top A\mathbf{x}",
    r"\mathbf{w} \cdot \mathbf{x}",
    r"\lVert A\mathbf{x} \rVert",
    r"\lVert \mathbf{x} - \mathbf{w} \rVert^2",
    r"\lVert \mathbf{x} \rVert_2^4",
    r"\lVert \mathbf{x} \rVert_1",
    r"\lVert \mathbf{x} \rVert_\infty",
    r"\operatorname{logsumexp}(\mathbf{x})",
    r"\operatorname{mean}(\mathbf{x} \odot \mathbf{w})",
    r"\operatorname{sum}(\mathbf{w} \oslash (3 + \sin(\mathbf{x})))",
    r"\mathbf{w}^\top\operatorname{softmax}(\mathbf{x})",
    r"\sum_{i=1}^3 w_i x_i^2",
    r"\sum_{i=1}^3 \sum_{j=1}^3 x_i A_{ij} x_j",
    r"\mathbf{w}^\top\max(0, A\mathbf{x})",
    r"\mathbf{w} \cdot (\mathbf{x} \times (A\mathbf{x}))",
    r"\mathbf{w}^\top\operatorname{diag}(\mathbf{x})\mathbf{x}",
    r"\begin{cases} \mathbf{w} \cdot \mathbf{x} & \text{if } x_1 > 0 \\ 0 & \text{otherwise} \end{cases}",
    r"x_1 x_2 + x_3^2",
    r"\mathbf{x}^\top I\mathbf{x}",
    r"\mathbf{1}^\top\mathbf{x}",
    r"\mathbf{e}_2^\top\mathbf{x}",
    r"(A\mathbf{x})_2 x_1",
    r"[\mathbf{w} \cdot \mathbf{x} > 0] x_1",
    r"\mathbf{w}^\top \begin{bmatrix} x_1 \\ x_2^2 \\ x_3 x_1 \end{bmatrix}",
)
MATRICES = (r"A^\top B^\top", r"\mathbf{x}\mathbf{w}^\top", r"A \odot I", r"A - \operatorname{diag}(\mathbf{w})")
COLUMN = r"\mathbf{f}(\mathbf{x}) = \begin{bmatrix} x_1^2 x_2 \\ \sin(x_1 x_3) \end{bmatrix}"


def solved(formula: str, let: Sequence[str] = LET, **asked: str) -> Solution:
    return derive.solve(formula, let=let, wrt=X, method="explicit", **asked)


# Written out ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("formula", NUMBERS + VECTORS + MATRICES)
def test_what_is_written_out_has_the_same_value_and_holds_entries_only(formula: str) -> None:
    problem = derive.read(formula, let=LET, wrt=X)
    with interning(problem.table):
        out = spelled_out(problem.formula)
        assert out.shape == problem.formula.shape
        assert not any(isinstance(e, MatMul | Operation | SumOver | Transpose | Filled) for e in postorder(out))
        letters = {e.of for e in postorder(out) if isinstance(e, Entry)}
        assert all(not e.shape or e in letters or e is out for e in postorder(out))
        for seed in range(4):
            random = np.random.default_rng(seed)
            shapes = {"x": 3, "w": 3, "A": (3, 3), "B": (2, 3), "t": ()}
            values = {name: random.normal(size=shape) for name, shape in shapes.items()}
            assert np.allclose(evaluated(out, values), evaluated(problem.formula, values))


@pytest.mark.parametrize(
    ("formula", "let", "message", "hint"),
    [
        (r"\mathbf{x}^\top\mathbf{x}", (r"\mathbf{x} \in \mathbb{R}^n",), "given, small sizes", r"\mathbb{R}^2"),
        (r"\mathbf{x}^\top\mathbf{x}", (r"\mathbf{x} \in \mathbb{R}^{40}",), "given, small sizes", r"\mathbb{R}^2"),
        (r"\sum_{i=1}^N y_i x_1", LET, "given, small sizes", r"\mathbb{R}^2"),
        (r"\mathbf{w}^\top A^2\mathbf{x}", LET, "powers of matrices", ""),
        (r"\operatorname{tr}(A) x_1", LET, "does not write out trace", ""),
    ],
)
def test_what_cannot_be_written_out_is_refused(formula: str, let: Sequence[str], message: str, hint: str) -> None:
    with pytest.raises(MethodError, match=message) as raised:
        solved(formula, let)
    assert hint in raised.value.hint


def test_definitions_of_vectors_are_refused() -> None:
    with pytest.raises(MethodError, match="without definitions"):
        solved(r"\mathbf{u} \cdot \mathbf{x}, \quad \mathbf{u} = A\mathbf{x}")


# Differentiated -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", ["numerator", "denominator"])
@pytest.mark.parametrize("formula", [*NUMBERS, COLUMN])
def test_the_answer_is_what_differences_say(formula: str, layout: str) -> None:
    solution = solved(formula, layout=layout)
    assert solution.checked
    assert agrees(json.loads(derive.render(solution, "json"))) > 3


def test_all_entries_are_differentiated_by_all_entries_and_laid_out() -> None:
    solution = derive.solve(COLUMN, let=r"\mathbf{x} \in \mathbb{R}^3", method="explicit")
    assert lines(solution, "direct") == ["∂f₁/∂x₁ = 2x₁x₂", "∂f₁/∂x₂ = x₁²", "∂f₁/∂x₃ = 0"]
    (last,) = lines(solution, "assemble")
    assert last.startswith("[∂f₁/∂x₁, ∂f₁/∂x₂, ∂f₁/∂x₃; ∂f₂/∂x₁, ∂f₂/∂x₂, ∂f₂/∂x₃] = [2x₁x₂, x₁², 0; ")
    assert answers(solution) == [last.partition(" = ")[2]]


def test_a_formula_in_vectors_is_written_in_entries_first() -> None:
    solution = solved(r"\mathbf{w} \cdot \mathbf{x}")
    assert lines(solution, "entries") == ["w · x = w₁x₁ + w₂x₂ + w₃x₃"]
    assert answers(solution) == ["[w₁, w₂, w₃]"]
    assert [s.name for s in solution.steps[-1].about] == ["gradient"]


def test_what_is_written_in_entries_needs_no_method() -> None:
    asked = [derive.solve("x_1 x_2 + x_3^2", let=LET, wrt=X, method=method) for method in ("auto", "explicit")]
    assert answers(asked[0]) == answers(asked[1]) == ["[x₂, x₁, 2x₃]"]


def test_a_number_is_a_variable_too() -> None:
    solution = derive.solve(r"t\,\mathbf{w} \cdot \mathbf{x}", let=LET, wrt=("t", X), method="explicit")
    assert answers(solution)[0].strip("[]") == "w₁x₁ + w₂x₂ + w₃x₃"
    assert answers(solution)[1] == "[tw₁, tw₂, tw₃]"
