r"""The style file for `\usepackage{derive}`, which prints the solutions that were written beside a document."""

from __future__ import annotations

from pathlib import Path

STYLE = "derive.sty"
"""Its name."""


def style_file() -> bytes:
    """Return what stands in it."""
    return Path(__file__).with_name(STYLE).read_bytes()
