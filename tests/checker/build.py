"""Short spellings for formulas, so that the tests of the checker need no reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derive.derivation import Definition, Derivation, Line, Problem, Reason, Scope, Step, Task
from derive.expr.nodes import (
    Apply,
    At,
    Call,
    Cases,
    Decimal,
    Derivative,
    Expr,
    Integer,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    Sum,
    Symbol,
)

__all__ = ["Apply", "At", "Cases", "Relation", "Root"]


def lift(value: Expr | int | str | float) -> Expr:
    """Return a number, a symbol such as `x` or `u_1`, or the expression itself."""
    if isinstance(value, str):
        name, _, subscript = value.partition("_")
        return Symbol(name, (), subscript)
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, int):
        return Integer(value) if value >= 0 else Sum((Integer(-value),), (-1,))
    return value


def sym(name: str) -> Symbol:
    out = lift(name)
    assert isinstance(out, Symbol)
    return out


def add(*terms: Expr | int | str | float) -> Expr:
    return Sum(tuple(map(lift, terms)), (1,) * len(terms))


def sub(a: Expr | int | str | float, b: Expr | int | str | float) -> Expr:
    return Sum((lift(a), lift(b)), (1, -1))


def neg(a: Expr | int | str | float) -> Expr:
    return Sum((lift(a),), (-1,))


def mul(*factors: Expr | int | str | float) -> Expr:
    return Product(tuple(map(lift, factors)), (r"\cdot",) * (len(factors) - 1))


def div(a: Expr | int | str | float, b: Expr | int | str | float) -> Expr:
    return Quotient(lift(a), lift(b))


def power(a: Expr | int | str | float, b: Expr | int | str | float) -> Expr:
    return Power(lift(a), lift(b))


def sqrt(a: Expr | int | str | float) -> Expr:
    return Root(lift(a))


def call(name: str, *arguments: Expr | int | str | float) -> Expr:
    return Call(name, tuple(map(lift, arguments)))


def compare(a: Expr | int | str, operator: str, b: Expr | int | str) -> Expr:
    return Relation((lift(a), lift(b)), (operator,))


def total(of: Expr | str, *wrt: str) -> Derivative:
    return Derivative(lift(of), tuple(map(sym, wrt)), through=True)


def direct(of: Expr | str, *wrt: str) -> Derivative:
    return Derivative(lift(of), tuple(map(sym, wrt)), through=False)


def derivation(
    *lines: tuple[Expr | int | str, Expr | int | str] | Line,
    let: Mapping[str, Expr] | None = None,
    formula: Expr | None = None,
    independents: Sequence[str] = ("x",),
    given: Sequence[Expr] = (),
    relation: str = "=",
) -> Derivation:
    """Return a derivation of one step that holds the lines; the formula is by default the first left-hand side."""
    made = tuple(
        line
        if isinstance(line, Line)
        else Line(lift(line[0]), lift(line[1]), (Reason("rule"),), tuple(given), relation)
        for line in lines
    )
    definitions = tuple(Definition(sym(name), value) for name, value in (let or {}).items())
    scope = Scope(definitions, tuple(map(sym, independents)))
    problem = Problem("test", formula if formula is not None else made[0].lhs, Task())
    return Derivation(problem, "direct", (Step("differentiate", made, scope),), ())
