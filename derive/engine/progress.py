"""How far the work is, on standard error: a bar on a terminal, elsewhere a line for every twentieth."""

from __future__ import annotations

import os
import sys
from typing import Final

_WIDTH: Final = 30
_PARTS: Final = 20


class Meter:
    """Shows progress. It is silent for little work, which is done before one can read of it."""

    def __init__(self, quiet: bool = False, least: int = 20) -> None:
        self._quiet = quiet
        self._least = least
        self._told = 0
        self._bar = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def __call__(self, done: int, of: int) -> None:
        """Tell that so many pieces of work are done."""
        part = _PARTS * done // of
        if self._quiet or of < self._least or (not self._bar and part == self._told):
            return
        self._told = part
        if self._bar:
            full = _WIDTH * done // of
            end = "\r\x1b[K" if done == of else ""
            sys.stderr.write(f"\r[{'#' * full}{'.' * (_WIDTH - full)}] {done}/{of}{end}")
        else:
            sys.stderr.write(f"{100 * done // of:3d} % ({done} of {of})\n")
        sys.stderr.flush()
