"""What stands on a frame of slides: all of it once, in order, and no more than there is room for."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

import derive
from derive.pipeline import views
from derive.writer.frames import Item, frames
from derive.writer.records import Row, View

PROBLEMS = {
    "chain": (r"y = \ln(\sin(x^3)^2)", {"wrt": "x"}),
    "one step": (r"f(x) = x^2 \ln x", {}),
    "cases": (r"a = \max(0, \mathbf{w} \cdot \mathbf{x} + b)", {"wrt": [r"\mathbf{w}", "b"]}),
    "methods": (r"\mathbf{s} = \operatorname{softmax}(\mathbf{x})", {"wrt": r"\mathbf{x}", "method": "all"}),
}  # fmt: skip
ROW = Row("y", "=", "x", height=2.5)


@cache
def view(name: str) -> View:
    latex, asked = PROBLEMS[name]
    return views(derive.solve(latex, **asked), "latex")[0]


def with_rows(*rows: Row) -> View:
    return replace(view("chain"), steps=(replace(view("chain").steps[0], rows=rows),))


def steps(made: list[list[Item]]) -> list[Item]:
    return [item for frame in made for item in frame if item.kind == "step"]


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_row_stands_on_one_frame(name):
    made = frames(view(name))
    assert [row.rhs for item in steps(made) for row in item.rows] == [r.rhs for s in view(name).steps for r in s.rows]
    assert [item.step for item in steps(made) if not item.continued] == list(view(name).steps)
    assert made[-1][-1].kind == "answer"


@pytest.mark.parametrize("name", PROBLEMS)
def test_what_shares_a_frame_fits(name):
    made = frames(view(name))
    assert all(len(frame) == 1 or sum(row.height for item in frame for row in item.rows) < 18 for frame in made)
    assert len(made) < len(view(name).steps) + 1


def test_each_way_of_working_opens_a_frame():
    made = frames(view("methods"))
    opening = [frame[0].step.kind if frame[0].step else "" for frame in made]
    assert opening.count("method") == sum(step.kind == "method" for step in view("methods").steps) > 1


def test_without_the_working_there_is_the_answer():
    assert frames(view("chain"), False) == [[Item("answer")]]


@pytest.mark.parametrize(("name", "before"), [("chain", "combine"), ("one step", "")])
def test_the_graph_has_a_frame_before_its_step(name, before):
    made = frames(view(name), True, view(name).graph_place)
    (alone,) = (k for k, frame in enumerate(made) if frame == [Item("graph")])
    following = made[alone + 1][0].step
    assert (following.kind if following else "") == before


def test_what_goes_on_has_its_left_hand_side_and_is_parted_evenly():
    made = frames(with_rows(ROW, *(replace(ROW, lhs=""),) * 7))
    assert [[row.lhs for row in item.rows] for item in steps(made)] == [["y", "", "", ""]] * 2
    assert [item.continued for item in steps(made)] == [False, True]


def test_a_broken_line_stays_whole_where_there_is_room():
    more = replace(ROW, lhs="", relation="", joint="+")
    made = frames(with_rows(*(ROW,) * 3, ROW, more, more, ROW))
    assert [[row.joint for row in item.rows] for item in steps(made)] == [["", "", ""], ["", "+", "+", ""]]
    long = frames(with_rows(ROW, *(more,) * 20))
    assert all(len(item.rows) < 8 for item in steps(long))


def test_of_several_methods_the_graph_stands_with_the_one_that_it_shows():
    before = view("methods").steps[: view("methods").graph_place]
    assert [step.kind for step in before].count("method") == 1
