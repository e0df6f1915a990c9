r"""The second reader: latex2sympy2, which knows nothing of ours. This module imports it and SymPy, so import it lazily.

What the package does with scalar formulas is used as it is, but for what would make the result another formula than
the author's: state that it keeps between calls, its names of symbols, and its meanings of `I`, `\mathrm{e}`, `\log`.
"""

from __future__ import annotations

import re
import sys
import typing
from collections.abc import Callable
from typing import Any, Final

import sympy

from derive.errors import ReadError, Span, UnsupportedError

if "typing.io" not in sys.modules:  # Python 3.13 has dropped the module that latex2sympy2's parser imports
    sys.modules["typing.io"] = typing

try:
    import latex2sympy2
except ImportError as reason:  # its modules have common names, which others in the path may hide
    raise UnsupportedError(f"latex2sympy2 cannot be loaded: {reason}") from reason

_LENGTH: Final = 400
_DEPTH: Final = 8
"""Beyond these the package takes from seconds to for ever: each level costs a third of a second and more."""

_FRESH: Final = {"is_real": True, "frac_type": r"\frac", "variances": {}, "var": {}, "VARIABLE_VALUES": {}}
"""The module globals that calls leave behind."""

_LEVEL: Final = {"(": 1, "{": 1, "[": 1, ")": -1, "}": -1, "]": -1}
_NATURAL: Final = re.compile(r"\\log(?![A-Za-z])(?!\s*_)")
_DRESS: Final = re.compile(r"\\(?:mathit|mathrm|mathbf|boldsymbol|text|operatorname)(?![A-Za-z])|[{}\\\s]")


def bare_name(latex: str) -> str:
    r"""Return the name of a symbol without braces, backslashes and fonts: `x_{12}` is x_12, `\mathit{rate}` rate."""
    return _DRESS.sub("", latex)


def read_with_latex2sympy(latex: str, log_base: str = "e", named: Callable[[str], str] = bare_name) -> Any:
    r"""Return what latex2sympy2 reads, with real symbols.

    Args:
        latex: One formula, without a task; of `y = ...` the right-hand side.
        log_base: The base of a `\log` without one: "e" or "10".
        named: Gives the symbols their names, from the LaTeX that latex2sympy2 names them by.

    Raises:
        ReadError: The package refuses the text; the place is the one that it names.
        UnsupportedError: The text is too long or too deep for the package, or no single expression.
    """
    depth = deepest = 0
    for c in latex:
        depth += _LEVEL.get(c, 0)
        deepest = max(deepest, depth)
    if len(latex) > _LENGTH or deepest > _DEPTH:
        raise UnsupportedError(f"latex2sympy2 is not given more than {_LENGTH} characters or {_DEPTH} levels")
    text = _NATURAL.sub(r"\\ln", latex) if log_base == "e" else latex
    for name, state in _FRESH.items():
        setattr(latex2sympy2, name, state.copy() if isinstance(state, dict) else state)
    try:
        read = latex2sympy2.latex2sympy(text)
    except RecursionError:
        raise UnsupportedError("latex2sympy2 cannot read a formula that is nested so deep") from None
    except Exception as reason:  # it raises whatever comes: Exception itself, AttributeError, ...
        raise _refusal(str(reason), latex) from None
    if not isinstance(read, sympy.Expr | sympy.MatrixBase):
        raise UnsupportedError(f"latex2sympy2 reads a {type(read).__name__}, no expression")
    return read.xreplace(_meanings(read, named))


def _meanings(read: Any, named: Callable[[str], str]) -> dict[Any, Any]:
    r"""Return what to put for symbols that are spelled otherwise, for `\mathrm{e}` and for the letter I."""
    out = {s: sympy.Symbol(named(s.name), real=True) for s in read.free_symbols if s.name != r"\mathrm{e}"}
    out |= {s: sympy.E for s in read.free_symbols if s.name == r"\mathrm{e}"}
    return out | {sympy.I: sympy.Symbol("I", real=True)}


def _refusal(message: str, latex: str) -> ReadError:
    """Return the error with the column that the package marks below its message with `~~~^`."""
    lines = message.splitlines() or ["no reason given"]
    marker = re.fullmatch(r"(~*)\^", lines[-1])
    span = Span(len(marker[1]), len(marker[1]) + 1) if marker and len(marker[1]) < len(latex) else None
    return ReadError(f"latex2sympy2 cannot read this: {lines[0]}", span, source=latex)
