"""Problems with known right answers, from the folder that DERIVE_CORPUS names: right, or refused with a clear error."""

from __future__ import annotations

import ast
import inspect
import json
import re

import numpy as np
import pytest

import derive
from derive.errors import CheckError, DeriveError
from derive.expr.interning import interning
from derive.writer.record import record

TOLERANCE = 1e-6


def bare(latex):
    return re.sub(r"[\\{}\s]|mathrm|mathit|mathbf|boldsymbol|text", "", latex)


def cases(folder, name):
    listed = [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]
    return [case for case in listed if case["scalars"]]


def asked(case):
    """Return what to ask beside the text: the task, where the text does not state it, and the conventions."""
    options = case.get("options", {})
    conventions = {k: v for k, v in options.items() if k in ("layout", "notation")}
    task = {} if case["task_in_text"] else {"wrt": case["wrt"], **options}
    return {"let": case.get("let", ()), **conventions, **task}


def functions(sources):
    for source in sources if isinstance(sources, list) else [sources]:
        space = {}
        exec(compile(source, "<generated>", "exec"), space)
        yield space[[node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)][-1].name]


def _arguments(function, given, entries, case):
    """Return the arguments of a function; a bound of a sum is 3, a vector is made up of the numbers of the point."""
    missing = inspect.signature(function).parameters.keys() - given.keys()
    return given | {name: 3 if name in case.get("bounds", ()) else entries for name in missing}


def error_of(case, solution):
    """Return the largest relative error of the Python derivative over the points of a case."""
    with interning(solution.problem.table):
        data = record(solution)
    spelled = {bare(s["latex"]): s["name"] for s in data["problem"]["symbols"]}
    names = {
        key: next((spelled[bare(t)] for t in s["latex"] if bare(t) in spelled), None)
        for key, s in case["symbols"].items()
    }
    worst = 0.0
    for point in case["points"]:
        given = {names[key]: float(v) for key, v in point["in"].items() if names[key] is not None}
        entries = np.array([float(v) for v in point["in"].values()])
        with np.errstate(all="ignore"):
            found = [
                np.asarray(f(**_arguments(f, given, entries, case)), float)
                for f in functions(data["python"]["derivative"])
            ]
        got = found[0] if len(found) == 1 else np.concatenate([value.ravel() for value in found])
        wanted = np.asarray(point["out"], float)
        if got.shape != wanted.shape:
            return np.inf
        worst = max(worst, float(np.max(np.abs(got - wanted)) / max(1.0, float(np.max(np.abs(wanted))))))
    return worst


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("name", "least"), [("scalar.jsonl", 0.9), ("paper.jsonl", 0.9)])
def test_every_answer_is_right_or_refused(corpus, name, least):
    wrong, refused = {}, {}
    listed = cases(corpus, name)
    for case in listed:
        try:
            solution = derive.solve(case["problem"], **asked(case))
        except CheckError as error:
            wrong[case["id"]] = error.message
        except DeriveError as error:
            refused[case["id"]] = error.message
        else:
            error = error_of(case, solution)
            if not (solution.checked and error < TOLERANCE):
                wrong[case["id"]] = error
    assert wrong == {}
    assert len(listed) - len(refused) >= least * len(listed), refused


@pytest.mark.timeout(120)
def test_sympy_agrees_wherever_it_has_a_verdict(corpus):
    verdicts = {}
    for case in cases(corpus, "scalar.jsonl")[::10]:
        try:
            solution = derive.solve(case["problem"], oracle=True, **asked(case))
        except DeriveError:
            continue
        verdicts[case["id"]] = solution.oracle["sympy_agrees"]
    assert [name for name, agrees in verdicts.items() if agrees is False] == []
    assert sum(agrees is True for agrees in verdicts.values()) > len(verdicts) / 2
