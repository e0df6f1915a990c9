"""Every row of the rule table: right by an independent oracle, closed under itself, and no mutant of it survives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import mpmath
import pytest

from derive.checker import check
from derive.derivation import Problem, Task
from derive.errors import CheckError, NoRuleError
from derive.expr.build import add, negative, rational, times
from derive.expr.functions import FUNCTIONS
from derive.expr.nodes import Call, Expr, Integer, Power, Relation, Root, Sum, Symbol, Table, interning
from derive.expr.numeric import precise
from derive.expr.walks import children
from derive.planner.local import differentiate
from derive.planner.plan import plan
from derive.reader import read_problem
from derive.rules import scalar
from derive.rules.scalar import RULES, Rule, partial_of, rule_for

POINTS = ("0.37", "-0.43", "0.83", "1.73", "-2.31", "4.19")
STRUCTURE = {
    "sum": "x^2 - \\sin(x) + 3",
    "negation": "-\\sin(x)",
    "constant multiple": "3\\sin(x)",
    "product": "x^2\\sin(x)",
    "constant divisor": "\\frac{\\sin(x)}{5}",
    "reciprocal": "\\frac{2}{x^2 + 1}",
    "quotient": "\\frac{\\sin(x)}{x^2 + 1}",
    "power": "x^5 + x^{-2} + x^{1.5}",
    "exponential": "2^x",
    "general power": "x^x",
    "root": "\\sqrt[3]{x}",
    "cases": "\\begin{cases} x^2 & \\text{if } x > 1 \\\\ x & \\text{otherwise} \\end{cases}",
    "indicator": "x^2 \\cdot \\mathbf{1}\\{x > 0\\}",
    "declared function": "f(x)",
}


def example(name: str) -> Expr:
    """A formula in x on which the row is used, in the current table."""
    x = Symbol("x")
    if name in FUNCTIONS:
        return example_call(name, x)
    return read_problem(STRUCTURE[name]).formula if name != "declared function" else declared()


def declared() -> Expr:
    from derive.expr.nodes import Apply

    return Apply(Symbol("f", kind="function"), (Symbol("x"),))


def example_call(name: str, x: Symbol) -> Expr:
    row = FUNCTIONS[name]
    if name == "polygamma":
        return Call(name, (Integer(1), x))
    if name == "log":
        return Call(name, (x, Integer(3)))
    if row.variadic:
        return Call(name, (Power(x, Integer(2)), Sum((x, Integer(1)), (1, 1))))
    return Call(name, (x,), row.delimiter or "(")


@pytest.fixture(autouse=True)
def table() -> Iterator[None]:
    with interning(Table()):
        yield


def test_every_row_has_an_example() -> None:
    assert set(STRUCTURE) | set(FUNCTIONS) == set(RULES)


@pytest.mark.parametrize("name", sorted(set(RULES) - {"declared function"}))
def test_derivative_agrees_with_differences(name: str) -> None:
    e = _rebuilt(name)
    x = next(iter(s for s in _symbols(e) if s.name == "x"))
    derivative = differentiate(e, x).value
    hits = 0
    for point in POINTS:
        with mpmath.workdps(40):
            at = mpmath.mpf(point)
            try:
                expected = mpmath.diff(lambda v, e=e, x=x: precise(e, {x: v}, 150), at)
                found = precise(derivative, {x: at}, 40)
            except Exception:  # outside the domain of this row
                continue
            assert abs(found - expected) <= 1e-12 * max(1, abs(expected)), (name, point)
            hits += 1
    assert hits, f"no point of {name} was usable"


def _rebuilt(name: str) -> Expr:
    return example(name)


def _symbols(e: Expr) -> tuple[Symbol, ...]:
    from derive.expr.walks import variables

    return variables(e)


@pytest.mark.parametrize("name", sorted(RULES))
def test_rows_close_under_themselves(name: str) -> None:
    e = example(name)
    x = next(s for s in _symbols(e) if s.name == "x")
    once = differentiate(e, x).value
    differentiate(once, x)


def test_no_rule_is_an_error_and_never_zero() -> None:
    x = Symbol("x")
    with pytest.raises(NoRuleError):
        rule_for(Relation((x, Integer(0)), (">",)), (True, False))
    with pytest.raises(NoRuleError):
        differentiate(Call("polygamma", (x, x)), x)


# Mutants --------------------------------------------------------------------------------------------------------------

Change = Callable[[Expr, Expr], Expr]
MUTATIONS: dict[str, Change] = {
    "sign": lambda d, e: negative(d),
    "factor 2": lambda d, e: times([Integer(2), d]),
    "factor 1 + 1e-6": lambda d, e: times([rational(__import__("fractions").Fraction(1000001, 1000000)), d]),
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


def mutant(rule: Rule, change: Change) -> Rule:
    def whole(e: Expr, ds: tuple[Expr | None, ...]) -> Expr:
        return change(rule.whole(e, ds), e)

    return replace(rule, combine=whole)


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize("name", sorted(RULES))
def test_mutants_of_rows_are_killed(name: str, mutation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if (name, mutation) in EQUIVALENT:
        pytest.skip("an equivalent mutant")
    monkeypatch.setitem(scalar.RULES, name, mutant(RULES[name], MUTATIONS[mutation]))
    e = example(name)
    x = next(s for s in _symbols(e) if s.name == "x")
    problem = Problem("", e, Task(wrt=((x,),)), table=_table_of())
    with pytest.raises((CheckError, NoRuleError)):
        check(plan(problem))


def _table_of() -> Table:
    from derive.expr.nodes import current_table

    return current_table()


@pytest.mark.parametrize("name", sorted(RULES))
def test_unmutated_rows_pass(name: str) -> None:
    e = example(name)
    x = next(s for s in _symbols(e) if s.name == "x")
    assert check(plan(Problem("", e, Task(wrt=((x,),)), table=_table_of()))).checked


@pytest.mark.parametrize("name", sorted(set(RULES) - {"general power"}))
def test_partials_are_what_the_textbook_form_is_made_of(name: str) -> None:
    """`whole` with one varying part is that part's partial: the two faces of a row agree."""
    e = example(name)
    node = e if not isinstance(e, Root) else e
    for i, part in enumerate(children(node)):
        if any(s.name == "x" for s in _symbols(part)) and not isinstance(part, Relation):
            partial_of(node, i)
