r"""The text of an author as it is written in an output, where it is text and nothing else.

Markdown is read by many tools. What all of them take from behind a backslash is written so; the rest are entities,
which also keep Liquid, Hugo and other template languages from finding a `{{` or `{%`, and MathJax a `\[`.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

from derive.writer.commands import SIGNS
from derive.writer.flavors import FLAVORS, Flavor
from derive.writer.mathml import mathml
from derive.writer.prose import Line, Paragraph, Prose, trimmed

Written: TypeAlias = Prose | Line


@dataclass(frozen=True, slots=True)
class Output:
    """How text and formulas are written; `text` is told whether it begins a paragraph, and whether a formula is before.

    `around` is what is around each run of text, `within` stands between it and a display in the same paragraph, and
    `apart` between paragraphs.
    """

    text: Callable[[str, bool, bool], str]
    inline: Callable[[str], str]
    display: Callable[[str], str]
    around: tuple[str, str] = ("", "")
    within: str = "\n\n"
    apart: str = "\n\n"
    plain: Callable[[str], str] = str

    def lined(self, line: Line) -> str:
        """Return a line as it stands within another text."""
        return self._run(line.segments)

    def written(self, prose: Prose) -> str:
        """Return prose with its paragraphs."""
        pieces: list[str] = []
        shown = True
        for paragraph in prose.paragraphs:
            joined = not pieces or shown or paragraph[0].kind == "display"  # a display stands in its paragraph
            pieces += [self.within if joined and pieces else self.apart if pieces else "", self._paragraph(paragraph)]
            shown = paragraph[-1].kind == "display"
        return "".join(pieces)

    def bare(self, text: Written) -> str:
        """Return the text in one line without any marks, for titles and attributes."""
        return self.plain((text.line if isinstance(text, Prose) else text).plain)

    def _paragraph(self, paragraph: Paragraph) -> str:
        """Return a paragraph; displays stand between its parts."""
        cuts = [k for k, segment in enumerate(paragraph) if segment.kind == "display"]
        starts, stops = [0, *(k + 1 for k in cuts)], [*cuts, len(paragraph)]
        parts = [self._part(paragraph[start:stop]) for start, stop in zip(starts, stops, strict=True)]
        shown = [self.display(paragraph[k].text) for k in cuts]
        woven = [parts[0], *(text for pair in zip(shown, parts[1:], strict=True) for text in pair)]
        return self.within.join(filter(None, woven))

    def _part(self, segments: Paragraph) -> str:
        run = self._run(tuple(trimmed(segments)))
        return run and self.around[0] + run + self.around[1]

    def _run(self, segments: Paragraph) -> str:
        pieces: list[str] = []
        behind_formula = False
        for k, (kind, text) in enumerate(segments):
            pieces.append(self.text(text, k == 0, behind_formula) if kind == "text" else self.inline(text))
            behind_formula = kind != "text"
        return "".join(pieces)


# LaTeX ----------------------------------------------------------------------------------------------------------------

_LATEX: Final = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%",
        "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
        "|": r"\textbar{}", "[": "{[}", "]": "{]}", "*": "{*}", "\u00a0": "~", "\u202f": r"\,",
        "\u200b": None, "\u200c": None, "\u200d": None, "\u2060": None, "\ufeff": None,
        **{sign: rf"\ensuremath{{{latex}}}" for sign, latex in SIGNS.items()},
    }
)  # fmt: skip
_OPENING: Final = re.compile(r'(?:(?<=[\s(\[{–—-])|\A)"')


def _latex_text(text: str, starts: bool, behind_formula: bool) -> str:
    opened = text if behind_formula and text[:1] == '"' else _OPENING.sub("``", text)
    return opened.replace('"', "''").translate(_LATEX)


_INTO_LATEX: Final = Output(
    text=_latex_text,
    inline=lambda latex: f"${latex}$",
    display=lambda latex: rf"\[ {latex} \]",
    within="\n",
    plain=lambda text: _latex_text(text, True, False),
)

# Markdown -------------------------------------------------------------------------------------------------------------

_MARKDOWN: Final = str.maketrans(
    {
        **{c: "\\" + c for c in "\\`*_#"},
        **{c: f"&#{ord(c)};" for c in "{}[]|~^@"},
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
    }
)
_LINKED: Final = re.compile(r":(?=\S)|(?<=www)\.", re.IGNORECASE)
"""What makes GitHub and Hugo link an address, and others print a picture for :smile:."""

_FIRST: Final = frozenset("-+=!?:%(")
"""Signs that begin a list, a heading, a box, a definition, a comment or a target, where they begin a line."""

_LISTED: Final = re.compile(r"\A\(?(?:(?:\d+|[a-z]|[ivxlcdm]+|[IVXLCDM]{2,})[.)]|[A-Z]\))(?=\s|\Z)")
_RELATION: Final = re.compile(r" ?([<>]) ?")
_KEEPS_RELATIONS: Final = ("pandoc", "quarto")
r"""They set mathematics with TeX too, which has no `\lt`."""

_BEGINS_A_BLOCK: Final = re.compile(r"[-+*=#>|]|\d+[.)]")


def _markdown_text(dollar: str, text: str, starts: bool, behind_formula: bool) -> str:
    parts = _LINKED.split(text)
    signs = [f"&#{ord(sign)};" for sign in _LINKED.findall(text)]
    marked = "".join(part.translate(_MARKDOWN) + sign for part, sign in zip(parts, [*signs, ""], strict=True))
    marked = marked.replace("$", dollar)
    if starts:
        listed = _LISTED.match(text)
        if listed is not None:  # a., (i) and 1) begin lists
            k = listed.end()
            marked = f"{marked[: k - 1]}&#{ord(marked[k - 1])};{marked[k:]}"
        if marked[:1] in _FIRST:
            marked = f"&#{ord(marked[0])};{marked[1:]}"
    if behind_formula and marked[:1].isdigit():  # else $ would close nothing
        marked = f"&#{ord(marked[0])};{marked[1:]}"
    return marked


def _into_markdown(name: str, flavor: Flavor) -> Output:
    def relations(latex: str) -> str:
        names = {"<": r" \lt ", ">": r" \gt "}
        return latex if name in _KEEPS_RELATIONS else _RELATION.sub(lambda found: names[found[1]], latex)

    def display(latex: str) -> str:
        begins = r"\displaystyle " if _BEGINS_A_BLOCK.match(latex) else ""
        return flavor.display_math(begins + relations(latex))

    dollar = "<span>$</span>" if name == "gfm" else r"\$"
    text = partial(_markdown_text, dollar)
    return Output(
        text, lambda latex: flavor.inline_math(relations(latex)), display, plain=lambda t: text(t, True, False)
    )


# HTML -----------------------------------------------------------------------------------------------------------------

_BRACES: Final = str.maketrans({"{": "&#123;", "}": "&#125;"})


def _html_plain(text: str) -> str:
    return html.escape(text).translate(_BRACES).replace("$", "&#36;")


def _html_text(text: str, starts: bool, behind_formula: bool) -> str:
    return html.escape(text).translate(_BRACES).replace("$", "<span>$</span>")  # MathJax looks for pairs of them


_INTO_HTML: Final = Output(
    text=_html_text,
    inline=mathml,
    display=lambda latex: f'<div class="display">{mathml(latex, display=True)}</div>',
    around=("<p>", "</p>"),
    within="\n",
    apart="\n",
    plain=_html_plain,
)

# All ------------------------------------------------------------------------------------------------------------------


def output(format: str, flavor: str = "dollar") -> Output:
    """Return how text is written in a format: `latex`, `html`, or `markdown` of a flavor."""
    return {"latex": _INTO_LATEX, "html": _INTO_HTML}.get(format) or _into_markdown(flavor, FLAVORS[flavor])


def yaml_scalar(text: str) -> str:
    """Return text as a scalar of YAML, in double quotes: its marks mean nothing there."""
    return json.dumps(text, ensure_ascii=False)
