"""What is told of problems and documents: sentences for a terminal, JSON for programs, annotations for GitHub."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from derive.errors import DeriveError, ProblemSetError, visible


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell: an error, or a warning, of a problem of a set or of none. `report` is for a terminal."""

    kind: str
    problem: str
    file: str
    line: int
    column: int
    code: str
    text: str
    report: str


def messages_of(error: DeriveError, file: str) -> list[Message]:
    """Return what an error of a file says; several, where it is all that is wrong with it."""
    several = error.errors if isinstance(error, ProblemSetError) else (error,)
    return [Message("error", "", file, e.line or 1, e.column or 1, e.code, e.message, e.report()) for e in several]


def as_json(message: Message) -> dict[str, Any]:
    """Return a message as data."""
    return {name: value for name, value in asdict(message).items() if name != "report"}


def annotation(message: Message) -> str:
    """Return the command by which GitHub shows a message beside the line of its file, if it has one."""
    place = f"file={_property(message.file)},line={message.line},col={message.column}," if message.file else ""
    place += f"title={_property(message.code)}"
    text = f"problem {message.problem}: {message.text}" if message.problem else message.text
    return f"::{message.kind} {place}::{_data(text)}"


def stale(name: str) -> str:
    """Return the command by which GitHub tells that a file is stale."""
    return f"::error file={_property(name)}::stale: it is not what would be written now"


def _data(text: str) -> str:
    return visible(text.replace("\n", " ")).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
