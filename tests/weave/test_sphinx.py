"""The directive for Sphinx, in real builds: HTML and LaTeX, from reStructuredText and from Markdown."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from tests.conftest import needed
from tests.render.tools import myst, run
from tests.weave.building import SAMPLES, build, compact, follow, needs, shown, snippets, written

pytestmark = pytest.mark.timeout(300)

SAMPLE = SAMPLES / "sphinx"

WRONG = {
    "conf.py": """
extensions = ["myst_parser", "derive.weave.sphinx"]
language = "de"
derive_options = {"detail": "answer"}
exclude_patterns = ["html"]
""",
    "index.rst": r"""
Title
=====

.. toctree::
   :glob:

   *

* list

  .. derive:: wrt=x
     :detial: brief

     y = x^2

  .. derive:: wrt=x
     :let: a > 0
           b > 0

     y = x^2 + b
       + \sin(

.. derive:: let='a > 0' wrt=x

.. derive:: wrt=x

   y = x^2
""",
    "page.md": r"""---
derive:
  lang: en
---
# Page

```{derive} wrt=x
y = x
```

- item
  ```{derive} wrt=x
  :detail: breif

  y = x^2
  ```

> ```{derive}
> ---
> wrt: x
> let: |
>   a > 0
>   b > 0
> ---
>
> y = \foo x
> ```
""",
}
"""A book with errors, and one formula without."""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs("sphinx", "myst_parser")
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def book(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, built."""
    folder = tmp_path_factory.mktemp("book")
    done = build("sphinx", "-W", "-q", "-d", folder / "trees", SAMPLE, folder / "html", cache=cache)
    assert done.returncode == 0, done.stderr
    return folder


def as_weave_reads_it(page: Path) -> str:
    """Return a page of the sample with fences in place of directives of reStructuredText."""
    text = page.read_text("utf-8")
    if page.suffix == ".rst":
        text = re.sub(r"^.. derive:: (let='.*')$", r"<!-- derive: \1 -->", text, flags=re.MULTILINE)
        directive = re.compile(r"^( *)\.\. derive::(.*)\n((?: +:.*\n)*)\n +(.*)$", re.MULTILINE)
        text = directive.sub(r"\1```derive\2\n\3\1\4\n\1```", text)
        text = re.sub(r"^ +:", "  :", text, flags=re.MULTILINE)
    return text.replace(":label: slope\n", "").replace(":label: neuron\n", "")


@pytest.mark.parametrize("name", ["index.rst", "neuron.md"])
def test_each_formula_comes_to_its_page_unharmed(book, cache, monkeypatch, name):
    """It is that which weaving writes: but answers are always displayed, and lines are put in `split`."""
    monkeypatch.setenv("DERIVE_CACHE", str(cache))
    page = SAMPLE / name
    formulas = compact(shown(book / "html" / f"{page.stem}.html", "math"))
    plain = {latex.removeprefix(r"\begin{split}").removesuffix(r"\end{split}") for _, latex in formulas}
    expected = compact(written(page.with_suffix(".md"), as_weave_reads_it(page)))
    assert {latex.removeprefix(r"\displaystyle") for _, latex in expected} <= plain
    assert "derive::" not in (book / "html" / f"{page.stem}.html").read_text("utf-8")


def test_answers_are_equations_that_can_be_referred_to(book):
    index = (book / "html" / "index.html").read_text("utf-8")
    neuron = (book / "html" / "neuron.html").read_text("utf-8")
    assert 'href="#equation-slope"' in index
    assert re.search(r'id="equation-slope">\s*<span class="eqno">\(1\)', index)
    assert all(f'id="equation-{name}">' in neuron for name in ("neuron", "neuron-2"))
    assert 'href="index.html#equation-slope"' in neuron
    assert re.search(r'<div class="derive[^>]*id="neuron"', neuron)
    assert 'href="#neuron"' in neuron


def test_a_second_build_works_nothing_out(book, cache, tmp_path):
    done = build("sphinx", "-W", "-q", SAMPLE, tmp_path, cache=cache, idle=True)
    assert done.returncode == 0, done.stderr
    for page in ("index.html", "neuron.html"):
        assert shown(tmp_path / page, "math") == shown(book / "html" / page, "math")


def test_the_book_is_a_pdf_too(book, cache, pdflatex):
    done = build("sphinx", "-W", "-q", "-b", "latex", "-d", book / "trees", "-D", "latex_elements.fontpkg=",
                 SAMPLE, book / "latex", cache=cache)  # fmt: skip
    assert done.returncode == 0, done.stderr
    tex = (book / "latex" / "chainrulenotes.tex").read_text("utf-8")
    assert r"\begin{equation}\label{equation:index:slope}" in tex
    used = ["tabulary.sty", "fncychap.sty", "capt-of.sty", "needspace.sty", "varwidth.sty"]
    found = subprocess.run(["kpsewhich", *used], capture_output=True, text=True, check=False).stdout
    needed("what Sphinx needs of LaTeX", shutil.which("pdflatex") is not None and len(found.split()) == len(used))
    run(pdflatex, "-no-shell-escape", "-halt-on-error", "-interaction=batchmode", "chainrulenotes", cwd=book / "latex")
    assert "Overfull" not in (book / "latex" / "chainrulenotes.log").read_text("latin-1")


def test_errors_are_warnings_with_their_places(cache, tmp_path):
    for name, text in WRONG.items():
        (tmp_path / name).write_text(text)
    for number in range(6):  # Sphinx reads in parallel what has more than five pages
        (tmp_path / f"more-{number}.md").write_text("# More\n\n```{derive}\ny = x^2\n```\n")
    done = build("sphinx", "-W", "--keep-going", "-q", "-j", "2", ".", "html", cache=cache, cwd=tmp_path)
    assert done.returncode == 1
    warnings = re.findall(r"^(?:\S*/)?(\S+: WARNING: .*)$", done.stderr, re.MULTILINE)
    assert sorted(warnings) == [
        "index.rst:13:7: WARNING: error[D604]: unknown option detial",
        "index.rst:22:14: WARNING: error[D101]: ( is never closed",
        "index.rst:24:1: WARNING: error[D604]: a formula is wanted below the options",
        "page.md:13:12: WARNING: error[D604]: detail cannot be 'breif'",
        r"page.md:26:7: WARNING: error[D101]: unknown command \foo",
    ]
    assert "did you mean detail?" in done.stderr
    assert "Answer" in (tmp_path / "html" / "page.html").read_text("utf-8")
    page = (tmp_path / "html" / "index.html").read_text("utf-8")
    assert "Ergebnis" in page  # of the formula without an error, in the language of the book
    assert r"+ \sin(" in re.sub(r"<[^>]*>", "", page)
    assert "Ergebnis" in (tmp_path / "html" / "more-5.html").read_text("utf-8")


def test_a_page_is_read_again_when_a_file_changes_that_its_configuration_names(cache, tmp_path):
    book, out = tmp_path / "book", tmp_path / "out"
    book.mkdir()
    (book / "conf.py").write_text('extensions = ["derive.weave.sphinx"]\n')
    (book / "index.rst").write_text("Title\n=====\n\n.. derive:: wrt=x detail=answer\n\n   y = \\twice x\n")
    (book / "derive.toml").write_text('macros = ["my.tex"]\n')
    for number in (2, 3):
        (book / "my.tex").write_text(f"\\newcommand{{\\twice}}{{{number}}}\n")
        os.utime(book / "my.tex", ns=(0, time.time_ns() + number * 10**9))
        build("sphinx", "-q", "-b", "text", book, out, cache=cache)
        assert f"= {number}" in (out / "index.txt").read_text()


def test_the_configuration_of_the_manual_is_that_of_the_sample():
    (configuration,) = snippets("Sphinx and MyST", "python")
    assert configuration in (SAMPLE / "conf.py").read_text("utf-8")
    (directive,) = snippets("Sphinx and MyST", "rst")
    assert directive in (SAMPLE / "index.rst").read_text("utf-8")


def test_chapters_can_be_woven_before_the_book(cache, monkeypatch, tmp_path):
    monkeypatch.setenv("DERIVE_CACHE", str(cache))
    chapter = tmp_path / "chapters" / "one.md"
    chapter.parent.mkdir()
    chapter.write_text(as_weave_reads_it(SAMPLE / "neuron.md"))
    (command,) = snippets("Jupyter Book", "")
    done = build(*command.split(), cache=cache, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    formulas = compact(myst((tmp_path / "_woven" / "one.md").read_text("utf-8")))
    assert follow(compact(written(chapter)), formulas)
    (configuration,) = snippets("Jupyter Book", "yaml")
    assert all(find_spec(name) for name in yaml.safe_load(configuration)["sphinx"]["extra_extensions"])
