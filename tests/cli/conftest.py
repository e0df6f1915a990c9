"""The command line as a user calls it, in forks of a small process: starting Python anew each time would take minutes.

The process of the tests does not do: it may be larger than a command is allowed to be.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest


class Done(NamedTuple):
    """What came of a command."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture(scope="session")
def forks() -> Iterator[subprocess.Popen[str]]:
    """The process that runs commands."""
    command = [sys.executable, str(Path(__file__).with_name("forks.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.stdin.close()


@pytest.fixture
def derive(
    forks: subprocess.Popen[str], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Done]:
    """Run `derive` with arguments in an empty folder; whatever happens, no traceback is shown."""
    files = [tmp_path_factory.mktemp("standard") / name for name in ("in", "out", "err")]

    def run(*arguments: str, stdin: bytes = b"") -> Done:
        for file, data in zip(files, (stdin, b"", b""), strict=True):
            file.write_bytes(data)
        print(json.dumps([arguments, str(tmp_path), [*map(str, files)]]), file=forks.stdin, flush=True)
        status = int(forks.stdout.readline())
        done = Done(status, *(file.read_text("utf-8") for file in files[1:]))
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run
