"""The statements of one function of Python source."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain, count
from typing import Final, assert_never

from derive.errors import UnsupportedError
from derive.expr.closing import parts_through
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
from derive.writer import python_arrays as arrays
from derive.writer.python_arrays import (
    ATOM,
    COMPARISON,
    HEIGHT,
    POWER,
    PRODUCT,
    SUM,
    WIDTH,
    Piece,
    call_of,
    shifted,
)
from derive.writer.python_names import Shared

_SHORT: Final = 8
"""A shared part of at most this length is repeated rather than named."""
_EXACT: Final = 2**53
"""Integers below are exact as floats; larger ones are written as floats, so that no arithmetic on them explodes."""
_PLAIN_POWER: Final = 64
"""The largest literal exponent that is written `**`, which is exact for integers and raises on overflow."""
_CONSTANTS: Final = {"pi": "np.pi", "e": "np.e", "infinity": "np.inf"}
_COMPARE: Final = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "=": "==", "!=": "!="}
_LOGIC: Final = {"and": " & ", "or": " | "}


class Scope:
    """Collects the statements of one function: of the whole, or of the body of a sum over `index`."""

    def __init__(self, shared: Shared, index: Symbol | None = None) -> None:
        self.shared, self.index = shared, index
        self.statements: list[str] = []
        self.pieces: dict[Expr, Piece] = {}
        self.numbers, self.constants = count(1), count(1)
        self.arguments: list[Expr] = []
        self.callables: dict[tuple[Symbol, int], str] = {}

    def compute(self, *roots: Expr) -> None:
        """Find the piece of each root, and the statements that it needs."""
        bound = self.shared.bound
        order = list(_postorder(self._parts, *roots))
        uses = Counter(chain.from_iterable(map(self._parts, order)))
        uses.update(roots)
        for e in order:
            if self._is_given(e):
                self.pieces[e] = self._argument(e)
            elif e in bound:
                self.pieces[e] = self._assign(self.shared.local(e), self.pieces[bound[e]])
            else:
                piece = self._piece(e)
                too_large = piece.height > HEIGHT or len(piece.text) > WIDTH
                if (too_large and e not in roots) or (uses[e] > 1 and len(piece.text) > _SHORT):
                    piece = self._named(piece)
                self.pieces[e] = piece

    def _is_given(self, e: Expr) -> bool:
        """Tell whether the body of a sum is given the value of a part, which does not depend on the index."""
        return self.index is not None and e in self.shared.varying and self.index not in self.shared.free[e]

    def _argument(self, e: Expr) -> Piece:
        self.arguments.append(e)
        return Piece(self.shared.local(e) if isinstance(e, Symbol | Derivative) else f"_c{next(self.constants)}")

    def _parts(self, e: Expr) -> tuple[Expr, ...]:
        """Return what a node is worked out from in this function."""
        if self._is_given(e):
            return ()
        if e in self.shared.helpers and isinstance(e, SumOver):
            return (*(b for b in (e.lower, e.upper) if b is not None), *self.shared.helpers[e].arguments)
        return arrays.factors(e) if isinstance(e, MatMul) else parts_through(e, self.shared.bound)

    def _assign(self, name: str, piece: Piece) -> Piece:
        self.statements.append(f"{name} = {piece.text}")
        return Piece(name)

    def _named(self, piece: Piece) -> Piece:
        """Give a part that is no name or number a line of its own."""
        if piece.strength == ATOM and re.fullmatch(r"[\w.]+", piece.text):
            return piece
        return self._assign(f"_t{next(self.numbers)}", piece)

    def _piece(self, e: Expr) -> Piece:
        at = self.pieces
        match e:
            case Integer(value):
                return Piece(str(value) if value < _EXACT else repr(float(value)))
            case Decimal(text):
                return _decimal(text)
            case Constant(name):
                return Piece(_CONSTANTS[name])
            case Symbol():
                return self._symbol(e)
            case Sum(terms, signs):
                return self._chain([("-" if s < 0 else "+", at[t].at_least(PRODUCT), at[t].height)
                                    for t, s in zip(terms, signs, strict=True)], SUM)  # fmt: skip
            case Product(factors):
                texts = [
                    at[f].at_least(POWER if i or isinstance(f, MatMul) else PRODUCT) for i, f in enumerate(factors)
                ]
                return self._chain([("*", t, at[f].height) for t, f in zip(texts, factors, strict=True)], PRODUCT)
            case Quotient(a, b):
                return self._quotient(a, b)
            case Power(base, _, style) if base.shape and style != "name":
                return arrays.matrix_power(at[base], _literal(e.exponent))
            case Power(base, exponent):
                return self._power(base, exponent)
            case Root(radicand, degree):
                return self._root(at[radicand], degree)
            case Call(function, arguments):
                template = FUNCTIONS[function].numpy
                return arrays.call(template, [at[a] for a in arguments], bool(e.shape), self._named)
            case Apply(function, arguments, order):
                return self._apply(function, order, arguments)
            case Relation(operands, operators):
                return self._relation([at[o] for o in operands], operators)
            case Logic(operator, operands):
                return self._joined(_LOGIC[operator], [at[o] for o in operands])
            case Cases(values, conditions):
                return self._cases(values, conditions)
            case Indicator(condition):
                return call_of("np.where", [at[condition], Piece("1.0"), Piece("0.0")])
            case Matrix(rows):
                return arrays.matrix(rows, e.shape, at)
            case Transpose(of):
                return arrays.transpose(at[of], e)
            case MatMul():
                return arrays.matmul(e, at, self._named)
            case Operation():
                return arrays.operation(e, at, self._named)
            case Entry():
                return arrays.entry(e, at)
            case SumOver():
                return self._sum_over(e)
            case Filled():
                return arrays.filled(e, self.shared.size)
            case Entries():
                raise UnsupportedError("a matrix by its general entry is not written in Python")
            case Derivative():
                raise UnsupportedError("a named derivative has no value of its own in Python")
            case At():
                raise AssertionError("points were put in before")
        assert_never(e)

    def _symbol(self, symbol: Symbol) -> Piece:
        name = self.shared.name(symbol)
        if symbol.kind == "dimension":
            self.shared.need(symbol)
        elif symbol is not self.index and symbol not in self.shared.parameters:
            raise UnsupportedError(f"{name} has no value: it is neither a parameter nor defined")
        return Piece(name)

    def _sum_over(self, e: SumOver) -> Piece:
        assert e.lower is not None
        assert e.upper is not None
        at, helper, index = self.pieces, self.shared.helpers[e], self.shared.name(e.index)
        given = [index, *(self._named(at[a]).text for a in helper.arguments)]
        given += [self._callable(function, order) for function, order in helper.callables]
        steps = f"range({shifted(e.lower, at[e.lower], 0)}, {shifted(e.upper, at[e.upper], 1)})"
        function = "sum" if e.operator == "sum" else "math.prod"
        height = 4 + max(at[e.lower].height, at[e.upper].height)
        return Piece(f"{function}({helper.name}({', '.join(given)}) for {index} in {steps})", ATOM, height)

    def _apply(self, function: Symbol, order: int, arguments: tuple[Expr, ...]) -> Piece:
        return call_of(self._callable(function, order), [self.pieces[a] for a in arguments])

    def _callable(self, function: Symbol, order: int) -> str:
        name = self.shared.callable(function, order)
        self.callables[function, order] = name
        return name

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

    def _quotient(self, a: Expr, b: Expr) -> Piece:
        above, below = self.pieces[a], self.pieces[b]
        if self.shared.branching and b in self.shared.counting:
            return call_of("np.divide", [above, below])
        height = 1 + max(above.height, below.height)
        return Piece(
            f"{above.at_least(POWER if isinstance(a, MatMul) else PRODUCT)}/{below.at_least(POWER)}", PRODUCT, height
        )

    def _power(self, base: Expr, exponent: Expr) -> Piece:
        b, x = self.pieces[base], self.pieces[exponent]
        if base is Constant("e"):
            return call_of("np.exp", [x])
        size = _literal(exponent)
        plain = size is not None and abs(size) <= _PLAIN_POWER and (base in self.shared.varying or _small(base, size))
        if size is not None and size < 0 and (base.shape or (self.shared.branching and base in self.shared.counting)):
            plain = False  # integers, which have no such power in arrays and raise at 0 in Python
        if not plain:
            return call_of("np.float_power", [b, x])
        return Piece(f"{b.at_least(ATOM)}**{x.at_least(ATOM)}", POWER, 1 + max(b.height, x.height))

    def _root(self, radicand: Piece, degree: Expr | None) -> Piece:
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
        inverse = Piece(f"1/{self.pieces[degree].at_least(POWER)}", PRODUCT, 1 + self.pieces[degree].height)
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

    def _cases(self, values: tuple[Expr, ...], conditions: tuple[Expr | None, ...]) -> Piece:
        """Nest from the last case inwards; nan where none holds."""
        result = Piece("np.nan")
        for value, condition in reversed(list(zip(values, conditions, strict=True))):
            if condition is None:
                result = self.pieces[value]
                continue
            if result.height >= HEIGHT or len(result.text) > WIDTH:
                result = self._named(result)
            result = call_of("np.where", [self.pieces[condition], self.pieces[value], result])
        return result


def _postorder(parts: Callable[[Expr], tuple[Expr, ...]], *roots: Expr) -> Iterator[Expr]:
    """Yield each distinct node once, what it is worked out from before it."""
    done: set[Expr] = set()
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        e, expanded = stack.pop()
        if e in done:
            continue
        if expanded:
            done.add(e)
            yield e
        else:
            stack.append((e, True))
            stack.extend((part, False) for part in reversed(parts(e)) if part not in done)


def _decimal(text: str) -> Piece:
    """Return a decimal as typed; a tiny one as a quotient of integers, which Python rounds just as well."""
    if float(text) == 0 or float(text) >= 1e-3:
        return Piece(text)
    whole, _, digits = text.partition(".")
    return Piece(f"{int(whole + digits)}/{10 ** len(digits)}", PRODUCT, 1)


def _literal(e: Expr) -> int | None:
    """Return the value of a literal integer, perhaps with a minus, or None."""
    match e:
        case Integer(value):
            return value
        case Sum((Integer(value),), (-1,)):
            return -value
    return None


def _small(base: Expr, exponent: int) -> bool:
    """Tell whether a literal to a literal power is exact as a float: no integer that grows without end."""
    return isinstance(base, Integer) and base.value.bit_length() * abs(exponent) < _EXACT.bit_length()
