r"""The table of operations on vectors and matrices: one row each.

The reader takes the spellings from a row, the node its shape, the writer its LaTeX and its NumPy and SymPy source.
Functions of numbers, which act entry by entry on what has a shape, are rows of `functions`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from derive.errors import ShapeError
from derive.expr.shapes import (
    ONE,
    SCALAR,
    Dimension,
    Shape,
    common,
    fit,
    fit_shapes,
    matrix_shape,
    rows_and_columns,
    show_shape,
    square,
)

ShapeRule: TypeAlias = Callable[..., Shape]
"""Returns the shape of the result from those of the operands, or raises `ShapeError`."""


@dataclass(frozen=True, slots=True)
class Operation:
    r"""A row of the table.

    `latex` is how it is printed unless the author spelled it otherwise. `words` are the further spellings that are
    read: commands with their backslash, and words, bare before a bracket or in `\operatorname`, `\text`, `\mathrm`.
    An operation with `infix` stands between its operands: `latex` is its sign. `numpy` is a template over `{0}`,
    `{1}`; its counterpart in SymPy is a row of `sympy_operations`.
    """

    name: str
    title: str
    latex: str
    words: tuple[str, ...]
    shape: ShapeRule
    numpy: str
    arity: int = 1
    infix: bool = False
    fenced: bool = False
    r"""It has signs of its own around its operands: `\lVert x \rVert_1`."""
    subscript: str = ""
    r"""What stands below the closing sign of a fenced one, or behind the name: `\lVert X \rVert_F`."""


def _vector(what: str) -> ShapeRule:
    def rule(of: Shape) -> Shape:
        if len(of) != 1 and not (len(of) == 2 and of[0] == ONE):
            raise ShapeError(f"{what} needs a vector; the shape is {show_shape(of)}")
        return SCALAR

    return rule


def _matrix(what: str) -> ShapeRule:
    def rule(of: Shape) -> Shape:
        if len(of) != 2:
            raise ShapeError(f"{what} needs a matrix; the shape is {show_shape(of)}")
        return SCALAR

    return rule


def _square(what: str) -> ShapeRule:
    def rule(of: Shape) -> Shape:
        square(what, of)
        return SCALAR

    return rule


def _inner(a: Shape, b: Shape) -> Shape:
    if not (a and fit_shapes(a, b)):
        raise ShapeError(f"the inner product: shapes {show_shape(a)} and {show_shape(b)} do not fit")
    return SCALAR


def _cross(a: Shape, b: Shape) -> Shape:
    if not (len(a) == 1 and fit_shapes(a, b) and fit(a[0], Dimension.of(3))):
        raise ShapeError(f"the cross product of shapes {show_shape(a)} and {show_shape(b)}: both need length 3")
    return a


def _kronecker(a: Shape, b: Shape) -> Shape:
    (m, n), (p, q) = rows_and_columns(a), rows_and_columns(b)
    return matrix_shape(m * p, n * q)


def _diagonal(of: Shape) -> Shape:
    if len(of) == 1:
        return (of[0], of[0])
    return (square("the diagonal", of),)


def _vectorised(of: Shape) -> Shape:
    m, n = rows_and_columns(of)
    return matrix_shape(m * n, ONE)


def _same(what: str) -> ShapeRule:
    def rule(*of: Shape) -> Shape:
        return common(what, *of)

    return rule


def _raised(of: Shape, exponent: Shape) -> Shape:
    return common("the power", of, exponent)


def _normalised(of: Shape) -> Shape:
    _vector("softmax")(of)
    return of


def _rows(of: Shape) -> Shape:
    _matrix("softmax over the rows")(of)
    return of


def _entries(what: str) -> ShapeRule:
    def rule(of: Shape) -> Shape:
        if not of:
            raise ShapeError(f"{what} needs a vector or a matrix, and this is a number")
        return SCALAR

    return rule


def _vector_and_number(of: Shape, exponent: Shape) -> Shape:
    if exponent:
        raise ShapeError("the index of a norm is a number")
    return _vector("a norm")(of)


def _exponential(of: Shape) -> Shape:
    square("the matrix exponential", of)
    return of


_NORM = r"\lVert"
_o = Operation
_ROWS: tuple[Operation, ...] = (
    _o("inner", "inner product", r"\cdot", (), _inner, "np.sum({0}*{1})", 2, infix=True),
    _o("cross", "cross product", r"\times", (), _cross, "np.cross({0}, {1})", 2, infix=True),
    _o("hadamard", "product entry by entry", r"\odot", (), _same("the product entry by entry"), "({0}*{1})",
       2, infix=True),
    _o("divide", "quotient entry by entry", r"\oslash", (), _same("the quotient entry by entry"), "({0}/{1})",
       2, infix=True),
    _o("generic", "any operation entry by entry", r"\bigcirc", (), _same("the operation entry by entry"), "", 2,
       infix=True),
    _o("kronecker", "Kronecker product", r"\otimes", (), _kronecker, "np.kron({0}, {1})", 2, infix=True),
    _o("power", "power entry by entry", r"\odot", (), _raised, "np.float_power({0}, {1})", 2),
    _o("trace", "trace", r"\operatorname{tr}", ("tr", "Tr", "trace", "Trace", r"\tr", r"\Tr"), _square("the trace"),
       "np.trace({0})"),
    _o("det", "determinant", r"\det", ("det", "Det"), _square("the determinant"), "np.linalg.det({0})"),
    _o("diag", "diagonal", r"\operatorname{diag}", ("diag", "Diag", r"\diag"), _diagonal, "np.diag({0})"),
    _o("vec", "stacked columns", r"\operatorname{vec}", ("vec",), _vectorised, 'np.ravel({0}, order="F")'),
    _o("sum", "sum of the entries", r"\operatorname{sum}", ("sum",), _entries("the sum of the entries"), "np.sum({0})"),
    _o("mean", "mean of the entries", r"\operatorname{mean}", ("mean", "avg"), _entries("the mean"), "np.mean({0})"),
    _o("softmax", "softmax", r"\operatorname{softmax}", ("softmax",), _normalised,
       "np.exp({0} - np.logaddexp.reduce({0}, axis=None))"),
    _o("softmax rows", "softmax of each row", r"\operatorname{softmax}", (), _rows,
       "np.exp({0} - np.logaddexp.reduce({0}, axis=1, keepdims=True))", subscript=r"\mathrm{row}"),
    _o("logsumexp", "logarithm of the sum of exponentials", r"\operatorname{logsumexp}",
       ("logsumexp", "LSE", "lse", "LogSumExp"), _vector("the logarithm of the sum of exponentials"),
       "np.logaddexp.reduce({0}, axis=None)"),
    _o("length", "number of entries", r"\lvert", (), _vector("the length"), "np.size({0})", fenced=True),
    _o("norm", "Euclidean norm", _NORM, (), _vector("the Euclidean norm"), "np.sqrt(np.sum({0}*{0}))", fenced=True,
       subscript="2"),
    _o("norm 1", "sum norm", _NORM, (), _vector("the sum norm"), "np.sum(np.abs({0}))", fenced=True, subscript="1"),
    _o("norm inf", "maximum norm", _NORM, (), _vector("the maximum norm"), "np.max(np.abs({0}))", fenced=True,
       subscript=r"\infty"),
    _o("norm p", "p-norm", _NORM, (), _vector_and_number, "np.sum(np.abs({0})**{1})**(1/{1})", 2, fenced=True),
    _o("frobenius", "Frobenius norm", _NORM, (), _matrix("the Frobenius norm"), "np.sqrt(np.sum({0}*{0}))", fenced=True,
       subscript="F"),
    _o("spectral", "spectral norm", _NORM, (), _matrix("the spectral norm"), "np.linalg.norm({0}, 2)", fenced=True,
       subscript="2"),
    _o("nuclear", "nuclear norm", _NORM, (), _matrix("the nuclear norm"), 'np.linalg.norm({0}, "nuc")', fenced=True,
       subscript="*"),
    _o("expm", "matrix exponential", r"\operatorname{expm}", ("expm",), _exponential,
       "np.array(mpmath.expm(mpmath.matrix({0}.tolist())).tolist(), dtype=float)"),
)  # fmt: skip

OPERATIONS: dict[str, Operation] = {row.name: row for row in _ROWS}

NAMED: dict[str, str] = {
    word: row.name
    for row in OPERATIONS.values()
    if not (row.infix or row.fenced or row.subscript)
    for word in (row.latex.removeprefix(r"\operatorname{").rstrip("}"), *row.words)
    if word != r"\odot"
}
"""The name of an operation, by its spellings."""

SIGNS: dict[str, str] = {row.latex: row.name for row in OPERATIONS.values() if row.infix}
"""The operation that a sign between two operands means in the standard notation."""
