"""What a single character means that is no LaTeX: letters of other alphabets, accents, primes, fractions, roots."""

from __future__ import annotations

import string
import unicodedata

from derive.reader.commands import CHARACTERS, COMBINING, COMMANDS, FRACTIONS, PRIMES, ROOTS, UNICODE, Meaning

LETTERS = frozenset(string.ascii_letters)
_FRACTION = ("frac", "{", "num", "}", "{", "num", "}")


def letter(c: str) -> Meaning:
    """Return what a Latin letter means: a symbol, or the constant e."""
    return ("const", "e") if c == "e" else ("sym", c)


def meanings(c: str) -> tuple[Meaning, ...]:
    """Return the tokens that a character stands for; () if it has no meaning in a formula."""
    if c in ROOTS:
        return ("sqrt", "bare"), ("open", "["), ("num", ROOTS[c]), ("close", "]")
    if c in UNICODE:
        return (_named(UNICODE[c]),)
    if c in FRACTIONS:
        return tuple(zip(_FRACTION, FRACTIONS[c], strict=True))
    if c in PRIMES:
        return (("'", "'"),) * PRIMES[c]
    if c == "ℝ":
        return (("set", "R"),)
    return _styled(c) if c > "\U0001d3ff" else _accented(c)


def named(c: str) -> str:
    """Return a character's name, for an error."""
    name = unicodedata.name(c, "a control character").lower()
    return f"{name} U+{ord(c):04X}" if not "!" <= c <= "~" else f"the character {c}"


def _named(word: str) -> Meaning:
    return COMMANDS.get(word) or CHARACTERS[word]


def _base(c: str) -> Meaning | None:
    """Return what a letter means, Latin or Greek."""
    if c in LETTERS:
        return letter(c)
    return _named(UNICODE[c]) if c in UNICODE else None


def _styled(c: str) -> tuple[Meaning, ...]:
    """Return the letter that a mathematical alphanumeric sign is, bold where its name says so."""
    plain = unicodedata.normalize("NFKD", c)
    base = _base(plain) if plain != c else None
    if base is None:
        return ()
    bold = "BOLD" in unicodedata.name(c, "") and base[0] in ("sym", "const")
    return (("bold", base[1]) if bold else base,)


def _accented(c: str) -> tuple[Meaning, ...]:
    """Return the accent and the letter that a letter with an accent is made of."""
    parts = unicodedata.normalize("NFD", c)
    base = _base(parts[0]) if len(parts) == 2 and parts[1] in COMBINING else None
    return () if base is None else (("accent", COMBINING[parts[1]]), base)
