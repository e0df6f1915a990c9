"""How high a formula is when it is set, in ems of its font: an estimate, by kind of node."""

from __future__ import annotations

from derive.expr.interning import current_table
from derive.expr.nodes import Cases, Derivative, Expr, Matrix, Power, Quotient, SumOver
from derive.expr.walks import fold


def in_line(e: Expr) -> float:
    """Return about how high a formula is when TeX sets it in a line."""
    known: dict[Expr, float] = current_table().memo("height")
    return fold(e, _in_line, known)


def in_display(e: Expr) -> float:
    """Return about how much room a formula takes downwards as a row of a display."""
    known: dict[Expr, bool] = current_table().memo("limits")
    has_limits = fold(e, lambda node, parts: isinstance(node, SumOver) or any(parts), known)
    return max(1.1 * in_line(e) + 0.4, 3.2 if has_limits else 0.0)


def _in_line(e: Expr, parts: tuple[float, ...]) -> float:
    tallest = max(parts, default=1.0)
    match e:
        case Quotient(_, _, "frac"):
            return 0.8 * sum(parts[:2]) + 0.2
        case Derivative():
            return 1.9
        case Cases(values):
            return 1.3 * tallest * len(values)
        case Matrix(rows):
            return max(1.25, 0.75 * tallest) * len(rows) + (0.6 * (len(rows) - 1) if tallest > 1.5 else 0.0)
        case Power():
            return tallest + 0.2
        case SumOver():
            return tallest + 0.4
    return tallest
