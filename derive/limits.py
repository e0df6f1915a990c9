"""The limits, in one place. Each is an option with this default; none is silent."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Limits:
    """What one problem may cost. All are checked before any work is done on the input."""

    characters: int = 100_000
    nodes: int = 20_000
    depth: int = 1_000
    digits: int = 50
    """Digits of one literal number."""
    power_bits: int = 4_096
    """Largest exact power that is ever worked out."""
    order: int = 100
    """Highest order of a derivative that is asked for."""
    expansions: int = 10_000
    """Calls of the user's macros, those inside of macros counted."""
    answer_characters: int = 2_000
    """Beyond this length an answer stays in terms of the intermediate variables."""
    seconds: float = 10.0
    memory_mib: int = 1_024


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class SetLimits(Limits):
    """What a file of problems may cost, beside each problem in it."""

    problems: int = 10_000
    file_mib: float = 5.0

    @property
    def each(self) -> Limits:
        """The limits of one problem."""
        return Limits(**{f.name: getattr(self, f.name) for f in fields(Limits)})
