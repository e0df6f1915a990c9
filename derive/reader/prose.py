r"""The words around formulas, and the signs where mathematics begins and ends, in `Let $f(x) = x^2$`."""

from __future__ import annotations

import re
from bisect import bisect_left

from derive.errors import ReadError, Span
from derive.reader.commands import OPTIMA, TEXT_WORDS
from derive.reader.signs import Token

NUMBERED = re.compile(r"\((?:[A-Z]\.?)?\d+(?:[.–-]\d+)*[a-h]?['′]*\)|\[\d+\]|\((?:\*|[a-h]|i{1,3}|iv|vi{1,3})\)")
r"""The number of an equation, without blanks: `(1)`, `(3.1)`, `(2a)`, `(*)`."""

REFUSED = ("of", "the", "wrt", "with respect to")
"""Words that stand in a question only, of which no more is understood."""

_ASKING = tuple(word for word in OPTIMA if word.endswith("ize") or word.endswith("ise"))
_CLOSERS = {"$$": "$$", "$": "$", r"\[": r"\]", r"\(": r"\)"}
_SIGNS = re.compile(r"\\\\|\\\$|\$\$|\$|\\[()\[\]]")
_WORDS = "|".join(
    re.escape(w).replace(r"\ ", r"\s+") + (r"\." if "." in w else "")
    for w in sorted((*TEXT_WORDS, *REFUSED, *_ASKING), key=len, reverse=True)
)
_BARE = re.compile(
    rf"(?:(?<=[\s~$,.;:}}])|^)(?:{_WORDS})(?=[\s~$,.;:]|\\(?:[ ,;:!\\]|q?quad|end)|$)(?!\s*(?:[=^_*/'!<>]|:=))",
    re.IGNORECASE,
)
_AROUND = re.compile(rf"[\s.,;:\ufeff]*(?:\b(?:{_WORDS})\b[\s.,;:]*)*", re.IGNORECASE)
_PLAIN = re.compile(r"[\sA-Za-z.,;:'’-]+")
_WORD = re.compile(r"[A-Za-z]{2,}")
_LETTERS_BEFORE = re.compile(r"(?<![A-Za-z\\])[A-Za-z]{3,}\s+\Z")
_PUNCTUATION = re.compile(r"[.,;:]")
_OPERATORS = frozenset(("sign", "dot", "*", "slash", "rel", "^", "_", "infix", "frac", "sqrt", "func", "big"))
_LEFT_OUT = "give the formulas only, parted by commas or by words such as where, for, find"


def unwrapped(source: str) -> str:
    r"""Return a source with blanks for the `$..$`, `\(..\)`, `\[..\]` in it, where only known words stand outside.

    Raises:
        ReadError: Words outside are not understood.
    """
    places = _places(source)
    if not places:
        return source
    starts = [start for start, *_ in places] + [len(source)]
    stops = [0] + [stop for *_, stop in places]
    outside = list(zip(stops, starts, strict=True))
    for start, stop in outside:
        if not _AROUND.fullmatch(source, start, stop):
            _refuse(source, start, stop)
            return source
    kept = [_PUNCTUATION.sub(" ", source[start:stop]) for start, stop in outside]
    out = [kept[0]]
    for k, (start, inner, end, stop) in enumerate(places, 1):
        parted = k < len(places) and not kept[k].strip()
        out += [" " * (inner - start), source[inner:end], ("," if parted else " ") + " " * (stop - end - 1), kept[k]]
    return "".join(out)


def _places(source: str) -> list[tuple[int, int, int, int]]:
    """Return where mathematics begins and ends: each time both edges of either sign; [] where the signs do not fit."""
    found: list[tuple[int, int, int, int]] = []
    opener: re.Match[str] | None = None
    for sign in _SIGNS.finditer(source):
        text = sign.group()
        if text in ("\\\\", r"\$") or (opener is not None and opener.group()[0] == "\\" and text[0] == "$"):
            continue
        if opener is None and text in _CLOSERS:
            opener = sign
        elif opener is not None and text == _CLOSERS[opener.group()]:
            found.append((*opener.span(), *sign.span()))
            opener = None
        else:
            return []
    return found if opener is None else []


def _refuse(source: str, start: int, stop: int) -> None:
    """Refuse what stands outside of mathematics if it is prose."""
    if not _PLAIN.fullmatch(source, start, stop):
        return
    known = _AROUND.match(source, start, stop)
    found = _WORD.search(source, known.end() if known else start, stop)
    if found is not None:
        raise ReadError(f"a word in a formula: {found.group()}", Span(*found.span()), _LEFT_OUT, source)


def worded(tokens: list[Token], source: str) -> list[Token]:
    """Return the tokens with one for each word between blanks: `y = x^2, find y'`.

    Raises:
        ReadError: A word of a question that is not understood.
    """
    found = list(_BARE.finditer(source))
    if not found:
        return tokens
    starts = [t.start for t in tokens]
    kept: list[Token] = []
    at = 0
    for word in found:
        first, behind = bisect_left(starts, word.start()), bisect_left(starts, word.end())
        if first < at or not _spelled(tokens, first, word):
            continue
        prose = re.sub(r"\s+", " ", word.group().lower().rstrip("."))
        if prose in REFUSED:
            before = _LETTERS_BEFORE.search(source[: word.start()])  # derivative of
            start = before.start() if before else word.start()
            words = source[start : word.end()]
            raise ReadError(f"a word in a formula: {words}", Span(start, word.end()), _LEFT_OUT, source)
        meaning = OPTIMA.get(prose) or TEXT_WORDS[prose]
        kind = "opt" if prose in OPTIMA else meaning if meaning in ("and", "or") else "text"
        kept += tokens[at:first]
        kept.append(Token(kind, meaning, *word.span()))
        at = behind
    return kept + tokens[at:]


def _spelled(tokens: list[Token], first: int, word: re.Match[str]) -> bool:
    """Tell whether a word was made to letters, and could stand there as a word."""
    token = tokens[first]
    letters = token.start == word.start() and (token.kind == "word" or token.stop == token.start + 1)
    return letters and (first == 0 or tokens[first - 1].kind not in _OPERATORS) and not word.group()[1:].isupper()
