"""The toolkit's commands as a user runs them, and what work costs in time, that of its processes included."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


def run_python(arguments: Sequence[str]) -> None:
    """`python ...`, without what it prints. Raises CalledProcessError where it fails."""
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)


@dataclass(frozen=True)
class Cost:
    """Wall-clock seconds, and seconds of processor time of this process and of those that it started."""

    wall: float
    processor: float


def cost(work: Callable[[], None]) -> Cost:
    """What it takes to do some work."""
    began, before = time.perf_counter(), os.times()
    work()
    wall, after = time.perf_counter() - began, os.times()
    return Cost(wall, sum(after[:4]) - sum(before[:4]))
