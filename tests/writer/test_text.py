import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.derivation import Definition, Notation, Scope
from derive.expr.interning import Table, interning
from derive.expr.nodes import (
    Apply,
    At,
    Call,
    Cases,
    Constant,
    Decimal,
    Derivative,
    Indicator,
    Integer,
    Matrix,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    Sum,
    Symbol,
    Transpose,
)
from derive.writer.text import text
from tests import strategies

X, Y = Symbol("x"), Symbol("y")
U1, U2 = Symbol("u", (), "1"), Symbol("u", (), "2")
ONE, TWO = Integer(1), Integer(2)
SQUARE = Power(X, TWO)
SCOPE = Scope((Definition(U1, SQUARE), Definition(U2, Sum((X, U1), (1, 1)))), (X,))


def times(*factors, dot=""):
    return Product(factors, (dot,) * (len(factors) - 1))


def minus(e):
    return Sum((e,), (-1,))


@pytest.mark.parametrize(
    ("e", "expected"),
    [
        (times(Integer(3), SQUARE), "3x²"),
        (times(TWO, X, Call("cos", (SQUARE,), ""), dot=r"\cdot"), "2 · x · cos(x²)"),
        (times(TWO, Call("sin", (X,))), "2 sin(x)"),
        (times(X, Y), "xy"),
        (times(Symbol("rate"), X), "rate x"),
        (times(TWO, Integer(3), dot=r"\times"), "2 × 3"),
        (times(Sum((X, ONE), (1, -1)), X), "(x - 1)x"),
        (Sum((X, Sum((Y, ONE), (1, 1))), (1, -1)), "x - (y + 1)"),
        (minus(times(TWO, X)), "-2x"),
        (Quotient(ONE, times(TWO, X)), "1/(2x)"),
        (Quotient(Quotient(ONE, TWO), X), "(1/2)/x"),
        (times(Quotient(ONE, TWO), X), "(1/2) x"),
        (Power(minus(X), TWO), "(-x)²"),
        (Power(SQUARE, TWO), "(x²)²"),
        (Power(X, minus(ONE)), "x⁻¹"),
        (Power(X, Quotient(ONE, TWO)), "x^(1/2)"),
        (Power(X, Sum((Symbol("n"), ONE), (1, -1))), "x^(n - 1)"),
        (Power(Call("sin", (X,), ""), TWO, "name"), "sin²(x)"),
        (Call("exp", (minus(X),), "^"), "e⁻ˣ"),
        (Call("exp", (SQUARE,), "^"), "e^(x²)"),
        (Root(X), "√x"),
        (Root(Sum((ONE, X), (1, 1))), "√(1 + x)"),
        (Root(X, Integer(3)), "∛x"),
        (Root(X, Integer(5)), "⁵√x"),
        (Power(Root(X), TWO), "(√x)²"),
        (Call("abs", (X,), "|"), "|x|"),
        (Call("floor", (X,), r"\lfloor"), "⌊x⌋"),
        (Call("factorial", (Sum((X, ONE), (1, 1)),), "!"), "(x + 1)!"),
        (Call("log", (X, TWO)), "log₂(x)"),
        (Call("sigmoid", (X,)), "σ(x)"),
        (Call("arcsin", (X,)), "sin⁻¹(x)"),
        (Call("max", (X, Integer(0))), "max(x, 0)"),
        (Apply(Symbol("f", kind="function"), (X,), 2), "f′′(x)"),
        (Constant("pi"), "π"),
        (Decimal("0.50"), "0.50"),
        (Symbol("theta", ("hat",), "1"), "θ\u0302₁"),
        (Symbol("x", (), r"\max", "'"), "x_max′"),
        (Cases((X, minus(X)), (Relation((X, ONE), (">=",)), None)), "{x if x ≥ 1; -x otherwise}"),
        (Indicator(Relation((ONE, X, TWO), ("<", "!="))), "1{1 < x ≠ 2}"),
        (Matrix(((X, ONE), (Y, TWO))), "[x, 1; y, 2]"),
        (Transpose(Matrix(((X,), (Y,)))), "[x; y]ᵀ"),
        (Derivative(U2, (X,)), "du₂/dx"),
        (Derivative(U2, (U1,), False), "∂u₂/∂u₁"),
        (times(Derivative(U2, (U1,), False), Derivative(U1, (X,)), dot=r"\cdot"), "∂u₂/∂u₁ · du₁/dx"),
        (Power(Derivative(U1, (X,)), TWO), "(du₁/dx)²"),
        (Derivative(U1, (X, X)), "d²u₁/dx²"),
        (Derivative(SQUARE, (X,)), "d/dx[x²]"),
        (At(Derivative(U1, (X,)), (X,), (TWO,)), "du₁/dx|(x = 2)"),
    ],
)
def test_a_formula_fits_on_a_line(e, expected):
    assert text(e, Notation(spellings={"arcsin": r"\sin^{-1}"}), SCOPE) == expected


def test_with_several_variables_what_is_held_is_named():
    scope = Scope(SCOPE.definitions, (X, Y))
    assert text(Derivative(U2, (X,), False), Notation(), scope) == "(∂u₂/∂x)_(u₁)"
    product = Scope((Definition(U1, times(X, Y)),), (X, Y))
    assert text(Derivative(U1, (X, Y)), Notation(), product) == "∂²u₁/∂y∂x"


@settings(max_examples=40)
@given(st.data())
def test_every_kind_has_a_text_without_latex(data):
    with interning(Table()):
        out = text(data.draw(strategies.expressions()), strategies.notation())
        assert "\\" not in out
        assert "\n" not in out
        assert out.count("(") == out.count(")")


def test_depth_costs_no_recursion():
    e = X
    for _ in range(3_000):
        e = Call("sin", (e,))
    assert text(e, Notation()).count("sin") == 3_000
