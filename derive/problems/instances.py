r"""What stands on one sheet: which problems, in which order, and with which values for their parameters.

All of it is decided by the seed and by names, never by a generator's state: a problem that is added to a set does not
change the values in the others. A draw is a sort by hash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import prod

from derive.engine.work import digest
from derive.errors import ProblemFileError
from derive.problems.model import Exercise, ProblemSet, Range

PARAMETER = re.compile(r"\\param\s*\{\s*([A-Za-z][A-Za-z0-9]*)\s*\}")
"""Where the value of a parameter goes. It is TeX too, so that a source with parameters still compiles."""

_ENUMERATED = 10_000
"""Up to so many combinations of values are listed, so that variants differ for sure as long as there are any left."""


_ATTEMPTS = 1_000
"""So often a choice is drawn where there are more, until one is allowed."""


def instances(
    problems: ProblemSet, version: int, *, draw: Mapping[str, int] | None = None, seed: str | None = None
) -> tuple[Exercise, ...]:
    """Return the problems of one version of a sheet, with values for their parameters.

    Args:
        problems: The set.
        version: 0 for the only or first version, then 1, 2, ...: each has values, a choice and an order of its own.
        draw: How many problems with a tag there are to be, by tag; instead of what the set says.
        seed: Instead of the seed of the set.

    Raises:
        ProblemFileError: There are fewer problems with a tag than are to be drawn, or variants that are called alike.
    """
    seed = problems.seed if seed is None else seed
    chosen = _drawn(problems.problems, problems.draw if draw is None else draw, f"{seed}/{version}")
    if problems.shuffle:
        chosen = sorted(chosen, key=lambda e: digest(seed, version, "order", e.id))
    found = [variant for e in chosen for variant in _variants(e, version, seed)]
    for name, same in _by_id(found).items():
        if same > 1:
            raise ProblemFileError(f"two problems are called {name}, one of them as a variant", hint="rename one")
    return tuple(found)


def _by_id(exercises: Iterable[Exercise]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for e in exercises:
        counts[e.id] = counts.get(e.id, 0) + 1
    return counts


def _drawn(exercises: Sequence[Exercise], draw: Mapping[str, int], seed: str) -> list[Exercise]:
    """Return the problems that have none of the tags, and of the others as many as are to be drawn."""
    kept: set[str] = set()
    for tag, wanted in draw.items():
        pool = sorted((e.id for e in exercises if tag in e.tags), key=lambda name: digest(seed, "draw", tag, name))
        if len(pool) < wanted:
            says = f"{wanted} problems with the tag {tag} are to be drawn, and there are {len(pool)}"
            raise ProblemFileError(says, hint="lower the number, or add the tag to more problems")
        kept.update(pool[:wanted])
    return [e for e in exercises if e.id in kept or draw.keys().isdisjoint(e.tags)]


def _variants(exercise: Exercise, version: int, seed: str) -> list[Exercise]:
    if not exercise.params:
        return [exercise]
    several = exercise.variants > 1
    first = version * exercise.variants
    found = []
    for k in range(exercise.variants):
        values = _values(exercise.params, first + k, f"{seed}/{exercise.id}")
        name = f"{exercise.id}-{k + 1}" if several else exercise.id
        found.append(replace(_with_values(exercise, values), id=name))
    return found


def _values(params: Mapping[str, Range], draw: int, seed: str) -> dict[str, str]:
    """Return the values of one draw. Draws differ; if there are more than combinations, they begin anew."""
    names = list(params)
    if prod(len(params[n].values) for n in names) <= _ENUMERATED:
        combinations = [dict(zip(names, c, strict=True)) for c in product(*(params[n].values for n in names))]
        allowed = sorted((c for c in combinations if _allowed(c, params)), key=lambda c: digest(seed, c))
        return allowed[draw % len(allowed)]
    met: list[dict[str, str]] = []
    for attempt in range(_ATTEMPTS * (draw + 1)):
        picked = {n: params[n].values[int(digest(seed, n, attempt), 16) % len(params[n].values)] for n in names}
        if _allowed(picked, params) and picked not in met:
            met.append(picked)
        if len(met) > draw:
            return met[draw]
    raise ProblemFileError("hardly any values of the parameters are allowed together", hint="exclude fewer of them")


def _allowed(values: Mapping[str, str], params: Mapping[str, Range]) -> bool:
    return not any(values[n] == values.get(x, x) for n, r in params.items() for x in r.excluded)


def _with_values(e: Exercise, values: Mapping[str, str]) -> Exercise:
    def put(text: str) -> str:
        return put_in(text, values)

    options = {
        k: tuple(map(put, v)) if isinstance(v, tuple) else put(v) if isinstance(v, str) else v
        for k, v in e.options.items()
    }
    return replace(
        e,
        title=put(e.title),
        statement=put(e.statement),
        latex=put(e.latex),
        solution=put(e.solution),
        hints=tuple(map(put, e.hints)),
        notes=put(e.notes),
        options=options,
        parts=tuple(_with_values(part, values) for part in e.parts),
    )


def put_in(text: str, values: Mapping[str, str]) -> str:
    r"""Return a text with values for its parameters, such that each stays one thing where it stands.

    A script or the argument of a command is put in braces, a negative number behind something in brackets, and a number
    behind or before a digit is multiplied: `2\param{a}` is `2 \cdot 3`, never 23.
    """
    pieces: list[str] = []
    end = 0
    for found in PARAMETER.finditer(text):
        pieces.append(text[end : found.start()])
        end = found.end()
        value = values[found[1]]
        before, after = "".join(pieces[-2:]).rstrip(), text[end:].lstrip()
        if re.search(r"[\^_]$|\\[dt]?frac$|\\sqrt$", before):
            value = "{" + value + "}"
        elif value.startswith("-") and before and before[-1] not in "([{=,;&$:<>" and not before.endswith("\\\\"):
            value = f"({value})"
        if value[0].isalpha() and re.search(r"\\[A-Za-z]+$", before):
            value = f" {value}"
        if value[0].isdigit() and before[-1:].isdigit():
            value = rf"\cdot {value}"
        if value[-1].isdigit() and after[:1].isdigit():
            value = rf"{value} \cdot "
        pieces.append(value)
    return "".join(pieces) + text[end:]
