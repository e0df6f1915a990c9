"""From a text and its options to a problem."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from derive.derivation import Definition, Key, Note, Problem, Request, Task
from derive.errors import DeriveError, LimitError, ReadError, ShapeError, TaskError, UnsupportedError
from derive.expr.interning import Table, interning
from derive.expr.nodes import At, Derivative, Expr, Name, Relation, Symbol
from derive.expr.shapes import Sizes, finding
from derive.expr.spelling import ARROWS
from derive.expr.walks import children, postorder, same, substitute, variables
from derive.limits import DEFAULT_LIMITS, Limits
from derive.reader.collect import Collector, Equation
from derive.reader.constants import refuse_undefined
from derive.reader.foresight import bold_letters, letters_of_sums, units_of
from derive.reader.grammar import Grammar
from derive.reader.heads import read_head
from derive.reader.order import in_order, reachable
from derive.reader.resolve import Main, Resolver, free_symbols
from derive.reader.shaping import LETTERS, Shaping, UnsettledError
from derive.reader.sources import Sources
from derive.reader.statements import Statement, Text
from derive.reader.tasks import Found, Point, Tasks
from derive.reader.undeclared import UndeclaredVectorError, look_at_letters


def read_problem(latex: str, request: Request | None = None, limits: Limits = DEFAULT_LIMITS) -> Problem:
    """Return the problem that a text states, with what the options ask beside it.

    Raises:
        ReadError: The text, or a declaration, is not understood.
        ShapeError: Shapes do not fit.
        TaskError: What is asked for is missing, or contradicts itself.
        LimitError: The text is over a limit.
    """
    request = request or Request()
    if len(latex) > limits.characters:
        raise LimitError(f"{len(latex)} characters; the limit is {limits.characters}")
    while True:  # each time round one letter fewer is open
        try:
            return _settled(latex, request, limits)
        except UndeclaredVectorError as vector:
            if vector.declaration in request.let:  # that told nothing new: its letter is read in two ways
                raise TaskError(f"{vector} does not tell how all is meant", hint="declare the letters") from None
            request = replace(request, let=(*request.let, vector.declaration))


def _settled(latex: str, request: Request, limits: Limits) -> Problem:
    """Read a problem, twice where sizes are to be found first."""
    sources = Sources(latex, request, limits)
    with sources.pointing():
        try:
            return _read(sources, request, Shaping())
        except UnsettledError:
            return _read(sources, request, _shapes(sources, request))


def _shapes(sources: Sources, request: Request) -> Shaping:
    """Return the shapes of what nobody declared, found by reading all with their sizes open."""
    shaping = Shaping(sizes=Sizes())
    assert shaping.sizes is not None
    with finding(shaping.sizes), interning(Table()):
        try:
            _as_problem(sources, request, shaping)
        except ShapeError as error:
            error.message = _OPEN.sub(lambda m: LETTERS[int(m[1]) % len(LETTERS)], error.message)
            raise
    return Shaping(shaping.found())


_OPEN = re.compile(r"\?(\d+)")
"""The name of a size that is still open."""


def _read(sources: Sources, request: Request, shaping: Shaping) -> Problem:
    with interning(Table()) as table:
        problem = _as_problem(sources, request, shaping)
        return replace(problem, table=table, notes=sources.located(problem.notes))


def _as_problem(sources: Sources, request: Request, shaping: Shaping) -> Problem:
    """Return the problem that a text states. One that is only to be shown may also be a line of some working."""
    try:
        return _Reader(sources, request, shaping).problem()
    except (ReadError, TaskError, UnsupportedError) as error:
        if not request.reading:
            raise
        try:
            line = _Reader(sources, request, shaping).line()
        except UnsupportedError as other:
            further = error.span and other.span and other.span.start > error.span.start
            raise (other if further and isinstance(error, UnsupportedError) else error) from None
        except DeriveError:
            raise error from None
        if line is None:
            raise
        return line


class _Reader(Collector):
    """Puts together what the text and the options say."""

    def __init__(self, sources: Sources, request: Request, shaping: Shaping) -> None:
        super().__init__(request, sources.limits, shaping)
        self.sources, self.latex = sources, sources.latex

    def text(self, source: str) -> Text:
        """Return the tokens of a text of the problem, and note what they tell about sizes."""
        text = self.sources.text(source)
        self.shaping.taken.update(t.text for t in text.tokens if t.kind == "sym")
        kinds = {t.kind for t in text.tokens}
        if not kinds.isdisjoint(("bold", "accent")):
            self.shaping.arrays |= any(t.kind == "bold" or t.text in ARROWS for t in text.tokens)
            self.shaping.vectors |= bold_letters(text)
            self.shaping.space = max(self.shaping.space, units_of(text))
        found, indices = letters_of_sums(text) if "big" in kinds else (set(), set())
        self.indices |= indices
        if found - self.dimensions:
            self.dimensions |= found
            self._notation = None
        return text

    def problem(self) -> Problem:
        if (self.request.order or 0) > self.limits.order:
            raise LimitError(f"a derivative of order {self.request.order}; the limit is {self.limits.order}")
        text = self.text(self.latex)
        statements = text.statements()
        if not statements:
            raise text.error("an empty formula", text.tokens[-1])
        self.sort([self.text(source).statements() for source in self.request.let], declaring=True)
        declared = set(self.equations)
        self.sort([statements], declaring=False)
        told = frozenset(self.declared)
        asked = [self.names(w) for w in self.request.wrt]
        self.know(*(s for group in asked for s in group if isinstance(s, Symbol)))
        values = self.values()
        found = self.found()
        main = self.main(values, found, declared)
        point = self.point(found)
        groups = (*asked, *(found.wrt if found else ()))
        varied = {*main.arguments, *(s for group in groups for s in group if isinstance(s, Symbol))}
        for name in varied & values.keys():
            if not variables(values[name]):  # f(x) = x^3, x = 2: a point, no definition
                point.setdefault(name, values.pop(name))
        definitions = self.definitions(values, main)
        main, definitions = self.named_parts(main, definitions)
        roots = (main.formula, *(d.value for d in definitions))
        for e in roots:
            refuse_undefined(e, self.log.spans, self.latex)
        resolver = Resolver(self.request, self.log.spellings, main, free_symbols(main.formula, definitions))
        task = resolver.task(found, asked, tuple(point.items()))
        look_at_letters(task, roots, told, self.shaping.settled, self.spelling)
        notes = self.notes(resolver.free, task, definitions)
        said = self.request.spelling
        notation = replace(
            self.notation(),
            spellings={**{k: v for k, v in said.items() if k not in ("d", "sizes")}, **self.log.spellings},
            upright_d=any(t.kind == "diff" for t in text.tokens) or said.get("d") == "upright",
            sized=self.log.sized or said.get("sizes") == "always",
            space=self.shaping.space or 3,
        )
        return Problem(
            self.latex,
            main.formula,
            task,
            main.name,
            main.arguments,
            definitions,
            notation,
            notes,
            tuple(self.assumptions),
            tuple(self.constraints),
        )

    def line(self) -> Problem | None:
        r"""Return a line of some working as a formula: `\frac{dy}{dx} = \frac{dy}{du} \frac{du}{dx}`, `= 2x + 1`."""
        statements = self.text(self.latex).statements()
        self.sort([self.text(source).statements() for source in self.request.let], declaring=True)
        if len(statements) != 1:
            return None
        self.values()
        s = statements[0]
        goes_on = s.first.kind == "rel" and s.first.text == "=" and s.stop > s.start + 1  # from the line above
        s = s.part(s.start + 1, s.stop) if goes_on else s
        grammar = self.grammar(s)
        e: Expr = s.read(grammar.logic(), grammar)
        held = next((n for n in self.log.notes if n.kind == "held"), None)
        if held is not None:
            raise UnsupportedError("what is held constant, in a line of some working", held.span, "", self.latex)
        equal = isinstance(e, Relation) and set(e.operators) == {"="}
        if not equal and not any(isinstance(node, Derivative) for node in postorder(e)):
            return None
        self.log.notes = [n for n in self.log.notes if n.kind != "partial"]  # nothing is asked for
        upright = any(t.kind == "diff" for t in statements[0].text.tokens)
        spellings = dict(self.log.spellings)
        notation = replace(self.notation(), spellings=spellings, sized=self.log.sized, upright_d=upright)
        return Problem(self.latex, e, Task(), notation=notation, notes=self.notes((), Task(), ()))

    # Values

    def value(self, s: Statement) -> Expr:
        grammar = self.grammar(s)
        e: Expr = s.read(grammar.formula(), grammar)
        return e

    def values(self) -> dict[Symbol, Expr]:
        """Return the values of the names that are defined, each read when those that it uses are known."""
        out: dict[Symbol, Expr] = {}
        plain = {key: e for key, e in self.equations.items() if e.head.derivative is None}
        letters = frozenset(key[0] for key in plain)
        uses = {key: self.used(equation, plain, letters) for key, equation in plain.items()}
        ordered = in_order(list(plain), uses)
        if len(ordered) < len(plain):
            looped = next(e for key, e in plain.items() if key not in ordered)
            raise looped.whole.text.error(f"{looped.whole.latex[:40]} is defined by itself", looped.whole.first)
        for key in ordered:
            equation = self.equations[key]
            s = equation.value
            grammar = self.grammar(s)
            grammar.bound |= self.index_of(equation)
            value = s.read(grammar.formula(), grammar)
            if any(isinstance(e, Derivative | At) for e in postorder(value)):
                raise grammar.unsupported("a derivative inside a formula", s.first, "ask for it, or define its value")
            if equation.head.name.bold and not value.shape:
                raise ShapeError("a bold name for a scalar", equation.whole.span, "", s.text.source)
            symbol = self.defined(equation, value)
            out[symbol] = self.log.values[symbol] = value
        for first, second in self.again:
            value = self.value(second.value)
            agree = self.shaping.sizes is not None or (first.symbol and same(value, out[first.symbol]))
            if not agree:
                raise second.whole.text.error("defined otherwise by the text or an option", second.whole.first)
        tasks = self.tasks()
        for equation in self.equations.values():
            if equation.head.derivative is not None:
                found = tasks.read(equation.value)
                if found.kind != "derivative" or found.wrt != (equation.head.derivative,) or found.of is None:
                    raise equation.value.text.error("an equation for a derivative", equation.whole.first)
                out[self.defined(equation, found.of)] = found.of
        place = {e.symbol: k for k, e in enumerate(self.equations.values())}
        return dict(sorted(out.items(), key=lambda item: place[item[0]]))

    def index_of(self, equation: Equation) -> dict[str, Symbol]:
        """Return the index of what is defined for each term of a sum: the i of `e_i = ...` beside a sum over i."""
        inner = equation.head.name.inner
        letters = [t.text for t in inner if t.kind == "sym" and t.text in self.indices]
        return {letter: Symbol(letter, kind="index") for letter in letters} if len(letters) == len(inner) else {}

    def used(self, equation: Equation, known: Mapping[Key, Equation], letters: frozenset[str]) -> list[Key]:
        """Return the defined names that occur in the value of an equation; `letters` are those of all of them."""
        found: dict[Key, None] = {}
        s = equation.value
        grammar = self.grammar(s)
        grammar.log = None
        for i in range(s.start, s.stop):
            if grammar.tokens[i].text in letters and grammar.tokens[i].kind in ("sym", "bold", "const"):
                grammar.i = self.name_start(grammar, i, s.start)
                key = grammar.raw_name().key
                if key in known:
                    found[key] = None
        return list(found)

    def name_start(self, grammar: Grammar, i: int, first: int) -> int:
        """Return where the accents of a name begin."""
        while i > first and grammar.tokens[i - 1].kind in ("accent", "{"):
            if grammar.tokens[i - 1].kind == "{" and (i - 1 == first or grammar.tokens[i - 2].kind != "accent"):
                break
            i -= 1
        return i

    def tasks(self) -> Tasks:
        known = {e.symbol: e.head.arguments for e in self.equations.values() if e.symbol is not None}
        return Tasks(self.notation(), self.log, known, self.shaping)

    def found(self) -> Found | None:
        """Return what the text asks, or the formula that it gives without a name."""
        tasks = self.tasks()
        found = [tasks.read(s) for s in self.others]
        for equation in self.equations.values():
            if equation.head.derivative is not None:
                found.append(Found("derivative", equation.symbol, (equation.head.derivative,)))
        if len(found) > 1:
            token = self.others[-1]
            raise token.text.error("a second formula or task", token.first, "one text states one problem")
        return found[0] if found else None

    def main(self, values: Mapping[Symbol, Expr], found: Found | None, declared: set[Key]) -> Main:
        """Return what is differentiated."""
        heads = {e.symbol: e for e in self.equations.values() if e.symbol is not None}
        of = found.of if found is not None else None
        if isinstance(of, Symbol) and of in values:
            return Main(values[of], of, heads[of].head.arguments)
        if of is not None:
            return Main(of)
        own = [e.symbol for key, e in self.equations.items() if key not in declared and e.symbol is not None]
        if not own:
            raise TaskError("nothing is given to differentiate")
        used = {s for name in own for s in variables(values[name])}
        name = next((n for n in own if n not in used), own[0])
        return Main(values[name], name, heads[name].head.arguments)

    def point(self, found: Found | None) -> dict[Symbol, Expr]:
        """Return the point that the text and the options state."""
        point: dict[Symbol, Expr] = {}
        stated: list[tuple[Symbol, Expr]] = list(found.at) if found is not None else []
        for source in self.request.at:
            stated += self.assignments(source)
        for name, value in stated:
            if point.setdefault(name, value) is not value:
                raise TaskError(f"two values for {self.spelling(name)}")
        return point

    def assignments(self, source: str) -> Point:
        """Return the names and values of an option such as `x = 2`."""
        out: list[tuple[Symbol, Expr]] = []
        for s in self.text(source).statements():
            grammar = self.grammar(s)
            e = s.read(grammar.logic(), grammar)
            out += grammar.assigned(e, s.first)
        return tuple(out)

    def definitions(self, values: Mapping[Symbol, Expr], main: Main) -> tuple[Definition, ...]:
        """Return the definitions that the formula needs, in the order in which they can be computed.

        Raises:
            ReadError: They are defined by one another.
        """
        rest = {name: value for name, value in values.items() if name is not main.name}
        uses = {name: [v for v in variables(value) if v in rest] for name, value in rest.items()}
        needed = reachable([v for v in variables(main.formula) if v in rest], uses)
        for name in rest:
            if name not in needed:
                self.refuse_second(name, main)
                self.log.notes.append(Note("unused", self.spelling(name)))
        ordered = in_order([name for name in rest if name in needed], uses)
        if len(ordered) < len(needed):
            looped = next(name for name in rest if name in needed and name not in ordered)
            raise ReadError(f"{self.spelling(looped)} is defined by itself", None, "", self.latex)
        done = {name: Definition(name, rest[name], given=True) for name in ordered}
        if main.name is not None and any(main.name in variables(e) for e in (main.formula, *rest.values())):
            raise ReadError(f"{self.spelling(main.name)} is defined by itself", None, "", self.latex)
        return tuple(done.values())

    def refuse_second(self, name: Symbol, main: Main) -> None:
        """Refuse a text that states an equation and, beside it, a formula that does not use it.

        Raises:
            ReadError: It does; nothing tells which of the two is meant.
        """
        equation = next(e for e in self.equations.values() if e.symbol is name)
        if main.name is None and not equation.option:
            whole = equation.whole
            hint = "one text states one problem; what defines a part of it is used in it"
            raise whole.text.error(f"{whole.latex[:40]} is not used by the other formula", whole.first, hint)

    def named_parts(self, main: Main, definitions: tuple[Definition, ...]) -> tuple[Main, tuple[Definition, ...]]:
        """Name the parts of the formula that `--define` lists."""
        for source in self.request.define:
            statement = self.text(source).statements()[0]
            relations = statement.outer("rel")
            if len(relations) != 1:
                raise statement.text.error("a part is named as in z = x^2 + 1", statement.first)
            left, right = statement.split(relations)
            part = self.value(right)
            letter, accents, subscript, mark, _ = read_head(left, self.grammar(left)).key
            symbol = Symbol(letter, accents, subscript, mark, shape=part.shape)
            found = occurrences(part, main.formula)
            if not found:
                raise TaskError(f"{right.latex} is no part of the formula")
            self.know(symbol)
            main = replace(main, formula=substitute(main.formula, dict.fromkeys(found, symbol)))
            definitions = (*definitions, Definition(symbol, part, given=True))
        return main, definitions

    # The task

    def names(self, source: str) -> tuple[Name, ...]:
        """Return the variables that one `--wrt` lists, separated by blanks or commas."""
        text = self.text(source)
        found: list[Name] = []
        for s in text.statements():
            grammar = self.grammar(s)
            while grammar.i < s.stop:
                found.append(grammar.differentiated(grammar.raw_name()))
        if not found:
            raise TaskError("no variable to differentiate with respect to")
        return tuple(found)

    # What the reader tells

    def spelling(self, symbol: Symbol) -> str:
        return self.log.spellings.get(symbol, symbol.name)

    def notes(self, free: tuple[Symbol, ...], task: Task, definitions: tuple[Definition, ...]) -> tuple[Note, ...]:
        """Return each note once, and one for each variable that does not occur."""
        present = {*free, *(d.symbol for d in definitions)}
        wanted = [s for s in task.variables if isinstance(s, Symbol)]
        absent = [Note("absent", self.spelling(s)) for s in wanted if s not in present]
        return tuple({(n.kind, n.about, n.span): n for n in (*self.log.notes, *absent)}.values())


def occurrences(part: Expr, whole: Expr) -> list[Expr]:
    """Return the nodes of a formula that differ from `part` in style at most."""
    sizes: dict[Expr, int] = {}
    for e in postorder(part, whole):
        sizes[e] = 1 + sum(sizes[c] for c in children(e))
    return [e for e in postorder(whole) if sizes[e] == sizes[part] and same(e, part)]
