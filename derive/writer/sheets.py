"""Sheets -> documents, through the templates of a look.

A look is a folder of templates: `document.tex.j2` makes a file of a whole sheet, `problem.md.j2` one of each problem,
and what stands before the `.j2` tells the format. A folder of the user shadows ours file by file, and adds looks.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from derive.errors import DeriveError, UnsupportedError
from derive.writer.sandbox import FORMATS, SUFFIXES, filled
from derive.writer.sheet import ExerciseView, Sheet
from derive.writer.templates import template_folder

_MAIN = re.compile(rf"(document|problem)\.({'|'.join(FORMATS)})\.j2")
_LOOK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_MARKS = {
    "id": re.compile(r"[A-Za-z0-9._-]+"),
    "number": re.compile(r"[A-Za-z0-9.]+"),
    "points": re.compile(r"(\d+(\.\d+)?)?", re.ASCII),
    "version": re.compile(r"[A-Za-z0-9]*"),
}
_SUFFIX = {format: suffix for suffix, format in FORMATS.items()}


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
    if not _LOOK.fullmatch(name):
        raise UnsupportedError(f"{name} is no name of a look", hint="letters, digits and - make one")
    if len({kind for kind, _ in kinds}) > 1:
        hint = "put them into two folders"
        raise UnsupportedError(f"the look {name} has templates of documents and of problems", hint=hint)
    ((kind, _), *_) = kinds
    return Look(name, tuple(f for f in ("markdown", "latex", "html") if (kind, f) in kinds), kind == "problem")


def render_sheet(
    sheet: Sheet, look: str, format: str, *, flavor: str = "dollar", folders: Sequence[Path] = (), lang: str = ""
) -> str:
    """Return the document of a whole sheet.

    Args:
        sheet: What stands on it, and for whom it is.
        look: The name of a look that makes documents.
        format: One of its formats.
        flavor: The dialect of Markdown.
        folders: Templates that shadow ours.
        lang: The language of our words; that of the sheet without it.

    Raises:
        DeriveError: There is no such look, or a template is at fault.
    """
    return _made("document", look, format, flavor, folders, lang, sheet=sheet)


def render_problem(
    sheet: Sheet,
    problem: ExerciseView,
    look: str,
    format: str,
    *,
    flavor: str = "dollar",
    folders: Sequence[Path] = (),
    lang: str = "",
) -> str:
    """Return the file of one problem; the arguments are those of `render_sheet`.

    Raises:
        DeriveError: There is no such look, or a template is at fault.
    """
    return _made("problem", look, format, flavor, folders, lang, sheet=sheet, problem=problem)


def faulty(sheet: Sheet, look: str, format: str, **how: Any) -> dict[str, DeriveError]:
    """Return the problems that no document can be made of, by their ids: what to leave out where one cannot be made."""
    found: dict[str, DeriveError] = {}
    for problem in sheet.problems:
        try:
            render_sheet(replace(sheet, problems=(problem,)), look, format, **how)
        except DeriveError as fault:
            found[problem.id] = fault
    return found


def _made(
    kind: str, look: str, format: str, flavor: str, folders: Sequence[Path], lang: str, sheet: Sheet, **values: object
) -> str:
    template = f"{look}/{kind}.{_SUFFIX.get(format, format)}.j2"
    places = (*folders, template_folder())
    if not _LOOK.fullmatch(look) or not any((folder / template).is_file() for folder in places):
        known = looks(folders)
        if look not in known:
            raise UnsupportedError(f"there is no look {look}", hint="there are " + ", ".join(known))
        kinds = "for each problem" if kind == "problem" else "for a whole sheet"
        raise UnsupportedError(f"the look {look} has no template {kinds} in the format {format}")
    _check_marks(sheet, sheet.problems if kind == "document" else (values["problem"],))
    return filled(template, folders, lang or sheet.lang, flavor, sheet=sheet, **values)


def _check_marks(sheet: Sheet, problems: Iterable[Any]) -> None:
    """Check what templates print as it is: numbers and names that mean nothing in any output."""
    own = ("id", "number", "points")
    marks = [(name, getattr(e, name)) for problem in problems for e in problem.every_part() for name in own]
    for name, value in (*marks, ("version", sheet.version), ("points", sheet.points)):
        if not _MARKS[name].fullmatch(value):
            raise DeriveError(f"{value} is no {name} that can be printed")


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
