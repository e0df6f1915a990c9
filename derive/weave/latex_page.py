r"""LaTeX: solutions go to files beside the document, which names them.

For notes.tex they are in the folder `notes.derive`. Those of `derive` environments are found through an index by what
the environments hold, those of displays through an `\input` below the display.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from derive.weave.edits import Edit, edited, newline_of
from derive.weave.latex import is_numbered
from derive.weave.markers import digest_of_result
from derive.weave.model import Block
from derive.weave.work import Job

_HEADER = re.compile(r"% derive:made (?P<made_from>[0-9a-f]{12}) (?P<made>[0-9a-f]{12}) [^\n]*\n")
_ROOT = re.compile(r"^[ \t]*%+[ \t]*!TEX[ \t]+root[ \t]*=[ \t]*(\S[^\r\n]*?)[ \t]*$", re.IGNORECASE | re.MULTILINE)
_HEAD = 4_000
"""In so many characters at its beginning a document says what its root is."""

_INDEX = "index"
_INDEX_HEADER = "% derive:index of "


@dataclass(frozen=True, slots=True)
class SideFile:
    """A file beside a document from an earlier time."""

    name: str
    text: str
    made_from: str
    edited: bool


def side_files_of(beside: Mapping[str, str]) -> list[SideFile]:
    """Return those of some files, texts by names, that hold a solution."""
    found = []
    for name, text in beside.items():
        header = _HEADER.match(text.replace("\r\n", "\n"))
        if header:
            body = text.replace("\r\n", "\n")[header.end() :]
            found.append(SideFile(name, body, header["made_from"], digest_of_result(body) != header["made"]))
    return found


def folder_beside(path: Path) -> str:
    """Return the name of the folder for the solutions of a document."""
    return f"{path.stem}.derive"


def root_of(document: str) -> str:
    """Return the file that TeX is run on, relative to a document that is a part of it; "" for the document itself."""
    found = _ROOT.search(document, 0, _HEAD)
    return found[1].replace("\\", "/") if found else ""


def is_removable(text: str) -> bool:
    """Tell whether a file beside a document is ours, and nobody changed it."""
    header = _HEADER.match(text)
    if header is None:
        return text.startswith(_INDEX_HEADER)
    return digest_of_result(text[header.end() :]) == header["made"]


def names_of(blocks: Sequence[Block], labels: Sequence[str], folder: str) -> list[str]:
    """Return names for the files of blocks: the label, or what is there already, or a number."""
    taken = {_INDEX}
    names = [""] * len(blocks)
    for i, (block, label) in enumerate(zip(blocks, labels, strict=True)):
        earlier = PurePosixPath(block.earlier.name) if block.earlier else None
        found = earlier.stem if earlier and earlier.parent.name == folder else ""
        wanted = re.sub(r"[^A-Za-z0-9_-]", "-", label) or (found if re.fullmatch(r"[A-Za-z0-9_-]+", found) else "")
        if wanted and wanted.lower() not in taken:
            names[i] = wanted
            taken.add(wanted.lower())
    numbers = (str(n) for n in range(1, 2 * len(blocks) + 2) if str(n) not in taken)
    return [name or next(numbers) for name in names]


@dataclass(frozen=True, slots=True)
class LatexPage:
    """A document, and how solutions are put beside it; without `markers` it names the file of each of them itself."""

    document: str
    path: Path
    markers: bool

    def woven(self, jobs: Sequence[Job], beside: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """Return the document, and the files in the folder beside it, of which some are there."""
        folder = folder_beside(self.path)
        names = names_of(
            [job.block for job in jobs], [job.request.label if job.request else "" for job in jobs], folder
        )
        files: dict[str, str] = {}
        edits: list[Edit] = []
        within = self.from_root()
        for job, name in zip(jobs, names, strict=True):
            file = f"{folder}/{name}.tex"
            if job.text is not None:
                files[file] = self.side_text(job, job.text, beside.get(file, ""))
                edits += self.edits(job, f"\\input{{{within}{file}}}")
            elif job.block.earlier and file in beside:
                files[file] = beside[file]
        if self.markers and (index := self.index(jobs, names)):
            files[f"{folder}/{_INDEX}.tex"] = index
        return edited(self.document, edits), files

    def from_root(self) -> str:
        """Return the way from the folder that TeX runs in to that of the document: empty, or ending with a slash."""
        root = root_of(self.document)
        if not root:
            return ""
        here = os.path.abspath(self.path.parent)
        way = os.path.relpath(here, os.path.join(here, os.path.dirname(root))).replace(os.sep, "/")
        return "" if way == "." else f"{way}/"

    def side_text(self, job: Job, text: str, there: str) -> str:
        """Return the file of a solution: the one that is there, if it holds the same."""
        header = _HEADER.match(there)
        if header and there[header.end() :] == f"{text}\n":
            return there
        made = digest_of_result(text)
        return f"% derive:made {job.made_from} {made} from {self.path.name}: weave that again to change this\n{text}\n"

    def index(self, jobs: Sequence[Job], names: Sequence[str]) -> str:
        """Return the file by which the style file finds the solutions of environments, "" if there are none."""
        entries = [
            f"\\DeriveSolution{{{job.block.head}}}{{{job.block.body}}}{{{'' if job.text is None else name}}}%\n"
            for job, name in zip(jobs, names, strict=True)
            if job.block.form == "environment" and (job.text is not None or job.skip)
        ]
        return (
            "".join([f"{_INDEX_HEADER}{self.path.name}: weave that again to change this\n", *entries])
            if entries
            else ""
        )

    def edits(self, job: Job, naming: str) -> list[Edit]:
        """Return what changes in the document for a block, with what names the file of its solution."""
        block = job.block
        if block.form == "environment":
            return [] if self.markers else [Edit(block.start, block.stop, naming)]
        newline = newline_of(self.document, block.start)
        lines = ["% derive:begin", naming, "% derive:end"] if self.markers else [naming]
        text = newline.join(block.prefix + line for line in lines)
        if block.earlier:
            return [Edit(block.earlier.start, block.earlier.stop, text)]
        return [Edit(block.stop, block.stop, newline + text)]


def with_formula(job: Job, text: str) -> str:
    """Return the solution of a block as paragraphs of their own.

    That of an environment has its formula above it, where that is to be seen.
    """
    text = f"\\par\\smallskip\n{text}\n\\par\\smallskip"
    formula = job.block.formula.text
    if job.block.form != "environment" or not (job.follows or is_numbered(formula)):
        return text
    if formula.startswith((r"\begin", r"\[", "$$")):
        return f"{formula}\n\n{text}"
    name = "equation" if is_numbered(formula) else "equation*"
    return f"\\begin{{{name}}}\n{formula}\n\\end{{{name}}}\n\n{text}"
