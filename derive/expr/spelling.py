"""How a symbol is spelled in LaTeX unless its author spelled it otherwise. Reader and writer share these tables."""

from __future__ import annotations

from derive.expr.functions import FUNCTIONS
from derive.expr.nodes import Symbol

GREEK = frozenset(
    (
        "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa varkappa lambda mu nu xi pi varpi"
        " rho varrho sigma varsigma tau upsilon phi varphi chi psi omega"
        " Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
    ).split()
)

LETTERS = GREEK | {"hbar", "ell", "imath", "jmath", "aleph", "beth", "wp", "Re", "Im"}
"""The commands that are symbols, without their backslash."""

ALPHABETS = ("mathcal", "mathscr", "mathfrak")
r"""A letter of another alphabet is a symbol of its own: `\mathcal{L}` is named `mathcal{L}`."""

ACCENTS = frozenset(
    "hat bar dot ddot dddot tilde check breve acute grave mathring widehat widetilde overline underline".split()
)

ARROWS = frozenset(("vec", "overrightarrow"))
"""Accents that make a letter a vector, as bold does."""

CONSTANTS = {"e": "e", "pi": "pi", "infty": "infinity"}
"""Names that mean a constant unless they are declared, and the constant's name."""

FUNCTION_LETTERS = {
    word[1:]: row.name for row in FUNCTIONS.values() if row.needs_bracket for word in row.words if word[0] == "\\"
}
"""Symbols that are a function directly before a bracket, unless they are declared."""

ASKING = frozenset("fghFGH")
"""Letters that are asked about before a bracket, unless they are declared: they may be functions or factors."""


def letter(name: str) -> str:
    r"""Return the LaTeX of a bare name: `x`, `\theta`, `\mathit{rate}`."""
    if name in CONSTANTS:
        return rf"\mathit{{{name}}}"
    if len(name) == 1:
        return name
    if name in LETTERS or name.startswith(ALPHABETS):
        return "\\" + name
    return rf"\mathit{{{name}}}"


def spell(symbol: Symbol, base: str = "") -> str:
    """Return the LaTeX of a symbol: its base letter with accents, subscript and mark.

    Args:
        symbol: The symbol to spell.
        base: The author's own LaTeX of the bare letter, if it is not the usual one.
    """
    font = r"\mathbf" if len(symbol.name) == 1 else r"\boldsymbol"
    plain = letter(symbol.name)
    if (symbol.subscript or symbol.shape) and symbol.name in CONSTANTS:  # e_i cannot be the constant
        plain = symbol.name if symbol.name == "e" else "\\" + symbol.name
    text = base or (f"{font}{{{plain}}}" if symbol.shape else plain)
    for accent in symbol.accents:
        text = rf"\{accent}{{{text}}}"
    if symbol.subscript:
        text += "_" + in_braces(symbol.subscript)
    stars = symbol.mark.lstrip("'")
    primes = symbol.mark[: len(symbol.mark) - len(stars)]
    return text + primes + ("^" + in_braces(stars) if stars else "")


def is_bold(latex: str) -> bool:
    """Tell whether a letter is written as a vector or matrix: bold, or below an arrow."""
    return any(font in latex for font in _BOLD)


_BOLD = (r"\mathbf", r"\boldsymbol", r"\vec", r"\overrightarrow")


def in_braces(text: str) -> str:
    """Return a script's text, in braces unless it is one letter, digit or star."""
    return text if len(text) == 1 and (text.isalnum() or text == "*") else f"{{{text}}}"
