r"""A filter for pandoc: in its tree of a document, code blocks of the class `derive` become their solutions.

    ```{.derive wrt=x detail=brief}
    y = \ln(\sin(x^3)^2)
    ```

A comment `<!-- derive: wrt=x -->` before a display works too, and one that only declares holds for what is below it. A
solution is Markdown: pandoc itself reads it, all of them in one go.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from derive.errors import OutputError
from derive.options import Value
from derive.weave.given import Given, headed, values_of, worked_out
from derive.weave.library import Weaver
from derive.weave.options import DECLARING, KNOWN, Values, combined
from derive.weave.said import DocumentError, Place, Said, said_in_words
from derive.weave.site import options_of
from derive.weave.text import Text, taken

Node: TypeAlias = Any
"""A node of the tree, `{"t": type, "c": content}`, or a list of nodes."""

Read: TypeAlias = Callable[[str], list[Node]]
"""What makes the blocks of a tree out of Markdown."""

_COMMENT = re.compile(r"<!--\s*derive:(?=\s|-->)(.*?)-->", re.DOTALL)
_ONLY_COMMENTS = re.compile(r"(?:\s*<!--.*?-->)+\s*", re.DOTALL)
_FENCE_MARK = re.compile(r"(?:`{3,}|~{3,})\{?\.?derive\b")
_FENCE_HEAD = re.compile(r"\{?\.?derive\s+[a-z-]+\s*=")
_CLASSES = frozenset(("derive", "{derive}"))
_EXACT = re.compile(r"[\w=<>+./()^*-]*")
_NEXT = "<!-- derive:next -->"


@dataclass(frozen=True, slots=True)
class _Found:
    """A formula in the tree, and where: its block is the one with the number `at` among its `siblings`."""

    siblings: list[Node]
    at: int
    given: Given


@dataclass(slots=True)
class _Search:
    """Finds the formulas in a tree, in their order, with what was declared above each."""

    folder: Path
    carried: Values
    found: list[_Found] = field(default_factory=list)
    errors: list[DocumentError] = field(default_factory=list)

    def search(self, node: Node) -> None:
        """Look through a node."""
        for at, child in enumerate(node if isinstance(node, list) else ()):
            if not self.block(node, at, child):
                self.search(child)
        for child in node.values() if isinstance(node, dict) else ():
            self.search(child)

    def block(self, siblings: list[Node], at: int, node: Node) -> bool:
        """Look at one node; tell whether it was a block in which there is nothing else."""
        kind = node.get("t") if isinstance(node, dict) else ""
        content: Any = node.get("c") if kind else None
        if kind == "CodeBlock":
            if not _CLASSES.isdisjoint(content[0][1]) and not _is_woven(siblings[at + 1 :]):
                self.found.append(_Found(siblings, at, _in_code(self.name(), content[0], content[1], self.carried)))
        elif kind == "RawBlock":
            if content[0] == "html" and _ONLY_COMMENTS.fullmatch(content[1]):
                self.comments(siblings, at, content[1])
        elif kind in ("Para", "Plain") and content and (lost := _lost_fence(content)):
            says = "pandoc takes this for a paragraph, not for a code block"
            self.errors.append(Place(lost, self.name()).error(0, says, _FENCE, len(lost)))
        else:
            return False
        return True

    def name(self) -> str:
        """Return what errors call the next formula."""
        return f"block {len(self.found) + 1}"

    def comments(self, siblings: list[Node], at: int, html: str) -> None:
        """Take the comments of ours for what holds from here on, or for the display behind them."""
        place = Place(html, self.name())
        try:
            for comment in _COMMENT.finditer(html):
                said = said_in_words(taken(html, *comment.span(1)), place)
                if said and all(s.name.replace("_", "-") in DECLARING for s in said):
                    self.carried = combined(self.carried, values_of(said, place, self.folder))
                else:
                    self.display(siblings, at + 1, said, place)
        except DocumentError as error:
            self.errors.append(error)

    def display(self, siblings: list[Node], at: int, said: Sequence[Said], comment: Place) -> None:
        formula = _displayed(siblings[at]) if at < len(siblings) else None
        if formula is None:
            hint = f"only {', '.join(sorted(DECLARING))} can be said for the rest of the document"
            raise comment.error(0, "no display follows this comment", hint)
        text = f"{comment.text.rstrip()}\n$$"
        place = Place(f"{text}{formula}$$", comment.name)
        body = taken(place.text, len(text), len(text) + len(formula)).stripped()
        self.found.append(_Found(siblings, at, Given(place, body, tuple(said), self.carried, "display")))


_FENCE = "write its options in braces: ```{.derive wrt=x}"


def _lost_fence(inside: Sequence[Node]) -> str:
    """Return how a paragraph begins that was meant as a fence of ours; empty for all others."""
    kind, content = inside[0]["t"], inside[0].get("c")
    if kind == "Str" and _FENCE_MARK.match(content):
        return str(content)
    if kind == "Code" and len(inside) == 1 and _FENCE_HEAD.match(content[1]):
        return str(content[1])
    return ""


def _is_woven(behind: Sequence[Node]) -> bool:
    """Tell whether a solution stands behind a block already, which `derive weave` put there."""
    return bool(behind) and behind[0].get("t") == "RawBlock" and behind[0]["c"][1].startswith("<!-- derive:begin")


def _displayed(block: Node) -> str | None:
    """Return the formula that a block displays, if it is a display."""
    inside = block.get("c") if block.get("t") in ("Para", "Plain") else None
    if inside and len(inside) == 1 and inside[0]["t"] == "Math" and inside[0]["c"][0]["t"] == "DisplayMath":
        return str(inside[0]["c"][1])
    return None


def _in_code(name: str, attributes: Sequence[Any], code: str, below: Values) -> Given:
    """Return the formula in a code block: its options are the attributes, and may stand at its top as well."""
    label, _, pairs = attributes
    text = "```{.derive" + (f" #{label}" if label else "")
    said = [Said("label", label, len(text) - len(label), len(text) - len(label))] if label else []
    for key, value in pairs:
        said.append(Said(key, value, len(text) + 1, len(text) + len(key) + 3))
        text += f' {key}="{value}"'
    text += "}\n"
    place = Place(f"{text}{code}\n```", name)
    return headed(place, Text("", (len(text),)), taken(place.text, len(text), len(text) + len(code)), said, below)


# Metadata -------------------------------------------------------------------------------------------------------------


def _metadata(tree: Node, folder: Path) -> tuple[dict[str, Value], bool]:
    """Return the options in the metadata of a document, and whether errors are to be passed over.

    Raises:
        DocumentError: One of them cannot be used.
    """
    meta = tree["meta"].get("derive", {"t": "MetaMap", "c": {}})
    if meta["t"] != "MetaMap":
        raise DocumentError("derive: names with values are wanted", hint="as in  derive: {lang: de}", file="metadata")
    given = {name: _texts(name, value) for name, value in meta["c"].items()}
    keep_going = given.pop("keep-going", ["no"]) == ["yes"]
    return options_of(given, folder / "metadata"), keep_going


def _texts(name: str, value: Node) -> list[str]:
    return [_text(name, v) for v in (value["c"] if value["t"] == "MetaList" else [value])]


def _text(name: str, value: Node) -> str:
    """Return a value as its author wrote it, as far as that can be told: pandoc has read it as Markdown."""
    kind, content = value["t"], value["c"]
    if kind == "MetaBool":
        return "yes" if content else "no"
    if kind == "MetaString":
        return str(content)
    if kind == "MetaBlocks" and len(content) == 1 and content[0]["t"] in ("Para", "Plain"):
        content = content[0]["c"]
    elif kind != "MetaInlines":
        raise DocumentError(f"{name}: a text is wanted", hint=_BACKTICKS, file="metadata")
    if len(content) == 1 and content[0]["t"] in ("Code", "Math"):
        return str(content[0]["c"][1])
    is_latex = name not in KNOWN or KNOWN[name].kind in ("text", "texts")
    return "".join(_inline(name, node, is_latex) for node in content)


def _inline(name: str, node: Node, is_latex: bool) -> str:
    kind, content = node["t"], node.get("c")
    if kind in ("Space", "SoftBreak"):
        return " "
    if kind == "Str" and (not is_latex or _EXACT.fullmatch(content)):
        return str(content)
    if kind == "RawInline" and content[0] in ("tex", "latex"):
        return str(content[1])
    raise DocumentError(f"{name}: pandoc reads this as Markdown, and changes it", hint=_BACKTICKS, file="metadata")


_BACKTICKS = r"put LaTeX between backticks:  let: '`\mathbf{x} \in \mathbb{R}^n`'"


# The whole ------------------------------------------------------------------------------------------------------------


def filtered(tree: Node, weaver: Weaver, folder: Path, read: Read) -> tuple[list[DocumentError], bool]:
    """Put solutions into a tree, in place of their formulas or behind them.

    Args:
        tree: A document, as pandoc hands it to filters. It is changed.
        weaver: What works formulas out; its flavor is `pandoc`.
        folder: Where the document is.
        read: What makes the blocks of a tree out of Markdown.

    Returns:
        What is wrong, each with the number of its formula in the document, which is left as it was; and whether the
        document asks to pass over that.

    Raises:
        DocumentError: The metadata or the configuration is at fault.
        OutputError: The solutions cannot be read.
    """
    values, keep_going = _metadata(tree, folder)
    search = _Search(folder, values)
    search.search(tree["blocks"])
    jobs = worked_out(weaver, [f.given for f in search.found], folder)
    solved = [(f, job) for f, job in zip(search.found, jobs, strict=True) if job.text is not None]
    solutions = list(_parts(read, [str(job.text) for _, job in solved]))
    for (f, job), blocks in reversed(list(zip(solved, solutions, strict=True))):
        f.siblings[f.at + job.follows : f.at + 1] = blocks
    return search.errors + [job.fault for job in jobs if job.fault], keep_going


def _parts(read: Read, texts: Sequence[str]) -> Iterator[list[Node]]:
    """Read several Markdown texts at once, and yield the blocks of each."""
    if not texts:
        return
    parts: list[list[Node]] = [[]]
    for block in read(f"\n\n{_NEXT}\n\n".join(texts)):
        if block == {"t": "RawBlock", "c": ["html", _NEXT]}:
            parts.append([])
        else:
            parts[-1].append(block)
    if len(parts) != len(texts):
        raise OutputError("pandoc does not find the end of each solution", hint="mend the template")
    yield from parts


def read_by_pandoc(markdown: str) -> list[Node]:
    """Return the blocks that pandoc makes of Markdown.

    Raises:
        OutputError: It is not there, or fails.
    """
    command = next((c for c in (["pandoc"], ["quarto", "pandoc"]) if shutil.which(c[0])), None)
    if command is None:
        raise OutputError("pandoc is not found", hint="put the folder of pandoc, or of Quarto, into PATH")
    command += ["--from=markdown", "--to=json"]
    done = subprocess.run(command, input=markdown, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise OutputError(f"pandoc cannot read the solutions: {done.stderr.strip()}", hint="mend the template")
    return list(json.loads(done.stdout)["blocks"])
