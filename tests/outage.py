"""A database that goes away."""

from __future__ import annotations

import contextlib
import os
import signal

import psutil

from engine.runtime.postgres.embedded import EmbeddedPostgres


def kill(server: EmbeddedPostgres) -> None:
    """kill -9 of PostgreSQL, its backends included: without their postmaster they would answer a little longer."""
    pid = server.pid
    assert pid is not None
    backends = psutil.Process(pid).children(recursive=True)
    for process in (pid, *(backend.pid for backend in backends)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    os.waitpid(pid, 0)
    psutil.wait_procs(backends, timeout=5)
