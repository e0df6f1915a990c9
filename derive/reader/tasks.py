r"""What a text asks for: `\frac{dy}{dx}`, `f'(x)`, `f_{xy}`, `\nabla f`, `\partial_x(..)`, `\left. y \right|_{x=2}`."""

from __future__ import annotations

from dataclasses import replace

from derive.expr.nodes import At, Derivative, Entry, Expr, Logic, Matrix, Name, Operation, Relation, Symbol
from derive.expr.shapes import SCALAR
from derive.expr.walks import depends, postorder, variables
from derive.reader.commands import ASKED
from derive.reader.cursor import Parse
from derive.reader.grammar import Grammar
from derive.reader.operators import Found, Operators, Point, replace_symbol
from derive.reader.optima import is_optimum, optimum
from derive.reader.statements import Statement

__all__ = ["Found", "Point", "Tasks", "replace_symbol"]


class Tasks(Operators):
    """Reads statements that are no equations."""

    def read(self, s: Statement) -> Found:
        """Return what a statement asks, or the formula that it is.

        Raises:
            UnsupportedError: It holds a derivative that is not all of it.
        """
        return self.pointed(s) or self.whole(s)

    def whole(self, s: Statement) -> Found:
        """Return what a statement asks whose point, if it has one, is written with names."""
        grammar = self.grammar(s)
        token = s.first
        found: Found | None = None
        if is_optimum(s):
            kind, of, names = s.read(optimum(grammar), grammar)
            if names and not depends(of, *names) and all(n.kind == "variable" and not n.shape for n in names):
                raise grammar.unsupported("the greatest or least over an index", s.first)
            return Found(kind, of, tuple((n,) for n in names))
        match token.kind:
            case "frac":
                found = self.fraction(s, grammar)
            case "nabla":
                found = s.read(self.nabla(grammar), grammar)
            case "partial" if grammar.tokens[s.start + 1].kind in ("_", "^"):
                found = s.read(self.operator(grammar), grammar)
            case "unsupported" if token.text in ASKED:
                found = s.read(self.named_task(grammar), grammar)
            case "sym" | "bold" | "accent":
                found = self.letter(s, grammar)
            case "open":
                found = self.primed(s, grammar)
        if found is not None:
            return found
        grammar.i = s.start
        return self.formula(s, grammar)

    def grammar(self, s: Statement) -> Grammar:
        """Return the grammar at the start of a statement."""
        return s.grammar(self.notation, self.log, {k: v for k, v in self.known.items() if v}, self.shaping)

    def pointed(self, s: Statement) -> Found | None:
        r"""Read a task at a point whose values stand without their names: `\left. f_x \right|_{(1,2)}`."""
        parts = s.at_values()
        if parts is None:
            return None
        of, values = parts
        found = self.whole(of)
        if any(value.outer("rel") for value in values):
            return replace(found, at=self.stated(values)) if found.kind else None
        arguments = self.known.get(found.of, ()) if isinstance(found.of, Symbol) else ()
        names = arguments or tuple(dict.fromkeys(v for group in found.wrt for v in group if isinstance(v, Symbol)))
        stated: list[Expr] = []
        for value in values:
            grammar = self.grammar(value)
            stated.append(value.read(grammar.formula(), grammar))
        bracketed = values[0].start > 0 and s.text.tokens[values[0].start - 1].kind == "open"
        told = bracketed or all(_is_value(e, names) for e in stated)
        if not (found.kind and told and len(stated) == len(names)):
            raise s.text.error("a point is written x = 2", values[0].first, "name the variables of the point")
        return replace(found, at=tuple(zip(names, stated, strict=True)))

    def stated(self, values: list[Statement]) -> Point:
        """Read the equations of a point: `x = 1`, `(x, y) = (1, 2)`."""
        out: list[tuple[Symbol, Expr]] = []
        for value in values:
            grammar = self.grammar(value)
            out += grammar.assigned(value.read(grammar.logic(), grammar), value.first)
        return tuple(out)

    def formula(self, s: Statement, grammar: Grammar) -> Found:
        """Read a formula; one that is a derivative as a whole is a task."""
        e = s.read(grammar.logic(), grammar)
        if isinstance(e, Relation | Logic) and not e.shape:
            relations = s.outer("rel")
            token = s.text.tokens[relations[0]] if relations else s.first
            raise grammar.error("a condition, where a formula is expected", token)
        at: Point = ()
        whole: Expr = e
        if isinstance(e, At):
            at, whole = tuple(zip(e.variables, e.values, strict=True)), e.of
        inside = whole.of if isinstance(whole, Derivative) else whole
        if any(isinstance(node, Derivative | At) for node in postorder(inside)):
            hint = "put brackets around all that is to be differentiated"
            raise grammar.unsupported("a derivative inside a formula", s.first, hint)
        if isinstance(whole, Derivative):
            fraction = grammar.pairs.get(s.start + 1, s.stop) != s.start + 2 and s.first.kind == "frac"
            bare = fraction and grammar.pairs[grammar.pairs[s.start + 1] + 1] == s.stop - 1
            known = inside in self.known or inside in self.notation.declared
            if bare and isinstance(inside, Symbol) and not known:
                raise grammar.error(f"{grammar.show(s.first)}: what is differentiated is not defined", s.first)
            return self.of_derivative(inside, whole.wrt, at)
        return Found("", e) if not at else Found("derivative", inside, at=at)

    def fraction(self, s: Statement, g: Grammar) -> Found | None:
        r"""Read `\frac{\partial f}{\partial x}(1, 2)` and `\frac{\partial(x, y)}{\partial(r, \theta)}`."""
        over, tokens = s.start + 1, g.tokens
        if tokens[over].kind != "{" or not g.mark_at(over + 1):
            return None
        under = g.pairs[over] + 1
        if tokens[over + 2].kind == "open" and g.mark_at(under + 1) and tokens[under + 2].kind == "open":
            return self.of_several(s, g, over + 2, under + 2)
        ahead = g.derivative_ahead()
        if ahead is None or g.tokens[ahead.under_end + 1].kind != "open" or g.pairs[ahead.under_end + 1] != s.stop - 1:
            return None
        g.i = ahead.over
        order = g.order()
        of = self.known_name_before(g, ahead.over_end)
        if of is None or not self.known[of]:
            return None
        wrt = g.variables(ahead, order)
        g.i = ahead.under_end + 1
        at: Point = s.read(self.place(g, of), g)
        g.note("partial", s.first)
        return Found("derivative", of, (wrt,), order, at)

    def known_name_before(self, g: Grammar, end: int) -> Symbol | None:
        """Step over a known name that ends at an index."""
        if g.tokens[g.i].kind not in ("sym", "accent", "bold", "const"):
            return None
        symbol = g.name()
        return symbol if symbol in self.known and g.i == end else None

    def of_several(self, s: Statement, g: Grammar, over: int, under: int) -> Found | None:
        r"""Read `\frac{\partial(x, y)}{\partial(r, \theta)}`: the Jacobian of what is above by what is below."""
        lists: list[list[Symbol]] = []
        for opener in (over, under):
            g.i = opener + 1
            names: list[Symbol] = []
            while g.i < g.pairs[opener]:
                names.append(g.name())
                g.i += g.tokens[g.i].kind == ","
            lists.append(names)
        g.i = g.pairs[under] + 2
        if g.i != s.stop or not all(lists):
            raise g.unexpected("an operator")
        g.note("jacobian", s.first)
        return Found("jacobian", Matrix(tuple((n,) for n in lists[0]), "(,)"), tuple((n,) for n in lists[1]))

    def of_derivative(self, of: Expr, wrt: tuple[Name, ...], at: Point) -> Found:
        r"""Return what a derivative asks; twice by a vector or matrix, or by its entries, it is the Hessian."""
        shaped = [v for v in wrt if v.shape]
        if len(shaped) == 2 and len(wrt) == 2 and shaped[0] is shaped[1] and not of.shape:
            return Found("hessian", of, ((wrt[0],),), at=at)
        if isinstance(of, Entry) and shaped and all(isinstance(i, Symbol) for i in of.indices):
            of = of.of  # \partial (AX)_{ij} / \partial X_{kl}
        if isinstance(of, Operation) and of.name == "vec" and shaped:
            return Found("vec", of.operands[0], (wrt,), 1, at)
        return Found("derivative", of, (wrt,), len(wrt), at)

    # Names with marks

    def letter(self, s: Statement, g: Grammar) -> Found | None:
        r"""Read `f'(x)`, `f_{xy}`, `\dot{x}`, `D_x[..]`, `Df(x)`, `J`, `H(f)`."""
        token, following = s.first, g.tokens[s.start + 1]
        symbol = self.marked_name(g)
        if symbol is not None and symbol in self.known:
            order = self.order_in_brackets(g)
            if order:
                return Found("derivative", symbol, order=order, at=self.rest(s, g, symbol))
            g.i = s.start
            return None
        if token.text == "Delta" and token.kind == "sym" and following.kind in ("sym", "bold", "accent"):
            g.i = s.start + 1
            if self.known_name(g) is not None:
                raise g.unsupported("the Laplacian", token)
            g.i = s.start
        if token.text == "D" and token.kind == "sym" and following.kind == "_" and s.stop > s.start + 3:
            g.i = s.start
            written: Found = s.read(self.operator(g), g)
            return written
        if token.text == "D" and token.kind == "sym" and following.kind in ("sym", "accent", "bold"):
            g.i = s.start + 1
            named = self.known_name(g)
            if named is not None:
                g.i = s.start + 1
                of, at = s.read(self.target(g), g)
                return (
                    self.by_all("jacobian", of, at, (), g) if named.shape else Found("derivative", of, order=1, at=at)
                )
        if token.text in ("J", "H") and (s.stop == s.start + 1 or following.kind in ("_", "open")):
            found = self.matrix_of(s, g)
            if found is not None:
                return found
        found = None if symbol is None else self.marked(s, g, symbol)
        if found is None:
            g.i = s.start
        return found

    def marked_name(self, g: Grammar) -> Symbol:
        """Read a name as it is written, whatever its subscript may select."""
        letter, accents, subscript, mark, _ = g.raw_name().key
        return self.known_as(Symbol(letter, accents, subscript, mark))

    def known_as(self, name: Symbol) -> Symbol:
        """Return the known name that is written so, whatever its shape, or the name itself."""
        return next((k for k in self.known if replace_symbol(k, shape=SCALAR) is name), name)

    def matrix_of(self, s: Statement, g: Grammar) -> Found | None:
        """Read `J`, `J_f`, `J(f)`, `H(f)`."""
        kind = "jacobian" if s.first.text == "J" else "hessian"
        inner = [t.text for t in g.tokens[s.start + 1 : s.stop] if t.kind in ("sym", "bold")]
        named = [k for k in self.known if [k.name] == inner[:1]]
        if s.stop == s.start + 1 or (named and len(inner) == 1):
            g.i = s.stop
            of = named[0] if named else None
            return Found(kind, of, tuple((a,) for a in self.known.get(of, ())) if of is not None else ())
        return None

    def marked(self, s: Statement, g: Grammar, symbol: Symbol) -> Found | None:
        """Read a known name whose primes, dots or subscript ask for a derivative."""
        order = len(symbol.mark)
        wrt: tuple[Symbol, ...] = ()
        name = self.known_as(replace_symbol(symbol, mark="", shape=SCALAR))
        if order and symbol.mark.strip("'"):
            return None
        if symbol.accents[-1:] in (("dot",), ("ddot",), ("dddot",)) and not order:
            order = symbol.accents[-1].count("d")
            name = self.known_as(replace_symbol(symbol, accents=symbol.accents[:-1]))
        elif not order and symbol.subscript:
            name = self.known_as(replace_symbol(symbol, subscript=""))
            wrt = self.letters(symbol.subscript, self.known.get(name, ()))
            order = len(wrt)
        if name not in self.known or not order:
            return None
        if g.i != s.stop and g.tokens[g.i].kind != "open":
            return None
        self.log.spellings.pop(symbol, None)
        return Found("derivative", name, (wrt,) if wrt else (), order, self.rest(s, g, name))

    def rest(self, s: Statement, g: Grammar, name: Symbol) -> Point:
        """Read the arguments or the point behind a name, up to the end of the statement."""
        if g.i == s.stop:
            return ()
        at: Point = s.read(self.place(g, name), g)
        return at

    def order_in_brackets(self, g: Grammar) -> int:
        """Step over the order in `f^{(4)}` and return it, or 0."""
        brace = g.i + 1
        if g.tokens[g.i].kind != "^" or g.tokens[brace].kind != "{" or g.pairs[brace] != brace + 4:
            return 0
        digit = g.tokens[brace + 2]
        if g.tokens[brace + 1].kind != "open" or digit.kind != "num":
            return 0
        g.i = g.pairs[brace] + 1
        return g.number_of(digit)

    def letters(self, subscript: str, arguments: tuple[Symbol, ...]) -> tuple[Symbol, ...]:
        r"""Return the arguments that a subscript such as `xxy` or `\theta` lists, or ()."""
        by_latex = {self.log.spellings.get(a, a.name): a for a in arguments}
        found: list[Symbol] = []
        rest = subscript
        while rest:
            key = max((k for k in by_latex if rest.startswith(k)), key=len, default="")
            if not key:
                return ()
            found.append(by_latex[key])
            rest = rest[len(key) :].lstrip(" ,")
        return tuple(found)

    def primed(self, s: Statement, g: Grammar) -> Found | None:
        """Read a formula in brackets with primes behind it."""
        end = g.pairs[s.start]
        behind = g.tokens[end + 1 : s.stop]
        if not behind or any(t.kind != "'" for t in behind):
            return None
        e = s.part(s.start + 1, end).read(g_formula(g, s.start + 1), g)
        g.i = s.stop
        return Found("derivative", e, order=len(behind))


def g_formula(g: Grammar, start: int) -> Parse:
    """Return the rule for the formula that starts at an index."""
    g.i = start
    return g.formula()


def _is_value(e: Expr, names: tuple[Symbol, ...]) -> bool:
    """Tell whether something is the value of a variable rather than a variable that is held: 2, x_0, x^*."""
    bare = {(n.name, n.accents) for n in names}
    return all((v.name, v.accents) in bare and v not in names for v in variables(e))
