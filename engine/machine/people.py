"""The life cycle of a user task, with its task listeners.

    create    CREATING   → creating listeners   → CREATED (and, with an assignee, on to assign)
    assign    ASSIGNING  → assigning listeners  → CREATED
    update    UPDATING   → updating listeners   → CREATED
    complete  COMPLETING → completing listeners → COMPLETED, and the element completes
    cancel    CANCELING  → canceling listeners  → CANCELED, and the element is terminated

A listener is a job; it may deny the move (the task is CREATED again, as it was) or correct the task's attributes
before it goes on. Coming into being cannot be denied; being canceled can neither be denied nor corrected. What a move
wants is kept in the element's data under "task" while listeners run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from engine.machine import events as ev
from engine.machine.commands import AssignUserTask, CompleteJob, CompleteUserTask, Rejection, UpdateUserTask
from engine.machine.jobs import create_job, plan_job
from engine.machine.lifecycle import JobKind, ListenerEvent, UserTaskState
from engine.machine.names import check_names
from engine.machine.state import UserTask

if TYPE_CHECKING:
    from engine.machine.commands import UserTaskCommand
    from engine.machine.state import ElementInstance, Job
    from engine.machine.work import Work

_MOVES = {
    "creating": (UserTaskState.CREATING, ListenerEvent.CREATING),
    "assigning": (UserTaskState.ASSIGNING, ListenerEvent.ASSIGNING),
    "updating": (UserTaskState.UPDATING, ListenerEvent.UPDATING),
    "completing": (UserTaskState.COMPLETING, ListenerEvent.COMPLETING),
    "canceling": (UserTaskState.CANCELING, ListenerEvent.CANCELING),
}

ATTRIBUTES = ("candidate_groups", "candidate_users", "due_date", "follow_up_date", "priority")


def asked_of(progress: dict[str, Any]) -> dict[str, Any]:
    """The attributes that a task will have, as far as what it waits for says; `progress` is its element's "task"."""
    wanted = progress["wanted"]
    assignee = {"assignee": wanted["assignee"]} if "assignee" in wanted else {}
    return {**assignee, **wanted.get("changes", {})}


def changed_by(progress: dict[str, Any], current: dict[str, Any]) -> list[str]:
    """Which attributes will differ from `current`. An assignee that the model gives a new task is no change to it."""
    before = current | {"assignee": progress["wanted"].get("modelled_assignee", current["assignee"])}
    return sorted(name for name, value in asked_of(progress).items() if value != before[name])


def created(m: Work, task: UserTask) -> None:
    """The task has come into being; `task.assignee` is given to it as a second move."""
    wanted, assignee = {}, task.assignee
    if assignee is not None:
        wanted = {"assignee": assignee, "modelled_assignee": assignee}
        m.emit(ev.UserTaskAssigned(task.key, None))
    _move(m, task, "creating", wanted)


def assign(m: Work, task: UserTask, command: AssignUserTask) -> None:
    """Give the task to a person, or take it away (assignee None)."""
    check_names("the assignee", [command.assignee or ""])
    _check_ready(task, command, "unassign" if command.assignee is None else "assign")
    if task.assignee is not None and command.assignee is not None and not command.allow_override:
        raise Rejection(
            "INVALID_STATE",
            f"Expected to assign user task with key '{task.key}', but it is assigned to '{task.assignee}' already "
            "and overriding it was not allowed.",
        )
    _move(m, task, "assigning", {"assignee": command.assignee}, command.action)


def update(m: Work, task: UserTask, command: UpdateUserTask) -> None:
    """Change attributes of the task."""
    _check_candidates(command.changes)
    _check_ready(task, command, "update")
    _move(m, task, "updating", {"changes": command.changes}, command.action)


def complete(m: Work, task: UserTask, command: CompleteUserTask) -> None:
    """The person is done."""
    _check_ready(task, command, "complete")
    _move(m, task, "completing", {"variables": command.variables}, command.action)


def cancel(m: Work, task: UserTask) -> None:
    """The element of the task is being terminated; while listeners run, its end is put off."""
    _move(m, task, "canceling", {})


def _check_candidates(changes: dict[str, Any]) -> None:
    for name in ("candidate_users", "candidate_groups"):
        check_names("the name of a candidate", changes.get(name) or ())


def _check_ready(task: UserTask, command: UserTaskCommand, what: str) -> None:
    """It waits for a person, and for whom the sender believes it does."""
    expected = f"Expected to {what} user task with key '{task.key}', but it is"
    if task.state is not UserTaskState.CREATED:
        raise Rejection("INVALID_STATE", f"{expected} in state '{task.state.name}'.")
    if command.expected_assignee not in (UNSET, task.assignee):
        holder = "nobody" if task.assignee is None else f"'{task.assignee}'"
        raise Rejection("INVALID_STATE", f"{expected} assigned to {holder}.")


def _move(m: Work, task: UserTask, event: str, wanted: dict[str, Any], action: str = "") -> None:
    if event != "creating":
        m.emit(ev.UserTaskMoved(task.key, _MOVES[event][0], action))
    _go_on(m, task, {"event": event, "index": 0, "wanted": wanted})


def again(m: Work, task: UserTask) -> None:
    """A listener's job could not be made, and its incident was resolved: try it again."""
    progress = (task.element.data or {}).get("task")
    if progress is not None:
        _go_on(m, task, progress)


def _go_on(m: Work, task: UserTask, progress: dict[str, Any]) -> None:
    """Create the job of the next listener; without one, what was wanted happens."""
    element = task.element
    event, index = progress["event"], progress["index"]
    listeners = [listener for listener in element.node.listeners if listener.event == event]
    data = {name: value for name, value in (element.data or {}).items() if name != "task"}
    if index >= len(listeners):
        if "task" in (element.data or {}):
            m.emit(ev.DataChanged(element.key, data or None))
        _arrive(m, task, event, progress["wanted"])
        return
    m.emit(ev.DataChanged(element.key, {**data, "task": progress}))

    def step(element: ElementInstance) -> None:
        plan = plan_job(m, element, listeners[index].job)
        create_job(m, element, plan, JobKind.TASK_LISTENER, _MOVES[event][1])

    m.try_step(step, element)


def task_listener_completed(m: Work, job: Job, command: CompleteJob) -> None:
    """A task listener answered, and may answer so (`check_answer`): deny, correct, or let it go on."""
    element = job.element
    task = task_of(element)
    progress = (element.data or {})["task"]
    result = command.result
    m.emit(ev.JobCompleted(job.key))
    if result is not None and result.denied:
        data = {name: value for name, value in (element.data or {}).items() if name != "task"}
        m.emit(ev.DataChanged(element.key, data or None))
        m.emit(ev.UserTaskMoved(task.key, UserTaskState.CREATED, denied=result.denied_reason))
        return
    wanted = _corrected(progress["wanted"], result.corrections if result else {})
    _go_on(m, task, {"event": progress["event"], "index": progress["index"] + 1, "wanted": wanted})
    if task.state is UserTaskState.CANCELED:
        m.terminated(element)


def check_answer(job: Job, command: CompleteJob) -> None:
    """Raises Rejection where the job's task listener cannot answer so."""
    event, result = (job.element.data or {})["task"]["event"], command.result
    expected = f"Expected to complete task listener job '{job.key}'"
    if command.variables:
        raise Rejection("INVALID_ARGUMENT", f"{expected} without variables: they are not supported.")
    if result is None:
        return
    check_names("the assignee", [result.corrections.get("assignee") or ""])
    _check_candidates(result.corrections)
    if result.denied and event in ("creating", "canceling"):
        raise Rejection("INVALID_ARGUMENT", f"{expected}, but {event} a user task cannot be denied.")
    if result.denied and result.corrections:
        raise Rejection("INVALID_ARGUMENT", f"{expected} with corrections or as denied, but it has both.")
    if result.corrections and event == "canceling":
        raise Rejection("INVALID_ARGUMENT", f"{expected}, but canceling a user task cannot be corrected.")


def _corrected(wanted: dict[str, Any], corrections: dict[str, Any]) -> dict[str, Any]:
    corrections = {name: value for name, value in corrections.items() if value is not None}
    if not corrections:
        return wanted
    wanted = dict(wanted)
    if "assignee" in corrections:
        wanted["assignee"] = corrections.pop("assignee") or None
    wanted["changes"] = {**wanted.get("changes", {}), **corrections}
    return wanted


def _arrive(m: Work, task: UserTask, event: str, wanted: dict[str, Any]) -> None:
    """All listeners agreed: what was wanted happens."""
    if wanted.get("changes"):
        _write_attributes(m, task, wanted["changes"])
    if event == "creating":
        m.emit(ev.UserTaskMoved(task.key, UserTaskState.CREATED))
        if wanted.get("assignee"):
            _move(m, task, "assigning", {"assignee": wanted["assignee"]})
        return
    if event == "canceling":
        m.emit(ev.UserTaskMoved(task.key, UserTaskState.CANCELED))
        return
    if "assignee" in wanted:
        m.emit(ev.UserTaskAssigned(task.key, wanted["assignee"]))
    if event == "completing":
        m.emit(ev.UserTaskMoved(task.key, UserTaskState.COMPLETED))
        m.complete(task.element, wanted["variables"])
    else:
        m.emit(ev.UserTaskMoved(task.key, UserTaskState.CREATED))


def _write_attributes(m: Work, task: UserTask, changes: dict[str, Any]) -> None:
    values = [changes.get(name, getattr(task, name)) for name in ATTRIBUTES]
    m.emit(ev.UserTaskUpdated(task.key, *values))


def task_of(element: ElementInstance) -> UserTask:
    """The open user task of an element instance."""
    return next(wait for wait in element.waits.values() if isinstance(wait, UserTask))
