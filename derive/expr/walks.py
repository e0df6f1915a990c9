"""Walks over expressions: iterative, each distinct node once, so that deep or shared formulas cost what they hold."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from typing import TypeVar, assert_never

from derive.expr.build import bracketed, needs_dot
from derive.expr.functions import FUNCTIONS
from derive.expr.interning import current_table
from derive.expr.nodes import (
    Apply,
    At,
    Call,
    Cases,
    Constant,
    Decimal,
    Derivative,
    Entries,
    Entry,
    Expr,
    Filled,
    Indicator,
    Integer,
    Logic,
    MatMul,
    Matrix,
    Name,
    Operation,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    Sum,
    SumOver,
    Symbol,
    Transpose,
    bound_by,
    has_bare_entries,
)

T = TypeVar("T")


def children(e: Expr) -> tuple[Expr, ...]:
    """Return the direct parts of a node, in printed order."""
    try:
        return e._parts
    except AttributeError:
        parts = _children(e)
        object.__setattr__(e, "_parts", parts)
        return parts


def _children(e: Expr) -> tuple[Expr, ...]:
    match e:
        case Integer() | Decimal() | Constant() | Symbol() | Filled():
            return ()
        case Sum(terms):
            return terms
        case Product(factors) | MatMul(factors):
            return factors
        case Quotient(a, b):
            return (a, b)
        case Power(base, exponent):
            return (base, exponent)
        case Root(radicand, degree):
            return (radicand,) if degree is None else (radicand, degree)
        case Call(_, arguments) | Apply(_, arguments):
            return arguments
        case Relation(operands) | Logic(_, operands) | Operation(_, operands):
            return operands
        case Cases(values, conditions):
            return values + tuple(c for c in conditions if c is not None)
        case Indicator(condition):
            return (condition,)
        case Matrix(rows):
            return tuple(cell for row in rows for cell in row)
        case Transpose(of) | Entries(of):
            return (of,)
        case Entry(of, indices):
            return (of, *indices)
        case SumOver(_, _, lower, upper, body):
            return tuple(part for part in (lower, upper, body) if part is not None)
        case Derivative(of, wrt):
            return (of, *wrt)
        case At(of, variables, values):
            return (of, *variables, *values)
    assert_never(e)


def with_children(e: Expr, parts: tuple[Expr, ...]) -> Expr:
    """Return the node of the same kind and style with other parts."""
    match e:
        case Integer() | Decimal() | Constant() | Symbol() | Filled():
            return e
        case Sum(_, signs):
            return Sum(parts, signs)
        case Product(_, dots):
            return _product(parts, dots)
        case Quotient(_, _, style):
            return Quotient(parts[0], parts[1], style)
        case Power(_, _, style):
            return _power(e, parts)
        case Root(_, degree):
            return Root(parts[0], None if degree is None else parts[1])
        case Call(function, _, style):
            return Call(function, parts, style if style or all(map(_can_be_bare, parts)) else "(")
        case Apply(function, _, order):
            return Apply(function, parts, order)
        case Relation(_, operators):
            return Relation(parts, operators)
        case Logic(operator, _):
            return Logic(operator, parts)
        case Cases(values, conditions):
            rest = iter(parts[len(values) :])
            return Cases(parts[: len(values)], tuple(None if c is None else next(rest) for c in conditions))
        case Indicator(_, style):
            return Indicator(parts[0], style)
        case Matrix(rows, style):
            n = len(rows[0])
            return Matrix(tuple(parts[i : i + n] for i in range(0, len(parts), n)), style)
        case Transpose():
            return Transpose(parts[0])
        case MatMul(_, dots):
            return MatMul(parts, dots)
        case Operation(name, _, style):
            return Operation(name, parts, style)
        case Entry(_, _, style):
            return Entry(parts[0], parts[1:], style if has_bare_entries(parts[0]) or style in ("(", "[") else "(")
        case Entries(_, rows, columns, style):
            return Entries(parts[0], rows, columns, style)
        case SumOver(operator, index, lower, upper, _, style):
            rest = iter(parts)
            bounds = [None if bound is None else next(rest) for bound in (lower, upper)]
            return SumOver(operator, index, bounds[0], bounds[1], next(rest), style)
        case Derivative(_, _, through):
            return Derivative(parts[0], _names(parts[1:]), through)
        case At(_, variables):
            k = 1 + len(variables)
            return At(parts[0], _symbols(parts[1:k]), parts[k:])
    assert_never(e)


def _product(parts: tuple[Expr, ...], dots: tuple[str, ...]) -> Product:
    """The product of replaced parts: flat, with dots added where juxtaposition would now be misread."""
    flat: list[Expr] = []
    between: list[str] = []
    for part, dot in zip(parts, ("", *dots), strict=True):
        inner, inside = (part.factors, part.dots) if isinstance(part, Product) else ((part,), ())
        if flat:
            between.append(dot or (r"\cdot" if needs_dot(flat[-1], inner[0]) else ""))
        flat.extend(inner)
        between.extend(inside)
    # A bare call that something follows gets its brackets, so that it cannot be read as going on.
    return Product((*(bracketed(f) for f in flat[:-1]), flat[-1]), tuple(between))


def _can_be_bare(argument: Expr) -> bool:
    r"""Tell whether an argument can stand without brackets: `\sin 2x`, but not `\sin x + 1`."""
    match argument:
        case Product(factors):
            return all(isinstance(f, Integer | Decimal | Constant | Symbol) for f in factors)
        case Power(base):
            return isinstance(base, Symbol | Constant)
        case Sum() | Cases() | Call() | Apply():
            return False
        case _:
            return True


def _power(e: Power, parts: tuple[Expr, ...]) -> Expr:
    r"""The power of replaced parts; at the name of a function it is one of each entry: `\tanh^2(v)`, `a^{\odot 2}`."""
    style = _power_style(parts[0], parts[1], e.style)
    if parts[0].shape and e.style == "name" and style == "":
        return Operation("power", parts)
    return Power(parts[0], parts[1], style)


def _power_style(base: Expr, exponent: Expr, style: str) -> str:
    r"""The style of a power whose parts were replaced: `name` needs a named call; `\sin x` squared is `\sin^2 x`."""
    if not isinstance(base, Call) or FUNCTIONS[base.function].delimiter or base.style == "^":
        return ""
    return "name" if style == "name" or (base.style == "" and isinstance(exponent, Integer)) else ""


def _symbols(parts: tuple[Expr, ...]) -> tuple[Symbol, ...]:
    out = tuple(p for p in parts if isinstance(p, Symbol))
    if len(out) != len(parts):
        raise TypeError("a variable can only be replaced by a variable")
    return out


def _names(parts: tuple[Expr, ...]) -> tuple[Name, ...]:
    out = tuple(p for p in parts if isinstance(p, Symbol | Entry))
    if len(out) != len(parts):
        raise TypeError("a variable can only be replaced by a variable")
    return out


def postorder(*roots: Expr) -> Iterator[Expr]:
    """Yield each distinct node below the roots once, parts before wholes."""
    done: set[Expr] = set()
    stack: list[tuple[Expr, bool]] = [(root, False) for root in reversed(roots)]
    while stack:
        e, expanded = stack.pop()
        if e in done:
            continue
        parts = () if expanded else children(e)
        if parts:
            stack.append((e, True))
            stack.extend((part, False) for part in reversed(parts) if part not in done)
        else:
            done.add(e)
            yield e


def fold(root: Expr, combine: Callable[[Expr, tuple[T, ...]], T], known: dict[Expr, T] | None = None) -> T:
    """Return `combine(node, results of its parts)` for the root, each distinct node being combined once.

    Results are kept in `known`, so that a walk that is made again, of this or an overlapping expression, costs only
    what is new.
    """
    results: dict[Expr, T] = {} if known is None else known
    stack = [root]
    while stack:
        e = stack[-1]
        if e in results:
            stack.pop()
            continue
        parts = children(e)
        missing = [part for part in parts if part not in results]
        if missing:
            missing.reverse()
            stack.extend(missing)
        else:
            results[e] = combine(e, tuple([results[part] for part in parts]))
            stack.pop()
    return results[root]


def rewrite(root: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """Return the root with `change` applied to every node, from the leaves up. Named derivatives are leaves."""

    def combine(e: Expr, parts: tuple[Expr, ...]) -> Expr:
        if isinstance(e, Derivative):
            return change(e)
        return change(e if parts == children(e) else with_children(e, parts))

    return fold(root, combine)


def substitute(root: Expr, values: Mapping[Expr, Expr]) -> Expr:
    """Return the root with every node that is a key replaced at once; what is put in is not looked at again.

    Named derivatives are replaced as a whole or not at all: du/dx does not become d(x^2)/dx.
    """
    results: dict[Expr, Expr] = {}
    for e in postorder(root):
        if e in values:
            results[e] = values[e]
        elif isinstance(e, Derivative):
            results[e] = e
        else:
            parts = children(e)
            new = tuple(results[part] for part in parts)
            results[e] = e if new == parts else with_children(e, new)
    return results[root]


def symbols(*roots: Expr) -> tuple[Symbol, ...]:
    """Return the symbols below the roots in order of first appearance, functions included."""
    seen: dict[Symbol, None] = {}
    for e in preorder(*roots):
        if isinstance(e, Symbol):
            seen.setdefault(e)
        elif isinstance(e, Apply):
            seen.setdefault(e.function)
    return tuple(seen)


def preorder(*roots: Expr) -> Iterator[Expr]:
    """Yield each distinct node below the roots once, where a reader meets it first: wholes before parts."""
    done: set[Expr] = set()
    stack = list(reversed(roots))
    while stack:
        e = stack.pop()
        if e not in done:
            done.add(e)
            yield e
            stack.extend(reversed(children(e)))


def variables(*roots: Expr) -> tuple[Symbol, ...]:
    """Return the symbols that stand for values, in order of first appearance."""
    return tuple(s for s in symbols(*roots) if s.kind == "variable")


def mentioned(root: Expr, names: Container[Expr]) -> list[Name]:
    """Return which of some names occur, in order of first appearance; what stands inside of one is not looked at."""
    found: dict[Name, None] = {}
    done: set[Expr] = set()
    stack = [root]
    while stack:
        e = stack.pop()
        if e in done:
            continue
        done.add(e)
        if isinstance(e, Symbol | Entry) and e in names:
            found.setdefault(e)
        else:
            stack.extend(reversed(children(e)))
    return list(found)


def free_indices(root: Expr) -> list[Symbol]:
    """Return the indices that no sum inside binds, in order of first appearance."""
    known: dict[Expr, tuple[Symbol, ...]] = current_table().memo("free indices")
    none: dict[Symbol, Symbol] = {}
    found: tuple[Symbol, ...] = fold(root, lambda e, parts: _open(e, parts, none), known)
    return list(found)


def open_indices(root: Expr, indexed: Mapping[Symbol, Symbol]) -> list[Symbol]:
    """Return the free indices, those among them that symbols stand for: z_i has the index i."""
    found: tuple[Symbol, ...] = fold(root, lambda e, parts: _open(e, parts, indexed))
    return list(found)


def _open(e: Expr, parts: tuple[tuple[Symbol, ...], ...], indexed: Mapping[Symbol, Symbol]) -> tuple[Symbol, ...]:
    if isinstance(e, Symbol):
        return (e,) if e.kind == "index" else (indexed[e],) if e in indexed else ()
    if not any(parts):
        return ()
    found = tuple(dict.fromkeys(s for part in parts for s in part))
    return tuple(s for s in found if s not in bound_by(e))


def depends(root: Expr, *on: Expr) -> bool:
    """Tell whether one of `on` occurs below the root."""
    wanted = set(on)
    return any(e in wanted for e in postorder(root))


def tree_size(root: Expr) -> int:
    """Return the number of nodes of the written-out formula, without writing it out."""
    known: dict[Expr, int] = current_table().memo("tree size")
    return fold(root, lambda _, sizes: 1 + sum(sizes), known)


def depth(root: Expr) -> int:
    """Return the length of the longest way from the root to a leaf."""
    return fold(root, lambda _, below: 1 + max(below, default=0))


def plain(root: Expr) -> Expr:
    """Return the root with every style set to one value, so that `same` things become one object.

    The result is kept in the table of the problem, for it is asked for again and again.
    """
    known: dict[Expr, Expr] = current_table().memo("plain")
    return known[root] if root in known else fold(root, _plain_node, known)


def _plain_node(e: Expr, parts: tuple[Expr, ...]) -> Expr:
    if isinstance(e, Derivative):
        return e
    return _without_style(e if parts == children(e) else with_children(e, parts))


def _without_style(e: Expr) -> Expr:
    match e:
        case Product(factors, dots):
            return Product(factors, ("",) * len(dots))
        case Quotient(a, b):
            return Quotient(a, b)
        case Power(base, exponent):
            named = "name" if base.shape else ""
            return Call("exp", (exponent,)) if base == Constant("e") else Power(base, exponent, named)
        case Call(function, arguments):
            return Call(function, arguments)
        case Matrix(rows, style):
            return Matrix(rows, "(,)" if style == "(,)" else "bmatrix")
        case MatMul(factors, dots):
            return MatMul(factors, ("",) * len(dots))
        case Operation(name, operands):
            return Operation(name, operands)
        case Entry(of, indices):
            return Entry(of, indices)
        case SumOver(operator, index, lower, upper, body):
            return SumOver(operator, index, lower, upper, body)
        case Entries(body, rows, columns, style):
            return Entries(body, rows, columns, "(,)" if style == "(,)" else "bmatrix")
        case Indicator(condition):
            return Indicator(condition)
        case _:
            return e


def same(a: Expr, b: Expr) -> bool:
    """Tell whether two expressions differ in style at most."""
    return a is b or plain(a) is plain(b)
