"""Matrices by their general entry: what is printed with dots reads back as the same object, and dots are understood."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from derive.derivation import Notation
from derive.errors import DeriveError
from derive.expr.entries import entries
from derive.expr.interning import Table, interning
from derive.expr.nodes import Entries, Entry, Expr, Product, Sum, Symbol, column_index, row_index
from derive.expr.shapes import ONE, Dimension, show_shape
from derive.expr.walks import depends, free_indices, postorder
from derive.pipeline import read
from derive.reader import read_expression
from derive.writer.latex import latex
from derive.writer.text import text
from tests.grower import Grower, M, N, notation
from tests.shaped import builders

SIZES = ((N, ONE), (M, N), (ONE, N), (N, Dimension.of(2)), (N, Dimension.of(7)), (M, M))
COLUMNS, ROWS, MATRICES = ("bmatrix", "pmatrix", "(,)"), ("bmatrix", "pmatrix", "[,]"), ("bmatrix", "pmatrix")


def grown(choices: Sequence[int]) -> tuple[Expr, Notation] | None:
    """Return a matrix that a list of choices builds, None where an index is multiplied, which is not printed."""
    rest = iter(choices)

    def pick(below: int) -> int:
        return next(rest, 0) % below

    g = Grower(pick, notation(pick), builders, left=8)
    sizes = g.choose(SIZES)
    counted = [(i, s) for i, s in zip((row_index(), column_index()), sizes, strict=True) if s != ONE]
    g.bound += counted
    body = g.of(())
    for index, size in counted:
        letters = [s for s in g.letters if s.shape == (size,) and not s.mark and not s.subscript]
        body = (
            Product((body, Entry(g.choose(letters), (index,))), (r"\cdot",)) if letters else Sum((body, index), (1, 1))
        )
    scaled = [i for e in postorder(body) if isinstance(e, Entry) for i in e.indices if isinstance(i, Product)]
    if any(depends(i, row_index(), column_index()) for i in scaled):
        return None
    styles = COLUMNS if sizes[1] == ONE else ROWS if sizes[0] == ONE else MATRICES
    return entries(body, *sizes, g.choose(styles)), g.notation


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 10_000), min_size=30, max_size=200))
def test_dotted_matrices_read_back(choices: list[int]) -> None:
    with interning(Table()):
        made = grown(choices)
        assume(made is not None)
        assert made is not None
        e, spelled = made
        printed = latex(e, spelled)
        assert read_expression(printed, spelled) is e, printed
        assert row_index() not in free_indices(e)
        assert column_index() not in free_indices(e)


LET = (r"\mathbf{x}, \mathbf{w} \in \mathbb{R}^n", r"\mathbf{y} \in \mathbb{R}^m")
READ = {
    r"\begin{bmatrix} x_1^2 \\ x_2^2 \\ \vdots \\ x_n^2 \end{bmatrix}": ("(n,)", "[x₁²; x₂²; …; xₙ²]"),
    r"\begin{bmatrix} x_1^2 \\ \vdots \\ x_n^2 \end{bmatrix}": ("(n,)", "[x₁²; x₂²; …; xₙ²]"),
    r"[x_1w_1, \ldots, x_nw_n]": ("(1, n)", "[x₁w₁, x₂w₂, …, xₙwₙ]"),
    r"\operatorname{diag}(x_1, x_2, \dots, x_n)": ("(n, n)", "diag([x₁; x₂; …; xₙ])"),
    r"\begin{bmatrix} x_1y_1 & \cdots & x_1y_m \\ \vdots & \ddots & \vdots \\ x_ny_1 & \cdots & x_ny_m \end{bmatrix}": (
        "(n, m)",
        "[x₁y₁, x₁y₂, …, x₁yₘ; x₂y₁, x₂y₂, …, x₂yₘ; …; xₙy₁, xₙy₂, …, xₙyₘ]",
    ),
    r"\begin{bmatrix} x_1 & 1 \\ x_2 & 1 \\ \vdots & \vdots \\ x_n & 1 \end{bmatrix}": None,
    r"\begin{bmatrix} x_1 & 2x_1 \end{bmatrix}": ("(1, 2)", "[x₁, 2x₁]"),
    r"\begin{bmatrix} t^1 & t^2 & \cdots & t^9 \end{bmatrix}": ("(1, 9)", "[t¹, t², …, t⁹]"),
}


@pytest.mark.parametrize("formula", READ)
def test_dots_among_entries_are_read(formula: str) -> None:
    expected = READ[formula]
    if expected is None:
        with pytest.raises(DeriveError, match="follow one pattern"):
            read(formula, let=LET, reading=True)
        return
    problem = read(formula, let=LET, reading=True)
    with interning(problem.table):
        assert (show_shape(problem.formula.shape), text(problem.formula, problem.notation)) == expected


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        (r"[x_1, \ldots, w_n]", "follow one pattern"),
        (r"[x_1, x_3, \ldots, x_n]", "follow one pattern"),
        (r"[0, \ldots, 0]", "how many"),
        (r"[x_1, \ldots]", "dots elsewhere"),
        (r"[x_1, \ldots, x_{n-1}, x_n]", "dots elsewhere"),
        (r"\begin{bmatrix} x_1 & \cdots & x_n \\ x_1 & x_2 & x_n \end{bmatrix}", "dots elsewhere"),
        (r"x_1 + \cdots + x_n", "omitted terms"),
    ],
)
def test_dots_that_say_nothing_are_refused(formula: str, said: str) -> None:
    with pytest.raises(DeriveError, match=said):
        read(formula, let=LET, reading=True)


def test_few_entries_are_written_out() -> None:
    with interning(Table()):
        x = Symbol("x", shape=(N,))
        few = entries(Entry(x, (row_index(),)), Dimension.of(3))
        many = entries(Entry(x, (row_index(),)), Dimension.of(4))
        assert not isinstance(few, Entries)
        assert isinstance(many, Entries)
        assert few.shape == (Dimension.of(3),)
        assert many.shape == (Dimension.of(4),)
