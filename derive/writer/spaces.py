r"""Where the vectors, matrices and declared functions of a problem live: `\mathbf{x} \in \mathbb{R}^{n}`."""

from __future__ import annotations

from collections.abc import Callable

from derive.derivation import Problem
from derive.expr.nodes import Entry, Expr, Symbol
from derive.expr.shapes import Shape
from derive.expr.walks import postorder, symbols


def spaces(problem: Problem, show: Callable[[Expr], str], latex: bool) -> tuple[str, ...]:
    r"""Return what the page says of them, `\mathbf{w}, \mathbf{x} \in \mathbb{R}^{n}` together."""
    groups: dict[str, list[str]] = {}
    parts = (problem.formula, *(d.value for d in problem.definitions), *problem.task.variables)
    defined = {d.symbol for d in problem.definitions}
    member = {e.of: e for e in postorder(*parts) if isinstance(e, Entry) and e.shape}
    met = symbols(*parts)
    for s in met:
        family = s.kind == "family"
        shape = s.shape[1:] if family else s.shape
        if s not in defined and s.kind in ("variable", "family") and shape:
            name = show(member.get(s, s) if family else s)
            element = r"\in" if latex else "in"
            space = f"{element} {_space(shape, problem.notation.sets.get(s, ''), latex)}"
            groups.setdefault(space, []).append(name)
    maps = [_map(s, problem.notation.domains[s], show, latex) for s in met if s in problem.notation.domains]
    return (*(f"{', '.join(names)} {where}" for where, names in groups.items()), *filter(None, maps))


def _map(function: Symbol, domains: tuple[Shape, ...], show: Callable[[Expr], str], latex: bool) -> str:
    r"""Return `\mathbf{f}: \mathbb{R}^{n} \to \mathbb{R}^{m}`; nothing of a function of numbers to numbers."""
    if not function.shape and not any(domains):
        return ""
    times, to = (r" \times ", r"\to") if latex else (" × ", "→")
    source = times.join(_space(d, "", latex) for d in domains)
    return f"{show(function)}: {source} {to} {_space(function.shape, '', latex)}"


def _space(shape: Shape, kind: str, latex: bool) -> str:
    """Return the space of a shape; `kind` tells symmetric matrices."""
    symmetric = kind.startswith("S")
    letter = "S" if symmetric else "R"
    sizes = [str(size) for size in (shape[:1] if symmetric else shape)]
    if not latex:
        return f"{letter}^({'×'.join(sizes)})" if sizes else letter
    raised = r" \times ".join(sizes)
    raised = f"^{{{raised}}}" if sizes else ""
    return rf"\mathbb{{{letter}}}{raised}{kind[1:] if symmetric else ''}"
