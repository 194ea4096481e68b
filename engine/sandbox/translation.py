"""Steps → commands: what a step names by element gets the key that it has now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from engine.machine import commands as c
from engine.machine.state import Incident, Job, Timer, UserTask, Wait
from engine.runtime.events.conditionals import holds
from engine.sandbox import steps as s
from engine.sandbox.bench import start_by
from engine.sandbox.waiting import Kind, find_ad_hoc, find_scope, find_wait
from engine.triggers.schedule import ScheduleError, parse_duration

if TYPE_CHECKING:
    from engine.machine.graph import StartDefinition
    from engine.sandbox.bench import Bench

W = TypeVar("W", bound=Wait)

_WANTED: dict[Kind, str] = {"job": "job", "task": "user task", "timer": "timer", "incident": "incident"}


def commands_of(bench: Bench, step: s.AnyStep) -> Iterator[c.Command]:
    """The commands that a step stands for, each to be executed before the next is asked for.

    Raises Rejection where there is nothing that it could be for. Steps that only move the clock have none.
    """
    match step:
        case s.Start():
            yield _start(bench, step)
        case s.CompleteJob() | s.FailJob() | s.ThrowError():
            yield _work(_open(bench, Job, "job", step.element, step.nth), step, bench.now)
        case s.CompleteTask() | s.AssignTask():
            yield _person(_open(bench, UserTask, "task", step.element, step.nth), step)
        case s.PublishMessage():
            time_to_live = milliseconds(step.time_to_live, bench.now)
            yield c.PublishMessage(
                name=step.name, correlation_key=step.key, time_to_live=time_to_live, variables=step.variables
            )
        case s.BroadcastSignal():
            yield c.BroadcastSignal(name=step.name, variables=step.variables)
        case s.SetVariables() | s.Cancel():
            yield _scope(bench, step)
        case s.Resolve():
            yield from _resolve(_open(bench, Incident, "incident", step.element, step.nth), step)
        case s.Activate():
            yield _activate(bench, step)


def timer_of(bench: Bench, step: s.SkipTimer) -> Timer:
    """The timer that a step speaks of. Raises Rejection."""
    return _open(bench, Timer, "timer", step.element, step.nth)


def milliseconds(duration: str, now: int) -> int:
    """The length of an ISO 8601 duration from `now`; 0 for an empty text. Raises Rejection."""
    if not duration.strip():
        return 0
    try:
        return parse_duration(duration.strip()).first_due(now) - now
    except ScheduleError as error:
        reason = f"Expected an ISO 8601 duration, such as PT10M or P3D: {error}"
        raise c.Rejection("INVALID_ARGUMENT", reason) from error


def _open(bench: Bench, type: type[W], kind: Kind, element: str, nth: int) -> W:
    wait = find_wait(bench, kind, element, nth)
    if not isinstance(wait, type):
        more = f" number {nth + 1}" if nth else ""
        raise c.Rejection("NOT_FOUND", f"Expected an open {_WANTED[kind]}{more} at '{element}', but there is none.")
    return wait


# ---- Starting --------------------------------------------------------------------------------------------------------


def _start(bench: Bench, step: s.Start) -> c.Command:
    if not step.event:
        return c.CreateInstance(process_id=step.process, variables=step.variables)
    start = _start_definition(bench, step)
    if start.kind == "message":
        return c.PublishMessage(name=start.name, variables=step.variables)
    if start.kind == "signal":
        return c.BroadcastSignal(name=start.name, variables=step.variables)
    if start.kind == "conditional" and not holds(start, step.variables, datetime.fromtimestamp(bench.now / 1000, UTC)):
        reason = f"The condition of the start event '{step.event}' is not true with these variables."
        raise c.Rejection("INVALID_STATE", reason)
    graph = bench.deployed.find(c.CreateInstance(process_id=step.process))
    return start_by(graph, start, step.variables)


def _start_definition(bench: Bench, step: s.Start) -> StartDefinition:
    graph = bench.deployed.find(c.CreateInstance(process_id=step.process))
    for start in graph.starts:
        if start.element_id == step.event:
            return start
    known = ", ".join(f"'{start.element_id}'" for start in graph.starts) or "none"
    reason = f"Expected '{step.event}' to be an event that starts '{step.process}', but those are: {known}."
    raise c.Rejection("NOT_FOUND", reason)


# ---- Workers and people ----------------------------------------------------------------------------------------------


def _work(job: Job, step: s.CompleteJob | s.FailJob | s.ThrowError, now: int) -> c.Command:
    match step:
        case s.CompleteJob():
            return c.CompleteJob(job_key=job.key, variables=step.variables, result=step.result)
        case s.FailJob():
            return c.FailJob(
                job_key=job.key,
                retries=step.retries,
                message=step.message,
                retry_back_off=milliseconds(step.back_off, now),
                variables=step.variables,
            )
        case s.ThrowError():
            return c.ThrowJobError(job_key=job.key, code=step.code, message=step.message, variables=step.variables)


def _person(task: UserTask, step: s.CompleteTask | s.AssignTask) -> c.Command:
    if isinstance(step, s.CompleteTask):
        return c.CompleteUserTask(user_task_key=task.key, variables=step.variables, action="complete")
    return c.AssignUserTask(user_task_key=task.key, assignee=step.assignee or None, action="assign")


# ---- Mending ---------------------------------------------------------------------------------------------------------


def _scope(bench: Bench, step: s.SetVariables | s.Cancel) -> c.Command:
    scope = find_scope(bench, step.element, step.nth)
    if scope is None:
        more = f" number {step.nth + 1}" if step.nth else ""
        reason = f"Expected '{step.element}'{more} to be active, but it is not."
        raise c.Rejection("NOT_FOUND", reason)
    if isinstance(step, s.Cancel):
        return c.CancelInstance(process_instance_key=scope.instance.key)
    return c.SetVariables(element_instance_key=scope.key, variables=step.variables, local=step.local)


def _resolve(incident: Incident, step: s.Resolve) -> Iterator[c.Command]:
    job = incident.element.instance.waits.get(incident.job_key or 0)
    if isinstance(job, Job) and job.retries <= 0:
        yield c.UpdateJob(job_key=job.key, retries=step.retries)
    yield c.ResolveIncident(incident_key=incident.key)


def _activate(bench: Bench, step: s.Activate) -> c.Command:
    scope = find_ad_hoc(bench, step.element, step.nth)
    if scope is None:
        raise c.Rejection("NOT_FOUND", f"Expected '{step.element}' to be an active ad-hoc sub-process, but it is not.")
    elements = [{"elementId": id} for id in step.activities]
    return c.ActivateAdHocActivities(element_instance_key=scope.key, elements=elements)
