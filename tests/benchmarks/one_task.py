"""How many one-task instances a second one process creates, works and completes, without HTTP.

    python -m tests.benchmarks.one_task --seconds 10 --clients 64 --workers 8

PostgreSQL, the engine and the load share the machine's cores; fsync is on, and so is the full history.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from pathlib import Path

import uvloop

from engine.machine.commands import CompleteJob, CreateInstance
from engine.runtime.embedded_postgres import temporary_postgres
from engine.runtime.runtime import Options, Runtime
from engine.store.migrate import migrate

FIXTURES = Path(__file__).parent.parent / "fixtures"


class Load:
    """Clients that start instances and workers that do their jobs, until the time is over."""

    def __init__(self, runtime: Runtime, process_id: str, job_type: str, per_activation: int) -> None:
        self.runtime = runtime
        self.process_id = process_id
        self.job_type = job_type
        self.per_activation = per_activation
        self.created = 0
        self.completed = 0
        self.running = True
        self.latencies: list[float] = []

    async def client(self) -> None:
        while self.running:
            await self.runtime.execute(CreateInstance(process_id=self.process_id, variables={"number": self.created}))
            self.created += 1
            await self._not_too_far_ahead()

    async def _not_too_far_ahead(self) -> None:
        while self.created - self.completed > 2_000 and self.running:
            await asyncio.sleep(0.001)

    async def worker(self, name: str) -> None:
        """Asks for more jobs while it works on those it has, as clients do."""
        at_work: set[asyncio.Task[None]] = set()
        while self.running:
            jobs = await self.runtime.activate_jobs(
                self.job_type, name, 60_000, self.per_activation, request_timeout=500
            )
            for job in jobs:
                task = asyncio.create_task(self._complete(job.key))
                at_work.add(task)
                task.add_done_callback(at_work.discard)
        await asyncio.gather(*at_work)

    async def _complete(self, key: int) -> None:
        begin = time.perf_counter()
        await self.runtime.execute(CompleteJob(job_key=key, variables={"done": True}))
        self.latencies.append(time.perf_counter() - begin)
        self.completed += 1


async def measure(
    url: str, seconds: float, clients: int, workers: int, per_activation: int, lanes: int
) -> dict[str, float]:
    """Instances completed a second, over `seconds` after a second of warming up."""
    async with Runtime.open(url, Options(lanes=lanes)) as runtime:
        await runtime.deploy([("one_task.bpmn", (FIXTURES / "one_task.bpmn").read_bytes())])
        load = Load(runtime, "one_task", "work", per_activation)
        tasks = [asyncio.create_task(load.client()) for _ in range(clients)]
        tasks += [asyncio.create_task(load.worker(f"worker {n}")) for n in range(workers)]
        await asyncio.sleep(1)
        before, commits, commands = load.completed, runtime.commits.commits, runtime.commits.commands
        load.latencies.clear()
        begin = time.perf_counter()
        cpu = time.process_time()
        await asyncio.sleep(seconds)
        elapsed = time.perf_counter() - begin
        done = load.completed - before
        cpu = time.process_time() - cpu
        commits, commands = runtime.commits.commits - commits, runtime.commits.commands - commands
        load.running = False
        await asyncio.gather(*tasks)
    latencies = sorted(load.latencies)
    return {
        "instances_per_second": round(done / elapsed),
        "commands_per_commit": round(commands / max(commits, 1), 1),
        "commits_per_second": round(commits / elapsed),
        "cpu_microseconds_per_command": round(cpu / max(commands, 1) * 1e6, 1),
        "cpu_share": round(cpu / elapsed, 2),
        "complete_p50_ms": round(latencies[len(latencies) // 2] * 1000, 2),
        "complete_p99_ms": round(latencies[len(latencies) * 99 // 100] * 1000, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--per-activation", type=int, default=32)
    parser.add_argument("--lanes", type=int, default=2)
    arguments = parser.parse_args()
    settings = (
        arguments.seconds, arguments.clients, arguments.workers, arguments.per_activation, arguments.lanes
    )  # fmt: skip
    if arguments.url:
        print(json.dumps(uvloop.run(measure(arguments.url, *settings))))
        return
    with temporary_postgres() as server:
        migrate(server.url)
        print(json.dumps(uvloop.run(measure(server.url, *settings))))


if __name__ == "__main__":
    main()
