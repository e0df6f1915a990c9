"""Blocks in LaTeX: what is found, what is written beside the document, and what TeX makes of it."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.weave.config import folder_of
from derive.weave.model import Failure
from derive.weave.weaving import How, weave
from tests.weave.fakes import FILES, Engine, woven

STYLE = Path(__file__).parents[2] / "derive" / "weave" / "derive.sty"


def tex(document, how=None, engine=None):
    return woven(document, "notes.tex", how, engine)


def again(document, files, engine=None, **how):
    return tex(document, How(beside=files, **how), engine)


def test_an_environment_leaves_the_document_as_it_is():
    document = "\\begin{derive}[wrt=x, let={a > 0, b > 0}]\n  y = x^2 % words\n\\end{derive}\n"
    engine = Engine()
    result = tex(document, engine=engine)
    assert (result.text, result.errors) == (document, ())
    assert engine.requests[0].latex == "y = x^2 % words"
    assert engine.requests[0].options == {"wrt": ("x",), "let": ("a > 0, b > 0",)}
    assert engine.requests[0].format == "latex"
    assert "flavor" not in engine.requests[0].shown
    assert result.side_files.keys() == {"notes.derive/1.tex", "notes.derive/index.tex"}
    assert r"\noindent\textbf{Problem.}" in result.side_files["notes.derive/1.tex"]
    assert "{wrt=x, let={a > 0, b > 0}}{\n  y = x^2 % words\n}{1}" in result.side_files["notes.derive/index.tex"]


def test_a_display_gets_an_input_below_it():
    document = "Words.\r\n  % derive: wrt=x\r\n  \\[ y = x \\] % comment\r\nMore.\r\n"
    result = tex(document)
    inserted = "  % derive:begin\r\n  \\input{notes.derive/1.tex}\r\n  % derive:end\r\n"
    assert result.text == document.replace("comment\r\n", "comment\r\n" + inserted)
    assert result.side_files.keys() == {"notes.derive/1.tex"}


@pytest.mark.parametrize(
    ("display", "formula"),
    [
        ("$$y$$", "y"),
        ("\\[ y \\\\[2pt] = x \\]", "y \\\\[2pt] = x"),
        ("\\[ y % \\]\n = x\\]", "y % \\]\n = x"),
        ("\\begin{equation}\\label{eq:a} y \\end{equation}", "\\begin{equation}\\label{eq:a} y \\end{equation}"),
        ("\\begin{align*}\n y &= x \\\\\n &= z\n\\end{align*}", "\\begin{align*}\n y &= x \\\\\n &= z\n\\end{align*}"),
    ],
)
def test_displays(display, formula):
    for between in ("\n", "\n\n", "\n% words\n"):
        engine = Engine()
        result = tex(f"% derive: wrt=x\n% derive: detail=brief{between}{display}\nWords.", engine=engine)
        assert not result.errors
        assert engine.seen == [formula]
        assert engine.requests[0].shown == {"detail": "brief"}


HIDDEN = (
    "% \\begin{derive} y \\end{derive}\n",
    "\\begin{verbatim}\n\\begin{derive}\ny\n\\end{derive}\n\\end{verbatim}\n",
    "\\begin{lstlisting}[language=TeX]\n% derive: wrt=x\n\\[ y \\]\n\\end{lstlisting}\n",
    "\\verb|\\begin{derive}| and \\verb+% derive: wrt=x+\n",
    "\\iffalse\n\\begin{derive} y \\end{derive}\n\\ifodd1 a\\fi\n\\begin{derive} y \\end{derive}\n\\fi\n",
    "50\\% derive: words\n",
    "$a \\iff b$\n",
    "\\begin{comment}\n% derive: wrt=x\n\\end{comment}\n",
    "\\lstinline[language=TeX]|\\begin{derive}| and \\Verb[x=y]+\\begin{derive}+\n",
    "\\mintinline[x=y]{tex}{\\begin{derive}} and \\mintinline{tex}|\\begin{derive}|\n",
    "\\newenvironment{worked}[1][a]%\n  {\\begin{derive}[wrt=#1]}%\n  {\\end{derive}}\n",
    "\\newcommand*{\\work}[2]{\\begin{derive}[wrt=#1]#2\\end{derive}}\n",
    "\\def\\work#1#2{\n\\begin{derive}[wrt=#1]#2\\end{derive}}\n",
    "\\NewDocumentEnvironment{w}{ O{} +b }{\\begin{derive}[#1]}{#2\\end{derive}}\n",
    "\\NewDocumentCommand \\w { m } { \\begin{derive} #1 \\end{derive} }\n",
    "\\newcommand\\vec\\mathbf\n",
    "\\let\\make\\newcommand\n\\begin{comment}\n% derive: wrt=x\n\\end{comment}\n",
)
SHOWN = ("\\begin{derive}\ny\n\\end{derive}\n", "% derive: wrt=x\n\\[ y \\]\n", "Words.\n", "\n")


@given(st.lists(st.sampled_from(HIDDEN + SHOWN), max_size=8), st.booleans())
def test_found_is_what_tex_would_see(parts, ended):
    document = "".join(parts) + ("\\end{document}\n\\begin{derive} y \\end{derive}\n" if ended else "")
    engine = Engine()
    once = tex(document, engine=engine)
    assert len(engine.seen) == sum(part in SHOWN[:2] for part in parts)
    assert not once.errors
    unchanged = re.sub(r"% derive:begin\n\\input\{notes.derive/\d+.tex\}\n% derive:end\n", "", once.text)
    assert unchanged == document
    engine = Engine()
    twice = again(once.text, once.side_files, engine)
    assert (twice.text, twice.side_files, twice.removed, twice.stale) == (once.text, once.side_files, (), False)
    assert not engine.seen


TWO = "\\begin{derive}\ny\n\\end{derive}\n% derive: wrt=x\n\\[ z \\]\n"


def test_files_keep_their_names_where_a_block_is_put_before_them():
    once = tex(TWO)
    engine = Engine()
    more = again("% derive: wrt=x\n$$ q $$\n" + once.text, once.side_files, engine)
    assert engine.seen == ["q"]
    assert re.findall(r"derive/(\d+)\.tex", more.text) == ["3", "2"]
    for name, text in once.side_files.items():
        assert more.side_files[name] == text


def test_a_label_names_the_file():
    result = tex("\\begin{derive}[label=eq:loss]\ny\n\\end{derive}\n\\begin{derive}\nz\n\\end{derive}\n")
    assert set(result.side_files) == {f"notes.derive/{name}.tex" for name in ("eq-loss", "1", "index")}


def test_what_is_not_needed_any_more_is_removed():
    once = tex(TWO)
    files = {**once.side_files, "notes.derive/mine.tex": "My own.\n"}
    result = again("Words.\n", files)
    assert not result.side_files
    assert set(result.removed) == set(once.side_files)
    assert result.stale


def test_a_file_that_was_changed_by_hand_is_kept():
    once = tex(TWO)
    name = "notes.derive/2.tex"
    files = {**once.side_files, name: once.side_files[name].replace("Of size", "Of some size")}
    result = again(once.text, files)
    assert "by hand" in result.errors[0].message
    assert result.side_files[name] == files[name]
    assert name not in result.removed
    assert again(once.text, files, again=True).side_files == once.side_files


ONE = "\\begin{derive}[wrt=x]\ny\n\\end{derive}\n"
OTHER = ONE.replace("y", "u")
MINE = "notes.derive/1.tex"


@pytest.fixture
def by_hand():
    """What is beside ONE, whose solution was changed by hand."""
    files = tex(ONE).side_files
    return {**files, MINE: files[MINE].replace("Of size", "Of some size")}


@pytest.mark.parametrize("document", [ONE, OTHER + ONE, ONE + OTHER, ONE + ONE])
def test_tex_goes_on_to_print_a_solution_that_was_changed_by_hand(by_hand, document):
    result = again(document, by_hand)
    assert len(result.errors) == document.count("\ny\n")
    assert result.side_files[MINE] == by_hand[MINE]
    assert result.side_files["notes.derive/index.tex"].count("{\ny\n}{1}%\n") == document.count("\ny\n")
    twice = again(document, result.side_files)
    assert (twice.side_files, twice.removed, twice.stale) == (result.side_files, (), False)


def test_no_other_solution_takes_the_place_of_one_that_was_changed_by_hand(by_hand):
    files = {**by_hand, "notes.derive/loss.tex": by_hand[MINE]}
    for document in (OTHER, "% derive: wrt=x\n$$ u $$\n", OTHER.replace("wrt=x", "label=loss")):
        result = again(document, files)
        assert not result.errors
        assert "notes.derive/2.tex" in result.side_files
        assert not {MINE, "notes.derive/loss.tex"} & {*result.side_files, *result.removed}
    assert MINE in again(OTHER, by_hand, again=True).side_files


def test_other_options_do_not_replace_a_solution_that_was_changed_by_hand(by_hand):
    (error,) = again(ONE, by_hand, config={"detail": "brief"}).errors
    assert "by hand" in error.message


def test_a_file_whose_first_line_was_taken_away_is_kept():
    once = tex(TWO)
    name = "notes.derive/2.tex"
    files = {**once.side_files, name: once.side_files[name].partition("\n")[2]}
    result = again(once.text.replace("z", "q"), files)
    assert "by hand" in result.errors[0].message
    assert result.side_files[name] == files[name]


def test_an_input_may_leave_the_suffix_out():
    once = tex(TWO)
    name = "notes.derive/2.tex"
    files = {**once.side_files, name: once.side_files[name].replace("Of size", "Of some size")}
    result = again(once.text.replace("2.tex", "2").replace("z", "q"), files)
    assert "by hand" in result.errors[0].message
    assert result.side_files[name] == files[name]


def test_an_environment_that_fails_for_another_reason_keeps_its_solution():
    once = tex(OTHER + ONE)
    how = How(stamp="a new version", beside=once.side_files)
    result = weave(OTHER + ONE, Path("notes.tex"), lambda asked: [Failure("D101", "no") for _ in asked], FILES, how)
    assert len(result.errors) == 2
    assert (result.side_files, result.removed, result.stale) == (once.side_files, (), False)


def test_a_failing_twin_leaves_the_solution_to_the_first():
    once = tex(ONE)
    document = f"{ONE}% derive: let={{y > 0}}\n\n{ONE}"
    for _ in range(2):
        once = again(document, once.side_files)
        assert len(once.errors) == 1
        assert set(once.side_files) == {MINE, "notes.derive/index.tex"}


def test_what_stands_behind_a_display_on_its_line_is_not_put_into_a_comment():
    document = "% derive: wrt=x\n\\[ y \\]{}\nNext.\n"
    for behind in (" where $x$ is the price.", ".", "\\begin{derive} q \\end{derive}"):
        result = tex(document.format(behind))
        (error,) = result.errors
        assert (error.line, error.column) == (2, 8)
        assert result.text == document.format(behind)
        once = tex(document.format(""))
        later = once.text.replace("\\]", f"\\]{behind}")
        result = again(later, once.side_files)
        assert (result.text, result.refused) == (later, False)
        assert result.side_files[MINE] == once.side_files[MINE]


def test_definitions_that_are_never_closed_cost_no_time():
    start = time.perf_counter()
    result = tex("\\def\\a{" * 20_000 + "\n" + ONE)
    assert result.blocks == 1
    assert time.perf_counter() - start < 5


def test_a_failing_display_keeps_its_solution_and_a_failing_environment_has_none():
    once = tex(TWO)
    broken = once.text.replace("z", "\\foo").replace("\ny", "\n\\foo")
    result = again(broken, once.side_files)
    assert result.text == broken
    assert [error.line for error in result.errors] == [2, 5]
    assert result.side_files == {name: once.side_files[name] for name in ("notes.derive/2.tex",)}


def test_elsewhere_the_document_names_each_file_itself():
    result = tex(TWO, How(markers=False))
    inputs = [f"\\input{{notes.derive/{i}.tex}}" for i in (1, 2)]
    assert result.text == f"{inputs[0]}\n% derive: wrt=x\n\\[ z \\]\n{inputs[1]}\n"
    assert "notes.derive/index.tex" not in result.side_files


def test_a_numbered_formula_is_printed_above_its_solution():
    for body in ("y = x \\label{eq:a}", "\\begin{align}\ny &= x \\tag{3}\n\\end{align}"):
        made = tex(f"\\begin{{derive}}\n{body}\n\\end{{derive}}\n").side_files["notes.derive/1.tex"]
        assert body in made
        assert made.count("\\begin{equation}") == ("label" in body)
    made = tex("\\begin{derive}[mode=follow]\ny\n\\end{derive}\n").side_files["notes.derive/1.tex"]
    assert "\\begin{equation*}\ny\n\\end{equation*}" in made


def test_macros_of_the_document_are_given_where_they_are_used():
    document = (
        "\\newcommand{\\R}{\\mathbb{R}}\n\\def\\vx{\\mathbf{x}}\n\\DeclareMathOperator*{\\argmax}{arg\\,max}\n"
        "\\newcommand*{\\pair}[2]{(#1, \\vx_{#2})}\n% \\newcommand{\\z}{no}\n\\begin{document}\n"
        "% derive: let={\\vx \\in \\R^n}\n\n\\begin{derive}\n\\pair{a}{b}\n\\end{derive}\n\\renewcommand{\\R}{R}\n"
        "\\begin{derive}\n\\z\n\\end{derive}\n"
    )
    engine = Engine()
    tex(document, engine=engine)
    first, second = (engine.requests[i].options["macros"] for i in (0, 1))
    assert first == (
        "\\newcommand{\\R}{\\mathbb{R}}",
        "\\def\\vx{\\mathbf{x}}",
        "\\newcommand*{\\pair}[2]{(#1, \\vx_{#2})}",
    )
    assert second == ("\\renewcommand{\\R}{R}", "\\def\\vx{\\mathbf{x}}")


def test_a_chapter_knows_its_root(tmp_path):
    (tmp_path / "book.tex").write_text("\\newcommand{\\q}{x}\n\\begin{document}")
    (tmp_path / "parts").mkdir()
    chapter = tmp_path / "parts" / "one.tex"
    engine = Engine()
    document = "% !TEX root = ../book.tex\n% derive: wrt=x\n\\[ y = \\q \\]\n"
    result = weave(document, chapter, engine, folder_of(chapter, tmp_path))
    assert engine.requests[0].options["macros"] == ("\\newcommand{\\q}{x}",)
    assert "\\input{parts/one.derive/1.tex}" in result.text
    assert result.side_files.keys() == {"one.derive/1.tex"}
    twice = weave(result.text, chapter, engine, folder_of(chapter, tmp_path), How(beside=result.side_files))
    assert (twice.text, twice.stale) == (result.text, False)


def test_one_text_with_two_meanings_needs_a_label():
    block = "\\begin{derive}[wrt=x]\ny = u % once\n\\end{derive}\n"
    document = f"{block}% derive: let={{u = x^2}}\n\n{block.replace('once', 'twice')}"
    (error,) = tex(document).errors
    assert (error.line, "label" in error.hint) == (6, True)
    assert not tex(f"{block}\n{block}").errors


@pytest.mark.parametrize(
    ("document", "line", "column", "refused"),
    [
        ("\\begin{derive}[wrt=x]\n  y = \\foo\n\\end{derive}", 2, 7, False),
        ("\r\n\\begin{derive}[\r\n  wtr=x]\r\ny\r\n\\end{derive}", 3, 3, False),
        ("% derive: wrt=x\n\\[ y = \\foo \\]", 2, 8, False),
        ("% derive: wrt=x\n% derive: detial=brief\n\\[ y \\]", 2, 11, False),
        ("% derive: wrt=x\nWords.", 1, 1, False),
        ("% derive: wrt=x\n\\[ y\n\nWords. \\]", 2, 1, False),
        ("\\begin{derive}\ny", 1, 1, False),
        ("% derive:begin\n\\input{x}\n% derive:end", 1, 1, True),
        ("% derive: wrt=x\n\\[ y \\]\n% derive:begin\nWords.\n% derive:end", 3, 1, True),
        ("% derive: wrt=x\n\\[ y \\]\n% derive:begin\n\\input{a}", 3, 1, True),
    ],
)
def test_errors_point_into_the_document(document, line, column, refused):
    result = tex(document)
    (error,) = result.errors
    assert (error.line, error.column) == (line, column), error.report()
    assert (result.text, result.refused) == (document, refused)


# TeX ------------------------------------------------------------------------------------------------------------------

BOOK = r"""\documentclass{article}
\usepackage{derive}
\begin{document}
\begin{derive}[wrt=x,  detail=brief]
  y = \ln(x) % a comment
     + \left( x \right)
\end{derive}
Equation \eqref{eq:a}.
\catcode`\;=13
\protected\def;{\string;}
\begin{quote}
\begin{derive}[let={a > 0; b > 0}]
  a x \label{eq:a}
\end{derive}
\end{quote}
\input{chapters/two}
\begin{derive}
  z = \label{eq:b} 1
\end{derive}
\begin{derive}[skip]
  q = 2
\end{derive}
\begin{derive}[wrt=x]
  never = woven
\end{derive}
\end{document}
"""
CHAPTER = r"""% !TEX root = ../book.tex
\begin{derive}
  \begin{align}
    u &= \theta
  \end{align}
\end{derive}
% derive: wrt=x
\[ w = 3 \]
"""


@pytest.fixture
def book(tmp_path):
    """A document of two files, woven, of which one formula was added since."""
    (tmp_path / "chapters").mkdir()
    shutil.copy(STYLE, tmp_path)
    for name, text in (("book.tex", BOOK), ("chapters/two.tex", CHAPTER)):
        path = tmp_path / name
        result = weave(text.replace("  never = woven", "  other = 1"), path, Engine(), folder_of(path, tmp_path))
        assert not result.errors
        path.write_text(result.text.replace("  other = 1", "  never = woven"))
        for side, content in result.side_files.items():
            file = path.parent / side
            file.parent.mkdir(exist_ok=True)
            file.write_text(content)
    return tmp_path


def run(pdflatex, folder, document, *options):
    command = [pdflatex, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", *options, document]
    for _ in range(2):
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=50)
        log = done.stdout.decode("utf-8", "replace")
        assert done.returncode == 0, log[-2000:]
    return re.sub(r"\n\(derive\)\s*", " ", log)


def test_tex_finds_the_solution_of_each_formula(book, pdflatex):
    log = run(pdflatex, book, "book.tex")
    inputs = re.findall(r"\(\./((?:chapters/)?\w+\.derive/\w+)\.tex", log)
    mine = [f"book.derive/{name}" for name in ("index", "1", "2", "3")]
    assert inputs == [*mine[:3], *(f"chapters/two.derive/{name}" for name in ("index", "1", "2")), mine[3]]
    assert log.count("Package derive Warning: No solution") == 1
    assert "undefined" not in log
    labels = re.findall(r"newlabel\{(eq:\w)\}", (book / "book.aux").read_text())
    assert labels == ["eq:a", "eq:b"]


def test_tex_under_another_name_is_told_where_the_solutions_are(book, pdflatex):
    log = run(pdflatex, book, "book.tex", "-jobname=key")
    assert log.count("Package derive Warning: No solution") == 5
    (book / "book.tex").write_text(
        (book / "book.tex").read_text().replace("{derive}\n", "{derive}\\derivefrom{book.derive}\n", 1)
    )
    log = run(pdflatex, book, "book.tex", "-jobname=key")
    assert log.count("Package derive Warning: No solution") == 1
