"""A problem-set file as data, or all that is wrong with it at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from derive.errors import ProblemFileError, ProblemSetError, Span
from derive.problems.entries import Entry, entries, said
from derive.problems.exercises import Exercises, with_options
from derive.problems.fields import DEFAULTS, SET
from derive.problems.model import Exercise, ProblemSet
from derive.problems.params import check_params
from derive.trees.json_tree import json_lines, json_tree
from derive.trees.source import SIZE, Items, Node, Pairs, Source, Text, read_source, text_source
from derive.trees.toml_tree import toml_tree
from derive.trees.yaml_tree import yaml_tree

PROBLEMS = 10_000
"""How many problems a file may have."""

TREES = {".yaml": yaml_tree, ".yml": yaml_tree, ".toml": toml_tree, ".json": json_tree}
LINES = ".jsonl"

_HEAD = ("title", "course", "author", "date", "lang", "instructions", "seed", "shuffle")
_VARIANT = re.compile(r"(.+)-([1-9][0-9]{0,3})")
_START = Span(0, 1)
_EXAMPLE = "as in  problems: [{latex: 'y = x^2'}]"


def read_set(path: Path, *, size: int = SIZE, problems: int = PROBLEMS) -> ProblemSet:
    """Read a problem set from a file, whose ending says how it is written.

    Args:
        path: A `.yaml`, `.yml`, `.toml`, `.json` or `.jsonl` file.
        size: The most bytes that the file may have.
        problems: The most problems that it may have.

    Raises:
        ProblemSetError: All that is wrong with it.
    """
    try:
        source = read_source(path, size)
    except ProblemSetError:
        raise
    except ProblemFileError as fault:
        raise ProblemSetError([fault]) from None
    return set_of(source, problems=problems)


def read_text(text: str, name: str = "set.yaml", *, problems: int = PROBLEMS) -> ProblemSet:
    """Read a problem set from a text, as if it stood in the file `name`.

    Raises:
        ProblemSetError: All that is wrong with it.
    """
    return set_of(text_source(text, name), problems=problems)


def set_of(source: Source, *, problems: int = PROBLEMS) -> ProblemSet:
    """Return the problem set that the text of a file is.

    Raises:
        ProblemSetError: All that is wrong with it.
    """
    found = ProblemSet(())
    try:
        found = _from_lines(source, problems) if source.suffix == LINES else _from_tree(source, problems)
    except ProblemFileError as fault:
        source.note(fault)
    if source.faults:
        raise source.failure()
    return found


def _from_tree(source: Source, most: int) -> ProblemSet:
    if source.suffix not in TREES:
        endings = ", ".join((*TREES, LINES))
        raise source.error(_START, f"{source.suffix or 'no ending'} is not known", f"a set is a file in {endings}")
    root = TREES[source.suffix](source)
    if root is None:
        raise source.error(_START, "the file is empty: a mapping with the key problems is wanted", _EXAMPLE)
    if not isinstance(root, Pairs):
        raise source.error(root, "a mapping with the key problems is wanted", _EXAMPLE)
    head = entries(source, root, SET)
    return _whole(source, head, _listed(source, head.get("problems")), most)


def _listed(source: Source, entry: Entry | None) -> Sequence[Node]:
    if entry is None:
        source.fault(_START, "the key problems is missing", _EXAMPLE)
    elif isinstance(entry.node, Items) and entry.node.items:
        return entry.node.items
    elif isinstance(entry.node, Items) or (isinstance(entry.node, Text) and not entry.node.value):
        source.fault(entry.key, "there are no problems", _EXAMPLE)
    else:
        source.fault(entry.node, "problems: a list is wanted here", "in YAML each problem begins with a - and a blank")
    return ()


def _from_lines(source: Source, most: int) -> ProblemSet:
    lines = json_lines(source)
    first = next(lines, None)
    if first is None and source.faults:
        return ProblemSet(())
    if first is None:
        raise source.error(_START, "the file is empty: one problem a line is wanted", '{"latex": "y = x^2"}')
    if not isinstance(first, Pairs) or [key.value for key, _ in first.pairs] != ["set"]:
        return _whole(source, {}, chain([first], lines), most)
    head = entries(source, first.pairs[0][1], SET)
    if "problems" in head:
        source.fault(head["problems"].key, "in this file the problems are the lines that follow")
    return _whole(source, head, lines, most)


def _whole(source: Source, head: Mapping[str, Entry], problems: Iterable[Node], most: int) -> ProblemSet:
    """Return a set: what it says about itself, and its problems."""
    below = entries(source, head["defaults"].node, DEFAULTS) if "defaults" in head else {}
    for name in head.keys() & below.keys():
        line = source.place(head[name].key.start).line
        source.fault(below[name].key, f"{name} stands at the top of the file already, in line {line}")
    for name, (_, key, node) in head.items():
        if name != "problems":
            check_params(source, Pairs(((key, node),), key.start, node.stop), None)
    own = said(source, head)
    defaults = said(source, below)
    reader = Exercises(source, with_options(with_options({}, own), defaults), defaults)
    exercises: list[Exercise] = []
    for node in problems:
        if len(exercises) == most:
            raise source.error(node, f"there are more than {most} problems", "divide them into several files")
        exercises.append(reader.problem(node, len(exercises) + 1))
    if not exercises and not source.faults:
        raise source.error(_START, "there are no problems", _EXAMPLE)
    _check_variants(source, exercises, reader.ids)
    drawn = _drawn(source, head["draw"].node, exercises) if "draw" in head else {}
    return ProblemSet(tuple(exercises), draw=drawn, **_only(own, _HEAD))


def _only(own: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: own[name] for name in names if name in own}


def _check_variants(source: Source, exercises: Sequence[Exercise], ids: Mapping[str, int]) -> None:
    """Note where a problem is called as a variant of another one will be: p1-2."""
    variants = {e.id: e.variants for e in exercises if e.variants > 1}
    for e in exercises if variants else ():
        match = _VARIANT.fullmatch(e.id)
        if match and e.id not in variants and int(match[2]) <= variants.get(match[1], 0):
            at = Span(ids[e.id], ids[e.id] + 1)
            source.fault(at, f"a variant of {match[1]} is called {e.id} too", "give this problem another id")


def _drawn(source: Source, node: Node, exercises: Sequence[Exercise]) -> dict[str, int]:
    """Return how many problems with a tag are drawn, which are not more than there are."""
    if not isinstance(node, Pairs):
        source.fault(node, "draw: tags with numbers are wanted here", "as in  draw: {chain: 3}")
        return {}
    drawn: dict[str, int] = {}
    for key, below in node.pairs:
        wanted = below.value if isinstance(below, Text) else ""
        there = sum(key.value in e.tags for e in exercises)
        if not re.fullmatch("[0-9]{1,6}", wanted):
            source.fault(below, "a whole number is wanted here", "as in  draw: {chain: 3}")
        elif int(wanted) > there:
            says = f"{wanted} problems with the tag {key.value[:40]} are to be drawn, and there are {there}"
            source.fault(key, says, "lower the number, or add the tag to more problems")
        else:
            drawn[key.value] = int(wanted)
    return drawn
