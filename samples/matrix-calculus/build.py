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
ABOUT = ("name", "title", "says", "problem")
"""What describes a problem; its other entries are options of `derive.solve`."""

Solutions = Mapping[str, derive.Solution]


def solve_all(document: dict[str, Any]) -> tuple[Solutions, dict[str, DeriveError]]:
    """Solve all problems; return the solutions and the failures by the names of the problems."""
    solutions, failures = {}, {}
    for section in (*document["sections"], document["reference"]):
        for problem in section["problems"]:
            own = {option: value for option, value in problem.items() if option not in ABOUT}
            options = document["options"] | section.get("options", {}) | own
            try:
                solutions[problem["name"]] = derive.solve(problem["problem"], **options)
            except DeriveError as error:
                failures[problem["name"]] = error
    return solutions, failures


def table(names: list[str], solutions: Solutions) -> list[list[str]]:
    """Return a table of answers in LaTeX: a head with the variables, then for each problem its formula and answers."""
    records = [json.loads(derive.render(solutions[name], "json")) for name in names if name in solutions]
    head = [["", *records[0]["problem"]["wrt"]]] if records else []
    return head + [[r["problem"]["latex"], *(a["latex"] for a in answers(r))] for r in records]


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


def fragment(solution: derive.Solution, form: str) -> str:
    """Return a solution as part of a document; the folder of templates makes the HTML page a part of one."""
    return derive.render(solution, form, templates=[TEMPLATES])


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
    tables = [(t["title"], table(t["rows"], solutions)) for t in document["reference"]["tables"]]
    for suffix in ("html", "tex"):
        template = environment.get_template(f"document.{suffix}.j2")
        text = template.render(document=document, solutions=solutions, tables=[t for t in tables if t[1]])
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
    return 0 if not shutil.which("pdflatex") or pdf(out / f"{NAME}.tex", runs=2) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", nargs="?", type=Path, default=Path("out"))
    parser.add_argument("--keep-going", action="store_true", help="leave out what is not solved")
    arguments = parser.parse_args()
    sys.exit(main(arguments.out, arguments.keep_going))
