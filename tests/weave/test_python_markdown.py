"""The extension for Python-Markdown, by itself and in Pelican."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from derive.engine import worker
from derive.weave.said import DocumentError
from tests.weave.building import build, compact, follow, needs, shown, snippets, written

pytestmark = pytest.mark.timeout(300)

PAGE = r"""---
derive:
  let: 'a > 0'
---

# A page

Let $a > 0$. In a list:

* one

    ```derive wrt=x
    y = \ln(a x)
    ```

<!-- derive: wrt=x -->
$$
y = x_1^2 x_2 \max(x, 0)
$$
"""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    needs("markdown", "pymdownx")
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DERIVE_CACHE", str(folder))
        yield folder


def test_the_script_of_the_manual_sets_a_page(cache, tmp_path):
    (tmp_path / "notes.md").write_text(PAGE)
    (script,) = snippets("Python-Markdown", "python")
    (tmp_path / "script.py").write_text(script)
    for idle in (False, True):  # the second time, nothing is worked out
        done = build("script", cache=cache, idle=idle, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    formulas = compact(shown(tmp_path / "notes.html", "arithmatex"))
    assert follow(compact(written(tmp_path / "notes.md", PAGE.replace("let:", "detail: brief\n  let:"))), formulas)
    assert (True, r"y=x_1^2x_2\max(x,0)") in formulas


def html(text: str, **options: object) -> str:
    import markdown

    return markdown.markdown(text, extensions=["derive", "fenced_code"], extension_configs={"derive": options})


def test_an_error_is_logged_with_its_place(cache, caplog):
    page = html("# Title\n\n```derive wrt=x\ny = \\sin(\n```\n", file="a/page.md")
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("derive", logging.WARNING)
    assert record.getMessage().startswith("a/page.md:4:9: error[D101]: ( is never closed\n")
    assert "y = \\sin(" in page


def test_an_error_is_raised_if_strict(cache):
    with pytest.raises(DocumentError, match="never closed"):
        html("```derive wrt=x\ny = \\sin(\n```\n", strict=True)
    with pytest.raises(DocumentError, match="unknown option"):
        html("", options={"detial": "brief"})


def test_a_text_without_blocks_costs_nothing(cache, monkeypatch):
    monkeypatch.setattr(worker, "_started", None)
    assert html("To derive\na formula.") == "<p>To derive\na formula.</p>"


def test_pelican_sets_an_article(cache, tmp_path):
    needs("pelican")
    (settings,) = snippets("Pelican", "python")
    (tmp_path / "pelicanconf.py").write_text(f'SITEURL = "https://example.org"\n{settings}')
    (tmp_path / "content").mkdir()
    article = f"---\ntitle: A page\ndate: 2026-11-02\nslug: page\n{PAGE.removeprefix('---')}"
    (tmp_path / "content" / "page.md").write_text(article)
    (tmp_path / "content" / "wrong.md").write_text(
        "---\ntitle: Wrong\ndate: 2026-11-02\n---\n```derive\ny = \\sin(\n```\n"
    )
    done = build("pelican", "content", "-s", "pelicanconf.py", cache=cache, cwd=tmp_path)
    assert done.returncode == 0, done.stderr + done.stdout
    assert "<text>:6:9: error[D101]" in done.stdout
    formulas = compact(shown(tmp_path / "output" / "page.html", "arithmatex"))
    brief = article.replace("derive:", "derive:\n  detail: brief", 1)
    assert follow(compact(written(tmp_path / "content" / "page.md", brief)), formulas)
