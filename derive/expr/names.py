r"""The name of a symbol in Python and SymPy source.

The rule: the symbol's name, its accents, its subscript and its marks, joined by `_`; commands lose their backslash.

    x -> x      \theta -> theta     u_1 -> u_1      x_{\max} -> x_max      x_{i,j} -> x_i_j     x_{t-1} -> x_t_minus_1
    x' -> x_prime       z^* -> z_star       \hat{y} -> y_hat        \mathit{rate} -> rate       \lambda -> lamda

A name that Python, the generated source or SymPy binds to something else gets a `_` at its end (N -> N_,
\beta -> beta_, id -> id_); `lamda` is how SymPy spells the keyword. Where two symbols would share a name, the later
gets `_2`, `_3`, ...
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Sequence
from typing import Final

from derive.expr.nodes import Symbol
from derive.expr.reserved import BOUND

_TAKEN: Final = BOUND | frozenset(keyword.kwlist) | {"np", "math", "mpmath"}
_SIGNS: Final = {
    "+": "_plus_", "-": "_minus_", "*": "_star_", "'": "_prime", ",": "_", r"\prime": "_prime", r"\dagger": "_dagger",
    r"\ast": "_star", r"\star": "_star", r"\top": "_top",
}  # fmt: skip
_WRAPPERS: Final = frozenset(
    {r"\text", r"\textrm", r"\textit", r"\mathrm", r"\mathit", r"\mathbf", r"\mathsf", r"\operatorname", r"\boldsymbol"}
)
_PIECE: Final = re.compile(r"\\[A-Za-z]+|[A-Za-z0-9]+|[^\\]|\\")


def identifier(symbol: Symbol) -> str:
    """Return the Python identifier of one symbol by the module's rule, whatever the others are called."""
    parts = (symbol.name, *symbol.accents, symbol.subscript, symbol.mark)
    text = "_".join(word for word in map(_words, parts) if word)
    if not text[:1].isalpha():
        text = f"v_{text}".rstrip("_")
    if text == "lambda":
        return "lamda"
    return text + "_" if text in _TAKEN else text


def names(symbols: Sequence[Symbol], taken: Iterable[str] = ()) -> dict[Symbol, str]:
    """Return a unique identifier for each symbol; a symbol gives way to earlier ones and to `taken`."""
    chosen: dict[Symbol, str] = {}
    used = set(taken)
    later: list[Symbol] = []
    for symbol in dict.fromkeys(symbols):
        name = identifier(symbol)
        if name in used:
            later.append(symbol)
        else:
            chosen[symbol] = name
            used.add(name)
    for symbol in later:
        chosen[symbol] = fresh(identifier(symbol), used)
        used.add(chosen[symbol])
    return chosen


def fresh(name: str, used: Iterable[str]) -> str:
    """Return `name`, or the first of `name_2`, `name_3`, ... that is not used."""
    used = used if isinstance(used, (set, frozenset, dict)) else set(used)
    if name not in used:
        return name
    number = 2
    while f"{name}_{number}" in used:
        number += 1
    return f"{name}_{number}"


def _words(latex: str) -> str:
    r"""Return a piece of LaTeX as words joined by `_`: `\max` is `max`, `t-1` is `t_minus_1`."""
    pieces = []
    for piece in _PIECE.findall(latex):
        if piece in _SIGNS:
            pieces.append(_SIGNS[piece])
        elif piece in _WRAPPERS:
            pieces.append("_")
        elif piece[0] == "\\":
            pieces.append(f"_{piece[1:]}_" if len(piece) > 1 else "")
        elif piece.isascii():
            pieces.append(piece if piece.isalnum() else "_")
        else:
            pieces.append(f"_u{ord(piece):04x}_")
    return "_".join(word for word in "".join(pieces).split("_") if word)
