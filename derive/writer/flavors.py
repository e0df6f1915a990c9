r"""How each dialect of Markdown marks mathematics, so that it comes unharmed to what sets it.

`$..$` is known to pandoc, and to Markdown with a plugin for it. What a tool does to the LaTeX between its marks is told
here too: kramdown looks for tables in lines with a bar, and Hugo takes mathematics for prose unless its site says
otherwise. `hugo` therefore is prose that means `\(..\)`: it needs no setting and no file of a site. A site with the
`passthrough` of newer versions can take `brackets`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

_OPENINGS = re.compile(r"\{(?=[{%#])")
_TAG = re.compile(r"<(?=[A-Za-z/!?])|&(?=[A-Za-z#])")
_BAR = re.compile(r"\\?\||\\.")
_MEANS_SOMETHING = re.compile(r"[\\`*_\]<>&'\"~^|:$]|([-+=.])(?=\1)|(?<=[A-Za-z])\.(?=[A-Za-z])")
_LINE_END = re.compile(r"\n")
_BEGINS_A_BLOCK = re.compile(r"\n(?=[ ]*(?:[-+*#=>|~:`_]|\d+[.)]))")


def parted(text: str) -> str:
    """Return LaTeX in which no template language finds a start of its own: `{{`, `{%` or `{#`."""
    return _OPENINGS.sub("{ ", text)


def without_tags(latex: str) -> str:
    """Return LaTeX that can stand in HTML too: no tag and no entity begins in it."""
    return _TAG.sub(r"\g<0> ", parted(latex))


def without_bars(latex: str) -> str:
    r"""Return LaTeX with its bars by their names: `\vert`, `\Vert`."""
    names = {"|": r"\vert ", r"\|": r"\Vert "}
    return _BAR.sub(lambda found: names.get(found[0], found[0]), without_tags(latex))


def escaped(latex: str) -> str:
    """Return CommonMark that is read as this LaTeX, also where more is marked than what is emphasized."""
    return _MEANS_SOMETHING.sub(r"\\\g<0>", parted(latex).replace("\n", " "))


@dataclass(frozen=True, slots=True)
class Flavor:
    """How a dialect marks mathematics, and a Mermaid figure: what opens and closes it, and how LaTeX is written in it.

    `joined` are the ends of lines of a display, marks and all, that are spaces instead. `target` is what stands around
    the name of a place that links lead to; a display whose name begins with `equation` can have a number.
    """

    inline: tuple[str, str]
    display: tuple[str, str]
    mermaid: tuple[str, str] = ("```mermaid", "```")
    spell_inline: Callable[[str], str] = without_tags
    spell_display: Callable[[str], str] = without_tags
    joined: re.Pattern[str] | None = None
    target: tuple[str, str] = ('<a id="', '"></a>')
    equation: str = ""

    def inline_math(self, latex: str) -> str:
        """Return a formula that stands in a line of prose."""
        return self.inline[0] + self.spell_inline(latex) + self.inline[1]

    def display_math(self, latex: str) -> str:
        """Return a formula that stands in a paragraph of its own."""
        lines = "\n".join((self.display[0], self.spell_display(latex), self.display[1]))
        return self.joined.sub(" ", lines) if self.joined else lines

    def place(self, label: str) -> str:
        """Return what makes the paragraph behind it a place that links lead to."""
        return self.target[0] + label + self.target[1]

    def numbers(self, label: str) -> bool:
        """Tell whether a display with this label has a number."""
        return self.equation != "" and label.startswith(self.equation)


_DOLLAR = Flavor(("$", "$"), ("$$", "$$"))

_BLOCKS_FIRST = replace(_DOLLAR, joined=_BEGINS_A_BLOCK)
"""For tools that look for lists, headings and quotations before they look for mathematics."""

_SPAN = ("[]{#", "}")

FLAVORS: dict[str, Flavor] = {
    "dollar": _DOLLAR,
    "gfm": Flavor(("$`", "`$"), ("```math", "```")),
    "kramdown": Flavor(("$$", "$$"), ("$$", "$$"), spell_inline=without_bars, joined=_BEGINS_A_BLOCK),
    "mkdocs": _BLOCKS_FIRST,
    "myst": replace(_DOLLAR, mermaid=("```{mermaid}", "```"), target=("(", ")=\n")),
    "quarto": replace(_BLOCKS_FIRST, mermaid=("```{mermaid}", "```"), target=_SPAN, equation="eq-"),
    "pandoc": replace(_BLOCKS_FIRST, target=_SPAN),
    "hugo": Flavor((r"\\(", r"\\)"), (r"\\[", r"\\]"), spell_inline=escaped, spell_display=escaped, joined=_LINE_END),
    "brackets": Flavor((r"\(", r"\)"), (r"\[", r"\]"), joined=_BEGINS_A_BLOCK),
}
