"""The commented set that a user starts from."""

from __future__ import annotations

from pathlib import Path

STARTER = Path(__file__).with_name("starter.yaml")


def starter() -> str:
    """Return the text of the set."""
    return STARTER.read_text("utf-8")
