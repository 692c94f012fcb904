"""Clocks: a function's repeated runs, and a whole process with its peak memory."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from .. import __version__

# A child counts its parent's memory as its own until it has started its program, so the parent that
# measures must be small.
LAUNCHER = """
import subprocess, sys, time
began = time.perf_counter()
child = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
seconds = time.perf_counter() - began
if child.returncode:
    sys.exit(child.stderr.decode())
try:
    import resource
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
except ImportError:
    peak = None
print(seconds, peak)
"""


# Above the lines of some timings.
HEAD = "| what | median | spread | runs | peak memory | |\n|---|---|---|---|---|---|"


@dataclass(frozen=True)
class Timing:
    """One thing's times."""

    name: str
    seconds: tuple[float, ...]  # a run each
    megabytes: float | None = None  # peak memory of the process, where it was one
    note: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def line(self) -> str:
        """A row: name, median, least to most, runs, peak memory, note."""
        low, high = min(self.seconds), max(self.seconds)
        memory = "" if self.megabytes is None else f"{self.megabytes:.0f} MB"
        return (
            f"| {self.name} | {self.median:.3f} s | {low:.3f} to {high:.3f} "
            f"| {len(self.seconds)} | {memory} | {self.note} |"
        )


def machine() -> str:
    """The processor, its threads, the load, and the versions of what matters."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return (
        f"{_processor()}, {os.cpu_count()} cores, torch threads {torch.get_num_threads()}, "
        f"load {load:.1f}; Python {platform.python_version()}, torch {torch.__version__}, "
        f"chromafield {__version__}"
    )


def repeat(
    work: Callable[[], object],
    runs: int,
    warm_up: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[float, ...]:
    """Seconds of each run after the warm-up, on the wall or another clock."""
    for _ in range(warm_up):
        work()
    seconds = []
    for _ in range(runs):
        began = clock()
        work()
        seconds.append(clock() - began)
    return tuple(seconds)


def in_turn(
    one: Callable[[], object], other: Callable[[], object], runs: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Seconds of two things run in turn, so that a drifting machine treats both alike."""
    ours: list[float] = []
    theirs: list[float] = []
    one(), other()
    for _ in range(runs):
        ours += repeat(one, 1, warm_up=0)
        theirs += repeat(other, 1, warm_up=0)
    return tuple(ours), tuple(theirs)


def process(arguments: Sequence[str]) -> tuple[float, float | None]:
    """Seconds and peak megabytes of `chromafield` with these arguments, as a process of its own.

    Peak memory is None where the system does not tell (Windows).

    Raises:
        CalledProcessError: it ended with an exit code other than 0.
    """
    command = [sys.executable, "-c", LAUNCHER, sys.executable, "-m", "chromafield", *arguments]
    printed = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
    seconds, peak = printed.split()[-2:]
    unit = 1 if sys.platform == "darwin" else 1024
    return float(seconds), None if peak == "None" else float(peak) * unit / 1e6


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
