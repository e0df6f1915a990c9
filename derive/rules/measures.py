r"""Partials of what is made of whole vectors: dot and cross products, means, norms, softmax."""

from __future__ import annotations

from derive.errors import NoRuleError
from derive.expr.build import add, as_number, differs, negative, one_over, power
from derive.expr.build_arrays import (
    an_entry,
    column,
    diagonal,
    entry,
    hadamard,
    multiply,
    ones,
    size_number,
    transpose,
)
from derive.expr.nodes import (
    Call,
    Expr,
    Indicator,
    Integer,
    MatMul,
    Matrix,
    Operation,
    Power,
    Quotient,
    Relation,
)
from derive.rules.entrywise import raised
from derive.rules.products import NO_RULE


def operands(e: Expr) -> tuple[Expr, ...]:
    """Return the operands of an operation as columns."""
    assert isinstance(e, Operation)
    return tuple(map(column, e.operands))


def inner(e: Expr, i: int) -> Expr:
    r"""The row of the other vector: (w \cdot x) by x is w^\top."""
    other = operands(e)[1 - i]
    if len(other.shape) != 1:
        raise NoRuleError(NO_RULE)
    return transpose(other)


def mean(e: Expr, _: int) -> Expr:
    r"""The row of ones over the number of entries."""
    size = operands(e)[0].shape[0]
    return multiply([one_over(size_number(size)), transpose(ones(size))])


def norm(e: Expr, _: int) -> Expr:
    r"""The row x^\top / \lVert x \rVert."""
    v = operands(e)[0]
    return Quotient(transpose(v), e)


def squared_norm(e: Expr, _: int) -> Expr:
    r"""The row 2x^\top; of the square and the norm together."""
    assert isinstance(e, Power)
    return multiply([Integer(2), transpose(operands(e.base)[0])])


def norm_1(e: Expr, _: int) -> Expr:
    r"""The row of the signs."""
    return transpose(Call("sign", (operands(e)[0],)))


def norm_p(e: Expr, i: int) -> Expr:
    r"""The entries are sign(v_i) |v_i|^{p - 1} over \lVert v \rVert_p^{p - 1}."""
    v, p = operands(e)
    if i == 1:
        raise NoRuleError("no rule differentiates a p-norm by p")
    number = as_number(p)
    lowered = add([p, negative(Integer(1))]) if number is None else Integer(int(number) - 1)
    size = Call("abs", (v,))
    entries = hadamard([Call("sign", (v,)), raised(size, lowered)])
    return Quotient(transpose(entries), power(e, lowered))


def norm_max(e: Expr, _: int) -> Expr:
    """The sign of the largest entry, in its place; a row."""
    return transpose(hadamard([Call("sign", (operands(e)[0],)), _largest(e)]))


def _largest(e: Expr) -> Expr:
    """Return a vector that is 1 at the entries of the largest size."""
    return Indicator(Relation((Call("abs", (operands(e)[0],)), e), ("=",)), "[")


def one_is_largest(e: Expr) -> tuple[Expr, ...]:
    """Where the maximum norm has a derivative: one entry alone is the largest."""
    return (Relation((Operation("sum", (_largest(e),), "("), Integer(2)), ("<",)),)


def softmax(e: Expr, _: int) -> Expr:
    r"""diag(p) - p p^\top, p being the softmax itself."""
    return add([diagonal(e), negative(MatMul((e, transpose(e)), ("",)))])


def logsumexp(e: Expr, _: int) -> Expr:
    """The row of the softmax."""
    return transpose(Operation("softmax", (operands(e)[0],), "("))


def cross(e: Expr, i: int) -> Expr:
    r"""The matrix [a]_\times with [a]_\times b = a \times b; by a it is -[b]_\times."""
    a, b = operands(e)
    x, y, z = (entry(a if i == 1 else b, Integer(k)) for k in (1, 2, 3))
    zero_, minus = Integer(0), negative
    rows = ((zero_, minus(z), y), (z, zero_, minus(x)), (minus(y), x, zero_))
    matrix = Matrix(rows)
    return matrix if i == 1 else negative(matrix)


def not_zero(e: Expr) -> tuple[Expr, ...]:
    """Where the Euclidean norm has a derivative."""
    return (differs(e, Integer(0)),)


def entries_not_zero(e: Expr) -> tuple[Expr, ...]:
    """Where the sum norm has a derivative."""
    return (differs(an_entry(operands(e)[0]), Integer(0)),)
