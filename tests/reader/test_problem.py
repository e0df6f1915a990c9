"""What a text with its options asks."""

from __future__ import annotations

import pytest

from derive.derivation import Problem, Request
from derive.errors import (
    DeriveError,
    LimitError,
    ReadError,
    ShapeError,
    TaskError,
    UndefinedError,
    UnsupportedError,
)
from derive.expr.interning import interning
from derive.limits import Limits
from derive.reader import read_problem
from derive.writer.latex import latex


def asked(p: Problem) -> str:
    """Return a problem in one line: kind, variables, formula, definitions, point."""
    with interning(p.table):
        wrt = "; ".join(" ".join(latex(s, p.notation) for s in group) for group in p.task.wrt)
        parts = [p.task.kind, wrt, latex(p.formula, p.notation)]
        parts += [f"{latex(d.symbol, p.notation)} = {latex(d.value, p.notation)}" for d in p.definitions]
        parts += [f"at {latex(s, p.notation)} = {latex(v, p.notation)}" for s, v in p.task.at]
    return " | ".join(parts)


TEXTS = [
    (r"y = \sin(x^2)", "derivative | x | \\sin(x^2)"),
    (r"f(t) = at^2", "derivative | t | at^2"),
    (r"y = f(x) = cx", "derivative | x | cx"),
    (r"f(x) := x^2.", "derivative | x | x^2"),
    (r"\frac{d}{dx}\left(4x^3 - 2x\right)", "derivative | x | 4x^3 - 2x"),
    (r"\frac{d}{dx} ax^2b", "derivative | x | ax^2b"),
    (r"\frac{dy}{dx}, \quad y = ax", "derivative | x | ax"),
    (r"\dfrac{\mathrm{d}^2 y}{\mathrm{d}x^2},\ y = ax^3", "derivative | x x | ax^3"),
    (r"\frac{\partial^2 f}{\partial y\,\partial x},\ f(x,y)=x^2y", "derivative | x y | x^2y"),
    (r"\partial_y (x^2y)", "derivative | y | x^2y"),
    (r"D_x[ax]", "derivative | x | ax"),
    (r"f''(x), f(x) = ax^3", "derivative | x x | ax^3"),
    (r"f^{(4)}(x), f(x) = ax^9", "derivative | x x x x | ax^9"),
    (r"f_{xxy},\quad f(x,y)=x^4y^3", "derivative | x x y | x^4y^3"),
    (r"\dot{x},\ x(t)=at", "derivative | t | at"),
    (r"(ax^2)', a = 3", "derivative | x | ax^2 | a = 3"),
    (r"\nabla f,\quad f(x,y)=3x^2y", "gradient | x; y | 3x^2y"),
    (r"\nabla_{w} L,\ L(w_1,w_2)=w_1w_2", "gradient | w_1; w_2 | w_1w_2"),
    (r"\nabla^2 f,\ f(x,y)=xy", "hessian | x; y | xy"),
    (
        r"\mathbf{f}(x,y)=\begin{pmatrix} x \\ y \end{pmatrix}",
        "jacobian | x; y | \\begin{pmatrix} x \\\\ y \\end{pmatrix}",
    ),
    (r"f'(1), f(x) = ax", "derivative | x | ax | at x = 1"),
    (r"f_x(0,1),\ f(x,y)=xy", "derivative | x | xy | at x = 0 | at y = 1"),
    (r"\left.\frac{df}{dx}\right|_{x=2},\ f(x)=x^3", "derivative | x | x^3 | at x = 2"),
    (r"\frac{df}{dx}\bigg|_{x=0},\ f(x)=x^3", "derivative | x | x^3 | at x = 0"),
    (r"y = \sin u, \quad u = x^2", "derivative | x | \\sin u | u = x^2"),
    (r"u = x^2, y = \sin u", "derivative | x | \\sin u | u = x^2"),
    (
        r"y = v\text{ where }v = u^2, u = \ln x",
        "derivative | x | v | u = \\ln x | v = u^2",
    ),
    (r"\frac{df}{dt},\ x=\cos t,\ y=\sin t,\ f(x,y)=x^2y", "derivative | t | x^2y | x = \\cos t | y = \\sin t"),
    (r"\begin{aligned} y &= u^2 \\ u &= \sin x \end{aligned}", "derivative | x | u^2 | u = \\sin x"),
    (r"f\colon\mathbb{R}\to\mathbb{R},\ x\mapsto x^2", "derivative | x | x^2"),
    (r"f(x) = x^3, x = 2", "derivative | x | x^3 | at x = 2"),
    ("$$ x^2 % a comment\n + 1 $$", "derivative | x | x^2 + 1"),
]


@pytest.mark.parametrize(("text", "expected"), TEXTS, ids=[t for t, _ in TEXTS])
def test_a_text_states_its_task(text: str, expected: str) -> None:
    assert asked(read_problem(text)) == expected


OPTIONS = [
    ("x^2y", Request(wrt=("x", "y")), "derivative | x; y | x^2y"),
    ("x^2y", Request(wrt=("x y",)), "derivative | x y | x^2y"),
    ("x^2y", Request(wrt=("x",), order=3), "derivative | x x x | x^2y"),
    ("x^2y", Request(task="gradient"), "gradient | x; y | x^2y"),
    ("x^2y", Request(task="hessian", wrt=("y x",)), "hessian | y; x | x^2y"),
    (r"\frac{dy}{dx}, y = ax", Request(wrt=("x",)), "derivative | x | ax"),
    (r"y'', y = ax^3", Request(wrt=("x",), order=2), "derivative | x x | ax^3"),
    ("y - u", Request(wrt=("x",), let=(r"u = \max(0, x)",)), "derivative | x | y - u | u = \\max(0, x)"),
    (r"\sin(x^2 + 1)", Request(define=("z = x^2+1",)), "derivative | x | \\sin(z) | z = x^2 + 1"),
    ("x^2", Request(at=("x = 2",)), "derivative | x | x^2 | at x = 2"),
    ("f(x+1)", Request(let=(r"f \in \mathbb{R}",), wrt=("x",)), "derivative | x | f(x + 1)"),
    ("f(x)^2", Request(let=(r"f: \mathbb{R} \to \mathbb{R}",)), "derivative | x | f(x)^2"),
    ("e^2x", Request(let=(r"e, x \in \mathbb{R}",), wrt=("e",)), "derivative | e | e^2x"),
]


@pytest.mark.parametrize(("text", "request_", "expected"), OPTIONS, ids=[f"{t} {r.wrt}" for t, r, _ in OPTIONS])
def test_options_complete_the_text(text: str, request_: Request, expected: str) -> None:
    assert asked(read_problem(text, request_)) == expected


NOTES = [
    ("a/bc", Request(wrt=("a",)), ("slash", "bc")),
    (r"\sin x/2", Request(), ("slash-call", r"\sin x")),
    (r"2\cos^2 x / 3", Request(), ("slash-call", r"2\cos^2 x")),
    ("x^23", Request(), ("script-digit", "23")),
    (r"\sin^{-1} x", Request(), ("inverse", "^")),
    (r"\log x", Request(), ("log-base", r"\log")),
    ("c", Request(wrt=("x",)), ("absent", "x")),
    ("ax", Request(wrt=("x",), let=("a > 0",)), ("assumption", "a > 0")),
    ("ax", Request(wrt=("x",), let=("b = 2",)), ("unused", "b")),
    (r"\frac{\partial}{\partial x} ax", Request(), ("partial", r"\frac")),
]


@pytest.mark.parametrize(("text", "request_", "note"), NOTES, ids=[n[0] for _, _, n in NOTES])
def test_what_was_decided_is_noted(text: str, request_: Request, note: tuple[str, str]) -> None:
    assert note in [(n.kind, n.about) for n in read_problem(text, request_).notes]


REFUSED = [
    ("xy", Request(), TaskError, "x, y"),
    ("3", Request(), TaskError, "no variable"),
    ("xy", Request(wrt=("",)), TaskError, "no variable"),
    (r"\frac{dy}{dx}, y = ax", Request(wrt=("a",)), TaskError, "different variables"),
    (r"y'', y = ax", Request(wrt=("x",), order=3), TaskError, "order 2"),
    (r"\nabla f, f(x,y) = xy", Request(task="hessian"), TaskError, "gradient"),
    ("x^2", Request(define=("z = x^3",)), TaskError, "no part"),
    ("x^2", Request(at=("x = 1", "x = 2")), TaskError, "two values"),
    ("y = u, u = v, v = u", Request(), ReadError, "itself"),
    ("y = xy", Request(), ReadError, "itself"),
    ("y = u, u = x, u = x^2", Request(), ReadError, "second time"),
    ("y = x = 2", Request(), ReadError, "second ="),
    ("f(x + 1)", Request(), ReadError, "function or a factor"),
    (r"\text{exec}(x)", Request(), ReadError, "function or a factor"),
    (r"\frac{d}{dx} x^2 + 3x", Request(), UnsupportedError, "inside a formula"),
    (r"y = \frac{d}{dx}(x^2)", Request(), UnsupportedError, "inside a formula"),
    ("x^2 + y^2 = 1", Request(), UnsupportedError, "does not define"),
    (r"\sum_i x^i", Request(), ReadError, "bounds"),
    (r"\mathbf{w} \mathbf{x}", Request(), ShapeError, "do not fit"),
    (r"x^T A x", Request(), ReadError, "vector or a matrix"),
    (r"\frac{1}{1 - 1} + x", Request(), UndefinedError, "no value"),
    (r"x\ln(-1)", Request(), UndefinedError, "no value"),
    (r"x^{0 \cdot \infty}", Request(), UndefinedError, "no value"),
    ("x^" + "{x^" * 1_100 + "x" + "}" * 1_100, Request(), LimitError, "deeper"),
    ("7" * 51, Request(), LimitError, "digits"),
]


@pytest.mark.parametrize(("text", "request_", "kind", "words"), REFUSED, ids=[t[:30] for t, *_ in REFUSED])
def test_what_is_not_understood_is_an_error(text: str, request_: Request, kind: type[DeriveError], words: str) -> None:
    with pytest.raises(kind, match=words):
        read_problem(text, request_)


def test_limits_are_options() -> None:
    with pytest.raises(LimitError):
        read_problem("x + x", limits=Limits(characters=4))
    with pytest.raises(LimitError):
        read_problem("x + x", limits=Limits(nodes=3))
    assert read_problem("7" * 51 + "x", limits=Limits(digits=60)).task.wrt


def test_a_value_a_rounding_error_away_is_not_refused() -> None:
    assert read_problem(r"x\sqrt{\sin(\pi)}").formula


def test_a_large_constant_is_not_worked_out() -> None:
    assert read_problem("x^{9^{9^{9^9}}}").formula
