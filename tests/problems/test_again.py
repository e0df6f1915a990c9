"""A build that is done again sees what has changed, and leaves nothing over."""

from __future__ import annotations

import json

import pytest

from tests.problems.conftest import outputs

FRAGMENTS = ("--look", "fragments", "--no-oracle")


def test_sets_with_the_same_text_and_other_files_beside_them(derive, tmp_path):
    for folder, d in (("a", "upright"), ("b", "italic")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "n.yaml").write_text(f"spelling: {{d: {d}}}\n")
        (tmp_path / folder / "s.yaml").write_text("notation: n.yaml\nproblems:\n  - {id: q, latex: 'y = x^2'}\n")
    derive("build", "a/s.yaml", *FRAGMENTS)
    assert r"\mathrm{d}" in (tmp_path / "out" / "q.md").read_text()
    derive("build", "b/s.yaml", *FRAGMENTS)
    assert r"\mathrm{d}" not in (tmp_path / "out" / "q.md").read_text()


@pytest.mark.parametrize("limit", ["problems=1", "file-mib=0.00001"])
def test_a_limit_holds_for_what_was_built_already(derive, tmp_path, limit):
    (tmp_path / "s.yaml").write_text("problems:\n  - latex: 'y = x^2'\n  - latex: 'y = x^3'\n")
    assert derive("build", "s.yaml", *FRAGMENTS).returncode == 0
    assert derive("build", "s.yaml", *FRAGMENTS, "--limit", limit).returncode == 2


def test_variants_that_there_are_no_more_leave_no_files(derive, tmp_path):
    for count, names in ((3, ["q-1.md", "q-2.md", "q-3.md"]), (1, ["q.md"]), (2, ["q-1.md", "q-2.md"])):
        (tmp_path / "s.yaml").write_text(
            f"problems:\n  - {{id: q, latex: 'y = x^{{\\param{{n}}}}', params: {{n: 2..9}}, variants: {count}}}\n"
        )
        assert derive("build", "s.yaml", *FRAGMENTS).returncode == 0
        assert sorted(outputs(tmp_path / "out")) == names


def test_what_is_prose_now_counts_as_solved_no_more(derive, tmp_path):
    for field, solved in (("latex: 'y = x^2'", 1), ("statement: Why?", 0)):
        (tmp_path / "s.yaml").write_text(f"problems:\n  - {{id: q, {field}}}\n")
        report = json.loads(derive("build", "s.yaml", *FRAGMENTS, "--report", "json").stdout)
        assert report["sets"][0]["solved"] == solved
