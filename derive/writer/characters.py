"""Names, scripts and signs as Unicode characters: θ̂₁, x_max′, ⊙."""

from __future__ import annotations

import re
from typing import Final

from derive.expr.nodes import Symbol

GREEK: Final = dict(
    zip(
        "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho"
        " varrho sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi"
        " Psi Omega ell hbar infty infinity".split(),
        "αβγδϵεζηθϑικλμνξπϖρϱσςτυϕφχψωΓΔΘΛΞΠΣΥΦΨΩℓℏ∞∞",
        strict=True,
    )
)
RAISED: Final = dict(zip("0123456789+-nixykmT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱˣʸᵏᵐᵀ", strict=True))
LOWERED: Final = dict(zip("0123456789+-aeijkmnprtuvx", "₀₁₂₃₄₅₆₇₈₉₊₋ₐₑᵢⱼₖₘₙₚᵣₜᵤᵥₓ", strict=True))
_ACCENTS: Final = {
    "hat": "\u0302", "widehat": "\u0302", "bar": "\u0304", "overline": "\u0305", "dot": "\u0307", "ddot": "\u0308",
    "tilde": "\u0303", "widetilde": "\u0303", "check": "\u030c", "breve": "\u0306", "acute": "\u0301",
    "grave": "\u0300", "mathring": "\u030a", "underline": "\u0332", "dddot": "\u20db",
}  # fmt: skip
_MARKS: Final = {"'": "′", r"\dagger": "†", r"\ast": "*", r"\star": "⋆", r"\prime": "′", r"\top": "ᵀ"}
RELATIONS: Final = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "=": "=", "!=": "≠"}
DOTS: Final = {"": "", r"\cdot": " · ", r"\times": " × "}
SIGNS: Final = {
    r"\cdot": "·", r"\times": "×", r"\odot": "⊙", r"\circ": "∘", r"\otimes": "⊗", r"\oslash": "⊘", r"\bigcirc": "◯",
    r"\ast": "∗", r"\star": "⋆", r"\bullet": "•", r"\wedge": "∧", r"\div": "÷", r"\oplus": "⊕", r"\diamond": "⋄",
}  # fmt: skip
ROOTS: Final = {"2": "√", "3": "∛", "4": "∜"}
OVER: Final = {"sum": "∑", "prod": "∏"}
_WRAPPED: Final = re.compile(r"\\(?:operatorname|mathrm|mathit|mathbf|text|mathcal|mathscr|mathfrak)\{([^{}]*)\}")
_COMMAND: Final = re.compile(r"\\([A-Za-z]+)")
_WORD: Final = re.compile(r"[A-Za-z]{2,}")
_SCRIPT: Final = re.compile(r"[_^]\w+$")


def plain(latex: str) -> str:
    """Return simple LaTeX without its commands: Greek letters as such, other names as words."""
    bare = _WRAPPED.sub(r"\1", latex).replace("^{-1}", "⁻¹")
    return _COMMAND.sub(lambda m: GREEK.get(m[1], m[1]), bare).replace("{", "").replace("}", "").strip("\\ ")


def lowered(subscript: str) -> str:
    """Digits and single letters have signs of their own; longer words are easier to read as they are."""
    bare = plain(subscript)
    if bare and all(c in LOWERED for c in bare) and (len(bare) == 1 or bare.isdigit()):
        return "".join(LOWERED[c] for c in bare)
    return "_" + (bare if bare.isalnum() or bare in ("∞", "*") else f"({bare})")


def symbol_text(symbol: Symbol) -> str:
    """Return a symbol; a vector or matrix has its plain letter."""
    name = GREEK.get(symbol.name) or plain("\\" + symbol.name if "{" in symbol.name else symbol.name)
    for accent in symbol.accents:
        name = name[0] + _ACCENTS.get(accent, "") + name[1:]
    subscript = lowered(symbol.subscript) if symbol.subscript else ""
    mark = symbol.mark
    for latex, sign in _MARKS.items():
        mark = mark.replace(latex, sign)
    return name + subscript + mark


def bold(name: str) -> str:
    """Return a name with its first letter in the bold of Unicode's mathematical alphabet, where that has it."""
    first = name[0]
    if not (first.isascii() and first.isalpha()):
        return name
    return chr(ord(first) - ord("A") + 0x1D400 if first.isupper() else ord(first) - ord("a") + 0x1D41A) + name[1:]


def is_apart(left: str, right: str) -> bool:
    """Tell whether two factors set side by side need a blank between them, letters as such apart."""
    wordy = _WORD.match(left) or _WORD.match(right) or _SCRIPT.search(left)
    return wordy is not None or "/" in left + right or right[0].isdigit() or right[0] in OVER.values()


def runs_together(left: str, right: str) -> bool:
    """Tell whether two letters would meet that name matrices or vectors: A x, but xᵀy and A⁻¹x."""
    bare = left.rstrip("".join(_ACCENTS.values()))
    return bare[-1].isalnum() and bare[-1] not in RAISED.values() and right[0].isalpha()
