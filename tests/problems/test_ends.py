"""How a run ends: whatever stops it is told in the way that was asked for, and no file is left that tells otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

SOME = "problems:\n  - {id: q, latex: 'y = x^2'}\n"
HANDOUT = ("--look", "handout", "--no-oracle")


@pytest.fixture
def week(tmp_path: Path) -> Path:
    file = tmp_path / "week.yaml"
    file.write_text(SOME)
    return file


def test_dependencies_that_cannot_be_written_are_told(derive, tmp_path, week):
    done = derive("build", week, *HANDOUT, "--depfile", "/dev/null/out.d", "--report", "json")
    assert done.returncode == 1
    assert "/dev/null is a file" in done.stderr
    report = json.loads(done.stdout)
    assert (report["sets"][0]["solved"], report["messages"][0]["code"]) == (1, "D602")
    (tmp_path / "a;b.yaml").write_text(SOME)
    done = derive("build", "a;b.yaml", *HANDOUT, "--depfile", "out.d")
    assert done.returncode == 1
    assert "make cannot read the name" in done.stderr


def test_dependencies_stay_when_a_set_cannot_be_read_or_nothing_is_written(derive, tmp_path, week):
    options = (*HANDOUT, "--depfile", "out.d")
    derive("build", week, *options, "--check")
    assert not (tmp_path / "out.d").exists()
    derive("build", week, *options)
    before = (tmp_path / "out.d").read_text()
    week.write_text("problem: []\n")
    assert derive("build", week, *options).returncode == 2
    assert (tmp_path / "out.d").read_text() == before


@pytest.mark.parametrize("call", [("--look", "nothing"), ("--templates", "mine")])
def test_what_ends_a_run_is_told_in_every_report(derive, tmp_path, week, call):
    template = tmp_path / "mine" / "handout" / "document.md.j2"
    template.parent.mkdir(parents=True)
    template.write_text("<< sheet.nothing >>\n")
    (message,) = json.loads(derive("build", week, *HANDOUT, *call, "--report", "json").stdout)["messages"]
    assert message["text"] in derive("build", week, *HANDOUT, *call).stderr
    annotation = derive("build", week, *HANDOUT, *call, "--report", "github").stdout
    assert annotation.startswith(f"::error title={message['code']}::{message['text'][:20]}")


def test_an_annotation_names_the_folder_of_what_is_stale(derive, week):
    lines = derive("build", week, *HANDOUT, "--check", "--report", "github").stdout.splitlines()
    names = [line.split("::")[1] for line in lines]
    assert names == ["error file=out/week-handout-student.md", "error file=out/week-handout-key.md"]


@pytest.mark.parametrize("number", ["0", "27", " 30 ", "9" * 5000])
def test_a_number_of_versions_without_letters_is_refused(derive, tmp_path, week, number):
    done = derive("build", week, *HANDOUT, "--versions", number)
    assert done.returncode == 2
    assert "1 to 26 versions" in done.stderr
    assert not (tmp_path / "out").exists()


def test_init_writes_yaml_into_no_other_file(derive, tmp_path):
    assert derive("init", "in.toml").returncode == 2
    assert not (tmp_path / "in.toml").exists()
    assert derive("init", "in.YML").returncode == 0
