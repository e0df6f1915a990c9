r"""Derivatives of what has a shape: one row for each way a vector can be made, in numerator layout.

A row holds the local derivative: of a vector (m,) by a vector (n,) a matrix (m, n), of a number by a vector a row. The
derivative of a row, v^\top, is that of its column. Sources: Parr & Howard, *The Matrix Calculus You Need For Deep
Learning*, section 4; Magnus & Neudecker, *Matrix Differential Calculus*, chapter 9.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from derive.errors import NoRuleError
from derive.expr.build import add, as_number, negative, one_over, square
from derive.expr.build_arrays import (
    column,
    diagonal,
    entry,
    fresh_indices,
    hadamard,
    identity,
    is_row,
    multiply,
    ones,
    total,
    transpose,
    zero,
)
from derive.expr.nodes import (
    Call,
    Cases,
    Entry,
    Expr,
    Indicator,
    Integer,
    MatMul,
    Matrix,
    Operation,
    Power,
    Product,
    Quotient,
    Root,
    Sum,
    SumOver,
)
from derive.expr.shapes import ONE, Dimension, Shape
from derive.expr.walks import children, substitute, with_children
from derive.rules.entrywise import divide, entry_by_entry, raised, stand_ins
from derive.rules.measures import (
    cross,
    entries_not_zero,
    inner,
    logsumexp,
    mean,
    norm,
    norm_1,
    norm_max,
    norm_p,
    not_zero,
    one_is_largest,
    operands,
    softmax,
    squared_norm,
)
from derive.rules.products import NO_RULE, matrix_product
from derive.rules.row import Combine, Partial, Rule, or_zero
from derive.rules.scalar import rule_for as number_rule
from derive.rules.structure import seams

Derivatives = tuple[Expr | None, ...]


def _unit(part: Expr) -> Expr:
    """The derivative of a part by itself."""
    return identity(part.shape[-1]) if part.shape else Integer(1)


def _alone(combine: Combine) -> Partial:
    """Return the partials of what is combined: the derivative by one part alone."""
    return lambda e, i: combine(e, tuple(_unit(p) if i == k else None for k, p in enumerate(children(e))))


def _linear(partial: Partial) -> Combine:
    """Return what combines the derivatives of the parts by the partials: the sum of their products."""
    return lambda e, ds: total(multiply([partial(e, i), d]) for i, d in enumerate(ds) if d is not None)


# Sums, products with numbers ------------------------------------------------------------------------------------------


def _sum(e: Expr, ds: Derivatives) -> Expr:
    """A number that is added to a vector reaches each entry: its derivative stands behind a vector of ones."""
    assert isinstance(e, Sum)
    terms = []
    for term, sign, d in zip(e.terms, e.signs, ds, strict=True):
        if d is not None:
            grown = multiply([ones(e.shape[-1]), d]) if e.shape and not term.shape else d
            terms.append(grown if sign > 0 else negative(grown))
    return total(terms)


def _product(e: Expr, ds: Derivatives) -> Expr:
    """A number times a vector: the derivative of the number stands behind the vector, as a row."""
    assert isinstance(e, Product)
    terms = []
    for i, d in enumerate(ds):
        if d is not None:
            terms.append(multiply([*(column(f) for k, f in enumerate(e.factors) if k != i), d]))
    return total(terms)


def _quotient(e: Expr, ds: Derivatives) -> Expr:
    assert isinstance(e, Quotient)
    top, bottom = ds
    terms = []
    if top is not None:
        terms.append(multiply([one_over(e.denominator), top]))
    if bottom is not None:
        terms.append(negative(multiply([one_over(square(e.denominator)), column(e.numerator), bottom])))
    return total(terms)


# Entry by entry -------------------------------------------------------------------------------------------------------


def _entry_wise(value: Partial) -> Partial:
    """Return the partials of entry-by-entry work: a diagonal matrix by a vector, a vector by a number.

    f_i depends on v_i alone, so that nothing stands beside the diagonal (Parr & Howard, section 4.3).
    """

    def jacobian(e: Expr, i: int) -> Expr:
        entries = value(e, i)
        entries = column(entries) if entries.shape else multiply([entries, ones(e.shape[-1])])
        return diagonal(entries) if children(e)[i].shape else entries

    return jacobian


def _of_numbers(e: Expr) -> tuple[Expr, dict[Expr, Expr]]:
    """Return the same function of numbers, and what stands for what."""
    numbers, meanings = stand_ins(tuple(map(column, children(e))))
    return with_children(e, numbers), meanings


def _function(e: Expr, i: int) -> Expr:
    number, meanings = _of_numbers(e)
    rule = number_rule(number, tuple(i == k for k in range(len(children(e)))))
    return entry_by_entry(rule.partial(number, i), meanings)


def _at_each_entry(e: Expr) -> tuple[Expr, ...]:
    """Where the row for numbers does not hold, said of each entry."""
    number, meanings = _of_numbers(e)
    rule = number_rule(number, tuple(bool(p.shape) for p in children(e)))
    at = next(fresh_indices(e))
    entries: dict[Expr, Expr] = {s: entry(part, at) for s, part in meanings.items() if part.shape}
    return tuple(substitute(c, entries) for c in rule.condition(number))


def _hadamard(e: Expr, i: int) -> Expr:
    return operands(e)[1 - i]


def _divided(e: Expr, i: int) -> Expr:
    a, b = operands(e)
    if i == 0:
        return divide(Integer(1), b)
    return negative(divide(a, raised(b, Integer(2))))


def _raised(e: Expr, i: int) -> Expr:
    base, n = operands(e)
    if i == 1:
        return hadamard([e, Call("ln", (base,))])
    number = as_number(n)
    lowered = add([n, negative(Integer(1))]) if number is None else Integer(int(number) - 1)
    return hadamard([n, raised(base, lowered)])


# Entries, matrices of cells, sums over an index, cases ----------------------------------------------------------------


def _entry(e: Expr, ds: Derivatives) -> Expr:
    """By a vector, an entry has a row of the Jacobian as its derivative; by a number, an entry of the derivative."""
    assert isinstance(e, Entry)
    d, *moving = ds
    if d is None or any(i is not None for i in moving):
        raise NoRuleError("no rule differentiates an entry by its index")
    if d.shape == column(e.of).shape:
        return entry(d, *e.indices)
    if len(e.indices) != 1 or e.shape:
        raise NoRuleError(NO_RULE)
    return transpose(entry(d, *e.indices))


def _cells(e: Expr, ds: Derivatives) -> Expr:
    """By a number, the matrix of the derivatives; by a vector, what is stacked has its Jacobians stacked."""
    assert isinstance(e, Matrix)
    cells = children(e)
    first = next(d for d in ds if d is not None)
    known = next((d.shape, c.shape) for d, c in zip(ds, cells, strict=True) if d is not None)
    by_number = known[0] == _column_shape(known[1])
    if by_number:
        values = [_turned(d, c) if d is not None else zero(c.shape) for d, c in zip(ds, cells, strict=True)]
        n = len(e.rows[0])
        return column(Matrix(tuple(tuple(values[k : k + n]) for k in range(0, len(values), n)), e.style))
    if len(e.rows) > 1 and len(e.rows[0]) > 1:
        raise NoRuleError(NO_RULE)
    width = first.shape[-1]
    blocks = [d if d is not None else zero(_block(c, width)) for d, c in zip(ds, cells, strict=True)]
    return Matrix(tuple((block,) for block in blocks), e.style if e.style not in ("[,]", "(,)") else "bmatrix")


def _turned(d: Expr, cell: Expr) -> Expr:
    return transpose(d) if is_row(cell.shape) else d


def _column_shape(shape: Shape) -> Shape:
    return shape[1:] if is_row(shape) else shape


def _block(cell: Expr, width: Dimension) -> Shape:
    return (cell.shape[-1] if cell.shape else ONE, width)


def _sum_over(e: Expr, ds: Derivatives) -> Expr:
    assert isinstance(e, SumOver)
    d = ds[-1]
    if d is None or e.operator != "sum" or any(x is not None for x in ds[:-1]):
        raise NoRuleError("no rule differentiates a product over an index, or by a bound")
    return SumOver(e.operator, e.index, e.lower, e.upper, d, e.style)


def _cases(e: Expr, ds: Derivatives) -> Expr:
    """Each case is differentiated; where the conditions alone vary, all of them have the derivative 0."""
    assert isinstance(e, Cases)
    values = ds[: len(e.values)]
    if all(d is None for d in values):
        return _constant(e, ds)
    return Cases(or_zero(values), e.conditions)


def _constant(e: Expr, ds: Derivatives) -> Expr:
    """Return the derivative of what is constant between jumps, zeros; that of a condition tells by what it is taken."""
    by = next(d for d in ds if d is not None).shape[1:]
    return zero((*(column(e).shape or (by and (ONE,))), *by))


def _row(
    name: str, title: str, statement: str, partial: Partial, example: str,
    condition: Callable[[Expr], tuple[Expr, ...]] = lambda _: (),
) -> Rule:  # fmt: skip
    """A row with its partials; the derivatives of the parts are multiplied by them from the right, and added."""
    return Rule(name, title, statement, partial, example, _linear(partial), condition)


VECTOR: Final = (
    _row("squared norm", "squared norm",
         r"\frac{\partial}{\partial\mathbf{x}}\lVert\mathbf{x}\rVert_2^2 = 2\mathbf{x}^\top",
         squared_norm, r"\lVert\mathbf{x}\rVert_2^2"),
    Rule("vector sum", "sum rule",
         r"\frac{\partial}{\partial\mathbf{x}}(\mathbf{u} + \mathbf{v})"
         r" = \frac{\partial\mathbf{u}}{\partial\mathbf{x}} + \frac{\partial\mathbf{v}}{\partial\mathbf{x}}",
         _alone(_sum), r"\mathbf{x} - \mathbf{w}", _sum),
    Rule("scalar expansion", "scalar expansion",
         r"\frac{\partial}{\partial z}(\mathbf{v} + z) = \mathbf{1}", _alone(_sum),
         r"\mathbf{x} + \mathbf{w}^\top\mathbf{x}", _sum),
    Rule("multiple", "linear",
         r"\frac{\partial}{\partial\mathbf{x}}(c\mathbf{v}) = c\frac{\partial\mathbf{v}}{\partial\mathbf{x}}",
         _alone(_product), r"3\mathbf{x}", _product),
    Rule("number times vector", "product rule",
         r"\frac{\partial}{\partial\mathbf{x}}(s\mathbf{v})"
         r" = s\frac{\partial\mathbf{v}}{\partial\mathbf{x}} + \mathbf{v}\frac{\partial s}{\partial\mathbf{x}}",
         _alone(_product), r"x_1\mathbf{x}", _product),
    Rule("vector over constant", "linear", r"\frac{\partial}{\partial\mathbf{x}}\frac{\mathbf{v}}{c}"
         r" = \frac{1}{c}\frac{\partial\mathbf{v}}{\partial\mathbf{x}}",
         _alone(_quotient), r"\frac{\mathbf{x}}{3}", _quotient),
    Rule("constant over number", "reciprocal rule",
         r"\frac{\partial}{\partial\mathbf{x}}\frac{\mathbf{c}}{s}"
         r" = -\frac{1}{s^2}\mathbf{c}\frac{\partial s}{\partial\mathbf{x}}",
         _alone(_quotient), r"\frac{\mathbf{w}}{\mathbf{w}^\top\mathbf{x}}", _quotient),
    Rule("vector over number", "quotient rule",
         r"\frac{\partial}{\partial\mathbf{x}}\frac{\mathbf{v}}{s}"
         r" = \frac{1}{s}\frac{\partial\mathbf{v}}{\partial\mathbf{x}}"
         r" - \frac{1}{s^2}\mathbf{v}\frac{\partial s}{\partial\mathbf{x}}",
         _alone(_quotient), r"\frac{\mathbf{x}}{x_1}", _quotient),
    Rule("linear", "linear", r"\frac{\partial}{\partial\mathbf{x}}(\mathbf{A}\mathbf{x}) = \mathbf{A}",
         _alone(matrix_product), r"\mathbf{A}\mathbf{x}", matrix_product),
    Rule("matrix product", "product rule",
         r"\frac{\partial}{\partial\mathbf{x}}(\mathbf{x}^\top\mathbf{A}\mathbf{x})"
         r" = \mathbf{x}^\top\mathbf{A} + \mathbf{x}^\top\mathbf{A}^\top",
         _alone(matrix_product), r"\mathbf{x}^\top\mathbf{A}\mathbf{x}", matrix_product),
    _row("entry by entry", "entry by entry",
         r"\frac{\partial}{\partial\mathbf{x}}f(\mathbf{x}) = \operatorname{diag}(f'(\mathbf{x}))",
         _entry_wise(_function), r"\exp(\mathbf{x})", _at_each_entry),
    _row("hadamard", "product, entry by entry",
         r"\frac{\partial}{\partial\mathbf{x}}(\mathbf{w} \odot \mathbf{x}) = \operatorname{diag}(\mathbf{w})",
         _entry_wise(_hadamard), r"\mathbf{w} \odot \mathbf{x}"),
    _row("divide", "quotient, entry by entry",
         r"\frac{\partial}{\partial\mathbf{x}}(\mathbf{w} \oslash \mathbf{x})"
         r" = -\operatorname{diag}(\mathbf{w} \oslash \mathbf{x}^{\odot 2})",
         _entry_wise(_divided), r"\mathbf{w} \oslash \mathbf{x}"),
    _row("entry power", "power, entry by entry",
         r"\frac{\partial}{\partial\mathbf{x}}\mathbf{x}^{\odot n} = \operatorname{diag}(n\mathbf{x}^{\odot(n - 1)})",
         _entry_wise(_raised), r"\mathbf{x}^{\odot 3}"),
    _row("inner", "dot product", r"\frac{\partial}{\partial\mathbf{x}}(\mathbf{w} \cdot \mathbf{x}) = \mathbf{w}^\top",
         inner, r"\mathbf{w} \cdot \mathbf{x}"),
    _row("cross", "cross product",
         r"\frac{\partial}{\partial\mathbf{x}}(\mathbf{w} \times \mathbf{x}) = [\mathbf{w}]_\times",
         cross, r"\mathbf{w} \times \mathbf{x}"),
    _row("sum of entries", "sum",
         r"\frac{\partial}{\partial\mathbf{x}}\operatorname{sum}(\mathbf{x}) = \mathbf{1}^\top",
         lambda e, _: transpose(ones(operands(e)[0].shape[0])), r"\operatorname{sum}(\mathbf{x})"),
    _row("mean", "mean",
         r"\frac{\partial}{\partial\mathbf{x}}\operatorname{mean}(\mathbf{x}) = \frac{1}{n}\mathbf{1}^\top",
         mean, r"\operatorname{mean}(\mathbf{x})"),
    _row("norm", "norm",
         r"\frac{\partial}{\partial\mathbf{x}}\lVert\mathbf{x}\rVert_2"
         r" = \frac{\mathbf{x}^\top}{\lVert\mathbf{x}\rVert_2}",
         norm, r"\lVert\mathbf{x}\rVert_2", not_zero),
    _row("norm 1", "sum norm",
         r"\frac{\partial}{\partial\mathbf{x}}\lVert\mathbf{x}\rVert_1 = \operatorname{sign}(\mathbf{x})^\top",
         norm_1, r"\lVert\mathbf{x}\rVert_1", entries_not_zero),
    _row("norm p", "p-norm",
         r"\frac{\partial}{\partial x_i}\lVert\mathbf{x}\rVert_p"
         r" = \operatorname{sign}(x_i)\lvert x_i \rvert^{p - 1} / \lVert\mathbf{x}\rVert_p^{p - 1}",
         norm_p, r"\lVert\mathbf{x}\rVert_p", not_zero),
    _row("norm inf", "maximum norm",
         r"\frac{\partial}{\partial x_i}\lVert\mathbf{x}\rVert_\infty"
         r" = \operatorname{sign}(x_i)[\lvert x_i \rvert = \lVert\mathbf{x}\rVert_\infty]",
         norm_max, r"\lVert\mathbf{x}\rVert_\infty", one_is_largest),
    _row("softmax", "softmax",
         r"\frac{\partial\mathbf{p}}{\partial\mathbf{x}} = \operatorname{diag}(\mathbf{p}) - \mathbf{p}\mathbf{p}^\top,"
         r" \mathbf{p} = \operatorname{softmax}(\mathbf{x})",
         softmax, r"\operatorname{softmax}(\mathbf{x})"),
    _row("logsumexp", "logarithm of a sum of exponentials",
         r"\frac{\partial}{\partial\mathbf{x}}\operatorname{logsumexp}(\mathbf{x})"
         r" = \operatorname{softmax}(\mathbf{x})^\top",
         logsumexp, r"\operatorname{logsumexp}(\mathbf{x})"),
    Rule("entry", "entry",
         r"\frac{\partial v_i}{\partial\mathbf{x}} = (\frac{\partial\mathbf{v}}{\partial\mathbf{x}})_i^\top",
         _alone(_entry), r"\operatorname{softmax}(\mathbf{x})_1", _entry),
    Rule("cells", "each entry",
         r"\frac{\partial}{\partial\mathbf{x}}\begin{bmatrix} \mathbf{u} \\ \mathbf{v} \end{bmatrix}"
         r" = \begin{bmatrix} \frac{\partial\mathbf{u}}{\partial\mathbf{x}} \\"
         r" \frac{\partial\mathbf{v}}{\partial\mathbf{x}} \end{bmatrix}",
         _alone(_cells), r"\begin{bmatrix} \mathbf{A}\mathbf{x} \\ \mathbf{w}^\top\mathbf{x} \end{bmatrix}", _cells),
    Rule("sum over", "sum rule",
         r"\frac{\partial}{\partial\mathbf{x}}\sum_i s_i = \sum_i \frac{\partial s_i}{\partial\mathbf{x}}",
         _alone(_sum_over), r"\sum_{i=1}^{N} (\mathbf{w}_i^\top\mathbf{x})\mathbf{w}_i", _sum_over),
    Rule("shaped cases", "case by case", r"each case is differentiated; not at the seams", _alone(_cases),
         r"\begin{cases} \mathbf{x} & \text{if } \mathbf{w}^\top\mathbf{x} > 0 \\"
         r" \mathbf{A}\mathbf{x} & \text{otherwise} \end{cases}",
         _cases, seams),
    Rule("shaped indicator", "indicator", r"0 but at the jump", _alone(_constant), r"[\mathbf{A}\mathbf{x} > 0]",
         _constant, seams),
)  # fmt: skip

RULES: dict[str, Rule] = {row.name: row for row in VECTOR}

_OPERATIONS: Final = {"sum": "sum of entries", "power": "entry power"}
"""Operations whose row has another name than theirs."""


_QUOTIENTS: dict[tuple[bool, ...], str] = {(True, False): "vector over constant", (False, True): "constant over number"}
"""Rows by which of the two parts vary."""


def row_name(e: Expr, varying: tuple[bool, ...]) -> str | None:
    """Return the name of the row for a node that has a shape, or is made of what has one; None where there is none."""
    match e:
        case Sum(terms):
            grown = any(v and not t.shape for t, v in zip(terms, varying, strict=True))
            return "scalar expansion" if e.shape and grown else "vector sum"
        case Product():
            return "multiple" if sum(varying) == 1 else "number times vector"
        case Quotient():
            return _QUOTIENTS.get(varying, "vector over number")
        case MatMul():
            return "linear" if sum(varying) == 1 else "matrix product"
        case Power(Operation("norm"), Integer(2)):
            return "squared norm"
        case Call() | Root():
            return "entry by entry"
        case Operation(name):
            name = _OPERATIONS.get(name, name)
            return name if name in RULES else None
        case Entry():
            return "entry"
        case Matrix():
            return "cells"
        case SumOver():
            return "sum over"
        case Cases():
            return "shaped cases"
        case Indicator():
            return "shaped indicator"
    return None
