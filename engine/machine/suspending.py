"""Suspension: an instance does not move until it is resumed.

No job of it is handed out, no timer fires, no person's or worker's answer is taken. What comes from elsewhere (a
message, a signal, the end of a called process) and what it has left for itself is kept in the order in which it came,
and carried out when the instance is resumed. An operator may still change it: variables, incidents, modification,
migration, cancellation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from engine.machine import commands as c
from engine.machine import events as ev
from engine.machine.lifecycle import ElementState

if TYPE_CHECKING:
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work

#: What is kept for later.
KEPT = frozenset(
    {
        c.Continue,
        c.DeliverMessage,
        c.DeliverSignal,
        c.ReportCallFailed,
        c.ReportChildEnded,
        c.ReportChildError,
        c.ReportErrorUncaught,
        c.ReportEscalated,
    }
)


def suspend(m: Work, command: c.SuspendInstance) -> None:
    """Hold the instance."""
    check_running(m, "suspend")
    check_not_suspended(m, "suspend it")
    m.emit(ev.InstanceSuspended(m.instance.key))


def resume(m: Work, command: c.ResumeInstance) -> None:
    """Let the instance go on, first with what was kept for it."""
    check_running(m, "resume")
    instance, root = m.instance, m.instance.root
    if instance.suspended_at is None:
        reason = f"Expected to resume process instance '{instance.key}', but it is not suspended."
        raise c.Rejection("INVALID_STATE", reason)
    m.emit(ev.InstanceResumed(instance.key))
    kept = (root.data or {}).get("kept")
    if kept:
        m.record(root, kept=None)
        m.follow_ups += [msgspec.convert(each, c.FollowUp) for each in kept]


def keep(m: Work, command: Any) -> bool:
    """Keep a command for later, if the instance is suspended.

    Not one that is for nobody any more, nor what an element that is being ended waits for.
    """
    if m.instance.suspended_at is None or type(command) not in KEPT:
        return False
    wait = m.instance.waits.get(getattr(command, "subscription_key", 0))
    element = m.instance.elements.get(getattr(command, "element_instance_key", 0), wait.element if wait else None)
    if element is None or element.state is ElementState.TERMINATING:
        return False
    root = m.instance.root
    m.record(root, kept=[*(root.data or {}).get("kept", []), msgspec.to_builtins(command)])
    return True


def let_go(m: Work) -> None:
    """Bring what was kept for elements that are being ended meanwhile to them: they wait for it, and for no other."""
    root = m.instance.root
    kept = (root.data or {}).get("kept", [])
    awaited = [each for each in kept if _is_ending(m.instance.elements.get(each.get("element_instance_key", 0)))]
    if awaited and root.ended_at is None:
        m.record(root, kept=[each for each in kept if each not in awaited])
        m.follow_ups += [msgspec.convert(each, c.FollowUp) for each in awaited]


def _is_ending(element: ElementInstance | None) -> bool:
    return element is not None and element.state is ElementState.TERMINATING


def check_running(m: Work, what: str) -> None:
    """Raise Rejection where the instance has ended."""
    if m.instance.ended_at is not None:
        reason = f"Expected to {what} process instance '{m.instance.key}', but it has ended."
        raise c.Rejection("NOT_FOUND", reason)


def check_not_suspended(m: Work, what: str) -> None:
    """Raise Rejection where the instance is suspended."""
    if m.instance.suspended_at is not None:
        reason = f"Expected to {what}, but the process instance '{m.instance.key}' is suspended: resume it first."
        raise c.Rejection("INVALID_STATE", reason)
