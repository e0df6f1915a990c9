"""`derive watch` as a user runs it: a process that goes on, and files that change below it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(300)

Change = Callable[[str, str, str], None]


@contextmanager
def watched(folder: Path, output: str, *arguments: str, told: bool = True) -> Iterator[Change]:
    """Run `derive watch`; provide what changes a file, and waits until an output has a text that it had not."""
    env = {**os.environ, "DERIVE_CACHE": str(folder / "cache"), "NO_COLOR": "1"}
    if not told:  # as where the extra is not installed
        (folder / "hidden").mkdir()
        (folder / "hidden" / "watchfiles.py").write_text("raise ImportError\n")
        env["PYTHONPATH"] = str(folder / "hidden")
    log = folder / "log"

    def change(name: str, text: str, expected: str) -> None:
        assert not name or expected not in (folder / output).read_text()
        if name:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        end = time.monotonic() + 60
        while not ((folder / output).is_file() and expected in (folder / output).read_text()):
            assert time.monotonic() < end, f"{name}: {log.read_text()}"
            time.sleep(0.1)

    with log.open("w") as file:
        command = [sys.executable, "-m", "derive", "watch", *arguments]
        with subprocess.Popen(command, cwd=folder, env=env, stderr=file, stdout=file) as process:
            try:
                yield change
            finally:
                process.terminate()
    assert "Traceback" not in log.read_text()


@pytest.mark.parametrize("told", [True, False])
def test_a_document_is_woven_when_it_changes(tmp_path, told):
    (tmp_path / "post.md").write_text("```derive wrt=x\ny = x^3\n```\n")
    with watched(tmp_path, "post.md", "post.md", told=told) as change:
        change("", "", "3x^2")
        change("post.md", "```derive wrt=x\ny = x^4\n```\n", "4x^3")


def test_documents_are_woven_when_anything_changes_that_they_are_made_from(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "post.md").write_text(
        "---\nderive:\n  notation: ../notes.yaml\n  macros: my.tex\n---\n```derive wrt=x\ny = \\R x^3\n```\n"
    )
    (tmp_path / "docs" / "my.tex").write_text(r"\newcommand{\R}{2}")
    (tmp_path / "notes.yaml").write_text("spelling:\n  d: italic\n")
    (tmp_path / "looks").mkdir()
    arguments = ["docs", "--templates", "looks", "--set", "macros=more.tex"]
    (tmp_path / "more.tex").write_text(r"\newcommand{\S}{4}")
    with watched(tmp_path, "docs/post.md", *arguments) as change:
        change("", "", "6x^2")
        change("notes.yaml", "spelling:\n  d: upright\n", r"\mathrm{d}x")
        change("docs/my.tex", r"\newcommand{\R}{3}", "9x^2")
        change("more.tex", r"\newcommand{\R}{4}", "12x^2")
        change("looks/words/en.j2", '<% set answer = "Result" %>', "**Result.**")
        change("looks/markdown/solution.md.j2", "No solution.\n", "No solution.")
        change("pyproject.toml", '[tool.derive]\nlabel = "a"\n', '<a id="a"></a>')
        change("docs/derive.toml", 'label = "b"\n', '<a id="b"></a>')
        change("docs/derive.toml", 'label = "c"\n', '<a id="c"></a>')
        (tmp_path / "docs" / "new.md").write_text("```derive wrt=x\ny = x^5\n```\n")
        change("docs/derive.toml", 'label = "d"\n', '<a id="d"></a>')
    assert "derive:begin" in (tmp_path / "docs" / "new.md").read_text()


def test_what_is_woven_elsewhere_is_no_document_itself(tmp_path):
    (tmp_path / "post.md").write_text("```derive wrt=x\ny = x^3\n```\n")
    with watched(tmp_path, "out/post.md", ".", "-o", "out") as change:
        change("", "", "3x^2")
        change("post.md", "```derive wrt=x\ny = x^4\n```\n", "4x^3")
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [".derive-lock", "post.md"]
    assert (tmp_path / "log").read_text().count("waiting for changes") <= 2


def test_a_fault_is_waited_for_to_be_mended(tmp_path):
    (tmp_path / "post.md").write_text("```derive wrt=x notation=notes.yaml\ny = x^3\n```\n")
    (tmp_path / "derive.toml").write_text("lang = ")
    with watched(tmp_path, "log", "post.md") as change:
        change("", "", "this is no TOML")
        change("derive.toml", 'lang = "de"\n', "there is no file notes.yaml")
        change("notes.yaml", "spellin: x\n", "unknown name spellin")
        change("notes.yaml", "spelling:\n  d: upright\n", "1 file written")
    assert "Aufgabe" in (tmp_path / "post.md").read_text()


def test_a_part_of_a_document_in_latex_is_woven_when_its_root_changes(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "part.tex").write_text("% !TEX root = book.tex\n% derive: wrt=x\n\\[ y = \\R x^3 \\]\n")
    (tmp_path / "book.tex").write_text("\\newcommand{\\R}{2}\n")
    with watched(tmp_path, "part.derive/1.tex", "part.tex") as change:
        change("", "", "6x^2")
        change("book.tex", "\\newcommand{\\R}{3}\n", "9x^2")


SET = "problems:\n  - latex: y = \\R x^3\n    wrt: x\n    notation: notes/my.yaml\n"


def test_sets_are_built_when_their_notation_or_a_template_changes(tmp_path):
    (tmp_path / "week.yaml").write_text(SET)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "my.yaml").write_text("macros: |\n  \\newcommand{\\R}{2}\n")
    (tmp_path / "looks").mkdir()
    arguments = ["week.yaml", "-o", "out", "--look", "handout", "--no-oracle", "--templates=looks"]
    with watched(tmp_path, "out/week-handout-key.md", *arguments) as change:
        change("", "", "6x^2")
        change("notes/my.yaml", "macros: |\n  \\newcommand{\\R}{3}\n", "9x^2")
        change("looks/words/en.j2", '<% set answer = "Result" %>', "**Result.**")
        change("week.yaml", SET.replace("x^3", "x^2"), "6x")


@pytest.mark.parametrize("arguments", [[], ["--set"], ["a.md", "--sett", "x=y"], ["a.md", "b.yaml"]])
def test_wrong_calls_are_not_waited_for(tmp_path, arguments):
    command = [sys.executable, "-m", "derive", "watch", *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 2
    assert "Error: " in done.stderr
