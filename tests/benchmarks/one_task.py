"""One-task instances a second, created, worked on and completed in one process, without HTTP.

Beside it what a bare psycopg writer does that writes the same rows by the same statements (writer.py).
"""

from __future__ import annotations

import argparse
import sys
from statistics import median

import uvloop

from engine.runtime.postgres.embedded import EmbeddedPostgres
from engine.runtime.runtime import Options, Runtime
from tests.benchmarks import case, diagrams, writer
from tests.benchmarks.figures import Figure, middle
from tests.benchmarks.load import Effort, Load, throughput


async def _engine(server: EmbeddedPostgres, options: argparse.Namespace) -> tuple[list[float], Effort]:
    async with Runtime.open(server.url, Options(lanes=options.lanes)) as runtime:
        await runtime.deploy([("one_task.bpmn", diagrams.ONE_TASK.read_bytes())])
        load = Load(runtime, "one_task", "work", 1, options.clients, options.workers, options.per_activation)
        async with load:
            return await throughput(server, load, options)


def measure(options: argparse.Namespace) -> list[Figure]:
    with case.database() as server:
        rates, effort = uvloop.run(_engine(server, options))
    with case.database() as server:
        bare = uvloop.run(writer.rates(server.url, options.seconds, options.repeat, options.warm_up))
    share = 100 * median(rates) / median(bare)
    return [
        middle("instances a second", rates, "/s", target=4_000),
        *effort.figures(),
        middle("instances a second by a bare writer of the same rows", bare, "/s"),
        Figure(what="the engine's share of the bare writer's", value=share, unit="%", target=40),
    ]


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clients", type=int, default=200, help="that create instances (default: 200)")
    parser.add_argument("--workers", type=int, default=8, help="that wait for jobs (default: 8)")
    parser.add_argument("--per-activation", type=int, default=32, help="jobs that a worker asks for (default: 32)")
    parser.add_argument("--lanes", type=int, default=2, help="transactions at a time (default: 2)")


def main() -> int:
    return case.run(measure, __doc__, _add)


if __name__ == "__main__":
    sys.exit(main())
