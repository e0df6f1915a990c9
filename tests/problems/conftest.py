"""Builds as a user starts them: processes of their own, so that they can be watched, disturbed and killed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

PLANTED = """
import os, sys
import derive.pipeline

really = derive.pipeline.solve

def solve(latex, **options):
    if "hang" in latex:
        sys.set_int_max_str_digits(0)
        int("9" * 4_000_000)
    if "hog" in latex:
        bytearray(4 * 2**30)
    if "slow" in latex:
        import time
        time.sleep(0.3)
        latex = "x^2"
    return really(latex, **options)

derive.pipeline.solve = solve
"""


class Done(NamedTuple):
    """What came of a command."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def derive(tmp_path: Path) -> Run:
    """Run `derive` in an empty folder; whatever happens, no traceback is shown."""

    def run(*arguments: object, env: dict[str, str] | None = None, **options: object) -> Done:
        command = [sys.executable, "-m", "derive", *map(str, arguments)]
        found = subprocess.run(
            command,
            cwd=options.pop("cwd", tmp_path),
            capture_output=True,
            text=True,
            timeout=100,
            env={**os.environ, **(env or {})},
            **options,
        )
        assert "Traceback" not in found.stderr, found.stderr
        return Done(found.returncode, found.stdout, found.stderr)

    return run


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make LaTeX with the words hang (in C code), hog (4 GiB) and slow do just that in child processes."""
    folder = tmp_path / "planted"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(PLANTED)
    monkeypatch.setenv("PYTHONPATH", str(folder))


def a_set(count: int, **changed: str) -> str:
    """Return a set of simple problems, p1, p2, ..., some with another formula."""
    problems = (
        f"  - id: p{k}\n    latex: '{changed.get(f'p{k}', f'y = sin(x^2) + {k} x')}'\n    wrt: x\n"
        for k in range(1, count + 1)
    )
    return "title: Some problems\nproblems:\n" + "".join(problems)


def outputs(folder: Path) -> dict[str, str]:
    """Return the hashes of all files that a user sees in a folder."""
    files = (
        f
        for f in folder.rglob("*")
        if f.is_file() and not any(part.startswith(".") for part in f.relative_to(folder).parts)
    )
    return {str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}
