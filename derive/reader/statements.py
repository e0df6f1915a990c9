"""From a text to its statements: equations, declarations, conditions, tasks, formulas, parted by commas and words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from derive.derivation import Notation, Scope
from derive.errors import DeriveError, LimitError, ReadError, Span
from derive.expr.nodes import Expr, Symbol
from derive.limits import Limits
from derive.reader.commands import ALIGNED
from derive.reader.cursor import Log, Parse, run
from derive.reader.grammar import Grammar
from derive.reader.shaping import Shaping
from derive.reader.tokens import Token, pair, tokenize

_WRAPPERS = (("$$", "$$"), ("$", "$"), (r"\[", r"\]"), (r"\(", r"\)"))
_ASKED = re.compile(r"=\s*\?[\s.$]*$")
r"""What a question ends with: `\frac{dy}{dx} = ?`."""
PADDING = 6
"""How many more signs for the end stand behind the text, so that whoever looks ahead finds something."""
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
        except DeriveError as error:
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
            word = token.kind == "and" or (token.kind == "text" and token.text in ("where", "find", "if", "subject"))
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
            [*tokens[: self.stop], last, *[last] * PADDING],
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
    source = _ASKED.sub(lambda m: " " * len(m[0]), source)
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
    tokens = _slashed(_unsplit(tokens))
    end = len(tokens) - 2
    while end > 0 and tokens[end].kind in (",", "."):
        end -= 1
    first, last = tokens[0], tokens[max(end, 0)]
    aligned = first.kind == "begin" and last.kind == "end-env" and last.text == first.text
    aligned = aligned and (first.text in ALIGNED or (first.text == "array" and _relates(tokens)))
    kept, depth = [], 0
    for i, token in enumerate(tokens):
        if aligned and (token is first or token is last):
            continue
        if token.kind in _OPENERS:
            depth += 1
        elif token.kind in ("close", "}", "end-env"):
            depth -= 1
        layout = (token.kind == "quad" and depth > 0) or (token.kind == "&" and aligned and depth == 0)
        goes_on = token.kind == "row" and aligned and depth == 0 and _goes_on(tokens, i + 1)
        if not (layout or goes_on):
            kept.append(token)
    return kept


def _goes_on(tokens: list[Token], i: int) -> bool:
    """Tell whether a row goes on with what the row above began: it begins with a sign."""
    while tokens[i].kind in ("&", "quad"):
        i += 1
    return tokens[i].kind in ("sign", "dot", "*", "slash", "infix")


def _relates(tokens: list[Token]) -> bool:
    """Tell whether there is an equation between cells."""
    return any(a.kind == "&" and b.kind == "rel" for a, b in pairwise(tokens))


def _unsplit(tokens: list[Token]) -> list[Token]:
    r"""Leave out `\right. \\ \left.`, which only parts a bracket between two rows."""
    if not any(t.kind == "close" and t.text == "." for t in tokens):
        return tokens
    kept: list[Token] = []
    i = 0
    while i < len(tokens):
        j = i + 1
        while tokens[i].kind == "close" and tokens[i].text == "." and tokens[j].kind in ("row", "&", "quad"):
            j += 1
        if j > i + 1 and tokens[j].kind == "open" and tokens[j].text == ".":
            i = j + 1
        else:
            kept.append(tokens[i])
            i += 1
    return kept


def _slashed(tokens: list[Token]) -> list[Token]:
    r"""Write `dy/dx`, `d/dx`, `\partial f/\partial x` as the fraction that it is."""
    if not any(t.kind == "slash" for t in tokens):
        return tokens
    kept: list[Token] = []
    i = 0
    while i < len(tokens):
        token = tokens[i]
        under = _differential(tokens, i + 1) if token.kind == "slash" else 0
        over = next((k for k in (1, 2) if len(kept) >= k and _is_d(kept[-k]) and _joined(kept[-k:])), 0)
        if not (under and over) or (len(kept) > over and _joined(kept[-over - 1 :]) and kept[-over - 1].kind == "sym"):
            kept.append(token)
            i += 1
            continue
        above, below = kept[-over:], tokens[i + 1 : i + 1 + under]
        del kept[-over:]
        at, end = above[0].start, below[-1].stop
        brace = [Token("{", "{", at, at), Token("}", "}", at, at)]
        kept += [Token("frac", "", at, end), brace[0], *above, brace[1], brace[0], *below, brace[1]]
        i += 1 + under
    return kept


def _is_d(token: Token) -> bool:
    return token.kind in ("partial", "diff") or (token.kind == "sym" and token.text == "d")


def _joined(tokens: list[Token]) -> bool:
    """Tell whether letters stand directly behind one another; a command may be followed by a blank."""
    return all(a.stop == b.start or a.kind != "sym" for a, b in pairwise(tokens)) and all(
        t.kind in ("sym", "bold", "partial", "diff") for t in tokens
    )


def _differential(tokens: list[Token], i: int) -> int:
    """Return how many tokens a dx takes up at a place, or 0."""
    pair_ = tokens[i : i + 2]
    return 2 if len(pair_) == 2 and _is_d(pair_[0]) and pair_[1].kind in ("sym", "bold") and _joined(pair_) else 0
