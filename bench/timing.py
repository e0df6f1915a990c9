"""CPU time, peak memory, and the few statistics that a table needs."""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import process_time

LAUNCH = """
import json, resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([code, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""
"""A process counts the memory of the one that it was forked from as its own, so a small one launches it."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one process cost."""

    cpu: float
    peak_mib: float


def run(command: Sequence[str]) -> Run:
    """Run a command to its end and return what it cost; a command that fails is an error.

    Modules may be kept as bytecode, as they are once a package is installed: else the compiler would be measured.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    launch = [sys.executable, "-S", "-c", LAUNCH, *command]
    launched = subprocess.run(launch, stdout=subprocess.PIPE, check=True, env=environment)
    code, cpu, peak = json.loads(launched.stdout)
    if code:
        raise subprocess.CalledProcessError(code, command)
    return Run(cpu, peak)


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
