"""Results for work: remembered where they are known, else worked out by an executor, and remembered."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from itertools import chain, count
from typing import NamedTuple

from derive.engine.cache import Cache
from derive.engine.run import CHUNK, warm_up, work_out
from derive.engine.work import Result, Work

Progress = Callable[[int, int], None]
"""Told how many pieces of work are done, and of how many."""


def silent(done: int, of: int) -> None:
    """Tell nobody."""


class _Asked(NamedTuple):
    """A piece of work, its keys, and whether it has to be worked out."""

    work: Work
    keys: tuple[str, ...]
    missing: bool


@dataclass(slots=True)
class Solver:
    """A cache, and an executor for what is not in it.

    `executor` is made when there is something to do: it may cost the start of a process. `ahead` is how many chunks may
    wait in it at a time.
    """

    cache: Cache
    executor: Callable[[], Executor]
    chunk: int = CHUNK
    ahead: int = 8
    progress: Progress = silent
    changed: bool = False
    """Whether a file that some work names was changed before that was done: its result is not kept."""
    _passing: dict[str, Result] = field(default_factory=dict)
    """Faults that are not kept, so that the same work is not done twice in one build."""

    def results(self, work: Iterable[Work], total: int) -> Iterator[Result]:
        """Yield the result of each piece of work, in order.

        Args:
            work: What is asked for; taken from as it is needed, so it may be long.
            total: How many pieces there are, for the progress.
        """
        waiting: deque[_Asked] = deque()
        done = count(1)
        for result in self._worked_out(self._missing(work, waiting)):
            while not waiting[0].missing:
                yield self._known(waiting.popleft())
                self.progress(next(done), total)
            self._keep(waiting.popleft(), result)
            yield result
            self.progress(next(done), total)
        for asked in waiting:
            yield self._known(asked)
            self.progress(next(done), total)
        self.cache.save()

    def _missing(self, work: Iterable[Work], waiting: deque[_Asked]) -> Iterator[Work]:
        """Yield what has to be worked out, of equal pieces only the first; note all pieces in their order."""
        met: set[str] = set()
        for w in work:
            keys = w.keys()
            missing = any(k not in met and k not in self._passing and k not in self.cache for k in keys)
            waiting.append(_Asked(w, keys, missing))
            if missing:
                met.update(keys)
                yield w

    def warm_up(self) -> None:
        """Let a process start while there is still something else to do, for there will be work."""
        self.executor().submit(warm_up)

    def _worked_out(self, work: Iterator[Work]) -> Iterator[Result]:
        for first in work:  # without any, no process is started
            whole = chain([first], work)
            yield from (r for _, r in work_out(whole, self.executor(), chunk=self.chunk, ahead=self.ahead))

    def _keep(self, asked: _Asked, result: Result) -> None:
        if asked.work.keys() != asked.keys:  # a file that it names was changed meanwhile: it may be of either state
            self.changed = True
            return
        for i, key in enumerate(asked.keys):
            if result.fault is None:
                self.cache.put(key, replace(result, shown=(result.shown[i],)))
            elif result.fault.lasting:
                self.cache.put(key, result)
            else:
                self._passing[key] = result

    def _known(self, asked: _Asked) -> Result:
        parts = [self._passing.get(k) or self.cache.get(k) for k in asked.keys]
        whole = [p for p in parts if p is not None]
        if len(whole) < len(parts):  # what the cache held is damaged, or it was not kept
            return next(self._worked_out(iter((asked.work,))))
        faulty = [p for p in whole if p.fault]
        return faulty[0] if faulty else replace(whole[0], shown=tuple(p.shown[0] for p in whole))
