"""What the tokens of a text tell before it is read: which letters are vectors, indices, sizes."""

from __future__ import annotations

from itertools import pairwise

from derive.expr.spelling import ARROWS
from derive.reader.shaping import Letter, are_units
from derive.reader.statements import Text


def units_of(text: Text) -> int:
    r"""Return how many unit vectors a text uses, such as \hat\imath or \mathbf{i}: 0, 2, or 3 where there is a k."""
    hatted = {t.text for before, t in pairwise(t for t in text.tokens if t.kind != "{") if before.text == "hat"}
    if not hatted.isdisjoint(("imath", "jmath")):
        return 3 if "k" in hatted else 2
    vectors = bold_letters(text)
    found = [above for above in ((), ("hat",)) if are_units(vectors, above)]
    return max((3 if ("k", above) in vectors else 2 for above in found), default=0)


def bold_letters(text: Text) -> set[Letter]:
    """Return the letters of vectors that stand without a subscript: small bold ones, and what has an arrow above."""
    fields = crossed(text)
    found: set[Letter] = set()
    for k, token in enumerate(text.tokens[:-1]):
        if token.kind not in ("bold", "sym", "const") or text.tokens[k + 1].kind == "_":
            continue
        above = accents_of(text, k)
        small = token.kind == "bold" and (token.text[:1].islower() or token.text in fields)
        if small or any(a in ARROWS for a in above):
            found.add((token.text, tuple(a for a in above if a not in ARROWS)))
    return found


def accents_of(text: Text, k: int) -> list[str]:
    """Return the accents directly above the token at a place, in braces or not, from the outside in."""
    found: list[str] = []
    while k and text.tokens[k - 1].kind in ("accent", "{"):
        k -= 1
        if text.tokens[k].kind == "accent":
            found.append(text.tokens[k].text)
        elif not k or text.tokens[k - 1].kind != "accent":
            break
    return found[::-1]


def crossed(text: Text) -> set[str]:
    r"""Return the bold capitals that are vectors, where one is the second factor of a cross product with a vector.

    In \mathbf{F} = q(\mathbf{E} + \mathbf{v} \times \mathbf{B}) all of them are, but for those that are multiplied or
    have a superscript, as matrices do.
    """
    tokens = text.tokens
    bold = [k for k, t in enumerate(tokens[:-1]) if t.kind == "bold" and t.text[:1].isupper() and t.text != "I"]
    matrices = {tokens[k].text for k in bold if tokens[k + 1].kind in _MULTIPLIED}
    for k in bold:
        before = [*tokens[max(k - 2, 0) : k]]
        times = len(before) == 2 and before[1].kind == "dot" and before[1].text == r"\times"
        if times and tokens[k].text not in matrices and _ends_vector(text, k - 2):
            return {tokens[k].text for k in bold} - matrices
    return set()


_MULTIPLIED = frozenset(("bold", "accent", "sym", "open", "^", "frac", "{"))
"""What stands behind a matrix: a factor, or a superscript."""


def _ends_vector(text: Text, k: int) -> bool:
    """Tell whether a letter that is a vector ends at a place: a small bold one, or one below an arrow."""
    while k and text.tokens[k].kind == "}":
        k -= 1
    token = text.tokens[k]
    return (token.kind == "bold" and token.text[:1].islower()) or any(a in ARROWS for a in accents_of(text, k))


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
