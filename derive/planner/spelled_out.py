"""Vectors and matrices of given sizes, written out entry by entry: what method `explicit` differentiates."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce

from derive.errors import MethodError
from derive.expr.build import add, is_integer, negative, one_over, square, times
from derive.expr.nodes import (
    Call,
    Cases,
    Entry,
    Expr,
    Filled,
    Indicator,
    Integer,
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
from derive.expr.shapes import rows_and_columns
from derive.expr.walks import children, fold, substitute, with_children
from derive.planner.algebra import opened

Grid = tuple[tuple[Expr, ...], ...]
"""The entries of a matrix, row by row; a vector has one entry a row, a number is one entry."""

_MOST = 36
"""So many entries of one matrix are written out at most."""


def spelled_out(e: Expr) -> Expr:
    """Return a formula in the entries of its vectors and matrices: a number, or a column or matrix of numbers.

    Raises:
        MethodError: A size is not given, or too large; or something has no entries that could be written.
    """
    grid = fold(_without_sums(e), _grid)
    return grid[0][0] if not e.shape else Matrix(grid)


def _without_sums(e: Expr) -> Expr:
    """Return a formula whose sums over an index with given bounds are written term by term."""

    def combine(node: Expr, parts: tuple[Expr, ...]) -> Expr:
        whole = node if parts == children(node) else with_children(node, parts)
        if isinstance(whole, Power) and isinstance(whole.base, Operation) and whole.base.name in ("norm", "frobenius"):
            squares = Operation("power", (whole.base.operands[0], Integer(2)))
            return Operation("sum", (squares,), "(") if is_integer(whole.exponent, 2) else whole
        if not isinstance(whole, SumOver) or whole.operator != "sum":
            return whole
        low, high = whole.lower, whole.upper
        if not (isinstance(low, Integer) and isinstance(high, Integer)) or high.value - low.value >= _MOST:
            raise _no_sizes()
        return add(substitute(whole.body, {whole.index: Integer(k)}) for k in range(low.value, high.value + 1))

    return fold(e, combine)


def _no_sizes() -> MethodError:
    hint = r"declare them, as in --let '\mathbf{x} \in \mathbb{R}^2'"
    return MethodError("explicit needs vectors and matrices of given, small sizes", hint=hint)


def _sizes(e: Expr) -> tuple[int, int]:
    m, n = (size.constant for size in rows_and_columns(e.shape))
    if m is None or n is None or m * n > _MOST:
        raise _no_sizes()
    return m, n


def _grid(e: Expr, parts: tuple[Grid, ...]) -> Grid:
    """Return the entries of a node from those of its parts."""
    match e:
        case Symbol() | Filled() if e.shape:
            m, n = _sizes(e)
            return tuple(tuple(_entry(e, i, j) for j in range(1, n + 1)) for i in range(1, m + 1))
        case Entry(of, indices) if of.shape:
            return _picked(e, parts[0], indices)
        case Transpose():
            return tuple(zip(*parts[0], strict=True))
        case MatMul():
            return reduce(_multiplied, parts)
        case Matrix(rows):
            return _stacked(rows, parts)
        case Operation(name) if name in _NUMBERS:
            return ((_NUMBERS[name]([c for row in parts[0] for c in row]),),)
        case Operation():
            return _operation(e, parts)
        case Cases(values):
            it = iter(parts[len(values) :])
            where = tuple(None if c is None else next(it)[0][0] for c in e.conditions)
            return _each(lambda *cells: Cases(cells, where), *parts[: len(values)])
        case Sum() | Product() | Quotient() | Call() | Root() | Power() | Indicator() | Relation():
            if isinstance(e, Power) and e.base.shape and e.style != "name":
                raise MethodError("explicit does not write out powers of matrices")
            return _each(lambda *cells: _rebuilt(e, cells), *parts)
    return ((e,),)


def _rebuilt(e: Expr, cells: tuple[Expr, ...]) -> Expr:
    match e:
        case Sum(_, signs):
            signed_cells = (cell if s > 0 else negative(cell) for cell, s in zip(cells, signs, strict=True))
            return _added(part for cell in signed_cells for part in opened(cell))
        case Product():
            return times(c for c in cells if not is_integer(c, 1)) if not _has_zero(cells) else Integer(0)
    return with_children(e, cells)


def _entry(e: Expr, i: int, j: int) -> Expr:
    if isinstance(e, Filled):
        match e.kind:
            case "identity":
                return Integer(int(i == j))
            case "unit":
                return Integer(int(max(i, j) == e.index))
        return Integer(int(e.kind == "ones"))
    return Entry(e, (Integer(i),) if len(e.shape) == 1 else (Integer(i), Integer(j)))


def _picked(e: Entry, grid: Grid, indices: tuple[Expr, ...]) -> Grid:
    if not all(isinstance(i, Integer) for i in indices):
        raise _no_sizes()
    places = [i.value - 1 for i in indices if isinstance(i, Integer)]
    if len(places) == 2:
        return ((grid[places[0]][places[1]],),)
    if not e.shape:
        return ((grid[0][places[0]] if len(grid) == 1 else grid[places[0]][0],),)
    return tuple((cell,) for cell in grid[places[0]])  # a row of a matrix, as a column


def _each(change: Callable[..., Expr], *grids: Grid) -> Grid:
    """Work entry by entry; a number goes with every entry."""
    shape = max(grids, key=lambda g: len(g) * len(g[0]))

    def cell(g: Grid, i: int, j: int) -> Expr:
        return g[0][0] if len(g) == len(g[0]) == 1 else g[i][j]

    return tuple(
        tuple(change(*(cell(g, i, j) for g in grids)) for j in range(len(shape[0]))) for i in range(len(shape))
    )


def _multiplied(a: Grid, b: Grid) -> Grid:
    columns = list(zip(*b, strict=True))
    return tuple(
        tuple(_added(_product(x, y) for x, y in zip(row, column, strict=True)) for column in columns) for row in a
    )


def _product(x: Expr, y: Expr) -> Expr:
    if _has_zero((x, y)):
        return Integer(0)
    return square(x) if x is y else times(f for f in (x, y) if not is_integer(f, 1))


def _has_zero(cells: tuple[Expr, ...]) -> bool:
    return any(is_integer(c, 0) for c in cells)


def _added(terms: Iterable[Expr]) -> Expr:
    return add(t for t in terms if not is_integer(t, 0))


def _stacked(rows: tuple[tuple[Expr, ...], ...], parts: tuple[Grid, ...]) -> Grid:
    """Put blocks together."""
    it = iter(parts)
    out: list[tuple[Expr, ...]] = []
    for row in rows:
        blocks = [next(it) for _ in row]
        out += [tuple(c for block in blocks for c in block[k]) for k in range(len(blocks[0]))]
    return tuple(out)


def _operation(e: Operation, parts: tuple[Grid, ...]) -> Grid:
    flat = [[c for row in grid for c in row] for grid in parts]
    match e.name:
        case "inner":
            return ((_added(_product(x, y) for x, y in zip(*flat, strict=True)),),)
        case "hadamard":
            return _each(_product, *parts)
        case "divide":
            return _each(Quotient, *parts)
        case "power":
            return _each(Power, *parts)
        case "cross":
            (a, b, c), (x, y, z) = flat
            cells = ((b, z, c, y), (c, x, a, z), (a, y, b, x))
            return tuple((add([times([p, q]), negative(times([r, s]))]),) for p, q, r, s in cells)
        case "diag" if len(e.shape) == 2:
            v = flat[0]
            return tuple(tuple(x if i == j else Integer(0) for j in range(len(v))) for i, x in enumerate(v))
        case "softmax":
            powers = [Call("exp", (x,), "^") for x in flat[0]]
            return tuple((Quotient(p, add(powers)),) for p in powers)
    raise MethodError(f"explicit does not write out {e.name}")


_NUMBERS: dict[str, Callable[[list[Expr]], Expr]] = {
    "sum": add,
    "mean": lambda v: times([one_over(Integer(len(v))), add(v)]),
    "norm": lambda v: Root(add(square(x) for x in v)),
    "frobenius": lambda v: Root(add(square(x) for x in v)),
    "norm 1": lambda v: add(Call("abs", (x,), "|") for x in v),
    "norm inf": lambda v: Call("max", tuple(Call("abs", (x,), "|") for x in v)),
    "logsumexp": lambda v: Call("ln", (add(Call("exp", (x,), "^") for x in v),)),
}
"""Numbers made of the entries of a vector."""
