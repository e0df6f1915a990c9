r"""Products: of numbers, of matrices, entry by entry; what stands side by side binds closer than what has a sign.

Factors that stand side by side are multiplied from the left. Matrices, rows and columns go into one `MatMul`, until it
would be a number: x^T y A z is (x^T y)(A z). Then the signs between such runs are worked from the left.
"""

from __future__ import annotations

from itertools import pairwise

from derive.errors import ShapeError
from derive.expr.build_arrays import Factor, product_of, side_by_side
from derive.expr.nodes import Expr, MatMul, Operation, Product
from derive.expr.operations import SIGNS
from derive.expr.shapes import SCALAR, Shape, product
from derive.reader.tokens import Token
from derive.reader.words import Words


class Products(Words):
    """The rules for products."""

    def product(self, factors: list[Expr], signs: list[str], start: Token) -> Expr:
        """Return the product of factors with the signs between them."""
        if len(factors) == 1:
            return factors[0]
        if not any(f.shape for f in factors) and not any(s in SIGNS_BETWEEN for s in signs):
            return self.located(Product(tuple(factors), tuple(signs)), start)
        for sign, (before, behind) in zip(signs, pairwise(factors), strict=True):
            if before.shape and not (behind.shape or sign):
                self.ask_shape(behind)
        try:
            return self.located(self.of_runs(factors, signs, start), start)
        except ShapeError as error:
            raise self.misfit(error, start) from None

    def misfit(self, error: ShapeError, start: Token) -> ShapeError:
        """Return a shape error that points at the product and shows it."""
        if error.span is not None:
            return error
        span = self.span(start)
        span = type(span)(start.start, max(span.stop, self.tokens[self.i - 1].stop))
        text = " ".join(self.source[span.start : span.stop].split())[:60]
        return ShapeError(f"{text}: {error.message}", span, error.hint or DECLARE, self.source)

    def of_runs(self, factors: list[Expr], signs: list[str], start: Token) -> Expr:
        """Multiply what stands side by side, then work the signs from the left."""
        cuts = [k + 1 for k, sign in enumerate(signs) if sign]
        runs = [side_by_side(factors[a:b]) for a, b in pairwise([0, *cuts, len(factors)])]
        between = [sign for sign in signs if sign]
        if len({s for s in between if s in SIGNS_BETWEEN}) > 1:
            raise self.error("put brackets where different operations meet", start)
        chain = _Chain(runs[0])
        for sign, run in zip(between, runs[1:], strict=True):
            if sign == r"\circ" and not chain.value.shape and self.log is not None:
                raise self.unsupported("a composition", start, r"write f(g(x)), or \cdot")
            if sign in SIGNS_BETWEEN:
                chain.restart(Operation(self.operation(sign), (chain.value, product_of(run))))
            else:
                chain.multiply(sign, run)
        return chain.value

    def operation(self, sign: str) -> str:
        r"""Return the operation that a sign means: `\otimes` is elementwise where the paper's notation is used."""
        name = SIGNS_BETWEEN[sign]
        if sign == r"\otimes" and self.notation.style == "paper":
            name = "hadamard"
        if self.log is not None:
            self.log.spellings.setdefault(name, sign)
        return name


SIGNS_BETWEEN = {s: name for s, name in SIGNS.items() if name not in ("inner", "cross")} | {r"\circ": "hadamard"}
DECLARE = r"declare the shapes, as in --let '\mathbf{A} \in \mathbb{R}^{m \times n}', or transpose a factor"


class _Chain:
    """A product that grows to the right: its factors so far, with the signs between them."""

    def __init__(self, run: list[Factor]) -> None:
        self.factors = run
        self.dots = [""] * (len(run) - 1)

    @property
    def value(self) -> Expr:
        """The product so far."""
        return product_of(self.factors, self.dots)

    def restart(self, e: Expr) -> None:
        """Go on with the value of an operation as the only factor."""
        self.factors, self.dots = [Factor(e)], []

    def multiply(self, sign: str, run: list[Factor]) -> None:
        r"""Multiply by a run behind a `\cdot` or `\times`: numbers, columns, matrices."""
        left, right = _shape(self.factors), _shape(run)
        if not (left and right):
            self.dots += [sign, *[""] * (len(run) - 1)]
            self.factors = [*self.factors, *run]
        elif len(left) == len(right) == 1:
            self.restart(Operation("inner" if sign == r"\cdot" else "cross", (self.value, product_of(run))))
        else:
            last = self.factors[-1] if self.factors[-1].e.shape else Factor(self.value)
            if last.e is not self.factors[-1].e:
                self.factors, self.dots = [last], []
            self.factors[-1] = _joined(last, sign, run[0] if len(run) == 1 else Factor(product_of(run)))


def _shape(factors: list[Factor]) -> Shape:
    """Return the shape of a product, of which at most one factor has one."""
    return next((f.e.shape for f in factors if f.e.shape), SCALAR)


def _joined(left: Factor, sign: str, right: Factor) -> Factor:
    a, dots = (left.e.factors, left.e.dots) if left.made and isinstance(left.e, MatMul) else ((left.e,), ())
    b, inside = (right.e.factors, right.e.dots) if right.made and isinstance(right.e, MatMul) else ((right.e,), ())
    if len(b) > 1 and not product(left.e.shape, b[0].shape):  # x^T . (a b^T)
        b, inside = (right.e,), ()
    joined = MatMul((*a, *b), (*dots, sign, *inside))
    return Factor(joined, bool(joined.shape))
