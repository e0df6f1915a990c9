r"""The values that a parameter may have: ranges of whole numbers, decimals and fractions, all of them exact."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from derive.problems.model import Range

MOST_VALUES = 10_000
"""How many values a range may have."""

MENTION = re.compile(r"\\param(?![A-Za-z])(?:\s*\{([^{}]{0,100})\})?")
r"""A mention of a parameter; group 1 is its name, with blanks around it, or None where `\param` stands alone."""

_NUMBER = re.compile(
    r"(?P<sign>-?)(?:(?P<whole>[0-9]{1,15})(?:\.(?P<decimals>[0-9]{1,15}))?"
    r"|(?P<slash>[0-9]{1,15}/[0-9]{1,15})|\\frac\{(?P<frac>[0-9]{1,15}\}\{[0-9]{1,15})\})"
)
_BETWEEN = re.compile(r"(?P<low>.*?[^.])\.\.(?P<high>[^.].*)", re.DOTALL)
_SEARCHED = 20_000


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was typed: `decimals` behind the point, or `form` with the places of a fraction's two numbers."""

    value: Fraction
    decimals: int = 0
    form: str = ""


def number(text: str) -> Number | None:
    r"""Return the number that a text is, such as -2, 0.5, 3/4 or \frac{3}{4}; None if it is none."""
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        return None
    sign = -1 if found["sign"] else 1
    if found["whole"]:
        decimals = found["decimals"] or ""
        return Number(sign * Fraction(int(found["whole"] + decimals), 10 ** len(decimals)), len(decimals))
    above, below = re.findall("[0-9]+", found["slash"] or found["frac"])
    form = "{}/{}" if found["slash"] else r"\frac{{{}}}{{{}}}"
    return Number(sign * Fraction(int(above), int(below)), 0, form) if int(below) else None


def ends(text: str) -> tuple[str, str] | None:
    """Return the two ends of a range that is written `1..9`."""
    found = _BETWEEN.fullmatch(text.strip())
    return (found["low"].strip(), found["high"].strip()) if found else None


def values(low: Number, high: Number, step: Number) -> tuple[str, ...]:
    """Return the numbers from `low` to `high`, written the way these were typed.

    Raises:
        ValueError: There is none, or there are too many; the message says so.
    """
    if step.value <= 0:
        raise ValueError("the step has to be above 0")
    count = (high.value - low.value) // step.value + 1
    if count < 1:
        raise ValueError("the range is empty: its end is below its beginning")
    if count > MOST_VALUES:
        raise ValueError(f"the range has {count} values, and {MOST_VALUES} are the most")
    form = low.form or high.form or step.form
    numbers = (low.value + k * step.value for k in range(count))
    if form:
        return tuple(_as_fraction(x, form) for x in numbers)
    places = max(low.decimals, step.decimals)
    kept = min(low.decimals, high.decimals)
    return tuple(_as_decimal(x, places, kept) for x in numbers)


def _as_fraction(x: Fraction, form: str) -> str:
    sign = "-" if x < 0 else ""
    size = abs(x)
    return sign + (str(size) if size.denominator == 1 else form.format(size.numerator, size.denominator))


def _as_decimal(x: Fraction, places: int, kept: int) -> str:
    """Return a decimal of at most `places` digits behind the point; of the zeros at its end, those in `kept` stay."""
    sign = "-" if x < 0 else ""
    digits = str(int(abs(x) * 10**places)).rjust(places + 1, "0")
    whole, behind = digits[: len(digits) - places], digits[len(digits) - places :]
    behind = behind.rstrip("0").ljust(kept, "0")
    return sign + whole + ("." + behind if behind else "")


def without(found: Sequence[str], excluded: Sequence[str]) -> tuple[str, ...]:
    """Return the values that are not excluded; 0.50 is the same number as 1/2."""
    dropped = {_meaning(text) for text in excluded}
    return tuple(text for text in found if _meaning(text) not in dropped)


def _meaning(text: str) -> Fraction | str:
    known = number(text)
    return known.value if known else text


def combinations(params: Mapping[str, Range], most: int) -> int:
    """Return how many choices of values the exclusions allow, counted up to `most`.

    The search gives up after twenty thousand tries, and returns what it has found.
    """
    names = sorted(params, key=lambda name: len(params[name].values))
    found = tried = 0
    open_ones = [iter(params[names[0]].values)] if names else []
    chosen: dict[str, str] = {}
    while open_ones and found < most and tried < _SEARCHED:
        name = names[len(open_ones) - 1]
        value = next(open_ones[-1], None)
        tried += 1
        if value is None:
            open_ones.pop()
            chosen.pop(name, None)
            continue
        chosen[name] = value
        if not fits(name, chosen, params):
            continue
        if len(open_ones) == len(names):
            found += 1
        else:
            open_ones.append(iter(params[names[len(open_ones)]].values))
    return found


def fits(name: str, chosen: Mapping[str, str], params: Mapping[str, Range]) -> bool:
    """Tell whether a value that was chosen goes with the others; 2.0 is the same number as 2."""
    others = [chosen[x] if x in params else x for x in params[name].excluded if x in chosen or x not in params]
    others += [value for x, value in chosen.items() if x != name and name in params[x].excluded]
    return _meaning(chosen[name]) not in map(_meaning, others)
