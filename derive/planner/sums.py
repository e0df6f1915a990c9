r"""Sums over the entries of vectors, written in vectors, \sum_i w_i x_i = w^\top x, and back."""

from __future__ import annotations

from derive.errors import NoRuleError, ShapeError
from derive.expr.build import is_integer, times
from derive.expr.build_arrays import column, size_number, transpose
from derive.expr.nodes import (
    Entries,
    Entry,
    Expr,
    Filled,
    MatMul,
    Operation,
    Product,
    SumOver,
    Symbol,
    Transpose,
    row_index,
)
from derive.expr.walks import children, fold, free_indices, plain, postorder, with_children
from derive.planner.indexed import Writer
from derive.planner.tidy import tidied
from derive.rules.entrywise import entry_by_entry


def in_vectors(e: Expr) -> Expr:
    """Return a formula with its sums over all entries of vectors written in vectors; other sums stay."""

    def combine(node: Expr, parts: tuple[Expr, ...]) -> Expr:
        whole = node if parts == children(node) else with_children(node, parts)
        if isinstance(whole, Entries):
            return _column_in_vectors(whole)
        return _in_vectors(whole) if isinstance(whole, SumOver) else whole

    return fold(e, combine)


def in_sums(e: Expr, like: SumOver) -> Expr:
    r"""Return a formula with its products of a vector and ones as sums like another: v^\top 1 is \sum_i v_i."""

    def combine(node: Expr, parts: tuple[Expr, ...]) -> Expr:
        whole = node if parts == children(node) else with_children(node, parts)
        v = _summed_by_ones(whole)
        if v is None or like.upper is None or plain(size_number(v.shape[0])) is not plain(like.upper):
            return whole
        body = tidied(Writer([]).component(v, (like.index,)))
        return SumOver("sum", like.index, like.lower, like.upper, body, like.style)

    return fold(e, combine)


def _summed_by_ones(e: Expr) -> Expr | None:
    """Return the vector whose entries a product of a row and a column adds up, because one of them is all ones."""
    match e:
        case MatMul((Transpose(Filled("ones")), v)) | MatMul((Transpose(v), Filled("ones"))) if len(v.shape) == 1:
            return v
    return None


def _in_vectors(e: SumOver) -> Expr:
    meanings = _vectors(e)
    if e.operator != "sum" or not meanings or e.shape:
        return e
    try:
        lifted = entry_by_entry(e.body, meanings)
    except (NoRuleError, ShapeError):
        return e
    if e.index in free_indices(lifted) or len(lifted.shape) != 1:
        return e
    return _added_up(lifted)


def _column_in_vectors(e: Entries) -> Expr:
    """Return a column by its general entry as a vector: with x_1^2, x_2^2, ..., x_n^2 it is x^2, entry by entry."""
    i = row_index()
    own = [n for n in postorder(e.body) if isinstance(n, Entry) and n.indices == (i,) and not n.shape]
    try:
        lifted = entry_by_entry(e.body, {n: column(n.of) for n in own})
    except (NoRuleError, ShapeError):
        return e
    return e if lifted.shape != e.shape or i in free_indices(lifted) else lifted


def _vectors(e: SumOver) -> dict[Expr, Expr]:
    """Return what the entries in a sum are entries of, if it goes through all of each; else nothing."""
    found: dict[Expr, Expr] = {}
    for node in postorder(e.body):
        if isinstance(node, Entry) and node.indices == (e.index,) and e.index not in free_indices(node.of):
            family = isinstance(node.of, Symbol) and node.of.kind == "family"
            if node.shape or family or not _goes_through(e, node):
                return {}
            found[node] = column(node.of)
    return found


def _goes_through(e: SumOver, entry: Entry) -> bool:
    if e.lower is None or e.upper is None or not is_integer(e.lower, 1):
        return False
    return plain(e.upper) is plain(size_number(entry.sizes[0]))


def _added_up(v: Expr) -> Expr:
    """Return the sum of the entries of a vector: a dot product where it is a product of two."""
    numbers: list[Expr] = []
    if isinstance(v, Product):
        numbers, v = [f for f in v.factors if not f.shape], next(f for f in v.factors if f.shape)
    if isinstance(v, Operation) and v.name == "hadamard" and not any(_is_hadamard(p) for p in v.operands):
        return times([*numbers, MatMul((transpose(v.operands[0]), v.operands[1]), ("",))])
    return times([*numbers, Operation("sum", (v,), "(")])


def _is_hadamard(e: Expr) -> bool:
    return isinstance(e, Operation) and e.name == "hadamard"
