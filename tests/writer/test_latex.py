"""How expressions look in LaTeX: read as typed, and printed."""

from __future__ import annotations

import pytest

from derive.derivation import Definition, Notation, Request, Scope
from derive.expr.interning import Table, interning
from derive.expr.nodes import Derivative, Integer, Power, Product, Sum, Symbol
from derive.reader import read_problem
from derive.writer.latex import latex

LOOKS = [
    ("3x^{2}", "3x^2"),
    (r"x^{10}+x_{1}", "x^{10} + x_1"),
    (r"-x-\left(y-1\right)", "-x - (y - 1)"),
    (r"\left(x\right)y", "xy"),
    (r"2\sin\left(x^2\right)", r"2\sin(x^2)"),
    (r"\sin 2 x", r"\sin 2x"),
    (r"\sin ^2 x \cos x", r"\sin^2 x\cos x"),
    (r"(\sin x)^2", r"(\sin x)^2"),
    (r"\sin(x)^2", r"\sin(x)^2"),
    (r"\sin(\frac{x}{2})", r"\sin\left(\frac{x}{2}\right)"),
    (r"(x+\tfrac1x)^2", r"\left(x + \frac{1}{x}\right)^2"),
    (r"|x|+\left|\frac1x\right|", r"\lvert x \rvert + \left\lvert \frac{1}{x} \right\rvert"),
    (r"\lfloor x\rfloor", r"\lfloor x \rfloor"),
    (r"e^{-x^2/2}", "e^{-x^2/2}"),
    (r"\exp(-x)", r"\exp(-x)"),
    (r"\sqrt[3]x", r"\sqrt[3]{x}"),
    (r"(n+1)!\cdot x", r"(n + 1)! \cdot x"),
    (r"\log_2 8x", r"\log_2 8x"),
    (r"\mathrm{rate}\,x", r"\mathrm{rate}x"),
    (r"\hat{y}_1 z^* x", r"\hat{y}_1z^*x"),
    (r"\theta x", r"\theta x"),
    (r"\max(0,x)", r"\max(0, x)"),
    (r"0.50x", "0.50x"),
    (r"[x, y]^T", r"[x, y]^T"),
    (r"\begin{bmatrix} \frac1x \\ y \end{bmatrix}", r"\begin{bmatrix} \frac{1}{x} \\[6pt] y \end{bmatrix}"),
    (
        r"\begin{cases} x & x\geq 0\\ 0 & \text{else} \end{cases}",
        r"\begin{cases} x & \text{if } x \ge 0 \\ 0 & \text{otherwise} \end{cases}",
    ),
]


@pytest.mark.parametrize(("typed", "printed"), LOOKS, ids=[t for t, _ in LOOKS])
def test_a_formula_is_printed_as_lecturers_write(typed: str, printed: str) -> None:
    p = read_problem(typed, Request(wrt=("x",)))
    with interning(p.table):
        assert latex(p.formula, p.notation) == printed


def test_juxtaposition_that_would_be_misread_gets_brackets() -> None:
    with interning(Table()):
        x, two, three = Symbol("x"), Integer(2), Integer(3)
        assert latex(Product((two, three), ("",)), Notation()) == "2(3)"
        assert latex(Product((x, Sum((x,), (-1,))), ("",)), Notation()) == "x(-x)"
        assert latex(Product((Product((x, x), ("",)), x), ("",)), Notation()) == "(xx)x"
        assert latex(Product((Symbol("sigma"), Sum((x, two), (1, 1))), ("",)), Notation()) == r"(\sigma)(x + 2)"
        assert latex(Power(Power(x, two), three), Notation()) == "(x^2)^3"


def test_derivatives_tell_d_from_partial() -> None:
    with interning(Table()):
        x, y, u, v = (Symbol(c) for c in "xyuv")
        one = Scope((Definition(u, Power(x, Integer(2))), Definition(v, Sum((x, u), (1, 1)))), (x,))
        two = Scope((Definition(u, Sum((x, y), (1, 1))), Definition(v, Sum((x, u), (1, 1)))), (x, y))

        def shown(e: Derivative, scope: Scope) -> str:
            return latex(e, Notation(), scope)

        assert shown(Derivative(v, (x,)), one) == r"\frac{dv}{dx}"
        assert shown(one.direct(v, x), one) == r"\frac{\partial v}{\partial x}"
        assert shown(Derivative(v, (x,)), two) == r"\frac{\partial v}{\partial x}"
        assert shown(two.direct(v, x), two) == r"\left(\frac{\partial v}{\partial x}\right)_u"
        assert shown(Derivative(v, (x, x)), one) == r"\frac{d^2v}{dx^2}"
        assert shown(Derivative(u, (x, y)), two) == r"\frac{\partial^2 u}{\partial y\,\partial x}"
        assert shown(Derivative(Power(x, Integer(2)), (x,)), one) == r"\frac{d}{dx}[x^2]"
        assert latex(Derivative(v, (x,)), Notation(upright_d=True), one) == r"\frac{\mathrm{d}v}{\mathrm{d}x}"
