r"""Ones, zeros and identities, with or without their size, unit vectors, and indicators."""

from __future__ import annotations

from functools import reduce
from operator import mul

from derive.expr.nodes import Expr, Filled, Indicator, Logic, Relation, Symbol
from derive.expr.shapes import ONE, Dimension, Shape
from derive.expr.spelling import is_bold, spell
from derive.reader.cursor import Parse
from derive.reader.names import Name
from derive.reader.rules import Rules
from derive.reader.shaping import DOTS, Place, are_units
from derive.reader.tokens import Token

UNITS = {"imath": 1, "jmath": 2, "i": 1, "j": 2, "k": 3}
"""The letters that are unit vectors: bold, or below a hat where one of them has lost its dot."""

KINDS = {"1": "ones", "0": "zeros", "I": "identity"}


class Known(Rules):
    """The rules for what is known but for its size."""

    def is_identity(self, name: Name) -> bool:
        """Tell whether a plain I is the identity: where there are vectors or matrices, and it was not declared."""
        letter, accents, subscript, mark, bold = name.key
        if accents or mark or bold or not self.arrays or self.is_declared("I"):
            return False
        if (letter, (), "", "", False) in self.notation.shaped:
            return False
        return not subscript or self.size_of(name.inner) is not None

    def filled(self, name: Name) -> Parse:
        r"""Read `\mathbf{1}`, `\mathbf{0}_{m \times n}`, `I_n`, or the indicator `\mathbf{1}\{x > 0\}`."""
        token, opener = name.token, self.tokens[self.i]
        typed = self.source[token.start : token.stop]
        kind = KINDS[name.key[0]]
        marks = kind == "ones" or (kind == "identity" and typed.startswith((r"\mathbb", r"\mathds")))
        if marks and opener.kind == "open" and opener.text in ("(", "[", r"\{"):
            return (yield from self.indicator())
        return self.filled_value(name)

    def filled_value(self, name: Name) -> Expr:
        """Return ones, zeros or an identity with its size, which the surroundings tell where it is not written."""
        token, kind = name.token, KINDS[name.key[0]]
        if kind == "ones" and name.inner and any(t.kind == "rel" for t in name.inner):
            raise self.unsupported("a condition as a subscript", token, r"write \mathbf{1}\{x > 0\}")
        if name.inner:
            size = self.size_of(name.inner)
            if size is None:
                raise self.error(f"a size is missing below {self.show(token)}", token)
            shape: Shape = (size[0], size[0]) if kind == "identity" and len(size) == 1 else size
            if len(shape) == 2 and shape[1] == ONE:
                shape = shape[:1]
            if self.log is not None:
                self.log.sized = True
        else:
            square = kind == "identity"
            self.unsized += 1
            shape = self.shaping.shape(
                Place("filled", self.source, token.start, token.stop), 2 if square else 1, square
            )
        if self.log is not None:
            self.log.spellings.setdefault(kind, self.filled_spelling(name))
            if kind == "identity" and not name.bold:
                self.note("identity", token)
        return self.located(Filled(kind, shape), token)

    def filled_spelling(self, name: Name) -> str:
        """Return how the author spelled ones, zeros or an identity, without the size."""
        letter = name.key[0]
        if not name.bold:
            return letter
        if name.token.kind != "bold" or self.source[name.token.start - 1 : name.token.start] == "{":
            before = self.source[: name.token.start].rstrip("{ ")
            if before.endswith(("overrightarrow", "vec")):
                command = before[before.rfind("\\") :]
                return rf"{command}{{\mathbf{{{letter}}}}}" if name.token.kind == "bold" else rf"{command}{{{letter}}}"
        return rf"\mathbf{{{letter}}}"

    def size_of(self, tokens: tuple[Token, ...]) -> tuple[Dimension, ...] | None:
        r"""Return the sizes that a subscript such as `n` or `m \times n` gives, or None."""
        groups: list[list[Token]] = [[]]
        for t in tokens:
            if t.kind == "dot" or t.kind == ",":
                groups.append([])
            else:
                groups[-1].append(t)
        sizes: list[Dimension] = []
        for group in groups:
            size = _size(group)
            if size is None:
                return None
            sizes.append(size)
        return tuple(sizes) if 1 <= len(sizes) <= 2 else None

    def unit(self, name: Name) -> Expr | None:
        r"""Return the unit vector that `\hat\imath`, `\hat k` or `\mathbf{e}_2` is, or None."""
        letter, accents, subscript, mark, bold = name.key
        if mark or name.key in self.notation.shaped:
            return None
        space = self.space_of(name) if letter in UNITS and not subscript else 0
        if space:
            shape: Shape = (Dimension.of(space),)
            index = UNITS[letter]
            if bold:
                self.note("unit", name.token)
        elif letter == "e" and bold and not accents and subscript.isdigit() and subscript[0] != "0":
            shape = self.shaping.shape(Place("unit", self.source, name.token.start, self.tokens[self.i - 1].stop), 1)
            index = int(subscript)
            self.unsized += 1
            self.note("unit", name.token, self.tokens[self.i - 1].stop)
        else:
            return None
        if self.log is not None and space:
            self.log.spellings.setdefault("unit", self.unit_spelling(name))
        return self.located(Filled("unit", shape, index), name.token)

    def space_of(self, name: Name) -> int:
        """Return how many unit vectors there are that are written as a name is, 0 if the name is none."""
        _, accents, _, _, bold = name.key
        spelled = self.notation.spellings.get("unit", "")
        if spelled:
            alike = accents == (("hat",) if spelled.startswith(r"\hat") else ()) and bold == is_bold(spelled)
            return self.notation.space if alike else 0
        vectors = self.shaping.vectors
        if bold:
            own = [(letter, accents, "", "", True) for pair in DOTS for letter in pair]
            declared = any(key in self.notation.shaped for key in own)
            return self.shaping.space if are_units(vectors, accents) and not declared else 0
        dotless = not (are_units(vectors, ()) or are_units(vectors, ("hat",)))
        return self.shaping.space if accents == ("hat",) and dotless else 0

    def unit_spelling(self, name: Name) -> str:
        """Return how the author spelled the first unit vector, from which the others follow."""
        _, accents, _, _, bold = name.key
        if not bold:
            return r"\hat{\imath}"
        first = "imath" if ("imath", accents) in self.shaping.vectors else "i"
        return self.spelling(Symbol(first, accents, shape=(ONE,)), name)

    def indicator(self) -> Parse:
        r"""Read the condition of `\mathbf{1}\{x > 0\}`, in any brackets."""
        opener = self.i
        self.i += 1
        condition = yield self.logic()
        self.close(self.pairs[opener])
        if not isinstance(condition, Relation | Logic):
            raise self.error("this is no condition", self.tokens[opener])
        return Indicator(condition)


def _size(tokens: list[Token]) -> Dimension | None:
    """Return the size that signs such as 3, n + 1, mn or n^2 write, or None."""
    total, sign = Dimension.of(0), 1
    factors: list[Dimension] = []
    raised = False
    for token in [*tokens, None]:
        if token is None or token.kind == "sign":
            if not factors or raised:
                return None
            total = total + reduce(mul, factors) * Dimension.of(sign)
            factors, sign = [], -1 if token is not None and token.text == "-" else 1
        elif raised and token.kind == "num" and token.text.isdigit() and 0 < int(token.text) < _POWERS:
            factors[-1] = reduce(mul, [factors[-1]] * int(token.text))
            raised = False
        elif token.kind == "^" and factors and not raised:
            raised = True
        elif raised:
            return None
        elif token.kind == "num" and token.text.isdigit():
            factors.append(Dimension.of(int(token.text)))
        elif token.kind in ("sym", "bold"):
            factors.append(Dimension.of(spell(Symbol(token.text))))
        else:
            return None
    return total


_POWERS = 10
