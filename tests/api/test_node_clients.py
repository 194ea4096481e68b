"""Clients from npm, as they are, drive a process over REST. Skipped where there is no Node.js."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.server import FIXTURES

FOLDER = Path(__file__).parent / "node"
STORY_TIMEOUT = 120


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One process of the test run at a time."""
    import fcntl

    with (folder / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def node() -> str:
    """The path of node, with the clients installed beside their stories."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("there is no Node.js with npm on this machine")
    with alone(FOLDER):
        installed = FOLDER / "node_modules" / ".package-lock.json"
        wanted = FOLDER / "package-lock.json"
        if not installed.exists() or installed.stat().st_mtime < wanted.stat().st_mtime:
            _install(npm)
    return node


def _install(npm: str) -> None:
    command = [npm, "ci", "--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        pytest.skip(f"npm cannot install the clients: {done.stderr.strip()[-500:]}")


def play(node: str, script: str, *arguments: object) -> Any:
    """Runs a story; answers what it prints."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CAMUNDA", "ZEEBE"))}
    done = subprocess.run(
        [node, script, *map(str, arguments)],
        cwd=FOLDER,
        env=environment,
        capture_output=True,
        text=True,
        timeout=STORY_TIMEOUT,
        check=False,
    )
    assert done.returncode == 0, done.stderr or done.stdout
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_the_camunda8_sdk_drives_a_process_from_deployment_to_end(node: str, server: str) -> None:
    told = play(node, "camunda8_sdk.mjs", server, FIXTURES / "client_story.bpmn")
    assert told == {
        "gatewayVersion": "8.10.0",
        "errorMessage": "no truck",
        "state": "COMPLETED",
        "variables": {"orderId": '"o-2"', "amount": "7", "charged": "7", "approved": "true"},
        "elements": ["client_story", "start", "charge", "approve", "paid", "ship", "end"],
    }


def test_the_orchestration_cluster_api_drives_a_process_from_deployment_to_end(node: str, server: str) -> None:
    told = play(node, "orchestration_cluster_api.mjs", server, FIXTURES / "client_story.bpmn")
    assert told == {
        "gatewayVersion": "8.10.0",
        "errorMessage": "no truck",
        "state": "COMPLETED",
        "elements": ["client_story", "start", "charge", "approve", "paid", "ship", "end"],
        "flows": 5,
    }
