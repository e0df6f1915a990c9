"""The fields of a problem-set file: a table, one row a field, from which checking, schema and manual are made."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from derive.options import OPTIONS as LIBRARY
from derive.options import Option

SET, DEFAULTS, PROBLEM, PART, PARAM = "set", "defaults", "problem", "part", "parameter"
"""Where a field may stand: at the top of the file, under `defaults`, in a problem, in a part, or in a parameter."""

ANYWHERE = (SET, DEFAULTS, PROBLEM, PART)
"""Where an option of the working may stand. What stands further in goes before what stands further out."""

_EXERCISE = (PROBLEM, PART)


@dataclass(frozen=True, slots=True)
class Field:
    """A field: its name, where it may stand, the kind of its value (`derive.problems.values`), and what it says.

    `option` is the option of the library that it sets. `choices` are the values of a choice, `low` and `high` the ends
    of a number. `also` are other names that are understood.
    """

    name: str
    where: tuple[str, ...]
    kind: str
    says: str
    option: str = ""
    choices: tuple[str, ...] = ()
    low: int = 0
    high: int = 0
    also: tuple[str, ...] = ()


HEAD = (
    Field("title", (SET, *_EXERCISE), "line", "The title."),
    Field("course", (SET,), "line", "The course that the set belongs to."),
    Field("author", (SET,), "line", "Who wrote it."),
    Field("date", (SET,), "line", "A date, as it is to be printed."),
    Field("lang", (SET,), "choice", "The language of the words around the formulas.", choices=("en", "de")),
    Field("instructions", (SET,), "prose", "What stands above the first problem."),
    Field("seed", (SET,), "line", "A word or number that decides all drawing: the same seed gives the same sheets."),
    Field("draw", (SET,), "draw", "How many problems with a tag a sheet gets, by tag; the others it gets anyway."),
    Field("shuffle", (SET,), "yes or no", "Put the problems of a sheet into an order that the seed decides."),
    Field("defaults", (SET,), "defaults", "What holds for every problem that does not say it itself."),
    Field("problems", (SET,), "problems", "The problems, in their order."),
    Field("$schema", (SET,), "line", "Where an editor finds the schema of this file. It is not read."),
)

CONTENT = (
    Field("id", _EXERCISE, "id",
          "A name for files and links: `relu-neuron`; else `p0001`, ... by position, parts `a`, `b`, ..."),
    Field("statement", _EXERCISE, "prose", "What is asked, with formulas between dollar signs."),
    Field("latex", _EXERCISE, "latex", "The formula to differentiate, without dollar signs.",
          also=("input", "problem")),
    Field("points", (DEFAULTS, *_EXERCISE), "number", "What it counts, as in `4` or `2.5`.", high=1000),
    Field("tags", (PROBLEM,), "tags", "Words by which problems are drawn."),
    Field("difficulty", (DEFAULTS, PROBLEM), "line", "How hard it is, in a word or number of your own."),
    Field("hints", _EXERCISE, "proses", "Hints, each a text of its own.", also=("hint",)),
    Field("notes", _EXERCISE, "notes", "Remarks for the key: marking, common mistakes.", also=("note",)),
    Field("solution", _EXERCISE, "prose", "A solution that is printed as it stands, where there is no latex."),
    Field("parts", (PROBLEM,), "parts", "The parts a, b, c of the problem."),
    Field("uses", (PART,), "ids", "Earlier parts whose equations, and those that these use, are given."),
    Field("params", (PROBLEM,), "params", r"Parameters: `\param{a}` in any text stands for a value that is drawn."),
    Field("variants", (PROBLEM,), "integer", "How many problems, each with its own values, it makes.", low=1,
          high=1000),
)  # fmt: skip

_ELSEWHERE = ("oracle", "reader", "flavor", "lang", "allow-unchecked")
"""Options that are chosen for a build, or for a set, as a whole."""

_KINDS = {
    "text": "latex",
    "texts": "latexes",
    "words": "letters",
    "choice": "choice",
    "integer": "integer",
    "number": "width",
    "flag": "yes or no",
}

_OWN = {
    "let": r"Declarations, f: \R \to \R, and definitions, u = x^2; those above hold too.",
    "macros": r"Macros of TeX, \newcommand{\R}{\mathbb{R}}; those above hold too.",
    "notation": "standard, paper, or the path of a notation file, seen from this file.",
}
"""What is said of options that have a meaning of their own in a set."""


def _field(option: Option) -> Field:
    """Return an option of the library as a field."""
    kind = "notation" if option.name == "notation" else _KINDS[option.kind]
    choices = ("standard", "paper") if kind == "notation" else option.choices
    numbered = kind in ("integer", "width")
    low, high = (int(option.least), int(option.most)) if numbered else (0, 0)
    return Field(option.name, ANYWHERE, kind, _OWN.get(option.name, option.says), option.key, choices, low, high)


OPTIONS = tuple(map(_field, (o for o in LIBRARY if o.name not in _ELSEWHERE)))

PARAMETER = (
    Field("choices", (PARAM,), "latexes", "The values, as LaTeX."),
    Field(
        "range",
        (PARAM,),
        "range",
        "The first and the last value: `[1, 9]` or `1..9`; decimals and fractions are exact.",
    ),
    Field("step", (PARAM,), "latex", "From one value of a range to the next; 1 if it is not said."),
    Field(
        "exclude", (PARAM,), "latexes", "Values that are left out; the name of another parameter: never the same value."
    ),
)

FIELDS = (*HEAD, *CONTENT, *OPTIONS, *PARAMETER)

PLACES = {
    SET: "at the top of the file",
    DEFAULTS: "under defaults",
    PROBLEM: "in a problem",
    PART: "in a part",
    PARAM: "in a parameter",
}


@cache
def fields_of(where: str) -> dict[str, Field]:
    """Return the fields that may stand somewhere, by all the names that each has."""
    return {name: field for field in FIELDS if where in field.where for name in (field.name, *field.also)}


def advice(name: str, where: str) -> str:
    """Return what may help where a name is not known: the one that was meant, or where the name may stand."""
    known = fields_of(where)
    elsewhere = [field for field in FIELDS if name in (field.name, *field.also)]
    if elsewhere:
        return f"{name} stands " + ", or ".join(PLACES[w] for w in elsewhere[0].where)
    close = get_close_matches(name[:40].lower().replace("_", "-"), known, 1)
    if close:
        return f"did you mean {close[0]}?"
    return "there are " + ", ".join(name for name, field in known.items() if name == field.name and name[0] != "$")
