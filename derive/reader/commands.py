"""What each command and character means to the reader: tables only."""

from __future__ import annotations

from typing import TypeAlias

from derive.expr.functions import SPELLINGS
from derive.expr.operations import NAMED
from derive.expr.spelling import ACCENTS, ARROWS, LETTERS

Meaning: TypeAlias = tuple[str, str]
"""The kind of a token and its canonical text."""

SPACING = frozenset(
    r"\, \; \: \! \> \displaystyle \textstyle \scriptstyle \limits \nolimits \nonumber \notag \thinspace \relax"
    r" \medspace \thickspace \negthinspace \enspace \rm \allowbreak \null \mathstrut \strut \small"
    r" \large \normalsize \qty \noindent \centering \mathop \mathbin \mathrel \mathopen \mathclose"
    r" \mathord \mathinner \ensuremath \smash \hbox \vcenter \itshape \upshape \break \nobreak"
    r" \protect \xspace \unskip \/".split()
) | {"\\ ", "\\\n", "\\\t"}

DROPPED_WITH_ARGUMENT = frozenset(
    r"\label \tag \tag* \color \textcolor \hspace \hspace* \vspace \phantom \hphantom \vphantom \mspace \ref \eqref"
    r" \cite \footnote \index".split()
)
"""Commands that are left out together with their first argument."""

WORD_FONTS = frozenset(r"\operatorname \mathrm \text \textrm \mathit \mathsf \mathtt \textit \mbox \rm".split())

OPERATORS: dict[str, Meaning] = {
    "grad": ("nabla", ""), "Grad": ("nabla", ""), "div": ("unsupported", "the divergence"),
    "curl": ("unsupported", "the curl"), "rot": ("unsupported", "the curl"), "rank": ("unsupported", "the rank"),
    "Var": ("unsupported", "a variance"), "Cov": ("unsupported", "a covariance"), "span": ("unsupported", "a span"),
    **dict.fromkeys(("Hess", "hess", "Hessian"), ("unsupported", "the Hessian of a part")),
    **dict.fromkeys(("Jac", "jac", "Jacobian"), ("unsupported", "the Jacobian of a part")),
}  # fmt: skip
r"""Words that are operators where they are set as such: `\operatorname{grad}`."""

ASKED = {"the Hessian of a part": "hessian", "the Jacobian of a part": "jacobian"}
"""The tasks that such words ask for at the beginning of a statement; elsewhere they are not supported."""

UPRIGHT: dict[str, Meaning] = {"d": ("diff", ""), "e": ("const", "e"), "pi": ("const", "pi")}
r"""What is no name when it is set upright: `\mathrm{d}x`, `\mathrm{e}^x`."""

BOLD = frozenset(r"\mathbf \boldsymbol \bm \pmb \symbf \textbf \bf \bfseries \vb".split())
"""Commands that make what they are given bold, which makes letters vectors and matrices."""

ROOTS = {"∛": "3", "∜": "4"}
"""Characters that are roots, with their degrees."""

_FRACTIONS = dict(zip("½⅓⅔¼¾⅕⅙⅛", "12 13 23 14 34 15 16 18".split(), strict=True))
FRACTIONS = {c: ("", "{", digits[:1], "}", "{", digits[1:], "}") for c, digits in _FRACTIONS.items()}
"""Characters that are fractions, as the tokens of their LaTeX."""

COMBINING = {
    "\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "bar", "\u0306": "breve", "\u0307": "dot",
    "\u0308": "ddot", "\u030c": "check", "\u0332": "underline", "\u20d7": "vec", "\u20db": "dddot",
}  # fmt: skip
"""Characters that set an accent over the letter before them."""

PRIMES = {"″": 2, "‴": 3, "⁗": 4}
"""Characters that are several primes."""

UNSUPPORTED = {
    r"\int": "integrals", r"\iint": "integrals", r"\iiint": "integrals", r"\oint": "integrals", r"\lim": "limits",
    r"\limsup": "limits", r"\liminf": "limits", r"\mod": "the operator mod",
    r"\bmod": "the operator mod", r"\pmod": "the operator mod",
    r"\pm": "a double sign", r"\mp": "a double sign", r"\ldots": "omitted terms", r"\cdots": "omitted terms",
    r"\dots": "omitted terms", r"\vdots": "omitted terms", r"\ddots": "omitted terms",
    r"\oplus": "the operator \\oplus", r"\ominus": "the operator \\ominus",
    r"\gcd": "the operator gcd",
    r"\deg": "the operator deg", r"\inf": "the operator inf", r"\sup": "the operator sup", r"\dim": "dimensions",
    r"\ker": "kernels", r"\Pr": "probabilities", r"\approx": "an approximate relation",
    r"\equiv": "the relation \\equiv", r"\sim": "the relation \\sim", r"\propto": "the relation \\propto",
    r"\perp": "the relation \\perp", r"\angle": "angles",
    r"\forall": "quantifiers", r"\exists": "quantifiers", r"\cup": "sets", r"\cap": "sets", r"\subset": "sets",
    r"\setminus": "sets", r"\emptyset": "sets", r"\Re": "a real part", r"\Im": "an imaginary part",
}  # fmt: skip

COMMANDS: dict[str, Meaning] = {
    r"\cdot": ("dot", r"\cdot"), r"\times": ("dot", r"\times"), r"\ast": ("*", "*"), r"\star": ("*", "*"),
    r"\bullet": ("dot", r"\cdot"), r"\odot": ("infix", r"\odot"), r"\circ": ("infix", r"\circ"),
    r"\otimes": ("infix", r"\otimes"), r"\oslash": ("infix", r"\oslash"), r"\bigcirc": ("infix", r"\bigcirc"),
    r"\sum": ("big", "sum"), r"\prod": ("big", "prod"), r"\succ": ("rel", "succ"), r"\succeq": ("rel", "succeq"),
    r"\prec": ("rel", "prec"), r"\preceq": ("rel", "preceq"), r"\implies": ("implies", ""),
    r"\Rightarrow": ("implies", ""), r"\Longrightarrow": ("implies", ""),
    r"\div": ("slash", "/"), r"\le": ("rel", "<="), r"\leq": ("rel", "<="), r"\leqslant": ("rel", "<="),
    r"\ge": ("rel", ">="), r"\geq": ("rel", ">="), r"\geqslant": ("rel", ">="), r"\lt": ("rel", "<"),
    r"\gt": ("rel", ">"), r"\ne": ("rel", "!="), r"\neq": ("rel", "!="), r"\coloneqq": ("rel", "="),
    r"\land": ("and", "and"), r"\wedge": ("and", "and"), r"\lor": ("or", "or"), r"\vee": ("or", "or"),
    r"\in": ("in", ""), r"\to": ("to", ""), r"\rightarrow": ("to", ""), r"\mapsto": ("mapsto", ""),
    r"\colon": ("colon", ""), r"\frac": ("frac", ""), r"\dfrac": ("frac", ""), r"\tfrac": ("frac", ""),
    r"\cfrac": ("frac", ""), r"\binom": ("binom", ""), r"\dbinom": ("binom", ""), r"\tbinom": ("binom", ""),
     r"\diff": ("frac", "d"), r"\sqrt": ("sqrt", ""), r"\over": ("over", ""), r"\choose": ("over", "choose"),
    r"\partial": ("partial", ""), r"\nabla": ("nabla", ""), r"\infty": ("const", "infinity"),
    r"\pi": ("const", "pi"), r"\prime": ("'", "'"), r"\top": ("top", ""), r"\intercal": ("top", ""),
    r"\dagger": ("dagger", "\\dagger"), r"\quad": ("quad", ""), r"\qquad": ("quad", ""),
    r"\hfill": ("quad", ""), r"\hfil": ("quad", ""), r"\eqno": ("quad", ""), r"\leqno": ("quad", ""),
    r"\abs": ("fence", "|"), r"\norm": ("fence", r"\|"), r"\eval": ("fence", "."), r"\dv": ("dv", "d"),
    r"\pdv": ("dv", "partial"), r"\dd": ("diff", ""), r"\grad": ("nabla", ""), r"\underset": ("under", ""),
    r"\{": ("open", r"\{"), r"\}": ("close", r"\}"), r"\lbrace": ("open", r"\{"), r"\rbrace": ("close", r"\}"),
    r"\lbrack": ("open", "["), r"\rbrack": ("close", "]"), r"\lvert": ("open", "|"), r"\rvert": ("close", "|"),
    r"\vert": ("bar", "|"), r"\mid": ("bar", "|"), r"\lfloor": ("open", r"\lfloor"),
    r"\rfloor": ("close", r"\rfloor"), r"\lceil": ("open", r"\lceil"), r"\rceil": ("close", r"\rceil"),
    r"\langle": ("open", r"\langle"), r"\rangle": ("close", r"\rangle"), r"\lVert": ("open", r"\|"),
    r"\rVert": ("close", r"\|"), r"\|": ("norm", r"\|"), r"\Vert": ("norm", r"\|"), r"\lg": ("func", "log10"),
    r"\boxed": ("group", ""), r"\underbrace": ("brace", ""), r"\overbrace": ("brace", ""),
    r"\mathbb": ("set", ""), r"\begin": ("begin", ""), r"\end": ("end-env", ""),
}  # fmt: skip
COMMANDS |= {"\\" + name: ("sym", name) for name in LETTERS if name != "pi"}
COMMANDS |= {word: ("func", name) for word, name in SPELLINGS.items() if word[0] == "\\" and word[1:] not in LETTERS}
COMMANDS |= {r"\arg": ("arg", ""), r"\argmin": ("opt", "minimize"), r"\argmax": ("opt", "maximize")}
COMMANDS |= {"\\" + name: ("accent", name) for name in ACCENTS | ARROWS}
COMMANDS |= {word: ("op", name) for word, name in NAMED.items() if word[0] == "\\"}
COMMANDS |= {name: ("unsupported", what) for name, what in UNSUPPORTED.items()}

CHARACTERS: dict[str, Meaning] = {
    "+": ("sign", "+"), "-": ("sign", "-"), "*": ("*", "*"), "/": ("slash", "/"), "^": ("^", "^"), "_": ("_", "_"),
    "{": ("{", "{"), "}": ("}", "}"), "(": ("open", "("), ")": ("close", ")"), "[": ("open", "["),
    "]": ("close", "]"), "|": ("bar", "|"), "=": ("rel", "="), "<": ("rel", "<"), ">": ("rel", ">"),
    ",": (",", ","), ";": (",", ";"), "&": ("&", "&"), "'": ("'", "'"), "!": ("!", "!"), ":": ("colon", ":"),
    "$": ("$", "$"), ".": (".", "."), "?": ("?", "?"), "√": ("sqrt", "bare"),
}  # fmt: skip

CLOSERS = {
    "(": ")", "[": "]", r"\{": r"\}", "{": "}", "|": "|", r"\lfloor": r"\rfloor", r"\lceil": r"\rceil",
    r"\langle": r"\rangle", r"\|": r"\|",
}  # fmt: skip

TEXT_WORDS = {
    "if": "if", "for": "if", "for all": "if", "for every": "if", "for each": "if", "when": "if", "whenever": "if",
    "provided that": "if", "otherwise": "otherwise", "else": "otherwise", "elsewhere": "otherwise", "and": "and",
    "or": "or", "where": "where", "with": "where", "given": "where", "let": "where", "suppose": "where",
    "suppose that": "where", "s.t": "subject", "subject to": "subject", "such that": "subject", "find": "find",
    "compute": "find", "calculate": "find", "differentiate": "find", "determine": "find", "evaluate": "find",
    "then": "find", "falls": "if", "wenn": "if", "für": "if", "sonst": "otherwise", "andernfalls": "otherwise",
    "und": "and", "oder": "or",
}  # fmt: skip
"""Words of prose that are understood inside a formula."""

OPTIMA = {
    "argmin": "minimize", "argmax": "maximize", "minimize": "minimize", "minimise": "minimize",
    "maximize": "maximize", "maximise": "maximize", "min": "minimize", "max": "maximize",
}  # fmt: skip
"""Words that ask for a minimum or maximum."""

_GREEK_UNICODE = dict(
    zip(
        "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ",
        (
            "alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon"
            " varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
        ).split(),
        strict=True,
    )
)
UNICODE: dict[str, str] = {c: "\\" + name for c, name in _GREEK_UNICODE.items()} | {
    "ϵ": r"\epsilon", "ϑ": r"\vartheta", "ϕ": r"\phi", "ς": r"\varsigma", "ϱ": r"\varrho", "−": "-",
    "–": "-", "·": r"\cdot",
    "⋅": r"\cdot", "×": r"\times", "÷": r"\div", "∗": "*", "∕": "/", "∂": r"\partial",
    "∇": r"\nabla", "∞": r"\infty", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "∈": r"\in", "→": r"\to", "′": "'",
    "ℓ": r"\ell", "ℏ": r"\hbar", "∧": r"\land", "∨": r"\lor", "⊤": r"\top", "∑": r"\sum", "∏": r"\prod",
    "∫": r"\int", "⌊": r"\lfloor", "⌋": r"\rfloor", "⌈": r"\lceil", "⌉": r"\rceil", "⊗": r"\otimes",
    "⊙": r"\odot", "⊘": r"\oslash", "◯": r"\bigcirc", "∘": r"\circ", "‖": r"\|", "⟨": r"\langle", "⟩": r"\rangle",
    "†": r"\dagger", "±": r"\pm", "…": r"\ldots", "↦": r"\mapsto", "’": "'", "ʹ": "'", "ʼ": "'", "‐": "-",
    "‑": "-", "‒": "-", "﹣": "-", "－": "-", "∣": "|", "∥": r"\|",
}  # fmt: skip
r"""Characters that stand for one command or ASCII character."""

SCRIPTS: dict[str, tuple[str, str]] = {
    **{c: ("^", d) for c, d in zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱˣʸᵏᵐ", "0123456789+-nixykm", strict=True)},
    **{c: ("_", d) for c, d in zip("₀₁₂₃₄₅₆₇₈₉₊₋ₐₑᵢⱼₖₘₙₚᵣₜᵤᵥₓ", "0123456789+-aeijkmnprtuvx", strict=True)},
    "ᵀ": ("^", r"\top "),
}

DEFINITE = {"succ": "S_{++}", "succeq": "S_{+}", "prec": "S_{--}", "preceq": "S_{-}"}
"""What a definite matrix is declared to be, by the sign before the 0."""

ALIGNED = frozenset(
    "aligned align align* alignedat equation equation* gather gather* gathered split eqnarray eqnarray* multline"
    " displaymath math".split()
)
"""Environments that only lay formulas out."""

MATRICES = frozenset("bmatrix pmatrix matrix smallmatrix Bmatrix vmatrix array".split())
CASES = frozenset(("cases", "dcases"))
