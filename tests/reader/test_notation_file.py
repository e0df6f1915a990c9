"""Notation files: what they say, and what is wrong with them."""

from __future__ import annotations

import pytest

from derive.derivation import Request
from derive.errors import ProblemFileError
from derive.reader import read_problem
from derive.reader.notation_file import with_notation as with_source
from derive.trees.source import Source


def with_notation(text, request):
    return with_source(Source(text, suffix=".yaml"), request)


FILE = r"""
style: paper
log-base: 10
layout: denominator
macros: |
  \newcommand{\R}{\mathbb{R}}
let:
  - \mathbf{x} \in \R^n
  - f: \R \to \R   # a comment is none of it
spelling:
  transpose: T
  elementwise: \circ
  ones: \overrightarrow{\mathbf 1}
  d: upright
  sizes: always
"""


def test_a_file_says_what_symbols_mean_and_how_they_are_spelled():
    request = with_notation(FILE, Request(let=(r"a > 0",), wrt=("x",)))
    assert (request.notation, request.log_base, request.layout) == ("paper", "10", "denominator")
    assert request.let == (r"\mathbf{x} \in \R^n", r"f: \R \to \R", "a > 0")
    assert request.macros == ("\\newcommand{\\R}{\\mathbb{R}}\n",)
    assert request.spelling == {
        "transpose": "T",
        "hadamard": r"\circ",
        "ones": r"\overrightarrow{\mathbf{1}}",
        "d": "upright",
        "sizes": "always",
    }


def test_a_file_holds_while_a_problem_is_read():
    request = with_notation(FILE, Request(reading=True))
    problem = read_problem(r"f(\|\mathbf{x}\|) + \log 2", request)
    assert problem.notation.functions
    assert problem.notation.upright_d
    assert problem.notation.log_base == "10"


def test_what_the_author_wrote_goes_before_the_file():
    request = with_notation("spelling:\n  transpose: T\n", Request(reading=True))
    written = read_problem(r"\mathbf{x}^\top \mathbf{x}", request)
    assert written.notation.spellings["transpose"] == r"\top"
    silent = read_problem(r"\mathbf{x} \cdot \mathbf{x}", request)
    assert silent.notation.spellings["transpose"] == "T"


FAULTS = [
    ("", None, "empty"),
    ("- a\n", (1, 1), "names with values"),
    ("stile: paper\n", (1, 1), "did you mean style?"),
    ("style: mine\n", (1, 8), "standard, paper"),
    ("log-base: 2\n", (1, 11), "e, 10"),
    ("style: paper\nstyle: paper\n", (2, 1), "second time"),
    ('let: "\\theta \\in \\mathbb{R}"\n', (1, 6), "found unknown escape"),
    ('let: "\\frac{1}{2}"\n', (1, 7), "single quotes"),
    ("let: [a, {b: c}]\n", (1, 10), "text"),
    ("spelling: {transpose: t}\n", (1, 23), "not understood"),
    ("style: [\n", (1, 9), "no YAML"),
    ("let: &a [*a]\n", (1, 6), "not allowed"),
    (f"let: {'[' * 100}", (1, 55), "nesting too deep"),
]


@pytest.mark.parametrize(("text", "place", "words"), FAULTS, ids=[repr(t) for t, *_ in FAULTS])
def test_a_fault_is_pointed_at(text, place, words):
    with pytest.raises(ProblemFileError) as caught:
        with_notation(text, Request())
    error = caught.value
    assert words in f"{error.message} {error.hint}"
    if place is not None and "unknown escape" not in error.message:
        assert (error.line, error.column) == place


def test_all_faults_of_a_file_are_told():
    with pytest.raises(ProblemFileError) as caught:
        with_notation("style: mine\nlog-base: 2\nspelling: {transpos: T, d: bold}\n", Request())
    assert [(e.line, e.column) for e in caught.value.errors] == [(1, 8), (2, 11), (3, 12), (3, 28)]
