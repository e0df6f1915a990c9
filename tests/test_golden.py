"""Golden documents: worked solutions that people have looked at, as Markdown, LaTeX and terminal text."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from samples.demo import samples

FOLDER = Path(__file__).with_name("golden")
PROBLEMS = dict(samples(FOLDER / "problems.txt"))
FORMATS = {"markdown": "md", "tex": "tex", "text": "txt"}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", PROBLEMS)
def test_golden(name: str, form: str, golden: Callable[[Path, str], None]) -> None:
    command = [sys.executable, "-m", "derive", "solve", *PROBLEMS[name], "--format", form]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    golden(FOLDER / f"{name}.{FORMATS[form]}", done.stdout)
