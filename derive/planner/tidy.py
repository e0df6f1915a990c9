"""Tidying: named rewrites, each a row. A row changes one node; the walk applies it from the leaves up.

What the author wrote inside a function, a root or an exponent is not touched: derivatives only rearrange the products
and sums around it. Every rewrite keeps the value wherever its conditions hold, and the checker sees each line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd

from derive.derivation import Condition, Reason
from derive.expr.build import Rational, add, as_number, differs, exact, is_integer, negative, rational, signed, times
from derive.expr.nodes import (
    Call,
    Cases,
    Constant,
    Decimal,
    Derivative,
    Expr,
    Integer,
    Matrix,
    Power,
    Product,
    Quotient,
    Root,
    Sum,
    Symbol,
    Transpose,
    current_table,
)
from derive.expr.walks import children, plain, postorder, tree_size, with_children
from derive.planner.algebra import NUMBER, Exponent, Factor, Term, cancel, collect, merge_alike, opened, term_of, write


@dataclass(slots=True)
class Trace:
    """What a rewrite wants said: the expressions it is about, and the conditions it needs."""

    about: dict[Expr, None] = field(default_factory=dict)
    conditions: dict[Condition, None] = field(default_factory=dict)


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


# The rows -------------------------------------------------------------------------------------------------------------


def _distribute(e: Expr, _: Trace) -> Expr:
    """Take the minus in front of a whole result into its terms: -(a + b) = -a - b."""
    sign, inner = signed(e)
    return add(opened(e)) if sign < 0 and isinstance(inner, Sum) else e


def _clear(e: Expr, _: Trace) -> Expr:
    """Drop zeros from sums, ones from products and quotients; a product with 0 is 0."""
    match e:
        case Sum(terms, signs):
            kept = [negative(t) if s < 0 else t for t, s in zip(terms, signs, strict=True) if not is_integer(t, 0)]
            return _unless_same(e, add(kept))
        case Product(factors):
            if any(is_integer(f, 0) for f in factors) and not e.shape:
                return Integer(0)
            kept = [f for f in factors if not is_integer(f, 1)]
            return e if len(kept) == len(factors) else times(kept)
        case Quotient(a, Integer(1)):
            return a
        case Quotient(Integer(0) as zero, b) if as_number(b) != 0:
            return zero
        case Power(base, exponent) if is_integer(exponent, 1):
            return base
        case _:
            return e


_PRODUCTS = (Product, Quotient, Power)


def _is_product(e: Expr) -> bool:
    if isinstance(e, Sum):
        return len(e.terms) == 1 and not isinstance(e.terms[0], Sum)
    return isinstance(e, _PRODUCTS)


def _arrange(e: Expr, _: Trace) -> Expr:
    """Write a product with its sign in front, its number next, and one fraction bar."""
    if not _is_product(e):
        return e
    return _unless_same(e, write(term_of(e)))


def _alike(e: Expr, _: Trace) -> Expr:
    if not _is_product(e):
        return e
    term = term_of(e)
    return write(term) if merge_alike(term) else e


def _cancel(e: Expr, trace: Trace) -> Expr:
    if not _is_product(e):
        return e
    term = term_of(e)
    _share_factors(term)
    gone = cancel(term)
    if not gone:
        return e
    for base in gone:
        trace.about.setdefault(base)
        if not isinstance(base, Constant) and not _never_zero(base):
            trace.conditions.setdefault(differs(base, Integer(0)))
    return write(term)


def _never_zero(e: Expr) -> bool:
    return isinstance(e, Call) and e.function in ("exp", "cosh", "sech", "sigmoid", "softplus")


def _absolute(e: Expr, _: Trace) -> Expr:
    r"""Write x^2 as |x|^2 where |x| stands beside it, so that they merge: `\frac{x^2}{\lvert x \rvert} = \lvert x \rvert`."""
    if not _is_product(e):
        return e
    term = term_of(e)
    merge_alike(term)
    inside = {plain(f.base.arguments[0]): f.base for f in term.factors if isinstance(f.base, Call) and f.base.function == "abs"}
    found = False
    for f in term.factors:
        outer = inside.get(plain(f.base))
        if outer is not None and isinstance(f.exponent, NUMBER) and f.exponent % 2 == 0:
            f.base, found = outer, True
    if not found:
        return e
    cancel(term)
    return write(term)


def _into_cases(e: Expr, _: Trace) -> Expr:
    """Multiply a factor into each case."""
    if not _is_product(e) or not any(isinstance(part, Cases) for part in postorder(e)):
        return e
    term = term_of(e)
    places = [f for f in term.factors if isinstance(f.base, Cases) and f.exponent == 1]
    if len(places) != 1:
        return e
    place = places[0]
    cases = place.base
    assert isinstance(cases, Cases)
    values = []
    for value in cases.values:
        place.base = value
        values.append(_clear(write(term_of(write(term))), Trace()))
    return Cases(tuple(values), cases.conditions)


def _merge_cases(e: Expr, _: Trace) -> Expr:
    """Add cases that distinguish the same conditions case by case."""
    if not isinstance(e, Sum):
        return e
    groups: dict[tuple[Expr | None, ...], list[tuple[int, Cases]]] = {}
    for term, sign in zip(e.terms, e.signs, strict=True):
        if isinstance(term, Cases):
            groups.setdefault(term.conditions, []).append((sign, term))
    if not any(len(group) > 1 for group in groups.values()):
        return e
    merged = []
    for conditions, group in groups.items():
        columns = zip(*(cases.values for _, cases in group), strict=True)
        values = [add(v if s > 0 else negative(v) for v, (s, _) in zip(column, group, strict=True)) for column in columns]
        merged.append(Cases(tuple(_simpler(v) for v in values), conditions))
    rest = [t if s > 0 else negative(t) for t, s in zip(e.terms, e.signs, strict=True) if not isinstance(t, Cases)]
    return add([*rest, *merged])


def _together(e: Expr, trace: Trace) -> Expr:
    """Bring the fractions of a sum to a common denominator when the result is shorter."""
    if not isinstance(e, Sum) or len(e.terms) < 2 or not any(map(_has_bar, e.terms)):
        return e
    terms = [term_of(t) for t in opened(e)]
    lowest: dict[Expr, Factor] = {}
    for term in terms:
        merge_alike(term)
        for f in term.factors:
            met = lowest.get(plain(f.base))
            if f.below and (met is None or f.exponent < met.exponent):  # type: ignore[operator]
                lowest[plain(f.base)] = f
    if not lowest:
        return e
    below = Term(1, [Factor(f.base, f.exponent, f.style, f.rooted) for f in lowest.values()])
    top = _simpler(add(_over(term, below) for term in terms))
    result = write(Term(1, [Factor(top, 1), *below.factors]))
    return result if _weight(result) < _weight(e) else e


def _has_bar(e: Expr) -> bool:
    """Tell whether a term is a fraction, or a product with one."""
    if isinstance(e, Product):
        return any(map(_has_bar, e.factors))
    return isinstance(e, Quotient | Power) or (isinstance(e, Sum) and len(e.terms) == 1 and _has_bar(e.terms[0]))


def _over(term: Term, below: Term) -> Expr:
    """The numerator of a term once it is written over a common denominator."""
    raised = [Factor(f.base, -f.exponent, f.style, f.rooted) for f in below.factors]  # type: ignore[operator]
    whole = Term(term.coefficient, [*term.factors, *raised], term.decimal)
    cancel(whole)
    return write(whole)


def _simpler(e: Expr) -> Expr:
    for change in (_clear, _terms, _factor_out, _expand):
        e = change(e, Trace())
    return e


def _share_factors(term: Term) -> None:
    """Take out of a sum above the bar the factors that all its terms share with what stands below."""
    below = {plain(f.base) for f in term.factors if f.below}
    if not below:
        return
    for factor in [f for f in term.factors if f.exponent == 1 and isinstance(f.base, Sum) and len(f.base.terms) > 1]:
        shared = _common(factor.base, numbers=False)
        wanted = [f for f in shared.factors if plain(f.base) in below]
        if wanted:
            factor.base = _divided(factor.base, Term(1, wanted))
            term.factors.extend(wanted)


def _terms(e: Expr, trace: Trace) -> Expr:
    """Collect like terms; sums inside a sum are opened where that brings like terms together."""
    if not isinstance(e, Sum) or len(e.terms) < 2:
        return e
    terms = [negative(t) if s < 0 else t for t, s in zip(e.terms, e.signs, strict=True)]
    flat = [part for t in terms for part in opened(t)]
    for candidate in (terms, flat):
        collected = collect(candidate)
        before = len(candidate)
        after = len(collected.terms) if isinstance(collected, Sum) else 1
        if after < before or is_integer(collected, 0):
            return collected
    return e


def _expand(e: Expr, _: Trace) -> Expr:
    """Multiply out a sum of products when the result is shorter."""
    if not isinstance(e, Sum) or len(e.terms) < 2 or not any(map(_has_bracket, e.terms)):
        return e
    parts: list[Term] = []
    for t, s in zip(e.terms, e.signs, strict=True):
        more = _multiplied_out(negative(t) if s < 0 else t)
        if more is None or len(parts) + len(more) > _MOST_TERMS:
            return e
        parts.extend(more)
    expanded = collect(write(t) for t in parts)
    if _weight(expanded) < _weight(e):
        return _by_degree(expanded)
    shorter = _is_polynomial(e) and _weight(expanded) < _weight(e) + _brackets(e)
    return _by_degree(expanded) if shorter else e


def _is_polynomial(e: Expr) -> bool:
    return all(isinstance(n, Sum | Product | Power | Integer | Decimal | Symbol) for n in postorder(e))


def _brackets(e: Expr) -> int:
    """The weight of the brackets that printing needs, at two signs a pair."""
    return 2 * sum(sum(isinstance(part, Sum) for part in children(n)) for n in postorder(e) if isinstance(n, Product | Power))


def _by_degree(e: Expr) -> Expr:
    """Order a polynomial by falling degree, unless its degrees already rise or fall."""
    if not isinstance(e, Sum) or not _is_polynomial(e):
        return e
    parts = opened(e)
    degrees = [_degree(part) for part in parts]
    if degrees in (sorted(degrees), sorted(degrees, reverse=True)):
        return e
    return add(part for _, part in sorted(zip(degrees, parts, strict=True), key=lambda pair: -pair[0]))


def _degree(e: Expr) -> Rational:
    return sum(f.exponent for f in term_of(e).factors if isinstance(f.exponent, NUMBER))


def _has_bracket(e: Expr) -> bool:
    """Tell whether a sum stands as a factor in a product, or above its bar."""
    match e:
        case Sum(terms):
            return len(terms) > 1 or _has_bracket(terms[0])
        case Product(factors):
            return any(map(_has_bracket, factors))
        case Quotient(numerator):
            return _has_bracket(numerator)
        case Power(base):
            return isinstance(base, Sum)
        case _:
            return False


_MOST_TERMS = 64


def _multiplied_out(e: Expr) -> list[Term] | None:
    """Return the terms of a product of sums, or None when they are too many."""
    term = term_of(e)
    brackets = [f for f in term.factors if isinstance(f.base, Sum) and _small_power(f.exponent)]
    if not brackets:
        return [term]
    out = [Term(term.coefficient, [f for f in term.factors if f not in brackets], term.decimal)]
    for bracket in brackets:
        assert isinstance(bracket.exponent, NUMBER)
        for _ in range(int(bracket.exponent)):
            inner = [term_of(t) for t in opened(bracket.base)]
            if len(out) * len(inner) > _MOST_TERMS:
                return None
            out = [_joined(a, b) for a in out for b in inner]
    return out


def _small_power(exponent: Exponent) -> bool:
    return isinstance(exponent, NUMBER) and exponent in (1, 2, 3)


def _joined(a: Term, b: Term) -> Term:
    copies = [Factor(f.base, f.exponent, f.style, f.rooted) for f in (*a.factors, *b.factors)]
    joined = Term(a.coefficient * b.coefficient, copies, a.decimal or b.decimal)
    merge_alike(joined)
    return joined


def _factor_out(e: Expr, trace: Trace) -> Expr:
    """Take a common factor out of a sum when it is more than a number or a symbol, and the result is shorter."""
    if not isinstance(e, Sum) or len(e.terms) < 2:
        return e
    shared = _common(e, numbers=True)
    if not any(_worth_taking_out(f) for f in shared.factors):
        return e
    rest = _divided(e, shared)
    for change in (_clear, _terms, _expand):
        rest = change(rest, Trace())
    front = write(shared)
    result = times([front, rest]) if not isinstance(front, Sum) else negative(times([front.terms[0], rest]))
    if _weight(result) >= _weight(e):
        return e
    trace.about.setdefault(front)
    return result


def _worth_taking_out(f: Factor) -> bool:
    return not isinstance(f.base, Symbol | Constant) or not isinstance(f.exponent, NUMBER)


def _common(e: Expr, *, numbers: bool) -> Term:
    """Return what all terms of a sum have as a factor."""
    assert isinstance(e, Sum)
    terms = [term_of(t) for t in e.terms]
    for t in terms:
        merge_alike(t)
    first, *others = terms
    shared: list[Factor] = []
    for f in first.factors:
        exponents = [f.exponent]
        for other in others:
            match = next((g for g in other.factors if plain(g.base) is plain(f.base)), None)
            exponents.append(0 if match is None else match.exponent)
        lowest = _lowest(exponents)
        if lowest is not None:
            shared.append(Factor(f.base, lowest, f.style, f.rooted))
    coefficient = _common_number([t.coefficient for t in terms]) if numbers else 1
    return Term(coefficient, shared)


def _lowest(exponents: list[Exponent]) -> Exponent | None:
    numbers = [x for x in exponents if isinstance(x, NUMBER)]
    if len(numbers) == len(exponents):
        lowest = min(numbers)
        return lowest if lowest > 0 else None
    return exponents[0] if not numbers and all(x is exponents[0] for x in exponents) else None


def _common_number(coefficients: list[Rational]) -> Rational:
    if any(c.denominator != 1 for c in coefficients):
        return 1
    return gcd(*(c.numerator for c in coefficients)) or 1


def _divided(e: Expr, by: Term) -> Expr:
    assert isinstance(e, Sum)
    out = []
    for t, s in zip(e.terms, e.signs, strict=True):
        term = term_of(t)
        merge_alike(term)
        term.coefficient = exact(Fraction(term.coefficient * s) / by.coefficient)
        inverse = [Factor(f.base, -f.exponent if isinstance(f.exponent, NUMBER) else negative(f.exponent)) for f in by.factors]
        term.factors.extend(inverse)
        cancel(term)
        _drop_symbolic_ones(term)
        out.append(write(term))
    return add(out)


def _drop_symbolic_ones(term: Term) -> None:
    """x^n times x^{-n}, which the merge leaves as x^0."""
    merged = Term(term.coefficient, term.factors, term.decimal)
    from_symbolic = [f for f in merged.factors if not isinstance(f.exponent, NUMBER)]
    for f in from_symbolic:
        inverse = next((g for g in term.factors if g is not f and plain(g.base) is plain(f.base)
                        and not isinstance(g.exponent, NUMBER)
                        and plain(negative(g.exponent)) is plain(f.exponent)), None)  # fmt: skip
        if inverse is not None and f in term.factors:
            term.factors = [g for g in term.factors if g is not f and g is not inverse]


_EXACT: dict[tuple[str, Rational], Rational] = {
    ("exp", 0): 1, ("ln", 1): 0, ("sin", 0): 0,
    ("cos", 0): 1, ("tan", 0): 0, ("sec", 0): 1,
    ("arcsin", 0): 0, ("arctan", 0): 0, ("sinh", 0): 0,
    ("cosh", 0): 1, ("tanh", 0): 0, ("sech", 0): 1,
    ("arsinh", 0): 0, ("artanh", 0): 0, ("erf", 0): 0,
    ("sigmoid", 0): Fraction(1, 2),
}  # fmt: skip


def _values(e: Expr, _: Trace) -> Expr:
    """Put in values that everybody knows: ln e = 1, e^0 = 1, the root of 4."""
    match e:
        case Call("ln", (Constant("e"),)):
            return Integer(1)
        case Call(function, (argument,)):
            number = as_number(argument)
            known = None if number is None else _EXACT.get((function, number))
            if known is None and function == "abs" and number is not None:
                known = abs(number)
            return e if known is None else rational(known)
        case Root(radicand, None):
            return _square_root(e, as_number(radicand))
        case Power(base, exponent):
            return _number_power(e, as_number(base), as_number(exponent))
        case _:
            return e


def _square_root(e: Expr, number: Rational | None) -> Expr:
    if number is None or number < 0:
        return e
    top, bottom = _exact_root(number.numerator), _exact_root(number.denominator)
    return e if top is None or bottom is None else rational(Fraction(top, bottom))


def _exact_root(n: int) -> int | None:
    if n.bit_length() > 128:
        return None
    k = round(n**0.5)
    return k if k * k == n else None


def _number_power(e: Expr, base: Rational | None, exponent: Rational | None) -> Expr:
    if base is None or exponent is None or exponent.denominator != 1 or abs(exponent) > 4 or base == 0:
        return e
    return rational(exact(Fraction(base) ** exponent.numerator))


def _weight(e: Expr) -> int:
    """How long an expression looks: nodes, a fraction bar counting as much as a pair of brackets."""
    known: dict[Expr, int] = current_table().memo("weight")
    if e not in known:
        known[e] = tree_size(e) + sum([isinstance(n, Quotient | Power) for n in postorder(e)])
    return known[e]


def _unless_same(before: Expr, after: Expr) -> Expr:
    return before if after is before or plain(after) is plain(before) else after


REWRITES: tuple[Rewrite, ...] = (
    Rewrite("clear", _clear, (r"1 \cdot x + 0", "x"), quiet=True),
    Rewrite("values", _values, (r"\ln(e) \cdot x", "x"), quiet=True, kinds=(Call, Root, Power)),
    Rewrite("numbers first", _arrange, (r"\cos(x) \cdot 2x", r"2x\cos(x)"), quiet=True),
    Rewrite("like factors", _alike, (r"x \cdot x^2", "x^3"), quiet=True),
    Rewrite("signs", _distribute, (r"-(x^2 - \sin(x))", r"-x^2 + \sin(x)"), quiet=True, whole=True),
    Rewrite("cancel", _cancel, (r"\frac{2x}{x^2}", r"\frac{2}{x}")),
    Rewrite("absolute value", _absolute, (r"\frac{x^2}{\lvert x \rvert}", r"\lvert x \rvert"), only_with="abs"),
    Rewrite("into the cases", _into_cases,
            (r"x \cdot \begin{cases} 0 & \text{if } x \le 0 \\ 1 & \text{if } x > 0 \end{cases}",
             r"\begin{cases} 0 & \text{if } x \le 0 \\ x & \text{if } x > 0 \end{cases}"), quiet=True,
            only_with="Cases"),
    Rewrite("merge cases", _merge_cases,
            (r"\begin{cases} x & \text{if } x > 1 \\ 0 & \text{if } x \le 1 \end{cases}"
             r" + \begin{cases} 0 & \text{if } x > 1 \\ 2 & \text{if } x \le 1 \end{cases}",
             r"\begin{cases} x & \text{if } x > 1 \\ 2 & \text{if } x \le 1 \end{cases}"), quiet=True,
            only_with="Cases"),
    Rewrite("like terms", _terms, (r"x^2 + 2x^2", "3x^2"), quiet=True, only_with="Sum"),
    Rewrite("factor out", _factor_out, (r"2xe^x + x^2e^x", r"xe^x(2 + x)"), only_with="Sum"),
    Rewrite("expand", _expand, (r"2x(x^2 + 1) - (x^2 - 1) \cdot 2x", "4x"), only_with="Sum"),
    Rewrite("common denominator", _together,
            (r"\frac{3}{(x + 4)^2} - \frac{2x - 1}{(x + 4)^3}", r"\frac{x + 13}{(x + 4)^3}"), only_with="Sum"),
)  # fmt: skip


# The walk -------------------------------------------------------------------------------------------------------------

_INSIDE = (Sum, Product, Quotient, Matrix, Transpose, Cases)


def _reachable(e: Expr, deep: bool) -> tuple[Expr, ...]:
    """The parts that tidying may change: not the inside of a function, a root, an exponent, a condition.

    `deep`: all parts, where numbers were put in for the variables.
    """
    if deep and not isinstance(e, Derivative):
        return children(e)
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
    """Apply a rewrite from the leaves up. What it makes of a node is remembered: most of an expression stays as it is."""
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
        after = change(whole, trace) if isinstance(whole, kinds) else whole
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


def _features(e: Expr) -> set[str]:
    """The kinds of nodes and the functions that occur; `Sum` for sums of more than one term."""
    found = {n.function if isinstance(n, Call) else type(n).__name__ for n in postorder(e)}
    if "Sum" in found and not any(isinstance(n, Sum) and len(n.terms) > 1 for n in postorder(e)):
        found.remove("Sum")
    return found


_MOST_ROUNDS = 12


def tidy(e: Expr, *, deep: bool = False) -> list[Tidied]:
    """Return the expression after each rewrite that changed it, until none does.

    The rounds end because each rewrite makes the expression shorter or moves it towards one fixed order; their
    number is bounded all the same. `deep` also looks inside functions, roots and exponents.
    """
    out: list[Tidied] = []
    for _ in range(_MOST_ROUNDS):
        before, order, present = e, _order(e, deep), _features(e)
        for rewrite in REWRITES:
            if rewrite.only_with and rewrite.only_with not in present:
                continue
            after, about, conditions = _apply(rewrite, order, deep)
            if after is not e:
                e, order, present = after, _order(after, deep), _features(after)
                out.append(Tidied(e, Reason(rewrite.name, about), conditions, rewrite.quiet))
        if e is before:
            break
    return out


def tidied(e: Expr) -> Expr:
    """Return the tidy form alone."""
    steps = tidy(e)
    return steps[-1].value if steps else e


__all__ = ["REWRITES", "Rewrite", "Tidied", "tidied", "tidy"]
