"""The data of weaving: what is found in a document, what is asked of the engine, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from derive.options import Value
from derive.weave.numbers import Numbered
from derive.weave.said import DocumentError, DocumentWarning, Said
from derive.weave.text import Text


@dataclass(frozen=True, slots=True)
class Request:
    """A formula to work out and to show: the arguments of `derive.solve` and of `derive.render`, as plain data.

    `options` are those of `solve`, `shown` those of `render` (`flavor`, `detail`, ...), by their names in the library;
    `format` is `markdown` or `latex`. `label` is a name for the solution that was asked for, or empty; its parts
    are named after it (`derive.writer.references`). `numbers` are those that the author gave to lines of the formula.
    """

    latex: str
    options: Mapping[str, Value] = field(default_factory=dict)
    format: str = "markdown"
    shown: Mapping[str, Value] = field(default_factory=dict)
    label: str = ""
    numbers: tuple[Numbered, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no solution: the fields of a `DeriveError`. `start` and `stop` point into `source`, if it is known.

    `source` is the formula of the request, or one of its options.
    """

    code: str
    message: str
    hint: str = ""
    source: str = ""
    start: int | None = None
    stop: int | None = None


Outcome: TypeAlias = str | Failure
"""The solution, as text in the format that was asked for, or why there is none."""

Solve: TypeAlias = Callable[[Sequence[Request]], Sequence[Outcome]]
"""What works requests out, in their order."""


@dataclass(frozen=True, slots=True)
class Woven:
    """What came of a document.

    Attributes:
        text: The document with its solutions.
        side_files: What stands beside it, by name relative to its folder; all that belongs there, changed or not.
        changed: Those of them that are not there, or are other ones than before.
        removed: The files beside it that belong there no more.
        errors: What is wrong, each with its place in the document; the blocks concerned are as they were.
        warnings: What solutions lack that their authors wrote.
        refused: Whether the document was left alone altogether, because its markers are not as they were written.
        stale: Whether the text, or a side file, is another one than before.
        blocks: How many solutions there are in it.
    """

    text: str
    side_files: Mapping[str, str] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    errors: tuple[DocumentError, ...] = ()
    warnings: tuple[DocumentWarning, ...] = ()
    refused: bool = False
    stale: bool = False
    blocks: int = 0
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Earlier:
    """A solution that stands in the document from an earlier time: from `start` to `stop`, with its markers.

    `text` is the solution alone, as it stands there now. `made_from` and `made` are the hashes of what it was made from
    and of what was made.
    """

    start: int
    stop: int
    text: str = ""
    made_from: str = ""
    made: str = ""
    name: str = ""
    """In LaTeX, the name of the file that holds the solution."""


@dataclass(frozen=True, slots=True)
class Block:
    """A formula in a document that is to be worked out.

    `form` is how it stands there: a `fence`; `kept`, in the comment before its solution; a `display`; an `environment`.
    It reaches from `start` to `stop`, and further lines that are put there begin with `prefix`. `head` and `body` are
    what a fence says, or an environment, as it was typed. A `fault` in its options is one that costs only this block.
    """

    form: str
    formula: Text
    start: int
    stop: int
    said: tuple[Said, ...] = ()
    prefix: str = ""
    head: str = ""
    body: str = ""
    earlier: Earlier | None = None
    fault: DocumentError | None = None


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a comment says of all that follows it."""

    start: int
    said: tuple[Said, ...] = ()
    fault: DocumentError | None = None


Item: TypeAlias = Block | Declaration
