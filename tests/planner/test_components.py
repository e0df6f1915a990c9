"""Method components: its lines, its agreement with the chain rule, what it refuses, derivatives by entries."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import derive
from derive.derivation import Derivation
from derive.errors import DeriveError, MethodError
from derive.expr.interning import interning
from derive.expr.nodes import Indicator
from derive.expr.walks import postorder
from derive.writer.latex import latex

LET = (
    r"\mathbf{x}, \mathbf{w}, \mathbf{o} \in \mathbb{R}^n",
    r"\mathbf{b} \in \mathbb{R}^m",
    r"A \in \mathbb{R}^{m \times n}",
    r"B \in \mathbb{R}^{n \times n}",
)
SHAPES: dict[str, tuple[int, ...]] = {"x": (3,), "w": (3,), "o": (3,), "b": (2,), "A": (2, 3), "B": (3, 3), "t": ()}


def solved(formula: str, wrt: str = r"\mathbf{x}", method: str = "components", **options: Any) -> Derivation:
    return derive.solve(formula, let=LET, wrt=wrt, method=method, **options)


def lines(derivation: Derivation) -> list[str]:
    """All lines that are no small moves, as LaTeX."""
    notation = derivation.problem.notation
    with interning(derivation.problem.table):
        return [
            f"{latex(line.lhs, notation, step.scope)} = {latex(line.rhs, notation, step.scope)}"
            for step in derivation.steps
            for line in step.lines
        ]


def answer(derivation: Derivation) -> str:
    one = derivation.answers[0]
    with interning(derivation.problem.table):
        return latex(one.value, derivation.problem.notation, one.scope)


def compiled(derivation: Derivation) -> Callable[..., Any]:
    source = json.loads(derive.render(derivation, "json"))["python"]["derivative"]
    space: dict[str, Any] = {}
    exec(compile(source, "<generated>", "exec"), space)
    return space["derivative"]


def values(derivation: Derivation, seed: int, **more: Any) -> np.ndarray:
    """The derivative where the symbols have random values."""
    function = compiled(derivation)
    random = np.random.default_rng(seed)
    given = {name: random.uniform(-1.5, 1.5, shape) for name, shape in SHAPES.items()} | more
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    return np.asarray(function(**{name: given[name] for name in names}))


# The lines ------------------------------------------------------------------------------------------------------------


def test_a_sum_is_differentiated_term_by_term_and_collapses() -> None:
    assert lines(solved(r"\sum_{i=1}^n w_i x_i")) == [
        r"\frac{\partial y}{\partial x_j} = \sum_{i = 1}^{n} w_i\frac{\partial x_i}{\partial x_j}",
        r"\sum_{i = 1}^{n} w_i\frac{\partial x_i}{\partial x_j} = \sum_{i = 1}^{n} w_i\delta_{ij}",
        r"\sum_{i = 1}^{n} w_i\delta_{ij} = w_j",
        r"\frac{\partial y}{\partial\mathbf{x}} = \mathbf{w}^{\top}",
    ]


def test_a_vector_has_a_component_with_an_index_of_its_own() -> None:
    assert lines(solved(r"A\mathbf{x}")) == [
        r"y_i = \sum_{k = 1}^{n} A_{ik}x_k",
        r"\frac{\partial y_i}{\partial x_j} = \sum_{k = 1}^{n} A_{ik}\frac{\partial x_k}{\partial x_j}",
        r"\sum_{k = 1}^{n} A_{ik}\frac{\partial x_k}{\partial x_j} = \sum_{k = 1}^{n} A_{ik}\delta_{kj}",
        r"\sum_{k = 1}^{n} A_{ik}\delta_{kj} = A_{ij}",
        r"\frac{\partial\mathbf{y}}{\partial\mathbf{x}} = A",
    ]


def test_shares_of_exponentials_keep_their_form() -> None:
    assert lines(solved(r"\operatorname{softmax}(\mathbf{x})"))[-3:] == [
        r"\frac{e^{x_i}}{\sum_{k = 1}^{n} e^{x_k}}\left(\delta_{ij} - \frac{e^{x_j}}{\sum_{k = 1}^{n} e^{x_k}}\right)"
        r" = y_i(\delta_{ij} - y_j)",
        r"\frac{\partial\mathbf{y}}{\partial\mathbf{x}}"
        r" = \operatorname{diag}(\mathbf{y}) - \mathbf{y}\mathbf{y}^{\top}",
        r"\operatorname{diag}(\mathbf{y}) - \mathbf{y}\mathbf{y}^{\top} = \operatorname{diag}(\operatorname{softmax}"
        r"(\mathbf{x})) - \operatorname{softmax}(\mathbf{x})\operatorname{softmax}(\mathbf{x})^{\top}",
    ]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (r"\|A\mathbf{x} - \mathbf{b}\|_2^2", r"2(A\mathbf{x} - \mathbf{b})^{\top}A"),
        (r"\mathbf{x}^\top B\mathbf{x}", r"\mathbf{x}^{\top}(B^{\top} + B)"),
        (r"\sum_{i=1}^n \sum_{k=1}^n x_i B_{ik} x_k", r"\mathbf{x}^{\top}(B^{\top} + B)"),
        (r"\sin(\mathbf{x})", r"\operatorname{diag}(\cos(\mathbf{x}))"),
        (r"\mathbf{x} \odot \mathbf{w}", r"\operatorname{diag}(\mathbf{w})"),
        (r"\|\mathbf{x}\|_2", r"\frac{\mathbf{x}^{\top}}{\lVert \mathbf{x} \rVert_2}"),
        (r"\|\mathbf{x}\|_1", r"\operatorname{sign}(\mathbf{x})^{\top}"),
        (r"\max(0, A\mathbf{x})", r"\operatorname{diag}([A\mathbf{x} > 0])A"),
        (r"\operatorname{sum}(\mathbf{x})", r"\mathbf{1}_n^{\top}"),
        (r"x_1\mathbf{w}^\top\mathbf{x}", r"((\mathbf{w}^{\top}\mathbf{x})\mathbf{e}_1 + x_1\mathbf{w})^{\top}"),
        (r"\operatorname{logsumexp}(A\mathbf{x})", r"\operatorname{softmax}(A\mathbf{x})^{\top}A"),
    ],
)
def test_the_components_are_put_together(formula: str, expected: str) -> None:
    assert answer(solved(formula)) == expected


# Agreement with the chain rule ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "formula",
    [
        r"\mathbf{w}^\top\mathbf{x}",
        r"(\mathbf{w}^\top\mathbf{x})^2",
        r"\sum_{i=1}^n w_i x_i",
        r"\sum_{i=1}^n \exp(x_i)",
        r"\sum_{i=1}^n \max(0, x_i)",
        r"\|A\mathbf{x} - \mathbf{b}\|_2^2",
        r"\|A\mathbf{x} - \mathbf{b}\|_2",
        r"\|A\mathbf{x}\|_1",
        r"\frac{1}{2}\|\mathbf{x} - \mathbf{o}\|^2 + t\,\mathbf{w}^\top\mathbf{x}",
        r"\mathbf{x}^\top B\mathbf{x}",
        r"\mathbf{x}^\top B^\top B\mathbf{x}",
        r"\mathbf{o}^\top\sigma(B\mathbf{x})",
        r"\mathbf{b}^\top\tanh(A\mathbf{x} + \mathbf{b})",
        r"\ln(1 + e^{-\mathbf{w}^\top\mathbf{x}})",
        r"\frac{\mathbf{w}^\top\mathbf{x}}{\|\mathbf{x}\|}",
        r"\frac{\mathbf{x}^\top B\mathbf{x}}{\mathbf{x}^\top\mathbf{x}}",
        r"\operatorname{mean}(\mathbf{x} \odot \mathbf{x})",
        r"\operatorname{sum}(\mathbf{w} \oslash (1 + \mathbf{x} \odot \mathbf{x}))",
        r"\operatorname{logsumexp}(\mathbf{x})",
        r"\operatorname{logsumexp}(A\mathbf{x})",
        r"-\mathbf{w}^\top \ln(\operatorname{softmax}(\mathbf{x}))",
        r"A\mathbf{x} + \mathbf{b}",
        r"BB\mathbf{x}",
        r"\mathbf{x} \odot (B\mathbf{x})",
        r"(\mathbf{w}^\top\mathbf{x})\mathbf{x}",
        r"\mathbf{x}\mathbf{w}^\top\mathbf{x}",
        r"\exp(\mathbf{x}) \odot \mathbf{w}",
        r"\mathbf{w} \oslash (1 + \exp(\mathbf{x}))",
        r"\sigma(A\mathbf{x} + \mathbf{b})",
        r"\max(0, A\mathbf{x} + \mathbf{b})",
        r"\frac{\mathbf{x}}{\|\mathbf{x}\|}",
        r"\operatorname{softmax}(\mathbf{x})",
        r"\operatorname{softmax}(A\mathbf{x} + \mathbf{b})",
        r"\mathbf{x} - \operatorname{mean}(\mathbf{x})",
        r"\mathbf{1}_n\mathbf{1}_n^\top\mathbf{x}",
    ],
)
def test_components_agree_with_the_chain_rule(formula: str) -> None:
    found, expected = solved(formula), solved(formula, method="auto")
    assert (found.method, found.checked) == ("components", True)
    for seed in range(5):
        assert np.allclose(values(found, seed), values(expected, seed), rtol=1e-9, atol=1e-12)


def test_a_number_is_a_variable_too() -> None:
    formula = r"\|t\mathbf{x} - \mathbf{w}\|^2"
    found = solved(formula, "t")
    assert np.allclose(values(found, 1), values(solved(formula, "t", "auto"), 1))


def test_in_denominator_layout_the_gradient_is_a_column() -> None:
    assert answer(solved(r"\mathbf{w}^\top\mathbf{x}", layout="denominator")) == r"\mathbf{w}"


# By an entry ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "wrt", "expected"),
    [
        ("x_i^2", "x_j", r"2x_i\delta_{ij}"),
        (r"\sum_{i=1}^n x_i^2", "x_j", "2x_j"),
        (r"\sum_{i=1}^n x_i^2", "x_2", "2x_2"),
        ("x_1^2x_2", "x_1", "2x_1x_2"),
        (r"\|A\mathbf{x}\|^2", "x_j", r"2\sum_{i = 1}^{m} A_{ij}\sum_{k = 1}^{n} A_{ik}x_k"),
        (r"A\mathbf{x}", "x_j", r"(A^{\top})_j"),
    ],
)
def test_by_an_entry_the_answer_is_that_component(formula: str, wrt: str, expected: str) -> None:
    assert answer(solved(formula, wrt, "auto")) == expected


def test_a_text_may_ask_for_a_component() -> None:
    asked = derive.solve(r"\frac{\partial}{\partial x_j} \sum_{i=1}^n x_i^3", let=LET)
    assert answer(asked) == "3x_j^2"


def test_a_free_index_counts_from_one_in_python() -> None:
    x = np.array([2.0, 3.0, 5.0])
    one = solved(r"\sum_{i=1}^n x_i^2", "x_j", "auto")
    assert [float(values(one, 0, x=x, j=j)) for j in (1, 2, 3)] == [4.0, 6.0, 10.0]
    both = solved("x_i^2", "x_j", "auto")
    found = [[float(values(both, 0, x=x, i=i, j=j)) for j in (1, 2, 3)] for i in (1, 2, 3)]
    assert found == np.diag(2 * x).tolist()


# Kronecker's delta ----------------------------------------------------------------------------------------------------


def test_a_delta_is_read_where_its_letters_are_indices() -> None:
    problem = derive.read(r"\sum_{i=1}^n \sum_{j=1}^n \delta_{ij}x_iw_j", let=LET, wrt=r"\mathbf{x}")
    with interning(problem.table):
        deltas = [e for e in postorder(problem.formula) if isinstance(e, Indicator)]
        assert [latex(e, problem.notation) for e in deltas] == [r"\delta_{ij}"]
    assert answer(solved(r"\sum_{i=1}^n \sum_{j=1}^n \delta_{ij}x_iw_j")) == r"\mathbf{w}^{\top}"


@pytest.mark.parametrize("formula", [r"\delta_{ij}x^2", r"\delta_{1}x^2", r"\delta x^2"])
def test_elsewhere_delta_is_a_letter(formula: str) -> None:
    assert not any(isinstance(e, Indicator) for e in postorder(derive.read(formula, wrt="x").formula))


# What cannot be written out -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "wrt", "why"),
    [
        (r"\sum_{i=1}^{n-1} (x_{i+1} - x_i)^2", r"\mathbf{x}", "the first and the last entry are special"),
        (r"\sum_{i=2}^n x_i^2", r"\mathbf{x}", "a sum leaves out entries"),
        (r"\sum_{i=1}^n x_i^2", "x_i", "an index of a sum stands below the variable too"),
        (r"\|\mathbf{x}\|_\infty", r"\mathbf{x}", "norm inf is not written in components"),
        (r"\sin(\mathbf{x})", "x_j", "cannot be put together"),
        ("x_1^2x_2", r"\mathbf{x}", "nothing tells the size"),
    ],
)
def test_what_has_no_formula_is_refused(formula: str, wrt: str, why: str) -> None:
    with pytest.raises(DeriveError, match=why):
        solved(formula, wrt)


def test_numbers_have_no_components() -> None:
    with pytest.raises(MethodError, match="there is no vector"):
        solved(r"\sin(x^2)", "x")
