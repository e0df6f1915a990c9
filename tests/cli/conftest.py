"""The command line as a user starts it: a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def derive(tmp_path: Path) -> Run:
    """Run `derive` with arguments in an empty folder; whatever happens, no traceback is shown."""

    def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "derive", *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, cwd=tmp_path, timeout=50, check=False)
        out, err = done.stdout.decode(), done.stderr.decode()
        assert "Traceback" not in err
        return subprocess.CompletedProcess(command, done.returncode, out, err)

    return run
