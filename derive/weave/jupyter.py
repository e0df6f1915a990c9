r"""Magics for notebooks, which `%load_ext derive` loads.

    %%derive wrt=x detail=brief
    y = \ln(\sin(x^3)^2)

shows the solution. `%derive lang=de` sets options for all cells that are run later; `%derive` alone forgets them.
"""

from __future__ import annotations

import atexit
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

from derive.options import Value
from derive.weave.given import headed, values_of, worked_out
from derive.weave.library import Weaver
from derive.weave.options import Values, combined
from derive.weave.said import DocumentError, Place, said_in_words
from derive.weave.text import taken

_LINE, _CELL = "%derive ", "%%derive "


class CellError(DocumentError):
    """What is wrong with a cell. A notebook shows the report, without a traceback, and stops."""

    @classmethod
    def of(cls, error: DocumentError) -> CellError:
        """Return an error as one of a cell."""
        shown = cls(error.message, error.span, error.hint, error.source, error.file)
        shown.code = error.code
        return shown

    def _render_traceback_(self) -> list[str]:
        return self.report().split("\n")


@dataclass(frozen=True, slots=True)
class CellSolution:
    """A solution, which a notebook shows as Markdown: so does every notebook, and what makes pages and PDF of them."""

    markdown: str

    def _repr_markdown_(self) -> str:
        return self.markdown

    def __repr__(self) -> str:
        return self.markdown


@magics_class
class DeriveMagics(Magics):
    """The magics of one notebook, which remember the options that were set."""

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self.weaver: Weaver | None = None
        self.defaults: Values = {}

    @no_var_expand
    @line_cell_magic
    def derive(self, line: str, cell: str | None = None) -> CellSolution | None:
        r"""Work out the formula in a cell, and show the solution.

            %%derive wrt=x detail=brief
            y = \ln(\sin(x^3)^2)

        On a line of its own, %derive sets options for the cells that are run later, such as %derive lang=de or
        %derive let='a > 0'; without any it forgets those that were set.
        """
        try:
            if cell is not None:
                return self.solution(line, cell)
            values = self.options(line)
            self.defaults = combined(self.defaults, values) if values else {}
            return None
        except DocumentError as error:
            raise CellError.of(error) from None

    def options(self, line: str) -> dict[str, Value]:
        """Return the values of the options in a line.

        Raises:
            DocumentError: They cannot be read.
        """
        text = f"{_LINE}{line}"
        place = Place(text, "cell")
        return values_of(said_in_words(taken(text, len(_LINE), len(text)), place), place, Path.cwd())

    def solution(self, line: str, cell: str) -> CellSolution | None:
        """Return the solution of a formula; None if it is to be left alone.

        Raises:
            DocumentError: There is none.
        """
        text = f"{_CELL}{line}\n{cell}"
        head = len(_CELL) + len(line)
        info, body = taken(text, len(_CELL), head), taken(text, head + 1, len(text))
        given = headed(Place(text, "cell"), info, body, below=self.defaults)
        self.weaver = self.weaver or Weaver(flavor="dollar")
        try:
            (job,) = worked_out(self.weaver, [given], Path.cwd())
        except KeyboardInterrupt:
            self.close()  # what is at work is ended too
            raise
        if job.fault is not None:
            raise job.fault
        return CellSolution(job.text) if job.text is not None else None

    def close(self) -> None:
        """End the processes that work formulas out."""
        if self.weaver is not None:
            self.weaver.close()
            self.weaver = None


def load(shell: Any) -> None:
    """Register the magics with an IPython shell."""
    magics = DeriveMagics(shell)
    shell.register_magics(magics)
    atexit.register(magics.close)
