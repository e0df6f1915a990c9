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
