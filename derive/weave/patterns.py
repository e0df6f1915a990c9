"""What begins and ends the blocks of Markdown, as patterns. Each is matched where the content of a line begins."""

from __future__ import annotations

import re
from dataclasses import dataclass

QUOTE = re.compile(r" {0,3}> ?")
MARKER = re.compile(r" {0,3}(?:[-+*]|(?P<number>\d{1,9})[.)])(?= |$)")
FENCE = re.compile(r" {0,3}(?P<fence>`{3,}(?=[^`]*$)|~{3,})")
SINGLE = re.compile(r" {0,3}(?:#{1,6}(?: |$)|(?:(?:\*[ ]*){3,}|(?:-[ ]*){3,}|(?:_[ ]*){3,})$)")
"""A heading, or a thematic break."""

UNDERLINE = re.compile(r" {0,3}(?:=+|-+) *$")
"""What makes a heading of the paragraph above it."""

ADMONITION = re.compile(r" {0,3}(?:(?:!!!|\?\?\?\+?) ?[\w\"]|===[!+]? ?\")")
"""What stands indented below this is in it: Python-Markdown and its extensions."""

NOTE = re.compile(r"(?:\[\^[^\]\s]+\]:|:(?=   ))[ ]*(?=\S)")
"""A footnote, or a definition."""

DIV = re.compile(
    r" {0,3}(?P<fence>`{3,}|~{3,}|:{3,})\{(?:admonition|attention|caution|danger|error|hint|important|note|seealso|tip|"
    r"warning|dropdown|details|card|grid|grid-item|grid-item-card|tab-set|tab-item|margin|sidebar|topic|exercise|"
    r"exercise-start|solution|solution-start|proof|theorem|lemma|definition|example|remark|prf:[a-z]+)\}[^`]*$"
)
"""A directive of MyST that holds prose."""

DISPLAY = re.compile(
    r" {0,3}(?P<opener>\$\$|\\\\?\[|\\begin\{(?P<name>(?:equation|align|gather|multline|alignat)\*?)\})"
)
CLOSERS = {"$$": "$$", r"\[": r"\]", r"\\[": r"\\]"}
TRAIL = re.compile(r"[ \t]*(?:\{#[^}\n]*\}|\([\w:.-]+\)|[.,;])?[ \t]*")
"""What may stand behind a display on its line: a label of Quarto or MyST, or a mark of the sentence."""


@dataclass(frozen=True, slots=True)
class Html:
    """What begins a block of HTML, and what ends it: a text, or "" for an empty line. `is_tag`: any tag begins one."""

    start: re.Pattern[str]
    ends: tuple[str, ...] = ()
    is_tag: bool = False

    def is_closed(self, line: str) -> bool:
        """Tell whether the block ends with this line, or, with an empty one, before it."""
        if not self.ends:
            return not line
        return any(end in line.lower() for end in self.ends)


_BLOCKS = (
    "address article aside base basefont blockquote body caption center col colgroup dd details dialog dir div dl dt "
    "fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html iframe legend li link "
    "main menu menuitem nav noframes ol optgroup option p param search section summary table tbody td tfoot th thead "
    "title tr track ul"
).split()
_RAW = ("script", "pre", "style", "textarea")
_ATTRIBUTE = r"\s+[A-Za-z_:][\w.:-]*(?:\s*=\s*(?:[^\s\"'=<>`]+|'[^']*'|\"[^\"]*\"))?"

COMMENTS = (re.compile(" {0,3}<!--"), re.compile(r" {0,3}\{/\*"))
"""What begins a comment, in Markdown and in MDX."""

_OTHERS = (
    Html(re.compile(rf" {{0,3}}<(?:{'|'.join(_RAW)})(?:\s|>|$)", re.IGNORECASE), tuple(f"</{name}>" for name in _RAW)),
    Html(re.compile(r" {0,3}<\?"), ("?>",)),
    Html(re.compile(r" {0,3}<!\[CDATA\["), ("]]>",)),
    Html(re.compile(r" {0,3}<![A-Za-z]"), (">",)),
    Html(re.compile(rf" {{0,3}}</?(?:{'|'.join(_BLOCKS)})(?:\s|/?>|$)", re.IGNORECASE)),
    Html(re.compile(rf" {{0,3}}(?:<[A-Za-z][\w-]*(?:{_ATTRIBUTE})*\s*/?>|</[A-Za-z][\w-]*\s*>)\s*$"), is_tag=True),
)
HTML = ((Html(COMMENTS[0], ("-->",)), *_OTHERS), (Html(COMMENTS[1], ("*/}",)), *_OTHERS))
"""The kinds of HTML, in Markdown and in MDX. The order is that in which they are tried."""
