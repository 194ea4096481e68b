"""Ten service tasks, one after the other: job completions a second in one process, without HTTP."""

from __future__ import annotations

import argparse
import sys

import uvloop

from engine.runtime.postgres.embedded import EmbeddedPostgres
from engine.runtime.runtime import Runtime
from tests.benchmarks import case, diagrams
from tests.benchmarks.figures import Figure, middle
from tests.benchmarks.load import Load, throughput


async def _run(server: EmbeddedPostgres, options: argparse.Namespace) -> list[Figure]:
    async with Runtime.open(server.url) as runtime:
        await runtime.deploy([("ten_tasks.bpmn", diagrams.TEN_TASKS.read_bytes())])
        async with Load(runtime, "ten_tasks", "step", jobs=10, clients=50) as load:
            rates, effort = await throughput(server, load, options)
    return [middle("job completions a second", rates, "/s", target=6_000), *effort.figures()]


def measure(options: argparse.Namespace) -> list[Figure]:
    with case.database() as server:
        return uvloop.run(_run(server, options))


def main() -> int:
    return case.run(measure, __doc__)


if __name__ == "__main__":
    sys.exit(main())
