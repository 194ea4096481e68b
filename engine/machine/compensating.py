"""Compensation: what was completed is remembered in its scope, and undone when an event throws compensation.

A compensable activity leaves a subscription in its scope as it completes; when the scope completes in turn, what it
remembers goes up with it. So a throw finds all that is in its reach in one place: the subscriptions of its own scope.

A sub-process may say itself how it is undone, by an event sub-process that starts with compensation. What was
completed inside it is then *guarded*: only that event sub-process can have it compensated.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from engine.machine import events as ev
from engine.machine.lifecycle import ElementState, SubscriptionKind
from engine.machine.state import Subscription, Wait
from engine.machine.values import to_text

if TYPE_CHECKING:
    from engine.machine.graph import Node
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


def is_compensation(wait: Wait) -> bool:
    """It remembers how to undo something; it stays when its scope completes."""
    return isinstance(wait, Subscription) and wait.kind is SubscriptionKind.COMPENSATION


def remembered(scope: ElementInstance) -> list[Subscription]:
    """What can be undone of what was completed in a scope."""
    return [wait for wait in scope.waits.values() if isinstance(wait, Subscription) and is_compensation(wait)]


# ---- Remembering ----------------------------------------------------------------------------------------------------


def keep_compensation(m: Work, element: ElementInstance) -> None:
    """As an activity completes, its scope remembers how to undo it, and what in it can be undone."""
    scope = element.scope
    if scope is None or element.node.behavior.event_scope:
        for wait in remembered(element):
            m.close_wait(wait)
        return
    own = element.node.compensation if not element.node.inner else None
    key = m.new_key() if own is not None else 0
    guard = key if own is not None and own.behavior.event_scope else None
    for wait in remembered(element):
        _hand_up(m, element, scope, wait, guard)
    if own is not None:
        variables = _locals(element) if guard else {}
        data = {"within": [], "variables": variables}
        m.emit(ev.SubscriptionOpened(key, scope.key, element.node.id, SubscriptionKind.COMPENSATION, "", data))


def _hand_up(m: Work, element: ElementInstance, scope: ElementInstance, wait: Subscription, guard: int | None) -> None:
    """What `element` remembers goes to its scope, with the variables that only `element` had."""
    data = wait.data or {}
    within = data["within"] if element.node.inner else [element.node.id, *data["within"]]
    data = {**data, "within": within, "variables": {**_locals(element), **data["variables"]}}
    if guard and "guard" not in data:
        data["guard"] = guard
    m.emit(ev.SubscriptionChanged(wait.key, scope.key, data))


def within(node: Node, scope: Node) -> list[str] | None:
    """The activities between a scope and a node in it, as a subscription names them; None where it remembers none."""
    ids: list[str] = []
    around = node.scope
    while around is not scope:
        if around is None or around.behavior.event_scope:
            return None
        if not around.inner:
            ids.insert(0, around.id)
        around = around.scope
    return ids


def _locals(element: ElementInstance) -> dict[str, Any]:
    return {name: variable.value for name, variable in element.variables.items()}


def undoing_event(node: Node) -> Node:
    """The event that says how an activity is undone: at its border, or the start of the event sub-process for it."""
    handler = node.compensation
    assert handler is not None
    assert node.scope is not None
    if handler.start is not None and handler.behavior.event_scope:
        return handler.start
    return next(event for event in node.scope.nodes if event.attached_to is node and _is_undoing(event))


def undone_by(event: Node) -> Node | None:
    """The activity that such an event says this of; None of another event."""
    if not _is_undoing(event):
        return None
    if event.attached_to is not None:
        return event.attached_to
    around = event.scope.scope if event.scope is not None else None
    return around.drawn if around is not None else None


def _is_undoing(event: Node) -> bool:
    return event.trigger is not None and event.trigger.kind == "compensation"


# ---- Throwing -------------------------------------------------------------------------------------------------------


def compensate(m: Work, thrower: ElementInstance, activity: str | None) -> bool:
    """Undo what was completed in reach of `thrower`, or just `activity`; False if there is nothing to wait for.

    The handlers run in the scope that remembers them; the thrower completes after the last of them.
    """
    handlers: list[int] = []
    for scope, guard in _reach(thrower):
        for wait in sorted(remembered(scope), key=lambda wait: wait.key, reverse=True):  # the last completed first
            data = wait.data or {}
            wanted = activity is None or activity == wait.node.id or activity in data["within"]
            if wanted and data.get("guard") == guard:
                handlers.append(_run_handler(m, thrower, scope, wait))
    if handlers:
        m.record(thrower, handlers=handlers)
    return bool(handlers)


def _reach(thrower: ElementInstance) -> Iterator[tuple[ElementInstance, int | None]]:
    """The scopes whose memory a throw reaches, and the guard that it may pass there."""
    scope = thrower.scope
    assert scope is not None
    yield scope, None
    if scope.node.behavior.event_scope and scope.scope is not None:
        yield scope.scope, (scope.data or {}).get("guard")


def _run_handler(m: Work, thrower: ElementInstance, scope: ElementInstance, wait: Subscription) -> int:
    handler = wait.node.compensation
    assert handler is not None
    m.emit(ev.SubscriptionClosed(wait.key))
    data: dict[str, Any] = {"thrower": thrower.key}
    if handler.behavior.event_scope:
        assert handler.start is not None
        data |= {"start": handler.start.id, "payload": {}, "guard": wait.key}
    variables = {name: to_text(value) for name, value in (wait.data or {})["variables"].items()}
    return m.enter(handler, scope, data=data, variables=variables).key


def compensated(m: Work, handler: ElementInstance) -> None:
    """A compensation handler has ended; after the last one its thrower goes on."""
    if not handler.data or "thrower" not in handler.data:
        return
    thrower = m.instance.elements.get(handler.data["thrower"])
    if thrower is None or thrower.state is not ElementState.ACTIVATED:
        return
    left = [key for key in (thrower.data or {}).get("handlers", ()) if key != handler.key]
    m.record(thrower, handlers=left)
    if not left:
        thrower.node.trigger.compensated(m, thrower)
