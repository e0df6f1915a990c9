"""A child process that works formulas out, held to its limits from outside: it is ended when one takes too long.

A problem that hangs in C code, or takes all memory, costs nothing but itself: the child is started anew for the rest.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from derive.engine.work import Fault, Result

PATIENCE = 6.0
"""How many times its limit, by the clock, a problem may take: the limit counts the time that its process works."""

_GRACE = 2.0
"""Seconds to end by itself, with a better message."""

_TOO_LONG = getattr(signal, "SIGXCPU", 0)
"""What the system kills a process with that has worked for too long, also within C code."""

_START = 60.0
"""Seconds that a process has to start: a disk may be slow."""

_HERE = str(Path(__file__).resolve().parent.parent.parent)
_RUN = "import sys; sys.path.append(sys.argv[1]); from derive.engine.child import main; main()"
"""The child's program. The folder of the package comes last in its path, and the current folder not at all."""


class Worker:
    """A child process that lives until it is closed, or until a problem ends it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._fresh = False
        self._late = False
        self._awaited: object = None
        self._lock = threading.Lock()

    def answers(self, messages: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield the result of each piece of work, in order."""
        waiting = list(messages)
        while waiting:
            self._send(waiting)
            while waiting and self._process is not None:
                answer = self._receive(waiting.pop(0)["limits"]["seconds"])
                yield answer if answer is not None else self._lost()

    def start(self) -> None:
        """Start the process, unless it is there already."""
        if self._process is None:
            self._process, self._fresh = _started(), True

    def _send(self, messages: Sequence[dict[str, Any]]) -> None:
        """Send all at once: the process reads the whole line before it answers, so neither waits for the other."""
        self.start()
        assert self._process is not None
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # the process has ended: it will be missed when its answer is read
            self._process.stdin.write(json.dumps(messages) + "\n")
            self._process.stdin.flush()

    def _receive(self, seconds: float) -> dict[str, Any] | None:
        """Return the next answer, or None if the process ended, by itself or because its time was up."""
        assert self._process is not None
        assert self._process.stdout is not None
        this = self._awaited = object()
        limit = PATIENCE * seconds + _GRACE + (_START if self._fresh else 0.0)
        alarm = threading.Timer(limit, self._too_late, [this])
        alarm.daemon = True
        alarm.start()
        try:
            line = self._process.stdout.readline()
        finally:
            alarm.cancel()
            with self._lock:
                self._awaited = None
        self._fresh = False
        if self._late and line.endswith("\n"):  # it came at the last moment, but the process is gone
            self.close()
        return json.loads(line) if line.endswith("\n") else None

    def _too_late(self, what: object) -> None:
        with self._lock:
            if self._awaited is what and self._process is not None:
                self._late = True
                _end(self._process)

    def _lost(self) -> dict[str, Any]:
        """Return the result of work during which the process ended."""
        assert self._process is not None
        code = self._process.wait()
        late = self._late or code == -_TOO_LONG
        self.close()
        if late:
            says, hint = "no solution in time: the process was killed", "raise it with --limit seconds=60"
        else:
            how = f"signal {-code}" if code < 0 else f"exit code {code}"
            says = f"the process that worked on it ended with {how}, as happens when memory is short"
            hint = "raise it with --limit memory-mib=4096"
        report = f"error[D501]: {says}\n  {hint}"
        return Result(fault=Fault("D501", says, hint=hint, report=report, lasting=False)).message()

    def close(self) -> None:
        """End the process."""
        process, self._process, self._late = self._process, None, False
        if process is not None:
            _end(process)
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):  # what was not sent any more
                    assert pipe is not None
                    pipe.close()


def _started() -> subprocess.Popen[str]:
    """Return a new child, in a process group of its own, so that Ctrl-C reaches only the parent."""
    one_thread = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-P", "-c", _RUN, _HERE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="ascii",
        env={**os.environ, **one_thread, "PYTHONHASHSEED": "0"},
        start_new_session=True,
    )


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
