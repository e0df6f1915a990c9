r"""Method `generic`: what is declared and no more is differentiated in general, entry by entry.

The Jacobian of a declared function is the matrix of its partial derivatives, printed with dots where its sizes have
names. Of what is worked entry by entry the matrix is diagonal where entry i depends on entry i alone (Parr & Howard,
*The Matrix Calculus You Need For Deep Learning*, sections 4.1 to 4.5). In a chain these matrices are the factors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from derive.derivation import Definition, Line, Note, Problem, Reason, Scope, Step
from derive.expr.build import add, times
from derive.expr.build_arrays import identity, size_number, zero
from derive.expr.entries import entries, placed
from derive.expr.nodes import (
    Apply,
    Call,
    Derivative,
    Entry,
    Expr,
    Integer,
    Name,
    Operation,
    Power,
    Product,
    Quotient,
    Root,
    Sum,
    SumOver,
    Symbol,
    column_index,
    row_index,
)
from derive.expr.shapes import ONE
from derive.expr.spelling import spell
from derive.expr.walks import children, depends, postorder, substitute, symbols, with_children
from derive.planner.chain import Links, Partials, work_by_chain
from derive.planner.local import differentiate
from derive.planner.stage import Chain, Options, Result, Stage, Work
from derive.planner.tidy import tidy

ENTRYWISE = "entrywise"
"""What a notation says of a function whose entry i depends on entry i of its argument alone."""

_OF_NUMBERS = {"hadamard": lambda a, b: times([a, b]), "divide": Quotient, "power": Power}
"""What operations entry by entry are of numbers."""


# What is solved in general --------------------------------------------------------------------------------------------


def is_general(e: Expr) -> bool:
    """Tell whether a node is of a declared function that has several inputs or values, or any operation."""
    if isinstance(e, Operation):
        return e.name == "generic"
    return isinstance(e, Apply) and bool(e.shape or len(e.arguments) > 1 or e.arguments[0].shape)


def is_whole(formula: Expr, problem: Problem) -> bool:
    """Tell whether a formula is differentiated as it stands, entry by entry, and not by a chain.

    So it is with a declared function of variables, with what is worked entry by entry, and with the sum of such.
    """
    inner = formula.operands[0] if isinstance(formula, Operation) and formula.name == "sum" else formula
    if isinstance(inner, Apply):
        return all(isinstance(a, Symbol) for a in inner.arguments)
    functions = {e.function for e in postorder(inner) if isinstance(e, Apply) and e.shape}
    alone = all(problem.notation.sets.get(f) == ENTRYWISE for f in functions)
    return len(inner.shape) == 1 and alone and entry(inner, row_index()) is not None


def assumed(problem: Problem) -> Problem:
    r"""Return the problem with the functions beside `\bigcirc` taken entry by entry, as that operation is meant."""
    parts = (problem.formula, *(d.value for d in problem.definitions))
    beside = [o for e in postorder(*parts) if isinstance(e, Operation) and e.name == "generic" for o in e.operands]
    new = {e.function for e in beside if isinstance(e, Apply) and [a.shape for a in e.arguments] == [e.shape]}
    new -= problem.notation.sets.keys()
    if not new:
        return problem
    found = sorted(new, key=spell)
    sets = {**problem.notation.sets, **dict.fromkeys(found, ENTRYWISE)}
    notes = [Note(ENTRYWISE, problem.notation.spellings.get(f) or spell(f)) for f in found]
    return replace(problem, notation=replace(problem.notation, sets=sets), notes=(*problem.notes, *notes))


def entry(v: Expr, i: Expr, alone: bool = False) -> Expr | None:
    """Return an entry of what is worked entry by entry, None where it is not; `alone`: it depends on entry i alone."""
    if not v.shape:
        return v
    if isinstance(v, Apply):
        argument = entry(v.arguments[0], i, alone) if alone else v.arguments[0]
        return None if argument is None else Entry(Apply(v.function, (argument,), v.order), (i,))
    if isinstance(v, Symbol):
        return Entry(v, (i,))
    if not isinstance(v, Sum | Product | Quotient | Call | Root | Power | Operation) or len(v.shape) > 1:
        return None
    parts = [entry(part, i, alone) for part in children(v)]
    known = tuple(part for part in parts if part is not None)
    if len(known) < len(parts):
        return None
    if isinstance(v, Operation) and v.name != "generic":
        return _OF_NUMBERS[v.name](*known) if v.name in _OF_NUMBERS else None
    return with_children(v, known)


# Derivatives in general -----------------------------------------------------------------------------------------------


def jacobian(v: Expr, by: Name, through: bool = True) -> list[tuple[Expr, Reason]]:
    """Return the derivative of a vector or number by a vector or number, as the forms that it takes one after another.

    Those are the stack of gradients, and the matrix of the derivatives of each entry by each.
    """
    i, j = row_index(), column_index()
    rows = v.shape[0] if v.shape else ONE
    of = entry(v, i) if v.shape else v
    assert of is not None
    if not by.shape:
        return [(entries(Derivative(of, (by,), through), rows), Reason("entries"))]
    whole = entries(Derivative(of, (Entry(by, (j,)),), through), rows, by.shape[0])
    if not v.shape:
        return [(whole, Reason("entries"))]
    stack = entries(Derivative(of, (by,), through), rows)
    return [(stack, Reason("gradients")), (whole, Reason("entries"))]


def diagonal_form(v: Expr, by: Name) -> list[tuple[Expr, Reason]]:
    """Return the derivative of what is worked entry by entry where entry i depends on entry i alone."""
    i = row_index()
    of, x = entry(v, i, alone=True), Entry(by, (i,))
    assert of is not None
    forms = [(_diag(Derivative(of, (x,)), by), Reason("diagonal"))]
    if not any(isinstance(e, Operation) for e in postorder(of)) and not isinstance(of, Entry):
        forms.append((_diag(entry_derivative(of, x), by), Reason("each entry")))
    return forms


def _diag(body: Expr, by: Name) -> Expr:
    if not depends(body, row_index()):
        return times([body, identity(by.shape[0])])
    return Operation("diag", (entries(body, by.shape[0], style="(,)"),), "(")


def entry_derivative(e: Expr, x: Name) -> Expr:
    """Return the derivative of a number by an entry, those of declared functions being named."""
    inner = [n for n in postorder(e) if isinstance(n, Entry) and isinstance(n.of, Apply) and depends(n, x)]
    names: dict[Expr, Expr] = {n: Symbol("inner", subscript=str(k)) for k, n in enumerate(inner)}
    back: Mapping[Expr, Expr] = {symbol: n for n, symbol in names.items()}
    short = substitute(e, names)
    terms = [] if not depends(short, x) else [differentiate(short, x).value]
    for n, symbol in names.items():
        outer = substitute(tidied(differentiate(short, symbol).value), back)  # type: ignore[arg-type]
        terms.append(times([outer, Derivative(n, (x,))]))
    return tidied(add(terms))


def tidied(e: Expr) -> Expr:
    """Return an expression after all named rewrites."""
    for change in tidy(e):
        e = change.value
    return e


def summed_form(v: Expr, by: Name) -> list[tuple[Expr, Reason]]:
    """Return the derivative of the sum of a vector's entries: by each entry, the sum of the derivatives."""
    index = _free_index(v)
    of, j = entry(v, index), column_index()
    assert of is not None
    x = Entry(by, (j,)) if by.shape else by

    def across(body: Expr) -> Expr:
        return entries(body, ONE, by.shape[0]) if by.shape else body

    def total(body: Expr) -> Expr:
        return SumOver("sum", index, Integer(1), size_number(v.shape[0]), body)

    first, second = across(Derivative(total(of), (x,))), across(total(Derivative(of, (x,))))
    return [(first, Reason("entries")), (second, Reason("sum"))]


def _free_index(e: Expr) -> Symbol:
    used = {s.name for s in symbols(e)} | {name for part in postorder(e) for size in part.shape for name in size.names}
    return Symbol(next(c for c in ("i", "k", "l", "p", "q", "r", "s") if c not in used), kind="index")


# Work -----------------------------------------------------------------------------------------------------------------


class GeneralPartials(Partials):
    """The derivatives of definitions, those of declared functions being matrices of named derivatives."""

    def lines(self, symbol: Symbol, argument: Name, scope: Scope) -> Iterator[Line]:
        """Yield the lines that derive the derivative of a definition by one of its arguments."""
        value = scope.values[symbol]
        head = scope.direct(symbol, argument)
        if not is_general(value):
            yield from super().lines(symbol, argument, scope)
            return
        self.table[symbol, argument] = head, ()
        if not (value.shape or argument.shape):
            return
        chain = Chain(head)
        for form, reason in forms_of(value, argument, scope, self.links.stage.entrywise):
            chain.equals(form, reason)
        self.table[symbol, argument] = chain.value, ()
        yield from chain.lines
