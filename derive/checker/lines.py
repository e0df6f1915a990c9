"""Deciding one line: both sides at all points in float64, and with more digits where that does not tell."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from derive.checker.columns import NAN
from derive.checker.floats import FloatFrame, cells
from derive.checker.points import Point, having_values, holding
from derive.checker.precise import PreciseFrame, Real, UndecidedError, arithmetic
from derive.checker.precise import cells as precise_cells
from derive.checker.series import base
from derive.checker.world import World, symbol_name
from derive.derivation import Condition, Evidence, Scope
from derive.errors import UnsupportedError
from derive.expr.nodes import Expr, Integer, Symbol

FLOAT_TOLERANCE = 1e-10
PRECISE_TOLERANCE = 1e-20
_FLOAT_DIGITS = 16
_DIGITS = (50, 100, 200, 400)
_NO_POINT = "no point of the domain found"


class DisagreementError(Exception):
    """The line does not hold: both values, and the point."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What is to be decided: `lhs relation rhs` wherever the conditions hold."""

    lhs: Expr
    relation: str
    rhs: Expr
    given: tuple[Condition, ...] = ()
    scope: Scope = field(default_factory=Scope)
    """Its definitions must have a value where the claim is to hold."""


@dataclass(slots=True)
class Judge:
    """Decides claims at the points of one world; values are computed once for all claims."""

    world: World
    points: list[Point]
    frame: FloatFrame
    why_none: str = ""
    """Why there are no points, where there are none."""
    floating: bool = True
    """Whether float64 gives values at the points; if not, they were chosen by many digits."""
    _inside: dict[int, list[bool]] = field(default_factory=dict)
    _precise: dict[tuple[int, int], PreciseFrame] = field(default_factory=dict)

    def decide(self, claim: Claim) -> Evidence:
        """Return what was found.

        Raises:
            DisagreementError: The claim is wrong, or one of its sides has no value, at some point.
        """
        if not self.points:
            return Evidence("unchecked", why=self.why_none or _NO_POINT)
        try:
            return self._decide(claim)
        except UnsupportedError as error:
            return Evidence("unchecked", why=error.message)

    def _decide(self, claim: Claim) -> Evidence:
        lefts, rights = cells(self.frame.value(claim.lhs)), cells(self.frame.value(claim.rhs))
        if len(lefts) != len(rights):
            raise DisagreementError(f"{len(lefts)} entries against {len(rights)}")
        use = self._usable(claim)
        open_: set[int] = set()
        largest, silent = 0.0, True
        for left, right in zip(lefts, rights, strict=True):
            for i, (a, b) in enumerate(zip(base(left).values, base(right).values, strict=True)):
                if not use[i]:
                    continue
                error = _ERRORS[claim.relation](a, b)
                if error <= FLOAT_TOLERANCE:
                    largest = max(largest, error)
                    silent = silent and a == 0.0 and b == 0.0
                else:
                    open_.add(i)
        used = [i for i in range(self.frame.width) if use[i]]
        if silent and not _zero(claim):  # 0 = 0 at every point: perhaps all of it is too small for float64
            open_.update(used)
        if open_:
            return self._decide_precisely(claim, used, sorted(open_), largest)
        if not used:
            return Evidence("unchecked", why=_NO_POINT)
        return Evidence("checked", len(used), _FLOAT_DIGITS, largest)

    def _usable(self, claim: Claim) -> list[bool]:
        """Return at which points the definitions have values and the conditions hold."""
        key = id(claim.scope)
        if key not in self._inside:
            bindings = tuple(s for s in claim.scope.values if s in self.world.rank)
            self._inside[key] = having_values(self.frame, bindings) if self.floating else [True] * self.frame.width
        inside = self._inside[key]
        if not claim.given:
            return inside
        return [a and b for a, b in zip(inside, holding(self.frame, claim.given), strict=True)]

    def _decide_precisely(self, claim: Claim, used: list[int], points: list[int], largest: float) -> Evidence:
        count, digits_used, why = len(used), _FLOAT_DIGITS, ""
        for i in points:
            verdict = self._at_point(claim, i)
            if verdict.defined:
                digits_used = max(digits_used, verdict.digits)
                largest = max(largest, verdict.error)
            else:
                count, why = count - 1, why or verdict.why
        if count <= 0 or (why != _NO_POINT and 2 * count < len(used)):
            return Evidence("unchecked", max(count, 0), why=why or _NO_POINT)
        return Evidence("checked", count, digits_used, largest)

    def _at_point(self, claim: Claim, i: int) -> Verdict:
        before: list[float] | None = None
        for digits in _DIGITS:
            try:
                found = self._values(claim, i, digits)
            except UndecidedError as error:
                return Verdict(False, why=error.message)
            m = arithmetic()
            undefined = [(a, b) for a, b in found if m.isnan(a) or m.isnan(b)]
            if undefined:
                a, b = next(((a, b) for a, b in undefined if m.isnan(a) != m.isnan(b)), undefined[0])
                if m.isnan(a) != m.isnan(b):
                    raise DisagreementError(self._told(a, b, i))
                return Verdict(False, why=_NO_POINT)
            gaps = [_gap(claim.relation, a, b) for a, b in found]
            errors = [float(g / max(abs(a), abs(b))) if g else 0.0 for g, (a, b) in zip(gaps, found, strict=True)]
            if max(errors) <= PRECISE_TOLERANCE:
                return Verdict(True, digits, max(errors))
            sizes = [_magnitude(g) for g in gaps]
            if before is not None:
                noise = [_shrinks(b, s) for b, s in zip(before, sizes, strict=True)]
                if all(n or e <= PRECISE_TOLERANCE for n, e in zip(noise, errors, strict=True)):
                    return Verdict(True, digits)  # the gap is rounding alone: it goes as digits come
                worst = next(k for k, n in enumerate(noise) if not n and errors[k] > PRECISE_TOLERANCE)
                raise DisagreementError(self._told(*found[worst], i))
            before = sizes
        return Verdict(False, why="400 digits do not tell the two sides apart")

    def _values(self, claim: Claim, i: int, digits: int) -> list[tuple[Real, Real]]:
        frame = self._frame(i, digits)
        left, right = precise_cells(frame.value(claim.lhs)), precise_cells(frame.value(claim.rhs))
        return list(zip(left, right, strict=True))

    def _frame(self, i: int, digits: int) -> PreciseFrame:
        key = (i, digits)
        if key not in self._precise:
            self._precise[key] = precise_frame(self.world, self.points[i], digits)
        return self._precise[key]

    def _told(self, a: Real, b: Real, i: int) -> str:
        m = arithmetic()
        values = ["undefined" if m.isnan(v) else m.nstr(v, 12) for v in (a, b)]
        return f"{values[0]} against {values[1]} at {_place(self.points[i])}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What many digits found at one point; `defined` when both sides have values, which agree."""

    defined: bool
    digits: int = 0
    error: float = 0.0
    why: str = ""


def precise_frame(world: World, point: Point, digits: int) -> PreciseFrame:
    """Return the frame in which the free symbols have the values of the point, with so many digits."""
    m = arithmetic()
    fixed: dict[Symbol, Real] = {s: m.mpf(v) for s, v in point.items()}
    return PreciseFrame(world, fixed, digits)


def lacks(world: World, point: Point, guards: Sequence[Expr]) -> str:
    """Return why the guards have no value at a point, by many digits; nothing where they have one."""
    m = arithmetic()
    try:
        frame = precise_frame(world, point, _DIGITS[0])
        undefined = any(m.isnan(c) for guard in guards for c in precise_cells(frame.value(guard)))
    except UnsupportedError as error:
        return error.message
    return _NO_POINT if undefined else ""


def _place(point: Point) -> str:
    shown = [f"{symbol_name(s)} = {v:.12g}" for s, v in list(point.items())[:6]]
    return ", ".join(shown) + (", ..." if len(point) > len(shown) else "") if shown else "every point"


def _zero(claim: Claim) -> bool:
    return any(isinstance(side, Integer) and side.value == 0 for side in (claim.lhs, claim.rhs))


def _equal(a: float, b: float) -> float:
    if a == b:
        return 0.0
    return abs(a - b) / max(abs(a), abs(b)) if a == a and b == b else NAN


def _less(a: float, b: float) -> float:
    return 0.0 if b - a > FLOAT_TOLERANCE * max(abs(a), abs(b)) else NAN


def _at_most(a: float, b: float) -> float:
    return 0.0 if a <= b else NAN


def _differ(a: float, b: float) -> float:
    return 0.0 if abs(a - b) > FLOAT_TOLERANCE * max(abs(a), abs(b)) else NAN


_ERRORS: dict[str, Callable[[float, float], float]] = {
    "=": _equal,
    "<": _less,
    "<=": _at_most,
    "!=": _differ,
    ">": lambda a, b: _less(b, a),
    ">=": lambda a, b: _at_most(b, a),
}


def _gap(relation: str, a: Real, b: Real) -> Real:
    """Return by how much a relation fails; for a strict one, equality fails by all there is."""
    d = a - b
    size = abs(a) + abs(b)
    match relation:
        case "=":
            return abs(d)
        case "<=":
            return max(d, 0 * d)
        case ">=":
            return max(-d, 0 * d)
        case "<":
            return 0 * d if d < -PRECISE_TOLERANCE * size else size + 1
        case ">":
            return 0 * d if d > PRECISE_TOLERANCE * size else size + 1
        case _:
            return 0 * d if abs(d) > PRECISE_TOLERANCE * size else size + 1


def _magnitude(gap: Real) -> float:
    m = arithmetic()
    return float(m.mag(gap)) if gap else -math.inf


def _shrinks(before: float, now: float) -> bool:
    """Tell whether a gap, in bits, fell by most of the fifty digits that came in."""
    return now < before - 40 * math.log2(10)
