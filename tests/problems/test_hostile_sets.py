"""Whatever a file holds, it is read, or refused with errors that have a place; and soon."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.errors import ProblemSetError
from derive.problems.fields import FIELDS
from derive.problems.reading import read_text
from derive.problems.starter import starter
from derive.trees import json_tree, toml_tree, yaml_tree
from tests.problems.complaints import complaints

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
    assert complaints(f'{{"title": "{text}", "problems": [{{"latx": "{text}"}}]}}', "a.json")
