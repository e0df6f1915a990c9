"""What is printed reads back as the same object."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from derive.derivation import Notation
from derive.expr.functions import FUNCTIONS
from derive.expr.interning import Table, interning
from derive.expr.nodes import Apply, Call, Expr, Integer, Power, Product, Quotient, Root, Sum, Symbol
from derive.expr.walks import postorder
from derive.reader import read_expression
from derive.writer.latex import latex
from tests import strategies


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_every_expression_reads_back(data: st.DataObject) -> None:
    with interning(Table()):
        notation = strategies.notation()
        e = data.draw(strategies.expressions())
        text = latex(e, notation)
        assert read_expression(text, notation) is e, text


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_derivatives_read_back_in_their_scope(data: st.DataObject) -> None:
    with interning(Table()):
        scope, derivative = data.draw(strategies.chains())
        text = latex(derivative, Notation(), scope)
        assert read_expression(text, Notation(), scope) is derivative, text


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_declared_letters_read_back(data: st.DataObject) -> None:
    with interning(Table()):
        letters = frozenset(Symbol(n) for n in ("e", "pi", "sigma", "Gamma", "d", "g"))
        notation = Notation(spellings={Symbol("e"): "e", Symbol("pi"): r"\pi"}, declared=letters, log_base="10")
        e = data.draw(strategies.scalars())
        assume(not any(isinstance(node, Apply) for node in postorder(e)))
        text = latex(e, notation)
        assert read_expression(text, notation) is e, text


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_reads_back_in_its_own_spelling(name: str) -> None:
    row = FUNCTIONS[name]
    with interning(Table()):
        arguments = tuple(Symbol(c) for c in "xyz"[: row.arity])
        for style in ("(", row.delimiter or "["):
            e = Call(name, arguments, style)
            assert read_expression(latex(e, Notation()), Notation()) is e


DEEPER = {
    "call": lambda e: Call("sin", (e,)),
    "bare call": lambda e: Call("ln", (e,), ""),
    "power of e": lambda e: Call("exp", (e,), "^"),
    "sum": lambda e: Sum((Integer(1), e), (1, -1)),
    "product": lambda e: Product((Integer(2), e), ("",)),
    "fraction": lambda e: Quotient(Integer(1), e),
    "slash": lambda e: Quotient(e, Integer(2), "slash"),
    "power": lambda e: Power(e, Integer(2)),
    "tower": lambda e: Power(Symbol("x"), e),
    "root": lambda e: Root(e),
    "absolute value": lambda e: Call("abs", (e,), "|"),
}


@pytest.mark.parametrize("wrap", DEEPER.values(), ids=DEEPER)
def test_deep_nesting_reads_back(wrap: Callable[[Expr], Expr]) -> None:
    with interning(Table()):
        e: Expr = Symbol("x")
        for _ in range(1_000):
            e = wrap(e)
        assert read_expression(latex(e, Notation()), Notation()) is e
