"""The limits that a process holds itself to."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator

from derive.errors import LimitError
from derive.limits import Limits

if sys.platform != "win32":  # where no process can be limited so
    import resource

_AGAIN = 0.5
"""Seconds after which the alarm rings again: a library that catches every exception has then swallowed the first."""


class _TimeUpError(BaseException):
    """The time is up. Not an `Exception`, which the code that is at work may catch."""


@contextlib.contextmanager
def limited(limits: Limits, *, busy: bool = False) -> Iterator[None]:
    """Limit the time and the memory of this process, where the system can.

    Args:
        limits: How much of both.
        busy: Count the time that the process works, not that of the clock: so a result does not depend on what else
            the machine does. Somebody else has to end a process that only waits.

    Raises:
        LimitError: The time is up.
    """
    if sys.platform == "win32":
        yield
        return
    memory = limits.memory_mib * 2**20
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, resource.getrlimit(resource.RLIMIT_AS)[1]))
    with contextlib.suppress(ValueError, OSError):  # the alarm waits for C code to end; the system does not
        used = int(sum(os.times()[:2]))
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (used + int(limits.seconds) + 3, hard))
    with in_time(limits.seconds, "no solution", busy=busy):
        yield


@contextlib.contextmanager
def in_time(seconds: float, what: str, *, busy: bool = False) -> Iterator[None]:
    """Let nothing take longer than some seconds, in the thread that gets the signals; elsewhere nothing is limited.

    Raises:
        LimitError: The time is up; `what` says what there is not: "no solution".
    """
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield
        return

    def too_long(*_: object) -> None:
        raise _TimeUpError

    clock, alarm = (signal.ITIMER_PROF, signal.SIGPROF) if busy else (signal.ITIMER_REAL, signal.SIGALRM)
    before = signal.signal(alarm, too_long)
    signal.setitimer(clock, seconds, _AGAIN)
    try:
        yield
    except _TimeUpError:
        raise LimitError(f"{what} within {seconds:g} s", hint="raise it with --limit seconds=60") from None
    finally:
        signal.setitimer(clock, 0)
        signal.signal(alarm, before)
