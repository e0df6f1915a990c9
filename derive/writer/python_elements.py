"""Python source of what is worked out entry by entry: the same text serves a number and an array of them."""

from __future__ import annotations

import re
from itertools import count
from typing import Final, assert_never

from derive.expr.functions import FUNCTIONS
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
from derive.writer.python_arrays import (
    ATOM,
    COMPARISON,
    HEIGHT,
    PLAIN_POWER,
    POWER,
    PRODUCT,
    SUM,
    WIDTH,
    Piece,
    Pieces,
    call,
    call_of,
    joined,
    literal,
    settled_cases,
    spread,
)
from derive.writer.python_names import Shared

_EXACT: Final = 2**53
"""Integers below are exact as floats; larger ones are written as floats, so that no arithmetic on them explodes."""
_CONSTANTS: Final = {"pi": "np.pi", "e": "np.e", "infinity": "np.inf"}
_COMPARE: Final = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "=": "==", "!=": "!="}
_LOGIC: Final = {"and": " & ", "or": " | "}


class Elements:
    """Writes nodes from the pieces of their parts; a part that is too long gets a statement of its own.

    `indices` are the indices that the values are arrays over, with an axis for each; none for single values.
    """

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self.statements: list[str] = []
        self.numbers = count(1)
        self.indices: tuple[Symbol, ...] = ()

    def element(self, e: Expr, at: Pieces) -> Piece:
        """Return the piece of a node that works entry by entry from those of its parts."""
        match e:
            case Integer(value):
                return Piece(str(value) if value < _EXACT else repr(float(value)))
            case Decimal(text):
                return _decimal(text)
            case Constant(name):
                return Piece(_CONSTANTS[name])
            case Sum():
                return self._sum(e, at)
            case Product(factors):
                return self.product(factors, at)
            case Quotient():
                return self._quotient(e, at)
            case Power(base, exponent):
                return self._power(base, exponent, at)
            case Root(radicand, degree):
                return self._root(at[radicand], degree, at)
            case Call(function, arguments):
                shaped = bool(e.shape or self.indices)
                return call(function, FUNCTIONS[function].numpy, [at[a] for a in arguments], shaped, self._named)
            case Relation(operands, operators):
                return self._relation([at[o] for o in operands], operators)
            case Logic(operator, operands):
                return self._joined(_LOGIC[operator], [at[o] for o in operands])
            case Cases():
                return self._cases(e, at)
            case Indicator(condition):
                return call_of("np.where", [at[condition], Piece("1.0"), Piece("0.0")])
            case (Symbol() | Apply() | Matrix() | Transpose() | MatMul() | Operation() | Entry() | Entries() | SumOver()
                  | Filled() | Derivative() | At()):  # fmt: skip
                raise AssertionError(f"{type(e).__name__} does not work entry by entry")
        assert_never(e)

    def _assign(self, name: str, piece: Piece) -> Piece:
        self.statements.append(f"{name} = {piece.text}")
        return Piece(name)

    def _named(self, piece: Piece) -> Piece:
        """Give a part that is no name or number a line of its own."""
        if piece.strength == ATOM and re.fullmatch(r"[\w.]+", piece.text):
            return piece
        return self._assign(f"_t{next(self.numbers)}", piece)

    def _sum(self, e: Sum, at: Pieces) -> Piece:
        pieces = [spread(e.terms).get(t) or at[t] for t in e.terms]
        bare = [SUM if not k and s > 0 else PRODUCT for k, s in enumerate(e.signs)]  # it is worked from the left
        texts = [piece.at_least(least) for piece, least in zip(pieces, bare, strict=True)]
        signs = ["-" if s < 0 else "+" for s in e.signs]
        return self._chain(list(zip(signs, texts, [p.height for p in pieces], strict=True)), SUM)

    def product(self, factors: tuple[Expr, ...], at: Pieces) -> Piece:
        """Return a product of numbers, one of which may have a shape."""
        if len(factors) == 1:
            return at[factors[0]]
        texts = [at[f].at_least(POWER) if k else at[f].first_factor() for k, f in enumerate(factors)]
        return self._chain([("*", t, at[f].height) for t, f in zip(texts, factors, strict=True)], PRODUCT)

    def _chain(self, links: list[tuple[str, str, int]], strength: int) -> Piece:
        """Join operands from the left; a chain that grows too long goes on from a named part."""
        text, height = "", 0
        for operator, operand, above in links:
            if text and (height >= HEIGHT or len(text) + len(operand) > WIDTH):
                text, height = self._named(Piece(text, strength)).text, 0
            glue = operator if strength == PRODUCT else f" {operator} "
            text = f"{text}{glue}{operand}" if text else operand if operator in "+*" else operator + operand
            height = 1 + max(height, above)
        return Piece(text, strength, height)

    def _quotient(self, e: Quotient, at: Pieces) -> Piece:
        above, below = at[e.numerator], at[e.denominator]
        if self.shared.branching and e.denominator in self.shared.counting and not self.shared.is_length(e.denominator):
            return call_of("np.divide", [above, below])
        return joined("/", above, below)

    def _power(self, base: Expr, exponent: Expr, at: Pieces) -> Piece:
        b, x = at[base], at[exponent]
        if isinstance(base, Constant) and base.name == "e":
            return call_of("np.exp", [x])
        size = literal(exponent)
        plain = size is not None and abs(size) <= PLAIN_POWER and (base in self.shared.varying or _small(base, size))
        array = base.shape or self.indices or (self.shared.branching and base in self.shared.counting)
        if not plain or (size is not None and size < 0 and array):  # integers have no such power in arrays
            return call_of("np.float_power", [b, x])
        return Piece(f"{b.at_least(ATOM)}**{x.at_least(ATOM)}", POWER, 1 + max(b.height, x.height))

    def _root(self, radicand: Piece, degree: Expr | None, at: Pieces) -> Piece:
        if degree is None:
            return call_of("np.sqrt", [radicand])
        match degree:
            case Integer(1):
                return radicand
            case Integer(3):
                return call_of("np.cbrt", [radicand])
            case Integer(n) if n % 2:
                name = self._named(radicand)
                return Piece(f"np.sign({name.text})*np.abs({name.text})**(1/{n})", PRODUCT, 3)
        inverse = Piece(f"1/{at[degree].at_least(POWER)}", PRODUCT, 1 + at[degree].height)
        return call_of("np.float_power", [radicand, inverse])

    def _relation(self, operands: list[Piece], operators: tuple[str, ...]) -> Piece:
        pairs = [
            Piece(f"{a.at_least(SUM)} {_COMPARE[o]} {b.at_least(SUM)}", COMPARISON, 1 + max(a.height, b.height))
            for a, o, b in zip(operands, operators, operands[1:], strict=False)
        ]
        return pairs[0] if len(pairs) == 1 else self._joined(_LOGIC["and"], pairs)

    def _joined(self, glue: str, conditions: list[Piece]) -> Piece:
        text, height = "", 0
        for condition in conditions:
            if height >= HEIGHT:
                text, height = self._named(Piece(text, COMPARISON)).text, 0
            text = f"{text}{glue}{condition.at_least(ATOM)}" if text else condition.at_least(ATOM)
            height = 1 + max(height, condition.height)
        return Piece(text, COMPARISON, height)

    def _cases(self, e: Cases, at: Pieces) -> Piece:
        """Nest from the last case inwards; nan where none holds."""
        result, numbers = Piece("np.nan"), spread(e.values)
        for value, condition in reversed(settled_cases(e)):
            shown = numbers.get(value) or at[value]
            if condition is None:
                result = shown
                continue
            if result.height >= HEIGHT or len(result.text) > WIDTH:
                result = self._named(result)
            result = call_of("np.where", [at[condition], shown, result])
        return result


def _decimal(text: str) -> Piece:
    """Return a decimal as typed; a tiny one as a quotient of integers, which Python rounds just as well."""
    if float(text) == 0 or float(text) >= 1e-3:
        return Piece(text)
    whole, _, digits = text.partition(".")
    return Piece(f"{int(whole + digits)}/{10 ** len(digits)}", PRODUCT, 1)


def _small(base: Expr, exponent: int) -> bool:
    """Tell whether a literal to a literal power is exact as a float: no integer that grows without end."""
    return isinstance(base, Integer) and base.value.bit_length() * abs(exponent) < _EXACT.bit_length()
