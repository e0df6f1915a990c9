"""Naming the intermediate variables: a formula becomes a list of definitions, innermost first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from derive.derivation import Definition
from derive.expr.build import is_atom, signed
from derive.expr.nodes import (
    Apply,
    Call,
    Cases,
    Expr,
    Indicator,
    Logic,
    Name,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    Sum,
    Symbol,
)
from derive.expr.walks import children, plain, postorder, substitute, with_children

LETTERS = ("u", "v", "w", "s", "t", "p", "q", "r", "z", "h", "k", "m")
FUNCTION_LETTERS = ("y", "f", "g", "h", "F", "G", "z", "Y")


def free_name(letters: Sequence[str], taken: Iterable[Symbol]) -> str:
    """Return the first letter that names nothing in the problem, with or without a subscript."""
    used = {symbol.name for symbol in taken}
    found = next((letter for letter in letters if letter not in used), None)
    return (
        found
        if found is not None
        else next(f"{letters[0]}{i}" for i in range(10_000) if f"{letters[0]}{i}" not in used)
    )


@dataclass(slots=True)
class Names:
    """A supply of symbols: the user's letters first, then u_1, u_2, ... with a letter that is free."""

    taken: set[Symbol]
    wanted: tuple[str, ...] = ()
    given_out: list[Symbol] = field(default_factory=list)
    indices: dict[Symbol, Symbol] = field(default_factory=dict)
    """The index of each symbol that has one."""
    asked: Mapping[Expr, Symbol] = field(default_factory=dict)
    """What the user has a name for."""
    _numbered: int = 0
    _letter: str = ""

    def next(self, e: Expr) -> Symbol:
        """Return a symbol for an expression, which names nothing yet."""
        for symbol in self._candidates():
            if symbol not in self.taken:
                self.taken.add(symbol)
                self.given_out.append(symbol)
                return symbol
        raise AssertionError("the supply of names does not end")

    def _candidates(self) -> Iterator[Symbol]:
        if len(self.wanted) > 1:
            yield from (Symbol(name) for name in self.wanted)
        if not self._letter:
            plain = self.wanted[0] if len(self.wanted) == 1 else ""
            self._letter = plain or free_name(LETTERS, self.taken)
        while True:
            self._numbered += 1
            yield Symbol(self._letter, subscript=str(self._numbered))


class Namer:
    """Replaces parts of formulas by named intermediates and remembers the definitions, in computable order.

    `grain` is `natural` (what a lecturer would not split stays together) or `operator` (one operation each).
    `active` are the symbols that vary: the variables of the task and every definition that depends on them.
    """

    def __init__(
        self, active: Iterable[Name], names: Names, grain: str = "natural", known: Iterable[Definition] = ()
    ) -> None:
        self.active: set[Expr] = set(active)
        self.names = names
        self.grain = grain
        self.definitions: list[Definition] = []
        self._symbol_of: dict[Expr, Symbol] = {}
        self._moving: dict[Expr, bool] = {}
        for d in known:  # what an earlier stage has named is not named again
            self._symbol_of.setdefault(d.value, d.symbol)
            self.active.update([d.symbol] if self._varies(d.value) else [])
            self._moving[d.symbol] = d.symbol in self.active

    def define(self, symbol: Symbol, value: Expr, *, given: bool = False) -> None:
        """Add a definition under a fixed name; the parts of its value that deserve a name get one before it."""
        short = self.shorten(value)
        self.definitions.append(Definition(symbol, short, given))
        if self._varies(short):
            self.active.add(symbol)
            self._moving[symbol] = True
            if not is_atom(short):
                self._symbol_of.setdefault(short, symbol)

    def shorten(self, e: Expr) -> Expr:
        """Return a formula in which what deserves a name has one, so that each part is differentiated by one rule."""
        short: dict[Expr, Expr] = {}
        for node in postorder(e):
            parts = children(node)
            new = tuple(self.name(p) if isinstance(p, Apply) and p.several else p for p in (short[q] for q in parts))
            if isinstance(node, Relation | Logic):
                short[node] = node  # conditions are not differentiated
                continue
            rebuilt = node if new == parts else with_children(node, new)
            short[node] = self.with_named_parts(rebuilt) if self._varies(rebuilt) else rebuilt
        return short[e]

    def _varies(self, e: Expr) -> bool:
        known = self._moving.get(e)
        if known is None:
            parts = children(e)
            waiting = (e,) if all(part in self._moving for part in parts) else postorder(e)
            for node in waiting:
                below = any(self._moving[part] for part in children(node))
                self._moving[node] = below or node in self.active
            known = self._moving[e]
        return known

    def name(self, e: Expr) -> Expr:
        """Return the symbol of a part, naming it if it is new. Atoms and constants stay."""
        if is_atom(e) or not self._varies(e) or isinstance(e, Relation | Logic):
            return e
        known = self._symbol_of.get(e)
        if known is None:
            asked = self.names.asked.get(plain(e))
            known = self.names.next(e) if asked is None else asked
            self._symbol_of[e] = known
            self.definitions.append(Definition(known, e, given=asked is not None))
            self.active.add(known)
            self._moving[known] = True
        return known

    def with_named_parts(self, e: Expr) -> Expr:
        """Return a node in which what deserves a name has one."""
        if self.grain == "operator":
            return self._name_all_parts(e)
        match e:
            case Call() | Apply() | Power() | Root():
                return e if all(is_atom(signed(part)[1]) for part in children(e)) else self._name_all_parts(e)
            case Product(factors):
                varying = [f for f in factors if self._varies(f)]
                if len(varying) > 3 and not all(self._is_monomial(f) for f in varying):
                    return with_children(e, tuple(f if self._is_monomial(f) else self.name(f) for f in factors))
                return e if all(self._is_simple(f) for f in varying) else self._name_all_parts(e)
            case Quotient(a, b):
                simple = self._is_simple_part(a) and self._is_simple_part(b)
                return e if simple else self._name_all_parts(e)
            case _:
                return e

    def _name_all_parts(self, e: Expr) -> Expr:
        parts = children(e)
        if isinstance(e, Cases):
            named = tuple(self.name(part) for part in parts[: len(e.values)]) + parts[len(e.values) :]
        elif isinstance(e, Indicator):
            return e
        else:
            named = tuple(self.name(part) for part in parts)
        return e if named == parts else with_children(e, named)

    def _is_simple_part(self, e: Expr) -> bool:
        """What the quotient rule takes as it is above or below: simple, or a product of two simple factors."""
        inner = signed(e)[1]
        if isinstance(inner, Product):
            varying = [f for f in inner.factors if self._varies(f)]
            return len(varying) <= 2 and all(self._is_simple(f) for f in varying)
        return self._is_simple(e)

    def _is_simple(self, e: Expr) -> bool:
        """A factor that nobody would name: constant, a monomial, a function of an atom, a sum of such and constants."""
        e = signed(e)[1]
        if not self._varies(e) or is_atom(e) or isinstance(e, Call | Apply | Power | Root):
            return True
        match e:
            case Sum(terms):
                return all(self._is_simple_term(t) for t in terms)
            case Product() | Quotient():
                return self._is_simple_term(e)
            case _:
                return False

    def _is_simple_term(self, e: Expr) -> bool:
        """A constant times one simple factor that is no sum, or a constant over one."""
        e = signed(e)[1]
        match e:
            case Product(factors):
                varying = [f for f in factors if self._varies(f)]
                return all(self._is_monomial(f) for f in varying) or (
                    len(varying) == 1 and not isinstance(varying[0], Sum) and self._is_simple(varying[0])
                )
            case Quotient(a, b):
                if not self._varies(b):
                    return self._is_simple_term(a)
                return not self._varies(a) and self._is_monomial(b)
            case Sum():
                return False
            case _:
                return self._is_simple(e)

    def _is_monomial(self, e: Expr) -> bool:
        """A constant, a symbol, or a constant power of a symbol."""
        if not self._varies(e) or is_atom(e):
            return True
        return isinstance(e, Power) and is_atom(e.base) and not self._varies(e.exponent)


def rename_single(definitions: list[Definition], names: Names) -> list[Definition]:
    """Call a lone intermediate `u`, not `u_1`."""
    if len(names.given_out) != 1 or not names.given_out[0].subscript.isdigit():
        return definitions
    old = names.given_out[0]
    new = Symbol(old.name)
    if new in names.taken:
        return definitions
    names.taken.add(new)
    names.given_out[0] = new
    return [
        Definition(new if d.symbol is old else d.symbol, substitute(d.value, {old: new}), d.given) for d in definitions
    ]
