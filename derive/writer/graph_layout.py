"""Where the boxes and lines of a layered graph go: no two boxes overlap, and a line crosses no box.

A label is a box on its line, in a layer of its own between those of the nodes. A line that skips a layer keeps a place
in it, and runs straight through; it bends only between layers, where no boxes are.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import NamedTuple

from derive.writer.records import Point, Size, Stroke

PAGE = 40.0
"""The widest graph, in ems, that is laid out from left to right; what is wider goes from the bottom up."""

_SIDE = 1.0
"""The least space between two boxes of a layer; lines need half of it."""
_NARROW, _WIDE = 1.3, 3.2
"""The space between two layers: wide where lines have far to go."""
_SWEEPS = 12


class Link(NamedTuple):
    """A line from one box to a later one, by their numbers, and the size of its label if it has one."""

    source: int
    target: int
    label: Size | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is, in ems, y downwards: the centres of boxes and labels, the strokes of each line.

    A label parts its line into two strokes. `upward`: the lines lead from the bottom up, not from left to right.
    """

    size: Size
    upward: bool
    boxes: tuple[Point, ...]
    labels: tuple[Point | None, ...]
    lines: tuple[tuple[Stroke, ...], ...]


@dataclass(slots=True, eq=False)
class _Item:
    """A box, a label, or the place of a line in a layer. `across` runs within the layer, `along` with the lines."""

    layer: int
    across_size: float = 0.0
    along_size: float = 0.0
    place: int = 0
    across: float = 0.0
    before: list[_Item] = field(default_factory=list)
    after: list[_Item] = field(default_factory=list)

    @property
    def is_line(self) -> bool:
        return not self.across_size

    def port(self, other: _Item) -> float:
        """Where the line from or to a neighbour meets this item: lines share its side in the order of their ends."""
        neighbours = self.after if other in self.after else self.before
        ends = sorted(neighbours, key=lambda item: item.across)
        step = min(2.0, 0.7 * self.across_size / len(ends))
        return self.across + step * (ends.index(other) - (len(ends) - 1) / 2)


def layout(boxes: Sequence[Size], links: Sequence[Link]) -> Layout:
    """Return where the boxes, the labels and the lines of a graph go."""
    ranks = layers_of(len(boxes), links)
    level = _Drawing(boxes, links, ranks, upward=False)
    return (level if level.length <= PAGE else _Drawing(boxes, links, ranks, upward=True)).layout()


def layers_of(count: int, links: Sequence[Link]) -> list[int]:
    """Return the layer of each box: by the longest way that leads to it; inputs stand right before their first use."""
    ranks = [0] * count
    for link in sorted(links, key=lambda link: link.target):
        ranks[link.target] = max(ranks[link.target], ranks[link.source] + 1)
    reached = {link.target for link in links}
    for box in set(range(count)) - reached:
        ranks[box] = min((ranks[link.target] - 1 for link in links if link.source == box), default=0)
    return ranks


class _Drawing:
    """The items of a graph in their layers, ordered and placed."""

    def __init__(self, boxes: Sequence[Size], links: Sequence[Link], ranks: list[int], *, upward: bool) -> None:
        self.upward = upward
        self.layers: list[list[_Item]] = [[] for _ in range(2 * max(ranks, default=0) + 1)]
        self.boxes = [self._item(2 * rank, size) for rank, size in zip(ranks, boxes, strict=True)]
        self.labels: list[_Item | None] = []
        self.chains = [self._chain(link) for link in links]
        for chain in self.chains:
            for a, b in pairwise(chain):
                a.after.append(b)
                b.before.append(a)
        self._order()
        self._place()
        self.ends = self._ends()

    @property
    def length(self) -> float:
        return self.ends[-1][1]

    def _item(self, layer: int, size: Size | None) -> _Item:
        width, height = size or (0.0, 0.0)
        item = _Item(layer, width, height) if self.upward else _Item(layer, height, width)
        self.layers[layer].append(item)
        return item

    def _chain(self, link: Link) -> list[_Item]:
        """The items that a line passes; its label stands where there are the fewest labels yet."""
        source, target = self.boxes[link.source], self.boxes[link.target]
        free = range(source.layer + 1, target.layer, 2)
        chosen = min(free, key=lambda layer: sum(item.across_size for item in self.layers[layer]))
        inner = range(source.layer + 1, target.layer)
        passed = [self._item(layer, link.label if layer == chosen else None) for layer in inner]
        self.labels.append(passed[chosen - source.layer - 1] if link.label else None)
        return [source, *passed, target]

    # Order: neighbours near each other, few crossings

    def _order(self) -> None:
        """Sort layers by where the neighbours of their items are, to and fro; keep the order with fewest crossings."""
        self._number()
        best, fewest = [list(layer) for layer in self.layers], self._crossings()
        for sweep in range(_SWEEPS):
            forward = sweep % 2 == 0
            for layer in self.layers[:: 1 if forward else -1]:
                layer.sort(key=lambda item: _mean(item.before if forward else item.after, item.place))
                self._number(layer)
            if (crossings := self._crossings()) < fewest:
                best, fewest = [list(layer) for layer in self.layers], crossings
        self.layers = best
        self._number()

    def _number(self, *layers: list[_Item]) -> None:
        for layer in layers or self.layers:
            for place, item in enumerate(layer):
                item.place = place

    def _crossings(self) -> int:
        crossings = 0
        for layer in self.layers:
            seen: list[int] = []
            for item in layer:
                for end in (ends := sorted(b.place for b in item.after)):
                    crossings += len(seen) - bisect_right(seen, end)
                for end in ends:
                    insort(seen, end)
        return crossings

    # Places: as near to the neighbours as the order allows

    def _place(self) -> None:
        for layer in self.layers:
            _settle(layer, [(0.0, 1.0)] * len(layer))
        for sweep in range(2 * _SWEEPS):
            for layer in self.layers[:: 1 if sweep % 2 == 0 else -1]:
                _settle(layer, [_wish(item) for item in layer])
        for run in 2 * self._runs():
            self._straighten(run)
        lowest = min((item.across - item.across_size / 2 for layer in self.layers for item in layer), default=0.0)
        for layer in self.layers:
            for item in layer:
                item.across -= lowest

    def _runs(self) -> list[list[_Item]]:
        """The longest ways along which each item has but one neighbour ahead, and that one but one behind."""
        runs: dict[_Item, list[_Item]] = {}
        for item in (item for layer in self.layers for item in layer):
            alone = len(item.before) == 1 and len(item.before[0].after) == 1
            runs[item] = runs[item.before[0]] if alone else []
            runs[item].append(item)
        return [run for item, run in runs.items() if item is run[0] and len(run) > 1]

    def _straighten(self, run: list[_Item]) -> None:
        """Put the items of a run in one line, or in as few as their layers have room for, near to where it leads."""
        part: list[_Item] = []
        low, high = float("-inf"), float("inf")
        for item in run:
            least, most = self._room(item)
            if part and max(low, least) > min(high, most):
                _align(part, low, high)
                part, low, high = [], least, most
            part.append(item)
            low, high = max(low, least), min(high, most)
        _align(part, low, high)

    def _room(self, item: _Item) -> tuple[float, float]:
        """How far an item can go to either side."""
        layer = self.layers[item.layer]
        before, after = layer[max(item.place - 1, 0) : item.place], layer[item.place + 1 : item.place + 2]
        low = max((other.across + _space(other, item) for other in before), default=float("-inf"))
        return low, min((other.across - _space(item, other) for other in after), default=float("inf"))

    def _ends(self) -> list[tuple[float, float]]:
        """Where each layer begins and ends along the lines."""
        ends: list[tuple[float, float]] = []
        for i, layer in enumerate(self.layers):
            start = ends[-1][1] + self._gap(i) if ends else 0.0
            ends.append((start, start + max((item.along_size for item in layer), default=0.0)))
        return ends

    def _gap(self, i: int) -> float:
        """The space before a layer: less before labels, where no tips of arrows are, and around lines alone."""
        farthest = max((abs(a.across - b.across) for a in self.layers[i - 1] for b in a.after), default=0.0)
        gap = min(_WIDE, _NARROW + 0.12 * farthest)
        labels = any(not item.is_line for layer in self.layers[i - 1 : i + 1] for item in layer if item.layer % 2)
        return gap if labels and i % 2 == 0 else 0.6 * gap

    # The picture

    def layout(self) -> Layout:
        breadth = max((item.across + item.across_size / 2 for layer in self.layers for item in layer), default=0.0)
        return Layout(
            Size(breadth, self.length) if self.upward else Size(self.length, breadth),
            self.upward,
            tuple(map(self._centre, self.boxes)),
            tuple(None if label is None else self._centre(label) for label in self.labels),
            tuple(self._strokes(chain, label) for chain, label in zip(self.chains, self.labels, strict=True)),
        )

    def _point(self, across: float, along: float) -> Point:
        return (across, self.length - along) if self.upward else (along, across)

    def _centre(self, item: _Item) -> Point:
        return self._point(item.across, sum(self.ends[item.layer]) / 2)

    def _strokes(self, chain: list[_Item], label: _Item | None) -> tuple[Stroke, ...]:
        at = chain.index(label) if label is not None else 0
        parts = (chain[: at + 1], chain[at:]) if at else (chain,)
        return tuple(tuple(self._point(*point) for point in self._stroke(part)) for part in parts)

    def _stroke(self, chain: list[_Item]) -> list[Point]:
        """From the edge of the first item to the edge of the last: straight in layers, bent between them."""
        first, last = chain[0], chain[-1]
        start = sum(self.ends[first.layer]) / 2 + first.along_size / 2
        stroke = [(first.port(chain[1]), start)]
        for a, b in pairwise(chain):
            leave, arrive = (a.port(b), self.ends[a.layer][1]), (b.port(a), self.ends[b.layer][0])
            middle = (leave[1] + arrive[1]) / 2
            stroke += _straight(stroke[-1], leave)
            stroke += [(leave[0], middle), (arrive[0], middle), arrive]
        return stroke + _straight(stroke[-1], (stroke[-1][0], sum(self.ends[last.layer]) / 2 - last.along_size / 2))


def _straight(start: Point, end: Point) -> list[Point]:
    """A straight line as a curve; nothing where there is no way to go."""
    if end[1] - start[1] < 1e-9:
        return []
    third = ((end[0] - start[0]) / 3, (end[1] - start[1]) / 3)
    return [(start[0] + k * third[0], start[1] + k * third[1]) for k in (1, 2)] + [end]


def _mean(neighbours: list[_Item], otherwise: float) -> float:
    return sum(item.place for item in neighbours) / len(neighbours) if neighbours else otherwise


def _wish(item: _Item) -> tuple[float, float]:
    """Where an item would like to be, and how much: lines that pass layers want to be straight."""
    neighbours = item.before + item.after
    weights = [4.0 if item.is_line and other.is_line else 1.0 for other in neighbours]
    total = sum(weights)
    if not total:
        return item.across, 1.0
    return sum(w * other.across for w, other in zip(weights, neighbours, strict=True)) / total, total


def _space(a: _Item, b: _Item) -> float:
    """How far apart the centres of two neighbours in a layer are at least."""
    return (a.across_size + b.across_size) / 2 + _SIDE * (0.5 if a.is_line or b.is_line else 1.0)


def _align(part: list[_Item], low: float, high: float) -> None:
    """Put items in one line between two bounds, in the middle of what they lead to."""
    ends = [other.across for other in part[0].before + part[-1].after]
    wish = sum(ends) / len(ends) if ends else part[0].across
    for item in part:
        item.across = min(max(wish, low), high)


def _settle(layer: list[_Item], wishes: list[tuple[float, float]]) -> None:
    """Put the items as near to where they wish as their order and sizes allow (least squares, by pooling)."""
    offsets = list(accumulate((_space(a, b) for a, b in pairwise(layer)), initial=0.0))[: len(layer)]
    pools: list[tuple[float, float, int]] = []  # the mean of the wishes, their weight, how many items
    for (wish, weight), offset in zip(wishes, offsets, strict=True):
        mean, total, count = wish - offset, weight, 1
        while pools and pools[-1][0] > mean:
            before, heavy, many = pools.pop()
            mean = (before * heavy + mean * total) / (heavy + total)
            total, count = total + heavy, count + many
        pools.append((mean, total, count))
    placed = [mean for mean, _, count in pools for _ in range(count)]
    for item, base, offset in zip(layer, placed, offsets, strict=True):
        item.across = base + offset
