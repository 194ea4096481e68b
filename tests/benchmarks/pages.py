"""Every page beside a million instances: how long the server takes for it, and how long it takes to open in a browser.

    python -m tests.benchmarks.pages --instances 1000000

The instances are copied inside PostgreSQL (waiting.py), the samples are played beside them (tests/web/furnished.py),
and the pages are those of the tour (tests/web/tour.py), as the demo user sees them. A page is open when what it shows
last is visible: a diagram where it has one.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator
from statistics import median

import httpx
from playwright.sync_api import Browser, sync_playwright

from tests.benchmarks import case, waiting
from tests.benchmarks.figures import Figure
from tests.benchmarks.server import serving
from tests.server import Api
from tests.web.conftest import CHROMIUM, QUIET
from tests.web.furnished import furnish
from tests.web.tour import TOUR, Stop

RENDERED, OPENED, EDITOR_OPENED = 150.0, 1000.0, 2000.0  # milliseconds
REPEATED, OPENED_AGAIN = 10, 3
EDITORS = ("editor", "compare", "play")
#: The processes of a database that has been used for long.
CROWDED = (
    Stop("definition, 700,000 ended", lambda api: "/operations/definitions/completed?state=all"),
    Stop("definition, 60,000 wait for people", lambda api: "/operations/definitions/for_people"),
    Stop("instances, all", lambda api: "/operations/instances?state=all"),
    Stop("tasks, by name", lambda api: "/tasks?view=all&q=wait"),
)


def measure_pages(url: str) -> Iterator[Figure]:
    """What each page takes, at a server's URL (without /v2)."""
    with Api(url) as api, httpx.Client(base_url=url, timeout=120, headers={"accept": "text/html"}) as client:
        furnish(api)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=False, args=QUIET)
            for stop in (*TOUR, *CROWDED):
                address = stop.address(api)
                yield _rendered(client, stop, address)
                yield _opened(browser, url, stop, address)
            browser.close()


def _rendered(client: httpx.Client, stop: Stop, address: str) -> Figure:
    """From request to the last byte."""
    times = []
    for _ in range(REPEATED):
        began = time.perf_counter()
        response = client.get(address)
        times.append((time.perf_counter() - began) * 1000)
        response.raise_for_status()
    note = f"at first {times[0]:.0f}, at most {max(times):.0f}; {len(response.content) / 1000:.0f} KB"
    return Figure(what=stop.name, value=median(times), unit="ms", target=RENDERED, at_most=True, note=note)


def _opened(browser: Browser, url: str, stop: Stop, address: str) -> Figure:
    """From the click on a link to what is shown last, with the page's files in the browser's cache."""
    context = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900})
    page, times = context.new_page(), []
    for _ in range(OPENED_AGAIN + 1):
        began = time.perf_counter()
        page.goto(address, wait_until="commit")
        page.locator(stop.shown).first.wait_for()
        times.append((time.perf_counter() - began) * 1000)
    context.close()
    target = EDITOR_OPENED if stop.name in EDITORS else OPENED
    value = median(times[1:])
    note = f"with an empty cache {times[0]:.0f}"
    return Figure(what=f"{stop.name}, open", value=value, unit="ms", target=target, at_most=True, note=note)


def measure(options: argparse.Namespace) -> list[Figure]:
    with case.database() as postgres:
        began = time.perf_counter()
        asyncio.run(waiting.fill(postgres.url, options.instances, waiting.USED))
        case.say(f"{options.instances:,} instances written: {time.perf_counter() - began:.0f} s")
        with serving(postgres.url) as server:
            return list(measure_pages(f"http://{server.host}:{server.port}"))


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--instances", type=int, default=1_000_000, help="how many there are (default: 1,000,000)")


def main() -> int:
    return case.run(measure, __doc__, _add)


if __name__ == "__main__":
    sys.exit(main())
