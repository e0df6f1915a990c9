"""What the tokens of a text tell before it is read: which letters are vectors, indices, sizes."""

from __future__ import annotations

from itertools import pairwise

from derive.expr.spelling import ARROWS
from derive.reader.statements import Text


def units_of(text: Text) -> int:
    r"""Return how many unit vectors such as \hat\imath a text uses: 0, 2, or 3 where there is a \hat k."""
    hatted = {t.text for before, t in pairwise(t for t in text.tokens if t.kind != "{") if before.text == "hat"}
    return 0 if hatted.isdisjoint(("imath", "jmath")) else 3 if "k" in hatted else 2


def bold_letters(text: Text) -> set[tuple[str, tuple[str, ...]]]:
    """Return the small letters that stand bold and without a subscript, with the accent that they have."""
    found: set[tuple[str, tuple[str, ...]]] = set()
    tokens = text.tokens
    for k, token in enumerate(tokens[:-1]):
        before = [t for t in tokens[max(k - 2, 0) : k] if t.kind == "accent"]
        bold = token.kind == "bold" or any(t.text in ARROWS for t in before)
        if bold and token.text[:1].islower() and tokens[k + 1].kind != "_":
            found.add((token.text, tuple(t.text for t in before if t.text not in ARROWS)))
    return found


def letters_of_sums(text: Text) -> tuple[set[str], set[str]]:
    r"""Return the letters of sizes and of indices in the bounds of sums: the n and the i of `\sum_{i=1}^n`."""
    found: set[str] = set()
    indices: set[str] = set()
    tokens = text.tokens
    for k, token in enumerate(tokens):
        i = k + 1
        while token.kind == "big" and tokens[i].kind in ("_", "^"):
            if tokens[i + 1].kind == "end":
                break
            stop = text.pairs[i + 1] + 1 if tokens[i + 1].kind == "{" else i + 2
            inner = tokens[i + 1 : stop]
            if tokens[i].kind == "_":
                indices.update(t.text for t in inner[:2] if t.kind == "sym")
                inner = inner[next((j for j, t in enumerate(inner) if t.kind == "rel"), len(inner)) :]
            found.update(t.text for t in inner if t.kind == "sym" and len(t.text) == 1)
            i = stop
    return found, indices
