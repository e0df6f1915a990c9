"""The numeric value of an expression: in float64, or with as many digits as wanted.

Outside of its domain, and where a float would overflow, an expression has no value: `UndefinedError`, never nan.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial, reduce
from typing import Any, TypeAlias, assert_never

from derive.errors import UndefinedError, UnsupportedError
from derive.expr.closing import without_points
from derive.expr.functions import FUNCTIONS
from derive.expr.names import identifier
from derive.expr.nodes import (
    Apply,
    At,
    Call,
    Cases,
    Constant,
    Decimal,
    Derivative,
    Entries,
    Entry,
    Expr,
    Filled,
    Indicator,
    Integer,
    Logic,
    MatMul,
    Matrix,
    Operation,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    Sum,
    SumOver,
    Symbol,
    Transpose,
)
from derive.expr.walks import postorder

Env: TypeAlias = Mapping[Symbol, float]
Declared: TypeAlias = Mapping[Symbol, Callable[[int, Any], Any]]
"""For each declared function, its value by the order of differentiation and the argument."""
Real: TypeAlias = Any
"""A float, or an `mpf`, which comes without types."""
Rows: TypeAlias = "tuple[tuple[Real, ...], ...]"
Cell: TypeAlias = "Real | Rows | bool | UndefinedError"
"""The value of a part. That it has none is an error only where the part is needed: not in a case that is not taken."""

_COMPARE = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip
_NO_VALUE = "a part of the formula has no value at this point"
_MAX_EXPONENT = 2**62


def value(e: Expr, env: Env, functions: Declared | None = None) -> float:
    """Return the value of a scalar in float64.

    Raises:
        UndefinedError: The point lies outside of the domain.
        UnsupportedError: A symbol or a function has no value, or the expression holds a named derivative.
    """
    out = _Evaluator(env, functions or {}, _Floats()).run(e)
    if isinstance(out, tuple):
        raise UnsupportedError("a matrix has many values")
    return float(out)


def values(e: Expr, env: Env, functions: Declared | None = None) -> tuple[tuple[float, ...], ...]:
    """Return the rows of a matrix in float64; a column has rows of one cell, a scalar is one row of one cell."""
    out = _Evaluator(env, functions or {}, _Floats()).run(e)
    rows = out if isinstance(out, tuple) else ((out,),)
    return tuple(tuple(map(float, row)) for row in rows)


def precise(e: Expr, env: Mapping[Symbol, Any], digits: int = 50, functions: Declared | None = None) -> Any:
    """Return the value of a scalar as an `mpmath.mpf`, worked out with `digits` digits.

    The environment may hold floats, integers, `mpf`, or strings of digits.
    """
    arithmetic = _Digits(digits)
    exact = {symbol: arithmetic.m.mpf(number) for symbol, number in env.items()}
    return _Evaluator(exact, functions or {}, arithmetic).run(e)


class _Floats:
    """Arithmetic in float64."""

    def number(self, text: str) -> Real:
        return float(text)

    def constant(self, name: str) -> Real:
        return {"pi": math.pi, "e": math.e, "infinity": math.inf}[name]

    def call(self, function: str, arguments: list[Real]) -> Real:
        return FUNCTIONS[function].real(*arguments)

    def power(self, base: Real, exponent: Real) -> Real:
        return math.pow(base, exponent)

    def is_nan(self, number: Real) -> bool:
        return math.isnan(number)


class _Digits:
    """Arithmetic with many digits, in a context of its own."""

    def __init__(self, digits: int) -> None:
        import mpmath  # the documented place of this import: most values are wanted as floats

        self.m = mpmath.mp.clone()
        self.m.dps = digits

    def number(self, text: str) -> Real:
        return self.m.mpf(text)

    def constant(self, name: str) -> Real:
        return +{"pi": self.m.pi, "e": self.m.e, "infinity": self.m.inf}[name]

    def call(self, function: str, arguments: list[Real]) -> Real:
        return FUNCTIONS[function].mpmath(self.m, *arguments)

    def power(self, base: Real, exponent: Real) -> Real:
        if abs(self.m.mag(base or 1) * exponent) > _MAX_EXPONENT:
            raise UnsupportedError("a power is too large to be worked out")
        if base < 0 and exponent != int(exponent):
            raise ValueError("a negative number to a power that is not an integer")
        return self.m.power(base, exponent)

    def is_nan(self, number: Real) -> bool:
        return bool(self.m.isnan(number))


@dataclass(frozen=True, slots=True)
class _Evaluator:
    """The values of all parts, each worked out once, from the leaves up."""

    env: Mapping[Symbol, Any]
    functions: Declared
    arithmetic: _Floats | _Digits
    cells: dict[Expr, Cell] = field(default_factory=dict)

    def run(self, root: Expr) -> Any:
        """Return the value of the root."""
        root = without_points(root, {})
        for e in postorder(root):
            try:
                self.cells[e] = self._cell(e)
            except UndefinedError as reason:
                self.cells[e] = reason
            except (ValueError, ZeroDivisionError, OverflowError) as reason:
                self.cells[e] = UndefinedError(f"{_NO_VALUE}: {reason}".rstrip(": "))
        return self.need(root)

    def need(self, e: Expr) -> Any:
        """Return the value of a part, which is now known to matter."""
        cell = self.cells[e]
        if isinstance(cell, UndefinedError):
            raise cell
        if not isinstance(cell, tuple) and self.arithmetic.is_nan(cell):
            raise UndefinedError(_NO_VALUE)
        return cell

    def _cell(self, e: Expr) -> Any:
        match e:
            case Integer(value):
                return self.arithmetic.number(str(value))
            case Decimal(text):
                return self.arithmetic.number(text)
            case Constant(name):
                return self.arithmetic.constant(name)
            case Symbol():
                return self._symbol(e)
            case Sum(terms, signs):
                return reduce(
                    partial(_each, operator.add), [self._signed(t, s) for t, s in zip(terms, signs, strict=True)]
                )
            case Product(factors):
                return reduce(partial(_each, operator.mul), map(self.need, factors))
            case Quotient(a, b):
                return _each(operator.truediv, self.need(a), self.need(b))
            case Power(base, exponent):
                return self.arithmetic.power(self.need(base), self.need(exponent))
            case Root(radicand, degree):
                return self._root(radicand, degree)
            case Call(function, arguments):
                return self.arithmetic.call(function, [self.need(a) for a in arguments])
            case Apply(function, (argument,), order) if function in self.functions:
                return self.functions[function](order, self.need(argument))
            case Apply(function):
                raise UnsupportedError(f"the function {function.name} has no value here")
            case Relation(operands, operators):
                sides = [self.need(o) for o in operands]
                return all(_COMPARE[o](a, b) for a, o, b in zip(sides, operators, sides[1:], strict=False))
            case Logic(word, operands):
                return (all if word == "and" else any)(self.need(o) for o in operands)
            case Cases(values, conditions):
                return self._cases(values, conditions)
            case Indicator(condition):
                return self.arithmetic.number("1" if self.need(condition) else "0")
            case Matrix(rows):
                return tuple(tuple(self.need(cell) for cell in row) for row in rows)
            case Transpose(of):
                cell = self.need(of)
                return tuple(zip(*cell, strict=True)) if of.shape else cell
            case MatMul() | Operation() | Entry() | Entries() | SumOver() | Filled():
                raise UnsupportedError("vectors, matrices and sums over an index have no value here yet")
            case Derivative():
                raise UnsupportedError("a named derivative has no value of its own")
            case At():
                raise AssertionError("points were put in before")
        assert_never(e)

    def _symbol(self, symbol: Symbol) -> Real:
        if symbol not in self.env:
            raise UnsupportedError(f"{identifier(symbol)} has no value here")
        return self.env[symbol]

    def _signed(self, term: Expr, sign: int) -> Any:
        cell = self.need(term)
        return cell if sign > 0 else _each(operator.mul, cell, -1)

    def _root(self, radicand: Expr, degree: Expr | None) -> Real:
        inside = self.need(radicand)
        odd = isinstance(degree, Integer) and degree.value % 2 == 1
        one = self.arithmetic.number("1")
        exponent = one / (2 if degree is None else self.need(degree))
        if inside < 0 and odd:
            return -self.arithmetic.power(-inside, exponent)
        return self.arithmetic.power(inside, exponent)

    def _cases(self, values: tuple[Expr, ...], conditions: tuple[Expr | None, ...]) -> Any:
        for value, condition in zip(values, conditions, strict=True):
            if condition is None or self.need(condition):
                return self.need(value)
        raise UndefinedError("none of the cases holds at this point")


def _each(operation: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """Apply an operation cell by cell: to two scalars, two matrices, or a scalar and a matrix."""
    match a, b:
        case tuple(), tuple():
            return tuple(tuple(map(operation, r, s)) for r, s in zip(a, b, strict=True))
        case tuple(), _:
            return tuple(tuple(operation(x, b) for x in row) for row in a)
        case _, tuple():
            return tuple(tuple(operation(a, y) for y in row) for row in b)
    return operation(a, b)
