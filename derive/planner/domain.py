"""Where a formula and its derivative are defined: the conditions that stand beside an answer."""

from __future__ import annotations

from fractions import Fraction

from derive.derivation import Condition
from derive.expr.build import as_number, is_integer, rational
from derive.expr.build_arrays import an_entry
from derive.expr.nodes import (
    Call,
    Constant,
    Entry,
    Expr,
    Integer,
    Name,
    Operation,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    Sum,
    SumOver,
    Symbol,
)
from derive.expr.walks import depends, free_indices, plain, postorder, substitute, tree_size, variables
from derive.planner.algebra import collect, opened, term_of

_LOGARITHMS = ("ln", "log", "log10")
_POSITIVE = ("exp", "cosh", "sech", "sigmoid", "softplus")
_STRENGTH = {"!=": 0, ">=": 1, ">": 2}


def domain(
    by: tuple[Name, ...],
    formulas: tuple[Expr, ...],
    met: tuple[Condition, ...] = (),
    assumed: tuple[Condition, ...] = (),
) -> tuple[Condition, ...]:
    """Return the conditions under which the formulas are defined, as far as they restrict the variables.

    Denominators are not 0, arguments of logarithms and bases of real powers are positive, radicands are not negative.
    The conditions `met` on the way are joined to these. What goes without saying is left out: x^2 + 1 is never 0,
    ln(ln x) is defined only where ln x is, and what is `assumed` has been said.
    """
    needs: Needs = {}
    rest: list[Condition] = []
    for c in met:
        if isinstance(c, Relation) and c.operators == ("!=",) and as_number(c.operands[1]) == 0:
            _need(needs, c.operands[0], "!=")
        else:
            rest.append(c)
    for e in postorder(*formulas):
        for operand, operator in _needs(e):
            if depends(operand, *by):
                _need(needs, an_entry(operand), operator)
    known = {plain(c.operands[0]) for c in assumed if isinstance(c, Relation) and _says_positive(c)}
    known |= {plain(s) for formula in formulas for s in variables(formula) if s not in by}  # parameters are general
    return tuple(dict.fromkeys(map(with_first_indices, (*_telling(needs, known), *rest))))


def with_first_indices(condition: Condition) -> Condition:
    """Return what is said of any entry with the first letters as its indices: x_j != 0 is x_i != 0."""
    free = free_indices(condition)
    bound = {e.index.name for e in postorder(condition) if isinstance(e, SumOver)}
    letters = [name for name in ("i", "j", "k", "l") if name not in bound]
    new: dict[Expr, Expr] = {s: Symbol(name, kind="index") for s, name in zip(free, letters, strict=False)}
    return condition if all(s is e for s, e in new.items()) else substitute(condition, new)


Needs = dict[Expr, tuple[Expr, str]]
"""By what it is in plain style: an operand as it was met, and how it must compare with 0."""


def _need(needs: Needs, operand: Expr, operator: str) -> None:
    """Add a need; of two for one operand the stronger holds, and not 0 with not negative is positive."""
    operand = _core(operand, operator)
    base = plain(operand)
    before = needs.get(base, (operand, operator))[1]
    both = {before, operator}
    stronger = ">" if both == {"!=", ">="} else max(both, key=_STRENGTH.__getitem__)
    needs[base] = (needs.get(base, (operand, ""))[0], stronger)


def _core(e: Expr, operator: str) -> Expr:
    """What must not be 0, or be positive, so that the whole is: x for |x|, x^3 and the root of x, v for 1/v."""
    while True:
        match e:
            case Call("abs", (inner,)) if operator == "!=":
                e = inner
            case Power(base, exponent) if operator == "!=" or (
                as_number(exponent) is not None and not _is_even(exponent)
            ):
                e = base
            case Root(radicand, degree) if operator == "!=" or degree is not None:
                e = radicand
            case Quotient(a, b) if is_positive(a, set()):
                e = b
            case Quotient(a, _) if operator == "!=":
                e = a
            case _:
                return e


def _says_positive(c: Relation) -> bool:
    return c.operators == (">",) and as_number(c.operands[1]) == 0


def _needs(e: Expr) -> list[tuple[Expr, str]]:
    """What one node needs: its operands, and how each must compare with 0."""
    match e:
        case Quotient() | Product():
            below = [f for f in term_of(e).factors if f.below]
            return [(f.base, ">" if f.rooted else "!=") for f in below]
        case Call(function, arguments) if function in _LOGARITHMS:
            inner = arguments[0]
            if isinstance(inner, Call) and inner.function == "abs":
                return [(inner.arguments[0], "!=")]
            if isinstance(inner, Power) and _is_even(inner.exponent):
                return [(inner.base, "!=")]
            return [(inner, ">")]
        case Root(radicand, degree) if degree is None or _is_even(degree):
            return [(radicand, ">=")]
        case Operation("divide", (_, below)):
            return [(below, "!=")]
        case Power(base, exponent):
            n = as_number(exponent)
            if n is None or n.denominator != 1:
                return [] if as_number(base) is not None or isinstance(base, Constant) else [(base, ">")]
            return [(base, "!=")] if n < 0 else []
        case _:
            return []


def _is_even(e: Expr) -> bool:
    n = as_number(e)
    return n is not None and n.denominator == 1 and n % 2 == 0


def _telling(needs: Needs, known: set[Expr]) -> tuple[Condition, ...]:
    """Leave out what is always so, and what follows from the rest; solve what is linear."""
    positive = set(known)
    nonzero = {base for base, (_, operator) in needs.items() if operator in ("!=", ">")} | known
    kept: dict[Expr, tuple[Expr, str]] = {}
    for base, (operand, operator) in sorted(needs.items(), key=lambda item: tree_size(item[0])):  # inner ones first
        if is_positive(operand, positive, nonzero - {base}):
            continue
        kept[base] = (operand, operator)
        if operator == ">":
            positive.add(base)
    implied = {
        plain(below)
        for base, (operand, _) in kept.items()
        for e in postorder(operand)
        for below, _ in _needs(e)
        if plain(below) is not base
    }
    for operand, operator in kept.values():
        if operator == ">":
            implied.update(plain(f.base) for f in term_of(operand).factors if f.base is not operand)
    above = [operand for operand, operator in kept.values() if operator == ">"]
    return tuple(
        _solved(operand, operator)
        for base, (operand, operator) in kept.items()
        if base not in implied and not (operator == "!=" and any(_are_opposite(operand, other) for other in above))
    )


def _are_opposite(a: Expr, b: Expr) -> bool:
    return is_integer(collect([*opened(a), *opened(b)]), 0)


def is_positive(e: Expr, known: set[Expr], nonzero: set[Expr] | None = None) -> bool:
    """Tell whether an expression is plainly positive, given that some others are, or are not 0."""
    nonzero = nonzero or set()
    if plain(e) in known:
        return True
    number = as_number(e)
    if number is not None:
        return number > 0
    match e:
        case Constant():
            return True
        case Call(function) | Entry(Call(function)):
            return function in _POSITIVE
        case Operation("softmax") | Entry(Operation("softmax")):
            return True
        case SumOver(_, _, _, _, part) | Operation("sum" | "mean", (part,)):
            return is_positive(part, known, nonzero)
        case Power(base, exponent):
            return is_positive(base, known, nonzero) or (_is_even(exponent) and plain(base) in nonzero)
        case Root(radicand):
            return is_positive(radicand, known, nonzero)
        case Quotient(a, b):
            return is_positive(a, known, nonzero) and is_positive(b, known, nonzero)
        case Product(factors):
            return all(is_positive(f, known, nonzero) for f in factors)
        case Sum((one, Call("sigmoid" | "tanh")), (1, -1)) if as_number(one) == 1:
            return True
        case Sum(terms, signs):
            some = any(is_positive(t, known, nonzero) for t in terms)
            return some and all(s > 0 for s in signs) and all(_is_not_negative(t, known) for t in terms)
        case _:
            return False


def _is_not_negative(e: Expr, known: set[Expr]) -> bool:
    match e:
        case Power(_, exponent) if _is_even(exponent):
            return True
        case Call("abs") | Root(_, None):
            return True
        case Quotient(a, b):
            return _is_not_negative(a, known) and _is_not_negative(b, known)
        case Product(factors):
            return all(_is_not_negative(f, known) for f in factors)
        case _:
            return is_positive(e, known)


def _solved(e: Expr, operator: str) -> Condition:
    """Return `e operator 0`, solved for the variable where it is linear in one with numbers: x != -1."""
    zero = Integer(0)
    if isinstance(e, Call) and e.function == "ln" and isinstance(e.arguments[0], Symbol) and operator != "!=":
        return Relation((e.arguments[0], Integer(1)), (operator,))
    found = _linear(e)
    if found is None:
        return Relation((e, zero), (operator,))
    symbol, slope, offset = found
    turned = {">": "<", ">=": "<=", "!=": "!="}[operator] if slope < 0 else operator
    return Relation((symbol, rational(Fraction(-offset) / slope)), (turned,))


def _linear(e: Expr) -> tuple[Symbol, Fraction, Fraction] | None:
    """Return the symbol, the slope and the offset of a linear formula in one symbol."""
    if len(variables(e)) != 1:
        return None
    symbol = variables(e)[0]
    slope, offset = Fraction(0), Fraction(0)
    for part in opened(e):
        number = as_number(part)
        term = term_of(part)
        if number is not None:
            offset += number
        elif len(term.factors) == 1 and term.factors[0].base is symbol and term.factors[0].exponent == 1:
            slope += Fraction(term.coefficient)
        else:
            return None
    return (symbol, slope, offset) if slope else None
