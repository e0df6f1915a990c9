r"""What stands on one sheet: which problems, in which order, and with which values for their parameters.

All of it is decided by the seed and by names, never by a generator's state: a problem that is added to a set does not
change the values in the others. A draw is a sort by hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import cycle, islice, product
from math import prod

from derive.engine.work import digest
from derive.errors import ProblemFileError
from derive.problems.model import Exercise, ProblemSet, Range
from derive.problems.placing import put_in
from derive.problems.ranges import fits

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
    """Return the problems that have none of the tags, and of the others as many as are to be drawn.

    Tag by tag: what was drawn for one counts for the next, and what would add to an earlier one is taken last.
    """
    kept: dict[str, Exercise] = {}
    done: set[str] = set()
    for tag, wanted in draw.items():
        pool = sorted((e for e in exercises if tag in e.tags), key=lambda e: digest(seed, "draw", tag, e.id))
        if len(pool) < wanted:
            says = f"{wanted} problems with the tag {tag} are to be drawn, and there are {len(pool)}"
            raise ProblemFileError(says, hint="lower the number, or add the tag to more problems")
        missing = wanted - sum(e.id in kept for e in pool)
        rest = sorted((e for e in pool if e.id not in kept), key=lambda e: not done.isdisjoint(e.tags))
        kept.update((e.id, e) for e in rest[: max(0, missing)])
        done.add(tag)
    return [e for e in exercises if e.id in kept or draw.keys().isdisjoint(e.tags)]


def names_of_variants(e: Exercise) -> list[str]:
    """Return what the problems are called that a sheet gets of one."""
    return [f"{e.id}-{k + 1}" for k in range(e.variants)] if e.params and e.variants > 1 else [e.id]


def _variants(e: Exercise, version: int, seed: str) -> list[Exercise]:
    if not e.params:
        return [e]
    first = version * e.variants
    found = islice(_draws(e.params, f"{seed}/{e.id}"), first, first + e.variants)
    made = [replace(_with_values(e, v), id=name) for name, v in zip(names_of_variants(e), found, strict=False)]
    if len(made) < e.variants:
        says = "hardly any values of the parameters are allowed together"
        raise ProblemFileError(f"{e.id}: {says}", hint="exclude fewer of them")
    return made


def _draws(params: Mapping[str, Range], seed: str) -> Iterator[dict[str, str]]:
    """Yield the values of one draw after the other. They differ; beyond all combinations, they begin anew."""
    names = list(params)
    if prod(len(params[n].values) for n in names) <= _ENUMERATED:
        combinations = (dict(zip(names, c, strict=True)) for c in product(*(params[n].values for n in names)))
        yield from cycle(sorted((c for c in combinations if _allowed(c, params)), key=lambda c: digest(seed, c)))
        return
    met: set[tuple[str, ...]] = set()
    attempt = 0
    while attempt < _ATTEMPTS * (len(met) + 1):
        picked = {n: params[n].values[int(digest(seed, n, attempt), 16) % len(params[n].values)] for n in names}
        attempt += 1
        if _allowed(picked, params) and (drawn := tuple(picked.values())) not in met:
            met.add(drawn)
            yield picked


def _allowed(values: Mapping[str, str], params: Mapping[str, Range]) -> bool:
    return all(fits(name, values, params) for name in values)


def _with_values(e: Exercise, values: Mapping[str, str]) -> Exercise:
    def put(text: str) -> str:
        return put_in(text, values)

    def prose(text: str) -> str:
        return put_in(text, values, prose=True)

    options = {
        k: tuple(map(put, v)) if isinstance(v, tuple) else put(v) if isinstance(v, str) else v
        for k, v in e.options.items()
    }
    return replace(
        e,
        title=prose(e.title),
        statement=prose(e.statement),
        latex=put(e.latex),
        solution=prose(e.solution),
        hints=tuple(map(prose, e.hints)),
        notes=prose(e.notes),
        tags=tuple(map(prose, e.tags)),
        difficulty=prose(e.difficulty),
        options=options,
        parts=tuple(_with_values(part, values) for part in e.parts),
    )
