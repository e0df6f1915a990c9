"""Faults that are planted in the child processes: they do to a problem what no formula should be able to do."""

from pathlib import Path

import pytest

_PLANTED = """
import os, sys
import derive.pipeline

really = derive.pipeline.solve

def solve(latex, **options):
    if "hang" in latex:
        sys.set_int_max_str_digits(0)
        int("9" * 4_000_000)
    if "hog" in latex:
        bytearray(4 * 2**30)
    if "crash" in latex:
        os.kill(os.getpid(), 11)
    if "bug" in latex:
        raise KeyError("bug")
    if "print" in latex:
        print("noise from a library")
        latex = "x^2"
    return really(latex, **options)

derive.pipeline.solve = solve
"""


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make LaTeX with the words hang (in C code), hog (4 GiB), crash, bug and print do just that."""
    (tmp_path / "sitecustomize.py").write_text(_PLANTED)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
