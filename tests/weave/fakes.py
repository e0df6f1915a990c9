"""An engine that needs no formulas, and documents to weave with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from derive.weave.config import Folder
from derive.weave.model import Failure, Outcome, Request, Woven
from derive.weave.weaving import How, weave

FILES = Folder(Path("/nonexistent"), Path("/nonexistent"))
"""A folder without files."""


class Engine:
    """Solves all but `\\foo`, of which it says where it stands; `seen` are the formulas that it was asked for."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    @property
    def seen(self) -> list[str]:
        return [request.latex for request in self.requests]

    def __call__(self, requests: Sequence[Request]) -> list[Outcome]:
        self.requests += requests
        return [_outcome(request) for request in requests]


def _outcome(request: Request) -> Outcome:
    wrong = re.search(r"\\foo", request.latex)
    if wrong:
        return Failure("D101", r"unknown command \foo", "", request.latex, *wrong.span())
    size = len(request.latex) + sum(map(len, map(str, request.options.values())))
    if request.format == "latex":
        return f"\\noindent\\textbf{{Problem.}} Of size {size}.\n\\[ {size} \\]\n"
    return f"**Problem.** Of size {size}.\n\n$$\n\\begin{{aligned}}\nx &= {size} \\\\\n - y\n\\end{{aligned}}\n$$\n"


def woven(document: str, name: str = "notes.md", how: How | None = None, engine: Engine | None = None) -> Woven:
    return weave(document, Path(name), engine or Engine(), FILES, how)
