"""The sites and documents among the samples: their solutions are up to date, and the real tools bring them unharmed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from derive.weave.library import Weaver
from tests.conftest import needed
from tests.render.documents import Formula
from tests.render.tools import in_html, pandoc, run

pytestmark = pytest.mark.timeout(300)

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\S", re.DOTALL)
SAME = {r"\vert": "|", r"\Vert": r"\|"}
"""What a flavor spells in another way."""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Where results are remembered between these tests, and commands of this environment are found."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DERIVE_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
        yield dict(os.environ)


@pytest.fixture(scope="module")
def weaver(environment: dict[str, str]) -> Iterator[Weaver]:
    with Weaver(flavor="pandoc", workers=1) as weaver:
        yield weaver


def written(weaver: Weaver, page: Path) -> list[Formula]:
    """Return the formulas of a page with its solutions, in the flavor and through the tool that lose nothing."""
    woven = weaver.weave(page.read_text("utf-8"), page)
    assert not woven.errors
    assert woven.blocks
    return list(pandoc(woven.text))


def tokens(formulas: Iterable[Formula]) -> list[tuple[bool, list[str]]]:
    """Return formulas as TeX sees them: white space is nothing."""
    return [(f.display, [SAME.get(t, t) for t in TOKEN.findall(f.latex)]) for f in formulas]


def copied(name: str, folder: Path) -> Path:
    """Return a copy of a sample, in which its tool may leave what it likes."""
    return Path(shutil.copytree(SAMPLES / name, folder / name))


def test_the_solutions_are_up_to_date(environment, request):
    how = [] if request.config.getoption("--golden") else ["--check"]
    folders = [SAMPLES / name for name in ("jekyll", "hugo", "latex")]
    command = [sys.executable, "-m", "derive", "weave", *how, *map(str, folders)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def test_jekyll_brings_every_formula(weaver, tmp_path):
    needed("jekyll", shutil.which("jekyll") is not None)
    site = copied("jekyll", tmp_path)
    run("jekyll", "build", "--quiet", "--disable-disk-cache", cwd=site)
    assert not (site / "_site" / "derive.toml").exists()
    for post in sorted(site.glob("_posts/*.md")):
        page = (site / "_site" / post.stem[len("2026-11-02-") :] / "index.html").read_text("utf-8")
        assert "derive:begin" in page  # a comment, which a reader does not see
        assert tokens(in_html(page)) == tokens(written(weaver, post))


def test_hugo_brings_every_formula(weaver, tmp_path):
    needed("hugo", shutil.which("hugo") is not None)
    site = copied("hugo", tmp_path)
    run("hugo", "--quiet", cwd=site)
    for post in sorted(site.glob("content/posts/*.md")):
        page = (site / "public" / "posts" / post.stem / "index.html").read_text("utf-8")
        assert tokens(in_html(page)) == tokens(written(weaver, post))


def test_the_filter_makes_what_weaving_makes(weaver, tmp_path):
    """By two roads from the same document to pandoc's tree."""
    needed("pandoc", shutil.which("pandoc") is not None)
    sample = copied("pandoc", tmp_path) / "document.md"
    woven = weaver.weave(sample.read_text("utf-8"), sample)
    assert woven.blocks == 3
    by_weaving = json.loads(run("pandoc", "-f", "markdown", "-t", "json", text=woven.text))
    by_filter = json.loads(run("pandoc", "--filter", "derive-pandoc", "-t", "json", sample.name, cwd=sample.parent))
    assert by_filter == by_weaving
    html = run("pandoc", "-f", "json", "-t", "html", "--mathjax", text=json.dumps(by_filter))
    assert tokens(in_html(html)) == tokens(written(weaver, sample))


def test_pandoc_makes_a_pdf(environment, tmp_path):
    for name in ("pandoc", "pdflatex", "pdftotext", "make"):
        needed(name, shutil.which(name) is not None)
    needed("lmodern", bool(subprocess.run(["kpsewhich", "lmodern.sty"], capture_output=True).stdout))
    folder = copied("pandoc", tmp_path)
    run("make", "--silent", "document.pdf", cwd=folder)
    assert run("pdftotext", "document.pdf", "-", cwd=folder).count("Answer.") == 3


def test_notes_in_latex_find_their_solutions(pdflatex, tmp_path):
    assert (SAMPLES / "latex" / "derive.sty").read_text() == (ROOT / "derive" / "weave" / "derive.sty").read_text()
    folder = copied("latex", tmp_path)
    for _ in range(2):
        run(pdflatex, "-no-shell-escape", "-halt-on-error", "-interaction=batchmode", "notes.tex", cwd=folder)
    log = (folder / "notes.log").read_text("utf-8", "replace")
    assert [line for line in log.splitlines() if re.search(r"Warning|Overfull|undefined", line)] == []
    assert log.count("notes.derive/") >= 4  # the index, and three solutions
