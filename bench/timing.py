"""CPU time, peak memory, and the few statistics that a table needs."""

from __future__ import annotations

import math
import os
import statistics
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import process_time


@dataclass(frozen=True, slots=True)
class Run:
    """What one process cost."""

    cpu: float
    peak_mib: float


def run(command: Sequence[str]) -> Run:
    """Run a command to its end and return what it cost; a command that fails is an error."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Run(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds that a call takes."""
    start = process_time()
    work()
    return process_time() - start


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return median, least and greatest."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """Return the quantiles that tell of the ordinary case and of the worst."""
    ordered = sorted(values)
    at = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
    return {name: ordered[min(len(ordered) - 1, int(part * len(ordered)))] for name, part in at.items()}


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Return p of cost ~ size^p: the least-squares slope of the logarithms."""
    return statistics.linear_regression([math.log(s) for s in sizes], [math.log(c) for c in costs]).slope
