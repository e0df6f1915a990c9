"""Naming the intermediate variables of problems about vectors: each is one whose Jacobian is a row of the table."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from derive.derivation import Definition
from derive.expr.build import add, is_atom
from derive.expr.build_arrays import column, in_order, is_row, multiply, transpose
from derive.expr.interning import current_table
from derive.expr.nodes import (
    Call,
    Entry,
    Expr,
    Integer,
    MatMul,
    Matrix,
    Operation,
    Power,
    Product,
    Quotient,
    Root,
    Sum,
    SumOver,
    Symbol,
    Transpose,
)
from derive.expr.walks import children, open_indices, substitute, with_children
from derive.planner.algebra import opened
from derive.planner.naming import Namer, Names

_AFTER_WHAT_IT_IS: tuple[tuple[Callable[[Expr], bool], tuple[str, ...]], ...] = (
    (lambda e: isinstance(e, Operation) and e.name == "softmax", ("p",)),
    (lambda e: isinstance(e, Operation) and e.name.startswith("norm"), ("s",)),
    (lambda e: isinstance(e, Sum) and -1 in e.signs and bool(e.shape), ("r", "v")),
    (lambda e: isinstance(e, Sum) and -1 in e.signs, ("v",)),
    (lambda e: isinstance(e, Sum), ("z",)),
    (lambda e: isinstance(e, Call), ("a", "h")),
)
"""Letters that tell what is named: p for probabilities, r for a residual, z for what an activation takes, a for it."""
_VECTORS = ("u", "v", "h", "q", "g", "c", "d")
_MOST_LETTERS = 5
"""More intermediate variables of one kind are numbered."""
_NUMBERS = ("z", "s", "t", "q", "c", "a", "k")


class VectorNames(Names):
    """A supply of symbols for vectors and numbers: letters that tell what they name; indexed ones under a sum."""

    __slots__ = ()

    def next(self, e: Expr) -> Symbol:
        """Return a symbol of the shape of an expression; it has a subscript where the expression has an index."""
        index = open_indices(e, self.indices)
        letter, number = self._letter_for(e)
        subscript = ",".join(filter(None, (number, index[0].name if index else "")))
        symbol = Symbol(letter, subscript=subscript, shape=e.shape)
        if index:
            self.indices[symbol] = index[0]
        self.taken.add(symbol)
        self.given_out.append(symbol)
        return symbol

    def _letter_for(self, e: Expr) -> tuple[str, str]:
        """Return a letter that is free; when all are taken the first is numbered, from 1 on."""
        told = next((letters for fits, letters in _AFTER_WHAT_IT_IS if fits(e)), ())
        letters = (*self.wanted, *told, *(_VECTORS if e.shape else _NUMBERS))
        used = {symbol.name for symbol in self.taken}
        free = next((letter for letter in letters if letter not in used), None)
        if free is not None:
            return free, ""
        letter = letters[-1]
        met = {s.subscript.split(",")[0] for s in self.taken if s.name == letter}
        return letter, next(number for number in map(str, count(1)) if number not in met)


class VectorNamer(Namer):
    """Names rows, columns and numbers. What has a name already goes by it wherever it is met."""

    def with_named_parts(self, e: Expr) -> Expr:
        """Return a node in which what deserves a name has one."""
        e = self._with_known_names(e)
        match e:
            case Power(Operation("norm", (part,)) as norm, Integer(2)):
                return Power(with_children(norm, (self.name(part),)), e.exponent)
            case Operation("inner", (a, b)) if self.grain != "natural" and len(a.shape) == 1:
                current_table().memo("taken apart")[e] = True
                return Operation("sum", (self.name(Operation("hadamard", (a, b))),), "(")
            case MatMul():
                whole = _multiplied_out(e, self._varies)
                if whole is not e:
                    return self.shorten(whole)
                return self._name_operands(_without_diagonals(e, self._varies))
            case Operation("sum" | "mean", (part,)):
                return e if self._is_entrywise(part) else self._name_operands(e)
            case Operation("hadamard" | "divide", parts):
                return with_children(e, tuple(p if self._is_entrywise(p) else self._name_operand(p) for p in parts))
            case Operation():
                return self._name_operands(e)
            case Entry(of):
                return with_children(e, (self._name_operand(of), *e.indices))
            case Product(factors) if self._single(factors):
                return e
            case Sum(terms) if len(terms) > 1:
                return with_children(e, tuple(self.name(t) if _is_piecewise(t) else t for t in terms))
            case Product() | Quotient() if _is_matrix(e):
                return e
        return super().with_named_parts(e)

    def _with_known_names(self, e: Expr) -> Expr:
        parts = children(e)
        known = tuple(p if is_atom(p) else self._symbol_of.get(p, p) for p in parts)
        return e if known == parts else with_children(e, known)

    def _single(self, factors: tuple[Expr, ...]) -> bool:
        """Tell whether one factor alone varies, and is a product or sum that is differentiated as it stands."""
        varying = [f for f in factors if self._varies(f)]
        return len(varying) == 1 and isinstance(varying[0], SumOver | MatMul | Operation)

    def _name_operands(self, e: Expr) -> Expr:
        """Name the rows, columns and matrices that an operation takes, but for plain ones and transposes of these."""
        return with_children(e, tuple(map(self._name_operand, children(e))))

    def _name_operand(self, e: Expr) -> Expr:
        if isinstance(e, Matrix) and not any(cell.shape for cell in children(e)):
            return e
        if isinstance(e, Transpose) and e.shape and not is_row(e.of.shape):
            return with_children(e, (self._name_operand(e.of),))
        return self.name(e)

    def name(self, e: Expr) -> Expr:
        """Return the symbol of a part; of a row, that of its column, transposed."""
        if not is_row(e.shape) or is_atom(e) or not self._varies(e):
            return super().name(e)
        return transpose(super().name(column(e)))

    def _is_entrywise(self, e: Expr) -> bool:
        """Tell whether an operand of entry-by-entry work is a function, power or product of atoms."""
        return is_atom(e) or (isinstance(e, Call | Root | Operation) and all(map(is_atom, children(e))))


def _is_matrix(e: Expr) -> bool:
    return len(e.shape) == 2 and not is_row(e.shape)


def _multiplied_out(e: MatMul, varies: Callable[[Expr], bool]) -> Expr:
    r"""Return a product in which a matrix that varies is multiplied out: (B + x x^\top) x is B x + x x^\top x."""
    for i, factor in enumerate(e.factors):
        if _is_matrix(factor) and isinstance(factor, MatMul | Sum | Product | Quotient) and varies(factor):
            left, right = e.factors[:i], e.factors[i + 1 :]
            return add(multiply([*left, term, *right]) for term in opened(factor))
    return e


def _is_piecewise(e: Expr) -> bool:
    """Tell whether a function has cases, which nobody would differentiate inside of a sum."""
    return isinstance(e, Call) and e.function in ("max", "min", "relu", "elu")


def renumbered(definitions: list[Definition], names: Names) -> list[Definition]:
    """Return definitions whose vectors, or numbers, are u_1, u_2, ... where they are more than have a letter each."""
    new: dict[Expr, Expr] = {}
    for letters, shaped in ((_VECTORS, True), (_NUMBERS, False)):
        given = [s for s in names.given_out if bool(s.shape) is shaped and s not in names.indices]
        if len(given) > _MOST_LETTERS:
            own = {s.name for s in names.given_out}
            used = {s.name for s in names.taken} - own
            letter = next((x for x in letters if x not in used), letters[0])
            new |= {s: Symbol(letter, subscript=str(k), shape=s.shape) for k, s in enumerate(given, start=1)}
    if not new:
        return definitions
    names.taken.update(s for s in new.values() if isinstance(s, Symbol))
    return [Definition(_symbol(new.get(d.symbol, d.symbol)), substitute(d.value, new), d.given) for d in definitions]


def _symbol(e: Expr) -> Symbol:
    assert isinstance(e, Symbol)
    return e


def _without_diagonals(e: MatMul, varies: Callable[[Expr], bool]) -> Expr:
    """Write diag(v) w as the product entry by entry, where v varies."""
    for i, factor in enumerate(e.factors[:-1]):
        if isinstance(factor, Operation) and factor.name == "diag" and varies(factor) and len(factor.shape) == 2:
            behind = in_order(e.factors[i + 1 :])
            if len(behind.shape) == 1:
                return in_order([*e.factors[:i], Operation("hadamard", (factor.operands[0], behind))])
    return e
