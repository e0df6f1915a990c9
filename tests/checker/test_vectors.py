"""Lines of vector calculus: those that hold pass, and each is refused when it is changed in one place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from derive.checker import check
from derive.checker.arrays import cells
from derive.checker.coordinates import coordinates
from derive.checker.points import root_frame, stratified
from derive.checker.series import base
from derive.checker.world import World
from derive.derivation import Answer, Derivation, Evidence, Notation
from derive.errors import CheckError
from derive.expr.nodes import (
    Apply,
    At,
    Entry,
    Expr,
    Filled,
    Indicator,
    Matrix,
    Symbol,
    Transpose,
)
from derive.expr.operations import OPERATIONS
from derive.expr.shapes import shape
from tests.checker.build import (
    add,
    at,
    by,
    call,
    compare,
    derivation,
    div,
    index,
    lift,
    matmul,
    mul,
    neg,
    op,
    over,
    power,
    size,
    sub,
    sym,
    vec,
)

X, W, B, V = vec("x"), vec("w"), vec("b", "m"), vec("v")
A, S, M = vec("A", "m", "n"), vec("S", "n", "n"), vec("M", "n", "n")
DATA, Y = vec("X", "N", "n", kind="family"), vec("y", "N", kind="family")
N, n = size("N"), size("n")
i, j, k = index("i"), index("j"), index("k")
ONES, EYE, NIL = Filled("ones", shape("n")), Filled("identity", shape("n", "n")), Filled("zeros", shape("n"))
FIRST, SECOND, THIRD = (Filled("unit", shape("n"), place) for place in (1, 2, 3))
T = Transpose


def inverse(of: Expr) -> Expr:
    return power(of, -1)


def column(*entries: Expr | str | int) -> Expr:
    return Matrix(tuple((lift(e),) for e in entries))


def evidence(d: Derivation) -> list[Evidence]:
    return [line.evidence for step in check(d).steps for line in step.lines if line.evidence is not None]


def holds(*lines: tuple[Expr, Expr], **options: Any) -> None:
    found = evidence(derivation(*lines, **options))
    assert len(found) == len(lines)
    assert all(e.status == "checked" and e.points > 0 for e in found)


def fails(*lines: tuple[Expr, Expr], why: str = "does not hold", **options: Any) -> str:
    with pytest.raises(CheckError, match=why) as caught:
        check(derivation(*lines, **options))
    return caught.value.message


RESIDUAL = sub(matmul(A, X), B)
TRUE: dict[str, tuple[Expr, Expr]] = {
    # of a number by a vector: a row
    "dot": (by(op("inner", W, X), W), T(X)),
    "square": (by(op("inner", X, X), X), mul(2, T(X))),
    "norm": (by(op("norm", X), X), div(T(X), op("norm", X))),
    "norm 1": (by(op("norm 1", X), X), T(call("sign", X))),
    "norm 3": (by(op("norm p", X, 3), X), T(op("hadamard", op("hadamard", X, call("abs", X)),
                                             power(op("norm p", X, 3), -2)))),
    "quadratic": (by(matmul(T(X), S, X), X), matmul(T(X), add(S, T(S)))),
    "least squares": (by(power(op("norm", RESIDUAL), 2), X), mul(2, matmul(T(RESIDUAL), A))),
    "sum": (by(op("sum", X), X), T(ONES)),
    "mean": (by(op("mean", X), X), mul(div(1, n), T(ONES))),
    "log-sum-exp": (by(op("logsumexp", X), X), T(op("softmax", X))),
    "sum of squares": (by(over(i, n, power(at(X, i), 2)), X), mul(2, T(X))),
    "product": (by(over(i, n, at(X, i), operator="prod"), X), mul(over(i, n, at(X, i), operator="prod"),
                                                                   T(op("divide", 1, X)))),
    "maximum": (by(call("max", 0, add(op("inner", W, X), "b")), W),
                mul(Indicator(compare(add(op("inner", W, X), "b"), ">", 0)), T(X))),
    "power of a size": (by(power(at(X, 1), n), X), mul(n, power(at(X, 1), sub(n, 1)), T(FIRST))),
    # of a vector
    "linear": (by(matmul(A, X), X), A),
    "identity": (by(X, X), EYE),
    "entrywise product": (by(op("hadamard", W, X), W), op("diag", X)),
    "entrywise quotient": (by(op("divide", W, X), X), neg(op("diag", op("divide", W, op("hadamard", X, X))))),
    "entrywise function": (by(call("sin", X), X), op("diag", call("cos", X))),
    "entrywise power": (by(op("power", X, 3), X), mul(3, op("diag", op("hadamard", X, X)))),
    "rectified": (by(call("max", 0, matmul(A, X)), X), matmul(op("diag", Indicator(compare(matmul(A, X), ">", 0))), A)),
    "softmax": (by(op("softmax", X), X),
                sub(op("diag", op("softmax", X)), matmul(op("softmax", X), T(op("softmax", X))))),
    "plus a number": (by(add(X, "t"), sym("t")), ONES),
    "times a number": (by(mul("t", X), sym("t")), X),
    "of a row": (by(T(mul(X, power("t", 2))), sym("t")), mul(2, "t", T(X))),
    "stacked": (by(column(at(X, 1), op("inner", X, X)), X), Matrix(((T(FIRST),), (mul(2, T(X)),)))),
    "normalised": (by(div(X, op("norm", X)), X),
                   sub(div(EYE, op("norm", X)), div(matmul(X, T(X)), power(op("norm", X), 3)))),
    # by a matrix
    "bilinear by the matrix": (by(matmul(T(B), A, X), A), matmul(X, T(B))),
    "trace": (by(op("trace", matmul(A, T(A))), A), mul(2, T(A))),
    "determinant": (by(op("det", S), S), mul(op("det", S), inverse(S))),
    "logarithm of the determinant": (by(call("ln", call("abs", op("det", S))), S), inverse(S)),
    "Frobenius": (by(power(op("frobenius", A), 2), A), mul(2, T(A))),
    "entry": (by(at(A, 1, 2), A), matmul(SECOND, T(Filled("unit", shape("m"), 1)))),
    # of an entry, by an entry
    "by an entry": (by(op("inner", X, X), at(X, j)), mul(2, at(X, j))),
    "entry by entry": (by(at(matmul(A, X), i), at(X, j)), at(A, i, j)),
    "vector by an entry": (by(matmul(A, X), at(X, 2)), matmul(A, SECOND)),
    "by a vector of a family": (by(over(k, N, power(op("norm", at(DATA, k)), 2)), at(DATA, i)), mul(2, T(at(DATA, i)))),
    # matrices
    "inverse": (matmul(S, inverse(S)), EYE),
    "squared": (power(S, 2), matmul(S, S)),
    "transposed product": (T(matmul(A, X)), matmul(T(X), T(A))),
    "outer product": (matmul(matmul(X, T(X)), X), mul(op("inner", X, X), X)),
    "vec and Kronecker": (op("vec", matmul(A, S, M)), matmul(op("kronecker", T(M), A), op("vec", S))),
    "derivative of the inverse": (by(inverse(mul("t", S)), sym("t")), neg(div(inverse(mul("t", S)), "t"))),
    "exponential": (by(op("expm", mul("t", S)), sym("t")), matmul(S, op("expm", mul("t", S)))),
    # twice
    "Hessian of a square": (by(by(op("inner", X, X), X), X), by(op("inner", X, X), X, X)),
    "Jacobian of the gradient": (by(T(by(matmul(T(X), S, X), X)), X), add(S, T(S))),
    "mixed": (by(by(matmul(T(X), S, X), at(X, 1)), at(X, 2)), add(at(S, 1, 2), at(S, 2, 1))),
    # families and sums
    "sum over data": (by(over(i, N, power(sub(at(Y, i), op("inner", W, at(DATA, i))), 2)), W),
                      mul(-2, over(i, N, mul(sub(at(Y, i), op("inner", W, at(DATA, i))), T(at(DATA, i)))))),
    "double sum": (over(i, n, over(j, i, at(X, j))), over(j, n, mul(add(sub(n, j), 1), at(X, j)))),
    # declared functions
    "chain": (by(Apply(Symbol("f", kind="function"), (op("inner", X, X),)), X),
              mul(2, Apply(Symbol("f", kind="function"), (op("inner", X, X),), 1), T(X))),
}  # fmt: skip


@pytest.mark.parametrize("name", TRUE)
def test_a_true_line_holds_and_a_changed_one_does_not(name: str) -> None:
    left, right = TRUE[name]
    holds((left, right))
    for wrong in (neg(right), mul(1.000001, right)):
        fails((left, wrong))


F = Symbol("f", kind="function")
G = Symbol("g", kind="function", shape=shape("m"))
WRONG: dict[str, tuple[Expr, Expr]] = {
    "the gradient as a column": (by(op("inner", W, X), W), X),
    "the Jacobian transposed": (by(matmul(S, X), X), T(S)),
    "by a matrix, as the matrix is": (by(matmul(T(X), S, W), S), matmul(X, T(W))),
    "half of a symmetric form": (by(matmul(T(X), S, X), X), mul(2, matmul(T(X), S))),
    "no row of ones": (by(op("sum", call("exp", X)), X), T(op("softmax", X))),
    "no diagonal matrix": (by(op("softmax", X), X), neg(matmul(op("softmax", X), T(op("softmax", X))))),
    "factors swapped": (by(matmul(S, M, X), X), matmul(M, S)),
    "the inverse not squared": (by(inverse(mul("t", S)), sym("t")), neg(inverse(mul("t", S)))),
    "the inverse of a product": (inverse(matmul(S, M)), matmul(inverse(S), inverse(M))),
    "the determinant of a sum": (op("det", add(S, M)), add(op("det", S), op("det", M))),
    "operands of a Kronecker product": (op("kronecker", S, M), op("kronecker", M, S)),
    "rows stacked": (op("vec", S), op("vec", T(S))),
    "a sum one short": (by(over(i, n, power(at(X, i), 2)), X), mul(2, T(sub(X, mul(at(X, 3), THIRD))))),
    "another entry": (by(at(matmul(S, X), i), at(X, j)), at(S, j, i)),
    "both functions alike": (Apply(F, (X,)), Apply(Symbol("h", kind="function"), (X,))),
    "components alike": (Entry(Apply(G, (X,)), (lift(1),)), Entry(Apply(G, (X,)), (lift(2),))),
    "arguments swapped": (Apply(F, (X, W)), Apply(F, (W, X))),
    "one entry is never below zero": (op("norm 1", X), op("sum", X)),
    "the greatest size is that of the first": (op("norm inf", X), call("abs", at(X, 1))),
    "cases pulled out of a sum": (over(i, N, call("max", 0, at(Y, i))), call("max", 0, over(i, N, at(Y, i)))),
    "far from zero": (op("sum", call("max", 0, sub(X, 999))), lift(0)),
    "one bound": (over(i, n, at(X, i)), over(i, n, at(X, i), lower=2)),
    "a size off by one": (op("length", X), add(n, 1)),
    "an operation that may be swapped": (op("generic", X, W), op("generic", W, X)),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_line_is_refused(name: str) -> None:
    fails(WRONG[name])


def test_sides_of_different_shapes_are_told() -> None:
    assert "shapes (1, n) against (n,)" in fails((by(op("inner", W, X), W), X))
    assert "shapes (n,) against ()" in fails((X, lift(0)))


def test_the_point_of_a_failure_names_entries() -> None:
    message = fails((by(op("inner", S, S), S), mul(3, T(S))))
    assert " S[1, 1] = " in message
    assert " x[1] = " in fails((X, mul(2, X)))


# definitions and indices


def neuron() -> tuple[dict[Any, Expr], dict[str, tuple[Expr, Expr]]]:
    """The loss of a neuron over data, its indexed definitions, and the lines of its derivative."""
    z, v, loss = Symbol("z", (), "i"), Symbol("v", (), "i"), sym("C")
    x, positive = at(DATA, i), Indicator(compare(Symbol("z", (), "i"), ">", 0))
    let: dict[Any, Expr] = {
        z: add(op("inner", W, x), "b"),
        v: sub(at(Y, i), call("max", 0, z)),
        loss: mul(div(1, N), over(i, N, power(v, 2))),
    }
    lines = {
        "affine": (by(z, W), T(x)),
        "direct": (by(v, z, through=False), neg(positive)),
        "by one of the intermediate variables": (by(loss, v), mul(div(2, N), v)),
        "one term": (by(v, W), neg(mul(positive, T(x)))),
        "chain": (by(loss, W), over(i, N, mul(by(loss, v), by(v, W)))),
        "whole": (by(loss, W), neg(mul(div(2, N), over(i, N, mul(v, positive, T(x)))))),
        "by the bias": (by(loss, sym("b")), neg(mul(div(2, N), over(i, N, mul(v, positive))))),
    }
    return let, lines


def test_indexed_definitions() -> None:
    let, lines = neuron()
    holds(*lines.values(), let=let, formula=sym("C"), independents=(W, "b"))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("affine", T(at(DATA, 1))),
        ("direct", Indicator(compare(Symbol("z", (), "i"), ">", 0))),
        ("by one of the intermediate variables", mul(2, Symbol("v", (), "i"))),
        ("one term", neg(T(at(DATA, i)))),
        ("chain", mul(N, by(sym("C"), W))),
        ("whole", neg(mul(div(2, N), over(i, N, mul(Symbol("v", (), "i"), T(at(DATA, i))))))),
        ("by the bias", neg(mul(div(2, N), over(i, N, Symbol("v", (), "i"))))),
    ],
)
def test_wrong_lines_with_indexed_definitions(name: str, wrong: Expr) -> None:
    let, lines = neuron()
    fails((lines[name][0], wrong), let=let, formula=sym("C"), independents=(W, "b"))


def test_vectors_as_definitions() -> None:
    u, r, y = vec("u", "m"), vec("r", "m"), sym("y")
    let: dict[Any, Expr] = {u: matmul(A, X), r: call("tanh", u), y: op("inner", r, r)}
    slope = op("diag", sub(1, op("hadamard", r, r)))
    good = (
        (by(y, r), mul(2, T(r))), (by(r, u), slope), (by(u, X), A), (by(y, u), matmul(by(y, r), by(r, u))),
        (by(y, X), matmul(by(y, r), by(r, u), by(u, X))), (by(at(r, i), at(u, i)), sub(1, power(at(r, i), 2))),
        (by(y, at(r, 2)), mul(2, at(r, 2))), (by(at(r, i), X, through=False), T(NIL)),
        (by(y, r, r), by(mul(2, T(r)), r)),
    )  # fmt: skip
    holds(*good, let=let, formula=y, independents=(X,))
    fails((by(y, X), matmul(by(y, r), by(u, X))), let=let, formula=y)
    fails((by(at(r, i), at(u, j)), sub(1, power(at(r, i), 2))), let=let, formula=y)
    fails((by(r, X, through=False), by(r, X)), let=let, formula=y)


def test_a_definition_beside_a_vector_is_held() -> None:
    u, y = sym("u"), sym("y")
    let: dict[Any, Expr] = {u: op("inner", X, X), y: mul(u, op("sum", X))}
    holds((by(y, X, through=False), mul(u, T(ONES))), (by(y, X), add(mul(u, T(ONES)), mul(2, op("sum", X), T(X)))),
          let=let, formula=y)  # fmt: skip
    fails((by(y, X, through=False), by(y, X)), let=let, formula=y)


def test_points_with_vectors() -> None:
    bound = At(by(op("inner", X, X), X), (X,), (column(3, -4),))
    two = vec("p", 2)
    holds((At(by(op("inner", two, two), two), (two,), (column(3, -4),)), Matrix(((lift(6), lift(-8)),))))
    assert bound.shape == shape(1, "n")


def test_sums_inside_of_sums_keep_their_indices_apart() -> None:
    square = over(i, n, over(j, n, mul(at(X, i), at(S, i, j), at(X, j))))
    holds((square, matmul(T(X), S, X)), (by(square, at(X, k)), add(over(j, n, mul(at(S, k, j), at(X, j))),
          over(i, n, mul(at(X, i), at(S, i, k))))))  # fmt: skip
    fails((over(i, n, mul(at(X, i), over(i, n, at(X, i)))), over(i, n, power(at(X, i), 2))))


def test_bounds_may_be_sizes_numbers_and_nothing() -> None:
    holds((over(i, n, lift(1)), n), (over(i, sub(n, 1), sub(at(X, add(i, 1)), at(X, i))), sub(at(X, n), at(X, 1))))
    holds((over(i, 0, at(X, 1)), lift(0)), (over(i, 0, at(X, 1), operator="prod"), lift(1)))
    holds((over(i, 5, at(X, i)), add(*(at(X, m) for m in range(1, 6)))))
    holds((over(i, 3, S, operator="prod"), power(S, 3)))


def test_what_no_evaluator_can_do_stays_open() -> None:
    long, beyond = over(i, 10**6, at(X, 1)), over(i, add(n, 1), at(X, i))
    norms = (op("nuclear", A), op("nuclear", A))
    for line, why in (((long, long), "terms"), ((beyond, beyond), "beyond"), (norms, "nuclear"), ((i, i), "index")):
        (found,) = (
            e.evidence for s in check(derivation(line, formula=lift(1)), allow_unchecked=True).steps for e in s.lines
        )
        assert found is not None
        assert found.status == "unchecked"
        assert why in found.why


# sets of matrices


def of_set(kind: str, *lines: tuple[Expr, Expr], formula: Expr | None = None) -> Derivation:
    d = derivation(*lines, formula=formula)
    return replace(d, problem=replace(d.problem, notation=Notation(sets={S: kind})))


def test_symmetric_and_definite_matrices() -> None:
    form, logarithm = by(matmul(T(X), S, X), X), call("ln", op("det", S))
    assert evidence(of_set("S", (form, mul(2, matmul(T(X), S))), (S, T(S))))
    assert evidence(of_set("S_{++}", (by(logarithm, S), inverse(S)), (S, T(S)), (lift(0), mul(0, logarithm))))
    for kind, sign in (("S_{++}", ">"), ("S_{--}", "<")):
        positive = Indicator(compare(matmul(T(X), S, X), sign, 0))
        assert evidence(of_set(kind, (positive, lift(1)), formula=positive))
    fails((S, T(S)))
    with pytest.raises(CheckError, match="does not hold"):
        check(of_set("S", (Indicator(compare(op("det", S), ">", 0)), lift(1))))


def test_answers_are_about_the_formula() -> None:
    f, g = Symbol("f", shape=shape("m")), matmul(A, X)
    d = derivation((X, X), formula=g, let={f: g})
    scope = d.steps[0].scope
    good = Answer(by(f, X), A, (), scope)
    check(replace(d, answers=(good,)))
    with pytest.raises(CheckError, match="the answer does not hold"):
        check(replace(d, answers=(replace(good, value=mul(2, A)),)))
    with pytest.raises(CheckError, match="does not hold"):
        check(replace(d, answers=(good,), problem=replace(d.problem, formula=mul(2, g), definitions=())))
    pair = column(op("inner", X, X), op("sum", X))
    h = Symbol("h", shape=shape(2))
    d = derivation((X, X), formula=pair, let={h: pair})
    row = Answer(by(at(h, 1), at(X, j)), mul(2, at(X, j)), (), d.steps[0].scope)
    check(replace(d, answers=(row,)))
    with pytest.raises(CheckError, match="the answer does not hold"):
        check(replace(d, answers=(replace(row, lhs=by(at(h, 2), at(X, j))),)))


# the operations, and cost


def test_every_operation_has_a_value_or_says_why_not() -> None:
    vector, square = vec("x", 3), vec("S", 3, 3)
    for name, row in OPERATIONS.items():
        for operands in ((vector,) * row.arity, (square,) * row.arity, (vector, lift(3))[: row.arity]):
            try:
                e = op(name, *operands)
            except Exception:
                continue
            line = (e, e)
            statuses = [s.lines[0].evidence for s in check(derivation(line), allow_unchecked=True).steps]
            assert all(s is not None and (s.status == "checked" or name == "nuclear") for s in statuses), name


def test_points_have_all_signs_and_no_cell_twice() -> None:
    import random

    world = World({})
    free = [c for s in (X, S) for c in coordinates(world, s)]
    points = stratified(random.Random(3), free, 24)
    assert all(len(set(map(abs, p.values()))) == len(free) for p in points)
    frame = root_frame(world, points)
    assert all({v > 0 for v in base(c).values} == {True, False} for c in cells(frame.value(X)))
