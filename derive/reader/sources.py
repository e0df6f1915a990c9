"""The texts of a problem with the user's macros put into effect; errors point into what the user typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from derive.derivation import Note, Request
from derive.errors import DeriveError
from derive.expr.functions import SPELLINGS
from derive.limits import Limits
from derive.reader.macros import Expansion, Macro, definitions, expand
from derive.reader.statements import Text

_HEAD = re.compile(r"(?:^|\\\\|\\q?quad|[,;&])\s*([A-Za-z]{3,})\s*(?=(?:\([^()=]{0,200}\))?\s*(?:&?\s*=|\\in\b))")


def words_of(*texts: str) -> frozenset[str]:
    r"""Return the bare words that are given a meaning: `cost = ...`, `activation(x) = ...`, `rate \in \mathbb{R}`."""
    return frozenset(word for text in texts for word in _HEAD.findall(text) if word not in SPELLINGS)


class Sources:
    """The macros that a request and a text define, and the texts that were read with them."""

    def __init__(self, latex: str, request: Request, limits: Limits) -> None:
        """Collect the macros.

        Raises:
            ReadError: A definition in the text is not complete.
        """
        self.limits = limits
        self.expansions: dict[str, tuple[str, Expansion]] = {}
        macros: dict[str, Macro] = {}
        for preamble in request.macros:
            macros |= definitions(preamble, document=True, known=macros)[0]
        own, self.main = definitions(latex, known=macros)
        self.latex = latex
        self.macros = macros | own
        self.words = words_of(self.main, *request.let, *request.define)

    def text(self, source: str) -> Text:
        """Return the tokens of a text of the problem."""
        kept = self.main if source is self.latex else source
        try:
            expansion = expand(kept, self.macros, self.limits)
        except DeriveError as error:
            error.source = source
            raise
        if expansion.text is not source:
            self.expansions[expansion.text] = (source, expansion)
        return Text(expansion.text, self.limits, self.words)

    @contextmanager
    def pointing(self) -> Iterator[None]:
        """Make errors point into what the user typed."""
        try:
            yield
        except DeriveError as error:
            known = self.expansions.get(error.source)
            if known is not None and error.span is not None:
                error.source, error.span = known[0], known[1].span(error.span)
            raise

    def located(self, notes: tuple[Note, ...]) -> tuple[Note, ...]:
        """Return notes with their places in the text that the user typed."""
        found = next((e for source, e in self.expansions.values() if source is self.latex), None)
        if found is None:
            return notes
        size = len(found.text)
        return tuple(
            n if n.span is None or n.span.stop > size else Note(n.kind, n.about, found.span(n.span)) for n in notes
        )
