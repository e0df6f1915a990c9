"""Lines that hold pass, lines that do not are refused, and what cannot be told stays open."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from derive.checker import check
from derive.derivation import Answer, Definition, Derivation, Evidence, Line, Scope, Step
from derive.errors import CheckError, ReadError
from derive.expr.interning import Table, interning
from derive.expr.nodes import (
    Apply,
    At,
    Cases,
    Constant,
    Derivative,
    Expr,
    Indicator,
    Logic,
    Matrix,
    Root,
    SumOver,
    Transpose,
)
from tests.checker.build import (
    add,
    call,
    compare,
    derivation,
    direct,
    div,
    lift,
    mul,
    neg,
    power,
    sqrt,
    sub,
    sym,
    total,
    vec,
)
from tests.counted import calls

X = "x"


def evidence(d: Derivation) -> list[Evidence]:
    return [line.evidence for step in d.steps for line in step.lines if line.evidence is not None]


def holds(*lines: tuple[Expr | int | str, Expr | int | str], **options: Any) -> list[Evidence]:
    out = evidence(check(derivation(*lines, **options)))
    assert len(out) == len(lines)
    assert all(e.status == "checked" and e.points > 0 for e in out)
    return out


def fails(*lines: tuple[Expr | int | str, Expr | int | str], why: str = "does not hold", **options: Any) -> str:
    with pytest.raises(CheckError, match=why) as caught:
        check(derivation(*lines, **options))
    return caught.value.message


def column(*entries: Expr | str | int) -> Expr:
    return Matrix(tuple((lift(e),) for e in entries))


# derivatives


def test_derivatives() -> None:
    holds((total(call("sin", power(X, 2)), X), mul(2, X, call("cos", power(X, 2)))))
    holds((total(power(X, X), X), mul(power(X, X), add(1, call("ln", X)))))
    holds((total(call("ln", X), X, X, X), div(2, power(X, 3))))
    holds((total(power(X, -3 + 10), X), mul(7, power(X, 6))))
    message = fails((total(call("sin", power(X, 2)), X), mul(3, X, call("cos", power(X, 2)))))
    assert "step 1 (differentiate), line 1" in message
    assert "against" in message
    assert "at x = " in message


def test_mixed_and_nested_derivatives() -> None:
    f = call("sin", mul(X, "y"))
    answer = sub(call("cos", mul(X, "y")), mul(X, "y", f))
    holds((total(f, X, "y"), answer), (total(f, "y", X), answer), (total(total(f, X), "y"), answer))
    holds((total(mul(power(X, 3), power("y", 2)), X, "y", X), mul(12, X, "y")))
    fails((total(f, X, "y"), call("cos", mul(X, "y"))))


def test_totals_and_directs() -> None:
    let = {"u_1": power(X, 2), "u_2": add(X, "u_1")}
    formula = lift("u_2")
    holds(
        (total("u_2", X), add(1, mul(2, X))), (direct("u_2", X), 1), (total("u_2", "u_1"), 1), let=let, formula=formula
    )
    fails((direct("u_2", X), add(1, mul(2, X))), let=let, formula=formula)
    fails((total("u_2", X), 1), let=let, formula=formula)


def test_a_derivative_by_a_definition_holds_what_is_below_it() -> None:
    let = {"u_1": power(X, 2), "u_2": mul(X, "u_1"), "u_3": add("u_1", call("sin", "u_2"))}
    by_hand = add(1, mul(X, call("cos", "u_2")))
    holds((total("u_3", "u_1"), by_hand), (total("u_3", "u_2"), call("cos", "u_2")), let=let, formula=lift("u_3"))
    holds((direct("u_3", "u_1"), 1), (total("u_2", "u_1"), X), let=let, formula=lift("u_3"))


def test_derivatives_by_many_definitions_agree_with_those_by_few() -> None:
    let: dict[str, Expr] = {"u_1": call("sin", X)}
    for k in range(2, 31):
        let[f"u_{k}"] = add(call("sin", f"u_{k - 1}"), mul(X, f"u_{max(1, k - 3)}"))
    slope = {k: total("u_30", f"u_{k}") for k in range(1, 30)}
    lines: list[tuple[Expr | int | str, Expr | int | str]] = []
    for k in range(2, 27):
        lines.append((slope[k], add(mul(slope[k + 1], call("cos", f"u_{k}")), mul(slope[k + 3], X))))
    holds(*lines, let=let, formula=lift("u_30"))
    k, (left, right) = 12, lines[12]
    fails(*lines[:k], (left, mul(right, 1.000001)), let=let, formula=lift("u_30"))


def test_named_derivatives_inside_a_derivative() -> None:
    let = {"u": power(X, 2), "y": call("exp", "u")}
    second = add(mul(2, call("exp", "u")), mul(4, power(X, 2), call("exp", "u")))
    holds(
        (total(mul(total("y", "u"), total("u", X)), X), second), (total("y", X, X), second), let=let, formula=lift("y")
    )


def test_declared_functions() -> None:
    f = sym("f")
    g = Apply(f, (power(X, 2),))
    holds((total(g, X), mul(2, X, Apply(f, (power(X, 2),), 1))))
    holds((total(Apply(f, (lift(X),), 1), X, X), Apply(f, (lift(X),), 3)))
    fails((total(g, X), mul(X, Apply(f, (power(X, 2),), 1))))
    fails((total(g, X), mul(2, X, g)))
    fails((Apply(f, (lift(X),)), Apply(sym("g"), (lift(X),))))


def test_a_stated_function_is_its_formula() -> None:
    d = derivation((Apply(sym("f"), (lift(3),), 1), 27), (Apply(sym("f"), (lift(2),)), 8), formula=power(X, 3))
    check(replace(d, problem=replace(d.problem, name=sym("f"), arguments=(sym(X),))))
    with pytest.raises(CheckError):
        check(replace(d, problem=replace(d.problem, name=sym("f"), arguments=(sym(X),), formula=power(X, 4))))


def test_values_at_points() -> None:
    x = sym(X)
    holds((At(total(power(X, 3), X), (x,), (lift(2),)), 12))
    holds((At(total("u", X), (x,), (lift(3),)), 6), let={"u": power(X, 2)}, formula=lift("u"))
    fails((At(total(power(X, 3), X), (x,), (lift(2),)), 13))


def test_matrices() -> None:
    f = column(mul(X, "y"), power(X, 2))
    holds((total(f, X), column("y", mul(2, X))), (Transpose(f), Transpose(column(mul("y", X), mul(X, X)))))
    g = vec("f", 2)
    holds((Derivative(g, (sym(X),)), column("y", mul(2, X))), (add(f, f), mul(2, f)), let={g: f}, formula=f)
    fails((total(f, X), column("y", mul(3, X))))
    assert "shapes (2,) against (3,)" in fails((f, column(mul(X, "y"), power(X, 2), 0)))


# domains and branches


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (sqrt(power(X, 2)), X),
        (call("ln", power(X, 2)), mul(2, call("ln", X))),
        (call("max", 0, sub(X, 1.9)), 0),
        (call("max", 0, sub(X, 9999)), 0),
        (call("abs", sub(X, 123.4)), sub(123.4, X)),
        (call("min", X, 50), X),
        (total(call("abs", X), X), 1),
        (call("relu", sub(X, 40)), 0),
        (call("elu", add(X, 70)), add(X, 70)),
        (call("floor", add(X, div(1, 1000))), call("floor", X)),
        (call("sign", add(X, 500)), 1),
        (Indicator(compare(X, ">", -77)), 1),
        (call("arcsin", call("sin", X)), X),
        (power(power(X, 2), div(1, 2)), X),
        (power(power(X, 6), div(1, 3)), power(power(X, 3), div(2, 3))),
        (Root(lift(X), lift(3)), power(X, div(1, 3))),
        (div(power(X, 2), X), call("exp", call("ln", X))),
        (call("arccos", call("cos", div(X, 10))), div(X, 10)),
        (add(call("abs", sub(X, 5)), call("abs", sub(X, 5.03))), call("abs", sub(mul(2, X), 10.03))),
        (call("max", 0, sub(div(1, 100), power(sub(X, 47), 2))), 0),
    ],
    ids=str,
)
def test_branches_are_sought(left: Expr, right: Expr) -> None:
    fails((left, right), formula=left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (mul(sqrt(sub(X, 1000)), sqrt(sub(1001, X))), sqrt(mul(sub(X, 1000), sub(1001, X)))),
        (total(call("ln", call("ln", call("ln", X))), X), div(1, mul(X, call("ln", X), call("ln", call("ln", X))))),
        (sub(add(X, power(10, 20)), power(10, 20)), X),
        (total(call("exp", mul(1000, X)), X), mul(1000, call("exp", mul(1000, X)))),
        (total(call("exp", mul(10**7, X)), X), mul(10**7, call("exp", mul(10**7, X)))),
        (power(-1, "n"), power(-1, add("n", 2))),
        (call("arcosh", sub(X, 500)), call("ln", add(sub(X, 500), sqrt(sub(power(sub(X, 500), 2), 1))))),
        (sqrt(sub(sub(X, "y"), 300)), power(sub(sub(X, "y"), 300), 0.5)),
        (add(call("arcsin", X), call("arccos", X)), div(Constant("pi"), 2)),
        (sqrt(sub(1, power(sub(X, 77), 2))), sqrt(mul(sub(78, X), sub(X, 76)))),
        (add(call("arcsin", sub(X, 77)), call("arccos", sub(X, 77))), div(Constant("pi"), 2)),
        (total(call("gamma", X), X), mul(call("gamma", X), call("digamma", X))),
        (sub(add(power(call("sin", X), 2), power(call("cos", X), 2)), 1), 0),
        (total(call("relu", call("relu", X)), X), Indicator(compare(X, ">", 0))),
        (total(Root(lift(X), lift(3)), X), div(1, mul(3, power(Root(lift(X), lift(3)), 2)))),
        (total(power(X, 5000), X), mul(5000, power(X, 4999))),
        (total(power(X, 10**9), X), mul(10**9, power(X, 10**9 - 1))),
        (power(X, div(6, 2)), mul(X, X, X)),
    ],
    ids=str,
)
def test_narrow_and_wide_domains(left: Expr, right: Expr) -> None:
    (found,) = holds((left, right), formula=left)
    assert found.points >= 8
    fails((left, mul(right, 1.000001) if right != 0 else 1), formula=left)


def test_both_sides_of_a_condition() -> None:
    cases = Cases((power(X, 2), neg(X)), (compare(X, ">=", 0), None))
    slope = Cases((mul(2, X), lift(-1)), (compare(X, ">", 0), compare(X, "<", 0)))
    holds((total(cases, X), slope))
    fails((total(cases, X), mul(2, X)))
    fails((total(cases, X), -1))
    both = Logic("and", (compare(X, ">", 3), compare(X, "<", 3 + 1)))
    fails((Indicator(both), 0))
    fails((Indicator(Logic("or", (compare(X, ">", 4), compare(X, "<", 3)))), 1))


def test_what_is_given() -> None:
    line = (call("ln", power(X, 2)), mul(2, call("ln", X)))
    (found,) = holds(line, given=[compare(X, ">", 0)])
    assert found.points >= 4
    fails(line, given=[compare(X, "<", 0)])
    holds((mul(2, call("ln", X)), call("ln", power(X, 2))))  # the problem itself asks for x > 0
    holds((sqrt(power(sub(X, 30), 2)), sub(X, 30)), given=[compare(X, ">", 30)])
    fails((X, X), given=[compare(X, "<", sub(X, 1))], why="no point of the domain found")


@pytest.mark.parametrize("factor", [1.000001, 0.999999, 1.00000001])
def test_constants(factor: float) -> None:
    for size in (1, 10**12, div(1, 10**12), div(1, 10**40)):
        fails((mul(size, X), mul(size, X, factor)))
        holds((mul(size, X), mul(X, size)))


@pytest.mark.parametrize("size", [10, 13, 17, 20, 45, 80, 150, 300])
def test_cancellation(size: int) -> None:
    huge = power(10, size)
    back = sub(add(X, huge), huge)
    holds((back, X), (X, back), formula=lift(X))
    fails((back, mul(X, 1.0001)), formula=lift(X))
    fails((back, sub(add(mul(X, 1.0001), huge), huge)), formula=lift(X))
    fails((sub(sub(add(X, huge), huge), X), div(X, 10**18)), formula=lift(X))
    holds((total(mul(back, back), X), mul(2, X)), formula=lift(X))
    zero = sub(add(power(call("sin", X), 2), power(call("cos", X), 2)), 1)
    fails((zero, div(1, huge)), (zero, 0), formula=lift(X))
    holds((zero, 0), (sub(X, X), 0), (mul(huge, zero), 0), formula=lift(X))


def test_more_cancellation_than_digits_is_left_open() -> None:
    huge = power(10, 1000)
    (found,) = evidence(check(derivation((sub(add(X, huge), huge), X), formula=lift(X)), allow_unchecked=True))
    assert found.status == "unchecked"
    assert "400 digits" in found.why


def test_where_a_function_bends_it_has_no_derivative() -> None:
    let, formula = {"u": call("relu", X)}, lift("u")
    for f in (call("abs", "u"), Root(lift("u"), lift(3)), sqrt("u"), call("relu", "u")):
        fails((add(mul(0, total(f, "u")), X), X), let=let, formula=formula)
    for f in (power("u", 2), power("u", 5), call("sin", power("u", 3))):
        holds((mul(total(f, "u"), Indicator(compare(X, "<", 0))), 0), let=let, formula=formula)
    holds((total(power(sub(X, X), 5), X), 0), formula=lift(X))


@pytest.mark.parametrize("rate", [10**4, -(10**4)])
def test_slopes_by_tiny_and_by_huge_values(rate: int) -> None:
    let = {"u": call("exp", mul(rate, X))}
    for degree in (2, 3, 5):
        f = Root(lift("u"), lift(degree))
        holds((total(f, "u"), div(f, mul(degree, "u"))), let=let, formula=lift("u"))
        fails((total(f, "u"), div(f, mul(degree + 1, "u"))), let=let, formula=lift("u"))


def test_other_relations() -> None:
    holds((power(X, 2), add(power(X, 2), 1)), relation="<")
    holds((power(X, 2), power(X, 2)), relation="<=")
    holds((X, add(X, 1)), relation="!=")
    fails((X, power(X, 2)), relation="<")
    fails((X, mul(1, X)), relation="<")
    fails((X, mul(1, X)), relation="!=")


# what stays open


@pytest.mark.parametrize(
    ("e", "why"),
    [
        (sqrt(neg(add(power(X, 2), 1))), "no point of the domain found"),
        (power(9, power(9, power(9, 9))), "too large"),
        (add(X, power(9, power(9, power(9, 9)))), "too large"),
        (call("sin", power(10, power(10, 10))), "too large"),
        (div(1, sub(X, X)), "no point of the domain found"),
        (power(sub(X, X), sub(X, X)), "no point of the domain found"),
    ],
    ids=str,
)
def test_unchecked(e: Expr, why: str) -> None:
    d = derivation((e, mul(1, e)))
    with pytest.raises(CheckError, match="could not be checked") as caught:
        check(d)
    assert why in caught.value.message
    (found,) = evidence(check(d, allow_unchecked=True))
    assert found.status == "unchecked"
    assert why in found.why


def test_what_cannot_be_evaluated_is_unchecked() -> None:
    over_data = SumOver("sum", vec("v"), None, None, lift(1), "data")
    (found,) = evidence(check(derivation((over_data, over_data)), allow_unchecked=True))
    assert found.status == "unchecked"
    assert "over data" in found.why


# the derivation as a whole


def test_scopes_that_contradict_each_other_are_kept_apart() -> None:
    x, u = sym(X), sym("u")
    first, second = (Scope((Definition(u, v),), (x,)) for v in (power(X, 2), power(X, 3)))
    line = Line(total("u", X), mul(2, X))
    other = Line(total("u", X), mul(3, power(X, 2)))
    d = derivation((X, X))
    good = replace(d, steps=(Step("differentiate", (line,), first), Step("differentiate", (other,), second)))
    assert len(evidence(check(good))) == 2
    bad = replace(d, steps=(Step("differentiate", (line,), first), Step("differentiate", (line,), second)))
    with pytest.raises(CheckError, match="step 2"):
        check(bad)


def test_definitions_must_come_to_what_the_problem_states() -> None:
    y = sym("y")
    let = {"u": add(X, 1), "y": power("u", 2)}
    d = derivation((total("y", X), mul(2, "u")), let=let, formula=power(add(X, 1), 2))
    check(replace(d, problem=replace(d.problem, name=y)))
    with pytest.raises(CheckError, match="the definition of y"):
        check(replace(d, problem=replace(d.problem, name=y, formula=power(add(X, 1), 3))))


def test_answers_are_checked() -> None:
    d = derivation((total(power(X, 2), X), mul(2, X)), formula=power(X, 2))
    scope = d.steps[0].scope
    check(replace(d, answers=(Answer(total(power(X, 2), X), mul(2, X), (), scope),)))
    with pytest.raises(CheckError, match="the answer"):
        check(replace(d, answers=(Answer(total(power(X, 2), X), mul(3, X), (), scope),)))


def test_answers_are_about_the_formula() -> None:
    let = {"u": add(X, 1), "y": power("u", 2)}
    d = derivation((total("y", X), mul(2, "u")), let=let, formula=power(add(X, 1), 2))
    answer = Answer(total("y", X), mul(2, "u"), (), d.steps[0].scope)
    check(replace(d, answers=(answer,)))
    with pytest.raises(CheckError, match="the definition of y does not hold"):
        check(replace(d, answers=(answer,), problem=replace(d.problem, formula=power(add(X, 1), 3))))
    with pytest.raises(CheckError, match="not about the problem's formula"):
        check(replace(d, answers=(answer, replace(answer, lhs=total("u", X), value=lift(1)))))
    both = derivation((X, X), let={"u": add(X, 1), "v": power("u", 2)}, formula=column(add(X, 1), power(add(X, 1), 2)))
    scope = both.steps[0].scope
    good = Answer(column(total("u", X), total("v", X)), column(1, mul(2, "u")), (), scope)
    check(replace(both, answers=(good,)))
    with pytest.raises(CheckError, match="the definition of v"):
        check(replace(both, answers=(good,), problem=replace(both.problem, formula=column("u", power("u", 3)))))


def test_a_definition_of_a_later_step_does_not_narrow_the_domain_of_an_earlier_one() -> None:
    x, y, z = sym(X), sym("y"), sym("z")
    first = Scope((Definition(y, power(X, 2)),), (x,))
    second = Scope((*first.definitions, Definition(z, call("ln", X))), (x,))
    right = Step("differentiate", (Line(lift("y"), mul(X, X)),), first)
    wrong = Step("differentiate", (Line(sqrt("y"), lift(X)),), first)
    later = Step("differentiate", (Line(sqrt("y"), lift(X)), Line(total("z", X), div(1, X))), second)
    d = derivation((X, X), formula=power(X, 2))
    assert check(replace(d, steps=(right, later))).checked
    with pytest.raises(CheckError, match="step 1"):
        check(replace(d, steps=(wrong, later)))


def test_a_condition_that_is_settled_needs_no_other_truth() -> None:
    both = Indicator(Logic("and", (compare(X, ">", 0), compare(call("ln", X), ">", 0))))
    holds((both, Indicator(compare(X, ">", 1))))
    either = Indicator(Logic("or", (compare(X, "<=", 0), compare(call("ln", X), "<", 0))))
    holds((either, Indicator(compare(X, "<", 1))))


def test_substeps_are_checked() -> None:
    d = derivation((X, X))
    wrong = Step("tidy", (Line(lift(X), lift(2)),), d.steps[0].scope)
    with pytest.raises(CheckError, match=r"step 2 \(tidy\), line 1"):
        check(replace(d, steps=(replace(d.steps[0], substeps=(wrong,)),)))
    right = replace(wrong, lines=(Line(lift(X), add(X, 0)),))
    assert check(replace(d, steps=(replace(d.steps[0], substeps=(right,)),))).checked


def test_what_is_read_back_is_what_is_checked() -> None:
    d = derivation((X, X))
    assert check(d, read_back=lambda e, _: e).checked
    with pytest.raises(CheckError, match="line 1 reads back as something else"):
        check(d, read_back=lambda e, _: add(e, 0))

    def unreadable(e: Expr, scope: Scope) -> Expr:
        raise ReadError("no formula")

    with pytest.raises(CheckError, match="line 1 cannot be read back as it is printed: no formula"):
        check(d, read_back=unreadable)


def test_circular_definitions() -> None:
    with pytest.raises(CheckError, match="leads back to itself"):
        check(derivation((X, X), let={"u": add("v", 1), "v": add("u", 1)}))


# properties


@st.composite
def polynomials(draw: st.DrawFn, depth: int = 3) -> Expr:
    if depth == 0 or draw(st.booleans()):
        return lift(draw(st.sampled_from(["x", "y", 2, 3, 7])))
    parts = draw(st.lists(polynomials(depth=depth - 1), min_size=2, max_size=3))
    kind = draw(st.sampled_from(["add", "sub", "mul", "power"]))
    if kind == "power":
        return power(parts[0], draw(st.integers(1, 4)))
    return add(*parts) if kind == "add" else mul(*parts) if kind == "mul" else sub(parts[0], parts[1])


@settings(max_examples=40)
@drawn(st.data())
def test_polynomial_identities(data: st.DataObject) -> None:
    with interning(Table()):
        a, b, c = (data.draw(polynomials()) for _ in range(3))
        f = mul(a, b)
        holds((mul(a, add(b, c)), add(mul(a, b), mul(c, a))), formula=f)
        holds((total(f, X), add(mul(total(a, X), b), mul(a, total(b, X)))), formula=f)
        holds((total(f, X, "y"), total(total(f, "y"), X)), formula=f)
        positive = add(mul(f, f), 1)
        fails((positive, mul(positive, 1.000001)), formula=f)


# cost and repetition


def chain(n: int) -> Derivation:
    let: dict[str, Expr] = {"u_1": call("sin", X)}
    for k in range(2, n + 1):
        let[f"u_{k}"] = call("sin", f"u_{k - 1}")
    lines: list[tuple[Expr | int | str, Expr | int | str]] = []
    for k in range(2, n + 1):
        before, slope = f"u_{k - 1}", call("cos", f"u_{k - 1}")
        lines += [(direct(f"u_{k}", before), slope), (total(f"u_{k}", X), mul(total(before, X), slope))]
        lines += [(total(f"u_{n}", before), mul(total(f"u_{n}", f"u_{k}"), slope))]
    return derivation(*lines, let=let, formula=lift(f"u_{n}"))


def test_the_cost_of_a_chain_is_linear() -> None:
    short, long = chain(100), chain(800)
    assert calls(lambda: check(long)) < 12 * calls(lambda: check(short))


def test_deep_formulas_do_not_recurse() -> None:
    e: Expr = lift(X)
    for _ in range(1000):
        e = call("sin", e)
    holds((total(e, X), mul(1, total(e, X))), formula=e)
    d: Expr = lift(X)
    for _ in range(300):
        d = Derivative(d, (sym(X),))
    (found,) = evidence(check(derivation((d, 0), formula=lift(X)), allow_unchecked=True))
    assert found.status == "unchecked"


def test_the_ordinary_case_imports_no_heavy_library_and_repeats_itself() -> None:
    code = (
        "import sys; from build import call, derivation, mul, power, sym, total; from derive.checker import check;"
        "d = check(derivation((total(call('sin', power('x', 2)), 'x'), mul(2, 'x', call('cos', power('x', 2))))));"
        "assert not {'mpmath', 'numpy', 'sympy'} & set(sys.modules); print(d.steps[0].lines[0].evidence);"
        "from derive.checker.points import draw, stratified; import random;"
        "print(stratified(random.Random(7), [sym('x'), sym('y')], 9))"
    )
    root = Path(__file__).parents[2]
    paths = os.pathsep.join([str(root), str(Path(__file__).parent)])
    outputs = set()
    for seed in ("0", "1", "77"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": paths}
        run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
        outputs.add(run.stdout)
    assert len(outputs) == 1
