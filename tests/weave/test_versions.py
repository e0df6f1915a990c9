"""A newer version of the program works solutions out anew, and writes a document only if one reads otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from derive.weave.config import folder_of
from derive.weave.model import Outcome, Request, Woven
from derive.weave.weaving import How, weave

DOCUMENTS = {
    "replaced.md": "Words.\n\n> ```derive wrt=x\n> y = x^2\n> ```\n\nMore.\n",
    "followed.md": "Words.\r\n\r\n<!-- derive: wrt=x -->\r\n$$\r\ny = x^2\r\n$$\r\n",
    "notes.tex": "\\begin{document}\n% derive: wrt=x\n\\[ y = x^2 \\]\n\\end{document}\n",
}


def said(answer: str) -> Callable[[Sequence[Request]], list[Outcome]]:
    """Return a program that has one answer to everything."""
    return lambda requests: [answer for _ in requests]


def woven(document: str, name: str, answer: str, version: str, beside: dict[str, str]) -> Woven:
    path = Path(name)
    result = weave(document, path, said(answer), folder_of(path, Path.cwd()), How(stamp=version, beside=beside))
    assert not result.errors
    return result


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_reads_the_same_is_not_written(name):
    first = woven(DOCUMENTS[name], name, "Twice\n\n$$\n2x\n$$", "1", {})
    files = dict(first.side_files)
    again = woven(first.text, name, "Twice\n\n$$\n2x\n$$", "2", files)
    assert (again.text, again.side_files, again.stale) == (first.text, files, False)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_reads_otherwise_is_written(name):
    first = woven(DOCUMENTS[name], name, "Twice\n\n$$\n2x\n$$", "1", {})
    again = woven(first.text, name, "Twice\n$$\n2x\n$$", "2", dict(first.side_files))  # one empty line is missing
    assert again.stale
    assert "Twice\n$$" in "".join([again.text, *again.side_files.values()]).replace("\r\n", "\n").replace("> ", "")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_same_version_is_not_asked_again(name):
    first = woven(DOCUMENTS[name], name, "Twice", "1", {})
    again = woven(first.text, name, "Thrice", "1", dict(first.side_files))
    assert (again.text, again.stale) == (first.text, False)
