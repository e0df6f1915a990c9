"""Constant parts without a value, such as 1/0: found before any work is done."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import reduce
from operator import add, mul

from derive.errors import Span, UndefinedError
from derive.expr.functions import FUNCTIONS
from derive.expr.nodes import Call, Constant, Decimal, Expr, Integer, Power, Product, Quotient, Root, Sum
from derive.expr.walks import children, postorder

Number = Fraction | float
_CONSTANTS = {"pi": math.pi, "e": math.e, "infinity": math.inf}
_EXACT_EXPONENT = 64
_BITS = 4_096
_ROUNDING = 1e-9


def refuse_undefined(e: Expr, spans: Mapping[Expr, Span], source: str) -> None:
    """Check that each constant part of a formula has a value; one that is too large counts as having one.

    Raises:
        UndefinedError: A part such as 1/0, 0^0, ln 0, 0 times infinity; it points at the smallest such part.
    """
    values: dict[Expr, Number | None] = {}
    for node in postorder(e):
        parts = [values[part] for part in children(node)]
        if isinstance(node, Integer | Decimal | Constant):
            values[node] = _leaf(node)
        elif not parts or any(p is None for p in parts):
            values[node] = None
        else:
            known = [p for p in parts if p is not None]
            try:
                values[node] = _value(node, known)
            except OverflowError:
                values[node] = None
            except (ValueError, ZeroDivisionError):
                if all(isinstance(p, Fraction) or _is_far(node, known) for p in known):
                    message = "this part of the formula has no value"
                    raise UndefinedError(message, spans.get(node), "", source) from None
                values[node] = None


def _is_far(node: Expr, parts: list[Number]) -> bool:
    """Tell whether the value is missing also a rounding error away."""
    for shift in (-_ROUNDING, _ROUNDING):
        moved = [p if isinstance(p, Fraction) or math.isinf(p) else p + shift for p in parts]
        try:
            if moved != parts and _value(node, moved) is not None:
                return False
        except (ValueError, ZeroDivisionError, OverflowError):
            continue
    return True


def _leaf(node: Integer | Decimal | Constant) -> Number:
    match node:
        case Integer(value):
            return Fraction(value)
        case Decimal(text):
            return Fraction(text if text[0] != "." else "0" + text)
        case Constant(name):
            return _CONSTANTS[name]


def _value(node: Expr, parts: list[Number]) -> Number | None:
    match node:
        case Sum(_, signs):
            return _finite_or_infinite(_bounded(add, (s * p for s, p in zip(signs, parts, strict=True))))
        case Product():
            return _finite_or_infinite(_bounded(mul, parts))
        case Quotient():
            return _finite_or_infinite(parts[0] / parts[1])
        case Power():
            return _power(parts[0], parts[1])
        case Root():
            return _root(float(parts[0]), parts[1] if len(parts) > 1 else Fraction(2))
        case Call(function):
            return _call(FUNCTIONS[function].real, [float(p) for p in parts])
        case _:
            return None


def _finite_or_infinite(value: Number) -> Number:
    if value != value:
        raise ValueError("an undetermined form")
    return value


def _bounded(operation: Callable[[Number, Number], Number], parts: Iterable[Number]) -> Number:
    """Combine numbers, giving up where exact ones grow too long."""

    def combine(a: Number, b: Number) -> Number:
        value = operation(a, b)
        if isinstance(value, Fraction) and value.denominator.bit_length() + value.numerator.bit_length() > _BITS:
            raise OverflowError
        return value

    return reduce(combine, parts)


def _power(base: Number, exponent: Number) -> Number | None:
    whole = isinstance(exponent, Fraction) and exponent.denominator == 1
    if base == 0 and exponent <= 0:
        raise ValueError("no power of zero")
    if base < 0 and not whole:
        raise ValueError("a root of a negative number")
    if isinstance(base, Fraction) and isinstance(exponent, Fraction) and whole:
        small = abs(exponent) <= _EXACT_EXPONENT and base.numerator.bit_length() <= _EXACT_EXPONENT
        return base ** int(exponent) if small else None
    return _finite_or_infinite(float(base) ** float(exponent))


def _root(radicand: float, degree: Number) -> Number | None:
    if degree == 0:
        raise ValueError("a root of degree zero")
    if radicand < 0 and not (isinstance(degree, Fraction) and degree.denominator == 1 and degree % 2):
        raise ValueError("an even root of a negative number")
    return None if radicand <= 0 else radicand ** float(1 / degree)


def _call(real: Callable[..., float], arguments: list[float]) -> float | None:
    if any(math.isinf(a) for a in arguments):
        return None
    return _call_value(real(*arguments))


def _call_value(value: float) -> float | None:
    return None if value != value else float(value)
