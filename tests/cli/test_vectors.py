"""`derive solve` with vectors: its options, and the remedy that each error names."""

import json
import re

import pytest

X, W = r"\mathbf{x}", r"\mathbf{w}"
SQUARES = [r"\lVert A\mathbf{x} - \mathbf{b} \rVert_2^2", "--let", r"A \in \mathbb{R}^{m \times n}", "--wrt", X]
NEURON = [r"a = \max(0, \mathbf{w} \cdot \mathbf{x} + b)", "--wrt", W, "--wrt", "b"]
LOSS = [r"L = \frac{1}{N} \sum_{i=1}^N (\mathbf{w} \cdot \mathbf{x}_i + b - y_i)^2", "--wrt", W, "--wrt", "b"]
SMALL = [r"\mathbf{w} \cdot \mathbf{x}", "--let", r"\mathbf{w}, \mathbf{x} \in \mathbb{R}^2", "--wrt", X]


@pytest.fixture
def shown(derive):
    def text(*arguments):
        done = derive("solve", *arguments, "--format", "text")
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return text


# Options --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layout", "answer", "shape"),
    [("numerator", r"2(A\mathbf{x} - \mathbf{b})^{\top}A", [1, "n"]),
     ("denominator", r"2A^{\top}(A\mathbf{x} - \mathbf{b})", ["n"])],
)  # fmt: skip
def test_the_layout_decides_whether_a_gradient_is_a_row(derive, layout, answer, shape):
    record = json.loads(derive("solve", *SQUARES, "--layout", layout, "--format", "json").stdout)
    assert record["problem"]["layout"] == layout
    assert record["answer"]["latex"] == answer
    assert [str(size) for size in record["answer"]["shape"]] == [str(size) for size in shape]


def test_a_column_is_a_step_of_its_own(shown):
    columns, rows = shown(*SQUARES, "--layout", "denominator"), shown(*SQUARES)
    assert "Transpose: in denominator layout a gradient is a column." in columns
    assert "Transpose" not in rows
    assert "Answer. ∇_x y =  2Aᵀ(A x - b)\n" in columns
    assert "Answer. ∂y/∂x =  2(A x - b)ᵀA\n" in rows


def test_shapes_are_told_where_they_are_asked_for(derive, shown):
    assert "∂y/∂r (1×m) ∂r/∂x (m×n)" in shown(*SQUARES, "--shapes", "text")
    assert "(1×m)" not in shown(*SQUARES)
    boxes = [rf"\boxed{{\rule{{0pt}}{{{side}em}}" for side in ("0.45", "1.70")]
    page = derive("solve", *SQUARES, "--shapes", "boxes").stdout
    assert all(box in page for box in boxes)


def test_an_answer_is_written_in_a_name_of_the_user(shown):
    page = shown(*SQUARES, "--name", r"\mathbf{e} = A\mathbf{x} - \mathbf{b}")
    assert "   e = A x - b\n   y = ‖e‖" in page
    assert "Answer. ∂y/∂x =  2eᵀA  where e = A x - b\n" in page


def test_a_term_of_the_answer_is_written_in_a_name_of_the_user(shown):
    page = shown(*SQUARES, "--name", r"\mathbf{e} = \mathbf{b} - A\mathbf{x}")
    assert "Write the answer in e." in page
    assert "Answer. ∂y/∂x =  -2eᵀA  where e = b - A x\n" in page


def test_several_names_may_be_given(shown):
    page = shown("(y - wx - b)^2 + c^2", "--wrt", "w", "--wrt", "c", "--name", "r = y - wx - b", "--name", "d = 2c")
    assert "=  -2rx  where r = y - wx - b" in page
    assert "=  d  where d = 2c" in page


def test_a_step_of_gradient_descent_is_taken_in_each_variable(shown):
    page = shown(*LOSS, "--step", r"\eta")
    assert "Take a step against the gradient, with rate η." in page
    assert "w_new = w - η (∂L/∂w)ᵀ\n         = w - (2η/N) ∑_(i=1)^N (w · xᵢ + b - yᵢ)xᵢ\n" in page
    assert "b_new = b - η ∂L/∂b\n         = b - (2η/N) ∑_(i=1)^N (w · xᵢ + b - yᵢ)\n" in page


@pytest.mark.parametrize(
    ("form", "sign"), [("markdown", "flowchart"), ("tex", r"\begin{tikzpicture}"), ("html", "<svg")]
)
def test_a_graph_of_vectors_stands_in_the_page(derive, form, sign):
    plain, with_graph = (derive("solve", *NEURON, "--format", form, *more).stdout for more in ((), ("--graph",)))
    assert sign not in plain
    assert sign in with_graph


def test_the_graph_says_what_depends_on_what(shown):
    page = shown(*NEURON, "--graph")
    assert re.search(r"a = max\(0, z\)   \[1\]\n +└── z   da/dz = ", page)
    assert "├── w   ∂z/∂w = xᵀ\n" in page
    assert "└╌╌ x\n" in page


TITLES = {
    "components": (SQUARES, "Differentiate by xⱼ."),
    "explicit": (SMALL, "Write it entry by entry."),
    "vector-chain": (SQUARES, "Combine."),
    "direct": ([r"\mathbf{w} \cdot \mathbf{x}", "--wrt", X], "∂y/∂x = wᵀ"),
    "generic": (
        [r"\mathbf{f}(\mathbf{x})", "--let", r"\mathbf{f}: \mathbb{R}^n \to \mathbb{R}^m", "--wrt", X],
        "∂fₘ(x)/∂xₙ",
    ),
    "all": (SQUARES, "Compare: the methods agree."),
}


@pytest.mark.parametrize("method", TITLES)
def test_a_method_can_be_chosen(derive, shown, method):
    arguments, said = TITLES[method]
    assert said in shown(*arguments, "--method", method)
    assert method in derive("solve", "--help").stdout


def test_all_methods_are_shown_one_after_the_other(shown):
    page = shown(*SMALL, "--method", "all")
    places = [page.index(title) for title in ("By the rules alone", "By components", "Entry by entry", "Compare")]
    assert places == sorted(places)


def test_by_all_methods_the_answer_is_that_of_the_first(derive):
    answers = [
        json.loads(derive("solve", *SQUARES, "--method", method, "--format", "json").stdout)["answer"]["shape"]
        for method in ("auto", "all")
    ]
    assert answers[0] == answers[1]


# Wrong values ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "value", "known"),
    [
        ("--layout", "row", "'numerator', 'denominator'"),
        ("--shapes", "colour", "'text', 'boxes'"),
        ("--method", "vectors", "'vector-chain', 'components', 'explicit', 'generic', 'all'"),
    ],
)
def test_a_wrong_value_exits_with_2_and_the_right_ones(derive, option, value, known):
    done = derive("solve", *SMALL, option, value)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"Invalid value for '{option}': '{value}' is not one of " in done.stderr
    assert known in done.stderr


@pytest.mark.parametrize("option", ["--layout", "--shapes", "--name", "--step", "--method"])
def test_a_missing_value_exits_with_2(derive, option):
    done = derive("solve", *SMALL, option)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"Option '{option}' requires an argument" in done.stderr


@pytest.mark.parametrize("form", ["json", "python"])
def test_data_have_no_graph(derive, form):
    done = derive("solve", *NEURON, "--graph", "--format", form)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"the format {form} has no pictures" in done.stderr


REFUSED = (
    ([*SQUARES, "--name", "q = 7"], "D303", "no answer holds the term that q names", "name it as the answer prints it"),
    ([*SQUARES, "--name", "q"], "D110", "q names no term", "--name 'r = Ax - b'"),
    ([*SQUARES, "--name", "q = +"], "D101", "missing at the end", "+"),
    ([*SQUARES, "--step", "+"], "D101", "missing at the end", "+"),
    ([r"\sin(\mathbf{x})", "--wrt", X, "--step", "0.1"], "D303", "needs a number that is to become smaller", ""),
    (["x^3", "--order", "2", "--step", "0.1"], "D303", "with first derivatives", ""),
    ([r"\mathbf{x}^\top\mathbf{x}", "--wrt", X, "--method", "explicit"], "D303", "given, small sizes",
     r"declare them, as in --let '\mathbf{x} \in \mathbb{R}^2'"),
    ([r"\sin(x^2)", "--method", "components"], "D303", "there is no vector", "leave --method out"),
    ([*SQUARES, "--method", "generic"], "D303", "there is no declared function", "leave --method out"),
    ([*SQUARES, "--method", "direct"], "D303", "would have to be named first", "leave --method out"),
    ([r"\begin{bmatrix} x^2 \\ x + x^2 \end{bmatrix}", "--wrt", "x", "--method", "vector-chain"], "D303",
     "needs one argument that can be named", "leave --method out"),
)  # fmt: skip


@pytest.mark.parametrize(("arguments", "code", "message", "remedy"), REFUSED)
def test_an_option_that_does_not_apply_exits_with_1_and_a_remedy(derive, arguments, code, message, remedy):
    done = derive("solve", *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error[{code}]")
    assert message in done.stderr
    assert remedy in done.stderr


# Wrong formulas -------------------------------------------------------------------------------------------------------


def let(*declared):
    return [part for d in declared for part in ("--let", d)]


UNREADABLE = {
    "a sum of two sizes": (
        [r"\mathbf{x} + \mathbf{y}", *let(r"\mathbf{x} \in \mathbb{R}^2", r"\mathbf{y} \in \mathbb{R}^3"), "--wrt", X],
        "D201", "shapes (2,) and (3,) do not fit", "declare the shapes",
    ),
    "a matrix of another width": (
        [r"A\mathbf{x}", *let(r"A \in \mathbb{R}^{2 \times 3}", r"\mathbf{x} \in \mathbb{R}^2"), "--wrt", X],
        "D201", "shapes (2, 3) and (2,) do not fit", "declare their shapes, or transpose one of them",
    ),
    "a vector before a matrix": (
        [r"\mathbf{x}A", *let(r"A \in \mathbb{R}^{m \times n}"), "--wrt", X],
        "D201", "shapes (n,) and (m, n) do not fit", "transpose one of them",
    ),
    "a product that needs a transpose": (
        [r"\mathbf{w}\mathbf{x}", "--wrt", W],
        "D201", "do not fit", r"transpose one of them, \mathbf{w}^\top \mathbf{x}, or write \odot",
    ),
    "a vector squared": ([r"\mathbf{x}^2", "--wrt", X], "D201", "a vector has no power", r"\lVert \mathbf{x} \rVert^2"),
    "division by a vector": ([r"\frac{1}{\mathbf{x}}", "--wrt", X], "D201", "only numbers divide", r"\oslash"),
    "a plain letter in a norm": (
        [r"\lVert x \rVert", "--wrt", "x"], "D201", "a norm needs a vector", "declare it: --let 'x",
    ),
    "an entry 0": (
        [r"x_0^2 + \mathbf{x}^\top\mathbf{x}", "--wrt", X],
        "D201", "x_0 is outside of 1 to n", r"counted from 1; for a name of its own: --let 'x_0 \in \mathbb{R}'",
    ),
    "an entry beyond the end": (
        [r"x_4 + \mathbf{x}^\top\mathbf{x}", *let(r"\mathbf{x} \in \mathbb{R}^3"), "--wrt", X],
        "D201", "x_4 is outside of 1 to 3", "counted from 1",
    ),
    "a sum from 0": (
        [r"\sum_{i=0}^n x_i", *let(r"\mathbf{x} \in \mathbb{R}^n"), "--wrt", X],
        "D301", "an index that starts at 0", "count from 1",
    ),
    "a sum beyond the end": (
        [r"\sum_{i=1}^{n+1} x_i", *let(r"\mathbf{x} \in \mathbb{R}^n"), "--wrt", X],
        "D201", "the sum goes to n + 1", "declare the shape, or change the bound",
    ),
    "a sum without an index": ([r"\sum^N y", "--wrt", "y"], "D101", "lacks its index", r"write \sum_{i=1}^n"),
    "a sum without bounds": ([r"\sum_i t^2", "--wrt", "t"], "D101", "the bounds of this sum", r"write \sum_{i=1}^n"),
    "an index that is bound already": (
        [r"\sum_{i=1}^N \sum_{i=1}^M y_i t", "--wrt", "t"],
        "D101", "the index i means something else already", "take another letter",
    ),
    "an index that is a variable": (
        [r"\sum_{b=1}^N (y_b - b)^2 + b", "--wrt", "b"],
        "D101", "the index b means something else already", "take another letter",
    ),
    "data are no variable": (
        [r"\sum_{i=1}^N y_i^2", "--wrt", "y"], "D110", "one for each index", "data are not differentiated by",
    ),
    "the index of a sum below the variable": (
        [r"\sum_{i=1}^N (y_i - x_i)^2", "--wrt", "y_i"],
        "D110", "the index of y_i is that of a sum over i", "take another letter there: --wrt 'y_j'",
    ),
    "data vectors are no variable": (
        [r"\sum_{i=1}^n \mathbf{w} \cdot \mathbf{x}_i", "--wrt", X],
        "D110", "one for each index", "data are not differentiated by",
    ),
    "a plain letter for a bold one": (
        [r"\mathbf{x}^\top\mathbf{x}", "--wrt", "x"], "D110", "does not occur in the formula by itself", r"\mathbf{x}",
    ),
    "a row": ([r"\mathbf{x}^\top", "--wrt", X], "D301", "a row is not differentiated", "differentiate its transpose"),
    "by a matrix": (
        [r"A\mathbf{x}", *let(r"A \in \mathbb{R}^{2 \times 2}"), "--wrt", "A"], "D301", "by a matrix", "an entry",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_does_not_fit_exits_with_1_and_a_remedy(derive, name):
    arguments, code, message, remedy = UNREADABLE[name]
    done = derive("solve", *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error[{code}]")
    assert message in done.stderr
    assert remedy in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("name", UNREADABLE)
def test_the_remedy_is_a_field_of_its_own(derive, name):
    arguments, code, message, remedy = UNREADABLE[name]
    error = json.loads(derive("solve", *arguments, "--format", "json").stderr)["error"]
    assert error["code"] == code
    assert message in error["message"]
    assert remedy in error["hint"]


def test_shape_errors_point_at_what_does_not_fit(derive):
    head, source, caret = derive("solve", r"t + A\mathbf{x}", *let(r"A \in \mathbb{R}^{2 \times 3}",
                                 r"\mathbf{x} \in \mathbb{R}^2"), "--wrt", X).stderr.splitlines()[:3]  # fmt: skip
    assert "]:1:5: " in head
    assert source[caret.index("^") : caret.rindex("^") + 1] == r"A\mathbf{x}"
