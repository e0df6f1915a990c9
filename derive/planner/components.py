r"""Method `components`: write one component with indices, differentiate it by x_j, put the results together again.

\sum_i w_i x_i has the derivative \sum_i \frac{\partial w_i}{\partial w_j} x_i = \sum_i \delta_{ij} x_i = x_j by w_j,
so that its gradient by w is x^\top.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from derive.derivation import Answer, Condition, Definition, Line, Reason, Scope, Step
from derive.errors import UnsupportedError
from derive.expr.build import add
from derive.expr.build_arrays import fresh_indices, size_number, transpose
from derive.expr.nodes import (
    Derivative,
    Entry,
    Expr,
    Filled,
    Integer,
    MatMul,
    Name,
    Power,
    Quotient,
    Sum,
    SumOver,
    Symbol,
)
from derive.expr.shapes import Dimension
from derive.expr.spelling import spell
from derive.expr.walks import children, free_indices, postorder, rewrite, substitute, with_children
from derive.planner.algebra import opened
from derive.planner.deltas import Rules, collapsed, entry_by_entry, has_delta
from derive.planner.indexed import Writer, letters_for, pattern
from derive.planner.lifted import Lifter, whole_range
from derive.planner.planner import Planner
from derive.planner.stage import Chain, expand
from derive.planner.sums import in_vectors
from derive.planner.tidy import protect


def _apart(e: Expr) -> Expr:
    """Give a sum that a definition brought into a sum over the same index an index of its own."""
    if not isinstance(e, SumOver):
        return e
    renamed: dict[Expr, Expr] = {}
    for inner in postorder(e.body):
        if isinstance(inner, SumOver) and inner.index is e.index:
            index = next(fresh_indices(e))
            body = substitute(inner.body, {inner.index: index})
            renamed[inner] = SumOver(inner.operator, index, inner.lower, inner.upper, body, inner.style)
    return with_children(e, (*children(e)[:-1], substitute(e.body, renamed))) if renamed else e


def work_by_components(planner: Planner) -> list[Answer]:
    """Differentiate a number or vector component by component; each variable has an answer.

    By an entry x_j the answer is that component alone.

    Raises:
        UnsupportedError: There is no formula for a component, or the results do not make a vector or matrix.
    """
    problem = planner.problem
    planner.methods.setdefault("components")
    formula = rewrite(expand(problem.formula, planner.values), _apart)
    if len(formula.shape) > 1:
        raise UnsupportedError("of a row or matrix no components are worked out", hint="give a vector, or a number")
    letters = letters_for(formula, *problem.task.variables, *problem.notation.declared)
    row = (letters.pop(0),) if formula.shape else ()
    by: list[Name] = []
    for x in problem.task.variables:
        named = Entry(x, (_column(letters),)) if isinstance(x, Symbol) and x.shape else x
        by.append(named)
    taken = _indices(by)
    letters = [letter for letter in letters if letter not in taken]
    bound = {e.index for e in postorder(formula) if isinstance(e, SumOver)}
    if taken & bound:
        raise UnsupportedError("an index of a sum stands below the variable too", hint="take another letter there")
    root = _root(planner, formula)
    independents = tuple(dict.fromkeys((*planner.independents, *(_whole(b) for b in by), *by)))
    scope = replace(planner.scope((Definition(root, formula),)), independents=independents)
    writer = Writer(letters)
    component = writer.component(formula, row)
    protect(component)
    head: Symbol | Entry = Entry(root, row) if row else root
    if component is not problem.formula:
        line = Line(head, component, (Reason("indices"),))
        planner.steps.append(Step("component", (line,), scope, about=(head,) if row else ()))
    work = _Work(planner, scope, writer, component, head, row)
    return [work.answer(x, b) for x, b in zip(problem.task.variables, by, strict=True)]


def needs_components(planner: Planner) -> bool:
    """Tell whether the task is about an entry, or sums over entries stay when everything is written in vectors."""
    if any(isinstance(x, Entry) for x in planner.problem.task.variables):
        return True
    formula = in_vectors(expand(planner.problem.formula, planner.values))
    wanted = {_whole(x) for x in planner.problem.task.variables}
    sums = [e for e in postorder(formula) if isinstance(e, SumOver)]
    counted = {e.index for e in sums}
    met = (e for s in sums for e in postorder(s.body) if isinstance(e, Entry) and e.of in wanted)
    return any(i in counted for e in met for index in e.indices for i in free_indices(index))


def _whole(x: Name) -> Symbol:
    whole = x.of if isinstance(x, Entry) else x
    assert isinstance(whole, Symbol)
    return whole


def _indices(names: Iterable[Name]) -> set[Expr]:
    return {i for x in names if isinstance(x, Entry) for i in x.indices}


def _column(letters: list[Symbol]) -> Symbol:
    """Return the index of what is differentiated by: j, as it is usual."""
    return next((letter for letter in letters if letter.name == "j"), letters[0])


def _root(planner: Planner, formula: Expr) -> Symbol:
    """Return the name of the function; one of a component has its indices below."""
    root = planner.function_symbols(1)[0]
    free = free_indices(formula)
    if not free or root is planner.problem.name:
        return root
    return Symbol(root.name, root.accents, "".join(map(spell, free)))


@dataclass(frozen=True, slots=True)
class _Work:
    """What the derivatives by all variables share."""

    planner: Planner
    scope: Scope
    writer: Writer
    component: Expr
    head: Symbol | Entry
    row: tuple[Symbol, ...]

    def answer(self, x: Name, by: Name) -> Answer:
        """Add the steps of the derivative by one variable, and return its answer."""
        chain = self._by_entry(by)
        self.planner.steps.append(Step("entry", tuple(chain.lines), self.scope, about=(by,)))
        conditions = tuple(chain.conditions)
        asked = Answer(chain.head, chain.value, conditions, self.scope)
        if isinstance(x, Entry) and not self.row:
            return asked
        sizes = self._sizes(None if isinstance(x, Entry) else by)
        lifter = Lifter(dict(sizes), self.writer.origins)
        value = lifter.lifted(chain.value, tuple(sizes))
        if value is chain.value and x is by:
            return asked
        if all(any(isinstance(n, Filled) and n.kind == "unit" for n in postorder(term)) for term in opened(value)):
            raise UnsupportedError("nothing tells the size of the unit vectors that the components make up")
        root = self.head.of if isinstance(self.head, Entry) else self.head
        head = Derivative(root, (x,))
        whole = self._chain(head, _in_vectors(conditions, lifter, _ranges(self.component)))
        whole.equals(value if self.row else _as_row(value), Reason("collect"))
        whole.tidy()
        whole.equals(substitute(whole.value, {d.symbol: d.value for d in self.scope.definitions}), Reason("put in"))
        self.planner.steps.append(Step("together", tuple(whole.lines), self.scope, about=(x,)))
        return Answer(head, whole.value, tuple(whole.conditions), self.scope)

    def _chain(self, head: Expr, conditions: Iterable[Condition]) -> Chain:
        given = dict.fromkeys((*self.planner.problem.assumptions, *conditions))
        return Chain(head, given, tidying=self.planner.options.simplify != "none")

    def _sizes(self, by: Name | None) -> dict[Symbol, Dimension]:
        """Return the indices of the result, and how far they run."""
        sizes = dict(zip(self.row, self.head.of.shape if isinstance(self.head, Entry) else (), strict=True))
        if isinstance(by, Entry):
            sizes |= {i: s for i, s in zip(by.indices, by.sizes, strict=True) if isinstance(i, Symbol)}
        return sizes

    def _by_entry(self, by: Name) -> Chain:
        """Return the lines of the derivative of the component."""
        rules = Rules(by)
        value = rules.derivative(self.component)
        chain = self._chain(Derivative(self.head, (by,)), rules.conditions)
        chain.equals(value, *map(Reason, reversed(rules.names)) if value is not Integer(0) else [Reason("constant")])
        if isinstance(by, Entry):
            self._with_deltas(chain, by)
        self._keep_sums(chain.value)
        chain.tidy()
        return chain

    def _with_deltas(self, chain: Chain, by: Entry) -> None:
        """Put in what the derivatives of entries are, and add up."""
        sizes = _ranges(self.component) | self._sizes(by)
        ranges = {i: size_number(size) for i, size in sizes.items()}
        derivatives = [e for e in postorder(chain.value) if isinstance(e, Derivative)]
        named: dict[Expr, Expr] = {e: entry_by_entry(e.of, by) for e in derivatives}
        value = substitute(chain.value, named)
        chain.equals(value, Reason("delta"))
        shares = Rules(by, self._letters())
        apart = shares.derivative(self.component)
        if shares.met:
            chain.equals(collapsed(apart, by, ranges), Reason("shares"))
            chain.equals(self._named(chain.value), Reason("put in"))
        else:
            summed = any(isinstance(n, SumOver) and has_delta(n) for n in postorder(value))
            chain.equals(collapsed(value, by, ranges), Reason("one term left" if summed else "into the cases"))

    def _named(self, e: Expr) -> Expr:
        r"""Put the name of the function in, where it occurs in its own derivative: y_i(\delta_{ij} - y_j)."""
        own = pattern(self.component)
        if not isinstance(self.head, Entry) or own is None or len(own[1]) != 1:
            return e
        found = {n: pattern(n) for n in postorder(e) if isinstance(n, Quotient)}
        same = {n: f[1] for n, f in found.items() if f is not None and f[0] is own[0]}
        return substitute(e, {n: Entry(self.head.of, free) for n, free in same.items()})

    def _letters(self) -> list[Symbol]:
        """Return the indices that the component does not use."""
        used = {n.index for n in postorder(self.component) if isinstance(n, SumOver)}
        return [letter for letter in self.writer.letters if letter not in used and letter not in self.row]

    def _keep_sums(self, e: Expr) -> None:
        """Protect the sums of the component that occur with other indices."""
        own = {found[0] for n in postorder(self.component) if isinstance(n, Sum) and (found := pattern(n))}
        for node in postorder(e):
            if isinstance(node, Sum) and (found := pattern(node)) and found[0] in own:
                protect(node)


def _as_row(e: Expr) -> Expr:
    """Return a column as a row, products term by term."""
    terms = opened(e)
    inside = any(isinstance(n, MatMul) and n.shape for term in terms for n in postorder(term))
    return add(map(transpose, terms)) if inside else transpose(e)


# Conditions -----------------------------------------------------------------------------------------------------------


def _ranges(component: Expr) -> dict[Symbol, Dimension]:
    """Return how far the indices of sums run that go through all of what they count."""
    sums = [e for e in postorder(component) if isinstance(e, SumOver)]
    return {e.index: size for e in sums if (size := whole_range(e)) is not None}


def _in_vectors(
    conditions: Iterable[Condition], lifter: Lifter, ranges: Mapping[Symbol, Dimension]
) -> tuple[Condition, ...]:  # fmt: skip
    """Return conditions on components as an author states them: of each entry of a vector, or of a number."""
    for index, size in ranges.items():
        lifter.sizes.setdefault(index, size)
    return tuple(with_children(c, tuple(_stated(side, lifter) for side in children(c))) for c in conditions)


def _stated(e: Expr, lifter: Lifter) -> Expr:
    """Return what is not 0 in terms of vectors, or as it is where that cannot be; of a square, what is squared."""
    free = tuple(free_indices(e))
    if not all(index in lifter.sizes for index in free):
        return e
    try:
        whole = lifter.lifted(e, free)
    except UnsupportedError:
        return e
    whole = whole.base if isinstance(whole, Power) and isinstance(whole.exponent, Integer) else whole
    return Entry(whole, free, "" if isinstance(whole, Symbol) else "(") if free else whole
