"""The names in Python source: what the arguments are, which sizes their shapes give, what depends on what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from derive.expr.closing import Values, parts_through, postorder_through
from derive.expr.dimensions import size_symbol
from derive.expr.names import fresh, identifier
from derive.expr.names import names as name_symbols
from derive.expr.nodes import Apply, Cases, Derivative, Expr, Filled, Indicator, Operation, SumOver, Symbol
from derive.expr.shapes import Dimension
from derive.expr.walks import symbols
from derive.writer.python_batches import batched_sums


@dataclass(frozen=True, slots=True)
class Helper:
    """The function that works out the body of a sum: what it takes after the index."""

    name: str
    arguments: tuple[Expr, ...]
    callables: tuple[tuple[Symbol, int], ...]


class Shared:
    """What the functions of one source share: names, sizes, what depends on what, and the helpers of its sums."""

    def __init__(
        self, parameters: Sequence[Symbol], names: Mapping[Symbol, str], bound: Values, cells: Sequence[Expr]
    ) -> None:
        self.bound, self.cells = bound, cells
        self.order = list(postorder_through(bound, *cells))
        self.sums = [e for e in self.order if isinstance(e, SumOver)]
        self.free = free_indices(self.order, bound)
        self.batched = batched_sums(self.sums, self.free, bound)
        self.parameters = array_parameters(parameters, *cells, values=bound)
        self.sizes = given_sizes(self.parameters)
        self.names = self._spelled(parameters, names)
        self.size_names: dict[str, str] = {}
        for symbol, name in self.names.items():
            if symbol.kind == "dimension":
                self.size_names.setdefault(size_key(symbol), name)
        self.used = set(self.names.values())
        self.extra: dict[tuple[Symbol, int], str] = {}
        self.needed: set[str] = set()
        self.helpers: dict[Expr, Helper] = {}
        self.branching = any(isinstance(e, (Cases, Indicator)) for e in self.order)
        self.varying: set[Expr] = set()
        self.counting: set[Expr] = set()
        """What varies with indices and sizes alone: a number of Python, which raises where an array gives nan."""
        for e in self.order:
            self._classify(e)
        self._locals: dict[Expr, str] = {}

    def _spelled(self, parameters: Sequence[Symbol], names: Mapping[Symbol, str]) -> dict[Symbol, str]:
        met = [*parameters, *symbols(*self.bound, *self.bound.values(), *self.cells), *(e.index for e in self.sums)]
        sizes = {size_key(s): s for s in met if s.kind == "dimension"}
        shown = (size_symbol(name) for p in self.parameters for size in p.shape for name in size.names)
        for size in (*sizes_met(self.order).values(), *shown):
            sizes.setdefault(size_key(size), size)
        met += sizes.values()
        return {**name_symbols([s for s in met if s not in names], names.values()), **names}

    def _classify(self, e: Expr) -> None:
        parts = [part for part in parts_through(e, self.bound) if part in self.varying]
        if not (parts or isinstance(e, Symbol | Filled)):
            return
        self.varying.add(e)
        if isinstance(e, Symbol) and e not in self.bound:
            counts = e.kind in ("index", "dimension")
        elif isinstance(e, Operation) and e.name == "length":
            counts = True
        else:
            counts = bool(parts) and not isinstance(e, Apply) and all(part in self.counting for part in parts)
        if counts:
            self.counting.add(e)

    def name(self, symbol: Symbol) -> str:
        """Return the identifier of a symbol; a size has one, whether it stands in a shape or in the formula."""
        return self.size_names[size_key(symbol)] if symbol.kind == "dimension" else self.names[symbol]

    def is_length(self, e: Expr) -> bool:
        """Tell whether a node is a size that the shape of an argument gives: no data, no length 0."""
        return isinstance(e, Symbol) and e.kind == "dimension" and size_key(e) in self.sizes

    def need(self, size: Symbol) -> None:
        """Note that a size is needed where it stands as a number."""
        if size_key(size) in self.sizes:
            self.needed.add(size_key(size))

    def size(self, size: Dimension) -> str:
        """Return the source of a size; the names in it are needed from now on."""
        keys = {name: size_key(name) for name in size.names}
        self.needed.update(key for key in keys.values() if key in self.sizes)
        return size_text(size, lambda name: self.size_names[keys[name]])

    def size_definitions(self) -> list[str]:
        """Return the statements that define what is needed of the sizes that shapes of arguments give."""
        lines = []
        for key in reversed(self.sizes):  # a size may need earlier ones
            if key in self.needed:
                given = self.sizes[key]
                text = f"{self.names[given.argument]}.shape[{given.axis}]"
                if given.rest.terms:
                    less = self.size(given.rest * Dimension.of(-1))
                    text += f" - {less[1:]}" if less[0] == "-" else f" + {less}"
                text = text if given.parts == 1 else f"({text})//{given.parts}"
                lines.append(f"{self.size_names[key]} = {text}")
        return lines[::-1]

    def callable(self, function: Symbol, order: int) -> str:
        """Return the name of a declared function, or of a derivative of it, which then is an argument."""
        if not order:
            return self.names[function]
        if (function, order) not in self.extra:
            self.extra[function, order] = self._fresh(f"{self.names[function]}_d{order}")
        return self.extra[function, order]

    def local(self, e: Expr) -> str:
        """Return the name of something defined."""
        if isinstance(e, Symbol):
            return self.name(e)
        if e not in self._locals:
            assert isinstance(e, Derivative)
            of = self.names[e.of] if isinstance(e.of, Symbol) else ""
            order = str(len(e.wrt)) if len(e.wrt) > 1 else ""
            self._locals[e] = self._fresh(
                f"d{order}{of}_" + "".join("d" + "_".join(self.names[s] for s in symbols(v)) for v in e.wrt)
            )
        return self._locals[e]

    def _fresh(self, wanted: str) -> str:
        name = fresh(wanted, self.used)
        self.used.add(name)
        return name


def free_indices(order: Iterable[Expr], values: Values) -> dict[Expr, frozenset[Symbol]]:
    """Return for each node of a postorder the indices that its value depends on: not those that a sum in it binds."""
    none: frozenset[Symbol] = frozenset()
    free: dict[Expr, frozenset[Symbol]] = {}
    for e in order:
        if isinstance(e, Symbol) and e.kind == "index" and e not in values:
            free[e] = frozenset((e,))
        elif isinstance(e, SumOver):
            bounds = [free[bound] for bound in (e.lower, e.upper) if bound is not None]
            free[e] = (free[e.body] - {e.index}).union(*bounds)
        else:
            parts = [free[part] for part in parts_through(e, values) if free[part]]
            free[e] = none.union(*parts) if len(parts) > 1 else parts[0] if parts else none
    return free


def array_parameters(symbols: Iterable[Symbol], *roots: Expr, values: Values | None = None) -> list[Symbol]:
    """Return the arguments of a function from the symbols met in its formulas.

    A size that the shape of an argument gives is none, nor is an index that only sums bind. Sizes that are needed and
    that nothing gives stand at the end.

    Args:
        symbols: the symbols met, in the order wanted.
        roots: the formulas.
        values: what defined symbols and named derivatives stand for.
    """
    values = values or {}
    order = list(postorder_through(values, *roots))
    free = free_indices(order, values)
    bound = {e.index for e in order if isinstance(e, SumOver)}.difference(*(free[root] for root in roots))
    symbols = list(dict.fromkeys(symbols))
    given = given_sizes(symbols)
    kept = [s for s in symbols if s not in bound and not (s.kind == "dimension" and size_key(s) in given)]
    known = given.keys() | {size_key(s) for s in kept if s.kind == "dimension"}
    return kept + [s for key, s in sizes_met(order).items() if key not in known and s not in values]


# Sizes ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Given:
    """How the shape of an argument gives a size: the length of an axis, less the rest, in so many parts."""

    argument: Symbol
    axis: int
    rest: Dimension
    parts: int


def size_key(size: str | Symbol) -> str:
    """Return what a size is known by here, whether it is a name in a shape or a symbol in the formula."""
    return identifier(size_symbol(size) if isinstance(size, str) else size)


def given_sizes(parameters: Iterable[Symbol]) -> dict[str, Given]:
    """Return the sizes that the shapes of arguments give, by key; none depends on a later one."""
    axes = [(p, k, d) for p in parameters if p.kind in ("variable", "family") for k, d in enumerate(p.shape)]
    found: dict[str, Given] = {}
    for p, axis, size in axes:
        if size.name is not None:
            found.setdefault(size_key(size.name), Given(p, axis, Dimension.of(0), 1))
    before = -1
    while before != len(found):
        before = len(found)
        for p, axis, size in axes:
            unknown = [name for name in size.names if size_key(name) not in found]
            parts = dict(size.terms).get((unknown[0],), 0) if len(unknown) == 1 else 0
            rest = size - Dimension.of(parts) * Dimension.of(unknown[0]) if parts else size
            if parts and unknown[0] not in rest.names:
                found[size_key(unknown[0])] = Given(p, axis, rest, parts)
    return found


def sizes_met(order: Iterable[Expr]) -> dict[str, Symbol]:
    """Return the sizes that a formula needs, by key, in order of appearance."""
    met: dict[str, Symbol] = {}
    for e in order:
        if isinstance(e, Symbol) and e.kind == "dimension":
            met.setdefault(size_key(e), e)
        elif isinstance(e, Filled):
            for name in (name for size in e.shape for name in size.names):
                met.setdefault(size_key(name), size_symbol(name))
    return met


def size_text(size: Dimension, name: Callable[[str], str]) -> str:
    """Return the source of a size."""
    text = ""
    for monomial, number in reversed(size.terms):
        shown = [str(abs(number))] if abs(number) != 1 or not monomial else []
        sign = (" - " if number < 0 else " + ") if text else "-" if number < 0 else ""
        text += sign + "*".join([*shown, *map(name, monomial)])
    return text or "0"
