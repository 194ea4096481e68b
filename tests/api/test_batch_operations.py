"""One thing done to many instances: in the background, each once, each with its reason where it was not possible."""

from __future__ import annotations

from typing import Any

import pytest
from camunda_orchestration_sdk import (
    BatchOperationItemFilter,
    BatchOperationItemSearchQuery,
    CamundaAsyncClient,
    ConsistencyOptions,
    ProcessInstanceCancellationBatchOperationRequest,
)

from tests.server import Api


@pytest.fixture(scope="module")
def api(shared_api: Api) -> Api:
    shared_api.deploy(
        "one_task.bpmn", "ten_tasks.bpmn", "migration_v1.bpmn", "migration_v2.bpmn", "exclusive_gateway_no_default.bpmn"
    )
    return shared_api


def begin(api: Api, what: str, filter: dict[str, Any], **more: Any) -> str:
    """The key of a new batch operation."""
    key: str = api.post(f"/process-instances/{what}", {"filter": filter, **more})["batchOperationKey"]
    return key


def numbers(operation: dict[str, Any]) -> tuple[int, int, int]:
    names = ("operationsTotalCount", "operationsCompletedCount", "operationsFailedCount")
    total, completed, failed = (operation[name] for name in names)
    return total, completed, failed


def items(api: Api, key: str, **filter: Any) -> list[dict[str, Any]]:
    return api.search("/batch-operation-items", batchOperationKey=key, **filter)


def states(api: Api, keys: list[str]) -> set[str]:
    return {item["state"] for item in api.search("/process-instances", processInstanceKey={"$in": keys})}


def business(api: Api, process_id: str, id: str, count: int) -> list[str]:
    """Instances that a filter can tell from those of other tests."""
    body = {"processDefinitionId": process_id, "businessId": id, "variables": {"orderId": id}}
    return [api.post("/process-instances", body)["processInstanceKey"] for _ in range(count)]


def test_all_instances_that_match_are_canceled(api: Api) -> None:
    keys = business(api, "one_task", "cancel", 5)
    [other] = business(api, "one_task", "stays", 1)
    key = begin(api, "cancellation", {"businessId": "cancel"})
    operation = api.ended(key)
    assert (operation["state"], operation["batchOperationType"]) == ("COMPLETED", "CANCEL_PROCESS_INSTANCE")
    assert numbers(operation) == (5, 5, 0)
    assert (states(api, keys), states(api, [other])) == ({"TERMINATED"}, {"ACTIVE"})
    assert sorted(item["itemKey"] for item in items(api, key, state="COMPLETED")) == sorted(keys)
    found = api.search("/process-instances", batchOperationKey=key)
    assert sorted(item["processInstanceKey"] for item in found) == sorted(keys)


def test_all_instances_that_match_and_have_ended_are_deleted(api: Api) -> None:
    keys = business(api, "one_task", "delete", 3)
    running, *over = keys
    for each in over:
        api.post(f"/process-instances/{each}/cancellation")
    operation = api.ended(begin(api, "deletion", {"businessId": "delete"}))
    assert (operation["batchOperationType"], numbers(operation)) == ("DELETE_PROCESS_INSTANCE", (2, 2, 0))
    assert [each["processInstanceKey"] for each in api.search("/process-instances", businessId="delete")] == [running]


def test_an_instance_that_cannot_be_migrated_says_why(api: Api) -> None:
    keys = business(api, "migration_v1", "migrate", 2)
    [target] = api.search("/process-definitions", processDefinitionId="migration_v2")
    plan = {
        "targetProcessDefinitionKey": target["processDefinitionKey"],
        "mappingInstructions": [{"sourceElementId": "nowhere", "targetElementId": "do_work"}],
    }
    refused = begin(api, "migration", {"businessId": "migrate"}, migrationPlan=plan)
    assert numbers(api.ended(refused)) == (2, 0, 2)
    reasons = {item["processInstanceKey"]: item["errorMessage"] for item in items(api, refused, state="FAILED")}
    assert set(reasons) == set(keys)
    assert all("the source has no element 'nowhere'" in reason for reason in reasons.values())
    plan["mappingInstructions"] = [{"sourceElementId": "work", "targetElementId": "do_work"}]
    assert numbers(api.ended(begin(api, "migration", {"businessId": "migrate"}, migrationPlan=plan))) == (2, 2, 0)


def test_tokens_are_moved(api: Api) -> None:
    keys = business(api, "ten_tasks", "move", 3)
    first = api.search("/element-instances", processInstanceKey=keys[0], type="SERVICE_TASK")[0]["elementId"]
    moves = [{"sourceElementId": first, "targetElementId": "task_5"}]
    assert numbers(api.ended(begin(api, "modification", {"businessId": "move"}, moveInstructions=moves))) == (3, 3, 0)
    for key in keys:
        [active] = api.search("/element-instances", processInstanceKey=key, state="ACTIVE", type="SERVICE_TASK")
        assert active["elementId"] == "task_5"


def test_instances_are_suspended_and_resumed(api: Api) -> None:
    keys = business(api, "one_task", "hold", 3)
    assert numbers(api.ended(begin(api, "suspension", {"businessId": "hold"}))) == (3, 3, 0)
    assert states(api, keys) == {"SUSPENDED"}
    assert numbers(api.ended(begin(api, "suspension", {"businessId": "hold"}))) == (0, 0, 0)
    assert numbers(api.ended(begin(api, "resumption", {"businessId": "hold"}))) == (3, 3, 0)
    assert states(api, keys) == {"ACTIVE"}


def test_incidents_are_resolved_and_their_jobs_get_a_retry(api: Api) -> None:
    [key] = business(api, "one_task", "stuck", 1)
    [job] = [job for job in api.jobs("work", 50) if job["processInstanceKey"] == key]
    api.post(f"/jobs/{job['jobKey']}/failure", {"retries": 0, "errorMessage": "no luck"})
    [incident] = api.search("/incidents", processInstanceKey=key)
    operation = begin(api, "incident-resolution", {"businessId": "stuck", "hasIncident": True})
    assert numbers(api.ended(operation)) == (1, 1, 0)
    [item] = items(api, operation)
    assert (item["itemKey"], item["processInstanceKey"]) == (incident["incidentKey"], key)
    assert api.get(f"/incidents/{incident['incidentKey']}")["state"] == "RESOLVED"
    assert job["jobKey"] in [job["jobKey"] for job in api.jobs("work", 50)]


def test_variables_are_changed_in_each_process_before_its_incident_is_resolved(api: Api) -> None:
    [key, other] = business(api, "one_task", "mended", 2)
    for job in api.jobs("work", 50):
        if job["processInstanceKey"] in (key, other):
            api.post(f"/jobs/{job['jobKey']}/failure", {"retries": 0, "errorMessage": "no address"})
    operation = begin(api, "incident-resolution", {"businessId": "mended"}, variables={"address": {"city": "Ulm"}})
    assert numbers(api.ended(operation)) == (2, 2, 0)
    again = {job["processInstanceKey"]: job["variables"] for job in api.jobs("work", 50)}
    assert [again[each]["address"] for each in (key, other)] == [{"city": "Ulm"}] * 2


def test_the_incidents_of_one_instance_and_of_what_it_called_are_resolved_by_an_operation(api: Api) -> None:
    key = api.start("exclusive_gateway_no_default")
    other = api.start("exclusive_gateway_no_default")
    [incident] = api.search("/incidents", processInstanceKey=key)
    begun = api.post(f"/process-instances/{key}/incident-resolution")
    assert begun["batchOperationType"] == "RESOLVE_INCIDENT"
    assert numbers(api.ended(begun["batchOperationKey"])) == (1, 1, 0)
    [item] = items(api, begun["batchOperationKey"])
    assert (item["itemKey"], item["processInstanceKey"]) == (incident["incidentKey"], key)
    assert api.get(f"/incidents/{incident['incidentKey']}")["state"] == "RESOLVED"
    [untouched] = api.search("/incidents", processInstanceKey=other)
    assert untouched["state"] == "ACTIVE"


@pytest.mark.parametrize(
    ("filter", "reason"),
    [({}, "at least one property"), ({"colour": "red"}, "'filter.colour' is not known"), ({"state": "X"}, "must be")],
)
def test_a_filter_that_cannot_be_meant_begins_nothing(api: Api, filter: dict[str, Any], reason: str) -> None:
    before = len(api.search("/batch-operations"))
    assert reason in api.post("/process-instances/cancellation", {"filter": filter}, 400)["detail"]
    assert len(api.search("/batch-operations")) == before


def test_an_operation_that_has_ended_cannot_be_stopped(api: Api) -> None:
    key = begin(api, "suspension", {"businessId": "nobody"})
    api.ended(key)
    for what in ("cancellation", "suspension", "resumption"):
        problem = api.post(f"/batch-operations/{key}/{what}", status=409)
        assert "it is completed" in problem["detail"]
        api.post(f"/batch-operations/1/{what}", status=404)
    api.get("/batch-operations/1", 404)


@pytest.mark.anyio
async def test_the_python_client_cancels_instances_and_sees_how_it_goes(api: Api) -> None:
    keys = business(api, "one_task", "client", 2)
    async with CamundaAsyncClient(configuration={"CAMUNDA_REST_ADDRESS": api.url}) as client:
        request = ProcessInstanceCancellationBatchOperationRequest.from_dict({"filter": {"businessId": "client"}})
        created = await client.cancel_process_instances_batch_operation(data=request)
        operation = await client.get_batch_operation(
            created.batch_operation_key,
            consistency=ConsistencyOptions(20_000, 20, predicate=lambda found: found.state.value == "COMPLETED"),
        )
        assert operation.operations_completed_count == 2
        mine = BatchOperationItemFilter(batch_operation_key=created.batch_operation_key)
        found = await client.search_batch_operation_items(data=BatchOperationItemSearchQuery(filter_=mine))
        assert sorted(item.item_key for item in found.items) == sorted(keys)
        assert len((await client.search_batch_operations()).items) > 0
