r"""An extension for Sphinx: the directive `derive`, in reStructuredText and, through MyST, in Markdown.

    .. derive:: wrt=x                ```{derive} wrt=x
       :label: slope                 :label: slope

       y = \sin(x^2)                 y = \sin(x^2)
                                     ```

A directive without a formula declares what holds for those below it in its file: `.. derive:: let='a > 0'`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from docutils.parsers.rst import Parser
from docutils.utils import new_document
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from derive.errors import DeriveError
from derive.options import OPTIONS, table
from derive.weave.config import folder_of, read_config
from derive.weave.front import front_matter
from derive.weave.model import Block, Declaration, Failure
from derive.weave.options import DECLARING, combined, read_options
from derive.weave.said import DocumentError, Place, Said, said_in_words
from derive.weave.session import Options, stamp
from derive.weave.site import nearby, options_of, shared
from derive.weave.text import Text, lines_of
from derive.weave.weaving import FORMATS, located
from derive.weave.work import Around, Job, Jobs
from derive.writer.languages import languages

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_log = logging.getLogger(__name__)
_ANSWERS = ".. container:: derive-answer\n"
_DISPLAY = re.compile(r"^( *)\.\. math::$", re.MULTILINE)


class _AnyOption(dict[str, Any]):
    """Lets all options through as they are written: what is wrong with one is told with its place, and a remedy."""

    def __bool__(self) -> bool:
        return True

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, name: str) -> Callable[[str | None], str]:
        return lambda text: text or ""


class DeriveDirective(SphinxDirective):
    """A formula, replaced by its solution. An error is a warning of Sphinx, so `-W` makes it fail."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = _AnyOption()

    def run(self) -> list[nodes.Node]:
        """Return the solution, or the directive as it is written."""
        source, line = self.get_source_info()
        self.place, self.start, self.known = self.placed(Path(source), line)
        try:
            return self.solution()
        except DeriveError as error:
            self.tell(error, line)
            return [nodes.literal_block(self.block_text, self.block_text)]

    def tell(self, error: DeriveError, line: int) -> None:
        """Warn of something, with its own place where that is one in a file, else with that of the directive."""
        says, where = error.report(), f"{self.place.name}:{line}"
        if isinstance(error, DocumentError) and error.line:
            place = f"{error.file}:{error.line}:{error.column}"
            says = says.removeprefix(f"{place}: ").removeprefix("warning: ")
            where = place if self.known or error.file != self.place.name else where
        _log.warning(says, location=where, type="derive")

    def placed(self, path: Path, line: int) -> tuple[Place, int, bool]:
        """Return the file that the directive stands in, its offset there, and whether that is so.

        It is not in a notebook, or where an extension has made up the text: then the content stands for the file.
        """
        name = str(nearby(path))
        try:
            text = path.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError):
            text = ""
        start = sum(len(before) for before in text.splitlines(keepends=True)[: line - 1])
        if all(text.find(row, start) >= 0 for row in self.content):
            return Place(text, name), start, True
        return Place("\n".join(self.content), name), 0, False

    def solution(self) -> list[nodes.Node]:
        """Return the solution; nothing for a declaration.

        Raises:
            DeriveError: There is none.
        """
        said, formula, makes = self.said(), self.formula(), self.jobs()
        if not formula.text:
            self.declare(makes, said)
            return []
        job = makes.job(Block("fence", formula, formula.starts[0], formula.at(len(formula.text)), said))
        if job.skip:
            return [nodes.literal_block(formula.text, formula.text)]
        if job.fault is not None or job.request is None:
            raise job.fault or self.place.error(self.start, "this cannot be worked out")
        outcome = shared().solved(job.request)[0]
        if isinstance(outcome, Failure):
            raise located(job, outcome, self.place)
        job.text = outcome
        if (warning := job.warning(self.place)) is not None:
            self.tell(warning, self.get_source_info()[1])
        return self.shown(outcome, job)

    def declare(self, makes: Jobs, said: tuple[Said, ...]) -> None:
        """Take over what holds from here on."""
        if not said or any(s.name not in DECLARING for s in said):
            hint = f"only {', '.join(sorted(DECLARING))} can be said without one"
            raise self.place.error(self.start, "a formula is wanted below the options", hint)
        fault = makes.declare(Declaration(self.start, said))
        if fault is not None:
            raise fault

    def formula(self) -> Text:
        """Return the content, with the places of its lines: it was taken out of what it is indented by."""
        starts: list[int] = []
        at = self.start
        for line in self.content:
            at = max(at, self.place.text.find(line, at))
            starts.append(at)
            at += len(line)
        return Text("\n".join(self.content), tuple(starts or [self.start])).stripped()

    def said(self) -> tuple[Said, ...]:
        """Return the options: those of the first line, and those with colons, of which one may have several lines."""
        said: list[Said] = []
        if self.arguments:
            at = max(self.start, self.place.text.find(self.arguments[0], self.start))
            said += said_in_words(Text(self.arguments[0], (at,) * (self.arguments[0].count("\n") + 1)), self.place)
        several = {name for name, option in table(OPTIONS).items() if option.several}
        for name, value in self.options.items():
            at = max(self.start, self.place.text.find(f"{name}:", self.start))
            for text in value.splitlines() if name in several else [value]:
                said.append(Said(name, text, at, max(at, self.place.text.find(text, at))))
        return tuple(said)

    def jobs(self) -> Jobs:
        """Return what settles the options, which knows what was declared further up in the same file."""
        known: dict[Path, Jobs] = self.env.temp_data.setdefault("derive", {})
        path = Path(self.place.name)
        if path not in known:
            config = read_config(path, self.note)
            files = folder_of(path, config.root, self.note)
            given = options_of(self.given(), Path(self.env.srcdir, "conf.py"))
            below = combined(config.values, given, read_options(self.front(), self.place, files))
            known[path] = Jobs(self.place, files, Around(below, {}, "rst", "", ""))
        known[path].place = self.place
        return known[path]

    def note(self, file: Path) -> None:
        """Have the page read again when a file changes."""
        if file.is_file():
            self.env.note_dependency(str(file))

    def given(self) -> dict[str, Any]:
        """Return the options of conf.py. The words are in the language of the book, if there are such."""
        lang = self.config.language
        return {"lang": lang if lang in languages() else None, **self.config.derive_options}

    def front(self) -> list[Said]:
        """Return the options in the front matter of a page in Markdown."""
        if FORMATS.get(Path(self.place.name).suffix.lower()) != "markdown":
            return []
        return front_matter(self.place.text, lines_of(self.place.text), self.place)[1]

    def shown(self, text: str, job: Job) -> list[nodes.Node]:
        """Return a solution as nodes: it is reStructuredText, whatever the page is."""
        assert job.request is not None
        label = job.request.label
        document = new_document(self.place.name, self.state.document.settings)
        Parser().parse(_labelled(text, label) if label else text, document)
        whole = nodes.container("", *document.children, classes=["derive"])
        for node in whole.findall(nodes.Element):
            self.set_source_info(node)
        if label:
            self.options["name"] = label
            self.add_name(whole)
        formula = job.block.formula.text
        return [nodes.literal_block(formula, formula), whole] if job.follows else [whole]


def _labelled(text: str, label: str) -> str:
    """Return a solution whose answers are equations that can be referred to: `label`, and with more `label-2`, ..."""
    working, mark, answers = text.partition(_ANSWERS)
    numbers = count(1)

    def numbered(found: re.Match[str]) -> str:
        number = next(numbers)
        return f"{found[0]}\n{found[1]}   :label: {label if number == 1 else f'{label}-{number}'}"

    return working + mark + _DISPLAY.sub(numbered, answers)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive with Sphinx."""
    app.add_config_value("derive_options", {}, "env", [dict])
    app.add_config_value("derive_stamp", stamp(Options()), "env", [str])  # another derive: pages are read again
    app.add_directive("derive", DeriveDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
