"""What the parts of a divided build leave for each other: what each was asked for, beside its results."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from derive.engine.files import write_if_changed
from derive.errors import ProblemFileError
from derive.limits import Limits
from derive.problems.manifest import FOLDER
from derive.problems.request import Request

ASKED = "asked.json"
_SHARD = re.compile(r"shard-(\d+)-of-(\d+)")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a build that was done: its bookkeeping, which part it is, and what was asked for."""

    folder: Path
    number: int
    of: int
    files: tuple[Path, ...]
    request: Request


def remember(books: Path, files: Sequence[Path], request: Request) -> None:
    """Keep what a shard was asked for, beside its results."""
    stored = asdict(request) | {"templates": [str(t.resolve()) for t in request.templates]}
    text = json.dumps({"files": [str(f.resolve()) for f in files], "request": stored}, indent=1)
    write_if_changed(books / ASKED, text.encode("utf-8", "surrogateescape"))


def shards_in(parts: Sequence[Path]) -> list[Part]:
    """Return all the parts of one build, which are in some output folders.

    Raises:
        ProblemFileError: There are none, some are missing, or they were not asked for the same.
    """
    found = [_part(folder) for part in parts for folder in sorted((part / FOLDER).glob("shard-*"))]
    shards = [s for s in found if s is not None]
    if not shards:
        raise ProblemFileError(
            f"there are no shards in {', '.join(map(str, parts))}", hint="derive build --shard 1/4 ..."
        )
    first = shards[0]
    if any((s.of, s.files, s.request) != (first.of, first.files, first.request) for s in shards):
        hint = "build all shards of the same files with the same options, and remove the others"
        raise ProblemFileError("the shards are of different builds", hint=hint)
    missing = sorted(set(range(1, first.of + 1)) - {s.number for s in shards})
    if missing:
        names = ", ".join(f"{k}/{first.of}" for k in missing[:10])
        raise ProblemFileError(f"{len(missing)} shards are missing: {names}", hint="build them, or name their folders")
    return shards


def _part(folder: Path) -> Part | None:
    found = _SHARD.fullmatch(folder.name)
    try:
        stored: dict[str, Any] = json.loads((folder / ASKED).read_text("utf-8"))
        files = tuple(Path(f) for f in stored["files"])
        return Part(folder, int(found[1]), int(found[2]), files, _request(stored["request"])) if found else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _request(stored: dict[str, Any]) -> Request:
    several = {name: tuple(stored[name]) for name in ("looks", "profiles", "versions")}
    templates = tuple(Path(t) for t in stored["templates"])
    return Request(**{**stored, **several, "templates": templates, "limits": Limits(**stored["limits"])})
