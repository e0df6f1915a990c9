"""What a build is to make: looks, profiles and versions, and how the work is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from derive.limits import DEFAULT_LIMITS, Limits


class Shard(NamedTuple):
    """A part of the problems of a set: every `of`-th, beginning with number `part` (from 1)."""

    part: int
    of: int

    def __str__(self) -> str:
        return f"{self.part}-of-{self.of}"


@dataclass(frozen=True, slots=True)
class Request:
    """The options of `derive build` that decide what its outputs hold.

    `looks` and `profiles` are names, and without profiles documents are made for students and as keys, and all else as
    keys; `versions` are names too, and empty for a single one; `format` is that of looks that have
    several (`fragments`). `draw` and `seed` go before what a set says, and so does `lang`.
    """

    looks: tuple[str, ...] = ("article",)
    profiles: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    format: str = "markdown"
    flavor: str = "dollar"
    lang: str = ""
    templates: tuple[Path, ...] = ()
    oracle: bool = True
    limits: Limits = DEFAULT_LIMITS
    draw: Mapping[str, int] | None = None
    seed: str | None = None
    pdf: bool = False
