"""What holds for all Markdown documents: found is what was planted, nothing else changes, and once is enough."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.weave.weaving import How
from tests.weave.documents import FENCES, planted
from tests.weave.fakes import Engine, woven

MODES = [How(flags={"mode": mode}) for mode in ("replace", "follow")]
OPENER = re.compile("|".join(re.escape(lines[0]) for lines in FENCES))
END = r"<!-- derive:end \w{12} \w{12} -->"


def expected(document, mode):
    """Return a pattern of the woven document, in which all that is not ours is as it was."""
    line = re.escape(document.newline) + "[ >]*"
    parts = []
    for text, formula in document.parts:
        opener = OPENER.search(text) if formula is not None else None
        if formula is None:
            parts.append(re.escape(text))
        elif opener and mode == "replace":
            parts.append(re.escape(text[: opener.start()]) + f"<!-- derive:begin.*?{END}")
        else:
            parts.append(re.escape(text) + f"{line}{line}<!-- derive:begin -->.*?{END}")
    return re.escape(document.bom) + re.escape(document.newline).join(parts)


@given(planted())
def test_the_blocks_that_are_found_are_those_that_were_planted(document):
    engine = Engine()
    result = woven(document.text, engine=engine)
    assert engine.seen == document.formulas
    assert not result.errors
    assert result.blocks == len(document.formulas)


@given(planted(), st.sampled_from(MODES))
def test_nothing_else_changes(document, how):
    result = woven(document.text, how=how).text
    assert re.fullmatch(expected(document, how.flags["mode"]), result, re.DOTALL)
    if not document.formulas:
        assert result == document.text


@given(planted(), st.sampled_from(MODES))
def test_lines_end_as_they_do_in_the_document(document, how):
    result = woven(document.text, how=how).text
    if document.newline in document.text:
        assert set(re.findall(r"\r\n|\r|\n", result)) == set(re.findall(r"\r\n|\r|\n", document.text))


@given(planted(), st.sampled_from(MODES))
def test_woven_twice_is_woven_once(document, how):
    once = woven(document.text, how=how)
    engine = Engine()
    twice = woven(once.text, how=how, engine=engine)
    assert (twice.text, twice.blocks, twice.stale) == (once.text, once.blocks, False)
    assert not engine.seen
    assert once.stale == bool(document.formulas)
    anew = woven(once.text, how=How(flags=how.flags, again=True), engine=engine)
    assert anew.text == once.text
    assert engine.seen == document.formulas


@given(planted())
def test_from_one_mode_to_the_other_and_back(document):
    replaced, followed = (woven(document.text, how=how) for how in MODES)
    there = woven(followed.text, how=MODES[0])
    assert (there.text, there.blocks) == (replaced.text, replaced.blocks)
    back = woven(replaced.text, how=MODES[1])
    assert (back.blocks, back.errors) == (followed.blocks, ())


@given(planted(), st.data())
def test_a_changed_formula_changes_its_own_solution_only(document, data):
    places = [i for i, (text, formula) in enumerate(document.parts) if formula and formula in text]
    if not places:
        return
    chosen = data.draw(st.sampled_from(places))
    text, formula = document.parts[chosen]
    changed = (text.replace(formula, "q = 7"), "q = 7")
    other = replace(document, parts=(*document.parts[:chosen], changed, *document.parts[chosen + 1 :]))
    solved = Engine()
    followed = woven(document.text, how=MODES[1]).text
    at = 0
    for before, _ in document.parts[:chosen]:
        at = followed.index(before, at) + len(before)
    edited = followed[:at] + followed[at:].replace(text, changed[0], 1)
    result = woven(edited, how=MODES[1], engine=solved)
    assert result.text == woven(other.text, how=MODES[1]).text
    assert solved.seen == ["q = 7"]


FRAGMENTS = st.sampled_from(
    (
        *("```derive wrt=x", "```{derive}", "~~~derive", "~~~", "```", "> ", "- ", "1. ", "    ", "\t", "", "words"),
        *(
            "---",
            "# head",
            "<div>",
            "<!-- ",
            "-->",
            "$$",
            "$$ y $$",
            "\\foo",
            "\\begin{align}",
            "\\end{align}",
            "!!! x",
        ),
        *("<!-- derive: wrt=x -->", "<!-- derive: let='a = 1' -->", "<!-- derive:begin -->"),
        "<!-- derive:end 0123456789ab 0123456789ab -->",
    )
)
LINES = st.lists(st.lists(FRAGMENTS, max_size=3).map("".join), max_size=10)


@given(LINES, st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(MODES))
def test_whatever_stands_in_a_document(lines, newline, how):
    document = newline.join(lines)
    once = woven(document, how=how)
    assert once.refused <= (once.text == document)
    assert once.refused <= bool(once.errors)
    engine = Engine()
    twice = woven(once.text, how=how, engine=engine)
    assert (twice.text, twice.refused, twice.blocks) == (once.text, once.refused, once.blocks)
    assert all("\\foo" in formula for formula in engine.seen)
    for error in once.errors:
        assert error.line is not None
        assert 0 <= error.span.start <= len(document)


@pytest.mark.parametrize("how", [*MODES, How(markers=False)])
def test_a_document_without_blocks_is_what_it_was(how):
    for document in ("", "\n", "\ufeff", "a\x00b\r", "derive", "`derive`\n\n```\nderive\n```", "---\nderive: x"):
        result = woven(document, how=how)
        assert (result.text, result.stale, result.errors, result.blocks) == (document, False, (), 0)
