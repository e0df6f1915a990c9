"""Each function of the table: its values and derivatives in both evaluators, against mpmath's own differences."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import pytest

from derive.checker.arrays import cells
from derive.checker.columns import FLOAT
from derive.checker.elementary import PRECISE
from derive.checker.lines import precise_frame
from derive.checker.points import root_frame
from derive.checker.series import CHOICES, SLOPES, base
from derive.checker.world import World
from derive.expr.functions import FUNCTIONS, Function
from derive.expr.nodes import Call, Derivative, Expr, Integer, Symbol

X, Y = Symbol("x"), Symbol("y")
PLACES = (-4.3, -2.2, -1.4, -0.7, -0.15, 0.23, 0.61, 0.94, 1.3, 2.7, 5.6, 17.4)
OTHERS = (1.7, 2.3)
ROWS = pytest.mark.parametrize("row", FUNCTIONS.values(), ids=lambda row: row.name)
ORDERS = pytest.mark.parametrize("order", range(4))


def arguments(row: Function) -> list[tuple[Expr, ...]]:
    """The argument places that a function is differentiated by: x is the variable, y something else."""
    if row.name == "polygamma":
        return [(Integer(0), X), (Integer(2), X)]
    return [(X,)] if row.arity == 1 else [(X, Y), (Y, X)]


def reference(row: Function, slots: tuple[Expr, ...], x: float, y: float, order: int) -> Any:
    """The derivative of the row's own mpmath callable, or None where it has no real value near x."""
    values: dict[Expr, float] = {Y: y, Integer(0): 0, Integer(2): 2}

    def function(t: Any) -> Any:
        return row.mpmath(mpmath.mp, *(t if s is X else mpmath.mpf(values[s]) for s in slots))

    with mpmath.workdps(60):
        try:
            around = [function(mpmath.mpf(x) + d) for d in (-1e-3, 0, 1e-3)]
            if any(mpmath.isnan(v) or mpmath.im(v) for v in around):
                return None
            return mpmath.diff(function, mpmath.mpf(x), order) if order else around[1]
        except (ValueError, ZeroDivisionError):
            return None


def compared(
    row: Function, order: int, evaluate: Callable[[Expr, float, float], Any], tolerance: float, least: int
) -> None:
    for slots in arguments(row):
        found = 0
        for x in PLACES:
            expected = reference(row, slots, x, OTHERS[0], order)
            e: Expr = Call(row.name, slots)
            value = evaluate(Derivative(e, (X,) * order) if order else e, x, OTHERS[0])
            if mpmath.isnan(value):
                assert expected is None or (x < 0 and row.name in LEFT_TO_MPMATH) or _is_beyond(row, slots, x)
                continue
            assert expected is not None, (slots, x, value)
            found += 1
            assert abs(value - expected) <= tolerance * max(1, abs(expected)), (slots, x, value, expected)
        assert found >= least


LEFT_TO_MPMATH = ("gamma", "digamma", "polygamma", "factorial")
"""Left of 0, float64 has no polygamma functions."""


def _is_beyond(row: Function, slots: tuple[Expr, ...], x: float) -> bool:
    """Whether a binomial coefficient takes a gamma function left of 0."""
    n, k = (x if s is X else OTHERS[0] for s in slots) if row.name == "binomial" else (0.0, 0.0)
    return min(n, k, n - k) < -1


@ROWS
@ORDERS
def test_series_against_differences(row: Function, order: int) -> None:
    def evaluate(e: Expr, x: float, y: float) -> float:
        (cell,) = cells(root_frame(World({}), [{X: x, Y: y}]).value(e))
        return base(cell).values[0]

    compared(row, order, evaluate, 1e-10, 2)


@ROWS
@ORDERS
def test_precise_against_differences(row: Function, order: int) -> None:
    def evaluate(e: Expr, x: float, y: float) -> Any:
        return precise_frame(World({}), {X: x, Y: y}, 50).value(e)

    compared(row, order, evaluate, 1e-30, 2)


def test_every_row_has_its_code() -> None:
    for name in FUNCTIONS:
        assert name in PRECISE
        assert name in CHOICES or (name in FLOAT and name in SLOPES)


@pytest.mark.parametrize(("n", "k", "value", "slope"), [(8, 3, 56, 73 / 3), (-2, 3, -4, 13 / 3), (1, 2, 0, 0.5)])
def test_a_binomial_coefficient_over_a_whole_number_is_a_polynomial(
    n: float, k: int, value: float, slope: float
) -> None:
    e = Call("binomial", (X, Integer(k)))
    for of, expected in ((e, value), (Derivative(e, (X,)), slope)):
        (cell,) = cells(root_frame(World({}), [{X: float(n)}]).value(of))
        assert base(cell).values[0] == pytest.approx(expected, rel=1e-12)
    assert precise_frame(World({}), {X: float(n)}, 50).value(e) == pytest.approx(value)


def test_high_orders_stay_cheap() -> None:
    frame = root_frame(World({}), [{X: 0.3}])
    (cell,) = cells(frame.value(Derivative(Call("sin", (X,)), (X,) * 20)))
    assert base(cell).values[0] == pytest.approx(math.sin(0.3), rel=1e-9)
