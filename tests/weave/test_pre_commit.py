"""The hooks for pre-commit do what they say, run by pre-commit itself in a repository of their own."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.conftest import needed

HOOKS = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"
POST = "---\ntitle: A post\n---\n\n```derive wrt=x detail=answer\ny = x^2\n```\n"
SET = "title: A sheet\nproblems:\n  - id: square\n    latex: 'y = x^2'\n    wrt: x\n"
ARGUMENTS = ["sheet.yaml", "-o", "out", "--look", "fragments"]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command in a repository whose configuration has our hooks, with the derive of this environment."""
    needed("pre-commit", importlib.util.find_spec("pre_commit") is not None and shutil.which("git") is not None)
    repository = tmp_path / "repository"
    repository.mkdir()
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    names = {
        f"GIT_{role}_{what}": "someone@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    env = {
        **os.environ,
        **names,
        "PATH": path,
        "PRE_COMMIT_HOME": str(tmp_path / "home"),
        "DERIVE_CACHE": str(tmp_path),
    }

    def run(*command: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(command, cwd=repository, env=env, capture_output=True, text=True, timeout=200)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    run("git", "init", "--quiet")
    hooks = [hook | {"language": "system"} for hook in yaml.safe_load(HOOKS.read_text("utf-8"))]
    hooks[-1]["args"] = ARGUMENTS
    repository.joinpath(".pre-commit-config.yaml").write_text(
        yaml.safe_dump({"repos": [{"repo": "local", "hooks": hooks}]})
    )
    repository.joinpath("post.md").write_text(POST)
    repository.joinpath("sheet.yaml").write_text(SET)
    run("git", "add", ".")
    return run


def test_the_hooks_are_as_pre_commit_wants_them(run):
    run(sys.executable, "-m", "pre_commit", "validate-manifest", str(HOOKS))


@pytest.mark.timeout(300)
def test_documents_are_woven_and_checked(run, tmp_path):
    post = tmp_path / "repository" / "post.md"
    assert "stale: post.md" in run(*hook("derive-weave-check"), code=1).stdout
    assert post.read_text() == POST
    assert "files were modified by this hook" in run(*hook("derive-weave"), code=1).stdout
    assert "2x" in post.read_text()
    run("git", "add", ".")
    run(*hook("derive-weave"))
    run(*hook("derive-weave-check"))


@pytest.mark.timeout(300)
def test_sheets_are_checked(run, tmp_path):
    run("derive", "build", *ARGUMENTS)
    run(*hook("derive-build-check"))
    (tmp_path / "repository" / "out" / "square.md").write_text("Changed.")
    assert "stale" in run(*hook("derive-build-check"), code=1).stdout


def hook(name: str) -> list[str]:
    return [sys.executable, "-m", "pre_commit", "run", name, "--all-files"]
