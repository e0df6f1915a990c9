"""Method `all`: each method that applies has its part, and the checker decides whether their answers agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

import derive
from derive.derivation import Derivation, Problem, Step, every_step
from derive.errors import CheckError, DeriveError, MethodError, UnsupportedError
from derive.expr.build_arrays import multiply
from derive.expr.interning import interning
from derive.expr.nodes import Expr, Integer, Symbol
from derive.pipeline import Solution
from derive.planner import plan as planning
from derive.planner.stage import Options
from tests.worked import answers, lines

X = r"\mathbf{x}"
METHODS = ("direct", "components", "vector-chain", "generic", "explicit")
LET = {
    "open": (r"\mathbf{x}, \mathbf{w} \in \mathbb{R}^n", r"A \in \mathbb{R}^{m \times n}"),
    "small": (r"\mathbf{x}, \mathbf{w} \in \mathbb{R}^2", r"A \in \mathbb{R}^{3 \times 2}"),
}
FORMULAS = (
    r"\mathbf{w} \cdot \mathbf{x}",
    r"\lVert A\mathbf{x} \rVert^2",
    r"(\mathbf{w}^\top\mathbf{x})^2",
    r"\max(0, \mathbf{w} \cdot \mathbf{x})",
    r"\mathbf{w}^\top \sin(\mathbf{x})",
    r"\operatorname{sum}(\mathbf{x} \odot \mathbf{x})",
)
CASES = [(formula, sizes) for formula in FORMULAS for sizes in LET]


def solved(formula: str, sizes: str, method: str = "all") -> Solution:
    return derive.solve(formula, let=LET[sizes], wrt=X, method=method)


def parts(solution: Derivation) -> dict[str, Step]:
    """The work of each method, by its name."""
    return {
        s.name: step for step in solution.steps if step.kind == "method" for s in step.about if isinstance(s, Symbol)
    }


@pytest.mark.parametrize(("formula", "sizes"), CASES)
def test_a_method_has_a_part_where_it_applies(formula: str, sizes: str) -> None:
    solution = solved(formula, sizes)
    found = parts(solution)
    assert solution.checked
    assert len(found) > 1
    assert ("explicit" in found) == (sizes == "small")
    for method in METHODS:
        try:
            alone = solved(formula, sizes, method)
        except (MethodError, UnsupportedError):
            assert method not in found
        else:
            assert method not in found or [s.kind for s in alone.steps] == [s.kind for s in found[method].substeps]


@pytest.mark.parametrize(("formula", "sizes"), CASES)
def test_no_two_parts_have_the_same_lines(formula: str, sizes: str) -> None:
    shown = [
        [(line.lhs, line.rhs) for step in every_step(part.substeps) for line in step.lines]
        for part in parts(solved(formula, sizes)).values()
    ]
    assert all(a != b for a, b in combinations(shown, 2))


@pytest.mark.parametrize(("formula", "sizes"), CASES)
def test_a_letter_means_one_thing_in_all_parts(formula: str, sizes: str) -> None:
    meant: dict[Symbol, Expr] = {}
    for step in every_step(solved(formula, sizes).steps):
        for symbol, value in step.scope.values.items():
            assert not symbol.shape or meant.setdefault(symbol, value) is value


def test_the_answer_is_that_of_the_first_method_and_the_others_are_compared_with_it() -> None:
    solution = solved(r"\mathbf{w} \cdot \mathbf{x}", "small")
    assert answers(solution) == ["wᵀ"]
    assert lines(solution, "compare") == ["∂y/∂x = wᵀ", "wᵀ = [w₁, w₂]"]


def test_equal_answers_are_told_once() -> None:
    assert lines(solved(r"\lVert A\mathbf{x} \rVert^2", "open"), "compare") == ["∂y/∂x = 2xᵀAᵀA"]


@pytest.mark.parametrize("method", ["components", "explicit"])
def test_a_method_that_goes_wrong_is_found_out(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer of one method is doubled, its lines are left: only the comparison can tell."""
    original = planning.plan_by_all

    def wrong(plan: Callable[..., Derivation]) -> Callable[..., Derivation]:
        def planned(problem: Problem, options: Options, taken: set[Symbol]) -> Derivation:
            found = plan(problem, options, taken)
            if options.method != method:
                return found
            with interning(problem.table):
                doubled = tuple(replace(a, value=multiply([Integer(2), a.value])) for a in found.answers)
            return replace(found, answers=doubled)

        return planned

    def by_all(problem: Problem, options: Options, methods: tuple[str, ...], plan: Any) -> Derivation:
        return original(problem, options, methods, wrong(plan))

    monkeypatch.setattr(planning, "plan_by_all", by_all)
    with pytest.raises(CheckError, match=r"\(compare\), line \d does not hold"):
        solved(r"\lVert A\mathbf{x} \rVert^2", "small")


def test_where_one_method_applies_there_is_nothing_to_compare() -> None:
    solution = solved(r"\lVert \mathbf{x} \rVert_\infty", "open")
    assert solution.method == "direct"
    assert not lines(solution, "compare")


@pytest.mark.parametrize("formula", [r"\mathbf{x}^\top", r"\mathbf{x}\mathbf{x}^\top"])
def test_where_none_applies_the_reason_of_the_first_is_told(formula: str) -> None:
    told = []
    for method in ("direct", "all"):
        with pytest.raises(DeriveError) as raised:
            solved(formula, "open", method)
        told.append((raised.value.message, raised.value.hint))
    assert told[0] == told[1]


def test_numbers_are_compared_too() -> None:
    solution = derive.solve(r"\sin(x)\cos(x)", wrt="x", method="all")
    assert list(parts(solution)) == ["direct", "single-variable-chain"]
    assert lines(solution, "compare") == ["dy/dx = cos²(x) - sin²(x)"]


@pytest.mark.parametrize("form", ["markdown", "latex", "html", "text"])
def test_the_page_says_that_the_methods_agree(form: str) -> None:
    page = derive.render(solved(r"\mathbf{w} \cdot \mathbf{x}", "open"), form)
    assert "the methods agree" in page
    assert page.index("By components") < page.index("the methods agree")
