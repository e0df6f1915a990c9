"""What others make of a problem: latex2sympy2 reads it, SymPy differentiates it, and both are compared with ours.

The comparison is numerical, at seeded points. A verdict is None where the other has nothing to say, or not in time.
This module imports SymPy and latex2sympy2; it is itself imported only by those who ask for the oracle.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Final, TypeAlias

import sympy
from sympy.core.function import AppliedUndef

from derive.derivation import Problem
from derive.errors import DeriveError, LimitError, UndefinedError
from derive.expr.closing import closed
from derive.expr.deadline import OutOfTimeError, time_limit
from derive.expr.names import names as name_symbols
from derive.expr.nodes import Expr, Name, Symbol
from derive.expr.numeric import values
from derive.expr.spelling import spell
from derive.expr.sympy_bridge import to_sympy
from derive.expr.walks import symbols, tree_size, variables
from derive.reader.second import bare_name, read_with_latex2sympy

Point: TypeAlias = Mapping[Symbol, float]
Verdict: TypeAlias = tuple[bool | None, str]

_NODES: Final = 600
_POINTS: Final = 5
_DRAWS: Final = 60
_TOLERANCE: Final = 1e-8
_TEXT: Final = 2_000

_READING: Final = {None: "", True: "latex2sympy2 reads the same", False: "latex2sympy2 reads another formula"}
_DERIVATIVE: Final = {None: "", True: "SymPy agrees", False: "SymPy finds another derivative"}

_LEFT: Final = re.compile(r"^[^=]*=(?=[^=]*$)")
_SHORT_FRACTION: Final = re.compile(r"\\frac\s*(\d)\s*(\d)")
_MORE: Final = re.compile(r"\\q?quad|\\text(?![a-z])|\\left\s*\.|\\nabla|\|\s*_|'")
"""Signs of a task, or of more than one formula, in the text: what latex2sympy2 makes of it is not the formula."""


def compare(problem: Problem, answers: Sequence[Expr], seconds: float = 5.0) -> dict[str, object]:
    """Return what the others say, as data.

    Args:
        problem: What was read.
        answers: What was found, written out in the variables alone.
        seconds: What each of the others may take.

    Returns:
        `reads_same` and `sympy_agrees`: True, False, or None where there is no verdict; `words`: the verdicts in words;
        `why`: the reasons, and for a disagreement both versions; `sympy`: SymPy's derivative as text, "" where there is
        none. It never raises.
    """
    texts: list[str] = []
    same, why_read = _within_limits(lambda: _compare_reading(problem), seconds)
    agrees, why_derivative = _within_limits(lambda: _compare_derivative(problem, answers, texts), seconds)
    why = "; ".join(filter(None, (why_read, why_derivative)))
    words = "; ".join(filter(None, (_READING[same], _DERIVATIVE[agrees])))
    return {"reads_same": same, "sympy_agrees": agrees, "words": words, "why": why, "sympy": "".join(texts)}


def compare_reading(problem: Problem, seconds: float = 5.0) -> dict[str, object]:
    """Return what latex2sympy2 makes of the text alone: `reads_same`, `words` and `why`, as `compare` has them."""
    same, why = _within_limits(lambda: _compare_reading(problem), seconds)
    return {"reads_same": same, "words": _READING[same], "why": why}


def _within_limits(verdict: Callable[[], Verdict], seconds: float) -> Verdict:
    """Return a verdict, or None with the reason: the other's failures are not ours."""
    try:
        with time_limit(seconds):
            return verdict()
    except OutOfTimeError:
        return None, f"no verdict within {seconds:.2g} s"
    except LimitError:
        raise
    except DeriveError as reason:
        return None, reason.message
    except Exception as reason:  # SymPy raises what comes: NotImplementedError, RecursionError, PolynomialError, ...
        return None, f"SymPy gave up: {type(reason).__name__}"


# latex2sympy2 ---------------------------------------------------------------------------------------------------------


def _compare_reading(problem: Problem) -> Verdict:
    if _MORE.search(problem.latex):
        return None, "the text holds more than a formula, so latex2sympy2 is not asked"
    text = _SHORT_FRACTION.sub(r"\\frac{\1}{\2}", _LEFT.sub("", problem.latex))
    theirs = read_with_latex2sympy(text, problem.notation.log_base)
    if isinstance(theirs, sympy.Derivative):
        theirs = theirs.expr
    spelled = {bare_name(spell(s)): s for s in variables(problem.formula, *(d.value for d in problem.definitions))}
    defined = {d.symbol: closed(d.value, _bound(problem)) for d in problem.definitions}
    strangers = sorted(s.name for s in theirs.free_symbols if s.name not in spelled)
    unknown = sorted({f.func.__name__ for f in theirs.atoms(AppliedUndef)})
    if unknown:
        return None, f"latex2sympy2 does not know the function {', '.join(unknown)}"
    if strangers:
        return None, f"latex2sympy2 reads other symbols: {', '.join(strangers)}"
    ours = closed(problem.formula, _bound(problem))
    if len(theirs.free_symbols) < len(variables(problem.formula)) and not defined:
        return None, "latex2sympy2 reads fewer symbols"

    def evaluate(point: Point) -> list[float] | None:
        full = {**point, **{symbol: values(e, point)[0][0] for symbol, e in defined.items()}}
        return _sympy_values(theirs, {s: full[spelled[s.name]] for s in theirs.free_symbols})

    same = _agree([ours], problem.latex, evaluate)
    return same, {
        None: "no common points with latex2sympy2",
        False: f"latex2sympy2 reads {str(theirs)[:_TEXT]}, where derive reads {_text(ours)}",
        True: "",
    }[same]


# SymPy ----------------------------------------------------------------------------------------------------------------


def _compare_derivative(problem: Problem, answers: Sequence[Expr], texts: list[str]) -> Verdict:
    """Compare SymPy's derivatives with the answers; their text is added to `texts`."""
    formula = closed(problem.formula, _bound(problem))
    if tree_size(formula) > _NODES or len(problem.latex) > 10 * _NODES:
        return None, f"SymPy is not given formulas of more than {_NODES} nodes"
    names = name_symbols([*symbols(*problem.task.variables), *variables(formula)])
    symbol: dict[Name, Any] = {s: sympy.Symbol(name, real=True) for s, name in names.items()}
    found = _derivatives(to_sympy(formula, names, real=True), problem, symbol)
    if any(cell.has(sympy.Derivative, sympy.Subs) for grid in found for cell in grid):
        return None, "SymPy leaves a derivative open"
    texts.append("; ".join(", ".join(str(cell) for cell in grid) for grid in found)[:_TEXT])

    def evaluate(point: Point) -> list[float] | None:
        at = {**point, **{s: values(e, {})[0][0] for s, e in problem.task.at}}
        values(formula, at)  # where the formula has no value, an answer that has one says nothing
        out = [_sympy_values(cell, {symbol[s]: at[s] for s in names}) for grid in found for cell in grid]
        return None if any(v is None for v in out) else [v[0] for v in out if v is not None]

    same = _agree(answers, problem.latex, evaluate, tuple(names))
    ours = "; ".join(map(_text, answers))
    return same, {
        None: "no common points with SymPy",
        False: f"SymPy finds {texts[-1]}, where derive finds {ours}",
        True: "",
    }[same]


def _derivatives(formula: Any, problem: Problem, symbol: Mapping[Name, Any]) -> list[list[Any]]:
    """Return SymPy's answers, each as its cells row by row."""
    cells = list(formula) if isinstance(formula, sympy.MatrixBase) else [formula]
    task = problem.task
    if task.kind == "derivative":
        return [[cell.diff(*(symbol[s] for s in group)) for cell in cells] for group in task.wrt]
    by = [symbol[s] for s in task.variables]
    if task.kind == "hessian":
        return [[cells[0].diff(a, b) for a, b in product(by, by)]]
    pairs = product(cells, by) if task.layout == "numerator" else ((c, v) for v, c in product(by, cells))
    return [[cell.diff(v) for cell, v in pairs]]


# Both -----------------------------------------------------------------------------------------------------------------


def _text(e: Expr) -> str:
    """Return an expression of ours as SymPy writes it, for a message."""
    return str(to_sympy(e))[:_TEXT] if tree_size(e) <= _NODES else f"a formula of more than {_NODES} nodes"


def _bound(problem: Problem) -> dict[Expr, Expr]:
    return {d.symbol: d.value for d in problem.definitions}


def _agree(
    ours: Sequence[Expr], seed: str, evaluate: Callable[[Point], list[float] | None], more: Sequence[Symbol] = ()
) -> bool | None:
    """Compare at points where both sides have a value; None where there are too few."""
    good = 0
    for point in _points(tuple(dict.fromkeys([*variables(*ours), *more])), seed):
        try:
            left = [v for e in ours for row in values(e, point) for v in row]
            right = evaluate(point)
        except UndefinedError:
            continue
        if right is None:
            continue
        if len(left) != len(right):
            return False
        if any(abs(a - b) > _TOLERANCE * max(1.0, abs(a), abs(b)) for a, b in zip(left, right, strict=True)):
            return False
        good += 1
        if good == _POINTS:
            return True
    return None


def _points(symbols: Sequence[Symbol], seed: str) -> Iterator[dict[Symbol, float]]:
    """Yield seeded points: first positive ones, then of all signs, small and large."""
    draw = random.Random(seed)
    for k in range(_DRAWS):
        low, high = ((0.1, 0.9), (0.5, 3.0), (-3.0, 3.0), (1.5, 9.0))[k % 4]
        yield {s: round(draw.uniform(low, high), 6) for s in symbols}


def _sympy_values(expr: Any, at: Mapping[Any, float]) -> list[float] | None:
    """Return the cells of SymPy's value as floats, or None where one is not a finite real number."""
    value = sympy.N(expr.subs({s: sympy.Float(v, 30) for s, v in at.items()}), 20)
    out = []
    for cell in value if isinstance(value, sympy.MatrixBase) else [value]:
        if not (cell.is_Number and cell.is_finite):
            return None
        out.append(float(cell))
    return out if all(map(math.isfinite, out)) else None
