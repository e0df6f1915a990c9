"""Deciding one line: both sides at all points in float64, and with more digits where that does not tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from derive.checker.arrays import cells
from derive.checker.columns import NAN
from derive.checker.coordinates import Point, assembled, place
from derive.checker.elementary import Real, UndecidedError
from derive.checker.floats import FloatFrame
from derive.checker.frames import Indices
from derive.checker.points import having_values, holding
from derive.checker.precise import PreciseFrame, arithmetic
from derive.checker.series import base
from derive.checker.world import World
from derive.derivation import Condition, Evidence, Scope
from derive.errors import UnsupportedError
from derive.expr.nodes import Expr, Filled, Integer
from derive.expr.shapes import show_shape

FLOAT_TOLERANCE = 1e-10
PRECISE_TOLERANCE = 1e-20
_FLOAT_DIGITS = 16
_DIGITS = (50, 100, 200, 400)
_THOROUGH = 2
"""At so many points of a line a sum that cancels is followed to the last digits."""
_UNTOLD = f"{_DIGITS[-1]} digits do not tell the two sides apart"
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
        """Decide the claim for all values of its free indices."""
        if claim.lhs.shape != claim.rhs.shape:
            shapes = f"{show_shape(claim.lhs.shape)} against {show_shape(claim.rhs.shape)}"
            raise DisagreementError(f"shapes {shapes}")
        every = self.world.instances(claim.lhs, claim.rhs, *claim.given)
        # 0 = 0 at every point: perhaps all of it is too small for float64
        doubtful = not _zero(claim) and all(self._is_silent(claim, at) for at in every)
        found = [self._decide_at(claim, at, doubtful) for at in every]
        worst = next((e for e in found if e.status != "checked"), None)
        if worst is not None or len(found) == 1:
            return worst or found[0]
        points, digits = min(e.points for e in found), max(e.digits for e in found)
        return Evidence("checked", points, digits, max(e.max_error for e in found))

    def _is_silent(self, claim: Claim, at: Indices) -> bool:
        """Tell whether both sides are 0 wherever the claim is to hold."""
        frame = self.frame.placed(at)
        use = self._usable(claim, frame)
        sides = [base(cell).values for side in (claim.lhs, claim.rhs) for cell in cells(frame.value(side))]
        return all(value == 0.0 for values in sides for value, used in zip(values, use, strict=True) if used)

    def _decide_at(self, claim: Claim, at: Indices, doubtful: bool) -> Evidence:
        frame = self.frame.placed(at)
        lefts, rights = cells(frame.value(claim.lhs)), cells(frame.value(claim.rhs))
        use = self._usable(claim, frame)
        open_: set[int] = set()
        largest = 0.0
        for left, right in zip(lefts, rights, strict=True):
            for i, (a, b) in enumerate(zip(base(left).values, base(right).values, strict=True)):
                if not use[i]:
                    continue
                error = _ERRORS[claim.relation](a, b)
                if error <= FLOAT_TOLERANCE:
                    largest = max(largest, error)
                else:
                    open_.add(i)
        used = [i for i in range(self.frame.width) if use[i]]
        if doubtful:
            open_.update(used)
        if open_:
            return self._decide_precisely(claim, at, used, sorted(open_), largest)
        if not used:
            return Evidence("unchecked", why=_NO_POINT)
        return Evidence("checked", len(used), _FLOAT_DIGITS, largest)

    def _usable(self, claim: Claim, frame: FloatFrame) -> list[bool]:
        """Return at which points the definitions have values and the conditions hold."""
        key = id(claim.scope)
        if key not in self._inside:
            bindings = tuple(s for s in claim.scope.values if s in self.world.rank)
            self._inside[key] = having_values(self.frame, bindings) if self.floating else [True] * self.frame.width
        inside = self._inside[key]
        if not claim.given:
            return inside
        return [a and b for a, b in zip(inside, holding(frame, claim.given), strict=True)]

    def _decide_precisely(
        self, claim: Claim, at: Indices, used: list[int], points: list[int], largest: float
    ) -> Evidence:
        count, digits_used, why = len(used), _FLOAT_DIGITS, ""
        for k, i in enumerate(points):
            verdict = self._at_point(claim, at, i, _DIGITS if k < _THOROUGH else _DIGITS[:2])
            if not verdict.defined and verdict.why == _UNTOLD:
                verdict = self._at_point(claim, at, i, _DIGITS)
            if verdict.defined:
                digits_used = max(digits_used, verdict.digits)
                largest = max(largest, verdict.error)
            else:
                count, why = count - 1, why or verdict.why
        if count <= 0 or (why != _NO_POINT and 2 * count < len(used)):
            return Evidence("unchecked", max(count, 0), why=why or _NO_POINT)
        return Evidence("checked", count, digits_used, largest)

    def _at_point(self, claim: Claim, at: Indices, i: int, allowed: Sequence[int]) -> Verdict:
        """Raise the digits until no sum cancels; what cancels to the last is told from what is lost by its size."""
        gaps_before: list[Real] = []
        for digits in allowed:
            frame = self._frame(i, digits)
            here = frame.placed(at)
            try:
                left, right = here.value(claim.lhs), here.value(claim.rhs)
            except UndecidedError as error:
                return Verdict(False, why=error.message)
            pairs = list(zip(cells(left), cells(right), strict=True))
            final = digits == allowed[-1]
            if frame.lost is not None and not final:
                gaps_before = [_gap(claim.relation, a, b) for a, b in pairs]
                continue
            verdict = self._compared(claim, i, digits, pairs)
            if verdict is not None:
                return verdict
            m = arithmetic()
            for (a, b), before in zip(pairs, gaps_before or [None] * len(pairs), strict=True):
                gap = _gap(claim.relation, a, b)
                if not _wrong(gap, a, b) or (before is not None and gap < before * m.mpf(10) ** (-allowed[-2] // 2)):
                    continue  # equal, or a gap that goes as digits come: rounding alone
                if frame.lost is not None and gap < frame.lost * m.mpf(10) ** (20 - digits):
                    if before == 0:  # there happened to be no gap
                        continue
                    return Verdict(False, why=_UNTOLD)
                raise DisagreementError(self._told(a, b, i))
            return Verdict(True, digits)
        raise AssertionError("the last of the digits decides")

    def _compared(self, claim: Claim, i: int, digits: int, pairs: list[tuple[Real, Real]]) -> Verdict | None:
        """Return the verdict where one side has no value or all entries agree, else None."""
        m = arithmetic()
        for a, b in pairs:
            if m.isnan(a) != m.isnan(b):
                raise DisagreementError(self._told(a, b, i))
        if any(m.isnan(a) for a, _ in pairs):
            return Verdict(False, why=_NO_POINT)
        if any(_wrong(_gap(claim.relation, a, b), a, b) for a, b in pairs):
            return None
        errors = [_gap(claim.relation, a, b) / (abs(a) + abs(b)) for a, b in pairs if a or b]
        return Verdict(True, digits, float(max(errors, default=0.0)))

    def _frame(self, i: int, digits: int) -> PreciseFrame:
        key = (i, digits)
        if key not in self._precise:
            self._precise[key] = precise_frame(self.world, self.points[i], digits)
        return self._precise[key]

    def _told(self, a: Real, b: Real, i: int) -> str:
        m = arithmetic()
        values = ["undefined" if m.isnan(v) else m.nstr(v, 12) for v in (a, b)]
        return f"{values[0]} against {values[1]} at {_place(self.world, self.points[i])}"


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
    given = [(c, m.mpf(v)) for c, v in point.items()]
    with m.workdps(digits):
        return PreciseFrame(world, assembled(world, given, m.mpf(1)), digits)


def lacks(world: World, point: Point, guards: Sequence[Expr]) -> str:
    """Return why the guards have no value at a point, by many digits; nothing where they have one."""
    m = arithmetic()
    try:
        frame = precise_frame(world, point, _DIGITS[0])
        undefined = any(m.isnan(c) for e in guards for value in frame.values(e) for c in cells(value))
    except UnsupportedError as error:
        return error.message
    return _NO_POINT if undefined else ""


def _place(world: World, point: Point) -> str:
    shown = [f"{place(world, c)} = {v:.12g}" for c, v in list(point.items())[:6]]
    return ", ".join(shown) + (", ..." if len(point) > len(shown) else "") if shown else "every point"


def _zero(claim: Claim) -> bool:
    sides = (claim.lhs, claim.rhs)
    return any(
        (isinstance(side, Integer) and side.value == 0) or (isinstance(side, Filled) and side.kind == "zeros")
        for side in sides
    )


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


def _wrong(gap: Real, a: Real, b: Real) -> bool:
    return bool(gap > PRECISE_TOLERANCE * max(abs(a), abs(b)))
