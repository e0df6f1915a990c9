"""Options in YAML and TOML: of a front matter, of the head of a fence, of a configuration file.

Every value is text. Aliases, tags and names given twice are errors, and so is LaTeX that double quotes have changed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from derive.weave.said import Place, Said
from derive.weave.text import Text

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_DEPTH = 4
"""A mapping, the options in it, a list of texts, and a text that YAML takes for a mapping."""
_QUOTES = "use 'single quotes' for LaTeX"


def said_in_yaml(text: Text, place: Place, under: str = "") -> list[Said]:
    """Read a mapping of options; with `under`, that which a name of the outermost mapping has.

    Raises:
        DocumentError: It is no such thing; the error points at the place.
    """
    return list(_Yaml(text, place).options(under))


class _Yaml:
    def __init__(self, text: Text, place: Place) -> None:
        self.text, self.place = text, place

    def options(self, under: str) -> Iterator[Said]:
        node = self.root()
        if under and node is not None:
            node = next((value for key, value in self.pairs(node) if key.value == under), None)
        if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
            return
        for key, value in self.pairs(node):
            for item in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                yield Said(self.scalar(key), self.scalar(item), self.at(key), self.at(item))

    def root(self) -> Any:
        source = self.text.text
        try:
            depth = 0
            for event in yaml.parse(source, Loader=_LOADER):
                depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
                if depth > _DEPTH:
                    raise self.place.error(self.at(event), "a text is wanted here", _QUOTES)
                if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or getattr(event, "tag", None):
                    raise self.place.error(self.at(event), "anchors, aliases and tags are not read here", _QUOTES)
            return yaml.compose(source, Loader=_LOADER)
        except yaml.YAMLError as fault:
            mark = getattr(fault, "problem_mark", None)
            at = min(mark.index, len(source)) if mark is not None else 0
            says = f"this is no YAML: {getattr(fault, 'problem', None) or fault}"
            raise self.place.error(self.text.at(at), says, _QUOTES) from None

    def pairs(self, node: Any) -> list[tuple[Any, Any]]:
        if not isinstance(node, yaml.MappingNode):
            raise self.place.error(self.at(node), "names with values are wanted here", "as in  wrt: x")
        names: set[str] = set()
        for key, _ in node.value:
            name = self.scalar(key)
            if name in names:
                raise self.place.error(self.at(key), f"{name[:40]} stands here a second time")
            names.add(name)
        return list(node.value)

    def scalar(self, node: Any) -> str:
        if isinstance(node, yaml.MappingNode) and len(node.value) == 1 and not node.flow_style:
            return self.text.text[node.start_mark.index : node.end_mark.index].strip()  # f: \R \to \R in a list
        if not isinstance(node, yaml.ScalarNode):
            raise self.place.error(self.at(node), "a text is wanted here", _QUOTES)
        if node.style == '"' and _CONTROL.search(node.value):
            says = "a backslash in double quotes became a control character"
            raise self.place.error(self.at(node), says, _QUOTES)
        return str(node.value)

    def at(self, node: Any) -> int:
        return self.text.at(node.start_mark.index)


def said_in_toml(text: Text, place: Place, *tables: str) -> list[Said]:
    """Read the options in a table of a TOML document, given by the names that lead to it; tables in it are passed over.

    Raises:
        DocumentError: It is no TOML, or a value is no text.
    """
    found = _toml(text, place)
    for name in tables:
        found = found.get(name, {}) if isinstance(found, Mapping) else {}
    if not isinstance(found, Mapping):
        raise place.error(_at_key(text, tables[-1]), "names with values are wanted here", "as in  wrt = 'x'")
    return [said for name, value in found.items() for said in _said(name, value, text, place)]


def tables_in_toml(text: Text, place: Place, *tables: str) -> list[tuple[str, int]]:
    """Return the names of the tables in a table, each with its place."""
    found = _toml(text, place)
    for name in tables:
        found = found.get(name, {})
    return [(name, _at_key(text, name)) for name, value in found.items() if isinstance(value, Mapping)]


def _toml(text: Text, place: Place) -> dict[str, Any]:
    try:
        return tomllib.loads(text.text, parse_float=str)
    except ValueError as fault:
        where = _TOML_PLACE.search(str(fault))
        at = len(text.text)
        if where is not None and where[1]:
            before = text.text.split("\n", int(where[1]) - 1)
            at = len(text.text) - len(before[-1]) + int(where[2]) - 1
        says = f"this is no TOML: {_TOML_PLACE.sub('', str(fault))}"
        raise place.error(text.at(min(at, len(text.text))), says, _QUOTES) from None


_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def _said(name: str, value: object, text: Text, place: Place) -> Iterator[Said]:
    if isinstance(value, Mapping):
        return
    at = _at_key(text, name)
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, bool):
            item = "yes" if item else "no"
        if not isinstance(item, str | int):
            raise place.error(at, f"{name[:40]}: a text is wanted", _QUOTES)
        item = str(item)
        if _CONTROL.search(item) and item not in text.text:
            raise place.error(at, "a backslash in double quotes became a control character", _QUOTES)
        yield Said(name, item, at, at)


def _at_key(text: Text, name: str) -> int:
    """Return where a name stands: TOML is read by Python, which does not tell."""
    found = re.search(rf"^[ \t]*(?:\[[^\]\n]*\b)?[\"']?{re.escape(name)}\b", text.text, re.MULTILINE)
    return text.at(found.end() - len(name)) if found else text.at(0)
