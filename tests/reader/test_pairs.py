"""What an author types, and what is read: the pairs of `pairs`, and the page of the manual that lists them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

from derive import errors
from derive.errors import visible
from derive.expr.interning import interning
from derive.pipeline import read, show_reading
from derive.writer.latex import latex
from tests.reader.pairs import PENDING, SECTIONS, Pair

PAGE = Path(__file__).parents[2] / "docs" / "what-derive-reads.md"
SIZES = {"n": 3, "m": 4, "k": 2, "p": 5, "N": 6}
POINTS = ((0.3, 0.6), (1.2, 0.35), (-0.7, 1.1), (2.3, -1.4))


NOT_YET = pytest.mark.skip(reason="not read yet")


def named(pair: Pair) -> str:
    return " | ".join((pair.latex[:60], *pair.let))


PAIRS = [pytest.param(p, id=named(p)) for section in SECTIONS for p in section.pairs]


@pytest.mark.parametrize("pair", [*PAIRS, *(pytest.param(p, id=named(p), marks=NOT_YET) for p in PENDING)])
def test_a_text_is_read_as_it_is_meant(pair: Pair) -> None:
    if pair.error:
        refused(pair)
        return
    if pair.task:
        assert_asks(pair)
    got = show_reading(pair.latex, let=list(pair.let))
    if pair.sympy:
        assert equal(got["sympy"], pair.sympy), f"read as {got['sympy']}"
    if pair.numpy:
        assert ", ".join(map(str, got["shape"])) == pair.shape
        assert_same_values(got, pair.numpy)
    if pair.printed:
        assert look(got["latex"]) == look(pair.printed)
    if pair.note:
        assert pair.note in [n["kind"] for n in got["notes"]]


def assert_asks(pair: Pair) -> None:
    """Check what a text asks for: the kind, the variables, the point."""
    problem = read(pair.latex, let=list(pair.let))
    with interning(problem.table):
        shown = {s: latex(s, problem.notation) for s in problem.task.variables}
        wrt = tuple(" ".join(shown[s] for s in group) for group in problem.task.wrt)
        at = tuple(f"{latex(s, problem.notation)} = {latex(v, problem.notation)}" for s, v in problem.task.at)
    assert (problem.task.kind, wrt, at) == (pair.task, pair.wrt, pair.at)


def look(text: str) -> str:
    """Return LaTeX without what does not show: braces around one sign, blanks."""
    return re.sub(r"\s+", "", re.sub(r"\{(\\[A-Za-z]+|.)\}", r" \1 ", text))


def refused(pair: Pair) -> None:
    """Check that a text is refused with the right words, and where they point."""
    with pytest.raises(getattr(errors, pair.error)) as caught:
        show_reading(pair.latex, let=list(pair.let))
    said = f"{caught.value.message} {caught.value.hint}"
    assert pair.words in said
    if pair.column:
        assert (caught.value.column, said) == (pair.column, said)


def equal(got: str, meant: str) -> bool:
    """Tell whether two SymPy sources are one formula: the same tree, or the same values wherever either has one."""
    a, b = sympy.sympify(got), sympy.sympify(meant)
    if a == b:
        return True
    letters = sorted(a.free_symbols | b.free_symbols, key=str)
    if a.free_symbols != b.free_symbols:
        return False
    compared = 0
    for first, step in POINTS:
        point = {s: first + step * k for k, s in enumerate(letters)}
        left, right = (complex(e.subs(point).evalf()) if not e.subs(point).has(sympy.nan) else None for e in (a, b))
        if left is None or right is None:
            if left is not right:
                return False
            continue
        compared += 1
        if abs(left - right) > 1e-9 * max(1.0, abs(left), abs(right)):
            return False
    return compared > 0


def assert_same_values(got: dict[str, Any], meant: str) -> None:
    """Compare the NumPy function of a reading with NumPy source, at random arrays."""
    space: dict[str, Any] = {"math": math}
    exec(got["python"], space)
    random = np.random.default_rng(7)
    values = {s["name"]: value(s, random) for s in got["symbols"]}
    plain = {name.rstrip("_"): v for name, v in values.items()}
    result = np.asarray(space["function"](**accepted(space["function"], values)))
    expected = np.asarray(eval(meant, {"np": np, "math": math, **values, **plain}))
    assert result.shape == expected.shape
    assert np.allclose(result, expected, rtol=1e-9, atol=1e-9)


def accepted(function: Callable[..., Any], values: dict[str, Any]) -> dict[str, Any]:
    names = function.__code__.co_varnames[: function.__code__.co_argcount + function.__code__.co_kwonlyargcount]
    return {name: values[name] for name in names if name in values}


def value(symbol: dict[str, Any], random: np.random.Generator) -> Any:
    """Return a value for a symbol, of its shape."""
    if symbol["kind"] == "index":
        return 2
    if symbol["kind"] == "dimension":
        return SIZES[symbol["name"].rstrip("_")]
    shape = tuple(size(d) for d in symbol["shape"])
    if symbol["kind"] == "function":
        return lambda *_: np.resize(np.sin(sum(np.sum(a) for a in _)) + np.arange(20), shape)
    return random.uniform(0.2, 1.5, shape) if shape else float(random.uniform(0.2, 1.5))


def size(dimension: object) -> int:
    """Return the number that a size is, such as 4 for n+1."""
    return int(sympy.sympify(re.sub(r"(?<=\w)(?=[a-zA-Z])", "*", str(dimension)), locals=dict(SIZES)))


def test_the_page_of_the_manual_lists_the_pairs(golden: Callable[[Path, str], None]) -> None:
    golden(PAGE, page())


def page() -> str:
    """Return the page that lists the pairs of each section in tables."""
    parts = ["# What derive reads", INTRODUCTION]
    for section in SECTIONS:
        read_pairs = [p for p in section.pairs if not p.error]
        parts += [f"## {section.title}", section.rule, table(HEAD, map(row, read_pairs))]
        wrong = [p for p in section.pairs if p.error]
        if wrong:
            parts += ["Refused:", table(REFUSED, map(refused_row, wrong))]
    return "\n\n".join(parts) + "\n"


INTRODUCTION = """\
What an author types, and what it is read as. A formula of numbers is told in SymPy, one with vectors and matrices in
NumPy, with the shape of its value; a task by its kind and its variables. Each row is a test. The page is written by
`make golden` from `tests/reader/pairs.py`."""
HEAD = ("typed", "declared", "read as", "noted")
REFUSED = ("typed", "declared", "error", "column")


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, ("---",) * len(head), *rows))


def row(p: Pair) -> tuple[str, ...]:
    return code(p.latex), "; ".join(map(code, p.let)), meaning(p), p.note


def refused_row(p: Pair) -> tuple[str, ...]:
    with pytest.raises(errors.DeriveError) as caught:
        show_reading(p.latex, let=list(p.let))
    column = caught.value.column
    said = f"{caught.value.code}: {caught.value.message}"
    return code(p.latex), "; ".join(map(code, p.let)), code(said), "" if column is None else str(column)


def meaning(p: Pair) -> str:
    """Return what a pair says about how its text is read."""
    asked = f"{p.task} by {', '.join(map(code, p.wrt))} of " if p.task else ""
    value = code(p.sympy or p.numpy or p.printed)
    shape = f", shape ({p.shape})" if p.shape else ""
    place = f" at {', '.join(map(code, p.at))}" if p.at else ""
    return asked + value + shape + place


def code(text: str) -> str:
    """Return text as code in a cell of a table; what no cell can hold is shown by its number."""
    shown = visible(text.replace("\n", " ")).replace("|", r"\|")
    fence = "``" if "`" in shown else "`"
    return f"{fence}{shown if len(shown) < 200 else shown[:60] + '...'}{fence}" if shown else ""
