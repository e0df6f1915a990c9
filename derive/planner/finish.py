"""What is made of the answers: they are written in a term that has a name, and a step of gradient descent is taken."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from derive.derivation import Answer, Definition, Line, Reason, Step
from derive.errors import MethodError
from derive.expr.build import add, negative
from derive.expr.build_arrays import is_row, multiply, transpose
from derive.expr.interning import current_table
from derive.expr.nodes import Derivative, Expr, Name, Sum, Symbol, Transpose
from derive.expr.walks import plain, rewrite
from derive.planner.planner import Planner
from derive.planner.tidy import tidied


def in_named_terms(planner: Planner, answers: list[Answer]) -> list[Answer]:
    """Add the step that writes the answers in terms that the user names.

    Raises:
        MethodError: No answer holds a term.
    """
    worked_with = {symbol for a in answers for symbol in a.scope.values}
    named = [d for d in planner.options.terms if d.symbol not in worked_with]
    if not named:
        return answers
    values = {d.symbol: d.value for d in named}
    scopes = [a.scope.with_definitions((*a.scope.definitions, *named)) for a in answers]
    for scope in scopes:
        current_table().memo("indexed").update(scope.indices)  # e_i is no constant of a sum over i
    lines = [Line(d.symbol, d.value, (Reason("definition"),)) for d in named]
    out: list[Answer] = []
    for answer, scope in zip(answers, scopes, strict=True):
        value = answer.value
        for symbol, term in values.items():
            value = tidied(rewrite(value, lambda e, s=symbol, t=term: _with_name(e, s, t)))  # type: ignore[misc]
        if value is not answer.value:
            lines.append(Line(answer.lhs, value, (Reason("substitute"),), answer.conditions))
        out.append(replace(answer, value=value, scope=scope, closed=answer.closed and value is answer.value))
    if len(lines) == len(named):
        names = ", ".join(s.name for s in values)
        raise MethodError(f"no answer holds the term that {names} names", hint="name it as the answer prints it")
    planner.steps.append(Step("name", tuple(lines), scopes[-1], about=tuple(values)))
    return out


def _with_name(e: Expr, symbol: Symbol, term: Expr) -> Expr:
    """Return the symbol in the place of a term; of a sum its terms may be some, and their signs may all be opposite."""
    if plain(e) is plain(term):
        return symbol
    if not (isinstance(e, Sum) and isinstance(term, Sum) and len(term.terms) > 1):
        return e
    have = Counter((plain(t), s) for t, s in zip(e.terms, e.signs, strict=True))
    for sign in (1, -1):
        wanted = Counter((plain(t), s * sign) for t, s in zip(term.terms, term.signs, strict=True))
        if not wanted - have:
            rest = []
            for t, s in zip(e.terms, e.signs, strict=True):
                if wanted[plain(t), s]:
                    wanted[plain(t), s] -= 1
                else:
                    rest.append(t if s > 0 else negative(t))
            return add([symbol if sign > 0 else negative(symbol), *rest])
    return e


def with_update(planner: Planner, answers: list[Answer]) -> None:
    r"""Add the step of gradient descent, w - \eta \nabla f: what is a row is transposed, so that the shapes fit.

    Raises:
        MethodError: What is differentiated is no number.
    """
    rate = planner.options.rate
    if rate is None:
        return
    if planner.problem.formula.shape:
        raise MethodError("a step of gradient descent needs a number that is to become smaller")
    lines: list[Line] = []
    new: list[Definition] = []
    for answer in answers:
        head = answer.lhs.of if isinstance(answer.lhs, Transpose) else answer.lhs
        if not isinstance(head, Derivative) or len(head.wrt) != 1:
            raise MethodError("a step of gradient descent is taken with first derivatives by numbers and vectors")
        x = head.wrt[0]
        stepped = _stepped(x)
        named, value = _minus(x, rate, _upright(answer.lhs)), _minus(x, rate, _upright(answer.value))
        new.append(Definition(stepped, value))
        lines += [Line(stepped, named, (Reason("update"),)), Line(named, value, (Reason("put in"),), answer.conditions)]
    last = answers[-1].scope
    scope = last.with_definitions((*last.definitions, *new))
    planner.steps.append(Step("update", tuple(lines), scope, about=(rate,)))


def _stepped(x: Name) -> Symbol:
    if not isinstance(x, Symbol):
        raise MethodError("a step of gradient descent is taken in whole vectors")
    return Symbol(
        x.name, x.accents, r"\mathrm{new}" if not x.subscript else x.subscript + r",\mathrm{new}", shape=x.shape
    )


def _upright(e: Expr) -> Expr:
    return transpose(e) if is_row(e.shape) else e


def _minus(x: Name, rate: Expr, gradient: Expr) -> Expr:
    return add([x, negative(tidied(multiply([rate, gradient])))])
