"""`derive weave` as a user calls it: documents in place and elsewhere, configuration, checks, errors with places."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

POST = r"""---
title: A post
---

Some words, and *more*.

```derive wrt=x detail=answer
y = \sin(x^2)
```

<!-- derive: wrt=x -->

$$
y = x^3
$$

The end.
"""

NOTES = r"""\documentclass{article}
\usepackage{amsmath}
\begin{document}
% derive: wrt=t
\[ f(t) = t^3 \]
\end{document}
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def derive(tmp_path: Path) -> Run:
    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "derive", *map(str, arguments)]
        env = {**os.environ, "DERIVE_CACHE": str(tmp_path / "cache")}
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=env, timeout=100)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


@pytest.fixture
def post(tmp_path: Path) -> Path:
    file = tmp_path / "post.md"
    file.write_text(POST)
    return file


def test_a_document_is_woven_in_place_once(derive, post):
    assert derive("weave", post, "--check").returncode == 3
    assert post.read_text() == POST
    assert derive("weave", post).returncode == 0
    woven = post.read_text()
    assert r"2x\cos(x^2)" in woven
    assert "3x^2" in woven
    assert derive("weave", post, "--check").returncode == 0
    done = derive("weave", post)
    assert "nothing to do" in done.stderr
    assert post.read_text() == woven


def test_only_the_formula_that_changed_is_made_anew(derive, post):
    derive("weave", post)
    woven = post.read_text()
    post.write_text(woven.replace("y = x^3\n", "y = x^4\n"))
    assert derive("weave", post, "--check").returncode == 3
    derive("weave", post)
    again = post.read_text()
    assert "4x^3" in again
    assert again.split("<!-- derive: wrt=x")[0] == woven.split("<!-- derive: wrt=x")[0]


def test_woven_elsewhere_the_document_is_left_alone(derive, tmp_path, post):
    notes = tmp_path / "notes.tex"
    notes.write_text(NOTES)
    assert derive("weave", tmp_path, "-o", tmp_path / "out").returncode == 0
    assert (post.read_text(), notes.read_text()) == (POST, NOTES)
    assert "derive:begin" not in (tmp_path / "out" / "post.md").read_text()
    assert r"\input" in (tmp_path / "out" / "notes.tex").read_text()
    assert list((tmp_path / "out" / "notes.derive").glob("*.tex"))


def test_folders_keep_their_shape_elsewhere_and_no_document_takes_the_place_of_another(derive, tmp_path):
    for name in ("a", "b"):
        (tmp_path / "site" / name).mkdir(parents=True)
        (tmp_path / "site" / name / "index.md").write_text(f"{name}\n\n```derive wrt=x\ny = x^2\n```\n")
    assert derive("weave", "site", "-o", "out").returncode == 0
    assert [(tmp_path / "out" / name / "index.md").read_text()[0] for name in ("a", "b")] == ["a", "b"]
    done = derive("weave", "site/a", "site/b", "-o", "other")
    assert done.returncode == 2
    assert "same file" in done.stderr
    assert not (tmp_path / "other").exists()


def test_options_of_the_call_go_before_those_of_the_folder(derive, tmp_path, post):
    (tmp_path / "derive.toml").write_text('flavor = "gfm"\ndetail = "answer"\n')
    derive("weave", post)
    assert "```math" in post.read_text() or "$`" in post.read_text()
    post.write_text(POST)
    derive("weave", post, "--set", "flavor=kramdown", "--set", "lang=de")
    assert "$`" not in post.read_text()
    assert "Aufgabe" in post.read_text()


def test_files_that_the_call_names_are_seen_from_the_current_folder(derive, tmp_path):
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "page.md"
    page.write_text("```derive wrt=x\ny = \\twice x\n```\n")
    (tmp_path / "my.tex").write_text("\\newcommand{\\twice}{2}")
    (tmp_path / "notes.yaml").write_text("spelling:\n  d: upright\n")
    derive("weave", "docs", "--set", "macros=my.tex", "--set", "notation=notes.yaml")
    assert r"\frac{\mathrm{d}y}{\mathrm{d}x} = 2" in page.read_text()
    done = derive("weave", "docs", "--set", "macros=other.tex")
    assert done.returncode == 2
    assert "there is no file other.tex" in done.stderr


def test_a_file_that_cannot_be_read_is_told_at_its_option(derive, tmp_path, post):
    (tmp_path / "notes.yaml").write_bytes(b"macros: \xff")
    post.write_text("```derive wrt=x notation=notes.yaml\ny = x\n```\n")
    done = derive("weave", post)
    assert done.returncode == 1
    assert "post.md:1:26: error[D604]: notation: notes.yaml is no UTF-8" in done.stderr


def test_an_error_names_its_place_in_the_document_and_costs_nothing_else(derive, post):
    post.write_text(POST.replace("y = x^3", "y = x^{3"))
    done = derive("weave", post)
    assert done.returncode == 1
    assert "post.md:14:7" in done.stderr
    assert r"2x\cos(x^2)" in post.read_text()
    report = derive("weave", post, "--report", "json").stdout
    (message,) = json.loads(report)["documents"][0]["messages"]
    assert message["code"] == "D101"
    assert derive("weave", post, "--report", "github").stdout.startswith("::error file=")


def test_wrong_calls(derive, tmp_path, post):
    (tmp_path / "page.docx").write_text("x")
    assert derive("weave", "page.docx").returncode == 2
    assert derive("weave", "nothing.md").returncode == 2
    assert derive("weave", post, "--set", "flavour=gfm").returncode == 2
    (tmp_path / "derive.toml").write_text('flavr = "gfm"\n')
    done = derive("weave", post)
    assert done.returncode == 2
    assert "did you mean flavor" in done.stderr
    assert post.read_text() == POST


def test_a_link_keeps_leading_to_the_document(derive, tmp_path, post):
    link = tmp_path / "link.md"
    link.symlink_to(post)
    assert derive("weave", link).returncode == 0
    assert link.is_symlink()
    assert "derive:begin" in post.read_text()
