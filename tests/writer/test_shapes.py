"""Shapes on the page: they are those of what they stand by, and the factors of a chain rule fit together."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import pytest

import derive
from derive.derivation import Line
from derive.expr.interning import Table, interning
from derive.expr.nodes import Expr, MatMul, Product
from derive.expr.shapes import shape
from derive.writer.shapes import below_factors, beside
from tests.checker.build import add, by, index, neg, over, size, sub, sym, vec

X = r"\mathbf{x}"
A = r"A \in \mathbb{R}^{m \times n}"
SQUARES = r"y = \lVert A\mathbf{x} - \mathbf{b} \rVert_2^2"
CHAINS = {
    "squares": (SQUARES, A),
    "layer": (r"y = \lVert \tanh(A\mathbf{x} + \mathbf{b}) \rVert^2", A),
    "two layers": (
        r"y = \operatorname{logsumexp}(C\tanh(A\mathbf{x}))",
        (A, r"C \in \mathbb{R}^{k \times m}"),
    ),
    "batch": (r"L = \frac{1}{N} \sum_{i=1}^N (y_i - \max(0, \mathbf{x} \cdot \mathbf{d}_i + b))^2", ()),
    "two ways": (r"\mathbf{y} = \frac{\mathbf{x} - \operatorname{mean}(\mathbf{x})}{\lVert \mathbf{x} \rVert}", ()),
    "given sizes": (SQUARES, r"A \in \mathbb{R}^{2 \times 3}"),
}


def page(name: str, form: str = "text", shapes: str = "text", wrt: str = X) -> str:
    formula, let = CHAINS[name]
    return derive.render(derive.solve(formula, let=let, wrt=wrt), form, shapes=shapes)


# The page -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CHAINS)
def test_the_factors_of_a_chain_rule_fit_together(name: str) -> None:
    """(1×m)(m×n): the inner sizes agree, and the outer ones are those of the derivative itself."""
    terms = [term for line in page(name).splitlines() if ") ∂" in line for term in line.split(" + ")]
    chains = [sizes for term in terms if len(sizes := re.findall(r"\((\w+)×(\w+)\)", term)) > 1]
    outer = {(sizes[0][0], sizes[-1][1]) for sizes in chains}
    assert outer == {{"two ways": ("n", "n"), "given sizes": ("1", "3")}.get(name, ("1", "n"))}
    assert all(left[1] == right[0] for sizes in chains for left, right in pairwise(sizes))


def test_text_tells_shapes_beside_and_between() -> None:
    shown = page("squares")
    assert re.search(r"r = A x - b +\(m\)", shown)
    assert re.search(r"y = ‖r‖₂² +\(1\)", shown)
    assert re.search(r"∂r/∂x = A +\(m×n, linear\)", shown)
    assert re.search(r"∂y/∂r = 2rᵀ +\(1×m, squared norm\)", shown)
    assert "∂y/∂x = ∂y/∂r (1×m) ∂r/∂x (m×n)\n" in shown


def test_shapes_under_a_sum_stand_behind_its_sign() -> None:
    assert "∂L/∂x = ∑_(i=1)^N ∂L/∂vᵢ (1×1) ∂vᵢ/∂aᵢ (1×1) ∂aᵢ/∂zᵢ (1×1) ∂zᵢ/∂x (1×n)\n" in page("batch")


def test_shapes_of_each_way_are_told() -> None:
    assert "∂y/∂x = ∂y/∂r (n×n) ∂r/∂x (n×n) + ∂y/∂s (n×1) ∂s/∂x (1×n)\n" in page("two ways")


@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("form", ["text", "markdown", "latex", "html"])
def test_unasked_nothing_is_told(name: str, form: str) -> None:
    problem, asked = page(name, form, shapes="").split("Name the intermediate"), page(name, form)
    assert r"\underset" not in problem[1]
    assert not re.search(r"\(\w×\w\)", problem[1])
    assert len(asked) > len("".join(problem))


def test_latex_writes_sizes_below() -> None:
    shown = page("squares", "latex")
    assert r"\underset{1 \times m}{\frac{\partial y}{\partial\mathbf{r}}}\,\underset{m \times n}{" in shown
    assert r"\boxed" not in shown


def test_a_box_is_as_high_and_wide_as_the_matrix() -> None:
    """An open size is the side of a large box, 1 that of a small one; sizes that are numbers are in proportion."""
    boxes = re.findall(r"\\rule\{0pt\}\{([\d.]+)em\}\\rule\{([\d.]+)em\}\{0pt\}", page("squares", "latex", "boxes"))
    assert [(float(h) > 1, float(w) > 1) for h, w in boxes] == [(False, True), (True, True)]
    given = re.findall(r"\\rule\{0pt\}\{([\d.]+)em\}\\rule\{([\d.]+)em\}\{0pt\}", page("given sizes", "latex", "boxes"))
    (one, two), (two_again, three) = [tuple(map(float, sides)) for sides in given]
    assert (two, two_again, three) == pytest.approx((2 * one, 2 * one, 3 * one))


@pytest.mark.parametrize("how", ["text", "boxes"])
@pytest.mark.parametrize("name", CHAINS)
def test_what_latex_shows_can_be_typeset(name: str, how: str, katex: Callable[[list[str]], list[str]]) -> None:
    shown = page(name, "markdown", how)
    assert r"\underset" in shown
    displays = re.findall(r"\$\$\n(.+?)\n\$\$", shown, re.DOTALL)
    assert displays
    assert katex(displays) == [""] * len(displays)


# By themselves --------------------------------------------------------------------------------------------------------


def below(e: Expr) -> str:
    return below_factors(e, "text", lambda part: type(part).__name__, latex=False)


def test_only_products_of_named_derivatives_have_shapes_below() -> None:
    with interning(Table()):
        x, r, u, z = vec("x"), vec("r", "m"), vec("u", "k"), sym("z")
        outer, inner, last = by(z, r), by(r, u), by(u, x)
        three = MatMul((outer, inner, last), ("", ""))
        assert below(three) == "Derivative (1×m) Derivative (m×k) Derivative (k×n)"
        assert below(add(three, by(z, x))) == f"{below(three)} + Derivative (1×n)"
        assert below(Product((by(z, sym("t")), MatMul((outer, by(r, x)), ("",))), ("",))).startswith("Derivative (1×1)")
        for other in (outer, sub(three, by(z, x)), neg(three), MatMul((outer, vec("A", "m", "n")), ("",))):
            assert below(other) == ""


def test_a_sum_over_an_index_is_gone_into() -> None:
    with interning(Table()):
        i, r, x, z = index("i"), vec("r", "m"), vec("x"), sym("z")
        chain = MatMul((by(z, r), by(r, x)), ("",))
        shown = below_factors(
            over(i, size("N"), chain), "text", lambda e: "sum x" if e.shape == () else "D", latex=False
        )
        assert shown == "sum D (1×m) D (m×n)"
        assert below(over(i, size("N"), by(z, x))) == ""


@pytest.mark.parametrize(
    ("sizes", "as_text", "as_latex"),
    [
        ((), "1", "1"),
        (("n",), "n", "n"),
        (("m", "n"), "m×n", r"m \times n"),
        ((1, "n"), "1×n", r"1 \times n"),
        ((3,), "3", "3"),
    ],
)
def test_what_is_defined_has_its_shape_beside_it(sizes: tuple[int | str, ...], as_text: str, as_latex: str) -> None:
    with interning(Table()):
        e = vec("u", *sizes) if sizes else sym("u")
        assert e.shape == shape(*sizes)
        assert (beside(Line(e, e), latex=False), beside(Line(e, e), latex=True)) == (as_text, as_latex)


def test_a_derivative_has_rows_and_columns_always() -> None:
    with interning(Table()):
        z, x = sym("z"), vec("x")
        for of, wrt, expected in ((z, sym("t"), "1×1"), (z, x, "1×n"), (x, z, "n×1"), (vec("y", "m"), x, "m×n")):
            assert beside(Line(by(of, wrt), z), latex=False) == expected
