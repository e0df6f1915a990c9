"""What is printed reads back as the same object."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from derive.derivation import Notation
from derive.expr.functions import FUNCTIONS
from derive.expr.interning import Table, interning
from derive.expr.nodes import (
    Apply,
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
from derive.expr.shapes import shape
from derive.expr.walks import postorder
from derive.reader import read_expression
from derive.writer.latex import latex
from tests import shaped, strategies


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_every_expression_reads_back(data: st.DataObject) -> None:
    with interning(Table()):
        notation = strategies.notation()
        e = data.draw(strategies.expressions())
        text = latex(e, notation)
        assert read_expression(text, notation) is e, text


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_every_expression_with_shapes_reads_back(data: st.DataObject) -> None:
    with interning(Table()):
        e, notation = data.draw(shaped.expressions())
        text = latex(e, notation)
        assert read_expression(text, notation) is e, text


def test_katex_sets_every_expression_with_shapes(katex: Callable[[list[str]], list[str]]) -> None:
    random_choices = random.Random(0)
    texts = []
    for _ in range(400):
        with interning(Table()):
            texts.append(latex(*shaped.grown([random_choices.randrange(10_000) for _ in range(300)])))
    assert {text: said for text, said in zip(texts, katex(texts), strict=True) if said} == {}


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


N = shape("n")


def x() -> Symbol:
    """Return the vector of `ARRAYS`."""
    return Symbol("x", shape=N)


def square() -> Symbol:
    """Return the matrix of `ARRAYS`."""
    return Symbol("A", shape=N * 2)


def arrays() -> Notation:
    """Return a notation with a vector, a matrix and functions of a vector."""
    f, g = Symbol("f", kind="function"), Symbol("g", kind="function", shape=N)
    spellings: dict[Symbol | str, str] = {x(): r"\mathbf{x}", square(): "A", g: r"\mathbf{g}"}
    return Notation(
        spellings, functions=frozenset((f, g)), domains={f: (N,), g: (N,)}, dimensions=frozenset(("n",))
    )  # fmt: skip


def _below(e: Expr) -> Relation:
    return Relation((e, Integer(1)), ("<",))


DEEPER_VECTORS: dict[str, Callable[[Expr], Expr]] = {
    "matrix times": lambda e: MatMul((square(), e), ("",)),
    "matrix dot": lambda e: MatMul((square(), e), (r"\cdot",)),
    "outer product": lambda e: MatMul((x(), Transpose(e), x()), ("", "")),
    "transpose": lambda e: Transpose(Transpose(e)),
    "scaled": lambda e: Product((e, Symbol("t")), (r"\cdot",)),
    "sum with ones": lambda e: Sum((Filled("ones", N), e), (1, -1)),
    "fraction": lambda e: Quotient(e, Symbol("t")),
    "slash": lambda e: Quotient(e, Symbol("t"), "slash"),
    "entry by entry": lambda e: Call("sin", (e,)),
    "bare": lambda e: Call("ln", (e,), ""),
    "greatest": lambda e: Call("max", (Integer(0), e)),
    "power at the name": lambda e: Power(Call("sin", (e,), ""), Integer(2), "name"),
    "root": lambda e: Root(e),
    "inner product": lambda e: Product((Operation("inner", (x(), e)), x()), ("",)),
    "angles": lambda e: Product((Operation("inner", (e, x()), r"\langle"), x()), ("",)),
    "product entry by entry": lambda e: Operation("hadamard", (x(), e)),
    "products from the left": lambda e: Operation("hadamard", (e, x())),
    "quotient entry by entry": lambda e: Operation("divide", (x(), e)),
    "power entry by entry": lambda e: Operation("power", (e, Integer(2))),
    "exponent entry by entry": lambda e: Operation("power", (x(), e)),
    "norm": lambda e: Product((Operation("norm", (e,)), x()), ("",)),
    "named": lambda e: Operation("softmax", (e,), "("),
    "named, bare": lambda e: Operation("softmax", (e,)),
    "diagonal": lambda e: Operation("diag", (Operation("diag", (e,), "("),), "("),
    "entry": lambda e: Product((Entry(e, (Integer(1),), "("), x()), ("",)),
    "sum over data": lambda e: SumOver("sum", x(), None, None, e, "data"),
    "bound of a sum": lambda e: SumOver(
        "sum", Symbol("i", kind="index"), Entry(e, (Integer(1),), "("), Integer(3), x()
    ),
    "column": lambda e: Matrix(((Operation("norm", (e,)),), (Integer(1),)), "(,)"),
    "blocks": lambda e: Matrix(((e,), (Integer(1),))),
    "row with commas": lambda e: Transpose(Matrix(((Transpose(e), Integer(1)),), "[,]")),
    "cases": lambda e: Cases((e, x()), (_below(Symbol("t")), None)),
    "indicator": lambda e: Indicator(_below(e)),
    "indicator in brackets": lambda e: Indicator(_below(e), "["),
    "function": lambda e: Apply(Symbol("g", kind="function", shape=N), (e,)),
    "component": lambda e: Product(
        (Entry(Apply(Symbol("g", kind="function", shape=N), (e,)), (Integer(1),)), x()), ("",)
    ),
}

DEEPER_MATRICES: dict[str, Callable[[Expr], Expr]] = {
    "matrix times": lambda e: MatMul((e, square()), ("",)),
    "square": lambda e: Power(e, Integer(2)),
    "inverse": lambda e: Power(e, Sum((Integer(1),), (-1,))),
    "inverse transposed": lambda e: Transpose(Power(e, Sum((Integer(1),), (-1,)))),
    "identity": lambda e: Sum((e, Filled("identity", N * 2)), (1, -1)),
    "exponential": lambda e: Operation("expm", (e,), "^"),
    "determinant": lambda e: Product((Operation("det", (e,), "|"), square()), ("",)),
    "trace": lambda e: Product((Operation("trace", (e,)), square()), ("",)),
    "softmax of rows": lambda e: Operation("softmax rows", (e,), "("),
    "row": lambda e: MatMul((Entry(e, (Integer(1),), "("), Transpose(x())), ("",)),
}


@pytest.mark.parametrize("wrap", DEEPER_VECTORS.values(), ids=DEEPER_VECTORS)
def test_deep_nesting_of_vectors_reads_back(wrap: Callable[[Expr], Expr]) -> None:
    deep_nesting_reads_back(x, wrap)


@pytest.mark.parametrize("wrap", DEEPER_MATRICES.values(), ids=DEEPER_MATRICES)
def test_deep_nesting_of_matrices_reads_back(wrap: Callable[[Expr], Expr]) -> None:
    deep_nesting_reads_back(square, wrap)


def deep_nesting_reads_back(start: Callable[[], Expr], wrap: Callable[[Expr], Expr]) -> None:
    with interning(Table()):
        e, notation = start(), arrays()
        for _ in range(1_000):
            e = wrap(e)
        assert read_expression(latex(e, notation), notation) is e
