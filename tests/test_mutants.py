"""A fault in the printer or in the reader stops the program: what is printed is read back before it is checked.

Each mutant changes one decision. The problem beside it is solved without the mutant, and must not be with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import derive
import derive.reader
from derive.errors import CheckError, DeriveError
from derive.expr.nodes import Call, Power, Product, Quotient, Sum
from derive.reader import fractions, grammar, products, statements, tokens
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


# The reader -----------------------------------------------------------------------------------------------------------


def made(name: str, make: Callable[..., Any]) -> Patch:
    """Let the grammar make a node in another way."""
    module = next(m for m in (grammar, fractions, products) if hasattr(m, name))
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
}

MUTANTS = PRINTERS | READERS


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_caught(name, monkeypatch):
    mutate, problem = MUTANTS[name]
    assert derive.solve(problem).checked
    mutate(monkeypatch)
    with pytest.raises(CheckError if name in PRINTERS else DeriveError):
        derive.solve(problem)
