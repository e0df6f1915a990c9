"""Each formula that is written comes unharmed to what sets it, through the real tools that a flavor is for."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from difflib import unified_diff
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from derive.writer.flavors import FLAVORS, escaped
from tests.conftest import needed
from tests.render import tools
from tests.render.documents import Formula, Worked, document, marked
from tests.render.tools import in_html

NEW_HUGO = str(Path(sys.executable).with_name("hugo"))
EVERYTHING = tools.PASSTHROUGH + tools.EXTRAS

Read = Callable[[str, Path], Iterator[Formula]]


def page(make: Callable[..., str], **options: str) -> Read:
    """Read the page that a tool makes, for which it may want a folder."""
    return lambda text, folder: in_html(make(text, folder, **options))


def parsed(read: Callable[[str], Iterator[Formula]]) -> Read:
    return lambda text, folder: read(text)


TOOLS: dict[str, tuple[str, tuple[str, ...], Read]] = {
    "markdown-it-py": ("dollar", ("markdown_it", "mdit_py_plugins"), parsed(tools.markdown_it)),
    "markdown-it": ("dollar", ("node", "@vscode/markdown-it-katex"), parsed(partial(tools.by_node, "markdown-it"))),
    "remark": ("dollar", ("node", "remark-math"), parsed(partial(tools.by_node, "remark"))),
    "cmark-gfm": ("gfm", ("cmark-gfm",), parsed(tools.cmark)),
    "kramdown": ("kramdown", ("ruby", "kramdown"), page(tools.by_kramdown)),
    "kramdown-gfm": ("kramdown", ("ruby", "kramdown"), page(partial(tools.by_kramdown, input="GFM"))),
    "jekyll": ("kramdown", ("jekyll",), page(tools.by_jekyll)),
    "python-markdown": ("mkdocs", ("markdown", "pymdownx"), page(tools.by_mkdocs)),
    "myst": ("myst", ("myst_parser",), parsed(tools.myst)),
    "pandoc": ("pandoc", ("pandoc",), parsed(tools.pandoc)),
    "pandoc-html": ("pandoc", ("pandoc",), page(tools.by_pandoc)),
    "quarto": ("quarto", ("pandoc",), parsed(tools.pandoc)),
    "hugo": ("hugo", ("hugo",), page(tools.by_hugo)),
    "hugo-new": ("hugo", (NEW_HUGO,), page(tools.by_hugo, hugo=NEW_HUGO)),
    "hugo-new-with-everything": ("hugo", (NEW_HUGO,), page(tools.by_hugo, hugo=NEW_HUGO, config=EVERYTHING)),
    "hugo-new-passthrough": ("brackets", (NEW_HUGO,), page(tools.by_hugo, hugo=NEW_HUGO, config=tools.PASSTHROUGH)),
}
"""By the name of a tool: the flavor that it reads, what has to be here for it, and how its formulas are read."""


def is_here(name: str) -> bool:
    """Tell whether a command, a package of Python, of Node or of Ruby is here."""
    found = shutil.which(name) or (name.isidentifier() and importlib.util.find_spec(name))
    return bool(found) or tools.has_node_package(name) or tools.has_gem(name)


SAME = ((r"\\Vert( |$)", r"\\|"), (r"\\vert( |$)", "|"), (r"([{<&|]) ", r"\1"))
"""What a flavor may write in another way that means the same."""


def lines(formulas: list[Formula]) -> list[str]:
    """Return each formula on a line, for comparison: white space is the same to TeX, however much there is of it."""
    told = []
    for formula in formulas:
        latex = " ".join(formula.latex.split())
        for spelled, meant in SAME:
            latex = re.sub(spelled, meant, latex)
        told.append(f"{'display' if formula.display else 'inline'} {latex}")
    return told


@pytest.mark.parametrize("tool", TOOLS)
def test_every_formula_arrives(tool: str, works: list[Worked], tmp_path: Path) -> None:
    flavor, wanted, read = TOOLS[tool]
    for name in wanted:
        needed(name, is_here(name))
    text, written = document(works, flavor)
    arrived = lines(list(read(text, tmp_path)))
    assert "\n".join(unified_diff(lines(written), arrived, "written", "arrived", n=0, lineterm="")) == ""


def test_every_flavor_is_tested() -> None:
    assert {flavor for flavor, _, _ in TOOLS.values()} == set(FLAVORS)


def test_a_loss_is_seen(works: list[Worked]) -> None:
    """Markdown without a word about mathematics loses much of it: the comparison tells."""
    text, written = document(works, "brackets")
    arrived = list(in_html(MarkdownIt("commonmark").render(text)))
    assert lines(arrived) != lines(written)


def test_mathematics_stands_between_marks_only(works: list[Worked]) -> None:
    """What is left of a solution when its formulas are taken out is prose."""
    prose = marked(works).prose
    assert not set(r"\$_^&") & set(prose.replace("classDef", ""))


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), min_size=1))
def test_what_is_escaped_is_read_as_it_was(latex: str) -> None:
    markdown = MarkdownIt("commonmark", {"typographer": True}).enable(
        ["table", "strikethrough", "replacements", "smartquotes"]
    )
    (inline,) = (token for token in markdown.parse(f"x {escaped(latex)} x") if token.type == "inline")
    assert {child.type for child in inline.children or ()} <= {"text", "text_special"}
    read = "".join(child.content for child in inline.children or ())
    assert read.replace("{ ", "{") == f"x {latex} x".replace("{ ", "{")
