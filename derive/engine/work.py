"""One formula to work out, and what came of it, as plain data that travels to other processes as JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from derive.errors import DeriveError
from derive.limits import DEFAULT_LIMITS, Limits
from derive.writer.languages import tables
from derive.writer.records import Graph, View, decode


@dataclass(frozen=True, slots=True)
class Wanted:
    """A way of showing a solution: the arguments of `derive.pipeline.views`. The `record` format is `derive/1`."""

    format: str = "markdown"
    detail: str = "normal"
    shapes: str = ""
    width: float | None = None
    graph: bool = False
    lang: str = "en"
    templates: tuple[str, ...] = ()

    def words(self) -> list[tuple[str, str]]:
        """Return the files of words that the view depends on, with their hashes: all that it takes from templates."""
        files = tables(self.lang, [Path(folder) for folder in self.templates])
        return [(file.name, _contents(str(file))) for file in files]


@dataclass(frozen=True, slots=True)
class Work:
    """A formula with the options of `derive.solve`, and how the solution will be shown."""

    latex: str
    options: Mapping[str, Any] = field(default_factory=dict)
    wanted: tuple[Wanted, ...] = ()
    limits: Limits = DEFAULT_LIMITS

    def message(self) -> dict[str, Any]:
        """Return the work as JSON has it."""
        return asdict(self)

    def keys(self) -> tuple[str, ...]:
        """What the result for each wanted view depends on, as a hash: the task, the files it names, the program."""
        task = digest(self.latex, dict(self.options, notation=self._notation()), asdict(self.limits), program())
        return tuple(digest(task, asdict(w) | {"templates": w.words()}) for w in self.wanted)

    def _notation(self) -> str:
        notation = str(self.options.get("notation", "standard"))
        return notation if notation in ("standard", "paper") else _contents(notation)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is no solution: the fields of a `DeriveError`, and its whole report.

    `start` and `stop` point into `source`. `lasting` ones come again whenever the same work is done; others, such as
    the end of the time, may not.
    """

    code: str
    message: str
    line: int | None = None
    column: int | None = None
    hint: str = ""
    report: str = ""
    source: str = ""
    start: int | None = None
    stop: int | None = None
    lasting: bool = True


def fault_of(error: DeriveError, lasting: bool = True) -> Fault:
    """Return an error as plain data."""
    start, stop = (error.span.start, error.span.stop) if error.span is not None else (None, None)
    return Fault(
        code=error.code,
        message=error.message,
        line=error.line,
        column=error.column,
        hint=error.hint,
        report=error.report(),
        source=error.source,
        start=start,
        stop=stop,
        lasting=lasting,
    )


@dataclass(frozen=True, slots=True)
class Result:
    """What came of some work: what was wanted, in its order, or the fault. `warnings`: what the oracle objects to."""

    shown: tuple[Any, ...] = ()
    warnings: tuple[str, ...] = ()
    fault: Fault | None = None
    error: float = 0.0
    """The largest relative error that a line was checked with."""

    def message(self) -> dict[str, Any]:
        """Return the result as JSON has it."""
        fault = asdict(self.fault) if self.fault else None
        return {"shown": self.shown, "warnings": self.warnings, "fault": fault, "error": self.error}

    def view(self, place: int) -> tuple[View, Graph | None]:
        """Return the records of the solution for the wanted view with that number."""
        view, graph = self.shown[place]
        return decode(view), decode(graph)


def result_of(message: Mapping[str, Any]) -> Result:
    """Return the result that `Result.message` wrote.

    Raises:
        KeyError, TypeError: It is none.
    """
    fault = message["fault"]
    return Result(
        tuple(message["shown"]), tuple(message["warnings"]), Fault(**fault) if fault else None, message["error"]
    )


def work_of(message: Mapping[str, Any]) -> Work:
    """Return the work that `Work.message` wrote."""
    wanted = tuple(Wanted(**{**w, "templates": tuple(w["templates"])}) for w in message["wanted"])
    return Work(message["latex"], message["options"], wanted, Limits(**message["limits"]))


def digest(*parts: object) -> str:
    """Return a hash of plain data, the same in every process and on every machine."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def program() -> str:
    """Return a hash of this program and of the libraries that compute with it."""
    package = Path(__file__).resolve().parent.parent
    libraries = [(name, version(name)) for name in ("sympy", "numpy", "mpmath", "latex2sympy2", "math-core")]
    whole = hashlib.sha256(repr(libraries).encode())
    for file in sorted(package.rglob("*.py")):
        whole.update(file.relative_to(package).as_posix().encode() + b"\0" + file.read_bytes())
    return whole.hexdigest()


def _contents(path: str) -> str:
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return ""  # the error comes when the work is done
