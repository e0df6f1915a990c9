"""Problem -> derivation: the function gets a name, its intermediates theirs, a method is chosen, orders follow each other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from derive.derivation import Answer, Condition, Derivation, Line, Note, Problem, Reason, Scope, Step
from derive.errors import MethodError, UnsupportedError
from derive.expr.build import as_number, is_atom
from derive.expr.nodes import (
    At,
    Call,
    Derivative,
    Expr,
    Integer,
    Matrix,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    Symbol,
    Transpose,
    interning,
)
from derive.expr.walks import plain, postorder, symbols, variables
from derive.planner.algebra import term_of
from derive.planner.chain import Links, work_by_chain
from derive.planner.direct import work_directly
from derive.planner.naming import FUNCTION_LETTERS, Namer, Names, free_name, rename_single
from derive.planner.stage import Options, PartialTable, Result, Stage, Work, answer_of, expand
from derive.planner.tidy import protect, tidy

METHODS: dict[str, str] = {
    "direct": "the rules alone, without intermediate variables",
    "single-variable-chain": "one path from the variable to the function: the derivatives multiply",
    "total-derivative-chain": "several paths: the contributions of the intermediate variables add",
    "explicit": "gradient, Jacobian and Hessian entry by entry",
}


@dataclass(slots=True)
class Worked:
    """A function that has been differentiated: the stage, and its results by variable."""

    stage: Stage
    results: dict[Symbol, Result]


@dataclass(slots=True)
class Planner:
    """Works one problem; holds what is shared between its stages."""

    problem: Problem
    options: Options
    steps: list[Step] = field(default_factory=list)
    methods: dict[str, None] = field(default_factory=dict)
    taken: set[Symbol] = field(default_factory=set)
    roots: set[Symbol] = field(default_factory=set)
    partials: PartialTable = field(default_factory=dict)
    independents: tuple[Symbol, ...] = ()

    def __post_init__(self) -> None:
        p = self.problem
        self.independents = _independents(p)
        self.taken = set(symbols(p.formula, *(d.value for d in p.definitions)))
        self.taken |= {d.symbol for d in p.definitions} | set(p.task.variables) | set(p.arguments)

    @property
    def values(self) -> dict[Symbol, Expr]:
        """The author's definitions."""
        return {d.symbol: d.value for d in self.problem.definitions}

    # Names ------------------------------------------------------------------------------------------------------------

    def function_symbols(self, count: int) -> list[Symbol]:
        """Return names for the function, or for the entries of a column."""
        name = self.problem.name
        if count == 1:
            symbol = name if name is not None else Symbol(free_name(FUNCTION_LETTERS, self.taken))
            self.taken.add(symbol)
            return [symbol]
        base = name.name if name is not None else free_name(("f", "y", "g", "h", "F"), self.taken)
        found = [Symbol(base, subscript=str(i + 1)) for i in range(count)]
        self.taken.update(found)
        return found

    def derived_symbol(self, of: Symbol, by: Symbol) -> Symbol:
        """Return the name of a derivative that is differentiated again: y', or f_x with several variables."""
        if len(self.independents) <= 1:
            symbol = replace_mark(of, of.mark + "'")
        else:
            symbol = Symbol(of.name, of.accents, of.subscript + by.name + by.subscript, of.mark)
        self.taken.add(symbol)
        return symbol

    # Stages -----------------------------------------------------------------------------------------------------------

    def stage(
        self,
        root: Symbol,
        value: Expr,
        by: tuple[Symbol, ...],
        outer: Scope,
        given: tuple[Condition, ...] = (),
        origin: Symbol | None = None,
        done: tuple[Symbol, ...] = (),
    ) -> Stage:
        """Name the parts of a function and return the stage in which it is differentiated."""
        names = Names(self.taken, self.options.names)
        known = [d for d in outer.definitions if d.symbol not in self.roots and not is_atom(d.value)]
        namer = Namer(self.independents, names, self.options.grain, known)
        self.roots.add(root)
        settings = (self.options.simplify != "none", frozenset(d.symbol for d in outer.definitions), self.partials)
        if not outer.definitions:
            for d in self.problem.definitions:
                namer.define(d.symbol, d.value, given=True)
        if self.options.layered and not done:
            inner = namer.shorten(value)
            if len(namer.definitions) + len(symbols(inner)) > 2 and not is_atom(inner):
                namer.define(root, namer.name(inner))
                last = namer.definitions[-2].symbol
                scope = Scope((*outer.definitions, *namer.definitions), self.independents)
                return Stage(last, scope, by, given, root, done, *settings)
        namer.define(root, value)
        definitions = rename_single(namer.definitions, names)
        scope = Scope((*outer.definitions, *definitions), self.independents)
        return Stage(root, scope, by, given, origin, done, *settings)

    def work(self, stage: Stage) -> Worked:
        """Differentiate the function of a stage by the method that fits, and keep the steps."""
        work = _choose(stage, self.options)
        self.methods.setdefault(work.method)
        for step in work.steps:
            last = self.steps[-1] if self.steps else None
            if last is not None and last.kind == step.kind == "direct" and _order(last) == _order(step):
                about = tuple(dict.fromkeys((*last.about, *step.about)))
                self.steps[-1] = replace(step, lines=(*last.lines, *step.lines), about=about)
            else:
                self.steps.append(step)
        return Worked(stage, work.results)


def _order(step: Step) -> int:
    """The order of the derivatives that a step is about."""
    return max((len(line.lhs.wrt) for line in step.lines if isinstance(line.lhs, Derivative)), default=0)


def replace_mark(symbol: Symbol, mark: str) -> Symbol:
    """Return the symbol with other primes."""
    return Symbol(symbol.name, symbol.accents, symbol.subscript, mark)


def plan(problem: Problem, options: Options | None = None) -> Derivation:
    """Work out a problem.

    Raises:
        MethodError: if the chosen method does not apply.
        NoRuleError: if something has no rule.
        UnsupportedError: if the task is outside what can be done.
    """
    options = options or Options()
    with interning(problem.table):
        planner = Planner(problem, options)
        formula = problem.formula
        protect(formula, *planner.values.values(), *planner.values)
        column = _written_out(formula)
        if column is not None:
            answers = _column(planner, column)
        elif formula.shape:
            raise UnsupportedError("only scalars, and columns and tuples of scalars, can be differentiated so far")
        else:
            answers = _scalar(planner)
        shown = _shown_by(expand(formula, planner.values))
        answers = [
            _at_point(planner, replace(a, conditions=_telling(a.conditions, shown, problem.assumptions)))
            for a in answers
        ]
        method = next(iter(planner.methods), "direct") if problem.task.kind == "derivative" else "explicit"
        notes = (*problem.notes, *_absent(problem))
        return Derivation(problem, method, tuple(planner.steps), tuple(answers), notes)


def _independents(p: Problem) -> tuple[Symbol, ...]:
    """The symbols that count as variables when d or partial is decided; the rest are parameters."""
    wanted = p.task.variables
    present = variables(p.formula, *(d.value for d in p.definitions))
    defined = {d.symbol for d in p.definitions}
    others = [s for s in present if s not in defined and s not in wanted]
    if any(n.kind == "partial" for n in p.notes):
        more = others
    elif p.arguments:
        more = [s for s in p.arguments if s not in wanted]
    else:
        like = {s.name for s in wanted} | set(_VARIABLE_LETTERS)
        more = [s for s in others if s.name in like]
    return tuple(dict.fromkeys((*p.arguments, *wanted, *more)))


_VARIABLE_LETTERS = ("x", "y", "z", "u", "v", "w", "t")


def _absent(p: Problem) -> list[Note]:
    present = variables(p.formula, *(d.value for d in p.definitions))
    known = {n.about for n in p.notes if n.kind == "absent"}
    return [Note("absent", s.name) for s in p.task.variables if s not in present and not known]


def _telling(
    conditions: tuple[Condition, ...], shown: set[Expr], assumed: tuple[Condition, ...]
) -> tuple[Condition, ...]:
    """Leave out what the author stated, and that something is not 0 where the problem has it below a bar or in a log."""
    zero = Integer(0)
    return tuple(
        c
        for c in conditions
        if c not in assumed
        and not (
            isinstance(c, Relation)
            and c.operands[1] is zero
            and c.operators == ("!=",)
            and plain(c.operands[0]) in shown
        )
    )


def _shown_by(formula: Expr) -> set[Expr]:
    """What cannot be 0 where the formula is defined: factors of denominators, arguments of logarithms."""
    found: set[Expr] = set()
    for e in postorder(formula):
        if isinstance(e, Root):
            found.add(plain(e.radicand))
        elif isinstance(e, Power) and as_number(e.exponent) not in (None, 0):
            found.update([plain(e.base)] if as_number(e.exponent) < 1 else [])  # type: ignore[operator]
        elif isinstance(e, Quotient | Product):
            term = term_of(e)
            found.update(plain(f.base) for f in term.factors if f.below)
        elif isinstance(e, Call) and e.function in ("ln", "log", "log10"):
            inner = e.arguments[0]
            is_abs = isinstance(inner, Call) and inner.function == "abs"
            found.update(plain(a) for a in ((inner, *inner.arguments) if is_abs else (inner,)))
    return found


# Choosing a method ----------------------------------------------------------------------------------------------------


def _choose(stage: Stage, options: Options) -> Work:
    """Choose by the definitions: none but the function itself is `direct`; then it depends on the paths."""
    links = Links(stage)
    own = [s for x in stage.variables for s in links.used(x)]
    intermediates = [s for s in own if s is not stage.root]
    path = all(links.is_path(x) for x in stage.variables)
    wanted = options.method
    if wanted in ("auto", "explicit"):
        if not intermediates and options.grain == "natural":
            wanted = "direct"
        else:
            wanted = "single-variable-chain" if path else "total-derivative-chain"
            wanted = "direct" if not intermediates and _is_trivial(stage) else wanted
    if wanted == "direct":
        if intermediates:
            names = ", ".join(dict.fromkeys(s.name for s in intermediates))
            raise MethodError(
                f"direct does not apply: {names} would have to be named first",
                hint="leave --method out, or choose single-variable-chain or total-derivative-chain",
            )
        return work_directly(stage, options.answer_characters)
    if wanted == "single-variable-chain" and not path:
        raise MethodError(
            "single-variable-chain does not apply: the variable reaches the function in more than one way",
            hint="choose --method total-derivative-chain",
        )
    if wanted not in METHODS:
        raise MethodError(f"unknown method {wanted}", hint="methods: " + ", ".join(METHODS))
    return work_by_chain(stage, options, wanted)


def _is_trivial(stage: Stage) -> bool:
    return is_atom(stage.value) or len(stage.scope.arguments(stage.root)) <= 1


# Scalars --------------------------------------------------------------------------------------------------------------


def _scalar(planner: Planner) -> list[Answer]:
    task = planner.problem.task
    root = planner.function_symbols(1)[0]
    first = tuple(dict.fromkeys(group[0] for group in task.wrt))
    top = planner.work(planner.stage(root, planner.problem.formula, first, Scope(), planner.problem.assumptions))
    if task.kind == "gradient":
        return [_assemble_gradient(planner, root, top)]
    if task.kind == "hessian":
        return [_hessian(planner, root, top)]
    if task.kind == "jacobian":
        return [_assemble_jacobian(planner, [(root, top)])]
    return [_repeated(planner, root, top, group) for group in task.wrt]


def _repeated(planner: Planner, root: Symbol, top: Worked, group: tuple[Symbol, ...]) -> Answer:
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
    planner: Planner, root: Symbol, symbol: Symbol, worked: Worked, done: tuple[Symbol, ...], by: Symbol
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


# Gradient, Jacobian, Hessian --------------------------------------------------------------------------------------------


def _laid_out(rows: list[list[Expr]], layout: str) -> Matrix:
    """Arrange entries [function][variable]: a row for each function in numerator layout, its transpose otherwise."""
    if layout == "denominator":
        rows = [list(column) for column in zip(*rows, strict=True)]
    return Matrix(tuple(tuple(row) for row in rows))


def _assembled(
    planner: Planner,
    names: Matrix,
    values: Matrix,
    conditions: tuple[Condition, ...],
    scope: Scope,
    kind: str,
    closed: bool,
) -> Answer:
    line = Line(names, values, (Reason("collect"),), conditions)
    planner.steps.append(Step("assemble", (line,), scope, about=(Symbol(kind),)))
    return Answer(names, values, conditions, scope, closed)


def _joined(results: list[Result]) -> tuple[tuple[Condition, ...], bool]:
    conditions = dict.fromkeys(c for r in results for c in r.conditions)
    return tuple(conditions), all(r.closed for r in results)


def _assemble_gradient(planner: Planner, root: Symbol, top: Worked) -> Answer:
    task = planner.problem.task
    names = [[Derivative(root, (x,)) for x in task.variables]]
    values = [[top.results[x].value for x in task.variables]]
    conditions, closed = _joined(list(top.results.values()))
    layout = task.layout
    scope = top.stage.scope
    return _assembled(
        planner,
        _laid_out(_widen(names), layout),
        _laid_out(_widen(values), layout),
        conditions,
        scope,
        "gradient",
        closed,
    )


def _widen(rows: list[list[Expr]] | list[list[Derivative]]) -> list[list[Expr]]:
    return [list(row) for row in rows]


def _assemble_jacobian(planner: Planner, worked: list[tuple[Symbol, Worked]]) -> Answer:
    task = planner.problem.task
    names: list[list[Expr]] = [[Derivative(f, (x,)) for x in task.variables] for f, _ in worked]
    values = [[w.results[x].value for x in task.variables] for _, w in worked]
    conditions, closed = _joined([r for _, w in worked for r in w.results.values()])
    scope = worked[-1][1].stage.scope
    return _assembled(
        planner, _laid_out(names, task.layout), _laid_out(values, task.layout), conditions, scope, "jacobian", closed
    )


def _hessian(planner: Planner, root: Symbol, top: Worked) -> Answer:
    """Entry by entry; the part below the diagonal follows by symmetry (Schwarz's theorem)."""
    xs = planner.problem.task.variables
    entries: dict[tuple[Symbol, Symbol], Result] = {}
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
    names = _laid_out([[Derivative(root, _sorted(xs, x, y)) for y in xs] for x in xs], "numerator")
    values = _laid_out([[entries[x, y].value for y in xs] for x in xs], "numerator")
    conditions, closed = _joined(list(entries.values()))
    return _assembled(planner, names, values, conditions, scope, "hessian", closed)


def _sorted(xs: tuple[Symbol, ...], x: Symbol, y: Symbol) -> tuple[Symbol, Symbol]:
    return (x, y) if xs.index(x) <= xs.index(y) else (y, x)


def _written_out(formula: Expr) -> Matrix | None:
    """Return a matrix, or a transposed one, as its rows."""
    if isinstance(formula, Transpose) and isinstance(formula.of, Matrix):
        return Matrix(tuple(zip(*formula.of.rows, strict=True)))
    return formula if isinstance(formula, Matrix) else None


def _column(planner: Planner, formula: Matrix) -> list[Answer]:
    """A column or a row of functions: each entry is worked with its own intermediates, which are shared."""
    task = planner.problem.task
    cells = [cell for row in formula.rows for cell in row]
    if len(formula.rows) > 1 and len(formula.rows[0]) > 1:
        raise UnsupportedError("matrices of functions are not differentiated yet", hint="give a column or a row")
    if task.kind not in ("derivative", "jacobian") or any(len(group) > 1 for group in task.wrt):
        raise UnsupportedError(f"no {task.kind} of order above 1 of a column")
    roots = planner.function_symbols(len(cells)) if len(cells) > 1 else planner.function_symbols(1)
    worked: list[tuple[Symbol, Worked]] = []
    scope = Scope()
    for symbol, cell in zip(roots, cells, strict=True):
        stage = planner.stage(symbol, cell, task.variables, scope, planner.problem.assumptions)
        worked.append((symbol, planner.work(stage)))
        scope = stage.scope
    if task.kind == "jacobian":
        return [_assemble_jacobian(planner, worked)]
    answers = []
    row = len(formula.rows) == 1 and len(cells) > 1
    for x in task.variables:
        names: list[list[Expr]] = [[Derivative(f, (x,))] for f, _ in worked]
        values = [[w.results[x].value] for _, w in worked]
        conditions, closed = _joined([w.results[x] for _, w in worked])
        layout = "denominator" if row else "numerator"
        answers.append(
            _assembled(
                planner, _laid_out(names, layout), _laid_out(values, layout), conditions, scope, "column", closed
            )
        )
    return answers


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
    for change in tidy(lines[0].rhs, deep=True):
        lines.append(Line(lines[-1].rhs, change.value, (change.reason,), minor=change.quiet))
    return lines
