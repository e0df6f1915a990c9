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

from tests.planted import planted

__all__ = ["Done", "Run", "a_set", "derive", "outputs", "planted"]


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
