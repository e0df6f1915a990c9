"""The solver: what is known is not done again, and what may change is not kept."""

from concurrent.futures import Executor, Future
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.engine.cache import Cache
from derive.engine.solver import Solver
from derive.engine.work import Fault, Result, Wanted, Work
from derive.limits import Limits


class Counting(Executor):
    """Answers work by its own text, and counts it; what is called bad fails, what is called late fails for now."""

    def __init__(self):
        self.done = []

    def submit(self, function, messages):
        future = Future()
        future.set_result([self.answer(m) for m in messages])
        return future

    def answer(self, message):
        self.done.append(message["latex"])
        fault = None
        if message["latex"].startswith(("bad", "late")):
            fault = Fault("D101", "no", lasting=message["latex"].startswith("bad"))
        shown = () if fault else tuple([message["latex"], w["format"]] for w in message["wanted"])
        return Result(shown, fault=fault).message()


def work(name, *formats):
    return Work(name, {}, tuple(Wanted(f) for f in formats or ("markdown",)))


def results(cache, executor, items):
    return list(Solver(cache, lambda: executor, chunk=2, ahead=2).results(items, len(items)))


names = st.lists(st.sampled_from(["a", "b", "c", "d", "bad", "late", "late too"]), max_size=12)


@given(names, names)
def test_all_is_answered_in_order_and_done_once(first, second):
    with Cache(None) as cache:
        executor = Counting()
        for asked in (first, second):
            found = results(cache, executor, [work(name) for name in asked])
            assert [r.shown[0][0] if not r.fault else name for r, name in zip(found, asked, strict=True)] == asked
        lasting = [name for name in executor.done if not name.startswith("late")]
        assert len(lasting) == len(set(lasting))


def test_another_view_is_worked_out_and_the_known_one_kept(tmp_path):
    executor = Counting()
    with Cache(tmp_path / "c") as cache:
        results(cache, executor, [work("a", "markdown")])
        (both,) = results(cache, executor, [work("a", "markdown", "latex")])
        (one,) = results(cache, executor, [work("a", "latex")])
    assert executor.done == ["a", "a"]
    assert [s[1] for s in both.shown] == ["markdown", "latex"]
    assert one.shown[0][1] == "latex"


def test_results_outlive_the_process_but_passing_faults_do_not(tmp_path):
    for expected in (["a", "bad", "late"], ["late"]):
        executor = Counting()
        with Cache(tmp_path / "c") as cache:
            results(cache, executor, [work("a"), work("bad"), work("late")])
        assert executor.done == expected


@pytest.mark.parametrize("damage", [b"", b"no database at all", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_cache_is_begun_anew(tmp_path: Path, damage, caplog):
    file = tmp_path / "c"
    with Cache(file) as cache:
        results(cache, Counting(), [work("a")])
    file.write_bytes(damage)
    for suffix in ("-wal", "-shm"):
        Path(f"{file}{suffix}").unlink(missing_ok=True)
    executor = Counting()
    with Cache(file) as cache:
        results(cache, executor, [work("a")])
        assert cache.damaged is bool(damage)
    assert executor.done == ["a"]
    assert caplog.messages == ([f"warning: {file} is damaged; what it held is worked out anew"] if damage else [])


def test_damage_within_a_row_costs_only_time(tmp_path):
    with Cache(tmp_path / "c") as cache:
        results(cache, Counting(), [work("a")])
        cache._database.execute("UPDATE results SET value = x'7b'")
        executor = Counting()
        (result,) = results(cache, executor, [work("a")])
        assert result.shown[0][0] == "a"
        assert cache.damaged


def test_caches_are_put_together(tmp_path):
    for name in ("a", "b"):
        with Cache(tmp_path / name) as cache:
            results(cache, Counting(), [work(name)])
    executor = Counting()
    with Cache(tmp_path / "all") as cache:
        cache.absorb(tmp_path / "a")
        cache.absorb(tmp_path / "b")
        cache.absorb(tmp_path / "nothing here")
        results(cache, executor, [work("a"), work("b")])
    assert executor.done == []


def test_what_came_in_outlives_the_end_although_it_is_too_much(tmp_path):
    def held():
        with Cache(tmp_path / "all", most=3) as cache:
            return sum(work(name).keys()[0] in cache for name in "abcdef")

    with Cache(tmp_path / "part") as cache:
        results(cache, Counting(), [work(name) for name in "abcdef"])
    with Cache(tmp_path / "all", most=3) as cache:
        cache.absorb(tmp_path / "part")
    assert [held(), held()] == [6, 3]


def test_nothing_is_kept_of_work_whose_file_is_changed_meanwhile(tmp_path):
    file = tmp_path / "notation.yaml"
    file.write_text("style: paper")

    class Editing(Counting):
        def answer(self, message):
            file.write_text("style: standard")
            return super().answer(message)

    for executor, changed in ((Editing(), True), (Counting(), False)):
        file.write_text("style: paper")
        with Cache(tmp_path / "c") as cache:
            solver = Solver(cache, lambda executor=executor: executor)
            asked = [Work("a", {"notation": str(file)}, (Wanted(),))]
            assert len(list(solver.results(asked, 1))) == 1
        assert (executor.done, solver.changed) == (["a"], changed)


def test_words_that_words_import_are_part_of_the_key(tmp_path):
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "en.j2").write_text('<% import "words/base.j2" as base %>')
    asked = Work("x^2", {}, (Wanted(templates=(str(tmp_path),)),))
    keys = set()
    for text in ("one", "two"):
        (tmp_path / "words" / "base.j2").write_text(text)
        keys.add(asked.keys())
    (tmp_path / "words" / "base.j2").rename(tmp_path / "words" / "other.j2")
    assert len(keys | {asked.keys()}) == 3


def test_the_key_tells_apart_all_that_matters(tmp_path):
    file = tmp_path / "notation.yaml"
    file.write_text("style: paper")
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "de.j2").write_text('<% set reasons = {"power": "Regel für Potenzen"} %>')
    base = Work("x^2", {"notation": str(file)}, (Wanted(),))
    others = [
        Work("x^3", {"notation": str(file)}, (Wanted(),)),
        Work("x^2", {"notation": "paper"}, (Wanted(),)),
        Work("x^2", {"notation": str(file)}, (Wanted(lang="de"),)),
        Work("x^2", {"notation": str(file)}, (Wanted(lang="de", templates=(str(tmp_path),)),)),
        Work("x^2", {"notation": str(file)}, (Wanted(),), Limits(seconds=3)),
    ]
    keys = {w.keys() for w in (base, *others)}
    assert len(keys) == len(others) + 1
