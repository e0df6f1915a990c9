r"""Commands that stand for several signs: `\abs{x}`, `\dv[2]{f}{x}`, `\underset{x}{\min}`, `\mathop{\rm argmin}`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from derive.errors import ReadError, Span, UnsupportedError
from derive.reader.commands import OPTIMA
from derive.reader.signs import Token

_CLOSING = {"|": "|", r"\|": r"\|", ".": "|"}


def spelled_out(tokens: list[Token], pairs: dict[int, int], source: str) -> list[Token]:
    """Return the tokens with what shorthands stand for.

    Raises:
        ReadError: A shorthand lacks an argument.
        UnsupportedError: Something other than a minimum or maximum with something below it.
    """
    if not any(t.kind in _RULES or is_optimal(t) for t in tokens):
        return tokens
    return _Shorthands(tokens, pairs, source).run()


def is_optimal(token: Token) -> bool:
    """Tell whether a token is the sign of a minimum or maximum."""
    return token.kind == "opt" or (token.kind == "func" and token.text in OPTIMA)


@dataclass
class _Shorthands:
    """One pass. `changed` are tokens that stand for others at a place; None leaves them out."""

    tokens: list[Token]
    pairs: dict[int, int]
    source: str
    changed: dict[int, list[Token]] = field(default_factory=dict)

    def run(self) -> list[Token]:
        for i, token in enumerate(self.tokens):
            rule = _RULES.get(token.kind) or (_Shorthands.optimum if is_optimal(token) else None)
            if rule is not None:
                rule(self, i)
        return [t for i, token in enumerate(self.tokens) for t in self.changed.get(i, (token,))]

    def groups(self, i: int, least: int, most: int, hint: str = "") -> list[int]:
        """Return where the groups in braces begin that follow directly on one another.

        Raises:
            ReadError: They are too few.
        """
        found: list[int] = []
        while len(found) < most and self.tokens[i].kind == "{":
            found.append(i)
            i = self.pairs[i] + 1
        if len(found) < least:
            token = self.tokens[i]
            where = Span(token.start, token.stop)
            raise ReadError("an argument in braces is missing here", where, hint, self.source)
        return found

    def starred(self, i: int) -> int:
        """Leave out the star behind a command; return the place behind."""
        if self.tokens[i + 1].kind != "*":
            return i + 1
        self.changed[i + 1] = []
        return i + 2

    def fence(self, i: int) -> None:
        r"""Read `\abs{x}` as `\lvert x \rvert`, `\eval{f}_{x=1}` as `\left. f \right|_{x=1}`."""
        token = self.tokens[i]
        sign, typed = token.text, self.source[token.start : token.stop]
        (opener,) = self.groups(self.starred(i), 1, 1, f"write {typed}{{x}}")
        self.changed[i] = []
        self.bracket(opener, Token("open", sign, 0, 0), Token("close", _CLOSING[sign], 0, 0))

    def bracket(self, opener: int, left: Token, right: Token) -> None:
        """Put other signs in the place of a pair of braces."""
        for at, sign in ((opener, left), (self.pairs[opener], right)):
            token = self.tokens[at]
            self.changed[at] = [sign._replace(start=token.start, stop=token.stop)]

    def derivative(self, i: int) -> None:
        r"""Read `\dv{x}`, `\dv[n]{f}{x}`, `\pdv{f}{x}{y}` as a `\frac` of differentials."""
        sign = self.tokens[i]
        partial = sign.text == "partial"
        d = Token("partial" if partial else "diff", "", sign.start, sign.stop)
        at = self.starred(i)
        order: list[Token] = []
        if self.tokens[at].kind == "open" and self.tokens[at].text == "[":
            inner = self.tokens[at + 1 : self.pairs[at]]
            order = [self.sign("^", at), self.sign("{", at), *inner, self.sign("}", self.pairs[at])]
            self.changed |= {k: [] for k in range(at, self.pairs[at] + 1)}
            at = self.pairs[at] + 1
        found = self.groups(at, 1, 3 if partial and not order else 2)
        self.changed[i] = [sign._replace(kind="frac", text="")]
        if len(found) == 3:
            order = [
                self.sign("^", at),
                self.sign("{", at),
                Token("num", "2", sign.start, sign.stop),
                self.sign("}", at),
            ]
        if len(found) == 1:  # \dv{x}: the operator alone
            self.changed[i] += [self.sign("{", i), d, *order, self.sign("}", i)]
        else:
            self.changed[found[0]] = [self.tokens[found[0]], d, *order]
        below = found[-1] if len(found) < 3 else found[1]
        end = self.pairs[below]
        self.changed[below] = [self.tokens[below], d]
        self.changed[end] = [*(order if len(found) < 3 else ()), self.tokens[end]]
        if len(found) == 3:
            self.changed[end] = []
            self.changed[found[2]] = [d]

    def sign(self, kind: str, at: int) -> Token:
        """Return a sign that stands at the place of a token."""
        return Token(kind, kind, self.tokens[at].start, self.tokens[at].stop)

    def under(self, i: int) -> None:
        r"""Read `\underset{x}{\min}` as `\min_{x}`."""
        below, sign = self.groups(i + 1, 2, 2)
        inner = self.tokens[sign + 1 : self.pairs[sign]]
        plain = [t for t in inner if t.kind not in ("{", "}")]
        if not plain or not is_optimal(plain[-1]) or any(t.kind != "arg" for t in plain[:-1]):
            token = self.tokens[i]
            what = "not supported here: something below a sign other than \\min or \\max"
            raise UnsupportedError(what, Span(token.start, token.stop), "write it as a subscript", self.source)
        self.changed |= {k: [] for k in range(sign, self.pairs[sign] + 1)}
        self.changed[i] = [*plain, self.sign("_", below)]

    def optimum(self, i: int) -> None:
        r"""Leave out the braces in `\mathop{\rm arg\,min}_x`."""
        first = i - 1 if self.tokens[i - 1].kind == "arg" else i
        before = self.tokens[first - 2].kind if first > 1 else ""
        alone = self.tokens[first - 1].kind == "{" and self.pairs[first - 1] == i + 1
        if first > 0 and alone and before not in _TAKING and first - 1 not in self.changed:
            self.changed[first - 1] = self.changed[i + 1] = []


_TAKING = frozenset(("^", "_", "frac", "sqrt", "binom", "accent", "}", "under"))
"""What a group in braces may be an argument of."""

_RULES: dict[str, Callable[[_Shorthands, int], None]] = {
    "fence": _Shorthands.fence,
    "dv": _Shorthands.derivative,
    "under": _Shorthands.under,
}
