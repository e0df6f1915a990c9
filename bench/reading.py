"""How fast LaTeX is read: textbook formulas beside other readers, long and deep texts by themselves."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from statistics import median
from typing import Any

import sympy
from formulas import DECLARED, DEEP, POINT, TEXTBOOK, TEXTS, VECTORS, of_length, worth
from sympy.core.cache import clear_cache
from timing import seconds

from derive.derivation import Problem, Request
from derive.limits import DEFAULT_LIMITS
from derive.reader import read_problem

Result = dict[str, Any]
Read = Callable[[str], Any]

SHORT, LONG = 1_000, 10_000
WARMING = r"\frac{x + 1}{2}"
LETTERS = POINT | {"e": float(sympy.E), "pi": float(sympy.pi)}
"""Readers that leave e and pi as letters are not blamed for it."""


def read(latex: str, let: tuple[str, ...] = ()) -> Problem:
    """Read a text with derive's reader, from its characters to its expression."""
    return read_problem(latex, Request(let=let, reading=True))


def found(module: str, name: str, **options: str) -> Read:
    """Return a reader of another package, which is imported only now: the other sections are measured without it."""
    return partial(getattr(import_module(module), name), **options)


READERS: dict[str, Callable[[], Read]] = {
    "derive": lambda: read,
    "latex2sympy2": partial(found, "derive.reader.second", "read_with_latex2sympy"),
    "SymPy, lark": partial(found, "sympy.parsing.latex", "parse_latex", backend="lark"),
    "SymPy, ANTLR": partial(found, "sympy.parsing.latex", "parse_latex", backend="antlr"),
}


def available() -> tuple[dict[str, Read], dict[str, str]]:
    """Return the readers that can be had, each warm; and why others cannot."""
    readers: dict[str, Read] = {}
    skipped: dict[str, str] = {}
    for name, reader in READERS.items():
        try:
            readers[name] = reader()
            readers[name](WARMING)
        except Exception as error:  # an import that fails raises what the package makes of it
            readers.pop(name, None)
            skipped[name] = said(error)
    return readers, skipped


def said(error: Exception) -> str:
    """Return an error as one short line."""
    return f"{type(error).__name__}: {error}".splitlines()[0][:160]


def check(latex: str, answer: Any) -> None:
    """Refuse what another formula, or none, was read from a textbook formula."""
    expression = answer.sympy if isinstance(answer, Problem) else answer
    if not isinstance(expression, sympy.Expr):
        raise TypeError(f"a {type(expression).__name__}, no expression")
    values = {s: LETTERS[s.name] for s in expression.free_symbols if s.name in LETTERS}
    value = complex(expression.xreplace({s: sympy.Float(v, 30) for s, v in values.items()}).evalf())
    if abs(value - worth(latex)) > 1e-9:
        raise ValueError(f"read as {expression}")


def cost(reader: Read, latex: str) -> float:
    """Return the CPU seconds of reading a text, with nothing in SymPy's cache."""
    clear_cache()
    return seconds(partial(reader, latex))


def textbook(rounds: int) -> Result:
    """Read the textbook formulas with each reader in turn: a first time, and again and again."""
    read(WARMING)  # if our own reader fails, that is the end of the run
    readers, skipped = available()
    costs: dict[str, dict[str, list[float]]] = {name: {} for name in readers}
    failed: dict[str, dict[str, str]] = {name: {} for name in readers}
    for latex in TEXTBOOK:
        for name, reader in readers.items():
            try:
                first = cost(reader, latex)
                check(latex, reader(latex))
            except Exception as error:  # a formula that is not read is counted, and not timed
                failed[name][latex] = said(error)
                continue
            costs[name][latex] = [first]
    for _ in range(rounds):
        for latex in TEXTBOOK:
            for name, reader in readers.items():
                if latex in costs[name]:
                    costs[name][latex].append(cost(reader, latex))
    alone = min(seconds(lambda: [read(latex) for latex in costs["derive"]]) for _ in range(10 * rounds))
    return {
        "formulas": len(TEXTBOOK),
        "readers": {name: summary(costs[name], costs["derive"]) for name in readers if costs[name]},
        "derive_alone": alone / len(costs["derive"]),
        "failed": failed,
        "skipped": skipped,
    }


def summary(costs: Mapping[str, list[float]], ours: Mapping[str, list[float]]) -> Result:
    """Return what one reader costs, and how many times derive's cost that is on the formulas that both read."""
    first = {latex: values[0] for latex, values in costs.items()}
    again = {latex: min(values[1:]) for latex, values in costs.items()}
    both = [latex for latex in costs if latex in ours]
    return {
        "read": len(costs),
        "first": {"min": min(first.values()), "median": median(first.values())},
        "again": {"min": min(again.values()), "median": median(again.values())},
        "ratio_first": sum(first[k] for k in both) / sum(ours[k][0] for k in both),
        "ratio_again": sum(again[k] for k in both) / sum(min(ours[k][1:]) for k in both),
        "per_formula": {latex: [first[latex], again[latex]] for latex in costs},
    }


def show_textbook(result: Result) -> None:
    """Print the table of the readers."""
    print(f"\nReading: {result['formulas']} textbook formulas, CPU ms a formula: least, median; times derive")
    print(f"  {'':28}{'right':>6}{'first time':>24}{'again':>24}")
    for name, row in result["readers"].items():
        line = f"  {name:28}{row['read']:6}"
        for when in ("first", "again"):
            least, middle, ratio = row[when]["min"] * 1e3, row[when]["median"] * 1e3, row[f"ratio_{when}"]
            line += f"{least:8.2f}{middle:8.2f}{ratio:8.1f}"
        print(line)
    alone = result["derive_alone"] * 1e3
    print(f"  derive by itself, one formula after another, the mean of the least round: {alone:.2f}")
    for name, reason in result["skipped"].items():
        print(f"  skipped: {name}: {reason}")
    for name, failures in result["failed"].items():
        for latex, reason in failures.items():
            print(f"  failed: {name}: {latex}\n          {reason}")


def grown(texts: tuple[str, str], let: tuple[str, ...], rounds: int) -> Result:
    """Return what a short and a long text of one family cost, or why they are not read."""
    try:
        for text in texts:
            read(text, let)
        pairs = [[seconds(partial(read, text, let)) for text in texts] for _ in range(rounds)]
    except Exception as error:  # a family that is not read is a finding, not the end of the run
        return {"characters": [len(text) for text in texts], "failed": said(error)}
    short, long = (min(pair[k] for pair in pairs) for k in (0, 1))
    return {"characters": [len(text) for text in texts], "cpu": [short, long], "ratio": long / short}


def show_growth(title: str, rows: Mapping[str, Result]) -> None:
    """Print the table of some families."""
    print(f"\n{title}")
    for name, row in rows.items():
        line = f"  {name:36}" + "".join(f"{n:8}" for n in row["characters"])
        if "failed" in row:
            print(f"{line}  failed: {row['failed']}")
        else:
            print(line + "".join(f"{cpu * 1e3:9.2f}" for cpu in row["cpu"]) + f"{row['ratio']:8.1f}")


def reading(options: argparse.Namespace) -> Result:
    """The reader alone: textbook formulas, long texts, deep texts, texts in vectors and matrices."""
    rounds, deepest = options.rounds, DEFAULT_LIMITS.depth
    result: Result = {"textbook": textbook(rounds)}
    show_textbook(result["textbook"])
    for key, families, let in (("growth", TEXTS, ()), ("vectors", VECTORS, DECLARED)):
        result[key] = {
            name: grown((of_length(family, SHORT), of_length(family, LONG)), let, rounds)
            for name, family in families.items()
        }
    result["depth"] = {
        name: grown((family(deepest // 10), family(deepest)), (), rounds) for name, family in DEEP.items()
    }
    columns = "characters, CPU ms, their ratio"
    show_growth(f"Reading: texts of {SHORT:,} and {LONG:,} characters: {columns}", result["growth"])
    show_growth(f"Reading: vectors and matrices, {SHORT:,} and {LONG:,} characters: {columns}", result["vectors"])
    show_growth(f"Reading: nested {deepest // 10} and {deepest:,} deep, the limit: {columns}", result["depth"])
    return result
