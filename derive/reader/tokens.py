"""One pass from LaTeX text to tokens with positions, and one that pairs brackets."""

from __future__ import annotations

import re
import string
from difflib import get_close_matches

from derive.errors import LimitError, ReadError, Span, UnsupportedError
from derive.expr.functions import SPELLINGS
from derive.expr.operations import NAMED
from derive.expr.spelling import ALPHABETS
from derive.limits import Limits
from derive.reader.characters import LETTERS, letter, meanings, named
from derive.reader.commands import (
    BOLD,
    CHARACTERS,
    COMBINING,
    COMMANDS,
    DROPPED_WITH_ARGUMENT,
    OPERATORS,
    OPTIMA,
    SCRIPTS,
    SPACING,
    TEXT_WORDS,
    UNICODE,
    UPRIGHT,
    WORD_FONTS,
)
from derive.reader.prose import NUMBERED
from derive.reader.signs import Token, pair

__all__ = ["Token", "pair", "tokenize"]

_TOKEN = re.compile(
    r"""(?P<space>(?:[ \t\r\n~\u00a0\u2000-\u200a\u202f\u205f\u2061\u2062\u3000]|%[^\n]*)+)
    |(?P<num>\d{1,3}(?:(?:\{,\}|\\,)\d{3}(?!\d))+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)
    |(?P<word>[A-Za-z]+)
    |(?P<row>\\\\(?:\*|\s*\[-?[\d.]+(?:pt|em|ex|mm|cm|in)\])?)
    |(?P<sized>\\(?:left|right|middle|[bB]igg?[lrm]?)(?![A-Za-z])[ ]*)
    |(?P<styled>\\(?:operatorname(?:\*|withlimits)?|mathrm|text|textrm|mathit|mathsf|mathtt|textit|mbox)\s*\{[^{}]*\})
    |(?P<rm>\{\\(?:rm|it)\s+[A-Za-z]+\s*\})
    |(?P<letter>\\math(?:rm|sf|it)\s*(?:[A-Za-z](?![A-Za-z])|(?<=\s)[A-Za-z]))
    |(?P<calligraphic>\\(?:mathcal|mathscr|mathfrak)\s*(?:\{\s*[A-Za-z]\s*\}|(?<=\s)[A-Za-z]))
    |(?P<bold>\\(?:mathbf|boldsymbol|bm|pmb|symbf|textbf|mathbb|mathds)\s*(?:\{\s*[A-Za-z01]\s*\}|(?<![A-Za-z])[A-Za-z01]|(?<=[fldmb])[01]))
    |(?P<command>\\(?:[A-Za-z]+|.)?)
    |(?P<script>[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱˣʸᵏᵐ]+|[₀₁₂₃₄₅₆₇₈₉₊₋ₐₑᵢⱼₖₘₙₚᵣₜᵤᵥₓ]+|ᵀ)
    |(?P<char>:=|\*\*|.)""",
    re.VERBOSE | re.DOTALL,
)
_MATH_IN_TEXT = re.compile(r"([^$]*)\$([^$]*)\$\s*")
_DOUBLE_BARS = re.compile(r"\|\|[^|]+\|\|")
_ARGUMENT = re.compile(r"\*?\s*\{(?:[^{}]|\{[^{}]*\})*\}")
_ENVIRONMENT = re.compile(r"\s*\{\s*([A-Za-z]+\*?)\s*\}(?:\{[lcr|@{} ]*\})?")
_CALLED = re.compile(r"[\s\u2061]*(?:\\(?:left|[bB]igg?l?)(?![A-Za-z])\s*)?(?:[(\[^_⁰¹²³⁴⁵⁶⁷⁸⁹⁻]|\\\{)")
_DELIMITER = re.compile(r"\\(?:[A-Za-z]+|.)|.", re.DOTALL)
_WORDS = {w: ("func", name) for w, name in SPELLINGS.items() if w[0] != "\\" and (len(w) > 2 or w in ("ln", "tg"))}
_WORDS |= {w: ("op", name) for w, name in NAMED.items() if w.islower()} | {"sqrt": ("sqrt", "bare")}
_BARE = sorted(_WORDS, key=len, reverse=True)
_BARE_AT_END = re.compile(f"(?:{'|'.join(_BARE)})$")
_TELLING = re.compile("|".join(w for w in _BARE if len(w) > 2 and _WORDS[w][0] == "func") + "|^ln")
_WORD = re.compile(r"[A-Za-z]+")
_FONT = re.compile(r"\\[A-Za-z]+")
_BLANKS = re.compile(r"[ \t\r\n]*")


def tokenize(source: str, limits: Limits | None = None, words: frozenset[str] = frozenset()) -> list[Token]:
    """Return the tokens of a text, closed by one of kind `end`. `words` are bare words that are one name each.

    Raises:
        ReadError: A character or command that is not understood.
        LimitError: A number with more digits than `limits` allows.
    """
    return _Tokenizer(source, limits, words).run()


class _Tokenizer:
    """The state of one pass: the source, and the tokens so far."""

    def __init__(self, source: str, limits: Limits | None, words: frozenset[str]) -> None:
        self.source, self.limits, self.words = source, limits, words
        self.tokens: list[Token] = []
        self.groups: list[tuple[bool, int | None]] = []
        """The open braces while some of them make letters bold: whether this one does, and, if the brace is left out,
        where its command stands."""
        self.norms: set[int] = set()
        """Where the double bars stand that close a norm written `||x||`."""
        self.script = False
        """Whether a sign of a script stands directly before: what it raises or lowers is not bold."""

    def run(self) -> list[Token]:
        source, append, at = self.source, self.tokens.append, 1 if self.source.startswith("\ufeff") else 0
        alone, scan, size = _ALONE, _TOKEN.match, len(self.source)
        while at < size:
            if self.groups:
                at = self.in_group(at)
                continue
            kind, text, longer = alone.get(source[at], _NOT_ALONE)
            if kind and source[at + 1 : at + 2] not in longer:
                append(Token(kind, text, at, at + 1))
                at += 1
                continue
            found = scan(source, at)
            assert found is not None
            at = getattr(self, f"on_{found.lastgroup}")(at, found.end())
        unclosed = next((start for _, start in self.groups if start is not None), None)
        if unclosed is not None:
            raise self.error("this group is never closed", unclosed, source.index("{", unclosed) + 1)
        append(Token("end", "", size, size))
        return self.tokens

    def in_group(self, at: int) -> int:
        r"""Read one token inside of `\mathbf{...}`, where letters are bold but in scripts."""
        c = self.source[at]
        bold = self.groups[-1][0] and not self.script
        if c == "}":
            _, dropped = self.groups.pop()
            self.script = False
            return self.add("}", "}", at, at + 1) if dropped is None else at + 1
        if c == "{" and not _TOKEN.match(self.source, at).group("rm"):  # type: ignore[union-attr]
            self.groups.append((bold, None))
            self.script = False
            return self.add("{", "{", at, at + 1)
        count = len(self.tokens)
        if c in LETTERS:
            self.add(*letter(c), at, at + 1)
            after = at + 1
        else:
            found = _TOKEN.match(self.source, at)
            assert found is not None
            depth = len(self.groups)
            after = getattr(self, f"on_{found.lastgroup}")(at, found.end())
            if found.lastgroup == "space" or len(self.groups) > depth:
                return int(after)
        if bold:
            self.tokens[count:] = [_emboldened(t) for t in self.tokens[count:]]
        self.script = len(self.tokens) > count and self.tokens[-1].kind in ("^", "_")
        return int(after)

    def on_space(self, start: int, stop: int) -> int:
        return stop

    def add(self, kind: str, text: str, start: int, stop: int) -> int:
        self.tokens.append(Token(kind, text, start, stop))
        return stop

    def error(self, message: str, start: int, stop: int, hint: str = "") -> ReadError:
        return ReadError(message, Span(start, stop), hint, self.source)

    def on_num(self, start: int, stop: int) -> int:
        text = self.source[start:stop].replace("{,}", "").replace("\\,", "")
        if self.limits is not None and len(text) > self.limits.digits:
            raise LimitError(
                f"a number of {len(text)} digits; the limit is {self.limits.digits}",
                Span(start, stop), "raise the limit on digits if this is meant", self.source,
            )  # fmt: skip
        previous = self.tokens[-1] if self.tokens else None
        if text[0] == "." and previous is not None and previous.kind == "num" and previous.stop == start:
            raise self.error("a second decimal point in one number", start, start + 1)
        if previous is not None and previous.kind in ("^", "_") and len(text) > 1:  # as TeX sets it
            if "." in text:
                raise self.error("a decimal number needs braces here", start, stop)
            self.add("num", text[0], start, start + 1)
            start, text = start + 1, text[1:]
        return self.add("num", text, start, stop)

    def on_word(self, start: int, stop: int) -> int:
        """Split letters: each is a symbol, but for a function's name before its bracket (`2xcos(x^2)`)."""
        text = self.source[start:stop]
        if text in self.words:
            return self.add("sym", text, start, stop)
        called = _CALLED.match(self.source, stop) is not None
        found = _BARE_AT_END.search(text) if called else None
        name = found[0] if found else ""
        letters = text[: len(text) - len(name)]
        if called and not name and len(text) > 3 and self.source.startswith("(", stop):
            return self.add("word", text, start, stop)
        if _TELLING.search(letters):
            return self.add("word", text, start, stop)
        for i, c in enumerate(letters, start):
            self.add(*letter(c), i, i + 1)
        return self.add(*_WORDS[name], stop - len(name), stop) if name else stop

    def on_row(self, start: int, stop: int) -> int:
        return self.add("row", "", start, stop)

    def on_sized(self, start: int, stop: int) -> int:
        r"""Read a delimiter with its size: `\left(`, `\bigr|`."""
        size = self.source[start:stop].rstrip()[1:]
        found = _DELIMITER.match(self.source, stop)
        if found is None:
            raise self.error(f"\\{size} lacks its delimiter", stop, stop)
        text = UNICODE.get(found.group(), found.group())
        kind, delimiter = COMMANDS.get(text) or CHARACTERS.get(text) or ("", "")
        if kind not in ("open", "close", "bar", "norm", ".", "slash"):
            raise self.error(f"{text} is no delimiter", stop, found.end())
        if size == "middle":
            raise UnsupportedError("\\middle is not read", Span(start, found.end()), "", self.source)
        if size == "left" or (size[-1] == "l" and kind in ("bar", "norm")):
            kind = "open"
        elif size == "right" or (size[-1] == "r" and kind in ("bar", "norm")):
            kind = "close"
        return self.add(kind, delimiter, start, found.end())

    def on_styled(self, start: int, stop: int) -> int:
        r"""Read `\operatorname{..}`, `\mathrm{..}`, `\text{..}`: a function, a word of prose, or a symbol."""
        source = self.source
        brace = source.index("{", start)
        return self.styled(source[start:brace].strip(), source[brace + 1 : stop - 1], start, stop)

    def styled(self, font: str, content: str, start: int, stop: int) -> int:
        """Read words in some font."""
        inner = _MATH_IN_TEXT.fullmatch(content)
        if inner is not None:
            at = self.source.index("$", start) + 1
            self.styled(font, inner[1], start, at)
            self.tokens += [t._replace(start=t.start + at, stop=t.stop + at) for t in tokenize(inner[2])[:-1]]
            return stop
        words = re.sub(r"[\s~]+", " ", content).strip()
        if words in (".", ",", ";", "?"):
            return self.add(*CHARACTERS[words], start, stop)
        if NUMBERED.fullmatch(words):
            return stop
        prose = words.strip(" .,;:").lower()
        if font == r"\mathit" and _WORD.fullmatch(words):
            return self.add("sym", words, start, stop)
        bare = re.sub(r"\\[,;!: ]|\s", "", words)
        if bare in OPTIMA and bare not in SPELLINGS:
            return self.add("opt", OPTIMA[bare], start, stop)
        if words in SPELLINGS:
            return self.add("func", SPELLINGS[words], start, stop)
        if words in NAMED:
            return self.add("op", NAMED[words], start, stop)
        if font == r"\mathsf" and words == "T":
            return self.add("top", "", start, stop)
        if words in OPERATORS and font.startswith(r"\operatorname"):
            return self.add(*OPERATORS[words], start, stop)
        if words in UPRIGHT and font in (r"\mathrm", r"\rm", r"\text", r"\textrm"):
            return self.add(*UPRIGHT[words], start, stop)
        if prose in TEXT_WORDS:
            meaning = TEXT_WORDS[prose]
            return self.add(meaning if meaning in ("and", "or") else "text", meaning, start, stop)
        if _WORD.fullmatch(words):
            return self.add("sym", words, start, stop)
        if not words:
            return stop
        raise self.error(f"{words!r} is neither a name nor a known word", start, stop)

    def on_rm(self, start: int, stop: int) -> int:
        font, content = self.source[start + 1 : stop - 1].split(None, 1)
        return self.styled(font, content, start, stop)

    def on_letter(self, start: int, stop: int) -> int:
        return self.styled(self.source[start : start + 7], self.source[stop - 1 : stop], start, stop)

    def on_calligraphic(self, start: int, stop: int) -> int:
        font = next(a for a in ALPHABETS if self.source.startswith(a, start + 1))
        text = self.source[start + 1 + len(font) : stop].strip(" {}\t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0")
        return self.add("sym", f"{font}{{{text}}}", start, stop)

    def on_bold(self, start: int, stop: int) -> int:
        text = self.source[start:stop]
        font = _FONT.match(text)
        assert font is not None
        letter = re.sub(r"[\s{}]", "", text[font.end() :])
        if font.group() in (r"\mathbb", r"\mathds") and letter not in "1I":
            return self.add("set", letter, start, stop)
        return self.add("bold", letter, start, stop)

    def emboldened(self, font: str, start: int, stop: int) -> int:
        r"""Open `\mathbf{...}`, whose braces do not show, or take the next command: `\boldsymbol\mu`, `{\bf x}`."""
        after = _BLANKS.match(self.source, stop)
        assert after is not None
        at = after.end()
        if font in (r"\bf", r"\bfseries"):
            self.groups.append((True, None))
            return at
        if self.source.startswith("{", at):
            self.groups.append((True, start))
            return at + 1
        command = _FONT.match(self.source, at)
        meaning = COMMANDS.get(command.group(), ("", "")) if command else ("", "")
        if command is None or meaning[0] not in ("sym", "const"):
            return self.add("unsupported", "an empty group of bold letters", start, stop)
        return self.add("bold", meaning[1], start, command.end())

    def on_command(self, start: int, stop: int) -> int:
        text = self.source[start:stop]
        meaning = COMMANDS.get(text)
        if meaning is not None and meaning[0] not in ("begin", "end-env"):
            return self.add(*meaning, start, stop)
        if text in SPACING:
            return stop
        if text in BOLD:
            return self.emboldened(text, start, stop)
        if text in DROPPED_WITH_ARGUMENT:
            found = _ARGUMENT.match(self.source, stop)
            if found is None:
                raise self.error(f"{text} lacks its argument", stop, stop)
            return found.end()
        if meaning is not None:
            found = _ENVIRONMENT.match(self.source, stop)
            if found is None:
                raise self.error(f"{text} lacks the name of its environment", start, stop)
            return self.add(meaning[0], found[1], start, found.end())
        if text in (r"\(", r"\)", r"\[", r"\]"):
            raise self.error(f"{text} inside a formula", start, stop)
        raise self.unknown(text, start, stop)

    def unknown(self, text: str, start: int, stop: int) -> ReadError:
        if len(text) < 2:
            return self.error("a lone backslash", start, stop)
        like = [c for c in (*COMMANDS, *WORD_FONTS, r"\left", r"\right") if c[1].lower() == text[1].lower()]
        close = get_close_matches(text, like, 1, 0.7) if len(text) > 3 else []
        hint = f"did you mean {close[0]}?" if close else ""
        if text[1] == "n" and not close:
            hint = r"is \n a line break that was escaped twice? write \\, or a blank"
        return self.error(f"unknown command {text[:40]}", start, stop, hint)

    def on_script(self, start: int, stop: int) -> int:
        """Read superscript and subscript characters as their LaTeX."""
        sign = SCRIPTS[self.source[start]][0]
        self.add(sign, sign, start, start)
        self.add("{", "{", start, start)
        inner = tokenize("".join(SCRIPTS[c][1] for c in self.source[start:stop]))[:-1]
        self.tokens += [Token(t.kind, t.text, start, stop) for t in inner]
        self.add("}", "}", stop, stop)
        return stop

    def on_char(self, start: int, stop: int) -> int:
        text = self.source[start:stop]
        if text == "|" and (found := _DOUBLE_BARS.match(self.source, start)):
            self.norms.add(found.end() - 2)
        if text == "|" and (start in self.norms or _DOUBLE_BARS.match(self.source, start)):
            return self.add("norm", r"\|", start, start + 2)
        if text in CHARACTERS:
            return self.add(*CHARACTERS[text], start, stop)
        if text == ":=":
            return self.add("rel", "=", start, stop)
        if text == "**" and [t.kind for t in self.tokens[-2:]] == ["^", "{"]:
            self.add("*", "*", start, start + 1)
            return self.add("*", "*", start + 1, stop)
        if text == "**":
            raise self.error("** is no operator", start, stop, "write ^ for a power")
        if text in COMBINING:
            return self.accented(COMBINING[text], start, stop)
        meant = meanings(text)
        if not meant:
            raise self.error(f"{named(text)} has no meaning in a formula", start, stop)
        for meaning in meant:
            self.add(*meaning, start, stop)
        return stop

    def accented(self, accent: str, start: int, stop: int) -> int:
        """Put an accent, which follows its letter as a character of its own, before the letter."""
        at = len(self.tokens) - 1
        base = self.tokens[at] if self.tokens else Token("end", "", start, start)
        named_by_command = self.source[base.start] == "\\"
        if base.kind not in LETTER_KINDS or base.stop != start or named_by_command or start - base.start > MOST_ACCENTS:
            raise self.error(f"{named(self.source[start])} belongs to a letter", start, stop)
        self.tokens[at] = base._replace(stop=stop)
        while at and self.tokens[at - 1].kind == "accent" and self.tokens[at - 1].start == base.start:
            at -= 1
        self.tokens.insert(at, Token("accent", accent, base.start, stop))
        return stop


LETTER_KINDS = frozenset(("sym", "const", "bold"))
MOST_ACCENTS = 3
"""How many characters for accents may follow a letter."""


def _emboldened(token: Token) -> Token:
    bold = token.kind in ("sym", "const") or (token.kind == "num" and token.text in ("0", "1"))
    return token._replace(kind="bold") if bold else token


_DIGITS = frozenset(string.digits)
_LONGER = {"|": frozenset("|"), "{": frozenset("\\"), "*": frozenset("*"), ":": frozenset("="), ".": _DIGITS}
_ALONE: dict[str, tuple[str, str, frozenset[str]]] = {
    **{c: (*meaning, _LONGER.get(c, frozenset())) for c, meaning in CHARACTERS.items()},
    **{c: (*letter(c), LETTERS) for c in LETTERS},
    **{c: ("num", c, _DIGITS | {".", "{", "\\"}) for c in _DIGITS},
}
"""The tokens of one character, most of all there are: kind, text, and what behind them makes a longer one."""
_NOT_ALONE = ("", "", frozenset[str]())
