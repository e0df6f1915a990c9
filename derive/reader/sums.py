r"""Sums and products over an index: `\sum_{i=1}^n`, `\sum_i^n`, `\sum_i`, `\sum_{i,j}`, `\sum_{\mathbf{x}}`."""

from __future__ import annotations

from dataclasses import dataclass

from derive.errors import ShapeError
from derive.expr.build import negative
from derive.expr.closing import closed
from derive.expr.dimensions import as_dimension, as_formula
from derive.expr.nodes import Entry, Expr, Integer, Sum, SumOver, Symbol
from derive.expr.shapes import Dimension, fit, show_shape
from derive.expr.spelling import spell
from derive.expr.walks import postorder, substitute, symbols
from derive.reader.cursor import Parse
from derive.reader.rules import Rules
from derive.reader.tokens import Token


@dataclass(slots=True)
class Bounds:
    """What stands below and above the sign of a sum."""

    indices: list[Token]
    lower: Expr | None = None
    upper: Expr | None = None


class Sums(Rules):
    """The rules for sums and products over an index."""

    def big(self, token: Token) -> Parse:
        """Read a sum or product from its sign on; what it sums goes on to the end of the product."""
        self.i += 1
        bounds = Bounds([])
        around = self.counted
        while self.tokens[self.i].kind in ("_", "^"):
            sign = self.tokens[self.i]
            if sign.kind == "^":
                if bounds.upper is not None:
                    raise self.error("a second superscript", sign)
                self.i += 1
                bounds.upper = yield from self.argument("the upper bound")
            elif bounds.indices:
                raise self.error("a second subscript", sign)
            else:
                yield from self.below(bounds)
        self.counted = around
        if not bounds.indices:
            raise self.error(f"{self.show(token)} lacks its index", token, r"write \sum_{i=1}^n")
        if bounds.indices[0].kind == "bold":
            return (yield from self.over_data(token, bounds))
        symbols = [Symbol(t.text, kind="index") for t in bounds.indices]
        if len({t.text for t in bounds.indices}) < len(bounds.indices):
            raise self.error("the same index twice", bounds.indices[-1], "take another letter")
        shadowed = {t.text: self.bound.get(t.text) for t in bounds.indices}
        for t, symbol in zip(bounds.indices, symbols, strict=True):
            if shadowed[t.text] is not None or self.is_declared(t.text):
                raise self.error(f"the index {t.text} means something else already", t, "take another letter")
            self.bound[t.text] = symbol
            if self.log is not None:
                self.log.spellings.setdefault(symbol, spell(symbol))
        minus = self.tokens[self.i].kind == "sign" and self.tokens[self.i].text == "-"
        self.i += minus
        body = yield self.term()
        body = negative(body) if minus else body
        for name in shadowed:
            del self.bound[name]
            self.ended.add(name)
        for symbol in reversed(symbols):
            body = self.summed(token, symbol, bounds, body)
        return body

    def below(self, bounds: Bounds) -> Parse:
        """Read the index, or indices, with the lower bound."""
        start = self.i + 1
        if self.tokens[start].kind != "{":
            self.index_at(start, bounds)
            self.i = start + 1
            return
        end = self.pairs[start]
        self.i = start + 1
        while True:
            self.index_at(self.i, bounds)
            self.i += 1
            if self.tokens[self.i].kind != ",":
                break
            self.i += 1
        token = self.tokens[self.i]
        if token.kind == "rel" and token.text == "=":
            self.i += 1
            bounds.lower = yield self.formula()
        if self.i != end:
            hint = r"write \sum_{i=1}^n"
            raise self.unsupported("these conditions below a sum", self.tokens[self.i], hint)
        self.i += 1

    def index_at(self, i: int, bounds: Bounds) -> None:
        """Take the letter at a place as an index."""
        token = self.tokens[i]
        if token.kind not in ("sym", "bold"):
            raise self.unsupported("a sum without an index letter", token, r"write \sum_{i=1}^n")
        bounds.indices.append(token)
        self.counted |= {token.text}

    def over_data(self, token: Token, bounds: Bounds) -> Parse:
        r"""Read a sum over data: `\sum_{\mathbf{x}} f(\mathbf{x})`."""
        letter = bounds.indices[0]
        if len(bounds.indices) > 1 or bounds.lower is not None or bounds.upper is not None:
            raise self.unsupported("this sum over data", letter)
        key = (letter.text, (), "", "", True)
        known = self.notation.shaped.get(key)
        shape = known.shape if known is not None else self.shaping.shape(key, 1)
        symbol = Symbol(letter.text, shape=shape)
        if self.log is not None:
            self.log.spellings.setdefault(symbol, rf"\mathbf{{{letter.text}}}")
        body = yield self.term()
        return self.located(SumOver(token.text, symbol, None, None, body, "data"), token)

    def summed(self, token: Token, index: Symbol, bounds: Bounds, body: Expr) -> Expr:
        """Return the sum over one index, its missing bounds being those of what the index counts through."""
        lower = bounds.lower if bounds.lower is not None else Integer(1)
        upper = bounds.upper
        inside = substitute(body, dict(self.log.values.items())) if self.log is not None and self.log.values else body
        sizes = used_sizes(inside, index)
        if upper is None and not sizes and self.log is None:
            sizes = self.sizes_of_definitions(body, index)
        if upper is None and not sizes:
            raise self.error("the bounds of this sum are missing", token, r"write \sum_{i=1}^n")
        size = sizes[0] if upper is None else as_dimension(upper)
        self.match_sizes(token, index, lower, size, inside)
        if upper is None:
            upper = as_formula(sizes[0])
        style = "full" if bounds.lower is not None and bounds.upper is not None else "index"
        if bounds.lower is None and bounds.upper is not None:
            style = "upper"
        if bounds.lower is not None and bounds.upper is None:
            self.note("bounds", token)
            style = "full"
        return self.located(SumOver(token.text, index, lower, upper, body, style), token)

    def sizes_of_definitions(self, body: Expr, index: Symbol) -> list[Dimension]:
        """Return what the index of a printed line counts through in the definitions of what stands there."""
        values = self.scope.values
        meant = [closed(values[s], dict(values.items())) for s in symbols(body) if s in values]
        return [size for value in meant for size in used_sizes(value, index)]

    def match_sizes(self, token: Token, index: Symbol, lower: Expr, size: Dimension | None, body: Expr) -> None:
        """Make what the index counts through as long as the sum needs it, where its length is open."""
        if lower is Integer(0) and any(isinstance(e.of, Symbol) for e in entries(body, index)):
            raise self.unsupported("an index that starts at 0 below a letter", token, "count from 1")
        for e, axis, offset in shifted(body, index) if size is not None else []:
            assert size is not None
            length, last = self.found(e.sizes[axis]), self.found(size + Dimension.of(offset))
            left = (length - last).constant
            if left is not None and left >= 0:
                continue
            apart = length.constant is not None or last.constant is not None
            if not fit(length, last) and self.log is not None and (left is not None or not apart):
                letter = self.notation.spellings.get(e.of, "") if isinstance(e.of, Symbol) else ""
                what = letter or "what it counts through"
                message = f"the sum goes to {last}, {what} has shape {show_shape(e.of.shape)}"
                raise ShapeError(message, self.span(token), "declare the shape, or change the bound", self.source)

    def found(self, size: Dimension) -> Dimension:
        """Return a size in terms of what has been found out so far."""
        return size if self.shaping.sizes is None else self.shaping.sizes.resolved(size)


def entries(body: Expr, index: Symbol) -> list[Entry]:
    """Return the entries that an index selects by itself."""
    return [e for e in postorder(body) if isinstance(e, Entry) and index in e.indices]


def shifted(body: Expr, index: Symbol) -> list[tuple[Entry, int, int]]:
    """Return the entries such as x_i or x_{i+1}, with the axis and the shift of the index; the largest shifts first."""
    found = [
        (e, axis, offset)
        for e in postorder(body)
        if isinstance(e, Entry)
        for axis, offset in enumerate(_offset(i, index) for i in e.indices)
        if offset is not None
    ]
    return sorted(found, key=lambda entry: -entry[2])


def _offset(e: Expr, index: Symbol) -> int | None:
    """Return how far an index is shifted: 1 for i + 1; None where it is not of this form."""
    match e:
        case Sum((first, Integer(value)), (1, sign)) if first is index:
            return sign * value
    return 0 if e is index else None


def used_sizes(body: Expr, index: Symbol) -> list[Dimension]:
    """Return the sizes of what an index counts through."""
    return [e.sizes[e.indices.index(index)] for e in entries(body, index)]
