"""Logs of TeX, and logs of no TeX."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from derive.engine.texlog import TexFault, faults

LINES = st.lists(
    st.sampled_from(["", "% problem: a", "  %problem:b c", "x % problem: no", "% problem:", "% problem: ü"])
)
WORDS = st.sampled_from(
    ["(", ")", "[1]", "(./a.tex", '("./b c.tex"', "\n", "! ", "x.tex:3: ", f"x.tex:{'9' * 5000}: ", "l.4 \\a",
     "Overfull \\hbox (3.5pt too wide)", "Overfull \\vbox (3.5.6pt too high)", " at lines 1--2\n\n", "\x1b[31m",
     "\nLaTeX Warning: ", "Reference `a' undefined", "Missing character: ", "Runaway argument?\n", "! Emergency stop."]
)  # fmt: skip


@given(log=st.lists(WORDS | st.text(max_size=4)).map("".join), lines=LINES)
def test_any_text_is_read(log, lines):
    for fault in faults(log, "\n".join(lines), "./set.tex"):
        assert fault.message
        assert fault.message.isprintable()
        assert fault.line is None or fault.line >= 0


@given(lines=LINES, number=st.integers(1, 12))
def test_a_line_is_about_the_last_problem_that_began(lines, number):
    ids = {"% problem: a": "a", "  %problem:b c": "b", "% problem: ü": "ü"}
    begun = [ids[line] for line in lines[:number] if line in ids]
    (fault,) = faults(f"./set.tex:{number}: Wrong.", "\n".join(lines), "./set.tex")
    assert fault == TexFault("error", "Wrong.", number, begun[-1] if begun else "")


def box(size: int) -> str:
    dump = "[]\\OT1/cmr 10 a) (./no.tex (\n(./no.tex []\n\n"
    return f"\nOverfull \\hbox ({size}.0pt too wide) in paragraph at lines 2--3\n{dump}"


def test_the_file_of_a_fault_is_the_one_that_is_open():
    log = f"(./set.tex{box(1)}(/usr/a.sty (a b) c) (./one.tex ({box(2)})) [1]{box(3)}"
    log += f'("./my two.tex"{box(4)}){box(5)})){box(6)}'
    said = [(fault.message, fault.about) for fault in faults(log, "% problem: a", "./set.tex")]
    assert said == [
        ("1.0 pt too wide", "a"),
        ("one.tex: 2.0 pt too wide", ""),
        ("3.0 pt too wide", "a"),
        ("my two.tex: 4.0 pt too wide", ""),
        ("5.0 pt too wide", "a"),
        ("6.0 pt too wide", "a"),
    ]


def test_messages_are_short_and_safe_to_show():
    (fault,) = faults("! \x1b[31m" + "a" * 9000, "", "./set.tex")
    assert fault.message.startswith("U+001B[31maaa")
    assert len(fault.message) == 400


def test_only_the_first_error_counts():
    log = "./set.tex:3: Bad.\n! Emergency stop.\n./set.tex:3:  ==> Fatal error occurred, no output PDF file produced!"
    assert faults(log, "", "./set.tex") == (TexFault("error", "Bad.", 3),)
    assert faults(log.partition("\n")[2], "{", "./set.tex")[0].message.startswith("Emergency stop.")
