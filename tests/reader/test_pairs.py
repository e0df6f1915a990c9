"""What an author types, and what is read: the pairs of `pairs`, and the page of the manual that lists them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
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
from derive.writer.render import note_words
from tests.reader import pairs, subject_pairs, typed_pairs
from tests.reader.pairs import Pair, Section

PAGE = Path(__file__).parents[2] / "docs" / "what-derive-reads.md"
SIZES = {"n": 3, "m": 4, "k": 2, "p": 5, "N": 6, "K": 3, "J": 4}
POINTS = ((0.3, 0.6), (1.2, 0.35), (-0.7, 1.1), (2.3, -1.4))


def named(pair: Pair) -> str:
    return " | ".join((pair.latex[:60], *pair.let))


PARTS: dict[str, tuple[Section, ...]] = {
    "Formulas of numbers": (
        pairs.JUXTAPOSITION,
        pairs.FRACTIONS,
        pairs.SCRIPTS,
        pairs.NUMBERS,
        pairs.ARGUMENTS,
        pairs.LOGARITHMS,
        pairs.NAMES,
        pairs.DELIMITERS,
        pairs.CASES,
    ),
    "Vectors and matrices": (pairs.BOLD, pairs.MATRICES, typed_pairs.ARRAYS, pairs.ENTRIES),
    "What is asked": (pairs.TASKS, typed_pairs.TYPED, typed_pairs.OPTIMA, typed_pairs.WORKINGS, typed_pairs.ASKED),
    "What is told beside the formula": (
        pairs.DECLARATIONS,
        typed_pairs.OPTIONS,
        typed_pairs.MACROS,
        typed_pairs.PAPER,
    ),
    "Where the text comes from": (pairs.LAYOUT, pairs.UNICODE, typed_pairs.PASTED),
    "Formulas by subject": (
        subject_pairs.CALCULUS,
        subject_pairs.LEARNING,
        subject_pairs.STATISTICS,
        subject_pairs.PHYSICS,
        subject_pairs.ECONOMICS,
    ),
}
"""The sections in the order of the manual."""

PAIRS = [pytest.param(p, id=named(p)) for part in PARTS.values() for section in part for p in section.pairs]


@pytest.mark.parametrize("pair", PAIRS)
def test_a_text_is_read_as_it_is_meant(pair: Pair) -> None:
    if pair.error:
        refused(pair)
        return
    if pair.task:
        assert_asks(pair)
    got = show_reading(pair.latex, **asked(pair))
    if pair.sympy:
        assert equal(got["sympy"], pair.sympy), f"read as {got['sympy']}"
    if pair.numpy:
        assert ", ".join(map(str, got["shape"])) == pair.shape
        assert_same_values(got, pair.numpy)
    if pair.printed:
        assert look(got["latex"]) == look(pair.printed)
    if pair.note:
        assert pair.note in [n["kind"] for n in got["notes"]]


def asked(pair: Pair) -> dict[str, Any]:
    """Return what is asked beside the text, as keywords."""
    return {"let": list(pair.let), **dict(pair.options)}


def assert_asks(pair: Pair) -> None:
    """Check what a text asks for: the kind, the variables, the point."""
    problem = read(pair.latex, **asked(pair))
    with interning(problem.table):
        shown = {s: latex(s, problem.notation) for s in problem.task.variables}
        wrt = tuple(" ".join(shown[s] for s in group) for group in problem.task.wrt)
        at = tuple(f"{latex(s, problem.notation)} = {latex(v, problem.notation)}" for s, v in problem.task.at)
    assert (problem.task.kind, wrt, at) == (pair.task, pair.wrt, pair.at)


def look(text: str) -> str:
    """Return LaTeX without what does not matter: braces around one sign, blanks, thin spaces."""
    return re.sub(r"\s+|\\,", "", re.sub(r"\{(\\[A-Za-z]+|.)\}", r" \1 ", text))


def refused(pair: Pair) -> None:
    """Check that a text is refused with the right words, and where they point."""
    with pytest.raises(getattr(errors, pair.error)) as caught:
        (read if pair.options else show_reading)(pair.latex, **asked(pair))
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
    expected = np.asarray(eval(meant, {"np": np, "math": math, **SIZES, **values, **plain}))
    assert result.shape == expected.shape
    assert np.allclose(result, expected, rtol=1e-9, atol=1e-9)


def accepted(function: Callable[..., Any], values: dict[str, Any]) -> dict[str, Any]:
    names = function.__code__.co_varnames[: function.__code__.co_argcount + function.__code__.co_kwonlyargcount]
    return {name: values[name] for name in names if name in values}


def value(symbol: dict[str, Any], random: np.random.Generator) -> Any:
    """Return a value for a symbol, of its shape: numbers in (0, 1), matrices with a determinant above 0."""
    if symbol["kind"] == "index":
        return 2
    if symbol["kind"] == "dimension":
        return SIZES[symbol["name"].rstrip("_")]
    shape = tuple(size(d) for d in symbol["shape"])
    if symbol["kind"] == "function":
        return lambda *_: np.resize(np.sin(sum(np.sum(a) for a in _)) + np.arange(20), shape)
    drawn = random.uniform(0.2, 0.9, shape)
    square = len(shape) == 2 and shape[0] == shape[1]
    return drawn + len(drawn) * np.eye(len(drawn)) if square else drawn if shape else float(drawn)


def size(dimension: object) -> int:
    """Return the number that a size is, such as 4 for n+1."""
    return int(sympy.sympify(re.sub(r"(?<=\w)(?=[a-zA-Z])", "*", str(dimension)), locals=dict(SIZES)))


def test_the_page_of_the_manual_lists_the_pairs(golden: Callable[[Path, str], None]) -> None:
    golden(PAGE, page())


def page() -> str:
    """Return the page that lists the pairs of each section in tables."""
    parts = ["# What derive reads", INTRODUCTION]
    for title, sections in PARTS.items():
        parts.append(f"## {title}")
        for section in sections:
            parts += [f"### {section.title}", section.rule, *tables(section)]
    return "\n\n".join(parts) + "\n"


def tables(section: Section) -> list[str]:
    """Return the tables of a section: what is read, and what is refused."""
    right = [row(p) for p in section.pairs if not p.error]
    wrong = [refused_row(p) for p in section.pairs if p.error]
    return [table(READ, right)] * bool(right) + ["Refused:", table(REFUSED, wrong)] * bool(wrong)


INTRODUCTION = """\
What an author types is read as a formula, told here in SymPy, or in NumPy with its shape where it holds vectors or
matrices; or as a task, told by its kind and variables; what `derive` decided for the author is *noted*, in its words.
Each row is a test, and `make golden` writes this page from `tests/reader/pairs.py` and the files beside it."""
READ = ("typed", "declared", "read as", "noted")
REFUSED = ("typed", "declared", "refused because", "column", "remedy")


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a table in Markdown, without the columns that are empty."""
    kept = [k for k in range(len(head)) if any(cells[k] for cells in rows)]
    lines = [[cells[k] for k in kept] for cells in (head, ("---",) * len(head), *rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def row(p: Pair) -> tuple[str, ...]:
    return code(p.latex), beside(p), meaning(p), noted(p)


def refused_row(p: Pair) -> tuple[str, ...]:
    with pytest.raises(errors.DeriveError) as caught:
        (read if p.options else show_reading)(p.latex, **asked(p))
    column = caught.value.column
    said = f"{caught.value.code}: {caught.value.message}"
    return code(p.latex), beside(p), code(said), "" if column is None else str(column), code(caught.value.hint or "")


def beside(p: Pair) -> str:
    """Return what is declared, and the options."""
    options = [(name, value) for name, given in p.options for value in (given if isinstance(given, tuple) else [given])]
    shown = [value if name == "macros" else f"--{name.replace('_', '-')} '{value}'" for name, value in options]
    return "; ".join(map(code, (*p.let, *shown)))


def noted(p: Pair) -> str:
    """Return what `derive` says about a reading, in its words. That bold letters are vectors goes without saying."""
    notes = show_reading(p.latex, **asked(p))["notes"]
    told = [n for n in notes if n["kind"] == p.note or n["kind"] not in ("vector", "matrix")]
    base = dict(p.options).get("log_base", "e")
    return "; ".join(dict.fromkeys(words(n["kind"], base if n["kind"] == "log-base" else n["about"]) for n in told))


def words(kind: str, about: str) -> str:
    """Return the words of a note, with what it is about as code."""
    said = note_words(kind, about)
    assert said, f"templates/words/en.j2 has no words for {kind}"
    found = re.split(rf"((?<!\w){re.escape(about)}(?!\w)|\\[a-z]+)", said, maxsplit=1)
    return found[0] + code(found[1]) + found[2] if len(found) == 3 else said


def meaning(p: Pair) -> str:
    """Return what a pair says about how its text is read."""
    joint = "over" if p.task in ("minimize", "maximize") else "by"
    asked = f"{p.task} {joint} {', '.join(map(code, p.wrt))}: " if p.task else ""
    value = code(p.sympy or p.numpy or p.printed)
    shape = f", shape ({p.shape})" if p.shape else ""
    place = f" at {', '.join(map(code, p.at))}" if p.at else ""
    return asked + value + shape + place


def code(text: str) -> str:
    """Return text as code in a cell of a table; what no cell can hold is shown by its number."""
    shown = visible(text.replace("\n", " ")).replace("|", r"\|")
    fence = "``" if "`" in shown else "`"
    return f"{fence}{shown if len(shown) < 240 else shown[:60] + '...'}{fence}" if shown else ""
