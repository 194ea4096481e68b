"""A narrow screen shows every page without being moved sideways."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.server import Api
from tests.web.furnished import furnish
from tests.web.tour import TOUR

PHONE = {"width": 360, "height": 760}


def test_no_page_is_wider_than_a_phone(api: Api, page: Page) -> None:
    furnish(api)
    page.set_viewport_size(PHONE)
    widths = {}
    for stop in TOUR:
        page.goto(stop.address(api))
        page.locator(stop.shown).first.wait_for()
        widths[stop.name] = page.evaluate("document.documentElement.scrollWidth")

    assert {name: width for name, width in widths.items() if width > PHONE["width"]} == {}
