"""Choosing the points at which lines are checked.

Points are drawn from a stratified pool (all sign patterns, three magnitudes). Every seam of the formulas (see `seams`)
wants a point on either side of it. What the pool does not give is sought along lines through it: sign changes of the
seams are found by bisection, and points are set between them; so narrow domains are found as well.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from derive.checker.arrays import cells
from derive.checker.columns import Column
from derive.checker.coordinates import Coordinate, Point, assembled
from derive.checker.floats import FloatFrame
from derive.checker.seams import Margin, Seam
from derive.checker.series import base
from derive.checker.world import World
from derive.errors import UnsupportedError
from derive.expr.nodes import Expr, Symbol

POINTS = 8
_POOL = 24
_MAGNITUDES = ((0.1, 0.5), (0.5, 2.0), (2.0, 10.0))
_OF_CELLS = ((0.1, 0.5), (0.5, 1.0), (1.0, 2.0))
_NEAR = 1e-6
_AXES = 6
_HALVINGS = 60
_CHANGES = 48
_KINKS = 12
_FACES = 16
"""Up to so many kinks, up to so many combinations of their sides get a point each."""
_WORK = 20_000
"""Nodes that a search along one axis may evaluate: it becomes coarser the larger the formulas are."""
_COARSEST = 8


@dataclass(frozen=True, slots=True)
class Wanted:
    """What points have to serve.

    All of `guards` must have a value, at some points all of `bound` too. `seams` want both sides, but for those that
    are `optional`: edges inside the guards, beyond which these have no value, and conditions. Each of `givens` wants
    some points where it holds. `size` counts the nodes that the seams are made of.
    """

    world: World
    free: tuple[Coordinate, ...]
    guards: tuple[Expr, ...]
    seams: tuple[Seam, ...]
    optional: frozenset[Seam] = frozenset()
    bound: tuple[Expr, ...] = ()
    givens: tuple[tuple[Expr, ...], ...] = ()
    size: int = 0


@dataclass(slots=True)
class Pool:
    """Candidates, and what was found at each of them."""

    points: list[Point] = field(default_factory=list)
    valid: list[bool] = field(default_factory=list)
    sides: list[list[int]] = field(default_factory=list)
    """For each seam the sign of its margin at each point; 0 where it has none."""
    holds: list[list[bool]] = field(default_factory=list)
    """Whether all definitions have a value, and for each of `givens` whether it holds."""

    @staticmethod
    def of(wanted: Wanted) -> Pool:
        """Return an empty pool."""
        return Pool([], [], [[] for _ in wanted.seams], [[] for _ in range(1 + len(wanted.givens))])


def draw(wanted: Wanted, seed: int, precise: Callable[[Point], bool]) -> list[Point]:
    """Return the points: eight of the domain, and more where branches ask for them; none where none was found.

    `precise` tells whether the guards have a value, for points at which float64 cannot.
    """
    if not wanted.free:
        known = having_values(root_frame(wanted.world, [{}]), (*wanted.guards, *wanted.bound))[0]
        return [{}] if known or precise({}) else []
    rng = random.Random(seed)
    first = stratified(rng, wanted.free, _POOL)
    if len(_kinds(wanted)) > 1:
        wanted = _distinct(wanted, root_frame(wanted.world, first + _wide(rng, wanted.free)))
    pool = Pool.of(wanted)
    _extend(pool, wanted, first)
    chosen, missing = _choose(pool, wanted)
    if missing:
        _extend(pool, wanted, _wide(rng, wanted.free))
        chosen, missing = _choose(pool, wanted)
    kinks = sum(kink for _, _, kink in _kinds(wanted))
    branches = any(seam.kink and seam not in wanted.optional for seam in wanted.seams)  # not of conditions alone
    if (missing and wanted.seams) or (branches and 1 < kinks <= _KINKS):
        for _ in range(2 if len(chosen) < POINTS else 1):
            _extend(pool, wanted, _between_seams(rng, pool, wanted))
        chosen, missing = _choose(pool, wanted)
        chosen += _faces(pool, wanted, chosen)
    if not chosen:
        _extend(pool, wanted, _integers(rng, wanted.free))
        chosen, _ = _choose(pool, wanted)
    if not chosen:
        chosen = [i for i in range(_POOL) if precise(pool.points[i])][:POINTS]
    return [pool.points[i] for i in chosen]


def _kinds(wanted: Wanted) -> set[tuple[tuple[Expr, ...], Margin, bool]]:
    """Return what the seams are about; those of the cells of one part are of one kind."""
    return {(seam.parts, seam.margin, seam.kink) for seam in wanted.seams}


def stratified(rng: random.Random, free: Sequence[Coordinate], count: int) -> list[Point]:
    """Return points with all sign patterns of the first three numbers, each magnitude in turn, no two values equal.

    The cells of vectors and matrices stay smaller: sums of their products are to be no larger than other numbers.
    """
    out = []
    for i in range(count):
        point: Point = {}
        taken = {0.0, 1.0, 2.0}
        for j, coordinate in enumerate(free):
            magnitudes = _MAGNITUDES if isinstance(coordinate, Symbol) else _OF_CELLS
            low, high = magnitudes[(i // 8 + i + j) % 3]
            negative = (i >> j) & 1 if j < 3 else rng.random() < 0.5
            value = 0.0
            while value in taken:
                value = low * (high / low) ** rng.random()
            point[coordinate] = -value if negative else value
            taken.add(point[coordinate])
        out.append(point)
    return out


def _wide(rng: random.Random, free: Sequence[Coordinate]) -> list[Point]:
    """Return points that ordinary formulas do not need: tiny and huge numbers, all of one sign."""
    out: list[Point] = []
    for scale in (1e-3, 1e-2, 0.3, 3.0, 30.0, 1e3, 1e6, 1e12, 1e20):
        for sign in (1.0, -1.0):
            out.append({s: sign * scale * (1.0 + rng.random()) for s in free})
    out += [{s: rng.random() for s in free} for _ in range(8)]
    return out


def _integers(rng: random.Random, free: Sequence[Coordinate]) -> list[Point]:
    """Return points with integers, for what has a value there only, such as (-1)^n: isolated ones of other domains."""
    out: list[Point] = [{s: float(rng.choice((-1, 1)) * rng.randint(3, 12)) for s in free} for _ in range(8)]
    for symbol in free[:_AXES]:
        out += [{**p, symbol: float(rng.randint(3, 12))} for p in stratified(rng, free, 8)]
    return out


def root_frame(world: World, points: Sequence[Mapping[Coordinate, float]]) -> FloatFrame:
    """Return the frame in which the free symbols have the values of the points."""
    first = points[0] if points else {}
    columns = [(c, Column([p[c] for p in points])) for c in first]
    return FloatFrame(world, assembled(world, columns, Column([1.0] * len(points))), len(points))


def _margins(frame: FloatFrame, seam: Seam) -> list[float]:
    places = seam.cells or (0,) * len(seam.parts)
    try:
        here = frame.placed(dict(seam.at)) if seam.at else frame
        columns = [base(cells(here.value(p))[k]).values for p, k in zip(seam.parts, places, strict=True)]
    except UnsupportedError:
        return [math.nan] * frame.width
    return seam.margins(columns)


def _distinct(wanted: Wanted, frame: FloatFrame) -> Wanted:
    """Return what is wanted, with seams that are one seam written in two ways, u > 0 and x^2 > 0, kept once."""
    kept: dict[tuple[object, ...], Seam] = {}
    optional = set(wanted.optional)
    for seam in wanted.seams:
        margins = [None if v != v else v for v in _margins(frame, seam)]
        first = kept.setdefault((seam.kink, *margins) if any(margins) else (seam,), seam)
        if seam in wanted.optional and first is not seam:
            optional.add(first)
    return replace(wanted, seams=tuple(kept.values()), optional=frozenset(optional))


def _extend(pool: Pool, wanted: Wanted, points: list[Point]) -> None:
    if not points:
        return
    frame = root_frame(wanted.world, points)
    valid = having_values(frame, wanted.guards)
    for seam, sides in zip(wanted.seams, pool.sides, strict=True):
        margins = _margins(frame, seam)
        if seam.kink:
            sizes = sorted(abs(v) for v in margins if v == v)
            near = _NEAR * min(1.0, sizes[len(sizes) // 2]) if sizes else 0.0
            valid = [ok and not 0.0 < abs(v) < near for ok, v in zip(valid, margins, strict=True)]
        sides += [(v > 0.0) - (v < 0.0) for v in margins]
    pool.holds[0] += having_values(frame, wanted.bound)
    for given, holds in zip(wanted.givens, pool.holds[1:], strict=True):
        holds += holding(frame, given)
    pool.points += points
    pool.valid += valid


def having_values(frame: FloatFrame, wanted: Sequence[Expr]) -> list[bool]:
    """Return at which points all the expressions have a value."""
    out = [True] * frame.width
    for e in wanted:
        for cell in (c for value in frame.values(e) for c in cells(value)):
            out = [o and v == v for o, v in zip(out, base(cell).values, strict=True)]
    return out


def holding(frame: FloatFrame, given: Sequence[Expr]) -> list[bool]:
    """Return at which points all the conditions hold."""
    out = [True] * frame.width
    for condition in given:
        for cell in (c for value in frame.values(condition) for c in cells(value)):
            out = [o and t == 1.0 for o, t in zip(out, base(cell).values, strict=True)]
    return out


def _choose(pool: Pool, wanted: Wanted) -> tuple[list[int], bool]:
    """Return the indices of the points to use, and whether something that was wanted is missing."""
    valid = [i for i, ok in enumerate(pool.valid) if ok]
    chosen = valid[:POINTS]
    missing = len(chosen) < POINTS
    for seam, sides in zip(wanted.seams, pool.sides, strict=True):
        for side in (1, -1):
            if any(sides[i] == side for i in chosen):
                continue
            found = next((i for i in valid if sides[i] == side), None)
            if found is not None:
                chosen.append(found)
            elif seam not in wanted.optional:
                missing = True
    for holds in pool.holds:
        have = sum(holds[i] for i in chosen)
        more = [i for i in valid if holds[i] and i not in chosen][: max(0, POINTS // 2 - have)]
        chosen += more
        missing = missing or have + len(more) < POINTS // 2
    return chosen, missing


def _faces(pool: Pool, wanted: Wanted, chosen: Sequence[int]) -> list[int]:
    """Return a point for each combination of sides of the kinks that no chosen point is on."""
    rows = [sides for seam, sides in zip(wanted.seams, pool.sides, strict=True) if seam.kink]
    seen = {tuple(sides[i] for sides in rows) for i in chosen}
    out: list[int] = []
    for i, ok in enumerate(pool.valid):
        face = tuple(sides[i] for sides in rows)
        if ok and face not in seen and len(out) < _FACES:
            seen.add(face)
            out.append(i)
    return out


def _between_seams(rng: random.Random, pool: Pool, wanted: Wanted) -> list[Point]:
    """Return points between the sign changes of the seams, along each axis through the best point so far."""
    out: list[Point] = []
    best = max(range(len(pool.points)), key=lambda i: (pool.valid[i], _satisfied(pool, wanted, i), -i))
    start = dict(pool.points[best])
    for symbol in wanted.free[:_AXES]:
        found = _along(rng, start, symbol, wanted)
        if not found:
            continue
        out += found
        trial = Pool.of(wanted)
        _extend(trial, wanted, [start, *found])
        best = max(range(len(trial.points)), key=lambda i: (trial.valid[i], _satisfied(trial, wanted, i), -i))
        start = trial.points[best]
    return out


def _satisfied(pool: Pool, wanted: Wanted, i: int) -> int:
    return sum(sides[i] > 0 for seam, sides in zip(wanted.seams, pool.sides, strict=True) if not seam.kink)


_GRID = (*(1.0371 * 10.0 ** (k / 4) for k in range(-12, 25)), 1e9, 1e12, 1e16, 1e20)
_SHARES = (0.07, 0.21, 0.37, 0.5, 0.62, 0.77, 0.88, 0.96)


def _along(rng: random.Random, start: Point, symbol: Coordinate, wanted: Wanted) -> list[Point]:
    """Return points between neighbouring sign changes of all seams while one symbol moves."""
    ts = sorted([-t for t in _GRID] + [0.0] + list(_GRID))
    halvings = max(_COARSEST, min(_HALVINGS, _WORK // max(1, wanted.size)))
    ts = sorted({*ts, *_peaks(start, symbol, ts, wanted, halvings)})
    kinds = _sides(start, symbol, ts, wanted)
    changes = [(k, i) for k, row in enumerate(kinds) for i in range(len(ts) - 1) if row[i] != row[i + 1]][:_CHANGES]
    low, high = [ts[i] for _, i in changes], [ts[i + 1] for _, i in changes]
    for _ in range(halvings if changes else 0):
        middle = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
        now = _sides(start, symbol, middle, wanted)
        for c, (k, i) in enumerate(changes):
            if now[k][c] == kinds[k][i]:
                low[c] = middle[c]
            else:
                high[c] = middle[c]
    edges = sorted({ts[0], *high, ts[-1]})
    out = []
    for a, b in pairwise(edges):
        out += [{**start, symbol: a + (b - a) * (share + 0.01 * rng.random())} for share in _SHARES]
    return [p for p in out if p[symbol] != 0.0]


def _rows(start: Point, symbol: Coordinate, ts: Sequence[float], wanted: Wanted) -> list[list[float]]:
    """Return for each seam its margin at each place of one symbol."""
    frame = root_frame(wanted.world, [{**start, symbol: t} for t in ts])
    return [_margins(frame, seam) for seam in wanted.seams]


def _sides(start: Point, symbol: Coordinate, ts: Sequence[float], wanted: Wanted) -> list[list[int]]:
    """Return the signs of the margins, or 2 where there is none."""
    return [[2 if v != v else (v > 0.0) - (v < 0.0) for v in row] for row in _rows(start, symbol, ts, wanted)]


def _peaks(start: Point, symbol: Coordinate, ts: Sequence[float], wanted: Wanted, halvings: int) -> list[float]:
    """Return where a margin of one sign throughout comes nearest to the other sign, by ternary search."""
    turned: list[tuple[int, float]] = []
    low: list[float] = []
    high: list[float] = []
    for k, row in enumerate(_rows(start, symbol, ts, wanted)):
        for sign in (1.0, -1.0):
            places = [i for i, v in enumerate(row) if v == v]
            if places and all(sign * row[i] <= 0.0 for i in places):
                best = max(places, key=lambda i: sign * row[i])
                turned.append((k, sign))
                low.append(ts[max(0, best - 1)])
                high.append(ts[min(len(ts) - 1, best + 1)])
    for _ in range(halvings if turned else 0):
        thirds = [(a + (b - a) / 3, b - (b - a) / 3) for a, b in zip(low, high, strict=True)]
        rows = _rows(start, symbol, [t for pair in thirds for t in pair], wanted)
        for c, (k, sign) in enumerate(turned):
            left, right = sign * rows[k][2 * c], sign * rows[k][2 * c + 1]
            if left < right or left != left:
                low[c] = thirds[c][0]
            else:
                high[c] = thirds[c][1]
    return [(a + b) / 2 for a, b in zip(low, high, strict=True)]
