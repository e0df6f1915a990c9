"""One document of worked solutions: `python samples/matrix-calculus/build.py OUT`.

It solves what stands in problems.yaml and writes matrix-calculus.html, .tex and, where pdflatex is, .pdf into OUT.
A problem that is not solved is named, and nothing is written; with `--keep-going` it is left out of the document.
"""

from __future__ import annotations

import argparse
import html
import json
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from runpy import run_path
from typing import Any

import jinja2
import yaml

import derive
from derive.errors import DeriveError
from derive.writer.mathml import mathml
from derive.writer.templates import template_folder

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
NAME = "matrix-calculus"
ABOUT = ("id", "title", "says", "problem")
SHOWN = ("detail",)
"""What describes a problem, and how it is shown; its other entries are options of `derive.solve`."""

RUNS = 3
"""How often LaTeX runs: once for the headings, once more for the room that the contents take, then with true pages."""

Solutions = Mapping[str, derive.Solution]


def solve_all(document: dict[str, Any]) -> tuple[Solutions, dict[str, DeriveError]]:
    """Solve all problems; return the solutions and the failures by the problems' ids."""
    solutions, failures = {}, {}
    for section in (*document["sections"], document["reference"]):
        for problem in section["problems"]:
            own = {option: value for option, value in problem.items() if option not in (*ABOUT, *SHOWN)}
            options = document["options"] | section.get("options", {}) | own
            try:
                solutions[problem["id"]] = derive.solve(problem["problem"], **options)
            except DeriveError as error:
                failures[problem["id"]] = error
    return solutions, failures


def table(ids: list[str], solutions: Solutions) -> list[list[str]]:
    """Return a table of answers as rows of text with mathematics: a head, then a row for each problem.

    A row is a formula, its derivatives and, if a problem of the table has any, the conditions under which they hold.
    With one problem, each derivative has a row.
    """
    records = [json.loads(derive.render(solutions[i], "json")) for i in ids if i in solutions]
    if not records:
        return []
    variables = [shown(v) for v in records[0]["problem"]["wrt"]]
    rows = [[shown(r["problem"]["latex"]), *(shown(a["latex"]) for a in answers(r)), conditions(r)] for r in records]
    if len(rows) == 1:
        lines = zip(["variable", *variables, "where"], rows[0], strict=True)
        return [[name, cell] for name, cell in lines if cell]
    head = ["function", *(f"with respect to {v}" for v in variables), "where"]
    conditional = any(row[-1] for row in rows)
    return [row if conditional else row[:-1] for row in (head, *rows)]


def shown(formula: str) -> str:
    """Return a formula as mathematics within text, as tall as in a line of its own."""
    return rf"$\displaystyle {formula}$"


def conditions(record: dict[str, Any]) -> str:
    """Return the conditions of all answers in a JSON record, each once."""
    return ", ".join(dict.fromkeys(shown(c) for a in answers(record) for c in a["conditions"]))


def answers(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the answers in a JSON record, which has a list only where there are several."""
    found = record["answer"]
    return found if isinstance(found, list) else [found]


def as_html(text: str) -> str:
    """Return text with mathematics between dollar signs as HTML."""
    parts = re.split(r"\$(.+?)\$", text)
    return "".join(mathml(part) if i % 2 else html.escape(part) for i, part in enumerate(parts))


def as_tex(text: str) -> str:
    """Return text with mathematics between dollar signs as LaTeX."""
    return re.sub(r"(\$.+?\$)|([&%#_])", lambda found: found[1] or "\\" + found[2], text)


def fragment(problem: dict[str, Any], solutions: Solutions, form: str) -> str:
    """Return a solution as part of a document; the folder of templates makes the HTML page a part of one."""
    options = {option: problem[option] for option in SHOWN if option in problem}
    return derive.render(solutions[problem["id"]], form, templates=[TEMPLATES], **options)


def write(document: dict[str, Any], solutions: Solutions, out: Path) -> None:
    """Write the web page and the LaTeX source."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([TEMPLATES, template_folder()]),
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"mathml": mathml, "as_html": as_html, "as_tex": as_tex, "fragment": fragment}
    tables = [(t["title"], t["says"], table(t["rows"], solutions)) for t in document["reference"]["tables"]]
    for suffix in ("html", "tex"):
        template = environment.get_template(f"document.{suffix}.j2")
        text = template.render(document=document, solutions=solutions, tables=[t for t in tables if t[2]])
        (out / f"{NAME}.{suffix}").write_text(text, encoding="utf-8")


def main(out: Path, keep_going: bool = False, source: Path = HERE / "problems.yaml") -> int:
    """Write the document in all formats; return the exit status."""
    document = yaml.safe_load(source.read_text(encoding="utf-8"))
    solutions, failures = solve_all(document)
    if failures:
        print(f"{NAME}: {len(failures)} of {len(solutions) + len(failures)} problems are not solved", file=sys.stderr)
        for name, error in failures.items():
            print(f"  {name}: error[{error.code}]: {error.message}", file=sys.stderr)
        if not keep_going:
            return 1
    out.mkdir(parents=True, exist_ok=True)
    write(document, solutions, out)
    pdf = run_path(str(HERE.parent / "demo.py"))["pdf"]  # the samples are scripts, not a package
    return 0 if not shutil.which("pdflatex") or pdf(out / f"{NAME}.tex", runs=RUNS) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", nargs="?", type=Path, default=Path("out"))
    parser.add_argument("--keep-going", action="store_true", help="leave out what is not solved")
    arguments = parser.parse_args()
    sys.exit(main(arguments.out, arguments.keep_going))
