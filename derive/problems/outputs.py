"""The files that a build writes: their names, and what each is made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from derive.errors import ProblemFileError, UnsupportedError
from derive.problems.model import Exercise
from derive.problems.request import Request
from derive.writer.looks import Look, looks

JSON = "json"
"""The look that no template makes: the problems and their solutions as data."""

SUFFIXES = {"latex": "tex", "markdown": "md", "html": "html", "json": "json"}


def wanted_looks(request: Request) -> list[Look]:
    """Return the looks that are asked for.

    Raises:
        UnsupportedError: There is no such look, or it has no output in the format that is asked for.
    """
    known = {**looks(request.templates), JSON: Look(JSON, (JSON,), per_problem=False)}
    for name in request.looks:
        if name not in known:
            close = get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]}?" if close else "there are " + ", ".join(sorted(known))
            raise UnsupportedError(f"there is no look {name}", hint=hint)
    wanted = [known[name] for name in dict.fromkeys(request.looks)]
    for look in wanted:
        if look.per_problem and len(look.formats) > 1 and request.format not in look.formats:
            raise UnsupportedError(
                f"the look {look.name} has no format {request.format}", hint="it has " + ", ".join(look.formats)
            )
    return wanted


@dataclass(frozen=True, slots=True)
class Output:
    """A file: its name, what decides its contents, and the number of its problem if it holds a single one."""

    name: str
    look: str
    format: str
    profile: str
    version: str
    problem: int | None = None


def outputs(name: str, version: str, exercises: Sequence[Exercise], request: Request) -> list[Output]:
    """Return the files of one version of a set.

    A document is called after the set, its look, its profile and its version: `week3-exam-key-B.tex`. A look that has a
    file for each problem calls it after the problem; what is no key, and no single version, says so: `p1.student.md`.

    Raises:
        UnsupportedError: As `wanted_looks`.
    """
    made: list[Output] = []
    for look, profile in _for_whom(request):
        if look.name == JSON:
            made.append(Output(f"{_joined(name, version)}.json", JSON, JSON, profile, version))
        elif look.per_problem:
            made.extend(_fragments(look, profile, version, exercises, request))
        else:
            stem = _joined(name, look.name, profile, version)
            made.extend(Output(f"{stem}.{SUFFIXES[f]}", look.name, f, profile, version) for f in look.formats)
    return made


def refuse_clashes(made: Sequence[Output], taken: Mapping[str, str]) -> None:
    """Let no output take the place of another one, or of a file of somebody else: what is `taken`, and by what.

    Raises:
        ProblemFileError: One would.
    """
    seen: dict[str, Output] = {}
    for o in made:
        if o.name in taken:
            hint = "give the problem or the set another name, or choose another folder with -o"
            raise ProblemFileError(f"the output {o.name} would replace {taken[o.name]}", hint=hint)
        if o.name in seen:
            looks = " and ".join(dict.fromkeys((seen[o.name].look, o.look)))
            hint = "build one of the looks alone, or give the problem another id"
            raise ProblemFileError(f"two outputs would be called {o.name} ({looks})", hint=hint)
        seen[o.name] = o


def _for_whom(request: Request) -> Iterator[tuple[Look, str]]:
    for look in wanted_looks(request):
        usual = ("key",) if look.per_problem else ("student", "key")
        for profile in ("key",) if look.name == JSON else request.profiles or usual:
            yield look, profile


def _fragments(
    look: Look, profile: str, version: str, exercises: Sequence[Exercise], request: Request
) -> Iterator[Output]:
    form = request.format if len(look.formats) > 1 else look.formats[0]
    mark = "".join(f".{part}" for part in (profile if profile != "key" else "", version) if part)
    for number, e in enumerate(exercises):
        yield Output(f"{e.id}{mark}.{SUFFIXES[form]}", look.name, form, profile, version, number)


def _joined(*parts: str) -> str:
    return "-".join(filter(None, parts))
