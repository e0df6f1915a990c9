r"""LaTeX in double quotes: what `\t` and `\n` would destroy is refused, what is meant is read."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.errors import Span
from derive.problems.reading import read_text
from derive.trees.escapes import destroyed
from tests.problems.complaints import complaints

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
