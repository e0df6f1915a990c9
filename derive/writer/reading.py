"""How a formula was read, in every form: printed back, as SymPy, as NumPy, as a tree with shapes."""

from __future__ import annotations

from typing import Any

from derive.derivation import Notation, Problem
from derive.errors import UnsupportedError
from derive.expr.names import names as name_symbols
from derive.expr.nodes import (
    Apply,
    Call,
    Constant,
    Decimal,
    Expr,
    Filled,
    Integer,
    Operation,
    Sum,
    SumOver,
    Symbol,
)
from derive.expr.shapes import show_shape
from derive.expr.walks import children
from derive.writer.latex import latex
from derive.writer.python import python_source
from derive.writer.record import parameters, shape_record, symbol_record, sympy_of
from derive.writer.text import text


def reading(problem: Problem) -> dict[str, Any]:
    """Return the record that `derive parse` prints."""
    known = parameters(problem)
    spelled = name_symbols(known)
    task = problem.task
    return {
        "latex": latex(problem.formula, problem.notation),
        "text": text(problem.formula, problem.notation),
        **sympy_of(problem.formula, spelled),
        "python": _python(problem, known, spelled),
        "symbols": [symbol_record(s, problem, spelled[s]) for s in known],
        "definitions": [
            {"lhs": latex(d.symbol, problem.notation), "rhs": latex(d.value, problem.notation)}
            for d in problem.definitions
        ],
        "task": {
            "kind": task.kind,
            "wrt": [" ".join(latex(s, problem.notation) for s in group) for group in task.wrt],
            "at": [f"{latex(s, problem.notation)} = {latex(v, problem.notation)}" for s, v in task.at],
        },
        "shape": shape_record(problem.formula.shape),
        "tree": tree(problem.formula, problem.notation),
        "notes": [{"kind": n.kind, "about": n.about} for n in problem.notes],
    }


def _python(problem: Problem, known: list[Symbol], spelled: dict[Symbol, str]) -> str | None:
    try:
        return python_source("function", problem.formula, known, spelled, problem.definitions)
    except UnsupportedError:
        return None


def tree(e: Expr, notation: Notation) -> str:
    """Return the nodes of a formula, a line each, indented by depth, with shapes where there are any."""
    lines: list[str] = []
    stack: list[tuple[Expr, int, str]] = [(e, 0, "")]
    while stack:
        node, depth, sign = stack.pop()
        shape = f"  {show_shape(node.shape)}" if node.shape else ""
        lines.append("  " * depth + sign + _label(node, notation) + shape)
        signs = ["- " if s < 0 else "" for s in node.signs] if isinstance(node, Sum) else [""] * len(children(node))
        stack.extend(reversed([(part, depth + 1, s) for part, s in zip(children(node), signs, strict=True)]))
    return "\n".join(lines)


def _label(e: Expr, notation: Notation) -> str:
    match e:
        case Integer() | Decimal() | Constant() | Symbol():
            return latex(e, notation)
        case Call(function):
            return f"call {function}"
        case Apply(function):
            return f"apply {latex(function, notation)}"
        case Operation(name):
            return f"operation {name}"
        case SumOver(operator, index):
            return f"{operator} over {latex(index, notation)}"
        case Filled(kind):
            return kind
        case _:
            return type(e).__name__.lower()
