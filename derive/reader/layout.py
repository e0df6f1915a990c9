r"""What only lays formulas out is left out: environments, `&`, rows that go on, idle braces, `\quad` in brackets."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from derive.reader.commands import ALIGNED
from derive.reader.prose import worded
from derive.reader.shorthands import is_optimal, spelled_out
from derive.reader.signs import Token, pair
from derive.reader.slashes import is_d, slashed

OPENERS = frozenset(("open", "{", "begin"))
_CLOSERS = frozenset(("close", "}", "end-env"))
_JOINING = frozenset(("sign", "dot", "*", "slash", "infix"))
"""Signs that go on with what stands before them, and need something behind them."""
_PARTING = frozenset((",", ".", "row", "quad", "text", "and", "end"))
"""What parts statements."""
_SPACE = frozenset(("quad", "&"))
_LAYING = frozenset(("quad", "&", "row", "begin"))
"""What has to be looked at where formulas are laid out; braces around a statement are another such thing."""
_ORDER = frozenset(("<", "<=", ">", ">=", "!="))
_TAKING = frozenset(("^", "_", "frac", "sqrt", "binom", "accent", "}", "group", "brace", "func", "op", "opt", "close"))
"""What a group in braces may belong to."""


def laid_flat(tokens: list[Token], source: str) -> tuple[list[Token], dict[int, int]]:
    """Return the tokens without layout and with shorthands spelled out, and the partners of brackets.

    Raises:
        ReadError: Brackets do not fit.
    """
    tokens = worded(tokens, source)
    if r"\r" in source or "|" in source:
        tokens = _pointed(_unsplit(tokens))
    pairs = pair(tokens, source)
    kinds = {t.kind for t in tokens}
    for met, step in _STEPS:
        changed = tokens if kinds.isdisjoint(met) else step(tokens, pairs, source)
        if changed is not tokens:
            tokens = changed
            pairs = pair(tokens, source)
            kinds = {t.kind for t in tokens}
    return tokens, pairs


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


def _pointed(tokens: list[Token]) -> list[Token]:
    r"""Make a plain bar of one that closes nothing and has a point behind it: `\frac{dy}{dx}\bigg\rvert_{x=1}`."""
    if not any(t.kind == "close" and t.text == "|" and u.kind == "_" for t, u in pairwise(tokens)):
        return tokens
    kept = list(tokens)
    waiting: list[str] = []
    for i, token in enumerate(tokens):
        if token.kind in OPENERS:
            waiting.append(token.text)
        elif token.kind == "close" and token.text == "|" and (not waiting or waiting[-1] not in ("|", ".")):
            kept[i] = token._replace(kind="bar") if tokens[i + 1].kind == "_" else token
        elif token.kind in _CLOSERS and waiting:
            waiting.pop()
    return kept


def _at_points(tokens: list[Token], pairs: dict[int, int], source: str) -> list[Token]:
    r"""Write `\left[\frac{dy}{dx}\right]_{x=1}` as what it means, with a bar."""
    kept = tokens
    for i, end in pairs.items():
        if tokens[i].text not in ("(", "[") or [t.kind for t in tokens[end + 1 : end + 3]] != ["_", "{"]:
            continue
        behind, k = pairs[end + 2], end + 3
        while k < behind and tokens[k].kind != "rel":
            k = pairs.get(k, k) + 1
        if k < behind and tokens[k].text == "=" and tokens[behind + 1].kind != "^":
            kept = list(tokens) if kept is tokens else kept
            kept[i], kept[end] = tokens[i]._replace(text="."), tokens[end]._replace(text="|")
    return kept


def _without_idle(tokens: list[Token], pairs: dict[int, int], source: str) -> list[Token]:
    r"""Leave out braces that hold nothing, `{}+ x`, or a derivative as an operator, `{\frac {d}{dx}}x^{2}`."""
    idle: set[int] = set()
    for i, end in pairs.items():
        if tokens[i].text == "(" and _is_operator(tokens, pairs, i + 1, end, bare=True):
            idle |= {i, end}
        if tokens[i].kind != "{" or (i > 0 and tokens[i - 1].kind in _TAKING):
            continue
        empty = end == i + 1 and (tokens[end + 1].kind in _JOINING | {"rel", "&"})
        if empty or _is_operator(tokens, pairs, i + 1, end):
            idle |= {i, end}
    return [t for i, t in enumerate(tokens) if i not in idle] if idle else tokens


def _is_operator(tokens: list[Token], pairs: dict[int, int], start: int, stop: int, bare: bool = False) -> bool:
    r"""Tell whether tokens are a `\frac` of differentials, and no more; a `bare` one has its d alone above."""
    if tokens[start].kind != "frac" or tokens[start + 1].kind != "{":
        return False
    under = pairs[start + 1] + 1
    differentials = is_d(tokens[start + 2]) and tokens[under].kind == "{" and is_d(tokens[under + 1])
    if bare and pairs[start + 1] != start + 3 and tokens[start + 3].kind != "^":
        return False
    return differentials and pairs[under] == stop - 1 and tokens[stop + 1].kind not in ("^", "_")


def _flat(tokens: list[Token], pairs: dict[int, int], source: str) -> list[Token]:
    """Return the tokens in one row where they are laid out in several."""
    if tokens[0].kind not in _LAYING | {"{"} and not any(
        t.kind in _LAYING or (t.kind == "{" and b.kind in _PARTING) for b, t in pairwise(tokens)
    ):
        return tokens
    return _Flat(tokens, pairs).run()


class _Flat:
    """One pass. `around` are the brackets around a place, without those that only lay out."""

    def __init__(self, tokens: list[Token], pairs: dict[int, int]) -> None:
        self.tokens, self.pairs = tokens, pairs
        self.kept: list[Token] = []
        self.around: list[str] = []
        self.dropped: set[int] = set()
        self.until = 0
        """Where the environment ends that lays out what stands here."""
        self.fresh = True
        """Whether nothing but space stands between here and the beginning of the row."""
        self.ready = 0
        """The place behind the sign of a minimum or maximum, and what stands below it."""
        self.solid = _next_solid(tokens)

    def run(self) -> list[Token]:
        for i, token in enumerate(self.tokens):
            left_out = i in self.dropped or self.lays_out(i, token)
            if not left_out:
                parts = token.kind == "&" and i < self.until and not self.around
                self.kept.append(token._replace(kind="quad") if parts else token)
            self.fresh = token.kind == "row" or (self.fresh and (token.kind in _SPACE or i in self.dropped))
        return self.kept if len(self.kept) < len(self.tokens) or self.until else self.tokens

    def lays_out(self, i: int, token: Token) -> bool:
        """Tell whether a token only lays out, and keep account of the place."""
        kind = token.kind
        if kind in OPENERS:
            if self.is_transparent(i):
                self.dropped |= {i, self.pairs[i]}
                return True
            self.around.append(kind)
        elif kind in _CLOSERS:
            self.around.pop()
        elif kind in ("quad", "&", "row"):
            return self.is_space(i, kind)
        elif is_optimal(token):
            scripted = self.tokens[i + 1].kind == "_"
            self.ready = self.pairs.get(i + 2, i + 2) + 1 if scripted else i + 1
        return False

    def is_space(self, i: int, kind: str) -> bool:
        """Tell whether a space, the edge of a cell or of a row parts nothing."""
        if i == self.ready and not self.around:
            self.ready += 1
            return True
        if kind == "row":
            joined = self.around[-1:] != ["begin"] and self.goes_on(i)
            if joined:
                self.drop_number()
            return joined
        if kind == "quad":
            return bool(self.around) or self.fresh
        before, behind = self.tokens[i - 1].kind, self.tokens[self.solid[i]].kind
        joins = behind in _JOINING | {"rel", "text"} or before in _JOINING | {"rel", "text"}
        return not self.around and (self.fresh or joins)

    def drop_number(self) -> None:
        """Leave out space, and the number of an equation, at the end of a row that goes on."""
        kept = self.kept
        size = next(
            (n for n in (3, 4) if len(kept) > n and kept[-n].text in ("(", "[") and kept[-n - 1].kind == "quad"), 0
        )
        if size and kept[-1].kind == "close" and all(t.kind in ("num", "sym", "*") for t in kept[1 - size : -1]):
            del kept[-size:]
        while kept and kept[-1].kind == "quad":
            kept.pop()

    def is_transparent(self, i: int) -> bool:
        r"""Tell whether brackets lay out a statement, and no more: `{\displaystyle y = x}`, `aligned`."""
        token, end = self.tokens[i], self.pairs[i]
        if self.around or not (self.fresh or not self.kept or self.kept[-1].kind in _PARTING):
            return False
        if self.tokens[end + 1].kind not in _PARTING and end + 1 not in self.dropped:
            return False
        if token.kind != "begin":
            return token.kind == "{"
        lays_out = token.text in ALIGNED or (token.text == "array" and _relates(self.tokens, self.pairs, i))
        self.until = max(self.until, end) if lays_out else self.until
        return lays_out

    def goes_on(self, i: int) -> bool:
        """Tell whether the next row goes on with this one: it begins, or this one ends, with an operator."""
        if not self.kept:
            return True
        following = self.tokens[self.solid[i]]
        if self.kept[-1].kind in (",", ".", "row") or following.kind == "end":
            return False
        if self.kept[-1].kind in _JOINING | {"rel"} or following.kind in _JOINING - {"sign"} | {"rel"}:
            return True
        return following.kind == "sign" and not self.is_condition(self.solid[i])

    def is_condition(self, i: int) -> bool:
        """Tell whether a condition such as -1 < x < 1 begins at a place."""
        while self.tokens[i].kind not in _PARTING:
            if self.tokens[i].kind == "rel" and self.tokens[i].text in _ORDER:
                return True
            i = self.pairs[i] + 1 if i in self.pairs else i + 1
        return False


def _next_solid(tokens: list[Token]) -> list[int]:
    """Return, for each place, the next one where more stands than space; [] where all is in one row."""
    if not any(t.kind in ("row", "&") for t in tokens):
        return []
    found = [len(tokens) - 1] * len(tokens)
    for i in range(len(tokens) - 2, -1, -1):
        following = tokens[i + 1].kind
        found[i] = found[i + 1] if following == "row" or following in _SPACE else i + 1
    return found


def _relates(tokens: list[Token], pairs: dict[int, int], opener: int) -> bool:
    """Tell whether there is an equation between cells."""
    i = opener + 1
    while i < pairs[opener]:
        if tokens[i].kind == "&" and tokens[i + 1].kind == "rel":
            return True
        i = pairs.get(i, i) + 1
    return False


_STEPS: tuple[tuple[frozenset[str], Callable[[list[Token], dict[int, int], str], list[Token]]], ...] = (
    (frozenset(("fence", "dv", "under", "opt", "func")), spelled_out),
    (frozenset("_"), _at_points),
    (frozenset(("slash",)), slashed),
    (frozenset(("frac", "{")), _without_idle),
    (_LAYING | {"{"}, _flat),
)
"""What is done to the tokens in turn, each where one of some kinds of token is met."""
