"""What a build was made from, as rules for make."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import PurePath

from derive.errors import OutputError

_REFUSED = re.compile(r"[\x00-\x1f\x7f\\;]| $|^~|\)$|%.*[*?[]|[*?[].*%")
"""What no sign hides from GNU make: a backslash means something else before each character, `a(b)` a part of `a`."""

_ANYWHERE = {c: "\\" + c for c in " #:*?["} | {"$": "$$", "=": "$(if ,,=)", "&": "$(if ,,&)"}
"""How a character is written that means something to make. The last two show only when the line is split already."""

_TARGET = str.maketrans(_ANYWHERE | {"%": r"\%"})
_SOURCE = str.maketrans(_ANYWHERE | {"|": r"\|"})


def depfile(targets: Iterable[str | os.PathLike[str]], sources: Iterable[str | os.PathLike[str]]) -> str:
    """Return rules that say that each target is made from all sources; `os.fsencode` gives their bytes.

    Each source that is no target has a rule without a recipe, so that make does not stop where one was removed.

    Raises:
        OutputError: Make cannot read one of the names.
    """
    made, used = _names(targets), _names(sources)
    rule = " ".join(_written(name, _TARGET) for name in made) + ":"
    rule += "".join(f" \\\n  {_written(name, _SOURCE)}" for name in used)
    return "\n\n".join([rule, *(_written(name, _TARGET) + ":" for name in used if name not in made)]) + "\n"


def _names(paths: Iterable[str | os.PathLike[str]]) -> list[str]:
    """Return each name once."""
    return list(dict.fromkeys(PurePath(path).as_posix() for path in paths))


def _written(name: str, signs: dict[int, str]) -> str:
    if _REFUSED.search(name):
        hint = "Choose a name without a backslash, with no ~ before it and no bracket or blank behind."
        raise OutputError(f"make cannot read the name {name!r}", hint=hint)
    return name.translate(signs)
