"""What an expression is: frozen, slotted, interned nodes that keep what the author wrote.

Constructors do not simplify, sort or fold. They check shapes and nothing else. Equal nodes of one `Table` are one
object, so `is` compares, hashing is by identity, and a walk memoised by identity costs as much as the formula, not its
expansion. There is no node for brackets: a printer sets them where they are needed.

A `style` field tells how a thing was written where LaTeX has two ways. It is part of identity; `walks.same` ignores it.
"""

from __future__ import annotations

from dataclasses import field
from typing import TypeAlias

from derive.errors import ShapeError
from derive.expr.array_nodes import Entries, Entry, Filled, MatMul, Matrix, Operation, SumOver, Transpose, refuse_shapes
from derive.expr.interning import Node, node
from derive.expr.shapes import ONE, SCALAR, Shape, common, fit, show_shape, square, transposed


@node
class Integer(Node):
    """A literal without sign; -3 is `Sum((Integer(3),), (-1,))`."""

    value: int
    shape: Shape = field(init=False, repr=False, default=SCALAR)


@node
class Decimal(Node):
    """A literal such as 0.50, with the author's text."""

    text: str
    shape: Shape = field(init=False, repr=False, default=SCALAR)


@node
class Constant(Node):
    """One of `pi`, `e`, `infinity`."""

    name: str
    shape: Shape = field(init=False, repr=False, default=SCALAR)


@node
class Symbol(Node):
    r"""A name. Identity is name, accents, subscript, mark, kind and shape; its LaTeX lives in the notation.

    `name` is a letter (`x`), a Greek or other command without its backslash (`theta`), or a word (`rate`).
    `accents` from the inside out (`hat`, `bar`, `dot`). `subscript` is its LaTeX without blanks and idle braces
    (`1`, `i,j`, `\max`). `mark` holds primes, stars and daggers as typed after the name (`'`, `''`, `*`).
    `kind` is `variable`, `function` (declared; its shape is that of its values), `family` (indexed data: of numbers
    the shape is (N,), of vectors (N, n)), `index` (of a sum or an entry) or `dimension` (a size).
    """

    name: str
    accents: tuple[str, ...] = ()
    subscript: str = ""
    mark: str = ""
    kind: str = "variable"
    shape: Shape = SCALAR


@node
class Sum(Node):
    """A flat sum with a sign (+1 or -1) for each term. One term with sign -1 is a negation.

    A number is added to each entry of a vector; to a matrix it is not added.
    """

    terms: tuple[Expr, ...]
    signs: tuple[int, ...]
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        if not any(term.shape for term in self.terms):
            return
        of = common("the sum", *(term.shape for term in self.terms))
        if len(of) > 1 and ONE not in of and not all(term.shape for term in self.terms):
            hint = r"write \lambda I, or \lambda \mathbf{1} \mathbf{1}^\top"
            raise ShapeError("a number cannot be added to a matrix", hint=hint)
        self._set_shape(of)


@node
class Product(Node):
    r"""A flat product of scalars, at most one factor having a shape. `dots[i]` stands between factors i and i + 1.

    A dot is "" (juxtaposed), `\cdot` or `\times`. What has a shape is multiplied in a `MatMul`.
    """

    factors: tuple[Expr, ...]
    dots: tuple[str, ...]
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        shaped = [factor.shape for factor in self.factors if factor.shape]
        if not shaped:
            return
        if len(shaped) > 1:
            raise ShapeError(f"cannot multiply shapes {show_shape(shaped[0])} and {show_shape(shaped[1])} as scalars")
        self._set_shape(shaped[0])


@node
class Quotient(Node):
    r"""A fraction: style `frac` is `\frac{a}{b}`, style `slash` is `a/b`."""

    numerator: Expr
    denominator: Expr
    style: str = "frac"
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        refuse_shapes("the denominator of a fraction", self.denominator)
        self._set_shape(self.numerator.shape)


@node
class Power(Node):
    r"""A power. Style "" raises what stands before the sign; style `name` raises the name of a call: `\sin^2 x`.

    The power of a square matrix has a whole number as its exponent. At the name of a call, each entry is raised.
    """

    base: Expr
    exponent: Expr
    style: str = ""
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        refuse_shapes("an exponent", self.exponent)
        if self.base.shape and self.style != "name":
            if len(self.base.shape) == 1:
                hint = r"write \lVert \mathbf{x} \rVert^2, or \mathbf{x}^{\odot 2} for the power of each entry"
                raise ShapeError("a vector has no power", hint=hint)
            square("a power", self.base.shape)
        self._set_shape(self.base.shape)


@node
class Root(Node):
    """A root, of each entry; without a degree the square root. An odd literal degree has its real value below 0 too."""

    radicand: Expr
    degree: Expr | None = None
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        refuse_shapes("the degree of a root", *([] if self.degree is None else [self.degree]))
        self._set_shape(self.radicand.shape)


@node
class Call(Node):
    r"""A function of the function table, by the name of its row; what has a shape it takes entry by entry.

    `style` is the opening delimiter as typed: `(`, `[`, `\{`, or "" for an argument without brackets (`\sin x`).
    Functions with a notation of their own have one style each: `|` (absolute value), `\lfloor`, `\lceil`, `!`;
    `exp` has style `^` when written as a power of e.
    """

    function: str
    arguments: tuple[Expr, ...]
    style: str = "("
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        self._set_shape(common(self.function, *(a.shape for a in self.arguments)))


@node
class Apply(Node):
    """A declared function, differentiated `order` times: f(x), f'(x), f''(x). Its shape is that of its values."""

    function: Symbol
    arguments: tuple[Expr, ...]
    order: int = 0
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        self._set_shape(self.function.shape)

    @property
    def several(self) -> bool:
        """Whether it takes or gives several numbers, so that it has several derivatives."""
        return bool(self.shape or len(self.arguments) > 1 or self.arguments[0].shape)


@node
class Relation(Node):
    """A condition, perhaps chained: operands a, b, c with operators `<`, `<=` mean a < b <= c.

    Operators are `<`, `<=`, `>`, `>=`, `=`, `!=`. Vectors are compared entry by entry.
    """

    operands: tuple[Expr, ...]
    operators: tuple[str, ...]
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        self._set_shape(common("the relation", *(operand.shape for operand in self.operands)))


@node
class Logic(Node):
    """Conditions joined by `and` or `or`."""

    operator: str
    operands: tuple[Expr, ...]
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        self._set_shape(common("the conditions", *(operand.shape for operand in self.operands)))


@node
class Cases(Node):
    """Values by conditions, the first that holds; a condition None means otherwise."""

    values: tuple[Expr, ...]
    conditions: tuple[Expr | None, ...]
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        first = self.values[0].shape
        for value in self.values:
            if len(value.shape) != len(first) or not all(map(fit, value.shape, first)):
                raise ShapeError(f"cases of shapes {show_shape(first)} and {show_shape(value.shape)}")
        self._set_shape(first)


@node
class Indicator(Node):
    r"""1 where the condition holds, else 0: `\mathbf{1}\{x > 0\}`, or `[x > 0]` with style `[`.

    With style `delta` it is Kronecker's `\delta_{ij}`, 1 where the indices i = j are equal.
    """

    condition: Expr
    style: str = ""
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        self._set_shape(self.condition.shape)


@node
class Derivative(Node):
    r"""A derivative that is named, not worked out: of a symbol or an expression, by symbols or entries in this order.

    `through`: the definitions between `of` and the variables are differentiated too (a total derivative). Otherwise
    the definition of `of` is differentiated with its other arguments held fixed (a direct partial).
    `derivation.Scope` fixes how each is printed and read. In numerator layout, a number by a column is a row.
    """

    of: Expr
    wrt: tuple[Name, ...]
    through: bool = True
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        of = self.of.shape
        for symbol in self.wrt:
            of = _differentiated(of, symbol.shape)
        self._set_shape(of)


@node
class At(Node):
    r"""The value at a point: `\left. e \right|_{x = 2}`."""

    of: Expr
    variables: tuple[Symbol, ...]
    values: tuple[Expr, ...]
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        self._set_shape(self.of.shape)


def _differentiated(of: Shape, by: Shape) -> Shape:
    """Return the shape of a derivative in numerator layout."""
    if not by:
        return of
    if not of:
        return transposed(by)
    return (*of, *by)


Name: TypeAlias = "Symbol | Entry"
"""What can be differentiated by."""

Expr: TypeAlias = (
    Integer
    | Decimal
    | Constant
    | Symbol
    | Sum
    | Product
    | Quotient
    | Power
    | Root
    | Call
    | Apply
    | Relation
    | Logic
    | Cases
    | Indicator
    | Matrix
    | Transpose
    | MatMul
    | Operation
    | Entry
    | Entries
    | SumOver
    | Filled
    | Derivative
    | At
)


def row_index() -> Symbol:
    """Return the index of the row in the body of `Entries`; no author can write it."""
    return Symbol("row", kind="index")


def column_index() -> Symbol:
    """Return the index of the column in the body of `Entries`."""
    return Symbol("column", kind="index")


def bound_by(e: Expr) -> tuple[Symbol, ...]:
    """Return the indices that a node binds."""
    if isinstance(e, Entries):
        return (row_index(), column_index())
    return (e.index,) if isinstance(e, SumOver) else ()


def has_bare_entries(e: Expr) -> bool:
    r"""Tell whether an entry of this is written without brackets round it: `x_i`, `\operatorname{softmax}(z)_i`."""
    if isinstance(e, Symbol):
        return e.kind == "family" or not (e.subscript or e.mark)
    return isinstance(e, Apply) or (isinstance(e, Operation) and e.style in ("(", "[", r"\{"))


__all__ = [
    "Apply", "At", "Call", "Cases", "Constant", "Decimal", "Derivative", "Entries", "Entry", "Expr", "Filled",
    "Indicator", "Integer", "Logic", "MatMul", "Matrix", "Name", "Operation", "Power", "Product", "Quotient",
    "Relation", "Root", "Sum", "SumOver", "Symbol", "Transpose", "bound_by", "column_index",
    "has_bare_entries", "row_index",
]  # fmt: skip
