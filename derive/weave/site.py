"""What the extensions of site tools have in common: options out of their configuration, and a weaver that is kept."""

from __future__ import annotations

import atexit
import os
import re
import threading
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from derive.options import Value
from derive.weave.given import values_of
from derive.weave.library import Weaver
from derive.weave.said import DocumentError, Place, Said

_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def options_of(given: Mapping[str, Any], file: Path) -> dict[str, Value]:
    """Return the values of options that the configuration of another tool gives.

    Args:
        given: Texts, lists of texts, numbers or truth values by name, as YAML and Python have them; None is none.
        file: The configuration; what an option names is looked for in its folder.

    Raises:
        DocumentError: An option is unknown, or cannot have its value. The error has no place.
    """
    try:
        said = [Said(str(name), text, 0, 0) for name, value in given.items() for text in _texts(str(name), value)]
        return values_of(said, Place("", str(nearby(file))), file.parent)
    except DocumentError as error:
        raise DocumentError(error.message, hint=error.hint, file=error.file or str(nearby(file))) from None


def _texts(name: str, value: Any) -> Iterator[str]:
    for item in value if isinstance(value, list | tuple) else () if value is None else (value,):
        text = ("yes" if item else "no") if isinstance(item, bool) else str(item)
        if not isinstance(item, str | int | float):
            raise DocumentError(f"{name}: a text is wanted, or a list of texts")
        if _CONTROL.search(text):
            raise DocumentError(f"{name}: a backslash in double quotes became a control character", hint=_QUOTES)
        yield text


_QUOTES = "use 'single quotes' for LaTeX"


def shared() -> Weaver:
    """Return the weaver of this process and thread, for tools that do not tell when they have finished."""
    return _shared(os.getpid(), threading.get_ident())


@cache
def _shared(process: int, thread: int) -> Weaver:
    weaver = Weaver()
    atexit.register(weaver.close)
    return weaver


def nearby(path: Path) -> Path:
    """Return a path as it is named from the current folder, if it is in there: errors are easier to read then."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
