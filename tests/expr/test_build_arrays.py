"""Products, transposes and diagonals as they are built: their values are those of NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.errors import ShapeError
from derive.expr.build import negative
from derive.expr.build_arrays import (
    an_entry,
    diagonal,
    fresh_indices,
    hadamard,
    identity,
    in_order,
    is_identity,
    is_zero,
    multiply,
    ones,
    side_by_side,
    size_number,
    total,
    transpose,
    worked_entry,
    zero,
)
from derive.expr.interning import Table, interning
from derive.expr.nodes import (
    Call,
    Cases,
    Entries,
    Expr,
    Integer,
    MatMul,
    Operation,
    Power,
    Product,
    Quotient,
    Relation,
    Symbol,
    Transpose,
    column_index,
    row_index,
)
from derive.expr.shapes import ONE, Dimension, Shape, shape
from derive.expr.walks import postorder, same
from tests.checker.build import add, at, index, mul, neg, op, over, size, sub, vec
from tests.worked import evaluated

RANDOM = np.random.default_rng(3)
VALUES = {"t": 1.7, "z": -0.4, "n": 3, "x": RANDOM.normal(size=3), "y": RANDOM.normal(size=3),
          "A": RANDOM.normal(size=(3, 3)), "B": RANDOM.normal(size=(3, 3))}  # fmt: skip
n = Dimension.of("n")


def value(e: Expr) -> np.ndarray:
    """Return the value, that of a vector as a column."""
    found = evaluated(e, VALUES)
    return found.reshape(-1, 1) if len(e.shape) == 1 else found


def known() -> dict[str, Expr]:
    """Numbers, columns, rows and matrices, written in many ways."""
    t, z, x, y, a, b = Symbol("t"), Symbol("z"), vec("x"), vec("y"), vec("A", "n", "n"), vec("B", "n", "n")
    row, i = Transpose(y), index("i")
    return {
        "t": t,
        "2": Integer(2),
        "1": Integer(1),
        "-z": neg(z),
        "0": Integer(0),
        "x": x,
        "y": y,
        "-x": neg(x),
        "tx": Product((t, x), ("",)),
        "x/t": Quotient(x, t),
        "x + y": add(x, y),
        "Ax": MatMul((a, x), ("",)),
        "tanh x": Call("tanh", (x,)),
        "zeros": zero((n,)),
        "ones": ones(n),
        "row": row,
        "-row": neg(row),
        "t row": Product((t, row), ("",)),
        "row A": MatMul((row, a), ("",)),
        "row of a difference": Transpose(sub(x, y)),
        "A": a,
        "B": b,
        "A - B": sub(a, b),
        "-A": neg(a),
        "zA": Product((z, a), ("",)),
        "AB": MatMul((a, b), ("",)),
        "A/t": Quotient(a, t),
        "A transposed": Transpose(a),
        "diag": op("diag", x),
        "x row": MatMul((x, row), ("",)),
        "row x": MatMul((row, x), ("",)),
        "sum": over(i, size("n"), Product((at(x, i), a), ("",))),
        "cases": Cases((a, b), (Relation((t, z), (">",)), None)),
        "no rows": zero((ONE, n)),
        "no matrix": zero((n, n)),
    }


with interning(Table()):
    NAMES = tuple(known())


def multiplied(factors: list[np.ndarray]) -> np.ndarray | None:
    """Return a product from the left; a row times a column is a number. None where shapes do not fit."""
    so_far = np.array(1.0)
    for factor in factors:
        if not (so_far.ndim and factor.ndim):
            so_far = so_far * factor
            continue
        if so_far.shape[1] != factor.shape[0]:
            return None
        so_far = so_far @ factor
        so_far = so_far[0, 0] if so_far.size == 1 else so_far
    return so_far


# Products -------------------------------------------------------------------------------------------------------------


@settings(max_examples=400, deadline=None)
@given(names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=5), put_in=st.booleans())
def test_a_product_has_the_value_of_its_factors_from_the_left(names: list[str], put_in: bool) -> None:
    with interning(Table()):
        factors = [known()[name] for name in names]
        expected = multiplied([value(f) for f in factors])
        if expected is None:
            with pytest.raises(ShapeError):
                multiply(factors, put_in=put_in)
            return
        found = multiply(factors, put_in=put_in)
        assert len(found.shape) == expected.ndim or (len(found.shape) == 1 and expected.shape[1] == 1)
        assert np.allclose(value(found), expected)


@settings(max_examples=200, deadline=None)
@given(names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=4))
def test_in_order_changes_nothing_but_brackets(names: list[str]) -> None:
    with interning(Table()):
        factors = [known()[name] for name in names]
        expected = multiplied([value(f) for f in factors])
        if expected is None:
            return
        found = in_order(factors)
        assert np.allclose(value(found), expected)
        assert set(factors) <= set(postorder(found))


def test_identities_and_ones_are_left_out_and_signs_go_to_the_front() -> None:
    with interning(Table()):
        a, x, t = vec("A", "n", "n"), vec("x"), Symbol("t")
        assert multiply([identity(n), a, identity(n), x]) is MatMul((a, x), ("",))
        assert is_identity(multiply([identity(n), identity(n)]))
        assert multiply([Integer(1), x]) is x
        assert multiply([neg(a), neg(x)]) is MatMul((a, x), ("",))
        assert multiply([a, neg(x)]) is negative(MatMul((a, x), ("",)))
        assert multiply([a, t, x]) is Product((t, MatMul((a, x), ("",))), ("",))


def test_a_number_between_vectors_parts_the_product() -> None:
    with interning(Table()):
        x, y, a = vec("x"), vec("y"), vec("A", "n", "n")
        groups = [f.e for f in side_by_side([Transpose(x), y, a, y])]
        assert groups == [MatMul((Transpose(x), y), ("",)), MatMul((a, y), ("",))]


def test_a_number_stays_behind_the_matrix_that_it_stands_behind() -> None:
    with interning(Table()):
        a, b, t = vec("A", "n", "n"), vec("B", "n", "n"), Symbol("t")
        assert [f.e for f in side_by_side([a, t])] == [a, t]
        assert [f.e for f in side_by_side([a, t, b])] == [MatMul((Product((a, t), ("",)), b), ("",))]


def test_what_is_multiplied_by_zeros_is_zeros_of_its_shape() -> None:
    with interning(Table()):
        a, x, c = vec("A", "m", "n"), vec("x"), vec("c", "m")
        assert multiply([a, zero((n,))]) is zero(shape("m"))
        assert multiply([Transpose(c), a, Integer(0)]) is zero((ONE, n))
        assert multiply([Transpose(c), a, zero((n,))]) is Integer(0)
        assert multiply([zero(shape("m")), Transpose(x)]) is zero(shape("m", "n"))


# Transposes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_transpose_has_the_value_turned(name: str) -> None:
    with interning(Table()):
        e = known()[name]
        turned = transpose(e)
        assert np.allclose(value(turned), value(e).T)
        assert np.allclose(value(transpose(turned)), value(e))
        assert transpose(turned).shape == e.shape


def test_a_transpose_goes_to_the_factors() -> None:
    with interning(Table()):
        a, b, x = vec("A", "n", "n"), vec("B", "n", "n"), vec("x")
        assert transpose(MatMul((a, b, x), ("", ""))) is MatMul((Transpose(x), Transpose(b), Transpose(a)), ("", ""))
        assert transpose(Transpose(a)) is a
        assert transpose(identity(n)) is identity(n)
        assert transpose(op("diag", x)) is op("diag", x)
        assert transpose(zero(shape("m", "n"))) is zero(shape("n", "m"))
        whole = Entries(at(a, row_index(), column_index()), n, n)
        assert transpose(whole) is Entries(at(a, column_index(), row_index()), n, n)


@pytest.mark.parametrize("sizes", [(), ("n",), ("m", "n"), (1, "n"), (2, 3)])
def test_zeros_have_the_shape_that_is_asked_for(sizes: tuple[int | str, ...]) -> None:
    with interning(Table()):
        wanted: Shape = shape(*sizes)
        found = zero(wanted)
        assert found.shape == wanted
        assert is_zero(found)
        assert not is_zero(ones(n))


# Entry by entry -------------------------------------------------------------------------------------------------------

COLUMNS = ("x", "y", "-x", "tx", "x/t", "x + y", "Ax", "tanh x", "ones", "zeros")


@settings(max_examples=150, deadline=None)
@given(names=st.lists(st.sampled_from((*COLUMNS, "t", "2", "-z", "1")), min_size=1, max_size=4))
def test_a_product_entry_by_entry_has_its_value(names: list[str]) -> None:
    with interning(Table()):
        factors = [known()[name] for name in names]
        expected = np.prod([np.broadcast_to(value(f), (3, 1)) for f in factors], axis=0)
        assert np.allclose(value(hadamard(factors)), expected)


@pytest.mark.parametrize("name", [*COLUMNS, "two x"])
def test_a_diagonal_has_its_value_with_numbers_in_front(name: str) -> None:
    with interning(Table()):
        e = mul(2, vec("x")) if name == "two x" else known()[name]
        found = diagonal(e)
        assert np.allclose(value(found), np.diag(value(e).ravel()))
        assert found.shape == (n, n)
        inside = [p.operands[0] for p in postorder(found) if isinstance(p, Operation) and p.name == "diag"]
        assert not any(isinstance(p, Product) for p in inside)
    if name == "ones":
        assert is_identity(found)


@pytest.mark.parametrize("name", COLUMNS)
def test_an_entry_that_is_worked_out_has_its_value(name: str) -> None:
    with interning(Table()):
        e = known()[name]
        for k in range(1, 4):
            assert value(worked_entry(e, (Integer(k),))) == pytest.approx(value(e)[k - 1, 0])


def test_an_entry_of_what_is_worked_entry_by_entry_is_made_of_entries() -> None:
    with interning(Table()):
        i, x, y = index("i"), vec("x"), vec("y")
        e = op("divide", op("hadamard", x, op("power", y, 2)), add(x, y))
        expected = Quotient(mul(at(x, i), Power(at(y, i), Integer(2))), add(at(x, i), at(y, i)))
        assert same(worked_entry(e, (i,)), expected)
        assert an_entry(x) is at(x, i)
        assert an_entry(Symbol("t")) is Symbol("t")


def test_fresh_indices_are_used_nowhere() -> None:
    with interning(Table()):
        x, i = vec("x"), index("i")
        e = over(i, size("n"), mul(at(x, i), Symbol("k")))
        fresh = fresh_indices(e)
        assert [next(fresh).name for _ in range(2)] == ["j", "l"]


# Sums and sizes -------------------------------------------------------------------------------------------------------


@given(a=st.integers(-3, 3), b=st.integers(-3, 3), c=st.integers(-3, 3))
def test_a_size_as_a_number_has_its_value(a: int, b: int, c: int) -> None:
    m = Dimension.of("m")
    whole = n * n * Dimension.of(a) + m * Dimension.of(b) + Dimension.of(c)
    if not whole.terms:
        return
    with interning(Table()):
        expected = a * 3 * 3 + b * 4 + c
        assert evaluated(size_number(whole), {"n": 3, "m": 4}) == expected


@settings(deadline=None)
@given(names=st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=4))
def test_a_total_leaves_out_zeros_only(names: list[str]) -> None:
    with interning(Table()):
        terms = [known()[name] for name in names]
        found = total(terms)
        assert np.allclose(value(found), sum(value(t) for t in terms))
        assert is_zero(found) == all(map(is_zero, terms))
        assert found.shape == (n,)
