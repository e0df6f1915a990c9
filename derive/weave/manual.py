"""The table of options in the manual, made from the table that is in effect."""

from __future__ import annotations

from derive.options import OPTIONS, Option
from derive.weave.options import OWN


def options_table() -> str:
    """Return the options of a block as a table in Markdown."""
    rows = [f"| `{option.name}` | {_values(option)} | {option.says} |" for option in (*OWN, *OPTIONS)]
    return "\n".join(["| option | values | what it says |", "|---|---|---|", *rows])


def _values(option: Option) -> str:
    if option.choices:
        return ", ".join(f"`{choice}`" for choice in option.choices)
    if option.kind in ("integer", "number"):
        return f"{option.least:g} to {option.most:g}"
    return {"flag": "yes, no", "texts": "texts", "words": "words with commas"}.get(option.kind, "text")
