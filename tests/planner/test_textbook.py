"""Problems about vectors that every course has, with answers as textbooks print them: the form counts too."""

from __future__ import annotations

import pytest

import derive
from tests.worked import answers

PROBLEMS: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    (r"\mathbf{a}^\top\mathbf{x}\mathbf{x}^\top\mathbf{b}", r"\mathbf{x}", (), "(xᵀb)aᵀ + (aᵀx)bᵀ"),
    (r"\mathbf{x}^\top A^\top A\mathbf{x}", r"\mathbf{x}", (r"A \in \mathbb{R}^{m \times n}",), "2xᵀAᵀA"),
    (r"(A\mathbf{x}-\mathbf{b})^\top W (A\mathbf{x}-\mathbf{b})", r"\mathbf{x}",
     (r"A \in \mathbb{R}^{m \times n}", r"W \in \mathbb{S}^m"),
     "2(A x - b)ᵀW A"),
    (r"\frac{\mathbf{x}^\top A\mathbf{x}}{\mathbf{x}^\top\mathbf{x}}", r"\mathbf{x}", (r"A \in \mathbb{S}^n",),
     "2xᵀA/(xᵀx) - 2(xᵀA x)xᵀ/(xᵀx)²  where xᵀx ≠ 0"),
    (r"\ln(1+e^{\mathbf{w}^\top\mathbf{x}})", r"\mathbf{w}", (), "e^(wᵀx)xᵀ/(1 + e^(wᵀx))"),
    (r"-\sum_{i=1}^N [y_i\ln\sigma(\mathbf{w}^\top\mathbf{x}_i) + (1-y_i)\ln(1-\sigma(\mathbf{w}^\top\mathbf{x}_i))]",
     r"\mathbf{w}", (),
     "∑_(i=1)^N (σ(wᵀxᵢ) - yᵢ)xᵢᵀ"),
    (r"\frac{1}{2}\|\mathbf{y}-X\mathbf{w}\|^2 + \lambda\|\mathbf{w}\|^2", r"\mathbf{w}",
     (r"X \in \mathbb{R}^{m \times n}",),
     "2λwᵀ - (y - X w)ᵀX"),
    (r"\|\mathbf{y}-X\mathbf{w}\|^2 + \lambda\|\mathbf{w}\|_1", r"\mathbf{w}", (r"X \in \mathbb{R}^{m \times n}",),
     "λ sign(w)ᵀ - 2(y - X w)ᵀX  where wᵢ ≠ 0 for all i"),
    (r"\sum_{i=1}^N \max(0, 1 - y_i(\mathbf{w}^\top\mathbf{x}_i + b))", r"\mathbf{w}", (),
     "-∑_(i=1)^N {0ᵀ if 1 - yᵢ(wᵀxᵢ + b) ≤ 0; yᵢxᵢᵀ if 1 - yᵢ(wᵀxᵢ + b) > 0}"),
    (r"\mathbf{w}^\top\mathbf{w} + C\sum_{i=1}^N \max(0, 1 - y_i(\mathbf{w}\cdot\mathbf{x}_i + b))", "b", (),
     "-∑_(i=1)^N {0 if 1 - yᵢ(w · xᵢ + b) ≤ 0; yᵢC if 1 - yᵢ(w · xᵢ + b) > 0}"),
    (r"\frac{1}{N}\sum_{i=1}^N |y_i - \mathbf{w}^\top\mathbf{x}_i|", r"\mathbf{w}", (),
     "-∑_(i=1)^N ((yᵢ - wᵀxᵢ)xᵢᵀ/(N|yᵢ - wᵀxᵢ|))  where yᵢ - wᵀxᵢ ≠ 0 for all i"),
    (r"\operatorname{softmax}(W\mathbf{x}+\mathbf{b})", r"\mathbf{x}", (r"W \in \mathbb{R}^{k \times n}",),
     "(diag(softmax(W x + b)) - softmax(W x + b) softmax(W x + b)ᵀ)W"),
    (r"-\mathbf{y}^\top\ln\operatorname{softmax}(\mathbf{z})", r"\mathbf{z}", (), "(1ᵀy) softmax(z)ᵀ - yᵀ"),
    (r"-\sum_{k=1}^K y_k \ln p_k, \quad \mathbf{p} = \operatorname{softmax}(\mathbf{z})", r"\mathbf{z}", (),
     "(1ᵀy) softmax(z)ᵀ - yᵀ"),
    (r"\tanh(W\mathbf{x}+\mathbf{b})", r"\mathbf{b}", (r"W \in \mathbb{R}^{m \times n}",),
     "diag(1 - tanh(W x + b)^(⊙2))"),
    (r"\mathbf{v}^\top\tanh(W\mathbf{x}+\mathbf{b})", r"\mathbf{x}", (r"W \in \mathbb{R}^{m \times n}",),
     "(v ⊙ (1 - tanh(W x + b)^(⊙2)))ᵀW"),
    (r"\|\mathbf{x}-\mathbf{a}\|", r"\mathbf{x}", (), "(x - a)ᵀ/‖x - a‖  where ‖x - a‖ ≠ 0"),
    (r"\frac{1}{\|\mathbf{x}\|}", r"\mathbf{x}", (), "-xᵀ/‖x‖³  where ‖x‖ ≠ 0"),
    (r"\frac{\mathbf{x}}{\|\mathbf{x}\|}", r"\mathbf{x}", (), "(1/‖x‖) I - (1/‖x‖³) x xᵀ  where ‖x‖ ≠ 0"),
    (r"\|\mathbf{x}\|^3", r"\mathbf{x}", (), "3‖x‖xᵀ  where ‖x‖ ≠ 0"),
    (r"e^{-\frac{\|\mathbf{x}-\mathbf{c}\|^2}{2\sigma^2}}", r"\mathbf{x}", (), "-e^(-‖x - c‖²/(2σ²)) (x - c)ᵀ/σ²"),
    (r"\exp(-\tfrac12(\mathbf{x}-\boldsymbol{\mu})^\top\Sigma^{-1}(\mathbf{x}-\boldsymbol{\mu}))", r"\mathbf{x}",
     (r"\Sigma \in \mathbb{S}^n",),
     "-exp(-(1/2) (x - μ)ᵀΣ⁻¹(x - μ)) (x - μ)ᵀΣ⁻¹"),
    (r"\|A\mathbf{x}-\mathbf{b}\|_1", r"\mathbf{x}", (r"A \in \mathbb{R}^{m \times n}",),
     "sign(A x - b)ᵀ A  where (A x)ᵢ - bᵢ ≠ 0 for all i"),
    (r"\|\mathbf{x}\|_\infty", r"\mathbf{x}", (), "(sign(x) ⊙ [abs(x) = ‖x‖_∞])ᵀ  where sum([abs(x) = ‖x‖_∞]) < 2"),
    (r"\mathbf{x}\odot(A\mathbf{x})", r"\mathbf{x}", (r"A \in \mathbb{R}^{n \times n}",), "diag(A x) + diag(x) A"),
    (r"\sin(\mathbf{x})\odot\cos(\mathbf{x})", r"\mathbf{x}", (), "diag(cos(x)^(⊙2)) - diag(sin(x)^(⊙2))"),
    (r"\mathbf{x}^{\odot 3}", r"\mathbf{x}", (), "3 diag(x^(⊙2))"),
    (r"\mathbf{a}+t\mathbf{b}+t^2\mathbf{c}", "t", (), "b + 2tc"),
    (r"e^{t}\mathbf{a}", "t", (), "e^t a"),
    (r"\mathbf{x}^\top\mathbf{A}\mathbf{y}", r"\mathbf{y}", (r"\mathbf{A} \in \mathbb{R}^{m \times n}",), "xᵀA"),
    (r"\sum_{i=1}^n x_i \ln x_i", r"\mathbf{x}", (r"\mathbf{x} \in \mathbb{R}^n",),
     "ln(x)ᵀ + 1ᵀ  where xᵢ > 0 for all i"),
    (r"\ln\sum_{i=1}^n e^{x_i}", r"\mathbf{x}", (r"\mathbf{x} \in \mathbb{R}^n",), "exp(x)ᵀ/sum(exp(x))"),
    (r"\sqrt{\mathbf{x}^\top A\mathbf{x}}", r"\mathbf{x}", (r"A \in \mathbb{S}_{++}^n",),
     "xᵀA/√(xᵀA x)  where xᵀA x > 0"),
    (r"(\mathbf{a}^\top\mathbf{x})^2 + \mathbf{b}^\top\mathbf{x}", r"\mathbf{x}", (), "2(aᵀx)aᵀ + bᵀ"),
    (r"\frac{\mathbf{a}^\top\mathbf{x}}{\mathbf{b}^\top\mathbf{x}+c}", r"\mathbf{x}", (),
     "aᵀ/(bᵀx + c) - (aᵀx)bᵀ/(bᵀx + c)²  where bᵀx + c ≠ 0"),
    (r"\frac{\mathbf{u}\cdot\mathbf{v}}{\|\mathbf{u}\|\|\mathbf{v}\|}", r"\mathbf{u}", (),
     "vᵀ/(‖u‖‖v‖) - (u · v)uᵀ/(‖v‖‖u‖³)  where ‖u‖ ≠ 0 and ‖v‖ ≠ 0"),
    (r"\operatorname{diag}(\mathbf{x})A\mathbf{x}", r"\mathbf{x}", (r"A \in \mathbb{R}^{n \times n}",),
     "diag(A x) + diag(x) A"),
    (r"\frac1n\sum_{i=1}^n (x_i-\mu)^2, \quad \mu=\frac1n\sum_{i=1}^n x_i", r"\mathbf{x}",
     (r"\mathbf{x} \in \mathbb{R}^n",),
     "(2/n) (x - (1/n) sum(x) 1)ᵀ (I - (1/n) 1 1ᵀ)"),
    (r"\operatorname{mean}((\mathbf{y}-\mathbf{x})^{\odot 2})", r"\mathbf{x}", (), "-(2/n) (y - x)ᵀ"),
    (r"\mathbf{1}^\top(\mathbf{w}\odot\mathbf{x})", r"\mathbf{w}", (), "xᵀ"),
    (r"\operatorname{softplus}(W\mathbf{x})", r"\mathbf{x}", (r"W \in \mathbb{R}^{m \times n}",), "diag(σ(W x)) W"),
    (r"\mathbf{x}^\top\mathbf{x}\mathbf{x}^\top\mathbf{x}", r"\mathbf{x}", (), "4(xᵀx)xᵀ"),
    (r"\mathbf{x}\mathbf{x}^\top\mathbf{a}", r"\mathbf{x}", (), "(xᵀa)I + x aᵀ"),
    (r"(I-2\mathbf{v}\mathbf{v}^\top)\mathbf{x}", r"\mathbf{v}", (), "-2((vᵀx)I + v xᵀ)"),
    (r"\mathbf{x}^\top\ln\mathbf{x}", r"\mathbf{x}", (), "ln(x)ᵀ + 1ᵀ  where xᵢ > 0 for all i"),
    (r"\sum_i (y_i - \mathbf{w}^\top\mathbf{x}_i)^2", r"\mathbf{w}", (), "-2 ∑_i (yᵢ - wᵀxᵢ)xᵢᵀ"),
    (r"\sum_i (y_i - w x_i)^2", "w", (), "-2 ∑_i xᵢ(yᵢ - wxᵢ)"),
    (r"\sum_{i=1}^n w_i x_i + b", "w_j", (), "xⱼ"),
    (r"\hat{\mathbf{w}} \cdot \hat{\mathbf{x}}", r"\mathbf{w}",
     (r"\hat{\mathbf{x}} = [\mathbf{x}^\top, 1]^\top", r"\hat{\mathbf{w}} = [\mathbf{w}^\top, b]^\top",
      r"\mathbf{w}, \mathbf{x} \in \mathbb{R}^n"),
     "xᵀ"),
    (r"\sum_{i=1}^n (y_i - ax_i - b)^2", "a", (r"\mathbf{x}, \mathbf{y} \in \mathbb{R}^n",),
     "-2 ∑_(i=1)^n xᵢ(yᵢ - axᵢ - b)"),
)  # fmt: skip


@pytest.mark.parametrize(("formula", "by", "let", "expected"), PROBLEMS, ids=[formula for formula, *_ in PROBLEMS])
def test_the_answer_is_written_as_in_a_textbook(formula: str, by: str, let: tuple[str, ...], expected: str) -> None:
    solution = derive.solve(formula, wrt=by, let=let)
    page = derive.render(solution, "text")
    answer = page[page.index("Answer. ") :].split("\n")[0]
    assert answer.split(" =  ")[1] == expected
    assert solution.checked


def test_a_number_that_is_asked_for_beside_a_vector_is_a_sum_like_that_of_the_author() -> None:
    solution = derive.solve(r"\sum_{i=1}^n (x_i - c)^2", wrt=[r"\mathbf{x}", "c"], let=r"\mathbf{x} \in \mathbb{R}^n")
    assert answers(solution) == ["2(x - c 1)ᵀ", "-2 ∑_(i=1)^n (xᵢ - c)"]


def test_the_size_of_a_vector_of_ones_is_told_by_the_other_side() -> None:
    solution = derive.solve(r"\mathbf{x} - c\mathbf{1}", wrt="c", let=r"\mathbf{x} \in \mathbb{R}^n")
    assert r"= -\mathbf{1} " in derive.render(solution, "markdown")


def test_ones_are_counted() -> None:
    solution = derive.solve(
        r"\frac{1}{n}\sum_{i=1}^n (x_i - c)", wrt=["c", r"\mathbf{x}"], let=r"\mathbf{x} \in \mathbb{R}^n"
    )
    assert answers(solution)[0] == "-1"


@pytest.mark.parametrize("method", ["components", "all"])
@pytest.mark.parametrize(
    ("formula", "let"),
    [
        (
            r"\sigma(W_2\,\sigma(W_1\mathbf{x}))",
            (r"W_1 \in \mathbb{R}^{m \times n}", r"W_2 \in \mathbb{R}^{k \times m}"),
        ),
        (
            r"\frac1n\sum_{i=1}^n (x_i-\mu)^2, \quad \mu=\frac1n\sum_{i=1}^n x_i",
            (r"\mathbf{x} \in \mathbb{R}^n",),
        ),
    ],
)
def test_components_of_what_has_subscripts_and_sums_of_its_own(formula: str, let: tuple[str, ...], method: str) -> None:
    assert derive.solve(formula, wrt=r"\mathbf{x}", let=let, method=method).checked
