"""The two evaluators share neither functions nor the way to differentiate: on any formula they must say the same."""

from __future__ import annotations

import math

import mpmath
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.checker.arrays import cells
from derive.checker.elementary import UndecidedError
from derive.checker.lines import precise_frame
from derive.checker.points import root_frame
from derive.checker.series import base
from derive.checker.world import World
from derive.expr.functions import FUNCTIONS
from derive.expr.interning import Table, interning
from derive.expr.nodes import Apply, Call, Cases, Expr, Indicator, Logic, Power, Relation, Root, Symbol
from derive.expr.walks import postorder
from tests.checker.build import add, call, compare, direct, div, lift, mul, neg, power, sub, sym, total

NAMES = sorted(set(FUNCTIONS) - {"polygamma", "floor", "ceil"})
OPERATORS = ("<", "<=", ">", ">=", "!=")
LEFT_OF_ZERO = ("gamma", "digamma", "factorial")


@st.composite
def formulas(draw: st.DrawFn, depth: int = 3) -> Expr:
    if depth == 0:
        return lift(draw(st.sampled_from(["x", "y", "u", "v", 1, 2, 3, 0.5, 1.25])))
    a, b, c = (draw(formulas(depth=draw(st.integers(0, depth - 1)))) for _ in range(3))
    kind = draw(st.integers(0, 11))
    match kind:
        case 0 | 1 | 2:
            name = draw(st.sampled_from(NAMES))
            return call(name, *(a, b, c)[: FUNCTIONS[name].arity])
        case 3:
            return add(a, b)
        case 4:
            return sub(a, b)
        case 5:
            return mul(a, b, c)
        case 6:
            return div(a, b)
        case 7:
            return power(a, draw(st.sampled_from([-3, -1, 0, 2, 3, 7, 0.5])))
        case 8:
            return power(a, b)
        case 9:
            return Root(a, draw(st.sampled_from([None, lift(3), lift(4), lift(5)])))
        case 10:
            condition = Logic(draw(st.sampled_from(["and", "or"])), (compare(a, ">", 1), compare(b, "<", c)))
            return draw(st.sampled_from([Cases((b, c), (condition, None)), mul(a, Indicator(condition)), neg(a)]))
        case _:
            return Apply(sym("f"), (a,), draw(st.integers(0, 2)))


def compared(e: Expr, world: World, point: dict[Symbol, float]) -> None:
    (cell,) = cells(root_frame(world, [point]).value(e))
    fast = base(cell).values[0]
    if math.isnan(fast):
        return
    try:
        with mpmath.workdps(50):
            exact = precise_frame(world, point, 50).value(e)
    except UndecidedError:
        return
    spread = _spread(e, world, point, fast)
    if mpmath.isnan(exact):
        # but for an edge that rounding steps over: nearby, or because tanh(20) is 1 in float64
        assert spread == math.inf or _on_edge(e, world, point), f"{fast} against undefined"
        return
    assert abs(exact - fast) <= 1e-8 * max(1.0, abs(exact)) + 10 * spread, (fast, exact)


def _on_edge(e: Expr, world: World, point: dict[Symbol, float]) -> bool:
    """Whether rounding has put some part on the edge of a domain, such as an exponent on an integer."""
    exponents = {part.exponent for part in postorder(e) if isinstance(part, Power)}
    parts = [part for part in postorder(e) if isinstance(part, Call) or part in exponents]
    found = [base(cells(root_frame(world, [point]).value(part))[0]).values[0] for part in parts]
    return any(
        abs(v) in (0.0, 1.0) or (part in exponents and v.is_integer()) for part, v in zip(parts, found, strict=True)
    )


def _spread(e: Expr, world: World, point: dict[Symbol, float], value: float) -> float:
    """How far the value moves when the point moves by a rounding: no float evaluation can do better."""
    moved = [{s: v * (1 + k * 1e-14) for s, v in point.items()} for k in (-3, -1, 1, 2)]
    (cell,) = cells(root_frame(world, moved).value(e))
    return max(abs(v - value) if v == v else math.inf for v in base(cell).values)


POINTS = st.tuples(*(st.floats(0.1, 3).flatmap(lambda v: st.sampled_from([v, -v])) for _ in range(2)))


@settings(max_examples=400)
@given(st.data(), POINTS)
def test_values_and_derivatives(data: st.DataObject, at: tuple[float, float]) -> None:
    with interning(Table()):
        e, x, y = data.draw(formulas()), sym("x"), sym("y")
        world = World({sym("u"): mul("x", "y", "y"), sym("v"): add("u", call("sin", "x"))})
        point = {x: 1.0123 * at[0], y: 0.98765 * at[1]}  # away from the kinks at 1, 2 and x = y
        for of in (e, total(e, "x"), total(e, "y"), direct(e, "u"), total(e, "x", "y"), total(e, "u", "x")):
            compared(of, world, point)


@given(st.floats(-5, 5), st.floats(-5, 5), st.sampled_from(OPERATORS))
def test_conditions(a: float, b: float, operator: str) -> None:
    x, y = sym("x"), sym("y")
    e = Indicator(Relation((x, y), (operator,)))
    world, point = World({}), {x: a, y: b}
    (cell,) = cells(root_frame(world, [point]).value(e))
    assert base(cell).values[0] == float(precise_frame(world, point, 50).value(e))
