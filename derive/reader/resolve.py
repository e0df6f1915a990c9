"""What is to be done: put together from what the text states and what the options ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Container, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from derive.derivation import Definition, Request, Task
from derive.errors import TaskError
from derive.expr.nodes import Entry, Expr, Integer, Name, SumOver, Symbol
from derive.expr.shapes import Dimension
from derive.expr.spelling import spell
from derive.expr.walks import children, postorder, symbols, variables
from derive.reader.tasks import Found, Point

KINDS = ("derivative", "gradient", "jacobian", "hessian", "vec", "minimize", "maximize")

Groups: TypeAlias = tuple[tuple[Name, ...], ...]


@dataclass(slots=True)
class Main:
    """What is differentiated."""

    formula: Expr
    name: Symbol | None = None
    arguments: tuple[Symbol, ...] = ()


def free_symbols(formula: Expr, definitions: tuple[Definition, ...]) -> tuple[Symbol, ...]:
    """Return the symbols that are not defined, in order of appearance."""
    defined = {d.symbol for d in definitions}
    return tuple(s for s in variables(formula, *(d.value for d in definitions)) if s not in defined)


class AskedByEntryError(Exception):
    """One of a family of numbers is varied, so that the family is a vector. Never leaves the reader."""

    def __init__(self, declaration: str) -> None:
        super().__init__(declaration)
        self.declaration = declaration


def refuse_likeness(
    task: Task, declared: Collection[Symbol], present: Collection[Symbol], spelling: Callable[[Symbol], str]
) -> None:
    r"""Refuse a variable that the formula does not hold by itself, where it holds one of its letter and another shape.

    What is asked may be about that one: by `x` or `x_1`, of \mathbf{x}^\top\mathbf{x}; or by `x_1`, of that and x_1.

    Raises:
        AskedByEntryError: It is one of the numbers that an index counts through: by x_j, of \sum_i x_i^2.
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
            raise AskedByEntryError(_declaration(like, spelling))
        hint = "data are not differentiated by" if data else f"--wrt '{there}'{entry}"
        if symbol in present:
            raise TaskError(f"{asked} could be an entry of {there}, or a number of its own", hint=hint)
        what = f"data {there}, one for each index" if data else there
        raise TaskError(f"{asked} does not occur in the formula by itself: it holds {what}", hint=hint)


def declare_entries(roots: Iterable[Expr], spelling: Callable[[Symbol], str]) -> None:
    r"""Take numbers that a sum runs through beside the entries of a vector for a vector too: y_k in \sum_k y_k p_k.

    Raises:
        AskedByEntryError: There are such numbers that are not declared.
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
                raise AskedByEntryError(_declaration(s, spelling))


def size_by_entries(
    task: Task, settled: Container[object], roots: tuple[Expr, ...], spelling: Callable[[Symbol], str]
) -> None:
    r"""Take a vector of which numbered entries stand there alone, x_1^2 + x_2 by \mathbf{x}, to have no more of them.

    `settled` are the letters whose sizes were found, nobody having declared them.

    Raises:
        AskedByEntryError: There is one whose size nothing else tells.
    """
    met = [e for e in postorder(*roots) if isinstance(e, Entry)]
    whole = {part for e in postorder(*roots) if not isinstance(e, Entry) for part in children(e)} | set(roots)
    for x in task.variables:
        if not isinstance(x, Symbol) or x in whole or (x.name, x.accents, "", "", True) not in settled:
            continue
        numbers = [e.indices[0] for e in met if e.of is x]
        last = max((k.value for k in numbers if isinstance(k, Integer)), default=0)
        if numbers and all(isinstance(k, Integer) for k in numbers) and x.shape[0].name is not None:
            raise AskedByEntryError(rf"{spelling(x)} \in \mathbb{{R}}^{{{last}}}")


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


@dataclass(frozen=True, slots=True)
class Resolver:
    """The options, what is differentiated, and the symbols that are not defined."""

    request: Request
    spellings: Mapping[Symbol | str, str]
    main: Main
    free: tuple[Symbol, ...]

    def task(self, found: Found | None, asked: list[tuple[Name, ...]], at: Point) -> Task:
        """Put together what the text and the options ask.

        Raises:
            TaskError: Nothing says what to differentiate by, or text and options contradict each other.
        """
        kind = self.kind(found)
        stated = found.wrt if found is not None else ()
        if kind != "derivative":
            return Task(kind, self.each(stated, asked), at, self.request.layout)
        return Task(kind, self.groups(found, stated, asked), at, self.request.layout)

    def each(self, stated: Groups, asked: list[tuple[Name, ...]]) -> Groups:
        """Return the variables of a gradient, Jacobian or Hessian, one each."""
        listed = [s for group in asked for s in group]
        wrt: list[Name] = listed or [s for group in stated for s in group] or list(self.main.arguments or self.free)
        if listed and stated and set(listed) != {s for group in stated for s in group}:
            raise TaskError("the text and --wrt name different variables")
        if not wrt and not self.request.reading:
            raise TaskError("no variable to differentiate with respect to", None, "name it with --wrt")
        return tuple((s,) for s in dict.fromkeys(wrt))

    def groups(self, found: Found | None, stated: Groups, asked: list[tuple[Name, ...]]) -> Groups:
        """Return the variables of each derivative that is asked for, as often as its order says."""
        order = (found.order if found is not None else 0) or 1
        if self.request.order is not None:
            if found is not None and found.kind and found.order and found.order != self.request.order:
                raise TaskError(f"the text asks for order {found.order}, --order for {self.request.order}")
            order = self.request.order
        if order < 1:
            raise TaskError("an order is at least 1")
        groups = [self.repeated(group, order) for group in asked]
        if stated:
            same = [Counter(g) for g in groups] == [Counter(g) for g in stated]
            named = self.request.order is None and [set(g) for g in asked] == [set(g) for g in stated]
            if groups and not same and not named:
                raise TaskError("the text and --wrt name different variables")
            groups = list(stated)
        if not groups and not self.request.reading:
            groups = [self.repeated((self.only(),), order)]
        elif not groups and found is not None and found.kind:
            candidates = self.main.arguments or self.free
            groups = [candidates * order] if len(candidates) == 1 else []
        return tuple(groups)

    def kind(self, found: Found | None) -> str:
        """Return the kind of the task."""
        stated, asked = found.kind if found is not None else "", self.request.task
        if asked is not None and asked not in KINDS:
            raise TaskError(f"unknown task {asked}", None, "the tasks are " + ", ".join(KINDS))
        if asked and stated and asked != stated:
            raise TaskError(f"the text asks for a {stated}, --task for a {asked}")
        several = self.main.formula.shape and not self.request.wrt and len(self.main.arguments) > 1
        return asked or stated or ("jacobian" if several else "derivative")

    def repeated(self, group: tuple[Name, ...], order: int) -> tuple[Name, ...]:
        """Return the variables of one answer, a single one as often as the order says."""
        if len(group) > 1 and order not in (1, len(group)):
            raise TaskError(f"order {order}, but {len(group)} variables")
        return group * order if len(group) == 1 else group

    def only(self) -> Symbol:
        """Return the variable that can only be meant."""
        candidates = self.main.arguments or self.free
        if len(candidates) == 1:
            return candidates[0]
        hint = "name it with --wrt"
        if not candidates:
            raise TaskError("no variable to differentiate with respect to", None, hint)
        listed = ", ".join(self.spellings.get(s, s.name) for s in candidates)
        raise TaskError(f"differentiate with respect to which of {listed}?", None, hint)
