r"""LaTeX: solutions go to files beside the document, which names them.

For notes.tex they are in the folder `notes.derive`. Those of `derive` environments are found through an index by what
the environments hold, those of displays through an `\input` below the display.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path, PurePosixPath

from derive.weave.edits import Edit, edited, newline_of
from derive.weave.latex import as_tex_sees, is_numbered
from derive.weave.markers import digest_of_result
from derive.weave.model import Block
from derive.weave.work import Job

_HEADER = re.compile(r"% derive:made (?P<made_from>[0-9a-f]{12}) (?P<made>[0-9a-f]{12}) [^\n]*\n")
_ROOT = re.compile(r"^[ \t]*%+[ \t]*!TEX[ \t]+root[ \t]*=[ \t]*(\S[^\r\n]*?)[ \t]*$", re.IGNORECASE | re.MULTILINE)
_HEAD = 4_000
"""In so many characters at its beginning a document says what its root is."""

_INDEX = "index"
_INDEX_HEADER = "% derive:index of "
_SOLUTION = "\\DeriveSolution{"


@dataclass(frozen=True, slots=True)
class SideFile:
    """A solution beside a document from an earlier time. One without our first line counts as edited."""

    name: str
    text: str
    made_from: str
    edited: bool


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


def as_tex_finds(block: Block) -> tuple[str, str]:
    """Return by what TeX tells an environment from others."""
    return as_tex_sees(block.head), as_tex_sees(block.body)


class Beside:
    """The folder beside a document, with what is in it from an earlier time: texts by names relative to the document.

    Its solutions are found by their names without folder and suffix, and by the hashes of what they were made from.
    """

    def __init__(self, path: Path, texts: Mapping[str, str]) -> None:
        self.folder, self.texts = folder_beside(path), texts
        self.index: dict[str, str] = {}
        for entry in texts.get(self.path_of(_INDEX), "").split(_SOLUTION)[1:]:
            block, _, name = entry.rpartition("{")
            self.index.setdefault(block, name.partition("}")[0])
        files = {PurePosixPath(name).stem: _side_file(name, text) for name, text in texts.items()}
        self.by_name = {stem: file for stem, file in files.items() if stem != _INDEX}
        self.by_source = {file.made_from: file for file in self.by_name.values() if file.made_from}

    def path_of(self, name: str) -> str:
        """Return the file of a name."""
        return f"{self.folder}/{name}.tex"

    def named(self, block: Block) -> str:
        """Return the name that the document, or the index, has for the file of a block; "" if there is none."""
        if block.form == "environment":
            return self.index.get(_in_index(block), "")
        path = PurePosixPath(block.earlier.name if block.earlier else "")
        return path.name.removesuffix(".tex") if path.parent.name == self.folder else ""

    def kept(self, jobs: Sequence[Job]) -> list[str]:
        """Return the names of the files that blocks keep for which there is no new solution, "" for the others."""
        made = {as_tex_finds(job.block) for job in jobs if job.block.form == "environment" and job.text is not None}
        names = []
        for job in jobs:
            name = self.named(job.block)
            if job.block.form == "environment":
                same = self.by_source.get(job.made_from)
                name = PurePosixPath(same.name).stem if same and same.edited else name
                name = "" if job.skip or as_tex_finds(job.block) in made else name
            names.append(name if job.text is None and name in self.by_name else "")
        return names

    def names(self, jobs: Sequence[Job], kept: Sequence[str], *, again: bool) -> list[str]:
        """Return names for the files of solutions: the one that is kept, the label, what is there already, or a number.

        No other solution takes the place of a file that is kept or was changed by hand; of the latter, unless `again`.
        """
        edited = [name for name, file in self.by_name.items() if file.edited and not (again and file.made_from)]
        taken = {name.lower() for name in (_INDEX, *edited, *kept)}
        names = list(kept)
        for i, job in enumerate(jobs):
            label, found = job.request.label if job.request else "", self.named(job.block)
            wanted = re.sub(r"[^A-Za-z0-9_-]", "-", label) or (found if re.fullmatch(r"[A-Za-z0-9_-]+", found) else "")
            if wanted and not names[i] and wanted.lower() not in taken:
                names[i] = wanted
                taken.add(wanted.lower())
        numbers = (number for n in count(1) if (number := str(n)) not in taken)
        return [name or next(numbers) for name in names]


def _side_file(name: str, text: str) -> SideFile:
    header = _HEADER.match(text)
    if header is None:
        return SideFile(name, text, "", edited=True)
    body = text[header.end() :]
    return SideFile(name, body, header["made_from"], edited=digest_of_result(body) != header["made"])


def _in_index(block: Block) -> str:
    """Return how the index writes an environment, before the name of its file."""
    return f"{block.head}}}{{{block.body}}}"


@dataclass(frozen=True, slots=True)
class LatexPage:
    """A document, and how solutions are put beside it; without `markers` it names the file of each of them itself."""

    document: str
    path: Path
    markers: bool

    def woven(self, jobs: Sequence[Job], beside: Beside, *, again: bool) -> tuple[str, dict[str, str]]:
        """Return the document, and the files in the folder beside it, of which some are there."""
        kept = beside.kept(jobs)
        names = beside.names(jobs, kept, again=again)
        files: dict[str, str] = {}
        edits: list[Edit] = []
        entries: list[str] = []
        within = self.from_root()
        for job, left, name in zip(jobs, kept, names, strict=True):
            file = beside.path_of(name)
            if job.text is not None:
                files[file] = self.side_text(job, job.text, beside.texts.get(file, ""))
                edits += self.edits(job, f"\\input{{{within}{file}}}")
            elif left:
                files[file] = beside.texts[file]
            if job.block.form == "environment" and (job.text is not None or left or job.skip):
                entries.append(f"{_SOLUTION}{_in_index(job.block)}{{{'' if job.skip else name}}}%\n")
        if self.markers and entries:
            first = f"{_INDEX_HEADER}{self.path.name}: weave that again to change this\n"
            files[beside.path_of(_INDEX)] = "".join([first, *entries])
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
