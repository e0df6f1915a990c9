"""One page: read, plan, check, view, render. No other module calls two stages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

from derive.checker import ReadBack, check
from derive.derivation import Definition, Derivation, Notation, Problem, Request, Scope
from derive.errors import CheckError, DeriveError, ProblemFileError, TaskError
from derive.expr.closing import closed
from derive.expr.interning import interning
from derive.expr.nodes import Expr, Symbol
from derive.expr.walks import plain, symbols
from derive.limits import DEFAULT_LIMITS, Limits
from derive.planner.plan import plan
from derive.planner.simplify import simplified
from derive.planner.stage import Options
from derive.reader import read_expression, read_problem, read_symbol
from derive.trees.source import read_source
from derive.writer.graph import graph as graph_of
from derive.writer.latex import latex
from derive.writer.reading import reading
from derive.writer.record import as_json, as_python
from derive.writer.records import Graph, View
from derive.writer.render import LOOKS, PICTURES, note_words, render_picture, table_of_words
from derive.writer.render import render as fill_template
from derive.writer.rows import Page
from derive.writer.text import text
from derive.writer.view import view

FORMATS = (*LOOKS, *PICTURES, "json", "python")
WIDTHS = {"markdown": 38.0, "rst": 38.0, "latex": 34.0, "tex": 38.0, "text": 60.0, "html": 38.0}
"""How wide a row of a display may be, in ems of its font, before it is broken."""

Strings = str | Sequence[str]


class Solution(Derivation):
    """A derivation that shows itself in notebooks."""

    __slots__ = ()

    def _repr_markdown_(self) -> str:
        return render(self, "markdown")


def read(
    source: object, *, limits: Limits = DEFAULT_LIMITS, reader: str = "derive", **asked: Strings | int | None
) -> Problem:
    """Read a formula and what is asked of it.

    Args:
        source: LaTeX, or a SymPy expression.
        limits: What the input may cost.
        reader: `derive`, or `latex2sympy2` to read through that package (the author's order is then lost).
        asked: The fields of `derivation.Request`: `wrt`, `let`, `define`, `task`, `order`, `at`, `layout`, ...
            `notation` may also be the path of a notation file.

    Raises:
        DeriveError: With the place in the source and a remedy.
    """
    request = Request(**{name: _as_field(name, value) for name, value in asked.items()})
    if request.notation not in ("standard", "paper"):
        request = _with_file(request)
    if isinstance(source, str) and reader == "derive":
        return read_problem(source, request, limits)
    from derive.second import read_second  # SymPy enters here, for those who ask for it

    return read_second(source, request, limits)


def _with_file(request: Request) -> Request:
    """Return a request with what its notation file says."""
    from derive.reader.notation_file import with_notation  # PyYAML enters here, for those who have a file

    try:
        source = read_source(Path(request.notation), suffix=".yaml")
    except ProblemFileError as fault:
        fault.hint = fault.hint or "--notation standard, --notation paper, or the path of a file"
        raise
    return with_notation(source, request)


def _as_field(name: str, value: object) -> Any:
    if name not in ("wrt", "let", "define", "at", "macros"):
        return value
    return () if value is None else _several(value)


def _several(value: object) -> tuple[Any, ...]:
    """Return what may be one text or several as several."""
    return tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else (value,)


def solve(
    source: object,
    *,
    limits: Limits = DEFAULT_LIMITS,
    reader: str = "derive",
    method: str = "auto",
    grain: str = "",
    factors: str = "backward",
    names: str | Sequence[str] = (),
    name: str | Sequence[str] = (),
    step: str = "",
    simplify: str = "tidy",
    verify: str = "numeric",
    oracle: bool = False,
    allow_unchecked: bool = False,
    **asked: Strings | int | None,
) -> Solution:
    """Read a problem, work it out, and check each line of the working.

    Raises:
        DeriveError: `CheckError` if a line does not hold; the other kinds say what is wrong with the problem.
    """
    problem = read(source, limits=limits, reader=reader, **asked)
    paper = problem.notation.style == "paper"
    with interning(problem.table):
        letters = tuple(map(_letter, _several(names)))
        options = Options(method, grain, factors, letters, simplify, paper, limits.answer_characters)
        terms = _terms(_several(name), problem)
        options = replace(options, terms=terms, rate=_rate(step, problem) if step else None)
        derivation = plan(problem, options)
        if simplify == "full":
            derivation = simplified(derivation, limits.seconds / 3)
        read_back = _reading_back(derivation.problem.notation)
        _check_print(problem, read_back)
        derivation = check(derivation, allow_unchecked=allow_unchecked, read_back=read_back)
        if verify == "symbolic":
            from derive.expr.proofs import prove  # SymPy enters here, for those who ask for it

            derivation = prove(derivation, limits.seconds / 3)
        if oracle:
            from derive.oracle import compare  # latex2sympy2 and SymPy enter here

            written_out = [
                closed(a.value, {d.symbol: d.value for d in a.scope.definitions}) for a in derivation.answers
            ]
            derivation = replace(derivation, oracle=compare(problem, written_out, min(5.0, limits.seconds / 4)))
    return Solution(**{f.name: getattr(derivation, f.name) for f in fields(Derivation)})


def _terms(texts: Sequence[str], problem: Problem) -> tuple[Definition, ...]:
    """Return the names that the user has for terms; none means something else already."""
    values = {d.symbol: d.value for d in problem.definitions}
    known = {*symbols(problem.formula, *values.values(), *problem.task.variables), *values, problem.name}
    terms: list[Definition] = []
    for typed in texts:
        d = _term(typed, problem)
        if d.symbol in known and plain(values.get(d.symbol, d.symbol)) is not plain(d.value):
            raise TaskError(f"--name '{typed}': {d.symbol.name} has a meaning already", hint="take another letter")
        known.add(d.symbol)
        terms.append(d)
    return tuple(terms)


def _term(text: str, problem: Problem) -> Definition:
    r"""Return a name for a term of the answer, `e_i = \mathbf{w} \cdot \mathbf{x}_i + b - y_i`."""
    left, equals, right = text.partition("=")
    if not equals:
        raise TaskError(f"{text} names no term", hint="--name 'r = Ax - b'")
    value = read_expression(right, problem.notation)
    return Definition(read_symbol(left, problem.notation, value.shape), value, given=True)


def _rate(text: str, problem: Problem) -> Expr:
    r"""Return the rate of a step of gradient descent, `\eta` or 0.1: no variable of the problem."""
    rate = read_expression(text, problem.notation)
    if rate.shape or not set(symbols(rate)).isdisjoint(symbols(*problem.task.variables)):
        raise TaskError(f"{text} is no rate of a step", hint=r"a rate is a number: --step '\eta', or --step 0.1")
    return rate


def _letter(text: str) -> str:
    """Return the name of a letter that intermediate variables are to have."""
    letter = read_expression(text, Notation())
    if not isinstance(letter, Symbol) or letter is not Symbol(letter.name):
        raise TaskError(f"{text} is no letter for an intermediate variable", hint="--names u, or --names u,v,w")
    return letter.name


def show_reading(
    latex_text: str, *, limits: Limits = DEFAULT_LIMITS, reader: str = "derive", oracle: bool = False, **asked: Any
) -> dict[str, Any]:
    """Read a formula and return the reading in every form: what `derive parse --format json` prints.

    With `oracle`, latex2sympy2 reads the text too, and `oracle` in the record says whether it reads the same.
    """
    problem = read(latex_text, limits=limits, reader=reader, reading=True, **asked)
    with interning(problem.table):
        record = reading(problem)
        if oracle:
            from derive.oracle import compare_reading  # latex2sympy2 and SymPy enter here

            record["oracle"] = compare_reading(problem, min(5.0, limits.seconds / 2))
    for note in record["notes"]:
        about = problem.notation.log_base if note["kind"] == "log-base" else note["about"]
        note["says"] = note_words(note["kind"], about)
    return record


def _check_print(problem: Problem, read_back: ReadBack) -> None:
    """Check that the problem itself is printed as what was read; the lines of the working are left to the checker."""
    for e in (problem.formula, *(d.value for d in problem.definitions)):
        try:
            faithful = read_back(e, Scope()) is e
        except DeriveError as error:
            raise CheckError(f"the problem cannot be read back as it is printed: {error.message}") from error
        if not faithful:
            raise CheckError("the problem reads back as something else than what was printed")


def _reading_back(notation: Notation) -> ReadBack:
    """Return what gives, for an expression, what a reader of its printed LaTeX sees."""
    seen: dict[tuple[Expr, int], Expr] = {}

    def read_back(e: Expr, scope: Scope) -> Expr:
        key = (e, id(scope))
        if key not in seen:
            seen[key] = read_expression(latex(e, notation, scope, in_line=True), notation, scope, e.shape)
        return seen[key]

    return read_back


def render(
    derivation: Derivation,
    format: str = "markdown",
    *,
    flavor: str = "dollar",
    detail: str = "normal",
    shapes: str = "",
    width: float | None = None,
    graph: bool = False,
    lang: str = "en",
    templates: Sequence[Path] = (),
) -> str:
    """Write a derivation as a document.

    Args:
        derivation: What `solve` returned.
        format: One of `FORMATS`.
        flavor: The dialect of Markdown, one of `writer.flavors.FLAVORS`.
        detail: `answer`, `brief`, `normal` or `full`.
        shapes: Empty, `text` to write shapes beside definitions and factors, `boxes` to draw those of factors.
        width: Where rows are broken, in ems.
        graph: Show the graph of the working in the document too.
        lang: The language of the words: `en`, `de`, or one that `templates` has.
        templates: Folders that shadow the templates file by file.
    """
    derivation = _in_language(derivation, lang, templates)
    with interning(derivation.problem.table):
        if format == "json":
            return as_json(derivation)
        if format == "python":
            return as_python(derivation)
        if format in PICTURES:
            return render_picture(graph_of(derivation), format, templates, lang)
        shown = _shown(derivation, format, detail, shapes, width, lang, templates)
        picture = graph_of(derivation) if graph else None
        return fill_template(shown, format, flavor, templates, picture)


def views(
    derivation: Derivation,
    format: str = "markdown",
    *,
    detail: str = "normal",
    shapes: str = "",
    width: float | None = None,
    graph: bool = False,
    lang: str = "en",
    templates: Sequence[Path] = (),
) -> tuple[View, Graph | None]:
    """Return the records that a template sees: those of a solution, and those of the graph of its working if wanted.

    The arguments are those of `render`, for the formats that are made by templates.
    """
    derivation = _in_language(derivation, lang, templates)
    with interning(derivation.problem.table):
        shown = _shown(derivation, format, detail, shapes, width, lang, templates)
        return shown, graph_of(derivation) if graph else None


def _in_language(derivation: Derivation, lang: str, templates: Sequence[Path]) -> Derivation:
    """Return a derivation whose formulas have their words, `if` and `otherwise`, in another language."""
    words = table_of_words("in_formulas", lang, templates)
    if not words:
        return derivation
    problem = derivation.problem
    spellings = dict(problem.notation.spellings)
    spellings.update(words.items())
    return replace(derivation, problem=replace(problem, notation=replace(problem.notation, spellings=spellings)))


def _shown(
    derivation: Derivation,
    format: str,
    detail: str,
    shapes: str,
    width: float | None,
    lang: str,
    templates: Sequence[Path],
) -> View:
    notation = derivation.problem.notation
    printer = text if format == "text" else partial(latex, in_line=True)
    page = Page(
        show=lambda e, scope: printer(e, notation, scope),
        detail=detail,
        width=width or WIDTHS[format],
        paper=notation.style == "paper",
        shapes=shapes,
        latex=format != "text",
        lang=lang,
        words=table_of_words("reasons", lang, templates),
    )
    return view(derivation, page)
