r"""The derivative of a component by an entry: \frac{\partial x_i}{\partial x_j} = \delta_{ij}, and sums over deltas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product

from derive.derivation import Condition
from derive.errors import UnsupportedError
from derive.expr.build import add, is_integer, negative, signed, times
from derive.expr.build_arrays import size_number
from derive.expr.nodes import (
    Call,
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
from derive.expr.walks import children, free_indices, plain, postorder, rewrite, substitute
from derive.planner.indexed import delta, is_delta, pattern
from derive.rules.table import rule_for

_Derivatives = dict[Expr, Expr | None]


@dataclass(slots=True)
class Rules:
    r"""Differentiates components by the rules for numbers, from the leaves up.

    Without `letters` the derivatives of entries stay named. With these they are deltas, and what is a share of a sum of
    exponentials, p_i = \frac{e^{u_i}}{\sum_k e^{u_k}}, keeps its form, p_i(u_i' - \sum_l p_l u_l') with one of these.
    """

    by: Name
    letters: list[Symbol] | None = None
    names: dict[str, None] = field(default_factory=dict)
    conditions: dict[Condition, None] = field(default_factory=dict)
    met: bool = False
    """Whether there was such a share."""

    def derivative(self, e: Expr) -> Expr:
        """Return the derivative of a component.

        Raises:
            NoRuleError: If a part that depends on the variable has no rule.
        """
        found: _Derivatives = {}
        for node in postorder(e):
            found[node] = self._of(node, found)
        return found[e] or Integer(0)

    def _of(self, node: Expr, known: _Derivatives) -> Expr | None:
        ds = tuple(known[part] for part in children(node))
        if node is self.by:
            return Integer(1)
        if isinstance(node, Entry) and isinstance(self.by, Entry) and node.of is self.by.of:
            if all(isinstance(i, Integer) for i in (*node.indices, *self.by.indices)):
                return None
            return Derivative(node, (self.by,)) if self.letters is None else entry_by_entry(node, self.by)
        if all(d is None for d in ds):
            return None
        if isinstance(node, Relation | Logic):
            return Integer(0)  # but for jumps, of which the row of the whole speaks
        is_log = isinstance(node, Call) and node.function == "ln"
        share = self._share(children(node)[0] if is_log else node, known)
        if share is not None:
            return share if is_log else times([node, share])
        rule = rule_for(node, tuple(d is not None for d in ds))
        self.names.setdefault(rule.name)
        self.conditions.update(dict.fromkeys(rule.condition(node)))
        return rule.whole(node, ds)

    def _share(self, e: Expr, known: _Derivatives) -> Expr | None:
        """Return the derivative of a share, over the share itself; None of what is none."""
        match e:
            case Quotient(Call("exp", (u,)) as top, SumOver("sum", k, _, _, Call("exp", (v,)) as term) as below):
                same = [i for i in free_indices(top) if pattern(substitute(term, {k: i})) == pattern(top)]
            case _:
                return None
        if not self.letters or not same:
            return None
        self.met, letter = True, self.letters.pop(0)
        own, each = known[u] or Integer(0), known[v] or Integer(0)
        weight = Quotient(substitute(term, {k: letter}), below)
        other = times([weight, substitute(each, {k: letter})])
        mean = SumOver("sum", letter, below.lower, below.upper, other, below.style)
        return add([own, negative(mean)])


def entry_by_entry(of: Expr, by: Entry) -> Expr:
    """Return the derivative of an entry by an entry: 1 where it is the same, else 0."""
    assert isinstance(of, Entry)
    deltas = [delta(a, b) for a, b in zip(of.indices, by.indices, strict=True)]
    return deltas[0] if len(deltas) == 1 else times(deltas)


# Sums over deltas -----------------------------------------------------------------------------------------------------


def collapsed(e: Expr, by: Entry, ranges: Mapping[Symbol, Expr]) -> Expr:
    r"""Return an expression without sums over deltas, \sum_i \delta_{ij} x_i = x_j, and without deltas in cases.

    `ranges` tells how far the free indices run.

    Raises:
        UnsupportedError: An index is shifted, or a sum leaves out terms.
    """

    def change(n: Expr) -> Expr:
        if isinstance(n, Cases) and has_delta(n):
            return add(_spread_cases(n))
        return _collapsed(n, by, ranges) if isinstance(n, SumOver) and has_delta(n.body) else n

    return rewrite(e, change)


def _collapsed(e: SumOver, by: Entry, ranges: Mapping[Symbol, Expr]) -> Expr:
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
            term = substitute(_times([*others, rest]), {e.index: _other(own, e, by, ranges)})
        out.append(term if sign > 0 else negative(term))
    if kept:
        turned = all(signed(p)[0] < 0 for p in kept)
        body = add(map(negative, kept) if turned else kept)
        whole = SumOver(e.operator, e.index, e.lower, e.upper, body, e.style)
        out.append(negative(whole) if turned else whole)
    return add(out)


_NO_FORMULA = "the components of the derivative have no common formula"


def _times(factors: list[Expr]) -> Expr:
    kept = [f for f in factors if not is_integer(f, 1)]
    return times(kept) if kept else Integer(1)


def _other(d: Expr, e: SumOver, by: Entry, ranges: Mapping[Symbol, Expr]) -> Expr:
    """Return the index that a delta puts in the place of that of a sum, which must go as far."""
    a, b = children(children(d)[0])
    other = b if a is e.index else a
    if e.index not in (a, b) or isinstance(other, Sum | Product):
        raise UnsupportedError(f"{_NO_FORMULA}: an index is shifted, so that the first and the last entry are special")
    if e.operator != "sum" or e.lower is None or e.upper is None:
        raise UnsupportedError(f"{_NO_FORMULA}: a sum has no bounds")
    last = ranges[other] if isinstance(other, Symbol) and other in ranges else size_number(by.sizes[0])
    if not is_integer(e.lower, 1) or plain(e.upper) is not plain(last):
        raise UnsupportedError(f"{_NO_FORMULA}: a sum leaves out entries")
    return other


def has_delta(e: Expr) -> bool:
    """Tell whether a delta occurs."""
    return any(is_delta(n) for n in postorder(e))


def _parted(piece: Expr) -> tuple[int, list[Expr], Expr]:
    """Split a product into its sign, its deltas and the rest."""
    sign, inner = signed(piece)
    if isinstance(inner, Quotient):
        above, deltas, rest = _parted(inner.numerator)
        return sign * above, deltas, Quotient(rest, inner.denominator, inner.style)
    deltas, rest_of = [], []
    for factor in inner.factors if isinstance(inner, Product) else (inner,):
        if is_delta(factor):
            deltas.append(factor)
        elif isinstance(factor, Quotient | Product | Sum) and has_delta(factor):
            s, more, rest = _parted(factor)
            sign *= s
            deltas += more
            rest_of.append(rest)
        else:
            rest_of.append(factor)
    return sign, deltas, _times(rest_of)


def _spread(e: Expr) -> list[Expr]:
    """Return terms that add up to an expression, each a product with its deltas as factors."""
    if not has_delta(e):
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
    moving = {deltas: rows for deltas, rows in of.items() if any(not is_integer(x, 0) for row in rows for x in row)}
    return [times([*deltas, Cases(tuple(map(add, rows)), e.conditions)]) for deltas, rows in moving.items()]


__all__ = ["Rules", "collapsed", "entry_by_entry", "has_delta"]
