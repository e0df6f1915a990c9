"""Pages with mathematics, and what a real browser shows of them."""

from __future__ import annotations

import html
import json
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.render.tools import HERE

PACKAGES = HERE / "node_modules"
DOCS = HERE.parents[1] / "docs" / "flavors.md"
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ margin: 0; }}
main {{ max-width: 60rem; margin: 0 auto; padding: 0 1rem; }}
pre {{ overflow: auto; }}
{css}
</style>
{scripts}
</head>
<body><main>
{body}
</main></body>
</html>
"""


class Seen(NamedTuple):
    """What a browser shows of a page; lengths are in pixels."""

    failures: list[str]
    """What was said against formulas."""
    formulas: list[list[object]]
    """The formulas that were set: whether they are displays, and their LaTeX."""
    invisible: int
    """How many formulas take no room."""
    page: int
    """How much wider the page is than the window."""
    wide: list[list[object]]
    """What is wider than its box: whether it is a display, by how much, and how it begins."""
    cut: list[str]
    """How those begin of which a part can be seen nowhere."""


def _file(path: str) -> str:
    return (PACKAGES / path).as_uri()


def _css() -> str:
    """Return what the manual recommends."""
    found = re.search(r"```css\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def with_katex(body: str) -> str:
    """Return a page in which KaTeX sets what it finds, as its own manual has it."""
    scripts = f"""<link rel="stylesheet" href="{_file("katex/dist/katex.min.css")}">
<script src="{_file("katex/dist/katex.min.js")}"></script>
<script src="{_file("katex/dist/contrib/auto-render.min.js")}"></script>"""
    return PAGE.format(css=_css(), scripts=scripts, body=body)


def with_mathjax(body: str) -> str:
    """Return a page in which MathJax sets what it finds."""
    return PAGE.format(css=_css(), scripts=f'<script src="{_file("mathjax3/es5/tex-chtml.js")}"></script>', body=body)


def look(chromium: str, page: str, width: int, folder: Path) -> Seen:
    """Return what is seen of a page in a window of a width in pixels."""
    measure = (HERE / "measure.js").read_text(encoding="utf-8")
    file = folder / "page.html"
    file.write_text(page.replace("</body>", f"<script>{measure}</script></body>"), encoding="utf-8")
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"]
    command += [f"--user-data-dir={folder}/profile", f"--window-size={width},900", "--virtual-time-budget=60000"]
    done = subprocess.run([*command, "--dump-dom", file.as_uri()], capture_output=True, text=True, check=True)
    seen = re.search(r'data-seen="([^"]*)"', done.stdout)
    assert seen is not None, done.stderr
    return Seen(**json.loads(html.unescape(seen[1])))
