"""The graph of a working: what is in it, and that no picture of it has anything on top of something else."""

from __future__ import annotations

import re
import subprocess
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

import derive
from derive.derivation import Definition, Derivation, Problem, Scope, Step, Task
from derive.errors import LimitError
from derive.expr.interning import interning
from derive.expr.nodes import Entry, Expr, Integer, Sum, SumOver, Symbol
from derive.expr.shapes import shape
from derive.writer.graph import LARGEST, graph
from derive.writer.graph_layout import PAGE, Link, layers_of, layout
from derive.writer.records import Size
from derive.writer.render import PICTURES

PROBLEMS = {
    "chain": (r"y = \ln(\sin(x^3)^2)", {"wrt": "x"}),
    "direct": (r"y = x^2", {}),
    "number": (r"y = 3", {"wrt": "x"}),
    "neuron": (r"a = \max(0, wx + b)", {"wrt": ("w", "b")}),
    "columns": (r"f = (x^2 y, \sin(xy))", {"wrt": ("x", "y"), "task": "jacobian"}),
    "second": (r"y = e^{x^2}", {"order": 2}),
    "names": (r"y = \frac{\alpha \hat{x}_\max \sin(\alpha x) + \beta |x|}{1 + x_{\mathrm{rate}}^2}", {"wrt": "x"}),
    "operators": (
        r"y = \frac{a\sin(x^2 + t) e^{bx + 1}}{\ln(x) + \sqrt{cx^2 + t^2}}",
        {"wrt": ("x", "t"), "grain": "operator"},
    ),
}


@pytest.fixture(params=PROBLEMS)
def solution(request):
    latex, options = PROBLEMS[request.param]
    return derive.solve(latex, **options)


def graph_of(solution):
    with interning(solution.problem.table):
        return graph(solution)


def worked(name):
    latex, options = PROBLEMS[name]
    return derive.solve(latex, **options)


# What is in it --------------------------------------------------------------------------------------------------------


def test_nodes_and_edges_of_a_neuron():
    found = graph_of(worked("neuron"))
    assert [(n.name.text, n.kind) for n in found.nodes] == [
        ("w", "variable"), ("x", "constant"), ("b", "variable"), ("u", "intermediate"), ("a", "function"),
    ]  # fmt: skip
    assert [(e.source.name.text, e.target.name.text, e.strong, e.label.text) for e in found.edges] == [
        ("w", "u", True, "∂u/∂w = x"),
        ("x", "u", False, ""),
        ("b", "u", True, "∂u/∂b = 1"),
        ("u", "a", True, "da/du = {0 if u ≤ 0; 1 if u > 0}"),
    ]
    assert [n.rows[0].latex for n in found.nodes[3:]] == ["u = wx + b", r"a = \max(0, u)"]
    assert {n.caption.text for n in found.nodes} == {""}


def test_only_the_first_derivative_is_in_the_graph():
    assert [n.name.text for n in graph_of(worked("second")).nodes] == ["x", "u", "y"]


def test_each_component_is_a_function():
    assert [n.name.text for n in graph_of(worked("columns")).nodes if n.kind == "function"] == ["f₁", "f₂"]


def test_a_wide_derivative_is_only_named():
    formula = r"y = \sin(x) + \ln(x) + e^x + \cos(x) + x^2 + x^3 + \sqrt{x} + \tan(x)"
    (edge,) = graph_of(derive.solve(formula)).edges
    assert edge.label == edge.derivative
    assert edge.label.text == "dy/dx"


def test_a_long_definition_is_broken():
    formula = r"y = \sin(x) + \ln(x) + e^x + \cos(x) + x^2 + x^3 + \sqrt{x} + \tan(x)"
    rows = graph_of(derive.solve(formula)).nodes[-1].rows
    assert len(rows) > 1
    assert rows[1].latex.startswith("+ ")
    assert max(row.size.width for row in rows) < 0.6 * PAGE


def test_shapes_and_ranges_of_vectors_and_data():
    problem = Problem("", Integer(0), Task())
    with interning(problem.table):
        w, n = Symbol("w", shape=shape("n")), Symbol("N", kind="dimension")
        i, data = Symbol("i", kind="index"), Symbol("y", kind="family", shape=shape("N"))
        one, loss = Symbol("v", subscript="i"), Symbol("C")
        member: Expr = Sum((Entry(w, (Integer(1),)), Entry(data, (i,))), (1, -1))
        definitions = (Definition(one, member), Definition(loss, SumOver("sum", i, Integer(1), n, one)))
        problem = Problem("", loss, Task(wrt=((w,),)), table=problem.table)
        found = graph(Derivation(problem, "", (Step("define", (), Scope(definitions, (w,))),), ()))
    assert {f.name.text: (f.kind, f.caption.text) for f in found.nodes} == {
        "w": ("variable", "n"),
        "yᵢ": ("constant", "1, i = 1, …, N"),
        "vᵢ": ("intermediate", "1, i = 1, …, N"),
        "C": ("function", "1"),
    }
    assert [e.strong for e in found.edges] == [True, False, True]


def test_too_large_a_graph_is_refused():
    formula = " + ".join(f"a_{{{i}}}" for i in range(LARGEST)) + " + x"
    with pytest.raises(LimitError, match=str(LARGEST)):
        derive.render(derive.solve(formula, wrt="x"), "svg")


# The layout -----------------------------------------------------------------------------------------------------------

SIZES = st.builds(Size, st.floats(1, 20), st.floats(1, 6))


@st.composite
def drawings(draw):
    boxes = draw(st.lists(SIZES, min_size=3, max_size=15))
    pairs = st.sampled_from(list(combinations(range(len(boxes)), 2)))
    ends = draw(st.lists(pairs, unique=True, min_size=2, max_size=25))
    return boxes, [Link(a, b, draw(st.none() | SIZES)) for a, b in ends]


def rectangle(centre, size, margin=0.0):
    (x, y), (w, h) = centre, size
    return (x - w / 2 + margin, y - h / 2 + margin, x + w / 2 - margin, y + h / 2 - margin)


def on_stroke(stroke, steps=12):
    """Yield points of the curves of a stroke."""
    for k in range(0, len(stroke) - 1, 3):
        a, b, c, d = stroke[k : k + 4]
        for t in (i / steps for i in range(steps + 1)):
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            yield tuple(sum(w * p[i] for w, p in zip(weights, (a, b, c, d), strict=True)) for i in (0, 1))


def is_within(point, box):
    return box[0] < point[0] < box[2] and box[1] < point[1] < box[3]


@given(drawings())
def test_nothing_lies_on_top_of_anything_else(drawing):
    boxes, links = drawing
    found = layout(boxes, links)
    labels = [(at, link.label) for at, link in zip(found.labels, links, strict=True) if link.label]
    things = [*zip(found.boxes, boxes, strict=True), *labels]
    rectangles = [rectangle(at, size, 1e-6) for at, size in things]
    for a, b in combinations(rectangles, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
    for line in found.lines:
        for point in (p for stroke in line for p in on_stroke(stroke)):
            assert not any(is_within(point, box) for box in rectangles)
    for x0, y0, x1, y1 in rectangles:
        assert min(x0, y0) >= 0
        assert x1 <= found.size.width
        assert y1 <= found.size.height


@given(drawings())
def test_lines_join_their_boxes_in_the_direction_of_the_layers(drawing):
    boxes, links = drawing
    found = layout(boxes, links)
    ranks = layers_of(len(boxes), links)
    ahead = (lambda p: -p[1]) if found.upward else (lambda p: p[0])
    for link, line in zip(links, found.lines, strict=True):
        assert ranks[link.source] < ranks[link.target]
        assert len(line) == (2 if link.label else 1)
        points = [point for stroke in line for point in stroke]
        assert all(ahead(a) <= ahead(b) + 1e-9 for a, b in pairwise(points))
        for box, end in ((link.source, points[0]), (link.target, points[-1])):
            assert is_within(end, rectangle(found.boxes[box], boxes[box], -1e-6))


def test_what_fits_goes_from_left_to_right():
    boxes = [Size(5, 2)] * 3
    assert not layout(boxes, [Link(0, 1), Link(1, 2)]).upward
    assert layout(boxes, [Link(0, 1), Link(1, 2, Size(PAGE, 2))]).upward


def test_two_ways_do_not_cross_without_need():
    found = layout([Size(2, 1)] * 4, [Link(0, 3), Link(1, 2)])
    assert (found.boxes[0][1] < found.boxes[1][1]) == (found.boxes[3][1] < found.boxes[2][1])


# The pictures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [*PICTURES, "text"])
def test_every_picture_says_all_of_the_graph(solution, form):
    page = derive.render(solution, form, graph=True)
    for form_ in ("mermaid", "svg"):
        page = page if form != form_ else unescaped(page).replace("−", "-")
    found = graph_of(solution)
    for f in [*(row for n in found.nodes for row in n.rows), *(e.label for e in found.edges)]:
        assert (f.latex if form == "tikz" else f.text) in page


def unescaped(page):
    page = re.sub(r"#(\d+);", lambda m: chr(int(m[1])), page)
    return page.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&")


def test_svg_is_xml_and_stands_alone(solution):
    page = derive.render(solution, "svg")
    root = ElementTree.fromstring(page)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(root.get("viewBox").split()) == 4
    assert "script" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    boxes = [r for r in root.iter("{http://www.w3.org/2000/svg}rect") if r.get("class") != "ground"]
    assert len(boxes) == len(graph_of(solution).nodes)


def test_mermaid_takes_no_sign_of_a_label_for_its_own():
    page = derive.render(worked("neuron"), "mermaid")
    labels = re.findall(r'"(.*?)"', page)
    assert len(labels) == len(re.findall(r'"', page)) / 2
    assert not [label for label in labels if re.search(r"[<>{}|\[\]`]|(?<!\d);", label.replace("<br>", ""))]


@pytest.mark.usefixtures("pdflatex")
@pytest.mark.parametrize("name", ["names", "operators", "number"])
def test_tikz_compiles(name, tmp_path):
    source = tmp_path / "page.tex"
    source.write_text(derive.render(worked(name), "tex", graph=True), encoding="utf-8")
    command = ["pdflatex", "-no-shell-escape", "-halt-on-error", "-interaction=batchmode", source.name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    log = source.with_suffix(".log").read_text("utf-8", errors="replace")
    assert done.returncode == 0, log[-2000:]
    assert not re.search(r"Overfull .* in paragraph", log)  # a display says: detected at line


@pytest.mark.parametrize(
    ("form", "sign"),
    [("markdown", "```mermaid\nflowchart"), ("latex", r"\begin{tikzpicture}"), ("tex", r"\usepackage{tikz}"),
     ("text", "└──")],
)  # fmt: skip
@pytest.mark.parametrize("name", ["direct", "neuron"])
def test_the_page_shows_the_graph_only_when_asked(name, form, sign):
    solution = worked(name)
    assert derive.render(solution, form, graph=True).count(sign) >= 1
    assert sign not in derive.render(solution, form)


def test_terminal_text_fits_in_80_columns(solution):
    page = derive.render(solution, "text", graph=True)
    start = page.index("What depends on what")
    block = page[start:].split("\n\n")[1]
    assert max(map(len, block.splitlines())) <= 80


def test_a_picture_in_a_web_page_has_mathematics_and_one_by_itself_has_plain_letters():
    solution = derive.solve(r"(y - \mathbf{w} \cdot \mathbf{x})^2", wrt=r"\mathbf{w}")
    page, alone = derive.render(solution, "html", graph=True), derive.render(solution, "svg")
    figure = page[page.index("<figure>") : page.index("</figure>")]
    assert "<foreignObject" in figure
    assert "<math" in figure
    assert "<text" not in figure
    assert "<foreignObject" not in alone
    assert "v = y − w · x" in alone
