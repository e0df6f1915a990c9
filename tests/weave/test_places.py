"""Where an error stands: what was taken out of a document knows the line and the column that it was typed in."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.weave.model import Failure
from derive.weave.said import Place
from derive.weave.settings import Settings
from derive.weave.text import taken
from tests.weave.fakes import woven


def blames_foo(requests):
    r"""Say of each request where `\foo` stands, in its formula or in one of its options."""
    return [_blamed(request) for request in requests]


def _blamed(request):
    texts = [request.latex, *(text for value in request.options.values() for text in value if isinstance(value, tuple))]
    source, found = next((text, found) for text in texts if (found := re.search(r"\\foo", text)))
    return Failure("D101", r"unknown command \foo", "", source, *found.span())


DOCUMENTS = {
    "quoted in YAML": "---\nderive:\n  let: 'a > \\foo'\n---\n```derive wrt=x\ny = a x\n```\n",
    "plain in YAML": "---\nderive:\n  let: a > \\foo\n---\n```derive wrt=x\ny = a x\n```\n",
    "a list in YAML": "---\nderive:\n  let:\n  - a > 0\n  - 'a > \\foo'\n---\n```derive wrt=x\ny = a x\n```\n",
    "block in YAML": "---\nderive:\n  let: | # it\n\n    a > 0\n      b > \\foo\n---\n```derive wrt=x\ny = a\n```\n",
    "quoted in TOML": "+++\n[derive]\nlet = 'a > \\foo'\n+++\n```derive wrt=x\ny = a x\n```\n",
    "three quotes in TOML": "+++\n[derive]\nlet = '''\na > 0\n  b > \\foo'''\n+++\n```derive wrt=x\ny = a b\n```\n",
    "the head of a fence": "```derive\nwrt: x\nlet: |\n  a > 0\n  b > \\foo\n---\ny = a b x\n```\n",
    "the words of a fence": "```derive wrt=x let=' b > \\foo'\ny = b x\n```\n",
    "a comment": "<!-- derive: let='a > 0\n  b > \\foo' -->\n\n```derive wrt=x\ny = a b x\n```\n",
    "a quote": "> <!-- derive: let='a > 0\n> b > \\foo' -->\n>\n> ```derive wrt=x\n> y = a b x\n> ```\n",
    "a formula": "```derive wrt=x\ny = x^{{{{2}}}}\n + \\foo x\n```\n",
}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_an_error_points_at_what_was_typed(document, newline):
    error = woven(document.replace("\n", newline), engine=blames_foo).errors[0]
    before = document[: document.index("\\foo")].split("\n")
    assert (error.line, error.column) == (len(before), len(before[-1]) + 1)
    excerpt, caret = error.report().split("\n")[1:3]
    assert excerpt.rstrip() == "  " + document.split("\n")[error.line - 1]
    assert caret == "  " + " " * len(before[-1]) + "^^^^"


@pytest.mark.parametrize("formula", ["y = x^{{{{2}}}} + \\foo x", "y = x^&#123;{2}} + \\foo x", "y = a--b + \\foo"])
def test_an_error_points_at_what_was_typed_in_a_comment(formula):
    lines = woven("```derive wrt=x\ny = x\n```\n").text.split("\n")
    lines[1] = formula
    error = woven("\n".join(lines), engine=blames_foo).errors[0]
    assert (error.line, error.column) == (2, formula.index("\\foo") + 1)


MEANT = {sign: sign for sign in ("a", "\n", "-", "*/", "{", "%")} | {"&#38;": "&", "&#32;": "", "&#123;": "{"}


@given(st.lists(st.sampled_from(list(MEANT)), max_size=12), st.integers(0, 12), st.integers(0, 12))
def test_what_stood_in_a_comment_knows_its_places(typed, start, length):
    document, meant, offsets = "", "", []
    for sign in typed:
        offsets += [len(document) + index for index in range(len(MEANT[sign]))]
        document, meant = document + sign, meant + MEANT[sign]
    whole = taken(document, 0, len(document)).plain()
    assert whole.text == meant
    start = min(start, len(meant))
    for index, _ in enumerate(whole.part(start, start + length).text):
        assert whole.part(start, start + length).at(index) == offsets[start + index]


def test_a_second_name_is_told_with_the_line_of_the_first_in_the_document():
    document = "a\r\r```derive\rwrt: x\rwrt: y\r---\ry = x\r```\r"
    error = woven(document, engine=blames_foo).errors[0]
    assert error.line == 5
    assert "after line 4" in error.message


@given(st.lists(st.sampled_from(["a > 0", "b", "  c = {d}", ""]), min_size=1, max_size=5))
def test_the_lines_of_a_block_know_their_places(lines):
    document = "let: |\n" + "".join(f"    {line}\n" for line in ["x", *lines])
    (said,) = Settings(taken(document, 0, len(document)), Place(document, "a.md"), ".yaml").said()
    for index, sign in enumerate(said.value):
        if not sign.isspace():
            assert document[said.value_at.at(index)] == sign
