"""The manual of documents: its table is that of the program, and what it shows works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from derive import pipeline
from derive.weave.manual import options_table
from derive.weave.style import STYLE, style_file
from tests.weave.fakes import Engine, woven

ROOT = Path(__file__).parents[2]
MANUAL = ROOT / "docs" / "documents.md"
TABLE = re.compile(r"\| option \|.*?\n\n", re.DOTALL)
SHOWN = re.findall(r"^(`{3,})(markdown|latex|toml)\n(.*?)\n\1$", MANUAL.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def test_the_table_of_options_is_that_of_the_program(golden):
    text = MANUAL.read_text("utf-8")
    golden(MANUAL, TABLE.sub(lambda _: options_table() + "\n\n", text, count=1))


@pytest.mark.parametrize(("ticks", "language", "text"), SHOWN, ids=lambda text: str(text)[:20])
def test_what_the_manual_shows_is_understood(ticks, language, text):
    if language == "toml":
        return
    shown = re.sub(r"^\.\.\.$", "", text, flags=re.MULTILINE)
    if language == "markdown":
        shown = re.sub(r"(-->\n\n)\*\*.*(?=\n\n<!-- derive:end)", r"\1", shown, flags=re.DOTALL)
    engine = Engine()
    result = woven(shown, "a.tex" if language == "latex" else "a.md", engine=engine)
    assert not result.errors
    for request in engine.requests:
        assert pipeline.render(pipeline.solve(request.latex, **request.options), request.format, **request.shown)


def test_what_the_manual_shows_is_not_worked_out_in_it():
    text = MANUAL.read_text("utf-8")
    assert len(SHOWN) > 5
    assert woven(text).text == text


def test_the_style_file_is_that_of_the_sample():
    assert STYLE == "derive.sty"
    assert (ROOT / "samples" / "latex" / STYLE).read_bytes() == style_file()
