r"""One component of a formula: vectors and matrices written out with indices.

The component i of Ax - b is \sum_k A_{ik} x_k - b_i, and \lVert x \rVert_2 is \sqrt{\sum_i x_i^2}.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from derive.errors import UnsupportedError
from derive.expr.build import add, negative, one_over, power, square, times
from derive.expr.build_arrays import entry, is_row, size_number
from derive.expr.interning import current_table
from derive.expr.nodes import (
    Apply,
    Call,
    Derivative,
    Entry,
    Expr,
    Filled,
    Indicator,
    Integer,
    MatMul,
    Matrix,
    Operation,
    Power,
    Quotient,
    Relation,
    Root,
    Sum,
    SumOver,
    Symbol,
    Transpose,
)
from derive.expr.shapes import Dimension
from derive.expr.walks import children, fold, free_indices, plain, postorder, substitute, symbols, with_children

At: TypeAlias = tuple[Expr, ...]
"""The indices of a component: none of a number, one of a vector or row, two of a matrix."""
Key = TypeVar("Key")
Value = TypeVar("Value")
Asking: TypeAlias = Generator[Key, Value, Value]
"""A rule that asks for what it needs, by key, and returns what it makes of that."""
_LETTERS = ("i", "j", "k", "l", "p", "q", "r", "s", "t", "m", "n", "h", "a", "b", "c")


def answered(first: Key, rule: Callable[[Key], Asking[Key, Value]], known: dict[Key, Value]) -> Value:
    """Return what a rule makes of a key. Rules that ask each other are run by a loop: depth costs no recursion."""
    stack = [(first, rule(first))]
    answer: Value | None = known.get(first)
    while stack and first not in known:
        key, asking = stack[-1]
        try:
            wanted = next(asking) if answer is None else asking.send(answer)
        except StopIteration as done:
            known[key] = answer = done.value
            stack.pop()
            continue
        answer = known.get(wanted)
        if answer is None:
            stack.append((wanted, rule(wanted)))
    return known[first]


def delta(a: Expr, b: Expr) -> Expr:
    r"""Return Kronecker's \delta_{ab}; of one index twice it is 1."""
    if a is b:
        return Integer(1)
    if isinstance(a, Integer) and isinstance(b, Integer):
        return Integer(0)
    return Indicator(Relation((a, b), ("=",)), "delta")


def is_delta(e: Expr) -> bool:
    """Tell whether an expression is Kronecker's delta."""
    return isinstance(e, Indicator) and e.style == "delta"


def letters_for(*roots: Expr) -> list[Symbol]:
    """Return the indices that are new to formulas, whose letters mean nothing else there."""
    used = {s.name for s in symbols(*roots)} | {e.index.name for e in postorder(*roots) if isinstance(e, SumOver)}
    used |= {name for e in postorder(*roots) for size in e.shape for name in size.names}
    return [Symbol(letter, kind="index") for letter in _LETTERS if letter not in used]


_SLOTS = tuple(Symbol(name, mark="entry", kind="index") for name in ("a", "b"))


def pattern(e: Expr) -> tuple[Expr, tuple[Symbol, ...]] | None:
    """Return an expression with its indices replaced by fixed ones, and those that were free.

    None where too many are free. What differs in the letters of indices only has one pattern.
    """
    free = tuple(free_indices(e))
    if len(free) > len(_SLOTS):
        return None
    return plain(substitute(_bound_by_depth(e), dict(zip(free, _SLOTS, strict=False)))), free


def _bound_by_depth(e: Expr) -> Expr:
    """Name the index of each sum by how many sums are nested in it."""

    def combine(node: Expr, parts: tuple[tuple[Expr, int], ...]) -> tuple[Expr, int]:
        depth = max((d for _, d in parts), default=0)
        inner = tuple(p for p, _ in parts)
        whole = node if isinstance(node, Derivative) or inner == children(node) else with_children(node, inner)
        if not isinstance(whole, SumOver):
            return whole, depth
        index = Symbol(str(depth + 1), mark="entry", kind="index")
        body = substitute(whole.body, {whole.index: index})
        return SumOver(whole.operator, index, whole.lower, whole.upper, body), depth + 1

    known: dict[Expr, tuple[Expr, int]] = current_table().memo("bound by depth")
    return fold(e, combine, known)[0]


@dataclass(frozen=True, slots=True)
class Place:
    """What is wanted: the component of an expression, where the indices `inside` mean something already."""

    e: Expr
    at: At = ()
    inside: tuple[Expr, ...] = ()


Step: TypeAlias = Asking[Place, Expr]


@dataclass(slots=True)
class Writer:
    """Writes components, and remembers what each was a component of."""

    letters: list[Symbol]
    """The indices that may be given out."""

    origins: dict[Expr, tuple[Expr, tuple[int, ...]]] = field(default_factory=dict)
    """Of a component with fixed indices (see `pattern`): the expression, and which index counts which axis."""

    _known: dict[Place, Expr] = field(default_factory=dict)

    def component(self, e: Expr, at: At = ()) -> Expr:
        """Return the component of an expression at some indices.

        Raises:
            UnsupportedError: There is no formula for it.
        """
        return answered(Place(e, at, at), self._kept, self._known)

    def _kept(self, place: Place) -> Step:
        """Write a component, and keep what it was made from."""
        component = yield from self._written(place)
        if component is not place.e:
            self._keep(component, place)
        return component

    def _keep(self, component: Expr, place: Place) -> None:
        found = pattern(component)
        plainly = isinstance(component, Entry | Integer | Indicator)
        if found is None or plainly or not all(a in found[1] for a in place.at):
            return
        axes = tuple(found[1].index(a) for a in place.at if isinstance(a, Symbol))
        if len(axes) == len(found[1]):
            self.origins.setdefault(found[0], (place.e, axes))

    def _written(self, place: Place) -> Step:
        e, at, inside = place.e, place.at, place.inside
        match e:
            case Symbol():
                return entry(e, *at) if at else e
            case Entry(of, indices, style):
                if isinstance(of, Symbol):
                    return Entry(of, (*indices, *at), style) if at else e
                return (yield Place(of, (*indices, *at), inside))
            case Filled():
                return _filled(e, at)
            case Transpose(of):
                return (yield Place(of, at if len(at) < 2 else at[::-1], inside))
            case MatMul(factors):
                return (yield from self._product(factors, at, inside))
            case Power(Operation("norm", (v,)), Integer(2)):
                return (yield from self._over([v], inside, lambda c: square(c[0])))
            case Operation():
                return (yield from self._operation(e, at, inside))
            case SumOver(operator, index, lower, upper, body, style):
                inner = yield Place(body, at, (*inside, index))
                return SumOver(operator, index, lower, upper, inner, style)
            case Matrix(rows):
                return _cell(rows, at)
            case Power(base, _, style) if base.shape and style != "name":
                raise UnsupportedError("a power of a matrix is not written in components")
            case Apply(_, arguments) if e.shape or any(a.shape for a in arguments):
                raise UnsupportedError("a declared function of vectors is not written in components")
        return (yield from self._parts(e, at, inside))

    def _parts(self, e: Expr, at: At, inside: tuple[Expr, ...]) -> Step:
        """Write what acts entry by entry: the same of components. A number goes with each entry."""
        parts = []
        for part in children(e):
            parts.append((yield Place(part, at if part.shape else (), inside)))
        if tuple(parts) == children(e):
            return e
        if isinstance(e, Sum):
            return add(p if s > 0 else negative(p) for p, s in zip(parts, e.signs, strict=True))
        return with_children(e, tuple(parts))

    def _new(self, inside: Iterable[Expr]) -> Symbol:
        taken = set(inside)
        found = next((letter for letter in self.letters if letter not in taken), None)
        if found is None:
            raise UnsupportedError("there are too few letters for the indices of this formula")
        return found

    def _over(
        self, operands: list[Expr], inside: tuple[Expr, ...], term: Callable[[list[Expr]], Expr]
    ) -> Step:  # fmt: skip
        """Write a sum over all entries of operands of one shape."""
        sizes = _sizes(operands[0])
        at: tuple[Symbol, ...] = ()
        for _ in sizes:
            at = (*at, self._new((*inside, *at)))
        parts = []
        for operand in operands:
            parts.append((yield Place(operand, at, (*inside, *at))))
        return _summed(at, sizes, term(parts))

    def _product(self, factors: tuple[Expr, ...], at: At, inside: tuple[Expr, ...]) -> Step:
        r"""Write a product of matrices: (AB)_{ij} = \sum_k A_{ik} B_{kj}."""
        bound: tuple[Symbol, ...] = ()
        sizes: list[Dimension] = []
        places: list[At] = []
        left: At = ()
        first = () if is_row(factors[0].shape) else at[:1]
        for k, factor in enumerate(factors):
            starts = left if k else first
            left = ()
            if len(factor.shape) == 2 and k + 1 < len(factors):
                new = self._new((*inside, *bound))
                bound, left = (*bound, new), (new,)
                sizes.append(factor.shape[1])
            ends = left or (at[len(first) :] if len(factor.shape) == 2 else ())
            places.append((*starts, *ends))
        terms = []
        for factor, here in zip(factors, places, strict=True):
            terms.append((yield Place(factor, here, (*inside, *bound))))
        return _summed(bound, sizes, _multiplied(terms))

    def _operation(self, e: Operation, at: At, inside: tuple[Expr, ...]) -> Step:
        a, *rest = e.operands
        match e.name:
            case "hadamard":
                parts = yield from self._operands(e, at, inside)
                return times(parts)
            case "divide":
                top, bottom = yield from self._operands(e, at, inside)
                return Quotient(top, bottom)
            case "power":
                base, exponent = yield from self._operands(e, at, inside)
                return power(base, exponent)
            case "inner":
                return (yield from self._over([a, *rest], inside, _multiplied))
            case "softmax" | "logsumexp":
                return (yield from self._softmax(e, at, inside))
            case "norm" | "frobenius":
                total = yield from self._over([a], inside, lambda c: square(c[0]))
                self._keep(total, Place(square(e)))
                return Root(total)
            case "norm p":
                total = yield from self._over([a], inside, lambda c: power(Call("abs", (c[0],), "|"), rest[0]))
                return Power(total, Quotient(Integer(1), rest[0], "slash"))
            case "diag":
                if len(a.shape) == 2:
                    return (yield Place(a, (at[0], at[0]), inside))
                cell = yield Place(a, at[:1], inside)
                return times([delta(*at), cell])
            case "trace":
                k = self._new(inside)
                cell = yield Place(a, (k, k), (*inside, k))
                return _summed((k,), [a.shape[0]], cell)
        if e.name not in _TOTALS:
            raise UnsupportedError(f"{e.name} is not written in components")
        term, of = _TOTALS[e.name]
        total = yield from self._over([a], inside, lambda c: term(c[0]))
        return of(total, _sizes(a))

    def _softmax(self, e: Operation, at: At, inside: tuple[Expr, ...]) -> Step:
        """Write a fraction of exponentials, or the logarithm of its denominator, and keep what that fraction is."""
        (a,) = e.operands
        index = at or (self._new(inside),)
        top = yield Place(a, index, (*inside, *index))
        below = yield from self._over([a], (*inside, *index), lambda c: Call("exp", (c[0],), "^"))
        share = Quotient(Call("exp", (top,), "^"), below)
        self._keep(share, Place(Operation("softmax", (a,), "("), index))
        return share if e.name == "softmax" else Call("ln", (below,))

    def _operands(
        self, e: Operation, at: At, inside: tuple[Expr, ...]
    ) -> Generator[Place, Expr, list[Expr]]:  # fmt: skip
        parts = []
        for operand in e.operands:
            parts.append((yield Place(operand, at if operand.shape else (), inside)))
        return parts


_Of: TypeAlias = Callable[[Expr, tuple[Dimension, ...]], Expr]
_TOTALS: dict[str, tuple[Callable[[Expr], Expr], _Of]] = {
    "sum": (lambda c: c, lambda s, _: s),
    "mean": (lambda c: c, lambda s, sizes: times([one_over(times(map(size_number, sizes))), s])),
    "norm 1": (lambda c: Call("abs", (c,), "|"), lambda s, _: s),
}
"""What is a function of a sum over all entries: the term, and the function."""


def _sizes(e: Expr) -> tuple[Dimension, ...]:
    return e.shape[1:] if is_row(e.shape) else e.shape


def _multiplied(parts: list[Expr]) -> Expr:
    """Return the product of components; of two that are the same, the square."""
    return square(parts[0]) if len(parts) == 2 and parts[0] == parts[1] else times(parts)


def _summed(indices: tuple[Symbol, ...], sizes: Iterable[Dimension], body: Expr) -> Expr:
    """Return the sum over indices, each from 1 to a size; the first is outermost."""
    for index, size in reversed(list(zip(indices, sizes, strict=True))):
        body = SumOver("sum", index, Integer(1), size_number(size), body)
    return body


def _filled(e: Filled, at: At) -> Expr:
    match e.kind:
        case "ones":
            return Integer(1)
        case "zeros":
            return Integer(0)
        case "identity":
            return delta(*at)
        case _:
            return delta(at[-1], Integer(e.index))


def _cell(rows: tuple[tuple[Expr, ...], ...], at: At) -> Expr:
    """Return a cell of what is written out, at numbers."""
    places = [i.value - 1 for i in at if isinstance(i, Integer)]
    if len(places) < len(at) or any(cell.shape for row in rows for cell in row):
        raise UnsupportedError("the entries of a matrix that is written out follow no formula with indices")
    if len(places) == 1:
        return rows[0][places[0]] if len(rows) == 1 else rows[places[0]][0]
    return rows[places[0]][places[1]]


__all__ = ["Writer", "answered", "delta", "is_delta", "letters_for", "pattern"]
