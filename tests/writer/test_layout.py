"""A row that is broken says the same as it said in one."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

import derive
from derive.derivation import Notation, Scope
from derive.expr.interning import Table, interning
from derive.expr.nodes import Call, Expr, Integer, Power, Product, Quotient, Root, Sum, Symbol
from derive.expr.numeric import value
from derive.expr.width import width
from derive.reader import read_expression
from derive.writer.latex import latex
from derive.writer.layout import Piece, broken
from tests.expr.formulas import close

BRACKET = (r"\biggl(", r"\biggr)")


def atoms() -> st.SearchStrategy[Expr]:
    """What a row is not broken in, in several styles."""
    x, y = Symbol("x"), Symbol("y")
    made = (
        x, y, Integer(2), Power(x, Integer(3)), Quotient(x, y), Quotient(x, Integer(3), "slash"), Root(y),
        Call("sin", (x,)), Call("sin", (x,), ""), Call("ln", (y,), ""), Call("abs", (x,), "|"),
        Power(Sum((x, y), (1, -1)), Integer(2)),
    )  # fmt: skip
    return st.sampled_from(made)


def formulas() -> st.SearchStrategy[Expr]:
    """Sums and products, in each other."""
    signs = st.lists(st.sampled_from((1, -1)), min_size=4, max_size=4)

    def compound(parts: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
        several = st.lists(parts, min_size=2, max_size=4).map(tuple)
        return st.one_of(
            st.builds(lambda t, s: Sum(t, tuple(s[: len(t)])), several, signs),
            several.map(lambda f: Product(f, ("",) * (len(f) - 1))),
            several.map(lambda f: Product(f, (r"\cdot",) * (len(f) - 1))),
            parts.map(lambda e: Sum((e,), (-1,))),
        )

    return compound(st.recursive(atoms(), compound, max_leaves=8))


def rows(pieces: list[Piece]) -> list[str]:
    scope, notation = Scope(), Notation()
    return [f"{p.joint} {p.text(lambda e: latex(e, notation, scope), BRACKET)}".strip() for p in pieces]


@given(st.data(), st.floats(0.1, 0.9), st.booleans())
def test_rows_put_together_are_the_formula(data: st.DataObject, part: float, inside: bool) -> None:
    with interning(Table()):
        e = data.draw(formulas())
        pieces = broken(e, part * width(e), inside)
        again = read_expression(" ".join(rows(pieces)), Notation(), Scope())
        for x, y in ((0.3, 1.7), (1.2, 3.4)):  # all atoms have a value where both are positive
            point = {Symbol("x"): x, Symbol("y"): y}
            assert close(value(e, point), value(again, point))


def test_a_bracket_that_is_subtracted_stays_one() -> None:
    shown = derive.render(derive.solve("y = a x^3 - (b x^2 + c x)", wrt="x"), width=8, detail="full")
    assert r"- (b \cdot 2x + c)" in shown
    assert r"- b \cdot 2x + c" not in shown


def test_a_long_bracket_is_broken_inside() -> None:
    terms = " + ".join(rf"\sin({n}x) \cos({n}x) \ln({n}x)" for n in range(2, 8))
    solution = derive.solve(rf"y = \frac{{x^2 + 1}}{{2}} \left({terms}\right)", wrt="x")
    shown = derive.render(solution, detail="full")
    assert shown.count(r"\biggl(") == shown.count(r"\biggr)") > 0
    for row in re.findall(r"^.*biggl\(.*$", shown, re.MULTILINE):
        assert row.endswith(r"\\[6pt]")


@given(st.data(), st.floats(6, 20))
def test_sums_fit_where_their_terms_do(data: st.DataObject, room: float) -> None:
    with interning(Table()):
        terms = tuple(data.draw(st.lists(atoms(), min_size=2, max_size=12)))
        for piece in broken(Sum(terms, (1,) * len(terms)), room):
            assert width(piece.part) <= room + 1
