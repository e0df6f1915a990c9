r"""What a text asks for: `\frac{dy}{dx}`, `f'(x)`, `f_{xy}`, `\nabla f`, `\partial_x(..)`, `\left. y \right|_{x=2}`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from derive.derivation import Notation
from derive.expr.nodes import At, Derivative, Entry, Expr, Logic, Matrix, Operation, Relation, Symbol
from derive.expr.shapes import SCALAR
from derive.expr.walks import depends, postorder
from derive.reader.cursor import Log, Parse
from derive.reader.grammar import Grammar
from derive.reader.optima import is_optimum, optimum
from derive.reader.shaping import Shaping
from derive.reader.statements import Statement

Point = tuple[tuple[Symbol, Expr], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a statement asks: `kind` is "" for a mere formula. `order` counts where no variable is stated."""

    kind: str
    of: Expr | None
    wrt: tuple[tuple[Symbol, ...], ...] = ()
    order: int = 0
    at: Point = ()


class Tasks:
    """Reads statements that are no equations, once the names that the text defines are known."""

    def __init__(
        self, notation: Notation, log: Log, known: Mapping[Symbol, tuple[Symbol, ...]], shaping: Shaping
    ) -> None:
        self.notation, self.log, self.known, self.shaping = notation, log, known, shaping

    def read(self, s: Statement) -> Found:
        """Return what a statement asks, or the formula that it is.

        Raises:
            UnsupportedError: It holds a derivative that is not all of it.
        """
        grammar = s.grammar(self.notation, self.log, {k: v for k, v in self.known.items() if v}, self.shaping)
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
            case "partial" if grammar.tokens[s.start + 1].kind == "_":
                found = s.read(self.operator(grammar), grammar)
            case "sym" | "bold" | "accent":
                found = self.letter(s, grammar)
            case "open":
                found = self.primed(s, grammar)
        if found is not None:
            return found
        grammar.i = s.start
        return self.formula(s, grammar)

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

    def of_derivative(self, of: Expr, wrt: tuple[Symbol, ...], at: Point) -> Found:
        r"""Return what a derivative asks; twice by a vector or matrix, or by its entries, it is the Hessian."""
        shaped = [v for v in wrt if v.shape]
        if len(shaped) == 2 and len(wrt) == 2 and shaped[0] is shaped[1] and not of.shape:
            return Found("hessian", of, ((wrt[0],),), at=at)
        if isinstance(of, Entry) and shaped and all(isinstance(i, Symbol) for i in of.indices):
            of = of.of  # \partial (AX)_{ij} / \partial X_{kl}
        if isinstance(of, Operation) and of.name == "vec" and shaped:
            return Found("vec", of.operands[0], (wrt,), 1, at)
        return Found("derivative", of, (wrt,), len(wrt), at)

    # Operators in front

    def nabla(self, g: Grammar) -> Parse:
        r"""Read `\nabla f`, `\nabla_{w} f`, `\nabla^2 f`, `\nabla\nabla^T f`."""
        kind = "gradient"
        names: tuple[Symbol, ...] = ()
        start = g.tokens[g.i]
        g.i += 1
        while g.tokens[g.i].kind in ("_", "^", "nabla"):
            sign = g.tokens[g.i]
            if sign.kind == "_":
                names = self.names(g)
            elif sign.kind == "nabla":
                kind = "hessian"
                g.i += 1
            else:
                kind = "hessian"
                exponent = "".join(t.text or "T" for t in g.tokens[g.i + 1 : g.group_end(g.i + 1)]).strip("{}")
                if exponent not in ("2", "T"):
                    raise g.unsupported("this power of nabla", sign)
                g.i = g.group_end(g.i + 1)
        if g.tokens[g.i].kind in ("dot", "*"):
            raise g.unsupported("the divergence", start)
        of, at = yield from self.target(g)
        arguments = self.known.get(of, ())
        chosen = tuple(a for n in names for a in ([n] if n in arguments or not arguments else _family(n, arguments, g)))
        return Found(kind, of, tuple((s,) for s in chosen or arguments), at=at)

    def operator(self, g: Grammar) -> Parse:
        r"""Read `\partial_x(..)` and `D_x[..]`."""
        g.i += 1
        start = g.tokens[g.i + 1]
        names = self.names(g)
        if any(name.shape or name.accents[-1:] == ("hat",) for name in names) and start.text == "{":
            raise g.unsupported("the derivative in a direction", start)
        of, at = yield from self.target(g)
        return Found("derivative", of, (names,), len(names), at)

    def names(self, g: Grammar) -> tuple[Symbol, ...]:
        """Read the variables in a subscript."""
        start = g.i + 1
        if g.tokens[start].kind != "{":
            g.i = start
            token = g.tokens[start]
            if token.kind not in ("sym", "const", "bold"):
                raise g.unexpected("a variable")
            g.i += 1
            return (g.plain(token),)
        end, found = g.pairs[start], []
        g.i = start + 1
        if g.tokens[g.i].kind == "open" and g.pairs[g.i] == end - 1:  # \nabla_{(x, y)}
            g.i, end = g.i + 1, end - 1
        while g.i < end:
            found.append(g.name())
            if g.tokens[g.i].kind == ",":
                g.i += 1
        g.i = g.pairs[start] + 1
        return tuple(found)

    def target(self, g: Grammar) -> Parse:
        """Read what an operator is applied to: a known name, perhaps at a point, or a formula."""
        named = self.known_name(g)
        if named is not None and g.tokens[g.i].kind == "end":
            return named, ()
        if named is not None and g.tokens[g.i].kind == "open":
            return named, (yield from self.place(g, named))
        if named is not None:
            raise g.unexpected("an operator")
        start = g.tokens[g.i]
        of = yield g.term()
        if isinstance(of, Symbol) and of not in self.known and of not in self.notation.declared:
            raise g.error(f"{g.show(start)}: what is differentiated is not defined", start)
        if g.tokens[g.i].kind == "sign":
            raise g.error("how far does the operator reach?", hint="put brackets around all that it is applied to")
        return of, ()

    def known_name(self, g: Grammar) -> Symbol | None:
        """Step over the name at hand if it is known."""
        start = g.i
        if g.tokens[g.i].kind in ("sym", "accent", "bold", "const"):
            symbol = g.name()
            if symbol in self.known and g.tokens[g.i].kind in ("end", "open"):
                behind = g.tokens[g.i]
                if behind.kind == "end" or g.tokens[g.pairs[g.i] + 1].kind == "end":
                    return symbol
        g.i = start
        return None

    def place(self, g: Grammar, name: Symbol) -> Parse:
        """Read the arguments of a name: its own, or the values of a point."""
        token = g.tokens[g.i]
        if token.kind != "open":
            raise g.unexpected("the arguments in brackets")
        arguments = self.known[name]
        if not arguments and any(t.kind in ("sym", "bold") for t in g.tokens[g.i : g.pairs[g.i]]):
            g.i = g.pairs[g.i] + 1  # what a name stands for is known without what it is a function of
            return ()
        values = yield from g.bracketed()
        if values == arguments or (not arguments and all(isinstance(v, Symbol) for v in values)):
            return ()
        if len(values) != len(arguments):
            raise g.error(f"{len(values)} values for {len(arguments)} arguments", token)
        return tuple((a, v) for a, v in zip(arguments, values, strict=True) if a is not v)

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
        if token.text == "D" and token.kind == "sym" and following.kind in ("sym", "accent"):
            g.i = s.start + 1
            if self.known_name(g) is not None:
                g.i = s.start + 1
                of, at = s.read(self.target(g), g)
                return Found("derivative", of, order=1, at=at)
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
        return int(digit.text)

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
        e = s.part(s.start + 1, end).read(g_formula(g, s.start + 1, end), g)
        g.i = s.stop
        return Found("derivative", e, order=len(behind))


def g_formula(g: Grammar, start: int, stop: int) -> Parse:
    """Return the rule for the formula that starts at an index."""
    g.i = start
    return g.formula()


def replace_symbol(symbol: Symbol, **changes: Any) -> Symbol:
    """Return a symbol with other accents, subscript, mark or shape."""
    fields: dict[str, Any] = {n: getattr(symbol, n) for n in Symbol.__match_args__}
    return Symbol(**(fields | changes))


def _family(name: Symbol, arguments: tuple[Symbol, ...], g: Grammar) -> list[Symbol]:
    """Return the arguments that a name without subscript stands for: w for w_1, w_2."""
    found = [a for a in arguments if a.subscript and replace_symbol(a, subscript="") is name]
    if not found:
        raise g.error(f"{name.name} is no argument")
    return found
