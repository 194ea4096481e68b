"""Browsers and a server for stories of the pages.

`pages` is a server with a database of its own, signed in as the demo user unless the story asks for more; `page` is
a tab of a headless Chromium that looks at it. A story fails on any script error, and on whatever the
Content-Security-Policy refuses, whether or not it looked there.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

from tests.server import Api, running_server

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((path for name in PROGRAMS if (path := shutil.which(name))), None)

#: What Chromium does for somebody who sees its window, and switches off by this name. Every window loads two pages for
#: the popup of its address bar, and every navigation starts a process for the next one: more than half of what a story
#: costs in which little happens. The last such list on the command line counts, so Playwright's own is in it.
UNUSED_FEATURES = [
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "SpareRendererForSitePerProcess",
    # Playwright's
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
]
QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    f"--disable-features={','.join(UNUSED_FEATURES)}",
]

#: How long a story waits for what must come, in milliseconds: enough on a busy machine, since nothing is measured.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "chromium_sandbox": False, "args": QUIET}


@pytest.fixture
def pages(database_url: str) -> Iterator[str]:
    """The address of a server with an empty database."""
    with running_server(database_url) as url:
        yield url


@pytest.fixture
def api(pages: str) -> Iterator[Api]:
    """The REST API of the same server."""
    with Api(pages) as client:
        yield client


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any], pages: str) -> dict[str, Any]:
    return {
        **browser_context_args,
        "base_url": pages,
        "viewport": {"width": 1280, "height": 800},
        "locale": "en-GB",
        "timezone_id": "UTC",
        "reduced_motion": "reduce",
    }


@pytest.fixture
def context(context: BrowserContext) -> Iterator[BrowserContext]:
    """All tabs of one person's browser; see the module for what makes a story fail."""
    problems: list[str] = []

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
        page.on("console", lambda message: _note(problems, page, message))

    context.on("page", watch)
    context.set_default_timeout(PATIENCE)
    yield context
    assert not problems, "\n".join(problems)


def _note(problems: list[str], page: Page, message: ConsoleMessage) -> None:
    if message.type == "error" and "Content Security Policy" in message.text:
        problems.append(f"{page.url}: {message.text}")
