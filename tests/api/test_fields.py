"""Every answer carries every field of the interface, and no other but those of its newer versions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server import Api

PAGE = "totalItems hasMoreTotalItems startCursor endCursor"

RESULTS = {
    "/process-definitions": """
        name resourceName version versionTag processDefinitionId tenantId processDefinitionKey hasStartForm state
    """,
    "/process-instances": """
        processDefinitionId processDefinitionName processDefinitionVersion processDefinitionVersionTag startDate endDate
        state suspendedDate hasIncident tenantId processInstanceKey processDefinitionKey parentProcessInstanceKey
        parentElementInstanceKey rootProcessInstanceKey tags businessId
    """,
    "/element-instances": """
        processDefinitionId startDate endDate elementId elementName type state hasIncident tenantId elementInstanceKey
        processInstanceKey rootProcessInstanceKey processDefinitionKey incidentKey
    """,
    "/variables": """
        name tenantId variableKey scopeKey processInstanceKey rootProcessInstanceKey value isTruncated
    """,
    "/jobs": """
        customHeaders deadline deniedReason elementId elementInstanceKey endTime errorCode errorMessage
        hasFailedWithRetriesLeft isDenied jobKey kind listenerEventType processDefinitionId processDefinitionKey
        processInstanceKey rootProcessInstanceKey businessId retries state tenantId type worker creationTime
        lastUpdateTime priority
    """,
    "/user-tasks": """
        name state assignee elementId candidateGroups candidateUsers processDefinitionId creationDate completionDate
        followUpDate dueDate tenantId externalFormReference processDefinitionVersion customHeaders priority userTaskKey
        elementInstanceKey processName processDefinitionKey processInstanceKey rootProcessInstanceKey businessId formKey
        tags
    """,
    "/incidents": """
        processDefinitionId errorType errorMessage elementId creationTime state tenantId incidentKey
        processDefinitionKey processInstanceKey rootProcessInstanceKey elementInstanceKey jobKey
    """,
    "/message-subscriptions": """
        businessId messageSubscriptionKey processDefinitionId processDefinitionKey processInstanceKey
        rootProcessInstanceKey elementId elementInstanceKey messageSubscriptionState lastUpdatedDate messageName
        correlationKey messageSubscriptionType toolProperties extensionProperties processDefinitionName
        processDefinitionVersion toolName inboundConnectorType tenantId
    """,
    "/correlated-message-subscriptions": """
        businessId correlationKey correlationTime elementId elementInstanceKey messageKey messageName partitionId
        processDefinitionId processDefinitionKey processInstanceKey rootProcessInstanceKey subscriptionKey tenantId
    """,
    "/decision-definitions": """
        decisionDefinitionId decisionDefinitionKey decisionRequirementsId decisionRequirementsKey
        decisionRequirementsName decisionRequirementsVersion name tenantId version
    """,
    "/decision-requirements": """
        decisionRequirementsId decisionRequirementsKey decisionRequirementsName resourceName tenantId version
    """,
    "/decision-instances": """
        businessId decisionDefinitionId decisionDefinitionKey decisionDefinitionName decisionDefinitionType
        decisionDefinitionVersion decisionEvaluationInstanceKey decisionEvaluationKey elementInstanceKey evaluationDate
        evaluationFailure processDefinitionKey processInstanceKey result rootDecisionDefinitionKey
        rootProcessInstanceKey state tenantId
    """,
    "/batch-operations": """
        batchOperationKey state batchOperationType startDate endDate actorType actorId operationsTotalCount
        operationsFailedCount operationsCompletedCount errors
    """,
    "/batch-operation-items": """
        operationType batchOperationKey itemKey processInstanceKey rootProcessInstanceKey state processedDate
        errorMessage
    """,
    "/resources": "resourceName version versionTag resourceId tenantId resourceKey",
}

ACTIVATED_JOB = """
    type processDefinitionId processDefinitionVersion elementId customHeaders worker retries deadline variables
    tenantId physicalTenantId jobKey processInstanceKey processDefinitionKey elementInstanceKey kind listenerEventType
    userTask tags rootProcessInstanceKey businessId priority leaseToken jobLeaseToken
"""

#: What is named like a key and is none, or more than one.
NO_KEYS = ("correlationKey", "decisionEvaluationInstanceKey")

KEYS = {
    "/process-definitions": "processDefinitionKey",
    "/process-instances": "processInstanceKey",
    "/element-instances": "elementInstanceKey",
    "/variables": "variableKey",
    "/user-tasks": "userTaskKey",
    "/incidents": "incidentKey",
    "/decision-definitions": "decisionDefinitionKey",
    "/decision-requirements": "decisionRequirementsKey",
    "/resources": "resourceKey",
}


@pytest.fixture(scope="module")
def told(shared_api: Api) -> Api:
    """A server on which something of everything has happened."""
    api = shared_api
    api.deploy("client_story.bpmn", "io_mapping_fails.bpmn", "discount.dmn")
    api.post("/decision-definitions/evaluation", {"decisionDefinitionId": "discount"})
    key = api.start("client_story", orderId="o-3", amount=1)
    [job] = api.jobs("charge")
    api.post(f"/jobs/{job['jobKey']}/completion", {"variables": {"charged": 1}})
    [task] = api.search("/user-tasks", processInstanceKey=key)
    api.post(f"/user-tasks/{task['userTaskKey']}/completion", {})
    api.post("/messages/correlation", {"name": "payment_received", "correlationKey": "o-3"})
    [job] = api.jobs("ship")
    api.post(f"/jobs/{job['jobKey']}/failure", {"retries": 0, "errorMessage": "no truck"})
    nowhere = {"sourceElementId": "nowhere", "targetElementId": "nowhere"}  # leaves the instance as it is
    api.post("/process-instances/modification", {"filter": {"state": "ACTIVE"}, "moveInstructions": [nowhere]})
    return api


@pytest.mark.parametrize("path", RESULTS)
def test_a_search_answers_every_field(told: Api, path: str) -> None:
    found = told.post(f"{path}/search")
    assert set(found) == {"items", "page"}
    assert set(found["page"]) == set(PAGE.split())
    assert found["items"], "the story left nothing to find"
    for item in found["items"]:
        assert set(item) == set(RESULTS[path].split())


@pytest.mark.parametrize("path", KEYS)
def test_a_look_up_answers_what_the_search_did(told: Api, path: str) -> None:
    for item in told.search(path):
        assert told.get(f"{path}/{item[KEYS[path]]}") == item


def test_keys_are_texts_and_dates_are_in_utc_with_milliseconds(told: Api) -> None:
    for path in RESULTS:
        for item in told.search(path):
            for name, value in item.items():
                if name.endswith("Key") and name not in NO_KEYS and value is not None:
                    assert value.isdigit(), (path, name, value)
                if name.endswith(("Date", "Time")) and value is not None:
                    assert len(value) == len("2026-01-01T00:00:00.000Z"), (path, name, value)
                    assert value.endswith("Z")


def test_an_activated_job_has_every_field(told: Api) -> None:
    told.start("client_story", orderId="o-4")
    [job] = told.jobs("charge")
    assert set(job) == set(ACTIVATED_JOB.split())
    assert job["customHeaders"] == {"currency": "EUR"}
    assert job["variables"] == {"orderId": "o-4"}


def fields(document: dict[str, Any], schema: dict[str, Any]) -> set[str]:
    name = schema["$ref"].rpartition("/")[2]
    return set(document["components"]["schemas"][name]["properties"])


def test_the_openapi_document_describes_every_operation(told: Api) -> None:
    document = told.client.get(f"{told.url}/openapi.json").json()
    operations = [
        (method, path, operation) for path, item in document["paths"].items() for method, operation in item.items()
    ]
    names = [operation["operationId"] for _, _, operation in operations]
    assert len(names) == len(set(names)) > 50
    for method, path, operation in operations:
        assert operation["responses"], (method, path)
        assert ("requestBody" in operation) or method != "put" or "{username}" in path or "{groupId}" in path, path
    search = document["paths"]["/v2/process-instances/search"]["post"]
    assert set(search["responses"]) == {"200", "400", "401", "403", "500", "503"}
    assert not {"401", "403"} & set(document["paths"]["/v2/status"]["get"]["responses"])
    assert fields(document, search["requestBody"]["content"]["application/json"]["schema"]) == {
        "filter",
        "sort",
        "page",
    }
    filters = document["components"]["schemas"]["ProcessInstanceSearchQuery"]["properties"]["filter"]["properties"]
    assert filters["hasElementInstanceIncident"] == {"type": "boolean"}
    assert filters["incidentErrorHashCode"]["oneOf"][0] == {"type": "integer"}
    assert filters["variables"]["items"]["required"] == ["name", "value"]
    assert set(filters["elementId"]["oneOf"][1]["properties"]) == {"$eq", "$neq", "$exists", "$in", "$notIn", "$like"}
    answer = search["responses"]["200"]["content"]["application/json"]["schema"]
    assert fields(document, answer) == {"items", "page"}
    assert set(document["components"]["schemas"]["ProcessInstanceResult"]["properties"]) == set(
        RESULTS["/process-instances"].split()
    )


def test_every_filter_of_instances_is_described_as_that_of_their_search(told: Api) -> None:
    document = told.client.get(f"{told.url}/openapi.json").json()

    def filter_of(path: str) -> Any:
        body = document["paths"][f"/v2{path}"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        name = body["$ref"].rpartition("/")[2]
        return document["components"]["schemas"][name]["properties"]["filter"]

    searched = filter_of("/process-instances/search")
    assert searched["additionalProperties"] is False
    assert {"state", "businessId", "variables", "$or"} <= set(searched["properties"])
    for what in ("cancellation", "suspension", "resumption", "incident-resolution", "migration", "modification"):
        assert filter_of(f"/process-instances/{what}") == searched
    optional = filter_of("/process-definitions/{processDefinitionKey}/statistics/element-instances")
    assert optional["oneOf"] == [searched, {"type": "null"}]


def test_the_openapi_document_refers_only_to_what_it_has(told: Api) -> None:
    text = told.client.get(f"{told.url}/openapi.json").text
    schemas = told.client.get(f"{told.url}/openapi.json").json()["components"]["schemas"]
    for reference in text.split('"#/components/schemas/')[1:]:
        assert reference.partition('"')[0] in schemas


def test_the_page_of_the_api_is_there(told: Api) -> None:
    assert "/docs/start.js" in told.client.get(f"{told.url}/docs").text
    assert "/openapi.json" in told.client.get(f"{told.url}/docs/start.js").text
