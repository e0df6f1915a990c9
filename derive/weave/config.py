"""The configuration that holds for a document, in `derive.toml` or pyproject.toml, and the files that may be named."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from derive.errors import visible
from derive.options import Value, unknown
from derive.weave.options import read_options
from derive.weave.said import DocumentError, Place
from derive.weave.settings import Settings
from derive.weave.text import taken

_ROOTS = (".git", ".hg", ".jj", ".svn")
_SIZE = 5 * 2**20
_TABLES = ("weave", "build", "limits")
"""Tables in the configuration; what stands in `weave` is for documents alone."""
_FILES: tuple[tuple[str, tuple[str, ...]], ...] = (("derive.toml", ()), ("pyproject.toml", ("tool", "derive")))
"""The files of a folder that may hold the configuration, and the table in each."""

Note: TypeAlias = Callable[[Path], object]
"""Told of each file that is looked for, whether it is there or not: what is made depends on it."""


def unnoted(_: Path) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of a folder that a document, or a configuration, may name: none of them outside of `root`."""

    folder: Path
    root: Path
    note: Note = unnoted

    def find(self, name: str) -> Path:
        """Return the absolute path of a file.

        Raises:
            ValueError: It is not there, or not within the root.
        """
        path = Path(os.path.realpath(self.folder / name))  # unlike `resolve`, at peace with links in a circle
        if not path.is_relative_to(self.root.resolve()):
            raise ValueError(f"{visible(name)} is outside of {self.root}")
        self.note(path)
        if not os.path.isfile(path):  # unlike `is_file`, at peace with names that no file can have
            raise ValueError(f"there is no file {visible(name)}")
        return path

    def text(self, path: Path) -> str:
        """Return what stands in a file.

        Raises:
            ValueError: It cannot be read.
        """
        return _read(path)


def folder_of(document: Path, root: Path, note: Note = unnoted) -> Folder:
    """Return the files that a document may name."""
    return Folder(document.resolve().parent, root, note)


@dataclass(frozen=True, slots=True)
class Config:
    """What holds for the documents of a folder: the values of options, and the file that says so, if there is one."""

    values: dict[str, Value]
    file: Path | None
    root: Path


def read_config(document: Path, note: Note = unnoted) -> Config:
    """Return the configuration of a document: of the nearest folder that has one, up to that of the repository.

    Outside of a repository only the folder of the document itself counts, because what stands above it may be anyone's;
    the files that a document names may then be in the folder above it.

    Raises:
        DocumentError: The configuration is at fault; the error points into its file.
    """
    folder = document.resolve().parent
    above = [folder, *folder.parents]
    found = next((i for i, f in enumerate(above) if any((f / mark).exists() for mark in _ROOTS)), None)
    count, root = found or 0, folder.parent if found is None else above[found]
    for near in above[: count + 1]:
        for name, tables in _FILES:
            note(near / name)
            if (near / name).is_file() and (values := _values(near / name, tables, root, note)) is not None:
                return Config(values, near / name, root)
    return Config({}, None, root)


def _values(file: Path, tables: tuple[str, ...], root: Path, note: Note) -> dict[str, Value] | None:
    """Return what a file says, or None where it says nothing of us."""
    try:
        source = _read(file)
    except ValueError as fault:
        raise DocumentError(str(fault), file=str(file)) from None
    if tables and tables[-1] not in source:
        return None
    source = source.removeprefix("\ufeff").replace("\r\n", "\n")
    place, text = Place(source, str(file)), taken(source, 0, len(source))
    settings = Settings(text, place, ".toml")
    if tables and tables[-1] not in dict(settings.tables(*tables[:-1])):
        return None
    for name, at in settings.tables(*tables):
        if name not in _TABLES:
            error = unknown(name, _TABLES)
            raise place.error(at, f"unknown table {name[:40]}", error.hint)
    files = Folder(file.parent, root, note)
    values = read_options(settings.said(*tables), place, files)
    return values | read_options(settings.said(*tables, "weave"), place, files)


def _read(path: Path) -> str:
    """Return what stands in a file, its line ends as they are.

    Raises:
        ValueError: It cannot be read, is no text in UTF-8, or is very large; the message says so.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_SIZE + 1)
    except OSError as fault:
        raise ValueError(f"{path.name} cannot be read: {fault.strerror}") from None
    if len(data) > _SIZE:
        raise ValueError(f"{path.name} has over {_SIZE // 2**20} MiB")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise ValueError(f"{path.name} is no UTF-8: line {line}") from None
