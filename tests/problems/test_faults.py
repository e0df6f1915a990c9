"""What may go wrong while a build runs: nothing is lost, nothing is half written, and the rest is done."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.planted import PLANTED
from tests.problems.conftest import a_set, outputs

FRAGMENTS = ("--look", "fragments", "--no-oracle", "--quiet")


@pytest.fixture
def week(tmp_path: Path) -> Path:
    file = tmp_path / "week.yaml"
    file.write_text(a_set(12))
    return file


def started(*arguments: object, cwd: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "derive", *map(str, arguments)]
    return subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=_listening)


def _listening() -> None:
    """Do not ignore Ctrl-C, as a process in the background of a script does."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.usefixtures("planted")
def test_a_hang_and_a_hog_cost_no_other_problem_its_output(derive, tmp_path):
    fine = tmp_path / "fine.yaml"
    fine.write_text(a_set(6))
    bad = tmp_path / "bad" / "fine.yaml"
    bad.parent.mkdir()
    bad.write_text(a_set(6, p2="hang", p5="hog"))
    derive("build", fine, "-o", "fine", *FRAGMENTS)
    done = derive("build", bad, "-o", "out", *FRAGMENTS, "--limit", "seconds=2")
    assert done.returncode == 1
    assert "problem p2" in done.stderr
    assert "problem p5" in done.stderr
    assert "memory" in done.stderr
    expected = outputs(tmp_path / "fine")
    assert outputs(tmp_path / "out") == {name: h for name, h in expected.items() if name not in ("p2.md", "p5.md")}


def test_a_bad_problem_keeps_its_old_output_and_is_told_each_time(derive, tmp_path, week):
    derive("build", week, *FRAGMENTS)
    before = outputs(tmp_path / "out")
    week.write_text(a_set(12, p3="x^{"))
    for _ in range(2):
        done = derive("build", week, *FRAGMENTS)
        assert done.returncode == 1
        assert "week.yaml:10:" in done.stderr
        assert outputs(tmp_path / "out") == before


@pytest.mark.usefixtures("planted")
def test_a_problem_whose_time_was_up_is_tried_again(derive, tmp_path, week):
    week.write_text(a_set(2, p2="hang"))
    assert derive("build", week, *FRAGMENTS, "--limit", "seconds=1").returncode == 1
    (tmp_path / "planted" / "sitecustomize.py").write_text(PLANTED.replace('"hang" in latex', "False"))
    assert "time" not in derive("build", week, *FRAGMENTS, "--limit", "seconds=1").stderr


@pytest.mark.parametrize("word", ["SIGTERM", "SIGINT"])
def test_a_signal_ends_a_build_in_order(tmp_path, week, word):
    week.write_text(a_set(400))
    process = started("build", week, *FRAGMENTS, cwd=tmp_path)
    while not list((tmp_path / "out").glob("*.md")):
        time.sleep(0.05)
    process.send_signal(getattr(signal, word))
    assert process.wait(10) in (130, 143)
    assert b"Traceback" not in process.stderr.read()
    assert not list((tmp_path / "out").glob(".derive-*.tmp"))


@pytest.mark.timeout(300)
def test_a_build_that_is_killed_anywhere_ends_as_one_that_is_not(derive, tmp_path, week):
    options = ("--look", "fragments,handout", "--no-oracle", "--quiet", "--profile", "student,key")
    start = time.monotonic()
    derive("build", week, "-o", "whole", *options)
    whole = time.monotonic() - start
    rng = random.Random(5)
    for _ in range(20):
        process = started("build", week, "-o", "out", *options, cwd=tmp_path)
        time.sleep(rng.uniform(0.1, whole))
        process.kill()
        process.wait()
        for name in outputs(tmp_path / "out"):
            assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
        if rng.random() < 0.4:
            shutil.rmtree(tmp_path / "out", ignore_errors=True)
    assert derive("build", week, "-o", "out", *options).returncode == 0
    assert outputs(tmp_path / "out") == outputs(tmp_path / "whole")
    assert not list((tmp_path / "out").rglob(".derive-*.tmp"))


def test_two_builds_at_once_wait_for_each_other(tmp_path, week):
    both = [started("build", week, *FRAGMENTS, cwd=tmp_path) for _ in range(2)]
    assert [p.wait(60) for p in both] == [0, 0]
    assert len(outputs(tmp_path / "out")) == 12


@pytest.mark.usefixtures("planted")
def test_who_does_not_wait_is_told_who_builds(derive, tmp_path, week):
    slow = tmp_path / "slow.yaml"
    slow.write_text(a_set(40, **{f"p{k}": f"slow {k}" for k in range(1, 41)}))
    first = started("build", slow, *FRAGMENTS, "-j", 1, cwd=tmp_path)
    while not (tmp_path / "out" / "p1.md").exists():
        time.sleep(0.05)
    done = derive("build", week, *FRAGMENTS, "--wait", 0)
    assert done.returncode == 2
    assert str(first.pid) in done.stderr
    assert first.wait(60) == 0


def test_a_full_disk_is_told_and_costs_nothing_that_was_there(derive, tmp_path, week):
    if os.geteuid() or not shutil.which("mount"):
        pytest.skip("only root can mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=640k", "none", disk], check=False).returncode:
        pytest.skip("this machine mounts no disk")
    try:
        assert derive("build", week, "-o", disk / "out", *FRAGMENTS).returncode == 0
        before = outputs(disk / "out")
        week.write_text(a_set(900))
        done = derive("build", week, "-o", disk / "out", *FRAGMENTS)
        assert done.returncode == 1
        assert "No space left" in done.stderr
        after = outputs(disk / "out")
        assert {name: after[name] for name in before} == before
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("damage", ["cache.sqlite", "manifest.json"])
def test_damaged_bookkeeping_costs_time_and_nothing_else(derive, tmp_path, week, damage):
    derive("build", week, *FRAGMENTS)
    before = outputs(tmp_path / "out")
    (tmp_path / "out" / ".derive" / damage).write_bytes(os.urandom(3000))
    done = derive("build", week, *FRAGMENTS)
    assert (done.returncode, f"{damage} is damaged" in done.stderr) == (0, True)
    assert outputs(tmp_path / "out") == before
    assert "damaged" not in derive("build", week, *FRAGMENTS).stderr


def test_what_stands_in_the_way_is_told(derive, tmp_path, week):
    (tmp_path / "file").write_text("mine")
    done = derive("build", week, "-o", "file", *FRAGMENTS)
    assert (done.returncode, (tmp_path / "file").read_text()) == (2, "mine")


def test_a_link_is_replaced_and_what_it_leads_to_left_alone(derive, tmp_path, week):
    secret = tmp_path / "secret"
    secret.write_text("mine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "p1.md").symlink_to(secret)
    (tmp_path / "out" / "p2.md").symlink_to("nowhere")
    assert derive("build", week, *FRAGMENTS).returncode == 0
    assert secret.read_text() == "mine"
    assert not any((tmp_path / "out" / f"p{k}.md").is_symlink() for k in (1, 2))
    assert not (tmp_path / "out" / "nowhere").exists()


def test_a_pipe_in_the_way_does_not_block(derive, tmp_path, week):
    (tmp_path / "out").mkdir()
    os.mkfifo(tmp_path / "out" / "p1.md")
    done = derive("build", week, *FRAGMENTS)
    assert done.returncode == 1
    assert "p1.md" in done.stderr


def test_small_files_and_few_descriptors_leave_nothing_half(derive, tmp_path, week):
    derive("build", week, "-o", "whole", *FRAGMENTS)
    whole = outputs(tmp_path / "whole")
    for limit in ("ulimit -f 1", "ulimit -n 20"):
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        command = f"{limit}; exec {sys.executable} -m derive build {week} {' '.join(FRAGMENTS)} -j 4"
        done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1, 2)
        assert "Traceback" not in done.stderr
        made = outputs(tmp_path / "out") if (tmp_path / "out").exists() else {}
        assert made.items() <= whole.items()
