r"""Operators in front of what they differentiate: `\nabla f`, `\partial_x^2 u`, `D_x[..]`, `\operatorname{Hess} f`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from derive.derivation import Notation
from derive.expr.nodes import Expr, Name, Symbol
from derive.reader.commands import ASKED
from derive.reader.cursor import Log, Parse
from derive.reader.grammar import Grammar
from derive.reader.shaping import Shaping

Point = tuple[tuple[Symbol, Expr], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a statement asks: `kind` is "" for a mere formula. `order` counts where no variable is stated."""

    kind: str
    of: Expr | None
    wrt: tuple[tuple[Name, ...], ...] = ()
    order: int = 0
    at: Point = ()


class Operators:
    """Reads operators, once the names that the text defines are known."""

    def __init__(
        self, notation: Notation, log: Log, known: Mapping[Symbol, tuple[Symbol, ...]], shaping: Shaping
    ) -> None:
        self.notation, self.log, self.known, self.shaping = notation, log, known, shaping

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
        first = g.i
        of, at = yield from self.target(g)
        if not isinstance(of, Symbol) and g.tokens[first].kind != "open":
            self.refuse_factors(g, first)
        return self.by_all(kind, of, at, names, g)

    def refuse_factors(self, g: Grammar, first: int) -> None:
        r"""Refuse `\nabla f \cdot \mathbf{u}`: who writes it means (\nabla f) \cdot \mathbf{u}.

        Raises:
            ReadError: Behind nabla stands a product whose first factor has a name, or that has a sign.
        """
        named = any(s.name == g.tokens[first].text for s in self.known)
        i = first
        while i < g.i and not (g.tokens[i].kind in ("dot", "infix", "*") or (named and i > first)):
            i = g.pairs[i] + 1 if g.tokens[i].kind in ("open", "{", "begin") else i + 1
        if i < g.i:
            raise g.error("how far does nabla reach?", g.tokens[first - 1], "put what it is applied to in brackets")

    def named_task(self, g: Grammar) -> Parse:
        r"""Read `\operatorname{Hess} f`, `\operatorname{Jac}(\mathbf{f})`."""
        kind = ASKED[g.tokens[g.i].text]
        g.i += 1
        names = self.names(g) if g.tokens[g.i].kind == "_" else ()
        of, at = yield from self.target(g)
        return self.by_all(kind, of, at, names, g)

    def by_all(self, kind: str, of: Expr, at: Point, names: tuple[Symbol, ...], g: Grammar) -> Found:
        """Return a task by the variables that are named, or else by all arguments."""
        arguments = self.known.get(of, ()) if isinstance(of, Symbol) else ()
        chosen = tuple(a for n in names for a in ([n] if n in arguments or not arguments else _family(n, arguments, g)))
        return Found(kind, of, tuple((s,) for s in chosen or arguments), at=at)

    def operator(self, g: Grammar) -> Parse:
        r"""Read `\partial_x(..)`, `\partial_x^2 u`, `\partial_x\partial_y u` and `D_x[..]`."""
        groups: list[tuple[Symbol, ...]] = []
        while not groups or g.tokens[g.i].kind == "partial":
            groups.append(self.one_operator(g))
        wrt = tuple(symbol for group in reversed(groups) for symbol in group)
        of, at = yield from self.target(g)
        return Found("derivative", of, (wrt,), len(wrt), at)

    def one_operator(self, g: Grammar) -> tuple[Symbol, ...]:
        r"""Step over a `\partial_x^2` and return what it differentiates by."""
        sign = g.tokens[g.i]
        g.i += 1
        order = g.order()
        if g.tokens[g.i].kind != "_":
            raise g.unsupported("a differential by itself", sign)
        start = g.tokens[g.i + 1]
        names = self.names(g)
        if any(name.shape or name.accents[-1:] == ("hat",) for name in names) and start.text == "{":
            raise g.unsupported("the derivative in a direction", start)
        order = g.order() if order == 1 else order
        if len(names) > 1 and order not in (1, len(names)):
            raise g.error(f"the order {order} beside {len(names)} variables", start)
        return names * order if len(names) == 1 else names

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
