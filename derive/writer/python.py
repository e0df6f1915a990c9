"""An expression as a Python function that stands alone: NumPy, and math or mpmath for special functions.

The source is as long as the formula, not as its expansion: what is used twice is computed once, definitions and named
derivatives become local variables, and long or deep formulas are split, so that any of them compiles.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final, TypeAlias, assert_never

from derive.derivation import Definition
from derive.errors import UnsupportedError
from derive.expr.closing import parts_through, postorder_through, without_points
from derive.expr.functions import FUNCTIONS
from derive.expr.names import fresh
from derive.expr.names import names as name_symbols
from derive.expr.nodes import (
    Apply,
    At,
    Call,
    Cases,
    Constant,
    Decimal,
    Derivative,
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
from derive.expr.walks import symbols

Rows: TypeAlias = "Expr | tuple[Rows, ...]"
"""An expression, or rows of them, nested as the array that is wanted."""

# How strongly a piece of Python binds; a piece that binds less than its place asks for is bracketed.
_COMPARISON, _SUM, _PRODUCT, _POWER, _ATOM = range(5)

_HEIGHT: Final = 24
"""Levels of one Python expression; compilers refuse a few hundred."""
_WIDTH: Final = 96
"""Characters beyond which a part of a formula gets a line of its own."""
_SHORT: Final = 8
"""A shared part of at most this length is repeated rather than named."""
_EXACT: Final = 2**53
"""Integers below are exact as floats; larger ones are written as floats, so that no arithmetic on them explodes."""
_PLAIN_POWER: Final = 64
"""The largest literal exponent that is written `**`, which is exact for integers and raises on overflow."""
_CONSTANTS: Final = {"pi": "np.pi", "e": "np.e", "infinity": "np.inf"}
_COMPARE: Final = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "=": "==", "!=": "!="}
_LOGIC: Final = {"and": " & ", "or": " | "}


@dataclass(frozen=True, slots=True)
class _Piece:
    """Source of a part, how strongly it binds, and how many levels it has."""

    text: str
    strength: int = _ATOM
    height: int = 0

    def at_least(self, strength: int) -> str:
        return self.text if self.strength >= strength else f"({self.text})"


def python_source(
    function_name: str,
    value: Rows,
    parameters: Sequence[Symbol],
    names: Mapping[Symbol, str],
    definitions: Sequence[Definition] = (),
    derivatives: Mapping[Derivative, Expr] | None = None,
) -> str:
    """Return the source of a module whose last `def` computes a value.

    Args:
        function_name: its name; it gets a `_` where it would hide a parameter.
        value: an expression (a scalar gives a float, a column `(m,)`, a matrix `(m, n)`), or rows nested as wanted.
        parameters: the arguments in order. Scalars may also be arrays of one shape; a declared function is a callable,
            and where f', f'', ... are needed, `f_d1`, `f_d2`, ... follow the given parameters.
        names: the identifiers of the symbols; what is missing is named by the rule of `expr.names`.
        definitions: the intermediate variables that the value may be written in; computed where needed.
        derivatives: the values of named derivatives, likewise.

    Raises:
        UnsupportedError: the value holds a derivative, or a variable, that nothing gives a value to.
    """
    bound: dict[Expr, Expr] = {d.symbol: d.value for d in definitions}
    bound.update((derivatives or {}).items())
    bound = {key: without_points(e, bound) for key, e in bound.items()}
    cells = [without_points(cell, bound) for cell in _flat(value)]
    return _Builder(function_name, parameters, names, bound, cells).source(value)


class _Builder:
    """Collects the statements of one function."""

    def __init__(
        self,
        function_name: str,
        parameters: Sequence[Symbol],
        names: Mapping[Symbol, str],
        bound: Mapping[Expr, Expr],
        cells: list[Expr],
    ) -> None:
        self.bound, self.cells = bound, cells
        self.order = list(postorder_through(bound, *cells))
        met = [*parameters, *symbols(*bound, *bound.values(), *cells)]
        self.names = {**name_symbols([s for s in met if s not in names], names.values()), **names}
        self.parameters = list(parameters)
        self.used = set(self.names.values())
        self.name = function_name + ("_" if function_name in self.used else "")
        self.extra: dict[tuple[Symbol, int], str] = {}
        self.statements: list[str] = []
        self.pieces: dict[Expr, _Piece] = {}
        self.numbers = count(1)
        self.branching = any(isinstance(e, (Cases, Indicator)) for e in self.order)
        self.varying: set[Expr] = set()
        for e in self.order:
            if isinstance(e, Symbol) or any(part in self.varying for part in parts_through(e, bound)):
                self.varying.add(e)

    def source(self, value: Rows) -> str:
        uses = Counter(part for e in self.order for part in parts_through(e, self.bound))
        uses.update(self.cells)
        roots = set(self.cells)
        for e in self.order:
            if e in self.bound:
                self.pieces[e] = self._assign(self._local(e), self.pieces[self.bound[e]])
                continue
            piece = self._piece(e)
            too_large = piece.height > _HEIGHT or len(piece.text) > _WIDTH
            if (too_large and e not in roots) or (uses[e] > 1 and len(piece.text) > _SHORT):
                piece = self._named(piece)
            self.pieces[e] = piece
        return self._module(self._result(value))

    def _module(self, result: str) -> str:
        arguments = [self.names[p] for p in self.parameters] + list(self.extra.values())
        body = [*self.statements, f"return {result}"]
        if self.branching:  # both branches are computed: as arrays, which give nan where a float would raise
            arrays = [self.names[p] for p in self.parameters if p.kind == "variable" and p in self.pieces]
            converted = [f"{name} = np.asarray({name}, dtype=float)" for name in arrays]
            body = [*converted, 'with np.errstate(all="ignore"):', *_indented(body)]
        text = "\n".join([f"def {self.name}({', '.join(arguments)}):", *_indented(body)])
        modules = [m for m in ("math", "mpmath") if re.search(rf"\b{m}\.", text)]
        return "\n".join([*(f"import {m}" for m in modules), "import numpy as np", "", "", text, ""])

    def _result(self, value: Rows) -> str:
        if isinstance(value, tuple):
            return f"np.array({self._lists(value, iter(self.cells))}, dtype=float)"
        root = self.cells[0]
        piece = self.pieces[root]
        if root.shape:
            return piece.text
        if root not in self.varying:
            return f"float({piece.text})"
        return f"{piece.at_least(_ATOM)}[()]" if self.branching else piece.text  # [()]: a float, not an array of one

    def _lists(self, value: Rows, cells: Iterator[Expr]) -> str:
        if isinstance(value, tuple):
            return _listed([self._lists(row, cells) for row in value])
        return self.pieces[next(cells)].text

    def _assign(self, name: str, piece: _Piece) -> _Piece:
        self.statements.append(f"{name} = {piece.text}")
        return _Piece(name)

    def _named(self, piece: _Piece) -> _Piece:
        """Give a part that is no name or number a line of its own."""
        if piece.strength == _ATOM and re.fullmatch(r"[\w.]+", piece.text):
            return piece
        return self._assign(f"_t{next(self.numbers)}", piece)

    def _local(self, e: Expr) -> str:
        if isinstance(e, Symbol):
            return self.names[e]
        assert isinstance(e, Derivative)
        of = self.names[e.of] if isinstance(e.of, Symbol) else ""
        order = str(len(e.wrt)) if len(e.wrt) > 1 else ""
        name = fresh(f"d{order}{of}_" + "".join(f"d{self.names[s]}" for s in e.wrt), self.used)
        self.used.add(name)
        return name

    def _piece(self, e: Expr) -> _Piece:
        at = self.pieces
        match e:
            case Integer(value):
                return _Piece(str(value) if value < _EXACT else repr(float(value)))
            case Decimal(text):
                return _decimal(text)
            case Constant(name):
                return _Piece(_CONSTANTS[name])
            case Symbol():
                return self._symbol(e)
            case Sum(terms, signs):
                return self._chain([("-" if s < 0 else "+", at[t].at_least(_PRODUCT), at[t].height)
                                    for t, s in zip(terms, signs, strict=True)], _SUM)  # fmt: skip
            case Product(factors):
                texts = [at[f].at_least(_POWER if i else _PRODUCT) for i, f in enumerate(factors)]
                return self._chain([("*", t, at[f].height) for t, f in zip(texts, factors, strict=True)], _PRODUCT)
            case Quotient(a, b):
                height = 1 + max(at[a].height, at[b].height)
                return _Piece(f"{at[a].at_least(_PRODUCT)}/{at[b].at_least(_POWER)}", _PRODUCT, height)
            case Power(base, exponent):
                return self._power(base, exponent)
            case Root(radicand, degree):
                return self._root(at[radicand], degree)
            case Call(function, arguments):
                return self._call(function, [at[a] for a in arguments])
            case Apply(function, arguments, order):
                return _call_of(self._callable(function, order), [at[a] for a in arguments])
            case Relation(operands, operators):
                return self._relation([at[o] for o in operands], operators)
            case Logic(operator, operands):
                return self._joined(_LOGIC[operator], [at[o] for o in operands])
            case Cases(values, conditions):
                return self._cases(values, conditions)
            case Indicator(condition):
                return _call_of("np.where", [at[condition], _Piece("1.0"), _Piece("0.0")])
            case Matrix(rows):
                return self._matrix(rows)
            case Transpose(of):
                return _transpose(at[of], e)
            case MatMul() | Operation() | Entry() | SumOver() | Filled():
                raise UnsupportedError("vectors, matrices and sums over an index have no value here yet")
            case Derivative():
                raise UnsupportedError("a named derivative has no value of its own in Python")
            case At():
                raise AssertionError("points were put in before")
        assert_never(e)

    def _symbol(self, symbol: Symbol) -> _Piece:
        if symbol not in self.parameters:
            raise UnsupportedError(f"{self.names[symbol]} has no value: it is neither a parameter nor defined")
        return _Piece(self.names[symbol])

    def _chain(self, links: list[tuple[str, str, int]], strength: int) -> _Piece:
        """Join operands from the left; a chain that grows too long goes on from a named part."""
        text, height = "", 0
        for operator, operand, above in links:
            if text and (height >= _HEIGHT or len(text) + len(operand) > _WIDTH):
                text, height = self._named(_Piece(text, strength)).text, 0
            glue = operator if strength == _PRODUCT else f" {operator} "
            text = f"{text}{glue}{operand}" if text else operand if operator in "+*" else operator + operand
            height = 1 + max(height, above)
        return _Piece(text, strength, height)

    def _power(self, base: Expr, exponent: Expr) -> _Piece:
        b, x = self.pieces[base], self.pieces[exponent]
        if base is Constant("e"):
            return _call_of("np.exp", [x])
        size = _literal(exponent)
        if size is None or abs(size) > _PLAIN_POWER or not (base in self.varying or _small(base, size)):
            return _call_of("np.float_power", [b, x])
        return _Piece(f"{b.at_least(_ATOM)}**{x.at_least(_ATOM)}", _POWER, 1 + max(b.height, x.height))

    def _root(self, radicand: _Piece, degree: Expr | None) -> _Piece:
        if degree is None:
            return _call_of("np.sqrt", [radicand])
        match degree:
            case Integer(1):
                return radicand
            case Integer(3):
                return _call_of("np.cbrt", [radicand])
            case Integer(n) if n % 2:
                name = self._named(radicand)
                return _Piece(f"np.sign({name.text})*np.abs({name.text})**(1/{n})", _PRODUCT, 3)
        inverse = _Piece(f"1/{self.pieces[degree].at_least(_POWER)}", _PRODUCT, 1 + self.pieces[degree].height)
        return _call_of("np.float_power", [radicand, inverse])

    def _call(self, function: str, arguments: list[_Piece]) -> _Piece:
        template = FUNCTIONS[function].numpy
        if template.count("{0}") > 1:
            arguments = [self._named(a) for a in arguments]
        texts = [a.text for a in arguments]
        return _Piece(template.format(*texts, all=", ".join(texts)), _ATOM, 3 + max(a.height for a in arguments))

    def _callable(self, function: Symbol, order: int) -> str:
        if not order:
            return self.names[function]
        if (function, order) not in self.extra:
            name = fresh(f"{self.names[function]}_d{order}", self.used)
            self.used.add(name)
            self.extra[function, order] = name
        return self.extra[function, order]

    def _relation(self, operands: list[_Piece], operators: tuple[str, ...]) -> _Piece:
        pairs = [
            _Piece(f"{a.at_least(_SUM)} {_COMPARE[o]} {b.at_least(_SUM)}", _COMPARISON, 1 + max(a.height, b.height))
            for a, o, b in zip(operands, operators, operands[1:], strict=False)
        ]
        return pairs[0] if len(pairs) == 1 else self._joined(_LOGIC["and"], pairs)

    def _joined(self, glue: str, conditions: list[_Piece]) -> _Piece:
        text, height = "", 0
        for condition in conditions:
            if height >= _HEIGHT:
                text, height = self._named(_Piece(text, _COMPARISON)).text, 0
            text = f"{text}{glue}{condition.at_least(_ATOM)}" if text else condition.at_least(_ATOM)
            height = 1 + max(height, condition.height)
        return _Piece(text, _COMPARISON, height)

    def _cases(self, values: tuple[Expr, ...], conditions: tuple[Expr | None, ...]) -> _Piece:
        """Nest from the last case inwards; nan where none holds."""
        result = _Piece("np.nan")
        for value, condition in reversed(list(zip(values, conditions, strict=True))):
            if condition is None:
                result = self.pieces[value]
                continue
            if result.height >= _HEIGHT or len(result.text) > _WIDTH:
                result = self._named(result)
            result = _call_of("np.where", [self.pieces[condition], self.pieces[value], result])
        return result

    def _matrix(self, rows: tuple[tuple[Expr, ...], ...]) -> _Piece:
        height = 3 + max(self.pieces[cell].height for row in rows for cell in row)
        if len(rows[0]) == 1:
            inner = _listed([self.pieces[row[0]].text for row in rows])
        else:
            inner = _listed([_listed([self.pieces[cell].text for cell in row]) for row in rows])
        return _Piece(f"np.array({inner}, dtype=float)", _ATOM, height)


def _flat(value: Rows) -> list[Expr]:
    if isinstance(value, tuple):
        return [cell for row in value for cell in _flat(row)]
    return [value]


def _indented(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


def _listed(items: list[str]) -> str:
    text = ", ".join(items)
    return f"[{text}]" if len(text) <= _WIDTH else "[\n            " + ",\n            ".join(items) + "]"


def _call_of(function: str, arguments: list[_Piece]) -> _Piece:
    return _Piece(f"{function}({', '.join(a.text for a in arguments)})", _ATOM, 1 + max(a.height for a in arguments))


def _decimal(text: str) -> _Piece:
    """Return a decimal as typed; a tiny one as a quotient of integers, which Python rounds just as well."""
    if float(text) == 0 or float(text) >= 1e-3:
        return _Piece(text)
    whole, _, digits = text.partition(".")
    return _Piece(f"{int(whole + digits)}/{10 ** len(digits)}", _PRODUCT, 1)


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


def _transpose(of: _Piece, e: Transpose) -> _Piece:
    before, after = len(e.of.shape), len(e.shape)
    if not before:
        return of
    if before == after:
        return _Piece(f"{of.at_least(_ATOM)}.T", _ATOM, 1 + of.height)
    shape = "1, -1" if before < after else "-1"
    return _Piece(f"{of.at_least(_ATOM)}.reshape({shape})", _ATOM, 1 + of.height)
