import os
import subprocess
import sys
from pathlib import Path

import pytest
import sympy

from derive.errors import ReadError, UnsupportedError
from derive.reader.second import bare_name, latex2sympy2, read_with_latex2sympy


def real(name):
    return sympy.Symbol(name, real=True)


x = real("x")


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"e^x", sympy.exp(x)),
        (r"\mathrm{e}^{2x}", sympy.exp(2 * x)),
        (r"\log x", sympy.log(x)),
        (r"\log_2 x", sympy.log(x) / sympy.log(2)),
        (r"I x", real("I") * x),
        (r"x_{12} \lambda", real("x_12") * real("lambda")),
        (r"\mathit{rate} x", real("rate") * x),
        (r"\frac{x}{2}", x / 2),
    ],
)
def test_a_formula_means_what_its_author_means(latex, expected):
    assert sympy.simplify(read_with_latex2sympy(latex) - expected) == 0


def test_the_base_of_a_bare_logarithm_is_told():
    assert read_with_latex2sympy(r"\log x", "10").subs(x, 100) == sympy.log(100) / sympy.log(10)


def test_earlier_calls_leave_nothing_behind():
    latex2sympy2.set_real(False)
    latex2sympy2.set_variances({real("a"): sympy.eye(2)})
    latex2sympy2.latex2sympy("dx")
    assert read_with_latex2sympy("a x + 1") == real("a") * x + 1
    read_with_latex2sympy("dx")
    assert read_with_latex2sympy("x") == x


@pytest.mark.parametrize("latex", ["", "x +", r"x \hat y", r"\begin{bmatrix} 1 & 2 \\ 3 \end{bmatrix}"])
def test_whatever_it_raises_is_a_read_error(latex):
    with pytest.raises(ReadError, match="latex2sympy2 cannot read"):
        read_with_latex2sympy(latex)


def test_the_place_is_the_one_that_it_marks():
    with pytest.raises(ReadError) as caught:
        read_with_latex2sympy(r"\frac12 x")
    assert caught.value.column == 6


@pytest.mark.parametrize("latex", ["x, y", r"\sin(" * 12 + "x" + ")" * 12, "x + " * 200 + "x"])
def test_what_it_would_not_get_right_or_not_finish_is_unsupported(latex):
    with pytest.raises(UnsupportedError):
        read_with_latex2sympy(latex)


def test_bare_names():
    assert [bare_name(n) for n in (r"x_{1}", r"\mathit{rate}", r"\theta", r"\bar{x}")] == [
        "x_1",
        "rate",
        "theta",
        "barx",
    ]


def test_its_parser_loads_where_python_has_no_typing_io():
    code = (
        "import sys, typing; sys.modules.pop('typing.io', None)\n"
        "from derive.reader.second import read_with_latex2sympy\n"
        "print(read_with_latex2sympy('x^2'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "x**2", done.stderr


def test_a_module_that_hides_its_parser_is_an_error_of_ours(tmp_path):
    (tmp_path / "gen.py").write_text("")
    command = [sys.executable, "-m", "derive", "solve", "x^2", "--reader", "latex2sympy2"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error[D301]: latex2sympy2 cannot be loaded")
