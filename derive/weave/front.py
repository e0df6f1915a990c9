"""The front matter of a Markdown document: YAML between `---`, TOML between `+++`. Only its `derive` is read."""

from __future__ import annotations

import re

from derive.weave.said import Place, Said
from derive.weave.settings import Settings
from derive.weave.text import Line, joined

_CLOSERS = {"---": ("---", "..."), "+++": ("+++",)}
_OURS = re.compile(r"derive\s*:(?:\s|$)")


def front_matter(document: str, lines: list[Line], place: Place) -> tuple[int, list[Said]]:
    """Return how many lines the front matter has, and the options in it.

    What other programs read there is not looked at: it may be in a YAML of their own.

    Raises:
        DocumentError: What it says to us is not as it should be.
    """
    rows = [document[line.start : line.stop].rstrip() for line in lines[:1]]
    opener = rows[0] if rows else ""
    if opener not in _CLOSERS:
        return 0, []
    for number in range(1, len(lines)):
        if document[lines[number].start : lines[number].stop].rstrip() in _CLOSERS[opener]:
            inside = lines[1:number]
            said = _in_yaml(document, inside, place) if opener == "---" else _in_toml(document, inside, place)
            return number + 1, said
    return 0, []


def _in_yaml(document: str, lines: list[Line], place: Place) -> list[Said]:
    kept: list[tuple[int, int]] = []
    for line in lines:
        text = document[line.start : line.stop]
        if _OURS.match(text) or (kept and (not text.strip() or text[0] in " \t#")):
            kept.append((line.start, line.stop))
        elif kept:
            break
    return Settings(joined(document, kept), place, ".yaml").said("derive") if kept else []


def _in_toml(document: str, lines: list[Line], place: Place) -> list[Said]:
    text = joined(document, [(line.start, line.stop) for line in lines])
    return Settings(text, place, ".toml").said("derive") if "derive" in text.text else []
