"""Methods `single-variable-chain` and `total-derivative-chain`.

Name the intermediate variables, differentiate each, combine by the chain rule, substitute back (Parr & Howard, *The
Matrix Calculus You Need For Deep Learning*, sections 4.5.1 and 4.5.2). With one path from the variable to the function
the derivatives multiply; with several, the contributions of each definition's arguments add, each du_i/dx being total.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from derive.derivation import Condition, Line, Reason, Scope, Step
from derive.expr.build import add, dotted, is_atom, negative, signed, times
from derive.expr.build_arrays import in_order, multiply, zero
from derive.expr.nodes import Derivative, Expr, Name, Quotient, Relation, SumOver, Symbol
from derive.expr.walks import mentioned, postorder, substitute, variables
from derive.planner.local import Local, differentiate
from derive.planner.size import printed_length
from derive.planner.stage import Chain, Options, Result, Stage, Work, expand, substituted, usable
from derive.planner.tidy import tidy

_LONG = 120
"""Answers up to this length are written in the variables alone."""
_INLINE = 60
"""A total derivative up to this length is put in where it is used; a longer one is referred to by its name."""


class Links:
    """Which definitions depend on which, as far as the variables of a stage are concerned."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.scope = stage.scope
        self.order = [d.symbol for d in stage.scope.definitions]
        self._reached: dict[Name, set[Name]] = {x: self._above(x) for x in stage.variables}
        needed = self._below(stage.root)
        self._used = {x: [s for s in self.order if s in needed and s in self._reached[x]] for x in stage.variables}

    def _above(self, x: Name) -> set[Name]:
        reached: set[Name] = {x}
        for symbol in self.order:
            if any(a in reached for a in self.scope.arguments(symbol)):
                reached.add(symbol)
        return reached

    def _below(self, root: Symbol) -> set[Name]:
        needed: set[Name] = {root}
        for symbol in reversed(self.order):
            if symbol in needed:
                needed.update(self.scope.arguments(symbol))
        return needed

    def moving(self, symbol: Symbol, x: Name) -> tuple[Name, ...]:
        """Return the arguments of a definition through which x reaches it."""
        return tuple(a for a in self.scope.arguments(symbol) if a in self._reached[x])

    def used(self, x: Name) -> list[Symbol]:
        """Return the definitions on the ways from x to the function, in computable order."""
        return self._used[x]

    def is_path(self, x: Name) -> bool:
        """Tell whether x reaches the function in one way only."""
        return all(len(self.moving(s, x)) == 1 for s in self.used(x))

    def sum_between(self, symbol: Symbol, argument: Name) -> SumOver | None:
        """Return the sum of a definition that an indexed argument stands under, if the definition is not indexed."""
        index = self.scope.indices.get(argument) if isinstance(argument, Symbol) else None
        if index is None or self.scope.indices.get(symbol) is index:
            return None
        sums = (e for e in postorder(self.scope.values[symbol]) if isinstance(e, SumOver) and e.index is index)
        return next(sums, None)


class Partials:
    """The derivatives of each definition by its own arguments, worked out once."""

    def __init__(self, links: Links) -> None:
        self.links = links
        self.table = links.stage.partials
        self.named: dict[Expr, Expr] = {d.value: d.symbol for d in links.scope.definitions if not is_atom(d.value)}
        self.step = self._differentiate()

    def value(self, symbol: Symbol, argument: Name) -> Expr:
        """Return the derivative of a definition by one of its arguments."""
        return self.table[symbol, argument][0]

    def conditions(self, symbol: Symbol, argument: Name) -> tuple[Condition, ...]:
        """Return where it does not hold, as conditions that exclude that."""
        return self.table[symbol, argument][1]

    def _differentiate(self) -> Step:
        scope = self.links.scope
        lines: list[Line] = []
        wanted = {
            (s, a) for x in self.links.stage.variables for s in self.links.used(x) for a in self.links.moving(s, x)
        } - self.table.keys()
        for symbol in self.links.order:
            for argument in scope.arguments(symbol):
                lines.extend(self.lines(symbol, argument, scope) if (symbol, argument) in wanted else ())
        return Step("differentiate", tuple(lines), scope)

    def lines(self, symbol: Symbol, argument: Name, scope: Scope) -> Iterable[Line]:
        """Return the lines that give the derivative of a definition by one of its arguments."""
        return (self._line(symbol, argument, scope),)

    def _line(self, symbol: Symbol, argument: Name, scope: Scope) -> Line:
        between = self.links.sum_between(symbol, argument)
        local: Local = differentiate(scope.values[symbol], argument, None if between is None else between.index)
        value, conditions = local.value, dict.fromkeys(local.conditions)
        if self.links.stage.arrays:  # p = softmax(z) has diag(p) - p p^T
            value = substitute(substitute(value, self.named), self.named)  # then 1 - p may have a name too
        found: dict[Condition, None] = {}
        reasons = local.reasons
        for change in tidy(value):
            value = change.value
            reasons += (change.reason,) if change.reason.name == "symmetric" else ()
            found.update(dict.fromkeys(change.conditions))
        conditions.update(dict.fromkeys(c for c in found if not _shows(value, c)))
        self.table[symbol, argument] = value, tuple(conditions)
        return Line(scope.direct(symbol, argument), value, reasons, tuple(conditions))


def _shows(value: Expr, condition: Condition) -> bool:
    """Tell whether a denominator of the value shows the condition anyway."""
    below = {part for e in postorder(value) if isinstance(e, Quotient) for part in postorder(e.denominator)}
    return isinstance(condition, Relation) and condition.operands[0] in below


def work_by_chain(
    stage: Stage, options: Options, method: str, differentiated: Callable[[Links], Partials] = Partials
) -> Work:
    """Combine the derivatives of the definitions, which `differentiated` works out."""
    links = Links(stage)
    work = Work(method)
    shown = {s for x in stage.variables for s in links.used(x)} | {stage.root}
    if stage.origin is not None and not stage.done:
        shown.add(stage.origin)
    definitions = [d for d in stage.scope.definitions if d.symbol in shown - stage.named]
    lines = tuple(Line(d.symbol, d.value, (Reason("definition"),)) for d in definitions)
    work.steps.append(Step("define", lines, stage.scope, about=_named(stage)))
    partials = differentiated(links)
    if partials.step.lines:
        work.steps.append(partials.step)
    combining: list[Line] = []
    finishing: list[Step] = []
    for x in stage.variables:
        work_one = _along_path if links.is_path(x) else _by_contributions
        chain, lines_of = work_one(stage, links, partials, x, options)
        combining.extend(lines_of)
        work.results[x] = _substitute_back(finishing, stage, chain, x, options)
    work.steps.append(Step("combine", tuple(combining), stage.scope, about=stage.variables))
    work.steps.extend(_merged(finishing))
    return work


def _named(stage: Stage) -> tuple[Expr, ...]:
    """In a stage of higher order: the name of the derivative that is differentiated again, and that derivative."""
    return (stage.root, Derivative(stage.origin, stage.done)) if stage.origin is not None and stage.done else ()


def _merged(steps: list[Step]) -> list[Step]:
    """One step for all variables where they are of one kind."""
    kinds = {step.kind for step in steps}
    if len(steps) < 2:
        return steps
    kind = "substitute" if "substitute" in kinds else "tidy"
    about = tuple(e for step in steps for e in step.about)
    return [Step(kind, tuple(line for step in steps for line in step.lines), steps[0].scope, about=about)]


# One path -------------------------------------------------------------------------------------------------------------


def _along_path(stage: Stage, links: Links, partials: Partials, x: Name, options: Options) -> tuple[Chain, list[Line]]:
    path = links.used(x)
    chain = stage.chain(stage.head(x) if not stage.done else Derivative(stage.root, (x,)), stage.given)
    chain.equals(Derivative(stage.root, (x,)), Reason("definition"))
    if not path:
        chain.equals(zero(chain.head.shape), Reason("constant"))
        return chain, chain.lines
    pairs = [(s, links.moving(s, x)[0]) for s in reversed(path)]
    for pair in pairs:
        chain.conditions.update(dict.fromkeys(partials.conditions(*pair)))
    if any(links.sum_between(*pair) or stage.scope.direct(*pair).shape for pair in pairs):
        named, values = _outer_on_the_left(pairs, links, partials)
    else:
        pairs = pairs if options.factors == "backward" else pairs[::-1]
        named = times(stage.scope.direct(s, a) for s, a in pairs)
        values = dotted(partials.value(*pair) for pair in pairs)
    if len(pairs) > 1:
        chain.equals(named, Reason("chain rule"))
    chain.equals(values, Reason("put in"))
    if options.layered or chain.value.shape or stage.scope.indices:
        chain.tidy()
    return chain, chain.lines


def _outer_on_the_left(pairs: list[tuple[Symbol, Name]], links: Links, partials: Partials) -> tuple[Expr, Expr]:
    """Return the product of Jacobians, named and with their values. What stands under a sum over samples is summed."""
    named: list[Expr] = []
    values: list[Expr] = []
    for symbol, argument in reversed(pairs):
        named.insert(0, links.scope.direct(symbol, argument))
        values.insert(0, partials.value(symbol, argument))
        over = links.sum_between(symbol, argument)
        if over is not None:
            named = [summed(over, in_order(named))]
            values = [summed(over, multiply(values, put_in=True))]
    return in_order(named), multiply(values, put_in=True)


def summed(over: SumOver, body: Expr) -> Expr:
    """Return a sum of something else over the same index; a minus stands in front of it."""
    sign, inner = signed(body)
    whole = SumOver("sum", over.index, over.lower, over.upper, inner, over.style)
    return whole if sign > 0 else negative(whole)


# Several paths --------------------------------------------------------------------------------------------------------


def _by_contributions(
    stage: Stage, links: Links, partials: Partials, x: Name, options: Options
) -> tuple[Chain, list[Line]]:
    """Total derivatives of the definitions, working upwards; the last chain is that of the function."""
    totals: dict[Derivative, Expr] = {}
    lines: list[Line] = []
    chain = stage.chain(Derivative(stage.root, (x,)))
    conditions: dict[Condition, None] = dict.fromkeys(stage.given)
    for symbol in links.used(x):
        head = Derivative(symbol, (x,))
        arguments = links.moving(symbol, x)
        for a in arguments:
            conditions.update(dict.fromkeys(partials.conditions(symbol, a)))
        if arguments == (x,):
            totals[head] = partials.value(symbol, x)
            if symbol is stage.root:
                chain = stage.chain(head, conditions)
                chain.equals(totals[head])
            continue
        chain = stage.chain(head, conditions)
        if symbol is stage.root and stage.origin is not None and not stage.done:
            chain = stage.chain(stage.head(x), conditions)
            chain.equals(head, Reason("definition"))
        _contributions(chain, symbol, arguments, x, links, partials, totals)
        lines.extend(chain.lines)
        totals[head] = chain.value
    chain.conditions = conditions
    before = len(chain.lines) if lines else 0
    last = expand_totals(chain.value, totals, options.answer_characters)
    chain.equals(last, Reason("put in"))
    if last.shape:
        chain.tidy()
    return chain, [*lines, *chain.lines[before:]]


def _contributions(
    chain: Chain,
    symbol: Symbol,
    arguments: tuple[Name, ...],
    x: Name,
    links: Links,
    partials: Partials,
    totals: dict[Derivative, Expr],
) -> None:
    named: list[Expr] = []
    values: list[Expr] = []
    for a in arguments:
        direct, partial = links.scope.direct(symbol, a), partials.value(symbol, a)
        if a is x:
            named.append(direct)
            values.append(partial)
            continue
        head = Derivative(a, (x,))
        inner = totals.get(head)
        inner = head if inner is None or printed_length(inner) > _INLINE else inner
        shaped = partial.shape or inner.shape
        term = in_order([direct, head]) if shaped else times([direct, head])
        value = multiply([partial, inner], put_in=True) if shaped else dotted([partial, inner], ones=len(arguments) > 1)
        over = links.sum_between(symbol, a)
        named.append(term if over is None else summed(over, term))
        values.append(value if over is None else summed(over, value))
    chain.equals(add(named), Reason("total derivative" if len(arguments) > 1 else "chain rule"))
    chain.equals(add(values), Reason("put in"))
    chain.tidy()


def expand_totals(e: Expr, totals: dict[Derivative, Expr], limit: int) -> Expr:
    """Put the values of named totals back in, as long as the result is not too long."""
    for head in reversed(totals):  # each total mentions earlier ones only
        if _mentions(e, head):
            longer = substitute(e, {head: totals[head]})
            if printed_length(longer) > limit:
                return e
            e = longer
    return e


def _mentions(e: Expr, head: Derivative) -> bool:
    return head.of in variables(e)


# Back to the variables ------------------------------------------------------------------------------------------------


def _substitute_back(steps: list[Step], stage: Stage, chain: Chain, x: Name, options: Options) -> Result:
    """Add the step that puts the definitions back in, or say that the answer stays in their terms."""
    scope, limit = stage.scope, options.answer_characters
    in_names = chain.value
    full = substituted(in_names, scope, limit)
    put_in = scope if full is None else _put_in(in_names, full, stage, {d.symbol for d in options.terms})
    conditions = usable(chain.conditions, put_in, limit)
    if full is None:
        short = stage.chain(chain.head, chain.conditions)
        short.equals(in_names)
        short.tidy()
        if len(short.lines) > 1:
            steps.append(Step("tidy", tuple(short.lines[1:]), scope, about=(x,)))
        return Result(short.value, (), closed=False)
    full = full if put_in is scope else expand(in_names, put_in.values)
    back = stage.chain(stage.head(x), conditions)
    if options.layered and not in_names.shape and not scope.indices:
        _by_layers(back, in_names, scope)
    back.equals(full, Reason("substitute"))
    back.tidy()
    if full is not in_names or len(back.lines) > 1 or stage.done:
        repeated = full is in_names and len(back.lines) > 1
        lines = _continued(back.lines) if repeated else back.lines
        kind = "tidy" if repeated else "substitute"
        steps.append(Step(kind, tuple(lines), scope, about=(x,)))
    closed = not mentioned(back.value, scope.values)
    return Result(back.value, usable(back.conditions, put_in, limit), closed)


def _put_in(e: Expr, full: Expr, stage: Stage, asked: set[Symbol]) -> Scope:
    """Return the definitions that are put into a derivative: not those of the author that are asked for in it.

    Of vectors all of the author's own stay where it would be long without them.
    """
    scope = stage.scope
    ours = Scope(tuple(d for d in scope.definitions if not d.given))
    if stage.arrays and printed_length(full) > max(_LONG, 2 * printed_length(expand(e, ours.values))):
        return ours
    if not any(d.given and d.symbol in asked for d in scope.definitions):
        return scope
    return Scope(tuple(d for d in scope.definitions if not (d.given and d.symbol in asked)))


def _by_layers(chain: Chain, e: Expr, scope: Scope) -> None:
    """Put every definition in at once, again and again: each line is one layer nearer to the variables."""
    values: dict[Expr, Expr] = dict(scope.values.items())
    while True:
        deeper = substitute(e, values)
        if deeper is e:
            return
        chain.equals(deeper, Reason("substitute"))
        e = deeper


def _continued(lines: list[Line]) -> list[Line]:
    """Leave out the first line, which repeats the end of the step before."""
    head = lines[0].lhs
    first, *rest = lines[1:]
    return [Line(head, first.rhs, first.reasons, first.given, minor=first.minor), *rest]
