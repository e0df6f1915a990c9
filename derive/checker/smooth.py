"""Some smooth function for one that is declared and no more: the same in every run, and in both evaluators."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise

from derive.checker.arrays import Cell
from derive.checker.operations import Arithmetic
from derive.expr.nodes import Symbol


def _random(function: Symbol, *more: int) -> random.Random:
    text = repr((function.name, function.accents, function.subscript, function.mark, *more))
    return random.Random(int.from_bytes(sha256(text.encode()).digest(), "big"))


@dataclass(frozen=True, slots=True)
class Smooth:
    """Some smooth function, a + b sin(c x + d) + e x^2, for a function that is declared and no more."""

    a: float
    b: float
    c: float
    d: float
    e: float

    @staticmethod
    def of(function: Symbol, *component: int) -> Smooth:
        """Return the function that stands for a declared one, or for a component of it."""
        rng = _random(function, *component)
        return Smooth(*(rng.uniform(0.3, 1.3) for _ in range(5)))

    def polynomial(self, order: int) -> tuple[float, float, float]:
        """Return the coefficients of 1, x and x^2 in the part that is no sine, differentiated."""
        return {0: (self.a, 0.0, self.e), 1: (0.0, 2.0 * self.e, 0.0), 2: (2.0 * self.e, 0.0, 0.0)}.get(
            order, (0.0, 0.0, 0.0)
        )


def mixture(m: Arithmetic, function: Symbol, component: int, inputs: Sequence[Cell]) -> Cell:
    """Return a component of a function of several numbers: sines of all, and products of neighbours."""
    rng = _random(function, component)
    terms = [m.constant(rng.uniform(0.3, 1.3))]
    for x in inputs:
        a, b, c = (m.constant(rng.uniform(0.3, 1.3)) for _ in range(3))
        terms.append(a * m.call("sin", x * b + c))
    bend = m.constant(rng.uniform(0.3, 1.3))
    return m.total([*terms, *(x * y * bend for x, y in pairwise(inputs))])
