"""Random expressions with vectors, matrices, families and sums over an index, in every style that the reader knows.

They are grown from the whole down to its parts, so that shapes fit and an index is used only where its sum binds it.
All choices come from a `Pick`; where they run out, the first option is taken, which is a leaf. They build what the
reader and the planner build: no number inside a `MatMul`, at most one factor with a shape in a `Product`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import strategies as st

from derive.derivation import Notation
from derive.expr.dimensions import as_formula
from derive.expr.functions import FUNCTIONS
from derive.expr.nodes import (
    Apply,
    Call,
    Cases,
    Decimal,
    Entry,
    Expr,
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
from derive.expr.shapes import ONE, SCALAR, Dimension, Shape, matrix_shape, transposed
from derive.expr.walks import postorder
from tests.grower import (
    DATA,
    DOTS,
    SIZES,
    THREE,
    Builder,
    Grower,
    M,
    N,
    functions,
    is_square,
    notation,
)
from tests.strategies import CALLS, OPERATORS, POWERED

# For any shape --------------------------------------------------------------------------------------------------------


def _sum(g: Grower, wanted: Shape) -> Expr:
    count = 1 + g.pick(3)
    mixed = len(wanted) == 1 or wanted[:1] == (ONE,)
    terms = [g.of(wanted)]
    for _ in range(count - 1):
        terms.insert(g.pick(len(terms) + 1), g.of(SCALAR if mixed and g.pick(3) == 1 else wanted))
    return Sum(tuple(terms), tuple(g.choose((1, -1)) if count > 1 else -1 for _ in terms))


def _product(g: Grower, wanted: Shape) -> Expr:
    count = 2 + g.pick(2)
    factors = list(g.several(SCALAR, count - 1))
    factors.insert(g.pick(count), g.of(wanted))
    return Product(tuple(factors), tuple(g.choose(DOTS) for _ in factors[1:]))


def _quotient(g: Grower, wanted: Shape) -> Expr:
    return Quotient(g.of(wanted), g.of(SCALAR), g.choose(("frac", "slash")))


def _root(g: Grower, wanted: Shape) -> Expr:
    return Root(g.of(wanted), None if g.pick(2) else g.of(SCALAR))


OWN = tuple((name, style) for name, style in CALLS if style == (FUNCTIONS[name].delimiter or "^") or name == "max")
"""Calls with signs of their own, and the greatest of numbers and vectors."""


def _call(g: Grower, wanted: Shape) -> Expr | None:
    name, style = g.choose(g.choose((CALLS, CALLS, OWN)))
    if style == "|" and wanted:
        style = "("
    if style == "^" and len(wanted) == 2 and ONE not in wanted:
        return None
    row = FUNCTIONS[name]
    count = 2 + g.pick(2) if row.variadic else row.arity
    arguments = [g.of(wanted)]
    for _ in range(count - 1):
        # the base of a logarithm and the order of a polygamma are numbers
        extra = g.of(SCALAR if name in ("log", "polygamma") or g.pick(2) else wanted)
        arguments.insert(g.pick(2) if row.variadic or name == "binomial" else 0 if name == "polygamma" else 1, extra)
    return Call(name, tuple(arguments), style)


def _named_power(g: Grower, wanted: Shape) -> Expr:
    exponents = (Integer(2), Sum((Integer(1),), (-1,)), g.of(SCALAR))
    return Power(Call(g.choose(POWERED), (g.of(wanted),), g.choose(("", "("))), g.choose(exponents), "name")


def _entrywise(g: Grower, wanted: Shape) -> Expr:
    name = g.choose(("hadamard", "hadamard", "divide", "generic", "power"))
    first, second = g.of(wanted), g.of(SCALAR if g.pick(3) == 1 else wanted)
    return Operation(name, (first, second) if name == "power" or g.pick(2) else (second, first))


def _condition(g: Grower, wanted: Shape) -> Relation:
    operands = [g.of(wanted), *(g.of(SCALAR if wanted and g.pick(2) else wanted) for _ in range(1 + g.pick(2)))]
    return Relation(tuple(operands), tuple(g.choose(OPERATORS) for _ in operands[1:]))


def _indicator(g: Grower, wanted: Shape) -> Expr:
    return Indicator(_condition(g, wanted), g.choose(("", "[")))


def _cases(g: Grower, wanted: Shape) -> Expr:
    values = g.several(wanted, 2)
    return Cases(values, (_condition(g, SCALAR), None if g.pick(2) else _condition(g, SCALAR)))


def _transpose(g: Grower, wanted: Shape) -> Expr:
    return Transpose(g.of(transposed(wanted)))


def _sum_over(g: Grower, wanted: Shape) -> Expr | None:
    operator, size = g.choose(("sum", "sum", "prod")), g.choose((N, M, DATA))
    if g.pick(8) == 1:  # over data
        letter = g.choose((Symbol("x", shape=(N,)), Symbol("b", shape=(M,))))
        return SumOver(operator, letter, None, None, g.of(wanted), "data")
    with g.counting(size) as index:
        if index is None:
            return None
        body = _with_entry(g, wanted, size) if g.pick(3) else g.of(wanted)
    counted = [e for e in postorder(body) if isinstance(e, Entry) and index in e.indices]
    upper: Expr = as_formula(size)
    if not counted:
        upper = g.choose((upper, Integer(3), g.of(SCALAR)))
    style = g.choose(("full", "upper", "index") if counted and _tells(counted[0]) else ("full", "upper"))
    lower = g.choose((Integer(1), Integer(2), g.of(SCALAR))) if style == "full" else Integer(1)
    if counted and lower is Integer(0):
        lower = Integer(1)
    return SumOver(operator, index, lower, upper, body, style)


def _tells(entry: Entry) -> bool:
    """Tell whether an entry tells how far a sum without bounds goes; the only index of a row does not."""
    return not (entry.of.shape[0] == ONE and len(entry.indices) < len(entry.of.shape))


def _with_entry(g: Grower, wanted: Shape, size: Dimension) -> Expr:
    """Return an expression of a shape in which an entry by an index into a size is sure to occur."""
    entry, rest = g.entry(size), g.of(wanted)
    return Product((entry, rest), (g.choose(DOTS),))


def _matmul(g: Grower, wanted: Shape) -> Expr | None:
    rows = wanted[0] if wanted else ONE
    columns = wanted[1] if len(wanted) == 2 else ONE
    path = [rows, *(g.choose((*SIZES, ONE) if rows != ONE else SIZES) for _ in range(1 + g.pick(3))), columns]
    shapes = [matrix_shape(a, b) for a, b in pairwise(path)]
    if not all(shapes):
        return None
    dots = [g.choose(DOTS) for _ in shapes[1:]]
    for k in range(len(dots)):  # what stands side by side behind a sign is multiplied first, and is no number
        stop = next((j for j in range(k + 1, len(dots)) if dots[j]), len(dots))
        if dots[k] and any(path[k + 1] == ONE == path[j + 1] for j in range(k + 1, stop + 1)):
            dots[k] = ""
    return MatMul(tuple(map(g.of, shapes)), tuple(dots))


ANY: tuple[Builder, ...] = (_sum, _sum, _product, _product, _quotient, _root, _call, _call, _named_power, _entrywise,
                            _entrywise, _indicator, _cases, _transpose, _sum_over, _sum_over,
                            _matmul, _matmul)  # fmt: skip


# Numbers --------------------------------------------------------------------------------------------------------------

BRACKETS = ("(", "[", r"\{", "")


def _inner(g: Grower, wanted: Shape) -> Expr:
    first = some(g)
    plain = len(first.shape) == 1
    product = any(len(monomial) > 1 for size in first.shape for monomial, _ in size.terms)
    second = first if product else g.of(first.shape)  # ones with a size such as mn or n^2 are not read
    return Operation("inner", (first, second), g.choose(("", r"\langle")) if plain else r"\langle")


def _norm(g: Grower, wanted: Shape) -> Expr:
    of = some(g)
    if len(of.shape) == 2 and ONE not in of.shape:
        name, style = g.choose((("frobenius", "plain"), ("frobenius", ""), ("spectral", ""), ("nuclear", "")))
        return Operation(name, (of,), style)
    name, style = g.choose((("norm", "plain"), ("norm", ""), ("norm 1", ""), ("norm inf", ""), ("norm p", "")))
    exponents: tuple[Expr, ...] = (
        Symbol("p"),
        Integer(3),
        Decimal("1.5"),
        Quotient(Integer(3), Integer(2), "slash"),
        Sum((Symbol("q"), Integer(1)), (1, 1)),
    )
    operands: tuple[Expr, ...] = (of, g.choose(exponents)) if name == "norm p" else (of,)
    return Operation(name, operands, style)


def _reduced(g: Grower, wanted: Shape) -> Expr:
    match g.pick(4):
        case 0:
            return Operation(g.choose(("sum", "mean")), (some(g),), g.choose(BRACKETS))
        case 1:
            return Operation("logsumexp", (some(g, 1),), g.choose(BRACKETS))
        case 2:
            return Operation("trace", (g.of((n := g.choose((N, M, THREE)), n)),), g.choose(BRACKETS))
    return Operation("det", (g.of((n := g.choose((N, M, THREE)), n)),), g.choose((*BRACKETS, "|")))


def _length(g: Grower, wanted: Shape) -> Expr | None:
    return Operation("length", (some(g, 1),)) if g.notation.style == "paper" else None


def _entry_of(g: Grower, wanted: Shape) -> Expr:
    size = g.choose(SIZES)
    match g.pick(3):
        case 0:
            return Entry(g.of((size,)), (g.index(size),), g.choose(("(", "[")))
        case 1:
            other = g.choose(SIZES)
            return Entry(g.of((size, other)), (g.index(size), g.index(other)), g.choose(("(", "[")))
    whole = _applied(g, (M,))
    return Entry(whole, (g.index(M),), g.choose(("", "(", "[")))


def _power(g: Grower, wanted: Shape) -> Expr:
    exponents: tuple[Expr, ...] = (Integer(2), Integer(10), g.of(SCALAR))
    return Power(g.of(SCALAR), g.choose(exponents))


def _applied(g: Grower, wanted: Shape) -> Expr:
    known = functions()
    function = g.choose([f for f in known if f.shape == wanted])
    return Apply(function, tuple(g.of(domain) for domain in known[function][0]))


def _applied_if(g: Grower, wanted: Shape) -> Expr | None:
    return _applied(g, wanted) if any(f.shape == wanted for f in functions()) else None


# Vectors and matrices -------------------------------------------------------------------------------------------------


def _softmax(g: Grower, wanted: Shape) -> Expr:
    name = "softmax rows" if len(wanted) == 2 and ONE not in wanted else "softmax"
    return Operation(name, (g.of(wanted),), g.choose(BRACKETS))


def _cross(g: Grower, wanted: Shape) -> Expr | None:
    return Operation("cross", g.several(wanted, 2)) if wanted == (THREE,) else None


def _diagonal(g: Grower, wanted: Shape) -> Expr:
    return Operation("diag", (g.of((wanted[0],) if len(wanted) == 2 else wanted * 2),), g.choose(BRACKETS))


def _row_of(g: Grower, wanted: Shape) -> Expr | None:
    if wanted[0] not in SIZES:
        return None
    size = g.choose(SIZES)
    letters = [s for s in g.letters if s.shape == (size, wanted[0]) and not s.mark and not s.subscript]
    family = [s for s in g.letters if s.shape == (DATA, wanted[0])]
    match g.pick(3):
        case 0:
            counting = [i for i, counted in g.bound if counted == DATA and len(i.name) == 1]
            if counting and g.pick(2):
                return Entry(g.choose(family), (g.choose(counting),), "^")
            return Entry(g.choose(family), (g.index(DATA, alone=False),))
        case 1 if letters:
            of = g.choose(letters)
            return Entry(of, (g.index(size, alone=False),), g.choose(g.entry_styles(of)))
    return Entry(g.of((size, wanted[0])), (g.index(size, alone=False),), g.choose(("(", "[")))


def _column(g: Grower, wanted: Shape) -> Expr | None:
    size = wanted[0].constant
    if size is None:
        return None
    return Matrix(tuple((g.of(SCALAR),) for _ in range(size)), g.choose(("(,)", "bmatrix", "pmatrix")))


def _matrix_power(g: Grower, wanted: Shape) -> Expr:
    exponents: tuple[Expr, ...] = (Sum((Integer(1),), (-1,)), Integer(2), Integer(12), Sum((Integer(2),), (-1,)))
    return Power(g.of(wanted), g.choose(exponents))


def _inverse_transposed(g: Grower, wanted: Shape) -> Expr:
    return Transpose(Power(g.of(wanted), Sum((Integer(1),), (-1,))))


def _exponential(g: Grower, wanted: Shape) -> Expr:
    return Operation("expm", (g.of(wanted),), g.choose((*BRACKETS, "^")))


def _row(g: Grower, wanted: Shape) -> Expr | None:
    size = wanted[1].constant
    return None if size is None else Matrix((g.several(SCALAR, size),), g.choose(("[,]", "bmatrix")))


BY_RANK: dict[int, tuple[Builder, ...]] = {
    0: (_inner, _norm, _norm, _reduced, _reduced, _length, _entry_of, _entry_of, _power, _applied),
    1: (_softmax, _cross, _cross, _diagonal, _row_of, _row_of, _row_of, _column, _applied_if),
    2: (_softmax, _applied_if),
}
ROW: tuple[Builder, ...] = (_row,)
SQUARE: tuple[Builder, ...] = (_diagonal, _matrix_power, _matrix_power, _inverse_transposed, _exponential)


# Shapes that no letter has --------------------------------------------------------------------------------------------


def _stacked(g: Grower) -> Expr:
    cells = [g.of((g.choose(SIZES),)), g.of(SCALAR if g.pick(2) else (g.choose(SIZES),))]
    return Matrix(tuple((c,) for c in cells), g.choose(("(,)", "bmatrix", "pmatrix")))


def _vectorised(g: Grower) -> Expr:
    return Operation("vec", (g.of((g.choose(SIZES), g.choose(SIZES))),), g.choose(BRACKETS))


def _kronecker_column(g: Grower) -> Expr:
    if g.notation.style == "paper":
        return _vectorised(g)
    return Operation("kronecker", (g.of((N,)), g.of((g.choose(SIZES),))))


def _blocks(g: Grower) -> Expr:
    if g.pick(2):
        return Matrix(((g.of((N, N)), g.of((N,))), (g.of((ONE, N)), g.of(SCALAR))), g.choose(("bmatrix", "pmatrix")))
    return Matrix(((g.of((M, N)), g.of((M, M))),), g.choose(("bmatrix", "pmatrix", "[,]")))


def _with_commas(g: Grower) -> Expr:
    return Matrix(((g.of((ONE, N)), g.of(SCALAR)),), "[,]")


def _kronecker(g: Grower) -> Expr:
    if g.notation.style == "paper":
        return _blocks(g)
    return Operation("kronecker", (g.of((M, N)), g.of(g.choose(((N, N), (N,), (ONE, M))))))


def _literal(g: Grower) -> Expr:
    return Matrix((g.several(SCALAR, 2), g.several(SCALAR, 2)), g.choose(("bmatrix", "pmatrix")))


def builders(wanted: Shape) -> Sequence[Builder]:
    """Return what builds expressions of a shape."""
    special = ROW if wanted[:1] == (ONE,) else SQUARE if is_square(wanted) else ()
    return (*ANY, *BY_RANK[len(wanted)], *special)


def some(g: Grower, rank: int | None = None) -> Expr:
    """Return an expression of some shape, of the rank if that is given, which need be the shape of no letter."""
    match g.pick(6) if rank is None else 2 * rank - 1 + g.pick(2):
        case 0:
            return g.of((ONE, g.choose(SIZES)))
        case 1:
            return g.of((g.choose((N, M, THREE)),))
        case 2:
            return g.choose((_stacked, _vectorised, _kronecker_column))(g)
        case 3:
            return g.of((g.choose(SIZES), g.choose(SIZES)))
        case _:
            return g.choose((_blocks, _with_commas, _kronecker, _literal))(g)


# The strategies -------------------------------------------------------------------------------------------------------

SHAPES = (SCALAR, (N,), (ONE, N), (M, N), (N, N), (THREE,), (M,))


def grown(choices: Sequence[int]) -> tuple[Expr, Notation]:
    """Return the expression that a list of choices builds, with its notation."""
    rest = iter(choices)

    def pick(below: int) -> int:
        return next(rest, 0) % below

    made = notation(pick)
    g = Grower(pick, made, builders)
    kind = pick(12)
    if kind < len(SHAPES):
        return g.of(SHAPES[kind]), made
    return (_condition(g, g.choose(SHAPES)) if kind == len(SHAPES) else some(g)), made


def expressions() -> st.SearchStrategy[tuple[Expr, Notation]]:
    """Expressions with shapes, each with its notation."""
    return st.lists(st.integers(0, 10_000), min_size=30, max_size=400).map(grown)
