r"""Random problems of vector calculus: formulas whose shapes fit, with what they declare and a variable.

A formula is grown from templates. In a template `<s>` is a number, `<v>` a vector (all of one size; in a template for
vectors, of the size of the whole), `<n>`, `<m>`, `<3>` a vector of that size.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hypothesis import strategies as st

SIZES = {"n": 3, "m": 2, "N": 4}
DECLARED = {
    r"\mathbf{x}": "n",
    r"\mathbf{w}": "n",
    r"\mathbf{a}": "n",
    r"\mathbf{b}": "m",
    r"\mathbf{c}": "m",
    r"\mathbf{p}": "3",
    r"\mathbf{q}": "3",
    r"\mathbf{g}": "n+1",
    "A": r"m \times n",
    "B": r"n \times n",
    "C": r"m \times m",
    "t": "",
    "z": "",
}
"""The letters, with the sizes that they are declared to have; the families `\\mathbf{d}_i`, `y_i` are not declared."""

ATOMS = {
    "s": ("t", "z", "2", "0.5"),
    "n": (r"\mathbf{x}", r"\mathbf{w}", r"\mathbf{a}"),
    "m": (r"\mathbf{b}", r"\mathbf{c}"),
    "3": (r"\mathbf{p}", r"\mathbf{q}"),
}

OF_NUMBERS = (
    "<s> + <s>",
    "<s> - <s>",
    r"<s> \cdot <s>",
    r"\frac{<s>}{1 + <s>^2}",
    "<s>^2",
    "<s>^3",
    r"\sin(<s>)",
    r"\tanh(<s>)",
    r"\exp(-<s>^2)",
    r"\ln(1 + <s>^2)",
    r"\sqrt{1 + <s>^2}",
    r"\lvert <s> \rvert",
    r"\sigma(<s>)",
    r"\max(0, <s>)",
    r"\min(<s>, <s>)",
    r"\begin{cases} <s> & \text{if } <s> > 0 \\ <s> & \text{otherwise} \end{cases}",
    r"[<s> > 0] <s>",
)
OF_VECTORS = (
    r"<v>^\top <v>",
    r"<v> \cdot <v>",
    r"\langle <v>, <v> \rangle",
    r"\mathbf{1}^\top <v>",
    r"\operatorname{sum}(<v>)",
    r"\operatorname{mean}(<v>)",
    r"\lVert <v> \rVert_2",
    r"\lVert <v> \rVert_2^2",
    r"\lVert <v> \rVert^2",
    r"\lVert <v> \rVert_1",
    r"\lVert <v> \rVert_3",
    r"\lVert <v> \rVert_\infty",
    r"\operatorname{logsumexp}(<v>)",
    r"<v>^\top(<v> \odot <v>)",
    r"<m>^\top A <n>",
    r"<n>^\top B <n>",
    r"<n>^\top B^\top B <n>",
    r"<3> \cdot (\mathbf{q} \times \mathbf{p})",
    r"\mathbf{g}^\top \begin{bmatrix} <n> \\ <s> \end{bmatrix}",
    r"\mathbf{g}^\top [<n>^\top, <s>]^\top",
    r"\sum_{i=1}^n x_i^2",
    r"\sum_i w_i x_i",
    r"\sum_{i=1}^n (x_i - a_i)^3",
    r"\sum_{i=1}^n \exp(w_i x_i) a_i",
    r"\frac{1}{n} \sum_{i=1}^n \sin(t x_i)",
    r"\sum_{i=1}^N (\mathbf{x}^\top \mathbf{d}_i + t - y_i)^2",
    r"\frac{1}{N} \sum_{i=1}^N \max(0, 1 - y_i(\mathbf{w}^\top \mathbf{d}_i + z))",
    r"\sum_{i=1}^N \ln(1 + e^{-y_i \mathbf{w}^\top \mathbf{d}_i})",
    r"\sum_{i=1}^N \lVert \mathbf{d}_i - \mathbf{x} \rVert_2^2",
    r"\sum_{i=1}^N \begin{cases} t y_i^2 & \text{if } \mathbf{x}^\top \mathbf{d}_i > 0 \\"
    r" y_i \mathbf{x}^\top \mathbf{d}_i & \text{otherwise} \end{cases}",
    r"x_1 \cdot <s>",
    "p_2^2 + <s>",
)
VECTORS = (
    "<v> + <v>",
    "<v> - <v>",
    "-<v>",
    r"<v> \odot <v>",
    r"<v> \oslash (2 + \cos(<v>))",
    r"<v>^{\odot 2}",
    r"\sin(<v>)",
    r"\tanh(<v>)",
    r"\exp(-<v>^{\odot 2})",
    r"\ln(1 + <v>^{\odot 2})",
    r"\sigma(<v>)",
    r"\operatorname{ReLU}(<v>)",
    r"\max(0, <v>)",
    r"\max(<v>, <v>)",
    r"\min(<v>, <s>)",
    "<s> <v>",
    "3 <v>",
    r"\frac{<v>}{1 + <s>^2}",
    r"\frac{<v>}{\lVert <v> \rVert_2}",
    "<v> + <s>",
    "<v> - <s>",
    "<s> - <v>",
    r"\operatorname{softmax}(<v>)",
    r"<v> <v>^\top <v>",
    r"(<v> <v>^\top) <v>",
    r"\operatorname{diag}(<v>) <v>",
    r"\begin{cases} <v> & \text{if } <s> > 0 \\ <v> & \text{otherwise} \end{cases}",
    "[<s> > 0] <v>",
)
OF_SIZE = {
    "n": ("B <n>", r"B^\top <n>", r"A^\top <m>", r"(B + B^\top) <n>", r"\sum_{i=1}^N y_i(\mathbf{d}_i - \mathbf{w})"),
    "m": ("A <n>", "C <m>", "A(<n> - <n>) + <m>"),
    "3": (r"<3> \times <3>", r"\begin{bmatrix} <s> \\ <s> \\ <s> \end{bmatrix}"),
}


@dataclass(frozen=True, slots=True)
class VectorProblem:
    """A problem as `derive.solve` takes it."""

    latex: str
    let: tuple[str, ...]
    wrt: str
    layout: str


def bracketed(text: str) -> str:
    """Return a part that can stand anywhere: letters and numbers as they are, else in brackets."""
    return text if re.fullmatch(r"\w|[\d.]+|\\math\w+\{\w\}", text) else f"({text})"


@st.composite
def formulas(draw: st.DrawFn, kind: str, depth: int) -> str:
    """A formula of a kind (a key of `ATOMS`), at most so deep."""
    if depth <= 0 or draw(st.integers(0, 5)) == 0:
        return draw(st.sampled_from(ATOMS[kind]))
    of_numbers = OF_VECTORS if draw(st.integers(0, 2)) else OF_NUMBERS
    template = draw(st.sampled_from(of_numbers if kind == "s" else (*VECTORS, *OF_SIZE[kind])))
    size = kind if kind != "s" else draw(st.sampled_from(tuple(OF_SIZE)))

    def part(slot: re.Match[str]) -> str:
        inner = draw(formulas(size if slot[2] == "v" else slot[2], depth - 1))
        return f"({inner})" if slot[1] and slot[3] else f"{slot[1]}{bracketed(inner)}{slot[3]}"

    return re.sub(r"(\(?)<(.)>(\)?)", part, template)


def occurs(letter: str, text: str) -> bool:
    """Tell whether a letter occurs in a formula, as it is spelled or with an index."""
    plain = letter.removeprefix(r"\mathbf{").rstrip("}")
    indexed = rf"(?<![\\\w{{]){plain}_" if letter != plain else rf"(?<![\\\w{{]){plain}(?![\w}}])"
    return (letter != plain and letter in text) or re.search(indexed, text) is not None


@st.composite
def vector_problems(draw: st.DrawFn, depth: int = 3) -> VectorProblem:
    """A formula, the declarations that it needs, one of its letters to differentiate by, a layout."""
    text = draw(formulas(draw(st.sampled_from(("s", "s", "n", "m", "3"))), depth))
    met = [letter for letter in DECLARED if occurs(letter, text)]
    variables = [letter for letter in met if "times" not in DECLARED[letter]]
    let = tuple(rf"{x} \in \mathbb{{R}}" + (f"^{{{DECLARED[x]}}}" if DECLARED[x] else "") for x in met)
    wrt = draw(st.sampled_from(variables or [r"\mathbf{x}"]))
    if wrt not in met:
        let = (*let, rf"{wrt} \in \mathbb{{R}}^n")
    return VectorProblem(text, let, wrt, draw(st.sampled_from(("numerator", "denominator"))))
