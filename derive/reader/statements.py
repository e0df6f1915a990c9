"""From a text to its statements: equations, declarations, conditions, tasks, formulas, parted by commas and words."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from derive.derivation import Notation, Scope
from derive.errors import DeriveError, LimitError, ReadError, Span
from derive.expr.nodes import Expr, Symbol
from derive.limits import Limits
from derive.reader.commands import DEFINITE
from derive.reader.cursor import Log, Parse, run
from derive.reader.grammar import Grammar
from derive.reader.layout import OPENERS, laid_flat
from derive.reader.prose import NUMBERED, unwrapped
from derive.reader.shaping import Shaping
from derive.reader.shorthands import is_optimal
from derive.reader.tokens import Token, tokenize

_PARTING_WORDS = frozenset(("where", "find", "if", "subject"))
_ASKING = frozenset(("'", "frac", "nabla", "partial", "diff", "unsupported"))
"""What a statement holds that asks for a derivative: `f'(x) =`."""
_OPERATOR = r"\operatorname"
_APPLIED = frozenset(
    ("sym", "const", "bold", "accent", "{", "num", "frac", "func", "op", "sqrt", "big", "begin", "bar")
)
"""What an operator may be applied to without brackets."""
_TASKS = frozenset(("sym", "accent", "bold", "nabla", "partial", "unsupported"))
"""What a task begins with that is no part of a formula."""
PADDING = 6
"""How many more signs for the end stand behind the text, so that whoever looks ahead finds something."""


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
            tokens = tokenize(unwrapped(source), limits, words)
            if len(tokens) > limits.nodes:
                raise LimitError(f"{len(tokens)} signs; the limit is {limits.nodes}")
            tokens, self.pairs = laid_flat(tokens, source)
        except DeriveError as error:
            error.source = source
            raise
        self.tokens = tokens
        self.operators = [
            i
            for i, t in enumerate(tokens)
            if len(t.text) > 1 and t.kind == "sym" and source.startswith(_OPERATOR, t.start)
        ]
        r"""Where an `\operatorname{..}` stands that is no function that is known."""

    def error(self, message: str, token: Token, hint: str = "") -> ReadError:
        """Return an error that points at a token."""
        return ReadError(message, Span(token.start, token.stop), hint, self.source)

    def statements(self) -> list[Statement]:
        """Return the statements, each as its range of tokens, without the numbers of equations beside others."""
        found = [part for s in self._parted() for part in s.unnumbered().parts()]
        rest = [s for s in found if not s.is_number()]
        return rest or found

    def _parted(self) -> list[Statement]:
        """Return the ranges between commas, rows, wide spaces, full stops and words."""
        found: list[Statement] = []
        tokens, start, i = self.tokens, 0, 0
        end = self._without_full_stop(len(tokens) - 1)
        comma: Token | None = None
        role = ""
        while i <= end:
            token = tokens[i]
            word = token.kind == "and" or (token.kind == "text" and token.text in _PARTING_WORDS)
            if i == end or word or token.kind in (",", "row", "quad") or self._is_full_stop(i):
                if i > start:
                    found.append(Statement(self, start, i, role))
                    comma = None
                if word:
                    role = "subject" if token.text == "subject" else ""
                if token.kind == "," and i < end:
                    self._check_comma(i, comma, bool(found))
                    comma = token
                start = i + 1
            i = self.pairs[i] + 1 if token.kind in OPENERS and i < end else i + 1
        return found

    def _is_full_stop(self, i: int) -> bool:
        """Tell whether a token is a full stop between statements: a blank or a word stands behind it, not before it."""
        token, behind = self.tokens[i], self.tokens[i + 1]
        if token.kind != "." or i == 0:
            return False
        clings = self.tokens[i - 1].stop == token.start or token.stop > token.start + 1
        return behind.kind in ("text", "quad", "row") or (clings and behind.start > token.stop)

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
            i = self.text.pairs[i] + 1 if token.kind in OPENERS else i + 1
        return found

    def parts(self) -> list[Statement]:
        r"""Return the statement without a question behind it, `y' = ?`, and brackets around conditions, `(x > 0)`.

        What is told below the sign of a minimum or maximum is a statement of its own: `\min_{x \in \mathbb{R}^n}`.
        """
        tokens = self.text.tokens
        last = self.stop - 1
        while last > self.start and tokens[last].kind == "?":
            last -= 1
        asks = last < self.stop - 1 or any(t.kind in _ASKING for t in tokens[self.start : last])
        if tokens[last].kind == "rel" and tokens[last].text == "=" and asks and last > self.start:
            return [replace(self, stop=last)]
        if self.first.kind == "open" and self.first.text == "(" and self.text.pairs[self.start] == self.stop - 1:
            worded = tokens[self.start + 1].kind == "text"
            inner = replace(self, start=self.start + 1 + worded, stop=self.stop - 1)
            if inner.start < inner.stop and inner.outer("rel", "in"):
                return inner.split(inner.outer(",")) if not inner.outer("and", "or") else [inner]
        return [*self.below(), self]

    def unnumbered(self) -> Statement:
        """Return the statement without the number of an equation directly before it: `(1) y = x^2`."""
        end = self.text.pairs[self.start] if self.first.kind == "open" else self.stop
        following = self.text.tokens[min(end + 1, self.stop)].kind
        if following not in ("sym", "bold", "accent") or self.text.tokens[self.start + 1].kind != "num":
            return self
        equation = any(self.text.tokens[i].text == "=" for i in self.outer("rel"))
        return replace(self, start=end + 1) if equation and self.part(self.start, end + 1).is_number() else self

    def below(self) -> list[Statement]:
        """Return what is declared, or told as a constraint, below the signs of minima and maxima."""
        tokens, pairs = self.text.tokens, self.text.pairs
        found: list[Statement] = []
        for i in self.outer("opt", "func"):
            if not is_optimal(tokens[i]) or tokens[i + 1].kind != "_" or tokens[i + 2].kind != "{":
                continue
            inner = Statement(self.text, i + 3, pairs[i + 2])
            names: list[Statement] = []
            for part in inner.split(inner.outer(",")):
                members, relations = part.outer("in"), [tokens[k].text for k in part.outer("rel")]
                if members and tokens[members[0] + 1].kind == "set":
                    found += [*names, part]
                    names = []
                elif relations and DEFINITE.keys().isdisjoint(relations):
                    found.append(replace(part, role="subject"))
                elif part.start < part.stop:
                    names.append(part)
        return found

    def at_values(self) -> tuple[Statement, list[Statement]] | None:
        r"""Return what stands before a bar, and the values behind it: `\left. .. \right|_{(1, 2)}`, `..|_2`."""
        tokens, pairs = self.text.tokens, self.text.pairs
        of = self
        if self.first.kind == "open" and self.first.text == ".":
            bar = pairs[self.start]
            of = self.part(self.start + 1, bar)
        else:
            bars = self.outer("bar")
            bar = bars[-1] if len(bars) % 2 else self.start  # |x|_2 has a partner
            of = self.part(self.start, bar)
        if of.start >= of.stop or bar + 2 >= self.stop or tokens[bar + 1].kind != "_":
            return None
        last = pairs.get(bar + 2, bar + 2)
        inner = self.part(bar + 3, last) if tokens[bar + 2].kind == "{" else self.part(bar + 2, last + 1)
        named = bool(inner.outer("rel"))
        if last != self.stop - 1 or inner.start >= inner.stop or (named and of.first.kind not in _TASKS):
            return None
        if inner.first.kind == "open" and inner.first.text == "(" and pairs[inner.start] == inner.stop - 1:
            inner = self.part(inner.start + 1, inner.stop - 1)
        values = inner.split(inner.outer(","))
        return (of, values) if all(v.start < v.stop for v in values) else None

    def is_number(self) -> bool:
        """Tell whether the statement is the number of an equation: `(1)`, `(3.1)`, `(2a)`, `(*)`."""
        if self.first.kind != "open" or self.text.pairs[self.start] != self.stop - 1:
            return False
        return NUMBERED.fullmatch("".join(self.latex.split())) is not None

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
            self.text.limits,
        )
        grammar.i = self.start
        return grammar

    def read(self, parse: Parse, grammar: Grammar) -> Any:
        """Return what a rule reads, which has to be all of the statement."""
        self.refuse_operators(grammar)
        value = run(parse, self.text.limits.depth, grammar)
        if grammar.i != self.stop:
            raise grammar.unexpected("an operator")
        return value

    def refuse_operators(self, grammar: Grammar) -> None:
        r"""Refuse an `\operatorname{foo}` that nobody declared where something follows that it may be applied to."""
        tokens = self.text.tokens
        operators = self.text.operators
        for i in operators[bisect_left(operators, self.start) : bisect_left(operators, self.stop)]:
            behind = i + 1
            while tokens[behind].kind in ("_", "^"):
                behind = grammar.group_end(behind + 1)
            name = tokens[i].text
            known = grammar.is_declared(name) or (name, (), "") in grammar.notation.named
            if behind < self.stop and tokens[behind].kind in _APPLIED and not known:
                typed = grammar.show(tokens[i])
                hint = (
                    rf"declare it: --let '{typed}: \mathbb{{R}} \to \mathbb{{R}}' or --let '{typed} \in \mathbb{{R}}'"
                )
                raise self.text.error(f"is {typed} a function or a factor?", tokens[i], hint)
