"""What is declared and no more is differentiated in general: full matrices, the diagonal condition, chains of them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from derive import solve
from derive.errors import MethodError
from derive.expr.interning import interning
from derive.expr.nodes import Derivative
from derive.expr.walks import postorder
from derive.pipeline import Solution, render
from derive.writer.text import text

F, G = (rf"\mathbf{{{c}}}: \mathbb{{R}}^n \to \mathbb{{R}}^n" for c in "fg")
F_EACH, G_EACH = (rf"{c}_i: \mathbb{{R}} \to \mathbb{{R}}" for c in "fg")
X = r"\mathbf{x}, \mathbf{w} \in \mathbb{R}^n"
WRT = r"\mathbf{x}"


def shown(solution: Solution, kind: str) -> list[str]:
    """Return the lines of the steps of a kind, as text."""
    notation = solution.problem.notation
    with interning(solution.problem.table):
        return [
            f"{text(line.lhs, notation, step.scope)} = {text(line.rhs, notation, step.scope)}"
            for step in solution.steps
            if step.kind == kind
            for line in step.lines
        ]


def answer(solution: Solution, i: int = 0) -> str:
    one = solution.answers[i]
    with interning(solution.problem.table):
        return text(one.value, solution.problem.notation, one.scope)


def worked(formula: str, *let: str, wrt: str | Sequence[str] = WRT, **options: str) -> Solution:
    solution = solve(formula, let=let, wrt=wrt, **options)
    assert solution.checked
    return solution


JACOBIAN = "[∂f₁(x)/∂x₁, ∂f₁(x)/∂x₂, …, ∂f₁(x)/∂xₙ; ∂f₂(x)/∂x₁, ∂f₂(x)/∂x₂, …, ∂f₂(x)/∂xₙ; …; ∂fₘ(x)/∂x₁, ∂fₘ(x)/∂x₂, …, ∂fₘ(x)/∂xₙ]"  # noqa: E501


def test_the_jacobian_is_the_stack_of_gradients() -> None:
    solution = worked(r"\mathbf{y} = \mathbf{f}(\mathbf{x})", r"\mathbf{f}: \mathbb{R}^n \to \mathbb{R}^m", X)
    stack = "[∂f₁(x)/∂x; ∂f₂(x)/∂x; …; ∂fₘ(x)/∂x]"
    assert shown(solution, "general") == [f"∂y/∂x = {stack}", f"{stack} = {JACOBIAN}"]
    assert solution.method == "generic"


def test_given_sizes_are_written_out() -> None:
    let = r"\mathbf{f}: \mathbb{R}^3 \to \mathbb{R}^2", r"\mathbf{x} \in \mathbb{R}^3"
    found = answer(worked(r"\mathbf{f}(\mathbf{x})", *let))
    assert found == "[∂f₁(x)/∂x₁, ∂f₁(x)/∂x₂, ∂f₁(x)/∂x₃; ∂f₂(x)/∂x₁, ∂f₂(x)/∂x₂, ∂f₂(x)/∂x₃]"


def test_a_number_of_a_vector_has_a_row() -> None:
    let = r"f: \mathbb{R}^n \to \mathbb{R}", X
    row = "[∂/∂x₁[f(x)], ∂/∂x₂[f(x)], …, ∂/∂xₙ[f(x)]]"
    assert answer(worked(r"f(\mathbf{x})", *let)) == row
    assert answer(worked(r"f(\mathbf{x})", *let, layout="denominator")) == row.replace(",", ";")


def test_a_vector_of_a_number_has_a_column() -> None:
    found = answer(worked(r"\mathbf{r}(t)", r"\mathbf{r}: \mathbb{R} \to \mathbb{R}^n", wrt="t"))
    assert found == "[dr₁(t)/dt; dr₂(t)/dt; …; drₙ(t)/dt]"


def test_any_operation_entry_by_entry_has_a_diagonal_jacobian() -> None:
    formula = r"\mathbf{f(w)} \bigcirc \mathbf{g(x)}"
    solution = worked(formula, F, G, X, wrt=(r"\mathbf{w}", r"\mathbf{x}"))
    assert [n.kind for n in solution.notes].count("entrywise") == 2
    assert shown(solution, "entries") == ["y = f(w) ◯ g(x)", "yᵢ = fᵢ(w) ◯ gᵢ(x)"]
    assert shown(solution, "general")[0].startswith("∂y/∂w = [∂/∂w₁[f₁(w) ◯ g₁(x)], ∂/∂w₂[f₁(w) ◯ g₁(x)], …")
    conditions, diagonals = shown(solution, "diagonal")[:2], shown(solution, "diagonal")[2:]
    assert conditions == ["fᵢ(w) = fᵢ(wᵢ)", "gᵢ(x) = gᵢ(xᵢ)"]
    cells = [f"∂/∂{{0}}{i}[f{i}(w{i}) ◯ g{i}(x{i})]" for i in "₁₂ₙ"]
    whole = "diag([" + "; ".join((*cells[:2], "…", cells[2])) + "])"
    assert diagonals == [f"∂y/∂{v} = " + whole.replace("{0}", v) for v in "wx"]


@pytest.mark.parametrize(
    ("formula", "diagonal", "result"),
    [
        (r"\mathbf{w} + \mathbf{x}", "I", "I"),
        (r"\mathbf{w} - \mathbf{x}", "-I", "-I"),
        (r"\mathbf{w} \odot \mathbf{x}", "diag([w₁; w₂; …; wₙ])", "diag(w)"),
        (r"\mathbf{w} \oslash \mathbf{x}", "diag([-w₁/x₁²; -w₂/x₂²; …; -wₙ/xₙ²])", "-diag(w ⊘ x^(⊙2))"),
        (r"\exp(\mathbf{x})", "diag([exp(x₁); exp(x₂); …; exp(xₙ)])", "diag(exp(x))"),
    ],
)
def test_known_operations_are_worked_out_on_the_diagonal(formula: str, diagonal: str, result: str) -> None:
    solution = worked(formula, X, method="generic")
    found = shown(solution, "diagonal")
    assert [line.rpartition(" = ")[2].replace("Iₙ", "I") for line in found][1:] == list(
        dict.fromkeys((diagonal, result))
    )


def test_functions_of_which_each_entry_is_declared_are_taken_entry_by_entry() -> None:
    found = answer(worked(r"\mathbf{f(w)} \odot \mathbf{g(x)}", F, G, F_EACH, G_EACH, X))
    assert found == "diag([f₁(w₁) ∂g₁(x₁)/∂x₁; f₂(w₂) ∂g₂(x₂)/∂x₂; …; fₙ(wₙ) ∂gₙ(xₙ)/∂xₙ])"


def test_what_mixes_the_entries_is_not_diagonal() -> None:
    solution = worked(r"(\mathbf{w}^\top\mathbf{x})\mathbf{x}", X, method="generic")
    assert not shown(solution, "diagonal")
    assert not any(isinstance(e, Derivative) for e in postorder(solution.answers[0].value))


def test_the_sum_of_entries_has_a_row_of_sums() -> None:
    solution = worked(r"\operatorname{sum}(\mathbf{f}(\mathbf{x}))", F, X)
    sums = [f"∑_(i=1)^n ∂fᵢ(x)/∂x{j}" for j in "₁₂ₙ"]
    assert answer(solution) == f"[{sums[0]}, {sums[1]}, …, {sums[2]}]"


def test_a_chain_multiplies_full_matrices() -> None:
    let = r"\mathbf{f}: \mathbb{R}^k \to \mathbb{R}^m", r"\mathbf{g}: \mathbb{R}^n \to \mathbb{R}^k", X
    solution = worked(r"\mathbf{f}(\mathbf{g}(\mathbf{x}))", *let)
    combined = shown(solution, "combine")
    assert combined[0] == "∂y/∂x = ∂y/∂u ∂u/∂x"
    outer, inner = JACOBIAN.replace("x", "u").replace("ₙ", "ₖ"), JACOBIAN.replace("f", "g").replace("ₘ", "ₖ")
    assert combined[1].endswith(f" = {outer} {inner}")
    assert not solution.answers[0].closed


def test_in_a_chain_of_functions_entry_by_entry_the_diagonals_multiply() -> None:
    found = answer(worked(r"\mathbf{f}(\mathbf{g}(\mathbf{x}))", F, G, F_EACH, G_EACH, X))
    products = [f"∂f{i}(u{i})/∂u{i} ∂g{i}(x{i})/∂x{i}" for i in "₁₂ₙ"]
    assert found == f"diag([{products[0]}; {products[1]}; …; {products[2]}])"


def test_declared_functions_stand_in_any_formula() -> None:
    found = answer(worked(r"\lVert \mathbf{f}(\mathbf{x}) - \mathbf{w} \rVert^2", F, X))
    assert found.startswith("2 (f(x) - w)ᵀ [∂f₁(x)/∂x₁")


TOTAL = (r"f: \mathbb{R}^3 \to \mathbb{R}", r"u_1: \mathbb{R} \to \mathbb{R}", r"u_2: \mathbb{R} \to \mathbb{R}")


def test_a_total_derivative_adds_the_contributions() -> None:
    solution = worked("f(x, u_1(x), u_2(x))", *TOTAL, wrt="x")
    assert shown(solution, "combine")[0] == "dy/dx = ∂y/∂x + ∂y/∂v₁ dv₁/dx + ∂y/∂v₂ dv₂/dx"
    assert answer(solution) == "∂y/∂x + ∂y/∂v₁ · u₁′(x) + ∂y/∂v₂ · u₂′(x)"


def test_with_an_alias_of_the_variable_all_contributions_are_alike() -> None:
    solution = worked("f(x, u_1(x), u_2(x))", *TOTAL, wrt="x", method="generic")
    assert shown(solution, "define")[-2:] == ["v₃ = x", "y = f(v₃, v₁, v₂)"]
    assert shown(solution, "combine")[0] == "dy/dx = ∂y/∂v₃ dv₃/dx + ∂y/∂v₁ dv₁/dx + ∂y/∂v₂ dv₂/dx"


def test_a_scalar_chain_keeps_its_primes() -> None:
    let = r"f: \mathbb{R} \to \mathbb{R}", r"g: \mathbb{R} \to \mathbb{R}"
    solution = worked("f(g(x))", *let, wrt="x")
    assert (solution.method, answer(solution)) == ("single-variable-chain", "f′(g(x)) · g′(x)")


@pytest.mark.parametrize("formula", ["x^2", r"\sin(x^2)"])
def test_generic_is_refused_where_nothing_is_general(formula: str) -> None:
    with pytest.raises(MethodError, match="generic does not apply"):
        solve(formula, wrt="x", method="generic")


@pytest.mark.parametrize("format", ["markdown", "tex", "html", "text", "json"])
def test_every_format_shows_a_general_answer(format: str) -> None:
    solution = worked(r"\mathbf{f}(\mathbf{x})", r"\mathbf{f}: \mathbb{R}^n \to \mathbb{R}^m", X)
    page = render(solution, format)
    assert ("…" if format == "text" else "vdots" if format != "html" else "⋮") in page


@pytest.mark.parametrize(
    ("formula", "found"),
    [
        (r"\begin{bmatrix} x_1^2 + w_1 \\ x_2^2 + w_2 \\ \vdots \\ x_n^2 + w_n \end{bmatrix}", "2 diag(x)"),
        (r"\operatorname{sum}(\operatorname{diag}(x_1^2, \ldots, x_n^2)\mathbf{w})", "2(w ⊙ x)ᵀ"),
    ],
)
def test_a_column_with_dots_is_differentiated_as_the_vector_that_it_is(formula: str, found: str) -> None:
    assert answer(worked(formula, X)) == found


def test_where_an_entry_has_no_derivative_is_told() -> None:
    solution = worked(r"\operatorname{abs}(\mathbf{x})", X, method="generic")
    assert answer(solution) == "diag(x ⊘ abs(x))"
    assert len(solution.answers[0].conditions) == 1
