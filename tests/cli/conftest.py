"""The command line as a user calls it, in a fork of this process: starting Python anew each time would take minutes."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple, NoReturn

import pytest

import derive.pipeline  # so that no fork has to
from derive.cli import main


class Done(NamedTuple):
    """What came of a command."""

    returncode: int
    stdout: str
    stderr: str


def _child(arguments: tuple[str, ...], folder: Path, files: list[BinaryIO]) -> NoReturn:
    code: object = 1
    try:
        for number, file in enumerate(files):
            os.dup2(file.fileno(), number)
        sys.stdin = os.fdopen(0, "r", encoding="utf-8", closefd=False)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
        os.chdir(folder)
        sys.argv = ["derive", *arguments]
        main()
    except SystemExit as done:
        code = done.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


@pytest.fixture
def derive(tmp_path: Path) -> Callable[..., Done]:
    """Run `derive` with arguments in an empty folder; whatever happens, no traceback is shown."""

    def run(*arguments: str, stdin: bytes = b"") -> Done:
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            given.write(stdin)
            given.seek(0)
            child = os.fork()
            if not child:
                _child(arguments, tmp_path, [given, out, err])
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            out.seek(0)
            err.seek(0)
            done = Done(status, out.read().decode(), err.read().decode())
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run
