"""The output folder of a build: what is current stays, what is new is written whole, what is left over goes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from derive.engine.files import write_if_changed
from derive.problems.manifest import Made, hash_of, hash_of_file


@dataclass(slots=True)
class Outbox:
    """The files of one set.

    Attributes:
        out: The folder.
        before: What an earlier build made.
        taken: The names of files of somebody else, and what those are.
        check: Write nothing, and collect in `stale` what would be written or removed.
        made: What is there now, by name.
        written: The names of the files whose bytes have changed.
    """

    out: Path
    before: Mapping[str, Made]
    taken: Mapping[str, str] = field(default_factory=dict)
    check: bool = False
    made: dict[str, Made] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)

    def is_current(self, name: str, source: str) -> bool:
        """Tell whether a file was made from the same, and is as it was made; if so, note that it is there."""
        known = self.before.get(name)
        if known is None or known.source != source or hash_of_file(self.out / name) != known.content:
            return False
        self.made[name] = known
        return True

    def put(self, name: str, data: bytes, source: str, problem: str = "") -> None:
        """Write a file, unless it holds the same bytes.

        Raises:
            OutputError: It cannot be written; what was there is left.
        """
        content = hash_of(data)
        if self.check:
            if hash_of_file(self.out / name) != content:
                self.stale.append(name)
        elif write_if_changed(self.out / name, data, durable=False):
            self.written.append(name)
        self.made[name] = Made(source, content, problem)

    def adopt(self, name: str, source: str, changed: bool) -> None:
        """Note a file that somebody else wrote here."""
        self.made[name] = Made(source, hash_of_file(self.out / name))
        if changed:
            self.written.append(name)

    def keep(self, name: str) -> None:
        """Leave a file as an earlier build made it, although it cannot be made now."""
        if name in self.before and hash_of_file(self.out / name):
            self.made[name] = self.before[name]

    def finish(self, problems: set[str]) -> dict[str, Made]:
        """Return all that is there now; remove the files of problems that are gone, unless somebody changed them."""
        left = {name: m for name, m in self.before.items() if name not in self.made and hash_of_file(self.out / name)}
        gone = [n for n, m in left.items() if m.problem and m.problem not in problems]
        for name in gone:
            if hash_of_file(self.out / name) != left.pop(name).content or name in self.taken:
                continue
            if self.check:
                self.stale.append(name)
                continue
            with suppress(OSError):
                (self.out / name).unlink()
        return dict(sorted((left | self.made).items()))
