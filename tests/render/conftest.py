"""The solutions of these tests, worked out once."""

from __future__ import annotations

import pytest

from tests.render.documents import Worked, worked


@pytest.fixture(scope="session")
def works() -> list[Worked]:
    """All problems, worked out."""
    return worked()
