"""The value of a field, by its kind: what a node says, or an error that says what is wanted there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeAlias

from derive.errors import ProblemFileError, ReadError
from derive.problems.fields import Field
from derive.problems.ranges import MENTION
from derive.trees.source import Node, Source, Text
from derive.trees.texts import items, text
from derive.writer.prose import check_prose

_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", "index", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))]
)
"""Names that Windows keeps for devices, and that of the page which lists the problems."""

_WORDS = {"yes": True, "true": True, "no": False, "false": False}

Reader: TypeAlias = Callable[[Source, Field, Node], Any]


def value(source: Source, field: Field, node: Node) -> Any:
    """Return what a node says for a field, or None if that is noted as an error."""
    try:
        found = READERS[field.kind](source, field, node)
        if field.kind in _PROSE:
            _check_prose(source, field, node, (found,) if isinstance(found, str) else found)
        return found
    except ProblemFileError as fault:
        source.note(fault)
        return None


def _check_prose(source: Source, field: Field, node: Node, texts: Iterable[str]) -> None:
    """Check the mathematics in prose as it will be printed, with some value for each parameter.

    Raises:
        ProblemFileError: It cannot be printed everywhere.
    """
    for found in texts:
        try:
            check_prose(MENTION.sub("1", found))
        except ReadError as fault:
            raise source.error(node, f"{field.name}: {fault.message}", fault.hint) from None


def filled(source: Source, field: Field, node: Node, formula: bool = False) -> str:
    """Return a text without the newlines around it.

    Raises:
        ProblemFileError: It is no text, or empty.
    """
    found = text(source, node, field.name, formula)
    if not found.strip():
        raise source.error(node, f"{field.name} has no value", "leave the field out, or say what it is")
    return found.strip("\n")


def texts(source: Source, field: Field, node: Node, formula: bool = False) -> tuple[str, ...]:
    """Return one text or a list of them, none of which is empty. What is wrong is noted and left out."""
    found: list[str] = []
    for item in items(source, node):
        try:
            found.append(filled(source, field, item, formula))
        except ProblemFileError as fault:
            source.note(fault)
    return tuple(found)


def _line(source: Source, field: Field, node: Node) -> str:
    found = text(source, node, field.name).strip()
    if "\n" in found:
        raise source.error(node, f"{field.name} is one line", "put what is more into another field")
    return found


def _choice(source: Source, field: Field, node: Node) -> str:
    found = filled(source, field, node)
    if found not in field.choices:
        close = get_close_matches(found[:40], field.choices, 1)
        hint = f"did you mean {close[0]}?" if close else "there are " + ", ".join(field.choices)
        raise source.error(node, f"{field.name}: {found[:40]} is not understood here", hint)
    return found


def _number(source: Source, field: Field, node: Node) -> str:
    found = filled(source, field, node)
    if not re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]{1,6})?", found) or not field.low <= float(found) <= field.high:
        raise source.error(node, f"{field.name} is a number, {field.low}..{field.high}, and not {found[:40]}")
    return found


def _integer(source: Source, field: Field, node: Node) -> int:
    found = filled(source, field, node)
    if not re.fullmatch("[0-9]{1,9}", found) or not field.low <= int(found) <= field.high:
        raise source.error(node, f"{field.name} is a whole number, {field.low}..{field.high}, and not {found[:40]}")
    return int(found)


def _yes_or_no(source: Source, field: Field, node: Node) -> bool:
    found = filled(source, field, node)
    if found.lower() not in _WORDS:
        raise source.error(node, f"{field.name} is yes or no, and not {found[:40]}")
    return _WORDS[found.lower()]


def _id(source: Source, field: Field, node: Node) -> str:
    found = text(source, node, field.name)
    if not found:
        raise source.error(node, "the id is missing", "say what it is, or leave the field out to have it numbered")
    if isinstance(node, Text) and node.quote == "" and _DATE.fullmatch(found):
        raise source.error(node, f"an id is text, and other programs take {found} for a date", f"quote it: '{found}'")
    if len(found) > 64:
        raise source.error(node, f"an id has 64 characters at most, and this one has {len(found)}")
    if not _ID.fullmatch(found):
        better = re.sub("[^a-z0-9]+", "-", found.lower()).strip("-")
        hint = "it has small letters a to z, digits and -" + (f", as in {better}" if better else "")
        raise source.error(node, f"{found} is no id: files are named by it", hint)
    if found in _RESERVED:
        raise source.error(node, f"the name {found} is reserved", "not every system can have a file of that name")
    return found


def _tags(source: Source, field: Field, node: Node) -> tuple[str, ...]:
    found = texts(source, field, node)
    if any("," in tag or "\n" in tag for tag in found):
        raise source.error(node, "a tag is one line without a comma", "several tags are a list: [chain, product]")
    return tuple(dict.fromkeys(found))


def _letters(source: Source, field: Field, node: Node) -> tuple[str, ...]:
    listed = ",".join(texts(source, field, node, formula=True)).split(",")
    return tuple(letter.strip() for letter in listed if letter.strip())


def _notation(source: Source, field: Field, node: Node) -> str:
    found = filled(source, field, node)
    if found in field.choices:
        return found
    path = Path(source.name).parent / found
    if not path.is_file():
        hint = "it is standard, paper, or a path seen from this file"
        raise source.error(node, f"there is no notation file {found}", hint)
    return str(path)


_PROSE = frozenset(("line", "prose", "proses", "notes", "tags"))
"""The kinds of text that people read, in which mathematics may stand."""

READERS: dict[str, Reader] = {
    "line": _line,
    "prose": lambda source, field, node: text(source, node, field.name).strip("\n"),
    "latex": lambda source, field, node: filled(source, field, node, formula=True),
    "latexes": lambda source, field, node: texts(source, field, node, formula=True),
    "proses": texts,
    "notes": lambda source, field, node: "\n\n".join(texts(source, field, node)),
    "choice": _choice,
    "number": _number,
    "width": lambda source, field, node: float(_number(source, field, node)),
    "integer": _integer,
    "yes or no": _yes_or_no,
    "id": _id,
    "ids": texts,
    "tags": _tags,
    "letters": _letters,
    "notation": _notation,
}
"""How the value of each kind is read. Those that hold fields themselves are read where the whole is put together."""
