"""The parts of an instance's page as a program reads them: what they show now and at a step, and why not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.server import Api, running_server

SOURCE = "multi_instance_parallel"


@pytest.fixture(scope="module")
def server(module_database_url: str) -> Iterator[str]:
    """A server that lets everybody on its machine in."""
    with running_server(module_database_url) as url:
        yield url


@pytest.fixture(scope="module")
def client(server: str) -> Iterator[httpx.Client]:
    """Somebody at that machine."""
    with httpx.Client(base_url=server, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def api(server: str) -> Iterator[Api]:
    with Api(server) as client:
        yield client


class Instance:
    """The addresses of one instance's parts."""

    def __init__(self, client: httpx.Client, key: str) -> None:
        self.client = client
        self.key = key

    def get(self, part: str = "", status: int = 200, **parameters: Any) -> httpx.Response:
        path = f"/operations/instances/{self.key}{part and '/'}{part}"
        response = self.client.get(path, params=parameters)
        assert response.status_code == status, response.text
        return response

    def json(self, part: str, **parameters: Any) -> Any:
        return self.get(part, **parameters).json()

    def counts(self, at: int | None = None) -> dict[str, dict[str, int]]:
        """The numbers on the diagram that are not 0, by element."""
        moment = {} if at is None else {"at": at}
        elements = self.json("state", **moment)["elements"]
        return {e["elementId"]: {n: v for n, v in e.items() if n != "elementId" and v} for e in elements}

    def children(self, scope: str = "", **parameters: Any) -> list[tuple[str, str]]:
        found = self.json("children", scope=scope or self.key, **parameters)["items"]
        return [(visit["elementId"], visit["state"]) for visit in found]

    def values(self, **parameters: Any) -> dict[str, str]:
        scopes = self.json("variables", scope=self.key, **parameters)
        return {variable["name"]: variable["text"] for variable in scopes[0]["items"]}


@pytest.fixture
def stuck(client: httpx.Client, api: Api) -> Instance:
    """An instance of `one_task` whose job has failed: log rows 1 and 2."""
    api.deploy("one_task.bpmn")
    key = api.start("one_task", amount=12)
    fail(api, key, "the printer is out of paper")
    return Instance(client, key)


def fail(api: Api, key: str, reason: str) -> None:
    """Let the job of an instance fail for good."""
    (job,) = api.search("/jobs", processInstanceKey=key)
    api.post(f"/jobs/{job['jobKey']}/failure", {"retries": 0, "errorMessage": reason})


# ---- Now and at a step ----------------------------------------------------------------------------------------------


def test_the_diagram_has_its_numbers_now_and_as_they_were(stuck: Instance) -> None:
    assert stuck.counts() == {"start": {"completed": 1}, "work": {"incidents": 1}}
    assert stuck.counts(at=1) == {"start": {"completed": 1}, "work": {"active": 1}}


def test_a_step_is_named_and_numbered(stuck: Instance) -> None:
    state = stuck.json("state", at=2)
    assert (state["seq"], state["latest"], state["happened"], state["endsEarly"]) == (2, 2, "Job failed", False)


def test_an_incident_is_shown_with_the_engine_s_reason(stuck: Instance) -> None:
    (incident,) = stuck.json("state")["incidents"]
    assert (incident["type"], incident["message"]) == ("JOB_NO_RETRIES", "the printer is out of paper")
    assert stuck.json("state", at=1)["incidents"] == []


def test_variables_are_as_they_were(stuck: Instance, api: Api) -> None:
    api.request("PUT", f"/element-instances/{stuck.key}/variables", {"variables": {"amount": 7, "note": "new"}})
    assert stuck.values() == {"amount": "7", "note": '"new"'}
    assert stuck.values(at=2) == {"amount": "12"}


def test_of_many_variables_the_first_are_read_and_all_where_they_are_asked_for(stuck: Instance, api: Api) -> None:
    many = {f"v{number:03}": number for number in range(250)}
    api.request("PUT", f"/element-instances/{stuck.key}/variables", {"variables": many})
    for more, read in (({}, 200), ({"shown": 251}, 251), ({"shown": 251, "at": 3}, 251)):
        (scope,) = stuck.json("variables", scope=stuck.key, **more)
        assert (len(scope["items"]), scope["total"]) == (read, 251)


def test_a_long_value_is_cut_and_can_be_had_whole(stuck: Instance, api: Api) -> None:
    api.request("PUT", f"/element-instances/{stuck.key}/variables", {"variables": {"note": "x" * 5000}})
    (_, note) = stuck.json("variables", scope=stuck.key)[0]["items"]
    assert (note["length"], len(note["text"])) == (5002, 300)
    assert stuck.json("value", scope=stuck.key, name="note") == f'"{"x" * 5000}"'
    assert stuck.json("value", scope=stuck.key, name="note", at=3) == f'"{"x" * 5000}"'
    stuck.get("value", 404, scope=stuck.key, name="note", at=2)


def test_the_tree_of_a_loop_is_read_scope_by_scope(client: httpx.Client, api: Api) -> None:
    api.deploy(f"{SOURCE}.bpmn")
    instance = Instance(client, api.start(SOURCE, items=[1, 2, 3]))
    (job, *_) = api.search("/jobs", processInstanceKey=instance.key)
    api.post(f"/jobs/{job['jobKey']}/completion", {"variables": {"result": 1}})
    top = instance.json("children", scope=instance.key)["items"]
    (body,) = [visit for visit in top if visit["type"] == "MULTI_INSTANCE_BODY"]
    assert body["children"] == 3
    inner = [state for _, state in instance.children(body["key"])]
    assert sorted(inner) == ["ACTIVE", "ACTIVE", "COMPLETED"]
    assert [state for _, state in instance.children(body["key"], at=1)] == ["ACTIVE"] * 3
    assert len(instance.children(body["key"], only="open")) == 2
    chain = instance.json("chain", element=instance.json("children", scope=body["key"])["items"][1]["key"])
    assert [visit["type"] for visit in chain] == ["MULTI_INSTANCE_BODY", "SERVICE_TASK"]


def test_a_scope_with_many_children_comes_in_pages(client: httpx.Client, api: Api) -> None:
    api.deploy(f"{SOURCE}.bpmn")
    instance = Instance(client, api.start(SOURCE, items=list(range(150))))
    top = instance.json("children", scope=instance.key)["items"]
    (body,) = [visit["key"] for visit in top if visit["type"] == "MULTI_INSTANCE_BODY"]
    latest = instance.json("state")["latest"]
    for moment in ({}, {"at": latest}):
        first = instance.json("children", scope=body, **moment)
        assert (len(first["items"]), first["total"], first["more"]) == (100, 150, True)
        rest = instance.json("children", scope=body, after=first["items"][-1]["key"], **moment)
        assert (len(rest["items"]), rest["more"]) == (50, False)


def test_the_past_of_what_has_ended_can_be_seen(stuck: Instance, api: Api) -> None:
    api.post(f"/process-instances/{stuck.key}/cancellation")
    assert stuck.json("state")["state"] == "TERMINATED"
    assert stuck.json("state", at=2)["state"] == "ACTIVE"
    assert stuck.counts(at=2)["work"] == {"incidents": 1}


def test_another_one_can_begin_with_what_this_one_began_with(stuck: Instance, api: Api) -> None:
    api.request("PUT", f"/element-instances/{stuck.key}/variables", {"variables": {"amount": 7}})
    assert stuck.get("beginning").text == '{"amount":12}'


# ---- Lists ----------------------------------------------------------------------------------------------------------


def test_the_log_is_told_in_words(stuck: Instance) -> None:
    page = stuck.get("tabs/history").text
    for words in ("Job failed", "worker", "no retries left", "the printer is out of paper", "Started", "amount = 12"):
        assert words in page


def test_a_variable_of_one_element_is_told_as_such(client: httpx.Client, api: Api) -> None:
    api.deploy("one_task.bpmn")
    instance = Instance(client, api.start("one_task"))
    (visit,) = api.search("/element-instances", processInstanceKey=instance.key, elementId="work")
    path = f"/element-instances/{visit['elementInstanceKey']}/variables"
    api.request("PUT", path, {"variables": {"note": 1}, "local": True})
    assert "note = 1, in “Work” only" in instance.get("tabs/history").text


@pytest.mark.parametrize(
    "name",
    ["incidents", "jobs", "user-tasks", "timers", "subscriptions", "decisions", "called", "timeline", "history"],
)
def test_each_list_is_there(stuck: Instance, name: str) -> None:
    assert stuck.get(f"tabs/{name}").text.strip()


def test_what_is_open_is_counted(stuck: Instance) -> None:
    assert stuck.json("counts") == {"incidents": 1, "jobs": 1, "user-tasks": 0, "timers": 0, "subscriptions": 0}


def test_what_comes_from_outside_is_text(client: httpx.Client, api: Api) -> None:
    api.deploy("one_task.bpmn")
    script = "<script>alert('pointsman')</script>"
    instance = Instance(client, api.start("one_task", **{script: script}))
    fail(api, instance.key, script)
    for part in ("", "tabs/incidents", "tabs/jobs", "tabs/history", "tabs/timeline"):
        assert script not in instance.get(part).text


def test_a_called_instance_leads_to_its_caller_and_back(client: httpx.Client, api: Api) -> None:
    api.deploy("call_activity.bpmn", "call_activity_child.bpmn")
    caller = Instance(client, api.start("call_activity"))
    (called,) = api.search("/process-instances", parentProcessInstanceKey=caller.key)
    below = Instance(client, called["processInstanceKey"])
    assert f'href="/operations/instances/{below.key}"' in caller.get("tabs/called").text
    assert f'href="/operations/instances/{caller.key}"' in below.get().text
    fail(api, below.key, "no paper")
    state = caller.json("state")
    assert (state["stuck"], state["incidentCount"]) == (True, 0)


def test_a_decision_is_listed_with_what_came_of_it(client: httpx.Client, api: Api) -> None:
    api.deploy("business_rule_task_decision.bpmn", "discount.dmn")
    instance = Instance(client, api.start("business_rule_task_decision", orders=20, amount=150))
    (made, *_) = api.search("/decision-instances", processInstanceKey=instance.key)
    page = instance.get("tabs/decisions").text
    assert f"/operations/decisions/{made['decisionEvaluationInstanceKey']}" in page
    assert made["decisionDefinitionName"] in page


# ---- What is done ---------------------------------------------------------------------------------------------------


def test_an_incident_is_retried_with_other_variables(stuck: Instance, api: Api, client: httpx.Client) -> None:
    (incident,) = api.search("/incidents", processInstanceKey=stuck.key)
    path = f"/operations/instances/{stuck.key}/incidents/{incident['incidentKey']}/retry"
    body = {"variables": {"amount": 3}, "scopeKey": stuck.key, "retries": 2}
    assert _post(client, stuck, path, body).status_code == 204
    assert stuck.values() == {"amount": "3"}
    (job,) = api.search("/jobs", processInstanceKey=stuck.key)
    assert (job["retries"], job["state"]) == (2, "CREATED")


def test_a_timer_fires_when_an_operator_says_so(client: httpx.Client, api: Api) -> None:
    api.deploy("boundary_timer_interrupting.bpmn")
    instance = Instance(client, api.start("boundary_timer_interrupting"))
    page = instance.get("tabs/timers").text
    timer = page.split('data-timer="')[1].split('"')[0]
    path = f"/operations/instances/{instance.key}/timers/{timer}/trigger"
    assert _post(client, instance, path).status_code == 204
    refused = _post(client, instance, path)
    assert (refused.status_code, refused.json()["detail"]) == (404, "The timer has fired already, or was taken off.")


def test_the_engine_s_own_reason_is_given(stuck: Instance, api: Api, client: httpx.Client) -> None:
    (incident,) = api.search("/incidents", processInstanceKey=stuck.key)
    path = f"/operations/instances/{stuck.key}/incidents/{incident['incidentKey']}/retry"
    refused = _post(client, stuck, path, {})
    assert refused.status_code == 409
    assert "retries" in refused.json()["detail"]
    misspelt = _post(client, stuck, path, {"retry": 1})
    assert (misspelt.status_code, "retry" in misspelt.json()["detail"]) == (400, True)


def _post(client: httpx.Client, instance: Instance, path: str, body: Any = None) -> httpx.Response:
    """As the page's own script does, with its token."""
    page = instance.get().text
    token = page.split('name="csrf-token" content="')[1].split('"')[0]
    headers = {"X-CSRF-Token": token, "Origin": str(client.base_url).rstrip("/"), "Accept": "application/json"}
    return client.post(path, json=body or {}, headers=headers)


# ---- Whose it is ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["2251799813999999", "one", "-1", "9" * 30])
def test_what_is_not_there_is_said(client: httpx.Client, key: str) -> None:
    answer = client.get(f"/operations/instances/{key}", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert key in answer.text


def test_a_change_without_the_page_s_token_is_refused(stuck: Instance, client: httpx.Client) -> None:
    (incident,) = stuck.json("state")["incidents"]
    answer = client.post(f"/operations/instances/{stuck.key}/incidents/{incident['key']}/retry", json={"retries": 1})
    assert answer.status_code == 403
    assert stuck.json("counts")["incidents"] == 1


def test_a_called_instance_that_is_stuck_stands_before_the_many_that_are_not(client: httpx.Client, api: Api) -> None:
    api.deploy("multi_instance_call_activity.bpmn", "call_activity_child.bpmn")
    instance = Instance(client, api.start("multi_instance_call_activity", items=list(range(103))))
    (job, *_) = api.jobs("child_work", 1)
    api.post(f"/jobs/{job['jobKey']}/failure", {"retries": 0, "errorMessage": "no"})
    told = instance.get("tabs/called").text
    assert "The first 100 of 103 called instances." in told
    links = re.findall('href="/operations/instances/([0-9]+)"', told)
    assert len(links) == 100
    assert links[0] == job["processInstanceKey"]
