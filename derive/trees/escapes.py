r"""LaTeX that escapes destroyed: in double quotes `\theta` is a tab and `heta`, `\frac` a form feed and `rac`.

Most of what comes out is legal text, so the text as it was typed is looked at, not its value.
"""

from __future__ import annotations

import re
import unicodedata

from derive.errors import Span

_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_COMMAND = re.compile(r"[A-Za-z]+|[_^{]")

_LINES = frozenset(
    "abla ameref atural cong e earrow eg eq equiv ewcommand ewline exists geq gtr i leftarrow leq less mid ocite "
    "oindent olimits olinebreak onumber opagebreak orm ormalsize ot otag otin parallel prec rightarrow sim subset "
    "subseteq succ supset supseteq triangleleft triangleright u umber warrow".split()
)
r"""What is left of LaTeX's commands with n when a new line has taken their first two characters, as of `\nabla`."""


def destroyed(raw: str, formula: bool) -> Span | None:
    r"""Return where in a text in double quotes the first command stands that was LaTeX, such as `\theta`.

    A new line may be meant: in a formula only if no letter, index or brace is behind it, in prose unless the word
    behind it is the rest of a command, or it stands between dollar signs.

    Args:
        raw: What stands between the quotes, as it was typed.
        formula: The text is LaTeX as a whole, and not prose with formulas in it.
    """
    dollars = counted = 0
    for found in _ESCAPE.finditer(raw):
        letter = found[4] or ""
        behind = _COMMAND.match(raw, found.end())
        rest = behind[0] if behind else ""
        if letter == "n":
            dollars += raw.count("$", counted, found.start())
            counted = found.start()
            inside = formula or dollars % 2 == 1
            lost = rest in _LINES or (inside and rest != "")
        elif letter == "t":
            lost = rest != ""
        elif letter:
            lost = letter in "0abefvrNLP_"
        else:
            lost = unicodedata.category(chr(_code(found))) in ("Cc", "Zl", "Zp")
        if lost:
            return Span(found.start(), found.end() + len(rest))
    return None


def _code(found: re.Match[str]) -> int:
    return min(int(found[1] or found[2] or found[3], 16), 0x10FFFF)
