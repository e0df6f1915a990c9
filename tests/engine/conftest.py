"""What the tests of the engine share."""

from tests.planted import planted

__all__ = ["planted"]
