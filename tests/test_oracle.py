import pytest

from derive.derivation import Request
from derive.expr.interning import interning
from derive.expr.nodes import Call, Expr, Indicator, Integer, Matrix, Power, Product, Relation, Sum, Symbol
from derive.oracle import compare
from derive.reader import read_problem


def asked(latex, answer, **request):
    """Compare a problem with an answer that is built when its table is in use."""
    problem = read_problem(latex, Request(**request))
    with interning(problem.table):
        answers = answer()
        return compare(problem, [answers] if isinstance(answers, Expr) else answers)


def times(*factors):
    return Product(factors, ("",) * (len(factors) - 1))


def power(base, n):
    return Power(base, Integer(n))


def x():
    return Symbol("x")


def y():
    return Symbol("y")


def cosine_of_square():
    return times(Integer(2), x(), Call("cos", (power(x(), 2),)))


@pytest.mark.parametrize(
    ("latex", "answer", "options"),
    [
        (r"y = \sin(x^2)", cosine_of_square, {}),
        (r"f(x) = \sin x^2", cosine_of_square, {}),
        (r"\frac{d}{dx}(\frac12 x^4)", lambda: times(Integer(2), power(x(), 3)), {}),
        (r"x_1 \log(x)", lambda: times(Symbol("x", (), "1"), power_minus_one()), {"wrt": ("x",)}),
        (r"x^2 y", lambda: [times(Integer(2), x(), y()), power(x(), 2)], {"wrt": ("x", "y")}),
        (r"x^2 y^2", lambda: times(Integer(4), x(), y()), {"wrt": ("x y",)}),
        (
            r"x^2 y",
            lambda: Matrix(((times(Integer(2), x(), y()), power(x(), 2)),)),
            {"wrt": ("x", "y"), "task": "gradient"},
        ),
        (r"\max(0, x)", lambda: Indicator(Relation((x(), Integer(0)), (">",))), {}),
        (r"x^2", lambda: Integer(6), {"at": ("x = 3",)}),
    ],
)
def test_a_right_answer_is_agreed_to(latex, answer, options):
    out = asked(latex, answer, **options)
    assert (out["reads_same"], out["sympy_agrees"], out["why"]) == (True, True, "")


def power_minus_one():
    return Power(x(), Sum((Integer(1),), (-1,)))


def test_a_wrong_answer_is_seen_and_both_versions_are_told():
    out = asked(r"y = \sin(x^2)", lambda: times(Integer(2), x(), Call("sin", (power(x(), 2),))))
    assert (out["reads_same"], out["sympy_agrees"]) == (True, False)
    assert out["sympy"] == "2*x*cos(x**2)"
    assert "2*x*cos(x**2)" in str(out["why"])


def test_another_reading_is_seen():
    problem = read_problem("x^2 + x", Request())
    with interning(problem.table):
        other = type(problem)("x^3 + x", problem.formula, problem.task, notation=problem.notation, table=problem.table)
        out = compare(other, [Sum((times(Integer(2), x()), Integer(1)), (1, 1))])
    assert (out["reads_same"], out["sympy_agrees"]) == (False, True)
    assert "x**3" in str(out["why"])


@pytest.mark.parametrize(
    ("latex", "options"),
    [
        (r"y = \sin u, \quad u = x^2", {}),
        (r"\hat{x} x_{\max}", {"wrt": (r"\hat{x}",)}),
        (r"x + " * 200 + "x", {}),
        (r"\sin(" * 15 + "x" + ")" * 15, {}),
    ],
)
@pytest.mark.timeout(30)
def test_without_a_verdict_the_reason_is_told(latex, options):
    out = asked(latex, lambda: Integer(1), **options)
    assert out["reads_same"] is None
    assert out["why"]


def test_its_own_failures_are_not_ours():
    out = asked(r"\lfloor x \rfloor", lambda: Integer(0))
    assert out["sympy_agrees"] is None
    assert "open" in str(out["why"])
