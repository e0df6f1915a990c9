"""Problem -> derivation: the function is named and differentiated, orders follow each other, a point is put in."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from derive.derivation import Answer, Derivation, Line, Note, Problem, Reason, Scope, Step, is_seam
from derive.errors import MethodError, UnsupportedError
from derive.expr.interning import interning
from derive.expr.nodes import At, Derivative, Expr, Name, Symbol
from derive.expr.walks import mentioned, postorder, variables
from derive.planner.choose import METHODS
from derive.planner.columns import work_column_by_chain
from derive.planner.comparison import plan_by_all
from derive.planner.domain import domain
from derive.planner.explicit import collected, work_column, work_hessian, written_out
from derive.planner.finish import in_named_terms, with_update
from derive.planner.generic import assumed
from derive.planner.planner import Planner, Worked
from derive.planner.spelled_out import spelled_out
from derive.planner.stage import Options, Result, answer_of, expand
from derive.planner.tidy import protect, tidy
from derive.planner.vectors import is_about_arrays, spelled, work_vectors


def plan(problem: Problem, options: Options | None = None, taken: set[Symbol] | None = None) -> Derivation:
    """Work out a problem. New names are none of those that are `taken`.

    Raises:
        MethodError: if the chosen method does not apply.
        NoRuleError: if something has no rule.
        UnsupportedError: if the task is outside what can be done.
    """
    options = options or Options()
    with interning(problem.table):
        problem = assumed(problem)
        if options.method == "all":
            of_numbers = () if not is_about_arrays(problem) else ("single-variable-chain", "total-derivative-chain")
            return plan_by_all(problem, options, tuple(m for m in METHODS if m not in of_numbers), plan)
        if problem.task.kind not in ("derivative", "gradient", "jacobian", "hessian"):
            raise UnsupportedError(f"the task {problem.task.kind} is read, but it is not worked out yet")
        planner = Planner(problem, options, arrays=is_about_arrays(problem))
        planner.taken |= taken or set()
        formula = problem.formula
        protect(formula, *planner.values.values(), *planner.values)
        column = written_out(formula)
        if column is not None and not planner.arrays:
            by_chain = options.method == "vector-chain" and len(column.rows[0]) == 1
            answers = (work_column_by_chain if by_chain else work_column)(planner, column)
        elif planner.arrays:
            answers = work_vectors(planner)
        else:
            answers = _scalar(planner)
        answers = [_with_domain(planner, a) for a in answers]
        answers = in_named_terms(planner, answers)
        with_update(planner, answers)
        answers = [_at_point(planner, a) for a in answers]
        method = next(iter(planner.methods), "direct") if problem.task.kind == "derivative" else "explicit"
        method = options.method if options.method in ("vector-chain", "components", "generic", "explicit") else method
        notes = (*problem.notes, *_absent(problem))
        return spelled(Derivation(problem, method, tuple(planner.steps), tuple(answers), notes))


def _with_domain(planner: Planner, answer: Answer) -> Answer:
    """Return the answer with all conditions under which it holds: those met in the working, and its domain."""
    value = expand(answer.value, planner.values)
    if not answer.closed and mentioned(value, answer.scope.values):
        return answer
    problem = planner.problem
    seams = tuple(c for c in answer.conditions if is_seam(c, answer.value))
    others = {expand(c, planner.values): c for c in answer.conditions if c not in (*seams, *problem.assumptions)}
    formula = expand(problem.formula, planner.values)
    found = domain(planner.independents, (formula, value), tuple(others), problem.assumptions)
    return replace(answer, conditions=(*(others.get(c, c) for c in found), *seams))


def _absent(p: Problem) -> list[Note]:
    present = variables(p.formula, *(d.value for d in p.definitions))
    known = {n.about for n in p.notes if n.kind == "absent"}
    wanted = [s for s in p.task.variables if isinstance(s, Symbol)]
    return [Note("absent", s.name) for s in wanted if s not in present and not known]


# Scalars --------------------------------------------------------------------------------------------------------------


def _scalar(planner: Planner) -> list[Answer]:
    task = planner.problem.task
    root = planner.function_symbols(1)[0]
    first = tuple(dict.fromkeys(group[0] for group in task.wrt))
    top = planner.work(planner.stage(root, planner.problem.formula, first, Scope(), planner.problem.assumptions))
    if task.kind == "hessian":
        return [work_hessian(planner, root, top)]
    if task.kind in ("gradient", "jacobian"):
        return [collected(planner, [(root, top)], task.kind, task.variables, task.layout)]
    return [_repeated(planner, root, top, group) for group in task.wrt]


def _repeated(planner: Planner, root: Symbol, top: Worked, group: tuple[Name, ...]) -> Answer:
    """Differentiate by one variable after the other; each derivative is named and worked like a function of its own."""
    worked, symbol = top, root
    result = worked.results[group[0]]
    if len(group) == 1:
        return answer_of(top.stage, group[0], result)
    for depth in range(1, len(group)):
        by = group[depth]
        result, worked, symbol = _again(planner, root, symbol, worked, group[:depth], by)
    head = Derivative(root, group)
    return Answer(head, result.value, result.conditions, worked.stage.scope, result.closed)


def _again(
    planner: Planner, root: Symbol, symbol: Symbol, worked: Worked, done: tuple[Name, ...], by: Name
) -> tuple[Result, Worked, Symbol]:
    last = worked.results[done[-1]]
    if not last.closed:
        raise UnsupportedError(
            "the derivative is too long to be written out, so it is not differentiated again",
            hint="raise it with --limit answer_characters=20000",
        )
    derived = planner.derived_symbol(symbol, done[-1])
    stage = planner.stage(derived, last.value, (by,), worked.stage.scope, last.conditions, root, done)
    again = planner.work(stage)
    return again.results[by], again, derived


# At a point -----------------------------------------------------------------------------------------------------------


def _at_point(planner: Planner, answer: Answer) -> Answer:
    """Add the step that puts a point into the answer, if the task has one."""
    at = planner.problem.task.at
    if not at:
        return answer
    where = tuple(s for s, _ in at)
    values = tuple(v for _, v in at)
    point: dict[Symbol, Expr] = dict(at)
    of = next((e.of for e in postorder(answer.lhs) if isinstance(e, Derivative)), None)
    lines: list[Line] = []
    if isinstance(of, Symbol) and isinstance(answer.lhs, Derivative):
        lines.extend(_value_lines(At(of, where, values), expand(planner.problem.formula, planner.values), point))
    head = At(answer.lhs, where, values)
    lines.extend(_value_lines(head, answer.value, point))
    planner.steps.append(Step("evaluate", tuple(lines), answer.scope, about=where))
    return Answer(head, lines[-1].rhs, (), answer.scope, answer.closed)


def _value_lines(head: Expr, formula: Expr, point: dict[Symbol, Expr]) -> list[Line]:
    """`head = formula at the point = value`."""
    lines = [Line(head, expand(formula, point), (Reason("put in"),))]
    if any(value.shape for value in point.values()):
        with suppress(MethodError):  # with sizes that are given all entries are numbers
            lines.append(Line(lines[-1].rhs, spelled_out(lines[-1].rhs), (Reason("written out"),), minor=True))
    for change in tidy(lines[-1].rhs, deep=True):
        lines.append(Line(lines[-1].rhs, change.value, (change.reason,), minor=change.quiet))
    return lines
