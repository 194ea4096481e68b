"""The database goes away while the server runs, and comes back."""

from __future__ import annotations

import psutil
import pytest

from engine.runtime.embedded_postgres import EmbeddedPostgres
from tests.server import Api, running_server

COMMAND = ("POST", "/process-instances", {"processDefinitionId": "one_task"})
SEARCH = ("POST", "/process-instances/search", {})


def kill(server: EmbeddedPostgres) -> None:
    """PostgreSQL is gone at once, as if its machine had been switched off."""
    assert server.pid is not None
    process = psutil.Process(server.pid)
    everybody = [process, *process.children(recursive=True)]
    for each in everybody:
        each.kill()
    psutil.wait_procs(everybody, timeout=30)


def test_an_outage_is_told_as_such_and_ends_by_itself(durable_postgres: EmbeddedPostgres) -> None:
    with running_server(durable_postgres.url) as url, Api(url) as api:
        api.deploy("one_task.bpmn")
        before = api.start("one_task")
        kill(durable_postgres)
        for method, path, body in (COMMAND, SEARCH):
            response = api.client.request(method, path, json=body)
            assert response.status_code == 503, response.text
            assert response.headers["retry-after"] == "1"
            problem = response.json()
            assert (problem["title"], problem["instance"]) == ("UNAVAILABLE", f"/v2{path}")
        with pytest.raises(AssertionError, match="503"):
            api.deploy("none_events.bpmn")
        assert api.client.get("/status").status_code == 503
        api.get("/topology")
        with EmbeddedPostgres(durable_postgres.directory):
            while api.client.get("/status").status_code != 204:
                pass
            while api.client.request("POST", COMMAND[1], json=COMMAND[2]).status_code == 503:
                pass
            assert api.get(f"/process-instances/{before}")["state"] == "ACTIVE"
