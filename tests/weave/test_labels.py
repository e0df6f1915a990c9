"""Labels: what a document can refer to in its solutions, as TeX, pandoc and readers of Markdown see it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import derive
from derive.pipeline import views
from derive.weave.markdown_page import anchored
from derive.writer.flavors import FLAVORS
from derive.writer.records import View
from derive.writer.references import answer_labels, step_labels
from derive.writer.render import render
from tests.conftest import needed
from tests.render import tools
from tests.weave.building import needs
from tests.weave.fakes import woven

STYLE = Path(__file__).parents[2] / "derive" / "weave" / "derive.sty"
LONG = r"y = \frac{x^3 \sin(x^2 + 1) + e^{-x} \cos(3x)}{(x^2 + 1)^3 + \ln(x^4 + 2)}"
PROBLEMS: dict[str, tuple[str, dict[str, Any]]] = {
    "chain": (r"y = \ln(\sin(x^3)^2)", {"wrt": "x"}),
    "two answers": (r"y = \ln(w x^3 + b)", {"wrt": ["x", "w"]}),
    "an answer in rows": (LONG, {"wrt": "x"}),
    "one step": ("y = x^2", {"wrt": "x"}),
    "ways": (r"\mathbf{s} = \operatorname{softmax}(\mathbf{x})", {"wrt": r"\mathbf{x}", "method": "all"}),
    "a step of descent": (
        r"C = \lVert \mathbf{x} \rVert^2 + b^2", {"wrt": [r"\mathbf{x}", "b"], "step": r"\eta", "method": "all"},
    ),
    "a matrix": ("f(x, y) = x^3 y - x y^2", {"task": "hessian"}),
}  # fmt: skip


@cache
def viewed(name: str) -> View:
    latex, options = PROBLEMS[name]
    return views(derive.solve(latex, **options))[0]


@pytest.fixture(params=PROBLEMS)
def view(request: pytest.FixtureRequest) -> View:
    return viewed(request.param)


# What the parts are called --------------------------------------------------------------------------------------------


def names(view: View, label: str) -> list[str]:
    """Return the labels of the parts of a solution."""
    pairs: Iterator[tuple[object, str]] = iter([*step_labels(view.steps, label), *answer_labels(view.answers, label)])
    return [name for _, name in pairs if name]


def test_each_numbered_step_and_each_answer_has_a_name_of_its_own(view):
    found = names(view, "loss")
    assert len(set(found)) == len(found)
    headed = [step for step in view.steps if step.number and "only step" not in step.facts]
    assert len(found) == len(headed) + len(view.answers)
    assert not names(view, "")


def test_the_steps_of_several_ways_are_told_apart():
    found = names(viewed("ways"), "loss")
    assert {"loss-1-1", "loss-2-1", "loss-2-3", "loss"} <= set(found)
    assert "loss-1" not in found


# LaTeX ----------------------------------------------------------------------------------------------------------------


def test_latex_has_each_label_once_at_the_number_of_its_step(view):
    text = render(view, "latex", label="eq:loss")
    steps = re.findall(r"\\derivestep\{(\d+)\}\{([^}]*)\}\\textbf\{(\d+)\. ", text)
    answers = re.findall(r"\\label\{([^}#]+)\}", text)
    assert [name for _, name, _ in steps] + answers == names(view, "eq:loss")
    assert all(number == shown and name.endswith(f"-{number}") for number, name, shown in steps)


def test_a_broken_answer_has_one_number():
    text = render(viewed("an answer in rows"), "latex", label="a")
    (answer,) = re.findall(r"\\begin\{align\}\n(.*?)\n\\end\{align\}", text, re.DOTALL)
    rows = answer.split("\n")
    assert len(rows) > 2
    assert all(r"\notag" in row for row in rows[:-1])
    assert rows[-1].endswith(r"\label{a}")


def test_latex_without_a_label_has_none_of_this(view):
    text = render(view, "latex")
    assert not re.search(r"derivestep|\\label|\{equation\}|\{align\}", text)


NOTES = r"""\documentclass{article}
\usepackage{derive}
PACKAGES
\begin{document}
\section{First}
\begin{equation} a = b \end{equation}
\begin{derive}[wrt=x, wrt=w, label=eq:loss]
  y = \ln(w x^3 + b)
\end{derive}

REF1 \eqref{eq:loss}, \ref{eq:loss-answer-2}; \ref{eq:loss-1}, \ref{eq:loss-2}.
\section{Second}
% derive: wrt=x, label=long
\[ LONG \]
\label{sec:two}

REF2 \ref{long}, \ref{long-3}; \ref{sec:two}.
\section{Third}
% derive: wrt=\mathbf{x}, method=all, label=ways
\[ \mathbf{s} = \operatorname{softmax}(\mathbf{x}) \]

REF3 \ref{ways}, \ref{ways-1-1}, \ref{ways-2-3}.
\end{document}
"""


def run(folder: Path, *command: object) -> str:
    env = {**os.environ, "DERIVE_CACHE": str(folder / "cache")}
    done = subprocess.run([*map(str, command)], cwd=folder, env=env, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stdout.decode("utf-8", "replace")[-2000:] + done.stderr.decode()
    return done.stdout.decode("utf-8", "replace")


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*.tex")}


@pytest.mark.parametrize("packages", ["", "\\usepackage{hyperref}", "\\usepackage{hyperref}\n\\usepackage{cleveref}"])
def test_tex_prints_the_numbers_of_answers_and_steps(tmp_path, pdflatex, packages):
    needed("pdftotext", shutil.which("pdftotext") is not None)
    shutil.copy(STYLE, tmp_path)
    notes = tmp_path / "notes.tex"
    notes.write_text(NOTES.replace("PACKAGES", packages).replace("LONG", LONG))
    run(tmp_path, sys.executable, "-m", "derive", "weave", notes)
    once = files(tmp_path)
    run(tmp_path, sys.executable, "-m", "derive", "weave", notes)
    assert files(tmp_path) == once
    for _ in range(2):
        log = run(tmp_path, pdflatex, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "notes.tex")
    assert not re.search("undefined|multiply|same identifier", log)
    text = run(tmp_path, "pdftotext", "-layout", "notes.pdf", "-")
    assert re.findall(r"REF\d .*?\.(?=\s)", text) == ["REF1 (2), 3; 1, 2.", "REF2 4, 3; 2.", "REF3 5, 1, 3."]
    assert re.findall(r" \((\d)\)$", text, re.MULTILINE) == ["1", "2", "3", "4", "5"]
    if packages:  # links lead to the steps, not to what is above them
        aux = (tmp_path / "notes.aux").read_text()
        anchors = re.findall(r"\\newlabel\{eq:loss-\d\}\{\{\d\}\{\d\}\{[^{}]*\}\{([^{}]*)\}", aux)
        assert len(set(anchors)) == len(anchors) == 4


@pytest.mark.parametrize(
    "document",
    [
        "\\begin{derive}[label=a]\ny\n\\end{derive}\n% derive: label=a\n\\[ z \\]\n",
        "Words.\n\n\n% derive: label=a\n\\begin{equation}\\label{a} y \\end{equation}\n",
    ],
)
def test_a_label_that_tex_would_have_twice_is_refused(document):
    result = woven(document, "notes.tex")
    (error,) = result.errors
    assert "the label a is given twice" in error.message
    assert error.line == 5


# Markdown -------------------------------------------------------------------------------------------------------------


class _Ids(HTMLParser):
    """The ids on a page, and what text follows each."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.text: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        name = dict(attrs).get("id")
        if name:
            self.ids.append(name)

    def handle_data(self, data: str) -> None:
        if self.ids and data.strip():
            self.text.setdefault(self.ids[-1], data.strip())


def by_markdown_it(text: str) -> str:
    needs("markdown_it", "mdit_py_plugins")
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    return str(MarkdownIt("commonmark", {"html": True}).use(dollarmath_plugin).render(text))


def by_python_markdown(text: str) -> str:
    needs("markdown")
    from markdown import markdown

    return str(markdown(text))


def by_kramdown(text: str) -> str:
    needed("kramdown", tools.has_gem("kramdown"))
    return tools.by_kramdown(text)


def by_pandoc(text: str, to: str = "html") -> str:
    needed("pandoc", shutil.which("pandoc") is not None)
    command = ["pandoc", "--from=markdown", f"--to={to}", "--mathjax"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True, timeout=60).stdout


def by_myst(text: str) -> str:
    needs("myst_parser", "docutils")
    from docutils.core import publish_string
    from docutils.writers.html5_polyglot import Writer
    from myst_parser.parsers.docutils_ import Parser

    settings = {"myst_enable_extensions": ["dollarmath"], "math_output": "MathJax x", "report_level": 2}
    return str(publish_string(text, parser=Parser(), writer=Writer(), settings_overrides=settings), "utf-8")


READERS: dict[str, Callable[[str], str]] = {
    "dollar": by_markdown_it,
    "gfm": by_markdown_it,
    "brackets": by_markdown_it,
    "hugo": by_markdown_it,
    "kramdown": by_kramdown,
    "mkdocs": by_python_markdown,
    "pandoc": by_pandoc,
    "quarto": by_pandoc,
    "myst": by_myst,
}


@pytest.mark.parametrize("flavor", FLAVORS)
def test_a_page_has_a_place_for_the_solution_and_for_each_step(flavor, view):
    text = anchored(render(view, "markdown", flavor, label="loss"), "loss", flavor)
    page = _Ids(READERS[flavor](text))
    wanted = ["loss", *(name for _, name in step_labels(view.steps, "loss") if name)]
    assert [name for name in page.ids if name.startswith("loss")] == wanted
    for step, name in step_labels(view.steps, "loss"):
        assert not name or page.text[name].startswith(f"{step.number}. ")
    assert page.text["loss"].startswith("Problem.")


@pytest.mark.parametrize("flavor", FLAVORS)
def test_a_label_adds_nothing_but_places(flavor, view):
    text = render(view, "markdown", flavor, label="loss")
    for name in names(view, "loss"):
        text = text.replace(FLAVORS[flavor].place(name), "")
    assert text == render(view, "markdown", flavor)


def test_an_equation_of_quarto_has_a_number(view):
    text = anchored(render(view, "markdown", "quarto", label="eq-loss"), "eq-loss", "quarto")
    wanted = [name for _, name in answer_labels(view.answers, "eq-loss")]
    found = []
    for block in json.loads(by_pandoc(text, "json"))["blocks"]:
        inside = block["c"] if block["t"] == "Para" else []
        if len(inside) == 3 and inside[0]["t"] == "Math" and inside[2]["t"] == "Str":
            assert inside[0]["c"][0]["t"] == "DisplayMath"
            found.append(inside[2]["c"])
    assert found == [f"{{#{name}}}" for name in wanted]
    assert "eq-loss" not in _Ids(by_pandoc(text)).ids
