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
    """Raise `OutOfTimeError` in this thread at the first Python call after the time.

    No signals are used, so it works in every thread and on every system; one long call into C is not cut short.
    """
    end = time.monotonic() + seconds
    before = sys.getprofile()

    def watch(frame: FrameType, event: str, argument: object) -> None:
        if time.monotonic() > end:
            sys.setprofile(before)
            raise OutOfTimeError

    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(before)
