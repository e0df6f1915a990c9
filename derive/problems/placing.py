r"""Values in the place of parameters, such that each stays one thing where it stands: `\param{a}^2` is `(-2)^2`."""

from __future__ import annotations

import re
from collections.abc import Mapping

PARAMETER = re.compile(r"\\param\s*\{\s*([A-Za-z][A-Za-z0-9]*)\s*\}")
"""Where the value of a parameter goes. It is TeX too, so that a source with parameters still compiles."""

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_ATOM = re.compile(rf"{_NUMBER}|[A-Za-z]|\\[A-Za-z]+")
_FRACTION = re.compile(r"\\[dt]?frac\{[^{}]*\}\{[^{}]*\}")
_SLASH = re.compile(r"[0-9]+/[0-9]+")
_ARGUMENT = re.compile(r"[\^_]$|\\[dt]?frac$|\\sqrt$")
_COMMAND = re.compile(r"\\[A-Za-z]+$")
_DOLLARS = re.compile(r"\\.|\$\$?", re.DOTALL)
_OPENING, _CLOSING = "([{=,;&$:<>", ")]},;&$=<>:"
_SIGNS = "+-"
_WINDOW = 20
"""So many characters beside a value tell where it stands."""


def put_in(text: str, values: Mapping[str, str], *, prose: bool = False) -> str:
    r"""Return a text with values for its parameters.

    A script or the argument of a command is put in braces, what would fall apart in brackets, and a number beside a
    letter or digit is multiplied: `2\param{a}` is `2 \cdot 3`, never 23. In `prose` that holds between dollar signs.
    """
    pieces: list[str] = []
    behind = ""
    end, is_math, counted = 0, not prose, 0
    for found in PARAMETER.finditer(text):
        if prose:
            is_math ^= sum(sign[0] != "\\" for sign in _DOLLARS.findall(text, counted, found.start())) % 2 == 1
            counted = found.start()
        pieces.append(text[end : found.start()])
        end = found.end()
        behind = (behind + pieces[-1])[-_WINDOW:]
        value = values[found[1]]
        pieces.append(_placed(value, behind, text[end : end + _WINDOW]) if is_math else value)
        behind = (behind + pieces[-1])[-_WINDOW:]
    return "".join(pieces) + text[end:]


def _placed(value: str, before: str, after: str) -> str:
    """Return a value as it is written between what stands before and after it."""
    before, behind = before.rstrip(), after.lstrip()
    if _ARGUMENT.search(before):
        return "{" + value + "}"
    if _needs_brackets(value, before, behind):
        return f"({value})"
    if value[0].isalpha() and _COMMAND.search(before):
        value = f" {value}"
    if value[0].isdigit() and before[-1:].isalnum() and not _COMMAND.search(before):
        value = rf"\cdot {value}"
    if value[-1].isdigit() and behind[:1].isdigit():
        value = rf"{value} \cdot "
    return value + " " if _COMMAND.search(value) and after[:1].isalpha() else value


def _needs_brackets(value: str, before: str, behind: str) -> bool:
    """Tell whether a value would be taken apart."""
    opens = not before or before[-1] in _OPENING or before.endswith("\\\\")
    closes = not behind or behind[0] in _CLOSING or behind.startswith("\\\\")
    raised = behind[:1] in ("^", "!")
    size = value.removeprefix("-").lstrip()
    if _ATOM.fullmatch(size) or _FRACTION.fullmatch(size):
        return (raised and not _ATOM.fullmatch(value)) or (size is not value and not opens)
    ends = closes or behind[0] in _SIGNS
    if _SLASH.fullmatch(size):
        return raised or not ends or not (opens or (value is size and before[-1] in _SIGNS))
    return raised or not (opens and closes)
