"""Formulas that a program has in its hands one by one: the cell of a notebook, the blocks of a tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from derive.weave.config import folder_of, read_config
from derive.weave.heads import read_head
from derive.weave.library import Weaver
from derive.weave.model import Block
from derive.weave.options import Values, combined
from derive.weave.said import DocumentError, Place, Said
from derive.weave.session import stamp
from derive.weave.text import Text
from derive.weave.weaving import How, draft
from derive.weave.work import Job


@dataclass(frozen=True, slots=True)
class Given:
    """A formula with its options.

    Attributes:
        name: What errors call it.
        text: What errors show of it; `formula` and `said` know where in it they stand.
        formula: The formula.
        said: Its options.
        below: Options from farther away, which its own go before.
        form: `fence`, or `display` if its solution follows it.
        fault: What is wrong with its options; it is then not worked out.
    """

    name: str
    text: str
    formula: Text
    said: tuple[Said, ...] = ()
    below: Values = field(default_factory=dict)
    form: str = "fence"
    fault: DocumentError | None = None


def headed(name: str, text: str, info: Text, body: Text, said: Sequence[Said] = (), below: Values | None = None) -> Given:
    """Return the formula that has its options in a line above it, and at the top of its body, as a fence has them.

    Args:
        name: What errors call it.
        text: What errors show; `info` and `body` are parts of it.
        info: The options above it.
        body: The formula, with more options if it likes.
        said: Options that were read already.
        below: Options from farther away.
    """
    try:
        own, formula = read_head(info, body, Place(text, name))
    except DocumentError as error:
        return Given(name, text, body, fault=error)
    return Given(name, text, formula, (*said, *own), below or {})


def worked_out(weaver: Weaver, formulas: Sequence[Given], folder: Path) -> list[Job]:
    """Work formulas out, and return each with its solution, or its fault.

    Args:
        weaver: What works them out.
        formulas: The formulas.
        folder: Where they belong: its configuration holds, and files are named relative to it.

    Raises:
        DocumentError: The configuration is at fault.
    """
    config = read_config(folder / "document.md")
    files = folder_of(folder / "document.md", config.root)
    drafts = []
    for f in formulas:
        block = Block(f.form, f.formula, 0, len(f.text), f.said, fault=f.fault)
        how = How(combined(config.values, f.below), weaver.options.flags, markers=False, stamp=stamp(weaver.options))
        drafts.append(draft(f.text, Path(f.name), files, how, [block]))
    outcomes = iter(weaver.solved(*(request for d in drafts for request in d.requests)))
    for d in drafts:
        d.finish([next(outcomes) for _ in d.requests])
    return [job for d in drafts for job in d.jobs]
