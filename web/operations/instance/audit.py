"""The log in words: who did what when, and what it led to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import BigInteger, literal, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY

from engine.machine import events as ev
from engine.machine.lifecycle import IncidentType, UserTaskState
from engine.store.keys import PART_SHIFT
from engine.store.search import Reader
from engine.store.tables import element_instance as ei
from engine.store.tables import incident, job, log, process_element, user_task
from web.pages import counted

PAGE = 50  # steps at a time
SHOWN = 12  # of what one step led to
LONGEST = 120  # characters of a value
PROCESS = "the process"  # what is no element is called

#: Who sends a command, and what it is, in words.
COMMANDS = {
    "CreateInstance": ("client", "Started"),
    "CancelInstance": ("operator", "Canceled"),
    "SuspendInstance": ("operator", "Suspended"),
    "ResumeInstance": ("operator", "Resumed"),
    "ModifyInstance": ("operator", "Modified"),
    "MigrateInstance": ("operator", "Migrated"),
    "SetVariables": ("operator", "Variables changed"),
    "ActivateAdHocActivities": ("client", "Ad-hoc activities activated"),
    "CompleteJob": ("worker", "Job completed"),
    "FailJob": ("worker", "Job failed"),
    "ThrowJobError": ("worker", "Job ended with a BPMN error"),
    "UpdateJob": ("operator", "Job changed"),
    "RecurJob": ("clock", "Back-off over: job to be tried again"),
    "AssignUserTask": ("person", "User task assigned"),
    "UpdateUserTask": ("person", "User task changed"),
    "CompleteUserTask": ("person", "User task completed"),
    "ResolveIncident": ("operator", "Incident resolved"),
    "TriggerTimer": ("clock", "Timer triggered"),
    "DeliverMessage": ("message", "Message received"),
    "DeliverSignal": ("message", "Signal received"),
    "Continue": ("engine", "Went on with what was left"),
    "ReportChildEnded": ("engine", "Called process ended"),
    "ReportChildError": ("engine", "Called process raised an error"),
    "ReportErrorUncaught": ("engine", "Nobody caught the error"),
    "ReportEscalated": ("engine", "Escalation passed on"),
    "ReportCallFailed": ("engine", "Called process could not be started"),
}


def headline(command: str, actor: str) -> str:
    """What a command is called in the history, and by whom it was sent where that is known."""
    what = COMMANDS.get(command, ("", command))[1]
    return f"{what} by {actor}" if actor else what


class Line(msgspec.Struct, rename="camel"):
    """One step: `who` sent it, a user name or else what kind of sender it was; `what` the command, `details` what it
    led to.
    """

    seq: int
    at: Any  # datetime, aware
    who: str
    what: str
    details: list[str]
    more: int  # how many further details there are


async def lines(reader: Reader, key: int, before: int | None) -> tuple[list[Line], bool]:
    """The latest steps, or those before one, the latest first; and whether there are earlier ones."""
    wheres = [log.c.part == key >> PART_SHIFT, log.c.process_instance_key == key]
    if before is not None:
        wheres.append(log.c.seq < before)
    statement = select(log.c.seq, log.c.at, log.c.command, log.c.actor, log.c.events).where(*wheres)
    rows = await reader.rows(statement.order_by(log.c.seq.desc()).limit(PAGE + 1))
    decoded = [(*row, ev.decode(events)) for *row, events in rows[:PAGE]]
    words = Words(await _names(reader, key, (event for *_, events in decoded for event in events)))
    return [_line(words, *row) for row in decoded], len(rows) > PAGE


def _line(words: Words, seq: int, at: Any, command: str, actor: str | None, events: list[ev.AnyEvent]) -> Line:
    details = [text for event in events if (text := words.of(event))]
    who, what = COMMANDS.get(command, ("", command))
    return Line(seq, at, actor or who, what, details[:SHOWN], max(0, len(details) - SHOWN))


async def _names(reader: Reader, key: int, events: Iterable[ev.AnyEvent]) -> dict[int, str]:
    """The names of the elements that these events are about, by the keys of element instances, jobs, tasks, …"""
    keys = {value for event in events for value in _keys_of(event)}
    wanted = literal(sorted(keys), ARRAY(BigInteger))
    part = key >> PART_SHIFT
    about = union_all(
        select(ei.c.key, ei.c.process_definition_key, ei.c.element_id).where(
            ei.c.part == part, ei.c.process_instance_key == key, ei.c.key == wanted.any_()
        ),
        *(
            select(table.c.key, table.c.process_definition_key, table.c.element_id).where(
                table.c.part == part, table.c.key == wanted.any_()
            )
            for table in (job, incident, user_task)
        ),
    ).subquery()
    names = select(about.c.key, about.c.element_id, process_element.c.name).outerjoin(
        process_element,
        (process_element.c.process_definition_key == about.c.process_definition_key)
        & (process_element.c.element_id == about.c.element_id)
        & ~process_element.c.inner,
    )
    return {key: name or element for key, element, name in await reader.rows(names)}


def _keys_of(event: ev.Event) -> Iterable[int]:
    return (getattr(event, name) for name in ("key", "element_key", "scope_key") if hasattr(event, name))


class Words:
    """Sentences about events. `names` are those of elements, by the keys of what belongs to them."""

    def __init__(self, names: Mapping[int, str]) -> None:
        self._names = names

    def of(self, event: ev.Event) -> str:
        """What happened, or nothing where it says nothing to a person."""
        say = _SAY.get(type(event))
        return say(self, event) if say else ""

    def name(self, key: int) -> str:
        return f"“{self._names[key]}”" if key in self._names else PROCESS


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _variable(words: Words, scope_key: int, what: str) -> str:
    """What came of a variable, with its scope where that is not the process."""
    scope = words.name(scope_key)
    return what if scope == PROCESS else f"{what}, in {scope} only"


def _activating(words: Words, event: ev.ElementActivating) -> str:
    return f"{words.name(event.key)} began" + (f" (loop {event.loop_counter})" if event.loop_counter else "")


def _job_failed(words: Words, event: ev.JobFailed) -> str:
    left = "no retries left" if not event.retries else f"{event.retries} left"
    return f"Job of {words.name(event.key)} failed ({left}): {_cut(event.message) or 'no reason given'}"


def _incident(words: Words, event: ev.IncidentCreated) -> str:
    kind = IncidentType(event.type).name.replace("_", " ").lower()
    return f"Incident at {words.name(event.element_key)} ({kind}): {_cut(event.message)}"


def _user_task_moved(words: Words, event: ev.UserTaskMoved) -> str:
    state = UserTaskState(event.state)
    if state not in (UserTaskState.CREATED, UserTaskState.COMPLETED, UserTaskState.CANCELED):
        return ""
    return f"User task {words.name(event.key)} {state.name.lower()}"


def _assigned(words: Words, event: ev.UserTaskAssigned) -> str:
    if event.assignee is None:
        return f"{words.name(event.key)} given back"
    return f"{words.name(event.key)} assigned to {event.assignee}"


def _migrated(words: Words, event: ev.InstanceMigrated) -> str:
    changed = [f"{source} → {target}" for source, target in event.mapping.items() if source != target]
    where = f"Moved to process definition {event.process_definition_key}"
    return f"{where}: {', '.join(changed)}" if changed else where


_SAY: dict[type[ev.Event], Callable[[Words, Any], str]] = {
    ev.ElementActivating: _activating,
    ev.ElementCompleted: lambda words, event: f"{words.name(event.key)} completed",
    ev.ElementTerminated: lambda words, event: f"{words.name(event.key)} terminated",
    ev.VariableCreated: lambda words, event: _variable(words, event.scope_key, f"{event.name} = {_cut(event.text)}"),
    ev.VariableUpdated: lambda words, event: (
        _variable(words, event.scope_key, f"{event.name} changed to {_cut(event.text)}")
    ),
    ev.JobCreated: lambda words, event: f"Job of type “{event.type}” created for {words.name(event.element_key)}",
    ev.JobFailed: _job_failed,
    ev.JobErrorThrown: lambda words, event: f"Error {event.code}: {_cut(event.message)}",
    ev.JobErrorUncaught: lambda words, event: f"Error {event.code}, which nothing catches: {_cut(event.message)}",
    ev.JobUpdated: lambda words, event: f"{counted(event.retries, 'retry', 'retries')}, priority {event.priority}",
    ev.JobCanceled: lambda words, event: f"Job of {words.name(event.key)} canceled",
    ev.TimerScheduled: lambda words, event: f"Timer “{event.node_id}” set",
    ev.TimerCanceled: lambda words, event: "A timer was taken off",
    ev.MessageSubscriptionOpened: lambda words, event: (
        f"“{event.node_id}” waits for the message {event.name} with the key {_cut(event.correlation_key)}"
    ),
    ev.SubscriptionOpened: lambda words, event: f"“{event.node_id}” waits for {event.name}" if event.name else "",
    ev.IncidentCreated: _incident,
    ev.IncidentResolved: lambda words, event: f"Incident at {words.name(event.key)} resolved",
    ev.UserTaskMoved: _user_task_moved,
    ev.UserTaskAssigned: _assigned,
    ev.InstanceMigrated: _migrated,
    ev.DecisionEvaluated: lambda words, event: f"Decision evaluated for {words.name(event.element_key)}",
}
