"""What was worked out before: results by the hash of all that they depend on, in an SQLite file.

A file that is damaged is put aside and begun anew: all that is lost is time.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import zlib
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType

from derive.engine.work import Result, result_of

_log = logging.getLogger("derive")

_BATCH = 64
"""Results that are written in one transaction; what a killed build loses of its work is less than that."""


def user_cache() -> Path | None:
    """Return the file for results that belong to no output folder: in the user's folder for caches, or DERIVE_CACHE.

    It may be removed at any time. None where there can be none.
    """
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(os.environ.get("DERIVE_CACHE") or Path(base) / "derive")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder / "results.sqlite"


MOST = 100_000
"""How many results a file keeps; a set of more, or in more formats, needs more to find all of them again."""

_FORGET = "DELETE FROM results WHERE rowid <= (SELECT max(rowid) FROM results) - ?"


class Cache:
    """Results by key. It never fails a build: what cannot be read is worked out, what cannot be written is not kept.

    Beyond `most` results, the oldest go at the end, but none that came in meanwhile: those of a large shard, or of all
    shards together, are still needed. Without a file, all is kept in memory.
    """

    def __init__(self, file: Path | None, most: int = MOST) -> None:
        self._file, self._most = file, most
        self._came = 0
        self._unsaved: dict[str, bytes] = {}
        self.damaged = False
        """Whether something in the file could not be read, and is worked out anew."""
        self._database = self._opened()

    def _opened(self) -> sqlite3.Connection | None:
        if self._file is None:
            return None
        for _ in range(2):
            try:
                return _database(self._file)
            except sqlite3.OperationalError:  # not to be opened, or in use: it is whole
                return None
            except sqlite3.DatabaseError:
                self._spoiled()
                for suffix in ("", "-wal", "-shm"):
                    with suppress(OSError):
                        Path(f"{self._file}{suffix}").unlink()
        return None

    def _spoiled(self) -> None:
        if not self.damaged:
            _log.warning("warning: %s is damaged; what it held is worked out anew", self._file)
        self.damaged = True

    def __contains__(self, key: str) -> bool:
        if key in self._unsaved or self._database is None:
            return key in self._unsaved
        try:
            return self._database.execute("SELECT 1 FROM results WHERE key = ?", (key,)).fetchone() is not None
        except sqlite3.DatabaseError:
            self._spoiled()
            return False

    def get(self, key: str) -> Result | None:
        """Return the result with a key, if there is one."""
        value = self._unsaved.get(key)
        if value is None and self._database is not None:
            try:
                row = self._database.execute("SELECT value FROM results WHERE key = ?", (key,)).fetchone()
                value = row[0] if row else None
            except sqlite3.DatabaseError:
                self._spoiled()
        try:
            return None if value is None else result_of(json.loads(zlib.decompress(value)))
        except (ValueError, KeyError, TypeError, zlib.error):
            self._spoiled()
            return None

    def put(self, key: str, result: Result) -> None:
        """Keep a result."""
        self._unsaved[key] = zlib.compress(json.dumps(result.message(), separators=(",", ":")).encode(), 1)
        if len(self._unsaved) >= _BATCH:
            self.save()

    def absorb(self, other: Path) -> None:
        """Take over all that another cache holds, as far as it can be read."""
        if not other.is_file():
            return
        with suppress(sqlite3.Error), closing(_database(other)) as theirs:
            for key, value in theirs.execute("SELECT key, value FROM results"):
                self._unsaved.setdefault(key, value)
                if len(self._unsaved) >= _BATCH:
                    self.save()
        self.save()

    def save(self) -> None:
        """Write what is not written yet."""
        if self._database is None or not self._unsaved:  # without a file, it is all kept in memory
            return
        try:
            with self._database:
                self._database.executemany("INSERT OR REPLACE INTO results VALUES (?, ?)", self._unsaved.items())
        except sqlite3.OperationalError:  # the disk is full, or another has the file
            pass
        except sqlite3.DatabaseError:
            self._spoiled()
        self._came += len(self._unsaved)
        self._unsaved.clear()

    def __enter__(self) -> Cache:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.save()
        if self._database is not None:
            with suppress(sqlite3.DatabaseError), self._database:
                self._database.execute(_FORGET, (max(self._most, self._came),))
            self._database.close()


def _database(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(file, timeout=30.0)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")  # a crash of the machine may cost results, never the file
        database.execute("CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, value BLOB NOT NULL)")
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database
