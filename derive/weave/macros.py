"""The TeX macros that texts define, one by one, so that a formula is given those that it uses and no others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from derive.weave.said import brace_pairs

_DEFINER = re.compile(
    r"(?<!\\)%[^\n]*|\\(?:(?P<command>(?:new|renew|provide)command|DeclareRobustCommand|"
    r"DeclareMathOperator|[gex]?def)|(?P<pair>DeclarePairedDelimiter)|(?P<let>let))(?![A-Za-z@])"
    r"\s*\*?\s*(?:\{\s*(?P<braced>\\(?:[A-Za-z]+|[^A-Za-z\s]))\s*\}|(?P<bare>\\(?:[A-Za-z]+|[^A-Za-z\s])))"
)
_UP_TO_BODY = re.compile(r"[^{}\\%]{0,200}(?=\{)")
_LET = re.compile(r"\s*=?\s*(?:\\(?:[A-Za-z]+|.)|[^\s{}])")
_NAME = re.compile(r"\\(?:[A-Za-z]+|[^A-Za-z\s])")


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro: its name, its definition as it was typed, and where that ends in the text."""

    name: str
    text: str
    stop: int


def macros_in(text: str) -> list[Macro]:
    """Return the macros that a text defines, in its order. A definition that is not complete is none."""
    found, pairs = [], brace_pairs(text)
    for definer in _DEFINER.finditer(text):
        name = definer["braced"] or definer["bare"]
        stop = _end(text, definer, pairs) if name else None
        if stop is not None:
            found.append(Macro(name, text[definer.start() : stop], stop))
    return found


def _end(text: str, definer: re.Match[str], pairs: Mapping[int, int]) -> int | None:
    """Return where a definition ends."""
    if definer["let"]:
        meant = _LET.match(text, definer.end())
        return meant.end() if meant else None
    stop: int | None = definer.end()
    for _ in range(2 if definer["pair"] else 1):
        body = _UP_TO_BODY.match(text, stop or 0)
        stop = pairs.get(body.end()) if body else None
        if stop is None:
            return None
    return stop


def used(macros: Mapping[str, str], texts: Iterable[str]) -> dict[str, str]:
    """Return those of some macros, definitions by names, that texts use, and those that these use in turn."""
    if not macros:
        return {}
    kept: set[str] = set()
    waiting = {name for text in texts for name in _NAME.findall(text) if name in macros}
    while waiting:
        name = waiting.pop()
        kept.add(name)
        waiting |= {n for n in _NAME.findall(macros[name]) if n in macros} - kept
    return {name: text for name, text in macros.items() if name in kept}
