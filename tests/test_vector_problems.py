"""Random problems of vectors: each is answered or refused in words; answers agree with differences taken in NumPy."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import derive
from derive.errors import CheckError, DeriveError, NoRuleError, ReadError, ShapeError, TaskError, UnsupportedError
from tests.vector_problems import SIZES, VectorProblem, vector_problems

SECONDS = 5.0
STEPS = (1e-4, 1e-5)
SEEDS = range(8)
REFUSALS = (NoRuleError, UnsupportedError)
"""What the program may answer to a problem that is put well."""


def solved(problem: VectorProblem) -> dict[str, Any] | None:
    """Return the record of a solution, or None where the program says why there is none."""
    begin = time.process_time()
    try:
        solution = derive.solve(problem.latex, let=problem.let, wrt=problem.wrt, layout=problem.layout)
    except REFUSALS:
        return None
    except CheckError as error:
        if "no point of the domain found" not in error.message:  # as of max(x, x), which has no derivative anywhere
            raise
        return None
    finally:
        assert time.process_time() - begin < SECONDS
    return json.loads(derive.render(solution, "json"))


def compiled(source: str) -> Callable[..., Any]:
    """Return the last function of a source."""
    space: dict[str, Any] = {}
    exec(compile(source, "<generated>", "exec"), space)
    return space[source.rpartition("\ndef ")[2].partition("(")[0]]


def size(dimension: int | str) -> int:
    """Return the size that a dimension has here."""
    return dimension if isinstance(dimension, int) else eval(dimension.replace("^", "**"), {}, SIZES)


def points(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield values of the symbols, by the names of their parameters."""
    symbols = [s for s in record["problem"]["symbols"] if s["kind"] not in ("index", "dimension", "function")]
    for seed in SEEDS:
        random = np.random.default_rng(seed)
        yield {s["name"]: random.uniform(-1.5, 1.5, [size(d) for d in s["shape"]])[()] for s in symbols}


def call(function: Callable[..., Any], values: dict[str, Any]) -> np.ndarray:
    """Call a generated function with those of the values that it takes."""
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    with np.errstate(all="ignore"):
        return np.asarray(function(**{name: (SIZES | values)[name] for name in names}), dtype=float)


def differences(function: Callable[..., Any], values: dict[str, Any], by: str, step: float) -> np.ndarray:
    """Return central differences: the axes of the result first, then those of the variable."""
    at = np.asarray(values[by], dtype=float)
    columns = []
    for k in np.ndindex(at.shape):
        move = np.zeros(at.shape)
        move[k] = step
        ahead, behind = (call(function, values | {by: (at + s * move)[()]}) for s in (1, -1))
        columns.append((ahead - behind) / (2 * step))
    return np.stack(columns, axis=-1).reshape((*columns[0].shape, *at.shape))


def laid_out(jacobian: np.ndarray, scalar_by_vector: bool, layout: str) -> np.ndarray:
    """Return a Jacobian in its layout: of a number by a vector a row, or a vector in denominator layout."""
    if scalar_by_vector:
        return jacobian.reshape(1, -1) if layout == "numerator" else jacobian
    return jacobian.T if layout == "denominator" and jacobian.ndim == 2 else jacobian


def agrees(record: dict[str, Any]) -> int:
    """Compare the derivative with differences; return at how many points both were to be had."""
    function, derivative = (compiled(record["python"][name]) for name in ("function", "derivative"))
    (by,) = [s for s in record["problem"]["symbols"] if s["latex"] == record["problem"]["wrt"][0]]
    compared = 0
    for values in points(record):
        number = call(function, values).ndim == 0
        rough, fine = (differences(function, values, by["name"], step) for step in STEPS)
        found = call(derivative, values)
        expected = laid_out(fine, number and bool(by["shape"]), record["problem"]["layout"])
        assert found.shape == expected.shape
        scale = 1 + max(abs(fine).max(), abs(call(function, values)).max())
        if not np.isfinite(fine).all() or scale > 1e6 or abs(rough - fine).max() > 1e-5 * scale:  # a kink, or a pole
            continue
        if record["answer"]["conditions"] and not np.isfinite(found).all():  # where the function has no derivative
            continue
        assert np.allclose(found, expected, rtol=0, atol=1e-4 * scale), (found, expected)
        compared += 1
    return compared


def lines(steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for step in steps:
        yield from step["lines"]
        yield from lines(step["substeps"])


@settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(vector_problems())
def test_an_answer_is_right_or_refused_in_words(problem: VectorProblem) -> None:
    record = solved(problem)
    if record is None:
        return
    assert all(line["check"]["status"] in ("checked", "proved") for line in lines(record["steps"]))
    assert agrees(record)


X = r"\mathbf{x}"
SQUARE = r"\mathbf{x}^\top\mathbf{x}"
LOSS = r"\sum_{i=1}^N (y_i - \mathbf{w}^\top\mathbf{x}_i)^2"


@pytest.mark.parametrize(
    ("latex", "wrt", "error", "hint"),
    [
        (r"A\mathbf{x} - \mathbf{b}", X, ShapeError, "transpose"),
        (r"\mathbf{x}\mathbf{x}", X, ShapeError, r"\odot"),
        (r"\mathbf{x}^2", X, ShapeError, r"\lVert"),
        ("x_0^2", X, ShapeError, "counted from 1"),
        (r"\sum_{i=1}^{n+1} x_i^2", X, ShapeError, "bound"),
        (r"\sum_{i=1}^n \sum_{i=1}^n x_i^2", X, ReadError, "another letter"),
        (r"\mathbf{x}\mathbf{x}^\top", X, UnsupportedError, "entry"),
        (r"A\mathbf{b}", "A", UnsupportedError, "entry"),
        (SQUARE, r"\mathbf{x} \mathbf{x}", UnsupportedError, "first derivative"),
        (SQUARE, "x", TaskError, X),
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_remedy(
    latex: str, wrt: str, error: type[DeriveError], hint: str
) -> None:
    let = (r"\mathbf{x} \in \mathbb{R}^n", r"\mathbf{b} \in \mathbb{R}^m", r"A \in \mathbb{R}^{m \times m}")
    with pytest.raises(error) as raised:
        derive.solve(latex, let=[d for d in let if d[0] == "\\" or "A" in latex], wrt=wrt)
    assert hint in raised.value.hint


@pytest.mark.parametrize(("latex", "wrt"), [(SQUARE, "x_1"), (SQUARE, "x"), (LOSS, r"\mathbf{x}_j")])
def test_a_letter_of_another_shape_is_no_constant(latex: str, wrt: str) -> None:
    with pytest.raises(TaskError, match="does not occur in the formula by itself"):
        derive.solve(latex, wrt=wrt)


def test_one_of_the_numbers_that_a_sum_runs_through_is_an_entry() -> None:
    record = json.loads(derive.render(derive.solve(r"\sum_{i=1}^n w_ix_i^2 + b", wrt="x_j"), "json"))
    assert record["answer"]["latex"] == "2w_jx_j"


@pytest.mark.parametrize("let", [[], [r"w \in \mathbb{R}^n"]])
def test_the_index_of_a_sum_is_no_index_of_the_variable(let: list[str]) -> None:
    with pytest.raises(DeriveError, match="index") as raised:
        derive.solve(r"\sum_{i=1}^n w_ix_i + b", wrt="w_i", let=let)
    assert "another letter" in raised.value.hint


@pytest.mark.parametrize("name", ["y'_i", "y^*_i", "y_{a,i}", "y_{ij}"])
def test_what_has_the_index_of_a_sum_is_no_constant_of_it(name: str) -> None:
    with pytest.raises(ReadError, match="has the index of a sum"):
        derive.solve(rf"\sum_{{i=1}}^n {name} p_i", wrt="p", let=r"p \in \mathbb{R}^n")


def test_numbers_beside_the_entries_of_a_vector_are_a_vector() -> None:
    record = json.loads(
        derive.render(derive.solve(r"\sum_{i=1}^n y_i p_i", wrt="p", let=r"p \in \mathbb{R}^n"), "json")
    )
    assert record["answer"]["latex"] == r"y^{\top}"


def test_a_vector_of_which_numbered_entries_stand_alone_has_no_more_of_them() -> None:
    solution = derive.solve(r"f(\mathbf{x}) = x_1^2 + 3x_2x_3")
    record = json.loads(derive.render(solution, "json"))
    assert record["answer"]["latex"] == r"\begin{bmatrix} 2x_1 & 3x_3 & 3x_2 \end{bmatrix}"
    declared = derive.solve(r"f(\mathbf{x}) = x_1^2 + 3x_2x_3, \mathbf{x} \in \mathbb{R}^n")
    assert json.loads(derive.render(declared, "json"))["answer"]["shape"] == [1, "n"]


def test_an_entry_or_a_number_of_its_own_is_asked_about() -> None:
    both = SQUARE + " + x_1"
    with pytest.raises(TaskError, match="could be an entry of"):
        derive.solve(both, wrt="x_1")
    solution = derive.solve(both, wrt="x_1", let=[r"\mathbf{x} \in \mathbb{R}^n"])
    assert json.loads(derive.render(solution, "json"))["answer"]["latex"] == "2x_1 + 1"


@pytest.mark.parametrize(
    "latex",
    [r"\mathbf{1}^\top\operatorname{softmax}(\mathbf{x})", r"\lVert\frac{\mathbf{x}}{\lVert\mathbf{x}\rVert}\rVert"],
)
def test_what_does_not_change_has_derivative_0(latex: str) -> None:
    record = json.loads(derive.render(derive.solve(latex, wrt=X), "json"))
    values = {"x": np.array([0.3, -1.2, 0.7])}
    assert np.allclose(call(compiled(record["python"]["derivative"]), values), np.zeros((1, 3)), atol=1e-12)


def test_a_unit_vector_that_stands_alone_has_the_size_of_its_line() -> None:
    record = json.loads(derive.render(derive.solve(r"\mathbf{e}_1^\top\mathbf{x}", wrt=X), "json"))
    assert record["answer"]["latex"] == r"\mathbf{e}_1^{\top}"


def test_names_that_a_variable_does_not_reach_are_written_out() -> None:
    solution = derive.solve(r"\max(0, \sin(t^2)) z", wrt="z")
    assert json.loads(derive.render(solution, "json"))["answer"]["latex"] == r"\max(0, \sin(t^2))"
