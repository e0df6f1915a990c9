"""Derivatives of scalars: one row for each way a node can depend on a variable.

A row holds the *local* derivative only: the partial by one of the node's parts, the others held, in textbook form
(Abramowitz & Stegun, chapters 4 and 6, for the functions). The chain rule is the planner's. A row is chosen by the kind of node
and by which of its parts vary, so no two rows apply to one case and their order means nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from derive.errors import NoRuleError
from derive.expr.build import (
    add,
    apply_to,
    as_number,
    differs,
    exponent,
    is_integer,
    negative,
    one_over,
    power,
    rational,
    root,
    square,
    times,
)
from derive.expr.nodes import (
    Apply,
    Call,
    Cases,
    Constant,
    Expr,
    Indicator,
    Integer,
    Logic,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    Sum,
)
from derive.expr.walks import children, same

Partial = Callable[[Expr, int], Expr]
"""Of a node and the index of one of its parts (in the order of `walks.children`): the partial by that part."""
Combine = Callable[[Expr, tuple[Expr | None, ...]], Expr]
"""Of a node and the derivatives of its parts (None where a part is constant): the textbook form of the whole."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: what it is called on the page, its partials, where it does not hold, an example."""

    name: str
    title: str
    statement: str
    partial: Partial
    example: str
    combine: Combine | None = None
    condition: Callable[[Expr], tuple[Expr, ...]] = lambda _: ()

    def whole(self, e: Expr, derivatives: tuple[Expr | None, ...]) -> Expr:
        """Return the derivative of a node from those of its parts."""
        if self.combine is not None:
            return self.combine(e, derivatives)
        return add(_scaled(self.partial(e, i), d) for i, d in enumerate(derivatives) if d is not None)


def _scaled(partial: Expr, derivative: Expr) -> Expr:
    if is_integer(derivative, 1):
        return partial
    if is_integer(partial, 1):
        return derivative
    if isinstance(partial, Sum) and len(partial.terms) == 1:
        return negative(times([partial.terms[0], derivative]))
    return times([partial, derivative])


# Structure ------------------------------------------------------------------------------------------------------------


def _sign(e: Expr, i: int) -> Expr:
    assert isinstance(e, Sum)
    return Integer(1) if e.signs[i] > 0 else negative(Integer(1))


def _sum(e: Expr, ds: tuple[Expr | None, ...]) -> Expr:
    assert isinstance(e, Sum)
    return add(negative(d) if s < 0 else d for d, s in zip(ds, e.signs, strict=True) if d is not None)


def _others(e: Expr, i: int) -> Expr:
    assert isinstance(e, Product)
    return times(e.factors[:i] + e.factors[i + 1 :])


def _product(e: Expr, ds: tuple[Expr | None, ...]) -> Expr:
    assert isinstance(e, Product)
    return add(_in_place(e.factors, i, d) for i, d in enumerate(ds) if d is not None)


def _in_place(factors: tuple[Expr, ...], i: int, derivative: Expr) -> Expr:
    """The product with one factor replaced by its derivative; a factor 1 is not written, a minus goes in front."""
    others = [*factors[:i], *factors[i + 1 :]]
    if is_integer(derivative, 1):
        return times(others)
    if isinstance(derivative, Sum) and len(derivative.terms) == 1:
        return negative(_in_place(factors, i, derivative.terms[0]))
    return times([*factors[:i], derivative, *factors[i + 1 :]])


def _quotient_partial(e: Expr, i: int) -> Expr:
    assert isinstance(e, Quotient)
    if i == 0:
        return one_over(e.denominator)
    return negative(Quotient(e.numerator, square(e.denominator)))


def _over_constant(e: Expr, ds: tuple[Expr | None, ...]) -> Expr:
    assert isinstance(e, Quotient)
    assert ds[0] is not None
    return Quotient(ds[0], e.denominator)


def _reciprocal(e: Expr, ds: tuple[Expr | None, ...]) -> Expr:
    assert isinstance(e, Quotient)
    assert ds[1] is not None
    top = ds[1] if is_integer(e.numerator, 1) else _in_place((e.numerator, ds[1]), 1, ds[1])
    return negative(Quotient(top, square(e.denominator)))


def _quotient(e: Expr, ds: tuple[Expr | None, ...]) -> Expr:
    assert isinstance(e, Quotient)
    a, b = e.numerator, e.denominator
    assert ds[0] is not None
    assert ds[1] is not None
    top = add([_in_place((a, b), 0, ds[0]), negative(_in_place((a, b), 1, ds[1]))])
    return Quotient(top, square(b))


def _power_by_base(e: Expr, _: int) -> Expr:
    assert isinstance(e, Power)
    n = as_number(e.exponent)
    if n is None:
        return times([e.exponent, power(e.base, add([e.exponent, negative(Integer(1))]))])
    if n == 2:
        return times([Integer(2), e.base])
    sign, size = (negative, -n) if n < 0 else (lambda x: x, n)
    decimal = "." in getattr(e.exponent, "text", "")
    lowered = Power(e.base, exponent(n - 1, decimal), e.style if n - 1 > 1 else "")
    if n == 0:
        return Integer(0)
    return sign(lowered if size == 1 else times([rational(size, decimal), lowered if n != 1 else Integer(1)]))


def _power_by_exponent(e: Expr, _: int) -> Expr:
    assert isinstance(e, Power)
    return times([e, Call("ln", (e.base,))])


def _root_by_radicand(e: Expr, i: int) -> Expr:
    assert isinstance(e, Root)
    u, n = e.radicand, e.degree
    if i == 1:
        assert n is not None
        return negative(Quotient(times([e, Call("ln", (u,))]), square(n)))
    if n is None or is_integer(n, 2):
        return one_over(times([Integer(2), e]))
    if isinstance(n, Integer) and n.value > 2:
        return one_over(times([n, Root(power(u, Integer(n.value - 1)), n)]))
    return Quotient(e, times([n, u]))


def _of_cases(e: Expr, ds: tuple[Expr | None, ...]) -> Expr:
    assert isinstance(e, Cases)
    return Cases(tuple(d or Integer(0) for d in ds[: len(e.values)]), e.conditions)


def _case_partial(e: Expr, i: int) -> Expr:
    assert isinstance(e, Cases)
    return Cases(tuple(Integer(int(i == j)) for j in range(len(e.values))), e.conditions)


def _seams(e: Expr) -> tuple[Expr, ...]:
    """Where the conditions of cases or of an indicator change: their two sides are equal."""
    waiting = [c for c in (e.conditions if isinstance(e, Cases) else children(e)) if c is not None]
    found: dict[Expr, None] = {}
    while waiting:
        condition = waiting.pop(0)
        if isinstance(condition, Logic):
            waiting.extend(condition.operands)
        elif isinstance(condition, Relation):
            for a, b in zip(condition.operands, condition.operands[1:], strict=False):
                found.setdefault(differs(a, b))
    return tuple(found)


def _root_not_zero(e: Expr) -> tuple[Expr, ...]:
    assert isinstance(e, Root)
    return (differs(e.radicand, Integer(0)),)


def _fraction_not_zero(e: Expr) -> tuple[Expr, ...]:
    """A power between 0 and 1 has no derivative at 0."""
    assert isinstance(e, Power)
    n = as_number(e.exponent)
    return (differs(e.base, Integer(0)),) if n is not None and 0 < n < 1 else ()


def _applied(e: Expr, _: int) -> Expr:
    assert isinstance(e, Apply)
    return Apply(e.function, e.arguments, e.order + 1)


# Functions ------------------------------------------------------------------------------------------------------------


def _argument(e: Expr) -> Expr:
    assert isinstance(e, Call)
    return e.arguments[0]


def _by(local: Callable[[Expr, Expr], Expr]) -> Partial:
    """Make a partial from a function of the argument u and the call itself."""
    return lambda e, _: local(_argument(e), e)


def _extremum(relation: str) -> tuple[Partial, Combine]:
    """Derivatives of max (`relation` is >) and min (<): the derivative of the part that is taken."""

    def combine(e: Expr, ds: tuple[Expr | None, ...]) -> Expr:
        assert isinstance(e, Call)
        parts = e.arguments
        values = tuple(d or Integer(0) for d in ds)
        if len(parts) > 2:
            conditions = [_beats(parts, i, relation) for i in range(len(parts) - 1)]
            return Cases(values, (*conditions, None))
        beaten = {">": "<=", "<": ">="}[relation]
        if as_number(parts[0]) is not None:  # max(0, z): the part that varies stands on the left
            b, a = parts
            return Cases(values, (Relation((a, b), (beaten,)), Relation((a, b), (relation,))))
        a, b = parts
        return Cases(values, (Relation((a, b), (relation,)), Relation((a, b), (beaten,))))

    def partial(e: Expr, i: int) -> Expr:
        assert isinstance(e, Call)
        one = tuple(Integer(1) if i == j else None for j in range(len(e.arguments)))
        return combine(e, one)

    return partial, combine


def _beats(parts: tuple[Expr, ...], i: int, relation: str) -> Expr:
    against = tuple(Relation((parts[i], other), (relation,)) for j, other in enumerate(parts) if j != i)
    return Logic("and", against)


def _ties(e: Expr) -> tuple[Expr, ...]:
    parts = children(e)
    if as_number(parts[0]) is not None:
        parts = parts[1:] + parts[:1]
    return tuple(differs(a, b) for i, a in enumerate(parts) for b in parts[i + 1 :] if not same(a, b))


def _not_zero(e: Expr) -> tuple[Expr, ...]:
    return (differs(_argument(e), Integer(0)),)


def _not_integer(e: Expr) -> tuple[Expr, ...]:
    return (differs(_argument(e), Call("floor", (_argument(e),), r"\lfloor")),)


def _step(at: Expr) -> Expr:
    zero = Integer(0)
    return Cases((zero, Integer(1)), (Relation((at, zero), ("<=",)), Relation((at, zero), (">",))))


def _minus(a: Expr, b: Expr) -> Expr:
    return add([a, negative(b)])


_max_partial, _max_combine = _extremum(">")
_min_partial, _min_combine = _extremum("<")


def _log_partial(e: Expr, i: int) -> Expr:
    assert isinstance(e, Call)
    x, b = e.arguments
    ln_b = Call("ln", (b,))
    if i == 0:
        return one_over(times([x, ln_b]))
    return negative(Quotient(Call("ln", (x,)), times([b, square(ln_b)])))


def _polygamma_partial(e: Expr, i: int) -> Expr:
    assert isinstance(e, Call)
    n = as_number(e.arguments[0])
    if i == 0 or n is None:
        raise NoRuleError("the polygamma function is not differentiated by its order")
    return Call("polygamma", (rational(n + 1), e.arguments[1]), e.style)


def _row(name: str, title: str, statement: str, local: Callable[[Expr, Expr], Expr],
         condition: Callable[[Expr], tuple[Expr, ...]] = lambda _: ()) -> Rule:  # fmt: skip
    """A row for a function of one argument; its example is the function at x."""
    return Rule(name, title, statement, _by(local), name, condition=condition)


def _function_rows() -> tuple[Rule, ...]:
    def u2(u: Expr) -> Expr:
        return square(u)

    one = lambda: Integer(1)  # noqa: E731 - nodes belong to the table in use, so not to the module
    zero = lambda: Integer(0)  # noqa: E731
    psi = lambda u: Call("digamma", (u,))  # noqa: E731
    after = lambda u: add([u, one()])  # noqa: E731
    return (
        _row("exp", "exponential", r"(e^u)' = e^u", lambda u, e: e),
        _row("ln", "logarithm", r"(\ln u)' = \frac{1}{u}", lambda u, e: one_over(u)),
        _row("log10", "logarithm to base 10", r"(\log_{10} u)' = \frac{1}{u\ln 10}",
             lambda u, e: one_over(times([u, Call("ln", (Integer(10),))]))),
        _row("sin", "sine", r"(\sin u)' = \cos u", lambda u, e: apply_to("cos", u, e)),
        _row("cos", "cosine", r"(\cos u)' = -\sin u", lambda u, e: negative(apply_to("sin", u, e))),
        _row("tan", "tangent", r"(\tan u)' = \sec^2 u", lambda u, e: square(apply_to("sec", u, e))),
        _row("cot", "cotangent", r"(\cot u)' = -\csc^2 u", lambda u, e: negative(square(apply_to("csc", u, e)))),
        _row("sec", "secant", r"(\sec u)' = \sec u\tan u",
             lambda u, e: times([apply_to("sec", u, e), apply_to("tan", u, e)])),
        _row("csc", "cosecant", r"(\csc u)' = -\csc u\cot u",
             lambda u, e: negative(times([apply_to("csc", u, e), apply_to("cot", u, e)]))),
        _row("arcsin", "arcsine", r"(\arcsin u)' = \frac{1}{\sqrt{1 - u^2}}",
             lambda u, e: one_over(root(_minus(one(), u2(u))))),
        _row("arccos", "arccosine", r"(\arccos u)' = -\frac{1}{\sqrt{1 - u^2}}",
             lambda u, e: negative(one_over(root(_minus(one(), u2(u)))))),
        _row("arctan", "arctangent", r"(\arctan u)' = \frac{1}{1 + u^2}", lambda u, e: one_over(add([one(), u2(u)]))),
        _row("arccot", "arccotangent", r"(\operatorname{arccot} u)' = -\frac{1}{1 + u^2}",
             lambda u, e: negative(one_over(add([one(), u2(u)])))),
        _row("arcsec", "arcsecant", r"(\operatorname{arcsec} u)' = \frac{1}{|u|\sqrt{u^2 - 1}}",
             lambda u, e: one_over(times([Call("abs", (u,), "|"), root(_minus(u2(u), one()))]))),
        _row("arccsc", "arccosecant", r"(\operatorname{arccsc} u)' = -\frac{1}{|u|\sqrt{u^2 - 1}}",
             lambda u, e: negative(one_over(times([Call("abs", (u,), "|"), root(_minus(u2(u), one()))])))),
        _row("sinh", "hyperbolic sine", r"(\sinh u)' = \cosh u", lambda u, e: apply_to("cosh", u, e)),
        _row("cosh", "hyperbolic cosine", r"(\cosh u)' = \sinh u", lambda u, e: apply_to("sinh", u, e)),
        _row("tanh", "hyperbolic tangent", r"(\tanh u)' = 1 - \tanh^2 u",
             lambda u, e: _minus(one(), square(apply_to("tanh", u, e)))),
        _row("coth", "hyperbolic cotangent", r"(\coth u)' = 1 - \coth^2 u",
             lambda u, e: _minus(one(), square(apply_to("coth", u, e)))),
        _row("sech", "hyperbolic secant", r"(\operatorname{sech} u)' = -\operatorname{sech} u\tanh u",
             lambda u, e: negative(times([apply_to("sech", u, e), apply_to("tanh", u, e)]))),
        _row("csch", "hyperbolic cosecant", r"(\operatorname{csch} u)' = -\operatorname{csch} u\coth u",
             lambda u, e: negative(times([apply_to("csch", u, e), apply_to("coth", u, e)]))),
        _row("arsinh", "inverse hyperbolic sine", r"(\operatorname{arsinh} u)' = \frac{1}{\sqrt{u^2 + 1}}",
             lambda u, e: one_over(root(add([u2(u), one()])))),
        _row("arcosh", "inverse hyperbolic cosine", r"(\operatorname{arcosh} u)' = \frac{1}{\sqrt{u^2 - 1}}",
             lambda u, e: one_over(root(_minus(u2(u), one())))),
        _row("artanh", "inverse hyperbolic tangent", r"(\operatorname{artanh} u)' = \frac{1}{1 - u^2}",
             lambda u, e: one_over(_minus(one(), u2(u)))),
        _row("arcoth", "inverse hyperbolic cotangent", r"(\operatorname{arcoth} u)' = \frac{1}{1 - u^2}",
             lambda u, e: one_over(_minus(one(), u2(u)))),
        _row("arsech", "inverse hyperbolic secant", r"(\operatorname{arsech} u)' = -\frac{1}{u\sqrt{1 - u^2}}",
             lambda u, e: negative(one_over(times([u, root(_minus(one(), u2(u)))])))),
        _row("arcsch", "inverse hyperbolic cosecant", r"(\operatorname{arcsch} u)' = -\frac{1}{|u|\sqrt{1 + u^2}}",
             lambda u, e: negative(one_over(times([Call("abs", (u,), "|"), root(add([one(), u2(u)]))])))),
        _row("abs", "absolute value", r"|u|' = \frac{u}{|u|}, u \ne 0", lambda u, e: Quotient(u, e), _not_zero),
        _row("sign", "sign", r"(\operatorname{sign} u)' = 0, u \ne 0", lambda u, e: zero(), _not_zero),
        _row("floor", "floor", r"\lfloor u \rfloor' = 0 between integers", lambda u, e: zero(), _not_integer),
        _row("ceil", "ceiling", r"\lceil u \rceil' = 0 between integers", lambda u, e: zero(), _not_integer),
        _row("erf", "error function", r"(\operatorname{erf} u)' = \frac{2}{\sqrt\pi} e^{-u^2}",
             lambda u, e: times([Quotient(Integer(2), root(Constant("pi"))), Call("exp", (negative(u2(u)),), "^")])),
        _row("gamma", "gamma function", r"\Gamma'(u) = \Gamma(u)\psi(u)", lambda u, e: times([e, psi(u)])),
        _row("digamma", "digamma function", r"\psi'(u) = \psi^{(1)}(u)",
             lambda u, e: Call("polygamma", (one(), u))),
        _row("factorial", "factorial", r"(u!)' = \Gamma(u + 1)\psi(u + 1)",
             lambda u, e: times([Call("gamma", (after(u),)), psi(after(u))])),
        _row("sigmoid", "logistic function", r"\sigma'(u) = \sigma(u)(1 - \sigma(u))",
             lambda u, e: times([e, _minus(one(), e)])),
        _row("softplus", "softplus", r"(\operatorname{softplus} u)' = \sigma(u)",
             lambda u, e: Call("sigmoid", (u,))),
        _row("relu", "rectifier", r"(\operatorname{ReLU} u)' = 0 for u \le 0, 1 for u > 0",
             lambda u, e: _step(u), _not_zero),
        _row("elu", "exponential linear unit", r"(\operatorname{ELU} u)' = 1 for u > 0, e^u for u \le 0",
             lambda u, e: Cases((one(), Call("exp", (u,), "^")),
                                (Relation((u, zero()), (">",)), Relation((u, zero()), ("<=",))))),
        Rule("log", "logarithm to a base", r"(\log_b u)' = \frac{1}{u\ln b}", _log_partial, "log"),
        Rule("polygamma", "polygamma function", r"(\psi^{(n)}(u))' = \psi^{(n + 1)}(u)", _polygamma_partial,
             "polygamma"),
        Rule("max", "maximum", r"the derivative of the larger part", _max_partial, "max", _max_combine, _ties),
        Rule("min", "minimum", r"the derivative of the smaller part", _min_partial, "min", _min_combine, _ties),
    )  # fmt: skip


def _structure_rows() -> tuple[Rule, ...]:
    return (
        Rule("sum", "sum rule", r"(u + v)' = u' + v'", _sign, r"x^2 + \sin(x)", _sum),
        Rule("negation", "constant multiple", r"(-u)' = -u'", _sign, r"-\sin(x)", _sum),
        Rule("constant multiple", "constant multiple", r"(cu)' = cu'", _others, r"3\sin(x)", _product),
        Rule("product", "product rule", r"(uv)' = u'v + uv'", _others, r"x^2\sin(x)", _product),
        Rule("constant divisor", "constant multiple", r"(\frac{u}{c})' = \frac{u'}{c}", _quotient_partial,
             r"\frac{\sin(x)}{5}", _over_constant),
        Rule("reciprocal", "reciprocal rule", r"(\frac{c}{v})' = -\frac{cv'}{v^2}", _quotient_partial,
             r"\frac{1}{x^2 + 1}", _reciprocal),
        Rule("quotient", "quotient rule", r"(\frac{u}{v})' = \frac{u'v - uv'}{v^2}", _quotient_partial,
             r"\frac{\sin(x)}{x^2 + 1}", _quotient),
        Rule("power", "power rule", r"(u^n)' = nu^{n - 1}", _power_by_base, "x^5",
             condition=_fraction_not_zero),
        Rule("exponential", "exponential rule", r"(a^u)' = a^u\ln a", _power_by_exponent, "2^x"),
        Rule("general power", "power and exponential rules", r"(u^v)' = vu^{v - 1}u' + u^v\ln(u)v'",
             lambda e, i: _power_by_base(e, i) if i == 0 else _power_by_exponent(e, i), "x^x"),
        Rule("root", "root", r"(\sqrt u)' = \frac{1}{2\sqrt u}, (\sqrt[n]{u})' = \frac{1}{n\sqrt[n]{u^{n - 1}}}",
             _root_by_radicand, r"\sqrt[3]{x}", condition=_root_not_zero),
        Rule("cases", "case by case", r"each case is differentiated; not at the seams", _case_partial,
             r"\begin{cases} x^2 & \text{if } x > 1 \\ x & \text{otherwise} \end{cases}", _of_cases, _seams),
        Rule("indicator", "indicator", r"0 but at the jump", lambda e, i: Integer(0), r"\mathbf{1}\{x > 0\}",
             lambda e, ds: Integer(0), _seams),
        Rule("declared function", "declared function", r"(f(u))' = f'(u)", _applied, "f(x)"),
    )  # fmt: skip


RULES: dict[str, Rule] = {row.name: row for row in (*_structure_rows(), *_function_rows())}


def rule_for(e: Expr, varying: tuple[bool, ...]) -> Rule:
    """Return the row for a node of which these parts vary.

    Raises:
        NoRuleError: if no row covers it; never a silent zero.
    """
    name = _row_name(e, varying)
    if name is None or name not in RULES:
        raise NoRuleError(f"no rule differentiates {name or type(e).__name__.lower()}")
    return RULES[name]


def _row_name(e: Expr, varying: tuple[bool, ...]) -> str | None:
    match e:
        case Sum():
            return "sum" if len(e.terms) > 1 else "negation"
        case Product():
            return "constant multiple" if sum(varying) == 1 else "product"
        case Quotient():
            return {(True, False): "constant divisor", (False, True): "reciprocal"}.get(varying, "quotient")
        case Power():
            return {(True, False): "power", (False, True): "exponential"}.get(varying, "general power")
        case Root():
            return "root"
        case Call(function):
            return function
        case Apply():
            return "declared function"
        case Cases():
            return "cases"
        case Indicator():
            return "indicator"
        case _:
            return None


def partial_of(e: Expr, i: int) -> Expr:
    """Return the partial of a node by its part `i`, the other parts held."""
    return rule_for(e, tuple(i == j for j in range(len(children(e))))).partial(e, i)


__all__ = ["RULES", "Rule", "partial_of", "rule_for"]
