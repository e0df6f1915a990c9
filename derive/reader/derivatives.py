r"""Derivatives that a formula names: `\frac{dy}{dx}`, `\frac{\partial^2 f}{\partial y^2}`, `\frac{d}{dx}[..]`."""

from __future__ import annotations

from typing import NamedTuple

from derive.expr.nodes import At, Derivative, Entry, Expr, Product, Symbol, Transpose
from derive.reader.cursor import Parse
from derive.reader.names import Name
from derive.reader.rules import Rules
from derive.reader.tokens import Token


class Ahead(NamedTuple):
    r"""Where the parts of a `\frac` that is a derivative stand: behind each d, and the ends of its two groups."""

    over: int
    over_end: int
    under: int
    under_end: int
    mark: str


class Derivatives(Rules):
    """The rules for derivatives."""

    def mark_at(self, i: int) -> str:
        """Return `d` or `partial` where such a sign stands, else ""."""
        token = self.tokens[i]
        if token.kind == "partial":
            return "partial"
        if token.kind == "diff":
            return "d"
        letter = token.kind == "sym" and token.text in ("d", "delta")
        if letter and self.tokens[i + 1].kind not in ("_", "'") and not self.is_declared(token.text):
            return token.text
        return ""

    def derivative_ahead(self) -> Ahead | None:
        r"""Return the parts of the `\frac` at hand if it is a derivative."""
        over = self.i + 1
        if self.tokens[over].kind != "{":
            return None
        mark, over_end = self.mark_at(over + 1), self.pairs[over]
        under = over_end + 1
        if not mark or self.tokens[under].kind != "{":
            return None
        below = self.mark_at(under + 1)
        names = self.tokens[under + 2].kind in ("sym", "accent", "bold", "num", "const", "{", "op")
        if not below and self.lacks_mark(over, under):
            return Ahead(over + 2, over_end, under + 1, self.pairs[under], mark)
        if below and self.tokens[under + 2].kind == "func":  # d ln y / d ln x
            hint = "name what it is by: u = ..."
            raise self.unsupported("a derivative by something that is no variable", self.tokens[under + 2], hint)
        if not below or not names:
            return None
        return Ahead(over + 2, over_end, under + 1, self.pairs[under], mark if mark == below else "partial")

    def lacks_mark(self, over: int, under: int) -> bool:
        r"""Tell whether a `\frac{d}{x} u` is a derivative whose second d was forgotten: it is applied to something."""
        alone = self.pairs[over] == over + 2
        stop = self.pairs[under]
        named = self.tokens[under + 1].kind in ("sym", "bold") and all(
            t.kind in ("sym", "bold", "_", "num", "{", "}") for t in self.tokens[under + 1 : stop]
        )
        one = stop == under + 2 or self.tokens[under + 2].kind == "_"
        behind = self.tokens[stop + 1]
        return alone and named and one and behind.kind in ("sym", "func", "open", "accent", "bold", "frac", "sqrt")

    def derivative(self, ahead: Ahead) -> Parse:
        """Read a derivative, with what it is of: in the numerator, or behind."""
        start = self.tokens[self.i]
        self.i = ahead.over
        order = self.order()
        body = self.i
        wrt = self.variables(ahead, order)
        if body < ahead.over_end:
            self.i = body
            of = self.function_of(ahead.over_end) or (yield self.formula())
            self.close(ahead.over_end)
            self.i = ahead.under_end + 1
        else:
            self.i = ahead.under_end + 1
            first = self.tokens[self.i]
            of = yield from self.operand()
            if first.kind == "open" and first.text == "(" and isinstance(of, Product):
                self.note("reach", first, self.tokens[self.i - 1].stop)
            if isinstance(of, At) and first.text != "[":  # the point is that of the derivative
                return At(self.differentiated_by(of.of, wrt, ahead, start), of.variables, of.values)
        return self.differentiated_by(of, wrt, ahead, start)

    def differentiated_by(self, of: Expr, wrt: tuple[Symbol | Entry, ...], ahead: Ahead, start: Token) -> Expr:
        """Return the derivative of something. Where no scope tells what depends on what, the sign itself does."""
        mark = "d" if ahead.mark == "d" else "partial"
        if mark == "partial":
            self.note("partial", start)
        told = self.scope.independents or self.scope.definitions
        through = self.scope.through(of, wrt[0], mark, False) if told else mark == "d"
        return self.located(Derivative(of, wrt, through), start)

    def gradient(self) -> Expr:
        r"""Read `\nabla_{\mathbf{w}} f` in a working: the column of what is a row in numerator layout."""
        start = self.tokens[self.i]
        self.i += 1
        if self.tokens[self.i].kind != "_":
            raise self.error("by what is the gradient?", start, r"write \nabla_{\mathbf{x}} f")
        self.i += 1
        by = self.variable()
        of = self.name()
        return self.located(Transpose(Derivative(of, (by,), True)), start)

    def function_of(self, end: int) -> Expr | None:
        """Step over a name with what it is a function of, `u_2(x, u_1)`, where that is all there is up to `end`."""
        start = self.i
        if self.tokens[start].kind not in ("sym", "accent", "bold"):
            return None
        name = self.raw_name()
        opener, named = self.i, self.notation.named
        whole = named.get((*name.key[:2], ""))
        declared = name.key[:3] in named or (whole is not None and whole.shape)  # f_1(\mathbf{x})
        if self.tokens[opener].kind == "open" and self.pairs[opener] == end - 1 and not declared:
            inside = self.tokens[opener + 1 : end - 1]
            names = all(t.kind in ("sym", "bold", "accent", "_", "{", "}", ",") for t in inside)
            symbol = self.symbol(name) if names and not self.function_letter(name.token) else None
            if symbol is not None and symbol not in self.called and symbol.kind == "variable":
                self.i = end
                return symbol
        self.i = start
        return None

    def operand(self) -> Parse:
        """Read what an operator differentiates: exactly what stands in square brackets, else the product behind it."""
        token = self.tokens[self.i]
        if token.kind == "open" and token.text == "[":
            end = self.pairs[self.i]
            self.i += 1
            e = yield self.logic()
            self.close(end)
            if self.tokens[self.i].kind in ("^", "!"):
                raise self.error("this could belong to the derivative or to what is differentiated")
            return e
        return (yield self.term())

    def order(self) -> int:
        """Read the order of a derivative, or of one of its variables, as a superscript."""
        if self.tokens[self.i].kind != "^":
            return 1
        brace = self.tokens[self.i + 1].kind == "{"
        token = self.tokens[self.i + 2 if brace else self.i + 1]
        if token.kind != "num" or not token.text.isdigit() or (brace and self.pairs[self.i + 1] != self.i + 3):
            raise self.unsupported("an order that is no number", token)
        if brace:
            self.i += 4
            return self.number_of(token)
        self.i += 1
        return int(self.first_digit())

    def variables(self, ahead: Ahead, order: int) -> tuple[Symbol | Entry, ...]:
        """Read a denominator; what stands last is differentiated by first."""
        self.i = ahead.under
        groups: list[tuple[Symbol | Entry, ...]] = []
        last: Token = self.tokens[self.i]
        while self.i < ahead.under_end:
            here = self.mark_at(self.i)
            if not here and (groups or not self.lacks_mark(self.i - 1 - (ahead.over_end - ahead.over) - 3, self.i - 1)):
                raise self.unexpected("a d" if ahead.mark == "d" else r"\partial")
            self.remark(here, ahead)
            self.i += bool(here)
            symbol = self.variable()
            last = self.tokens[self.i + 1] if self.tokens[self.i].kind == "^" else last
            last = self.tokens[self.i + 2] if last.kind == "{" else last
            groups.append((symbol,) * (1 if self.transposed_variable() else self.order()))
        wrt = tuple(s for group in reversed(groups) for s in group)
        if len(wrt) != order:
            raise self.error(f"the orders {order} above and {len(wrt)} below differ", last)
        return wrt

    def variable(self) -> Symbol | Entry:
        r"""Read the variable of a derivative, perhaps in idle braces, or in `\operatorname{vec}(X)`."""
        if self.tokens[self.i].kind == "op":
            return self.vectorised()
        closers: list[int] = []
        while self.tokens[self.i].kind == "{":
            closers.append(self.pairs[self.i])
            self.i += 1
        if self.tokens[self.i].kind == "num":
            raise self.error("a number cannot be the variable")
        symbol = self.differentiated(self.raw_name())
        for end in reversed(closers):
            self.close(end)
        return symbol

    def differentiated(self, name: Name) -> Symbol | Entry:
        r"""Return what a name means below a d: by the entries X_{kl} of a matrix, it is by the matrix."""
        e = self.entry(name) if name.inner and self.notation.shaped else None
        if isinstance(e, Entry) and isinstance(e.of, Symbol) and len(e.indices) == 2:
            letters = all(isinstance(i, Symbol) for i in e.indices)
            if letters:
                return e.of
        whole = isinstance(e, Entry) and (e.of in self.scope.independents or e.of in self.scope.values)
        if self.log is not None:  # what is asked: x_j of a vector x
            whole = isinstance(e, Entry) and isinstance(e.of, Symbol) and e.of.kind == "variable"
        return e if isinstance(e, Entry) and (whole or e in self.scope.independents) else self.symbol(name)

    def vectorised(self) -> Symbol:
        r"""Read `\operatorname{vec}(X)` as a variable."""
        token = self.tokens[self.i]
        if token.text != "vec" or self.tokens[self.i + 1].kind != "open":
            raise self.unexpected("the variable")
        end = self.pairs[self.i + 1]
        self.i += 2
        symbol = self.name()
        self.close(end)
        return symbol

    def remark(self, here: str, ahead: Ahead) -> None:
        r"""Note a d that is missing, mixed with \partial, or a \delta that is meant as one."""
        token = self.tokens[self.i]
        above = self.mark_at(ahead.over - 1)
        if not here:
            self.note("missing-d", token)
        elif "delta" in (here, above):
            self.note("delta-d", token)
        elif here != above:
            self.note("mixed-d", token)

    def transposed_variable(self) -> bool:
        r"""Step over the transpose in `\partial \mathbf{x}^\top`, which only lays a Hessian out."""
        if self.tokens[self.i].kind != "^":
            return False
        inner = self.tokens[self.i + 1]
        inner = self.tokens[self.i + 2] if inner.kind == "{" else inner
        if inner.kind != "top" and inner.text != "T":
            return False
        self.i = self.group_end(self.i + 1)
        return True
