"""`derive parse` and `derive rules`."""

import json

import pytest
import sympy

FORMULA = r"\frac12 x^2 + \ln(y)"


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("latex", r"\frac{1}{2}x^2 + \ln(y)"),
        ("sympy", "1/2*x**2 + log(y)"),
        ("python", "def function(x, y):"),
        ("tree", "call ln"),
        ("text", "x²"),
        ("json", '"tree"'),
    ],
)
def test_every_form(derive, form, expected):
    done = derive("parse", FORMULA, "--format", form)
    assert (done.returncode, done.stderr) == (0, "")
    assert expected in done.stdout
    assert done.stdout.endswith("\n")


def test_the_sympy_form_is_read_by_sympy(derive):
    x, y = sympy.symbols("x y")
    assert sympy.sympify(derive("parse", FORMULA, "--format", "sympy").stdout) == x**2 / 2 + sympy.log(y)


def test_json_has_the_fields_that_users_script_against(derive):
    record = json.loads(derive("parse", r"\frac{\partial}{\partial x} (x^2 + \alpha y)", "--format", "json").stdout)
    assert record.keys() >= {"latex", "sympy", "python", "symbols", "task", "shape", "tree"}
    assert (record["latex"], record["shape"]) == (r"x^2 + \alpha y", [])
    assert [s["name"] for s in record["symbols"]] == ["x", "alpha", "y"]
    assert (record["task"]["kind"], record["task"]["wrt"]) == ("derivative", ["x"])


def test_what_is_printed_is_read_as_the_same(derive):
    once = derive("parse", r"\sin^2 2x \cdot \frac{a/b}{c}").stdout
    assert derive("parse", once.strip()).stdout == once


def test_what_was_decided_is_told_on_standard_error(derive):
    done = derive("parse", r"1/2x")
    assert done.returncode == 0
    assert done.stderr.startswith("note: ")


def test_a_formula_without_a_task_is_shown_whatever_its_symbols(derive):
    assert derive("parse", "x y z").returncode == 0


def test_a_formula_may_begin_with_a_minus(derive):
    assert derive("parse", "-x").stdout == "-x\n"


def test_a_dash_reads_standard_input(derive):
    assert derive("parse", "-", stdin=b"x^2").stdout == "x^2\n"


@pytest.mark.parametrize("arguments", [["x +"], [""], ["x", "--let", "y"], ["x" * 101_000]])
def test_what_is_no_formula_exits_with_1(derive, arguments):
    done = derive("parse", *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error[D")


@pytest.mark.parametrize("arguments", [[], ["x", "--format", "docx"], ["x", "-o", "no/such/folder/file"]])
def test_wrong_usage_exits_with_2(derive, arguments):
    assert derive("parse", *arguments).returncode == 2


@pytest.mark.parametrize("table", ["--rules", "--functions", "--rewrites", "--methods"])
def test_every_table_is_worked_out(derive, table):
    listed = json.loads(derive("rules", table, "--format", "json").stdout)
    assert len(listed) > 3
    assert all(row["example"] and row["result"] for row in listed)


def test_macros_come_from_a_file_and_from_the_text(derive, tmp_path):
    preamble = tmp_path / "paper.tex"
    preamble.write_text(r"\documentclass{article}\newcommand{\s}[1]{\sin(#1)}\begin{document}", encoding="utf-8")
    done = derive("parse", r"\newcommand{\h}{\frac12} \h \s{x}", "--macros", str(preamble))
    assert (done.stdout, done.stderr) == ("\\frac{1}{2}\\sin(x)\n", "")


def test_a_notation_file_declares_and_spells(derive, tmp_path):
    file = tmp_path / "notation.yaml"
    file.write_text("let:\n  - A \\in \\mathbb{R}^{m \\times n}\nspelling:\n  transpose: T\n", encoding="utf-8")
    done = derive("parse", r"\mathbf{x} \cdot A \mathbf{y}", "--notation", str(file), "--format", "json")
    assert json.loads(done.stdout)["shape"] == []
    file.write_text("let:\n  - A \\in\n", encoding="utf-8")
    assert derive("parse", "x", "--notation", str(file)).returncode == 1
    file.write_text("lett: a\n", encoding="utf-8")
    done = derive("parse", "x", "--notation", str(file))
    assert (done.returncode, "did you mean let?" in done.stderr) == (2, True)
    assert derive("parse", "x", "--notation", "no/such/file").returncode == 2


def test_the_second_reader_is_asked(derive):
    done = derive("parse", r"\sin 2x", "--oracle")
    assert done.stderr == "oracle: latex2sympy2 reads the same\n"
    done = derive("parse", r"2\sin(x)", "--reader", "latex2sympy2")
    assert done.stdout == "2\\sin(x)\n"


def test_a_tree_has_shapes(derive):
    done = derive("parse", r"A\mathbf{x}", "--let", r"A \in \mathbb{R}^{m \times n}", "--format", "tree")
    assert done.stdout == "matmul  (m,)\n  A  (m, n)\n  \\mathbf{x}  (n,)\n"


def test_json_lists_vectors_with_their_shapes(derive):
    done = derive("parse", r"\sum_{i=1}^N y_i \mathbf{w} \cdot \mathbf{x}_i", "--format", "json")
    record = json.loads(done.stdout)
    kinds = {s["latex"]: (s["kind"], s["shape"]) for s in record["symbols"]}
    assert kinds == {
        "y": ("family", ["N"]), r"\mathbf{w}": ("vector", ["n"]), r"\mathbf{x}": ("family", ["N", "n"]),
    }  # fmt: skip
    assert "def function(y, w, x):" in record["python"]
