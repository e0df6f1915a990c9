"""A TOML file as a tree of nodes: tomllib checks it, and a scan of the same text says what stands where.

Numbers, truth values and dates are the text that was typed. The scan relies on the check: it knows no errors.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field

from derive.errors import Span
from derive.trees.source import DEPTH, VALUES, Items, Node, Pairs, Source, Text

_TOKEN = re.compile(
    r"""[ \t]++ | \#[^\n]*+
        | (?P<quoted> \"{3} (?:[^"\\]++|\\.|"(?!""))*+ \"{3,5} | '{3} (?:[^']++|'(?!''))*+ '{3,5}
                    | "(?:[^"\\\n]++|\\.)*+" | '[^'\n]*+')
        | (?P<sign> [\n\[\]{}=,]) | (?P<bare> [^\s\#"'\[\]{}=,]++)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|[ \t]*\n[ \t\n]*|(.))", re.DOTALL)
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(slots=True)
class _Token:
    kind: str
    """What it is: a sign, `quoted` or `bare`."""
    start: int
    stop: int


@dataclass(slots=True)
class _Table:
    """A table that is still open: later headers may add to it."""

    start: int
    stop: int
    entries: dict[str, tuple[Text, Node | _Table | list[_Table]]] = field(default_factory=dict)


def toml_tree(source: Source) -> Node | None:
    """Return the tree of a TOML file, or None if there is nothing in it.

    Raises:
        ProblemFileError: It is no TOML, or lists are nested too deep.
    """
    tokens = _tokens(source)
    _check(source)
    if all(token.kind == "\n" for token in tokens):
        return None
    return _frozen(_Scan(source, tokens).document())


def _tokens(source: Source) -> list[_Token]:
    """Return the tokens, blanks and comments left out; up to the first error, where there is one."""
    found: list[_Token] = []
    at = depth = dots = 0
    while (match := _TOKEN.match(source.text, at)) is not None:
        start, at = match.span()
        kind = match["sign"] or match.lastgroup
        if kind is None:
            continue
        found.append(_Token(kind, start, at))
        depth += (kind in ("[", "{")) - (kind in ("]", "}"))
        dots = 0 if kind in ("\n", "=", ",") else dots + (kind == "bare") * match[0].count(".")
        if len(found) > 2 * VALUES:  # there is a sign with most of them
            raise source.too_many(Span(start, at))
        if max(depth, dots) > DEPTH:
            raise source.error(Span(start, at), f"nesting too deep: over {DEPTH} levels")
    return found


def _check(source: Source) -> None:
    try:
        tomllib.loads(source.text, parse_float=str)
    except ValueError as fault:  # the number of a line may also be too long for Python
        place = _PLACE.search(str(fault))
        if place is not None and place[1]:
            line = source.text.split("\n", int(place[1]) - 1)
            at = len(source.text) - len(line[-1]) + int(place[2]) - 1
        else:
            at = len(source.text.rstrip())
        escape = re.search("[Ee]scaped|hex", str(fault)) is not None
        at = max(0, source.text.rfind("\\", 0, at + 1)) if escape else at
        says = f"this is no TOML: {_PLACE.sub('', str(fault))}"
        raise source.error(Span(at, at + 1), says, _QUOTES if escape else "") from None


_QUOTES = "double quotes make something else of a backslash: use 'single quotes' or '''three''' for LaTeX"


class _Scan:
    """Goes through the tokens of a file that is known to be TOML."""

    def __init__(self, source: Source, tokens: list[_Token]) -> None:
        self.source, self.tokens, self.at = source, tokens, 0

    def document(self) -> _Table:
        """Return the outermost table."""
        root = table = _Table(0, len(self.source.text))
        while self.at < len(self.tokens):
            if self._kind() == "\n":
                self.at += 1
            elif self._kind() == "[":
                table = self._header(root)
            else:
                self._entry(table)
        return root

    def _kind(self) -> str:
        return self.tokens[self.at].kind if self.at < len(self.tokens) else ""

    def _header(self, root: _Table) -> _Table:
        """Read `[a.b]`, or `[[a.b]]`, and return the table that is filled from here on."""
        start = self.tokens[self.at].start
        several = self.tokens[self.at + 1].kind == "["
        self.at += 2 if several else 1
        *above, last = self._key()
        self.at += 2 if several else 1
        parent = _within(root, above)
        if not several:
            return _within(parent, [last])
        table = _Table(start, last.stop)
        known = parent.entries.setdefault(last.value, (last, []))[1]
        if isinstance(known, list):
            known.append(table)
        return table

    def _entry(self, table: _Table) -> None:
        *above, last = self._key()
        self.at += 1
        _within(table, above).entries[last.value] = (last, self._value())

    def _key(self) -> list[Text]:
        """Read the parts of a dotted name, up to the sign behind it."""
        parts: list[Text] = []
        while self._kind() in ("quoted", "bare"):
            token = self.tokens[self.at]
            if token.kind == "quoted":
                parts.append(self._text(token))
            else:
                names = re.finditer(r"[^.]+", self.source.text[token.start : token.stop])
                parts.extend(Text(n[0], token.start + n.start(), token.start + n.end()) for n in names)
            self.at += 1
        return parts

    def _value(self) -> Node:
        token = self.tokens[self.at]
        self.at += 1
        if token.kind == "quoted":
            return self._text(token)
        if token.kind == "[":
            return self._list(token.start)
        if token.kind == "{":
            return self._inline_table(token.start)
        stop = token.stop
        while self._kind() == "bare":  # the time behind a date
            stop = self.tokens[self.at].stop
            self.at += 1
        return Text(self.source.text[token.start : stop], token.start, stop)

    def _list(self, start: int) -> Items:
        items: list[Node] = []
        while self._kind() != "]":
            if self._kind() in ("\n", ","):
                self.at += 1
            else:
                items.append(self._value())
        self.at += 1
        return Items(tuple(items), start, self.tokens[self.at - 1].stop)

    def _inline_table(self, start: int) -> Node:
        table = _Table(start, start)
        while self._kind() != "}":
            if self._kind() in ("\n", ","):
                self.at += 1
            else:
                self._entry(table)
        self.at += 1
        table.stop = self.tokens[self.at - 1].stop
        return _frozen(table)

    def _text(self, token: _Token) -> Text:
        whole = self.source.text[token.start : token.stop]
        quote = whole[0]
        value = whole[3:-3].removeprefix("\n") if whole.startswith(quote * 3) else whole[1:-1]
        if quote == '"':
            value = _ESCAPE.sub(_unescaped, value)
        return Text(value, token.start, token.stop, quote)


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    if code:
        return chr(int(code, 16))
    return _ESCAPED.get(found[3], found[3]) if found[3] else ""


def _within(table: _Table, path: list[Text]) -> _Table:
    """Return the table at the end of a path, of which what is missing is made; of several tables it is the last."""
    for key in path:
        below = table.entries.setdefault(key.value, (key, _Table(key.start, key.stop)))[1]
        below = below[-1] if isinstance(below, list) else below
        if isinstance(below, _Table):
            table = below
    return table


def _frozen(table: _Table) -> Pairs:
    """Return a table as a node, which reaches as far as what stands in it."""
    pairs: list[tuple[Text, Node]] = []
    for key, value in table.entries.values():
        if isinstance(value, list):
            tables = tuple(map(_frozen, value))
            pairs.append((key, Items(tables, tables[0].start, tables[-1].stop)))
        else:
            pairs.append((key, _frozen(value) if isinstance(value, _Table) else value))
    return Pairs(tuple(pairs), table.start, max([table.stop, *[value.stop for _, value in pairs]]))
