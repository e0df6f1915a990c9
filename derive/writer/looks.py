"""The looks that there are, and the files that they are made of. Nothing here runs a template."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from derive.errors import UnsupportedError
from derive.writer.templates import template_folder

FORMATS = {"tex": "latex", "md": "markdown", "html": "html"}
"""The format that a template makes, by what stands before the `.j2` of its name."""

SUFFIXES = (".j2", ".css")
"""What the names of the files that a look is made of end in."""

_MAIN = re.compile(rf"(document|problem)\.({'|'.join(FORMATS)})\.j2")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""What a look may be called."""


class Look(NamedTuple):
    """A look: its name, the formats that it has templates for, and whether it makes a file of each problem."""

    name: str
    formats: tuple[str, ...]
    per_problem: bool


def looks(folders: Sequence[Path] = ()) -> dict[str, Look]:
    """Return the looks that there are, by name: ours, and those in folders of the user.

    Raises:
        UnsupportedError: A folder has templates of both kinds, or is called what no look can be called.
    """
    found: dict[str, set[tuple[str, str]]] = {}
    for folder in (template_folder(), *folders):
        for file in folder.glob("*/*.j2"):
            main = _MAIN.fullmatch(file.name)
            if main:
                found.setdefault(file.parent.name, set()).add((main[1], FORMATS[main[2]]))
    return {name: _look(name, kinds) for name, kinds in sorted(found.items())}


def _look(name: str, kinds: set[tuple[str, str]]) -> Look:
    if not NAME.fullmatch(name):
        raise UnsupportedError(f"{name} is no name of a look", hint="letters, digits and - make one")
    if len({kind for kind, _ in kinds}) > 1:
        hint = "put them into two folders"
        raise UnsupportedError(f"the look {name} has templates of documents and of problems", hint=hint)
    ((kind, _), *_) = kinds
    return Look(name, tuple(f for f in ("markdown", "latex", "html") if (kind, f) in kinds), kind == "problem")


# The files ------------------------------------------------------------------------------------------------------------


def templates_hash(folders: Sequence[Path] = ()) -> str:
    """Return a hash of all files that documents are made with, ours and those in folders of the user."""
    whole = hashlib.sha256()
    for folder in (*folders, template_folder()):
        for file in sorted(template_files(folder)):
            whole.update(file.relative_to(folder).as_posix().encode("utf-8", "surrogateescape") + b"\0")
            whole.update(hashlib.sha256(file.read_bytes()).digest())
        whole.update(b"\1")
    return whole.hexdigest()


def template_files(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder that documents are made with."""
    return (file for file in folder.rglob("*") if file.suffix in SUFFIXES and file.is_file())


def untrusted(folder: Path) -> tuple[str, ...]:
    """Return warnings about templates that others may write: they run in a sandbox, but they decide what is printed."""
    owners = (0, os.getuid()) if hasattr(os, "getuid") else None
    files = sorted(template_files(folder))
    paths = (folder, *sorted({file.parent for file in files} - {folder}), *files)
    return tuple(warning for path in paths for warning in _doubts(path, owners))


def _doubts(path: Path, owners: tuple[int, ...] | None) -> Iterator[str]:
    try:
        found = path.stat()
    except OSError:
        return
    if owners is None:
        return
    if found.st_uid not in owners:
        yield f"{path} belongs to another user"
    if found.st_mode & stat.S_IWOTH:
        yield f"{path} can be written by everybody"
