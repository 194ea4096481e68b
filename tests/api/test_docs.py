"""The page of the API comes from this server alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest


@pytest.fixture
def browser(shared_server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=shared_server) as client:
        yield client


def test_every_operation_says_what_it_does(browser: httpx.Client) -> None:
    paths = browser.get("/openapi.json").json()["paths"]
    operations = [each for path, methods in paths.items() if path.startswith("/v2/") for each in methods.values()]
    assert len(operations) > 100
    assert [each["operationId"] for each in operations if not each["description"]] == []


def test_the_page_refers_to_this_server_only(browser: httpx.Client) -> None:
    page = browser.get("/docs").text
    addresses = re.findall(r"""(?:src|href)=["']([^"']+)|url: ["']([^"']+)""", page)
    referred = [one or other for one, other in addresses]
    assert len(referred) == 4
    for address in referred:
        assert address.startswith("/"), address
        assert not address.startswith("//"), address
        assert browser.get(address).status_code == 200, address
    assert "//" not in re.sub(r"(?m)//.*$|<!--.*?-->", "", page)
