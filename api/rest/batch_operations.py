"""Batch operations: one thing done to all process instances that match a filter, in the background."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from api.rest.changes import Mapping, mapping_of
from api.rest.operation import Call, Handler, Operations
from api.rest.problems import invalid_argument
from api.rest.process_instances import BatchOperationCreatedResult
from api.rest.searching import declare_get, declare_search, filtering_schema
from api.rest.wire import Key, OperationReference, OperationRequest, Request, Text, Variables, key_of
from engine.runtime.background.batch_operations import Instructions
from engine.store.search import BATCH_OPERATION_ITEMS, BATCH_OPERATIONS, PROCESS_INSTANCES

operations = Operations("Batch operation")

INSTANCES = "/process-instances"
OPERATION = "/batch-operations/{batchOperationKey}"


class ProcessInstanceBatchOperationRequest(Request):
    """The filter is that of a search of process instances."""

    filter: dict[str, Any]
    operation_reference: OperationReference | None = None


class ProcessInstanceIncidentResolutionBatchOperationRequest(ProcessInstanceBatchOperationRequest):
    """`variables` are set in each process before its incident is resolved. A property of this server's own."""

    variables: Variables | None = None


class ProcessInstanceMigrationBatchOperationPlan(Request):
    target_process_definition_key: Key
    mapping_instructions: Mapping


class ProcessInstanceMigrationBatchOperationRequest(Request):
    filter: dict[str, Any]
    migration_plan: ProcessInstanceMigrationBatchOperationPlan
    operation_reference: OperationReference | None = None


class ProcessInstanceModificationMoveBatchOperationInstruction(Request):
    source_element_id: Text
    target_element_id: Text


class ProcessInstanceModificationBatchOperationRequest(Request):
    filter: dict[str, Any]
    move_instructions: list[ProcessInstanceModificationMoveBatchOperationInstruction]
    operation_reference: OperationReference | None = None


async def _create(call: Call, type: str, instructions: Instructions | None = None) -> BatchOperationCreatedResult:
    filter = call.body.filter
    if not filter:
        raise invalid_argument(
            "'filter' must have at least one property, so that nothing happens to all instances by mistake; to mean "
            'all that run, give {"state": "ACTIVE"}.'
        )
    key = await call.server.runtime.batch_operations.create(type, filter, instructions)
    return BatchOperationCreatedResult(str(key), type)


def _beginning(path: str, name: str, body: type[Request]) -> Callable[[Handler], Handler]:
    """Decorates what begins an operation: POST /process-instances/`path`, with the filter of the instance search."""
    return operations(
        "POST",
        f"{INSTANCES}/{path}",
        name,
        body=body,
        result=BatchOperationCreatedResult,
        schema=filtering_schema(body, PROCESS_INSTANCES),
    )


def _declare_simple(path: str, name: str, type: str, description: str) -> None:
    """POST /process-instances/`path`: an operation that needs to know no more than the filter."""

    async def create(call: Call) -> BatchOperationCreatedResult:
        return await _create(call, type)

    create.__doc__ = description
    _beginning(path, name, ProcessInstanceBatchOperationRequest)(create)


_declare_simple(
    "cancellation",
    "cancelProcessInstancesBatchOperation",
    "CANCEL_PROCESS_INSTANCE",
    "Cancel all running root instances that match.",
)
_declare_simple(
    "suspension",
    "suspendProcessInstancesBatchOperation",
    "SUSPEND_PROCESS_INSTANCE",
    "Suspend all active instances that match.",
)
_declare_simple(
    "resumption",
    "resumeProcessInstancesBatchOperation",
    "RESUME_PROCESS_INSTANCE",
    "Resume all suspended instances that match.",
)
_declare_simple(
    "deletion",
    "deleteProcessInstancesBatchOperation",
    "DELETE_PROCESS_INSTANCE",
    "Forget all root instances that match and have ended, each with what it called.",
)


@_beginning(
    "incident-resolution",
    "resolveIncidentsBatchOperation",
    ProcessInstanceIncidentResolutionBatchOperationRequest,
)
async def resolve(call: Call) -> BatchOperationCreatedResult:
    """Resolve all open incidents of the instances that match; a job without retries gets one."""
    return await _create(call, "RESOLVE_INCIDENT", Instructions(variables=call.body.variables or {}))


@_beginning(
    "migration",
    "migrateProcessInstancesBatchOperation",
    ProcessInstanceMigrationBatchOperationRequest,
)
async def migrate(call: Call) -> BatchOperationCreatedResult:
    """Migrate all running instances that match; those that cannot be say why."""
    plan: ProcessInstanceMigrationBatchOperationPlan = call.body.migration_plan
    target = key_of(plan.target_process_definition_key, "migrationPlan.targetProcessDefinitionKey")
    instructions = Instructions(target_process_definition_key=target, mapping=mapping_of(plan.mapping_instructions))
    return await _create(call, "MIGRATE_PROCESS_INSTANCE", instructions)


@_beginning(
    "modification",
    "modifyProcessInstancesBatchOperation",
    ProcessInstanceModificationBatchOperationRequest,
)
async def modify(call: Call) -> BatchOperationCreatedResult:
    """Move tokens in all running instances that match."""
    request: ProcessInstanceModificationBatchOperationRequest = call.body
    if not request.move_instructions:
        raise invalid_argument("'moveInstructions' must have at least one instruction.")
    moves = [(each.source_element_id, each.target_element_id) for each in request.move_instructions]
    return await _create(call, "MODIFY_PROCESS_INSTANCE", Instructions(moves=moves))


@operations(
    "POST",
    f"{OPERATION}/cancellation",
    "cancelBatchOperation",
    body=OperationRequest,
    optional=True,
    errors=(404, 409),
)
async def cancel(call: Call) -> None:
    """Leave undone what is not done yet."""
    await call.server.runtime.batch_operations.cancel(call.key("batchOperationKey"))


@operations(
    "POST",
    f"{OPERATION}/suspension",
    "suspendBatchOperation",
    body=OperationRequest,
    optional=True,
    errors=(404, 409),
)
async def suspend(call: Call) -> None:
    """Leave the rest for later."""
    await call.server.runtime.batch_operations.suspend(call.key("batchOperationKey"))


@operations(
    "POST",
    f"{OPERATION}/resumption",
    "resumeBatchOperation",
    body=OperationRequest,
    optional=True,
    errors=(404, 409),
)
async def resume(call: Call) -> None:
    """Go on with a suspended operation."""
    await call.server.runtime.batch_operations.resume(call.key("batchOperationKey"))


declare_search(operations, "/batch-operations/search", "searchBatchOperations", BATCH_OPERATIONS)
declare_get(operations, OPERATION, "getBatchOperation", BATCH_OPERATIONS, "batch operation")
declare_search(operations, "/batch-operation-items/search", "searchBatchOperationItems", BATCH_OPERATION_ITEMS)
