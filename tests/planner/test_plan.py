"""Planning: which method works what, which intermediates get names, and what the derivation says."""

from __future__ import annotations

import pytest

from derive import render, solve
from derive.derivation import Derivation, every_step
from derive.errors import DeriveError, MethodError
from derive.expr.interning import interning
from derive.expr.nodes import Derivative
from derive.limits import Limits
from derive.writer.latex import latex


def lines(derivation: Derivation, kind: str) -> list[str]:
    """The lines of the steps of a kind, as LaTeX."""
    notation = derivation.problem.notation
    with interning(derivation.problem.table):
        return [
            f"{latex(line.lhs, notation, step.scope)} = {latex(line.rhs, notation, step.scope)}"
            for step in every_step(derivation.steps)
            if step.kind == kind
            for line in step.lines
        ]


def answer(derivation: Derivation, i: int = 0) -> str:
    one = derivation.answers[i]
    with interning(derivation.problem.table):
        return latex(one.value, derivation.problem.notation, one.scope)


@pytest.mark.parametrize(
    ("formula", "method"),
    [
        ("3x^2", "direct"),
        ("x^3 - 4x^2 + 7", "direct"),
        (r"x^2\sin x", "direct"),
        (r"\frac{\sin x}{x}", "direct"),
        (r"\sin(3x)", "single-variable-chain"),
        (r"\ln(\sin(x^3)^2)", "single-variable-chain"),
        (r"x\sin(x^2)", "total-derivative-chain"),
        (r"(2x - 1)^3(x + 4)^2", "total-derivative-chain"),
    ],
)
def test_the_method_fits_the_formula(formula: str, method: str) -> None:
    assert solve(formula, wrt="x").method == method


@pytest.mark.parametrize(
    ("formula", "names"),
    [
        (r"\sin(x^2)", ["u = x^2", r"y = \sin(u)"]),
        (r"\ln(\sin(x^3)^2)", ["u_1 = x^3", r"u_2 = \sin(u_1)", "u_3 = u_2^2", r"y = \ln(u_3)"]),
        (r"\sqrt{wx + b}", ["u = wx + b", r"y = \sqrt{u}"]),
        (r"u\sin(x^2)", ["v = x^2", r"y = u\sin(v)"]),
        (r"\sin(x^2) + \cos(x^2)", ["u = x^2", r"y = \sin(u) + \cos(u)"]),
    ],
)
def test_natural_names(formula: str, names: list[str]) -> None:
    assert lines(solve(formula, wrt="x"), "define") == names


def test_one_operation_each() -> None:
    derivation = solve(r"\sin(x + x^2)", wrt="x", grain="operator")
    assert lines(derivation, "define") == ["u_1 = x^2", "u_2 = x + u_1", r"y = \sin(u_2)"]


def test_letters_of_the_user() -> None:
    derivation = solve(r"\ln(\sin(x^3))", wrt="x", names=("p", "q"))
    assert lines(derivation, "define") == ["p = x^3", r"q = \sin(p)", r"y = \ln(q)"]


def test_definitions_of_the_author_keep_their_names_and_order() -> None:
    derivation = solve(r"y = \sin v, \quad v = e^s, \quad s = x^2 + 1", wrt="x")
    assert lines(derivation, "define") == ["s = x^2 + 1", "v = e^s", r"y = \sin v"]
    derivation = solve("y = a^2 + b", wrt="x", let=[r"a = \sin(x)", "b = x^3"])
    assert lines(derivation, "define") == [r"a = \sin(x)", "b = x^3", "y = a^2 + b"]


def test_a_part_of_the_formula_gets_a_name() -> None:
    derivation = solve("y = (wx + b)^3", wrt="w", define=["z = wx + b"])
    assert lines(derivation, "define") == ["z = wx + b", "y = z^3"]


def test_factors_forward() -> None:
    first = lines(solve(r"\sin(x^2)", wrt="x", factors="forward"), "combine")[0]
    assert first == r"\frac{dy}{dx} = \frac{du}{dx}\,\frac{dy}{du}"


class TestPaper:
    """What Parr & Howard write, with its intermediates and key lines in order."""

    def test_chain(self) -> None:
        derivation = solve(r"\ln(\sin(x^3)^2)", wrt="x", notation="paper")
        names = ["u_1 = x^3", r"u_2 = \sin(u_1)", "u_3 = u_2^2", r"u_4 = \ln(u_3)", "y = u_4"]
        assert lines(derivation, "define") == names
        partials = ["3x^2", r"\cos(u_1)", "2u_2", r"\frac{1}{u_3}"]
        assert [line.split(" = ")[1] for line in lines(derivation, "differentiate")] == partials
        assert lines(derivation, "combine")[-1].endswith(r"\frac{6u_2x^2\cos(u_1)}{u_3}")
        layers = [line.split(" = ")[1] for line in lines(derivation, "substitute")]
        assert layers[:3] == [
            r"\frac{6\sin(u_1)x^2\cos(x^3)}{u_2^2}",
            r"\frac{6\sin(x^3)x^2\cos(x^3)}{\sin(u_1)^2}",
            r"\frac{6\sin(x^3)x^2\cos(x^3)}{\sin(x^3)^2}",
        ]
        assert answer(derivation) == r"\frac{6x^2\cos(x^3)}{\sin(x^3)}"

    @pytest.mark.parametrize(
        ("formula", "names", "result"),
        [
            ("x + x^2", ["u_1 = x^2", "u_2 = x + u_1", "y = u_2"], "1 + 2x"),
            (r"\sin(x + x^2)", ["u_1 = x^2", "u_2 = x + u_1", r"u_3 = \sin(u_2)", "y = u_3"], r"\cos(x + x^2)(1 + 2x)"),
            (r"x \times x^2", ["u_1 = x^2", r"u_2 = x \times u_1", "y = u_2"], "3x^2"),
        ],
    )
    def test_total(self, formula: str, names: list[str], result: str) -> None:
        derivation = solve(formula, wrt="x", notation="paper")
        assert derivation.method == "total-derivative-chain"
        assert lines(derivation, "define") == names
        assert answer(derivation) == result


def test_a_total_derivative_differs_from_a_partial() -> None:
    derivation = solve(r"\sin(x + x^2)", wrt="x", grain="operator")
    assert r"\frac{\partial u_2}{\partial x} = 1" in lines(derivation, "differentiate")
    assert any(line.startswith(r"\frac{du_2}{dx} = ") for line in lines(derivation, "combine"))


@pytest.mark.parametrize(
    ("formula", "words"),
    [(r"7x^5 - \sqrt{x}", "power rule, root"), (r"\sqrt{x} - 7x^5", "root, power rule"), (r"3\sin(x)", "sine")],
)
def test_rules_are_named_in_the_order_of_the_terms(formula: str, words: str) -> None:
    assert f"({words})" in render(solve(formula, wrt="x"), "text")


def test_several_variables_name_what_is_held() -> None:
    derivation = solve(r"f(x, y) = x^2 \sin y + e^{xy}", task="gradient")
    assert r"\left(\frac{\partial f}{\partial x}\right)_{y, u} = 2x\sin y" in lines(derivation, "differentiate")


@pytest.mark.parametrize(
    ("formula", "order", "result"),
    [("x^5", 3, "60x^2"), (r"\sin(2x)", 2, r"-4\sin(2x)"), ("e^{x^2}", 2, r"2e^{x^2}(1 + 2x^2)"), ("x^2", 3, "0")],
)
def test_orders(formula: str, order: int, result: str) -> None:
    derivation = solve(formula, wrt="x", order=order)
    assert answer(derivation) == result
    head = derivation.answers[0].lhs
    assert isinstance(head, Derivative)
    assert len(head.wrt) == order


@pytest.mark.parametrize(("layout", "shape"), [("numerator", (1, 2)), ("denominator", (2,))])
def test_layout_of_a_gradient(layout: str, shape: tuple[int, ...]) -> None:
    value = solve("f(x, y) = x^2y", task="gradient", layout=layout).answers[0].value
    assert tuple(d.constant for d in value.shape) == shape


def test_values_at_a_point_are_exact() -> None:
    assert answer(solve(r"\frac{\sqrt{t}}{1 + t}", wrt="t", at="t = 4")) == r"-\frac{3}{100}"


def test_too_long_an_answer_stays_in_terms_of_the_intermediates() -> None:
    chain = ["u_0 = x", *(f"u_{{{k + 1}}} = u_{{{k}}} + u_{{{k}}}^2" for k in range(30))]
    derivation = solve("y = u_{30}", wrt="x", let=chain)
    assert derivation.checked
    assert not derivation.answers[0].closed
    short = solve("y = u_{2}", wrt="x", let=chain[:3], limits=Limits(answer_characters=20))
    assert not short.answers[0].closed
    assert solve("y = u_{2}", wrt="x", let=chain[:3]).answers[0].closed


@pytest.mark.parametrize(
    ("formula", "method"),
    [(r"\sin(x^2)", "direct"), (r"x\sin(x^2)", "single-variable-chain"), ("x", "no-such-method")],
)
def test_a_method_that_does_not_apply_says_so(formula: str, method: str) -> None:
    with pytest.raises(MethodError) as error:
        solve(formula, wrt="x", method=method)
    assert error.value.hint


@pytest.mark.parametrize("method", ["single-variable-chain", "total-derivative-chain"])
def test_a_method_can_be_chosen(method: str) -> None:
    assert solve(r"\sin(x^2)", wrt="x", method=method).method == method


@pytest.mark.parametrize(
    ("formula", "conditions"),
    [
        (r"\frac{1}{x + 1}", [r"x \ne -1"]),
        (r"\ln x", ["x > 0"]),
        (r"\ln(\ln x)", ["x > 1"]),
        (r"\frac{1}{x^2 + 1}", []),
        (r"\sqrt{1 - 3x}", [r"x < \frac{1}{3}"]),
        (r"\lvert x - 3 \rvert", [r"x \ne 3"]),
        (r"\ln(\sin(x^3)^2)", [r"\sin(x^3) \ne 0"]),
        (r"\sqrt{x + \sqrt{x}}", ["x > 0"]),
        ("x^x", ["x > 0"]),
    ],
)
def test_answers_say_where_they_hold(formula: str, conditions: list[str]) -> None:
    derivation = solve(formula, wrt="x")
    with interning(derivation.problem.table):
        found = [latex(c, derivation.problem.notation) for c in derivation.answers[0].conditions]
    assert found == conditions


def test_simplify_none_leaves_the_raw_line() -> None:
    assert answer(solve(r"\sin(x^2)", wrt="x", simplify="none")) == r"\cos(x^2) \cdot 2x"


def test_simplify_full_goes_through_sympy() -> None:
    derivation = solve(r"\sin(x)^2 + \cos(x)^2 + x", wrt="x", simplify="full")
    assert derivation.checked
    assert answer(derivation) == "1"


def test_matrices_of_functions_are_refused() -> None:
    with pytest.raises(DeriveError):
        solve(r"\begin{bmatrix} x & x^2 \\ 1 & x \end{bmatrix}", wrt="x")
