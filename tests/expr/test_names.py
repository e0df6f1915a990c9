import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.expr.interning import Table, interning
from derive.expr.names import identifier, names
from derive.expr.nodes import Symbol
from derive.expr.reserved import BOUND
from tests.expr.formulas import symbols

S = Symbol


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("x",), "x"),
        (("theta",), "theta"),
        (("lambda",), "lamda"),
        (("u", (), "1"), "u_1"),
        (("x", (), r"\max"), "x_max"),
        (("x", (), r"\text{max}"), "x_max"),
        (("x", (), "i,j"), "x_i_j"),
        (("x", (), "t-1"), "x_t_minus_1"),
        (("y", ("hat",)), "y_hat"),
        (("y", ("bar", "hat"), "i"), "y_bar_hat_i"),
        (("z", (), "", "*"), "z_star"),
        (("x", (), "", "'"), "x_prime"),
        (("x", (), "", "''"), "x_prime_prime"),
        (("rate",), "rate"),
        (("mathcal{L}",), "mathcal_L"),
        (("N",), "N_"),
        (("beta",), "beta_"),
        (("np",), "np_"),
        (("id",), "id_"),
        (("return",), "return_"),
    ],
)
def test_a_name_follows_the_rule(parts, name):
    assert identifier(S(*parts)) == name


def test_the_later_symbol_gives_way_but_not_to_one_that_is_really_called_so():
    plain, text, numbered = S("x", (), "max"), S("x", (), r"\text{max}"), S("x", (), "max", "2")
    second = S("x", (), "max,2")
    assert names([plain, text, second, numbered]) == {
        plain: "x_max",
        text: "x_max_3",
        second: "x_max_2",
        numbered: "x_max_2_2",
    }


def test_names_that_are_taken_are_not_given_again():
    assert names([S("x")], taken=["x", "x_2"]) == {S("x"): "x_3"}


@given(st.data())
def test_names_are_unique_identifiers_that_nothing_else_has(data):
    with interning(Table()):
        drawn = data.draw(st.lists(symbols(), max_size=12))
        given_names = names(drawn)
        assert set(given_names) == set(drawn)
        assert len(set(given_names.values())) == len(given_names)
        for name in given_names.values():
            assert name.isidentifier()
            assert name.isascii()
            assert not keyword.iskeyword(name)
            assert name not in BOUND | {"np", "math", "mpmath"}


def test_all_that_sympy_binds_is_reserved():
    bound: dict[str, object] = {}
    exec("from sympy import *", bound)
    taken = {n for n, o in bound.items() if callable(o) and n.isidentifier() and not n.startswith("_")}
    assert taken - BOUND == set()
