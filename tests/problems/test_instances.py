"""What stands on a sheet: draws depend on the seed and on names alone, and values stay one thing where they are put."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from derive.errors import ProblemFileError
from derive.expr.numeric import value as numeric
from derive.pipeline import read
from derive.problems.instances import instances
from derive.problems.model import Exercise, Place, ProblemSet, Range
from derive.problems.placing import put_in
from tests.counted import calls

HERE = Place(1, 1)


def exercise(name, **fields):
    return Exercise(name, HERE, **fields)


def with_params(**ranges):
    latex = " + ".join(rf"\param{{{n}}} x" for n in ranges)
    return exercise("p", latex=latex, params={n: Range(tuple(v)) for n, v in ranges.items()})


def a_set(*exercises, **fields):
    return ProblemSet(exercises, **fields)


numbers = st.lists(st.integers(-50, 50).map(str), min_size=1, max_size=6, unique=True)


@given(numbers, numbers, st.integers(1, 8), st.text(max_size=5))
def test_variants_differ_as_long_as_there_are_choices(first, second, count, seed):
    assume(count <= len(first) * len(second))
    e = with_params(a=first, b=second)
    found = instances(a_set(Exercise(**{f: getattr(e, f) for f in e.__slots__} | {"variants": count}), seed=seed), 0)
    assert len({e.latex for e in found}) == count
    assert [e.id for e in found] == (["p"] if count == 1 else [f"p-{k + 1}" for k in range(count)])
    assert not any("param" in e.latex for e in found)


@given(numbers, st.text(max_size=5))
def test_versions_differ_as_long_as_there_are_choices(choices, seed):
    problems = a_set(with_params(a=choices), seed=seed)
    versions = [instances(problems, v)[0].latex for v in range(len(choices))]
    assert len(set(versions)) == len(choices)
    assert instances(problems, len(choices))[0].latex == versions[0]


@given(st.permutations([exercise(n) for n in "abcdef"]), st.integers(0, 3))
def test_the_order_of_a_version_does_not_depend_on_that_of_the_file(order, version):
    found = [e.id for e in instances(a_set(*order, shuffle=True, seed="s"), version)]
    sorted_ = [e.id for e in instances(a_set(*sorted(order, key=lambda e: e.id), shuffle=True, seed="s"), version)]
    assert found == sorted_


def test_versions_have_orders_of_their_own():
    problems = a_set(*(exercise(n) for n in "abcdef"), shuffle=True)
    assert len({tuple(e.id for e in instances(problems, v)) for v in range(6)}) > 1


@given(st.integers(0, 4), st.integers(0, 5), st.text(max_size=3))
def test_so_many_are_drawn_of_a_tag_and_what_has_no_tag_stays(k, version, seed):
    tagged = [exercise(f"t{i}", tags=("chain",)) for i in range(4)]
    found = instances(a_set(exercise("a"), *tagged, exercise("b"), draw={"chain": k}, seed=seed), version)
    assert sum("chain" in e.tags for e in found) == k
    assert [found[0].id, found[-1].id] == ["a", "b"]


def test_a_new_problem_changes_no_values_in_the_others():
    e = with_params(a=map(str, range(1, 9)))
    assert instances(a_set(e), 0)[0] == instances(a_set(exercise("new"), e), 0)[1]


def test_too_many_to_draw_is_an_error():
    with pytest.raises(ProblemFileError, match="2 problems with the tag chain"):
        instances(a_set(exercise("a", tags=("chain",)), draw={"chain": 2}), 0)


def test_a_variant_that_is_called_like_another_problem_is_an_error():
    e = exercise("p", latex=r"\param{a} x", params={"a": Range(("1", "2"))}, variants=2)
    with pytest.raises(ProblemFileError, match="p-1"):
        instances(a_set(e, exercise("p-1")), 0)


def test_excluded_values_never_come_together():
    e = exercise(
        "p", latex=r"\param{a}, \param{b}", params={"a": Range(("1", "2")), "b": Range(("1", "2", "3"), ("a", "3"))}
    )
    assert {instances(a_set(e), v)[0].latex for v in range(9)} == {"1, 2", "2, 1"}


def test_so_many_choices_that_none_are_listed():
    many = tuple(map(str, range(200)))
    e = exercise("p", latex=r"\param{a}, \param{b}", params={"a": Range(many), "b": Range(many, ("a",))})
    found = [instances(a_set(e), v)[0].latex for v in range(30)]
    assert len(set(found)) == 30
    assert all(len(set(f.split(", "))) == 2 for f in found)


FORMS = [
    (r"\param{a}x", lambda a, x: a * x),
    (r"x^\param{b}", lambda a, x: x**2),
    (r"x^{\param{b}}", lambda a, x: x**2),
    (r"x - \param{a}", lambda a, x: x - a),
    (r"2\param{a}x", lambda a, x: 2 * a * x),
    (r"\param{a}2x", lambda a, x: a * 2 * x),
    (r"x\cdot\param{a}", lambda a, x: x * a),
    (r"(\param{a} + x)", lambda a, x: a + x),
    (r"\frac{\param{a}}{x}", lambda a, x: a / x),
    (r"\frac\param{a}x", lambda a, x: a / x),
    (r"\param{a}\param{a}x", lambda a, x: a * a * x),
    (r"\sin(\param{a}x)", lambda a, x: math.sin(a * x)),
    (r"\param{a}^2x", lambda a, x: a**2 * x),
    (r"x + \param{a}^2 x", lambda a, x: x + a**2 * x),
    (r"x - \param{a} x", lambda a, x: x - a * x),
    (r"x \param{a}", lambda a, x: x * a),
    (r"(x + 1)\param{a} - x", lambda a, x: (x + 1) * a - x),
    (r"x + \param{a} - x", lambda a, x: a),
    (r"e^{\param{a}x}", lambda a, x: math.exp(a * x)),
    (r"\param{a}\sin x", lambda a, x: a * math.sin(x)),
]
VALUES = {
    "3": 3, "-4": -4, "12": 12, "2.5": 2.5, "-0.5": -0.5, "1/2": 0.5, "-3/4": -0.75, r"\frac{1}{2}": 0.5,
    r"-\frac{3}{2}": -1.5, "1+2": 3, "2 - 5": -3, r"\pi": math.pi, r"-\pi": -math.pi, r"2\pi": 2 * math.pi,
    r"\sqrt{2}": math.sqrt(2),
}  # fmt: skip


@pytest.mark.parametrize(("form", "meaning"), FORMS)
@pytest.mark.parametrize("value", VALUES)
def test_a_value_means_the_same_wherever_it_is_put(form, meaning, value):
    latex = put_in(form, {"a": value, "b": "2"})
    problem = read(latex, wrt="x")
    (x,) = problem.task.variables
    found = numeric(problem.formula, {x: 1.7})
    assert found == pytest.approx(meaning(VALUES[value], 1.7))


@pytest.mark.parametrize(
    ("text", "value", "put"),
    [
        (r"Take \param{a} apples, $x \param{a}$, \param{a}.", "-2", "Take -2 apples, $x (-2)$, -2."),
        (r"$$ x \param{a} $$ \$ \param{a} $\param{a}x$", "-2", r"$$ x (-2) $$ \$ -2 $-2x$"),
        (r"level \param{a}", r"\pi", r"level \pi"),
    ],
)
def test_in_prose_a_value_has_brackets_in_formulas_alone(text, value, put):
    assert put_in(text, {"a": value}, prose=True) == put


def test_tags_and_difficulty_have_values_too():
    e = exercise("p", difficulty=r"level \param{a}", tags=(r"t\param{a}",), params={"a": Range(("2",))})
    (found,) = instances(a_set(e), 0)
    assert (found.difficulty, found.tags) == ("level 2", ("t2",))


@pytest.mark.parametrize("seed", range(8))
def test_what_is_drawn_for_one_tag_counts_for_another(seed):
    problems = a_set(exercise("both", tags=("A", "B")), *(exercise(f"{t}{k}", tags=(t,)) for t in "AB" for k in "12"))
    found = instances(problems, 0, draw={"A": 1, "B": 1}, seed=str(seed))
    assert [sum(tag in e.tags for e in found) for tag in "AB"] == [1, 1]


def test_many_variants_cost_no_more_than_their_number():
    many = tuple(map(str, range(100)))
    params = {"a": Range(many), "b": Range(many)}
    few, lots = (a_set(exercise("p", latex=r"\param{a}\param{b}", params=params, variants=n)) for n in (10, 100))
    assert calls(lambda: instances(lots, 0)) < 2 * calls(lambda: instances(few, 0))
    assert calls(lambda: instances(few, 9)) < 2 * calls(lambda: instances(few, 0))
