"""List pages in a database that has been used for long: most instances have ended, some wait, few are stuck.

    python -m tests.benchmarks.lists --instances 10000000

The instances are copied inside PostgreSQL (waiting.py); then a server answers each search over REST, a few times.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator
from statistics import median
from typing import Any, NamedTuple

import httpx

from tests.benchmarks import case, waiting
from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.server import serving

PAGE = 50
REPEATED = 20  # how often each search is made; fewer times where one takes long
PATIENCE = 5.0  # seconds for one search's repetitions
DEEP = 5_000, 40  # size of the pages, and how many of them, behind which the deep page lies

_NEWEST = [{"field": "startDate", "order": "DESC"}]
_LAST_ENDED = [{"field": "endDate", "order": "DESC"}]
_LAST_CREATED = [{"field": "creationTime", "order": "DESC"}]
_BEGINNING = {"$like": '"order-4711*'}
_NOBODY_WAITS = {"elementId": "nowhere", "state": "ACTIVE"}
_OF_ONE = {"processDefinitionId": "completed"}


class Search(NamedTuple):
    """What is asked of one list."""

    what: str
    path: str
    filter: dict[str, Any] = {}
    sort: list[dict[str, str]] = []
    may_be_empty: bool = False


def _searches(count: int) -> list[Search]:
    instances = "process-instances"
    order = f'"order-{count // 20}"'
    long_ago = {"$lt": "2000-01-01T00:00:00Z"}
    return [
        Search("instances", instances),
        Search("instances, the newest", instances, {}, _NEWEST),
        Search("instances, the last that ended", instances, {}, _LAST_ENDED),
        Search("active", instances, {"state": "ACTIVE"}),
        Search("active, the newest", instances, {"state": "ACTIVE"}, _NEWEST),
        Search("completed, the last", instances, {"state": "COMPLETED"}, _LAST_ENDED),
        Search("canceled, the last", instances, {"state": "TERMINATED"}, _LAST_ENDED),
        Search("canceled, the newest", instances, {"state": "TERMINATED"}, _NEWEST),
        Search("of a common process, the newest", instances, _OF_ONE, _NEWEST),
        Search("of a common process, active (none)", instances, {**_OF_ONE, "state": "ACTIVE"}, _NEWEST, True),
        Search("of a rare process, the newest", instances, {"processDefinitionId": "stuck"}, _NEWEST),
        Search("of a business id (none)", instances, {"businessId": "nobody"}, [], True),
        Search("started long ago (none)", instances, {"startDate": long_ago}, [], True),
        Search("started since a year ago", instances, {"startDate": {"$gt": "2025-11-01T00:00:00Z"}}, _NEWEST),
        Search("ended long ago (none)", instances, {"endDate": long_ago}, [], True),
        Search("with an incident", instances, {"hasIncident": True}),
        Search("with an incident, the newest", instances, {"hasIncident": True}, _NEWEST),
        Search("by a variable's value", instances, {"variables": [{"name": "order", "value": order}]}),
        Search("by a value that all have", instances, {"variables": [{"name": "amount", "value": "12"}]}, _NEWEST),
        Search("by a part of a value", instances, {"variables": [{"name": "order", "value": {"$like": "*-4711*"}}]}),
        Search(
            "by a part that no value has", instances,
            {"variables": [{"name": "order", "value": {"$like": "*nowhere*"}}]}, [], True,
        ),
        Search("by the beginning of a value", instances, {"variables": [{"name": "order", "value": _BEGINNING}]}),
        Search(
            "by a part of a value, of a rare process", instances,
            {"processDefinitionId": "stuck", "variables": [{"name": "order", "value": {"$like": "*-4711*"}}]},
        ),
        Search("by the element that is active", instances, {"elementId": "wait", "elementInstanceState": "ACTIVE"}),
        Search("element instances", "element-instances"),
        Search("active elements of an id", "element-instances", {"elementId": "wait", "state": "ACTIVE"}),
        Search("active elements of an id (none)", "element-instances", _NOBODY_WAITS, [], True),
        Search("variables", "variables"),
        Search("variables by name and value", "variables", {"name": "order", "value": order}),
        Search("jobs", "jobs"),
        Search("jobs that failed", "jobs", {"state": "FAILED"}),
        Search("jobs of a type", "jobs", {"type": "stuck"}),
        Search("jobs of a common type", "jobs", {"type": "completed"}),
        Search("jobs of a type (none)", "jobs", {"type": "nothing"}, [], True),
        Search("variables by the beginning of the value", "variables", {"name": "order", "value": _BEGINNING}),
        Search("open user tasks", "user-tasks", {"state": "CREATED"}),
        Search("user tasks of somebody (none)", "user-tasks", {"assignee": "nobody"}, [], True),
        Search("incidents", "incidents"),
        Search("open incidents, the newest", "incidents", {"state": "ACTIVE"}, _LAST_CREATED),
    ]  # fmt: skip


def measure_lists(url: str, count: int) -> Iterator[Figure]:
    """Milliseconds from request to answer, at a server's URL (without /v2)."""
    with httpx.Client(base_url=f"{url}/v2", timeout=120) as client:
        for search in _searches(count):
            body = {"page": {"limit": PAGE}, "filter": search.filter, "sort": search.sort}
            yield page(client, search.what, f"/{search.path}/search", body, search.may_be_empty)
        after = deep_cursor(client, *DEEP)
        behind = {"page": {"limit": PAGE, "after": after}}
        yield page(client, f"instances, behind {DEEP[0] * DEEP[1]:,} others", "/process-instances/search", behind)
        key = client.post("/process-definitions/search", json={"filter": _OF_ONE}).json()["items"][0]
        of_one = f"/process-definitions/{key['processDefinitionKey']}/statistics/element-instances"
        yield page(client, "figures of a common process", of_one, {})
        yield page(client, "figures of all processes", "/process-definitions/statistics/process-instances", {})


def page(client: httpx.Client, what: str, path: str, body: dict[str, Any], may_be_empty: bool = False) -> Figure:
    """One page, asked for again and again."""
    times: list[float] = []
    while len(times) < REPEATED and sum(times) < PATIENCE * 1000:
        began = time.perf_counter()
        response = client.post(path, json=body)
        times.append((time.perf_counter() - began) * 1000)
        if response.is_error:
            return Figure(what=what, value=median(times), unit="ms", note=f"{response.status_code}: {response.text}")
    found = response.json()
    assert found["items"] or may_be_empty, f"{what}: {body} found nothing"
    total = found.get("page", {}).get("totalItems", len(found["items"]))
    note = f"95 %: {percentile(times, 0.95):.1f}; {len(found['items'])} of {total:,}"
    return Figure(what=what, value=median(times), unit="ms", note=note)


def deep_cursor(client: httpx.Client, size: int, pages: int) -> str:
    """The cursor behind many pages of instances."""
    asked: dict[str, Any] = {"limit": size}
    for _ in range(pages):
        response = client.post("/process-instances/search", json={"page": asked}).raise_for_status()
        asked["after"] = response.json()["page"]["endCursor"]
    return str(asked["after"])


def measure(options: argparse.Namespace) -> list[Figure]:
    with case.database() as postgres:
        began = time.perf_counter()
        asyncio.run(waiting.fill(postgres.url, options.instances, waiting.USED))
        case.say(f"{options.instances:,} instances written: {time.perf_counter() - began:.0f} s")
        with serving(postgres.url) as server:
            return list(measure_lists(f"http://{server.host}:{server.port}", options.instances))


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--instances", type=int, default=1_000_000, help="how many there are (default: 1,000,000)")


def main() -> int:
    return case.run(measure, __doc__, _add)


if __name__ == "__main__":
    sys.exit(main())
