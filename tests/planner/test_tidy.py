"""The rewrites: each example comes out, values are kept, tidying ends and has nothing left to do the second time."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from derive.derivation import Notation, Request
from derive.errors import UndefinedError
from derive.expr.interning import Table, interning
from derive.expr.nodes import Expr, Symbol
from derive.expr.numeric import value
from derive.expr.walks import same, variables
from derive.limits import DEFAULT_LIMITS
from derive.planner.tidy import LETTERS, REWRITES, protect, tidied, tidy
from derive.reader import read_expression, read_problem
from derive.writer.latex import latex

PLAIN = Notation()


@pytest.mark.parametrize("name", [row.name for row in REWRITES])
def test_each_rewrite_does_what_its_example_says(name: str) -> None:
    before, after = next(row.example for row in REWRITES if row.name == name)
    declared = read_problem(
        r"\mathbf{w}^\top\mathbf{A}\mathbf{x}", Request(let=LETTERS, wrt=(r"\mathbf{x}",)), DEFAULT_LIMITS
    )
    with interning(declared.table) as table:
        table.memo("symmetric").update(dict.fromkeys(s for s, kind in declared.notation.sets.items() if kind == "S"))
        steps = tidy(read_expression(before, declared.notation))
        found = steps[-1].value
        assert same(found, read_expression(after, declared.notation)), latex(found, declared.notation)
        assert name in {step.reason.name for step in steps}


ATOMS = (
    "x", "y", "2", "3", r"\sin(x)", "e^x", r"\ln(y)", r"\sqrt{x}", "(x + 1)", "(x^2 - 3)", r"\lvert x \rvert", "x^y",
)  # fmt: skip


@st.composite
def formulas(draw: st.DrawFn) -> str:
    """Sums of products and fractions of a few atoms, as raw derivatives are."""

    def term() -> str:
        above = r" \cdot ".join(draw(st.lists(st.sampled_from(ATOMS), min_size=1, max_size=3)))
        power = draw(st.sampled_from(("", "", "^2", "^{-1}")))
        below = draw(st.sampled_from(("", "", "x", "x^2", "(x + 1)^2", r"2\sqrt{x}", "e^x")))
        whole = f"({above}){power}"
        return rf"\frac{{{whole}}}{{{below}}}" if below else whole

    terms = [f"{draw(st.sampled_from('+-'))} {term()}" for _ in range(draw(st.integers(1, 4)))]
    return " ".join(terms).removeprefix("+ ")


def values(e: Expr) -> list[float]:
    x, y = Symbol("x"), Symbol("y")
    return [value(e, {x: a, y: b}) for a, b in ((0.37, 1.41), (2.3, 0.62), (0.83, 2.9))]


@given(formulas())
def test_values_are_kept(text: str) -> None:
    with interning(Table()):
        e = read_expression(text, PLAIN)
        try:
            expected = values(e)
        except UndefinedError:
            assume(False)
        for step in tidy(e):
            for found, wanted in zip(values(step.value), expected, strict=True):
                assert found == pytest.approx(wanted, rel=1e-9, abs=1e-9), latex(step.value, PLAIN)


@given(formulas())
def test_tidying_twice_changes_nothing(text: str) -> None:
    with interning(Table()):
        once = tidied(read_expression(text, PLAIN))
        assert same(tidied(once), once)


@given(formulas())
def test_no_variable_appears_from_nowhere(text: str) -> None:
    with interning(Table()):
        e = read_expression(text, PLAIN)
        assert set(variables(tidied(e))) <= set(variables(e))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (r"\frac{1}{\sin(x^3)^2} \cdot 2\sin(x^3) \cdot \cos(x^3) \cdot 3x^2", r"\frac{6x^2\cos(x^3)}{\sin(x^3)}"),
        (r"x \cdot x^{n - 1}", "x^n"),
        (r"(1 - \tanh(u)^2)\frac{1}{x} - \frac{x(1 - \tanh^2(u))}{x^3}", r"\frac{(1 - \tanh^2(u))(x - 1)}{x^2}"),
        (r"\sqrt{x} \cdot \sqrt{x}", "x"),
        (r"3 \cdot 0.5x", "1.5x"),
    ],
)
def test_what_a_textbook_prints(before: str, after: str) -> None:
    with interning(Table()):
        found = tidied(read_expression(before, PLAIN))
        assert same(found, read_expression(after, PLAIN)), latex(found, PLAIN)


def test_what_the_author_wrote_stays() -> None:
    with interning(Table()):
        protect(read_expression("(y - (wx + b))^2", PLAIN))
        found = tidied(read_expression(r"2(y - (wx + b)) \cdot (-x)", PLAIN))
        assert latex(found, PLAIN) == "-2x(y - (wx + b))"


def test_a_cancelled_factor_is_a_condition() -> None:
    with interning(Table()):
        (step,) = [s for s in tidy(read_expression(r"\frac{x\sin(x)}{\sin(x)}", PLAIN)) if s.reason.name == "cancel"]
        assert [latex(c, PLAIN) for c in step.conditions] == [r"\sin(x) \ne 0"]
