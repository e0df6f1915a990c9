"""Faults that are planted in the child processes: they do to a problem what no formula should be able to do."""

from pathlib import Path

import pytest

PLANTED = """
import os, sys, time
import derive.pipeline

really = derive.pipeline.solve

def solve(latex, **options):
    if "hang" in latex:
        sum(range(10**11))  # no signal gets through to Python meanwhile
    if "hog" in latex:
        bytearray(4 * 2**30)
    if "crash" in latex:
        os.kill(os.getpid(), 11)
    if "bug" in latex:
        raise KeyError("bug")
    if "print" in latex:
        print("noise from a library")
        latex = "x^2"
    if "slow" in latex:
        time.sleep(0.3)
        latex = "x^2"
    return really(latex, **options)

derive.pipeline.solve = solve
"""


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make LaTeX with the words hang (in C code), hog (4 GiB), crash, bug, print and slow do just that."""
    folder = tmp_path / "planted"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(PLANTED)
    monkeypatch.setenv("PYTHONPATH", str(folder))
