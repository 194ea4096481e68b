"""Servers in processes of their own, seen through REST: killed, in pairs, and without their database."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import psycopg
import pytest

from engine.runtime.postgres.embedded import EmbeddedPostgres
from engine.runtime.runtime import Options, Runtime
from tests.cli.conftest import Served, await_ready, serve_process
from tests.outage import kill
from tests.runtime.consistency import assert_consistent
from tests.server import Api

pytestmark = pytest.mark.anyio

HOUR = 3_600_000
Serve = Callable[[str], Served]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server process on a database; those that still run at the end are killed."""
    started: list[Served] = []

    def start(database_url: str) -> Served:
        started.append(await_ready(serve_process("--database-url", database_url)))
        return started[-1]

    yield start
    for served in started:
        served.process.kill()
        served.process.communicate()


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=30) as client:
        yield client


def deploy(server: Served, *names: str) -> None:
    with Api(server.url) as api:
        api.deploy(*(f"{name}.bpmn" for name in names))


def activation(**changes: Any) -> dict[str, Any]:
    """A request for jobs that waits."""
    request = {"type": "work", "worker": "w", "timeout": HOUR, "maxJobsToActivate": 10, "requestTimeout": 5_000}
    return {**request, **changes}


def column(url: str, query: str) -> set[str]:
    """Keys as REST writes them."""
    with psycopg.connect(url, autocommit=True) as connection:
        return {str(key) for (key,) in connection.execute(query.encode())}


class Load:
    """Clients that start instances and complete their jobs until the server is gone, and what was acknowledged."""

    def __init__(self, http: httpx.AsyncClient, server: Served) -> None:
        self.http = http
        self.url = f"{server.url}/v2"
        self.started: set[str] = set()
        self.completed: set[str] = set()
        self.tasks = [asyncio.create_task(self._until_gone(each)) for each in [self._start] * 8 + [self._work] * 4]

    async def _until_gone(self, step: Callable[[], Any]) -> None:
        while True:
            try:
                await step()
            except (httpx.TransportError, AttributeError):  # the latter from anyio, where it was just connecting
                return

    async def _start(self) -> None:
        answer = await self.http.post(f"{self.url}/process-instances", json={"processDefinitionId": "one_task"})
        if answer.status_code == 200:
            self.started.add(answer.json()["processInstanceKey"])

    async def _work(self) -> None:
        answer = await self.http.post(f"{self.url}/jobs/activation", json=activation())
        for job in answer.json()["jobs"]:
            answer = await self.http.post(f"{self.url}/jobs/{job['jobKey']}/completion", json={})
            if answer.status_code == 204:
                self.completed.add(job["jobKey"])

    async def acknowledged(self, count: int) -> None:
        """Until so many requests are."""
        while len(self.started) + len(self.completed) < count:
            await asyncio.sleep(0.01)


async def test_a_killed_server_has_lost_nothing_that_it_answered(
    durable_postgres: EmbeddedPostgres, serve: Serve, http: httpx.AsyncClient
) -> None:
    url = durable_postgres.url
    server = serve(url)
    deploy(server, "one_task")
    load = Load(http, server)
    await load.acknowledged(400)
    server.process.send_signal(signal.SIGKILL)
    await asyncio.gather(*load.tasks)

    assert load.started <= column(url, "SELECT key FROM process_instance")
    assert load.completed <= column(url, "SELECT key FROM job WHERE state = 3")
    async with Runtime.open(url, Options(background=False)) as runtime:
        assert await assert_consistent(runtime) >= len(load.started)
    with Api(serve(url).url) as api:
        assert api.start("one_task") not in load.started


async def test_two_servers_work_on_the_branches_of_one_instance(
    database_url: str, serve: Serve, http: httpx.AsyncClient
) -> None:
    servers = [serve(database_url), serve(database_url)]
    deploy(servers[0], "multi_instance_parallel")
    items = list(range(60))
    done: dict[str, int] = {}

    async def work(server: Served) -> None:
        while len(done) < len(items):
            request = activation(worker=server.url, maxJobsToActivate=3, requestTimeout=300)
            jobs = (await http.post(f"{server.url}/v2/jobs/activation", json=request)).json()["jobs"]
            for job in jobs:
                body = {"variables": {"result": job["variables"]["item"] * 2}}
                answer = await http.post(f"{server.url}/v2/jobs/{job['jobKey']}/completion", json=body)
                assert answer.status_code == 204, answer.text
                done[job["jobKey"]] = job["variables"]["item"]

    with Api(servers[1].url) as api:
        key = api.start("multi_instance_parallel", items=items)
        await asyncio.gather(*map(work, servers * 2))
        assert sorted(done.values()) == items
        (results,) = api.search("/variables", processInstanceKey=key, name="results")
        assert results["value"].replace(" ", "") == str([item * 2 for item in items]).replace(" ", "")
        assert api.get(f"/process-instances/{key}")["state"] == "COMPLETED"
        assert {job["worker"] for job in api.search("/jobs", processInstanceKey=key)} == {
            server.url for server in servers
        }


async def test_without_its_database_a_server_answers_503_and_goes_on_when_it_is_back(
    durable_postgres: EmbeddedPostgres, serve: Serve, http: httpx.AsyncClient
) -> None:
    server = serve(durable_postgres.url)
    deploy(server, "one_task")
    start = {"url": f"{server.url}/v2/process-instances", "json": {"processDefinitionId": "one_task"}}
    search = {"url": f"{server.url}/v2/process-instances/search", "json": {}}
    before = (await http.post(**start)).json()["processInstanceKey"]

    kill(durable_postgres)
    for request in (start, search):
        answer = await http.post(**request)
        assert answer.status_code == 503, answer.text
        assert answer.json()["detail"]
    assert (await http.get(f"{server.url}/v2/status")).status_code == 503

    with EmbeddedPostgres(durable_postgres.directory):
        after = await patiently(http, start)
        found = await patiently(http, search)
        assert {item["processInstanceKey"] for item in found["items"]} == {before, after["processInstanceKey"]}
        jobs = await patiently(http, {"url": f"{server.url}/v2/jobs/activation", "json": activation()})
        assert len(jobs["jobs"]) == 2


async def test_who_waits_and_who_signs_in_go_on_when_the_database_is_back(
    durable_postgres: EmbeddedPostgres, serve: Serve, http: httpx.AsyncClient
) -> None:
    """Workers and people come again, as they do after 503; what one server starts then reaches who waits at another."""
    server, other = serve(durable_postgres.url), serve(durable_postgres.url)
    deploy(server, "one_task")
    polling = {"url": f"{server.url}/v2/jobs/activation", "json": activation(requestTimeout=60_000)}
    waiting = asyncio.create_task(http.post(**polling))
    me = {"url": f"{server.url}/v2/authentication/me", "auth": ("nobody", "wrong")}
    assert (await http.get(**me)).status_code == 401
    assert (await http.get(f"{server.url}/operations")).status_code == 200

    kill(durable_postgres)
    answers = [await waiting, await http.get(**me), await http.get(f"{server.url}/operations")]
    assert [answer.status_code for answer in answers] == [503, 503, 503]

    with EmbeddedPostgres(durable_postgres.directory):
        start = {"url": f"{other.url}/v2/process-instances", "json": {"processDefinitionId": "one_task"}}
        working = asyncio.create_task(patiently(http, polling))
        started = await patiently(http, start)
        [job] = (await working)["jobs"]
        assert job["processInstanceKey"] == started["processInstanceKey"]
        assert (await http.get(**me)).status_code == 401
        assert (await http.get(f"{server.url}/operations")).status_code == 200


async def patiently(http: httpx.AsyncClient, request: dict[str, Any]) -> Any:
    """As a client does: again, while the answer is 503."""
    async with asyncio.timeout(20):
        while (answer := await http.post(**request)).status_code == 503:
            await asyncio.sleep(0.05)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_job_of_a_worker_that_was_killed_goes_to_another(
    database_url: str, serve: Serve, http: httpx.AsyncClient
) -> None:
    server = serve(database_url)
    deploy(server, "one_task")
    with Api(server.url) as api:
        api.start("one_task")
        (taken,) = api.post("/jobs/activation", activation(worker="killed", timeout=300))["jobs"]
        (again,) = api.post("/jobs/activation", activation(worker="alive", requestTimeout=10_000))["jobs"]
    assert (again["jobKey"], again["retries"]) == (taken["jobKey"], taken["retries"])


async def test_a_worker_that_hangs_up_while_it_waits_takes_no_job_with_it(database_url: str, serve: Serve) -> None:
    server = serve(database_url)
    deploy(server, "one_task")
    with Api(server.url) as api:
        for _ in range(5):
            with httpx.Client(timeout=0.2) as impatient, pytest.raises(httpx.ReadTimeout):
                impatient.post(f"{server.url}/v2/jobs/activation", json=activation(requestTimeout=60_000))
        keys = {api.start("one_task") for _ in range(3)}
        jobs = [api.post("/jobs/activation", activation(maxJobsToActivate=1))["jobs"][0] for _ in range(3)]
    assert {job["processInstanceKey"] for job in jobs} == keys
