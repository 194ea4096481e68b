"""Starts that need several things: the first that comes begins an instance, which waits for the others.

They are the definitions of a parallel multiple start event, or the events behind a parallel event-based gateway that
instantiates (`graph.StartGroup`); or one message many times, for a receive task that instantiates and loops, where the
first one is that of the first round. In the instance

    a message    is waited for with the correlation key of the message that began it; where something without a key
                 began it, with an empty key, which any message of the name meets. The instance takes on its key
    all others   are waited for by a START subscription, whose name the runtime knows (`place_of`): the signal, date
                 or evaluation that would have begun an instance is brought to those that wait instead

What comes is handed out at once, so that conditions can see it. The start event completes when all is there; each of
the events behind a gateway completes for itself. What comes again, and nobody waits for, begins the next instance,
unless one that has had it is still waiting for its message (`is_known`): a daily date does not pile up instances.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from engine.machine import events as ev
from engine.machine.lifecycle import SubscriptionKind
from engine.machine.state import MessageSubscription, Subscription

if TYPE_CHECKING:
    from engine.machine.commands import CreateInstance
    from engine.machine.graph import Graph, StartDefinition, StartGroup
    from engine.machine.state import ElementInstance, Wait
    from engine.machine.work import Work


def place_of(graph: Graph, group: StartGroup) -> str:
    """The name of the START subscriptions of a group, in whatever version of the process."""
    return f"{graph.process_id}/{group.id}"


class Waiting(NamedTuple):
    """Something that an instance which began by a group still waits for, under the key of the subscription.

    Of messages only those without a correlation key.
    """

    key: int
    instance_key: int
    kind: str
    name: str


def receivers(command: CreateInstance, waiting: list[Waiting]) -> list[Waiting]:
    """Those that wait for what is about to begin an instance, the oldest first: they get it instead.

    A message is for one of them, anything else for all.
    """
    found = sorted(each for each in waiting if (each.kind, each.name) == (command.start_kind, command.start_name))
    return found[:1] if command.start_kind == "message" else found


def is_known(group: StartGroup, command: CreateInstance, waiting: list[Waiting]) -> bool:
    """Whether what is about to begin an instance, and nobody waits for, is no news.

    It has come before, and the instance that it began is still waiting for a message; or it is the last date of a
    timer, which counts as come for whatever begins later.
    """
    if command.start_kind == "message":
        return False
    if command.start_kind == "timer" and command.timer_over:
        return True
    if any(start.kind == "message" for start in group.starts):
        return any(each.kind == "message" for each in waiting)
    return bool(waiting)


def first_of(graph: Graph, command: CreateInstance) -> dict[str, Any] | None:
    """What an element must know of the thing that came first; None where that is all it needs."""
    id = command.start_event
    if id is None or (graph.start_group(id) is None and graph.nodes[id].inner_node is None):
        return None
    return {
        "kind": command.start_kind,
        "name": command.start_name,
        "key": command.correlation_key or "",
        "timer_over": command.timer_over,
    }


def missing(group: StartGroup, first: dict[str, Any]) -> list[StartDefinition]:
    """What must still come after the first."""
    came = (first["kind"], first["name"])
    return [
        start
        for start in group.starts
        if (start.kind, start.name) != came and not (start.kind == "timer" and first["timer_over"])
    ]


def begin(m: Work, root: ElementInstance) -> None:
    """Enter the start that was triggered, and with it those of its group behind the same gateway."""
    data = root.data or {}
    node, first = m.graph.nodes[data["start"]], data.get("first")
    if first is None:
        m.trigger(node, root, data["payload"])
        return
    group = m.graph.start_group(node.id)
    if group is None:
        m.hand_out(root, data["payload"])  # the loop may be over what the first message brings
    m.enter(node, root, data={"triggered": data["payload"], "first": first})
    for other in dict.fromkeys(start.node for start in group.starts) if group is not None else ():
        if other is not node:
            m.enter(other, root, data={"first": first})


def plan_rest(m: Work, element: ElementInstance) -> list[ev.Event] | None:
    """The events that open what an element still waits for; None: nothing, all of it has come."""
    first, node = (element.data or {}).get("first"), element.node
    if first is None:
        return None
    group = m.graph.start_group(node.id)
    if group is None:
        return [ev.MessageSubscriptionOpened(m.new_key(), element.key, node.id, first["name"], first["key"])]
    awaited = [start for start in missing(group, first) if start.element_id == node.id]
    return [_open(m, element, group, start, first["key"]) for start in awaited] or None


def for_round(body: ElementInstance, round: int) -> dict[str, Any] | None:
    """What a round of a loop is to know from the start: the first message is that of the first round."""
    data = body.data or {}
    if "first" not in data:
        return None
    return {"triggered": data["triggered"]} if round == 1 else {"first": data["first"]}


def _open(m: Work, element: ElementInstance, group: StartGroup, start: StartDefinition, key: str) -> ev.Event:
    if start.kind == "message":
        return ev.MessageSubscriptionOpened(m.new_key(), element.key, start.element_id, start.name, key)
    data = {"kind": start.kind, "name": start.name}
    place = place_of(m.graph, group)
    return ev.SubscriptionOpened(m.new_key(), element.key, start.element_id, SubscriptionKind.START, place, data)


def is_for(wait: Wait, kind: str, name: str = "") -> bool:
    """Whether a wait is a START subscription for this thing."""
    if not isinstance(wait, Subscription) or wait.kind is not SubscriptionKind.START:
        return False
    return wait.data == {"kind": kind, "name": name}


def is_awaited(element: ElementInstance) -> bool:
    """Whether an element waits for what must come besides the thing that began the instance."""
    return bool(element.data and "first" in element.data)


def take_on(m: Work, element_id: str, key: str) -> None:
    """An instance that began without a correlation key takes one on, for the messages that are still to come."""
    group = m.graph.start_group(element_id)
    if group is None:
        return
    for wait in list(m.instance.waits.values()):
        if isinstance(wait, MessageSubscription) and not wait.correlation_key and group.has(wait.node.id):
            m.close_wait(wait)
            opened = ev.MessageSubscriptionOpened(m.new_key(), wait.element.key, wait.node.id, wait.name, key)
            m.emit(opened)
