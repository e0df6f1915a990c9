"""The values of parameters: exact, written as they were typed, and enough of them."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.problems.model import Range
from derive.problems.ranges import combinations, ends, number, values
from derive.problems.reading import read_text

RANGES = [
    ("1", "4", "1", "1 2 3 4"),
    ("-1", "4", "2", "-1 1 3"),
    ("0.5", "2", "0.5", "0.5 1 1.5 2"),
    ("0.50", "2.00", "0.5", "0.50 1.00 1.50 2.00"),
    ("0", "1", "0.25", "0 0.25 0.5 0.75 1"),
    ("-0.1", "0.1", "0.1", "-0.1 0.0 0.1"),
    ("1/2", "2", "1/2", "1/2 1 3/2 2"),
    ("-1/3", "1/3", "1/3", "-1/3 0 1/3"),
    ("0", "1", r"\frac{1}{3}", r"0 \frac{1}{3} \frac{2}{3} 1"),
    ("0.1", "0.3", "1/10", "1/10 1/5 3/10"),
]


@pytest.mark.parametrize(("low", "high", "step", "expected"), RANGES)
def test_ranges_are_exact_and_written_as_they_were_typed(low, high, step, expected):
    assert values(number(low), number(high), number(step)) == tuple(expected.split())


@given(st.decimals(-99, 99, places=2), st.integers(0, 30), st.decimals("0.01", 9, places=2))
def test_the_values_of_a_range_are_equally_far_apart(low, steps, step):
    high = low + steps * step
    found = [number(text).value for text in values(number(str(low)), number(str(high)), number(str(step)))]
    assert found == [Fraction(low) + k * Fraction(step) for k in range(steps + 1)]


def test_two_points_make_a_range():
    assert ends("1..9") == ("1", "9")
    assert ends(" -0.5 .. 2.5 ") == ("-0.5", "2.5")
    assert ends(r"\frac{1}{2}..2") == (r"\frac{1}{2}", "2")
    assert ends("1.5") is ends("1...9") is ends("..3") is None


NUMBERS = st.sampled_from([f"{k}" for k in range(5)] + ["0.0", "1.0", "1/2"])


@given(
    st.dictionaries(st.sampled_from("abc"), st.tuples(st.sets(NUMBERS, min_size=1), st.sets(st.sampled_from("abc"))))
)
def test_choices_are_counted_as_trying_all_does(drawn):
    params = {n: Range(tuple(v), tuple(x for x in out if x in drawn and x != n)) for n, (v, out) in drawn.items()}
    found = 0
    for chosen in product(*(r.values for r in params.values())):
        by_name = dict(zip(params, chosen, strict=True))
        found += all(
            number(by_name[n]).value != number(by_name[x]).value for n, r in params.items() for x in r.excluded
        )
    assert combinations(params, 10_000) == (found if params else 0)
    assert combinations(params, 2) == min(2, found if params else 0)


def test_a_hopeless_search_ends():
    names = [chr(97 + i) for i in range(13)]
    params = {n: Range(tuple(map(str, range(12))), tuple(x for x in names if x != n)) for n in names}
    assert combinations(params, 1) == 0


def test_excluded_values_are_taken_out_by_what_they_are_worth():
    (problem,) = read_text(
        r"problems: [{latex: '\param{a}\param{b}', params: {a: {range: [0.5, 2.0], step: 0.5, exclude: [1, 3/2]}, "
        r"b: {choices: [x, y, 0.5], exclude: [a, x]}}}]"
    ).problems
    assert problem.params == {"a": Range(("0.5", "2.0"), ("1", "3/2")), "b": Range(("y", "0.5"), ("a", "x"))}
