r"""What a node says as text: LaTeX as it was typed, or an error where YAML, TOML or JSON made something else of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from derive.errors import Span
from derive.trees.escapes import destroyed
from derive.trees.source import Items, Node, Pairs, Source, Text

YAML = (".yaml", ".yml")
JSON = (".json", ".jsonl")

QUOTED = "put a text with : # [ { & * or ! in 'single quotes' or below a |"
DOUBLED = r"in JSON a backslash is doubled: \\theta"

_NOTHING = re.compile(r"~|null|Null|NULL|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
"""What YAML takes for no value, or for no number. `on`, `no` and 012 are simply text."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def text(source: Source, node: Node, name: str, formula: bool = False) -> str:
    """Return a text as it was typed, which may be empty.

    Args:
        source: The file.
        node: What stands there.
        name: What it is called, for an error.
        formula: It is LaTeX as a whole, and not prose with formulas in it.

    Raises:
        ProblemFileError: It is no text, or LaTeX that escapes destroyed.
    """
    if not isinstance(node, Text):
        hint = QUOTED if source.suffix in YAML else ""
        raise source.error(node, f"{name}: a text is wanted here, not a list or a mapping", hint)
    if node.quote == "" and _NOTHING.fullmatch(node.value):
        hint = "leave the field out, or put it in quotes if this is the text that is meant"
        raise source.error(node, f"{name}: {node.value} is no text", hint)
    if node.quote == '"' and "\\" in source.text[node.start : node.stop]:
        _check_escapes(source, node, name, formula)
    return node.value


def _check_escapes(source: Source, node: Text, name: str, formula: bool) -> None:
    start = node.start + 1
    lost = destroyed(source.text[start : node.stop - 1], formula)
    if lost is not None:
        at = Span(start + lost.start, start + lost.stop)
        says = f"{name}: a backslash in double quotes: LaTeX such as {source.text[at.start : at.stop][:40]} is lost"
        block = " or a | block" if source.suffix in YAML else ""
        raise source.error(at, says, DOUBLED if source.suffix in JSON else f"use 'single quotes'{block} for LaTeX")
    if _SURROGATE.search(node.value):
        raise source.error(node, f"{name}: half of a character stands here", "such escapes come in pairs")


def items(source: Source, node: Node) -> Sequence[Node]:
    r"""Return what may be one text or a list of texts as a list.

    In a list, YAML takes `f: \R \to \R` for a mapping: it is given as the text that it is.
    """
    return [_as_text(source, item) for item in node.items] if isinstance(node, Items) else [_as_text(source, node)]


def _as_text(source: Source, node: Node) -> Node:
    if isinstance(node, Pairs) and len(node.pairs) == 1 and source.suffix in YAML and source.text[node.start] != "{":
        key, behind = node.pairs[0]
        if isinstance(behind, Text) and not key.quote and not behind.quote:
            return Text(f"{key.value}: {behind.value}".rstrip(), key.start, behind.stop)
    return node
