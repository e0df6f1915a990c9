"""Problem sets: problems a second, memory, and what a build costs in which nothing, or one problem, changed."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from formulas import formulas

WORKERS = 2
MANY = 10
"""How many times as many problems show whether memory is flat."""

_READ = """
import sys, time
from pathlib import Path
import yaml
from derive.problems.reading import read_set
start = time.process_time()
read_set(Path(sys.argv[1]), size=2**30, problems=10**6)
print(time.process_time() - start)
"""


def written(folder: Path, count: int, suffix: str = ".yaml") -> Path:
    """Write a set of random problems."""
    texts = [formula.latex() for formula in formulas(count)]
    file = folder / f"bench{suffix}"
    if suffix == ".jsonl":
        lines = (json.dumps({"id": f"p{i:06}", "latex": f"y = {t}", "wrt": ["x"]}) for i, t in enumerate(texts))
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    else:
        entries = (f"  - id: p{i:06}\n    latex: 'y = {t}'\n    wrt: x\n" for i, t in enumerate(texts))
        file.write_text("title: Bench\nproblems:\n" + "".join(entries), encoding="utf-8")
    return file


class Watch(threading.Thread):
    """Follows the memory of a process and of all below it."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.process, self.peak_mib, self.own_mib = process, 0.0, 0.0

    def run(self) -> None:
        """Look ten times a second until the process ends."""
        while (sizes := resident(self.process)) and sizes[0]:
            self.peak_mib, self.own_mib = max(self.peak_mib, sum(sizes)), max(self.own_mib, sizes[0])
            time.sleep(0.1)


def resident(process: int) -> list[float]:
    """Return the memory of a process in MiB, then that of its children."""
    try:
        children = Path(f"/proc/{process}/task").glob("*/children")
        below = [int(child) for file in children for child in file.read_text().split()]
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except OSError:
        return []
    return [pages * os.sysconf("SC_PAGE_SIZE") / 2**20, *(s for child in below for s in resident(child))]


def build(file: Path, out: Path) -> dict[str, float]:
    """Build Markdown fragments; return the seconds, and the peak memory of the parent and of all processes."""
    command = [sys.executable, "-m", "derive", "build", str(file), "-o", str(out), "--look", "fragments", "--no-oracle"]
    limits = ["-j", str(WORKERS), "--quiet", "--limit", "problems=1000000", "--limit", "file-mib=1000"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start, before = time.monotonic(), sum(os.times()[2:4])
    with subprocess.Popen([*command, *limits], stdin=subprocess.DEVNULL, env=environment) as process:
        watch = Watch(process.pid)
        watch.start()
        code = process.wait()
    watch.join()
    cpu = sum(os.times()[2:4]) - before
    return {
        "seconds": time.monotonic() - start,
        "cpu": cpu,
        "mib": watch.peak_mib,
        "own_mib": watch.own_mib,
        "code": code,
    }


def building(options: argparse.Namespace) -> dict[str, Any]:
    """Time whole builds, by the clock: two workers are to share the machine."""
    count = options.problems
    result: dict[str, Any] = {"problems": count}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = written(folder, count)
        read = subprocess.run([sys.executable, "-c", _READ, str(file)], capture_output=True, text=True, check=True)
        result["read"] = float(read.stdout)
        result["first"] = build(file, folder / "out")
        result["again"] = build(file, folder / "out")
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("latex: 'y = ", "latex: 'y = 7 + ", 1), encoding="utf-8")
        result["one changed"] = build(file, folder / "out")
        result["many"] = build(written(folder, MANY * count, ".jsonl"), folder / "many")
    first, many = result["first"], result["many"]
    print(f"\nBuilding: {count} problems to Markdown, {WORKERS} workers, seconds by the clock; peak MiB parent, all")
    print(f"  the file read {result['read']:28.2f}")
    for label in ("first", "again", "one changed", "many"):
        row = result[label]
        print(f"  {label:28}{row['seconds']:12.2f}{row['own_mib']:10.0f}{row['mib']:8.0f}")
    print(
        f"  problems a second {count / first['seconds']:24.1f}, of {MANY * count}: {MANY * count / many['seconds']:.1f}"
    )
    print(f"  memory of {MANY} times as many: {many['mib'] / first['mib']:.2f}")
    return result
