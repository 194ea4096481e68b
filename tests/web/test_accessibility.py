"""axe finds nothing serious on any page, in light and in dark."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Page

from tests.server import Api, running_server
from tests.web.axe import grave
from tests.web.furnished import furnish
from tests.web.tour import TOUR, Stop

#: In the dark, what depends on colours.
SCHEMES: dict[Literal["light", "dark"], dict[str, Any]] = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}


@pytest.fixture(scope="module")
def furnished(module_database_url: str) -> Iterator[Api]:
    with running_server(module_database_url) as url, Api(url) as api:
        furnish(api)
        yield api


@pytest.fixture
def pages(furnished: Api) -> str:
    return furnished.url


@pytest.mark.parametrize("stop", TOUR, ids=lambda stop: stop.name)
def test_a_page_is_accessible(furnished: Api, page: Page, stop: Stop) -> None:
    address = stop.address(furnished)
    told = []
    for scheme, options in SCHEMES.items():
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.goto(address)
        page.locator(stop.shown).first.wait_for()
        told += grave(page, options)

    assert not told, "\n".join(told)
