r"""Minima and maxima: `\min_x f(x)`, `\arg\max_{\Sigma \succ 0} ...`, `\text{minimize } ... \text{ s.t. } ...`."""

from __future__ import annotations

from derive.expr.nodes import Symbol
from derive.reader.commands import OPTIMA
from derive.reader.cursor import Parse
from derive.reader.grammar import Grammar
from derive.reader.statements import Statement


def is_optimum(s: Statement) -> bool:
    """Tell whether a statement asks for a minimum or maximum."""
    tokens, i = s.text.tokens, s.start
    if tokens[i].kind == "arg":
        i += 1
    if tokens[i].kind == "opt":
        return True
    return tokens[i].kind == "func" and tokens[i].text in OPTIMA and (i > s.start or tokens[i + 1].kind == "_")


def optimum(g: Grammar) -> Parse:
    """Read what is asked: the kind of the task, the variables below its sign, and the formula."""
    if g.tokens[g.i].kind == "arg":
        g.i += 1
    sign = g.tokens[g.i]
    kind = sign.text if sign.kind == "opt" else OPTIMA[sign.text]
    g.i += 1
    names: list[Symbol] = []
    if g.tokens[g.i].kind == "_":
        names = below(g)
    elif "arg" in g.show(sign):
        raise g.unsupported("a place of an extremum without its variable", sign, r"write \arg\min_x")
    of = yield g.formula()
    return kind, of, tuple(names)


def below(g: Grammar) -> list[Symbol]:
    r"""Read the variables below a `\min`; a condition on them such as \Sigma \succ 0 is stepped over."""
    start = g.i + 1
    if g.tokens[start].kind != "{":
        g.i = start + 1
        return [g.plain(g.tokens[start])]
    end, names = g.pairs[start], []
    g.i = start + 1
    if g.tokens[g.i].kind not in NAMES:
        names = [constrained(g, end)]
        g.note("assumption", g.tokens[start + 1], g.tokens[end - 1].stop)
        g.i = end
    while g.i < end:
        names.append(g.symbol(g.raw_name()))
        behind = g.tokens[g.i]
        if behind.kind in ("rel", "in"):
            g.note("assumption", g.tokens[start + 1], g.tokens[end - 1].stop)
            break
        if behind.kind == ",":
            g.i += 1
        elif g.i < end:
            raise g.unexpected("a variable")
    g.i = end + 1
    return names


def constrained(g: Grammar, end: int) -> Symbol:
    r"""Return the one variable that a constraint is about: `\max_{\|\mathbf{x}\| = 1}`."""
    start = g.tokens[g.i]
    found: dict[Symbol, None] = {}
    while g.i < end and g.tokens[g.i].kind != "rel":
        if g.tokens[g.i].kind in NAMES:
            found[g.symbol(g.raw_name())] = None
        else:
            g.i = g.group_end(g.i + 1) if g.tokens[g.i].kind in ("_", "^") else g.i + 1
    if len(found) != 1:
        raise g.error("which variable is varied?", start, r"write \min_x, and the constraint behind \text{s.t.}")
    return next(iter(found))


NAMES = frozenset(("sym", "bold", "accent", "const"))
"""The kinds of token that a name begins with."""
