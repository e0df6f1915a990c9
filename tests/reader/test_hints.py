"""What a refusal says one can write instead."""

from __future__ import annotations

import pytest

from derive.derivation import Request
from derive.errors import DeriveError
from derive.reader import read_problem

M = r"X \in \mathbb{R}^{m \times n}"

HINTS = [
    (r"\operatorname{softmax}(X)", (M,), "needs a vector", r"\operatorname{softmax}_{\mathrm{row}}(X)"),
    ("X'X", (M,), "a transpose, or another name", '--let "X\' \\in \\mathbb{R}^{m \\times n}"'),
    ("X^*X", (M,), "a transpose, or another name", r"--let 'X^* \in \mathbb{R}^{m \times n}'"),
    (r"X^\dagger", (M,), "a transpose, or another name", "the pseudo-inverse is not supported"),
    (r"\mathbf{A}^\dagger\mathbf{b}", (), "a transpose, or another name", "the pseudo-inverse is not supported"),
    (r"-\nabla V", (), "a gradient inside a formula", r"\nabla f"),
    (r"\alpha \nabla f(x_k)", (), "a gradient inside a formula", r"\nabla f"),
]


@pytest.mark.parametrize(("source", "let", "message", "hint"), HINTS, ids=[t for t, *_ in HINTS])
def test_a_refusal_says_what_to_write(source: str, let: tuple[str, ...], message: str, hint: str) -> None:
    with pytest.raises(DeriveError) as caught:
        read_problem(source, Request(let=let, reading=True))
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_the_softmax_of_rows_is_read_as_the_hint_spells_it() -> None:
    text = r"\operatorname{softmax}_{\mathrm{row}}(X)"
    assert len(read_problem(text, Request(let=(M,), reading=True)).formula.shape) == 2
