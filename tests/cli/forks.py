"""A small process that runs commands of `derive` in forks of its own: each line on standard input asks for one."""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import NoReturn

import derive.pipeline  # noqa: F401 - so that no fork has to
from derive.cli import main


def serve() -> None:
    """Answer each line `[arguments, folder, [files for 0, 1 and 2]]` with the exit code of the command."""
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _run(*json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _run(arguments: list[str], folder: str, files: list[str]) -> NoReturn:
    code: object = 1
    try:
        for number, (file, mode) in enumerate(zip(files, (os.O_RDONLY, os.O_WRONLY, os.O_WRONLY), strict=True)):
            os.dup2(os.open(file, mode), number)
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


if __name__ == "__main__":
    serve()
