"""Results for work: remembered where they are known, else worked out by an executor, and remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace

from derive.engine.cache import Cache
from derive.engine.run import CHUNK, work_out
from derive.engine.work import Result, Work

Progress = Callable[[int, int], None]
"""Told how many pieces of work are done, and of how many."""


def _silent(done: int, of: int) -> None:
    pass


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
    progress: Progress = _silent
    _passing: dict[str, Result] = field(default_factory=dict)
    """Faults that are not kept, so that the same work is not done twice in one build."""

    def results(self, work: Sequence[Work]) -> Iterator[Result]:
        """Yield the result of each piece of work, in order."""
        keys = [w.keys() for w in work]
        missing = self._missing(keys)
        todo = [work[i] for i in missing]
        found = self._worked_out(todo)
        done = 0
        for i, its_keys in enumerate(keys):
            if i in missing:
                result = next(found)
                self._keep(its_keys, result)
                done += 1
                self.progress(done, len(todo))
                yield result
            else:
                yield self._known(its_keys) or next(self._worked_out([work[i]]))
        self.cache.save()

    def _missing(self, keys: Sequence[tuple[str, ...]]) -> dict[int, None]:
        """Return the numbers of what has to be worked out; of equal pieces only the first."""
        met: set[str] = set()
        missing: dict[int, None] = {}
        for i, its_keys in enumerate(keys):
            if any(k not in met and k not in self._passing and k not in self.cache for k in its_keys):
                missing[i] = None
                met.update(its_keys)
        return missing

    def _worked_out(self, work: Sequence[Work]) -> Iterator[Result]:
        if work:
            yield from (r for _, r in work_out(work, self.executor(), chunk=self.chunk, ahead=self.ahead))

    def _keep(self, keys: Sequence[str], result: Result) -> None:
        for i, key in enumerate(keys):
            if result.fault is None:
                self.cache.put(key, replace(result, shown=(result.shown[i],)))
            elif result.fault.lasting:
                self.cache.put(key, result)
            else:
                self._passing[key] = result

    def _known(self, keys: Sequence[str]) -> Result | None:
        parts = [self._passing.get(k) or self.cache.get(k) for k in keys]
        whole = [p for p in parts if p is not None]
        if len(whole) < len(parts):  # what the cache held is damaged
            return None
        faulty = [p for p in whole if p.fault]
        return faulty[0] if faulty else replace(whole[0], shown=tuple(p.shown[0] for p in whole))
