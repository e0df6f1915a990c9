"""What is to be done: put together from what the text states and what the options ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from derive.derivation import Definition, Request, Task
from derive.errors import TaskError
from derive.expr.nodes import Expr, Name, Symbol
from derive.expr.walks import variables
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
