"""A PDF of a LaTeX file: within a time limit, without shell escape, the same bytes from the same source.

Nothing but the PDF appears beside the source. TeX reads files below the folder of the source and those of its own
installation, and writes into a folder that is then removed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from derive.engine.files import write_if_changed
from derive.engine.texlog import TexFault, faults
from derive.errors import OutputError, visible

_FLAGS = (
    "-interaction=nonstopmode",
    "-halt-on-error",
    "-file-line-error",
    "-no-shell-escape",
    "-no-parse-first-line",
)
_LATEXMK = (
    "latexmk",
    "-norc",
    "-pdf",
    "-bibtex-",
    *(f"-latexoption={flag}" for flag in _FLAGS),
    "-e",
    "$kpsewhich = 'NONE'; $bibtex = $biber = $makeindex = 'internal left_out'; sub left_out { return 0; }",
)
"""latexmk gives names of files that a document makes up to a shell: what does so is left out."""

_ENVIRONMENT = {
    "openin_any": "p",  # no hidden files, none above the folder, none with absolute names
    "openout_any": "p",
    "FORCE_SOURCE_DATE": "1",
    "max_print_line": "100000",
    "error_line": "254",
    "half_error_line": "238",
}
_STALE = (".aux", ".toc", ".out", ".lof", ".lot", ".nav")
"""What LaTeX would read beside the source, if the author compiled it there: with these it is hidden."""

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_TRIVIAL = re.compile(rb"\\relax|\\gdef ?\\@abspage@last\{\d+\}|\s")
"""What an .aux file says that no document reads."""

_ID = re.compile(rb"(/Info \d+ 0 R\s*/ID \[)<[0-9A-F]{32}> <[0-9A-F]{32}>\]")
_LARGEST = 2**28
"""Bytes of one file that TeX writes: a loop that ships pages would fill the disk within the time limit."""

_READ = 2**22
"""Bytes that are read of a log at either end."""


if sys.platform == "win32":

    def _restrain(process: int, seconds: float) -> None:
        pass

    def _kill(process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()
else:
    import resource

    def _restrain(process: int, seconds: float) -> None:
        """Let the system limit a process, and what it starts: that holds if nobody is left to end it."""
        if sys.platform == "linux":
            limits = {
                resource.RLIMIT_CPU: int(max(seconds, 0)) + 1,
                resource.RLIMIT_FSIZE: _LARGEST,
                resource.RLIMIT_CORE: 0,
            }
            with suppress(OSError, ValueError):  # it has ended already, or may not have so much anyway
                for kind, most in limits.items():
                    resource.prlimit(process, kind, (most, most))

    def _kill(process: subprocess.Popen[bytes]) -> None:
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@dataclass(frozen=True, slots=True)
class TexResult:
    """The PDF, if there is one, what TeX complains of, and whether the file was written anew."""

    pdf: Path | None
    problems: tuple[TexFault, ...]
    changed: bool = False


def compile_pdf(source: Path, *, seconds: float = 120, runs: int = 5, program: str = "") -> TexResult:
    r"""Make the PDF of a LaTeX file, beside it. After an error there is no new PDF; an old one stays.

    The date is that of SOURCE_DATE_EPOCH: without it, `\today` is 1 January 1970. Bibliographies and indexes are not
    made. Overfull boxes of less than a point are not told.

    Args:
        source: The file; what it reads must lie in its folder, or below.
        seconds: Time limit of all runs together.
        runs: How often TeX may run, for references to settle.
        program: "pdflatex", which is run as often as needed, or "latexmk", which takes twice as long.

    Raises:
        OutputError: The program is not installed, the source cannot be read, or the PDF cannot be written.
    """
    program = _installed(program)
    try:
        text = source.read_bytes()
        with tempfile.TemporaryDirectory(prefix="derive-tex-", ignore_cleanup_errors=True) as made:
            job = _Job.prepared(Path(made).resolve(), source, text, time.monotonic() + seconds)
            ended = job.latexmk(runs) if program == "latexmk" else job.pdflatex(runs)
            found = job.problems() if ended else (TexFault("error", f"stopped: no end within {seconds:g} s"),)
            if _failed(found):
                return TexResult(None, found)
            data = job.result.read_bytes()
    except OSError as fault:
        raise OutputError(f"cannot compile {source}: {fault.strerror}") from None
    pdf = source.with_suffix(".pdf")
    return TexResult(pdf, found, write_if_changed(pdf, _reproducible(data)))


def _installed(program: str) -> str:
    if program not in ("", "latexmk", "pdflatex"):
        raise OutputError(f"a PDF is made by latexmk or pdflatex, not by {program}")
    for name in ("pdflatex", program or "pdflatex"):
        if not shutil.which(name):
            packages = "latexmk texlive-latex-recommended texlive-latex-extra texlive-pictures"
            raise OutputError(f"{name} is not installed", hint=f"On Debian and Ubuntu: apt-get install {packages}")
    return program or "pdflatex"


@dataclass(frozen=True, slots=True)
class _Job:
    """A copy of the source in a folder of its own, where all that TeX writes goes. TeX runs in the author's folder."""

    build: Path
    folder: Path
    name: str
    text: bytes
    until: float

    @classmethod
    def prepared(cls, build: Path, source: Path, text: bytes, until: float) -> _Job:
        """Write the copy. Its name is that of the source, if it means nothing to TeX and to a shell."""
        name = source.stem if _PLAIN_NAME.fullmatch(source.stem) else "document"
        job = cls(build, source.parent.resolve(), name, text, until)
        job.copy.write_bytes(text)
        for suffix in _STALE:
            (build / (name + suffix)).touch()
        return job

    @property
    def copy(self) -> Path:
        """The file that is compiled."""
        return self.build / f"{self.name}.tex"

    @property
    def result(self) -> Path:
        """The PDF."""
        return self.build / f"{self.name}.pdf"

    def latexmk(self, runs: int) -> bool:
        """Let latexmk decide how often TeX runs; say whether it came to an end in time."""
        return self._run([*_LATEXMK, "-e", f"$max_repeat = {runs};", f"-outdir={self.build}", str(self.copy)])

    def pdflatex(self, runs: int) -> bool:
        """Run TeX until it writes for its next run what it had read; say whether it came to an end in time."""
        for _ in range(runs):
            before = self._notes()
            if not self._run(self._once(_FLAGS, str(self.copy))):
                return False
            if self._notes() == before or not self.result.exists():
                break
        return True

    def problems(self) -> tuple[TexFault, ...]:
        """Return what TeX complains of, at least an error if there is no PDF."""
        log = self._log()
        found = self._faults(log)
        if _failed(found):
            return found
        if "\nOutput written on " not in log or not self.result.exists():  # killed, or there is no page
            last = next((line for line in reversed(log.splitlines()) if line.strip()), "no log")
            return (*found, TexFault("error", f"no PDF was made; the log ends with: {visible(last)[:200]}"))
        if any(fault.kind == "missing-character" for fault in found):
            return self._located(found)
        return found

    def _located(self, found: Sequence[TexFault]) -> tuple[TexFault, ...]:
        """Find the lines of missing characters: TeX tells them only where they are errors, so it runs once more."""
        trial = replace(self, name=f"{self.name}-trial")
        flags = [flag for flag in _FLAGS if flag != "-halt-on-error"]
        trial._run(trial._once(flags, rf"\tracinglostchars=3\input{{{self.copy.as_posix()}}}"))
        missing = [fault for fault in self._faults(trial._log()) if fault.kind == "missing-character"]
        others = [fault for fault in found if fault.kind != "missing-character"]
        return (*others, *missing) if missing else tuple(found)

    def _faults(self, log: str) -> tuple[TexFault, ...]:
        return faults(log, self.text.decode("utf-8", "replace"), self.copy.as_posix())

    def _once(self, flags: Sequence[str], what: str) -> list[str]:
        return ["pdflatex", *flags, f"-output-directory={self.build}", f"-jobname={self.name}", what]

    def _run(self, command: Sequence[str]) -> bool:
        inputs = [".", *filter(None, [os.environ.get("TEXINPUTS")]), ""]
        environment = {
            "SOURCE_DATE_EPOCH": "0",
            **os.environ,
            **_ENVIRONMENT,
            "TEXINPUTS": os.pathsep.join(inputs),
            "TEXMFOUTPUT": str(self.build),
            "MISSFONT_LOG": str(self.build / "missfont.log"),
        }
        return _ended(command, self.folder, environment, self.until - time.monotonic())

    def _notes(self) -> dict[str, bytes]:
        """Return what TeX wrote for its next run."""
        files = [f for f in self.build.iterdir() if f.suffix not in (".tex", ".log", ".pdf") and f.is_file()]
        notes = {file.name: _TRIVIAL.sub(b"", file.read_bytes()) for file in files}
        return {name: note for name, note in notes.items() if note}

    def _log(self) -> str:
        try:
            with (self.build / f"{self.name}.log").open("rb") as file:
                data = file.read(_READ)
                size = file.seek(0, os.SEEK_END)
                if size > _READ:
                    file.seek(max(_READ, size - _READ))
                    data += b"\n" + file.read()
        except FileNotFoundError:
            return ""
        return data.decode("utf-8", "backslashreplace")


def _failed(found: Sequence[TexFault]) -> bool:
    return any(fault.kind == "error" for fault in found)


def _ended(command: Sequence[str], folder: Path, environment: Mapping[str, str], seconds: float) -> bool:
    """Run a command; say whether it ended within the time. If not, all processes that it started are killed."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _restrain(process.pid, seconds)
        process.wait(max(seconds, 0))
    except subprocess.TimeoutExpired:
        return False
    finally:
        if process.returncode is None:
            _kill(process)
    return True


def _reproducible(pdf: bytes) -> bytes:
    """Give a PDF an identity that depends on its content alone: that of TeX depends on the folder."""
    found = list(_ID.finditer(pdf))
    if not found:
        return pdf
    start, stop = found[-1].end(1), found[-1].end()
    identity = hashlib.sha256(pdf[:start] + pdf[stop:]).hexdigest()[:32].upper().encode()
    return pdf[:start] + b"<%s> <%s>]" % (identity, identity) + pdf[stop:]
