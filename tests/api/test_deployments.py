"""Deployments over REST, and the files that came in by them."""

from __future__ import annotations

from typing import Any

from tests.server import FIXTURES, Api


def deploy(api: Api, *files: tuple[str, bytes], **form: str) -> dict[str, Any]:
    parts = [("resources", file) for file in files]
    answer: dict[str, Any] = api.request("POST", "/deployments", files=parts, data=form)
    return answer


def test_each_kind_of_file_is_answered_as_what_it_is(api: Api) -> None:
    bpmn = (FIXTURES / "one_task.bpmn").read_bytes()
    answer = deploy(
        api,
        ("one_task.bpmn", bpmn),
        ("approval.form", b'{"id": "approval"}'),
        ("notes.txt", b"not json"),
        tenantId="",
    )
    assert set(answer) == {"deploymentKey", "tenantId", "deployments"}
    process, form, resource = answer["deployments"]
    kinds = {"processDefinition", "decisionDefinition", "decisionRequirements", "form", "resource"}
    assert set(process) == set(form) == set(resource) == kinds
    assert set(process["processDefinition"]) == {
        "processDefinitionId",
        "processDefinitionVersion",
        "resourceName",
        "tenantId",
        "processDefinitionKey",
    }
    assert set(form["form"]) == {"formId", "version", "resourceName", "tenantId", "formKey"}
    assert set(resource["resource"]) == {"resourceId", "resourceName", "version", "tenantId", "resourceKey"}
    key = resource["resource"]["resourceKey"]
    assert api.client.get(f"/resources/{key}/content/binary").content == b"not json"
    assert api.get(f"/resources/{key}/content", status=406)["title"] == "Not Acceptable"
    form_key = form["form"]["formKey"]
    assert api.get(f"/resources/{form_key}/content") == {"id": "approval"}


def test_the_model_comes_back_as_it_went_in(api: Api) -> None:
    [deployed] = api.deploy("one_task.bpmn")
    key = deployed["processDefinition"]["processDefinitionKey"]
    answer = api.client.get(f"/process-definitions/{key}/xml")
    assert answer.headers["content-type"].startswith("text/xml")
    assert answer.content == (FIXTURES / "one_task.bpmn").read_bytes()


def test_an_unchanged_file_keeps_its_version(api: Api) -> None:
    [first] = api.deploy("one_task.bpmn")
    [again] = api.deploy("one_task.bpmn")
    assert first == again
    changed = (FIXTURES / "one_task.bpmn").read_bytes().replace(b"One task", b"Another")
    [other] = deploy(api, ("one_task.bpmn", changed))["deployments"]
    assert other["processDefinition"]["processDefinitionVersion"] == 2
    versions = api.search("/process-definitions", isLatestVersion=True)
    assert [(d["version"], d["name"]) for d in versions] == [(2, "Another")]


def test_the_reasons_are_given_for_every_file(api: Api) -> None:
    parts = [("resources", (name, b"<x/>")) for name in ("a.bpmn", "b.bpmn")]
    problem = api.request("POST", "/deployments", files=parts, status=400)
    assert problem["title"] == "INVALID_ARGUMENT"
    assert "a.bpmn" in problem["detail"]
    assert "b.bpmn" in problem["detail"]
    assert api.search("/resources") == []


def test_a_deleted_process_cannot_be_started(api: Api) -> None:
    [deployed] = api.deploy("one_task.bpmn")
    key = deployed["processDefinition"]["processDefinitionKey"]
    assert api.post(f"/resources/{key}/deletion", {}) == {"resourceKey": key, "batchOperation": None}
    assert api.search("/process-definitions") == []
    api.post("/process-instances", {"processDefinitionKey": key}, status=404)
    assert api.get(f"/process-definitions/{key}")["state"] == "DELETED"


def test_a_process_is_deleted_with_what_has_ended(api: Api) -> None:
    [deployed] = api.deploy("one_task.bpmn")
    key = deployed["processDefinition"]["processDefinitionKey"]
    ended, running = api.start("one_task"), api.start("one_task")
    api.post(f"/process-instances/{ended}/cancellation")

    begun = api.post(f"/resources/{key}/deletion", {"deleteHistory": True})["batchOperation"]

    assert begun["batchOperationType"] == "DELETE_PROCESS_INSTANCE"
    forgotten = api.ended(begun["batchOperationKey"])
    assert forgotten["operationsCompletedCount"] == 1
    assert [each["processInstanceKey"] for each in api.search("/process-instances")] == [running]

    api.post(f"/process-instances/{running}/cancellation")
    api.post(f"/resources/{key}/deletion", {}, status=404)
    begun = api.post(f"/resources/{key}/deletion", {"deleteHistory": True})["batchOperation"]
    assert api.ended(begun["batchOperationKey"])["operationsCompletedCount"] == 1
    assert api.search("/process-instances") == []


def test_a_form_has_no_history_to_delete(api: Api) -> None:
    [form] = deploy(api, ("approval.form", b'{"id": "approval"}'))["deployments"]
    path = f"/resources/{form['form']['formKey']}/deletion"
    assert api.post(path, {"deleteHistory": True})["batchOperation"] is None
    api.post(path, {"deleteHistory": True}, status=404)
