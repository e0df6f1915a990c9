"""Changes of a document: what stands between two offsets becomes something else, and nothing else changes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_NEWLINE = re.compile(r"\r\n|\r|\n")


class Edit(NamedTuple):
    """What stands from `start` to `stop` becomes `text`."""

    start: int
    stop: int
    text: str


def edited(document: str, edits: Iterable[Edit]) -> str:
    """Return a document with edits, given in their order and apart from each other, made in it."""
    parts: list[str] = []
    at = 0
    for edit in edits:
        parts += [document[at : edit.start], edit.text]
        at = edit.stop
    return "".join([*parts, document[at:]])


def line_start(document: str, at: int) -> int:
    """Return where the line begins that a place is in."""
    newline = document.rfind("\n", 0, at)
    return max(newline, document.rfind("\r", newline + 1, at)) + 1


def newline_of(document: str, at: int) -> str:
    """Return how lines end from a place on; where none ends any more, how the first one does."""
    found = _NEWLINE.search(document, at) or _NEWLINE.search(document)
    return found[0] if found else "\n"
