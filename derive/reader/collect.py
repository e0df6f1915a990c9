"""What the statements of a text are: declarations, definitions, conditions, and what is left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from derive.derivation import ENTRYWISE, Key, Notation, Note, Request
from derive.expr.nodes import Expr, Integer, Relation, Symbol
from derive.expr.shapes import ONE, SCALAR, Dimension, Shape, matrix_shape
from derive.expr.spelling import is_bold
from derive.limits import Limits
from derive.reader.commands import DEFINITE
from derive.reader.cursor import Log
from derive.reader.grammar import Grammar
from derive.reader.heads import Head, find_head, read_head, vector_head
from derive.reader.optima import is_optimum
from derive.reader.shaping import Shaping
from derive.reader.statements import Statement

NUMBERS = frozenset("RNZQ")
"""The sets of which a member is a number."""


VARIABLES = frozenset("rtuvwxyz")
"""Letters that are variables where they stand squared on the left: `r^2 = x^2 + y^2`."""

WORKED = frozenset(("sign", "*", "dot", "slash", "frac", "num", "func", "^", "infix"))
"""The kinds of token that no list of arguments has."""


@dataclass(slots=True)
class Equation:
    """`name(arguments) = value`, before its value is read; `symbol` is the name once its shape is known."""

    head: Head
    value: Statement
    whole: Statement
    symbol: Symbol | None = None
    option: bool = False
    """Whether an option gives it."""

    @property
    def key(self) -> Key:
        """What the name is found by."""
        return self.head.key


@dataclass(slots=True)
class Collector:
    """Sorts the statements of the text and of the options, and knows the notation that they declare."""

    request: Request
    limits: Limits
    shaping: Shaping
    log: Log = field(default_factory=Log)
    functions: set[Symbol] = field(default_factory=set)
    domains: dict[Symbol, tuple[Shape, ...]] = field(default_factory=dict)
    sets: dict[Symbol, str] = field(default_factory=dict)
    declared: set[Symbol] = field(default_factory=set)
    members: dict[tuple[str, tuple[str, ...], bool], Shape] = field(default_factory=dict)
    dimensions: set[str] = field(default_factory=set)
    indices: set[str] = field(default_factory=set)
    """The letters that sums go over."""
    shaped: dict[Symbol | str, str] = field(default_factory=dict)
    """The spellings of what was declared, or defined, to have a shape."""
    equations: dict[Key, Equation] = field(default_factory=dict)
    others: list[Statement] = field(default_factory=list)
    assumptions: list[Expr] = field(default_factory=list)
    called: dict[Symbol, tuple[Expr, ...]] = field(default_factory=dict)
    """The names that are defined with arguments."""
    constraints: list[Expr] = field(default_factory=list)
    again: list[tuple[Equation, Equation]] = field(default_factory=list)
    """What both an option and the text define."""
    declaring: bool = False
    _notation: Notation | None = None
    _names_changed: bool = False
    """Whether names became known since the notation was put together, which does not matter to left-hand sides."""

    def sort(self, texts: Iterable[list[Statement]], declaring: bool) -> None:
        """Sort the statements of texts: declarations first, since they tell how the others are read."""
        self.declaring = declaring
        rest = [left for statements in texts for left in self.declarations(statements)]
        for s, relations in rest:
            self.settle(s, relations, declaring)

    def declarations(self, statements: list[Statement]) -> list[tuple[Statement, list[int]]]:
        """Take in the declarations; return the other statements, with the places of their relations."""
        waiting: list[Statement] = []
        rest: list[tuple[Statement, list[int]]] = []
        for s in statements:
            found = s.outer("rel", "in", "to", "mapsto", "colon")
            kinds = {s.text.tokens[i].kind for i in found}
            if "in" in kinds:
                self.declare([*waiting, s])
                waiting = []
            elif "to" in kinds and "colon" in kinds:
                self.declare_function(s)
            elif "mapsto" in kinds:
                self.mapping(s)
            elif "rel" in kinds:
                rest += [(w, []) for w in waiting]
                waiting = []
                rest.append((s, [i for i in found if s.text.tokens[i].kind == "rel"]))
            else:
                waiting.append(s)
        return rest + [(w, []) for w in waiting]

    def settle(self, s: Statement, relations: list[int], declaring: bool) -> None:
        """Take in a statement that declares nothing."""
        if s.role == "subject":
            grammar = self.grammar(s)
            self.constraints.append(s.read(grammar.logic(), grammar))
            self.log.notes.append(Note("constraint", s.latex, s.span))
        elif relations and all(s.text.tokens[i].text == "=" for i in relations):
            self.equation(s, relations)
        elif relations:
            self.condition(s, relations, declaring)
        elif declaring:
            raise s.text.error("neither a declaration nor a definition", s.first)
        else:
            self.others.append(s)

    # Declarations

    def declare(self, statements: list[Statement]) -> None:
        r"""Take in `x, y \in \mathbb{R}`, `A \in \mathbb{R}^{m \times n}`, `\Sigma \in \mathbb{S}^n_{++}`."""
        *names, last = statements
        before, sets = last.split([last.outer("in")[0]])[:2]
        grammar = self.grammar(last)
        shape, kept = self.set_of(sets, grammar)
        if kept == "interval" and not self.declaring:
            self.log.notes.append(Note("assumption", last.latex, last.span))
        for s in (*names, before):
            grammar = self.grammar(s)
            head = read_head(s, grammar)
            letter, accents, subscript, mark, bold = head.key
            above = mark.strip("(\\)") if mark[:1] == "(" else ""  # x^{(i)}
            if (subscript or above) in self.indices and (shape or not bold):  # \mathbf{x}_i \in \mathbb{R}^n, for all i
                self.members[letter, accents, bold] = shape
            elif shape:
                symbol = Symbol(letter, accents, subscript, mark, shape=shape)
                self.shaped[symbol] = grammar.spelling(symbol, head.name)
                self.log.spellings[symbol] = self.shaped[symbol]
                self.declared.add(symbol)
                if kept:
                    self.sets[symbol] = kept
            elif bold:
                raise s.text.error("a bold letter that is a number", s.first, r"declare it \in \mathbb{R}^n")
            else:
                symbol = Symbol(letter, accents, subscript, mark)
                self.declared.add(symbol)
                self.bounded(symbol, kept)
        self._notation = None

    def set_of(self, s: Statement, grammar: Grammar) -> tuple[Shape, str]:
        r"""Return the shape of the members of a set such as `\mathbb{R}^{m \times n}`, and what else it says."""
        token = s.first
        if token.kind == "open" and token.text in ("(", "[") and grammar.pairs[s.start] == s.stop - 1:
            return SCALAR, "interval"
        if token.kind != "set" or (token.text not in NUMBERS and token.text != "S"):
            raise grammar.unsupported("this set", token, r"\mathbb{R}, \mathbb{R}^n, \mathbb{R}^{m \times n}")
        grammar.i = s.start + 1
        sizes: tuple[Dimension, ...] = ()
        label = ""
        while grammar.i < s.stop:
            sign = grammar.tokens[grammar.i]
            if sign.kind == "_":
                label = grammar.subscript()
            elif sign.kind == "^":
                behind = grammar.group_end(grammar.i + 1)
                inner = grammar.tokens[grammar.i + 1 : behind]
                found = grammar.size_of(tuple(t for t in inner if t.kind not in ("{", "}")))
                if found is None:
                    raise grammar.unsupported("this set", sign, r"\mathbb{R}^n, \mathbb{R}^{m \times n}")
                sizes = found
                grammar.i = behind
            else:
                raise grammar.unsupported("this set", sign)
        self.dimensions.update(name for size in sizes for name in size.names)
        self._notation = None
        if token.text == "S":
            if len(sizes) != 1:
                raise grammar.unsupported("symmetric matrices without a size", token, r"\mathbb{S}^n")
            return (sizes[0], sizes[0]), f"S_{{{label}}}" if label else "S"
        return (matrix_shape(sizes[0], sizes[1] if len(sizes) == 2 else ONE), "") if sizes else (SCALAR, label)

    def bounded(self, symbol: Symbol, kept: str) -> None:
        """Assume what the label of a set of positive numbers says."""
        if kept in ("+", "++", ">0", r"\ge0", r"\geq0", "0+"):
            sign = ">" if kept in ("++", ">0") else ">="
            self.assumptions.append(Relation((symbol, Integer(0)), (sign,)))

    def declare_function(self, s: Statement) -> None:
        r"""Take in `f: \mathbb{R} \to \mathbb{R}`, `\mathbf{f}: \mathbb{R}^n \times \mathbb{R} \to \mathbb{R}^m`."""
        hint = r"functions are declared as in f: \mathbb{R} \to \mathbb{R}"
        colons, arrows = s.outer("colon"), s.outer("to")
        if len(colons) != 1 or len(arrows) != 1 or colons[0] > arrows[0]:
            raise s.text.error("this declaration is not understood", s.first, hint)
        name, domain, values = s.split([colons[0], arrows[0]])
        grammar = self.grammar(s)
        for part in (domain, values):
            if part.start >= part.stop or part.first.kind != "set":
                raise s.text.error("this declaration is not understood", s.first, hint)
        shape, _ = self.set_of(values, grammar)
        domains = tuple(self.set_of(d, grammar)[0] for d in domain.split(domain.outer("dot")))
        letter, accents, subscript, _, bold = read_head(name, grammar).key
        function = Symbol(letter, accents, subscript, "", "function", shape)
        self.functions.add(function)
        self.domains[function] = domains
        self.components()
        if bold:
            self.log.spellings[function] = grammar.spelling(function, read_head(name, grammar).name)
        self._notation = None

    def components(self) -> None:
        r"""Take `f_i: \mathbb{R} \to \mathbb{R}` beside a function with vector values for what its entries do."""
        for whole in [f for f in self.functions if f.shape]:
            own = {f for f in self.functions if (f.name, f.accents) == (whole.name, whole.accents) and not f.shape}
            own = {f for f in own if f.subscript.isalpha() and self.domains[f] == (SCALAR,)}
            if own and self.domains[whole] == (whole.shape,):
                self.functions -= own
                self.sets[whole] = ENTRYWISE

    def mapping(self, s: Statement) -> None:
        r"""Take in `x \mapsto x^2`, which gives a function that was declared before its arguments and its value."""
        arguments, value = s.split(s.outer("mapsto"))[:2]
        colons = arguments.outer("colon")
        name = arguments.part(arguments.start, colons[0]) if colons else None
        if colons:
            arguments = arguments.part(colons[0] + 1, arguments.stop)
        grammar = self.grammar(arguments)
        variable = grammar.symbol(read_head(arguments, grammar).name)
        if name is not None:
            head = read_head(name, self.grammar(name))
        elif len(self.functions) == 1:
            function = self.functions.pop()
            key = (
                function.name,
                function.accents,
                function.subscript,
                "",
                is_bold(self.log.spellings.get(function, "")),
            )
            head = Head(read_head(arguments, grammar).name._replace(key=key))
        else:
            raise s.text.error("what is this the value of?", s.first, "write f(x) = ...")
        self.undeclare(head)
        self.add(Equation(replace(head, arguments=(variable,)), value, s))

    def undeclare(self, head: Head) -> None:
        """Drop the declaration of a function whose value is given after all."""
        key = head.key[:3]
        dropped = {f for f in self.functions if (f.name, f.accents, f.subscript) == key}
        if dropped:
            self.functions -= dropped
            self._notation = None

    # Equations and conditions

    def equation(self, s: Statement, relations: list[int]) -> None:
        """Take in `y = ...`, `f(x) = ...`, `y = f(x) = ...`."""
        parts = s.split(relations)
        for part, i in zip(parts, [relations[0], *relations], strict=True):
            if part.start >= part.stop:
                side = "left" if part is parts[0] else "right"
                raise s.text.error(f"nothing stands {side} of =", s.text.tokens[i])
        if parts[-1].first.kind in ("nabla", "opt") or is_optimum(parts[-1]):  # H = \nabla^2 f names what is asked
            self.others.append(parts[-1])
            return
        grammar = self.grammar(s, head=True)
        head = find_head(parts[0], grammar)
        if head is None and len(parts) == 2 and self.is_label(parts[0], grammar):
            self.log.notes.append(Note("left", parts[0].latex, parts[0].span))
            self.others.append(parts[1])
            return
        head = head or read_head(parts[0], grammar)
        for part, i in zip(parts[1:-1], relations[1:], strict=True):
            arguments = vector_head(part, grammar)
            if arguments is None:
                middle = find_head(part, grammar)
                if middle is None or not middle.arguments:
                    raise s.text.error("a second =", s.text.tokens[i], "separate definitions by a comma")
                arguments = middle.arguments
                self.undeclare(middle)
            head = replace(head, arguments=arguments)
        self.undeclare(head)
        self.add(Equation(head, parts[-1], s))

    def is_label(self, s: Statement, grammar: Grammar) -> bool:
        r"""Tell whether a left-hand side only labels what is right of it: `d^2(\mathbf{x})`, `\|x\|_A`, `D(p \| q)`."""
        if s.first.kind == "norm" or (s.first.kind == "open" and s.first.text == r"\|"):
            return True
        if s.first.kind not in ("sym", "bold", "accent"):
            return False
        grammar.i = s.start
        name = grammar.raw_name().key[0]
        if grammar.tokens[grammar.i].kind == "^":
            grammar.i = grammar.group_end(grammar.i + 1)
            squared = grammar.tokens[grammar.i - 1].text == "2" or grammar.tokens[grammar.i - 2].text == "2"
            if grammar.i == s.stop:  # s^2, \chi^2, R^2; but x^2 = y^3 is an equation in x and y
                again = any(t.text == name for t in s.text.tokens[s.stop :])
                return squared and name not in VARIABLES and not again and not self.others
        if grammar.tokens[grammar.i].kind != "open" or grammar.pairs[grammar.i] != s.stop - 1:
            return False
        return not any(t.kind in WORKED for t in grammar.tokens[grammar.i : s.stop])  # x(y + 1) is a product

    def add(self, equation: Equation) -> None:
        """Keep an equation; its name is no function to be asked about from now on."""
        equation.option = self.declaring
        first = self.equations.get(equation.key)
        if first is not None and first.option and not equation.option:
            self.again.append((first, equation))
            return
        if first is not None:
            raise equation.whole.text.error("defined a second time", equation.whole.first)
        self.equations[equation.key] = equation
        letter, accents, subscript, mark, bold = equation.key
        names = [] if bold else [Symbol(letter, accents, subscript, mark)]
        self.know(*names, *equation.head.arguments)

    def know(self, *names: Symbol) -> None:
        """Take in names as known from now on."""
        self.declared.update(names)
        self._names_changed = True

    def condition(self, s: Statement, relations: list[int], declaring: bool) -> None:
        """Note a condition such as a > 0."""
        definite = [i for i in relations if s.text.tokens[i].text in DEFINITE]
        if definite:
            self.definite(s, definite)
            return
        if not declaring and not (self.equations or self.others):
            self.others.append(s)
            return
        grammar = self.grammar(s)
        e = s.read(grammar.logic(), grammar)
        self.assumptions.append(e)
        self.log.notes.append(Note("assumption", s.latex, s.span))

    def definite(self, s: Statement, at: list[int]) -> None:
        r"""Take in `A \succ 0`."""
        left = s.split(at)[0]
        grammar = self.grammar(left)
        grammar.i = left.start
        symbol = grammar.symbol(grammar.raw_name())
        if grammar.i != left.stop or len(symbol.shape) != 2:
            raise s.text.error("what is definite has to be a matrix", s.first)
        self.sets[symbol] = DEFINITE[s.text.tokens[at[0]].text]
        self.log.notes.append(Note("assumption", s.latex, s.span))

    # What the statements are read with

    def notation(self, head: bool = False) -> Notation:
        """Return the notation as far as it is known; for a left-hand side, names that came since do not matter."""
        if self._notation is None or (self._names_changed and not head):
            self._names_changed = False
            self._notation = Notation(
                spellings=dict(self.shaped),
                functions=frozenset(self.functions),
                declared=frozenset(self.declared),
                domains=dict(self.domains),
                sets=dict(self.sets),
                members=dict(self.members),
                dimensions=frozenset(self.dimensions | self.shaping.names),
                log_base=self.request.log_base,
                style=self.request.notation,
            )
        return self._notation

    def grammar(self, s: Statement, head: bool = False) -> Grammar:
        """Return the grammar at the start of a statement."""
        return s.grammar(self.notation(head), self.log, self.called, self.shaping)

    def defined(self, equation: Equation, value: Expr) -> Symbol:
        """Give the name of an equation the shape of its value, and return it."""
        letter, accents, subscript, mark, _ = equation.key
        symbol = Symbol(letter, accents, subscript, mark, shape=value.shape)
        grammar = self.grammar(equation.whole)
        if value.shape:
            self.shaped[symbol] = grammar.spelling(symbol, equation.head.name)
            self.declared.add(symbol)
            self._notation = None
        self.log.spellings.setdefault(symbol, grammar.spelling(symbol, equation.head.name))
        equation.symbol = symbol
        if equation.head.arguments:
            self.called[symbol] = equation.head.arguments
        return symbol
