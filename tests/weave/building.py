"""Real builds of sites: how they are run, also so that nothing may be worked out, and the formulas that they show."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from unittest import mock

from derive.weave.library import Weaver
from derive.writer.flavors import FLAVORS
from tests.conftest import needed
from tests.render.documents import MARKED, Formula

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"

_IDLE = """
import derive.engine.worker

def _started():
    raise SystemExit("something was worked out again")

derive.engine.worker._started = _started
"""


def needs(*modules: str) -> None:
    """Skip the test where one of these is not installed; under CI, fail."""
    for name in modules:
        needed(name, find_spec(name) is not None)


def build(*command: object, cache: Path, idle: bool = False, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a program of this environment. If `idle`, it fails when a formula is worked out and not remembered."""
    environment = {**os.environ, "DERIVE_CACHE": str(cache), "NO_COLOR": "1"}
    if idle:
        (cache / "sitecustomize.py").write_text(_IDLE)
        environment["PYTHONPATH"] = str(cache)
    line = [sys.executable, "-m", *map(str, command)]
    return subprocess.run(line, env=environment, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)


def written(page: Path, text: str | None = None) -> list[Formula]:
    """Return the formulas of the solutions of a page, as they are before any flavor or tool has changed them."""
    with mock.patch.dict(FLAVORS, marked=MARKED), Weaver(flavor="marked", workers=1) as weaver:
        woven = weaver.weave(page.read_text("utf-8") if text is None else text, page)
    assert not woven.errors
    assert woven.blocks
    found = re.findall("([\ue000\ue002])(.*?)[\ue001\ue003]", woven.text, re.DOTALL)
    return [Formula(mark == "\ue002", latex) for mark, latex in found]


class _Formulas(HTMLParser):
    """The formulas of a page that stand in elements with a class that scripts look for."""

    def __init__(self, html: str, name: str) -> None:
        super().__init__(convert_charrefs=True)
        self.name, self.depth, self.texts = name, 0, list[str]()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        ours = self.name in str(dict(attrs).get("class")).split()
        if ours and not self.depth:
            self.texts.append("")
        self.depth += bool(ours or self.depth)

    def handle_endtag(self, tag: str) -> None:
        self.depth -= bool(self.depth)

    def handle_data(self, data: str) -> None:
        if self.depth:
            self.texts[-1] += data


_MARKS = re.compile(r"\\(?:\((?P<inline>.*)\\\)|\[(?P<display>.*)\\\])\Z", re.DOTALL)


def shown(page: Path, name: str) -> list[Formula]:
    """Return the formulas of a built page, in elements with a class: `arithmatex`, `math`."""
    found = [_MARKS.search(text) for text in _Formulas(page.read_text("utf-8"), name).texts]
    return [Formula(f.lastgroup == "display", f[f.lastgroup or 0]) for f in found if f]


def compact(formulas: Iterable[Formula]) -> list[tuple[bool, str]]:
    """Return formulas without white space, which means nothing in them."""
    return [(f.display, "".join(f.latex.split())) for f in formulas]


def follow(parts: list[tuple[bool, str]], whole: list[tuple[bool, str]]) -> bool:
    """Tell whether all parts occur in a list, in their order."""
    rest = iter(whole)
    return all(part in rest for part in parts)


_SECTION = re.compile(r"^## ", re.MULTILINE)


def snippets(section: str, language: str) -> list[str]:
    """Return the blocks of a language in a section of the page on sites."""
    page = (ROOT / "docs" / "sites.md").read_text("utf-8")
    text = next(part for part in _SECTION.split(page) if part.startswith(f"{section}\n"))
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
