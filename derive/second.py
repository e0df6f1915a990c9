"""The second way in: a formula that latex2sympy2 has read, or that is a SymPy expression already.

It is printed as LaTeX and read like any other text, so tasks, options and limits hold as usual. SymPy enters with this
module, so it is itself imported only by those who ask for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from derive.derivation import Notation, Note, Problem, Request
from derive.errors import DeriveError, LimitError, UnsupportedError
from derive.expr.interning import Table, interning
from derive.expr.nodes import Expr, Symbol
from derive.expr.spelling import spell
from derive.expr.sympy_bridge import from_sympy, symbol_named
from derive.expr.walks import symbols, tree_size
from derive.limits import Limits
from derive.reader import read_expression, read_problem
from derive.reader.second import read_with_latex2sympy
from derive.writer.latex import latex

_EQUATION: Final = re.compile(r"([^=]*=)([^=]*)", re.DOTALL)
_DROPPED: Final = re.compile(r"'|\\(?:prime|mathbf|boldsymbol|bm|vec|top|mathsf)(?![A-Za-z])|\^\s*\{?\s*T\b")
"""What latex2sympy2 drops without a word, so that the formula would be another one: primes, bold type, transposes."""

_PLAIN_NAME: Final = re.compile(r"[A-Za-z]+\d*(?:_(?:[A-Za-z0-9_]+|\{[A-Za-z0-9,]+\}))?")


class _Printed(NamedTuple):
    """A SymPy object as LaTeX, the LaTeX of its symbols by SymPy's names, and the declarations of its functions."""

    latex: str
    names: Mapping[str, str]
    functions: tuple[str, ...]


def read_second(source: object, request: Request, limits: Limits) -> Problem:
    """Return the problem of a text that latex2sympy2 reads, or of a SymPy expression, `Eq` or `Derivative`.

    Args:
        source: LaTeX, or a SymPy object.
        request: What is asked; beside a SymPy object, `wrt` may hold SymPy's symbols, or their names: `theta`, `x_1`.
        limits: What the input may cost.

    Raises:
        UnsupportedError: There is no counterpart here for what SymPy's expression holds.
        DeriveError: What latex2sympy2, or the reader of the printed formula, has to say.
    """
    if isinstance(source, str):
        head, formula = _parted(source)
        printed = _printed(read_with_latex2sympy(formula, request.log_base, named=str), limits)
        text, latex_of_problem = head + printed.latex, source
    else:
        printed = _printed(source, limits)
        text = latex_of_problem = printed.latex
        request = replace(request, wrt=tuple(_spelled(str(w), printed.names) for w in request.wrt))
    problem = read_problem(text, replace(request, let=(*printed.functions, *request.let)), limits)
    notes = [replace(note, span=None) for note in problem.notes]  # their places are in a text that nobody typed
    return replace(problem, latex=latex_of_problem, notes=(*notes, Note("order lost", "")))


def _parted(text: str) -> tuple[str, str]:
    """Return the left-hand side with its `=`, which latex2sympy2 would drop, and the formula."""
    dropped = _DROPPED.search(text)
    if dropped:
        raise UnsupportedError(f"latex2sympy2 drops {dropped[0].strip()} without a word", hint="leave out --reader")
    if "=" not in text:
        return "", text
    parted = _EQUATION.fullmatch(text)
    if parted is None:
        raise UnsupportedError("latex2sympy2 is given one equation at most", hint="leave out --reader")
    return parted[1], parted[2]


def _printed(expr: Any, limits: Limits) -> _Printed:
    """Return a SymPy object as a text that reads back as it.

    Raises:
        UnsupportedError: It has no counterpart, or two of its symbols have the same one.
        LimitError: Written out it is over the limit of nodes.
    """
    with interning(Table()):
        known = {s: _symbol(s.name) for s in getattr(expr, "free_symbols", ())}
        if len(set(known.values())) < len(known):
            raise UnsupportedError("two symbols would have one name: " + ", ".join(sorted(map(str, known))))
        e: Expr = from_sympy(expr, known)[0]
        if tree_size(e) > limits.nodes:
            raise LimitError(
                f"the expression has more than {limits.nodes} nodes", hint="raise it with --limit nodes=..."
            )
        functions = [s for s in symbols(e) if s.kind == "function"]
        declared = tuple(rf"{spell(_symbol(f.name))}: \mathbb{{R}} \to \mathbb{{R}}" for f in functions)
        return _Printed(latex(e, Notation()), {s.name: spell(symbol) for s, symbol in known.items()}, declared)


def _symbol(name: str) -> Symbol:
    r"""Return the symbol that a name of SymPy's stands for: `x_1`, `theta`, or LaTeX such as `\hat{x}`."""
    if _PLAIN_NAME.fullmatch(name):
        return symbol_named(name)
    try:
        read = read_expression(name, Notation())
    except DeriveError:
        read = None
    if not isinstance(read, Symbol):
        raise UnsupportedError(f"the name {name!r} of a SymPy symbol cannot be spelled in LaTeX")
    return read


def _spelled(wrt: str, names: Mapping[str, str]) -> str:
    """Return what to differentiate by in LaTeX, where each word of it is a name of SymPy's."""
    words = wrt.replace(",", " ").split()
    return " ".join(names[word] for word in words) if all(word in names for word in words) else wrt
