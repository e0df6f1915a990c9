"""Macros: what is collected, what is read instead of a call, and where a fault then points."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.derivation import Request
from derive.errors import DeriveError, LimitError, ReadError, Span, UnsupportedError
from derive.limits import DEFAULT_LIMITS, Limits
from derive.reader import read_problem
from derive.reader.macros import Expansion, Macro, definitions, expand
from tests.counted import calls


def expanded(text: str) -> Expansion:
    macros, rest = definitions(text)
    assert len(rest) == len(text)
    return expand(rest, macros, DEFAULT_LIMITS)


PAIRS = [
    (r"\newcommand{\R}{\mathbb{R}}", r"x \in \R^n", r"x \in \mathbb{R}^n"),
    (r"\newcommand\R{\mathbb{R}}", r"\R n", r"\mathbb{R} n"),
    (r"\newcommand* {\R} {\mathbb R}", r"\R n \R", r"\mathbb R n \mathbb R"),
    (r"\renewcommand{\vec}[1]{\mathbf{#1}}", r"\vec{x} + \vec y", r"\mathbf{x} + \mathbf{y}"),
    (r"\providecommand{\a}{x}\providecommand{\a}{y}", r"\a", "x"),
    (r"\newcommand{\a}{x}\renewcommand{\a}{y}", r"\a", "y"),
    (r"\newcommand{\v}[1]{\mathbf#1}", r"\v x\v{xy}\v\alpha", r"\mathbf x\mathbf xy\mathbf\alpha"),
    (r"\newcommand{\p}[2]{\frac{\partial #1}{\partial #2}}", r"\p{f}{x}\p fx", r"\frac{\partial f}{\partial x}" * 2),
    (r"\newcommand{\p}[2][f]{\frac{d#1}{d#2}}", r"\p{x}\p[g]{x}\p [g] x", r"\frac{df}{dx}\frac{dg}{dx}\frac{dg}{dx}"),
    (r"\newcommand\p[2][{f]}]{#1/#2}", r"\p[{]}]x\p y", "]/xf]/y"),
    (r"\newcommand\q\alpha", r"\q x", r"\alpha x"),
    (r"\def\d{\mathrm d}", r"\d x\d{x}", r"\mathrm d x\mathrm d{x}"),
    (r"\def\q{\alpha}", r"\q{}\q1\q\q", r"\alpha{}\alpha1\alpha\alpha"),
    (r"\def\q#1{#1\alpha}", r"\q xy", r"x\alpha y"),
    (r"\def\two#1#2{#2#1}", r"\two ab \two{ab}c \two  a  b", "ba cab ba"),
    (r"\def\two #1#2{[#1|#2]}", "\\two% {\n a% }\n{b}", "[a|b]"),
    (r"\gdef\*{\cdot}", r"a\*b", r"a\cdot b"),
    (r"\def~{\,}", "a~b", r"a\,b"),
    (r"\def\T{^\top}", r"A\T x", r"A^\top x"),
    (r"\def\a{x% }" "\n}", r"\a", "x\n"),
    (r"\def\a{x\%}", r"\a%\a", r"x\%"),
    (r"\let\eps=\varepsilon", r"\eps x", r"\varepsilon x"),
    (r"\let\e\epsilon\let\epsilon\varepsilon\let\varepsilon\e", r"\epsilon\varepsilon", r"\varepsilon\epsilon"),
    (r"\let\old\vec\renewcommand{\vec}[1]{\old{\mathbf #1}}", r"\vec x", r"\vec{\mathbf x}"),
    (r"\def\b#1{(#1)}\let\a= \b\def\b{y}", r"\a x\b", "(x)y"),
    (r"\let\a=b", r"\a c", "b c"),
    (r"\DeclareMathOperator{\tr}{tr}", r"\tr(A) + \tr A", r"\operatorname{tr}(A) + \operatorname{tr} A"),
    (r"\DeclareMathOperator*{\m}{arg\,max}", r"\m_x f", r"\operatorname*{arg\,max}_x f"),
    (r"\DeclarePairedDelimiter{\norm}{\lVert}{\rVert}", r"\norm{x}", r"\lVert x\rVert"),
    (r"\DeclarePairedDelimiter{\norm}{\lVert}{\rVert}", r"\norm*{x^2}", r"\left\lVert x^2\right\rVert"),
    (r"\DeclarePairedDelimiter{\norm}{\lVert}{\rVert}", r"\norm[\big]{x}", r"\big\lVert x\big\rVert"),
    (r"\DeclarePairedDelimiter\abs||", r"\abs{\abs x + 1}", r"\lvert\lvert x\rvert + 1\rvert"),
    (r"\newcommand{\dd}{\mathop{}\!\mathrm{d}}", r"\dd x", r"\mathop{}\!\mathrm{d} x"),
    (r"\newcommand{\R}{\ensuremath{\mathbb{R}}\xspace}", r"\R^n", r"\mathbb{R}^n"),
    (r"\def\a{\b}\def\b#1{<#1>}", r"\a{x}y", "<x>y"),
    (r"\def\b#1{<#1>}\def\a#1{\b#1}", r"\a{xy}", "<x>y"),
    (r"\def\b#1#2{<#1,#2>}\def\a#1{\b{#1}}", r"\a{x}{y}", "<x,y>"),
    (r"\def\b#1{<#1>}", r"\b{\b{\b x}\b y}", "<<<x>><y>>"),
    (r"\def\b#1{<#1#1>}", r"\b{\b{x}}", "<<xx><xx>>"),
    (r"\def\drop#1{}", r"a\drop{b}c\drop{\drop}", "ac"),
    (r"\def\be{\begin{equation}}\def\ee{\end{equation}}", r"\be x\ee", r"\begin{equation} x\end{equation}"),
    (r"\def\half{\frac12}", r"\half x", r"\frac12 x"),
    ("% \\def\\a{x}\n" r"\def\a{y}", r"\a", "y"),
    ("\\newcommand{\\a}% the name\n[1]% how many\n{#1 z}", r"\a x", "x z"),
]


@pytest.mark.parametrize(("macros", "text", "read"), PAIRS, ids=[f"{m} {t!r}" for m, t, _ in PAIRS])
def test_what_is_read_instead(macros: str, text: str, read: str) -> None:
    table, rest = definitions(macros)
    assert not re.sub(r"%[^\n]*", "", rest).strip()
    assert expand(text, table, DEFAULT_LIMITS).text == read
    assert expanded(f"{macros}\n{text}").text.strip().endswith(read.strip())


def test_definitions_become_blanks() -> None:
    text = "f = \\def\\a{x}\\a^2 + \\newcommand{\\b}\n[1]{#1}\\b y"
    macros, rest = definitions(text)
    assert macros == {r"\a": Macro(r"\a", 0, None, "x"), r"\b": Macro(r"\b", 1, None, "#1")}
    assert rest == "f = " + " " * len(r"\def\a{x}") + r"\a^2 + " + " " * len(r"\newcommand{\b} [1]{#1}") + r"\b y"


@pytest.mark.parametrize("text", ["", "x^2", r"\frac{x}{2} % \R", r"\sin x\\%", r"\Re x"])
def test_a_text_without_macros_is_itself(text: str) -> None:
    macros = {r"\R": Macro(r"\R", 0, None, "x")}
    assert definitions(text) == ({}, text)
    assert definitions(text)[1] is text
    done = expand(text, macros, DEFAULT_LIMITS)
    assert done.text is text
    assert list(done.origins) == list(range(len(text) + 1))
    assert [done.span(Span(i, i + 1)) for i in range(len(text))] == [Span(i, i + 1) for i in range(len(text))]


PREAMBLE = r"""
% \newcommand{\no}{x}
\documentclass[a4paper]{article} \usepackage[utf8]{inputenc}
\newtheorem{thm}{Theorem} \newenvironment{foo}[1][x]{\def\inner{x}}{\newcommand{\inner}{y}}
\makeatletter \def\@odd{x} \newcommand{\odd}{\@ifnextchar[{a}{b}} \def\until#1.{} \makeatother
\newcommand{\outer}{\newcommand{\inner}{z}} \newcommand{bad}{x} \newcommand{\ten}[10]{x} \edef\now{\R} \let\x={
\ifx\a\b \else \fi \AtBeginDocument{\providecommand{\R}{\mathbb{Q}}\newcommand{\Q}{\mathbb{Q}}}
\newcommand{\R}{\mathbb{Z}} \renewcommand{\R}{\mathbb{R}} \newcommand{\norm}[1]{\lVert #1 \rVert} } } {
\begin{document}
\newcommand{\late}{x} \def"""


def test_of_a_document_the_preamble_is_read() -> None:
    macros, rest = definitions(PREAMBLE, document=True)
    assert set(macros) == {r"\R", r"\Q", r"\norm"}
    assert macros[r"\R"].body == r"\mathbb{R}"
    assert len(rest) == len(PREAMBLE)
    assert rest.endswith("\\begin{document}\n\\newcommand{\\late}{x} \\def")


def test_let_and_providecommand_know_the_preamble() -> None:
    known, _ = definitions(r"\newcommand{\R}{\mathbb{R}}")
    macros, _ = definitions(r"\let\S\R \providecommand{\R}{x}", known=known)
    assert macros == {r"\S": Macro(r"\S", 0, None, r"\mathbb{R}")}


FAULTS = [
    (r"\def\norm#1{|#1|} 2\norm", ReadError, 20, r"\norm lacks its argument"),
    (r"\def\norm#1{|#1|} {\norm}", ReadError, 20, r"\norm lacks its argument"),
    (r"\def\norm#1{|#1|}\def\a{\norm} 1+\a", ReadError, 34, r"\norm lacks its argument"),
    (r"\def\a#1{#1} \a{x", ReadError, 16, "{ is never closed"),
    (r"\newcommand\a[2][x]{#1} \a[x", ReadError, 27, "[ is never closed"),
    (r"x \newcommand{\a}{{x}", ReadError, 18, "{ is never closed"),
    (r"\newcommand{\a}[2{x}", ReadError, 16, "[ is never closed"),
    (r"\newcommand{\a{x}", ReadError, 12, "{ is never closed"),
    (r"\newcommand{\a}[10]{x}", ReadError, 17, "more than 9 parameters"),
    (r"\newcommand{\a}[n]{x}", ReadError, 17, "is no number"),
    (r"\newcommand{\a}[0][x]{x}", ReadError, 20, "a default without a parameter"),
    (r"\newcommand{\a}[1]{x#2}", ReadError, 21, "#2 in the body"),
    (r"\newcommand{\a}[1]{x##1}", ReadError, 21, "## in the body"),
    (r"\newcommand{\a}{\def\b{x}}", ReadError, 17, "a definition inside"),
    (r"\newcommand{norm}{x}", ReadError, 13, "a name that begins with a backslash"),
    (r"\newcommand{}{x}", ReadError, 13, "a name that begins with a backslash"),
    (r"\newcommand{\a b}{x}", ReadError, 13, "a name that begins with a backslash"),
    (r"x \newcommand{\a}", ReadError, 3, "is not complete"),
    (r"x \def", ReadError, 3, "is not complete"),
    (r"x \def\a", ReadError, 3, "lacks its body"),
    (r"x \def\a#1}", ReadError, 3, "lacks its body"),
    (r"x \let\a=", ReadError, 3, "lacks what it stands for"),
    (r"\def\a{x} \a \def\a{y} \a", ReadError, 14, "a second time"),
    (r"x \def\a#1.{#1}", UnsupportedError, 3, "signs of their own"),
    (r"x \def\a[#1]{#1}", UnsupportedError, 3, "signs of their own"),
    (r"x \edef\a{y}", UnsupportedError, 3, r"\edef, which"),
]


@pytest.mark.parametrize(("text", "kind", "column", "words"), FAULTS, ids=[f[0] for f in FAULTS])
def test_a_fault_points_into_the_source(text: str, kind: type[DeriveError], column: int, words: str) -> None:
    with pytest.raises(kind) as caught:
        expanded(text)
    assert caught.value.column == column, caught.value.report()
    assert words in caught.value.message


LATER = [
    (r"x + \bad + 1", r"\bad"),
    (r"x + \wrap{y + \foo} + 1", r"\foo"),
    (r"x + \wrap{y + \bad}", r"\bad"),
    (r"x + \deep{y}", r"\deep{y}"),
    (r"x + \wrap\foo", r"\foo"),
]


@pytest.mark.parametrize(("text", "place"), LATER)
def test_a_later_fault_points_into_the_call(text: str, place: str) -> None:
    macros, _ = definitions(r"\def\bad{\foo}\def\wrap#1{\left(#1\right)}\def\deep#1{\wrap{#1 + \bad}}")
    done = expand(text, macros, DEFAULT_LIMITS)
    with pytest.raises(ReadError, match="unknown command") as caught:
        read_problem(done.text, Request(wrt=("x",)))
    assert caught.value.span is not None
    span = done.span(caught.value.span)
    assert text[span.start : span.stop] == place


def test_an_argument_keeps_its_place_and_a_body_stands_for_the_call() -> None:
    macros, _ = definitions(r"\def\norm#1{\lVert #1 \rVert}\def\swap#1#2{#2#1}")
    done = expand(r"a\norm{bc}d", macros, DEFAULT_LIMITS)
    inside, behind = done.text.index("bc"), done.text.index("d")
    assert done.span(Span(inside, inside + 2)) == Span(7, 9)
    assert done.span(Span(inside + 4, behind)) == Span(1, 10)
    assert done.span(Span(behind, behind + 1)) == Span(10, 11)
    assert done.span(Span(0, len(done.text))) == Span(0, 11)
    assert done.span(Span(len(done.text), len(done.text))) == Span(11, 12)
    assert expand(r"\swap{ab}c", macros, DEFAULT_LIMITS).span(Span(0, 2)) == Span(6, 10)


CHAIN = "".join(rf"\def\a{chr(98 + i)}{{\a{chr(97 + i)}\a{chr(97 + i)}}}" for i in range(25))
SMALL = replace(DEFAULT_LIMITS, characters=2_000, expansions=500)
ENDLESS = [
    (r"\def\a{\a}", r"x\a", r"\a"),
    (r"\def\a{x\a}", r"x\a", r"\a"),
    (r"\def\a{\a\a}", r"x\a", r"\a"),
    (r"\def\a{\b}\def\b{\a}", r"x\b", r"\b"),
    (r"\def\a#1{\a{#1#1}}", r"x\a{y}", r"\a"),
    (r"\def\a#1{\a{#1}#1}", r"x\a{\a}", r"\a"),
    (r"\def\a{\b\d}\def\b#1{\a#1}\def\d{\b}", r"x\a", r"\a"),
    (r"\def\aa{x}" + CHAIN, r"x\az", r"\az"),
    (r"\def\aa{}" + CHAIN, r"x\az", r"\az"),
    (r"\def\a#1{#1#1#1#1#1#1#1#1#1#1}", r"x\a{\a{\a{\a{\a{\a{y}}}}}}", r"\a"),
]


@pytest.mark.parametrize(("macros", "text", "name"), ENDLESS, ids=[m[:40] + t[:20] for m, t, _ in ENDLESS])
@pytest.mark.parametrize("limits", [DEFAULT_LIMITS, SMALL], ids=["default", "small"])
def test_what_grows_without_end_is_stopped(macros: str, text: str, name: str, limits: Limits) -> None:
    table, _ = definitions(macros)
    with pytest.raises(LimitError, match="more than") as caught:
        expand(text, table, limits)
    assert name in caught.value.hint
    assert "--limit" in caught.value.hint
    assert caught.value.span is not None
    assert text.startswith(name, caught.value.span.start)


def test_reading_costs_even_where_nothing_is_written() -> None:
    macros, _ = definitions(r"\def\a#1{}\def\b#1{#1#1#1#1#1#1#1#1#1#1}")
    text = r"\b{\b{\b{\a" + " " * 50_000 + "y}}}"
    with pytest.raises(LimitError):
        expand(text, macros, DEFAULT_LIMITS)


SHAPES = {
    "one after the other": lambda n: r"\norm{x + y_1 - \frac{a}{b}} \R x + \sin(x) " * n,
    "one in the other": lambda n: r"\i{" * n + "x" + "}" * n,
    "before a long text": lambda n: r"\i" * n + "x" * 20 * n,
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_cost_is_linear(shape: str) -> None:
    macros, _ = definitions(r"\def\R{\mathbb{R}}\newcommand{\norm}[2][p]{\lVert #2 \rVert_{#1}}\def\i#1{#1}")
    wide = replace(DEFAULT_LIMITS, characters=400_000)
    short, long = SHAPES[shape](1_000), SHAPES[shape](4_000)
    assert calls(lambda: expand(long, macros, wide)) < 5 * calls(lambda: expand(short, macros, wide))


TOKEN = re.compile(r"\\(?:[A-Za-z]+|.)|#\d|.", re.DOTALL)


def simple(tokens: list[str], macros: dict[str, Macro], steps: int = 60) -> list[str] | None:
    """Expand as the TeXbook says, copying tokens; None if it takes long or an argument is missing."""
    out: list[str] = []
    while tokens:
        first, *tokens = tokens
        macro = macros.get(first)
        if macro is None:
            out.append(first)
            continue
        steps -= 1
        arguments = []
        for _ in range(macro.parameters):
            while tokens and tokens[0] == " ":
                del tokens[0]
            if steps < 0 or not tokens or tokens[0] == "}":
                return None
            size = 1
            while tokens[0] == "{" and tokens[:size].count("{") > tokens[:size].count("}"):
                size += 1
            arguments.append(tokens[1 : size - 1] if size > 1 else tokens[:1])
            del tokens[:size]
        if steps < 0 or len(tokens) > 2_000:
            return None
        body = [arguments[int(t[1]) - 1] if t[0] == "#" else [t] for t in TOKEN.findall(macro.body)]
        tokens = [*chain.from_iterable(body), *tokens]
    return out


def parts(*more: str) -> st.SearchStrategy[str]:
    leaf = st.sampled_from(["x", "+", "12", r"\alpha ", r"\|", " ", *more])
    nested = st.recursive(
        leaf, lambda inner: st.lists(inner, max_size=4).map(lambda p: f"{{{''.join(p)}}}"), max_leaves=6
    )
    return st.lists(nested, max_size=6).map("".join)


NAMES = (r"\A", r"\B", r"\C")
CALLS = (r"\A", r"\B", r"\B{x\A}", r"\C xy", r"\C{\B\A}", r"\C{x}{\A}")
BODIES = st.tuples(parts(), parts("#1", "#1", r"\A"), parts("#1", "#2", "#2#1", r"\B#1", r"\B{#2}", *CALLS[:3]))
TABLES = BODIES.map(
    lambda bodies: {n: Macro(n, i, None, b) for i, (n, b) in enumerate(zip(NAMES, bodies, strict=True))}
)


@settings(max_examples=200, deadline=None)
@given(TABLES, parts(*CALLS))
def test_expansion_is_that_of_the_texbook(macros: dict[str, Macro], text: str) -> None:
    expected = simple(TOKEN.findall(text), macros)
    try:
        done = expand(text, macros, SMALL).text
    except DeriveError:
        assert expected is None or len("".join(expected)) > 1_000
        return
    if expected is not None:
        assert [t for t in TOKEN.findall(done) if t != " "] == [t for t in expected if t != " "]


FRAGMENTS = [
    *r"\newcommand \renewcommand* \providecommand \def \gdef \edef \let = \DeclareMathOperator* ~ # ##".split(),
    *r"#1 #2 [1] [2]".split(),
    *r"\DeclarePairedDelimiter \lVert \rVert | [ ] { } {\a} {\b} \a \b \c \a* {x} {#1} {\a\b} x \{ \\ % \ @ *".split(),
    *r"\begin{document} \newenvironment \ensuremath \xspace".split(), " ", "\n", "\0", "é", "[10]", "[x]",
]  # fmt: skip


def tried(text: str, document: bool) -> Expansion | DeriveError:
    try:
        macros, rest = definitions(text, document=document)
        return expand(rest, macros, SMALL)
    except DeriveError as error:
        return error


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join), st.booleans())
def test_nothing_but_derive_errors_and_spans_inside_the_source(text: str, document: bool) -> None:
    done = tried(text, document)
    if isinstance(done, DeriveError):
        assert done.span is not None
        assert 0 <= done.span.start < done.span.stop <= len(text) + 1
        assert done.report()
        return
    assert len(done.source) == len(text)
    assert len(done.origins) == len(done.text) + 1
    assert done.origins[-1] == len(text)
    for start in range(0, len(done.text), 3):
        for stop in (start, start + 1, start + 7, len(done.text)):
            span = done.span(Span(start, stop))
            assert 0 <= span.start < span.stop <= len(text)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join))
def test_a_document_is_never_refused(text: str) -> None:
    macros, rest = definitions(text, document=True)
    assert len(rest) == len(text)
    assert all(m.name == n for n, m in macros.items())
