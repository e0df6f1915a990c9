"""A matrix by its general entry is evaluated entry by entry: what holds passes, what is changed in one place fails."""

from __future__ import annotations

import pytest

from derive.checker import check
from derive.errors import CheckError
from derive.expr.entries import flipped
from derive.expr.interning import Table, interning
from derive.expr.nodes import Apply, Entries, Expr, Symbol, Transpose, column_index, row_index
from derive.expr.shapes import ONE, Dimension
from tests.checker.build import add, at, by, derivation, index, matmul, mul, op, over, size, vec

m, n = Dimension.of("m"), Dimension.of("n")


def lines() -> dict[str, tuple[Expr, Expr]]:
    """Return lines that hold."""
    i, j, k = row_index(), column_index(), index("k")
    x, y, a = vec("x"), vec("y", "m"), vec("A", "m", "n")
    f = Apply(Symbol("f", kind="function", shape=(m,)), (x,))
    partials = by(at(f, i), at(x, j))
    return {
        "column": (Entries(mul(2, at(x, i)), n), mul(2, x)),
        "row": (Entries(at(x, j), ONE, n), Transpose(x)),
        "outer product": (Entries(mul(at(y, i), at(x, j)), m, n), matmul(y, Transpose(x))),
        "column of rows": (Entries(mul(at(y, i), Transpose(x)), m), matmul(y, Transpose(x))),
        "row of columns": (Entries(mul(at(x, j), y), ONE, n), matmul(y, Transpose(x))),
        "product": (matmul(a, x), Entries(over(k, size("n"), mul(at(a, i, k), at(x, k))), m)),
        "jacobian": (by(f, x), Entries(partials, m, n)),
        "gradients": (by(f, x), Entries(by(at(f, i), x), m)),
        "diagonal": (by(op("hadamard", x, x), x), op("diag", Entries(mul(2, at(x, i)), n))),
        "transpose": (Transpose(by(f, x)), flipped(Entries(partials, m, n))),
        "index as a number": (Entries(add(i, j), m, n), flipped(Entries(add(i, j), n, m))),
    }


NAMES = ("column", "row", "outer product", "column of rows", "row of columns", "product", "jacobian", "gradients",
         "diagonal", "transpose", "index as a number")  # fmt: skip


def test_every_line_is_named() -> None:
    with interning(Table()):
        assert tuple(lines()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_lines_with_entries_are_checked(name: str) -> None:
    with interning(Table()):
        found = check(derivation(lines()[name], independents=("x",)))
        evidence = found.steps[0].lines[0].evidence
        assert evidence is not None
        assert evidence.status == "checked"


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_entry_is_refused(name: str) -> None:
    with interning(Table()):
        left, right = lines()[name]
        with pytest.raises(CheckError, match="does not hold"):
            check(derivation((left, mul(right, 1.000001)), independents=("x",)))
