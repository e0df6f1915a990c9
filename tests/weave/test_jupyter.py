"""The magics for notebooks, in a real kernel: one notebook is run, and all looks at what it shows."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import needed

NOTEBOOK = Path(__file__).parents[2] / "samples" / "notebook.ipynb"
pytestmark = pytest.mark.timeout(300)

LIMITED = """from derive.limits import Limits
from derive.weave.library import Weaver
from derive.weave.session import Options
magics = get_ipython().magics_manager.registry["DeriveMagics"]
magics.close()
magics.weaver = Weaver(Options(limits=Limits(seconds=0.001)))"""
FURTHER = {
    "wrong formula": "%%derive wrt=x\ny = 1 +\n  x^{2",
    "wrong option": "%derive detial=brief",
    "German": "%derive lang=de",
    "braces": "x = 'never put in'\n%derive let='a_{x} > 0' let='{b} > 0'",
    "in German": "%%derive wrt=x detail=answer\ny = a_{x} b x",
    "forget": "%derive",
    "in English": "%%derive wrt=x detail=answer\ny = a_{x} b x",
    "skipped": "%%derive skip\ny = x",
    "limited": LIMITED,
    "too long": "%%derive wrt=x\ny = \\sin(x^7) \\ln(x^8) e^{x^9}",
    "still there": "6 * 7",
}


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The sample notebook as it was run just now, with more cells behind its own."""
    here = all(importlib.util.find_spec(name) for name in ("nbclient", "nbformat", "ipykernel"))
    needed("a kernel of Jupyter", here)
    import nbformat
    from nbclient import NotebookClient

    run = nbformat.read(NOTEBOOK, 4)
    for name, source in FURTHER.items():
        cell = nbformat.v4.new_code_cell(source, id=name.replace(" ", "-"))
        cell.metadata.tags = ["raises-exception"]
        run.cells.append(cell)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DERIVE_CACHE", str(tmp_path_factory.mktemp("cache")))
        NotebookClient(run, timeout=300, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    return run


@pytest.fixture
def outputs(notebook: Any) -> Callable[[str], list[Any]]:
    """Return what a cell shows."""
    return lambda name: next(c.outputs for c in notebook.cells if c.id == name.replace(" ", "-"))


@pytest.fixture
def shown(outputs: Callable[[str], list[Any]]) -> Callable[[str], str]:
    return lambda name: str(outputs(name)[0].data["text/markdown"])


def test_the_sample_shows_what_it_showed(notebook, request):
    import nbformat

    before = nbformat.read(NOTEBOOK, 4)
    if request.config.getoption("--golden"):
        for cell, now in zip(before.cells, notebook.cells, strict=False):
            cell.update({key: now[key] for key in ("outputs", "execution_count") if key in now})
        nbformat.write(before, NOTEBOOK)
    solutions = [c.outputs for c in before.cells if c.source.startswith("%%derive")]
    assert len(solutions) == 2
    assert all(len(outputs) == 1 and "$" in outputs[0].data["text/markdown"] for outputs in solutions)
    for earlier, now in zip(before.cells, notebook.cells, strict=False):
        assert earlier.get("outputs") == now.get("outputs")


def test_an_error_is_a_report_with_its_place_in_the_cell(outputs):
    (error,) = outputs("wrong formula")
    assert (error.output_type, error.ename) == ("error", "CellError")
    assert error.traceback == [
        "cell:3:5: error[D101]: { is never closed", "    x^{2", "      ^", *error.traceback[3:]
    ]  # fmt: skip
    assert "Traceback" not in "".join(error.traceback)
    (error,) = outputs("wrong option")
    assert error.traceback[0].startswith("cell:1:9: error")
    assert error.traceback[-1] == "  did you mean detail?"


def test_options_hold_until_they_are_forgotten(shown, outputs):
    assert "Aufgabe" in shown("in German")
    assert outputs("braces") == []  # nothing is taken for a variable of Python
    assert "a_{x} > 0" in shown("in German")
    assert "Problem" in shown("in English")
    assert "> 0" not in shown("in English")


def test_what_is_to_be_left_alone_is(outputs):
    assert outputs("skipped") == []


def test_a_problem_that_takes_too_long_does_not_take_the_kernel_with_it(outputs):
    (error,) = outputs("too long")
    assert error.traceback[0].startswith("cell:1:1: error[D501]")
    assert outputs("still there")[0].data["text/plain"] == "42"


def test_an_interrupt_ends_what_is_at_work(monkeypatch):
    needed("IPython", importlib.util.find_spec("IPython") is not None)
    from derive.weave import jupyter

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    magics = jupyter.DeriveMagics(None)
    monkeypatch.setattr(jupyter, "worked_out", interrupted)
    with pytest.raises(KeyboardInterrupt):
        magics.derive("wrt=x", "x^2")
    assert magics.weaver is None
