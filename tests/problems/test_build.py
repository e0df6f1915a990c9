"""What a build makes: the same bytes however it is divided, and nothing twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.problems.conftest import a_set, outputs

FRAGMENTS = ("--look", "fragments", "--no-oracle")

MIXED = r"""
title: A mixed sheet
course: Calculus
defaults: {points: 3}
seed: spring
problems:
  - id: chain
    latex: 'y = \sin(x^2)'
    wrt: x
    tags: [chain]
    hints: ['Name the inner function $u$.']
  - id: drawn
    statement: 'Differentiate $f(x) = \param{a} x^{\param{n}}$.'
    latex: 'f(x) = \param{a} x^{\param{n}}'
    params: {a: 2..9, n: [3, 4, 5]}
    variants: 2
    tags: [power]
  - id: prose
    statement: Why does $|x|$ have no derivative at $0$?
    solution: The limits from both sides are $-1$ and $1$.
  - id: parts
    statement: A neuron.
    parts:
      - {latex: 'z = \mathbf{w} \cdot \mathbf{x} + b', wrt: '\mathbf{w}', points: 1}
      - {latex: 'a = \max(0, z)', wrt: '\mathbf{w}', uses: a, points: 2}
"""


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    file = tmp_path / "mixed.yaml"
    file.write_text(MIXED)
    return file


@pytest.fixture
def week(tmp_path: Path) -> Path:
    file = tmp_path / "week.yaml"
    file.write_text(a_set(10))
    return file


ALL = ("--look", "fragments,handout,article,exam,slides,page,json", "--profile", "student,hints,answers,key")


@pytest.mark.timeout(300)
def test_all_looks_are_the_same_bytes_however_the_work_is_divided(derive, tmp_path, mixed):
    options = (mixed, *ALL, "--versions", "A,B", "--no-oracle", "-q")
    assert derive("build", *options, "-o", "one", "-j", 1).returncode == 0
    one = outputs(tmp_path / "one")
    assert len(one) == 2 * (4 * 5 + 5 * 4 + 1)
    for workers in (2, 4):
        assert derive("build", *options, "-o", f"j{workers}", "-j", workers, "--chunk", workers).returncode == 0
        assert outputs(tmp_path / f"j{workers}") == one
    for k in (2, 3, 1):
        assert derive("build", *options, "-o", f"part{k % 2}", "--shard", f"{k}/3").returncode == 0
    assert derive("merge", "part0", "part1", "-o", "merged", "-q").returncode == 0
    assert outputs(tmp_path / "merged") == one


def test_a_cluster_of_dask_makes_the_same_bytes(derive, tmp_path, week):
    distributed = pytest.importorskip("distributed")
    derive("build", week, *FRAGMENTS, "-o", "here")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        address = cluster.scheduler_address
        done = derive("build", week, *FRAGMENTS, "-o", "there", "--scheduler", address, "--chunk", 3)
    assert done.returncode == 0, done.stderr
    assert outputs(tmp_path / "there") == outputs(tmp_path / "here")


def test_no_cluster_is_told(derive, week):
    pytest.importorskip("distributed")
    done = derive("build", week, "--scheduler", "tcp://127.0.0.1:9")
    assert done.returncode == 2
    assert "no scheduler answers" in done.stderr


def test_shards_that_are_missing_are_told(derive, week):
    derive("build", week, *FRAGMENTS, "--shard", "1/3")
    done = derive("merge")
    assert done.returncode == 2
    assert "2/3, 3/3" in done.stderr


def test_nothing_is_done_twice(derive, tmp_path, week):
    assert derive("build", week, *FRAGMENTS).returncode == 0
    times = {f: f.stat().st_mtime_ns for f in (tmp_path / "out").glob("*.md")}
    done = derive("build", week, *FRAGMENTS)
    assert "nothing to do" in done.stderr
    week.write_text(a_set(10, p4="y = cos(x)"))
    done = derive("build", week, *FRAGMENTS)
    assert "1 file written" in done.stderr
    assert [f.name for f, time in times.items() if f.stat().st_mtime_ns != time] == ["p4.md"]


def test_what_is_current_needs_no_heavy_library(derive, tmp_path, week):
    derive("build", week, *FRAGMENTS)
    code = (
        "import sys; sys.argv = ['derive', 'build', 'week.yaml', '--look', 'fragments', '--no-oracle']\n"
        "from derive.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "print([m for m in ('sympy', 'numpy', 'mpmath', 'derive.pipeline', 'derive.expr.nodes') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_check_tells_what_is_stale_and_writes_nothing(derive, tmp_path, week):
    assert derive("build", week, *FRAGMENTS, "--check").returncode == 3
    assert not (tmp_path / "out").exists()
    derive("build", week, *FRAGMENTS)
    assert derive("build", week, *FRAGMENTS, "--check").returncode == 0
    week.write_text(a_set(9, p2="y = cos(x)"))
    (tmp_path / "out" / "p3.md").write_text("changed by hand")
    before = outputs(tmp_path / "out")
    done = derive("build", week, *FRAGMENTS, "--check")
    assert done.returncode == 3
    assert [name for name in sorted(before) if f"stale: {name}" in done.stderr] == ["p10.md", "p2.md", "p3.md"]
    assert outputs(tmp_path / "out") == before


def test_check_needs_no_bookkeeping(derive, tmp_path, week):
    """As in a repository that keeps the outputs, but not what a build remembers."""
    derive("build", week, *FRAGMENTS)
    for file in (tmp_path / "out" / ".derive").iterdir():
        file.unlink()
    assert derive("build", week, *FRAGMENTS, "--check").returncode == 0


def test_files_of_problems_that_are_gone_go_too_unless_somebody_changed_them(derive, tmp_path, week):
    derive("build", week, *FRAGMENTS)
    (tmp_path / "out" / "p9.md").write_text("mine")
    (tmp_path / "out" / "other.md").write_text("mine")
    week.write_text(a_set(8))
    derive("build", week, *FRAGMENTS)
    assert sorted(outputs(tmp_path / "out")) == sorted([*(f"p{k}.md" for k in range(1, 10)), "other.md"])


def test_what_is_not_drawn_this_time_keeps_its_file(derive, tmp_path, mixed):
    derive("build", mixed, *FRAGMENTS)
    before = outputs(tmp_path / "out")
    derive("build", mixed, "--look", "handout", "--no-oracle", "--draw", "power=0", "--draw", "chain=0")
    assert before.items() <= outputs(tmp_path / "out").items()


def test_two_sets_share_a_folder(derive, tmp_path, week, mixed):
    derive("build", week, mixed, *FRAGMENTS)
    assert len(outputs(tmp_path / "out")) == 15
    assert "nothing to do" in derive("build", week, mixed, *FRAGMENTS).stderr


def test_a_line_above_moves_places_but_makes_no_work(derive, tmp_path, week):
    derive("build", week, *FRAGMENTS)
    week.write_text("# a remark\n" + week.read_text())
    assert "nothing to do" in derive("build", week, *FRAGMENTS).stderr


def test_versions_have_values_of_their_own_and_their_keys_fit(derive, tmp_path, mixed):
    derive("build", mixed, "--look", "json", "--versions", "3", "--no-oracle")
    texts = {}
    for version in "ABC":
        data = json.loads((tmp_path / "out" / f"mixed-{version}.json").read_text())
        drawn = [p for p in data["problems"] if p["id"].startswith("drawn")]
        for p in drawn:
            formula = p["derivation"]["problem"]["latex"]
            assert formula in p["statement"]
            texts[version, p["id"]] = formula
    assert len(set(texts.values())) == 6


def test_the_same_seed_gives_the_same_and_another_one_does_not(derive, tmp_path, mixed):
    def built(seed, out):
        derive("build", mixed, "--look", "json", "--no-oracle", "--seed", seed, "-o", out)
        return outputs(tmp_path / out)

    assert built("1", "a") == built("1", "b") != built("2", "c")


def test_problems_are_drawn_by_tag(derive, tmp_path, mixed):
    derive("build", mixed, *FRAGMENTS, "--draw", "power=1", "--draw", "chain=0")
    assert sorted(outputs(tmp_path / "out")) == ["drawn-1.md", "drawn-2.md", "parts.md", "prose.md"]
    assert derive("build", mixed, "--draw", "power=2").returncode == 2


def test_reports_for_programs(derive, week):
    week.write_text(a_set(3, p2="x^{"))
    report = json.loads(derive("build", week, *FRAGMENTS, "--report", "json").stdout)["sets"][0]
    assert (report["problems"], report["solved"], report["failed"]) == (3, 2, ["p2"])
    (message,) = report["messages"]
    assert (message["line"], message["code"]) == (7, "D101")
    lines = derive("build", week, *FRAGMENTS, "--report", "github").stdout.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("::error file=")
    assert ",line=7,col=" in lines[0]


def test_a_set_that_cannot_be_read_leaves_the_others_alone(derive, tmp_path, week):
    bad = tmp_path / "bad.yaml"
    bad.write_text("problems:\n  - {id: a, latex: x, titel: b}\n  - {id: a, latex: x}\n")
    done = derive("build", bad, week, *FRAGMENTS)
    assert done.returncode == 2
    assert "bad.yaml:2:" in done.stderr
    assert "did you mean title" in done.stderr
    assert "bad.yaml:3:" in done.stderr
    assert len(outputs(tmp_path / "out")) == 10


def test_a_template_of_the_user_shadows_ours_and_its_change_is_seen(derive, tmp_path, week):
    folder = tmp_path / "mine" / "fragments"
    folder.mkdir(parents=True)
    template = folder / "problem.md.j2"
    for text in ("first", "second"):
        template.write_text(f"{text} << problem.id >>\n")
        assert derive("build", week, *FRAGMENTS, "--templates", "mine").returncode == 0
        assert (tmp_path / "out" / "p1.md").read_text() == f"{text} p1\n"


ATTACKS = [
    "<< cycler.__init__.__globals__.os.popen('touch PWNED').read() >>",
    "<< ('{0.__class__.__base__}'|attr('format'))(1) >>",
    "<% set f='{0.__class__}'.format %><< [1]|map(f)|list >>",
    "<% set _ = sheet.problems.append(1) %>",
    "<% for i in range(10**9) %>x<% endfor %>",
    "<% include '../../../etc/passwd' %>",
    "<% include 'fragments/problem.md.j2' %>",
    "<< problem.nothing >>",
    "<< problem.title ~ 'joined unescaped' >>",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_templates_reach_nothing(derive, tmp_path, week, attack):
    folder = tmp_path / "mine" / "fragments"
    folder.mkdir(parents=True)
    (folder / "problem.md.j2").write_text(attack)
    done = derive("build", week, *FRAGMENTS, "--templates", "mine")
    assert done.returncode == 1
    assert "template" in done.stderr
    assert not (tmp_path / "PWNED").exists()
    assert outputs(tmp_path / "out") == {}


def test_a_template_that_never_ends_is_stopped(derive, tmp_path, week):
    folder = tmp_path / "mine" / "fragments"
    folder.mkdir(parents=True)
    loop = "<% for i in range(99999) %><% for j in range(99999) %><% endfor %><% endfor %>"
    (folder / "problem.md.j2").write_text(loop)
    done = derive("build", week, *FRAGMENTS, "--templates", "mine", "--limit", "seconds=2")
    assert done.returncode == 1
    assert "no document of the look fragments within 2 s" in done.stderr


def test_prose_that_cannot_be_printed_is_told_with_its_place(derive, tmp_path):
    (tmp_path / "set.yaml").write_text(
        "problems:\n  - latex: x^2\n    title: 'Of $\\input{secret}$'\n"
        "    statement: 'Of $\\param{a}$'\n    params: {a: 1..3}\n"
    )
    done = derive("build", "set.yaml")
    assert done.returncode == 2
    assert "set.yaml:3:" in done.stderr
    assert "input" in done.stderr
    assert "set.yaml:4:" not in done.stderr


def test_what_cannot_be_solved_is_told_with_its_place_in_the_file(derive, tmp_path):
    (tmp_path / "set.yaml").write_text(
        "problems:\n  - latex: |\n      y = x +\n        \\nosuch\n  - {latex: x^2, wrt: '\\nosuch'}\n"
    )
    done = derive("build", "set.yaml", *FRAGMENTS)
    places = [line.split(" error")[0] for line in done.stderr.splitlines() if "error[" in line]
    assert places == ["set.yaml:4:9: problem p0001:", "set.yaml:5:5: problem p0002:"]


def test_a_part_takes_over_what_the_parts_use_that_it_uses(derive, tmp_path):
    (tmp_path / "set.yaml").write_text(
        "problems:\n  - id: n\n    parts:\n      - {latex: 'z = wx + b', wrt: x}\n"
        "      - {latex: 'a = z^2', uses: a, wrt: x}\n      - {latex: 'L = a^3', uses: b, wrt: x}\n"
    )
    derive("build", "set.yaml", "--look", "json", "--no-oracle")
    (problem,) = json.loads((tmp_path / "out" / "set.json").read_text())["problems"]
    assert problem["parts"][2]["derivation"]["answer"]["latex"] == "6w(wx + b)^5"


def test_dependencies_for_make(derive, tmp_path, week):
    derive("build", week, "--look", "handout", "--no-oracle", "--depfile", "out.d")
    (tmp_path / "Makefile").write_text("include out.d\nout/week-handout-key.md:\n\t@echo rebuilt\n")
    make = ["make", "-s", "out/week-handout-key.md"]
    assert subprocess.run(make, cwd=tmp_path, capture_output=True, text=True, check=True).stdout == ""
    week.touch()
    assert "rebuilt" in subprocess.run(make, cwd=tmp_path, capture_output=True, text=True, check=True).stdout


def test_init_writes_what_builds(derive, tmp_path):
    assert derive("init", "mine.yaml").returncode == 0
    assert derive("build", "mine.yaml", "--look", "handout", "--no-oracle").returncode == 0
    assert sorted(outputs(tmp_path / "out")) == ["mine-handout-key.md", "mine-handout-student.md"]
    again = derive("init", "mine.yaml")
    assert again.returncode == 2
    assert "is there already" in again.stderr
    assert derive("init", "--look", "handout").returncode == 0
    assert derive("build", "mine.yaml", "--look", "handout", "--no-oracle", "--templates", "templates").returncode == 0
    assert derive("init", "--style").returncode == 0
    assert (tmp_path / "derive.sty").is_file()
    assert derive("init", "--schema").returncode == 0
    assert json.loads((tmp_path / "derive-set.schema.json").read_text())["title"] == "A problem set of derive"
    assert derive("init", "/dev/null/x.yaml").returncode == 1


def test_wrong_calls(derive, week):
    for options in (
        ("--look", "exm"),
        ("--profile", "teacher"),
        ("--shard", "5/4"),
        ("--versions", "A/B"),
        ("--draw", "x"),
    ):
        done = derive("build", week, *options)
        assert done.returncode == 2
        assert done.stderr
    assert "did you mean exam" in derive("build", week, "--look", "exm").stderr
    assert derive("build", "/dev/zero").returncode == 2
    assert derive("build", "nothing.yaml").returncode == 2
