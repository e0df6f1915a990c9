"""A run of `derive build`: the sets of several files, one after the other, into one folder."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from derive.engine.cache import Cache
from derive.engine.files import lock, output_folder, sweep
from derive.engine.run import CHUNK, local, processors
from derive.engine.solver import Progress, Solver, silent
from derive.engine.work import digest, program
from derive.errors import DeriveError, FolderError, OutputError, ProblemFileError
from derive.problems import manifest
from derive.problems.manifest import FOLDER, Record, hash_of_file
from derive.problems.model import ProblemSet
from derive.problems.outbox import Outbox
from derive.problems.outputs import wanted_looks
from derive.problems.request import Request, Shard
from derive.problems.shards import remember
from derive.trees.source import SIZE, read_source
from derive.writer.looks import templates_hash

CACHE = "cache.sqlite"


@dataclass(frozen=True, slots=True)
class How:
    """How a run goes about its work; none of it changes a byte of the outputs.

    Attributes:
        workers: Child processes; 0 for one on each processor.
        executor: Any executor of `concurrent.futures`, which then does the work instead.
        chunk: Problems that are sent to it at once.
        check: Write nothing, and tell what would be written.
        shard: Work out a part of the problems, and write no documents.
        wait: Seconds to wait for another build into the same folder to end.
        size: The largest file that is read, in bytes.
        problems: The most problems in a file.
        progress: Told how much is done.
    """

    workers: int = 0
    executor: Executor | None = None
    chunk: int = CHUNK
    check: bool = False
    shard: Shard | None = None
    wait: float = 60.0
    size: int = SIZE
    problems: int = 10_000
    progress: Progress = silent


_HOW = How()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one file: its record, what was written or is stale, how long it took in seconds.

    `refused` is what is wrong with the file as a whole.
    """

    name: str
    file: Path
    record: Record = field(default_factory=Record)
    written: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    refused: DeriveError | None = None
    seconds: float = 0.0


def build(files: Sequence[Path], out: Path, request: Request, how: How = _HOW) -> Iterator[Outcome]:
    """Build the sets of some files into a folder, and yield what came of each.

    Raises:
        UnsupportedError: There is no such look.
        ProblemFileError: Two files have the same name.
        FolderError: The folder cannot be written to, or another build has it.
        OutputError: A file cannot be written; what was there is still there.
        DeriveError: A template is at fault.
    """
    wanted_looks(request)
    names = _names(files)
    with opened(out, how) as (folder, books, results), ExitStack() as stack:
        if how.shard is not None and not how.check:
            remember(books, files, request, how.size, how.problems)
        solver = _solver(results, how, stack)
        records = manifest.load(books)
        for name in names:
            outcome = _one(name, names, folder, request, records, solver, how)
            if outcome.refused is None:
                records[name] = outcome.record
                if not how.check:
                    manifest.save(books, records)
            yield outcome


def bookkeeping(out: Path, shard: Shard | None) -> Path:
    """Return where a build, or a shard of one, remembers what it did."""
    return out / FOLDER if shard is None else out / FOLDER / f"shard-{shard}"


@contextmanager
def opened(out: Path, how: How) -> Iterator[tuple[Path, Path, Cache]]:
    """Provide the output folder, that of the bookkeeping, and the results that are known."""
    if how.check:
        books = bookkeeping(out, how.shard)
        known = books / CACHE
        with Cache(known if known.is_file() else None) as results:
            yield out, books, results
        return
    with ExitStack() as stack:
        try:
            folder = output_folder(out)
            books = output_folder(bookkeeping(folder, how.shard))
            stack.enter_context(lock(books, how.wait))
        except OutputError as fault:
            raise FolderError(fault.message, hint=fault.hint) from None
        sweep(folder)
        sweep(books)
        yield folder, books, stack.enter_context(Cache(books / CACHE))


def _solver(results: Cache, how: How, stack: ExitStack) -> Solver:
    """Return the solver; its processes start with the first work, and end with the stack."""
    workers = how.workers or processors()

    @cache
    def executor() -> Executor:
        return how.executor or stack.enter_context(local(workers))

    return Solver(results, executor, how.chunk, 4 * workers, how.progress)


def _names(files: Sequence[Path]) -> dict[str, Path]:
    """Return the files by the names of their sets."""
    names: dict[str, Path] = {}
    for file in files:
        if names.setdefault(file.stem, file) != file:
            raise ProblemFileError(f"{names[file.stem]} and {file} would have the same outputs", hint="rename one")
    return names


def _one(
    name: str,
    names: Mapping[str, Path],
    folder: Path,
    request: Request,
    records: Mapping[str, Record],
    solver: Solver,
    how: How,
) -> Outcome:
    """Build one set, or find that it is as it was built before."""
    start = time.monotonic()
    file, before = names[name], records.get(name, Record())
    try:
        source = read_source(file, how.size)
        asked = (str(request), how.problems)
        key = digest(str(file), source.text, asked, templates_hash(request.templates), program())
        if manifest.current(folder, before, key):
            return Outcome(name, file, before, seconds=time.monotonic() - start)
        if not how.check and how.executor is None:
            solver.warm_up()
        from derive.problems.build import Build  # what is current needs neither of them
        from derive.problems.reading import set_of

        problems = set_of(source, problems=how.problems)
        read, templates = _files(problems), templates_hash(request.templates)
        others = {other: record for other, record in records.items() if other != name}
        outbox = Outbox(folder, before.made, _taken(folder, others, [*names.values(), *map(Path, read)]), how.check)
        built = Build(name, file, problems, request, before, outbox, solver, how.shard)
        record = built.run()
    except ProblemFileError as fault:
        fault.file = fault.file or str(file)
        return Outcome(name, file, refused=fault, seconds=time.monotonic() - start)
    record = replace(record, key="" if built.unfinished else key, file=str(file.resolve()), files=read)
    if solver.changed or (read, templates) != (_files(problems), templates_hash(request.templates)):
        # somebody changed a file meanwhile: what was made may be of either state, so it is made again the next time
        record = replace(record, key="", made={n: replace(m, source="") for n, m in record.made.items()})
    done = tuple(outbox.written), tuple(outbox.stale)
    return Outcome(name, file, record, *done, seconds=time.monotonic() - start)


def _taken(folder: Path, others: Mapping[str, Record], read: Iterable[Path]) -> dict[str, str]:
    """Return the names of files in the output folder that are made from other sets, or are read, and what they are.

    A set whose file is gone, or has another name now, needs its outputs no more.
    """
    taken = {n: f"an output of {r.file}" for r in others.values() if Path(r.file).is_file() for n in r.made}
    places = (place for file in read for place in (file.parent.resolve() / file.name, file.resolve()))
    return taken | {p.name: "a file that is read" for p in places if p.parent == folder.resolve()}


def _files(problems: ProblemSet) -> dict[str, str]:
    """Return the files that a set names, with their hashes."""
    exercises = [e for problem in problems.problems for e in (problem, *problem.parts)]
    named = {str(e.options.get("notation", "standard")) for e in exercises} - {"standard", "paper"}
    return {file: hash_of_file(Path(file)) for file in sorted(named)}
