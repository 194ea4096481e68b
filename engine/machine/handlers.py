"""What each command does. A handler first checks, and raises Rejection before it has emitted anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from engine.machine import (
    business_ids,
    catching,
    joint_starts,
    migrating,
    modifying,
    people,
    suspending,
    throwing,
    workers,
)
from engine.machine import commands as c
from engine.machine import events as ev
from engine.machine.lifecycle import ElementState, JobState
from engine.machine.state import (
    ElementInstance,
    Incident,
    Job,
    MessageSubscription,
    Subscription,
    Timer,
    UserTask,
    Wait,
)
from engine.machine.suspending import check_not_suspended, check_running

if TYPE_CHECKING:
    from engine.machine.work import Work

_W = TypeVar("_W", bound=Wait)


def _wait(m: Work, kind: type[_W], key: int, what: str) -> _W:
    wait = m.instance.waits.get(key)
    if not isinstance(wait, kind):
        thing = what.rsplit(maxsplit=1)[-1]
        raise c.Rejection("NOT_FOUND", f"Expected {what} with key '{key}', but no such {thing} was found.")
    return wait


def _element(m: Work, key: int) -> ElementInstance:
    element = m.instance.elements.get(key)
    if element is None:
        reason = f"Expected an active element instance with key '{key}', but no such element instance was found."
        raise c.Rejection("NOT_FOUND", reason)
    return element


# ---- Instances and elements -----------------------------------------------------------------------------------------


def cancel_instance(m: Work, command: c.CancelInstance) -> None:
    instance, root = m.instance, m.instance.root
    if root.ended_at is not None or root.state is ElementState.TERMINATING:
        reason = f"Expected to cancel a process instance with key '{instance.key}', but no such process was found."
        raise c.Rejection("NOT_FOUND", reason)
    if instance.parent_key is not None and not command.by_parent:
        raise c.Rejection(
            "INVALID_STATE",
            f"Expected to cancel a process instance with key '{instance.key}', but it is created by a parent process "
            f"instance. Cancel the root process instance '{instance.root_key}' instead.",
        )
    m.terminate(root)


def assign_business_id(m: Work, command: c.AssignBusinessId) -> None:
    check_running(m, "assign a business id to")
    business_ids.assign(m, command.business_id)


def set_variables(m: Work, command: c.SetVariables) -> None:
    element = _element(m, command.element_instance_key)
    texts = m.texts(command.variables)
    if not command.local:
        m.merge(element, texts)
        return
    for name, text in texts.items():
        m.set_local(element, name, text)


def resolve_incident(m: Work, command: c.ResolveIncident) -> None:
    incident = _wait(m, Incident, command.incident_key, "to resolve incident")
    element = incident.element
    job = m.instance.waits.get(incident.job_key or 0)
    if isinstance(job, Job) and job.retries < 1:
        raise c.Rejection(
            "INVALID_STATE",
            f"Expected to resolve incident with key '{incident.key}', but job with key '{job.key}' has no "
            "retries left: update its retries to a positive number first.",
        )
    for name, text in m.texts(command.variables).items():
        m.set_local(m.instance.root, name, text)
    m.emit(ev.IncidentResolved(incident.key))
    if isinstance(job, Job):
        m.emit(ev.JobRecurred(job.key))
    else:
        m.try_step(_again(m, element), element)


def _again(m: Work, element: ElementInstance) -> Callable[[ElementInstance], None]:
    """The step that an element is stuck in."""
    if element.state is ElementState.ACTIVATING:
        return m.begin
    if element.state is ElementState.COMPLETING:
        return m.finish
    return lambda element: element.node.behavior.retry(m, element)


def activate_ad_hoc(m: Work, command: c.ActivateAdHocActivities) -> None:
    element = _element(m, command.element_instance_key)
    if element.state is not ElementState.ACTIVATED:
        raise c.Rejection("INVALID_STATE", f"'{element.node.id}' is not active any longer.")
    element.node.behavior.add(m, element, command.elements, command.cancel_remaining)


def go_on(m: Work, command: c.Continue) -> None:
    for key in (command.element_instance_key, *command.others):
        element = m.instance.elements.get(key)
        if element is None:
            continue
        if element.state is ElementState.ACTIVATING and not element.waits:
            m.later(m.begin_in_turn, element)
        elif element.state is ElementState.ACTIVATED:
            element.node.behavior.go_on(m, element, command.position)


def modify_instance(m: Work, command: c.ModifyInstance) -> None:
    check_running(m, "modify")
    if not command.preview:
        modifying.modify(m, command)
        return
    copy = modifying.twin(m.instance)
    trial = type(m)(copy, m.now, m.new_key, m.catalog)
    modifying.modify(trial, command)
    trial.run()
    m.result = modifying.told(trial.events, m.instance)


def migrate_instance(m: Work, command: c.MigrateInstance) -> None:
    check_running(m, "migrate")
    if not command.preview:
        migrating.migrate(m, command)
        return
    m.result = migrating.verdict(m, command)


# ---- Events from outside --------------------------------------------------------------------------------------------


def trigger_timer(m: Work, command: c.TriggerTimer) -> None:
    timer = _wait(m, Timer, command.timer_key, "to trigger timer")
    check_not_suspended(m, f"trigger timer with key '{timer.key}'")
    host, node = timer.element, timer.node
    m.emit(ev.TimerTriggered(timer.key))
    if timer.repetitions and catching.stays_open(host, node):
        node.trigger.repeat(m, host, node, timer)
    catching.fire(m, host, node, {})


def deliver_message(m: Work, command: c.DeliverMessage) -> None:
    wait = _wait(m, MessageSubscription, command.subscription_key, "to correlate to message subscription")
    host, node = wait.element, wait.node
    if host.state is not ElementState.ACTIVATED:
        raise c.Rejection("NOT_FOUND", f"'{host.node.id}' does not wait for the message any longer.")
    m.emit(ev.MessageCorrelated(wait.key, command.message_key, not catching.stays_open(host, node)))
    if command.new_correlation_key:
        joint_starts.take_on(m, node.id, command.new_correlation_key)
    catching.fire(m, host, node, command.variables)


def deliver_signal(m: Work, command: c.DeliverSignal) -> None:
    wait = _wait(m, Subscription, command.subscription_key, "to deliver a signal to subscription")
    catching.trigger_subscription(m, wait, command.variables)


# ---- Called instances -----------------------------------------------------------------------------------------------


def child_ended(m: Work, command: c.ReportChildEnded) -> None:
    element = _element(m, command.element_instance_key)
    element.node.behavior.child_ended(m, element, command.variables)


def child_error(m: Work, command: c.ReportChildError) -> None:
    throwing.child_threw(m, _element(m, command.element_instance_key), command)


def error_uncaught(m: Work, command: c.ReportErrorUncaught) -> None:
    element = _element(m, command.element_instance_key)
    stuck = throwing.uncaught(element, command.code, command.message)
    job = next((w for w in element.waits.values() if isinstance(w, Job) and w.state is JobState.ERROR_THROWN), None)
    m.create_incident(element, stuck.type, stuck.message, job.key if job else None)


def escalated(m: Work, command: c.ReportEscalated) -> None:
    m.complete(_element(m, command.element_instance_key))


def call_failed(m: Work, command: c.ReportCallFailed) -> None:
    element = _element(m, command.element_instance_key)
    element.node.behavior.call_failed(m, element, command.reason)


# ---- People ---------------------------------------------------------------------------------------------------------


def _user_task(m: Work, command: Any, what: str) -> UserTask:
    task = m.instance.waits.get(command.user_task_key)
    if not isinstance(task, UserTask):
        reason = f"Expected to {what} user task with key '{command.user_task_key}', but no such user task was found."
        raise c.Rejection("NOT_FOUND", reason)
    check_not_suspended(m, f"{what} user task with key '{task.key}'")
    return task


def assign_user_task(m: Work, command: c.AssignUserTask) -> None:
    people.assign(m, _user_task(m, command, "assign"), command)


def update_user_task(m: Work, command: c.UpdateUserTask) -> None:
    people.update(m, _user_task(m, command, "update"), command)


def complete_user_task(m: Work, command: c.CompleteUserTask) -> None:
    people.complete(m, _user_task(m, command, "complete"), command)


HANDLERS: dict[type[c.Command], Callable[[Work, Any], None]] = {
    c.CompleteJob: workers.complete,
    c.FailJob: workers.fail,
    c.ThrowJobError: workers.throw_error,
    c.UpdateJob: workers.update,
    c.RecurJob: workers.recur,
    c.CancelInstance: cancel_instance,
    c.SuspendInstance: suspending.suspend,
    c.ResumeInstance: suspending.resume,
    c.AssignBusinessId: assign_business_id,
    c.ModifyInstance: modify_instance,
    c.MigrateInstance: migrate_instance,
    c.SetVariables: set_variables,
    c.ResolveIncident: resolve_incident,
    c.ActivateAdHocActivities: activate_ad_hoc,
    c.Continue: go_on,
    c.TriggerTimer: trigger_timer,
    c.DeliverMessage: deliver_message,
    c.DeliverSignal: deliver_signal,
    c.ReportChildEnded: child_ended,
    c.ReportChildError: child_error,
    c.ReportErrorUncaught: error_uncaught,
    c.ReportEscalated: escalated,
    c.ReportCallFailed: call_failed,
    c.AssignUserTask: assign_user_task,
    c.UpdateUserTask: update_user_task,
    c.CompleteUserTask: complete_user_task,
}
