r"""Text of the author: `$` means what it means to pandoc, formulas are safe, and text is text in every output."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from derive.errors import DeriveError, LimitError, ReadError
from derive.writer.commands import ARGUMENTS, BESIDE, ENVIRONMENTS, KNOWN, MEANT, SAME, SIGNS, TEXTS
from derive.writer.escape import output, yaml_scalar
from derive.writer.flavors import FLAVORS
from derive.writer.mathematics import mathematics
from derive.writer.mathml import complaint
from derive.writer.prose import Prose, check_prose
from tests.conftest import needed
from tests.render import tools

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    'a" onmouseover="alert(1)',
    "[click](javascript:alert(1))",
    "![x](http://x.org/y.png)",
    "a\n\n# A heading",
    "a\n\n---\n\ndraft: true",
    r"\input{/etc/passwd}",
    "50% of $x_1 & #2 {~^}",
    r"\immediate\write18{touch PWNED}",
    "--> <script>alert(1)</script> <!--",
    '{{< readfile "/etc/passwd" >}}',
    "{% include ../../secrets %}",
    "{{ 7 * 7 }}",
    "`code` and ``more``",
    "| a | b |",
    "{: .class onclick='x'}",
    "{.class #id}",
    "www.example.org and http://example.org",
    "% a comment",
    r"ends with a backslash\ ".strip(),
    "``quotes'' \"here\" [1] *and* _there_",
    "costs $5 and $6",
)

PIECES = (
    *HOSTILE, "*", "**", "_", "__", "#", "# ", "[", "]", "(", ")", "<", ">", "<b>", "|", "\\", "`", "```", "~~~", "~",
    "^", "{", "}", "{{", "}}", "{%", "%}", "-", "- ", "+ ", "1. ", "1) ", "a. ", "(i) ", "II. ", "A. ", "> ", "---",
    "===", "+++", "%", "!", "[a][b]", "[^1]", "[^1]: x", ":", "::", ":::", ": x", ":smile:", "@me", "&", "&amp;",
    "&#60;", '"', "'", "--", "a", "b c", "7", "\n", "\n\n", "\n    ", "!!! note", "??? note", "=", "é", "(x)=", "\t",
)  # fmt: skip


def grown(seed: int, count: int) -> list[Prose]:
    """Return texts that are put together from pieces, without formulas."""
    rng = random.Random(seed)
    found: list[Prose] = []
    while len(found) < count:
        typed = "".join(rng.choice(PIECES) + rng.choice(("", " ")) for _ in range(rng.randint(1, 7)))
        try:
            prose = Prose(typed)
        except ReadError:
            continue
        if prose and all(segment.kind == "text" for segment in prose.line.segments):
            found.append(prose)
    return found


def plain(prose: Prose) -> str:
    return " ".join(prose.line.plain.split())


# What is mathematics --------------------------------------------------------------------------------------------------


def kinds(typed: str) -> list[tuple[str, str]]:
    return [tuple(segment) for paragraph in Prose(typed).paragraphs for segment in paragraph]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Let $x$ be.", [("text", "Let "), ("inline", "x"), ("text", " be.")]),
        (r"\(x\) and \[y\]", [("inline", "x"), ("text", " and "), ("display", "y")]),
        ("$$ a\n= b $$", [("display", "a = b")]),
        ("$5 and $6", [("text", "$5 and $6")]),
        ("a lone $ here", [("text", "a lone $ here")]),
        (r"\$5 for $x$", [("text", "$5 for "), ("inline", "x")]),
        ("$ x$ or $x $ or $x$1", [("text", "$ x$ or $x $ or $x$1")]),
        ("$a$$b$", [("inline", "a"), ("text", " "), ("inline", "b")]),
        (r"\\$x$", [("text", r"\\"), ("inline", "x")]),
        ("a\n\n\n b\r\n \r\nc", [("text", "a"), ("text", "b"), ("text", "c")]),
        ("  two\twords\n", [("text", "two words")]),
        ("cafe\u0301", [("text", "café")]),
        ("", []),
        (" \n\n ", []),
    ],
)
def test_text_is_parted(typed, found):
    assert kinds(typed) == found


def test_dollars_mean_what_they_mean_to_pandoc():
    needed("pandoc", shutil.which("pandoc") is not None)
    typed = ["x" + "".join(signs) + "x" for n in range(1, 6) for signs in product("$a5 ", repeat=n)]
    typed = [text for text in typed if "$$" not in text]
    done = subprocess.run(
        ["pandoc", "-f", "markdown", "-t", "json"], input="\n\n".join(typed), capture_output=True, text=True, check=True
    )
    blocks = json.loads(done.stdout)["blocks"]
    assert len(blocks) == len(typed)
    for text, block in zip(typed, blocks, strict=True):
        wanted = [node["c"][1] for node in block["c"] if node["t"] == "Math"]
        assert [formula for kind, formula in kinds(text) if kind != "text"] == wanted, text


@pytest.mark.parametrize(
    ("typed", "message", "column"),
    [
        ("a $$ x", "not closed", 3),
        (r"a \( x", "not closed", 3),
        ("$$ a\n\nb $$", "not closed", 1),
        (r"\\(x\\)", "opens or closes no mathematics", 2),
        (r"x\)", "opens or closes no mathematics", 2),
        (r"\begin{align} x \end{align}", "opens or closes no mathematics", 1),
        ("a $$ $$", "an empty formula", 5),
        ("a\x07b", "U+0007", 2),
        ("a\u202eb", "U+202E", 2),
        ("see $x_1_2$", "duplicate subscript", 9),
        (r"see $\frac{1}$", "the end of the formula where an argument is wanted", 13),
        (r"see $\alhpa$", r"\alhpa is no mathematics", 6),
        (r"$a & b$", "& outside of an environment", 4),
        (r"$a \\ b$", "a line end outside", 4),
        ("$a % b$", "a comment", 4),
        ("$a # b$", "a #", 4),
        ("$a^^41$", "double superscript", 3),
        ("$a}$", "} without {", 3),
        ("${a$", "{ is not closed", 2),
        (r"$\left( a$", r"\left is not closed", 2),
        (r"$a \right)$", r"\right without", 4),
        (r"$a \middle| b$", r"\middle without", 4),
        (r"$\bigl a$", r"\bigl without a bracket", 2),
        (r"$x_\frac12$", r"\frac where an argument is wanted", 4),
        (r"$\text{a$", r"\text takes plain words", 2),
        (r"$\text{a_b}$", r"\text takes plain words", 2),
        (r"$\begin{array} a \end{array}$", "an array needs its columns", 2),
        (r"$\begin{tabular}{c} a \end{tabular}$", "no environment that is known", 2),
        (r"$\begin{cases} a \end{matrix}$", "without", 18),
        ("$漢$", "the character 漢", 2),
    ],
)
def test_what_cannot_be_printed_is_told_with_its_place(typed, message, column):
    with pytest.raises(ReadError, match=re.escape(message)) as caught:
        check_prose(typed)
    assert caught.value.column == column
    assert caught.value.source == typed


@pytest.mark.parametrize(
    "name",
    "input include openin read write immediate openout def edef gdef xdef let futurelet catcode csname expandafter"
    " directlua latelua special pdfliteral href url hyperref includegraphics usepackage documentclass newcommand"
    " renewcommand providecommand DeclareMathOperator makeatletter endinput end stop loop iftrue uppercase char label"
    " ref tag cite verb require unicode htmlClass class style cssId font everymath hbox vbox halign hskip aftergroup"
    " typein typeout message scantokens afterassignment global begingroup egroup bgroup foo".split(),
)  # fmt: skip
def test_what_is_no_mathematics_is_refused(name):
    with pytest.raises(ReadError):
        check_prose(rf"Let $\{name}{{x}} y$ be.")


def test_formulas_have_an_end():
    for depth in (30, 5_000):
        typed = "{" * depth + "x" + "}" * depth
        refused = depth > 40
        try:
            check_prose(f"${typed}$")
        except DeriveError:
            assert refused
        else:
            assert not refused
    with pytest.raises(LimitError):
        check_prose("$" + "x" * 5_000 + "$")


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        (r"\bm{x} \in \R^n", r"\boldsymbol{x} \in {\mathbb{R}}^n"),
        (r"x_\text{max}", r"x_{\text{max}}"),
        (r"x_\mathrm{max} + y^\max", r"x_{\mathrm{max}} + y^{\max}"),
        (r"\begin{align*} a &= b \\[4pt] c &= d \end{align*}", r"\begin{aligned} a &= b \\[4pt] c &= d \end{aligned}"),
        ("x_1 ≤ λ²", r"x_1 \le  \lambda ^{2} "),
        (r"\text{if λ < 1 }x", r"{\text{if } \lambda \text{ } < \text{ 1 }}x"),
        (r"a \lt b", "a < b"),
        (r"\left< x \right>", r"\left\langle  x \right\rangle "),
        (r"\begin{matrix} a \\ [b] \end{matrix}", r"\begin{matrix} a \\{} [b] \end{matrix}"),
        (r"\sqrt[n]{x}", r"\sqrt[n]{x}"),
    ],
)
def test_a_formula_is_spelled_as_all_outputs_know_it(typed, written):
    assert mathematics(typed, 0, len(typed)) == written.strip()


def example(name: str) -> str:
    """Return a formula with a command."""
    if name in ("left", "right", "middle"):
        return r"\left( a \middle| b \right)"
    if name in ("limits", "nolimits"):
        return rf"\sum\{name}_a^b"
    if name == "not":
        return r"a \not= b"
    known = SAME.get(name, name)
    after = "(" if name in BESIDE else "{a}" * ARGUMENTS.get(known, known in TEXTS)
    return rf"a \{name}{after} b"


FORMULAS = [
    *map(example, sorted(KNOWN | SAME.keys() | MEANT.keys())),
    *(rf"\begin{{{name}}}{'{c|c}' * (name == 'array')} a \\ b \end{{{name}}}" for name in sorted(ENVIRONMENTS)),
    *(f"a {sign} b" if not SIGNS[sign].startswith(("^", "_")) else f"a{sign}" for sign in SIGNS),
]


def random_formulas(seed: int, count: int) -> list[str]:
    """Return formulas that are accepted, of tokens in any order."""
    rng = random.Random(seed)
    tokens = [
        *"ab12+-=()[]|^_'{}<>,.!/~ &:;?*", "^2", "_{ij}", "{a}", r"\\", r"\\[4pt]", r"\{", r"\}", r"\%", r"\|", r"\,",
        r"\left(", r"\right)", r"\left.", r"\right|", r"\middle|", r"\frac", r"\frac{a}{b}", r"\sqrt[3]", r"\sqrt",
        r"\sum", r"\limits", r"\begin{cases}", r"\end{cases}", r"\begin{aligned}", r"\end{aligned}", r"\text{a < b}",
        r"\operatorname*{ab}", r"\mathbf{x}", r"\hat", r"\bigl(", r"\xrightarrow[a]{b}", r"\R", r"\bm{x}", "λ", "²",
        r"\max", r"\mathrm{d}", r"\begin{array}{c|c}", r"\end{array}", r"\alpha ", r"\text{if }", r"\not", r"\overset",
    ]  # fmt: skip
    found: list[str] = []
    while len(found) < count:
        typed = "".join(rng.choice(tokens) for _ in range(rng.randint(2, 9)))
        try:
            found.append(mathematics(typed, 0, len(typed)))
        except DeriveError:
            continue
    return found


ALL = [*(mathematics(formula, 0, len(formula)) for formula in FORMULAS), *random_formulas(1, 600)]


def test_mathml_sets_every_formula_that_is_accepted():
    assert [formula for formula in ALL if complaint(formula)] == []


def test_katex_sets_every_formula_that_is_accepted(katex):
    said = katex(ALL)
    assert [(formula, fault) for formula, fault in zip(ALL, said, strict=True) if fault] == []


def compiled(pdflatex: str, folder: Path, body: str) -> list[str]:
    """Return the errors of a document."""
    head = r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage{amsmath,amssymb}\begin{document}"
    folder.joinpath("all.tex").write_text(f"{head}\n{body}\n\\end{{document}}\n", encoding="utf-8")
    command = [pdflatex, "-no-shell-escape", "-interaction=nonstopmode", "all.tex"]
    subprocess.run(command, cwd=folder, capture_output=True, check=False)
    log = folder.joinpath("all.log").read_text("latin-1")
    assert "Output written" in log
    return [line for line in log.splitlines() if line.startswith("! ")]


def test_pdflatex_sets_every_formula_that_is_accepted(pdflatex, tmp_path):
    assert compiled(pdflatex, tmp_path, "\n".join(rf"\[ {formula} \]" for formula in ALL)) == []


# Text is text ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "use", [str, "{}".format, "%s".__mod__, lambda p: "".join([p]), lambda p: "" + p], ids=range(5)
)
@pytest.mark.parametrize("text", [Prose("<b>"), Prose("<b>").line], ids=["prose", "line"])
def test_text_does_not_become_a_string_by_accident(use, text):
    with pytest.raises(TypeError):
        use(text)
    assert "<b>" not in repr([text])


class Page(HTMLParser):
    """The elements and the text of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.tags.append("!--")


def texts() -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(PIECES) | st.text(max_size=8), min_size=1, max_size=8).map("".join)


def read(typed: str) -> Prose | None:
    try:
        return Prose(typed)
    except DeriveError:
        return None


@given(texts())
def test_html_shows_the_text_and_nothing_else(typed):
    prose = read(typed)
    if prose is None or any(s.kind != "text" for s in prose.line.segments):
        return
    html = output("html").written(prose)
    page = Page(html)
    assert set(page.tags) <= {"p", "span"}
    assert page.attributes == []
    assert " ".join(page.text.replace("\n", " ").split()) == plain(prose)
    assert not re.search(r"\{[{%#]", html)
    ElementTree.fromstring(f"<x>{html}</x>")
    attribute = Page(f'<a title="{output("html").bare(prose)}">x</a>')
    assert (attribute.tags, attribute.attributes) == (["a"], ["title"])


@given(texts())
def test_commonmark_shows_the_text_and_nothing_else(typed):
    prose = read(typed)
    if prose is None or any(s.kind != "text" for s in prose.line.segments):
        return
    written = output("markdown", "pandoc").written(prose)
    html = MarkdownIt("gfm-like", {"linkify": False}).render(f"**1.** x\n\n{written}\n")
    page = Page(html.split("\n", 1)[1])
    assert set(page.tags) <= {"p"}
    assert " ".join(page.text.replace("\n", " ").split()) == plain(prose).replace("\u0000", "\ufffd")
    assert not re.search(r"\{[{%#]|<!--|-->", written)


def cmark(text: str, folder: Path) -> str:
    return tools.run("cmark-gfm", "-e", "table", "-e", "strikethrough", "-e", "autolink", "--unsafe", text=text)


TOOLS: dict[str, tuple[str, Callable[[str, Path], str], Callable[[], bool]]] = {
    "pandoc": ("pandoc", tools.by_pandoc, lambda: shutil.which("pandoc") is not None),
    "kramdown": ("kramdown", tools.by_kramdown, lambda: tools.has_gem("kramdown")),
    "jekyll": ("kramdown", tools.by_jekyll, lambda: shutil.which("jekyll") is not None),
    "hugo": ("hugo", tools.by_hugo, lambda: shutil.which("hugo") is not None),
    "github": ("gfm", cmark, lambda: shutil.which("cmark-gfm") is not None),
}


def even(text: str) -> str:
    """Return a text without what typographers change in it: quotes, dashes, ellipses, and the blanks around."""
    return re.sub(r"[\s.\-–—…\"'“”‘’]", "", text)


@pytest.mark.parametrize("tool", TOOLS)
def test_the_real_tools_show_the_text_and_nothing_else(tool, tmp_path):
    flavor, run, present = TOOLS[tool]
    needed(tool, present())
    proses = grown(7, 400)
    out = output("markdown", flavor)
    marked = "".join(f"QQQ{k}QQQ\n\n{out.written(prose)}\n\n" for k, prose in enumerate(proses))
    parts = re.split(r"QQQ\d+QQQ", run(marked, tmp_path))[1:]
    assert len(parts) == len(proses)
    for prose, html in zip(proses, parts, strict=True):
        page = Page(
            re.sub(r'<a href="mailto:[^"]*">', "", html)
        )  # GitHub links addresses of mail however they are written
        assert set(page.tags) <= {"p", "span", "body", "html"}, prose.source
        assert even(page.text) == even(plain(prose)), prose.source


def test_latex_compiles_and_shows_the_text(pdflatex, tmp_path):
    out = output("latex")
    proses = [*map(Prose, HOSTILE), *grown(3, 300)]
    body = "\n\n".join(rf"\item[{out.lined(p.line)}] {out.written(p)} \section{{{out.lined(p.line)}}}" for p in proses)
    assert compiled(pdflatex, tmp_path, rf"\begin{{description}}{body}\end{{description}}") == []
    assert not tmp_path.joinpath("PWNED").exists()
    log = tmp_path.joinpath("all.log").read_text("latin-1")
    assert "(/etc" not in log
    if shutil.which("pdftotext"):
        command = ["pdftotext", "-enc", "UTF-8", str(tmp_path / "all.pdf"), "-"]
        shown = even(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        for typed in ("50% of $x_1 & #2 {~^}", "[click](javascript:alert(1))", "{% include ../../secrets %}"):
            assert even(typed).replace("^", "ˆ").replace("~", "˜") in shown.replace("^", "ˆ").replace("~", "˜")


def test_quotes_open_and_close():
    def latex(typed: str) -> str:
        return output("latex").written(Prose(typed))

    assert latex('He said "so" ("no") and "$x$".') == "He said ``so'' (``no'') and ``$x$''."


# Mathematics in its outputs -------------------------------------------------------------------------------------------

MIXED = "1. Let $-a < b$ be, and $x$2:\n\n$$ - x \\le \\{{y}\\} $$\n\nSo \\$5."


@pytest.mark.parametrize("flavor", FLAVORS)
def test_formulas_stand_between_the_marks_of_the_flavor(flavor):
    written = output("markdown", flavor).written(Prose(MIXED.replace("$x$2", r"\(x\)2")))
    f = FLAVORS[flavor]
    less = "-a < b" if flavor in ("pandoc", "quarto") else r"-a \lt b"
    assert f.inline_math(less) in written
    assert f.inline_math("x") + "&#50;:" in written
    assert f.display_math(r"\displaystyle - x \le \{{y}\}") in written
    assert written.startswith("1&#46; Let")
    assert not re.search(r"\{[{%#]", written)


def test_pandoc_finds_the_formulas():
    needed("pandoc", shutil.which("pandoc") is not None)
    found = list(tools.pandoc(output("markdown", "pandoc").written(Prose(r"\(x\)2, $5 and $6, \$y and $$z.$$ So $w$"))))
    assert [(f.display, f.latex.strip()) for f in found] == [(False, "x"), (True, "z."), (False, "w")]


def test_a_display_stands_in_its_paragraph():
    prose = Prose("If\n\n$$ a $$\n\nthen\n\nso b.")
    assert output("latex").written(prose) == "If\n\\[ a \\]\nthen\n\nso b."
    assert output("markdown").written(prose) == "If\n\n$$\na\n$$\n\nthen\n\nso b."
    assert output("html").written(prose).startswith('<p>If</p>\n<div class="display"><math display="block">')


def test_a_line_has_no_paragraphs_and_no_displays():
    line = Prose("If\n\n$$ a $$\n\nthen.").line
    assert output("latex").lined(line) == "If $a$ then."
    assert line.plain == "If a then."


@given(st.text() | texts())
def test_front_matter_has_the_text_and_no_key_more(typed):
    prose = read(typed)
    if prose is None:
        return
    text = prose.line.plain
    if re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text):
        return  # which YAML does not have
    assert yaml.safe_load(f"title: {yaml_scalar(text)}\nlast: 1") == {"title": text, "last": 1}
