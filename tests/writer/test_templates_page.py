"""The page on templates: the records in it are those of the code, and what it shows to do works."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from derive.pipeline import solve, views
from derive.writer import records, sheet
from derive.writer.looks import looks
from derive.writer.prose import Prose
from derive.writer.sheets import render_problem
from derive.writer.templates import template_folder

PAGE = Path(__file__).parents[2] / "docs" / "templates.md"
SHEET = ("Sheet", "ExerciseView", "Profile")
SOLUTION = (
    "View",
    "ProblemView",
    "StepView",
    "Row",
    "ReasonView",
    "AnswerView",
    "Convention",
    "EvidenceView",
    "NoteView",
)
GRAPH = ("Graph", "Node", "Edge", "Formula", "Size")

HEAD = Path(__file__).with_name("templates.md").read_text()

EXAMPLE = """<% import "markdown/parts.j2" as parts %>
**<< problem.title|line >>** << problem.statement >>

<% if problem.view and sheet.profile.answers %>
<< parts.answer(problem.view) >>
<% endif %>
"""


def classes(module: ModuleType) -> dict[str, ast.ClassDef]:
    tree = ast.parse(inspect.getsource(module))
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


def fields(node: ast.ClassDef) -> Iterator[tuple[str, str, str]]:
    """Yield the fields and properties of a record: name, type, and what is said of it."""
    for item, after in zip(node.body, [*node.body[1:], None], strict=True):
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            said = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
            yield item.target.id, ast.unparse(item.annotation), str(said)
        elif isinstance(item, ast.FunctionDef) and any(ast.unparse(d) == "property" for d in item.decorator_list):
            yield item.name, ast.unparse(item.returns) if item.returns else "", ast.get_docstring(item) or ""


def table(node: ast.ClassDef) -> str:
    rows = [
        f"| `{name}` | `{kind.replace('|', 'or')}` | {' '.join(said.split())} |" for name, kind, said in fields(node)
    ]
    words = " ".join((ast.get_docstring(node) or "").split())
    return "\n".join([f"#### {node.name}", "", words, "", "| field | type | |", "|---|---|---|", *rows, ""])


def page() -> str:
    parts = [HEAD.replace("{example}", EXAMPLE)]
    for title, names, module in (
        ("A sheet", SHEET, sheet),
        ("A solution", SOLUTION, records),
        ("A graph", GRAPH, records),
    ):
        known = classes(module)
        parts += [f"### {title}\n", *(table(known[name]) for name in names)]
    return "\n".join(parts).rstrip() + "\n"


def test_the_page_lists_the_records(golden: Callable[[Path, str], None]) -> None:
    golden(PAGE, page())


def test_the_page_knows_all_records() -> None:
    public = {name for module in (records, sheet) for name in classes(module) if not name.startswith("_")}
    assert public == {*SHEET, *SOLUTION, *GRAPH}


def test_the_example_is_a_look(tmp_path: Path) -> None:
    (tmp_path / "short").mkdir()
    (tmp_path / "short" / "problem.md.j2").write_text(EXAMPLE)
    assert looks([tmp_path])["short"].per_problem
    view, graph = views(solve("y = x^2", wrt="x"))
    words = (Prose("A *square*"), Prose("Of what?"), Prose(""))
    problem = sheet.ExerciseView("p", "1", *words, "", (), words[2], (), words[2], view, graph, ())
    one = sheet.Sheet("s", *words[:1] * 5, "", "", "en", sheet.PROFILES["answers"], (problem,))
    text = render_problem(one, problem, "short", "markdown", folders=[tmp_path])
    assert text.startswith(r"**A \*square\*** Of what?")
    assert "2x" in text


@pytest.mark.parametrize("look", sorted(looks()))
def test_each_look_has_a_folder(look: str) -> None:
    assert (template_folder() / look).is_dir()
