"""Real TeX: what it makes, what it complains of, and what it may not do."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from derive.engine import tex
from derive.engine.tex import TexResult, _ended, compile_pdf
from derive.engine.texlog import TexFault
from derive.errors import OutputError
from tests.conftest import needed

TWO = r"""\documentclass{article}
\usepackage{amsmath}
\begin{document}
% problem: first
One: $x^2$.

% problem: second
FAULT

% problem: third
Three.
\end{document}
"""


@pytest.fixture(scope="module", autouse=True)
def tools(pdflatex):
    needed("latexmk", shutil.which("latexmk") is not None)


@pytest.fixture(params=["pdflatex", "latexmk"])
def program(request: pytest.FixtureRequest) -> str:
    return request.param


def written(folder: Path, text: str, name: str = "set.tex") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def document(body: str, head: str = "") -> str:
    return f"\\documentclass{{article}}\n{head}\\begin{{document}}\n{body}\n\\end{{document}}\n"


def compiled(folder: Path, text: str, **options: object) -> TexResult:
    """Compile a text; only the PDF may appear beside it."""
    source = written(folder, text)
    before = set(os.listdir(folder))
    result = compile_pdf(source, **options)
    assert set(os.listdir(folder)) - before <= {"set.pdf"}
    assert result.pdf in (None, folder / "set.pdf")
    assert result.pdf is None or result.pdf.read_bytes().startswith(b"%PDF")
    return result


def only(result: TexResult) -> TexFault:
    assert len(result.problems) == 1, result.problems
    return result.problems[0]


def pages(pdf: Path) -> str:
    """The text of a PDF."""
    needed("pdftotext", shutil.which("pdftotext") is not None)
    return subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True).stdout


def test_a_good_document_has_no_faults(program, tmp_path):
    result = compiled(tmp_path, TWO, program=program)
    assert result == TexResult(tmp_path / "set.pdf", (), changed=True)


FAULTS = {
    r"$\frac{1}{\oops}$": ("error", r"Undefined control sequence. At the end of: \oops", 8),
    "\\begin{align*}\n a &= \\oops b\n\\end{align*}": (
        "error", r"Undefined control sequence. At the end of: a &= \oops", 10),
    "a_b": ("error", "Missing $ inserted. At the end of: a_", 8),
    r"\begin{nothing}": ("error", "LaTeX Error: Environment nothing undefined. At the end of: \\begin{nothing}", 8),
    r"\rule{a": ("error", r"Paragraph ended before \@rule was complete. In this: {a", 9),
    "\n$\\frac{a{b}$": (
        "error", r"File ended while scanning use of \frac . In this: {a{b}$ \par Three. \end {document}", 9),
    r"\input{nowhere}": ("error", r"LaTeX Error: File `nowhere.tex' not found. At the end of: \input{nowhere}", 8),
    r"\font\x=nofont \x": (
        "error", r"Font \x=nofont not loadable: Metric (TFM) file not found. At the end of: \font\x=nofont \x", 8),
    r"\hbox to 10pt{\rule{30pt}{1pt}}": ("overfull", "20.0 pt too wide", 8),
    "\\begin{equation*}\n\\rule{400pt}{1pt}\n\\end{equation*}": ("overfull", "55.0 pt too wide", 10),
    "\\noindent one\n\n\\noindent\\rule{400pt}{1pt}\n\nsix": ("overfull", "55.0 pt too wide", 10),
    r"\vbox to 10pt{\rule{1pt}{30pt}}": ("overfull", "20.0 pt too high", 8),
    r"\char31 {\font\x=cmex10 \x \char255}": ("missing-character", 'There is no \\xff ("FF) in font cmex10.', 8),
    r"See \ref{nothing}.": ("undefined-reference", "Reference `nothing' on page 1 undefined", 8),
    r"See \cite{nothing}.": ("undefined-reference", "Citation `nothing' on page 1 undefined", 8),
}  # fmt: skip


@pytest.mark.parametrize("body", FAULTS)
def test_a_fault_of_the_second_problem_names_it(body, tmp_path):
    kind, message, line = FAULTS[body]
    result = compiled(tmp_path, TWO.replace("FAULT", body))
    fault = only(result)
    assert (fault.kind, fault.message, fault.line, fault.about) == (kind, message, line, "second")
    assert (result.pdf is None) == (kind == "error")


def test_each_problem_has_its_own_faults(program, tmp_path):
    wide = r"\hbox to 10pt{\rule{30pt}{1pt}}"
    result = compiled(
        tmp_path, TWO.replace("FAULT", wide).replace("One:", wide).replace("Three.", r"\ref{three}"), program=program
    )
    assert [(fault.kind, fault.about) for fault in result.problems] == [
        ("overfull", "first"), ("overfull", "second"), ("undefined-reference", "third"),
    ]  # fmt: skip


@pytest.mark.parametrize(("width", "count"), [(10.9, 0), (11.1, 1)])
def test_less_than_a_point_too_wide_is_not_told(width, count, tmp_path):
    assert len(compiled(tmp_path, document(rf"\hbox to 10pt{{\rule{{{width}pt}}{{1pt}}}}")).problems) == count


def test_a_fault_before_all_problems_belongs_to_none(tmp_path):
    fault = only(compiled(tmp_path, TWO.replace(r"\begin{document}", r"\oops \begin{document}")))
    assert (fault.line, fault.about) == (3, "")


def test_a_fault_in_a_file_that_is_read_names_the_file(program, tmp_path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "one.tex").write_text("(one\n\n\\hbox to 10pt{(\\rule{30pt}{1pt}}\n")
    text = TWO.replace("FAULT", "\\input{parts/one}\\input{./parts/one}\n\n\\hbox to 10pt{\\rule{40pt}{1pt}}")
    result = compiled(tmp_path, text, program=program)
    assert result.problems == (
        TexFault("overfull", "parts/one.tex: 23.9 pt too wide", 3),
        TexFault("overfull", "30.0 pt too wide", 10, "second"),
    )


def test_a_package_that_is_missing_is_told_with_the_remedy(tmp_path):
    fault = only(compiled(tmp_path, TWO.replace("amsmath", "nosuchpackage")))
    assert fault.message.startswith("LaTeX Error: File `nosuchpackage.sty' not found. On Debian and Ubuntu: apt-get")
    assert fault.line == 3  # LaTeX looks for it when it has read on


def test_a_document_without_an_end_or_a_page_has_no_pdf(program, tmp_path):
    texts = document("").partition(r"\end")[0] + "{", document(""), r"\batchmode\csname @@end\endcsname"
    said = [only(compiled(tmp_path, text, program=program)).message for text in texts]
    assert said[0].startswith("Emergency stop. The file ends too early: a brace is open")
    assert said[1:] == ["No pages of output"] * 2


def test_references_settle(program, tmp_path):
    text = document(r"\tableofcontents On page \pageref{end} is \ref{end}.\newpage\section{Last}\label{end}")
    result = compiled(tmp_path, text, program=program)
    assert result.problems == ()
    assert re.search(r"1\s+Last\s+2\s+On page 2 is 1\.", pages(result.pdf))


def test_references_that_do_not_settle_are_told(tmp_path):
    text = document(r"\ref{end}\section{Last}\label{end}")
    faults = compiled(tmp_path, text, runs=1).problems
    assert "Label(s) may have changed. Rerun to get cross-references right." in {fault.message for fault in faults}
    assert compiled(tmp_path, text, runs=2).problems == ()


def test_a_document_without_references_is_set_once(tmp_path, monkeypatch):
    started = []

    def ended(*arguments: object) -> bool:
        started.append(arguments)
        return _ended(*arguments)

    monkeypatch.setattr("derive.engine.tex._ended", ended)
    assert compiled(tmp_path, TWO).problems == ()
    assert len(started) == 1
    assert compiled(tmp_path, document(r"\ref{a}\section{A}\label{a}")).problems == ()
    assert len(started) == 3


RICH = r"""\documentclass{CLASS}
\title{A}\author{B}\date{}
\begin{document}
BODY
\end{document}
"""
CLASSES = {
    "article}\\usepackage{hyperref": r"\maketitle\tableofcontents\section{A}\label{a}\ref{a} $x^2$ \today",
    "article}\\usepackage{tikz": r"\tikz\draw (0,0) -- (1,1);",
    "exam": r"\begin{questions}\question[2] a \begin{solution}b\end{solution}\end{questions}\printanswers",
    "beamer": r"\begin{frame}{A}\pause $x^2$\end{frame}\begin{frame}{B}\end{frame}",
}


@pytest.mark.parametrize("name", CLASSES)
def test_the_same_source_gives_the_same_bytes_in_every_folder(name, tmp_path):
    text = RICH.replace("CLASS", name).replace("BODY", CLASSES[name])
    first = compiled(tmp_path / "a", text)
    assert first.problems == ()
    time.sleep(1.1)  # what depends on the time differs now
    second = compiled(tmp_path / "b", text, program="latexmk" if "hyperref" in name else "pdflatex")
    assert first.pdf.read_bytes() == second.pdf.read_bytes()


def test_the_identity_of_a_pdf_is_that_of_its_content(tmp_path):
    pdfs = [compiled(tmp_path, document(text)).pdf.read_bytes() for text in ("a", "b", "a")]
    found = [re.search(rb"/ID \[<([0-9A-F]{32})> <\1>\]", pdf)[1] for pdf in pdfs]
    assert found[0] == found[2] != found[1]


def test_an_unchanged_pdf_keeps_its_time(program, tmp_path):
    pdf = compiled(tmp_path, TWO, program=program).pdf
    os.utime(pdf, ns=(1, 1))
    again = compiled(tmp_path, TWO, program=program)
    assert (again.changed, pdf.stat().st_mtime_ns) == (False, 1)
    assert compiled(tmp_path, TWO.replace("Three", "3"), program=program).changed


def test_the_date_is_that_of_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(86400 * 366))
    assert "January 2, 1971" in pages(compiled(tmp_path, document(r"\today")).pdf)


def test_an_old_pdf_stays_when_the_new_source_has_a_fault(program, tmp_path):
    before = compiled(tmp_path, TWO, program=program).pdf.read_bytes()
    assert compiled(tmp_path, TWO.replace("FAULT", r"\oops"), program=program).pdf is None
    assert (tmp_path / "set.pdf").read_bytes() == before


def test_a_pdf_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "set.pdf").mkdir()
    with pytest.raises(OutputError, match=r"cannot write .*/set.pdf: it is a folder"):
        compile_pdf(written(tmp_path, TWO))


def test_a_link_in_the_place_of_the_pdf_is_replaced(tmp_path):
    (tmp_path / "mine").write_bytes(b"mine")
    (tmp_path / "set.pdf").symlink_to("mine")
    assert compiled(tmp_path, TWO).changed
    assert (tmp_path / "mine").read_bytes() == b"mine"


def test_a_source_that_is_missing_is_told(tmp_path):
    with pytest.raises(OutputError, match=r"cannot compile .*nothing.tex: No such file"):
        compile_pdf(tmp_path / "nothing.tex")


def test_a_source_may_be_a_link(tmp_path):
    written(tmp_path / "elsewhere", TWO.replace("FAULT", r"\input{part}"), "real.tex")
    written(tmp_path / "here", "part", "part.tex")
    (tmp_path / "here" / "set.tex").symlink_to("../elsewhere/real.tex")
    result = compile_pdf(tmp_path / "here" / "set.tex")
    assert (result.pdf, result.problems) == (tmp_path / "here" / "set.pdf", ())
    assert os.listdir(tmp_path / "elsewhere") == ["real.tex"]


STRANGE = ["übung", "a%b", "a#b", "a~b", "-x", "a'b", 'a"b', "a.b", "{a}", "\\a"]
STRANGE_TO_BOTH = [("week 3", "latexmk"), ("$(touch x)", "latexmk"), ("`touch x`", "latexmk"), ("a.b", "latexmk")]


@pytest.mark.parametrize(("stem", "program"), STRANGE_TO_BOTH + [(stem, "pdflatex") for stem in STRANGE])
def test_a_strange_name_means_nothing(stem, program, tmp_path):
    source = written(tmp_path, TWO.replace("FAULT", r"\input{part}\ref{x}"), f"{stem}.tex")
    (tmp_path / "part.tex").write_text("part")
    result = compile_pdf(source, program=program)
    assert [(fault.line, fault.about) for fault in result.problems] == [(8, "second")]
    assert set(os.listdir(tmp_path)) == {f"{stem}.tex", f"{stem}.pdf", "part.tex"}


@pytest.mark.parametrize("folder", ["a folder", "a:b%", "$HOME", "~", "{a,b}", "ü"])
def test_a_strange_folder_means_nothing(folder, tmp_path):
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "part.tex").write_text("part")
    assert compiled(tmp_path / folder, TWO.replace("FAULT", r"\input{part}")).problems == ()


def test_the_folder_for_temporary_files_may_have_blanks(program, tmp_path, monkeypatch):
    (tmp_path / "a b").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "a b"))
    fault = only(compiled(tmp_path / "out", TWO.replace("FAULT", r"{\font\x=cmex10 \x \char255}"), program=program))
    assert (fault.line, fault.about) == (8, "second")
    assert os.listdir(tmp_path / "a b") == []


def test_what_an_earlier_run_left_beside_the_source_is_not_read(program, tmp_path):
    for suffix in ("aux", "toc", "out", "lof", "lot"):
        (tmp_path / f"set.{suffix}").write_text(r"\oops")
    body = r"\tableofcontents\listoffigures\listoftables\section{a}"
    assert compiled(tmp_path, document(body, "\\usepackage{hyperref}\n"), program=program).problems == ()
    assert (tmp_path / "set.aux").read_text() == r"\oops"


def test_no_settings_of_the_user_are_read(program, tmp_path, monkeypatch):
    for folder in (tmp_path, tmp_path / "home"):
        for name in ("latexmkrc", ".latexmkrc"):
            written(folder, "system('touch owned'); die;", name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    assert compiled(tmp_path, TWO, program=program).problems == ()


def test_packages_of_the_user_are_found(program, tmp_path, monkeypatch):
    written(tmp_path / "mine", r"\newcommand{\hello}{hello}", "mine.sty")
    monkeypatch.setenv("TEXINPUTS", str(tmp_path / "mine"))
    assert compiled(tmp_path, document(r"\hello", "\\usepackage{mine}\n"), program=program).problems == ()


@pytest.mark.parametrize("attack", ["/etc/passwd", "../secret", ".hidden", "|cat secret.tex"])
def test_files_outside_are_not_read(attack, tmp_path, monkeypatch):
    monkeypatch.setenv("openin_any", "a")
    monkeypatch.setenv("shell_escape", "t")
    written(tmp_path, "secret", "secret.tex")
    written(tmp_path / "out", "secret", ".hidden.tex")
    fault = only(compiled(tmp_path / "out", TWO.replace("FAULT", rf"\input{{{attack}}}")))
    assert (fault.kind, fault.about) == ("error", "second")
    assert "not found" in fault.message


def test_files_outside_are_not_read_by_other_means(program, tmp_path):
    body = r"\newread\f \openin\f=/etc/passwd \ifeof\f closed\else open\fi"
    assert "closed" in pages(compiled(tmp_path, document(body), program=program).pdf)


@pytest.mark.parametrize("name", ["FOLDER/owned", "../owned", ".owned"])
def test_files_outside_are_not_written(name, tmp_path):
    place = name.replace("FOLDER", str(tmp_path))
    result = compiled(tmp_path / "out", TWO.replace("FAULT", rf"\newwrite\f \immediate\openout\f={place} "))
    assert only(result).kind == "error"
    assert os.listdir(tmp_path) == ["out"]


RUNNING = r"""
\immediate\write18{touch owned}
\typeout{No file set$(touch owned).bbl.}
\typeout{No file `touch owned`.eps.}
\typeout{Writing index file set$(touch owned).idx}
\typeout{<use `touch owned`.png>}
\typeout{}
\typeout{! LaTeX Error: File `$(touch owned).tex' not found.}
\typeout{Package epstopdf Info: Source file: <$(touch owned).eps>}
\typeout{Output file: <$(touch owned).pdf>}
\makeatletter\immediate\write\@auxout{\string\bibdata{$(touch owned)}\string\bibstyle{`touch owned`}}
\newwrite\f \immediate\openout\f=set.idx \immediate\write\f{\string\indexentry{a}{1}}\immediate\closeout\f
\typeout{Writing index file set.idx}
\typeout{Writing index file $(touch owned).idx}
"""


@pytest.mark.parametrize("attack", [line for line in RUNNING.splitlines() if "owned" in line])
def test_a_document_runs_no_program(attack, tmp_path, monkeypatch):
    """The names of files that latexmk takes from a log reach a shell, unless it is told otherwise."""
    monkeypatch.setenv("shell_escape", "t")
    monkeypatch.setattr("derive.engine.tex.tempfile.TemporaryDirectory", lambda **_: Kept(tmp_path / "build"))
    text = "%&latex -shell-escape\n" + TWO.replace("FAULT", attack)
    compiled(tmp_path / "out", text, program="latexmk")
    assert (tmp_path / "build" / "set.log").exists()
    assert [file for file in tmp_path.rglob("*") if file.name == "owned"] == []
    assert not Path("owned").exists()


class Kept:
    """A folder for temporary files that stays, to be looked at."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()

    def __enter__(self) -> str:
        return str(self.path)

    def __exit__(self, *_: object) -> None:
        pass


def test_shell_escape_is_off(program, tmp_path):
    assert "escape 0" in pages(compiled(tmp_path, document(r"escape \the\pdfshellescape"), program=program).pdf)


def processes(name: str) -> list[int]:
    """The processes that have a word in their command line."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if name.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def limited(process: int) -> bool:
    """Whether the system ends a process after some seconds of work."""
    try:
        limits = Path(f"/proc/{process}/limits").read_text()
    except OSError:
        return False
    return not re.search(r"Max cpu time +unlimited", limits)


def wait_for(state: Callable[[], object]) -> None:
    until = time.monotonic() + 20
    while not state():
        assert time.monotonic() < until
        time.sleep(0.01)


ENDLESS = {
    "in itself": r"\loop\iftrue\repeat",
    "of pages": r"\loop\shipout\hbox{a}\iftrue\repeat",
    "of messages": r"\loop\message{a}\iftrue\repeat",
    "of definitions": r"\def\a{\a}\a",
}


@pytest.mark.parametrize("loop", ENDLESS)
def test_an_endless_loop_is_killed(loop, program, tmp_path, monkeypatch):
    monkeypatch.setattr("derive.engine.tex._restrain", lambda process, seconds: None)
    name = f"endless{os.getpid()}"
    source = written(tmp_path, TWO.replace("FAULT", ENDLESS[loop]), f"{name}.tex")
    started = time.monotonic()
    fault = only(compile_pdf(source, program=program, seconds=2))
    assert time.monotonic() - started < 30
    assert (fault.kind, fault.message) == ("error", "stopped: no end within 2 s")
    wait_for(lambda: not processes(name))
    assert os.listdir(tmp_path) == [f"{name}.tex"]


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="this system has no /proc")
def test_a_loop_ends_even_if_nobody_is_left_to_end_it(program, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))  # nobody is left to remove its folder
    name = f"orphan{os.getpid()}"
    source = written(tmp_path, TWO.replace("FAULT", ENDLESS["in itself"]), f"{name}.tex")
    restrain = tex._restrain  # to seconds of work, while the time on the clock is ample on a busy machine
    monkeypatch.setattr("derive.engine.tex._restrain", lambda process, seconds: restrain(process, 2))
    child = os.fork()
    if not child:
        compile_pdf(source, program=program, seconds=60)
        os._exit(0)
    wait_for(lambda: any(limited(process) for process in processes(name)))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert processes(name)
    wait_for(lambda: not processes(name))


def test_a_huge_file_ends_the_run(program, tmp_path, monkeypatch):
    monkeypatch.setattr("derive.engine.tex._LARGEST", 200_000)
    result = compiled(tmp_path, TWO.replace("FAULT", ENDLESS["of messages"]), program=program, seconds=30)
    assert only(result).message.startswith("no PDF was made; the log ends with: ")
    assert len(only(result).message) < 300


def test_a_long_log_is_read_at_both_ends(tmp_path, monkeypatch):
    monkeypatch.setattr("derive.engine.tex._READ", 20_000)
    many = r"\newcount\n \n=0 \loop\typeout{nothing of interest here}\advance\n by 1 \ifnum\n<9999\repeat"
    wide = r"\hbox to 10pt{\rule{30pt}{1pt}}"
    result = compiled(tmp_path, TWO.replace("FAULT", many).replace("One:", wide).replace("Three.", wide))
    assert [fault.about for fault in result.problems] == ["first", "third"]


def test_of_very_many_faults_the_first_are_told(tmp_path):
    text = document("\n\n".join(rf"\hbox to 1pt{{\rule{{{n}pt}}{{1pt}}}}" for n in range(10, 310)))
    assert [fault.line for fault in compiled(tmp_path, text).problems] == [3 + 2 * n for n in range(200)]


def test_where_there_is_no_tex_the_remedy_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OutputError, match="pdflatex is not installed") as raised:
        compile_pdf(written(tmp_path, TWO))
    assert raised.value.hint.startswith("On Debian and Ubuntu: apt-get install latexmk texlive-latex-recommended")
    assert raised.value.code == "D602"


def test_without_latexmk_pdflatex_does(tmp_path, monkeypatch, pdflatex):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pdflatex").symlink_to(pdflatex)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert compiled(tmp_path, TWO).problems == ()
    with pytest.raises(OutputError, match="latexmk is not installed"):
        compile_pdf(tmp_path / "set.tex", program="latexmk")


def test_another_program_is_refused(tmp_path):
    with pytest.raises(OutputError, match="by latexmk or pdflatex, not by sh"):
        compile_pdf(written(tmp_path, TWO), program="sh")
