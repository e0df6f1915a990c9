"""Letters that are vectors, unit vectors, labels and entries: how they are read, printed, and read back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from derive.derivation import Notation, Request
from derive.errors import ShapeError
from derive.expr.interning import Table, interning
from derive.expr.nodes import Entry, Expr, Integer, Matrix, Operation, Symbol
from derive.expr.shapes import show_shape
from derive.reader import read_expression, read_problem
from derive.writer.latex import latex

N = r"x \in \mathbb{R}^n"

READ = [
    (r"\vec{B}", (), "(n,)", r"\vec{B}"),
    (r"\vec r\times\vec F", (), "(3,)", r"\vec{r} \times \vec{F}"),
    (r"\vec{F} \cdot \vec{r} + F_1r_1", (), "()", r"\vec{F} \cdot \vec{r} + F_1r_1"),
    (r"\mathbf{B}", (), "(n, m)", r"\mathbf{B}"),
    (r"q(\mathbf{E} + \mathbf{v} \times \mathbf{B})", (), "(3,)", r"q(\mathbf{E} + \mathbf{v} \times \mathbf{B})"),
    (r"\mathbf{A} \times \mathbf{B}", (), "(n, k)", r"\mathbf{A} \times \mathbf{B}"),
    (r"\boldsymbol{\omega} \times \mathbf{J}\boldsymbol{\omega}", (), "(3,)",
     r"\boldsymbol{\omega} \times \mathbf{J}\boldsymbol{\omega}"),
    (r"\cos t\,\mathbf{i} + \sin t\,\mathbf{j} + t\,\mathbf{k}", (), "(3,)",
     r"\cos t\mathbf{i} + \sin t\mathbf{j} + t\mathbf{k}"),
    (r"x\hat{\mathbf{i}} + y\hat{\mathbf{j}}", (), "(2,)", r"x\hat{\mathbf{i}} + y\hat{\mathbf{j}}"),
    (r"x\vec\imath + y\vec\jmath + z\vec k", (), "(3,)", r"x\vec{\imath} + y\vec{\jmath} + z\vec{k}"),
    (r"x\boldsymbol{i} + y\boldsymbol{j}", (), "(2,)", r"x\boldsymbol{i} + y\boldsymbol{j}"),
    (r"x\hat\imath + z\hat k", (), "(3,)", r"x\hat{\imath} + z\hat{k}"),
    (r"x\mathbf{j} + y\mathbf{k}", (), "(n,)", r"x\mathbf{j} + y\mathbf{k}"),
    (r"\mathbf{i} + \mathbf{j}", (r"\mathbf{i}, \mathbf{j} \in \mathbb{R}^n",), "(n,)", r"\mathbf{i} + \mathbf{j}"),
    (r"\mathbf{i}_1 + \mathbf{j}_1", (), "(n,)", r"\mathbf{i}_1 + \mathbf{j}_1"),
    (r"w^{(1)}t", (r"w^{(1)} \in \mathbb{R}",), "()", r"w^{(1)}t"),
    (r"W^{(2)}(W^{(1)}x)", (r"W^{(1)}, W^{(2)} \in \mathbb{R}^{n \times n}", N), "(n,)", r"W^{(2)}(W^{(1)}x)"),
    (r"\mathbf{W}^{(1)}\mathbf{x} + \mathbf{b}^{(1)}", (), "(n,)", r"\mathbf{W}^{(1)}\mathbf{x} + \mathbf{b}^{(1)}"),
    (r"\sum_{i = 1}^{n - 1} (x_{i + 1} - x_i)^2", (N,), "()", r"\sum_{i = 1}^{n - 1} (x_{i + 1} - x_i)^2"),
    (r"\sum_{i = 1}^{n - 1} y_{i + 1}y_i + y_n", (), "()", r"\sum_{i = 1}^{n - 1} y_{i + 1}y_i + y_n"),
    (r"\mathrm{softmax}(\mathbf{z})_i^2", (), "()", r"\operatorname{softmax}(\mathbf{z})_i^2"),
    (r"\begin{vmatrix} a & b \\ c & d \end{vmatrix}x", (), "()", r"\begin{vmatrix} a & b \\ c & d \end{vmatrix}x"),
    (r"\left|\begin{pmatrix} a & b \\ c & d \end{pmatrix}\right|", (), "()",
     r"\left\lvert \begin{pmatrix} a & b \\ c & d \end{pmatrix} \right\rvert"),
    (r"\det\begin{pmatrix} a & b \\ c & d \end{pmatrix}", (), "()",
     r"\det\begin{pmatrix} a & b \\ c & d \end{pmatrix}"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "let", "shape", "printed"), READ, ids=[t for t, *_ in READ])
def test_it_is_read_and_printed_and_read_back(source: str, let: tuple[str, ...], shape: str, printed: str) -> None:
    problem = read_problem(source, Request(let=let, reading=True))
    with interning(problem.table):
        assert show_shape(problem.formula.shape) == shape
        assert latex(problem.formula, problem.notation) == printed
        assert read_expression(printed, problem.notation) is problem.formula


@pytest.mark.parametrize(
    ("source", "let"),
    [(r"\sum_{i=1}^{n} x_{i+1}", (N,)), (r"\sum_{i=1}^{5} x_i", (r"x \in \mathbb{R}^3",)), (r"\sum_{i=1}^m x_i", (N,))],
)
def test_a_sum_does_not_go_beyond_what_it_counts_through(source: str, let: tuple[str, ...]) -> None:
    with pytest.raises(ShapeError, match="the sum goes to"):
        read_problem(source, Request(let=let, reading=True))


def _matrix(e: Expr) -> Matrix:
    return Matrix(((e, Integer(1)), (Integer(2), Integer(3))))


DEEPER: dict[str, Callable[[Expr], Expr]] = {
    "bars": lambda e: Operation("det", (_matrix(e),), "|"),
    "determinant": lambda e: Operation("det", (_matrix(e),)),
    "entry": lambda e: Entry(Operation("softmax", (Matrix(((e,), (Integer(1),)), "(,)"),), "("), (Integer(1),)),
}


@pytest.mark.parametrize("wrap", DEEPER.values(), ids=DEEPER)
def test_deep_nesting_reads_back(wrap: Callable[[Expr], Expr]) -> None:
    with interning(Table()):
        e: Expr = Symbol("x")
        for _ in range(1_000):
            e = wrap(e)
        assert read_expression(latex(e, Notation()), Notation()) is e
