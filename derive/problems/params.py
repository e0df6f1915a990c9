r"""The parameters of a problem: which values each may have, and where `\param{a}` stands for one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction

from derive.errors import ProblemFileError
from derive.problems.entries import Entry, entries
from derive.problems.fields import PARAM, fields_of
from derive.problems.model import Range
from derive.problems.ranges import MENTION, MOST_VALUES, Number, combinations, ends, number, values, without
from derive.problems.values import texts
from derive.trees.source import Items, Node, Pairs, Source, Text
from derive.trees.texts import text

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,31}")
_EXAMPLE = "as in  a: [2, 3, 5]  or  a: 1..9"
_ONE = Number(Fraction(1))


def read_params(source: Source, node: Node) -> dict[str, Range]:
    """Return the parameters of a problem by their names. What is wrong is noted and left out."""
    if not isinstance(node, Pairs):
        source.fault(node, "params: names with values are wanted here", _EXAMPLE)
        return {}
    names = {key.value for key, _ in node.pairs}
    found: dict[str, Range] = {}
    for key, below in node.pairs:
        if not _NAME.fullmatch(key.value):
            source.fault(key, f"{key.value[:40]} is no name for a parameter", "it has letters and digits: a, or slope2")
            continue
        try:
            found[key.value] = _range(source, key, below, names)
        except ProblemFileError as fault:
            source.note(fault)
    return found


def _range(source: Source, key: Text, node: Node, names: set[str]) -> Range:
    """Return the values of one parameter, less those that are excluded."""
    excluded: tuple[str, ...] = ()
    if isinstance(node, Pairs):
        found, excluded = _described(source, key, node)
    elif isinstance(node, Items):
        found = _choices(source, node)
    else:
        found = _between(source, node, None)
    if key.value in excluded:
        raise source.error(key, f"{key.value} cannot exclude itself")
    left = without(found, [x for x in excluded if x not in names])
    if not left:
        raise source.error(key, f"no value is left for {key.value}")
    return Range(left, excluded)


def _described(source: Source, key: Text, node: Pairs) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the values of a parameter that is described by fields, and what is excluded."""
    said = entries(source, node, PARAM)
    if ("choices" in said) == ("range" in said):
        misspelt = (name for name, _ in node.pairs if name.value not in fields_of(PARAM))
        at = next(misspelt, key)  # an error is noted there already, and this one is then dropped
        raise source.error(at, f"{key.value} has choices, or it has a range", "as in  {range: [1, 9], exclude: [0]}")
    if "choices" in said and "step" in said:
        raise source.error(said["step"].key, "a step goes with a range")
    excluded = _list(source, "exclude", said["exclude"].node) if "exclude" in said else ()
    if "choices" in said:
        return _choices(source, said["choices"].node), excluded
    return _between(source, said["range"].node, said.get("step")), excluded


def _list(source: Source, name: str, node: Node) -> tuple[str, ...]:
    found = texts(source, fields_of(PARAM)[name], node, formula=True)
    if any(MENTION.search(one) for one in found):
        raise source.error(node, r"a value cannot hold another parameter: \param stands in the texts of the problem")
    return found


def _choices(source: Source, node: Node) -> tuple[str, ...]:
    found = _list(source, "choices", node)
    if len(found) > MOST_VALUES:
        raise source.error(node, f"there are {len(found)} choices, and {MOST_VALUES} are the most")
    for one in found:
        if not _is_whole(one):
            raise source.error(node, f"{one[:40]}: its braces do not match, so it cannot be put into a text")
    if len(set(found)) < len(found):
        twice = next(one for one, times in Counter(found).items() if times > 1)
        raise source.error(node, f"{twice[:40]} stands here twice")
    return found


def _is_whole(text: str) -> bool:
    """Tell whether the braces in a text match."""
    depth = 0
    for sign in re.findall(r"\\.|[{}]", text, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth < 0:
            return False
    return depth == 0


def _between(source: Source, node: Node, step: Entry | None) -> tuple[str, ...]:
    if isinstance(node, Items):
        typed = node.items
    else:
        both = ends(text(source, node, "range"))
        typed = tuple(Text(end, node.start, node.stop) for end in both) if both else ()
    if len(typed) != 2:
        raise source.error(node, "a range has two ends", _EXAMPLE)
    low, high = (_number(source, end) for end in typed)
    by = _number(source, step.node) if step else _ONE
    try:
        return values(low, high, by)
    except ValueError as fault:
        raise source.error(node, str(fault)) from None


def _number(source: Source, node: Node) -> Number:
    typed = text(source, node, "range", formula=True)
    found = number(typed)
    if found is None:
        hint = r"whole numbers, decimals and fractions: -2, 0.5, 3/4 or \frac{3}{4}; letters are a list of choices"
        raise source.error(node, f"{typed[:40]} is no number, of up to 15 digits", hint)
    return found


def check_params(source: Source, node: Pairs, params: Entry | None) -> None:
    r"""Note where `\param` names no parameter of a problem, and parameters that no text of it mentions."""
    if params is None and r"\param" not in source.text[node.start : node.stop]:
        return
    listed = params.node if params else Pairs((), node.start, node.start)
    if not isinstance(listed, Pairs):
        return
    named = {key.value: key for key, _ in listed.pairs}
    used: set[str] = set()
    for below in (value for _, value in node.pairs if value is not listed):
        for typed in _all_texts(below):
            for mention in MENTION.finditer(typed.value):
                name = (mention[1] or "").strip()
                if name not in named and name not in used:
                    _unknown(source, typed, mention, named)
                used.add(name)
    for name in named.keys() - used:
        source.fault(named[name], f"no text mentions the parameter {name}", rf"write \param{{{name}}} where it goes")


def _unknown(source: Source, typed: Text, mention: re.Match[str], named: Mapping[str, Text]) -> None:
    start = source.text.find(mention[0].lstrip("\\"), typed.start, typed.stop)
    at = typed if start < 0 else Text("", start, start + len(mention[0]) - 1)
    names = "the parameters are " + ", ".join(named) if named else "say under params which values it may have"
    name = (mention[1] or "").strip()[:40]
    says = f"there is no parameter {name}" if name else r"\param wants a name in braces: \param{a}"
    source.fault(at, says, names)


def _all_texts(node: Node) -> Iterator[Text]:
    """Yield the texts in a node."""
    if isinstance(node, Text):
        yield node
    else:
        for below in node.items if isinstance(node, Items) else (value for _, value in node.pairs):
            yield from _all_texts(below)


def check_variants(source: Source, at: Node, wanted: int, params: Mapping[str, Range]) -> None:
    """Note where a problem is to have more variants than its parameters have values."""
    if not params:
        if wanted > 1:
            source.fault(at, "there is nothing that differs between the variants", "say under params what does")
        return
    possible = combinations(params, wanted)
    if possible < wanted:
        says = f"{wanted} variants are wanted, and the parameters allow only {possible} choices of values"
        source.fault(at, says, "widen the ranges, or exclude less")
