"""Printed parts of LaTeX, and how they are put in brackets and side by side."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import NamedTuple

from derive.expr.functions import SPELLINGS
from derive.expr.operations import NAMED
from derive.expr.spelling import in_braces

LOGIC, RELATION, SUM, PRODUCT, RUN, FACTOR, ATOM = range(7)
"""How strongly a text binds: a RUN is a product without signs, a FACTOR can stand in one, an ATOM can be raised too."""

CLOSING = {
    "(": ")",
    "[": "]",
    r"\{": r"\}",
    r"\lvert": r"\rvert",
    r"\lfloor": r"\rfloor",
    r"\lceil": r"\rceil",
    r"\lVert": r"\rVert",
    r"\langle": r"\rangle",
}
FENCES = (r"\left", *(opening for opening in CLOSING if opening[-1].isalpha()))

FUNCTIONS = [w for w in SPELLINGS if w.isalpha() and (len(w) > 2 or w in ("ln", "tg"))]
NAMES = re.compile("|".join(sorted({*FUNCTIONS, *filter(str.islower, NAMED), "sqrt"}, key=len, reverse=True)))
"""The names of functions that letters side by side would make: s, i, n."""
LETTERS = re.compile(r"(\\?)([A-Za-z]*)$")
LONE = re.compile(r"(?:\(|\[|\\\{)(?:[A-Za-z]|\\[A-Za-z]+(?:\{[^{}]*\})?)(?:\)|\]|\\\})")
"""One letter in brackets, which may be an argument."""
REACH = 32
"""No name or command is longer than this."""


class Piece(NamedTuple):
    r"""A printed part: its text, how strongly it binds, whether it is taller than a line, whether a bare call ends it.

    `word` tells that the text ends in a command, which a letter behind it would lengthen; `name` is the length of a
    call's name, behind which a power of the function stands (`\sin^2 x`). `opens` tells that a bracket starts it.
    `open` tells that it would swallow any factor behind it, as a sum over an index does. `sized` is the text with the
    sizes of ones, zeros and identities, where the surroundings have to tell them for `text` to be understood.
    """

    text: str
    binds: int = ATOM
    tall: bool = False
    bare: bool = False
    word: bool = False
    name: int = 0
    opens: bool = False
    open: bool = False
    sized: str = ""

    @property
    def settled(self) -> Piece:
        """The piece with its sizes written."""
        return self._replace(text=self.sized, sized="") if self.sized else self


def enclose(piece: Piece, opening: str = "(") -> Piece:
    r"""Return the piece in brackets that grow with what they hold."""
    closing = CLOSING[opening]
    if piece.tall:
        left, right = rf"\left{opening}", rf"\right{closing}"
    else:
        left, right = opening, closing
    gap = " " if left[-1].isalpha() else ""
    return Piece(f"{left}{gap}{piece.text}{gap}{right}", ATOM, piece.tall, word=bool(gap), opens=not gap)


def at_least(piece: Piece, binds: int) -> Piece:
    """Return the piece, in brackets if it binds less strongly than asked."""
    return piece if piece.binds >= binds else enclose(piece)


def glue(left: str, right: str) -> str:
    """Return a command or letter and what follows it, with a blank where the command would swallow a letter."""
    return f"{left} {right}" if left[0] == "\\" and left[-1].isalpha() and right[:1].isalpha() else left + right


def gap(left: str, right: str) -> str:
    """Return a blank where letters on both sides would make a name: `t g(x)` is no tangent, `abc f(x)` no word."""
    found = LETTERS.search(left[-REACH:])
    if found is None or found[1] or not found[2] or not (right[0] == "(" or right[0].isalpha()):
        return ""
    before, behind = found[2], "".join(takewhile(str.isalpha, right))
    if len(before + behind) > 3 and right.startswith("(", len(behind)):
        return " "
    names = (NAMES.match(before + behind, k) for k in range(len(before)))
    return " " if any(name and name.end() > len(before) for name in names) else ""


def script(sign: str, text: str) -> str:
    """Return a subscript or superscript."""
    return sign + in_braces(text)


def joined_rows(rows: list[str], parts: tuple[Piece, ...]) -> str:
    """Join the rows of an environment, apart where they hold fractions."""
    return (r" \\[6pt] " if any(p.tall for p in parts) else r" \\ ").join(rows)
