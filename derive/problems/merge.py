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
from derive.problems.shards import found, shards_in


def merge(out: Path, parts: Sequence[Path], how: How) -> Iterator[Outcome]:
    """Put the shards that were built into some folders together in one, and write what a whole build would.

    Raises:
        ProblemFileError: As `shards.shards_in` and `shards.found`.
        DeriveError: As `session.build`.
    """
    shards = shards_in(parts or [out])
    files, request = found(shards)
    asked = shards[0].asked
    with opened(out, how) as (_, books, results):
        for shard in shards:
            results.absorb(shard.folder / CACHE)
        manifest.save(books, _together([manifest.load(books), *(manifest.load(s.folder) for s in shards)]))
    yield from build(files, out, request, replace(how, size=asked.size, problems=asked.problems))


def _together(books: Sequence[dict[str, Record]]) -> dict[str, Record]:
    """Return the records with the files of all of them, but the keys of none: the documents are still missing.

    Messages are those of all, too, so that the problems which they are of are looked at again, and told.
    """
    whole: dict[str, Record] = {}
    for records in books:
        for name, record in records.items():
            known = whole.get(name, Record())
            evidence = {**known.evidence, **record.evidence}
            messages = tuple(dict.fromkeys((*known.messages, *record.messages)))
            made = {**known.made, **record.made}
            whole[name] = replace(record, key="", made=made, evidence=evidence, messages=messages)
    return whole
