"""Execution listeners: jobs that run, one at a time, before an element starts and after its work is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.machine.jobs import create_job, plan_job
from engine.machine.lifecycle import ElementState, JobKind, ListenerEvent

if TYPE_CHECKING:
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work

_EVENTS = {"start": ListenerEvent.START, "end": ListenerEvent.END}


def next_listener(m: Work, element: ElementInstance, event: str) -> bool:
    """Create the job of the next listener of an event; False if all have answered: go on. Raises Stuck."""
    listeners = [listener for listener in element.node.listeners if listener.event == event]
    index = answered(element) or 0
    if index >= len(listeners):
        return False
    create_job(m, element, plan_job(m, element, listeners[index].job), JobKind.EXECUTION_LISTENER, _EVENTS[event])
    return True


def answered(element: ElementInstance) -> int | None:
    """How many listeners of the step under way have answered; None before the first of them."""
    return element.data.get("answered") if element.data else None


def listener_completed(m: Work, element: ElementInstance) -> None:
    """Go on with the next listener, or with the step that the listeners held up."""
    m.record(element, answered=(answered(element) or 0) + 1)
    m.try_step(m.begin if element.state is ElementState.ACTIVATING else m.finish, element)
