"""Evaluation of expressions by either arithmetic: what symbols, indices, derivatives and points mean.

A frame gives every symbol one value. `FloatFrame` and `PreciseFrame` supply the arithmetic of cells; each takes
derivatives in a way of its own. Walks are iterative, and each distinct node is evaluated once in a frame.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from math import prod
from typing import Any, Self, TypeAlias

from derive.checker.arrays import Cell, Sizes, Value, cells, entrywise, moved, shaped, span, transposed
from derive.checker.operations import assembled, filled, identity, matmul, matrix_power, operation, product
from derive.checker.smooth import mixture
from derive.checker.world import World, symbol_name
from derive.derivation import ENTRYWISE
from derive.errors import UnsupportedError
from derive.expr.nodes import (
    Apply,
    At,
    Call,
    Cases,
    Constant,
    Decimal,
    Derivative,
    Entries,
    Entry,
    Expr,
    Filled,
    Indicator,
    Integer,
    Logic,
    MatMul,
    Matrix,
    Name,
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
    bound_by,
)
from derive.expr.spelling import spell
from derive.expr.walks import children

_NESTING = 8
_SUMS = 6
_TERMS = 1_000
_NUMBERS = frozenset(
    (Sum, Product, Call, Quotient, Power, Integer, Root, Relation, Decimal, Constant, Logic, Indicator)
)
"""Nodes whose parts have no shape where they have none themselves."""

Indices: TypeAlias = Mapping[Symbol, int]


@dataclass(frozen=True, slots=True)
class Shift:
    """Something small for some cells of a symbol; of an indexed definition only where the indices have these values."""

    cells: Mapping[int, Cell]
    at: Indices


@dataclass(frozen=True, slots=True)
class Target:
    """What is differentiated by: a symbol, which of its cells in row-major order, and the shape that these have."""

    symbol: Symbol
    places: Sequence[int]
    shape: Sizes


class Frame(ABC):
    """Values of symbols, and of what is written in them.

    A frame is one of three kinds. The root reads free symbols from `fixed`. A shifted frame (`shifts`) adds something
    small to some symbols: `through` the definitions, or, not through, with all other symbols held at the parent's
    values. A frame at a point (`fixed`, with a parent) gives some symbols other values.

    Of each there are copies in which an index has a value; what does not depend on it is taken from the `outer` frame.
    """

    def __init__(
        self,
        world: World,
        fixed: Mapping[Symbol, Value],
        parent: Self | None = None,
        shifts: Mapping[Symbol, Shift] | None = None,
        through: bool = True,
    ) -> None:
        self.world, self.fixed, self.parent, self.through = world, fixed, parent, through
        self.shifts: Mapping[Symbol, Shift] = shifts or {}
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.indices: Indices = {} if parent is None else parent.indices
        self.outer: Self | None = None
        self.index: Symbol | None = None
        self._lowest = min((world.rank.get(s, -1) for s in self.shifts), default=-1)
        if self.depth > _NESTING:
            raise UnsupportedError(f"more than {_NESTING} derivatives inside each other cannot be checked")
        self._clear()

    def _clear(self) -> None:
        self.memo: dict[Expr, Value] = {}
        self.shifted: dict[Any, Any] = {}
        self._indexed: dict[tuple[Symbol, int], Self] = {}

    # What an arithmetic supplies

    @abstractmethod
    def combine(self, e: Expr, parts: tuple[Cell, ...]) -> Cell:
        """Return the value of a node of numbers from those of its parts."""

    @abstractmethod
    def differentiated(self, of: Expr, wrt: tuple[Name, ...], through: bool) -> Value:
        """Return the derivative of an expression in this frame, in numerator layout."""

    @abstractmethod
    def at(self, values: Mapping[Symbol, Value]) -> Self:
        """Return the frame in which some symbols have other values."""

    @abstractmethod
    def declared(self, function: Symbol, component: tuple[int, ...], order: int, argument: Cell) -> Cell:
        """Return a declared function of one number, or a derivative of it: some smooth function."""

    @abstractmethod
    def whole(self, value: Cell) -> int:
        """Return the whole number that an index or a bound is.

        Raises:
            UnsupportedError: It is none, or not the same at all points.
        """

    @property
    @abstractmethod
    def digits(self) -> int:
        """How many decimal digits it works with."""

    @abstractmethod
    def constant(self, value: float) -> Cell:
        """Return a number as a cell."""

    @abstractmethod
    def total(self, terms: Sequence[Cell]) -> Cell:
        """Return a sum of at least one term."""

    @abstractmethod
    def quotient(self, a: Cell, b: Cell) -> Cell:
        """Return a quotient: undefined where the divisor is 0."""

    @abstractmethod
    def power(self, base: Cell, exponent: Cell, written: Expr | None) -> Cell:
        """Return a power; `written` is its exponent as it stands in the formula, if it does."""

    @abstractmethod
    def call(self, name: str, *arguments: Cell) -> Cell:
        """Return a function of the function table."""

    def dot(self, a: Sequence[Cell], b: Sequence[Cell]) -> Cell:
        """Return the sum of the products of at least one pair."""
        return self.total([x * y for x, y in zip(a, b, strict=True)])

    def inherited(self, value: Value) -> Value:
        """Return a value of the parent as it is here."""
        return value

    # The walk

    def value(self, root: Expr) -> Value:
        """Return the value of an expression."""
        memo, outer = self.memo, self.outer
        stack: list[tuple[Expr, tuple[Expr, ...] | None]] = [(root, None)]
        while stack:
            e, parts = stack.pop()
            if e in memo:
                continue
            if parts is None:
                if outer is not None and self.index not in self.world.indices(e):
                    memo[e] = outer.memo[e] if e in outer.memo else outer.value(e)
                    continue
                parts = self._parts(e)
                waiting = [(p, None) for p in parts if p not in memo]
                if waiting:
                    stack.append((e, parts))
                    stack += waiting
                    continue
            memo[e] = self._evaluated(e, parts)
        return memo[root]

    def values(self, e: Expr) -> list[Value]:
        """Return the values of an expression for all values of its free indices."""
        return [self.placed(at).value(e) for at in self.world.instances(e)]

    def placed(self, at: Indices) -> Self:
        """Return the frame in which some indices have values."""
        out = self
        for index, k in at.items():
            out = out.indexed(index, k)
        return out

    def indexed(self, index: Symbol, k: int) -> Self:
        """Return the frame in which an index has a value."""
        if self.index is index and self.outer is not None:
            return self.outer.indexed(index, k)
        key = (index, k)
        if key not in self._indexed:
            frame = copy(self)
            frame._clear()
            frame.indices = {**self.indices, index: k}
            if len(frame.indices) > _SUMS:
                raise UnsupportedError(f"more than {_SUMS} sums inside each other cannot be checked")
            frame.outer, frame.index = self, index
            frame.parent = None if self.parent is None else self.parent.indexed(index, k)
            self._indexed[key] = frame
        return self._indexed[key]

    def _parts(self, e: Expr) -> tuple[Expr, ...]:
        if type(e) in _NUMBERS:  # the most frequent first
            return children(e)
        match e:
            case Symbol():
                return (self.world.bindings[e],) if self._computes(e) else ()
            case Derivative():
                return ()
            case At(_, _, values):
                return values
            case Entries():
                return ()
            case SumOver(_, _, lower, upper):
                if lower is None or upper is None:
                    raise UnsupportedError("a sum over data has no bounds, and cannot be checked")
                return (lower, upper)
            case _:
                return children(e)

    def _computes(self, symbol: Symbol) -> bool:
        """Tell whether a symbol is computed from its definition here, not taken from the parent."""
        if symbol in self.fixed or symbol not in self.world.rank:
            return False
        return self.parent is None or (self.through and self.world.rank[symbol] >= self._lowest)

    def _evaluated(self, e: Expr, parts: tuple[Expr, ...]) -> Value:
        memo = self.memo
        if type(e) in _NUMBERS and not e.shape:
            return self.combine(e, tuple([memo[p] for p in parts]))
        match e:
            case Symbol():
                return self._symbol(e)
            case Derivative(of, wrt, through):
                return self.differentiated(of, wrt, through)
            case At(of, variables, values):
                return self.at({s: memo[v] for s, v in zip(variables, values, strict=True)}).value(of)
            case Apply():
                return self._applied(e, [memo[a] for a in parts])
            case Entries():
                return self._entries(e)
            case SumOver():
                return self._over(e, *(self.whole(memo[bound]) for bound in parts))
            case _:
                return self._shaped(e, tuple([memo[p] for p in parts]))

    def _shaped(self, e: Expr, parts: tuple[Value, ...]) -> Value:
        """Return the value of a node that has a shape, or may have parts that have one."""
        match e:
            case Operation():
                return operation(self, e, parts)
            case MatMul():
                return list(accumulate(parts, partial(matmul, self)))[-1]
            case Entry(of):
                places, rest = span(self.world.sizes(of.shape), [self.whole(index) for index in parts[1:]])
                return shaped(rest, [cells(parts[0])[k] for k in places])
            case Transpose():
                return transposed(parts[0])
            case Matrix():
                return assembled(parts, len(e.rows[0]))
            case Filled(kind, shape, index):
                return filled(self, kind, self.world.sizes(shape), index)
            case Product():
                return product(parts)
            case Power(_, exponent, style) if style != "name":
                exact = self.world.exact(exponent)
                if exact is None or exact.denominator != 1:
                    raise UnsupportedError("a power of a matrix needs a whole exponent to be checked")
                return matrix_power(self, parts[0], int(exact))
            case Cases(_, conditions) if any(c is not None and c.shape for c in conditions) and not e.shape:
                raise UnsupportedError("cases by the entries of a vector cannot be checked")
            case _:
                return entrywise(partial(self.combine, e), parts) if e.shape else self.combine(e, parts)

    def _over(self, e: SumOver, lower: int, upper: int) -> Value:
        """Return a sum or product over an index."""
        if upper - lower >= _TERMS:
            raise UnsupportedError(f"a sum of more than {_TERMS} terms cannot be checked")
        terms = [self.indexed(e.index, k).value(e.body) for k in range(lower, upper + 1)]
        shape = self.world.sizes(e.shape)
        if e.operator == "sum":
            return entrywise(self.total, terms) if terms else filled(self, "zeros", shape, 0)
        if not shape:
            return product(terms) if terms else self.constant(1.0)
        if len(shape) != 2 or shape[0] != shape[1]:
            raise UnsupportedError("a product of vectors over an index cannot be checked")
        return list(accumulate([identity(self, shape[0]), *terms], partial(matmul, self)))[-1]

    def _entries(self, e: Entries) -> Value:
        """Return a matrix from its general entry."""
        i, j = bound_by(e)
        down, across = (range(1, self.world.sizes((size,))[0] + 1) for size in (e.rows, e.columns))
        frames = (self.indexed(i, row).indexed(j, column) for row in down for column in across)
        return assembled([frame.value(e.body) for frame in frames], len(across))

    def _applied(self, e: Apply, arguments: list[Value]) -> Value:
        function, order = e.function, e.order
        stated = self.world.stated_function(function, len(arguments))
        inputs = [c for a in arguments for c in cells(a)]
        if order and len(inputs) != 1:
            raise UnsupportedError(f"a derivative of {symbol_name(function)} by several arguments cannot be checked")
        if stated is not None:
            known, formula = stated
            frame = self.at(dict(zip(known, arguments, strict=True)))
            return frame.differentiated(formula, known * order, through=True) if order else frame.value(formula)
        shape = self.world.sizes(e.shape)
        if len(inputs) > 1 and self.world.restricted(function) == ENTRYWISE:
            return shaped(shape, [self.declared(function, (k,), order, x) for k, x in enumerate(inputs)])
        if len(inputs) > 1:
            return shaped(shape, [mixture(self, function, k, inputs) for k in range(prod(shape))])
        if not shape:
            return self.declared(function, (), order, inputs[0])
        return shaped(shape, [self.declared(function, (k,), order, inputs[0]) for k in range(prod(shape))])

    # Symbols

    def _symbol(self, symbol: Symbol) -> Value:
        if symbol in self.fixed:
            value = self.fixed[symbol]
        elif self._computes(symbol):
            value = self.memo[self.world.bindings[symbol]]
        elif symbol.kind == "dimension":
            return self.constant(float(self.world.size(spell(symbol))))
        elif symbol.kind == "index":
            return self.constant(float(self._place(symbol)))
        elif self.parent is not None:
            value = self.inherited(self.parent.value(symbol))
        else:
            raise UnsupportedError(f"no value for {symbol_name(symbol)} can be chosen")
        shift = self.shifts.get(symbol)
        if shift is None or any(self.indices.get(index) != k for index, k in shift.at.items()):
            return value
        return moved(value, shift.cells)

    def _place(self, index: Symbol) -> int:
        if index not in self.indices:
            raise UnsupportedError(f"no value for the index {symbol_name(index)} is known")
        return self.indices[index]

    def instance(self, symbol: Symbol) -> Indices:
        """Return the values of the indices on which a definition depends."""
        return {index: self._place(index) for index in self.world.indices(symbol)}

    def target(self, name: Name) -> Target:
        """Return which cells a derivative is taken by."""
        if isinstance(name, Symbol):
            shape = self.world.sizes(name.shape)
            return Target(name, range(prod(shape)), shape)
        if not isinstance(name.of, Symbol):
            raise UnsupportedError("a derivative by an entry of a formula cannot be checked")
        places, rest = span(self.world.sizes(name.of.shape), [self.whole(self.value(i)) for i in name.indices])
        return Target(name.of, places, rest)

    def shared(self, symbols: Iterable[Symbol]) -> tuple[Self, int] | None:
        """Return the outer frame and the value of the index here, where a shift of these symbols means the same there.

        Then what does not depend on the index is worked out once, and not again for each of its values.
        """
        if self.outer is None or self.index is None or any(self.index in self.world.indices(s) for s in symbols):
            return None
        return self.outer, self.indices[self.index]

    def definition(self, of: Expr, wrt: tuple[Name, ...], through: bool) -> Expr:
        """Return what is differentiated: the definition itself where the other arguments are held."""
        if through or of in wrt:
            return of
        if isinstance(of, Entry) and isinstance(of.of, Symbol) and of.of not in wrt:
            return Entry(self.world.bindings.get(of.of, of.of), of.indices, "(")
        return self.world.bindings.get(of, of) if isinstance(of, Symbol) else of
