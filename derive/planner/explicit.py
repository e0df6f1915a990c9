"""Method `explicit`: gradient, Jacobian, Hessian and derivatives of columns, entry by entry, then laid out."""

from __future__ import annotations

from collections.abc import Sequence

from derive.derivation import Answer, Condition, Line, Reason, Scope, Step
from derive.errors import UnsupportedError
from derive.expr.nodes import Derivative, Expr, Matrix, Name, Symbol, Transpose
from derive.planner.planner import Planner, Worked
from derive.planner.stage import Result


def written_out(formula: Expr) -> Matrix | None:
    """Return a matrix, or a transposed one, as its rows."""
    if isinstance(formula, Transpose) and isinstance(formula.of, Matrix):
        return Matrix(tuple(zip(*formula.of.rows, strict=True)))
    return formula if isinstance(formula, Matrix) else None


def work_column(planner: Planner, formula: Matrix) -> list[Answer]:
    """Differentiate a column or a row of functions: each entry has its own intermediates, which are shared.

    Raises:
        UnsupportedError: for a matrix of functions, or a higher order than the first.
    """
    task = planner.problem.task
    cells = [cell for row in formula.rows for cell in row]
    if len(formula.rows) > 1 and len(formula.rows[0]) > 1:
        raise UnsupportedError("matrices of functions are not differentiated yet", hint="give a column or a row")
    if task.kind not in ("derivative", "jacobian") or any(len(group) > 1 for group in task.wrt):
        raise UnsupportedError(f"no {task.kind} of order above 1 of a column")
    worked: list[tuple[Symbol, Worked]] = []
    scope = Scope()
    for symbol, cell in zip(planner.function_symbols(len(cells)), cells, strict=True):
        stage = planner.stage(symbol, cell, task.variables, scope, planner.problem.assumptions)
        worked.append((symbol, planner.work(stage)))
        scope = stage.scope
    if task.kind == "jacobian":
        return [collected(planner, worked, "jacobian", task.variables, task.layout)]
    row = len(formula.rows) == 1 and len(cells) > 1
    layout = "denominator" if row else "numerator"
    return [collected(planner, worked, "column", (x,), layout) for x in task.variables]


def collected(
    planner: Planner, worked: Sequence[tuple[Symbol, Worked]], kind: str, by: tuple[Name, ...], layout: str
) -> Answer:
    """Add the step that lays out the first derivatives of functions `by` some variables, and return its answer."""
    names: list[list[Expr]] = [[Derivative(f, (x,)) for x in by] for f, _ in worked]
    values = [[w.results[x].value for x in by] for _, w in worked]
    results = [w.results[x] for _, w in worked for x in by]
    scope = worked[-1][1].stage.scope
    return _assembled(planner, _laid_out(names, layout), _laid_out(values, layout), results, scope, kind)


def work_hessian(planner: Planner, root: Symbol, top: Worked) -> Answer:
    """Differentiate the gradient; the part below the diagonal follows by symmetry (Schwarz's theorem)."""
    xs = planner.problem.task.variables
    entries: dict[tuple[Name, Name], Result] = {}
    scope = top.stage.scope
    for i, x in enumerate(xs):
        first = top.results[x]
        if not first.closed:
            raise UnsupportedError(
                "the gradient is too long to be written out", hint="raise it with --limit answer_characters=20000"
            )
        derived = planner.derived_symbol(root, x)
        stage = planner.stage(derived, first.value, xs[i:], scope, first.conditions, root, (x,))
        again = planner.work(stage)
        scope = stage.scope
        for y in xs[i:]:
            entries[x, y] = entries[y, x] = again.results[y]
    names = _laid_out([[Derivative(root, (x, y)) for y in xs] for x in xs], "numerator")
    values = _laid_out([[entries[x, y].value for y in xs] for x in xs], "numerator")
    return _assembled(planner, names, values, list(entries.values()), scope, "hessian")


def _laid_out(rows: list[list[Expr]], layout: str) -> Matrix:
    """Arrange entries [function][variable]: a row for each function in numerator layout, its transpose otherwise."""
    if layout == "denominator":
        rows = [list(column) for column in zip(*rows, strict=True)]
    return Matrix(tuple(tuple(row) for row in rows))


def _assembled(
    planner: Planner, names: Matrix, values: Matrix, results: list[Result], scope: Scope, kind: str
) -> Answer:
    conditions: tuple[Condition, ...] = tuple(dict.fromkeys(c for r in results for c in r.conditions))
    reason = Reason("symmetry" if kind == "hessian" and len(names.rows) > 1 else "collect")
    line = Line(names, values, (reason,), conditions)
    planner.steps.append(Step("assemble", (line,), scope, about=(Symbol(kind),)))
    return Answer(names, values, conditions, scope, all(r.closed for r in results))
