r"""Method `components`: write one component with indices, differentiate it by x_j, put the results together again.

\frac{\partial}{\partial w_j} \sum_i w_i x_i = \sum_i \frac{\partial w_i}{\partial w_j} x_i = \sum_i \delta_{ij} x_i = x_j,
so that the gradient by w is x^\top.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product

from derive.derivation import Answer, Condition, Definition, Line, Reason, Scope, Step
from derive.errors import UnsupportedError
from derive.expr.build import add, is_integer, negative, signed, times
from derive.expr.build_arrays import size_number, transpose
from derive.expr.nodes import (
    Cases,
    Derivative,
    Entry,
    Expr,
    Integer,
    Logic,
    Name,
    Product,
    Quotient,
    Relation,
    Sum,
    SumOver,
    Symbol,
)
from derive.expr.shapes import Dimension
from derive.expr.spelling import spell
from derive.expr.walks import children, free_indices, plain, postorder, rewrite, substitute, with_children
from derive.planner.indexed import Writer, delta, is_delta, letters_for, pattern
from derive.planner.lifted import Lifter, NotLiftedError, whole_range
from derive.planner.planner import Planner
from derive.planner.stage import Chain, expand
from derive.planner.sums import in_vectors
from derive.planner.tidy import protect
from derive.rules.table import rule_for


def work_by_components(planner: Planner) -> list[Answer]:
    """Differentiate a number or vector component by component; each variable has an answer.

    By an entry x_j the answer is that component alone.

    Raises:
        UnsupportedError: There is no formula for a component, or the results do not make a vector or matrix.
    """
    problem = planner.problem
    planner.methods.setdefault("components")
    formula = expand(problem.formula, planner.values)
    if len(formula.shape) > 1:
        raise UnsupportedError("of a row or matrix no components are worked out", hint="give a vector, or a number")
    letters = letters_for(formula, *problem.task.variables)
    row = (letters.pop(0),) if formula.shape else ()
    by: list[Name] = []
    for x in problem.task.variables:
        named = Entry(x, (_column(letters),)) if isinstance(x, Symbol) and x.shape else x
        by.append(named)
    taken = _indices(by)
    letters = [letter for letter in letters if letter not in taken]
    root = _root(planner, formula)
    independents = tuple(dict.fromkeys((*planner.independents, *(_whole(b) for b in by), *by)))
    scope = replace(planner.scope((Definition(root, formula),)), independents=independents)
    writer = Writer(letters)
    component = writer.component(formula, row)
    protect(component)
    head: Symbol | Entry = Entry(root, row) if row else root
    planner.steps.append(Step("component", (Line(head, component, (Reason("indices"),)),), scope, about=(head,)))
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


def _whole(x: Name) -> Expr:
    return x.of if isinstance(x, Entry) else x


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
        if x is by and not self.row:
            return Answer(chain.head, chain.value, conditions, self.scope)
        sizes = self._sizes(by)
        lifter = Lifter(dict(sizes), self.writer.origins)
        value = lifter.lifted(chain.value, tuple(sizes))
        root = self.head.of if isinstance(self.head, Entry) else self.head
        head = Derivative(root, (x,))
        whole = self._chain(head, _in_vectors(conditions, lifter, _ranges(self.component)))
        whole.equals(value if (len(sizes) > len(self.row) and self.row) or x is by else transpose(value), Reason("collect"))
        whole.tidy()
        self.planner.steps.append(Step("together", tuple(whole.lines), self.scope, about=(x,)))
        return Answer(head, whole.value, tuple(whole.conditions), self.scope)

    def _chain(self, head: Expr, conditions: Iterable[Condition]) -> Chain:
        given = dict.fromkeys((*self.planner.problem.assumptions, *conditions))
        return Chain(head, given, tidying=self.planner.options.simplify != "none")

    def _sizes(self, by: Name) -> dict[Symbol, Dimension]:
        """Return the indices of the result, and how far they run."""
        sizes = dict(zip(self.row, self.head.of.shape if isinstance(self.head, Entry) else (), strict=True))
        if isinstance(by, Entry):
            sizes |= {i: s for i, s in zip(by.indices, by.sizes, strict=True) if isinstance(i, Symbol)}
        return sizes

    def _by_entry(self, by: Name) -> Chain:
        """Return the lines of the derivative of the component."""
        value, rules, conditions = differentiated(self.component, by)
        chain = self._chain(Derivative(self.head, (by,)), conditions)
        chain.equals(value, *rules)
        if isinstance(by, Entry):
            named = {e: _known(e, by) for e in postorder(value) if isinstance(e, Derivative)}
            chain.equals(substitute(value, named), Reason("delta"))
            ranges = {i: size_number(size) for i, size in self._sizes(by).items()}
            chain.equals(collapsed(chain.value, by, ranges), Reason("one term left"))
        self._keep_sums(chain.value)
        chain.tidy()
        return chain

    def _keep_sums(self, e: Expr) -> None:
        """Protect the sums of the component that occur with other indices."""
        own = {found[0] for n in postorder(self.component) if isinstance(n, Sum) and (found := pattern(n))}
        for node in postorder(e):
            if isinstance(node, Sum) and (found := pattern(node)) and found[0] in own:
                protect(node)


# Rules ----------------------------------------------------------------------------------------------------------------


def differentiated(e: Expr, by: Name) -> tuple[Expr, tuple[Reason, ...], tuple[Condition, ...]]:
    """Return the derivative of a component, those of entries still named; the rules; where it does not hold.

    Raises:
        NoRuleError: If a part that depends on the variable has no rule.
    """
    derivatives: dict[Expr, Expr | None] = {}
    rules: dict[str, None] = {}
    conditions: dict[Condition, None] = {}
    for node in postorder(e):
        ds = tuple(derivatives[part] for part in children(node))
        if node is by:
            derivatives[node] = Integer(1)
        elif isinstance(node, Entry) and isinstance(by, Entry) and node.of is by.of:
            derivatives[node] = Derivative(node, (by,))
        elif all(d is None for d in ds):
            derivatives[node] = None
        elif isinstance(node, Relation | Logic):
            derivatives[node] = Integer(0)  # but for jumps, of which the row of the whole speaks
        else:
            rule = rule_for(node, tuple(d is not None for d in ds))
            derivatives[node] = rule.whole(node, ds)
            rules.setdefault(rule.name)
            conditions.update(dict.fromkeys(rule.condition(node)))
    value = derivatives[e]
    if value is None:
        return Integer(0), (Reason("constant"),), ()
    return value, tuple(map(Reason, reversed(rules))), tuple(conditions)


def _known(named: Derivative, by: Entry) -> Expr:
    """Return the derivative of an entry by an entry: 1 of the same, else 0."""
    assert isinstance(named.of, Entry)
    return times(delta(a, b) for a, b in zip(named.of.indices, by.indices, strict=True))


# Sums over deltas -----------------------------------------------------------------------------------------------------


def collapsed(e: Expr, by: Entry, ranges: Mapping[Symbol, Expr]) -> Expr:
    r"""Return an expression without sums over deltas: \sum_i \delta_{ij} x_i = x_j.

    Raises:
        UnsupportedError: An index is shifted, or a sum leaves out terms.
    """
    return rewrite(e, lambda n: _collapsed(n, by, ranges) if isinstance(n, SumOver) else n)


def _collapsed(e: SumOver, by: Entry, ranges: Mapping[Symbol, Expr]) -> Expr:
    if not _has_delta(e.body):
        return e
    out: list[Expr] = []
    kept: list[Expr] = []
    for piece in _spread(e.body):
        sign, deltas, rest = _parted(piece)
        own = next((d for d in deltas if e.index in free_indices(d)), None)
        others = [d for d in deltas if d is not own]
        if own is None and not others:
            kept.append(piece)
            continue
        if own is None:
            term = times([*others, SumOver(e.operator, e.index, e.lower, e.upper, rest, e.style)])
        else:
            term = substitute(times([*others, rest]), {e.index: _other(own, e, by, ranges)})
        out.append(term if sign > 0 else negative(term))
    if kept:
        out.append(SumOver(e.operator, e.index, e.lower, e.upper, add(kept), e.style))
    return add(out)


def _other(d: Expr, e: SumOver, by: Entry, ranges: Mapping[Symbol, Expr]) -> Expr:
    """Return the index that a delta puts in the place of that of a sum, which must go as far."""
    a, b = children(children(d)[0])
    other = b if a is e.index else a
    if e.index not in (a, b) or isinstance(other, Sum | Product):
        raise NotLiftedError("an index is shifted, so that the first and the last entry are special")
    size = ranges[other] if isinstance(other, Symbol) and other in ranges else size_number(by.sizes[0])
    if e.operator != "sum" or e.lower is None or e.upper is None:
        raise NotLiftedError("a sum without bounds")
    if not is_integer(e.lower, 1) or plain(e.upper) is not plain(size):
        raise NotLiftedError("a sum leaves out entries")
    return other


def _has_delta(e: Expr) -> bool:
    return any(is_delta(n) for n in postorder(e))


def _parted(piece: Expr) -> tuple[int, list[Expr], Expr]:
    """Split a product into its sign, its deltas and the rest."""
    sign, inner = signed(piece)
    if isinstance(inner, Quotient):
        sign_above, deltas, rest = _parted(inner.numerator)
        return sign * sign_above, deltas, Quotient(rest, inner.denominator, inner.style)
    factors = inner.factors if isinstance(inner, Product) else (inner,)
    deltas, rest_of = [], []
    for factor in factors:
        if is_delta(factor):
            deltas.append(factor)
        elif isinstance(factor, Quotient | Product | Sum) and _has_delta(factor):
            s, more, rest = _parted(factor)
            sign *= s
            deltas += more
            rest_of.append(rest)
        else:
            rest_of.append(factor)
    kept = [f for f in rest_of if not is_integer(f, 1)]
    return sign, deltas, times(kept) if kept else Integer(1)


def _spread(e: Expr) -> list[Expr]:
    """Return terms that add up to an expression, each a product with its deltas as factors."""
    if not _has_delta(e):
        return [e]
    match e:
        case Sum(terms, signs):
            return [p if s > 0 else negative(p) for t, s in zip(terms, signs, strict=True) for p in _spread(t)]
        case Product(factors):
            return [_signed_product(chosen) for chosen in product(*map(_spread, factors))]
        case Quotient(top, bottom, style):
            return [Quotient(p, bottom, style) for p in _spread(top)]
        case Cases():
            return _spread_cases(e)
    return [e]


def _signed_product(factors: tuple[Expr, ...]) -> Expr:
    parts = [signed(f) for f in factors]
    whole = times(f for _, f in parts)
    return whole if sum(s < 0 for s, _ in parts) % 2 == 0 else negative(whole)


def _spread_cases(e: Cases) -> list[Expr]:
    """Take the deltas out of cases: the factor of each is a number by cases."""
    of: dict[tuple[Expr, ...], list[list[Expr]]] = {}
    for k, value in enumerate(e.values):
        for piece in _spread(value):
            sign, deltas, rest = _parted(piece)
            rows = of.setdefault(tuple(deltas), [[] for _ in e.values])
            rows[k].append(rest if sign > 0 else negative(rest))
    return [times([*deltas, Cases(tuple(map(add, rows)), e.conditions)]) for deltas, rows in of.items() if _moves(rows)]


def _moves(rows: list[list[Expr]]) -> bool:
    return any(not is_integer(e, 0) for row in rows for e in row)


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
    """Return a number of some working in terms of vectors, or as it is where it is none of these."""
    free = tuple(free_indices(e))
    try:
        whole = lifter.lifted(e, free)
    except UnsupportedError:
        return e
    return Entry(whole, free, "" if isinstance(whole, Symbol) else "(") if free else whole
