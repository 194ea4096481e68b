"""Variables start the processes whose conditions they meet."""

from __future__ import annotations

from typing import Any

import pytest
from camunda_orchestration_sdk import CamundaAsyncClient, ConditionalEvaluationInstruction

from tests.server import Api


@pytest.fixture(scope="module")
def api(shared_api: Api) -> Api:
    shared_api.deploy("conditional_start.bpmn", "one_task.bpmn")
    return shared_api


def evaluate(api: Api, status: int = 200, **body: Any) -> dict[str, Any]:
    answer: dict[str, Any] = api.post("/conditionals/evaluation", body, status)
    return answer


def test_a_process_begins_where_its_condition_is_met(api: Api) -> None:
    answer = evaluate(api, variables={"temperature": 31})
    [started] = answer["processInstances"]
    [cool] = api.search("/element-instances", processInstanceKey=started["processInstanceKey"], elementId="cool")
    assert cool["state"] == "ACTIVE"
    [variable] = api.search("/variables", processInstanceKey=started["processInstanceKey"])
    assert (variable["name"], variable["value"]) == ("temperature", "31")


@pytest.mark.parametrize("variables", [{"temperature": 30}, {"temperature": "hot"}, {}])
def test_nothing_begins_where_it_is_not(api: Api, variables: dict[str, Any]) -> None:
    assert evaluate(api, variables=variables)["processInstances"] == []


def test_one_definition_is_asked_by_its_key(api: Api) -> None:
    keys = {item["processDefinitionId"]: item["processDefinitionKey"] for item in api.search("/process-definitions")}
    asked = evaluate(api, processDefinitionKey=keys["conditional_start"], variables={"temperature": 40})
    assert [item["processDefinitionKey"] for item in asked["processInstances"]] == [keys["conditional_start"]]
    assert evaluate(api, processDefinitionKey=keys["one_task"], variables={})["processInstances"] == []
    evaluate(api, 404, processDefinitionKey="1", variables={})


@pytest.mark.anyio
async def test_the_python_client_evaluates_conditions(api: Api) -> None:
    async with CamundaAsyncClient(configuration={"CAMUNDA_REST_ADDRESS": api.url}) as client:
        asked = ConditionalEvaluationInstruction.from_dict({"variables": {"temperature": 35}})
        assert len((await client.evaluate_conditionals(data=asked)).process_instances) == 1
