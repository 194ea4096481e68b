"""What workers, and operators, do with jobs: complete, fail, throw an error, change, try again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.machine import business_ids, people, throwing
from engine.machine import commands as c
from engine.machine import events as ev
from engine.machine.lifecycle import ElementState, IncidentType, JobKind, JobState
from engine.machine.listening import listener_completed
from engine.machine.state import ElementInstance, Job
from engine.machine.suspending import check_not_suspended

if TYPE_CHECKING:
    from engine.machine.work import Work


def _job(m: Work, command: Any, what: str) -> Job:
    job = m.instance.waits.get(command.job_key)
    if not isinstance(job, Job):
        reason = f"Expected to {what} job with key '{command.job_key}', but no such job was found."
        raise c.Rejection("NOT_FOUND", reason)
    return job


def _open_job(m: Work, command: Any, what: str) -> Job:
    job = _job(m, command, what)
    check_not_suspended(m, f"{what} job with key '{job.key}'")
    if job.state in (JobState.FAILED, JobState.ERROR_THROWN) and job.retry_at is None:
        reason = f"Expected to {what} job with key '{job.key}', but it is in state '{job.state.name}'"
        raise c.Rejection("INVALID_STATE", f"{reason} and has an incident: resolve the incident first.")
    return job


def complete(m: Work, command: c.CompleteJob) -> None:
    job = _open_job(m, command, "complete")
    element = job.element
    if job.kind is JobKind.TASK_LISTENER:
        people.check_answer(job, command)
    else:
        element.node.behavior.check_job_result(element, command)
    if command.business_id is not None:
        business_ids.assign(m, command.business_id)  # the last that may refuse, and the first that happens
    if job.kind is JobKind.TASK_LISTENER:
        people.task_listener_completed(m, job, command)
        return
    m.emit(ev.JobCompleted(job.key))
    if job.kind is JobKind.EXECUTION_LISTENER:
        _listener_variables(m, element, job, command.variables)
        listener_completed(m, element)
    else:
        element.node.behavior.job_completed(m, element, job, command)


def _listener_variables(m: Work, element: ElementInstance, job: Job, variables: c.Variables) -> None:
    """Of a start listener: local; of an end listener: to the scope above."""
    texts = m.texts(variables)
    if element.state is ElementState.ACTIVATING:
        for name, text in texts.items():
            m.set_local(element, name, text)
    else:
        m.merge(element.scope or element, texts)


def fail(m: Work, command: c.FailJob) -> None:
    job = _open_job(m, command, "fail")
    retries = max(0, job.retries - 1 if command.retries is None else command.retries)
    for name, text in m.texts(command.variables).items():
        m.set_local(job.element, name, text)
    retry_at = m.now + command.retry_back_off if retries and command.retry_back_off > 0 else None
    m.emit(ev.JobFailed(job.key, retries, command.message, retry_at))
    if not retries:
        message = command.message or "No more retries left."
        m.create_incident(job.element, _NO_RETRIES[job.kind], message, job.key)


_NO_RETRIES = {
    JobKind.BPMN_ELEMENT: IncidentType.JOB_NO_RETRIES,
    JobKind.EXECUTION_LISTENER: IncidentType.EXECUTION_LISTENER_NO_RETRIES,
    JobKind.TASK_LISTENER: IncidentType.TASK_LISTENER_NO_RETRIES,
    JobKind.AD_HOC_SUB_PROCESS: IncidentType.AD_HOC_SUB_PROCESS_NO_RETRIES,
}


def throw_error(m: Work, command: c.ThrowJobError) -> None:
    job = _open_job(m, command, "throw an error for")
    if job.kind is JobKind.TASK_LISTENER:
        reason = f"Expected to throw an error for job with key '{job.key}', but it is the job of a task listener"
        raise c.Rejection("INVALID_STATE", f"{reason}: it lets the user task move on, denies it, or fails.")
    element = job.element
    if throwing.find_catcher(element, "error", command.code) is not None:
        m.emit(ev.JobErrorThrown(job.key, command.code, command.message))
        throwing.throw_error(m, element, command.code, command.message, command.variables)
        return
    m.emit(ev.JobErrorUncaught(job.key, command.code, command.message))
    if not throwing.throw_error(m, element, command.code, command.message, command.variables):
        stuck = throwing.uncaught(element, command.code, command.message)
        m.create_incident(element, stuck.type, stuck.message, job.key)


def update(m: Work, command: c.UpdateJob) -> None:
    job = _job(m, command, "update")
    if command.retries is not None and command.retries < 1:
        raise c.Rejection(
            "INVALID_ARGUMENT",
            f"Expected to set the retries of job with key '{job.key}' to a positive number, but was {command.retries}.",
        )
    retries = job.retries if command.retries is None else command.retries
    priority = job.priority if command.priority is None else command.priority
    m.emit(ev.JobUpdated(job.key, retries, priority))


def recur(m: Work, command: c.RecurJob) -> None:
    job = _job(m, command, "retry")
    if job.state is not JobState.FAILED or job.retry_at is None or job.retry_at > m.now:
        raise c.Rejection("INVALID_STATE", f"The back-off of job '{job.key}' is not over.")
    m.emit(ev.JobRecurred(job.key))
