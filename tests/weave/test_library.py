"""The weaver that site generators and notebooks have: what they may expect to be raised."""

from __future__ import annotations

import pytest

from derive.weave.library import Weaver
from derive.weave.said import DocumentError


def test_very_many_faults_are_an_error_as_one_is(tmp_path):
    front = "---\nderive:\n" + "  lang: en\n" * 1100 + "---\n"
    with Weaver(remember=False) as weaver, pytest.raises(DocumentError, match="a second time"):
        weaver.weave(front + "```derive wrt=x\ny = x\n```\n", tmp_path / "page.md")
