"""Sums over data, worked out for all samples at once: held against loops, and against the loops that are written."""

import random

import numpy as np
import pytest

from derive.expr.nodes import (
    Apply,
    Call,
    Cases,
    Entry,
    Filled,
    Indicator,
    Integer,
    Operation,
    Power,
    Quotient,
    Relation,
    Root,
    Sum,
    Symbol,
    Transpose,
)
from derive.expr.shapes import shape
from derive.expr.walks import symbols
from derive.writer import python_names
from derive.writer.python_names import array_parameters
from tests.writer.test_python_arrays import (
    COUNT,
    II,
    JJ,
    KK,
    NUMBERS,
    ONE,
    TWO,
    VECTORS,
    A,
    B,
    C,
    M,
    N,
    R,
    S,
    T,
    V,
    X,
    Y,
    agrees,
    data,
    dot,
    minus,
    over,
    plus,
    reference,
    row,
    run,
    source,
    table,
    times,
    value_of,
)

YI, ZI, XI, XJ = Entry(NUMBERS, (II,)), Entry(VECTORS, (II,)), Entry(X, (II,)), Entry(X, (JJ,))
INNER = dot(row(X), ZI)
ABOVE, BELOW = Relation((INNER, Integer(0)), (">",)), Relation((INNER, Integer(0)), ("<=",))
ZERO_ROW = row(Filled("zeros", shape("n")))
RESIDUAL = Sum((INNER, S, YI), (1, 1, -1))


def is_looped(text):
    return "for i in" in text or "for j in" in text


# What is written ------------------------------------------------------------------------------------------------------

WRITTEN = {
    "numbers": (over(II, COUNT, Power(YI, TWO)), ["np.sum(t**2)"]),
    "two numbers": (over(II, N, times(XI, Entry(Y, (II,)))), ["x @ y"]),
    "vectors": (over(II, COUNT, ZI), ["np.sum(z, axis=0)"]),
    "rows": (over(II, COUNT, row(ZI)), ["np.sum(z, axis=0).reshape(1, -1)"]),
    "numbers and vectors": (over(II, COUNT, times(YI, ZI)), ["t @ z"]),
    "numbers and rows": (over(II, COUNT, times(TWO, YI, row(ZI))), ["((2*t) @ z).reshape(1, -1)"]),
    "outer products": (over(II, COUNT, dot(ZI, row(ZI))), ["z.T @ z"]),
    "weighed outer products": (over(II, COUNT, times(YI, dot(ZI, row(ZI)))), ["(z.T*t) @ z"]),
    "residuals": (over(II, COUNT, Power(RESIDUAL, TWO)), ["np.sum((z @ x + s - t)**2)"]),
    "squared lengths": (over(II, COUNT, Power(Operation("norm", (plus(ZI, X),)), TWO)), ["np.sum((z + x)**2)"]),
    "lengths": (over(II, COUNT, Operation("norm", (ZI,))), ["np.sum(np.linalg.norm(z, axis=1))"]),
    "images": (over(II, COUNT, dot(A, ZI)), ["np.sum(z @ A.T, axis=0)"]),
    "quadratic": (over(II, COUNT, dot(row(ZI), C, ZI)), ["np.sum(np.sum((z @ C)*z, axis=1))"]),
    "scaled rows": (
        over(II, COUNT, dot(row(ZI), Operation("diag", (Call("cos", (ZI,)),)), C)),
        ["np.sum((z*np.cos(z)) @ C, axis=0).reshape(1, -1)"],
    ),
    "entries": (over(JJ, N, times(Entry(A, (TWO, JJ)), XJ)), ["A[1] @ x"]),
    "entries of samples": (over(II, COUNT, Entry(ZI, (TWO,))), ["np.sum(z[:, 1])"]),
    "the index as a number": (over(II, N, times(II, Power(XI, TWO))), ["n = x.shape[0]",
                                                                       "np.arange(1.0, n + 1) @ x**2"]),
    "nested": (over(II, M, Power(over(JJ, N, times(Entry(A, (II, JJ)), XJ)), TWO)), ["np.sum((A @ x)**2)"]),
    "nested, turned": (over(JJ, N, Power(over(II, M, Entry(A, (II, JJ))), TWO)), ["np.sum(np.sum(A.T, axis=1)**2)"]),
    "shared by two sums": (
        Quotient(over(II, COUNT, times(Call("exp", (INNER,)), ZI)), over(II, COUNT, Call("exp", (INNER,)))),
        ["_t1 = np.exp(z @ x)", "(_t1 @ z)/np.sum(_t1)"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_sums_over_data_read_as_a_person_writes_them(name):
    e, (*statements, result) = WRITTEN[name]
    assert source(e).splitlines()[4:] == [f"    {line}" for line in (*statements, f"return {result}")]
    for seed in (1, 2):
        agrees(e, data(seed))


def test_the_gradient_of_a_neuron_with_samples():
    slope = over(II, COUNT, Cases((ZERO_ROW, times(RESIDUAL, row(ZI))), (
        Relation((plus(INNER, S), Integer(0)), ("<=",)), Relation((plus(INNER, S), Integer(0)), (">",)),
    )))  # fmt: skip
    e = times(Quotient(TWO, COUNT), slope)
    assert source(e).splitlines()[3:] == [
        "def derivative(x, z, s, t):",
        "    x, z, s, t = (np.asarray(_a, dtype=float) for _a in (x, z, s, t))",
        "    N_ = z.shape[0]",
        '    with np.errstate(all="ignore"):',
        "        _t1 = z @ x + s",
        "        return 2/N_*np.sum(np.where((_t1 <= 0)[:, None], 0.0, (_t1 - t)[:, None]*z), axis=0).reshape(1, -1)",
    ]
    for seed in range(4):
        agrees(e, data(seed))


# What is worked out ---------------------------------------------------------------------------------------------------

AT_ONCE = {
    "a number and a vector": over(II, COUNT, plus(YI, ZI)),
    "over a number": over(II, COUNT, Quotient(ZI, plus(TWO, Power(YI, TWO)))),
    "cases": over(II, COUNT, Cases((ZI, times(TWO, ZI)), (ABOVE, None))),
    "cases of numbers": over(II, COUNT, Cases((YI, S), (BELOW, None))),
    "cases of rows": over(II, COUNT, Cases((ZERO_ROW, row(ZI), R), (BELOW, Relation((YI, ONE), ("<",)), None))),
    "a constant case": over(II, COUNT, Cases((X, minus(Y)), (ABOVE, BELOW))),
    "nothing but zeros": over(II, COUNT, Cases((ZERO_ROW, ZERO_ROW), (ABOVE, None))),
    "indicator": over(II, COUNT, times(Indicator(ABOVE), YI, ZI)),
    "indicator of a vector": over(II, COUNT, Indicator(Relation((ZI, X), (">",)))),
    "greatest": over(II, COUNT, Call("max", (Integer(0), INNER))),
    "greatest of vectors": over(II, COUNT, Call("max", (YI, ZI))),
    "a function without arrays": over(II, COUNT, Call("erf", (INNER,))),
    "root": over(II, COUNT, Root(Power(INNER, TWO))),
    "negative power": over(II, COUNT, Power(YI, minus(TWO))),
    "row symbol": over(II, COUNT, plus(times(YI, R), row(ZI))),
    "product with a row": over(II, COUNT, plus(dot(row(X), C), row(ZI))),
    "outer with a constant": over(II, COUNT, dot(V, row(ZI))),
    "outer, then more": over(II, COUNT, dot(ZI, row(ZI), C)),
    "outer of two": over(II, COUNT, plus(dot(ZI, row(X)), dot(X, row(ZI)))),
    "over outer products": over(II, COUNT, Quotient(dot(ZI, row(ZI)), plus(TWO, YI))),
    "turned outer": over(II, COUNT, Transpose(dot(V, row(ZI)))),
    "matrix times outer": over(II, COUNT, dot(A, ZI, row(ZI))),
    "outer by vector": over(II, COUNT, dot(plus(dot(ZI, row(ZI)), C), X)),
    "outer by its own": over(II, COUNT, dot(plus(dot(ZI, row(ZI)), C), ZI)),
    "row by its own matrix": over(II, COUNT, dot(row(ZI), plus(dot(ZI, row(ZI)), C))),
    "diagonal from the left": over(II, COUNT, dot(Operation("diag", (ZI,)), C, X)),
    "diagonal and constant": over(II, COUNT, dot(C, Operation("diag", (ZI,)), Operation("diag", (X,)), Y)),
    "diagonals between": over(II, COUNT, dot(Operation("diag", (X,)), Operation("diag", (ZI,)), C)),
    "hadamard": over(II, COUNT, Operation("hadamard", (ZI, X))),
    "divide": over(II, COUNT, Operation("divide", (ZI, plus(TWO, X)))),
    "power by entry": over(II, COUNT, Operation("power", (ZI, TWO))),
    "inner": over(II, COUNT, Operation("inner", (ZI, plus(ZI, X)))),
    "inner of matrices": over(II, COUNT, Operation("inner", (dot(ZI, row(X)), C))),
    "softmax": over(II, COUNT, Operation("softmax", (times(YI, ZI),))),
    "logsumexp": over(II, COUNT, Operation("logsumexp", (plus(ZI, X),))),
    "other norms": over(II, COUNT, plus(Operation("norm 1", (ZI,)), Operation("norm inf", (plus(ZI, X),)))),
    "sum and mean": over(II, COUNT, plus(Operation("sum", (ZI,)), Operation("mean", (dot(ZI, row(X)),)))),
    "frobenius": over(II, COUNT, Operation("frobenius", (dot(ZI, row(X)),))),
    "ones": over(II, COUNT, plus(Filled("ones", shape("n")), minus(ZI))),
    "rows of a matrix": over(II, M, times(Entry(V, (II,)), Entry(A, (II,)))),
    "entry of a product": over(II, M, times(Entry(V, (II,)), Entry(dot(A, X), (II,)))),
    "free index": over(II, N, times(Entry(C, (II, KK)), XI)),
    "index as a power": over(II, N, Power(XI, II)),
    "nested with the outer index": over(II, M, over(JJ, N, times(II, Entry(A, (II, JJ)), XJ, Entry(V, (II,))))),
    "nested, both as numbers": over(II, M, over(JJ, N, Quotient(Entry(A, (II, JJ)), plus(II, JJ)))),
    "nested, entries of samples": over(II, COUNT, Power(over(JJ, N, times(Entry(ZI, (JJ,)), XJ)), TWO)),
    "nested, one range and a square matrix": over(II, N, over(JJ, N, times(XI, Entry(C, (JJ, II)), XJ))),
    "nested, vectors": over(II, COUNT, Power(over(JJ, M, Call("exp", (dot(row(Entry(A, (JJ,))), ZI),))), TWO)),
    "nested, sums of vectors": over(II, COUNT, times(YI, over(JJ, M, times(
        Call("tanh", (dot(row(Entry(A, (JJ,))), ZI),)), Entry(A, (JJ,)))))),
    "nested, cases": over(II, COUNT, over(JJ, M, Cases((dot(row(Entry(B, (JJ,))), ZI), YI), (
        Relation((Entry(V, (JJ,)), YI), ("<",)), None)))),
    "beside each other": over(II, COUNT, times(YI, over(JJ, N, XJ))),
}  # fmt: skip


@pytest.mark.parametrize("name", AT_ONCE)
def test_sums_over_data_have_no_loop_and_the_value_of_one(name):
    assert not is_looped(source(AT_ONCE[name]))
    for seed in (1, 2, 3):
        agrees(AT_ONCE[name], data(seed))


FUNCTION = Symbol("f", kind="function")
LOOPED = {
    "from the second": over(II, COUNT, YI, lower=TWO),
    "to a number": over(II, TWO, YI),
    "to the size of others": over(II, N, Entry(V, (II,))),
    "the next index": over(II, Sum((N, ONE), (1, -1)), Entry(X, (plus(II, ONE),))),
    "a product": over(II, COUNT, YI, operator="prod"),
    "no data": over(II, N, times(S, II)),
    "a diagonal of entries": over(II, N, Entry(C, (II, II))),
    "an inverse for each": over(II, COUNT, Power(plus(C, times(YI, C)), minus(ONE))),
    "a declared function": over(II, COUNT, Apply(FUNCTION, (YI,))),
    "pairs of samples": over(II, COUNT, over(JJ, COUNT, dot(row(ZI), Entry(VECTORS, (JJ,))))),
    "a product inside": over(II, N, times(XI, over(JJ, N, Entry(C, (II, JJ)), operator="prod"))),
}


@pytest.mark.parametrize("name", LOOPED)
def test_other_sums_are_loops(name):
    assert is_looped(source(LOOPED[name]))


def test_the_inner_sum_of_a_loop_needs_none():
    text = source(LOOPED["pairs of samples"])
    assert text.count("for ") == 1
    agrees(LOOPED["pairs of samples"])


def test_one_sample_and_one_entry_are_axes_too():
    e = over(II, COUNT, plus(times(YI, ZI), X, times(Indicator(ABOVE), ZI)))
    for samples, entries in ((1, 1), (1, 3), (4, 1), (3, 3), (0, 2)):
        values = {X: np.ones(entries), NUMBERS: np.arange(1.0, samples + 1), VECTORS: np.ones((samples, entries)) * 2}
        out = run(source(e), *(values[p] for p in array_parameters(symbols(e), e)))
        assert out.tolist() == [sum(2.0 * k + 3 for k in range(1, samples + 1))] * entries


def test_data_may_be_whole_numbers():
    e = over(II, COUNT, plus(Power(YI, minus(ONE)), Power(INNER, minus(TWO))))
    values = {X: np.array([1, 2]), NUMBERS: np.array([1, 2, 4]), VECTORS: np.array([[1, 0], [0, 1], [1, 1]])}
    out = run(source(e), *(values[p] for p in array_parameters(symbols(e), e)))
    assert out == pytest.approx(1 + 1 / 2 + 1 / 4 + 1 + 1 / 4 + 1 / 9)


# Random bodies --------------------------------------------------------------------------------------------------------


class Bodies:
    """Makes bodies of sums over samples by chance, perhaps with a sum over the rows of a matrix inside."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.indices = [II]

    def pick(self, *ways):
        return self.chance.choice(ways)()

    def number(self, depth):
        if depth == 0:
            own = [Entry(NUMBERS, (II,)), Entry(ZI, (TWO,)), S, T, TWO, COUNT, Entry(X, (ONE,))]
            return self.chance.choice(own + ([Entry(V, (JJ,)), JJ] if JJ in self.indices else []))
        d = depth - 1
        return self.pick(
            lambda: plus(self.number(d), minus(self.number(d))),
            lambda: times(self.number(d), self.number(d)),
            lambda: Quotient(self.number(d), plus(TWO, Power(self.number(d), TWO))),
            lambda: dot(row(self.vector(d)), self.vector(d)),
            lambda: dot(self.row(d), self.vector(d)),
            lambda: dot(row(self.vector(d)), self.square(d), self.vector(d)),
            lambda: Call(self.chance.choice(("tanh", "sigmoid", "erf", "relu")), (self.number(d),)),
            lambda: Call("max", (self.number(d), self.number(0))),
            lambda: Operation(self.chance.choice(("sum", "mean", "norm", "norm 1", "logsumexp")), (self.vector(d),)),
            lambda: Operation("inner", (self.vector(d), self.vector(d))),
            lambda: Power(Operation("norm", (self.vector(d),)), TWO),
            lambda: Cases((self.number(d), self.number(d)), self.conditions(d)),
            lambda: Indicator(Relation((self.number(d), S), ("<",))),
            lambda: self.summed(d, self.number),
        )

    def conditions(self, depth):
        a, b = self.number(depth), self.number(0)
        return self.chance.choice(
            [(Relation((a, b), ("<",)), None), (Relation((a, b), ("<=",)), Relation((a, b), (">",)))]
        )

    def summed(self, depth, body):
        if JJ in self.indices:
            return body(depth)
        self.indices.append(JJ)
        inner = body(depth)
        self.indices.pop()
        return over(JJ, M, times(Entry(V, (JJ,)), inner))

    def vector(self, depth):
        if depth == 0:
            return self.chance.choice(
                [ZI, ZI, X, Y, Filled("ones", shape("n")), *([Entry(A, (JJ,))] * (len(self.indices) - 1))]
            )
        d = depth - 1
        return self.pick(
            lambda: plus(self.vector(d), minus(self.vector(d))),
            lambda: plus(self.vector(d), self.number(d)),
            lambda: times(self.number(d), self.number(d), self.vector(d)),
            lambda: dot(self.square(d), self.vector(d)),
            lambda: dot(Operation("diag", (self.vector(d),)), self.vector(d)),
            lambda: Transpose(self.row(d)),
            lambda: Call("tanh", (self.vector(d),)),
            lambda: Call("max", (self.number(0), self.vector(d))),
            lambda: Operation("hadamard", (self.vector(d), self.vector(d))),
            lambda: Operation("softmax", (Call("tanh", (self.vector(d),)),)),
            lambda: Cases((Filled("zeros", shape("n")), self.vector(d)), self.conditions(d)),
            lambda: Indicator(Relation((self.vector(d), self.number(0)), (">",))),
            lambda: self.summed(d, self.vector),
        )

    def row(self, depth):
        if depth == 0:
            return self.chance.choice([R, row(ZI), row(X)])
        d = depth - 1
        return self.pick(
            lambda: row(self.vector(d)),
            lambda: dot(self.row(d), self.square(d)),
            lambda: dot(self.row(d), Operation("diag", (self.vector(d),)), self.square(d)),
            lambda: plus(self.row(d), self.row(d)),
            lambda: times(self.number(d), self.row(d)),
            lambda: Cases((ZERO_ROW, self.row(d)), self.conditions(d)),
            lambda: self.summed(d, self.row),
        )

    def square(self, depth):
        if depth == 0:
            return C
        d = depth - 1
        return self.pick(
            lambda: dot(self.vector(d), self.row(d)),
            lambda: dot(self.square(d), self.square(d)),
            lambda: dot(Operation("diag", (self.vector(d),)), self.square(d)),
            lambda: dot(self.square(d), Operation("diag", (self.vector(d),))),
            lambda: plus(self.square(d), minus(self.square(d))),
            lambda: times(self.number(d), self.square(d)),
            lambda: Transpose(self.square(d)),
            lambda: Call("sin", (self.square(d),)),
            lambda: self.summed(d, self.square),
        )


@pytest.mark.parametrize("kind", ["number", "vector", "row", "square"])
def test_random_bodies_have_the_value_that_loops_give(kind, monkeypatch):
    at_once = compared = 0
    for seed in range(150):
        bodies = getattr(Bodies(seed), kind)(3), times(YI, getattr(Bodies(-seed - 1), kind)(1))
        e, env = over(II, COUNT, plus(*bodies)), data(seed)
        wanted = np.array(reference(e, env))
        size = np.max(np.abs(wanted))
        if not size < 1e9:
            continue
        at_once += not is_looped(source(e))
        close = {"rtol": 1e-8, "atol": 1e-9 * max(1, size)}
        np.testing.assert_allclose(table(value_of(e, env), len(e.shape)), wanted, **close)
        with monkeypatch.context() as patch:
            patch.setattr(python_names, "batched_sums", lambda *_: frozenset())
            np.testing.assert_allclose(table(value_of(e, env), len(e.shape)), wanted, **close)
        compared += 1
    assert compared > 100
    assert at_once == compared


# Depth and length -----------------------------------------------------------------------------------------------------


def test_a_deep_body_is_split():
    deep = ZI
    for _ in range(40):
        deep = Call("tanh", (plus(dot(C, deep), Y),))
    e = over(II, COUNT, deep)
    text = source(e)
    assert max(map(len, text.splitlines())) < 300
    agrees(e)


def test_many_nested_sums_compile_fast():
    indices = [Symbol("i", subscript=str(k), kind="index") for k in range(60)]
    e = S
    for index in indices:
        e = over(index, N, times(e, Entry(X, (index,))))
    x = np.array([0.5, 0.25, 0.75])
    assert run(source(e), *({S: 2.0, X: x}[p] for p in array_parameters(symbols(e), e))) == pytest.approx(
        2 * x.sum() ** 60
    )
