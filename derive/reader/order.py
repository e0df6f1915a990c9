"""The order in which definitions can be read and computed."""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop, heappush
from typing import TypeVar

from derive.expr.nodes import Symbol

N = TypeVar("N")


def reachable(start: list[Symbol], uses: Mapping[Symbol, list[Symbol]]) -> set[Symbol]:
    """Return the names that some names use, directly or by others; those names too."""
    seen: set[Symbol] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(uses[name])
    return seen


def in_order(names: list[N], uses: Mapping[N, list[N]]) -> dict[N, None]:
    """Return the names, each behind those that it uses, in the author's order where that is free; none of a circle."""
    place = {name: k for k, name in enumerate(names)}
    missing = {name: len(uses[name]) for name in names}
    users: dict[N, list[N]] = {name: [] for name in names}
    for name in names:
        for used in uses[name]:
            users[used].append(name)
    ready = [place[name] for name in names if not missing[name]]
    ordered: dict[N, None] = {}
    while ready:
        name = names[heappop(ready)]
        ordered[name] = None
        for user in users[name]:
            missing[user] -= 1
            if not missing[user]:
                heappush(ready, place[user])
    return ordered
