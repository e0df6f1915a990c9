"""Sums over data for all samples at once: which sums can be written so, and the source of what has a sample axis.

In the body of such a sum the value of a node is an array with one leading axis for each index that it depends on, the
outer index first: a number per sample is `(N,)`, a vector or a row `(N, n)`, a matrix `(N, m, n)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from derive.expr.closing import Values
from derive.expr.dimensions import as_dimension
from derive.expr.nodes import (
    Call,
    Cases,
    Entry,
    Expr,
    Indicator,
    Logic,
    MatMul,
    Operation,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    Sum,
    SumOver,
    Symbol,
    Transpose,
)
from derive.expr.shapes import ONE, Dimension
from derive.writer.python_arrays import (
    ATOM,
    Factor,
    Naming,
    Piece,
    at_product,
    factors,
    filled_in,
    joined,
    literal,
    sources,
)

Free: TypeAlias = Mapping[Expr, frozenset[Symbol]]
"""The indices that the value of each node depends on."""
Axes: TypeAlias = tuple[Symbol, ...]

ENTRYWISE: Final = frozenset(("hadamard", "divide", "power"))
"""The operations that work entry by entry."""
SQUARED: Final = "np.sum({0}**2, axis={axis})"
OVER_ENTRIES: Final = {
    "sum": "np.sum({0}, axis={axis})",
    "mean": "np.mean({0}, axis={axis})",
    "norm": "np.linalg.norm({0}, axis={axis})",
    "norm 1": "np.sum(np.abs({0}), axis={axis})",
    "norm inf": "np.max(np.abs({0}), axis={axis})",
    "frobenius": "np.linalg.norm({0}, axis={axis})",
    "logsumexp": "np.logaddexp.reduce({0}, axis={axis})",
    "softmax": "np.exp({0} - np.logaddexp.reduce({0}, axis={axis}, keepdims=True))",
    "inner": "np.sum({0}*{1}, axis={axis})",
}
"""The operations that work over the entries of the vector or matrix of each sample."""
_RESULT: Final = {
    ("row", "column"): "number", ("row", "matrix"): "row", ("row", "diagonal"): "row",
    ("matrix", "column"): "column", ("matrix", "matrix"): "matrix", ("matrix", "diagonal"): "matrix",
    ("column", "row"): "matrix", ("diagonal", "column"): "column", ("diagonal", "matrix"): "matrix",
    ("diagonal", "diagonal"): "diagonal",
}  # fmt: skip
"""What the product of two factors is."""
_LEFT: Final = {"row": ("k", ""), "column": ("m", "m"), "matrix": ("mk", "m"), "diagonal": ("k", "k")}
"""Letters of the axes of a left factor, and those of them that the product keeps."""
_RIGHT: Final = {"row": ("n", "n"), "column": ("k", ""), "matrix": ("kn", "n"), "diagonal": ("k", "k")}


def rank(e: Expr) -> int:
    """Return the number of axes that a value has besides those of its samples; a row is worked as a vector."""
    return 1 if is_row(e) else len(e.shape)


def is_row(e: Expr) -> bool:
    """Tell whether a node is a row."""
    return len(e.shape) == 2 and e.shape[0] == ONE


def bare(e: Expr) -> Expr:
    """Return what a node is worked from where vectors and rows are one: of the transpose of either, that."""
    while isinstance(e, Transpose) and rank(e) < 2:
        e = e.of
    return e


def batch_sources(e: Expr, indices: Axes, values: Values) -> tuple[Expr, ...]:
    """Return what a node is worked out from; an entry at one of the indices needs no index, for it takes all."""
    if isinstance(e, Entry) and e not in values:
        return (bare(e.of), *(i for i in e.indices if i not in indices))
    return tuple(map(bare, sources(e, values)))


# Which sums -----------------------------------------------------------------------------------------------------------


def batched_sums(sums: Iterable[SumOver], free: Free, values: Values) -> frozenset[SumOver]:
    """Return the sums, of those given from the inside out, that are written for all samples at once.

    Their index counts data from the first to the last, and stands nowhere but as an index of data or as a number.
    At most two of them are nested; pairs of samples only where the data are about pairs, for else they may be too many.
    """
    found: dict[SumOver, bool] = {}  # whether another is nested in it
    for e in sums:
        size = None if e.upper is None else as_dimension(e.upper)
        if e.operator == "sum" and e.lower is not None and literal(e.lower) == 1 and size not in (None, ONE):
            nested = _Body(e, size, free, values, found).nested()
            if nested is not None:
                found[e] = nested
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Body:
    """The body of a sum, seen as something that may be worked out for all values of the index at once."""

    e: SumOver
    size: Dimension | None
    free: Free
    values: Values
    found: Mapping[SumOver, bool]

    def nested(self) -> bool | None:
        """Return whether a sum is nested in the body, or None where it cannot be worked out at once."""
        index, free = self.e.index, self.free
        inner: set[SumOver] = set()
        pairs: set[frozenset[Symbol]] = set()
        counts_data = False
        todo, done = [bare(self.e.body)], set[Expr]()
        while todo:
            e = todo.pop()
            if e in done or index not in free[e]:
                continue
            done.add(e)
            if e in self.values or not self._can(e):
                return None
            if isinstance(e, SumOver):
                inner.add(e)
            elif isinstance(e, Entry):
                counts_data = counts_data or index in e.indices
                pairs.add(frozenset(i for i in e.indices if isinstance(i, Symbol)))
            todo += [bare(e.body)] if isinstance(e, SumOver) else batch_sources(e, (index,), self.values)
        for s in inner:
            both = any({index, s.index} <= pair for pair in pairs)
            if s not in self.found or self.found[s] or (s.upper is self.e.upper and not both):
                return None
        return bool(inner) if counts_data else None

    def _can(self, e: Expr) -> bool:
        """Tell whether a node that depends on the index has a value for all samples at once."""
        if len(e.shape) > 2:
            return False
        match e:
            case Symbol():
                return e is self.e.index
            case Sum() | Product() | Quotient() | Root() | Call() | Relation() | Logic() | Cases() | Indicator():
                return True
            case Power(base, _, style):
                return not base.shape or style == "name"
            case Transpose():
                return True
            case MatMul():
                return _role(factors(e)) not in (None, "diagonal")
            case Operation(name):
                return name in ENTRYWISE or name in OVER_ENTRIES
            case Entry():
                return self._can_be_taken(e)
            case SumOver():
                return e in self.found
        return False

    def _can_be_taken(self, e: Entry) -> bool:
        index = self.e.index
        places = [k for k, i in enumerate(e.indices) if i is index]
        if is_row(e.of) and len(e.indices) == 2:
            return False
        return (
            len(places) < 2
            and all(i is index or index not in self.free[i] for i in e.indices)
            and all(e.sizes[k] == self.size for k in places)
        )


def _role(of: Sequence[Factor]) -> str | None:
    so_far: str | None = of[0].role
    for factor in of[1:]:
        so_far = _RESULT.get((so_far or "", factor.role))
    return so_far


# Their source ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Operand:
    """A factor of a product for all samples: its source, what it is, the indices it has axes for."""

    piece: Piece
    role: str
    axes: Axes


def aligned(piece: Piece, axes: Axes, own_rank: int, target: Axes, target_rank: int) -> Piece:
    """Return a value with axes of length 1 put in, so that it fits others with more indices or entries."""
    if not axes:
        return piece
    places = [":" if index in axes else "None" for index in target[target.index(axes[0]) :]]
    places += ["None"] * (target_rank - own_rank)
    return _taken(piece, places)


def _taken(of: Piece, places: list[str]) -> Piece:
    """Return what an array has at some places; those at the end where all is taken go without saying."""
    while places and places[-1] == ":":
        places.pop()
    return Piece(f"{of.at_least(ATOM)}[{', '.join(places)}]", ATOM, 1 + of.height) if places else of


def axis_text(axes: Axes, entries: int) -> str:
    """Return the axes of the entries, behind those of the samples."""
    first = len(axes)
    return str(first) if entries == 1 else f"({', '.join(str(first + k) for k in range(entries))})"


def over_entries(template: str, operands: Sequence[Piece], axes: Axes, entries: int, name: Naming) -> Piece:
    """Return an operation over the entries of each sample."""
    return filled_in(template.replace("{axis}", axis_text(axes, entries)), operands, name)


def entry(of: Piece, of_axes: Axes, indices: Sequence[Symbol | str], order: Axes, entries: int) -> Piece:
    """Return the entries of data for all samples: an index is a symbol where all are taken, else the source of it.

    Args:
        of: the data.
        of_axes: the indices that these have axes for already.
        indices: the indices.
        order: the indices that the result has axes for, in order.
        entries: how many axes the result has behind them.
    """
    places = [":"] * len(of_axes) + [":" if isinstance(i, Symbol) else i for i in indices]
    piece = _taken(of, places)
    if (*of_axes, *(i for i in indices if isinstance(i, Symbol))) == order:
        return piece
    turned = f"{piece.at_least(ATOM)}.T" if not entries else f"np.swapaxes({piece.text}, 0, 1)"
    return Piece(turned, ATOM, 1 + piece.height)


def matmul(operands: Sequence[Operand], indices: Axes, name: Naming) -> Piece:
    """Return a product of matrices, rows and columns for all samples."""
    so_far = operands[0]
    for factor in operands[1:]:
        axes = tuple(i for i in indices if i in so_far.axes or i in factor.axes)
        so_far = Operand(_product(so_far, factor, axes, name), _RESULT[so_far.role, factor.role], axes)
    return so_far.piece


def _product(left: Operand, right: Operand, axes: Axes, name: Naming) -> Piece:
    """Return the product of two factors; where `@` does not say it, `einsum` does."""
    one_alone = not (left.axes and right.axes)
    match left.role, right.role:
        case "row" | "matrix", "column" if not right.axes:
            return at_product(left.piece, right.piece)
        case "row", "column" if not left.axes:
            return at_product(right.piece, left.piece)
        case "row", "column" if left.axes == right.axes:
            return over_entries(OVER_ENTRIES["inner"], [left.piece, right.piece], axes, 1, name)
        case "row", "matrix" if not right.axes:
            return at_product(left.piece, right.piece)
        case "matrix", "column" if not left.axes:
            return at_product(right.piece, Piece(f"{left.piece.at_least(ATOM)}.T"))
        case "matrix", "matrix" if one_alone or left.axes == right.axes:
            return at_product(left.piece, right.piece)
        case ("row", "diagonal") | ("diagonal", "column" | "diagonal"):
            a, b = (aligned(o.piece, o.axes, 1, axes, 1) for o in (left, right))
            return joined("*", a, b)
    letters = {index: "ij"[k] for k, index in enumerate(axes)}
    (of_left, kept), (of_right, also) = _LEFT[left.role], _RIGHT[right.role]
    first, second, both = ("".join(letters[i] for i in of) for of in (left.axes, right.axes, axes))
    subscripts = f'"{first}{of_left},{second}{of_right}->{both}{kept}{also}"'
    text = f"np.einsum({subscripts}, {left.piece.text}, {right.piece.text})"
    return Piece(text, ATOM, 1 + max(left.piece.height, right.piece.height))


# The sum itself -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Contraction:
    """A sum of products that is a product of matrices: numbers, times what is a number or a vector for each sample.

    With `left` it is the sum of the outer products of `left` and `right`, perhaps times numbers.
    """

    numbers: tuple[Expr, ...]
    right: Expr
    left: Expr | None = None

    @property
    def parts(self) -> tuple[Expr, ...]:
        """What it is worked out from."""
        return (*self.numbers, *(() if self.left is None else (self.left,)), self.right)


def contraction(body: Expr, index: Symbol, axes: Callable[[Expr], Axes]) -> Contraction | None:
    """Return the product of matrices that the sum of a body over an index is, or None where it is none."""
    of = body.factors if isinstance(body, Product) else (body,)
    numbers, shaped = [f for f in of if not f.shape], [bare(f) for f in of if f.shape]
    if not shaped:
        shaped = [f for f in numbers if axes(f) == (index,)][-1:]
        numbers = [f for f in numbers if f not in shaped]
    if not shaped:
        return None
    right = shaped[0]
    if isinstance(right, MatMul):
        match factors(right):
            case [Factor(u, "column"), Factor(v, "row")] if {axes(e) for e in (u, v)} == {(index,)}:
                if all(axes(number) in ((), (index,)) for number in numbers):
                    return Contraction(tuple(numbers), bare(v), bare(u))
    if axes(right) == (index,) and rank(right) < 2 and any(index in axes(number) for number in numbers):
        return Contraction(tuple(numbers), right)
    return None
