import math

import pytest

from derive.errors import UndefinedError, UnsupportedError
from derive.expr.functions import FUNCTIONS
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
    Logic,
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
from derive.expr.numeric import precise, value, values

X, Y = Symbol("x"), Symbol("y")
ONE, TWO, THREE, EIGHT = map(Integer, (1, 2, 3, 8))
ABOVE = Relation((X, ONE), (">",))
F = Symbol("f", kind="function")


def minus(e):
    return Sum((e,), (-1,))


@pytest.mark.parametrize(
    ("e", "expected"),
    [
        (Decimal("0.50"), 0.5),
        (Constant("pi"), math.pi),
        (Sum((X, Y, ONE), (1, -1, 1)), 2.0 - 3.0 + 1),
        (Product((X, Y), ("",)), 6.0),
        (Quotient(X, Y), 2 / 3),
        (Power(X, minus(TWO)), 0.25),
        (Root(minus(EIGHT), THREE), -2.0),
        (Root(Y), math.sqrt(3)),
        (Call("max", (X, Y, ONE)), 3.0),
        (Call("log", (EIGHT, TWO)), 3.0),
        (Call("binomial", (EIGHT, THREE), "binom"), 56.0),
        (Call("binomial", (minus(TWO), THREE), "binom"), -4.0),
        (Call("binomial", (TWO, EIGHT), "binom"), 0.0),
        (Call("binomial", (EIGHT, minus(ONE)), "binom"), 0.0),
        (Indicator(Relation((ONE, X, Y), ("<", "<="))), 1.0),
        (Indicator(Logic("or", (Relation((X, Y), (">",)), Relation((X, Y), ("=",))))), 0.0),
        (Cases((X, Y), (ABOVE, None)), 2.0),
        (Cases((Quotient(ONE, Sum((X, TWO), (1, -1))), Y), (Relation((X, TWO), (">",)), None)), 3.0),
        (At(Product((X, Y), ("",)), (X,), (EIGHT,)), 24.0),
        (Transpose(X), 2.0),
    ],
)
def test_a_part_of_each_kind_has_its_value(e, expected):
    point = {X: 2.0, Y: 3.0}
    assert value(e, point) == pytest.approx(expected, rel=1e-15)
    assert abs(precise(e, point) - expected) < 1e-14


@pytest.mark.parametrize(
    "e",
    [
        Quotient(ONE, Integer(0)),
        Root(minus(EIGHT)),
        Power(minus(EIGHT), Quotient(ONE, THREE)),
        Call("ln", (minus(ONE),)),
        Call("arcsin", (TWO,)),
        Call("gamma", (minus(TWO),)),
        Call("binomial", (minus(TWO), Quotient(ONE, THREE)), "binom"),
        Cases((X,), (Relation((X, X), ("<",)),)),
        Sum((Constant("infinity"), Constant("infinity")), (1, -1)),
    ],
)
def test_outside_the_domain_there_is_no_value(e):
    for evaluate in (value, precise):
        with pytest.raises(UndefinedError):
            evaluate(e, {X: 2.0})


def test_a_tower_of_powers_is_left_alone():
    tower = Power(Integer(9), Power(Integer(9), Power(Integer(9), Integer(9))))
    with pytest.raises(UndefinedError):
        value(tower, {})
    with pytest.raises(UnsupportedError):
        precise(tower, {})


@pytest.mark.parametrize("e", [Derivative(X, (Y,)), Symbol("z"), Apply(F, (X,))])
def test_what_nobody_gave_a_value_is_unsupported(e):
    with pytest.raises(UnsupportedError):
        value(e, {X: 1.0, Y: 1.0})


def test_declared_functions_are_given_by_order():
    powers = {F: lambda order, x: (x**3, 3 * x**2, 6 * x)[order]}
    assert value(Apply(F, (X,), 2), {X: 5.0}, powers) == 30.0


def test_a_matrix_has_rows():
    column = Matrix(((X,), (Y,)))
    assert values(Transpose(Product((TWO, column), ("",))), {X: 1.0, Y: 2.0}) == ((2.0, 4.0),)
    assert values(Sum((column, column), (1, -1)), {X: 1.0, Y: 2.0}) == ((0.0,), (0.0,))
    with pytest.raises(UnsupportedError):
        value(column, {X: 1.0, Y: 2.0})


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_both_arithmetics_agree_on_each_function(name):
    row = FUNCTIONS[name]
    agreed = 0
    for x in (-2.5, -0.4, 0.3, 1.6, 3.0):
        arguments = (Decimal("2"), Decimal("0.7"))[: row.arity - 1]
        e = Call(name, (X, *arguments) if name != "polygamma" else (TWO, X))
        try:
            floats = value(e, {X: x})
        except UndefinedError:
            continue
        assert abs(precise(e, {X: x}) - floats) < 1e-13 * max(1, abs(floats))
        agreed += 1
    assert agreed >= 1


def test_depth_costs_no_recursion():
    e = X
    for _ in range(5_000):
        e = Call("sin", (e,))
    assert 0 < value(e, {X: 1.0}) < 1
