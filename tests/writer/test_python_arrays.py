"""The source of vectors, matrices and sums, run and held against loops over entries that are written here."""

import ast
import itertools
import math
import random
import re

import mpmath
import numpy as np
import pytest

from derive.derivation import Definition
from derive.errors import UnsupportedError
from derive.expr.functions import FUNCTIONS
from derive.expr.names import names
from derive.expr.nodes import (
    Apply,
    At,
    Call,
    Cases,
    Constant,
    Decimal,
    Derivative,
    Entry,
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
from derive.expr.operations import OPERATIONS
from derive.expr.shapes import shape
from derive.expr.walks import symbols
from derive.writer.python import python_source
from derive.writer.python_names import array_parameters

SIZES = {"n": 3, "m": 2, "N": 4}
N, M, COUNT = (Symbol(s, kind="dimension") for s in ("n", "m", "N"))
ONE, TWO = Integer(1), Integer(2)
II, JJ, KK = (Symbol(s, kind="index") for s in "ijk")


def of(name, *sizes, kind="variable"):
    return Symbol(name, shape=shape(*sizes), kind=kind)


S, T = Symbol("s"), Symbol("t")
X, Y, V = of("x", "n"), of("y", "n"), of("v", "m")
R, A, B, C, D = of("r", 1, "n"), of("A", "m", "n"), of("B", "m", "n"), of("C", "n", "n"), of("D", "n", "n")
E3, F3 = of("e", 3), of("f", 3)
W = of("w", "n+1")
NUMBERS, VECTORS = of("t", "N", kind="family"), of("z", "N", "n", kind="family")
P, Q, V2 = of("P", 2, "n"), of("Q", 2, "n"), of("v_", 2)
ARRAYS = (X, Y, V, R, A, B, C, D, E3, F3, NUMBERS, VECTORS, P, Q, V2)


def minus(e):
    return Sum((e,), (-1,))


def plus(*terms):
    return Sum(terms, (1,) * len(terms))


def times(*factors):
    return Product(factors, ("",) * (len(factors) - 1))


def dot(*factors):
    return MatMul(factors, ("",) * (len(factors) - 1))


def row(e):
    return Transpose(e)


def over(index, upper, body, lower=ONE, operator="sum"):
    return SumOver(operator, index, lower, upper, body)


def data(seed=1):
    made = np.random.default_rng(seed)
    sized = {
        s: made.uniform(0.2, 1.8, [d.constant or SIZES[d.name] for d in s.shape]) * made.choice((-1, 1)) for s in ARRAYS
    }
    return sized | {S: 0.7, T: -1.3, KK: 2}


def source(e, **more):
    met = symbols(e)
    return python_source("derivative", e, met, names(met), **more)


def run(text, *arguments):
    tree = ast.parse(text)
    last = [n for n in tree.body if isinstance(n, ast.FunctionDef)][-1]
    assert not any(isinstance(n, ast.FunctionDef) for f in tree.body for n in ast.walk(f) if n is not f)
    space = {}
    exec(compile(text, "<generated>", "exec"), space)
    with np.errstate(all="ignore"):
        return space[last.name](*arguments)


def value_of(e, env):
    """Run the source of a formula on the data, and look at the rank of what comes out."""
    arguments = [env[p] if p in env else SIZES[p.name] for p in array_parameters(symbols(e), e)]
    out = run(source(e), *arguments)
    if e.shape:
        assert isinstance(out, np.ndarray)
        wanted = [d.constant if d.constant is not None else sized(d) for d in e.shape]
        assert list(out.shape) == wanted, (out.shape, wanted)
        assert out.dtype == float
    else:
        assert isinstance(out, float), type(out)
    return out


def sized(dimension):
    return sum(c * math.prod(SIZES[name] for name in monomial) for monomial, c in dimension.terms)


# The reference: every value is a list of rows; a vector has rows of one cell, a number is one row of one cell ---------


def table(array, rank):
    array = np.asarray(array, dtype=float)
    cells = array.reshape(1, 1) if rank == 0 else array.reshape(-1, 1) if rank == 1 else array
    return [[float(c) for c in r] for r in cells]


def each(f, *tables):
    height, width = max(len(t) for t in tables), max(len(t[0]) for t in tables)
    return [
        [f(*(t[0][0] if len(t) == len(t[0]) == 1 else t[i][j] for t in tables)) for j in range(width)]
        for i in range(height)
    ]


def transposed(a):
    return [[a[i][j] for i in range(len(a))] for j in range(len(a[0]))]


def multiplied(a, b):
    return [[math.fsum(a[i][k] * b[k][j] for k in range(len(b))) for j in range(len(b[0]))] for i in range(len(a))]


def unit_matrix(n):
    return [[float(i == j) for j in range(n)] for i in range(n)]


def determinant(a):
    if len(a) == 1:
        return a[0][0]
    minors = [[r[:j] + r[j + 1 :] for r in a[1:]] for j in range(len(a))]
    return sum((-1) ** j * a[0][j] * determinant(minor) for j, minor in enumerate(minors))


def inverse(a):
    n, d = len(a), determinant(a)
    if n == 1:
        return [[1 / d]]

    def cofactor(i, j):
        return (-1) ** (i + j) * determinant([r[:j] + r[j + 1 :] for k, r in enumerate(a) if k != i])

    return [[cofactor(j, i) / d for j in range(n)] for i in range(n)]


def to_power(a, k):
    if k < 0:
        return to_power(inverse(a), -k)
    out = unit_matrix(len(a))
    for _ in range(k):
        out = multiplied(out, a)
    return out


def cells(a):
    return [c for r in a for c in r]


def number(x):
    return [[x]]


def softmax(a):
    total = sum(map(math.exp, cells(a)))
    return [[math.exp(c) / total for c in r] for r in a]


def kronecker(a, b):
    p, q = len(b), len(b[0])
    return [[a[i // p][j // q] * b[i % p][j % q] for j in range(len(a[0]) * q)] for i in range(len(a) * p)]


def exponential(a):
    total = term = unit_matrix(len(a))
    for k in range(1, 60):
        term = [[c / k for c in r] for r in multiplied(term, a)]
        total = each(lambda x, y: x + y, total, term)
    return total


def singular_values(a):
    square = multiplied(transposed(a), a) if len(a) >= len(a[0]) else multiplied(a, transposed(a))
    return [math.sqrt(max(float(v), 0)) for v in mpmath.eigsy(mpmath.matrix(square), eigvals_only=True)]


def cross(a, b):
    (x, y, z), (u, v, w) = cells(a), cells(b)
    return [[y * w - z * v], [z * u - x * w], [x * v - y * u]]


def diagonal(a):
    if len(a[0]) == 1:
        return [[a[i][0] if i == j else 0.0 for j in range(len(a))] for i in range(len(a))]
    return [[a[i][i]] for i in range(len(a))]


def length(a):
    return math.sqrt(sum(c * c for c in cells(a)))


REFERENCES = {
    "inner": lambda a, b: number(sum(x * y for x, y in zip(cells(a), cells(b), strict=True))),
    "cross": cross,
    "hadamard": lambda a, b: each(lambda x, y: x * y, a, b),
    "divide": lambda a, b: each(lambda x, y: x / y, a, b),
    "kronecker": kronecker,
    "power": lambda a, b: each(lambda x, y: x**y, a, b),
    "trace": lambda a: number(sum(a[i][i] for i in range(len(a)))),
    "det": lambda a: number(determinant(a)),
    "diag": diagonal,
    "vec": lambda a: [[c] for c in cells(transposed(a))],
    "sum": lambda a: number(sum(cells(a))),
    "mean": lambda a: number(sum(cells(a)) / len(cells(a))),
    "softmax": softmax,
    "softmax rows": lambda a: [softmax([r])[0] for r in a],
    "logsumexp": lambda a: number(math.log(sum(map(math.exp, cells(a))))),
    "length": lambda a: number(float(len(cells(a)))),
    "norm": lambda a: number(length(a)),
    "norm 1": lambda a: number(sum(map(abs, cells(a)))),
    "norm inf": lambda a: number(max(map(abs, cells(a)))),
    "norm p": lambda a, p: number(sum(abs(c) ** p[0][0] for c in cells(a)) ** (1 / p[0][0])),
    "frobenius": lambda a: number(length(a)),
    "spectral": lambda a: number(max(singular_values(a))),
    "nuclear": lambda a: number(sum(singular_values(a))),
    "expm": exponential,
}
COMPARE = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b, "!=": lambda a, b: a != b,
}  # fmt: skip


def reference(e, env):
    """Return the value of a formula as rows of cells, worked out with loops."""

    def at(part):
        return reference(part, env)

    match e:
        case Integer(value):
            return number(float(value))
        case Decimal(text):
            return number(float(text))
        case Constant(name):
            return number({"pi": math.pi, "e": math.e}[name])
        case Symbol(kind="dimension"):
            return number(float(SIZES[e.name]))
        case Symbol():
            return table(env[e], len(e.shape))
        case Sum(terms, signs):
            return each(lambda *c: sum(s * x for s, x in zip(signs, c, strict=True)), *map(at, terms))
        case Product(factors):
            return each(lambda *c: math.prod(c), *map(at, factors))
        case Quotient(a, b):
            return each(lambda x, y: x / y, at(a), at(b))
        case Power(base, exponent, style):
            x = at(exponent)[0][0]
            return each(lambda c: c**x, at(base)) if style or not base.shape else to_power(at(base), int(x))
        case Root(radicand, degree):
            k = 2.0 if degree is None else at(degree)[0][0]
            return each(lambda c: math.copysign(abs(c) ** (1 / k), c), at(radicand))
        case Call(function, arguments):
            return each(FUNCTIONS[function].real, *map(at, arguments))
        case Relation(operands, operators):
            holds = lambda *c: float(all(COMPARE[o](a, b) for a, o, b in zip(c, operators, c[1:], strict=False)))  # noqa: E731
            return each(holds, *map(at, operands))
        case Logic(word, operands):
            return each(lambda *c: float((all if word == "and" else any)(c)), *map(at, operands))
        case Indicator(condition):
            return at(condition)
        case Cases(values, conditions):
            return next(at(v) for v, c in zip(values, conditions, strict=True) if c is None or at(c)[0][0])
        case Matrix(rows):
            lines = []
            for blocks in [[at(cell) for cell in cells_] for cells_ in rows]:
                lines += [[c for block in blocks for c in block[i]] for i in range(len(blocks[0]))]
            return lines
        case Transpose(inner):
            return transposed(at(inner))
        case MatMul(factors):
            out = at(factors[0])
            for f in factors[1:]:
                out = multiplied(out, at(f))
            return out
        case Operation(name, operands):
            return REFERENCES[name](*map(at, operands))
        case Entry(inner, indices):
            whole, places = at(inner), [int(at(i)[0][0]) - 1 for i in indices]
            if len(places) == 2:
                return number(whole[places[0]][places[1]])
            if len(whole) == 1 and len(inner.shape) == 2:
                return number(whole[0][places[0]])
            return [[c] for c in whole[places[0]]]
        case SumOver(operator, index, lower, upper, body):
            lo, hi = int(at(lower)[0][0]), int(at(upper)[0][0])
            values = [reference(body, env | {index: i}) for i in range(lo, hi + 1)]
            return each(lambda *c: sum(c) if operator == "sum" else math.prod(c), *values, number(operator == "prod"))
        case Filled(kind, _, index):
            height, width = filled_size(e)
            inside = {
                "ones": lambda i, j: 1.0, "zeros": lambda i, j: 0.0, "identity": lambda i, j: float(i == j),
                "unit": lambda i, j: float(i == index - 1),
            }[kind]  # fmt: skip
            return [[inside(i, j) for j in range(width)] for i in range(height)]
    raise AssertionError(e)


def filled_size(e):
    sizes = [sized(d) for d in e.shape]
    return sizes if len(sizes) == 2 else (sizes[0], 1)


def agrees(e, env=None):
    env = env or data()
    got = value_of(e, env)
    np.testing.assert_allclose(table(got, len(e.shape)), reference(e, env), rtol=1e-9, atol=1e-11)
    return got


# Operations and functions ---------------------------------------------------------------------------------------------

OPERANDS = {
    "inner": [(X, Y), (R, row(X)), (A, B), (plus(X, Y), times(TWO, Y))],
    "cross": [(E3, F3), (plus(E3, F3), minus(F3))],
    "hadamard": [(X, Y), (R, row(Y)), (A, B), (S, X), (plus(X, Y), minus(Y)), (S, T)],
    "divide": [(X, Y), (R, row(Y)), (A, B), (S, X), (X, T), (plus(X, Y), times(TWO, Y))],
    "kronecker": [(X, V), (X, A), (A, X), (R, V), (V, R), (R, R), (A, C), (S, A), (A, S), (S, X), (S, T), (R, A)],
    "power": [(X, TWO), (A, TWO), (R, minus(TWO)), (Call("exp", (X,)), S), (Call("exp", (X,)), Y), (X, minus(ONE))],
    "trace": [(C,), (plus(C, D),), (dot(A, row(B)),)],
    "det": [(C,), (plus(C, D),)],
    "diag": [(X,), (C,), (plus(X, Y),), (plus(C, D),)],
    "vec": [(A,), (X,), (R,), (S,), (plus(A, B),)],
    "sum": [(X,), (R,), (A,), (plus(A, B),)],
    "mean": [(X,), (R,), (A,), (plus(X, Y),)],
    "softmax": [(X,), (R,), (plus(X, Y),)],
    "softmax rows": [(A,), (R,), (plus(A, B),)],
    "logsumexp": [(X,), (R,), (plus(X, Y),)],
    "length": [(X,), (R,), (plus(X, Y),)],
    "norm": [(X,), (R,), (plus(X, Y),)],
    "norm 1": [(X,), (R,), (plus(X, Y),)],
    "norm inf": [(X,), (R,), (plus(X, Y),)],
    "norm p": [(X, Integer(3)), (R, Integer(4)), (plus(X, Y), plus(ONE, Power(S, TWO)))],
    "frobenius": [(A,), (R,), (plus(A, B),)],
    "spectral": [(A,), (R,), (plus(A, B),)],
    "nuclear": [(A,), (C,), (plus(A, B),)],
    "expm": [(C,), (plus(C, D),)],
}


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_each_operation_has_the_value_that_loops_give(name):
    if not OPERATIONS[name].numpy:
        with pytest.raises(UnsupportedError, match=OPERATIONS[name].title):
            source(Operation(name, (X, Y)))
        return
    for operands, seed in itertools.product(OPERANDS[name], (1, 2)):
        e = Operation(name, operands)
        agrees(e, data(seed))
        if e.shape:  # inside of something else it keeps its brackets
            agrees(plus(e, times(TWO, e)), data(seed))
        else:
            agrees(Power(Quotient(TWO, plus(TWO, Power(e, TWO))), TWO), data(seed))


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_each_function_takes_arrays_entry_by_entry(name):
    row_ = FUNCTIONS[name]
    inside = {x: Call("sigmoid", (x,)) for x in (X, A, R)}  # between 0 and 1
    if name in ("arcosh", "arcoth", "arcsec", "arccsc"):
        inside = {x: plus(TWO, e) if len(x.shape) == 1 else Call("exp", (e,)) for x, e in inside.items()}
    for argument in inside.values():
        second = Decimal("0.25") if name in ("log", "max", "min") else TWO
        arguments = (argument, second)[: row_.arity]
        agrees(Call(name, (TWO, argument) if name == "polygamma" else arguments))


def test_greatest_of_a_number_a_vector_and_a_vector():
    agrees(Call("max", (Integer(0), X, Y)))
    agrees(Call("min", (X, S)))


# Products, powers, blocks ---------------------------------------------------------------------------------------------

XA = dot(A, X)
FORMULAS = {
    "matrix by vector": XA,
    "inner": dot(row(X), Y),
    "inner of a sum": dot(row(plus(X, Y)), minus(Y)),
    "row by vector": dot(R, X),
    "row symbol by matrix": dot(R, C),
    "row by matrix": dot(row(X), C),
    "quadratic": dot(row(X), C, X),
    "quadratic with a row": dot(R, C, Y),
    "bilinear": dot(row(V), A, Y),
    "outer": dot(X, row(Y)),
    "outer with a row": dot(V, R),
    "outer and on": dot(C, X, row(Y), D),
    "outer from the left": dot(X, row(Y), C, X),
    "row by matrices": dot(row(V), A, C, D),
    "row by the transpose": dot(row(X), row(A)),
    "gram": dot(row(A), A),
    "residual": plus(dot(C, X), minus(Y)),
    "half": times(Quotient(ONE, TWO), dot(row(X), C, X)),
    "number times number": times(dot(row(X), Y), dot(row(X), X)),
    "number times vector": times(dot(row(X), Y), X),
    "product first": plus(times(dot(row(X), Y), X), dot(C, times(S, X))),
    "over a number": Quotient(dot(C, X), dot(row(X), X)),
    "power of a product": Power(dot(row(X), Y), TWO),
    "sum of a number": plus(X, S),
    "sum of a number and a row": plus(S, R),
    "negative": minus(dot(C, X)),
    "transposed row": Transpose(R),
    "transposed matrix": Transpose(dot(A, C)),
    "transposed vector": row(dot(C, X)),
    "inverse": Power(C, minus(ONE)),
    "inverse by vector": dot(Power(plus(C, D), minus(ONE)), X),
    "square": Power(C, TWO),
    "to the third and back": plus(Power(C, Integer(3)), Power(C, minus(TWO))),
    "to the zeroth": Power(C, Integer(0)),
    "power at a name": Power(Call("sin", (X,), ""), TWO, "name"),
    "negative power at a name": Power(Call("abs", (X,)), minus(ONE), "name"),
    "root": Root(Call("exp", (A,))),
    "cube root": Root(X, Integer(3)),
    "fifth root": Root(X, Integer(5)),
    "ones": plus(X, Filled("ones", shape("n"))),
    "ones as a matrix": plus(A, Filled("ones", shape("m", "n"))),
    "a row of ones": dot(Filled("ones", shape(1, "m")), A),
    "zeros": plus(R, Filled("zeros", shape(1, "n"))),
    "ridge": Power(plus(dot(row(A), A), times(S, Filled("identity", shape("n", "n")))), minus(ONE)),
    "unit": dot(A, Filled("unit", shape("n"), 2)),
    "nothing but unit": Filled("unit", shape(3), 1),
    "column of numbers": Matrix(((S,), (T,))),
    "one number": Matrix(((S,),)),
    "row of numbers": Matrix(((S, T),), "[,]"),
    "stacked": Matrix(((X,), (ONE,))),
    "stacked vectors": Matrix(((X,), (V,), (S,))),
    "one vector": Matrix(((X,),)),
    "row and one": Matrix(((row(X), ONE),), "[,]"),
    "columns": Matrix(((X, Y),)),
    "rows": Matrix(((row(X),), (R,))),
    "blocks": Matrix(((C, X), (R, S))),
    "blocks of expressions": Matrix(((plus(C, D), minus(X)), (row(plus(X, Y)), S))),
    "wide": Matrix(((A, B),)),
    "high": Matrix(((A,), (B,))),
    "relation": Relation((X, Integer(0)), (">",)),
    "relation of vectors": Relation((X, Y), ("<=",)),
    "chained": Relation((minus(TWO), X, Y), ("<", "<")),
    "relation of numbers": Relation((S, T), (">",)),
    "and": Logic("and", (Relation((S, T), (">",)), Relation((S, ONE), ("<",)))),
    "indicator": times(TWO, Indicator(Relation((X, Integer(0)), (">",)))),
    "indicator of a matrix": Indicator(Relation((A, B), ("<",))),
    "cases": Cases((X, minus(X)), (Relation((S, T), ("<",)), None)),
    "cases of numbers": Cases((dot(row(X), Y), S), (Relation((S, T), (">",)), None)),
    "entry": Entry(X, (TWO,)),
    "entry of a row": Entry(R, (TWO,)),
    "entry of a matrix": Entry(A, (TWO, Integer(3))),
    "row of a matrix": Entry(A, (TWO,)),
    "row by a vector": dot(row(Entry(A, (TWO,))), X),
    "entry of a product": Entry(plus(dot(A, X), V), (ONE,)),
    "family": Entry(NUMBERS, (Integer(4),)),
    "vector of a family": Entry(VECTORS, (TWO,)),
    "entry of a vector of a family": Entry(VECTORS, (TWO, Integer(3))),
    "free index": plus(Entry(X, (KK,)), Entry(A, (KK, plus(KK, ONE)))),
    "free index as a number": times(KK, Entry(X, (plus(KK, minus(ONE)),))),
    "index before": Entry(X, (Sum((KK, ONE), (1, -1)),)),
    "index from a size": Entry(X, (Sum((N, TWO), (1, -1)),)),
    "size": Quotient(dot(row(X), X), N),
    "size alone": times(N, M, Entry(V, (ONE,)), Entry(X, (ONE,))),
    "size to a power": plus(Power(N, minus(TWO)), Entry(X, (ONE,))),
    "length to a power": Power(Operation("length", (X,)), minus(ONE)),
    "size squared": Power(N, TWO),
    "softmax of logits": plus(Operation("softmax", (dot(A, X),)), minus(V)),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMULAS)
def test_products_powers_blocks_and_entries(name):
    for seed in (1, 2):
        agrees(FORMULAS[name], data(seed))


@pytest.mark.parametrize(
    ("e", "wanted"),
    [
        (dot(row(X), Y), "x @ y"),
        (dot(row(X), C, X), "x @ C @ x"),
        (dot(row(X), C), "(x @ C).reshape(1, -1)"),
        (dot(V, row(X)), "np.outer(v, x)"),
        (dot(A, X), "A @ x"),
        (dot(R, X), "r.ravel() @ x"),
        (Quotient(dot(row(X), Y), dot(row(X), X)), "(x @ y)/(x @ x)"),
        (Power(C, minus(ONE)), "np.linalg.inv(C)"),
        (Transpose(X), "x.reshape(1, -1)"),
        (Entry(A, (II, plus(JJ, ONE))), "A[i - 1, j]"),
        (Matrix(((X,), (ONE,))), "np.hstack([x, 1], dtype=float)"),
        (Operation("norm 1", (plus(X, Y),)), "np.sum(np.abs(x + y))"),
        (Operation("norm", (plus(X, Y),)), "np.linalg.norm(x + y)"),
        (Power(Operation("norm", (plus(X, Y),)), TWO), "np.sum((x + y)**2)"),
        (Operation("inner", (X, plus(X, Y))), "x @ (x + y)"),
        (Operation("hadamard", (dot(A, X), V)), "(A @ x)*v"),
        (Operation("power", (X, TWO)), "x**2"),
        (dot(Operation("diag", (V,)), A), "v[:, None]*A"),
        (dot(Operation("diag", (dot(A, X),)), A, C), "((A @ x)[:, None]*A) @ C"),
        (dot(C, Operation("diag", (X,))), "C*x"),
        (dot(row(Y), Operation("diag", (X,))), "(y*x).reshape(1, -1)"),
        (dot(row(Y), Operation("diag", (X,)), C, X), "(y*x) @ C @ x"),
        (dot(Operation("diag", (X,)), Y), "x*y"),
        (dot(Operation("diag", (X,)), Operation("diag", (Y,))), "np.diag(x*y)"),
        (plus(Filled("ones", shape("n")), minus(X)), "1 + (-x)"),
        (Call("max", (Integer(0), X)), "np.maximum(0, x)"),
        (times(TWO, Call("sigmoid", (dot(A, X),))), "2*(1/(1 + np.exp(-(A @ x))))"),
        (Call("erf", (X,)), "np.vectorize(math.erf, otypes=[float])(x)"),
    ],
)
def test_source_reads_as_a_person_writes_it(e, wanted):
    assert source(e).splitlines()[-1] == f"    return {wanted}"


# Sums -----------------------------------------------------------------------------------------------------------------

AWAY = Sum((II, TWO), (1, -1))
XI, YI = Entry(X, (II,)), Entry(Y, (II,))
ZI = Entry(VECTORS, (II,))
SUMS = {
    "plain": over(II, N, times(XI, YI)),
    "of numbers": over(II, N, II),
    "of a constant": over(II, N, S),
    "of a literal": over(II, Integer(5), TWO),
    "literal bounds": over(II, Integer(3), Power(XI, II), lower=TWO),
    "up to one less": over(II, Sum((N, ONE), (1, -1)), times(XI, Entry(X, (plus(II, ONE),)))),
    "empty": plus(S, over(II, Integer(0), XI)),
    "product": over(II, N, XI, operator="prod"),
    "factorial": over(II, N, II, operator="prod"),
    "nested": over(II, M, over(JJ, N, times(Entry(A, (II, JJ)), Entry(X, (JJ,)), Entry(V, (II,))))),
    "nested, bound by the index": over(II, N, over(JJ, II, times(Entry(C, (II, JJ)), XI))),
    "same index twice": times(over(II, N, XI), over(II, N, plus(XI, ONE))),
    "same index inside": over(II, N, times(XI, over(II, M, Entry(V, (II,))))),
    "same index in a bound": over(II, N, times(XI, over(II, II, YI))),
    "product of sums": over(II, M, over(JJ, N, plus(Entry(A, (II, JJ)), S)), operator="prod"),
    "three deep": over(II, N, over(JJ, N, over(KK, N, times(Entry(C, (II, JJ)), Entry(D, (JJ, KK)), Entry(X, (KK,)))))),
    "of vectors": over(II, COUNT, times(Entry(NUMBERS, (II,)), ZI)),
    "of rows": over(II, COUNT, row(ZI)),
    "of outer products": over(II, COUNT, dot(ZI, row(ZI))),
    "of rows of a matrix": over(II, M, times(Entry(V, (II,)), Entry(A, (II,)))),
    "least squares": times(
        Quotient(ONE, times(TWO, COUNT)),
        over(II, COUNT, Power(Sum((dot(row(X), ZI), Entry(NUMBERS, (II,))), (1, -1)), TWO)),
    ),
    "logistic": over(II, COUNT, Call("ln", (Call("sigmoid", (times(Entry(NUMBERS, (II,)), dot(row(X), ZI)),)),))),
    "what does not depend": over(II, M, times(Entry(dot(C, X), (II,)), Operation("norm", (Y,)))),
    "a case that is not taken": over(II, N, Cases((XI, Quotient(ONE, AWAY)), (Relation((II, TWO), ("=",)), None))),
    "a power that is not taken": over(
        II, N, Cases((XI, Power(AWAY, minus(ONE))), (Relation((II, TWO), ("=",)), None))
    ),
    "indicator": over(II, N, Indicator(Relation((XI, Integer(0)), (">",)))),
    "indicator of the index": over(II, N, over(JJ, N, Indicator(Relation((II, JJ), ("=",))))),
    "empty with an indicator": plus(over(II, Integer(0), Indicator(Relation((XI, ONE), (">",))))),
    "free index inside": over(II, N, times(Entry(C, (II, KK)), XI)),
    "log sum exp": Call("ln", (over(JJ, N, Call("exp", (Sum((Entry(X, (JJ,)), Entry(X, (KK,))), (1, -1)),))),)),
    "softmax entry": Quotient(Call("exp", (Entry(X, (KK,)),)), over(JJ, N, Call("exp", (Entry(X, (JJ,)),)))),
    "in a matrix": Matrix(((over(II, N, XI),), (over(II, M, Entry(V, (II,))),))),
    "bound from a length": over(II, Operation("length", (X,)), XI),
    "a part that is long": over(
        II, N, times(*(Call("sin", (plus(XI, Integer(k), Call("cos", (S,))),)) for k in range(12)))
    ),
    "shared inside": over(II, N, plus(Call("sin", (times(XI, YI),)), Power(Call("sin", (times(XI, YI),)), TWO))),
}  # fmt: skip


@pytest.mark.parametrize("name", SUMS)
def test_sums_and_products_over_an_index(name):
    for seed in (1, 2):
        agrees(SUMS[name], data(seed))


def test_the_body_of_a_sum_is_a_function_and_gets_what_does_not_depend_on_the_index():
    text = source(over(II, N, times(XI, Entry(dot(C, Y), (II,)), Operation("norm", (Y,))), lower=TWO))
    assert text.splitlines()[3:] == [
        "def _sum_1(i, x, _c1, _c2):",
        "    return x[i - 1]*_c1[i - 1]*_c2",
        "",
        "",
        "def derivative(x, C, y):",
        "    n = x.shape[0]",
        "    _t1 = C @ y",
        "    _t2 = np.linalg.norm(y)",
        "    return sum(_sum_1(i, x, _t1, _t2) for i in range(2, n + 1))",
    ]


def test_nested_sums_are_nested_functions():
    text = source(over(II, M, over(JJ, N, times(Entry(A, (II, JJ)), Entry(X, (JJ,))), lower=TWO), lower=TWO))
    assert [line for line in text.splitlines() if line.startswith("def")] == [
        "def _sum_1(j, A, i, x):", "def _sum_2(i, n, A, x):", "def derivative(A, x):",
    ]  # fmt: skip


def test_declared_functions_reach_into_sums():
    f = Symbol("f", kind="function")
    e = over(II, N, over(JJ, N, times(Apply(f, (XI,)), Apply(f, (times(XI, Entry(X, (JJ,))),), 1))))
    x = np.array([1.0, 2.0, 4.0])
    got = run(source(e), x, lambda t: t**3, lambda t: 3 * t**2) if symbols(e)[0] is X else None
    got = got if got is not None else run(source(e), lambda t: t**3, x, lambda t: 3 * t**2)
    assert got == pytest.approx(sum(a**3 * 3 * (a * b) ** 2 for a in x for b in x))


def test_declared_functions_may_have_vectors_as_values():
    g = Symbol("g", kind="function", shape=shape("n"))
    text = python_source("h", dot(row(Apply(g, (X,))), Y), (X, Y, g), names((X, Y, g)))
    assert run(text, np.array([1.0, 2.0]), np.array([3.0, 4.0]), np.exp) == pytest.approx(3 * np.e + 4 * np.e**2)


def test_definitions_may_be_arrays_and_may_depend_on_an_index():
    u, w, z = of("u", "m"), Symbol("w"), of("q", "n")
    given = (Definition(u, dot(A, X)), Definition(w, times(XI, Entry(u, (ONE,)))), Definition(z, X))
    e = plus(dot(row(u), V), over(II, N, times(w, w)))
    known = (A, X, V)
    env = data()
    text = python_source("f", e, known, names(known), given)
    assert text.index("def _sum_1(i, ") < text.index("w = ") < text.index("def f(A, x, v):")
    inner = env[A] @ env[X]
    wanted = inner @ env[V] + sum((env[X][i] * inner[0]) ** 2 for i in range(3))
    assert run(text, env[A], env[X], env[V]) == pytest.approx(wanted)


def test_named_derivatives_may_be_rows():
    u, x = Symbol("u"), X
    du = Derivative(u, (x,))
    text = python_source("f", times(TWO, du), (x,), names((x,)), (Definition(u, dot(row(x), x)),), {du: row(x)})
    assert run(text, np.array([1.0, 2.0])).tolist() == [[2.0, 4.0]]


def test_a_point_may_be_a_vector():
    e = At(dot(row(X), X), (X,), (Filled("ones", shape("n")),))
    assert run(source(e), 4) == 4.0 if "def derivative(n)" in source(e) else run(source(e), np.zeros(4)) == 4.0


# Arguments and sizes --------------------------------------------------------------------------------------------------


def arguments_of(text):
    return re.search(r"^def derivative\((.*)\):", text, re.MULTILINE)[1]


def shaped(name, *sizes):
    return Symbol(name, shape=tuple(sizes))


def test_a_size_is_an_argument_only_if_no_shape_gives_it():
    assert arguments_of(source(Quotient(dot(row(X), X), N))) == "x"
    assert arguments_of(source(Quotient(S, N))) == "s, n"
    assert arguments_of(source(Filled("ones", shape("m", "n")))) == "m, n"
    assert arguments_of(source(plus(times(S, Filled("zeros", shape("n"))), X))) == "s, x"
    assert ".shape" not in source(dot(A, X))


def test_a_size_may_have_to_be_worked_out():
    n, m = shape("n")[0], shape("m")[0]
    one = shape(1)[0]
    text = source(plus(shaped("w", n + one), times(TWO, Filled("ones", (n + one,)))))
    assert "    n = w.shape[0] - 1\n" in text
    assert run(text, np.zeros(4)).tolist() == [2.0] * 4
    text = source(plus(shaped("w", n - one), times(TWO, Filled("ones", (n - one,)))))
    assert "    n = w.shape[0] + 1\n" in text
    text = source(plus(Quotient(S, N), Entry(shaped("w", n + m), (ONE,)), Entry(shaped("v", m + one), (ONE,))))
    assert text.splitlines()[4:6] == ["    m = v.shape[0] - 1", "    n = w.shape[0] - m"]
    assert run(text, 6.0, np.ones(5), np.ones(4)) == 6.0 / 2 + 2
    text = source(plus(Quotient(S, N), Entry(shaped("w", n + n), (ONE,))))
    assert "    n = (w.shape[0])//2\n" in text


def test_a_size_that_cannot_be_told_is_an_argument():
    m, p = shape("m")[0], shape("p")[0]
    e = plus(Entry(shaped("w", m * p), (ONE,)), M)
    assert arguments_of(source(e)) == "w, m"


def test_names_of_sizes_give_way_and_are_identifiers():
    big = shape(r"\ell")[0]
    e = plus(times(Symbol("ell"), shaped("x", big)), times(TWO, Filled("ones", (big,))))
    text = source(e)
    assert "ell_2 = x.shape[0]" in text
    assert run(text, 2.0, np.array([1.0, 2.0])).tolist() == [4.0, 6.0]
    inner = Symbol("d", subscript=r"\text{in}", kind="dimension")
    size = shape(r"d_{\text{in}}")[0]
    text = source(Quotient(Operation("sum", (plus(shaped("x", size), Filled("ones", (size,))),)), inner))
    assert text.splitlines()[3:5] == ["def derivative(x):", "    d_in = x.shape[0]"]


def test_array_parameters_serve_several_formulas_at_once():
    f, df = over(II, N, Power(XI, TWO)), times(TWO, Entry(X, (JJ,)), Operation("sum", (Filled("ones", shape("m")),)))
    met = symbols(f, df, Filled("ones", shape("m")))
    known = array_parameters(met, f, df)
    assert known == [X, JJ, M]
    assert array_parameters(known, df) == known
    assert array_parameters(known, f) == known


def test_an_index_that_stands_free_beside_a_sum_is_an_argument():
    e = plus(XI, over(II, N, XI))
    assert arguments_of(source(e)) == "x, i"
    assert run(source(e), np.array([1.0, 2.0, 4.0]), 2) == 9.0


@pytest.mark.parametrize(
    ("e", "reason"),
    [
        (SumOver("sum", II, None, None, XI), "over data"),
        (over(II, Constant("infinity"), Power(S, II)), "infinite"),
        (over(II, N, Entry(A, (II,)), operator="prod"), "product of vectors"),
        (Power(C, S), "literal whole exponent"),
        (Operation("generic", (X, Y)), "any operation"),
        (over(II, N, Derivative(Symbol("u"), (S,))), "derivative"),
    ],
)
def test_what_has_no_counterpart_is_unsupported(e, reason):
    with pytest.raises(UnsupportedError, match=reason):
        source(e)


# Random formulas ------------------------------------------------------------------------------------------------------


class Maker:
    """Makes formulas of a shape by chance."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.indices = []

    def pick(self, *ways):
        return self.chance.choice(ways)()

    def number(self, depth):
        if depth == 0:
            leaves = [lambda: S, lambda: T, lambda: TWO, lambda: Entry(X, (self.index(3),)), lambda: N]
            return self.pick(*leaves, *([lambda: self.indices[-1]] if self.indices else []))
        d = depth - 1
        return self.pick(
            lambda: plus(self.number(d), self.number(d)),
            lambda: times(self.number(d), self.number(d)),
            lambda: dot(row(self.vector(d)), self.vector(d)),
            lambda: dot(self.row(d), self.vector(d)),
            lambda: dot(row(self.vector(d)), self.square(d), self.vector(d)),
            lambda: Call("tanh", (self.number(d),)),
            lambda: Operation(self.chance.choice(("sum", "mean", "norm", "norm 1", "norm inf")), (self.vector(d),)),
            lambda: Operation("trace", (self.square(d),)),
            lambda: Operation("inner", (self.matrix(d), self.matrix(d))),
            lambda: Entry(self.vector(d), (self.index(3),)),
            lambda: Entry(self.matrix(d), (self.index(2), self.index(3))),
            lambda: self.summed(d, self.number),
            lambda: Cases((self.number(d), self.number(d)), (Relation((self.number(0), S), ("<",)), None)),
        )

    def index(self, size):
        return self.pick(lambda: Integer(self.chance.randint(1, size)), *[lambda i=i: i for i in self.indices])

    def summed(self, depth, body):
        free = [s for s in (II, JJ) if s not in self.indices]
        if not free:
            return body(depth)
        self.indices.append(free[0])
        inner = body(depth)
        self.indices.pop()
        return over(free[0], TWO, inner)

    def vector(self, depth):
        if depth == 0:
            return self.pick(lambda: X, lambda: Y, lambda: Filled("ones", shape("n")), lambda: Entry(VECTORS, (TWO,)))
        d = depth - 1
        return self.pick(
            lambda: plus(self.vector(d), self.vector(d)),
            lambda: plus(self.vector(d), self.number(d)),
            lambda: minus(self.vector(d)),
            lambda: times(self.number(d), self.vector(d)),
            lambda: dot(self.square(d), self.vector(d)),
            lambda: dot(row(self.matrix(d)), self.matrix(d), self.vector(d)),
            lambda: Transpose(self.row(d)),
            lambda: Call("tanh", (self.vector(d),)),
            lambda: Call("max", (self.number(0), self.vector(d))),
            lambda: Operation("hadamard", (self.vector(d), self.vector(d))),
            lambda: Operation("diag", (self.square(d),)),
            lambda: Entry(self.matrix(d), (self.index(2),)),
            lambda: Entry(VECTORS, (self.index(3),)),
            lambda: self.summed(d, self.vector),
            lambda: Indicator(Relation((self.vector(d), self.number(0)), (">",))),
        )

    def row(self, depth):
        if depth == 0:
            return self.pick(lambda: R, lambda: row(X))
        d = depth - 1
        return self.pick(
            lambda: row(self.vector(d)),
            lambda: dot(self.row(d), self.square(d)),
            lambda: plus(self.row(d), self.row(d)),
            lambda: times(self.number(d), self.row(d)),
            lambda: self.summed(d, self.row),
        )

    def square(self, depth):
        if depth == 0:
            return self.pick(lambda: C, lambda: D, lambda: Filled("identity", shape("n", "n")))
        d = depth - 1
        return self.pick(
            lambda: dot(self.vector(d), self.row(d)),
            lambda: dot(self.square(d), self.square(d)),
            lambda: dot(row(self.matrix(d)), self.matrix(d)),
            lambda: plus(self.square(d), minus(self.square(d))),
            lambda: Power(self.square(d), TWO),
            lambda: Operation("diag", (self.vector(d),)),
            lambda: Call("sin", (self.square(d),)),
            lambda: self.summed(d, self.square),
        )

    def matrix(self, depth):
        if depth == 0:
            return self.pick(lambda: P, lambda: Q)
        d = depth - 1
        return self.pick(
            lambda: dot(self.matrix(d), self.square(d)),
            lambda: Transpose(dot(self.vector(d), row(V2))),
            lambda: times(self.number(d), self.matrix(d)),
            lambda: Matrix(((self.row(d),), (self.row(d),))),
        )


@pytest.mark.parametrize("kind", ["number", "vector", "row", "square", "matrix"])
def test_random_formulas_have_the_value_that_loops_give(kind):
    compared = 0
    for seed in range(150):
        e, env = getattr(Maker(seed), kind)(3), data(seed)
        wanted = np.array(reference(e, env))
        size = np.max(np.abs(wanted))
        if size < 1e9:
            got = table(value_of(e, env), len(e.shape))
            np.testing.assert_allclose(got, wanted, rtol=1e-8, atol=1e-9 * max(1, size))
            compared += 1
    assert compared > 100


# Depth and length -----------------------------------------------------------------------------------------------------


def test_deep_and_long_formulas_of_arrays_compile():
    deep = X
    for _ in range(1_000):
        deep = Call("tanh", (plus(dot(C, deep), Y),))
    long = dot(*([C] * 1_000), X)
    inner = S
    for index in (Symbol("i", subscript=str(k), kind="index") for k in range(12)):
        inner = over(index, ONE, plus(inner, Entry(X, (index,))))
    env = {X: np.ones(3), Y: np.zeros(3), C: np.eye(3), S: 1.0}
    for e in (deep, long):
        text = source(e)
        assert len(text) < 100_000
        arguments = [env[p] for p in array_parameters(symbols(e), e)]
        assert run(text, *arguments).shape == (3,)
    arguments = [env[p] for p in array_parameters(symbols(inner), inner)]
    assert run(source(inner), *arguments) == 13.0
