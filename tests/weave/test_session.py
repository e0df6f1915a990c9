"""`derive weave` as a user calls it: documents in place and elsewhere, configuration, checks, errors with places."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import ExitStack
from pathlib import Path

import pytest

from derive.engine.cache import Cache
from derive.engine.files import lock
from derive.engine.run import local
from derive.engine.solver import Solver
from derive.weave.session import Done, Options, weave_files

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


def test_a_document_is_never_woven_over_a_document(derive, tmp_path, post):
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "page.md"
    page.write_text(POST)
    for call in ((post, "-o", "."), ("docs", "-o", "docs"), ("docs", post, "-o", tmp_path / "docs" / ".." / "docs")):
        done = derive("weave", *call)
        assert done.returncode == 2
        assert "which is a document itself" in done.stderr
    assert (post.read_text(), page.read_text()) == (POST, POST)


def test_what_was_woven_into_a_folder_below_is_not_woven_again(derive, tmp_path, post):
    for _ in range(2):
        assert derive("weave", ".", "-o", "out").returncode == 0
        assert [f.relative_to(tmp_path).as_posix() for f in sorted(tmp_path.rglob("*.md"))] == [
            "out/post.md",
            "post.md",
        ]


def test_one_run_at_a_time_weaves_into_a_folder(derive, tmp_path, post):
    (tmp_path / "out").mkdir()
    with lock(tmp_path / "out"):
        done = derive("weave", post, "-o", "out", "--wait", "0")
        assert done.returncode == 2
        assert f"process {os.getpid()} is building into" in done.stderr
        assert not (tmp_path / "out" / "post.md").exists()
        assert derive("weave", post, "--wait", "0").returncode == 0


def woven(*paths: Path, meanwhile: Callable[[], object] = lambda: None) -> list[Done]:
    """Weave documents in place; something happens in the meantime, whenever formulas are to be worked out."""

    def executor() -> Executor:
        meanwhile()
        return executors.enter_context(local(1))

    with ExitStack() as executors:
        return list(weave_files(paths, Options(), Solver(Cache(None), executor)))


def test_an_edit_in_the_meantime_is_kept_and_woven(post):
    edits = iter(["\n```derive wrt=x\ny = x^7\n```\n"])
    (done,) = woven(post, meanwhile=lambda: post.write_text(POST + next(edits, post.read_text()[len(POST) :])))
    assert not done.errors
    text = post.read_text()
    assert all(answer in text for answer in (r"2x\cos(x^2)", "3x^2", "7x^6"))


def test_a_document_that_changes_all_the_time_is_left_alone(tmp_path, post):
    powers = iter("789")
    other = tmp_path / "other.md"
    other.write_text(POST)
    edit = "\n```derive wrt=x\ny = x^{}\n```\n"
    done = woven(post, other, meanwhile=lambda: post.write_text(POST + edit.format(next(powers))))
    assert [(one.path, [e.message for e in one.errors]) for one in done] == [
        (other, []),
        (post, [f"{post} changed while it was woven: it is left as it is"]),
    ]
    assert post.read_text() == POST + edit.format("8")
    assert "3x^2" in other.read_text()


def test_a_solution_that_is_changed_in_the_meantime_is_left_as_it_is(tmp_path):
    notes, solution = tmp_path / "notes.tex", tmp_path / "notes.derive" / "1.tex"
    notes.write_text(NOTES)
    woven(notes)
    notes.write_text(notes.read_text().replace("t^3", "t^4"))
    mine = solution.read_text() + "Mine.\n"
    (done,) = woven(notes, meanwhile=lambda: solution.write_text(mine))
    assert solution.read_text() == mine
    assert ["changed by hand" in error.message for error in done.errors] == [True]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_a_document_keeps_its_mode(derive, post, mode):
    post.chmod(mode)
    assert derive("weave", post).returncode == 0
    assert "derive:begin" in post.read_text()
    assert stat.S_IMODE(post.stat().st_mode) == mode


def test_a_read_only_document_is_left_alone_and_costs_no_other_its_solutions(derive, tmp_path, post):
    post.chmod(0o444)
    (tmp_path / "site.md").write_text(POST)
    done = derive("weave", post, "site.md")
    assert done.returncode == 1
    assert "post.md: it is read-only" in done.stderr
    assert post.read_text() == POST
    assert "derive:begin" in (tmp_path / "site.md").read_text()


BAD = {
    "no UTF-8": b"\xff",
    "stands here a second time": b"---\nderive:\n" + b"  lang: en\n" * 1100 + b"---\n```derive wrt=x\ny = x\n```\n",
}


@pytest.mark.parametrize("said", BAD)
def test_a_document_that_cannot_be_read_costs_no_other_its_solutions(derive, tmp_path, post, said):
    (tmp_path / "bad.md").write_bytes(BAD[said])
    done = derive("weave", "--report", "json", "bad.md", "nothing.md", post)
    assert done.returncode == 2
    assert said in done.stderr
    assert "derive:begin" in post.read_text()
    bad, nothing, good = json.loads(done.stdout)["documents"]
    assert said in bad["messages"][0]["text"]
    assert "nothing.md cannot be read" in nothing["messages"][0]["text"]
    assert (good["solutions"], good["messages"]) == (2, [])


def test_a_document_that_cannot_be_written_costs_no_other_its_solutions(derive, tmp_path):
    for name in ("a", "b", "c"):
        (tmp_path / "docs" / name).mkdir(parents=True)
        (tmp_path / "docs" / name / "page.md").write_text(POST)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "b").write_text("")
    done = derive("weave", "docs", "-o", "out", "--report", "json")
    assert done.returncode == 1
    pages = json.loads(done.stdout)["documents"]
    assert [(page["written"], [m["code"] for m in page["messages"]]) for page in pages] == [
        (["out/a/page.md"], []),
        ([], ["D602"]),
        (["out/c/page.md"], []),
    ]


def test_a_fault_of_the_configuration_is_told_once_and_at_its_place(derive, tmp_path):
    (tmp_path / "site").mkdir()
    for name in ("site/a.md", "site/b.md", "c.md"):
        (tmp_path / name).write_text(POST)
    (tmp_path / "site" / "derive.toml").write_text('\nflavr = "gfm"\n')
    done = derive("weave", ".", "--report", "json")
    assert done.returncode == 2
    assert done.stderr.count("did you mean flavor") == 1
    messages = [m for page in json.loads(done.stdout)["documents"] for m in page["messages"]]
    assert [(m["file"], m["line"]) for m in messages] == [("site/derive.toml", 2)] * 2
    assert "derive:begin" in (tmp_path / "c.md").read_text()


@pytest.mark.parametrize("name", ["a" * 300, "circle.tex"])
@pytest.mark.parametrize("option", ["macros", "notation"])
def test_a_name_that_no_file_can_have_is_told_at_its_option(derive, tmp_path, post, name, option):
    (tmp_path / "circle.tex").symlink_to("circle.tex")
    post.write_text(f"```derive wrt=x {option}={name}\ny = x\n```\n")
    done = derive("weave", post)
    assert done.returncode == 1
    assert f"post.md:1:{18 + len(option)}: error[D604]: {option}: there is no file {name}" in done.stderr


def test_a_root_that_cannot_be_there_and_documents_that_cannot(derive, tmp_path):
    notes = tmp_path / "notes.tex"
    notes.write_text(f"% !TEX root = {'a' * 300}\n{NOTES}")
    (tmp_path / "circle.md").symlink_to("circle.md")
    done = derive("weave", "circle.md", "a" * 300 + ".md", notes)
    assert done.returncode == 2
    assert done.stderr.count("cannot be read") == 2
    assert "derive:begin" in notes.read_text()


@pytest.mark.parametrize("call", ["read_bytes", "unlink"])
def test_a_solution_that_cannot_be_read_or_removed_is_told(tmp_path, post, monkeypatch, call):
    notes = tmp_path / "notes.tex"
    notes.write_text(NOTES)
    woven(notes)
    notes.write_text(NOTES.split("% derive")[0])
    real = getattr(Path, call)

    def refused(path: Path) -> object:
        if path.parent.name == "notes.derive":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(Path, call, refused)
    broken, good = woven(notes, post)
    assert [e.message.split(": ")[-1] for e in broken.errors] == ["Permission denied"]
    assert "1.tex" in broken.errors[0].message
    assert not good.errors
    assert (tmp_path / "notes.derive" / "1.tex").exists()


def test_a_solution_that_is_not_wanted_any_more_is_removed_and_told(derive, tmp_path):
    notes = tmp_path / "notes.tex"
    notes.write_text(NOTES)
    derive("weave", notes)
    notes.write_text(NOTES.split("% derive")[0])
    assert "1 file stale" in derive("weave", notes, "--check").stderr
    done = derive("weave", notes, "--report", "json")
    assert "1 file removed" in done.stderr
    assert json.loads(done.stdout)["documents"][0]["removed"] == ["notes.derive/1.tex"]
    assert not (tmp_path / "notes.derive" / "1.tex").exists()


ENVIRONMENT = "\\begin{derive}[wrt=x,\n  detail=brief]\ny =\n  x^2\n\\end{derive}\n"


def test_the_line_ends_that_git_makes_make_nothing_stale(derive, tmp_path):
    notes = tmp_path / "notes.tex"
    notes.write_text(NOTES.replace("\\end{document}", ENVIRONMENT))
    derive("weave", notes)
    for file in (notes, *(tmp_path / "notes.derive").iterdir()):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert derive("weave", notes, "--check").returncode == 0
    assert "nothing to do" in derive("weave", notes).stderr


def test_two_documents_do_not_share_the_folder_beside_them(derive, tmp_path):
    for name in ("notes.tex", "notes.ltx"):
        (tmp_path / name).write_text(NOTES)
    done = derive("weave", "notes.tex", "notes.ltx")
    assert done.returncode == 2
    assert "same folder notes.derive" in done.stderr
    assert not (tmp_path / "notes.derive").exists()
