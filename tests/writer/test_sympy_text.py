import pytest
import sympy
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from derive.errors import UndefinedError, UnsupportedError
from derive.expr.functions import FUNCTIONS
from derive.expr.interning import Table, interning
from derive.expr.names import names
from derive.expr.nodes import (
    Apply,
    Call,
    Cases,
    Constant,
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
)
from derive.expr.numeric import value
from derive.expr.sympy_bridge import to_sympy
from derive.writer.sympy_text import sympy_text
from tests.expr.formulas import POINTS, close, formulas, settled_value, symbols

X, Y = Symbol("x"), Symbol("y")
ONE, TWO, NINE = Integer(1), Integer(2), Integer(9)


def text(e):
    return sympy_text(e, {})


def times(*factors):
    return Product(factors, ("",) * (len(factors) - 1))


@settings(max_examples=60)
@given(st.data())
def test_sympify_reads_a_formula_of_the_same_value(data):
    with interning(Table()):
        e = data.draw(formulas())
        point = data.draw(st.sampled_from(POINTS))
        wanted = settled_value(e, *point)
        try:
            read = sympy.sympify(text(e))
        except TypeError:  # SymPy does not compare infinities, of a case that is not taken either
            reject()
        assert {s.name for s in read.free_symbols} <= {"x", "y"}
        at = {sympy.Symbol(n): sympy.Float(v, 30) for n, v in zip("xy", point, strict=True)}
        found = complex(sympy.N(read.subs(at), 30))
        assert abs(found.imag) < 1e-12
        assert close(found.real, wanted)


@settings(max_examples=100)
@given(st.data())
def test_symbols_of_all_spellings_are_read_as_symbols(data):
    with interning(Table()):
        drawn = data.draw(st.lists(symbols(), min_size=2, max_size=4, unique=True))
        spelled = names(drawn)
        read = sympy.sympify(sympy_text(Sum(tuple(drawn), (1,) * len(drawn)), spelled))
        assert read == sympy.Add(*map(sympy.Symbol, spelled.values()))


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_each_function_has_its_values(name):
    e = Call(name, (X, TWO)[: FUNCTIONS[name].arity] if name != "polygamma" else (TWO, X))
    at = 1.4 if name in ("arcosh", "arcoth", "arcsec", "arccsc") else 0.6
    for sign in (1, -1):
        try:
            wanted = value(e, {X: sign * at})
        except UndefinedError:
            continue
        found = complex(sympy.N(sympy.sympify(text(e)).subs("x", sign * at), 20))
        assert found == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(
    ("e", "expected"),
    [
        (Quotient(ONE, TWO), "1/2"),
        (Quotient(X, times(TWO, Y)), "x/(2*y)"),
        (times(Quotient(ONE, TWO), X), "1/2*x"),
        (times(X, Quotient(ONE, TWO)), "x*(1/2)"),
        (Sum((X, Sum((Y, ONE), (1, -1))), (1, -1)), "x - (y - 1)"),
        (Power(Sum((X,), (-1,)), TWO), "(-x)**2"),
        (Sum((Power(X, TWO),), (-1,)), "-x**2"),
        (Power(Power(X, TWO), TWO), "(x**2)**2"),
        (Power(Constant("e"), X), "exp(x)"),
        (Symbol("lambda"), "lamda"),
        (Symbol("S"), "S_"),
        (Matrix(((X, Y), (ONE, TWO))), "Matrix([[x, y], [1, 2]])"),
    ],
)
def test_the_text_is_what_a_person_would_type(e, expected):
    assert text(e) == expected


@pytest.mark.parametrize(
    "e",
    [
        Cases((X, Y), (Logic("and", (Relation((X, ONE), (">",)), Relation((Y, X), ("!=",)))), None)),
        Cases((X,), (Relation((X, ONE), (">",)),)),
        Indicator(Relation((ONE, X, TWO), ("<", "<="))),
        Matrix(((X,), (Y,))),
        Apply(Symbol("g", kind="function"), (X,), 2),
        Derivative(Symbol("u"), (X, Y)),
        Derivative(Power(X, TWO), (X,)),
        Root(X, Integer(3)),
        Relation((X, Y), ("=",)),
    ],
)
def test_what_sympify_reads_is_what_the_bridge_builds(e):
    assert sympy.sympify(text(e)) == to_sympy(e)


@pytest.mark.timeout(20)
def test_huge_numbers_are_not_worked_out_when_they_are_read():
    tower = Power(NINE, Power(NINE, Power(NINE, NINE)))
    for e in (tower, times(TWO, X, tower), Power(times(TWO, X), Integer(10**9)), Call("factorial", (Integer(10**6),))):
        assert sympy.sympify(text(e)).has(sympy.UnevaluatedExpr)


def test_what_sympify_could_not_read_is_unsupported():
    deep = shared = X
    for _ in range(200):
        deep = Call("sin", (deep,))
        shared = Sum((shared, Power(shared, TWO)), (1, 1))
    for e in (deep, shared, Sum((X,) * 1_000, (1,) * 1_000)):
        with pytest.raises(UnsupportedError):
            text(e)


@pytest.mark.parametrize("levels", [20, 45])
def test_the_deepest_text_that_is_written_is_read(levels):
    e = X
    for _ in range(levels):
        e = Quotient(ONE, Sum((ONE, Call("sin", (e,))), (1, 1)))
    assert sympy.sympify(text(e)).subs("x", 0.5).evalf() == pytest.approx(value(e, {X: 0.5}))
