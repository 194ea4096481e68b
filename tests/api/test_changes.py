"""Operators change running instances: modify, migrate, suspend; and see before what would happen."""

from __future__ import annotations

from typing import Any

import pytest
from camunda_orchestration_sdk import (
    AdHocSubProcessActivateActivitiesInstruction,
    CamundaAsyncClient,
    ProcessInstanceMigrationInstruction,
    ProcessInstanceModificationInstruction,
    ResumeProcessInstanceRequest,
    SuspendProcessInstanceRequest,
)

from tests.server import Api


@pytest.fixture(scope="module")
def api(shared_api: Api) -> Api:
    shared_api.deploy(
        "ten_tasks.bpmn",
        "one_task.bpmn",
        "migration_v1.bpmn",
        "migration_v2.bpmn",
        "ad_hoc.bpmn",
        "complex_gateway.bpmn",
    )
    return shared_api


def active(api: Api, key: str) -> list[str]:
    """The ids of what is active in an instance, itself aside."""
    items = api.search("/element-instances", processInstanceKey=key, state="ACTIVE")
    return [item["elementId"] for item in items if item["elementInstanceKey"] != key]


def definition(api: Api, process_id: str) -> str:
    [found] = api.search("/process-definitions", processDefinitionId=process_id)
    key: str = found["processDefinitionKey"]
    return key


def move(source: str, target: str) -> dict[str, Any]:
    return {
        "sourceElementInstruction": {"sourceType": "byId", "sourceElementId": source},
        "targetElementId": target,
        "ancestorScopeInstruction": {"ancestorScopeType": "inferred"},
    }


# ---- Modification ---------------------------------------------------------------------------------------------------


def test_a_preview_says_what_a_modification_would_do_and_does_nothing(api: Api) -> None:
    key = api.start("ten_tasks")
    [first] = active(api, key)
    body = {"moveInstructions": [move(first, "task_5")]}
    preview = api.post(f"/process-instances/{key}/modification/preview", body)
    assert [item["elementId"] for item in preview["activated"]] == ["task_5"]
    assert [item["elementId"] for item in preview["terminated"]] == [first]
    assert active(api, key) == [first]
    api.post(f"/process-instances/{key}/modification", body, 204)
    assert active(api, key) == ["task_5"]


def test_activation_and_termination_in_one_modification(api: Api) -> None:
    key = api.start("ten_tasks")
    [task] = api.search("/element-instances", processInstanceKey=key, type="SERVICE_TASK")
    body = {
        "activateInstructions": [
            {
                "elementId": "task_5",
                "variableInstructions": [{"variables": {"here": 1}, "scopeId": "task_5"}, {"variables": {"all": 2}}],
            }
        ],
        "terminateInstructions": [{"elementInstanceKey": task["elementInstanceKey"]}],
    }
    api.post(f"/process-instances/{key}/modification", body, 204)
    assert active(api, key) == ["task_5"]
    scopes = {v["name"]: v["scopeKey"] == key for v in api.search("/variables", processInstanceKey=key)}
    assert scopes == {"here": False, "all": True}


@pytest.mark.parametrize(
    "body",
    [
        {"activateInstructions": [{"elementId": "nothing"}]},
        {"terminateInstructions": [{}]},
        {"terminateInstructions": [{"elementId": "task_1", "elementInstanceKey": "1"}]},
        {"moveInstructions": [{"sourceElementInstruction": {"sourceType": "byId"}, "targetElementId": "task_5"}]},
    ],
)
def test_an_instruction_that_cannot_be_meant_changes_nothing(api: Api, body: dict[str, Any]) -> None:
    key = api.start("ten_tasks")
    before = active(api, key)
    for path in ("modification", "modification/preview"):
        assert api.post(f"/process-instances/{key}/{path}", body, 400)["title"] == "INVALID_ARGUMENT"
    assert active(api, key) == before


# ---- Migration ------------------------------------------------------------------------------------------------------


def plan(api: Api, *mapping: tuple[str, str]) -> dict[str, Any]:
    return {
        "targetProcessDefinitionKey": definition(api, "migration_v2"),
        "mappingInstructions": [{"sourceElementId": s, "targetElementId": t} for s, t in mapping],
    }


def test_a_preview_names_every_reason_against_a_migration(api: Api) -> None:
    key = api.start("migration_v1", orderId="o-1")
    verdict = api.post(f"/process-instances/{key}/migration/preview", plan(api, ("nowhere", "do_work")))
    assert (verdict["processInstanceKey"], verdict["possible"]) == (key, False)
    assert verdict["reasons"] == [
        "the source has no element 'nowhere'.",
        "'work' is active and is not mapped to an element of the target.",
    ]
    good = plan(api, ("work", "do_work"))
    assert api.post(f"/process-instances/{key}/migration/preview", good)["possible"]
    assert active(api, key) == ["work"]


def test_a_migrated_instance_goes_on_in_the_target(api: Api) -> None:
    key = api.start("migration_v1", orderId="o-2")
    refused = api.post(f"/process-instances/{key}/migration", plan(api), 409)
    assert "'work' is active and is not mapped" in refused["detail"]
    api.post(f"/process-instances/{key}/migration", plan(api, ("work", "do_work"), ("late", "late")), 204)
    assert api.get(f"/process-instances/{key}")["processDefinitionId"] == "migration_v2"
    assert active(api, key) == ["do_work"]


def test_an_element_cannot_be_mapped_twice(api: Api) -> None:
    key = api.start("migration_v1", orderId="o-3")
    problem = api.post(f"/process-instances/{key}/migration", plan(api, ("work", "do_work"), ("work", "check")), 400)
    assert "'work' is mapped twice" in problem["detail"]


def test_a_plan_is_proposed_from_what_is_alike(api: Api) -> None:
    source, target = definition(api, "migration_v1"), definition(api, "migration_v2")
    path = f"/process-definitions/{source}/migration-plan"
    proposed = api.post(path, {"targetProcessDefinitionKey": target})
    mapped = [each["sourceElementId"] for each in proposed["mappingInstructions"]]
    assert "late" in mapped
    assert "work" in proposed["unmappedElementIds"]
    assert not set(mapped) & set(proposed["unmappedElementIds"])
    api.post(path, {"targetProcessDefinitionKey": "1"}, 404)


def test_a_dry_run_gives_a_verdict_for_every_running_instance_page_by_page(api: Api) -> None:
    running = {api.start("migration_v1", orderId=f"dry-{i}") for i in range(5)}
    path = f"/process-definitions/{definition(api, 'migration_v1')}/migration-plan/dry-run"
    verdicts: dict[str, dict[str, Any]] = {}
    body: dict[str, Any] = {**plan(api, ("work", "do_work")), "page": {"limit": 2}}
    while items := (answer := api.post(path, body))["items"]:
        assert len(items) <= 2
        verdicts |= {item["processInstanceKey"]: item for item in items}
        body["page"]["after"] = answer["page"]["endCursor"]
    assert running <= set(verdicts)
    assert all(verdict["possible"] for verdict in verdicts.values())
    proposed = {"targetProcessDefinitionKey": definition(api, "migration_v2")}
    for verdict in api.post(path, proposed)["items"]:
        assert verdict["reasons"] == ["'work' is active and is not mapped to an element of the target."]
    assert active(api, min(running)) == ["work"]


# ---- Suspension, ad-hoc activities ----------------------------------------------------------------------------------


def test_a_suspended_instance_waits_until_it_is_resumed(api: Api) -> None:
    key = api.start("one_task")
    api.post(f"/process-instances/{key}/suspension", status=204)
    instance = api.get(f"/process-instances/{key}")
    assert instance["state"] == "SUSPENDED"
    assert instance["suspendedDate"]
    api.post(f"/process-instances/{key}/suspension", status=409)
    api.post(f"/process-instances/{key}/resumption", {}, 204)
    assert api.get(f"/process-instances/{key}")["state"] == "ACTIVE"
    api.post(f"/process-instances/{key}/resumption", status=409)
    api.post("/process-instances/1/suspension", status=404)


def test_activities_are_added_to_an_ad_hoc_sub_process(api: Api) -> None:
    key = api.start("ad_hoc", wanted=["blood"])
    [examine] = api.search("/element-instances", processInstanceKey=key, elementId="examine")
    path = f"/element-instances/ad-hoc-activities/{examine['elementInstanceKey']}/activation"
    api.post(path, {"elements": [{"elementId": "x_ray", "variables": {"side": "left"}}]}, 204)
    assert {"blood", "x_ray"} <= set(active(api, key))
    api.post(path, {"elements": [{"elementId": "read_x_ray"}]}, 404)
    api.post(path, {"elements": []}, 400)
    api.post(path, {"elements": [{"elementId": "blood"}], "cancelRemainingInstances": True}, 204)
    assert "x_ray" not in active(api, key)


# ---- Clients --------------------------------------------------------------------------------------------------------


def test_an_element_that_the_interface_has_no_type_for_is_unknown(api: Api) -> None:
    key = api.start("complex_gateway")
    for type in ("first", "second"):
        [job] = api.jobs(type)
        api.post(f"/jobs/{job['jobKey']}/completion", {})
    [gateway, *_] = api.search("/element-instances", processInstanceKey=key, elementId="enough")
    assert gateway["type"] == "UNKNOWN"
    assert gateway in api.search("/element-instances", processInstanceKey=key, type="UNKNOWN")


@pytest.mark.anyio
async def test_the_python_client_changes_running_instances(api: Api) -> None:
    async with CamundaAsyncClient(configuration={"CAMUNDA_REST_ADDRESS": api.url}) as client:
        key: Any = api.start("ten_tasks")
        moved = {"moveInstructions": [move(active(api, key)[0], "task_5")]}
        await client.modify_process_instance(key, data=ProcessInstanceModificationInstruction.from_dict(moved))
        assert active(api, key) == ["task_5"]
        await client.suspend_process_instance(key, data=SuspendProcessInstanceRequest())
        await client.resume_process_instance(key, data=ResumeProcessInstanceRequest())
        key = api.start("migration_v1", orderId="client")
        target = ProcessInstanceMigrationInstruction.from_dict(plan(api, ("work", "do_work")))
        await client.migrate_process_instance(key, data=target)
        assert active(api, key) == ["do_work"]
        key = api.start("ad_hoc", wanted=["blood"])
        [examine] = api.search("/element-instances", processInstanceKey=key, elementId="examine")
        elements = AdHocSubProcessActivateActivitiesInstruction.from_dict({"elements": [{"elementId": "x_ray"}]})
        await client.activate_ad_hoc_sub_process_activities(examine["elementInstanceKey"], data=elements)
        assert "x_ray" in active(api, key)


# ---- Business ids ----------------------------------------------------------------------------------------------------


def test_a_running_instance_is_given_a_business_id(api: Api) -> None:
    key = api.start("one_task")
    path = f"/process-instances/{key}/business-id-assignment"
    assert api.post(path, {"businessId": "order-1"}, status=204) is None
    api.post(path, {"businessId": "order-1"}, status=204)

    assert api.get(f"/process-instances/{key}")["businessId"] == "order-1"
    assert "never changes" in api.post(path, {"businessId": "order-2"}, status=409)["detail"]
    api.post(path, {}, status=400)
    api.post("/process-instances/1/business-id-assignment", {"businessId": "order-1"}, status=404)


def test_a_worker_gives_the_business_id_with_its_result(api: Api) -> None:
    key = api.start("one_task")
    (job,) = api.search("/jobs", processInstanceKey=key)
    path = f"/jobs/{job['jobKey']}/completion"
    api.post(path, {"businessId": ""}, status=400)
    api.post(path, {"businessId": "order-9"}, status=204)
    (ended,) = api.search("/process-instances", businessId="order-9")
    assert (ended["processInstanceKey"], ended["state"]) == (key, "COMPLETED")
