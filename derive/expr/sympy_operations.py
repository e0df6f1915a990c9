"""The operations on vectors and matrices in SymPy: a row each, with what SymPy has no counterpart for, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeAlias, TypeVar

from derive.errors import UnsupportedError
from derive.expr.nodes import Operation
from derive.expr.shapes import ONE, rows_and_columns
from derive.expr.sympy_maker import Maker, alone, size, sizes, total

T = TypeVar("T")

_ENTRIES: Final = 50
"""The longest vector whose largest entry is written as the maximum of them all."""


@dataclass(frozen=True, slots=True)
class _At(Generic[T]):
    """An operation that is being made: its operands, and whether `doit` makes them explicit."""

    make: Maker[T]
    node: Operation
    parts: tuple[T, ...]
    plain: bool

    @property
    def first(self) -> T:
        return self.parts[0]

    @property
    def shaped(self) -> list[bool]:
        return [bool(operand.shape) for operand in self.node.operands]

    def total_of_each(self, value: Callable[[T], T]) -> T:
        """Return the sum of the values at the entries of the first operand."""
        return total(self.make, self.make.each(self.first, value), self.node.operands[0].shape)


def operation(make: Maker[T], node: Operation, parts: tuple[T, ...], plain: bool) -> T:
    """Return an operation, its operands being made.

    Raises:
        UnsupportedError: SymPy has no counterpart; the message says what it lacks.
    """
    if node.name in _WITHOUT:
        raise UnsupportedError(_WITHOUT[node.name])
    made: T = _ROWS[node.name](_At(make, node, parts, plain))
    return made


def _inner(at: _At[T]) -> T:
    make, (a, b), shape = at.make, at.parts, at.node.operands[0].shape
    if at.plain or len(shape) == 1:
        return alone(make, make.multiply([make.call("Transpose", a), b]), at.plain)
    return total(make, make.call("HadamardProduct", a, b), shape)


def _squares(at: _At[T]) -> T:
    both = _At(at.make, Operation("inner", at.node.operands[:1] * 2), (at.first, at.first), at.plain)
    return at.make.root([_inner(both)], None)


def _cross(at: _At[T]) -> T:
    make, zero = at.make, at.make.number(0)
    a, b = ([make.entry(part, make.number(k), zero) for k in range(3)] for part in at.parts)
    cells = [
        make.add([make.multiply([a[i], b[j]]), make.multiply([a[j], b[i]])], [1, -1])
        for i, j in ((1, 2), (2, 0), (0, 1))
    ]
    return make.grid("Matrix", [[cell] for cell in cells])


def _hadamard(at: _At[T]) -> T:
    return at.make.call("HadamardProduct", *at.parts) if all(at.shaped) else at.make.multiply(at.parts)


def _divide(at: _At[T]) -> T:
    make, (a, b) = at.make, at.parts
    if not at.shaped[1]:
        return make.divide(a, b)
    inverse = make.call("HadamardPower", b, make.number(-1))
    return make.call("HadamardProduct", a, inverse) if at.shaped[0] else make.multiply([a, inverse])


def _kronecker(at: _At[T]) -> T:
    if not all(at.shaped):
        return at.make.multiply(at.parts)
    product = at.make.call("KroneckerProduct", *at.parts)
    return product if at.node.shape else alone(at.make, product, plain=False)


def _power(at: _At[T]) -> T:
    """Return a power; SymPy transposes a `HadamardPower` as if its exponent were a number, so there it must be one."""
    make, (base, exponent) = at.make, at.parts
    if at.shaped == [True, True]:
        return make.table(
            *sizes(make, at.node.shape), lambda r, c: make.power(make.entry(base, r, c), make.entry(exponent, r, c))
        )
    if at.shaped[1]:
        return make.each(exponent, lambda entry: make.power(base, entry))
    return make.call("HadamardPower", base, exponent) if at.shaped[0] else make.power(base, exponent)


def _trace(at: _At[T]) -> T:
    make = at.make
    if at.plain:
        return make.call("Trace", at.first)
    last = size(make, at.node.operands[0].shape[0] - ONE)
    index = make.holder("k")
    return make.over("Sum", make.entry(at.first, index, index), index, make.number(0), last)


def _diag(at: _At[T]) -> T:
    make = at.make
    if len(at.node.operands[0].shape) == 1:
        return make.call("DiagMatrix", at.first)
    return make.table(*sizes(make, at.node.shape), lambda row, _: make.entry(at.first, row, row))


def _vec(at: _At[T]) -> T:
    make, shape = at.make, at.node.operands[0].shape
    rows, columns = rows_and_columns(shape)
    if columns == ONE:
        return at.first
    if rows == ONE:
        return make.call("Transpose", at.first)
    height = size(make, rows)

    def entry(place: T, _: T) -> T:
        return make.entry(at.first, make.call("Mod", place, height), make.call("floor", make.divide(place, height)))

    return make.table(*sizes(make, at.node.shape), entry)


def _sum(at: _At[T]) -> T:
    return total(at.make, at.first, at.node.operands[0].shape)


def _mean(at: _At[T]) -> T:
    return at.make.divide(_sum(at), at.make.multiply(sizes(at.make, at.node.operands[0].shape)))


def _length(at: _At[T]) -> T:
    rows, columns = rows_and_columns(at.node.operands[0].shape)
    return size(at.make, rows * columns)


def _exp(make: Maker[T]) -> Callable[[T], T]:
    return lambda entry: make.function("exp", [entry])


def _softmax(at: _At[T]) -> T:
    return at.make.divide(at.make.each(at.first, _exp(at.make)), at.total_of_each(_exp(at.make)))


def _softmax_rows(at: _At[T]) -> T:
    make, columns = at.make, size(at.make, at.node.shape[1])
    powers = make.each(at.first, _exp(make))
    sums = make.multiply([powers, make.call("OneMatrix", columns, columns)])
    return make.call("HadamardProduct", powers, make.call("HadamardPower", sums, make.number(-1)))


def _logsumexp(at: _At[T]) -> T:
    return at.make.function("ln", [at.total_of_each(_exp(at.make))])


def _norm_1(at: _At[T]) -> T:
    return at.total_of_each(lambda entry: at.make.function("abs", [entry]))


def _norm_p(at: _At[T]) -> T:
    make, p = at.make, at.parts[1]
    powers = at.total_of_each(lambda entry: make.power(make.function("abs", [entry]), p))
    return make.power(powers, make.divide(make.number(1), p))


def _norm_inf(at: _At[T]) -> T:
    make, (rows, columns) = at.make, rows_and_columns(at.node.operands[0].shape)
    count = (rows * columns).constant
    if count is None or not 0 < count <= _ENTRIES:
        raise UnsupportedError(f"SymPy has no maximum over the entries of a vector, unless it has {_ENTRIES} at most")
    zero = make.number(0)
    places = [(make.number(k), zero) if columns == ONE else (zero, make.number(k)) for k in range(count)]
    return make.call("Max", *(make.function("abs", [make.entry(at.first, *place)]) for place in places))


_Row: TypeAlias = Callable[[_At[Any]], Any]
_ROWS: Final[dict[str, _Row]] = {
    "inner": _inner, "cross": _cross, "hadamard": _hadamard, "divide": _divide, "kronecker": _kronecker,
    "power": _power, "trace": _trace, "det": lambda at: at.make.call("Determinant", at.first), "diag": _diag,
    "vec": _vec, "sum": _sum, "mean": _mean, "softmax": _softmax, "softmax rows": _softmax_rows,
    "logsumexp": _logsumexp, "length": _length, "norm": _squares, "norm 1": _norm_1, "norm inf": _norm_inf,
    "norm p": _norm_p, "frobenius": _squares,
}  # fmt: skip
_WITHOUT: Final[dict[str, str]] = {
    "generic": "an operation that is not said to be any one in particular has no counterpart in SymPy",
    "spectral": "SymPy has no spectral norm of a symbol for a matrix",
    "nuclear": "SymPy has no nuclear norm of a symbol for a matrix",
    "expm": "SymPy has no matrix exponential of a symbol for a matrix: its exp takes the symbol for a number",
}
