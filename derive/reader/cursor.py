"""Where the reader stands in the tokens, what it has learnt on the way, and how it reads a name."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from derive.derivation import Notation, Note, Scope
from derive.errors import LimitError, ReadError, ShapeError, Span, UnsupportedError
from derive.expr.nodes import Expr, Symbol
from derive.expr.spelling import letter
from derive.limits import DEFAULT_LIMITS, Limits
from derive.reader.shaping import Shaping
from derive.reader.tokens import Token

Parse: TypeAlias = Generator[Any, Any, Any]
"""A rule of the grammar: it yields the rules of nested groups and returns what it read, so that nesting needs no
Python recursion."""


def run(parse: Parse, depth: int, place: Cursor) -> Any:
    """Return what a rule reads, running the rules that it yields on a stack of their own.

    Raises:
        LimitError: More than `depth` groups stand inside one another.
    """
    stack, value = [parse], None
    try:
        while stack:
            try:
                child = stack[-1].send(value)
            except StopIteration as stop:
                stack.pop()
                value = stop.value
            else:
                stack.append(child)
                value = None
                if len(stack) > depth + 1:
                    raise LimitError(f"nested deeper than {depth}", place.here(), "", place.source)
    except ShapeError as error:
        raise error if error.span else ShapeError(error.message, place.here(), error.hint, place.source) from None
    return value


@dataclass(slots=True)
class Log:
    """What is learnt while reading a problem: spellings, decisions, and where nodes came from."""

    spellings: dict[Symbol | str, str] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    spans: dict[Expr, Span] = field(default_factory=dict)
    values: dict[Symbol, Expr] = field(default_factory=dict)
    """What the names that have been read so far stand for."""
    sized: bool = False
    """Whether the author wrote the size of an identity, of ones or zeros."""


class Cursor:
    """A place in the tokens. Its subclasses add the rules of the grammar, a module each.

    `called` maps a name with stated arguments, as in `f(x, y) = ...`, to them. `log` is None when a printed line is
    read back.
    """

    def __init__(
        self,
        tokens: list[Token],
        pairs: dict[int, int],
        source: str,
        notation: Notation,
        scope: Scope,
        log: Log | None = None,
        called: Mapping[Symbol, tuple[Expr, ...]] | None = None,
        shaping: Shaping | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self.tokens, self.pairs, self.source = tokens, pairs, source
        self.notation, self.scope, self.log = notation, scope, log
        self.called = called or {}
        self.shaping = shaping or Shaping()
        self.limits = limits
        self.i = 0
        self.bars = ""
        """The kind of plain bar, `bar` or `norm`, that opened the innermost group, which the next such one closes."""
        self.arrays = self.shaping.arrays or bool(notation.shaped) or "identity" in notation.spellings
        """Whether there are vectors or matrices, so that I may be the identity."""
        self.unsized = 0
        """How many ones, zeros and identities were read whose size their surroundings tell."""
        self.bound: dict[str, Symbol] = {}
        """The indices of the sums around, by their letters."""
        self.indexing = {i.name for i in scope.free} if log is None else set()
        """The indices of the definitions in force and of the variables, in a printed line."""
        self.counted: frozenset[str] = frozenset()
        """The indices whose bounds are being read, which they may not hang on."""
        self.ended: set[str] = set()
        """The indices of the sums that have ended, which mean nothing behind them."""
        self.inner: tuple[Token, ...] = ()
        """The tokens of the subscript that was read last."""
        self.known: dict[str, Expr] = {}
        """What was read between brackets, by its text: while a printed line is read back, it is not read again."""
        self._after: dict[int, int] = {}

    def here(self) -> Span:
        """Return the span of the token at hand."""
        return self.span(self.tokens[self.i])

    def span(self, token: Token) -> Span:
        """Return the span of a token."""
        return Span(token.start, token.stop)

    def error(self, message: str, token: Token | None = None, hint: str = "") -> ReadError:
        """Return an error that points at a token, or at the one at hand."""
        return ReadError(message, self.span(token or self.tokens[self.i]), hint, self.source)

    def unsupported(self, what: str, token: Token | None = None, hint: str = "") -> UnsupportedError:
        """Return the refusal of something that is understood."""
        span = self.span(token or self.tokens[self.i])
        return UnsupportedError(f"not supported here: {what}", span, hint, self.source)

    def show(self, token: Token) -> str:
        """Return a token as it was typed."""
        return self.source[token.start : token.stop].strip() or token.text

    def latex_of(self, token: Token) -> str:
        """Return a token as it was typed, a Unicode character as its command."""
        typed = self.show(token)
        if token.kind == "bold":
            return rf"\mathbf{{{letter(token.text)}}}"
        if typed.isascii():
            return typed
        return letter(token.text) if token.kind == "sym" else _CONSTANTS.get(token.text, token.text)

    def unexpected(self, wanted: str = "a number, letter or formula") -> ReadError | UnsupportedError:
        """Return the error for a token that cannot stand where it stands."""
        token = self.tokens[self.i]
        if token.kind == "unsupported":
            return self.unsupported(token.text, token)
        if token.kind == "set":
            return self.unsupported(f"{self.show(token)} in a formula", token)
        if token.kind == "nabla":
            return self.unsupported("a gradient inside a formula", token, r"ask for it by itself: \nabla f, f = ...")
        if token.kind == "word":
            return self.error(f"{token.text}: a function's name lacks its backslash or bracket", token)
        hint = _HINTS.get(token.kind, "")
        if token.kind == "$":
            return self.error("$ inside a formula", token)
        if token.kind == "end":
            return self.error(f"{wanted} is missing at the end", token)
        return self.error(f"{wanted} is missing before {self.show(token)}", token, hint)

    def note(self, kind: str, token: Token, stop: int | None = None) -> None:
        """Record a decision, about the text from a token to `stop`."""
        if self.log is not None:
            span = Span(token.start, stop or token.stop)
            self.log.notes.append(Note(kind, self.source[span.start : span.stop].strip(), span))

    def located(self, e: Expr, start: Token) -> Expr:
        """Record that a node was read from here."""
        if self.log is not None:
            self.log.spans.setdefault(e, Span(start.start, self.tokens[self.i - 1].stop))
        return e

    def number_of(self, token: Token) -> int:
        """Return the order of a derivative that a number states.

        Raises:
            LimitError: It is over the limit.
        """
        order = int(token.text)
        if order > self.limits.order:
            message = f"a derivative of order {order}; the limit is {self.limits.order}"
            raise LimitError(message, self.span(token), f"raise it with --limit order={order}", self.source)
        return order

    def group_end(self, i: int) -> int:
        """Return the index behind the group, or single token, that starts at `i`."""
        return self.pairs[i] + 1 if self.tokens[i].kind == "{" else i + 1

    def first_digit(self) -> str:
        """Take the first digit of the number at hand, as TeX does with an argument that has no braces."""
        token = self.tokens[self.i]
        if not token.text[0].isdigit():
            raise self.error("a decimal number needs braces here", token)
        if len(token.text) == 1:
            self.i += 1
            return token.text
        if not token.text[1].isdigit():
            raise self.error("a decimal number needs braces here", token)
        self.tokens[self.i] = Token("num", token.text[1:], token.start + 1, token.stop)
        return token.text[0]

    def note_digit(self, token: Token) -> None:
        """Note that a script without braces is one digit of several: `x^23` is set as x^2 3."""
        following = self.tokens[self.i + 1]
        if following.kind == "num" and following.start == token.stop:
            self.note("script-digit", token, following.stop)

    # Scripts

    def scripts(self, subscript: str = "") -> tuple[str, str]:
        """Read what belongs to the name before the cursor: a subscript, primes, stars. A power is left alone."""
        mark = ""
        while True:
            token = self.tokens[self.i]
            if token.kind == "_":
                if subscript:
                    raise self.error("a second subscript", token, "put braces where one belongs to the other")
                subscript = self.subscript()
            elif token.kind == "'":
                mark += "'"
                self.i += 1
            elif token.kind == "^":
                stars = self.stars()
                if stars:
                    mark += stars
                    continue
                behind = self.group_end(self.i + 1) if self.i + 1 < len(self.tokens) - 1 else self.i
                if not subscript and behind > self.i and self.tokens[behind].kind == "_":  # x^2_1
                    here, self.i = self.i, behind
                    subscript = self.subscript()
                    self._after[behind], self.i = self.i, here
                return subscript, mark
            else:
                return subscript, mark

    def skip_subscript(self) -> None:
        """Step over a subscript that was read before the power in front of it."""
        if self._after:
            self.i = self._after.pop(self.i, self.i)

    def stars(self) -> str:
        r"""Read a superscript that is a mark, such as `^*`, `^{**}`, `^\dagger`, `^\prime`; return "" otherwise."""
        start = self.i + 1
        inner = range(start + 1, self.pairs[start]) if self.tokens[start].kind == "{" else range(start, start + 1)
        marks = [self.tokens[k] for k in inner]
        if not marks or any(t.kind not in ("*", "dagger", "'") for t in marks):
            return ""
        if self.tokens[start].kind == "'" and self.source[self.tokens[start].start] == "'":
            raise self.error("a prime behind ^", self.tokens[self.i], "write x' or x^{2}")
        self.i = self.group_end(start)
        return "".join(t.text for t in marks)

    def subscript(self) -> str:
        """Read a subscript and return its LaTeX without blanks and idle braces."""
        start = self.i + 1
        token = self.tokens[start]
        if token.kind != "{":
            self.i = start
            if token.kind == "num":
                self.note_digit(token)
                self.inner = (Token("num", self.first_digit(), token.start, token.start + 1),)
                return self.inner[0].text
            self.inner = (token,)
            word = token.kind == "func" and not self.show(token).startswith("\\")
            if word or token.kind not in ("sym", "const", "func", "*", "bold", "set"):
                raise self.unexpected("a subscript")
            self.i += 1
            return self.latex_of(token)
        end = self.pairs[start]
        if end == start + 1:
            raise self.error("an empty subscript", token)
        self.inner = tuple(t for t in self.tokens[start + 1 : end] if t.kind not in ("{", "}"))
        out, k = "", start + 1
        idle: set[int] = set()
        while k < end:
            token = self.tokens[k]
            if token.kind == "{" and self.pairs[k] <= k + 2:
                idle.add(self.pairs[k])
                k += 1
                continue
            if k in idle:
                k += 1
                continue
            if token.kind not in _IN_SUBSCRIPT:
                raise self.error(f"{self.show(token)} in a subscript", token)
            text = self.latex_of(token)
            if not text:
                raise self.error(f"{self.show(token)} in a subscript", token)
            blank = " " if text[0].isalpha() and "\\" in out and out.rpartition("\\")[2].isalpha() else ""
            out += blank + text
            k += 1
        self.i = end + 1
        return out


_CONSTANTS = {"pi": r"\pi", "infinity": r"\infty"}
_HINTS = {
    "&": "line breaks and & stand in an environment only",
    "row": "line breaks and & stand in an environment only",
    "sign": "put what has a sign of its own in brackets",
}
_IN_SUBSCRIPT = frozenset(("sym", "num", "const", "func", "word", "sign", ",", "_", "^", "{", "}", "*", "'", "open",
                           "close", "bar", "text", "bold", "rel", "slash", "dagger", "top", "accent", "dot",
                           "norm", "in", "set", "op", "infix"))  # fmt: skip
