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
    Entry,
    Filled,
    Indicator,
    Integer,
    MatMul,
    Matrix,
    Operation,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    Sum,
    SumOver,
    Symbol,
    Transpose,
)
from derive.expr.operations import OPERATIONS
from derive.expr.shapes import shape
from derive.writer.text import text
from tests import strategies

X, Y = Symbol("x"), Symbol("y")
U1, U2 = Symbol("u", (), "1"), Symbol("u", (), "2")
ONE, TWO = Integer(1), Integer(2)
SQUARE = Power(X, TWO)
N, P, K, J = Symbol("n", kind="dimension"), Symbol("p"), Symbol("i", kind="index"), Symbol("j", kind="index")
V, W, B = (Symbol(name, shape=shape("n")) for name in "xwb")
A, S = Symbol("A", shape=shape("n", "n")), Symbol("Sigma", shape=shape("n", "n"))
ROW, IDENTITY = Transpose(V), Filled("identity", shape("n", "n"))
POINTS = Symbol("x", (), "", "", "family", shape("N", "n"))
A1 = Symbol("A", (), "1", shape=shape("n", "n"))
SCOPE = Scope((Definition(U1, SQUARE), Definition(U2, Sum((X, U1), (1, 1)))), (X,))


def times(*factors, dot=""):
    return Product(factors, (dot,) * (len(factors) - 1))


def minus(e):
    return Sum((e,), (-1,))


def mul(*factors, dot=""):
    return MatMul(factors, (dot,) * (len(factors) - 1))


def op(name, *operands, style=""):
    return Operation(name, operands, style)


def over(body, style="full", operator="sum", lower=ONE, upper=N):
    return SumOver(operator, K, lower, upper, body, style)


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


OPERATION_TEXTS = {
    "inner": [(op("inner", W, V), "w · x"), (op("inner", V, B, style=r"\langle"), "⟨x, b⟩"),
              (Sum((op("inner", W, V), X), (1, 1)), "w · x + x"), (times(TWO, op("inner", W, V)), "2(w · x)")],
    "cross": [(op("cross", *(Symbol(a, shape=shape(3)) for a in "ab")), "a × b")],
    "hadamard": [(op("hadamard", V, W), "x ⊙ w"), (op("hadamard", V, W, style=r"\circ"), "x ∘ w"),
                 (op("hadamard", V, W, style=r"\otimes"), "x ⊗ w"), (op("hadamard", mul(A, V), W), "(A x) ⊙ w"),
                 (op("hadamard", op("hadamard", V, W), B), "x ⊙ w ⊙ b"),
                 (op("hadamard", V, op("hadamard", W, B)), "x ⊙ (w ⊙ b)"),
                 (op("hadamard", Sum((V, W), (1, -1)), B), "(x - w) ⊙ b")],
    "divide": [(op("divide", V, W), "x ⊘ w"), (op("divide", op("divide", V, W), B), "(x ⊘ w) ⊘ b")],
    "generic": [(op("generic", V, W), "x ◯ w")],
    "kronecker": [(op("kronecker", A, S), "A ⊗ Σ")],
    "power": [(op("power", V, TWO), "x^(⊙2)"), (op("power", V, Sum((P, ONE), (1, 1)), style=r"\circ"), "x^(∘(p + 1))")],
    "trace": [(op("trace", mul(A, S)), "tr(A Σ)")],
    "det": [(op("det", A), "det(A)"), (op("det", A, style="|"), "|A|")],
    "diag": [(op("diag", V), "diag(x)")],
    "vec": [(op("vec", A), "vec(A)")],
    "sum": [(op("sum", V), "sum(x)")],
    "mean": [(op("mean", V), "mean(x)")],
    "softmax": [(op("softmax", V), "softmax(x)")],
    "softmax rows": [(op("softmax rows", A), "softmax_row(A)")],
    "logsumexp": [(op("logsumexp", V), "logsumexp(x)")],
    "length": [(op("length", V), "|x|")],
    "norm": [(op("norm", V), "‖x‖₂"), (op("norm", V, style="plain"), "‖x‖"),
             (Power(op("norm", Sum((mul(A, V), B), (1, -1)), style="plain"), TWO), "‖A x - b‖²")],
    "norm 1": [(op("norm 1", V), "‖x‖₁")],
    "norm inf": [(op("norm inf", V), "‖x‖_∞")],
    "norm p": [(op("norm p", V, P), "‖x‖ₚ"), (op("norm p", V, Sum((P, ONE), (1, 1))), "‖x‖_(p + 1)")],
    "frobenius": [(op("frobenius", A), "‖A‖_F"), (op("frobenius", A, style="plain"), "‖A‖")],
    "spectral": [(op("spectral", A), "‖A‖₂")],
    "nuclear": [(op("nuclear", A), "‖A‖_*")],
    "expm": [(op("expm", A), "expm(A)"), (op("expm", A, style="^"), "e^A"),
             (op("expm", times(X, A), style="^"), "e^(xA)")],
}  # fmt: skip


def test_every_operation_has_its_text():
    assert set(OPERATION_TEXTS) == set(OPERATIONS)


@pytest.mark.parametrize(("e", "expected"), [pair for pairs in OPERATION_TEXTS.values() for pair in pairs])
def test_an_operation_is_written_with_its_signs(e, expected):
    assert text(e, Notation()) == expected


def test_an_operation_is_spelled_as_its_author_did():
    assert text(op("trace", A), Notation(spellings={"trace": r"\operatorname{Tr}"})) == "Tr(A)"


@pytest.mark.parametrize(
    ("e", "expected"),
    [
        (mul(A, V), "A x"),
        (mul(ROW, A, V), "xᵀA x"),
        (mul(A, S, dot=r"\cdot"), "A · Σ"),
        (mul(A1, V), "A₁ x"),
        (mul(Power(A, minus(ONE)), B), "A⁻¹b"),
        (mul(Transpose(mul(A, S)), V), "(A Σ)ᵀx"),
        (mul(Sum((A, IDENTITY), (1, 1)), V), "(A + I)x"),
        (mul(times(TWO, A), V), "(2A)x"),
        (times(TWO, mul(A, V)), "2A x"),
        (times(mul(Transpose(W), V), mul(A, V)), "(wᵀx)(A x)"),
        (Quotient(mul(A, V), TWO), "A x/2"),
        (mul(Filled("ones", shape("n")), ROW), "1 xᵀ"),
        (mul(V, Transpose(Filled("ones", shape("n")))), "x 1ᵀ"),
        (Call("exp", (mul(A, V),)), "exp(A x)"),
        (Power(Call("tanh", (V,)), TWO, "name"), "tanh²(x)"),
        (Power(Root(V), TWO, "name"), "(√x)²"),
        (Entry(V, (K,)), "xᵢ"),
        (Entry(A, (K, J)), "A_ij"),
        (Entry(A, (ONE, TWO)), "A₁₂"),
        (Entry(A, (Sum((K, ONE), (1, 1)), J)), "A_(i + 1, j)"),
        (Entry(A, (K, J), "lower"), "a_ij"),
        (Entry(S, (K,), "lower"), "σᵢ"),
        (Entry(mul(A, V), (K,), "("), "(A x)ᵢ"),
        (Entry(A1, (K, J)), "(A₁)_ij"),
        (Entry(POINTS, (K,)), "xᵢ"),
        (Entry(POINTS, (K,), "^"), "x^(i)"),
        (Entry(Entry(POINTS, (K,)), (J,)), "(xᵢ)ⱼ"),
        (times(Entry(A, (K, J)), Entry(V, (J,))), "A_ij xⱼ"),
        (over(Entry(V, (K,))), "∑_(i=1)^n xᵢ"),
        (over(Entry(V, (K,)), "upper"), "∑_i^n xᵢ"),
        (over(Entry(V, (K,)), "index"), "∑_i xᵢ"),
        (SumOver("sum", X, None, None, X), "∑_x x"),
        (over(Entry(V, (K,)), operator="prod", lower=TWO, upper=Sum((N, ONE), (1, -1))), "∏_(i=2)^(n - 1) xᵢ"),
        (over(Sum((Entry(V, (K,)), X), (1, -1))), "∑_(i=1)^n (xᵢ - x)"),
        (over(Quotient(Entry(V, (K,)), TWO)), "∑_(i=1)^n (xᵢ/2)"),
        (over(SumOver("sum", J, ONE, N, Entry(A, (K, J))), "index"), "∑_i ∑_(j=1)^n A_ij"),
        (times(Quotient(ONE, N), over(Entry(V, (K,)))), "(1/n) ∑_(i=1)^n xᵢ"),
        (Quotient(over(Entry(V, (K,))), N), "(∑_(i=1)^n xᵢ)/n"),
        (Quotient(times(TWO, over(X, "index")), N), "(2 ∑_i x)/n"),
        (times(over(X, "index"), Y), "(∑_i x)y"),
        (Sum((over(X, "index"), Y), (1, -1)), "∑_i x - y"),
        (Power(over(X, "index"), TWO), "(∑_i x)²"),
        (IDENTITY, "Iₙ"),
        (Filled("ones", shape("m", "n")), "1_(m×n)"),
        (Filled("zeros", shape("n")), "0ₙ"),
        (Filled("zeros", shape("n", "n")), "0_(n×n)"),
        (Filled("unit", shape("n"), 2), "e₂"),
        (Sum((A, times(Symbol("lambda"), IDENTITY)), (1, 1)), "A + λI"),
        (Matrix(((V, A), (ONE, ROW))), "[x, A; 1, xᵀ]"),
        (Matrix(((ROW, ONE),), "[,]"), "[xᵀ, 1]"),
        (Indicator(Relation((V, Integer(0)), (">",)), "["), "[x > 0]"),
        (Derivative(V, (W,)), "dx/dw"),
        (Call("binomial", (N, TWO), "binom"), "binomial(n, 2)"),
        (times(Symbol("x", (), r"\max"), Y), "x_max y"),
    ],
)
def test_vectors_matrices_and_sums_have_plain_letters(e, expected):
    assert text(e, Notation()) == expected


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
