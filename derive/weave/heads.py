"""What a fence says: the options in its info string and at the top of its body, and the formula below them."""

from __future__ import annotations

import re

from derive.weave.said import Place, Said, said_in_words
from derive.weave.settings import Settings
from derive.weave.text import Text

_OURS = re.compile(r"\s*(?:derive(?=\s|\{|$)|\{\s*derive(?=[\s}])|\{(?:[^}]*\s)?\.derive(?=[\s}]))")
_MATH = re.compile(r"\s*(?:math|\{math\})\s*$")
_WORD = re.compile(r"\s*derive(?=\s|\{|$)\s*")
_DIRECTIVE = re.compile(r"\s*\{\s*derive\s*\}")
_ATTRIBUTES = re.compile(r"\s*\{(?P<inside>.*)\}\s*$", re.DOTALL)
_ATTRIBUTE = re.compile(
    r"(?P<word>\.[\w-]+|derive(?=\s|$))|\#(?P<id>\S+)|[A-Za-z][\w-]*(?:\s*=\s*(?:'[^']*'|\"[^\"]*\"|\S+))?|\s+|\S"
)
_FIELD = re.compile(r"[ \t]*:(?P<name>[A-Za-z][\w-]*):[ \t]*(?P<value>.*?)[ \t]*(?:\n|\Z)")
_RULE = re.compile(r"^---[ \t]*$", re.MULTILINE)


def is_ours(info: str) -> bool:
    """Tell whether a fence with this info string is a formula to work out."""
    return _OURS.match(info) is not None


def is_math(info: str) -> bool:
    """Tell whether a fence with this info string is a display."""
    return _MATH.match(info) is not None


def kept_head(info: str) -> str:
    """Return what has to be kept of the info string of a fence of ours, so that `read_head` reads the same."""
    word = _WORD.match(info)
    return (info[word.end() :] if word else info).strip()


def whole_head(kept: str) -> str:
    """Return an info string of a fence of ours, of which `kept_head` keeps this."""
    return kept if is_ours(kept) else f"derive {kept}".rstrip()


def read_head(info: Text, body: Text, place: Place) -> tuple[list[Said], Text]:
    """Return the options that a fence gives, and its formula. `info` is an info string, or what `kept_head` kept of it.

    Raises:
        DocumentError: The options cannot be read.
    """
    above, formula = _top(body, place)
    return [*_in_info(info, place), *above], formula


def _in_info(info: Text, place: Place) -> list[Said]:
    word = _WORD.match(info.text) or _DIRECTIVE.match(info.text)
    rest = info.part(word.end() if word else 0, len(info.text))
    attributes = _ATTRIBUTES.match(rest.text)
    if attributes is None:
        return said_in_words(rest, place)
    inside = rest.part(*attributes.span("inside"))
    said: list[Said] = []
    kept: list[str] = []
    for found in _ATTRIBUTE.finditer(inside.text):
        kept.append(" " * len(found[0]) if found["word"] or found["id"] else found[0])
        if found["id"]:
            at = inside.at(found.start())
            said.append(Said("label", found["id"], at, at + 1))
    return said + said_in_words(Text("".join(kept), inside.starts, inside.respelled), place)


def _top(body: Text, place: Place) -> tuple[list[Said], Text]:
    """Return the options at the top of a body, in YAML that ends with `---` or in lines such as `:wrt: x`."""
    rules = list(_RULE.finditer(body.text))
    if rules and not body.text[: rules[0].start()].strip():
        rules = rules[:2]
        start = rules[0].end()
    else:
        rules = rules[:1]
        start = 0
    if rules and (start == 0 or len(rules) == 2):
        head = body.part(start, rules[-1].start())
        return Settings(head, place, ".yaml").said(), body.part(rules[-1].end(), len(body.text)).stripped()
    said, at = [], 0
    while field := _FIELD.match(body.text, at):
        said.append(Said(field["name"], field["value"], body.at(field.start("name")), body.at(field.start("value"))))
        at = field.end()
        if at == len(body.text):
            break
    return said, body.part(at, len(body.text)).stripped()


def without_fields(body: Text) -> Text:
    """Return what a `{math}` directive displays, without its own options."""
    at = 0
    while at < len(body.text) and (field := _FIELD.match(body.text, at)):
        at = field.end()
    return body.part(at, len(body.text)).stripped()
