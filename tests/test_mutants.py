"""A fault in the printer or in the reader stops the program: what is printed is read back before it is checked.

Each mutant changes one decision. The problem beside it is solved without the mutant, and must not be with it.
Then each line of solutions with vectors is changed in one place, and the checker must not let it pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

import derive
import derive.reader
from derive.checker import check
from derive.derivation import Line, Step, every_step
from derive.errors import CheckError, DeriveError, ShapeError
from derive.expr.build import negative
from derive.expr.build_arrays import identity
from derive.expr.interning import interning
from derive.expr.nodes import (
    Call,
    Cases,
    Entry,
    Expr,
    Filled,
    Integer,
    MatMul,
    Operation,
    Power,
    Product,
    Quotient,
    Sum,
    SumOver,
    Symbol,
    Transpose,
)
from derive.expr.walks import postorder, substitute
from derive.pipeline import Solution
from derive.reader import fractions, grammar, groups, products, statements, tokens
from derive.reader.arrays import Arrays
from derive.reader.filled import Known
from derive.reader.grammar import Grammar
from derive.reader.names import Name
from derive.writer import latex, latex_arrays, pieces

Patch = Callable[[pytest.MonkeyPatch], None]


# The printer ----------------------------------------------------------------------------------------------------------


def without_brackets(binds: int) -> Patch:
    """Leave out the brackets where something of this strength is asked for."""
    at_least = pieces.at_least

    def mutate(patch: pytest.MonkeyPatch) -> None:
        for module in (latex, latex_arrays):
            patch.setattr(module, "at_least", lambda p, b: p if b == binds else at_least(p, b))

    return mutate


def changed(method: str, change: Callable[..., latex.Piece]) -> Patch:
    """Change what a method of the printer returns; `change` is handed the method and its arguments."""
    printer = latex._Printer
    original = getattr(printer, method)
    return lambda patch: patch.setattr(printer, method, lambda *given, **named: change(original, *given, **named))


def text_of(method: str, old: str, new: str) -> Patch:
    """Replace a text in what a method of the printer prints."""
    return changed(method, lambda printed, *given: (p := printed(*given))._replace(text=p.text.replace(old, new)))


def bare_scripts(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(latex, "script", lambda sign, text: sign + text)


def misspelled(name: str, other: str) -> Patch:
    def spelled(original: Any, self: Any, e: Call, powered: bool = False) -> Any:
        return original(self, e, powered).replace(name, other)

    return changed("function_name", spelled)


PRINTERS: dict[str, tuple[Patch, str]] = {
    "no brackets round a sum in a product": (without_brackets(latex.FACTOR), r"(x + 1)(x^2 + 3)"),
    "no brackets round a sum in a sum": (without_brackets(latex.PRODUCT), "x^2 - (x^3 - x)"),
    "no brackets round the base of a power": (without_brackets(latex.ATOM), r"(x + 1)^5"),
    "no braces round an exponent": (bare_scripts, r"x^{-2}"),
    "no braces round an exponent of two digits": (bare_scripts, r"x^{12}"),
    "numerator and denominator swapped": (
        changed("quotient", lambda printed, self, e, parts: printed(self, e, parts[::-1])),
        r"\frac{x}{x + 3}",
    ),
    "a minus in front lost": (
        changed("sum", lambda printed, self, signs, parts: printed(self, (1, *signs[1:]), parts)),
        r"\cos(x)",
    ),
    "a minus between terms lost": (
        changed("sum", lambda printed, self, signs, parts: printed(self, signs[:1] + (1,) * (len(signs) - 1), parts)),
        r"\frac{x^2}{\sin x}",
    ),
    "terms swapped": (
        changed("sum", lambda printed, self, signs, parts: printed(self, signs, parts[::-1])),
        r"\frac{x^2}{\sin x}",
    ),
    "no dot between numbers": (text_of("product", r" \cdot ", ""), r"3 \cdot 4x"),
    "a space for a dot between numbers": (text_of("product", r" \cdot ", " "), r"3 \cdot 4x"),
    "a factor lost": (text_of("product", "2", ""), r"x^2"),
    "another function": (misspelled("cos", "sin"), r"\sin(x^2)"),
    "an unknown function": (misspelled(r"\cos", r"\cosine"), r"\sin(x^2)"),
    "the degree of a root lost": (text_of("root", "[3]", ""), r"\sqrt[3]{x}"),
    "a bare argument without its brackets": (
        changed("bare_argument", lambda printed, self, e, piece: f" {piece.text}"),
        r"\sin{(x + 1)}",
    ),
    "a d for a partial": (text_of("derivative", r"\partial", "d"), r"x^2\sin(x^3)"),
    "a derivative upside down": (text_of("derivative", r"\frac{d", r"\frac{1}{d"), r"\sin(x^2)"),
    "a condition turned round": (
        changed("condition", lambda printed, self, e, parts: printed(self, e, parts[::-1])),
        r"\max(0, x)",
    ),
}
LOSS = r"f(\mathbf{w}) = \sum_{i=1}^N (y_i - \mathbf{w} \cdot \mathbf{x}_i)^2"
PRINTERS |= {
    "no transpose": (text_of("transpose", r"^{\top}", ""), r"f(\mathbf{x}) = \mathbf{a} \cdot \mathbf{x}"),
    "matrices swapped": (
        changed("matmul", lambda printed, self, e, parts: printed(self, e, parts[::-1])),
        r"f(\mathbf{x}) = \mathbf{a}^\top\mathbf{A}\mathbf{x}",
    ),
    "no brackets round a sum of vectors": (
        without_brackets(latex.FACTOR),
        r"f(\mathbf{x}) = \lVert \mathbf{A}(\mathbf{x} - \mathbf{a}) \rVert^2",
    ),
    "another norm": (text_of("fenced", "_2", "_1"), r"f(\mathbf{x}) = \lVert \mathbf{x} \rVert_2"),
    "another index": (text_of("entry", "_i", "_1"), LOSS),
    "another lower bound": (text_of("sum_over", "i = 1", "i = 2"), LOSS),
    "another upper bound": (text_of("sum_over", "^{N}", "^{n}"), LOSS),
    "zeros for ones": (
        changed("filled", lambda printed, self, e: printed(self, Filled("zeros", e.shape))),
        r"f(\mathbf{x}) = \operatorname{sum}(\mathbf{x})",
    ),
    "no diag": (text_of("operation", r"\operatorname{diag}", ""), r"\mathbf{f}(\mathbf{x}) = \tanh(\mathbf{x})"),
    "a product for one entry by entry": (
        text_of("infix", r"\odot", ""),
        r"\mathbf{f}(\mathbf{x}) = \mathbf{a} \odot \tanh(\mathbf{x})",
    ),
    "cases swapped": (
        changed("choice", lambda printed, self, e, parts: printed(self, e, (*parts[1::-1], *parts[2:]))),
        r"f(\mathbf{x}) = \max(0, \mathbf{a} \cdot \mathbf{x})",
    ),
}


# The reader -----------------------------------------------------------------------------------------------------------


def made(name: str, make: Callable[..., Any]) -> Patch:
    """Let the grammar make a node in another way."""
    module = next(m for m in (grammar, fractions, products, groups) if hasattr(m, name))
    return lambda patch: patch.setattr(module, name, make)


def slash_before_product(over: Any, under: Any, style: str = "frac") -> Any:
    """ab/c as a(b/c)."""
    if style == "slash" and isinstance(over, Product):
        return Product((*over.factors[:-1], Quotient(over.factors[-1], under, style)), over.dots)
    return Quotient(over, under, style)


def power_of_the_argument(patch: pytest.MonkeyPatch) -> None:
    original = Grammar.call

    def call(self: Grammar, token: tokens.Token) -> Any:
        e = yield from original(self, token)
        if isinstance(e, Power) and isinstance(e.base, Call):
            return Call(e.base.function, (Power(e.base.arguments[0], e.exponent),), e.base.style)
        return e

    patch.setattr(Grammar, "call", call)


def scripts_swapped(patch: pytest.MonkeyPatch) -> None:
    original, other = tokens.tokenize, {"^": "_", "_": "^"}

    def tokenize(*given: Any) -> list[tokens.Token]:
        return [t._replace(kind=other.get(t.kind, t.kind)) for t in original(*given)]

    for module in (derive.reader, statements):
        patch.setattr(module, "tokenize", tokenize)


def first_digit_only(patch: pytest.MonkeyPatch) -> None:
    original = Grammar.number
    patch.setattr(Grammar, "number", lambda self, token: original(self, token._replace(text=token.text[:1])))


def subscripts_dropped(patch: pytest.MonkeyPatch) -> None:
    original = Grammar.symbol

    def symbol(self: Grammar, name: Name) -> Any:
        letter, accents, _, mark, bold = name.key
        return original(self, name._replace(key=(letter, accents, "", mark, bold)))

    patch.setattr(Grammar, "symbol", symbol)


def transposes_lost(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Arrays, "transposed", lambda self, base, token: base)


def zeros_for_ones(patch: pytest.MonkeyPatch) -> None:
    original = Known.filled_value

    def filled_value(self: Known, name: Name) -> Expr:
        e = original(self, name)
        return Filled("zeros", e.shape) if isinstance(e, Filled) and e.kind == "ones" else e

    patch.setattr(Known, "filled_value", filled_value)


READERS: dict[str, tuple[Patch, str]] = {
    "a slash before the product in front of it": (made("Quotient", slash_before_product), r"y = \sin(u/3), u = 2x"),
    "a fraction upside down": (made("Quotient", lambda a, b, style="frac": Quotient(b, a, style)), r"\frac{x}{x + 1}"),
    "the power of a call given to its argument": (power_of_the_argument, r"\tan(x)"),
    "the sign of the second term lost": (
        made("Sum", lambda terms, signs: Sum(terms, signs[:1] + (1,) * (len(signs) - 1))),
        r"\frac{x^2}{\sin x}",
    ),
    "the sign of the first term lost": (made("Sum", lambda terms, signs: Sum(terms, (1, *signs[1:]))), r"\cos(x)"),
    "subscript and superscript swapped": (scripts_swapped, "x^2"),
    "base and exponent swapped": (made("Power", lambda a, b, style="": Power(b, a, style)), "x^3"),
    "only the first digit of a number": (first_digit_only, "x^{7} + 6x^{2}"),
    "subscripts dropped": (subscripts_dropped, r"\ln(\sin(x^2))"),
    "factors swapped": (made("Product", lambda f, dots: Product(f[::-1], dots[::-1])), "x^3"),
    "transposes lost": (transposes_lost, r"f(\mathbf{x}) = \mathbf{a} \cdot \mathbf{x}"),
    "ones read as zeros": (zeros_for_ones, r"f(\mathbf{x}) = \operatorname{sum}(\mathbf{x})"),
    "values of cases swapped": (
        made("Cases", lambda values, conditions: Cases(values[::-1], conditions)),
        r"f(\mathbf{x}) = \max(0, \mathbf{a} \cdot \mathbf{x})",
    ),
}

MUTANTS = PRINTERS | READERS


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_caught(name, monkeypatch):
    mutate, problem = MUTANTS[name]
    assert derive.solve(problem).checked
    mutate(monkeypatch)
    with pytest.raises(CheckError if name in PRINTERS else DeriveError):
        derive.solve(problem)


# The lines ------------------------------------------------------------------------------------------------------------

X = r"\mathbf{x}"
SOLVED: dict[str, tuple[str, dict[str, Any]]] = {
    "loss": (
        r"\frac{1}{N} \sum_{i=1}^N (y_i - \max(0, \mathbf{w} \cdot \mathbf{x}_i + b))^2",
        {"wrt": (r"\mathbf{w}", "b")},
    ),
    "squares": (r"\lVert A\mathbf{x} - \mathbf{b} \rVert_2^2", {"let": r"A \in \mathbb{R}^{m \times n}", "wrt": X}),
    "square matrices": (
        r"B^\top(C\mathbf{x} - \mathbf{b})",
        {"let": r"B, C \in \mathbb{R}^{n \times n}", "wrt": X, "layout": "denominator"},
    ),
    "components": (r"\operatorname{softmax}(\mathbf{x})", {"wrt": X, "method": "components"}),
    "entries": (r"\mathbf{w} \odot \tanh(\mathbf{x} \oslash \mathbf{w})", {"wrt": (X, r"\mathbf{w}")}),
    "norm": (r"\frac{\mathbf{x} - \operatorname{mean}(\mathbf{x})}{\lVert \mathbf{x} \rVert_2}", {"wrt": X}),
}

Change = Callable[[Any], Expr]
CHANGES: dict[str, tuple[type[Expr], Callable[[Any], bool], Change]] = {
    "a transpose dropped": (Transpose, lambda e: True, lambda e: e.of),
    "a matrix transposed": (Symbol, lambda e: e.kind == "variable" and len(e.shape) == 2, Transpose),
    "a sign": (Sum, lambda e: True, lambda e: Sum(e.terms, (*e.signs[:-1], -e.signs[-1]))),
    "a minus": (SumOver, lambda e: True, negative),
    "another index": (
        Entry,
        lambda e: isinstance(e.indices[0], Symbol),
        lambda e: Entry(e.of, (Integer(1), *e.indices[1:]), e.style),
    ),
    "zeros for ones": (Filled, lambda e: e.kind == "ones", lambda e: Filled("zeros", e.shape)),
    "ones for zeros": (Filled, lambda e: e.kind == "zeros", lambda e: Filled("ones", e.shape)),
    "no diag": (Operation, lambda e: e.name == "diag", lambda e: identity(e.shape[0])),
    "another number": (Integer, lambda e: True, lambda e: Integer(e.value + 1)),
    "a factor lost": (
        Product,
        lambda e: True,
        lambda e: Product(e.factors[1:], e.dots[1:]) if len(e.dots) > 1 else e.factors[1],
    ),
    "matrices swapped": (MatMul, lambda e: True, lambda e: MatMul(e.factors[::-1], e.dots)),
    "values of cases swapped": (Cases, lambda e: True, lambda e: Cases(e.values[::-1], e.conditions)),
    "cases pulled out of a sum": (
        SumOver,
        lambda e: isinstance(e.body, Cases),
        lambda e: Cases(tuple(replace(e, body=v) for v in e.body.values), e.body.conditions),
    ),
    "only one factor entry by entry": (
        Operation,
        lambda e: e.name in ("hadamard", "divide"),
        lambda e: e.operands[0],
    ),
}
"""What is changed: nodes of a kind, if they are such, and into what."""

ALIKE = {("entries", "matrices swapped"), ("norm", "matrices swapped")}
"""Diagonal matrices may be swapped, and what stands beside a multiple of I."""


@cache
def solution_of(name: str) -> Solution:
    formula, options = SOLVED[name]
    return derive.solve(formula, **options)


def changed_sides(e: Expr, name: str) -> Iterator[Expr]:
    """Yield a right-hand side with each of its parts changed that can be; shapes that do not fit cannot be written."""
    kind, applies, change = CHANGES[name]
    for part in postorder(e):
        if not (isinstance(part, kind) and applies(part)):
            continue
        try:
            other = substitute(e, {part: change(part)})
        except ShapeError:
            continue
        if other is not e:  # what is named in a derivative stays
            yield other


def checked_alone(solution: Solution, step: Step, line: Line) -> None:
    check(replace(solution, steps=(replace(step, lines=(line,), substeps=()),), answers=()))


@pytest.mark.parametrize("name", SOLVED)
def test_each_line_holds_by_itself(name):
    solution = solution_of(name)
    with interning(solution.problem.table):
        for step in every_step(solution.steps):
            for line in step.lines:
                checked_alone(solution, step, line)


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_line_is_refused(change):
    changed_lines = 0
    for name in SOLVED:
        solution = solution_of(name)
        with interning(solution.problem.table):
            for step in every_step(solution.steps if (name, change) not in ALIKE else ()):
                for line in step.lines:
                    for other in changed_sides(line.rhs, change):
                        with pytest.raises(CheckError):
                            checked_alone(solution, step, replace(line, rhs=other))
                        changed_lines += 1
    assert changed_lines
