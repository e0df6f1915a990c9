"""Tables of nodes: equal nodes of one table are one object, which dies with the problem that the table belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import Field, dataclass, field
from typing import Any, ClassVar, Self, TypeVar, dataclass_transform

from derive.expr.shapes import Shape


class Table(dict[Any, Any]):
    """The nodes of one problem, and what walks remember of them. It dies with the problem."""

    def memo(self, walk: str) -> dict[Any, Any]:
        """Return the dictionary in which a walk keeps its results by node."""
        found: dict[Any, Any] | None = self.get(walk)
        if found is None:
            found = self[walk] = {}
        return found


_table: ContextVar[Table] = ContextVar("derive_table")


@contextmanager
def interning(table: Table) -> Iterator[Table]:
    """Build nodes in `table` while the block runs."""
    token = _table.set(table)
    try:
        yield table
    finally:
        _table.reset(token)


def current_table() -> Table:
    """Return the table in use; a fresh one is made for code that runs outside of `interning`."""
    try:
        return _table.get()
    except LookupError:
        table = Table()
        _table.set(table)
        return table


class Node:
    """Base of all nodes; `Expr` is their closed union. Equal constructions give the same object.

    A metaclass could do that too, but it would make each `isinstance` and each `case` that fails four times as slow,
    and walks are made of them.
    """

    __slots__ = ("__weakref__", "_parts")
    __match_args__: ClassVar[tuple[str, ...]]
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    _fill: ClassVar[Callable[..., None]]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Return the node of these fields in the table in use, which is made when it is first asked for."""
        table = current_table()
        if kwargs:  # one spelling of the key: positional, with the defaults that `__match_args__` leaves out
            args = cls._positional(args, kwargs)
        key = (cls, *args)
        node: Self | None = table.get(key)
        if node is None:
            node = super().__new__(cls)
            cls._fill(node, *args)
            full = (cls, *(getattr(node, name) for name in cls.__match_args__))
            node = table.setdefault(full, node)
            table[key] = node
        return node

    @classmethod
    def _positional(cls, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        fields, names = cls.__dataclass_fields__, cls.__match_args__
        unknown = set(kwargs) - set(names[len(args) :])
        if unknown:
            raise TypeError(f"{cls.__name__} has no field {', '.join(sorted(unknown))}")
        return args + tuple(kwargs[n] if n in kwargs else fields[n].default for n in names[len(args) :])

    shape: Shape
    _parts: tuple[Any, ...]
    """What `walks.children` found, kept because it is asked for all the time."""

    def _set_shape(self, shape: Shape) -> None:
        object.__setattr__(self, "shape", shape)


N = TypeVar("N", bound=Node)


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(field,))
def node(cls: type[N]) -> type[N]:
    """Make a class of nodes: a frozen, slotted dataclass whose fields are filled when a node is new, and only then."""
    made = dataclass(frozen=True, slots=True, eq=False)(cls)
    made._fill = made.__init__
    del made.__init__
    return made
