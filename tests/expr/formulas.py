"""Formulas that often have a value: for tests that compare values. `tests.strategies` has all that can be written."""

from __future__ import annotations

from hypothesis import assume
from hypothesis import strategies as st

from derive.errors import UndefinedError, UnsupportedError
from derive.expr.functions import FUNCTIONS
from derive.expr.nodes import (
    Call,
    Cases,
    Constant,
    Decimal,
    Expr,
    Indicator,
    Integer,
    Logic,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    Sum,
    Symbol,
)
from derive.expr.numeric import precise, value
from derive.expr.sizes import heavy

POINTS = ((0.3, 1.7), (-2.25, 0.6), (1.2, -3.4), (4.75, 2.5))
CALLS = sorted(set(FUNCTIONS) - {"factorial", "gamma", "digamma", "polygamma", "exp", "sinh", "cosh"})


def symbols() -> st.SearchStrategy[Symbol]:
    """Symbols of all spellings, among them those that Python or SymPy binds to something else."""
    names = ("x", "e", "I", "N", "S", "T", "beta", "lambda", "gamma", "Gamma", "pi", "rate", "id", "for", "mathcal{L}")
    subscripts = ("", "", "1", "12", "i,j", r"\max", r"\text{max}", r"\alpha b", "n+1", "i_1", "t-1", "*")
    accents = ((), (), ("hat",), ("bar", "hat"), ("dot",))
    marks = ("", "", "'", "''", "*", r"\dagger")
    return st.builds(Symbol, *map(st.sampled_from, (names, accents, subscripts, marks)))


def leaves() -> st.SearchStrategy[Expr]:
    return st.one_of(
        st.sampled_from(("x", "y")).map(Symbol),
        st.integers(0, 12).map(Integer),
        st.sampled_from(("0.5", ".25", "3.10", "0.0004")).map(Decimal),
        st.just("pi").map(Constant),
    )


def _compound(parts: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    signs = st.sampled_from((1, -1))
    several = st.lists(parts, min_size=2, max_size=4).map(tuple)
    tests = st.builds(lambda a, b, o: Relation((a, b), (o,)), parts, parts, st.sampled_from(("<", "<=", ">", ">=")))
    both = st.builds(lambda a, b, o: Logic(o, (a, b)), tests, tests, st.sampled_from(("and", "or")))
    chain = st.builds(lambda a, b, c: Relation((a, b, c), ("<", "<=")), parts, parts, parts)
    conditions = tests | both | chain
    exponent = st.integers(0, 5).map(Integer) | st.integers(1, 3).map(lambda n: Sum((Integer(n),), (-1,)))
    return st.one_of(
        st.builds(lambda t, s: Sum(t, tuple(s[: len(t)])), several, st.lists(signs, min_size=4, max_size=4)),
        parts.map(lambda e: Sum((e,), (-1,))),
        several.map(lambda f: Product(f, ("",) * (len(f) - 1))),
        st.builds(Quotient, parts, parts),
        st.builds(Power, parts, exponent),
        st.builds(lambda a, b: Power(Call("abs", (a,), "|"), b), parts, parts),
        st.builds(Root, parts, st.sampled_from((None, 3, 4, 5)).map(lambda n: n if n is None else Integer(n))),
        st.builds(lambda e: Power(Constant("e"), Call("sin", (e,))), parts),
        st.builds(lambda a, c, b: Cases((a, b), (c, None)), parts, conditions, parts),
        conditions.map(Indicator),
        st.builds(lambda name, a, b: Call(name, (a, b)[: FUNCTIONS[name].arity]), st.sampled_from(CALLS), parts, parts),
    )


def formulas() -> st.SearchStrategy[Expr]:
    """Scalar formulas in x and y."""
    return st.recursive(leaves(), _compound, max_leaves=8)


def settled_value(e: Expr, x: float, y: float) -> float:
    """Return the value at a point; skip the example where it has none, or where rounding decides what it is."""
    assume(not heavy(e))
    env = {Symbol("x"): x, Symbol("y"): y}
    try:
        floats, digits = value(e, env), precise(e, env)
    except (UndefinedError, UnsupportedError):
        assume(False)
        raise
    assume(abs(floats) < 1e12 and abs(floats - digits) <= 1e-11 * max(1, abs(digits)))
    return floats


def close(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-8 * max(1.0, abs(a), abs(b))
