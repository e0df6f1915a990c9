"""What the options of a block are, of all that its document, its folder and the command line say.

What is nearer goes before what is farther; declarations (`let`) and macros add up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol, TypeAlias

from derive.options import OPTIONS, Option, OptionError, Value, table, unknown
from derive.weave.said import Place, Said

Values: TypeAlias = Mapping[str, Value]
"""Values of options, by the names that the options have in files."""

OWN = (
    Option(
        "mode", "choice", "Whether the solution takes the place of its fence, or follows it.", ("replace", "follow")
    ),
    Option("label", "text", "A name for the solution, to refer to it."),
    Option("skip", "flag", "Leave the block alone; in a front matter, the document."),
)
"""The options that only documents have."""

KNOWN = table((*OPTIONS, *OWN))

DECLARING = frozenset(("let", "macros", "notation", "log-base"))
"""What a comment that stands alone can say: it holds for the rest of the document."""

_ADDING = ("let", "macros")
_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9:._-]{0,79}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})*")


class Files(Protocol):
    """The files that a document, or a configuration, may name."""

    def find(self, name: str) -> Path:
        """Return the absolute path of a file.

        Raises:
            ValueError: It is not to be read from here, or is not there.
        """

    def text(self, path: Path) -> str:
        """Return what stands in a file.

        Raises:
            ValueError: It cannot be read.
        """


def read_options(said: Iterable[Said], place: Place, files: Files) -> dict[str, Value]:
    """Return the values of options that were given, files that they name put in place of the names.

    Raises:
        DocumentError: An option is unknown, or has a value that it cannot have; the error points at it.
    """
    given: dict[str, list[Said]] = {}
    for s in said:
        name = s.name.replace("_", "-")
        if name not in KNOWN:
            error = unknown(s.name, KNOWN)
            raise place.error(s.at, error.message, error.hint, len(s.name))
        if name in given and not KNOWN[name].several:
            raise place.error(s.at, f"{name} is given twice", "leave one of them out", len(s.name))
        given.setdefault(name, []).append(s)
    return {name: _value(KNOWN[name], saids, place, files) for name, saids in given.items()}


def _value(option: Option, said: list[Said], place: Place, files: Files) -> Value:
    first = said[0]
    for s in said:
        if "=" not in s.value and not s.value and option.kind != "flag":
            raise place.error(s.at, f"{option.name} has no value", f"write {option.name}=...", len(s.name))
    try:
        value = option.value([s.value for s in said])
        _check_name(option, value)
    except OptionError as error:
        raise place.error(first.starts_at, error.message, error.hint, max(1, len(first.value))) from None
    try:
        return with_files(option, value, files)
    except ValueError as fault:
        raise place.error(first.starts_at, f"{option.name}: {fault}", _FILES) from None


_FILES = "a file is named relative to the one that names it, and is not outside of the repository"


def _check_name(option: Option, value: Value) -> None:
    if option.name == "label" and not _LABEL.fullmatch(str(value)):
        raise OptionError(
            f"{value!r:.60} is no label", hint="a label has letters, digits and : . _ - only: label=eq:loss"
        )
    if option.name == "lang" and not _LANGUAGE.fullmatch(str(value)):
        raise OptionError(f"{value!r:.40} is no language", hint="lang=en, lang=de")


def with_files(option: Option, value: Value, files: Files) -> Value:
    """Return the value of an option, files that it names put in place of their names.

    Raises:
        ValueError: One of them cannot be read.
    """
    if option.name == "notation" and value not in ("standard", "paper"):
        path = files.find(str(value))
        files.text(path)  # that it cannot be read is a fault of the option
        return str(path)
    if option.name == "macros" and isinstance(value, tuple):
        return tuple(text if "\\" in text else files.text(files.find(text)) for text in value)
    return value


def combined(*layers: Values) -> dict[str, Value]:
    """Return the values of several layers, of which the last goes before those before it; some add up."""
    whole: dict[str, Value] = {}
    for layer in layers:
        for name, value in layer.items():
            before = whole.get(name, ())
            adds = name in _ADDING and isinstance(before, tuple) and isinstance(value, tuple)
            whole[name] = before + value if adds else value  # type: ignore[operator]
    return whole
