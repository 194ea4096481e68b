"""Changes of running instances by an operator: modified, migrated, suspended and resumed; and what a change would do.

The previews, the proposed mapping and the dry run are this server's own, beside what the interface has: an operator
sees what would happen before it does.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from msgspec import Meta

from api.rest.operation import Call, Operations
from api.rest.problems import invalid_argument
from api.rest.wire import (
    BusinessId,
    Key,
    OperationReference,
    OperationRequest,
    Request,
    Result,
    Text,
    Variables,
    key_of,
)
from engine.machine.commands import (
    ActivateAdHocActivities,
    ActivateInstruction,
    AssignBusinessId,
    MigrateInstance,
    ModifyInstance,
    MoveInstruction,
    Rejection,
    ResumeInstance,
    SuspendInstance,
    TerminateInstruction,
    VariableInstruction,
)
from engine.store.search import PROCESS_INSTANCES, PageInfo, PageRequest, SearchQuery, Sort

operations = Operations("Process instance")

INSTANCE = "/process-instances/{processInstanceKey}"
DEFINITION = "/process-definitions/{processDefinitionKey}"


# ---- Modification ---------------------------------------------------------------------------------------------------


class ModifyProcessInstanceVariableInstruction(Request):
    """Variables for a scope that is entered: that of `scopeId`, or of the process."""

    variables: Variables
    scope_id: str | None = None


class ProcessInstanceModificationActivateInstruction(Request):
    """Enter an element; the ancestor is chosen where several scopes around it are active."""

    element_id: Text
    ancestor_element_instance_key: Key | None = None
    variable_instructions: list[ModifyProcessInstanceVariableInstruction] | None = None


class SourceElementInstruction(Request):
    """What is moved: all active instances of an element, or one of them."""

    source_type: Literal["byId", "byKey"]
    source_element_id: Text | None = None
    source_element_instance_key: Key | None = None


class AncestorScopeInstruction(Request):
    """The scope to go into: a given one, or that which follows from where the token was."""

    ancestor_scope_type: Literal["direct", "inferred", "sourceParent"]
    ancestor_element_instance_key: Key | None = None


class ProcessInstanceModificationMoveInstruction(Request):
    source_element_instruction: SourceElementInstruction
    target_element_id: Text
    ancestor_scope_instruction: AncestorScopeInstruction | None = None
    variable_instructions: list[ModifyProcessInstanceVariableInstruction] | None = None


class ProcessInstanceModificationTerminateInstruction(Request):
    """End all active instances of an element, or one of them."""

    element_id: Text | None = None
    element_instance_key: Key | None = None


class ProcessInstanceModificationInstruction(Request):
    operation_reference: OperationReference | None = None
    activate_instructions: list[ProcessInstanceModificationActivateInstruction] | None = None
    move_instructions: list[ProcessInstanceModificationMoveInstruction] | None = None
    terminate_instructions: list[ProcessInstanceModificationTerminateInstruction] | None = None


class AffectedElement(Result):
    element_id: str
    element_instance_key: str | None


class ForeseenIncident(Result):
    """`message` is why the element would be stuck."""

    element_id: str
    message: str


class ModificationPreviewResult(Result):
    """What would be activated, would complete and would be terminated, in that order; and what would be stuck."""

    activated: list[AffectedElement]
    completed: list[AffectedElement]
    terminated: list[AffectedElement]
    incidents: list[ForeseenIncident]


@operations(
    "POST",
    f"{INSTANCE}/modification",
    "modifyProcessInstance",
    body=ProcessInstanceModificationInstruction,
    errors=(404, 409),
)
async def modify(call: Call) -> None:
    """Put tokens, take them away, move them: all instructions, or none if one is not possible."""
    await call.server.runtime.execute(_modification(call, preview=False))


@operations(
    "POST",
    f"{INSTANCE}/modification/preview",
    "previewProcessInstanceModification",
    body=ProcessInstanceModificationInstruction,
    result=ModificationPreviewResult,
    errors=(404, 409),
)
async def preview_modification(call: Call) -> ModificationPreviewResult:
    """What a modification would do; nothing happens. An operation of this server's own."""
    told = await call.server.runtime.execute(_modification(call, preview=True))
    activated, completed, terminated = (
        [_affected(element) for element in told[what]] for what in ("activated", "completed", "terminated")
    )
    stuck = [ForeseenIncident(incident["elementId"], incident["message"]) for incident in told["incidents"]]
    return ModificationPreviewResult(activated, completed, terminated, stuck)


def _affected(element: dict[str, Any]) -> AffectedElement:
    return AffectedElement(element["elementId"], element.get("elementInstanceKey"))


def _modification(call: Call, preview: bool) -> ModifyInstance:
    request: ProcessInstanceModificationInstruction = call.body
    return ModifyInstance(
        process_instance_key=call.key("processInstanceKey"),
        activate=[_activate(each) for each in request.activate_instructions or ()],
        terminate=[
            _terminate(each, f"terminateInstructions[{i}]")
            for i, each in enumerate(request.terminate_instructions or ())
        ],
        move=[_move(each, f"moveInstructions[{i}]") for i, each in enumerate(request.move_instructions or ())],
        preview=preview,
    )


def _activate(instruction: ProcessInstanceModificationActivateInstruction) -> ActivateInstruction:
    return ActivateInstruction(
        element_id=instruction.element_id,
        ancestor_key=_ancestor(instruction.ancestor_element_instance_key),
        variables=_variables(instruction.variable_instructions),
    )


def _terminate(instruction: ProcessInstanceModificationTerminateInstruction, path: str) -> TerminateInstruction:
    if (instruction.element_id is None) == (instruction.element_instance_key is None):
        raise invalid_argument(f"'{path}' must have exactly one of elementId and elementInstanceKey.")
    if instruction.element_instance_key is None:
        return TerminateInstruction(element_id=instruction.element_id or "")
    key = key_of(instruction.element_instance_key, f"{path}.elementInstanceKey")
    return TerminateInstruction(element_instance_key=key)


def _move(instruction: ProcessInstanceModificationMoveInstruction, path: str) -> MoveInstruction:
    source = instruction.source_element_instruction
    if (source.source_element_id is None) == (source.source_element_instance_key is None):
        path = f"{path}.sourceElementInstruction"
        raise invalid_argument(f"'{path}' must have exactly one of sourceElementId and sourceElementInstanceKey.")
    scope = instruction.ancestor_scope_instruction
    return MoveInstruction(
        element_id=instruction.target_element_id,
        source_element_id=source.source_element_id or "",
        source_element_instance_key=key_of(source.source_element_instance_key or "0", path),
        ancestor_key=0 if scope is None else _ancestor(scope.ancestor_element_instance_key),
        variables=_variables(instruction.variable_instructions),
    )


def _ancestor(key: str | None) -> int:
    """Some clients send -1 where they choose none."""
    return max(0, key_of(key or "0", "ancestorElementInstanceKey"))


def _variables(instructions: list[ModifyProcessInstanceVariableInstruction] | None) -> list[VariableInstruction]:
    return [VariableInstruction(each.variables, each.scope_id or "") for each in instructions or ()]


# ---- Migration ------------------------------------------------------------------------------------------------------


class MigrateProcessInstanceMappingInstruction(Request):
    source_element_id: Text
    target_element_id: Text


Mapping = list[MigrateProcessInstanceMappingInstruction]


class ProcessInstanceMigrationInstruction(Request):
    target_process_definition_key: Key
    mapping_instructions: Mapping
    operation_reference: OperationReference | None = None


class MigrationVerdict(Result):
    """Whether an instance can be migrated; `reasons` says everything that keeps it from it."""

    process_instance_key: str
    possible: bool
    reasons: list[str]


@operations(
    "POST",
    f"{INSTANCE}/migration",
    "migrateProcessInstance",
    body=ProcessInstanceMigrationInstruction,
    errors=(404, 409),
)
async def migrate(call: Call) -> None:
    """Let an instance go on in another process definition."""
    await call.server.runtime.execute(_migration(call, preview=False))


@operations(
    "POST",
    f"{INSTANCE}/migration/preview",
    "previewProcessInstanceMigration",
    body=ProcessInstanceMigrationInstruction,
    result=MigrationVerdict,
    errors=(404,),
)
async def preview_migration(call: Call) -> MigrationVerdict:
    """Whether an instance can be migrated so; nothing happens. An operation of this server's own."""
    command = _migration(call, preview=True)
    return _verdict(command.process_instance_key, await call.server.runtime.execute(command))


def _migration(call: Call, preview: bool) -> MigrateInstance:
    request: ProcessInstanceMigrationInstruction = call.body
    return MigrateInstance(
        process_instance_key=call.key("processInstanceKey"),
        target_process_definition_key=key_of(request.target_process_definition_key, "targetProcessDefinitionKey"),
        mapping=mapping_of(request.mapping_instructions),
        preview=preview,
    )


def mapping_of(instructions: Mapping) -> dict[str, str]:
    """Target element ids by source element id; Problem where one source is mapped twice."""
    mapping: dict[str, str] = {}
    for each in instructions:
        if each.source_element_id in mapping:
            raise invalid_argument(f"The element '{each.source_element_id}' is mapped twice; choose one target.")
        mapping[each.source_element_id] = each.target_element_id
    return mapping


def _verdict(key: int, reasons: list[str]) -> MigrationVerdict:
    return MigrationVerdict(str(key), not reasons, reasons)


class MigrationPlanRequest(Request):
    target_process_definition_key: Key


class MappingInstruction(Result):
    source_element_id: str
    target_element_id: str


class MigrationPlanResult(Result):
    """`unmappedElementIds`: elements of the source that have no obvious counterpart."""

    target_process_definition_key: str
    mapping_instructions: list[MappingInstruction]
    unmapped_element_ids: list[str]


@operations(
    "POST",
    f"{DEFINITION}/migration-plan",
    "proposeMigrationPlan",
    body=MigrationPlanRequest,
    result=MigrationPlanResult,
    errors=(404,),
)
async def propose_plan(call: Call) -> MigrationPlanResult:
    """The obvious mapping of one definition to another: the same id, type and place.

    An operation of this server's own.
    """
    request: MigrationPlanRequest = call.body
    target = key_of(request.target_process_definition_key, "targetProcessDefinitionKey")
    plan = await call.server.runtime.propose_migration(call.key("processDefinitionKey"), target)
    mapping = [MappingInstruction(source, found) for source, found in plan.mapping.items()]
    return MigrationPlanResult(str(target), mapping, plan.unmapped)


class DryRunPage(Request):
    """Where to go on: `after` is the `endCursor` of the page before."""

    after: str | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class MigrationDryRunRequest(Request):
    """Without `mappingInstructions` the proposed mapping is tried."""

    target_process_definition_key: Key
    mapping_instructions: Mapping | None = None
    page: DryRunPage | None = None


class MigrationDryRunResult(Result):
    items: list[MigrationVerdict]
    page: PageInfo


@operations(
    "POST",
    f"{DEFINITION}/migration-plan/dry-run",
    "dryRunMigration",
    body=MigrationDryRunRequest,
    result=MigrationDryRunResult,
    errors=(404,),
)
async def dry_run(call: Call) -> MigrationDryRunResult:
    """For each running instance of a definition, page by page, whether it can be migrated, and if not, why.

    Nothing happens to them. An operation of this server's own.
    """
    request: MigrationDryRunRequest = call.body
    source = call.key("processDefinitionKey")
    target = key_of(request.target_process_definition_key, "targetProcessDefinitionKey")
    if request.mapping_instructions is None:
        mapping = (await call.server.runtime.propose_migration(source, target)).mapping
    else:
        mapping = mapping_of(request.mapping_instructions)
    page = request.page or DryRunPage()
    query = SearchQuery(
        filter={"processDefinitionKey": str(source), "endDate": {"$exists": False}},
        sort=[Sort("processInstanceKey")],
        page=PageRequest(after=page.after, limit=page.limit),
    )
    found = await call.server.reader.search(PROCESS_INSTANCES, query)
    keys = [int(instance.processInstanceKey) for instance in found.items]
    verdicts = await asyncio.gather(*(_try(call, key, target, mapping) for key in keys))
    return MigrationDryRunResult(list(verdicts), found.page)


async def _try(call: Call, key: int, target: int, mapping: dict[str, str]) -> MigrationVerdict:
    command = MigrateInstance(
        process_instance_key=key, target_process_definition_key=target, mapping=mapping, preview=True
    )
    try:
        return _verdict(key, await call.server.runtime.execute(command))
    except Rejection as rejection:  # it has ended meanwhile
        return _verdict(key, [rejection.reason])


# ---- Suspension, business ids, ad-hoc activities --------------------------------------------------------------------


@operations(
    "POST",
    f"{INSTANCE}/suspension",
    "suspendProcessInstance",
    body=OperationRequest,
    optional=True,
    errors=(404, 409),
)
async def suspend(call: Call) -> None:
    """Hold an instance until it is resumed: no job is handed out, no timer fires.

    Messages, signals and the ends of called processes that come meanwhile are kept, and count when it is resumed.
    """
    await call.server.runtime.execute(SuspendInstance(process_instance_key=call.key("processInstanceKey")))


@operations(
    "POST",
    f"{INSTANCE}/resumption",
    "resumeProcessInstance",
    body=OperationRequest,
    optional=True,
    errors=(404, 409),
)
async def resume(call: Call) -> None:
    """Let a suspended instance go on."""
    await call.server.runtime.execute(ResumeInstance(process_instance_key=call.key("processInstanceKey")))


class ProcessInstanceBusinessIdAssignmentInstruction(Request):
    business_id: BusinessId


@operations(
    "POST",
    f"{INSTANCE}/business-id-assignment",
    "assignProcessInstanceBusinessId",
    body=ProcessInstanceBusinessIdAssignmentInstruction,
    errors=(404, 409),
)
async def assign_business_id(call: Call) -> None:
    """Give a running root instance that has none its business id, for good; the same again changes nothing.

    Where business ids are unique, one that another running instance of the process has is refused.
    """
    request: ProcessInstanceBusinessIdAssignmentInstruction = call.body
    key = call.key("processInstanceKey")
    await call.server.runtime.execute(AssignBusinessId(process_instance_key=key, business_id=request.business_id))


class AdHocSubProcessActivateActivityReference(Request):
    element_id: Text
    variables: Variables | None = None


class AdHocSubProcessActivateActivitiesInstruction(Request):
    """`cancelRemainingInstances`: end what is active in the ad-hoc sub-process first."""

    elements: Annotated[list[AdHocSubProcessActivateActivityReference], Meta(min_length=1)]
    cancel_remaining_instances: bool | None = None


@operations(
    "POST",
    "/element-instances/ad-hoc-activities/{adHocSubProcessInstanceKey}/activation",
    "activateAdHocSubProcessActivities",
    body=AdHocSubProcessActivateActivitiesInstruction,
    errors=(404, 409),
)
async def activate_ad_hoc_activities(call: Call) -> None:
    """Activate activities in an active ad-hoc sub-process."""
    request: AdHocSubProcessActivateActivitiesInstruction = call.body
    await call.server.runtime.execute(
        ActivateAdHocActivities(
            element_instance_key=call.key("adHocSubProcessInstanceKey"),
            elements=[{"elementId": each.element_id, "variables": each.variables or {}} for each in request.elements],
            cancel_remaining=bool(request.cancel_remaining_instances),
        )
    )
