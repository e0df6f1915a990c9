"""A time limit for calls into code that has none of its own."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class OutOfTimeError(BaseException):
    """The time is up. Not an `Exception`, which the code in question may catch."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `OutOfTimeError` in this thread at the first Python call after it has used that much processor time.

    Processor time, so that what is found does not depend on what else the machine does. No signals are used, so it
    works in every thread and on every system; one long call into C is not cut short.
    """
    last = time.thread_time() + seconds
    again = time.monotonic() + seconds  # a cheaper clock, which is never behind, tells when to look
    before = sys.getprofile()

    def watch(frame: FrameType, event: str, argument: object) -> None:
        nonlocal again
        if time.monotonic() > again:
            left = last - time.thread_time()
            if left <= 0:
                sys.setprofile(before)
                raise OutOfTimeError
            again = time.monotonic() + left

    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(before)
