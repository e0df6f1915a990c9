"""The table of fields, and what is made from it: the schema for editors, the manual, the set to start from."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import click
import pytest
import yaml
from jsonschema import Draft202012Validator

import derive
from derive.cli.solve import command as solve_command
from derive.derivation import Request
from derive.errors import ProblemSetError
from derive.pipeline import render, solve
from derive.problems.fields import FIELDS, OPTIONS, PLACES, fields_of
from derive.problems.model import Exercise, ProblemSet
from derive.problems.reading import TREES, read_text
from derive.problems.schema import field_table, json_schema
from derive.problems.starter import STARTER, starter
from derive.problems.values import READERS

DOCS = Path(__file__).parents[2] / "docs"
MANUAL = DOCS / "problem-sets.md"
VALIDATOR = Draft202012Validator(json_schema())
COMMAND = {parameter.name: parameter for parameter in solve_command.params}


class Editor(yaml.SafeLoader):
    """Reads YAML as editors do: with numbers and truth values, without dates."""


Editor.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if not tag.endswith("timestamp")]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def objections(text):
    return [error.message for error in VALIDATOR.iter_errors(Editor(text).get_single_data())]


# The table ------------------------------------------------------------------------------------------------------------


def test_a_name_means_one_field_in_each_place():
    for where in PLACES:
        names = [name for field in FIELDS if where in field.where for name in (field.name, *field.also)]
        assert len(names) == len(set(names)) == len(fields_of(where))


def test_each_field_says_what_it_is():
    assert all(field.says.endswith(".") and field.where for field in FIELDS)


def test_each_kind_is_read():
    structure = {"draw", "defaults", "problems", "parts", "params", "range"}
    assert {field.kind for field in FIELDS} == READERS.keys() | structure


def test_options_are_those_of_the_library():
    known = {*inspect.signature(solve).parameters, *inspect.signature(render).parameters, *Request.__slots__}
    assert {field.option for field in OPTIONS} <= known
    assert all(field.option == field.name.replace("-", "_") for field in OPTIONS)


NOT_OF_A_SET = {
    "latex",
    "oracle",
    "reader",
    "allow_unchecked",
    "format_",
    "flavor",
    "output",
    "limits",
    "templates",
    "lang",
}


def test_all_options_of_the_command_are_fields_or_belong_to_the_build():
    assert {field.option for field in OPTIONS} == COMMAND.keys() - NOT_OF_A_SET


@pytest.mark.parametrize("field", OPTIONS, ids=lambda field: field.name)
def test_an_option_takes_what_the_command_takes(field):
    option = COMMAND[field.option]
    kind = option.type
    if isinstance(kind, click.Choice):
        assert tuple(kind.choices) == field.choices
    elif isinstance(kind, click.IntRange | click.FloatRange):
        assert (kind.min, kind.max) == (field.low, field.high)
    assert (field.kind == "choice") == isinstance(kind, click.Choice)
    assert (field.kind == "yes or no") == option.is_flag
    assert (field.kind == "latexes") == option.multiple


def test_fields_are_read_into_the_model():
    content = {f.name for f in FIELDS if f not in OPTIONS}
    assert set(Exercise.__slots__) - {"place", "latex_place", "options"} <= content
    assert set(ProblemSet.__slots__) <= content


# The schema -----------------------------------------------------------------------------------------------------------


def test_the_schema_is_one():
    Draft202012Validator.check_schema(json_schema())


def test_the_schema_that_is_shipped_is_current(golden):
    golden(DOCS / "derive-set.schema.json", json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n")


def test_the_schema_describes_every_field():
    for where, mapping in (("set", json_schema()), *json_schema()["$defs"].items()):
        if where in PLACES:
            assert mapping["properties"].keys() == fields_of(where).keys()
            assert all(below["description"] for below in mapping["properties"].values())


GOOD = [
    "problems: [{latex: x}]",
    "$schema: a\nproblems: [{input: 5, id: 7, points: 2.5, difficulty: 3}]",
    "problems: [{latex: x, points: '2', order: '2', width: 40, graph: yes, log-base: 10}]",
    "problems:\n  - latex: x\n    let:\n      - f: \\R \\to \\R\n      - a > 0\n",
    "problems: [{statement: a, hints: [b, 1], tags: c}]",
    "problems: [{parts: [{latex: x}, {latex: y, uses: a}]}]",
    "draw: {a: 1}\nproblems: [{latex: '\\param{k}', tags: a, params: {k: 1..9}}]",
    "problems: [{latex: '\\param{k}', params: {k: {range: [1/2, 2], step: 1/2, exclude: 1}}, variants: 2}]",
    "problems: [{latex: '\\param{k}\\param{l}', params: {k: [1, x], l: {choices: [2, y], exclude: [k]}}}]",
    "defaults: {layout: numerator, wrt: x, points: 3}\nproblems: [{latex: x}]",
]
BAD = [
    "problems: []",
    "title: x",
    "problems: [{latex: x, titel: y}]",
    "problems: [{title: x}]",
    "problems: [{latex: x, id: A}]",
    "problems: [{latex: x, points: -1}]",
    "problems: [{latex: x, points: many}]",
    "problems: [{latex: x, detail: none}]",
    "problems: [{latex: x, order: 21}]",
    "problems: [{latex: x, hints: [[a]]}]",
    "problems: [{latex: x, parts: []}]",
    "problems: [{parts: [{latex: x, tags: a}]}]",
    "problems: [{latex: '\\param{a}', params: {a: {step: 2}}}]",
    "problems: [{latex: '\\param{a}', params: {a: {range: [1, 2, 3]}}}]",
    "problems: {latex: x}",
    "draw: 3\nproblems: [{latex: x}]",
]


@pytest.mark.parametrize("text", [*GOOD, starter()])
def test_what_is_read_satisfies_the_schema(text):
    assert read_text(text).problems
    assert not objections(text)


@pytest.mark.parametrize("text", BAD)
def test_what_the_schema_refuses_is_refused(text):
    assert objections(text)
    with pytest.raises(ProblemSetError):
        read_text(text)


# The manual and the starter -------------------------------------------------------------------------------------------


def test_the_table_of_the_manual_is_current(golden):
    begin, end = "<!-- fields: begin -->\n", "<!-- fields: end -->\n"
    text = MANUAL.read_text("utf-8")
    before, after = text.split(begin)[0], text.split(end)[1]
    golden(MANUAL, f"{before}{begin}\n{field_table()}\n{end}{after}")


EXAMPLES = re.findall(r"^```(\w+)\n(.*?)^```", MANUAL.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("form", "text"), [(f, t) for f, t in EXAMPLES if f != "text"])
def test_the_examples_of_the_manual_are_read(form, text):
    assert read_text(text, f"set.{form}").problems


def test_the_manual_has_an_example_of_each_format():
    assert {f".{form}" for form, _ in EXAMPLES} >= {*TREES, ".jsonl"} - {".yml"}


def test_the_error_of_the_manual_is_the_one_that_comes():
    (shown,) = (text for form, text in EXAMPLES if form == "text")
    with pytest.raises(ProblemSetError) as caught:
        read_text("problems:" + "\n" * 12 + "  - latex: x\n    wrtt: x\n", "week3.yaml")
    assert caught.value.report() + "\n" == shown


def test_the_starter_shows_what_there_is():
    problems = read_text(starter()).problems
    assert any(p.latex and p.hints for p in problems)
    assert any(p.params and p.variants > 1 for p in problems)
    assert any(part.uses for p in problems for part in p.parts)
    assert any(p.solution and not p.latex for p in problems)
    assert len(starter().splitlines()) < 60
    assert STARTER.is_relative_to(Path(derive.__file__).parent)  # the wheel has all that is in there
