r"""Groups: brackets, bars, braces, environments, and the point in `\left. e \right|_{x = 2}`."""

from __future__ import annotations

from derive.expr.nodes import (
    At,
    Call,
    Cases,
    Expr,
    Indicator,
    Logic,
    Matrix,
    Product,
    Quotient,
    Relation,
    Sum,
    Symbol,
)
from derive.reader.commands import CASES, MATRICES
from derive.reader.cursor import Parse
from derive.reader.dotted import Dotted, Row
from derive.reader.tokens import Token

_BEFORE = frozenset(("open", "{", "rel", ",", "&", "row", "text", "and", "or", "start", "over", "group"))
_BEHIND = frozenset(("close", "}", "rel", ",", "&", "row", "text", "and", "or", "end", "end-env", "over", "."))
FENCED = ("array", "matrix", "smallmatrix")
"""The environments that brackets of their own stand around."""
ROUNDED = {r"\lfloor": "floor", r"\lceil": "ceil"}


class Groups(Dotted):
    """The rules for what stands between an opening and a closing token."""

    def bracket(self, token: Token) -> Parse:
        """Read a bracket: a formula, a condition, a row, a tuple, an absolute value, a value at a point."""
        if token.kind == "norm" or token.text == r"\|":
            return (yield from self.norm(token))
        if token.text == r"\langle":
            return (yield from self.angles(token))
        if token.kind == "bar":
            return (yield from self.absolute(token))
        start, end = self.i, self.pairs[self.i]
        inside = self.tokens[start + 1]
        if inside.kind == "begin" and inside.text in FENCED and self.pairs[start + 1] == end - 1:
            return (yield from self.fenced_array(token, end))
        self.i += 1
        bars, self.bars = self.bars, ""
        first = yield from self.inside(end, self.logic)
        values: list[Expr | None] = [first]
        if self.tokens[self.i].kind == "," and token.text in ("(", "["):
            self.i += 1
            values += yield from self.listed()
        self.bars = bars
        self.close(end)
        if len(values) > 1:
            return self.matrix_of([values], "[,]", token) if token.text == "[" else self.tuple_of(values, token)
        if token.text == ".":
            return (yield from self.point(first) if self.tokens[end].text == "|" else self.over_slash(first))
        if token.text == "|":
            return self.located(self.barred(first, token), token)
        if token.text in ROUNDED:
            return self.located(Call(ROUNDED[token.text], (first,), token.text), token)
        if not isinstance(first, Relation | Logic):
            return first
        if token.text == "[":
            return self.located(Indicator(first, "["), token)
        if self.in_formula(start, end):
            raise self.error("a condition cannot be part of a formula", token)
        return first

    def fenced_array(self, token: Token, end: int) -> Parse:
        r"""Read an `array` in brackets of its own: cases behind `\left\{`, else a matrix."""
        self.i += 1
        if token.text == r"\{" and self.tokens[end].text == ".":
            e = yield from self.cases(self.tokens[self.i])
        else:
            style = "pmatrix" if token.text == "(" else "bmatrix"
            e = yield from self.matrix(self.tokens[self.i]._replace(text=style))
        self.close(end)
        return self.located(self.barred(e, token) if token.text == "|" else e, token)

    def over_slash(self, over: Expr) -> Parse:
        r"""Read what a tall slash divides by: `\left. a \right/ b`."""
        return Quotient(over, (yield from self.factor()), "slash")

    def in_formula(self, start: int, end: int) -> bool:
        """Tell whether a bracket is part of a formula; a condition among conditions stands by itself."""
        before = self.tokens[start - 1].kind if start else "start"
        return before not in _BEFORE or self.tokens[end + 1].kind not in _BEHIND

    def absolute(self, token: Token) -> Parse:
        """Read an absolute value between plain bars. A bar closes where an operator could stand, else it opens."""
        self.i += 1
        if self.tokens[self.i].kind == "end":
            raise self.error("this bar is not closed", token)
        bars, self.bars = self.bars, "bar"
        inside = yield self.formula()
        self.bars = bars
        if self.tokens[self.i].kind != "bar":
            raise self.error("this bar is not closed", token)
        self.i += 1
        return self.located(self.barred(inside, token), token)

    def braces(self) -> Parse:
        r"""Read a group in braces, which may be `{a \over b}`."""
        opener, end = self.tokens[self.i], self.pairs[self.i]
        if end == self.i + 1:
            raise self.error("empty braces", opener)
        self.i += 1
        bars, self.bars = self.bars, ""
        e = yield from self.inside(end, self.formula)
        self.bars = bars
        self.close(end)
        return e

    def braced(self, token: Token) -> Parse:
        """Read braces in a formula. They do not show, so they may not change how the line is understood."""
        start = self.i
        if token.kind != "{":
            raise self.unexpected("a group in braces")
        e = yield from self.braces()
        if self.tokens[start + 1].kind == "open" and self.pairs[start + 1] == self.i - 2:
            return e
        before = self.tokens[start - 1].kind if start else "start"
        behind = self.tokens[self.i].kind
        plus = self.tokens[start + 1].text == "+"  # x^2{+1} is a sum in print
        if plus or (isinstance(e, Sum) and (len(e.terms) > 1 or before != "func")):
            alone = before in _BEFORE and (behind in _BEHIND or behind == "_")
            if not alone:
                raise self.error("braces do not show in print", token, "put round brackets")
        if isinstance(e, Product) and behind in ("^", "!"):
            raise self.error("braces do not show in print", token, "put round brackets")
        return e

    def labelled(self) -> Parse:
        r"""Read `\underbrace{..}_{..}` and leave its label out."""
        self.i += 1
        e = yield from self.braced(self.tokens[self.i])
        if self.tokens[self.i].kind in ("_", "^"):
            self.note("label", self.tokens[self.i])
            self.i = self.group_end(self.i + 1)
        return e

    def point(self, e: Expr) -> Parse:
        r"""Read `_{x = 2, y = 3}` behind a bar."""
        if self.tokens[self.i].kind != "_":
            raise self.unexpected("the point")
        brace = self.i + 1
        if self.tokens[brace].kind != "{":
            raise self.error("the point needs braces", self.tokens[brace])
        self.i = brace + 1
        assignments = [(yield self.logic())]
        while self.tokens[self.i].kind == ",":
            self.i += 1
            assignments.append((yield self.logic()))
        self.close(self.pairs[brace])
        pairs = [pair for a in assignments for pair in self.assigned(a, self.tokens[brace])]
        return At(e, tuple(name for name, _ in pairs), tuple(value for _, value in pairs))

    def assigned(self, e: Expr, token: Token) -> list[tuple[Symbol, Expr]]:
        """Return the names and values of `x = 2`, or of `(x, y) = (1, 2)`."""
        if isinstance(e, Relation) and e.operators == ("=",):
            left, right = e.operands
            if isinstance(left, Symbol):
                return [(left, right)]
            if isinstance(left, Matrix) and isinstance(right, Matrix) and left.shape == right.shape:
                names = [cell for row in left.rows for cell in row]
                values = [cell for row in right.rows for cell in row]
                return [(n, v) for n, v in zip(names, values, strict=True) if isinstance(n, Symbol)]
        raise self.error("a point is written x = 2", token)

    def environment(self, token: Token) -> Parse:
        """Read cases or a matrix."""
        if token.text in MATRICES:
            return (yield from self.matrix(token))
        if token.text in CASES:
            return (yield from self.cases(token))
        raise self.unsupported(f"the environment {token.text}", token)

    def matrix(self, token: Token) -> Parse:
        """Read the rows of a matrix."""
        end = self.pairs[self.i]
        self.i += 1
        rows: list[Row] = []
        while self.i != end:
            start = self.tokens[self.i]
            cells: list[Expr | None] = [(yield from self.cell())]
            while self.next_cell():
                cells.append((yield from self.cell()))
            if rows and len(cells) != len(rows[0]) and any(c is not None for c in cells):
                raise self.error(f"a row of {len(cells)}; the first has {len(rows[0])}", start)
            rows.append(tuple(cells))
            self.end_row(end)
        self.i += 1
        if not rows:
            raise self.error("an empty matrix", token)
        style = token.text if token.text in ("bmatrix", "pmatrix") else "bmatrix"
        e = self.matrix_of(rows, style, token)
        return self.barred(e, token) if token.text == "vmatrix" else e

    def next_cell(self) -> bool:
        """Step over what parts two cells: `&`, a comma, or both. A comma before the end of a row means nothing."""
        if self.tokens[self.i].kind == ",":
            self.i += 1
            if self.tokens[self.i].kind not in ("&", "row", "end-env"):
                return True
        if self.tokens[self.i].kind != "&":
            return False
        self.i += 1
        return True

    def end_row(self, end: int) -> None:
        """Step over the end of a row."""
        if self.tokens[self.i].kind == "row":
            while self.tokens[self.i].kind == "row":
                self.i += 1
        elif self.i != end:
            raise self.unexpected("an operator or the end of the row")

    def cases(self, token: Token) -> Parse:
        """Read a definition by cases: a value and a condition in each row."""
        end = self.pairs[self.i]
        self.i += 1
        values: list[Expr] = []
        conditions: list[Expr | None] = []
        while self.i != end:
            if conditions and conditions[-1] is None:
                raise self.error("a case behind otherwise")
            values.append((yield self.formula()))
            if self.tokens[self.i].kind == ",":
                self.i += 1
            if self.tokens[self.i].kind == "rel":
                raise self.unsupported("a system of equations", token)
            if self.tokens[self.i].kind != "&":
                raise self.unexpected("the & before the condition")
            self.i += 1
            conditions.append((yield from self.case_condition()))
            self.end_row(end)
        self.i += 1
        if not values:
            raise self.error("no cases", token)
        return self.located(Cases(tuple(values), tuple(conditions)), token)

    def case_condition(self) -> Parse:
        """Read the condition of a case; None means otherwise."""
        token = self.tokens[self.i]
        if token.kind == "text" and token.text == "otherwise":
            self.i += 1
            condition = None
        else:
            if token.kind == "text" and token.text == "if":
                self.i += 1
            start = self.tokens[self.i]
            parts = [(yield self.logic())]
            while self.tokens[self.i].kind == "," and self.tokens[self.i + 1].kind not in ("row", "end-env"):
                self.i += 1
                parts.append((yield self.logic()))
            if not all(isinstance(p, Relation | Logic) for p in parts):
                raise self.error("this is no condition", start)
            condition = parts[0] if len(parts) == 1 else Logic("and", tuple(parts))
        if self.tokens[self.i].kind in (",", "."):
            self.i += 1
        return condition

    def marked(self, token: Token) -> Parse:
        """Read a letter that is bold or has an accent."""
        return (yield from self.named(token))

    def named(self, token: Token) -> Parse:
        """Read a letter with its scripts and arguments: a rule of `Calls`."""
        raise NotImplementedError
