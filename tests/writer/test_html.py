"""The HTML page: mathematics as MathML, no LaTeX left, nothing from elsewhere, no page wider than a phone."""

from __future__ import annotations

import re
import subprocess
from xml.etree import ElementTree

import pytest

import derive
from derive.errors import UnsupportedError
from derive.expr.spelling import ACCENTS, ALPHABETS, ARROWS, LETTERS
from derive.writer.mathml import mathml

ENTITIES = '<!DOCTYPE html [<!ENTITY ApplyFunction "&#x2061;">]>'

PROBLEMS = {
    "chain": (r"y = \ln(\sin(x^3)^2)", {}),
    "neuron": (r"a = \max(0, wx + b)", {"wrt": ["w", "b"]}),
    "conditions": (r"y = \begin{cases} x^2 & x < 0 \\ \hat{a} x & x \ge 0 \end{cases}", {"wrt": "x"}),
    "jacobian": (r"\begin{bmatrix} r \cos t \\ r \sin t \end{bmatrix}", {"wrt": ["r", "t"], "task": "jacobian"}),
    "point": (r"f(t) = \sqrt{1 + \tan t}", {"at": "t = 0"}),
    "long": (r"y = \frac{x^3 \sin(x^2 + 1) + e^{-x} \cos(3x)}{(x^2 + 1)^3 + \ln(x^4 + 2)}", {}),
}  # fmt: skip


def page(name, **shown):
    latex, asked = PROBLEMS[name]
    return derive.render(derive.solve(latex, **asked), "html", **shown)


def parsed(text):
    assert text.startswith("<!DOCTYPE html>")
    return ElementTree.fromstring(text.replace("<!DOCTYPE html>", ENTITIES, 1))


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("detail", ["answer", "brief", "normal", "full"])
def test_page_is_well_formed_and_all_latex_became_mathml(name, detail):
    body = parsed(page(name, detail=detail)).find("body")
    text = "".join(body.itertext())
    assert body.findall(".//math")
    assert not re.search(r"[\\&$]|\dpt\]", text)


@pytest.mark.parametrize("name", PROBLEMS)
def test_page_stands_alone(name):
    assert not re.search(r"<script|<link|<img|\bsrc=|\bhref=|url\(|@import|https?:", page(name))


def test_the_graph_stands_where_the_derivatives_are_combined():
    latex, asked = PROBLEMS["chain"]
    article = parsed(derive.render(derive.solve(latex, **asked), "html", graph=True)).find("body//article")
    kinds = [child.tag for child in article]
    assert kinds.index("figure") == [child.findtext("h2", "")[:2] for child in article].index("3.") - 1
    assert article.findall("figure//{http://www.w3.org/2000/svg}svg")


def test_rows_and_their_reasons_stand_in_columns():
    tables = parsed(page("chain")).findall(".//mtable")
    rows = [["".join(cell.itertext()).replace("\xa0", " ") for cell in row] for row in tables[1]]
    assert [row[-1] for row in rows] == ["power rule", "sine", "power rule", "logarithm"]
    assert {len(row) for row in rows} == {4}


def test_text_is_escaped():
    hostile = r"\text{<script>alert(1)</script> \& <b title='x\"'>}"
    assert re.findall(r"<script|<b\b", mathml(hostile)) == []
    assert "<script>alert(1)</script>" in "".join(ElementTree.fromstring(mathml(hostile)).itertext())
    title = parsed(page("conditions")).find("head/title").text
    assert "x < 0" in title


def test_space_below_a_row_is_left_to_the_style_sheet():
    assert mathml(r"\begin{bmatrix} a \\[6pt] b \end{bmatrix}") == mathml(r"\begin{bmatrix} a \\ b \end{bmatrix}")


def test_a_command_that_cannot_be_written_is_an_error_with_a_remedy():
    with pytest.raises(UnsupportedError, match="nosuchcommand") as caught:
        mathml(r"\nosuchcommand{x}")
    assert "--format" in caught.value.hint


@pytest.mark.parametrize(
    "formula",
    [rf"\{x}" for x in sorted(LETTERS)]
    + [rf"\{x}{{x}}" for x in sorted(ACCENTS | ARROWS)]
    + [rf"\{x}{{L}}" for x in ALPHABETS],
)
def test_every_spelling_of_a_symbol_is_known(formula):
    assert mathml(formula).startswith("<math>")


MEASURE = """<script>addEventListener("load", () => {
  const math = [...document.querySelectorAll("math")].map(m => m.getBoundingClientRect());
  const scrolls = [...document.querySelectorAll(".display")].some(d => d.scrollWidth > d.clientWidth);
  document.documentElement.dataset.seen = [
    document.documentElement.scrollWidth <= innerWidth, math.every(r => r.width > 3 && r.height > 3), scrolls].join();
})</script>"""


@pytest.mark.parametrize(("width", "name", "scrolls"), [(360, "long", "true"), (900, "chain", "false")])
def test_the_page_is_never_wider_than_the_window(chromium, tmp_path, width, name, scrolls):
    file = tmp_path / "page.html"
    file.write_text(page(name).replace("</body>", MEASURE + "</body>"), encoding="utf-8")
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile"]
    command += [f"--window-size={width},900", "--dump-dom", file.as_uri()]
    seen = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert f'data-seen="true,true,{scrolls}"' in seen
