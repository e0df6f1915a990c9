"""From LaTeX to a problem, and from a printed line back to its expression."""

from __future__ import annotations

from derive.derivation import Notation, Scope
from derive.expr.nodes import Expr
from derive.reader.cursor import run
from derive.reader.grammar import Grammar
from derive.reader.problem import read_problem
from derive.reader.tokens import pair, tokenize

__all__ = ["read_expression", "read_problem"]

NO_LIMIT = 1_000_000


def read_expression(text: str, notation: Notation, scope: Scope | None = None) -> Expr:
    """Return the expression that a printed text means, in the current interning table.

    Raises:
        ReadError: The text is not a formula.
    """
    tokens = [t for t in tokenize(text) if t.kind != "quad"]
    tokens.append(tokens[-1])
    grammar = Grammar(tokens, pair(tokens, text), text, notation, scope or Scope())
    e: Expr = run(grammar.logic(), NO_LIMIT, grammar)
    if grammar.tokens[grammar.i].kind != "end":
        raise grammar.unexpected("an operator")
    return e
