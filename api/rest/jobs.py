"""Jobs: workers take them, and complete them, fail at them, or throw an error."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from api.rest.operation import Call, Operations
from api.rest.problems import invalid_argument
from api.rest.reading import ClientGone
from api.rest.searching import declare_search
from api.rest.wire import (
    BusinessId,
    Integer,
    Long,
    Natural,
    OperationReference,
    Request,
    Result,
    TenantId,
    Text,
    Variables,
    date_of,
    milliseconds_of,
    optional_key,
    raw,
    tenant_of,
)
from engine.machine.commands import CompleteJob, FailJob, JobResult, ThrowJobError, UpdateJob
from engine.machine.lifecycle import JobKind, ListenerEvent
from engine.runtime.results import ActivatedJob, UserTaskOfJob
from engine.store.search import JOBS

operations = Operations("Job")

LONGEST_POLL = 3_600_000  # milliseconds; a worker that would wait longer asks again

_KINDS = {kind.value: kind.name for kind in JobKind}
_LISTENERS = {event.value: event.name for event in ListenerEvent}


class JobActivationRequest(Request):
    type: Text
    timeout: Long
    max_jobs_to_activate: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    worker: str | None = None
    fetch_variable: list[str] | None = None
    request_timeout: Long | None = None
    tenant_ids: list[TenantId] | None = None
    tenant_filter: str | None = None
    with_lease: bool | None = None


class UserTaskProperties(Result):
    """The user task that a task listener's job is about, with the attributes that it will have if the listener agrees.

    `changedAttributes` names those that it has not had before.
    """

    action: str
    assignee: str | None
    candidate_groups: list[str]
    candidate_users: list[str]
    changed_attributes: list[str]
    due_date: str | None
    follow_up_date: str | None
    form_key: str | None
    priority: int | None
    user_task_key: str | None


_USER_TASK_NAMES = dict(
    zip(UserTaskProperties.__struct_fields__, UserTaskProperties.__struct_encode_fields__, strict=True)
)


class ActivatedJobResult(Result):
    """A job in a worker's hands. Later clients call the lease token `jobLeaseToken`, earlier ones `leaseToken`."""

    type: str
    process_definition_id: str
    process_definition_version: int
    element_id: str
    custom_headers: msgspec.Raw
    worker: str
    retries: int
    deadline: int
    variables: dict[str, msgspec.Raw]
    tenant_id: str
    physical_tenant_id: str
    job_key: str
    process_instance_key: str
    process_definition_key: str
    element_instance_key: str
    kind: str
    listener_event_type: str
    user_task: UserTaskProperties | None
    tags: list[str]
    root_process_instance_key: str | None
    business_id: str | None
    priority: int
    lease_token: str | None
    job_lease_token: str | None


class JobActivationResult(Result):
    jobs: list[ActivatedJobResult]


class JobResultCorrections(Request):
    """Attributes that a task listener sets; what is absent or null stays as it was."""

    assignee: str | None = None
    due_date: str | None = None
    follow_up_date: str | None = None
    candidate_users: list[str] | None = None
    candidate_groups: list[str] | None = None
    priority: Annotated[int, Meta(ge=0, le=100)] | None = None


class JobResultActivateElement(Request):
    element_id: Text
    variables: Variables | None = None


class JobResultRequest(Request):
    """What a task listener answers (denied, corrections), or an ad-hoc sub-process's worker (elements to activate)."""

    type: Literal["userTask", "adHocSubProcess"] | None = None
    denied: bool | None = None
    denied_reason: str | None = None
    corrections: JobResultCorrections | None = None
    activate_elements: list[JobResultActivateElement] | None = None
    is_completion_condition_fulfilled: bool | None = None
    is_cancel_remaining_instances: bool | None = None


class JobCompletionRequest(Request):
    variables: Variables | None = None
    result: JobResultRequest | None = None
    lease_token: str | None = None
    job_lease_token: str | None = None
    business_id: BusinessId | None = None


class JobFailRequest(Request):
    retries: Natural | None = None
    error_message: str | None = None
    retry_back_off: Long | None = None
    variables: Variables | None = None
    lease_token: str | None = None
    job_lease_token: str | None = None


class JobErrorRequest(Request):
    error_code: Text
    error_message: str | None = None
    variables: Variables | None = None
    lease_token: str | None = None
    job_lease_token: str | None = None


class JobChangeset(Request):
    retries: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None
    timeout: Long | None = None
    priority: Integer | None = None


class JobUpdateRequest(Request):
    changeset: JobChangeset
    operation_reference: OperationReference | None = None
    lease_token: str | None = None
    job_lease_token: str | None = None


@operations("POST", "/jobs/activation", "activateJobs", body=JobActivationRequest, result=JobActivationResult)
async def activate_jobs(call: Call) -> JobActivationResult:
    """Jobs of a type, locked to a worker; waits for the first one as long as `requestTimeout` says."""
    request: JobActivationRequest = call.body
    if request.tenant_filter is not None and request.tenant_filter.upper() not in ("PROVIDED", "ASSIGNED"):
        raise invalid_argument(f"'tenantFilter' must be PROVIDED or ASSIGNED, but is '{request.tenant_filter}'.")
    activation = call.server.runtime.activate_jobs(
        request.type,
        request.worker or "",
        milliseconds_of(request.timeout, "timeout", least=1),
        request.max_jobs_to_activate,
        request.fetch_variable or [],
        min(int(request.request_timeout or 0), LONGEST_POLL),
        [tenant_of(tenant) for tenant in request.tenant_ids or ("",)],
        bool(request.with_lease),
    )
    jobs = await _while_client_waits(call, activation)
    return JobActivationResult([_activated(job) for job in jobs])


async def _while_client_waits(call: Call, activation: Any) -> list[ActivatedJob]:
    """The jobs, unless the client hangs up first: then they go to the next worker at once."""
    working = asyncio.ensure_future(activation)
    leaving = asyncio.ensure_future(_hung_up(call))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            working.cancel()
            await asyncio.wait((working,))
            raise ClientGone
        jobs: list[ActivatedJob] = working.result()
        return jobs
    finally:
        working.cancel()
        leaving.cancel()


async def _hung_up(call: Call) -> None:
    while (await call.receive())["type"] != "http.disconnect":
        pass


def _activated(job: ActivatedJob) -> ActivatedJobResult:
    return ActivatedJobResult(
        type=job.type,
        process_definition_id=job.process_id,
        process_definition_version=job.process_version,
        element_id=job.element_id,
        custom_headers=msgspec.Raw(job.headers.encode()),
        worker=job.worker,
        retries=job.retries,
        deadline=job.deadline,
        variables=raw(job.variables),
        tenant_id=job.tenant,
        physical_tenant_id="default",
        job_key=str(job.key),
        process_instance_key=str(job.process_instance_key),
        process_definition_key=str(job.process_definition_key),
        element_instance_key=str(job.element_instance_key),
        kind=_KINDS[job.kind],
        listener_event_type=_LISTENERS[job.listener],
        user_task=None if job.user_task is None else _user_task(job.user_task),
        tags=job.tags,
        root_process_instance_key=str(job.root_process_instance_key),
        business_id=job.business_id,
        priority=job.priority,
        lease_token=job.lease_token,
        job_lease_token=job.lease_token,
    )


def _user_task(task: UserTaskOfJob) -> UserTaskProperties:
    return UserTaskProperties(
        action=task.action,
        assignee=task.assignee,
        candidate_groups=task.candidate_groups,
        candidate_users=task.candidate_users,
        changed_attributes=[_USER_TASK_NAMES[name] for name in task.changed_attributes],
        due_date=task.due_date,
        follow_up_date=task.follow_up_date,
        form_key=optional_key(task.form_key),
        priority=task.priority,
        user_task_key=str(task.key),
    )


@operations(
    "POST",
    "/jobs/{jobKey}/completion",
    "completeJob",
    body=JobCompletionRequest,
    optional=True,
    errors=(404, 409),
)
async def complete_job(call: Call) -> None:
    """The work is done; the process goes on with these variables.

    `businessId` gives its instance, if that is a root and has none, its business id; else the job stays open.
    """
    request: JobCompletionRequest = call.body
    await call.server.runtime.execute(
        CompleteJob(
            job_key=call.key("jobKey"),
            variables=request.variables or {},
            result=None if request.result is None else _result(request.result),
            business_id=request.business_id,
            lease_token=request.lease_token or request.job_lease_token,
        )
    )


def _result(request: JobResultRequest) -> JobResult:
    return JobResult(
        denied=bool(request.denied),
        denied_reason=request.denied_reason or "",
        corrections={} if request.corrections is None else _corrections(request.corrections),
        activate_elements=[
            {"elementId": element.element_id, "variables": element.variables or {}}
            for element in request.activate_elements or []
        ],
        completion_condition_fulfilled=bool(request.is_completion_condition_fulfilled),
        cancel_remaining_instances=bool(request.is_cancel_remaining_instances),
    )


def _corrections(request: JobResultCorrections) -> dict[str, Any]:
    path = "result.corrections"
    corrections = {
        "assignee": request.assignee,
        "candidate_users": request.candidate_users,
        "candidate_groups": request.candidate_groups,
        "priority": request.priority,
    }
    given: dict[str, Any] = {name: value for name, value in corrections.items() if value is not None}
    if request.due_date is not None:
        given["due_date"] = date_of(request.due_date, f"{path}.dueDate")
    if request.follow_up_date is not None:
        given["follow_up_date"] = date_of(request.follow_up_date, f"{path}.followUpDate")
    return given


@operations("POST", "/jobs/{jobKey}/failure", "failJob", body=JobFailRequest, optional=True, errors=(404, 409))
async def fail_job(call: Call) -> None:
    """The work failed; it is tried again while retries are left, otherwise there is an incident."""
    request: JobFailRequest = call.body
    await call.server.runtime.execute(
        FailJob(
            job_key=call.key("jobKey"),
            retries=request.retries or 0,
            message=request.error_message or "",
            retry_back_off=milliseconds_of(request.retry_back_off or 0, "retryBackOff"),
            variables=request.variables or {},
            lease_token=request.lease_token or request.job_lease_token,
        )
    )


@operations("POST", "/jobs/{jobKey}/error", "throwJobError", body=JobErrorRequest, errors=(404, 409))
async def throw_job_error(call: Call) -> None:
    """The work came to an outcome that the model catches as a BPMN error."""
    request: JobErrorRequest = call.body
    await call.server.runtime.execute(
        ThrowJobError(
            job_key=call.key("jobKey"),
            code=request.error_code,
            message=request.error_message or "",
            variables=request.variables or {},
            lease_token=request.lease_token or request.job_lease_token,
        )
    )


@operations("PATCH", "/jobs/{jobKey}", "updateJob", body=JobUpdateRequest, errors=(404, 409))
async def update_job(call: Call) -> None:
    """Change a job's retries, its priority, or how long it stays locked from now on."""
    request: JobUpdateRequest = call.body
    changes = request.changeset
    if changes.retries is None and changes.timeout is None and changes.priority is None:
        raise invalid_argument("'changeset' must have at least one of retries, timeout and priority.")
    await call.server.runtime.execute(
        UpdateJob(
            job_key=call.key("jobKey"),
            retries=changes.retries,
            timeout=None if changes.timeout is None else milliseconds_of(changes.timeout, "changeset.timeout"),
            priority=changes.priority,
            lease_token=request.lease_token or request.job_lease_token,
        )
    )


declare_search(operations, "/jobs/search", "searchJobs", JOBS)
