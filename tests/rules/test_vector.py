"""Every row for vectors: its example is right by differences taken in NumPy, and no mutant of the row survives."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

import derive
from derive.errors import CheckError, ShapeError
from derive.expr.build import negative, rational
from derive.expr.build_arrays import multiply, transpose, zero
from derive.expr.interning import interning
from derive.expr.nodes import Expr, Integer, Product, Sum, Symbol
from derive.expr.walks import substitute
from derive.pipeline import Solution
from derive.planner.local import differentiate
from derive.rules import table
from derive.rules.row import Rule
from derive.rules.vector import RULES
from tests.test_vector_problems import agrees

X = r"\mathbf{x}"


def solved(name: str) -> Solution:
    return derive.solve(RULES[name].example, wrt=X)


@pytest.mark.parametrize("name", RULES)
def test_an_example_agrees_with_differences(name: str) -> None:
    assert agrees(json.loads(derive.render(solved(name), "json")))


@pytest.mark.parametrize("name", RULES)
def test_a_derivative_can_be_differentiated_again(name: str) -> None:
    problem = derive.read(RULES[name].example, wrt=X)
    with interning(problem.table):
        (x,) = problem.task.variables
        once = differentiate(problem.formula, x).value
        along = Product((Symbol("z"), Symbol("v", shape=x.shape)), ("",))
        assert differentiate(substitute(once, {x: along}), Symbol("z")).value.shape == once.shape


@pytest.mark.parametrize("name", RULES)
def test_a_statement_can_be_printed(name: str, katex: Callable[[list[str]], list[str]]) -> None:
    statement = RULES[name].statement
    formula = statement if "\\" in statement else rf"\text{{{statement}}}"
    assert katex([formula]) == [""]
    letters = re.sub(r"\\operatorname\{\w+\}|\\(begin|end)\{\w+\}|\\[a-zA-Z]+", "", formula.removeprefix(r"\text"))
    assert formula is not statement or not re.search("[a-z]{3}", letters)  # a word is no product of letters


# Mutants --------------------------------------------------------------------------------------------------------------


def without_a_term(d: Expr) -> Expr:
    return Sum(d.terms[1:], d.signs[1:]) if isinstance(d, Sum) and len(d.terms) > 1 else zero(d.shape)


MUTATIONS: dict[str, Callable[[Expr], Expr]] = {
    "sign": negative,
    "factor 2": lambda d: multiply([Integer(2), d]),
    "factor 1 + 1e-6": lambda d: multiply([rational(Fraction(1000001, 1000000)), d]),
    "transposed": transpose,
    "without a term": without_a_term,
}
SYMMETRIC = ("entry by entry", "hadamard", "divide", "entry power", "softmax", "multiple", "vector sum", "sum over",
             "vector over constant")  # fmt: skip
"""Rows whose Jacobian is symmetric in the example."""
ALIKE = {
    *((name, "transposed") for name in SYMMETRIC),
    *(("shaped indicator", name) for name in MUTATIONS if name != "transposed"),  # the derivative is 0
}
MUTANTS = [(name, change) for name in RULES for change in MUTATIONS if (name, change) not in ALIKE]


def mutant(row: Rule, change: Callable[[Expr], Expr]) -> Rule:
    return replace(row, combine=lambda e, ds: change(row.whole(e, ds)))


@pytest.mark.parametrize(("name", "mutation"), MUTANTS)
def test_mutants_of_rows_are_killed(name: str, mutation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(table.RULES, name, mutant(RULES[name], MUTATIONS[mutation]))
    with pytest.raises((CheckError, ShapeError)):
        solved(name)
