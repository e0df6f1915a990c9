"""Vectors, matrices and indices in Python source.

A vector is a 1-D array, a row `(1, n)` and a matrix are 2-D. Indices count from 1 in formulas and from 0 in NumPy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from derive.errors import UnsupportedError
from derive.expr.closing import Values, parts_through
from derive.expr.nodes import (
    Cases,
    Entry,
    Expr,
    Filled,
    Integer,
    MatMul,
    Operation,
    Power,
    Product,
    Relation,
    Sum,
    Symbol,
    Transpose,
)
from derive.expr.operations import OPERATIONS
from derive.expr.shapes import ONE, Dimension, Shape, product
from derive.expr.walks import postorder

# How strongly a piece of Python binds; a piece that binds less than its place asks for is bracketed.
# Python takes `@` as `*`, from the left; to readers it is a product of its own.
COMPARISON, SUM, PRODUCT, MATMUL, POWER, ATOM = range(6)

HEIGHT: Final = 24
"""Levels of one Python expression; compilers refuse a few hundred."""
WIDTH: Final = 96
"""Characters beyond which a part of a formula gets a line of its own."""

PLAIN_POWER: Final = 64
"""The largest literal exponent that is written `**`, which is exact for integers and raises on overflow."""

_BETWEEN: Final = re.compile(r"(?:(?<=\()|(?<=, ))\{(\d)\}(?=[,)])|\{(\d)\}")
"""The places of a template: group 1 between a bracket or comma and another, group 2 any other."""
_SCALAR_ONLY: Final = re.compile(r"\b(math|mpmath)\.")
_OF_TWO: Final = {"max": "np.maximum({0}, {1})", "min": "np.minimum({0}, {1})"}
"""What a person writes for functions of any number of arguments where there are two."""
_OF_VECTORS: Final = {"norm": "np.linalg.norm({0})", "frobenius": "np.linalg.norm({0})"}
"""What a person writes for an operation; the table of operations has what other kinds of numbers can follow too."""
_NUMBERS: Final = {"zeros": "0.0", "ones": "1"}
_INFIX: Final = {"hadamard": "*", "divide": "/"}
_OPPOSITE: Final = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "=": "!=", "!=": "="}


@dataclass(frozen=True, slots=True)
class Piece:
    """Source of a part, how strongly it binds, and how many levels it has."""

    text: str
    strength: int = ATOM
    height: int = 0

    def at_least(self, strength: int) -> str:
        """Return the text, in brackets where it binds less."""
        return self.text if self.strength >= strength else f"({self.text})"

    def first_factor(self) -> str:
        """Return the text as it stands at the beginning of a product of numbers."""
        return self.at_least(POWER if self.strength == MATMUL else PRODUCT)


Pieces: TypeAlias = Mapping[Expr, Piece]
Naming: TypeAlias = Callable[[Piece], Piece]
"""Gives a part a line of its own and returns its name."""


def call_of(function: str, arguments: Sequence[Piece]) -> Piece:
    """Return a call."""
    return Piece(f"{function}({', '.join(a.text for a in arguments)})", ATOM, 1 + max(a.height for a in arguments))


def listed(items: Sequence[str]) -> str:
    """Return a list, over several lines where it is long."""
    text = ", ".join(items)
    return f"[{text}]" if len(text) <= WIDTH else "[\n            " + ",\n            ".join(items) + "]"


def _method(of: Piece, text: str) -> Piece:
    return Piece(of.at_least(ATOM) + text, ATOM, 1 + of.height)


def of_rank(piece: Piece, rank: int, shape: Shape) -> Piece:
    """Return an array of the rank that its shape has; sizes of 1 may have to go."""
    if rank == len(shape):
        return piece
    return _method(piece, (".item()", ".ravel()", ".reshape(1, -1)")[len(shape)])


def as_vector(row: Piece) -> Piece:
    """Return a row as a 1-D array."""
    flat = row.text.removesuffix(".reshape(1, -1)")
    return Piece(flat, ATOM, row.height) if row.strength == ATOM and flat != row.text else _method(row, ".ravel()")


# What a value is worked out from --------------------------------------------------------------------------------------


def sources(e: Expr, values: Values) -> tuple[Expr, ...]:
    """Return what a node is worked out from: not always its parts, for some of them need not be computed."""
    if e in values:
        return (values[e],)
    match e:
        case MatMul():
            return tuple(f.of for f in factors(e))
        case Cases():
            numbers = spread(e.values)
            return tuple(p for case in settled_cases(e) for p in case if p is not None and p not in numbers)
        case Sum(terms):
            numbers = spread(terms)
            return tuple(term for term in terms if term not in numbers)
        case Power():
            vector = squared(e)
            return (e.base, e.exponent) if vector is None else (vector,)
    return parts_through(e, values)


def settled_cases(e: Cases) -> list[tuple[Expr, Expr | None]]:
    """Return values and conditions; of two conditions that are opposites the second is otherwise."""
    conditions = e.conditions
    match conditions:
        case (Relation(a, (one,)), Relation(b, (other,))) if a == b and _OPPOSITE[one] == other:
            conditions = (conditions[0], None)
    return list(zip(e.values, conditions, strict=True))


def spread(of: Sequence[Expr]) -> dict[Expr, Piece]:
    """Return the numbers that may stand for zeros and ones beside something of their shape."""
    found: dict[Expr, Piece] = {}
    for e in of:
        filled_with = e.of if isinstance(e, Transpose) else e
        if isinstance(filled_with, Filled) and filled_with.kind in _NUMBERS:
            found[e] = Piece(_NUMBERS[filled_with.kind])
    return found if any(e.shape and e not in found for e in of) else {}


def squared(e: Power) -> Expr | None:
    """Return what the square of the length of is taken, if anything: its root need not be."""
    match e:
        case Power(Operation("norm" | "frobenius", (of,)), Integer(2)):
            return of
    return None


# Matrices -------------------------------------------------------------------------------------------------------------


def transpose(of: Piece, e: Transpose) -> Piece:
    """Return a transpose."""
    before, after = len(e.of.shape), len(e.shape)
    if not before:
        return of
    return _method(of, ".T" if before == after else ".reshape(1, -1)" if before < after else ".reshape(-1)")


@dataclass(frozen=True, slots=True)
class Factor:
    """What a factor of a product of matrices is worked from, and what it is.

    That is a `row`, a `column`, a `matrix`, or a `diagonal` matrix, which is worked from its diagonal.
    """

    of: Expr
    role: str


def factors(e: MatMul) -> list[Factor]:
    """Return the factors; of a transposed vector and of a diagonal matrix the vector is worked with."""
    return [_factor(f) for f in e.factors]


def _factor(f: Expr) -> Factor:
    match f:
        case Transpose(of) if len(of.shape) == 1:
            return Factor(of, "row")
        case Operation("diag", (of,)) if len(of.shape) == 1:
            return Factor(of, "diagonal")
    return Factor(f, "column" if len(f.shape) == 1 else "row" if f.shape[0] == ONE else "matrix")


def matmul(e: MatMul, at: Pieces, name: Naming) -> Piece:
    """Return a product of matrices; what is a row is worked as a 1-D array while it can be."""
    first, *others = [(at[f.of], len(f.of.shape), f.role) for f in factors(e)]
    so_far, rank, role = first
    shape = e.factors[0].shape
    for (piece, its_rank, its_role), factor in zip(others, e.factors[1:], strict=True):
        if so_far.height >= HEIGHT or len(so_far.text) > WIDTH:
            so_far = name(so_far)
        if role == "diagonal" or its_role == "diagonal":
            so_far = _scaled(so_far, piece, role == "diagonal" and its_rank == 2)
            rank = max(rank, its_rank)
            role = "diagonal" if role == its_role else "matrix"
        elif len(shape) == 1:
            so_far, rank = call_of("np.outer", [so_far, piece]), 2
        else:
            if rank == 2 and shape[0] == ONE and its_rank == 1:
                so_far, rank = _method(so_far, ".ravel()"), 1
            so_far, rank = at_product(so_far, piece), rank + its_rank - 2
        shape = product(shape, factor.shape)
    if role == "diagonal":
        so_far, rank = call_of("np.diag", [so_far]), 2
    return of_rank(so_far, rank, e.shape)


def at_product(left: Piece, right: Piece) -> Piece:
    """Return a product with `@`."""
    return Piece(f"{left.at_least(MATMUL)} @ {right.at_least(POWER)}", MATMUL, 2 + max(left.height, right.height))


def _scaled(left: Piece, right: Piece, rows: bool) -> Piece:
    """Return a product with a diagonal matrix, which multiplies the rows of a matrix behind it, or its columns."""
    if rows:
        left = _method(left, "[:, None]")
    return joined("*", left, right)


def joined(sign: str, left: Piece, right: Piece) -> Piece:
    """Return a product or quotient of two arrays, entry by entry."""
    return Piece(f"{left.first_factor()}{sign}{right.at_least(POWER)}", PRODUCT, 1 + max(left.height, right.height))


def matrix(rows: tuple[tuple[Expr, ...], ...], shape: Shape, at: Pieces) -> Piece:
    """Return a matrix of numbers, or of blocks: a single column of vectors and numbers is a vector."""
    cells = [cell for row in rows for cell in row]
    height = 4 + max(at[cell].height for cell in cells)
    column = len(rows[0]) == 1
    if not any(cell.shape for cell in cells):
        if not shape:
            return at[cells[0]]
        texts = [at[row[0]].text if column else listed([at[cell].text for cell in row]) for row in rows]
        return Piece(f"np.array({listed(texts)}, dtype=float)", ATOM, height)
    if column and all(len(cell.shape) < 2 for cell in cells):
        stacked = f"np.hstack({listed([at[cell].text for cell in cells])}, dtype=float)"
        return of_rank(Piece(stacked, ATOM, height), 1, shape)
    blocks = [listed([_block(cell, at[cell]).text for cell in row]) for row in rows]
    return of_rank(Piece(f"np.block({listed(blocks)})", ATOM, height), 2, shape)


def _block(e: Expr, piece: Piece) -> Piece:
    return _method(piece, ".reshape(-1, 1)") if len(e.shape) == 1 else piece


def matrix_power(base: Piece, exponent: int | None) -> Piece:
    """Return the power of a square matrix."""
    if exponent is None:
        raise UnsupportedError("the power of a matrix needs a literal whole exponent in Python")
    if exponent == -1:
        return call_of("np.linalg.inv", [base])
    return call_of("np.linalg.matrix_power", [base, Piece(str(exponent))])


def filled(e: Filled, size: Callable[[Dimension], str]) -> Piece:
    """Return what is known but for its size."""
    sizes = ", ".join(map(size, e.shape))
    shape = sizes if len(e.shape) == 1 else f"({sizes})"
    match e.kind:
        case "identity":
            return Piece(f"np.eye({size(e.shape[0])})", ATOM, 2)
        case "unit":
            return of_rank(Piece(f"np.eye({size(e.shape[-1])})[{e.index - 1}]", ATOM, 3), 1, e.shape)
    return Piece(f"np.{e.kind}({shape})", ATOM, 2)


# Operations and functions ---------------------------------------------------------------------------------------------


def operation(e: Operation, at: Pieces, name: Naming) -> Piece:
    """Return an operation of the table of operations."""
    template = _OF_VECTORS.get(e.name, OPERATIONS[e.name].numpy)
    if not template:
        raise UnsupportedError(f"{OPERATIONS[e.name].title} has no value of its own in Python")
    operands, rank = [at[o] for o in e.operands], len(e.shape)
    ranks = [len(o.shape) for o in e.operands]
    if e.name == "vec" and ranks == [0]:
        return operands[0]
    if e.name in _INFIX:
        return joined(_INFIX[e.name], *operands)
    if e.name == "inner" and ranks == [1, 1]:
        return at_product(*operands)
    if e.name == "power" and 0 <= (literal(e.operands[1]) or -1) <= PLAIN_POWER:
        return Piece(f"{operands[0].at_least(ATOM)}**{operands[1].text}", POWER, 1 + operands[0].height)
    if e.name == "kronecker":  # NumPy takes a 1-D array beside a matrix as a row
        rank = max(ranks)
        operands = [_block(o, p) if rank == 2 else p for o, p in zip(e.operands, operands, strict=True)]
    return of_rank(filled_in(template, operands, name), rank, e.shape)


def filled_in(template: str, operands: Sequence[Piece], name: Naming) -> Piece:
    """Return a template with pieces put in; what stands at several places is named first."""
    operands = [name(p) if template.count(f"{{{k}}}") > 1 else p for k, p in enumerate(operands)]

    def put_in(place: re.Match[str]) -> str:
        return operands[int(place[1])].text if place[1] else operands[int(place[2])].at_least(ATOM)

    strength = POWER if "**" in template else ATOM
    return Piece(_BETWEEN.sub(put_in, template), strength, 4 + max(p.height for p in operands))


def call(function: str, template: str, arguments: Sequence[Piece], shaped: bool, name: Naming) -> Piece:
    """Return the call of a function of numbers; where NumPy has none, what has a shape goes through it one by one."""
    height = 3 + max(a.height for a in arguments)
    if len(arguments) == 2:
        template = _OF_TWO.get(function, template)
    if shaped and _SCALAR_ONLY.search(template):
        own = ["_a", "_b", "_c"][: len(arguments)]
        bare = template.removesuffix("({0})")
        scalar = bare if re.fullmatch(r"[\w.]+", bare) else f"lambda {', '.join(own)}: {template.format(*own)}"
        texts = ", ".join(a.text for a in arguments)
        return Piece(f"np.vectorize({scalar}, otypes=[float])({texts})", ATOM, 1 + height)
    if template.count("{0}") > 1:
        arguments = [name(a) for a in arguments]
    strength = ATOM
    if template[0] == "(":
        template = template[1:-1]
        strength = SUM if re.match(r"[^(]* [-+] ", template) else PRODUCT
    listing = [a.text for a in arguments]
    text = template.replace("-({0})", "-{less}").format(
        *listing, all=", ".join(listing), less=arguments[0].at_least(POWER)
    )
    return Piece(text, strength, height)


def literal(e: Expr) -> int | None:
    """Return the value of a literal integer, perhaps with a minus, or None."""
    match e:
        case Integer(value):
            return value
        case Sum((Integer(value),), (-1,)):
            return -value
    return None


# Indices --------------------------------------------------------------------------------------------------------------


def entry(e: Entry, at: Pieces) -> Piece:
    """Return an entry, or a row of a matrix as a vector."""
    places = [shifted(i, at[i], -1) for i in e.indices]
    of = e.of.shape
    if len(of) == 2 and len(places) == 1 and ONE in of:
        places.insert(0 if of[0] == ONE else 1, "0")
    height = 1 + max(at[part].height for part in (e.of, *e.indices))
    return Piece(f"{at[e.of].at_least(ATOM)}[{', '.join(places)}]", ATOM, height)


def shifted(e: Expr, piece: Piece, by: int) -> str:
    """Return an index or a bound plus a number; what is typed as a number at its end is taken together with that."""
    if not _is_whole(e):
        return f"int({piece.text}){_plus(by)}"
    match e:
        case Integer(value):
            return str(value + by)
        case Sum((_, *_, Integer(value)), signs):
            tail = _plus(signs[-1] * value)
            if piece.text.endswith(tail):
                return piece.text.removesuffix(tail) + _plus(by + signs[-1] * value)
    return piece.at_least(SUM) + _plus(by)


def _plus(number: int) -> str:
    return f" {'-' if number < 0 else '+'} {abs(number)}" if number else ""


def _is_whole(root: Expr) -> bool:
    """Tell whether an expression is a whole number in Python too: no float that happens to be one."""
    return all(
        isinstance(e, Integer | Sum | Product) or (isinstance(e, Symbol) and e.kind in ("index", "dimension"))
        for e in postorder(root)
    )
