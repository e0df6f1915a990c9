r"""Rewrites of vectors and matrices: products of rows, columns and diagonal matrices, entry-by-entry work, sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from derive.expr.build import add, as_number, differs, is_integer, negative, one_over, rational, signed, times
from derive.expr.build_arrays import (
    an_entry,
    column,
    diagonal,
    hadamard,
    is_ones,
    is_row,
    is_zero,
    multiply,
    ones,
    size_number,
    total,
    transpose,
    zero,
)
from derive.expr.interning import current_table
from derive.expr.nodes import (
    Call,
    Expr,
    Integer,
    MatMul,
    Operation,
    Power,
    Product,
    Quotient,
    Sum,
    SumOver,
    Symbol,
    Transpose,
)
from derive.expr.shapes import product
from derive.expr.walks import children, open_indices, plain, postorder, tree_size, with_children
from derive.planner.algebra import opened
from derive.planner.rewrite_products import Trace, unless_same
from derive.planner.rewrite_sums import simpler
from derive.rules.entrywise import divide, entry_by_entry, raised


def products(e: Expr, _: Trace) -> Expr:
    """Write a product with its sign and numbers in front, without identities; with zeros it is zero."""
    if not e.shape or not isinstance(e, MatMul | Product | Quotient | Operation):
        return e
    match e:
        case Operation("diag", (inner,)) if len(inner.shape) == 1:
            return unless_same(e, diagonal(inner))
        case Operation("hadamard", parts):
            return zero(e.shape) if any(map(is_zero, parts)) else unless_same(e, hadamard(_spread(parts)))
        case Operation():
            return e
        case Quotient(numerator, _) if is_zero(numerator):
            return zero(e.shape)
        case Quotient(numerator, denominator) if signed(numerator)[0] < 0:
            return negative(Quotient(signed(numerator)[1], denominator))
        case Quotient():
            return e
        case Product() if e.dots and any(e.dots):
            return e
    return unless_same(e, multiply([e]))


def _spread(parts: Sequence[Expr]) -> list[Expr]:
    """Return the factors of nested products entry by entry."""
    out: list[Expr] = []
    for part in parts:
        out += _spread(part.operands) if isinstance(part, Operation) and part.name == "hadamard" else [part]
    return out


def transposes(e: Expr, _: Trace) -> Expr:
    """Carry a transpose inwards: (AB)^T = B^T A^T, (A^T)^T = A."""
    return unless_same(e, transpose(e.of)) if isinstance(e, Transpose) else e


def symmetric(e: Expr, trace: Trace) -> Expr:
    """Leave out the transpose of what is symmetric, and of its inverse."""
    if not isinstance(e, Transpose):
        return e
    base = e.of.base if isinstance(e.of, Power) else e.of
    if base not in current_table().memo("symmetric"):
        return e
    trace.about.setdefault(base)
    return e.of


def neighbours(e: Expr, change: Callable[[Expr, Expr], Expr | None]) -> Expr:
    """Replace two neighbours in a product by what they make together, as often as that can be done."""
    if not isinstance(e, MatMul):
        return e
    factors = list(e.factors)
    i = 0
    while i + 1 < len(factors):
        made = change(factors[i], factors[i + 1])
        if made is None:
            i += 1
        else:
            factors[i : i + 2] = [made]
            i = max(i - 1, 0)
    return e if len(factors) == len(e.factors) else multiply(factors)


def _of_diagonal(e: Expr) -> Expr | None:
    return e.operands[0] if isinstance(e, Operation) and e.name == "diag" and len(e.shape) == 2 else None


def ones_and_diagonal(e: Expr, _: Trace) -> Expr:
    r"""\mathbf{1}^\top diag(x) = x^\top, diag(x) \mathbf{1} = x."""

    def change(a: Expr, b: Expr) -> Expr | None:
        if isinstance(a, Transpose) and is_ones(a.of) and (inner := _of_diagonal(b)) is not None:
            return transpose(inner)
        return inner if is_ones(b) and (inner := _of_diagonal(a)) is not None else None

    return neighbours(e, change)


def count_ones(e: Expr, _: Trace) -> Expr:
    r"""\mathbf{1}^\top \mathbf{1} = n, and so is sum(\mathbf{1})."""
    match e:
        case MatMul((Transpose(row), column)) if is_ones(row) and is_ones(column):
            return size_number(column.shape[0])
        case Operation("sum", (v,)) if is_ones(v):
            return size_number(v.shape[0])
    return e


def diagonals(e: Expr, _: Trace) -> Expr:
    r"""diag(a) diag(b) = diag(a \odot b)."""

    def change(a: Expr, b: Expr) -> Expr | None:
        first, second = _of_diagonal(a), _of_diagonal(b)
        return None if first is None or second is None else diagonal(hadamard([first, second]))

    return neighbours(e, change)


def row_and_diagonal(e: Expr, _: Trace) -> Expr:
    r"""a^\top diag(b) = (a \odot b)^\top, diag(a) b = a \odot b."""

    def change(a: Expr, b: Expr) -> Expr | None:
        if is_row(a.shape) and (inner := _of_diagonal(b)) is not None:
            return transpose(hadamard([transpose(a), inner]))
        if len(b.shape) == 1 and (inner := _of_diagonal(a)) is not None:
            return hadamard([inner, b])
        return None

    return neighbours(e, change)


def numbers_inside(e: Expr, _: Trace) -> Expr:
    r"""Take a row times a column out of a product of matrices: u (v^\top w) = (v^\top w) u."""
    if not isinstance(e, MatMul) or len(e.factors) < 3:
        return e
    for i, factor in enumerate(e.factors):
        if not is_row(factor.shape):
            continue
        so_far = factor.shape
        for j in range(i + 1, len(e.factors)):
            so_far = product(so_far, e.factors[j].shape)
            if not so_far:
                number = multiply(e.factors[i : j + 1])
                return multiply([number, *e.factors[:i], *e.factors[j + 1 :]])
    return e


def dots(e: Expr, _: Trace) -> Expr:
    r"""Work a row times a column entry by entry where that cancels: (y \oslash p)^\top p = \mathbf{1}^\top y."""
    if not isinstance(e, MatMul) or e.shape or len(e.factors) != 2 or len(e.factors[1].shape) != 1:
        return e
    a, b = transpose(e.factors[0]), e.factors[1]
    if is_ones(a) or is_ones(b) or not any(isinstance(v, Operation) and v.name == "divide" for v in (a, b)):
        return e
    whole = entries(hadamard([a, b]), Trace())
    shorter = not (isinstance(whole, Operation) and whole.name in ("divide", "hadamard"))
    return multiply([transpose(ones(b.shape[0])), whole]) if shorter else e


def distribute_diagonals(e: Expr, _: Trace) -> Expr:
    r"""Multiply out a difference that begins with a diagonal matrix: r^\top (diag(p) - p p^\top)."""
    if not isinstance(e, MatMul):
        return e
    for i, factor in enumerate(e.factors):
        if isinstance(factor, Sum) and len(factor.terms) > 1 and any(_of_diagonal(t) is not None for t in factor.terms):
            left, right = e.factors[:i], e.factors[i + 1 :]
            if not any(is_row(f.shape) or _of_diagonal(f) is not None for f in left[-1:]):
                continue
            return total(multiply([*left, term, *right]) for term in opened(factor))
    return e


# Entry by entry -------------------------------------------------------------------------------------------------------


def entries(e: Expr, trace: Trace) -> Expr:
    r"""Merge and cancel powers of one vector entry by entry: (\mathbf{1} \oslash u) \odot u = \mathbf{1}."""
    if not isinstance(e, Operation) or e.name not in ("hadamard", "divide", "power"):
        return e
    found = _powers(e)
    if found is None:
        return e
    number, exponents, merged, cancelled = found
    if not merged:
        return e
    for base in cancelled:
        if not _never_zero(base):
            trace.conditions.setdefault(differs(an_entry(base), Integer(0)))
    above = [raised(b, rational(n)) for b, n in exponents.items() if n > 0]
    below = [raised(b, rational(-n)) for b, n in exponents.items() if n < 0]
    top = hadamard([*([number] if not is_integer(number, 1) else []), *(above or [ones(e.shape[0])])])
    return divide(top, hadamard(below)) if below else top


def _powers(e: Expr) -> tuple[Expr, dict[Expr, Fraction], bool, list[Expr]] | None:
    """Split entry-by-entry work into a number and powers; tell whether bases met twice, and which were cancelled."""
    number: list[Expr] = []
    exponents: dict[Expr, Fraction] = {}
    merged = False
    cancelled: list[Expr] = []
    stack: list[tuple[Expr, Fraction]] = [(e, Fraction(1))]
    while stack:
        part, n = stack.pop()
        match part:
            case Operation("hadamard", (a, b)):
                stack += [(b, n), (a, n)]
            case Operation("divide", (a, b)):
                stack += [(b, -n), (a, n)]
            case Operation("power", (base, exponent)) if as_number(exponent) is not None:
                stack.append((base, n * Fraction(as_number(exponent) or 0)))
            case _ if is_ones(part):
                merged = merged or len(stack) > 0 or bool(exponents)
            case _ if not part.shape:
                number.append(part if n == 1 else one_over(part) if n == -1 else Power(part, rational(n)))
            case _:
                before = exponents.get(part)
                merged = merged or before is not None
                if before is not None and before * n < 0:
                    cancelled.append(part)
                exponents[part] = (before or Fraction(0)) + n
    if is_ones_over(e):
        merged = len(exponents) > 1 and merged and bool(cancelled)
    return times(number), {b: n for b, n in exponents.items() if n}, merged, cancelled


def is_ones_over(e: Expr) -> bool:
    r"""Tell whether an expression is \mathbf{1} \oslash v, which is as short as it gets."""
    return isinstance(e, Operation) and e.name == "divide" and is_ones(e.operands[0])


def _never_zero(e: Expr) -> bool:
    positive = isinstance(e, Operation) and e.name == "softmax"
    return positive or (isinstance(e, Call) and e.function in ("exp", "sigmoid", "cosh", "softplus"))


def entry_sums(e: Expr, _: Trace) -> Expr:
    r"""Simplify a sum entry by entry as one of numbers: (\mathbf{1} - y) \odot a - y \odot (\mathbf{1} - a) = a - y."""
    if not isinstance(e, Sum) or len(e.terms) < 2 or not (len(e.shape) == 1 or is_row(e.shape)):
        return e
    whole = add(column(t) if s > 0 else negative(column(t)) for t, s in zip(e.terms, e.signs, strict=True))
    if not any(isinstance(n, Operation) and n.name == "hadamard" for n in postorder(whole)):
        return e
    stand_ins: dict[Expr, Expr] = {}
    number = simpler(_lowered(whole, stand_ins))
    lifted = entry_by_entry(number, {symbol: v for v, symbol in stand_ins.items()})
    lifted = lifted if lifted.shape else multiply([lifted, ones(whole.shape[0])])
    if tree_size(lifted) >= tree_size(whole):
        return e
    return transpose(lifted) if is_row(e.shape) else lifted


def _lowered(e: Expr, stand_ins: dict[Expr, Expr]) -> Expr:
    """Return what the entries of a vector are, with numbers in the place of vectors that are no entry-by-entry work."""
    match e:
        case Operation("hadamard", parts):
            return times(_lowered(p, stand_ins) for p in parts)
        case Operation("divide", (a, b)):
            return Quotient(_lowered(a, stand_ins), _lowered(b, stand_ins))
        case Operation("power", (base, exponent)) if not exponent.shape:
            return Power(_lowered(base, stand_ins), exponent)
        case Sum(terms, signs):
            return Sum(tuple(_lowered(t, stand_ins) for t in terms), signs)
        case Product(factors):
            return times(_lowered(f, stand_ins) for f in factors)
        case _ if is_ones(e):
            return Integer(1)
        case _ if not e.shape:
            return e
    return stand_ins.setdefault(plain(e), Symbol("v", subscript=str(len(stand_ins)), mark="entry"))


# Sums -----------------------------------------------------------------------------------------------------------------


def common_matrix(e: Expr, trace: Trace) -> Expr:
    r"""Take the first or last matrix that all terms share out of a sum: x^\top A + x^\top B = x^\top (A + B)."""
    if not isinstance(e, Sum) or not e.shape or len(e.terms) < 2:
        return e
    terms = [_split(t) for t in opened(e)]
    numbers = {plain(times(n)) for n, _ in terms}
    for at in (0, -1):
        shared = {plain(f[at]) for _, f in terms}
        if len(shared) == 1 and all(len(f) > 1 for _, f in terms):
            same_numbers = len(numbers) == 1
            front = list(terms[0][0]) if same_numbers else []
            rests = [f[1:] if at == 0 else f[:-1] for _, f in terms]
            kept = [[] if same_numbers else n for n, _ in terms]
            inner = add(multiply([*n, *r]) for n, r in zip(kept, rests, strict=True))
            if not inner.shape:
                return e
            one = terms[0][1][at]
            trace.about.setdefault(one)
            parts = [one, inner] if at == 0 else [inner, one]
            return multiply([*front, *parts])
    return e


def _split(term: Expr) -> tuple[list[Expr], list[Expr]]:
    """Return the numbers, sign included, and the matrices of a term."""
    sign, inner = signed(term)
    factors = list(inner.factors) if isinstance(inner, Product) else [inner]
    numbers = [f for f in factors if not f.shape]
    shaped = next((f for f in factors if f.shape), inner)
    matrices: list[Expr] = list(shaped.factors) if isinstance(shaped, MatMul) else [shaped]
    return ([negative(Integer(1))] if sign < 0 else []) + numbers, matrices


def merge_sums(e: Expr, _: Trace) -> Expr:
    r"""Add sums over one index term by term where that is shorter: \sum_i a_i(1 - b_i) + \sum_i a_i b_i."""
    if not isinstance(e, Sum):
        return e
    terms = opened(e)
    sums: dict[int, tuple[int, SumOver]] = {}
    groups: dict[tuple[Expr, ...], list[int]] = {}
    for k, term in enumerate(terms):
        sign, inner = signed(term)
        if isinstance(inner, SumOver) and inner.operator == "sum":
            sums[k] = sign, inner
            groups.setdefault((inner.index, *children(inner)[:-1]), []).append(k)
    for places in groups.values():
        bodies = [negative(s.body) if sign < 0 else s.body for sign, s in (sums[k] for k in places)]
        body = _added(bodies)
        if len(places) > 1 and tree_size(body) <= max(map(tree_size, bodies)):
            over = sums[places[0]][1]
            merged = with_children(over, (*children(over)[:-1], body))
            return add([merged, *(t for k, t in enumerate(terms) if k not in places)])
    return e


def _added(bodies: list[Expr]) -> Expr:
    """Return a sum of numbers, or of numbers times one matrix, as short as it becomes."""
    parts = [_split(b) for b in bodies]
    if not bodies[0].shape or len({tuple(map(plain, matrices)) for _, matrices in parts}) > 1:
        return simpler(add(bodies))
    return multiply([simpler(add(times(numbers) for numbers, _ in parts)), *parts[0][1]])


def constants_out(e: Expr, _: Trace) -> Expr:
    """Take factors that do not depend on the index out of a sum over it."""
    if not isinstance(e, SumOver) or e.operator != "sum":
        return e
    if is_zero(e.body):
        return zero(e.shape)
    sign, inner = signed(e.body)
    front: list[Expr] = []
    if isinstance(inner, Product):
        front = [f for f in inner.factors if not f.shape and not _depends(f, e.index)]
        rest = multiply(f for f in inner.factors if f not in front)
    elif isinstance(inner, Quotient) and not _depends(inner.denominator, e.index):
        front, rest = [one_over(inner.denominator)], inner.numerator
    else:
        rest = inner
    if sign > 0 and not front:
        return e
    summed = SumOver(e.operator, e.index, e.lower, e.upper, rest, e.style)
    whole = times([*front, summed])
    return whole if sign > 0 else negative(whole)


def _depends(e: Expr, index: Symbol) -> bool:
    return index in open_indices(e, current_table().memo("indexed"))
