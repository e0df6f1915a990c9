"""What all tests share: golden files, the corpus, and the tools that may be missing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("here", deadline=None)
IN_CI = os.environ.get("CI", "").lower() in ("1", "true")
settings.load_profile("ci" if IN_CI else "here")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="write the expected outputs anew")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare a text with the file that holds what is expected; with `--golden`, write that file."""

    def compare(file: Path, text: str) -> None:
        if request.config.getoption("--golden"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        assert file.is_file(), f"{file} is missing: make golden"
        assert text == file.read_text(encoding="utf-8")

    return compare


def needed(what: str, present: bool) -> None:
    """Skip the test where a tool is missing; under CI, where all must be there, fail."""
    if not present:
        (pytest.fail if IN_CI else pytest.skip)(f"{what} is not here")


@pytest.fixture(scope="session")
def pdflatex() -> str:
    """The path of pdflatex."""
    found = shutil.which("pdflatex")
    needed("pdflatex", found is not None)
    return str(found)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium that runs without a screen."""
    found = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    needed("Chromium", found is not None)
    return str(found)


KATEX = """
const katex = require('katex');
const failure = (tex) => {
  try { katex.renderToString(tex, {displayMode: true, throwOnError: true, strict: 'error', macros: {}}); return ''; }
  catch (error) { return error.message; }
};
const said = (formulas) => console.log(JSON.stringify(formulas.map(failure)));
require('node:stream/consumers').json(process.stdin).then(said);
"""


@pytest.fixture(scope="session")
def katex() -> Callable[[list[str]], list[str]]:
    """Tell what KaTeX says against each formula: "" where it renders. NODE_PATH says where the package is."""

    ours = str(Path(__file__).parent / "render" / "node_modules")  # the newest one, where it was installed
    env = os.environ | {"NODE_PATH": os.pathsep.join([ours, os.environ.get("NODE_PATH", "")])}

    def complaints(formulas: list[str]) -> list[str]:
        done = subprocess.run(
            ["node", "-e", KATEX], input=json.dumps(formulas), capture_output=True, text=True, env=env
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    node = shutil.which("node")
    present = (
        node is not None
        and not subprocess.run([node, "-e", "require('katex')"], capture_output=True, env=env).returncode
    )
    needed("KaTeX", present)
    assert complaints(["x^2"]) == [""]
    assert complaints([r"\frac{"]) != [""]
    return complaints


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of problems with known answers, named by DERIVE_CORPUS; skipped without it."""
    named = os.environ.get("DERIVE_CORPUS")
    if not named:
        pytest.skip("DERIVE_CORPUS is not set")
    folder = Path(named)
    assert folder.is_dir(), f"DERIVE_CORPUS names {folder}, which is no folder"
    return folder
