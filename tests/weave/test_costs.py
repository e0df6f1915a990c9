"""What large documents cost: twice as much costs twice as much."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.weave.macros import macros_in
from derive.weave.said import brace_pairs, closing
from tests.counted import calls
from tests.weave.fakes import woven

FENCE = "```derive wrt=x\ny = x^2 + \\ca\n```\n\n"


def name(number):
    """Return the name of a TeX command: `\\ca`, `\\cb`, ..."""
    return "\\c" + (name(number // 26 - 1)[2:] if number >= 26 else "") + chr(ord("a") + number % 26)


def undone(size):
    """Return definitions of which none is ever complete."""
    return "\\def\\a{" * size + "\n\\begin{derive}[wrt=x]\ny = x^2\n\\end{derive}\n"


def declared_between(size):
    """Return blocks with a declaration before each."""
    return "".join(f"<!-- derive: let='a_{{{number}}} > 0' -->\n\nWords.\n\n{FENCE}" for number in range(size))


def chained(size):
    """Return declarations of which each needs the next."""
    lines = "".join(f"  - '{name(number)} = {name(number + 1)}'\n" for number in range(size))
    return f"---\nderive:\n  let:\n{lines}---\n{FENCE}"


@pytest.mark.parametrize(("made", "file"), [(undone, "a.tex"), (declared_between, "a.md"), (chained, "a.md")])
def test_twice_as_much_costs_twice_as_much(made, file):
    woven(made(1), file)
    short, long = (calls(lambda size=size: woven(made(size), file)) for size in (60, 120))
    assert long < 2.3 * short


def test_each_link_of_a_chain_is_told():
    seen = []
    woven(chained(50), engine=lambda requests: [*map(seen.append, requests)] and ["**Problem.**"])
    assert len(seen[0].options["let"]) == 50


@given(st.text(st.sampled_from("{}\\a"), max_size=14))
def test_braces_are_paired_as_they_are_closed_one_by_one(text):
    within = 6
    plain = [at for at, sign in enumerate(text) if sign == "{" and text[at - 1 : at] != "\\"]
    for at in plain:
        assert brace_pairs(text, within).get(at) == closing(text, at, within)


def test_a_definition_that_goes_on_for_very_long_is_none():
    assert len(macros_in("\\def\\a{" + "x" * 9_000 + "}")) == 1
    assert not macros_in("\\def\\a{" + "x" * 10_000 + "}")
