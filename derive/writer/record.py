"""A derivation as data for other programs: the JSON record `derive/1`, and Python source."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from derive.derivation import Answer, Derivation, Line, Problem, Scope, Step, every_step
from derive.errors import UnsupportedError
from derive.expr.names import names as name_symbols
from derive.expr.nodes import Derivative, Expr, Symbol
from derive.expr.shapes import Shape
from derive.expr.walks import symbols
from derive.rules.vocabulary import word
from derive.writer.latex import latex
from derive.writer.python import python_source
from derive.writer.python_names import array_parameters
from derive.writer.sympy_text import sympy_text

SCHEMA = "derive/1"


def as_json(derivation: Derivation) -> str:
    """Return the JSON text of `record`."""
    return json.dumps(record(derivation), ensure_ascii=False, indent=1) + "\n"


def as_python(derivation: Derivation) -> str:
    """Return a module with the function and its derivatives."""
    sources = python(derivation)
    derivatives = sources["derivative"]
    return "\n\n".join([sources["function"], *([derivatives] if isinstance(derivatives, str) else derivatives)])


def record(derivation: Derivation) -> dict[str, Any]:
    """Return the derivation as plain data in the form `derive/1`."""
    problem = derivation.problem
    known = parameters(problem)
    spelled = name_symbols(known)
    answers = [_answer(a, derivation, spelled) for a in derivation.answers]
    steps = derivation.steps
    return {
        "schema": SCHEMA,
        "problem": {
            "latex": problem.latex,
            "task": problem.task.kind,
            "wrt": [" ".join(latex(s, problem.notation) for s in group) for group in problem.task.wrt],
            "layout": problem.task.layout,
            "symbols": [symbol_record(s, problem, spelled[s]) for s in known],
            **sympy_of(problem.formula, spelled),
        },
        "method": derivation.method,
        "definitions": _definitions(derivation),
        "steps": [_step(step, problem) for step in steps],
        "answer": answers[0] if len(answers) == 1 else answers,
        **_python_of(derivation),
        "checked": derivation.checked,
        "notes": [{"kind": n.kind, "about": n.about} for n in derivation.notes],
        "oracle": dict(derivation.oracle) if derivation.oracle else None,
    }


def _python_of(derivation: Derivation) -> dict[str, Any]:
    """Return the `python` field, with the reason where it is null."""
    try:
        return {"python": python(derivation)}
    except UnsupportedError as reason:
        return {"python": None, "python_reason": reason.message}


def parameters(problem: Problem) -> list[Symbol]:
    """Return the free symbols of a problem and its variables, in order of appearance; definitions are not free.

    A size is among them only if the shape of no other tells it.
    """
    values: dict[Expr, Expr] = {d.symbol: d.value for d in problem.definitions}
    met = symbols(problem.formula, *values.values(), *problem.task.variables)
    return array_parameters([s for s in met if s not in values], problem.formula, values=values)


def symbol_record(symbol: Symbol, problem: Problem, name: str) -> dict[str, Any]:
    """Return how JSON lists a symbol."""
    by_rank = {0: "scalar", 1: "vector"}.get(len(symbol.shape), "matrix")
    kind = by_rank if symbol.kind == "variable" else symbol.kind
    declared = symbol in problem.notation.declared or symbol in problem.notation.functions
    return {
        "latex": latex(symbol, problem.notation),
        "name": name,
        "kind": kind,
        "shape": shape_record(symbol.shape),
        "assumed": not declared,
    }


def shape_record(shape: Shape) -> list[int | str]:
    """Return a shape as JSON has it: integers, and the text of what is not known."""
    return [str(d) if d.constant is None else d.constant for d in shape]


def sympy_of(e: Expr, names: dict[Symbol, str]) -> dict[str, Any]:
    """Return the `sympy` field, with the reason where it is null."""
    try:
        return {"sympy": sympy_text(e, names)}
    except UnsupportedError as reason:
        return {"sympy": None, "sympy_reason": reason.message}


def _definitions(derivation: Derivation) -> list[dict[str, Any]]:
    out: dict[Symbol, dict[str, Any]] = {}
    notation = derivation.problem.notation
    for step in every_step(derivation.steps):
        if step.kind == "define":
            for line in step.lines:
                if isinstance(line.lhs, Symbol):
                    lhs, rhs = latex(line.lhs, notation, step.scope), latex(line.rhs, notation, step.scope)
                    out[line.lhs] = {"lhs": lhs, "rhs": rhs, "shape": shape_record(line.rhs.shape), "index": None}
    return list(out.values())


def _step(step: Step, problem: Problem) -> dict[str, Any]:
    about = " ".join(latex(e, problem.notation, step.scope) for e in step.about)
    return {
        "title": f"{step.kind} {about}".strip(),
        "rule": step.kind,
        "lines": [_line(line, step.scope, problem) for line in step.lines],
        "substeps": [_step(s, problem) for s in step.substeps],
    }


def _line(line: Line, scope: Scope, problem: Problem) -> dict[str, Any]:
    def show(e: Expr) -> str:
        return latex(e, problem.notation, scope)

    found = line.evidence
    check = {
        "status": found.status if found else "unchecked",
        "points": found.points if found else 0,
        "digits": found.digits if found else 0,
        "max_error": found.max_error if found else None,
    }
    return {
        "lhs": show(line.lhs),
        "relation": line.relation,
        "rhs": show(line.rhs),
        "reason": ", ".join(dict.fromkeys(word(r.name).title for r in line.reasons)),
        "given": [show(g) for g in line.given],
        "check": check,
    }


def _answer(answer: Answer, derivation: Derivation, names: dict[Symbol, str]) -> dict[str, Any]:
    notation = derivation.problem.notation
    too_long = "written out in the variables alone, the answer exceeds the size limit"
    as_sympy = sympy_of(answer.value, names) if answer.closed else {"sympy": None, "sympy_reason": too_long}
    return {
        "latex": latex(answer.value, notation, answer.scope),
        "lhs": latex(answer.lhs, notation, answer.scope),
        "shape": shape_record(answer.value.shape),
        "conditions": [latex(c, notation, answer.scope) for c in answer.conditions],
        "closed": answer.closed,
        "components": None,
        **as_sympy,
    }


# Python ---------------------------------------------------------------------------------------------------------------


def python(derivation: Derivation) -> dict[str, Any]:
    """Return the source of the function and of each derivative; all take every parameter of the problem."""
    problem = derivation.problem
    known = parameters(problem)
    names = name_symbols(known)
    function = python_source("function", problem.formula, known, names, problem.definitions)
    derivatives = [_derivative(a, derivation.steps, known, names) for a in derivation.answers]
    return {"function": function, "derivative": derivatives[0] if len(derivatives) == 1 else derivatives}


def _derivative(answer: Answer, steps: Sequence[Step], known: list[Symbol], names: dict[Symbol, str]) -> str:
    if answer.closed:
        return python_source("derivative", answer.value, known, names)
    totals = _totals(every_step(tuple(steps)))
    return python_source("derivative", answer.value, known, names, answer.scope.definitions, totals)


def _totals(steps: Iterable[Step]) -> dict[Derivative, Expr]:
    """The last value that the working gives to each derivative that it names."""
    values: dict[Derivative, Expr] = {}
    for step in steps:
        head: Derivative | None = None
        for line in step.lines:
            if isinstance(line.lhs, Derivative):
                head = line.lhs
            if head is not None:
                values[head] = line.rhs
    return values


__all__ = ["as_json", "as_python", "parameters", "record", "shape_record", "symbol_record", "sympy_of"]
