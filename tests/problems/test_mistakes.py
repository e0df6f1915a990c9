"""What is wrong with a set: each fault is told once, where it is, with what helps; all of a file at once."""

from __future__ import annotations

import pytest

from derive.errors import ProblemSetError
from derive.problems.reading import read_text
from tests.problems.complaints import complaints

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
    (r"{latex: '\param{a} x', params: {a: [1, 2]}, variants: 3}", (2, 59), "only 2 choices"),
    (r"{latex: '\param{a} x', params: {a: [1, 2]}, variants: 1001}", (2, 59), "1..1000"),
    (r"{latex: x, variants: 2}", (2, 26), "nothing that differs"),
    (r"{latex: '\param{a} \param{b}', params: {a: [1], b: {choices: [1], exclude: a}}}", (2, 36), "only 0 choices"),
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


MENTIONED = [
    ("a.yaml", "problems:\n  - parts:\n    - latex: x\n      hints: Use $\\param{k}$.\n"),
    ("a.toml", "[[problems]]\n[[problems.parts]]\nlatex = 'x'\n[[problems.parts]]\nlatex = '\\param{k}'\n"),
    ("a.toml", "[[problems]]\nlatex = 'x'\nhints = ['a', '\\param{k}']\n"),
    ("a.json", r'{"problems": [{"latex": "x", "hints": ["\\param{k}"]}]}'),
    ("a.jsonl", r'{"latex": "\\param{k}"}'),
    ("a.yaml", "title: \\param{k}\nproblems: [{latex: x}]"),
    ("a.yaml", "defaults:\n  let: \\param{k} > 0\nproblems: [{latex: x}]"),
]


@pytest.mark.parametrize(("name", "text"), MENTIONED, ids=[t for _, t in MENTIONED])
def test_a_parameter_that_is_nowhere_is_missed_in_every_format(name, text):
    (error,) = complaints(text, name)
    assert "no parameter k" in error.message
    assert text[error.span.start :].startswith("param{k}") or text[error.span.start - 1 :].startswith(r"\param{k}")
