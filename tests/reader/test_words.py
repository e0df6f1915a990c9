"""Letters that may have been meant as something else are refused or told, never silently multiplied."""

from __future__ import annotations

import pytest

from derive.derivation import Request
from derive.errors import LimitError, ReadError, UnsupportedError
from derive.expr.interning import interning
from derive.pipeline import show_reading
from derive.reader import read_expression, read_problem
from derive.writer.latex import latex

REFUSED = [
    ("x1 + x2", (), "behind a letter", 1),
    ("x_1 + 2x2", (), "behind a letter", 8),
    (r"\sin x2", (), "behind a letter", 6),
    ("theta^2 + 1", (), "theta lacks its backslash", 0),
    (r"\sin(2pi x)", (), "pi lacks its backslash", 6),
    ("x cdot y", (), "cdot lacks its backslash", 2),
    ("frac{1}{2}x", (), "frac lacks its backslash", 0),
    (r"\\frac{1}{x}", (), "frac lacks its backslash", 2),
    (r"\cos alpha x", (), "alpha lacks its backslash", 5),
    ("simplify x^2", (), "a word in a formula", 0),
    (r"\Delta x", (), "a difference", 0),
    (r"\frac{\Delta y}{\Delta x}", (), "a difference", 6),
    ("1.5e-3x", (), "with an exponent", 0),
    (r"\cos\omega(t - t_0)", (), "does the argument end", 4),
    ("B(x, y)", (), "a function or a factor", 0),
    ("x^{2}{+1}", (), "braces do not show", 5),
    (r"\|Ax - b\|^2", (r"A \in \mathbb{R}^{m \times n}, x \in \mathbb{R}^n"), "is b a number", 7),
    (r"\sigma(Wx + b)", (r"W \in \mathbb{R}^{m \times n}, x \in \mathbb{R}^n"), "is b a number", 12),
    (r"x^\top A y", (r"A \in \mathbb{R}^{m \times n}, x \in \mathbb{R}^m"), "is y a number", 9),
    (r"x \text{ plus } y", (), "words in a formula", 2),
    (r"\sqrt 16", (), "the first digit", 6),
    ("x^1/2", (), "ends before the slash", 2),
    ("A^t x", (r"A \in \mathbb{R}^{n \times n}, x \in \mathbb{R}^n"), "a transpose or a power", 2),
    ("f(x) = x^2, y", (), "not used by the other formula", 0),
]


@pytest.mark.parametrize(("text", "let", "message", "start"), REFUSED)
def test_what_may_be_meant_otherwise_is_refused(
    text: str, let: tuple[str, ...] | str, message: str, start: int
) -> None:
    declared = (let,) if isinstance(let, str) else let
    with pytest.raises(ReadError, match=message) as caught:
        read_problem(text, Request(reading=True, let=declared))
    assert caught.value.span is not None
    assert caught.value.span.start == start
    assert caught.value.hint


READ = [
    ("x2x", (), []),
    ("p i r", (), ["imaginary"]),
    (r"\pi r^2", (), []),
    ("2e - 3x", (), []),
    (r"\Delta^2 - 4", (), []),
    (r"\sin x(x + 1)", (), ["argument", "product"]),
    ("theta", ("t, h, e, a \\in \\mathbb{R}",), []),
    ("abcd", (), ["letters"]),
    (r"2\frac12 x", (), ["mixed"]),
    (r"\psi(x)", (), ["function"]),
    (r"\mathbf{x} + z", (), ["expansion", "vector"]),
    (r"Ax + t", (r"A \in \mathbb{R}^{m \times n}, x \in \mathbb{R}^n, t \in \mathbb{R}",), ["expansion"]),
    (r"f(t) = A t", (r"A \in \mathbb{R}^{m \times n}",), []),
    (r"\lambda x", (r"x \in \mathbb{R}^n",), []),
    ("u = 3x, u^2", (), []),
    (r"s^2 = \frac{1}{n}\sum_{k=1}^n (x_k - m)^2", (), ["left"]),
    ("x^2 = y^3", (), []),
    ("x^y = y^x", (), []),
    ("x(y + 1) = 3y", (), ["product"]),
    (r"\sum_{k=1}^n k^2 + k", (), ["outside"]),
    (r"f(x) = x^2, x \in [0, 1]", (), ["assumption"]),
    (r"\min_x x^2 \text{ s.t. } x \ge 1", (), ["constraint"]),
]


@pytest.mark.parametrize(("text", "let", "notes"), READ)
def test_what_can_only_be_meant_so_is_read(text: str, let: tuple[str, ...], notes: list[str]) -> None:
    problem = read_problem(text, Request(reading=True, let=let))
    assert sorted(n.kind for n in problem.notes) == notes


@pytest.mark.parametrize(
    "text", [r"\frac{d\ln y}{d\ln x}", "a^{[l-1]}", r"\theta^{(t+1)} - g", r"f \circ g", r"\mathrm{Var} X"]
)
def test_what_is_no_product_or_power_is_not_supported(text: str) -> None:
    with pytest.raises(UnsupportedError):
        read_problem(text, Request(reading=True))


@pytest.mark.parametrize(
    "text", [r"\frac{d^{101}}{dx^{101}} x^2", r"f^{(101)}(x), f(x) = x^2", r"\frac{dy}{dx²²²²²²²²²²²}, y = ax"]
)
def test_an_order_is_limited(text: str) -> None:
    with pytest.raises(LimitError, match="the limit is 100"):
        read_problem(text, Request(reading=True))


def test_a_function_in_an_old_font_is_printed_as_its_command() -> None:
    assert show_reading(r"{\rm sin}\,3x")["latex"] == r"\sin 3x"
    assert show_reading(r"{\rm ReLU}(x)")["latex"] == r"\operatorname{ReLU}(x)"


@pytest.mark.parametrize(
    "text",
    [r"\log_2^2 x", r"\sum_{i = 1}^{n} (x_i - x_0)^2", r"\sum_{i = 2}^{n - 1} (x_{i + 1} - x_0)^2"],
)
def test_what_is_printed_reads_back(text: str) -> None:
    problem = read_problem(text, Request(reading=True))
    with interning(problem.table):
        printed = latex(problem.formula, problem.notation)
        assert printed == text
        assert read_expression(printed, problem.notation) is problem.formula


def test_a_set_in_a_subscript_is_refused() -> None:
    with pytest.raises(ReadError, match="in a subscript"):
        read_problem("A_{ij∈}x", Request(reading=True))
