r"""Method `vector-chain` for a column of functions: \mathbf{f}(\mathbf{g}(x)), as Parr & Howard, section 4.5.3.

The arguments of the functions become a vector \mathbf{g}; the Jacobian of \mathbf{f} by \mathbf{g} and the derivative
of \mathbf{g} by x are written out entry by entry, and multiplied.
"""

from __future__ import annotations

from derive.derivation import Answer, Condition, Definition, Line, Reason, Step
from derive.errors import MethodError
from derive.expr.build_arrays import in_order, multiply
from derive.expr.nodes import Derivative, Entry, Expr, Integer, Matrix, Name, Symbol
from derive.expr.walks import children, mentioned, substitute
from derive.planner.local import differentiate
from derive.planner.naming import free_name
from derive.planner.planner import Planner
from derive.planner.stage import Chain, usable
from derive.planner.tidy import tidied

_INNER = ("g", "h", "u", "v", "q")


def work_column_by_chain(planner: Planner, formula: Matrix) -> list[Answer]:
    """Name the arguments of the functions of a column, and multiply two Jacobians; one answer for each variable.

    Raises:
        MethodError: A cell is no function of a single argument that would be named.
    """
    task = planner.problem.task
    cells = children(formula)
    inner = [_argument(cell, task.variables) for cell in cells]
    name = planner.problem.name
    f = name if name is not None and name.shape else Symbol(free_name(("f", "y"), planner.taken), shape=formula.shape)
    planner.taken.add(f)
    g = Symbol(free_name(_INNER, planner.taken), shape=formula.shape)
    entries = tuple(Entry(g, (Integer(k),)) for k in range(1, len(cells) + 1))
    outer = tuple(substitute(cell, {a: e}) for cell, a, e in zip(cells, inner, entries, strict=True))
    definitions = (
        Definition(g, Matrix(tuple((a,) for a in inner), formula.style)),
        Definition(f, Matrix(tuple((c,) for c in outer), formula.style)),
    )
    scope = planner.scope(definitions)
    steps = planner.steps
    steps.append(Step("define", tuple(Line(d.symbol, d.value, (Reason("definition"),)) for d in definitions), scope))
    conditions: dict[Condition, None] = {}
    by_g = _written_out(outer, entries, conditions)
    differentiated = [Line(scope.direct(f, g), by_g, (Reason("entry by entry"),), tuple(conditions))]
    chains: list[Chain] = []
    for x in task.variables:
        met: dict[Condition, None] = {}
        by_x = _written_out(inner, (x,), met)
        differentiated.append(Line(scope.direct(g, x), by_x, (Reason("entry by entry"),), tuple(met)))
        chain = Chain(Derivative(f, (x,)), conditions | met)
        chain.equals(in_order([scope.direct(f, g), scope.direct(g, x)]), Reason("chain rule"))
        chain.equals(multiply([by_g, by_x], put_in=True), Reason("put in"))
        chain.tidy()
        chains.append(chain)
    steps.append(Step("differentiate", tuple(differentiated), scope))
    steps.append(Step("combine", tuple(line for c in chains for line in c.lines), scope, about=task.variables))
    back = [_put_back(chain, dict(zip(entries, inner, strict=True))) for chain in chains]
    steps.append(Step("substitute", tuple(line for c in back for line in c.lines), scope, about=task.variables))
    limit = planner.options.answer_characters
    return [Answer(c.head, c.value, usable(c.conditions, scope, limit), scope) for c in back]


def _argument(cell: Expr, by: tuple[Name, ...]) -> Expr:
    """Return the one part of a cell that varies and is worth a name."""
    varying = [part for part in children(cell) if mentioned(part, by)]
    if len(varying) != 1 or isinstance(varying[0], Symbol) or varying[0].shape:
        raise MethodError(
            "vector-chain does not apply: each function of the column needs one argument that can be named",
            hint="leave --method out",
        )
    return varying[0]


def _written_out(
    functions: tuple[Expr, ...] | list[Expr], by: tuple[Name, ...], conditions: dict[Condition, None]
) -> Matrix:
    """Return the Jacobian of functions by numbers, all entries; add where it does not hold."""
    rows = []
    for function in functions:
        found = [differentiate(function, x) for x in by]
        conditions.update(dict.fromkeys(c for local in found for c in local.conditions))
        rows.append(tuple(tidied(local.value) for local in found))
    return Matrix(tuple(rows))


def _put_back(chain: Chain, arguments: dict[Expr, Expr]) -> Chain:
    """Return the lines that put the arguments back in."""
    back = Chain(chain.head, chain.conditions)
    back.equals(substitute(chain.value, arguments), Reason("substitute"))
    back.tidy()
    return back
