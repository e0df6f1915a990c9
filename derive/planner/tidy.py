"""Tidying: named rewrites, each a row. A row changes one node; the walk applies it from the leaves up.

What the author wrote inside a function, a root or an exponent is not touched: derivatives only rearrange the products
and sums around it. Every rewrite keeps the value wherever its conditions hold, and the checker sees each line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from derive.derivation import Condition, Reason
from derive.expr.build_arrays import zero
from derive.expr.interning import current_table
from derive.expr.nodes import (
    Call,
    Cases,
    Derivative,
    Expr,
    MatMul,
    Matrix,
    Operation,
    Power,
    Product,
    Quotient,
    Root,
    Sum,
    SumOver,
    Transpose,
)
from derive.expr.walks import children, fold, postorder, with_children
from derive.planner.rewrite_arrays import (
    common_matrix,
    constants_out,
    count_ones,
    diagonals,
    distribute_diagonals,
    dots,
    entries,
    entry_sums,
    merge_sums,
    numbers_inside,
    ones_and_diagonal,
    products,
    row_and_diagonal,
    symmetric,
    transposes,
)
from derive.planner.rewrite_blocks import block_products, literal_products
from derive.planner.rewrite_cases import known_case, number_out_of_cases, turn_round
from derive.planner.rewrite_products import (
    Trace,
    absolute_value,
    alike,
    arrange,
    cancel_factors,
    clear,
    content,
    distribute,
    exponentials,
    is_author,
    known_values,
    split_wide,
)
from derive.planner.rewrite_sums import (
    collect_like,
    expand,
    factor_out,
    into_cases,
    lead_with_plus,
    merge_cases,
    nested_fractions,
    together,
)


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A row: its name (worded in `rules/vocabulary.py`), the change of one node, an example in LaTeX."""

    name: str
    change: Callable[[Expr, Trace], Expr]
    example: tuple[str, str]
    quiet: bool = False
    """Too small to be worth a reason of its own."""
    whole: bool = False
    """Applies to the whole result only, not to its parts."""
    only_with: str = ""
    """Can change nothing where this kind of node, or function, does not occur."""
    kinds: tuple[type, ...] = (Sum, Product, Quotient, Power)
    """The kinds of nodes that it changes."""


@dataclass(frozen=True, slots=True)
class Tidied:
    """The result of one rewrite: the whole expression after it, and why."""

    value: Expr
    reason: Reason
    conditions: tuple[Condition, ...]
    quiet: bool


LETTERS = (r"\mathbf{w}, \mathbf{x} \in \mathbb{R}^n", r"\mathbf{A} \in \mathbb{R}^{n \times n}", r"S \in \mathbb{S}^n")
"""What the letters of the examples about vectors are declared to be."""

_ARRAYS = (MatMul, Product, Quotient, Operation)

REWRITES: tuple[Rewrite, ...] = (
    Rewrite("transposes", transposes, (r"(\mathbf{A}\mathbf{x})^\top", r"\mathbf{x}^\top\mathbf{A}^\top"), quiet=True,
            only_with="shaped", kinds=(Transpose,)),
    Rewrite("symmetric", symmetric, (r"S^\top\mathbf{x}", r"S\mathbf{x}"), only_with="shaped", kinds=(Transpose,)),
    Rewrite("products", products, (r"\mathbf{x}^\top(2\mathbf{A})", r"2\mathbf{x}^\top\mathbf{A}"), quiet=True,
            only_with="shaped", kinds=_ARRAYS),
    Rewrite("ones times diagonal", ones_and_diagonal,
            (r"\mathbf{1}^\top\operatorname{diag}(\mathbf{x})", r"\mathbf{x}^\top"), only_with="diag", kinds=(MatMul,)),
    Rewrite("count ones", count_ones, (r"\mathbf{1}_n^\top\mathbf{1}_n", "n"), only_with="shaped",
            kinds=(MatMul, Operation)),
    Rewrite("diagonal matrices", diagonals,
            (r"\operatorname{diag}(\mathbf{w})\operatorname{diag}(\mathbf{x})",
             r"\operatorname{diag}(\mathbf{w} \odot \mathbf{x})"), only_with="diag", kinds=(MatMul,)),
    Rewrite("distribute", distribute_diagonals,
            (r"\mathbf{x}^\top(\operatorname{diag}(\mathbf{w}) - \mathbf{w}\mathbf{w}^\top)",
             r"(\mathbf{x} \odot \mathbf{w})^\top - \mathbf{x}^\top\mathbf{w}\mathbf{w}^\top"), only_with="diag",
            kinds=(MatMul,)),
    Rewrite("row times diagonal", row_and_diagonal,
            (r"\mathbf{w}^\top\operatorname{diag}(\mathbf{x})", r"(\mathbf{w} \odot \mathbf{x})^\top"),
            only_with="diag", kinds=(MatMul,)),
    Rewrite("numbers inside", numbers_inside,
            (r"\mathbf{x}\mathbf{w}^\top\mathbf{x}", r"(\mathbf{w}^\top\mathbf{x})\mathbf{x}"), quiet=True,
            only_with="shaped", kinds=(MatMul,)),
    Rewrite("entries", entries, (r"(\mathbf{w} \oslash \mathbf{x}) \odot \mathbf{x}", r"\mathbf{w}"),
            only_with="shaped", kinds=(Operation,)),
    Rewrite("literal products", literal_products,
            (r"\begin{bmatrix} 1 & 0 \\ 0 & 2 \end{bmatrix}\begin{bmatrix} x \\ y \end{bmatrix}",
             r"\begin{bmatrix} x \\ 2y \end{bmatrix}"), quiet=True, only_with="Matrix", kinds=(MatMul,)),
    Rewrite("block by block", block_products,
            (r"\begin{bmatrix} \mathbf{A} & \mathbf{w} \end{bmatrix}\begin{bmatrix} \mathbf{x} \\ 2 \end{bmatrix}",
             r"\mathbf{A}\mathbf{x} + 2\mathbf{w}"), only_with="Matrix", kinds=(MatMul,)),
    Rewrite("entry sums", entry_sums,
            (r"(\mathbf{1} - \mathbf{w}) \odot \mathbf{x} - \mathbf{w} \odot (\mathbf{1} - \mathbf{x})",
             r"\mathbf{x} - \mathbf{w}"), only_with="hadamard", kinds=(Sum,)),
    Rewrite("dots", dots, (r"(\mathbf{w} \oslash \mathbf{x})^\top\mathbf{x}", r"\mathbf{1}^\top\mathbf{w}"),
            only_with="divide", kinds=(MatMul,)),
    Rewrite("clear", clear, (r"1 \cdot x + 0", "x"), quiet=True),
    Rewrite("values", known_values, (r"\ln(e) \cdot x", "x"), quiet=True, kinds=(Call, Root, Power, Cases)),
    Rewrite("numbers first", arrange, (r"\cos(x) \cdot 2x", r"2x\cos(x)"), quiet=True),
    Rewrite("like factors", alike, (r"x \cdot x^2", "x^3"), quiet=True),
    Rewrite("signs", distribute, (r"-(x^2 + \sin(x))", r"-x^2 - \sin(x)"), quiet=True, whole=True),
    Rewrite("cancel", cancel_factors, (r"\frac{2x}{x^2}", r"\frac{2}{x}")),
    Rewrite("exponentials", exponentials, (r"xe^x \cdot e^{-x}", "x"), only_with="exp"),
    Rewrite("absolute value", absolute_value, (r"\frac{x^2}{\lvert x \rvert}", r"\lvert x \rvert"), only_with="abs"),
    Rewrite("constants out", constants_out, (r"\sum_{i=1}^{n} 2x_i", r"2\sum_{i=1}^{n} x_i"), quiet=True,
            only_with="SumOver", kinds=(SumOver,)),
    Rewrite("merge sums", merge_sums,
            (r"\sum_{i=1}^{n} x_i(1 - w_i) - \sum_{i=1}^{n} w_i(1 - x_i)", r"\sum_{i=1}^{n} (x_i - w_i)"),
            only_with="SumOver", kinds=(Sum,)),
    Rewrite("into the cases", into_cases,
            (r"x \cdot \begin{cases} 0 & \text{if } x \le 0 \\ 1 & \text{if } x > 0 \end{cases}",
             r"\begin{cases} 0 & \text{if } x \le 0 \\ x & \text{if } x > 0 \end{cases}"), quiet=True,
            only_with="Cases"),
    Rewrite("merge cases", merge_cases,
            (r"\begin{cases} x & \text{if } x > 1 \\ 0 & \text{if } x \le 1 \end{cases}"
             r" + \begin{cases} 0 & \text{if } x > 1 \\ 2 & \text{if } x \le 1 \end{cases}",
             r"\begin{cases} x & \text{if } x > 1 \\ 2 & \text{if } x \le 1 \end{cases}"), quiet=True,
            only_with="Cases"),
    Rewrite("known case", known_case,
            (r"\begin{cases} 0 & \text{if } x \le 0 \\ 2\max(0, x) & \text{if } x > 0 \end{cases}",
             r"\begin{cases} 0 & \text{if } x \le 0 \\ 2x & \text{if } x > 0 \end{cases}"), only_with="Cases",
            kinds=(Cases,)),
    Rewrite("number out of cases", number_out_of_cases,
            (r"\sum_{i=1}^{N} \begin{cases} \mathbf{0} & \text{if } y_i \le 0 \\ 2\mathbf{w} & \text{if } y_i > 0"
             r" \end{cases}",
             r"2\sum_{i=1}^{N} \begin{cases} \mathbf{0} & \text{if } y_i \le 0 \\ \mathbf{w} & \text{if } y_i > 0"
             r" \end{cases}"),
            quiet=True, only_with="SumOver", kinds=(Cases,)),
    Rewrite("like terms", collect_like, (r"x^2 + 2x^2", "3x^2"), quiet=True, only_with="Sum"),
    Rewrite("lead with plus", lead_with_plus, (r"-\sin(x) + \cos(x)", r"\cos(x) - \sin(x)"), quiet=True,
            only_with="Sum"),
    Rewrite("turn round", turn_round, (r"-\sum_{i=1}^{n} (1 - x_i)\mathbf{w}", r"\sum_{i=1}^{n} (x_i - 1)\mathbf{w}"),
            quiet=True, only_with="SumOver", kinds=(Sum,)),
    Rewrite("factor out", factor_out, (r"2xe^x + x^2e^x", r"xe^x(2 + x)"), only_with="Sum"),
    Rewrite("common matrix", common_matrix,
            (r"\mathbf{x}^\top\mathbf{A} + \mathbf{x}^\top\mathbf{A}^\top",
             r"\mathbf{x}^\top(\mathbf{A} + \mathbf{A}^\top)"), only_with="shaped", kinds=(Sum,)),
    Rewrite("expand", expand, (r"2x(x^2 + 1) - (x^2 - 1) \cdot 2x", "4x"), only_with="Sum"),
    Rewrite("common denominator", together,
            (r"\frac{3}{(x + 4)^2} - \frac{2x - 1}{(x + 4)^3}", r"\frac{x + 13}{(x + 4)^3}"), only_with="Sum"),
    Rewrite("nested fractions", nested_fractions,
            (r"\frac{1}{a^2(1 + \frac{x^2}{a^2})}", r"\frac{1}{a^2 + x^2}"), only_with="Sum"),
    Rewrite("content", content, (r"\frac{-4x - 4}{16x^2}", r"-\frac{x + 1}{4x^2}"), quiet=True, only_with="Sum"),
)  # fmt: skip


_INSIDE = (Sum, Product, Quotient, Matrix, Transpose, Cases, MatMul, Operation, SumOver)


def protect(*roots: Expr) -> None:
    """Mark what the author wrote: its parts are not rewritten, wherever they turn up in the working."""
    current_table().memo("author").update(dict.fromkeys([n for n in postorder(*roots) if _is_sum(n)]))


def _is_sum(e: Expr) -> bool:
    return isinstance(e, Sum) and len(e.terms) > 1


def _reachable(e: Expr, deep: bool) -> tuple[Expr, ...]:
    """The parts that tidying may change: not the inside of a function, a root, an exponent, a condition.

    `deep`: all parts, where numbers were put in for the variables.
    """
    if deep and not isinstance(e, Derivative):
        return children(e)
    if is_author(e):
        return ()
    if isinstance(e, Cases):
        return e.values
    if isinstance(e, Power):
        return (e.base,)
    return children(e) if isinstance(e, _INSIDE) else ()


_Kept = tuple[Expr, tuple[Expr, ...], tuple[Condition, ...]]
"""What a rewrite made of a node, with what it is about and the conditions it needs, in the parts too."""
_Order = list[tuple[Expr, tuple[Expr, ...]]]
"""Nodes with their reachable parts, parts before wholes."""


def _order(root: Expr, deep: bool) -> _Order:
    """Return the reachable nodes below the root, in the order in which every rewrite visits them."""
    out: _Order = []
    done: set[Expr] = set()
    stack = [root]
    while stack:
        e = stack[-1]
        if e in done:
            stack.pop()
            continue
        parts = _reachable(e, deep)
        missing = [part for part in parts if part not in done]
        if missing:
            stack.extend(reversed(missing))
        else:
            done.add(e)
            out.append((e, parts))
            stack.pop()
    return out


def _apply(rewrite: Rewrite, order: _Order, deep: bool) -> _Kept:
    """Apply a rewrite from the leaves up.

    What it makes of a node is remembered, for most of an expression stays as it is from one line to the next.
    """
    trace = Trace()
    root = order[-1][0]
    if rewrite.whole:
        return rewrite.change(root, trace), (), ()
    known: dict[Expr, _Kept] = current_table().memo(f"{rewrite.name} {deep}")
    change, kinds = rewrite.change, rewrite.kinds
    for e, parts in order:
        if e in known:
            continue
        whole = _with_parts(e, parts, known) if parts else e
        after = change(whole, trace) if isinstance(whole, kinds) and (deep or not is_author(whole)) else whole
        if after.shape != whole.shape:  # terms that cancel leave the number 0
            after = zero(whole.shape)
        for part in parts:
            _, about, conditions = known[part]
            if about or conditions:
                trace.about.update(dict.fromkeys(about))
                trace.conditions.update(dict.fromkeys(conditions))
        if trace.about or trace.conditions:
            known[e] = after, tuple(trace.about), tuple(trace.conditions)
            trace = Trace()
        else:
            known[e] = after, (), ()
    return known[root]


def _with_parts(e: Expr, reachable: tuple[Expr, ...], known: dict[Expr, _Kept]) -> Expr:
    """Return the node with its changed parts."""
    for part in reachable:
        if known[part][0] is not part:
            changed = {part: known[part][0] for part in reachable}
            return with_children(e, tuple(changed.get(part, part) for part in children(e)))
    return e


def _features(e: Expr) -> frozenset[str]:
    """The kinds of nodes and the functions that occur; `Sum` for sums of more than one term."""
    return fold(e, _features_of, current_table().memo("features"))


def _features_of(e: Expr, parts: tuple[frozenset[str], ...]) -> frozenset[str]:
    kind = e.function if isinstance(e, Call) else type(e).__name__
    own = _NO_FEATURES if kind == "Sum" and not _is_sum(e) else frozenset((kind,))
    if e.shape:
        own |= {"shaped", *([e.name] if isinstance(e, Operation) else [])}
    return own.union(*parts)


_NO_FEATURES: frozenset[str] = frozenset()
_MOST_ROUNDS = 12


def tidy(e: Expr, *, deep: bool = False) -> list[Tidied]:
    """Return the expression after each rewrite that changed it, until none does.

    The rounds end because each rewrite makes the expression shorter or moves it towards one fixed order; their
    number is bounded all the same. `deep` also looks inside functions, roots and exponents.
    """
    done: dict[Expr, None] = current_table().memo(f"tidy {deep}")
    if e in done:
        return []
    out: list[Tidied] = []
    for _ in range(_MOST_ROUNDS):
        before, order, present = e, _order(e, deep), _features(e)
        kinds = {type(part) for part, _ in order}
        for rewrite in REWRITES:
            if rewrite.only_with and rewrite.only_with not in present:
                continue
            if not rewrite.whole and not any(issubclass(kind, rewrite.kinds) for kind in kinds):
                continue
            after, about, conditions = _apply(rewrite, order, deep)
            if after is not e:
                e, order, present = after, _order(after, deep), _features(after)
                kinds = {type(part) for part, _ in order}
                out.append(Tidied(e, Reason(rewrite.name, about), conditions, rewrite.quiet))
        if e is before:
            break
    narrow = split_wide(e, Trace())
    if narrow is not e:
        out.append(Tidied(narrow, Reason("split"), (), quiet=True))
    if not out:
        done[e] = None
    return out


def tidied(e: Expr) -> Expr:
    """Return the tidy form alone."""
    steps = tidy(e)
    return steps[-1].value if steps else e


__all__ = ["LETTERS", "REWRITES", "Rewrite", "Tidied", "tidied", "tidy"]
