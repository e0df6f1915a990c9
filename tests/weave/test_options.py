"""Options of blocks: the table, the ways to give them, what they add up to, the configuration of a folder."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive import pipeline
from derive.cli.solve import command as solve_command
from derive.options import FLAVORS, METHODS, OPTIONS, OptionError, table
from derive.planner.choose import METHODS as PLANNER_METHODS
from derive.weave.config import folder_of, read_config
from derive.weave.declared import Declarations
from derive.weave.macros import macros_in, used
from derive.weave.options import KNOWN, combined, read_options
from derive.weave.said import DocumentError, Place, said_in_words
from derive.weave.settings import Settings
from derive.weave.text import lines_of, taken
from derive.writer.flavors import FLAVORS as WRITER_FLAVORS
from tests.weave.fakes import FILES

# The table ------------------------------------------------------------------------------------------------------------

CLICK = {
    name.removeprefix("--"): parameter
    for parameter in solve_command.params
    if isinstance(parameter, click.Option)
    for name in parameter.opts
}


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_an_option_is_that_of_the_command_line(option):
    flag = CLICK[option.name]
    choices = tuple(flag.type.choices) if isinstance(flag.type, click.Choice) else ()
    assert option.choices == choices
    assert flag.multiple == option.several
    assert flag.is_flag == (option.kind == "flag")
    if option.least > 0:
        assert (flag.type.min, flag.type.max) == (option.least, option.most)


def test_no_option_of_the_command_line_is_missing():
    others = {"format", "templates", "output", "o", "-o", "limit", "help"}
    assert CLICK.keys() - others == table(OPTIONS).keys()


def test_lists_are_those_of_the_rooms_that_they_are_about():
    assert tuple(WRITER_FLAVORS) == FLAVORS
    assert set(PLANNER_METHODS) <= {*METHODS}


VALUES = {
    "wrt": "x",
    "let": "a > 0",
    "define": "u = x^2",
    "names": "v",
    "name": "r = x^2 + 1",
    "step": "\\eta",
    "order": "1",
    "at": "x = 2",
    "notation": "standard",
    "macros": "\\newcommand{\\q}{x}",
    "lang": "de",
    "width": "30",
    "reader": "derive",
    "method": "auto",
}


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_the_library_takes_what_a_file_gives(option):
    text = VALUES.get(option.name) or ("yes" if option.kind == "flag" else option.choices[0])
    value = {option.key: option.value([text])}
    asked = {"wrt": "x"} | ({} if option.shown else value)
    solution = pipeline.solve(r"y = \ln(x^2 + 1)", **asked)
    assert pipeline.render(solution, **(value if option.shown else {}))


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("order", ["0"]),
        ("order", ["x"]),
        ("width", ["nan"]),
        ("width", ["1e9"]),
        ("detail", ["Brief"]),
        ("wrt", [" "]),
        ("wrt", ["x", ""]),
        ("oracle", ["maybe"]),
        ("task", ["gradient", "jacobian"]),
    ],
)
def test_a_value_that_an_option_cannot_have(name, texts):
    with pytest.raises(OptionError):
        table(OPTIONS)[name].value(texts)


# Words ----------------------------------------------------------------------------------------------------------------

TEXTS = st.text(st.sampled_from("xy =\\{}'\",^_0"), max_size=8)


def spelled(value, commas):
    """Return a value as it can be written, or None."""
    if value and not set(value) & set(" {'\"},") and "=" not in value[:1]:
        return value
    for before, after in (("'", "'"), ('"', '"')):
        if before not in value:
            return before + value + after
    return None


@given(st.lists(st.tuples(st.sampled_from(["wrt", "let", "log-base"]), TEXTS), max_size=4), st.booleans(), st.data())
def test_what_is_written_is_read(options, commas, data):
    written = [(name, text) for name, value in options if (text := spelled(value, commas)) is not None]
    meant = [(name, value) for name, value in options if spelled(value, commas) is not None]
    separator = data.draw(st.sampled_from([", ", ","] if commas else [" ", "\n", ", "]))
    document = separator.join(f"{name}={text}" for name, text in written)
    said = said_in_words(taken(document, 0, len(document)), Place(document, "a.md"), commas=commas)
    assert [(s.name, s.value) for s in said] == meant
    for s in said:
        assert document.startswith(s.name, s.at)
        assert document.startswith(s.value.strip(), s.starts_at)


@pytest.mark.parametrize("commas", [True, False])
def test_braces_hold_a_value_together(commas):
    document = r"let={\mathbf{x} \in \mathbb{R}^n}, at={f(x), {y}} graph"
    said = said_in_words(taken(document, 0, len(document)), Place(document, "a.md"), commas=commas)
    assert [s.value for s in said] == [r"\mathbf{x} \in \mathbb{R}^n", "f(x), {y}", ""]


@pytest.mark.parametrize("text", ["=x", "wrt=x'y'=z 'a'", "let='a", "let={a", "\\ln x", "wrt='x'let=y", "1=2"])
def test_what_is_no_list_of_options(text):
    with pytest.raises(DocumentError):
        said_in_words(taken(text, 0, len(text)), Place(text, "a.md"))


# YAML and TOML --------------------------------------------------------------------------------------------------------


def in_yaml(text):
    return [(s.name, s.value) for s in Settings(taken(text, 0, len(text)), Place(text, "a.md"), ".yaml").said()]


def in_toml(text):
    return [(s.name, s.value) for s in Settings(taken(text, 0, len(text)), Place(text, "a.md"), ".toml").said()]


def test_values_in_yaml_are_text():
    assert in_yaml("a: on\nb: 010\nc: 2026-01-01\nd: [y, 1e3]\ne: 'it''s'\nf:\n- g: \\R \\to \\R\nh:\n") == [
        ("a", "on"),
        ("b", "010"),
        ("c", "2026-01-01"),
        ("d", "y"),
        ("d", "1e3"),
        ("e", "it's"),
        ("f", "g: \\R \\to \\R"),
        ("h", ""),
    ]
    assert in_yaml("") == in_yaml("# nothing") == []


@pytest.mark.parametrize(
    "text",
    [
        'let: "\\frac{1}{2}"',
        'let: "\\nabla"',
        "a: 1\na: 2",
        "- a",
        "a: {b: {c: {d: {e: {f: 1}}}}}",
        "a: {b: c}",
        "a: !x b",
        "a: &x b",
        "a: *b",
        "a: [",
        "a: 'b",
        "a: b: c",
        "[a]: b",
        "words",
        "{" * 3000,
    ],
)
def test_what_is_refused_in_yaml(text):
    with pytest.raises(DocumentError) as caught:
        in_yaml(text)
    assert caught.value.line


def test_values_in_toml():
    text = "a = 'x'\nb = 10\nc = true\nd = ['\\frac', \"\\\\nabla\"]\ne = '''\ntwo\nlines'''\n[f]\ng = 1\n"
    assert in_toml(text) == [
        ("a", "x"),
        ("b", "10"),
        ("c", "true"),
        ("d", "\\frac"),
        ("d", "\\nabla"),
        ("e", "two\nlines"),
    ]


@pytest.mark.parametrize("text", ['a = "\\frac"', 'a = "\\nabla"', "a = [[1]]", "a =", "a = 1\na = 2"])
def test_what_is_refused_in_toml(text):
    with pytest.raises(DocumentError) as caught:
        in_toml(text)
    assert caught.value.line == text.count("\n") + 1


# What options add up to -----------------------------------------------------------------------------------------------


def test_layers():
    far = {"let": ("a",), "detail": "brief", "wrt": ("x",)}
    near = {"let": ("b",), "wrt": ("y",), "graph": True}
    assert combined(far, near) == {"let": ("a", "b"), "detail": "brief", "wrt": ("y",), "graph": True}


def test_each_option_is_known_by_its_name_with_either_dash():
    document = " ".join(f"{name.replace('-', '_')}" for name, o in KNOWN.items() if o.kind == "flag")
    said = said_in_words(taken(document, 0, len(document)), Place(document, "a.md"))
    assert read_options(said, Place(document, "a.md"), FILES) == {s.name.replace("_", "-"): True for s in said}


DECLARED = [
    r"u = x^2",
    r"\mathbf{w}, \mathbf{x} \in \mathbb{R}^n",
    "f: \\R \\to \\R",
    "v = u + 1",
    "a > 0",
    "a < 9",
    "u = x^3",
]


@pytest.mark.parametrize(
    ("formula", "told"),
    [
        ("y = u", ["u = x^3"]),
        ("y = v", ["v = u + 1", "u = x^3"]),
        ("y = ax", ["a > 0", "a < 9"]),
        ("y = \\alpha", []),
        ("y = \\twice{x}", ["u = x^3"]),
        ("y = \u03b1", ["v = u + 1", "a > 0", "a < 9", "u = x^3"]),
    ],
)
def test_a_formula_is_told_what_it_needs(formula, told):
    found = Declarations(DECLARED).needed([formula], {"\\twice": "\\newcommand{\\twice}[1]{u #1}"})
    silent = [r"\mathbf{w} \in \mathbb{R}^n", r"\mathbf{x} \in \mathbb{R}^n", "f: \\R \\to \\R"]
    assert list(found) == silent + told


def test_macros_are_found_one_by_one():
    text = r"""\newcommand\a{x} % \def\no{x}
\newcommand*{\b}[2][1]{\a #1 {#2}} \def\c#1{\{#1} \let\d=\b
\DeclarePairedDelimiter{\e}{\lvert}{\rvert}\DeclareMathOperator*{\f}{\a} \newcommand{\g}{\undone
"""
    found = {m.name: m.text for m in macros_in(text)}
    assert list(found) == ["\\a", "\\b", "\\c", "\\d", "\\e", "\\f"]
    assert found["\\e"] == r"\DeclarePairedDelimiter{\e}{\lvert}{\rvert}"
    assert list(used(found, [r"\d + \b"])) == ["\\a", "\\b", "\\d"]


@given(st.text(st.sampled_from("a\r\n\u2028\x0b"), max_size=12))
def test_lines_cover_a_document(document):
    lines = lines_of(document)
    assert "".join(document[line.start : line.end] for line in lines) == document
    assert all(not set(document[line.start : line.stop]) & set("\r\n") for line in lines)
    whole = taken(document, 0, len(document))
    assert whole.text == document.replace("\r\n", "\n").replace("\r", "\n")
    for index, sign in enumerate(whole.text):
        assert document[whole.at(index)] == sign or sign == "\n"


# The configuration ----------------------------------------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path):
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "repo" / "docs" / "deep").mkdir(parents=True)
    (tmp_path / "derive.toml").write_text("detail = 'full'\n")
    return tmp_path / "repo"


def test_the_nearest_configuration_holds_up_to_the_repository(repository):
    page = repository / "docs" / "deep" / "page.md"
    assert read_config(page).values == {}
    assert read_config(page).root == repository
    (repository / "pyproject.toml").write_text(
        "[project]\nname = 'x'\n[tool.derive]\nflavor = 'gfm'\nlet = ['a > 0']\n"
    )
    assert read_config(page).values == {"flavor": "gfm", "let": ("a > 0",)}
    (repository / "docs" / "derive.toml").write_text("wrt = 'x'\n[weave]\ndetail = 'brief'\n[build]\nlook = 'exam'\n")
    assert read_config(page).values == {"wrt": ("x",), "detail": "brief"}
    assert read_config(page).file == repository / "docs" / "derive.toml"


def test_outside_of_a_repository_the_folder_of_the_document_counts(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "derive.toml").write_text("detail = 'full'\n")
    assert read_config(tmp_path / "sub" / "page.md").values == {}
    assert read_config(tmp_path / "page.md").values == {"detail": "full"}


def test_files_are_named_relative_to_what_names_them_and_stay_inside(repository):
    (repository / "macros.tex").write_text("\\newcommand{\\q}{x}\n")
    (repository / "docs" / "own.yaml").write_text("log-base: 10\n")
    (repository / "derive.toml").write_text("macros = ['macros.tex', '\\def\\z{y}']\nnotation = 'docs/own.yaml'\n")
    page = repository / "docs" / "page.md"
    assert read_config(page).values == {
        "macros": ("\\newcommand{\\q}{x}\n", "\\def\\z{y}"),
        "notation": str(repository / "docs" / "own.yaml"),
    }
    files = folder_of(page, repository)
    assert files.find("../macros.tex") == repository / "macros.tex"
    (repository / "docs" / "link.tex").symlink_to("/etc/hostname")
    for name in ("../../derive.toml", "/etc/hostname", "link.tex", "absent.tex", "."):
        with pytest.raises(ValueError, match=r"outside|no file"):
            files.find(name)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("flavour = 'gfm'\n", 1, "unknown option"),
        ("a = \n", 1, "no TOML"),
        ("wrt = 'x'\n\n[waeve]\n", 3, "unknown table"),
        ("wrt = 'x'\norder = 99\n", 2, "from 1 to 20"),
        ('let = "\\theta"\n', 1, "backslash in double quotes"),
        ("notation = 'absent.yaml'\n", 1, "no file"),
    ],
)
def test_a_wrong_configuration_is_told_with_its_place(repository, text, line, says):
    (repository / "derive.toml").write_text(text)
    with pytest.raises(DocumentError, match=says) as caught:
        read_config(repository / "page.md")
    assert caught.value.report().startswith(f"{repository / 'derive.toml'}:{line}:")


def test_a_configuration_that_is_no_text(repository):
    Path(repository / "derive.toml").write_bytes(b"a = '\xff'\n")
    with pytest.raises(DocumentError, match="no UTF-8: line 1"):
        read_config(repository / "page.md")
