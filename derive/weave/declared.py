r"""Declarations and definitions that hold for more than one block: which of them a formula needs.

What is not needed is not passed on, so that no solution tells of definitions that have nothing to do with it. Where it
cannot be seen from the letters that one is not needed, it is passed on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TypeAlias

from derive.weave.macros import used

_RELATION = re.compile(
    r"\\(?:in|colon|to|mapsto|geq?|leq?|succ|prec|succeq|preceq|neq?|gt|lt|equiv|triangleq)\b|:=?|[=<>]"
)
_LETTER = re.compile(r"\\[A-Za-z]+|[^\W\d_]")
_STYLES = frozenset(
    r"\mathbf \boldsymbol \bm \vec \mathrm \mathit \mathcal \text \operatorname \hat \tilde \bar \overrightarrow "
    r"\left \right \big \Big \bigl \bigr \, \quad \cdot \times \frac \mathsf \top \prime".split()
)

_Key: TypeAlias = tuple[str, str]


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
    def key(self) -> _Key:
        """What two declarations share of which the later one counts. Conditions are as many as there are."""
        settles = self.relation in (r"\in", ":", "=")
        return (self.head, self.relation) if settles else (self.text, "")

    @property
    def is_told(self) -> bool:
        """Whether a solution tells of it even where it is not needed: a definition or a condition."""
        return self.relation not in (r"\in", ":")


class Declarations:
    """Declarations that hold, in their order; a later one about the same letter goes before an earlier one.

    They are found by their letters, so that it costs a formula nothing that there are many others.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self.held: dict[_Key, Declared] = {}
        self.silent: set[_Key] = set()
        """Those that are passed on with every formula: no solution tells of them where they are not needed."""
        self.unsure: set[_Key] = set()
        self.about: dict[str, set[_Key]] = {}
        """The others, by each letter that they are about."""
        self.add(texts)

    def add(self, texts: Iterable[str]) -> None:
        """Take over more declarations."""
        for text in texts:
            for d in _parts(text):
                self.held.pop(d.key, None)
                self.held[d.key] = d
                if not d.is_told:
                    self.silent.add(d.key)
                elif not d.about or not _ascii(d.about):
                    self.unsure.add(d.key)
                else:
                    for letter in d.about:
                        self.about.setdefault(letter, set()).add(d.key)

    def needed(self, texts: Sequence[str], macros: Mapping[str, str], own: Iterable[str] = ()) -> tuple[str, ...]:
        r"""Return the texts of those declarations that a formula needs.

        That is not sure where a letter has two spellings: θ and `\theta`, or a macro and what it stands for.

        Args:
            texts: The formula, and what else is asked of it.
            macros: The macros that hold, definitions by names.
            own: The declarations of the formula itself, which go before these.
        """
        replaced = Declarations(own).held.keys()
        letters = _letters(*texts, *used(macros, texts).values())
        kept = self._reached(letters, macros, replaced) if _ascii(letters) else self.held.keys()
        return tuple(d.text for key, d in self.held.items() if key in kept and key not in replaced)

    def _reached(self, letters: frozenset[str], macros: Mapping[str, str], replaced: Set[_Key]) -> Set[_Key]:
        """Return what is about these letters, or about those in what was found."""
        unsure = self.unsure.union(*(self.about[letter] for letter in self.about.keys() & macros.keys())) - replaced
        kept = self.silent | unsure | replaced
        met = set[str]()
        fresh = letters.union(*(self.held[key].letters for key in unsure))
        while fresh:
            met |= fresh
            near = {key for letter in fresh for key in self.about.get(letter, ())}
            found = {key for key in near - kept if self.held[key].about <= met}
            kept |= found
            fresh = frozenset[str]().union(*(self.held[key].letters for key in found)) - met
        return kept


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


def _letters(*texts: str) -> frozenset[str]:
    return frozenset(letter for text in texts for letter in _LETTER.findall(text))


def _ascii(letters: Iterable[str]) -> bool:
    return all(letter.isascii() for letter in letters)
