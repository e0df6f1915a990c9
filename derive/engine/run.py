"""Many pieces of work on several processors, or machines: in chunks, by any executor of `concurrent.futures`.

What an executor runs is `work_chunk`: a function of plain data that keeps a child process of its own, so limits hold
wherever it runs, and an executor whose workers are threads is enough to keep all processors busy.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import Any

from derive.engine.work import Result, Work, result_of
from derive.engine.worker import Worker

CHUNK = 16
"""Pieces of work that are sent at once."""

_mine = threading.local()
_all: weakref.WeakSet[Worker] = weakref.WeakSet()


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def work_chunk(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Work out a list of `Work.message`; return the `Result.message` of each. This is what executors are given."""
    return list(_worker().answers(messages))


def warm_up() -> None:
    """Start the child process of the thread that runs this, so that it loads what it needs in the meantime."""
    _worker().start()


def _worker() -> Worker:
    worker: Worker | None = getattr(_mine, "worker", None)
    if worker is None:
        worker = _mine.worker = Worker()
        _all.add(worker)
    return worker


@contextmanager
def local(workers: int) -> Iterator[Executor]:
    """Provide an executor for this machine, whose child processes end with it."""
    pool = ThreadPoolExecutor(workers, thread_name_prefix="derive")
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in list(_all):
            worker.close()


def work_out(
    work: Iterable[Work], executor: Executor, *, chunk: int = CHUNK, ahead: int
) -> Iterator[tuple[Work, Result]]:
    """Yield each piece of work with its result, in order.

    Args:
        work: What to do; taken from as it is needed, so it may be long.
        executor: Where it is done.
        chunk: How many pieces make one task of the executor.
        ahead: How many tasks may wait or run at a time.
    """
    waiting: deque[tuple[list[Work], Future[list[dict[str, Any]]]]] = deque()
    rest = iter(work)
    try:
        while True:
            while len(waiting) < ahead and (taken := list(islice(rest, chunk))):
                waiting.append((taken, executor.submit(work_chunk, [w.message() for w in taken])))
            if not waiting:
                return
            done, future = waiting.popleft()
            yield from zip(done, map(result_of, future.result()), strict=True)
    finally:
        for _, future in waiting:
            future.cancel()
