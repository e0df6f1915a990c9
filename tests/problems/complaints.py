"""What is said against a set."""

from __future__ import annotations

import pytest

from derive.errors import ProblemFileError, ProblemSetError
from derive.problems.reading import read_text


def complaints(text: str, name: str = "set.yaml") -> tuple[ProblemFileError, ...]:
    """Return the errors of a text, which has to be refused."""
    with pytest.raises(ProblemSetError) as caught:
        read_text(text, name)
    return caught.value.errors
