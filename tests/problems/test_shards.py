"""Shards: each does its part of all the work, and merging them needs nothing but what they left, and the set."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import NoReturn

import pytest

from derive.problems.merge import merge
from derive.problems.session import How
from tests.problems.conftest import a_set, outputs

WARNED = r"y = {x^2 \over x + 1}"
"""What latex2sympy2 does not read so."""


class Idle(Executor):
    """An executor for what needs none."""

    def submit(self, *_: object, **__: object) -> Future[NoReturn]:
        raise AssertionError("something is worked out")


def shards(derive, *arguments, out="out", of=2, **options):
    for k in range(1, of + 1):
        done = derive("build", *arguments, "--no-oracle", "-o", out, "--shard", f"{k}/{of}", **options)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("looks", ["article", "fragments,page,json"])
def test_merging_works_nothing_out_also_not_for_documents(derive, tmp_path, looks):
    (tmp_path / "week.yaml").write_text(a_set(3))
    shards(derive, "week.yaml", "--look", looks)
    assert not list((tmp_path / "out").glob("week*"))
    (outcome,) = merge(tmp_path / "out", [], How(executor=Idle()))
    assert outcome.record.problems == len(outcome.record.evidence) == 3
    derive("build", "week.yaml", "--look", looks, "--no-oracle", "-o", "whole")
    assert outputs(tmp_path / "out") == outputs(tmp_path / "whole")


def test_the_limits_of_the_shards_are_those_of_the_merge(derive, tmp_path):
    file = tmp_path / "week.jsonl"
    file.write_text('{"latex": "y = x^2"}' + " " * (6 * 2**20) + '\n{"latex": "y = x^3"}\n')
    shards(derive, file, "--look", "fragments", "--limit", "file-mib=10")
    done = derive("merge")
    assert done.returncode == 0, done.stderr
    assert len(outputs(tmp_path / "out")) == 2


def test_the_warnings_of_all_shards_are_told(derive, tmp_path):
    (tmp_path / "week.yaml").write_text(a_set(4, p1=WARNED, p2=WARNED))
    for k in (1, 2):
        derive("build", "week.yaml", "--look", "fragments", "--shard", f"{k}/2")
    told = json.loads(derive("merge", "--report", "json").stdout)["sets"][0]["messages"]
    assert [(m["kind"], m["problem"]) for m in told] == [("warning", "p1"), ("warning", "p2")]


def checkout(folder: Path, text: str = "") -> Path:
    """Write what a build is made from into a folder, as another machine has it."""
    (folder / "mine" / "fragments").mkdir(parents=True)
    (folder / "mine" / "fragments" / "problem.md.j2").write_text("my << problem.id >>\n")
    (folder / "week.yaml").write_text(text or a_set(4))
    return folder


def test_shards_of_several_machines_are_merged_on_another_one(derive, tmp_path):
    here = checkout(tmp_path / "here")
    for k in (1, 2):
        there = checkout(tmp_path / f"there{k}")
        options = ("--look", "fragments,article", "--templates", "mine", "--no-oracle", "--shard", f"{k}/2")
        assert derive("build", "week.yaml", *options, cwd=there).returncode == 0
        shutil.move(there / "out", here / f"part{k}")
        shutil.rmtree(there)
    done = derive("merge", "part1", "part2", cwd=here)
    assert done.returncode == 0, done.stderr
    assert len(outputs(here / "out")) == 6
    assert (here / "out" / "p1.md").read_text() == "my p1\n"
    elsewhere = derive("merge", here / "part1", here / "part2")
    assert elsewhere.returncode == 2
    assert "week.yaml is not as it was when the shards were built" in elsewhere.stderr


def test_the_folder_of_the_build_does_where_it_is_still_there(derive, tmp_path):
    here = checkout(tmp_path / "here")
    shards(derive, "week.yaml", "--look", "fragments", cwd=here)
    assert derive("merge", here / "out").returncode == 0
    assert len(outputs(tmp_path / "out")) == 4


def test_shards_of_different_sets_are_refused(derive, tmp_path):
    for k in (1, 2):
        checkout(tmp_path / f"m{k}", a_set(4 + k))
        derive("build", "week.yaml", "--look", "fragments", "--no-oracle", "--shard", f"{k}/2", cwd=tmp_path / f"m{k}")
    done = derive("merge", "m1/out", "m2/out")
    assert done.returncode == 2
    assert "different builds" in done.stderr
