"""Values and derivatives of random expressions with shapes: by series, by many digits, and by NumPy.

The three share no code: NumPy runs the source that the writer makes, and differentiates by differences.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from derive.checker.arrays import cells, sizes_of
from derive.checker.coordinates import Point, coordinates
from derive.checker.elementary import UndecidedError
from derive.checker.lines import precise_frame
from derive.checker.points import root_frame, stratified
from derive.checker.series import base
from derive.checker.world import World
from derive.errors import UnsupportedError
from derive.expr.interning import Table, interning
from derive.expr.nodes import Apply, Derivative, Expr, Operation, Symbol
from derive.expr.walks import postorder, symbols
from derive.writer.python import python_source
from derive.writer.python_names import array_parameters
from tests.shaped import grown

SLOW = ("floor", "ceil", "sign", "polygamma", "binomial", "factorial", "gamma", "digamma")


class Case:
    """An expression at one point, for all three ways to evaluate it."""

    def __init__(self, e: Expr, seed: int = 1) -> None:
        self.e = e
        rng = random.Random(seed)
        self.world = World({}, None)
        for part in postorder(e):
            self.world.note(part)
        free = [s for s in postorder(e) if isinstance(s, Symbol) and s.kind in ("variable", "family")]
        if any(n > 5 for s in free for n in self.world.sizes(s.shape)):
            raise UnsupportedError("too large to be quick")
        (self.point,) = stratified(rng, [c for s in free for c in coordinates(self.world, s)], 1) or [{}]
        self.indices = {s: rng.randint(1, 2) for s in sorted(self.world.indices(e), key=lambda s: s.name)}

    def fast(self, e: Expr) -> Any:
        value = root_frame(self.world, [self.point]).placed(self.indices).value(e)
        return np.reshape([base(c).values[0] for c in cells(value)], sizes_of(value))

    def precise(self, e: Expr) -> Any:
        value = precise_frame(self.world, self.point, 30).placed(self.indices).value(e)
        return np.reshape([float(c) for c in cells(value)], sizes_of(value))

    def with_numpy(self) -> Callable[[Point], Any]:
        if any(isinstance(p, Operation) and p.name == "expm" for p in postorder(self.e)):
            raise UnsupportedError("mpmath does not end where an entry is nan")
        known = symbols(self.e)
        text = python_source("f", self.e, known, {})
        scope: dict[str, Any] = {}
        exec(text, scope)
        parameters = array_parameters(known, self.e)

        def value(point: Point) -> Any:
            with np.errstate(all="ignore"):
                return np.asarray(scope["f"](*(self._argument(s, point) for s in parameters)), dtype=float)

        return value

    def _argument(self, symbol: Symbol, point: Point) -> Any:
        if symbol.kind == "dimension":
            return self.world.size(symbol.name)
        if symbol.kind == "index":
            return self.indices[symbol]
        if not symbol.shape:
            return point[symbol]
        return np.reshape([point[c] for c in coordinates(self.world, symbol)], self.world.sizes(symbol.shape))


def close(a: Any, b: Any, tolerance: float, noise: float = 0.0) -> bool:
    """Whether two arrays agree where the first has values."""
    known = ~np.isnan(a)
    scale = 1.0 + np.abs(b[known])
    return a.shape == b.shape and bool(np.all(np.abs(a[known] - b[known]) <= tolerance * scale + 10 * noise))


def random_expressions(count: int, start: int = 0) -> Any:
    """Yield expressions that all three can evaluate, as cases; what an index leads beyond is left out."""
    for seed in range(start, start + count):
        rng = random.Random(seed)
        with interning(Table()):
            e, _ = grown([rng.randrange(10_000) for _ in range(200)])
            parts = list(postorder(e))
            if any(isinstance(p, Apply) or getattr(p, "name", "") in ("generic", "nuclear", "length") for p in parts):
                continue
            if any(getattr(p, "function", "") in SLOW for p in parts):
                continue
            try:
                case = Case(e, seed)
                if not np.all(np.isnan(case.fast(e))):
                    yield case
            except UnsupportedError:
                continue


def test_values_are_those_of_numpy() -> None:
    compared = 0
    for case in random_expressions(700):
        try:
            expected = case.with_numpy()(case.point)
        except (UnsupportedError, ValueError, ZeroDivisionError, OverflowError, IndexError):
            continue
        assert close(case.fast(case.e), expected, 1e-6), case.e
        compared += 1
    assert compared > 200


def test_values_and_derivatives_agree_with_many_digits() -> None:
    compared = 0
    for case in random_expressions(500, 5_000):
        shaped = [s for s in symbols(case.e) if s.kind in ("variable", "family")][:2]
        for of in (case.e, *(Derivative(case.e, (s,)) for s in shaped)):
            if len(of.shape) > 3:
                continue
            try:
                fast, exact = case.fast(of), case.precise(of)
            except (UndecidedError, UnsupportedError):
                continue
            assert close(np.where(np.isnan(exact), np.nan, fast), exact, 1e-6), of
            compared += 1
    assert compared > 250


def test_derivatives_are_those_of_differences() -> None:
    compared = 0
    for case in random_expressions(700, 10_000):
        for symbol in [s for s in symbols(case.e) if s.shape and s.kind in ("variable", "family")][:2]:
            try:
                function = case.with_numpy()
                near, far = (differences(case, function, symbol, h) for h in (1e-5, 2e-5))
                found = case.fast(Derivative(case.e, (symbol,)))
            except (UnsupportedError, ValueError, ZeroDivisionError, OverflowError, IndexError):
                continue
            noise = 1e-10 * (1 + np.max(np.abs(function(case.point)))) / 1e-5
            smooth = np.abs(near - far) <= 1e-5 * np.abs(near) + noise
            assert close(np.where(smooth, found, np.nan), near, 1e-3, noise), (case.e, symbol)
            compared += 1
    assert compared > 100


def differences(case: Case, function: Callable[[Point], Any], symbol: Symbol, h: float) -> Any:
    """The derivative in numerator layout by central differences."""
    slopes = []
    for c in coordinates(case.world, symbol):
        ends = [function({**case.point, c: case.point[c] + d}) for d in (h, -h)]
        with np.errstate(all="ignore"):
            slopes.append((ends[0] - ends[1]) / (2 * h))
    shape = case.world.sizes(symbol.shape)
    of = slopes[0].shape
    if of:
        return np.moveaxis(np.reshape(slopes, (*shape, *of)), range(len(shape)), range(-len(shape), 0))
    by_entry = np.reshape(slopes, shape)
    return by_entry.reshape(1, -1) if len(shape) == 1 else by_entry.ravel() if shape[0] == 1 else by_entry.T
