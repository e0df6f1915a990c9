"""From the blocks of a document to what is asked of the engine, with all options settled."""

from __future__ import annotations

import json
from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from derive.errors import Span
from derive.options import OPTIONS, Value, table
from derive.weave.declared import Declarations
from derive.weave.macros import macros_in, used
from derive.weave.markers import digest
from derive.weave.model import Block, Declaration, Item, Request
from derive.weave.numbers import Lost, Page, not_in, numbers_kept, told
from derive.weave.options import Files, Values, combined, read_options
from derive.weave.said import DocumentError, DocumentWarning, Place, Said
from derive.weave.text import Text

_SHOWN = frozenset(option.name for option in OPTIONS if option.shown)
_SOLVED = frozenset(option.name for option in OPTIONS if not option.shown)
_TABLE = table(OPTIONS)
_ASKING = ("wrt", "define", "name", "at", "step", "names")
"""Options whose texts name letters of the formula."""


@dataclass(slots=True)
class Job:
    """A block with what is asked, and what came of it: the `text` of its solution, or a `fault`.

    `made_from` is the hash of all that the solution depends on. `places` are where the texts stand that the author gave
    as options. `current` tells that the solution in the document, or beside it, is the right one. `lost` are numbers of
    the formula that its solution cannot have.
    """

    block: Block
    request: Request | None = None
    made_from: str = ""
    follows: bool = False
    skip: bool = False
    fault: DocumentError | None = None
    places: Mapping[str, int | Text] = field(default_factory=dict)
    text: str | None = None
    current: bool = False
    lost: list[Lost] = field(default_factory=list)

    def warning(self, place: Place) -> DocumentWarning | None:
        """Return what the solution lacks that the author wrote, once it is there."""
        if self.text is None or self.request is None:
            return None
        lost = [*self.lost, *not_in(self.text, self.request.numbers, flavor_of(self.request))]
        if not lost:
            return None
        first, formula = lost[0].number, self.block.formula
        start = formula.at(first.at)
        span = Span(start, start + len(first.text))
        return DocumentWarning(told(lost), span, source=place.text, file=place.name)


def flavor_of(request: Request) -> str:
    """Return the flavor of Markdown, or the format where it is another."""
    return str(request.shown.get("flavor") or request.format)


@dataclass(frozen=True, slots=True)
class Around:
    """What holds for all blocks of a document: options from elsewhere, that go after its own or before; its macros."""

    below: Values
    above: Values
    format: str
    flavor: str
    stamp: str
    macros: Sequence[tuple[int, str, str]] = ()
    """The macros of a LaTeX document: where each is defined, its name, its definition."""
    page: str | None = None
    """The document without its blocks; None where there is more of it than is known."""


class Jobs:
    """Makes the jobs of a document."""

    def __init__(self, place: Place, files: Files, around: Around) -> None:
        self.place, self.files, self.around = place, files, around
        self.carried: dict[str, Value] = {}
        self.places: dict[str, int | Text] = {}
        self.declared = Declarations(_texts(around.below.get("let")))
        self.known_macros: dict[str, dict[str, str]] = {}
        self.page = Page(around.page, set())

    def of(self, items: Sequence[Item]) -> Iterator[Job | DocumentError]:
        """Yield the job of each block, and what is wrong with a declaration."""
        for item in items:
            if isinstance(item, Block):
                yield self.job(item)
            elif (fault := item.fault or self.declare(item)) is not None:
                yield fault

    def declare(self, item: Declaration) -> DocumentError | None:
        """Take over what holds from here on, or return what is wrong with it."""
        try:
            values = read_options(item.said, self.place, self.files)
        except DocumentError as error:
            return error
        self.carried = combined(self.carried, values)
        self.declared.add(_texts(values.get("let")))
        for text, where in _places(item.said).items():
            self.places.setdefault(text, where)
        return None

    def job(self, block: Block) -> Job:
        """Return what is asked for a block."""
        job = Job(block, fault=block.fault)
        try:
            own = read_options(block.said, self.place, self.files)
        except DocumentError as error:
            job.fault = job.fault or error
            own = {}
        shared = combined(self.around.below, self.carried)
        values = combined(shared, own, self.around.above)
        job.skip = values.get("skip") is True
        job.follows = block.form == "display" or values.get("mode") == "follow"
        job.places = ChainMap(_places(block.said), self.places)
        if job.fault is None and not job.skip:
            self.ask(job, values, combined(own, self.around.above))
        return job

    def ask(self, job: Job, values: Values, own: Values) -> None:
        """Settle what is asked of the engine."""
        formula = job.block.formula.text
        if not formula:
            job.fault = self.place.error(job.block.start, "there is no formula here")
            return
        asked = {name: value for name, value in values.items() if name in _SOLVED}
        mine = _texts(own.get("let"))
        texts = [formula, *mine, *(text for name in _ASKING for text in _texts(asked.get(name)))]
        macros = self.macros(_texts(values.get("macros")), job.block.start)
        let = (*self.declared.needed(texts, macros, mine), *mine)
        asked |= {"let": let, "macros": tuple(used(macros, [*texts, *let]).values())}
        shown = {_TABLE[name].key: value for name, value in values.items() if name in _SHOWN}
        if self.around.format == "markdown":
            shown.setdefault("flavor", self.around.flavor)
        else:
            shown.pop("flavor", None)
        options = {_TABLE[name].key: value for name, value in asked.items() if value != ()}
        request = Request(formula, options, self.around.format, shown, str(values.get("label", "")))
        job.request = request if self.around.format == "latex" else self.numbered(request, job)
        job.made_from = self.hash(job.request, job.follows)

    def numbered(self, request: Request, job: Job) -> Request:
        """Return a request with the numbers of its formula, of which the page shows only what the solution restates."""
        self.page.labels.add(request.label)
        if job.block.form == "display":
            return request
        numbers, job.lost = numbers_kept(request.latex, flavor_of(request), self.page)
        return replace(request, numbers=numbers)

    def macros(self, texts: Sequence[str], at: int) -> dict[str, str]:
        """Return the definitions of the macros that hold at a place, by name."""
        found: dict[str, str] = {}
        for text in texts:
            if text not in self.known_macros:
                self.known_macros[text] = {m.name: m.text for m in macros_in(text)}
            found |= self.known_macros[text]
        return found | {name: text for stop, name, text in self.around.macros if stop <= at}

    def hash(self, request: Request, follows: bool) -> str:
        """Return a hash of all that a solution depends on. Of a file it is what stands in it that counts."""
        options = dict(request.options)
        notation = str(options.get("notation", "standard"))
        if notation not in ("standard", "paper"):
            options["notation"] = self.files.text(Path(notation))
        parts: list[object] = [
            request.latex,
            options,
            request.format,
            dict(request.shown),
            request.label,
            self.around.stamp,
        ]
        if request.format == "latex":
            parts.append(follows)
        parts += [asdict(number) for number in request.numbers]
        return digest(json.dumps(parts, sort_keys=True, ensure_ascii=False))


def _texts(value: Value | None) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, str) else ()


def _places(said: Sequence[Said]) -> dict[str, int | Text]:
    return {s.value.strip(): s.value_at for s in said if s.value.strip()}
