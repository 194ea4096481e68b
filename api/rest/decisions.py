"""Decisions: what is deployed, evaluating it, and what was evaluated."""

from __future__ import annotations

from typing import Any

from api.rest.operation import Answer, Call, Operations
from api.rest.problems import invalid_argument, not_found
from api.rest.searching import declare_get, declare_search, existing
from api.rest.wire import Key, Request, Result, TenantId, Text, Variables, key_of, tenant_of
from engine.machine.commands import EvaluateDecision
from engine.machine.values import encode_json
from engine.runtime.evaluations import DecisionAnswer
from engine.store.search import (
    DECISION_DEFINITIONS,
    DECISION_INSTANCE_DETAILS,
    DECISION_INSTANCES,
    DECISION_REQUIREMENTS,
    SearchQuery,
    figures,
)
from engine.store.search.decisions import known_type, shown_inputs, shown_rules

operations = Operations("Decision")


class DecisionEvaluationInstruction(Request):
    """Which decision: by `decisionDefinitionKey`, or the latest version of `decisionDefinitionId`."""

    decision_definition_key: Key | None = None
    decision_definition_id: Text | None = None
    variables: Variables | None = None
    tenant_id: TenantId | None = None


class EvaluatedDecisionResult(Result):
    decision_definition_id: str
    decision_definition_name: str
    decision_definition_version: int
    decision_definition_type: str
    output: str
    tenant_id: str
    matched_rules: list[dict[str, Any]]
    evaluated_inputs: list[dict[str, Any]]
    decision_definition_key: str
    decision_evaluation_instance_key: str


class EvaluateDecisionResult(Result):
    """Outputs are JSON texts. Where the decision failed, `failureMessage` says why, and the output is null."""

    decision_definition_id: str
    decision_definition_key: str
    decision_definition_name: str
    decision_definition_version: int
    decision_evaluation_key: str
    decision_instance_key: str
    decision_requirements_id: str
    decision_requirements_key: str
    evaluated_decisions: list[EvaluatedDecisionResult]
    failed_decision_definition_id: str | None
    failure_message: str | None
    output: str
    tenant_id: str


@operations(
    "POST",
    "/decision-definitions/evaluation",
    "evaluateDecision",
    body=DecisionEvaluationInstruction,
    result=EvaluateDecisionResult,
    errors=(404,),
)
async def evaluate_decision(call: Call) -> EvaluateDecisionResult:
    """Evaluate a decision and all that it requires; every one of them is kept as a decision instance."""
    request: DecisionEvaluationInstruction = call.body
    if (request.decision_definition_key is None) == (request.decision_definition_id is None):
        raise invalid_argument("Exactly one of decisionDefinitionKey and decisionDefinitionId is required.")
    key = request.decision_definition_key
    command = EvaluateDecision(
        decision_key=0 if key is None else key_of(key, "decisionDefinitionKey"),
        decision_id=request.decision_definition_id or "",
        variables=request.variables or {},
        tenant=tenant_of(request.tenant_id),
    )
    return _result(await call.server.runtime.execute(command))


def _result(answer: DecisionAnswer) -> EvaluateDecisionResult:
    info, key = answer.info, str(answer.evaluation_key)
    failed = next((told["id"] for told in answer.trace if told["failure"]), None)
    return EvaluateDecisionResult(
        decision_definition_id=info.decision_id,
        decision_definition_key=str(info.key),
        decision_definition_name=info.name,
        decision_definition_version=info.version,
        decision_evaluation_key=key,
        decision_instance_key=key,
        decision_requirements_id=answer.requirements_id,
        decision_requirements_key=str(info.resource_key),
        evaluated_decisions=[_evaluated(answer, told, index) for index, told in enumerate(answer.trace, start=1)],
        failed_decision_definition_id=failed,
        failure_message=answer.failure,
        output=encode_json(answer.output).decode(),
        tenant_id=info.tenant,
    )


def _evaluated(answer: DecisionAnswer, told: dict[str, Any], index: int) -> EvaluatedDecisionResult:
    return EvaluatedDecisionResult(
        decision_definition_id=told["id"],
        decision_definition_name=told["name"],
        decision_definition_version=told["version"],
        decision_definition_type=known_type(told["type"]),
        output=told["output"],
        tenant_id=answer.info.tenant,
        matched_rules=shown_rules(told["rules"]),
        evaluated_inputs=shown_inputs(told["inputs"]),
        decision_definition_key=str(told["key"]),
        decision_evaluation_instance_key=f"{answer.evaluation_key}-{index}",
    )


async def _xml(call: Call, what: str, requirements_key: str) -> Answer:
    content = await figures.content(call.server.reader, int(requirements_key))
    if content is None:
        raise not_found(what, requirements_key)
    return Answer(200, "text/xml", content.content)


@operations(
    "GET",
    "/decision-definitions/{decisionDefinitionKey}/xml",
    "getDecisionDefinitionXML",
    result=str,
    answers={200: "text/xml"},
    errors=(404,),
)
async def get_definition_xml(call: Call) -> Answer:
    """The file in which a decision was deployed."""
    decision = await existing(call, DECISION_DEFINITIONS, "decision definition")
    return await _xml(call, "decision definition", decision.decisionRequirementsKey)


@operations(
    "GET",
    "/decision-requirements/{decisionRequirementsKey}/xml",
    "getDecisionRequirementsXML",
    result=str,
    answers={200: "text/xml"},
    errors=(404,),
)
async def get_requirements_xml(call: Call) -> Answer:
    """The file as it was deployed."""
    graph = await existing(call, DECISION_REQUIREMENTS, "decision requirements graph")
    return await _xml(call, "decision requirements graph", graph.decisionRequirementsKey)


@operations(
    "GET",
    "/decision-instances/{decisionEvaluationInstanceKey}",
    "getDecisionInstance",
    result=DECISION_INSTANCE_DETAILS.result,
    errors=(404,),
)
async def get_instance(call: Call) -> Any:
    """One evaluated decision, with its inputs and the rules that matched."""
    key = call.parameters["decisionEvaluationInstanceKey"]
    query = SearchQuery(filter={DECISION_INSTANCE_DETAILS.key: key})
    found = await call.server.reader.search(DECISION_INSTANCE_DETAILS, query)
    if not found.items:
        raise not_found("decision instance", key)
    return found.items[0]


declare_search(operations, "/decision-definitions/search", "searchDecisionDefinitions", DECISION_DEFINITIONS)
declare_get(
    operations,
    "/decision-definitions/{decisionDefinitionKey}",
    "getDecisionDefinition",
    DECISION_DEFINITIONS,
    "decision definition",
)
declare_search(operations, "/decision-requirements/search", "searchDecisionRequirements", DECISION_REQUIREMENTS)
declare_get(
    operations,
    "/decision-requirements/{decisionRequirementsKey}",
    "getDecisionRequirements",
    DECISION_REQUIREMENTS,
    "decision requirements graph",
)
declare_search(operations, "/decision-instances/search", "searchDecisionInstances", DECISION_INSTANCES)
