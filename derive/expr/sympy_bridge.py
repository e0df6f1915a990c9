"""To SymPy and back. This module imports SymPy, so it is itself imported only by those who ask for SymPy.

Order and layout are the author's on our side and SymPy's on the other: the way back writes formulas as a textbook
would (numbers first, fractions, roots, minus signs), in the order in which SymPy prints them.
"""

from __future__ import annotations

import decimal
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final, assert_never

import sympy
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.core.function import AppliedUndef

from derive.derivation import Line, Problem, Scope
from derive.errors import DeriveError, UndefinedError, UnsupportedError
from derive.expr.build import add, negative, power, rational, signed, times
from derive.expr.closing import closed, without_points
from derive.expr.deadline import OutOfTimeError, time_limit
from derive.expr.functions import FUNCTIONS
from derive.expr.names import names as name_symbols
from derive.expr.nodes import (
    Apply,
    At,
    Call,
    Cases,
    Constant,
    Decimal,
    Derivative,
    Entries,
    Entry,
    Expr,
    Filled,
    Indicator,
    Integer,
    Logic,
    MatMul,
    Matrix,
    Operation,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    Sum,
    SumOver,
    Symbol,
    Transpose,
)
from derive.expr.sizes import heavy
from derive.expr.sympy_arrays import Arrays, bound_indices, is_array, size_names
from derive.expr.sympy_lines import applied
from derive.expr.sympy_objects import COMPOSED, RELATIONS, TO, Objects, Sym, function_of_arrays
from derive.expr.walks import children, postorder, symbols, tree_size

_SIMPLIFIED_NODES: Final = 400
"""Larger formulas are not given to `sympy.simplify`, which has no limits of its own."""

_CONSTANTS: Final[dict[str, Sym]] = {"pi": sympy.pi, "e": sympy.E, "infinity": sympy.oo}
_NUMBERS: Final[dict[Sym, Expr]] = {value: Constant(name) for name, value in _CONSTANTS.items()}
_OPERATORS: Final[dict[Sym, str]] = {relation: operator for operator, relation in RELATIONS.items()}
_FROM: Final[dict[Sym, str]] = {made: name for name, made in TO.items() if name not in COMPOSED and name != "log"}


# To SymPy -------------------------------------------------------------------------------------------------------------


def to_sympy(e: Expr, names: Mapping[Symbol, str] | None = None, real: bool = False) -> Sym:
    """Return an expression as SymPy has it.

    Powers and factorials that SymPy would work out to more than `Limits.power_bits` bits stay as they are.

    Args:
        e: The expression; values at a point are worked in, named derivatives become `sympy.Derivative`.
        names: The names of SymPy's symbols; by default those of `expr.names`.
        real: Whether the symbols are assumed to be real.

    Raises:
        UnsupportedError: SymPy has no counterpart for a part; or it recurses too deep, over a deep formula or a
            comparison that it turns round for ever; or it gives up.
    """
    e = without_points(e, {})
    spelled = {} if names is None else dict(names)
    met = [*symbols(e), *bound_indices(e)]
    spelled |= name_symbols([s for s in met if s not in spelled], spelled.values())
    kept = heavy(e)
    made: dict[Expr, Sym] = {}
    try:
        make = Objects(spelled, size_names(e, spelled), real)
        arrays: Arrays[Sym] = Arrays(make, e)
        for symbol, value in applied(e, make.symbol, lambda of, by: sympy.Function(make.names[of])(*by)).items():
            made[symbol] = value
        functions = set(made)
        for node in postorder(e):
            parts = tuple([made[part] for part in children(node)])
            if node in functions:
                continue
            if is_array(node) and not _is_explicit(node, parts):
                made[node] = arrays.made(node, parts)
            else:
                made[node] = _kept(node, parts) if node in kept else _made(node, parts, make)
    except RecursionError:
        raise UnsupportedError("SymPy recurses too deep over this formula") from None
    except NotImplementedError:
        raise UnsupportedError("SymPy gives up over this formula") from None
    return made[e]


def problem_to_sympy(problem: Problem) -> Sym:
    """Return the formula of a problem with its definitions put in; an `Eq` when it has a left-hand side."""
    formula = closed(problem.formula, {d.symbol: d.value for d in problem.definitions})
    known = [s for s in (problem.name, *problem.arguments) if s is not None]
    names = name_symbols([*known, *symbols(formula)])
    right = to_sympy(formula, names)
    if problem.name is None:
        return right
    arguments = [to_sympy(a, names) for a in problem.arguments]
    make = function_of_arrays if any(a.shape for a in problem.arguments) else sympy.Function
    left = make(names[problem.name])(*arguments) if arguments else to_sympy(problem.name, names)
    return sympy.Eq(left, right, evaluate=False)


def line_to_sympy(line: Line, scope: Scope) -> Sym:
    """Return a line as a relation between what stands on its sides; what `scope` defines are symbols."""
    defined = [d.symbol for d in scope.definitions]
    names = name_symbols([*symbols(*scope.independents), *defined, *symbols(line.lhs, line.rhs)])
    return RELATIONS[line.relation](to_sympy(line.lhs, names), to_sympy(line.rhs, names), evaluate=False)


def _is_explicit(e: Expr, parts: Sequence[Sym]) -> bool:
    """Tell whether cases choose between matrices whose cells are known: they become one such matrix."""
    return isinstance(e, Cases) and all(isinstance(part, sympy.MatrixBase) for part in parts[: len(e.values)])


def _made(e: Expr, parts: Sequence[Sym], make: Objects) -> Sym:
    """Return a node that has to do with numbers only, or an explicit matrix of numbers."""
    match e:
        case Integer(value):
            return make.number(value)
        case Decimal(text):
            return sympy.Float(text)
        case Constant(name):
            return _CONSTANTS[name]
        case Symbol():
            return make.symbol(e)
        case Sum(_, signs):
            return make.add(parts, signs)
        case Product():
            return make.multiply(parts)
        case Quotient():
            return make.divide(*parts)
        case Power():
            return make.power(*parts)
        case Root(_, degree):
            return make.root(parts, degree)
        case Call(function):
            return make.function(function, parts)
        case Apply(function, _, order):
            return _applied(sympy.Function(make.names[function]), parts[0], order)
        case Relation(_, operators):
            return make.relation(parts, operators)
        case Logic(operator):
            return (sympy.And if operator == "and" else sympy.Or)(*parts)
        case Cases(values, conditions):
            rest = iter(parts[len(values) :])
            tests = [None if c is None else next(rest) for c in conditions]
            return (
                _piecewise(parts[: len(values)], tests, make)
                if e.shape
                else make.piecewise(parts[: len(values)], tests)
            )
        case Indicator():
            return make.piecewise([sympy.S.One, sympy.S.Zero], [parts[0], None])
        case Matrix(rows):
            width = len(rows[0])
            return make.grid("Matrix", [parts[i : i + width] for i in range(0, len(parts), width)])
        case Transpose():
            return parts[0]
        case Derivative(of):
            inner = parts[0]
            if isinstance(of, Symbol) and inner.is_Symbol:
                inner = sympy.Function(make.names[of])(*dict.fromkeys(parts[1:]))
            return sympy.Derivative(inner, *parts[1:])
        case MatMul() | Operation() | Entry() | Entries() | SumOver() | Filled():
            raise AssertionError("vectors and matrices are made elsewhere")
        case At():
            raise AssertionError("points were put in before")
    assert_never(e)


def _kept(e: Expr, parts: Sequence[Sym]) -> Sym:
    """Return a number that SymPy must not work out, in a wrapper, without which products would do so after all."""
    make = TO[e.function] if isinstance(e, Call) else sympy.Pow
    return sympy.UnevaluatedExpr(make(*parts, evaluate=False))


def _applied(function: Sym, argument: Sym, order: int) -> Sym:
    if not order:
        return function(argument)
    if argument.is_Symbol:
        return sympy.Derivative(function(argument), (argument, order))
    holder = sympy.Dummy("xi")
    return sympy.Subs(sympy.Derivative(function(holder), (holder, order)), holder, argument)


def _piecewise(values: Sequence[Sym], tests: Sequence[Sym | None], make: Objects) -> Sym:
    """Return the matrix whose cells are the cases of the cells."""
    return sympy.Matrix(*values[0].shape, lambda i, j: make.piecewise([v[i, j] for v in values], tests))


# From SymPy -----------------------------------------------------------------------------------------------------------


def from_sympy(expr: Sym, known: Mapping[Sym, Symbol] | None = None) -> tuple[Expr, dict[Symbol, str]]:
    """Return a SymPy expression as one of ours, and the SymPy names of its symbols, with which `to_sympy` leads back.

    Args:
        expr: An expression, equation or matrix over real symbols.
        known: What some of its symbols are; others are named as their SymPy names say: `x_1`, `theta`, `lamda`.

    Raises:
        UnsupportedError: It holds something that has no counterpart, such as an integral.
        UndefinedError: It holds `nan` or complex infinity.
    """
    root = expr.as_immutable() if isinstance(expr, sympy.MatrixBase) else expr
    if not isinstance(root, sympy.Basic):
        raise UnsupportedError(f"{type(expr).__name__} is not a SymPy expression")
    if root.has(ExprWithLimits):
        raise UnsupportedError("integrals, sums and products over an index have no counterpart here")
    if root.has(sympy.ITE, sympy.Not):
        root = root.replace(lambda e: isinstance(e, sympy.ITE | sympy.Not), lambda e: e.to_nnf())
    symbol_of: dict[Sym, Symbol] = dict(known or {})
    made: dict[Sym, Expr] = {}
    for part in _postorder(root):
        if part.is_Symbol:
            symbol_of.setdefault(part, symbol_named(part.name))
        made[part] = _back(part, made, symbol_of)
    met = set(symbols(made[root]))
    return made[root], {symbol: s.name for s, symbol in symbol_of.items() if symbol in met}


def symbol_named(name: str) -> Symbol:
    """Return the symbol that a SymPy name stands for: `x_1` and `x1` are x with a subscript, `lamda` is a letter."""
    base, _, subscript = name.partition("_")
    letters = base.rstrip("0123456789")
    if not subscript and letters and letters != base:
        base, subscript = letters, base[len(letters) :]
    return Symbol("lambda" if base == "lamda" else base, (), subscript.strip("{}").replace("_", ","))


def _parts(e: Sym) -> tuple[Sym, ...]:
    """Return the parts of a SymPy expression whose counterparts `_back` puts together."""
    if isinstance(e, sympy.MatrixBase):
        return tuple(e.flat())
    if isinstance(e, sympy.Piecewise):
        return tuple(part for pair in e.args for part in pair.args if part is not sympy.true)
    if _is_prime(e):
        return tuple(e.point) if isinstance(e, sympy.Subs) else tuple(e.expr.args)
    if isinstance(e, sympy.Derivative):
        return (e.expr, *e.variables)
    if isinstance(e, sympy.Subs):
        return (e.expr, *e.variables, *e.point)
    return tuple(e.args)


def _postorder(root: Sym) -> Iterator[Sym]:
    done: set[Sym] = set()
    stack = [(root, False)]
    while stack:
        e, expanded = stack.pop()
        if e in done:
            continue
        if expanded or not _parts(e):
            done.add(e)
            yield e
        else:
            stack.append((e, True))
            stack.extend((part, False) for part in reversed(_parts(e)))


def _is_prime(e: Sym) -> bool:
    """Tell whether this is f'(x), or f'(g) in SymPy's way: a derivative by a place holder, taken at g."""
    if isinstance(e, sympy.Subs) and isinstance(e.expr, sympy.Derivative):
        return _is_prime(e.expr) and tuple(e.expr.expr.args) == tuple(e.variables)
    return (
        isinstance(e, sympy.Derivative)
        and isinstance(e.expr, AppliedUndef)
        and len(e.expr.args) == 1
        and set(e.variables) == set(e.expr.args)
    )


def _back(e: Sym, made: Mapping[Sym, Expr], symbol_of: Mapping[Sym, Symbol]) -> Expr:
    """Return the counterpart of one SymPy node, its parts being made."""
    parts = [made[part] for part in _parts(e)]
    if e.is_Symbol:
        return symbol_of[e]
    if e.is_Number or e in _NUMBERS or e is sympy.zoo:
        return _number(e)
    if e.is_Add:
        return _positive_first([made[term] for term in e.as_ordered_terms()])
    if e.is_Mul:
        return _product([made.get(factor) or _number(factor) for factor in e.as_ordered_factors()])
    if e.is_Pow:
        return _power(e, *parts)
    if isinstance(e, sympy.exp):
        return Call("exp", (parts[0],), "^")
    if e.func is sympy.polygamma and parts[0] is Integer(0):
        return Call("digamma", (parts[1],))
    if e.func in _FROM:
        name = _FROM[e.func]
        return Call(name, tuple(parts), FUNCTIONS[name].delimiter or "(")
    if isinstance(e, sympy.UnevaluatedExpr):
        return parts[0]
    return _structure(e, parts)


def _structure(e: Sym, parts: list[Expr]) -> Expr:
    """Return the counterpart of what is neither arithmetic nor an elementary function."""
    if _is_prime(e):
        inner = e.expr if isinstance(e, sympy.Subs) else e
        return Apply(Symbol(inner.expr.func.__name__, kind="function"), (parts[0],), len(inner.variables))
    if isinstance(e, AppliedUndef) and len(parts) == 1:
        return Apply(Symbol(e.func.__name__, kind="function"), (parts[0],))
    if isinstance(e, sympy.Derivative):
        return Derivative(parts[0], tuple(p for p in parts[1:] if isinstance(p, Symbol)))
    if isinstance(e, sympy.Subs):
        count = len(e.variables)
        at = tuple(p for p in parts[1 : 1 + count] if isinstance(p, Symbol))
        return At(parts[0], at, tuple(parts[1 + count :]))
    if isinstance(e, sympy.MatrixBase):
        return Matrix(tuple(tuple(parts[i : i + e.cols]) for i in range(0, len(parts), e.cols)))
    if isinstance(e, sympy.Piecewise):
        rest = iter(parts)
        pairs = [(next(rest), None if pair.cond is sympy.true else next(rest)) for pair in e.args]
        return Cases(tuple(v for v, _ in pairs), tuple(c for _, c in pairs))
    if isinstance(e, sympy.And | sympy.Or):
        return Logic("and" if isinstance(e, sympy.And) else "or", tuple(parts))
    if e.func in _OPERATORS:
        return Relation(tuple(parts), (_OPERATORS[e.func],))
    if e in (sympy.true, sympy.false):  # as a condition that has been decided
        return Relation((Integer(0), Integer(0 if e else 1)), ("=",))
    if isinstance(e, sympy.acot):  # SymPy's has the values of arctan(1/x)
        return Call("arctan", (Quotient(Integer(1), parts[0]),))
    raise UnsupportedError(f"SymPy's {type(e).__name__} has no counterpart here")


def _number(e: Sym) -> Expr:
    if e in _NUMBERS:
        return _NUMBERS[e]
    if e is sympy.S.NegativeInfinity:
        return negative(Constant("infinity"))
    if e.is_Rational:
        return rational(Fraction(int(e.p), int(e.q)))
    if e.is_Float:
        text = f"{decimal.Decimal(str(abs(e))).normalize():f}"
        size = Decimal(text) if "." in text else Integer(int(text))
        return negative(size) if e < 0 else size
    raise UndefinedError(f"SymPy's {e} is no real number")


def _positive_first(terms: list[Expr]) -> Expr:
    """Return a sum that does not begin with a minus if it can: 1 - x, not -x + 1."""
    first = next((i for i, t in enumerate(terms) if signed(t)[0] > 0), 0)
    return add([terms[first], *terms[:first], *terms[first + 1 :]])


def _product(factors: list[Expr]) -> Expr:
    """Return a product with what divides below one fraction bar and the signs in front."""
    sign = 1
    above: list[Expr] = []
    below: list[Expr] = []
    for factor in factors:
        s, size = signed(factor)
        sign *= s
        if isinstance(size, Quotient):
            above.append(size.numerator)
            below.append(size.denominator)
        else:
            above.append(size)
    above = [f for f in above if f is not Integer(1)]
    out = Quotient(times(above), times(below)) if below else times(above)
    return out if sign > 0 else negative(out)


def _power(e: Sym, base: Expr, exponent: Expr) -> Expr:
    sign, size = signed(exponent)
    if sign < 0 and e.exp.is_Rational:
        return Quotient(Integer(1), _raised(base, size))
    return _raised(base, exponent)


def _raised(base: Expr, exponent: Expr) -> Expr:
    return Root(base) if exponent is Quotient(Integer(1), Integer(2)) else power(base, exponent)


# Simplification -------------------------------------------------------------------------------------------------------


def simplified(e: Expr, seconds: float) -> Expr:
    """Return a shorter formula that SymPy finds equal for real symbols, or the same where it finds none in time."""
    if tree_size(e) > _SIMPLIFIED_NODES or heavy(e):
        return e
    try:
        with time_limit(seconds):
            names = name_symbols(symbols(e))
            known = {sympy.Symbol(name, real=True): symbol for symbol, name in names.items()}
            simple = from_sympy(sympy.simplify(to_sympy(e, names, real=True), ratio=1), known)[0]
    except (OutOfTimeError, DeriveError, RecursionError, NotImplementedError):
        return e
    return simple if tree_size(simple) < tree_size(e) else e
