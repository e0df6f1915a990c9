"""The state of one problem's work: the names that are taken, the steps so far, what its stages share."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from derive.derivation import Condition, Definition, Problem, Scope, Step
from derive.expr.build import is_atom
from derive.expr.interning import current_table
from derive.expr.nodes import Apply, Derivative, Expr, Name, Symbol
from derive.expr.walks import plain, symbols, variables
from derive.planner.choose import work_by
from derive.planner.generic import with_alias
from derive.planner.naming import FUNCTION_LETTERS, Namer, Names, free_name, rename_single
from derive.planner.stage import Options, PartialTable, Result, Stage
from derive.planner.vector_naming import VectorNamer, VectorNames, renumbered

_VARIABLE_LETTERS = ("x", "y", "z", "u", "v", "w", "t")


@dataclass(slots=True)
class Worked:
    """A function that has been differentiated: the stage, and its results by variable."""

    stage: Stage
    results: dict[Name, Result]


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
    independents: tuple[Name, ...] = ()
    arrays: bool = False
    """Whether the problem is about vectors."""

    definitions: tuple[Definition, ...] = ()
    """The author's definitions, as they are worked with."""

    def __post_init__(self) -> None:
        p = self.problem
        self.definitions = p.definitions
        if not self.options.grain:  # Parr & Howard take formulas of numbers apart by single operations
            by_operators = self.options.layered and not self.arrays
            grain = "vector" if self.options.method == "vector-chain" else "operator" if by_operators else "natural"
            self.options = replace(self.options, grain=grain)
        self.independents = _independents(p, self.arrays)
        self.taken = set(symbols(p.formula, *(d.value for d in p.definitions)))
        self.taken |= {d.symbol for d in p.definitions} | set(symbols(*p.task.variables)) | set(p.arguments)
        self.taken |= {d.symbol for d in self.options.terms}
        self.taken |= {s for s in (*p.notation.declared, *p.notation.spellings) if isinstance(s, Symbol)}
        current_table().memo("letters of indices").update((s.name, True) for s in self.taken if s.kind == "index")

    @property
    def values(self) -> dict[Symbol, Expr]:
        """The author's definitions."""
        return {d.symbol: d.value for d in self.definitions}

    def scope(self, definitions: tuple[Definition, ...]) -> Scope:
        """Return the scope of some definitions."""
        has_d = self.arrays and any(s.name == "d" and not s.subscript for s in self.taken)
        return Scope(definitions, self.independents, has_d, self.problem.task.layout == "denominator")

    # Names ------------------------------------------------------------------------------------------------------------

    def function_symbols(self, count: int) -> list[Symbol]:
        """Return names for the function, or for the entries of a column."""
        name = self.problem.name
        if count == 1:
            shape = self.problem.formula.shape
            symbol = name if name is not None else Symbol(free_name(FUNCTION_LETTERS, self.taken), shape=shape)
            self.taken.add(symbol)
            return [symbol]
        base = name.name if name is not None else free_name(("f", "y", "g", "h", "F"), self.taken)
        found = [Symbol(base, subscript=str(i + 1)) for i in range(count)]
        self.taken.update(found)
        return found

    def derived_symbol(self, of: Symbol, by: Name) -> Symbol:
        """Return the name of a derivative that is differentiated again: y', or f_x with several variables."""
        assert isinstance(by, Symbol)  # by an entry, something is differentiated once only
        if len(self.independents) <= 1:
            symbol = _replace_mark(of, of.mark + "'")
        else:
            symbol = Symbol(of.name, of.accents, of.subscript + by.name + by.subscript, of.mark)
        self.taken.add(symbol)
        return symbol

    # Stages -----------------------------------------------------------------------------------------------------------

    def stage(
        self,
        root: Symbol,
        value: Expr,
        by: tuple[Name, ...],
        outer: Scope,
        given: tuple[Condition, ...] = (),
        origin: Symbol | None = None,
        done: tuple[Name, ...] = (),
    ) -> Stage:
        """Name the parts of a function and return the stage in which it is differentiated."""
        asked = {plain(d.value): d.symbol for d in self.options.terms}
        names = (VectorNames if self.arrays else Names)(self.taken, self.options.names, asked=asked)
        names.indices.update({**outer.indices, **Scope(self.definitions).indices})
        known = [d for d in outer.definitions if d.symbol not in self.roots and not is_atom(d.value)]
        active = by if self.arrays else self.independents
        namer = (VectorNamer if self.arrays else Namer)(active, names, self.options.grain, known)
        self.roots.add(root)
        settings = (
            self.options.simplify != "none",
            self.arrays,
            frozenset(d.symbol for d in outer.definitions),
            self.partials,
        )
        if not outer.definitions:
            for d in self.definitions:
                namer.define(d.symbol, d.value, given=True)
        general = isinstance(value, Apply) and value.several  # f(x, u_1, u_2) is the function itself
        if self.options.layered and not (done or self.arrays or general):
            inner = namer.shorten(value)
            if len(namer.definitions) + len(symbols(inner)) > 2 and not is_atom(inner):
                namer.define(root, namer.name(inner))
                last = namer.definitions[-2].symbol
                scope = self.scope((*outer.definitions, *namer.definitions))
                return Stage(last, scope, by, given, root, done, *settings)
        namer.define(root, value)
        definitions = (renumbered if self.arrays else rename_single)(namer.definitions, names)
        scope = self.scope((*outer.definitions, *definitions))
        current_table().memo("indexed").update(scope.indices)
        return Stage(root, scope, by, given, origin, done, *settings)

    def work(self, stage: Stage) -> Worked:
        """Differentiate the function of a stage by the method that fits, and keep the steps."""
        stage = with_alias(stage) if self.options.method == "generic" else stage
        work = work_by(stage, self.options)
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


def _replace_mark(symbol: Symbol, mark: str) -> Symbol:
    """Return the symbol with other primes."""
    return Symbol(symbol.name, symbol.accents, symbol.subscript, mark)


def _independents(p: Problem, arrays: bool) -> tuple[Name, ...]:
    """The symbols that count as variables when d or partial is decided; the rest are parameters."""
    wanted = p.task.variables
    present = variables(p.formula, *(d.value for d in p.definitions))
    defined = {d.symbol for d in p.definitions}
    others = [s for s in present if s not in defined and s not in wanted]
    if any(n.kind == "partial" for n in p.notes):
        more = [s for s in others if not (arrays and s.shape)]
    elif p.arguments:
        more = [s for s in p.arguments if s not in wanted]
    elif arrays:
        more = []
    else:
        like = {s.name for s in symbols(*wanted)} | set(_VARIABLE_LETTERS)
        more = [s for s in others if s.name in like]
    return tuple(dict.fromkeys((*p.arguments, *wanted, *more)))
