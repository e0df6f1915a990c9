r"""LaTeX: the blocks of derive in a document, `\begin{derive}[options]` and displays with `% derive: options` above.

All that stands in comments, in verbatim text, in the definition of a command or an environment, between `\iffalse` and
`\fi` and behind `\end{document}` is left alone.
"""

from __future__ import annotations

import re
from dataclasses import replace

from derive.weave.edits import line_start
from derive.weave.model import Block, Declaration, Earlier, Item
from derive.weave.options import DECLARING
from derive.weave.said import DocumentError, Place, Said, closing, said_in_words
from derive.weave.text import Text, taken

_VERBATIM = frozenset(
    "verbatim Verbatim BVerbatim LVerbatim SaveVerbatim lstlisting minted comment alltt filecontents tcblisting "
    "LTXexample sourcecode verbatimtab pycode sagesilent".split()
)
_TOKEN = re.compile(
    r"(?P<comment>%[^\r\n]*)|\\begin[ \t]*\{(?P<begin>[A-Za-z]+)\*?\}|(?P<last>\\end[ \t]*\{document\})|"
    r"\\(?:verb|(?:Verb|lstinline)(?:\[[^][\r\n]*\])?|mintinline(?:\[[^][\r\n]*\])?\{[^{}\r\n]*\})\*?"
    r"(?:(?P<mark>[^\sA-Za-z*\[{])[^\r\n]*?(?P=mark)|\{(?:[^{}\r\n]|\{[^{}\r\n]*\})*\})|"
    r"(?P<off>\\iffalse)(?![A-Za-z@])|\\(?:(?P<word>[A-Za-z@]+)|.)"
)
_DEFINERS = {
    **dict.fromkeys("def gdef edef xdef newcommand renewcommand providecommand DeclareRobustCommand".split(), 1),
    **dict.fromkeys("newenvironment renewenvironment".split(), 2),
    **{f"{how}DocumentCommand": 2 for how in ("New", "Renew", "Provide", "Declare")},
    **{f"{how}DocumentEnvironment": 3 for how in ("New", "Renew", "Provide", "Declare")},
}
"""What defines something, and how many arguments in braces it has behind the name of that."""
_DEFINED = re.compile(r"\s*\*?\s*(?:\{[^{}]*\}|\\(?!begin\b|end\b)(?:[A-Za-z@]+|.)|[^\s{}\\])")
_UP_TO_ARGUMENT = re.compile(r"(?:[^{}\\%[]|%[^\r\n]*|\[[^][\r\n]*\]){0,200}(?=\{)")
_LONGEST = 10_000
"""An argument of a definition with more characters is not told from one that is never closed."""
_CONDITION = re.compile(r"%[^\r\n]*|\\(?P<word>if(?!f\b|thenelse\b)[A-Za-z@]*|fi|else)(?![A-Za-z@])|\\.", re.DOTALL)
_COMMENT = re.compile(r"%+[ \t]*derive:(?P<word>begin\b|end\b|(?=[ \t]|$)).*")
_DIRECTIVE = re.compile(r"(?:(?:\r\n|\r|\n)[ \t]*)?%+[ \t]*derive:(?=\s|\Z)(?P<rest>[^\r\n]*)")
"""A comment with options, on the next line if there was one already."""
_GAP = re.compile(r"(?:\s+|%(?!%*[ \t]*derive:)[^\r\n]*)*")
_EMPTY_LINE = re.compile(r"(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)")
_DISPLAY = re.compile(
    r"(?P<opener>\\\[|\$\$)|\\begin[ \t]*\{(?P<name>(?:equation|align|alignat|flalign|gather|multline|eqnarray"
    r"|displaymath|dmath)\*?)\}"
)
_REST = re.compile(r"[ \t]*(?:%[^\r\n]*)?(?=[\r\n]|\Z)")
_OPTIONS = re.compile(r"[ \t]*\[")
_SIGN = re.compile(r"%[^\r\n]*|\\.|[\[\]{}]", re.DOTALL)
_EARLIER = re.compile(
    r"[^\r\n]*+\s*?[\r\n](?P<all>[ \t]*%+[ \t]*derive:begin\b(?P<inside>[^%]*)%+[ \t]*derive:end\b[ \t]*)(?=[\r\n]|\Z)"
)
_INPUT = re.compile(r"\s*\\input\{(?P<name>[^{}]*)\}\s*")
_REMARK = re.compile(r"(\\.)|%[^\n]*\n?[ \t]*", re.DOTALL)
_TAG = re.compile(r"\\(?:label|tag\*?)\s*\{")


def latex_items(document: str, place: Place) -> list[Item]:
    """Return the blocks and declarations of a document, in their order.

    Raises:
        DocumentError: Markers are missing, or not as they were written.
    """
    return _Latex(document, place).run()


def is_numbered(formula: str) -> bool:
    r"""Tell whether a formula has a `\label` or a `\tag`."""
    return _TAG.search(formula) is not None


def as_tex_sees(text: str) -> str:
    """Return a text without comments, with single blanks: what differs in nothing else is the same to TeX."""
    return " ".join(_REMARK.sub(r"\1", text).split())


class _Latex:
    def __init__(self, document: str, place: Place) -> None:
        self.document, self.place = document, place
        self.items: list[Item] = []
        self.at = 0
        self.unclosed = 0
        """Up to here, a definition that is never closed was looked at already."""

    def run(self) -> list[Item]:
        while found := _TOKEN.search(self.document, self.at):
            self.at = found.end()
            if found["last"]:
                break
            if found["comment"]:
                self.comment(found)
            elif found["off"]:
                self.at = self.behind_condition(found.end())
            elif found["begin"] in _VERBATIM:
                name = found[0][found[0].index("{") :]
                stop = self.document.find(f"\\end{name}", found.end())
                self.at = stop if stop >= 0 else len(self.document)
            elif found["begin"] == "derive":
                self.environment(found)
            elif found["word"] in _DEFINERS:
                self.at = self.behind_definition(found.end(), _DEFINERS[found["word"]])
        return self.items

    def behind_definition(self, at: int, arguments: int) -> int:
        """Return where a definition ends of which the name comes next; if it does not end, where it began."""
        name = _DEFINED.match(self.document, at)
        if name is None or at < self.unclosed:
            return at
        stop = name.end()
        for _ in range(arguments):
            argument = _UP_TO_ARGUMENT.match(self.document, stop)
            if argument is None:
                return at
            behind = closing(self.document, argument.end(), _LONGEST)
            if behind is None:
                self.unclosed = argument.end() + _LONGEST
                return at
            stop = behind
        return stop

    def behind_condition(self, at: int) -> int:
        r"""Return where the text goes on that an `\iffalse` leaves out."""
        depth = 1
        for found in _CONDITION.finditer(self.document, at):
            word = found["word"] or ""
            depth += word.startswith("if") - (word == "fi")
            if not depth or (depth == 1 and word == "else"):
                return found.end()
        return len(self.document)

    def indent(self, at: int) -> str | None:
        """Return the blanks before a place, if nothing else stands before it on its line."""
        before = self.document[line_start(self.document, at) : at]
        return before.strip("\ufeff") if not before.strip(" \t\ufeff") else None

    def comment(self, found: re.Match[str]) -> None:
        """Read a comment; if it is ours, with those of ours directly below it."""
        ours = _COMMENT.fullmatch(found[0])
        if ours is None or self.indent(found.start()) is None:
            return
        if ours["word"]:
            says = "this solution has no display before it, or its markers are not as they were written"
            raise self.place.error(found.start(), says, "delete it, with both of its markers")
        said, fault = list[Said](), None
        self.at = found.start()
        while line := _DIRECTIVE.match(self.document, self.at):
            try:
                said += said_in_words(taken(self.document, *line.span("rest")), self.place)
            except DocumentError as error:
                fault = fault or error
            self.at = line.end()
        self.directive(found.start(), tuple(said), fault)

    def directive(self, start: int, said: tuple[Said, ...], fault: DocumentError | None) -> None:
        """Take options for the display that comes next, or for what holds from here on."""
        declares = bool(said) and all(s.name.replace("_", "-") in DECLARING for s in said)
        gap = _GAP.match(self.document, self.at)
        assert gap is not None
        display = _DISPLAY.match(self.document, gap.end())
        if display and not (declares and _EMPTY_LINE.search(gap[0])):
            self.display(display, said, fault)
            return
        if fault is None and not declares:
            hint = f"only {', '.join(sorted(DECLARING))} can be said for the rest of the document"
            fault = self.place.error(start, "no display follows this comment", hint)
        self.items.append(Declaration(start, said, fault))

    def display(self, found: re.Match[str], said: tuple[Said, ...], fault: DocumentError | None) -> None:
        opener = found["opener"]
        closer = {"\\[": "\\]", "$$": "$$"}.get(opener, f"\\end{{{found['name']}}}")
        inner = self.closed(found.end(), closer)
        if inner is None:
            says = "this display is not closed"
            fault = self.place.error(found.start(), says, "a display has no empty line in it")
            inner = found.end() - len(closer)
        start, behind = found.start(), inner + len(closer)
        rest = _REST.match(self.document, behind)
        if rest is None and fault is None:
            says = "more stands behind this display on its line"
            fault = self.place.error(behind, says, "begin a new line there: the solution comes between")
        formula = taken(self.document, found.end(), inner) if opener else taken(self.document, start, behind)
        self.at = rest.end() if rest else behind
        block = Block("display", formula.stripped(), start, self.at, said, self.indent(start) or "", fault=fault)
        self.items.append(replace(block, earlier=self.earlier()))

    def closed(self, at: int, closer: str, *, in_paragraph: bool = True) -> int | None:
        """Return where something closes: a display before the next empty line, or comment of ours; a block anywhere."""
        pattern = re.compile(
            rf"%[^\r\n]*|(?P<closer>{re.escape(closer)})|\\.|(?P<empty>{_EMPTY_LINE.pattern})", re.DOTALL
        )
        for found in pattern.finditer(self.document, at):
            if found["closer"]:
                return found.start()
            if in_paragraph and (found["empty"] or _COMMENT.fullmatch(found[0])):
                return None
        return None

    def earlier(self) -> Earlier | None:
        """Return the solution that stands behind a display from an earlier time."""
        found = _EARLIER.match(self.document, self.at)
        if found is None:
            return None
        name = _INPUT.fullmatch(found["inside"])
        if name is None:
            says = "between the markers stands more than the name of one file"
            raise self.place.error(found.start("all"), says, "delete what stands there, with both of the markers")
        self.at = found.end()
        return Earlier(found.start("all"), found.end("all"), name=name["name"])

    def environment(self, found: re.Match[str]) -> None:
        r"""Read `\begin{derive}[options] formula \end{derive}`."""
        at = found.end()
        options = Text("", (at,))
        fault: DocumentError | None = None
        said: list[Said] = []
        opening = _OPTIONS.match(self.document, at)
        if opening:
            stop = self.bracket(opening.end())
            options = taken(self.document, opening.end(), stop)
            at = min(stop + 1, len(self.document))
            try:
                said = said_in_words(options, self.place, commas=True)
            except DocumentError as error:
                fault = error
        stop = self.closed(at, r"\end{derive}", in_paragraph=False) or -1
        if stop < 0:
            fault = self.place.error(found.start(), r"this \begin{derive} has no \end{derive}")
            stop = len(self.document)
        body = taken(self.document, at, stop)
        self.at = min(stop + len(r"\end{derive}"), len(self.document))
        block = Block("environment", body.stripped(), found.start(), self.at, tuple(said), fault=fault)
        self.items.append(replace(block, head=options.text, body=body.text, prefix=self.indent(found.start()) or ""))

    def bracket(self, at: int) -> int:
        """Return where the bracket closes that opened before a place."""
        braces = brackets = 0
        for found in _SIGN.finditer(self.document, at):
            braces += (found[0] == "{") - (found[0] == "}")
            if not braces:
                brackets += (found[0] == "[") - (found[0] == "]")
            if brackets < 0:
                return found.start()
        return len(self.document)
