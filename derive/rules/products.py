r"""The product rule of matrices, rows and columns: A v, v^\top w, v^\top A v, u (v^\top w)."""

from __future__ import annotations

from derive.errors import NoRuleError
from derive.expr.build_arrays import column, is_row, multiply, total, transpose
from derive.expr.nodes import Expr, MatMul

NO_RULE = "no rule differentiates a matrix by a vector"


def matrix_product(e: Expr, ds: tuple[Expr | None, ...]) -> Expr:
    """Return the derivative of a product: one term for each factor that varies.

    The derivative of a row stands for that of its column; so does the result, if the product is a row.
    """
    assert isinstance(e, MatMul)
    terms = [_term(e, i, d) for i, d in enumerate(ds) if d is not None]
    return total(terms)


def _term(e: MatMul, i: int, d: Expr) -> Expr:
    factor = e.factors[i]
    left, right = e.factors[:i], e.factors[i + 1 :]
    if d.shape == column(factor).shape:  # by a number
        changed = transpose(d) if is_row(factor.shape) else d
        return column(multiply([*left, changed, *right]))
    if is_row(factor.shape):
        return _of_row(left, right, d)
    if len(factor.shape) == 1:
        return _of_column(e, left, right, d)
    raise NoRuleError(NO_RULE)


def _of_column(e: MatMul, left: tuple[Expr, ...], right: tuple[Expr, ...], d: Expr) -> Expr:
    """L v R: R is nothing, a number, or (where L v is a number) a row, whose column is taken."""
    if not right:
        return multiply([*left, d])
    behind = multiply(right)
    if not behind.shape:
        return multiply([behind, *left, d])
    if left and not multiply([*left, e.factors[len(left)]]).shape:
        return multiply([transpose(behind), *left, d])
    raise NoRuleError(NO_RULE)


def _of_row(left: tuple[Expr, ...], right: tuple[Expr, ...], d: Expr) -> Expr:
    r"""L v^\top R: v^\top R is a number, R^\top v, or a row, of which the column is taken."""
    before = [multiply(left)] if left else []
    behind = [transpose(multiply(right))] if right else []
    number = not behind or is_row(behind[0].shape) or not behind[0].shape
    if before and before[0].shape and not (behind and number):
        raise NoRuleError(NO_RULE)
    return multiply([*before, *behind, d])


__all__ = ["NO_RULE", "matrix_product"]
