"""Real make reads the rules, and remakes what it should."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.engine.depfile import depfile
from derive.errors import OutputError
from tests.conftest import needed

RECIPE = "%:\n\t@:$(info made [$@])\n"
SIGNS = r"""!"#$%&'()*+,-.:<=>?@[]^_`{|}~ """
REFUSED = re.compile(r"^~|[ )]$|%.*[*?[]|[*?[].*%")
NAMES = st.text(st.sampled_from("ab" + SIGNS + "äλ"), min_size=1, max_size=6).filter(
    lambda name: name.strip(".") and not REFUSED.search(name)
)


@pytest.fixture(scope="module", autouse=True)
def make():
    needed("make", shutil.which("make") is not None)


def made(folder: Path, target: str) -> bool:
    """Run make for a target, and tell whether that was remade."""
    (folder / "goal.d").write_bytes(os.fsencode(depfile(["goal"], [target])))
    command = ["make", "-rRs", "-f", "rules.mk", "-f", "rules.d", "-f", "goal.d", "goal"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    return os.fsencode(f"made [{target}]") in done.stdout.splitlines()


def prepared(folder: Path, targets: list[str], sources: list[str]) -> None:
    for name in {*targets, *sources}:
        (folder / name).touch()
    for name in targets:
        os.utime(folder / name, (2, 2))
    for name in sources:
        os.utime(folder / name, (1, 1))
    (folder / "rules.mk").write_text(RECIPE)
    (folder / "rules.d").write_bytes(os.fsencode(depfile(targets, sources)))


@settings(max_examples=60)
@given(names=st.lists(NAMES, min_size=3, max_size=5, unique=True))
def test_a_target_is_remade_when_a_source_is_newer_or_gone(names):
    target, *sources = names
    with tempfile.TemporaryDirectory() as made_in:
        folder = Path(made_in)
        prepared(folder, [target], sources)
        assert not made(folder, target)
        os.utime(folder / sources[-1], (3, 3))
        assert made(folder, target)
        os.utime(folder / sources[-1], (1, 1))
        (folder / sources[0]).unlink()
        assert made(folder, target)


WORDS = [*SIGNS, "$(shell touch owned).", "`touch owned`", "include"]
SINGLE = [shape.format(word) for word in WORDS for shape in ("{}", "a{}b", "{}b", "a{}")]


@pytest.mark.parametrize("name", [name for name in SINGLE if name != "." and not REFUSED.search(name)])
def test_each_sign_alone(name, tmp_path):
    for targets, sources in ([name], ["source"]), (["target"], [name]):
        prepared(tmp_path, targets, sources)
        assert not made(tmp_path, targets[0])
        os.utime(tmp_path / sources[0], (3, 3))
        assert made(tmp_path, targets[0])
    assert not (tmp_path / "owned").exists()


def test_the_text_is_one_rule_and_one_without_a_recipe_for_each_source():
    text = depfile(["out/week 3.md", "out/a.md"], [Path("week 3.yaml"), "a#b", "a#b", "out/a.md"])
    assert (
        text
        == r"""out/week\ 3.md out/a.md: \
  week\ 3.yaml \
  a\#b \
  out/a.md

week\ 3.yaml:

a\#b:
"""
    )


@pytest.mark.parametrize("name", ["a\nb", "a\tb", "a\\b", "a;b", "a ", "~", "~root", "a(b)", "$(shell a)", "%?", "?%"])
def test_names_that_make_cannot_read_are_refused(name):
    with pytest.raises(OutputError, match="make cannot read"):
        depfile([name], ["a"])
    with pytest.raises(OutputError, match="make cannot read"):
        depfile(["a"], [name])
