"""User tasks over REST: found, taken, changed, done."""

from __future__ import annotations

from typing import Any

import pytest

from tests.models import listeners, model
from tests.server import Api


@pytest.fixture(scope="module")
def api(shared_api: Api) -> Api:
    """One server for all; each test has a task of its own."""
    shared_api.deploy("client_story.bpmn")
    return shared_api


@pytest.fixture
def task(api: Api) -> dict[str, Any]:
    """The task of a new instance with the variable `amount`."""
    key = api.start("client_story", orderId="o", amount=1)
    [job] = api.jobs("charge")
    api.post(f"/jobs/{job['jobKey']}/completion", {"variables": {"charged": 1}})
    [task] = api.search("/user-tasks", processInstanceKey=key)
    return task


def path(task: dict[str, Any], rest: str = "") -> str:
    return f"/user-tasks/{task['userTaskKey']}{rest}"


def test_a_task_is_taken_given_back_and_not_taken_away(api: Api, task: dict[str, Any]) -> None:
    api.post(path(task, "/assignment"), {"assignee": "ada"})
    assert api.get(path(task))["assignee"] == "ada"
    kept = api.post(path(task, "/assignment"), {"assignee": "bob", "allowOverride": False}, status=409)
    assert kept["title"] == "INVALID_STATE"
    api.request("DELETE", path(task, "/assignee"))
    assert api.get(path(task))["assignee"] is None


def test_attributes_change_alone_and_are_taken_away_by_emptiness(api: Api, task: dict[str, Any]) -> None:
    changes = {"dueDate": "2030-01-31T08:00:00+02:00", "candidateUsers": ["ada"], "priority": 80}
    api.request("PATCH", path(task), {"changeset": changes, "action": "plan"})
    changed = api.get(path(task))
    assert (
        changed["dueDate"],
        changed["candidateUsers"],
        changed["candidateGroups"],
        changed["priority"],
    ) == (
        "2030-01-31T06:00:00.000Z",
        ["ada"],
        ["sales"],
        80,
    )
    api.request("PATCH", path(task), {"changeset": {"dueDate": "", "candidateUsers": []}})
    changed = api.get(path(task))
    assert (changed["dueDate"], changed["candidateUsers"], changed["priority"]) == (None, [], 80)


def test_the_older_path_takes_the_changes_bare(api: Api, task: dict[str, Any]) -> None:
    api.request("PATCH", path(task, "/update"), {"candidateGroups": ["eu"]})
    assert api.get(path(task))["candidateGroups"] == ["eu"]
    api.request("PATCH", path(task, "/update"), {"changeset": {"candidateGroups": ["us"]}})
    assert api.get(path(task))["candidateGroups"] == ["us"]


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"dueDate": "soon"}, "'changeset.dueDate' must be a date"),
        ({"priority": 101}, "'changeset.priority' must be"),
    ],
)
def test_a_change_that_cannot_be_meant_is_refused(
    api: Api, task: dict[str, Any], changes: dict[str, Any], detail: str
) -> None:
    assert detail in api.request("PATCH", path(task), {"changeset": changes}, status=400)["detail"]
    assert api.get(path(task)) == task


def test_a_task_sees_its_own_variables_and_those_around_it(api: Api, task: dict[str, Any]) -> None:
    local = {"variables": {"amount": 5}, "local": True}
    api.request("PUT", f"/element-instances/{task['elementInstanceKey']}/variables", local)

    def seen(kind: str) -> list[tuple[str, str]]:
        items = api.post(path(task, f"/{kind}/search"), {"sort": [{"field": "name"}]})["items"]
        return sorted((item["name"], item["value"]) for item in items)

    assert seen("variables") == [("amount", "1"), ("amount", "5"), ("charged", "1"), ("orderId", '"o"')]
    assert seen("effective-variables") == [("amount", "5"), ("charged", "1"), ("orderId", '"o"')]
    assert api.search("/user-tasks", localVariables=[{"name": "amount", "value": "5"}]) != []
    assert api.search("/user-tasks", processInstanceVariables=[{"name": "amount", "value": "5"}]) == []


def start_listened(api: Api, *types: str) -> None:
    """A process whose user task asks workers of these types as it is created."""
    listening = listeners(*(("creating", type) for type in types), kind="task")
    inside = f"<extensionElements><zeebe:userTask/>{listening}</extensionElements>"
    elements = f'<startEvent id="start"/><userTask id="approve">{inside}</userTask>'
    file = model(elements, "start -> approve", id="listened")
    api.request("POST", "/deployments", files=[("resources", ("listened.bpmn", file))])
    api.start("listened")


def test_a_listener_throws_no_error(api: Api) -> None:
    start_listened(api, "look_once")
    [job] = api.jobs("look_once")
    refused = api.post(f"/jobs/{job['jobKey']}/error", {"errorCode": "LATE"}, status=409)
    assert refused["title"] == "INVALID_STATE"
    api.post(f"/jobs/{job['jobKey']}/completion")


def test_a_listener_is_told_which_attributes_change(api: Api) -> None:
    start_listened(api, "look", "look")
    [job] = api.jobs("look")
    assert job["userTask"]["changedAttributes"] == []
    corrections = {"dueDate": "2030-01-31T08:00:00+02:00", "candidateUsers": ["ada"], "priority": 50}
    api.post(f"/jobs/{job['jobKey']}/completion", {"result": {"corrections": corrections}})
    [job] = api.jobs("look")
    assert job["userTask"]["changedAttributes"] == ["candidateUsers", "dueDate"]
    assert job["userTask"]["dueDate"] == "2030-01-31T06:00:00.000Z"


def test_a_task_is_done_once(api: Api, task: dict[str, Any]) -> None:
    api.post(path(task, "/completion"), {"variables": {"approved": True}})
    done = api.get(path(task))
    assert done["state"] == "COMPLETED"
    assert done["completionDate"] is not None
    api.post(path(task, "/completion"), status=404)
    [waiting] = api.search("/message-subscriptions", processInstanceKey=task["processInstanceKey"])
    assert (waiting["messageName"], waiting["correlationKey"], waiting["messageSubscriptionState"]) == (
        "payment_received",
        "o",
        "CREATED",
    )


def test_a_task_without_a_form_says_so(api: Api, task: dict[str, Any]) -> None:
    assert api.client.get(path(task, "/form")).status_code == 204


def test_the_form_of_a_task_is_given_with_it(api: Api) -> None:
    form = b'{"id": "approval", "type": "default", "components": []}'
    deployed = api.request("POST", "/deployments", files=[("resources", ("approval.form", form))])
    api.deploy("user_task_form.bpmn")
    key = api.start("user_task_form")
    [task] = api.search("/user-tasks", processInstanceKey=key)
    given = api.get(path(task, "/form"))
    assert given == {
        "tenantId": "<default>",
        "formId": "approval",
        "schema": form.decode(),
        "version": 1,
        "formKey": deployed["deployments"][0]["form"]["formKey"],
    }
    assert api.get(f"/forms/{given['formKey']}") == given
