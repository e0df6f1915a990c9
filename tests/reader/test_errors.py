"""Where an error points, in columns counted from 1."""

from __future__ import annotations

import pytest

from derive.derivation import Request
from derive.errors import DeriveError
from derive.reader import read_problem

COLUMNS = [
    (r"\frac{x}{", 9, "closed"),
    (r"\frac{x}", 9, "denominator"),
    (r"\frac{}{x}", 6, "empty"),
    ("x+1)", 4, "without an opener"),
    ("((x+1)(x-1", 7, "closed"),
    (r"\left(x+1", 1, "closed"),
    (r"\left(x+1\right", 16, "delimiter"),
    (r"\left(x+1\right]", 10, "cannot close"),
    ("(x+[y)+1]", 6, "cannot close"),
    ("x^", 3, "missing"),
    ("x^^2", 3, "superscript"),
    ("x^2^3", 4, "second superscript"),
    ("x_1_2", 4, "second subscript"),
    ("x^''", 2, "prime"),
    ("2^-1", 3, "braces"),
    ("x**2", 2, r"\^"),
    ("x+*y", 3, "missing"),
    ("x---y", 4, "missing"),
    ("1.2.3", 4, "decimal point"),
    ("1,000x", 2, "comma"),
    (r"x+\sine x", 3, r"\\sine"),
    (r"\sin^2", 7, "argument"),
    (r"\ln()x", 5, "missing"),
    ("||x|", 1, "not closed"),
    ("f(x,,y)", 5, "empty argument"),
    ("x & y", 3, "missing"),
    ("x$y", 2, r"\$"),
    (r"x + \ ".strip(), 5, "backslash"),
    (r"\begin{pmatrix} x & y \\ z \end{pmatrix}", 26, "row"),
    (r"\begin{bmatrix} 1 & 2", 1, "closed"),
    (r"\frac{d^2}{dx^3} x^2", 15, "orders"),
    (r"\frac{d}{d2} x", 11, "number"),
    (r"\left.\frac{df}{dx}\right|_{x=}", 31, "missing"),
    ("x = y =", 7, "right of ="),
    ("= x^2", 1, "left of ="),
    ("x < 2", 3, "condition"),
    ("a + {x + 1}^2", 5, "braces"),
    ("1e5x", 1, "exponent"),
    ("sinx", 1, "backslash"),
    ("x\0", 2, r"U\+0000"),
    ("\u0445^2", 1, "cyrillic"),
    ("x^{(2)}", 3, "brackets"),
]


@pytest.mark.parametrize(("text", "column", "words"), COLUMNS, ids=[repr(t) for t, *_ in COLUMNS])
def test_an_error_points_at_the_fault(text: str, column: int, words: str) -> None:
    with pytest.raises(DeriveError) as caught:
        read_problem(text, Request(wrt=("x",)))
    error = caught.value
    said = f"{error.message} {error.hint}"
    assert (error.column, error.source) == (column, text), error.report()
    assert any(word in said for word in (words.replace("\\", ""), words)), said


def test_an_unknown_command_comes_with_a_guess() -> None:
    with pytest.raises(DeriveError) as caught:
        read_problem(r"\fraq{x}{2}")
    assert caught.value.hint == r"did you mean \frac?"


def test_an_error_in_an_option_shows_the_option() -> None:
    with pytest.raises(DeriveError) as caught:
        read_problem("x", Request(let=("u = (x",)))
    assert caught.value.source == "u = (x"
