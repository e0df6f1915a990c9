r"""The commands of mathematics that prose may have: what pdflatex with amssymb, KaTeX, MathJax and MathML all set.

`\input`, `\def` or `\href` are no mathematics, so there is no list of what is refused.
"""

from __future__ import annotations

from typing import Final

SYMBOLS: Final = frozenset(
    """
    alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa varkappa lambda mu nu xi pi varpi rho
    varrho sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi
    Omega varGamma varDelta varTheta varLambda varXi varPi varSigma varUpsilon varPhi varPsi varOmega digamma ell hbar
    hslash imath jmath aleph beth gimel daleth wp Re Im partial nabla infty emptyset varnothing forall exists nexists
    neg lnot top bot angle measuredangle sphericalangle triangle square blacksquare Box Diamond diamondsuit heartsuit
    clubsuit spadesuit sharp flat natural surd prime backprime complement eth mho S checkmark bigstar lozenge
    blacktriangle triangledown
    cdot times div pm mp ast star circ bullet odot otimes oslash oplus ominus bigcirc dagger ddagger amalg cap cup uplus
    sqcap sqcup vee wedge lor land setminus wr diamond bigtriangleup bigtriangledown triangleleft triangleright ltimes
    rtimes boxplus boxtimes boxdot boxminus dotplus curlyvee curlywedge barwedge intercal divideontimes Cap Cup
    circledast circledcirc circleddash leftthreetimes bmod
    le leq leqslant ge geq geqslant ne neq ll gg lll ggg equiv sim simeq cong approx approxeq propto doteq prec succ
    preceq succeq preccurlyeq succcurlyeq in ni owns notin subset supset subseteq supseteq subsetneq supsetneq
    subseteqq supseteqq sqsubseteq sqsupseteq Subset Supset mid nmid parallel nparallel perp asymp bowtie vdash dashv
    models smile frown vDash Vdash lesssim gtrsim lessgtr lessapprox gtrapprox triangleq bumpeq trianglelefteq
    trianglerighteq nless ngtr nleq ngeq nsim ncong nsubseteq nsupseteq lneq gneq because therefore nprec nsucc backsim
    eqsim eqcirc risingdotseq circeq between pitchfork multimap lhd rhd unlhd unrhd precsim succsim lnsim gnsim lessdot
    gtrdot vartriangle not
    to gets leftarrow rightarrow leftrightarrow Leftarrow Rightarrow Leftrightarrow longleftarrow longrightarrow
    longleftrightarrow Longleftarrow Longrightarrow Longleftrightarrow implies impliedby iff mapsto longmapsto
    hookleftarrow hookrightarrow leftharpoonup rightharpoonup leftharpoondown rightharpoondown rightleftharpoons
    leftrightharpoons uparrow downarrow updownarrow Uparrow Downarrow Updownarrow nearrow searrow swarrow nwarrow
    leadsto rightsquigarrow twoheadrightarrow twoheadleftarrow rightarrowtail nrightarrow nleftarrow nRightarrow
    nLeftarrow nLeftrightarrow nleftrightarrow curvearrowright circlearrowleft rightrightarrows leftleftarrows
    rightleftarrows upuparrows restriction upharpoonright
    sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh coth exp ln log lg det dim ker hom arg deg gcd max min
    sup inf lim limsup liminf Pr injlim projlim
    sum prod coprod int iint iiint oint bigcup bigcap bigoplus bigotimes bigodot bigvee bigwedge biguplus bigsqcup
    lvert rvert lVert rVert vert Vert backslash lbrace rbrace lbrack rbrack langle rangle lceil rceil lfloor rfloor
    lgroup rgroup ulcorner urcorner llcorner lrcorner lmoustache rmoustache mathstrut
    colon ldots cdots vdots ddots dots quad qquad thinspace negthinspace enspace
    displaystyle textstyle scriptstyle scriptscriptstyle
    """.split()
)
ARGUMENTS: Final = {
    **dict.fromkeys(
        "hat bar dot ddot dddot tilde check breve acute grave mathring widehat widetilde overline underline vec"
        " overrightarrow overleftarrow overleftrightarrow underrightarrow overbrace underbrace xrightarrow xleftarrow"
        " mathbf mathrm mathit mathsf mathtt mathcal mathfrak mathbb boldsymbol operatorname operatorname* sqrt boxed"
        " phantom hphantom vphantom mathop mathbin mathrel mathord mathopen mathclose mathinner mod pmod pod".split(),
        1,
    ),
    **dict.fromkeys("frac dfrac tfrac cfrac binom dbinom tbinom overset underset stackrel".split(), 2),
}
"""The commands that take arguments, and how many."""

BESIDE: Final = frozenset(
    "limits nolimits left right middle big Big bigg Bigg bigl Bigl biggl Biggl bigr Bigr biggr Biggr bigm Bigm biggm"
    " Biggm".split()
)
"""The commands that belong to what stands beside them, and are no argument by themselves."""

TEXTS: Final = frozenset("text textbf textit textrm textsf texttt".split())
KNOWN: Final = SYMBOLS | ARGUMENTS.keys() | BESIDE | TEXTS
"""The commands, without their backslash."""

DELIMITERS: Final = {
    **{sign: sign for sign in ("(", ")", "[", "]", "|", "/", ".", r"\{", r"\}", r"\|")},
    **{
        "\\" + name: "\\" + name
        for name in "lvert rvert lVert rVert vert Vert backslash lbrace rbrace lbrack rbrack langle rangle lceil rceil"
        " lfloor rfloor lgroup rgroup lmoustache rmoustache uparrow downarrow updownarrow Uparrow Downarrow"
        " Updownarrow".split()
    },
    "<": r"\langle ",
    ">": r"\rangle ",
}
r"""What may stand behind `\left`, `\big` and the like, and how it is written there."""

ENVIRONMENTS: Final = frozenset("aligned gathered cases array matrix bmatrix pmatrix vmatrix Vmatrix Bmatrix".split())

SAME: Final = {
    "bm": "boldsymbol", "pmb": "boldsymbol", "mathscr": "mathcal", "dotsc": "ldots", "dotsb": "cdots",
    "dotsm": "cdots", "dotsi": "cdots", "mbox": "text", "textnormal": "text", "smallsetminus": "setminus",
    "varpropto": "propto", "thickapprox": "approx",
}  # fmt: skip
"""What is known to some outputs only, and the command that is set alike in all."""

MEANT: Final = {
    "R": r"{\mathbb{R}}", "N": r"{\mathbb{N}}", "Z": r"{\mathbb{Z}}", "Q": r"{\mathbb{Q}}", "C": r"{\mathbb{C}}",
    "E": r"{\mathbb{E}}", "lt": "<", "gt": ">", "argmax": r"\operatorname*{arg\,max}",
    "argmin": r"\operatorname*{arg\,min}", "tr": r"\operatorname{tr}", "diag": r"\operatorname{diag}",
    "rank": r"\operatorname{rank}", "sgn": r"\operatorname{sgn}", "sign": r"\operatorname{sign}",
}  # fmt: skip
"""What is defined nowhere although everybody writes it, and what is meant."""

INSTEAD: Final = {
    "align": "aligned", "align*": "aligned", "split": "aligned", "gather": "gathered", "gather*": "gathered",
}  # fmt: skip
"""What numbers its lines, or needs a display of its own, and the environment that does not."""

SIGNS: Final[dict[str, str]] = {
    **dict(
        zip(
            "αβγδϵεζηθϑικλμνξπϖρϱσςτυϕφχψωΓΔΘΛΞΠΣΥΦΨΩℓℏ∂∇∞∅∀∃¬·×÷±∓∗∘∙•⊙⊗⊕∩∪∨∧≤≥≠≪≫≡∼≃≅≈∝∈∉∋⊂⊃⊆⊇∣∥⊥→←↔⇒⇐⇔↦∑∏∫√…⋯",
            r"\alpha \beta \gamma \delta \epsilon \varepsilon \zeta \eta \theta \vartheta \iota \kappa \lambda \mu \nu"
            r" \xi \pi \varpi \rho \varrho \sigma \varsigma \tau \upsilon \phi \varphi \chi \psi \omega \Gamma \Delta"
            r" \Theta \Lambda \Xi \Pi \Sigma \Upsilon \Phi \Psi \Omega \ell \hbar \partial \nabla \infty \emptyset"
            r" \forall \exists \neg \cdot \times \div \pm \mp \ast \circ \bullet \bullet \odot \otimes \oplus \cap \cup"
            r" \vee \wedge \le \ge \ne \ll \gg \equiv \sim \simeq \cong \approx \propto \in \notin \ni \subset \supset"
            r" \subseteq \supseteq \mid \parallel \perp \to \leftarrow \leftrightarrow \Rightarrow \Leftarrow"
            r" \Leftrightarrow \mapsto \sum \prod \int \surd \ldots \cdots".split(),
            strict=True,
        )
    ),
    **{digit: f"^{{{n}}}" for n, digit in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    **{digit: f"_{{{n}}}" for n, digit in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    "−": "-", "ℝ": r"{\mathbb{R}}", "ℕ": r"{\mathbb{N}}", "ℤ": r"{\mathbb{Z}}", "ℚ": r"{\mathbb{Q}}",
    "ℂ": r"{\mathbb{C}}", "′": "'",
}  # fmt: skip
"""Signs that pdflatex does not set by themselves, and the mathematics that does."""
