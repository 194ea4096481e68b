"""The machine that measures: what it is, and what else it did meanwhile."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import time
from datetime import datetime
from pathlib import Path

import psutil

from engine.runtime.postgres.binaries import find_binaries


def describe() -> dict[str, str]:
    """Machine, versions, date and commit."""
    memory = psutil.virtual_memory().total / 2**30
    return {
        "machine": f"{_processor()}, {_cores()} cores, {memory:.0f} GB, {platform.system()} {platform.release()}",
        "versions": f"Python {platform.python_version()}, PostgreSQL {find_binaries().version}",
        "date": datetime.now().astimezone().isoformat(timespec="seconds"),
        "commit": _commit(),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _commit() -> str:
    commit = _git("rev-parse", "--short=10", "HEAD")
    return f"{commit} and changes" if commit and _git("status", "--porcelain", "--", "engine", "api") else commit


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip()


class Others:
    """How much of the machine programs took that are none of ours.

    Ours are this process and its children that have ended; so it tells only after they have.
    """

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._busy = _busy()
        self._ours = _ours()

    def share(self) -> float:
        """From 0 to 1, of all cores, since the beginning."""
        elapsed = time.perf_counter() - self._began
        theirs = (_busy() - self._busy) - (_ours() - self._ours)
        return max(0.0, theirs / elapsed / (os.cpu_count() or 1))


def _busy() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))


def _ours() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
