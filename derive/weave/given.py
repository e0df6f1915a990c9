"""Formulas that a program has in its hands one by one: the cell of a notebook, the blocks of a tree."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from derive.options import Value
from derive.weave.config import folder_of, read_config
from derive.weave.heads import read_head
from derive.weave.library import Weaver
from derive.weave.markdown_page import anchored
from derive.weave.model import Block, Failure
from derive.weave.options import Values, combined, read_options
from derive.weave.said import DocumentError, Place, Said
from derive.weave.text import Text
from derive.weave.weaving import located
from derive.weave.work import Around, Job, Jobs

_log = logging.getLogger("derive")


@dataclass(frozen=True, slots=True)
class Given:
    """A formula with its options.

    Attributes:
        place: What errors show of it, under the name that they call it by.
        formula: The formula; it knows where it stands in what errors show, and so do its options.
        said: Its options.
        below: Options from farther away, which its own go before.
        form: `fence`, or `display` if its solution follows it.
        fault: What is wrong with it already; it is then not worked out.
    """

    place: Place
    formula: Text
    said: tuple[Said, ...] = ()
    below: Values = field(default_factory=dict)
    form: str = "fence"
    fault: DocumentError | None = None


def headed(place: Place, info: Text, body: Text, said: Sequence[Said] = (), below: Values | None = None) -> Given:
    """Return the formula that has its options in a line above it and at the top of its body, as a fence has them.

    Args:
        place: What errors show; `info` and `body` are parts of it.
        info: The options above it.
        body: The formula, perhaps with options at its top.
        said: Options that were read already.
        below: Options from farther away.
    """
    try:
        own, formula = read_head(info, body, place)
    except DocumentError as error:
        return Given(place, body, fault=error)
    return Given(place, formula, (*said, *own), below or {})


def values_of(said: Sequence[Said], place: Place, folder: Path) -> dict[str, Value]:
    """Return the values of options that hold for more than one formula.

    Args:
        said: The options.
        place: What errors show of them.
        folder: What files are named relative to.

    Raises:
        DocumentError: They cannot be read, or the configuration of the folder cannot.
    """
    document = folder / "document.md"
    return read_options(said, place, folder_of(document, read_config(document).root))


def worked_out(weaver: Weaver, formulas: Sequence[Given], folder: Path) -> list[Job]:
    """Work formulas out, and return each with its solution in Markdown, or with its fault.

    Args:
        weaver: What works them out.
        formulas: The formulas.
        folder: Where they belong: its configuration holds, and files are named relative to it.

    Raises:
        DocumentError: The configuration is at fault.
    """
    document = folder / "document.md"
    config = read_config(document)
    files = folder_of(document, config.root)
    jobs = []
    for f in formulas:
        around = Around(combined(config.values, f.below), weaver.options.flags, "markdown", "dollar", "")
        block = Block(f.form, f.formula, 0, len(f.place.text), f.said, fault=f.fault)
        jobs.append(Jobs(f.place, files, around).job(block))
    asked = [(job, f, job.request) for job, f in zip(jobs, formulas, strict=True) if job.request and not job.fault]
    outcomes = weaver.solved(*(request for _, _, request in asked))
    for (job, f, request), outcome in zip(asked, outcomes, strict=True):
        if isinstance(outcome, Failure):
            job.fault = located(job, outcome, f.place)
        else:
            job.text = anchored(outcome.strip("\n"), request.label, str(request.shown.get("flavor", "")))
            if (warning := job.warning(f.place)) is not None:
                _log.warning(warning.report())
    return jobs
