"""Work out the samples: `python samples/demo.py OUT` writes Markdown, LaTeX, HTML and, where pdflatex is, PDF.

Then it builds a week's problem sheet with its key, weaves the sample documents, and builds those sites whose programs
are installed.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

SAMPLES = Path(__file__).with_name("problems.txt")
SHOWCASE = Path(__file__).parent / "matrix-calculus" / "build.py"
HERE = Path(__file__).parent
SHEET = HERE / "week3.yaml"
WOVEN = ("jekyll", "hugo", "latex")
"""The samples that hold their solutions, so that they build where there is no Python."""

SITES: dict[str, tuple[str, ...]] = {
    "jekyll": ("jekyll", "build", "--quiet", "--source", "{source}", "--destination", "{out}"),
    "hugo": ("hugo", "--quiet", "--source", "{source}", "--destination", "{out}"),
    "mkdocs": (sys.executable, "-m", "mkdocs", "build", "--quiet", "-f", "{source}/mkdocs.yml", "-d", "{out}"),
    "sphinx": (sys.executable, "-m", "sphinx", "-q", "-b", "html", "{source}", "{out}"),
}
"""How each sample site is built: with a program, or with a module of this Python, where there is one."""

FORMATS = {"markdown": ".md", "tex": ".tex", "html": ".html"}


def samples(file: Path = SAMPLES) -> Iterator[tuple[str, list[str]]]:
    """Yield the name and the arguments of each sample."""
    for line in file.read_text(encoding="utf-8").splitlines():
        words = shlex.split(line, comments=True)
        if words:
            yield words[0], words[1:]


def derive(*arguments: str) -> bool:
    """Run `derive` with the Python that runs this script; its messages go to the terminal."""
    return subprocess.run([sys.executable, "-m", "derive", *arguments], check=False).returncode == 0


def pdf(source: Path, runs: int = 1) -> bool:
    """Compile a `.tex` file beside itself, without shell escape. On failure the log stays and is named.

    A table of contents takes two runs.
    """
    command = ["pdflatex", "-no-shell-escape", "-halt-on-error", "-interaction=batchmode", source.name]
    quiet = {"cwd": source.parent, "stdout": subprocess.DEVNULL, "check": False}
    done = all(subprocess.run(command, **quiet).returncode == 0 for _ in range(runs))
    if done:
        for suffix in (".aux", ".log", ".out", ".toc"):
            source.with_suffix(suffix).unlink(missing_ok=True)
    else:
        print(f"{source}: pdflatex failed, see {source.with_suffix('.log')}", file=sys.stderr)
    return done


def sheet(out: Path, has_tex: bool) -> bool:
    """Build a week's problem sheet, and its key."""
    looks, profiles = "exam,handout,page,slides", "student,key"
    options = ["--look", looks, "--profile", profiles, "-o", str(out / "week3"), *(["--pdf"] if has_tex else [])]
    print(f"  week3            derive build samples/week3.yaml {shlex.join(options)}", flush=True)
    return derive("build", str(SHEET), *options)


def sites(out: Path) -> bool:
    """Weave the documents that hold their solutions, and build the sites whose programs are installed."""
    print("  documents        derive weave --check " + " ".join(f"samples/{name}" for name in WOVEN), flush=True)
    fine = derive("weave", "--check", "--quiet", *(str(HERE / name) for name in WOVEN))
    for name, command in SITES.items():
        program, *rest = command
        missing = find_spec(rest[1]) is None if program == sys.executable else shutil.which(program) is None
        if missing:
            print(f"  {name:16} is not installed: samples/{name} is left out")
            continue
        line = [part.format(source=HERE / name, out=out / name) for part in command]
        print(f"  {name:16} samples/{name}", flush=True)
        fine &= subprocess.run(line, check=False, stdout=subprocess.DEVNULL).returncode == 0
    return fine & document(out)


def document(out: Path) -> bool:
    """Let pandoc set a document, with the filter that works its formulas out."""
    if not shutil.which("pandoc"):
        print("  pandoc           is not installed: samples/pandoc is left out")
        return True
    print("  pandoc           samples/pandoc/document.md", flush=True)
    source, target = HERE / "pandoc" / "document.md", out / "document.html"
    filter_ = Path(sys.executable).with_name("derive-pandoc")
    command = ["pandoc", "--standalone", "--katex", "--filter", str(filter_), str(source), "-o", str(target)]
    return subprocess.run(command, check=False).returncode == 0


def main(out: Path) -> int:
    """Write all formats of all samples; return the exit status."""
    out.mkdir(parents=True, exist_ok=True)
    has_tex = shutil.which("pdflatex") is not None
    fine = True
    for name, arguments in samples():
        print(f"  {name:16} derive solve {shlex.join(arguments)}", flush=True)
        for form, suffix in FORMATS.items():
            fine &= derive("solve", *arguments, "--format", form, "-o", str(out / (name + suffix)))
        if has_tex and (out / f"{name}.tex").is_file():
            fine &= pdf(out / f"{name}.tex")
    print("  matrix-calculus  one document of all problems of a paper", flush=True)
    fine &= subprocess.run([sys.executable, str(SHOWCASE), str(out)], check=False).returncode == 0
    fine &= sheet(out, has_tex)
    fine &= sites(out.resolve())
    kinds = "*.md, *.html, *.tex and *.pdf" if has_tex else "*.md, *.html and *.tex (no PDF: pdflatex is not installed)"
    print(f"The worked solutions are in {out}/: {kinds}")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "out")))
