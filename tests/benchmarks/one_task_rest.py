"""One-task instances a second, created, activated (long poll) and completed over REST, on 32 connections in all.

The server is `pointsman serve` in a process of its own; the load comes from another one.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

import uvloop

from engine.runtime.postgres.embedded import EmbeddedPostgres
from tests.benchmarks import case, diagrams
from tests.benchmarks.figures import Figure, middle
from tests.benchmarks.load import windows
from tests.benchmarks.rest_load import COMPLETERS, CREATORS, WORKERS, RestLoad
from tests.benchmarks.server import Server, serving


async def _measure(postgres: EmbeddedPostgres, server: Server, options: argparse.Namespace) -> list[Figure]:
    async with RestLoad(server, "one_task", "work") as load:
        await asyncio.sleep(options.warm_up)
        completed, costs = load.completed, (server.cpu(), case.cpu(postgres), time.process_time())
        rates = await windows(lambda: load.completed, options.seconds, options.repeat, 0)
        completed = load.completed - completed
        costs_now = server.cpu(), case.cpu(postgres), time.process_time()
    each = [(now - before) / max(completed, 1) * 1e6 for before, now in zip(costs, costs_now, strict=True)]
    connections = f"{CREATORS} create, {WORKERS} activate, {COMPLETERS} complete"
    return [
        middle("instances a second", rates, "/s", target=1_500),
        Figure(what="an instance costs the server's process", value=each[0], unit="µs CPU", note=connections),
        Figure(what="PostgreSQL", value=each[1], unit="µs CPU"),
        Figure(what="and the load's process", value=each[2], unit="µs CPU"),
    ]


def measure(options: argparse.Namespace) -> list[Figure]:
    with case.database() as postgres, serving(postgres.url) as server:
        server.deploy("one_task.bpmn", diagrams.ONE_TASK.read_bytes())
        return uvloop.run(_measure(postgres, server, options))


def main() -> int:
    return case.run(measure, __doc__)


if __name__ == "__main__":
    sys.exit(main())
