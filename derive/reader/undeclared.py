r"""Letters that nobody declared, and that what is asked, or stands beside them, shows to be vectors or entries."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable

from derive.derivation import Task
from derive.errors import TaskError
from derive.expr.nodes import Entry, Expr, Integer, SumOver, Symbol
from derive.expr.shapes import Dimension
from derive.expr.spelling import spell
from derive.expr.walks import children, postorder, symbols


class UndeclaredVectorError(Exception):
    """A letter turned out to be a vector of a known size, and is to be read as one. Never leaves the reader."""

    def __init__(self, declaration: str) -> None:
        super().__init__(declaration)
        self.declaration = declaration


def look_at_letters(
    task: Task,
    roots: tuple[Expr, ...],
    declared: Collection[Symbol],
    settled: Container[object],
    spelling: Callable[[Symbol], str],
) -> None:
    """Compare what is varied, and what stands below sums, with the letters of the formulas.

    Args:
        task: what is asked.
        roots: the formula, and the definitions.
        declared: the symbols that have a declaration.
        settled: the letters whose sizes were found, nobody having declared them.
        spelling: how the author spelled a symbol.

    Raises:
        UndeclaredVectorError: A letter is a vector.
        TaskError: What is varied does not occur, but something of its letter does; or a sum binds its index.
    """
    refuse_bound(task, roots, spelling)
    size_by_entries(task, settled, roots, spelling)
    declare_entries(roots, spelling)
    refuse_likeness(task, declared, symbols(*roots), spelling)


def refuse_likeness(
    task: Task, declared: Collection[Symbol], present: Collection[Symbol], spelling: Callable[[Symbol], str]
) -> None:
    r"""Refuse a variable that the formula does not hold by itself, where it holds one of its letter and another shape.

    What is asked may be about that one: by `x` or `x_1`, of \mathbf{x}^\top\mathbf{x}; or by `x_1`, of that and x_1.

    Raises:
        UndeclaredVectorError: It is one of the numbers that an index counts through: by x_j, of \sum_i x_i^2.
        TaskError: There is such a letter.
    """
    shapes = {(s.name, s.accents, s.mark): s for s in present if s.shape}
    for symbol in task.variables:
        if not isinstance(symbol, Symbol) or symbol in declared or (symbol in present and not symbol.subscript):
            continue
        like = shapes.get((symbol.name, symbol.accents, symbol.mark))
        if like is None or (like.shape == symbol.shape and like.kind == symbol.kind):
            continue
        asked, there = spelling(symbol), spelling(like)
        entry = f"; for its entry, declare it: --let '{there} \\in \\mathbb{{R}}^n'" if symbol.subscript else ""
        data = like.kind == "family"
        if data and len(like.shape) == 1 and symbol.subscript:
            if not _is_found(like.shape[0]):
                continue
            raise UndeclaredVectorError(_declaration(like, spelling))
        hint = "data are not differentiated by" if data else f"--wrt '{there}'{entry}"
        if symbol in present:
            raise TaskError(f"{asked} could be an entry of {there}, or a number of its own", hint=hint)
        what = f"data {there}, one for each index" if data else there
        raise TaskError(f"{asked} does not occur in the formula by itself: it holds {what}", hint=hint)


def declare_entries(roots: Iterable[Expr], spelling: Callable[[Symbol], str]) -> None:
    r"""Take numbers that a sum runs through beside the entries of a vector for a vector too: y_k in \sum_k y_k p_k.

    Raises:
        UndeclaredVectorError: There are such numbers that are not declared.
    """
    for e in postorder(*roots):
        if not isinstance(e, SumOver):
            continue
        counted = [
            n.of for n in postorder(e.body) if isinstance(n, Entry) and n.indices == (e.index,) and n.style != "^"
        ]
        numbers = [s for s in counted if isinstance(s, Symbol) and s.kind == "family" and len(s.shape) == 1]
        vectors = [s for s in counted if isinstance(s, Symbol) and s.kind == "variable"]
        for s in numbers:
            if any(v.shape == s.shape for v in vectors) and _is_found(s.shape[0]):
                raise UndeclaredVectorError(_declaration(s, spelling))


def size_by_entries(
    task: Task, settled: Container[object], roots: tuple[Expr, ...], spelling: Callable[[Symbol], str]
) -> None:
    r"""Take a vector of which numbered entries stand there alone, x_1^2 + x_2 by \mathbf{x}, to have no more of them.

    `settled` are the letters whose sizes were found, nobody having declared them.

    Raises:
        UndeclaredVectorError: There is one whose size nothing else tells.
    """
    met = [e for e in postorder(*roots) if isinstance(e, Entry)]
    whole = {part for e in postorder(*roots) if not isinstance(e, Entry) for part in children(e)} | set(roots)
    for x in task.variables:
        if not isinstance(x, Symbol) or x in whole or (x.name, x.accents, "", "", True) not in settled:
            continue
        numbers = [e.indices[0] for e in met if e.of is x]
        last = max((k.value for k in numbers if isinstance(k, Integer)), default=0)
        if numbers and all(isinstance(k, Integer) for k in numbers) and x.shape[0].name is not None:
            raise UndeclaredVectorError(rf"{spelling(x)} \in \mathbb{{R}}^{{{last}}}")


def _is_found(size: Dimension) -> bool:
    return not any(n.startswith("?") for n in size.names)


def _declaration(numbers: Symbol, spelling: Callable[[Symbol], str]) -> str:
    return rf"{spelling(numbers)} \in \mathbb{{R}}^{{{numbers.shape[0]}}}"


def refuse_bound(task: Task, roots: Iterable[Expr], spelling: Callable[[Symbol], str]) -> None:
    r"""Refuse a variable below which the index of a sum stands that holds it: by w_i, of \sum_i w_i x_i.

    Raises:
        TaskError: There is one.
    """
    named = {s for s in task.variables if isinstance(s, Symbol) and s.subscript}
    sums = [e for e in postorder(*roots) if isinstance(e, SumOver)] if named else []
    for symbol in named:
        for e in sums:
            if e.index.name == symbol.subscript and symbol in symbols(e.body):
                other = Symbol(symbol.name, symbol.accents, "k" if symbol.subscript == "j" else "j")
                hint = f"take another letter there: --wrt '{spell(other)}'"
                raise TaskError(f"the index of {spelling(symbol)} is that of a sum over {e.index.name}", hint=hint)
