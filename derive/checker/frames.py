"""Evaluation of expressions by either arithmetic: what symbols, derivatives and points mean.

A frame gives every symbol one value. `FloatFrame` and `PreciseFrame` supply the arithmetic; each takes derivatives in
a way of its own. Walks are iterative, and each distinct node is evaluated once in a frame.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Generic, Self, TypeVar

from derive.checker.world import World
from derive.errors import UnsupportedError
from derive.expr.nodes import Apply, At, Call, Derivative, Expr, Product, Sum, Symbol
from derive.expr.walks import children

T = TypeVar("T")

_NESTING = 8


class Frame(ABC, Generic[T]):
    """Values of symbols, and of what is written in them.

    A frame is one of three kinds. The root reads free symbols from `fixed`. A shifted frame (`shifts`) adds something
    small to some symbols: `through` the definitions, or, not through, with all other symbols held at the parent's
    values. A frame at a point (`fixed`, with a parent) gives some symbols other values.
    """

    def __init__(
        self,
        world: World,
        fixed: Mapping[Symbol, T],
        parent: Self | None = None,
        shifts: Mapping[Symbol, T] | None = None,
        through: bool = True,
    ) -> None:
        self.world, self.fixed, self.parent, self.through = world, fixed, parent, through
        self.shifts: Mapping[Symbol, T] = shifts or {}
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.memo: dict[Expr, T] = {}
        self._lowest = min((world.rank.get(s, -1) for s in self.shifts), default=-1)
        if self.depth > _NESTING:
            raise UnsupportedError(f"more than {_NESTING} derivatives inside each other cannot be checked")

    @abstractmethod
    def combine(self, e: Expr, parts: tuple[T, ...]) -> T:
        """Return the value of a node from those of its parts."""

    @abstractmethod
    def add(self, value: T, shift: T) -> T:
        """Return a symbol's value with what is added to it."""

    @abstractmethod
    def differentiated(self, of: Expr, wrt: tuple[Symbol, ...], through: bool) -> T:
        """Return the derivative of an expression in this frame."""

    @abstractmethod
    def at(self, values: Mapping[Symbol, T]) -> Self:
        """Return the frame in which some symbols have other values."""

    @abstractmethod
    def declared(self, function: Symbol, order: int, argument: T) -> T:
        """Return a declared function, or a derivative of it: some smooth function, the same at each call."""

    def value(self, root: Expr) -> T:
        """Return the value of an expression."""
        memo = self.memo
        stack: list[tuple[Expr, tuple[Expr, ...] | None]] = [(root, None)]
        while stack:
            e, parts = stack.pop()
            if e in memo:
                continue
            if parts is None:
                parts = self._parts(e)
                waiting = [(p, None) for p in parts if p not in memo]
                if waiting:
                    stack.append((e, parts))
                    stack += waiting
                    continue
            memo[e] = self._evaluated(e, parts)
        return memo[root]

    def _parts(self, e: Expr) -> tuple[Expr, ...]:
        match e:
            case Sum(parts) | Product(parts) | Call(_, parts):  # the most frequent first
                return parts
            case Symbol():
                return (self.world.bindings[e],) if self._computes(e) else ()
            case Derivative():
                return ()
            case At(_, _, values):
                return values
            case _:
                return children(e)

    def _computes(self, symbol: Symbol) -> bool:
        """Tell whether a symbol is computed from its definition here, not taken from the parent."""
        if symbol in self.fixed or symbol not in self.world.rank:
            return False
        return self.parent is None or (self.through and self.world.rank[symbol] >= self._lowest)

    def _evaluated(self, e: Expr, parts: tuple[Expr, ...]) -> T:
        memo = self.memo
        match e:
            case Sum() | Product() | Call():
                return self.combine(e, tuple([memo[p] for p in parts]))
            case Symbol():
                return self._symbol(e)
            case Derivative(of, wrt, through):
                return self.differentiated(of, wrt, through)
            case At(of, variables, values):
                return self.at({s: memo[v] for s, v in zip(variables, values, strict=True)}).value(of)
            case Apply(function, arguments, order):
                return self._applied(function, order, [memo[a] for a in arguments])
            case _:
                return self.combine(e, tuple([memo[p] for p in parts]))

    def _applied(self, function: Symbol, order: int, arguments: list[T]) -> T:
        if len(arguments) != 1:
            raise UnsupportedError(f"a declared function of several arguments, {function.name}, cannot be checked")
        stated = self.world.stated_function(function)
        if stated is None:
            return self.declared(function, order, arguments[0])
        x, formula = stated
        frame = self.at({x: arguments[0]})
        return frame.differentiated(formula, (x,) * order, through=True) if order else frame.value(formula)

    def _symbol(self, symbol: Symbol) -> T:
        if symbol in self.fixed:
            value = self.fixed[symbol]
        elif self._computes(symbol):
            value = self.memo[self.world.bindings[symbol]]
        elif self.parent is not None:
            value = self.parent.value(symbol)
        else:
            raise UnsupportedError(f"no value for {symbol.name}, which is not a scalar, can be chosen")
        return self.add(value, self.shifts[symbol]) if symbol in self.shifts else value

    def definition(self, of: Expr, wrt: tuple[Symbol, ...], through: bool) -> Expr:
        """Return what is differentiated: the definition itself where the other arguments are held."""
        if isinstance(of, Symbol) and not through and of not in wrt:
            return self.world.bindings.get(of, of)
        return of
