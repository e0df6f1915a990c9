"""Hypothesis strategies for expressions of every kind and style. Draw from them inside one `interning(table)`.

They build what the reader and the planner build: a sum has two terms or one with a minus sign; a product two factors;
a call has the styles that its row allows; the constant e is raised to a power as `Call("exp", ..., "^")`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from hypothesis import strategies as st

from derive.derivation import Definition, Notation, Scope
from derive.expr.functions import FUNCTIONS
from derive.expr.nodes import (
    Apply,
    At,
    Call,
    Cases,
    Constant,
    Decimal,
    Derivative,
    Expr,
    Indicator,
    Integer,
    Logic,
    Matrix,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    Sum,
    Symbol,
    Transpose,
)
from derive.expr.walks import tree_size

T = TypeVar("T")
LARGEST = 60
"""Written out, no expression has many more nodes than this."""

NAMES = (
    "x",
    "y",
    "t",
    "d",
    "f",
    "g",
    "e",
    "i",
    "T",
    "theta",
    "sigma",
    "Gamma",
    "psi",
    "pi",
    "rate",
    "sin",
    "mathcal{L}",
)
SUBSCRIPTS = ("", "", "", "1", "12", "i,j", r"\max", r"\alpha b", "n+1", "i_1", r"\text{max}")
ACCENTS = ((), (), (), ("hat",), ("bar", "hat"), ("dot",))
MARKS = ("", "", "", "'", "''", "*", r"\dagger")
CALLS = tuple(
    (name, style)
    for name, row in FUNCTIONS.items()
    for style in ("(", "[", r"\{", row.delimiter, "^" if name == "exp" else "", "")
    if style or not (row.needs_bracket or row.delimiter or row.variadic or name == "polygamma")
)
POWERED = [n for n, r in FUNCTIONS.items() if r.arity == 1 and not r.needs_bracket and not r.delimiter]
OPERATORS = ("<", "<=", ">", ">=", "=", "!=")

FUNCTION = "f"
"""The declared function of `NOTATION`."""


def notation() -> Notation:
    """Return a notation that declares one function and spells a few things in an author's way."""
    f = Symbol("f", kind="function")
    rate = Symbol("rate")
    return Notation(spellings={f: "f", rate: r"\mathrm{rate}", "arcsin": r"\sin^{-1}"}, functions=frozenset({f}))


Pick = Callable[[int], int]
"""Returns a number below its argument: where all choices of a builder come from."""


def _choose(pick: Pick, options: Sequence[T]) -> T:
    return options[pick(len(options))]


def symbol(pick: Pick) -> Symbol:
    """Return a name with accents, subscript and mark, but not the bare name of the declared function."""
    name = _choose(pick, NAMES)
    accents, subscript = _choose(pick, ACCENTS), _choose(pick, SUBSCRIPTS)
    if name == FUNCTION and not accents and not subscript:
        name = "g"
    return Symbol(name, accents, subscript, _choose(pick, MARKS))


def leaf(pick: Pick) -> Expr:
    """Return a number, a constant or a symbol."""
    match pick(6):
        case 0:
            return Integer(_choose(pick, (0, 1, 2, 3, 12, 250)))
        case 1:
            return Decimal(_choose(pick, ("0.5", ".25", "3.10", "12.0")))
        case 2:
            return Constant(_choose(pick, ("e", "pi", "infinity")))
        case 3:
            return symbol(pick)
        case _:
            return Symbol(_choose(pick, "xyzuvw"))


def _sum(parts: list[Expr], pick: Pick) -> Expr:
    count = 1 + pick(len(parts))
    return Sum(tuple(parts[:count]), tuple(_choose(pick, (1, -1)) if count > 1 else -1 for _ in range(count)))


def _product(parts: list[Expr], pick: Pick) -> Expr:
    return Product(tuple(parts), tuple(_choose(pick, ("", "", r"\cdot", r"\times")) for _ in parts[1:]))


def _call(parts: list[Expr], pick: Pick) -> Expr:
    name, style = _choose(pick, CALLS)
    count = 2 + pick(2) if FUNCTIONS[name].variadic else FUNCTIONS[name].arity
    return Call(name, tuple(parts[:count]), style)


def _named_power(parts: list[Expr], pick: Pick) -> Expr:
    exponents = (Integer(2), Integer(12), Sum((Integer(1),), (-1,)), parts[1])
    return Power(Call(_choose(pick, POWERED), (parts[0],), _choose(pick, ("", "("))), _choose(pick, exponents), "name")


def relation(parts: list[Expr], pick: Pick) -> Expr:
    """Return a relation, perhaps a chain."""
    operands = parts[: 2 + pick(2)]
    return Relation(tuple(operands), tuple(_choose(pick, OPERATORS) for _ in operands[1:]))


def condition(parts: list[Expr], pick: Pick) -> Expr:
    """Return a relation, or relations joined by and, or."""
    if pick(2):
        return relation(parts, pick)
    inner = Logic(_choose(pick, ("and", "or")), tuple(relation(parts, pick) for _ in range(2 + pick(2))))
    return Logic(_choose(pick, ("and", "or")), (relation(parts, pick), inner)) if pick(2) else inner


def _cases(parts: list[Expr], pick: Pick) -> Expr:
    tests: list[Expr | None] = [condition(parts, pick) for _ in parts]
    if pick(2):
        tests[-1] = None
    return Cases(tuple(parts), tuple(tests))


def _derivative(parts: list[Expr], pick: Pick) -> Expr:
    wrt = tuple(symbol(pick) for _ in range(1 + pick(2)))
    return Derivative(_choose(pick, (parts[0], symbol(pick))), _choose(pick, (wrt, (*wrt, *wrt), (*wrt, wrt[-1]))))


def _matrix(parts: list[Expr], pick: Pick) -> Expr:
    match pick(4):
        case 0:
            return Matrix((tuple(parts),), "[,]")
        case 1:
            return Matrix(tuple((p,) for p in parts), "(,)")
        case 2:
            return Matrix((tuple(parts), tuple(reversed(parts))), _choose(pick, ("bmatrix", "pmatrix")))
        case _:
            return Matrix(tuple((p,) for p in parts), _choose(pick, ("bmatrix", "pmatrix")))


def shaped(parts: list[Expr], pick: Pick) -> Expr:
    """Return a matrix, transposed, scaled or in a sum."""
    matrix = _matrix(parts, pick)
    match pick(4):
        case 0:
            return Transpose(matrix)
        case 1:
            return Product((parts[0], matrix), (_choose(pick, ("", r"\cdot")),))
        case 2:
            return Sum((matrix, matrix), (1, -1))
        case _:
            return matrix


KINDS: tuple[Callable[[list[Expr], Pick], Expr], ...] = (
    _sum,
    _sum,
    _product,
    _product,
    _product,
    _call,
    _call,
    _named_power,
    _cases,
    _derivative,
    lambda p, pick: Power(p[0], p[1]),
    lambda p, pick: Power(p[0], p[1]),
    lambda p, pick: Quotient(p[0], p[1], _choose(pick, ("frac", "slash"))),
    lambda p, pick: Quotient(p[0], p[1], _choose(pick, ("frac", "slash"))),
    lambda p, pick: Root(p[0], _choose(pick, (None, p[1]))),
    lambda p, pick: Apply(Symbol(FUNCTION, kind="function"), (p[0],), pick(5)),
    lambda p, pick: At(p[0], (Symbol("x"), Symbol("y")), (p[1], p[2])),
    lambda p, pick: Indicator(condition(p, pick)),
)
"""A builder for each kind of node; each is handed three parts."""


def grown(numbers: Sequence[int], kinds: Sequence[Callable[[list[Expr], Pick], Expr]] = KINDS) -> Expr:
    """Return the expression that a list of choices builds from the leaves up, its parts being shared."""
    rest = iter(numbers)

    def pick(below: int) -> int:
        return next(rest, 0) % below

    pool: list[Expr] = [leaf(pick), leaf(pick), leaf(pick)]
    for _ in range(2 + pick(5)):
        parts = [pool[-1 - pick(3)] for _ in range(3)]
        made = _choose(pick, kinds)(parts, pick)
        pool.append(made if tree_size(made) <= LARGEST else leaf(pick))
        pool.append(leaf(pick))
    return max(pool, key=tree_size)


def scalars() -> st.SearchStrategy[Expr]:
    """Scalar expressions of every kind."""
    return st.lists(st.integers(0, 10_000), min_size=20, max_size=120).map(grown)


def expressions() -> st.SearchStrategy[Expr]:
    """Expressions of every kind, conditions and matrices included."""
    outer = st.sampled_from((shaped, condition))
    parts = st.tuples(scalars(), scalars(), scalars()).map(list)
    choices = st.lists(st.integers(0, 10_000), min_size=20, max_size=20)
    return scalars() | scalars() | st.builds(_whole, outer, parts, choices)


def _whole(make: Callable[[list[Expr], Pick], Expr], parts: list[Expr], numbers: list[int]) -> Expr:
    rest = iter(numbers)
    return make(parts, lambda below: next(rest, 0) % below)


def chains() -> st.SearchStrategy[tuple[Scope, Derivative]]:
    """Scopes of definitions that use one another, with a derivative that is named in them, direct or total."""
    return st.builds(_chain, st.lists(st.sets(st.integers(0, 5), min_size=1, max_size=3), min_size=2, max_size=4),
                     st.integers(1, 2), st.integers(0, 9), st.integers(0, 9), st.booleans())  # fmt: skip


def _chain(uses: list[set[int]], count: int, of: int, by: int, direct: bool) -> tuple[Scope, Derivative]:
    independents = (Symbol("x"), Symbol("y"))[:count]
    names: list[Symbol] = list(independents)
    definitions: list[Definition] = []
    for k, used in enumerate(uses, start=1):
        terms = tuple(names[i] for i in sorted({u % len(names) for u in used}))
        symbol = Symbol("u", (), str(k))
        definitions.append(
            Definition(symbol, Call("sin", (terms[0] if len(terms) == 1 else Sum(terms, (1,) * len(terms)),)))
        )
        names.append(symbol)
    scope = Scope(tuple(definitions), independents)
    definition = definitions[of % len(definitions)]
    arguments = scope.arguments(definition.symbol)
    wrt = arguments[by % len(arguments)]
    return scope, scope.direct(definition.symbol, wrt) if direct else Derivative(definition.symbol, (wrt,))
