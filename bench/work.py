"""The work that is measured. As a script, one piece of it, so that a process shows its peak memory.

`python bench/work.py nothing | formulas COUNT | FAMILY N`
"""

from __future__ import annotations

import sys

from formulas import FAMILIES, Problem, formulas

import derive


def solve(problem: Problem) -> str:
    """Return the page: worked, checked, rendered."""
    asked = {"wrt": problem.wrt, "let": problem.let, "notation": problem.notation}
    return derive.render(derive.solve(problem.latex, method=problem.method, **asked), "markdown")


def main(name: str, count: int) -> None:
    """Do one piece of the work."""
    if name == "formulas":
        for formula in formulas(count):
            solve(Problem(formula.latex(), ("x",)))
    elif name != "nothing":
        solve(FAMILIES[name][0](count))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0)
