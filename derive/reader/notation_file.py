r"""A notation file: what symbols mean and how they are spelled, kept beside the notes that use them.

    style: paper                  # standard or paper: what holds where the file is silent
    log-base: 10                  # what \log means: e or 10
    layout: denominator
    macros: |
      \newcommand{\R}{\mathbb{R}}
    let:
      - \mathbf{x} \in \R^n
      - f: \R \to \R
    spelling:                     # for what the author of a formula did not spell
      transpose: T
      elementwise: \odot
      ones: \overrightarrow{\mathbf 1}
      zeros: \mathbf{0}
      identity: I
      d: upright
      sizes: always               # write I_n also where n need not be told

This module imports PyYAML, so it is imported when a file is first given.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from difflib import get_close_matches

from derive.derivation import Request
from derive.errors import Span
from derive.trees.source import Node, Pairs, Source
from derive.trees.texts import items, text
from derive.trees.yaml_tree import yaml_tree

_SIGNS = {
    "transpose": (r"\top", "T", r"\mathsf{T}", r"\intercal"),
    "elementwise": (r"\odot", r"\circ", r"\otimes"),
    "ones": (r"\mathbf{1}", r"\mathbf 1", r"\overrightarrow{\mathbf{1}}", r"\overrightarrow{\mathbf 1}", r"\vec{1}"),
    "zeros": (r"\mathbf{0}", r"\mathbf 0", r"\overrightarrow{\mathbf{0}}", r"\overrightarrow{\mathbf 0}", r"\vec{0}"),
    "identity": ("I", r"\mathbf{I}", r"\mathbf I"),
    "d": ("italic", "upright"),
    "sizes": ("always", "where needed"),
}
"""What `spelling` may say, and the values that each may have."""

_CHOICES = {"style": ("standard", "paper"), "log-base": ("e", "10"), "layout": ("numerator", "denominator")}


def with_notation(source: Source, request: Request) -> Request:
    """Return a request with what a notation file says added; what the request itself says goes before it.

    Raises:
        ProblemFileError: The file is not as it should be; the error tells all that is wrong.
    """
    top = _top(source)
    said = {name: _one_of(source, top[name], name, allowed) for name, allowed in _CHOICES.items() if name in top}
    macros, let = (_texts(source, top[name], name) if name in top else () for name in ("macros", "let"))
    spelling = _spelling(source, top["spelling"]) if "spelling" in top else {}
    if source.faults:
        raise source.failure()
    return replace(
        request,
        notation=said.get("style", "standard"),
        log_base=said.get("log-base", request.log_base),
        layout=said.get("layout", request.layout),
        macros=(*macros, *request.macros),
        let=(*let, *request.let),
        spelling={**spelling, **request.spelling},
    )


def _top(source: Source) -> dict[str, Node]:
    root = yaml_tree(source)
    if root is None:
        raise source.error(Span(0, 0), "the notation file is empty")
    return _fields(source, root, {*_CHOICES, "macros", "let", "spelling"})


def _fields(source: Source, node: Node, known: Collection[str]) -> dict[str, Node]:
    """Return the values in a mapping by their names; a name that is not known is noted."""
    if not isinstance(node, Pairs):
        raise source.error(node, "names with values are wanted here", "as in  log-base: 10")
    for key, _ in node.pairs:
        if key.value not in known:
            close = get_close_matches(key.value[:40], known, 1)
            hint = f"did you mean {close[0]}?" if close else "there are " + ", ".join(sorted(known))
            source.fault(key, f"unknown name {key.value[:40]}", hint)
    return {key.value: value for key, value in node.pairs}


def _texts(source: Source, node: Node, name: str) -> list[str]:
    return [text(source, item, name, formula=True) for item in items(source, node)]


def _one_of(source: Source, node: Node, name: str, allowed: tuple[str, ...]) -> str:
    """Return a text that has to be one of some; noted if it is none."""
    value = text(source, node, name, formula=True)
    if value not in allowed:
        source.fault(node, f"{value[:40]} is not understood here", "there are " + ", ".join(allowed))
    return value


def _spelling(source: Source, node: Node) -> Mapping[str, str]:
    """Return how the file spells operations and conventions."""
    found = {name: value for name, value in _fields(source, node, _SIGNS).items() if name in _SIGNS}
    said = {name: _one_of(source, value, name, _SIGNS[name]) for name, value in found.items()}
    return {_NAMES.get(name, name): _braced(value) for name, value in said.items()}


_NAMES = {"elementwise": "hadamard"}


def _braced(value: str) -> str:
    r"""Return a spelling with braces where TeX does without: `\mathbf{1}` for `\mathbf 1`."""
    return re.sub(r"\\mathbf ([01I])", r"\\mathbf{\1}", value)
