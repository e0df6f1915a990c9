"""`derive solve`: exit codes, errors, sources, outputs, formats."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from derive.pipeline import FORMATS
from derive.writer.flavors import FLAVORS

# Exit codes and errors ------------------------------------------------------------------------------------------------


def test_a_solution_goes_to_standard_output_and_nothing_else_is_said(derive):
    done = derive("solve", r"y = \sin(x^2)", "--wrt", "x")
    assert (done.returncode, done.stderr) == (0, "")
    assert r"2x\cos(x^2)" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["x +"], "D101"),
        ([r"\frac{1}{0}"], "D102"),
        (["x y"], "D110"),
        (["3", "--task", "gradient"], "D110"),
        (["x", "--wrt", "x", "--at", "x = 1", "--at", "x = 2"], "D110"),
        ([r"\begin{bmatrix} 1 \\ x \\ 2 \end{bmatrix} + \begin{bmatrix} 1 \\ x \end{bmatrix}"], "D201"),
        ([r"\int x\,dx", "--wrt", "x"], "D301"),
        ([r"x!", "--wrt", "x", "--limit", "nodes=1"], "D501"),
        (["1" * 51 + "x"], "D501"),
        ([r"\ln(\sin x)", "--method", "direct"], "D303"),
        ([r"\sin(x^2)", "--names", "1,2"], "D110"),
    ],
)
def test_a_problem_that_cannot_be_solved_exits_with_1_and_its_code(derive, arguments, code):
    done = derive("solve", *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error[{code}]")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["x", "y"],
        ["x", "--no-such-option"],
        ["x", "--wrt"],
        ["x", "--wrt", " "],
        ["x", "--format", "docx"],
        ["x", "--order", "0"],
        ["x", "--width", "wide"],
        ["x", "--templates", "no/such/folder"],
        ["x", "--limit", "patience=3"],
        ["x", "--limit", "nodes=many"],
        ["x", "--limit", "nodes=-1"],
        ["x", "--limit", "seconds=nan"],
        ["x", "--limit", "memory_mib=inf"],
    ],
)
def test_wrong_usage_exits_with_2(derive, arguments):
    done = derive("solve", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: " in done.stderr


def test_no_such_command_exits_with_2(derive):
    assert derive("slove", "x").returncode == 2


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["solve", "--help"], ["parse", "-h"], ["rules", "-h"]]
)
def test_questions_exit_with_0(derive, arguments):
    done = derive(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


@pytest.mark.parametrize(
    ("text", "line", "column"), [(r"x + \foo", 1, 5), ("x^2^3", 1, 4), ("x\n+ (y", 2, 3), ("x+1)", 1, 4)]
)
def test_an_error_points_at_its_place(derive, text, line, column):
    done = derive("solve", text, "--wrt", "x")
    head, source, caret = done.stderr.splitlines()[:3]
    assert f"]:{line}:{column}: " in head
    assert source == "  " + text.splitlines()[line - 1]
    assert caret.index("^") == 2 + column - 1


def test_errors_as_json(derive):
    done = derive("solve", r"x + \foo", "--wrt", "x", "--format", "json")
    assert (done.returncode, done.stdout) == (1, "")
    error = json.loads(done.stderr)["error"]
    assert error.keys() == {"code", "message", "line", "column", "hint"}
    assert (error["code"], error["line"], error["column"]) == ("D101", 1, 5)


def test_an_option_in_latex_has_errors_of_its_own(derive):
    done = derive("solve", "x", "--let", r"f: \mathbb{R} \to")
    assert done.returncode == 1
    assert r"f: \mathbb{R} \to" in done.stderr


def test_no_control_character_reaches_the_terminal(derive):
    done = derive("solve", "x\x1b[31m", "--wrt", "x")
    assert done.returncode == 1
    assert "\x1b" not in done.stderr
    assert "U+001B" in done.stderr


# Where the formula comes from -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [["-x^2"], ["--wrt", "x", "-x^2"], ["-x^2", "--wrt", "x"], ["--wrt=x", "-x^2"], ["--", "-x^2"],
     ["--wrt", "x", "--", "-x^2"]],
)  # fmt: skip
def test_a_formula_may_begin_with_a_minus(derive, arguments):
    done = derive("solve", "--format", "json", *arguments)
    assert json.loads(done.stdout)["answer"]["latex"] == "-2x"


def test_a_value_of_an_option_may_begin_with_a_minus(derive):
    done = derive("solve", "x^2", "--at", "x = -3", "--format", "json")
    assert json.loads(done.stdout)["answer"]["latex"] == "-6"


def test_a_dash_reads_standard_input(derive):
    done = derive("solve", "-", "--format", "json", stdin="x^2\n+ α\n".encode())
    assert done.returncode == 1  # two free symbols
    done = derive("solve", "-", "--wrt", "x", "--format", "json", stdin="x^2\n+ α\n".encode())
    assert json.loads(done.stdout)["answer"]["latex"] == "2x"


@pytest.mark.parametrize("stdin", [b"", b"\xff\xfe", b"x\x00", b"\xf0\x9f\x98\x80", b"\xed\xa0\x80"])
def test_bytes_that_are_no_formula_are_an_error(derive, stdin):
    done = derive("solve", "-", "--wrt", "x", stdin=stdin)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error[D1")


# Where the result goes ------------------------------------------------------------------------------------------------


def test_output_is_a_file(derive, tmp_path):
    done = derive("solve", "x^2", "-o", "out.md")
    assert (done.returncode, done.stdout) == (0, "")
    assert (tmp_path / "out.md").read_text() == derive("solve", "x^2").stdout
    assert [file.name for file in tmp_path.iterdir()] == ["out.md"]


def test_a_failure_leaves_the_file_as_it_was(derive, tmp_path):
    (tmp_path / "out.md").write_text("as it was")
    assert derive("solve", "x +", "-o", "out.md").returncode == 1
    assert (tmp_path / "out.md").read_text() == "as it was"


@pytest.mark.parametrize("target", ["no/such/folder/out.md", "folder", "/dev/full/out.md"])
def test_an_unwritable_target_exits_with_2_and_leaves_nothing(derive, tmp_path, target):
    (tmp_path / "folder").mkdir()
    done = derive("solve", "x^2", "-o", target)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"cannot write {target}" in done.stderr
    assert [file.name for file in tmp_path.rglob("*")] == ["folder"]


def test_a_link_is_followed_and_a_device_stays_one(derive, tmp_path):
    (tmp_path / "link.md").symlink_to("out.md")
    assert derive("solve", "x^2", "-o", "link.md").returncode == 0
    assert (tmp_path / "link.md").is_symlink()
    assert (tmp_path / "out.md").is_file()
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    assert derive("solve", "x^2", "-o", "pipe").returncode == 0
    assert os.read(reader, 100_000).decode() == (tmp_path / "out.md").read_text()
    os.close(reader)
    assert (tmp_path / "pipe").is_fifo()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_full_device_is_no_traceback():
    command = [sys.executable, "-m", "derive", "solve", "x^2"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert "cannot write to standard output: No space left" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_a_reader_that_leaves_is_no_traceback():
    command = f"{shlex.quote(sys.executable)} -m derive solve 'x^2' | true"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.stderr == ""


# Limits ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", ["characters=4", "nodes=3", "depth=1", "digits=1"])
def test_each_limit_holds(derive, limit):
    done = derive("solve", "((x+10))^2", "--limit", limit)
    assert done.returncode == 1
    assert done.stderr.startswith("error[D501]")


def test_the_time_limit_holds(derive):
    done = derive("solve", r"\sin(" * 300 + "x" + ")" * 300, "--limit", "seconds=0.02")
    assert done.returncode == 1
    assert done.stderr.startswith("error[D501]: no solution within 0.02 s")


def test_a_limit_may_be_raised(derive):
    formula = "0." + "1" * 60 + "x"
    assert derive("solve", formula).returncode == 1
    assert derive("solve", formula, "--limit", "digits=100").returncode == 0


def test_a_long_answer_stays_in_terms_of_the_intermediates(derive):
    done = derive("solve", r"\ln(\sin(x^2))", "--format", "json", "--limit", "answer-characters=5")
    answer = json.loads(done.stdout)["answer"]
    assert not answer["closed"]
    assert answer["sympy"] is None
    assert answer["sympy_reason"]


# Formats --------------------------------------------------------------------------------------------------------------

MARKS = {
    "markdown": "**Answer.**",
    "rst": ".. container:: derive-answer",
    "latex": r"\textbf{Answer.}",
    "tex": r"\end{document}",
    "text": "Answer. ",
    "json": '"schema": "derive/1"',
    "python": "def derivative(",
    "html": "<!DOCTYPE html>",
    "tikz": r"\begin{tikzpicture}",
    "mermaid": "flowchart",
    "svg": "<svg ",
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format(derive, name):
    done = derive("solve", r"\frac{x^2}{1+x}", "--format", name)
    assert (done.returncode, done.stderr) == (0, "")
    assert MARKS[name] in done.stdout
    assert done.stdout.endswith("\n")


def test_graph_beside_the_solution(derive):
    assert "flowchart" in derive("solve", "x^2", "--graph").stdout
    refused = derive("solve", "x^2", "--graph", "--format", "json")
    assert refused.returncode == 2
    assert "json" in refused.stderr


@pytest.mark.parametrize("flavor", FLAVORS)
def test_every_flavor_of_markdown(derive, flavor):
    out = derive("solve", r"\sin(x^2)", "--flavor", flavor).stdout
    inline, display = FLAVORS[flavor].inline, FLAVORS[flavor].display
    assert f"{inline[0]}x{inline[1]}" in out
    assert re.search(rf"^{re.escape(display[0])}\s.+?\s{re.escape(display[1])}$", out, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("detail", ["answer", "brief", "normal", "full"])
def test_every_detail_ends_in_the_same_answer(derive, detail):
    out = derive("solve", r"\sin(x^2)", "--detail", detail).stdout
    assert r"**Answer.** $\displaystyle \frac{dy}{dx} = 2x\cos(x^2)$" in out


def test_more_detail_is_more_text(derive):
    details = ("answer", "brief", "normal", "full")
    lengths = [len(derive("solve", r"\ln(\sin(x^3)^2)", "--detail", d).stdout) for d in details]
    assert lengths == sorted(set(lengths))


# JSON -----------------------------------------------------------------------------------------------------------------


def solved(derive, *arguments):
    done = derive("solve", "--format", "json", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_json_has_the_fields_that_users_script_against(derive):
    record = solved(derive, r"y = \ln(a x^2)", "--wrt", "x", "--let", r"a \in \mathbb{R}")
    assert record.keys() >= {
        "schema", "problem", "method", "definitions", "steps", "answer", "python", "checked", "oracle",
    }  # fmt: skip
    assert record["schema"] == "derive/1"
    assert record["checked"] is True
    assert record["oracle"] is None
    problem = record["problem"]
    assert (problem["latex"], problem["task"], problem["wrt"], problem["layout"]) == (
        r"y = \ln(a x^2)", "derivative", ["x"], "numerator",
    )  # fmt: skip
    assert problem["sympy"] == "log(a*x**2)"
    assert problem["symbols"] == [
        {"latex": "a", "name": "a", "kind": "scalar", "shape": [], "assumed": False},
        {"latex": "x", "name": "x", "kind": "scalar", "shape": [], "assumed": False},
    ]
    assert all(d.keys() == {"lhs", "rhs", "shape", "index"} for d in record["definitions"])
    assert record["answer"]["latex"] == r"\frac{2}{x}"
    assert record["answer"].keys() >= {"latex", "shape", "sympy", "components"}


def test_json_lists_every_line_with_its_reason_and_its_check(derive):
    record = solved(derive, r"\ln(\sin(x^2))")
    assert record["steps"]
    for step in record["steps"]:
        assert step.keys() >= {"title", "rule", "lines", "substeps"}
        for line in step["lines"]:
            assert line.keys() >= {"lhs", "relation", "rhs", "reason", "given", "check"}
            assert line["check"].keys() >= {"status", "points", "digits", "max_error"}
            assert line["check"]["status"] == "checked"
            assert line["check"]["points"] >= 8


def test_several_variables_give_several_answers_in_their_order(derive):
    record = solved(derive, "x^2y^3", "--wrt", "y", "--wrt", "x")
    assert record["problem"]["wrt"] == ["y", "x"]
    assert [a["latex"] for a in record["answer"]] == ["3x^2y^2", "2xy^3"]
    assert len(record["python"]["derivative"]) == 2


def test_variables_in_one_option_are_differentiated_by_one_after_the_other(derive):
    assert solved(derive, "x^2y^3", "--wrt", "x y")["answer"]["latex"] == "6xy^2"


@pytest.mark.parametrize(("layout", "shape"), [("numerator", [1, 2]), ("denominator", [2])])
def test_the_layout_decides_the_shape_of_a_gradient(derive, layout, shape):
    record = solved(derive, "x^2y^3", "--wrt", "x", "--wrt", "y", "--task", "gradient", "--layout", layout)
    assert record["answer"]["shape"] == shape


# What others say ------------------------------------------------------------------------------------------------------


def test_the_oracle_is_told_on_the_page_and_in_the_record(derive):
    done = derive("solve", "x^2", "--oracle")
    assert (done.returncode, done.stderr) == (0, "")
    assert "; latex2sympy2 reads the same; SymPy agrees." in done.stdout
    oracle = solved(derive, "x^2", "--oracle")["oracle"]
    assert (oracle["reads_same"], oracle["sympy_agrees"]) == (True, True)


def test_a_disagreement_is_a_warning_with_both_versions(derive):
    done = derive("solve", r"{x^2-1 \over x^2+1}", "--wrt", "x", "--oracle")  # latex2sympy2 does not know \over
    assert done.returncode == 0
    assert done.stderr.startswith("warning: latex2sympy2 reads ")
    assert "(x**2 - 1)/(x**2 + 1)" in done.stderr


def test_symbolic_proofs_are_told_on_the_page_and_in_the_record(derive):
    assert "lines proved by SymPy" in derive("solve", r"\sin(x^2)", "--verify", "symbolic").stdout
    record = solved(derive, r"\sin(x^2)", "--verify", "symbolic")
    assert record["checked"]
    assert {line["check"]["status"] for step in record["steps"] for line in step["lines"]} == {"proved"}


def test_the_second_reader_solves_and_says_that_order_is_lost(derive):
    done = derive("solve", r"y = b + \sin(a x)", "--wrt", "x", "--reader", "latex2sympy2")
    assert done.returncode == 0, done.stderr
    assert r"a\cos(ax)" in done.stdout
    assert "does not keep its order" in done.stdout


# Hostile input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["__import__('os').system('touch PWNED')", "--wrt", "x"],
        [r"\text{__import__('os').system('touch PWNED')}", "--wrt", "x"],
        ["x", "--wrt", "__import__('os')"],
        ["x", "--let", "{{ 7*7 }}"],
        ["x", "--at", "x ="],
        ["x", "--define", "z"],
        ["x", "--define", "= x"],
        ["x", "--names", "u,\\"],
        [r"\left(" * 3000],
        ["(" * 20_000 + "x" + ")" * 20_000],
        ["x" * 120_000],
        ["9^{9^{9^{9}}} x +"],
        ["\udcff"],
        ["x \u202e y"],
        ["$$"],
        ["x", "--wrt", r"\frac{x}{y}"],
        ["x", "--wrt", "x^2"],
        ["x", "--wrt", "3"],
    ],
)
def test_nothing_shows_a_traceback(derive, tmp_path, arguments):
    done = derive("solve", *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error[D")
    assert not list(tmp_path.iterdir())
