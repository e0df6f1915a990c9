r"""Method `generic`: what is declared and no more is differentiated in general, entry by entry.

The Jacobian of a declared function is the matrix of its partial derivatives, printed with dots where its sizes have
names. Of what is worked entry by entry the matrix is diagonal where entry i depends on entry i alone (Parr & Howard,
*The Matrix Calculus You Need For Deep Learning*, sections 4.1 to 4.5). In a chain these matrices are the factors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from derive.derivation import ENTRYWISE, Condition, Definition, Line, Note, Problem, Reason, Scope, Step
from derive.expr.build import add, times
from derive.expr.build_arrays import identity, multiply, size_number, zero
from derive.expr.entries import entries
from derive.expr.interning import current_table
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
from derive.planner.chain import Partials, work_by_chain
from derive.planner.local import differentiate
from derive.planner.stage import Chain, Options, Result, Stage, Work
from derive.planner.tidy import tidy

_OF_NUMBERS: dict[str, Callable[[Expr, Expr], Expr]] = {
    "hadamard": lambda a, b: times([a, b]),
    "divide": Quotient,
    "power": Power,
}
"""What operations entry by entry are of numbers."""


# What is solved in general --------------------------------------------------------------------------------------------


def is_general(e: Expr) -> bool:
    """Tell whether a node is a declared function that takes or gives several numbers, or any operation."""
    return e.several if isinstance(e, Apply) else isinstance(e, Operation) and e.name == "generic"


def is_whole(formula: Expr) -> bool:
    """Tell whether a formula is differentiated as it stands, entry by entry, and not by a chain.

    So it is with a declared function of variables, with what is worked entry by entry, and with the sum of such.
    """
    inner = formula.operands[0] if isinstance(formula, Operation) and formula.name == "sum" else formula
    if isinstance(inner, Apply):
        return all(isinstance(a, Symbol) for a in inner.arguments)
    functions = {e.function for e in postorder(inner) if isinstance(e, Apply) and e.shape}
    return len(inner.shape) == 1 and all(map(is_entrywise, functions)) and entry(inner, row_index()) is not None


def is_entrywise(function: Symbol) -> bool:
    """Tell whether entry i of a declared function depends on entry i of its argument alone."""
    return function in current_table().memo(ENTRYWISE)


def assumed(problem: Problem) -> Problem:
    r"""Return the problem with the functions beside `\bigcirc` taken entry by entry, as that operation is meant."""
    parts = (problem.formula, *(d.value for d in problem.definitions))
    beside = [o for e in postorder(*parts) if isinstance(e, Operation) and e.name == "generic" for o in e.operands]
    known = problem.notation.sets
    new = {e.function for e in beside if isinstance(e, Apply) and e.arguments[0].shape == e.shape} - known.keys()
    found = sorted(new, key=spell)
    sets = {**known, **dict.fromkeys(found, ENTRYWISE)}
    current_table().memo(ENTRYWISE).update({f: True for f, kind in sets.items() if kind == ENTRYWISE})
    if not found:
        return problem
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

Forms = list[tuple[Expr, Reason]]
"""What a derivative is, one form after another."""


def forms_of(v: Expr, by: Name, through: bool = True) -> Forms:
    """Return the derivative of a declared function, of work entry by entry, or of the sum of the entries of either.

    Those of a vector by a vector are the stack of gradients, and the matrix of the derivatives of each entry by each.
    """
    if isinstance(v, Operation) and v.name == "sum":
        return _of_sum(v.operands[0], by)
    i, j = row_index(), column_index()
    of, rows = (v if not v.shape else _entry(v, i)), (v.shape[0] if v.shape else ONE)
    if not (v.shape or by.shape):
        return [(Derivative(v, (by,), through), Reason("partial derivatives"))]
    if not by.shape:
        return [(entries(Derivative(of, (by,), through), rows), Reason("partial derivatives"))]
    whole = (entries(Derivative(of, (Entry(by, (j,)),), through), rows, by.shape[0]), Reason("partial derivatives"))
    stack = (entries(Derivative(of, (by,), through), rows), Reason("gradients"))
    return [stack, whole] if v.shape and isinstance(v, Apply) else [whole]


def _entry(v: Expr, i: Expr, alone: bool = False) -> Expr:
    e = entry(v, i, alone)
    assert e is not None, "is_whole has told"
    return e


def _of_sum(v: Expr, by: Name) -> Forms:
    """Return the derivative of the sum of a vector's entries: by each entry, the sum of the derivatives."""
    whole = _sum_of(v)
    x = Entry(by, (column_index(),)) if by.shape else by
    apart = with_children(whole, (*children(whole)[:-1], Derivative(whole.body, (x,))))
    bodies = (Derivative(whole, (x,)), Reason("partial derivatives")), (apart, Reason("sum"))
    return [(entries(body, ONE, by.shape[0]) if by.shape else body, reason) for body, reason in bodies]


def _sum_of(v: Expr) -> SumOver:
    """Return the sum of the entries of a vector."""
    i = _free_index(v)
    return SumOver("sum", i, Integer(1), size_number(v.shape[0]), _entry(v, i))


def _free_index(e: Expr) -> Symbol:
    used = {s.name for s in symbols(e)} | {name for part in postorder(e) for size in part.shape for name in size.names}
    return Symbol(next(c for c in ("i", "k", "l", "p", "q", "r", "s") if c not in used), kind="index")


def is_diagonal(v: Expr, by: Name) -> bool:
    """Tell whether entry i of a vector depends on entry i of another alone."""
    i = row_index()
    functions = (e.function for e in postorder(v) if isinstance(e, Apply) and is_general(e))
    if v.shape != by.shape or not v.shape or not all(map(is_entrywise, functions)):
        return False
    of = entry(v, i, alone=True)
    return of is not None and not depends(substitute(of, {Entry(by, (i,)): Integer(0)}), by)


def diagonal_forms(v: Expr, by: Name) -> Forms:
    """Return the derivative of what is diagonal: its diagonal, which is worked out where the operation is known."""
    i = row_index()
    of, x = _entry(v, i, alone=True), Entry(by, (i,))
    forms = [(_diagonal(Derivative(of, (x,)), by), Reason("diagonal"))]
    if not isinstance(of, Entry) and not any(isinstance(e, Operation) for e in postorder(of)):
        forms.append((_diagonal(_by_entry(of, x), by), Reason("each entry")))
    return forms


def _diagonal(body: Expr, by: Name) -> Expr:
    if not depends(body, row_index()):
        return multiply([body, identity(by.shape[0])])
    return Operation("diag", (entries(body, by.shape[0], style="(,)"),), "(")


def _by_entry(e: Expr, x: Name) -> Expr:
    """Return the derivative of a number by an entry; that of a declared function is named."""
    inner = [n for n in postorder(e) if isinstance(n, Entry) and isinstance(n.of, Apply) and depends(n, x)]
    names: dict[Expr, Symbol] = {n: Symbol("inner", subscript=str(k)) for k, n in enumerate(inner)}
    back: dict[Expr, Expr] = {symbol: n for n, symbol in names.items()}
    short = substitute(e, names)
    terms = [times([_tidied(differentiate(short, s).value), Derivative(n, (x,))]) for n, s in names.items()]
    plain = [differentiate(short, x).value] if depends(short, x) else []
    return substitute(_tidied(add([*terms, *plain])), back)


def _tidied(e: Expr) -> Expr:
    for change in tidy(e):
        e = change.value
    return e


# Work -----------------------------------------------------------------------------------------------------------------


class GeneralPartials(Partials):
    """The derivatives of definitions, those of declared functions being matrices of named derivatives."""

    def lines(self, symbol: Symbol, argument: Name, scope: Scope) -> Iterable[Line]:
        """Return the lines that derive the derivative of a definition by one of its arguments."""
        value, head = scope.values[symbol], scope.direct(symbol, argument)
        if not is_general(value):
            return super().lines(symbol, argument, scope)
        chain = Chain(head)
        if value.shape or argument.shape:
            forms = forms_of(value, argument, head.through)[-1:]
            for form, reason in [*forms, *(diagonal_forms(value, argument) if is_diagonal(value, argument) else ())]:
                chain.equals(form, reason)
        self.table[symbol, argument] = chain.value, ()
        return chain.lines


def work_generically(stage: Stage, options: Options) -> Work:
    """Differentiate in general: as a whole what needs no intermediate, else by the chain rule."""
    if stage.value is stage.scope.definitions[-1].value and len(stage.scope.definitions) == 1 and is_whole(stage.value):
        return _work_whole(stage)
    return work_by_chain(stage, options, "generic", GeneralPartials)


def _work_whole(stage: Stage) -> Work:
    """Differentiate a formula entry by entry, and tell where its Jacobian is diagonal."""
    work, v = Work("generic"), stage.value
    work.steps += [Step("entries", lines, stage.scope) for lines in [tuple(_written(stage.root, v))] if lines]
    steps: dict[str, list[Line]] = {"general": [], "diagonal": []}
    for x in stage.variables:
        forms, conditions = _steps_of(v, x)
        for kind, each in forms.items():
            chain = stage.chain(stage.head(x), (*stage.given, *conditions))
            for form, reason in each:
                chain.equals(form, reason)
            steps[kind] += chain.lines
        work.results[x] = Result(chain.value, tuple(chain.conditions))
    if steps["diagonal"]:
        steps["diagonal"] = [*_conditions(v), *steps["diagonal"]]
    work.steps += [Step(k, tuple(lines), stage.scope, about=stage.variables) for k, lines in steps.items() if lines]
    return work


def _steps_of(v: Expr, x: Name) -> tuple[dict[str, Forms], tuple[Condition, ...]]:
    """Return the forms of a derivative by the steps in which they stand, and where it does not hold.

    Where nothing is declared, the last form is what the rules give.
    """
    if not depends(v, x):
        return {"general": [(zero(Derivative(v, (x,)).shape), Reason("constant"))]}, ()
    steps = {"general": forms_of(v, x)}
    if is_diagonal(v, x):
        steps["diagonal"] = diagonal_forms(v, x)
    if any(map(is_general, postorder(v))):
        return steps, ()
    local = differentiate(v, x)
    steps[list(steps)[-1]].append((_tidied(local.value), Reason("vectors")))
    return steps, local.conditions


def _written(root: Symbol, v: Expr) -> Iterator[Line]:
    """Yield the formula, and its general entry, or the sum that it is; nothing for a declared function of numbers."""
    i = _free_index(v)
    if v.shape:
        yield Line(root, v, (Reason("definition"),))
        yield Line(Entry(root, (i,)), _entry(v, i), (Reason("definition"),))
    elif isinstance(v, Operation):
        yield Line(root, v, (Reason("definition"),))
        yield Line(v, _sum_of(v.operands[0]), (Reason("definition"),))


def _conditions(v: Expr) -> Iterator[Line]:
    """Yield what is meant by functions that are taken entry by entry: f_i(w) = f_i(w_i)."""
    i = _free_index(v)
    for e in postorder(v):
        if isinstance(e, Apply) and is_entrywise(e.function):
            yield Line(_entry(e, i), _entry(e, i, alone=True), (Reason("alone"),))


def with_alias(stage: Stage) -> Stage:
    """Return the stage with one more intermediate, u_3 = x, where a function takes the variable beside others."""
    *inner, last = stage.scope.definitions
    x = stage.variables[0]
    numbers = [d.symbol for d in inner if d.symbol.subscript.isdigit()]
    beside = isinstance(last.value, Apply) and x in last.value.arguments and len(last.value.arguments) > 1
    if not (beside and numbers and isinstance(x, Symbol)):
        return stage
    alias = Symbol(numbers[-1].name, subscript=str(len(numbers) + 1))
    if alias in symbols(*(d.value for d in stage.scope.definitions)):
        return stage
    value = substitute(last.value, {x: alias})
    scope = Scope((*inner, Definition(alias, x), replace(last, value=value)), stage.scope.independents)
    return replace(stage, scope=scope)
