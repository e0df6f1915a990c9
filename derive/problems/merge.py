"""Shards -> one build: what the parts of a build worked out, put together, and the documents written.

A shard leaves its results, and what it was asked for, in a folder of its own in the bookkeeping. Merging takes the
results over and then builds as usual: all is known, so nothing is worked out again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from derive.problems import manifest
from derive.problems.manifest import Record
from derive.problems.session import CACHE, How, Outcome, build, opened
from derive.problems.shards import shards_in


def merge(out: Path, parts: Sequence[Path], how: How) -> Iterator[Outcome]:
    """Put the shards that were built into some folders together in one, and write what a whole build would.

    Raises:
        ProblemFileError: As `shards.shards_in`.
        DeriveError: As `session.build`.
    """
    shards = shards_in(parts or [out])
    first = shards[0]
    with opened(out, how) as (_, books, results):
        for shard in shards:
            results.absorb(shard.folder / CACHE)
        manifest.save(books, _together([manifest.load(books), *(manifest.load(s.folder) for s in shards)]))
    yield from build(first.files, out, first.request, how)


def _together(books: Sequence[dict[str, Record]]) -> dict[str, Record]:
    """Return the records with the files of all of them, but the keys of none: the documents are still missing."""
    whole: dict[str, Record] = {}
    for records in books:
        for name, record in records.items():
            known = whole.get(name, Record())
            evidence = {**known.evidence, **record.evidence}
            whole[name] = replace(record, key="", made={**known.made, **record.made}, evidence=evidence)
    return whole
