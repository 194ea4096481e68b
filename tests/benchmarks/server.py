"""`pointsman serve` in a process of its own, and what it costs."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import httpx
import psutil

START_TIMEOUT = 30.0  # seconds


class Server:
    """A running server: where it listens, and the processor time and memory that it has used."""

    host = "127.0.0.1"

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.port = port
        self._process = psutil.Process(process.pid)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/v2"

    def deploy(self, name: str, content: bytes) -> None:
        """Deploy a file."""
        httpx.post(f"{self.url}/deployments", files={"resources": (name, content)}, timeout=60).raise_for_status()

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def memory(self) -> float:
        """Resident memory in megabytes."""
        return float(self._process.memory_info().rss / 1e6)


@contextmanager
def serving(database_url: str) -> Iterator[Server]:
    """A server for the length of the block."""
    with tempfile.TemporaryFile() as output:
        command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--database-url", database_url]
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield Server(process, _port(process, output))
        finally:
            process.terminate()
            process.wait(30)


def _port(process: subprocess.Popen[bytes], output: IO[bytes]) -> int:
    """The port that it took, once it serves."""
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        for connection in psutil.Process(process.pid).net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and _answers(connection.laddr.port):
                return int(connection.laddr.port)
        if process.poll() is not None:
            break
        time.sleep(0.02)
    output.seek(0)
    raise RuntimeError(f"The server did not start: {output.read().decode(errors='replace')}")


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://{Server.host}:{port}/v2/topology", timeout=1).is_success
    except httpx.HTTPError:
        return False
