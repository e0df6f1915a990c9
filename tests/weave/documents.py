"""Markdown documents of which is known where their blocks are: strategies of hypothesis."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

FORMULAS = st.sampled_from(
    ["y = x^2", "y = x--1", "y = {{x}}", "y\n= \\ln x", "y = a-->b", "\u03b8 = &#45; x", "z = `x`"]
)

FENCES = (
    ["```derive wrt=x", "FORMULA", "```"],
    ["~~~~ derive", "FORMULA", "~~~~"],
    ["```{derive}", ":wrt: x", "", "FORMULA", "```"],
    ["```{.derive wrt=x #eq-one}", "FORMULA", "```"],
    ["````derive", "wrt: x", "detail: brief", "---", "FORMULA", "````"],
)
DISPLAYS = (
    ["<!-- derive: wrt=x -->", "$$", "FORMULA", "$$"],
    ["<!-- derive: wrt=x detail=brief -->", "", "```math", "FORMULA", "```"],
    ["<!-- derive:", "wrt=x", "let='a > 0'", "-->", "\\[FORMULA\\]"],
    ["<!-- derive: oracle -->", "$$ FORMULA $$ {#eq-two}"],
)
OTHERS = (
    ["Words of the author."],
    ["More words,  ", "on two lines.\t"],
    [""],
    ["# A heading"],
    ["```", "```derive wrt=x", "not = ours", "```"],
    ["~~~py", "```derive", "not = ours", "```", "~~~"],
    ["<!-- a comment", "```derive", "not = ours", "```", "-->"],
    ["<pre>", "```derive", "not = ours", "```", "</pre>"],
    ["Code:", "", "    ```derive", "    not = ours", "    ```"],
    ["> a quote"],
    ["- a", "- list"],
    ["| a | b |", "|---|---|", "| `<!-- derive: wrt=x -->` | 2 |"],
    ["$$", "not = ours", "$$"],
    ["***"],
)


@dataclass(frozen=True)
class Planted:
    """A document, as a list of parts: what is not a block is a text, a block is its formula as it will be asked for."""

    parts: tuple[tuple[str, str | None], ...]
    newline: str
    bom: str

    @property
    def text(self) -> str:
        return self.bom + self.newline.join(text for text, _ in self.parts)

    @property
    def formulas(self) -> list[str]:
        return [formula for _, formula in self.parts if formula is not None]


def nested(lines: list[str], container: str) -> list[str]:
    """Return lines in a container."""
    if container == "quote":
        return [f"> {line}".rstrip() if line else ">" for line in lines]
    opener, width = {"item": ("- an item", 2), "number": ("12. an item", 4), "note": ("!!! note", 4)}[container]
    return [opener, "", *(" " * width + line if line else "" for line in lines)]


@st.composite
def planted(draw: st.DrawFn) -> Planted:
    """Draw a document. Formulas with backticks stand in no fence of backticks."""
    newline = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    parts: list[tuple[str, str | None]] = []
    for ours in draw(st.lists(st.booleans(), min_size=1, max_size=6)):
        formula = draw(FORMULAS) if ours else None
        lines = list(draw(st.sampled_from(FENCES + DISPLAYS if ours else OTHERS)))
        if formula is not None:
            lines = "\n".join(lines).replace("FORMULA", formula).split("\n")
        for container in draw(st.lists(st.sampled_from(["quote", "item", "number", "note"]), max_size=2)):
            lines = nested(lines, container)
        parts += [(newline.join(lines), formula), ("", None)]
    if draw(st.booleans()):
        parts.pop()
    return Planted(tuple(parts), newline, draw(st.sampled_from(["", "", "\ufeff"])))
