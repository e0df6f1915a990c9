"""What readers of a woven page see, with the programs that make their pages: the solutions, and nothing of us."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from tests.conftest import needed
from tests.weave.documents import FENCES, nested
from tests.weave.fakes import woven

FORMULAS = ("y = x^2", "y = a-->b", "y = \\{{x}\\}", "y = 1\n  - x")
CONTAINERS = ([], ["quote"], ["number"], ["quote", "quote"], ["number", "quote"])


def page():
    """Return a page with every form of a fence in every container, and how many they are."""
    parts = ["# A page"]
    for container in CONTAINERS:
        for fence, formula in zip([*FENCES, *FENCES[:1]], [*FORMULAS, *FORMULAS[:2]], strict=True):
            lines = "\n".join(fence).replace("FORMULA", formula).split("\n")
            for kind in container:
                lines = nested(lines, kind)
            parts += [*lines, "", "Words between them.", ""]
    document = "\n".join(parts)
    return woven(document).text, document.count("Words between")


class Seen(HTMLParser):
    """Collects what is seen of a page, and the comments."""

    def __init__(self):
        super().__init__()
        self.text = ""
        self.comments = 0

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.comments += 1


def with_pandoc(text):
    needed("pandoc", shutil.which("pandoc") is not None)
    command = ["pandoc", "-f", "markdown", "-t", "html"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def with_kramdown(text):
    script = "require 'kramdown'; puts Kramdown::Document.new(STDIN.read).to_html"
    ruby = shutil.which("ruby")
    done = ruby and subprocess.run([ruby, "-e", script], input=text, capture_output=True, text=True)
    needed("kramdown", bool(done) and done.returncode == 0)
    return done.stdout


def with_python_markdown(text):
    markdown = pytest.importorskip("markdown")
    return markdown.markdown(text, extensions=["fenced_code"])


def with_markdown_it(text):
    return MarkdownIt("commonmark").render(text)


@pytest.mark.parametrize("reader", [with_pandoc, with_kramdown, with_python_markdown, with_markdown_it])
def test_readers_see_the_solutions_and_nothing_of_us(reader):
    text, count = page()
    seen = Seen()
    seen.feed(reader(text))
    seen.close()
    assert seen.text.count("Problem.") == seen.text.count("Words between") == count
    assert not re.search(r"derive|wrt|detail|-->|<!--|```", seen.text)
    assert seen.comments == 2 * count
