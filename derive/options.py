"""The options of `derive.solve` and `derive.render`, as files and documents give them: one table.

A file gives an option as text; what the library takes is made of it here. A name has dashes in files and flags
(`log-base`), and underscores in the library (`log_base`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from math import inf
from typing import TypeAlias

from derive.errors import DeriveError

Value: TypeAlias = str | int | float | bool | tuple[str, ...]


class OptionError(DeriveError):
    """An option is unknown, or has a value that it cannot have."""

    code = "D603"


@dataclass(frozen=True, slots=True)
class Option:
    """One option: of `render` if it is `shown`, else of `solve`.

    `kind` is `text`; `texts`, of which there may be several; `words`, divided by commas; `choice`, one of `choices`;
    `integer` or `number`, from `least` to `most`; or `flag`.
    """

    name: str
    kind: str
    says: str
    choices: tuple[str, ...] = ()
    shown: bool = False
    least: float = -inf
    most: float = inf

    @property
    def key(self) -> str:
        """Its name in the library."""
        return self.name.replace("-", "_")

    @property
    def several(self) -> bool:
        """Whether it may be given several times."""
        return self.kind == "texts"

    def value(self, texts: Sequence[str]) -> Value:
        """Return what the library takes for the texts that a file gives: one of them, unless there may be `several`.

        Raises:
            OptionError: The option cannot have this value.
        """
        given = [text.strip() for text in texts]
        if self.kind != "flag" and not all(given):
            raise OptionError(f"{self.name} has no value", hint=f"{self.name}=...")
        if self.several:
            return tuple(given)
        if len(given) > 1:
            raise OptionError(f"{self.name} is given twice", hint="leave one of them out")
        return _READ[self.kind](self, given[0])

    def _choice(self, text: str) -> str:
        if text not in self.choices:
            raise OptionError(f"{self.name} cannot be {text[:40]!r}", hint=_instead(text, self.choices, "there are"))
        return text

    def _flag(self, text: str) -> bool:
        if text.lower() not in _TRUTH:
            raise OptionError(f"{self.name} is yes or no, not {text[:40]!r}", hint=f"{self.name}=yes")
        return _TRUTH[text.lower()]

    def _number(self, text: str) -> float:
        try:
            number: float = int(text) if self.kind == "integer" else float(text)
        except ValueError:
            number = inf
        if not self.least <= number <= self.most:
            wanted = "a whole number" if self.kind == "integer" else "a number"
            raise OptionError(f"{self.name} is {wanted} from {self.least:g} to {self.most:g}, not {text[:40]!r}")
        return number

    def _words(self, text: str) -> tuple[str, ...]:
        return tuple(word for part in text.split(",") if (word := part.strip()))


_TRUTH = {"": True, "yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}

_READ: Mapping[str, Callable[[Option, str], Value]] = {
    "text": lambda option, text: text,
    "words": Option._words,
    "choice": Option._choice,
    "flag": Option._flag,
    "integer": Option._number,
    "number": Option._number,
}

METHODS = (
    "auto",
    "direct",
    "single-variable-chain",
    "total-derivative-chain",
    "vector-chain",
    "components",
    "explicit",
    "generic",
    "all",
)  # fmt: skip

FLAVORS = ("dollar", "gfm", "kramdown", "mkdocs", "myst", "quarto", "pandoc", "hugo", "brackets")

OPTIONS = (
    Option("wrt", "texts", "Variable; several give several answers, `x y` one after the other."),
    Option("let", "texts", r"A declaration, `\mathbf{x} \in \mathbb{R}^n`, or a definition, `u = x^2`."),
    Option("define", "texts", "Name a part of the formula: `z = wx + b`."),
    Option("names", "words", "Letters of the intermediates: `u`, or `u,v,w`."),
    Option("name", "texts", "Write the answers in a term that has a name: `r = Ax - b`."),
    Option("step", "text", r"Add a step of gradient descent with this rate: `\eta`."),
    Option("task", "choice", "What to find.", ("derivative", "gradient", "jacobian", "hessian")),
    Option("order", "integer", "Order of the derivative.", least=1, most=20),
    Option("at", "texts", "A point: `x = 2`. Prints the values there."),
    Option("layout", "choice", "Whether a gradient is a row or a column.", ("numerator", "denominator")),
    Option("method", "choice", "Way of working.", METHODS),
    Option("grain", "choice", "How finely the formula is split.", ("natural", "operator")),
    Option("factors", "choice", "Order of the factors of the chain rule.", ("backward", "forward")),
    Option("simplify", "choice", "How far the answer is simplified.", ("none", "tidy", "full")),
    Option("verify", "choice", "`symbolic`: SymPy proves what it can as well.", ("numeric", "symbolic")),
    Option("oracle", "flag", "Let latex2sympy2 read and SymPy differentiate too, and compare."),
    Option("reader", "choice", "What reads the formula.", ("derive", "latex2sympy2")),
    Option("notation", "text", "`standard`, `paper`, or the path of a notation file."),
    Option("macros", "texts", "TeX macros, or the path of a file that defines some."),
    Option("log-base", "choice", r"What `\log` means.", ("e", "10")),
    Option("allow-unchecked", "flag", "Print lines that could not be checked, with a mark."),
    Option("detail", "choice", "How much of the working is shown.", ("answer", "brief", "normal", "full"), shown=True),
    Option("flavor", "choice", "Dialect of Markdown.", FLAVORS, shown=True),
    Option("shapes", "choice", "Tell the shapes of vectors.", ("text", "boxes"), shown=True),
    Option("graph", "flag", "Show the graph of the working in the page.", shown=True),
    Option("width", "number", "Break rows at this width, in ems.", shown=True, least=10, most=500),
    Option("lang", "text", "Language of the words: `en`, `de`.", shown=True),
)  # fmt: skip


def table(options: Iterable[Option]) -> dict[str, Option]:
    """Return options by their names."""
    return {option.name: option for option in options}


def unknown(name: str, known: Iterable[str]) -> OptionError:
    """Return the error for a name that no option has."""
    return OptionError(f"unknown option {name[:40]}", hint=_instead(name, tuple(known), "the options are"))


def _instead(word: str, known: Sequence[str], otherwise: str) -> str:
    close = get_close_matches(word, known, 1)
    return f"did you mean {close[0]}?" if close else f"{otherwise} {', '.join(known)}"


_FLAG = re.compile(
    rf"--({'|'.join(sorted((o.name for o in OPTIONS), key=len, reverse=True))})\b(?: (?!out\b)(?=['\\\w]))?"
)


def as_in_files(text: str, sign: str) -> str:
    """Return advice on options of the command line as it is for files: `--wrt x` is `wrt=x` with the sign `=`."""
    return _FLAG.sub(lambda found: found[1] + (sign if found[0].endswith(" ") else ""), text)


__all__ = ["FLAVORS", "METHODS", "OPTIONS", "Option", "OptionError", "Value", "as_in_files", "table", "unknown"]
