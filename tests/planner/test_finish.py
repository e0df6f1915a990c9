"""What is made of the answers: terms with names of their own, a step of gradient descent."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import derive
from derive.errors import DeriveError, MethodError, ReadError, TaskError
from derive.expr.closing import closed
from derive.expr.interning import interning
from tests.test_vector_problems import agrees, compiled, differences
from tests.worked import answers, evaluated, lines

X, W = r"\mathbf{x}", r"\mathbf{w}"
SQUARES = r"\lVert A\mathbf{x} - \mathbf{b} \rVert^2"
LOSS = r"\frac{1}{N} \sum_{i=1}^N (\mathbf{w} \cdot \mathbf{x}_i - y_i)^2"
A = r"A \in \mathbb{R}^{m \times n}"
B = r"B \in \mathbb{R}^{n \times n}"

# Terms with a name ----------------------------------------------------------------------------------------------------

NAMED: tuple[tuple[str, dict[str, Any], tuple[str, ...], str], ...] = (
    ("(y - (wx + b))^2", {"wrt": "w"}, ("r = y - (wx + b)",), "-2rx"),
    ("(y - wx - b)^2", {"wrt": "w"}, ("r = wx + b - y",), "2xr"),
    ("(y - wx - b)^2", {"wrt": "w"}, ("r = y - b",), "-2x(r - wx)"),
    (SQUARES, {"let": A, "wrt": X}, (r"\mathbf{r} = A\mathbf{x} - \mathbf{b}",), "2rᵀA"),
    (SQUARES, {"let": A, "wrt": X}, (r"\mathbf{r} = \mathbf{b} - A\mathbf{x}",), "-2rᵀA"),
    (SQUARES, {"let": A, "wrt": X, "layout": "denominator"}, (r"\mathbf{r} = A\mathbf{x} - \mathbf{b}",), "2Aᵀr"),
    (r"\mathbf{x}^\top B\mathbf{x}", {"let": B, "wrt": X}, (r"S = B + B^\top",), "xᵀS"),
    (r"\ln(\mathbf{w} \cdot \mathbf{x})", {"wrt": W}, (r"s = \mathbf{w} \cdot \mathbf{x}",), "xᵀ/s"),
    (LOSS, {"wrt": W}, (r"e_i = \mathbf{w} \cdot \mathbf{x}_i - y_i",), "(2/N) ∑_(i=1)^N eᵢxᵢᵀ"),
    (
        LOSS,
        {"wrt": W, "layout": "denominator"},
        (r"e_i = y_i - \mathbf{w} \cdot \mathbf{x}_i",),
        "-(2/N) ∑_(i=1)^N eᵢxᵢ",
    ),
    (r"e^{\mathbf{w} \cdot \mathbf{x}} t^2", {"wrt": "t"}, (r"s = \mathbf{w} \cdot \mathbf{x}", "c = e^s"), "2tc"),
)
NAMES = [f"{formula}, {', '.join(name)}" for formula, _, name, _ in NAMED]


@pytest.mark.parametrize(("formula", "asked", "name", "expected"), NAMED, ids=NAMES)
def test_an_answer_is_written_in_the_terms_that_have_a_name(
    formula: str, asked: dict[str, Any], name: tuple[str, ...], expected: str
) -> None:
    solution = derive.solve(formula, **asked, name=name)
    assert answers(solution) == [expected]
    assert solution.checked
    assert not solution.answers[0].closed


def test_a_term_that_is_an_intermediate_variable_has_its_name_from_the_start() -> None:
    solution = derive.solve(SQUARES, let=A, wrt=X, name=r"\mathbf{e} = A\mathbf{x} - \mathbf{b}")
    assert lines(solution, "define")[0] == "e = A x - b"
    assert [step.kind for step in solution.steps] == ["define", "differentiate", "combine"]


def test_a_term_that_is_found_in_the_answer_alone_is_put_in_there() -> None:
    solution = derive.solve(SQUARES, let=A, wrt=X, name=r"\mathbf{e} = \mathbf{b} - A\mathbf{x}")
    assert lines(solution, "name") == ["e = b - A x", "∂y/∂x = -2eᵀA"]


@pytest.mark.parametrize(("formula", "asked", "name", "expected"), NAMED, ids=NAMES)
def test_a_named_answer_is_still_the_derivative(
    formula: str, asked: dict[str, Any], name: tuple[str, ...], expected: str
) -> None:
    assert agrees(json.loads(derive.render(derive.solve(formula, **asked, name=name), "json")))


def test_an_answer_without_the_term_stays_as_it_is() -> None:
    solution = derive.solve("(x - a)^2 + 3z", wrt=("x", "z"), name=["r = x - a"])
    assert answers(solution) == ["2r", "3"]
    assert [a.closed for a in solution.answers] == [False, True]


@pytest.mark.parametrize(
    ("name", "error", "message", "hint"),
    [
        ("q = 7", MethodError, "no answer holds the term that q names", "as the answer prints it"),
        ("x = x^2", TaskError, "x has a meaning already", "another letter"),
        ("q", TaskError, "q names no term", "--name 'r = Ax - b'"),
        ("q = x +", ReadError, "missing at the end", ""),
        ("= x", ReadError, "missing at the end", ""),
    ],
)
def test_what_names_nothing_is_refused(name: str, error: type[DeriveError], message: str, hint: str) -> None:
    with pytest.raises(error) as raised:
        derive.solve(r"\sin(x^2)", wrt="x", name=[name])
    assert message in raised.value.message
    assert hint in raised.value.hint


# Gradient descent -----------------------------------------------------------------------------------------------------

RANDOM = np.random.default_rng(5)
VALUES = {"x": RANDOM.normal(size=3), "w": RANDOM.normal(size=3), "a": RANDOM.normal(size=3), "b": 0.7, "t": 1.3,
          "A": RANDOM.normal(size=(2, 3)), "B": RANDOM.normal(size=(3, 3)), "eta": 0.1}  # fmt: skip


@pytest.mark.parametrize("layout", ["numerator", "denominator"])
@pytest.mark.parametrize(
    ("formula", "let", "by"),
    [
        (r"\lVert A\mathbf{x} \rVert^2", A, X),
        (r"\mathbf{x}^\top B\mathbf{x}", B, X),
        (r"\max(0, \mathbf{w} \cdot \mathbf{x} + b)^2", (), W),
        (r"\max(0, \mathbf{w} \cdot \mathbf{x} + b)^2", (), "b"),
        (r"\operatorname{logsumexp}(\mathbf{x})", (), X),
        (r"\ln(1 + t^2)", (), "t"),
    ],
)
def test_a_step_goes_against_the_gradient(formula: str, let: str, by: str, layout: str) -> None:
    solution = derive.solve(formula, let=let, wrt=by, layout=layout, step=r"\eta")
    record = json.loads(derive.render(solution, "json"))
    letter = by.removeprefix(r"\mathbf{").rstrip("}")
    gradient = differences(compiled(record["python"]["function"]), VALUES, letter, 1e-5).reshape(
        np.shape(VALUES[letter])
    )
    step = solution.steps[-1]
    assert step.kind == "update"
    with interning(solution.problem.table):
        found = evaluated(closed(step.lines[-1].rhs, step.scope.values), VALUES)
    assert np.allclose(found, VALUES[letter] - 0.1 * gradient, atol=1e-8)
    assert solution.checked


def test_a_row_is_transposed_and_a_column_is_not() -> None:
    asked: dict[str, Any] = {"wrt": X, "step": r"\eta"}
    assert lines(derive.solve(r"\mathbf{a} \cdot \mathbf{x}", **asked), "update") == [
        "x_new = x - η (∂y/∂x)ᵀ",
        "x - η (∂y/∂x)ᵀ = x - ηa",
    ]
    assert lines(derive.solve(r"\mathbf{a} \cdot \mathbf{x}", layout="denominator", **asked), "update") == [
        "x_new = x - η∇_x y",
        "x - η∇_x y = x - ηa",
    ]


def test_each_variable_takes_its_step_in_named_terms() -> None:
    solution = derive.solve("(y - wx - b)^2", wrt=("w", "b"), name=["r = y - wx - b"], step="0.1")
    assert lines(solution, "update")[1::2] == ["w - 0.1 ∂f/∂w = w + 0.2rx", "b - 0.1 ∂f/∂b = b + 0.2r"]


def test_a_step_leaves_the_answer_alone() -> None:
    plain, stepped = (derive.solve("x^3", wrt="x", step=step) for step in ("", r"\eta"))
    assert answers(plain) == answers(stepped) == ["3x²"]
    assert len(stepped.steps) == len(plain.steps) + 1


@pytest.mark.parametrize(
    ("formula", "asked", "error", "message"),
    [
        (r"\mathbf{x} \odot \mathbf{w}", {"wrt": X}, MethodError, "needs a number that is to become smaller"),
        ("x^3", {"wrt": "x", "order": 2}, MethodError, "with first derivatives"),
        ("x^2 y", {"wrt": ("x", "y"), "task": "gradient"}, MethodError, "with first derivatives"),
        ("x_1^2", {"wrt": "x_1", "let": r"\mathbf{x} \in \mathbb{R}^3"}, MethodError, "in whole vectors"),
        (r"\mathbf{x} \cdot \mathbf{x}", {"wrt": X, "step": r"\mathbf{a}"}, TaskError, "no rate of a step"),
        ("x^2", {"wrt": "x", "step": "x"}, TaskError, "no rate of a step"),
        ("x^2", {"wrt": "x", "step": "+"}, ReadError, "missing at the end"),
    ],
)
def test_where_no_step_can_be_taken_it_is_refused(
    formula: str, asked: dict[str, Any], error: type[DeriveError], message: str
) -> None:
    with pytest.raises(error, match=message):
        derive.solve(formula, **{"step": r"\eta", **asked})
