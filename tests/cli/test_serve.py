"""A server's life from the outside: start, stop, crash, and several on the same data."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest

from api.cli.client import Client
from engine.runtime.postgres.embedded import EmbeddedPostgres
from tests.cli.conftest import FIXTURES, Served, Shell, serve_process
from tests.server import Api

Serve = Callable[..., Served]

PATIENCE = 10.0  # seconds


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_stops_server_and_postgres(serve: Serve, postgres_folder: Path, number: int) -> None:
    served = serve("--data", postgres_folder)
    embedded = EmbeddedPostgres(postgres_folder / "postgres")
    assert embedded.pid is not None
    assert served.stop(number) == 0
    assert embedded.pid is None
    embedded.erase()


def test_worker_that_waits_gets_an_answer_when_the_server_stops(serve: Serve, database_url: str) -> None:
    served = serve("--database-url", database_url)
    poll = {"type": "work", "timeout": 1000, "maxJobsToActivate": 1, "requestTimeout": 60_000}
    waiting = HTTPConnection(served.url.removeprefix("http://"), timeout=60)
    waiting.request("POST", "/v2/jobs/activation", json.dumps(poll), {"Content-Type": "application/json"})
    with Client(served.url) as client:
        assert client.get("/topology")  # which was asked later: the poll has arrived

    assert served.stop() == 0
    assert json.load(waiting.getresponse()) == {"jobs": []}
    waiting.close()


def test_page_that_listens_does_not_hold_the_server_up(serve: Serve, database_url: str) -> None:
    served = serve("--database-url", database_url)
    listening = HTTPConnection(served.url.removeprefix("http://"), timeout=60)
    listening.request("GET", "/events?topics=tasks")
    stream = listening.getresponse()
    assert stream.readline() == b"event: tasks\n"

    assert served.stop() == 0
    assert stream.read().endswith(b"\n"), "the stream was ended, not cut off"
    listening.close()


def test_business_ids_are_unique_where_that_is_asked_for(serve: Serve, database_url: str) -> None:
    served = serve("--database-url", database_url, "--unique-business-ids")
    order = {"processDefinitionId": "one_task", "businessId": "order-1"}
    with httpx.Client(base_url=f"{served.url}/v2", timeout=60) as client:
        file = (FIXTURES / "one_task.bpmn").read_bytes()
        client.post("/deployments", files=[("resources", ("one_task.bpmn", file))]).raise_for_status()
        first, second = (client.post("/process-instances", json=order) for _ in range(2))

    assert (first.status_code, second.status_code) == (200, 409)
    assert "business id 'order-1'" in second.json()["detail"]
    assert served.stop() == 0


def test_history_is_kept_as_long_as_is_asked_for(serve: Serve, database_url: str) -> None:
    served = serve("--database-url", database_url)
    with Api(served.url) as api:
        api.deploy("none_events.bpmn")
        key = api.start("none_events")
        assert api.get(f"/process-instances/{key}")["state"] == "COMPLETED"
    served.stop()

    served = serve("--database-url", database_url, "--keep-history", "0")
    with Api(served.url) as api:
        deadline = time.monotonic() + PATIENCE
        while api.search("/process-instances"):
            assert time.monotonic() < deadline
            time.sleep(0.01)
    assert served.stop() == 0


def test_second_start_serves_what_the_first_acknowledged(
    serve: Serve, postgres_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--data", postgres_folder, "--deploy", "bpmn_samples")
    first = serve(*options)
    assert "food_order" in first.welcome
    key = Shell(first.url, capsys).start("food_order")
    assert first.stop(signal.SIGKILL) == -signal.SIGKILL

    second = serve(*options)
    instance = Shell(second.url, capsys).json("show", key)
    assert instance["state"] == "ACTIVE"
    assert instance["processDefinitionVersion"] == 1, "unchanged files are not deployed again"
    assert second.stop() == 0
    EmbeddedPostgres(postgres_folder / "postgres").erase()


def test_servers_share_an_embedded_postgres_until_the_last_one_stops(
    serve: Serve, postgres_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = serve("--data", postgres_folder), serve("--data", postgres_folder)
    Shell(first.url, capsys).deploy("none_events")
    assert first.stop() == 0
    assert Shell(second.url, capsys).text("start", "none_events")
    assert second.stop() == 0
    embedded = EmbeddedPostgres(postgres_folder / "postgres")
    assert embedded.pid is None
    embedded.erase()


def test_port_in_use_is_said_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = serve_process("--data", tmp_path / "data", "--port", port)
        _, complaint = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{port}" in complaint
    assert complaint.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_folder_with_a_faulty_file_is_not_served(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "good.bpmn").write_bytes((FIXTURES / "none_events.bpmn").read_bytes())
    (tmp_path / "faulty.bpmn").write_text("<definitions>")
    process = serve_process("--database-url", database_url, "--deploy", tmp_path)
    output, complaint = process.communicate(timeout=60)
    assert (process.returncode, output) == (1, "")
    assert "faulty.bpmn" in complaint


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        (("--database-url", "postgresql://127.0.0.1:1/none"), "The database does not answer: "),
        (("--database-url", "mysql://ada:secret@127.0.0.1/none"), "The URL of the database "),
        (("--database-url", "postgresql://ada:sec%ret@127.0.0.1/none"), "The URL of the database "),
        (("--data", "/dev/null"), "PostgreSQL cannot keep its data in /dev/null/postgres: Not a directory"),
    ],
)
def test_database_that_cannot_be_used(where: tuple[str, str], reason: str) -> None:
    process = serve_process(*where)
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == 1
    assert complaint.startswith(f"pointsman: {reason}")
    assert complaint.count("\n") == 1
    assert "sec" not in complaint, "a password is not repeated"


def test_what_is_said_to_try_names_the_server_that_was_started(serve: Serve, database_url: str) -> None:
    served = serve("--database-url", database_url)
    tried = [line for line in served.welcome.splitlines() if "pointsman deploy" in line or "pointsman start" in line]
    assert len(tried) == 2
    assert all(line.endswith(f" --url {served.url}") for line in tried)
