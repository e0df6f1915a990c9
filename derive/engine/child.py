"""The process that works formulas out: reads lists of work from standard input, one a line, and answers each in order.

It belongs to a `worker.Worker`, which ends it when a problem takes too long. Here alone the engine meets the pipeline.
"""

from __future__ import annotations

import gc
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from derive.derivation import every_step
from derive.engine.limited import limited
from derive.engine.work import Result, Work, fault_of, work_of
from derive.errors import CheckError, DeriveError, LimitError, visible
from derive.pipeline import Solution, render, solve, views
from derive.writer.records import encode

_GARBAGE = (10_000, 10, 10)
"""After so many new objects the collector looks at them: a problem makes many, and nearly all die with it."""


def main() -> None:
    """Answer until the input ends."""
    gc.collect()
    gc.freeze()  # what is loaded stays; looking through it again and again would take a tenth of the time
    gc.set_threshold(*_GARBAGE)
    answers = sys.stdout
    sys.stdout = sys.stderr  # nothing that a library prints may get between the answers
    for line in sys.stdin:
        for message in json.loads(line):
            answers.write(json.dumps(_result(work_of(message)).message()) + "\n")
            answers.flush()


def _result(work: Work) -> Result:
    if work.options.get("oracle"):
        import_module("derive.oracle")  # what it costs to load SymPy is no problem's fault
    try:
        with limited(work.limits, busy=True):
            solution = solve(work.latex, limits=work.limits, **work.options)
            shown = tuple(_shown(solution, wanted) for wanted in work.message()["wanted"])
    except (DeriveError, MemoryError, RecursionError) as fault:
        lasting = isinstance(fault, DeriveError) and not isinstance(fault, LimitError)
        error = fault if isinstance(fault, DeriveError) else LimitError("the problem needs more memory than allowed")
        return Result(fault=fault_of(error, lasting))
    except Exception as bug:  # a fault of the program: it is told, and costs no other problem its solution
        return Result(fault=fault_of(CheckError(f"a fault of this program: {type(bug).__name__}: {bug}")))
    return Result(shown, _warnings(solution), error=_error(solution))


def _shown(solution: Solution, wanted: dict[str, Any]) -> Any:
    if wanted["format"] == "record":
        return json.loads(render(solution, "json"))
    folders = [Path(folder) for folder in wanted.pop("templates")]
    return encode(views(solution, **wanted, templates=folders))[1:]


def _warnings(solution: Solution) -> tuple[str, ...]:
    found = solution.oracle
    if not found or False not in (found["reads_same"], found["sympy_agrees"]):
        return ()
    return (visible(str(found["why"])),)


def _error(solution: Solution) -> float:
    found = (line.evidence for step in every_step(solution.steps) for line in step.lines)
    return max((e.max_error for e in found if e is not None), default=0.0)


if __name__ == "__main__":
    main()
