"""Vectors, matrices and indices in Python source.

A vector is a 1-D array, a row `(1, n)` and a matrix are 2-D. Indices count from 1 in formulas and from 0 in NumPy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from derive.errors import UnsupportedError
from derive.expr.nodes import Entry, Expr, Filled, Integer, MatMul, Operation, Product, Sum, Symbol, Transpose
from derive.expr.operations import OPERATIONS
from derive.expr.shapes import ONE, Dimension, Shape, product
from derive.expr.walks import postorder

# How strongly a piece of Python binds; a piece that binds less than its place asks for is bracketed.
COMPARISON, SUM, PRODUCT, POWER, ATOM = range(5)

HEIGHT: Final = 24
"""Levels of one Python expression; compilers refuse a few hundred."""
WIDTH: Final = 96
"""Characters beyond which a part of a formula gets a line of its own."""

_BETWEEN: Final = re.compile(r"(?:(?<=\()|(?<=, ))\{(\d)\}(?=[,)])|\{(\d)\}")
"""The places of a template: group 1 between a bracket or comma and another, group 2 any other."""
_SCALAR_ONLY: Final = re.compile(r"\b(math|mpmath)\.")


@dataclass(frozen=True, slots=True)
class Piece:
    """Source of a part, how strongly it binds, and how many levels it has."""

    text: str
    strength: int = ATOM
    height: int = 0

    def at_least(self, strength: int) -> str:
        """Return the text, in brackets where it binds less."""
        return self.text if self.strength >= strength else f"({self.text})"


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


def _of_rank(piece: Piece, rank: int, shape: Shape) -> Piece:
    """Return an array of the rank that its shape has; sizes of 1 may have to go."""
    if rank == len(shape):
        return piece
    return _method(piece, (".item()", ".ravel()", ".reshape(1, -1)")[len(shape)])


# Matrices -------------------------------------------------------------------------------------------------------------


def transpose(of: Piece, e: Transpose) -> Piece:
    """Return a transpose."""
    before, after = len(e.of.shape), len(e.shape)
    if not before:
        return of
    return _method(of, ".T" if before == after else ".reshape(1, -1)" if before < after else ".reshape(-1)")


def factors(e: MatMul) -> tuple[Expr, ...]:
    """Return what a product is worked from: in the place of the transpose of a vector, the vector."""
    return tuple(f.of if isinstance(f, Transpose) and len(f.of.shape) == 1 else f for f in e.factors)


def matmul(e: MatMul, at: Pieces, name: Naming) -> Piece:
    """Return a product of matrices; what is a row is worked as a 1-D array while it can be."""
    operands = [(at[of], len(of.shape), f.shape) for of, f in zip(factors(e), e.factors, strict=True)]
    so_far, rank, shape = operands[0]
    for piece, its_rank, its_shape in operands[1:]:
        if so_far.height >= HEIGHT or len(so_far.text) > WIDTH:
            so_far = name(so_far)
        height = 2 + max(so_far.height, piece.height)
        if len(shape) == 1:
            so_far, rank = Piece(f"np.outer({so_far.text}, {piece.text})", ATOM, height), 2
        else:
            if rank == 2 and shape[0] == ONE and its_rank == 1:
                so_far, rank = _method(so_far, ".ravel()"), 1
            left = so_far.text if " @ " in so_far.text and so_far.strength == PRODUCT else so_far.at_least(POWER)
            so_far, rank = Piece(f"{left} @ {piece.at_least(POWER)}", PRODUCT, height), rank + its_rank - 2
        shape = product(shape, its_shape)
    return _of_rank(so_far, rank, e.shape)


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
        return _of_rank(Piece(stacked, ATOM, height), 1, shape)
    blocks = [listed([_block(cell, at[cell]).text for cell in row]) for row in rows]
    return _of_rank(Piece(f"np.block({listed(blocks)})", ATOM, height), 2, shape)


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
            return _of_rank(Piece(f"np.eye({size(e.shape[-1])})[{e.index - 1}]", ATOM, 3), 1, e.shape)
    return Piece(f"np.{e.kind}({shape})", ATOM, 2)


# Operations and functions ---------------------------------------------------------------------------------------------


def operation(e: Operation, at: Pieces, name: Naming) -> Piece:
    """Return an operation of the table of operations."""
    template = OPERATIONS[e.name].numpy
    if not template:
        raise UnsupportedError(f"{OPERATIONS[e.name].title} has no value of its own in Python")
    operands, rank = [at[o] for o in e.operands], len(e.shape)
    ranks = [len(o.shape) for o in e.operands]
    if e.name == "vec" and ranks == [0]:
        return operands[0]
    if e.name == "kronecker":  # NumPy takes a 1-D array beside a matrix as a row
        rank = max(ranks)
        operands = [_block(o, p) if rank == 2 else p for o, p in zip(e.operands, operands, strict=True)]
    operands = [name(p) if template.count(f"{{{k}}}") > 1 else p for k, p in enumerate(operands)]

    def put_in(place: re.Match[str]) -> str:
        return operands[int(place[1])].text if place[1] else operands[int(place[2])].at_least(ATOM)

    strength = POWER if "**" in template else ATOM
    height = 4 + max(p.height for p in operands)
    return _of_rank(Piece(_BETWEEN.sub(put_in, template), strength, height), rank, e.shape)


def call(template: str, arguments: Sequence[Piece], shaped: bool, name: Naming) -> Piece:
    """Return the call of a function of numbers; where NumPy has none, what has a shape goes through it one by one."""
    height = 3 + max(a.height for a in arguments)
    if shaped and _SCALAR_ONLY.search(template):
        own = ["_a", "_b", "_c"][: len(arguments)]
        bare = template.removesuffix("({0})")
        function = bare if re.fullmatch(r"[\w.]+", bare) else f"lambda {', '.join(own)}: {template.format(*own)}"
        texts = ", ".join(a.text for a in arguments)
        return Piece(f"np.vectorize({function}, otypes=[float])({texts})", ATOM, 1 + height)
    if template.count("{0}") > 1:
        arguments = [name(a) for a in arguments]
    listing = [a.text for a in arguments]
    return Piece(template.format(*listing, all=", ".join(listing)), ATOM, height)


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
