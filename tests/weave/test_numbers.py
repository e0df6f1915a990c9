r"""Numbers that authors give to formulas in fences, `\tag` and `\label`, as the tools of each flavor see them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from derive.weave.library import Weaver
from derive.weave.model import Woven
from derive.weave.numbers import Page, lines_of, numbers_kept
from derive.weave.session import Options
from derive.writer.flavors import FLAVORS
from tests.conftest import needed
from tests.render.test_flavors import TOOLS, is_here
from tests.render.test_formulas import said_against
from tests.weave.building import build, needs

LONG = " + ".join(rf"\frac{{x^{n}}}{{{n}!}} \sin({n}x)" for n in range(1, 9))
EITHER = ("dollar", "kramdown", "mkdocs", "hugo", "brackets")
"""The flavors of which KaTeX may be the reader, and MathJax too."""


@pytest.fixture(scope="module")
def weaver():
    with Weaver(Options(flags={"detail": "answer"}), workers=1) as made:
        yield made


def page(weaver: Weaver, formula: str, flavor: str = "dollar", before: str = "", head: str = "wrt=x") -> Woven:
    """Return a page with one fence."""
    text = f"{before}\n\n```derive {head} flavor={flavor}\n{formula}\n```\n"
    woven = weaver.weave(text, Path("notes.md"), markers=True)
    assert not woven.errors
    assert weaver.weave(woven.text, Path("notes.md"), markers=True).text == woven.text
    return woven


def display(woven: Woven) -> str:
    """Return what stands between the first dollars of the page."""
    return woven.text.split("$$\n")[1].rstrip()


# The lines of a formula -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "lines"),
    [
        (r"y = x^2 \tag{7}", [("y", [r"\tag{7}"])]),
        (r"x^2 \tag* {$\ast$}\label{a_1}", [(None, [r"\tag* {$\ast$}", r"\label{a_1}"])]),
        (
            r"\begin{align} \label{a} u &= x \\[4pt] f(x) &= u + 1 \label{b} \end{align}",
            [("u", ["a"]), ("f(x)", ["b"])],
        ),
        (r"\begin{align*} y &= x \\ &\quad + 1 \tag{2} \\ \end{align*}", [("y", [r"\tag{2}"])]),
        (r"y = \begin{cases} x & x = 1 \\ 0 & x = 2 \end{cases} \tag{3}", [("y", [r"\tag{3}"])]),
        ("y = x % \\tag{1}\n + 50\\% \\tag{2}", [("y", [r"\tag{2}"])]),
        (r"\sum_{i=1}^n x_i \tag{1", [(None, [])]),
    ],
)
def test_each_number_belongs_to_a_line(formula, lines):
    found = [(line.head, [n.text for n in line.numbers]) for line in lines_of(formula)]
    assert found == [(head, [n if "\\" in n else rf"\label{{{n}}}" for n in names]) for head, names in lines]
    assert all(formula[n.at :].startswith(n.text) for line in lines_of(formula) for n in line.numbers)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("unit", [r"\label{", r"\tag{1} ", r"\begin{align}", "= \\\\"])
def test_long_formulas_are_read_at_once(unit):
    assert lines_of("y = x " + unit * 40_000)


# What a page keeps ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flavor", sorted(FLAVORS.keys() - {"myst"}))
def test_a_tag_stands_where_the_problem_is_restated(weaver, flavor):
    woven = page(weaver, r"y = x^2 \tag{$\ast$}", flavor)
    assert FLAVORS[flavor].display_math(r"y = x^2 \tag{$\ast$}") in woven.text
    assert not woven.warnings


@pytest.mark.parametrize("mode", ["replace", "follow"])
def test_it_does_so_in_each_mode_and_container(weaver, mode):
    text = f"> - an item\n>\n>   ```derive wrt=x mode={mode}\n>   y = x^2 \\tag{{7}}\n>   ```\n"
    woven = weaver.weave(text, Path("notes.md"), markers=True)
    assert ">   $$\n>   y = x^2 \\tag{7}\n>   $$\n" in woven.text


def test_the_number_of_a_display_stays_where_it_is(weaver):
    text = "<!-- derive: wrt=x -->\n\n$$\ny = x^2 \\tag{7}\\label{a}\n$$\n"
    woven = weaver.weave(text, Path("notes.md"))
    assert woven.text.startswith(text)
    assert woven.text.count(r"\tag") == woven.text.count(r"\label") == 1
    assert not woven.warnings


def test_a_problem_in_rows_has_one_number(weaver):
    woven = page(weaver, rf"y = {LONG} \tag{{7}}")
    assert re.search(r"\\end\{aligned\} \\tag\{7\}\n\$\$", woven.text)
    assert said_against("katex", [(True, display(woven))]) == {}
    assert said_against("mathjax3", [(True, display(woven))]) == {}


@pytest.mark.parametrize("flavor", EITHER)
def test_rows_with_a_label_alone_stand_in_an_equation_as_a_whole(weaver, flavor):
    woven = page(weaver, rf"y = {LONG} \label{{a}}", flavor, before=r"\ref{a}")
    begins, ends = (FLAVORS[flavor].spell_display(rf"\{word}{{equation}}") for word in ("begin", "end"))
    opener, closer = FLAVORS[flavor].display
    inside, _, behind = woven.text.partition(f"\n{opener}")[2].partition(ends)
    assert inside.strip().startswith(begins)
    assert inside.count("{aligned}") == 2
    assert behind.startswith(inside[0] + closer)


@pytest.mark.parametrize("flavor", EITHER)
def test_a_label_is_kept_where_the_page_refers_to_it(weaver, flavor):
    f = FLAVORS[flavor]
    formula = f.spell_display(r"\begin{equation}\label{eq:f}")
    woven = page(weaver, r"y = x^2 \label{eq:f}", flavor, before=r"See \eqref{eq:f}.")
    assert formula in woven.text
    assert said_against("mathjax3", [(True, "\\begin{equation}\\label{eq:f}\ny = x^2\n\\end{equation}")]) == {}
    unread = page(weaver, r"y = x^2 \label{eq:f}", flavor, before=r"See \eqref{eq:g}.")  # KaTeX may be its reader
    assert formula not in unread.text
    assert not woven.warnings
    assert not unread.warnings


def test_a_label_with_a_tag_needs_no_other_environment(weaver):
    woven = page(weaver, r"y = x^2 \tag{7}\label{eq:f}", before=r"See \ref{eq:f}.")
    assert display(woven) == r"y = x^2 \tag{7}\label{eq:f}"


def test_an_equation_of_quarto_has_a_number_of_its_own(weaver):
    woven = page(weaver, r"y = x^2 \label{eq-f}", "quarto")
    assert "\n\n$$\ny = x^2\n$$ {#eq-f}\n\n" in woven.text
    assert not woven.warnings


def test_of_several_lines_that_keeps_its_label_which_the_solution_restates(weaver):
    formula = "\\begin{align}\nu &= x^2 \\label{u} \\\\\ny &= \\sin u \\label{y}\n\\end{align}"
    woven = page(weaver, formula, before=r"\ref{u}, \ref{y}")
    assert display(woven) == "\\begin{equation}\\label{y}\ny = \\sin u\n\\end{equation}"
    (warning,) = woven.warnings
    assert warning.report().startswith(
        "notes.md:5:10: warning: \\label{u} is left out: the solution does not restate its line\n  u &= x^2 \\label{u}"
    )


# What is lost is told -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flavor", "formula", "says"),
    [
        ("gfm", r"y = x^2 \tag{7}\label{a}", r"\label{a} is left out: GitHub and GitLab know no labels"),
        ("myst", r"y = x^2 \tag{7}\label{a}", r"\tag{7} is left out: Sphinx numbers equations itself"),
        ("myst", r"y = x^2 \label{a b}", r"\label{a b} is left out: a label has letters"),
        ("pandoc", r"y = x^2 \label{a}", r"\label{a} is left out: it has no number without a \tag"),
        ("quarto", r"y = x^2 \label{a}", r"\label{a} is left out: it has no number without a \tag"),
        ("dollar", r"y = x^2 \tag{1}\tag{2}", r"\tag{2} is left out: a display has one number"),
        ("gfm", r"y = x^2 \label{a}\label{b}", r"\label{a}, \label{b} are left out: GitHub"),
    ],
)
def test_a_number_that_cannot_be_kept_is_a_warning_once_a_block(weaver, flavor, formula, says):
    woven = page(weaver, formula, flavor)
    again = weaver.weave(woven.text, Path("notes.md"), markers=True)
    for warning in (*woven.warnings, *again.warnings):
        assert warning.message.startswith(says)
    assert len(woven.warnings) == len(again.warnings) == 1
    assert woven.warnings[0].line == 4


def test_a_label_is_given_once():
    page = Page(r"\label{there} \ref{there} \ref{a}", {"mine"})
    for label in ("there", "mine"):
        kept, (lost,) = numbers_kept(rf"y = x \label{{{label}}}", "dollar", page)
        assert not kept
        assert "already" in lost.why
    assert numbers_kept(r"y = x \label{a}", "dollar", page)[0]
    assert not numbers_kept(r"y = x \label{a}", "dollar", page)[0]


def test_a_template_that_restates_nothing_is_told_of(tmp_path):
    (tmp_path / "markdown").mkdir()
    (tmp_path / "markdown" / "solution.md.j2").write_text("See the answer.\n")
    with Weaver(Options(templates=(tmp_path,)), workers=1, remember=False) as weaver:
        woven = page(weaver, r"y = x^2 \tag{7}")
    assert "See the answer." in woven.text
    assert [w.message for w in woven.warnings] == [r"\tag{7} is left out: the solution does not restate its line"]


def test_the_command_tells_and_goes_on(tmp_path):
    post = tmp_path / "post.md"
    post.write_text("```derive wrt=x flavor=gfm\ny = x^2 \\label{a}\n```\n")
    done = build("derive", "weave", post.name, cache=tmp_path, cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr.startswith("post.md:2:9: warning: \\label{a} is left out: ")
    again = build("derive", "weave", post.name, "--report", "json", cache=tmp_path, cwd=tmp_path)
    (message,) = json.loads(again.stdout)["documents"][0]["messages"]
    assert (message["kind"], message["column"]) == ("warning", 9)
    noted = build("derive", "weave", post.name, "--report", "github", cache=tmp_path, cwd=tmp_path)
    assert noted.stdout.startswith("::warning file=post.md,line=2,col=9")


# As the tools see it --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tool", [name for name, (flavor, *_) in TOOLS.items() if flavor != "myst"])
def test_a_tag_arrives_in_its_display(weaver, tool, tmp_path):
    flavor, wanted, read = TOOLS[tool]
    for name in wanted:
        needed(name, is_here(name))
    text = page(weaver, r"y = x^2 \tag{$\ast$}", flavor).text
    arrived = [" ".join(f.latex.split()) for f in read(text, tmp_path) if f.display]
    assert arrived == [r"y = x^2 \tag{$\ast$}"]


def test_katex_sets_the_page(weaver):
    needed("node", is_here("@vscode/markdown-it-katex"))
    text = (
        page(weaver, r"y = x^2 \tag{7}\label{a}").text
        + page(weaver, r"\begin{equation}y = x\label{b}\end{equation}").text
    )
    formulas = list(TOOLS["markdown-it"][2](text, Path()))
    assert any(r"\tag{7}" in f.latex for f in formulas)
    assert said_against("katex", formulas) == {}


def test_tex_refers_to_the_number_by_way_of_pandoc(weaver, tmp_path, pdflatex):
    needed("pandoc", shutil.which("pandoc") is not None)
    needed("pdftotext", shutil.which("pdftotext") is not None)
    woven = page(weaver, r"y = x^2 \tag{$\ast$7}\label{eq:f}", "pandoc", before=r"See \eqref{eq:f}.")
    (tmp_path / "notes.md").write_text(woven.text)
    for command in (["pandoc", "notes.md", "-s", "-o", "notes.tex"], *[[pdflatex, "-halt-on-error", "notes.tex"]] * 2):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-2000:]
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "notes.pdf", "-"], capture_output=True, text=True, check=True
    )
    assert re.search(r"See \(.7\)\.", text.stdout)


SPHINX = {
    "conf.py": 'extensions = ["myst_parser", "derive.weave.sphinx"]\nmyst_enable_extensions = ["dollarmath"]\n',
    "index.rst": r"""
Title
=====

.. toctree::

   page

See :eq:`eq:f`, :eq:`eq:g`.

.. derive:: wrt=x detail=answer
   :label: whole

   f = x^2 \tag{7}\label{eq:f}
""",
}


def test_sphinx_numbers_what_has_a_label(weaver, tmp_path):
    needs("sphinx", "myst_parser")
    for name, text in SPHINX.items():
        (tmp_path / name).write_text(text)
    woven = page(weaver, r"g = x^2 \label{eq:g}", "myst", before="# Page\n\nSee {eq}`eq:g`, {eq}`eq:f`.")
    (tmp_path / "page.md").write_text(woven.text)
    done = build("sphinx", "-b", "html", tmp_path, tmp_path / "out", cache=tmp_path)
    (warning,) = [line for line in done.stderr.splitlines() if "WARNING" in line]
    assert re.search(r"index\.rst:14:12: WARNING: \\tag\{7\} is left out", warning)
    html = (tmp_path / "out" / "index.html").read_text() + (tmp_path / "out" / "page.html").read_text()
    assert 'id="equation-eq-f"' in html
    assert 'id="equation-eq-g"' in html
    assert len(re.findall(r'href="[^"]*#equation-eq-[fg]"[^>]*>\(\d', html)) == 4
    assert 'id="equation-whole"' in html


def test_site_generators_are_told(tmp_path):
    needs("markdown")
    program = (
        "import logging, markdown; logging.basicConfig();"
        "markdown.markdown('```derive wrt=x flavor=gfm\\ny = x \\\\label{a}\\n```', extensions=['derive'])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert "<text>:2:7: warning: \\label{a} is left out" in done.stderr


def test_a_filter_of_pandoc_keeps_and_tells(tmp_path):
    needed("pandoc", shutil.which("pandoc") is not None)
    tree = subprocess.run(
        ["pandoc", "-t", "json"],
        input="```{.derive wrt=x}\ny = x^2 \\tag{7}\\tag{8}\n```\n",
        capture_output=True,
        text=True,
    ).stdout
    done = subprocess.run(
        [sys.executable, "-m", "derive", "pandoc-filter"], input=tree, capture_output=True, text=True, check=True
    )
    assert r"y = x^2 \\tag{7}" in done.stdout
    assert "block 1:2:16: warning: \\tag{8} is left out" in done.stderr
