"""From a text and its options to a problem."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush

from derive.derivation import Definition, Notation, Note, Problem, Request, Task
from derive.errors import ReadError, ShapeError, Span, TaskError, UnsupportedError
from derive.expr.interning import Table, interning
from derive.expr.nodes import At, Derivative, Expr, Symbol
from derive.expr.spelling import spell
from derive.expr.walks import children, postorder, same, substitute, variables
from derive.limits import DEFAULT_LIMITS, Limits
from derive.reader.constants import refuse_undefined
from derive.reader.cursor import Log
from derive.reader.grammar import Grammar
from derive.reader.heads import Head, find_head, read_head, vector_head
from derive.reader.resolve import Main, Resolver, free_symbols
from derive.reader.statements import Statement, Text
from derive.reader.tasks import Found, Point, Tasks, replace_symbol


def read_problem(latex: str, request: Request | None = None, limits: Limits = DEFAULT_LIMITS) -> Problem:
    """Return the problem that a text states, with what the options ask beside it.

    Raises:
        ReadError: The text, or a declaration, is not understood.
        TaskError: What is asked for is missing, or contradicts itself.
        LimitError: The text is over a limit.
    """
    table = Table()
    with interning(table):
        return _Reader(latex, request or Request(), limits, table).problem()


@dataclass(slots=True)
class Equation:
    """`name(arguments) = value`, before its value is read."""

    head: Head
    value: Statement
    whole: Statement
    given: bool = True


@dataclass(slots=True)
class _Reader:
    """Collects what the text and the options say."""

    latex: str
    request: Request
    limits: Limits
    table: Table
    log: Log = field(default_factory=Log)
    functions: set[Symbol] = field(default_factory=set)
    scalars: set[Symbol] = field(default_factory=set)
    equations: list[Equation] = field(default_factory=list)
    others: list[Statement] = field(default_factory=list)
    assumptions: list[Expr] = field(default_factory=list)
    known: dict[Symbol, tuple[Symbol, ...]] = field(default_factory=dict)
    """The names that are defined, with their arguments; `called` holds those that have any."""
    called: dict[Symbol, tuple[Symbol, ...]] = field(default_factory=dict)

    def problem(self) -> Problem:
        text = Text(self.latex, self.limits)
        statements = text.statements()
        if not statements:
            raise text.error("an empty formula", text.tokens[-1])
        for source in self.request.let:
            self.sort(Text(source, self.limits).statements(), declaring=True)
        declared = len(self.equations)
        self.sort(statements, declaring=False)
        asked = [self.names(w) for w in self.request.wrt]
        self.scalars.update(s for group in asked for s in group)
        values = self.values()
        found = self.found(values)
        main = self.main(values, found, declared)
        point = self.point(found)
        varied = {*main.arguments, *(s for group in (*asked, *(found.wrt if found else ())) for s in group)}
        for name in varied & values.keys():
            if not variables(values[name]):  # f(x) = x^3, x = 2: a point, no definition
                point.setdefault(name, values.pop(name))
        definitions = self.definitions(values, main)
        main, definitions = self.named_parts(main, definitions)
        for e in (main.formula, *(d.value for d in definitions)):
            refuse_undefined(e, self.log.spans, self.latex)
        resolver = Resolver(self.request, self.log.spellings, main, free_symbols(main.formula, definitions))
        task = resolver.task(found, asked, tuple(point.items()))
        notes = self.notes(resolver.free, task, definitions)
        upright = any(t.kind == "diff" for t in text.tokens)
        notation = replace(self.notation(), spellings=dict(self.log.spellings), upright_d=upright)
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
            self.table,
        )

    # What the statements are

    def sort(self, statements: Iterable[Statement], declaring: bool) -> None:
        """Sort statements into declarations, equations and others; note conditions."""
        waiting: list[Statement] = []
        for s in statements:
            relations = s.outer("rel")
            if s.outer("in"):
                self.declare_scalars([*waiting, s])
                waiting = []
            elif s.outer("to"):
                self.declare_function(s)
            elif s.outer("mapsto"):
                self.mapping(s)
            elif relations and all(s.text.tokens[i].text == "=" for i in relations):
                self.equation(s, relations)
            elif relations:
                self.condition(s, relations, declaring)
            elif declaring:
                waiting.append(s)
            else:
                self.others.append(s)
        if waiting:
            raise waiting[0].text.error("neither a declaration nor a definition", waiting[0].first)

    def declare_scalars(self, statements: list[Statement]) -> None:
        r"""Take in `x, y \in \mathbb{R}`."""
        *names, last = statements
        at = last.outer("in")[0]
        before, sets = last.split([at])[:2]
        tokens = sets.text.tokens
        if tokens[sets.start].kind != "set" or sets.stop != sets.start + 1:
            raise self.grammar(last).unsupported("vectors, matrices and other sets", tokens[sets.start])
        if tokens[sets.start].text not in ("R", "N", "Z", "Q"):
            raise self.grammar(last).unsupported("this set", tokens[sets.start])
        for s in (*names, before):
            self.scalars.add(read_head(s, self.grammar(s)).symbol())

    def declare_function(self, s: Statement) -> None:
        r"""Take in `f: \mathbb{R} \to \mathbb{R}`."""
        colons = s.outer("colon")
        kinds = [s.text.tokens[i].kind for i in range(colons[0] + 1, s.stop)] if colons else []
        if kinds != ["set", "to", "set"] or {s.text.tokens[colons[0] + k].text for k in (1, 3)} != {"R"}:
            hint = r"functions of one real variable are declared as f: \mathbb{R} \to \mathbb{R}"
            raise s.text.error("this declaration is not understood", s.first, hint)
        head = read_head(s.part(s.start, colons[0]), self.grammar(s))
        self.functions.add(head.symbol("function"))

    def mapping(self, s: Statement) -> None:
        r"""Take in `x \mapsto x^2`, which gives a function that was declared before its arguments and its value."""
        arguments, value = s.split(s.outer("mapsto"))[:2]
        colons = arguments.outer("colon")
        name = arguments.part(arguments.start, colons[0]) if colons else None
        if colons:
            arguments = arguments.part(colons[0] + 1, arguments.stop)
        variable = read_head(arguments, self.grammar(arguments)).symbol()
        if name is not None:
            head = read_head(name, self.grammar(name))
        elif len(self.functions) == 1:
            head = Head.of(self.functions.pop())
        else:
            raise s.text.error("what is this the value of?", s.first, "write f(x) = ...")
        self.functions.discard(head.symbol("function"))
        self.add(Equation(replace(head, arguments=(variable,)), value, s))

    def equation(self, s: Statement, relations: list[int]) -> None:
        """Take in `y = ...`, `f(x) = ...`, `y = f(x) = ...`."""
        parts = s.split(relations)
        for part, i in zip(parts, [relations[0], *relations], strict=True):
            if part.start >= part.stop:
                side = "left" if part is parts[0] else "right"
                raise s.text.error(f"nothing stands {side} of =", s.text.tokens[i])
        head = read_head(parts[0], self.grammar(s))
        for part, i in zip(parts[1:-1], relations[1:], strict=True):
            arguments = vector_head(part, self.grammar(s))
            if arguments is None:
                middle = find_head(part, self.grammar(s))
                if middle is None or not middle.arguments:
                    raise s.text.error("a second =", s.text.tokens[i], "separate definitions by a comma")
                arguments = middle.arguments
                self.functions.discard(middle.symbol("function"))
            head = replace(head, arguments=arguments)
        self.functions.discard(head.symbol("function"))
        self.add(Equation(head, parts[-1], s))

    def add(self, equation: Equation) -> None:
        name = equation.head.symbol()
        if name in self.known:
            raise equation.whole.text.error("defined a second time", equation.whole.first)
        self.equations.append(equation)
        self.known[name] = equation.head.arguments
        if equation.head.arguments:
            self.called[name] = equation.head.arguments
        self.scalars.update((name, *equation.head.arguments))

    def condition(self, s: Statement, relations: list[int], declaring: bool) -> None:
        """Note a condition such as a > 0."""
        if not declaring and not (self.equations or self.others):
            token = s.text.tokens[relations[0]]
            raise s.text.error("a condition, where a formula is expected", token)
        grammar = self.grammar(s)
        self.assumptions.append(s.read(grammar.logic(), grammar))
        self.log.notes.append(Note("assumption", s.latex, s.span))

    # Values

    def notation(self) -> Notation:
        return Notation(
            spellings={e.head.symbol(): spell(e.head.symbol()) for e in self.equations if e.head.bold},
            functions=frozenset(self.functions),
            scalars=frozenset(self.scalars),
            log_base=self.request.log_base,
            style=self.request.notation,
        )

    def grammar(self, s: Statement) -> Grammar:
        return s.grammar(self.notation(), self.log, self.called)

    def value(self, s: Statement) -> Expr:
        grammar = self.grammar(s)
        e: Expr = s.read(grammar.formula(), grammar)
        return e

    def values(self) -> dict[Symbol, Expr]:
        """Return the values of the names that the text and the options define."""
        notation = self.notation()
        tasks = Tasks(notation, self.log, self.known)
        out: dict[Symbol, Expr] = {}
        for equation in self.equations:
            s = equation.value
            name = equation.head.symbol()
            if equation.head.derivative is not None:
                found = tasks.read(s)
                if found.kind != "derivative" or found.wrt != (equation.head.derivative,) or found.of is None:
                    raise s.text.error("an equation for a derivative", equation.whole.first)
                out[name] = found.of
                continue
            grammar = s.grammar(notation, self.log, self.called)
            out[name] = s.read(grammar.formula(), grammar)
            if any(isinstance(e, Derivative | At) for e in postorder(out[name])):
                raise grammar.unsupported("a derivative inside a formula", s.first, "ask for it, or define its value")
            if equation.head.bold and not out[name].shape:
                raise ShapeError("a bold name for a scalar", s.span, "", s.text.source)
        return out

    def found(self, values: Mapping[Symbol, Expr]) -> Found | None:
        """Return what the text asks, or the formula that it gives without a name."""
        tasks = Tasks(self.notation(), self.log, self.known)
        found = [tasks.read(s) for s in self.others]
        for equation in self.equations:
            if equation.head.derivative is not None:
                found.append(Found("derivative", equation.head.symbol(), (equation.head.derivative,)))
        if len(found) > 1:
            token = self.others[-1]
            raise token.text.error("a second formula or task", token.first, "one text states one problem")
        return found[0] if found else None

    def main(self, values: Mapping[Symbol, Expr], found: Found | None, declared: int) -> Main:
        """Return what is differentiated."""
        heads = {e.head.symbol(): e for e in self.equations}
        of = found.of if found is not None else None
        if isinstance(of, Symbol) and of in values:
            return self.named(of, values, heads)
        if of is not None:
            return Main(of)
        own = [e.head.symbol() for e in self.equations[declared:]]
        if not own:
            raise TaskError("nothing is given to differentiate")
        used = {s for name in own for s in variables(values[name])}
        return self.named(next((n for n in own if n not in used), own[0]), values, heads)

    def named(self, name: Symbol, values: Mapping[Symbol, Expr], heads: Mapping[Symbol, Equation]) -> Main:
        """Return a definition as what is differentiated; a vector's name has its shape."""
        head, value = heads[name].head, values[name]
        final = replace_symbol(name, shape=value.shape)
        if final is not name:
            spelled = self.log.spellings.pop(name, "")
            self.log.spellings[final] = spell(final) if head.bold or not spelled else spelled
        return Main(value, final, head.arguments, name)

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
        for s in Text(source, self.limits).statements():
            grammar = self.grammar(s)
            e = s.read(grammar.logic(), grammar)
            out += grammar.assigned(e, s.first)
        return tuple(out)

    def definitions(self, values: Mapping[Symbol, Expr], main: Main) -> tuple[Definition, ...]:
        """Return the definitions that the formula needs, in the order in which they can be computed.

        Raises:
            ReadError: They are defined by one another.
        """
        rest = {name: value for name, value in values.items() if name is not main.head}
        uses = {name: [v for v in variables(value) if v in rest] for name, value in rest.items()}
        needed = _reachable([v for v in variables(main.formula) if v in rest], uses)
        for name in rest:
            if name not in needed:
                self.log.notes.append(Note("unused", self.spelling(name)))
        ordered = _in_order([name for name in rest if name in needed], uses)
        if len(ordered) < len(needed):
            looped = next(name for name in rest if name in needed and name not in ordered)
            raise ReadError(f"{self.spelling(looped)} is defined by itself", None, "", self.latex)
        done = {name: Definition(name, rest[name], given=True) for name in ordered}
        if main.head is not None and any(main.head in variables(e) for e in (main.formula, *rest.values())):
            raise ReadError(f"{self.spelling(main.head)} is defined by itself", None, "", self.latex)
        shaped = next((d for d in done.values() if d.value.shape or d.symbol.shape), None)
        if shaped is not None:
            raise UnsupportedError(f"not supported here: the vector or matrix {self.spelling(shaped.symbol)}")
        return tuple(done.values())

    def named_parts(self, main: Main, definitions: tuple[Definition, ...]) -> tuple[Main, tuple[Definition, ...]]:
        """Name the parts of the formula that `--define` lists."""
        for source in self.request.define:
            statement = Text(source, self.limits).statements()[0]
            relations = statement.outer("rel")
            if len(relations) != 1:
                raise statement.text.error("a part is named as in z = x^2 + 1", statement.first)
            left, right = statement.split(relations)
            symbol = read_head(left, self.grammar(left)).symbol()
            part = self.value(right)
            found = occurrences(part, main.formula)
            if not found:
                raise TaskError(f"{right.latex} is no part of the formula")
            self.scalars.add(symbol)
            main = replace(main, formula=substitute(main.formula, dict.fromkeys(found, symbol)))
            definitions = (*definitions, Definition(symbol, part, given=True))
        return main, definitions

    # The task

    def names(self, source: str) -> tuple[Symbol, ...]:
        """Return the variables that one `--wrt` lists, separated by blanks or commas."""
        text = Text(source, self.limits)
        found: list[Symbol] = []
        for s in text.statements():
            grammar = self.grammar(s)
            while grammar.i < s.stop:
                found.append(grammar.name())
        if not found:
            raise TaskError("no variable to differentiate with respect to")
        return tuple(found)

    # What the reader tells

    def spelling(self, symbol: Symbol) -> str:
        return self.log.spellings.get(symbol, symbol.name)

    def notes(self, free: tuple[Symbol, ...], task: Task, definitions: tuple[Definition, ...]) -> tuple[Note, ...]:
        """Return each note once, and one for each variable that does not occur."""
        present = {*free, *(d.symbol for d in definitions)}
        absent = [Note("absent", self.spelling(s)) for s in task.variables if s not in present]
        seen: dict[tuple[str, str, Span | None], Note] = {}
        for note in (*self.log.notes, *absent):
            seen.setdefault((note.kind, note.about, note.span), note)
        return tuple(seen.values())


def occurrences(part: Expr, whole: Expr) -> list[Expr]:
    """Return the nodes of a formula that differ from `part` in style at most."""
    sizes: dict[Expr, int] = {}
    for e in postorder(part, whole):
        sizes[e] = 1 + sum(sizes[c] for c in children(e))
    return [e for e in postorder(whole) if sizes[e] == sizes[part] and same(e, part)]


def _reachable(start: list[Symbol], uses: Mapping[Symbol, list[Symbol]]) -> set[Symbol]:
    seen: set[Symbol] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(uses[name])
    return seen


def _in_order(names: list[Symbol], uses: Mapping[Symbol, list[Symbol]]) -> dict[Symbol, None]:
    """Return the names, each behind those that it uses, in the author's order where that is free; none of a circle."""
    place = {name: k for k, name in enumerate(names)}
    missing = {name: len(uses[name]) for name in names}
    users: dict[Symbol, list[Symbol]] = {name: [] for name in names}
    for name in names:
        for used in uses[name]:
            users[used].append(name)
    ready = [place[name] for name in names if not missing[name]]
    ordered: dict[Symbol, None] = {}
    while ready:
        name = names[heappop(ready)]
        ordered[name] = None
        for user in users[name]:
            missing[user] -= 1
            if not missing[user]:
                heappush(ready, place[user])
    return ordered
