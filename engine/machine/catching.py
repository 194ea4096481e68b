"""Events around elements: what a scope or an activity waits for, and what happens when it comes.

Three positions, whatever the trigger: the catching element itself (an intermediate event, a receive task, an
event-based gateway), a boundary event of the element, the start of an event sub-process in the scope. Triggers
(engine/triggers) say how a subscription opens and what an event throws; here it is only about where it goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.machine import compensating
from engine.machine import events as ev
from engine.machine.lifecycle import ElementState
from engine.machine.state import ElementInstance, Subscription, Wait

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
    m.close_waits(scope, keep=_outlives_interruption)
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


def _outlives_interruption(wait: Wait) -> bool:
    """Boundary events of an interrupted scope stay armed, and what was completed in it can still be undone."""
    node = getattr(wait, "node", None)
    return compensating.is_compensation(wait) or (node is not None and node.attached_to is not None)


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
