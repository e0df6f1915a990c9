r"""Left-hand sides: `y`, `f(x, y)`, `\mathbf{f}(\mathbf{x})`, `\frac{dy}{dx}`."""

from __future__ import annotations

from dataclasses import dataclass

from derive.derivation import Key
from derive.expr.nodes import Entry, Symbol
from derive.reader.grammar import Grammar
from derive.reader.names import Name
from derive.reader.statements import Statement

STARTS = ("sym", "const", "accent", "bold")


@dataclass(frozen=True, slots=True)
class Head:
    r"""A name with its arguments. `derivative` holds the variables of a head such as `\frac{dy}{dx}`."""

    name: Name
    arguments: tuple[Symbol, ...] = ()
    derivative: tuple[Symbol | Entry, ...] | None = None

    @property
    def key(self) -> Key:
        """What the name is found by."""
        return self.name.key


def read_head(s: Statement, grammar: Grammar) -> Head:
    """Return the name and arguments that a statement consists of.

    Raises:
        UnsupportedError: The statement is something else: the left-hand side of an equation that defines no name.
    """
    head = find_head(s, grammar)
    if head is None:
        raise grammar.unsupported("an equation that does not define a name", s.first, "write it as y = ...")
    return head


def find_head(s: Statement, grammar: Grammar) -> Head | None:
    """Return the name and arguments that a statement consists of, or None."""
    while s.first.kind == "{" and grammar.pairs[s.start] == s.stop - 1 > s.start + 1:  # {\vec {F}} = ...
        s = s.part(s.start + 1, s.stop - 1)
    grammar.i = s.start
    if s.first.kind == "frac":
        return _derivative(s, grammar)
    if s.first.kind not in STARTS:
        return None
    name = grammar.raw_name()
    if grammar.i == s.stop:
        return Head(name)
    if grammar.tokens[grammar.i].kind != "open" or grammar.pairs[grammar.i] != s.stop - 1:
        return None
    arguments = _names(s.part(grammar.i + 1, s.stop - 1), grammar)
    return None if arguments is None else Head(name, arguments)


def vector_head(s: Statement, grammar: Grammar) -> tuple[Symbol, ...] | None:
    r"""Return the arguments of a column of names, as in `\begin{bmatrix} f(x, y) \\ g(x, y) \end{bmatrix}`."""
    if s.first.kind != "begin" or grammar.pairs[s.start] != s.stop - 1:
        return None
    inside = s.part(s.start + 1, s.stop - 1)
    heads = [find_head(cell, grammar) for cell in inside.split(inside.outer("row")) if cell.start < cell.stop]
    if not all(head is not None and head.arguments for head in heads):
        return None
    return tuple(dict.fromkeys(a for head in heads if head is not None for a in head.arguments))


def _derivative(s: Statement, grammar: Grammar) -> Head | None:
    ahead = grammar.derivative_ahead()
    if ahead is None or ahead.under_end != s.stop - 1:
        return None
    grammar.i = ahead.over
    order = grammar.order()
    body = s.part(grammar.i, ahead.over_end)
    wrt = grammar.variables(ahead, order)
    head = find_head(body, grammar) if body.start < body.stop else None
    return None if head is None else Head(head.name, head.arguments, wrt)


def _names(s: Statement, grammar: Grammar) -> tuple[Symbol, ...] | None:
    grammar.i = s.start
    found: list[Symbol] = []
    while grammar.i < s.stop:
        if grammar.tokens[grammar.i].kind not in STARTS:
            return None
        found.append(grammar.name())
        if grammar.i < s.stop:
            if grammar.tokens[grammar.i].kind not in (",", "bar"):
                return None
            grammar.i += 1
            if grammar.tokens[grammar.i].kind == ",":
                raise grammar.unexpected("an argument")
    return tuple(found)
