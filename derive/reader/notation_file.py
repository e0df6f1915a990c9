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

Everything is read as text. This module imports PyYAML, so it is imported when a file is first given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

import yaml

from derive.derivation import Request
from derive.errors import ProblemFileError, Span

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


def with_notation(text: str, request: Request) -> Request:
    """Return a request with what a notation file says added; what the request itself says goes before it.

    Raises:
        ProblemFileError: The file is not as it should be; the error points at the place.
    """
    file = _File(text)
    top = file.mapping(file.root(), {*_CHOICES, "macros", "let", "spelling"})
    for key, allowed in _CHOICES.items():
        if key in top:
            file.one_of(top[key], allowed)
    said = {key: file.text(node) for key, node in top.items() if key in _CHOICES}
    macros = tuple(file.texts(top["macros"])) if "macros" in top else ()
    let = tuple(file.texts(top["let"])) if "let" in top else ()
    spelling = file.spelling(top["spelling"]) if "spelling" in top else {}
    return replace(
        request,
        notation=said.get("style", "standard"),
        log_base=said.get("log-base", request.log_base),
        layout=said.get("layout", request.layout),
        macros=(*macros, *request.macros),
        let=(*let, *request.let),
        spelling={**spelling, **request.spelling},
    )


class _File:
    """A YAML file as nodes that know their place."""

    def __init__(self, text: str) -> None:
        self.source = text

    def root(self) -> Any:
        """Return the outermost node."""
        try:
            node = yaml.compose(self.source, Loader=yaml.SafeLoader)
        except yaml.YAMLError as fault:
            mark = getattr(fault, "problem_mark", None)
            at = mark.index if mark is not None else 0
            raise ProblemFileError(
                f"no YAML: {getattr(fault, 'problem', fault)}", Span(at, at + 1), "", self.source
            ) from None
        if node is None:
            raise ProblemFileError("the notation file is empty", None, "", self.source)
        return node

    def error(self, node: Any, message: str, hint: str = "") -> ProblemFileError:
        """Return an error that points at a node."""
        start, stop = node.start_mark.index, node.end_mark.index
        return ProblemFileError(message, Span(start, max(stop, start + 1)), hint, self.source)

    def mapping(self, node: Any, known: set[str]) -> dict[str, Any]:
        """Return the values of a mapping by their keys, of which all have to be known."""
        if not isinstance(node, yaml.MappingNode):
            raise self.error(node, "names with values are wanted here", "as in  log-base: 10")
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = self.text(key)
            if name not in known:
                close = get_close_matches(name, known, 1)
                hint = f"did you mean {close[0]}?" if close else "there are " + ", ".join(sorted(known))
                raise self.error(key, f"unknown name {name[:40]}", hint)
            if name in found:
                raise self.error(key, f"{name} stands here a second time")
            found[name] = value
        return found

    def text(self, node: Any) -> str:
        r"""Return a scalar as text. YAML's double quotes turn `\t` and `\f` into control characters: refused."""
        if not isinstance(node, yaml.ScalarNode):
            raise self.error(node, "a text is wanted here")
        value = str(node.value)
        if node.style == '"' and any(c < " " or c in "\x7f\x85\u2028\u2029" for c in value):
            hint = "use 'single quotes' or a | block for LaTeX"
            raise self.error(node, "a backslash in double quotes became a control character", hint)
        return value

    def texts(self, node: Any) -> list[str]:
        """Return one text, or a list of them."""
        if isinstance(node, yaml.SequenceNode):
            return [self.item(item) for item in node.value]
        return [self.text(node)]

    def item(self, node: Any) -> str:
        r"""Return a text of a list; `f: \R \to \R` is one, though YAML takes it for a name with a value."""
        if isinstance(node, yaml.MappingNode) and len(node.value) == 1 and not node.flow_style:
            key, value = node.value[0]  # the node itself reaches as far as the next one, over a comment
            return self.source[key.start_mark.index : value.end_mark.index].strip()
        return self.text(node)

    def one_of(self, node: Any, allowed: tuple[str, ...]) -> str:
        """Return a text that has to be one of some."""
        value = self.text(node)
        if value not in allowed:
            raise self.error(node, f"{value[:40]} is not understood here", "there are " + ", ".join(allowed))
        return value

    def spelling(self, node: Any) -> Mapping[str, str]:
        """Return how the file spells operations and conventions."""
        said = {key: self.one_of(value, _SIGNS[key]) for key, value in self.mapping(node, set(_SIGNS)).items()}
        return {_NAMES.get(key, key): _braced(value) for key, value in said.items()}


_NAMES = {"elementwise": "hadamard"}


def _braced(value: str) -> str:
    r"""Return a spelling with braces where TeX does without: `\mathbf{1}` for `\mathbf 1`."""
    return re.sub(r"\\mathbf ([01I])", r"\\mathbf{\1}", value)
