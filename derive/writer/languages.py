"""Which languages there are words for, and in which files. Nothing here loads a template."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from derive.errors import UnsupportedError
from derive.writer.templates import template_folder

BASE = "en"
"""The language that stands in where another says nothing."""


def languages(folders: Sequence[Path] = ()) -> tuple[str, ...]:
    """Return the languages that there are words for, in the folders of a user or in ours."""
    files = (file for folder in (*folders, template_folder()) for file in (folder / "words").glob("*.j2"))
    return tuple(sorted({file.stem for file in files}))


def language(name: str, folders: Sequence[Path] = ()) -> str:
    """Return the name of a language that there is.

    Raises:
        UnsupportedError: It has no words.
    """
    known = languages(folders)
    if name not in known:
        hint = f"there are {', '.join(known)}; a file words/{name}.j2 in a folder of templates adds it"
        raise UnsupportedError(f"there are no words for the language {name}", hint=hint)
    return name


def is_shadowed(lang: str, folders: Sequence[Path]) -> bool:
    """Tell whether a folder of the user has words for a language."""
    return any(file.is_file() for file in _files(lang, folders))


def tables(lang: str, folders: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Return the files that decide, by their tables of words, how a view is made: none for our English.

    All words of a user count, for one file may import another.
    """
    theirs = [file for folder in folders for file in sorted((folder / "words").rglob("*.j2")) if file.is_file()]
    ours = [file for file in _files(lang, [template_folder()]) if file.is_file() and lang != BASE]
    return (*theirs, *ours)


def _files(lang: str, folders: Sequence[Path]) -> list[Path]:
    return [folder / "words" / f"{lang}.j2" for folder in folders]
