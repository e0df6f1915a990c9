"""What other programs and people are told of a problem-set file: a JSON Schema for editors, and a table for the manual.

Both come from the table of fields.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from derive.problems.fields import ANYWHERE, DEFAULTS, FIELDS, PARAM, PART, PROBLEM, SET, Field, fields_of

Schema: TypeAlias = dict[str, Any]

_TEXT: Schema = {"$ref": "#/$defs/text"}
_TEXTS: Schema = {"$ref": "#/$defs/texts"}
_ID: Schema = {"type": ["string", "integer"], "pattern": "^[a-z0-9][a-z0-9-]{0,63}$", "minimum": 0}

_DEFINITIONS: dict[str, Schema] = {
    "text": {
        "description": "A text. Numbers and truth values are read as the text that was typed.",
        "type": ["string", "number", "boolean"],
    },
    "texts": {
        "description": "A text, or a list of texts. In YAML a text with a colon is a pair for an editor.",
        "anyOf": [
            _TEXT,
            {"type": "array", "items": {"anyOf": [_TEXT, {"type": "object", "minProperties": 1, "maxProperties": 1}]}},
        ],
    },
}

_KINDS: dict[str, tuple[str, Schema]] = {
    "line": ("one line", _TEXT),
    "prose": ("text with formulas", _TEXT),
    "latex": ("LaTeX", _TEXT),
    "latexes": ("LaTeX, or a list", _TEXTS),
    "proses": ("text, or a list", _TEXTS),
    "notes": ("text, or a list", _TEXTS),
    "tags": ("word, or a list", _TEXTS),
    "letters": ("letters", _TEXTS),
    "id": ("small letters, digits, -", _ID),
    "ids": ("id, or a list", {"anyOf": [_ID, {"type": "array", "items": _ID}]}),
    "yes or no": ("yes or no", {"enum": [True, False, "yes", "no", "true", "false"]}),
    "notation": ("name or file", _TEXT),
    "range": (
        "two numbers",
        {"anyOf": [{"type": "string"}, {"type": "array", "items": _TEXT, "minItems": 2, "maxItems": 2}]},
    ),
    "draw": ("tags with numbers", {"type": "object", "additionalProperties": {"type": ["integer", "string"]}}),
    "defaults": ("fields", {"$ref": f"#/$defs/{DEFAULTS}"}),
    "problems": ("list of problems", {"type": "array", "items": {"$ref": f"#/$defs/{PROBLEM}"}, "minItems": 1}),
    "parts": ("list of parts", {"type": "array", "items": {"$ref": f"#/$defs/{PART}"}, "minItems": 1, "maxItems": 26}),
    "params": (
        "names with values",
        {
            "type": "object",
            "propertyNames": {"pattern": "^[A-Za-z][A-Za-z0-9]{0,31}$"},
            "additionalProperties": {
                "anyOf": [{"type": "string"}, {"type": "array", "items": _TEXT}, {"$ref": f"#/$defs/{PARAM}"}]
            },
        },
    ),
}
"""What a value of each kind is: in words, and for an editor. Choices and numbers say it in their field."""

_NEEDED: dict[str, tuple[str, ...]] = {
    SET: ("problems",),
    PROBLEM: ("latex", "statement", "parts"),
    PART: ("latex", "statement"),
    PARAM: ("choices", "range"),
}
"""One of these fields has to be there."""


def json_schema() -> Schema:
    """Return the JSON Schema of a set, for editors that complete and check what is typed."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A problem set of derive",
        **_mapping(SET),
        "$defs": {**_DEFINITIONS, **{where: _mapping(where) for where in (DEFAULTS, PROBLEM, PART, PARAM)}},
    }


def _mapping(where: str) -> Schema:
    known = fields_of(where)
    needed = [name for name, field in known.items() if field.name in _NEEDED.get(where, ())]
    return {
        "type": "object",
        "properties": {name: _property(name, field) for name, field in known.items()},
        "additionalProperties": False,
        **({"anyOf": [{"required": [name]} for name in needed]} if needed else {}),
    }


def _property(name: str, field: Field) -> Schema:
    says = field.says if name == field.name else f"Another name of {field.name}. {field.says}"
    return {"description": says, **_value(field)}


def _value(field: Field) -> Schema:
    if field.kind == "choice":
        return {"enum": [*field.choices, *(int(c) for c in field.choices if c.isdecimal())]}
    if field.kind in ("integer", "number", "width"):
        kind, digits = ("integer", "") if field.kind == "integer" else ("number", r"(\.[0-9]+)?")
        ends = {"minimum": field.low, "maximum": field.high}
        return {"type": [kind, "string"], **ends, "pattern": f"^[0-9]+{digits}$"}
    return _KINDS[field.kind][1]


def field_table() -> str:
    """Return the fields as a table in Markdown."""
    rows = ["| field | stands in | value | what it says |", "|---|---|---|---|"]
    for field in FIELDS:
        names = f"`{field.name}`" + "".join(f", `{name}`" for name in field.also)
        where = "anywhere" if field.where == ANYWHERE else ", ".join(field.where)
        rows.append(f"| {names} | {where} | {_words(field)} | {field.says} |")
    return "\n".join(rows) + "\n"


def _words(field: Field) -> str:
    if field.kind == "choice":
        return ", ".join(f"`{choice}`" for choice in field.choices)
    if field.kind in ("integer", "number", "width"):
        kind = "whole number" if field.kind == "integer" else "number"
        return f"{kind}, {field.low} to {field.high}"
    return _KINDS[field.kind][0]
