"""Beside a million instances that wait: what new ones cost then, the server's memory, and the pages that list them.

The same load is measured on an empty database and on one where so many wait for people, workers, dates and messages
(`--waiting`; see waiting.py). Then a server starts over it, takes load over REST and answers searches.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import httpx
import msgspec
import psycopg
import uvloop

from engine.runtime.postgres.embedded import EmbeddedPostgres
from engine.runtime.runtime import Runtime
from tests.benchmarks import case, diagrams, waiting
from tests.benchmarks.figures import Figure, middle, percentile
from tests.benchmarks.load import Effort, Load, throughput
from tests.benchmarks.rest_load import RestLoad
from tests.benchmarks.server import Server, serving

WOKEN = 5  # of each kind
PAGE = 50
DEEP_PAGES, LARGEST_PAGE = 20, 5_000
REPEATED = 20  # how often each search is made


async def _throughput(server: EmbeddedPostgres, options: argparse.Namespace) -> tuple[list[float], Effort]:
    async with Runtime.open(server.url) as runtime:
        await runtime.deploy([("one_task.bpmn", diagrams.ONE_TASK.read_bytes())])
        async with Load(runtime, "one_task", "work", jobs=1) as load:
            return await throughput(server, load, options)


@contextmanager
def _said(what: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    case.say(f"{what}: {time.perf_counter() - began:.1f} s")


def measure(options: argparse.Namespace) -> list[Figure]:
    with case.database() as postgres:
        alone, effort_alone = uvloop.run(_throughput(postgres, options))
    with case.database() as postgres:
        with _said(f"{options.waiting:,} instances written"):
            copies = asyncio.run(waiting.fill(postgres.url, options.waiting))
        beside, effort = uvloop.run(_throughput(postgres, options))
        with _said(f"{WOKEN} of each kind loaded and brought to their end"):
            asyncio.run(waiting.wake(postgres.url, copies, WOKEN))
        figures = [
            middle("instances a second, none waiting", alone, "/s"),
            middle(f"instances a second, {options.waiting:,} waiting", beside, "/s"),
            Figure(what="the latter, of the former", value=100 * median(beside) / median(alone), unit="%", target=85),
            *_costs(effort_alone, effort),
        ]
        with serving(postgres.url) as server:
            figures += _served(server, options)
        figures.append(Figure(what="database", value=_size(postgres.url), unit="MB"))
    return figures


def _costs(alone: Effort, beside: Effort) -> list[Figure]:
    note = f"none waiting: {alone.postgres:.0f}"
    return [Figure(what="a command costs PostgreSQL", value=beside.postgres, unit="µs CPU", note=note)]


def _served(server: Server, options: argparse.Namespace) -> list[Figure]:
    """What a server over this database needs and answers."""
    began = server.memory()
    uvloop.run(_rest_load(server, options))
    loaded = server.memory()
    pages = list(_pages(server, options.waiting))
    memory = max(loaded, server.memory())
    note = f"{began:.0f} when it had started, {loaded:.0f} after load"
    return [Figure(what="server memory", value=memory, unit="MB", target=400, at_most=True, note=note), *pages]


async def _rest_load(server: Server, options: argparse.Namespace) -> None:
    async with RestLoad(server, "one_task", "work"):
        await asyncio.sleep(options.seconds * options.repeat)


def _pages(server: Server, count: int) -> Iterator[Figure]:
    """The lists that people look at, as milliseconds from request to answer."""
    active = {"processDefinitionId": "for_people", "state": "ACTIVE"}
    order = f'"order-{count // 8}"'
    by_value = {"variables": [{"name": "order", "value": order}]}
    newest = [{"field": "startDate", "order": "DESC"}]
    with httpx.Client(base_url=server.url, timeout=120) as client:
        yield _page(client, "instances, first page", "process-instances", {})
        yield _page(client, "instances, the newest", "process-instances", {"sort": newest})
        yield _page(client, "instances of a process that are active", "process-instances", {"filter": active})
        both = {"filter": active, "sort": newest}
        yield _page(client, "the same, the newest", "process-instances", both)
        yield _page(client, "instances by the value of a variable", "process-instances", {"filter": by_value})
        yield _page(client, "open user tasks", "user-tasks", {"filter": {"state": "CREATED"}})
        size = min(LARGEST_PAGE, count // DEEP_PAGES // 2)
        deep = {"page": {"limit": PAGE, "after": _deep(client, size)}}
        yield _page(client, f"instances, after {size * DEEP_PAGES:,} others", "process-instances", deep)


def _page(client: httpx.Client, what: str, path: str, query: dict[str, Any]) -> Figure:
    body = {"page": {"limit": PAGE}, **query}
    times = []
    for _ in range(REPEATED):
        began = time.perf_counter()
        response = client.post(f"/{path}/search", json=body)
        times.append((time.perf_counter() - began) * 1000)
        response.raise_for_status()
    found = response.json()
    assert found["items"], f"{what}: {body} found nothing"
    total = found["page"]["totalItems"]
    note = f"95 %: {percentile(times, 0.95):.1f}; {len(found['items'])} of {total:,}"
    return Figure(what=what, value=median(times), unit="ms", note=note)


class _PageInfo(msgspec.Struct):
    end_cursor: str | None = msgspec.field(name="endCursor", default=None)


class _Found(msgspec.Struct):
    page: _PageInfo


def _deep(client: httpx.Client, size: int) -> str:
    """The cursor behind many pages."""
    page: dict[str, Any] = {"limit": size}
    for _ in range(DEEP_PAGES):
        response = client.post("/process-instances/search", json={"page": page}).raise_for_status()
        found = msgspec.json.decode(response.content, type=_Found)
        assert found.page.end_cursor is not None
        page["after"] = found.page.end_cursor
    return str(page["after"])


def _size(url: str) -> float:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    assert row is not None
    return float(row[0] / 1e6)


def main() -> int:
    return case.run(measure, __doc__)


if __name__ == "__main__":
    sys.exit(main())
