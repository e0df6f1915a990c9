r"""Fuzzing of the reader: whatever is typed, it answers with a problem or an error of its own, and soon.

Half of the strings are characters at random, half are formulas of a pool, mutated. A string depends on the seed and
its number only, so a failure is met again by `--first NUMBER --count 1`. Run `python tests/fuzz.py --help`.
"""

from __future__ import annotations

import argparse
import re
import signal
import sys
import time
import traceback
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from derive.derivation import Notation, Problem, Request
from derive.errors import DeriveError, LimitError, ReadError, ShapeError, Span, TaskError, UnsupportedError
from derive.expr.interning import Table, interning
from derive.expr.nodes import Expr
from derive.expr.walks import children
from derive.reader import read_expression, read_problem
from derive.writer.latex import latex

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 1.0
"""The CPU time that one reading may take."""
PATIENCE = 5.0
"""The CPU time after which it is interrupted."""
ALLOWED = (ReadError, LimitError, ShapeError, UnsupportedError, TaskError)
UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

# What strings are made of

POOL = [
    line.split(" ;; ")
    for line in r"""
y = \ln(\sin(x^3)^2)
y = \sin(x + x^2)
f(x) = \frac{x^2 + 1}{e^x - x}
y = x^x
y = x^2 e^{-x}
y = \sin u, \quad u = x^2 + 1
f(t) = \sqrt{1 + \tan t}
a = \max(0, wx + b)
f(x, y) = 3x^2 y
\nabla f, \quad f(x, y) = x^2 \sin y + e^{xy}
\begin{bmatrix} r \cos\theta \\ r \sin\theta \end{bmatrix}
f(x, y) = x^3 y - x y^2
\frac{d}{dx}\left(4x^3 - 2x\right)
\frac{d}{dx} ax^2b
\frac{dy}{dx}, \quad y = ax
\dfrac{\mathrm{d}^2 y}{\mathrm{d}x^2},\ y = ax^3
\frac{\partial^2 f}{\partial y\,\partial x},\ f(x,y)=x^2y
\partial_y (x^2y)
D_x[ax]
f''(x), f(x) = ax^3
f^{(4)}(x), f(x) = ax^9
f_{xxy},\quad f(x,y)=x^4y^3
\dot{x},\ x(t)=at
(ax^2)', a = 3
\nabla_{w} L,\ L(w_1,w_2)=w_1w_2
\nabla^2 f,\ f(x,y)=xy
\mathbf{f}(x,y)=\begin{pmatrix} x \\ y \end{pmatrix}
f'(1), f(x) = ax
f_x(0,1),\ f(x,y)=xy
\left.\frac{df}{dx}\right|_{x=2},\ f(x)=x^3
\frac{df}{dx}\bigg|_{x=0},\ f(x)=x^3
y = v\text{ where }v = u^2, u = \ln x
\frac{df}{dt},\ x=\cos t,\ y=\sin t,\ f(x,y)=x^2y
\begin{aligned} y &= u^2 \\ u &= \sin x \end{aligned}
f\colon\mathbb{R}\to\mathbb{R},\ x\mapsto x^2
f(x) = x^3, x = 2
$$ x^2 + 1 $$
\[ \int_0^1 x\,dx \]
J_f,\ \mathbf{f}(x, y) = (xy, x + y)
H(f),\ f(x, y) = x^2y
f(x + 1) ;; f: \mathbb{R} \to \mathbb{R} ;; x \in \mathbb{R}
f(x)^2 g'(x) ;; f, g: \mathbb{R} \to \mathbb{R} ;; g: \mathbb{R} \to \mathbb{R}
e^2x ;; e, x \in \mathbb{R}
y - u ;; u = \max(0, x)
\log_2 x + \log x - \lg x + \ln|x|
\sin^2 x + \cos^2 2x - \sin^{-1} x
\sqrt[3]{x^2 + 1} \cdot \sqrt{\frac{1}{x}}
\frac12 x^{-\frac{1}{2}} + x^{2/3}
1/2x + a/bc - x / (1 + x)
2xcos(x^2) + sin(x)/x
\sigma(wx + b) - \Gamma(x + 1) + \psi(x)
\operatorname{ReLU}(x) + \operatorname{softplus}(x) + \operatorname{erf}(x)
\lfloor x \rfloor + \lceil 2x \rceil
|x - 1| + \left| \frac{x}{2} \right| + \lvert x\rvert
n! + \binom{n}{k} + (x + 1)!
\max(x, y, 1) \min\{x, y\}
\arctan\frac{y}{x} + \operatorname{arsinh} x
\exp\left(-\frac{(x-\mu)^2}{2\sigma^2}\right)
\frac{1}{\sqrt{2\pi}\sigma} e^{-\frac{(x-\mu)^2}{2\sigma^2}} ;; \sigma > 0
x_1^2 + x_{12} + \hat{x}_1 + \bar{\hat{y}} + x^* + x'' + z^\dagger
\mathcal{L}(w) = (wx - y)^2 + \lambda |w|
\begin{cases} x^2 & x > 0 \\ -x & \text{otherwise} \end{cases}
f(x) = \begin{cases} \frac{\sin x}{x} & \text{if } x \ne 0 \\ 1 & \text{if } x = 0 \end{cases}
\begin{cases} 1, & 0 < x \le 1 \land y > 0 \\ 0, & x \geq 2 \lor y < 1 \end{cases}
[x > 0] x + \mathbf{1}\{x < y\}
\underbrace{x^2 + 1}_{u} + \boxed{x}
\text{Find } \frac{dy}{dx} \text{ where } y = x^2
\text{Let } u = x^2, \text{ find } y = \sin u
x^{2^{3^x}} + {\rm e}^{x} + \mathrm{e}^{\mathrm{i}x}
0.50 x + 1{,}000 y + .5
\color{red} x \, \; \quad y \hspace{1em} z \label{a}
x \times y \cdot z * w \div 2
\left\{ x + \left[ y \left( z + 1 \right) \right] \right\}^2
\varepsilon \vartheta + \hbar \ell \aleph
x^2 + y^2 = 1
x - -y + -(-x)
x² + √x · ½ ≤ ∞
αβ + 2π × ∂
𝐱 + 𝑥² + 𝜎(𝑥)
\mathbf{w}^\top \mathbf{x} + b
f(\mathbf{x}) = \mathbf{x}^\top A \mathbf{x} ;; A \in \mathbb{R}^{n \times n} ;; \mathbf{x} \in \mathbb{R}^n
\|A x - b\|^2 + \lambda \|x\|_1 ;; A \in \mathbb{R}^{m \times n} ;; x \in \mathbb{R}^n ;; b \in \mathbb{R}^m
\frac{1}{2} \lVert X w - y \rVert_2^2 ;; X \in \mathbb{R}^{N \times d} ;; w \in \mathbb{R}^d ;; y \in \mathbb{R}^N
\operatorname{tr}(A^\top X B) ;; A, B, X \in \mathbb{R}^{n \times n}
\ln \det X + \operatorname{tr}(X^{-1} S) ;; X, S \in \mathbb{R}^{n \times n} ;; X \succ 0
\log |X| ;; X \in \mathbb{S}^n_{++}
\|X\|_F^2 + \|X\|_* + \|X\|_2 ;; X \in \mathbb{R}^{3 \times 2}
\langle \mathbf{a}, \mathbf{b} \rangle + \mathbf{a} \cdot \mathbf{b} + \mathbf{a}^T \mathbf{b}
\mathbf{a} \times \mathbf{b} ;; \mathbf{a}, \mathbf{b} \in \mathbb{R}^3
\mathbf{a} \odot \mathbf{b} + \mathbf{a} \oslash \mathbf{b} + \mathbf{a}^{\odot 2}
A \otimes B ;; A \in \mathbb{R}^{m \times n} ;; B \in \mathbb{R}^{p \times q}
\operatorname{diag}(\mathbf{x}) A + I_n \lambda
\operatorname{vec}(A X B)
\operatorname{softmax}(W \mathbf{x} + \mathbf{b}) ;; W \in \mathbb{R}^{k \times n}
\operatorname{softmax}_{\mathrm{row}}\left(\frac{Q K^\top}{\sqrt{d}}\right) V ;; Q, K, V \in \mathbb{R}^{n \times d}
\operatorname{logsumexp}(\mathbf{x}) - \mathbf{y}^\top \mathbf{x}
-\sum_{i=1}^{n} y_i \log \hat{y}_i ;; y, \hat{y} \in \mathbb{R}^n
\sum_{i=1}^n x_i^2 + \prod_{i=1}^{n} x_i
\frac{1}{N} \sum_{i=1}^N (y_i - \mathbf{w}^\top \mathbf{x}_i)^2
\sum_{i=1}^m \sum_{j=1}^n A_{ij} x_i y_j
\sum_{i,j} A_{ij} B_{ij} ;; A, B \in \mathbb{R}^{m \times n}
\sum_i x_i y_i ;; \mathbf{x}, \mathbf{y} \in \mathbb{R}^n
\sum_{k=0}^{10} \frac{x^k}{k!}
\sum_{\mathbf{x}} f(\mathbf{x}) ;; f: \mathbb{R}^n \to \mathbb{R}
\frac{1}{N} \sum_{i=1}^{N} \max(0, 1 - t^{(i)} (\mathbf{w} \cdot \mathbf{x}^{(i)} + b))
\mathbf{1}^\top \mathbf{x} + \mathbf{1}_n^\top \mathbf{y} + \mathbf{0}^T \mathbf{z}
A + \lambda I ;; A \in \mathbb{R}^{n \times n}
\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix} \begin{bmatrix} x \\ y \end{bmatrix}
\begin{bmatrix} A & b \\ b^\top & c \end{bmatrix} ;; A \in \mathbb{R}^{n \times n} ;; b \in \mathbb{R}^n
[\mathbf{x}^\top, 1] \mathbf{w}
\mathbf{e}_1^\top \mathbf{x} + \hat{\imath} \cdot \mathbf{v}
\vec{F} \cdot \vec{d} + \overrightarrow{v}
\boldsymbol\mu + \boldsymbol{\Sigma} \bm{z} + \mathbf{\hat{y}} + \hat{\mathbf y}
(\mathbf{x} - \boldsymbol\mu)^\top \Sigma^{-1} (\mathbf{x} - \boldsymbol\mu) ;; \Sigma \in \mathbb{S}^{n}_{++}
A^{-1} \mathbf{b} + A^{-\top} \mathbf{c} + A^2 \mathbf{d}
e^{At} \mathbf{x} ;; A \in \mathbb{R}^{n \times n}
\sin(\mathbf{x}) + \tanh^2(W \mathbf{x}) + |\mathbf{x}|
\max(0, W \mathbf{x}) + \mathbf{b}
\lVert \mathbf{x} \rVert_p + \|\mathbf{x}\|_\infty + \|\mathbf{x}\|_3
(A \mathbf{x})_i + [A]_{ij} + X_{12} ;; A, X \in \mathbb{R}^{n \times n}
\nabla_{\mathbf{x}} f,\ f(\mathbf{x}) = \mathbf{x}^\top \mathbf{x}
\frac{\partial}{\partial \mathbf{x}} \mathbf{a}^\top \mathbf{x}
\frac{\partial \mathbf{y}}{\partial \mathbf{x}}, \mathbf{y} = A \mathbf{x}
\nabla^2 f, f(\mathbf{x}) = \frac12 \mathbf{x}^\top Q \mathbf{x} - \mathbf{b}^\top \mathbf{x} ;; Q \in \mathbb{S}^n
y = f(\mathbf{w} \cdot \mathbf{x} + b), f(z) = \max(0, z)
\mathbf{h} = \sigma(U \mathbf{x} + \mathbf{b}_1), \mathbf{y} = \mathbf{W}_2 \mathbf{h} ;; U \in \mathbb{R}^{k \times n}
\mathbf{f}(\mathbf{x}) ;; \mathbf{f}: \mathbb{R}^n \to \mathbb{R}^m
f(\mathbf{x}, t)^2 ;; f: \mathbb{R}^n \times \mathbb{R} \to \mathbb{R}
\frac{\mathbf{x}^\top A \mathbf{x}}{\mathbf{x}^\top \mathbf{x}}
\mathbf{x} / \lVert \mathbf{x} \rVert + 2\mathbf{x}/3
\begin{cases} \mathbf{x} & \|\mathbf{x}\| < 1 \\ \mathbf{0} & \text{otherwise} \end{cases}
\mathbf{1}\{\mathbf{x} > 0\} \odot \mathbf{y}
\operatorname{mean}(\mathbf{x}) + \operatorname{sum}(\mathbf{x})
\operatorname{expm}(A) + \det(A) I + A^\top
\mathbf{X}^\top \mathbf{X} \mathbf{w} + {\bf b} + \mathbf{A x}
\mathbf{x}^{\mathsf{T}} \mathbf{y} + \mathbf{x}^{\intercal}\mathbf{y}
\sum_{i=1}^n \sum_{k=1}^i x_k + \sum_{i=2}^{n-1} (x_{i+1} - x_i)^2
\prod_{i=1}^n (1 + x_i) \ln \prod_{k=1}^3 (x + k)
x \in (0, \infty), y = \ln x
a, b \in \mathbb{R}, y = ax + b
n \in \mathbb{N}, x^n ;; x \in \mathbb{R}_{+} ;; a > 0 ;; 0 < x < 1
z = x^2 y, x = s + t, y = s - t
y = \frac{u}{v}, u = \sin x, v = 1 + w, w = x^2
\newcommand{\R}{\mathbb{R}} y = x^2, x \in \R
\def\norm#1{\lVert #1 \rVert} \norm{\mathbf{x}}^2
\DeclareMathOperator{\tr}{tr} \tr(A^\top B)
\begin{equation} y = \frac{1}{1 + e^{-x}} \label{eq} \end{equation}
\begin{array}{cc} a & b \\ c & d \end{array}
x \approx 2, \lim_{x \to 0} f(x), x \pm y
(1, 2, 3)^\top (x, y, z)
\mathbf{x}_1^\top \mathbf{x}_2 + \mathbf{x}_{i}^\top \mathbf{w}
\frac{x}{y}/z^{-1} - \left(\frac{a+b}{c}\right)^{n+1}
""".strip().splitlines()
]
"""Real formulas, each with its declarations."""
FORMULAS = [formula for formula, *_ in POOL]
LETS = sorted({let for _, *lets in POOL for let in lets})
PIECE = re.compile(r"\\[A-Za-z]+|\\.|\d+|\s+|.", re.DOTALL)
COMMANDS = sorted({piece for line in POOL for text in line for piece in PIECE.findall(text) if piece[0] == "\\"})

DEEP = {
    r"\frac{": "}{2}", r"\frac{1}{": "}", "{": "}", "x^{": "}", "x_{": "}", r"\left(": r"\right)", "(": ")", "[": "]",
    "|": "|", r"\|": r"\|", r"\lvert ": r"\rvert ", r"\lVert ": r"\rVert ", r"\langle ": r", y\rangle ",
    r"\sum_{i=1}^n": "", r"\prod_{i=1}^{n}": "", r"\mathbf{": "}", r"\sqrt{": "}", r"\sqrt[3]{": "}", r"\sin ": "",
    r"\ln(": ")", "f(": ")", "e^{": "}", "-": "", "x+": "", "x/": "", "!": "", "'": "", "^": "", "_": "", "&": "",
    r"\\": "", ",": "", r"x^\top ": "", r"\hat{": "}", r"\hat ": "", r"\begin{bmatrix}": r"\end{bmatrix}",
    r"\begin{cases}": r"\end{cases}", r"\mathbf{x}^\top A ": "", "A^{-1}": "", r"\operatorname{tr}(": ")",
    r"\max(1, ": ")", r"\underbrace{": "}", r"\boxed{": "}", r"\lfloor ": r"\rfloor ", r"\binom{n}{": "}",
    r"\nabla ": "", r"\frac{d}{dx}": "", r"\mathbf{1}\{": r"\}", r"\text{": "}", r"\left.": r"\right|_{x=1}", "$": "$",
    "x=": "", "x<": "", r"\land x": "", "[x>0]": "", "x_i ": "", "²": "", "%": "", "A,": "", r"\in": "", r"\odot x": "",
}  # fmt: skip
"""What is repeated up to thousands of times, with what closes it."""

TEX = "\\{}()[]|^_&$%#~'!,.;:=<>+-*/\"@`?"
ODD = (
    "\0\a\b\t\n\v\f\r\x1b\x7f\x85\xa0\xad\u061c\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202d\u202e\u2066"
    "\u2067\u2069\ufeff\ufffe\uffff\ud800\udc00\udfff\U000e0001\U0010ffff\u0300\u0301\u20d7\u0338\u034f"
    "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩϵϑϕςϱ−·⋅×÷∗∕√∂∇∞≤≥≠∈→′ℓℏ∧∨⊤∑∏∫⌊⌋⌈⌉⊗⊙⊘◯∘‖⟨⟩†±…↦½⅓¼⅛ℝℂ"
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱˣʸᵏᵐᵀ₀₁₂₉₊₋ₐₑᵢⱼₖₓ٣۴४৪๔１２Ⅷ①ａｘАхıİßΣſK️😀👩‍👧"
)
RANGES = ((0, 0x1F), (0x20, 0x7E), (0x80, 0x24F), (0x300, 0x36F), (0x370, 0x6FF), (0x2000, 0x2BFF), (0xD800, 0xDFFF),
          (0xE000, 0xFFFF), (0x1D400, 0x1D7FF), (0, 0x10FFFF))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """A text with its declarations."""

    text: str
    let: tuple[str, ...] = ()
    number: int = -1


def case(seed: int, number: int) -> Case:
    """Return a string: characters if the number is even, else a mutated formula."""
    r = Random(seed * 1_000_003 + number)
    if number % 2 == 0:
        return Case(
            r.choice((_soup, _soup, _typed, _typed, _sprinkled))(r), _lets(r, []) if r.random() < 0.1 else (), number
        )
    formula, *lets = r.choice(POOL)
    text = mutated(formula, r)
    return Case(text, _lets(r, lets), number)


def _length(r: Random) -> int:
    return r.choice((r.randint(0, 4), r.randint(1, 15), r.randint(1, 60), r.randint(1, 300) if r.random() < 0.1 else 8))


def _character(r: Random) -> str:
    if r.random() < 0.4:
        return r.choice(ODD)
    return chr(r.randint(*r.choice(RANGES)))


def _soup(r: Random) -> str:
    """Return characters of all kinds."""
    return "".join(_character(r) for _ in range(_length(r)))


def _typed(r: Random) -> str:
    """Return what a monkey types who knows TeX."""
    kinds: tuple[Callable[[], str], ...] = (
        lambda: r.choice(TEX),
        lambda: r.choice("abcdefixyzABCTn0123456789"),
        lambda: r.choice(COMMANDS),
        lambda: r.choice("{}(),^_ "),
    )
    return "".join(r.choice(kinds)() for _ in range(_length(r)))


def _sprinkled(r: Random) -> str:
    """Return a formula with odd characters in it."""
    text = list(r.choice(FORMULAS))
    for _ in range(r.randint(1, 3)):
        text.insert(r.randint(0, len(text)), _character(r))
    return "".join(text)


def _lets(r: Random, own: list[str]) -> tuple[str, ...]:
    lets = [let for let in own if r.random() < 0.9]
    while r.random() < 0.15:
        lets.append(r.choice(LETS))
    return tuple(mutated(let, r) if r.random() < 0.15 else let for let in lets)


def mutated(formula: str, r: Random) -> str:
    """Return a formula after a few mutations."""
    pieces = PIECE.findall(formula)
    for _ in range(r.choice((0, 1, 1, 1, 2, 2, 3, 5))):
        r.choice(MUTATIONS)(pieces, r)
        if len(pieces) > 4_000:
            break
    if r.random() < 0.02:
        _deepen(pieces, r)
    return "".join(pieces)


def _slice(pieces: list[str], r: Random) -> slice:
    start = r.randint(0, len(pieces))
    return slice(start, start + r.choice((1, 1, 1, 2, 3, r.randint(1, 12))))


def _delete(pieces: list[str], r: Random) -> None:
    del pieces[_slice(pieces, r)]


def _duplicate(pieces: list[str], r: Random) -> None:
    part = _slice(pieces, r)
    at = part.stop if r.random() < 0.5 else r.randint(0, len(pieces))
    pieces[at:at] = pieces[part] * r.choice((1, 1, 1, 2, 5))


def _swap(pieces: list[str], r: Random) -> None:
    if pieces:
        i, j = r.randrange(len(pieces)), r.randrange(len(pieces))
        pieces[i], pieces[j] = pieces[j], pieces[i]


def _splice(pieces: list[str], r: Random) -> None:
    """Put a part, a beginning or the whole of another formula in the place of a part of this one."""
    other = PIECE.findall(r.choice(r.choice((FORMULAS, FORMULAS, LETS))))
    part = r.choice((other, other[_slice(other, r)], other[: r.randint(0, len(other))], ["{", *other, "}"]))
    at = _slice(pieces, r)
    pieces[at if r.random() < 0.5 else slice(at.start, at.start)] = part


def _insert(pieces: list[str], r: Random) -> None:
    piece = r.choice((r.choice(COMMANDS), r.choice(TEX), r.choice("{}()[]|"), r.choice(INSERTED), _number(r)))
    pieces.insert(r.randint(0, len(pieces)), piece)


def _replace(pieces: list[str], r: Random) -> None:
    if pieces:
        pieces[r.randrange(len(pieces))] = r.choice(
            (r.choice(COMMANDS), r.choice(INSERTED), r.choice("xyinAbT123+-=,"))
        )


def _truncate(pieces: list[str], r: Random) -> None:
    """Cut the end or the beginning off."""
    at = r.randint(0, len(pieces))
    del pieces[slice(at, None) if r.random() < 0.7 else slice(0, at)]


def _embrace(pieces: list[str], r: Random) -> None:
    """Wrap a part."""
    part = _slice(pieces, r)
    opener = r.choice(list(DEEP))
    pieces[part] = [opener, *pieces[part], DEEP[opener]]


def _number(r: Random) -> str:
    digits = "".join(
        r.choice("0123456789") for _ in range(r.choice((1, 2, 3, 50, 51, 5_000 if r.random() < 0.1 else 7)))
    )
    return digits if r.random() < 0.7 else f"{digits}.{digits[:60]}"


def _deepen(pieces: list[str], r: Random) -> None:
    """Repeat a fragment many times, and perhaps close it as often."""
    opener = r.choice(list(DEEP))
    count = r.choice((r.randint(2, 40), r.randint(2, 400), r.randint(900, 4_000)))
    closed = r.choice((count, count, count, count - 1, 0))
    at = r.randint(0, len(pieces))
    end = r.choice((len(pieces), at, min(at + 1, len(pieces))))
    pieces[at:end] = [opener * count, *(pieces[at:end] or ["x"]), DEEP[opener] * closed]


INSERTED = [" ", "\n", "\u200f"]
INSERTED += r"""
^ _ ^2 _1 _i _{ij} ^{ _{ ' ! ^\top ^{-1} ^T ^* ^{\odot 2} \mathbf{x} \mathbf{1} \mathbf{0} I I_n x 2 0.5 e \pi n i
& \\ , = % \left \right \left( \right) \right. \middle| \big \begin{bmatrix} \end{bmatrix} \begin{cases} \end{cases}
\begin{aligned} \text{if} \text{where} \quad \newcommand{\R}{x} \def\a#1{#1} \operatorname{ \mathrm{d} \mathbb{R}
\mathbb{R}^n \in\mathbb{R} \to \mapsto x= f(x) f'(x) \frac{d}{dx} \partial \sum_i \sum_{i=1}^n x_i \mathbf{ \vec{x}
""".split()
MUTATIONS = (_delete, _delete, _duplicate, _swap, _splice, _splice, _insert, _insert, _replace, _truncate, _embrace)

# What must hold


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong: which reading, a closed word or the name of an exception, and where it was raised."""

    reading: str = field(compare=False)
    kind: str
    where: str
    detail: str = field(default="", compare=False)


class _Interrupted(BaseException):
    """The reading took too long."""


def failures(c: Case) -> list[Failure]:
    """Return what is wrong with the two readings of a string."""
    found = _judged("problem", c, lambda: _problem(c)), _judged("expression", c, lambda: _expression(c))
    return [f for f in found if f is not None]


def _problem(c: Case) -> Problem:
    return read_problem(c.text, Request(reading=True, let=c.let))


def _expression(c: Case) -> Expr:
    with interning(Table()):
        return read_expression(c.text, Notation())


def _judged(reading: str, c: Case, read: Callable[[], object]) -> Failure | None:
    """Return what is wrong with one reading."""
    signal.signal(signal.SIGVTALRM, _interrupt)
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
    start = time.process_time()
    try:
        result = read()
        spent = time.process_time() - start
        if isinstance(result, Problem):
            start = time.process_time()
            broken = _unlawful(result)
            if broken is not None:
                return broken
            if time.process_time() - start > 2 * SECONDS:
                return Failure("print", "slow", "", f"{time.process_time() - start:.1f} s")
    except ALLOWED as error:
        spent = time.process_time() - start
        wrong = _misreported(error, c)
        if wrong:
            where = "" if "at the end" in wrong else _place(error)
            return Failure(reading, wrong, where, f"{type(error).__name__}: {error.message}"[:200])
    except _Interrupted as error:
        return Failure(reading, "interrupted", "", f"after {PATIENCE} s, at {_place(error)}")
    except Exception as error:  # a fault of the reader, whatever it is
        return Failure(reading, type(error).__name__, _place(error), repr(str(error)[:200]))
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return Failure(reading, "slow", "", f"{spent:.1f} s") if spent > SECONDS else None


def _interrupt(*_: object) -> None:
    raise _Interrupted


def _misreported(error: DeriveError, c: Case) -> str:
    """Return what is wrong with an error that may be raised, or ""."""
    span, source = error.span, error.source
    if span is not None and source not in (c.text, *c.let):
        return "an error with another source"
    if span is not None and span.start == span.stop == len(source):
        return "an error with an empty span at the end"
    if span is not None and not inside(span, source):
        return f"an error with a span {'outside its source' if span.start < span.stop else 'that is empty'}"
    report = error.report()
    if any(unicodedata.category(x) in UNSAFE for x in report.replace("\n", "")):
        return "a report with control characters"
    return ""


def inside(span: Span, source: str) -> bool:
    """Tell whether a span lies in a source, or directly behind it."""
    return 0 <= span.start <= len(source) and span.start < span.stop <= len(source) + 1


def _unlawful(problem: Problem) -> Failure | None:
    """Return what is wrong with the print of a problem, which has to read back as the same object."""
    with interning(problem.table):
        for e in (problem.formula, *(d.value for d in problem.definitions)):
            printed = ""
            try:
                printed = latex(e, problem.notation)
                again = read_expression(printed, problem.notation)
            except Exception as error:  # a print that cannot be read back is a fault, whatever the error says
                what = "printed, is refused" if printed else "cannot be printed"
                return Failure(
                    "print", f"{what}: {type(error).__name__}", _place(error), f"{printed[:150]}  {error}"[:300]
                )
            if again is not e:
                return Failure("print", "printed, is another", difference(e, again), printed[:200])
    return None


def difference(a: Expr, b: Expr) -> str:
    """Return the kinds of the outermost nodes that differ while their children do not."""
    while type(a) is type(b) and len(children(a)) == len(children(b)):
        pair = next(((x, y) for x, y in zip(children(a), children(b), strict=True) if x is not y), None)
        if pair is None:
            break
        a, b = pair
    return f"{_sketch(a)} -> {_sketch(b)}"


def _sketch(e: Expr) -> str:
    """Return the kind of a node, with what is short in it."""
    kept = [
        f"{n}={v!r}"
        for n in e.__match_args__
        if isinstance(v := getattr(e, n), str) and n in ("style", "kind", "operator")
    ]
    return f"{type(e).__name__}({', '.join([*kept, 'shaped'] if e.shape else kept)})"


def _place(error: BaseException) -> str:
    """Return where in the package an exception was raised first; of a recursion, the line that is met most often."""
    while isinstance(error, DeriveError) and isinstance(error.__context__, DeriveError):
        error = error.__context__
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(str(ROOT / "derive"))]
    if not frames:
        return "outside of the package"
    lines = [f"{Path(f.filename).relative_to(ROOT)}:{f.lineno} {f.name}" for f in frames]
    return Counter(lines).most_common(1)[0][0] if isinstance(error, RecursionError) else lines[-1]


# The smallest string that fails alike


def minimised(c: Case, failure: Failure, trials: int = 3_000) -> Case:
    """Return a small string with the same failure."""
    budget = iter(range(trials))

    def fails(parts: list[str]) -> bool:
        return next(budget, None) is not None and failure in failures(Case(parts[0], tuple(parts[1:])))

    parts, before = [c.text, *c.let], None
    while parts != before:
        before = parts
        for k in reversed(range(1, len(parts))):
            fewer = [*parts[:k], *parts[k + 1 :]]
            parts = fewer if fails(fewer) else parts
        for k in range(len(parts)):
            left, right = parts[:k], parts[k + 1 :]
            parts = [*left, _shortened(parts[k], _within(left, right, fails)), *right]
    return Case(parts[0], tuple(parts[1:]), c.number)


def _within(left: list[str], right: list[str], fails: Callable[[list[str]], bool]) -> Callable[[str], bool]:
    """Return the test of one text among others that stay."""
    return lambda text: fails([*left, text, *right])


def _shortened(text: str, fails: Callable[[str], bool]) -> str:
    """Leave out runs of pieces, then pairs of brackets, as long as the failure stays."""
    for split in PIECE.findall, list:
        pieces: list[str] = split(text)
        size = max(1, len(pieces) // 2)
        while size:
            at = 0
            while at < len(pieces):
                fewer = pieces[:at] + pieces[at + size :]
                if fails("".join(fewer)):
                    pieces = fewer
                else:
                    at += size
            size //= 2
        text = "".join(pieces)
    pairs = _pairs(text)
    size = max(1, len(pairs) // 2) if pairs else 0
    while size:
        for at in range(0, len(pairs), size):
            dropped = {i for pair in pairs[at : at + size] for i in pair}
            shorter = "".join(x for i, x in enumerate(text) if i not in dropped)
            if fails(shorter):
                return _shortened(shorter, fails)
        size //= 2
    return text


def _pairs(text: str) -> list[tuple[int, int]]:
    """Return where brackets open and close."""
    waiting: list[int] = []
    found: list[tuple[int, int]] = []
    for i, x in enumerate(text):
        if x in "{([":
            waiting.append(i)
        elif x in "})]" and waiting:
            found.append((waiting.pop(), i))
    return sorted(found)


# The run


@dataclass(slots=True)
class Outcome:
    """What a range of numbers gave."""

    strings: int = 0
    seconds: float = 0.0
    failures: list[tuple[Failure, Case]] = field(default_factory=list)


def run(seed: int, numbers: Iterable[int]) -> Outcome:
    """Read the strings with these numbers; of failures of one kind keep the shortest string."""
    out = Outcome()
    shortest: dict[Failure, tuple[Failure, Case]] = {}
    start = time.process_time()
    for number in numbers:
        c = case(seed, number)
        out.strings += 1
        for failure in failures(c):
            if failure not in shortest or len(c.text) < len(shortest[failure][1].text):
                shortest[failure] = (failure, c)
    out.seconds = time.process_time() - start
    out.failures = list(shortest.values())
    return out


def _outcomes(seed: int, first: int, count: int, jobs: int, chunk: int = 1_000) -> Iterator[Outcome]:
    ranges = [range(k, min(k + chunk, first + count)) for k in range(first, first + count, chunk)]
    if jobs == 1:
        yield from (run(seed, numbers) for numbers in ranges)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(run, [seed] * len(ranges), ranges)


def shown(failure: Failure, c: Case) -> str:
    """Return a failure with its string, for people."""
    let = "".join(f"\n    let {x!r}" for x in c.let)
    text = repr(c.text) if len(c.text) < 400 else f"{c.text[:150]!r} ... {c.text[-150:]!r}, {len(c.text)} characters"
    what = f"[{failure.reading}] {failure.kind}  {failure.where}"
    return f"{what}\n    {text}{let}\n    {failure.detail}  (number {c.number})"


def main() -> int:
    """Run, and tell each kind of failure with its smallest string."""
    options = argparse.ArgumentParser(description="Fuzz the reader.")
    options.add_argument("--count", type=int, default=1_000_000, help="how many strings")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--first", type=int, default=0, help="the number of the first string")
    options.add_argument("-j", "--jobs", type=int, default=1, help="how many processes")
    given = options.parse_args()
    found: dict[Failure, tuple[Failure, Case]] = {}
    strings, seconds = 0, 0.0
    for outcome in _outcomes(given.seed, given.first, given.count, given.jobs):
        strings, seconds = strings + outcome.strings, seconds + outcome.seconds
        for failure, c in outcome.failures:
            if failure not in found:
                print("new:", shown(failure, c), file=sys.stderr, flush=True)
            if failure not in found or len(c.text) < len(found[failure][1].text):
                found[failure] = (failure, c)
        if strings % 10_000 == 0:
            rate = strings / seconds
            print(f"{strings} strings, {rate:.0f} per CPU second, {len(found)} failures", file=sys.stderr, flush=True)
    for failure, c in sorted(found.values(), key=lambda x: (x[0].kind, x[0].where)):
        small = minimised(c, failure)
        detail = next((f for f in failures(small) if f == failure), failure)
        print(shown(detail, small))
    print(f"{strings} strings, {strings / max(seconds, 1e-9):.0f} per CPU second, {len(found)} kinds of failure")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
