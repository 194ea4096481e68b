"""A real server in a process of its own, and the command as a user types it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from api.cli import main

FIXTURES = Path(__file__).parents[1] / "fixtures"
READY = "Ctrl-C stops it."


@dataclass
class Served:
    """A running `pointsman serve`: its process, its URL and what it printed until it was ready."""

    process: subprocess.Popen[str]
    url: str
    welcome: str

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Sends a signal and answers the exit code."""
        self.process.send_signal(number)
        self.process.communicate(timeout=60)
        return self.process.returncode


def serve_process(*options: object) -> subprocess.Popen[str]:
    """`pointsman serve` on a free port."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("POINTSMAN_")}
    return subprocess.Popen(
        [sys.executable, "-m", "api.cli", "serve", "--port", "0", *map(str, options)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def await_ready(process: subprocess.Popen[str]) -> Served:
    """Reads the welcome, which ends when requests are served."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.strip() == READY:
            break
    else:
        _, complaint = process.communicate()
        pytest.fail(f"the server ended with {process.returncode}: {complaint}")
    welcome = "".join(lines)
    url = next(word for word in welcome.split() if word.startswith("http://")).removesuffix("/docs")
    return Served(process, url, welcome)


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Starts servers; those that still run at the end are killed."""
    started: list[subprocess.Popen[str]] = []

    def start(*options: object) -> Served:
        started.append(serve_process(*options))
        return await_ready(started[-1])

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def server(module_database_url: str) -> Iterator[Served]:
    """One server for the tests of a module."""
    served = await_ready(serve_process("--database-url", module_database_url))
    yield served
    assert served.stop() == 0


@dataclass
class Shell:
    """Types commands to one server."""

    url: str
    capture: pytest.CaptureFixture[str]

    def run(self, *words: str) -> tuple[int, str, str]:
        """Exit code, output and complaints of `pointsman WORDS`."""
        self.capture.readouterr()
        command, *rest = words
        code = main([command, "--url", self.url, *rest])
        return code, *self.capture.readouterr()

    def text(self, *words: str) -> str:
        """The output of a command that must succeed."""
        code, output, complaint = self.run(*words)
        assert code == 0, complaint
        return output

    def json(self, *words: str) -> Any:
        """What a command that must succeed prints for scripts."""
        return json.loads(self.text(*words, "--json"))

    def deploy(self, *names: str) -> None:
        """Deploys diagrams of tests/fixtures."""
        self.text("deploy", *(str(FIXTURES / f"{name}.bpmn") for name in names))

    def start(self, process_id: str, **variables: Any) -> str:
        """Starts an instance and answers its key."""
        key: str = self.json("start", process_id, "--variables", json.dumps(variables))["processInstanceKey"]
        return key


@pytest.fixture
def shell(server: Served, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(server.url, capsys)
