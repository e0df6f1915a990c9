"""The document of samples/matrix-calculus: all of it hangs together, and a problem that fails is named."""

from __future__ import annotations

import re
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
NAMES = [problem["name"] for group in GROUPS for problem in group["problems"]]

OPTIONS = {"method", "grain", "factors", "names", "simplify", *Request.__dataclass_fields__}

SMALL = """
title: Two & more
says: About $x < 1$.
options: {notation: paper, wrt: x}
sections:
  - {title: First, says: "", problems: [{name: one, title: One, says: Of $x$., problem: x^2}, FAULT]}
reference:
  title: Results
  says: ""
  problems: [{name: two, problem: cx}]
  tables: [{title: All, rows: [one, two]}]
"""


def small(tmp_path, more=""):
    file = tmp_path / "problems.yaml"
    file.write_text(SMALL.replace(", FAULT", more), encoding="utf-8")
    return file


def test_names_are_unique_and_tables_name_problems():
    assert len(set(NAMES)) == len(NAMES)
    assert {name for t in DOCUMENT["reference"]["tables"] for name in t["rows"]} <= set(NAMES)


def test_every_option_is_one_of_solve():
    entries = [group.get("options", {}) for group in GROUPS] + [p for group in GROUPS for p in group["problems"]]
    assert {option for entry in entries for option in entry if option not in BUILD["ABOUT"]} <= OPTIONS


@pytest.mark.parametrize("group", DOCUMENT["sections"], ids=lambda group: group["title"])
def test_each_problem_has_a_title_and_a_sentence(group):
    for text in [group["says"], *(p["says"] for p in group["problems"])]:
        assert text.endswith(".")
    for title in [group["title"], *(p["title"] for p in group["problems"])]:
        assert not re.search(r"[$\\&%#_]", title)


def test_contents_lead_to_all_headings(tmp_path):
    assert BUILD["main"](tmp_path, source=small(tmp_path)) == 0
    page = (tmp_path / "matrix-calculus.html").read_text("utf-8")
    assert sorted(re.findall(r'href="#(.+?)"', page)) == sorted(re.findall(r' id="(.+?)"', page))
    assert "<title>Two &amp; more</title>" in page
    assert "$" not in page
    assert page.count("<!DOCTYPE html>") == 1


def test_tables_hold_the_answers(tmp_path):
    solutions, failures = BUILD["solve_all"](yaml.safe_load(small(tmp_path).read_text("utf-8")))
    assert not failures
    assert BUILD["table"](["one", "two"], solutions) == [["", "x"], ["x^2", "2x"], ["cx", "c"]]


def test_answers_by_several_variables_stand_side_by_side():
    solution = derive.solve("xy", wrt=["x", "y"])
    assert BUILD["table"](["product"], {"product": solution}) == [["", "x", "y"], ["xy", "y", "x"]]


def test_a_problem_that_is_not_solved_is_named_and_nothing_is_written(tmp_path, capsys):
    source = small(tmp_path, ", {name: broken, title: Broken, says: No., problem: x +}")
    out = tmp_path / "out"
    assert BUILD["main"](out, source=source) == 1
    assert "broken: error[D101]" in capsys.readouterr().err
    assert not out.exists()
    assert BUILD["main"](out, keep_going=True, source=source) == 0
    assert "Broken" not in (out / "matrix-calculus.html").read_text("utf-8")


@pytest.mark.usefixtures("pdflatex")
def test_the_document_compiles(tmp_path):
    assert BUILD["main"](tmp_path, source=small(tmp_path)) == 0
    assert (tmp_path / "matrix-calculus.pdf").is_file()
