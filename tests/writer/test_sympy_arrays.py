"""Vectors and matrices in SymPy: what `sympify` reads, and what the bridge builds, against values worked out here."""

import numpy as np
import pytest
import sympy

from derive.derivation import Problem, Task
from derive.errors import UnsupportedError
from derive.expr.nodes import (
    Apply,
    Call,
    Cases,
    Constant,
    Decimal,
    Derivative,
    Entry,
    Filled,
    Indicator,
    Integer,
    Logic,
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
from derive.expr.sympy_bridge import to_sympy
from derive.writer.sympy_text import sympy_text

SIZES = {"n": 3, "m": 2, "N": 4}
x, z = Symbol("x", shape=shape("n")), Symbol("z", shape=shape("n"))
w = Symbol("w", shape=shape("m"))
A, B = Symbol("A", shape=shape("n", "n")), Symbol("B", shape=shape("n", "n"))
W = Symbol("W", shape=shape("m", "n"))
D = Symbol("X", kind="family", shape=shape("N", "n"))
y = Symbol("y", kind="family", shape=shape("N"))
q, r = Symbol("q", shape=shape(2)), Symbol("r", shape=shape(3))
a, b = Symbol("a"), Symbol("x")
i, j, k = (Symbol(name, kind="index") for name in "ijk")
n, m, N = (Symbol(name, kind="dimension") for name in SIZES)
ONE, TWO = Integer(1), Integer(2)

_numbers = np.random.default_rng(7)
SYMBOLS = (x, z, w, q, r, A, B, W, D, y, a, b, i, k)
SHAPED = [s for s in SYMBOLS if s.shape]
ENV = {s: _numbers.integers(1, 40, [size.constant or SIZES[str(size)] for size in s.shape]) / 8.0 for s in SHAPED}
ENV |= {a: 1.5, b: 0.75, i: 2, k: 1}
ENV[A] = ENV[A] + 9 * np.eye(3)
NAMES = {s: s.name for s in SYMBOLS} | {b: "x_2"}


def mul(*factors):
    return MatMul(factors, ("",) * (len(factors) - 1))


def times(*factors):
    return Product(factors, ("",) * (len(factors) - 1))


def minus(e):
    return Sum((e,), (-1,))


def plus(*terms):
    return Sum(terms, (1,) * len(terms))


def op(name, *operands):
    return Operation(name, operands)


def filled(kind, *sizes, index=0):
    return Filled(kind, shape(*sizes), index)


def over(body, index=i, upper=N, operator="sum", lower=ONE):
    return SumOver(operator, index, lower, upper, body)


T = Transpose
xv, zv, wv, qv, rv, Av, Bv, Wv, Dv, yv = (ENV[s] for s in SHAPED)
av, bv = ENV[a], ENV[b]
e_x = np.exp(xv / 8)
x8 = Quotient(x, Integer(8))

CASES = {
    "quadratic form": (mul(T(x), A, x), xv @ Av @ xv),
    "dot product": (mul(T(x), z), xv @ zv),
    "outer product": (mul(x, T(w)), np.outer(xv, wv)),
    "products of products": (times(mul(T(x), z), mul(A, x)), xv @ zv * (Av @ xv)),
    "sum in a product": (mul(plus(A, B), Sum((x, z), (1, -1))), (Av + Bv) @ (xv - zv)),
    "affine": (plus(mul(W, x), w), Wv @ xv + wv),
    "a number added": (Sum((x, a), (1, -1)), xv - av),
    "only a minus": (minus(x), -xv),
    "numbers in front": (times(TWO, a, x), 2 * av * xv),
    "fraction": (Quotient(mul(A, x), mul(T(x), x)), Av @ xv / (xv @ xv)),
    "inverse": (mul(Power(A, minus(ONE)), x), np.linalg.solve(Av, xv)),
    "inverse in a form": (mul(T(x), Power(A, minus(ONE)), z), xv @ np.linalg.solve(Av, zv)),
    "ridge": (
        mul(T(x), Power(plus(A, times(a, filled("identity", "n", "n"))), minus(ONE)), z),
        xv @ np.linalg.solve(Av + av * np.eye(3), zv),
    ),
    "square": (Power(A, TWO), Av @ Av),
    "cube of a product": (Power(mul(A, B), Integer(3)), np.linalg.matrix_power(Av @ Bv, 3)),
    "negative power": (Power(A, minus(TWO)), np.linalg.inv(Av @ Av)),
    "row": (T(x), xv[None, :]),
    "transpose of a transpose": (T(T(x)), xv),
    "entry of a vector": (Entry(x, (TWO,)), xv[1]),
    "entry at an index": (Entry(x, (i,)), xv[1]),
    "entry of a matrix": (Entry(W, (k, i)), Wv[0, 1]),
    "entry of a product": (Entry(mul(A, x), (i,)), (Av @ xv)[1]),
    "entry of a row": (Entry(T(x), (Integer(3),)), xv[2]),
    "entry of a row by two indices": (Entry(T(x), (ONE, i)), xv[1]),
    "last entry": (Entry(x, (n,)), xv[2]),
    "row of a matrix": (Entry(W, (i,)), Wv[1]),
    "row of a product": (Entry(mul(W, A), (i,)), (Wv @ Av)[1]),
    "member of a family": (mul(T(Entry(D, (i,))), x), Dv[1] @ xv),
    "number of a family": (Entry(y, (i,)), yv[1]),
    "whole family": (mul(T(y), mul(D, x)), yv @ (Dv @ xv)),
    "ones": (mul(T(filled("ones", "n")), x), xv.sum()),
    "zeros": (plus(A, filled("zeros", "n", "n")), Av),
    "identity": (plus(A, times(a, filled("identity", "n", "n"))), Av + av * np.eye(3)),
    "row of ones": (filled("ones", 1, 3), np.ones((1, 3))),
    "unit vector": (filled("unit", "n", index=2), np.eye(3)[1]),
    "unit row": (mul(filled("unit", 1, "n", index=2), x), xv[1]),
    "known size": (filled("identity", 2, 2), np.eye(2)),
    "sum over an index": (over(Entry(y, (i,))), yv.sum()),
    "sum of forms": (over(mul(T(Entry(D, (i,))), A, Entry(D, (i,)))), np.einsum("ij,jk,ik", Dv, Av, Dv)),
    "logistic loss": (
        over(Call("ln", (plus(ONE, Call("exp", (minus(times(a, mul(T(x8), Entry(D, (i,))))),))),))),
        np.log(1 + np.exp(-av * Dv @ xv / 8)).sum(),
    ),
    "least squares": (
        times(Quotient(ONE, N), over(Power(Sum((mul(T(x), Entry(D, (i,))), Entry(y, (i,))), (1, -1)), TWO))),
        np.mean((Dv @ xv - yv) ** 2),
    ),
    "sum of distances": (over(op("norm", Sum((x, Entry(D, (i,))), (1, -1)))), np.linalg.norm(xv - Dv, axis=1).sum()),
    "sum of vectors": (over(times(Entry(y, (i,)), Entry(D, (i,)))), yv @ Dv),
    "sum of matrices": (over(mul(Entry(D, (i,)), T(Entry(D, (i,))))), Dv.T @ Dv),
    "sum of vectors in a product": (mul(T(x), over(Entry(D, (i,)))), xv @ Dv.sum(0)),
    "two sums of vectors over one index": (
        mul(T(over(Entry(D, (j,)), j)), over(times(Entry(y, (j,)), Entry(D, (j,))), j)), Dv.sum(0) @ (yv @ Dv),
    ),
    "entry of a sum of vectors": (over(Entry(over(Entry(D, (j,)), j), (k,)), k, n), Dv.sum()),
    "sum of softmax entries": (
        over(Entry(op("softmax", Quotient(Entry(D, (i,)), Integer(8))), (TWO,))),
        (np.exp(Dv / 8) / np.exp(Dv / 8).sum(1, keepdims=True))[:, 1].sum(),
    ),
    "sum in a sum": (over(times(Entry(x, (i,)), over(Entry(x, (i,)), upper=n)), upper=n), xv.sum() ** 2),
    "double sum": (over(over(times(Entry(W, (k, j)), Entry(x, (j,))), j, n), k, m), (Wv @ xv).sum()),
    "index without use": (over(a, j, n), 3 * av),
    "index inside and outside": (times(i, over(Entry(x, (i,)), upper=n)), 2 * xv.sum()),
    "product over an index": (over(Entry(x, (i,)), upper=n, operator="prod"), xv.prod()),
    "size as a number": (Quotient(mul(T(x), x), n), xv @ xv / 3),
    "name shared with a number": (times(b, x), bv * xv),
    "function": (Call("exp", (x8,)), e_x),
    "function of a product": (Call("sigmoid", (mul(A, x8),)), 1 / (1 + np.exp(-Av @ xv / 8))),
    "function of a function": (Call("ln", (plus(Call("exp", (x8,)), a),)), np.log(e_x + av)),
    "function of several": (Call("max", (x, z, a)), np.maximum(np.maximum(xv, zv), av)),
    "function of a vector and a number": (Call("max", (Integer(3), x)), np.maximum(3, xv)),
    "rectifier": (Call("relu", (plus(mul(W, x), minus(times(Integer(9), w))),)), np.maximum(Wv @ xv - 9 * wv, 0)),
    "elu": (Call("elu", (Sum((x, z), (1, -1)),)), np.where(xv > zv, xv - zv, np.expm1(np.minimum(xv - zv, 0)))),
    "logarithm to a base": (Call("log", (x, TWO)), np.log2(xv)),
    "product of functions": (mul(T(z), Call("tanh", (x8,))), zv @ np.tanh(xv / 8)),
    "function of a multiple": (
        mul(T(z), Call("tanh", (times(Constant("e"), x8),))), zv @ np.tanh(np.e * xv / 8),
    ),
    "product of multiples": (
        op("inner", op("hadamard", times(Constant("e"), A), B), B), (np.e * Av * Bv * Bv).sum(),
    ),
    "functions in functions": (
        Call("max", (Call("sin", (x,)), op("sum", Call("cos", (z,))))),
        np.maximum(np.sin(xv), np.cos(zv).sum()),
    ),
    "tables in tables": (
        Call("max", (x, z, op("sum", Call("max", (x, z, a))))),
        np.full(3, np.maximum(np.maximum(xv, zv), av).sum()),
    ),
    "power of a function": (Power(Call("sin", (x,)), TWO, "name"), np.sin(xv) ** 2),
    "root": (Root(x), np.sqrt(xv)),
    "cube root": (Root(minus(x), Integer(3)), -np.cbrt(xv)),
    "indicator": (Indicator(Relation((x, z), (">",))), (xv > zv) * 1.0),
    "indicator between": (Indicator(Relation((ONE, x, z), ("<", "<="))), ((xv > 1) & (xv <= zv)) * 1.0),
    "indicator of two": (
        Indicator(Logic("or", (Relation((x, z), (">",)), Relation((x, ONE), ("<",))))),
        ((xv > zv) | (xv < 1)) * 1.0,
    ),
    "cases of vectors": (Cases((x, z), (Relation((a, TWO), (">",)), None)), zv),
    "cases entry by entry": (
        Cases((x, minus(z)), (Relation((x, z), (">",)), None)),
        np.where(xv > zv, xv, -zv),
    ),
    "cases in a product": (mul(T(x), Cases((x, z), (Relation((a, ONE), (">",)), None))), xv @ xv),
    "explicit": (mul(T(Matrix(((a,), (TWO,)))), q), av * qv[0] + 2 * qv[1]),
    "explicit and symbols": (plus(Matrix(((a,), (ONE,))), q), np.array([av, 1]) + qv),
    "explicit by itself": (
        mul(Matrix(((ONE, a), (TWO, a))), Matrix(((a,), (ONE,)))), np.array([[1, av], [2, av]]) @ [av, 1],
    ),
    "inverse of an explicit matrix": (
        Power(Matrix(((ONE, a), (TWO, a))), minus(ONE)), np.linalg.inv([[1, av], [2, av]]),
    ),
    "function of an explicit matrix": (Call("exp", (Matrix(((a,), (ONE,))),)), np.exp([av, 1])),
    "entry of an explicit matrix": (Entry(Matrix(((a,), (ONE,), (TWO,))), (i,)), 1),
    "cell of numbers from vectors": (Matrix(((mul(T(x), x),), (Entry(x, (ONE,)),))), np.array([xv @ xv, xv[0]])),
    "blocks": (Matrix(((A, x), (T(x), a))), np.block([[Av, xv[:, None]], [xv[None, :], np.array([[av]])]])),
    "row of blocks": (Matrix(((T(x), ONE),), "[,]"), np.append(xv, 1)[None, :]),
    "stack": (mul(T(Matrix(((x,), (w,)))), Matrix(((z,), (w,)))), xv @ zv + wv @ wv),
    "entry of blocks": (Entry(Matrix(((x,), (w,))), (Integer(4),)), wv[0]),
    "decimal": (times(Decimal("0.5"), x), xv / 2),
}  # fmt: skip

_A8 = Quotient(A, Integer(30))
ROWS = {
    "inner": (op("inner", A, B), (Av * Bv).sum()),
    "inner of sums": (op("inner", plus(A, filled("ones", "n", "n")), B), ((Av + 1) * Bv).sum()),
    "cross": (op("cross", r, op("cross", r, plus(r, ONE))), np.cross(rv, np.cross(rv, rv + 1))),
    "hadamard": (op("hadamard", x, mul(A, z)), xv * (Av @ zv)),
    "hadamard with a number": (op("hadamard", a, x), av * xv),
    "divide": (op("divide", x, plus(z, ONE)), xv / (zv + 1)),
    "divide by a vector": (op("divide", a, x), av / xv),
    "kronecker": (op("kronecker", W, x), np.kron(Wv, xv[:, None])),
    "kronecker of rows": (mul(op("kronecker", T(x), T(w)), op("kronecker", z, w)), xv @ zv * (wv @ wv)),
    "power": (op("power", mul(A, x), a), (Av @ xv) ** av),
    "power of vectors": (op("power", x, z), xv**zv),
    "transpose of a power": (mul(T(op("power", A, Quotient(B, Integer(8)))), x), (Av ** (Bv / 8)).T @ xv),
    "power of a number": (op("power", a, x), av**xv),
    "trace": (op("trace", mul(A, B)), np.trace(Av @ Bv)),
    "trace of a table": (op("trace", Call("max", (A, B))), np.trace(np.maximum(Av, Bv))),
    "det": (op("det", mul(A, B)), np.linalg.det(Av @ Bv)),
    "logarithm of a det": (Call("ln", (op("det", A),)), np.log(np.linalg.det(Av))),
    "diag": (mul(op("diag", x), z), xv * zv),
    "diag of a matrix": (plus(op("diag", mul(A, B)), x), np.diag(Av @ Bv) + xv),
    "vec": (op("vec", mul(W, A)), (Wv @ Av).ravel(order="F")),
    "vec of a row": (op("vec", T(x)), xv),
    "sum": (op("sum", Call("exp", (W,))), np.exp(Wv).sum()),
    "sum of a vector": (op("sum", x), xv.sum()),
    "mean": (op("mean", W), Wv.mean()),
    "mean of a row": (op("mean", T(x)), xv.mean()),
    "softmax": (op("softmax", x8), e_x / e_x.sum()),
    "softmax of a row": (op("softmax", T(x8)), (e_x / e_x.sum())[None, :]),
    "softmax in a product": (minus(mul(T(z), Call("ln", (op("softmax", x8),)))), -zv @ np.log(e_x / e_x.sum())),
    "softmax rows": (op("softmax rows", _A8), np.exp(Av / 30) / np.exp(Av / 30).sum(1, keepdims=True)),
    "logsumexp": (op("logsumexp", x8), np.log(e_x.sum())),
    "length": (op("length", x), 3),
    "norm": (op("norm", Sum((mul(A, x), z), (1, -1))), np.linalg.norm(Av @ xv - zv)),
    "norm 1": (op("norm 1", Sum((x, z), (1, -1))), np.abs(xv - zv).sum()),
    "norm p": (op("norm p", Sum((x, z), (1, -1)), Integer(3)), (np.abs(xv - zv) ** 3).sum() ** (1 / 3)),
    "frobenius": (op("frobenius", Sum((A, B), (1, -1))), np.linalg.norm(Av - Bv)),
    "frobenius of a difference from the identity": (
        Power(op("frobenius", Sum((A, filled("identity", "n", "n")), (1, -1))), TWO),
        np.linalg.norm(Av - np.eye(3)) ** 2,
    ),
}
WITHOUT = {"generic": (x, x), "spectral": (A,), "nuclear": (A,), "expm": (A,), "norm inf": (x,)}
ALL = CASES | ROWS


def known(expr):
    """Return an expression with its sizes, matrices and numbers put in: SymPy has to do the rest."""
    sizes = {sympy.Symbol(name): sympy.Integer(size) for name, size in {"n": 3, "m": 2, "N_": 4, "N": 4}.items()}
    expr = expr.xreplace(sizes)  # `subs` leaves out the sizes of matrices below a sum
    values = {sympy.Symbol(NAMES[s]): sympy.Rational(ENV[s]) for s in (a, b, i, k)}
    exact = {s: ENV[s].reshape(ENV[s].shape[0], -1) for s in SHAPED}
    values |= {sympy.MatrixSymbol(NAMES[s], *v.shape): sympy.ImmutableMatrix(v).applyfunc(sympy.nsimplify)
               for s, v in exact.items()}  # fmt: skip
    return expr.subs(values).doit()


def floats(expr):
    """Return the value as floats; a determinant is told to look at the cells, which `doit` does not do by itself."""
    found = known(expr).replace(lambda e: isinstance(e, sympy.Determinant), lambda e: e.arg.as_explicit().det())
    if not found.is_Matrix:
        return np.array(float(found))
    cells = sympy.Matrix(found) if isinstance(found, sympy.MatrixBase) else found.as_explicit().doit()
    return np.array(cells.evalf(20).tolist(), dtype=float)


def agree(expr, wanted, of):
    found, wanted = floats(expr), np.asarray(wanted, dtype=float)
    if len(of) == 1:
        assert found.shape[1] == 1
        found = found[:, 0]
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, rtol=1e-9)


@pytest.mark.parametrize("name", ALL)
def test_sympify_reads_the_text_as_an_expression_of_the_same_value(name):
    e, wanted = ALL[name]
    agree(sympy.sympify(sympy_text(e, NAMES)), wanted, e.shape)


@pytest.mark.parametrize("name", ALL)
def test_the_bridge_builds_an_expression_of_the_same_value(name):
    e, wanted = ALL[name]
    agree(to_sympy(e, NAMES), wanted, e.shape)


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation_has_a_counterpart_or_a_reason(name):
    if name in WITHOUT:
        for make in (sympy_text, to_sympy):
            with pytest.raises(UnsupportedError, match="SymPy"):
                make(op(name, *WITHOUT[name]), NAMES)
    else:
        assert name in ROWS


def test_the_largest_entry_of_a_vector_of_known_length():
    e = op("norm inf", Sum((q, a), (1, -1)))
    agree(sympy.sympify(sympy_text(e, NAMES)), np.abs(qv - av).max(), ())
    agree(to_sympy(e, NAMES), np.abs(qv - av).max(), ())


X1, An, Wmn, Xn = (
    "MatrixSymbol('x', n, 1)",
    "MatrixSymbol('A', n, n)",
    "MatrixSymbol('W', m, n)",
    "MatrixSymbol('X', N_, n)",
)


@pytest.mark.parametrize(
    ("e", "expected"),
    [
        (mul(T(x), A, x), f"Trace(Transpose({X1})*{An}*{X1})"),
        (mul(plus(A, B), x), f"({An} + MatrixSymbol('B', n, n))*{X1}"),
        (mul(Power(A, minus(ONE)), x), f"Inverse({An})*{X1}"),
        (Power(A, TWO), f"{An}**2"),
        (plus(x, a), f"{X1} + a*OneMatrix(n, 1)"),
        (Call("exp", (x,)), f"{X1}.applyfunc(exp)"),
        (Call("ln", (plus(x, a),)), f"({X1} + a*OneMatrix(n, 1)).applyfunc(log)"),
        (Call("log10", (x,)), f"{X1}.applyfunc(Lambda(_z, log(_z, 10)))"),
        (op("hadamard", x, z), f"HadamardProduct({X1}, MatrixSymbol('z', n, 1))"),
        (op("sum", x), f"Sum({X1}[_k, 0], (_k, 0, n - 1))"),
        (over(Entry(x, (i,)), upper=n), f"Sum({X1}[i - 1, 0], (i, 1, n))"),
        (Entry(D, (i,)), f"Transpose({Xn}[i - 1, :])"),
        (mul(T(x), Entry(D, (i,))), f"(Transpose({X1})*Transpose({Xn}[i - 1, :]))[0, 0]"),
        (over(over(Entry(x, (j,)), j, i), i, n), f"Sum(Sum({X1}[j - 1, 0], (j, 1, i)), (i, 1, n))"),
        (filled("identity", "n", "n"), "Identity(n)"),
        (Matrix(((A, x), (T(x), a))), f"BlockMatrix([[{An}, {X1}], [Transpose({X1}), Matrix([[a]])]])"),
        (op("vec", W), f"FunctionMatrix(m*n, 1, Lambda((_r, _c), {Wmn}[Mod(_r, m), floor(_r/m)]))"),
        (Apply(Symbol("f", kind="function"), (x,)), f"Function('f', commutative=True)({X1})"),
    ],
)  # fmt: skip
def test_the_text_is_what_a_person_would_type(e, expected):
    assert sympy_text(e, {}) == expected


@pytest.mark.parametrize(
    "e",
    [
        Apply(Symbol("f", kind="function", shape=shape("n")), (x,)),
        Apply(Symbol("f", kind="function"), (x,), 1),
        Derivative(mul(T(x), x), (x,)),
        Derivative(x, (a,)),
        Relation((x, z), ("=",)),
        Logic("and", (Relation((x, z), (">",)), Relation((z, a), (">",)))),
        Cases((a, ONE), (Relation((x, z), (">",)), None)),
        Entry(over(Entry(D, (i,))), (i,)),
        over(Entry(over(Entry(D, (i,))), (i,)), upper=n),
        SumOver("sum", i, None, None, Entry(x, (i,)), "index"),
        over(A, operator="prod"),
        Entry(q, (Integer(3),)),
        Entry(x, (Integer(0),)),
        Symbol("T", shape=shape(2, 2, 2)),
    ],
)
def test_what_sympy_has_no_counterpart_for_is_unsupported(e):
    for make in (sympy_text, to_sympy):
        with pytest.raises(UnsupportedError, match=r"\w+ \w+"):
            make(e, NAMES)


@pytest.mark.parametrize("name", ["N", "S", "I", "E", "O", "Q", "C", "beta", "lambda", "n_0", "n_{12}", r"\ell"])
def test_sizes_of_all_names_are_read_as_symbols(name):
    v, M = Symbol("v", shape=shape(name)), Symbol("N", shape=shape(name, "m"))
    e = mul(T(v), M)
    read = sympy.sympify(sympy_text(e, {}))
    assert read.shape[1] == sympy.Symbol("m")
    assert all(isinstance(size, sympy.Symbol) for size in read.args[0].arg.shape[:1])
    assert read == to_sympy(e)


def test_a_size_is_one_symbol_in_shapes_and_in_formulas():
    count = Symbol("N", (), "0", kind="dimension")
    v, number = Symbol("v", shape=shape("N_0")), Symbol("N_0")
    e = Quotient(mul(T(v), v), times(count, number))
    spelled = {number: "N_0"}
    assert (
        sympy_text(e, spelled)
        == "Trace(Transpose(MatrixSymbol('v', N_0_2, 1))*MatrixSymbol('v', N_0_2, 1))/(N_0_2*N_0)"
    )
    assert sympy.sympify(sympy_text(e, spelled)) == to_sympy(e, spelled)


def test_products_of_sizes_are_read():
    v = Symbol("v", shape=(shape("n")[0] * shape("m")[0] + shape(2)[0],))
    assert sympy_text(v, {}) == "MatrixSymbol('v', m*n + 2, 1)"
    assert sympy.sympify(sympy_text(v, {})) == to_sympy(v)


def test_a_function_of_a_vector_is_a_number():
    f = Symbol("f", kind="function")
    e = times(Power(Apply(f, (mul(A, x),)), TWO), Call("max", (Apply(f, (z,)), ONE)), x)
    read = sympy.sympify(sympy_text(e, NAMES))
    assert read == to_sympy(e, NAMES)
    assert read.is_Matrix


def test_what_is_deep_is_unsupported_and_ends():
    deep = x
    for _ in range(400):
        deep = Call("tanh", (mul(A, deep),))
    with pytest.raises(UnsupportedError):
        sympy_text(deep, {})


def test_problems_of_vectors_are_equations():
    problem = Problem("", mul(A, x), Task(), Symbol("y", shape=shape("n")))
    vector = sympy.MatrixSymbol("x", sympy.Symbol("n"), 1)
    matrix = sympy.MatrixSymbol("A", sympy.Symbol("n"), sympy.Symbol("n"))
    assert problem.sympy.rhs == matrix * vector
    assert problem.sympy.lhs == sympy.MatrixSymbol("y", sympy.Symbol("n"), 1)
    called = Problem("", mul(T(x), A, x), Task(), Symbol("f"), (x,))
    assert called.sympy == sympy.Eq(
        sympy.Function("f", commutative=True)(vector), sympy.Trace(vector.T * matrix * vector)
    )
    assert Problem("", mul(T(x), A, x), Task()).sympy == sympy.Trace(vector.T * matrix * vector)
