"""Each formula can be set by KaTeX and by MathJax as they come, and none of them has to guess."""

from __future__ import annotations

import json

import pytest

from derive.writer.flavors import FLAVORS
from tests.conftest import needed
from tests.render.documents import Formula, Worked, marked
from tests.render.tools import has_node_package, run

ENGINES = ("katex", "mathjax3", "mathjax4")


def said_against(engine: str, formulas: list[Formula]) -> dict[str, str]:
    """Return what an engine says against formulas: nothing about those that it sets."""
    needed(f"{engine} in tests/render/node_modules", has_node_package(engine))
    said = json.loads(run("node", "set.mjs", engine, text=json.dumps(formulas)))
    return {formula.latex: message for formula, message in zip(formulas, said, strict=True) if message}


@pytest.mark.parametrize("engine", ENGINES)
def test_every_formula_is_set(engine: str, works: list[Worked]) -> None:
    written = marked(works).formulas
    spelled = [
        Formula(display, (flavor.spell_display if display else flavor.spell_inline)(latex))
        for display, latex in written
        for flavor in (FLAVORS["kramdown"], FLAVORS["brackets"])
    ]
    assert said_against(engine, list(dict.fromkeys([*written, *spelled]))) == {}


@pytest.mark.parametrize("engine", ENGINES)
def test_faults_are_told(engine: str) -> None:
    faults = [Formula(True, latex) for latex in (r"\frac{", r"\nosuchcommand", r"\begin{aligned} a", "x^2^2")]
    assert said_against(engine, faults).keys() == {fault.latex for fault in faults}
