"""Process instances over REST: started, awaited, repeated, looked into, ended."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.server import Api


@pytest.fixture(scope="module")
def api(shared_api: Api) -> Api:
    """A server with a few processes; each test looks at instances of its own."""
    shared_api.deploy(
        "one_task.bpmn",
        "none_events.bpmn",
        "call_activity.bpmn",
        "call_activity_child.bpmn",
        "exclusive_gateway_no_default.bpmn",
        "subprocess.bpmn",
    )
    return shared_api


def create(api: Api, status: int = 200, headers: dict[str, str] | None = None, **body: Any) -> dict[str, Any]:
    answer: dict[str, Any] = api.post("/process-instances", body, status, headers=headers or {})
    return answer


def test_an_instance_that_ends_at_once_answers_its_variables(api: Api) -> None:
    answer = create(
        api,
        processDefinitionId="none_events",
        variables={"a": 1, "b": {"c": [None, True, "ü"]}},
        awaitCompletion=True,
        tags=["x"],
        businessId="order-1",
    )
    assert answer["variables"] == {"a": 1, "b": {"c": [None, True, "ü"]}}
    assert (answer["tags"], answer["businessId"], answer["processDefinitionVersion"]) == (["x"], "order-1", 1)
    instance = api.get(f"/process-instances/{answer['processInstanceKey']}")
    assert (instance["state"], instance["tags"], instance["businessId"]) == ("COMPLETED", ["x"], "order-1")


def test_only_the_variables_that_were_asked_for_are_answered(api: Api) -> None:
    answer = create(
        api,
        processDefinitionId="none_events",
        variables={"a": 1, "b": 2},
        awaitCompletion=True,
        fetchVariables=["b", "c"],
    )
    assert answer["variables"] == {"b": 2}


def test_who_waits_for_an_instance_gets_its_outcome_when_a_worker_has_done_its_part(api: Api) -> None:
    answers: list[dict[str, Any]] = []

    def wait() -> None:
        with Api(api.url) as other:
            answers.append(create(other, processDefinitionId="one_task", awaitCompletion=True, requestTimeout=20_000))

    waiting = threading.Thread(target=wait)
    waiting.start()
    [job] = api.jobs("work")
    api.post(f"/jobs/{job['jobKey']}/completion", {"variables": {"done": True}})
    waiting.join()
    assert answers[0]["variables"] == {"done": True}


def test_a_time_to_wait_that_cannot_be_meant_starts_nothing(api: Api) -> None:
    business_id = "nobody waits so long"
    body = {"processDefinitionId": "one_task", "awaitCompletion": True, "requestTimeout": -1, "businessId": business_id}
    assert "requestTimeout" in api.post("/process-instances", body, 400)["detail"]
    assert api.search("/process-instances", businessId=business_id) == []


def test_an_instance_that_takes_too_long_goes_on_without_who_waits(api: Api) -> None:
    problem = create(api, 504, processDefinitionId="one_task", awaitCompletion=True, requestTimeout=50)
    assert problem["title"] == "DEADLINE_EXCEEDED"
    key = problem["detail"].split()[3]
    assert api.get(f"/process-instances/{key}")["state"] == "ACTIVE"
    api.post(f"/process-instances/{key}/cancellation")


def test_a_repeated_start_gets_the_first_answer(api: Api) -> None:
    headers = {"Idempotency-Key": "order-77"}
    first = create(api, headers=headers, processDefinitionId="none_events", variables={"a": 1})
    again = create(api, headers=headers, processDefinitionId="none_events", variables={"a": 1})
    other = create(api, headers={"Idempotency-Key": "order-78"}, processDefinitionId="none_events")
    assert first == again
    assert other["processInstanceKey"] != first["processInstanceKey"]
    refused = create(api, 409, headers, processDefinitionId="none_events", variables={"a": 2})
    assert refused["title"] == "ALREADY_EXISTS"


def test_a_process_is_started_by_key_and_by_version(api: Api) -> None:
    [definition] = api.search("/process-definitions", processDefinitionId="none_events")
    by_key = create(api, processDefinitionKey=definition["processDefinitionKey"])
    by_version = create(api, processDefinitionId="none_events", processDefinitionVersion=1)
    assert by_key["processDefinitionKey"] == by_version["processDefinitionKey"]
    create(api, 404, processDefinitionId="none_events", processDefinitionVersion=9)


def test_cancelling_terminates_everything_inside(api: Api) -> None:
    key = api.start("one_task")
    api.post(f"/process-instances/{key}/cancellation", {"operationReference": 7})
    assert api.get(f"/process-instances/{key}")["state"] == "TERMINATED"
    states = {item["elementId"]: item["state"] for item in api.search("/element-instances", processInstanceKey=key)}
    assert states == {"one_task": "TERMINATED", "start": "COMPLETED", "work": "TERMINATED"}
    assert [job["state"] for job in api.search("/jobs", processInstanceKey=key)] == ["CANCELED"]
    api.post(f"/process-instances/{key}/cancellation", status=404)


def test_what_has_ended_is_deleted(api: Api) -> None:
    key = api.start("one_task")
    refused = api.post(f"/process-instances/{key}/deletion", status=409)
    assert (refused["title"], "cancel it first" in refused["detail"]) == ("INVALID_STATE", True)
    api.post(f"/process-instances/{key}/cancellation")
    api.post(f"/process-instances/{key}/deletion", {"operationReference": 7}, 204)
    api.get(f"/process-instances/{key}", 404)
    assert api.search("/element-instances", processInstanceKey=key) == []
    assert api.post(f"/process-instances/{key}/deletion", status=404)["title"] == "NOT_FOUND"


def test_variables_are_set_from_outside(api: Api) -> None:
    key = api.start("one_task", a=1)
    [work] = api.search("/element-instances", processInstanceKey=key, elementId="work")
    api.request("PUT", f"/element-instances/{key}/variables", {"variables": {"a": 2}})
    local = {"variables": {"b": 3}, "local": True}
    api.request("PUT", f"/element-instances/{work['elementInstanceKey']}/variables", local)
    values = {(v["name"], v["scopeKey"]): v["value"] for v in api.search("/variables", processInstanceKey=key)}
    assert values == {("a", key): "2", ("b", work["elementInstanceKey"]): "3"}


def test_a_called_instance_leads_back_to_its_caller(api: Api) -> None:
    key = api.start("call_activity")
    [child] = api.search("/process-instances", parentProcessInstanceKey=key)
    assert child["rootProcessInstanceKey"] == key
    way = api.get(f"/process-instances/{child['processInstanceKey']}/call-hierarchy")
    assert [entry["processInstanceKey"] for entry in way] == [key, child["processInstanceKey"]]
    assert set(way[0]) == {"processInstanceKey", "processDefinitionKey", "processDefinitionName"}


def test_an_incident_shows_wherever_one_looks(api: Api) -> None:
    key = api.start("exclusive_gateway_no_default")
    [incident] = api.post(f"/process-instances/{key}/incidents/search")["items"]
    assert (incident["state"], incident["processInstanceKey"]) == ("ACTIVE", key)
    element = incident["elementInstanceKey"]
    assert api.post(f"/element-instances/{element}/incidents/search")["items"] == [incident]
    assert api.get(f"/process-instances/{key}")["hasIncident"]
    assert api.get(f"/element-instances/{element}")["incidentKey"] == incident["incidentKey"]
    figures = api.get(f"/process-instances/{key}/statistics/element-instances")["items"]
    assert {f["elementId"]: f["incidents"] for f in figures}[incident["elementId"]] == 1


def test_figures_of_a_definition_and_of_all_processes(api: Api) -> None:
    [definition] = api.search("/process-definitions", processDefinitionId="subprocess")
    api.start("subprocess")
    path = f"/process-definitions/{definition['processDefinitionKey']}/statistics/element-instances"
    [*_, figure] = api.post(path, {"filter": {"state": "ACTIVE"}})["items"]
    assert set(figure) == {"elementId", "active", "canceled", "incidents", "completed"}
    assert api.post(path, {"filter": {"businessId": "nobody"}})["items"] == []
    query = {"sort": [{"field": "processDefinitionId", "order": "desc"}], "page": {"limit": 1}}
    found = api.post("/process-definitions/statistics/process-instances", query)
    assert found["items"][0] == {
        "processDefinitionId": "subprocess",
        "tenantId": "<default>",
        "latestProcessDefinitionName": definition["name"],
        "hasMultipleVersions": False,
        "activeInstancesWithoutIncidentCount": 1,
        "activeInstancesWithIncidentCount": 0,
    }
    assert found["page"]["totalItems"] == 6
