"""Child processes: each problem is answered, in order, whatever it does to its process."""

import time

import pytest

from derive.engine.run import local, work_out
from derive.engine.work import Wanted, Work, result_of, work_of
from derive.engine.worker import Worker
from derive.limits import Limits

FINE = [Work(rf"y = x^{k}", {"wrt": "x"}, (Wanted(),)) for k in range(2, 9)]


def answers(work):
    worker = Worker()
    try:
        return [result_of(m) for m in worker.answers([w.message() for w in work])]
    finally:
        worker.close()


def test_results_come_in_order_and_survive_the_way():
    views = [r.view(0)[0] for r in answers(FINE)]
    assert [v.problem.formula for v in views] == [f"x^{k}" for k in range(2, 9)]
    assert all(v.evidence.points == 8 for v in views)


def test_work_survives_the_way():
    work = Work(
        r"\|A\mathbf{x}\|", {"let": (r"A \in \mathbb{R}^{2 \times 3}",)}, (Wanted(width=30.5),), Limits(seconds=3)
    )
    assert work_of(work.message()) == work


def test_an_error_is_an_answer_with_its_place():
    (result,) = answers([Work("x^{2", {"wrt": "x"})])
    assert (result.fault.code, result.fault.column, result.fault.lasting) == ("D101", 3, True)
    assert "^" in result.fault.report


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize("word", ["crash", "hog", "bug"])
@pytest.mark.parametrize("place", [0, 3, 7])
def test_what_harms_its_process_costs_no_other_problem_anything(word, place):
    work = [*FINE[:place], Work(word, {"wrt": "x"}, (Wanted(),)), *FINE[place:]]
    found = answers(work)
    assert found[place].fault is not None
    assert [r for i, r in enumerate(found) if i != place] == answers(FINE)


@pytest.mark.usefixtures("planted")
def test_a_hang_in_c_code_is_killed_and_the_next_problem_follows():
    start = time.monotonic()
    limits = Limits(seconds=1)
    found = answers(
        [Work("x^2", {"wrt": "x"}, (Wanted(),)), Work("hang", {}, (), limits), Work("x^3", {"wrt": "x"}, (Wanted(),))]
    )
    assert [r.fault is None for r in found] == [True, False, True]
    assert "time" in found[1].fault.message
    assert not found[1].fault.lasting
    assert time.monotonic() - start < 30  # the hang alone takes longer


@pytest.mark.usefixtures("planted")
def test_the_memory_limit_is_told():
    (result,) = answers([Work("hog", {})])
    assert "memory" in result.fault.message
    assert not result.fault.lasting


@pytest.mark.usefixtures("planted")
def test_what_a_library_prints_gets_in_no_answer():
    found = answers([Work("print", {"wrt": "x"}, (Wanted(),)), FINE[0]])
    assert [r.fault for r in found] == [None, None]


@pytest.mark.usefixtures("planted")
def test_a_fault_of_the_program_is_told_for_its_problem():
    (result,) = answers([Work("bug", {})])
    assert "KeyError" in result.fault.message


@pytest.mark.parametrize(("workers", "chunk", "ahead"), [(1, 1, 1), (2, 3, 2), (3, 100, 9)])
def test_work_is_done_in_order_however_it_is_divided(workers, chunk, ahead):
    with local(workers) as executor:
        found = list(work_out(iter(FINE), executor, chunk=chunk, ahead=ahead))
    assert [w for w, _ in found] == FINE
    assert [r for _, r in found] == answers(FINE)
