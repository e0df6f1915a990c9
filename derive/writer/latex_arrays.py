r"""The LaTeX of vectors and matrices.

The reader's rules that matter here:

* What stands side by side is multiplied before any sign: `A x \cdot y` is (Ax) . y.
* A sum over an index goes on to the end of its product.
* Ones, zeros and identities take their size from what they are combined with: their neighbour in a product, the other
  terms of a sum. Where nothing tells it, it is written.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import pairwise

from derive.derivation import Notation
from derive.expr.entries import shown
from derive.expr.nodes import (
    Apply,
    Call,
    Cases,
    Entries,
    Entry,
    Expr,
    Filled,
    Integer,
    MatMul,
    Matrix,
    Operation,
    Power,
    Product,
    Quotient,
    Relation,
    Sum,
    SumOver,
    Symbol,
    Transpose,
)
from derive.expr.operations import OPERATIONS
from derive.expr.shapes import SCALAR, Dimension
from derive.expr.spelling import ALPHABETS, ASKING, FUNCTION_LETTERS, LETTERS, in_braces, is_bold, spell
from derive.expr.walks import children, fold
from derive.writer.pieces import (
    ATOM,
    FACTOR,
    FENCES,
    LONE,
    PRODUCT,
    REACH,
    RUN,
    SUM,
    Piece,
    at_least,
    enclose,
    gap,
    joined_rows,
    script,
)

FILLED = {"ones": r"\mathbf{1}", "zeros": r"\mathbf{0}", "identity": "I", "unit": r"\mathbf{e}"}
PAPER = {"ones": r"\overrightarrow{\mathbf{1}}", "zeros": r"\overrightarrow{\mathbf{0}}"}
"""As Parr & Howard write them."""
_BAR = r"\frac{\partial"
ENTRYWISE = frozenset(("hadamard", "divide", "generic"))
BIG = {"sum": r"\sum", "prod": r"\prod"}


class ArrayPrinter(ABC):
    """Turns one node of vectors and matrices with its printed parts into a piece."""

    def __init__(self, notation: Notation) -> None:
        self.notation = notation

    # Sizes that are left out

    def settled(self, e: Expr, parts: tuple[Piece, ...]) -> tuple[Piece, ...]:
        """Return the parts with sizes written where neither this node nor what it stands in can tell them."""
        match e:
            case Sum(operands) | Call(_, operands) | Cases(operands):
                return self.together(operands, parts)
            case Operation(name, operands) if name in ENTRYWISE:
                return self.together(operands, parts)
            case Relation(operands) | Operation("inner" | "cross", operands):
                first = next(i for i, o in enumerate(operands) if o.shape)
                known = self.together(operands, parts)
                return (*known[:first], known[first].settled, *(p._replace(sized="") for p in known[first + 1 :]))
            case Product() | Transpose() | Quotient():
                return parts
            case MatMul():
                return tuple(self.beside(e, parts, i) for i in range(len(parts)))
        return tuple(p.settled for p in parts)

    def together(self, operands: tuple[Expr, ...], parts: tuple[Piece, ...]) -> tuple[Piece, ...]:
        """Return parts of one shape: if one tells its size, it tells that of all."""
        told = any(o.shape and not p.sized for o, p in zip(operands, parts, strict=False))
        kept = [p._replace(sized="") if told else p for p in parts[: len(operands)]]
        return (*kept, *(p.settled for p in parts[len(operands) :]))

    def beside(self, e: MatMul, parts: tuple[Piece, ...], i: int) -> Piece:
        """Return a factor of a product; a neighbour that it is summed with over its open size tells that."""
        piece, shape = parts[i], e.factors[i].shape
        if not piece.sized:
            return piece
        left = i > 0 and not parts[i - 1].sized and len(e.factors[i - 1].shape) == 2
        right = i + 1 < len(parts) and not parts[i + 1].sized
        square = len(shape) == 2 and shape[0] == shape[1]
        row = len(shape) == 2 and shape[0].constant == 1
        told = (left and (square or len(shape) == 1)) or (right and (square or row))
        return piece._replace(sized="") if told else piece.settled

    # Products

    def factor(self, factors: tuple[Expr, ...], i: int, piece: Piece) -> Piece:
        """Return a factor of a product of numbers and at most one matrix, in brackets where it needs them."""
        e = factors[i]
        last = i == len(factors) - 1
        if isinstance(e, MatMul) and not e.shape and not last and _is_product(factors[i + 1]):
            return enclose(piece)  # (x^T A x)x is easier to read than x^T A x x
        if isinstance(e, MatMul) and not any(f.shape for f in factors[:i]) and (last or not any(e.dots)):
            number_ends_run = isinstance(e.factors[0], Product) and e.dots[0]  # s A t \cdot B is (s A t) . B
            return enclose(piece) if i and number_ends_run else piece
        if isinstance(e, SumOver) and last:
            return piece
        return at_least(piece, FACTOR)

    def matmul(self, e: MatMul, parts: tuple[Piece, ...]) -> Piece:
        """Print a product of matrices."""
        pieces = [at_least(p, FACTOR) for p in parts]
        first = e.factors[0]
        if isinstance(first, Product) and first.factors[0].shape and not any(first.dots) and not parts[0].open:
            pieces[0] = parts[0]
        if isinstance(e.factors[-1], SumOver):
            pieces[-1] = parts[-1]
        for i in reversed(range(len(pieces) - 1)):
            swallows = pieces[i].open or (pieces[i].bare and not e.dots[i])
            misread = not e.dots[i] and self.like_function(e.factors[i], pieces[i + 1])
            if swallows or misread:
                pieces[i] = enclose(parts[i])
        out, tail = [pieces[0].text], pieces[0].text
        for (before, piece), dot in zip(pairwise(pieces), e.dots, strict=True):
            blank = " " if before.word and piece.text[0].isalpha() else gap(tail, piece.text)
            bars = before.text.endswith("}") and before.text.startswith(_BAR) and piece.text.startswith(_BAR)
            out += [f" {dot} " if dot else r"\," if bars else blank, piece.text]
            tail = (tail + "".join(out[-2:]))[-REACH:]
        last = pieces[-1]
        binds, tall = PRODUCT if any(e.dots) else RUN, any(p.tall for p in parts)
        return Piece("".join(out), binds, tall, last.bare, last.word, opens=pieces[0].opens, open=last.open)

    def like_function(self, e: Expr, right: Piece) -> bool:
        """Tell whether a factor directly before something would be read as a function of it, or asked about."""
        return _like_function(e, right, self.notation)

    def transpose(self, e: Transpose, of: Piece) -> Piece:
        r"""Print a transpose; that of an inverse is `X^{-\top}`."""
        usual = "T" if self.notation.style == "paper" else r"\top"
        sign = self.notation.spellings.get("transpose", usual) if e.shape else r"\top"  # t^T would be a power
        inverse = isinstance(e.of, Power) and e.of.shape and e.of.style == "" and of.text.endswith("^{-1}")
        if inverse:
            return Piece(of.text.removesuffix("^{-1}") + f"^{{-{sign}}}", FACTOR, of.tall, opens=of.opens)
        of = at_least(of, ATOM)
        return Piece(of.text + script("^", sign), FACTOR, of.tall, opens=of.opens)

    def matrix(self, e: Matrix, parts: tuple[Piece, ...]) -> Piece:
        """Print a matrix, a row with commas, or a tuple."""
        cells = [at_least(p, SUM).text for p in parts]
        if e.style in ("[,]", "(,)"):
            inner = Piece(", ".join(cells), SUM, any(p.tall for p in parts))
            return enclose(inner, e.style[0])
        width = len(e.rows[0])
        rows = [" & ".join(cells[i : i + width]) for i in range(0, len(cells), width)]
        return Piece(rf"\begin{{{e.style}}} {joined_rows(rows, parts)} \end{{{e.style}}}", ATOM, tall=True)

    def entries(self, e: Entries) -> Piece:
        """Print a matrix by its general entry, with dots between its second and its last row and column."""
        cells = [[None if c is None else at_least(fold(c, self.piece).settled, SUM) for c in row] for row in shown(e)]
        pieces = tuple(c for row in cells for c in row if c is not None)
        if e.style in ("[,]", "(,)"):
            listed = [r"\ldots" if c is None else c.text for row in cells for c in row]
            return enclose(Piece(", ".join(listed), SUM, _tall(pieces)), e.style[0])
        rows = [[_dots(row, cells[0][k]) if c is None else c.text for k, c in enumerate(row)] for row in cells]
        text = joined_rows([" & ".join(row) for row in rows], pieces)
        return Piece(rf"\begin{{{e.style}}} {text} \end{{{e.style}}}", ATOM, tall=True)

    @abstractmethod
    def piece(self, e: Expr, parts: tuple[Piece, ...]) -> Piece:
        """Return the printed node."""

    # Operations

    def operation(self, e: Operation, parts: tuple[Piece, ...]) -> Piece:
        """Print an operation of the table."""
        row = OPERATIONS[e.name]
        if e.name == "inner" and (e.style == r"\langle" or len(e.operands[0].shape) != 1):
            inner = Piece(f"{at_least(parts[0], SUM).text}, {at_least(parts[1], SUM).text}", SUM, _tall(parts))
            piece = enclose(inner, r"\langle")
            return piece if len(e.operands[0].shape) == 1 else piece._replace(text=piece.text + "_F", word=False)
        if row.infix:
            return self.infix(e, parts)
        if row.fenced or e.style == "|":
            return self.fenced(e, parts)
        if e.name == "power":
            base, sign = at_least(parts[0], ATOM), self.sign("hadamard")
            return Piece(f"{base.text}^{{{sign} {parts[1].text}}}", FACTOR, base.tall, opens=base.opens)
        if e.style == "^":
            return Piece("e" + script("^", parts[0].text), FACTOR, parts[0].tall)
        name = self.notation.spellings.get(e.name, row.latex) + (f"_{{{row.subscript}}}" if row.subscript else "")
        if e.style == "":
            return self.bare_operation(name, e.operands[0], parts[0])
        inner = Piece(", ".join(at_least(p, SUM).text for p in parts), SUM, _tall(parts))
        listed = isinstance(e.operands[0], Matrix | Entries) and e.operands[0].style == "(,)" and e.style == "("
        if e.name == "diag" and listed:  # \operatorname{diag}(a, b)
            return Piece(name + inner.text, ATOM, inner.tall)
        return Piece(name + enclose(inner, e.style).text, ATOM, inner.tall)

    def bare_operation(self, name: str, operand: Expr, piece: Piece) -> Piece:
        r"""Print an operation without brackets: `\det X`, `\operatorname{tr} X^\top A`."""
        factors = operand.factors if isinstance(operand, MatMul) and not any(operand.dots) else (operand,)
        plain = piece.text[0] != "(" and (all(map(_is_letter, factors)) or _is_environment(operand))
        if not plain:
            return Piece(f"{name}{{{enclose(piece).text}}}", FACTOR, piece.tall, bare=True)
        gap = " " if piece.text[0].isalnum() else ""
        return Piece(f"{name}{gap}{piece.text}", FACTOR, piece.tall, bare=True, word=piece.word)

    def infix(self, e: Operation, parts: tuple[Piece, ...]) -> Piece:
        """Print an operation whose sign stands between its operands."""
        sign = OPERATIONS[e.name].latex if e.name in ("inner", "cross") else self.sign(e.name)
        left, right = at_least(parts[0], RUN), at_least(parts[1], RUN)
        first = e.operands[0]
        if isinstance(first, Operation) and first.name == e.name and parts[0].binds == PRODUCT and e.name != "inner":
            left = parts[0]
        left = enclose(parts[0]) if left.open else left
        right = parts[1] if isinstance(e.operands[1], SumOver) else right
        text = f"{left.text} {sign} {right.text}"
        return Piece(text, PRODUCT, _tall(parts), right.bare, right.word, opens=left.opens, open=right.open)

    def sign(self, name: str) -> str:
        r"""Return the sign of an infix operation; the paper writes `\otimes` for the product entry by entry."""
        usual = r"\otimes" if name == "hadamard" and self.notation.style == "paper" else OPERATIONS[name].latex
        return self.notation.spellings.get(name, usual)

    def fenced(self, e: Operation, parts: tuple[Piece, ...]) -> Piece:
        """Print an operation with signs around its operand, and a subscript."""
        row = OPERATIONS[e.name]
        if e.style == "|" and isinstance(e.operands[0], Matrix) and e.operands[0].style == "bmatrix":
            inner = parts[0].text.removeprefix(r"\begin{bmatrix}").removesuffix(r"\end{bmatrix}")
            return Piece(rf"\begin{{vmatrix}}{inner}\end{{vmatrix}}", ATOM, tall=True)
        fence = enclose(parts[0], r"\lvert" if e.style == "|" else row.latex)
        if e.name == "norm p":
            return Piece(fence.text + script("_", parts[1].text), ATOM, fence.tall)
        if row.subscript and e.style != "plain":
            return Piece(fence.text + script("_", row.subscript), ATOM, fence.tall, word=row.subscript == r"\infty")
        return fence

    # Entries, sums, what is known but for its size

    def entry(self, e: Entry, parts: tuple[Piece, ...]) -> Piece:
        """Print an entry, with its indices below."""
        below = in_braces(_listed(e.indices, [p.text for p in parts[1:]]))
        of = e.of
        if e.style == "^":
            return Piece(f"{parts[0].text}^{{({parts[1].text})}}", FACTOR)
        if e.style in ("(", "["):
            whole = enclose(parts[0], e.style)
            return Piece(f"{whole.text}_{below}", ATOM, whole.tall, opens=whole.opens)
        if isinstance(of, Apply):
            letter = spell(Symbol(of.function.name, of.function.accents, kind="function"))
            return parts[0]._replace(text=f"{letter}_{below}{parts[0].text[parts[0].name :]}", name=0)
        if not isinstance(of, Symbol):
            called = isinstance(of, Operation) and of.style in ("(", "[", r"\{")
            whole = parts[0] if called else enclose(parts[0])
            return Piece(f"{whole.text}_{below}", ATOM, whole.tall, opens=whole.opens)
        return Piece(f"{self.entry_letter(e, of, parts[0].text)}_{below}", ATOM)

    def delta(self, e: Expr, equation: str) -> Piece:
        """Print Kronecker's delta, whose condition, printed already, is that two indices are equal."""
        below = _listed(children(e), equation.split(" = "))
        return Piece(rf"\delta_{in_braces(below)}", ATOM)

    def entry_letter(self, e: Entry, of: Symbol, whole: str) -> str:
        """Return the letter of an entry, of which the whole is written so."""
        if of.kind == "family" or (e.style == "bold" and is_bold(whole)):
            return whole
        shape = {"bold": of.shape, "lower": e.shape}.get(e.style, SCALAR)
        name = of.name.lower() if e.style == "lower" else of.name
        return spell(Symbol(name, of.accents, "i", shape=shape)).removesuffix("_i")

    def sum_over(self, e: SumOver, parts: tuple[Piece, ...]) -> Piece:
        """Print a sum or product over an index."""
        body = parts[-1] if isinstance(e.body, Cases) else at_least(parts[-1], PRODUCT)
        index = self.notation.spellings.get(e.index) or spell(e.index)
        if e.lower is None and not is_bold(index):  # data is written bold, as indices are not
            index = spell(Symbol(e.index.name, shape=e.index.shape))
        bounds = iter(parts)
        below, above = index, ""
        if e.lower is not None and e.upper is not None:
            lower, upper = next(bounds).text, next(bounds).text
            below = f"{index} = {lower}" if e.style == "full" else index
            above = "" if e.style == "index" else f"^{{{upper}}}"
        text = f"{BIG[e.operator]}_{{{below}}}{above} {body.text}"
        return Piece(text, PRODUCT, tall=True, bare=body.bare, word=body.word, open=True)

    def filled(self, e: Filled) -> Piece:
        """Print ones, zeros, an identity, with the size as an alternative."""
        if e.kind == "unit":
            first = self.notation.spellings.get("unit", "") if e.shape[0].constant == self.notation.space else ""
            return Piece(_unit(first, e.index) if first else rf"\mathbf{{e}}_{in_braces(str(e.index))}")
        usual = PAPER.get(e.kind, FILLED[e.kind]) if self.notation.style == "paper" else FILLED[e.kind]
        letter = self.notation.spellings.get(e.kind, usual)
        if letter == "I" and not (self.notation.shaped or "identity" in self.notation.spellings):
            letter = r"\mathbf{I}"
        sizes = e.shape[:1] if e.kind == "identity" else e.shape
        sized = f"{letter}_{in_braces(_sizes(sizes))}"
        if self.notation.sized or (len(e.shape) == 2 and e.kind != "identity"):
            return Piece(sized)
        return Piece(letter, sized=sized)


def _is_product(e: Expr) -> bool:
    return bool(e.shape) or isinstance(e, MatMul)


def _unit(first: str, index: int) -> str:
    r"""Return a unit vector that is spelled like the first of them: `\mathbf{j}` like `\mathbf{i}`."""
    letters = (r"\imath", r"\jmath", "k") if r"\imath" in first else ("i", "j", "k")
    return first.replace(f"{{{letters[0]}}}", f"{{{letters[index - 1]}}}")


def _dots(row: Sequence[Piece | None], above: Piece | None) -> str:
    """Return the dots of a cell, in its row and below a cell of the first row."""
    if any(row):
        return r"\cdots"
    return r"\vdots" if above else r"\ddots"


def _tall(parts: tuple[Piece, ...]) -> bool:
    return any(p.tall for p in parts)


def _sizes(shape: tuple[Dimension, ...]) -> str:
    return r" \times ".join(map(str, shape))


def _is_letter(e: Expr) -> bool:
    """Tell whether a factor begins with a letter, and ends before what stands behind it."""
    if isinstance(e, Transpose):
        return _is_letter(e.of)
    if isinstance(e, Power):
        return e.style == "" and bool(e.shape) and _is_letter(e.base)
    return isinstance(e, Symbol) and bool(e.shape) and not e.mark


def _is_environment(e: Expr) -> bool:
    """Tell whether an expression is printed as an environment, which has its own brackets."""
    return isinstance(e, Matrix) and e.style not in ("[,]", "(,)")


def _listed(indices: tuple[Expr, ...], texts: list[str]) -> str:
    """Return indices side by side where each is one sign, else with commas."""
    short = all(isinstance(i, Symbol) or (isinstance(i, Integer) and i.value < 10) for i in indices)
    if not short:
        return ",".join(texts)
    text = texts[0]
    for following in texts[1:]:
        command = text.rpartition("\\")[2].isalpha() and "\\" in text
        text += (" " if command and following[0].isalpha() else gap(text, following)) + following
    return text


def _is_word(name: str) -> bool:
    return len(name) > 1 and name not in LETTERS and not name.startswith(ALPHABETS)


def _raised(e: Expr) -> Expr:
    """Return what a superscript stands at, or all where there is none."""
    if isinstance(e, Operation) and e.name == "power":
        return e.operands[0]
    return e.base if isinstance(e, Power) else e


def _like_function(e: Expr, right: Piece, notation: Notation) -> bool:
    """Tell whether a factor directly before a bracket would be read as a function, or asked about."""
    while isinstance(e, MatMul | Product):
        e = e.factors[-1]
    if isinstance(e, Entry) and e.style == "^":  # f^{(4)}(x) is a derivative
        return right.opens or right.text.startswith(FENCES)
    if not right.opens:
        return False
    if isinstance(e, Filled):
        return e.kind == "ones"  # before a bracket it marks a condition
    powered = isinstance(e, Power) and e.style == ""
    base = _raised(e.of if isinstance(e, Transpose) else e)
    if not isinstance(base, Symbol) or base in notation.declared or base.kind != "variable":
        return False
    if base.shape:
        return base.name in ASKING or _is_word(base.name)
    if base is e and LONE.match(right.text):
        return True
    if base.name in FUNCTION_LETTERS:
        return not (base.accents or base.subscript or base.mark) and not (powered and base.name == "sigma")
    return base.name in ASKING or _is_word(base.name)
