"""Markdown: the blocks of derive in a document.

A block is a fence of ours; or a comment with options and the display below it; or what became of a fence when its
solution took its place, a comment that keeps it. All that stands in other fences, in HTML or in code is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from derive.weave.blocks import Blocks, Leaf
from derive.weave.front import front_matter
from derive.weave.heads import is_math, is_ours, kept_head, read_head, without_fields
from derive.weave.markers import Markers
from derive.weave.model import Block, Declaration, Item
from derive.weave.options import DECLARING
from derive.weave.said import DocumentError, Place, Said, said_in_words
from derive.weave.text import Text, joined


@dataclass(frozen=True, slots=True)
class _Directive:
    """A comment with options. It may be about the display that comes next."""

    leaf: Leaf
    said: tuple[Said, ...] = ()
    fault: DocumentError | None = None

    @property
    def declares(self) -> bool:
        """Whether it says nothing that is about one formula."""
        return bool(self.said) and all(s.name.replace("_", "-") in DECLARING for s in self.said)


def markdown_items(document: str, place: Place, markers: Markers) -> tuple[list[Item], list[Said]]:
    """Return the blocks and declarations of a document, in their order, and the options in its front matter.

    Raises:
        DocumentError: Markers are missing, or not as they were written.
    """
    return _Markdown(document, place, markers).run()


class _Markdown:
    def __init__(self, document: str, place: Place, markers: Markers) -> None:
        self.document, self.place, self.markers = document, place, markers
        self.blocks = Blocks(document, mdx=markers.open != "<!--")
        self.items: list[Item] = []
        self.pending: _Directive | None = None
        self.ready = False
        """Whether a solution that begins here is that of the last block."""

    def run(self) -> tuple[list[Item], list[Said]]:
        skipped, said = front_matter(self.document, self.blocks.lines, self.place)
        self.blocks.go_to(skipped)
        for leaf in self.blocks.leaves():
            if leaf.kind == "blank":
                continue
            self.leaf(leaf)
            self.blocks.wants_display = self.pending is not None
        if self.pending:
            self.declare(self.pending)
        return self.items, said

    def leaf(self, leaf: Leaf) -> None:
        """Look at what is not blank."""
        pending, self.pending = self.pending, None
        ready, self.ready = self.ready, False
        if pending:
            display = self.displayed(leaf)
            adjacent = leaf.first == pending.leaf.last + 1
            if display is not None and (adjacent or not pending.declares):
                self.display(leaf, display, pending)
                return
            self.declare(pending)
        if leaf.kind == "fence" and is_ours(self.document[slice(*leaf.info)]):
            self.fence(leaf)
        elif leaf.kind == "comment":
            self.comment(leaf, ready)

    def displayed(self, leaf: Leaf) -> Text | None:
        """Return the formula that a leaf displays, if it is a display."""
        if leaf.kind == "display":
            return joined(self.document, leaf.pieces).stripped()
        if leaf.kind == "fence" and is_math(self.document[slice(*leaf.info)]):
            return without_fields(joined(self.document, leaf.pieces))
        return None

    def display(self, leaf: Leaf, formula: Text, about: _Directive) -> None:
        fault = about.fault
        if not leaf.closed:
            says = "this display is not closed, or more stands behind it on its line"
            fault = self.place.error(leaf.start, says, "a display stands in lines of its own, with no empty line in it")
        self.add(Block("display", formula, leaf.start, leaf.stop, about.said, leaf.prefix, fault=fault))

    def fence(self, leaf: Leaf) -> None:
        info = joined(self.document, [leaf.info])
        body = joined(self.document, leaf.pieces) if leaf.pieces else Text("", (leaf.info[1],))
        fault = None if leaf.closed else self.place.error(leaf.start, "this fence is never closed", "close it with ```")
        self.add(self.headed("fence", info, body, leaf, fault))

    def headed(self, form: str, info: Text, body: Text, leaf: Leaf, fault: DocumentError | None) -> Block:
        """Return the block that a fence is, or was."""
        said: list[Said] = []
        formula = body
        try:
            said, formula = read_head(info, body, self.place)
        except DocumentError as error:
            fault = fault or error
        head = kept_head(info.text)
        return Block(form, formula, leaf.start, leaf.stop, tuple(said), leaf.prefix, head, body.text, fault=fault)

    def add(self, block: Block) -> None:
        self.items.append(block)
        self.ready = True

    def comment(self, leaf: Leaf, ready: bool) -> None:
        directive = self.markers.directive(joined(self.document, leaf.pieces).text)
        if directive is None:
            return
        if directive["word"] == "end":
            raise self.place.error(leaf.start, "a solution ends here that did not begin", _REMEDY)
        text = joined(self.document, leaf.pieces).part(directive.start("rest"), directive.end())
        stop = text.text.find(self.markers.close)
        if stop < 0 or text.text[stop + len(self.markers.close) :].strip():
            says = "this comment is never closed" if stop < 0 else "nothing may stand behind this comment on its line"
            raise self.place.error(leaf.start, says)
        text = text.part(0, stop).plain()
        if directive["word"] == "begin":
            self.begin(leaf, text, ready)
            return
        try:
            self.pending = _Directive(leaf, tuple(said_in_words(text, self.place)))
        except DocumentError as error:
            self.pending = _Directive(leaf, fault=error)

    def begin(self, leaf: Leaf, text: Text, ready: bool) -> None:
        """Read a solution from an earlier time, from its first marker on."""
        earlier, last = self.markers.earlier(self.document, self.blocks.lines, leaf.start, leaf.last + 1, self.place)
        if "\n" in text.text:
            info, newline, body_and_end = text.text.partition("\n")
            length = len(body_and_end.rstrip(" \t").removesuffix("\n"))
            body = text.part(len(info + newline), len(info + newline) + length)
            self.items.append(self.headed("kept", text.part(0, len(info)), body, leaf, None))
            ready = True
        if not ready:
            says = "this solution has no formula before it"
            raise self.place.error(leaf.start, says, "delete it, with both of its markers")
        block = self.items[-1]
        assert isinstance(block, Block)
        self.items[-1] = replace(block, earlier=earlier)
        self.blocks.go_to(last + 1)

    def declare(self, directive: _Directive) -> None:
        """Take a comment for what holds from here on."""
        fault = directive.fault
        if fault is None and not directive.declares:
            says = "no display follows this comment"
            hint = f"only {', '.join(sorted(DECLARING))} can be said for the rest of the document"
            fault = self.place.error(directive.leaf.start, says, hint)
        self.items.append(Declaration(directive.leaf.start, directive.said, fault))


_REMEDY = "delete this marker"
