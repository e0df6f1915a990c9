"""Problems of vectors: what is differentiated, in which layout the answer stands, how new symbols are spelled."""

from __future__ import annotations

from dataclasses import replace

from derive.derivation import Answer, Definition, Derivation, Line, Notation, Problem, Reason, Scope, Step, every_step
from derive.errors import UnsupportedError
from derive.expr.build_arrays import transpose
from derive.expr.interning import current_table
from derive.expr.nodes import (
    Apply,
    Derivative,
    Entry,
    Expr,
    Filled,
    MatMul,
    Matrix,
    Operation,
    SumOver,
    Symbol,
    Transpose,
)
from derive.expr.shapes import ONE
from derive.expr.spelling import is_bold, spell
from derive.expr.walks import children, mentioned, postorder, symbols
from derive.planner.components import needs_components, work_by_components
from derive.planner.entries import work_entry_by_entry
from derive.planner.generic import is_general, is_whole
from derive.planner.planner import Planner
from derive.planner.stage import Stage, answer_of, expand
from derive.planner.sums import in_sums, in_vectors
from derive.planner.tidy import tidy


def is_about_arrays(problem: Problem) -> bool:
    """Tell whether a problem holds more of vectors than a column of numbers: names with a shape, sums, products."""
    parts = (problem.formula, *(d.value for d in problem.definitions), *problem.task.variables)
    return any(map(_is_array, postorder(*parts)))


def _is_array(e: Expr) -> bool:
    if isinstance(e, Symbol | Apply):
        return bool(e.shape) or (isinstance(e, Symbol) and e.kind in ("index", "dimension"))
    if isinstance(e, Matrix):
        return any(cell.shape for cell in children(e))
    return isinstance(e, MatMul | Operation | Entry | Filled | SumOver) or (
        bool(e.shape) and not isinstance(e, Transpose)
    )


def work_vectors(planner: Planner) -> list[Answer]:
    """Differentiate a number or vector by numbers and vectors; each variable has an answer.

    Raises:
        UnsupportedError: a matrix is differentiated by a vector, or anything by a matrix; a higher order.
    """
    problem = planner.problem
    _refuse(problem)
    symmetric = {s for s, kind in problem.notation.sets.items() if kind.startswith("S")}
    current_table().memo("symmetric").update(dict.fromkeys(symmetric, True))
    explicit = None if planner.options.method == "components" else work_entry_by_entry(planner)
    if explicit is not None:
        return explicit
    if planner.options.method == "components" or needs_components(planner):
        answers = work_by_components(planner)
    else:
        by_vectors = any(x.shape for x in problem.task.variables)
        formula = _written_in_vectors(planner) if by_vectors else problem.formula
        root = planner.function_symbols(1)[0]
        stage = _whole(planner, root, formula)
        stage = stage or planner.stage(root, formula, problem.task.variables, Scope(), problem.assumptions)
        top = planner.work(stage)
        answers = [answer_of(top.stage, group[0], top.results[group[0]]) for group in problem.task.wrt]
        answers = _in_sums(planner, answers)
    if problem.task.layout == "denominator":
        answers = _turned(planner, answers)
    return answers


def _whole(planner: Planner, root: Symbol, formula: Expr) -> Stage | None:
    """Return the stage of a formula that is differentiated in general as it stands, None where parts get names."""
    method = planner.options.method
    asked = method == "generic" or (method == "auto" and any(map(is_general, postorder(formula))))
    if planner.values or not (asked and is_whole(formula)):
        return None
    planner.roots.add(root)
    scope = planner.scope((Definition(root, formula),))
    return Stage(root, scope, planner.problem.task.variables, planner.problem.assumptions, arrays=True)


def _written_in_vectors(planner: Planner) -> Expr:
    """Return the formula, and keep the author's definitions, with sums over entries written in vectors: a step."""
    problem = planner.problem
    new = {d.symbol: in_vectors(d.value) for d in problem.definitions if depends_on(planner, d.value)}
    formula = in_vectors(problem.formula) if depends_on(planner, problem.formula) else problem.formula
    pairs = [(d.value, new[d.symbol]) for d in problem.definitions if d.symbol in new]
    lines = [
        Line(old, now, (Reason("vectors"),)) for old, now in (*pairs, (problem.formula, formula)) if old is not now
    ]
    if lines:
        planner.definitions = tuple(replace(d, value=new.get(d.symbol, d.value)) for d in problem.definitions)
        planner.steps.append(Step("vectors", tuple(lines), planner.scope(planner.definitions)))
    return formula


def _in_sums(planner: Planner, answers: list[Answer]) -> list[Answer]:
    """Return the answers, those that are numbers with sums over entries where the author has such sums: lines."""
    sums = [e for e in postorder(planner.problem.formula, *planner.values.values()) if isinstance(e, SumOver)]
    out: list[Answer] = []
    for a in answers:
        value = a.value
        for like in sums if not value.shape else ():
            value = in_sums(value, like)
        if value is not a.value:
            planner.steps[-1] = _continued(planner.steps[-1], Line(a.value, value, (Reason("sums"),), a.conditions))
        out.append(replace(a, value=value))
    return out


def _continued(step: Step, line: Line) -> Step:
    """Return a step with a line behind the one whose right-hand side it goes on from."""
    place = max(i for i, before in enumerate(step.lines) if before.rhs is line.lhs) + 1
    return replace(step, lines=(*step.lines[:place], line, *step.lines[place:]))


def depends_on(planner: Planner, e: Expr) -> bool:
    """Tell whether a formula depends on an independent, directly or through the author's definitions."""
    return bool(mentioned(expand(e, planner.values), set(planner.independents)))


def _refuse(problem: Problem) -> None:
    task = problem.task
    if any(len(group) > 1 for group in task.wrt) or task.kind == "hessian":
        raise UnsupportedError("vectors are differentiated once only", hint="ask for the first derivative")
    for x in task.variables:
        if len(x.shape) > 1:
            raise UnsupportedError(
                "nothing is differentiated by a matrix yet", hint="differentiate by an entry of it, a_{11}"
            )
    if len(problem.formula.shape) == 2 and problem.formula.shape[0] != ONE and any(x.shape for x in task.variables):
        raise UnsupportedError("a matrix is not differentiated by a vector yet", hint="differentiate one entry of it")


def _turned(planner: Planner, answers: list[Answer]) -> list[Answer]:
    """Add the step that transposes what was worked in numerator layout."""
    out: list[Answer] = []
    lines: list[Line] = []
    for a in answers:
        if not (isinstance(a.lhs, Derivative) and a.lhs.wrt[0].shape):
            out.append(a)
            continue
        head, value = Transpose(a.lhs), transpose(a.value)
        lines.append(Line(head, value, (Reason("transpose"),), a.conditions))
        for change in tidy(value) if planner.options.simplify != "none" else ():
            lines.append(Line(lines[-1].rhs, change.value, (change.reason,), a.conditions, minor=change.quiet))
        out.append(replace(a, lhs=head, value=lines[-1].rhs))
    if lines:
        planner.steps.append(
            Step("transpose", tuple(lines), answers[-1].scope, about=tuple(planner.problem.task.variables))
        )
    return out


def spelled(derivation: Derivation) -> Derivation:
    """Return the derivation with the vectors and indices that it named in its notation.

    Vectors are plain where the author writes them so.
    """
    problem = derivation.problem
    vectors = [t for s, t in problem.notation.spellings.items() if isinstance(s, Symbol) and len(s.shape) == 1]
    plain = bool(vectors) and not any(map(is_bold, vectors))
    scopes = {id(step.scope): step.scope for step in every_step(derivation.steps)}.values()
    named = dict.fromkeys(s for scope in scopes for s in scope.values if s.shape)
    new: dict[Symbol | str, str] = {s: _plain(s) if plain else spell(s) for s in named}
    asked = [line.lhs for step in derivation.steps if step.kind == "entry" for line in step.lines]
    new |= {s: spell(s) for s in symbols(*asked) if s.kind == "index"}
    if not new:
        return derivation
    notation: Notation = replace(problem.notation, spellings={**new, **problem.notation.spellings})
    return replace(derivation, problem=replace(problem, notation=notation))


def _plain(symbol: Symbol) -> str:
    return spell(Symbol(symbol.name, symbol.accents, symbol.subscript, symbol.mark))
