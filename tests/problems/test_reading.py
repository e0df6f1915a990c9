"""Problem sets: what a file says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from derive.errors import ProblemFileError, ProblemSetError
from derive.problems.model import Place, Range
from derive.problems.reading import read_set, read_text
from tests.problems.complaints import complaints

WEEK = r"""
title: Week 3
course: Calculus
author: no
date: 2026-11-27
lang: de
instructions: |
  Read first.

  Then write.
seed: 012
draw: {chain: 1}
shuffle: yes
layout: denominator
let: f: \R \to \R
defaults:
  points: 4
  difficulty: easy
  detail: brief
  macros: \newcommand{\R}{\mathbb{R}}
problems:
  - id: first
    title: "The first"
    input: 'y = \sin(x)'
    wrt: [w, y, n, on]
    points: 2.50
    tags: [chain, chain, easy]
    difficulty: 2
    hint: Look: it is easy.
    note:
      - One.
      - Two: three.
    let:
      - g: \R \to \R   # a function
      - a > 0
    graph: no
    width: 40
    order: 2
    names: u, v
  - statement: Why?
    solution: Because.
  - id: long
    parts:
      - latex: |
          z = wx
            + b
        points: 1
        wrt: w
      - id: second
        statement: Now $a$.
        latex: a = z^2
        uses: a
        detail: full
        wrt: w
        points: 2
""".replace("hint: Look: it is easy.", "hint:\n      Look: it is easy.").replace(
    "let: f: \\R \\to \\R\n", "let:\n  f: \\R \\to \\R\n"
)


def test_a_file_is_read_with_all_that_it_says():
    week = read_text(WEEK)
    assert (week.title, week.course, week.author, week.date) == ("Week 3", "Calculus", "no", "2026-11-27")
    assert (week.lang, week.instructions, week.seed) == ("de", "Read first.\n\nThen write.", "012")
    assert (week.draw, week.shuffle) == ({"chain": 1}, True)
    first, second, third = week.problems
    assert (first.id, first.title, first.latex, first.points) == ("first", "The first", r"y = \sin(x)", "2.50")
    assert (first.tags, first.difficulty) == (("chain", "easy"), "2")
    assert (first.hints, first.notes) == (("Look: it is easy.",), "One.\n\nTwo: three.")
    assert first.options == {
        "layout": "denominator",
        "let": (r"f: \R \to \R", r"g: \R \to \R", "a > 0"),
        "detail": "brief",
        "macros": (r"\newcommand{\R}{\mathbb{R}}",),
        "wrt": ("w", "y", "n", "on"),
        "graph": False,
        "width": 40.0,
        "order": 2,
        "names": ("u", "v"),
    }
    assert (second.id, second.points, second.difficulty) == ("p0002", "4", "easy")
    assert (second.statement, second.solution, second.latex) == ("Why?", "Because.", "")
    assert (third.id, third.points) == ("long", "")
    a, b = third.parts
    assert (a.id, a.latex, a.points, a.difficulty) == ("a", "z = wx\n  + b", "1", "")
    assert (b.id, b.uses, b.options["detail"], b.options["wrt"]) == ("second", ("a",), "full", ("w",))


def test_problems_without_options_share_those_of_the_set():
    first, second = read_text("let: a > 0\nproblems: [{latex: a x}, {latex: a x^2}]").problems
    assert first.options is second.options


LATEX_PLACES = [
    ("a.yaml", "problems:\n  - latex: 'x'\n", (2, 13)),
    ("a.yaml", "problems:\n  - latex: x\n", (2, 12)),
    ("a.yaml", "problems:\n  - latex: | # here\n\n      x\n", (4, 7)),
    ("a.yaml", "problems:\n  - latex: |2\n        x\n", (3, 7)),
    ("a.yaml", "problems:\n  - latex: >-\n      x\n", (3, 7)),
    ("a.json", '{"problems": [{"latex": "x"}]}', (1, 26)),
    ("a.jsonl", '\n{"latex": "x"}', (2, 12)),
    ("a.toml", "[[problems]]\nlatex = 'x'", (2, 10)),
    ("a.toml", "[[problems]]\nlatex = '''x'''", (2, 12)),
    ("a.toml", "[[problems]]\nlatex = '''\n  x'''", (3, 1)),
]


@pytest.mark.parametrize(("name", "text", "place"), LATEX_PLACES, ids=[repr(t) for _, t, _ in LATEX_PLACES])
def test_a_formula_knows_where_its_first_character_stands(name, text, place):
    (problem,) = read_text(text, name).problems
    found = problem.latex_place
    assert (found.line, found.column) == place


PLACES_WITHIN = [
    ("a.yaml", "problems:\n  - latex: 'xyQz'\n", (1, 3), (2, 15)),
    ("a.yaml", "problems:\n  - latex: |\n      x +\n        Q\n", (2, 3), (4, 9)),
    ("a.yaml", "problems:\n  - latex: >\n      xQ\n", (1, 2), (3, 8)),
    ("a.yaml", "problems:\n  - latex: >\n      x\n      Q\n", (1, 3), (3, 7)),  # its lines were joined
    ("a.yaml", "problems:\n  - latex: |\n      \\param{a} +\n      Q\n    params: {a: [1]}\n", (2, 1), (4, 7)),
    ("a.yaml", 'problems:\n  - latex: "x +\\n Q"\n', (2, 2), (2, 13)),
    ("a.json", '{"problems": [{"latex": "x +\\n Q"}]}', (2, 2), (1, 26)),
    ("a.toml", "[[problems]]\nlatex = '''\nx +\n Q'''", (2, 2), (4, 1)),
    ("a.yaml", 'problems:\n  - latex: "\\\\pi Q"\n', (1, 5), (2, 13)),  # an escape was replaced
    ("a.yaml", "problems:\n  - latex: \\param{a} Q\n    params: {a: [1]}\n", (1, 3), (2, 12)),
    ("a.json", '{"problems": [{"latex": "xQ"}]}', (1, 2), (1, 27)),
    ("a.toml", "[[problems]]\nlatex = 'xQ'", (1, 2), (2, 11)),
]
"""A file, a place in its formula, and where it stands in the file, or else where the formula begins."""


@pytest.mark.parametrize(("name", "text", "within", "place"), PLACES_WITHIN, ids=[repr(c[1]) for c in PLACES_WITHIN])
def test_a_place_in_a_formula_is_found_in_the_file(name, text, within, place):
    (problem,) = read_text(text, name).problems
    assert problem.latex_place.at(*within) == Place(*place)


def test_all_formats_say_the_same():
    tree = {
        "title": "T",
        "defaults": {"points": "3"},
        "problems": [
            {"id": "a", "latex": r"y = \nabla \theta", "wrt": ["x", "y"], "hints": ["One.\n\nTwo."]},
            {"statement": r"So $\param{k}$?", "params": {"k": {"range": ["1", "3"]}}, "variants": "2"},
        ],
    }
    lines = [
        json.dumps({"set": {k: v for k, v in tree.items() if k != "problems"}}),
        *map(json.dumps, tree["problems"]),
    ]
    toml = r"""
title = 'T'
[defaults]
points = 3
[[problems]]
id = 'a'
latex = 'y = \nabla \theta'
wrt = ['x', "y"]
hints = "One.\n\nTwo."
[[problems]]
statement = 'So $\param{k}$?'
variants = 2
params.k = { range = [1, 3] }
"""
    yaml = r"""
title: T
defaults: {points: 3}
problems:
  - {id: a, latex: y = \nabla \theta, wrt: [x, y], hints: "One.\n\nTwo."}
  - statement: So $\param{k}$?
    params: {k: {range: [1, 3]}}
    variants: 2
"""
    texts = {"a.json": json.dumps(tree), "a.jsonl": "\n".join(lines), "a.toml": toml, "a.yml": yaml}
    found = [read_text(text, name) for name, text in texts.items()]
    without = [replace(s, problems=tuple(map(without_places, s.problems))) for s in found]
    assert all(one == without[0] for one in without[1:])
    assert without[0].problems[1].params == {"k": Range(("1", "2", "3"))}


def without_places(exercise):
    return replace(exercise, place=Place(0, 0), latex_place=None)


@pytest.mark.parametrize("name", ["a", "0", "012", "no", "x-1", "a" * 64, "com0", "lpt10", "conic", "1e3"])
def test_ids_that_are_good_anywhere(name):
    assert read_text(f"problems: [{{id: {name}, latex: x}}]").problems[0].id == name


def test_a_date_is_an_id_when_it_is_quoted():
    assert read_text("problems: [{id: '2026-01-02', latex: x}]").problems[0].id == "2026-01-02"
    (error,) = complaints("[[problems]]\nid = 2026-01-02\nlatex = 'x'\n", "a.toml")
    assert (error.line, error.column) == (2, 6)


def test_a_file_knows_the_notation_file_beside_it(tmp_path):
    (tmp_path / "notes.yaml").write_text("style: paper\n")
    file = tmp_path / "set.yaml"
    file.write_text("notation: notes.yaml\nproblems: [{latex: x}, {latex: y, notation: paper}]\n")
    first, second = read_set(file).problems
    assert first.options["notation"] == str(tmp_path / "notes.yaml")
    assert second.options["notation"] == "paper"


@pytest.mark.parametrize("file", [Path("/none/set.yaml"), Path("set\0.yaml"), Path(".")])
def test_what_cannot_be_read_is_the_only_error(file):
    with pytest.raises(ProblemSetError) as caught:
        read_set(file)
    assert [type(e) for e in caught.value.errors] == [ProblemFileError]
    assert caught.value.line is None
