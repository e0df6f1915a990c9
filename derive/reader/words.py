r"""Letters that stand together: a product such as `abc`, or a word or a command that lacks its backslash."""

from __future__ import annotations

from derive.expr.nodes import Expr, Product, Symbol
from derive.expr.spelling import GREEK, spell
from derive.reader.commands import COMMANDS, OPERATORS
from derive.reader.rules import Rules
from derive.reader.tokens import Token

LETTERS = frozenset(("sym", "const"))
"""The kinds of token that a letter is."""

STANDING = LETTERS | {"accent", "bold"}
"""The kinds of token that a name begins with."""

BARE = frozenset(name[1:] for name in COMMANDS if name[1:].isalpha() and (len(name) > 3 or name == r"\pi"))
"""The commands without their backslash; of two letters, only one that is hardly a product."""

ENGLISH = frozenset(
    "and compute consider derivative determine differentiate evaluate find for function given gradient hessian jacobian"
    " let prove respect show simplify solve such suppose that the then where with".split()
)
"""Words that stand around formulas."""

LONG = 4
"""From how many letters on a product of letters may well have been meant as a word."""


class Words(Rules):
    """The rules for letters that stand together."""

    def look_at(self, token: Token) -> None:
        """Look at the letters that a factor begins with."""
        if token.kind == "sym" and len(token.text) > 1 and self.log is not None:
            self.check_word(token)
        if token.kind in LETTERS and self.log is not None and self.tokens[self.i + 1].kind in STANDING:
            self.check_letters(token)

    def check_word(self, token: Token) -> None:
        r"""Refuse prose, `\text{ plus }`, a differential in one word, `\mathrm{dx}`, an operator, `\mathrm{Var} X`.

        Raises:
            ReadError: It is such a word.
        """
        typed = self.source[token.start : token.stop]
        inner = typed.partition("{")[2].rpartition("}")[0]
        if inner and inner != inner.strip() and typed.startswith((r"\text", r"\mbox")):
            raise self.error(f"words in a formula: {inner.strip()}", token, "write a sign, or leave them out")
        differential = len(token.text) == 2 and token.text[0] == "d" and r"\mathit" not in typed
        if differential and not self.is_declared(token.text) and token.text not in GREEK:
            raise self.error(f"is {token.text} a differential?", token, rf"write \mathrm{{d}}{token.text[1]}")
        if token.text in OPERATORS and self.tokens[self.i + 1].kind in STANDING and not self.is_declared(token.text):
            raise self.unsupported(OPERATORS[token.text][1] or typed, token)

    def check_letters(self, start: Token) -> None:
        """Refuse letters that spell a command or an English word, and a difference; note other words.

        Raises:
            ReadError: They do.
        """
        i, tokens = self.i, self.tokens
        following = tokens[i + 1]
        if start.kind == "sym" and start.text == "Delta" and not self.is_declared("Delta"):
            typed = self.source[start.start : following.stop]
            hint = r"for a number: --let '\Delta \in \mathbb{R}'; for a name of its own: \mathit{dx}"
            raise self.error(f"is {typed} a difference?", start, hint)
        if i and self.is_letter(tokens[i - 1]) and tokens[i - 1].stop == start.start:
            return
        if start.text == "d" and following.start == start.stop and not self.is_declared("d"):
            self.note("differential", start, following.stop)
        stop = i
        while self.is_letter(tokens[stop]) and (stop == i or tokens[stop - 1].stop == tokens[stop].start):
            stop += 1
        run = tokens[i:stop]
        if len(run) < 2 or all(self.is_declared(t.text) for t in run):
            return
        word = self.source[start.start : run[-1].stop]
        if word in BARE:
            raise self.error(f"{word} lacks its backslash", start, rf"write \{word}, or letters with blanks between")
        if word.lower() in ENGLISH:
            raise self.error(f"a word in a formula: {word}", start, rf"write \text{{{word}}}, or leave it out")
        if len(run) >= LONG:
            self.note("letters", start, run[-1].stop)

    def is_letter(self, token: Token) -> bool:
        """Tell whether a token is one letter that was typed as such."""
        return token.kind in LETTERS and token.stop - token.start == 1 and self.source[token.start].isalpha()

    def refuse_script(self, token: Token) -> None:
        """Refuse a number behind a letter, which stands there for a subscript, unless it is a factor: `x 2x`.

        Raises:
            ReadError: It does.
        """
        before, further = self.tokens[self.i - 1], self.tokens[max(self.i - 2, 0)]
        factor = self.tokens[self.i + 1].kind in STANDING and token.text not in ("0", "1")
        if self.log is not None and before.kind in LETTERS and further.kind not in ("^", "_") and not factor:
            typed = self.show(before)
            hint = rf"write {typed}_{token.text[:1]}, {token.text}{typed} or {typed} \cdot {token.text}"
            raise self.error(f"a number behind a letter: {typed}{token.text}", token, hint)

    def ask_shape(self, e: Expr) -> None:
        """Refuse a letter that nobody declared where only a vector or matrix would be expected.

        In a text whose vectors and matrices are plain letters, nothing shows that another letter is a number.

        Raises:
            ReadError: It is such a letter.
        """
        last = e.factors[-1] if isinstance(e, Product) else e
        if not isinstance(last, Symbol) or self.log is None or not self.is_unknown(last):
            return
        if all(key[4] for key in self.notation.shaped):
            return
        k = self.i - 1
        while k and self.tokens[k].text != last.name:
            k -= 1
        typed = self.log.spellings.get(last) or spell(last)
        hint = rf"declare it: --let '{typed} \in \mathbb{{R}}^n' or --let '{typed} \in \mathbb{{R}}'"
        raise self.error(f"is {typed} a number?", self.tokens[k], hint)

    def is_unknown(self, symbol: Symbol) -> bool:
        """Tell whether a symbol is a plain letter that was neither declared nor defined."""
        assert self.log is not None
        plain = symbol.kind == "variable" and not symbol.shape
        return plain and symbol not in self.notation.declared and symbol not in self.log.values
