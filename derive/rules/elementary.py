"""The rows of the elementary functions and a few beyond, in textbook form (Abramowitz & Stegun, chapters 4 and 6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from derive.errors import NoRuleError
from derive.expr.build import (
    Rational,
    add,
    apply_to,
    as_number,
    differs,
    negative,
    one_over,
    rational,
    root,
    square,
    times,
)
from derive.expr.nodes import Call, Cases, Constant, Expr, Integer, Logic, Quotient, Relation
from derive.expr.walks import children, same
from derive.rules.row import Combine, Partial, Rule, or_zero


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
        values = or_zero(ds)
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


def _digamma(u: Expr) -> Expr:
    return Call("digamma", (u,))


def _size(u: Expr) -> Expr:
    return Call("abs", (u,), "|")


def _minus(a: Expr, b: Expr) -> Expr:
    return add([a, negative(b)])


def _plus_one(u: Expr) -> Expr:
    return add([u, Integer(1)])


def _minus_one(u: Expr) -> Expr:
    return _minus(u, Integer(1))


def _one_plus(u: Expr) -> Expr:
    return add([Integer(1), u])


def _one_minus(u: Expr) -> Expr:
    return _minus(Integer(1), u)


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


def _binomial_partial(e: Expr, i: int) -> Expr:
    assert isinstance(e, Call)
    n, k = e.arguments
    number = as_number(k)
    rest = [negative(k), Integer(1)] if number is None else [rational(1 - number)] if number != 1 else []
    of_rest = _digamma(add([n, *rest]))
    difference = _minus(_digamma(_plus_one(n)), of_rest) if i == 0 else _minus(of_rest, _digamma(_plus_one(k)))
    return times([e, difference])


def _between_poles(e: Expr) -> tuple[Expr, ...]:
    """Where n - k or k is a negative whole number, the coefficient has a value and a digamma function has none."""
    assert isinstance(e, Call)
    n, k = e.arguments
    number = as_number(k)
    if number is not None and number.denominator == 1:
        return (_above_or_between(n, number - 1),)
    return tuple(_above_or_between(u, -1) for u in (_minus(n, k), k) if as_number(u) is None)


def _above_or_between(u: Expr, least: Rational) -> Expr:
    return Logic("or", (Relation((u, rational(least)), (">",)), differs(u, Call("floor", (u,), r"\lfloor"))))


def _row(
    name: str,
    title: str,
    statement: str,
    local: Callable[[Expr, Expr], Expr],
    condition: Callable[[Expr], tuple[Expr, ...]] = lambda _: (),
) -> Rule:
    """A row for a function of one argument; its example is the function at x."""
    return Rule(name, title, statement, _by(local), name, condition=condition)


_max_partial, _max_combine = _extremum(">")
_min_partial, _min_combine = _extremum("<")

ELEMENTARY: Final = (
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
         lambda u, e: one_over(root(_one_minus(square(u))))),
    _row("arccos", "arccosine", r"(\arccos u)' = -\frac{1}{\sqrt{1 - u^2}}",
         lambda u, e: negative(one_over(root(_one_minus(square(u)))))),
    _row("arctan", "arctangent", r"(\arctan u)' = \frac{1}{1 + u^2}", lambda u, e: one_over(_one_plus(square(u)))),
    _row("arccot", "arccotangent", r"(\operatorname{arccot} u)' = -\frac{1}{1 + u^2}",
         lambda u, e: negative(one_over(_one_plus(square(u))))),
    _row("arcsec", "arcsecant", r"(\operatorname{arcsec} u)' = \frac{1}{|u|\sqrt{u^2 - 1}}",
         lambda u, e: one_over(times([_size(u), root(_minus_one(square(u)))]))),
    _row("arccsc", "arccosecant", r"(\operatorname{arccsc} u)' = -\frac{1}{|u|\sqrt{u^2 - 1}}",
         lambda u, e: negative(one_over(times([_size(u), root(_minus_one(square(u)))])))),
    _row("sinh", "hyperbolic sine", r"(\sinh u)' = \cosh u", lambda u, e: apply_to("cosh", u, e)),
    _row("cosh", "hyperbolic cosine", r"(\cosh u)' = \sinh u", lambda u, e: apply_to("sinh", u, e)),
    _row("tanh", "hyperbolic tangent", r"(\tanh u)' = 1 - \tanh^2 u",
         lambda u, e: _one_minus(square(apply_to("tanh", u, e)))),
    _row("coth", "hyperbolic cotangent", r"(\coth u)' = 1 - \coth^2 u",
         lambda u, e: _one_minus(square(apply_to("coth", u, e)))),
    _row("sech", "hyperbolic secant", r"(\operatorname{sech} u)' = -\operatorname{sech} u\tanh u",
         lambda u, e: negative(times([apply_to("sech", u, e), apply_to("tanh", u, e)]))),
    _row("csch", "hyperbolic cosecant", r"(\operatorname{csch} u)' = -\operatorname{csch} u\coth u",
         lambda u, e: negative(times([apply_to("csch", u, e), apply_to("coth", u, e)]))),
    _row("arsinh", "inverse hyperbolic sine", r"(\operatorname{arsinh} u)' = \frac{1}{\sqrt{u^2 + 1}}",
         lambda u, e: one_over(root(_plus_one(square(u))))),
    _row("arcosh", "inverse hyperbolic cosine", r"(\operatorname{arcosh} u)' = \frac{1}{\sqrt{u^2 - 1}}",
         lambda u, e: one_over(root(_minus_one(square(u))))),
    _row("artanh", "inverse hyperbolic tangent", r"(\operatorname{artanh} u)' = \frac{1}{1 - u^2}",
         lambda u, e: one_over(_one_minus(square(u)))),
    _row("arcoth", "inverse hyperbolic cotangent", r"(\operatorname{arcoth} u)' = \frac{1}{1 - u^2}",
         lambda u, e: one_over(_one_minus(square(u)))),
    _row("arsech", "inverse hyperbolic secant", r"(\operatorname{arsech} u)' = -\frac{1}{u\sqrt{1 - u^2}}",
         lambda u, e: negative(one_over(times([u, root(_one_minus(square(u)))])))),
    _row("arcsch", "inverse hyperbolic cosecant", r"(\operatorname{arcsch} u)' = -\frac{1}{|u|\sqrt{1 + u^2}}",
         lambda u, e: negative(one_over(times([_size(u), root(_one_plus(square(u)))])))),
    _row("abs", "absolute value", r"|u|' = \frac{u}{|u|}, u \ne 0", lambda u, e: Quotient(u, e), _not_zero),
    _row("sign", "sign", r"(\operatorname{sign} u)' = 0, u \ne 0", lambda u, e: Integer(0), _not_zero),
    _row("floor", "floor", r"\lfloor u \rfloor' = 0 between integers", lambda u, e: Integer(0), _not_integer),
    _row("ceil", "ceiling", r"\lceil u \rceil' = 0 between integers", lambda u, e: Integer(0), _not_integer),
    _row("erf", "error function", r"(\operatorname{erf} u)' = \frac{2}{\sqrt\pi} e^{-u^2}",
         lambda u, e: times([Quotient(Integer(2), root(Constant("pi"))), Call("exp", (negative(square(u)),), "^")])),
    _row("gamma", "gamma function", r"\Gamma'(u) = \Gamma(u)\psi(u)", lambda u, e: times([e, _digamma(u)])),
    _row("digamma", "digamma function", r"\psi'(u) = \psi^{(1)}(u)",
         lambda u, e: Call("polygamma", (Integer(1), u))),
    _row("factorial", "factorial", r"(u!)' = \Gamma(u + 1)\psi(u + 1)",
         lambda u, e: times([Call("gamma", (_plus_one(u),)), _digamma(_plus_one(u))])),
    _row("sigmoid", "logistic function", r"\sigma'(u) = \sigma(u)(1 - \sigma(u))",
         lambda u, e: times([e, _one_minus(e)])),
    _row("softplus", "softplus", r"(\operatorname{softplus} u)' = \sigma(u)",
         lambda u, e: Call("sigmoid", (u,))),
    _row("relu", "rectifier", r"(\operatorname{ReLU} u)' = 0 for u \le 0, 1 for u > 0",
         lambda u, e: _step(u), _not_zero),
    _row("elu", "exponential linear unit", r"(\operatorname{ELU} u)' = 1 for u > 0, e^u for u \le 0",
         lambda u, e: Cases((Integer(1), Call("exp", (u,), "^")),
                            (Relation((u, Integer(0)), (">",)), Relation((u, Integer(0)), ("<=",))))),
    Rule("log", "logarithm to a base", r"(\log_b u)' = \frac{1}{u\ln b}", _log_partial, "log"),
    Rule("polygamma", "polygamma function", r"(\psi^{(n)}(u))' = \psi^{(n + 1)}(u)", _polygamma_partial,
         "polygamma"),
    Rule("binomial", "binomial coefficient",
         r"\binom{u}{v}' = \binom{u}{v}((\psi(u + 1) - \psi(u - v + 1))u' + (\psi(u - v + 1) - \psi(v + 1))v')",
         _binomial_partial, "binomial", condition=_between_poles),
    Rule("max", "maximum", r"the derivative of the larger part", _max_partial, "max", _max_combine, _ties),
    Rule("min", "minimum", r"the derivative of the smaller part", _min_partial, "min", _min_combine, _ties),
)  # fmt: skip
