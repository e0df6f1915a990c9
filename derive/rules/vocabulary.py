"""The reasons that a line can have beside a rule: a closed vocabulary, with the words that stand on the page."""

from __future__ import annotations

from dataclasses import dataclass

from derive.rules.table import RULES


@dataclass(frozen=True, slots=True)
class Word:
    """How a reason is worded. One that the title of its step says already is not `shown` beside the line."""

    title: str
    shown: bool = True
    rewrite: bool = False


_MOVES: dict[str, Word] = {
    "definition": Word("definition", shown=False),
    "chain rule": Word("chain rule", shown=False),
    "total derivative": Word("total derivative", shown=False),
    "put in": Word("put in", shown=False),
    "substitute": Word("substitute back", shown=False),
    "collect": Word("collect", shown=False),
    "symmetry": Word("the mixed partial derivatives agree"),
    "simplify": Word("simplified with SymPy"),
    "constant": Word("constant"),
    "identity": Word("the variable itself", shown=False),
    "identity matrix": Word("each entry depends on itself alone"),
    "jumps": Word("constant between its jumps"),
    "one term": Word("only one term of the sum contains it"),
    "written out": Word("written out", shown=False),
    "compare": Word("the same by another method", shown=False),
    "update": Word("step against the gradient", shown=False),
    "indices": Word("in components", shown=False),
    "delta": Word("1 for equal indices, else 0"),
    "shares": Word("in terms of the fractions themselves"),
    "one term left": Word("only the term with equal indices is left"),
    "vectors": Word("in vectors"),
    "sums": Word("as a sum"),
    "transpose": Word("transpose", shown=False),
    "gradients": Word("one gradient below the other"),
    "partial derivatives": Word("partial derivatives", shown=False),
    "diagonal": Word("all else is 0", shown=False),
    "alone": Word("entry by entry", shown=False),
    "each entry": Word("each entry"),
    # the rewrites of the planner
    "clear": Word("drop 0 and 1", shown=False, rewrite=True),
    "values": Word("known values", shown=False, rewrite=True),
    "numbers first": Word("numbers first", shown=False, rewrite=True),
    "exponentials": Word("exponents add", rewrite=True),
    "lead with plus": Word("order", shown=False, rewrite=True),
    "nested fractions": Word("clear the inner fractions", rewrite=True),
    "content": Word("numbers out of the bracket", shown=False, rewrite=True),
    "split": Word("as a product", shown=False, rewrite=True),
    "signs": Word("signs", shown=False, rewrite=True),
    "like factors": Word("like factors", rewrite=True),
    "cancel": Word("cancel", rewrite=True),
    "absolute value": Word("a square is the square of its absolute value", rewrite=True),
    "into the cases": Word("case by case", shown=False, rewrite=True),
    "merge cases": Word("case by case", shown=False, rewrite=True),
    "symmetric": Word("symmetric", rewrite=True),
    "transposes": Word("transpose", shown=False, rewrite=True),
    "products": Word("numbers first", shown=False, rewrite=True),
    "block by block": Word("block by block", rewrite=True),
    "ones times diagonal": Word("ones times a diagonal matrix", rewrite=True),
    "count ones": Word("count the ones", rewrite=True),
    "diagonal matrices": Word("diagonal times diagonal", rewrite=True),
    "distribute": Word("multiply out", rewrite=True),
    "row times diagonal": Word("row times a diagonal matrix", rewrite=True),
    "numbers inside": Word("a row times a column is a number", shown=False, rewrite=True),
    "entries": Word("cancel entry by entry", rewrite=True),
    "entry sums": Word("multiply out, entry by entry", rewrite=True),
    "literal products": Word("row times column", shown=False, rewrite=True),
    "dots": Word("cancel entry by entry", rewrite=True),
    "known case": Word("the maximum in each case", rewrite=True),
    "turn round": Word("signs", shown=False, rewrite=True),
    "number out of cases": Word("numbers out of the cases", shown=False, rewrite=True),
    "merge sums": Word("one sum", rewrite=True),
    "constants out": Word("constants out of the sum", shown=False, rewrite=True),
    "common matrix": Word("factor out", rewrite=True),
    "like terms": Word("like terms", rewrite=True),
    "expand": Word("expand and collect", rewrite=True),
    "common denominator": Word("common denominator", rewrite=True),
    "factor out": Word("factor out", rewrite=True),
}


def word(reason: str) -> Word:
    """Return how a reason is worded; a rule is worded by its title."""
    return _MOVES[reason] if reason in _MOVES else Word(RULES[reason].title)


def reasons() -> tuple[str, ...]:
    """Return the whole vocabulary."""
    return (*_MOVES, *RULES)
