"""From a text to its statements: equations, declarations, conditions, tasks, formulas, parted by commas and words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from derive.derivation import Notation, Scope
from derive.errors import LimitError, ReadError, Span
from derive.expr.nodes import Expr, Symbol
from derive.limits import Limits
from derive.reader.commands import ALIGNED
from derive.reader.cursor import Log, Parse, run
from derive.reader.grammar import Grammar
from derive.reader.shaping import Shaping
from derive.reader.tokens import Token, pair, tokenize

_WRAPPERS = (("$$", "$$"), ("$", "$"), (r"\[", r"\]"), (r"\(", r"\)"))
_OPENERS = frozenset(("open", "{", "begin"))


class Text:
    """One text with its tokens, and the limits under which it is read."""

    def __init__(self, source: str, limits: Limits, words: frozenset[str] = frozenset()) -> None:
        """Read the tokens of a text, without the signs that only open and close mathematics.

        `words` are the bare words that are one name each.

        Raises:
            LimitError: The text is too long.
            ReadError: A character, command or bracket that is not understood.
        """
        if len(source) > limits.characters:
            raise LimitError(f"{len(source)} characters; the limit is {limits.characters}")
        self.source, self.limits = source, limits
        try:
            tokens = _laid_flat(tokenize(_unwrapped(source), limits, words))
            if len(tokens) > limits.nodes:
                raise LimitError(f"{len(tokens)} signs; the limit is {limits.nodes}")
            self.pairs = pair(tokens, source)
        except ReadError as error:
            error.source = source
            raise
        self.tokens = tokens

    def error(self, message: str, token: Token, hint: str = "") -> ReadError:
        """Return an error that points at a token."""
        return ReadError(message, Span(token.start, token.stop), hint, self.source)

    def statements(self) -> list[Statement]:
        """Return the statements, each as its range of tokens."""
        found: list[Statement] = []
        tokens, start, i = self.tokens, 0, 0
        end = self._without_full_stop(len(tokens) - 1)
        comma: Token | None = None
        role = ""
        while i <= end:
            token = tokens[i]
            word = token.kind == "text" and token.text in ("where", "find", "if", "subject")
            if i == end or word or token.kind in (",", "row", "quad"):
                if i > start:
                    found.append(Statement(self, start, i, role))
                    comma = None
                if word:
                    role = "subject" if token.text == "subject" else ""
                if token.kind == "," and i < end:
                    self._check_comma(i, comma, bool(found))
                    comma = token
                start = i + 1
            i = self.pairs[i] + 1 if token.kind in _OPENERS and i < end else i + 1
        return found

    def _check_comma(self, i: int, last: Token | None, first: bool) -> None:
        token = self.tokens[i]
        if last is not None or not first:
            raise self.error("nothing stands before the comma", token)
        left, right = self.tokens[i - 1], self.tokens[i + 1]
        if left.kind == right.kind == "num" and left.stop == token.start and right.start == token.stop:
            raise self.error("a comma inside a number", token, "write 1{,}000 or 1000")

    def _without_full_stop(self, end: int) -> int:
        while end > 0 and self.tokens[end - 1].kind in (",", ".", "quad"):
            end -= 1
        return end


@dataclass(frozen=True, slots=True)
class Statement:
    """A range of tokens of a text."""

    text: Text
    start: int
    stop: int
    role: str = ""
    """`subject` for what follows the words "subject to"."""

    @property
    def first(self) -> Token:
        """The first token."""
        return self.text.tokens[self.start]

    @property
    def span(self) -> Span:
        """Where the statement stands."""
        return Span(self.first.start, self.text.tokens[self.stop - 1].stop)

    @property
    def latex(self) -> str:
        """The statement as it was typed."""
        return self.text.source[self.span.start : self.span.stop]

    def outer(self, *kinds: str) -> list[int]:
        """Return the indices of the tokens of some kinds that stand in no bracket."""
        found, i = [], self.start
        while i < self.stop:
            token = self.text.tokens[i]
            if token.kind in kinds:
                found.append(i)
            i = self.text.pairs[i] + 1 if token.kind in _OPENERS else i + 1
        return found

    def part(self, start: int, stop: int) -> Statement:
        """Return a smaller range."""
        return Statement(self.text, start, stop)

    def split(self, at: list[int]) -> list[Statement]:
        """Return the ranges between the tokens at some indices."""
        edges = [self.start - 1, *at, self.stop]
        return [self.part(a + 1, b) for a, b in pairwise(edges)]

    def grammar(
        self, notation: Notation, log: Log, called: Mapping[Symbol, tuple[Expr, ...]], shaping: Shaping
    ) -> Grammar:
        """Return the grammar at the start of the statement, which ends where the statement does."""
        tokens = self.text.tokens
        behind = tokens[self.stop]
        last = Token("end", "", behind.start, behind.start)
        grammar = Grammar(
            [*tokens[: self.stop], last, last],
            self.text.pairs,
            self.text.source,
            notation,
            Scope(),
            log,
            called,
            shaping,
        )
        grammar.i = self.start
        return grammar

    def read(self, parse: Parse, grammar: Grammar) -> Any:
        """Return what a rule reads, which has to be all of the statement."""
        value = run(parse, self.text.limits.depth, grammar)
        if grammar.i != self.stop:
            raise grammar.unexpected("an operator")
        return value


def _unwrapped(source: str) -> str:
    r"""Return the source with `$..$`, `\(..\)`, `\[..\]` around it blanked out."""
    start = len(source) - len(source.lstrip("\ufeff \t\r\n"))
    stop = len(source.rstrip(" \t\r\n.,;"))
    for opener, closer in _WRAPPERS:
        inner = slice(start + len(opener), stop - len(closer))
        wrapped = source.startswith(opener, start) and source.endswith(closer, inner.start, stop)
        if wrapped and not (opener[0] == "$" and "$" in source[inner]):
            return " " * inner.start + source[inner] + " " * (len(source) - inner.stop)
    return source


def _laid_flat(tokens: list[Token]) -> list[Token]:
    r"""Leave out what only lays out: an environment such as aligned with its `&`, and `\quad` in brackets."""
    end = len(tokens) - 2
    while end > 0 and tokens[end].kind in (",", "."):
        end -= 1
    first, last = tokens[0], tokens[max(end, 0)]
    aligned = first.kind == "begin" and first.text in ALIGNED and last.kind == "end-env" and last.text == first.text
    kept, depth = [], 0
    for token in tokens:
        if aligned and (token is first or token is last):
            continue
        if token.kind in _OPENERS:
            depth += 1
        elif token.kind in ("close", "}", "end-env"):
            depth -= 1
        layout = (token.kind == "quad" and depth > 0) or (token.kind == "&" and aligned and depth == 0)
        if not layout:
            kept.append(token)
    return kept
