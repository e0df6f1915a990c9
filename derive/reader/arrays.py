r"""Vectors and matrices: norms, inner products, traces, sums over an index, ones and identities, powers, points."""

from __future__ import annotations

from derive.errors import ShapeError
from derive.expr.nodes import (
    Call,
    Entry,
    Expr,
    Integer,
    Matrix,
    Operation,
    Power,
    Sum,
    Symbol,
    Transpose,
)
from derive.expr.operations import OPERATIONS
from derive.expr.shapes import ONE
from derive.expr.walks import postorder
from derive.reader.cursor import Parse
from derive.reader.rules import Rules
from derive.reader.shaping import let
from derive.reader.tokens import Token

NORMS = {"2": "norm", "1": "norm 1", r"\infty": "norm inf", "F": "frobenius", "*": "nuclear"}
"""The norm that a subscript means."""

HINTS = {"softmax": r"for the softmax of each row write \operatorname{softmax}_{\mathrm{row}}(X)"}
"""What to write where an operation does not take a matrix."""

KINDS = {"1": "ones", "0": "zeros", "I": "identity"}


class Arrays(Rules):
    """The rules for operations with a name, norms, inner products and superscripts."""

    # Operations with a name

    def operation_call(self, token: Token) -> Parse:
        r"""Read an operation from its name on: `\operatorname{tr}(X)`, `\det X`, `\operatorname{diag}(a, b)`."""
        self.i += 1
        name, power = token.text, None
        if self.tokens[self.i].kind == "_" and name == "softmax":
            label = self.subscript().replace(r"\mathrm", "").replace(r"\text", "").strip("{}")
            if label not in ("row", "rows"):
                raise self.unsupported(f"softmax with the subscript {label}", token)
            name = "softmax rows"
        if self.tokens[self.i].kind == "^":
            self.i += 1
            power = yield from self.argument("a superscript")
        opener = self.tokens[self.i]
        if opener.kind == "open" and opener.text in ("(", "[", r"\{"):
            values = yield from self.bracketed()
            style = opener.text
        else:
            values, style = ((yield from self.bare_operand(token)),), ""
        if name == "diag" and len(values) > 1:
            values = (Matrix(tuple((v,) for v in values), "(,)"),)
        if len(values) != OPERATIONS[name].arity:
            raise self.error(f"{self.show(token)} takes one argument; there are {len(values)}", token)
        e = self.located(self.operated(name, values, style, token), token)
        if self.log is not None and style != "|":
            self.log.spellings.setdefault(name, _operator(self.show(token)))
        if style and e.shape and self.tokens[self.i].kind == "_":
            e = self.entry_behind(e, token)
        return e if power is None else Power(e, power)

    def entry_behind(self, e: Expr, start: Token) -> Expr:
        r"""Read the subscript behind the value of an operation: `\operatorname{softmax}(\mathbf{z})_i`."""
        token = self.tokens[self.i]
        self.subscript()
        indices = self.indices(self.inner, len(e.shape))
        if indices is None or len(indices) > len(e.shape):
            raise self.error("this is no index", token)
        return self.located(Entry(e, indices), start)

    def operated(self, name: str, operands: tuple[Expr, ...], style: str, token: Token) -> Expr:
        """Return an operation, or the shape error that points at it."""
        try:
            return Operation(name, operands, style)
        except ShapeError as error:
            undeclared = not any(o.shape for o in operands)
            hint = error.hint or (self.undeclared(operands[0]) if undeclared else HINTS.get(name, ""))
            raise ShapeError(error.message, self.span(token), hint, self.source) from None

    def undeclared(self, e: Expr) -> str:
        """Return the remedy for a letter that has no shape where one is needed."""
        letter = next((s for s in postorder(e) if isinstance(s, Symbol)), None)
        if letter is None:
            return ""
        spelled = self.notation.spellings.get(letter, letter.name)
        return "declare it: " + let(rf"{spelled} \in \mathbb{{R}}^{{n \times n}}")

    def bare_operand(self, token: Token) -> Parse:
        r"""Read an operand without brackets: as many letters with a shape as follow, `\operatorname{tr} X^\top A`."""
        start = self.tokens[self.i]
        if start.kind not in ("bar", "{") and not self.starts_factor(start):
            raise self.unexpected(f"the argument of {self.show(token)}")
        factors = [(yield from self.factor())]
        while self.tokens[self.i].kind in ("sym", "bold", "accent") and not self.is_call() and factors[-1].shape:
            before = self.i
            following = yield from self.factor()
            if not following.shape:
                self.i = before
                break
            factors.append(following)
        if len(factors) > 1:
            self.note("operand", start, self.tokens[self.i - 1].stop)
        return self.product(factors, [""] * (len(factors) - 1), start)

    # Norms, inner products, determinants

    def norm(self, token: Token) -> Parse:
        r"""Read a norm: `\|x\|`, `\lVert X \rVert_F`."""
        if token.kind == "norm":
            self.i += 1
            bars, self.bars = self.bars, "norm"
            inside = yield self.formula()
            self.bars = bars
            if self.tokens[self.i].kind != "norm":
                raise self.error("this norm is not closed", token)
            self.i += 1
        else:
            end = self.pairs[self.i]
            self.i += 1
            bars, self.bars = self.bars, ""
            inside = yield from self.inside(end, self.formula)
            self.bars = bars
            self.close(end)
        label: object = ""
        here = self.i
        behind = self.group_end(here + 1) if self.tokens[here].kind == "^" else here
        if self.tokens[behind].kind == "_":
            self.i = behind
            label = yield from self.norm_label()
            if behind > here:  # \|x\|^2_2
                self._after[behind], self.i = self.i, here
        return self.located(self.normed(inside, label, token), token)

    def norm_label(self) -> Parse:
        """Read what stands below a norm: a label, or the formula of a p."""
        mark = self.tokens[self.i]
        inner = self.tokens[self.i + 2] if self.tokens[self.i + 1].kind == "{" else self.tokens[self.i + 1]
        alone = self.tokens[self.i + 1].kind != "{" or self.pairs[self.i + 1] == self.i + 3
        if alone and (inner.text in ("1", "2", "infinity", "*", "F", "fro", "Fro", "op", "max") or inner.kind == "*"):
            text = {"infinity": r"\infty", "fro": "F", "Fro": "F", "op": "2"}.get(inner.text, inner.text)
            if inner.kind != "num" or len(inner.text) == 1:
                self.i = self.group_end(self.i + 1)
                return text
        self.i += 1
        index = yield from self.argument("a subscript")
        capital = isinstance(index, Symbol) and index.name[:1].isupper() and index not in self.notation.declared
        if index is Integer(0):
            raise self.unsupported("the number of entries that are not 0", mark)
        if index.shape or capital:
            raise self.unsupported("a norm that a matrix defines", mark, r"write \sqrt{\mathbf{x}^\top A \mathbf{x}}")
        return index

    def normed(self, inside: Expr, label: object, token: Token) -> Expr:
        """Return the norm of a number, vector or matrix that a label means."""
        if not inside.shape:
            return self.operated("norm", (inside,), "", token) if label else self.bare_norm(inside, token)
        vector = len(inside.shape) == 1 or ONE in inside.shape
        if isinstance(label, str):
            if not label:
                if not vector:
                    self.note("norm", token)
                return Operation("norm" if vector else "frobenius", (inside,), "plain")
            if label == "F" and vector:
                label = "2"
            if label == "2" and not vector:
                return Operation("spectral", (inside,))
            name = NORMS.get(label, "")
            if not name or (not vector and name in ("norm 1", "norm inf")) or (vector and name == "nuclear"):
                raise self.unsupported(f"the norm with the subscript {label}", token)
            return Operation(name, (inside,))
        assert not isinstance(label, str)
        return self.operated("norm p", (inside, label), "", token)  # type: ignore[arg-type]

    def bare_norm(self, inside: Expr, token: Token) -> Expr:
        """Refuse the norm of a number, which is most often that of a letter that was not declared."""
        raise ShapeError("a norm needs a vector or a matrix", self.span(token), self.undeclared(inside), self.source)

    def barred(self, inside: Expr, token: Token) -> Expr:
        """Return what bars around a formula mean: an absolute value, a determinant, a length."""
        if not inside.shape:
            return Call("abs", (inside,), "|")
        if len(inside.shape) == 2 and ONE not in inside.shape:
            return self.operated("det", (inside,), "|", token)
        if self.notation.style == "paper":
            return Operation("length", (inside,))
        hint = r"write \lVert \mathbf{x} \rVert, or \operatorname{abs}(\mathbf{x}) for each entry"
        raise self.error("bars around a vector may be a norm or absolute values", token, hint)

    def angles(self, token: Token) -> Parse:
        r"""Read `\langle a, b \rangle`, and its subscript for matrices; `\langle 1, x, 2 \rangle` is a vector."""
        end = self.pairs[self.i]
        self.i += 1
        bars, self.bars = self.bars, ""
        self.bars = "bar"  # \langle x | y \rangle
        first = yield self.formula()
        self.bars = ""
        if self.tokens[self.i].kind not in (",", "bar"):
            raise self.unsupported("one formula in angle brackets", token)
        self.i += 1
        second = yield self.formula()
        values = [first, second]
        while self.tokens[self.i].kind == ",":
            self.i += 1
            values.append((yield self.formula()))
        self.bars = bars
        self.close(end)
        if not any(v.shape for v in values) and (len(values) > 2 or not all(isinstance(v, Symbol) for v in values)):
            return self.located(Matrix(tuple((v,) for v in values), "(,)"), token)
        if len(values) > 2:
            raise self.error("an inner product has two factors", token)
        label = self.subscript() if self.tokens[self.i].kind == "_" else ""
        if label.replace(r"\mathrm", "").strip("{}") not in ("", "F", "Fro", "2"):
            raise self.unsupported("this subscript of an inner product", token)
        return self.located(self.operated("inner", (first, second), r"\langle", token), token)

    # Superscripts of what has a shape

    def raised_array(self, base: Expr) -> Parse:
        r"""Read a superscript that only vectors and matrices have, or return None: `^\top`, `^{-T}`, `^{\odot 2}`."""
        brace = self.i + 1
        if self.tokens[brace].kind != "{":
            token = self.tokens[brace]
            if token.kind == "top" or (base.shape and token.text == "T" and token.kind == "sym"):
                self.i = brace + 1
                return self.transposed(base, token)
            if token.text == r"\circ":
                raise self.unsupported("degrees", token, r"write x \cdot \frac{\pi}{180}")
            if token.text == "T":
                self.ask_transpose(base, token)
            if token.text == "t" and len(base.shape) == 2 and self.log is not None and not self.is_declared("t"):
                raise self.error("is this a transpose or a power?", token, r"write ^\top, or --let 't \in \mathbb{R}'")
            return None
        end, first = self.pairs[brace], self.tokens[brace + 1]
        alone = end == brace + 2
        if alone and (first.kind == "top" or (base.shape and first.text == "T" and first.kind in ("sym", "bold"))):
            self.i = end + 1
            return self.transposed(base, first)
        if end == brace + 3 and first.text == "-" and base.shape:
            second = self.tokens[brace + 2]
            if second.kind == "top" or second.text == "T":
                self.i = end + 1
                return self.transposed(self.inverse_of(base, first), second)
        if alone and not base.shape and first.text == "T":
            self.ask_transpose(base, first)
        if alone and first.text == r"\circ":
            raise self.unsupported("degrees", first, r"write x \cdot \frac{\pi}{180}")
        if first.kind == "infix" and first.text in (r"\odot", r"\circ", r"\otimes"):
            self.i = brace + 2
            exponent = yield self.formula()
            self.close(end)
            if self.log is not None:
                self.log.spellings.setdefault("hadamard", first.text)
            return self.operated("power", (base, exponent), "", first)
        return None

    def ask_transpose(self, base: Expr, token: Token) -> None:
        """Refuse T above a letter that may be a vector or matrix, unless T is declared to be a number."""
        letter = isinstance(base, Symbol) and base not in self.notation.declared
        if self.log is not None and letter and token.kind == "sym" and not self.is_declared("T"):
            self.transposed(base, token)

    def inverse_of(self, base: Expr, token: Token) -> Expr:
        """Return the inverse of a matrix."""
        try:
            return Power(base, Sum((Integer(1),), (-1,)))
        except ShapeError as error:
            raise ShapeError(error.message, self.span(token), error.hint, self.source) from None

    def transposed(self, base: Expr, token: Token) -> Expr:
        """Return a transpose, and note how it was spelled."""
        if not base.shape and isinstance(base, Symbol) and base not in self.notation.declared and self.log is not None:
            spelled = self.log.spellings.get(base, base.name)
            vector, matrix = rf"{spelled} \in \mathbb{{R}}^n", rf"{spelled} \in \mathbb{{R}}^{{m \times n}}"
            hint = f"declare it: {let(vector)} or {let(matrix)}"
            raise self.error(f"is {spelled} a vector or a matrix?", token, hint)
        if self.log is not None:
            typed = self.source[token.start : token.stop].strip()
            font = r"\mathsf{T}" if "sf" in typed else typed if typed in ("T", r"\intercal") else r"\top"
            self.log.spellings.setdefault("transpose", font)
        return Transpose(base)

    def raised_e(self, exponent: Expr, token: Token) -> Expr:
        """Return e to the power of something: of a square matrix, its exponential."""
        if len(exponent.shape) == 2 and ONE not in exponent.shape:
            self.note("expm", token)
            return self.operated("expm", (exponent,), "^", token)
        return Call("exp", (exponent,), "^")


def _operator(typed: str) -> str:
    r"""Return how the name of an operation was spelled, as a command: `\operatorname{tr}`."""
    if typed in (r"\det", r"\tr", r"\Tr", r"\diag"):
        return typed if typed == r"\det" else rf"\operatorname{{{typed[1:]}}}"
    word = typed.rstrip("} ").rpartition("{")[2].strip().removeprefix("\\")
    return r"\det" if word == "det" else rf"\operatorname{{{word}}}"
