"""What is a fence and what only looks like one, compared with a parser of CommonMark that is not ours."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from derive.weave.blocks import Blocks
from tests.counted import calls

MARKDOWN_IT = MarkdownIt("commonmark")


def squeezed(text):
    return "".join(text.split())


def ours(document):
    """Return the fences of derive, and the comments that are blocks: line and content."""
    found = []
    for leaf in Blocks(document).leaves():
        is_fence = leaf.kind == "fence" and document[slice(*leaf.info)].strip().startswith("derive")
        if is_fence or leaf.kind == "comment":
            content = "".join(document[start:stop] for start, stop in leaf.pieces)
            found.append((leaf.first, squeezed(content)))
    return found


def theirs(document):
    found = []
    for token in MARKDOWN_IT.parse(document):
        is_fence = token.type == "fence" and token.info.strip().startswith("derive")
        if is_fence or (token.type == "html_block" and token.content.lstrip().startswith("<!--")):
            found.append((token.map[0], squeezed(token.content)))
    return found


FRAGMENTS = (
    *("```derive", "````derive", "~~~derive", "~~~", "```", "````", "> ", ">", "- ", "1. ", "2. ", "* ", "10) ", "-"),
    *("  ", "    ", "", "text", "# head", "---", "===", "***", "<div>", "</div>", "<a id='x'>", "<b>x</b>", "<?", "?>"),
    *("<!-- c -->", "<!-- ", "-->", "<pre>", "</pre>", "`code`", "+ x", "   ", "      "),
)
LINES = st.lists(st.lists(st.sampled_from(FRAGMENTS), max_size=3).map("".join), max_size=9)


@settings(max_examples=500, derandomize=True)  # one document in ten thousand is not read by CommonMark over there
@given(LINES)
def test_fences_and_comments_are_those_of_commonmark(lines):
    document = "\n".join(lines) + "\n"
    assert ours(document) == theirs(document)


@pytest.mark.parametrize(
    "document",
    [
        '!!! note "Solution"\n\n    ```derive wrt=x\n    y\n    ```\n',
        "??? question\n    ```derive wrt=x\n    y\n    ```\n",
        '=== "One"\n\n    ```derive wrt=x\n    y\n    ```\n',
        "Words.[^1]\n\n[^1]: A note.\n\n    ```derive wrt=x\n    y\n    ```\n",
        "Term\n:   Its meaning.\n\n    ```derive wrt=x\n    y\n    ```\n",
        "````{dropdown} Solution\n```derive wrt=x\ny\n```\n````\n",
        "::::{exercise}\n:label: one\n\n```derive wrt=x\ny\n```\n::::\n",
        "::: {.callout-tip}\n```derive wrt=x\ny\n```\n:::\n",
        "-\t```derive wrt=x\n\ty\n\t```\n",
    ],
)
def test_what_the_dialects_hold_prose_in_may_hold_a_block(document):
    (fence,) = [leaf for leaf in Blocks(document).leaves() if leaf.kind == "fence"]
    assert document[slice(*fence.info)] == "derive wrt=x"
    assert [document[start:stop] for start, stop in fence.pieces] == ["y"]
    assert fence.closed


@pytest.mark.parametrize(
    "document",
    [
        "````markdown\n```derive wrt=x\ny\n```\n````\n",
        "```{code-block} md\n```derive wrt=x\ny\n",
        "words\n\n    ```derive wrt=x\n    y\n    ```\n",
        "`````{note}\n````md\n```derive wrt=x\n```\n````\n`````\n",
        "<script>\n```derive wrt=x\n```\n</script>\n",
        "<div>\n```derive wrt=x\n```\n</div>\n",
    ],
)
def test_what_shows_code_holds_no_block(document):
    fences = [leaf for leaf in Blocks(document).leaves() if leaf.kind == "fence"]
    assert not [f for f in fences if document[slice(*f.info)].startswith("derive")]


PROSE = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore.\n"
LONG = {
    "prose": (PROSE * 40 + "\n- item\n\n  more\n\n> quote\n\n```derive wrt=x\ny = x\n```\n\n"),
    "lines": "\n",
    "openers": "<!-- derive: wrt=x -->\n$$ a\n",
    "fences": "> ```\n",
    "comments": "<!-- \n",
    "tabs": "\t- \t> x\n",
    "items": "- " * 500 + "x\n",
}


@pytest.mark.parametrize("name", LONG)
def test_the_cost_is_linear(name):
    unit = LONG[name]
    short, long = (unit * (size // len(unit)) for size in (20_000, 80_000))
    assert calls(lambda: list(Blocks(long).leaves())) < 5 * calls(lambda: list(Blocks(short).leaves()))


@pytest.mark.parametrize("name", LONG)
def test_long_documents_come_to_an_end(name):
    assert any(Blocks(LONG[name] * (400_000 // len(LONG[name]))).leaves())
