"""Sheets: every look for every profile, hostile text, and templates that reach for Python; real tools judge."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

import derive
from derive.errors import DeriveError, UnsupportedError
from derive.pipeline import views
from derive.writer.looks import looks, templates_hash, untrusted
from derive.writer.prose import Prose
from derive.writer.sheet import PROFILES, ExerciseView, Sheet, halves
from derive.writer.sheets import faulty, render_problem, render_sheet
from tests.conftest import needed
from tests.writer.test_prose import HOSTILE, Page

FORMULAS: dict[str, tuple[str, dict[str, Any]]] = {
    "chain": (r"y = \ln(\sin(x^3)^2)", {"wrt": "x"}),
    "neuron": (r"a = \max(0, \mathbf{w} \cdot \mathbf{x} + b)", {"wrt": [r"\mathbf{w}", "b"]}),
    "quotient": (r"g(x) = \frac{x^2 e^x}{1 + x}", {}),
}
ANSWERS = {"chain": r"\frac{6x^2\cos(x^3)}{\sin(x^3)}", "quotient": r"\frac{xe^x(2 + 2x + x^2)}{(1 + x)^2}"}
LATEX = ("article", "exam", "slides")
ALL = [*((look, "latex") for look in LATEX), ("handout", "markdown"), ("page", "html")]
FRAGMENTS = ("latex", "markdown", "html")
ENTITIES = '<!DOCTYPE html [<!ENTITY ApplyFunction "&#x2061;"><!ENTITY nbsp "&#160;">]>'


@cache
def solved(name: str) -> Any:
    latex, asked = FORMULAS[name]
    return derive.solve(latex, **asked)


def exercise(id: str, number: str, format: str, formula: str = "", detail: str = "normal", **said: Any) -> ExerciseView:
    view = graph = None
    if formula:
        view, graph = views(solved(formula), format, detail=detail, graph=formula == "chain" and detail == "normal")
    texts = {name: Prose(said.pop(name, "")) for name in ("title", "statement", "solution", "notes", "difficulty")}
    hints = tuple(map(Prose, said.pop("hints", ())))
    rest: dict[str, Any] = {"points": "", "tags": (), "parts": (), **said}
    return ExerciseView(id=id, number=number, view=view, graph=graph, hints=hints, **texts, **rest)


@cache
def problems(format: str, detail: str) -> tuple[ExerciseView, ...]:
    parts = (
        exercise("products-a", "a", format, "quotient", detail, points="2.5", hints=["Quotient rule."]),
        exercise("products-b", "b", format, statement="Where is it $0$?", solution="At $x = 0$ alone.", points="1"),
    )
    return (
        exercise("chain", "1", format, "chain", detail, title="The chain rule", points="4", hints=["In.", "Out."]),
        exercise("neuron", "2", format, "neuron", detail, points="6", notes="Any value at the kink."),
        exercise("products", "3", format, title="Is it a product?", statement="Work it out.", parts=parts, points="9"),
        exercise("proof", "4", format, statement="If\n\n$$ a < b $$\n\nthen?", solution="So $b > a$.", points="3"),
    )


def sheet(format: str, profile: str = "key", **said: Any) -> Sheet:
    detail = "answer" if profile == "answers" else "normal"
    texts = {"title": "Week 3: $f'$ & more", "course": "Analysis", "author": "M. Müller", "date": "Today"}
    head = {name: Prose(said.pop(name, text)) for name, text in {**texts, "instructions": "Show work."}.items()}
    rest: dict[str, Any] = {"problems": problems(format, detail), "version": "", "lang": "en", **said}
    return Sheet(name="week3", points="16.5", profile=PROFILES[profile], **head, **rest)


def rendered(look: str, format: str, profile: str = "key", **said: Any) -> str:
    return render_sheet(sheet(format, profile, **said), look, format)


def compiled(pdflatex: str, folder: Path, text: str, runs: int = 1) -> str:
    """Return the log of a document that has to compile."""
    folder.joinpath("sheet.tex").write_text(text, encoding="utf-8")
    for _ in range(runs):
        command = [pdflatex, "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "sheet.tex"]
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout.decode("latin-1")[-1500:]
    return folder.joinpath("sheet.log").read_text("latin-1")


def shown(folder: Path) -> str:
    """Return the text of the document that `compiled` made."""
    needed("pdftotext", shutil.which("pdftotext") is not None)
    command = ["pdftotext", "-layout", str(folder / "sheet.pdf"), "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def parsed(page: str) -> ElementTree.Element:
    assert page.startswith("<!DOCTYPE html>")
    return ElementTree.fromstring(page.replace("<!DOCTYPE html>", ENTITIES, 1))


# What a profile shows -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("look", "format"), [pair for pair in ALL if pair[1] != "html"])
def test_a_profile_shows_what_it_should(look, format):
    for profile in PROFILES.values():
        text = rendered(look, format, profile.name)
        assert ("Quotient rule." in text) == profile.hints
        assert ("At $x = 0$ alone." in text) == (profile.answers or profile.solutions)
        assert (r"\frac{2x\cos" in text or ANSWERS["chain"] in text) == (profile.answers or profile.solutions)
        assert ("Name the intermediate variable" in text) == profile.solutions
        assert ("Each line checked" in text) == profile.solutions
        if look != "slides":  # which has no room for notes
            assert ("Any value at the kink." in text) == profile.notes
        assert "Work it out." in text
        assert "Differentiate" in text


def test_the_page_of_a_profile_shows_what_it_should():
    for profile in PROFILES.values():
        text = " ".join("".join(parsed(rendered("page", "html", profile.name)).itertext()).split())
        assert ("Quotient rule." in text) == profile.hints
        assert ("alone." in text) == (profile.answers or profile.solutions)
        assert ("Name the intermediate variable" in text) == profile.solutions
        assert ("Any value at the kink." in text) == profile.notes
        assert "Work it out." in text


@pytest.mark.parametrize("format", FRAGMENTS)
def test_a_fragment_is_one_problem(format):
    whole = sheet(format)
    texts = [render_problem(whole, problem, "fragments", format) for problem in whole.problems]
    assert "Week 3" not in "".join(texts)
    assert [("Name the intermediate variable" in text) for text in texts] == [True, True, False, False]
    assert "(a)" in texts[2]
    assert "2.5 points" in texts[2]
    assert "9 points" in texts[2]  # those of all parts
    student = sheet(format, "student")
    assert "alone" not in render_problem(student, student.problems[2], "fragments", format)


def test_the_words_are_those_of_the_language():
    text = render_sheet(sheet("latex", "student", lang="de"), "article", "latex")
    assert "(2,5 Punkte)" in text
    assert "(1 Punkt)" in text
    assert "points" not in text
    assert "(4 points)" in render_sheet(sheet("latex", "student", lang="de"), "article", "latex", lang="en")


def test_versions_are_told_apart():
    assert "Week 3: $f'$ \\& more (Version B, solutions)" in rendered("article", "latex", version="B")
    assert "more (Version B)" in rendered("handout", "markdown", "student", version="B")


@pytest.mark.parametrize("look", LATEX)
def test_an_error_of_tex_can_be_traced_to_its_problem(look):
    assert re.findall(r"^% problem: (.*)$", rendered(look, "latex"), re.MULTILINE) == [
        "chain",
        "neuron",
        "products",
        "proof",
    ]


# The documents --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("profile", "lang"), [("student", "en"), ("answers", "en"), ("key", "de")])
@pytest.mark.parametrize("look", LATEX)
def test_the_documents_compile_and_fit_the_page(look, profile, lang, pdflatex, tmp_path):
    log = compiled(pdflatex, tmp_path, rendered(look, "latex", profile, lang=lang))
    assert not re.search(r"Overfull|Missing character", log)


@pytest.mark.parametrize("profile", ["student", "key"])
@pytest.mark.parametrize("look", LATEX)
def test_a_document_compiles_although_no_problem_could_be_solved(look, profile, pdflatex, tmp_path):
    compiled(pdflatex, tmp_path, rendered(look, "latex", profile, problems=()), runs=2)


def test_the_article_needs_no_more_than_a_small_tex():
    packages = re.findall(r"\\usepackage(?:\[.*?\])?\{(.*?)\}", rendered("article", "latex"))
    assert set(",".join(packages).split(",")) <= {
        "geometry",
        "fontenc",
        "amsmath",
        "amssymb",
        "tikz",
        "babel",
        "lmodern",
    }


def test_the_exam_counts_points_and_leaves_room(pdflatex, tmp_path):
    student = rendered("exam", "latex", "student")
    assert r"\noprintanswers" in student
    assert r"\question[4]" in student
    assert r"\question\relax" in student
    assert r"\part[2\half]" in student
    assert r"\begin{solution}" not in student
    assert len(re.findall(r"\\vspace\{\d\.\dcm plus \d\.\dfill\}", student)) == 5
    compiled(pdflatex, tmp_path, student, runs=2)
    text = shown(tmp_path)
    assert "Name:" in text
    assert re.search(r"Points\s+4\s+6\s+3\s*1/2\s+3\s+16\s*1/2", text)
    key = rendered("exam", "latex", "key")
    assert r"\printanswers" in key
    assert key.count(r"\begin{solution}") == 5
    assert "fill}" not in key
    before, _, inside = key.partition(r"\begin{solution}")
    assert r"\textit{Hint 1.}" in before
    assert "Hint" not in inside.partition(r"\end{solution}")[0]


@pytest.mark.parametrize(
    ("points", "counted"), [("4", "4"), ("2.5", r"2\half"), ("0.5", r"\half"), ("2.50", r"2\half"), ("3.0", "3")]
)
def test_the_exam_class_counts_halves(points, counted):
    assert halves(points) == counted


def test_other_points_are_refused_by_the_exam_alone():
    odd = replace(problems("latex", "normal")[0], points="2.25")
    with pytest.raises(UnsupportedError, match="the exam class counts whole and half ones"):
        rendered("exam", "latex", problems=(odd,))
    assert "(2.25 points)" in rendered("article", "latex", problems=(odd,))


def test_many_problems_have_a_table_of_several_rows():
    many = tuple(replace(problems("latex", "normal")[3], id=f"p{k}", number=str(k)) for k in range(1, 24))
    assert r"\multirowgradetable{3}[questions]" in rendered("exam", "latex", "student", problems=many)


def slides(text: str) -> list[str]:
    """Return the frames of slides after the first, which has the title."""
    return [frame.partition(r"\end{frame}")[0] for frame in text.split(r"\begin{frame}")[2:]]


def test_slides_part_what_is_long(pdflatex, tmp_path):
    view, _ = views(solved("chain"), "latex")
    row = view.steps[1].rows[0]
    long = replace(view, steps=(replace(view.steps[1], rows=(row, *(replace(row, lhs=""),) * 11)),))
    text = rendered("slides", "latex", problems=(replace(problems("latex", "normal")[0], view=long, graph=None),))
    parts = slides(text)[1:4]
    assert [part.count("&= 3x^2") for part in parts] == [4, 4, 4]
    assert [part.count(r"\frac{du_1}{dx} &=") for part in parts] == [1, 1, 1]
    assert [part.count("(continued)") for part in parts] == [0, 1, 1]
    compiled(pdflatex, tmp_path, text)


def test_the_formula_stays_in_sight_and_the_answer_stands_out():
    worked = [frame for frame in slides(rendered("slides", "latex")) if r"\textbf{Answer.}" in frame or "1. " in frame]
    assert len(worked) == 5
    formulas = re.findall(r"^\[shrink\]\{Problem \d(?: \(a\))?\}\{\$(.*)\$\}$", "\n".join(worked), re.MULTILINE)
    assert [formula.partition(" = ")[0] for formula in formulas] == ["y", "y", "a", "a", "g(x)"]
    answers = [frame for frame in worked if r"\textbf{Answer.}" in frame]
    assert all(r"{answer}" in frame for frame in answers)


def test_steps_that_share_a_frame_appear_one_after_another():
    for frame in slides(rendered("slides", "latex")):
        steps = len(re.findall(r"\\textbf\{(?:\d\. |Solution|Answer)", frame))
        asked = r"\large" in frame
        assert frame.count(r"\pause") == (steps + frame.count(r"\textit{Hint") if asked else max(steps - 1, 0))


def test_a_part_stands_below_its_problem_on_a_slide():
    shown = slides(rendered("slides", "latex", "student"))
    assert [frame.count("Work it out.") for frame in shown] == [0, 0, 1, 1, 0]
    assert "Where is it $0$?" in shown[3]


def test_nothing_on_a_slide_is_made_much_smaller(pdflatex, tmp_path):
    log = compiled(pdflatex, tmp_path, rendered("slides", "latex"))
    shrunk = re.findall(r"shrunk by a factor of\s+([\d.]+)", log)
    assert all(float(percent) < 6 for percent in shrunk)


def pages(pdflatex: str, folder: Path, problems: list[ExerciseView], paper: str = "") -> list[list[str]]:
    """Return the lines of each page of a key, without its head and foot."""
    many = tuple(replace(e, id=f"p{k}", number=str(k)) for k, e in enumerate(problems, 1))
    text = rendered("exam", "latex", problems=many).replace("margin=2cm", f"{paper}margin=2cm")
    compiled(pdflatex, folder, text, runs=2)
    lines = [[line.strip() for line in page.splitlines() if line.strip()] for page in shown(folder).split("\f")]
    return [page[1:-1] for page in lines if page]


def test_no_page_of_a_key_ends_within_what_belongs_together(pdflatex, tmp_path):
    first, *others = problems("latex", "normal")[:3]
    some = [replace(e, graph=None, hints=e.hints[: k % 3]) for k in range(9) for e in (first, *others)]
    found = pages(pdflatex, tmp_path, some, "paperheight=15cm,")
    assert len(found) > 40
    for before, after in pairwise(found):
        assert not re.match(r"Solution|Hint|Each line checked|Note\.", after[0])
        assert not re.match(r"Solution\.$|\d+\. [A-Z]|Answer\.$", before[-1])


def test_a_long_display_may_go_on_on_the_next_page_of_a_key(pdflatex, tmp_path):
    view, _ = views(solved("chain"), "latex")
    step = replace(view.steps[1], rows=(view.steps[1].rows[0],) * 8)
    long = replace(problems("latex", "normal")[0], view=replace(view, steps=(step,)), graph=None)
    assert len(pages(pdflatex, tmp_path, [long] * 6)) < 6


@pytest.mark.parametrize("profile", PROFILES)
def test_the_page_is_well_formed_and_stands_alone(profile):
    page = rendered("page", "html", profile)
    tree = parsed(page)
    assert not re.search(r"<link|<img|\bsrc=|url\((?!#)|@import|https?:(?!//www\.w3\.org/)", page)
    assert not re.search(r"\{[{%#]", page)
    ids = [element.get("id") for element in tree.iter() if element.get("id", "").startswith("p-")]
    assert ids == ["p-chain", "p-neuron", "p-products", "p-products_a", "p-products_b", "p-proof"]
    assert tree.find(".//nav") is None
    assert tree.findtext("head/title", "").startswith("Week 3: f' & more")


def test_a_long_page_has_a_table_of_contents():
    many = tuple(replace(problems("html", "normal")[3], id=f"p{k}", number=str(k)) for k in range(1, 8))
    tree = parsed(rendered("page", "html", problems=many))
    targets = [link.get("href", "") for link in tree.findall(".//nav//a")]
    assert targets == [f"#p-p{k}" for k in range(1, 8)]
    assert {target[1:] for target in targets} <= {element.get("id") for element in tree.iter()}


def test_what_is_folded_is_printed_too(chromium, tmp_path):
    needed("pdftotext", shutil.which("pdftotext") is not None)
    tmp_path.joinpath("page.html").write_text(rendered("page", "html"), encoding="utf-8")
    command = [chromium, "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/u"]
    target = [f"--print-to-pdf={tmp_path}/sheet.pdf", f"file://{tmp_path}/page.html"]
    subprocess.run([*command, *target], capture_output=True, check=True, timeout=50)
    text = shown(tmp_path)
    for folded in ("Quotient rule.", "Name the intermediate variables", "Each line checked", "alone."):
        assert folded in text


@pytest.mark.parametrize("width", [900, 360])
def test_no_page_is_wider_than_its_window(width, chromium, tmp_path):
    page = rendered("page", "html").replace("<details", "<details open")
    script = "<script>document.documentElement.dataset.wide = document.documentElement.scrollWidth</script>"
    frame = f'<iframe id="f" style="border:0" width="{width}" height="900" src="page.html"></iframe>'
    tell = (
        "<script>onload = () => {document.body.dataset.wide ="
        " document.getElementById('f').contentDocument.documentElement.scrollWidth}</script>"
    )
    tmp_path.joinpath("page.html").write_text(page.replace("</body>", f"{script}</body>"), encoding="utf-8")
    tmp_path.joinpath("frame.html").write_text(f"<body>{frame}{tell}</body>", encoding="utf-8")
    command = [chromium, "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", "--dump-dom"]
    folder = [f"--user-data-dir={tmp_path}/u", "--virtual-time-budget=3000", f"file://{tmp_path}/frame.html"]
    done = subprocess.run([*command, *folder], capture_output=True, text=True, check=True, timeout=50)
    found = re.search(r'data-wide="(\d+)"', done.stdout)
    assert found is not None
    assert int(found[1]) <= width


# Hostile text ---------------------------------------------------------------------------------------------------------


def hostile(format: str) -> Sheet:
    """Return a sheet in which every text is hostile."""
    every = "\n\n".join(HOSTILE)
    said = {"statement": every, "solution": every, "notes": every, "hints": HOSTILE}
    parts = (exercise("p-a", "a", format, title=every, **said),)
    some = tuple(
        exercise(f"p{k}", str(k), format, title=typed, parts=parts if k == 1 else (), **said)
        for k, typed in enumerate(HOSTILE, 1)
    )
    heads = dict.fromkeys(("title", "course", "author", "date", "instructions"), every)
    return sheet(format, problems=some, **heads)


@pytest.mark.parametrize("look", LATEX)
def test_hostile_text_compiles(look, pdflatex, tmp_path):
    whole = hostile("latex")
    if look == "slides":  # where shrinking takes its time
        whole = replace(whole, problems=whole.problems[:2])
    log = compiled(pdflatex, tmp_path, render_sheet(whole, look, "latex"))
    assert not re.search(r"\(/etc|runsystem\(", log)
    assert not tmp_path.joinpath("PWNED").exists()


def test_hostile_text_is_text_in_html():
    whole = hostile("html")
    fragments = "".join(render_problem(whole, problem, "fragments", "html") for problem in whole.problems)
    for html, scripts in ((render_sheet(whole, "page", "html"), 1), (fragments, 0)):
        page = Page(html)
        known = "html head meta title style body main header nav ol li a article h1 h2 h3 h4 section details summary"
        assert set(page.tags) <= {*known.split(), "p", "span", "div", "strong", "em", "script"}
        assert page.tags.count("script") == scripts
        assert set(page.attributes) <= {"lang", "charset", "name", "content", "class", "id", "href", "aria-label"}
        assert not re.search(r"\{[{%#]", html)
    parsed(render_sheet(whole, "page", "html"))


def test_hostile_text_is_text_in_markdown():
    whole = hostile("markdown")
    document = render_sheet(whole, "handout", "markdown", flavor="pandoc")
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(document)
    headings = [token.tag for token in tokens if token.type == "heading_open"]
    assert headings == ["h1"] + ["h2"] * len(HOSTILE)
    kinds = {token.type for token in tokens} | {child.type for token in tokens for child in token.children or ()}
    assert kinds <= {
        "heading_open", "heading_close", "inline", "paragraph_open", "paragraph_close", "text", "text_special",
        "strong_open", "strong_close", "em_open", "em_close", "softbreak",
    }  # fmt: skip
    assert not re.search(r"\{[{%#]|-->|<!--", document)


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "../../x"},
        {"id": "<b>"},
        {"number": r"\input{x}"},
        {"points": r"4}\input{x}"},
        {"points": "٣"},
        {"points": "-1"},
    ],
)
def test_marks_that_are_printed_as_they_are_mean_nothing(changed):
    odd = replace(problems("latex", "normal")[0], **changed)
    with pytest.raises(DeriveError, match="that can be printed"):
        rendered("article", "latex", problems=(odd,))
    with pytest.raises(DeriveError, match="that can be printed"):
        render_problem(sheet("latex"), odd, "fragments", "latex")


# Templates of the user ------------------------------------------------------------------------------------------------


@pytest.fixture
def written(tmp_path) -> Callable[..., Path]:
    """Write templates into a folder of the user."""

    def write(**files: str) -> Path:
        for name, text in files.items():
            file = tmp_path / "mine" / name.replace("__", "/").replace("_", ".")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return tmp_path / "mine"

    return write


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("\n<< cycler.__init__.__globals__.os.popen('touch PWNED').read() >>", "__init__"),
        ("\n<< ('{0.__class__.__base__}'|attr('format'))(1) >>", "__class__"),
        ("\n<% set f='{0.__class__}'.format %><< [1]|map(f)|list|join >>", "No filter"),
        ("\n<< sheet.problems.append(1) >>", "append"),
        ("\n<% set x = [].append(1) %>", "unsafe"),
        ("\n<% for i in range(10**9) %>x<% endfor %>", "ange"),
        ("\n<% include '../../../etc/passwd' %>", "no template"),
        ("\n<% include '/etc/passwd' %>", "no template"),
        ("\n<% include 'secret.txt' %>", "no template"),
        ("\n<% include 'mine/document.tex.j2' %>", "without end"),
        ("\n<% macro m() %><< m() >><% endmacro %><< m() >>", "without end"),
        ("\n<< sheet.nothing >>", "nothing"),
        ("\n<< sheet.title ~ 'x' >>", "printed by itself"),
        ("\n<< sheet.title|e >>", "printed by itself"),
        ("\n<< sheet.title|upper >>", "printed by itself"),
        ("\n<< '%s'|format(sheet.title) >>", "printed by itself"),
        ("\n<< sheet.problems >>", "print its parts"),
        ("\n<< none >>", "print its parts"),
        ("\n<< 1 + 'x' >>", "unsupported operand"),
        ("\n<< 1 // 0 >>", "zero"),
        ("\n<% if %>", "Expected"),
        ("\n<< f.spell_inline.__globals__ >>", "__globals__"),
        ("\n<< self.__class__ >>", "__class__"),
    ],
)
def test_a_template_is_told_where_it_is_wrong(template, message, written, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = written(mine__document_tex_j2=template, secret_txt="secret")
    with pytest.raises(DeriveError) as caught:
        render_sheet(sheet("latex"), "mine", "latex", folders=[folder])
    assert message in caught.value.message
    line = "" if "without end" in message else ":2"
    assert f"document.tex.j2{line}: " in caught.value.message
    assert not tmp_path.joinpath("PWNED").exists()


def test_a_folder_of_the_user_shadows_file_by_file(written):
    folder = written(latex__sheet_j2="<% macro packages(s) %>P<% endmacro %><% macro head(s) %>HEAD<% endmacro %>")
    with pytest.raises(DeriveError, match=r"article/document\.tex\.j2:\d+: .*instructions"):
        render_sheet(sheet("latex"), "article", "latex", folders=[folder])
    folder.joinpath("latex", "sheet.j2").unlink()
    written(article__document_tex_j2="<< sheet.title|line >>: << sheet.problems|length >>")
    assert render_sheet(sheet("latex"), "article", "latex", folders=[folder]) == "Week 3: $f'$ \\& more: 4\n"
    assert r"\documentclass" in render_sheet(sheet("latex"), "article", "latex")


def test_a_folder_of_the_user_adds_looks(written):
    folder = written(
        cards__problem_md_j2="title: << problem.title|yaml >>\n<< problem.title|plain >>",
        sheet__document_html_j2='<a title="<< sheet.title|plain >>">',
        sheet__document_md_j2="<< sheet.title|line >>",
    )
    found = looks([folder])
    assert found["cards"] == ("cards", ("markdown",), True)
    assert found["sheet"] == ("sheet", ("markdown", "html"), False)
    assert set(found) == {"article", "exam", "handout", "page", "fragments", "slides", "cards", "sheet"}
    whole = sheet("markdown")
    card = render_problem(whole, whole.problems[0], "cards", "markdown", folders=[folder])
    assert card == 'title: "The chain rule"\nThe chain rule\n'
    html = render_sheet(sheet("html", title='"><script>'), "sheet", "html", folders=[folder])
    assert html == '<a title="&quot;&gt;&lt;script&gt;">\n'


def test_what_is_no_look_is_refused(written):
    for look in ("nothing", "../../../../etc/passwd", "a{0.__class__}", "latex", ""):
        with pytest.raises(UnsupportedError, match="there is no look"):
            render_sheet(sheet("latex"), look, "latex")
    with pytest.raises(UnsupportedError, match="no template for a whole sheet in the format markdown"):
        render_sheet(sheet("markdown"), "exam", "markdown")
    with pytest.raises(UnsupportedError, match="no template for each problem"):
        render_problem(sheet("latex"), problems("latex", "normal")[0], "exam", "latex")
    with pytest.raises(UnsupportedError, match="of documents and of problems"):
        looks([written(both__document_md_j2="", both__problem_md_j2="")])


def test_a_problem_that_an_output_cannot_set_is_named():
    view, _ = views(solved("chain"), "html")
    bad = replace(view, problem=replace(view.problem, formula=r"\nosuchcommand"))
    some = (problems("html", "normal")[3], replace(problems("html", "normal")[0], view=bad))
    whole = sheet("html", problems=some)
    with pytest.raises(UnsupportedError, match="nosuchcommand"):
        render_sheet(whole, "page", "html")
    assert list(faulty(whole, "page", "html")) == ["chain"]
    assert faulty(sheet("html"), "page", "html") == {}


# The files ------------------------------------------------------------------------------------------------------------


def test_the_hash_is_that_of_all_templates(written):
    none, folder = templates_hash(), written(mine__document_md_j2="a")
    one = templates_hash([folder])
    assert one == templates_hash([folder]) != none == templates_hash()
    written(mine__document_md_j2="b")
    assert templates_hash([folder]) != one
    written(mine__document_md_j2="a", mine__notes_txt="x")
    assert templates_hash([folder]) == one


def test_a_folder_that_others_may_write_is_told(written):
    folder = written(mine__document_md_j2="a")
    assert untrusted(folder) == ()
    (folder / "mine").chmod(0o777)
    assert untrusted(folder) == (f"{folder / 'mine'} can be written by everybody",)
    (folder / "mine").chmod(0o755)
    (folder / "mine" / "document.md.j2").chmod(0o666)
    assert len(untrusted(folder)) == 1


def test_nothing_that_computes_is_imported():
    code = "import sys, derive.writer.sheets; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"sympy", "numpy", "mpmath", "latex2sympy2", "yaml", "derive.expr", "derive.pipeline", "derive.derivation"}
    assert heavy & set(done.stdout.split()) == set()
