"""How fast derivatives in vectors are: ten problems of a paper, deep chains, and what SymPy gives for the same."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from formulas import LAYERS, TEN, W, X
from growth import grown
from sympy_ways import WAYS, check
from timing import seconds, spread
from work import solve

Result = dict[str, Any]

AIM = 0.010
"""CPU seconds that a problem may take, worked, checked and rendered."""

LETTERS = {W: "w", X: "x", "x": "t", "z": "z", "b": "b"}
"""What the variables are called in SymPy."""


def alone(rounds: int) -> Result:
    """Return what each problem costs in a warm process that does nothing else."""
    rows: Result = {}
    for name, problem in TEN.items():
        solve(problem)
        cpu = spread([seconds(partial(solve, problem)) for _ in range(rounds)])
        rows[name] = {"problem": problem.latex, "wrt": problem.wrt, "cpu": cpu, "met": cpu["median"] <= AIM}
    return rows


def show_alone(rows: Mapping[str, Any]) -> None:
    """Print the table of the ten problems."""
    print(f"\nVectors: worked, checked, rendered, CPU ms (least..greatest); the aim is {AIM * 1e3:.0f}")
    for name, row in rows.items():
        cpu = row["cpu"]
        figures = f"{cpu['median'] * 1e3:8.1f} ({cpu['min'] * 1e3:.1f}..{cpu['max'] * 1e3:.1f})"
        print(f"  {name:18}{figures:24}{'' if row['met'] else 'not met':10}by {', '.join(row['wrt'])}")


def beside(rounds: int) -> Result:
    """Return what the problems cost in turn with those ways of SymPy that are right."""
    failed: dict[str, dict[str, str]] = {way: {} for way in WAYS}
    works: dict[str, dict[str, Callable[[], object]]] = {}
    for name, problem in TEN.items():
        works[name] = {"derive": partial(solve, problem)}
        by = tuple(LETTERS[variable] for variable in problem.wrt)
        for way, made in WAYS.items():
            try:
                check(way, name, by)
            except Exception as error:  # what SymPy does not answer is counted, and not timed
                failed[way][name] = f"{type(error).__name__}: {' '.join(str(error).split())}"[:160]
            else:
                works[name][way] = partial(made().answer, name, by)
    costs: dict[str, dict[str, list[float]]] = {name: {way: [] for way in tried} for name, tried in works.items()}
    for _ in range(rounds):
        for name, tried in works.items():
            for way, work in tried.items():
                costs[name][way].append(seconds(work))
    cpu = {name: {way: spread(values) for way, values in row.items()} for name, row in costs.items()}
    return {"cpu": cpu, "ways": {way: summary(way, cpu) for way in WAYS}, "failed": failed}


def summary(way: str, cpu: Mapping[str, Mapping[str, Any]]) -> Result:
    """Return how many problems a way gets right, and our time over its: of these together, and of each."""
    pairs = {name: (row["derive"]["median"], row[way]["median"]) for name, row in cpu.items() if way in row}
    ours, theirs = (sum(pair[k] for pair in pairs.values()) for k in (0, 1))
    return {"right": len(pairs), "ratio": ours / theirs, "ratios": {name: a / b for name, (a, b) in pairs.items()}}


def show_beside(result: Result) -> None:
    """Print the table of the ways."""
    print("\nVectors, beside SymPy's bare answer: CPU ms, and our time over its")
    print(f"  {'':18}{'derive':>8}" + "".join(f"{way:>18}" for way in WAYS))
    for name, row in result["cpu"].items():
        line = f"  {name:18}{row['derive']['median'] * 1e3:8.1f}"
        for way in WAYS:
            ratio = result["ways"][way]["ratios"].get(name)
            line += f"{'-':>18}" if ratio is None else f"{row[way]['median'] * 1e3:11.1f}{ratio:7.2f}"
        print(line)
    for way, row in result["ways"].items():
        print(f"  {way}: {row['right']} of {len(TEN)} right, our time for these over its {row['ratio']:.2f}")
    for way, failures in result["failed"].items():
        for name, reason in failures.items():
            print(f"  no answer: {way}: {name}: {reason}")


def vectors(options: argparse.Namespace) -> Result:
    """Derivatives in vectors: the ten problems alone, chains that grow, the ten problems beside SymPy."""
    result: Result = {"aim": AIM, "problems": alone(4 * options.rounds)}
    show_alone(result["problems"])
    result["growth"] = grown("Vectors, element by element", LAYERS, options.rounds)
    result["beside"] = beside(options.rounds)
    show_beside(result["beside"])
    return result
