"""Events around elements: what a scope or an activity waits for, and what happens when it comes.

Three positions, whatever the trigger: the catching element itself (an intermediate event, a receive task, an
event-based gateway), a boundary event of the element, the start of an event sub-process in the scope. Triggers
(engine/triggers) say how a subscription opens and what an event throws; here it is only about where it goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeGuard

from engine.machine import events as ev
from engine.machine import joint_starts
from engine.machine.commands import ReportChildError, ReportErrorUncaught, ReportEscalated
from engine.machine.lifecycle import ElementState, IncidentType, SubscriptionKind
from engine.machine.state import ElementInstance, Subscription, Wait
from engine.machine.values import Stuck

if TYPE_CHECKING:
    from engine.machine.graph import Node
    from engine.machine.work import Work


def plan_subscriptions(m: Work, element: ElementInstance) -> list[ev.Event]:
    """The events that open what an element waits for beside its own work; nothing is emitted yet.

    Boundary events of an activity, start events of the event sub-processes of a scope. Raises Stuck.
    """
    node = element.node
    if not node.boundary and not node.event_starts:
        return []
    opened: list[ev.Event] = []
    for event in node.boundary if not node.inner else ():
        opened += event.trigger.open(m, element, event)
    for event in node.event_starts:
        opened += event.trigger.open(m, element, event)
    return opened


# ---- Something came -------------------------------------------------------------------------------------------------


def fire(m: Work, host: ElementInstance, node: Node, payload: dict[str, Any]) -> None:
    """`node`, for which `host` waited, was triggered."""
    if host.state is not ElementState.ACTIVATED:
        return
    told = node.trigger.came(m, host, node, payload) if node.trigger is not None else payload
    if told is None:
        return
    payload = told
    if node.attached_to is not None:
        _fire_boundary(m, host, node, payload)
    elif node in host.node.event_starts:
        _fire_start(m, host, node, payload)
    else:
        host.node.behavior.triggered(m, host, node, payload)


def _fire_boundary(m: Work, host: ElementInstance, node: Node, payload: dict[str, Any]) -> None:
    assert host.scope is not None
    if node.interrupting:
        _remember(m, host, node, payload)
        m.terminate(host)
    else:
        node.trigger.entered(m, node, host.scope, payload)


def _fire_start(m: Work, scope: ElementInstance, node: Node, payload: dict[str, Any]) -> None:
    if not node.interrupting:
        _enter_sub_process(m, scope, node, payload)
        return
    if is_interrupted(scope):
        return
    _remember(m, scope, node, payload, interrupted=True)
    m.close_waits(scope, keep=lambda wait: not _waits_for_start(scope, wait))
    if scope.tokens:
        m.emit(_all_tokens(scope))
    for child in list(scope.children.values()):
        m.terminate(child)
    if scope.data and "then" in scope.data:
        m.check_scope(scope)


def end_others(m: Work, element: ElementInstance) -> None:
    """End everything in the scope of an element but the element itself, tokens that wait at gateways included."""
    scope = element.scope
    assert scope is not None
    if scope.tokens:
        m.emit(_all_tokens(scope))
    for sibling in list(scope.children.values()):
        if sibling is not element:
            m.terminate(sibling)


def _all_tokens(scope: ElementInstance) -> ev.Event:
    return ev.TokensConsumed(scope.key, [flow for flow, count in scope.tokens.items() for _ in range(count)])


def _waits_for_start(scope: ElementInstance, wait: Wait) -> bool:
    return getattr(wait, "node", None) in scope.node.event_starts


def _remember(
    m: Work, element: ElementInstance, node: Node, payload: dict[str, Any], interrupted: bool = False
) -> None:
    """Note what is to be entered once the element, or all in it, has ended; that may take other instances' time."""
    data = {**(element.data or {}), "then": {"node": node.id, "payload": payload}}
    if interrupted:
        data["interrupted"] = True
    m.emit(ev.DataChanged(element.key, data))


def is_interrupted(scope: ElementInstance) -> bool:
    """An interrupting event sub-process has taken over the scope."""
    return bool(scope.data and scope.data.get("interrupted"))


def enter_event_sub_process(m: Work, scope: ElementInstance) -> None:
    """Everything in an interrupted scope has ended: enter the event sub-process that interrupted it."""
    data = dict(scope.data or {})
    then = data.pop("then")
    m.emit(ev.DataChanged(scope.key, data))
    _enter_sub_process(m, scope, m.graph.nodes[then["node"]], then["payload"])


def _enter_sub_process(m: Work, scope: ElementInstance, start: Node, payload: dict[str, Any]) -> None:
    assert start.scope is not None
    m.enter(start.scope, scope, data={"start": start.id, "payload": payload})


# ---- Errors and escalations: innermost first ------------------------------------------------------------------------


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


# ---- Conditions -----------------------------------------------------------------------------------------------------


def check_conditions(m: Work) -> None:
    """Evaluate the conditions that a change of variables may have made true, from the changed scope downward."""
    changed, m.changed_variables = m.changed_variables, []
    for wait in list(m.instance.waits.values()):
        if _is_condition(wait):
            seen = [(name, created) for scope, name, created in changed if _within(wait.element, scope)]
            if seen and wait.node.trigger.holds(m, wait.element, seen):
                trigger_subscription(m, wait, {})


def check_opened(m: Work, element: ElementInstance) -> None:
    """A condition that is true already when its subscription opens triggers at once."""
    for wait in list(element.waits.values()):
        if _is_condition(wait) and wait.node.trigger.holds(m, element, None):
            trigger_subscription(m, wait, {})


def _is_condition(wait: Wait) -> TypeGuard[Subscription]:
    if not isinstance(wait, Subscription) or not wait.open:
        return False
    return wait.kind is SubscriptionKind.CONDITION or joint_starts.is_for(wait, "conditional")


def _within(element: ElementInstance | None, scope: ElementInstance) -> bool:
    while element is not None and element is not scope:
        element = element.scope
    return element is scope


def trigger_subscription(m: Work, wait: Subscription, payload: dict[str, Any]) -> None:
    """What a subscription is for came: that closes it, unless the event does not interrupt."""
    host, node = wait.element, wait.node
    if host.state is not ElementState.ACTIVATED:
        return
    if stays_open(host, node):
        fire(m, host, node, payload)
    else:
        m.emit(ev.SubscriptionClosed(wait.key))
        fire(m, host, node, payload)


def stays_open(host: ElementInstance, node: Node) -> bool:
    """A non-interrupting boundary or start event may come again."""
    return not node.interrupting and (node.attached_to is not None or node in host.node.event_starts)
