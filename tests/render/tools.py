"""What the real tools make of a Markdown document: the formulas that they hand on to the one who sets them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

from tests.render.documents import Formula

HERE = Path(__file__).parent


def run(*command: str, text: str = "", cwd: Path = HERE) -> str:
    """Return what a command prints; if it fails, so does the test, with what it said."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, cwd=cwd, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def has_node_package(name: str) -> bool:
    """Tell whether `npm install --prefix tests/render` has brought a package."""
    return (HERE / "node_modules" / name).is_dir()


@cache
def has_gem(name: str) -> bool:
    """Tell whether Ruby finds a library."""
    command = ["ruby", "-e", "require ARGV[0]", name]
    return shutil.which("ruby") is not None and not subprocess.run(command, capture_output=True, check=False).returncode


def markdown_it(text: str) -> Iterator[Formula]:
    """markdown-it-py with its plugin for dollars."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    for token in MarkdownIt("gfm-like", {"linkify": False, "typographer": True}).use(dollarmath_plugin).parse(text):
        if token.type == "math_block":
            yield Formula(True, token.content)
        yield from (Formula(False, child.content) for child in token.children or () if child.type == "math_inline")


def myst(text: str) -> Iterator[Formula]:
    """MyST, up to the nodes that Sphinx hands on to MathJax."""
    from docutils import nodes
    from docutils.core import publish_doctree
    from myst_parser.parsers.docutils_ import Parser

    extensions = ["dollarmath", "amsmath", "smartquotes", "replacements", "deflist", "colon_fence", "strikethrough"]
    settings = {"myst_enable_extensions": extensions, "report_level": 5}
    for node in publish_doctree(text, parser=Parser(), settings_overrides=settings).findall():
        if isinstance(node, nodes.math | nodes.math_block):
            yield Formula(isinstance(node, nodes.math_block), node.astext())


def by_node(name: str, text: str) -> Iterator[Formula]:
    """remark-math, of which Astro is made, or markdown-it with the plugin of VS Code, as in Eleventy."""
    yield from (Formula(*found) for found in json.loads(run("node", "markdown.mjs", name, text=text)))


def cmark(text: str) -> Iterator[Formula]:
    """GitHub's own parser: code between dollar signs, and blocks of code with the word math."""
    xml = run("cmark-gfm", "-t", "xml", "-e", "table", "-e", "strikethrough", "-e", "autolink", text=text)
    nodes = list(ElementTree.fromstring(xml).iter())
    for before, node, after in zip(["", *nodes], nodes, [*nodes[1:], ""], strict=False):
        kind = node.tag.rpartition("}")[2]
        if kind == "code_block" and node.get("info") == "math":
            yield Formula(True, node.text or "")
        if kind == "code":
            assert (before.text or "").endswith("$"), node.text
            assert (after.text or "").startswith("$"), node.text
            yield Formula(False, node.text or "")


def pandoc(text: str) -> Iterator[Formula]:
    """pandoc, as its own Markdown is read."""

    def walk(node: object) -> Iterator[Formula]:
        if isinstance(node, dict) and node.get("t") == "Math":
            yield Formula(node["c"][0]["t"] == "DisplayMath", node["c"][1])
        elif isinstance(node, dict):
            yield from walk(list(node.values()))
        elif isinstance(node, list):
            for part in node:
                yield from walk(part)

    yield from walk(json.loads(run("pandoc", "-f", "markdown", "-t", "json", text=text)))


def by_pandoc(text: str, folder: Path | None = None) -> str:
    """Return the HTML that pandoc makes for MathJax and KaTeX."""
    return run("pandoc", "-f", "markdown", "-t", "html", "--mathjax", "--wrap=preserve", text=text)


KRAMDOWN = "require 'kramdown'; puts Kramdown::Document.new(STDIN.read, JSON.parse(ARGV[0])).to_html"


def by_kramdown(text: str, folder: Path | None = None, **options: str) -> str:
    """Return the HTML that kramdown makes."""
    return run("ruby", "-Ku", "-rjson", "-e", KRAMDOWN, json.dumps(options), text=text)


def by_jekyll(text: str, folder: Path) -> str:
    """Return the page that Jekyll makes, which runs Liquid before kramdown."""
    folder.joinpath("page.md").write_text(f"---\nlayout: none\n---\n{text}", encoding="utf-8")
    run("jekyll", "build", "--quiet", "--disable-disk-cache", cwd=folder)
    return folder.joinpath("_site", "page.html").read_text(encoding="utf-8")


def by_mkdocs(text: str, folder: Path | None = None) -> str:
    """Return the HTML of Python-Markdown with the extensions that sites of MkDocs have."""
    import markdown

    names = ["toc", "tables", "fenced_code", "attr_list", "def_list", "footnotes", "md_in_html", "smarty", "admonition"]
    more = {"pymdownx.arithmatex": {"generic": True}}
    return markdown.markdown(text, extensions=[*names, *more, "pymdownx.details"], extension_configs=more)


PASSTHROUGH = r"""
[markup.goldmark.extensions.passthrough]
  enable = true
  [markup.goldmark.extensions.passthrough.delimiters]
    block = [['\[', '\]'], ['$$', '$$']]
    inline = [['\(', '\)']]
"""


EXTRAS = """
[markup.goldmark.renderer]
  hardWraps = true
  unsafe = true
[markup.goldmark.parser.attribute]
  block = true
""" + "".join(
    f"[markup.goldmark.extensions.extras.{name}]\n  enable = true\n"
    for name in ("superscript", "subscript", "mark", "insert", "delete")
)
"""All that a site of Hugo may have switched on besides."""


def by_hugo(text: str, folder: Path, hugo: str = "hugo", config: str = "") -> str:
    """Return the page that Hugo makes of a site which has nothing but a layout."""
    files = {
        "config.toml": "disableKinds = ['taxonomy', 'term', 'RSS', 'sitemap', '404', 'home', 'section']\n" + config,
        "layouts/_default/single.html": "{{ .Content }}",
        "content/page.md": f"---\ntitle: A page\n---\n{text}",
    }
    for name, content in files.items():
        folder.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
        folder.joinpath(name).write_text(content, encoding="utf-8")
    run(hugo, "--quiet", cwd=folder)
    return folder.joinpath("public", "page", "index.html").read_text(encoding="utf-8")


class _Text(HTMLParser):
    """The runs of text of a page in which scripts look for mathematics: elements part them, code is left out."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.runs = [""]
        self._skipped = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.runs.append("")
        self._skipped += tag in ("code", "pre")

    def handle_endtag(self, tag: str) -> None:
        self.runs.append("")
        self._skipped -= tag in ("code", "pre")

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self.runs[-1] += data


_MARKED = re.compile(r"\\\((?P<inline>.*?)\\\)|\\\[(?P<display>.*?)\\\]|\$\$(?P<dollars>.*?)\$\$", re.DOTALL)


def in_html(html: str) -> Iterator[Formula]:
    r"""Yield what a script finds in a page by looking for `\(..\)`, `\[..\]` and `$$..$$` in its text."""
    for text in _Text(html).runs:
        for found in _MARKED.finditer(text):
            yield Formula(found.lastgroup != "inline", found[found.lastgroup or 0])
