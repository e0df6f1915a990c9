"""Hostile formulas: an answer or a clear error, soon, whatever is typed. The list comes with the corpus."""

import time

import pytest
import yaml

ANSWERED = {
    "syn-sup-two-digits": "x^23 is x^2 times 3, as TeX sets it, and a note says so",
    "syn-sin-word": "bare function names are read",
    "syn-log-word": "bare function names are read",
    "syn-differential": "a product of d and x",
    "syn-evaluated-at": "values at a point are supported",
    "res-sin-nest-200": "the limit of depth is 1,000",
    "res-sin-nest-1000": "the limit of depth is 1,000",
    "res-frac-nest-100": "the limit of depth is 1,000",
    "res-paren-200": "the limit of depth is 1,000",
    "res-left-right-300": "the limit of depth is 1,000",
    "res-sqrt-nest-300": "the limit of depth is 1,000",
    "res-sum-1000": "the limit is one of nodes, not of variables",
    "res-10k-chars": "the limit is 20,000 nodes",
    "res-binom": "a binomial coefficient stands as it is typed",
    "inj-percent-brace": "braces group: x times 7 times 7",
    "dom-floor": "the answer says where it holds",
    "res-matrix-det": "a determinant of what does not vary has derivative 0",
    "shp-case-clash": "a bold and a plain letter are two symbols",
    "enc-sup2": "a superscript character is a superscript",
}
"""What the list would refuse, and is answered."""

REFUSED = {
    "res-tower-4": "what cannot be checked is not answered",
    "res-sup-nest-60": "what has no value that can be computed cannot be checked",
    "res-factorial-1e9": "what has no value that can be computed cannot be checked",
    "shp-undeclared": "x is not the bold x that stands there",
    "shp-symmetric-trap": "x is not the bold x that stands there",
}
"""What the list would answer, and is refused."""

DECIDED = dict.fromkeys(ANSWERED, 0) | dict.fromkeys(REFUSED, 1)


def text_of(case):
    """Return the formula, which may be given as how it is built; `@` is the number of the unit."""
    if "input" in case:
        return case["input"]
    ((how, spec),) = case["gen"].items()
    match how:
        case "repeat":
            units = [spec["unit"].replace("@", str(k)) for k in range(1, spec["n"] + 1)]
            return spec.get("prefix", "") + spec["sep"].join(units) + spec.get("suffix", "")
        case "wrap":
            return spec["open"] * spec["n"] + spec["core"] + spec["close"] * spec["n"]
        case "matrix":
            row = "&".join([spec["unit"]] * spec["cols"])
            return r"\begin{bmatrix}" + r"\\".join([row] * spec["rows"]) + r"\end{bmatrix}"
    raise AssertionError(how)


@pytest.fixture(scope="session")
def attacks(corpus):
    cases = yaml.safe_load((corpus / "attacks.yaml").read_text("utf-8"))
    return [case for case in cases if case["kind"] == "latex"]


@pytest.mark.timeout(300)
def test_every_attack_is_answered_or_refused_in_time(attacks, derive, tmp_path):
    otherwise = {}
    for case in attacks:
        start = time.monotonic()
        done = derive("solve", "-", "--wrt", "x", stdin=text_of(case).encode())
        assert time.monotonic() - start < 15, case["id"]
        assert len(done.stderr) < 2_000, case["id"]
        assert done.returncode == 0 or done.stderr.startswith("error[D"), case["id"]
        if done.returncode != DECIDED.get(case["id"], case["exit"]):
            otherwise[case["id"]] = done.returncode
    assert otherwise == {}
    assert not list(tmp_path.iterdir())


def test_the_differences_are_in_the_list(attacks):
    exits = {case["id"]: case["exit"] for case in attacks}
    assert {name for name, code in DECIDED.items() if exits.get(name) == code} == set()
    assert DECIDED.keys() <= exits.keys()
