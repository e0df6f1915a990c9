"""A token of LaTeX text, and which brackets are partners."""

from __future__ import annotations

from typing import NamedTuple

from derive.errors import ReadError, Span
from derive.reader.commands import CLOSERS


class Token(NamedTuple):
    """A token: its kind (a closed vocabulary, see `commands`), its canonical text, and where it stands."""

    kind: str
    text: str
    start: int
    stop: int


def pair(tokens: list[Token], source: str) -> dict[int, int]:
    r"""Return, for the index of each opening token, the index of the one that closes it. Plain bars are not paired.

    Raises:
        ReadError: A bracket, brace, `\left` or `\begin` without its partner, pointing at the one left over.
    """
    pairs: dict[int, int] = {}
    waiting: list[int] = []
    for i, token in enumerate(tokens):
        if token.kind in ("{", "open", "begin"):
            waiting.append(i)
        elif token.kind in ("}", "close", "end-env"):
            if not waiting:
                raise ReadError(f"{_show(token, source)} without an opener", _span(token), "", source)
            opener = tokens[waiting[-1]]
            if not _fit(opener, token, source):
                line = f"{_show(token, source)} cannot close {_show(opener, source)}"
                raise ReadError(line, _span(_culprit(opener, token)), "", source)
            pairs[waiting.pop()] = i
    if waiting:
        opener = tokens[waiting[-1]]
        raise ReadError(f"{_show(opener, source)} is never closed", _span(opener), "", source)
    return pairs


def _fit(opener: Token, closer: Token, source: str) -> bool:
    if opener.kind == "open":
        sized = source.startswith("\\left", opener.start) and not source.startswith("\\leftarrow", opener.start)
        if closer.kind != "close" or sized != source.startswith("\\right", closer.start):
            return False
        if opener.text == r"\{" and closer.text == "." and sized:
            return True
        return closer.text in ("|", "/") if opener.text == "." else CLOSERS.get(opener.text) == closer.text
    if opener.kind == "{":
        return closer.kind == "}"
    return closer.kind == "end-env" and opener.text == closer.text


def _culprit(opener: Token, closer: Token) -> Token:
    """A brace, an environment or the text's structure shows which of the two is at fault."""
    return opener if closer.kind in ("}", "end-env") and opener.kind == "open" else closer


def _show(token: Token, source: str) -> str:
    return source[token.start : token.stop].strip() or token.text


def _span(token: Token) -> Span:
    return Span(token.start, max(token.stop, token.start + 1))
