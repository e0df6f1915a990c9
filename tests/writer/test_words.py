"""The words of a language: none is missing, none is left in English, and a user's file stands on ours."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

import derive
from derive.derivation import Notation
from derive.errors import DeriveError, UnsupportedError
from derive.expr.interning import interning
from derive.pipeline import views
from derive.planner.choose import METHODS
from derive.reader import read_expression
from derive.rules.vocabulary import reasons, word
from derive.writer.languages import languages, tables
from derive.writer.latex import latex
from derive.writer.records import EvidenceView, NoteView, ProblemView, ReasonView, StepView, View, decode, encode
from derive.writer.render import render, table_of_words, words
from derive.writer.templates import template_folder
from derive.writer.words import without

OTHERS = [name for name in languages() if name != "en"]

SAME = frozenset(
    "argument arguments block definition differential exponent gradient graph index layout matrix maximum minimum norm"
    " name operation quotient variable version latex softmax softplus sympy tex".split()
)
"""Words that German spells like English, and names."""

PROBLEMS = {
    "chain": (r"y = \ln(\sin(x^3)^2)", {"wrt": "x", "oracle": True}),
    "second": (r"f(x) = \sqrt{1 + e^{-x^2}}", {"order": 2}),
    "point": (r"f(t) = \frac{\sqrt{t}}{1 + t}", {"at": "t = 4"}),
    "hessian": ("f(x, y) = x^3 y - x y^2", {"task": "hessian"}),
    "mixed": (r"f(x, y) = \sin(xy)", {"wrt": "x y"}),
    "cases": (r"y = \begin{cases} x^2 & x > 0 \text{ and } x < 9 \\ 0 & \text{otherwise} \end{cases}", {"wrt": "x"}),
    "notes": (r"y = \log x \cdot \sin^{-1}(x) + a(x + 1) + x^23", {"wrt": "x", "let": "a > 0"}),
    "loss": (
        r"C = \frac{1}{N} \sum_{i=1}^N (y_i - \max(0, \mathbf{w} \cdot \mathbf{x}_i + b))^2",
        {"wrt": [r"\mathbf{w}", "b"], "layout": "denominator"},
    ),
    "softmax": (r"\mathbf{s} = \operatorname{softmax}(\mathbf{x})", {"wrt": r"\mathbf{x}", "method": "all"}),
    "general": (
        r"\mathbf{y} = \mathbf{f}(\mathbf{x})",
        {"let": r"\mathbf{f}: \mathbb{R}^n \to \mathbb{R}^m", "wrt": r"\mathbf{x}"},
    ),
}  # fmt: skip


def m(formula: str) -> str:
    return f"${formula}$"


@cache
def solved(name: str) -> derive.pipeline.Solution:
    latex_text, asked = PROBLEMS[name]
    return derive.solve(latex_text, **asked)


# Nothing is missing ---------------------------------------------------------------------------------------------------


def syntax(lang: str) -> nodes.Template:
    return parsed((template_folder() / "words" / f"{lang}.j2").read_text("utf-8"))


def parsed(source: str) -> nodes.Template:
    marks = {"variable_start_string": "<<", "variable_end_string": ">>", "block_start_string": "<%"}
    environment = Environment(**marks, block_end_string="%>", comment_start_string="<#", comment_end_string="#>")
    return environment.parse(source)


def asked_about(lang: str, field: str) -> set[str]:
    """Return the texts that a field of a record, such as the kind of a step, is compared with."""
    return {
        c.value
        for compare in syntax(lang).find_all(nodes.Compare)
        if isinstance(compare.expr, nodes.Getattr) and compare.expr.attr == field
        for operand in compare.ops
        for c in operand.find_all(nodes.Const)
    }


@pytest.mark.parametrize("lang", OTHERS)
def test_a_language_has_all_macros_and_tables(lang):
    public = {name for name in vars(words("en")) if not name.startswith("_")}
    assert public | {"reasons", "in_formulas"} <= set(vars(words(lang)))
    assert set(table_of_words("in_formulas", lang)) == {"if", "otherwise", "and", "or"}


@pytest.mark.parametrize("lang", OTHERS)
def test_a_language_names_each_rule_and_move_and_no_others(lang):
    named = table_of_words("reasons", lang)
    assert {name for name in named if not name.endswith(" …")} == set(reasons())
    assert {name.removesuffix(" …") for name in named} == set(reasons())
    assert all(named.values())


@pytest.mark.parametrize("lang", OTHERS)
def test_a_language_names_each_kind_of_step_note_and_task(lang):
    kinds = asked_about("en", "kind")
    assert {"define", "combine", "gradient", "log-base"} < kinds
    assert kinds <= asked_about(lang, "kind")


@pytest.mark.parametrize("lang", languages())
def test_a_language_names_each_method(lang):
    said = {words(lang).by_method(name).strip() for name in METHODS}
    assert len(said) == len(METHODS)


@pytest.mark.parametrize("kind", sorted({"absent", "held"} | asked_about("en", "kind")))
def test_each_note_and_title_is_told_in_both_languages(kind):
    step = StepView(1, kind, ("direct",), (), "y", frozenset(), False)
    for said in (lambda w: w.note(NoteView(kind, "x"), m).strip(), lambda w: w.title(step, m).strip(". \n")):
        english, german = said(words("en")), said(words("de"))
        assert bool(english) is bool(german)
        assert english != german or not re.sub(r"\$.*?\$", "", english)


# Nothing is left in English -------------------------------------------------------------------------------------------


def tokens(text: str) -> set[str]:
    return {t.lower() for t in re.findall(r"[^\W\d_]{3,}[^\W\d_]*", text)}


def prose(lang: str) -> str:
    """Return all that a language file says: its data, and the texts in its expressions that are no names of kinds."""
    tree = syntax(lang)
    compared = {id(c) for compare in tree.find_all(nodes.Compare) for c in compare.find_all(nodes.Const)}
    keys = {id(pair.key) for pair in tree.find_all(nodes.Pair)}
    constants = (c for c in tree.find_all(nodes.Const) if id(c) not in compared | keys and isinstance(c.value, str))
    filters = {id(c) for f in tree.find_all(nodes.Filter) for c in f.find_all(nodes.Const)}
    data = [d.data for d in tree.find_all(nodes.TemplateData)]
    return " ".join([*data, *(c.value for c in constants if id(c) not in filters and "\\" not in c.value)])


ENGLISH = tokens(prose("en")) | tokens(" ".join(word(name).title for name in reasons()))


def test_german_has_no_english_word():
    assert {"differentiate", "checked", "rule"} <= ENGLISH
    assert tokens(prose("de")) & ENGLISH - {"yes"} <= SAME  # yes is what macros tell each other


def read_by_people(page: str) -> str:
    """Return the prose of a Markdown page, also that in its formulas."""
    inside = " ".join(re.findall(r"\\text\{([^{}]*)\}", page))
    return re.sub(r"\$\$.*?\$\$|\$.*?\$", " ", page, flags=re.DOTALL) + " " + inside


@pytest.mark.parametrize("detail", ["brief", "full"])
@pytest.mark.parametrize("name", PROBLEMS)
def test_a_german_page_has_no_english_word(name, detail):
    found = tokens(read_by_people(derive.render(solved(name), lang="de", detail=detail)))
    assert found & ENGLISH <= SAME
    assert found & tokens(prose("de"))


@pytest.mark.parametrize("format", ["markdown", "latex", "tex", "text", "html"])
@pytest.mark.parametrize("name", ["chain", "cases", "softmax"])
def test_a_language_changes_words_and_nothing_else(name, format):
    """The formulas of a page are those of the English one, where it is so wide that no row has to be broken."""
    english, german = (views(solved(name), format, lang=lang, width=400)[0] for lang in ("en", "de"))
    assert [s.kind for s in english.steps] == [s.kind for s in german.steps]
    for ours, theirs in zip(english.steps, german.steps, strict=True):
        spoken, expected = ([(row.lhs, row.relation, row.rhs) for row in step.rows] for step in (theirs, ours))
        for old, new in table_of_words("in_formulas", "de").items():
            expected = [(lhs, relation, re.sub(rf"\b{old}\b", new, rhs)) for lhs, relation, rhs in expected]
        assert spoken == expected


def test_reasons_are_measured_in_the_language_of_the_page():
    def needs(lang: str) -> float:
        view, _ = views(solved("chain"), lang=lang)
        return max(r.width for step in view.steps for row in step.rows for r in row.reasons if not r.about)

    assert needs("de") == ReasonView("Potenzregel", (), "power").width
    assert needs("en") == ReasonView("power rule", (), "power").width


def test_a_view_that_was_stored_is_rendered_in_its_language():
    view, _ = views(solved("chain"), lang="de")
    stored = decode(encode(view))
    assert stored == view
    assert isinstance(stored, View)
    assert render(stored, "markdown") == derive.render(solved("chain"), lang="de")


# Grammar --------------------------------------------------------------------------------------------------------------


def problem(variables: str, derivatives: str = "", **fields: object) -> ProblemView:
    asked = {"kind": "derivative", "order": 1, "at": (), "partial": False, "layout": "numerator", "turned": False}
    names = tuple(variables.split())
    shown = {"function": "y", "formula": "F", "definitions": (), "shapes": (), "wide": False, "tall": False}
    return ProblemView(
        **asked | shown | {"variables": names, "derivatives": tuple(derivatives.split()) or names} | fields
    )


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (problem("x"), "Leite y nach x ab"),
        (problem("x", at=("x = 2",)), "Berechne die Ableitung von y nach x an der Stelle x = 2"),
        (problem("x", order=2), "Berechne die zweite Ableitung von y nach x"),
        (problem("x", order=7, partial=True), "Berechne die 7. partielle Ableitung von y nach x"),
        (problem("x y z", partial=True), "Berechne die partiellen Ableitungen von y nach x, y und z"),
        (problem("x y", "f_xy", order=0, partial=True), "Berechne die partielle Ableitung von y, und zwar f_xy"),
        (problem("x y", "f_xx f_yy", order=2, partial=True),
         "Berechne die partiellen Ableitungen von y, und zwar f_xx und f_yy"),
        (problem("x", kind="gradient"),
         "Berechne den Gradienten von y nach x (Zähler-Layout: ein Gradient ist eine Zeile)"),
        (problem("x y", kind="hessian"), "Berechne die Hesse-Matrix von y nach x und y"),
        (problem("x", kind="jacobian", layout="denominator", turned=True),
         "Berechne die Jacobi-Matrix von y nach x (Nenner-Layout: eine Spalte je Funktion;"
         " gerechnet wird mit Zeilen, am Ende wird transponiert)"),
    ],
)  # fmt: skip
def test_german_tasks(asked, sentence):
    german = words("de")
    assert f"{german.task(asked).strip()} y{german.by(asked, str)}" == sentence


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        ({"points": 8, "error": "1e-12"}, "Jede Zeile an 8 Stellen geprüft, größter relativer Fehler unter 1e-12."),
        ({"points": 1}, "Jede Zeile an einer Stelle geprüft, größter relativer Fehler unter 1e-15."),
        ({"points": 8, "proved": 3}, "Jede Zeile an 8 Stellen geprüft, größter relativer Fehler unter 1e-15;"
         " 3 von 5 Zeilen mit SymPy bewiesen."),
        ({"unchecked": 1}, "1 von 5 Zeilen konnte nicht geprüft werden."),
        ({"unchecked": 2, "sympy_agrees": False}, "2 von 5 Zeilen konnten nicht geprüft werden;"
         " SymPy findet eine andere Ableitung."),
        ({"points": 8, "reads_same": True, "sympy_agrees": True}, "Jede Zeile an 8 Stellen geprüft, größter relativer"
         " Fehler unter 1e-15; latex2sympy2 liest dasselbe; SymPy stimmt zu."),
    ],
)  # fmt: skip
def test_german_evidence(found, sentence):
    nothing = {"points": 0, "error": "1e-15", "digits": 0, "proved": 0, "unchecked": 0, "reads_same": None}
    e = EvidenceView(lines=5, **nothing | {"sympy_agrees": None, "functions": False} | found)
    assert words("de").evidence(e, str) == sentence


def test_what_follows_a_reason_decides_its_words():
    assert r"\text{Kürzen mit }\sin(x^3)" in derive.render(solved("chain"), lang="de")


# Formulas, and real tools ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", OTHERS)
def test_words_in_formulas_are_read_as_what_they_mean(lang):
    solution = solved("cases")
    notation = solution.problem.notation
    spoken = Notation(spellings={**notation.spellings, **table_of_words("in_formulas", lang)})
    with interning(solution.problem.table):
        printed = latex(solution.problem.formula, spoken)
        assert "otherwise" not in printed
        assert read_expression(printed, notation) is solution.problem.formula


def test_german_latex_compiles_with_its_umlauts(tmp_path, pdflatex):
    page = derive.render(solved("chain"), "tex", lang="de")
    assert "geprüft, größter" in page
    (tmp_path / "page.tex").write_text(page, "utf-8")
    command = [pdflatex, "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "Missing character" not in done.stdout


def test_german_html_says_that_it_is_german():
    page = derive.render(solved("chain"), "html", lang="de", graph=True)
    assert '<html lang="de">' in page
    assert "<title>Ableitung von y" in page
    assert "<title>y: der Graph der Rechnung</title>" in page


# A user's words -------------------------------------------------------------------------------------------------------


def folder(tmp_path: Path, **files: str) -> list[Path]:
    (tmp_path / "words").mkdir()
    for lang, text in files.items():
        (tmp_path / "words" / f"{lang}.j2").write_text(text, "utf-8")
    return [tmp_path]


def test_a_users_language_says_in_english_what_it_leaves_out(tmp_path):
    said = '<% set answer = "Réponse" %><% set reasons = {"sin": "sinus"} %>'
    said += "<% macro listed(items, m) %>tout<% endmacro %>"
    page = derive.render(solved("chain"), lang="fr", templates=folder(tmp_path, fr=said))
    assert "**Réponse.**" in page
    assert r"\text{sinus}" in page
    assert r"\text{power rule}" in page
    assert "with respect to tout." in page


def test_a_users_german_stands_on_ours_word_by_word(tmp_path):
    said = '<% set answer = "Antwort" %><% set reasons = {"sin": "der Sinus"} %>'
    said += "<% macro products(s) %>Die Faktoren werden multipliziert<% endmacro %>"
    page = derive.render(solved("chain"), lang="de", templates=folder(tmp_path, de=said))
    ours = derive.render(solved("chain"), lang="de")
    for old, new in [("*Ergebnis.", "*Antwort."), ("{Sinus}", "{der Sinus}"), ("Die Ableitungen w", "Die Faktoren w")]:
        assert ours.count(old) == 1
        ours = ours.replace(old, new)
    assert page == ours


def test_the_files_that_a_view_depends_on(tmp_path):
    ours, (theirs,) = template_folder() / "words", folder(tmp_path, de="", fr="")
    assert tables("en") == ()
    assert tables("de") == (ours / "de.j2",)
    all_of_them = (theirs / "words" / "de.j2", theirs / "words" / "fr.j2")
    assert tables("de", [theirs]) == (*all_of_them, ours / "de.j2")
    assert tables("fr", [theirs]) == tables("en", [theirs]) == all_of_them


@pytest.mark.parametrize("lang", languages())
def test_what_a_user_defines_is_taken_out_of_ours_and_nothing_else(lang):
    ours = (template_folder() / "words" / f"{lang}.j2").read_text("utf-8")
    names = [name for name in vars(words(lang)) if not name.startswith("_")]
    assert len(names) > 20
    for name in names:
        tree = parsed(without(ours, iter([name])))
        macros = {macro.name for macro in tree.body if isinstance(macro, nodes.Macro)}
        assert macros | {a.target.name for a in tree.body if isinstance(a, nodes.Assign)} == set(names) - {name}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n<% macro listed(items %>", r"words/fr\.j2:2"),
        ('\n\n<< "x"|no_such_filter >>', r"words/fr\.j2:3"),
        ('<% set reasons = "none" %>', "reasons in the words of the language fr is no table"),
        ("\n\n<% macro told(notes, m) %><< nothing >><% endmacro %>", r"words/fr\.j2:3.*nothing"),
        ('<% set answer = "".__class__ %>', "__class__"),
    ],
)
def test_a_fault_in_a_users_words_is_told_with_its_place(tmp_path, text, message):
    with pytest.raises(DeriveError, match=message):
        derive.render(solved("notes"), lang="fr", templates=folder(tmp_path, fr=text))


def test_the_command_line_refuses_a_language_before_it_works():
    """In a process of its own, because the command limits the one that it runs in."""
    line = [sys.executable, "-m", "derive", "solve", "y = x^{", "--lang", "xx"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "error[D301]: there are no words for the language xx\n  there are de, en; a file words/xx.j2" in done.stderr


@pytest.mark.parametrize("lang", ["xx", "", "../words/de", "de.j2", "DE"])
def test_a_language_that_there_is_not_is_refused_with_those_that_there_are(lang):
    with pytest.raises(UnsupportedError) as caught:
        derive.render(solved("chain"), lang=lang)
    assert all(name in caught.value.hint for name in languages())
