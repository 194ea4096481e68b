"""Photographs every page of a furnished server: `python -m tests.web.screenshots [NAME…]`.

Each goes to docs/screenshots/NAME.png, and with `--dark` and `--narrow` to build/screenshots/, to be looked at.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from engine.runtime.postgres.embedded import temporary_postgres
from engine.store.migrate import migrate
from tests.server import Api, running_server
from tests.web.conftest import CHROMIUM, QUIET
from tests.web.furnished import furnish
from tests.web.tour import TOUR, Stop

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "docs" / "screenshots"
LOOKED_AT = ROOT / "build" / "screenshots"
WIDE, NARROW = (1440, 900), (420, 860)


def main(arguments: Sequence[str] | None = None) -> None:
    """Takes the pictures that are asked for, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="pages; all where none is named")
    parser.add_argument("--dark", action="store_true", help="in dark colours")
    parser.add_argument("--narrow", action="store_true", help="as a phone shows it")
    options = parser.parse_args(arguments)
    stops = [stop for stop in TOUR if not options.names or stop.name in options.names]
    with temporary_postgres({"fsync": "off"}) as postgres:
        migrate(postgres.url)
        with running_server(postgres.url) as url, Api(url) as api, sync_playwright() as playwright:
            furnish(api)
            browser = playwright.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=False, args=QUIET)
            for stop in stops:
                print(_photograph(browser, api, stop, options.dark, options.narrow).relative_to(ROOT), flush=True)
            browser.close()


def _photograph(browser: Browser, api: Api, stop: Stop, dark: bool, narrow: bool) -> Path:
    folder = LOOKED_AT if dark or narrow else KEPT
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{stop.name}{'_dark' * dark}{'_narrow' * narrow}.png"
    width, height = NARROW if narrow else WIDE
    context = browser.new_context(
        base_url=api.url,
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
    )
    page = context.new_page()
    page.goto(stop.address(api))
    page.locator(stop.shown).first.wait_for()
    page.wait_for_timeout(300)  # fonts and the last transition; nothing is checked by it
    page.screenshot(path=target)
    context.close()
    return target


if __name__ == "__main__":
    main()
