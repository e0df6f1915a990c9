"""Each formula comes unharmed through docutils, which reads reStructuredText; no mark is left in the prose."""

from __future__ import annotations

import re

import pytest

import derive
from tests.conftest import needed
from tests.render.documents import marked


def plain(latex: str) -> str:
    """Return a formula without what only the size of an answer depends on: there, it is always displayed."""
    return "".join(latex.removeprefix(r"\displaystyle ").split())


@pytest.fixture(scope="module")
def parse():
    try:
        from docutils import core, nodes
    except ImportError:
        needed("docutils", False)

    def parsed(text: str):
        tree = core.publish_doctree(text, settings_overrides={"halt_level": 2, "report_level": 2})
        formulas = [node.astext() for node in tree.findall(lambda n: isinstance(n, nodes.math | nodes.math_block))]
        texts = [
            n for n in tree.findall(nodes.Text) if not isinstance(n.parent, nodes.math | nodes.math_block | nodes.raw)
        ]
        return formulas, " ".join(map(str, texts))

    return parsed


def test_each_formula_comes_unharmed_through_docutils(parse, works):
    for work in works:
        formulas, prose = parse(derive.render(work.solution, "rst", **work.shown))
        assert {*map(plain, formulas)} == {plain(f.latex) for f in marked([work]).formulas}, work.name
        assert not re.search(r"[`*\\\x01]|:math|\$", prose), work.name
