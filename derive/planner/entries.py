"""Method `explicit` for vectors: all entries are differentiated by all entries, and laid out as a matrix.

So a problem is worked that is written in the entries of vectors of a few numbers; where the method is asked for, one of
given, small sizes is written in entries first.
"""

from __future__ import annotations

from derive.derivation import Answer, Line, Problem, Reason, Scope, Step
from derive.errors import MethodError
from derive.expr.nodes import Entry, Expr, Integer, Name, Symbol
from derive.expr.walks import children, postorder
from derive.planner.explicit import collected, written_out
from derive.planner.planner import Planner, Worked
from derive.planner.spelled_out import spelled_out
from derive.planner.stage import answer_of


def work_entry_by_entry(planner: Planner) -> list[Answer] | None:
    """Differentiate each function by each entry; None where the problem is not written in entries, nor meant to be.

    Raises:
        MethodError: The method is asked for, and a size is not given.
    """
    problem = planner.problem
    if planner.options.method == "explicit":
        return _work(planner, _written_in_entries(planner), _all_entries(problem))
    entries = _small(problem)
    return _work(planner, problem.formula, entries) if entries else None


def _written_in_entries(planner: Planner) -> Expr:
    problem = planner.problem
    if problem.definitions:
        raise MethodError("explicit works formulas without definitions of vectors", hint="leave --method out")
    formula = spelled_out(problem.formula)
    if formula is not problem.formula:
        line = Line(problem.formula, formula, (Reason("written out"),))
        planner.steps.append(Step("entries", (line,), Scope((), problem.task.variables)))
    return formula


def _all_entries(problem: Problem) -> dict[Name, tuple[Name, ...]]:
    """Return the entries of the variables; a number is its own entry."""
    found: dict[Name, tuple[Name, ...]] = {}
    for x in problem.task.variables:
        size = x.shape[0].constant if len(x.shape) == 1 else None
        if x.shape and size is None:
            hint = r"declare it, as in --let '\mathbf{x} \in \mathbb{R}^2'"
            raise MethodError("explicit needs vectors of given, small sizes", hint=hint)
        found[x] = tuple(Entry(x, (Integer(k),)) for k in range(1, (size or 0) + 1)) if x.shape else (x,)
    return found


def _small(problem: Problem) -> dict[Name, tuple[Name, ...]]:
    """Return the entries of the variables, where a problem is written in these: vectors of a few numbers."""
    parts = (problem.formula, *(d.value for d in problem.definitions))
    if not all(x.shape and x.shape[0].constant for x in problem.task.variables):
        return {}
    inside = {x for e in postorder(*parts) if not isinstance(e, Entry) for x in children(e)}
    met = {e for e in postorder(*parts) if isinstance(e, Entry)}
    if any(x in inside or x in parts for x in problem.task.variables) or not met:
        return {}
    if problem.formula.shape and written_out(problem.formula) is None:
        return {}
    found: dict[Name, tuple[Name, ...]] = {}
    for x in problem.task.variables:
        numbered = {e.indices[0]: e for e in met if e.of is x}
        size = x.shape[0].constant or 0
        found[x] = tuple(numbered.get(Integer(k), Entry(x, (Integer(k),))) for k in range(1, size + 1))
        if not all(isinstance(i, Integer) for i in numbered):
            return {}
    return found


def _work(planner: Planner, formula: Expr, entries: dict[Name, tuple[Name, ...]]) -> list[Answer]:
    problem = planner.problem
    everything = tuple(e for x in entries for e in entries[x])
    planner.independents = everything
    column = written_out(formula)
    cells = [formula] if column is None else [cell for row in column.rows for cell in row]
    worked: list[tuple[Symbol, Worked]] = []
    scope = Scope()
    for symbol, cell in zip(planner.function_symbols(len(cells)), cells, strict=True):
        stage = planner.stage(symbol, cell, everything, scope, problem.assumptions)
        worked.append((symbol, planner.work(stage)))
        scope = stage.scope
    kind = "gradient" if column is None else "jacobian"
    answers = []
    for x, by in entries.items():
        if column is None and not x.shape:
            answers.append(answer_of(worked[0][1].stage, x, worked[0][1].results[x]))
            continue
        layout = problem.task.layout if x.shape else "numerator"
        answers.append(collected(planner, worked, kind if x.shape else "column", by, layout))
    return answers
