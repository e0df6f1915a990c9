"""How the time grows with the size of a problem."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from timing import exponent, seconds
from work import solve

if TYPE_CHECKING:
    from formulas import Family

Result = dict[str, Any]


def grown(title: str, families: Mapping[str, Family], rounds: int) -> Result:
    """Solve the members of families, and print and return their times against the characters of input and output."""
    result: Result = {}
    print(f"\n{title}: n, characters in and out, CPU ms")
    for name, (family, sizes) in families.items():
        rows = []
        for n in sizes:
            problem = family(n)
            page = solve(problem)
            cost = min(seconds(partial(solve, problem)) for _ in range(rounds))
            rows.append({"n": n, "characters": problem.size + len(page), "cpu": cost})
        characters, cpu = [row["characters"] for row in rows], [row["cpu"] for row in rows]
        result[name] = {
            "rows": rows,
            "exponent": exponent(characters, cpu),
            "exponent_in_n": exponent(sizes, cpu),
            "exponent_of_the_last_three": exponent(characters[-3:], cpu[-3:]),
        }
        print(f"  {name}")
        for row in rows:
            print(f"    {row['n']:5}{row['characters']:10}{row['cpu'] * 1e3:10.1f}")
        whole, last, in_n = (result[name][f"exponent{which}"] for which in ("", "_of_the_last_three", "_in_n"))
        print(f"    time ~ size^{whole:.2f}, the last three points {last:.2f}; time ~ n^{in_n:.2f}")
    return result
