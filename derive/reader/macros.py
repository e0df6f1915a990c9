"""The user's TeX macros, collected from a text or a preamble; `expansion` puts them into effect."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from derive.errors import ReadError, Span, UnsupportedError
from derive.reader.expansion import BLANKS, Expansion, Macro, expand, partners, stripped

__all__ = ["Expansion", "Macro", "definitions", "expand"]


def definitions(
    text: str, *, document: bool = False, known: Mapping[str, Macro] | None = None
) -> tuple[dict[str, Macro], str]:
    """Return the macros that a text defines, and the text with spaces in place of the definitions.

    A macro holds for the whole text. Of a `document` only what precedes its body is read, and what is not
    understood there is passed over. `known` are the macros defined elsewhere before.

    Raises:
        ReadError: A definition is not complete, or contradicts an earlier one.
        UnsupportedError: A definition of a kind that is not read.
    """
    if not any(definer in text for definer in _DEFINERS):
        return {}, text
    return _Definitions(text, document, known or {}).run()


class _Definitions:
    """One pass over a text, from definition to definition."""

    def __init__(self, text: str, document: bool, known: Mapping[str, Macro]) -> None:
        self.text, self.document, self.known = text, document, known
        self.control = _CONTROL_AT if document else _CONTROL
        self.stop = _body_of(text) if document else len(text)
        self.partners = partners(text[: self.stop])
        self.macros: dict[str, Macro] = {}
        self.places: dict[str, int] = {}
        self.at = self.start = self.prose = 0

    def run(self) -> tuple[dict[str, Macro], str]:
        """Return the macros, and the text without their definitions."""
        kept: list[str] = []
        shown = 0
        while found := self.control.search(self.text, self.at, self.stop):
            definer = found.group()
            if definer[0] != "%" and (definer not in _DEFINERS or self.text[self.at : found.start()].strip()):
                self.prose = found.start()
            self.at, self.start = found.end(), found.start()
            if definer not in _DEFINERS:
                continue
            try:
                _DEFINERS[definer](self, definer)
            except (ReadError, UnsupportedError):
                if not self.document:
                    raise
                continue
            kept += [self.text[shown : self.start], " " * (self.at - self.start)]
            shown = self.at
        return self.macros, "".join([*kept, self.text[shown:]])

    def error(self, message: str, start: int, stop: int, hint: str = "") -> ReadError:
        return ReadError(message, Span(start, max(stop, start + 1)), hint, self.text)

    def unsupported(self, message: str, hint: str = "") -> UnsupportedError:
        return UnsupportedError(message, Span(self.start, self.at), hint, self.text)

    def next(self) -> str:
        """Pass over blanks and return the next character, "" at the end."""
        blanks = BLANKS.match(self.text, self.at, self.stop)
        self.at = blanks.end() if blanks else self.at
        return self.text[self.at : min(self.at + 1, self.stop)]

    def group(self, definer: str) -> tuple[int, int]:
        """Read one token, or what stands in one pair of braces; return where."""
        sign = self.next()
        if sign in ("", "}"):
            raise self.error(f"this {definer} is not complete", self.start, self.at)
        start = self.at
        if sign == "{":
            return start + 1, self.closed("{")
        found = self.control.match(self.text, start, self.stop)
        self.at = found.end() if found else start + 1
        return start, self.at

    def closed(self, opener: str) -> int:
        """Go behind the partner of the bracket that comes next, and return where that stands."""
        start = self.at
        self.at += 1
        if start not in self.partners:
            raise self.error(f"{opener} is never closed", start, start + 1)
        self.at = self.partners[start] + 1
        return self.partners[start]

    def option(self) -> tuple[int, int] | None:
        """Read what stands in square brackets, if they come next; return where."""
        if self.next() != "[":
            return None
        start = self.at + 1
        return stripped(self.text, self.partners, start, self.closed("["))

    def name(self, definer: str) -> str:
        """Read the name that is defined."""
        start, stop = self.group(definer)
        name = self.text[start:stop].strip()
        if name != "~" and (name[:1] != "\\" or len(name) < 2 or not self.control.fullmatch(name)):
            hint = f"write {definer}{{\\{name}}}{{..}}" if name.isalpha() else ""
            raise self.error(f"{definer} needs a name that begins with a backslash", start, stop, hint)
        return name

    def body(self, definer: str, parameters: int) -> str:
        """Read the body of a macro, in which only its own parameters may stand."""
        start, stop = self.group(definer)
        for found in _IN_BODY.finditer(self.text, start, stop):
            sign = found.group()
            if sign[0] == "#" and not (sign[1:].isdecimal() and 1 <= int(sign[1:]) <= parameters):
                message = f"{sign} in the body of a macro of {parameters} parameters"
                raise self.error(message, found.start(), found.end())
            if sign in _DEFINERS:
                raise self.error("a definition inside of a definition", found.start(), found.end())
            if "@" in sign and sign[0] == "\\" and self.document:
                raise self.unsupported(f"the internal command {sign}")
        return self.text[start:stop]

    def add(self, macro: Macro) -> None:
        """Keep a macro. Two meanings of one name are read only if the first is never used."""
        name = macro.name
        if self.places.get(name, self.prose) < self.prose and macro != self.macros[name] and not self.document:
            hint = "a macro has one meaning in the whole text: choose another name"
            raise self.error(f"{name} is defined a second time", self.start, self.at, hint)
        if "@" not in name:
            self.macros[name] = macro
            self.places[name] = self.start

    def command(self, definer: str) -> None:
        r"""Read `\newcommand{\name}[2][default]{body}` and its kin."""
        self.star()
        name = self.name(definer)
        count = self.option()
        default = self.option() if count else None
        parameters = self.number(count) if count else 0
        if default and not parameters:
            raise self.error("a default without a parameter", *default)
        macro = Macro(name, parameters, self.text[slice(*default)] if default else None, self.body(definer, parameters))
        if definer != r"\providecommand" or (name not in self.macros and name not in self.known):
            self.add(macro)

    def star(self) -> bool:
        if self.next() != "*":
            return False
        self.at += 1
        return True

    def number(self, place: tuple[int, int]) -> int:
        text = self.text[slice(*place)].strip()
        if not re.fullmatch("[0-9]", text):
            what = "more than 9 parameters" if re.fullmatch("[0-9]+", text) else "the number of parameters is no number"
            raise self.error(what, *place)
        return int(text)

    def define(self, definer: str) -> None:
        r"""Read `\def\name#1#2{body}`."""
        name = self.name(definer)
        found = _BEFORE_BODY.match(self.text, self.at, self.stop)
        start, self.at = self.at, found.end() if found else self.at
        signs = re.sub(r"%[^\n]*\s*", "", self.text[start : self.at]).lstrip()
        if self.next() != "{":
            raise self.error(f"{definer}{name} lacks its body", self.start, self.at)
        parameters = len(signs) // 2
        plain = signs == "".join(f"#{i}" for i in range(1, min(parameters, 9) + 1))
        body = self.body(definer, parameters if plain else 9)
        if not plain:
            hint = f"write \\newcommand{{{name}}}[1]{{..}}"
            raise self.unsupported("a macro whose arguments end at signs of their own is not read", hint)
        if definer in (r"\edef", r"\xdef"):
            raise self.unsupported(f"{definer}, which expands its body at once, is not read", r"write \def")
        self.add(Macro(name, parameters, None, body))

    def let(self, definer: str) -> None:
        r"""Read `\let\name=\other`, which keeps what the other means now."""
        name = self.name(definer)
        if self.next() == "=":
            self.at += 1
        sign = self.next()
        if sign in ("", "{", "}"):
            raise self.error(f"{definer}{name} lacks what it stands for", self.start, self.at)
        start, stop = self.group(definer)
        other = self.text[start:stop]
        macro = self.macros.get(other) or self.known.get(other) or Macro(other, 0, None, other, final=True)
        if self.document and "@" in other:
            raise self.unsupported(f"the internal command {other}")
        self.add(replace(macro, name=name))

    def operator(self, definer: str) -> None:
        r"""Read `\DeclareMathOperator{\name}{text}`."""
        star = "*" if self.star() else ""
        name = self.name(definer)
        self.add(Macro(name, 0, None, f"\\operatorname{star}{{{self.body(definer, 0)}}}"))

    def delimiters(self, definer: str) -> None:
        r"""Read `\DeclarePairedDelimiter{\name}{left}{right}`: `\name{x}`, `\name*{x}`, `\name[\big]{x}`."""
        name = self.name(definer)
        left, right = (self.body(definer, 0).strip() for _ in range(2))
        left, right = _OPENING.get(left, left), _CLOSING.get(right, right)
        self.add(Macro(name, 2, "", f"#1{left}#2#1{right}", starred=rf"\left{left}#2\right{right}"))

    def environment(self, definer: str) -> None:
        r"""Refuse `\newenvironment`, together with what it holds."""
        self.star()
        self.group(definer)
        while self.option():
            pass
        for _ in range(2):
            self.group(definer)
        raise self.unsupported("the user's own environments are not read")


_CONTROL = re.compile(r"%[^\n]*|\\(?:[A-Za-z]+|.)?", re.DOTALL)
_CONTROL_AT = re.compile(r"%[^\n]*|\\(?:[A-Za-z@]+|.)?", re.DOTALL)
_IN_BODY = re.compile(r"%[^\n]*|\\(?:[A-Za-z@]+|.)?|#.?", re.DOTALL)
_BEFORE_BODY = re.compile(r"(?:[^\\{}%]+|\\.|%[^\n]*)*", re.DOTALL)
_BEGIN = re.compile(r"%[^\n]*|(\\begin\s*\{document\})|\\.", re.DOTALL)
_OPENING = {"|": r"\lvert", r"\vert": r"\lvert", r"\|": r"\lVert", r"\Vert": r"\lVert"}
_CLOSING = {"|": r"\rvert", r"\vert": r"\rvert", r"\|": r"\rVert", r"\Vert": r"\rVert"}
"""Bars that say which side they stand on: they nest, which plain ones do not."""

_DEFINERS: dict[str, Callable[[_Definitions, str], None]] = {
    r"\newcommand": _Definitions.command,
    r"\renewcommand": _Definitions.command,
    r"\providecommand": _Definitions.command,
    r"\DeclareRobustCommand": _Definitions.command,
    r"\def": _Definitions.define,
    r"\gdef": _Definitions.define,
    r"\edef": _Definitions.define,
    r"\xdef": _Definitions.define,
    r"\let": _Definitions.let,
    r"\DeclareMathOperator": _Definitions.operator,
    r"\DeclarePairedDelimiter": _Definitions.delimiters,
    r"\newenvironment": _Definitions.environment,
    r"\renewenvironment": _Definitions.environment,
}


def _body_of(text: str) -> int:
    r"""Return where `\begin{document}` stands, the end of the text if it does not."""
    return next((found.start() for found in _BEGIN.finditer(text) if found[1]), len(text))
