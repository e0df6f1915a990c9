"""All samples are worked out, checked, and compile."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from samples.demo import derive, pdf, samples

SAMPLES = dict(samples())


def solved(name, form):
    command = [sys.executable, "-m", "derive", "solve", *SAMPLES[name], "--format", form]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_is_checked(name):
    assert json.loads(solved(name, "json"))["checked"]


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_renders_in_a_browser(name, katex):
    formulas = [a or b for a, b in re.findall(r"\$\$(.+?)\$\$|\$(.+?)\$", solved(name, "markdown"), re.DOTALL)]
    assert formulas
    assert not {tex: said for tex, said in zip(formulas, katex(formulas), strict=True) if said}


@pytest.mark.usefixtures("pdflatex")
@pytest.mark.parametrize("name", SAMPLES)
def test_sample_compiles(name, tmp_path):
    source = tmp_path / "sample.tex"
    assert derive("solve", *SAMPLES[name], "--format", "tex", "-o", str(source))
    assert pdf(source)
