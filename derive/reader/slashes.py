r"""Derivatives that are written with a slash: `dy/dx`, `d^2y/dx^2`, `\partial^2 f/\partial x\partial y`."""

from __future__ import annotations

from derive.reader.signs import Token

_NAMES = frozenset(("sym", "bold"))
_EDGES = frozenset("open { begin sign rel dot * slash infix , row quad & text and or in colon .".split())
"""What no numerator goes across."""
_BEHIND_D = frozenset("sym bold accent const func open frac sqrt { bar".split())
LONGEST = 8
"""How many signs there are at most in brackets around a numerator."""


def slashed(tokens: list[Token], pairs: dict[int, int], source: str) -> list[Token]:
    r"""Return the tokens with a `\frac` for each slash that stands between differentials.

    To a d that is a declared number this does no harm: the fraction has the same value.
    """
    slashes = [i for i, t in enumerate(tokens) if t.kind == "slash"]
    if not slashes:
        return tokens
    return _Slashes(tokens, pairs).run(slashes)


class _Slashes:
    """One pass over the slashes: what is put in before and behind tokens, and which of them are dropped."""

    def __init__(self, tokens: list[Token], pairs: dict[int, int]) -> None:
        self.tokens, self.pairs = tokens, pairs
        self.partners = {end: start for start, end in pairs.items()}
        self.before: dict[int, list[Token]] = {}
        self.behind: dict[int, list[Token]] = {}
        self.dropped: set[int] = set()
        self.ends: set[int] = set()
        """The places behind the fractions that were found."""

    def run(self, slashes: list[int]) -> list[Token]:
        for i in slashes:
            under = self.denominator(i + 1)
            over = self.numerator(i) if under else None
            if under and over:
                self.fraction(over, i, under)
        if not self.ends:
            return self.tokens
        out: list[Token] = []
        for i, token in enumerate(self.tokens):
            out += self.before.get(i, ())
            if i not in self.dropped:
                out.append(token)
            out += self.behind.get(i, ())
        return out

    def fraction(self, over: tuple[int, int], slash: int, first: int) -> None:
        r"""Write a fraction: what is above begins and ends at `over`, the first differential below ends at `first`."""
        start, stop = over
        under = slash + 1
        bracketed = self.tokens[under].kind == "open"
        stop_below = self.all_below(under + bracketed, start, first)
        at, end = self.tokens[start].start, self.tokens[stop_below - 1].stop
        opener, closer = Token("{", "{", at, at), Token("}", "}", at, at)
        self.before.setdefault(start, [])[:0] = [Token("frac", "", at, end), opener]
        self.behind.setdefault(stop - 1, []).append(closer)
        self.before[slash] = [opener]
        self.behind.setdefault(stop_below - 1, []).append(closer)
        self.dropped.add(slash)
        if bracketed:
            self.dropped |= {under, self.pairs[under]}
        self.ends.add(stop_below + bracketed)

    def all_below(self, i: int, start: int, first: int) -> int:
        """Return the place behind the differentials below, as many as the order of what is above tells."""
        bracketed = self.tokens[i - 1].kind == "open"
        order = _order(self.tokens[start : start + 4])
        count = 0
        while count == 0 or count < order or bracketed:
            behind = self.differential(i)
            if behind is None or (bracketed and i >= first - 1):
                break
            count += _order_behind(self.tokens[i:behind])
            i = behind
        return i

    def denominator(self, i: int) -> int | None:
        """Return the place behind the first differential below a slash, or behind brackets around all."""
        if self.tokens[i].kind != "open" or self.tokens[i].text != "(":
            return self.differential(i)
        k: int | None = i + 1
        while k is not None and k < self.pairs[i]:
            k = self.differential(k)
        return None if k is None or k == i + 1 else k + 1

    def differential(self, i: int) -> int | None:
        r"""Return the place behind a `dx` or `\partial x_1^2`, or None where there is none."""
        if not is_d(self.tokens[i]):
            return None
        i += 1
        while self.tokens[i].kind == "accent":
            i += 1
        if self.tokens[i].kind == "{" and self.tokens[i - 1].kind == "accent":
            i = self.pairs[i] + 1
        elif self.tokens[i].kind in _NAMES:
            i += 1
        else:
            return None
        for sign in ("_", "^"):
            if self.tokens[i].kind == sign and self.tokens[i + 1].kind in ("{", "num", "sym"):
                i = self.pairs.get(i + 1, i + 1) + 1
        return i

    def numerator(self, slash: int) -> tuple[int, int] | None:
        """Return where what stands above begins and ends: from its d on, without brackets around all of it."""
        i = slash
        opener = self.partners.get(slash - 1, -1)
        if opener >= 0 and self.is_numerator(opener, slash - 1):
            self.dropped |= {opener, slash - 1}
            return opener + 1, slash - 1
        while i > 0 and i not in self.ends:
            if i - 1 in self.partners:
                i = self.partners[i - 1]
                continue
            i -= 1
            if self.tokens[i].kind in _EDGES:
                return None
            if self.begins(i, slash):
                return i, slash
        return None

    def is_numerator(self, opener: int, closer: int) -> bool:
        """Tell whether brackets hold no more than a numerator, as in `(d^2y)/(dx^2)`."""
        alone = opener == 0 or self.tokens[opener - 1].kind in _EDGES
        round_ = self.tokens[opener].kind == "open" and self.tokens[opener].text == "("
        short = closer - opener < LONGEST and not any(
            t.kind in _EDGES - {"{"} for t in self.tokens[opener + 1 : closer]
        )
        return alone and round_ and short and self.begins(opener + 1, closer)

    def begins(self, i: int, stop: int) -> bool:
        """Tell whether a derivative begins with the token at a place."""
        token = self.tokens[i]
        following = self.tokens[i + 1].kind if i + 1 < stop else "sym"
        if token.kind != "sym":
            return is_d(token) and following != "_"
        if token.text != "d":
            return False
        return following in _BEHIND_D or following == "^"


def is_d(token: Token) -> bool:
    """Tell whether a token may be the d of a differential."""
    return token.kind in ("partial", "diff") or (token.kind == "sym" and token.text == "d")


def _order(over: list[Token]) -> int:
    """Return the order of a numerator that begins with its d; 0 if it is no number."""
    if len(over) < 2 or over[1].kind != "^":
        return 1
    number = next((t for t in over[2:4] if t.kind != "{"), over[0])
    return int(number.text) if number.kind == "num" and number.text.isdigit() else 0


def _order_behind(below: list[Token]) -> int:
    """Return how often one differential differentiates."""
    raised = next((k for k, t in enumerate(below) if t.kind == "^"), None)
    return 1 if raised is None else max(_order([below[0], *below[raised : raised + 3]]), 1)
