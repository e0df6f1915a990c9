"""Derivation -> view records: what a template needs, as text in the target's mathematics.

Templates add words and layout.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from derive.derivation import (
    Answer,
    Condition,
    Derivation,
    Line,
    Problem,
    Scope,
    Step,
    every_step,
    is_seam,
    side_of_seam,
)
from derive.expr.nodes import (
    Apply,
    Cases,
    Derivative,
    Entry,
    Expr,
    Matrix,
    Name,
    Quotient,
    Relation,
    SumOver,
    Symbol,
    Transpose,
)
from derive.expr.walks import free_indices, mentioned, postorder
from derive.expr.width import width
from derive.writer.records import (
    AnswerView,
    Convention,
    EvidenceView,
    NoteView,
    ProblemView,
    Row,
    StepView,
    View,
)
from derive.writer.rows import Page, broken_row, is_tall, rows_of
from derive.writer.spaces import spaces

DETAILS = ("answer", "brief", "normal", "full")


def view(derivation: Derivation, page: Page) -> View:
    """Return the records of a solution."""
    steps = tuple(_steps(derivation, page))
    answers = tuple(_answer(a, derivation, page) for a in derivation.answers)
    notes = _notes(derivation)
    return View(
        _problem(derivation, page),
        steps,
        answers,
        tuple(dict.fromkeys(c for a in answers for c in a.conventions)),
        notes,
        _evidence(derivation),
        derivation.method,
        page.detail,
        page.lang,
    )


def _steps(derivation: Derivation, page: Page) -> Iterator[StepView]:
    """Yield the steps; those of a method are numbered by themselves, below its heading."""
    number = 0
    for step in _shown_steps(derivation.steps, page):
        if step.kind == "method":
            yield StepView(0, step.kind, (_name(step),), (), "", frozenset(), False)
            inner = _shown_steps(step.substeps, page)
            yield from (_step(k, s, derivation, page) for k, s in enumerate(inner, start=1))
        else:
            number += 1
            yield _step(0 if step.kind == "compare" else number, step, derivation, page)


def _name(step: Step) -> str:
    """The name of a method, which is data and no mathematics."""
    about = step.about[0]
    return about.name if isinstance(about, Symbol) else ""


def _notes(derivation: Derivation) -> tuple[NoteView, ...]:
    """The notes; what is a rule of reading is told once, however often it was met."""
    once = ("inverse", "log-base", "script-digit")
    told = ("vector", "matrix")  # where the problem tells the shapes
    notes = dict.fromkeys((n.kind, "" if n.kind in once else n.about) for n in derivation.notes if n.kind not in told)
    base = derivation.problem.notation.log_base
    return tuple(NoteView(kind, base if kind == "log-base" else about) for kind, about in notes)


def _shown_steps(steps: tuple[Step, ...], page: Page) -> list[Step]:
    if page.detail == "answer":
        return []
    if page.detail == "brief":
        brief = ("define", "substitute", "direct", "assemble", "evaluate", "method", "compare", "name", "update")
        return [s for s in steps if s.kind in brief]
    return list(steps)


# Steps ----------------------------------------------------------------------------------------------------------------


def _step(number: int, step: Step, derivation: Derivation, page: Page) -> StepView:
    about = tuple(page.show(e, step.scope) for e in step.about)
    root, facts = _root(derivation, page, step), _facts(step, derivation, page)
    rows = rows_of(step, page)
    return StepView(number, step.kind, about, rows, root, facts, _beside(rows, page))


def _beside(rows: tuple[Row, ...], page: Page) -> bool:
    widest = max((row.width for row in rows), default=0)
    explained = max((row.width for row in rows if row.reasons), default=widest)
    column = max((sum(r.width for r in row.reasons) for row in rows), default=0)
    return widest > explained + 8 or widest + 1.5 + column > page.width


def _facts(step: Step, derivation: Derivation, page: Page) -> frozenset[str]:
    """What the words of a title depend on."""
    facts: set[str] = set()
    scope = step.scope
    if len(step.lines) == 2:
        facts.add("one intermediate")
    defined = [line.lhs for line in step.lines[:-1]]
    if any(a in defined for symbol in defined if isinstance(symbol, Symbol) for a in scope.arguments(symbol)):
        facts.add("nested")
    if any(isinstance(e, SumOver) and _is_named(e.body) for line in step.lines for e in postorder(line.rhs)):
        facts.add("samples")
    if any(r.name == "total derivative" for line in step.lines for r in line.reasons):
        facts.add("several paths")
    if any(len(scope.arguments(line.lhs.of)) > 1 for line in step.lines if isinstance(line.lhs, Derivative)):
        facts.add("several arguments")
    if any(isinstance(line.lhs, Derivative) and line.lhs.shape for line in step.lines):
        facts.add("ordered")
    if len(derivation.problem.task.variables) > 1:
        facts.add("several variables")
    if any(a.rhs is b.lhs and {r.name for r in b.reasons} != {"substitute"} for a, b in pairwise(step.lines)):
        facts.add("tidied")
    if any(isinstance(line.lhs, Derivative) and scope.mark(line.lhs)[1] for line in step.lines):
        facts.add("held")
    if len(derivation.steps) == 1:
        facts.add("only step")
    if page.paper:
        facts.add("paper")
    higher = any(isinstance(line.lhs, Derivative) and len(line.lhs.wrt) > 1 for line in step.lines)
    if higher or (step.kind == "define" and step.about):
        facts.add("again")
    return frozenset(facts)


def _is_named(e: Expr) -> bool:
    """Tell whether a formula is made of named derivatives."""
    return any(isinstance(part, Derivative) for part in postorder(e))


def _root(derivation: Derivation, page: Page, step: Step) -> str:
    """What the ways lead to: where contributions first add, else what is differentiated."""
    adding = [a for a, _ in pairwise(step.lines) if any(r.name == "total derivative" for r in a.reasons)]
    heads = [line.lhs for line in adding or step.lines if isinstance(line.lhs, Derivative)]
    first = heads[0].of if heads else (derivation.answers[0].lhs if derivation.answers else None)
    return page.show(first, step.scope) if isinstance(first, Symbol) else ""


# Answers --------------------------------------------------------------------------------------------------------------


def _answer(answer: Answer, derivation: Derivation, page: Page) -> AnswerView:
    lhs = page.show(answer.lhs, answer.scope)
    if isinstance(answer.lhs, Matrix):
        lhs = _matrix_name(derivation, answer, page)
    line = Line(answer.lhs, answer.value)
    room = page.width - (2.0 if isinstance(answer.lhs, Matrix) else width(answer.lhs)) - 1.0
    rows = broken_row(lhs, line, (), room, answer.scope, page)
    wide = len(rows) > 1 or width(answer.value) > page.width * 0.7 or is_tall(answer.value)
    seams = [c for c in answer.conditions if is_seam(c, answer.value)]
    free = [c for c in answer.conditions if c not in seams]
    kept = [page.show(c, answer.scope) for c in free]
    conventions = tuple(_convention(c, answer, page) for c in seams)
    given = {d.symbol for d in answer.scope.definitions if d.given}
    stated = {d.symbol for d in derivation.problem.definitions}
    used = _told(answer, given - stated, stated)
    kept += [
        page.show(Relation((s, answer.scope.values[s]), ("=",)), answer.scope) for s in used if isinstance(s, Symbol)
    ]
    each = tuple(dict.fromkeys(page.show(i, answer.scope) for c in free for i in free_indices(c)))
    closed = answer.closed or set(mentioned(answer.value, answer.scope.values)) <= {*given, *used}
    general = any(isinstance(e, Derivative) for e in postorder(answer.value))
    return AnswerView(tuple(rows), tuple(kept), each, conventions, closed, wide, general)


_FEW = 3
"""So many intermediate variables, when no more are left in an answer, are told beside it."""


def _told(answer: Answer, given: set[Symbol], stated: set[Symbol]) -> list[Name]:
    """Return the names in an answer whose meaning stands beside it: the author's own, and ours where they are few."""
    values = answer.scope.values
    ours = values.keys() - stated
    met = mentioned(answer.value, ours)
    few = len(met) <= _FEW and not any(mentioned(values[s], ours) for s in met if isinstance(s, Symbol))
    return met if few and not answer.closed else mentioned(answer.value, given)


def _convention(seam: Condition, answer: Answer, page: Page) -> Convention:
    assert isinstance(seam, Relation)
    side = side_of_seam(seam, answer.value)
    where = page.show(Relation(seam.operands, ("=",)), answer.scope)
    some = tuple(page.show(i, answer.scope) for i in free_indices(seam))
    return Convention(where, page.show(side, answer.scope) if side is not None else "", some)


def _matrix_name(derivation: Derivation, answer: Answer, page: Page) -> str:
    """How a gradient, Jacobian or Hessian is called on the left of the answer."""
    task = derivation.problem.task
    first = next(e for e in postorder(answer.lhs) if isinstance(e, Derivative))
    of = page.show(first.of, answer.scope)
    by = {e.wrt[0].of for e in postorder(answer.lhs) if isinstance(e, Derivative) and isinstance(e.wrt[0], Entry)}
    name = derivation.problem.name if derivation.problem.formula.shape else first.of
    if task.kind == "derivative" and len(by) == 1 and isinstance(x := by.pop(), Symbol) and name is not None:
        whole = Derivative(
            name, (x,)
        )  # \frac{\partial f}{\partial x} for the matrix of \frac{\partial f_i}{\partial x_j}
        return page.show(whole if task.layout == "numerator" else Transpose(whole), answer.scope)
    names = {"gradient": rf"\nabla {of}", "jacobian": "J", "hessian": f"H_{{{of}}}" if len(of) > 1 else f"H_{of}"}
    return names.get(task.kind, page.show(answer.lhs, answer.scope)).replace("\\nabla", _nabla(page))


def _nabla(page: Page) -> str:
    return "∇" if page.show(Symbol("theta"), Scope()) != r"\theta" else r"\nabla"


# Problem and evidence -------------------------------------------------------------------------------------------------


_NAMED = 4.0
"""The room, in ems, for the name of a function with its arguments and the equals sign."""


def _problem(derivation: Derivation, page: Page) -> ProblemView:
    problem = derivation.problem
    task = problem.task
    scope = derivation.steps[-1].scope if derivation.steps else Scope()

    def show(e: Expr) -> str:
        return page.show(e, scope)

    orders = [len(group) for group in task.wrt]
    lhs = [a.lhs for a in derivation.answers]
    function = _function(derivation, page, scope)
    return ProblemView(
        kind=_kind(problem),
        function=function,
        formula=show(problem.formula),
        definitions=tuple(f"{show(d.symbol)} = {show(d.value)}" for d in problem.definitions),
        variables=tuple(show(s) for s in task.variables),
        derivatives=tuple(show(e) for e in lhs),
        order=max(orders, default=1) if all(len(set(group)) == 1 for group in task.wrt) else 0,
        at=tuple(f"{show(s)} = {show(v)}" for s, v in task.at),
        partial=len(scope.independents) > 1,
        layout=task.layout,
        turned=any(step.kind == "transpose" for step in every_step(derivation.steps)),
        shapes=spaces(problem, show, page.latex),
        wide=width(problem.formula) > page.width * 0.7 or isinstance(problem.formula, Matrix | Cases),
        tall=any(isinstance(e, Quotient) and e.style == "frac" for e in postorder(problem.formula)),
        rows=_equation(function, problem.formula, scope, page),
    )


def _equation(function: str, formula: Expr, scope: Scope, page: Page) -> tuple[Row, ...]:
    """The rows of the equation, or of the formula alone where it has no name."""
    line = Line(formula, formula, relation="=" if function else "")
    return tuple(broken_row(function, line, (), page.width - _NAMED, scope, page))


def _kind(problem: Problem) -> str:
    """The task as a page calls it: by vectors, a derivative is a gradient or a Jacobian."""
    task = problem.task
    if task.kind != "derivative" or not any(x.shape for x in task.variables):
        return task.kind
    several = len(task.variables) > 1
    if problem.formula.shape:
        return "jacobians" if several else "jacobian"
    return "derivatives" if several else "gradient"


def _function(derivation: Derivation, page: Page, scope: Scope) -> str:
    """The left-hand side: as the author gave it, else the name that the working uses."""
    problem = derivation.problem
    name = problem.name
    if problem.formula.shape and (name is not None or isinstance(problem.formula, Matrix)):
        return " = ".join(filter(None, (_called(problem, page, scope), _entries(derivation, page, scope))))
    if name is None:
        first = next((e for a in derivation.answers for e in postorder(a.lhs) if isinstance(e, Derivative)), None)
        return page.show(first.of, scope) if first is not None else ""
    return _called(problem, page, scope)


def _called(problem: Problem, page: Page, scope: Scope) -> str:
    """The name that the author gave, with its arguments."""
    if problem.name is None:
        return ""
    arguments = ", ".join(page.show(s, scope) for s in problem.arguments)
    return page.show(problem.name, scope) + (f"({arguments})" if arguments else "")


def _entries(derivation: Derivation, page: Page, scope: Scope) -> str:
    """The column of the names that the entries have in the working."""
    formula = derivation.problem.formula
    if not isinstance(formula, Matrix):
        return ""
    found = dict.fromkeys(e.of for a in derivation.answers for e in postorder(a.lhs) if isinstance(e, Derivative))
    names = list(found)
    width_of = len(formula.rows[0])
    if len(names) != len(formula.rows) * width_of:
        return ""
    rows = tuple(tuple(names[i : i + width_of]) for i in range(0, len(names), width_of))
    return page.show(Matrix(rows, formula.style), scope)


def _evidence(derivation: Derivation) -> EvidenceView:
    found = [line.evidence for step in every_step(derivation.steps) for line in step.lines if line.evidence is not None]
    checked = [e for e in found if e.status != "unchecked"]  # what is proved was checked before
    error = max((e.max_error for e in checked), default=0.0)
    return EvidenceView(
        lines=len(found),
        points=min((e.points for e in checked), default=0),
        error=_bound(error),
        digits=max((e.digits for e in checked), default=0),
        proved=sum(e.status == "proved" for e in found),
        unchecked=sum(e.status == "unchecked" for e in found),
        reads_same=_verdict(derivation, "reads_same"),
        sympy_agrees=_verdict(derivation, "sympy_agrees"),
        functions=any(isinstance(e, Apply) for e in postorder(derivation.problem.formula)),
    )


def _verdict(derivation: Derivation, question: str) -> bool | None:
    found = derivation.oracle.get(question) if derivation.oracle else None
    return None if found is None else bool(found)


def _bound(error: float) -> str:
    """A bound of the error: `1e-15`, `1e-12`, ... A digit of it would depend on the machine, and tell nobody more."""
    exponent = next((k for k in range(-15, 0, 3) if error < 10.0**k), 0)
    return f"1e{exponent}"
