"""The library: solve, read, render; the same input gives the same bytes; the answer's views are one expression."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sympy
from hypothesis import HealthCheck, assume, settings
from hypothesis import given as drawn
from hypothesis import strategies as st

import derive
from derive.derivation import Derivation, Problem, Scope, every_step
from derive.errors import CheckError, DeriveError, LimitError, ReadError, TaskError, UnsupportedError
from derive.expr.interning import interning
from derive.expr.nodes import Symbol
from derive.expr.numeric import value
from derive.limits import Limits
from derive.pipeline import FORMATS
from derive.reader import read_expression
from derive.writer.record import record
from tests.expr.formulas import POINTS, close, settled_value

ROOT = Path(__file__).parent.parent

# The functions of the library -----------------------------------------------------------------------------------------


def test_solve_gives_a_checked_derivation():
    solution = derive.solve(r"y = \sin(x^2)", wrt="x")
    assert isinstance(solution, Derivation)
    assert solution.checked
    assert all(line.evidence.points >= 8 for step in every_step(solution.steps) for line in step.lines)


def test_read_gives_a_problem_that_is_a_sympy_equation():
    problem = derive.read("y = a x^2", wrt="x", let=r"a \in \mathbb{R}")
    assert isinstance(problem, Problem)
    a, x, y = sympy.symbols("a x y")
    assert problem.sympy == sympy.Eq(y, a * x**2)


@pytest.mark.parametrize("form", FORMATS)
def test_render_gives_every_format(form):
    solution = derive.solve(r"\ln(\sin(x^2))")
    assert derive.render(solution, form).endswith("\n")


def test_a_solution_shows_itself_in_notebooks():
    solution = derive.solve("x^2")
    assert solution._repr_markdown_() == derive.render(solution, "markdown")
    assert "$" in solution._repr_markdown_()


def test_templates_of_the_user_come_first(tmp_path):
    (tmp_path / "markdown").mkdir()
    (tmp_path / "markdown" / "solution.md.j2").write_text("<< view.answers[0].rows[0].rhs >>")
    assert derive.render(derive.solve("x^2"), templates=[tmp_path]) == "2x\n"


@pytest.mark.parametrize("one", ["x", ["x"], ("x",), sympy.Symbol("x")])
def test_one_variable_may_be_given_in_any_way(one):
    solution = derive.solve(sympy.Symbol("x") ** 2, wrt=one)
    assert json.loads(derive.render(solution, "json"))["answer"]["latex"] == "2x"


@pytest.mark.parametrize(
    ("source", "asked", "error"),
    [
        ("x +", {}, ReadError),
        ("x y", {}, TaskError),
        ("x", {"limits": Limits(characters=0)}, LimitError),
        (3, {}, UnsupportedError),
        (None, {}, UnsupportedError),
        (r"\sin x", {"names": ("1",)}, TaskError),
    ],
)
def test_what_is_wrong_is_an_error_of_ours(source, asked, error):
    with pytest.raises(error):
        derive.solve(source, **asked)


# SymPy expressions as problems ----------------------------------------------------------------------------------------

x, y, theta, x_1 = sympy.symbols("x y theta x_1")
f = sympy.Function("f")


@pytest.mark.parametrize(
    ("expression", "asked", "answer"),
    [
        (sympy.sin(x**2), {}, 2 * x * sympy.cos(x**2)),
        (sympy.Eq(y, x**3), {}, 3 * x**2),
        (sympy.Eq(f(x), sympy.log(x)), {}, 1 / x),
        (sympy.Derivative(x**2 * y, x, y), {}, 2 * x),
        (sympy.exp(theta * x_1), {"wrt": "theta"}, x_1 * sympy.exp(theta * x_1)),
        (theta * x_1, {"wrt": "theta x_1"}, sympy.Integer(1)),
        (theta**2 * x, {"wrt": r"\theta"}, 2 * theta * x),
        (sympy.Piecewise((x**2, x > 0), (-x, True)), {"at": "x = 3"}, sympy.Integer(6)),
        (sympy.Symbol(r"\hat{y}") ** 2, {}, 2 * sympy.Symbol("y_hat")),
    ],
)
def test_a_sympy_expression_is_a_problem(expression, asked, answer):
    solution = derive.solve(expression, **asked)
    found = sympy.sympify(json.loads(derive.render(solution, "json"))["answer"]["sympy"])
    assert sympy.simplify(found - answer) == 0
    assert "order lost" in {note.kind for note in solution.notes}


def test_functions_of_a_sympy_expression_are_declared():
    text = derive.render(derive.solve(x * f(x**2), wrt=x), detail="answer")
    assert "f(x^2) + 2x^2f'(x^2)" in text


@pytest.mark.parametrize(
    "expression",
    [
        sympy.Integral(x, x),
        sympy.Sum(x**2, (x, 1, 3)),
        sympy.I * x,
        sympy.MatrixSymbol("A", 2, 2),
        sympy.Function("g")(x, y),
        sympy.FiniteSet(1),
        sympy.Symbol("a b") * x,
        sympy.Symbol("x}") * x,
        sympy.Symbol("x1") * x_1,
        sympy.Symbol("x", positive=True) * x,
        x + sympy.Derivative(x**2, x),
    ],
)
def test_what_has_no_counterpart_is_unsupported(expression):
    with pytest.raises(UnsupportedError):
        derive.solve(expression, wrt="x")


# The second reader ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("latex", "asked", "answer"),
    [
        (r"y = \sin(x^2)", {}, 2 * x * sympy.cos(x**2)),
        (r"\frac{d}{dx} \frac{x}{2}", {}, sympy.Rational(1, 2)),
        (r"\theta_1 x", {"wrt": r"\theta_1"}, x),
        (r"\hat{x} x^2", {"wrt": r"\hat{x}"}, x**2),
        (r"\mathit{rate}^2 x", {"wrt": "x"}, sympy.Symbol("rate") ** 2),
    ],
)
def test_the_second_reader_reads(latex, asked, answer):
    solution = derive.solve(latex, reader="latex2sympy2", **asked)
    record_ = json.loads(derive.render(solution, "json"))
    assert sympy.simplify(sympy.sympify(record_["answer"]["sympy"]) - answer) == 0
    assert record_["problem"]["latex"] == latex
    assert "order lost" in {note.kind for note in solution.notes}


@pytest.mark.parametrize(
    "latex", ["f'(x)", r"\mathbf{x} x", "A^T x", "x = y = 2", "y = u, u = x^2", r"\int x dx", "x < 1"]
)
def test_what_the_second_reader_would_change_is_unsupported(latex):
    with pytest.raises(UnsupportedError):
        derive.solve(latex, wrt="x", reader="latex2sympy2")


# Same input, same bytes -----------------------------------------------------------------------------------------------

SCRIPT = r"""
import derive
more = {"oracle": True, "verify": "symbolic"}
for latex, asked in (
    (r"y = \ln(\sin(x^3)^2)", more),
    (r"\frac{a b c}{1 + x y z} \max(x, y, z)", {"wrt": ["z", "x", "y"]}),
    (r"x^2 y^3 z", {"wrt": ["z", "x"], "task": "hessian"}),
):
    solution = derive.solve(latex, **asked)
    for form in ("markdown", "tex", "text", "json", "python"):
        print(derive.render(solution, form))
"""


def test_the_same_input_gives_the_same_bytes():
    outputs = set()
    for seed, locale, zone in (("0", "C", "UTC"), ("1", "de_DE.UTF-8", "Asia/Tokyo")):
        environment = os.environ | {"PYTHONHASHSEED": seed, "LC_ALL": locale, "TZ": zone, "PYTHONPATH": str(ROOT)}
        environment["PYTHONIOENCODING"] = "utf-8"
        done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        outputs.add(done.stdout)
    assert len(outputs) == 1
    assert b"def derivative(" in outputs.pop()


def test_one_problem_leaves_nothing_behind_for_the_next():
    alone = derive.render(derive.solve(r"\sin(x^2)"), "json")
    derive.solve(r"\cos(u) u_1", wrt="u", let=r"x = t^2")
    assert derive.render(derive.solve(r"\sin(x^2)"), "json") == alone


# Four views of one expression -----------------------------------------------------------------------------------------


def run(source, **named):
    """Return what the last function of a generated module returns."""
    space: dict[str, object] = {}
    exec(compile(source, "<generated>", "exec"), space)
    last = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)][-1]
    with np.errstate(all="ignore"):
        return space[last.name](**named)


def assert_views_agree(solution, point):
    """Compare the answer with its LaTeX, its SymPy form and the Python derivative at one point."""
    named = dict(zip("xy", point, strict=True))
    with interning(solution.problem.table):
        answer = solution.answers[0].value
        here = {Symbol(name): v for name, v in named.items()}
        wanted = value(answer, here)
        data = record(solution)
        back = read_expression(data["answer"]["latex"], solution.problem.notation, Scope())
        assert close(value(back, here), wanted)
    at = {sympy.Symbol(name): sympy.Float(v, 30) for name, v in named.items()}
    by_sympy = complex(sympy.N(sympy.sympify(data["answer"]["sympy"]).subs(at), 30))
    assert abs(by_sympy.imag) < 1e-12
    assert close(by_sympy.real, wanted)
    known = {s["name"] for s in data["problem"]["symbols"]}
    given = {name: v for name, v in named.items() if name in known}
    assert close(float(run(data["python"]["derivative"], **given)), wanted)
    return data["python"]["function"], given, wanted


PROBLEMS = [
    r"x^3 - 2xy + \frac{1}{x}",
    r"-\frac{x + 1}{-x^2 - y^2}",
    r"(-x)^3 \cdot (-2)^2",
    r"2^{-x} + x^{-2}",
    r"e^{-x^2/2} \cos(3x)",
    r"\sin^2 2x \cos x",
    r"\ln\left(\frac{1 + x^2}{2 + y^2}\right)",
    r"\sqrt{1 + \sqrt{1 + x^2}}",
    r"\sqrt[3]{x^2 + 1} \, (x - y)^{2}",
    r"|x - 1| \max(0, x)^2",
    r"\frac{\frac{x}{y}}{\frac{y}{1 + x^2}}",
    r"(x^2 + 1)^{xy}",
    r"\tanh(x)\sigma(x) - \arctan\frac{x}{2}",
    r"x/2y - 3 \cdot 4x^2",
]


@pytest.mark.parametrize("formula", PROBLEMS)
@pytest.mark.parametrize("point", [(0.3, 1.7), (1.2, -3.4)])
def test_the_views_of_an_answer_agree(formula, point):
    solution = derive.solve(formula, wrt="x")
    function, given, wanted = assert_views_agree(solution, point)
    step = 1e-6
    right, left = (float(run(function, **(given | {"x": point[0] + d}))) for d in (step, -step))
    assert (right - left) / (2 * step) == pytest.approx(wanted, rel=1e-6, abs=1e-6)


def texts() -> st.SearchStrategy[str]:
    """Formulas as people type them."""
    leaves = st.sampled_from(("x", "y", "2x", "x^2", "3", r"\pi", "(x + 1)", "x^{-1}", r"\frac{x}{2}", "0.5"))
    one = st.sampled_from(
        (r"\sin({})", r"\ln({})", "e^{{{}}}", r"\sqrt{{{}}}", "({})^2", r"\frac{{1}}{{{}}}", "-({})",
         r"\lvert {} \rvert", r"\arctan({})", r"\tanh({})", r"\max(0, {})", "2({})", r"({})^{{-2}}")
    )  # fmt: skip
    two = st.sampled_from(("{} + {}", "{} - ({})", r"({})({})", r"{} \cdot ({})", r"\frac{{{}}}{{{}}}", "({})/({})"))
    return st.recursive(
        leaves,
        lambda parts: st.builds(str.format, one, parts) | st.builds(str.format, two, parts, parts),
        max_leaves=4,
    )


@settings(max_examples=60, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@drawn(texts(), st.sampled_from(POINTS))
def test_the_views_of_any_answer_agree(formula, point):
    try:
        solution = derive.solve(formula, wrt="x")
    except CheckError as error:
        assume("could not be checked" not in error.message)  # no real value anywhere
        raise
    except DeriveError:
        assume(False)  # 1/0 and its kin
    with interning(solution.problem.table):
        settled_value(solution.answers[0].value, *point)
    assert_views_agree(solution, point)
