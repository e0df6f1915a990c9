r"""Components, written in vectors and matrices again: \sum_k A_{ik} x_k is Ax, \delta_{ij} v_i is diag(v)."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from derive.errors import NoRuleError, ShapeError, UnsupportedError
from derive.expr.build import add, is_integer, negative, one_over, times
from derive.expr.build_arrays import (
    column,
    diagonal,
    hadamard,
    identity,
    multiply,
    ones,
    size_number,
    transpose,
    zero,
)
from derive.expr.nodes import (
    Call,
    Cases,
    Entry,
    Expr,
    Filled,
    Indicator,
    Integer,
    MatMul,
    Operation,
    Power,
    Product,
    Quotient,
    Sum,
    SumOver,
    Symbol,
)
from derive.expr.shapes import Dimension
from derive.expr.walks import children, free_indices, plain, postorder, with_children
from derive.planner.indexed import Asking, answered, is_delta, pattern
from derive.rules.entrywise import divide, entry_by_entry, raised, stand_ins


class Lifted(NamedTuple):
    """A number, a vector or a matrix; `axes` are the indices that counted its entries."""

    value: Expr
    axes: tuple[Symbol, ...] = ()


Factors: TypeAlias = tuple[Lifted, ...]
"""A product, of which a sum over an index may still make something."""
Rule: TypeAlias = Asking[Expr, Factors]


class NotLiftedError(UnsupportedError):
    """A formula of components cannot be written in vectors and matrices."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the components cannot be put together: {what}", hint="ask for a component: --wrt x_j")


@dataclass(slots=True)
class Lifter:
    """Writes formulas of components in vectors and matrices; what came from the author's takes the author's form."""

    sizes: dict[Symbol, Dimension]
    """The indices that count the result, in the order of its axes, with how far they run; then those of sums."""

    origins: dict[Expr, tuple[Expr, tuple[int, ...]]] = field(default_factory=dict)
    """See `indexed.Writer`."""

    _known: dict[Expr, Factors] = field(default_factory=dict)

    def lifted(self, e: Expr, axes: tuple[Symbol, ...]) -> Expr:
        """Return the vector or matrix whose entries a formula gives, by its indices.

        Raises:
            NotLiftedError: There is none that is made of products, sums and entry-by-entry work.
        """
        try:
            return self.spread(self.settled(answered(e, self._rule, self._known)), axes).value
        except (NoRuleError, ShapeError) as error:
            raise NotLiftedError(error.message) from error

    # Rules

    def _rule(self, e: Expr) -> Rule:
        found = self._origin(e)
        if found is not None:
            return (found,)
        if not self._counted(e):
            return (Lifted(e),)
        match e:
            case Entry(of, indices):
                return (self._entry(of, indices),)
            case Symbol():
                raise NotLiftedError("an index stands for a number")
            case Indicator() if is_delta(e):
                return (self._delta(e),)
            case Sum(terms, signs):
                parts = yield from self._settled(terms)
                return (self._added(parts, signs),)
            case Product(factors):
                return (yield from self._product(factors))
            case Quotient(top, bottom):
                return (yield from self._quotient(top, bottom))
            case SumOver():
                return (yield from self._sum_over(e))
            case Cases(_, conditions) if any(c is not None and self._open(c) for c in conditions):
                return (yield from self._by_cases(e))
        return (yield from self._entrywise(e))

    def _counted(self, e: Expr) -> bool:
        """Tell whether an index that counts entries occurs, free or in a sum."""
        return any(isinstance(n, SumOver) for n in postorder(e)) or any(i in self.sizes for i in free_indices(e))

    def _origin(self, e: Expr) -> Lifted | None:
        found = pattern(e)
        known = None if found is None else self.origins.get(found[0])
        if found is None or known is None or not all(i in self.sizes for i in found[1]):
            return None
        return Lifted(column(known[0]), tuple(found[1][k] for k in known[1]))

    def _entry(self, of: Expr, indices: tuple[Expr, ...]) -> Lifted:
        axes = tuple(i for i in indices if isinstance(i, Symbol) and i in self.sizes)
        if any(i not in axes and self._counted(i) for i in indices):
            raise NotLiftedError("an index is shifted")
        if len(axes) == len(indices):
            if len(set(axes)) < len(axes):
                return Lifted(Operation("diag", (of,), "("), axes[:1])
            return Lifted(column(of), axes)
        if not axes:
            return Lifted(Entry(of, indices))
        if indices[0] is axes[0]:  # a column of a matrix
            return Lifted(Entry(transpose(of), indices[1:], "("), axes)
        return Lifted(Entry(of, indices[:1]), axes)

    def _delta(self, e: Expr) -> Lifted:
        a, b = children(children(e)[0])
        if isinstance(a, Integer) and b in self.sizes:
            a, b = b, a
        if isinstance(b, Integer) and isinstance(a, Symbol) and a in self.sizes:
            return Lifted(Filled("unit", (self.sizes[a],), b.value), (a,))
        if not (isinstance(a, Symbol) and isinstance(b, Symbol) and a in self.sizes and b in self.sizes):
            raise NotLiftedError("an index is shifted")
        return Lifted(identity(self.sizes[a]), (a, b))

    def _settled(self, parts: Iterable[Expr]) -> Generator[Expr, Factors, list[Lifted]]:
        out = []
        for part in parts:
            out.append(self.settled((yield part)))
        return out

    def _open(self, e: Expr) -> frozenset[Symbol]:
        """Return the free indices that count entries."""
        return frozenset(i for i in free_indices(e) if i in self.sizes)

    def _product(self, factors: tuple[Expr, ...]) -> Rule:
        r"""Multiply; a sum of matrices and vectors is multiplied out: p_i(\delta_{ij} - p_j)."""
        for k, factor in enumerate(factors):
            terms = _terms(factor)
            if len({self._open(t) for t, _ in terms}) > 1 and len(self._open(factor)) > 1:
                others = (*factors[:k], *factors[k + 1 :])
                parts = yield from self._settled([times([*others, t]) for t, _ in terms])
                return (self._added(parts, [s for _, s in terms]),)
        found: list[Lifted] = []
        for factor in factors:
            found += yield factor
        return tuple(found)

    def _quotient(self, top: Expr, bottom: Expr) -> Rule:
        factors = top.factors if isinstance(top, Product) else (top,)
        for k, factor in enumerate(factors):
            share = self._origin(Quotient(factor, bottom))
            if share is None and isinstance(bottom, Call) and plain(bottom) is plain(Call("abs", (factor,))):
                inner = self.settled((yield factor))
                share = Lifted(Call("sign", (inner.value,)), inner.axes)
            if share is not None:
                rest = (yield times([*factors[:k], *factors[k + 1 :]])) if len(factors) > 1 else ()
                return (share, *rest)
            inside = self._shared(factor, bottom)
            if inside is not None:
                return (yield times([*factors[:k], inside, *factors[k + 1 :]]))
        above = yield top
        below = self.settled((yield bottom))
        if below.axes:
            return (*above, Lifted(divide(Integer(1), below.value), below.axes))
        whole = self.settled(above)
        if len(whole.axes) < 2:
            return (Lifted(Quotient(whole.value, below.value), whole.axes),)
        return (*above, Lifted(one_over(below.value)))

    def _shared(self, e: Expr, bottom: Expr) -> Expr | None:
        """Return a sum over something with the shares of that as factors: the divisor has gone in."""
        if not isinstance(e, SumOver):
            return None
        factors = e.body.factors if isinstance(e.body, Product) else (e.body,)
        for k, factor in enumerate(factors):
            share = pattern(Quotient(factor, bottom))
            if share is not None and share[0] in self.origins:
                body = times([*factors[:k], Quotient(factor, bottom), *factors[k + 1 :]])
                return SumOver(e.operator, e.index, e.lower, e.upper, body, e.style)
        return None

    def _entrywise(self, e: Expr) -> Rule:
        """Lift a function, power, relation or cases: entry by entry where its parts have entries."""
        parts = yield from self._settled(children(e))
        axes = self._common(parts)
        if isinstance(e, Cases) and not any(p.axes for p in parts[len(e.values) :]):
            parts = [self.spread(p, axes) if k < len(e.values) else p for k, p in enumerate(parts)]
            return (Lifted(with_children(e, tuple(p.value for p in parts)), axes),)
        values = tuple(self.turned(p, axes).value if p.axes else p.value for p in parts)
        if not axes:
            return (Lifted(with_children(e, values)),)
        if isinstance(e, Power):
            return (Lifted(raised(values[0], values[1], named=e.style == "name"), axes),)
        if isinstance(e, Indicator):
            return (Lifted(with_children(e, values), axes),)
        numbers, meanings = stand_ins(values)
        return (Lifted(entry_by_entry(with_children(e, numbers), meanings), axes),)

    def _by_cases(self, e: Cases) -> Rule:
        """Lift cases whose conditions are about entries: each value goes with an indicator."""
        terms: list[Lifted] = []
        for value, condition in zip(e.values, e.conditions, strict=True):
            if is_integer(value, 0):
                continue
            if condition is None:
                raise NotLiftedError("cases with a value for the other entries")
            where = self.settled((yield condition))
            terms.append(self.settled((yield value) + (Lifted(Indicator(where.value, "["), where.axes),)))
        return (self._added(terms, (1,) * len(terms)),) if terms else (Lifted(Integer(0)),)

    # Sums over an index

    def _sum_over(self, e: SumOver) -> Rule:
        terms = _terms(e.body)
        if e.operator == "sum" and (len(terms) > 1 or terms[0][1] < 0):
            parts = yield from self._settled([SumOver("sum", e.index, e.lower, e.upper, t, e.style) for t, _ in terms])
            return (self._added(parts, [s for _, s in terms]),)
        if e.operator == "sum" and e.upper is not None and _is_repeated(e):
            return (*(yield e.body), Lifted(e.upper))
        size = whole_range(e)
        if e.operator != "sum" or size is None:
            body = self.settled((yield e.body))
            return (Lifted(SumOver(e.operator, e.index, e.lower, e.upper, body.value, e.style), body.axes),)
        self.sizes[e.index] = size
        return self._contracted((yield e.body), e.index)

    def _contracted(self, factors: Factors, index: Symbol) -> Factors:
        """Return a product summed over an index."""
        size = self.sizes[index]
        rest = [f for f in factors if index not in f.axes]
        vectors = [f.value for f in factors if f.axes == (index,)]
        matrices = [f for f in factors if index in f.axes and len(f.axes) == 2]
        if not matrices:
            return (*rest, Lifted(_total(vectors, size)))
        if len(matrices) > 2:
            raise NotLiftedError("a sum over more than two matrices")
        first, *others = matrices
        a = self.turned(first, (_other(first, index), index))
        if not others:
            return (*rest, Lifted(multiply([a.value, hadamard(vectors) if vectors else ones(size)]), a.axes[:1]))
        b = self.turned(others[0], (index, _other(others[0], index)))
        if a.axes[0] is b.axes[1]:
            both = Operation("hadamard", (a.value, transpose(b.value)))
            return (*rest, Lifted(multiply([both, hadamard(vectors) if vectors else ones(size)]), a.axes[:1]))
        between = [diagonal(hadamard(vectors))] if vectors else []
        return (*rest, Lifted(multiply([a.value, *between, b.value]), (a.axes[0], b.axes[1])))

    # Products and sums

    def settled(self, factors: Factors) -> Lifted:
        """Return a product as one number, vector or matrix."""
        axes = self._ordered(i for f in factors for i in f.axes)
        if len(axes) > 2:
            raise NotLiftedError("more than two indices stay open")
        numbers = [f.value for f in factors if not f.axes]
        matrices = [self.turned(f, axes).value for f in factors if len(f.axes) == 2]
        vectors = [[f.value for f in factors if f.axes == (i,)] for i in axes]
        if len(axes) < 2:
            shaped = [hadamard(v) for v in vectors]
        elif matrices:
            left, right = ([diagonal(hadamard(v))] if v else [] for v in vectors)
            shaped = [*left, hadamard(matrices) if len(matrices) > 1 else matrices[0], *right]
        else:
            shaped = [hadamard(vectors[0]), transpose(hadamard(vectors[1]))]
        if len(factors) == 1:
            return Lifted((*matrices, *(v for vs in vectors for v in vs), *numbers)[0], axes)
        return Lifted(multiply([*numbers, *shaped]) if shaped else times(numbers), axes)

    def _added(self, parts: Sequence[Lifted], signs: Sequence[int]) -> Lifted:
        axes = self._common(parts)
        spread = [self.spread(p, axes) if len(axes) > 1 else p for p in parts]
        if axes and not any(p.axes for p in spread):
            spread = [self.spread(p, axes) for p in spread]
        return Lifted(add(p.value if s > 0 else negative(p.value) for p, s in zip(spread, signs, strict=True)), axes)

    def _common(self, parts: Iterable[Lifted]) -> tuple[Symbol, ...]:
        axes = self._ordered(i for p in parts for i in p.axes)
        if len(axes) > 2:
            raise NotLiftedError("more than two indices stay open")
        return axes

    def _ordered(self, indices: Iterable[Symbol]) -> tuple[Symbol, ...]:
        met = set(indices)
        return tuple(i for i in self.sizes if i in met)

    def turned(self, lifted: Lifted, axes: tuple[Symbol, ...]) -> Lifted:
        """Return a matrix with its axes in this order."""
        if lifted.axes == axes or not lifted.axes:
            return lifted
        if lifted.axes != axes[::-1]:
            raise NotLiftedError("a vector stands beside a matrix, entry by entry")
        return Lifted(transpose(lifted.value), axes)

    def spread(self, lifted: Lifted, axes: tuple[Symbol, ...]) -> Lifted:
        """Return something with these axes, the same all along those that it does not have."""
        if set(lifted.axes) == set(axes):
            return self.turned(lifted, axes)
        if not set(lifted.axes) <= set(axes):
            raise NotLiftedError("an index stays open")
        if is_integer(lifted.value, 0):
            sizes = tuple(self.sizes[i] for i in axes)
            return Lifted(zero(sizes), axes)
        missing = tuple(Lifted(ones(self.sizes[i]), (i,)) for i in axes if i not in lifted.axes)
        return self.turned(self.settled((lifted, *missing)), axes)


def _terms(e: Expr) -> list[tuple[Expr, int]]:
    return list(zip(e.terms, e.signs, strict=True)) if isinstance(e, Sum) else [(e, 1)]


def _is_repeated(e: SumOver) -> bool:
    """Tell whether all terms of a sum are the same."""
    return e.lower is not None and is_integer(e.lower, 1) and e.index not in free_indices(e.body)


def _other(lifted: Lifted, index: Symbol) -> Symbol:
    return lifted.axes[1] if lifted.axes[0] is index else lifted.axes[0]


def whole_range(e: SumOver) -> Dimension | None:
    """Return the size through which the index of a sum goes from 1 on, if it goes through all of all it counts."""
    if e.lower is None or e.upper is None or not is_integer(e.lower, 1):
        return None
    met: list[Dimension] = []
    for node in postorder(e.body):
        if isinstance(node, Entry):
            family = isinstance(node.of, Symbol) and node.of.kind == "family"
            for k, (i, size) in enumerate(zip(node.indices, node.sizes, strict=False)):
                if e.index in free_indices(i):
                    if i is not e.index or (family and k == 0):
                        return None
                    met.append(size)
    whole = bool(met) and all(plain(size_number(size)) is plain(e.upper) for size in met)
    return met[0] if whole else None


def _total(vectors: list[Expr], size: Dimension) -> Expr:
    """Return the sum of the entries of a product of vectors: a dot product of two."""
    if not vectors:
        return size_number(size)
    if len(vectors) == 1:
        match vectors[0]:
            case Operation("power", (v, Integer(2))):
                return MatMul((transpose(v), v), ("",))
        return Operation("sum", (vectors[0],), "(")
    return MatMul((transpose(vectors[0]), hadamard(vectors[1:])), ("",))


__all__ = ["Lifter", "NotLiftedError", "whole_range"]
