r"""How the reader takes in a name: `x`, `\hat{\mathbf{y}}_1`, `z^*`; an entry x_i; an index; a size."""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import NamedTuple

from derive.derivation import Key
from derive.errors import ReadError, ShapeError
from derive.expr.build import add, negative
from derive.expr.nodes import Entry, Expr, Indicator, Integer, Product, Relation, Symbol
from derive.expr.spelling import ARROWS, LETTERS, spell
from derive.reader.cursor import Cursor
from derive.reader.shaping import let
from derive.reader.tokens import Token

SCRIPTS = frozenset(("_", "^", "'"))
"""The kinds of token that what belongs to a name begins with."""


class Name(NamedTuple):
    """A name as it stands in the tokens. `inner` are the tokens of its subscript; `arrow` tells of an arrow above."""

    token: Token
    key: Key
    inner: tuple[Token, ...] = ()
    stop: int = 0
    arrow: bool = False

    @property
    def bold(self) -> bool:
        """Whether it is written as a vector or matrix."""
        return self.key[4]


class Names(Cursor):
    """The rules for names."""

    def raw_name(self) -> Name:
        r"""Step over a name with its accents, subscript and mark: `x`, `\hat{y}_1`, `z^*`, `x''`."""
        start = self.i
        self.inner = ()
        token = self.tokens[start]
        if token.kind == "sym" and self.tokens[start + 1].kind not in SCRIPTS:  # most names are such
            self.i += 1
            return Name(token, (token.text, (), "", "", False), (), self.i)
        accents: list[str] = []
        closers: list[int] = []
        while self.tokens[self.i].kind == "accent" or (accents and self.tokens[self.i].kind == "{"):
            token = self.tokens[self.i]
            if token.kind == "{":
                closers.append(self.pairs[self.i])
            else:
                accents.append(token.text)
            self.i += 1
        token = self.tokens[self.i]
        if token.kind not in ("sym", "const", "bold") and not (token.kind == "num" and token.text in ("0", "1")):
            raise self.unsupported("an accent over more than one letter", token) if accents else self.unexpected()
        self.i += 1
        arrow = any(a in ARROWS for a in accents)
        kept = tuple(a for a in reversed(accents) if a not in ARROWS)
        bold = token.kind == "bold" or arrow
        subscript, mark = self.scripts()
        mark += self.label(start, (token.text, kept, subscript, mark, bold))
        for closer in reversed(closers):
            if self.i != closer:
                raise self.unsupported("an accent over more than one letter", self.tokens[self.i])
            self.i += 1
        if accents:
            outer, stars = self.scripts(subscript)
            subscript, mark = outer, mark + stars
            mark += self.label(start, (token.text, kept, subscript, mark, bold))
        return Name(token, (token.text, kept, subscript, mark, bold), self.inner, self.i, arrow)

    def label(self, start: int, key: Key) -> str:
        r"""Step over a label in brackets above a name, `W^{[1]}`, `x^{(i)}`, and return it; f^{(4)} has an order."""
        brace = self.i + 1
        if key[3] or self.tokens[self.i].kind != "^" or self.tokens[brace].kind != "{":
            return ""
        end, opener = self.pairs[brace], self.tokens[brace + 1]
        if end != brace + 4 or opener.kind != "open" or opener.text not in ("(", "["):
            return ""
        inner, behind = self.tokens[brace + 2], self.tokens[end + 1]
        text = f"({self.show(inner)})" if opener.text == "(" else f"[{self.show(inner)}]"
        called = behind.kind == "open" and behind.text in ("(", "[", r"\{") and inner.text not in self.bound
        if inner.kind == "num" and opener.text == "(":
            known = (*key[:3], text, key[4]) in self.notation.shaped or Symbol(*key[:3], text) in self.notation.declared
            called = not known and (called or not (key[4] or self.declares(start, behind)))
        if inner.kind not in ("sym", "num") or (opener.text == "(" and called):
            return ""
        self.i = end + 1
        return text

    def declares(self, start: int, behind: Token) -> bool:
        r"""Tell whether a name is one of those that a declaration begins with: `w^{(1)}, w^{(2)} \in \mathbb{R}`."""
        listed = start == 0 or self.tokens[start - 1].kind == ","
        waiting = behind.kind == "end" and _MEMBERS.search(self.source, behind.start) is not None
        return behind.kind == "in" or (listed and waiting)

    def name(self) -> Symbol:
        """Read a name as a symbol."""
        return self.symbol(self.raw_name())

    def name_or_entry(self) -> Expr:
        """Read a name as what it stands for in a formula: a symbol, or an entry of what has entries."""
        name = self.raw_name()
        if name.key[0] == "I" and self.is_identity(name):
            return self.filled_value(name)
        return self.unit(name) or self.entry(name) or self.symbol(name)

    @abstractmethod
    def unit(self, name: Name) -> Expr | None:
        """Return the unit vector that a name is, or None."""

    @abstractmethod
    def is_identity(self, name: Name) -> bool:
        """Tell whether a letter I is the identity matrix."""

    @abstractmethod
    def filled_value(self, name: Name) -> Expr:
        """Return ones, zeros, an identity or a unit vector with its size."""

    def plain(self, token: Token) -> Symbol:
        """Return the symbol of a single letter without scripts."""
        if self.log is None and not (self.notation.shaped or self.bound or self.indexing or self.notation.dimensions):
            return Symbol(token.text)
        return self.symbol(Name(token, (token.text, (), "", "", token.kind == "bold")))

    def symbol(self, name: Name) -> Symbol:
        """Return the symbol of a name, and note how it was spelled."""
        letter, accents, subscript, mark, bold = name.key
        if self.counted:
            self.refuse_circle(name)
        known = self.notation.shaped.get(name.key) if self.notation.shaped else None
        if known is not None:
            symbol = known
        elif mark and (letter, accents, subscript, "", bold) in self.notation.shaped:
            raise self.ask_mark(name)
        elif bold:
            vector = name.arrow or not letter[:1].isupper() or (letter, accents) in self.shaping.vectors
            if mark == r"\dagger" and not vector:
                raise self.ask_mark(name)
            symbol = Symbol(letter, accents, subscript, mark, shape=self.shaping.shape(name.key, 1 if vector else 2))
        else:
            symbol = Symbol(letter, accents, subscript, mark, self.kind(name))
        if self.log is not None and symbol not in self.log.spellings:
            self.log.spellings[symbol] = self.spelling(symbol, name)
            if letter in self.ended or any(t.text in self.ended for t in name.inner):
                self.note("outside", name.token, self.tokens[self.i - 1].stop)
            if symbol is Symbol("i") and symbol not in self.notation.declared and letter not in self.ended:
                self.note("imaginary", name.token)
            capital = self.arrays and symbol.kind == "variable" and not symbol.shape and letter[:1].isupper()
            if capital and symbol not in self.notation.declared:
                self.note("number", name.token, self.tokens[self.i - 1].stop)
            if bold and known is None:
                self.note("vector" if len(symbol.shape) == 1 else "matrix", name.token)
        return symbol

    def refuse_circle(self, name: Name) -> None:
        """Refuse the index of a sum in its own bounds."""
        letter = name.key[0]
        label = name.key[3].strip("(\\)") if name.key[3][:1] == "(" else ""
        circular = (letter in self.counted and letter not in self.bound) or label in self.counted
        if circular and self.log is not None:
            raise self.error(f"a bound hangs on the index {label or letter}", name.token)

    def ask_mark(self, name: Name) -> ReadError:
        r"""Return the refusal of a prime or star at a vector or matrix, which may mean its transpose."""
        typed = self.source[name.token.start : self.tokens[name.stop - 1].stop]
        own = self.notation.shaped.get((*name.key[:3], "", name.key[4]))
        matrix = own is None or len(own.shape) == 2
        option = let(rf"{typed} \in \mathbb{{R}}" + (r"^{m \times n}" if matrix else "^n"))
        hint = rf"write ^\top for the transpose; for a name of its own: {option}"
        if name.key[3] == r"\dagger":
            hint = rf"the pseudo-inverse is not supported; {hint}"
        return self.error(f"is {typed} a transpose, or another name?", name.token, hint)

    def kind(self, name: Name) -> str:
        """Return whether a plain letter is an index, a size or a variable."""
        letter, accents, subscript, mark, _ = name.key
        if not (accents or mark):
            if not subscript and (letter in self.bound or letter in self.indexing):
                return "index"
            if self.notation.dimensions and self.size_name(letter, subscript) in self.notation.dimensions:
                return "dimension"
        return "variable"

    def size_name(self, letter: str, subscript: str) -> str:
        """Return the name of a size as dimensions have it."""
        return spell(Symbol(letter, (), subscript))

    def spelling(self, symbol: Symbol, name: Name) -> str:
        """Return how an author spelled a symbol, in commands that every renderer knows."""
        token, bold = name.token, name.bold
        if not symbol.shape and not bold:
            typed = self.source[token.start : token.stop]
            typed = symbol.name if len(symbol.name) == 1 and typed[:1] != "\\" else typed
            return spell(symbol, typed if typed[:1] == "\\" or len(symbol.name) == 1 else "")
        plain = Symbol(symbol.name, (), "", "", symbol.kind)
        if not bold:
            return spell(symbol, spell(plain))
        letter = spell(plain)
        arrow = token.kind != "bold"
        typed = self.source[token.start : token.stop]
        latin = letter[0] != "\\"
        font = r"\vec" if arrow else r"\mathbf" if latin and not typed.startswith(_SLANTED) else r"\boldsymbol"
        return spell(symbol, f"{font}{{{letter}}}")

    # Entries

    def entry(self, name: Name) -> Expr | None:
        """Return the entry, or row, that a name with a subscript is, or None."""
        letter, accents, subscript, mark, bold = name.key
        if mark[:1] == "(" and mark.strip("(\\)") in {*self.bound, *self.indexing} and not subscript:
            return self.sample(name)
        if subscript and mark and name.key not in self.notation.shaped:
            self.refuse_counted(name)
        if not subscript or mark or name.key in self.notation.shaped:
            return None
        whole = Symbol(letter, accents, subscript)
        if whole in self.notation.declared or whole in self.scope.values:
            return None
        for base, style in self.wholes(letter, accents, bold):
            indices = self.indices(name.inner, 1 if style == "lower" and bold else len(base.shape))
            if indices is not None and base.kind == "family" and _before_first(indices):
                return None
            if indices is not None and len(indices) <= len(base.shape):
                self.refuse_outside(base, indices, name)
                return self.located(Entry(base, indices, style), name.token)
        found = self.delta(name) or self.of_family(name)
        if found is None:
            self.refuse_counted(name)
        return found

    def refuse_counted(self, name: Name) -> None:
        r"""Refuse a name of its own that the index of a sum around stands below, y'_i or y_{ai} in \sum_i: it varies.

        Raises:
            ReadError: It is one, and was not declared or defined.
        """
        letter, accents, subscript, mark, _ = name.key
        whole = Symbol(letter, accents, subscript, mark)
        known = self.log is None or whole in self.notation.declared or whole in self.log.values
        if known or not any(t.text in self.bound for t in name.inner):
            return
        typed = self.source[name.token.start : self.tokens[name.stop - 1].stop]
        hint = "entries have a letter and indices alone: y_i, or y_{ij} with " + let(r"Y \in \mathbb{R}^{m \times n}")
        raise self.error(f"{typed} has the index of a sum, but is no entry of anything", name.token, hint)

    def delta(self, name: Name) -> Expr | None:
        r"""Return Kronecker's delta that a name is: `\delta_{ij}`, where i and j are indices anyway; or None."""
        letters = [t.text for t in name.inner if t.kind == "sym"]
        if name.key[0] != "delta" or name.bold or name.key[1] or not letters:
            return None
        known = self.notation.spellings if self.log is None else self.log.spellings
        free = known if self.notation.shaped else {}
        if not all(t in self.bound or Symbol(t, kind="index") in free for t in letters):
            return None
        indices = self.indices(name.inner, 2)
        return Indicator(Relation(indices, ("=",)), "delta") if indices is not None and len(indices) == 2 else None

    def refuse_outside(self, base: Symbol, indices: tuple[Expr, ...], name: Name) -> None:
        """Refuse an entry that a vector or matrix does not have, such as x_0.

        Raises:
            ShapeError: An index is a number outside of 1 to the size.
        """
        for index, size in zip(indices, Entry(base, indices).sizes, strict=False):
            last = size.constant
            if isinstance(index, Integer) and (index.value < 1 or (last is not None and index.value > last)):
                typed = self.source[name.token.start : self.tokens[name.stop - 1].stop]
                hint = "entries are counted from 1; for a name of its own: " + let(rf"{typed} \in \mathbb{{R}}")
                message = f"{typed} is outside of 1 to {size}"
                raise ShapeError(message, self.span(name.token), hint, self.source)

    def wholes(self, letter: str, accents: tuple[str, ...], bold: bool) -> list[tuple[Symbol, str]]:
        """Return what a letter with an index may be an entry of, and how it is then written."""
        shaped = self.notation.shaped
        found: list[tuple[Symbol, str]] = []
        own = shaped.get((letter, accents, "", "", True))
        if own is None and (letter, accents) in self.shaping.vectors:
            own = Symbol(letter, accents, shape=self.shaping.shape((letter, accents, "", "", True), 1))
        family = self.notation.families.get((letter, accents, bold))
        if family is not None:
            return [(family, "")]
        if own is not None and not bold:
            found.append((own, ""))
        capital = shaped.get((letter.upper(), accents, "", "", True)) if letter.islower() and len(letter) == 1 else None
        if own is None and capital is not None and len(capital.shape) == 2:
            found.append((capital, "lower"))
        return found

    def of_family(self, name: Name) -> Expr | None:
        """Return the member of a family, where an index of a sum stands below a letter that is nothing else."""
        letter, accents, _, _, bold = name.key
        indices = self.indices(name.inner, 1)
        if indices is None or len(indices) != 1 or _before_first(indices):
            return None
        what = ("family", letter, accents, bold)
        if what not in self.shaping.settled and not any(t.text in self.bound for t in name.inner):
            return None
        if any(t.text in self.ended and t.text not in self.bound for t in name.inner):
            self.note("outside", name.token, self.tokens[self.i - 1].stop)
        base = self.family(letter, accents, bold)
        if self.log is not None and base not in self.log.spellings:
            self.log.spellings[base] = self.spelling(base, name)
        return self.located(Entry(base, indices), name.token)

    def family(self, letter: str, accents: tuple[str, ...], bold: bool) -> Symbol:
        """Return a family of numbers, or of vectors where its letter is bold or its members were declared so."""
        what = ("family", letter, accents, bold)
        member = self.notation.members.get((letter, accents, bold))
        if member is None:
            member = self.shaping.shape(("member", letter, accents), 1) if bold else ()
        return Symbol(letter, accents, "", "", "family", (*self.shaping.shape(what, 1), *member))

    def sample(self, name: Name) -> Expr:
        r"""Return the member of a family whose index stands above: `x^{(i)}` in a sum over i."""
        letter, accents, _, mark, bold = name.key
        known = self.notation.families.get((letter, accents, bold))
        if known is None:
            known = self.family(letter, accents, bold)
        if self.log is not None and known not in self.log.spellings:
            self.log.spellings[known] = self.spelling(known, name)
        return self.located(Entry(known, (Symbol(mark.strip("(\\)"), kind="index"),), "^"), name.token)

    def indices(self, tokens: tuple[Token, ...], rank: int) -> tuple[Expr, ...] | None:
        """Return the indices that a subscript lists for something with `rank` of them, or None if it is a label."""
        groups: list[list[Token]] = [[]]
        for t in tokens:
            if t.kind == ",":
                groups.append([])
            else:
                groups[-1].append(t)
        if len(groups) == 1 and rank > 1:
            flat = [u for t in tokens for u in _digits(t)]
            if len(flat) > 1 and all(t.kind in ("sym", "num") for t in flat):
                groups = [[t] for t in flat]
        found = [self.index(g) for g in groups]
        return None if None in found else tuple(i for i in found if i is not None)

    def index(self, tokens: list[Token]) -> Expr | None:
        """Return an index such as i, 12, i+1 or 2k, or None."""
        terms: list[Expr] = []
        factors: list[Expr] = []
        sign = 1
        for t in [*tokens, None]:
            if t is None or t.kind == "sign":
                if not factors:
                    return None
                term = factors[0] if len(factors) == 1 else Product(tuple(factors), ("",) * (len(factors) - 1))
                terms.append(term if sign > 0 else negative(term))
                factors, sign = [], -1 if t is not None and t.text == "-" else 1
            elif t.kind == "num" and t.text.isdigit():
                factors.append(Integer(int(t.text)))
            elif t.kind == "sym" and (len(t.text) == 1 or t.text in LETTERS) and not _lettered(factors):
                factors.append(self.index_letter(t))
            else:
                return None
        return add(terms)

    def index_letter(self, token: Token) -> Symbol:
        """Return the symbol of a letter in an index: a size such as the n of x_n, else an index."""
        size = token.text in self.notation.dimensions and token.text not in self.bound
        symbol = Symbol(token.text, kind="dimension" if size else "index")
        if self.log is not None:
            self.log.spellings.setdefault(symbol, spell(symbol))
        return symbol


def _before_first(indices: tuple[Expr, ...]) -> bool:
    """Tell whether an index lies before the first member of a family: the x_0 beside x_i is a number of its own."""
    return any(isinstance(i, Integer) and i.value < 1 for i in indices)


def _lettered(factors: list[Expr]) -> bool:
    """Tell whether there is a letter already: no index is a product of letters."""
    return any(isinstance(f, Symbol) for f in factors)


def _digits(token: Token) -> list[Token]:
    """Return a number as its digits: the two indices of x_{12}."""
    if token.kind != "num" or not token.text.isdigit() or len(token.text) == 1:
        return [token]
    return [Token("num", c, token.start + k, token.start + k + 1) for k, c in enumerate(token.text)]


_MEMBERS = re.compile(r"\\in(?![A-Za-z])|∈")
"""What says that names are members of a set."""

_SLANTED = (r"\boldsymbol", r"\bm", r"\pmb")
