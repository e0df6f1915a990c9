"""What a build remembers beside its outputs: which files it wrote, from what, and what could not be solved.

It is how a later build knows that nothing has changed without working anything out, or even reading the set.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from derive.engine.files import write_if_changed
from derive.engine.messages import Message

_log = logging.getLogger("derive")

FOLDER = ".derive"
"""The folder for bookkeeping, in the output folder. It may be removed at any time: then all is worked out again."""


@dataclass(frozen=True, slots=True)
class Made:
    """A file that was written: the hash of what it is made from, that of its bytes, and the problem if it is of one."""

    source: str
    content: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A build of one set: the hash of all that went in, the files that were read, what was written, what was said.

    `file` is where the set is. `evidence` is the largest relative error that was found in the lines of each problem
    that was solved.
    """

    key: str = ""
    file: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    made: Mapping[str, Made] = field(default_factory=dict)
    problems: int = 0
    evidence: Mapping[str, float] = field(default_factory=dict)
    messages: tuple[Message, ...] = ()


def load(books: Path) -> dict[str, Record]:
    """Return the records of earlier builds by the names of their sets; none where there are none that can be read."""
    file = books / "manifest.json"
    try:
        stored = json.loads(file.read_text("utf-8", "surrogateescape"))
        return {name: _record(entry) for name, entry in stored["sets"].items()}
    except OSError:
        pass
    except (ValueError, KeyError, TypeError, AttributeError):
        _log.warning("warning: %s is damaged or of another version; what it told is found out anew", file)
    return {}


def _record(stored: dict[str, Any]) -> Record:
    made = {name: Made(*entry) for name, entry in stored["made"].items()}
    messages = tuple(Message(**entry) for entry in stored["messages"])
    return Record(**{**stored, "made": made, "messages": messages})


def save(books: Path, records: Mapping[str, Record]) -> None:
    """Write the records, all or nothing.

    Raises:
        OutputError: They cannot be written.
    """
    sets = {name: _stored(record) for name, record in sorted(records.items())}
    text = json.dumps({"sets": sets}, ensure_ascii=False, indent=0, sort_keys=True)
    write_if_changed(books / "manifest.json", text.encode("utf-8", "surrogateescape"))


def _stored(record: Record) -> dict[str, Any]:
    made = {name: [m.source, m.content, m.problem] for name, m in record.made.items()}
    shallow = {f.name: getattr(record, f.name) for f in fields(record)}
    return shallow | {"made": made, "messages": [asdict(m) for m in record.messages]}


def hash_of(data: bytes) -> str:
    """Return the hash of the bytes of a file."""
    return hashlib.sha256(data).hexdigest()


def hash_of_file(path: str | Path) -> str:
    """Return the hash of a file that is a file and no link, else an empty text."""
    try:
        with open(os.open(path, _PLAIN), "rb", buffering=0) as file:
            return hash_of(file.read()) if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else ""
    except OSError:
        return ""


_PLAIN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Follow no link, and do not wait for the other end of a pipe."""


def current(out: Path, record: Record, key: str) -> bool:
    """Tell whether a build with this key was done, and what it read and wrote is still as it was."""
    return (
        record.key == key
        and all(hash_of_file(file) == known for file, known in record.files.items())
        and all(hash_of_file(f"{out}/{name}") == made.content for name, made in record.made.items())
    )
