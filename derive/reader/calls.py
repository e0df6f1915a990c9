r"""Calls: functions of the table (`\sin x`, `max(0, x)`), and letters that are functions (`f(x)`, `\sigma(x)`)."""

from __future__ import annotations

from derive.derivation import ENTRYWISE
from derive.errors import ShapeError
from derive.expr.functions import FUNCTIONS, INVERSES
from derive.expr.nodes import Apply, Call, Constant, Decimal, Entry, Expr, Integer, Power, Quotient, Sum, Symbol
from derive.expr.shapes import SCALAR, fit_shapes, show_shape
from derive.expr.spelling import ALPHABETS, ASKING, FUNCTION_LETTERS, LETTERS, spell
from derive.expr.walks import substitute
from derive.reader.cursor import Parse
from derive.reader.dotted import Dotted
from derive.reader.names import Name
from derive.reader.tokens import Token
from derive.reader.words import Words

STYLES = ("(", "[", r"\{")
"""The brackets that arguments stand in."""

FILLED = ("0", "1", "I")
"""Bold signs that are known but for their size."""

STANDARD = frozenset(row.latex for row in FUNCTIONS.values()) | {r"\log", r"\lg"}
"""The commands for functions that every renderer knows."""


class Calls(Words, Dotted):
    """The rules for calls."""

    def call(self, token: Token) -> Parse:
        r"""Read a call of a function of the table, from its name on: `\sin^2 x`, `\sin^{-1}(x)`, `\log_2 8x`."""
        self.i += 1
        name, power, base = token.text, None, None
        typed = self.show(token)
        if name == "ln" and typed.endswith("log") and self.notation.log_base == "10":
            name = "log10"
        while self.tokens[self.i].kind in ("^", "_"):
            sign = self.tokens[self.i]
            if sign.kind == "_":
                if base is not None or not typed.rstrip("} ").endswith("log"):
                    raise self.error(f"a subscript of {typed}", sign)
                self.i += 1
                base = self.tokens[self.i]
                bare_ten = self.ten()
                base_value = yield from self.argument("the base of the logarithm")
                name, typed = ("log10", r"\log_{10}") if bare_ten else ("log", typed)
            elif power is not None:
                raise self.error("a second superscript", sign)
            elif self.minus_one():
                name, typed = self.inverse(name, typed, sign), typed + "^{-1}"
                power = None
                self.i = self.group_end(self.i + 1)
            else:
                self.refuse_brackets(sign)
                self.i += 1
                power = yield from self.argument(f"the argument of {typed}")
        e = yield from self.arguments(name, token)
        if name == "log":
            e = Call("log", (e.arguments[0], base_value), e.style)
        self.spelled(name, typed, token)
        e = self.located(e, token)
        return e if power is None else Power(e, power, "name")

    def ten(self) -> bool:
        """Tell whether the base at hand is a plain 10."""
        if self.tokens[self.i].kind == "{" and self.pairs[self.i] == self.i + 2:
            return self.tokens[self.i + 1].text == "10"
        return False

    def minus_one(self) -> bool:
        """Tell whether the superscript at hand is exactly {-1}."""
        if self.tokens[self.i + 1].kind != "{" or self.pairs[self.i + 1] != self.i + 4:
            return False
        return self.tokens[self.i + 2].text == "-" and self.tokens[self.i + 3].text == "1"

    def inverse(self, name: str, typed: str, sign: Token) -> str:
        """Return the inverse function that a superscript -1 means."""
        if name not in INVERSES:
            raise self.error(f"{typed}^{{-1}} could be an inverse or a power", sign, f"write 1/{typed}(x)")
        self.note("inverse", sign)
        return INVERSES[name]

    def refuse_brackets(self, sign: Token) -> None:
        r"""Refuse the order of a derivative as a superscript: `\sin^{(4)}(x)`."""
        if self.tokens[self.i + 1].kind == "{" and self.bracketed_atom(self.i + 1):
            raise self.unsupported("a superscript in brackets", sign, "a power is written without brackets")

    def spelled(self, name: str, typed: str, token: Token) -> None:
        """Note the author's spelling of a function, where a renderer knows it."""
        if self.log is None or name in self.log.spellings or name == "log":
            return
        row, word = FUNCTIONS[name], self.show(token)
        typed = typed if word[0] == "\\" else "\\" + typed
        word = word if word[0] == "\\" else "\\" + word
        if row.delimiter or not word.isascii():
            return
        if word not in STANDARD:
            bare = word.rstrip("} ").replace("\\", " ").replace("{", " ").split()[-1]
            word = f"\\{bare}" if f"\\{bare}" in STANDARD else rf"\operatorname{{{bare}}}"
        self.log.spellings[name] = word + typed.removeprefix("\\" + self.show(token).removeprefix("\\"))
        if name in ("ln", "log10") and word == r"\log" and typed == word:
            self.note("log-base", token)

    def arguments(self, name: str, token: Token) -> Parse:
        """Read the arguments of a function, in brackets or bare, and return the call."""
        row, opener = FUNCTIONS[name], self.tokens[self.i]
        if opener.kind == "open" and opener.text in STYLES:
            values = yield from self.bracketed()
            style = opener.text
            if row.delimiter and self.source[token.start] != "\\":
                style = row.delimiter
        elif opener.kind in ("bar", "{") or self.starts_factor(opener):
            values, style = ((yield self.bare_argument()),), ""
        else:
            raise self.unexpected(f"the argument of {self.show(token)}")
        count = 1 if name == "log" else row.arity
        if len(values) < count or (len(values) > count and not row.variadic) or (row.delimiter and style == ""):
            many = "at least " if row.variadic else ""
            message = f"{self.show(token)} takes {many}{count} argument{'s' * (count > 1)} in brackets"
            raise self.error(f"{message}; there {'is' if len(values) == 1 else 'are'} {len(values)}", token)
        if len(values) == 1:
            self.note_entries(values[0], token)
        return Call(name, tuple(values), style) if name != "log" else Call("log", (values[0], Integer(0)), style)

    def bracketed(self) -> Parse:
        """Read a list of formulas in the brackets at hand; return them as a tuple, of one vector where dots stand."""
        end = self.pairs[self.i]
        self.i += 1
        bars, self.bars = self.bars, ""
        opener = self.tokens[self.i - 1]
        values: list[Expr | None] = [(yield from self.inside(end, self.formula))]
        if self.tokens[self.i].kind == ",":
            self.i += 1
            values += yield from self.listed()
        self.bars = bars
        self.close(end)
        return (self.tuple_of(values, opener),) if None in values else tuple(values)

    def bare_argument(self) -> Parse:
        r"""Read an argument without brackets.

        Its first factor may be anything. Letters that follow belong to it; so do fractions, roots and powers of e
        while it is only a number so far (`\sin 2\sqrt x`). After a bracket, a function or a group it is complete.
        """
        token = self.tokens[self.i]
        self.look_at(token)
        first = yield from self.factor()
        if token.kind not in ("num", "sym", "const", "frac", "accent", "bold") or isinstance(first, Apply | Call):
            if token.kind == "{":
                self.refuse_sum(first, token)
            return first
        factors: list[Expr] = [first]
        while True:
            following = self.tokens[self.i]
            numeric = all(_numeric(f) for f in factors)
            power_of_e = following.text == "e" and self.tokens[self.i + 1].kind == "^"
            if following.kind in ("sym", "const", "accent", "bold") and not power_of_e:
                if following.kind != "const" and self.is_call():
                    break
                if not numeric and self.shape_follows(factors):
                    break
            elif following.kind == "open" and all(_numeric(f) or isinstance(f, Constant) for f in factors):
                factors.append((yield from self.factor()))
                break
            elif not (numeric and (power_of_e or following.kind in ("frac", "sqrt"))):
                if following.kind == "open" and not isinstance(first, Entry):
                    self.ask_reach(token, following)
                break
            self.look_at(following)
            factors.append((yield from self.factor()))
        return self.product(factors, [""] * (len(factors) - 1), token)

    def ask_reach(self, token: Token, opener: Token) -> None:
        r"""Note where an argument ends before a bracket, and ask where it may not: `\cos\omega(t - t_0)`.

        Raises:
            ReadError: The bracket stands directly behind the letters, and has none of them in it: it may be a factor of
                the argument.
        """
        inside = {t.text for t in self.tokens[self.i : self.pairs[self.i]] if t.kind in ("sym", "const")}
        start = self.i - 1
        while self.tokens[start] is not token:
            start -= 1
        letters = {t.text for t in self.tokens[start : self.i] if t.kind in ("sym", "const")}
        if self.log is not None and inside and not inside & letters and self.tokens[self.i - 1].stop == opener.start:
            typed = self.source[token.start : opener.start]
            hint = "put all of the argument in brackets, or the other factor first"
            raise self.error(f"does the argument end behind {typed}?", token, hint)
        self.note("argument", token, opener.start)

    def shape_follows(self, factors: list[Expr]) -> bool:
        r"""Tell whether a vector or matrix stands at hand, behind letters that are numbers: `\sin t \mathbf{v}`."""
        before = self.i
        shaped = not any(f.shape for f in factors) and bool(self.name_or_entry().shape)
        self.i = before
        return shaped

    def refuse_sum(self, e: Expr, brace: Token) -> None:
        """Refuse braces, which do not show, around a sum."""
        if isinstance(e, Sum) and len(e.terms) > 1 and self.tokens[self.i - 2].kind != "close":
            raise self.error("braces do not show in print", brace, "put the argument in round brackets")

    # Letters

    def named(self, token: Token) -> Parse:
        """Read a letter with its scripts, and its arguments where it is a function."""
        psi = token.text == "psi" and (yield from self.polygamma(token))
        if psi:
            return psi
        name = self.raw_name()
        letter, accents, subscript, mark, bold = name.key
        opener = self.tokens[self.i]
        if self.notation.named:
            function = self.notation.named.get((letter, accents, subscript))
            if function is not None:
                return (yield from self.apply(function, mark, token))
            whole = self.notation.named.get((letter, accents, "")) if subscript and opener.kind == "open" else None
            if whole is not None and whole.shape:
                return (yield from self.component(whole, name))
        if bold and letter in FILLED and not (accents or mark):
            return (yield from self.filled(name))
        e = self.unit(name) or self.entry(name)
        if e is not None:
            return e
        if letter == "I" and self.is_identity(name):
            return (yield from self.filled(name))
        symbol = self.symbol(name)
        if opener.kind == "^" and self.tokens[self.group_end(self.i + 1)].kind == "open":
            self.ask(symbol, token, self.group_end(self.i + 1), powered=True)
            return symbol
        if opener.kind != "open" or opener.text not in STYLES:
            self.ask_operator(symbol, token, opener)
            return symbol
        if not (accents or subscript or mark or bold):
            row = self.function_letter(token)
            if row:
                self.spelled(row, self.show(token), token)
                self.note("function", token)
                return self.located((yield from self.arguments(row, token)), token)
        if symbol in self.called:
            values = yield from self.bracketed()
            return symbol if tuple(values) == self.called[symbol] else self.put_in(symbol, values, token)
        self.ask(symbol, token, self.i)
        return symbol

    def put_in(self, symbol: Symbol, values: tuple[Expr, ...], token: Token) -> Expr:
        """Return the value of a defined function at other arguments than in its definition."""
        arguments = self.called[symbol]
        value = self.log.values.get(symbol) if self.log is not None else None
        if value is None:
            raise self.unsupported(f"{self.show(token)} at other arguments than in its definition", token)
        if len(values) != len(arguments):
            raise self.error(f"{len(values)} arguments; the definition has {len(arguments)}", token)
        for argument, v in zip(arguments, values, strict=True):
            if not fit_shapes(argument.shape, v.shape):
                message = f"{self.show(token)} takes {show_shape(argument.shape)}, not {show_shape(v.shape)}"
                raise ShapeError(message, self.span(token), "declare the argument in its definition", self.source)
        return substitute(value, dict(zip(arguments, values, strict=True)))

    def component(self, function: Symbol, name: Name) -> Parse:
        r"""Read a component of a function with vector values: `f_i(\mathbf{x})`."""
        indices = self.indices(name.inner, 1)
        if indices is None:
            raise self.error(f"{self.show(name.token)} with this subscript is not declared", name.token)
        whole = yield from self.apply(function, "", name.token)
        return self.located(Entry(whole, indices), name.token)

    def ask(self, symbol: Symbol, token: Token, opener: int, powered: bool = False) -> None:
        """Refuse a letter before a bracket that may be a function or a factor; note it where it is a factor."""
        if symbol in self.notation.declared or symbol.kind != "variable" or (powered and symbol.shape):
            return
        end = self.pairs[opener]
        listed = self.is_list(opener, end) and self.log is not None and not symbol.shape  # B(x, y)
        typed = self.source[token.start : self.tokens[self.i - 1].stop]
        word = len(symbol.name) > 1 and symbol.name not in LETTERS and not symbol.name.startswith(ALPHABETS)
        if word and self.source.startswith(r"\mathit", token.start) and self.log is not None:
            word = False
        letter = not powered or symbol.name != "sigma"
        special = symbol.name in FUNCTION_LETTERS and powered and letter and not symbol.subscript
        entry = self.tokens[end + 1].kind == "_"  # t(\mathbf{v})_i
        alone = (
            end == opener + 2
            and not entry
            and self.tokens[opener + 1].kind == "sym"
            and not powered
            and not symbol.shape
        )
        if listed or alone or word or special or (symbol.name in ASKING and self.varies(opener, end)):
            hint = rf"declare it: --let '{typed}: \mathbb{{R}} \to \mathbb{{R}}' or --let '{typed} \in \mathbb{{R}}'"
            raise self.error(f"is {typed} a function or a factor?", token, hint)
        if not powered and not symbol.shape and (end - opener <= 4 or self.varies(opener, end)):
            self.note("product", token, self.tokens[opener].start)

    def ask_operator(self, symbol: Symbol, token: Token, behind: Token) -> None:
        r"""Refuse an unknown `\operatorname{..}` that something follows: it may be applied to that."""
        applied = behind.kind in ("sym", "bold", "accent", "{", "num", "frac")
        operator = self.source.startswith(r"\operatorname", token.start) or (
            symbol.name == "D" and symbol.subscript
        )  # D_x u
        if applied and operator and symbol not in self.notation.declared and self.log is not None:
            typed = self.show(token)
            raise self.error(
                f"is {typed} a function or a factor?", token, rf"declare it: --let '{typed} \in \mathbb{{R}}'"
            )

    def varies(self, opener: int, end: int) -> bool:
        """Tell whether letters stand between brackets."""
        return any(t.kind in ("sym", "accent", "const", "bold") for t in self.tokens[opener + 1 : end])

    def is_list(self, opener: int, end: int) -> bool:
        """Tell whether brackets hold a list, and refuse an empty argument in it; inner brackets have their turn."""
        listed, i = False, opener + 1
        while i < end:
            listed |= self.tokens[i].kind == ","
            if self.tokens[i].kind == self.tokens[i + 1].kind == ",":
                raise self.error("an empty argument", self.tokens[i + 1])
            i = self.pairs.get(i, i) + 1
        return listed

    def apply(self, function: Symbol, mark: str, token: Token) -> Parse:
        """Read the order of differentiation and the arguments of a declared function."""
        order = len(mark)
        if self.tokens[self.i].kind == "^":
            brace = self.i + 1
            digit = self.tokens[brace + 2]
            if self.tokens[brace].kind != "{" or not self.bracketed_atom(brace) or digit.kind != "num" or order:
                raise self.error(f"a power of {self.show(token)}", token, "write the power behind the arguments")
            order = self.number_of(digit)
            self.i = self.pairs[brace] + 1
        if mark.strip("'") or self.tokens[self.i].kind != "open":
            raise self.error(f"{self.show(token)} is a function; it lacks its argument", token)
        values = yield from self.bracketed()
        domains = self.notation.domains.get(function, (SCALAR,))
        entries = len(domains) == 1 and len(domains[0]) == 1 and len(values) > 1
        if entries and domains[0][0].constant == len(values):  # h(x, y) with h on R^2
            domains = (SCALAR,) * len(values)
        if self.notation.sets.get(function) == ENTRYWISE and not values[0].shape:  # f_i(x_i)
            domains = (SCALAR,)
        if len(values) != len(domains) or not all(fit_shapes(v.shape, d) for v, d in zip(values, domains, strict=True)):
            wanted = " and ".join(map(show_shape, domains))
            given = " and ".join(show_shape(v.shape) for v in values)
            raise ShapeError(f"{self.show(token)} takes {wanted}, not {given}", self.span(token), "", self.source)
        if self.log is not None:
            self.log.spellings.setdefault(function, spell(function, self.show(token)))
        return self.located(Apply(function, tuple(values), order), token)

    def polygamma(self, token: Token) -> Parse:
        r"""Read `\psi^{(n)}(x)`, or return None."""
        brace = self.i + 2
        if self.tokens[self.i + 1].kind != "^" or self.tokens[brace].kind != "{" or not self.function_letter(token):
            return None
        end = self.pairs[brace]
        inside = self.tokens[brace + 1].kind == "open" and self.pairs[brace + 1] == end - 1
        if not inside or self.tokens[end + 1].kind != "open":
            return None
        self.i = brace + 1
        order = yield from self.bracketed()
        self.i = end + 1
        opener = self.tokens[self.i]
        values = yield from self.bracketed()
        return self.located(Call("polygamma", (order[0], values[0]), opener.text), token)


def _numeric(e: Expr) -> bool:
    if isinstance(e, Quotient):
        return isinstance(e.numerator, Integer | Decimal) and isinstance(e.denominator, Integer | Decimal)
    return isinstance(e, Integer | Decimal)
