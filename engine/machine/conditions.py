"""Conditional events: when their conditions are evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

from engine.machine import joint_starts
from engine.machine.catching import trigger_subscription
from engine.machine.lifecycle import SubscriptionKind
from engine.machine.state import ElementInstance, Subscription, Wait

if TYPE_CHECKING:
    from engine.machine.work import Work


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
