"""What an expression is: frozen, slotted, interned nodes that keep what the author wrote.

Constructors do not simplify, sort or fold. They check shapes and nothing else. Equal nodes of one `Table` are one
object, so `is` compares, hashing is by identity, and a walk memoised by identity costs as much as the formula, not its
expansion. There is no node for brackets: a printer sets them where they are needed.

A `style` field tells how a thing was written where LaTeX has two ways. It is part of identity; `walks.same` ignores it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import Field, dataclass, field
from typing import Any, ClassVar, Self, TypeAlias, TypeVar, dataclass_transform

from derive.errors import ShapeError
from derive.expr.shapes import SCALAR, Dimension, Shape, show_shape


class Table(dict[Any, Any]):
    """The nodes of one problem, and what walks remember of them. It dies with the problem."""

    def memo(self, walk: str) -> dict[Any, Any]:
        """Return the dictionary in which a walk keeps its results by node."""
        found: dict[Any, Any] | None = self.get(walk)
        if found is None:
            found = self[walk] = {}
        return found


_table: ContextVar[Table] = ContextVar("derive_table")


@contextmanager
def interning(table: Table) -> Iterator[Table]:
    """Build nodes in `table` while the block runs."""
    token = _table.set(table)
    try:
        yield table
    finally:
        _table.reset(token)


def current_table() -> Table:
    """Return the table in use; a fresh one is made for code that runs outside of `interning`."""
    try:
        return _table.get()
    except LookupError:
        table = Table()
        _table.set(table)
        return table


class Node:
    """Base of all nodes; `Expr` is their closed union. Equal constructions give the same object.

    A metaclass could do that too, but it would make each `isinstance` and each `case` that fails four times as slow,
    and walks are made of them.
    """

    __slots__ = ("__weakref__", "_parts")
    __match_args__: ClassVar[tuple[str, ...]]
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    _fill: ClassVar[Callable[..., None]]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Return the node of these fields in the table in use, which is made when it is first asked for."""
        table = current_table()
        if kwargs:  # one spelling of the key: positional, with the defaults that `__match_args__` leaves out
            args = cls._positional(args, kwargs)
        key = (cls, *args)
        node: Self | None = table.get(key)
        if node is None:
            node = super().__new__(cls)
            cls._fill(node, *args)
            full = (cls, *(getattr(node, name) for name in cls.__match_args__))
            node = table.setdefault(full, node)
            table[key] = node
        return node

    @classmethod
    def _positional(cls, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        fields, names = cls.__dataclass_fields__, cls.__match_args__
        unknown = set(kwargs) - set(names[len(args) :])
        if unknown:
            raise TypeError(f"{cls.__name__} has no field {', '.join(sorted(unknown))}")
        return args + tuple(kwargs[n] if n in kwargs else fields[n].default for n in names[len(args) :])

    shape: Shape
    _parts: tuple[Expr, ...]
    """What `walks.children` found, kept because it is asked for all the time."""

    def _set_shape(self, shape: Shape) -> None:
        object.__setattr__(self, "shape", shape)


N = TypeVar("N", bound=Node)


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(field,))
def node(cls: type[N]) -> type[N]:
    """Make a class of nodes: a frozen, slotted dataclass whose fields are filled when a node is new, and only then."""
    made = dataclass(frozen=True, slots=True, eq=False)(cls)
    made._fill = made.__init__
    del made.__init__
    return made


def _scalars(owner: str, *operands: Node) -> None:
    for operand in operands:
        if operand.shape:
            raise ShapeError(f"{owner} needs scalars; one operand has shape {show_shape(operand.shape)}")


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
    `kind` is `variable` or `function`.
    """

    name: str
    accents: tuple[str, ...] = ()
    subscript: str = ""
    mark: str = ""
    kind: str = "variable"
    shape: Shape = SCALAR


@node
class Sum(Node):
    """A flat sum with a sign (+1 or -1) for each term. One term with sign -1 is a negation."""

    terms: tuple[Expr, ...]
    signs: tuple[int, ...]
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        first = self.terms[0].shape
        for term in self.terms[1:]:
            if term.shape != first:
                raise ShapeError(f"cannot add shapes {show_shape(first)} and {show_shape(term.shape)}")
        self._set_shape(first)


@node
class Product(Node):
    r"""A flat product of scalars, at most one factor being a matrix. `dots[i]` stands between factors i and i + 1.

    A dot is "" (juxtaposed), `\cdot` or `\times`.
    """

    factors: tuple[Expr, ...]
    dots: tuple[str, ...]
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        shaped = [factor.shape for factor in self.factors if factor.shape]
        if len(shaped) > 1:
            raise ShapeError(f"cannot multiply shapes {show_shape(shaped[0])} and {show_shape(shaped[1])} as scalars")
        self._set_shape(shaped[0] if shaped else SCALAR)


@node
class Quotient(Node):
    r"""A fraction: style `frac` is `\frac{a}{b}`, style `slash` is `a/b`."""

    numerator: Expr
    denominator: Expr
    style: str = "frac"
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        _scalars("the denominator of a fraction", self.denominator)
        self._set_shape(self.numerator.shape)


@node
class Power(Node):
    r"""A power. Style "" raises what stands before the sign; style `name` raises the name of a call: `\sin^2 x`."""

    base: Expr
    exponent: Expr
    style: str = ""
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        _scalars("a power", self.base, self.exponent)


@node
class Root(Node):
    """A root; without a degree the square root. An odd literal degree has its real value below 0 too."""

    radicand: Expr
    degree: Expr | None = None
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        _scalars("a root", self.radicand, *([] if self.degree is None else [self.degree]))


@node
class Call(Node):
    r"""A function of the function table, by the name of its row.

    `style` is the opening delimiter as typed: `(`, `[`, `\{`, or "" for an argument without brackets (`\sin x`).
    Functions with a notation of their own have one style each: `|` (absolute value), `\lfloor`, `\lceil`, `!`;
    `exp` has style `^` when written as a power of e.
    """

    function: str
    arguments: tuple[Expr, ...]
    style: str = "("
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        _scalars(self.function, *self.arguments)


@node
class Apply(Node):
    """A declared function of one argument, differentiated `order` times: f(x), f'(x), f''(x)."""

    function: Symbol
    arguments: tuple[Expr, ...]
    order: int = 0
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        _scalars("a declared function", *self.arguments)


@node
class Relation(Node):
    """A condition, perhaps chained: operands a, b, c with operators `<`, `<=` mean a < b <= c.

    Operators are `<`, `<=`, `>`, `>=`, `=`, `!=`.
    """

    operands: tuple[Expr, ...]
    operators: tuple[str, ...]
    shape: Shape = field(init=False, repr=False, default=SCALAR)


@node
class Logic(Node):
    """Conditions joined by `and` or `or`."""

    operator: str
    operands: tuple[Expr, ...]
    shape: Shape = field(init=False, repr=False, default=SCALAR)


@node
class Cases(Node):
    """Values by conditions, the first that holds; a condition None means otherwise."""

    values: tuple[Expr, ...]
    conditions: tuple[Expr | None, ...]
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        first = self.values[0].shape
        for value in self.values:
            if value.shape != first:
                raise ShapeError(f"cases of shapes {show_shape(first)} and {show_shape(value.shape)}")
        self._set_shape(first)


@node
class Indicator(Node):
    r"""1 where the condition holds, else 0: `\mathbf{1}\{x > 0\}`."""

    condition: Expr
    shape: Shape = field(init=False, repr=False, default=SCALAR)


@node
class Matrix(Node):
    """Rows of scalars. One column is a vector of shape (m,); else the shape is (m, n).

    `style` is the environment (`bmatrix`, `pmatrix`), `[,]` for a row with commas, `(,)` for a tuple (a column).
    """

    rows: tuple[tuple[Expr, ...], ...]
    style: str = "bmatrix"
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        width = len(self.rows[0])
        for row in self.rows:
            if len(row) != width:
                raise ShapeError(f"a row has {len(row)} cells, the first has {width}")
            _scalars("a cell of a matrix", *row)
        m, n = Dimension.of(len(self.rows)), Dimension.of(width)
        self._set_shape((m,) if width == 1 else (m, n))


@node
class Transpose(Node):
    """The transpose; of a vector it is a row, of a row a vector."""

    of: Expr
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        one = Dimension.of(1)
        match self.of.shape:
            case ():
                self._set_shape(())
            case (n,):
                self._set_shape((one, n))
            case (m, n):
                self._set_shape((n,) if m == one else (n, m))
            case _:
                raise ShapeError(f"no transpose of shape {show_shape(self.of.shape)}")


@node
class Derivative(Node):
    r"""A derivative that is named, not worked out: of a symbol or an expression, by scalar symbols in this order.

    `through`: the definitions between `of` and the variables are differentiated too (a total derivative). Otherwise
    the definition of `of` is differentiated with its other arguments held fixed (a direct partial).
    `derivation.Scope` fixes how each is printed and read.
    """

    of: Expr
    wrt: tuple[Symbol, ...]
    through: bool = True
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        self._set_shape(self.of.shape)


@node
class At(Node):
    r"""The value at a point: `\left. e \right|_{x = 2}`."""

    of: Expr
    variables: tuple[Symbol, ...]
    values: tuple[Expr, ...]
    shape: Shape = field(init=False, repr=False, default=SCALAR)

    def __post_init__(self) -> None:
        self._set_shape(self.of.shape)


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
    | Derivative
    | At
)
