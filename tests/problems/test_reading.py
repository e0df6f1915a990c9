"""Problem sets: what a file says, what is wrong with it, and where."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.errors import ProblemFileError, ProblemSetError, Span
from derive.problems import json_tree, toml_tree, yaml_tree
from derive.problems.escapes import destroyed
from derive.problems.fields import FIELDS
from derive.problems.model import Place, Range
from derive.problems.ranges import combinations, ends, number, values
from derive.problems.reading import read_set, read_text
from derive.problems.starter import starter

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
    assert problem.latex_place == Place(*place)


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


# What is wrong --------------------------------------------------------------------------------------------------------

ONE = "problems:\n  - "
FAULTS = [
    ("", (1, 1), "empty"),
    ("# nothing\n", (1, 1), "empty"),
    ("- a\n", (1, 1), "mapping with the key problems"),
    ("word\n", (1, 1), "mapping with the key problems"),
    ("title: x\n", (1, 1), "problems is missing"),
    ("problems: []\n", (1, 1), "no problems"),
    ("problems:\n", (1, 1), "no problems"),
    ("problems:\n  latex: x\n", (2, 3), "a list is wanted"),
    ("autor: me\nproblems: [{latex: x}]\n", (1, 1), "did you mean author?"),
    ("include: a\nproblems: [{latex: x}]\n", (1, 1), "there are title"),
    ("id: a\nproblems: [{latex: x}]\n", (1, 1), "id stands in a problem, or in a part"),
    ("lang: fr\nproblems: [{latex: x}]\n", (1, 7), "en, de"),
    ("layout: numerator\ndefaults: {layout: numerator}\nproblems: [{latex: x}]\n", (2, 12), "in line 1"),
    ("defaults: 3\nproblems: [{latex: x}]\n", (1, 11), "fields with values"),
    ("draw: 3\nproblems: [{latex: x}]\n", (1, 7), "tags with numbers"),
    ("draw: {a: b}\nproblems: [{latex: x, tags: a}]\n", (1, 11), "whole number"),
    ("draw: {a: 2}\nproblems: [{latex: x, tags: a}]\n", (1, 8), "there are 1"),
    ("notation: none.yaml\nproblems: [{latex: x}]\n", (1, 11), "no notation file"),
    ("title: ~\nproblems: [{latex: x}]\n", (1, 8), "no text"),
    ("title: [a]\nproblems: [{latex: x}]\n", (1, 8), "a text is wanted"),
    ("title: |\n  a\n  b\nproblems: [{latex: x}]\n", (1, 8), "one line"),
    ("shuffle: maybe\nproblems: [{latex: x}]\n", (1, 10), "yes or no"),
    (ONE + "word\n", (2, 5), "fields with values"),
    (ONE + "id: a\n", (2, 5), "needs latex, or a statement, or parts"),
    (ONE + "solution: a\n", (2, 5), "needs latex, or a statement, or parts"),
    (ONE + "{id: a, latx: x}\n", (2, 13), "did you mean latex?"),
    (ONE + "{latex: x, wrtt: x}\n", (2, 16), "did you mean wrt?"),
    (ONE + "{latex: x, log_base: 10}\n", (2, 16), "did you mean log-base?"),
    (ONE + "{latex: x, input: x}\n", (2, 16), "another name of latex"),
    (ONE + "{latex: x, solution: x}\n", (2, 16), "would not be shown"),
    (ONE + "{statement: x, wrt: x}\n", (2, 20), "there is no latex"),
    (ONE + "{latex: }\n", (2, 13), "latex has no value"),
    (ONE + "{latex: .inf}\n", (2, 13), ".inf is no text"),
    (ONE + "{latex: x, hints: ['']}\n", (2, 24), "hints has no value"),
    (ONE + "{latex: x, hints: [{a: b}]}\n", (2, 24), "a text is wanted"),
    (ONE + "{latex: x, let: [[a]]}\n", (2, 22), "a text is wanted"),
    (ONE + "{latex: x, points: -1}\n", (2, 24), "0..1000"),
    (ONE + "{latex: x, points: 1001}\n", (2, 24), "0..1000"),
    (ONE + "{latex: x, points: 1e2}\n", (2, 24), "0..1000"),
    (ONE + "{latex: x, order: 0}\n", (2, 23), "1..20"),
    (ONE + "{latex: x, order: 1.5}\n", (2, 23), "1..20"),
    (ONE + "{latex: x, width: 5}\n", (2, 23), "10..500"),
    (ONE + "{latex: x, detail: norml}\n", (2, 24), "did you mean normal?"),
    (ONE + "{latex: x, graph: 1}\n", (2, 23), "yes or no"),
    (ONE + "{latex: x, tags: 'a, b'}\n", (2, 22), "comma"),
    (ONE + "{latex: x, parts: []}\n", (2, 23), "1 to 26 parts"),
    (ONE + "{parts: [{tags: a, latex: x}]}\n", (2, 15), "tags stands in a problem"),
    (ONE + "{parts: [{parts: [], latex: x}]}\n", (2, 15), "parts stands in a problem"),
    (ONE + "{parts: [{points: 1}]}\n", (2, 14), "a part needs"),
    (ONE + "{parts: [{latex: x, uses: a}]}\n", (2, 31), "no earlier part"),
    (ONE + "{parts: [{statement: x}, {latex: y, uses: a}]}\n", (2, 47), "no earlier part"),
    (ONE + "{parts: [{latex: x}, {latex: y, uses: [a, b]}]}\n", (2, 43), "there is a"),
    (ONE + "{parts: [{latex: x}, {id: a, latex: y}]}\n", (2, 31), "the id a stands on lines 2 and 2"),
    (ONE + "{points: 5, parts: [{latex: x, points: 1.5}, {latex: y, points: 3}]}\n", (2, 14), "4.5 together"),
]  # fmt: skip
PARAMS = [
    (r"{latex: '\param{a} x'}", (2, 15), "no parameter a"),
    (r"{latex: '\param x'}", (2, 15), "a name in braces"),
    (r"{latex: x, params: {a: [1, 2]}}", (2, 25), "mentions the parameter a"),
    (r"{latex: '\param{b} x', params: {a: [1, 2], b: [1]}}", (2, 37), "mentions the parameter a"),
    (r"{latex: '\param{a}\param{c} x', params: {a: [1, 2]}}", (2, 24), "parameters are a"),
    (r"{latex: '\param{a} x', params: [1]}", (2, 36), "names with values"),
    (r"{latex: '\param{a} x', params: {a: 5}}", (2, 40), "two ends"),
    (r"{latex: '\param{a} x', params: {a: 5..}}", (2, 40), "two ends"),
    (r"{latex: '\param{a} x', params: {a: 9..1}}", (2, 40), "empty"),
    (r"{latex: '\param{a} x', params: {a: x..y}}", (2, 40), "x is no number"),
    (r"{latex: '\param{a} x', params: {a: 1/0..2}}", (2, 40), "1/0 is no number"),
    (r"{latex: '\param{a} x', params: {a: 1..10001}}", (2, 40), "10001 values"),
    (r"{latex: '\param{a} x', params: {a: [2, 2]}}", (2, 40), "2 stands here twice"),
    (r"{latex: '\param{a} x', params: {a: []}}", (2, 37), "no value is left"),
    (r"{latex: '\param{a} x', params: {a: {range: [1, 2, 3]}}}", (2, 48), "two ends"),
    (r"{latex: '\param{a} x', params: {a: {range: [1, 2], step: 0}}}", (2, 48), "above 0"),
    (r"{latex: '\param{a} x', params: {a: {choices: [1], step: 2}}}", (2, 55), "goes with a range"),
    (r"{latex: '\param{a} x', params: {a: {exclude: 2}}}", (2, 37), "choices, or it has a range"),
    (r"{latex: '\param{a} x', params: {a: {chioces: [1]}}}", (2, 41), "did you mean choices?"),
    (r"{latex: '\param{a} x', params: {a: {range: 1..3, exclude: [1, 2, 3.0]}}}", (2, 37), "no value is left"),
    (r"{latex: '\param{a} x', params: {a: {range: 1..3, exclude: a}}}", (2, 37), "exclude itself"),
    (r"{latex: '\param{a} x', params: {a: ['\param{a}']}}", (2, 40), "another parameter"),
    (r"{latex: '\param{a} x', params: {a: [1, 2]}, variants: 3}", (2, 59), "there are 2"),
    (r"{latex: '\param{a} x', params: {a: [1, 2]}, variants: 1001}", (2, 59), "1..1000"),
    (r"{latex: x, variants: 2}", (2, 26), "nothing that differs"),
    (r"{latex: '\param{a} \param{b}', params: {a: [1], b: {choices: [1], exclude: a}}}", (2, 36), "there is no"),
]
FAULTS += [(ONE + text + "\n", place, words) for text, place, words in PARAMS]
IDS = ["A", "../a", "/tmp/a", r"a\b", "a.tex", "a b", "ä", "-a", "a_b", "con", "com7", "index", "a" * 65, "2026-01-02"]
FAULTS += [(f"{ONE}latex: x\n    id: {name}\n", (3, 9), "") for name in IDS]
FAULTS += [
    (ONE + "{id: , latex: x}\n", (2, 10), "id is missing"),
    (ONE + '{id: "a\\nb", latex: x}\n', (2, 10), "no id"),
    (ONE + '{id: "a\\0", latex: x}\n', (2, 12), "lost"),
    (ONE + "{id: a, latex: x}\n  - {id: a, latex: y}\n", (3, 10), "on lines 2 and 3"),
    (ONE + "{id: p0002, latex: x}\n  - {latex: y}\n", (3, 5), "on lines 2 and 3"),
    (ONE + "{id: a-2, latex: x}\n  - {id: a, variants: 2, latex: '\\param{k}', params: {k: 1..2}}\n", (2, 10),
     "variant"),
]  # fmt: skip


def complaints(text, name="set.yaml"):
    with pytest.raises(ProblemSetError) as caught:
        read_text(text, name)
    return caught.value.errors


@pytest.mark.parametrize(("text", "place", "words"), FAULTS, ids=[repr(t) for t, *_ in FAULTS])
def test_each_fault_is_told_once_and_where_it_is(text, place, words):
    (error,) = complaints(text)
    assert (error.line, error.column) == place
    assert words in f"{error.message} {error.hint}"
    assert error.file == "set.yaml"
    assert error.report().startswith(f"set.yaml:{place[0]}:{place[1]}: error[D601]: ")


def test_all_faults_of_a_file_are_told_in_its_order():
    wrong = [text.removeprefix(ONE) for text, *_ in FAULTS if text.startswith(ONE) and "id:" not in text]
    whole = "problems:\n" + "".join(f"  - {text}" for text in wrong) + "titel: x\n"
    errors = complaints(whole)
    assert [e.line for e in errors] == list(range(2, len(wrong) + 3))


def test_twenty_errors_are_printed_and_the_others_counted():
    problems = "".join("  - {latex: x, wtr: x}\n" for _ in range(33))
    with pytest.raises(ProblemSetError) as caught:
        read_text("problems:\n" + problems, "week3.yaml")
    report = caught.value.report().splitlines()
    assert report[:4] == [
        "week3.yaml:2:16: error[D601]: unknown field wtr in a problem",
        "    - {latex: x, wtr: x}",
        "                 ^^^",
        "  did you mean wrt?",
    ]
    assert len(report) == 20 * 4 + 1
    assert report[-1] == "and 13 more"
    assert (caught.value.line, caught.value.column) == (2, 16)


DESTROYED = [
    ("a.yaml", r'problems: [{latex: "\theta"}]', 21, "| block"),
    ("a.yaml", r'problems: [{latex: "x + \frac{1}{2}"}]', 25, "| block"),
    ("a.yaml", r'problems: [{latex: "a\_b"}]', 22, "| block"),
    ("a.yaml", r'problems: [{latex: "\Leftarrow"}]', 21, "| block"),
    ("a.yaml", r'problems: [{latex: x, let: ["\beta > 0"]}]', 30, "| block"),
    ("a.yaml", r'problems: [{statement: "Let $\nabla f$"}]', 30, "| block"),
    ("a.yaml", r'problems: [{statement: "So:\nabla"}]', 28, "| block"),
    ("a.toml", r'problems = [{latex = "\nu"}]', 23, "single quotes"),
    ("a.toml", r'problems = [{latex = """x \tau"""}]', 27, "single quotes"),
    ("a.json", r'{"problems": [{"latex": "\rho"}]}', 26, "doubled"),
    ("a.json", r'{"problems": [{"latex": "\\frac \neq"}]}', 33, "doubled"),
    ("a.json", r'{"problems": [{"statement": "$x \norm{y}$"}]}', 33, "doubled"),
    ("a.jsonl", r'{"latex": "\beta"}', 12, "doubled"),
]


@pytest.mark.parametrize(("name", "text", "column", "words"), DESTROYED, ids=[t for _, t, *_ in DESTROYED])
def test_latex_that_escapes_destroyed_is_refused_with_the_remedy(name, text, column, words):
    (error,) = complaints(text, name)
    assert (error.line, error.column) == (1, column)
    assert words in error.hint


KEPT = [
    ("a.yaml", r'problems: [{latex: "\\theta \\nabla"}]'),
    ("a.yaml", r"problems: [{latex: '\theta \nabla'}]"),
    ("a.yaml", r'problems: [{statement: "One.\n\nTwo, \"three\" caf\u00e9."}]'),
    ("a.yaml", 'problems: [{statement: "One\n  and \\\n  two"}]'),
    ("a.json", r'{"problems": [{"statement": "One.\nThen \\$2 \ud83d\ude00"}]}'),
    ("a.json", r'{"problems": [{"latex": "\\begin{aligned}\n \\frac{1}{2} \\\\\n & x\n\\end{aligned}"}]}'),
    ("a.toml", 'problems = [{latex = """\\\n  x \\\\theta"""}]'),
]


@pytest.mark.parametrize(("name", "text"), KEPT, ids=[t for _, t in KEPT])
def test_escapes_that_are_meant_are_read(name, text):
    assert read_text(text, name).problems


COMMANDS = r"\alpha \beta \nabla \neq \nu \theta \tau \top \frac \rho \right \vec \exp \begin \ne \not \norm \text"


@pytest.mark.parametrize("command", COMMANDS.split())
def test_no_command_survives_an_escape_unseen(command):
    for formula, raw in product((True, False), (f"x + {command}", f"{command} y", f"${command}_1$")):
        found = destroyed(raw, formula)
        assert found is not None or (not formula and command[1] not in "abefnrtvxNLP_")
        assert raw[found.start : found.stop] == command


@given(st.text("\\nta bx$"), st.booleans())
def test_a_text_without_lone_backslashes_is_never_destroyed(text, formula):
    assert destroyed(text.replace("\\", "\\\\"), formula) is None


def test_the_first_loss_is_pointed_at():
    assert destroyed(r"a \\theta \theta \frac", True) == Span(10, 16)


def test_half_a_character_is_refused():
    (error,) = complaints(r'{"latex": "x", "statement": "a \ud83d b"}', "a.jsonl")
    assert "half of a character" in error.message


def test_lines_that_are_no_json_do_not_hide_the_others():
    errors = complaints('{"latex": "x"\n{"latex": 5}\n{"latx": "x"}\n[]\n{"set": {}}', "a.jsonl")
    assert [e.line for e in errors] == [1, 3, 4, 5]


def test_the_head_of_lines_has_no_problems_and_is_wanted_once():
    (error,) = complaints('{"set": {"problems": []}}\n{"latex": "x"}', "a.jsonl")
    assert (error.line, error.column) == (1, 10)
    assert complaints('{"set": {}}', "a.jsonl")[0].message.startswith("there are no problems")
    assert complaints("\n\n", "a.jsonl")[0].message.startswith("the file is empty")


@pytest.mark.parametrize("name", ["set.txt", "set", "set.yaml.bak"])
def test_other_endings_are_refused(name):
    (error,) = complaints("problems: [{latex: x}]", name)
    assert ".jsonl" in error.hint


def test_the_number_of_problems_is_limited():
    lines = '{"latex": "x"}\n' * 11
    assert len(read_text(lines, "a.jsonl", problems=11).problems) == 11
    with pytest.raises(ProblemSetError, match="more than 10 problems") as caught:
        read_text(lines, "a.jsonl", problems=10)
    assert caught.value.line == 11


def test_the_number_of_parts_is_limited():
    part = "{latex: x}, "
    assert [p.id for p in read_text(f"problems: [{{parts: [{part * 26}]}}]").problems[0].parts][-1] == "z"
    (error,) = complaints(f"problems: [{{parts: [{part * 27}]}}]")
    assert "26" in error.message


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


# Whatever a file holds ------------------------------------------------------------------------------------------------

FIELD_NAMES = st.sampled_from(sorted({name for field in FIELDS for name in (field.name, *field.also)} | {"set", "a"}))
SCALARS = st.sampled_from(["", "x", "a", "1..9", "1", "-1", "yes", r"\param{a}", "chain", "null", "y = x^2"])
ANYTHING = st.recursive(
    SCALARS, lambda t: st.lists(t, max_size=3) | st.dictionaries(FIELD_NAMES, t, max_size=5), max_leaves=20
)
PROBLEM_LIST = st.lists(st.dictionaries(FIELD_NAMES, ANYTHING, max_size=6), min_size=1, max_size=3)


def read_or_refused(text, name):
    """Read a text; if it is refused, then with errors that have a place in it and can be printed."""
    try:
        errors = () if read_text(text, name).problems else None
    except ProblemSetError as fault:
        errors = fault.errors
    assert errors is not None
    for error in errors:
        assert 0 <= error.span.start <= len(text)
        assert error.report()


@given(st.dictionaries(FIELD_NAMES, ANYTHING, max_size=5), PROBLEM_LIST, st.sampled_from(["a.yaml", "a.json"]))
def test_any_values_of_any_fields_are_read_or_refused(head, problems, name):
    read_or_refused(json.dumps({**head, "problems": problems}), name)


EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 4), st.text("\n\t \\'\"{}[]:-#&*|,=.a1ü", max_size=3)), max_size=4
)
SEEDS = {
    "a.yaml": starter(),
    "a.toml": "title = 'T'\n[[problems]]\nid = \"a\"\nlatex = '\\param{a}'\npoints = 2.5\nparams = {a = [1, 2]}\n",
    "a.json": '{"title": "T", "problems": [{"latex": "\\\\param{a}", "params": {"a": {"range": [1, 9]}}}]}',
    "a.jsonl": '{"set": {"seed": 1}}\n{"latex": "x", "hints": ["a", "b"]}\n',
}


@given(st.sampled_from(list(SEEDS)), EDITS)
def test_a_file_that_was_spoilt_is_read_or_refused(name, edits):
    text = SEEDS[name]
    for where, cut, put in edits:
        at = int(where * len(text))
        text = text[:at] + put + text[at + cut :]
    read_or_refused(text, name)


@pytest.mark.parametrize("name", SEEDS)
def test_what_is_spoilt_was_good(name):
    assert read_text(SEEDS[name], name).problems


VAST = [
    ("a.yaml", yaml_tree, f"problems: [{'a, ' * 100}]"),
    ("a.json", json_tree, f'{{"problems": [{"1, " * 100} 1]}}'),
    ("a.toml", toml_tree, f"a = [{'1, ' * 100}]"),
]


@pytest.mark.parametrize(("name", "module", "text"), VAST, ids=[name for name, *_ in VAST])
def test_the_number_of_values_is_limited(monkeypatch, name, module, text):
    monkeypatch.setattr(module, "VALUES", 100)
    (error,) = complaints(text, name)
    assert "the file has more than" in error.message
    assert error.column > 100


@pytest.mark.parametrize("text", [r"\param{" + " " * 10**5, r"\n$" * 10**5, r"\\" * 10**5, r"\"" * 10**5])
def test_long_texts_take_no_longer_than_they_are(text):
    start = time.process_time()
    assert complaints(f'{{"title": "{text}", "problems": [{{"latx": "{text}"}}]}}', "a.json")
    assert time.process_time() - start < 5


# Ranges ---------------------------------------------------------------------------------------------------------------

RANGES = [
    ("1", "4", "1", "1 2 3 4"),
    ("-1", "4", "2", "-1 1 3"),
    ("0.5", "2", "0.5", "0.5 1 1.5 2"),
    ("0.50", "2.00", "0.5", "0.50 1.00 1.50 2.00"),
    ("0", "1", "0.25", "0 0.25 0.5 0.75 1"),
    ("-0.1", "0.1", "0.1", "-0.1 0.0 0.1"),
    ("1/2", "2", "1/2", "1/2 1 3/2 2"),
    ("-1/3", "1/3", "1/3", "-1/3 0 1/3"),
    ("0", "1", r"\frac{1}{3}", r"0 \frac{1}{3} \frac{2}{3} 1"),
    ("0.1", "0.3", "1/10", "1/10 1/5 3/10"),
]


@pytest.mark.parametrize(("low", "high", "step", "expected"), RANGES)
def test_ranges_are_exact_and_written_as_they_were_typed(low, high, step, expected):
    assert values(number(low), number(high), number(step)) == tuple(expected.split())


@given(st.decimals(-99, 99, places=2), st.integers(0, 30), st.decimals("0.01", 9, places=2))
def test_the_values_of_a_range_are_equally_far_apart(low, steps, step):
    high = low + steps * step
    found = [number(text).value for text in values(number(str(low)), number(str(high)), number(str(step)))]
    assert found == [Fraction(low) + k * Fraction(step) for k in range(steps + 1)]


def test_two_points_make_a_range():
    assert ends("1..9") == ("1", "9")
    assert ends(" -0.5 .. 2.5 ") == ("-0.5", "2.5")
    assert ends(r"\frac{1}{2}..2") == (r"\frac{1}{2}", "2")
    assert ends("1.5") is ends("1...9") is ends("..3") is None


NUMBERS = st.sampled_from([f"{k}" for k in range(5)] + ["0.0", "1.0", "1/2"])


@given(
    st.dictionaries(st.sampled_from("abc"), st.tuples(st.sets(NUMBERS, min_size=1), st.sets(st.sampled_from("abc"))))
)
def test_choices_are_counted_as_trying_all_does(drawn):
    params = {n: Range(tuple(v), tuple(x for x in out if x in drawn and x != n)) for n, (v, out) in drawn.items()}
    found = 0
    for chosen in product(*(r.values for r in params.values())):
        by_name = dict(zip(params, chosen, strict=True))
        found += all(by_name[n] != by_name[x] for n, r in params.items() for x in r.excluded)
    assert combinations(params, 10_000) == (found if params else 0)
    assert combinations(params, 2) == min(2, found if params else 0)


def test_a_hopeless_search_ends():
    names = [chr(97 + i) for i in range(13)]
    params = {n: Range(tuple(map(str, range(12))), tuple(x for x in names if x != n)) for n in names}
    assert combinations(params, 1) == 0


def test_excluded_values_are_taken_out_by_what_they_are_worth():
    (problem,) = read_text(
        r"problems: [{latex: '\param{a}\param{b}', params: {a: {range: [0.5, 2.0], step: 0.5, exclude: [1, 3/2]}, "
        r"b: {choices: [x, y, 0.5], exclude: [a, x]}}}]"
    ).problems
    assert problem.params == {"a": Range(("0.5", "2.0"), ("1", "3/2")), "b": Range(("y", "0.5"), ("a", "x"))}
