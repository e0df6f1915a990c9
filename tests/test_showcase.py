"""The document of samples/matrix-calculus: all of it hangs together, and a problem that fails is named."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from runpy import run_path

import pytest
import yaml

import derive
from derive.derivation import Request

FOLDER = Path(__file__).parent.parent / "samples" / "matrix-calculus"
BUILD = run_path(str(FOLDER / "build.py"))
DOCUMENT = yaml.safe_load((FOLDER / "problems.yaml").read_text("utf-8"))
GROUPS = [*DOCUMENT["sections"], DOCUMENT["reference"]]
IDS = [problem["id"] for group in GROUPS for problem in group["problems"]]

OPTIONS = {"method", "grain", "factors", "names", "name", "simplify", *Request.__dataclass_fields__, *BUILD["SHOWN"]}

SMALL = """
title: Two & more
says: About $x < 1$.
options: {notation: paper, wrt: x}
sections:
  - {title: First, says: "", problems: [{id: one, title: One, says: Of $x$., problem: x^2}, FAULT]}
reference:
  title: Results
  says: ""
  problems: [{id: two, problem: cx}]
  tables: [{title: All, says: Of $x$., rows: [one, two]}]
"""


def small(tmp_path, more=""):
    file = tmp_path / "problems.yaml"
    file.write_text(SMALL.replace(", FAULT", more), encoding="utf-8")
    return file


def test_ids_are_unique_and_tables_name_problems():
    assert len(set(IDS)) == len(IDS)
    assert {row for t in DOCUMENT["reference"]["tables"] for row in t["rows"]} <= set(IDS)


def test_every_option_is_one_of_solve():
    entries = [group.get("options", {}) for group in GROUPS] + [p for group in GROUPS for p in group["problems"]]
    assert {option for entry in entries for option in entry if option not in BUILD["ABOUT"]} <= OPTIONS


@pytest.mark.parametrize("table", DOCUMENT["reference"]["tables"], ids=lambda table: table["title"])
def test_each_table_says_what_its_letters_mean(table):
    assert table["says"].endswith(".")


@pytest.mark.parametrize("group", DOCUMENT["sections"], ids=lambda group: group["title"])
def test_each_problem_has_a_title_and_a_sentence(group):
    for text in [group["says"], *(p["says"] for p in group["problems"])]:
        assert text.endswith(".")
        assert "derivative by" not in text
    for title in [group["title"], *(p["title"] for p in group["problems"])]:
        assert not re.search(r"[$\\&%#_]", title)


def test_contents_lead_to_all_headings(tmp_path):
    assert BUILD["main"](tmp_path, source=small(tmp_path)) == 0
    page = (tmp_path / "matrix-calculus.html").read_text("utf-8")
    assert sorted(re.findall(r'href="#(.+?)"', page)) == sorted(re.findall(r' id="(.+?)"', page))
    assert "<title>Two &amp; more</title>" in page
    assert "$" not in page
    assert page.count("<!DOCTYPE html>") == 1


def displayed(row):
    """The cells of a row of a table, of which most are mathematics."""
    return [re.sub(r"\$\\displaystyle (.+?)\$", r"\1", cell) for cell in row]


def table_of(*solutions):
    """A table as `build.py` makes it, without the marks of mathematics."""
    known = {str(i): solution for i, solution in enumerate(solutions)}
    return [displayed(row) for row in BUILD["table"](list(known), known)]


def test_tables_hold_the_answers():
    rows = table_of(derive.solve("x^2", wrt="x"), derive.solve("cx", wrt="x"))
    assert rows == [["function", "with respect to x"], ["x^2", "2x"], ["cx", "c"]]


def test_conditions_stand_beside_the_answers():
    rows = table_of(derive.solve(r"\frac{1}{x}", wrt="x"), derive.solve("cx", wrt="x"))
    assert [row[-1] for row in rows] == ["where", r"x \ne 0", ""]


def test_the_only_problem_of_a_table_has_a_row_for_each_variable():
    assert table_of(derive.solve("xy", wrt=["x", "y"])) == [["variable", "xy"], ["x", "y"], ["y", "x"]]


def test_a_problem_says_how_it_is_shown():
    solution = derive.solve(r"\begin{bmatrix} x & 1 \end{bmatrix} \begin{bmatrix} x \\ 2 \end{bmatrix}", wrt="x")
    pages = [BUILD["fragment"]({"id": "p", "detail": d}, {"p": solution}, "latex") for d in ("full", "answer")]
    assert len(pages[0]) > len(pages[1])


def test_a_problem_that_is_not_solved_is_named_and_nothing_is_written(tmp_path, capsys):
    source = small(tmp_path, ", {id: broken, title: Broken, says: No., problem: x +}")
    out = tmp_path / "out"
    assert BUILD["main"](out, source=source) == 1
    assert "broken: error[D101]" in capsys.readouterr().err
    assert not out.exists()
    assert BUILD["main"](out, keep_going=True, source=source) == 0
    assert "Broken" not in (out / "matrix-calculus.html").read_text("utf-8")


@pytest.fixture(scope="module")
def whole(tmp_path_factory, pdflatex):
    """The folder of the whole document, with its PDF."""
    out = tmp_path_factory.mktemp("whole")
    assert BUILD["main"](out) == 0
    return out


def test_no_line_of_the_document_is_too_wide(whole):
    source = whole / "matrix-calculus.tex"
    command = ["pdflatex", "-no-shell-escape", "-interaction=batchmode", "-jobname=log", source.name]
    assert subprocess.run(command, cwd=whole, stdout=subprocess.DEVNULL, check=False).returncode == 0
    wide = re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide", (whole / "log.log").read_text("latin-1"))
    assert [w for w in wide if float(w) > 2] == []


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed")
def test_contents_name_the_pages_of_the_headings(whole):
    command = ["pdftotext", "-layout", "matrix-calculus.pdf", "-"]
    text = subprocess.run(command, cwd=whole, capture_output=True, check=True, encoding="utf-8").stdout
    pages = [re.sub(r"[ \t]+", " ", page) for page in text.split("\f")]
    entries = re.findall(r"^ ?(\d+\.\d+ .+?) \.[ .]*(\d+)$", "\n".join(pages), re.MULTILINE)
    assert len(entries) == sum(len(section["problems"]) for section in DOCUMENT["sections"])
    assert [
        title for title, page in entries if not re.search(rf"^ ?{title}$", pages[int(page) - 1], re.MULTILINE)
    ] == []
