"""Hypothesis strategies for expressions of every kind and style. Draw from them inside one `interning(table)`.

They build what the reader and the planner build: a sum has two terms or one with a minus sign; a product two factors;
a call has the styles that its row allows; the constant e is raised to a power as `Call("exp", ..., "^")`.
"""

from __future__ import annotations

from collections.abc import Callable

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

Exprs = st.SearchStrategy[Expr]

NAMES = ("x", "y", "t", "d", "f", "g", "e", "i", "T", "theta", "sigma", "Gamma", "psi", "pi", "rate", "sin", "mathcal{L}")
SUBSCRIPTS = ("", "", "", "1", "12", "i,j", r"\max", r"\alpha b", "n+1", "i_1", r"\text{max}")
ACCENTS = ((), (), (), ("hat",), ("bar", "hat"), ("dot",))
MARKS = ("", "", "", "'", "''", "*", r"\dagger")
OPERATORS = ("<", "<=", ">", ">=", "=", "!=")

FUNCTION = "f"
"""The declared function of `NOTATION`."""


def notation() -> Notation:
    """Return a notation that declares one function and spells a few things in an author's way."""
    f = Symbol("f", kind="function")
    rate = Symbol("rate")
    return Notation(spellings={f: "f", rate: r"\mathrm{rate}", "arcsin": r"\sin^{-1}"}, functions=frozenset({f}))


def symbols() -> st.SearchStrategy[Symbol]:
    """Symbols with accents, subscripts and marks; not the bare name of the declared function."""
    parts = st.tuples(st.sampled_from(NAMES), st.sampled_from(ACCENTS), st.sampled_from(SUBSCRIPTS), st.sampled_from(MARKS))
    return parts.filter(lambda p: not (p[0] == FUNCTION and not p[1] and not p[2])).map(lambda p: Symbol(*p))


def plain_symbols() -> st.SearchStrategy[Symbol]:
    """Letters that are nothing but variables."""
    return st.sampled_from("xyzuvw").map(Symbol)


def leaves() -> Exprs:
    """Numbers, constants, symbols."""
    return st.one_of(
        st.integers(0, 250).map(Integer),
        st.sampled_from(("0.5", ".25", "3.10", "12.0")).map(Decimal),
        st.sampled_from(("e", "pi", "infinity")).map(Constant),
        plain_symbols(),
        symbols(),
    )


def sums(parts: Exprs) -> Exprs:
    """Sums with signs, negations among them."""
    flat = st.lists(st.tuples(parts, st.sampled_from((1, -1))), min_size=2, max_size=4)
    return flat.map(lambda p: Sum(tuple(t for t, _ in p), tuple(s for _, s in p))) | parts.map(lambda e: Sum((e,), (-1,)))


def products(parts: Exprs) -> Exprs:
    """Products with all dots."""
    flat = st.lists(st.tuples(parts, st.sampled_from(("", "", r"\cdot", r"\times"))), min_size=2, max_size=4)
    return flat.map(lambda p: Product(tuple(f for f, _ in p), tuple(d for _, d in p[1:])))


def powers(parts: Exprs) -> Exprs:
    """Powers; those of e are calls."""
    return st.tuples(parts, parts).filter(lambda p: not isinstance(p[0], Constant)).map(lambda p: Power(*p)) | st.builds(
        Power, st.sampled_from(("e", "pi")).map(Constant), parts
    )


def calls(parts: Exprs) -> Exprs:
    """Calls of every row of the table in every style that it has."""
    rows = st.sampled_from([(name, style) for name in FUNCTIONS for style in _styles(name)])
    return st.builds(_call, rows, st.lists(parts, min_size=3, max_size=3), st.integers(2, 3))


def _call(row: tuple[str, str], arguments: list[Expr], many: int) -> Expr:
    name, style = row
    count = many if FUNCTIONS[name].variadic else FUNCTIONS[name].arity
    return Call(name, tuple(arguments[:count]), style)


def _styles(name: str) -> list[str]:
    row = FUNCTIONS[name]
    styles = ["(", "[", r"\{"]
    if not row.needs_bracket and name not in ("polygamma", "max", "min") and not row.delimiter:
        styles.append("")
    if row.delimiter:
        styles.append(row.delimiter)
    if name == "exp":
        styles.append("^")
    return styles


def named_powers(parts: Exprs) -> Exprs:
    r"""Powers such as `\sin^2 x`."""
    names = [n for n, r in FUNCTIONS.items() if r.arity == 1 and not r.needs_bracket and not r.delimiter]
    call = st.builds(lambda n, e, s: Call(n, (e,), s), st.sampled_from(names), parts, st.sampled_from(("", "(")))
    exponents = st.sampled_from([2, 3, 12]).map(Integer) | st.just(-1).map(lambda _: Sum((Integer(1),), (-1,))) | parts
    return st.builds(lambda c, e: Power(c, e, "name"), call, exponents)


def conditions(parts: Exprs) -> Exprs:
    """Relations, chained ones too, and what is made of them."""
    pairs = st.builds(lambda a, b, o: Relation((a, b), (o,)), parts, parts, st.sampled_from(OPERATORS))
    chains = st.builds(lambda a, b, c: Relation((a, b, c), ("<", "<=")), parts, parts, parts)
    relations = pairs | chains
    joined = st.builds(lambda o, p: Logic(o, tuple(p)), st.sampled_from(("and", "or")), st.lists(relations, min_size=2, max_size=3))
    return st.one_of(relations, joined, st.builds(lambda a, b, o: Logic(o, (a, b)), joined, relations, st.sampled_from(("and", "or"))))


def cases(parts: Exprs) -> Exprs:
    """Definitions by cases; the last may be the otherwise."""
    rows = st.lists(st.tuples(parts, conditions(parts)), min_size=1, max_size=2)
    last = st.none() | parts
    return st.builds(_cases, rows, last)


def _cases(rows: list[tuple[Expr, Expr]], last: Expr | None) -> Expr:
    values = tuple(v for v, _ in rows)
    tests: tuple[Expr | None, ...] = tuple(c for _, c in rows)
    return Cases(values, tests) if last is None else Cases((*values, last), (*tests, None))


def applied(parts: Exprs) -> Exprs:
    """The declared function and its derivatives."""
    return st.builds(lambda e, n: Apply(Symbol(FUNCTION, kind="function"), (e,), n), parts, st.sampled_from((0, 1, 2, 3, 4)))


def derivatives(parts: Exprs) -> Exprs:
    """Total derivatives of names and of formulas, of higher order too."""
    wrt = st.lists(plain_symbols() | symbols(), min_size=1, max_size=3).map(tuple)
    return st.builds(Derivative, symbols() | parts, wrt)


def points(parts: Exprs) -> Exprs:
    """Values at a point."""
    pairs = st.lists(st.tuples(plain_symbols(), parts), min_size=1, max_size=2)
    return st.builds(lambda e, p: At(e, tuple(n for n, _ in p), tuple(v for _, v in p)), parts, pairs)


def scalars() -> Exprs:
    """Scalar expressions of every kind."""
    return st.recursive(leaves(), _compound, max_leaves=12)


def _compound(parts: Exprs) -> Exprs:
    kinds: list[Callable[[Exprs], Exprs]] = [
        sums, products, powers, calls, named_powers, cases, applied, derivatives, points,
        lambda p: st.builds(Quotient, p, p, st.sampled_from(("frac", "slash"))),
        lambda p: st.builds(Root, p, st.none() | p),
        lambda p: conditions(p).map(Indicator),
    ]  # fmt: skip
    return st.one_of(*(kind(parts) for kind in kinds))


def matrices() -> Exprs:
    """Matrices in all styles, transposed too, also as factors."""
    parts = st.recursive(leaves(), _compound, max_leaves=4)
    grids = st.integers(1, 3).flatmap(
        lambda width: st.lists(st.lists(parts, min_size=width, max_size=width).map(tuple), min_size=1, max_size=3)
    )
    entries = st.lists(parts, min_size=2, max_size=3)
    plain = st.one_of(
        st.builds(lambda rows, style: Matrix(tuple(rows), style), grids, st.sampled_from(("bmatrix", "pmatrix"))),
        entries.map(lambda row: Matrix((tuple(row),), "[,]")),
        entries.map(lambda row: Matrix(tuple((e,) for e in row), "(,)")),
    )
    turned = plain | plain.map(Transpose)
    scaled = st.builds(lambda e, m, dot: Product((e, m), (dot,)), parts, turned, st.sampled_from(("", r"\cdot")))
    return turned | scaled | st.builds(lambda m: Sum((m, m), (1, -1)), turned)


def expressions() -> Exprs:
    """Expressions of every kind, conditions and matrices included."""
    return scalars() | matrices() | conditions(scalars())


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
        definitions.append(Definition(symbol, Call("sin", (terms[0] if len(terms) == 1 else Sum(terms, (1,) * len(terms)),))))
        names.append(symbol)
    scope = Scope(tuple(definitions), independents)
    definition = definitions[of % len(definitions)]
    arguments = scope.arguments(definition.symbol)
    wrt = arguments[by % len(arguments)]
    return scope, scope.direct(definition.symbol, wrt) if direct else Derivative(definition.symbol, (wrt,))
