"""Measure `derive` beside what a user would take instead; see README.md in this folder.

Times are CPU seconds. What is compared is measured in turn within one run: read ratios, within one table.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import sympy
from building import building
from formulas import FAMILIES, Formula, Problem, formulas
from growth import grown
from reading import reading
from sympy.core.cache import clear_cache
from timing import quantiles, run, seconds, spread
from vectors import vectors
from work import solve

HERE = Path(__file__).parent
Result = dict[str, Any]

ANSWER_ONLY = r"""
import sys, typing
sys.modules.setdefault("typing.io", typing)  # gone from Python 3.13; the parser's run-time library asks for it
import sympy
from latex2sympy2 import latex2sympy
formula = latex2sympy(r"\sin(x^2)")
print(sympy.latex(sympy.diff(formula, formula.free_symbols.pop())))
"""
COLD: dict[str, tuple[str, ...]] = {
    "derive solve": ("-m", "derive", "solve", r"y=\sin(x^2)", "--wrt", "x"),
    "latex2sympy2, diff, latex": ("-c", ANSWER_ONLY),
    "derive --help": ("-m", "derive", "--help"),
    "import click": ("-c", "import click"),
}
BESIDE = {"derive solve": "latex2sympy2, diff, latex", "derive --help": "import click"}


def cold(options: argparse.Namespace) -> Result:
    """Whole processes: a first answer, and the help."""
    runs: dict[str, list[Any]] = {name: [] for name in COLD}
    for arguments in COLD.values():
        run([sys.executable, *arguments])  # what is compiled once, or read from the disk, is so by now
    for _ in range(options.rounds):
        for name, arguments in COLD.items():
            runs[name].append(run([sys.executable, *arguments]))
    rows = {
        name: {"cpu": spread([r.cpu for r in costs]), "peak_mib": max(r.peak_mib for r in costs)}
        for name, costs in runs.items()
    }
    ratios = {
        name: median(a.cpu / b.cpu for a, b in zip(runs[name], runs[peer], strict=True))
        for name, peer in BESIDE.items()
    }
    print("\nCold: one process, CPU ms (least..greatest), peak MiB")
    for name, row in rows.items():
        cpu, beside = row["cpu"], f"  {ratios[name]:.2f} x {BESIDE[name]}" if name in ratios else ""
        least, greatest = cpu["min"] * 1e3, cpu["max"] * 1e3
        print(f"  {name:28}{cpu['median'] * 1e3:8.0f} ({least:.0f}..{greatest:.0f}){row['peak_mib']:8.0f}{beside}")
    return {"processes": rows, "ratios": ratios}


def answer_only(formula: Formula, symbols: dict[str, sympy.Symbol]) -> str:
    """Return SymPy's answer; the formula is built from the tree, so that no parser is counted."""
    clear_cache()
    return str(sympy.latex(sympy.diff(formula.value(sympy, symbols), symbols["x"])))


def warm(options: argparse.Namespace) -> Result:
    """Many problems in one process: worked, checked and rendered, beside SymPy's bare answer."""
    drawn = formulas(options.problems)
    symbols = {name: sympy.Symbol(name, real=True) for name in ("x", "a")}
    works: dict[str, Callable[[Formula], str]] = {
        "derive": lambda formula: solve(Problem(formula.latex(), ("x",))),
        "sympy.diff, sympy.latex": lambda formula: answer_only(formula, symbols),
    }
    for work in works.values():
        work(drawn[0])
    costs: dict[str, list[float]] = {name: [] for name in works}
    failed: dict[str, str] = {}
    for formula in drawn:
        try:
            pair = {name: min(seconds(partial(work, formula)) for _ in range(3)) for name, work in works.items()}
        except Exception as error:  # a formula that fails is a finding, not the end of the run
            failed[formula.latex()] = f"{type(error).__name__}: {error}"
            continue
        for name, cost in pair.items():
            costs[name].append(cost)
    ours, theirs = costs.values()
    result: Result = {
        "problems": len(drawn),
        "failed": failed,
        "ratio": sum(ours) / sum(theirs),
        "cpu": {name: {"total": sum(values), **quantiles(values)} for name, values in costs.items()},
    }
    print(f"\nWarm: {len(ours)} of {len(drawn)} problems, CPU ms a problem: mean, p50, p90, p99, max")
    for name, row in result["cpu"].items():
        values = [row["total"] / len(ours), *(row[q] for q in ("p50", "p90", "p99", "max"))]
        print(f"  {name:28}" + "".join(f"{value * 1e3:8.2f}" for value in values))
    print(f"  ratio of the totals {result['ratio']:.2f}")
    for latex, error in list(failed.items())[:5]:
        print(f"  failed: {latex}\n          {error}")
    return result


def growth(options: argparse.Namespace) -> Result:
    """Time against the size of input and output, for families that punish substitution, recursion and copying."""
    return grown("Growth", FAMILIES, options.rounds)


def memory(options: argparse.Namespace) -> Result:
    """Peak memory of a process: imports alone, many problems, the largest of each family."""
    works = [("nothing", 0), ("formulas", options.problems // 5), ("formulas", options.problems)]
    works += [(name, sizes[-1]) for name, (_, sizes) in FAMILIES.items()]
    result: Result = {}
    print("\nMemory: peak MiB of a process")
    for name, n in works:
        peak = run([sys.executable, str(HERE / "work.py"), name, str(n)]).peak_mib
        result[f"{name} {n}"] = peak
        print(f"  {name + ' ' + str(n):28}{peak:8.0f}")
    return result


SECTIONS: dict[str, Callable[[argparse.Namespace], Result]] = {
    "cold": cold,
    "warm": warm,
    "growth": growth,
    "memory": memory,
    "reading": reading,
    "vectors": vectors,
    "building": building,
}


def main() -> None:
    """Run the sections asked for; print the tables and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"{', '.join(SECTIONS)}; all without any")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--problems", type=int, default=1000)
    parser.add_argument("--results", type=Path, default=HERE / "results")
    options = parser.parse_args()
    if unknown := set(options.sections) - set(SECTIONS):
        parser.error(f"no section {', '.join(sorted(unknown))}")
    versions = {"python": platform.python_version(), "sympy": sympy.__version__, "machine": platform.machine()}
    print(", ".join(f"{name} {version}" for name, version in versions.items()))
    options.results.mkdir(parents=True, exist_ok=True)
    for name in options.sections or SECTIONS:
        result = {"versions": versions, **SECTIONS[name](options)}
        (options.results / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
