"""Sheets -> documents, through the templates of a look.

A look is a folder of templates: `document.tex.j2` makes a file of a whole sheet, `problem.md.j2` one of each problem,
and what stands before the `.j2` tells the format. A folder of the user shadows ours file by file, and adds looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from derive.errors import DeriveError, UnsupportedError
from derive.writer.looks import FORMATS, NAME, looks
from derive.writer.sandbox import filled
from derive.writer.sheet import ExerciseView, Sheet
from derive.writer.templates import template_folder

_MARKS = {
    "id": re.compile(r"[A-Za-z0-9._-]+"),
    "number": re.compile(r"[A-Za-z0-9.]+"),
    "points": re.compile(r"(\d+(\.\d+)?)?", re.ASCII),
    "version": re.compile(r"[A-Za-z0-9]*"),
}
_SUFFIX = {format: suffix for suffix, format in FORMATS.items()}


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
    if not NAME.fullmatch(look) or not any((folder / template).is_file() for folder in places):
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
