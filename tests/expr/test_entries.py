"""A matrix by its general entry: which cells are shown, and the pattern that cells have in common."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.expr.entries import Pattern, entries, flipped, numbers, placed, shown
from derive.expr.interning import Table, interning
from derive.expr.nodes import Call, Entries, Expr, Integer, Matrix, Symbol, column_index, row_index
from derive.expr.shapes import ONE, Dimension, shape
from derive.expr.walks import same
from tests.checker.build import add, at, by, div, index, mul, over, power, size, sub, vec
from tests.worked import evaluated

m, n = Dimension.of("m"), Dimension.of("n")
RANDOM = np.random.default_rng(7)
VALUES = {"x": RANDOM.normal(size=5), "y": RANDOM.normal(size=4), "A": RANDOM.normal(size=(4, 5)), "t": 0.7}


X, Y, A, T = VALUES.values()
CELLS: dict[str, Callable[[int, int], float]] = {
    "entry": lambda i, j: A[i - 1, j - 1],
    "outer product": lambda i, j: Y[i - 1] * X[j - 1],
    "indices": lambda i, j: 2 * i - j,
    "powers": lambda i, j: X[j - 1] ** i,
    "same everywhere": lambda i, j: T,
    "function": lambda i, j: np.sin(Y[i - 1] + j),
    "with a sum": lambda i, j: Y[i - 1] + sum(A[i - 1]) * X[j - 1],
}
"""What the general entries are, in Python."""


def body_of(name: str) -> Expr:
    """Return a general entry, in row i and column j."""
    i, j, k, x, y, a = row_index(), column_index(), index("k"), vec("x", 5), vec("y", 4), vec("A", 4, 5)
    return {
        "entry": at(a, i, j),
        "outer product": mul(at(y, i), at(x, j)),
        "indices": sub(mul(2, i), j),
        "powers": power(at(x, j), i),
        "same everywhere": Symbol("t"),
        "function": Call("sin", (add(at(y, i), j),)),
        "with a sum": add(at(y, i), over(k, 5, mul(at(a, i, k), at(x, j)))),
    }[name]


# Cells ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_is_the_general_entry_at_its_place(name: str) -> None:
    with interning(Table()):
        for r, c in product(range(1, 5), range(1, 6)):
            cell = placed(body_of(name), {row_index(): Integer(r), column_index(): Integer(c)})
            assert evaluated(cell, VALUES) == pytest.approx(CELLS[name](r, c))


@pytest.mark.parametrize("name", CELLS)
def test_what_is_flipped_is_the_transpose(name: str) -> None:
    with interning(Table()):
        whole = Entries(body_of(name), Dimension.of(4), Dimension.of(5))
        turned = flipped(whole)
        assert (turned.rows, turned.columns) == (whole.columns, whole.rows)
        for r, c in product(range(1, 6), range(1, 5)):
            cell = placed(turned.body, {row_index(): Integer(r), column_index(): Integer(c)})
            assert evaluated(cell, VALUES) == pytest.approx(CELLS[name](c, r))
        assert flipped(turned) is whole


def test_what_is_differentiated_is_placed_too() -> None:
    with interning(Table()):
        f, x, two = vec("f"), vec("x"), Integer(2)
        body = by(at(f, row_index()), at(x, column_index()))
        assert placed(body, {row_index(): two, column_index(): Integer(1)}) is by(at(f, 2), at(x, 1))


def test_a_matrix_inside_keeps_its_own_indices() -> None:
    with interning(Table()):
        inner = Entries(at(vec("x"), row_index()), n)
        assert placed(inner, {row_index(): Integer(2)}) is inner


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_cells_are_all_written_out(count: int) -> None:
    with interning(Table()):
        x = vec("x", count)
        found = entries(at(x, row_index()), Dimension.of(count))
        assert found is Matrix(tuple((at(x, k),) for k in range(1, count + 1)))


@pytest.mark.parametrize("rows", ["n", "n+1", 4, 12])
def test_of_many_rows_the_first_two_and_the_last_are_shown(rows: int | str) -> None:
    with interning(Table()):
        count = n + Dimension.of(1) if rows == "n+1" else Dimension.of(rows)
        first, second, dots, last = numbers(count)
        assert (first, second, dots) == (Integer(1), Integer(2), None)
        assert last is not None
        assert evaluated(last, {"n": 6}) == (rows if isinstance(rows, int) else {"n": 6, "n+1": 7}[rows])


def test_dots_stand_in_rows_and_columns() -> None:
    with interning(Table()):
        a = vec("A", "m", "n")
        cells = shown(Entries(at(a, row_index(), column_index()), m, n))
        assert [[cell is None for cell in row] for row in cells] == [
            [r == 2 or c == 2 for c in range(4)] for r in range(4)
        ]
        assert cells[3][3] is at(a, size("m"), size("n"))
        assert isinstance(entries(at(a, row_index(), column_index()), m, n), Entries)
        row = shown(Entries(at(vec("x"), column_index()), ONE, n))
        assert len(row) == 1
        assert row[0][2] is None


# Patterns -------------------------------------------------------------------------------------------------------------


def instances(body: Expr, *places: Expr | int) -> tuple[Expr, ...]:
    return tuple(placed(body, {row_index(): Integer(p) if isinstance(p, int) else p}) for p in places)


PATTERNS = ("x_i", "x_i^2", "a function", "a fraction", "a sum", "the index", "a constant", "a derivative")


def pattern_bodies() -> dict[str, Expr]:
    i, x, t = row_index(), vec("x"), Symbol("t")
    cells = (at(x, i), power(at(x, i), 2), Call("sin", (mul(t, at(x, i)),)), div(at(x, i), i), add(at(x, i), t), i, t,
             by(at(vec("f"), i), at(x, i)))  # fmt: skip
    return dict(zip(PATTERNS, cells, strict=True))


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.parametrize("last", ["n", 7])
def test_the_pattern_of_instances_is_what_they_are_instances_of(name: str, last: str | int) -> None:
    with interning(Table()):
        body = pattern_bodies()[name]
        end = size("n") if last == "n" else Integer(7)
        found = Pattern(row_index())
        assert found.of(instances(body, 1, 2, end)) is body
        assert found.last is (None if name == "a constant" else end)


@pytest.mark.parametrize(
    "places", [(1, 3, "n"), (2, 1, "n"), (1, 1, "n"), (0, 1, "n")], ids=lambda places: ", ".join(map(str, places))
)
def test_what_does_not_count_from_1_has_no_pattern(places: tuple[int | str, ...]) -> None:
    with interning(Table()):
        at_places = [size("n") if p == "n" else Integer(int(p)) for p in places]
        assert Pattern(row_index()).of(instances(at(vec("x"), row_index()), *at_places)) is None


def test_the_last_index_is_one_for_all_parts() -> None:
    with interning(Table()):
        x, y = vec("x"), vec("y")
        cells = [mul(at(x, 1), at(y, 1)), mul(at(x, 2), at(y, 2)), mul(at(x, size("n")), at(y, size("m")))]
        assert Pattern(row_index()).of(tuple(cells)) is None
        known = Pattern(row_index(), size("m"))
        assert known.of(instances(at(x, row_index()), 1, 2, size("n"))) is None
        assert known.of(instances(at(x, row_index()), 1, 2, size("m"))) is at(x, row_index())


@given(st.lists(st.sampled_from(PATTERNS), min_size=2, max_size=2, unique=True))
def test_instances_of_different_things_have_no_pattern(names: list[str]) -> None:
    with interning(Table()):
        one, other = (instances(pattern_bodies()[name], 1, 2, size("n")) for name in names)
        assert Pattern(row_index()).of((one[0], other[1], one[2])) is None or same(one[1], other[1])


def test_shapes_of_a_matrix_by_its_entry() -> None:
    with interning(Table()):
        assert Entries(Symbol("t"), m, n).shape == shape("m", "n")
        assert entries(Symbol("t"), Dimension.of(2), Dimension.of(3)).shape == shape(2, 3)
