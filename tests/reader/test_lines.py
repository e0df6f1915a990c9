r"""Lines of working: each derivative keeps its author's sign, and in SymPy what is differentiated by t depends on t."""

from __future__ import annotations

import pytest
import sympy

from derive.derivation import Request, Scope
from derive.errors import UnsupportedError
from derive.expr.interning import interning
from derive.expr.nodes import Derivative, Relation
from derive.expr.sympy_bridge import to_sympy
from derive.pipeline import show_reading
from derive.reader import read_expression, read_problem
from derive.writer.latex import latex
from derive.writer.sympy_text import sympy_text
from derive.writer.text import text

LINES = [
    r"\frac{dz}{dt} = \frac{\partial z}{\partial x}\,\frac{dx}{dt} + \frac{\partial z}{\partial y}\,\frac{dy}{dt}",
    r"\frac{\partial L}{\partial w} = \frac{\partial L}{\partial z}\,\frac{\partial z}{\partial w}",
    r"\frac{\partial u}{\partial t} = \alpha\frac{\partial^2 u}{\partial x^2}",
    r"\frac{d}{dt}\left[\frac{\partial L}{\partial\dot{q}}\right] - \frac{\partial L}{\partial q} = 0",
    r"\frac{\partial}{\partial x}[x^2y] = 2xy",
    r"\frac{dy}{dx} = \frac{dy}{du}\,\frac{du}{dx} = 2ux",
]


@pytest.mark.parametrize("line", LINES)
def test_each_derivative_keeps_its_sign(line: str) -> None:
    problem = read_problem(line, Request(reading=True))
    with interning(problem.table):
        printed = latex(problem.formula, problem.notation)
        assert printed == line
        assert read_expression(printed, problem.notation) is problem.formula
        assert text(problem.formula, problem.notation).count("∂") == line.count(r"\partial")


def test_a_scope_decides_what_a_sign_means() -> None:
    problem = read_problem(r"\frac{\partial L}{\partial w} = 2w", Request(reading=True))
    with interning(problem.table):
        assert isinstance(problem.formula, Relation)
        first = problem.formula.operands[0]
        assert isinstance(first, Derivative)
        assert not first.through
        scope = Scope((), (*first.wrt, read_expression("x", problem.notation)))  # type: ignore[arg-type]
        again = read_expression(latex(first, problem.notation), problem.notation, scope)
        assert isinstance(again, Derivative)
        assert again.through


IN_SYMPY = [
    (r"m\frac{d^2x}{dt^2} = -kx", "Eq(m*Derivative(x(t), (t, 2)), -k*x(t))"),
    (r"2x + 2y\frac{dy}{dx} = 0", "Eq(2*x + 2*y(x)*Derivative(y(x), x), 0)"),
    (
        r"\frac{\partial u}{\partial t} = \frac{\partial^2 u}{\partial x^2}",
        "Eq(Derivative(u(t, x), t), Derivative(u(t, x), (x, 2)))",
    ),
    (
        r"\frac{dL}{dw} = \frac{\partial L}{\partial z}\frac{dz}{dw}",
        "Eq(Derivative(L(z(w)), w), Derivative(L(z(w)), z(w))*Derivative(z(w), w))",
    ),
    (r"\frac{d}{dt}(mv) = F", "Eq(Derivative(m(t)*v(t), t), F)"),
    (r"\frac{d}{dx}[x^2y] = 2xy + x^2\frac{dy}{dx}", "Eq(Derivative(x**2*y(x), x), 2*x*y(x)+x**2*Derivative(y(x), x))"),
    (r"\frac{dy}{dx} = 1/\frac{dx}{dy}", "Eq(Derivative(y(x), x), 1/Derivative(x(y), y))"),
]


@pytest.mark.parametrize(("line", "meant"), IN_SYMPY)
def test_what_is_differentiated_is_a_function_everywhere(line: str, meant: str) -> None:
    got = show_reading(line)["sympy"]
    assert sympy.sympify(got) == sympy.sympify(meant)


@pytest.mark.parametrize("line", [line for line, _ in IN_SYMPY])
def test_the_text_and_the_object_of_a_line_are_the_same(line: str) -> None:
    problem = read_problem(line, Request(reading=True))
    with interning(problem.table):
        assert to_sympy(problem.formula) == sympy.sympify(sympy_text(problem.formula, {}))


def test_a_line_may_go_on_from_the_line_above() -> None:
    reading = show_reading(r"= \frac{d}{dx}[x^2] + 1")
    assert reading["latex"] == r"\frac{d}{dx}[x^2] + 1"
    assert show_reading("= 2x = x + x")["latex"] == "2x = x + x"


def test_the_error_that_is_further_on_is_told() -> None:
    with pytest.raises(UnsupportedError, match="omitted terms"):
        show_reading(r"\frac{dy}{dx} = 1 + \ldots + x")


def test_what_is_held_is_not_dropped_from_a_line() -> None:
    with pytest.raises(UnsupportedError):
        show_reading(r"\left(\frac{\partial U}{\partial T}\right)_V = C")
