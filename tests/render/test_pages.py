"""In a real browser every formula is seen, and no page is wider than its window: what is wide scrolls in a box."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import derive
from tests.conftest import needed
from tests.render.documents import Formula, Worked, marked, solutions
from tests.render.pages import Seen, look, with_katex, with_mathjax
from tests.render.test_flavors import TOOLS, is_here, lines
from tests.render.tools import by_hugo, by_kramdown, by_pandoc, has_node_package

pytestmark = pytest.mark.timeout(240)

TOO_LONG = ("long-quotient",)
"""A fraction in one of its lines is wider than a page, and a fraction is not broken."""

MAKERS = {"kramdown": by_kramdown, "pandoc": by_pandoc, "hugo": by_hugo}


def page(tool: str, works: list[Worked], folder: Path) -> str:
    """Return the HTML that a tool makes of solutions in its flavor."""
    flavor, wanted, _ = TOOLS[tool]
    for name in wanted:
        needed(name, is_here(name))
    return MAKERS[tool](solutions(works, flavor), folder)


def assert_all_set(seen: Seen, works: list[Worked]) -> None:
    """All formulas came to what sets them, none failed, and all can be seen."""
    arrived = [Formula(bool(display), str(latex)) for display, latex in seen.formulas]
    assert lines(arrived) == lines(marked(works).formulas)
    assert seen.failures == []
    assert seen.invisible == 0


def assert_in_bounds(seen: Seen, width: int) -> None:
    """The page is no wider than its window; what is wide on a telephone scrolls, and on a screen nothing is."""
    assert seen.page <= 0
    assert seen.cut == []
    assert seen.wide == [] if width == 900 else any(display for display, *_ in seen.wide)


@pytest.mark.parametrize(("tool", "width"), [("kramdown", 900), ("hugo", 360)])
def test_a_page_with_katex(tool: str, width: int, chromium: str, works: list[Worked], tmp_path: Path) -> None:
    needed("katex in tests/render/node_modules", has_node_package("katex"))
    shown = works[::3] if width == 360 else [w for w in works if w.name not in TOO_LONG]
    seen = look(chromium, with_katex(page(tool, shown, tmp_path)), width, tmp_path)
    assert_all_set(seen, shown)
    assert_in_bounds(seen, width)


@pytest.mark.parametrize("width", [900, 360])
def test_a_page_with_mathjax(width: int, chromium: str, works: list[Worked], tmp_path: Path) -> None:
    needed("mathjax3 in tests/render/node_modules", has_node_package("mathjax3"))
    shown = [w for w in works[::6] if w.name not in TOO_LONG]
    seen = look(chromium, with_mathjax(page("pandoc", shown, tmp_path)), width, tmp_path)
    assert_all_set(seen, shown)
    assert_in_bounds(seen, width)


@pytest.mark.parametrize("width", [900, 360])
def test_the_page_that_derive_writes(width: int, chromium: str, works: list[Worked], tmp_path: Path) -> None:
    """All solutions in the page of one of them: boxes for shapes are drawn in LaTeX only."""
    shown = [w for w in works if w.name not in TOO_LONG and w.shown.get("shapes") != "boxes"]
    pages = [derive.render(w.solution, "html", **w.shown) for w in shown]
    start, end = "<main>", "</main>"
    bodies = "\n".join(re.findall(f"{start}(.*?){end}", "\n".join(pages), re.DOTALL))
    first = pages[0]
    whole = first[: first.index(start) + len(start)] + bodies + first[first.index(end) :]
    seen = look(chromium, whole, width, tmp_path)
    assert seen.invisible == 0
    assert_in_bounds(seen, width)


@pytest.mark.parametrize("width", [360])
def test_what_is_too_wide_is_told(width: int, chromium: str, tmp_path: Path) -> None:
    """The measure sees a page that is wider than its window, and what is cut off."""
    body = '<p class="display" style="overflow: hidden"><span style="white-space: pre">' + "x " * 400 + "</span></p>"
    seen = look(chromium, with_katex(body + '<div style="width: 500px">x</div>'), width, tmp_path)
    assert seen.page > 0
    assert len(seen.cut) == 1
    assert seen.wide[0][0] is True
