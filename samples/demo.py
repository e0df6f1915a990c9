"""Work out the samples: `python samples/demo.py OUT` writes Markdown, LaTeX, HTML and, where pdflatex is, PDF."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SAMPLES = Path(__file__).with_name("problems.txt")
SHOWCASE = Path(__file__).parent / "matrix-calculus" / "build.py"
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
    kinds = "*.md, *.html, *.tex and *.pdf" if has_tex else "*.md, *.html and *.tex (no PDF: pdflatex is not installed)"
    print(f"The worked solutions are in {out}/: {kinds}")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "out")))
