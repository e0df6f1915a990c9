"""What vectors and matrices are in SymPy: told once, for the text that SymPy reads and for its objects.

SymPy itself is not needed here: a `Maker` puts the parts together, as text or as objects. A vector is a matrix of one
column, a family a matrix with a row for each member. A number that comes out of matrices is a `Trace` where SymPy's
`doit` works that out once the matrices are known, else a sum over entries, which it always works out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Generic, TypeVar

from derive.errors import UnsupportedError
from derive.expr.build import as_number
from derive.expr.dimensions import size_symbol
from derive.expr.names import fresh, identifier
from derive.expr.nodes import (
    Apply,
    Call,
    Cases,
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
from derive.expr.shapes import ONE
from derive.expr.sympy_maker import Maker, alone, from_zero, size, sizes
from derive.expr.sympy_operations import operation
from derive.expr.walks import children, postorder

T = TypeVar("T")

_CONDITION: Final = "SymPy has no comparison of vectors entry by entry, but in cases and indicators"
_INDEX: Final = "a sum of vectors whose index means something else around it is not written for SymPy"
_FILLED: Final = {"ones": "OneMatrix", "zeros": "ZeroMatrix"}
_NEW: Final = (MatMul, Operation, Entry, Entries, SumOver, Filled)
_BINDING: Final = (Operation, Entry, SumOver, Filled, Power, Root, Call, Cases, Indicator)


def is_array(e: Expr) -> bool:
    """Tell whether a node, or one of its parts, is a vector or a matrix, or one of the nodes that deal with these."""
    cells_only = isinstance(e, Matrix) and bool(e.shape)
    return isinstance(e, _NEW) or any(part.shape for part in children(e)) or (bool(e.shape) and not cells_only)


def worked_out(root: Expr) -> frozenset[Expr]:
    """Return the vectors and matrices that `doit` makes explicit, once the matrices in them are known.

    It leaves a matrix that is multiplied by an irrational number as a product, which keeps it from going on to entries.
    """
    found: set[Expr] = set()
    scaled: set[Expr] = set()
    for e in postorder(root):
        shaped = [part for part in children(e) if part.shape]
        inherited = any(part in scaled for part in shaped) and not (isinstance(e, Sum) and len(e.terms) > 1)
        if inherited or (e.shape and isinstance(e, (Product, Quotient))):
            scaled.add(e)
        if not all(part in found for part in shaped):
            continue
        match e:
            case Symbol() | Transpose() | Product() | Quotient() | MatMul():
                found.add(e)
            case Sum(terms) if len(shaped) == len(terms):
                found.add(e)
            case Matrix() if not shaped:
                found.add(e)
            case Power() if e.style != "name":
                found.add(e)
            case Call() | Root() | Power() if len(shaped) == 1 and shaped[0] not in scaled:
                found.add(e)
            case Operation("hadamard") if len(shaped) == 2 and not any(part in scaled for part in shaped):
                found.add(e)
    return frozenset(found)


def size_names(root: Expr, names: Mapping[Symbol, str]) -> dict[str, str]:
    """Return the identifiers of the sizes in a formula: those of the symbols that stand for them, else new ones."""
    used = set(names.values())
    chosen: dict[str, str] = {}
    met = (name for e in postorder(root) for size in e.shape for name in size.names)
    for name in dict.fromkeys(met):
        symbol = size_symbol(name)
        chosen[name] = names.get(symbol) or fresh(identifier(symbol), used)
        used.add(chosen[name])
    return chosen


def bound_indices(root: Expr) -> list[Symbol]:
    """Return the indices that sums go over; one that does not occur in its sum is not met otherwise."""
    return [e.index for e in postorder(root) if isinstance(e, SumOver)]


def _check_indices(root: Expr) -> None:
    """Refuse a sum of vectors inside the scope of its own index, which SymPy would take for the outer one."""
    bound = set(bound_indices(root))
    free: dict[Expr, frozenset[Symbol]] = {}
    summed: dict[Expr, frozenset[Symbol]] = {}
    for e in postorder(root):
        parts = children(e)
        free[e] = frozenset((e,) if isinstance(e, Symbol) and e in bound else ()).union(*(free[p] for p in parts))
        summed[e] = frozenset[Symbol]().union(*(summed[p] for p in parts))
        if isinstance(e, SumOver):
            if e.index in summed[e.body]:
                raise UnsupportedError(_INDEX)
            bounds = (free[p] for p in parts[:-1])
            free[e] = (free[e.body] - {e.index}).union(*bounds)
            if e.shape:
                summed[e] |= {e.index}
    if free[root] & summed[root]:
        raise UnsupportedError(_INDEX)


class Arrays(Generic[T]):
    """Makes the nodes that `is_array` tells, their parts being made."""

    def __init__(self, make: Maker[T], root: Expr) -> None:
        if root.shape and isinstance(root, (Relation, Logic)):
            raise UnsupportedError(_CONDITION)
        _check_indices(root)
        self.make = make
        self.plain = worked_out(root)
        self.levels: dict[Expr, int] = {}
        self.compared: dict[Expr, tuple[T, ...]] = {}
        """What stands on the sides of comparisons of vectors, which are made where their entries are."""
        for e in postorder(root):
            below = max((self.levels[part] for part in children(e)), default=0)
            self.levels[e] = below + (isinstance(e, _BINDING) and is_array(e))

    def made(self, e: Expr, parts: tuple[T, ...]) -> T:
        """Return the counterpart of a node.

        Raises:
            UnsupportedError: SymPy has none, or none that it could read back; the message says what it lacks.
        """
        make = self.make
        make.level = self.levels[e]
        if any(len(part.shape) > 2 for part in (e, *children(e))):
            raise UnsupportedError("SymPy's matrices have two indices at most")
        match e:
            case Symbol():
                return make.matrix_symbol(e, *sizes(make, e.shape))
            case Sum(terms, signs):
                return make.add([self._spread(e, t, p) for t, p in zip(terms, parts, strict=True)], signs)
            case Product():
                return make.multiply(parts)
            case Quotient():
                return make.divide(*parts)
            case Power() if e.style != "name" and e.base.shape:
                return self._matrix_power(e, parts)
            case Relation():
                self.compared[e] = parts
                return parts[0]
            case Logic():
                return parts[0]
            case Power() | Root() | Call() | Cases() | Indicator():
                return self._each(e, parts)
            case Matrix(rows):
                return self._blocks(e, parts, len(rows[0]))
            case Entries():
                raise UnsupportedError("a matrix by its general entry is not written for SymPy")
            case Transpose():
                return make.call("Transpose", *parts)
            case MatMul():
                product = make.multiply(parts)
                return product if e.shape else alone(make, product, e in self.plain)
            case Operation():
                return operation(make, e, parts, all(o in self.plain for o in e.operands if o.shape))
            case Entry():
                return self._entry(e, parts)
            case SumOver():
                return self._over(e, parts)
            case Filled():
                return self._filled(e)
            case Apply(function, _, order):
                if e.shape or order:
                    raise UnsupportedError("SymPy has no undefined function whose values or derivatives are vectors")
                return make.apply(function, parts)
            case Derivative(of, wrt):
                if not (isinstance(of, Symbol) or any(s.shape for s in wrt)):
                    return make.call("Derivative", *parts)
                raise UnsupportedError("SymPy lays derivatives of vectors, and by vectors, out in another way")
            case _:
                raise AssertionError(f"{type(e).__name__} has no shape")

    def _spread(self, e: Sum, term: Expr, part: T) -> T:
        """Return a term of a sum; a number is added to each entry."""
        if term.shape or not e.shape:
            return part
        return self.make.multiply([part, self.make.call("OneMatrix", *sizes(self.make, e.shape))])

    def _matrix_power(self, e: Power, parts: tuple[T, ...]) -> T:
        if as_number(e.exponent) == -1:
            return self.make.call("Inverse", parts[0])
        if isinstance(e.base, Symbol):
            return self.make.power(*parts)
        return self.make.call("MatPow", *parts)  # an explicit matrix would be worked out at once

    def _each(self, e: Expr, parts: tuple[T, ...]) -> T:
        """Return what is worked entry by entry: as a function of the entry, or a table where there are several."""
        make = self.make
        shaped = [i for i, part in enumerate(children(e)) if part.shape]
        if len(shaped) == 1 and isinstance(e, (Power, Root, Call)):
            i = shaped[0]
            return make.each(parts[i], lambda entry: self._value(e, (*parts[:i], entry, *parts[i + 1 :])))
        if not e.shape:
            raise UnsupportedError(_CONDITION)

        def value(row: T, column: T) -> T:
            return self._value(e, [self._at(c, p, row, column) for c, p in zip(children(e), parts, strict=True)])

        return make.table(*sizes(make, e.shape), value)

    def _at(self, e: Expr, part: T, row: T, column: T) -> T:
        """Return what a part is at one entry."""
        if not e.shape:
            return part
        if isinstance(e, Relation):
            return self._compared(e, row, column)
        if not isinstance(e, Logic):
            return self.make.entry(part, row, column)
        relations = [o for o in e.operands if isinstance(o, Relation) and o.shape]
        if len(relations) < len(e.operands):
            raise UnsupportedError("conditions on vectors that are joined more than once are not written for SymPy")
        both = [self._compared(o, row, column) for o in relations]
        return self.make.call("And" if e.operator == "and" else "Or", *both)

    def _compared(self, e: Relation, row: T, column: T) -> T:
        sides = zip(e.operands, self.compared[e], strict=True)
        entries = [self.make.entry(side, row, column) if o.shape else side for o, side in sides]
        return self.make.relation(entries, e.operators)

    def _value(self, e: Expr, entries: Sequence[T]) -> T:
        """Return the value at one entry."""
        make = self.make
        match e:
            case Power():
                return make.power(*entries)
            case Root(_, degree):
                return make.root(entries, degree)
            case Call(function):
                return make.function(function, entries)
            case Indicator():
                return make.piecewise([make.number(1), make.number(0)], [entries[0], None])
            case Cases(values, conditions):
                rest = iter(entries[len(values) :])
                return make.piecewise(entries[: len(values)], [None if c is None else next(rest) for c in conditions])
            case _:
                raise AssertionError(f"{type(e).__name__} is not worked entry by entry")

    def _blocks(self, e: Matrix, parts: tuple[T, ...], width: int) -> T:
        if len(parts) == 1:
            return parts[0]
        cells = [p if c.shape else self.make.grid("Matrix", [[p]]) for c, p in zip(children(e), parts, strict=True)]
        return self.make.grid("BlockMatrix", [cells[i : i + width] for i in range(0, len(cells), width)])

    def _entry(self, e: Entry, parts: tuple[T, ...]) -> T:
        make, shape = self.make, e.of.shape
        flat = len(e.indices) == 1
        along = 1 if flat and len(shape) == 2 and shape[0] == ONE else 0
        for axis, index in enumerate(e.indices, start=along):
            literal, count = as_number(index), shape[axis].constant
            if literal is not None and not (literal >= 1 and (count is None or literal <= count)):
                raise UnsupportedError(f"there is no entry with the index {literal}")
        places = [
            make.number(index.value - 1) if isinstance(index, Integer) else from_zero(make, part)
            for index, part in zip(e.indices, parts[1:], strict=True)
        ]
        if not flat:
            return make.entry(parts[0], *places)
        if along:
            return make.entry(parts[0], make.number(0), places[0])
        if len(shape) == 1 or shape[1] == ONE:
            return make.entry(parts[0], places[0], make.number(0))
        if isinstance(e.of, Symbol):
            return make.row_of(parts[0], places[0])
        return make.table(*sizes(make, e.shape), lambda row, _: make.entry(parts[0], places[0], row))

    def _over(self, e: SumOver, parts: tuple[T, ...]) -> T:
        make = self.make
        if e.lower is None or e.upper is None:
            raise UnsupportedError("SymPy has no sum without bounds")
        lower, upper, body = parts
        index = make.symbol(e.index)
        if not e.shape:
            return make.over("Sum" if e.operator == "sum" else "Product", body, index, lower, upper)
        if e.operator != "sum":
            raise UnsupportedError("SymPy has no product of vectors or matrices over an index")

        def entry(row: T, column: T) -> T:
            return make.over("Sum", make.entry(body, row, column), index, lower, upper)

        return make.table(*sizes(make, e.shape), entry)

    def _filled(self, e: Filled) -> T:
        make = self.make
        rows, columns = sizes(make, e.shape)
        if e.kind in _FILLED:
            return make.call(_FILLED[e.kind], rows, columns)
        if e.kind == "identity":
            return make.call("Identity", size(make, e.shape[0]))
        place, across = make.number(e.index - 1), len(e.shape) == 2
        return make.table(rows, columns, lambda r, c: make.call("KroneckerDelta", c if across else r, place))
