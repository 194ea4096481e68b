"""Who may see a process instance: operators, and nobody else. What they do is in its log with their names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server import FIXTURES, Access, running_server
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


def test_the_audit_log_names_who_did_it(guarded: str) -> None:
    with Browser(guarded) as browser:
        browser.sign_in("root")
        headers = {"X-CSRF-Token": browser.token("/operations"), "Origin": guarded}
        file = ("one_task.bpmn", (FIXTURES / "one_task.bpmn").read_bytes())
        browser.client.post("/v2/deployments", files={"resources": file}, headers=headers).raise_for_status()
        body = {"processDefinitionId": "one_task", "variables": {"amount": 12}}
        key = browser.client.post("/v2/process-instances", json=body, headers=headers).json()["processInstanceKey"]
    with Browser(guarded) as browser:
        browser.sign_in("olga")
        page = f"/operations/instances/{key}"
        headers = {"X-CSRF-Token": browser.token(page), "Origin": guarded}
        path = f"/v2/element-instances/{key}/variables"
        browser.client.put(path, json={"variables": {"amount": 13}}, headers=headers).raise_for_status()
        told = browser.get(f"{page}/tabs/history").text
        assert told.index("<td>olga</td>") < told.index("amount changed to 13") < told.index("<td>root</td>")
        browser.client.put(path, json={"variables": {"amount": 14}}, headers=headers).raise_for_status()
        assert browser.client.get(f"{page}/state", params={"at": 2}).json()["happened"] == "Variables changed by olga"
