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
    Entry,
    Expr,
    Integer,
    MatMul,
    Operation,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    Sum,
    SumOver,
    Symbol,
)
from derive.expr.shapes import shape

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


def sym(name: str | Symbol) -> Symbol:
    out = lift(name)
    assert isinstance(out, Symbol)
    return out


def vec(name: str, *sizes: int | str, kind: str = "variable") -> Symbol:
    """Return a vector, a matrix or a family; a vector of length n where no size is given."""
    plain = sym(name)
    return Symbol(plain.name, (), plain.subscript, kind=kind, shape=shape(*(sizes or ("n",))))


def op(name: str, *operands: Expr | int | str) -> Operation:
    return Operation(name, tuple(map(lift, operands)))


def matmul(*factors: Expr) -> Expr:
    return MatMul(factors, ("",) * (len(factors) - 1))


def by(of: Expr | str, *wrt: Symbol | Entry, through: bool = True) -> Derivative:
    return Derivative(lift(of), wrt, through)


def index(name: str) -> Symbol:
    return Symbol(name, kind="index")


def size(name: str) -> Symbol:
    return Symbol(name, kind="dimension")


def at(of: Expr, *indices: Expr | int) -> Entry:
    return Entry(of, tuple(map(lift, indices)))


def over(i: Symbol, upper: Expr | int, body: Expr | str, lower: Expr | int = 1, operator: str = "sum") -> SumOver:
    return SumOver(operator, i, lift(lower), lift(upper), lift(body))


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
    let: Mapping[str | Symbol, Expr] | None = None,
    formula: Expr | None = None,
    independents: Sequence[str | Symbol] = ("x",),
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
