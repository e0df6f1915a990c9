r"""A YAML file as a tree of nodes, put together from the events of PyYAML: no value is anything but text.

Anchors, aliases, tags and several documents are refused. `f: \R \to \R` in a list is a mapping for YAML; who wants a
text there takes it as one (`derive.problems.values`).
"""

from __future__ import annotations

from typing import Any

import yaml

from derive.errors import ProblemFileError, Span
from derive.trees.source import DEPTH, VALUES, Items, Node, Pairs, Source, Text

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser of libyaml, which is ten times as fast as the one in Python; a build of PyYAML may lack it."""

_QUOTING = "put LaTeX, and prose with : # [ { & * ! | > % @ or `, in 'single quotes' or below a |"

_WRITTEN_OUT = "write the value out; quote a text that begins with & or *"

_ESCAPES = "double quotes make something else of a backslash: use 'single quotes' or a | block for LaTeX"
_HINTS = (
    (
        "escape character",
        "double quotes make something else of a backslash: use 'single quotes' or a | block for LaTeX",
    ),
    (
        "escaped character",
        "double quotes make something else of a backslash: use 'single quotes' or a | block for LaTeX",
    ),
    ("mapping values", "a text with a colon stands in 'single quotes' or below a |"),
    ("cannot start any token", _QUOTING + "; indent by blanks, never by tabs"),
)
"""What helps against an error of YAML, by words of its message."""


def yaml_tree(source: Source, loader: Any = LOADER) -> Node | None:
    """Return the tree of a file, or None if there is nothing in it. What is refused is noted in `source`.

    Raises:
        ProblemFileError: It is no YAML, or lists are nested too deep.
    """
    open_ones: list[tuple[Any, list[Node]]] = []
    root: list[Node] = []
    nodes = root
    count = 0
    events = loader(source.text)
    try:
        while (kind := type(event := events.get_event())) is not yaml.StreamEndEvent:
            count += 1
            if count > VALUES:
                raise source.too_many(_span(event))
            if kind is yaml.ScalarEvent:
                nodes.append(_text(source, event))
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                _refuse_properties(source, event)
                nodes = []
                open_ones.append((event, nodes))
                if len(open_ones) > DEPTH:
                    raise source.error(_span(event), f"nesting too deep: over {DEPTH} levels")
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                start, inner = open_ones.pop()
                nodes = open_ones[-1][1] if open_ones else root
                nodes.append(_collection(source, start, event, inner))
            elif kind is yaml.AliasEvent:
                nodes.append(_alias(source, event))
            elif kind is yaml.DocumentStartEvent and root:
                raise source.error(_span(event), "a second document begins here", "one file is one set: delete the ---")
    except yaml.YAMLError as fault:
        raise _syntax_error(source, fault) from None
    finally:
        events.dispose()
    if not root or (isinstance(root[0], Text) and not root[0].value and not root[0].quote):
        return None
    return root[0]


def _text(source: Source, event: Any) -> Text:
    if event.anchor is not None or event.tag is not None:
        _refuse_properties(source, event)
    return Text(event.value, event.start_mark.index, event.end_mark.index, event.style or "")


def _collection(source: Source, start: Any, end: Any, nodes: list[Node]) -> Items | Pairs:
    first, last = start.start_mark.index, end.end_mark.index
    if isinstance(start, yaml.SequenceStartEvent):
        return Items(tuple(nodes), first, last)
    pairs = []
    for key, value in zip(nodes[::2], nodes[1::2], strict=True):
        if isinstance(key, Text):
            pairs.append((key, value))
        else:
            source.fault(key, "a name is wanted here, before the colon", _QUOTING)
    return source.pairs(pairs, first, last)


def _refuse_properties(source: Source, event: Any) -> None:
    """Note an error where a value has an anchor or a tag."""
    if event.anchor is not None:
        source.fault(_span(event), "anchors and aliases are not allowed", _WRITTEN_OUT)
    if event.tag is not None:
        source.fault(_span(event), "tags are not allowed: everything is text", "quote a text that begins with !")


def _alias(source: Source, event: Any) -> Text:
    span = _span(event)
    source.fault(span, "anchors and aliases are not allowed", _WRITTEN_OUT)
    return Text(source.text[span.start : span.stop], span.start, span.stop)


def _span(event: Any) -> Span:
    return Span(event.start_mark.index, max(event.start_mark.index + 1, event.end_mark.index))


def _syntax_error(source: Source, fault: yaml.YAMLError) -> ProblemFileError:
    """Return the error for what PyYAML refuses. Where the file ended too early, it points to what was not closed."""
    says = str(getattr(fault, "problem", None) or fault)
    if "nesting depth" in says:
        says = "nesting too deep"
    mark = getattr(fault, "problem_mark", None)
    at = mark.index if mark is not None else 0
    begun = getattr(fault, "context_mark", None)
    if begun is not None and not source.text[at:].strip():
        at = begun.index
        says = f"{getattr(fault, 'context', '')}: {says}"
    hint = next((hint for words, hint in _HINTS if words in says), _QUOTING)
    if hint == _ESCAPES:  # the parsers do not agree on where it stands
        at = max(0, source.text.rfind("\\", 0, at + 1))
    at = min(at, len(source.text.rstrip()))
    return source.error(Span(at, at + 1), f"this is no YAML: {says}", hint)
