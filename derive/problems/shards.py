"""What the parts of a divided build leave for each other: what each was asked for, beside its results.

Parts of one build may be built on several machines. So what they are of is told by names and hashes, and where that
lies is looked up anew: where it was, or by the path that it was called by, from the folder in which they are merged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from derive.engine.files import write_if_changed
from derive.errors import ProblemFileError
from derive.limits import Limits
from derive.problems.manifest import FOLDER, hash_of_file
from derive.problems.request import Request
from derive.writer.looks import templates_hash

ASKED = "asked.json"
_SHARD = re.compile(r"shard-(\d+)-of-(\d+)")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a part was asked for, which is the same for all parts: sets and templates stand here by their hashes.

    `files` are the names of the sets, too; `size` and `problems` are how large a set may be.
    """

    files: tuple[tuple[str, str], ...]
    templates: tuple[str, ...]
    request: Request
    size: int
    problems: int


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a build that was done: its bookkeeping, which part it is, what was asked for, and where that was.

    `places` are the paths of the sets, then of the templates: as they were given, then in full.
    """

    folder: Path
    number: int
    of: int
    asked: Asked
    places: tuple[tuple[Path, Path], ...]


def remember(books: Path, files: Sequence[Path], request: Request, size: int, problems: int) -> None:
    """Keep what a shard was asked for, beside its results."""
    asked = Asked(
        tuple((file.name, _hash_of_set(file)) for file in files),
        tuple(map(_hash_of_templates, request.templates)),
        replace(request, templates=()),
        size,
        problems,
    )
    places = [[str(path), str(path.resolve())] for path in (*files, *request.templates)]
    text = json.dumps({"asked": asdict(asked), "places": places}, indent=1)
    write_if_changed(books / ASKED, text.encode("utf-8", "surrogateescape"))


def shards_in(folders: Sequence[Path]) -> list[Part]:
    """Return all the parts of one build, which are in some output folders.

    Raises:
        ProblemFileError: There are none, some are missing, or they were not asked for the same.
    """
    found = [_part(books) for folder in folders for books in sorted((folder / FOLDER).glob("shard-*"))]
    parts = [part for part in found if part is not None]
    if not parts:
        raise ProblemFileError(
            f"there are no shards in {', '.join(map(str, folders))}", hint="derive build --shard 1/4 ..."
        )
    first = parts[0]
    if any((p.of, p.asked) != (first.of, first.asked) for p in parts):
        hint = "build all shards of the same files with the same options, and remove the others"
        raise ProblemFileError("the shards are of different builds", hint=hint)
    missing = sorted(set(range(1, first.of + 1)) - {p.number for p in parts})
    if missing:
        names = ", ".join(f"{k}/{first.of}" for k in missing[:10])
        raise ProblemFileError(f"{len(missing)} shards are missing: {names}", hint="build them, or name their folders")
    return parts


def found(parts: Sequence[Part]) -> tuple[list[Path], Request]:
    """Return the sets that the parts of a build are of, and the request, with the places where all that is now.

    Raises:
        ProblemFileError: Something is gone, or not as it was.
    """
    asked = parts[0].asked
    files = [_place(parts, i, known, _hash_of_set) for i, (_, known) in enumerate(asked.files)]
    templates = [_place(parts, i, known, _hash_of_templates) for i, known in enumerate(asked.templates, len(files))]
    return files, replace(asked.request, templates=tuple(templates))


def _place(parts: Sequence[Part], i: int, known: str, hash_of: Callable[[Path], str]) -> Path:
    for path in dict.fromkeys(path for part in parts for path in part.places[i]):
        if hash_of(path) == known:
            return path
    given = parts[0].places[i][0]
    hint = "merge in a folder where it is as it was, or build the shards again"
    raise ProblemFileError(f"{given} is not as it was when the shards were built", hint=hint)


def _hash_of_set(file: Path) -> str:
    return hash_of_file(file.resolve())


def _hash_of_templates(folder: Path) -> str:
    return templates_hash((folder,))


def _part(folder: Path) -> Part | None:
    name = _SHARD.fullmatch(folder.name)
    try:
        stored = json.loads((folder / ASKED).read_text("utf-8"))
        places = tuple((Path(given), Path(full)) for given, full in stored["places"])
        return Part(folder, int(name[1]), int(name[2]), _asked(stored["asked"]), places) if name else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _asked(stored: dict[str, Any]) -> Asked:
    files = tuple((name, known) for name, known in stored["files"])
    templates, request = tuple(stored["templates"]), _request(stored["request"])
    return Asked(**{**stored, "files": files, "templates": templates, "request": request})


def _request(stored: dict[str, Any]) -> Request:
    several = {name: tuple(stored[name]) for name in ("looks", "profiles", "versions", "templates")}
    return Request(**{**stored, **several, "limits": Limits(**stored["limits"])})
