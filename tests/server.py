"""A server on a free port of 127.0.0.1, in a thread of the test's process, over a database of its own."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from api.app import Access, Limits, create_app
from api.protocol import Protocol

DEMO = Access(demo=True)
FIXTURES = Path(__file__).parent / "fixtures"


@contextmanager
def running_server(
    database_url: str, limits: Limits | None = None, access: Access = DEMO
) -> Iterator[str]:
    """Serves for the length of the block, everybody being let in; gives the URL, without /v2."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        app = create_app(database_url, limits, access)
        config = uvicorn.Config(
            app,
            http=Protocol,
            lifespan="on",
            log_config=None,
            access_log=False,
            ws="none",
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        host, port = listener.getsockname()
        try:
            _await_start(server, thread)
            yield f"http://{host}:{port}"
        finally:
            server.should_exit = True
            thread.join(30)
            assert not thread.is_alive(), "the server did not stop"


def _await_start(server: uvicorn.Server, thread: threading.Thread) -> None:
    while not server.started:
        thread.join(0.01)
        assert thread.is_alive(), "the server did not start; its log says why"


class Api:
    """A small client for tests: JSON in, JSON out, and a status that is checked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = httpx.Client(base_url=f"{url}/v2", timeout=30)

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def request(
        self, method: str, path: str, body: Any = None, status: int | None = None, **more: Any
    ) -> Any:
        """The decoded answer, None where there is none; an assertion fails on a status that was not expected."""
        arguments = more if body is None else {"json": body, **more}
        response = self.client.request(method, path, **arguments)
        assert response.status_code == status if status else response.is_success, response.text
        return response.json() if response.content else None

    def get(self, path: str, status: int | None = None, **more: Any) -> Any:
        return self.request("GET", path, status=status, **more)

    def post(self, path: str, body: Any = None, status: int | None = None, **more: Any) -> Any:
        return self.request("POST", path, body, status, **more)

    def deploy(self, *names: str) -> list[dict[str, Any]]:
        """Deploys files of tests/fixtures."""
        files = [("resources", (name, (FIXTURES / name).read_bytes())) for name in names]
        deployments: list[dict[str, Any]] = self.request("POST", "/deployments", files=files)["deployments"]
        return deployments

    def start(self, process_id: str, **variables: Any) -> str:
        """The key of a new instance."""
        body = {"processDefinitionId": process_id, "variables": variables}
        key: str = self.post("/process-instances", body)["processInstanceKey"]
        return key

    def search(self, path: str, **filter: Any) -> list[dict[str, Any]]:
        """The items that match."""
        items: list[dict[str, Any]] = self.post(f"{path}/search", {"filter": filter})["items"]
        return items

    def ended(self, key: str) -> dict[str, Any]:
        """A batch operation, once it has ended."""
        until = time.monotonic() + 20
        while (operation := self.get(f"/batch-operations/{key}"))["endDate"] is None:
            assert time.monotonic() < until, operation
        return dict(operation)

    def jobs(self, type: str, count: int = 10) -> list[dict[str, Any]]:
        """Activated jobs of a type; waits for the first."""
        body = {
            "type": type,
            "timeout": 60_000,
            "maxJobsToActivate": count,
            "worker": "test",
            "requestTimeout": 10_000,
        }
        jobs: list[dict[str, Any]] = self.post("/jobs/activation", body)["jobs"]
        return jobs
