import ast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.derivation import Definition
from derive.errors import UnsupportedError
from derive.expr.functions import FUNCTIONS
from derive.expr.interning import Table, interning
from derive.expr.names import names
from derive.expr.nodes import (
    Apply,
    At,
    Call,
    Cases,
    Constant,
    Decimal,
    Derivative,
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
from derive.expr.numeric import value
from derive.writer.python import python_source
from tests.expr.formulas import POINTS, close, formulas, settled_value

X, Y, U = Symbol("x"), Symbol("y"), Symbol("u")
ONE, TWO = Integer(1), Integer(2)


def minus(e):
    return Sum((e,), (-1,))


def times(*factors):
    return Product(factors, ("",) * (len(factors) - 1))


def source(e, parameters=(X, Y), **more):
    return python_source("derivative", e, parameters, names(parameters), **more)


def run(text, *arguments, **named):
    space = {}
    exec(compile(text, "<generated>", "exec"), space)
    last = [n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)][-1]
    with np.errstate(all="ignore"):
        return space[last.name](*arguments, **named)


@given(st.data())
def test_the_function_has_the_value_of_the_formula(data):
    with interning(Table()):
        e = data.draw(formulas())
        x, y = data.draw(st.sampled_from(POINTS))
        wanted = settled_value(e, x, y)
        parameters = (Symbol("x"), Symbol("y"))
        assert close(float(run(source(e, parameters), x=x, y=y)), wanted)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_each_function_is_written(name):
    arguments = (X, TWO)[: FUNCTIONS[name].arity] if name != "polygamma" else (TWO, X)
    e = Call(name, arguments)
    x = 1.4 if name in ("arcosh", "arcoth", "arcsec", "arccsc") else 0.6
    assert float(run(source(e), x=x, y=0.0)) == pytest.approx(value(e, {X: x}), rel=1e-13)


@pytest.mark.parametrize(("name", "wanted"), [("max", [1.0, 2.0]), ("min", [-3.0, 1.0])])
def test_greatest_and_least_of_an_array_and_numbers(name, wanted):
    text = source(Call(name, (X, Y, Integer(1))))
    assert run(text, x=np.array([-3.0, 2.0]), y=1.0).tolist() == wanted


def test_a_simple_derivative_reads_as_a_person_writes_it():
    text = source(times(TWO, X, Call("cos", (Power(X, TWO),))), (X,))
    assert text == "import numpy as np\n\n\ndef derivative(x):\n    return 2*x*np.cos(x**2)\n"


def test_definitions_and_named_derivatives_become_variables_if_they_are_needed():
    du_dx = Derivative(U, (X,))
    text = source(
        times(U, du_dx),
        (X,),
        definitions=(Definition(U, Power(X, TWO)), Definition(Symbol("v"), X)),
        derivatives={du_dx: times(TWO, X)},
    )
    assert text.splitlines()[4:] == ["    u = x**2", "    du_dx = 2*x", "    return u*du_dx"]


def test_a_point_is_put_in_through_the_definitions():
    e = At(times(U, Derivative(U, (X,))), (X,), (Integer(5),))
    text = source(
        e, (X,), definitions=(Definition(U, Power(X, TWO)),), derivatives={Derivative(U, (X,)): times(TWO, X)}
    )
    assert run(text, x=3.0) == 250.0


def test_what_is_shared_is_computed_once():
    shared = Call("sin", (times(Integer(3), X),))
    text = source(Sum((shared, Power(shared, TWO)), (1, 1)), (X,))
    assert text.count("np.sin") == 1


def test_a_sum_that_others_begin_with_is_computed_once():
    z = Sum((times(TWO, X), Call("sin", (Y,))), (1, 1))
    for more in ((Y, X), (Y,)):
        longer = Sum((*z.terms, *more), (*z.signs, *(-1 for _ in more)))
        text = source(times(z, longer, Power(Sum((*z.terms, Y), (1, 1, -1)), TWO)))
        assert text.count("np.sin") == 1
        s = 2 * 0.3 + np.sin(0.7)
        assert run(text, x=0.3, y=0.7) == s * (s - 0.7 - 0.3 * len(more[1:])) * (s - 0.7) ** 2


def test_the_source_does_not_depend_on_the_table_that_is_in_use():
    with interning(Table()):
        x, y = Symbol("x"), Symbol("y")
        z = Sum((x, times(Integer(2), y)), (1, 1))
        e = times(Call("sin", (z,)), Sum((*z.terms, y), (1, 1, -1)), Power(Constant("e"), z))
        inside = source(e, (x, y))
    assert source(e, (x, y)) == inside


def test_of_two_opposite_conditions_one_is_asked():
    above, below = Relation((X, Y), (">",)), Relation((X, Y), ("<=",))
    assert "return np.where(x > y, x, y)[()]" in source(Cases((X, Y), (above, below)))
    assert "np.nan" in source(Cases((X, Y), (above, Relation((X, Y), ("<",)))))
    assert "np.nan" in source(Cases((X, Y), (above, Relation((Y, X), ("<=",)))))


@pytest.mark.parametrize(
    ("e", "shape"),
    [
        (Matrix(((X,), (Y,))), (2,)),
        (Matrix(((X, Y),)), (1, 2)),
        (Matrix(((X, ONE), (Y, TWO), (X, Y))), (3, 2)),
        (Transpose(Matrix(((X,), (Y,)))), (1, 2)),
        (Transpose(Matrix(((X, Y),))), (2,)),
        (times(TWO, Matrix(((X,), (Y,)))), (2,)),
        ((X, Y, X), (3,)),
        (((X, Y), (Y, X)), (2, 2)),
    ],
)
def test_results_have_the_shape_of_the_formula(e, shape):
    out = run(source(e), x=1.0, y=2.0)
    assert out.shape == shape
    assert out.dtype == float


def test_the_case_that_is_not_taken_does_no_harm():
    text = source(Cases((Quotient(ONE, X), Call("ln", (minus(X),))), (Relation((X, Integer(0)), (">",)), None)), (X,))
    assert run(text, x=4.0) == 0.25
    assert run(text, x=-1.0) == 0.0
    assert isinstance(run(text, x=-1.0), float)
    assert source(Cases((Quotient(ONE, X), X), (Relation((X, Integer(0)), ("!=",)), None)), (X,)).count("errstate") == 1
    assert run(source(Cases((Quotient(ONE, X), X), (Relation((X, Integer(0)), ("!=",)), None)), (X,)), x=0.0) == 0.0


def test_arrays_are_worked_out_entry_by_entry():
    grid = np.linspace(-1, 1, 5)
    e = Cases((Power(X, TWO), minus(X)), (Relation((X, Integer(0)), (">",)), None))
    assert run(source(e, (X,)), x=grid) == pytest.approx([1.0, 0.5, 0.0, 0.25, 1.0])


def test_roots_and_powers_stay_real():
    assert run(source(Root(X, Integer(5)), (X,)), x=-32.0) == pytest.approx(-2.0)
    assert run(source(Root(X, Integer(3)), (X,)), x=-8.0) == pytest.approx(-2.0)
    assert np.isnan(run(source(Power(X, Quotient(ONE, TWO)), (X,)), x=-4.0))
    assert run(source(Power(X, Integer(3)), (X,)), x=-3.0) == -27.0
    assert run(source(Power(X, minus(TWO)), (X,)), x=2) == 0.25


def test_a_declared_function_is_an_argument_and_so_are_its_derivatives():
    f = Symbol("f", kind="function")
    text = python_source("f", times(Apply(f, (X,)), Apply(f, (Y,), 2)), (X, Y, f), names((X, Y, f)))
    assert run(text, 2.0, 3.0, lambda t: t**3, lambda t: 6 * t) == 8.0 * 18.0


def test_tiny_numbers_are_quotients_that_are_as_exact():
    text = source(times(Decimal("0.00012"), X), (X,))
    assert not [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Constant) and isinstance(n.value, float)]
    assert run(text, x=1.0) == 0.00012


def test_a_tower_of_powers_does_not_hang():
    tower = Power(Integer(9), Power(Integer(9), Power(Integer(9), Integer(9))))
    assert run(source(times(tower, X), (X,)), x=1.0) == np.inf


def deep_formulas():
    nested = squared = fraction = cases = maximum = X
    for k in range(1_000):
        nested = Call("sin", (nested,))
        squared = Sum((squared, Quotient(Power(squared, TWO), Integer(1_000_000))), (1, 1))
        fraction = Quotient(ONE, Sum((ONE, fraction), (1, 1)))
        cases = Cases((cases, minus(cases)), (Relation((X, Integer(k)), ("<",)), None))
        maximum = Call("elu", (Call("max", (maximum, Integer(k))),))
    wide = [Call("cos", (times(Integer(k), X),)) for k in range(3_000)]
    return {
        "nested": nested,
        "squared": squared,
        "fraction": fraction,
        "cases": cases,
        "maximum": maximum,
        "sum": Sum(tuple(wide), (1, -1) * 1_500),
        "product": times(*wide),
    }


@pytest.mark.parametrize("name", sorted(deep_formulas()))
def test_deep_and_long_formulas_compile_to_source_of_linear_length(name):
    e = deep_formulas()[name]
    text = source(e, (X,))
    assert len(text) < 150_000
    assert run(text, x=0.5) == pytest.approx(value(e, {X: 0.5}), rel=1e-9)


def test_what_has_no_value_is_unsupported():
    with pytest.raises(UnsupportedError, match="z has no value"):
        source(Symbol("z"))
    with pytest.raises(UnsupportedError, match="derivative"):
        source(Derivative(U, (X,)))
