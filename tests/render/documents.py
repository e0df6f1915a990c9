"""Worked solutions of many kinds, and each of them as Markdown of every flavor."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import derive
from derive.pipeline import Solution
from derive.writer.flavors import FLAVORS, Flavor
from samples.demo import samples

GOLDEN = Path(__file__).parents[1] / "golden" / "problems.txt"
SEVERAL = ("wrt", "let", "define", "at", "name")
SHOWN = ("shapes", "graph", "detail", "lang")


class Formula(NamedTuple):
    """A formula, and whether it stands in a paragraph of its own."""

    display: bool
    latex: str


class Document(NamedTuple):
    """Markdown, and the formulas that were written into it."""

    text: str
    written: list[Formula]


# What trips Markdown up: _ * | < > \\ \{ \, & ' ^ # - + [ ] { in pairs, long rows, rows that begin with a sign.
PROBLEMS: dict[str, tuple[str, dict[str, Any]]] = {
    "subscripts": ("z = w_1 x_1^2 + w_2 x_2 + b_1 x_1 x_2", {"wrt": ["x_1", "x_2"]}),
    "stars": ("y = 3 * x * (x + 1) * x^2", {"wrt": "x"}),
    "double-star": (r"y = a^* x^2 + b^* x^3", {"wrt": "x"}),
    "bars": (r"y = |x - 1| + \left|\frac{x}{2}\right|", {"wrt": "x"}),
    "norm": (r"y = \|\mathbf{x}\|_2 + \|\mathbf{x}\|^2", {"wrt": r"\mathbf{x}"}),
    "cases": (r"f(x) = \begin{cases} x^2 & x < 0 \\ \sin x & x \ge 0 \end{cases}", {}),
    "less": (r"y = \begin{cases} 1 & x < a \\ x & a < x \end{cases}", {"wrt": "x"}),
    "primes": ("f(x) = g(x) h(x)", {"let": [r"g: \mathbb{R} \to \mathbb{R}", r"h: \mathbb{R} \to \mathbb{R}"]}),
    "minus-first": (r"y = -x - \frac{1}{x} - e^{-x}", {"wrt": "x"}),
    "braces-in-pairs": (r"y = {{x}^2}^3 + \frac{{x}^{2}}{a_{{1}}} + e^{{x}}", {"wrt": "x"}),
    "bar-in-index": (r"y = x_{a|b}^2 + x_{\{1\}} w_{a,b}", {"wrt": "x_{a|b}"}),
    "towers": (r"y = x^{x^{x}} + \sqrt{\sqrt{\sqrt{x}}} + x^{\frac{1}{x^{2}}}", {"wrt": "x"}),
    "braces": (r"y = \left\{ x + \left[ x^2 (x + 1) \right]^2 \right\}^3", {"wrt": "x"}),
    "brackets": (r"y = \left[ x \right] [x + 1] \ln[x]", {"wrt": "x"}),
    "indicator": (r"y = \max(x, 0) + \min(x, 1)", {"wrt": "x"}),
    "long-sum": ("y = " + " + ".join(rf"\frac{{x^{n}}}{{{n}!}} \sin({n}x)" for n in range(1, 9)), {"wrt": "x"}),
    "long-product": (r"f(x) = x^3 e^{-x^2} \sin(x) \cos(2x) \ln(x) \tanh(x) \sqrt{1 + x^4}", {}),
    "long-quotient": (
        r"y = \frac{x^3 \sin(x^2 + 1) + e^{-x} \cos(3x)}{(x^2 + 1)^3 + \ln(x^4 + 2)}", {"wrt": "x"},
    ),
    "sigmoid": (r"y = \frac{1}{1 + e^{-(w x + b)}}", {"wrt": ["w", "b"]}),
    "softmax": (r"\mathbf{s} = \operatorname{softmax}(\mathbf{x})", {"wrt": r"\mathbf{x}"}),
    "entropy": (
        r"L = -\mathbf{y}^\top \ln \mathbf{p}, \quad \mathbf{p} = \operatorname{softmax}(\mathbf{z})",
        {"wrt": r"\mathbf{z}"},
    ),
    "quadratic": (
        r"q = \mathbf{x}^\top A \mathbf{x} + \mathbf{b}^\top \mathbf{x} + c",
        {"wrt": r"\mathbf{x}", "let": r"A \in \mathbb{R}^{n \times n}"},
    ),
    "elementwise": (r"\mathbf{y} = \mathbf{w} \odot \mathbf{x} + \mathbf{b}", {"wrt": r"\mathbf{x}"}),
    "accents": (r"y = \hat{a} \tilde{x}^2 + \dot{x} \bar{x} + \vec{x} \cdot \vec{w}", {"wrt": r"\tilde{x}"}),
    "greek": (r"\psi = \alpha_{ij} \theta^2 + \beta^* \sin(\omega t + \varphi)", {"wrt": [r"\theta", "t"]}),
    "text-index": (r"E = \frac{1}{2} m v_{\text{max}}^2 + m g h_{\mathrm{rel}}", {"wrt": r"v_{\text{max}}"}),
    "at-point": ("f(x, y) = x^2 y + y^3", {"wrt": ["x", "y"], "at": "x = 1, y = -2"}),
    "third": (r"y = x^5 - 3x^3 + x", {"wrt": "x", "order": 3}),
    "mixed": (r"\frac{\partial^2}{\partial x \partial y} (x^2 y^3 + \sin(xy))", {}),
    "assumed": (r"y = \sigma(x) \log x + \sin^{-1} x", {"wrt": "x"}),
    "roots": (r"y = \sqrt[3]{x} \cdot \log_2(x) + \operatorname{arsinh}(x)", {"wrt": "x"}),
    "graph": (r"y = \ln(\sin(x^3)^2) + x^2", {"wrt": "x", "graph": True}),
    "in-full": (r"y = \sqrt{\ln(x^2 + 1)} \, e^{-x}", {"wrt": "x", "detail": "full"}),
    "in-brief": (r"y = \frac{a x + b}{c x + d}", {"wrt": "x", "detail": "brief"}),
}  # fmt: skip


class Worked(NamedTuple):
    """A solution, and how it is shown: the options of `derive.render`."""

    name: str
    solution: Solution
    shown: Mapping[str, Any]


def _from_golden() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the golden problems, which are written as arguments of `derive solve`."""
    for name, (latex, *arguments) in samples(GOLDEN):
        options: dict[str, Any] = {}
        flags = iter(arguments)
        for flag in flags:
            key = flag.removeprefix("--")
            if key == "graph":
                options[key] = True
            elif key in SEVERAL:
                options.setdefault(key, []).append(next(flags))
            else:
                options[key] = next(flags)
        if "order" in options:
            options["order"] = int(options["order"])
        yield f"golden-{name}", latex, options


def worked() -> list[Worked]:
    """Return all problems, worked out."""
    problems = [(name, latex, options) for name, (latex, options) in PROBLEMS.items()]
    return [
        Worked(
            name,
            derive.solve(latex, **{key: value for key, value in options.items() if key not in SHOWN}),
            {key: value for key, value in options.items() if key in SHOWN},
        )
        for name, latex, options in (*problems, *_from_golden())
    ]


MARKED = Flavor(("\ue000", "\ue001"), ("\ue002", "\ue003"))
"""A flavor of signs that occur nowhere else, from which the formulas of a document can be told."""


class Marked(NamedTuple):
    """What is written of mathematics, and what else."""

    formulas: list[Formula]
    prose: str


def solutions(works: Iterable[Worked], flavor: str) -> str:
    """Return all solutions in one document."""
    return "\n".join(f"## {w.name}\n\n{derive.render(w.solution, flavor=flavor, **w.shown)}" for w in works)


def marked(works: Iterable[Worked]) -> Marked:
    """Return the formulas of all solutions, whatever the flavor, and the prose that is left without them."""
    with mock.patch.dict(FLAVORS, marked=MARKED):
        text = solutions(works, "marked")
    marks = re.compile("([\ue000\ue002])(.*?)[\ue001\ue003]", re.DOTALL)
    return Marked([Formula(mark == "\ue002", latex) for mark, latex in marks.findall(text)], marks.sub("", text))


def document(works: Iterable[Worked], flavor: str) -> Document:
    """Return all solutions, and behind them prose with formulas drawn at random."""
    drawn = generated(flavor)
    return Document(solutions(works, flavor) + "\n" + drawn.text, marked(works).formulas + drawn.written)


PIECES = (
    *r"x y _1 ^2 _{ij} ^* * ** _ | < > + - -- = == ' '' , . ... : ; ! # ~ & [ ] ( ) [x](y) ![x] [^1]".split(),
    *r"\{ \} \| \, \; \_ \# \& \% \frac{a}{b} \alpha \lvert \left| \text{is} \text{{a}} \ldots \! \cdot".split(),
    *r"{{b}} {{%}} {:x} \\ \\[6pt] <b> </b> <!-- // http://x.org www.x.org @x 1. --- +++ *** ___ === ~~~ %\ ".split(),
    *":x: :: ^x^ ~x~".split(),
)
ENDS = "x _x ^* * _ - + = < > ' | & # [x] (x) {{x}} \\{ \\} \\| \\alpha \\frac{a}{b} 1 -1 ! . : ; ~ *x* _x_".split()


def generated(flavor: str, count: int = 200) -> Document:
    """Return prose with formulas drawn at random, the same ones at each call, as an author of statements may write."""
    draw = random.Random(flavor)
    mark = FLAVORS[flavor]
    written: list[Formula] = []
    lines: list[str] = []
    for _ in range(count):
        inline, display = (
            between.join([draw.choice(ENDS), *draw.choices(PIECES, k=draw.randint(0, 6)), draw.choice(ENDS)])
            for between in (" ", draw.choice(" \n"))
        )
        written += [Formula(False, inline), Formula(True, display)]
        lines += [f"Let {mark.inline_math(inline)}, and then", "", mark.display_math(display), ""]
    return Document("\n".join(lines), written)
