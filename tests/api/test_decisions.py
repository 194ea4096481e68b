"""Decisions over REST: deployed, evaluated, found again, and the reason where one fails."""

from __future__ import annotations

from typing import Any

import pytest
from camunda_orchestration_sdk import (
    CamundaAsyncClient,
    DecisionEvaluationByID,
    DecisionEvaluationByKey,
    DecisionInstanceFilter,
    DecisionInstanceSearchQuery,
    ExpressionEvaluationRequest,
)

from tests.server import FIXTURES, Api

BOXED = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="boxed" name="Boxed" namespace="http://boxed">
  <decision id="address" name="Address"><variable id="v" name="address"/>
    <context id="c"><contextEntry id="e"><variable id="ev" name="city"/>
      <literalExpression id="l"><text>"Ulm"</text></literalExpression></contextEntry></context></decision>
</definitions>"""


@pytest.fixture(scope="module")
def api(shared_api: Api) -> Api:
    shared_api.deploy("discount.dmn", "business_rule_task_decision.bpmn")
    return shared_api


def evaluate(api: Api, status: int = 200, **body: Any) -> dict[str, Any]:
    answer: dict[str, Any] = api.post("/decision-definitions/evaluation", body, status)
    return answer


def test_an_evaluation_tells_how_each_decision_came_to_its_value(api: Api) -> None:
    answer = evaluate(api, decisionDefinitionId="discount", variables={"orders": 20, "amount": 150})
    assert (answer["output"], answer["failureMessage"], answer["decisionRequirementsId"]) == ("10", None, "discounts")
    kind, discount = answer["evaluatedDecisions"]
    assert (kind["decisionDefinitionType"], kind["output"]) == ("LITERAL_EXPRESSION", '"regular"')
    assert discount["evaluatedInputs"] == [
        {"inputId": "kind_input", "inputName": "Kind", "inputValue": '"regular"'},
        {"inputId": "amount_input", "inputName": "Amount", "inputValue": "150"},
    ]
    [rule] = discount["matchedRules"]
    assert (rule["ruleId"], rule["ruleIndex"]) == ("rule_regular", 1)
    assert rule["evaluatedOutputs"] == [
        {
            "outputId": "percent_output",
            "outputName": "Percent",
            "outputValue": "10",
            "ruleId": "rule_regular",
            "ruleIndex": 1,
        }
    ]


def test_what_was_evaluated_is_kept_and_found_again(api: Api) -> None:
    answer = evaluate(api, decisionDefinitionId="discount", variables={"orders": 2, "amount": 150})
    items = api.search("/decision-instances", decisionEvaluationKey=answer["decisionEvaluationKey"])
    keys = [item["decisionEvaluationInstanceKey"] for item in items]
    assert sorted(keys) == [each["decisionEvaluationInstanceKey"] for each in answer["evaluatedDecisions"]]
    [item] = api.search("/decision-instances", decisionEvaluationInstanceKey=keys[1])
    details = api.get(f"/decision-instances/{keys[1]}")
    told = answer["evaluatedDecisions"][1]
    assert details == item | {k: told[k] for k in ("evaluatedInputs", "matchedRules")}
    assert (item["state"], item["decisionDefinitionType"], item["result"]) == ("EVALUATED", "DECISION_TABLE", "0")
    api.get(f"/decision-instances/{answer['decisionEvaluationKey']}-9", 404)
    api.get("/decision-instances/9", 400)


def test_a_failure_names_the_decision_the_rule_and_the_reason(api: Api) -> None:
    answer = evaluate(api, decisionDefinitionId="discount", variables={"orders": 20, "amount": -1})
    assert (answer["failedDecisionDefinitionId"], answer["output"]) == ("discount", "null")
    assert answer["failureMessage"] == (
        "Expected to evaluate decision 'discount', rule 3, but an amount is not negative"
    )
    [failed] = api.search("/decision-instances", decisionEvaluationKey=answer["decisionEvaluationKey"], state="FAILED")
    assert failed["evaluationFailure"] == answer["failureMessage"]


def test_a_business_rule_task_leads_to_its_decision_instances(api: Api) -> None:
    key = api.start("business_rule_task_decision", orders=20, amount=150)
    items = api.search("/decision-instances", processInstanceKey=key)
    assert {item["decisionDefinitionId"] for item in items} == {"customer_kind", "discount"}
    assert {item["rootProcessInstanceKey"] for item in items} == {key}


def test_deployed_decisions_and_their_graphs_are_found(api: Api) -> None:
    [graph] = api.search("/decision-requirements", decisionRequirementsId="discounts")
    assert graph["decisionRequirementsName"] == "Discounts"
    decisions = api.search("/decision-definitions", decisionRequirementsKey=graph["decisionRequirementsKey"])
    assert [decision["name"] for decision in decisions] == ["Customer kind", "Discount"]
    assert api.get(f"/decision-requirements/{graph['decisionRequirementsKey']}") == graph
    key = decisions[0]["decisionDefinitionKey"]
    assert api.get(f"/decision-definitions/{key}") == decisions[0]
    for path in (f"decision-definitions/{key}", f"decision-requirements/{graph['decisionRequirementsKey']}"):
        answer = api.client.get(f"/{path}/xml")
        assert answer.headers["content-type"] == "text/xml"
        assert answer.content == (FIXTURES / "discount.dmn").read_bytes()
    api.get("/decision-definitions/1/xml", 404)


def test_a_boxed_expression_that_the_interface_has_no_name_for_is_unknown(api: Api) -> None:
    api.request("POST", "/deployments", files=[("resources", ("boxed.dmn", BOXED))])
    answer = evaluate(api, decisionDefinitionId="address")
    assert answer["output"] == '{"city":"Ulm"}'
    assert answer["evaluatedDecisions"][0]["decisionDefinitionType"] == "UNKNOWN"
    [item] = api.search("/decision-instances", decisionDefinitionId="address")
    assert item["decisionDefinitionType"] == "UNKNOWN"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"decisionDefinitionId": "discount", "decisionDefinitionKey": "1"}, 400),
        ({"decisionDefinitionKey": "1"}, 404),
        ({"decisionDefinitionId": "nothing"}, 404),
    ],
)
def test_an_evaluation_needs_one_decision_that_is_there(api: Api, body: dict[str, Any], status: int) -> None:
    evaluate(api, status, **body)


def test_an_expression_sees_the_variables_of_a_scope_and_those_given(api: Api) -> None:
    api.deploy("one_task.bpmn")
    key = api.start("one_task", amount=12, name="a")
    body = {"expression": "=[amount, name]", "scopeKey": key, "variables": {"name": "b"}}
    answer = api.post("/expression/evaluation", body)
    assert answer == {
        "expression": "=[amount, name]",
        "result": [12, "b"],
        "warnings": [],
        "referencedSecrets": [],
    }
    api.post("/expression/evaluation", {"expression": "1", "scopeKey": "1"}, 404)


def test_an_expression_that_is_none_is_refused_and_one_that_is_null_says_why(api: Api) -> None:
    problem = api.post("/expression/evaluation", {"expression": "=1 +"}, 400)
    assert "line 1, column" in problem["detail"]
    answer = api.post("/expression/evaluation", {"expression": "nobody"})
    assert answer["result"] is None
    assert "nobody" in answer["warnings"][0]["message"]


@pytest.mark.anyio
async def test_the_python_client_evaluates_and_reads_decisions(api: Api) -> None:
    async with CamundaAsyncClient(configuration={"CAMUNDA_REST_ADDRESS": api.url}) as client:
        variables = {"orders": 20, "amount": 150}
        answer = await client.evaluate_decision(
            data=DecisionEvaluationByID.from_dict({"decisionDefinitionId": "discount", "variables": variables})
        )
        again = await client.evaluate_decision(
            data=DecisionEvaluationByKey.from_dict(
                {"decisionDefinitionKey": answer.decision_definition_key, "variables": variables}
            )
        )
        assert (answer.output, again.output) == ("10", "10")
        mine = DecisionInstanceFilter(decision_evaluation_key=answer.decision_evaluation_key)
        found = await client.search_decision_instances(data=DecisionInstanceSearchQuery(filter_=mine))
        for item in found.items:
            details = await client.get_decision_instance(item.decision_evaluation_instance_key)
            assert details.result == item.result
        for definition in (await client.search_decision_definitions()).items:
            assert "<definitions" in await client.get_decision_definition_xml(definition.decision_definition_key)
        for graph in (await client.search_decision_requirements()).items:
            assert (await client.get_decision_requirements(graph.decision_requirements_key)).version == 1
        value = await client.evaluate_expression(data=ExpressionEvaluationRequest("=1 + 1"))
        assert value.result == 2
