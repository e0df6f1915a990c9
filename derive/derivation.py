"""The plain data that every room shares: notation, task, problem, definition, line, step, derivation.

No text for people and no LaTeX of our own making in here: a page is made from this data by the writer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from derive.errors import Span
from derive.expr.interning import Table
from derive.expr.nodes import Cases, Derivative, Entry, Expr, Indicator, Name, Relation, Symbol
from derive.expr.shapes import Shape
from derive.expr.spelling import is_bold
from derive.expr.walks import free_indices, mentioned, open_indices, postorder

Condition: TypeAlias = Expr
"""A `Relation` or `Logic` node."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something the reader decided for the author: a closed word, what it is about, and where."""

    kind: str
    about: str
    span: Span | None = None


ENTRYWISE = "entrywise"
"""What a notation says of a function whose entry i depends on entry i of its argument alone."""

Key: TypeAlias = tuple[str, tuple[str, ...], str, str, bool]
"""What a name is found by: letter, accents, subscript, mark, and whether it is written bold."""


@dataclass(frozen=True, slots=True)
class Notation:
    r"""How symbols, functions and operations are spelled, and the conventions in force.

    `spellings` maps a symbol, or the name of a function or operation, to the LaTeX that the author used for it first;
    also `transpose` (`\top`), `ones`, `zeros`, `identity` and `unit`, and the words `if`, `otherwise`, `and`, `or`
    where the page is in another language. `declared` and `functions` are what was declared; `domains` are the shapes
    that a declared function takes, `sets` what was declared beside a shape (`S`: symmetric, `S_{++}`: positive
    definite; of a function `entrywise`). `dimensions` are the names that mean a size. `log_base` is "e" or "10".
    """

    spellings: Mapping[Symbol | str, str] = field(default_factory=dict)
    functions: frozenset[Symbol] = frozenset()
    declared: frozenset[Symbol] = frozenset()
    domains: Mapping[Symbol, tuple[Shape, ...]] = field(default_factory=dict)
    sets: Mapping[Symbol, str] = field(default_factory=dict)
    members: Mapping[tuple[str, tuple[str, ...], bool], Shape] = field(default_factory=dict)
    """The shapes of the members of families that were declared, by letter, accents, and whether they are bold."""
    dimensions: frozenset[str] = frozenset()
    log_base: str = "e"
    style: str = "standard"
    """`standard` or `paper`: as Parr & Howard write."""
    upright_d: bool = False
    sized: bool = False
    """Whether the author writes the sizes of identities, ones and zeros where they need not be told."""
    space: int = 3
    r"""How many unit vectors \hat\imath, \hat\jmath, \hat k there are."""
    named: Mapping[tuple[str, tuple[str, ...], str], Symbol] = field(init=False, repr=False, compare=False)
    """The declared functions, by letter, accents and subscript."""
    shaped: Mapping[Key, Symbol] = field(init=False, repr=False, compare=False)
    """The vectors and matrices, by how they are written. What was declared plain may be written bold too."""
    families: Mapping[tuple[str, tuple[str, ...], bool], Symbol] = field(init=False, repr=False, compare=False)
    """The families, by letter, accents, and whether they are written bold."""

    def __post_init__(self) -> None:
        found: dict[Key, Symbol] = {}
        families: dict[tuple[str, tuple[str, ...], bool], Symbol] = {}
        for s, latex in self.spellings.items():
            if isinstance(s, Symbol) and s.kind == "family":
                families[s.name, s.accents, is_bold(latex)] = s
            elif isinstance(s, Symbol) and s.shape and s.kind != "function":
                bold = is_bold(latex)
                found[s.name, s.accents, s.subscript, s.mark, bold] = s
                if not bold:
                    found.setdefault((s.name, s.accents, s.subscript, s.mark, True), s)
        object.__setattr__(self, "shaped", found)
        object.__setattr__(self, "families", families)
        object.__setattr__(self, "named", {(f.name, f.accents, f.subscript): f for f in self.functions})


@dataclass(frozen=True, slots=True)
class Definition:
    """A named intermediate variable: `symbol = value`. `given` when the author named it.

    Under a sum over an index it is indexed: z_i = ..., where the value holds the index, or what is indexed itself.
    """

    symbol: Symbol
    value: Expr
    given: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """The definitions in force, and the independent variables: what decides whether a derivative is a d or a partial.

    *through* is printed d with one independent variable, else as a partial; *direct* is printed as a partial, naming
    what is held where it could be taken for the other. What has a single argument has one derivative by it: a d.
    """

    definitions: tuple[Definition, ...] = ()
    independents: tuple[Name, ...] = ()
    has_d: bool = False
    """Whether d is a letter of the problem, so that no derivative is written with it."""
    columns: bool = False
    """Whether a gradient is a column, so that it has a sign of its own: denominator layout."""
    values: Mapping[Symbol, Expr] = field(init=False, repr=False, compare=False, default_factory=dict)
    indices: Mapping[Symbol, Symbol] = field(init=False, repr=False, compare=False, default_factory=dict)
    """The index of each definition that has one."""
    _arguments: dict[Expr, tuple[Name, ...]] = field(init=False, repr=False, compare=False, default_factory=dict)
    printed: dict[object, Any] = field(init=False, repr=False, compare=False, default_factory=dict)
    """What a printer made of the expressions of this scope, by printer and notation."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", {d.symbol: d.value for d in self.definitions})
        indices: dict[Symbol, Symbol] = {}
        for d in self.definitions:
            found = open_indices(d.value, indices)
            if found:
                indices[d.symbol] = found[0]
        object.__setattr__(self, "indices", indices)

    @property
    def free(self) -> set[Symbol]:
        """The indices that lines may hold outside of sums: of definitions, and of entries that are varied."""
        return {*self.indices.values(), *(i for x in self.independents for i in free_indices(x))}

    def with_definitions(self, definitions: tuple[Definition, ...]) -> Scope:
        """Return the scope with other definitions in force."""
        return Scope(definitions, self.independents, self.has_d, self.columns)

    @property
    def several(self) -> bool:
        """Whether derivatives are partial: there is more than one independent number."""
        return self.has_d or len(self.independents) > 1 or any(x.shape for x in self.independents)

    def arguments(self, of: Expr) -> tuple[Name, ...]:
        """Return the independents and definitions that a definition, or a formula, is written in."""
        known = self._arguments.get(of)
        if known is None:
            formula = self.values[of] if isinstance(of, Symbol) and of in self.values else of
            known = tuple(mentioned(formula, {*self.values, *self.independents}))
            self._arguments[of] = known
        return known

    def differs(self, of: Expr, wrt: Name) -> bool:
        """Tell whether the direct derivative is another than the one through the definitions.

        So it is when `wrt` reaches `of` by way of some other argument.
        """
        seen: set[Name] = {wrt}
        waiting = [a for a in self.arguments(of) if a is not wrt]
        while waiting:
            symbol = waiting.pop()
            if symbol in seen or symbol not in self.values:
                continue
            seen.add(symbol)
            below = self.arguments(symbol)
            if wrt in below:
                return True
            waiting.extend(below)
        return False

    def direct(self, of: Expr, wrt: Name) -> Derivative:
        """Return the derivative with the other arguments held; the total one where no other can be meant."""
        return Derivative(of, (wrt,), through=not self.differs(of, wrt))

    def mark(self, derivative: Derivative) -> tuple[str, tuple[Name, ...]]:
        """Return how a derivative is marked, `d` or `partial`, and the symbols to name as held."""
        of, wrt = derivative.of, derivative.wrt[0]
        if not derivative.through:
            return "partial", self._held(of, wrt) if self.several else ()
        arguments = self.arguments(of)
        if wrt in arguments and len(arguments) == 1:
            return ("partial" if self.has_d or self._is_one_of_many(of, wrt) else "d"), ()
        if wrt in arguments and not self.differs(of, wrt):
            return "partial", ()
        one_of_many = isinstance(wrt, Entry) and wrt not in self.independents
        return ("partial" if self.several or one_of_many else "d"), ()

    def _is_one_of_many(self, of: Expr, wrt: Name) -> bool:
        """Tell whether a derivative is by a vector, or by one of the values that a sum goes over."""
        inside = isinstance(of, Symbol) and of in self.indices
        return bool(wrt.shape) or (wrt in self.indices and not inside)

    def _held(self, of: Expr, wrt: Name) -> tuple[Name, ...]:
        """All that is held, if an intermediate variable is; the variables alone are held as always."""
        others = [s for s in self.arguments(of) if s is not wrt and (s in self.values or s in self.independents)]
        return tuple(others) if any(s in self.values for s in others) else ()

    def through(self, of: Expr, wrt: Name, mark: str, held: bool) -> bool:
        """Tell what a derivative on paper means: the inverse of `mark`."""
        return not held and (mark == "d" or self.several or not self.differs(of, wrt))


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked.

    `kind` is `derivative` (one answer for each of `wrt`), `gradient`, `jacobian` or `hessian`.
    `wrt` holds, for each answer, the variables to differentiate by, one after the other; for a gradient, Jacobian or
    Hessian, one variable each; an entry x_j is one too. `at` is the point at which values are wanted.
    """

    kind: str = "derivative"
    wrt: tuple[tuple[Name, ...], ...] = ()
    at: tuple[tuple[Symbol, Expr], ...] = ()
    layout: str = "numerator"

    @property
    def variables(self) -> tuple[Name, ...]:
        """The variables of the task, each once."""
        return tuple(dict.fromkeys(s for group in self.wrt for s in group))


@dataclass(frozen=True, slots=True)
class Request:
    r"""What is asked beside the text: the options of `solve`, as the user typed them (LaTeX strings).

    `wrt`: each string is one answer, its symbols (separated by blanks or commas) differentiated by one after the
    other. `let`: declarations (`f: \mathbb{R} \to \mathbb{R}`, `x, y \in \mathbb{R}`, `a > 0`) and definitions
    (`u = x^2`). `define`: names for parts of the formula (`z = x^2 + 1`). `at`: `x = 2`. `macros`: preambles, or whole
    documents, whose macros hold. `spelling`: how operations are spelled that the author does not spell (`transpose`,
    `hadamard`, `ones`, `zeros`, `identity`), `d` (`upright`) and `sizes` (`always`).
    """

    wrt: tuple[str, ...] = ()
    let: tuple[str, ...] = ()
    define: tuple[str, ...] = ()
    task: str | None = None
    order: int | None = None
    at: tuple[str, ...] = ()
    layout: str = "numerator"
    notation: str = "standard"
    log_base: str = "e"
    macros: tuple[str, ...] = ()
    spelling: Mapping[str, str] = field(default_factory=dict)
    reading: bool = False
    """The formula is only to be shown as it is read: it need not say what to differentiate by."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A formula that has been read, with what is asked of it.

    `name` is the left-hand side that the author gave (`y`, or `f` of `f(x) = ...`), else None.
    `definitions` are the author's, in the author's order; `formula` is written in terms of them.
    """

    latex: str
    formula: Expr
    task: Task
    name: Symbol | None = None
    arguments: tuple[Symbol, ...] = ()
    definitions: tuple[Definition, ...] = ()
    notation: Notation = field(default_factory=Notation)
    notes: tuple[Note, ...] = ()
    assumptions: tuple[Condition, ...] = ()
    """Conditions that the author stated, such as a > 0."""
    constraints: tuple[Condition, ...] = ()
    """What a minimum or maximum is subject to."""
    table: Table = field(default_factory=Table, repr=False, compare=False)

    @property
    def sympy(self) -> object:
        """The formula as a SymPy expression (an `Eq` when it has a left-hand side)."""
        from derive.expr.sympy_bridge import problem_to_sympy  # the documented place of the SymPy import

        return problem_to_sympy(self)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the check of a line found.

    `status` is `checked`, `proved` or `unchecked`; `max_error` the largest relative error; `digits` of the arithmetic
    that decided it.
    """

    status: str
    points: int = 0
    digits: int = 0
    max_error: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a line holds: the name of a row of the rules or of the rewrites, and what it is about."""

    name: str
    about: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One relation. Lines of a chain repeat the right-hand side of the line before as their left-hand side."""

    lhs: Expr
    rhs: Expr
    reasons: tuple[Reason, ...] = ()
    given: tuple[Condition, ...] = ()
    relation: str = "="
    evidence: Evidence | None = None
    minor: bool = False
    """Too small a move to be worth a line of its own, unless every detail is wanted."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the work: a closed word for its title, its lines, the scope in which they hold, the steps it uses.

    `kind` is a row of the step table: `define`, `differentiate`, `combine`, `substitute`, `direct`, `tidy`,
    `assemble`, `evaluate`.
    """

    kind: str
    lines: tuple[Line, ...]
    scope: Scope
    uses: tuple[int, ...] = ()
    substeps: tuple[Step, ...] = ()
    about: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: `lhs = value` where the conditions hold.

    `scope` holds the definitions that `value` may still be written in (`closed` is False then).
    """

    lhs: Expr
    value: Expr
    conditions: tuple[Condition, ...]
    scope: Scope
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Derivation:
    """A worked solution."""

    problem: Problem
    method: str
    steps: tuple[Step, ...]
    answers: tuple[Answer, ...]
    notes: tuple[Note, ...] = ()
    oracle: Mapping[str, object] | None = None

    @property
    def checked(self) -> bool:
        """Whether each line has its evidence."""
        return all(
            line.evidence is not None and line.evidence.status in ("checked", "proved")
            for step in every_step(self.steps)
            for line in step.lines
        )


def every_step(steps: tuple[Step, ...]) -> list[Step]:
    """Return the steps and their substeps, in reading order."""
    return [s for step in steps for s in (step, *every_step(step.substeps))]


def is_seam(condition: Condition, value: Expr) -> bool:
    """Tell whether a condition a != b excludes what some case of a value has an answer for."""
    return bool(_meeting(condition, value))


def _meeting(condition: Condition, value: Expr) -> list[Relation]:
    """Return the conditions of cases, and of indicators, that compare what a condition a != b keeps apart."""
    if not isinstance(condition, Relation) or condition.operators != ("!=",):
        return []
    sides = set(condition.operands)
    met = [c for e in postorder(value) if isinstance(e, Cases) for c in e.conditions]
    met += [e.condition for e in postorder(value) if isinstance(e, Indicator)]
    whole = {e.of if isinstance(e, Entry) else e for e in sides}  # x_i != 0 for each i, beside [x > 0]
    return [c for c in met if isinstance(c, Relation) and set(c.operands) in (sides, whole)]


_WEAK = {"<=": "<=", ">=": ">=", ">": "<=", "<": ">="}
"""The side that points of equality belong to, by how a condition compares."""


def side_of_seam(condition: Condition, value: Expr) -> Relation | None:
    """Return the side that the points of a seam are counted to, a <= b or a >= b, where the cases of a value tell."""
    met = _meeting(condition, value)
    weak = [c for c in met if c.operators[0] in ("<=", ">=")]
    strict = {c.operators[0] for c in met}
    if not weak and (len(strict) != 1 or not met or met[0].operators[0] not in _WEAK):
        return None  # x < 0, x > 0, otherwise: a value of its own
    (told, *_) = weak or met
    assert isinstance(condition, Relation)
    a, b = told.operands
    sides = {e.of if isinstance(e, Entry) else e: e for e in condition.operands} | {e: e for e in condition.operands}
    return Relation((sides[a], sides[b]), (_WEAK[told.operators[0]],))
