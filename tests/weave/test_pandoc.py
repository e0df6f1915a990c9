"""The filter for pandoc: which blocks it takes, what it takes for their options, and what it says when one is wrong.

What comes of real solutions is tested with the sample sites.
"""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.errors import OutputError
from derive.weave.model import Failure, Outcome, Request
from derive.weave.pandoc import filtered, read_by_pandoc
from derive.weave.said import DocumentError
from derive.weave.session import Options
from tests.conftest import needed


class Fake:
    """Solves formulas by saying what was asked; one with a question mark in it has no solution."""

    def __init__(self, answer: str = "Solved.") -> None:
        self.options, self.answer, self.asked = Options(flags={"flavor": "pandoc"}), answer, list[Request]()

    def solved(self, *requests: Request) -> Sequence[Outcome]:
        self.asked += requests
        return [self.failure(r) if "?" in r.latex else self.answer for r in requests]

    def failure(self, request: Request) -> Failure:
        at = request.latex.index("?")
        return Failure("D101", "what is this?", "leave it out", request.latex, at, at + 1)


@pytest.fixture(scope="module")
def pandoc() -> str:
    needed("pandoc", shutil.which("pandoc") is not None)
    return "pandoc"


def tree(text: str) -> Any:
    done = subprocess.run(["pandoc", "-t", "json"], input=text, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def run(text: str, fake: Fake | None = None) -> tuple[str, list[DocumentError], bool, list[Request]]:
    """Return the document as Markdown, what is wrong, whether to go on, and what was asked."""
    document, fake = tree(text), fake or Fake()
    errors, keep_going = filtered(document, fake, Path.cwd(), read_by_pandoc)  # type: ignore[arg-type]
    command = ["pandoc", "-f", "json", "-t", "markdown", "--wrap=preserve"]
    done = subprocess.run(command, input=json.dumps(document), capture_output=True, text=True, check=True)
    return done.stdout, errors, keep_going, fake.asked


EVERYWHERE = r"""
```{.derive wrt=x #first}
a
```

1.  One.

    - Two.

      ```{.derive wrt="\mathbf{x}" detail=brief}
      b
      ```

> ::: box
> ~~~{.python .derive}
> :wrt: x
> :let: x \in \{1, 2\}
>
> c
> ~~~
> :::

Words.[^1]

[^1]: In a note.

    ```{.derive wrt=x}
    d
    ```

```python
derive = 1
```
"""


def test_blocks_are_found_everywhere(pandoc):
    text, errors, keep_going, asked = run(EVERYWHERE)
    assert (errors, keep_going) == ([], False)
    assert sorted(r.latex for r in asked) == ["a", "b", "c", "d"]
    assert text.count("Solved.") == 4
    assert "[]{#first}Solved." in text
    assert "derive = 1" in text
    of = {r.latex: r for r in asked}
    assert of["b"].options["wrt"] == (r"\mathbf{x}",)
    assert of["b"].shown["detail"] == "brief"
    assert of["c"].options["let"] == (r"x \in \{1, 2\}",)
    assert {r.shown["flavor"] for r in asked} == {"pandoc"}


def test_comments_declare_and_are_about_displays(pandoc):
    text, errors, _, asked = run(
        """
<!-- derive: let='a > 0' -->
<!-- a word on something else -->

```{.derive wrt=x}
a x
```

<!-- derive: wrt=t -->

$$ a t $$

$$ a s $$
"""
    )
    assert errors == []
    assert [(r.latex, r.options["let"]) for r in asked] == [("a x", ("a > 0",)), ("a t", ("a > 0",))]
    assert text.index("a t") < text.rindex("Solved.") < text.index("a s")


def test_metadata_gives_options_as_their_author_wrote_them(pandoc):
    front = r"""---
derive:
  lang: de
  wrt: [x, '\theta']
  names: u,v
  let: ['`x \in \{1, 2\}`', '$f: \R \to \R$']
  graph: true
---
"""
    _, errors, _, asked = run(front + "```{.derive}\nf(x) + \\theta\n```\n")
    assert errors == []
    assert asked[0].options["wrt"] == ("x", r"\theta")
    assert asked[0].options["names"] == ("u", "v")
    assert asked[0].options["let"] == (r"x \in \{1, 2\}", r"f: \R \to \R")
    assert (asked[0].shown["lang"], asked[0].shown["graph"]) == ("de", True)


@pytest.mark.parametrize("value", [r"x \in \{1, 2\}", "x_1*y*z", "x^2+y^2", r"2\,x", "it's", "[x](y)", "x ~ y ~"])
def test_metadata_that_pandoc_has_changed_is_refused(pandoc, value):
    quoted = value.replace("'", "''")
    with pytest.raises(DocumentError, match="let: ") as caught:
        run(f"---\nderive:\n  let: '{quoted}'\n---\n```{{.derive}}\nx\n```\n")
    assert "backticks" in caught.value.hint


def test_an_error_names_its_block_and_points_into_it(pandoc):
    text, errors, keep_going, _ = run(
        "---\nderive: {keep-going: true}\n---\n"
        "```{.derive wrt=x}\nx\n```\n\n```{.derive wrt=x}\n\n  y =\n  x?\n```\n\n"
        "```{.derive wrt=x detial=brief}\nx\n```\n"
    )
    assert keep_going
    assert [e.report().splitlines()[0] for e in errors] == [
        "block 2:4:4: error[D101]: what is this?",
        "block 3:1:21: error[D604]: unknown option detial",
    ]
    assert errors[0].report().splitlines()[1:3] == ["    x?", "     ^"]
    assert text.count("Solved.") == 1
    assert text.count("``` {.derive") == 2


@pytest.mark.parametrize(
    "lost", ["```derive wrt=x\ny\n\nz\n```\n", "```derive wrt=x\ny\n```\n", "- - ```{.derive wrt=x}\n    y\n    ```\n"]
)
def test_a_fence_that_pandoc_does_not_know_is_told(pandoc, lost):
    _, errors, _, asked = run(f"Use `derive weave post.md`.\n\n`derive weave post.md`\n\n{lost}")
    assert [e.hint for e in errors] == ["write its options in braces: ```{.derive wrt=x}"]
    assert asked == []


def test_what_is_woven_already_is_left_alone(pandoc):
    woven = "```{.derive wrt=x}\ny\n```\n\n<!-- derive:begin -->\n\nThe solution.\n\n<!-- derive:end 0 0 -->\n"
    text, errors, _, asked = run(f"{woven}\n<!-- derive:begin wrt=x\ny\n-->\n\nAnother.\n\n<!-- derive:end 0 0 -->\n")
    assert (errors, asked) == ([], [])
    assert "``` {.derive" in text


def test_comments_that_are_about_nothing_are_told(pandoc):
    _, errors, _, _ = run("<!-- derive: wrt=x -->\n\nWords.\n\n<!-- derive: lett='a > 0' -->\n\n$$ y $$\n")
    assert [e.message for e in errors] == ["no display follows this comment", "unknown option lett"]


def test_a_solution_that_swallows_the_next_one_is_told(pandoc):
    with pytest.raises(OutputError, match="the end of each solution"):
        run("```{.derive}\nx\n```\n\n```{.derive}\ny\n```\n", Fake("```\nnever closed"))


PARAGRAPHS = st.text("derivx=`{}~.", max_size=9).map(lambda text: {"t": "Para", "c": [{"t": "Str", "c": text}]})
CODE = st.text(max_size=9).map(lambda text: {"t": "CodeBlock", "c": [["derive", ["python"], [["wrt", "x"]]], text]})
BLOCKS = st.recursive(
    PARAGRAPHS | CODE,
    lambda inside: (
        st.lists(inside, max_size=2).map(lambda blocks: {"t": "Div", "c": [["", ["derive"], []], blocks]})
        | st.lists(inside, max_size=2).map(lambda blocks: {"t": "BulletList", "c": [blocks, blocks]})
    ),
    max_leaves=5,
)


@settings(max_examples=50)
@given(st.lists(BLOCKS, max_size=2))
def test_what_has_no_block_of_ours_is_not_changed(blocks):
    document = {"pandoc-api-version": [1, 23], "meta": {}, "blocks": blocks}
    before = copy.deepcopy(document)
    filtered(document, Fake(), Path(Path.cwd().anchor), read_by_pandoc)  # type: ignore[arg-type]
    assert document == before


def command(data: str) -> subprocess.CompletedProcess[str]:
    called = [sys.executable, "-m", "derive", "pandoc-filter", "html"]
    return subprocess.run(called, input=data, capture_output=True, text=True, timeout=100)


def test_an_error_fails_the_build(pandoc):
    done = command(json.dumps(tree("```{.derive wrt=x}\nx^{2\n```\n")))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("block 1:2:3: error[D101]")


def test_what_is_no_tree_is_refused():
    for data in ("", "[]", '{"meta": 1, "blocks": []}'):
        done = command(data)
        assert (done.returncode, done.stdout) == (2, "")
        assert "no document of pandoc" in done.stderr
