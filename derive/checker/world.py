"""What the symbols of a derivation stand for, as the checker sees it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property

from derive.checker.extents import Extents
from derive.derivation import Derivation, Problem, Scope, Step, every_step
from derive.errors import CheckError
from derive.expr.nodes import (
    At,
    Decimal,
    Derivative,
    Entry,
    Expr,
    Integer,
    Matrix,
    Power,
    Product,
    Quotient,
    Sum,
    SumOver,
    Symbol,
    Transpose,
)
from derive.expr.spelling import spell
from derive.expr.walks import postorder, variables


class World(Extents):
    """Symbols bound to their definitions, in an order in which they can be computed.

    `rank` counts the definitions that way; a symbol without a rank is free.
    """

    def __init__(self, bindings: Mapping[Symbol, Expr], problem: Problem | None = None) -> None:
        self.bindings = dict(bindings)
        self.problem = problem
        if problem is not None:
            for symbol, value in stated(problem):
                self.bindings.setdefault(symbol, value)
        self.rank = _ranks(self.bindings)
        formulas = [] if problem is None else [problem.formula]
        super().__init__(self.bindings, postorder(*formulas, *self.bindings.values()))
        self._exact: dict[Expr, Fraction | None] = {}

    @cached_property
    def plain(self) -> bool:
        """Whether the definitions are formulas of numbers, without indices and derivatives that are named only."""
        nodes = postorder(*self.bindings.values())
        return not any(e.shape or isinstance(e, Derivative | At | SumOver | Entry) for e in nodes)

    def restricted(self, symbol: Symbol) -> str:
        """Return what was declared of a symbol beside its shape."""
        return "" if self.problem is None else self.problem.notation.sets.get(symbol, "")

    def stated_function(self, function: Symbol, count: int) -> tuple[tuple[Symbol, ...], Expr] | None:
        """Return arguments and formula, where the problem states the function as f(x) = ... of so many arguments."""
        problem = self.problem
        if problem is None or problem.name is None or len(problem.arguments) != count:
            return None
        name = problem.name
        same = (name.name, name.accents, name.subscript, name.mark) == (
            function.name, function.accents, function.subscript, function.mark
        )  # fmt: skip
        return (problem.arguments, problem.formula) if same else None

    def exact(self, e: Expr) -> Fraction | None:
        """Return the exact value of a small rational constant, else None: an exponent 6/2 is the integer 3."""
        if e not in self._exact:
            for node in postorder(e):
                if isinstance(node, Symbol) and node.kind == "dimension":
                    self._exact[node] = Fraction(self.size(spell(node)))
                else:
                    self._exact[node] = _rational(node, self._exact)
        return self._exact[e]


def stated(problem: Problem) -> list[tuple[Symbol, Expr]]:
    """Return the definitions that the problem itself holds, its name among them."""
    out = [(d.symbol, d.value) for d in problem.definitions]
    if problem.name is not None and problem.name is not problem.formula:
        out.append((problem.name, problem.formula))
    return out


def _ranks(bindings: Mapping[Symbol, Expr]) -> dict[Symbol, int]:
    rank: dict[Symbol, int] = {}
    for start in bindings:
        stack: list[tuple[Symbol, bool]] = [(start, False)]
        open_: set[Symbol] = set()
        while stack:
            symbol, expanded = stack.pop()
            if symbol in rank:
                continue
            if expanded:
                rank[symbol] = len(rank)
                continue
            if symbol in open_:
                raise CheckError(f"the definition of {symbol_name(symbol)} leads back to itself")
            open_.add(symbol)
            stack.append((symbol, True))
            stack.extend((s, False) for s in variables(bindings[symbol]) if s in bindings and s not in rank)
    return rank


_BITS = 64


def _rational(e: Expr, known: Mapping[Expr, Fraction | None]) -> Fraction | None:
    """Return the exact value of a node from those of its parts. Anything of more than `_BITS` bits has none."""
    value: Fraction | None = None
    match e:
        case Integer(n):
            return Fraction(n)
        case Decimal(text):
            value = Fraction(text)
        case Sum(terms, signs):
            parts = [known[t] for t in terms]
            value = None if None in parts else sum((s * p for s, p in zip(signs, parts, strict=True) if p), Fraction(0))
        case Product(factors):
            value = Fraction(1)
            for factor in factors:
                part = known[factor]
                if part is None or value is None:
                    return None
                value = value * part
        case Quotient(a, b):
            top, bottom = known[a], known[b]
            value = top / bottom if top is not None and bottom else None
        case Power(a, b):
            base, exponent = known[a], known[b]
            if base and exponent is not None and exponent.denominator == 1 and abs(exponent) <= _BITS:
                value = base ** int(exponent)
        case _:
            return None
    if value is None or value.numerator.bit_length() > _BITS or value.denominator.bit_length() > _BITS:
        return None
    return value


def symbol_name(symbol: Symbol) -> str:
    """Return a symbol as an error message names it."""
    accents = "".join(f"_{a}" for a in symbol.accents)
    subscript = f"_{symbol.subscript}" if symbol.subscript else ""
    return f"{symbol.name}{accents}{subscript}{symbol.mark}"


def claims(world: World, derivation: Derivation) -> list[tuple[Expr, Expr]]:
    """Return what the derivation must not get wrong between its lines, as pairs that must be equal.

    It defines anew what the problem states, and its answers are about symbols that stand for the problem's formula.
    """
    problem = derivation.problem
    out: dict[tuple[Expr, Expr], None] = {(s, e): None for s, e in stated(problem) if world.bindings[s] is not e}
    heads = [e.of for a in derivation.answers for e in postorder(a.lhs) if isinstance(e, Derivative)]
    roots = list(dict.fromkeys(_whole(head) for head in heads if not isinstance(head, Derivative | Transpose)))
    if len(roots) == 1 and roots[0].shape == problem.formula.shape:
        parts: list[Expr] = [problem.formula]
    else:
        formula = problem.formula
        formula = formula.of if isinstance(formula, Transpose) else formula  # a row's cells are those of its transpose
        if isinstance(formula, Matrix):
            parts = [cell for row in formula.rows for cell in row]
        elif len(formula.shape) == 1 and (size := formula.shape[0].constant) is not None:
            parts = [Entry(formula, (Integer(k),)) for k in range(1, size + 1)]
        else:
            parts = [formula]
    if roots and roots != parts:
        if len(roots) != len(parts):
            raise CheckError("the answer is not about the problem's formula")
        out |= {(root, part): None for root, part in zip(roots, parts, strict=True) if root is not part}
    return list(out)


def _whole(head: Expr) -> Expr:
    """Return what an answer is about: of an entry of a symbol, the symbol."""
    return head.of if isinstance(head, Entry) and isinstance(head.of, Symbol) else head


def worlds(derivation: Derivation) -> list[tuple[World, list[Step]]]:
    """Return the steps by what their symbols stand for: scopes that do not contradict each other share a world.

    So a definition is computed once, however many scopes repeat it.
    """
    groups: list[tuple[dict[Symbol, Expr], list[Step], dict[int, Scope]]] = []
    for step in every_step(derivation.steps):
        scope = step.scope
        group = next((g for g in groups if id(scope) in g[2] or _agree(g[0], scope)), None)
        if group is None:
            group = ({}, [], {})
            groups.append(group)
        bindings, steps, seen = group
        if id(scope) not in seen:
            seen[id(scope)] = scope
            bindings.update(scope.values)
        steps.append(step)
    return [(World(bindings, derivation.problem), steps) for bindings, steps, _ in groups]


def _agree(bindings: Mapping[Symbol, Expr], scope: Scope) -> bool:
    return all(bindings.get(symbol, value) is value for symbol, value in scope.values.items())
