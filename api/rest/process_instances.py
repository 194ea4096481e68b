"""Process instances: start them, end them, see what they did."""

from __future__ import annotations

from typing import Literal

import msgspec

from api.rest.access import check_start
from api.rest.operation import Call, Operations
from api.rest.problems import Problem, invalid_argument, not_found
from api.rest.searching import declare_get, declare_search, existing, query_schema, result_type
from api.rest.wire import (
    BusinessId,
    Integer,
    Key,
    Long,
    OperationReference,
    OperationRequest,
    Request,
    Result,
    Tags,
    TenantId,
    Text,
    Variables,
    key_of,
    milliseconds_of,
    raw,
    tenant_of,
)
from engine.machine.commands import (
    CancelInstance,
    CreateInstance,
    StartInstruction,
)
from engine.store.search import INCIDENTS, PROCESS_INSTANCES, Found, SearchQuery, figures

operations = Operations("Process instance")

DEFAULT_AWAIT_TIMEOUT = 10.0  # seconds that a creation with awaitCompletion waits if it does not say how long
LONGEST_AWAIT = 86_400.0
IDEMPOTENCY_KEY = b"idempotency-key"


class StartInstructionRequest(Request):
    element_id: Text


class RuntimeInstructionRequest(Request):
    """The instance ends when this element completes."""

    after_element_id: Text
    type: Literal["TERMINATE_PROCESS_INSTANCE"] = "TERMINATE_PROCESS_INSTANCE"


class ProcessInstanceCreationInstruction(Request):
    """Which process: by `processDefinitionKey`, or by `processDefinitionId` and version (absent or -1: the latest)."""

    process_definition_key: Key | None = None
    process_definition_id: Text | None = None
    process_definition_version: Integer | None = None
    variables: Variables | None = None
    tenant_id: TenantId | None = None
    operation_reference: OperationReference | None = None
    start_instructions: list[StartInstructionRequest] | None = None
    runtime_instructions: list[RuntimeInstructionRequest] | None = None
    await_completion: bool | None = None
    request_timeout: Long | None = None
    fetch_variables: list[str] | None = None
    tags: Tags | None = None
    business_id: BusinessId | None = None


class CreateProcessInstanceResult(Result):
    process_definition_id: str
    process_definition_version: int
    tenant_id: str
    variables: dict[str, msgspec.Raw]
    process_definition_key: str
    process_instance_key: str
    tags: list[str]
    business_id: str | None


class BatchOperationCreatedResult(Result):
    batch_operation_key: str
    batch_operation_type: str


class ElementStatisticsResult(Result):
    items: list[figures.ElementFigures]


class SequenceFlowResult(Result):
    sequence_flow_id: str
    process_instance_key: str
    root_process_instance_key: str | None
    process_definition_key: str
    process_definition_id: str
    element_id: str
    tenant_id: str


class SequenceFlowsResult(Result):
    items: list[SequenceFlowResult]


@operations(
    "POST",
    "/process-instances",
    "createProcessInstance",
    body=ProcessInstanceCreationInstruction,
    result=CreateProcessInstanceResult,
    errors=(404, 409, 504),
)
async def create_process_instance(call: Call) -> CreateProcessInstanceResult:
    """Start a process; with `awaitCompletion` the answer comes when it has ended, with its variables.

    The header `Idempotency-Key` makes it safe to repeat: the same key gets the first answer.
    """
    request: ProcessInstanceCreationInstruction = call.body
    if request.start_instructions or request.runtime_instructions:
        check_start(call)
    wait = milliseconds_of(request.request_timeout or 0, "requestTimeout") if request.await_completion else 0
    started = await call.server.runtime.execute(_command(request, call.header(IDEMPOTENCY_KEY)))
    variables: dict[str, str] = {}
    if request.await_completion:
        timeout = min(wait / 1000, LONGEST_AWAIT) if wait else DEFAULT_AWAIT_TIMEOUT
        variables = await _outcome(call, started.process_instance_key, timeout)
        if request.fetch_variables:
            wanted = set(request.fetch_variables)
            variables = {name: text for name, text in variables.items() if name in wanted}
    return CreateProcessInstanceResult(
        process_definition_id=started.process_id,
        process_definition_version=started.version,
        tenant_id=started.tenant,
        variables=raw(variables),
        process_definition_key=str(started.process_definition_key),
        process_instance_key=str(started.process_instance_key),
        tags=started.tags,
        business_id=started.business_id,
    )


def _command(request: ProcessInstanceCreationInstruction, idempotency_key: str | None) -> CreateInstance:
    if (request.process_definition_key is None) == (request.process_definition_id is None):
        raise invalid_argument("Exactly one of processDefinitionKey and processDefinitionId is required.")
    if idempotency_key is not None and not 0 < len(idempotency_key) <= 256:
        raise invalid_argument("The header Idempotency-Key must have 1 to 256 characters.")
    key = request.process_definition_key
    version = request.process_definition_version
    return CreateInstance(
        process_definition_key=0 if key is None else key_of(key, "processDefinitionKey"),
        process_id=request.process_definition_id or "",
        process_version=-1 if version is None else version,
        tenant=tenant_of(request.tenant_id),
        variables=request.variables or {},
        business_id=request.business_id,
        tags=list(dict.fromkeys(request.tags or [])),
        start_instructions=[StartInstruction(start.element_id) for start in request.start_instructions or []],
        terminate_after=[instruction.after_element_id for instruction in request.runtime_instructions or []],
        idempotency_key=idempotency_key,
    )


async def _outcome(call: Call, key: int, timeout: float) -> dict[str, str]:
    """The variables of the instance when it has completed; Problem 504 where that takes too long."""
    ended = await call.server.runtime.completion(key, timeout)
    if ended is None:
        raise Problem(
            504,
            "DEADLINE_EXCEEDED",
            f"The process instance {key} was started, but has not completed within {timeout:g} s. It goes on.",
        )
    if not ended.completed:
        raise Problem(409, "INVALID_STATE", f"The process instance {key} was terminated before it completed.")
    variables: dict[str, str] = ended.variables
    return variables


@operations(
    "POST",
    "/process-instances/{processInstanceKey}/cancellation",
    "cancelProcessInstance",
    body=OperationRequest,
    optional=True,
    errors=(404, 409),
)
async def cancel_process_instance(call: Call) -> None:
    """Terminate everything in an instance."""
    await call.server.runtime.execute(CancelInstance(process_instance_key=call.key("processInstanceKey")))


@operations(
    "POST",
    "/process-instances/{processInstanceKey}/deletion",
    "deleteProcessInstance",
    body=OperationRequest,
    optional=True,
    errors=(404, 409),
)
async def delete_process_instance(call: Call) -> None:
    """Forget an instance that has ended, and what it called."""
    await call.server.runtime.delete_instance(call.key("processInstanceKey"))


@operations(
    "POST",
    "/process-instances/{processInstanceKey}/incident-resolution",
    "resolveProcessInstanceIncidents",
    body=OperationRequest,
    optional=True,
    result=BatchOperationCreatedResult,
    errors=(404,),
)
async def resolve_incidents(call: Call) -> BatchOperationCreatedResult:
    """Resolve every open incident of an instance and of those that it called, as a batch operation.

    A job without retries gets one.
    """
    keys = await _with_called(call, call.key("processInstanceKey"))
    filter = {"processInstanceKey": {"$in": [str(key) for key in keys]}}
    operation = await call.server.runtime.batch_operations.create("RESOLVE_INCIDENT", filter)
    return BatchOperationCreatedResult(str(operation), "RESOLVE_INCIDENT")


@operations(
    "POST",
    "/process-instances/{processInstanceKey}/incidents/search",
    "searchProcessInstanceIncidents",
    body=SearchQuery,
    optional=True,
    result=result_type(INCIDENTS),
    errors=(404,),
    schema=query_schema(INCIDENTS),
)
async def search_incidents(call: Call) -> Found:
    """The incidents of an instance and of those that it called."""
    keys = await _with_called(call, call.key("processInstanceKey"))
    within = {"processInstanceKey": {"$in": [str(key) for key in keys]}}
    return await call.server.reader.search(INCIDENTS, call.body, within)


async def _with_called(call: Call, key: int) -> list[int]:
    keys = await figures.with_called(call.server.reader, key)
    if not keys:
        raise not_found("process instance", key)
    return keys


@operations(
    "GET",
    "/process-instances/{processInstanceKey}/statistics/element-instances",
    "getProcessInstanceStatistics",
    result=ElementStatisticsResult,
    errors=(404,),
)
async def element_statistics(call: Call) -> ElementStatisticsResult:
    """How often each element of an instance is active, stuck, completed, canceled."""
    await existing(call, PROCESS_INSTANCES, "process instance")
    items = await figures.elements_of_instance(call.server.reader, call.key("processInstanceKey"))
    return ElementStatisticsResult(items)


@operations(
    "GET",
    "/process-instances/{processInstanceKey}/sequence-flows",
    "getProcessInstanceSequenceFlows",
    result=SequenceFlowsResult,
    errors=(404,),
)
async def sequence_flows(call: Call) -> SequenceFlowsResult:
    """The sequence flows that an instance took, each once."""
    instance = await existing(call, PROCESS_INSTANCES, "process instance")
    flows = await figures.flows_taken(call.server.reader, call.key("processInstanceKey"))
    return SequenceFlowsResult(
        [
            SequenceFlowResult(
                sequence_flow_id=flow,
                process_instance_key=instance.processInstanceKey,
                root_process_instance_key=instance.rootProcessInstanceKey,
                process_definition_key=instance.processDefinitionKey,
                process_definition_id=instance.processDefinitionId,
                element_id=flow,
                tenant_id=instance.tenantId,
            )
            for flow in flows
        ]
    )


@operations(
    "GET",
    "/process-instances/{processInstanceKey}/call-hierarchy",
    "getProcessInstanceCallHierarchy",
    result=list[figures.CallHierarchyEntry],
    errors=(404,),
)
async def call_hierarchy(call: Call) -> list[figures.CallHierarchyEntry]:
    """The instances from the root down to this one."""
    key = call.key("processInstanceKey")
    entries = await figures.call_hierarchy(call.server.reader, key)
    if not entries:
        raise not_found("process instance", key)
    return entries


declare_search(operations, "/process-instances/search", "searchProcessInstances", PROCESS_INSTANCES)
declare_get(
    operations,
    "/process-instances/{processInstanceKey}",
    "getProcessInstance",
    PROCESS_INSTANCES,
    "process instance",
)
