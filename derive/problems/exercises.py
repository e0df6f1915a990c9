"""The problems of a set and their parts, as they stand in its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from string import ascii_lowercase
from typing import Any

from derive.problems.entries import Entry, entries, said
from derive.problems.fields import OPTIONS, PART, PROBLEM
from derive.problems.model import Exercise, Options
from derive.problems.params import check_params, check_variants, read_params
from derive.trees.source import Items, Node, Pairs, Place, Source, Text

_CONTENT = tuple("title statement latex solution points hints notes uses tags difficulty variants".split())
_OPTIONS = {field.name: field.option for field in OPTIONS}
_ADDED = ("let", "macros")
"""Options of which those of a problem do not replace those of the set, but come behind them."""


def with_options(above: Options, own: Mapping[str, Any]) -> Options:
    """Return the options that hold where `own` fields stand, and `above` it others."""
    options = {_OPTIONS[name]: value for name, value in own.items() if name in _OPTIONS}
    for name in _ADDED:
        if name in options:
            before: Any = above.get(name, ())
            options[name] = (*before, *options[name])
    return {**above, **options} if options else above


def _blank(text: str, characters: str | None) -> int:
    """Return how many such characters, by default blanks of any kind, a text begins with."""
    return len(text) - len(text.lstrip(characters))


class Exercises:
    """Reads one problem after the other. `options` and `defaults` are what the set says for all of them."""

    def __init__(self, source: Source, options: Options, defaults: Mapping[str, Any]) -> None:
        self.source, self.options, self.defaults = source, options, defaults
        self.ids: dict[str, int] = {}
        """Where each id stands."""

    def problem(self, node: Node, number: int) -> Exercise:
        """Return a problem; without an id it is called after its number, which counts from 1."""
        found = entries(self.source, node, PROBLEM)
        own = said(self.source, found)
        options = with_options(self.options, own)
        parts = self._parts(found["parts"].node, options) if "parts" in found else ()
        params = read_params(self.source, found["params"].node) if "params" in found else {}
        self._check(node, found, "a problem needs latex, or a statement, or parts")
        self._check_points(found.get("points"), own.get("points", ""), parts)
        if isinstance(node, Pairs):
            check_params(self.source, node, found.get("params"))
        if "variants" in own or params:
            at = found["variants"].node if "variants" in own else found["params"].key
            check_variants(self.source, at, own.get("variants", 1), params)
        in_parts = any(part.points for part in parts)
        defaults = {k: v for k, v in self.defaults.items() if k in _CONTENT and not (in_parts and k == "points")}
        return Exercise(
            id=self._id(own, found, node, f"p{number:04}", self.ids),
            place=self.source.place(node.start),
            latex_place=self._latex_place(found),
            options=options,
            parts=parts,
            params=params,
            **defaults | {name: own[name] for name in _CONTENT if name in own},
        )

    def _parts(self, node: Node, options: Options) -> tuple[Exercise, ...]:
        """Return the parts of a problem, for which its `options` hold."""
        most = len(ascii_lowercase)
        if not isinstance(node, Items) or not 0 < len(node.items) <= most:
            self.source.fault(node, f"a list of 1 to {most} parts is wanted here", "each begins with a - and a blank")
            return ()
        parts: list[Exercise] = []
        ids: dict[str, int] = {}
        for letter, below in zip(ascii_lowercase, node.items, strict=False):
            found = entries(self.source, below, PART)
            own = said(self.source, found)
            self._check(below, found, "a part needs latex, or a statement")
            self._check_uses(found.get("uses"), own.get("uses", ()), parts)
            part = Exercise(
                id=self._id(own, found, below, letter, ids),
                place=self.source.place(below.start),
                latex_place=self._latex_place(found),
                options=with_options(options, own),
                **{name: own[name] for name in _CONTENT if name in own},
            )
            parts.append(part)
        return tuple(parts)

    def _id(
        self, own: Mapping[str, Any], found: Mapping[str, Entry], node: Node, fallback: str, ids: dict[str, int]
    ) -> str:
        """Return the id of a problem or a part, which no other among `ids` has."""
        name = str(own.get("id", fallback))
        at = found["id"].node if "id" in found else node
        if "id" in found and "id" not in own:
            return name
        if ids.setdefault(name, at.start) != at.start:
            first, second = self.source.place(ids[name]).line, self.source.place(at.start).line
            self.source.fault(at, f"the id {name} stands on lines {first} and {second}", "give one of them another id")
        return name

    def _latex_place(self, found: Mapping[str, Entry]) -> Place | None:
        """Return where the first character of a formula stands, behind a quote or in the block below a |."""
        node = found["latex"].node if "latex" in found else None
        if not isinstance(node, Text):
            return None
        text, start = self.source.text, node.start
        if node.quote in ("|", ">"):
            start = text.find("\n", start) + 1
            value = node.value.lstrip("\n")
            indented = len(value) - len(value.lstrip(" "))
            start += _blank(text[start : node.stop], None) - indented
        elif node.quote:
            start += 3 if text.startswith(node.quote * 3, start) else 1
            start += _blank(text[start : node.stop], "\n")
        typed = node.value.strip("\n")
        first, *others = typed.split("\n")
        lines = node.quote == "|" or not others or text.startswith(typed, start)
        columns = (node.quote == "|" or not others) and text.startswith(first, start) and r"\param" not in typed
        return replace(self.source.place(start), lines=lines, columns=columns)

    # What does not go together ----------------------------------------------------------------------------------------

    def _check(self, node: Node, found: Mapping[str, Entry], needs: str) -> None:
        if "latex" in found and "solution" in found:
            says = "latex is worked out, so that this solution would not be shown"
            self.source.fault(found["solution"].key, says, "leave one of them out; remarks are notes")
        if found.keys() & {"latex", "parts"}:
            return
        misspelt = isinstance(node, Pairs) and len(found) < len(node.pairs)
        if "statement" not in found and not misspelt:
            self.source.fault(node, needs, "as in  latex: y = x^2")
        for name in found.keys() & _OPTIONS.keys():
            says = f"{name} says how a formula is worked out, and there is no latex"
            self.source.fault(found[name].key, says, "formulas in a statement are not worked out")

    def _check_points(self, entry: Entry | None, points: str, parts: Sequence[Exercise]) -> None:
        together = sum(Decimal(part.points) for part in parts if part.points)
        if entry and points and parts and all(part.points for part in parts) and Decimal(points) != together:
            says = f"the problem has {points} points, and its parts have {together} together"
            self.source.fault(entry.node, says, "leave the points of the problem out, or mend them")

    def _check_uses(self, entry: Entry | None, uses: Sequence[str], earlier: Sequence[Exercise]) -> None:
        for name in uses:
            if entry and not any(part.id == name and part.latex for part in earlier):
                usable = ", ".join(part.id for part in earlier if part.latex) or "none"
                says = f"uses: {name[:40]} is no earlier part that has latex"
                self.source.fault(entry.node, says, f"there is {usable}")
