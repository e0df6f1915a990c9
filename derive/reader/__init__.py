r"""From LaTeX to a problem, and from a printed line back to its expression.

What the reader decides for the author it notes. The kinds of its notes:

* `slash`, `slash-call`: how far a slash reaches, in `1/2x` (half x) and `a/bc` (a/(bc)), in `\sin x/2`.
* `argument`: where the argument of a function without brackets ends, in `\sin x(y + 1)`; `operand`, of an operation.
* `reach`: how far a derivative reaches, in `\frac{d}{dx}(x^2)\sin x`.
* `script-digit`: a script without braces is one digit, as TeX sets it: `x^23` is x^2 3.
* `inverse`: `\sin^{-1}` is the inverse function.
* `log-base`: `\log` without a base has the base of the notation.
* `product`, `letters`, `mixed`, `differential`: what stands side by side is a product, also `rate`, `2\frac12`, `dx`.
* `vector`, `matrix`, `number`, `identity`, `unit`: what a letter is that nobody declared.
* `norm`, `expm`, `entries`, `expansion`: how an operation on a matrix or vector is meant.
* `outside`, `bounds`: an index outside of its sum, a sum without an upper bound.
* `partial`, `missing-d`, `mixed-d`, `delta-d`, `jacobian`: how a derivative was written.
* `label`, `left`: the label of an `\underbrace`, or a left-hand side, was left out.
* `assumption`: a condition such as a > 0 that is taken as given.
* `unused`: a definition that the formula does not need.
* `absent`: a variable to differentiate by that does not occur.
"""

from __future__ import annotations

from derive.derivation import Notation, Scope
from derive.expr.interning import Table, current_table, interning
from derive.expr.nodes import Expr, Symbol
from derive.expr.shapes import Shape, Sizes, finding, fit_shapes
from derive.limits import Limits
from derive.reader.cursor import run
from derive.reader.grammar import Grammar
from derive.reader.problem import read_problem
from derive.reader.shaping import Shaping, UnsettledError
from derive.reader.statements import PADDING
from derive.reader.tokens import pair, tokenize

__all__ = ["read_expression", "read_problem", "read_symbol"]

NO_LIMIT = 1_000_000
DIGITS = Limits(digits=4_000)
"""Python reads no longer numbers."""


def read_expression(
    text: str, notation: Notation, scope: Scope | None = None, beside: Shape | None = None
) -> Expr:  # fmt: skip
    r"""Return the expression that a printed text means, in the current interning table.

    What stands `beside` it, the other side of a line, tells with its shape the sizes that the text leaves open: of an
    \mathbf{e}_1 that stands alone.

    Raises:
        ReadError: The text is not a formula.
    """
    try:
        return _read(text, notation, scope, Shaping())
    except UnsettledError:
        shaping = Shaping(sizes=Sizes())
        assert shaping.sizes is not None
        shaping.taken |= notation.dimensions
        with finding(shaping.sizes), interning(Table()):
            fit_shapes(_read(text, notation, scope, shaping).shape, beside or ())
        return _read(text, notation, scope, Shaping(shaping.found()))


def read_symbol(text: str, notation: Notation, shape: Shape) -> Symbol:
    """Return the symbol of a shape that a text names, such as `e_i`, whatever its letter means elsewhere.

    Raises:
        ReadError: The text is not a name.
    """
    grammar = _grammar(text, notation, Scope(), Shaping())
    letter, accents, subscript, mark, _ = grammar.raw_name().key
    if grammar.tokens[grammar.i].kind != "end":
        raise grammar.unexpected("the end of the name")
    return Symbol(letter, accents, subscript, mark, shape=shape)


def _read(text: str, notation: Notation, scope: Scope | None, shaping: Shaping) -> Expr:
    grammar = _grammar(text, notation, scope or Scope(), shaping)
    if scope is not None:  # the table keeps both, so no other takes their place at these ids
        met = current_table().memo("read").setdefault((id(notation), id(scope)), (notation, scope, {}))
        grammar.known = met[2]
    e: Expr = run(grammar.logic(), NO_LIMIT, grammar)
    if grammar.tokens[grammar.i].kind != "end":
        raise grammar.unexpected("an operator")
    return e


def _grammar(text: str, notation: Notation, scope: Scope, shaping: Shaping) -> Grammar:
    tokens = [t for t in tokenize(text, DIGITS) if t.kind != "quad"]
    tokens += [tokens[-1]] * PADDING
    return Grammar(tokens, pair(tokens, text), text, notation, scope, shaping=shaping)
