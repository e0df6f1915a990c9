"""What holds for the project as a whole: its source, its packaging, its start."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from derive.writer.templates import template_folder

ROOT = Path(__file__).parent.parent
SOURCES = {str(file.relative_to(ROOT)): ast.parse(file.read_text("utf-8")) for file in (ROOT / "derive").rglob("*.py")}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

CALLED_NEVER = {"eval", "exec", "compile", "__import__"}
NAMED_NEVER = {"sympify", "parse_expr", "lambdify"}
IMPORTED_NEVER = {"pickle", "marshal", "shelve", "dill", "ctypes"}

LAZY_IMPORTS = {
    ("derive/__init__.py", "derive"),  # the pipeline
    ("derive/__init__.py", "derive.weave"),  # the magics of notebooks
    ("derive/checker/precise.py", "mpmath"),
    ("derive/derivation.py", "derive.expr.sympy_bridge"),
    ("derive/expr/numeric.py", "mpmath"),
    ("derive/pipeline.py", "derive.expr.proofs"),
    ("derive/pipeline.py", "derive.oracle"),
    ("derive/pipeline.py", "derive.reader.notation_file"),
    ("derive/pipeline.py", "derive.second"),
    ("derive/problems/session.py", "derive.problems.build"),  # the templates
    ("derive/problems/session.py", "derive.problems.reading"),  # PyYAML
    ("derive/planner/simplify.py", "derive.expr.sympy_bridge"),
}
"""Where heavy libraries enter: (file, module imported inside a function). In `cli`, what one command alone needs."""


def offences(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in CALLED_NEVER:
                yield name
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name) if name in NAMED_NEVER:
                yield name
            case ast.alias(name=name) if name.partition(".")[0] in IMPORTED_NEVER:
                yield name
            case ast.ImportFrom(module=str(name)) if name.partition(".")[0] in IMPORTED_NEVER:
                yield name
            case ast.keyword(arg="shell"):
                yield "shell="


@pytest.mark.parametrize("path", SOURCES)
def test_source_executes_no_text(path):
    assert not list(offences(SOURCES[path]))


@pytest.mark.parametrize(
    "text",
    ["eval(x)", "import pickle", "from pickle import loads", "sympy.lambdify(x, e)", "run(x, shell=True)",
     "from sympy import sympify", "f = sympy.parse_expr"],
)  # fmt: skip
def test_offences_are_seen(text):
    assert list(offences(ast.parse(text)))


def is_table(function: ast.FunctionDef) -> bool:
    """Names and one value: such a function may be as long as its table has rows."""
    return all(isinstance(part, ast.Expr | ast.Assign | ast.FunctionDef | ast.Return) for part in function.body)


@pytest.mark.parametrize("path", SOURCES)
def test_functions_are_short(path):
    functions = [f for f in ast.walk(SOURCES[path]) if isinstance(f, FUNCTIONS) and not is_table(f)]
    assert not {f.name: n for f in functions if (n := f.end_lineno - f.lineno + 1) > 60}


@pytest.mark.parametrize("path", SOURCES)
def test_files_are_short(path):
    assert len((ROOT / path).read_text("utf-8").splitlines()) <= 450


def imported(node: ast.AST) -> set[str]:
    return {
        name
        for part in ast.walk(node)
        for name in (
            [alias.name for alias in part.names]
            if isinstance(part, ast.Import)
            else [str(part.module)]
            if isinstance(part, ast.ImportFrom)
            else []
        )
    }


def test_imports_inside_functions_are_the_documented_ones():
    found = {
        (path, name)
        for path, tree in SOURCES.items()
        if not path.startswith("derive/cli/")
        for function in ast.walk(tree)
        if isinstance(function, FUNCTIONS)
        for name in imported(function)
    }
    assert found == LAZY_IMPORTS


@pytest.mark.parametrize("path", sorted(SOURCES.keys() - {"derive/__init__.py"}))
def test_no_module_imports_from_the_package_root(path):
    nodes = ast.walk(SOURCES[path])
    names = {alias.name for n in nodes if isinstance(n, ast.ImportFrom) and n.module == "derive" for alias in n.names}
    assert names <= {"__version__"}


def test_templates_are_found_from_a_checkout():
    assert template_folder() == ROOT / "templates"
    assert list(template_folder().rglob("*.j2"))


HEAVY = "{'sympy', 'numpy', 'mpmath', 'latex2sympy2'} & sys.modules.keys()"
START = f"""
import sys
sys.argv[0] = "derive"
from derive.cli import main
try:
    main()
except SystemExit as done:
    assert not done.code, done.code
sys.exit(", ".join({HEAVY}) or 0)
"""


def run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["solve", "--help"]])
def test_a_question_about_the_program_imports_no_heavy_library(arguments):
    done = run(sys.executable, "-c", START, *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_the_library_imports_no_heavy_library():
    done = run(sys.executable, "-c", f"import sys, derive; sys.exit(', '.join({HEAVY}) or 0)")
    assert done.returncode == 0, done.stderr


def commands(file: Path) -> list[str]:
    lines = file.read_text("utf-8").splitlines()
    return [line for line in lines if line.startswith(("derive solve ", "derive parse ")) and "--help" not in line]


@pytest.mark.parametrize("line", commands(ROOT / "README.md"))
def test_commands_of_the_readme_run(line, tmp_path):
    words = shlex.split(line, comments=True)
    done = run(sys.executable, "-m", *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout or list(tmp_path.iterdir())


DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "bench").glob("*.md")]
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
FILE = re.compile(r"`((?:derive|templates|samples|bench|tests|docs)/[\w./-]*)`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_name_what_is_there(document):
    text = document.read_text("utf-8")
    named = [document.parent / link for link in LINK.findall(text)] + [ROOT / file for file in FILE.findall(text)]
    assert not [str(path) for path in named if not path.exists()]
