"""How a text is spelled in a comment, so that it cannot end it, nor begin anything of a template language."""

from __future__ import annotations

import re

_DANGEROUS = re.compile(r"--|\*/|\{(?=[{%#])|&(?=#\d)")
_SPELLINGS = {"--": "-&#45;", "*/": "*&#47;", "{": "&#123;", "&": "&#38;"}
SPELLED = re.compile(r"&#(32|38|45|47|123);")
"""What means something else in a comment."""

NOTHING = "&#32;"
"""A line that means an empty one, where an empty one would end the comment."""


def escaped(text: str) -> str:
    """Return a text as it can stand in a comment. What begins another text is spelled alike."""
    return _DANGEROUS.sub(lambda found: _SPELLINGS[found[0]], text)


def unescaped(text: str) -> str:
    """Return what a text in a comment means: `unescaped(escaped(text)) == text`."""
    return SPELLED.sub(meaning, text)


def meaning(found: re.Match[str]) -> str:
    """Return what something that was `SPELLED` means."""
    return "" if found[0] == NOTHING else chr(int(found[1]))
