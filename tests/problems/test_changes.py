"""A file that a set names, edited while the set is built: what was made may be of either state, so it is not final."""

from __future__ import annotations

from concurrent.futures import Executor
from pathlib import Path

from derive.engine.run import local
from derive.problems.request import Request
from derive.problems.session import How, build
from tests.problems.conftest import outputs

UPRIGHT, ITALIC = "spelling: {d: upright}\n", "spelling: {d: italic}\n"


class Editing(Executor):
    """Has another executor do the work, and makes a notation italic before."""

    def __init__(self, inner: Executor, notation: Path) -> None:
        self.inner, self.notation = inner, notation

    def submit(self, function, messages):
        self.notation.write_text(ITALIC)
        return self.inner.submit(function, messages)


def test_a_notation_that_is_edited_during_a_build_leaves_nothing_behind(tmp_path):
    """It was upright when the build began, and is so again at the next one."""
    notation = tmp_path / "n.yaml"
    (tmp_path / "set.yaml").write_text("notation: n.yaml\nproblems:\n  - latex: y = x^2\n  - latex: y = x^3\n")
    request = Request(looks=("fragments", "handout"), oracle=False)
    with local(1) as pool:
        for out, executor in [("out", Editing(pool, notation)), ("out", pool), ("clean", pool)]:
            notation.write_text(UPRIGHT)
            list(build([tmp_path / "set.yaml"], tmp_path / out, request, How(executor=executor)))
    assert outputs(tmp_path / "out") == outputs(tmp_path / "clean")
    assert r"\mathrm{d}" in (tmp_path / "out" / "p0001.md").read_text()
