"""Every row of the rule table: right by an independent oracle, closed under itself, and no mutant of it survives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

import mpmath
import pytest

from derive.checker import check
from derive.derivation import Notation, Problem, Task
from derive.errors import CheckError, NoRuleError, UndefinedError
from derive.expr.build import add, negative, rational, times
from derive.expr.functions import FUNCTIONS
from derive.expr.interning import Table, interning
from derive.expr.nodes import Apply, Call, Expr, Integer, Power, Relation, Sum, Symbol
from derive.expr.numeric import precise
from derive.expr.walks import children, depends, same
from derive.planner.local import differentiate
from derive.planner.plan import plan
from derive.reader import read_expression
from derive.rules import table as rule_table
from derive.rules.scalar import RULES, Rule, partial_of, rule_for

POINTS = ("0.37", "-0.43", "0.83", "1.73", "-2.31", "4.19")
STRUCTURE = {
    "sum": r"x^2 - \sin(x) + 3",
    "negation": r"-\sin(x)",
    "constant multiple": r"3\sin(x)",
    "product": r"x^2\sin(x)",
    "constant divisor": r"\frac{\sin(x)}{5}",
    "reciprocal": r"\frac{2}{x^2 + 1}",
    "quotient": r"\frac{\sin(x)}{x^2 + 1}",
    "power": "x^5 + x^{-2} + x^{1.5}",
    "exponential": "2^x",
    "general power": "x^x",
    "root": r"\sqrt[3]{x}",
    "cases": r"\begin{cases} x^2 & \text{if } x > 1 \\ x & \text{otherwise} \end{cases}",
    "indicator": r"x^2 \cdot \mathbf{1}\{x > 0\}",
}


@pytest.fixture(autouse=True)
def table() -> Iterator[Table]:
    with interning(Table()) as made:
        yield made


@pytest.fixture
def x(table: Table) -> Symbol:
    return Symbol("x")


def example(name: str) -> Expr:
    """A formula in x on which the row is used, in the current table."""
    if name in STRUCTURE:
        return read_expression(STRUCTURE[name], Notation())
    x = Symbol("x")
    if name == "declared function":
        return Apply(Symbol("f", kind="function"), (x,))
    if name == "polygamma":
        return Call(name, (Integer(1), x))
    if name == "log":
        return Call(name, (x, Integer(3)))
    if name == "binomial":
        return Call(name, (Power(x, Integer(2)), Sum((x, Integer(1)), (1, 1))), "binom")
    if FUNCTIONS[name].variadic:
        return Call(name, (Power(x, Integer(2)), Sum((x, Integer(1)), (1, 1))))
    return Call(name, (x,), FUNCTIONS[name].delimiter or "(")


def problem(name: str, x: Symbol, table: Table) -> Problem:
    return Problem("", example(name), Task(wrt=((x,),)), table=table)


def test_every_row_has_an_example() -> None:
    assert {*STRUCTURE, "declared function", *FUNCTIONS} == set(RULES)


@pytest.mark.parametrize("name", sorted(set(RULES) - {"declared function"}))
def test_derivative_agrees_with_differences(name: str, x: Symbol) -> None:
    e = example(name)
    derivative = differentiate(e, x).value
    hits = 0
    for point in POINTS:
        with mpmath.workdps(40):
            at = mpmath.mpf(point)
            try:
                expected = mpmath.diff(lambda v: precise(e, {x: v}, 150), at)
                found = precise(derivative, {x: at}, 40)
            except UndefinedError:  # outside the domain of this row
                continue
            assert abs(found - expected) <= 1e-12 * max(1, abs(expected)), point
            hits += 1
    assert hits, "no point was usable"


@pytest.mark.parametrize("name", sorted(RULES))
def test_a_derivative_can_be_differentiated_again(name: str, x: Symbol) -> None:
    once = differentiate(example(name), x).value
    differentiate(once, x)


def test_no_rule_is_an_error_and_never_zero(x: Symbol) -> None:
    with pytest.raises(NoRuleError):
        rule_for(Relation((x, Integer(0)), (">",)), (True, False))
    with pytest.raises(NoRuleError):
        differentiate(Call("polygamma", (x, x)), x)


@pytest.mark.parametrize("name", sorted(RULES))
def test_the_textbook_form_with_one_varying_part_is_its_partial(name: str, x: Symbol) -> None:
    e = example(name)
    parts = children(e)
    varying = [i for i, part in enumerate(parts) if depends(part, x) and not isinstance(part, Relation)]
    assert varying
    for i in varying:
        derivatives = tuple(Integer(1) if i == j else None for j in range(len(parts)))
        rule = rule_for(e, tuple(d is not None for d in derivatives))
        assert same(rule.whole(e, derivatives), partial_of(e, i))


# Mutants --------------------------------------------------------------------------------------------------------------

Change = Callable[[Expr, Expr], Expr]
MUTATIONS: dict[str, Change] = {
    "sign": lambda d, e: negative(d),
    "factor 2": lambda d, e: times([Integer(2), d]),
    "factor 1 + 1e-6": lambda d, e: times([rational(Fraction(1000001, 1000000)), d]),
    "plus 1": lambda d, e: add([d, Integer(1)]),
    "squared": lambda d, e: Power(d, Integer(2)),
    "forgotten": lambda d, e: Integer(1),
    "zero": lambda d, e: Integer(0),
    "the function itself": lambda d, e: e,
}
EQUIVALENT = {
    # the derivative of these is 0 wherever there is one, so a factor, a sign or a square changes nothing
    *((name, m) for name in ("sign", "floor", "ceil", "indicator") for m in
      ("sign", "factor 2", "factor 1 + 1e-6", "squared", "zero")),
    *((name, "squared") for name in ("relu", "max", "min")),  # 0 and 1 are their own squares
    ("exp", "the function itself"),  # which it is
}  # fmt: skip
MUTANTS = [(name, change) for name in sorted(RULES) for change in MUTATIONS if (name, change) not in EQUIVALENT]


def mutant(rule: Rule, change: Change) -> Rule:
    return replace(rule, combine=lambda e, derivatives: change(rule.whole(e, derivatives), e))


@pytest.mark.parametrize(("name", "mutation"), MUTANTS)
def test_mutants_of_rows_are_killed(
    name: str, mutation: str, x: Symbol, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(rule_table.RULES, name, mutant(RULES[name], MUTATIONS[mutation]))
    with pytest.raises((CheckError, NoRuleError)):
        check(plan(problem(name, x, table)))


@pytest.mark.parametrize("name", sorted(RULES))
def test_unmutated_rows_pass(name: str, x: Symbol, table: Table) -> None:
    assert check(plan(problem(name, x, table))).checked
