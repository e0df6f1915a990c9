r"""Declarations and definitions that hold for more than one block: which of them a formula needs.

What is not needed is not passed on, so that no solution tells of definitions that have nothing to do with it. Where it
cannot be seen from the letters that one is not needed, it is passed on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from derive.weave.macros import used

_RELATION = re.compile(
    r"\\(?:in|colon|to|mapsto|geq?|leq?|succ|prec|succeq|preceq|neq?|gt|lt|equiv|triangleq)\b|:=?|[=<>]"
)
_LETTER = re.compile(r"\\[A-Za-z]+|[^\W\d_]")
_STYLES = frozenset(
    r"\mathbf \boldsymbol \bm \vec \mathrm \mathit \mathcal \text \operatorname \hat \tilde \bar \overrightarrow "
    r"\left \right \big \Big \bigl \bigr \, \quad \cdot \times \frac \mathsf \top \prime".split()
)


@dataclass(frozen=True, slots=True)
class Declared:
    """One declaration: its text, what it is about, and whether it says a set, a function, a value or a condition.

    `about` are the letters that it is about, `letters` all in it.
    """

    text: str
    head: str
    relation: str
    about: frozenset[str]
    letters: frozenset[str]

    @classmethod
    def of(cls, text: str, head: str, relation: str) -> Declared:
        """Return a declaration."""
        return cls(text, "".join(head.split()), relation, _letters(head) - _STYLES, _letters(text))

    @property
    def key(self) -> tuple[str, str]:
        """What two declarations share of which the later one counts. Conditions are as many as there are."""
        settles = self.relation in (r"\in", ":", "=")
        return (self.head, self.relation) if settles else (self.text, "")

    @property
    def is_told(self) -> bool:
        """Whether a solution tells of it even where it is not needed: a definition or a condition."""
        return self.relation not in (r"\in", ":")


def declared(texts: Iterable[str]) -> dict[tuple[str, str], Declared]:
    """Return declarations in their order, by keys; a later one about the same letter goes before an earlier one."""
    found: dict[tuple[str, str], Declared] = {}
    for text in texts:
        for d in _parts(text):
            found.pop(d.key, None)
            found[d.key] = d
    return found


def _parts(text: str) -> list[Declared]:
    r"""Return the declaration of each letter: `x, y \in \mathbb{R}` is two."""
    relation = _RELATION.search(text)
    if relation is None:
        return [Declared.of(text, text, "")]
    head, rest = text[: relation.start()], text[relation.start() :]
    sign = {r"\colon": ":", ":=": "=", r"\equiv": "=", r"\triangleq": "="}.get(relation[0], relation[0])
    heads = _at_commas(head) if sign == r"\in" else [head]
    if len(heads) == 1:
        return [Declared.of(text, head, sign)]
    return [Declared.of(f"{one.strip()} {rest}", one, sign) for one in heads]


def _at_commas(head: str) -> list[str]:
    """Return the parts of a text between the commas that stand in no brackets."""
    parts, depth = [""], 0
    for sign in head:
        depth += (sign in "{([") - (sign in "})]")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def needed(declarations: Sequence[Declared], texts: Sequence[str], macros: Mapping[str, str]) -> tuple[str, ...]:
    """Return the texts of those declarations that a formula needs.

    Args:
        declarations: All that hold, in their order.
        texts: The formula, and what else is asked of it.
        macros: The macros that hold, definitions by names.
    """
    met = set(_letters(*texts, *used(macros, texts).values()))
    plain = all(letter.isascii() for letter in met)
    kept = {d for d in declarations if not d.is_told}
    waiting = [d for d in declarations if d.is_told]
    while found := [d for d in waiting if not plain or _may_be_in(d, met, macros)]:
        kept.update(found)
        met.update(*(d.letters for d in found))
        waiting = [d for d in waiting if d not in kept]
    return tuple(d.text for d in declarations if d in kept)


def _letters(*texts: str) -> frozenset[str]:
    return frozenset(letter for text in texts for letter in _LETTER.findall(text))


def _may_be_in(d: Declared, met: set[str], macros: Mapping[str, str]) -> bool:
    r"""Tell whether what a declaration is about may occur.

    That is not sure where a letter has two spellings: θ and `\theta`, or a macro and what it stands for.
    """
    sure = d.about and all(letter.isascii() and letter not in macros for letter in d.about)
    return not sure or d.about <= met
