"""Where templates run: they see plain data, cannot reach Python, and escape the text of the author for their output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any

import jinja2
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from derive.errors import DeriveError
from derive.writer.escape import Output, output, yaml_scalar
from derive.writer.flavors import FLAVORS, Flavor, parted
from derive.writer.frames import frames
from derive.writer.languages import language
from derive.writer.looks import FORMATS, SUFFIXES
from derive.writer.mathml import mathml
from derive.writer.prose import Line, Prose
from derive.writer.records import (
    AnswerView,
    EvidenceView,
    NoteView,
    ProblemView,
    ReasonView,
    Row,
    StepView,
    View,
)
from derive.writer.references import answer_labels, step_labels
from derive.writer.sheet import ExerciseView, Profile, Sheet, halves
from derive.writer.templates import template_folder
from derive.writer.words import WordsLoader

_PLAIN = frozenset(
    {
        View, ProblemView, StepView, Row, ReasonView, AnswerView, EvidenceView, NoteView, Flavor, LoopContext, Sheet,
        ExerciseView, Profile,
    }
)  # fmt: skip
"""What templates read nearly all of their fields from. Its public fields give nothing away."""


class _Sandbox(ImmutableSandboxedEnvironment):
    """The immutable sandbox, with a short way to the fields of plain data."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return what `obj.attribute` means in a template."""
        if type(obj) in _PLAIN and attribute[0] != "_" and hasattr(obj, attribute):
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)


class _Files(jinja2.FileSystemLoader):
    """Loads what a look is made of, and no other file that a folder may hold."""

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """Return the source of a template, its path, and what tells whether it is still so."""
        if not template.endswith(SUFFIXES):
            raise jinja2.TemplateNotFound(template)
        source, path, unchanged = super().get_source(environment, template)

        def is_current() -> bool:
            shadows = (Path(folder, template) for folder in self.searchpath)
            return unchanged() and str(next(filter(Path.is_file, shadows), "")) == str(Path(path))

        return source, path, is_current


@lru_cache(maxsize=32)
def environment(folders: tuple[Path, ...], lang: str, format: str = "", flavor: str = "dollar") -> jinja2.Environment:
    """Return the environment of a language and an output. A user's folder comes first and shadows ours file by file."""
    lang = language(lang, folders)
    files = _Files([*folders, template_folder()])
    made = _Sandbox(
        loader=jinja2.ChoiceLoader([WordsLoader(lang, folders), files]),
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        undefined=jinja2.StrictUndefined,
        auto_reload=bool(folders),  # ours do not change while a program runs
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printer(output(format, flavor)) if format else None,
    )
    made.filters |= {
        "mathml": mathml,
        "entities": _entities,
        "parted": parted,
        "line": _line,
        "yaml": _yaml,
        "halves": halves,
        "frames": frames,
        "step_labels": step_labels,
        "answer_labels": answer_labels,
    }
    made.filters["plain"] = output(format, flavor).bare if format else _refuse
    made.globals |= {"lang": lang, "f": FLAVORS[flavor]}
    return made


def filled(template: str, folders: Sequence[Path], lang: str, flavor: str = "dollar", **values: object) -> str:
    """Return what a template makes of values; the end of its name tells the format: `.md.j2`.

    Raises:
        DeriveError: A template is at fault, or a formula is not one that the output can set.
    """
    try:
        format = FORMATS.get(template.split(".")[-2], "")
        made = environment(tuple(folders), lang, format, flavor)
        return _without_blank_runs(made.get_template(template).render(values))
    except DeriveError:
        raise
    except Exception as fault:  # whatever the code of a template does, its author is told where
        raise template_error(fault, template) from fault


def template_error(fault: Exception, template: str = "") -> DeriveError:
    """Return what is wrong in a template, and where."""
    if isinstance(fault, jinja2.TemplateSyntaxError):
        return DeriveError(f"template {fault.name or template}:{fault.lineno}: {fault.message}")
    places = _places(fault.__traceback__)
    place = f"{places[-1][0]}:{places[-1][1]}" if places else template
    if isinstance(fault, RecursionError):
        place = Counter(name for name, _ in places).most_common(1)[0][0] if places else template
        return DeriveError(f"template {place}: templates that include or call each other without end")
    if isinstance(fault, jinja2.TemplateNotFound):
        hint = "a template is named by its path in a folder of templates, with / between folders and no .."
        return DeriveError(f"template {place}: there is no template {fault.name or ''}", hint=hint)
    return DeriveError(f"template {place}: {str(fault) or type(fault).__name__}")


def _places(traceback: TracebackType | None) -> list[tuple[str, int]]:
    """Return the templates that were running, outermost first, and the line that each was at."""
    found: list[tuple[str, int]] = []
    while traceback is not None:
        name = traceback.tb_frame.f_code.co_filename
        if name.endswith(".j2"):
            found.append((name, traceback.tb_lineno))
        traceback = traceback.tb_next
    return found


def _printer(out: Output) -> Any:
    """Return what writes the value of an expression into the document."""

    def written(value: object) -> object:
        if type(value) is str:  # nearly always
            return value
        if isinstance(value, Prose):
            return out.written(value)
        if isinstance(value, Line):
            return out.lined(value)
        if isinstance(value, (str, int, float, jinja2.Undefined)):
            return value
        raise TypeError(f"{type(value).__name__} is nothing that can be printed; print its parts")

    return written


def _line(text: Prose | Line | str) -> Line:
    """Return text of the author in one line."""
    if isinstance(text, str):
        return Prose(text).line
    return text.line if isinstance(text, Prose) else text


def _yaml(text: Prose | Line | str) -> str:
    """Return text as a scalar of YAML, such as in front matter."""
    line = text.line if isinstance(text, Prose) else text
    return yaml_scalar(line.plain if isinstance(line, Line) else line)


def _refuse(text: object) -> str:
    raise TypeError("this template makes none of the outputs that text of the author can be written for")


def _entities(text: str) -> str:
    """Spell out what Mermaid would take for its own, in a label in quotes."""
    return "".join(c if c.isalnum() or not c.isascii() or c in " ()=+-/,.'" else f"#{ord(c)};" for c in text)


def _without_blank_runs(text: str) -> str:
    """At most one blank line in a row, none at the ends: templates need not count their line ends."""
    lines: list[str] = []
    for line in text.split("\n"):
        stripped = line.rstrip()
        if stripped or (lines and lines[-1]):
            lines.append(stripped)
    return "\n".join(lines).strip("\n") + "\n"
