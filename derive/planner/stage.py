"""One stage of work: a function of some variables, and its first derivatives by them.

A stage has a scope (its definitions), steps, and for each variable a `Result`. Higher orders are further stages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from derive.derivation import Answer, Condition, Definition, Line, Reason, Scope, Step
from derive.expr.build_arrays import worked_entry
from derive.expr.interning import current_table
from derive.expr.nodes import Derivative, Entry, Expr, Logic, Name, Operation, Relation, Symbol
from derive.expr.walks import rewrite, substitute, variables
from derive.planner.size import printed_length
from derive.planner.tidy import tidy


@dataclass(frozen=True, slots=True)
class Options:
    """How to work: the choices that `solve` offers for the planning."""

    method: str = "auto"
    grain: str = ""
    """`natural` or `operator`; empty for what the style of the notation asks for."""
    factors: str = "backward"
    names: tuple[str, ...] = ()
    simplify: str = "tidy"
    layered: bool = False
    """As Parr & Howard: the last intermediate is numbered too, and definitions are put back one layer at a time."""
    answer_characters: int = 2_000
    terms: tuple[Definition, ...] = ()
    """Terms with a name: the answers are written in them."""
    rate: Expr | None = None
    """The rate of a step of gradient descent, if one is wanted."""


PartialTable = dict[tuple[Symbol, Name], tuple[Expr, tuple[Condition, ...]]]


@dataclass(frozen=True, slots=True)
class Stage:
    """What is to be differentiated, and in what surroundings.

    `root` is the symbol that is worked on. In a stage of higher order it stands for the derivative of `origin` by
    `done`; it may also be the last intermediate, of which `origin` is another name.
    """

    root: Symbol
    scope: Scope
    variables: tuple[Name, ...]
    given: tuple[Condition, ...] = ()
    origin: Symbol | None = None
    done: tuple[Name, ...] = ()
    tidying: bool = True
    arrays: bool = False
    named: frozenset[Symbol] = frozenset()
    """The definitions that an earlier stage has shown."""
    partials: PartialTable = field(default_factory=dict)
    """The derivatives of definitions by their arguments that an earlier stage has shown; shared by all stages."""

    @property
    def value(self) -> Expr:
        """The definition of the function."""
        return self.scope.values[self.root]

    def head(self, variable: Name) -> Derivative:
        """Return the derivative that the stage is after, as one of the function that the problem is about."""
        return Derivative(self.origin or self.root, (*self.done, variable))

    def chain(self, head: Expr, conditions: Iterable[Condition] = ()) -> Chain:
        """Begin a chain of lines."""
        return Chain(head, dict.fromkeys(conditions), tidying=self.tidying)


@dataclass(frozen=True, slots=True)
class Result:
    """A first derivative: `value` is tidy, written in the variables alone when `closed`."""

    value: Expr
    conditions: tuple[Condition, ...] = ()
    closed: bool = True


@dataclass(slots=True)
class Work:
    """What a method hands back."""

    method: str
    steps: list[Step] = field(default_factory=list)
    results: dict[Name, Result] = field(default_factory=dict)


@dataclass(slots=True)
class Chain:
    """Lines in the making: `head = a = b = ...`, with the conditions met on the way."""

    head: Expr
    conditions: dict[Condition, None] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    tidying: bool = True

    @property
    def value(self) -> Expr:
        """The last right-hand side."""
        return self.lines[-1].rhs if self.lines else self.head

    def equals(self, rhs: Expr, *reasons: Reason, minor: bool = False) -> None:
        """Add a line, unless it would repeat the one before."""
        if rhs is not self.value:
            lhs = self.value if self.lines else self.head
            self.lines.append(Line(lhs, rhs, reasons, tuple(self.conditions), minor=minor))

    def tidy(self) -> None:
        """Add the lines of the named rewrites."""
        for change in tidy(self.value) if self.tidying else ():
            self.conditions.update(dict.fromkeys(change.conditions))
            self.equals(change.value, change.reason, minor=change.quiet)


def substituted(e: Expr, scope: Scope, limit: int) -> Expr | None:
    """Return an expression written in the independent variables alone, or None if that would be too long."""
    full = expand(e, scope.values)
    return full if printed_length(full) <= limit else None


def expand(e: Expr, values: Mapping[Symbol, Expr]) -> Expr:
    """Put every definition back in. Shared parts stay shared, so the cost is that of the definitions."""
    done: dict[Expr, Expr] = {}
    stack = [s for s in variables(e) if s in values]
    while stack:
        symbol = stack[-1]
        if symbol in done:
            stack.pop()
            continue
        needed = [s for s in variables(values[symbol]) if s in values and s not in done]
        if needed:
            stack.extend(needed)
        else:
            done[symbol] = substitute(values[symbol], done)
            stack.pop()
    return _with_dots(substitute(e, done))


def _with_dots(e: Expr) -> Expr:
    """Return a formula with the dot products that were taken apart for the work: the sum of w ⊙ x is w . x again."""
    if not current_table().memo("taken apart"):
        return e

    def change(node: Expr) -> Expr:
        if isinstance(node, Operation) and node.name == "sum" and isinstance(node.operands[0], Operation):
            product = node.operands[0]
            return Operation("inner", product.operands) if product.name == "hadamard" else node
        return node

    return rewrite(e, change)


def usable(conditions: Iterable[Condition], scope: Scope, limit: int) -> tuple[Condition, ...]:
    """Return conditions written in the independent variables, each once, those that say nothing left out."""
    out: dict[Condition, None] = {}
    for condition in conditions:
        full = substituted(condition, scope, limit)
        full = None if full is None else rewrite(full, _worked)
        if full is not None and isinstance(full, Relation | Logic) and variables(full):
            out.setdefault(full)
    return tuple(out)


def _worked(e: Expr) -> Expr:
    return worked_entry(e.of, e.indices) if isinstance(e, Entry) and len(e.of.shape) == len(e.indices) else e


def answer_of(stage: Stage, variable: Name, result: Result) -> Answer:
    """Return the answer `d root / d variable = value`."""
    return Answer(stage.head(variable), result.value, result.conditions, stage.scope, result.closed)
