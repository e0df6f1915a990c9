"""No output takes the place of another one, or of what somebody wrote."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.problems.conftest import outputs

FRAGMENTS = ("--look", "fragments", "--no-oracle")


def one(latex: str, name: str = "q") -> str:
    return f"problems:\n  - {{id: {name}, latex: '{latex}'}}\n"


def test_two_sets_with_a_problem_of_the_same_name(derive, tmp_path):
    (tmp_path / "a.yaml").write_text(one("y = x^2"))
    (tmp_path / "b.yaml").write_text(one("y = x^3"))
    for options in (("--check",), ()):
        done = derive("build", "a.yaml", "b.yaml", *FRAGMENTS, *options)
        assert done.returncode == 2
        assert "b.yaml: error[D601]: the output q.md would replace an output of" in done.stderr
    before = outputs(tmp_path / "out")
    assert derive("build", "b.yaml", *FRAGMENTS).returncode == 2
    assert outputs(tmp_path / "out") == before
    (tmp_path / "b.yaml").write_text(one("y = x^3", "r"))
    assert derive("build", "b.yaml", *FRAGMENTS).returncode == 0
    assert sorted(outputs(tmp_path / "out")) == ["q.md", "r.md"]


def test_a_set_that_was_moved_gives_its_outputs_up(derive, tmp_path):
    (tmp_path / "a.yaml").write_text(one("y = x^2"))
    derive("build", "a.yaml", *FRAGMENTS)
    (tmp_path / "a.yaml").rename(tmp_path / "b.yaml")
    assert derive("build", "b.yaml", *FRAGMENTS).returncode == 0


def test_what_another_set_needs_is_not_removed(derive, tmp_path):
    """As in a folder into which both were built before names were compared."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(one("y = x^2"))
        derive("build", f"{name}.yaml", *FRAGMENTS, "-o", name)
    books = [json.loads((tmp_path / name / ".derive" / "manifest.json").read_text()) for name in ("a", "b")]
    both = {"sets": books[0]["sets"] | books[1]["sets"]}
    (tmp_path / "a" / ".derive" / "manifest.json").write_text(json.dumps(both))
    (tmp_path / "a.yaml").write_text(one("y = x^3", "other"))
    assert derive("build", "a.yaml", *FRAGMENTS, "-o", "a").returncode == 0
    assert sorted(outputs(tmp_path / "a")) == ["other.md", "q.md"]


@pytest.mark.parametrize("place", ["w.json", "elsewhere/link.json"])
def test_a_set_is_not_replaced_by_its_output(derive, tmp_path, place):
    text = json.dumps({"problems": [{"id": "q", "latex": "y = x^2"}]})
    (tmp_path / "link.json").write_text(text)
    (tmp_path / "w.json").write_text(text)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "link.json").symlink_to(tmp_path / "link.json")
    done = derive("build", place, "--look", "json", "-o", ".", "--no-oracle")
    assert done.returncode == 2
    assert "would replace a file that is read" in done.stderr
    assert (tmp_path / "link.json").read_text() == (tmp_path / "w.json").read_text() == text


def test_a_notation_file_is_not_replaced(derive, tmp_path):
    (tmp_path / "q.md").write_text("spelling: {d: upright}\n")
    (tmp_path / "a.yaml").write_text("notation: q.md\n" + one("y = x^2"))
    assert derive("build", "a.yaml", *FRAGMENTS, "-o", ".").returncode == 2
    assert (tmp_path / "q.md").read_text() == "spelling: {d: upright}\n"


def test_two_looks_with_a_file_for_each_problem(derive, tmp_path):
    (tmp_path / "a.yaml").write_text(one("y = x^2"))
    derive("init", "--look", "fragments")
    shutil.copytree(tmp_path / "templates" / "fragments", tmp_path / "templates" / "cards")
    looks = ("--look", "fragments,cards", "--templates", "templates", "--no-oracle")
    done = derive("build", "a.yaml", *looks)
    assert done.returncode == 2
    assert "two outputs would be called q.md (fragments and cards)" in done.stderr
    assert outputs(tmp_path / "out") == {}


def test_anchors_of_problems_and_of_parts_differ(derive, tmp_path):
    (tmp_path / "a.yaml").write_text(
        "problems:\n  - {id: x, parts: [{latex: 'y = x^2'}]}\n  - {id: x-a, latex: 'y = x^3'}\n"
    )
    derive("build", "a.yaml", "--look", "page", "--profile", "student", "--no-oracle")
    anchors = [a.split('"')[0] for a in (tmp_path / "out" / "a-page-student.html").read_text().split(' id="p-')[1:]]
    assert sorted(anchors) == ["x", "x-a", "x_a"]
