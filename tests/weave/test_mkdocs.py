"""The plugin for MkDocs, in real builds."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.weave.building import SAMPLES, build, compact, follow, needs, shown, snippets, written

pytestmark = pytest.mark.timeout(300)

SITE = "site_name: A site\nuse_directory_urls: false\n"
PLUGIN, OPTIONS = snippets("MkDocs", "yaml")

PAGE = r"""---
title: A page
derive:
  let: 'a > 0'
---


# A page

```derive wrt=x
y = \ln(a x)
```

* A list

    ```derive wrt=x
    y = x^2 \sin(
    ```
"""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs("mkdocs", "pymdownx")
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def site(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, built."""
    folder = tmp_path_factory.mktemp("site")
    done = build("mkdocs", "build", "--strict", "-f", SAMPLES / "mkdocs" / "mkdocs.yml", "-d", folder, cache=cache)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("name", ["index", "neuron"])
def test_each_formula_comes_to_its_page_unharmed(site, cache, monkeypatch, name):
    monkeypatch.setenv("DERIVE_CACHE", str(cache))
    page = site / f"{name}.html"
    formulas = compact(shown(page, "arithmatex"))
    assert len(formulas) == page.read_text("utf-8").count('class="arithmatex"')
    assert follow(compact(written(SAMPLES / "mkdocs" / "docs" / f"{name}.md")), formulas)
    assert "```" not in page.read_text("utf-8")


def test_a_solution_stands_in_the_admonition_of_its_block(site):
    inside = re.search(r"<details.*?</details>", (site / "neuron.html").read_text("utf-8"), re.DOTALL)
    assert inside
    assert "Answer." in inside[0]
    assert re.search(r"<ol>\s*<li>(?:(?!</li>).)*Answer\.", (site / "neuron.html").read_text("utf-8"), re.DOTALL)


def test_a_second_build_works_nothing_out(site, cache, tmp_path):
    config = SAMPLES / "mkdocs" / "mkdocs.yml"
    done = build("mkdocs", "build", "--strict", "-f", config, "-d", tmp_path, cache=cache, idle=True)
    assert done.returncode == 0, done.stderr
    for name in ("index.html", "neuron.html"):
        assert compact(shown(tmp_path / name, "arithmatex")) == compact(shown(site / name, "arithmatex"))


def mkdocs(folder: Path, cache: Path, *flags: str, config: str, page: str = PAGE):
    """Build a site of one page, configured as the manual says."""
    (folder / "docs").mkdir()
    (folder / "docs" / "index.md").write_text(page)
    (folder / "mkdocs.yml").write_text(SITE + config)
    return build("mkdocs", "build", *flags, cache=cache, cwd=folder)


def test_an_error_is_a_warning_with_its_place(cache, tmp_path):
    done = mkdocs(tmp_path, cache, "--strict", config=PLUGIN)
    assert done.returncode != 0
    line = PAGE[: PAGE.index("\\sin(")].count("\n") + 1
    assert f"docs/index.md:{line}:17: error[D101]: ( is never closed" in done.stderr
    assert "1 warning" in done.stdout
    html = (tmp_path / "site" / "index.html").read_text("utf-8")
    assert "Answer." in html
    assert "> 0" in html.replace("&gt;", ">")  # the letter that the front matter declares
    assert "derive wrt=x" in html  # the block that has no solution is as it was


def test_a_strict_plugin_ends_the_build(cache, tmp_path):
    assert "strict: true" in OPTIONS
    done = mkdocs(tmp_path, cache, config=OPTIONS)
    assert done.returncode != 0
    assert "derive: 1 formula without a solution" in done.stderr
    assert not (tmp_path / "site" / "index.html").exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("{options: {detial: brief}}", "did you mean detail?"),
        ('{options: {let: "\\theta > 0"}}', "a backslash in double quotes became a control character"),
        ("{options: {macros: no-such.tex}}", "there is no file no-such.tex"),
    ],
)
def test_options_that_cannot_be_are_told(cache, tmp_path, options, says):
    assert "  - derive\n" in PLUGIN
    done = mkdocs(tmp_path, cache, config=PLUGIN.replace("- derive", f"- derive: {options}"), page="# Nothing")
    assert done.returncode != 0
    assert says in done.stderr
    assert "mkdocs.yml: error" in done.stderr
    assert "Traceback" not in done.stderr


def test_pages_are_served_anew_when_a_file_changes_that_they_name(cache, tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("```derive wrt=x notation=n.yaml\ny = \\log x\n```\n")
    (tmp_path / "docs" / "n.yaml").write_text("log-base: e\n")
    (tmp_path / "mkdocs.yml").write_text(SITE + PLUGIN)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-m", "mkdocs", "serve", "-q", "-a", address]
    with subprocess.Popen(command, cwd=tmp_path, env={**os.environ, "DERIVE_CACHE": str(cache)}) as process:
        try:
            wait_for_page(f"http://{address}/", lambda html: r"\frac{1}{x}" in html)
            (tmp_path / "docs" / "n.yaml").write_text("log-base: 10\n")
            wait_for_page(f"http://{address}/", lambda html: r"\ln(10)" in html)
        finally:
            process.terminate()


def wait_for_page(address: str, holds: Callable[[str], bool]) -> None:
    """Wait until a page is served of which something holds."""
    until = time.monotonic() + 60
    html = ""
    while not holds(html):
        assert time.monotonic() < until, html
        time.sleep(0.2)
        with suppress(OSError), urlopen(address, timeout=10) as page:
            html = page.read().decode()


def test_the_manual_is_a_site(cache, tmp_path):
    done = build("mkdocs", "build", "--strict", "-d", tmp_path, cache=cache)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "examples.html").read_text("utf-8").count("Answer.") == 3
