"""Building vectors and matrices as a person writes them: the sign and the numbers in front, one flat product."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from string import ascii_lowercase
from typing import NamedTuple

from derive.expr.array_nodes import Entries, Filled, MatMul, Matrix, Operation, SumOver, Transpose
from derive.expr.build import add, is_integer, needs_dot, negative, signed, times
from derive.expr.entries import flipped
from derive.expr.interning import current_table
from derive.expr.nodes import (
    Call,
    Cases,
    Derivative,
    Entry,
    Expr,
    Integer,
    Power,
    Product,
    Quotient,
    Root,
    Sum,
    Symbol,
    has_bare_entries,
)
from derive.expr.shapes import ONE, SCALAR, Dimension, Shape, product, transposed
from derive.expr.walks import postorder


class Factor(NamedTuple):
    """A factor of a product; `made` here, of matrices side by side, it can take in further matrices."""

    e: Expr
    made: bool = False


def product_of(factors: Sequence[Factor], dots: Sequence[str] | None = None) -> Expr:
    """Return a product of numbers and at most one factor that has a shape."""
    if len(factors) == 1:
        return factors[0].e
    return Product(tuple(f.e for f in factors), tuple(dots if dots is not None else [""] * (len(factors) - 1)))


def side_by_side(factors: Iterable[Expr]) -> list[Factor]:
    """Return the factors of a product without signs: numbers, and at most one that has a shape.

    Factors are multiplied from the left. Matrices, rows and columns go into one `MatMul`, until it would be a number:
    x^T y A z is (x^T y)(A z).

    Raises:
        ShapeError: Shapes do not fit.
    """
    out: list[Factor] = []
    run: list[Expr] = []
    behind: list[Factor] = []
    so_far = SCALAR
    for factor in factors:
        if not factor.shape:
            (behind if run else out).append(Factor(factor))
            continue
        if behind:  # A t B is (A t) B
            run, behind = [product_of([_run(run), *behind])], []
        so_far = product(so_far, factor.shape) if run else factor.shape
        run.append(factor)
        if not so_far:
            out.append(_run(run))
            run = []
    return [*out, *([_run(run)] if run else []), *behind]


def _run(factors: list[Expr]) -> Factor:
    if len(factors) == 1:
        return Factor(factors[0])
    return Factor(MatMul(tuple(factors), ("",) * (len(factors) - 1)), made=True)


def in_order(factors: Iterable[Expr]) -> Expr:
    """Return the product of named factors in just this order: the chain rule of vectors."""
    return product_of(side_by_side(factors))


# Products -------------------------------------------------------------------------------------------------------------


def is_zero(e: Expr) -> bool:
    """Tell whether an expression is a literal 0, or zeros."""
    e = e.of if isinstance(e, Transpose) else e
    return is_integer(e, 0) or (isinstance(e, Filled) and e.kind == "zeros")


def is_identity(e: Expr) -> bool:
    """Tell whether an expression is an identity matrix."""
    return isinstance(e, Filled) and e.kind == "identity"


def is_gradient(e: Transpose) -> bool:
    """Tell whether a transpose is the gradient of a number by a vector, as a column."""
    of = e.of
    return isinstance(of, Derivative) and not of.of.shape and len(of.wrt) == 1 and len(of.wrt[0].shape) == 1


def is_ones(e: Expr) -> bool:
    """Tell whether an expression is a vector of ones."""
    return isinstance(e, Filled) and e.kind == "ones" and len(e.shape) == 1


def multiply(factors: Iterable[Expr], *, put_in: bool = False) -> Expr:
    """Return the product of numbers, rows, columns and matrices: the sign and the numbers in front of what has a shape.

    Nested products are flattened; an identity, and a factor 1, are left out. `put_in`: values were just put into a
    chain, so that numbers keep a dot between them.

    Raises:
        ShapeError: Shapes do not fit.
    """
    sign, numbers, shaped = 1, [], []
    for part in _flat(factors, put_in):
        if isinstance(part, int):
            sign *= part
        elif part.shape:
            shaped.append(part)
        elif not is_integer(part, 1):
            numbers.append(part)
    shaped = _without_identities(shaped)
    groups = [f.e for f in side_by_side(shaped)]
    numbers += [g for g in groups if not g.shape]
    rest = [g for g in groups if g.shape]
    whole = _scaled(numbers, rest, put_in)
    if is_zero(whole) or any(map(is_zero, (*numbers, *shaped))):
        return zero(whole.shape)
    return whole if sign > 0 else negative(whole)


def _scaled(numbers: list[Expr], rest: list[Expr], put_in: bool) -> Expr:
    if not put_in:
        return times([*numbers, *rest])
    flat: list[Expr] = []
    dots: list[str] = []
    for e in [*numbers, *rest]:
        parts, inner = (e.factors, e.dots) if isinstance(e, Product) else ((e,), ())
        if flat:
            letter = isinstance(flat[-1], Integer) and isinstance(parts[0], Symbol)
            plain = (e.shape or letter or isinstance(e, MatMul)) and not needs_dot(flat[-1], parts[0])
            dots.append("" if plain else r"\cdot")
        flat.extend(parts)
        dots.extend(inner)
    if not flat:
        return Integer(1)
    return flat[0] if len(flat) == 1 else Product(tuple(flat), tuple(dots))


def _flat(factors: Iterable[Expr], put_in: bool) -> Iterable[Expr | int]:
    """Yield the signs and the factors that a product is made of; what was one number stays one where it is put in."""
    for factor in factors:
        sign, inner = signed(factor)
        if sign < 0:
            yield -1
        if put_in and isinstance(inner, Product):
            numbers = [f for f in inner.factors if not f.shape]
            yield times(numbers) if len(numbers) < 2 else Product(tuple(numbers), inner.dots[: len(numbers) - 1])
            yield from _flat(inner.factors[len(numbers) :], put_in)
        elif isinstance(inner, Product) or (isinstance(inner, MatMul) and inner.shape):
            yield from _flat(inner.factors, put_in)
        elif isinstance(inner, Quotient) and inner.shape:
            yield Quotient(Integer(1), inner.denominator)
            yield from _flat((inner.numerator,), put_in)
        else:
            yield inner


def _without_identities(shaped: list[Expr]) -> list[Expr]:
    kept = [f for f in shaped if not is_identity(f)]
    return kept or shaped[:1]


def zero(shape: Shape) -> Expr:
    """Return the number 0, or zeros of a shape; a row of zeros is a transposed vector."""
    if not shape:
        return Integer(0)
    if len(shape) == 2 and shape[0] == ONE:
        return Transpose(Filled("zeros", shape[1:]))
    return Filled("zeros", shape)


def ones(size: Dimension) -> Expr:
    """Return the vector of ones."""
    return Filled("ones", (size,))


def identity(size: Dimension) -> Expr:
    """Return the identity matrix; of size 1 it is the number 1."""
    return Integer(1) if size == ONE else Filled("identity", (size, size))


def size_number(size: Dimension) -> Expr:
    """Return a size as a number: 3, n, n + 1."""
    terms: list[Expr] = []
    for names, c in reversed(size.terms):
        letters = [Symbol(name, kind="dimension") for name in names]
        term = times([*([] if abs(c) == 1 and names else [Integer(abs(c))]), *letters])
        terms.append(term if c > 0 else negative(term))
    return add(terms)


def total(terms: Iterable[Expr]) -> Expr:
    """Return the sum of terms of one shape, those that are zero left out."""
    listed = list(terms)
    kept = [t for t in listed if not is_zero(t)]
    return add(kept) if kept else listed[0]


def an_entry(e: Expr) -> Expr:
    """Return any entry of a vector, v_i, for what is said of each; a number as it is."""
    if not e.shape:
        return e
    e, fresh = column(e), fresh_indices(e)
    return worked_entry(e, tuple(next(fresh) for _ in e.shape))


def fresh_indices(e: Expr) -> Iterator[Symbol]:
    """Yield indices that neither an expression uses nor the author, whose sums may be behind a name."""
    used = {s.name for s in postorder(e) if isinstance(s, Symbol)} | current_table().memo("letters of indices").keys()
    letters = ascii_lowercase[8:] + ascii_lowercase[:8]  # i, j, k, ...
    return (Symbol(letter, kind="index") for letter in letters if letter not in used)


def worked_entry(e: Expr, indices: tuple[Expr, ...]) -> Expr:
    """Return an entry; of what is worked entry by entry it is made of the entries of its parts."""
    if not e.shape:
        return e

    def at(part: Expr) -> Expr:
        return worked_entry(part, indices)

    match e:
        case Filled("ones" | "zeros" as kind):
            return Integer(int(kind == "ones"))
        case Sum(terms, signs):
            return Sum(tuple(map(at, terms)), signs)
        case Product(factors):
            return times(map(at, factors))
        case Quotient(a, b, style):
            return Quotient(at(a), b, style)
        case Operation("hadamard", parts):
            return times(map(at, parts))
        case Operation("divide", (a, b)):
            return Quotient(at(a), at(b))
        case Operation("power", (base, exponent)):
            return Power(at(base), at(exponent))
        case Call(function, arguments):
            return Call(function, tuple(map(at, arguments)))
        case Root(radicand, degree):
            return Root(at(radicand), degree)
    return entry(e, *indices)


def entry(of: Expr, *indices: Expr) -> Expr:
    """Return an entry; what has no letter or name of its own stands in brackets."""
    return Entry(of, indices, "" if has_bare_entries(of) else "(")


# Transposes and entry-by-entry work -----------------------------------------------------------------------------------


def transpose(e: Expr) -> Expr:
    """Return the transpose: of a number itself, of a transpose what it is of, of a product its factors turned round."""
    sign, inner = signed(e)
    if not inner.shape:
        return e
    match inner:
        case Transpose(of):
            turned = of
        case Product(factors):
            turned = multiply(transpose(f) for f in factors)
        case Quotient(a, b, style):
            turned = Quotient(transpose(a), b, style)
        case MatMul(factors):
            turned = multiply(transpose(f) for f in reversed(factors))
        case Sum(terms, signs) if len(inner.shape) == 2 and all(t.shape for t in terms):
            turned = add(transpose(t) if s > 0 else negative(transpose(t)) for t, s in zip(terms, signs, strict=True))
        case SumOver(operator, index, lower, upper, body, style) if operator == "sum":
            turned = SumOver(operator, index, lower, upper, transpose(body), style)
        case Cases(values, conditions):
            turned = Cases(tuple(map(transpose, values)), conditions)
        case Operation("diag") if len(inner.shape) == 2:
            turned = inner
        case Entries(body) if not body.shape:
            turned = flipped(inner)
        case Filled("identity"):
            turned = inner
        case Filled("zeros", shape) if len(shape) == 2:
            turned = zero(transposed(shape))
        case Matrix(rows, style) if len(rows) > 1 and len(rows[0]) > 1:
            turned = Matrix(tuple(zip(*[[transpose(c) for c in row] for row in rows], strict=True)), style)
        case _:
            turned = Transpose(inner)
    return turned if sign > 0 else negative(turned)


def column(e: Expr) -> Expr:
    """Return a row as a column; what is no row stays."""
    return transpose(e) if is_row(e.shape) else e


def is_row(shape: Shape) -> bool:
    """Tell whether a shape is that of a row."""
    return len(shape) == 2 and shape[0] == ONE


def diagonal(e: Expr) -> Expr:
    """Return the diagonal matrix of a vector, numbers in front: diag(2x) = 2 diag(x), diag(1) = I."""
    sign, inner = signed(e)
    numbers = [f for f in inner.factors if not f.shape] if isinstance(inner, Product) else []
    rest = multiply(f for f in inner.factors if f.shape) if isinstance(inner, Product) else inner
    matrix = identity(rest.shape[0]) if is_ones(rest) else Operation("diag", (rest,), "(")
    return multiply([*([negative(Integer(1))] if sign < 0 else []), *numbers, matrix])


def hadamard(factors: Iterable[Expr]) -> Expr:
    """Return the product entry by entry, numbers in front; a vector of ones is left out."""
    sign, numbers, shaped = 1, [], []
    for factor in factors:
        s, inner = signed(factor)
        sign *= s
        parts = inner.factors if isinstance(inner, Product) else (inner,)
        numbers += [p for p in parts if not p.shape and not is_integer(p, 1)]
        shaped += [p for p in parts if p.shape]
    kept = [f for f in shaped if not is_ones(f)] or shaped[:1]
    whole = kept[0] if kept else None
    for factor in kept[1:]:
        whole = _entrywise_product(whole, factor) if whole is not None else factor
    out = times([*numbers, *([] if whole is None else [whole])])
    return out if sign > 0 else negative(out)


def _entrywise_product(a: Expr, b: Expr) -> Expr:
    """Return the product entry by entry; of two by their general entries, it has the product of these."""
    if isinstance(a, Entries) and isinstance(b, Entries) and not (a.body.shape or b.body.shape):
        return Entries(times([a.body, b.body]), a.rows, a.columns, a.style)
    return Operation("hadamard", (a, b))
