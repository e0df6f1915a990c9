"""Files as trees of texts: what is read, where it stands, what is refused before anything is made of it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from derive.errors import ProblemFileError, ProblemSetError
from derive.problems.model import Place
from derive.trees.json_tree import json_lines, json_tree
from derive.trees.source import DEPTH, Items, Pairs, Source, Text, read_source, text_source
from derive.trees.toml_tree import toml_tree
from derive.trees.yaml_tree import LOADER, yaml_tree

REFUSED = "\x7f\x85\u2028\u2029\ufeff\ufffe\uffff"
LETTERS = st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"], exclude_characters=REFUSED)
TEXTS = st.text(LETTERS | st.sampled_from("\n\n  \\\\'\"#:-{}[]&*!|>%@`$,?~"), max_size=30)
NAMES = st.text(LETTERS, min_size=1, max_size=12) | st.sampled_from(["a b", "no", "<<", "1.5", "x.y", "'", '"'])
TREES = st.recursive(TEXTS, lambda t: st.lists(t, max_size=4) | st.dictionaries(NAMES, t, max_size=4), max_leaves=8)
FILES = st.dictionaries(NAMES, TREES, min_size=1, max_size=4)
LOADERS = pytest.mark.parametrize("loader", [LOADER, yaml.SafeLoader], ids=["libyaml", "python"])


def plain(node):
    """The tree without its places."""
    match node:
        case Text():
            return node.value
        case Items():
            return [plain(item) for item in node.items]
        case Pairs():
            return {key.value: plain(value) for key, value in node.pairs}
    raise AssertionError(node)


def all_texts(node):
    match node:
        case Text():
            yield node
        case Items():
            for item in node.items:
                yield from all_texts(item)
        case Pairs():
            for key, value in node.pairs:
                yield key
                yield from all_texts(value)


class Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data):
        return True


@LOADERS
@given(tree=FILES, data=st.data())
def test_yaml_is_read_as_pyyaml_writes_it(loader, tree, data):
    style = data.draw(st.sampled_from([None, "'", '"', "|", ">"]))
    flow = data.draw(st.sampled_from([None, True, False]))
    width = data.draw(st.sampled_from([10, 1_000]))
    written = yaml.dump(
        tree, Dumper=Dumper, default_style=style, default_flow_style=flow, width=width, allow_unicode=True
    )
    source = text_source(written, "a.yaml")
    found = yaml_tree(source, loader)
    assert not source.faults
    assert plain(found) == tree
    for text in all_texts(found):
        if text.quote in ("'", '"'):
            assert yaml.compose(source.text[text.start : text.stop]).value == text.value


@given(FILES, st.booleans(), st.sampled_from([None, 0, 3]))
def test_json_is_read_as_python_writes_it(tree, escaped, indent):
    source = text_source(json.dumps(tree, ensure_ascii=escaped, indent=indent), "a.json")
    found = json_tree(source)
    assert plain(found) == tree
    assert all(json.loads(source.text[t.start : t.stop]) == t.value for t in all_texts(found))


@given(st.lists(FILES, max_size=2))
def test_each_line_of_json_is_a_tree(trees):
    source = text_source("\n\n".join(json.dumps(tree) for tree in trees), "a.jsonl")
    assert [plain(node) for node in json_lines(source)] == trees


def toml_text(text, data):
    basic = json.dumps(text, ensure_ascii=False)
    if "'" not in text and "\n" not in text and data.draw(st.booleans()):
        return f"'{text}'"
    if "'''" not in text and not text.endswith("'") and data.draw(st.booleans()):
        return f"'''\n{text}'''"
    if data.draw(st.booleans()):
        return '"""\\\n   ' + basic[1:-1] + '"""' if text[:1] not in (" ", "\n") else f'"""{basic[1:-1]}"""'
    return basic


def toml_value(tree, data):
    if isinstance(tree, str):
        return toml_text(tree, data)
    if isinstance(tree, list):
        return (
            "["
            + data.draw(st.sampled_from(["", "\n  # [ a comment\n"]))
            + ", ".join(toml_value(item, data) for item in tree)
            + "]"
        )
    return "{" + ", ".join(f"{toml_key(key, data)} = {toml_value(value, data)}" for key, value in tree.items()) + "}"


def toml_key(key, data):
    return f"'{key}'" if "'" not in key and data.draw(st.booleans()) else json.dumps(key, ensure_ascii=False)


def toml_table(tree, data, path=""):
    """A table: first what stands in a line, then what has a header of its own."""
    below = [k for k, v in tree.items() if isinstance(v, dict) and data.draw(st.booleans())]
    lists = [k for k, v in tree.items() if isinstance(v, list) and v and all(isinstance(x, dict) for x in v)]
    for key, value in tree.items():
        if key not in below and key not in lists:
            yield f"{toml_key(key, data)} = {toml_value(value, data)} # = 'x'"
    for key in below:
        name = path + toml_key(key, data)
        yield f"[ {name} ]"
        yield from toml_table(tree[key], data, f"{name} . ")
    for key in lists:
        name = path + toml_key(key, data)
        for item in tree[key]:
            yield f"[[{name}]]"
            yield from toml_table(item, data, f"{name}.")


@given(FILES, st.data())
def test_toml_is_read_as_tomllib_reads_it(tree, data):
    written = "\n".join(toml_table(tree, data))
    assert tomllib.loads(written) == tree
    source = text_source(written, "a.toml")
    found = toml_tree(source)
    assert plain(found) == tree
    for text in all_texts(found):
        slice_ = source.text[text.start : text.stop]
        assert tomllib.loads(f"a = {slice_}")["a"] == text.value if text.quote else slice_ == text.value


def test_dotted_names_of_toml_are_mappings():
    found = toml_tree(text_source("a.b.c = 1\na . 'd.e' = 2.50\n[x.y]\nz.w = 2026-01-02 03:04:05 # late\n", "a.toml"))
    assert plain(found) == {"a": {"b": {"c": "1"}, "d.e": "2.50"}, "x": {"y": {"z": {"w": "2026-01-02 03:04:05"}}}}


PLAIN = "no on yes 012 1:30 1e3 2026-01-01 0x1F 2.50 1_000 True".split()


@LOADERS
def test_every_value_of_yaml_is_text(loader):
    assert plain(yaml_tree(text_source(f"[{', '.join(PLAIN)}]"), loader)) == PLAIN


def test_numbers_keep_their_form():
    typed = ["2.50", "-0", "1e3", "true", "null"]
    assert plain(json_tree(text_source(f"[{', '.join(typed)}]"))) == typed


@given(st.text(st.sampled_from("ab\n\U0001f600é"), max_size=60), st.data())
def test_places_count_lines_and_code_points_from_1(text, data):
    offset = data.draw(st.integers(0, len(text)))
    before = text[:offset].split("\n")
    place = Source(text).place(offset)
    assert (place.line, place.column) == (len(before), len(before[-1]) + 1)


@LOADERS
def test_places_are_in_code_points_behind_a_mark_and_windows_lines(tmp_path, loader):
    file = tmp_path / "a.yaml"
    file.write_bytes("\ufeffa: \U0001f600é\r\nb: ['c', \"d\"]\r\n".encode())
    source = read_source(file)
    (_, first), (_, listed) = yaml_tree(source, loader).pairs
    assert [source.place(item.start) for item in listed.items] == [Place(2, 5), Place(2, 10)]
    assert (first.value, source.place(first.start), source.place(first.stop)) == (
        "\U0001f600é",
        Place(1, 4),
        Place(1, 6),
    )


FLAWS = [
    ("a: &b c\n", (1, 4), "anchors"),
    ("a: &b [c]\n", (1, 4), "anchors"),
    ("a: [x]\nb: *a\n", (2, 4), "aliases"),
    ("a: !!str b\n", (1, 4), "tags"),
    ("a: ! b\n", (1, 4), "tags"),
    ("a: !!python/object/apply:os.getcwd []\n", (1, 4), "tags"),
    ("a: b\nc: d\na: e\n", (3, 1), "a second time, after line 1"),
    ("? [a]\n: b\n", (1, 3), "name"),
]


@LOADERS
@pytest.mark.parametrize(("text", "place", "words"), FLAWS, ids=[repr(t) for t, *_ in FLAWS])
def test_what_only_yaml_has_is_noted_where_it_stands(text, place, words, loader):
    source = text_source(text, "a.yaml")
    assert yaml_tree(source, loader) is not None
    (fault,) = source.faults.values()
    assert (fault.line, fault.column) == place
    assert words in fault.message


BROKEN = [
    ("a.yaml", "a: b: c\n", (1, 5), "single quotes"),
    ("a.yaml", 'a: "x \\sigma"\n', (1, 7), "single quotes"),
    ("a.yaml", "a:\n  - 'b\n  - c\n", (2, 5), "quoted scalar"),
    ("a.yaml", "a: [b\n", (1, 4), "flow sequence"),
    ("a.yaml", "a: b\n---\nc: d\n", (2, 1), "second document"),
    ("a.yaml", "a:\n\t- b\n", (2, 1), "never by tabs"),
    ("a.yaml", "a: @b\n", (1, 4), "single quotes"),
    ("a.json", '{"a": 1,}', (1, 9), "last pair has no comma"),
    ("a.json", "{'a': 1}", (1, 2), "double quotes"),
    ("a.json", '{"a" 1}', (1, 6), "colon"),
    ("a.json", '{"a": 1', (1, 8), "comma or }"),
    ("a.json", '["a"\n"b"]', (2, 1), "comma or ]"),
    ("a.json", "[01]", (1, 2), "value"),
    ("a.json", "[NaN]", (1, 2), "value"),
    ("a.json", '["a\nb"]', (1, 2), "same line"),
    ("a.json", "[1] [2]", (1, 5), "behind the end"),
    ("a.toml", "a = 1\nb = \n", (2, 5), "Invalid value"),
    ("a.toml", "a = 1\na = 2\n", (2, 6), "overwrite"),
    ("a.toml", 'a = "\\sigma"\n', (1, 6), "single quotes"),
    ("a.toml", "[a\n", (1, 3), "Expected"),
]
READERS = {"a.yaml": yaml_tree, "a.json": json_tree, "a.toml": toml_tree}


@pytest.mark.parametrize(("name", "text", "place", "words"), BROKEN, ids=[repr(t) for _, t, *_ in BROKEN])
def test_broken_files_are_pointed_at(name, text, place, words):
    with pytest.raises(ProblemFileError) as caught:
        READERS[name](text_source(text, name))
    assert (caught.value.line, caught.value.column) == place
    assert words in f"{caught.value.message} {caught.value.hint}"


def test_a_false_escape_in_json_costs_one_error_not_the_rest():
    source = text_source('["\\sigma", "a", "\\upsilon"]', "a.json")
    assert len(json_tree(source).items) == 3
    assert [(f.line, f.column) for f in source.faults.values()] == [(1, 3), (1, 18)]
    assert all("doubled" in f.hint for f in source.faults.values())


DEEP = [
    ("a.yaml", "", "["),
    ("a.yaml", "", "{a: "),
    ("a.yaml", "", "- "),
    ("a.json", "", "["),
    ("a.json", "", '{"a":'),
    ("a.toml", "a = ", "["),
    ("a.toml", "a = ", "{b = "),
    ("a.toml", "", "a."),
    ("a.toml", "", '"a".'),
]


@pytest.mark.parametrize("times", [5_000, 400_000])
@pytest.mark.parametrize(("name", "before", "opening"), DEEP)
def test_deep_nesting_is_an_error_at_once(name, before, opening, times):
    source = text_source(before + opening * times, name)
    with pytest.raises(ProblemFileError, match="nesting too deep"):
        READERS[name](source)


@LOADERS
def test_nesting_is_read_up_to_the_limit(loader):
    deep = "[" * DEPTH + "]" * DEPTH
    assert yaml_tree(text_source(deep), loader)
    assert json_tree(text_source(deep))
    assert toml_tree(text_source(f"a = {deep[1:-1]}"))
    for read, text in (
        (lambda s: yaml_tree(s, loader), f"[{deep}]"),
        (json_tree, f"[{deep}]"),
        (toml_tree, f"a = [{deep}]"),
    ):
        with pytest.raises(ProblemFileError, match="nesting too deep"):
            read(text_source(text))


def test_a_bomb_of_aliases_is_refused_unexploded():
    lines = ["a0: &a0 [x, x]", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10))]
    source = text_source("\n".join(lines), "a.yaml")
    yaml_tree(source)
    assert {fault.line for fault in source.faults.values()} == set(range(1, 11))
    assert {fault.message for fault in source.faults.values()} == {"anchors and aliases are not allowed"}


def test_after_a_thousand_errors_no_more_are_looked_for():
    source = text_source("[" + "*a, " * 5_000 + "]", "a.yaml")
    with pytest.raises(ProblemSetError) as caught:
        yaml_tree(source)
    assert len(caught.value.errors) == 1_000


def test_a_file_of_the_largest_size_is_read_and_a_byte_more_is_not(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("a" * 1000)
    assert read_source(file, 1000).text == "a" * 1000
    with pytest.raises(ProblemFileError, match="over 999 bytes"):
        read_source(file, 999)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no endless file")
def test_an_endless_file_is_refused_by_its_size():
    with pytest.raises(ProblemFileError, match="over 5 MiB"):
        read_source(Path("/dev/zero"))


@pytest.mark.parametrize("name", [".", "none.yaml", "a\0b.yaml", "none/a.yaml"])
def test_what_cannot_be_read_is_named(tmp_path, name):
    with pytest.raises(ProblemFileError, match="cannot be read") as caught:
        read_source(tmp_path / name)
    assert str(tmp_path) in caught.value.report()


def test_other_encodings_are_refused_where_they_show(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_bytes("a: b\r\nté: c\n".encode("latin-1"))
    with pytest.raises(ProblemFileError, match="UTF-8") as caught:
        read_source(file)
    assert (caught.value.line, caught.value.column) == (2, 2)
    file.write_bytes("a: b".encode("utf-16"))
    with pytest.raises(ProblemFileError, match="UTF-8") as caught:
        read_source(file)
    assert "UTF-16" in caught.value.hint


@pytest.mark.parametrize("character", ["\0", "\x0c", "\x1b", *REFUSED])
def test_characters_that_no_editor_shows_are_errors(character):
    with pytest.raises(ProblemSetError) as caught:
        text_source(f"a: b\nc{character}d{character}: e\n", "a.yaml")
    assert [(e.line, e.column) for e in caught.value.errors] == [(2, 2), (2, 4)]
    assert f"U+{ord(character):04X}" in caught.value.report()
    assert character not in caught.value.report()
