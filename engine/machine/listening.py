"""Execution listeners: jobs that run, one at a time, before an element starts and after its work is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.machine import events as ev
from engine.machine.jobs import create_job, plan_job
from engine.machine.lifecycle import JobKind, ListenerEvent

if TYPE_CHECKING:
    from engine.machine.state import ElementInstance, Job
    from engine.machine.work import Work

_EVENTS = {"start": ListenerEvent.START, "end": ListenerEvent.END}


def next_listener(m: Work, element: ElementInstance, event: str, index: int) -> bool:
    """Create the job of the listener at `index` of an event; False if there is none: go on."""
    listeners = [listener for listener in element.node.listeners if listener.event == event]
    if index >= len(listeners):
        return False
    plan = plan_job(m, element, listeners[index].job)
    m.emit(ev.DataChanged(element.key, {**(element.data or {}), "listener": index}))
    create_job(m, element, plan, JobKind.EXECUTION_LISTENER, _EVENTS[event])
    return True


def listener_completed(m: Work, element: ElementInstance, job: Job) -> None:
    """Go on with the next listener, or with the step that the listeners held up."""
    at_start = job.listener is ListenerEvent.START
    data = dict(element.data or {})
    index = data.pop("listener") + 1
    m.emit(ev.DataChanged(element.key, data or None))

    def step(element: ElementInstance) -> None:
        if not next_listener(m, element, "start" if at_start else "end", index):
            (m.start if at_start else m.leave)(element)

    m.try_step(step, element)
