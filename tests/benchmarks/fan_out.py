"""Parallel multi-instance over 100 to 100,000 items: what an item costs, however many there are.

Every item is a job, completed with a result that the output collection takes in; the instance ends when all are done.
Small collections are measured by many instances, several at a time, so that the machine is as busy as with large ones.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from statistics import median

import uvloop

from engine.machine.commands import CompleteJob, CreateInstance
from engine.runtime.postgres.embedded import EmbeddedPostgres
from engine.runtime.runtime import Runtime
from tests.benchmarks import case, diagrams
from tests.benchmarks.figures import Figure, spread

SIZES = (100, 1_000, 10_000, 100_000)
IN_FLIGHT = 2_000  # items at a time, of small collections
ITEMS = 20_000  # that a measurement of small collections is over
WORKERS = 8
PER_ACTIVATION = 250
LONGEST = 600.0  # seconds


class _Workers:
    """Complete every job, until the block ends."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._running = True

    async def __aenter__(self) -> None:
        self._tasks = [asyncio.create_task(self._work(f"worker {number}")) for number in range(WORKERS)]

    async def __aexit__(self, *_: object) -> None:
        self._running = False
        await asyncio.gather(*self._tasks)

    async def _work(self, name: str) -> None:
        execute = self._runtime.execute
        while self._running:
            jobs = await self._runtime.activate_jobs("work", name, 600_000, PER_ACTIVATION, request_timeout=500)
            await asyncio.gather(
                *[execute(CompleteJob(job_key=job.key, variables={"result": job.key % 1000})) for job in jobs]
            )


async def _instance(runtime: Runtime, size: int) -> None:
    started = await runtime.execute(
        CreateInstance(process_id="multi_instance_parallel", variables={"items": list(range(size))})
    )
    ended = await runtime.completion(started.process_instance_key, LONGEST)
    assert ended is not None, f"{size} items were not done after {LONGEST:g} s"
    assert ended.completed
    assert ended.variables["results"].count(",") == size - 1


async def _cost(runtime: Runtime, size: int) -> float:
    """Microseconds of wall clock for each item."""
    instances = max(1, ITEMS // size)
    at_once = asyncio.Semaphore(max(1, IN_FLIGHT // size))

    async def one() -> None:
        async with at_once:
            await _instance(runtime, size)

    began = time.perf_counter()
    await asyncio.gather(*[one() for _ in range(instances)])
    return (time.perf_counter() - began) / (instances * size) * 1e6


async def _run(server: EmbeddedPostgres, options: argparse.Namespace) -> list[Figure]:
    figures = []
    async with Runtime.open(server.url) as runtime:
        await runtime.deploy([("each_item.bpmn", diagrams.EACH_ITEM.read_bytes())])
        async with _Workers(runtime):
            await _cost(runtime, SIZES[0])
            for size in SIZES:
                engine, postgres = time.process_time(), case.cpu(server)
                costs = [await _cost(runtime, size) for _ in range(1 if size > ITEMS else options.repeat)]
                items = len(costs) * max(size, ITEMS // size * size)
                engine, postgres = time.process_time() - engine, case.cpu(server) - postgres
                processor = f"{engine / items * 1e6:.0f} µs CPU here, {postgres / items * 1e6:.0f} in PostgreSQL"
                note = "; ".join(filter(None, [processor, spread(costs)]))
                figures.append(Figure(what=f"an item, of {size:,}", value=median(costs), unit="µs", note=note))
    ratio = figures[-1].value / figures[0].value
    what = f"an item of {SIZES[-1]:,} costs, of one of {SIZES[0]:,}"
    return [*figures, Figure(what=what, value=ratio, unit="times", target=1.3, at_most=True)]


def measure(options: argparse.Namespace) -> list[Figure]:
    with case.database() as server:
        return uvloop.run(_run(server, options))


def main() -> int:
    return case.run(measure, __doc__)


if __name__ == "__main__":
    sys.exit(main())
