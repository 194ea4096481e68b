"""Who may see a process instance: operators, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server import Access, running_server
from tests.web.people import Browser, add_people


@pytest.fixture(scope="module")
def guarded(module_database_url: str) -> Iterator[str]:
    """A server where everybody signs in."""
    add_people(module_database_url)
    with running_server(module_database_url, access=Access()) as url:
        yield url


@pytest.mark.parametrize(("name", "status"), [("ada", 403), ("andy", 403), ("olga", 404), ("root", 404)])
def test_only_operators_see_instances(guarded: str, name: str, status: int) -> None:
    with Browser(guarded) as browser:
        browser.sign_in(name)
        for part in ("", "/state", "/tabs/none", "/value?scope=1&name=a"):
            assert browser.get(f"/operations/instances/1{part}").status_code == status, part
