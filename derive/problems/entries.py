"""What stands in a mapping, by the proper names of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from derive.problems.fields import PLACES, Field, advice, fields_of
from derive.problems.values import READERS, value
from derive.trees.source import Node, Pairs, Source, Text


class Entry(NamedTuple):
    """A field, and the name and the value with which it stands in the file."""

    field: Field
    key: Text
    node: Node


def entries(source: Source, node: Node, where: str) -> dict[str, Entry]:
    """Return the fields that stand in a mapping. What may not stand there, or stands there twice, is noted."""
    if not isinstance(node, Pairs):
        source.fault(node, f"fields with values are wanted {PLACES[where]}", "as in  title: Week 3")
        return {}
    known = fields_of(where)
    found: dict[str, Entry] = {}
    for key, below in node.pairs:
        field = known.get(key.value)
        if field is None:
            source.fault(key, f"unknown field {key.value[:40]} {PLACES[where]}", advice(key.value, where))
        elif field.name in found:
            source.fault(key, f"{key.value} is another name of {field.name}, which stands here already")
        else:
            found[field.name] = Entry(field, key, below)
    return found


def said(source: Source, found: Mapping[str, Entry]) -> dict[str, Any]:
    """Return the values of fields. Those that are wrong are noted and left out, those that hold fields are left out."""
    result = {}
    for name, (field, _, node) in found.items():
        if field.kind in READERS and (got := value(source, field, node)) is not None:
            result[name] = got
    return result
