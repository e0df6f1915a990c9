"""The statements of one function of Python source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain, count
from typing import Final

from derive.errors import UnsupportedError
from derive.expr.nodes import (
    Apply,
    Derivative,
    Entries,
    Entry,
    Expr,
    Filled,
    MatMul,
    Matrix,
    Operation,
    Power,
    Product,
    SumOver,
    Symbol,
    Transpose,
)
from derive.writer import python_arrays as arrays
from derive.writer import python_batches as batches
from derive.writer.python_arrays import ATOM, HEIGHT, WIDTH, Piece, call_of, shifted
from derive.writer.python_batches import Axes, Operand, bare, rank
from derive.writer.python_elements import Elements
from derive.writer.python_names import Shared

_SHORT: Final = 8
"""A shared part of at most this length is repeated rather than named."""


class Scope(Elements):
    """Collects the statements of one function: of the whole, or of the body of a loop over `index`."""

    def __init__(self, shared: Shared, index: Symbol | None = None) -> None:
        super().__init__(shared)
        self.index = index
        self.pieces: dict[Expr, Piece] = {}
        self.constants = count(1)
        self.arguments: list[Expr] = []
        self.callables: dict[tuple[Symbol, int], str] = {}
        self.uses: Counter[Expr] = Counter()
        self.counted: set[Expr] = set()
        self.batches: dict[tuple[Symbol, Expr], Batch] = {}

    def compute(self, *roots: Expr) -> None:
        """Find the piece of each root, and the statements that it needs."""
        self.expect(*roots)
        self._work_out(*roots)

    def expect(self, *roots: Expr) -> None:
        """Count how often each part is going to be used: what is used twice is computed once."""
        self.uses.update(roots)
        for e in _postorder(self._parts, *roots):
            if e not in self.counted:
                self.counted.add(e)
                self.uses.update(self._parts(e))
                if isinstance(e, SumOver) and self._is_batched(e):
                    batch = self._batch(e)
                    batch.expect(*batch.roots(e))

    def _work_out(self, *roots: Expr) -> None:
        bound = self.shared.bound
        for e in _postorder(self._parts, *roots):
            if e in self.pieces:
                continue
            if self._is_given(e):
                self.pieces[e] = self._argument(e)
            elif e in bound:
                self.pieces[e] = self._assign(self.shared.local(e), self.pieces[bound[e]])
            else:
                piece = self._piece(e)
                too_large = piece.height > HEIGHT or len(piece.text) > WIDTH
                if (too_large and e not in roots) or (self.uses[e] > 1 and len(piece.text) > _SHORT):
                    piece = self._named(piece)
                self.pieces[e] = piece

    def _is_given(self, e: Expr) -> bool:
        """Tell whether the body of a loop is given the value of a part, which does not depend on the index."""
        return self.index is not None and e in self.shared.varying and self.index not in self.shared.free[e]

    def _argument(self, e: Expr) -> Piece:
        self.arguments.append(e)
        return Piece(self.shared.local(e) if isinstance(e, Symbol | Derivative) else f"_c{next(self.constants)}")

    def _parts(self, e: Expr) -> tuple[Expr, ...]:
        """Return what a node is worked out from in this function."""
        if self._is_given(e):
            return ()
        if isinstance(e, SumOver) and e not in self.shared.bound:
            if self._is_batched(e):
                return self._batch(e).given(e)
            return (*(b for b in (e.lower, e.upper) if b is not None), *self.shared.helpers[e].arguments)
        return self._sources(e)

    def _sources(self, e: Expr) -> tuple[Expr, ...]:
        return arrays.sources(e, self.shared.bound)

    def _piece(self, e: Expr) -> Piece:
        at = self.pieces
        match e:
            case Symbol():
                return self._symbol(e)
            case Power() if (of := arrays.squared(e)) is not None:
                return arrays.filled_in("np.sum({0}**2)", [at[of]], self._named)
            case Power(base, exponent, style) if base.shape and style != "name":
                return arrays.matrix_power(at[base], arrays.literal(exponent))
            case Apply(function, arguments, order):
                return call_of(self._callable(function, order), [at[a] for a in arguments])
            case Matrix(rows):
                return arrays.matrix(rows, e.shape, at)
            case Transpose(of):
                return arrays.transpose(at[of], e)
            case MatMul():
                return arrays.matmul(e, at, self._named)
            case Operation():
                return arrays.operation(e, at, self._named)
            case Entry():
                return arrays.entry(e, at)
            case SumOver():
                return self._sum_over(e)
            case Filled():
                return arrays.filled(e, self.shared.size)
            case Entries():
                raise UnsupportedError("a matrix by its general entry is not written in Python")
            case Derivative():
                raise UnsupportedError("a named derivative has no value of its own in Python")
        return self.element(e, at)

    def _symbol(self, symbol: Symbol) -> Piece:
        name = self.shared.name(symbol)
        if symbol.kind == "dimension":
            self.shared.need(symbol)
        elif symbol is not self.index and symbol not in self.shared.parameters:
            raise UnsupportedError(f"{name} has no value: it is neither a parameter nor defined")
        return Piece(name)

    def _callable(self, function: Symbol, order: int) -> str:
        name = self.shared.callable(function, order)
        self.callables[function, order] = name
        return name

    # Sums

    def _is_batched(self, e: SumOver) -> bool:
        return e in self.shared.batched

    def _batch(self, e: SumOver) -> Batch:
        """Return the samples that a sum goes over; sums over the same share what they compute."""
        assert e.upper is not None
        key = (e.index, e.upper)
        if key not in self.batches:
            self.batches[key] = Batch(self, *key)
        return self.batches[key]

    def _sum_over(self, e: SumOver) -> Piece:
        if self._is_batched(e):
            return arrays.of_rank(self._batch(e).total(e), rank(e), e.shape)
        assert e.lower is not None
        assert e.upper is not None
        at, helper, index = self.pieces, self.shared.helpers[e], self.shared.name(e.index)
        given = [index, *(self._named(at[a]).text for a in helper.arguments)]
        given += [self._callable(function, order) for function, order in helper.callables]
        steps = f"range({shifted(e.lower, at[e.lower], 0)}, {shifted(e.upper, at[e.upper], 1)})"
        function = "sum" if e.operator == "sum" else "math.prod"
        height = 4 + max(at[e.lower].height, at[e.upper].height)
        return Piece(f"{function}({helper.name}({', '.join(given)}) for {index} in {steps})", ATOM, height)


class Batch(Scope):
    """Works out the bodies of sums over an index for all of its values at once, by statements of the parent.

    The pieces are those of arrays with leading axes for the indices (`python_batches`); rows are worked as vectors.
    """

    def __init__(self, parent: Scope, index: Symbol, upper: Expr) -> None:
        super().__init__(parent.shared, index)
        self.parent, self.upper = parent, upper
        self.statements, self.numbers = parent.statements, parent.numbers
        self.indices = (*parent.indices, index)
        self.known: dict[SumOver, tuple[Expr, ...]] = {}

    def roots(self, e: SumOver) -> tuple[Expr, ...]:
        """Return what a sum is worked out from in here."""
        product = self._contraction(e)
        if product is not None:
            return product.parts
        of = self._squares(e)
        return (bare(e.body if of is None else of),)

    def given(self, e: SumOver) -> tuple[Expr, ...]:
        """Return what the body of a sum needs from the parent, as often as it is used."""
        if e not in self.known:
            roots = self.roots(e)
            used = chain(roots, *map(self._parts, _postorder(self._parts, *roots)))
            self.known[e] = tuple(part for part in used if self._is_given(part))
        return self.known[e]

    def total(self, e: SumOver) -> Piece:
        """Return the sum; of rows as a vector."""
        roots = self.roots(e)
        self._work_out(*roots)
        product = self._contraction(e)
        if product is None:
            of, axes = self.pieces[roots[0]], self._axes(roots[0])
            if self._squares(e) is not None:
                return arrays.filled_in("np.sum({0}**2)", [of], self._named)
            along = f", axis={len(axes) - 1}" if len(axes) + rank(roots[0]) > 1 else ""
            return Piece(f"np.sum({of.text}{along})", ATOM, 1 + of.height)
        left, right = None, self.pieces[product.right]
        if product.numbers:
            left = self._numbers(product.numbers)
        if product.left is not None:
            turned = Piece(f"{self.pieces[product.left].at_least(ATOM)}.T", ATOM, 1)
            left = turned if left is None else arrays.joined("*", turned, left)
        assert left is not None
        return arrays.at_product(left, right)

    def _contraction(self, e: SumOver) -> batches.Contraction | None:
        return batches.contraction(bare(e.body), e.index, self._axes)

    def _squares(self, e: SumOver) -> Expr | None:
        """Return what a sum over single samples takes the squared lengths of: all entries are squared and added."""
        return arrays.squared(e.body) if len(self.indices) == 1 and isinstance(e.body, Power) else None

    def _is_given(self, e: Expr) -> bool:
        return self.index not in self.shared.free[e] and bool(e.shape or e in self.shared.varying)

    def _argument(self, e: Expr) -> Piece:
        piece = self.parent.pieces[e]
        return arrays.as_vector(piece) if batches.is_row(e) and not self.parent.indices else piece

    def _sources(self, e: Expr) -> tuple[Expr, ...]:
        return (self.upper,) if e is self.index else batches.batch_sources(e, self.indices, self.shared.bound)

    def _axes(self, *of: Expr) -> Axes:
        free = self.shared.free
        return tuple(i for i in self.indices if any(i in free[e] for e in of))

    def _piece(self, e: Expr) -> Piece:
        at, axes = self.pieces, self._axes(e)
        match e:
            case Symbol() if e is self.index:
                return Piece(f"np.arange(1.0, {shifted(self.upper, at[self.upper], 1)})", ATOM, 2)
            case Power() if (of := arrays.squared(e)) is not None:
                return batches.over_entries(batches.SQUARED, [at[bare(of)]], axes, rank(of), self._named)
            case Product(factors) if e.shape:
                return self._scaled(factors, axes, rank(e))
            case Transpose(of):
                return call_of("np.swapaxes", [at[bare(of)], Piece("-1"), Piece("-2")])
            case MatMul():
                return self._matmul([(f.of, f.role) for f in arrays.factors(e)])
            case Operation("inner", (a, b)) if rank(a) == 1:
                return self._matmul([(a, "row"), (b, "column")])
            case Operation(name, operands) if name in batches.OVER_ENTRIES:
                pieces = [self._fitted(o, axes, rank(o)) for o in operands]
                return batches.over_entries(batches.OVER_ENTRIES[name], pieces, axes, rank(operands[0]), self._named)
            case Operation(_, operands):
                return arrays.operation(e, {o: self._fitted(o, axes, rank(e)) for o in operands}, self._named)
            case Entry(of, indices):
                places = [i if isinstance(i, Symbol) and i in self.indices else shifted(i, at[i], -1) for i in indices]
                return batches.entry(at[bare(of)], self._axes(of), places, axes, rank(e))
            case SumOver():
                return self._batch(e).total(e)
        return self.element(e, {p: self._fitted(p, axes, rank(e)) for p in arrays.sources(e, self.shared.bound)})

    def _fitted(self, e: Expr, axes: Axes, entries: int) -> Piece:
        return batches.aligned(self.pieces[bare(e)], self._axes(e), rank(e), axes, entries)

    def _matmul(self, factors: list[tuple[Expr, str]]) -> Piece:
        operands = [Operand(self.pieces[bare(of)], role, self._axes(of)) for of, role in factors]
        return batches.matmul(operands, self.indices, self._named)

    def _numbers(self, factors: tuple[Expr, ...]) -> Piece:
        axes = self._axes(*factors)
        return self.product(factors, {f: self._fitted(f, axes, 0) for f in factors})

    def _scaled(self, factors: tuple[Expr, ...], axes: Axes, entries: int) -> Piece:
        """Return numbers times a vector or a matrix: the numbers are multiplied first."""
        numbers = tuple(f for f in factors if not f.shape)
        array = self._fitted(next(f for f in factors if f.shape), axes, entries)
        if not numbers:
            return array
        number = batches.aligned(self._numbers(numbers), self._axes(*numbers), 0, axes, entries)
        return arrays.joined("*", number, array)


def _postorder(parts: Callable[[Expr], tuple[Expr, ...]], *roots: Expr) -> Iterator[Expr]:
    """Yield each distinct node once, what it is worked out from before it."""
    done: set[Expr] = set()
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        e, expanded = stack.pop()
        if e in done:
            continue
        if expanded:
            done.add(e)
            yield e
        else:
            stack.append((e, True))
            stack.extend((part, False) for part in reversed(parts(e)) if part not in done)
