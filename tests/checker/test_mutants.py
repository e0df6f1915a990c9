"""The checker itself is corrupted, in one place at a time: each corruption must let a named wrong line pass.

So the line that a sound checker refuses is the one that the corrupted checker would have printed. A mutant whose line
is refused all the same is one that the tests of the checker could not tell from a sound one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from derive.checker import arrays, check, columns, floats, lines, points, precise, seams, series, smooth
from derive.checker.frames import Indices
from derive.checker.lines import DisagreementError, Judge, Verdict
from derive.checker.series import Series
from derive.checker.world import World
from derive.derivation import Evidence
from derive.errors import CheckError
from derive.expr.nodes import Apply, Expr, Indicator, Root
from tests.checker.build import add, call, compare, derivation, direct, div, lift, mul, power, sqrt, sub, sym, total

X = "x"


@dataclass(frozen=True)
class Mutant:
    """A corruption, and the wrong line that it lets pass."""

    name: str
    corrupt: Callable[[pytest.MonkeyPatch], None]
    left: Expr
    right: Expr
    options: Mapping[str, Any] = field(default_factory=dict)


def replaced(owner: object, name: str, value: object) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(owner, name, value)


def both(*changes: Callable[[pytest.MonkeyPatch], None]) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: [change(patch) for change in changes] and None


def row(table: dict[str, Any], name: str, value: object) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setitem(table, name, value)


def one_point(patch: pytest.MonkeyPatch) -> None:
    sound = points.draw
    patch.setattr("derive.checker.draw", lambda *a: sound(*a)[:1])


def undefined_skipped(patch: pytest.MonkeyPatch) -> None:
    sound = Judge._at_point

    def at_point(self: Judge, claim: lines.Claim, at: Indices, i: int, digits: Sequence[int]) -> Verdict:
        try:
            return sound(self, claim, at, i, digits)
        except DisagreementError as failure:
            if "undefined" in str(failure):
                return Verdict(False, why="no point of the domain found")
            raise

    patch.setattr(Judge, "_at_point", at_point)


def no_branches(patch: pytest.MonkeyPatch) -> None:
    sound = seams.survey

    def survey(*a: Any) -> Any:
        return sound(*a)[0], []

    patch.setattr("derive.checker.survey", survey)


def values_beyond_the_domain(patch: pytest.MonkeyPatch) -> None:
    def taken(self: Series, order: int) -> series.Number:
        zero = series.constant(0.0, self)
        return self.coefficients[order] if order < len(self.coefficients) else zero

    patch.setattr(Series, "taken", taken)


def always_checked(*a: Any) -> Evidence:
    return Evidence("checked", 8, 16, 0.0)


def wrong_order(sound: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, of, wrt, through: sound(self, of, wrt[:1], through)


def always_through(sound: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, of, wrt, through: sound(self, of, wrt, True)


def in_both(name: str, change: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Callable[..., None]:
    """Corrupt the same method of both evaluators, since each looks over the other's shoulder."""

    def corrupt(patch: pytest.MonkeyPatch) -> None:
        for cls in (floats.FloatFrame, precise.PreciseFrame):
            patch.setattr(cls, name, change(getattr(cls, name)))

    return corrupt


def lenient(a: float, b: float) -> float:
    return 0.0 if abs(a - b) <= lines.FLOAT_TOLERANCE * max(1.0, abs(a), abs(b)) else abs(a - b)


def faces(*_: object) -> list[int]:
    return []


CHAIN = {"u_1": power(X, 2), "u_2": add(X, "u_1")}
MUTANTS = (
    Mutant("tolerance of 1e-3", replaced(lines, "FLOAT_TOLERANCE", 1e-3), power(X, 2), mul(power(X, 2), 1.000001)),
    Mutant("precise tolerance of 1e-3", replaced(lines, "PRECISE_TOLERANCE", 1e-3), power(X, 2),
           mul(power(X, 2), 1.000001)),
    Mutant("tolerance not relative", row(lines._ERRORS, "=", lenient), mul(div(1, 10**12), X), mul(div(2, 10**12), X)),
    Mutant("one point", one_point, sqrt(power(X, 2)), lift(X)),
    Mutant("no negative points", replaced(points, "stratified",
           lambda rng, free, count: [{s: 0.3 + rng.random() for s in free} for _ in range(count)]),
           power(power(X, 2), div(3, 2)), power(X, 3)),
    Mutant("undefined skipped", undefined_skipped, call("ln", power(X, 2)), mul(2, call("ln", X))),
    Mutant("always true", replaced(Judge, "decide", always_checked), lift(X), add(X, 1)),
    Mutant("no failure at many digits", replaced(Judge, "_at_point", lambda *_: Verdict(True, 50)), lift(X), add(X, 1)),
    Mutant("no branches sought", no_branches, call("max", 0, sub(X, 9999)), lift(0)),
    Mutant("no search between seams", replaced(points, "_between_seams", faces),
           call("max", 0, sub(div(1, 100), power(sub(X, 47), 2))), lift(0)),
    Mutant("no peaks", replaced(points, "_peaks", faces), call("max", 0, sub(div(1, 100), power(sub(X, 47), 2))),
           lift(0)),
    Mutant("no combinations of sides", replaced(points, "_faces", faces), call("floor", add(X, div(1, 1000))),
           call("floor", X)),
    Mutant("values beyond the domain", values_beyond_the_domain, total(call("ln", X), X), div(1, X),
           {"formula": lift(X)}),
    Mutant("only the first variable", in_both("differentiated", wrong_order), total(power(X, 5), X, X),
           mul(5, power(X, 4))),
    Mutant("direct taken as total", in_both("differentiated", always_through), direct("u_2", X), add(1, mul(2, X)),
           {"let": CHAIN, "formula": lift("u_2")}),
    Mutant("total taken as direct", in_both("differentiated", lambda sound: lambda self, of, wrt, through:
           sound(self, of, wrt, False)), total("u_2", X), lift(1), {"let": CHAIN, "formula": lift("u_2")}),
    Mutant("zeros count as agreement", replaced(lines, "_zero", lambda claim: True),
           total(call("exp", mul(10**7, X)), X), mul(10**6, call("exp", mul(10**7, X)))),
    Mutant("cancelled sums are trusted", both(replaced(columns, "_CANCELLED", 0.0), replaced(precise, "_ENOUGH", -350)),
           sub(add(X, 10**17), 10**17), sub(add(mul(X, 1.0001), 10**17), 10**17)),
    Mutant("a kink has a slope", replaced(precise, "_ASIDE", precise._CENTRED), total(call("abs", "u"), "u"),
           Indicator(compare(X, ">", 0)), {"let": {"u": call("relu", X)}, "formula": lift("u")}),
    Mutant("rounding accepted as zero", replaced(lines, "_wrong", lambda gap, a, b: gap > 1e-20),
           sub(add(power(call("sin", X), 2), power(call("cos", X), 2)), 1), div(1, 10**30)),
    Mutant("zero to the zero is one", both(
           replaced(series, "power", lambda v, n: v**n), replaced(precise.PreciseFrame, "power",
           lambda self, u, a, e: u ** int(a))), add(power(sub(X, X), 0), X), add(1, X), {"formula": lift(X)}),
    Mutant("even roots below zero", both(
           replaced(series, "root", lambda v, d: -((-v) ** (1 / d)) if v < 0 else v ** (1 / d)),
           replaced(precise.PreciseFrame, "_root", lambda self, d, p: -self.m.root(-p[0], 4) if p[0] < 0
                    else self.m.root(p[0], 4))), Root(Root(power(X, 8), lift(4)), lift(2)),
           mul(Root(lift(X), lift(4)), Root(lift(X), lift(4)), Root(lift(X), lift(4)), Root(lift(X), lift(4)))),
    Mutant("the same function for all declared ones", replaced(smooth.Smooth, "of",
           staticmethod(lambda f: floats.Smooth(1.0, 1.0, 1.0, 1.0, 1.0))), Apply(sym("f"), (lift(X),)),
           Apply(sym("g"), (lift(X),))),
    Mutant("declared functions do not bend", replaced(smooth.Smooth, "of",
           staticmethod(lambda f: floats.Smooth(1.0, 0.0, 1.0, 1.0, 0.0))), Apply(sym("f"), (lift(X),), 1), lift(0)),
    Mutant("the sweep forgets a path", replaced(floats, "heappush", lambda heap, item: heap or heap.append(item)),
           total("w", "a"), mul(2, call("cos", mul(2, "a"))), {"sweep": True}),
)  # fmt: skip


def judged(mutant: Mutant) -> None:
    options = dict(mutant.options)
    if options.pop("sweep", None):
        many(mutant.left, mutant.right)
        return
    formula = options.pop("formula", mutant.left)
    check(derivation((mutant.left, mutant.right), formula=formula, **options))


def many(left: Expr, right: Expr) -> None:
    """Ask for one definition's derivative by so many others that all are taken in one sweep."""
    parts = [f"b_{k}" for k in range(1, 12)]
    let: dict[str, Expr] = {"a": call("sin", X)} | {b: call("sin", mul(k, "a")) for k, b in enumerate(parts, start=2)}
    asked = [(total("w", b), lift(1)) for b in parts]
    check(derivation(*asked, (left, right), let=let | {"w": add(*parts)}, formula=lift("w")))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_the_line_is_refused_by_the_checker_and_passed_by_the_mutant(
    mutant: Mutant, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CheckError, match="does not hold"):
        judged(mutant)
    mutant.corrupt(monkeypatch)
    judged(mutant)


SLOPES = [(name, factor) for name in series.SLOPES for factor in (-1.0, 2.0, 1.000001)]


@pytest.mark.parametrize(("name", "factor"), SLOPES, ids=lambda v: str(v))
def test_a_corrupt_recurrence_differs_from_the_second_evaluator(
    name: str, factor: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A true line then needs many digits to be decided, and a false one does not pass both evaluators."""
    monkeypatch.setitem(series.SLOPES, name, lambda u, sound=series.SLOPES[name]: sound(u) * factor)
    of = {"sqrt": sqrt(X), "over gamma": call("binomial", 2.5, X)}.get(name) or call(name, X)
    frame = points.root_frame(World({}), [{sym(X): v} for v in (0.3, 0.7, 1.4, 2.6)])
    (cell,) = arrays.cells(frame.value(total(of, X)))
    exact = [lines.precise_frame(World({}), {sym(X): v}, 50).value(total(of, X)) for v in (0.3, 0.7, 1.4, 2.6)]
    pairs = [(a, float(b)) for a, b in zip(series.base(cell).values, exact, strict=True) if a == a]
    assert pairs
    assert all(abs(a - b) > 1e-9 * abs(b) for a, b in pairs)
