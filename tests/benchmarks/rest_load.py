"""Load on a server over REST: on a fixed number of connections, instances are started, and their jobs worked on."""

from __future__ import annotations

import asyncio
import time

import msgspec

from tests.benchmarks.client import Connection
from tests.benchmarks.server import Server

LOCK = 60_000  # milliseconds
FAR_AHEAD = 500  # instances that may be open before no more are started
CREATORS, WORKERS, COMPLETERS = 14, 4, 14


class _Job(msgspec.Struct, rename="camel"):
    job_key: str
    deadline: int


class _Jobs(msgspec.Struct):
    jobs: list[_Job]


_decode = msgspec.json.Decoder(_Jobs).decode


class RestLoad:
    """Instances of a process with one job, until the block ends, on 32 connections.

    `pace`: instances a second to be started; None: as many as the server takes. `hands` are the milliseconds between
    the creation of each job and its arrival at a worker.
    """

    def __init__(self, server: Server, process_id: str, job_type: str, pace: float | None = None) -> None:
        self.created = 0
        self.completed = 0
        self.hands: list[float] = []
        self._server = server
        self._process_id = process_id
        self._job_type = job_type
        self._pace = pace
        self._jobs: asyncio.Queue[_Job | None] = asyncio.Queue()
        self._running = True
        self._tasks: list[asyncio.Task[None]] = []
        self._completers: list[asyncio.Task[None]] = []
        self._connections: list[Connection] = []

    async def __aenter__(self) -> RestLoad:
        for role in [self._creator] * CREATORS + [self._worker] * WORKERS:
            self._tasks.append(asyncio.create_task(role(await self._connect())))
        for _ in range(COMPLETERS):
            self._completers.append(asyncio.create_task(self._completer(await self._connect())))
        return self

    async def _connect(self) -> Connection:
        connection = await Connection.open(self._server.host, self._server.port)
        self._connections.append(connection)
        return connection

    async def __aexit__(self, *_: object) -> None:
        self._running = False
        await asyncio.gather(*self._tasks)
        for _ in self._completers:
            self._jobs.put_nowait(None)
        await asyncio.gather(*self._completers)
        for connection in self._connections:
            connection.close()

    async def _creator(self, connection: Connection) -> None:
        body = {"processDefinitionId": self._process_id, "variables": {"number": 1, "customer": "Ada"}}
        next_at = time.perf_counter()
        while self._running:
            if self._pace is not None:
                next_at += CREATORS / self._pace
                await asyncio.sleep(max(0.0, next_at - time.perf_counter()))
            await connection.post("/v2/process-instances", body)
            self.created += 1
            while self.created - self.completed > FAR_AHEAD and self._running:
                await asyncio.sleep(0.001)

    async def _worker(self, connection: Connection) -> None:
        body = {
            "type": self._job_type,
            "worker": "bench",
            "timeout": LOCK,
            "maxJobsToActivate": 32,
            "requestTimeout": 500,
        }
        while self._running:
            jobs = _decode(await connection.post("/v2/jobs/activation", body)).jobs
            now = time.time() * 1000
            for job in jobs:
                self.hands.append(now - (job.deadline - LOCK))
                self._jobs.put_nowait(job)

    async def _completer(self, connection: Connection) -> None:
        body = {"variables": {"done": True}}
        while (job := await self._jobs.get()) is not None:
            await connection.post(f"/v2/jobs/{job.job_key}/completion", body)
            self.completed += 1


