"""One-task instances a second, created, activated (long poll) and completed over REST, on 32 connections in all.

The server is `pointsman serve` in a process of its own; the load comes from another one.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

import uvloop

from tests.benchmarks import case, diagrams
from tests.benchmarks.figures import Figure, middle
from tests.benchmarks.load import windows
from tests.benchmarks.rest_load import COMPLETERS, CREATORS, WORKERS, RestLoad
from tests.benchmarks.server import Server, serving


async def _rates(server: Server, options: argparse.Namespace) -> list[Figure]:
    async with RestLoad(server, "one_task", "work") as load:
        await asyncio.sleep(options.warm_up)
        completed, cpu, own = load.completed, server.cpu(), time.process_time()
        rates = await windows(lambda: load.completed, options.seconds, options.repeat, 0)
        completed, cpu, own = load.completed - completed, server.cpu() - cpu, time.process_time() - own
    connections = f"{CREATORS} create, {WORKERS} activate, {COMPLETERS} complete"
    return [
        middle("instances a second", rates, "/s", target=1_500),
        Figure(what="of the server's process for an instance", value=cpu / completed * 1e6, unit="µs CPU", note=connections),
        Figure(what="of the load's process for an instance", value=own / completed * 1e6, unit="µs CPU"),
    ]


def measure(options: argparse.Namespace) -> list[Figure]:
    with case.database() as url, serving(url) as server:
        server.deploy("one_task.bpmn", diagrams.ONE_TASK.read_bytes())
        return uvloop.run(_rates(server, options))


def main() -> int:
    return case.run(measure, __doc__)


if __name__ == "__main__":
    sys.exit(main())
