"""Options in YAML and TOML: of a front matter, of the head of a fence, of a configuration file. All values are text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from derive.errors import Span
from derive.trees.source import Items, Node, Pairs, Source
from derive.trees.source import Place as LineAndColumn
from derive.trees.texts import items, text
from derive.trees.toml_tree import toml_tree
from derive.trees.yaml_tree import yaml_tree
from derive.weave.said import DocumentError, Place, Said
from derive.weave.text import Text

_NONE = Pairs((), 0, 0)
_OPENER = re.compile(r"[|>][^\n]*|'''|\"{3}|['\"]")
_ROW = re.compile(r"\s*(?P<text>[^\n]*)")


class Settings:
    """Options in a piece of a document, by the names of the mappings that they stand in.

    Raises:
        DocumentError: The piece is not what it should be; the error points into the document.
    """

    def __init__(self, piece: Text, place: Place, suffix: str) -> None:
        self._source = _Piece(piece, place, suffix)
        self._root = (toml_tree if suffix == ".toml" else yaml_tree)(self._source) or _NONE
        for start in sorted(self._source.faults):
            raise self._source.faults[start]

    def said(self, *path: str) -> list[Said]:
        """Return the options in the mapping that some names lead to; in TOML, tables among them are passed over.

        Raises:
            DocumentError: There is something else, or a value that is no text.
        """
        return list(self._said(self._pairs(path)))

    def tables(self, *path: str) -> list[tuple[str, int]]:
        """Return the names of the mappings that stand in one, and where each stands in the document."""
        found = self._pairs(path).pairs
        return [(key.value, self._source.piece.at(key.start)) for key, node in found if isinstance(node, Pairs)]

    def _pairs(self, path: tuple[str, ...]) -> Pairs:
        node: Node = self._root
        for name in path:
            pairs = node.pairs if isinstance(node, Pairs) else ()
            node = next((below for key, below in pairs if key.value == name), _NONE)
        if isinstance(node, Pairs):
            return node
        if not isinstance(node, Items) and not node.value and not node.quote:
            return _NONE  # a name, and nothing behind it
        raise self._source.error(node, "names with values are wanted here", "as in  wrt: x")

    def _said(self, pairs: Pairs) -> Iterator[Said]:
        source, at = self._source, self._source.piece.at
        for key, node in pairs.pairs:
            if isinstance(node, Pairs) and source.suffix == ".toml":
                continue
            for item in items(source, node):
                value = text(source, item, key.value, formula=True)
                yield Said(key.value, value.strip(), at(key.start), source.typed(item, value).stripped())


class _Piece(Source):
    """A piece of a document as a source: errors point into the document."""

    def __init__(self, piece: Text, place: Place, suffix: str) -> None:
        super().__init__(piece.text, place.name, suffix)
        self.piece, self._document = piece, place

    def place(self, offset: int) -> LineAndColumn:
        found = self._document.error(self.piece.at(offset), "")
        return LineAndColumn(found.line or 1, found.column or 1)

    def typed(self, node: Node, value: str) -> Text:
        """Return the value of a node as a text of the document: each line stands in a line, behind white space."""
        opener = _OPENER.match(self.text, node.start)
        at = opener.end() if opener else node.start
        starts: list[int] = []
        for line in value.split("\n"):
            start = at
            if line.strip() and (row := _ROW.match(self.text, at, node.stop)):
                start, at = row.span("text")
            starts.append(self.piece.at(start) - (len(line) - len(line.lstrip())))
        return Text(value, tuple(starts))

    def error(self, at: Node | Span, message: str, hint: str = "") -> DocumentError:
        start = self.piece.at(at.start)
        length = self.piece.at(min(at.stop, len(self.text))) - start
        return self._document.error(start, message, hint, max(1, length))
