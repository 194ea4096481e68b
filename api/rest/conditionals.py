"""Conditional start events, evaluated over variables that a client brings."""

from __future__ import annotations

from api.rest.operation import Call, Operations
from api.rest.wire import Key, Request, Result, TenantId, Variables, key_of, tenant_of
from engine.machine.commands import EvaluateConditionals

operations = Operations("Conditional")


class ConditionalEvaluationInstruction(Request):
    """Without `processDefinitionKey` the latest versions of all processes are asked."""

    variables: Variables
    process_definition_key: Key | None = None
    tenant_id: TenantId | None = None


class ProcessInstanceReference(Result):
    process_definition_key: str
    process_instance_key: str


class EvaluateConditionalResult(Result):
    conditional_evaluation_key: str
    tenant_id: str
    process_instances: list[ProcessInstanceReference]


@operations(
    "POST",
    "/conditionals/evaluation",
    "evaluateConditionals",
    body=ConditionalEvaluationInstruction,
    result=EvaluateConditionalResult,
    errors=(404,),
)
async def evaluate_conditionals(call: Call) -> EvaluateConditionalResult:
    """Start every process that has a conditional start event whose condition the variables meet."""
    request: ConditionalEvaluationInstruction = call.body
    key = request.process_definition_key
    result = await call.server.runtime.execute(
        EvaluateConditionals(
            process_definition_key=0 if key is None else key_of(key, "processDefinitionKey"),
            variables=request.variables,
            tenant=tenant_of(request.tenant_id),
        )
    )
    started = [ProcessInstanceReference(str(definition), str(instance)) for definition, instance in result.started]
    return EvaluateConditionalResult(str(result.evaluation_key), result.tenant, started)
