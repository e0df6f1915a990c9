"""An expression as a Python function that stands alone: NumPy, and math or mpmath for special functions.

The source is as long as the formula, not as its expansion: what is used twice is computed once, definitions and named
derivatives become local variables, and long or deep formulas are split, so that any of them compiles. A sum over data
is worked out for all samples at once. The body of any other sum over an index is a function of its own, for a loop;
what does not depend on the index is computed before and passed to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import TypeAlias

from derive.derivation import Definition
from derive.errors import UnsupportedError
from derive.expr.closing import without_points
from derive.expr.nodes import Constant, Derivative, Expr, Indicator, Logic, Relation, Sum, SumOver, Symbol
from derive.expr.walks import children, fold, postorder, with_children
from derive.writer.python_arrays import ATOM, listed
from derive.writer.python_names import Helper, Shared
from derive.writer.python_scope import Scope

Rows: TypeAlias = "Expr | tuple[Rows, ...]"
"""An expression, or rows of them, nested as the array that is wanted."""


def python_source(
    function_name: str,
    value: Rows,
    parameters: Sequence[Symbol],
    names: Mapping[Symbol, str],
    definitions: Sequence[Definition] = (),
    derivatives: Mapping[Derivative, Expr] | None = None,
) -> str:
    """Return the source of a module whose last `def` computes a value.

    Args:
        function_name: its name; it gets a `_` where it would hide a parameter.
        value: an expression (a scalar gives a float, a column `(m,)`, a matrix `(m, n)`; a condition gives 1 or 0), or
            rows nested as wanted.
        parameters: the symbols met, in the order of the arguments. `array_parameters` tells which of them are
            arguments, and which sizes follow. Scalars may also be arrays of one shape, unless there are vectors; a free
            index is a whole number; a declared function is a callable, and where f', f'', ... are needed, `f_d1`,
            `f_d2`, ... stand at the end.
        names: the identifiers of the symbols; what is missing is named by the rule of `expr.names`.
        definitions: the intermediate variables that the value may be written in; computed where needed.
        derivatives: the values of named derivatives, likewise.

    Raises:
        UnsupportedError: the value holds a derivative, or a variable, that nothing gives a value to, or what has no
            NumPy counterpart.
    """
    bound: dict[Expr, Expr] = {d.symbol: d.value for d in definitions}
    bound.update((derivatives or {}).items())
    bound = {key: without_points(e, bound) for key, e in bound.items()}
    cells = [without_points(cell, bound) for cell in _flat(value)]
    cells = [Indicator(cell) if isinstance(cell, Relation | Logic) else cell for cell in cells]
    roots = _with_beginnings([*cells, *bound.values()])
    cells, bound = roots[: len(cells)], dict(zip(bound, roots[len(cells) :], strict=True))
    return _Module(function_name, Shared(parameters, names, bound, cells)).source(value)


def _with_beginnings(roots: list[Expr]) -> list[Expr]:
    """Return formulas with sums that begin as others do written with those: w x + b - y with w x + b."""
    sums = {(e.terms, e.signs) for e in postorder(*roots) if isinstance(e, Sum)}
    lengths = sorted({len(terms) for terms, _ in sums if len(terms) > 1})
    made: dict[tuple[tuple[Expr, ...], tuple[int, ...]], Expr] = {}

    def combine(e: Expr, parts: tuple[Expr, ...]) -> Expr:
        if isinstance(e, Derivative):  # it stands for a value that its name finds
            return e
        if not isinstance(e, Sum) or len(parts) == 1:
            return e if parts == children(e) else with_children(e, parts)
        terms, signs = parts, e.signs
        for k in takewhile(lambda k: k <= len(parts), lengths):
            key = (e.terms[:k], e.signs[:k])
            if key in sums:
                rest = len(parts) - k
                if key not in made:
                    made[key] = Sum(terms[: len(terms) - rest], signs[: len(terms) - rest])
                terms, signs = (made[key], *parts[k:]), (1, *e.signs[k:])
        return terms[0]

    known: dict[Expr, Expr] = {}
    return [fold(root, combine, known) for root in roots]


class _Module:
    """The functions of one source: those of its loops, and the last, which computes the value."""

    def __init__(self, function_name: str, shared: Shared) -> None:
        self.shared = shared
        self.name = function_name + ("_" if function_name in shared.used else "")
        self.functions: list[str] = []

    def source(self, value: Rows) -> str:
        shared = self.shared
        for e in shared.sums:  # what stands inside of another comes before it
            if e not in shared.batched:
                shared.helpers[e] = self._helper(e)
        scope = Scope(shared)
        scope.compute(*shared.cells)
        body = [*scope.statements, f"return {self._result(value, scope)}"]
        sizes = shared.size_definitions()
        if shared.branching:  # both branches are computed: as arrays, which give nan where a float would raise
            sized = {shared.sizes[key].argument for key in shared.needed}
            data = [p for p in shared.parameters if p.kind in ("variable", "family")]
            used = [shared.names[p] for p in data if p in scope.pieces or p in sized]
            body = ['with np.errstate(all="ignore"):', *_indented(body)]
            sizes = [*_as_arrays(used), *sizes]
        self._define(self.name, [*map(shared.name, shared.parameters), *shared.extra.values()], [*sizes, *body])
        text = "\n\n\n".join(self.functions)
        modules = [m for m in ("math", "mpmath") if re.search(rf"\b{m}\.", text)]
        return "\n".join([*(f"import {m}" for m in modules), "import numpy as np", "", "", text, ""])

    def _define(self, name: str, arguments: Sequence[str], body: list[str]) -> None:
        self.functions.append("\n".join([f"def {name}({', '.join(arguments)}):", *_indented(body)]))

    def _helper(self, e: SumOver) -> Helper:
        """Write the function of the body of a sum."""
        what = "sum" if e.operator == "sum" else "product"
        if e.lower is None or e.upper is None:
            raise UnsupportedError(f"a {what} over data has no value in Python: where it ends is not said")
        if any(isinstance(part, Constant) and part.name == "infinity" for part in postorder(e.lower, e.upper)):
            raise UnsupportedError(f"an infinite {what} has no value in Python")
        if e.operator == "prod" and e.shape:
            raise UnsupportedError("a product of vectors or matrices over an index has no value in Python")
        scope = Scope(self.shared, e.index)
        scope.compute(e.body)
        name = f"_{e.operator}_{len(self.functions) + 1}"
        given = [scope.pieces[a].text for a in scope.arguments]
        arguments = [self.shared.name(e.index), *given, *scope.callables.values()]
        self._define(name, arguments, [*scope.statements, f"return {scope.pieces[e.body].text}"])
        return Helper(name, tuple(scope.arguments), tuple(scope.callables))

    def _result(self, value: Rows, scope: Scope) -> str:
        shared = self.shared
        if isinstance(value, tuple):
            return f"np.array({_lists(value, (scope.pieces[cell].text for cell in shared.cells))}, dtype=float)"
        root = shared.cells[0]
        piece = scope.pieces[root]
        if root.shape:
            return piece.text
        one = shared.branching and any(p.shape for p in shared.parameters)  # no scalar is an array then
        if root not in shared.varying or root in shared.counting or one:
            return f"float({piece.text})"
        if not shared.branching:
            return piece.text
        if shared.helpers or shared.counting:  # they may be numbers of Python, without entries
            return f"np.asarray({piece.text}, dtype=float)[()]"
        return f"{piece.at_least(ATOM)}[()]"  # [()]: a float, not an array of one


def _as_arrays(names: list[str]) -> list[str]:
    if len(names) < 2:
        return [f"{name} = np.asarray({name}, dtype=float)" for name in names]
    every = ", ".join(names)
    return [f"{every} = (np.asarray(_a, dtype=float) for _a in ({every}))"]


def _lists(value: Rows, cells: Iterator[str]) -> str:
    return listed([_lists(row, cells) for row in value]) if isinstance(value, tuple) else next(cells)


def _flat(value: Rows) -> list[Expr]:
    if isinstance(value, tuple):
        return [cell for row in value for cell in _flat(row)]
    return [value]


def _indented(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]
