"""Blocks in Markdown, form by form: what becomes of them, and what is said where something is wrong."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.weave.escapes import escaped, unescaped
from derive.weave.model import Failure
from derive.weave.weaving import How
from tests.weave.fakes import Engine, woven

SOLUTION = "**Problem.** Of size {}.\n\n$$\n\\begin{{aligned}}\nx &= {} \\\\\n - y\n\\end{{aligned}}\n$$"


def asked(document, **how):
    """Return the only request that a document makes."""
    engine = Engine()
    result = woven(document, how=How(**how), engine=engine)
    assert not result.errors, result.errors[0].report()
    (request,) = engine.requests
    return request


def fault(document, name="notes.md"):
    """Return the only error of a document, which stays as it is."""
    result = woven(document, name)
    (error,) = result.errors
    assert result.text == document
    return error


def test_a_fence_becomes_its_solution_and_is_kept_in_a_comment():
    result = woven("Before.\n```derive wrt=x detail=brief\ny = x^2\n```\nBehind.\n").text
    before, rest = result.split("<!-- derive:begin wrt=x detail=brief\ny = x^2\n-->\n\n")
    solution, end = rest.split("\n\n<!-- derive:end ")
    assert before == "Before.\n\n"
    assert solution == SOLUTION.format(13, 13)
    assert end[25:] == " -->\n\nBehind.\n"


def test_a_solution_stands_in_the_container_of_its_formula():
    result = woven("> 1. ~~~derive wrt=x\n>    y = x\n>    ~~~\n").text
    assert result.startswith("> 1. <!-- derive:begin wrt=x\n>    y = x\n>    -->\n>\n>    **Problem.**")
    assert all(line.startswith(">    ") or line == ">" for line in result.splitlines()[1:])


def test_a_display_is_followed_by_its_solution():
    document = "<!-- derive: wrt=x -->\n$$\ny = x^2\n$$\nwhere x > 0.\n"
    result = woven(document).text
    assert result.startswith("<!-- derive: wrt=x -->\n$$\ny = x^2\n$$\n\n<!-- derive:begin -->\n\n**Problem.**")
    assert result.endswith(" -->\n\nwhere x > 0.\n")


@pytest.mark.parametrize(
    ("display", "formula"),
    [
        ("$$ y = x $$", "y = x"),
        ("$$\ny = x\n$$ {#eq-one}", "y = x"),
        ("$$\ny = x\n$$ (one)", "y = x"),
        ("\\[\n  y\n  = x\n\\]", "y\n  = x"),
        ("\\\\[ y = x \\\\]", "y = x"),
        ("```math\ny = x\n```", "y = x"),
        ("```{math}\n:label: one\n\ny = x\n```", "y = x"),
        ("\\begin{align*}\ny &= x\n\\end{align*}", "\\begin{align*}\ny &= x\n\\end{align*}"),
    ],
)
@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_displays(display, formula, between):
    assert asked(f"<!-- derive: wrt=x -->{between}{display}\n").latex == formula


@pytest.mark.parametrize(
    "fence",
    [
        "```derive wrt=x detail=brief let='a > 0' let=\"b > 0\" oracle\ny\n```",
        "``` derive wrt = x, detail = brief, let={a > 0}, let={b > 0}, oracle=yes\ny\n```",
        "```{derive} wrt=x\n:detail: brief\n:let: a > 0\n:let: b > 0\n:oracle:\n\ny\n```",
        "```{.derive wrt=x detail=brief let='a > 0' let='b > 0' oracle=true}\ny\n```",
        "```{.numberLines .derive wrt=x detail=brief let='a > 0' let='b > 0' oracle=on}\ny\n```",
        "```derive\nwrt: x\ndetail: brief\nlet: [a > 0, b > 0]\noracle: yes\n---\ny\n```",
        "```{derive}\n---\nwrt: x\ndetail: brief\nlet:\n  - a > 0\n  - b > 0\noracle: on\n---\n\ny\n```",
        "<!-- derive: wrt=x detail=brief\n  let='a > 0' let='b > 0'\n  oracle -->\n$$y$$",
    ],
)
def test_the_ways_to_give_options(fence):
    request = asked(fence)
    assert request.latex == "y"
    assert request.options == {"wrt": ("x",), "let": ("a > 0", "b > 0"), "oracle": True}
    assert request.shown == {"detail": "brief", "flavor": "dollar"}


@pytest.mark.parametrize(
    "info", ["derivex", "python derive", "{python derive}", "{.python}", "deriv", "Derive", "{derived}"]
)
def test_other_fences_are_left_alone(info):
    document = f"```{info}\ny\n```\n<!-- derived: wrt=x -->\n$$y$$\n<!-- derive -->\n"
    result = woven(document)
    assert (result.text, result.errors) == (document, ())


@pytest.mark.parametrize(
    "info",
    ["derive", "derive wrt=x", "{derive} wrt=x", "{derive}", "{.derive wrt=x}", "derive {#slope wrt=x}", "derive{#a}"],
)
def test_the_head_of_a_fence_is_read_again_when_the_solution_follows_it(info):
    document, follow = f"```{info}\ny\n```\n", How(flags={"mode": "follow"})
    kept, engine = woven(document).text, Engine()
    once = woven(kept, how=follow, engine=engine)
    assert not once.errors
    assert woven(once.text, how=follow, engine=engine).text == once.text
    assert engine.requests == [asked(document)]
    assert woven(once.text).text == kept


def test_a_label_is_an_anchor_in_each_flavor():
    document = "```derive wrt=x label=loss\ny\n```\n"
    anchors = {"dollar": '<a id="loss"></a>', "myst": "(loss)=\n", "quarto": "[]{#loss}"}
    for flavor, anchor in anchors.items():
        assert f"{anchor}**Problem.**" in woven(document, how=How(flags={"flavor": flavor})).text
    assert asked(document).label == "loss"
    assert asked("```{.derive #loss}\ny\n```").label == "loss"
    assert "no label" in fault("```derive label='\"><script>'\ny\n```\n").message


def test_the_flavor_is_that_of_the_kind_of_document():
    for name, flavor in {"a.md": "dollar", "a.qmd": "quarto", "a.Rmd": "pandoc"}.items():
        engine = Engine()
        woven("```derive\ny\n```\n", name, engine=engine)
        assert engine.requests[0].shown["flavor"] == flavor


def test_in_mdx_comments_are_those_of_mdx():
    document = "{/* derive: wrt=x */}\n$$ y $$\n\n```derive wrt=x\nz = a*/b\n```\n"
    once = woven(document, "a.mdx")
    assert once.text.count("{/* derive:begin") == once.text.count("{/* derive:end") == 2
    assert "<!--" not in once.text
    assert woven(once.text, "a.mdx").text == once.text
    engine = Engine()
    woven(once.text, "a.mdx", How(again=True), engine)
    assert engine.seen == ["y", "z = a*/b"]


def test_declarations_hold_for_what_follows():
    document = r"""
```derive wrt=x
y = u
```
<!-- derive: let='u = x^2' let='v = x' let='a, b \in \mathbb{R}^n' -->

```derive wrt=x
y = u
```
<!-- derive: let='u = x^3' notation=paper -->

$$ not = ours $$

```derive wrt=x let='b > 0'
y = u b
```
"""
    engine = Engine()
    result = woven(document, engine=engine)
    assert not result.errors
    sets = (r"a \in \mathbb{R}^n", r"b \in \mathbb{R}^n")
    lets = [set(r.options.get("let", ())) for r in engine.requests]
    assert lets == [set(), {"u = x^2", *sets}, {"u = x^3", "b > 0", *sets}]
    assert [r.options.get("notation") for r in engine.requests] == [None, None, "paper"]


def test_what_is_nearer_goes_before_what_is_farther():
    document = (
        "---\ntitle: 'x: y'\nderive:\n  detail: brief\n  flavor: gfm\nother: [\n---\n```derive detail=full\ny\n```\n"
    )
    config = {"detail": "answer", "flavor": "hugo", "width": 30.0, "let": ("y > 0",)}
    request = asked(document, config=config)
    assert request.shown == {"detail": "full", "flavor": "gfm", "width": 30.0}
    assert asked(document, config=config, flags={"detail": "normal"}).shown["detail"] == "normal"
    assert request.options == {"let": ("y > 0",)}


@pytest.mark.parametrize(
    "front",
    [
        "---\nderive:\n  let: ['\\theta > 0']\n  log-base: 10\n---\n",
        "---\nderive: {let: '\\theta > 0', log-base: '10'}\n...\n",
        "+++\ntitle = 'x'\n[derive]\nlet = ['\\theta > 0']\nlog_base = 10\n[extra]\nother = 1\n+++\n",
    ],
)
def test_front_matter(front):
    request = asked(f"{front}```derive\ny = \\theta\n```\n")
    assert request.options == {"let": ("\\theta > 0",), "log_base": "10"}


def test_what_is_to_be_skipped_stays_as_it_is():
    for document in (
        "```derive skip\ny\n```\n",
        "<!-- derive: skip wrt=x -->\n$$ y $$\n",
        "---\nderive:\n  skip: yes\n---\n```derive\ny\n```\n",
    ):
        result = woven(document)
        assert (result.text, result.errors, result.blocks) == (document, (), 0)
    once = woven("```derive wrt=x\ny\n```\n").text
    skipped = once.replace("derive:begin wrt=x", "derive:begin wrt=x skip").replace("\ny\n", "\nz\n")
    assert woven(skipped).text == skipped


def test_elsewhere_a_document_has_no_markers():
    document = "Words.\n```derive wrt=x\ny\n```\nMore.\n<!-- derive: wrt=x -->\n$$ y $$\n"
    result = woven(document, how=How(markers=False)).text
    solution = SOLUTION.format(7, 7)
    assert result == f"Words.\n\n{solution}\n\nMore.\n<!-- derive: wrt=x -->\n$$ y $$\n\n{solution}\n"
    assert woven(woven(document).text, how=How(markers=False)).text == result


# What is wrong --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "line", "column"),
    [
        ("```derive\ny = x +\n  \\foo\n```\n", 3, 3),
        ("\n> - ```derive wrt=x\n>   y + \\foo\n>   ```\n", 3, 9),
        ("```{derive}\r\n:wrt: x\r\n\r\n  \\foo\r\n```\r\n", 4, 3),
        ("<!-- derive: wrt=x -->\n$$ y = \\foo $$\n", 2, 8),
        ("<!-- derive: wrt=x -->\n\\begin{align}\n\t\\foo\n\\end{align}\n", 3, 2),
        ("```derive wtr=x\ny\n```\n", 1, 11),
        ("```derive\nwrt: x\ndetial: brief\n---\ny\n```\n", 3, 1),
        ("```{derive}\n:detail: breif\ny\n```\n", 2, 10),
        ("```derive order=0\ny\n```\n", 1, 17),
        ("```derive wrt=x let='a\ny\n```\n", 1, 21),
        ("<!-- derive: wrt=x -->\n\nWords.\n", 1, 1),
        ("<!-- derive: wrt=x -->\n$$\ny\n\n$$\n", 2, 1),
        ("<!-- derive: wrt=x -->\n$$ y $$ is inline\n", 2, 1),
        ("```derive\ny\n", 1, 1),
        ("```derive wrt=x\n\n```\n", 1, 1),
        ("---\nderive:\n  flavour: gfm\n---\n```derive\ny\n```\n", 3, 3),
        ('---\nderive:\n  let: "\\theta > 0"\n---\n```derive\ny\n```\n', 3, 9),
        ("---\nderive: &a\n  let: *a\n---\n```derive\ny\n```\n", 2, 9),
        ("+++\n[derive]\nlet = '''\n+++\n```derive\ny\n```\n", 3, 10),
        ("<!-- derive: notation=../../secrets.yaml -->\n$$ y $$\n", 1, 23),
        ("```derive macros=secrets.tex\ny\n```\n", 1, 18),
    ],
)
def test_errors_point_into_the_document(document, line, column):
    error = fault(document)
    assert (error.line, error.column) == (line, column), error.report()
    assert error.report().startswith(f"notes.md:{line}:{column}: error[D")


def test_an_error_in_a_declaration_points_at_it():
    def engine(requests):
        return [Failure("D101", "wrong", "", "a > 0", 2, 3) for _ in requests]

    for document, column in (
        ("<!-- derive: let='a > 0' -->\n\n```derive\na\n```\n", 21),
        ("```derive let='a > 0'\na\n```\n", 18),
    ):
        (error,) = woven(document, engine=engine).errors
        assert (error.line, error.column, error.code) == (1, column, "D101")


def test_one_failing_block_costs_the_others_nothing():
    document = "```derive\n\\foo\n```\n\n```derive\ny\n```\n\n```derive bad\nz\n```\n"
    result = woven(document)
    assert result.blocks == 1
    assert [error.line for error in result.errors] == [2, 9]
    assert result.text.startswith("```derive\n\\foo\n```\n\n<!-- derive:begin\ny\n-->")
    assert result.text.endswith("-->\n\n```derive bad\nz\n```\n")


def test_a_failing_block_keeps_the_solution_it_had():
    once = woven("```derive\ny\n```\n").text
    broken = once.replace("\ny\n", "\n\\foo\n")
    result = woven(broken)
    assert result.text == broken
    assert [error.line for error in result.errors] == [2]


def test_a_solution_that_was_changed_by_hand_is_kept():
    once = woven("```derive\ny\n```\n").text
    changed = once.replace("Of size 1.", "Of no size.")
    result = woven(changed)
    assert result.text == changed
    assert "by hand" in result.errors[0].message
    assert woven(changed, how=How(again=True)).text == once
    emptied = once[: once.index("**Problem")] + once[once.index("<!-- derive:end") :]
    assert woven(emptied).text == once


def test_spaces_around_a_solution_are_no_change():
    once = woven("- ```derive\n  y\n  ```\n").text
    for other in (once.replace("\n", "\r\n"), once.replace("\n\n", "\n\n\n"), once.replace("\n  ", "\n   ")):
        result = woven(other)
        assert (result.text, result.errors) == (other, ())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"<!-- derive:end \w+ \w+ -->\Z", ""),
        (r"<!-- derive:end \w+ \w+ -->", "<!-- derive:end -->"),
        (r"<!-- derive:end \w+ \w+ -->", ""),
        (r"<!-- derive:begin -->", ""),
        (r"<!-- derive:begin\n", ""),
        (r"<!-- derive:begin -->", "Words.\n\n<!-- derive:begin -->"),
        (r"<!-- derive: wrt=x -->", ""),
        (r"\ny\n-->", "\ny"),
        (r"\ny\n-->", "\ny --> more"),
    ],
)
def test_a_document_with_other_markers_is_not_touched(old, new):
    once = woven("Words.\n\n<!-- derive: wrt=x -->\n$$ y $$\n\n```derive\ny\n```").text
    broken = re.sub(old, new, once, count=1)
    assert broken != once
    result = woven(broken)
    assert (result.text, result.refused, result.stale, len(result.errors)) == (broken, True, False, 1)
    assert result.errors[0].line > 1


def test_a_template_cannot_write_markers():
    result = woven("```derive\ny\n```\n", engine=lambda requests: ["<!-- derive:end x -->" for _ in requests])
    assert "mend the template" in result.errors[0].hint


# Comments -------------------------------------------------------------------------------------------------------------


class Comments(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found: list[str] = []
        self.data: list[str] = []

    def handle_comment(self, data):
        self.found.append(data)

    def handle_data(self, data):
        self.data.append(data)


@given(st.text(st.sampled_from("-->!<{%#&45;32*/ab \\")))
def test_a_text_in_a_comment_ends_no_comment_and_begins_nothing(text):
    spelled = escaped(text)
    assert unescaped(spelled) == text
    assert not any(sign in spelled for sign in ("--", "{{", "{%", "{#", "*/"))
    parser = Comments()
    parser.feed(f"<!-- {spelled} -->behind")
    parser.close()
    assert parser.found == [f" {spelled} "]
    assert parser.data == ["behind"]
