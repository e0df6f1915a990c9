"""LaTeX -> MathML, through math-core. It enters here, and costs a millisecond to import."""

from __future__ import annotations

import re
from typing import NamedTuple

from math_core import LatexError, LatexToMathML

from derive.errors import UnsupportedError

_CONVERTER = LatexToMathML(allow_unreliable_rendering=True, fancy_error=False)  # else it refuses a wide tilde

_GAP = re.compile(r"\\\\\[\d+pt\]")
r"""The end of a row with space below, `\\[6pt]`: math-core would print it; the style sheet parts rows instead."""

_STRUT = '<mspace height="0.7em" depth="0.1em"/>'
"""Below a radical: some browsers hang the sign of one that holds a small letter alone too low."""


def mathml(latex: str, display: bool = False) -> str:
    """Return a formula as a `<math>` element, with all text in it escaped; on a line of its own with `display`.

    Raises:
        UnsupportedError: The formula has a command that math-core does not know.
    """
    try:
        element = _CONVERTER.convert_with_local_state(_GAP.sub(r"\\\\", latex), displaystyle=display)
        return element.replace("</msqrt>", f"{_STRUT}</msqrt>")
    except LatexError as fault:
        hint = "--format markdown and --format tex print it"
        raise UnsupportedError(f"{latex} cannot be written as MathML: {fault}", hint=hint) from None


class Complaint(NamedTuple):
    """What is wrong with a formula, and at which of its characters."""

    place: int
    message: str


def complaint(latex: str) -> Complaint | None:
    """Tell what is wrong with a formula; None where it can be set."""
    try:
        _CONVERTER.convert_with_local_state(_GAP.sub(r"\\\\", latex), displaystyle=True)
    except LatexError as fault:
        place, _, message = str(fault).partition(": ")
        return Complaint(int(place), message[:1].lower() + message[1:].rstrip("."))
    return None
