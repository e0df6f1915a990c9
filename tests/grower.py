"""What random expressions with shapes are grown from: letters, a notation that declares them, leaves and indices.

An expression is grown from the whole down to its parts, so that shapes fit and an index is used only where its sum
binds it. The builders are those of `shaped`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from derive.derivation import Notation
from derive.expr.nodes import (
    Constant,
    Decimal,
    Entry,
    Expr,
    Filled,
    Integer,
    Product,
    Sum,
    Symbol,
)
from derive.expr.shapes import ONE, SCALAR, Dimension, Shape
from derive.expr.spelling import spell
from tests.strategies import Pick, T

N, M, DATA, THREE = (Dimension.of(size) for size in ("n", "m", "N", 3))
SIZES = (N, M)
DOTS = ("", "", r"\cdot", r"\times")


def letters() -> dict[Symbol, str]:
    """Return what has a shape, with its spelling."""
    return {s: spell(s, letter) for s, letter in _letters()}


def _letters() -> tuple[tuple[Symbol, str], ...]:
    return (
        (Symbol("x", shape=(N,)), r"\mathbf{x}"),
        (Symbol("a", shape=(N,)), r"\vec{a}"),
        (Symbol("v", shape=(N,)), "v"),
        (Symbol("mu", shape=(N,)), r"\boldsymbol{\mu}"),
        (Symbol("y", ("hat",), shape=(N,)), r"\mathbf{y}"),
        (Symbol("k", (), "1", shape=(N,)), r"\mathbf{k}"),
        (Symbol("x", (), "", "*", shape=(N,)), r"\mathbf{x}"),
        (Symbol("x", (), "", "'", shape=(N,)), r"\mathbf{x}"),
        (Symbol("h", shape=(N,)), r"\mathbf{h}"),
        (Symbol("theta", shape=(N,)), r"\theta"),
        (Symbol("b", shape=(M,)), r"\mathbf{b}"),
        (Symbol("u", ("bar",), shape=(M,)), r"\vec{u}"),
        (Symbol("p", shape=(THREE,)), r"\mathbf{p}"),
        (Symbol("s", shape=(THREE,)), r"\vec{s}"),
        (Symbol("r", shape=(ONE, N)), r"\mathbf{r}"),
        (Symbol("o", shape=(ONE, M)), "o"),
        (Symbol("A", shape=(M, N)), "A"),
        (Symbol("Q", shape=(M, N)), r"\mathbf{Q}"),
        (Symbol("W", ("tilde",), "1", shape=(M, N)), "W"),
        (Symbol("L", shape=(N, M)), r"\mathbf{L}"),
        (Symbol("D", ("hat",), shape=(N, M)), r"\boldsymbol{D}"),
        (Symbol("S", shape=(N, N)), r"\mathbf{S}"),
        (Symbol("Sigma", shape=(N, N)), r"\Sigma"),
        (Symbol("Lambda", (), "", "*", shape=(N, N)), r"\boldsymbol{\Lambda}"),
        (Symbol("U", shape=(M, M)), "U"),
        (Symbol("R", shape=(THREE, THREE)), r"\vec{R}"),
        (Symbol("y", (), "", "", "family", (DATA,)), "y"),
        (Symbol("t", ("tilde",), "", "", "family", (DATA,)), "t"),
        (Symbol("z", (), "", "", "family", (DATA, N)), r"\mathbf{z}"),
        (Symbol("c", (), "", "", "family", (DATA, M)), "c"),
    )


def scalars() -> tuple[Symbol, ...]:
    """Return the letters that are numbers."""
    return (
        Symbol("t"),
        Symbol("w"),
        Symbol("x"),
        Symbol("lambda"),
        Symbol("rate"),
        Symbol("w", ("hat",), "1", "'"),
        Symbol("l", (), r"\max"),
        Symbol("q", (), "", "*"),
        Symbol("d"),
        Symbol("G"),
        Symbol("n", kind="dimension"),
        Symbol("N", kind="dimension"),
    )


def numbers() -> tuple[Expr, ...]:
    """Return some numbers."""
    return (Integer(2), Integer(0), Integer(12), Decimal("0.5"), Constant("pi"), Constant("e"))


def functions() -> dict[Symbol, tuple[tuple[Shape, ...], str]]:
    """Return the declared functions, with the shapes of their arguments and their spelling."""
    return {
        Symbol("f", kind="function"): (((N,),), "f"),
        Symbol("g", kind="function", shape=(M,)): (((N,),), r"\mathbf{g}"),
        Symbol("phi", (), "1", kind="function"): (((M,), SCALAR), r"\phi_1"),
        Symbol("sigma", kind="function", shape=(N,)): ((SCALAR,), r"\sigma"),
        Symbol("F", kind="function", shape=(M, N)): (((N, M),), "F"),
    }


INDICES = {N: ("i", "l"), M: ("j", "ell"), DATA: ("k", "alpha"), THREE: ("e",)}

SPELLINGS: dict[str, tuple[str, ...]] = {
    "transpose": ("", "T", r"\mathsf{T}", r"\intercal", r"\top"),
    "hadamard": ("", r"\circ", r"\odot"),
    "ones": ("", r"\overrightarrow{\mathbf{1}}", r"\vec{1}"),
    "zeros": ("", r"\vec{0}"),
    "identity": ("", r"\mathbf{I}", "I"),
    "trace": ("", r"\operatorname{Tr}"),
    "logsumexp": ("", r"\operatorname{LSE}"),
}
"""The spellings among which an author chooses; "" is none of his own."""


def notation(pick: Pick) -> Notation:
    """Return a notation in which everything that is built here is declared, spelled in one of an author's ways."""
    spellings: dict[Symbol | str, str] = {s: spell(s, letter) for s, letter in _letters()}
    spellings |= {function: latex for function, (_, latex) in functions().items()}
    spellings[Symbol("rate")] = r"\mathrm{rate}"
    spellings |= {key: value for key, ways in SPELLINGS.items() if (value := _choose(pick, ways))}
    style = _choose(pick, ("standard", "standard", "paper"))
    if style == "paper":
        spellings.pop("hadamard", None)
    return Notation(
        spellings=spellings,
        functions=frozenset(functions()),
        declared=frozenset(s for s in letters() if s.name != "h") if pick(2) else frozenset(),
        domains={function: domains for function, (domains, _) in functions().items()},
        dimensions=frozenset(("n", "m", "N")),
        log_base=_choose(pick, ("e", "e", "10")),
        style=style,
        upright_d=pick(4) == 1,
        sized=pick(4) == 1,
    )


def _choose(pick: Pick, options: Sequence[T]) -> T:
    return options[pick(len(options))]


Builder: TypeAlias = "Callable[[Grower, Shape], Expr | None]"
"""Builds an expression of a shape, or gives up."""


@dataclass
class Grower:
    """Grows expressions of a wanted shape. `left` is how many more nodes it may grow, about."""

    pick: Pick
    notation: Notation
    builders: Callable[[Shape], Sequence[Builder]]
    """Returns what builds expressions of a shape; each may give up."""
    left: int = 24
    letters: tuple[Symbol, ...] = field(default_factory=lambda: tuple(letters()))
    bound: list[tuple[Symbol, Dimension]] = field(default_factory=list)
    """The indices of the sums around, with the size through which each counts."""

    def choose(self, options: Sequence[T]) -> T:
        """Return one of the options."""
        return options[self.pick(len(options))]

    def of(self, wanted: Shape) -> Expr:
        """Return an expression of a shape."""
        self.left -= 1
        builders = self.builders(wanted)
        k = self.pick(len(builders) + 2) - 2
        found = builders[k](self, wanted) if k >= 0 and self.left > 0 else None
        return self.leaf(wanted) if found is None else found

    def several(self, wanted: Shape, count: int) -> tuple[Expr, ...]:
        """Return several expressions of one shape."""
        return tuple(self.of(wanted) for _ in range(count))

    def leaf(self, wanted: Shape) -> Expr:
        """Return what has no parts: a letter, or what is known but for its size."""
        if not wanted:
            return self.number()
        letters = [s for s in self.letters if s.shape == wanted and s.kind == "variable"]
        if letters and self.pick(4) < 3:
            return self.choose(letters)
        kinds = ("ones", "zeros", *(("identity",) if is_square(wanted) else ()))
        return Filled(self.choose(kinds), wanted)

    def number(self) -> Expr:
        """Return a number, a letter, or an entry."""
        match self.pick(5):
            case 0:
                return self.choose(scalars())
            case 1:
                return self.choose(numbers())
            case 2 if self.bound:
                return self.choose(self.bound)[0]
            case _:
                return self.entry(self.choose((N, M, DATA)))

    def index(self, size: Dimension, alone: bool = True) -> Expr:
        """Return an index into something of a size; where it is not alone, one that cannot be read as two."""
        bound = [s for s, counted in self.bound if counted == size]
        free = [Symbol(name, kind="index") for name in INDICES[size][:1] if size != THREE]
        letters = bound or [s for s in free if s not in [b for b, _ in self.bound]]
        if not letters or self.pick(4) == 1:
            return Integer(self.choose((1, 3, 12) if alone else (1, 3)))
        letter = self.choose(letters)
        match self.pick(6):
            case 1:
                return Sum((letter, Integer(1)), (1, self.choose((1, -1))))
            case 2 if alone:
                return Product((Integer(2), letter), ("",))
            case 3 if size.name:
                return Symbol(size.name, kind="dimension")
        return letter

    def entry(self, size: Dimension) -> Expr:
        """Return an entry of a letter, by an index into a size."""
        letters = [s for s in self.letters if size in s.shape and not s.mark and not s.subscript]
        of = self.choose(letters)
        counting = [i for i, counted in self.bound if counted == DATA and len(i.name) == 1]  # nor below an accent
        if of.kind == "family" and len(of.shape) == 1 and counting and not of.accents and self.pick(3) == 1:
            return Entry(of, (self.choose(counting),), "^")
        if len(of.shape) == 1:
            return Entry(of, (self.index(size),), self.choose(self.entry_styles(of)))
        if of.shape[0] == ONE:
            # the reader holds the only index of a row against the number of its rows where it is a number
            alone = self.index(size, alone=False)
            return Entry(of, (Integer(1), alone) if isinstance(alone, Integer) or self.pick(2) else (alone,))
        return Entry(of, tuple(self.index(s) for s in of.shape), self.choose(self.entry_styles(of)))

    def entry_styles(self, of: Symbol) -> tuple[str, ...]:
        """Return how an entry of a letter may be written."""
        if of.kind == "family":
            return ("",)
        if len(of.shape) == 1:
            return ("", "(", "[")
        return ("", "lower", "(", "[") if of.name in "QLU" and ONE not in of.shape else ("", "(", "[")

    @contextmanager
    def counting(self, size: Dimension) -> Iterator[Symbol | None]:
        """Bind an index that counts through a size while the block runs; None where all its letters are bound."""
        taken = [s.name for s, _ in self.bound]
        free = [name for name in INDICES[size] if name not in taken]
        if not free:
            yield None
            return
        symbol = Symbol(free[0], kind="index")
        self.bound.append((symbol, size))
        try:
            yield symbol
        finally:
            self.bound.pop()


def is_square(wanted: Shape) -> bool:
    """Tell whether a shape is that of a square matrix."""
    return len(wanted) == 2 and wanted[0] == wanted[1]
