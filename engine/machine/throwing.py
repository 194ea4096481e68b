"""Errors and escalations: who catches what is thrown in an element, innermost first, and through callers.

In each scope its event sub-processes come before its boundary events, and a code of its own beats a catch-all. Where
nothing in an instance catches, the question climbs to the call activity of the calling instance as a command, and the
answer comes back as one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from engine.machine.catching import fire, is_interrupted
from engine.machine.commands import ReportChildError, ReportErrorUncaught, ReportEscalated
from engine.machine.lifecycle import ElementState, IncidentType
from engine.machine.state import ElementInstance
from engine.machine.values import Stuck

if TYPE_CHECKING:
    from engine.machine.graph import Node
    from engine.machine.work import Work


def catchers(element: ElementInstance) -> Iterator[tuple[ElementInstance, tuple[Node, ...]]]:
    """Where something thrown in `element` may be caught: (host, candidates), from the inside outward.

    In each scope its event sub-processes come before its boundary events. Passed over are a scope that was
    interrupted, an element that is ending, and the event sub-process that the element itself is in.
    """
    inside: Node | None = None
    current: ElementInstance | None = element
    while current is not None:
        if current.state is ElementState.ACTIVATED:
            if current is not element and not is_interrupted(current):
                yield current, tuple(start for start in current.node.event_starts if start.scope is not inside)
            yield current, current.node.boundary if not current.node.inner else ()
        inside, current = current.node, current.scope


def find_catcher(element: ElementInstance, kind: str, code: str) -> tuple[ElementInstance, Node] | None:
    """The event that catches a thrown `kind` ("error", "escalation"): in a scope, its code beats a catch-all."""
    for host, candidates in catchers(element):
        codes = [(node, part.code) for node in candidates for part in node.trigger.parts if part.kind == kind]
        for wanted in (code, ""):
            for node, caught in codes:
                if caught == wanted:
                    return host, node
    return None


def throw_error(m: Work, element: ElementInstance, code: str, message: str, payload: dict[str, Any]) -> bool:
    """Throw an error in `element`; False if nothing in this instance catches it.

    Where a calling instance may catch it, the question climbs there, and the answer comes back as a command.
    """
    found = find_catcher(element, "error", code)
    if found is not None:
        fire(m, *found, payload)
        return True
    return _climb(m, element, code, message, payload, escalation=False)


def throw_escalation(m: Work, element: ElementInstance, code: str, payload: dict[str, Any]) -> bool:
    """Throw an escalation; True if `element` does not go on: an interrupting event caught it.

    Where a calling instance may catch it, `element` waits for the answer, which comes back as a command.
    """
    found = find_catcher(element, "escalation", code)
    if found is not None:
        fire(m, *found, payload)
        return element.state is not ElementState.ACTIVATED
    return _climb(m, element, code, "", payload, escalation=True)


def _climb(
    m: Work,
    element: ElementInstance,
    code: str,
    message: str,
    payload: dict[str, Any],
    escalation: bool,
    origin: tuple[int, int] | None = None,
) -> bool:
    instance = m.instance
    if instance.parent_key is None or instance.parent_element_key is None:
        return False
    origin_key, origin_element_key = origin or (instance.key, element.key)
    m.follow_ups.append(
        ReportChildError(
            process_instance_key=instance.parent_key,
            element_instance_key=instance.parent_element_key,
            origin_key=origin_key,
            origin_element_key=origin_element_key,
            code=code,
            message=message,
            variables=payload,
            escalation=escalation,
        )
    )
    return True


def child_threw(m: Work, element: ElementInstance, command: ReportChildError) -> None:
    """An error or escalation of a called instance has reached its call activity."""
    if element.state is not ElementState.ACTIVATED:
        return  # the called instance is being ended already
    found = find_catcher(element, "escalation" if command.escalation else "error", command.code)
    if found is not None:
        fire(m, *found, command.variables)
        if command.escalation and element.state is ElementState.ACTIVATED:
            _answer(m, command)
        return
    origin = (command.origin_key, command.origin_element_key)
    if not _climb(m, element, command.code, command.message, command.variables, command.escalation, origin):
        _answer(m, command)


def _answer(m: Work, command: ReportChildError) -> None:
    """Nothing above interrupts what threw: it goes on after an escalation, and is stuck after an error."""
    instance_key, element_key = command.origin_key, command.origin_element_key
    m.follow_ups.append(
        ReportEscalated(process_instance_key=instance_key, element_instance_key=element_key)
        if command.escalation
        else ReportErrorUncaught(
            process_instance_key=instance_key,
            element_instance_key=element_key,
            code=command.code,
            message=command.message,
        )
    )


def uncaught(element: ElementInstance, code: str, message: str) -> Stuck:
    """The incident of an error that nobody catches; it names what could have caught it."""
    known = sorted(
        {
            part.code or "any"
            for _, nodes in catchers(element)
            for node in nodes
            for part in node.trigger.parts
            if part.kind == "error"
        }
    )
    reason = f"An error was thrown with the code '{code}'"
    reason += f" and the message '{message}'" if message else ""
    reason += ", but nothing catches it. "
    reason += f"Error events around it catch: {', '.join(known)}." if known else "No error events are around it."
    return Stuck(IncidentType.UNHANDLED_ERROR_EVENT, reason)
