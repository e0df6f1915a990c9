"""The shapes of what is declared, and of what nobody declared."""

from __future__ import annotations

import pytest

from derive.derivation import Request
from derive.errors import DeriveError, ReadError, ShapeError, UnsupportedError
from derive.expr.shapes import show_shape
from derive.reader import read_problem


def shape_of(text: str, *let: str) -> str:
    return show_shape(read_problem(text, Request(let=let, reading=True)).formula.shape)


SHAPES = [
    (r"\mathbf{x}", (), "(n,)"),
    (r"\mathbf{X}", (), "(n, m)"),
    (r"\mathbf{w} \cdot \mathbf{x} + b", (), "()"),
    (r"\mathbf{x} \mathbf{y}^\top", (), "(n, m)"),
    (r"W \mathbf{x} + \mathbf{b}", (r"W \in \mathbb{R}^{m \times n}",), "(m,)"),
    (r"\mathbf{1} - \mathbf{y}", (r"\mathbf{y} \in \mathbb{R}^k",), "(k,)"),
    (r"X^\top X + \lambda I", (r"X \in \mathbb{R}^{N \times d}",), "(d, d)"),
    (r"X \mathbf{1}", (r"X \in \mathbb{R}^{m \times n}",), "(m,)"),
    (r"\mathbf{1}_k", (), "(k,)"),
    (r"\mathbf{0}_{m \times n}", (), "(m, n)"),
    (r"\mathbf{1}_{n+1}", (), "(n + 1,)"),
    (r"[\mathbf{x}^\top, 1]^\top", (r"\mathbf{x} \in \mathbb{R}^n",), "(n + 1,)"),
    (r"\hat{\mathbf{w}} \cdot [\mathbf{x}^\top, 1]^\top", (r"\hat{\mathbf{w}} \in \mathbb{R}^{n+1}",), "()"),
    (r"\begin{bmatrix} A & \mathbf{b} \\ \mathbf{c}^\top & 1 \end{bmatrix}", (r"A \in \mathbb{R}^{m \times n}",),
     "(m + 1, n + 1)"),
    (r"A \otimes B", (r"A \in \mathbb{R}^{m \times n}", r"B \in \mathbb{R}^{p \times q}"), "(mp, nq)"),
    (r"\operatorname{vec}(A)", (r"A \in \mathbb{R}^{m \times n}",), "(mn,)"),
    (r"\operatorname{diag}(\mathbf{x})", (), "(n, n)"),
    (r"\sum_{i=1}^N (y_i - \mathbf{w} \cdot \mathbf{x}_i)^2", (), "()"),
    (r"\sum_{i=1}^N y_i \mathbf{x}_i", (r"\mathbf{x}_i \in \mathbb{R}^d",), "(d,)"),
    (r"x_{ij} + X_{12}", (r"X \in \mathbb{R}^{m \times n}",), "()"),
    (r"\mathbf{x}_i", (r"X \in \mathbb{R}^{m \times n}",), "(n,)"),
    (r"\Sigma^{-1} (x - \mu)", (r"\Sigma \in \mathbb{S}^n_{++}", r"x, \mu \in \mathbb{R}^n"), "(n,)"),
    (r"\mathbf{f}(\mathbf{x})", (r"\mathbf{f}: \mathbb{R}^n \to \mathbb{R}^m", r"\mathbf{x} \in \mathbb{R}^n"), "(m,)"),
    (r"f_2(\mathbf{x})", (r"\mathbf{f}: \mathbb{R}^n \to \mathbb{R}^m", r"\mathbf{x} \in \mathbb{R}^n"), "()"),
    (r"\tanh(W \mathbf{x})", (r"W \in \mathbb{R}^{m \times n}",), "(m,)"),
    (r"\max(0, \mathbf{x})", (), "(n,)"),
    (r"\mathbf{x} > \mathbf{y}", (), "(n,)"),
    (r"z = W_1 x, \quad y = \sigma(z)", (r"W_1 \in \mathbb{R}^{h \times n}", r"x \in \mathbb{R}^n"), "(h,)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "let", "shape"), SHAPES, ids=[t for t, *_ in SHAPES])
def test_a_formula_has_its_shape(text, let, shape):
    assert shape_of(text, *let) == shape


A = r"A \in \mathbb{R}^{m \times n}"
MISFITS = [
    (r"A A", (A,), ShapeError, r"A A: shapes (m, n) and (m, n) do not fit"),
    (r"\mathbf{w} \mathbf{x}", (), ShapeError, "transpose"),
    (r"\| A \mathbf{x} - \mathbf{b} \|^2", (A, r"\mathbf{x} \in \mathbb{R}^k"), ShapeError, "(m, n) and (k,)"),
    (r"A + \lambda", (A,), ShapeError, r"\lambda I"),
    (r"\mathbf{x}^2", (), ShapeError, r"\odot 2"),
    (r"A / \mathbf{x}", (A,), ShapeError, r"\oslash"),
    (r"\operatorname{tr}(A)", (A,), ShapeError, "square"),
    (r"\operatorname{tr}(S)", (), ShapeError, r"--let 'S \in"),
    (r"\mathbf{a} \times \mathbf{b}", (r"\mathbf{a} \in \mathbb{R}^2",), ShapeError, "length 3"),
    (r"x_0", (r"x \in \mathbb{R}^n",), ShapeError, "counted from 1"),
    (r"x_4", (r"x \in \mathbb{R}^3",), ShapeError, "outside of 1 to 3"),
    (r"x^\top y", (), ReadError, "vector or a matrix"),
    (r"x^T A y", (), ReadError, "vector or a matrix"),
    (r"A'", (A,), ReadError, "transpose"),
    (r"|\mathbf{x}|", (), ReadError, "norm or absolute"),
    (r"\|x\|", (), ShapeError, r"--let 'x \in"),
    (r"\sum_{i=1}^n \sum_{i=1}^m a_i", (), ReadError, "something else"),
    (r"\sum_{k=0}^n a_k x^k", (), UnsupportedError, "starts at 0"),
    (r"\mathbf{x} \odot \mathbf{y} \oslash \mathbf{z}", (), ReadError, "brackets"),
    (r"\mathbf{f}(\mathbf{x})", (r"\mathbf{f}: \mathbb{R}^2 \to \mathbb{R}", r"\mathbf{x} \in \mathbb{R}^3"),
     ShapeError, "takes (2,), not (3,)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "let", "kind", "words"), MISFITS, ids=[t for t, *_ in MISFITS])
def test_what_does_not_fit_is_an_error_with_its_remedy(text, let, kind, words):
    with pytest.raises(DeriveError) as caught:
        shape_of(text, *let)
    error = caught.value
    assert isinstance(error, kind), error
    assert words in f"{error.message} {error.hint}"
    assert error.span is not None


def test_a_size_is_never_called_by_a_letter_that_means_something():
    problem = read_problem(r"n \mathbf{x}", Request(reading=True))
    assert show_shape(problem.formula.shape) == "(m,)"


def test_the_text_and_an_option_may_both_define_a_name_alike():
    let = (r"\mathbf{z} \in \mathbb{R}^k", r"\mathbf{p} = \operatorname{softmax}(\mathbf{z})")
    text = r"L = \log p_1, \quad \mathbf{p} = \operatorname{softmax}(\mathbf{z})"
    assert read_problem(text, Request(let=let, reading=True)).definitions
    with pytest.raises(ReadError, match="otherwise"):
        read_problem(text.replace("(", "(2"), Request(let=let, reading=True))
