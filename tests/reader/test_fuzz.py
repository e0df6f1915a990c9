"""Whatever is typed, the reader answers with a problem or an error of its own, and soon."""

from __future__ import annotations

import pytest

from derive.derivation import Request
from derive.errors import DeriveError, Span
from derive.reader import read_problem
from tests.fuzz import Case, case, inside, run, shown

COUNT = 20_000
CHUNK = 1_000


@pytest.mark.parametrize("first", range(0, COUNT, CHUNK))
def test_every_string_is_read_or_refused(first: int) -> None:
    every = run(seed=0, numbers=range(first, first + CHUNK)).failures
    found = [(failure, c) for failure, c in every if failure.kind != "slow"]  # on a busy machine; `make fuzz` tells
    assert not found, "\n" + "\n".join(shown(failure, c) for failure, c in found)


def test_a_string_depends_on_the_seed_and_its_number_only() -> None:
    cases = [case(7, number) for number in range(200)]
    assert cases == [case(7, number) for number in range(200)]
    assert len({c.text for c in cases}) > 150
    assert cases[9] != case(8, 9)


def is_read(c: Case) -> bool:
    try:
        read_problem(c.text, Request(reading=True, let=c.let))
    except DeriveError:
        return False
    return True


def test_many_of_the_mutated_formulas_can_be_read() -> None:
    assert sum(is_read(case(0, number)) for number in range(1, 1_001, 2)) > 100


@pytest.mark.parametrize(("start", "stop"), [(0, 1), (0, 3), (2, 3), (3, 4)])
def test_a_span_lies_in_its_source_or_behind_it(start: int, stop: int) -> None:
    assert inside(Span(start, stop), "xyz")


@pytest.mark.parametrize(("start", "stop"), [(-1, 1), (0, 0), (3, 3), (2, 5), (4, 5), (2, 1)])
def test_a_span_elsewhere_is_a_failure(start: int, stop: int) -> None:
    assert not inside(Span(start, stop), "xyz")
