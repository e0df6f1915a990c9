"""The tables of the manual: rules, functions, rewrites, methods. Each example is worked and checked as it is listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from derive.checker import check
from derive.derivation import Derivation, Line, Notation, Reason, Scope, Step
from derive.expr.functions import FUNCTIONS, Function
from derive.expr.interning import Table, interning
from derive.expr.nodes import Call, Expr, Integer, Symbol
from derive.pipeline import read, solve
from derive.planner.choose import METHODS
from derive.planner.tidy import LETTERS, REWRITES
from derive.reader import read_expression
from derive.rules import vector
from derive.rules.table import RULES
from derive.rules.vocabulary import word
from derive.writer.latex import latex


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a table: its name, what it says (words or LaTeX), an example and what comes of it (LaTeX)."""

    name: str
    title: str
    says: str
    example: str
    result: str
    extra: str = ""


def rules() -> Iterator[Entry]:
    """Yield the derivative rules."""
    for rule in RULES.values():
        example = _function_example(rule.example) if rule.example in FUNCTIONS else rule.example
        let = (r"f: \mathbb{R} \to \mathbb{R}",) if rule.name == "declared function" else ()
        solution = solve(example, wrt=r"\mathbf{x}" if rule.name in vector.RULES else "x", let=let)
        yield Entry(rule.name, rule.title, rule.statement, example, _answer(solution))


def functions() -> Iterator[Entry]:
    """Yield the elementary functions, with their spellings and domains."""
    for row in FUNCTIONS.values():
        example = _function_example(row.name)
        words = ", ".join(dict.fromkeys(w for w in (row.latex, *row.words) if w.isalnum() or w[1:].isalpha()))
        yield Entry(row.name, row.title, row.domain, example, _answer(solve(example, wrt="x")), words)


def rewrites() -> Iterator[Entry]:
    """Yield the rewrites that tidy a result; before and after are compared like any line."""
    for row in REWRITES:
        before, after = row.example
        _check_equal(before, after)
        yield Entry(row.name, word(row.name).title, "", before, after)


def methods() -> Iterator[Entry]:
    """Yield the ways of working."""
    by_vector = {"wrt": r"\mathbf{x}", "let": r"\mathbf{w}, \mathbf{x} \in \mathbb{R}^n"}
    examples: dict[str, tuple[str, dict[str, Any]]] = {
        "direct": (r"x^2\sin(x)", {"wrt": "x"}),
        "single-variable-chain": (r"\ln(\sin(x^2))", {"wrt": "x"}),
        "total-derivative-chain": (r"x^2\sin(x^3)", {"wrt": "x"}),
        "components": (r"\mathbf{w}^\top\mathbf{x}", by_vector),
        "vector-chain": (r"\lVert \mathbf{x} - \mathbf{w} \rVert^2", by_vector),
        "generic": (r"\mathbf{w} \odot \mathbf{x}", by_vector),
        "explicit": ("x^2y", {"wrt": ("x", "y"), "task": "gradient"}),
    }
    for name, says in METHODS.items():
        formula, asked = examples[name]
        yield Entry(name, name, says, formula, _answer(solve(formula, method=name, **asked)))


TABLES: dict[str, Callable[[], Iterator[Entry]]] = {
    "rules": rules,
    "functions": functions,
    "rewrites": rewrites,
    "methods": methods,
}


def _answer(derivation: Derivation) -> str:
    answer = derivation.answers[0]
    with interning(derivation.problem.table):
        return latex(answer.value, derivation.problem.notation, answer.scope)


def _function_example(name: str) -> str:
    """The function at x, as it is printed."""
    row: Function = FUNCTIONS[name]
    with interning(Table()):
        x = Symbol("x")
        arguments: tuple[Expr, ...] = (x,)
        if name == "polygamma":
            arguments = (Integer(1), x)
        elif name in ("log", "binomial"):
            arguments = (x, Integer(2))
        elif row.variadic:
            arguments = (Integer(0), x)
        return latex(Call(name, arguments, row.delimiter or "("), Notation())


def _check_equal(before: str, after: str) -> None:
    problem = read(before, let=LETTERS, reading=True)
    with interning(problem.table):
        line = Line(problem.formula, read_expression(after, problem.notation), (Reason("like terms"),))
        step = Step("tidy", (line,), Scope((), problem.task.variables))
        check(Derivation(problem, "direct", (step,), ()))
